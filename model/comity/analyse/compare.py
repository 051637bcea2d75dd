"""Regimes compared side by side: the same people, the same days, the same dice, and what differs."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity import notebook
from comity.analyse import draws as uncertain
from comity.analyse.intervals import default_baseline, interval, saved
from comity.branching import Branch, grow, roots
from comity.caveats import beside
from comity.dictionary import words
from comity.output import run
from comity.output.bundle import Bundle
from comity.policy import regimes
from comity.problems import InputError, Problem
from comity.scenario import Scenario, load
from comity.sweeps.engines import cores
from comity.sweeps.outcomes import OUTCOMES, brief, measure, of_run, plus_minus
from comity.world import imported_tables
from comity.world.given import parting
from comity.writing import explained, new_folder

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from comity.analyse.draws import Draws
    from comity.sweeps.outcomes import Outcome

SEEDS: Final = 10
"""Histories per regime, if nothing else is said."""


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes:
        setup: the scenario.
        baseline: the regime against which differences are taken.
        since: first day of the recording period in which any regime differs from another; outcomes count from there.
        runs: one row per regime and seed, or per regime, draw and seed; one column per outcome.
        weekly: one row per regime, seed, date and group, one column per measure; means over draws.
        draws: of what is uncertain, which were lived instead of the scenario's values; None for these.
    """

    setup: Scenario
    baseline: str
    since: dt.date
    runs: Any
    weekly: Any
    draws: Draws | None = None

    def summary(self) -> pd.DataFrame:
        """Return one row per outcome and regime: mean, paired difference from the baseline with its interval.

        ``replications_saved`` is how many times fewer replications the common random numbers need for the same
        precision: the variance of the difference between independent runs over that between paired ones. ``n_missing``
        seeds are left out of the difference, since a rate of nobody is none. Of draws there are ``draws_low`` and
        ``draws_high`` too, between which 95 % of the differences lie, with the model's own error.
        """
        rows = [
            self._row(outcome, regime) for outcome in OUTCOMES for regime in self.runs.index.unique("regime")
        ]
        return pd.DataFrame(rows)

    def _row(self, outcome: Outcome, regime: str) -> dict[str, Any]:
        known = words("outcomes", outcome.id)
        row: dict[str, Any] = {"outcome": outcome.id, "name": known.label, "unit": known.unit}
        ours, theirs = self._values(outcome, regime, "seed"), self._values(outcome, self.baseline, "seed")
        pairs = (ours - theirs).dropna()  # a rate of nobody is none
        difference, half = interval(pairs.to_numpy())
        row |= {"regime": regime, "mean": ours.mean(), "difference": difference}
        return row | {
            "low": difference - half,
            "high": difference + half,
            "replications_saved": saved(
                float(ours[pairs.index].var() + theirs[pairs.index].var()), float(pairs.var())
            )
            if regime != self.baseline
            else np.nan,
            "n_missing": len(ours) - len(pairs),
            **self._over_draws(outcome, regime),
        }

    def _values(self, outcome: Outcome, regime: str, over: str) -> Any:
        """Return means of an outcome by seed or by draw."""
        return self.runs[outcome.id].xs(regime, level="regime").groupby(over).mean()

    def _over_draws(self, outcome: Outcome, regime: str) -> dict[str, float]:
        if self.draws is None:
            return {}
        ours, theirs = (self._values(outcome, name, "draw") for name in (regime, self.baseline))
        return dict(
            zip(("draws_low", "draws_high"), self.draws.difference(outcome, ours, theirs), strict=True)
        )

    def attempts(self) -> pd.DataFrame:
        """Return what every decider tried under each regime, when, and whether the law of those days allowed it."""
        tried: Any = {
            regime: attempts(self.setup.with_(regime=regime)) for regime in self.runs.index.unique("regime")
        }
        joined: pd.DataFrame = pd.concat(tried, names=["regime"]).reset_index("regime")
        return joined

    def void(self) -> list[str]:
        """Return one sentence per attempt that has no effect on the pipe."""
        tried: Any = self.attempts()
        return [
            f"{row.regime}: void from {row.start} ({row.lever}). {row.reason.rstrip('.')}."
            for row in tried[~tried["allowed"].astype(bool)].itertuples()
        ]

    def alike(self) -> list[str]:
        """Return one sentence per regime under which no day of the run is another than under the baseline."""
        ours = self.setup.with_(regime=self.baseline)
        others = (regime for regime in self.runs.index.unique("regime") if regime != self.baseline)
        return [
            f"{regime}: the same as {self.baseline} to the last day, {ours.end}; what it changes begins later, or nowhere here."
            for regime in others
            if parting(ours, ours.with_(regime=regime)) >= ours.days
        ]

    def at_a_glance(self) -> pd.DataFrame:
        """Return one row per outcome for people to read: the baseline's mean, then each difference ± half-width."""
        return self._glance(
            lambda found: plus_minus(found["difference"], found["high"] - found["difference"], "+")
        )

    def draws_at_a_glance(self) -> pd.DataFrame:
        """Return the same with the ends of each difference over draws, with the model's own error."""
        return self._glance(lambda found: uncertain.between(found["draws_low"], found["draws_high"], "+"))

    def _glance(self, told: Callable[[Any], str]) -> pd.DataFrame:
        summary: Any = self.summary().set_index(["outcome", "regime"])
        others = [regime for regime in self.runs.index.unique("regime") if regime != self.baseline]
        rows = []
        for outcome in OUTCOMES:
            base = brief(summary.loc[(outcome.id, self.baseline), "mean"])
            row = {"": words("outcomes", outcome.id).short, self.baseline: base}
            row |= {regime.replace("_", " "): told(summary.loc[(outcome.id, regime)]) for regime in others}
            rows.append(row)
        return pd.DataFrame(rows)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return ``comparison`` (the summary), ``runs``, ``attempts`` and ``weekly.parquet``, as files are called."""
        return {
            "attempts": self.attempts(),
            "comparison": self.summary(),
            "runs": self.runs.reset_index(),
            "weekly.parquet": self.weekly.reset_index(),
        }

    def table(self) -> pd.DataFrame:
        """Return `at_a_glance` with outcomes as index: what the command prints."""
        return self.at_a_glance().set_index("").rename_axis("outcome")

    def plot(self) -> Figure:
        """Return the picture, which a notebook shows; the same as `figure`."""
        return self.figure()

    def _repr_html_(self) -> str:
        shown = self.at_a_glance()
        title = f"Since {self.since}: {self.baseline}, and differences from it ± half of a 95 % interval over seeds"
        rows = shown.astype(str).to_numpy().tolist()
        notes = [*self.void(), *self.alike(), *beside([title, *(cell for row in rows for cell in row)])]
        return notebook.table(title, list(shown.columns), rows, notes)

    def figure(self) -> Figure:
        """Return a picture of the comparison."""
        from comity.analyse import compare_plots  # noqa: PLC0415 - matplotlib is slow to import

        return compare_plots.draw(compare_plots.Drawn(**vars(self), summary=self.summary()))


def attempts(setup: Scenario) -> pd.DataFrame:
    """Return what every decider tries under the regime of a scenario."""
    regime = regimes.compose(setup.regime, regimes.read_custom(setup.regimes))
    counties = imported_tables.counties(setup.place, setup.data)
    local = imported_tables.local(setup.data, counties)
    return run.attempts(regimes.timeline(regime, counties, setup.parameters, setup.start, setup.end, local))


def _grow(branch: Branch) -> tuple[dict[int, pd.DataFrame], list[Branch]]:
    """Live what some runs share, and return what was counted in those that are over, and the branches that go on."""
    model, branches = grow(branch)
    return {} if branches else dict.fromkeys(branch.setups, of_run(model)), branches


def _first_difference(weekly: Any) -> pd.Timestamp:
    """Return the start of the first period in which a regime differs from the first one, or the first period."""
    first = weekly.loc[weekly.index.unique("regime")[0]]
    dates = [
        other.index.get_level_values("date")[(other != first.loc[other.index]).any(axis=1)].min()
        for other in (weekly.loc[regime] for regime in weekly.index.unique("regime"))
    ]
    found = [date for date in dates if not pd.isna(date)]
    return pd.Timestamp(min(found, default=weekly.index.get_level_values("date").min()))


def compare(
    setup: Scenario | str | Path,
    names: Sequence[str] = (),
    seeds: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    draws: Draws | None = None,
) -> Comparison:
    """Live ``seeds`` histories under each regime, with common random numbers, and compare outcomes.

    Args:
        setup: a scenario, the name of a built-in one, or a file; its own regime is not used, its seed is the first of
            ``seeds`` consecutive ones.
        names: of regimes, specifications as in `comity.policy.regimes.compose`; by default those that the scenario compares.
        seeds: histories per regime and draw; by default 10, or 4 where there are draws.
        progress: called with runs done and runs in all; in a notebook a bar by default.
        draws: of what is uncertain, which are lived instead of the scenario's values: those of `comity.posterior`.

    Returns:
        The comparison, whose baseline is ``mandatory`` if it is among the regimes, else the first.

    Raises:
        InputError: if there is no such scenario or regime, or nothing to compare.
    """
    setup = setup if isinstance(setup, Scenario) else load(setup)
    names = names or setup.compare
    if not names:
        raise InputError([Problem("compare", "names", "(none)", "nothing to compare", "a list of regimes")])
    names = list(dict.fromkeys(names))
    setups = _setups(setup, names, seeds or (uncertain.SEEDS if draws else SEEDS), draws)
    with notebook.bar("run", progress) as told:
        results = _live_all(list(setups.values()), told)
    lived = dict(zip(setups, results, strict=True))
    weekly = pd.concat(lived, names=["regime", "draw", "seed"])
    since = _first_difference(weekly).date()
    runs = _outcomes(lived, since).loc[sorted(lived, key=lambda job: names.index(job[0]))]
    if draws is None:
        runs, weekly = runs.droplevel("draw"), weekly.droplevel("draw")
    else:
        weekly = weekly.groupby(["regime", "seed", "date", "group"], sort=False, observed=True).mean()
    return Comparison(setup, default_baseline(names), since, runs, weekly, draws)


def _outcomes(lived: dict[tuple[str, int, int], pd.DataFrame], since: dt.date) -> pd.DataFrame:
    found = {
        job: {each.id: measure(counted, each, since) for each in OUTCOMES} for job, counted in lived.items()
    }
    return pd.DataFrame.from_dict(found, orient="index").rename_axis(["regime", "draw", "seed"])


def _setups(
    setup: Scenario, names: Sequence[str], seeds: int, draws: Draws | None
) -> dict[tuple[str, int, int], Scenario]:
    """Return what is lived, by regime, draw and seed; those of one history stand beside each other."""
    points = draws.points if draws else ({},)
    return {
        (regime, number, seed): setup.with_(regime=regime, seed=seed, parameters=point)
        for seed in range(setup.seed, setup.seed + seeds)
        for number, point in enumerate(points, 1)
        for regime in names
    }


def write(
    setup: Scenario,
    folder: str | Path,
    seeds: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    draws: Draws | None = None,
) -> Comparison:
    """Compare the regimes that a scenario names and write tables, picture and manifest.

    Raises:
        InputError: if ``folder`` cannot be written or holds anything already, before anything is run.
    """
    with new_folder(folder) as staging:
        started = datetime.now(UTC)
        comparison = compare(setup, setup.compare, seeds, progress, draws)
        about = {"regimes": list(setup.compare), "seeds": len(comparison.runs.index.unique("seed"))}
        about |= {"draws": len(draws.points)} if draws else {}
        pictures = {"comparison": comparison.figure()}
        bundle = Bundle(
            run.manifest(setup, started) | about, comparison.tables(), pictures, run.inputs(setup)
        )
        with explained(folder):
            bundle.put(staging)
    return comparison


def _live_all(setups: Sequence[Scenario], progress: Callable[[int, int], None] | None) -> list[pd.DataFrame]:
    """Live several runs in as many threads as there are cores; kernels release the interpreter's lock.

    At most that many are in hand at once, so that an interruption waits for seconds and not for the whole list. The last that
    parted are lived first: as few as can be wait half lived.
    """
    from comity import warm  # noqa: PLC0415 - imports the compiler

    warm.up()  # whoever writes a script waits for it, too
    results: dict[int, pd.DataFrame] = {}
    todo = roots(setups)[::-1]
    in_hand: set[Future[tuple[dict[int, pd.DataFrame], list[Branch]]]] = set()
    most = cores()
    with ThreadPoolExecutor(most) as pool:
        while todo or in_hand:
            while todo and len(in_hand) < most:
                in_hand.add(pool.submit(_grow, todo.pop()))
            done, in_hand = wait(in_hand, return_when=FIRST_COMPLETED)
            for future in done:
                found, branches = future.result()
                results |= found
                todo += branches
            if progress is not None:
                progress(len(results), len(setups))
    return [results[n] for n in range(len(setups))]
