"""Offenders who cross county lines: as journeys, borders and residents say, and by one assumed share where that is off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel, Parameters
from comity.agents.offending import _offenders_home, size_up, targeting
from comity.draws import Stream, draws
from comity.parameters import INCIDENTS
from comity.world import crossing, places

BAY = ("06075", "06081", "06001", "06013")


def world(*place: str, **parameters: Any) -> Any:
    scale = max(1.0, int(places.select(place)["population"].sum()) / 1500)
    keys = {"place": place, "scale": scale, "start": "2010-01-01", "end": "2010-02-01", "settling_days": 0}
    return CooperationModel(**keys, parameters=parameters).world


def laid_out(codes: list[str], **parameters: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the shares across, and whose they are: rows of counties and of their neighbours among these."""
    counties = places.counties().loc[codes]
    rows = {fips: n for n, fips in enumerate(codes)}
    near = [[rows[f] for f in places.adjacency()[fips] if f in rows] for fips in codes]
    number, neighbours = np.array([len(n) for n in near]), np.array([n for own in near for n in own], int)
    found = crossing.shares(counties, number, neighbours, Parameters(**parameters))
    return found, np.repeat(np.arange(len(codes)), number), neighbours


def across(codes: list[str], **parameters: Any) -> np.ndarray:
    """Return (counties, is Hispanic, types): the share of incidents whose offender lives in a neighbour."""
    found, here, _ = laid_out(codes, **parameters)
    total = np.zeros((len(codes), *found.shape[1:]))
    np.add.at(total, here, found)
    return total


def test_the_table_is_in_the_order_of_types():
    assert tuple(row["type"] for row in places.rows("journeys.csv")) == INCIDENTS


def test_borders_go_both_ways():
    known = places.borders()
    assert all(known[b, a] == km > 0 for (a, b), km in known.items())
    assert {a for a, _ in known} == {fips for fips, others in places.adjacency().items() if others}


@given(st.sets(st.sampled_from(list(places.counties().index)), min_size=1, max_size=80), st.floats(0.01, 4))
@settings(max_examples=10, deadline=None)
def test_shares_are_shares_and_rise_with_the_journeys(some, journeys):
    """Of any counties, with all their neighbours: whatever is not simulated sends nobody."""
    codes = sorted(some | {f for fips in some for f in places.adjacency()[fips]})
    found, more = across(codes, journeys=journeys), across(codes, journeys=min(2 * journeys, 4.0))
    assert (found >= 0.0).all()
    assert (found <= 1.0 + 1e-12).all()
    assert (more >= found - 1e-12).all()
    at_home = INCIDENTS.index("domestic violence")
    there = (places.counties().loc[codes, "hispanic"] > 0).to_numpy()
    assert (found[there, :, at_home] == 0.0).all()


def test_disc_in_a_plain():
    """The formula beside journeys thrown at random, of lengths as spread as real ones, to a round county in an even plain."""
    rng, n = np.random.default_rng(1), 50_000
    counties = (
        places.counties().loc[["51515", "51019"]].copy()
    )  # a city within a county: all its border is one
    counties[["population", "hispanic"]] = 1e6 * counties[["land_sqmi", "land_sqmi"]].to_numpy()
    counties["population"] *= 2
    radius = np.sqrt(counties["land_sqmi"].iloc[0] / np.pi)
    for journeys in (0.2, 0.5, 1.0):
        p = Parameters(journeys=journeys)
        found = crossing.shares(counties, np.array([1, 1]), np.array([1, 0]), p)[0]
        mean = 1.62 * journeys  # of burglars
        ends, (a, b) = radius * np.sqrt(rng.random(n)), 2 * np.pi * rng.random((2, n))
        went = mean * np.exp(rng.normal(0.0, 1.0, n) - 0.5)
        begun = np.hypot(ends * np.cos(a) + went * np.cos(b), ends * np.sin(a) + went * np.sin(b)) > radius
        assert found[:, 2] == pytest.approx(begun.mean(), rel=0.08)


def test_a_small_county_beside_a_big_one_is_crossed_into_more_than_a_huge_one():
    codes = list(places.counties().index)
    total, area = across(codes, journeys=1.0)[:, :, 1], places.counties()["land_sqmi"].to_numpy()
    within = places.counties()["population"].to_numpy() > 100_000
    assert np.median(total[within & (area < 100)]) > 5 * np.median(total[within & (area > 2000)])
    maryland = [
        codes.index(fips) for fips in ("24031", "24033")
    ]  # measured: about a fifth of all index offences (NCJ 13900)
    assert 0.1 < total[maryland, 0].mean() < 0.25


@pytest.mark.uncompiled
@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_off_is_the_one_share_bit_for_bit(share):
    """Whoever is drawn comes from where the former rule, written out here, lets them come from."""
    w = world(*BAY, across_counties=share)
    for c, county in enumerate(w.counties):
        for who in range(150):
            u, v, _, _ = draws(w.clock[0]["seed"], Stream.NEIGHBOUR, 3, who)
            at = county["neighbours_first"] + int(v * county["neighbours"])
            expected = w.neighbours[at] if u < share else c
            assert _offenders_home(w, c, who % 2, who % 6, who, 3) == expected


@pytest.mark.uncompiled
def test_offenders_come_from_where_the_shares_say():
    w, n = world(*BAY, journeys=4.0), 1_000
    for c, kind in ((0, 1), (1, 3), (2, 0), (3, 5)):
        first, last = (w.counties[c]["neighbours_first"] + k for k in (0, w.counties[c]["neighbours"]))
        expected = np.zeros(len(w.counties))
        np.add.at(expected, w.neighbours[first:last], w.crossing[first:last, 1, kind])
        expected[c] = 1.0 - expected.sum()
        found = np.bincount([_offenders_home(w, c, 1, kind, who, 3) for who in range(n)], minlength=4) / n
        assert np.abs(found - expected).max() < 4.5 / np.sqrt(n) / 2
    assert w.crossing[:, :, :5].min() > 0.0


@pytest.mark.uncompiled
def test_who_crosses_judges_by_home_as_far_as_said():
    """Of two counties of which one reports half as much: at 0 the other is spared, at 1 both are hit alike."""
    w = world("06059", "06037", journeys=1.0, targeting=1.0)
    w.counties["learned_n"], w.counties["learned_before"] = 1.0, 0.4
    w.counties["learned_sum"] = 0.4
    w.counties["learned_sum"][1] = 0.2
    w.met[:] = 0.5
    size_up(w, 0, len(w.counties))
    here, there = (int(county["first"]) for county in w.counties)
    for by_home, expected in ((0.0, (1.0, 2.0)), (0.5, (1.25, 1.75)), (1.0, (1.5, 1.5))):
        w.p["home_experience"] = by_home
        assert [targeting(w, i) for i in (here, there)] == pytest.approx(expected)
