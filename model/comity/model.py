"""The model: a Mesa model whose agents are rows of arrays, lived one day at a time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from comity import batches, checkpoint, extended, notebook, together
from comity.agents.bureaus import StateBureau
from comity.agents.governments import Government
from comity.agents.ice import IceOffice
from comity.agents.jails import Jail
from comity.agents.light_mesa import Model
from comity.agents.police import PoliceDepartment
from comity.agents.residents import Resident
from comity.columns.views import eventful, install, lived
from comity.kernels import uninterrupted
from comity.observe import observers, tables
from comity.observe.log import LOG
from comity.observe.measures import GROUPS, names
from comity.observe.recorder import recount
from comity.problems import InputError, Problem, collect
from comity.scenario import Scenario
from comity.scenario import load as load_scenario
from comity.world import rewritten
from comity.world.build import begun, build
from comity.world.given import given, parting
from comity.world.state import copied, public

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from comity.world.state import World

INSTITUTIONS = (PoliceDepartment, Jail, StateBureau, IceOffice, Government)


class CooperationModel(Model):
    """One run: a place, a calendar, a regime, hypotheses and parameters, from the first day to the last.

    Args:
        setup: the scenario, or the name of a built-in one, or the path of a TOML file.
        log: keep the event log (see `events`); counts are kept in any case.
        observe: names of `observers.OBSERVERS`, who watch the run (see `observed`) without changing it.
        latecomers: agents added after everybody else, for experiments with one more resident.
        morning: the first morning of the same scenario under any regime, which is copied instead of built again, or a later
            one under a regime that was the same until then (see `forked`).
        rng: another word for ``seed``, a whole number: Mesa's. Without either, the scenario's; under `mesa.batch_run`
            that plus the number of the iteration.
        **keys: keys of a scenario or parameters, which replace those of ``setup``; ``extensions`` may also be objects.

    Attributes:
        setup: the resolved `Scenario`.
        timeline: the changes of policy, and what governments attempted.
        world: the state: every array of the run.
        today: number of days lived.
        extensions: the arrays of each extension by its name, see `comity.extended.Extended`.
        activation_basis: how each county's day of activation is known: modelled, published or imported.

    Raises:
        InputError: with everything that is wrong with the input.
    """

    def __init__(
        self,
        setup: Scenario | str | None = None,
        *,
        log: bool = False,
        observe: Iterable[str] | str = (),
        latecomers: int = 0,
        morning: World | None = None,
        rng: int | None = None,
        **keys: Any,
    ) -> None:
        keys = batches.keys_of(keys, rng)
        chosen = "seed" in keys or morning is not None
        meant = _resolve(setup, keys, observers.unknown(observe, "model"))
        watching = observers.kinds(observe)
        self.setup = batches.of_iteration(meant, type(self), chosen=chosen, rng=rng)
        super().__init__(rng=self.setup.seed % 2**32)
        parameters, counties, self.timeline, eve = given(self.setup)
        further = self.setup.added
        self.world: World = public(
            begun(morning, self.timeline, eve)
            if morning
            else build(
                counties,
                self.timeline,
                eve,
                parameters,
                start=self.setup.start,
                days=self.setup.days,
                scale=self.setup.scale,
                seed=self.setup.seed,
                log=log or any(kind.reads_log for kind in watching),
                latecomers=latecomers,
            )
        )
        self.extensions = {e.name: extended.arrays(e, parameters, self.world) for e in further}
        self.further_columns = extended.columns(further)
        self._measures = tuple(measure.name for e in further for measure in e.measures)
        self._day = extended.Day(self.world, further, [*self.extensions.values()])
        self.counties, self.states = list(counties.index), list(dict.fromkeys(counties["state"]))
        self.activation_basis = list(counties["activation_basis"])
        self.today = 0
        self._flows: list[NDArray[np.float64]] = []
        self._stocks: list[NDArray[np.float64]] = []
        self._duty: list[NDArray[np.float64]] = []  # by county, since the first day: see `tables.on_duty`
        self._ends: list[int] = []
        self._noted: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []  # see `note_rates`
        self._log: list[NDArray[np.void]] | None = [] if log else None
        self._observers = tuple(kind(self.world, self.setup, counties) for kind in watching)
        for kind in INSTITUTIONS:
            for row in range(len(getattr(self.world, kind.table))):
                kind(self, row)
        install(self, Resident)

    @property
    def days(self) -> int:
        """Number of days of the scenario."""
        return self.setup.days

    @property
    def date(self) -> dt.date:
        """The day that comes next."""
        return self.setup.start + dt.timedelta(days=self.today)

    def step(self) -> None:
        """Live one day; the last one ends the run (``running`` becomes False).

        A subclass that overrides it calls this one; `run` then goes through the subclass's, day by day.
        """
        if self.today < self.days:
            self._live(self.today + 1)

    def run(
        self,
        progress: Callable[[int, int], None] | None = None,
        until: dt.date | None = None,
        *,
        threads: int = 1,
    ) -> Self:
        """Live every day that is left, or as many as it takes until ``running`` becomes False.

        One recording period is lived at a time, unless somebody watches every day: a subclass with a ``step`` of its own, or
        events that were scheduled with Mesa.

        Args:
            progress: called with the number of days lived and the number of days after each period; in a notebook a bar by
                default.
            until: stop in the morning of this day; by default after the last one.
            threads: number of threads that live the run together, which changes nothing in it (see `comity.together`). A run of
                one county, and one with phases of extensions, is lived by one.

        Returns:
            The model itself.

        Raises:
            InputError: if that is no number of threads.
            RuntimeError: if the ``step`` of a subclass lives no day.
        """
        if problems := together.problems(threads):
            raise InputError(problems)
        end = self.days if until is None else min(self.days, (until - self.setup.start).days)
        with self._day.lived_by(self.world, threads), notebook.bar("day", progress) as told:
            while self.running and self.today < end:
                self._live_until(min(self._next_close() + 1, end))
                if told is not None:
                    told(self.today, self.days)
        return self

    def _repr_html_(self) -> str:
        return notebook.keys(
            f"CooperationModel, {self.today:,} of {self.days:,} days lived", self.setup.glance()
        )

    def run_model(self) -> None:
        """Live every day that is left, as Mesa's users call it."""
        self.run()

    def _live_until(self, day: int) -> None:
        """Live up to a day, all at once if nobody would notice."""
        if type(self).step is CooperationModel.step and not eventful(self):
            self._live(day)
            lived(self, self.today)
        while self.running and self.today < day:
            before = self.today
            self.step()
            if self.today == before:
                raise RuntimeError(f"{type(self).__name__}.step() lived no day: it must call super().step()")

    def _next_close(self) -> int:
        """Return the next day that ends a recording period."""
        return self.today + int(np.argmax(self.world.calendar["closes"][self.today :]))

    def note_rates(self, field: str, rows: NDArray[np.int64]) -> None:
        """Note how often residents are due before somebody writes to a field of theirs, if that depends on it."""
        if field in rewritten.RATED:
            self._noted.append((rows, rewritten.note(self.world, rows)))

    def settle(self) -> None:
        """Let the rest of the state follow what somebody wrote to residents: numbers, and the days on which they are due."""
        w = self.world
        if w.clock["recount"][0]:
            recount(w, self.today)
        if self._noted:
            rows, before = map(np.concatenate, zip(*self._noted, strict=True))
            rewritten.carry_over(w, rows, before, self.today)
            self._noted.clear()

    def _live(self, until: int) -> None:
        """Live up to day ``until``, which must not go past the end of a recording period."""
        self.settle()
        with uninterrupted():
            self._live_whole(until)

    def _live_whole(self, until: int) -> None:
        w = self.world
        days = range(self.today, until) if len(w.log) or self._observers else [until - 1]
        for last in days:
            self._day.live(w, self.today, last + 1)
            self.today = last + 1
            self._keep_log()
        if w.clock[0]["overflow"]:
            raise RuntimeError(f"more happened on a day before {self.date} than the tables of a day can hold")
        if w.calendar["closes"][self.today - 1]:
            self._close_period()
        self.running = self.today < self.days

    def _keep_log(self) -> None:
        """Show the events of today to the observers, and move them from the state to the model if they are kept."""
        events = self.world.log[: int(self.world.clock[0]["logged"])]
        for observer in self._observers:
            observer.watch(self.world, self.today - 1, events)
        if self._log is not None and len(events):
            self._log.append(copied(events))
        self.world.clock["logged"] = 0

    def _close_period(self) -> None:
        """Move the counts of the period from the state to the model."""
        tallies = [self.world.tally, *extended.flows([*self.extensions.values()])]
        self._flows.append(np.concatenate(tallies, axis=-1))
        self._stocks.append(self.world.stock.copy())
        self._duty.append(tables.on_duty(self.world.police))
        self._ends.append(self.today)
        for tally in tallies:
            tally[:] = 0.0

    def table(self, by: Literal["county", "state"] = "county", periods: range | None = None) -> pd.DataFrame:
        """Return what was counted: date, county, group, measure, value; one row each per recording period.

        ``date`` is the first day of the period. Counts and stocks are in persons (agents times scale), trust,
        cynicism, awareness and risk are means over residents in the community.

        Args:
            by: ``"state"`` adds counties up, with a column ``state`` instead of ``county``: the nation's months by county are
                81 million rows, see `panels`.
            periods: which, counted from 0; by default all that are over.
        """
        part = slice(None) if periods is None else slice(periods.start, periods.stop)
        flows, stocks, names = self._flows[part], self._stocks[part], self.counties
        if by == "state":  # counties stand in the order of their codes, so those of a state side by side
            first = np.searchsorted(self.world.counties["state"], np.arange(len(self.states)))
            flows, stocks = ([np.add.reduceat(x, first, axis=0) for x in both] for both in (flows, stocks))
            names = self.states
        return tables.tidy(flows, stocks, self._ends, self.setup, {by: names}, self._measures, part)

    def rows(self, *, over: bool = False) -> int:
        """Return the number of rows that `table` has, or will have when the run is ``over``: maybe more than memory can hold."""
        periods = int(self.world.calendar["closes"].sum()) if over else len(self._ends)
        return periods * len(self.counties) * len(GROUPS) * len(names(self._measures))

    def panels(self, periods: range | None = None) -> Iterator[pd.DataFrame]:
        """Yield the same with one column per measure, a few periods at a time; see `comity.observe.tables.panels`.

        Args:
            periods: which, counted from 0; by default all that are over.
        """
        return tables.panels(
            self._flows, self._stocks, self._ends, self.setup, self.counties, self._measures, periods
        )

    def police(self) -> pd.DataFrame:
        """Return what officers' time went into: one row per recording period and county, in officer-hours; visits in persons."""
        return tables.duty(self.hours(), self._ends, self.setup, self.counties)

    def hours(self) -> NDArray[np.float64]:
        """Return officer-hours by recording period, county and `Task`, and in a last column the agents who were visited."""
        return tables.hours(self._duty, len(self.counties))

    def flows(self) -> list[NDArray[np.float64]]:
        """Return the counts of every recording period that is over, each by county, group and `Measure`, in agents; read-only.

        The measures of extensions follow on those of the package.
        """
        return self._flows

    def stocks(self) -> list[NDArray[np.float64]]:
        """Return sums over residents at the end of every period that is over, by county, group and `Stock`; read-only."""
        return self._stocks

    def totals(self) -> dict[str, NDArray[np.float64]]:
        """Return every measure, in persons, as an array by recording period and group, summed over counties.

        What tables hold as means over residents are sums here, under names such as ``trust_sum``. This is much quicker than
        `table`, for those who live thousands of runs.
        """
        return tables.totals(self._flows, self._stocks, self._ends, self.setup, self._measures)

    def starts(self) -> NDArray[np.datetime64]:
        """Return the first day of every recording period that is over."""
        return tables.starts(self._ends, self.setup)

    def funnel(self) -> pd.DataFrame:
        """Return how far the bookings of each month got: month, state, level, group, stage, count (persons)."""
        return tables.funnel(self.world.funnel, self.setup, self.states)

    def movements(self) -> pd.DataFrame:
        """Return how people came to live in each county and ceased to, so far: county, group, movement, count (persons)."""
        return tables.movements(self.world.movements, self.setup, self.counties)

    def events(self) -> pd.DataFrame:
        """Return the event log (empty unless the model was made with ``log=True``), one row per event."""
        return tables.events(np.concatenate(self._log) if self._log else np.zeros(0, LOG), self.setup)

    def save(self, path: str | Path) -> None:
        """Write the run as it stands into a new file, to go on with `load`.

        Raises:
            InputError: if the file is there already or cannot be written, or the model has agents of another kind.
        """
        checkpoint.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return a run that `save` wrote: it goes on as if it had never stopped. Nothing in the file is executed.

        A subclass is made as ``cls(setup=..., log=..., latecomers=...)``; what it keeps besides starts anew.

        Raises:
            InputError: if the file is damaged, or of another version of the model, or a subclass makes something else of it.
        """
        return checkpoint.load(path, cls)

    def kept(self) -> dict[str, NDArray[Any]]:
        """Return what the model holds beside the state, as arrays: `save` writes them."""
        log = np.concatenate(self._log) if self._log else np.zeros(0, LOG)
        w = self.world
        periods = {
            "flows": (self._flows, (*w.tally.shape[:-1], w.tally.shape[-1] + len(self._measures))),
            "stocks": (self._stocks, w.stock.shape),
            "duty": (self._duty, tables.on_duty(w.police).shape),
        }
        stacked = {name: np.reshape(part, (-1, *shape)) for name, (part, shape) in periods.items()}
        return {**stacked, "events": log} | self.further()

    def further(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of extensions that change during a run, by a name that says whose they are."""
        kept = ("residents", "counties", "tally")
        return {f"{e}.{name}": getattr(x, name) for e, x in self.extensions.items() for name in kept}

    def go_on(self, today: int, kept: dict[str, NDArray[Any]]) -> None:
        """Stand as after ``today`` days, with what `kept` returned then."""
        self.today, self.running = today, today < self.days
        self._ends = [int(end) + 1 for end in np.flatnonzero(self.world.calendar["closes"][:today])]
        self._flows, self._stocks, self._log = [*kept["flows"]], [*kept["stocks"]], [kept["events"]]
        self._duty = [*kept["duty"]]
        for name, array in self.further().items():
            array[...] = kept[name]
        lived(self, today)

    def forked(self, setup: Scenario) -> Self:
        """Return the run as it stands, to go on under another regime, which must have been the same so far.

        Raises:
            ValueError: if the scenario differs in more than its regime, this regime was another one, or somebody watches.
        """
        alike = self.setup.model_copy(update={"regime": setup.regime}) == setup
        if not alike or self._observers or parting(self.setup, setup) < self.today:
            raise ValueError("only the same run under a regime that was the same so far can be copied")
        self.settle()
        other = type(self)(setup, log=self._log is not None, morning=self.world)
        other.go_on(self.today, self.kept())
        return other

    def observed(self, table: str) -> pd.DataFrame:
        """Return what an observer saw: a table such as ``"victim_interviews"`` or ``"recorded_crime"``.

        docs/observation.md describes every table and its columns. The model must have been made with the observer that has
        it, as in ``CooperationModel(observe=("victim_survey", "recorded_crime"))``.

        Raises:
            InputError: if there is no such table, or nobody watched.
        """
        return observers.find(self._observers, table)

    @property
    def observed_tables(self) -> tuple[str, ...]:
        """Names of the tables that `observed` has."""
        return tuple(name for observer in self._observers for name in observer.tables)


def _resolve(setup: Scenario | str | None, keys: dict[str, Any], problems: list[Problem]) -> Scenario:
    """Return the scenario that a caller means, or refuse it together with other problems of the call."""
    found = collect(problems, lambda given: _scenario(setup, given), keys)
    if problems or found is None:
        raise InputError(problems)
    return found


def _scenario(setup: Scenario | str | None, keys: dict[str, Any]) -> Scenario:
    if setup is None and "place" in keys:
        return Scenario.of(**keys)
    scenario = setup if isinstance(setup, Scenario) else (load_scenario(setup) if setup else load_scenario())
    return scenario.with_(**keys) if keys else scenario
