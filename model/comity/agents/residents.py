"""Residents: who they are, what they know and fear, and whether they call the police.

A resident is one row of `RESIDENT`. Trust, cynicism and awareness fade lazily: the row keeps the values of the day
it was last touched, and `recall` brings them up to date when somebody needs them.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from comity.columns.views import Column, ColumnAgent
from comity.draws import Stream, draw, draws, expit, logit, normal, pick
from comity.kernels import Int, Real, Row, kernel
from comity.observe.log import Event, note
from comity.observe.measures import GROUP_OF, Measure, Stock, count
from comity.parameters import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.world.state import World


class Status(IntEnum):
    """Immigration status."""

    US_BORN = 0
    NATURALISED = 1
    GREEN_CARD = 2
    VISA = 3
    UNAUTHORIZED = 4


class Whereabouts(IntEnum):
    """Where a resident is. Only those in the community act."""

    COMMUNITY = 0
    JAIL = 1
    ICE_CUSTODY = 2
    REMOVED = 3
    MOVED_AWAY = 4


RESIDENT: Final = np.dtype(
    [
        ("neighbourhood", "i4"),  # row of the neighbourhood table
        ("household", "i4"),  # row of the household's first member
        ("proneness", "f4"),  # victimisation relative to the mean
        ("trust", "f4"),  # in the police, 0..1, as of `touched`
        ("cynicism", "f4"),  # about the law, 0..1, as of `touched`
        ("awareness", "f4"),  # personal awareness of enforcement, 0..1, as of `touched`
        ("touched", "i2"),  # day of the three values above
        ("county", "u2"),  # row of the county table
        ("household_size", "u1"),
        ("hispanic", "u1"),
        ("seen_hispanic", "u1"),  # as others see it, with error
        ("status", "u1"),  # Status
        ("ident", "u1"),  # has a record in DHS's IDENT
        ("conviction", "u1"),  # worst conviction: index into LEVELS
        ("offender", "u1"),  # offends from time to time
        ("whereabouts", "u1"),  # Whereabouts
        ("exposed_household", "u1"),  # other members who are unauthorized
        ("exposed_ties", "u1"),  # ties who are unauthorized
    ],
    align=True,
)
"""One row per resident, 40 bytes."""


@kernel
def identity(w: World, i: Int) -> Int:
    """Return the key of resident ``i`` for draws: county FIPS and place within it, whatever else is simulated."""
    county = w.counties[w.residents[i]["county"]]
    return (np.int64(county["fips"]) << 32) | np.int64(i - county["first"])


@kernel
def in_community(w: World, i: Int) -> bool:
    """Return whether resident ``i`` is free and here, and so can act."""
    return bool(w.residents[i]["whereabouts"] == Whereabouts.COMMUNITY)


@kernel
def distrust(w: World, i: Int) -> Real:
    """Return how far the trust of resident ``i`` is from the norm, as of `touched`; 0.0 where nothing ever moved it."""
    trust, norm = w.residents[i]["trust"], w.p[0]["trust_norm"]
    return 0.0 if trust == np.float32(norm) else np.float64(trust) - norm


@kernel
def enrol(w: World, i: Int, sign: Int, today: Int) -> None:
    """Count resident ``i`` in (``sign`` 1) or out (-1) of the running stocks, with what is left of memory today."""
    r = w.residents[i]
    running = w.running[r["county"], GROUP_OF[r["hispanic"], r["status"]]]
    if r["whereabouts"] == Whereabouts.COMMUNITY:
        household = 1 if r["exposed_household"] > 0 else 0
        among = min(r["exposed_ties"], w.classes.shape[4] - 1)
        people = w.classes[r["county"], r["hispanic"], r["status"], household, among]
        people[r["seen_hispanic"]] += sign
        days = today - r["touched"]
        running[Stock.TRUST] += sign * distrust(w, i) * w.fade[0, days]
        running[Stock.CYNICISM] += sign * np.float64(r["cynicism"]) * w.fade[1, days]
    elif r["whereabouts"] == Whereabouts.JAIL:
        running[Stock.IN_JAIL] += sign
    elif r["whereabouts"] == Whereabouts.ICE_CUSTODY:
        running[Stock.IN_ICE_CUSTODY] += sign


@kernel
def go(w: World, i: Int, whereabouts: Int, today: Int) -> None:
    """Move resident ``i`` to another of `Whereabouts`."""
    enrol(w, i, -1, today)
    w.residents[i]["whereabouts"] = whereabouts
    enrol(w, i, 1, today)


@kernel
def feel(w: World, i: Int, trust: float, cynicism: float) -> None:
    """Give resident ``i``, in the community and with memory up to date, another level of trust and cynicism."""
    r = w.residents[i]
    running = w.running[r["county"], GROUP_OF[r["hispanic"], r["status"]]]
    running[Stock.TRUST] -= distrust(w, i)
    running[Stock.CYNICISM] -= np.float64(r["cynicism"])
    r["trust"], r["cynicism"] = trust, cynicism
    running[Stock.TRUST] += distrust(w, i)
    running[Stock.CYNICISM] += np.float64(r["cynicism"])


@kernel
def alarm(w: World, i: Int, awareness: float) -> None:
    """Give resident ``i`` another level of personal awareness, and remember that there is one."""
    w.residents[i]["awareness"] = awareness
    w.aware[i >> 3] |= 1 << (i & 7)


@kernel
def recall(w: World, i: Int, today: Int) -> None:
    """Bring trust, cynicism and awareness of resident ``i`` up to ``today``: each fades towards its norm."""
    r = w.residents[i]
    days = today - r["touched"]
    if days > 0:
        norm = w.p[0]["trust_norm"]
        r["trust"] = norm + (np.float64(r["trust"]) - norm) * w.fade[0, days]
        r["cynicism"] = np.float64(r["cynicism"]) * w.fade[1, days]
        r["awareness"] = np.float64(r["awareness"]) * w.fade[2, days]
        r["touched"] = today


@kernel
def exposure(p: Row, status: Int, in_household: Int, among_ties: Int) -> Real:
    """Return how much enforcement concerns a resident, before awareness (the weights of H1 and H2).

    Args:
        p: the parameters.
        status: `Status`.
        in_household: whether another member of the household is unauthorized.
        among_ties: number of ties who are unauthorized.
    """
    own = 0.0
    if status == Status.UNAUTHORIZED:
        own = p["own_weight"]
    elif status >= Status.GREEN_CARD:
        own = p["lawful_weight"]
    household = p["household_weight"] if in_household else 0.0
    ties = p["neighbourhood_ties"] + p["ethnic_ties"]
    return own + household + (p["ties_weight"] * among_ties / ties if ties > 0 else 0.0)


@kernel
def risk_at(w: World, c: Int, exposed: float, seen_hispanic: Int, awareness: float) -> Real:
    """Return perceived risk R in [0, 1) in county ``c`` at an `exposure` and a level of personal ``awareness``."""
    p, county = w.p[0], w.counties[c]
    aware = 1.0 - (1.0 - county["awareness"]) * (1.0 - awareness)
    x = aware * (p["background_risk"] + w.policies[c]["believed_residents"]) * exposed
    if seen_hispanic:
        x += p["salience_weight"] * county["salience"]
    return -math.expm1(-p["risk_scale"] * x)


@kernel
def background(w: World, i: Int) -> Real:
    """Return the risk that resident ``i`` would perceive without the programme and without news of it."""
    r, p = w.residents[i], w.p[0]
    exposed = exposure(p, r["status"], r["exposed_household"] > 0, r["exposed_ties"])
    return -math.expm1(-p["risk_scale"] * p["awareness"] * p["background_risk"] * exposed)


@kernel
def risk(w: World, i: Int) -> Real:
    """Return perceived risk of a resident whose memory is up to date (see `recall`)."""
    r = w.residents[i]
    exposed = exposure(w.p[0], r["status"], r["exposed_household"] > 0, r["exposed_ties"])
    return risk_at(w, r["county"], exposed, r["seen_hispanic"], np.float64(r["awareness"]))


@kernel
def inclination(w: World, i: Int, fear: float, today: Int) -> Real:
    """Return the log-odds that trust, cynicism and ``fear`` (a weight on risk) add to reporting; brings memory up to date."""
    recall(w, i, today)
    r, p = w.residents[i], w.p[0]
    trust = np.float64(r["trust"]) - p["trust_norm"]
    return p["trust_weight"] * trust - p["cynicism_weight"] * np.float64(r["cynicism"]) - fear * risk(w, i)


@kernel
def temperament(w: World, i: Int) -> Real:
    """Return the lasting inclination u of resident ``i`` to report, in log-odds."""
    u, v, _, _ = draws(w.clock[0]["seed"], Stream.REPORT, -1, identity(w, i))
    return w.p[0]["reporting_spread"] * normal(u, v)


@kernel
def own_share(p: Row, kind: Int) -> Real:
    """Return the share of incidents of a type that the victim reports, before any programme.

    The published share counts reports by anybody, so the victim's own share leaves room for the witnesses.
    """
    nobody_else = math.exp(-p["witnesses"] * p["witness_reporting"])
    return 1.0 - (1.0 - p["reported"][kind]) / nobody_else


@kernel
def victim_odds(w: World, i: Int, today: Int) -> Real:
    """Return what state and temperament of victim ``i`` add to the log-odds of reporting."""
    return inclination(w, i, w.p[0]["fear_weight"], today) + temperament(w, i)


@kernel
def witness_reports(w: World, incident: Row, k: Int, today: Int) -> bool:
    """Return whether the ``k``-th witness of an incident, somebody of the victim's neighbourhood, calls the police."""
    seed, p = w.clock[0]["seed"], w.p[0]
    victim = incident["victim"]
    who = identity(w, victim) ^ (np.int64(k + 1) << 56)
    place = w.neighbourhoods[w.residents[victim]["neighbourhood"]]
    j = place["first"] + pick(seed, Stream.WITNESS, today, who, place["residents"])
    if j == victim or j == incident["offender"] or not in_community(w, j):
        return False
    odds = logit(p["witness_reporting"]) + inclination(w, j, p["fear_weight"] * p["witness_fear"], today)
    odds += temperament(w, j)
    return bool(draw(seed, Stream.WITNESS_REPORT, today, who) < expit(odds))


@kernel
def report(w: World, today: Int) -> None:
    """Victims and witnesses of today's incidents decide whether to call the police; offenders learn who does."""
    seed = w.clock[0]["seed"]
    for n in range(w.clock[0]["incidents"]):
        incident = w.incidents[n]
        victim = incident["victim"]
        r = w.residents[victim]
        chance = expit(logit(own_share(w.p[0], incident["kind"])) + victim_odds(w, victim, today))
        incident["chance"] = chance
        incident["by_victim"] = draw(seed, Stream.REPORT, today, identity(w, victim)) < chance
        learn(w.counties[r["county"]], r["seen_hispanic"], chance)
        for k in range(incident["witnesses"]):
            incident["by_witness"] += witness_reports(w, incident, k, today)
        takes_part = 1.0 - w.p[0]["nonresponse"] * risk(w, victim)
        count(w, victim, Measure.CHANCE_SUM, chance)
        count(w, victim, Measure.SURVEYED, takes_part)
        if incident["by_victim"] or incident["by_witness"] > 0:
            count(w, victim, Measure.REPORTED, 1.0)
            count(w, victim, Measure.SURVEY_REPORTED, takes_part)
            incident["id"] = note(w, Event.REPORT, today, incident["id"], victim, -1, incident["kind"])


@kernel
def learn(county: Row, seen_hispanic: Int, chance: float) -> None:
    """Let offenders of a county see one victim's readiness to report; old experience fades in `news.fade`."""
    county["learned_sum"][seen_hispanic] += chance
    county["learned_n"][seen_hispanic] += 1.0


class Fading(Column):
    """An attribute that fades day by day: reading gives today's value without touching the row."""

    def __init__(self, field: str, row: int, norm: str = "") -> None:
        super().__init__(field, low=0.0, high=1.0)
        self.row, self.norm = row, norm

    def read(self, owner: Any, rows: Any) -> list[Any]:
        """Return today's values at these rows."""
        w, chosen = owner.model.world, owner.model.world.residents[rows].view(np.ndarray)
        norm = float(w.p[self.norm][0]) if self.norm else 0.0
        left = w.fade[self.row, np.maximum(owner.model.today - 1 - chosen["touched"], 0)]
        return list((norm + (chosen[self.field].astype(float) - norm) * left).tolist())

    def store(self, owner: Any, rows: NDArray[np.int64], stored: Any) -> None:
        """Store a value of today at these rows; the other fading attributes are brought up to date first."""
        for i in rows.tolist():
            recall(owner.model.world, i, max(owner.model.today - 1, 0))
        super().store(owner, rows, stored)


class Resident(ColumnAgent, dtype=RESIDENT):
    """A resident, as Mesa sees one: attributes read and write the row that the kernels use."""

    table = "residents"
    layout = frozenset(
        {"neighbourhood", "household", "household_size", "county", "hispanic", "offender", "touched"}
    )
    bounds: ClassVar = {
        "proneness": (0, np.inf),
        "seen_hispanic": (0, 1),
        "ident": (0, 1),
        "conviction": (0, len(LEVELS) - 1),
        "exposed_household": (0, 255),
        "exposed_ties": (0, 255),  # more than there are count as all
    }
    status = Column("status", Status)
    whereabouts = Column("whereabouts", Whereabouts)
    trust = Fading("trust", 0, "trust_norm")
    cynicism = Fading("cynicism", 1)
    awareness = Fading("awareness", 2)

    @classmethod
    def changed(cls, world: Any) -> None:
        """Have everybody counted anew at the end of the recording period."""
        world.clock["recount"] = 1
