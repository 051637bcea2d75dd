"""Institutions of the pipe: jails, state identification bureaus and ICE offices, and the case that they share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa

from comity.agents.cases import CaseState, Found, Plan
from comity.agents.ice import SLACK
from comity.agents.residents import Status, Whereabouts
from comity.observe.log import Event
from comity.observe.measures import Measure, Stage
from plain_mesa.chance import days_until

if TYPE_CHECKING:
    from typing import Any

    from plain_mesa.county import Arrest, County
    from plain_mesa.model import PlainModel
    from plain_mesa.resident import PlainResident

FELONY = 2
"""Charges from this level up are felonies."""

MOST_SERIOUS = 3


@dataclass
class Case:
    """One booking, from the jail's door to wherever it ends."""

    resident: PlainResident
    charge: int
    level: int  # worst conviction at booking
    booked: int  # day
    plan: Plan
    printed: bool
    luck: float  # of ICE with this case, drawn once: below `pickup_share` it follows up
    state: CaseState = CaseState.JAILED
    identified: Found = Found.NOT
    detainer: bool = False
    due: int = 0  # day of a hold on which ICE comes, if it comes
    until: int = 0  # last day of a hold
    person: int = 0  # who of those who came to live in the resident's home


class Jail(mesa.Agent):
    """A county's jail: it books, takes prints, and holds or releases."""

    model: PlainModel

    def __init__(self, model: PlainModel, county: County, facts: Any) -> None:
        super().__init__(model)
        self.county, self.beds, self.inmates = county, facts.beds, facts.inmates

    def book(self, arrest: Arrest) -> Case | None:
        """Book an arrestee if there is room; others are cited and released."""
        r, p, random = arrest.resident, self.model.p, self.random
        if self.inmates >= self.beds or (arrest.minor and random.random() >= p.booked):
            return None
        fate = random.random()
        if fate < p.dropped:
            plan, mean = Plan.DROPPED, p.stay_dropped
        elif fate < p.dropped + p.bailed:
            plan, mean = Plan.BAILED, p.stay_bailed
        else:
            plan, mean = Plan.SENTENCED, p.stay_sentenced
        today = self.model.today
        printed = random.random() < p.live_scan
        case = Case(r, arrest.charge, r.conviction, today, plan, printed, random.random())
        case.person = r.person
        self.inmates += 1
        r.whereabouts = Whereabouts.JAIL
        self.model.jail_agenda[today + days_until(random, 1.0 / max(mean, 1.0))].append(case)
        self.model.count(r, Measure.BOOKINGS)
        self.model.reach(case, Stage.BOOKED)
        return case

    def settle(self, case: Case) -> None:
        """Do what is due today with an inmate: release, or answer a detainer, or keep a hold."""
        if case.state is CaseState.HELD:
            self.keep(case)
        elif not case.detainer:
            self.release(case)
        elif case.plan is Plan.BAILED and self.random.random() < self.model.p.lost_bail:
            case.plan = Plan.SENTENCED
            days = days_until(self.random, 1.0 / self.model.p.stay_sentenced)
            self.model.jail_agenda[self.model.today + days].append(case)
        else:
            self.answer(case)

    def answer(self, case: Case) -> None:
        """Hold for ICE, or decline and perhaps announce the release."""
        policy, p, r = self.county.policy, self.model.p, case.resident
        # The jail looks at the record as it is now; a sentence just served is part of it.
        level = max(case.level, case.charge) if case.plan is Plan.SENTENCED else case.level
        if self.random.random() < policy.hold[level]:
            case.state = CaseState.HELD
            case.until = self.model.last_day_of_hold(policy.hold_hours)
            case.due = self.random.randint(self.model.today, case.until)
            self.model.count(r, Measure.HOLDS)
            self.keep(case)
            return
        self.model.count(r, Measure.REFUSALS)
        ease = p.door_share * (1.0 if policy.access else p.no_access)
        announced = self.random.random() < policy.notify[level]
        if not (announced and self.hand_over(case, ease)):
            self.release(case)

    def keep(self, case: Case) -> None:
        """Keep somebody on a detainer until ICE comes or the hold runs out."""
        model = self.model
        if model.today >= case.due and self.hand_over(case, 1.0):
            return
        if model.today >= case.until:
            self.release(case)
        else:
            model.count(case.resident, Measure.HOLD_DAYS)
            model.jail_agenda[model.today + 1].append(case)

    def hand_over(self, case: Case, ease: float) -> bool:
        """Give an inmate to ICE if it comes; return whether it did."""
        office = self.county.office
        if not office.comes_for(case, ease):
            return False
        self.let_out(case, free=False)
        self.model.count(case.resident, Measure.TRANSFERS)
        office.detain(case)
        return True

    def release(self, case: Case) -> None:
        """Release an inmate to the community; ICE may go on looking for those it wanted."""
        self.let_out(case, free=True)
        case.resident.whereabouts = Whereabouts.COMMUNITY
        if case.detainer:
            self.county.office.pursue(case)

    def let_out(self, case: Case, *, free: bool) -> None:
        """Empty a bed: the days are counted and a conviction is entered, of those bailed only if they go free."""
        r, p = case.resident, self.model.p
        self.inmates -= 1
        if case.detainer:
            self.county.office.lodged -= 1
        self.model.count(r, Measure.JAIL_DAYS, self.model.today - max(case.booked, 0))
        bailed_and_guilty = case.plan is Plan.BAILED and self.random.random() < p.convicted
        if case.plan is Plan.SENTENCED or (free and bailed_and_guilty):
            r.conviction = max(r.conviction, case.charge)


class Bureau(mesa.Agent):
    """A state's identification bureau: it forwards prints."""

    model: PlainModel

    def process(self, case: Case) -> None:
        """Forward the prints of a booking; without a match the locality or an interview may name the person."""
        self.forward(case)
        self.screen(case)
        if case.identified:
            self.model.reach(case, Stage.IDENTIFIED)

    def forward(self, case: Case) -> None:
        """Send prints to the FBI and, where they are shared, to IDENT."""
        r, count = case.resident, self.model.count
        policy = r.county.policy
        if not (case.printed and policy.transmit):
            return
        count(r, Measure.CRIMINAL_CHECKS)
        if not policy.sharing or (policy.share_felony and case.charge < FELONY):
            return
        count(r, Measure.SUBMISSIONS)
        self.model.reach(case, Stage.SUBMITTED)
        if r.has_ident_record:
            case.identified = Found.MATCH
            count(r, Measure.MATCHES)
            self.model.reach(case, Stage.MATCHED)
            if policy.receive:
                count(r, Measure.ANSWERS)

    def screen(self, case: Case) -> None:
        """Referral by the locality, or an interview in jail: finds only unauthorized people."""
        r, policy = case.resident, case.resident.county.policy
        if case.identified or r.status != Status.UNAUTHORIZED:
            return
        referred = policy.refer == 2 or (policy.refer == 1 and case.charge >= FELONY)
        interviewed = policy.access and self.random.random() < policy.interview
        if (referred or interviewed) and self.random.random() < self.model.p.interview_detects:
            case.identified = Found.LOCALLY
            r.county.office.enter_into_ident(r)
            self.model.count(r, Measure.REFERRALS if referred else Measure.INTERVIEWS)
            if not referred:
                r.county.police.find_out()


class IceOffice(mesa.Agent):
    """An ICE office: triage, pick-ups, custody, arrests at large, removal."""

    model: PlainModel

    def __init__(self, model: PlainModel, facts: Any) -> None:
        super().__init__(model)
        self.beds, self.daily_pickups, self.pickups = facts.beds, facts.daily_pickups, facts.pickups
        self.detained, self.lodged = facts.detained, facts.lodged

    def start_day(self) -> None:
        """Officers' time of a new day; what is saved up has a limit."""
        model = self.model
        daily = self.daily_pickups * model.calendar[model.today].officers
        saved = model.p.saved_days * daily
        most = max(saved + SLACK * math.sqrt(saved), 1.0)
        self.pickups = min(self.pickups + daily, most)

    def capacity(self) -> tuple[float, int, int]:
        """Return today's beds, people in them and open detainers; of all offices, if beds are pooled."""
        model = self.model
        offices = model.offices if model.p.beds_pooled else [self]
        beds, detained, lodged = (
            sum(getattr(o, name) for o in offices) for name in ("beds", "detained", "lodged")
        )
        return beds * model.calendar[model.today].beds, detained, lodged

    def enter_into_ident(self, r: PlainResident) -> None:
        """Keep somebody's prints in IDENT, if ICE does."""
        r.has_ident_record = r.has_ident_record or self.model.p.ident_accrues == 1

    def decide(self, case: Case) -> None:
        """Lodge a detainer against somebody identified if rule and capacity say so."""
        p, r, random = self.model.p, case.resident, self.random
        if r.status <= Status.NATURALISED:
            removable = random.random() < p.citizen_error
        else:
            felon = case.level >= FELONY and random.random() < p.lawful_removable
            removable = r.status == Status.UNAUTHORIZED or felon
        selected = random.random() < self.model.act[r.county.policy.era][case.level]
        beds, detained, lodged = self.capacity()
        expected = detained + p.pickup_share * lodged
        room = expected < beds * (1.0 - p.bed_reserve * (MOST_SERIOUS - case.level))
        if removable and selected and room:
            case.detainer = True
            self.lodged += 1
            self.model.count(r, Measure.DETAINERS)
            self.model.reach(case, Stage.DETAINER)

    def comes_for(self, case: Case, ease: float) -> bool:
        """Return whether officers come to the jail for somebody, and use their time if so."""
        beds, detained, _ = self.capacity()
        if case.luck >= self.model.p.pickup_share * ease or self.pickups < 1.0 or detained >= beds:
            return False
        self.pickups -= 1.0
        return True

    def detain(self, case: Case) -> None:
        """Take somebody into custody."""
        model, p, random = self.model, self.model.p, self.random
        self.detained += 1
        self.enter_into_ident(case.resident)
        case.state = CaseState.DETAINED
        case.resident.whereabouts = Whereabouts.ICE_CUSTODY
        if random.random() < p.short_stay:
            days = random.randint(1, p.short_days)
        else:
            days = p.short_days + days_until(random, 1.0 / max(p.long_stay - p.short_days, 1.0))
        model.ice_agenda[model.today + days].append(case)
        model.reach(case, Stage.ICE_CUSTODY)
        if case.identified is Found.MATCH:
            model.count(case.resident, Measure.MATCH_ARRESTS)
        case.resident.county.taken += 1
        case.resident.county.unconvicted += case.resident.conviction == 0
        model.stories.append((Event.TRANSFER, case.resident, case.level))

    def pursue(self, case: Case) -> None:
        """Perhaps look in the community for somebody whom the jail released."""
        model, p = self.model, self.model.p
        if self.random.random() < p.at_large and model.wanted < model.wanted_limit:
            model.wanted += 1
            case.state = CaseState.WANTED
            days = days_until(self.random, 1.0 / p.at_large_delay)
            model.ice_agenda[model.today + days].append(case)

    def settle(self, case: Case) -> None:
        """Do what is due today: an arrest at large, or the end of a stay."""
        if case.state is CaseState.WANTED:
            self.arrest_at_large(case)
        else:
            self.finish(case)

    def arrest_at_large(self, case: Case) -> None:
        """Arrest somebody in the community, which costs officers more time, or give up; with less time, with less chance."""
        cost = self.model.p.at_large_cost
        self.model.wanted -= 1
        here = case.resident.whereabouts is Whereabouts.COMMUNITY and case.resident.person == case.person
        beds, detained, _ = self.capacity()
        if here and self.random.random() * cost < self.pickups and detained < beds:
            self.pickups = max(0.0, self.pickups - cost)
            self.model.count(case.resident, Measure.AT_LARGE_ARRESTS)
            self.detain(case)

    def finish(self, case: Case) -> None:
        """End a stay in custody: removal, or release; citizens are released."""
        model, r = self.model, case.resident
        self.detained -= 1
        if r.status > Status.NATURALISED and self.random.random() < model.p.removed:
            r.whereabouts = Whereabouts.REMOVED
            model.migration.removed(r)
            model.count(r, Measure.REMOVALS)
            model.reach(case, Stage.REMOVED)
            if case.identified is Found.MATCH:
                model.count(r, Measure.MATCH_REMOVALS)
                model.count(r, Measure.CONVICTED_REMOVALS, r.conviction > 0)
            model.stories.append((Event.REMOVAL, r, case.level))
        else:
            r.whereabouts = Whereabouts.COMMUNITY
            model.count(r, Measure.ICE_RELEASES)
