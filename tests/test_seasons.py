"""Seasons and trend of crime: data that multiply the base rate by day and type, and exactly nothing where they are off."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel, Parameters
from comity.parameters import INCIDENTS
from comity.world import places, seasons
from comity.world.state import DAY

DAYS = st.dates(dt.date(2005, 1, 1), dt.date(2019, 1, 1))
SHARES = st.lists(st.floats(0, 1), min_size=6, max_size=6).filter(lambda x: sum(x) > 0.1)


def entered(start: dt.date, days: int, **parameters: object) -> np.ndarray:
    calendar = np.zeros(days, DAY)
    seasons.enter(calendar, start, Parameters(**parameters))
    return calendar


@given(DAYS, st.integers(1, 800), SHARES)
@settings(max_examples=50, deadline=None)
def test_off_is_exactly_nothing(start, days, shares):
    mix = tuple(share / sum(shares) for share in shares)
    calendar = entered(start, days, incident_mix=mix)
    assert (calendar["crime"] == 1.0).all()
    assert (calendar["readiness"] == 1.0).all()
    assert (calendar["mix"] == np.array(mix)).all()


@given(DAYS, st.floats(0, 2), st.floats(0, 3))
@settings(max_examples=50, deadline=None)
def test_types_add_up_and_stay_within_what_is_recorded(start, wave, trend):
    calendar = entered(start, 400, crime_seasons=wave, crime_trend=trend)
    assert np.allclose(calendar["mix"].sum(axis=1), 1.0)
    assert (calendar["mix"] >= 0).all()
    ratio = calendar["crime"][:, None] * calendar["mix"] / np.array(Parameters().incident_mix)
    assert np.allclose(ratio, seasons.relative(start, 400, Parameters(crime_seasons=wave, crime_trend=trend)))
    assert 0.05 < ratio.min() <= ratio.max() < 3.0


def test_the_tables_are_in_the_order_of_types_and_cover_the_years_of_scenarios():
    rows = places.rows("crime_seasons.csv")
    assert tuple(row["type"] for row in rows) == INCIDENTS
    years = [int(row["year"]) for row in places.rows("recorded_crime.csv")]
    assert years == [*range(2004, 2020)]


def test_what_was_published_comes_out():
    """Recorded crime of 2010 relative to 2006, and burglary in winter relative to summer."""
    trend = seasons.relative(dt.date(2006, 1, 1), 5 * 365 + 1, Parameters(crime_trend=1))
    first, last = trend[:365].mean(axis=0), trend[-365:].mean(axis=0)
    assert last[4] / first[4] == pytest.approx((739565 / 309330219) / (1198245 / 299398484), rel=0.02)
    year = seasons.relative(dt.date(2007, 12, 1), 366, Parameters(crime_seasons=1))
    winter, summer = year[:91].mean(axis=0), year[183:275].mean(axis=0)
    assert winter[2] / summer[2] == pytest.approx(0.89, abs=0.01)
    assert winter[1] == summer[1] == 1.0


def test_victims_follow_the_course():
    """Over several years incidents by month are as many as the course says, by a chi-squared test of fixed dice."""
    dates = {"start": dt.date(2006, 1, 1), "end": dt.date(2009, 12, 31)}
    more = {"crime_seasons": 2, "crime_trend": 2, "recording_days": 0, "victimisation_hispanic": 0.05}
    more |= {"settling_days": 0, "proneness_shape": 5, "victimisation_other": 0.05}
    model = CooperationModel(place="06075", scale=100, seed=4, hypotheses="H0", **dates, **more).run()
    found = model.totals()["incidents"].sum(axis=1) / 100
    month = model.world.calendar["month"][: model.days]
    course = np.bincount(month, model.world.calendar["crime"][: model.days])
    expected = found.sum() * course / course.sum()
    chi = ((found - expected) ** 2 / expected).sum()
    assert expected.min() > 50
    assert chi < len(found) + 4 * (2 * len(found)) ** 0.5
    flat = found.sum() / len(found)
    assert ((found - flat) ** 2 / flat).sum() > 2 * chi
