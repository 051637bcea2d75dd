"""What Mesa users expect: agent sets, data collection, stepping, copies, and writing through views."""

from __future__ import annotations

import copy
import datetime as dt
import gc
import pickle
import weakref

import mesa
import numpy as np
import pytest

from comity import (
    CooperationModel,
    Government,
    IceOffice,
    Jail,
    PoliceDepartment,
    Resident,
    StateBureau,
    Status,
    Whereabouts,
)

KEYS = {"place": "06075", "start": dt.date(2010, 5, 1), "end": dt.date(2010, 8, 31), "scale": 500, "seed": 11}


@pytest.fixture
def model() -> CooperationModel:
    return CooperationModel(**KEYS)


@pytest.mark.portable
def test_all_kinds_of_agent_are_mesa_agents(model):
    for kind, n in (
        (Resident, 1610),
        (PoliceDepartment, 1),
        (Jail, 1),
        (StateBureau, 1),
        (IceOffice, 1),
        (Government, 3),
    ):
        agents = model.agents_by_type[kind]
        assert len(agents) == n
        assert all(isinstance(agent, mesa.Agent) and isinstance(agent, kind) for agent in agents)
    assert len(model.agents) == 1610 + 7
    assert len({agent.unique_id for agent in model.agents}) == 1617


@pytest.mark.portable
def test_agent_sets_answer_as_mesas_do(model):
    residents = model.agents_by_type[Resident]
    hispanic = residents.select(lambda agent: agent.hispanic)
    assert len(hispanic) == model.world.residents["hispanic"].sum()
    assert residents.agg("proneness", max) == pytest.approx(model.world.residents["proneness"].max())
    groups = residents.groupby("status").count()
    assert sum(groups.values()) == len(residents)
    assert set(groups) <= set(Status)
    residents.do(lambda agent: setattr(agent, "seen_hispanic", 1))
    assert model.world.residents["seen_hispanic"].all()


@pytest.mark.portable
def test_fading_attributes_read_as_of_today_and_change_nothing(model):
    resident = model.agents_by_type[Resident][5]
    resident.trust = 0.2
    before = model.world.residents.copy()
    for _ in range(30):
        model.step()
    untouched = model.world.residents["touched"][5] == before["touched"][5]
    assert 0.2 < resident.trust < 0.6
    if untouched:
        assert resident.trust == pytest.approx(0.6 - 0.4 * 0.5 ** (29 / 183), abs=1e-4)
    assert model.agents_by_type[Resident].get("trust")[5] == resident.trust


@pytest.mark.portable
def test_what_is_set_through_a_view_is_what_the_kernels_see():
    keys = KEYS | {"parameters": {"exit_rate": 0.0}}
    plain, changed = CooperationModel(**keys).run(), CooperationModel(**keys)
    for agent in changed.agents_by_type[Resident]:
        agent.ident = 1
    changed.run()
    matches = [m.table().query("measure == 'matches'")["value"].sum() for m in (plain, changed)]
    prints = changed.table().query("measure == 'submissions'")["value"].sum()
    assert matches[0] < matches[1] == prints

    away = CooperationModel(**keys)
    away.agents_by_type[Resident].set("whereabouts", Whereabouts.MOVED_AWAY)
    away.run()
    assert away.table().query("measure == 'incidents'")["value"].sum() == 0


@pytest.mark.portable
def test_stepping_counts_and_ends(model):
    for day in range(model.days):
        assert model.running
        assert model.date == KEYS["start"] + dt.timedelta(days=day)
        model.step()
    assert (model.steps, model.today, model.running) == (model.days, model.days, False)
    table = model.table()
    model.step()
    assert model.table().equals(table)


@pytest.mark.portable
def test_data_collector(model):
    collector = mesa.DataCollector(
        model_reporters={"inmates": lambda m: int(m.world.jails["inmates"].sum()), "today": "today"},
        agent_reporters={"where": lambda agent: getattr(agent, "whereabouts", None)},
        agenttype_reporters={Resident: {"trust": "trust"}, Jail: {"inmates": "inmates"}},
    )
    for _ in range(3):
        model.step()
        collector.collect(model)
    assert list(collector.get_model_vars_dataframe()["today"]) == [1, 2, 3]
    assert len(collector.get_agent_vars_dataframe()) == 3 * 1617
    trust = collector.get_agenttype_vars_dataframe(Resident)["trust"]
    assert len(trust) == 3 * 1610
    assert trust.between(0, 1).all()


@pytest.mark.portable
def test_copies_go_on_by_themselves(model):
    for _ in range(40):
        model.step()
    twins = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]  # noqa: S301 - our own bytes
    assert twins[0].agents_by_type[Resident][0].model is twins[0]
    model.run()
    for twin in twins:
        assert twin.today == 40
        twin.run()
        assert np.array_equal(twin.world.residents, model.world.residents)
        assert twin.table().equals(model.table())


def test_keywords_replace_keys_and_parameters_of_a_scenario():
    model = CooperationModel(
        "san-francisco", scale=400, fear_weight=0.3, regime="no_receive", hypotheses="H1"
    )
    assert model.setup.scale == 400
    assert model.setup.parameters.fear_weight == 0.3
    assert model.world.p["fear_weight"][0] == 0.3
    assert model.world.p["household_weight"][0] == 0.0  # H1


def test_a_closed_model_is_freed():
    model = CooperationModel(**KEYS)
    model.step()
    gone = weakref.ref(model)
    model.close()
    del model
    gc.collect()
    assert gone() is None
