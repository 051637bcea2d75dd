"""Cases: one row per open booking, handed from the jail to ICE; rows are used again."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.columns.views import Column
from comity.kernels import Int, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.world.state import World


class CaseState(IntEnum):
    """Where a booking stands."""

    FREE = 0  # the row is not in use
    JAILED = 1
    HELD = 2  # past release, kept for ICE
    WANTED = 3  # released, pursued at large
    DETAINED = 4  # in ICE custody


class Found(IntEnum):
    """How ICE came to know of a booking."""

    NOT = 0
    MATCH = 1  # by prints
    LOCALLY = 2  # by referral or interview


class Plan(IntEnum):
    """How a booking will end if ICE does not step in."""

    DROPPED = 0
    BAILED = 1
    SENTENCED = 2


CASE: Final = np.dtype(
    [
        ("event", "i8"),  # id of the latest event of the case
        ("resident", "i4"),
        ("booked", "i4"),  # day
        ("due", "i4"),  # day of a hold on which ICE comes, if it comes
        ("until", "i4"),  # last day of a hold
        ("state", "u1"),  # CaseState
        ("plan", "u1"),  # Plan
        ("charge", "u1"),  # index into LEVELS
        ("level", "u1"),  # worst conviction at booking, for ICE
        ("printed", "u1"),
        ("identified", "u1"),  # Found
        ("detainer", "u1"),
        ("person", "u1"),  # who of those who live in the resident's place in turn
        ("next_free", "i4"),  # list of free rows
    ],
    align=True,
)
"""One row per open booking."""


@kernel
def open_case(w: World, i: Int, charge: Int, today: Int) -> Int:
    """Take a free row for a booking of resident ``i``; jails and ICE have rows for all their beds."""
    now = w.clock[0]
    case = now["free_case"]
    c = w.cases[case]
    now["free_case"] = c["next_free"]
    c["resident"], c["booked"], c["charge"] = i, today, charge
    c["level"], c["person"] = w.residents[i]["conviction"], w.residents[i]["person"]
    c["identified"], c["detainer"], c["state"] = Found.NOT, 0, CaseState.JAILED
    return case


@kernel
def close_case(w: World, case: Int) -> None:
    """Give the row of a case back."""
    w.cases[case]["state"] = CaseState.FREE
    w.cases[case]["next_free"] = w.clock[0]["free_case"]
    w.clock[0]["free_case"] = case


class Beds(Column):
    """Beds of jails or of ICE: everybody in one has a case, and a run is built with a table for so many cases."""

    def most(self, owner: Any, rows: NDArray[np.int64]) -> float:
        """Return how many beds each of these may have, if all others keep theirs."""
        w, table = owner.model.world, owner.table
        others = sum(int(getattr(w, name)["beds"].sum()) for name in ("jails", "offices"))
        others -= int(getattr(w, table)["beds"][rows].sum())
        return float((len(w.cases) - 1 - int(w.clock[0]["wanted_limit"]) - others) // max(len(rows), 1))
