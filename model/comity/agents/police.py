"""Police departments: they clear reported incidents, meet residents, and make arrests of their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from comity.agents.news import tell
from comity.agents.residents import Status, feel, identity, in_community, recall
from comity.columns.views import ColumnAgent
from comity.draws import Stream, draw, draws, expit, logit, probability, wait
from comity.kernels import Int, Real, Row, kernel
from comity.observe.log import Event, note
from comity.observe.measures import Measure, count
from comity.parameters import describe
from comity.world.agenda import CONTACTS, NOBODY, enter, take

if TYPE_CHECKING:
    from comity.world.state import World

POLICE: Final = np.dtype(
    [
        ("county", "i4"),
        ("officers", "f8"),  # sworn officers
        ("community_policing", "f8"),  # share of good contacts that raise trust
        ("pretext", "f8"),  # today's multiplier on minor arrests of residents seen as Hispanic
        ("clearance", "f8"),  # smoothed share of reported incidents cleared
        ("arrests", "f8"),  # agents arrested so far
    ],
    align=True,
)
"""One row per police department, one per county."""

ARREST: Final = np.dtype(
    [
        ("id", "i8"),  # event id of the arrest, later of the booking
        ("resident", "i4"),
        ("case", "i4"),  # row of the case table once booked, else -1
        ("charge", "u1"),  # index into LEVELS
        ("minor", "u1"),
    ],
    align=True,
)
"""One row per arrest of today."""

CLEARANCE_MEMORY: Final = 0.02
"""Weight of one more reported incident in a department's smoothed clearance."""

FELONY_LEVEL: Final = np.array([3, 3, 2, 2, 2, 3])
"""Level of a felony charge by type of incident: L1 for violence, L2 for property."""

PRETEXT_CEILING: Final = describe("pretext").high
"""Candidate arrests are drawn at this multiplier, the upper bound of `pretext`, so that switching it keeps the dice."""


@kernel
def arrest(w: World, i: Int, charge: Int, minor: Int, parent: Int, today: Int) -> None:
    """Arrest resident ``i``; the jail decides what follows."""
    now = w.clock[0]
    row = w.arrests[now["arrests"]]
    row["resident"], row["charge"], row["minor"], row["case"] = i, charge, minor, NOBODY
    row["id"] = note(w, Event.ARREST, today, parent, i, -1, charge)
    now["arrests"] += 1
    w.police[w.residents[i]["county"]]["arrests"] += 1.0
    count(w, i, Measure.ARRESTS, 1.0)
    if minor:
        count(w, i, Measure.MINOR_ARRESTS, 1.0)


@kernel
def clearance(w: World, incident: Row) -> Real:
    """Return the chance that a reported incident is cleared; victims who do not cooperate lower it."""
    p = w.p[0]
    silent = 0.0 if incident["by_victim"] else p["cooperation"]
    witnesses = p["witness_help"] * math.log(1.0 + incident["by_witness"])
    return expit(logit(p["clearance"][incident["kind"]]) - silent + witnesses)


@kernel
def clear(w: World, today: Int) -> None:
    """Police clear reported incidents: cooperation of victims and witnesses helps, and the offender is arrested."""
    w.clock[0]["arrests"] = 0
    seed, p = w.clock[0]["seed"], w.p[0]
    for n in range(w.clock[0]["incidents"]):
        incident = w.incidents[n]
        if not (incident["by_victim"] or incident["by_witness"] > 0):
            continue
        victim, offender = incident["victim"], incident["offender"]
        department = w.police[w.residents[victim]["county"]]
        u, v, _, _ = draws(seed, Stream.CLEARANCE, today, identity(w, victim))
        cleared = u < clearance(w, incident) and offender >= 0 and in_community(w, offender)
        department["clearance"] += CLEARANCE_MEMORY * ((1.0 if cleared else 0.0) - department["clearance"])
        if cleared:
            count(w, victim, Measure.CLEARED, 1.0)
            kind = incident["kind"]
            charge = FELONY_LEVEL[kind] if v < p["felony_charge"][kind] else 1
            arrest(w, offender, charge, 0, incident["id"], today)


@kernel
def minor_rate(w: World, i: Int) -> Real:
    """Return minor arrests per year of resident ``i`` without pretext; offenders carry more, the mean of a status is kept."""
    p = w.p[0]
    ratio = min(p["offender_arrests"], 1.0 / max(p["offender_share"], 1e-12))
    r = w.residents[i]
    if not r["offender"]:
        ratio = max(0.0, 1.0 - p["offender_share"] * ratio) / (1.0 - p["offender_share"] + 1e-12)
    if r["status"] == Status.UNAUTHORIZED:
        ratio *= p["unauthorized_minor"]
    if r["status"] != Status.US_BORN and not r["hispanic"]:
        ratio *= p["immigrant_arrests_other"]
    return p["minor_arrests"] * ratio


@kernel
def contact_rates(w: World, i: Int) -> tuple[Real, Real, Real]:
    """Return yearly ceilings of contacts, minor arrests and status arrests of resident ``i``."""
    p = w.p[0]
    street = p["street_arrests"] if w.residents[i]["status"] == Status.UNAUTHORIZED else 0.0
    return p["contacts"], minor_rate(w, i) * PRETEXT_CEILING, street


@kernel
def next_contact(w: World, i: Int, today: Int) -> None:
    """Enter the next day on which police may meet resident ``i`` into the agenda."""
    a, b, c = contact_rates(w, i)
    u = draw(w.clock[0]["seed"], Stream.CONTACT_AGENDA, today, identity(w, i))
    enter(w.agenda_head[CONTACTS], w.agenda_link[CONTACTS], i, today + wait(u, probability(a + b + c, 1.0)))


@kernel
def pretext_here(w: World, county: Int) -> Real:
    """Return the multiplier on minor arrests that officers apply where they expect ICE to get people without a record (H6).

    Officers who may not act in order to learn somebody's status apply none.
    """
    policy = w.policies[county]
    acts = w.act[policy["era"], 0] * max(policy["hold"][0], w.p[0]["door_share"] * policy["notify"][0])
    free = 1.0 - policy["no_inquiry"]
    return 1.0 + (w.p[0]["pretext"] - 1.0) * policy["believed_police"] * acts * free


@kernel
def meet(w: World, i: Int, u: float, today: Int) -> None:
    """An ordinary contact: improper ones cost trust and are told, community policing earns a little."""
    r, p = w.residents[i], w.p[0]
    recall(w, i, today)
    bad = p["bad_contacts_hispanic"] if r["seen_hispanic"] else p["bad_contacts"]
    count(w, i, Measure.CONTACTS, 1.0)
    trust = np.float64(r["trust"])
    if u < bad:
        feel(w, i, trust - p["bad_effect"] * trust, np.float64(r["cynicism"]))
        count(w, i, Measure.BAD_CONTACTS, 1.0)
        tell(w, note(w, Event.STOP, today, NOBODY, i, -1, 1), i, Event.STOP, 0)
    elif (u - bad) / (1.0 - bad) < w.police[r["county"]]["community_policing"]:
        feel(w, i, trust + p["good_effect"] * (1.0 - trust), np.float64(r["cynicism"]))


@kernel
def minor_charge(w: World, u: float) -> Int:
    """Return the level charged at a minor arrest at quantile ``u``."""
    shares = w.p[0]["minor_charges"]
    level = 1
    u -= shares[0]
    while level < len(shares) - 1 and u >= shares[level]:
        u -= shares[level]
        level += 1
    return level


@kernel
def encounter(w: World, i: Int, today: Int) -> None:
    """Decide what a candidate contact with resident ``i`` is today: a contact, a minor or status arrest, or nothing."""
    r = w.residents[i]
    a, b, c = contact_rates(w, i)
    u, v, _, _ = draws(w.clock[0]["seed"], Stream.CONTACT, today, identity(w, i))
    u *= a + b + c
    multiplier = w.police[r["county"]]["pretext"] if r["seen_hispanic"] else 1.0
    if u < a:
        meet(w, i, v, today)
    elif u < a + minor_rate(w, i) * multiplier:
        arrest(w, i, minor_charge(w, v), 1, NOBODY, today)
    elif u >= a + b and w.policies[r["county"]]["street"]:
        arrest(w, i, 0, 1, NOBODY, today)


@kernel
def patrol(w: World, today: Int) -> None:
    """Police patrol and stop: contacts, discretionary arrests, and status arrests under a task force."""
    for c in range(len(w.police)):
        w.police[c]["pretext"] = pretext_here(w, c)
    i = take(w.agenda_head[CONTACTS], today)
    while i != NOBODY:
        following = w.agenda_link[CONTACTS, i]
        next_contact(w, i, today)
        if in_community(w, i):
            if w.clock[0]["arrests"] == len(w.arrests):
                w.clock[0]["overflow"] = 1
            else:
                encounter(w, i, today)
        i = following


class PoliceDepartment(ColumnAgent, dtype=POLICE):
    """A police department, as Mesa sees one."""

    table = "police"
    layout = frozenset({"county"})
    bounds: ClassVar = {
        "officers": (0, np.inf),
        "community_policing": (0, 1),
        "pretext": (1, PRETEXT_CEILING),
        "clearance": (0, 1),
        "arrests": (0, np.inf),
    }
