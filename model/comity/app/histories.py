"""Histories that are lived once per seed beside the sessions, and wait while pages wait for a core.

They say how sure the difference between two cities is, fill the table of all regimes, and tell what carries a difference.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.app.limits import SCALES
from comity.app.series import GROUPS, OUTCOMES, hours, lines, settlers
from comity.app.sharing import TURNS, dissolve
from comity.branching import grow, roots
from comity.model import CooperationModel
from comity.sweeps.outcomes import by_period

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from comity.scenario import Scenario

    Found = NDArray[np.float64]
    Columns = Sequence[tuple[str, str]]
    GoOn = Callable[[], None]
    Live = Callable[[Sequence[Scenario], GoOn], NDArray[Any]]

YEAR: Final = 365
"""Days at the end of a run over which rates are taken; totals are of the whole run, states of its end."""

MOST_KEPT: Final = 2000
"""Sets of histories whose numbers the server keeps, so that a class that opens one page lives them once."""

PATIENCE: Final = 0.05
"""Seconds between looks at whether pages still wait for a core."""


def coarse(setup: Scenario, most: int) -> Scenario:
    """Return the scenario with few enough agents that one history takes at most so many agent-days."""
    need = setup.residents * setup.days / most
    fitting = next((scale for scale in SCALES if scale >= need), SCALES[-1])
    return setup.with_(compare=(), scale=max(setup.scale, float(fitting)))


def summary(model: CooperationModel, columns: Columns) -> Found:
    """Return columns of a run that is over: totals of the whole run, rates of its last year, states at its end.

    Args:
        model: the run.
        columns: outcome and group of each, as in `comity.app.series.COLUMNS`.
    """
    totals = model.totals() | hours(model, settlers(model))
    ends = np.flatnonzero(model.world.calendar["closes"][: model.today]) + 1
    last = ends > model.today - YEAR
    return np.array([_column(totals, outcome, group, last) for outcome, group in columns])


def _column(totals: Any, outcome: str, group: str, last: NDArray[np.bool_]) -> float:
    entry = replace(OUTCOMES[outcome], groups=GROUPS[group][1])
    values, weights = by_period(totals, entry)
    if weights is None:
        return float(values.sum())
    if entry.weight == "residents":
        return float(values[-1]) if len(values) else math.nan
    below = weights[last].sum()
    return float((np.nan_to_num(values[last]) * weights[last]).sum() / below) if below else math.nan


def live(setups: Sequence[Scenario], columns: Columns, go_on: GoOn) -> Found:
    """Return columns of runs, of which those that differ in their regimes alone are lived as one until these differ.

    Args:
        setups: their scenarios.
        columns: see `summary`.
        go_on: called between runs; raises to end them all.

    Returns:
        (setups, columns).
    """
    found, waiting = np.full((len(setups), len(columns)), math.nan), roots(setups)
    while waiting:
        go_on()
        branch = waiting[-1]
        model, parts = grow(branch)
        waiting[-1:] = sorted(parts, key=lambda part: -len(part.setups))  # see `at_once`
        if not parts:
            found[list(branch.setups)] = summary(model, columns)
            dissolve(model)
    return found


def at_once(runs: int) -> int:
    """Return how many states of so many runs are in memory at most: the smaller part is lived to its end before the other."""
    return runs.bit_length()


_kept: OrderedDict[str, Found] = OrderedDict()
_keeping = threading.Lock()


def once(setups: Sequence[Scenario], go_on: GoOn, columns: Columns) -> Found:
    """Return what `live` does, from what is kept if somebody has asked for it before."""
    key = "+".join([*(setup.digest() for setup in setups), str(columns)])
    found = _kept.get(key)
    if found is None:
        found = live(setups, columns, go_on)
        with _keeping:
            _kept[key] = found
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return found


def series(setup: Scenario, go_on: GoOn) -> NDArray[np.float32]:
    """Return the lines of a run, (periods, columns); see `comity.app.series.lines`."""
    model = CooperationModel(setup)
    try:
        return lines(model.run(lambda _done, _days: go_on()))
    finally:
        dissolve(model)


def difference(setups: Sequence[Scenario], go_on: GoOn) -> NDArray[np.float32]:
    """Return the lines of the second of two runs less those of the first, (periods, columns)."""
    left, right = (series(setup, go_on) for setup in setups)
    return right - left


def known(values: Found) -> list[float | None]:
    """Return numbers as JSON has them: None for what is not known."""
    return [None if math.isnan(value) else float(value) for value in values]


class Background:
    """The same histories under one seed after another.

    Args:
        setups: the scenarios; their seeds are the first.
        live: takes the scenarios of a seed, and what to call between runs, and returns what is wanted of them.
        seeds: how many.
        report: takes this and what is known so far, a row per seed, after every seed.
        fail: takes what went wrong, once.
    """

    def __init__(
        self,
        setups: Sequence[Scenario],
        live: Live,
        seeds: int,
        report: Callable[[Background, NDArray[Any]], None],
        fail: Callable[[Exception], None],
    ) -> None:
        self.setups, self.live, self.total, self.report, self.fail = setups, live, seeds, report, fail
        self._found: list[NDArray[Any]] = []
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    @property
    def done(self) -> int:
        """How many seeds are lived."""
        return len(self._found)

    def start(self, executor: Executor) -> None:
        """Hand one piece of work per seed to an executor."""
        for n in range(self.total):
            executor.submit(self._work, n)

    def cancel(self) -> None:
        """Stop at the next run, and report nothing any more."""
        self._cancelled.set()

    def _work(self, n: int) -> None:
        try:
            setups = [setup.with_(seed=setup.seed + n) for setup in self.setups]
            found = self.live(setups, self._go_on)
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
                self.report(self, np.stack(self._found))

    def _go_on(self) -> None:
        while TURNS.crowded and not self._cancelled.wait(PATIENCE):
            pass
        if self._cancelled.is_set():
            raise InterruptedError
