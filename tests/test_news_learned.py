"""News is learned: who has heard grows by media, word of mouth and cases; off, everybody has heard at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel
from comity.agents.news import announce, fade
from comity.agents.public import hear_news, judge
from comity.agents.residents import risk_at
from comity.parameters import Parameters, as_record
from comity.world.state import COUNTY, Memory

PLACE = ("06001", "06075", "06081")  # each is next to the others
RUN = {"place": PLACE, "scale": 20_000, "seed": 3, "start": "2010-01-01", "end": "2011-12-31"}


@pytest.fixture(scope="module")
def bay():
    return CooperationModel(**RUN, parameters={"settling_days": 0, "salience_transfers": 0.0}).world


def heard(media: float, ties: float, days: int) -> float:
    """Return who has heard of news that do not age, after so many days."""
    p, county = (
        as_record(Parameters(news_learned=1, media_rate=media, news_ties=ties))[0],
        np.zeros(1, COUNTY)[0],
    )
    county["news"] = 1.0
    for _ in range(days):
        hear_news(p, county)
    return float(county["salience"])


@pytest.mark.parametrize(("media", "ties"), [(0.01, 0.05), (0.01, 0.2), (0.05, 0.0)])
def test_hearing_follows_the_curve_of_bass(media, ties):
    """F = (1 - e^-(m+q)t) / (1 + q/m e^-(m+q)t), which by media alone is an exponential and by others alone logistic."""
    for weeks in (4, 26, 104):
        left = math.exp(-(media + ties) * weeks)
        assert heard(media, ties, 7 * weeks) == pytest.approx(
            (1 - left) / (1 + ties / media * left), rel=0.02
        )


@pytest.mark.uncompiled
@given(
    st.floats(0, 0.2),
    st.floats(0, 0.2),
    st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1)), max_size=5),
)
@settings(max_examples=30, deadline=None)
def test_nobody_is_alarmed_by_what_is_not_heard(bay, media, ties, headlines):
    """Salience is at most what it would be if everybody heard at once, on every day and whatever is put off."""
    both = [bay._replace(counties=bay.counties.copy(), p=bay.p.copy()) for _ in range(2)]
    for w, learned in zip(both, (0, 1), strict=True):
        w.p["news_learned"], w.p["media_rate"], w.p["news_ties"] = learned, media, ties
        w.p["salience_policy"] = 1.0
        for name in ("news", "salience"):
            w.counties[name] = 0.0
    for day in range(300):
        for w in both:
            for c in range(len(w.counties)):
                fade(w, c)
            for on, left in headlines:
                if on == day:
                    announce(w, day % 3, left)
    at_once, learned = (w.counties for w in both)
    assert np.array_equal(at_once["news"], at_once["salience"])
    assert np.allclose(learned["news"], at_once["news"])
    assert (learned["salience"] <= learned["news"]).all()


def test_off_what_belongs_to_it_does_nothing():
    runs = [CooperationModel(**RUN, parameters={"news_ties": ties}).run() for ties in (0.0, 0.2)]
    assert np.array_equal(runs[0].world.residents, runs[1].world.residents)
    assert np.array_equal(runs[0].world.counties, runs[1].world.counties)


def test_on_it_takes_the_place_of_what_everybody_hears_at_once():
    """The rise of salience by policy and the half-life of attribution then play no part."""
    usual = CooperationModel(**RUN, parameters={"news_learned": 1}).run()
    other = {"news_learned": 1, "salience_policy": 0.0, "attribution_rise": 500.0}
    assert np.array_equal(
        usual.world.counties, CooperationModel(**RUN, parameters=other).run().world.counties
    )


def test_a_switch_is_not_felt_in_its_month(bay):
    """Risk of somebody US-born without ties rises for most of a year, and by less than a third of it in the first month."""
    w = bay._replace(counties=bay.counties.copy(), p=bay.p.copy(), policies=bay.policies.copy())
    w.p["news_learned"] = 1
    w.policies["active"], w.policies["believed_residents"] = 1, 1.0
    w.counties["news"], w.counties["salience"] = 1.0, 0.0
    found = []
    for _ in range(730):
        fade(w, 0)
        judge(w, 0, 1)
        found.append(risk_at(w, 0, 0.0, 1, 0.0))
    assert found[30] < 0.34 * max(found)
    assert 120 < int(np.argmax(found)) < 500
    assert found[-1] < 0.6 * max(found)
    assert w.fade[Memory.SALIENCE, 1] < 1.0
