"""Homes: places in society that somebody leaves and somebody else may take.

A row of the resident table is such a place: a member of a household, of one ethnicity and status, with ties. Where homes are let
(parameters `population` and `moves_arrive`), who comes takes an empty one of the kind, by lot. The newcomer is somebody else:
`person` counts up, and with it the key of all draws.
Homes are as many whoever lives in them, so one newcomer more renumbers nobody's lots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.agents.residents import Whereabouts, draws_of, in_community
from comity.draws import Stream, unit, wait, words
from comity.kernels import Int, kernel
from comity.world.agenda import NOBODY, RETURNS, enter

if TYPE_CHECKING:
    from comity.world.state import World

ROUNDS: Final = 100
"""Times that four homes are looked at; where none is found, the next day goes on."""


@kernel
def _is_empty(w: World, i: Int) -> bool:
    """Return whether nobody lives in the home ``i``, and nobody who was removed from it will be back.

    That of an offender who was removed stays empty: who comes offends as often as anybody, not as who was taken there (H5).
    """
    r = w.residents[i]
    return bool(
        r["whereabouts"] == Whereabouts.MOVED_AWAY
        or (r["whereabouts"] == Whereabouts.REMOVED and not r["offender"] and w.agenda_link[RETURNS, i] == i)
    )  # see `leave_behind`


@kernel
def _free(w: World, c: Int, hispanic: Int) -> Int:
    """Return how many residents of one ethnicity are in the community of county ``c``."""
    # A sum over an array would be one of numba's own, which takes longer to load than the rest of a day.
    people: Int = 0
    for status in range(w.classes.shape[2]):
        for household in range(w.classes.shape[3]):
            for ties in range(w.classes.shape[4]):
                for seen in range(w.classes.shape[5]):
                    people += w.classes[c, hispanic, status, household, ties, seen]
    return people


@kernel
def people_of(w: World, c: Int) -> tuple[Int, Int]:
    """Return how many other and Hispanic residents county ``c`` has: homes, or, where these are let, who lives there free."""
    if w.clock[0]["lets"]:
        return _free(w, c, 0), _free(w, c, 1)
    settled, hispanics = np.int64(w.counties[c]["settled"]), np.int64(w.counties[c]["hispanics"])
    return settled - hispanics, hispanics


@kernel
def number_of_homes(w: World, cell: Int, first: Int, last: Int) -> Int:
    """Return how many homes of a cell there are in counties ``first`` to ``last - 1``."""
    return w.homes[cell, last] - w.homes[cell, first]


@kernel
def find_home(
    w: World, cell: Int, first: Int, last: Int, stream: Int, who: Int, empty: bool, today: Int
) -> Int:
    """Return a home of a cell in counties ``first`` to ``last - 1``, empty or with a free resident; -1 if none is found."""
    n = number_of_homes(w, cell, first, last)
    for attempt in range(ROUNDS if n > 0 else 0):
        for word in words(w.clock[0]["seed"], stream, today, who ^ (np.int64(attempt) << 50)):
            i = np.int64(w.home_list[w.homes[cell, first] + int(unit(word) * n)])
            if _is_empty(w, i) if empty else in_community(w, i):
                return i
    return np.int64(NOBODY)


@kernel
def leave_behind(w: World, i: Int, today: Int) -> None:
    """Decide on the day of removal whether resident ``i`` will come back; else the home, which points to itself, is empty."""
    p = w.p[0]
    u, v, _, _ = draws_of(w, i, Stream.REENTRY, today)
    if u < p["reentry"]:
        w.agenda_link[RETURNS, i] = NOBODY
        day = today + wait(v, 1.0 / max(p["reentry_delay"], 1.0))
        enter(w.agenda_head[RETURNS], w.agenda_link[RETURNS], i, day)
    elif w.clock[0]["lets"]:
        w.agenda_link[RETURNS, i] = i
