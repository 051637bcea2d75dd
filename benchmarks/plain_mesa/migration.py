"""Migration: homes that are let, moves with a destination, returns after removal, and totals of states that follow the tables.

A `PlainResident` is a home as well: who moves in is somebody else, of the same ethnicity and status.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from comity.agents.migration import EARTH, NEAR
from comity.agents.residents import Status, Whereabouts
from comity.world.state import KNOT
from plain_mesa.chance import days_until
from plain_mesa.resident import COMMUNITY, UNAUTHORIZED

if TYPE_CHECKING:
    from comity.world.state import World
    from plain_mesa.county import County
    from plain_mesa.model import PlainModel
    from plain_mesa.resident import PlainResident

GONE = (Whereabouts.MOVED_AWAY, Whereabouts.REMOVED)


class Migration:
    """Who lives where, and who comes and goes."""

    def __init__(self, model: PlainModel, world: World) -> None:
        self.model, self.random = model, model.random
        self.lets = bool(world.clock["lets"][0])
        self.returns: defaultdict[int, list[PlainResident]] = defaultdict(list)
        self.quota = world.quota.tolist()
        self.states: defaultdict[int, list[County]] = defaultdict(list)
        for county, state in zip(model.counties, world.counties["state"].tolist(), strict=True):
            self.states[state].append(county)
        self.homes: defaultdict[tuple[County, int], list[PlainResident]] = defaultdict(list)
        for resident in model.residents:  # who lives in a home changes, but not of which kind they are
            self.homes[resident.county, resident.cell].append(resident)

    def live(self) -> None:
        """One day: households at risk leave, some removed come back, others come and go as the tables say."""
        for resident in self.model.residents:
            if resident.leaves():
                self.move(resident)
        for resident in self.returns.pop(self.model.today, []):
            resident.whereabouts = COMMUNITY
            self.become_known(resident)
        if self.quota:
            self.balance()

    def find_empty(self, counties: list[County], cell: int) -> PlainResident | None:
        """Return an empty home of a kind by lot, if there is one."""
        gone = Whereabouts.MOVED_AWAY
        homes = [
            r
            for c in counties
            for r in self.homes[c, cell]
            if r.whereabouts is gone or (r.gone_for_good and not r.offender)
        ]
        return self.random.choice(homes) if homes else None

    def removed(self, resident: PlainResident) -> None:
        """Decide whether somebody who was removed will be back."""
        p = self.model.p
        if self.random.random() < p.reentry:
            self.returns[self.model.today + days_until(self.random, 1.0 / p.reentry_delay)].append(resident)
        else:
            resident.gone_for_good = True

    def move(self, first: PlainResident) -> None:
        """Move those of a household who are here, all to one county."""
        to = self.destination(first) if self.random.random() < self.model.p.moves_arrive else None
        for member in (first, *first.household):
            if member.whereabouts is COMMUNITY:
                member.moves()
                if self.lets:
                    self.lose_sight(member)
                home = self.find_empty([to], member.cell) if to else None
                if home:
                    self.move_in(home, member)

    def destination(self, first: PlainResident) -> County | None:
        """Return the county to which somebody moves, by gravity; None is one that is not simulated."""
        here, p = first.county, self.model.p
        others = [county for county in self.model.counties if county is not here]
        pulls = [here.outside[first.hispanic]]
        for there in others:
            people = there.hispanics if first.hispanic else there.settled - there.hispanics
            distance = NEAR + EARTH * math.dist(here.place, there.place)
            pulls.append(people * distance**-p.gravity)
        return self.random.choices([None, *others], pulls)[0] if sum(pulls) > 0.0 else None

    def move_in(self, home: PlainResident, mover: PlainResident | None) -> None:
        """Let a stranger live in a home, or somebody who moved."""
        p, random = self.model.p, self.random
        home.person += 1
        home.gone_for_good = False
        shares = {Status.US_BORN: p.ident_us_born, Status.NATURALISED: p.ident_naturalised}
        shares[Status.UNAUTHORIZED] = p.ident_unauthorized
        home.has_ident_record = random.random() < shares.get(Status(home.status), p.ident_lawful)
        record = p.record_offender if home.offender else p.record_other
        home.conviction = 0 if home.child else random.choices(range(len(record)), record)[0]
        home.temperament = random.gauss(0.0, p.reporting_spread)
        home.encounters = home.cynicism = home.awareness = 0.0
        home.reassured = 0
        home.whereabouts = COMMUNITY
        if mover is not None:
            home.has_ident_record, home.conviction = mover.has_ident_record, mover.conviction
            trust = min(max(home.norm + mover.encounters, self.model.least_trust), 1.0)
            home.encounters = trust - home.norm
            home.cynicism, home.awareness = mover.cynicism, mover.awareness
        self.become_known(home)

    def lose_sight(self, resident: PlainResident) -> None:
        """Household members are exposed to one less, if somebody unauthorized is gone."""
        if resident.status == UNAUTHORIZED:
            for member in resident.household:
                member.exposed_household = max(member.exposed_household - 1, 0)

    def become_known(self, resident: PlainResident) -> None:
        """Household and ties are exposed to one more, if somebody unauthorized has come."""
        if resident.status == UNAUTHORIZED:
            for member in resident.household:
                member.exposed_household += 1
            for friend in resident.ties:
                friend.exposed_ties += 1

    def balance(self) -> None:
        """Let people come and go until each state has as many of each ethnicity and status as the tables say."""
        at = self.model.today / KNOT
        n, part = int(at), at - int(at)
        for s, counties in self.states.items():
            for cell in range(len(self.quota[0][s])):
                wanted = (1.0 - part) * self.quota[n][s][cell] + part * self.quota[n + 1][s][cell]
                here = [r for c in counties for r in self.homes[c, cell] if r.whereabouts not in GONE]
                missing = int(wanted + 0.5) - len(here)
                for _ in range(missing):
                    if home := self.find_empty(counties, cell):
                        self.move_in(home, None)
                free = [r for r in here if r.whereabouts is COMMUNITY]
                for leaver in self.random.sample(free, min(len(free), max(-missing, 0))):
                    leaver.whereabouts = Whereabouts.MOVED_AWAY
                    if leaver.status == UNAUTHORIZED:
                        for friend in leaver.ties:
                            friend.exposed_ties = max(friend.exposed_ties - 1, 0)
                    self.lose_sight(leaver)
