"""All regimes at once: what each changes in six outcomes, against the programme as it was, under the same dice."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.app.limits import SCALES
from comity.app.series import GROUPS, OUTCOMES, hours, intervals
from comity.app.sharing import dissolve
from comity.app.sight import sight
from comity.app.view import place_name
from comity.branching import grow, roots
from comity.policy import regimes
from comity.policy.levers import LEVERS
from comity.sweeps.outcomes import by_period

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from comity.model import CooperationModel
    from comity.scenario import Scenario

    Report = Callable[["Overview", dict[str, Any]], None]

PROGRAMME: Final = "mandatory"
"""The regime against which differences are taken."""

SHOWN: Final = (
    ("custody", "all"),
    ("removals", "all"),
    ("reporting", "hispanic"),
    *(("trust", group) for group in ("us_born", "immigrant", "unauthorized", "other")),
    ("victims", "hispanic"),
    ("ice_hours", "all"),
)
"""Outcome and group of the columns: six outcomes, one of them by group."""

LAYERS: Final = ("information", "federal", "custody", "police")
SEVERAL: Final = "several"
"""The layer of a regime that cuts more than one."""

YEAR: Final = 365
"""Days at the end of a run over which rates are taken; totals are of the whole run, states of its end."""

MOST_AGENT_DAYS: Final = 50_000_000
"""What one run of the table may take, so that all regimes together are lived in seconds: San Francisco for three years, 1:20."""

MOST_KEPT: Final = 400
"""Seeds whose numbers the server keeps, so that a class that opens one table lives it once."""


@dataclass(frozen=True)
class Row:
    """One regime of the table.

    Attributes:
        spec: as a scenario has it, with the day from which it is where that is not the one in history.
        title: of the regime.
        layer: one of `LAYERS`, or `SEVERAL`.
        since: first day on which the law differs from the programme's in the run, or None.
        moved: whether it starts with the programme, because history has it after the run.
    """

    spec: str
    title: str
    layer: str
    since: str | None
    moved: bool


def coarse(setup: Scenario) -> Scenario:
    """Return the scenario of the table: under the programme, with no more agents than are lived in a moment."""
    need = setup.residents * setup.days / MOST_AGENT_DAYS
    fitting = next((scale for scale in SCALES if scale >= need), SCALES[-1])
    return setup.with_(regime=PROGRAMME, compare=(), scale=max(setup.scale, float(fitting)))


def rows(setup: Scenario) -> list[Row]:
    """Return a row per regime, the programme's first; a regime that history has after the run starts with the programme."""
    known = regimes.catalogue() | regimes.read_custom(setup.regimes)
    others = (_row(setup, name, regime) for name, regime in known.items() if name != PROGRAMME)
    return [Row(PROGRAMME, known[PROGRAMME].title, _layer(known[PROGRAMME]), None, moved=False), *others]


def _row(setup: Scenario, name: str, regime: regimes.Regime) -> Row:
    seen = sight(setup, name)
    early = next((offer for offer in seen["offers"] if offer["kind"] == "earlier"), None)
    if early is None:
        part = seen["part"] if seen["part"] and seen["part"] <= setup.end.isoformat() else None
        return Row(name, regime.title, _layer(regime), part, moved=False)
    return Row(early["patch"]["against"], regime.title, _layer(regime), early["day"], moved=True)


def _layer(regime: regimes.Regime) -> str:
    layers = {LEVERS[policy.lever].layer for policy in regime.policies}
    return layers.pop() if len(layers) == 1 else SEVERAL


def summary(model: CooperationModel) -> NDArray[np.float64]:
    """Return the columns of a run that is over: totals of the whole run, rates of its last year, states at its end."""
    totals = model.totals() | hours(model)
    ends = np.flatnonzero(model.world.calendar["closes"][: model.today]) + 1
    last = ends > model.today - YEAR
    return np.array([_column(totals, outcome, group, last) for outcome, group in SHOWN])


def _column(totals: Any, outcome: str, group: str, last: NDArray[np.bool_]) -> float:
    entry = replace(OUTCOMES[outcome], groups=GROUPS[group][1])
    values, weights = by_period(totals, entry)
    if weights is None:
        return float(values.sum())
    if entry.weight == "residents":
        return float(values[-1])
    below = weights[last].sum()
    return float((np.nan_to_num(values[last]) * weights[last]).sum() / below) if below else math.nan


def live(setups: Sequence[Scenario], go_on: Callable[[], object]) -> NDArray[np.float64]:
    """Return the columns of runs that differ in their regimes alone.

    Args:
        setups: their scenarios.
        go_on: called between runs; raises to end them all.

    Returns:
        (setups, columns).
    """
    found, waiting = np.full((len(setups), len(SHOWN)), math.nan), roots(setups)
    try:
        while waiting:
            go_on()
            branch = waiting[-1]
            model, parts = grow(branch)
            waiting[-1:] = sorted(parts, key=lambda part: -len(part.setups))  # see `at_once`
            if not parts:
                found[list(branch.setups)] = summary(model)
                dissolve(model)
    finally:
        for branch in waiting:
            branch.close()
    return found


def at_once(runs: int) -> int:
    """Return how many states of so many runs are in memory at most: the smaller part is lived to its end before the other."""
    return runs.bit_length()


_kept: OrderedDict[str, NDArray[np.float64]] = OrderedDict()
_keeping = threading.Lock()


def _once(setups: Sequence[Scenario], go_on: Callable[[], object]) -> NDArray[np.float64]:
    """Return what `live` does, from what is kept if somebody has asked before."""
    key = "+".join([setups[0].digest(), *(setup.regime for setup in setups)])
    found = _kept.get(key)
    if found is None:
        found = live(setups, go_on)
        with _keeping:
            _kept[key] = found
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return found


def table(setup: Scenario, shown: Sequence[Row], runs: Sequence[NDArray[np.float64]]) -> dict[str, Any]:
    """Return the table as the page is sent it; None stands for what is not known.

    Args:
        setup: as `coarse` gives it.
        shown: its rows, the programme's first.
        runs: what `live` gave for each seed.
    """
    values = np.stack(runs)
    mean, half = intervals(values - values[:, :1])
    return {
        "about": {"place": place_name(setup), "scale": setup.scale, "seeds": len(runs)}
        | {"start": setup.start.isoformat(), "end": setup.end.isoformat()},
        "columns": [f"{outcome}:{group}" for outcome, group in SHOWN],
        "layers": [*LAYERS, SEVERAL],
        "rows": [
            vars(row) | {"level": _known(level), "difference": _known(gap), "half": _known(width)}
            for row, level, gap, width in zip(shown, values.mean(axis=0), mean, half, strict=True)
        ],
    }


def _known(values: NDArray[Any]) -> list[float | None]:
    return [None if math.isnan(value) else float(value) for value in values]


class Overview:
    """The table of a scenario, filled seed by seed in the background.

    Args:
        setup: its scenario; regime and scale are chosen by `coarse`.
        seeds: how many histories of every regime.
        report: takes the overview and the message with what is known, after every seed.
        fail: takes what went wrong, once.
    """

    def __init__(
        self, setup: Scenario, seeds: int, report: Report, fail: Callable[[Exception], None]
    ) -> None:
        self.setup, self.total, self.report, self.fail = coarse(setup), seeds, report, fail
        self.rows = rows(self.setup)
        self._found: list[NDArray[np.float64]] = []
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    @property
    def setups(self) -> list[Scenario]:
        """The scenarios of the rows."""
        return [self.setup.with_(regime=row.spec) for row in self.rows]

    @property
    def done(self) -> int:
        """How many seeds are lived."""
        return len(self._found)

    def start(self, executor: Executor) -> None:
        """Hand one piece of work per seed to an executor."""
        for n in range(self.total):
            executor.submit(self._work, self.setup.seed + n)

    def cancel(self) -> None:
        """Stop at the next run, and report nothing any more."""
        self._cancelled.set()

    def _work(self, seed: int) -> None:
        try:
            found = _once([setup.with_(seed=seed) for setup in self.setups], self._go_on)
        except InterruptedError:
            return
        except Exception as error:  # noqa: BLE001 - a model that fails is told to the page
            if not self._cancelled.is_set():
                self.cancel()
                self.fail(error)
            return
        with self._lock:
            if not self._cancelled.is_set():
                self._found.append(found)
                self.report(self, table(self.setup, self.rows, self._found) | self._progress())

    def _progress(self) -> dict[str, Any]:
        return {"done": self.done, "total": self.total}

    def _go_on(self) -> None:
        if self._cancelled.is_set():
            raise InterruptedError
