"""Columnar agents are Mesa agents whose attributes are rows: views, and models that are built of them."""

from __future__ import annotations

import copy
import functools
import gc
import math
import pickle
import weakref

import mesa
import numpy as np
import pytest
from columns_toy import (
    JAIL,
    RESIDENT,
    Jail,
    N,
    PlainResident,
    Resident,
    Status,
    Toy,
    World,
    both,
    make_world,
    who,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.columns.views import FAMILY, Column, ColumnAgent, ColumnAgentSet, install
from comity.kernels import kernel

pair = pytest.fixture(both)


@kernel
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
        with pytest.raises(ValueError, match="age is from -32768 to 32767, which 70000 is not"):
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


@functools.cache
def still_toy() -> Toy:
    return Toy()


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, N - 1),
    st.integers(-(2**15), 2**15 - 1),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
)
def test_what_is_set_is_got(row, age, trust):
    toy = still_toy()
    agents = toy.agents_by_type[Resident]
    agent = agents[row]
    agent.age, agent.trust = age, trust
    record = toy.world.residents[row]
    assert (agent.age, agent.trust) == (record["age"], record["trust"]) == (age, trust)
    assert agents.take([row]).get(["age", "trust"]) == [[age, trust]]


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


def test_a_copied_view_does_not_take_the_place_of_the_view(pair):
    view = pair.residents[3]
    twin = copy.copy(view)
    assert pair.residents[3] is view
    assert twin not in pair.residents
    assert twin.age == view.age
    far = copy.deepcopy(view)
    assert far.model is not pair.toy
    assert far.model.agents_by_type[Resident][3] is far


def test_a_model_that_nobody_has_is_collected():
    toy = Toy(50)
    toy.agents.shuffle_do("note_turn", [])
    toy.hero = toy.agents_by_type[Resident][3]
    toy.hero.mood = "good"
    toy.step()
    gone = weakref.ref(toy)
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
