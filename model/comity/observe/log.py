"""The event log: what happened to whom, each event naming the event it came from.

Ids are always given, so switching the log on changes nothing; rows are kept only when the log has room.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from comity.kernels import Int, kernel

if TYPE_CHECKING:
    from comity.world.state import World


class Event(IntEnum):
    """Kinds of event, in the order of the pipeline."""

    INCIDENT = 0
    REPORT = 1
    STOP = 2
    ARREST = 3
    BOOKING = 4
    PRINT = 5
    MATCH = 6
    REFERRAL = 7
    DETAINER = 8
    HOLD = 9
    REFUSAL = 10
    RELEASE = 11
    TRANSFER = 12
    AT_LARGE_ARREST = 13
    REMOVAL = 14
    ICE_RELEASE = 15
    MOVE = 16
    CITATION = 17
    ARRIVAL = 18  # somebody comes to live here: born, from elsewhere in the scenario (`other`, who moved), or from abroad
    DEPARTURE = 19  # dies, or leaves the country
    REENTRY = 20  # comes back after removal


LOG: Final = np.dtype(
    [
        ("id", "i8"),
        ("parent", "i8"),  # id of the event that this one came from, -1 for none
        ("day", "i4"),
        ("kind", "i4"),  # Event
        ("resident", "i4"),  # the resident it happened to
        ("other", "i4"),  # another resident concerned (the offender of an incident), -1 for none
        ("detail", "i4"),  # type of incident, level of charge or case, by kind
    ],
    align=True,
)


@kernel
def note(w: World, kind: Int, today: Int, parent: Int, resident: Int, other: Int, detail: Int) -> Int:
    """Give the event an id, write it down if there is a log, and return the id."""
    now = w.clock[0]
    event = now["next_event"]
    now["next_event"] = event + 1
    row = now["logged"]
    if row < len(w.log):
        entry = w.log[row]
        entry["id"], entry["parent"], entry["day"], entry["kind"] = event, parent, today, kind
        entry["resident"], entry["other"], entry["detail"] = resident, other, detail
        now["logged"] = row + 1
    elif len(w.log) > 0:
        now["overflow"] = 1
    return event
