"""Verification against theory: where a closed form exists the model has it, and what should not matter does not.

Statistical tests state the chance of a false alarm; for a given version of the code the result is always the same.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from comity import CooperationModel
from comity.agents.news import WEEKS, fade
from comity.agents.public import drawn
from comity.draws import probability

ERROR = 1e-5
"""Chance of a false alarm of each statistical test (two-sided normal approximation)."""

Z = NormalDist().inv_cdf(1 - ERROR / 2)
YEAR = {"place": "06075", "start": "2010-01-01", "end": "2010-12-31", "seed": 5}


@pytest.mark.parametrize(("rise", "fall"), [(21.0, 60.0), (3.0, 700.0)])
def test_attribution_moves_half_of_the_way_in_a_half_life(rise, fall):
    for start, target, days in ((0.0, 0.8, rise), (0.8, 0.1, fall)):
        value = start
        for _ in range(int(days)):
            value = drawn(value, target, rise, fall, 0.0)
        assert value == pytest.approx((start + target) / 2, abs=1e-9)


def test_public_awareness_without_forgetting_follows_its_closed_form():
    """What is known spreads at a rate to those who do not know: 1 - (1 - A0) exp(-rate t), day by day."""
    model = CooperationModel(**YEAR, scale=2000, media_rate=0.05)
    w = model.world.copy()
    w.policies["believed_residents"], w.fade[2] = 1.0, 1.0
    before = float(w.counties[0]["awareness"])
    for _ in range(200):
        fade(w, 0)
    spread = probability(0.05 * WEEKS, 1.0)
    assert w.counties[0]["awareness"] == pytest.approx(1 - (1 - before) * (1 - spread) ** 200, rel=1e-9)
    assert w.counties[0]["awareness"] == pytest.approx(1 - (1 - before) * math.exp(-0.05 * 200 / 7), rel=1e-6)


def test_without_chill_incidents_are_those_of_constant_hazards():
    """Under H0 nobody's hazard moves: the number of incidents is Poisson, with the mean of all hazards."""
    model = CooperationModel(**YEAR, scale=20, hypotheses="H0")
    r, clock = model.world.residents, model.world.clock[0]
    rate = np.where(r["hispanic"] == 1, clock["rate_hispanic"], clock["rate_other"]) * r["proneness"]
    model.run()
    totals = model.totals()
    here = 1 - (totals["in_jail"].sum() + totals["in_ice_custody"].sum()) / totals["residents"].sum()
    mean = -np.expm1(-rate / 365.25).sum() * model.days * here
    found = totals["incidents"].sum() / model.setup.scale
    assert abs(found - mean) < Z * math.sqrt(mean)


def rates(scale):
    totals = CooperationModel(**YEAR, scale=scale).run().totals()
    n = {name: totals[name].sum() / scale for name in ("incidents", "bookings", "reported")}
    years = totals["person_years"].sum() / scale
    return n, years


@pytest.mark.parametrize("scale", [10, 100])
def test_rates_are_the_same_at_every_scale(scale):
    """Counts over person-years at two scales differ by no more than counts that are at least as spread as Poisson do."""
    fine, fine_years = rates(5)
    coarse, years = rates(scale)
    for name, number in coarse.items():
        expected = fine[name] / fine_years * years
        spread = math.sqrt(
            2.0 * expected * (1 + years / fine_years)
        )  # repeat victims and offenders: twice Poisson
        assert abs(number - expected) < Z * spread, name


def test_the_order_of_counties_is_no_matter():
    places = ["06001", "06041", "06075"]
    keys = YEAR | {"scale": 200}
    one, other = (
        CooperationModel(**keys | {"place": tuple(order)}).run() for order in (places, places[::-1])
    )
    columns = ["date", "county", "group", "measure"]
    a, b = (m.table().astype(dict.fromkeys(columns[1:], str)).sort_values(columns) for m in (one, other))
    assert np.allclose(a["value"], b["value"], rtol=1e-9, equal_nan=True)


def test_how_often_a_period_is_recorded_is_no_matter():
    by_week, by_month = (CooperationModel(**YEAR, scale=200, recording_days=days).run() for days in (7, 28))
    for name in ("incidents", "bookings", "removals", "chance_sum"):
        assert by_week.totals()[name].sum() == pytest.approx(by_month.totals()[name].sum(), rel=1e-12)
