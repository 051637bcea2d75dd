"""What Mesa users expect: agents and sets, views that write what the rules read, data collection, stepping, copies."""

from __future__ import annotations

import copy
import datetime as dt
import gc
import pickle
import weakref
from typing import TYPE_CHECKING

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
from comity.agents.residents import estranged

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

KEYS = {
    "place": "06075",
    "start": dt.date(2010, 7, 1),
    "end": dt.date(2010, 10, 31),
    "scale": 100,
    "seed": 11,
    "log": True,
    "parameters": {
        "minor_arrests": 0.5,
        "jail_beds": 50.0,
        "ice_beds": 100.0,
        "pickup_capacity": 10.0,
        "act_2010": (1.0, 1.0, 1.0, 1.0),
        "pickup_share": 1.0,
        "citizen_error": 0.0,
    },
}
SMALL = {
    "place": "06075",
    "start": dt.date(2010, 5, 1),
    "end": dt.date(2010, 8, 31),
    "scale": 500,
    "seed": 11,
}
KINDS = (Resident, PoliceDepartment, Jail, StateBureau, IceOffice, Government)


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    """Events of a run in which nobody was touched."""
    return CooperationModel(**KEYS).run().events()


@pytest.fixture
def model() -> CooperationModel:
    return CooperationModel(**SMALL)


def events_if(change: Callable[[CooperationModel], object]) -> pd.DataFrame:
    """Return the events of the same run if something is set before the first day."""
    model = CooperationModel(**KEYS)
    change(model)
    return model.run().events()


def first(events: pd.DataFrame, kind: str, of: set[int] | None = None) -> pd.Series:
    """Return the first event of a kind, of one of some residents."""
    chosen = events[events["kind"] == kind]
    return (chosen if of is None else chosen[chosen["resident"].isin(of)]).iloc[0]


def before(events: pd.DataFrame, day: int) -> pd.DataFrame:
    return events[events["day"] < day]


# -------------------------------------------------------------------------------------------- agents and sets


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
    resident.trust, taken = 0.2, estranged(model.world, 5)
    before = model.world.residents.copy()
    for _ in range(30):
        model.step()
    untouched = model.world.residents["touched"][5] == before["touched"][5]
    assert 0.2 < resident.trust < 0.6
    if untouched:
        far, left = resident.norm - (0.2 + taken), 0.5 ** (29 / 183)
        assert resident.trust == pytest.approx(
            resident.norm - far * left - estranged(model.world, 5), abs=1e-4
        )
    assert model.agents_by_type[Resident].get("trust")[5] == resident.trust


@pytest.mark.portable
def test_what_is_set_through_a_view_is_what_the_kernels_see():
    keys = SMALL | {"parameters": {"exit_rate": 0.0}}
    plain, changed = CooperationModel(**keys).run(), CooperationModel(**keys)
    for agent in changed.agents_by_type[Resident]:
        agent.ident = 1
    changed.run()
    matches = [m.table().query("measure == 'matches'")["value"].sum() for m in (plain, changed)]
    prints = changed.table().query("measure == 'submissions'")["value"].sum()
    assert matches[0] < matches[1] == prints


@pytest.mark.portable
def test_stepping_counts_and_ends(model):
    for day in range(model.days):
        assert model.running
        assert model.date == SMALL["start"] + dt.timedelta(days=day)
        model.step()
    assert (model.steps, model.today, model.running) == (model.days, model.days, False)
    table = model.table()
    model.step()
    assert model.table().equals(table)


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


# ------------------------------------------------------- what is set through a view, and what follows from it


@pytest.mark.portable
def test_one_record_makes_one_match(plain):
    """Somebody whose prints met no record gets one: the next booking is a match, and nothing is different before it."""
    matched = set(plain.loc[plain["kind"] == "match", "resident"])
    printed = set(plain.loc[plain["kind"] == "print", "resident"]) - matched
    booking = first(plain, "print", printed)
    i = int(booking["resident"])
    found = events_if(lambda model: setattr(model.agents_by_type[Resident][i], "ident", 1))
    assert first(found, "match", {i})["day"] == booking["day"]
    assert before(found, booking["day"]).equals(before(plain, booking["day"]))


@pytest.mark.portable
def test_a_citizen_is_not_detained(plain):
    """Citizens are arrested more seldom for minor things: the first is looked at who would have been arrested all the same."""
    for i in plain.loc[plain["kind"] == "detainer", "resident"].unique()[:12].tolist():
        found = events_if(
            lambda model, i=i: setattr(model.agents_by_type[Resident][i], "status", Status.US_BORN)
        )
        mine = set(found.loc[found["resident"] == i, "kind"])
        assert not {"detainer", "transfer", "removal"} & mine
        if "match" in mine:
            break
    assert "match" in mine
    arrested = first(plain, "arrest", {i})["day"]
    assert before(found, arrested).equals(before(plain, arrested))


@pytest.mark.portable
def test_a_serious_record_is_what_ice_sees(plain):
    detained = first(plain[plain["detail"] == 0], "detainer")
    i = int(detained["resident"])
    found = events_if(lambda model: setattr(model.agents_by_type[Resident][i], "conviction", 3))
    assert first(found, "detainer", {i})["detail"] == 3


@pytest.mark.portable
def test_somebody_who_is_gone_does_nothing(plain):
    busiest = int(plain["resident"].value_counts().index[0])
    found = events_if(
        lambda model: setattr(model.agents_by_type[Resident][busiest], "whereabouts", "MOVED_AWAY")
    )
    assert (plain["resident"] == busiest).sum() > 5
    assert busiest not in set(found["resident"]) | set(found["other"])


@pytest.mark.portable
def test_somebody_who_comes_back_acts_again():
    model = CooperationModel(**KEYS, settling_days=0)  # nobody is in jail, to be released
    everybody = model.agents_by_type[Resident]
    everybody.set("whereabouts", Whereabouts.MOVED_AWAY)
    for _ in range(30):
        model.step()
    assert model.events().empty
    everybody.set("whereabouts", Whereabouts.COMMUNITY)
    model.run()
    assert {"incident", "arrest", "booking"} <= set(model.events()["kind"])


@pytest.mark.portable
@pytest.mark.parametrize(("low", "fewer"), [(0.0, 1), (1.0, -1)])
def test_trust_set_by_a_user_moves_reporting(low, fewer):
    keys = {key: value for key, value in KEYS.items() if key != "parameters"} | {"scale": 40}
    chances = []
    for trust in (None, low):
        model = CooperationModel(**keys, hypotheses="H2", trust_life=5000.0, trust_weight=3.0)
        if trust is not None:
            model.agents_by_type[Resident].set("trust", trust)
        table = model.run().table().groupby("measure", observed=True)["value"].sum()
        chances.append(table["chance_sum"] / table["incidents"])
    assert (chances[0] - chances[1]) * fewer > 0.05


@pytest.mark.portable
def test_a_jail_without_beds_books_nobody(plain):
    found = events_if(lambda model: model.agents_by_type[Jail].set("beds", 0))
    kinds = set(found["kind"])
    assert "booking" in set(plain["kind"])
    assert "booking" not in kinds
    assert {"arrest", "citation"} <= kinds


@pytest.mark.portable
def test_an_office_that_closes_takes_nobody_from_then_on():
    model = CooperationModel(**KEYS)
    for _ in range(60):
        model.step()
    office = next(iter(model.agents_by_type[IceOffice]))
    office.beds = office.detained
    office.daily_pickups = office.pickups = 0
    model.run()
    events = model.events()
    taken = events.loc[events["kind"].isin(["transfer", "at_large_arrest"]), "day"]
    assert len(taken) > 0
    assert taken.max() < 60
    assert (events.loc[events["kind"] == "match", "day"] >= 60).any()


@pytest.mark.portable
def test_institutions_are_agent_sets():
    model = CooperationModel(
        place=["06075", "06081", "11001"], scale=400, start=KEYS["start"], end=KEYS["end"]
    )
    counts = {
        Resident: len(model.world.residents),
        Jail: 3,
        PoliceDepartment: 3,
        StateBureau: 2,
        IceOffice: 2,
    }
    assert {kind: len(model.agents_by_type[kind]) for kind in counts} == counts
    assert len(model.agents_by_type[Government]) == 3 + 2 + 1
    assert set(model.agents_by_type) == set(KINDS)
    model.run()
    jails = model.agents_by_type[Jail]
    assert jails.agg("inmates", sum) == model.world.jails["inmates"].sum() > 0
    assert jails.get(["county", "beds"]) == [
        [int(jail["county"]), int(jail["beds"])] for jail in model.world.jails
    ]
    assert len(jails.select(lambda jail: jail.county == 1)) == 1
    levels = {key: len(group) for key, group in model.agents_by_type[Government].groupby("level")}
    assert levels == {0: 3, 1: 2, 2: 1}
    jails.do(lambda jail: setattr(jail, "beds", 7))
    assert (model.world.jails["beds"] == 7).all()
    bureaus = model.agents_by_type[StateBureau]
    table = model.table().query("measure == 'submissions'")
    assert sum(bureaus.get("submissions")) * 400 == table["value"].sum()


@pytest.mark.portable
def test_data_of_every_kind_of_agent_can_be_collected():
    keys = KEYS | {"scale": 1000, "end": dt.date(2010, 7, 10)}
    columns = {
        Resident: ["status", "trust", "whereabouts"],
        PoliceDepartment: ["clearance"],
        Jail: ["inmates"],
        StateBureau: ["prints"],
        IceOffice: ["detained"],
        Government: ["level", "changes"],
    }

    class Collecting(CooperationModel):
        def __init__(self, **more: object) -> None:
            super().__init__(**more)
            self.collector = mesa.DataCollector(
                model_reporters={"day": "today", "trust": mean_trust, "date": lambda model: model.date},
                agent_reporters={"number": "unique_id"},
                agenttype_reporters={kind: {name: name for name in names} for kind, names in columns.items()},
            )
            self.collector.collect(self)

        def step(self) -> None:
            super().step()
            self.collector.collect(self)

    model = Collecting(**keys)
    trust = float(np.mean(model.agents_by_type[Resident].get("trust")))
    while model.running:
        model.step()
    frame = model.collector.get_model_vars_dataframe()
    assert frame["day"].tolist() == list(range(11))
    assert frame["date"].iloc[-1] == dt.date(2010, 7, 11)
    assert frame["trust"].iloc[0] == pytest.approx(trust)
    agents = model.collector.get_agent_vars_dataframe()
    assert len(agents) == 11 * len(model.agents)
    for kind, names in columns.items():
        found = model.collector.get_agenttype_vars_dataframe(kind)
        assert len(found) == 11 * len(model.agents_by_type[kind])
        last = found.loc[10]
        for name in names:
            assert last[name].tolist() == model.agents_by_type[kind].get(name), name


def mean_trust(model: CooperationModel) -> float:
    return float(np.mean(model.agents_by_type[Resident].get("trust")))


class Mine(CooperationModel):
    """A model that a user wrote."""


class Bystander(mesa.Agent):
    """An agent that is no row of a table."""


def built(kind, seed):
    return kind(**KEYS | {"scale": 2000, "seed": seed})


def looked_at(kind, seed):
    model = built(kind, seed)
    Bystander(model)
    model.run()
    list(model.agents)
    model.events()
    return model


@pytest.mark.portable
@pytest.mark.parametrize("kind", [CooperationModel, Mine])
@pytest.mark.parametrize("made", [built, looked_at])
def test_many_models_leave_nothing_behind(made, kind):
    refs = [weakref.ref(made(kind, seed)) for seed in range(5)]
    gc.collect()
    assert [ref() for ref in refs] == [None] * 5


@pytest.mark.portable
def test_mesas_random_numbers_decide_nothing():
    """Shuffling agents, as schedulers do, draws from the model's own generators, which no rule reads."""
    keys = KEYS | {"scale": 400}
    model = CooperationModel(**keys)
    while model.running:
        model.agents_by_type[Resident].shuffle_do(lambda resident: resident.status)
        model.rng.random(7)
        model.step()
    assert model.events().equals(CooperationModel(**keys).run().events())


@pytest.mark.portable
def test_a_column_may_be_fixed_or_bounded():
    """What lays the world out, or leads a kernel to a place in a table, cannot be set to anything else."""
    model = CooperationModel(place="48301", start="2010-01-01", end="2010-01-31")
    residents, someone = model.agents_by_type[Resident], next(iter(model.agents_by_type[Resident]))
    for name in ("household", "household_size", "county", "neighbourhood", "hispanic", "offender", "touched"):
        with pytest.raises(AttributeError, match=f"{name} is part of how the world is laid out"):
            setattr(someone, name, 0)
        with pytest.raises(AttributeError, match="cannot be set"):
            residents.set(name, 0)
    for kind, name in (
        (PoliceDepartment, "county"),
        (Jail, "county"),
        (IceOffice, "area"),
        (Government, "level"),
    ):
        with pytest.raises(AttributeError, match="cannot be set"):
            model.agents_by_type[kind].do(lambda agent, name=name: setattr(agent, name, 0))
    for name, most in (("seen_hispanic", 1), ("ident", 1), ("conviction", 3)):
        residents.set(name, most)
        for value in (most + 1, -1):
            with pytest.raises(ValueError, match=f"{name} is from 0 to {most}"):
                someone.__setattr__(name, value)
    model.run()


@pytest.mark.portable
def test_mesa_counts_every_day():
    """However a model is run, Mesa's own counter says how many days were lived."""
    model = CooperationModel(**KEYS)
    model.step()
    model.step()
    assert model.steps == model.today == 2
    model.run()
    assert model.steps == model.today == model.days
    if hasattr(model, "time"):  # Mesa 3.5
        assert model.time == model.days
