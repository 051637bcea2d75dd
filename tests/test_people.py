"""Who the residents are: households, ties and characters, exactly as the rules say and with the tables' marginals."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import betaincinv

from comity import CooperationModel, Parameters, Status, Whereabouts
from comity.agents.residents import identity
from comity.kernels import kernel
from comity.parameters import LEVELS
from comity.world import imported_tables, people, places
from comity.world.ties import by_rank, half_bits, partner, permute, rank, tie, ties_of, unpermute

ERROR = 1e-4  # of each statistical test; its keys are fixed, so its outcome is too
DAYS = {"start": dt.date(2010, 1, 1), "end": dt.date(2010, 1, 2)}
COUNTIES = ["06037", "48201", "17031", "06075", "53033", "12086", "36061", "04013"]


@pytest.fixture(scope="module")
def model() -> CooperationModel:
    """Eight large counties at 1:50, about half a million residents."""
    return CooperationModel(place=COUNTIES, scale=50, seed=3)


@pytest.fixture(scope="module")
def residents(model):
    return model.world.residents


@pytest.fixture(scope="module")
def nation() -> Any:
    """The United States at 1:1,000: a hundred agents in the average county, a dozen in the median one."""
    return CooperationModel(place="US", scale=1000, seed=3).world


def populate(place: object, scale: float = 1.0, seed: int = 3, latecomers: int = 0, **more: object):
    keys = DAYS | {"place": place, "scale": scale, "seed": seed} | more
    return CooperationModel(**keys, latecomers=latecomers).world


@kernel
def describe_all(w, ties, ranks, back, keys):
    for i in range(len(w.residents)):
        for k in range(ties.shape[1]):
            ties[i, k] = tie(w, i, k)
        r = w.residents[i]
        ranks[i], keys[i] = rank(w, i), identity(w, i)
        back[i] = by_rank(w, r["county"], r["hispanic"], ranks[i])


def described(w) -> tuple[np.ndarray, ...]:
    """Return everybody's ties, rank, the resident of that rank, and key for draws."""
    n, k = len(w.residents), int(w.p[0]["neighbourhood_ties"] + w.p[0]["ethnic_ties"])
    arrays = np.zeros((n, k), np.int64), *(np.zeros(n, np.int64) for _ in range(3))
    describe_all(w, *arrays)
    return arrays


SOME = st.sampled_from([["06075"], ["31009"], ["48301"], ["48215", "11001"], ["36061", "34003", "15005"]])


def at_once(w):
    """Return everybody's ties, (residents, ties), as they are found for a county at once."""
    largest = np.diff(w.counties["first"], append=len(w.residents)).max()
    ties = int(w.p["neighbourhood_ties"][0] + w.p["ethnic_ties"][0])
    found, ranked, ends = (
        np.zeros((ties, largest), np.int32),
        np.zeros(largest, np.int32),
        [*w.counties["first"][1:], len(w.residents)],
    )
    parts = []
    for c, end in enumerate(ends):
        ties_of(w, c, found, ranked)
        parts.append(found[:, : end - w.counties["first"][c]].T.copy())
    return np.concatenate(parts)


@given(
    SOME,
    st.integers(1, 3000),
    st.integers(0, 2**40),
    st.integers(0, 8),
    st.integers(0, 8),
)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_ties_are_perfect_matchings(place, residents, seed, near, far):
    """Every tie is mutual, with somebody else of the same group, and at most one of a group goes without."""
    inhabitants = int(places.select(place)["population"].sum())
    w = populate(place, max(1.0, inhabitants / residents), seed, neighbourhood_ties=near, ethnic_ties=far)
    r, rows = w.residents, np.arange(len(w.residents))
    ties, ranks, back, _ = described(w)
    assert np.array_equal(back, rows)
    assert np.array_equal(at_once(w), ties)
    ethnic = r["county"].astype(int) * 2 + r["hispanic"]
    assert all(
        np.array_equal(np.sort(ranks[ethnic == g]), np.arange((ethnic == g).sum())) for g in set(ethnic)
    )
    for k, mate in enumerate(ties.T):
        group = r["neighbourhood"] if k < near else ethnic
        tied = mate >= 0
        assert (mate[tied] != rows[tied]).all()
        assert np.array_equal(mate[mate[tied]], rows[tied])
        assert np.array_equal(group[mate[tied]], group[tied])
        without = np.bincount(group[~tied], minlength=group.max() + 1)
        assert np.array_equal(without, np.bincount(group) % 2)


def test_ties_differ_from_each_other_and_between_seeds():
    """Matchings are drawn independently: among n people, one in n shares a tie by chance."""
    first, second = (described(populate("06075", 50, seed))[0] for seed in (3, 4))
    n = len(first)
    assert n > 16_000
    columns = [*first.T, *second.T]
    for a in range(len(columns)):
        for b in range(a):
            assert (columns[a] == columns[b]).mean() < 0.01


def test_latecomers_have_no_ties_and_change_none():
    worlds = [populate("06075", 400, latecomers=n) for n in (0, 3)]
    without, with_ = (described(w)[0] for w in worlds)
    assert np.array_equal(at_once(worlds[1]), with_)
    assert np.array_equal(with_[:-3], without)
    assert (with_[-3:] == -1).all()


@given(SOME, st.integers(1, 3000), st.integers(0, 2**40), st.floats(1, 8), st.floats(1, 10))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_households_are_whole(place, residents, seed, size, size_hispanic):
    inhabitants = int(places.select(place)["population"].sum())
    sizes = {"household_size": size, "household_size_hispanic": size_hispanic}
    w = populate(place, max(1.0, inhabitants / residents), seed, **sizes)
    r = w.residents
    first, counts = np.unique(r["household"], return_counts=True)
    assert np.array_equal(r["household_size"][first], counts)
    assert counts.max() <= people.LARGEST_HOUSEHOLD
    for field in ("household", "household_size", "county", "neighbourhood", "hispanic"):
        assert np.array_equal(r[field], np.repeat(r[field][first], counts)), field
    assert len(set(described(w)[3].tolist())) == len(r)
    assert (r["whereabouts"] < Whereabouts.REMOVED).all()
    for field in ("trust", "cynicism", "awareness"):
        assert ((r[field] >= 0.0) & (r[field] < 1.0)).all(), field


def test_every_state_has_its_people(nation):
    r, table = nation.residents, places.counties()
    state = nation.counties["state"][r["county"]]
    for n, name in enumerate(table["state"].unique()):
        own = table[table["state"] == name]
        slack = 1 + 2 * np.sqrt(
            len(own)
        )  # a county is rounded by half an agent at most, but gets one at least
        lonely = np.maximum(1 - own["population"] / 1000, 0).sum()
        assert abs((state == n).sum() - own["population"].sum() / 1000 - lonely) <= slack
        assert abs(r["hispanic"][state == n].sum() - own["hispanic"].sum() / 1000) <= slack


@pytest.mark.parametrize(
    ("column", "lowest"), [("noncitizen", Status.GREEN_CARD), ("unauthorized", Status.UNAUTHORIZED)]
)
def test_the_nation_has_its_immigrants(nation, column, lowest):
    """Rounding within counties is to both sides, so that it leaves the whole as it is."""
    expected = places.counties()[column].sum() / 1000
    assert (nation.residents["status"] >= lowest).sum() == pytest.approx(expected, rel=0.02)


def share_is(found: np.ndarray, share: float) -> bool:
    """Whether a share among people drawn one by one is the one asked for."""
    return stats.binomtest(int(found.sum()), len(found), share).pvalue > ERROR


def test_characters_are_drawn_as_the_registry_says():
    w, p = populate("48201", 40), Parameters()
    r = w.residents
    assert share_is(r["seen_hispanic"][r["hispanic"] == 1], p.recognised)
    assert share_is(r["seen_hispanic"][r["hispanic"] == 0], p.misrecognised)
    lawful = np.isin(r["status"], (Status.GREEN_CARD, Status.VISA))
    assert share_is(r["status"][lawful] == Status.VISA, p.visa_share)
    for status, share in (
        (Status.US_BORN, p.ident_us_born),
        (Status.NATURALISED, p.ident_naturalised),
        (Status.GREEN_CARD, p.ident_lawful),
        (Status.VISA, p.ident_lawful),
        (Status.UNAUTHORIZED, p.ident_unauthorized),
    ):
        assert share_is(r["ident"][r["status"] == status], share), status
    unauthorized = r["status"] == Status.UNAUTHORIZED
    other_immigrant = (r["status"] != Status.US_BORN) & (r["hispanic"] == 0)
    assert share_is(r["offender"][~unauthorized & ~other_immigrant], p.offender_share)
    assert share_is(
        r["offender"][unauthorized & ~other_immigrant], p.offender_share * p.unauthorized_offending
    )
    lawful_other = other_immigrant & ~unauthorized
    assert share_is(r["offender"][lawful_other], p.offender_share * p.immigrant_arrests_other)
    for offends, record in ((1, p.record_offender), (0, p.record_other)):
        own = r["conviction"][r["offender"] == offends]
        counts = np.bincount(own, minlength=len(LEVELS))
        assert stats.chisquare(counts, np.array(record) / sum(record) * len(own)).pvalue > ERROR
    # Numbers of 32 bits end at 1e-45, so that the lowest twentieth of a gamma of shape 0.03 is 0.
    gamma = stats.gamma(p.proneness_shape, scale=1 / p.proneness_shape)
    proneness, floor = r["proneness"].astype(float), gamma.cdf(1e-30)
    assert share_is(proneness < 1e-30, floor)
    above = (gamma.cdf(proneness[proneness >= 1e-30]) - floor) / (1 - floor)
    assert stats.kstest(above, "uniform").pvalue > ERROR


def test_what_is_drawn_of_one_person_is_independent():
    r = populate("48201", 40).residents
    traits = [r[name].astype(float) for name in ("seen_hispanic", "ident", "offender", "proneness")]
    born_here = (r["status"] == Status.UNAUTHORIZED) & (r["hispanic"] == 1)
    for a in range(len(traits)):
        for b in range(a):
            assert stats.pearsonr(traits[a][born_here], traits[b][born_here]).pvalue > ERROR / 6


@pytest.mark.parametrize("place", ["48215", "06037", "36061"])
def test_unauthorized_people_live_together(place):
    """In a household that has an unauthorized member, `mixed_household` of the members are, wherever there is room."""
    w, p = populate(place, 50), Parameters()
    r = w.residents
    mine = (r["hispanic"] == 1) & ((r["exposed_household"] > 0) | (r["status"] == Status.UNAUTHORIZED))
    share = (r["status"][mine] == Status.UNAUTHORIZED).mean()
    assert share == pytest.approx(p.mixed_household, abs=0.03)


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


def test_households_are_of_the_mean_size():
    # The last household of a stretch of neighbours is cut short, which matters little at full population.
    city = CooperationModel("san-francisco", scale=1).world.residents
    first = city[city["household"] == np.arange(len(city))]
    p = Parameters()
    for hispanic, mean in ((0, p.household_size), (1, p.household_size_hispanic)):
        sizes = first["household_size"][first["hispanic"] == hispanic]
        assert sizes.mean() == pytest.approx(mean, rel=0.01)


def test_latinos_live_with_and_know_unauthorized_people_as_surveys_say(nation):
    """30 % (20 to 35) are unauthorized or live with somebody who is; 53 % (45 to 60) know somebody who is."""
    latino = nation.residents[nation.residents["hispanic"] == 1]
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


@given(
    st.sampled_from([1.0, 17.0, 100.0, 500.0, 20_000.0]),
    st.lists(st.integers(0, 3142), min_size=1, max_size=6, unique=True),
)
@settings(max_examples=60)
def test_neighbourhoods_of_a_county_are_those_it_has_alone(scale, chosen):
    counties = imported_tables.counties("US", {}).iloc[chosen]
    agents = np.rint(counties["population"].to_numpy() / scale).astype(np.int64)
    together, row, first = people.neighbourhoods(counties, agents, 3), 0, 0
    for c, n in enumerate(agents):
        alone = people.neighbourhoods(counties.iloc[[c]], agents[[c]], 3 * (c == len(agents) - 1))
        alone["county"], alone["first"] = c, alone["first"] + first
        assert together[row : row + len(alone)].tobytes() == alone.tobytes()
        assert alone["settled"].sum() == n
        assert np.ptp(alone["settled"]) <= 1
        share = counties["hispanic"].iloc[c] / counties["population"].iloc[c]
        assert abs(alone["hispanics"].sum() - n * share) <= 0.5
        assert (alone["hispanics"] <= alone["settled"]).all()
        row, first = row + len(alone), first + n
    assert row == len(together)


def test_neighbourhoods_have_the_countys_dissimilarity(model):
    table = places.select(COUNTIES)
    w = model.world
    for c, row in enumerate(table.itertuples()):
        own = w.neighbourhoods[w.neighbourhoods["county"] == c]
        hispanic, other = own["hispanics"], own["residents"] - own["hispanics"]
        found = 0.5 * np.abs(hispanic / hispanic.sum() - other / other.sum()).sum()
        assert found == pytest.approx(row.dissimilarity, abs=0.03)


def test_proneness_is_unequal_as_repeat_victimisation_says(residents):
    """With gamma shape 0.03 and 1.2 % victims a year, 19 % of them have two or more (BJS, repeat violence)."""
    proneness = residents["proneness"].astype(float)
    shape = 0.03
    rate = shape * ((1 - 0.012) ** (-1 / shape) - 1)
    none = np.exp(-rate * proneness).mean()
    one = (rate * proneness * np.exp(-rate * proneness)).mean()
    assert (1 - none - one) / (1 - none) == pytest.approx(0.19, abs=0.02)


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


@given(st.floats(0.01, 0.9), st.floats(0.05, 0.9))
@settings(max_examples=40, deadline=None)
def test_the_beta_distribution_has_the_dissimilarity_asked_for(share, uneven):
    spread = people.concentration(np.array([share]), np.array([uneven]))[0]
    quantiles = betaincinv(share * spread, (1 - share) * spread, (np.arange(50_000) + 0.5) / 50_000)
    found = np.abs(quantiles - share).mean() / (2 * share * (1 - share))
    assert found == pytest.approx(uneven, abs=0.01)
