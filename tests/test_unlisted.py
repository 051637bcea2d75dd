"""What no policy lists: jails that ICE screens by itself, and detainers that are declined without a rule."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import Parameters
from comity.policy import regimes
from comity.policy.unlisted import interviewed, refusals
from comity.world import places

START = dt.date(2013, 1, 1)
PLACES = ["06075", "17031", "48201", "04013", "18097", "12086", "31009"]


def changes(spec: str = "mandatory", **parameters: float):
    counties = places.select(PLACES)
    timeline = regimes.timeline(
        regimes.compose(spec), counties, Parameters(**parameters), START, dt.date(2017, 12, 31), ()
    )
    return timeline.changes, list(counties.index)


def on_day(table, county: int, day: dt.date):
    rows = table[(table["county"] == county) & (table["day"] <= (day - START).days)]
    return rows[-1]["policy"]


@pytest.mark.parametrize("spec", ["mandatory", "historical"])
def test_off_is_the_calendar_as_it_was(spec):
    usual, _ = changes(spec)
    other, _ = changes(spec, unlisted_refusal=0.0, screened=0.0)
    assert np.array_equal(usual, other)
    assert (usual["policy"]["interview"] >= np.float32(0.14)).all()


@given(st.floats(0.01, 3), st.dates(dt.date(2013, 10, 1), dt.date(2015, 12, 31)))
@settings(max_examples=20, deadline=None)
def test_jails_without_a_rule_decline_as_many_as_was_recorded(ratio, day):
    table, counties = changes("historical", unlisted_refusal=ratio)
    plain, _ = changes("historical")
    share = {"48201": 0.035, "04013": 0.001, "18097": 0.001, "06075": 0.0}
    for fips, refused in share.items():
        usual, found = (on_day(t, counties.index(fips), day)["hold"] for t in (plain, table))
        free = usual.min() == 1.0
        assert np.allclose(found, usual * (1.0 - ratio * refused) if free else usual)
    listed = counties.index("17031")
    assert np.array_equal(on_day(table, listed, day)["hold"], on_day(plain, listed, day)["hold"])


def test_before_and_after_what_was_recorded_nothing_is_declined():
    table, counties = changes(unlisted_refusal=1.0)
    texas = counties.index("48201")
    for day, left in ((dt.date(2013, 9, 30), 1.0), (dt.date(2016, 6, 1), 0.98), (dt.date(2017, 2, 1), 1.0)):
        assert np.allclose(on_day(table, texas, day)["hold"], left)
    assert all(row.start < row.until and 0.0 <= row.share < 0.1 for row in refusals())


def test_ice_covers_the_jails_with_most_noncitizens():
    counties = places.counties()
    share = interviewed(counties, Parameters(screened=0.6))
    assert set(share) == {0.0, 0.6}
    assert (share > 0).mean() == pytest.approx(0.14, abs=0.005)
    noncitizens = counties["noncitizen"].to_numpy(float)
    assert noncitizens[share > 0].min() >= noncitizens[share == 0].max()
    assert noncitizens[share > 0].sum() / noncitizens.sum() > 0.85
    assert (interviewed(counties, Parameters()) == 0.14).all()


def test_agreements_count_from_what_ice_does_by_itself():
    """A jail agreement adds deputies where ICE screens little as well as where it screens much."""
    table, counties = changes(screened=0.6)
    first = {c: on_day(table, c, START) for c in range(len(counties))}
    assert first[counties.index("31009")]["interview"] == 0.0
    assert first[counties.index("48201")]["interview"] == pytest.approx(0.6)
    assert all(policy["deputies"] == 0.0 for policy in first.values())
