"""Migration: who moves away for fear and where to, who comes back after removal, and births, arrivals, departures and deaths.

Everybody who leaves a county is somewhere: in another one, or out of the country. How many people of each ethnicity and status
there are to be in a state is data (`world.population`); these totals hold under every regime, which changes
who they are and where.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from comity.agents.homes import find_home, number_of_homes
from comity.agents.news import forget
from comity.agents.residents import (
    Status,
    Whereabouts,
    alarm,
    book,
    calm,
    cell_of,
    distrust,
    draw_of,
    draws_of,
    enrol,
    feel,
    go,
    identity,
    in_community,
    least_trust,
    recall,
    threat,
)
from comity.draws import Stream, probability, wait
from comity.kernels import Int, Real, kernel
from comity.observe.log import Event, note
from comity.observe.measures import Measure, count
from comity.world.agenda import EXITS, NOBODY, RETURNS, enter, take
from comity.world.people import ident_share, record_of
from comity.world.state import KNOT, Movement
from comity.world.ties import tie

if TYPE_CHECKING:
    from comity.world.state import World

EARTH: Final = 6371.0
"""Radius, km."""

NEAR: Final = 30.0
"""Km that are added to every distance between centroids, about the radius of a county: people live all over it."""


@kernel
def _at_risk(w: World, i: Int) -> bool:
    """Return whether resident ``i`` or somebody else of the household is unauthorized."""
    r = w.residents[i]
    return bool(r["status"] == Status.UNAUTHORIZED or r["exposed_household"] > 0)


@kernel
def _may_be_at_risk(w: World, i: Int) -> bool:
    """Return whether the household of resident ``i`` is at risk, or may come to be as somebody takes an empty home in it."""
    if not w.clock[0]["lets"]:
        return _at_risk(w, i)
    r = w.residents[i]
    for j in range(r["household"], r["household"] + r["household_size"]):
        if w.residents[j]["status"] == Status.UNAUTHORIZED:
            return True
    return False


@kernel
def chance_of_exit(w: World, i: Int) -> Real:
    """Return the chance that the household whose first member is ``i`` thinks of moving away on a day."""
    return probability(w.p[0]["exit_rate"], 1.0) if _may_be_at_risk(w, i) else 0.0


@kernel
def next_exit(w: World, i: Int, today: Int) -> None:
    """Enter the next day on which the household of resident ``i`` may move away, if ``i`` is its first and it is at risk."""
    if i == w.residents[i]["household"] and _may_be_at_risk(w, i):
        day = today + wait(draw_of(w, i, Stream.EXIT_AGENDA, today), chance_of_exit(w, i))
        enter(w.agenda_head[EXITS], w.agenda_link[EXITS], i, day)


@kernel
def _lose_sight(w: World, i: Int, household: bool, today: Int) -> None:
    """End the exposure that ties, and perhaps the household, had through an unauthorized ``i`` who is gone."""
    for k in range(w.p[0]["neighbourhood_ties"] + w.p[0]["ethnic_ties"]):
        j = tie(w, i, k)
        if j != NOBODY:
            forget(w, i, j, False, today)
    r = w.residents[i]
    if household:
        for j in range(r["household"], r["household"] + r["household_size"]):
            if j != i:
                forget(w, i, j, True, today)


@kernel
def _become_known(w: World, i: Int, today: Int) -> None:
    """Let household and ties be exposed through an unauthorized ``i`` who has come."""
    r, p = w.residents[i], w.p[0]
    if r["status"] != Status.UNAUTHORIZED:
        return
    members = np.int64(r["household_size"])
    for n in range(members + p["neighbourhood_ties"] + p["ethnic_ties"]):
        j = r["household"] + n if n < members else tie(w, i, n - members)
        if j < 0 or j == i:
            continue
        enrol(w, j, -1, today)
        w.residents[j]["exposed_household"] += n < members
        w.residents[j]["exposed_ties"] += n >= members
        enrol(w, j, 1, today)


@kernel
def move(w: World, i: Int, today: Int) -> None:
    """Take resident ``i`` out of the county; the ties lose the exposure that they had through ``i``."""
    go(w, i, Whereabouts.MOVED_AWAY, today)
    note(w, Event.MOVE, today, NOBODY, i, -1, 0)
    count(w, i, Measure.MOVED_AWAY, 1.0)
    book(w, i, Movement.MOVED_OUT)
    _lose_sight(w, i, w.clock[0]["lets"] == 1, today)


@kernel
def _leave(w: World, i: Int, today: Int) -> None:
    """Let resident ``i`` die, or leave the country."""
    go(w, i, Whereabouts.MOVED_AWAY, today)
    note(w, Event.DEPARTURE, today, NOBODY, i, -1, 0)
    book(w, i, Movement.LEFT)
    _lose_sight(w, i, True, today)


@kernel
def _move_in(w: World, i: Int, other: Int, today: Int) -> None:
    """Let somebody who knows nobody here yet, and is unknown, live in the empty home ``i``: ``other``, or a stranger."""
    r, p = w.residents[i], w.p[0]
    r["person"] = (np.int64(r["person"]) + 1) & 255
    u, v, _, _ = draws_of(w, i, Stream.NEWCOMER, today)
    r["ident"] = v < ident_share(p, r["status"])
    r["conviction"] = record_of(w, i, u)
    r["trust"], r["cynicism"], r["awareness"], r["reassured"], r["touched"] = r["norm"], 0.0, 0.0, 0, today
    go(w, i, Whereabouts.COMMUNITY, today)
    note(w, Event.ARRIVAL, today, NOBODY, i, other, 1 if other == NOBODY else 0)
    book(w, i, Movement.CAME if other == NOBODY else Movement.MOVED_IN)
    _become_known(w, i, today)


@kernel
def _bring_along(w: World, i: Int, j: Int) -> None:
    """Give ``j``, who was ``i`` in another county, what is a person's own: record, and what was lived and heard."""
    old, new = w.residents[i], w.residents[j]
    new["ident"], new["conviction"] = old["ident"], old["conviction"]
    trust = np.float64(new["norm"]) + distrust(w, i)
    feel(w, j, min(max(trust, least_trust(w.p[0])), 1.0), np.float64(old["cynicism"]))
    alarm(w, j, np.float64(old["awareness"]))


@kernel
def pull(w: World, c: Int, d: Int, hispanic: Int) -> Real:
    """Return the pull of county ``d`` on somebody in county ``c``: gravity, by the homes of the same ethnicity there.

    These are as many as there are people when they are most, so that what a county offers does not move with who has left it.
    """
    here, there = w.counties[c]["place"], w.counties[d]["place"]
    x, y, z = here[0] - there[0], here[1] - there[1], here[2] - there[2]
    others = w.counties[d]["settled"] - w.counties[d]["hispanics"]
    people = w.counties[d]["hispanics"] if hispanic else others
    distance = NEAR + EARTH * math.sqrt(x * x + y * y + z * z)
    return people * distance ** -w.p[0]["gravity"]


@kernel
def destination(w: World, c: Int, hispanic: Int, u: float) -> Int:
    """Return the county to which somebody in county ``c`` moves, or -1 for one that is not simulated, at quantile ``u``."""
    total = w.counties[c]["outside"][hispanic]
    for d in range(len(w.counties)):
        w.pull[d] = 0.0 if d == c else pull(w, c, d, hispanic)
        total += w.pull[d]
    left = u * total
    for d in range(len(w.counties)):
        left -= w.pull[d]
        if left < 0.0:
            return np.int64(d)
    return np.int64(NOBODY)


@kernel
def _resettle(w: World, i: Int, d: Int, today: Int) -> None:
    """Let ``i``, who moved away, live in county ``d`` if a home is empty there; else that is somewhere out of sight."""
    j = find_home(w, cell_of(w, i), d, d + 1, Stream.DESTINATION, identity(w, i), True, today)
    if j != NOBODY:
        _move_in(w, j, i, today)
        _bring_along(w, i, j)


@kernel
def _move_household(w: World, first: Int, today: Int) -> None:
    """Move all of a household who are in the community to one place; those in jail or custody stay behind."""
    u, v, _, _ = draws_of(w, first, Stream.DESTINATION, today)
    r, d = w.residents[first], np.int64(NOBODY)
    if u < w.p[0]["moves_arrive"]:
        d = destination(w, r["county"], r["hispanic"], v)
    for j in range(first, first + r["household_size"]):
        if in_community(w, j):
            recall(w, j, today)
            move(w, j, today)
            if d != NOBODY:
                _resettle(w, j, d, today)


@kernel
def _move_away(w: World, today: Int) -> None:
    """Households at risk leave the county, the more the greater the threat that the programme adds for their first member.

    Those who would leave without it are replaced by others like them, and the model leaves both out.
    """
    i = take(w.agenda_head[EXITS], today)
    while i != NOBODY:
        following = w.agenda_link[EXITS, i]
        next_exit(w, i, today)
        recall(w, i, today)
        added = threat(w, i) - calm(w, i)
        there = in_community(w, i) and (_at_risk(w, i) or not w.clock[0]["lets"])
        if there and draw_of(w, i, Stream.EXIT, today) < added:
            _move_household(w, w.residents[i]["household"], today)
        i = following


@kernel
def _come_back(w: World, today: Int) -> None:
    """Some of those who were removed come back to their homes."""
    if len(w.agenda_head) <= RETURNS:
        return
    i = take(w.agenda_head[RETURNS], today)
    while i != NOBODY:
        following = w.agenda_link[RETURNS, i]
        go(w, i, Whereabouts.COMMUNITY, today)
        note(w, Event.REENTRY, today, NOBODY, i, -1, 0)
        book(w, i, Movement.RETURNED)
        _become_known(w, i, today)
        i = following


@kernel
def balance(w: World, begin: Int, end: Int, today: Int) -> None:
    """People are born, come, die or leave in the states of counties ``begin`` to ``end - 1``.

    They do so until there are as many of each cell as the tables say.
    """
    n = int(today / KNOT)
    part, first = today / KNOT - n, begin
    while first < end and len(w.quota) > 0:
        s, last = w.counties[first]["state"], first
        while last < end and w.counties[last]["state"] == s:
            last += 1
        for cell in range(w.quota.shape[2]):
            wanted = (1.0 - part) * w.quota[n, s, cell] + part * w.quota[n + 1, s, cell]
            most = min(math.floor(wanted + 0.5), number_of_homes(w, cell, first, last))
            missing = most - w.present[s, cell]
            who = (np.int64(w.counties[first]["fips"]) << 32) | (np.int64(cell) << 24) | (np.int64(1) << 61)
            for k in range(abs(missing)):
                stream = Stream.ARRIVAL if missing > 0 else Stream.DEPARTURE
                i = find_home(w, cell, first, last, stream, who | k, missing > 0, today)
                if i != NOBODY and missing > 0:
                    _move_in(w, i, np.int64(NOBODY), today)
                elif i != NOBODY:
                    _leave(w, i, today)
        first = last


@kernel
def move_about(w: World, today: Int) -> None:
    """Households at risk leave, and some of those who were removed come back."""
    _move_away(w, today)
    _come_back(w, today)


@kernel
def migrate(w: World, today: Int) -> None:
    """Households at risk leave, some who were removed come back; others are born, come, die and leave as the tables say."""
    move_about(w, today)
    balance(w, 0, len(w.counties), today)
