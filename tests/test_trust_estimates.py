"""Estimates of trust find what was put into the data, and say nothing where nothing can be found."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel
from comity.observe.measures import GROUPS, Measure, Stock
from comity.published import estimates, registry, trust
from comity.published.panel import NEVER
from comity.scenario import load

SEEDS = st.integers(0, 2**32 - 1)


def panel(trust_of, months=60, counties=40, start="2006-01", state="TX", seed=1):
    """Return a made-up panel: ``trust_of(month, county, group)`` is mean trust where between 50 and 500 people live."""
    people = np.random.default_rng(seed).integers(50, 500, (1, counties, len(GROUPS))).repeat(months, axis=0)
    t, c, g = np.mgrid[:months, :counties, : len(GROUPS)]
    stocks = {Stock.TRUST: trust_of(t, c, g) * people, Stock.RESIDENTS: people.astype(float)}
    month = np.datetime64(start, "M") + np.arange(months)
    first = np.where(np.arange(counties) % 4 == 3, NEVER, 24 + 3 * (np.arange(counties) % 4))
    return SimpleNamespace(
        stock=stocks.__getitem__,
        residents=stocks[Stock.RESIDENTS],
        months=month,
        state=np.full(counties, state),
        active_from=first,
        between=lambda a, b: (month >= np.datetime64(a, "M")) & (month < np.datetime64(b, "M")),
    )


@given(st.floats(-0.2, 0.2), SEEDS)
@settings(max_examples=20, deadline=None, derandomize=True)
def test_the_effect_of_activation_on_trust_is_found_in_points_of_100(effect, seed):
    """Counties differ for good, and the nation drifts; neither is an effect."""
    first = panel(lambda t, _c, _g: 0.0 * t).active_from
    made = panel(
        lambda t, c, g: 0.5 + 0.001 * c + 0.001 * t + effect * ((t >= first[c]) & (g < 3)), seed=seed
    )
    found = trust.events(made)
    assert found["trust_effect_hispanic"] == pytest.approx(100.0 * effect, abs=1e-6)
    assert found["trust_effect_unauthorized"] == pytest.approx(100.0 * effect, abs=1e-6)
    assert found["trust_effect_other"] == pytest.approx(0.0, abs=1e-6)
    assert found["trust_event_hispanic_p4"] == pytest.approx(100.0 * effect, abs=1e-6)
    assert found["trust_event_hispanic_m4"] == pytest.approx(0.0, abs=1e-6)


@given(st.floats(-2.0, 2.0), SEEDS)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_slope_of_a_logit_is_found_among_expected_answers(slope, seed):
    rng = np.random.default_rng(seed)
    step, control = rng.integers(0, 4, 500).astype(float), rng.uniform(size=500) < 0.4
    chances = 1.0 / (1.0 + np.exp(-(0.3 + slope * step - 0.7 * control)))
    assert trust.logit_slope(chances, step, control) == pytest.approx(slope, abs=1e-6)


def test_a_slope_that_is_not_identified_is_no_number():
    half = np.full(8, 0.5)
    control = np.arange(8) < 4
    assert np.isnan(trust.logit_slope(half, np.zeros(8), control))
    assert np.isnan(trust.logit_slope(half, control.astype(float), control))
    assert np.isnan(trust._slope(np.ones(5), np.arange(5.0), np.ones(5)))


@given(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_the_slope_on_removals_is_that_of_hispanics_less_that_of_others(own, others):
    flows = np.random.default_rng(3).integers(0, 9, (1, 40, len(GROUPS))).astype(float)
    made = panel(lambda t, _c, _g: 0.0 * t, months=84)
    flows = flows * (np.arange(84) == 30)[:, None, None]
    made.flow = {Measure.MATCH_REMOVALS: flows, Measure.CONVICTED_REMOVALS: 0.0 * flows}.__getitem__
    rate = 1000.0 * flows.sum(axis=(0, 2)) / made.residents[-1].sum(axis=-1)
    made.stock(Stock.TRUST)[:] = made.residents * (
        0.6 + 0.01 * rate[None, :, None] * np.where(np.arange(6) < 3, own, others)
    )
    found = trust.texas(made)
    assert found["texas_foreign_born"] == pytest.approx(own - others, abs=1e-9)
    assert found["texas_us_born"] == pytest.approx(own - others, abs=1e-9)


def test_the_dip_of_a_month_is_against_its_neighbours():
    months = {17: 60.0, 18: 56.0, 19: 61.0}  # June to August 2019
    level = np.array([months.get(k, 59.0) for k in range(24)])
    made = panel(lambda t, _c, g: np.where(g < 3, level[t], 65.0) / 100.0, months=24, start="2018-01")
    found = trust.chicago(made)
    assert found["chicago_dip"] == pytest.approx(56.0 - 60.5)
    assert found["chicago_dip_gap"] == pytest.approx(56.0 - 60.5)
    assert found["chicago_return"] == pytest.approx(1.0)
    assert found["chicago_gap"] == pytest.approx(level.mean() - 65.0)


@pytest.mark.parametrize("name", sorted({estimates.home(name) for name in estimates.ESTIMATES}))
def test_every_estimate_has_one_home_and_fits_it(name):
    own = estimates.at_home(name)
    assert own
    assert estimates.unfit(load(name), own) is None
    others = [other for other in estimates.ESTIMATES if other not in own]
    assert all(estimates.home(other) != name for other in others)


@pytest.mark.parametrize(
    "name", sorted({estimates.home(name) for name in estimates.ESTIMATES} - {registry.NATION})
)
def test_local_estimates_are_made_of_their_own_scenario(name):
    found = estimates.live(load(name).with_(scale=400.0), estimates.at_home(name))
    assert tuple(found) == estimates.at_home(name)
    assert np.isfinite(list(found.values())).all()


def test_announced_raids_are_news_and_nothing_else():
    runs = {}
    for regime in ("historical", "historical+raids_2019"):
        model = CooperationModel(load("chicago-2019").with_(scale=400.0, regime=regime, hypotheses="H2+H2b"))
        runs[regime] = model.run()
    change = {k: run.timeline.changes["policy"] for k, run in runs.items()}
    assert change["historical"]["news"].sum() == 0.0
    assert change["historical+raids_2019"]["news"].sum() == 1.0
    for field in ("hold", "notify", "interview", "street", "active", "deputies"):
        assert (
            np.unique(change["historical"][field], axis=0).tolist()
            == np.unique(change["historical+raids_2019"][field], axis=0).tolist()
        )
    salience = [np.array(run.stocks())[..., Stock.SALIENCE].sum(axis=(1, 2)) for run in runs.values()]
    july = 18
    assert salience[1][july] > salience[0][july]
    assert np.array_equal(salience[0][:july], salience[1][:july])
