"""Observers: who watches a run day by day and writes down what a researcher could have seen of it.

An observer reads the state at the end of a day and the events of the day. It writes only to itself, so that a run with
observers and one without are the same, bit for bit; its draws have streams of their own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import pandas as pd

from comity.problems import InputError, Problem, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from comity.scenario import Scenario
    from comity.world.state import World

PERSON: Final = 10**8
"""Public numbers of persons and households are the county's FIPS code times this, plus the place within the county."""

OBSERVERS: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "victim_survey": (
        "comity.observe.victim_survey",
        "VictimSurvey",
        ("victim_interviews", "victim_incidents"),
    ),
    "attitudes": ("comity.observe.attitudes", "AttitudeSurvey", ("attitudes",)),
    "trust_tracker": ("comity.observe.tracker", "Tracker", ("trust_tracker",)),
    "recorded_crime": ("comity.observe.recorded_crime", "RecordedCrime", ("recorded_crime",)),
    "calls": ("comity.observe.recorded_crime", "Calls", ("calls",)),
    "ice_statistics": ("comity.observe.recorded_crime", "IceStatistics", ("ice_statistics",)),
}
"""Name of an observer -> module, class and the tables that it hands out."""


class Observer:
    """Somebody who watches a run.

    Args:
        w: the state on the first morning.
        setup: the scenario.
        counties: rows of the county table.
    """

    tables: ClassVar[tuple[str, ...]]
    reads_log: ClassVar[bool] = False

    def __init__(self, w: World, setup: Scenario, counties: pd.DataFrame) -> None:
        self.setup, self.scale = setup, setup.scale
        self.fips = list(counties.index)
        self.counties: NDArray[np.uint16] = w.residents["county"]
        self.first: NDArray[np.int32] = w.counties["first"].copy()
        self.month_of: NDArray[np.int16] = w.calendar["month"]

    def watch(self, w: World, today: int, events: NDArray[np.void]) -> None:
        """See the state at the end of day ``today`` and the day's rows of the event log, if it ``reads_log``."""
        raise NotImplementedError

    def table(self, name: str) -> pd.DataFrame:
        """Return one of ``tables``, of what was seen so far."""
        raise NotImplementedError

    def months(self, numbers: NDArray[Any]) -> NDArray[np.datetime64]:
        """Return the first days of months that are counted from the month in which the run starts."""
        first = np.datetime64(self.setup.start, "M")
        return (first + np.asarray(numbers, np.int64)).astype("datetime64[s]")

    def dates(self, days: NDArray[Any]) -> NDArray[np.datetime64]:
        """Return the dates of days of the run."""
        return (np.datetime64(self.setup.start) + np.asarray(days, np.int64)).astype("datetime64[s]")

    def numbers(self, residents: NDArray[Any]) -> NDArray[np.int64]:
        """Return the public numbers of residents, which do not depend on what else is simulated."""
        county = self.counties[residents]
        codes = np.array(self.fips, np.int64)
        places = np.asarray(residents, np.int64) - self.first[county]
        return np.asarray(codes[county] * PERSON + places)

    def names(self, counties: NDArray[Any]) -> pd.Categorical:
        """Return the FIPS codes of rows of the county table."""
        codes: Any = counties
        return pd.Categorical.from_codes(codes, pd.Index(self.fips))


def listed(names: Iterable[str] | str) -> list[str]:
    """Return names that are given one by one, or in one text with commas between them."""
    if isinstance(names, str):
        return [name.strip() for name in names.split(",")] if names else []
    return list(names)


def unknown(names: Iterable[str] | str, source: str) -> list[Problem]:
    """Return a problem for every name that is no observer; ``source`` is where the names come from."""
    valid = ", ".join(OBSERVERS)
    wrong = [name for name in listed(names) if not (isinstance(name, str) and name in OBSERVERS)]
    return [Problem(source, "observe", shown(name), "no such observer", valid) for name in wrong]


def check(names: Iterable[str] | str) -> tuple[str, ...]:
    """Return names of observers without repeats, in the order of `OBSERVERS`.

    Raises:
        InputError: with every name that is none.
    """
    wanted = listed(names)
    if problems := unknown(wanted, "model"):
        raise InputError(problems)
    return tuple(name for name in OBSERVERS if name in wanted)


def kinds(names: Iterable[str] | str) -> tuple[type[Observer], ...]:
    """Return the kinds of observers with these names.

    Raises:
        InputError: with every name that is none.
    """
    wanted = check(names)
    return tuple(getattr(import_module(OBSERVERS[name][0]), OBSERVERS[name][1]) for name in wanted)


def find(observers: Iterable[Observer], table: str) -> pd.DataFrame:
    """Return a table of the observer that has it.

    Raises:
        InputError: if nobody has, saying who would.
    """
    for observer in observers:
        if table in observer.tables:
            return observer.table(table)
    owner = next((name for name, (_, _, tables) in OBSERVERS.items() if table in tables), None)
    tables = ", ".join(name for _, _, tables in OBSERVERS.values() for name in tables)
    wrong = f"not watched: make the model with observe=({owner!r},)" if owner else "no such table"
    raise InputError([Problem("observed", "table", shown(table), wrong, tables)])
