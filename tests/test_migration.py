"""People come and go: totals follow the tables, nobody is lost, moves have a destination, and what is off has no effect."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger import follow

from comity import CooperationModel, Parameters
from comity.agents.homes import find_home
from comity.agents.migration import destination
from comity.draws import Stream
from comity.scenario import Scenario
from comity.sweeps.files import load_study
from comity.world import capacity, people, places, population
from comity.world.state import KNOT, Movement

ALL = "H2+H2b+H3+H4+H5+H6+H7+H8+H10"
WAYS = {"population": 1, "moves_arrive": 0.7, "reentry": 0.5, "reentry_delay": 20.0, "ident_accrues": 1}
BUSY = {
    "exit_rate": 1.0, "minor_arrests": 1.0, "ident_unauthorized": 0.8, "ice_beds": 100.0, "pickup_capacity": 10.0,
    "at_large": 1.0, "at_large_cost": 1.0, "recording_days": 30,
}  # fmt: skip


def make(*place: str, residents: int = 3000, days: int = 200, **more: Any) -> CooperationModel:
    scale = max(1.0, int(places.select(place)["population"].sum()) / residents)
    start = more.pop("start", dt.date(2009, 10, 1))
    keys = {"place": place, "scale": scale, "seed": 5, "hypotheses": ALL, "start": start}
    return CooperationModel(**keys, end=start + dt.timedelta(days - 1), **more)


def on(**more: Any) -> dict[str, Any]:
    return BUSY | WAYS | more


@given(
    st.sampled_from([("06075",), ("36061", "34003"), ("48261", "48215"), ("15005", "31009", "11001")]),
    st.dates(dt.date(2005, 1, 1), dt.date(2019, 1, 1)),
    st.integers(20, 3000),
    st.fixed_dictionaries(
        {
            "population": st.integers(0, 1), "moves_arrive": st.floats(0, 1), "reentry": st.sampled_from([0.0, 0.9]),
            "spare_homes": st.floats(0, 1), "beds_pooled": st.integers(0, 1), "beds_course": st.floats(0, 1),
            "ident_accrues": st.integers(0, 1), "news_learned": st.integers(0, 1), "gravity": st.floats(0, 4),
            "unlisted_refusal": st.floats(0, 3), "ages": st.integers(0, 1),
        }
    ),
)  # fmt: skip
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_nobody_is_lost_on_any_day(place, start, residents, ways):
    """The ledger keeps second books: births, arrivals, moves, removals, returns and deaths add up every evening."""
    follow(make(*place, residents=residents, days=60, start=start, log=True, parameters=BUSY | ways))


def test_all_ways_are_gone():
    """The property above is not empty: every movement happens."""
    model = make("06059", "06073", "04013", log=True, parameters=on(), days=300)
    follow(model)
    assert (model.world.movements.sum(axis=(0, 1)) > 0).all()
    frame = model.movements()
    assert frame["count"].sum() == model.world.movements.sum() * model.setup.scale
    assert set(frame["movement"]) == {movement.name.lower() for movement in Movement}


@pytest.mark.parametrize("end", [dt.date(2006, 6, 1), dt.date(2013, 12, 31)])
def test_states_have_as_many_as_the_tables_say(end):
    """To the agent, by state, ethnicity and status, on the last day of a run through the years."""
    start = dt.date(2006, 1, 1)
    days = (end - start).days + 1
    model = make("06037", "48201", "48215", residents=6000, days=days, start=start, parameters=on())
    w = model.run().world
    at = (model.days - 1) / KNOT
    row, part = int(at), at % 1
    wanted = np.floor((1 - part) * w.quota[row] + part * w.quota[row + 1] + 0.5)
    first = np.flatnonzero(np.append(True, np.diff(w.counties["state"]) > 0))
    homes = np.add.reduceat(np.diff(w.homes, axis=1), first, axis=1).T
    assert np.array_equal(w.present, np.minimum(wanted, homes))
    assert (wanted <= homes).mean() > 0.8
    assert w.quota.shape[1] == 2


def test_the_tables_say_what_was_published():
    """National totals by group over the years, from the county tables and the series."""
    counties, p = places.counties(), Parameters(population=1)
    shares = people.status_shares(counties, p)
    plan = population.housing(counties, shares, dt.date(2006, 7, 1), 9 * 365, 1.0, p)
    millions = plan.quota.sum(axis=1) / 1e6  # by knot and cell
    hispanic, unauthorized = millions[:, 5:].sum(axis=1), millions[:, [4, 9]].sum(axis=1)
    years = 2006.5 + np.arange(len(millions)) * KNOT / 365.25
    at = {year: int(np.argmin(abs(years - year - 0.5))) for year in (2007, 2010, 2012, 2014)}
    published = population._states()
    for year, knot in at.items():
        everybody = sum(known[year] for known in published.values()) / 1e6
        assert millions[knot].sum() == pytest.approx(everybody, rel=0.01)
    assert hispanic[at[2014]] / hispanic[at[2007]] == pytest.approx(55.2 / 45.3, rel=0.02)
    assert unauthorized[at[2007]] / unauthorized[at[2012]] == pytest.approx(12.2 / 11.2, rel=0.02)
    assert millions[at[2014], :5].sum() > millions[at[2007], :5].sum()


def test_moves_go_near_and_to_people_of_the_same_ethnicity():
    model = make("06059", "06037", "06073", "17031", parameters=on(gravity=1.5))
    w, counties = model.world, list(model.counties)
    here, lots = counties.index("06059"), (np.arange(4000) + 0.5) / 4000
    found = {h: Counter(int(destination(w, here, h, u)) for u in lots) for h in (0, 1)}
    assert found[1][here] == 0
    near, far = counties.index("06037"), counties.index("17031")
    assert found[1][near] > 5 * found[1][far] > 0
    assert found[1][-1] > 0  # counties that are not simulated
    assert found[1][near] > found[0][near]
    weights = w.pull.copy()
    total = weights.sum() + w.counties["outside"][here, 1]
    assert found[1][near] == pytest.approx(4000 * weights[near] / total, abs=2)


def test_homes_are_found_if_there_are_any_and_are_of_the_kind():
    """Empty ones and those of residents who are free, each with the same chance."""
    model = make("06075", "06001", residents=400, parameters=on())
    w, r = model.world, model.world.residents
    for empty, there in ((True, np.isin(r["whereabouts"], (3, 4))), (False, r["whereabouts"] == 0)):
        for c, cell in ((0, 5), (1, 9), (1, 0)):
            right = there & (r["county"] == c) & (r["hispanic"] * 5 + r["status"] == cell)
            found = Counter(
                int(find_home(w, cell, c, c + 1, Stream.ARRIVAL, who, empty, 3)) for who in range(1200)
            )
            assert found.pop(-1, 0) < 12  # few of many homes may escape
            assert set(found) == set(np.flatnonzero(right).tolist())
            expected = 1200 / right.sum()
            assert max(abs(number - expected) for number in found.values()) < 6 * expected**0.5
    assert int(find_home(w, 3, 0, 0, Stream.ARRIVAL, 1, True, 3)) == -1


@pytest.mark.parametrize("name", ["spare_homes", "gravity", "reentry_delay"])
def test_what_belongs_to_mechanisms_that_are_off_does_nothing(name):
    usual = make("06075", days=60, parameters=BUSY).run()
    other = make("06075", days=60, parameters=BUSY | {name: 3.0 if name != "spare_homes" else 1.0}).run()
    assert np.array_equal(usual.world.residents, other.world.residents)
    assert usual.table().equals(other.table())


def test_regimes_that_are_alike_have_the_same_newcomers():
    one, other = (
        make("06075", "06001", days=250, parameters=on(), regime=regime, log=True).run()
        for regime in ("mandatory", "mandatory+full_decline@2010-04-01")
    )
    before = [m.events().query("day < 182") for m in (one, other)]
    assert before[0].equals(before[1])
    assert (before[0]["kind"] == "arrival").sum() > 3
    assert not one.events().equals(other.events())


def test_a_newcomer_changes_only_what_the_newcomer_causes():
    """One more who comes, to a world without offenders and witnesses, leaves everybody else's life as it was."""
    quiet = on(offender_share=0.0, witnesses=0.0)
    quiet |= {
        "neighbourhood_ties": 0,
        "ethnic_ties": 0,
        "exit_rate": 0.0,
        "salience_transfers": 0.0,
        "reentry": 0.0,
    }
    quiet |= {"jail_beds": 50.0, "bed_reserve": 0.0}
    one, other = (make("06075", days=200, parameters=quiet) for _ in range(2))
    other.world.quota[3:, 0, 5] += 1.0  # one more US-born Hispanic resident, from the third month on
    runs = [one.run().world, other.run().world]
    differ = np.flatnonzero(runs[0].residents["person"] != runs[1].residents["person"])
    rows = np.flatnonzero(runs[0].residents != runs[1].residents)
    households = runs[0].residents["household"][differ]
    assert 0 < len(differ) < 10
    assert np.isin(runs[0].residents["household"][rows], households).all()


def test_someone_new_is_not_arrested_for_who_lived_there_before():
    """Ends a pursuit: the case remembers who of those who lived in a place in turn it is about."""
    model = make("06059", "06073", log=True, days=300, parameters=on(at_large_delay=100.0, reentry=0.0))
    follow(model)
    events = model.events()
    moved = events[events["kind"].isin(("arrival", "at_large_arrest", "release"))]
    assert (moved["kind"] == "arrival").sum() > 0
    for _, own in moved.groupby("resident"):
        kinds = own["kind"].astype(str).tolist()
        for n, kind in enumerate(kinds):
            assert kind != "at_large_arrest" or "release" in kinds[:n][::-1][:2] or n == 0


def test_beds_follow_appropriations():
    p = Parameters(beds_course=1.0)
    assert capacity.beds(dt.date(2006, 10, 1), 1, p)[0] == pytest.approx(27_500 / 34_000)
    assert capacity.beds(dt.date(2009, 9, 30), 2, p).tolist() == pytest.approx(
        [(28_450 + 33_400) / 68_000, 33_400 / 34_000]
    )
    assert (capacity.beds(dt.date(2005, 1, 1), 5000, Parameters()) == 1.0).all()
    assert capacity.beds(dt.date(2019, 1, 1), 1, p)[0] == 1.0


def test_officers_follow_what_was_done_in_jails():
    p = Parameters(officers_course=1.0)
    assert capacity.officers(dt.date(2006, 1, 1), 1, p)[0] == pytest.approx(151_428 / 223_296)
    assert pytest.approx(1.46, abs=0.001) == 221_085 / 151_428
    year = capacity.officers(dt.date(2008, 1, 1), 600, p)
    assert (np.diff(year) >= 0).all()
    assert year[-1] == pytest.approx(1.0)
    assert (capacity.officers(dt.date(2005, 1, 1), 5000, Parameters()) == 1.0).all()


@given(st.floats(0.5, 4))
@settings(max_examples=10, deadline=None)
def test_officers_on_the_border_are_taken_from_the_others(ratio):
    residents = places.counties().groupby("office")["unauthorized"].sum()
    found = capacity.officers_of(list(residents.index), Parameters(officers_border=ratio))
    assert (found * residents).sum() == pytest.approx(residents.sum())
    assert set(np.round(found / found[0], 9)) == {1.0, round(ratio, 9)}  # Atlanta is not on the border
    assert (capacity.officers_of(["Phoenix", "Chicago"], Parameters()) == 1.0).all()


def test_the_nation_switches_on_what_is_off():
    """One place has all of it, and sets besides only what was calibrated."""
    usual, living = Parameters(), Scenario.load("united-states").parameters
    mechanisms = {
        "crime_seasons",
        "crime_trend",
        "journeys",
        "home_experience",
        "population",
        "moves_arrive",
        "reentry",
        "screened",
        "ident_accrues",
    }
    mechanisms |= {
        "ages",
        "beds_course",
        "beds_pooled",
        "officers_course",
        "unlisted_refusal",
        "news_learned",
    }
    assert all(getattr(usual, name) == 0 < getattr(living, name) for name in mechanisms)
    free = load_study("calibration").uncertainties
    calibrated = {name for name in free if not free[name].dummy}
    text = (Path(__file__).parents[1] / "experiments" / "united-states" / "scenario.toml").read_text()
    assert tomllib.loads(text)["parameters"].keys() == mechanisms | calibrated | {"recording_days"}
