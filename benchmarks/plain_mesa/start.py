"""Initial conditions: the residents, ties, institutions and calendars that comity built, as plain objects.

This is the only place that looks into comity's tables; nothing of them is used once the model lives.
"""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from comity.agents.cases import CaseState, Found, Plan
from comity.agents.residents import Whereabouts, identity
from comity.draws import Stream, draw
from comity.kernels import kernel
from comity.policy.rows import POLICY
from comity.world.agenda import ICE_CASES, JAIL_CASES
from comity.world.ties import tie
from plain_mesa.county import County
from plain_mesa.institutions import Bureau, Case, IceOffice, Jail
from plain_mesa.resident import UNAUTHORIZED, PlainResident

if TYPE_CHECKING:
    from comity.world.state import World
    from plain_mesa.model import PlainModel


def objects(table: Any) -> list[SimpleNamespace]:
    """Return the rows of a structured array as objects with plain Python values."""
    names = table.dtype.names
    columns = [table[name].tolist() for name in names]
    return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def days(world: World) -> list[SimpleNamespace]:
    """Return for each day whether it is a business day, whether it closes a period, and its month."""
    return objects(world.calendar)


def policy_changes(world: World) -> dict[int, list[tuple[int, SimpleNamespace]]]:
    """Return the calendar of policy: day -> (row of the county, its new policy)."""
    changes: defaultdict[int, list[tuple[int, SimpleNamespace]]] = defaultdict(list)
    rows = zip(
        world.change_days.tolist(),
        world.change_counties.tolist(),
        objects(world.change_policies),
        strict=True,
    )
    for day, county, policy in rows:
        changes[max(day, 0)].append((county, policy))
    return dict(changes)


def counties(model: PlainModel, world: World) -> list[County]:
    """Return the counties with their institutions."""
    (nothing,) = objects(np.zeros(1, POLICY))
    offices = [IceOffice(model, row) for row in objects(world.offices)]
    bureaus = [Bureau(model) for _ in world.bureaus]
    made = []
    tables = (objects(table) for table in (world.counties, world.jails, world.police))
    for n, (row, jail, police) in enumerate(zip(*tables, strict=True)):
        county = County(model, n, nothing, row)
        county.police.officers, county.police.backlog = police.officers, police.backlog
        county.police.visits = police.visits
        county.jail = Jail(model, county, jail)
        county.bureau, county.office = bureaus[row.state], offices[row.office]
        made.append(county)
    for county, row in zip(made, objects(world.counties), strict=True):
        first = row.neighbours_first
        county.neighbours = [made[n] for n in world.neighbours[first : first + row.neighbours]]
        county.crossing = world.crossing[first : first + row.neighbours].tolist()
    return made


@kernel
def list_ties(world: World, table: Any) -> None:
    """Fill an array (residents, ties) with the residents whom each one knows; -1 is nobody."""
    for i in range(table.shape[0]):
        for k in range(table.shape[1]):
            table[i, k] = tie(world, i, k)


def is_unauthorized(person: PlainResident) -> bool:
    """Return whether somebody is unauthorized; nobody is in an empty home."""
    return person.status == UNAUTHORIZED and person.whereabouts is not Whereabouts.MOVED_AWAY


ALIKE = SimpleNamespace(age=None, sex=None)
"""Age and sex where residents have none."""


def habits(world: World, status: int, age: SimpleNamespace) -> dict[str, Any]:
    """Return what age and sex make of offending, minor arrests and contacts, relative to the mean, and whether it is a child."""
    if age is ALIKE:
        return {"offends": 1.0, "arrested": 1.0, "met": 1.0, "stopped": 1.0, "child": False}
    offends, arrested, met, stopped = world.by_age[:, status, age.sex, age.age].tolist()
    return {"offends": offends, "arrested": arrested, "met": met, "stopped": stopped, "child": age.age == 0}


def residents(model: PlainModel, world: World) -> list[PlainResident]:
    """Return the residents with their households, neighbours and ties."""
    rows = objects(world.residents)
    ages = objects(world.ages) or [ALIKE] * len(rows)
    people = [
        PlainResident(model, model.counties[row.county], vars(row) | habits(world, row.status, age))
        for row, age in zip(rows, ages, strict=True)
    ]
    neighbourhoods = [
        people[place.first : place.first + place.residents] for place in objects(world.neighbourhoods)
    ]
    ties = np.empty((len(people), model.p.neighbourhood_ties + model.p.ethnic_ties), np.int64)
    list_ties(world, ties)
    for person, row, known in zip(people, rows, ties.tolist(), strict=True):
        person.neighbours = neighbourhoods[row.neighbourhood]
        members = people[row.household : row.household + row.household_size]
        person.household = [member for member in members if member is not person]
        person.is_first = members[0] is person
        person.ties = [people[j] for j in known if j >= 0]
        person.exposed_household = sum(map(is_unauthorized, person.household))
        person.exposed_ties = sum(map(is_unauthorized, person.ties))
        person.county.residents.append(person)
        if person.offender:
            person.county.offenders[person.hispanic].append(person)
    return people


@kernel
def luck(world: World, case: Any) -> float:
    """Return what decides whether ICE follows up a case: drawn once, so that it may have decided already."""
    return draw(world.clock[0]["seed"], Stream.PICKUP, case["booked"], identity(world, case["resident"]))


def cases(model: PlainModel, world: World) -> None:
    """Enter the cases that are open on the first morning into the agendas."""
    model.wanted = int(world.clock["wanted"][0])
    for row, agenda in ((JAIL_CASES, model.jail_agenda), (ICE_CASES, model.ice_agenda)):
        for day in range(world.case_head.shape[1]):
            item = world.case_head[row, day]
            while item >= 0:
                agenda[day].insert(0, a_case(model, world, item))  # agendas are read from their end
                item = world.case_link[item]


def a_case(model: PlainModel, world: World, item: int) -> Case:
    """Return a row of the case table as an object."""
    row = world.cases[item]
    case = Case(
        model.residents[row["resident"]],
        *(int(row[name]) for name in ("charge", "level", "booked")),
        Plan(row["plan"]),
        bool(row["printed"]),
        luck(world, row),
        CaseState(row["state"]),
        Found(row["identified"]),
        bool(row["detainer"]),
    )
    case.due, case.until = int(row["due"]), int(row["until"])
    return case
