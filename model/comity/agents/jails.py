"""Jails: they book, take prints, keep people for as long as the law says, and honour or decline detainers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from comity.agents.cases import Beds, CaseState, Plan, close_case, open_case
from comity.agents.ice import comes_for, detain, office_of, pursue
from comity.agents.residents import Whereabouts, draw_of, draws_of, go, in_community
from comity.columns.views import ColumnAgent
from comity.draws import Stream, wait
from comity.kernels import Int, Row, kernel
from comity.observe.log import Event, note
from comity.observe.measures import Measure, Stage, count, reach
from comity.world.agenda import JAIL_CASES, NOBODY, enter, take

if TYPE_CHECKING:
    from comity.world.state import World

JAIL: Final = np.dtype(
    [
        ("county", "i4"),
        ("beds", "i8"),  # capacity, in agents
        ("inmates", "i8"),  # agents in jail
        ("held", "i8"),  # of these, kept on a detainer alone
        ("sentenced", "i8"),  # of these, neither dropped nor bailed
        ("jail_days", "f8"),  # agent-days so far
        ("hold_days", "f8"),  # of these, on a detainer alone
    ],
    align=True,
)
"""One row per jail, one per county."""


@kernel
def stay(w: World, c: Row, u: float, v: float) -> Int:
    """Draw how a booking ends and return its days in jail: dropped, bailed or kept."""
    p = w.p[0]
    if u < p["dropped"]:
        c["plan"], mean = Plan.DROPPED, p["stay_dropped"]
    elif u < p["dropped"] + p["bailed"]:
        c["plan"], mean = Plan.BAILED, p["stay_bailed"]
    else:
        c["plan"], mean = Plan.SENTENCED, p["stay_sentenced"]
    return wait(v, 1.0 / max(mean, 1.0))


@kernel
def _admit(w: World, a: Row, u: float, v: float, printed: float, today: Int) -> None:
    """Book one arrestee: a row, a bed, prints, and a day of release."""
    i = a["resident"]
    jail = w.jails[w.residents[i]["county"]]
    case = open_case(w, i, a["charge"], today)
    c = w.cases[case]
    a["case"] = case
    go(w, i, Whereabouts.JAIL, today)
    enter(w.case_head[JAIL_CASES], w.case_link, case, today + stay(w, c, u, v))
    jail["inmates"] += 1
    jail["sentenced"] += c["plan"] == Plan.SENTENCED
    c["printed"] = printed < w.p[0]["live_scan"]
    a["id"] = c["event"] = note(w, Event.BOOKING, today, a["id"], i, -1, a["charge"])
    count(w, i, Measure.BOOKINGS, 1.0)
    reach(w, case, Stage.BOOKED)


@kernel
def book(w: World, today: Int) -> None:
    """Jails book arrestees while there is room; the others are cited and released without prints."""
    for n in range(w.clock[0]["arrests"]):
        a = w.arrests[n]
        i = a["resident"]
        if not in_community(w, i):  # arrested twice on one day
            continue
        u, v, cited, printed = draws_of(w, i, Stream.BOOKING, today)
        jail = w.jails[w.residents[i]["county"]]
        if jail["inmates"] < jail["beds"] and not (a["minor"] and cited >= w.p[0]["booked"]):
            _admit(w, a, u, v, printed, today)
        else:
            note(w, Event.CITATION, today, a["id"], i, -1, a["charge"])


@kernel
def _leave_jail(w: World, case: Int, free: bool, today: Int) -> None:
    """Take the resident of a case out of jail: the days are counted and a conviction is entered.

    Those who were bailed stand trial only if they go free, not if ICE takes them.
    """
    c = w.cases[case]
    i = c["resident"]
    r = w.residents[i]
    jail = w.jails[r["county"]]
    jail["inmates"] -= 1
    jail["sentenced"] -= c["plan"] == Plan.SENTENCED
    jail["held"] -= c["state"] == CaseState.HELD
    if c["detainer"]:
        office_of(w, i)["lodged"] -= 1
    days = float(today - max(c["booked"], 0))
    jail["jail_days"] += days
    count(w, i, Measure.JAIL_DAYS, days)
    if c["plan"] == Plan.SENTENCED or (
        free
        and c["plan"] == Plan.BAILED
        and draw_of(w, i, Stream.DISPOSITION, c["booked"]) < w.p[0]["convicted"]
    ):
        r["conviction"] = max(r["conviction"], c["charge"])


@kernel
def release(w: World, case: Int, today: Int) -> None:
    """Let the resident of a case go; ICE may look for those it wanted."""
    c = w.cases[case]
    _leave_jail(w, case, True, today)
    go(w, c["resident"], Whereabouts.COMMUNITY, today)
    c["event"] = note(w, Event.RELEASE, today, c["event"], c["resident"], -1, c["plan"])
    if not (c["detainer"] and pursue(w, case, today)):
        close_case(w, case)


@kernel
def hand_over(w: World, case: Int, ease: float, today: Int) -> bool:
    """Hand the resident of a case to ICE if it comes; return whether it did."""
    if not comes_for(w, case, ease, today):
        return False
    c = w.cases[case]
    _leave_jail(w, case, False, today)
    c["event"] = note(w, Event.TRANSFER, today, c["event"], c["resident"], -1, c["level"])
    count(w, c["resident"], Measure.TRANSFERS, 1.0)
    detain(w, case, today)
    return True


@kernel
def last_day(w: World, today: Int, hours: Int) -> Int:
    """Return the last day of a hold of ``hours`` from ``today``, weekends and holidays excluded (8 CFR 287.7)."""
    day, left = today, hours // 24
    while left > 0 and day + 1 < len(w.calendar):
        day += 1
        left -= w.calendar[day]["business"]
    return day


@kernel
def _lose_bail(w: World, case: Int, today: Int) -> bool:
    """Return whether a detainer keeps somebody in jail who would be bailed today; the case then goes to its end there."""
    c = w.cases[case]
    u, v, _, _ = draws_of(w, c["resident"], Stream.BAIL, c["booked"])
    if c["plan"] != Plan.BAILED or u >= w.p[0]["lost_bail"]:
        return False
    c["plan"] = Plan.SENTENCED
    w.jails[w.residents[c["resident"]]["county"]]["sentenced"] += 1
    enter(w.case_head[JAIL_CASES], w.case_link, case, today + wait(v, 1.0 / w.p[0]["stay_sentenced"]))
    return True


@kernel
def answer(w: World, case: Int, today: Int) -> None:
    """Decide on the day of release what the jail does with a detainer: hold, or decline and perhaps notify."""
    c = w.cases[case]
    i = c["resident"]
    policy = w.policies[w.residents[i]["county"]]
    u, v, x, _ = draws_of(w, i, Stream.HOLD, c["booked"])
    # The jail looks at the record as it is now; a sentence just served is part of it.
    level = max(c["level"], c["charge"]) if c["plan"] == Plan.SENTENCED else c["level"]
    if u < policy["hold"][level]:
        c["state"], c["until"] = CaseState.HELD, last_day(w, today, policy["hold_hours"])
        c["due"] = today + int(x * (c["until"] - today + 1))
        w.jails[w.residents[i]["county"]]["held"] += 1
        c["event"] = note(w, Event.HOLD, today, c["event"], i, -1, c["level"])
        count(w, i, Measure.HOLDS, 1.0)
        keep(w, case, today)
        return
    c["event"] = note(w, Event.REFUSAL, today, c["event"], i, -1, c["level"])
    count(w, i, Measure.REFUSALS, 1.0)
    ease = w.p[0]["door_share"] * (1.0 if policy["access"] else w.p[0]["no_access"])
    if v < policy["notify"][level] and hand_over(w, case, ease, today):
        return
    release(w, case, today)


@kernel
def keep(w: World, case: Int, today: Int) -> None:
    """One day of a hold: ICE collects, or the hold runs out, or it goes on tomorrow."""
    c = w.cases[case]
    if today >= c["due"] and hand_over(w, case, 1.0, today):
        return
    if today >= c["until"]:
        release(w, case, today)
        return
    i = c["resident"]
    w.jails[w.residents[i]["county"]]["hold_days"] += 1.0
    count(w, i, Measure.HOLD_DAYS, 1.0)
    enter(w.case_head[JAIL_CASES], w.case_link, case, today + 1)


@kernel
def hold_or_release(w: World, today: Int) -> None:
    """Jails release those whose day has come, or hold them for ICE as their rules say."""
    case = take(w.case_head[JAIL_CASES], today)
    while case != NOBODY:
        following = w.case_link[case]
        c = w.cases[case]
        if c["state"] == CaseState.HELD:
            keep(w, case, today)
        elif c["detainer"]:
            if not _lose_bail(w, case, today):
                answer(w, case, today)
        else:
            release(w, case, today)
        case = following


class Jail(ColumnAgent, dtype=JAIL):
    """A jail, as Mesa sees one.

    Attributes are single values, those of its row: `JAIL` has their types and units.

    Raises:
        AttributeError: if one is set that is fixed when the world is built, or counted by the model.
        TypeError: if one is set to what is no number.
        ValueError: if one is set to a number that it cannot hold.
    """

    table = "jails"
    layout = frozenset({"county"})
    counted = frozenset({"inmates", "held", "sentenced"})
    bounds: ClassVar = {"jail_days": (0, np.inf), "hold_days": (0, np.inf)}
    beds = Beds("beds", low=0)

    @property
    def hold_cost(self) -> float:
        """Dollars that the county spent so far on days in jail for ICE alone."""
        w, scale = self.model.world, self.model.setup.scale
        return float(w.jails["hold_days"][self.row] * w.p["jail_day_cost"][0] * scale)
