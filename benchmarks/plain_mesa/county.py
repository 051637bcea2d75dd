"""Counties: government, public and offenders of a place, and its police department."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa

from comity.agents.police import LEAST_TIME, VISITS_KEPT
from comity.agents.public import FEW
from comity.agents.residents import Whereabouts
from comity.observe.measures import Measure
from plain_mesa.chance import expit, logit, probability
from plain_mesa.migration import GONE
from plain_mesa.resident import COMMUNITY

if TYPE_CHECKING:
    from typing import Any

    from plain_mesa.institutions import Bureau, IceOffice, Jail
    from plain_mesa.model import PlainModel
    from plain_mesa.resident import PlainResident

FELONY_LEVEL = (3, 3, 2, 2, 2, 3)
"""Level of a felony charge by type of incident."""

WEEKS = 365.25 / 7.0


@dataclass
class Incident:
    """One victimisation; the offender may be somebody from outside (None)."""

    victim: PlainResident
    offender: PlainResident | None
    kind: int
    witnesses: int
    by_victim: bool = False
    by_witness: int = 0

    @property
    def reported(self) -> bool:
        """Whether anybody called the police."""
        return self.by_victim or self.by_witness > 0


@dataclass
class Arrest:
    """One arrest of today; the jail decides what follows."""

    resident: PlainResident
    charge: int
    minor: bool


class County(mesa.Agent):
    """A county: its policy of today, what its public knows, and what offenders there have learned."""

    model: PlainModel

    def __init__(self, model: PlainModel, row: int, policy: Any, facts: Any) -> None:
        super().__init__(model)
        self.row, self.policy, self.hispanics = row, policy, facts.hispanics
        self.settled, self.place, self.outside = facts.settled, facts.place, facts.outside
        self.police = PoliceDepartment(model, self)
        self.jail: Jail
        self.bureau: Bureau
        self.office: IceOffice
        self.residents: list[PlainResident] = []
        self.neighbours: list[County] = []
        self.crossing: list[
            list[list[float]]
        ] = []  # who offends here and lives there: [neighbour][Hispanic][type]
        self.offenders: dict[bool, list[PlainResident]] = {False: [], True: []}
        self.headline = 0.0  # of today, if something alarming comes: 1, less if it comes late
        self.awareness, self.news, self.salience = facts.awareness, facts.news, facts.salience
        self.seen, self.attribution, self.entanglement = facts.seen, facts.attribution, facts.entanglement
        self.taken, self.unconvicted = facts.taken, facts.unconvicted
        self.noncriminal_before = facts.noncriminal_before
        # What offenders have learned of victims, by [seen as Hispanic]: sum of chances of reporting, number, norm.
        self.learned_sum, self.learned_n, self.learned_before = (
            list(learned) for learned in (facts.learned_sum, facts.learned_n, facts.learned_before)
        )

    def learn(self, seen_hispanic: bool, chance: float) -> None:
        """Offenders see one victim's readiness to report."""
        self.learned_sum[seen_hispanic] += chance
        self.learned_n[seen_hispanic] += 1.0

    def lure(self, seen_hispanic: bool) -> float:
        """Return how much more than before the programme a class of victims draws offenders who know this county."""
        p = self.model.p
        if self.learned_n[seen_hispanic] == 0.0 or self.learned_before[seen_hispanic] == 0.0:
            return 1.0
        learned = self.learned_sum[seen_hispanic] / self.learned_n[seen_hispanic]
        return min((learned / self.learned_before[seen_hispanic]) ** -p.targeting, p.targeting_cap)

    def targeting(self, victim: PlainResident) -> float:
        """Return how much more than before the programme offenders go for the like of a victim, or with fewer on patrol."""
        p, seen = self.model.p, victim.seen_hispanic
        silent = self.lure(seen)
        share = p.hispanic_on_hispanic if victim.hispanic else p.hispanic_on_other
        for near, (others, hispanics) in zip(self.neighbours, self.crossing, strict=True):
            both = zip(p.incident_mix, others, hispanics, strict=True)
            met = sum(part * (share * h + (1.0 - share) * o) for part, o, h in both)
            silent += p.home_experience * met * (near.lure(seen) - self.lure(seen))
        unguarded = max(self.police.presence, 1e-9) ** -p.presence_effect
        return min(silent * unguarded, p.targeting_cap)

    def find_offender(self, victim: PlainResident, kind: int) -> tuple[bool, PlainResident | None]:
        """Return whether anybody offends against the victim, and who; None is somebody from outside."""
        p, random = self.model.p, self.random
        hispanic = random.random() < (p.hispanic_on_hispanic if victim.hispanic else p.hispanic_on_other)
        offender = self.pick_offender(hispanic, kind)
        if offender is not None and offender.whereabouts is not COMMUNITY:
            if random.random() >= p.replacement:
                return False, None
            offender = self.pick_offender(hispanic, kind)
            if offender is not None and offender.whereabouts is not COMMUNITY:
                offender = None
        return True, None if offender is victim else offender

    def pick_offender(self, hispanic: bool, kind: int) -> PlainResident | None:
        """Return an offender of an ethnicity from here or across the county line; None if nobody offends there."""
        across = [row[hispanic][kind] for row in self.crossing]
        (home,) = self.random.choices([self, *self.neighbours], [max(0.0, 1.0 - sum(across)), *across])
        pool = home.offenders[hispanic]
        if self.model.migration.lets:  # an empty home is no offender
            pool = [r for r in pool if r.whereabouts is not Whereabouts.MOVED_AWAY]
        return self.random.choice(pool) if pool else None

    def fade(self) -> None:
        """One day of public memory: news and who hears it, public awareness, what offenders have learned."""
        model, p = self.model, self.model.p
        self.news *= model.salience_left
        self.salience *= model.salience_left
        if p.news_learned and self.news > self.salience:
            self.salience += self.hear() * (self.news - self.salience)
        spread = self.hear() * self.policy.believed_residents * (1.0 - self.awareness)
        forgotten = (1.0 - model.awareness_left) * max(0.0, self.awareness - p.awareness)
        self.awareness += spread - forgotten
        for seen in range(2):
            self.learned_sum[seen] *= model.experience_left
            self.learned_n[seen] *= model.experience_left

    def hear(self) -> float:
        """Return which share of those who have not heard what is new do today, by media and from others."""
        p = self.model.p
        told = p.news_ties * self.salience if p.news_learned else 0.0
        return probability((p.media_rate + told) * WEEKS)

    def judge_police(self) -> None:
        """One day of what the public makes of its police: attribution in weeks, entanglement in months and years."""
        model, p = self.model, self.model.p
        suspected = p.background_attribution * (1.0 - self.policy.relief_street)
        expected = 1.0 - (1.0 - suspected) * (1.0 - self.visible_work_for_ice())
        rises = self.hear() if p.news_learned else model.attribution_rises
        pace = rises if expected > self.seen else model.attribution_falls
        self.seen += pace * (expected - self.seen)
        self.attribution = self.seen + p.salience_attribution * self.salience * (1.0 - self.seen)
        if self.attribution > self.entanglement:
            self.entanglement += model.entanglement_rises * (self.attribution - self.entanglement)
        else:
            back = model.entanglement_returns * (1.0 - p.ratchet)
            self.entanglement -= back * (self.entanglement - self.attribution)
        self.taken *= model.trust_left
        self.unconvicted *= model.trust_left

    def visible_work_for_ice(self) -> float:
        """Return the chance that the public, as far as it is aware, sees at least one way from these police to ICE."""
        policy, p = self.policy, self.model.p
        programme = policy.active * (1.0 - policy.relief)
        found = max(programme, policy.deputies)
        channels = (
            (p.visible_prints, programme),
            (p.visible_notice, found * (1.0 - policy.relief_notice)),
            (p.visible_hold, found * (1.0 - policy.relief_hold)),
            (p.visible_interview, policy.deputies),
            (p.visible_street, policy.street * (1.0 - policy.relief_street)),
        )
        return 1.0 - math.prod(1.0 - visible * self.awareness * believed for visible, believed in channels)

    def fear_counts(self, attribution: float) -> float:
        """Return how much fear keeps people from calling at a level of attribution: 1 under Secure Communities."""
        p = self.model.p
        unseen = (1.0 - p.visible_prints) * (1.0 - p.visible_notice) * (1.0 - p.visible_hold)
        programme = 1.0 - (1.0 - p.background_attribution) * unseen
        return (1.0 - p.attribution) + p.attribution * attribution / programme

    def noncriminal(self) -> float:
        """Return the share without a conviction of those taken by ICE."""
        return (self.unconvicted + FEW * self.noncriminal_before) / (self.taken + FEW)

    def publish_transfer(self) -> None:
        """Media report a custody transfer."""
        people = self.hispanics
        if self.model.migration.lets:
            people = sum(r.hispanic and r.whereabouts is COMMUNITY for r in self.residents)
        self.stir(min(1.0, self.model.p.salience_transfers * 1000.0 / max(people, 1)), heard=True)

    def publish_policy(self) -> None:
        """Media report what came that is alarming; late, it makes news what they would be by now, and not more."""
        p = self.model.p
        at_once = not p.news_learned
        rise = p.salience_policy if at_once else 1.0
        if self.headline == 1.0:
            self.stir(rise, heard=at_once)
        elif self.headline > 0.0:
            for county, share in ((self, 1.0), *((near, p.news_reach) for near in self.neighbours)):
                county.news = max(county.news, share * rise * self.headline)
                if at_once:
                    county.salience = max(county.salience, share * rise * self.headline)
        self.headline = 0.0

    def stir(self, rise: float, *, heard: bool) -> None:
        """Immigration is in the news here, and less so around."""
        for county, share in ((self, 1.0), *((near, self.model.p.news_reach) for near in self.neighbours)):
            county.news += share * rise * (1.0 - county.news)
            if heard:
                county.salience += share * rise * (1.0 - county.salience)


class PoliceDepartment(mesa.Agent):
    """Police of a county: they share out their time, clear reported incidents, stop people, and make arrests of their own."""

    model: PlainModel

    def __init__(self, model: PlainModel, county: County) -> None:
        super().__init__(model)
        self.county = county
        self.pretext = 1.0
        self.officers = self.backlog = 0.0
        self.visits: list[int] = []  # of each of the last days before the first, the last day last
        self.visited: deque[list[PlainResident]] = deque()  # whom officers visited, by day
        self.presence = self.response = self.community_policing = 1.0

    def find_out(self) -> None:
        """An interview by deputies makes work for officers."""
        p, staffed = self.model.p, self.county.policy.staffed
        self.backlog += p.case_hours * staffed * self.model.scale

    def share_out(self) -> None:
        """Share out a day's hours: what is done for ICE takes discretionary time first, then response."""
        p, policy = self.model.p, self.county.policy
        hours = self.officers * p.duty_hours
        response = hours * (p.time_calls + p.time_investigation)
        cases = self.backlog / p.case_days
        work = min(hours, cases + hours * p.task_force_share * policy.street)
        self.backlog -= work - hours * p.task_force_share * policy.street
        displaced = p.displacement * work
        taken = min(displaced, hours - response)
        self.presence = 1.0 - taken / (hours - response) if hours > response else 1.0
        left = 1.0 - (displaced - taken) / response if response > 0.0 else 1.0
        self.response = 1.0 / max(left, LEAST_TIME)
        usual = p.community_policing * (1.0 - p.displacement * policy.outreach)
        self.community_policing = usual * self.presence

    def visit(self) -> None:
        """Visit residents; of what a visit won, a part is gone some days later."""
        p, random, homes = self.model.p, self.random, self.county.residents
        away = GONE if self.model.migration.lets else ()
        people = [resident for resident in homes if resident.whereabouts not in away]
        if not self.visited:  # the days before the first one
            before = [resident for resident in homes for _ in range(resident.reassured)]
            random.shuffle(before)
            for number in self.visits:
                self.visited.append([before.pop() for _ in range(min(number, len(before)))])
        gone = p.visit_effect * (1.0 - p.visit_left) * self.model.trust_left**VISITS_KEPT
        for resident in self.visited.popleft():
            resident.is_reassured(-gone)
        time = self.county.policy.outreach * self.presence * p.time_community * p.duty_hours * self.officers
        number = int(time / (p.visit_hours * self.model.scale) + random.random())
        called = [random.choice(people) for _ in range(min(number, len(homes)))] if people else []
        for resident in called:
            resident.is_reassured(p.visit_effect)
        self.visited.append(called)

    def brief(self) -> None:
        """Set today's multiplier on minor arrests of people seen as Hispanic."""
        policy, p = self.county.policy, self.model.p
        acts = self.model.act[policy.era][0] * max(policy.hold[0], p.door_share * policy.notify[0])
        free = 0.0 if policy.no_inquiry else 1.0
        self.pretext = 1.0 + (p.pretext - 1.0) * policy.believed_police * acts * free

    def clear(self, incident: Incident) -> Arrest | None:
        """Investigate a reported incident; return the arrest if it is cleared."""
        p, offender = self.model.p, incident.offender
        odds = logit(p.clearance[incident.kind]) + p.witness_help * math.log(1 + incident.by_witness)
        if not incident.by_victim:
            odds -= p.cooperation
        chance = expit(odds) - p.response_effect * math.log(self.response)
        if self.random.random() >= chance or offender is None:
            return None
        if offender.whereabouts is not COMMUNITY:
            return None
        self.model.count(incident.victim, Measure.CLEARED)
        felony = self.random.random() < p.felony_charge[incident.kind]
        return self.arrest(offender, FELONY_LEVEL[incident.kind] if felony else 1, minor=False)

    def encounter(self, r: PlainResident) -> Arrest | None:
        """Decide what an encounter is: a stop, a minor arrest, a status arrest or nothing; return the arrest."""
        random = self.random
        u = random.random() * r.encounter_rate
        if u < r.contact_rate:
            r.is_stopped()
            return None
        u -= r.contact_rate
        if u < r.minor_rate * (self.pretext if r.seen_hispanic else 1.0):
            return self.arrest(r, random.choices((1, 2, 3), self.model.charge_weights)[0], minor=True)
        if u >= r.encounter_rate - r.contact_rate - r.street_rate and self.county.policy.street:
            return self.arrest(r, 0, minor=True)
        return None

    def arrest(self, r: PlainResident, charge: int, *, minor: bool) -> Arrest:
        """Arrest a resident."""
        self.model.count(r, Measure.ARRESTS)
        if minor:
            self.model.count(r, Measure.MINOR_ARRESTS)
        return Arrest(r, charge, minor)
