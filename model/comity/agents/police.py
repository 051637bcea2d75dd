"""Police departments: they share out their time, clear reported incidents, meet residents, and make arrests of their own.

Officers have hours. What they do for ICE follows from the channel: Secure Communities takes no officer, a jail agreement some
hours for everybody whom its deputies find, a task force a share of the force. Where time is displaced (`displacement`, H10) these
hours come out of discretionary patrol and community policing first, then out of response (calls and investigation); the rest of
them is worked by officers who are hired or paid for it. Fewer on patrol means more crime, slower response fewer cleared cases.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from comity.agents.ages import Rate, relative
from comity.agents.news import tell
from comity.agents.residents import (
    HOMES_TRIED,
    Status,
    Whereabouts,
    draw_of,
    draws_of,
    feel,
    in_community,
    is_reported,
    least_trust,
    recall,
)
from comity.columns.views import ColumnAgent
from comity.draws import Stream, category, draw, expit, logit, pick, probability, wait
from comity.kernels import Int, Real, Row, kernel
from comity.observe.log import Event, note
from comity.observe.measures import Measure, Task, count
from comity.parameters import describe
from comity.world.agenda import CONTACTS, NOBODY, enter, take
from comity.world.state import Memory

if TYPE_CHECKING:
    from comity.world.state import World

VISITS_KEPT: Final = 18
"""Days after a visit at which what is left of its effect was measured: 21 days less 3 (`visit_left`)."""

POLICE: Final = np.dtype(
    [
        ("county", "i4"),
        ("officers", "f8"),  # sworn officers
        (
            "community_policing",
            "f8",
        ),  # share of good contacts that raise trust, if there is time for it as usual
        ("pretext", "f8"),  # today's multiplier on minor arrests of residents seen as Hispanic
        ("clearance", "f8"),  # smoothed share of reported incidents cleared
        ("arrests", "f8"),  # agents arrested so far
        ("presence", "f8"),  # time on discretionary patrol, relative to usual
        ("response", "f8"),  # time that it takes to respond, relative to usual
        ("community_time", "f8"),  # time for community policing but for visits, relative to usual
        ("backlog", "f8"),  # officer-hours of immigration work that are not done yet
        ("hours", "f8", (len(Task),)),  # officer-hours so far, by task
        (
            "visits",
            "i4",
            (VISITS_KEPT,),
        ),  # calls at homes on each of the last days, in agents, by day modulo their number
        ("visited", "f8"),  # agents visited so far
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


class Contact(IntEnum):
    """What a contact leads to that is no arrest."""

    NOTHING = -1
    IMPROPER = -2  # a stop that is told


CLEARANCE_MEMORY: Final = 0.02
"""Weight of one more reported incident in a department's smoothed clearance."""

FELONY_LEVEL: Final = np.array([3, 3, 2, 2, 2, 3])
"""Level of a felony charge by type of incident: L1 for violence, L2 for property."""

USUAL: Final = ("presence", "response", "community_time")
"""What is relative to usual: 1 where no time is displaced."""

MOST_VISITS: Final = 255
"""Visits to one resident that are remembered at a time."""

LEAST_TIME: Final = 1e-3
"""Share of the usual time for response below which it is no slower."""

PRETEXT_CEILING: Final = describe("pretext").high
"""Candidate arrests are drawn at this multiplier, the upper bound of `pretext`, so that switching it keeps the dice."""


@kernel
def share_out(w: World, c: Int) -> None:
    """Share out today's hours of officers: what is done for ICE takes discretionary time first, then response."""
    department, p = w.police[c], w.p[0]
    hours = department["officers"] * p["duty_hours"]
    task_force = p["task_force_share"] * w.policies[c]["street"] * hours
    work = min(hours, task_force + department["backlog"] / p["case_days"])
    department["backlog"] -= work - task_force
    displaced = p["displacement"] * work
    response = (p["time_calls"] + p["time_investigation"]) * hours
    taken = min(displaced, hours - response)
    free = 1.0 - taken / max(hours - response, 1e-300)
    answering = max(1.0 - (displaced - taken) / max(response, 1e-300), LEAST_TIME)
    department["presence"], department["response"] = free, 1.0 / answering
    department["community_time"] = free * (1.0 - p["displacement"] * w.policies[c]["outreach"])
    patrol = 1.0 - p["time_calls"] - p["time_investigation"] - p["time_community"]
    department["hours"][Task.CALLS] += p["time_calls"] * hours * answering
    department["hours"][Task.INVESTIGATION] += p["time_investigation"] * hours * answering
    department["hours"][Task.PATROL] += patrol * hours * free
    visits = (
        1.0 + (1.0 - p["displacement"]) * w.policies[c]["outreach"]
    )  # in time of their own, or in that of contacts
    department["hours"][Task.COMMUNITY_POLICING] += p["time_community"] * hours * free * visits
    department["hours"][Task.IMMIGRATION] += work


@kernel
def _is_lived_in(w: World, i: Int) -> bool:
    """Return whether somebody lives in the home ``i``, or is in jail or custody; where none is let, all are lived in."""
    return bool(len(w.home_list) == 0 or w.residents[i]["whereabouts"] <= Whereabouts.ICE_CUSTODY)


@kernel
def _reassure(w: World, i: Int, amount: Real, today: Int) -> None:
    """Raise the trust of resident ``i`` by a visit, or take back (``amount`` < 0) what is gone of an earlier one that raised it.

    Of those who trust the police nearly wholly it raises nothing. Somebody who is away hears of it at home.
    """
    if amount > 0.0 and not _is_lived_in(w, i):
        return
    recall(w, i, today)
    r = w.residents[i]
    trust = np.float64(r["trust"]) + amount
    if (trust > 1.0 or r["reassured"] == MOST_VISITS) if amount > 0.0 else r["reassured"] == 0:
        return
    r["reassured"] = np.int64(r["reassured"]) + (1 if amount > 0.0 else -1)
    trust = max(trust, least_trust(w.p[0]))
    if in_community(w, i):
        feel(w, i, trust, np.float64(r["cynicism"]))
    else:
        r["trust"] = trust


@kernel
def _called_on(w: World, c: Int, day: Int, k: Int) -> Int:
    """Return the home at which officers call as the ``k``-th of a day: draws say which, so nobody needs to remember."""
    county = w.counties[c]
    who = (np.int64(county["fips"]) << 32) | np.int64(k)
    return county["first"] + pick(w.clock[0]["seed"], Stream.OUTREACH, day, who, county["residents"])


@kernel
def call_on(w: World, c: Int, day: Int, calls: Int, amount: Real, today: Int) -> None:
    """Move the trust of those on whom officers called on a day."""
    for k in range(calls):
        _reassure(w, _called_on(w, c, day, k), amount, today)


@kernel
def visit(w: World, c: Int, today: Int) -> None:
    """Officers visit residents in the time for community policing that policy gives to it; of earlier visits less is left."""
    department, p, slot = w.police[c], w.p[0], today % VISITS_KEPT
    gone = p["visit_effect"] * (1.0 - p["visit_left"]) * w.fade[Memory.TRUST, 1] ** VISITS_KEPT
    call_on(w, c, today - VISITS_KEPT, department["visits"][slot], -gone, today)
    hours = w.policies[c]["outreach"] * department["presence"] * p["time_community"] * p["duty_hours"]
    mean = hours * department["officers"] / (p["visit_hours"] * w.clock[0]["scale"])
    u = draw(w.clock[0]["seed"], Stream.OUTREACH, today, (np.int64(w.counties[c]["fips"]) << 32) | (1 << 60))
    reached, calls, homes = 0, 0, int(w.counties[c]["residents"])
    visits = min(int(mean + u), homes)
    while reached < visits and calls < HOMES_TRIED * visits:  # at an empty home nobody opens
        reached += _is_lived_in(w, _called_on(w, c, today, calls))
        calls += 1
    department["visits"][slot] = calls
    department["visited"] += reached
    call_on(w, c, today, calls, p["visit_effect"], today)


@kernel
def deploy_in(w: World, first: Int, last: Int, today: Int) -> None:
    """Let the departments of counties ``first`` to ``last - 1`` do what `deploy` says."""
    for c in range(first, last):
        share_out(w, c)
        visit(w, c, today)


@kernel
def deploy(w: World, today: Int) -> None:
    """Departments share out the hours of their officers; some visit residents."""
    deploy_in(w, 0, len(w.police), today)


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
    p = w.p[0]
    for n in range(w.clock[0]["incidents"]):
        incident = w.incidents[n]
        if not is_reported(incident):
            continue
        victim, offender = incident["victim"], incident["offender"]
        department = w.police[w.residents[victim]["county"]]
        u, v, _, _ = draws_of(w, victim, Stream.CLEARANCE, today)
        chance = clearance(w, incident) - w.p[0]["response_effect"] * math.log(department["response"])
        cleared = u < chance and offender >= 0 and in_community(w, offender)
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
    share = min(p["offender_share"] * relative(w, i, Rate.OFFENDING), 1.0)
    ratio = min(p["offender_arrests"], 1.0 / max(share, 1e-12))
    r = w.residents[i]
    if not r["offender"]:
        ratio = max(0.0, 1.0 - share * ratio) / (1.0 - share + 1e-12)
    if r["status"] == Status.UNAUTHORIZED:
        ratio *= p["unauthorized_minor"]
    if r["status"] != Status.US_BORN and not r["hispanic"]:
        ratio *= p["immigrant_arrests_other"]
    return p["minor_arrests"] * ratio * relative(w, i, Rate.MINOR_ARRESTS)


@kernel
def contact_rates(w: World, i: Int) -> tuple[Real, Real, Real]:
    """Return yearly ceilings of contacts, minor arrests and status arrests of resident ``i``."""
    p = w.p[0]
    street = 0.0
    if w.residents[i]["status"] == Status.UNAUTHORIZED:
        street = p["street_arrests"] * relative(w, i, Rate.STREET_ARRESTS)
    return p["contacts"] * relative(w, i, Rate.CONTACTS), minor_rate(w, i) * PRETEXT_CEILING, street


@kernel
def contact_due(w: World, i: Int, today: Int) -> Int:
    """Return the next day on which police may meet resident ``i``."""
    a, b, c = contact_rates(w, i)
    return today + wait(draw_of(w, i, Stream.CONTACT_AGENDA, today), probability(a + b + c, 1.0))


@kernel
def next_contact(w: World, i: Int, today: Int) -> None:
    """Enter the next day on which police may meet resident ``i`` into the agenda."""
    enter(w.agenda_head[CONTACTS], w.agenda_link[CONTACTS], i, contact_due(w, i, today))


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
def meet(w: World, i: Int, u: float, today: Int) -> bool:
    """An ordinary contact: improper ones cost trust, community policing earns a little; return whether it was improper."""
    r, p = w.residents[i], w.p[0]
    department = w.police[r["county"]]
    recall(w, i, today)
    bad = p["bad_contacts_hispanic"] if r["seen_hispanic"] else p["bad_contacts"]
    count(w, i, Measure.CONTACTS, 1.0)
    trust = np.float64(r["trust"])
    if u < bad:
        feel(w, i, trust - p["bad_effect"] * (trust - least_trust(p)), np.float64(r["cynicism"]))
        count(w, i, Measure.BAD_CONTACTS, 1.0)
        return True
    if (u - bad) / (1.0 - bad) < department["community_policing"] * department["community_time"]:
        feel(w, i, trust + p["good_effect"] * (1.0 - trust), np.float64(r["cynicism"]))
    return False


@kernel
def encounter(w: World, i: Int, today: Int) -> Int:
    """Return what a candidate contact with ``i`` leads to today: the charge of a minor or status arrest, or `Contact`."""
    r = w.residents[i]
    a, b, c = contact_rates(w, i)
    u, v, _, _ = draws_of(w, i, Stream.CONTACT, today)
    u *= a + b + c
    multiplier = w.police[r["county"]]["pretext"] if r["seen_hispanic"] else 1.0
    if u < a:
        return np.int64(Contact.IMPROPER if meet(w, i, v, today) else Contact.NOTHING)
    if u < a + minor_rate(w, i) * multiplier:
        return np.int64(max(category(v, w.p[0]["minor_charges"]), 1))
    if u >= a + b and w.policies[r["county"]]["street"]:
        return np.int64(0)
    return np.int64(Contact.NOTHING)


@kernel
def follow_up(w: World, i: Int, outcome: Int, today: Int) -> None:
    """Arrest resident ``i``, or let an improper contact be told, as an `encounter` came out."""
    if w.clock[0]["arrests"] == len(w.arrests):
        w.clock[0]["overflow"] = 1
    elif outcome >= 0:
        arrest(w, i, outcome, 1, NOBODY, today)
    elif outcome == Contact.IMPROPER:
        tell(w, note(w, Event.STOP, today, NOBODY, i, -1, 1), i, Event.STOP, 0)


@kernel
def find_pretexts(w: World, first: Int, last: Int) -> None:
    """Let officers of counties ``first`` to ``last - 1`` apply today's pretext."""
    for c in range(first, last):
        w.police[c]["pretext"] = pretext_here(w, c)


@kernel
def patrol(w: World, today: Int) -> None:
    """Police patrol and stop: contacts, discretionary arrests, and status arrests under a task force."""
    find_pretexts(w, 0, len(w.police))
    i = take(w.agenda_head[CONTACTS], today)
    while i != NOBODY:
        following = w.agenda_link[CONTACTS, i]
        next_contact(w, i, today)
        if in_community(w, i):
            follow_up(w, i, encounter(w, i, today), today)
        i = following


class PoliceDepartment(ColumnAgent, dtype=POLICE):
    """A police department, as Mesa sees one.

    Attributes are single values, those of its row: `POLICE` has their types and units.

    Raises:
        AttributeError: if one is set that is fixed when the world is built, or counted by the model.
        TypeError: if one is set to what is no number.
        ValueError: if one is set to a number that it cannot hold.
    """

    table = "police"
    layout = frozenset({"county"})
    counted = frozenset({*USUAL, "backlog", "hours", "visits", "visited"})
    bounds: ClassVar = {
        "officers": (0, np.inf),
        "community_policing": (0, 1),
        "pretext": (1, PRETEXT_CEILING),
        "clearance": (0, 1),
        "arrests": (0, np.inf),
    }
