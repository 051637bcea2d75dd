"""Recorded crime and other records of institutions, by county and month: calls for service, ICE's statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

import numpy as np
import pandas as pd

from comity.agents.cases import CaseState, Found
from comity.observe.log import Event
from comity.observe.observers import OBSERVERS, Observer
from comity.parameters import INCIDENTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.scenario import Scenario
    from comity.world.state import World

OFFENCES: Final = (*INCIDENTS, "other")
FELONY: Final = 2
"""Charges from this level up are felonies."""

ICE_LEVELS: Final = ("noncriminal", "level_3", "level_2", "level_1")
"""ICE's names of `LEVELS`, in the same order."""


class Monthly(Observer):
    """Counts by month, county and column, in agents."""

    columns: ClassVar[int]

    def __init__(self, w: World, setup: Scenario, counties: pd.DataFrame) -> None:
        super().__init__(w, setup, counties)
        months = int(self.month_of[setup.days - 1]) + 1
        self.counts = np.zeros((months, len(counties), self.columns), np.int32)
        self.seen = 0
        self.cells: list[NDArray[np.int64]] = []  # of the month that was seen last, not yet counted

    def add(self, today: int, residents: NDArray[Any], columns: Any) -> None:
        """Count one in each of ``columns`` for each of ``residents``, in their county and the month of today."""
        if self.seen <= self.month_of[today]:
            self.count()
            self.seen = int(self.month_of[today]) + 1
        self.cells.append(self.counties[residents].astype(np.int64) * self.columns + columns)

    def count(self) -> NDArray[np.int32]:
        """Add up what is not yet counted, and return the counts of the months that were seen, in agents."""
        if self.cells:
            month = self.counts[self.seen - 1]
            month += np.bincount(np.concatenate(self.cells), minlength=month.size).reshape(month.shape)
            self.cells = []
        return self.counts[: self.seen]

    def frame(
        self, columns: dict[str, NDArray[Any]], axis: str = "", kinds: tuple[str, ...] = ()
    ) -> pd.DataFrame:
        """Return columns of shape (months, counties) or (months, counties, kinds) as a table with a row per cell, in persons."""
        shape = (self.seen, len(self.fips), *([len(kinds)] if kinds else []))
        month, county, *kind = (index.ravel() for index in np.indices(shape))
        keys: dict[str, Any] = {"month": self.months(month), "county": self.names(county)}
        if kinds:
            keys[axis] = pd.Categorical.from_codes(cast("Any", kind[0]), pd.Index(kinds))
        return pd.DataFrame(
            keys | {name: values.ravel() * float(self.scale) for name, values in columns.items()}
        )


class RecordedCrime(Monthly):
    """Offences known to police, clearances and arrests, as police departments return them every month."""

    tables = OBSERVERS["recorded_crime"][2]
    reads_log = True
    columns = 4 * len(OFFENCES)
    known, cleared, arrests, felonies = (slice(k * len(OFFENCES), (k + 1) * len(OFFENCES)) for k in range(4))

    def watch(self, w: World, today: int, events: NDArray[np.void]) -> None:
        """Count today's reported incidents, where the victim lives, and arrests, where the arrested live."""
        incidents = w.incidents[: w.clock["incidents"][0]]
        known = incidents[(incidents["by_victim"] > 0) | (incidents["by_witness"] > 0)]
        arrests = events[events["kind"] == Event.ARREST]
        self.add(today, known["victim"], self.known.start + known["kind"].astype(np.int64))
        offence, case = self.offences(known, arrests["parent"])
        cleared = known[case[offence < len(INCIDENTS)]]
        self.add(today, cleared["victim"], self.cleared.start + cleared["kind"].astype(np.int64))
        self.add(today, arrests["resident"], self.arrests.start + offence)
        felonies = arrests["detail"] >= FELONY
        self.add(today, arrests["resident"][felonies], self.felonies.start + offence[felonies])

    @staticmethod
    def offences(known: NDArray[np.void], parents: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the offence behind each arrest, as a place in `OFFENCES`, and the row of the incident that it clears."""
        if not len(known):
            return np.full(len(parents), len(INCIDENTS)), np.zeros(len(parents), np.int64)
        case = np.minimum(np.searchsorted(known["id"], parents), len(known) - 1)
        solved = known["id"][case] == parents
        return np.where(solved, known["kind"][case], len(INCIDENTS)), case

    def table(self, name: str) -> pd.DataFrame:  # noqa: ARG002 - there is one
        """Return month, county, offence, known, cleared, arrests and felony_arrests, in persons or incidents."""
        counts = self.count()
        columns = {
            "known": counts[..., self.known],
            "cleared": counts[..., self.cleared],
            "arrests": counts[..., self.arrests],
            "felony_arrests": counts[..., self.felonies],
        }
        return self.frame(columns, "offence", OFFENCES)


class Calls(Monthly):
    """Calls for service about crimes, as a dispatch centre counts them."""

    tables = OBSERVERS["calls"][2]
    columns = 3 * len(INCIDENTS)

    def watch(self, w: World, today: int, events: NDArray[np.void]) -> None:  # noqa: ARG002 - it hears only callers
        """Count today's callers; several may call about one incident."""
        incidents = w.incidents[: w.clock["incidents"][0]]
        by_victim, by_witness = (
            incidents["by_victim"].astype(np.int64),
            incidents["by_witness"].astype(np.int64),
        )
        victims, kinds = incidents["victim"], incidents["kind"].astype(np.int64)
        for k, times in enumerate((by_victim, by_witness, np.minimum(by_victim + by_witness, 1))):
            self.add(today, np.repeat(victims, times), np.repeat(kinds, times) + k * len(INCIDENTS))

    def table(self, name: str) -> pd.DataFrame:  # noqa: ARG002 - there is one
        """Return month, county, type, calls, by_victim, by_witness and reported (incidents)."""
        by_victim, by_witness, incidents = np.split(self.count(), 3, axis=-1)
        columns = {
            "calls": by_victim + by_witness,
            "by_victim": by_victim,
            "by_witness": by_witness,
            "reported": incidents,
        }
        return self.frame(columns, "type", INCIDENTS)


class IceStatistics(Monthly):
    """What became of prints that the programme sent to IDENT, as in ICE's monthly interoperability statistics.

    Arrests and removals are those of people whose latest booking was matched by prints, not of those who were found by
    interview or referral. A county is listed from the month in which its prints first reach IDENT.
    """

    tables = OBSERVERS["ice_statistics"][2]
    reads_log = True
    columns = 1 + 3 * len(ICE_LEVELS)

    def __init__(self, w: World, setup: Scenario, counties: pd.DataFrame) -> None:
        super().__init__(w, setup, counties)
        self.matched = np.zeros(len(w.residents), bool)
        known = (w.cases["state"] != CaseState.FREE) & (w.cases["identified"] == Found.MATCH)
        self.matched[w.cases["resident"][known]] = True  # booked before the first day
        self.activated = np.full(len(counties), np.datetime64("NaT", "s"))
        self.published = counties["activation"].to_numpy("datetime64[s]")

    def watch(self, w: World, today: int, events: NDArray[np.void]) -> None:
        """Count today's submissions, matches, arrests and removals, where the booking was."""
        self.note_activations(w, today)
        kind, resident, level = events["kind"], events["resident"], events["detail"].astype(np.int64)
        self.matched[resident[kind == Event.BOOKING]] = False
        self.matched[resident[kind == Event.MATCH]] = True
        self.add(today, resident[kind == Event.PRINT], 0)
        matches = resident[kind == Event.MATCH]
        # A case has the level of the record at booking, and nobody's record changes on the day of booking.
        self.add(today, matches, 1 + w.residents["conviction"][matches].astype(np.int64))
        arrests = ((kind == Event.TRANSFER) | (kind == Event.AT_LARGE_ARREST)) & self.matched[resident]
        self.add(today, resident[arrests], 1 + len(ICE_LEVELS) + level[arrests])
        removals = (kind == Event.REMOVAL) & self.matched[resident]
        self.add(today, resident[removals], 1 + 2 * len(ICE_LEVELS) + level[removals])

    def note_activations(self, w: World, today: int) -> None:
        """Note the counties whose prints reach IDENT for the first time; on the first day, the dates that are on record."""
        new = (w.policies["sharing"] > 0) & np.isnat(self.activated)
        if new.any():
            date = self.dates(np.array(today))
            on_record = self.published if today == 0 else np.full(len(new), date)
            self.activated[new] = np.where(on_record <= date, on_record, date)[new]

    def table(self, name: str) -> pd.DataFrame:  # noqa: ARG002 - there is one
        """Return month, county, activation date, submissions, and matches, and arrests and removals after one, by level."""
        counts = self.count()
        columns = {"submissions": counts[..., 0]}
        for k, stage in enumerate(("matches", "match_arrests", "match_removals")):
            by_level = counts[..., 1 + k * len(ICE_LEVELS) : 1 + (k + 1) * len(ICE_LEVELS)]
            columns[stage] = by_level.sum(axis=-1)
            for level in reversed(range(len(ICE_LEVELS))):
                columns[f"{stage}_{ICE_LEVELS[level]}"] = by_level[..., level]
        frame = self.frame(columns)
        activated = np.tile(self.activated, self.seen)
        frame.insert(2, "activated", activated)
        listed = activated.astype("datetime64[M]") <= frame["month"].to_numpy("datetime64[M]")
        return frame[listed].reset_index(drop=True)
