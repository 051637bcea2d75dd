"""Age and sex: data by group, rates whose mean is kept, children who are neither victims nor offenders; nothing when off."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from comity import CooperationModel, Parameters
from comity.agents.ages import AGE, AGES, Rate, Sex, relative
from comity.agents.offending import victim_rate
from comity.agents.police import contact_rates, minor_rate
from comity.agents.residents import Resident, Status
from comity.world import ages, places, population

ADULT = AGES.index("25-34")
CHILD = AGES.index("0-11")
BUSY = {
    "settling_days": 14,
    "minor_arrests": 0.5,
    "victimisation_other": 0.05,
    "exit_rate": 1.0,
    "reentry": 0.3,
}
RUN: dict[str, Any] = {
    "start": dt.date(2010, 3, 1),
    "end": dt.date(2010, 4, 15),
    "hypotheses": "H2+H4+H5+H6+H8",
}


def make(*place: str, residents: int = 3000, **more: Any) -> CooperationModel:
    scale = max(1.0, int(places.select(place)["population"].sum()) / residents)
    parameters = BUSY | {"ages": 1} | more.pop("parameters", {})
    return CooperationModel(place=place, scale=scale, **{"seed": 3} | RUN | more, parameters=parameters)


@pytest.fixture(scope="module")
def one() -> CooperationModel:
    return make(
        "06059", "48201", residents=12_000, log=True, observe=["victim_survey"], end=dt.date(2010, 11, 30)
    ).run()


def neutral(residents: int, p: Parameters) -> dict[str, Any]:
    """Everybody is an adult like all others."""
    shape = (len(Rate), len(Status), len(Sex), len(AGES))
    shares = np.zeros((population.CELLS, len(Sex) * len(AGES)))
    shares[:, ADULT] = 1.0
    return {"ages": np.zeros(residents if p.ages else 0, AGE), "age_shares": shares, "by_age": np.ones(shape)}


@given(
    st.sampled_from([("06075",), ("36061", "34003"), ("48261", "48215"), ("15005", "31009", "11001")]),
    st.sampled_from(["historical", "mandatory", "trust_act", "task_force_287g", "inactive"]),
    st.integers(0, 2**31),
    st.integers(0, 1),
)
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_where_nobody_differs_the_run_is_that_without_ages(place, regime, seed, comes):
    """No draw, rate or count but those by age and sex hangs on the switch."""
    ways = {"regime": regime, "seed": seed, "log": True, "residents": 600}
    own = {"population": comes, "moves_arrive": comes / 2}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ages, "tables", neutral)
        on = make(*place, parameters=own, **ways).run()
    off = make(*place, parameters=own | {"ages": 0}, **ways).run()
    assert on.world.residents.tobytes() == off.world.residents.tobytes()
    assert on.table().equals(off.table())
    assert on.events().equals(off.events())
    assert len(off.world.ages) == 0
    assert on.world.ages.nbytes == 2 * len(on.world.residents)


def test_the_table_holds_what_was_published():
    groups = ages.people()
    total, under_18 = np.sum(groups, axis=0), slice(0, 3)
    assert min(group.min() for group in groups) > 0
    assert total.sum() == pytest.approx(308_745.5, rel=1e-4)
    assert total[0].sum() == pytest.approx(151_781, rel=1e-3)  # shares of men have three digits
    assert groups.unauthorized[0].sum() / groups.unauthorized.sum() == pytest.approx(0.53, abs=0.005)
    young = groups.unauthorized[:, 3:5]
    assert young[0].sum() / young.sum() == pytest.approx(0.57)
    by_age = groups.unauthorized.sum(axis=0) / groups.unauthorized.sum()
    assert [by_age[:4].sum(), by_age[4:6].sum(), by_age[6:].sum()] == pytest.approx(
        [0.26, 0.59, 0.15], abs=0.002
    )
    assert groups.us_born_hispanic[:, under_18].sum() / groups.us_born_hispanic.sum() == pytest.approx(
        0.49, abs=0.01
    )
    shares = ages.shares()
    assert shares.shape == (population.CELLS, len(Sex) * len(AGES))
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert len(places.rows("ages.csv")) == len(AGES)
    assert [int(row["age"]) for row in places.rows("ages.csv")] == [
        int(name.rstrip("+").split("-")[0]) for name in AGES
    ]


def test_rates_have_the_mean_that_they_had():
    """Of all residents 1; where the registry has a ratio of the unauthorized to all others, of both."""
    groups, rates = ages.people(), ages.rates()
    found = ages.by_age(Parameters(offender_arrests=1.0))
    total = np.sum(groups, axis=0)
    others = total - groups.unauthorized
    assert np.allclose((rates * total).sum(axis=(1, 2)) / total.sum(), 1.0)
    assert (rates[:, :, CHILD] == 0.0).all()
    for rate, explains in ((Rate.OFFENDING, 1.6), (Rate.MINOR_ARRESTS, 1.70)):
        assert ages.explained(rate) == pytest.approx(explains, abs=0.01)
        own = (found[rate, Status.UNAUTHORIZED] * groups.unauthorized).sum() / groups.unauthorized.sum()
        assert own == pytest.approx(1.0)
        assert (found[rate, Status.US_BORN] * others).sum() / others.sum() == pytest.approx(1.0)
    assert (found[Rate.CONTACTS] == rates[Rate.CONTACTS]).all()
    assert "1.70" in str(Parameters.model_fields["unauthorized_minor"].description)


@given(st.floats(0, 1), st.floats(0, 2), st.floats(1, 12), st.floats(0, 6))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_as_many_unauthorized_are_arrested_as_without_ages(share, ratio, carried, minor):
    """In the mean over their ages and offenders, by the kernel's rule, whatever the registry says."""
    keys = {
        "offender_share": share,
        "unauthorized_offending": ratio,
        "offender_arrests": carried,
        "unauthorized_minor": minor,
    }
    w = make("06075", residents=200, parameters=keys | {"ages": 1}).world.copy()
    p, i, mean, alike = w.p[0], int(np.flatnonzero(w.residents["status"] == Status.UNAUTHORIZED)[0]), [], []
    for rows, found in ((w.ages, mean), (w.ages[:0], alike)):
        v = w._replace(ages=rows)
        for sex in range(len(Sex)):
            for age in range(len(AGES)):
                w.ages[i] = age, sex
                offends = min(
                    p["offender_share"] * relative(v, i, Rate.OFFENDING) * p["unauthorized_offending"], 1.0
                )
                by = []
                for flag in (0, 1):
                    w.residents["offender"][i] = flag
                    by.append(minor_rate(v, i))
                found.append((1.0 - offends) * by[0] + offends * by[1])
    weights = ages.people().unauthorized.ravel()
    assert np.average(mean, weights=weights) == pytest.approx(
        np.average(alike, weights=weights), rel=1e-6, abs=1e-12
    )


def test_residents_are_of_the_ages_of_their_group(one):
    w = one.world
    cell = w.residents["hispanic"].astype(int) * len(Status) + w.residents["status"]
    group = w.ages["sex"].astype(int) * len(AGES) + w.ages["age"]
    for k, shares in enumerate(ages.shares()):
        found = np.bincount(group[cell == k], minlength=len(shares))
        expected = found.sum() * shares
        enough = expected > 5.0  # below that the test is not one of chi-squared
        chi = ((found - expected)[enough] ** 2 / expected[enough]).sum()
        assert chi <= stats.chi2.isf(1e-4, max(enough.sum(), 1))
    assert np.bincount(cell, minlength=population.CELLS)[[0, 4, 5, 9]].min() > 100


def test_ages_are_a_persons_own():
    """They hang on seed, county and place in it: not on the regime, nor on who else is simulated."""
    keys = {**RUN, "seed": 3, "scale": 500, "parameters": BUSY | {"ages": 1}}
    alone = CooperationModel(place="36061", **keys).world
    both = CooperationModel(place=("06075", "36061"), regime="mandatory", **keys).world
    here = both.residents["county"] == both.counties["fips"].tolist().index(36061)
    assert 1000 < len(alone.ages) < len(both.ages)
    assert np.array_equal(alone.ages, both.ages[here])
    other = CooperationModel(place="36061", **keys | {"seed": 4}).world
    assert not np.array_equal(alone.ages, other.ages)


def test_children_neither_offend_nor_are_met_nor_counted_as_victims(one):
    w, children = one.world, np.flatnonzero(one.world.ages["age"] == CHILD)
    assert len(children) > 1000
    assert not w.residents["offender"][children].any()
    assert not w.residents["conviction"][children].any()
    for i in children[:200]:
        assert victim_rate(w, i) == 0.0
        assert contact_rates(w, i) == (0.0, 0.0, 0.0)
    events = one.events()
    lived = events[events["kind"].isin(("incident", "stop", "arrest", "booking", "removal"))]
    assert len(lived) > 500
    assert not np.isin(lived["resident"], children).any()
    offenders = events.loc[events["kind"] == "incident", "other"]
    assert not np.isin(offenders, children).any()


def test_minor_arrests_of_an_age_and_sex_are_as_often_as_recorded(one):
    """Offenders carry more, whose share differs by age; the mean of all of one age and sex is kept."""
    w = one.world
    r = w.residents
    usual = (r["status"] == Status.US_BORN) & (r["hispanic"] == 0)
    for sex, age in ((0, 3), (0, 5), (1, 3), (1, 4)):
        rows = np.flatnonzero(usual & (w.ages["sex"] == sex) & (w.ages["age"] == age))
        wanted = (
            float(w.p["minor_arrests"][0])
            * ages.by_age(one.setup.parameters)[Rate.MINOR_ARRESTS, Status.US_BORN, sex, age]
        )
        share = min(float(w.p["offender_share"][0]) * relative(w, rows[0], Rate.OFFENDING), 1.0)
        offends = r["offender"][rows] > 0
        assert offends.mean() == pytest.approx(share, abs=5 * (share / len(rows)) ** 0.5)
        by = [np.mean([minor_rate(w, i) for i in rows[offends == flag]]) for flag in (False, True)]
        assert by[1] > by[0]
        assert (1 - share) * by[0] + share * by[1] == pytest.approx(wanted, rel=1e-6)


def test_the_survey_asks_those_of_12_years_and_over(one):
    interviews = one.observed("victim_interviews")
    assert len(interviews) > 50
    assert not np.isin(interviews["person"], np.flatnonzero(one.world.ages["age"] == CHILD)).any()


def test_rates_of_victims_are_of_those_of_12_years_and_over(one):
    w, totals = one.world, one.totals()
    there = (w.residents["whereabouts"] == 0) & (w.ages["age"] != CHILD)
    assert totals["aged_12"][-1].sum() == pytest.approx(there.sum() * one.setup.scale)
    assert totals["aged_12"][-1].sum() < 0.9 * totals["residents"][-1].sum()
    days = (
        np.diff([*one.starts(), np.datetime64(one.setup.end) + np.timedelta64(1, "D")])
        .astype("timedelta64[D]")
        .astype(int)
    )
    assert np.allclose(totals["person_years"].sum(axis=1), totals["aged_12"].sum(axis=1) * days / 365.25)


def test_an_agent_says_its_age_where_there_is_one(one):
    agents = one.agents_by_type[Resident]
    assert agents[5].sex == Sex(int(one.world.ages["sex"][5]))
    assert agents.get("age")[:9] == one.world.ages["age"][:9].tolist()
    with pytest.raises(AttributeError, match="part of how the world"):
        agents[5].age = 3
    alike = make("06075", residents=100, parameters={"ages": 0}).agents_by_type[Resident]
    assert not hasattr(alike[0], "age")
    with pytest.raises(AttributeError, match="ages is 0"):
        alike.get("age")
