"""Columnar agents give the answers that ordinary Mesa agents with the same values give."""

# ruff: noqa: D101, D102 (toy models)

from __future__ import annotations

import copy
import functools
import gc
import math
import operator
import pickle
import statistics
import sys
import weakref
from enum import IntEnum
from typing import Any, NamedTuple

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from comity.agents.columns import FAMILY, Column, ColumnAgent, ColumnAgentSet, install, release

N = 1_000
MESA_SETS = [
    mesa.agent.AgentSet,
    getattr(sys.modules[mesa.agent.AgentSet.__module__], "_HardKeyAgentSet", None),
]
PUBLIC = sorted({name for kind in MESA_SETS if kind for name in dir(kind) if not name.startswith("_")})


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


@pytest.fixture
def pair():
    made = Pair()
    yield made
    release(made.toy)
    release(made.plain)


@functools.cache
def still_pair() -> Pair:
    """Return a pair that no test changes."""
    return Pair(200)


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


@njit
def grow_up(residents: np.ndarray) -> None:
    for i in range(len(residents)):
        residents[i]["age"] = 18
        residents[i]["status"] = 1


# --- views -------------------------------------------------------------------------------------------------


def test_attributes_are_python_values(pair):
    record, resident = pair.toy.world.residents[5], pair.residents[5]
    for name, kind in [("age", int), ("trust", float), ("risk", float), ("reports", bool), ("name", str)]:
        assert type(getattr(resident, name)) is kind
        assert getattr(resident, name) == record[name].item()
    assert resident.status is Status(record["status"])
    assert resident.pos is None
    assert resident.model is pair.toy
    assert resident.random is pair.toy.random
    assert isinstance(resident, mesa.Agent)
    assert isinstance(Resident.age, Column)
    assert not hasattr(Resident, "_pad")


def test_views_write_rows_and_rows_show_in_views(pair):
    rows, resident = pair.toy.world.residents, pair.residents[5]
    resident.age, resident.trust, resident.reports, resident.name = 44, 0.25, True, "dee"
    assert rows[5][["age", "trust", "reports", "name"]].item() == (44, 0.25, True, "dee")
    rows["age"][5] = 45
    assert resident.age == 45
    resident.birthday(years=2)
    assert rows["age"][5] == 47
    grow_up(rows)
    assert (resident.age, resident.status) == (18, Status.RESIDENT)


def test_sub_arrays_and_records_are_views(pair):
    rows, resident = pair.toy.world.residents, pair.residents[5]
    resident.ties[1] = 77
    assert rows["ties"][5, 1] == 77
    resident.ties = [1, 2, 3]
    assert rows["ties"][5].tolist() == [1, 2, 3]
    resident.home["x"] = 1.5
    assert rows["home"]["x"][5] == 1.5
    resident.home = (2.5, 3.5)
    assert rows["home"][5].item() == (2.5, 3.5)


def test_columns_refuse_what_they_cannot_hold(pair):
    resident = pair.residents[5]
    for wrong in (2.5, math.nan):
        with pytest.raises(ValueError, match="whole numbers"):
            resident.age = wrong
    for wrong in (70_000, np.int64(70_000)):
        with pytest.raises(OverflowError):
            resident.age = wrong
    resident.age = 3.0
    assert resident.age == 3


@pytest.mark.parametrize("value", [Status.UNDOCUMENTED, 2, "UNDOCUMENTED", np.int8(2)])
def test_coded_columns_take_members_codes_and_names(pair, value):
    resident = pair.residents[5]
    resident.status = value
    assert resident.status is Status.UNDOCUMENTED
    assert pair.toy.world.residents["status"][5] == 2
    pair.residents.set("status", value)
    assert set(pair.residents.get("status")) == {Status.UNDOCUMENTED}


def test_coded_columns_refuse_unknown_codes(pair):
    with pytest.raises(ValueError, match="9"):
        pair.residents[0].status = 9
    with pytest.raises(KeyError):
        pair.residents[0].status = "MARTIAN"


def test_a_row_has_one_view(pair):
    resident = pair.residents[5]
    assert pair.residents[5] is resident
    assert next(agent for agent in pair.toy.agents if agent.unique_id == resident.unique_id) is resident
    assert pair.residents.select(lambda agent: agent.row == 5)[0] is resident
    assert resident in pair.residents
    assert resident in pair.toy.agents
    assert resident not in pair.residents.select(where=lambda rows: rows["age"] < 0)
    assert resident not in Toy(10).agents_by_type[Resident]
    assert "5" not in pair.residents
    assert None not in pair.residents


def test_unique_ids_are_unique_and_known_beforehand(pair):
    ids = pair.toy.agents.get("unique_id")
    assert ids == [1, 2, 3, *range(FAMILY, FAMILY + N)]
    assert Jail(pair.toy, 0).unique_id == 4
    assert pair.residents[5].unique_id == FAMILY + 5


def test_views_go_when_nobody_holds_them(pair):
    resident = weakref.ref(pair.residents[5])
    assert resident() is None  # without the garbage collector
    kept = pair.residents[6]
    assert list(pair.residents.family.live) == [6]
    del kept
    assert not pair.residents.family.live


def test_other_attributes_stay_as_on_any_agent(pair):
    pair.residents.select(at_most=3).set("mood", 4)
    gc.collect()
    assert pair.residents.get("mood", "default", 0)[:4] == [4, 4, 4, 0]
    assert sorted(pair.residents.family.kept) == [0, 1, 2]
    pair.residents[7].pos = (1, 2)
    assert pair.residents[7].pos == (1, 2)
    with pytest.raises(AttributeError, match="mood"):
        pair.residents.get("mood")


def test_installed_agents_cannot_be_made_or_removed_one_by_one(pair):
    before = len(pair.toy.agents)
    with pytest.raises(TypeError, match="installed"):
        Resident(pair.toy, 4)
    with pytest.raises(TypeError, match="part of the world"):
        pair.residents[4].remove()
    assert len(pair.toy.agents) == before
    assert not pair.toy.agents_by_type[Resident].family.kept


def test_registered_agents_are_ordinary_agents(pair):
    jail = pair.toy.agents_by_type[Jail].select(lambda agent: agent.row == 1)
    assert jail.get("beds") == [20]
    jail.set("beds", 30)
    assert pair.toy.world.jails["beds"].tolist() == [10, 30, 5]
    with pytest.raises(IndexError):
        Jail(pair.toy, 3)
    made = Jail.create_agents(pair.toy, 3, [0, 1, 2])
    assert [agent.beds for agent in made] == [10, 30, 5]


def test_definitions_are_checked():
    for name in ("model", "unique_id", "pos", "row", "table", "scenario", "random", "step", "remove"):
        with pytest.raises(TypeError, match=name):
            type("Wrong", (ColumnAgent,), {}, dtype=np.dtype([(name, "i4")]))

    class Officer(Resident):
        """Inherits the columns."""

    assert Officer.table == "residents"
    assert Officer.age is Resident.age


def test_columns_need_no_random_model_attribute_for_views():
    toy = Toy(5)
    del toy.random
    assert toy.agents_by_type[Resident][0].age == toy.world.residents["age"][0]
    assert len(toy.agents_by_type[Resident].select(lambda agent: agent.row > 2)) == 2


# --- sets: the same answers as Mesa's -----------------------------------------------------------------------


def check_do(ours, theirs):
    turns: tuple[list[int], list[int]] = ([], [])
    assert ours.do("note_turn", turns[0]) is ours
    theirs.do("note_turn", turns[1])
    assert turns[0] == turns[1]
    ours.do(lambda agent, by, times: setattr(agent, "age", agent.age + by * times), 2, times=3)
    theirs.do(lambda agent, by, times: setattr(agent, "age", agent.age + by * times), 2, times=3)
    same(ours.get("age"), theirs.get("age"))


def check_map(ours, theirs):
    same(ours.map("birthday", years=2), theirs.map("birthday", years=2))
    same(ours.map(lambda agent, by: agent.age * by, by=2), theirs.map(lambda agent, by: agent.age * by, by=2))


def check_set(ours, theirs):
    assert ours.set("age", 33) is ours
    theirs.set("age", 33)
    ours.set("mood", "good")
    theirs.set("mood", "good")
    same(ours.get(["age", "mood"]), theirs.get(["age", "mood"]))


def check_get(ours, theirs):
    for names in ("age", "county", ["age", "county"], ("row",), []):
        same(ours.get(names), theirs.get(names))
    same(ours.get("beds", "default", -1), theirs.get("beds", "default", -1))
    same(ours.get(["old", "nothing"], "default"), theirs.get(["old", "nothing"], "default"))
    for agents in (ours, theirs):
        with pytest.raises(AttributeError, match="nothing"):
            agents.get("nothing")
        with pytest.raises(ValueError, match="handle_missing"):
            agents.get("age", handle_missing="ignore")


def check_agg(ours, theirs):
    for func in (sum, min, max, len, np.mean, np.std, np.unique, statistics.median, [min, np.max], (np.sum,)):
        same(ours.agg("age", func), theirs.agg("age", func))
    same(ours.agg(["age", "county"], np.mean), theirs.agg(["age", "county"], np.mean))


def check_select(ours, theirs):
    old = operator.attrgetter("row")
    for at_most in (math.inf, 0, 3, 2.5, 0.0, 0.5, 1.0, 1, -1, 10_000):
        same(ours.select(at_most=at_most), theirs.select(at_most=at_most))
        same(ours.select(old, at_most=at_most), theirs.select(old, at_most=at_most))
    for kind in (Resident, Jail, mesa.Agent, ColumnAgent):
        plain = KINDS.get(kind, mesa.Agent)
        same(ours.select(agent_type=kind), theirs.select(agent_type=plain))
        same(ours.select(old, 2, agent_type=kind), theirs.select(old, 2, agent_type=plain))
        assert ours.select(agent_type=kind).get("age") == theirs.select(agent_type=plain).get("age")
    everyone = ours.select()
    assert everyone is not ours
    same(everyone, theirs)
    assert ours.select(old, inplace=True) is ours
    theirs.select(old, inplace=True)
    same(ours, theirs)


def check_groupby(ours, theirs):
    for by in ("county", lambda agent: agent.age // 10, "age"):
        mine, other = ours.groupby(by), theirs.groupby(by)
        assert isinstance(mine, type(other))
        same(mine.groups, other.groups)
        same(mine.count(), other.count())
        same(mine.agg("age", np.mean), other.agg("age", np.mean))
        same(mine.map("get", "age"), other.map("get", "age"))
        assert mine.do("set", "trust", 0.5) is mine
        same([key for key, _ in mine], [key for key, _ in other])
        assert len(mine) == len(other)
    lists, other_lists = (
        ours.groupby("county", result_type="list"),
        theirs.groupby("county", result_type="list"),
    )
    same(lists.groups, other_lists.groups)
    same(lists.agg("age", sum), other_lists.agg("age", sum))


def check_sort(ours, theirs):
    for key in ("age", "county", lambda agent: -agent.age):
        for ascending in (False, True):
            same(ours.sort(key, ascending), theirs.sort(key, ascending))
    assert ours.sort("age", inplace=True) is ours
    theirs.sort("age", inplace=True)
    same(ours, theirs)


def check_shuffle(ours, theirs):
    for agents in (ours, theirs):
        agents.random.seed(5)
    same(ours.shuffle(), theirs.shuffle())
    assert ours.shuffle(inplace=True) is ours
    theirs.shuffle(inplace=True)
    same(ours, theirs)


def check_shuffle_do(ours, theirs):
    turns: tuple[list[int], list[int]] = ([], [])
    for agents, seen in zip((ours, theirs), turns, strict=True):
        agents.random.seed(5)
        agents.shuffle_do("note_turn", seen)
        agents.shuffle_do(lambda agent, seen: seen.append(agent.age), seen)
    assert turns[0] == turns[1]


def check_to_list(ours, theirs):
    same(ours.to_list(), list(theirs))


def check_copy(ours, theirs):
    for copied in (ours.copy(), copy.copy(ours)):
        same(copied, theirs)
        copied.sort("age", inplace=True)
        same(ours, theirs)


def check_count(ours, theirs):
    assert ours.count(next(iter(ours))) == 1
    assert ours.count("nobody") == 0


def check_index(ours, theirs):
    agents = list(ours)
    assert ours.index(agents[2]) == 2
    with pytest.raises(ValueError):  # noqa: PT011 (it says nothing)
        ours.index("nobody")


def check_isdisjoint(ours, theirs):
    assert not ours.isdisjoint(ours.select(at_most=1))
    assert ours.isdisjoint(ours.select(at_most=0))


def check_random(ours, theirs):
    assert ours.random is next(iter(ours)).model.random


def check_add(ours, theirs):
    if isinstance(ours, ColumnAgentSet):
        with pytest.raises(TypeError, match="rows of the world"):
            ours.add(ours[0])
    else:
        agent = mesa.Agent(ours[0].model)  # registers itself, which adds it
        assert agent in ours
        assert list(ours)[-1] is agent
        agent.remove()
        assert agent not in ours


def check_taking_out(name, ours, theirs):
    resident = ours.select(agent_type=Resident)[0]
    with pytest.raises(TypeError, match="rows of the world"):
        getattr(ours, name)(resident)
    if not isinstance(ours, ColumnAgentSet):
        jail, part = next(iter(ours.select(agent_type=Jail))), ours.copy()
        getattr(part, name)(jail)
        assert jail not in part
        assert len(part) == len(ours) - 1
        with pytest.raises(KeyError):
            part.remove(jail)
        part.discard(jail)


def check_taking_out_any(name, ours, theirs):
    with pytest.raises(TypeError, match="rows of the world"):
        getattr(ours.select(agent_type=Resident), name)()


CHECKS = {
    name.removeprefix("check_"): check for name, check in list(globals().items()) if name.startswith("check_")
}
CHECKS |= {name: functools.partial(check_taking_out, name) for name in ("discard", "remove")}
CHECKS |= {name: functools.partial(check_taking_out_any, name) for name in ("pop", "clear")}


def test_all_public_methods_of_mesa_are_known():
    assert set(PUBLIC) <= set(CHECKS)
    assert len(PUBLIC) >= 18


@pytest.mark.parametrize("side", [0, 1], ids=["installed", "all"])
@pytest.mark.parametrize("name", sorted({*PUBLIC, "copy", "to_list", "random"}))
def test_method_gives_what_mesa_gives(pair, name, side):
    CHECKS[name](*pair.sides[side])


@pytest.mark.parametrize("name", sorted({*PUBLIC, "copy", "to_list", "random"} - {"add", "clear", "pop"}))
def test_method_of_derived_sets_gives_what_mesa_gives(pair, name):
    for ours, theirs in pair.sides:
        ours.random.seed(1), theirs.random.seed(1)
        derived, other = ours.shuffle(), theirs.shuffle()
        CHECKS[name](derived, other)


def test_attributes_of_residents_alone(pair):
    ours, theirs = pair.residents, pair.plain_residents
    for name in (*PLAIN, "old", "row", "ties"):
        same(ours.get(name), theirs.get(name))
    for name in ("trust", "risk", "reports", "status"):
        for func in (np.mean, np.sum, np.median, np.std, sum, max):
            same(ours.agg(name, func), theirs.agg(name, func))
        same(ours.sort(name), theirs.sort(name))
        same(ours.groupby(name).agg("trust", np.mean), theirs.groupby(name).agg("trust", np.mean))
    same(ours.groupby("name").count(), theirs.groupby("name").count())
    assert set(ours.groupby("status").groups) == set(Status)
    assert all(type(group) is ColumnAgentSet for _, group in ours.groupby("status"))
    with pytest.raises(TypeError):
        ours.groupby("ties")


def test_indexing_and_slices(pair):
    for ours, theirs in pair.sides:
        agents = list(theirs)
        for index in (0, 7, -1, np.int64(4)):
            same(ours[index], agents[index])
        for cut in (slice(2, 6), slice(None, None, -400), slice(5, 2)):
            same(ours[cut], agents[cut])
        same(next(reversed(ours)), agents[-1])
        with pytest.raises(IndexError):
            ours[len(agents)]
        with pytest.raises(TypeError):
            ours["0"]


def test_set_operators(pair):
    def halves(agents):
        return agents.select(lambda a: a.age < 50), agents.select(lambda a: a.age >= 30)

    for ours, theirs in pair.sides:
        (a, b), (c, d) = halves(ours), halves(theirs)
        for op in (operator.or_, operator.and_, operator.sub, operator.xor):
            same(op(a, b), op(c, d))
            assert op(a, b).random is ours.random
        assert (a <= ours, a < ours, ours >= b, a == b) == (True, True, True, False)
        assert a == ours.select(lambda agent: agent.age < 50)
    jails = pair.toy.agents_by_type[Jail]
    few = pair.residents.select(at_most=4)
    for mixed in (few | jails, jails | few, few ^ jails, jails.select() | few):
        gc.collect()
        assert sorted(who(mixed)) == sorted(who(jails) + who(few))
    assert len(few & jails) == 0
    assert who(few - jails) == who(few)


def test_where_is_a_filter_on_rows(pair):
    ours = pair.residents
    by_rows = ours.select(where=lambda rows: (rows["age"] > 60) & (rows["status"] == Status.UNDOCUMENTED))
    assert by_rows == ours.select(lambda a: a.age > 60 and a.status is Status.UNDOCUMENTED)
    assert not ours.family.live
    some = ours.shuffle().select(where=lambda rows: rows["age"] > rows["age"].mean(), at_most=5)
    assert len(some) == 5
    assert len(some.select(lambda a: a.old, where=lambda rows: rows["age"] > 0)) == sum(some.get("old"))
    everyone = pair.toy.agents
    assert who(everyone.select(agent_type=Resident, where=lambda rows: rows["age"] > 60)) == who(
        ours.select(lambda a: a.age > 60)
    )
    with pytest.raises(TypeError, match="agent_type"):
        everyone.select(where=lambda rows: rows["age"] > 60)
    with pytest.raises(IndexError):
        ours.select(where=lambda rows: rows["age"][:1] > 0)
    assert ours.records().dtype == RESIDENT
    assert ours.take([3, 1]).get("row") == [3, 1]


def test_empty_sets_work(pair):
    for none in (pair.residents.select(at_most=0), pair.toy.agents.select(lambda agent: agent.row < 0)):
        assert len(none) == 0
        assert list(none.shuffle().sort("age").select(operator.attrgetter("old")).copy()) == []
        assert none.get("age") == none.get(["age", "row"]) == none.map("step") == []
        assert len(none.groupby("age")) == 0
        assert none.agg("age", len) == 0
        none.do("step").set("age", 3).shuffle_do("step")


def test_order_of_one_set_is_its_own(pair):
    shuffled = pair.residents.shuffle()
    assert shuffled != list(pair.residents)
    pair.residents.sort("age", inplace=True)
    assert who(pair.toy.agents.select(agent_type=Resident)) == [("Resident", row) for row in range(N)]


COLUMNS = st.sampled_from(["age", "trust", "risk", "status", "county", "reports", "name"])


@settings(deadline=None, max_examples=60)
@given(
    st.permutations(range(200)).map(lambda rows: rows[:60]),
    COLUMNS,
    COLUMNS,
    st.booleans(),
    st.one_of(st.integers(-2, 300), st.floats(0, 80)),
)
def test_chains_of_operations(rows, one, two, ascending, at_most):
    pair = still_pair()
    ours = pair.residents.take(rows)
    agents = list(pair.plain_residents)
    theirs = mesa.agent.AgentSet([agents[row] for row in rows], pair.plain.random)
    same(ours, theirs)
    same(ours.get([one, two]), theirs.get([one, two]))
    same(ours.sort(one, ascending).sort(two), theirs.sort(one, ascending).sort(two))
    same(ours.sort(one).select(at_most=at_most).get(two), theirs.sort(one).select(at_most=at_most).get(two))
    same(ours.groupby(one).agg(two, max), theirs.groupby(one).agg(two, max))
    same(ours.groupby(one).map("sort", two, ascending), theirs.groupby(one).map("sort", two, ascending))
    same(ours.select(lambda a: a.row % 3, at_most), theirs.select(lambda a: a.row % 3, at_most))
    same(ours.agg(one, [max, min, len]), theirs.agg(one, [max, min, len]))


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_mixed_sets_keep_any_order(data):
    pair = still_pair()
    everyone, agents = pair.toy.agents, list(pair.plain.agents)
    order = data.draw(st.permutations(range(len(agents))))[: data.draw(st.integers(0, 40))]
    rank = {position: number for number, position in enumerate(order)}
    place = {(kind, row): i for i, (kind, row) in enumerate(who(everyone))}

    def chosen(agent):
        return place[who([agent])[0]] in rank

    def key(agent):
        return rank[place[who([agent])[0]]]

    theirs = mesa.agent.AgentSet([agents[position] for position in order], pair.plain.random)
    ours = everyone.select(chosen).sort(key, ascending=True)
    same(ours, theirs)
    same(ours.get("county"), [agent.county for agent in theirs])
    assert who(ours.groupby(type, result_type="list").groups.get(Jail, [])) == who(
        agent for agent in theirs if isinstance(agent, PlainJail)
    )
    again = ours.select(lambda agent: agent.row % 2)
    gc.collect()
    assert who(again) == who(agent for agent in theirs if agent.row % 2)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, N - 1), st.integers(-(2**15), 2**15 - 1), st.floats(width=32, allow_nan=False))
def test_what_is_set_is_got(row, age, trust):
    toy = still_toy()
    agents = toy.agents_by_type[Resident]
    agent = agents[row]
    agent.age, agent.trust = age, trust
    record = toy.world.residents[row]
    assert (agent.age, agent.trust) == (record["age"], record["trust"]) == (age, trust)
    assert agents.take([row]).get(["age", "trust"]) == [[age, trust]]


@functools.cache
def still_toy() -> Toy:
    return Toy()


# --- the model ----------------------------------------------------------------------------------------------


def test_the_sets_are_where_mesa_looks(pair):
    toy = pair.toy
    assert isinstance(toy.agents, mesa.agent.AgentSet)
    assert isinstance(pair.residents, mesa.agent.AgentSet)
    assert toy.agent_types == [Jail, Resident]
    assert len(toy.agents) == N + 3
    assert type(toy.agents.select(agent_type=Resident)) is ColumnAgentSet
    with pytest.raises(ValueError, match="already"):
        install(toy, Resident)
    with pytest.raises(ValueError, match="already"):
        install(toy, Jail)


def test_two_installed_types():
    class House(ColumnAgent, dtype=JAIL):
        table = "jails"

    toy = Toy(4)
    houses = install(toy, House)
    assert houses.get("unique_id") == [2 * FAMILY, 2 * FAMILY + 1, 2 * FAMILY + 2]
    late = Jail(toy, 0)
    expected = [("Jail", 0), ("Jail", 1), ("Jail", 2)] + [("Resident", row) for row in range(4)]
    expected += [("House", row) for row in range(3)] + [("Jail", 0)]
    assert who(toy.agents) == expected
    assert toy.agents[-1] is late
    shuffled = toy.agents.shuffle()
    assert sorted(who(shuffled)) == sorted(expected)
    assert len(set(toy.agents.get("unique_id"))) == len(expected)
    late.remove()
    assert who(toy.agents) == expected[:-1]


def test_installing_after_reordering_everyone():
    toy = Toy(4)
    toy.agents.sort("age", inplace=True)
    Jail(toy, 1)
    assert who(toy.agents)[-1] == ("Jail", 1)
    assert len(toy.agents) == 8
    del toy.agents_by_type[Resident]
    assert toy.agent_types == [Jail]


def test_an_agent_that_leaves_is_not_visited():
    for visit in ("do", "shuffle_do", "map"):
        toy, seen = Toy(4), []

        def close_others(agent, seen):
            seen.append(agent.row)
            for other in list(agent.model.agents_by_type[Jail]):
                if other is not agent and isinstance(agent, Jail):
                    other.remove()

        getattr(toy.agents, visit)(close_others, seen)
        assert len(seen) == 5
        assert len(toy.agents) == 5


def test_data_collector(pair):
    def collect(model, kind):
        collector = mesa.DataCollector(
            model_reporters={
                "people": lambda m: len(m.agents),
                "trust": lambda m: m.agents_by_type[kind].agg("trust", np.mean),
            },
            agent_reporters={"age": "age", "county": lambda agent: agent.county},
            agenttype_reporters={kind: {"trust": "trust", "old": "old", "ties": "ties"}},
        )
        for _ in range(3):
            collector.collect(model)
            model.step()
        return collector

    ours, theirs = collect(pair.toy, Resident), collect(pair.plain, PlainResident)
    assert ours.get_model_vars_dataframe().equals(theirs.get_model_vars_dataframe())
    frame, other = ours.get_agent_vars_dataframe(), theirs.get_agent_vars_dataframe()
    assert frame.to_numpy().tolist() == other.to_numpy().tolist()
    assert frame.index.get_level_values("Step").equals(other.index.get_level_values("Step"))
    frame, other = (
        ours.get_agenttype_vars_dataframe(Resident),
        theirs.get_agenttype_vars_dataframe(PlainResident),
    )
    assert frame[["trust", "old"]].to_numpy().tolist() == other[["trust", "old"]].to_numpy().tolist()
    assert frame.loc[(0, FAMILY + 5), "trust"] == pair.residents[5].trust
    np.testing.assert_array_equal(np.stack(frame["ties"]), np.stack(other["ties"]))


def clone_by_pickle(model):
    return pickle.loads(pickle.dumps(model))  # noqa: S301


@pytest.mark.parametrize("clone", [copy.deepcopy, clone_by_pickle])
def test_a_copied_model_is_a_model_of_its_own(pair, clone):
    toy = pair.toy
    toy.hero = pair.residents[9]
    pair.residents[3].mood = "good"
    pair.toy.few = pair.residents.select(lambda agent: agent.row < 4).shuffle()
    pair.toy.mixed = pair.toy.agents.select(lambda agent: agent.row < 2).shuffle()
    toy.step()
    other = clone(toy)
    other.step()
    residents = other.agents_by_type[Resident]
    assert residents[9] is other.hero
    assert other.hero is not toy.hero
    assert other.hero.model is other
    assert residents.get("age") == [age + 1 for age in pair.residents.get("age")]
    assert residents.get("mood", "default") == pair.residents.get("mood", "default")
    assert residents[3].mood == "good"
    assert residents[3].model is other
    assert who(other.few) == who(toy.few)
    assert who(other.mixed) == who(toy.mixed)
    assert other.few.get("age") == [age + 1 for age in toy.few.get("age")]
    assert other.agents.agg("age", sum) == toy.agents.agg("age", sum) + N
    assert residents.random is other.agents.random is other.random
    assert other.world.jails["beds"].tolist() == [12, 22, 7]
    assert toy.world.jails["beds"].tolist() == [11, 21, 6]
    assert all(agent.model is other for agent in other.agents)
    residents[0].trust = 0.125
    assert other.world.residents["trust"][0] == 0.125
    assert toy.world.residents["trust"][0] != 0.125
    assert Jail(other, 0) in other.agents
    release(other)


def test_a_copied_view_does_not_take_the_place_of_the_view(pair):
    view = pair.residents[3]
    twin = copy.copy(view)
    assert pair.residents[3] is view
    assert twin not in pair.residents
    assert twin.age == view.age
    far = copy.deepcopy(view)
    assert far.model is not pair.toy
    assert far.model.agents_by_type[Resident][3] is far


def test_a_released_model_is_collected():
    toy = Toy(50)
    toy.agents.shuffle_do("note_turn", [])
    toy.hero = toy.agents_by_type[Resident][3]
    toy.hero.mood = "good"
    toy.step()
    gone = weakref.ref(toy)
    release(toy)
    release(toy)
    del toy
    gc.collect()
    assert gone() is None


def test_views_alone_do_not_make_mesa_keep_the_model():
    class Empty(mesa.Model):
        def __init__(self) -> None:
            super().__init__(rng=1)
            self.world = make_world(5)
            install(self, Resident)

    model = Empty()
    model.agents.do("birthday")
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_three_million_rows_are_not_three_million_objects():
    toy = mesa.Model(rng=1)
    toy.world = World(np.zeros(3_000_000, RESIDENT), np.zeros(3, JAIL))
    jail = Jail(toy, 0)
    agents = install(toy, Resident)
    made = count_views(agents)
    assert len(agents) == 3_000_000
    agents.set("age", 30)
    old = agents.select(where=lambda rows: rows["age"] > 20, at_most=0.5)
    assert old.agg("age", [len, np.mean]) == [1_500_000, 30.0]
    assert agents.groupby("county").count() == {0: 3_000_000}
    assert agents.groupby("county").agg("trust", np.max) == {0: 0.0}
    assert len(toy.agents.select(agent_type=Resident).select(at_most=7).get(["age", "trust"])) == 7
    assert who(toy.agents.select(agent_type=Jail)) == who([jail])
    release(toy)
    assert len(agents.sort("age").take(range(5))) == 5
    assert made == []
    agents.take(range(1_000)).do("birthday")
    assert max(made) <= 2
    assert not agents.family.live


def count_views(agents: ColumnAgentSet) -> list[int]:
    """Note how many views are alive whenever one is made."""
    made: list[int] = []
    view = agents.family.view

    def counted(row: int) -> ColumnAgent:
        agent = view(row)
        made.append(len(agents.family.live))
        return agent

    agents.family.view = counted
    return made
