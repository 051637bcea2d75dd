"""The steady state that a run begins in: what was so on the eve of the first day has been so for long.

The days before the first one are lived under the policy of its eve, with dice of their own, until jails, ICE custody and ICE's
pursuits are as full as they stay. Everybody else is then as before, and those whom ICE took away are replaced by others like
them: all else that is kept of that time is how often people were taken and removed. From these rates, and from the police
contacts of a resident, of the household and of the ties, trust and cynicism on the first morning follow in closed form: both
are linear in what happens, so their means stay where they begin as long as nothing changes. Personal awareness is drawn, by
resident; public awareness and salience are where what raises them and what fades are in balance.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from comity.agents.cases import CASE, CaseState
from comity.agents.migration import next_exit
from comity.agents.offending import next_incident, victim_rate
from comity.agents.police import USUAL, VISITS_KEPT, call_on, contact_rates, next_contact
from comity.agents.public import hearing_rate, settle_public
from comity.agents.residents import Whereabouts, draw_of, least_trust, own_share, victim_odds
from comity.draws import Stream, expit, logit, probability
from comity.kernels import Int, Real, Row, kernel
from comity.observe.measures import GROUP_OF, GROUPS, Measure
from comity.observe.recorder import end_of
from comity.parameters import INCIDENTS, LEVELS
from comity.world.agenda import NOBODY
from comity.world.state import DAY, LONGEST_HOLD, Memory, World, empty_link
from comity.world.ties import ties_of

OTHER_DICE: Final = 0x5EED << 40
"""Turns the seed of a run into the seed of the time before, so that nothing happens twice."""

MEMORIES: Final = 3.0
"""Personal awareness goes back this many times its mean life; what is older has faded to a twentieth."""

NEVER_VICTIMS: Final = 0.01
"""Residents this little prone, four fifths of all at the default, suffer 0.03 % of incidents: no experience for offenders."""

STRETCH: Final = 28
"""Days after which those who were removed are replaced in the time before the first day."""

MOST_MEMORIES: Final = 200

BEFORE: Final = np.dtype(
    [("conviction", "u1"), ("ident", "u1"), ("exposed_household", "u1"), ("exposed_ties", "u1")]
)
"""What the time before the first day changes in a resident, and must not."""


@kernel
def _tell(w: World, i: Int, rates: Any, told: Any) -> None:
    """Fill ``told`` with what others hear of resident ``i``.

    Args:
        w: the state.
        i: whom it happens to.
        rates: per resident and day, by county and group: arrests by ICE and removals, and removals that feed cynicism.
        told: daily chance that police meet the resident, share of this that is improper, and the two rates.
    """
    r = w.residents[i]
    told[:] = 0.0
    if r["whereabouts"] != Whereabouts.MOVED_AWAY:  # an empty home is nobody
        told[0], told[1] = contact_chances(w, i)
        group = GROUP_OF[r["hispanic"], r["status"]]
        told[2], told[3] = rates[r["county"], group, 0], rates[r["county"], group, 1]


@kernel
def _hear(p: Row, told: Any, chance: float, weight: float, heard: Any) -> None:
    """Add what is ``told`` of somebody, and is heard of with ``chance`` and felt with ``weight``, to ``heard``.

    Args:
        p: the parameters.
        told: see `_tell`.
        chance: of hearing.
        weight: of arrests and removals; improper stops always weigh as told events.
        heard: improper stops by weight, arrests and removals by weight, removals that feed cynicism by weight, and
            arrests and removals as often as they are heard of.
    """
    heard[0] += chance * p["vicarious"] * told[0] * told[1]
    heard[1] += chance * weight * told[2]
    heard[2] += chance * weight * told[3]
    heard[3] += chance * told[2]


@kernel
def contact_chances(w: World, i: Int) -> tuple[Real, Real]:
    """Return the daily chance that police meet resident ``i``, apart from arrests, and the share of this that is improper."""
    p = w.p[0]
    a, b, c = contact_rates(w, i)
    improper = p["bad_contacts_hispanic"] if w.residents[i]["seen_hispanic"] else p["bad_contacts"]
    return probability(a + b + c, 1.0) * a / max(a + b + c, 1e-12), improper


@kernel
def _recollection(w: World, i: Int, stories: float) -> Real:
    """Draw the personal awareness of resident ``i``, who hears ``stories`` of custody and removal a day."""
    p, kept = w.p[0], w.fade[Memory.AWARENESS, 1]
    if stories == 0.0 or p["alarm"] == 0.0 or kept == 1.0:
        return 0.0
    life = -1.0 / math.log(kept)
    awareness, left = 0.0, MEMORIES * life
    for k in range(MOST_MEMORIES):
        u = draw_of(w, i, Stream.MEMORY, -1 - k)
        days = min(-math.log(u) / stories, left)
        awareness *= math.exp(-days / life)
        left -= days
        if left <= 0.0:
            break
        awareness = 1.0 - (1.0 - awareness) * (1.0 - p["alarm"])
    return awareness


@kernel
def _reassurance(w: World, c: Int) -> Real:
    """Return what lasts of visits by officers and so adds to the trust of a resident of county ``c`` in a day, on average."""
    p, visits = w.p[0], w.police[c]["visits"]
    lasting = p["visit_left"] * w.fade[Memory.TRUST, 1] ** VISITS_KEPT
    mean = 0.0
    for day in range(VISITS_KEPT):
        mean += visits[day] / VISITS_KEPT
    return mean * p["visit_effect"] * lasting / max(float(w.counties[c]["settled"]), 1.0)


@kernel
def _remember_visits(w: World) -> None:
    """Give those whom officers visited in the last days before the first one what they will lose again."""
    for c in range(len(w.police)):
        for day in range(-VISITS_KEPT, 0):
            visits = w.police[c]["visits"][day % VISITS_KEPT]
            call_on(w, c, day, visits, w.p[0]["visit_effect"] * w.fade[Memory.TRUST, 1] ** -day, 0)


@kernel
def grow_up(w: World, i: Int, heard: Any) -> None:
    """Give resident ``i`` the trust, cynicism and awareness of somebody who has lived with what was ``heard`` for long."""
    p, r = w.p[0], w.residents[i]
    contacts, improper = contact_chances(w, i)
    department = w.police[r["county"]]
    engaged = department["community_policing"] * department["community_time"]
    lost = p["bad_effect"] * (contacts * improper + heard[0]) + p["custody_effect"] * heard[1]
    won = contacts * (1.0 - improper) * engaged * p["good_effect"]
    back, reassured, norm = 1.0 - w.fade[Memory.TRUST, 1], _reassurance(w, r["county"]), np.float64(r["norm"])
    if norm + p["visit_effect"] > 1.0:  # trusts nearly wholly, whom a visit moves no more
        reassured = 0.0
    r["trust"], r["reassured"] = norm, 0
    if lost + won + reassured > 0.0:
        kept = back * norm + won + reassured + lost * least_trust(p)
        r["trust"] = min(kept / (back + won + lost), 1.0)
    risen = p["cynicism_gain"] * (heard[0] + heard[2])
    r["cynicism"] = risen / (risen + 1.0 - w.fade[Memory.CYNICISM, 1]) if risen > 0.0 else 0.0
    r["awareness"] = _recollection(w, i, heard[3])
    r["touched"] = 0


@kernel
def _settle_minds(w: World, rates: Any, told: Any, ties: Any, ranked: Any, heard: Any) -> None:
    """Give every resident the state of mind that lasts while people are taken and removed at these ``rates``.

    Args:
        w: the state.
        rates: see `_tell`.
        told: scratch, a row of four for every resident of the largest county.
        ties: scratch, a column for each of them, a row for every tie.
        ranked: scratch, a number for each of them.
        heard: scratch, of four.
    """
    p = w.p[0]
    for c in range(len(w.counties)):
        first: Int = w.counties[c]["first"]
        end = end_of(w, c + 1)
        ties_of(w, c, ties, ranked)
        for i in range(first, end):
            _tell(w, i, rates, told[i - first])
        for i in range(first, end):
            r = w.residents[i]
            heard[:] = 0.0
            for j in range(r["household"], r["household"] + r["household_size"]):
                if j != i:
                    _hear(p, told[j - first], 1.0, 1.0, heard)
            for k in range(len(ties)):
                j = ties[k, i - first]
                if j >= 0:
                    _hear(p, told[j - first], p["hearing"], p["vicarious"], heard)
            grow_up(w, i, heard)


def settle_minds(w: World, rates: Any) -> None:
    """Give every resident the state of mind that lasts; see `_settle_minds`."""
    largest = int(np.diff(w.counties["first"], append=len(w.residents)).max())
    ties = int(w.p["neighbourhood_ties"][0] + w.p["ethnic_ties"][0])
    told, links = np.zeros((largest, 4)), np.zeros((ties + 1, largest), np.int32)
    _settle_minds(w, rates, told, links[:-1], links[-1], np.zeros(4))


@kernel
def _settle_publics(w: World) -> None:
    """Let the public of every county think what lasts under today's policy."""
    for c in range(len(w.counties)):
        settle_public(w, c)


@kernel
def _teach_offenders(w: World, odds: Any) -> None:
    """Give offenders the experience of the time before: victims' mean chance of reporting by class."""
    p = w.p[0]
    mix = p["incident_mix"]
    for kind in range(len(mix)):
        odds[kind] = logit(own_share(p, kind))
    for c in range(len(w.counties)):
        w.counties[c]["learned_sum"][:] = 0.0
        w.counties[c]["learned_n"][:] = 0.0
    for i in range(len(w.residents)):
        r = w.residents[i]
        if r["proneness"] < NEVER_VICTIMS or r["whereabouts"] == Whereabouts.MOVED_AWAY:
            continue
        rate = victim_rate(w, i) * p["targeting_memory"] / 365.25
        own = victim_odds(w, i, 0)
        chance = 0.0
        for kind in range(len(mix)):
            chance += mix[kind] * expit(odds[kind] + own)
        county, seen = w.counties[r["county"]], r["seen_hispanic"]
        county["learned_sum"][seen] += rate * chance
        county["learned_n"][seen] += rate


def steady(w: World, eve: Any) -> World:
    """Return the state of a first morning before which the policy of its eve had been in force for long.

    Args:
        w: a first morning, steady under any policy or not; its arrays are used.
        eve: rows of `comity.policy.rows.POLICY`, one a county.
    """
    w = _emptied(w)
    w.counties["learned_before"] = _learned(w)
    w.policies[:] = eve
    _settle_awareness(w)
    _settle_publics(w)
    w, arrests, removals, cynical = _live_before(w, int(w.p["settling_days"][0]))
    w.counties["news"] = w.counties["salience"] = _salience(w, arrests)
    _settle_awareness(w)
    _settle_publics(w)
    people = np.maximum(_by_group(_settled(w), arrests.shape), 1)[..., None]
    settle_minds(w, np.stack([arrests + removals, cynical], axis=-1) / people)
    _remember_visits(w)
    learned = _learned(w)
    idle = w.policies["believed_residents"] == 0.0
    w.counties["learned_before"][idle] = learned[idle]
    return w


def _emptied(w: World) -> World:
    """Return the state with everybody in the community and nobody troubled by anything."""
    p, people = w.p[0], w.residents
    here = people["whereabouts"] != Whereabouts.MOVED_AWAY  # all but empty homes
    people["whereabouts"][here], people["trust"] = Whereabouts.COMMUNITY, people["norm"]
    for name in ("cynicism", "awareness", "touched", "reassured"):
        people[name] = 0
    w.counties["awareness"], w.counties["news"], w.counties["salience"] = p["awareness"], 0.0, 0.0
    for name in ("seen", "attribution", "entanglement"):
        w.counties[name] = p["background_attribution"]
    for name in ("taken", "unconvicted", "noncriminal", "noncriminal_before"):
        w.counties[name] = 0.0
    w.policies["believed_residents"] = 0.0
    for name in ("inmates", "held", "sentenced"):
        w.jails[name] = 0
    w.police["clearance"] = w.police["backlog"] = 0.0
    w.police["visits"] = 0
    for name in USUAL:
        w.police[name] = 1.0
    w.offices["detained"] = w.offices["lodged"] = 0
    w.offices["pickups"] = p["saved_days"] * w.offices["daily_pickups"]
    w.clock["free_case"] = w.clock["wanted"] = 0
    return w._replace(cases=case_table(len(w.cases)), case_link=empty_link(len(w.cases)))


def case_table(rows: int) -> Any:
    """Return ``rows`` free cases."""
    table = np.zeros(rows, CASE)
    table["next_free"] = np.arange(1, rows + 1)
    return table


def _learned(w: World) -> Any:
    """Let offenders know how readily victims report as things stand, and return it by county and class."""
    _teach_offenders(w, np.zeros(len(INCIDENTS)))
    return w.counties["learned_sum"] / np.maximum(w.counties["learned_n"], 1e-300)


@kernel
def _settle_awareness(w: World) -> None:
    """Put public awareness where what spreads while the programme runs and what fades are in balance, in every county."""
    p, faded = w.p[0], 1.0 - w.fade[Memory.AWARENESS, 1]
    for c in range(len(w.counties)):
        believed = np.float64(w.policies[c]["believed_residents"])
        spread = probability(hearing_rate(p, w.counties[c]), 1.0) * believed
        w.counties[c]["awareness"] = p["awareness"]
        if spread > 0.0:
            w.counties[c]["awareness"] = (spread + faded * p["awareness"]) / (spread + faded)


def _salience(w: World, arrests: Any) -> Any:
    """Return salience where what ICE's arrests raise and what fades are in balance, by county."""
    p, counties = w.p[0], w.counties
    people = counties["hispanics"]
    if w.clock[0]["lets"]:
        there = (w.residents["hispanic"] == 1) & (w.residents["whereabouts"] == Whereabouts.COMMUNITY)
        people = np.bincount(w.residents["county"][there], minlength=len(counties))
    rise = np.minimum(1.0, p["salience_transfers"] * 1000.0 / np.maximum(people, 1))
    own = rise * arrests.sum(axis=1)
    here = np.repeat(np.arange(len(counties)), counties["neighbours"])
    # Adjacency goes both ways: what reaches a county is what its neighbours send.
    near = np.bincount(here, own[w.neighbours], minlength=len(counties))
    stirred = own + p["news_reach"] * near
    return stirred / np.maximum(stirred + 1.0 - w.fade[Memory.SALIENCE, 1], 1e-300)


def _settled(w: World) -> Any:
    """Return the residents without latecomers, who were not there before."""
    last = w.counties[-1]
    return w.residents[: int(last["first"] + last["settled"])]


def _by_group(people: Any, shape: tuple[int, ...]) -> Any:
    """Return the number of residents by county and group, without empty homes."""
    cell = people["county"].astype(np.int64) * len(GROUPS) + GROUP_OF[people["hispanic"], people["status"]]
    here = cell[people["whereabouts"] != Whereabouts.MOVED_AWAY]
    return np.bincount(here, minlength=math.prod(shape)).reshape(shape)


@kernel
def _replace_removed(w: World, before: Any, cynical: Any) -> None:
    """Put others like them in the place of those who were removed, and let everybody be as ``before``.

    Args:
        w: the state.
        before: what they were, see `BEFORE`.
        cynical: removals that feed cynicism by county and group, to which those of these days are added.
    """
    for i in range(len(w.residents)):
        r, was = w.residents[i], before[i]
        r["conviction"], r["ident"] = was["conviction"], was["ident"]
        r["exposed_household"], r["exposed_ties"] = was["exposed_household"], was["exposed_ties"]
        if r["whereabouts"] == Whereabouts.REMOVED:
            r["whereabouts"] = Whereabouts.COMMUNITY
            if r["conviction"] < len(LEVELS) - 1:
                cynical[r["county"], GROUP_OF[r["hispanic"], r["status"]]] += 1.0


def _live_before(w: World, days: int) -> tuple[World, Any, Any, Any]:
    """Live the days before the first one and return the state then.

    With it arrests by ICE, removals, and removals that feed cynicism, each a day by county and group.
    """
    from comity.day import live  # noqa: PLC0415 - the day reads what is built here

    before = np.empty(len(w.residents), BEFORE)
    for name in BEFORE.names or ():
        before[name] = w.residents[name]
    past, cynical, counted = _past(w, days), np.zeros(w.tally.shape[:2]), 0
    open_agendas(past, len(_settled(w)), False)
    for first in range(0, days, STRETCH):
        if 2 * first < days:  # what follows the filling is counted
            past.tally[:], cynical[:], counted = 0.0, 0.0, first
        live(past, first, min(first + STRETCH, days))
        _replace_removed(w, before, cynical)
    flows = past.tally / max(days - counted, 1)
    arrests = flows[..., Measure.TRANSFERS] + flows[..., Measure.AT_LARGE_ARRESTS]
    w = _carried_over(w, past, days)
    return w, arrests, flows[..., Measure.REMOVALS], cynical / max(days - counted, 1)


def _past(w: World, days: int) -> World:
    """Return the state at the start of the time before, which shares residents and cases with that of the run."""
    length, counties = days + LONGEST_HOLD, len(w.counties)
    calendar = np.zeros(length, DAY)
    week = w.calendar["business"][:14].reshape(2, 7).max(axis=0)  # a holiday in one of two weeks is none
    calendar["business"] = week[(np.arange(length) - days) % 7]
    for name in ("beds", "officers", "crime", "mix", "readiness"):
        calendar[name] = w.calendar[name][0]
    small = ("counties", "neighbourhoods", "police", "jails", "bureaus", "offices", "governments", "clock")
    past = w._replace(
        **{name: getattr(w, name).copy() for name in (*small, "policies", "running", "classes", "aware")},
        **{name: getattr(w, name).copy() for name in ("present", "movements", "p")},
        quota=w.quota[:0],
        calendar=calendar,
        change_days=np.zeros(counties, np.int32),
        change_counties=np.arange(counties, dtype=np.int32),
        change_policies=w.policies.copy(),
        agenda_head=empty_link((3, days)),
        agenda_link=empty_link(w.agenda_link.shape),
        case_head=empty_link((2, days + w.case_head.shape[1])),
        log=w.log[:0].copy(),
        fade=np.exp(np.outer(np.log(w.fade[:, 1]), np.arange(days + 2))),
        tally=np.zeros_like(w.tally),
        stock=np.zeros_like(w.stock),
        funnel=np.zeros((1, *w.funnel.shape[1:]), np.int64),
    )
    past.clock["seed"] ^= OTHER_DICE
    past.clock["lets"], past.p["reentry"] = 0, 0.0  # those who are removed are replaced
    _leave_out_latecomers(past)
    return past


def _leave_out_latecomers(past: World) -> None:
    """Take latecomers, the last residents of the last county, out of every list from which somebody is chosen."""
    last = past.counties[-1:]
    late = past.residents[len(_settled(past)) :]
    last["offenders_n"][0, 1] -= int(late["offender"].sum())
    past.neighbourhoods["residents"][-1] -= len(late)


def _carried_over(w: World, past: World, days: int) -> World:
    """Return the state of the first morning with the cases, and those whom they concern, that the time before has left."""
    free = past.cases["state"] == CaseState.FREE
    for name in ("booked", "due", "until"):
        past.cases[name] = np.where(free, 0, past.cases[name] - days)
    past.cases["event"] = NOBODY
    for name in ("inmates", "held", "sentenced"):
        w.jails[name] = past.jails[name]
    for name in ("detained", "lodged", "pickups"):
        w.offices[name] = past.offices[name]
    for name in ("free_case", "wanted", "overflow"):
        w.clock[name] = past.clock[name]
    for name in (*USUAL, "clearance", "backlog"):
        w.police[name] = past.police[name]
    w.police["visits"] = np.roll(past.police["visits"], -days % VISITS_KEPT, axis=1)
    for name in ("taken", "unconvicted"):
        w.counties[name] = past.counties[name]
    return w._replace(case_head=past.case_head[:, days:].copy())


@kernel
def open_agendas(w: World, people: Int, exits: bool) -> None:
    """Enter the first candidate days of the first ``people`` residents."""
    for i in range(people):
        next_incident(w, i, -1)
        next_contact(w, i, -1)
        if exits and w.p[0]["exit_rate"] > 0.0:
            next_exit(w, i, -1)
