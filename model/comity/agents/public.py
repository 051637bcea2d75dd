"""The public of a county: what it takes calling these police to lead to, and what it holds against them for long.

Attribution is the answer to one question, from 0 to 1: does calling *these* police lead to ICE? What is seen of them draws it
up within weeks and lets it fall within months; while immigration is in the news it is higher still. Entanglement follows
attribution slowly, and is what trust depends on. Both are numbers of a county: nobody is asked every day.

Fear keeps a resident from calling as far as calling is taken to lead to ICE, in units of what Secure Communities comes to where
everybody knows of it: there, `fear_weight` is the effect of full perceived risk. In these units the weight means what the
published studies of Secure Communities, on which it is calibrated, measure, whatever the visibilities are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from comity.draws import probability
from comity.kernels import Int, Real, Row, kernel
from comity.policy.rows import attribution, programme
from comity.world.state import Memory

if TYPE_CHECKING:
    from comity.world.state import World

WEEKS: Final = 365.25 / 7.0
"""Weeks per year: parameters per week become rates per year."""

FEW: Final = 10.0
"""So many agents of the time before count beside those taken lately, who are a handful at a coarse scale."""

attributed, by_programme = kernel(attribution), kernel(programme)


@kernel
def participating(p: Row, policy: Row) -> Real:
    """Return what residents believe to operate, in units of the programme: `comity.policy.rows.participation`."""
    return attributed(p, policy, 1.0) / by_programme(p)


@kernel
def _over_background(p: Row, seen: float) -> Real:
    """Return attribution where local work for ICE that is ``seen`` comes on top of what people suspect anyway."""
    return 1.0 - (1.0 - p["background_attribution"]) * (1.0 - seen)


@kernel
def expected(p: Row, policy: Row, aware: Real) -> Real:
    """Return the attribution that lasts under a policy, without news; a chief's order or pledge lessens what people suspect."""
    suspected = p["background_attribution"] * (1.0 - np.float64(policy["relief_street"]))
    return 1.0 - (1.0 - suspected) * (1.0 - attributed(p, policy, aware))


@kernel
def weight_of_fear(p: Row, attributed_now: float) -> Real:
    """Return how much fear counts at a level of attribution: 1 under Secure Communities, and everywhere without the mechanism."""
    reference = _over_background(p, by_programme(p))
    return 1.0 - p["attribution"] + p["attribution"] * attributed_now / reference


@kernel
def left_after_a_day(half_life: float) -> Real:
    """Return what is left of a distance after a day."""
    return 0.5 ** (1.0 / half_life)


@kernel
def drawn(value: Real, target: Real, left_rising: float, left_falling: float, held: float) -> Real:
    """Return a value a day later on its way to a target, of which so much is left; of a fall, a share is ``held`` for good."""
    left = left_rising if target > value else left_falling
    return value + (1.0 - left) * (target - value) * (1.0 if target > value else 1.0 - held)


@kernel
def imagine(w: World, c: Int, works_with_ice: bool) -> None:
    """Let the public of county ``c`` be certain that its police work with ICE as under Secure Communities, or not at all."""
    county, p = w.counties[c], w.p[0]
    w.policies[c]["believed_residents"] = 1.0 if works_with_ice else 0.0
    county["attribution"] = _over_background(p, by_programme(p) if works_with_ice else 0.0)
    county["entanglement"] = county["attribution"]


@kernel
def restore(w: World, c: Int, believed: float, attributed_now: float, entangled: float) -> None:
    """Let the public of county ``c`` think again what it thought before it was asked to `imagine`."""
    county = w.counties[c]
    w.policies[c]["believed_residents"] = believed
    county["attribution"], county["entanglement"] = attributed_now, entangled


@kernel
def with_news(p: Row, county: Row) -> Real:
    """Return attribution of what is seen, and of what the news adds to it."""
    return county["seen"] + p["salience_attribution"] * county["salience"] * (1.0 - county["seen"])


@kernel
def hearing_rate(p: Row, county: Row) -> Real:
    """Return at what rate per year those who have not heard of local work for ICE do: by media, and from others if it is learned.

    People tell others while it is news to them, so word of mouth goes with salience: alone, hearing follows a logistic curve.
    """
    told = p["news_ties"] * county["salience"] * p["news_learned"]
    return WEEKS * (p["media_rate"] + told)


@kernel
def hear_news(p: Row, county: Row) -> None:
    """One day in which news of a county reaches some of those who have not heard; without the mechanism everybody has."""
    if p["news_learned"]:
        unheard = max(0.0, county["news"] - county["salience"])
        county["salience"] += probability(hearing_rate(p, county), 1.0) * unheard


@kernel
def judge(w: World, first: Int, last: Int) -> None:
    """One day of what the publics of counties ``first`` to ``last - 1`` make of their police."""
    p = w.p[0]
    rising, falling = (
        left_after_a_day(p["attribution_rise"]),
        left_after_a_day(p["attribution_fall"]),
    )  # roots are dear: once for all
    entangling, returning = (
        left_after_a_day(p["entanglement_rise"]),
        left_after_a_day(p["entanglement_return"]),
    )
    for c in range(first, last):
        county = w.counties[c]
        if p["news_learned"]:  # those who hear today, as a half-life in days
            rising = left_after_a_day(math.log(2.0) * 365.25 / max(hearing_rate(p, county), 1e-9))
        target = expected(p, w.policies[c], county["awareness"])
        county["seen"] = drawn(county["seen"], target, rising, falling, 0.0)
        county["attribution"] = now = with_news(p, county)
        county["entanglement"] = drawn(county["entanglement"], now, entangling, returning, p["ratchet"])
        county["taken"] *= w.fade[Memory.TRUST, 1]
        county["unconvicted"] *= w.fade[Memory.TRUST, 1]
        county["noncriminal"] = _share_without_conviction(county)


@kernel
def _share_without_conviction(county: Row) -> Real:
    """Return the share without a conviction of those taken from a county lately; of few, that of the time before counts, too."""
    return (county["unconvicted"] + FEW * county["noncriminal_before"]) / (county["taken"] + FEW)


@kernel
def settle_public(w: World, c: Int) -> None:
    """Let the public of county ``c`` think what it thinks where today's policy and news have lasted for long."""
    county, p = w.counties[c], w.p[0]
    county["seen"] = expected(p, w.policies[c], county["awareness"])
    county["attribution"] = county["entanglement"] = with_news(p, county)
    county["noncriminal"] = county["unconvicted"] / county["taken"] if county["taken"] > 0.0 else 0.0
    county["noncriminal_before"] = county["noncriminal"]
