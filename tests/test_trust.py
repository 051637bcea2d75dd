"""Trust as a whole, and what each part of it does: nothing where it is off, the same sums for everybody, and back again."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel, Resident
from comity.agents.public import drawn, left_after_a_day
from comity.agents.residents import identification, least_trust
from comity.observe.measures import GROUP_OF, Stock
from comity.parameters import Parameters, as_record
from comity.policy.regimes import catalogue

KEYS = {"place": "06075", "start": dt.date(2010, 3, 1), "end": dt.date(2011, 3, 31), "scale": 400, "seed": 9}


def live(**keys: object) -> CooperationModel:
    return CooperationModel(**(KEYS | keys)).run()


def series(model: CooperationModel, measure: str, groups: str = "Hispanic") -> np.ndarray:
    """Return the mean of a measure over some groups, by period."""
    totals = model.totals()
    chosen = [g for g, name in enumerate(model.table()["group"].cat.categories) if name.startswith(groups)]
    return totals[f"{measure}_sum"][:, chosen].sum(axis=1) / totals["residents"][:, chosen].sum(axis=1)


# ------------------------------------------------------------------------------------------- what is off does nothing


@pytest.mark.parametrize(
    ("off", "idle"),
    [
        ({"entanglement_weight": 0.0}, {"ratchet": 0.5, "entanglement_rise": 10.0, "entanglement_return": 30.0}),
        ({"entanglement_weight": 0.0}, {"ethnic_identification": 1.0}),
        ({"attribution": 0.0, "entanglement_weight": 0.0},
         {"attribution_rise": 1.0, "attribution_fall": 1.0, "background_attribution": 0.1, "salience_attribution": 1.0}),
    ],
)  # fmt: skip
def test_parameters_of_a_part_that_is_off_are_idle(off, idle):
    a, b = (live(hypotheses="H2+H2b+H3+H8", parameters=off | more) for more in ({}, idle))
    assert np.array_equal(a.world.residents, b.world.residents)
    for measure in (Stock.TRUST, Stock.RISK):
        assert np.array_equal(np.array(a.stocks())[..., measure], np.array(b.stocks())[..., measure])
    assert np.array_equal(a.flows(), b.flows())


@pytest.mark.parametrize("regime", sorted(catalogue()))
def test_under_h0_no_regime_moves_trust_but_by_whom_police_meet(regime):
    """Where nobody is met, trust is the norm, to the last bit, whatever the county does for ICE."""
    model = live(hypotheses="H0", regime=f"{regime}@2010-06-01", contacts=0.0, scale=4000)
    trust = np.array(model.agents_by_type[Resident].get("trust"))
    assert np.array_equal(trust, model.world.residents["norm"].astype(float))


# ------------------------------------------------------------------------------------------- the whole of it


@settings(deadline=None, max_examples=30)
@given(
    st.fixed_dictionaries(
        {
            "entanglement_weight": st.floats(0, 0.3),
            "salience_trust": st.floats(0, 0.1),
            "noncriminal_trust": st.floats(0, 0.1),
            "ethnic_identification": st.floats(0, 1),
            "trust_norm": st.floats(0.05, 0.95),
            "trust_gap": st.floats(0, 0.4),
            "trust_spread": st.floats(0, 0.3),
            "bad_effect": st.floats(0, 0.5),
            "own_weight": st.sampled_from([0.0, 1.1]),
            "household_weight": st.sampled_from([0.0, 1.3]),
        }
    ),
    st.sampled_from(["06075", "48215", "04013"]),
    st.sampled_from(["mandatory", "task_force_287g@2010-04-01", "no_holds_unpaid@2010-04-01"]),
)
def test_trust_stays_from_0_to_1_and_adds_up(values, place, regime):
    """For all values within bounds, the mean of a group is that of what its members say, and nobody's leaves its range."""
    keys = {"place": place, "regime": regime, "scale": 20_000 if place == "04013" else 4000, "contacts": 2.0}
    model = live(**keys, end=dt.date(2010, 8, 31), hypotheses="H2+H2b+H3", parameters=values)
    trust = np.array(model.agents_by_type[Resident].get("trust"))
    assert (trust >= -1e-9).all()
    assert (trust <= 1 + 1e-9).all()
    r = model.world.residents
    here = r["whereabouts"] == 0
    sums = np.zeros_like(model.stocks()[-1][..., Stock.TRUST])
    np.add.at(sums, (r["county"][here], GROUP_OF[r["hispanic"], r["status"]][here]), trust[here])
    assert model.stocks()[-1][..., Stock.TRUST] == pytest.approx(sums, abs=1e-4)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_what_is_set_is_the_whole(value):
    model = CooperationModel(**KEYS).run(until=dt.date(2010, 9, 1))
    assert model.world.counties["entanglement"][0] > 0
    people = model.agents_by_type[Resident]
    people.set("trust", value)
    assert np.allclose(people.get("trust"), value, atol=1e-9)


def test_norms_have_the_gap_and_the_spreads_of_the_registry():
    p = Parameters()
    r = CooperationModel(**KEYS | {"scale": 10}).world.residents
    hispanic = r["hispanic"] == 1
    gap = r["norm"][~hispanic].mean() - r["norm"][hispanic].mean()
    assert gap == pytest.approx(
        p.trust_gap, abs=0.015
    )  # neighbourhoods differ, and Hispanic residents live in some of them
    assert np.var(r["norm"][~hispanic]) == pytest.approx(
        p.trust_spread**2 + p.trust_spread_places**2, rel=0.1
    )


@settings(deadline=None)
@given(st.integers(0, 1), st.integers(0, 4), st.integers(0, 1), st.integers(0, 4))
def test_identification_is_a_share_that_grows_with_what_ties_one(hispanic, status, household, ties):
    p = as_record(Parameters())[0]
    here = identification(p, hispanic, status, household, ties)
    assert 0 <= here <= 1
    assert here <= identification(p, 1, status, 1, 4) + 1e-12
    assert here <= identification(p, hispanic, 4, household, ties) + 1e-12
    assert least_trust(p) >= p["entanglement_weight"] * here


# ------------------------------------------------------------------------------------------- how fast, and back again


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(1, 1000), st.floats(1, 1000), st.floats(0, 1))
def test_a_stock_goes_towards_its_target_and_never_beyond(value, target, rise, fall, held):
    after = drawn(value, target, left_after_a_day(rise), left_after_a_day(fall), held)
    assert min(value, target) - 1e-12 <= after <= max(value, target) + 1e-12
    half, days = value, round(rise if target > value else fall)
    left = left_after_a_day(float(days))
    for _ in range(days if held == 0 else 0):
        half = drawn(half, target, left, left, 0.0)
    if held == 0:
        assert half - target == pytest.approx((value - target) / 2, abs=1e-9)


AGREEMENT = {
    "mine": {
        "policies": [
            {
                "decider": "county",
                "lever": "street",
                "value": 1,
                "start": dt.date(2006, 6, 1),
                "until": dt.date(2008, 1, 1),
            }
        ]
    }
}


def test_attribution_returns_in_months_and_trust_in_years_but_not_under_h3():
    """A task force comes and goes: the ladder of speeds, and what the ratchet holds."""
    keys = {
        "place": "04013",
        "start": dt.date(2006, 1, 1),
        "end": dt.date(2011, 12, 31),
        "scale": 10_000,
        "regime": "inactive+mine",
    }
    keys |= {
        "regimes": AGREEMENT,
        "parameters": {"recording_days": 0, "removed": 0.0, "salience_policy": 0.0},
    }
    model, ratchet = live(**keys, hypotheses="H2"), live(**keys, hypotheses="H3")
    seen, entangled = series(model, "attribution"), series(model, "entanglement")
    peak = 23  # the end of December 2007
    fallen = [(x[peak] - x[peak + 12]) / (x[peak] - x[0]) for x in (seen, entangled)]
    assert fallen[0] > 0.9
    assert 0.2 < fallen[1] < 0.6
    lost = series(model, "trust")
    assert lost[peak] < lost[0] - 0.005
    assert lost[peak] < lost[-1] - 0.002
    held = series(ratchet, "entanglement")
    assert held[-1] == pytest.approx(held.max(), abs=1e-9)
    assert held.max() > held[0] + 0.1
