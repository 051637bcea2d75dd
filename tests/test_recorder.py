"""Stocks that are kept up to date as people move and remember, against a count of everybody."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel, Resident, Whereabouts
from comity.agents.residents import estranged, recall, risk
from comity.kernels import COMPILED, kernel
from comity.observe.measures import GROUP_OF, Stock
from comity.observe.recorder import recount

COUNTY_WIDE = (Stock.SALIENCE, Stock.ATTRIBUTION, Stock.ENTANGLEMENT, Stock.NONCRIMINAL)
EVERYTHING = "H2+H2b+H3+H4+H5+H6+H7+H8+H10"
BUSY = {
    "victimisation_hispanic": 0.1,
    "contacts": 2.0,
    "minor_arrests": 1.0,
    "exit_rate": 0.5,
    "removed": 0.5,
}


def make(scale: float = 200, **more) -> CooperationModel:
    keys = {"place": "48215", "start": dt.date(2010, 1, 1), "end": dt.date(2010, 6, 30), "seed": 4}
    return CooperationModel(**(keys | {"scale": scale, "hypotheses": EVERYTHING} | BUSY | more))


@kernel
def perceived(w, today, risks, trust):
    for i in range(len(w.residents)):
        recall(w, i, today)
        risks[i] = risk(w, i)
        trust[i] = np.float64(w.residents[i]["trust"]) - estranged(w, i)


def everybody(model: CooperationModel) -> np.ndarray:
    """Ask every resident in a copy of the state, as of yesterday, the day that was recorded."""
    w = model.world.copy()
    risks, trust = np.zeros((2, len(w.residents)))
    perceived(w, model.today - 1, risks, trust)
    r = w.residents
    here = r["whereabouts"] == Whereabouts.COMMUNITY
    county = w.counties[r["county"]]
    values = {
        Stock.RESIDENTS: here,
        Stock.AGED_12: here & (w.ages["age"] > 0) if len(w.ages) else here,
        Stock.TRUST: here * trust,
        Stock.CYNICISM: here * r["cynicism"].astype(float),
        Stock.AWARENESS: here * (1 - (1 - county["awareness"]) * (1 - r["awareness"].astype(float))),
        Stock.RISK: here * risks,
        Stock.IN_JAIL: r["whereabouts"] == Whereabouts.JAIL,
        Stock.IN_ICE_CUSTODY: r["whereabouts"] == Whereabouts.ICE_CUSTODY,
        **{stock: here * county[stock.name.lower()] for stock in COUNTY_WIDE},
    }
    stock = np.zeros_like(w.stock)
    for name, value in values.items():
        np.add.at(stock[..., name], (r["county"], GROUP_OF[r["hispanic"], r["status"]]), value)
    return stock


@pytest.mark.uncompiled
@given(
    st.integers(0, 2**40),
    st.sampled_from([1, 7, 30]),
    st.sampled_from(["48215", ["06075", "06081"]]),
    st.integers(0, 1),
)
@settings(max_examples=8 if COMPILED else 2, deadline=None, derandomize=True)
def test_running_stocks_are_those_of_everybody(seed, period, place, ages):
    model = make(
        scale=1500 if COMPILED else 6000,
        place=place,
        seed=seed,
        recording_days=period,
        ages=ages,
        end=dt.date(2010, 3, 31),
    )
    while model.running:
        model.step()
        if model.world.calendar["closes"][model.today - 1]:
            assert model.world.stock == pytest.approx(everybody(model), rel=1e-6, abs=1e-5)


def test_running_stocks_do_not_drift():
    """After half a busy year, what was added and taken off step by step is what a new count finds."""
    model = make(scale=20).run()
    w = model.world.copy()
    recount(w, model.today)
    assert np.array_equal(w.classes, model.world.classes)
    assert w.running == pytest.approx(model.world.running, abs=1e-4)
    assert np.array_equal(w.aware & model.world.aware, w.aware)
    assert w.running[..., Stock.CYNICISM].sum() > 1
    assert w.running[..., Stock.IN_JAIL].sum() > 1


@pytest.mark.parametrize(
    ("name", "value"), [("trust", 0.9), ("cynicism", 0.4), ("awareness", 0.5), ("exposed_ties", 3)]
)
def test_what_a_user_sets_is_recorded(name, value):
    """A value given through views is in the next record, as if it had always been kept."""
    model = make()
    for _ in range(10):
        model.step()
    model.agents_by_type[Resident].select(lambda r: r.row % 3 == 0).set(name, value)
    while not model.world.calendar["closes"][model.today - 1]:
        model.step()
    assert model.world.stock[..., :3] == pytest.approx(everybody(model)[..., :3], rel=1e-6, abs=1e-5)
    assert model.world.clock["recount"][0] == 0


def test_where_a_user_puts_people_is_recorded():
    model = make()
    model.step()
    some = model.agents_by_type[Resident].select(at_most=50)
    some.set("whereabouts", Whereabouts.MOVED_AWAY)
    while not model.world.calendar["closes"][model.today - 1]:
        model.step()
    assert np.array_equal(model.world.stock[..., Stock.RESIDENTS], everybody(model)[..., Stock.RESIDENTS])
    assert (model.world.residents["whereabouts"] == Whereabouts.MOVED_AWAY).sum() >= 50


def test_nobody_left_has_no_trust():
    """When the last of a group is gone, no rounding is left over."""
    model = make(scale=4000)
    for _ in range(60):
        model.step()
    model.agents_by_type[Resident].set("whereabouts", Whereabouts.MOVED_AWAY)
    model.run()
    stock = model.world.stock
    empty = stock[..., Stock.RESIDENTS] == 0
    assert empty.any()
    assert not stock[empty][:, [Stock.TRUST, Stock.CYNICISM, Stock.AWARENESS, Stock.RISK, *COUNTY_WIDE]].any()


def test_more_ties_than_there_are_count_as_all():
    """Rows are numbers that kernels index with: none of what a view takes may lead out of the tables."""
    model = make(scale=4000)
    model.agents_by_type[Resident].set("exposed_ties", 255)
    model.run()
    stock = model.world.stock
    assert stock[..., Stock.RESIDENTS].sum() == (model.world.residents["whereabouts"] == 0).sum()
