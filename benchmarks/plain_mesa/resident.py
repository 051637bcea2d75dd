"""Residents: what they know, feel and fear, and what they do about it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa

from comity.agents.residents import Status, Whereabouts
from comity.observe.log import Event
from comity.observe.measures import GROUP_OF, Measure
from comity.parameters import describe
from plain_mesa.chance import expit, logit, probability

if TYPE_CHECKING:
    from typing import Any

    from plain_mesa.county import County, Incident
    from plain_mesa.model import PlainModel

COMMUNITY = Whereabouts.COMMUNITY
UNAUTHORIZED = Status.UNAUTHORIZED
PRETEXT_CEILING = describe("pretext").high
"""The highest multiplier on minor arrests: encounters are first asked for at this rate."""


class PlainResident(mesa.Agent):
    """A resident of a county.

    Attributes:
        household: the other members of the household.
        ties: friends and acquaintances; somebody may be a tie twice.
        neighbours: everybody in the neighbourhood, this resident included.
        exposed_household: other members of the household who are unauthorized.
        exposed_ties: ties who are unauthorized.
    """

    model: PlainModel

    def __init__(self, model: PlainModel, county: County, facts: dict[str, Any]) -> None:
        super().__init__(model)
        p = model.p
        self.county = county
        self.hispanic: bool = facts["hispanic"] == 1
        self.seen_hispanic: bool = facts["seen_hispanic"] == 1
        self.status: int = facts["status"]
        self.group = int(GROUP_OF[int(self.hispanic), self.status])
        self.cell = int(self.hispanic) * len(Status) + self.status
        self.person = 0  # how many have come to live here
        self.gone_for_good = False  # removed, and will not be back
        self.has_ident_record: bool = facts["ident"] == 1
        self.conviction: int = facts["conviction"]
        self.offender: bool = facts["offender"] == 1
        self.proneness: float = facts["proneness"]
        self.temperament = self.random.gauss(0.0, p.reporting_spread)
        self.norm, self.encounters = facts["norm"], facts["trust"] - facts["norm"]
        self.cynicism, self.awareness = facts["cynicism"], facts["awareness"]
        self.reassured: int = facts["reassured"]  # visits by officers of which a part will be lost again
        self.whereabouts = Whereabouts(facts["whereabouts"])
        self.household: list[PlainResident] = []
        self.is_first = True
        self.ties: list[PlainResident] = []
        self.neighbours: list[PlainResident] = []
        self.exposed_household = 0
        self.exposed_ties = 0

        self.child: bool = facts["child"]  # too young for the victim survey

        self.victim_rate = self.proneness * (model.rate_hispanic if self.hispanic else model.rate_other)
        if self.child:
            self.victim_rate = 0.0
        self.victim_ceiling = probability(self.victim_rate * p.targeting_cap * model.peak)
        offenders = min(p.offender_share * facts["offends"], 1.0)
        ratio = min(p.offender_arrests, 1.0 / max(offenders, 1e-12))
        if not self.offender:
            ratio = max(0.0, 1.0 - offenders * ratio) / (1.0 - offenders + 1e-12)
        if self.status == UNAUTHORIZED:
            ratio *= p.unauthorized_minor
        if self.status != Status.US_BORN and not self.hispanic:
            ratio *= p.immigrant_arrests_other
        self.minor_rate = p.minor_arrests * ratio * facts["arrested"]
        self.street_rate = p.street_arrests * facts["stopped"] if self.status == UNAUTHORIZED else 0.0
        self.contact_rate = p.contacts * facts["met"]
        self.encounter_rate = self.contact_rate + self.minor_rate * PRETEXT_CEILING + self.street_rate
        self.encounter_chance = probability(self.encounter_rate)

    # Every day

    def fade(self) -> None:
        """Trust, cynicism and awareness go a day's way back to their norms."""
        model = self.model
        self.encounters *= model.trust_left
        self.cynicism *= model.cynicism_left
        self.awareness *= model.awareness_left

    def is_victimised(self) -> bool:
        """Return whether somebody victimises this resident today."""
        u = self.random.random()
        if u >= self.victim_ceiling or self.whereabouts is not COMMUNITY:
            return False
        crime = self.model.calendar[self.model.today].crime
        rate = self.victim_rate * crime * self.county.targeting(self)
        rate *= 1.0 - self.model.p.avoidance * min(self.threat(), 1.0)
        return u < probability(rate)

    def meets_police(self) -> bool:
        """Return whether the police may stop or arrest this resident today."""
        return self.random.random() < self.encounter_chance and self.whereabouts is COMMUNITY

    def leaves(self) -> bool:
        """Return whether this resident's household moves today; the first member of one at risk decides."""
        if not self.is_first or (self.status != UNAUTHORIZED and not self.exposed_household):
            return False
        if self.random.random() >= self.model.exit_chance or self.whereabouts is not COMMUNITY:
            return False
        p = self.model.p
        enforcement = p.background_risk + p.attribution
        without = 1.0 - math.exp(-p.risk_scale * p.awareness * enforcement * self.exposure())
        without *= self.county.fear_counts(p.background_attribution)
        return self.random.random() < self.threat() - without

    def moves(self) -> None:
        """Move away; ties no longer have an unauthorized tie in this resident."""
        self.whereabouts = Whereabouts.MOVED_AWAY
        self.model.count(self, Measure.MOVED_AWAY)
        if self.status == UNAUTHORIZED:
            for friend in self.ties:
                friend.exposed_ties = max(friend.exposed_ties - 1, 0)

    # Fear and reporting

    def exposure(self) -> float:
        """Return how much enforcement concerns this resident."""
        p = self.model.p
        exposed = 0.0
        if self.status == UNAUTHORIZED:
            exposed = p.own_weight
        elif self.status >= Status.GREEN_CARD:
            exposed = p.lawful_weight
        if self.exposed_household:
            exposed += p.household_weight
        if self.exposed_ties:
            exposed += p.ties_weight * self.exposed_ties / (p.neighbourhood_ties + p.ethnic_ties)
        return exposed

    def risk(self) -> float:
        """Return the risk that this resident perceives, from 0 to 1."""
        p, county = self.model.p, self.county
        apart = p.attribution
        public = (1.0 - apart) * county.awareness + apart * p.awareness
        aware = 1.0 - (1.0 - public) * (1.0 - self.awareness)
        x = (
            aware
            * (p.background_risk + (1.0 - apart) * county.policy.believed_residents + apart)
            * self.exposure()
        )
        if self.seen_hispanic:
            x += p.salience_weight * county.salience
        return 1.0 - math.exp(-p.risk_scale * x)

    def threat(self) -> float:
        """Return what this resident fears from the county's police: risk, as far as calling them is taken to lead to ICE."""
        return self.risk() * self.county.fear_counts(self.county.attribution)

    def identification(self) -> float:
        """Return how far this resident identifies with those whom enforcement concerns."""
        p = self.model.p
        ties = p.ties_weight if p.neighbourhood_ties + p.ethnic_ties else 0.0
        most = max(p.own_weight, p.lawful_weight) + p.household_weight + ties
        concerned = self.exposure() / most if most else 0.0
        return p.ethnic_identification * self.hispanic + (1.0 - p.ethnic_identification) * concerned

    def estrangement(self) -> float:
        """Return what the part of the police in enforcement takes from this resident's trust."""
        p, county = self.model.p, self.county
        taken = p.entanglement_weight * county.entanglement * self.identification()
        if self.seen_hispanic:
            taken += p.salience_trust * county.salience + p.noncriminal_trust * county.noncriminal()
        return taken

    @property
    def trust(self) -> float:
        """Trust in the police as a whole: norm, encounters, and what the part of the police in enforcement takes."""
        return self.norm + self.encounters - self.estrangement()

    def lose_trust(self, share: float) -> None:
        """Lose a share of the trust that encounters can take."""
        self.encounters -= share * (self.norm + self.encounters - self.model.least_trust)

    def is_reassured(self, amount: float) -> None:
        """Gain trust by a visit, unless it is nearly whole, or lose again a part of what an earlier one won."""
        moved = self.norm + self.encounters + amount
        if moved > 1.0 if amount > 0.0 else self.reassured == 0:
            return
        self.reassured += 1 if amount > 0.0 else -1
        self.encounters = max(moved, self.model.least_trust) - self.norm

    def inclination(self, fear: float) -> float:
        """Return what trust, cynicism and fear add to the log-odds of calling the police."""
        p = self.model.p
        return (
            p.trust_weight * (self.trust - self.norm)
            - p.cynicism_weight * self.cynicism
            - fear * self.threat()
        )

    def chance_of_reporting(self, kind: int) -> float:
        """Return the chance that this resident, a victim of an incident of this type, reports it."""
        inclined = self.inclination(self.model.p.fear_weight) + self.temperament
        return expit(self.model.victims_odds[kind] + inclined)

    def reports_as_witness(self, incident: Incident) -> bool:
        """Return whether this resident, who saw an incident, calls the police."""
        if self is incident.victim or self is incident.offender or self.whereabouts is not COMMUNITY:
            return False
        p = self.model.p
        odds = (
            logit(p.witness_reporting) + self.inclination(p.fear_weight * p.witness_fear) + self.temperament
        )
        return self.random.random() < expit(odds)

    # What contact and news do

    def is_stopped(self) -> None:
        """An ordinary contact: a bad one costs trust and is told, community policing earns a little."""
        model, p = self.model, self.model.p
        model.count(self, Measure.CONTACTS)
        if self.random.random() < (p.bad_contacts_hispanic if self.seen_hispanic else p.bad_contacts):
            self.lose_trust(p.bad_effect)
            model.count(self, Measure.BAD_CONTACTS)
            model.stories.append((Event.STOP, self, 0))
        elif self.random.random() < self.county.police.community_policing:
            self.encounters += p.good_effect * (1.0 - self.norm - self.encounters)

    def tell(self, kind: Event, level: int) -> None:
        """What happened to this resident is told at home and, by chance, among ties."""
        p = self.model.p
        for member in self.household:
            member.hear(kind, level, p.vicarious if kind == Event.STOP else 1.0)
        for friend in self.ties:
            if self.random.random() < p.hearing:
                friend.hear(kind, level, p.vicarious)
        if kind == Event.REMOVAL and self.status == UNAUTHORIZED:
            for member in self.household:
                member.exposed_household = max(member.exposed_household - 1, 0)
            for friend in self.ties:
                friend.exposed_ties = max(friend.exposed_ties - 1, 0)

    def hear(self, kind: Event, level: int, weight: float) -> None:
        """Hear of an improper stop, a custody transfer or a removal."""
        if self.whereabouts is not COMMUNITY:
            return
        p = self.model.p
        self.lose_trust((p.bad_effect if kind == Event.STOP else p.custody_effect) * weight)
        if kind != Event.STOP:
            self.awareness += p.alarm * (1.0 - self.awareness)
        if kind != Event.TRANSFER and level <= 2:
            self.cynicism += p.cynicism_gain * weight * (1.0 - self.cynicism)
