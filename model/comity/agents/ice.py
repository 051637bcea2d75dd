"""ICE offices: they decide which of the identified to act on, collect them, detain and remove them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from comity.agents.cases import Beds, CaseState, Found, close_case
from comity.agents.governments import Stance
from comity.agents.homes import leave_behind
from comity.agents.news import tell
from comity.agents.residents import Status, Whereabouts, book, draw_of, draws_of, go, in_community
from comity.columns.views import ColumnAgent
from comity.draws import Stream, wait
from comity.kernels import Int, Real, Row, kernel
from comity.observe.log import Event, note
from comity.observe.measures import Measure, Stage, count, reach
from comity.world.agenda import ICE_CASES, NOBODY, enter, take
from comity.world.state import Movement

if TYPE_CHECKING:
    from comity.world.state import World

OFFICE: Final = np.dtype(
    [
        ("area", "i4"),  # position of its area of responsibility in `places.offices`
        ("beds", "i8"),  # capacity, in agents
        ("detained", "i8"),  # agents in custody
        ("daily_pickups", "f8"),  # capacity added per day, in agents
        ("pickups", "f8"),  # capacity saved up
        ("lodged", "i8"),  # detainers not yet answered
    ],
    align=True,
)
"""One row per office that is responsible for a county of the scenario."""


SLACK: Final = 4.0
"""Capacities go beyond the rated number by this many of its square roots: at a coarse scale an office or a jail has a handful
of places, and chance alone would fill it or leave it idle."""


@kernel
def office_of(w: World, i: Int) -> Row:
    """Return the office responsible for resident ``i``."""
    return w.offices[w.counties[w.residents[i]["county"]]["office"]]


@kernel
def removable(w: World, case: Int, u: float) -> bool:
    """Return whether ICE takes the resident of a case for removable: status, for some lawful immigrants a felony, or an error."""
    c = w.cases[case]
    status = w.residents[c["resident"]]["status"]
    if status <= Status.NATURALISED:
        return bool(u < w.p[0]["citizen_error"])
    return bool(status == Status.UNAUTHORIZED or (c["level"] >= 2 and u < w.p[0]["lawful_removable"]))


@kernel
def _beds(w: World, office: Row, today: Int) -> tuple[Real, Real, Real]:
    """Return the beds that an office can fill today, people in them and open detainers; of all offices, if beds are pooled."""
    open_today = w.calendar[today]["beds"]
    if not w.p[0]["beds_pooled"]:
        return office["beds"] * open_today, office["detained"], office["lodged"]
    beds, detained, lodged = 0, 0, 0
    for n in range(len(w.offices)):
        beds += w.offices[n]["beds"]
        detained += w.offices[n]["detained"]
        lodged += w.offices[n]["lodged"]
    return beds * open_today, detained, lodged


@kernel
def _is_full(w: World, office: Row, today: Int) -> bool:
    """Return whether no bed is free."""
    beds, detained, _ = _beds(w, office, today)
    return bool(detained >= beds)


@kernel
def _has_room(w: World, office: Row, level: Int, today: Int) -> bool:
    """Return whether beds are left for a case of this level; some are kept for each more serious one."""
    top = w.act.shape[1] - 1
    beds, detained, lodged = _beds(w, office, today)
    expected = detained + w.p[0]["pickup_share"] * lodged
    return bool(expected < beds * (1.0 - w.p[0]["bed_reserve"] * (top - level)))


@kernel
def enter_into_ident(w: World, i: Int) -> None:
    """Keep the prints of somebody whom ICE met, if it enters them."""
    if w.p[0]["ident_accrues"]:
        w.residents[i]["ident"] = 1


@kernel
def decide(w: World, case: Int, today: Int) -> None:
    """Lodge a detainer if the person is removable, the era's rule selects the level, and capacity allows."""
    c = w.cases[case]
    i = c["resident"]
    office = office_of(w, i)
    u, selected, _, _ = draws_of(w, i, Stream.TRIAGE, today)
    era = w.policies[w.residents[i]["county"]]["era"]
    if (
        removable(w, case, u)
        and selected < w.act[era, c["level"]]
        and _has_room(w, office, c["level"], today)
    ):
        c["detainer"] = 1
        office["lodged"] += 1
        c["event"] = note(w, Event.DETAINER, today, c["event"], i, -1, c["level"])
        count(w, i, Measure.DETAINERS, 1.0)
        reach(w, case, Stage.DETAINER)


@kernel
def triage(w: World, today: Int) -> None:
    """ICE decides on today's identified bookings, the most serious first, under the rule of the era and its capacity."""
    for n in range(len(w.offices)):
        office = w.offices[n]
        daily = office["daily_pickups"] * w.calendar[today]["officers"]
        saved = w.p[0]["saved_days"] * daily
        most = max(saved + SLACK * math.sqrt(saved), 1.0)
        office["pickups"] = min(office["pickups"] + daily, most)
    for level in range(w.act.shape[1] - 1, -1, -1):
        for n in range(w.clock[0]["arrests"]):
            case = w.arrests[n]["case"]
            if case != NOBODY and w.cases[case]["identified"] and w.cases[case]["level"] == level:
                decide(w, case, today)


@kernel
def comes_for(w: World, case: Int, ease: float, today: Int) -> bool:
    """Return whether ICE comes to the jail for somebody today, and use the officers' time if so.

    ICE follows up a share of its detainers (drawn once a case), as far as officers and beds go. ``ease`` is the
    chance of success relative to a hold.
    """
    c = w.cases[case]
    office = office_of(w, c["resident"])
    u = draw_of(w, c["resident"], Stream.PICKUP, c["booked"])
    stance = w.governments[w.residents[c["resident"]]["county"]]["stance"]
    if Stance.ASKS_OUT <= stance <= Stance.NO_HOLDS:
        ease *= 1.0 - w.p[0]["steering"]
    if u >= w.p[0]["pickup_share"] * ease or office["pickups"] < 1.0 or _is_full(w, office, today):
        return False
    office["pickups"] -= 1.0
    return True


@kernel
def detain(w: World, case: Int, today: Int) -> None:
    """Take the resident of a case into ICE custody and draw the length of the stay."""
    c, p = w.cases[case], w.p[0]
    i = c["resident"]
    office_of(w, i)["detained"] += 1
    enter_into_ident(w, i)
    go(w, i, Whereabouts.ICE_CUSTODY, today)
    u, v, _, _ = draws_of(w, i, Stream.CUSTODY, c["booked"])
    days = (
        1 + int(v * p["short_days"])
        if u < p["short_stay"]
        else p["short_days"] + wait(v, 1.0 / max(p["long_stay"] - p["short_days"], 1.0))
    )
    c["state"] = CaseState.DETAINED
    enter(w.case_head[ICE_CASES], w.case_link, case, today + days)
    reach(w, case, Stage.ICE_CUSTODY)
    if c["identified"] == Found.MATCH:
        count(w, i, Measure.MATCH_ARRESTS, 1.0)
    county = w.counties[w.residents[i]["county"]]
    county["taken"] += 1.0
    county["unconvicted"] += w.residents[i]["conviction"] == 0
    tell(w, c["event"], i, Event.TRANSFER, c["level"])


@kernel
def pursue(w: World, case: Int, today: Int) -> bool:
    """Decide whether ICE looks for somebody it did not get from jail; return whether the case stays open."""
    c, now = w.cases[case], w.clock[0]
    u, v, _, _ = draws_of(w, c["resident"], Stream.AT_LARGE, c["booked"])
    if u >= w.p[0]["at_large"] or now["wanted"] >= now["wanted_limit"]:
        return False
    now["wanted"] += 1
    c["state"] = CaseState.WANTED
    enter(w.case_head[ICE_CASES], w.case_link, case, today + wait(v, 1.0 / w.p[0]["at_large_delay"]))
    return True


@kernel
def arrest_at_large(w: World, case: Int, today: Int) -> None:
    """Arrest somebody in the community, or give up: with fewer officers free than it costs, the chance is that share."""
    c = w.cases[case]
    i = c["resident"]
    office, cost = office_of(w, i), w.p[0]["at_large_cost"]
    w.clock[0]["wanted"] -= 1
    u = draw_of(w, i, Stream.AT_LARGE, today)
    gone = not in_community(w, i) or w.residents[i]["person"] != c["person"]
    if gone or u * cost >= office["pickups"] or _is_full(w, office, today):
        close_case(w, case)
        return
    office["pickups"] = max(0.0, office["pickups"] - cost)
    c["event"] = note(w, Event.AT_LARGE_ARREST, today, c["event"], i, -1, c["level"])
    count(w, i, Measure.AT_LARGE_ARRESTS, 1.0)
    detain(w, case, today)


@kernel
def finish(w: World, case: Int, today: Int) -> None:
    """End a stay in ICE custody: removal or return, or release back to the community; citizens are released."""
    c = w.cases[case]
    i = c["resident"]
    office_of(w, i)["detained"] -= 1
    u = draw_of(w, i, Stream.REMOVAL, c["booked"])
    if u < w.p[0]["removed"] and w.residents[i]["status"] > Status.NATURALISED:
        go(w, i, Whereabouts.REMOVED, today)
        book(w, i, Movement.REMOVED)
        leave_behind(w, i, today)
        c["event"] = note(w, Event.REMOVAL, today, c["event"], i, -1, c["level"])
        count(w, i, Measure.REMOVALS, 1.0)
        reach(w, case, Stage.REMOVED)
        if c["identified"] == Found.MATCH:
            count(w, i, Measure.MATCH_REMOVALS, 1.0)
            count(w, i, Measure.CONVICTED_REMOVALS, 1.0 if w.residents[i]["conviction"] > 0 else 0.0)
        tell(w, c["event"], i, Event.REMOVAL, c["level"])
    else:
        go(w, i, Whereabouts.COMMUNITY, today)
        c["event"] = note(w, Event.ICE_RELEASE, today, c["event"], i, -1, c["level"])
        count(w, i, Measure.ICE_RELEASES, 1.0)
    close_case(w, case)


@kernel
def custody(w: World, today: Int) -> None:
    """ICE ends stays that are over and makes the arrests at large that are due."""
    case = take(w.case_head[ICE_CASES], today)
    while case != NOBODY:
        following = w.case_link[case]
        if w.cases[case]["state"] == CaseState.WANTED:
            arrest_at_large(w, case, today)
        else:
            finish(w, case, today)
        case = following


class IceOffice(ColumnAgent, dtype=OFFICE):
    """An ICE office, as Mesa sees one.

    Attributes are single values, those of its row: `OFFICE` has their types and units.

    Raises:
        AttributeError: if one is set that is fixed when the world is built, or counted by the model.
        TypeError: if one is set to what is no number.
        ValueError: if one is set to a number that it cannot hold.
    """

    table = "offices"
    layout = frozenset({"area"})
    counted = frozenset({"detained", "lodged"})
    bounds: ClassVar = {"daily_pickups": (0, np.inf), "pickups": (0, np.inf)}
    beds = Beds("beds", low=0)
