"""Governments: the calendar of policy, what each county's policy is today, and what politics makes of it.

The calendar says what the scenario's regime comes to. Where `politics` is on, county governments also answer pressure of
their public, their neighbours and the courts: before ICE's letter of August 2011 they try to opt out of information, which
achieves nothing but belief, later they decline to hold people. Others have their deputies interview in the jail.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from comity.agents.homes import people_of
from comity.agents.public import participating
from comity.columns.views import Column, ColumnAgent
from comity.draws import Stream, draw, draws, probability
from comity.kernels import Int, Real, Row, kernel
from comity.policy.rows import prospect

if TYPE_CHECKING:
    from comity.world.state import World


class Stance(IntEnum):
    """What a county government does of its own accord."""

    NONE = 0
    ASKS_OUT = 1  # tried to opt out of sharing information
    NO_MINOR_HOLDS = 2  # declines to hold people without a felony conviction
    NO_HOLDS = 3
    JOINS = 4  # its deputies interview in the jail


GOVERNMENT: Final = np.dtype(
    [
        ("level", "i4"),  # 0 county, 1 state, 2 federal
        ("place", "i4"),  # row of the county or state; -1 for the federal government
        ("changes", "i8"),  # changes of policy so far in its area
        ("calendar", "i8"),  # of a county: row of the calendar of policy that is in force
        ("attempts", "i8"),  # of a county, of its own accord, so far
        ("stance", "u1"),  # Stance
        ("ringed", "u1"),  # ICE activated it early because a neighbour tried to opt out
    ],
    align=True,
)
"""One row per government: the counties first, then the states, then the federal one."""

MONTH: Final = 365.25 / 12
"""Governments deliberate once a month; its length in days."""


prospective = kernel(prospect)


@kernel
def decline(p: Row, policy: Row, stance: Int) -> None:
    """Decline holds, which a state that compels its jails makes void, and relieve residents."""
    if policy["compelled"]:
        policy["relief_hold"] = max(policy["relief_hold"], min(p["relief_custody"], p["relief_placebo"]))
        return
    policy["relief_hold"] = max(policy["relief_hold"], p["relief_custody"])
    for level in range(2 if stance == Stance.NO_MINOR_HOLDS else len(policy["hold"])):
        policy["hold"][level] = 0.0


@kernel
def follow(w: World, c: Int) -> None:
    """Set the policy of county ``c``: what the calendar says, and on top what its government does of its own accord."""
    government, p = w.governments[c], w.p[0]
    w.policies[c] = w.change_policies[government["calendar"]]
    policy, stance = w.policies[c], government["stance"]
    ringed = government["ringed"] and policy["joins"] and not policy["active"]
    if ringed:
        policy["active"], policy["sharing"] = 1, policy["transmit"]
        policy["believed_government"] = 1.0
    if stance == Stance.JOINS:
        policy["interview"] = policy["deputies"] = policy["staffed"] = 1.0
    elif stance == Stance.ASKS_OUT:
        policy["relief"] = max(policy["relief"], min(p["relief_cut"], p["relief_placebo"]))
        policy["believed_government"] *= policy["letter"]
    elif stance != Stance.NONE:
        decline(p, policy, stance)
    if ringed or stance != Stance.NONE:
        policy["believed_residents"] = participating(p, policy)
        policy["believed_police"] = prospective(p, policy)


@kernel
def change(w: World, c: Int) -> None:
    """Count a change of policy in county ``c`` and put it into effect."""
    counties, states = len(w.counties), len(w.bureaus)
    follow(w, c)
    w.governments[c]["changes"] += 1
    w.governments[counties + w.counties[c]["state"]]["changes"] += 1
    w.governments[counties + states]["changes"] += 1


@kernel
def peers(w: World, c: Int) -> Real:
    """Return the share of neighbouring counties whose governments restrict what they do for ICE, or tried to."""
    county = w.counties[c]
    found = 0.0
    for n in range(county["neighbours_first"], county["neighbours_first"] + county["neighbours"]):
        stance = w.governments[w.neighbours[n]]["stance"]
        found += 1.0 if Stance.ASKS_OUT <= stance <= Stance.NO_HOLDS else 0.0
    return found / max(float(county["neighbours"]), 1.0)


@kernel
def _next_stance(w: World, c: Int) -> Int:
    """Return what a government that wants out can try next under the law of the day."""
    policy, stance = w.policies[c], w.governments[c]["stance"]
    if not policy["letter"]:
        return np.int64(Stance.ASKS_OUT)
    if policy["liability"] or Stance.NO_MINOR_HOLDS <= stance <= Stance.NO_HOLDS:
        return np.int64(Stance.NO_HOLDS)
    return np.int64(Stance.NO_MINOR_HOLDS)


@kernel
def _take_stance(w: World, c: Int, stance: Int) -> None:
    """Let the government of county ``c`` do something of its own accord; joining is alarming news, and ICE may answer."""
    government, county = w.governments[c], w.counties[c]
    government["attempts"] += 1
    if stance == government["stance"] or (stance >= Stance.NO_MINOR_HOLDS and w.policies[c]["compelled"]):
        return
    government["stance"] = stance
    if stance == Stance.JOINS and w.policies[c]["deputies"] < 1.0:
        county["headline"] = 1.0
    change(w, c)
    if stance == Stance.ASKS_OUT and w.p[0]["ring_tactic"]:
        for n in range(county["neighbours_first"], county["neighbours_first"] + county["neighbours"]):
            w.governments[w.neighbours[n]]["ringed"] = 1
            follow(w, w.neighbours[n])


@kernel
def _deliberate(w: World, c: Int, today: Int) -> None:
    """Let the government of county ``c`` answer the pressure of a month."""
    p, county = w.p[0], w.counties[c]
    u, v, _, _ = draws(w.clock[0]["seed"], Stream.POLITICS, today, np.int64(county["fips"]) << 32)
    others, hispanics = people_of(w, c)
    hispanic = hispanics / max(others + hispanics, 1)
    out = county["salience"] * hispanic + p["peer_pressure"] * peers(w, c)
    out += p["ruling_pressure"] * w.policies[c]["liability"]
    join = p["join_pressure"] * county["salience"] * (1.0 - hispanic)
    if u < probability(p["politics"] * out, MONTH):
        _take_stance(w, c, _next_stance(w, c))
    elif v < probability(p["politics"] * join, MONTH) and w.governments[c]["stance"] == Stance.NONE:
        _take_stance(w, c, np.int64(Stance.JOINS))


@kernel
def local_effort(w: World, c: Int) -> Real:
    """Return interviews in the jail of county ``c`` relative to its policy: where prints are shared, less or more of them."""
    p = w.p[0]
    if p["substitution"] == 0.0 or not w.policies[c]["sharing"]:
        return 1.0
    u = draw(w.clock[0]["seed"], Stream.POLITICS, -1, np.int64(w.counties[c]["fips"]) << 32)
    return 1.0 - p["substitution"] if u < p["substitutes"] else 1.0 + p["substitution"]


@kernel
def govern(w: World, today: Int) -> None:
    """Governments apply what the calendar says today: activation, agreements, ordinances, rulings, priorities."""
    now = w.clock[0]
    while now["next_change"] < len(w.change_days) and w.change_days[now["next_change"]] <= today:
        c = w.change_counties[now["next_change"]]
        w.governments[c]["calendar"] = now["next_change"]
        w.counties[c]["headline"] = max(
            w.counties[c]["headline"], w.change_policies[now["next_change"]]["news"]
        )
        change(w, c)
        now["next_change"] += 1
    if (
        w.p[0]["politics"] > 0.0
        and today > 0
        and w.calendar[today]["month"] != w.calendar[today - 1]["month"]
    ):
        for c in range(len(w.counties)):
            _deliberate(w, c, today)


class Government(ColumnAgent, dtype=GOVERNMENT):
    """A government, as Mesa sees one.

    Attributes are single values, those of its row: `GOVERNMENT` has their types and units.

    Raises:
        AttributeError: if one is set that is fixed when the world is built, or counted by the model.
        TypeError: if one is set to what is no number.
        ValueError: if one is set to a number that it cannot hold.
    """

    table = "governments"
    layout = frozenset({"level", "place", "calendar"})
    bounds: ClassVar = {"changes": (0, np.inf), "attempts": (0, np.inf), "ringed": (0, 1)}
    stance = Column("stance", Stance)

    @classmethod
    def changed(cls, world: World) -> None:
        """Put what somebody set into effect."""
        for c in range(len(world.counties)):
            follow(world, c)
