"""Synthetic residents against the county table and the marginals of the design."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaincinv

from comity import CooperationModel, Status
from comity.parameters import Parameters
from comity.world import people, places
from comity.world.ties import half_bits, partner, permute, tie, unpermute

COUNTIES = ["06037", "48201", "17031", "06075", "53033", "12086", "36061", "04013"]


@pytest.fixture(scope="module")
def model() -> CooperationModel:
    """Eight large counties at 1:50, about half a million residents."""
    return CooperationModel(place=COUNTIES, scale=50, seed=3)


@pytest.fixture(scope="module")
def residents(model):
    return model.world.residents


@pytest.fixture(scope="module")
def nation():
    """The United States at 1:1,000."""
    return CooperationModel(place="US", scale=1000, seed=3).world.residents


def test_ethnicity_matches_the_table_to_rounding(model, residents):
    table = places.select(COUNTIES)
    for c, row in enumerate(table.itertuples()):
        own = residents[residents["county"] == c]
        assert len(own) == round(row.population / 50)
        assert abs(own["hispanic"].sum() - row.hispanic / 50) <= 1


def test_status_matches_the_table_within_a_household(model, residents):
    table = places.select(COUNTIES)
    for c, row in enumerate(table.itertuples()):
        status = residents["status"][residents["county"] == c]
        assert (
            abs((status == Status.UNAUTHORIZED).sum() - row.unauthorized / 50) <= 2 * people.LARGEST_HOUSEHOLD
        )
        assert abs((status >= Status.GREEN_CARD).sum() - row.noncitizen / 50) <= 2 * people.LARGEST_HOUSEHOLD


def test_households_are_contiguous_and_of_the_mean_size(residents):
    rows = np.arange(len(residents))
    assert (residents["household"] <= rows).all()
    assert (rows < residents["household"] + residents["household_size"]).all()
    # The last household of a stretch of neighbours is cut short, which matters little at full population.
    city = CooperationModel("san-francisco", scale=1).world.residents
    first = city[city["household"] == np.arange(len(city))]
    p = Parameters()
    for hispanic, mean in ((0, p.household_size), (1, p.household_size_hispanic)):
        sizes = first["household_size"][first["hispanic"] == hispanic]
        assert sizes.mean() == pytest.approx(mean, rel=0.01)


def test_latinos_live_with_and_know_unauthorized_people_as_surveys_say(nation):
    """30 % (20 to 35) are unauthorized or live with somebody who is; 53 % (45 to 60) know somebody who is."""
    latino = nation[nation["hispanic"] == 1]
    exposed = (latino["status"] == Status.UNAUTHORIZED) | (latino["exposed_household"] > 0)
    knows = (latino["exposed_ties"] > 0) | (latino["exposed_household"] > 0)
    share = (latino["status"] == Status.UNAUTHORIZED).mean()
    assert 0.13 <= share <= 0.23
    assert 0.20 <= exposed.mean() <= 0.35
    assert 0.45 <= knows.mean() <= 0.60


def test_exposure_counts_what_is_there(model, residents):
    w = model.world
    unauthorized = residents["status"] == Status.UNAUTHORIZED
    rng = np.random.default_rng(5)
    ties = w.p[0]["neighbourhood_ties"] + w.p[0]["ethnic_ties"]
    for i in rng.integers(len(residents), size=300):
        r = residents[i]
        home = np.arange(r["household"], r["household"] + r["household_size"])
        assert r["exposed_household"] == unauthorized[home[home != i]].sum()
        known = [tie(w, int(i), k) for k in range(int(ties))]
        assert r["exposed_ties"] == sum(bool(unauthorized[j]) for j in known if j >= 0)


def test_neighbourhoods_have_the_countys_dissimilarity(model):
    table = places.select(COUNTIES)
    w = model.world
    for c, row in enumerate(table.itertuples()):
        own = w.neighbourhoods[w.neighbourhoods["county"] == c]
        hispanic, other = own["hispanics"], own["residents"] - own["hispanics"]
        found = 0.5 * np.abs(hispanic / hispanic.sum() - other / other.sum()).sum()
        assert found == pytest.approx(row.dissimilarity, abs=0.03)


def test_proneness_is_unequal_as_repeat_victimisation_says(residents):
    """Mean one; with gamma shape 0.03, 1.2 % victims a year, 19 % of them have two or more (BJS, repeat violence)."""
    proneness = residents["proneness"].astype(float)
    assert proneness.mean() == pytest.approx(1.0, abs=4 * np.sqrt(1 / 0.03 / len(proneness)))
    shape = 0.03
    rate = shape * ((1 - 0.012) ** (-1 / shape) - 1)
    none = np.exp(-rate * proneness).mean()
    one = (rate * proneness * np.exp(-rate * proneness)).mean()
    assert (1 - none - one) / (1 - none) == pytest.approx(0.19, abs=0.02)


def test_records_and_offending_follow_the_registry(residents):
    p = Parameters()
    unauthorized = residents["status"] == Status.UNAUTHORIZED
    for chosen, share in (
        (unauthorized, p.ident_unauthorized),
        (residents["status"] == Status.NATURALISED, p.ident_naturalised),
        (residents["status"] == Status.US_BORN, p.ident_us_born),
    ):
        n = chosen.sum()
        assert abs(residents["ident"][chosen].mean() - share) < 4 * np.sqrt(share * (1 - share) / n) + 1e-9
    ratio = residents["offender"][unauthorized].mean() / residents["offender"][~unauthorized].mean()
    assert ratio == pytest.approx(p.unauthorized_offending, abs=0.05)


@pytest.mark.uncompiled
@given(st.integers(2, 5000), st.tuples(*[st.integers(0, 2**32 - 1)] * 4))
@settings(max_examples=60, deadline=None)
def test_a_matching_pairs_everybody_once(n, keys):
    keys = tuple(np.uint64(key) for key in keys)
    found = np.array([partner(x, n, keys) for x in range(min(n, 400))])
    for x, other in enumerate(found):
        assert other != x
        assert other == -1 or partner(int(other), n, keys) == x
    if n <= 400:
        assert (found == -1).sum() == n % 2


@pytest.mark.uncompiled
@given(st.integers(0, 2**20 - 1), st.tuples(*[st.integers(0, 2**32 - 1)] * 4))
@settings(max_examples=100, deadline=None)
def test_the_permutation_is_undone(x, keys):
    keys = tuple(np.uint64(key) for key in keys)
    bits = half_bits(2**20)
    assert unpermute(permute(x, bits, keys), bits, keys) == x


def test_ties_are_mutual_and_within_the_right_group(model, residents):
    w = model.world
    near = int(w.p[0]["neighbourhood_ties"])
    rng = np.random.default_rng(1)
    for i in map(int, rng.integers(len(residents), size=500)):
        for k in range(near + int(w.p[0]["ethnic_ties"])):
            j = tie(w, i, k)
            if j < 0:
                continue
            assert tie(w, int(j), k) == i
            field = "neighbourhood" if k < near else "hispanic"
            assert residents[field][i] == residents[field][j]
            assert residents["county"][i] == residents["county"][j]


@given(st.floats(0.01, 0.9), st.floats(0.05, 0.9))
@settings(max_examples=40, deadline=None)
def test_the_beta_distribution_has_the_dissimilarity_asked_for(share, uneven):
    spread = people.concentration(np.array([share]), np.array([uneven]))[0]
    quantiles = betaincinv(share * spread, (1 - share) * spread, (np.arange(200_000) + 0.5) / 200_000)
    found = np.abs(quantiles - share).mean() / (2 * share * (1 - share))
    assert found == pytest.approx(uneven, abs=0.01)
