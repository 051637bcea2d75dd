"""Offending: who is victimised today, by whom, and how offenders choose victims who will not call the police.

Every resident has a daily chance of victimisation. Instead of asking everybody every day, each is asked on candidate
days drawn at the highest rate that targeting can reach, and then accepted with the ratio of today's chance to the
highest one: the same distribution, with work proportional to incidents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.agents.ages import is_child
from comity.agents.residents import (
    HOMES_TRIED,
    Whereabouts,
    draw_of,
    draws_of,
    identity,
    in_community,
    recall,
    threat,
)
from comity.draws import Stream, category, draws, pick, poisson, probability, wait
from comity.kernels import Int, Real, Row, kernel
from comity.observe.log import Event, note
from comity.observe.measures import Measure, count
from comity.world.agenda import NOBODY, VICTIMS, enter, take

if TYPE_CHECKING:
    from comity.world.state import World

INCIDENT: Final = np.dtype(
    [
        ("id", "i8"),  # event id of the latest step: the incident, later the report
        ("chance", "f8"),  # the victim's chance of reporting
        ("victim", "i4"),
        ("offender", "i4"),  # -1: somebody outside the model
        ("kind", "u1"),  # index into INCIDENTS
        ("witnesses", "u1"),
        ("by_victim", "u1"),  # reported by the victim
        ("by_witness", "u1"),  # number of witnesses who reported
    ],
    align=True,
)
"""One row per incident of today."""


@kernel
def victim_rate(w: World, i: Int) -> Real:
    """Return incidents per year against resident ``i`` when offenders do not target; of children none is counted."""
    if is_child(w, i):
        return 0.0
    r = w.residents[i]
    base = w.clock[0]["rate_hispanic"] if r["hispanic"] else w.clock[0]["rate_other"]
    return base * np.float64(r["proneness"])


@kernel
def victim_ceiling(w: World, i: Int) -> Real:
    """Return the most incidents per year against resident ``i`` on any day, however offenders target."""
    return victim_rate(w, i) * w.p[0]["targeting_cap"] * w.clock[0]["peak"]


@kernel
def _lure(w: World, c: Int, seen: Int) -> Real:
    """Return how much more than before the programme a class of victims draws offenders who know county ``c``.

    (r / r0) ** -elasticity, at most the cap, where r is what has been learned there of its reporting.
    """
    county, p = w.counties[c], w.p[0]
    if p["targeting"] == 0.0 or county["learned_n"][seen] == 0.0 or county["learned_before"][seen] == 0.0:
        return 1.0
    learned = county["learned_sum"][seen] / county["learned_n"][seen]
    return min((learned / county["learned_before"][seen]) ** -p["targeting"], p["targeting_cap"])


@kernel
def size_up(w: World, first: Int, last: Int) -> None:
    """Let offenders judge victims of counties ``first`` to ``last - 1`` by what was learned there until yesterday.

    That is before anybody learns today.
    """
    for c in range(first, last):
        for seen in range(2):
            w.counties[c]["lure"][seen] = _lure(w, c, seen)


@kernel
def targeting(w: World, i: Int) -> Real:
    """Return the victimisation of the class that ``i`` seems to belong to, relative to before the programme.

    Offenders from across a county line know the place, or judge by home as far as `home_experience` says: as of the last
    `size_up`, with which `offend` begins.
    """
    r, by_home = w.residents[i], w.p[0]["home_experience"]
    county, seen = w.counties[r["county"]], r["seen_hispanic"]
    here = county["lure"][seen]
    found = here
    if by_home > 0.0:
        for n in range(county["neighbours_first"], county["neighbours_first"] + county["neighbours"]):
            there = w.counties[w.neighbours[n]]["lure"][seen]
            found += by_home * w.met[n, r["hispanic"]] * (there - here)
    return found


@kernel
def unguarded(w: World, c: Int) -> Real:
    """Return how much more crime there is in county ``c`` where officers are kept from patrol (H10): presence ** -elasticity."""
    presence = w.police[c]["presence"]
    return 1.0 if presence == 1.0 else max(presence, 1e-9) ** -w.p[0]["presence_effect"]


@kernel
def incident_due(w: World, i: Int, today: Int) -> Int:
    """Return the next candidate day of resident ``i``."""
    highest = probability(victim_ceiling(w, i), 1.0)
    return today + wait(draw_of(w, i, Stream.VICTIM_AGENDA, today), highest)


@kernel
def next_incident(w: World, i: Int, today: Int) -> None:
    """Enter the next candidate day of resident ``i`` into the agenda."""
    enter(w.agenda_head[VICTIMS], w.agenda_link[VICTIMS], i, incident_due(w, i, today))


@kernel
def happens(w: World, i: Int, today: Int) -> bool:
    """Return whether candidate ``i`` is victimised today; those who stay indoors for fear avoid a part."""
    p = w.p[0]
    rate = victim_rate(w, i)
    u = draw_of(w, i, Stream.INCIDENT, today) * probability(victim_ceiling(w, i), 1.0)
    rate *= w.calendar[today]["crime"] * min(
        targeting(w, i) * unguarded(w, w.residents[i]["county"]), p["targeting_cap"]
    )
    accepted = bool(u < probability(rate, 1.0))
    if p["avoidance"] == 0.0 or not accepted:
        return accepted
    recall(w, i, today)
    return bool(u < probability(rate * (1.0 - p["avoidance"] * min(threat(w, i), 1.0)), 1.0))


@kernel
def _offenders_home(w: World, c: Int, hispanic: Int, kind: Int, who: Int, today: Int) -> Int:
    """Return the county that an offender in county ``c`` comes from: some cross the line from a neighbouring one."""
    first, away = w.counties[c]["neighbours_first"], 0.0
    last = first + w.counties[c]["neighbours"]
    for n in range(first, last):
        away += w.crossing[n, hispanic, kind]
    u, v, _, _ = draws(w.clock[0]["seed"], Stream.NEIGHBOUR, today, who)
    if u >= away:
        return c
    left, home = v * away, first
    while home < last - 1 and left >= w.crossing[home, hispanic, kind]:
        left -= w.crossing[home, hispanic, kind]
        home += 1
    return w.neighbours[home]


@kernel
def offender_for(w: World, victim: Int, attempt: Int, kind: Int, today: Int, u: float) -> Int:
    """Return a resident who offends, of the ethnicity that quantile ``u`` gives, or -1 if the county has none."""
    r, p = w.residents[victim], w.p[0]
    hispanic = int(u < (p["hispanic_on_hispanic"] if r["hispanic"] else p["hispanic_on_other"]))
    who = identity(w, victim) ^ (np.int64(attempt) << 56)
    county = w.counties[_offenders_home(w, r["county"], hispanic, kind, who, today)]
    first, n = county["offenders_first"][hispanic], np.int64(NOBODY)
    for again in range(1 + w.clock[0]["lets"] * HOMES_TRIED):
        key = who ^ (np.int64(again) << 57)
        n = pick(w.clock[0]["seed"], Stream.OFFENDER, today, key, county["offenders_n"][hispanic])
        if n < 0 or w.residents[w.offenders[first + n]]["whereabouts"] != Whereabouts.MOVED_AWAY:
            break  # an empty home is no offender
    return w.offenders[first + n] if n >= 0 else NOBODY


@kernel
def commit(w: World, victim: Int, row: Row, today: Int) -> bool:
    """Write down who victimises ``victim``, and how; return False if the offender is away and nobody takes the place."""
    p = w.p[0]
    u, v, replaced, seen = draws_of(w, victim, Stream.COMMIT, today)
    kind = category(v, w.calendar[today]["mix"])
    offender = offender_for(w, victim, 0, kind, today, u)
    if offender >= 0 and not in_community(w, offender):
        if replaced >= p["replacement"]:
            return False
        offender = offender_for(w, victim, 1, kind, today, u)
        if offender >= 0 and not in_community(w, offender):
            offender = NOBODY
    row["victim"], row["offender"] = victim, NOBODY if offender == victim else offender
    row["kind"], row["witnesses"] = kind, poisson(seen, p["witnesses"])
    row["by_victim"], row["by_witness"] = 0, 0
    return True


@kernel
def add_incident(w: World, today: Int) -> None:
    """Let the row after those in use be an incident of today."""
    now = w.clock[0]
    row = w.incidents[now["incidents"]]
    row["id"] = note(w, Event.INCIDENT, today, NOBODY, row["victim"], row["offender"], row["kind"])
    now["incidents"] += 1


@kernel
def offend(w: World, today: Int) -> None:
    """Incidents happen: victims by proneness, offenders by place and ethnicity, more against those who stay silent."""
    w.clock[0]["incidents"] = 0
    size_up(w, 0, len(w.counties))
    i = take(w.agenda_head[VICTIMS], today)
    while i != NOBODY:
        following = w.agenda_link[VICTIMS, i]
        next_incident(w, i, today)
        if in_community(w, i) and happens(w, i, today):
            if w.clock[0]["incidents"] == len(w.incidents):
                w.clock[0]["overflow"] = 1
            elif commit(w, i, w.incidents[w.clock[0]["incidents"]], today):
                add_incident(w, today)
                count(w, i, Measure.INCIDENTS, 1.0)
        i = following
