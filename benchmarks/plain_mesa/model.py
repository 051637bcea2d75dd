"""The plain model: a Mesa model whose step is one day, phase by phase."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import mesa

from comity.agents.residents import Whereabouts
from comity.observe.log import Event
from comity.observe.measures import GROUPS, Measure, Stage, Stock
from comity.policy.levers import ERAS
from plain_mesa import start
from plain_mesa.chance import logit, probability
from plain_mesa.county import Arrest, County, Incident, PoliceDepartment
from plain_mesa.institutions import MOST_SERIOUS, Case, IceOffice
from plain_mesa.migration import GONE, Migration
from plain_mesa.resident import COMMUNITY, PlainResident

if TYPE_CHECKING:
    from comity.parameters import Parameters
    from comity.world.state import World

MONTH = 365.25 / 12


def yearly_rate(prevalence: float, shape: float) -> float:
    """Return incidents per person-year when this share is victimised in a month and risk is gamma."""
    monthly = shape * ((1.0 - prevalence) ** (-1.0 / shape) - 1.0)
    return monthly * 365.25 / MONTH


class PlainModel(mesa.Model):
    """The same world as a comity run, lived with plain objects.

    Args:
        world: comity's state on its first morning, read for initial conditions only.
        parameters: the registry.
        seed: of this model's own random numbers.
    """

    def __init__(self, world: World, parameters: Parameters, seed: int) -> None:
        super().__init__(rng=seed)
        self.p = parameters
        self.today = 0
        self.tally: Counter[tuple[int, int, Measure]] = Counter()  # by county, group and measure
        self.history: list[list[list[list[float]]]] = []  # [period][county][group][Stock]
        self.funnel: Counter[tuple[int, int, int, Stage]] = Counter()  # by month, level, group and stage
        self.set_constants()
        self.jail_agenda: defaultdict[int, list[Case]] = defaultdict(list)  # day -> cases due
        self.ice_agenda: defaultdict[int, list[Case]] = defaultdict(list)
        self.scale, self.peak = (float(world.clock[name][0]) for name in ("scale", "peak"))
        self.wanted = 0
        self.wanted_limit = max(1000, len(world.residents) // 50)
        self.calendar = start.days(world)
        self.policy_changes = start.policy_changes(world)
        self.counties: list[County] = start.counties(self, world)
        self.residents: list[PlainResident] = start.residents(self, world)
        self.police = list(self.agents_by_type[PoliceDepartment])
        self.offices = list(self.agents_by_type[IceOffice])
        self.migration = Migration(self, world)
        start.cases(self, world)
        # Today's events.
        self.incidents: list[Incident] = []
        self.arrests: list[Arrest] = []
        self.bookings: list[Case] = []
        self.stories: list[tuple[Event, PlainResident, int]] = []
        self.phases = (
            self.govern,
            self.fade,
            self.deploy,
            self.offend,
            self.report,
            self.clear,
            self.patrol,
            self.book,
            self.forward_and_match,
            self.triage,
            self.hold_or_release,
            self.custody,
            self.news,
            self.migrate,
            self.record,
        )

    def set_constants(self) -> None:
        """Work out once what is needed every day."""
        p = self.p
        self.least_trust = p.entanglement_weight + p.salience_trust + p.noncriminal_trust
        self.trust_left = 0.5 ** (1.0 / p.trust_life)
        self.cynicism_left = 0.5 ** (1.0 / p.cynicism_life)
        self.awareness_left = (1.0 + p.awareness_decay) ** (-1.0 / 7.0)
        self.salience_left = 0.5 ** (1.0 / p.salience_life)
        self.attribution_rises, self.attribution_falls, self.entanglement_rises, self.entanglement_returns = (
            1.0 - 0.5 ** (1.0 / life)
            for life in (p.attribution_rise, p.attribution_fall, p.entanglement_rise, p.entanglement_return)
        )
        self.experience_left = math.exp(-1.0 / p.targeting_memory)
        self.rate_hispanic = yearly_rate(p.victimisation_hispanic, p.proneness_shape)
        self.rate_other = yearly_rate(p.victimisation_other, p.proneness_shape)
        self.exit_chance = probability(p.exit_rate)
        nobody_else = math.exp(-p.witnesses * p.witness_reporting)
        self.victims_odds = [logit(1.0 - (1.0 - share) / nobody_else) for share in p.reported]
        never, *charges = p.minor_charges
        self.charge_weights = [charges[0] + never, *charges[1:]]
        self.act = [getattr(p, era) for era in ERAS]

    def step(self) -> None:
        """Live one day."""
        for phase in self.phases:
            phase()
        self.today += 1

    # The phases, in order

    def govern(self) -> None:
        """Governments apply what the calendar says today."""
        for county, policy in self.policy_changes.get(self.today, ()):
            self.counties[county].policy = policy
            self.counties[county].headline = policy.news

    def fade(self) -> None:
        """What people felt yesterday has faded a little."""
        if self.today > 0:
            for resident in self.residents:
                resident.fade()

    def deploy(self) -> None:
        """Departments share out their officers' hours; some visit residents."""
        for department in self.police:
            department.share_out()
            department.visit()

    def offend(self) -> None:
        """Incidents happen."""
        victims = [resident for resident in self.residents if resident.is_victimised()]
        self.random.shuffle(victims)
        self.incidents = []
        for victim in victims:
            mix = self.calendar[self.today].mix
            kind = self.random.choices(range(len(mix)), mix)[0]
            happens, offender = victim.county.find_offender(victim, kind)
            if happens:
                witnesses = int(self.rng.poisson(self.p.witnesses))
                self.incidents.append(Incident(victim, offender, kind, witnesses))
                self.count(victim, Measure.INCIDENTS)

    def report(self) -> None:
        """Victims and witnesses decide whether to call the police; offenders learn who does."""
        random = self.random
        for incident in self.incidents:
            victim = incident.victim
            chance = victim.chance_of_reporting(incident.kind)
            incident.by_victim = random.random() < chance
            expected = self.calendar[self.today].readiness
            victim.county.learn(victim.seen_hispanic, min(chance / expected, 1.0))
            near = [r for r in victim.neighbours if not self.migration.lets or r.whereabouts not in GONE]
            for _ in range(incident.witnesses):
                incident.by_witness += random.choice(near).reports_as_witness(incident)
            takes_part = 1.0 - self.p.nonresponse * victim.risk()
            self.count(victim, Measure.CHANCE_SUM, chance)
            self.count(victim, Measure.SURVEYED, takes_part)
            if incident.reported:
                self.count(victim, Measure.REPORTED)
                self.count(victim, Measure.SURVEY_REPORTED, takes_part)

    def clear(self) -> None:
        """Police clear reported incidents."""
        cleared = [i.victim.county.police.clear(i) for i in self.incidents if i.reported]
        self.arrests = [arrest for arrest in cleared if arrest is not None]

    def patrol(self) -> None:
        """Police stop people and make arrests of their own."""
        for department in self.police:
            department.brief()
        met = [resident for resident in self.residents if resident.meets_police()]
        self.random.shuffle(met)
        for resident in met:
            arrest = resident.county.police.encounter(resident)
            if arrest is not None:
                self.arrests.append(arrest)

    def book(self) -> None:
        """Jails book arrestees; nobody is booked twice on a day."""
        self.bookings = []
        for arrest in self.arrests:
            if arrest.resident.whereabouts is COMMUNITY:
                case = arrest.resident.county.jail.book(arrest)
                if case is not None:
                    self.bookings.append(case)

    def forward_and_match(self) -> None:
        """Bureaus forward prints; IDENT answers."""
        for case in self.bookings:
            case.resident.county.bureau.process(case)

    def triage(self) -> None:
        """ICE decides on today's identified bookings, the most serious first."""
        for office in self.offices:
            office.start_day()
        identified = [case for case in self.bookings if case.identified]
        for case in sorted(identified, key=lambda case: MOST_SERIOUS - case.level):
            case.resident.county.office.decide(case)

    def hold_or_release(self) -> None:
        """Jails release or hold those whose day has come, the latest entry on the list first."""
        for case in reversed(self.jail_agenda.pop(self.today, [])):
            case.resident.county.jail.settle(case)

    def custody(self) -> None:
        """ICE ends stays and makes arrests at large, the latest entry on the list first."""
        for case in reversed(self.ice_agenda.pop(self.today, [])):
            case.resident.county.office.settle(case)

    def news(self) -> None:
        """People and media tell what happened."""
        for kind, resident, level in self.stories:
            resident.tell(kind, level)
            if kind == Event.TRANSFER:
                resident.county.publish_transfer()
        self.stories = []
        for county in self.counties:
            county.fade()
        for county in self.counties:
            county.publish_policy()
        for county in self.counties:
            county.judge_police()

    def migrate(self) -> None:
        """Some residents leave, others come."""
        self.migration.live()

    def record(self) -> None:
        """At the end of a recording period, add up the state of every resident, in the order of `Stock`."""
        if not self.calendar[self.today].closes:
            return
        stocks = [[[0.0] * len(Stock) for _ in GROUPS] for _ in self.counties]
        for r in self.residents:
            stock = stocks[r.county.row][r.group]
            if r.whereabouts is COMMUNITY:
                stock[0] += 1.0
                stock[1] += r.trust
                stock[2] += r.cynicism
                stock[3] += 1.0 - (1.0 - r.county.awareness) * (1.0 - r.awareness)
                stock[4] += r.risk()
                stock[7] += r.county.salience
                stock[8] += r.county.attribution
                stock[9] += r.county.entanglement
                stock[10] += r.county.noncriminal()
                stock[11] += 0.0 if r.child else 1.0
            elif r.whereabouts is Whereabouts.JAIL:
                stock[5] += 1.0
            elif r.whereabouts is Whereabouts.ICE_CUSTODY:
                stock[6] += 1.0
        self.history.append(stocks)

    # Counting

    def count(self, resident: PlainResident, measure: Measure, amount: float = 1) -> None:
        """Add to a measure of a resident's county and group."""
        self.tally[resident.county.row, resident.group, measure] += amount  # type: ignore[assignment]

    def reach(self, case: Case, stage: Stage) -> None:
        """Count that a booking has come as far as ``stage``; those before the first day have no month."""
        if case.booked < 0:
            return
        self.funnel[self.calendar[case.booked].month, case.level, case.resident.group, stage] += 1

    def last_day_of_hold(self, hours: int) -> int:
        """Return the last day of a hold that starts today; weekends and holidays do not count."""
        day, left = self.today, hours // 24
        while left > 0 and day + 1 < len(self.calendar):
            day += 1
            left -= self.calendar[day].business
        return day

    def totals(self) -> dict[str, float]:
        """Return the sum of every measure over counties and groups, in agents."""
        totals = dict.fromkeys((measure.name.lower() for measure in Measure), 0.0)
        for (_, _, measure), amount in self.tally.items():
            totals[measure.name.lower()] += amount
        return totals

    def stages(self) -> dict[str, int]:
        """Return how many bookings got as far as each stage of the funnel."""
        stages = dict.fromkeys((stage.name.lower() for stage in Stage), 0)
        for (*_, stage), number in self.funnel.items():
            stages[stage.name.lower()] += number
        return stages

    def means(self) -> dict[str, float]:
        """Return mean trust, cynicism, awareness and risk of residents in the community, as last recorded."""
        cells = [group for county in self.history[-1] for group in county]
        sums = [sum(column) for column in zip(*cells, strict=True)]
        kinds = (Stock.TRUST, Stock.CYNICISM, Stock.AWARENESS, Stock.RISK)
        return {kind.name.lower(): sums[kind] / max(sums[Stock.RESIDENTS], 1.0) for kind in kinds}
