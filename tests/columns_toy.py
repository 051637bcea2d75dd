"""Two toy models for the tests of columns: one with columnar agents, one with ordinary agents of the same values."""

# ruff: noqa: D101, D102 (toy models)

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import mesa
import numpy as np

from comity.columns.views import Column, ColumnAgent, install

N = 1_000


class Status(IntEnum):
    CITIZEN = 0
    RESIDENT = 1
    UNDOCUMENTED = 2


RESIDENT = np.dtype(
    [
        ("age", "i2"),
        ("trust", "f4"),
        ("risk", "f8"),
        ("status", "i1"),
        ("county", "u4"),
        ("reports", "?"),
        ("ties", "i4", (3,)),
        ("name", "U8"),
        ("home", [("x", "f8"), ("y", "f8")]),
        ("_pad", "u1"),
    ]
)
JAIL = np.dtype([("county", "u4"), ("beds", "i4"), ("age", "i2")])
PLAIN = ("age", "trust", "risk", "status", "county", "reports", "name")


class World(NamedTuple):
    residents: np.ndarray
    jails: np.ndarray


def make_world(n: int, seed: int = 3) -> World:
    rng = np.random.default_rng(seed)
    residents, jails = np.zeros(n, RESIDENT), np.zeros(3, JAIL)
    residents["age"] = rng.integers(0, 90, n)
    residents["trust"] = rng.random(n)
    residents["risk"] = rng.normal(size=n)
    residents["status"] = rng.integers(0, 3, n)
    residents["county"] = rng.integers(0, 7, n)
    residents["reports"] = rng.random(n) < 0.5
    residents["ties"] = rng.integers(0, n, (n, 3))
    residents["name"] = rng.choice(["ann", "bo", "cy"], n)
    jails["county"], jails["beds"], jails["age"] = [0, 1, 2], [10, 20, 5], [40, 7, 90]
    return World(residents, jails)


class Habits:
    """What residents and their plain counterparts share."""

    age: int
    trust: float

    @property
    def old(self) -> bool:
        return self.age >= 65

    def birthday(self, years: int = 1) -> int:
        self.age += years
        return self.age

    def note_turn(self, turns: list[int]) -> None:
        turns.append(self.row)


class Resident(Habits, ColumnAgent, dtype=RESIDENT):
    table = "residents"
    risk: float
    status = Column("status", Status)


class Jail(ColumnAgent, dtype=JAIL):
    table = "jails"
    beds: int

    def step(self) -> None:
        self.beds += 1

    def birthday(self, years: int = 1) -> int:
        return -years

    def note_turn(self, turns: list[int]) -> None:
        turns.append(-1 - self.row)


class Toy(mesa.Model):
    def __init__(self, n: int = N, seed: int = 3) -> None:
        super().__init__(rng=7)
        self.world = make_world(n, seed)
        self.hero: Any = None
        for row in range(3):
            Jail(self, row)
        install(self, Resident)

    def step(self) -> None:
        self.world.residents["age"] += 1
        self.agents_by_type[Jail].do("step")


class PlainResident(Habits, mesa.Agent):
    def __init__(self, model: mesa.Model, row: int, record: np.void) -> None:
        super().__init__(model)
        self.row = row
        for name in PLAIN:
            setattr(self, name, record[name].item())
        self.status = Status(self.status)
        self.ties = record["ties"].copy()


class PlainJail(mesa.Agent):
    step, birthday, note_turn = Jail.step, Jail.birthday, Jail.note_turn

    def __init__(self, model: mesa.Model, row: int, record: np.void) -> None:
        super().__init__(model)
        self.row, self.county, self.beds, self.age = row, *record.item()


class PlainToy(mesa.Model):
    def __init__(self, n: int = N, seed: int = 3) -> None:
        super().__init__(rng=7)
        world = make_world(n, seed)
        for row, record in enumerate(world.jails):
            PlainJail(self, row, record)
        for row, record in enumerate(world.residents):
            PlainResident(self, row, record)

    def step(self) -> None:
        self.agents_by_type[PlainResident].do("birthday")
        self.agents_by_type[PlainJail].do("step")


KINDS = {Resident: PlainResident, Jail: PlainJail}


class Pair:
    """A columnar model and an ordinary one with the same values."""

    def __init__(self, n: int = N, seed: int = 3) -> None:
        self.toy, self.plain = Toy(n, seed), PlainToy(n, seed)
        self.residents = self.toy.agents_by_type[Resident]
        self.plain_residents = self.plain.agents_by_type[PlainResident]

    @property
    def sides(self) -> list[tuple[Any, Any]]:
        """The agents of the installed type, and all agents."""
        return [(self.residents, self.plain_residents), (self.toy.agents, self.plain.agents)]


def both() -> Pair:
    """Make a pair for one test, as a fixture does."""
    return Pair()


def who(agents: Any) -> list[tuple[str, int]]:
    return [(type(agent).__name__.removeprefix("Plain"), agent.row) for agent in agents]


def same(ours: Any, theirs: Any) -> None:
    """Equal, of the same type, and equal for the same agents if these are agents."""
    if isinstance(theirs, mesa.Agent):
        assert who([ours]) == who([theirs])
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key, value in theirs.items():
            same(ours[key], value)
    elif not isinstance(theirs, list | tuple) and hasattr(theirs, "__iter__") and not isinstance(theirs, str):
        if isinstance(theirs, np.ndarray):
            np.testing.assert_array_equal(ours, theirs)
        else:
            assert who(ours) == who(theirs)
    elif isinstance(theirs, list | tuple):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            same(one, other)
    else:
        assert type(ours) is type(theirs)
        assert ours == theirs
