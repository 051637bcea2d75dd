"""Sets of columnar agents give the answers that Mesa's sets of ordinary agents with the same values give."""

from __future__ import annotations

import copy
import functools
import gc
import math
import operator
import statistics
import sys

import mesa
import numpy as np
import pytest
from columns_toy import (
    KINDS,
    PLAIN,
    RESIDENT,
    Jail,
    N,
    Pair,
    PlainJail,
    Resident,
    Status,
    both,
    same,
    who,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.columns.views import ColumnAgent, ColumnAgentSet

MESA_SETS = [
    mesa.agent.AgentSet,
    getattr(sys.modules[mesa.agent.AgentSet.__module__], "_HardKeyAgentSet", None),
]
PUBLIC = sorted({name for kind in MESA_SETS if kind for name in dir(kind) if not name.startswith("_")})

pair = pytest.fixture(both)


@functools.cache
def still_pair() -> Pair:
    """Return a pair that no test changes."""
    return Pair(200)


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


@settings(deadline=None, max_examples=10)
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
