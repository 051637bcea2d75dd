"""Residents: who they are, what they know and fear, and whether they call the police.

A resident is one row of `RESIDENT`. Trust, cynicism and awareness fade lazily: the row keeps the values of the day
it was last touched, and `recall` brings them up to date when somebody needs them.

Trust is a lasting norm, moved by own and told encounters, less what the part of the police in enforcement takes from it: how far
they are lastingly seen as ICE's, the news, and the taking of people without a conviction. The row keeps the first two, for the
third depends on the county and the class of a resident alone (`estrangement`); `Resident.trust` is the whole.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from comity.agents.ages import Dealt, Sex, is_child
from comity.agents.public import weight_of_fear
from comity.columns.views import Column, ColumnAgent
from comity.draws import Stream, draw, draws, expit, logit, normal, pick
from comity.kernels import Int, Real, Row, kernel
from comity.observe.log import Event, note
from comity.observe.measures import GROUP_OF, NORMS, Measure, Stock, count
from comity.parameters import LEVELS
from comity.world.state import Memory

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
    MOVED_AWAY = 4  # or dead, or not here yet: nobody lives in this place


RESIDENT: Final = np.dtype(
    [
        ("neighbourhood", "i4"),  # row of the neighbourhood table
        ("household", "i4"),  # row of the household's first member
        ("trust", "f8"),  # in the police, 0..1, apart from `estrangement`, as of `touched`
        ("norm", "f4"),  # to which trust returns: of group, neighbourhood and person
        ("proneness", "f4"),  # victimisation relative to the mean
        ("cynicism", "f4"),  # about the law, 0..1, as of `touched`
        ("awareness", "f4"),  # personal awareness of enforcement, 0..1, as of `touched`
        ("touched", "i2"),  # day of trust, cynicism and awareness
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
        ("reassured", "u1"),  # visits by officers that raised trust, of which a part will soon be gone
        ("person", "u1"),  # how many lived in this place before
    ],
    align=True,
)
"""One row per resident, 48 bytes."""


HOMES_TRIED: Final = 8
"""Where homes are let, homes that are tried once more if the one that was picked is empty."""

PERSONS: Final = 24
"""Bits of a key that say the place within the county, 16.7 million; those above it say who of those who live there in turn."""


@kernel
def identity(w: World, i: Int) -> Int:
    """Return the key of resident ``i`` for draws: county FIPS, place in it and who lives there, whatever else is simulated."""
    county = w.counties[w.residents[i]["county"]]
    person = np.int64(w.residents[i]["person"])
    return (np.int64(county["fips"]) << 32) | (person << PERSONS) | np.int64(i - county["first"])


@kernel
def cell_of(w: World, i: Int) -> Int:
    """Return the cell of resident ``i``: ethnicity and status, which are those of the home."""
    r = w.residents[i]
    return np.int64(r["hispanic"]) * (Status.UNAUTHORIZED + 1) + r["status"]


@kernel
def book(w: World, i: Int, movement: Int) -> None:
    """Enter into the books how resident ``i`` came to live here or ceased to."""
    r = w.residents[i]
    w.movements[r["county"], GROUP_OF[r["hispanic"], r["status"]], movement] += 1


@kernel
def draw_of(w: World, i: Int, stream: Int, day: Int) -> Real:
    """Return one uniform number in (0, 1) for a decision of, or about, resident ``i``."""
    return draw(w.clock[0]["seed"], stream, day, identity(w, i))


@kernel
def draws_of(w: World, i: Int, stream: Int, day: Int) -> tuple[Real, Real, Real, Real]:
    """Return four uniform numbers in (0, 1) for a decision of, or about, resident ``i`` that has up to four parts."""
    return draws(w.clock[0]["seed"], stream, day, identity(w, i))


@kernel
def in_community(w: World, i: Int) -> bool:
    """Return whether resident ``i`` is free and here, and so can act."""
    return bool(w.residents[i]["whereabouts"] == Whereabouts.COMMUNITY)


@kernel
def distrust(w: World, i: Int) -> Real:
    """Return how far encounters moved the trust of resident ``i`` from its norm, as of `touched`."""
    r = w.residents[i]
    return np.float64(r["trust"]) - np.float64(r["norm"])


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
        running[NORMS] += sign * np.float64(r["norm"])
        running[Stock.AGED_12] += 0 if is_child(w, i) else sign
        running[Stock.TRUST] += sign * distrust(w, i) * w.fade[Memory.TRUST, days]
        running[Stock.CYNICISM] += sign * np.float64(r["cynicism"]) * w.fade[Memory.CYNICISM, days]
    elif r["whereabouts"] == Whereabouts.JAIL:
        running[Stock.IN_JAIL] += sign
    elif r["whereabouts"] == Whereabouts.ICE_CUSTODY:
        running[Stock.IN_ICE_CUSTODY] += sign
    if r["whereabouts"] <= Whereabouts.ICE_CUSTODY:
        w.present[w.counties[r["county"]]["state"], cell_of(w, i)] += sign


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
        r["trust"] = np.float64(r["norm"]) + distrust(w, i) * w.fade[Memory.TRUST, days]
        r["cynicism"] = np.float64(r["cynicism"]) * w.fade[Memory.CYNICISM, days]
        r["awareness"] = np.float64(r["awareness"]) * w.fade[Memory.AWARENESS, days]
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
    """Return perceived risk R in [0, 1) in county ``c`` at an `exposure` and a level of personal ``awareness``.

    With `attribution` this is fear of what would follow if ICE knew, of enforcement as Secure Communities brings it; what the
    locality does is the matter of attribution. Without, risk itself rises with local work for ICE and public awareness of it.
    """
    p, county = w.p[0], w.counties[c]
    apart, local = p["attribution"], np.float64(w.policies[c]["believed_residents"])
    public = (1.0 - apart) * county["awareness"] + apart * p["awareness"]
    aware = 1.0 - (1.0 - public) * (1.0 - awareness)
    x = aware * (p["background_risk"] + (1.0 - apart) * local + apart) * exposed
    if seen_hispanic:
        x += p["salience_weight"] * county["salience"]
    return -math.expm1(-p["risk_scale"] * x)


@kernel
def calm(w: World, i: Int) -> Real:
    """Return the threat that resident ``i`` would see without local work for ICE and without news of it."""
    r, p = w.residents[i], w.p[0]
    exposed = exposure(p, r["status"], r["exposed_household"] > 0, r["exposed_ties"])
    enforcement = p["background_risk"] + p["attribution"]
    fear = -math.expm1(-p["risk_scale"] * p["awareness"] * enforcement * exposed)
    return fear * weight_of_fear(p, p["background_attribution"])


@kernel
def risk(w: World, i: Int) -> Real:
    """Return perceived risk of a resident whose memory is up to date (see `recall`)."""
    r = w.residents[i]
    exposed = exposure(w.p[0], r["status"], r["exposed_household"] > 0, r["exposed_ties"])
    return risk_at(w, r["county"], exposed, r["seen_hispanic"], np.float64(r["awareness"]))


@kernel
def threat(w: World, i: Int) -> Real:
    """Return what resident ``i`` fears from these police: `risk`, as far as calling them is taken to lead to ICE."""
    return risk(w, i) * weight_of_fear(w.p[0], w.counties[w.residents[i]["county"]]["attribution"])


@kernel
def identification(p: Row, hispanic: Int, status: Int, in_household: Int, among_ties: Int) -> Real:
    """Return how far a resident identifies with those whom enforcement concerns, from 0 to 1: by `exposure` and ethnicity."""
    ties = p["ties_weight"] if p["neighbourhood_ties"] + p["ethnic_ties"] > 0 else 0.0
    most = max(p["own_weight"], p["lawful_weight"]) + p["household_weight"] + ties
    concerned = exposure(p, status, in_household, among_ties) / most if most > 0.0 else 0.0
    share = p["ethnic_identification"]
    return (share if hispanic else 0.0) + (1.0 - share) * concerned


@kernel
def estrangement(
    w: World, c: Int, hispanic: Int, status: Int, in_household: Int, among_ties: Int, seen_hispanic: Int
) -> Real:
    """Return what the police's part in enforcement, as seen in county ``c``, takes from the trust of a class of residents."""
    p, county = w.p[0], w.counties[c]
    found = p["entanglement_weight"] * county["entanglement"]
    found *= identification(p, hispanic, status, in_household, among_ties)
    if seen_hispanic:
        found += p["salience_trust"] * county["salience"] + p["noncriminal_trust"] * county["noncriminal"]
    return found


@kernel
def estranged(w: World, i: Int) -> Real:
    """Return `estrangement` of resident ``i``."""
    r = w.residents[i]
    household = 1 if r["exposed_household"] > 0 else 0
    return estrangement(
        w, r["county"], r["hispanic"], r["status"], household, r["exposed_ties"], r["seen_hispanic"]
    )


@kernel
def least_trust(p: Row) -> Real:
    """Return what encounters leave: the most that `estrangement` can take, so that trust as a whole never falls below 0."""
    return p["entanglement_weight"] + p["salience_trust"] + p["noncriminal_trust"]


@kernel
def inclination(w: World, i: Int, fear: float, today: Int) -> Real:
    """Return the log-odds that trust, cynicism and ``fear`` (a weight on threat) add to reporting; brings memory up to date."""
    recall(w, i, today)
    r, p = w.residents[i], w.p[0]
    trust = distrust(w, i) - estranged(w, i)
    return p["trust_weight"] * trust - p["cynicism_weight"] * np.float64(r["cynicism"]) - fear * threat(w, i)


@kernel
def temperament(w: World, i: Int) -> Real:
    """Return the lasting inclination u of resident ``i`` to report, in log-odds."""
    u, v, _, _ = draws_of(w, i, Stream.REPORT, -1)
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
def _witness(w: World, victim: Int, k: Int, today: Int) -> Int:
    """Return the ``k``-th witness of an incident: somebody of the victim's neighbourhood, where empty homes see nothing."""
    who = identity(w, victim) ^ (np.int64(k + 1) << 56)
    place, j = w.neighbourhoods[w.residents[victim]["neighbourhood"]], np.int64(0)
    for again in range(1 + w.clock[0]["lets"] * HOMES_TRIED):
        key = who ^ (np.int64(again) << 49)
        j = place["first"] + pick(w.clock[0]["seed"], Stream.WITNESS, today, key, place["residents"])
        if w.residents[j]["whereabouts"] <= Whereabouts.ICE_CUSTODY:
            break
    return j


@kernel
def _witness_reports(w: World, incident: Row, k: Int, today: Int) -> bool:
    """Return whether the ``k``-th witness of an incident calls the police."""
    seed, p = w.clock[0]["seed"], w.p[0]
    victim = incident["victim"]
    who = identity(w, victim) ^ (np.int64(k + 1) << 56)
    j = _witness(w, victim, k, today)
    if j == victim or j == incident["offender"] or not in_community(w, j):
        return False
    odds = logit(p["witness_reporting"]) + inclination(w, j, p["fear_weight"] * p["witness_fear"], today)
    odds += temperament(w, j)
    return bool(draw(seed, Stream.WITNESS_REPORT, today, who) < expit(odds))


@kernel
def is_reported(incident: Row) -> bool:
    """Return whether anybody called the police."""
    return bool(incident["by_victim"] or incident["by_witness"] > 0)


@kernel
def respond(w: World, incident: Row, today: Int) -> None:
    """Victim and witnesses of an incident decide whether to call the police; offenders of the county learn whether victims do."""
    victim = incident["victim"]
    r = w.residents[victim]
    chance = expit(logit(own_share(w.p[0], incident["kind"])) + victim_odds(w, victim, today))
    incident["chance"] = chance
    incident["by_victim"] = draw_of(w, victim, Stream.REPORT, today) < chance
    usual = min(chance / w.calendar[today]["readiness"], 1.0)  # types that are rarely reported teach nothing
    learn(w.counties[r["county"]], r["seen_hispanic"], usual)
    for k in range(incident["witnesses"]):
        incident["by_witness"] += _witness_reports(w, incident, k, today)
    takes_part = 1.0 - w.p[0]["nonresponse"] * risk(w, victim)
    count(w, victim, Measure.CHANCE_SUM, chance)
    count(w, victim, Measure.SURVEYED, takes_part)
    if is_reported(incident):
        count(w, victim, Measure.REPORTED, 1.0)
        count(w, victim, Measure.SURVEY_REPORTED, takes_part)


@kernel
def add_report(w: World, incident: Row, today: Int) -> None:
    """Log the report of an incident, if there is one."""
    if is_reported(incident):
        victim, kind = incident["victim"], incident["kind"]
        incident["id"] = note(w, Event.REPORT, today, incident["id"], victim, -1, kind)


@kernel
def report(w: World, today: Int) -> None:
    """Victims and witnesses of today's incidents decide whether to call the police; offenders learn who does."""
    for n in range(w.clock[0]["incidents"]):
        respond(w, w.incidents[n], today)
        add_report(w, w.incidents[n], today)


@kernel
def learn(county: Row, seen_hispanic: Int, chance: float) -> None:
    """Let offenders of a county see one victim's readiness to report; old experience fades in `news.fade`."""
    county["learned_sum"][seen_hispanic] += chance
    county["learned_n"][seen_hispanic] += 1.0


@kernel
def look_up(w: World, today: Int, rows: NDArray[np.int64], found: NDArray[np.float64]) -> None:
    """Enter into ``found`` the whole trust of residents as of ``today``, changing nothing."""
    for n in range(len(rows)):
        r = w.residents[rows[n]]
        left = w.fade[Memory.TRUST, max(today - r["touched"], 0)]
        found[n] = np.float64(r["norm"]) + distrust(w, rows[n]) * left - estranged(w, rows[n])


class Fading(Column):
    """An attribute that fades day by day: reading gives today's value without touching the row."""

    def __init__(self, field: str, row: Memory) -> None:
        super().__init__(field, low=0.0, high=1.0)
        self.row = row

    def read(self, owner: Any, rows: Any) -> list[Any]:
        """Return today's values at these rows."""
        w, chosen = owner.model.world, owner.model.world.residents[rows].view(np.ndarray)
        left = w.fade[self.row, np.maximum(owner.model.today - 1 - chosen["touched"], 0)]
        return list((chosen[self.field].astype(float) * left).tolist())

    def store(self, owner: Any, rows: NDArray[np.int64], stored: Any) -> None:
        """Store a value of today at these rows; the other fading attributes are brought up to date first."""
        for i in rows.tolist():
            recall(owner.model.world, i, max(owner.model.today - 1, 0))
        super().store(owner, rows, stored)


class Trust(Fading):
    """The whole of a resident's trust: what is set is the whole, too, of which today's `estrangement` is a part."""

    def whole(self, owner: Any, rows: Any) -> NDArray[np.float64]:
        """Return today's values at these rows."""
        w = owner.model.world
        numbers = np.arange(len(w.residents))[rows]
        found = np.zeros(len(numbers))
        look_up(w, max(owner.model.today - 1, 0), numbers, found)
        return found

    def read(self, owner: Any, rows: Any) -> list[Any]:
        """Return today's values at these rows."""
        # Sums are exact to a last digit only.
        return list(np.clip(self.whole(owner, rows), 0.0, 1.0).tolist())

    def store(self, owner: Any, rows: NDArray[np.int64], stored: Any) -> None:
        """Store a value of today at these rows."""
        super().store(owner, rows, stored)
        taken = stored - self.whole(owner, rows)
        Column.store(self, owner, rows, stored + taken)


class Resident(ColumnAgent, dtype=RESIDENT):
    """A resident, as Mesa sees one: attributes read and write the row that the kernels use.

    Attributes are single values, those of its row: `RESIDENT` has their types and units.

    Raises:
        AttributeError: if one is set that is fixed when the world is built, or counted by the model.
        TypeError: if one is set to what is no number.
        ValueError: if one is set to a number that it cannot hold.
    """

    table = "residents"
    layout = frozenset({
        "neighbourhood", "household", "household_size", "county", "hispanic", "offender", "touched", "norm", "person",
    })  # fmt: skip
    counted = frozenset({"reassured"})
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
    trust = Trust("trust", Memory.TRUST)
    cynicism = Fading("cynicism", Memory.CYNICISM)
    awareness = Fading("awareness", Memory.AWARENESS)
    age = Dealt("age")
    sex = Dealt("sex", Sex)

    @classmethod
    def about_to_change(cls, model: Any, field: str, rows: NDArray[np.int64]) -> None:
        """Have noted how often they were due until now."""
        model.note_rates(field, rows)

    @classmethod
    def changed(cls, world: Any) -> None:
        """Have everybody counted anew before the next day is lived."""
        world.clock["recount"] = 1
