"""Places: the embedded tables add up to published totals, and are what their scripts make."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import holidays
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impute
from comity.policy.policy import FIRST_DAY, LAST_DAY
from comity.world import places
from comity.world.places import adjacency, counties, select, states
from comity.world.state import LONGEST_HOLD

DATA = Path(places.__file__).parent / "data"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return counties()


@pytest.fixture(scope="module")
def rollout(table: pd.DataFrame) -> pd.DataFrame:
    """Facts about the rollout that the county table implies, by state, beside those of the state table."""
    return states().join(table.groupby("state")["activation"].agg(["min", "max", "nunique", "size", list]))


def active(table: pd.DataFrame, date: str) -> pd.DataFrame:
    return table[table["activation"] <= np.datetime64(date)]


def test_every_county_of_2010_is_there(table: pd.DataFrame) -> None:
    assert len(table) == 3_143
    assert table.index.is_unique
    assert table.index.is_monotonic_increasing
    assert table.index.str.fullmatch(r"\d{5}").all()
    assert (table.index.str[:2] == table["state_fips"]).all()
    assert table.groupby("state").size().eq(states()["n_counties_2010"].astype(int)).all()


def test_people_add_up_to_the_census(table: pd.DataFrame) -> None:
    assert table["population"].sum() == pytest.approx(308_745_538, rel=1e-6)
    assert table["hispanic"].sum() == pytest.approx(50_477_594, rel=1e-5)
    ratio = table.groupby("state")["population"].sum() / states()["pop_2010"].astype(int)
    assert (ratio - 1).abs().max() < 1e-3


def test_top_100_counties_hold_the_known_shares(table: pd.DataFrame) -> None:
    people = table.nlargest(100, "population")["population"].sum() / table["population"].sum()
    hispanic = table.nlargest(100, "hispanic")["hispanic"].sum() / table["hispanic"].sum()
    assert people == pytest.approx(0.420, abs=0.002)
    assert hispanic == pytest.approx(0.710, abs=0.002)


def test_segregation_has_the_known_level(table: pd.DataFrame) -> None:
    within = (table["dissimilarity"] * table["hispanic"]).sum() / table["hispanic"].sum()
    white = table["white_share"] * table["population"]
    across = (table["hispanic"] / table["hispanic"].sum() - white / white.sum()).abs().sum() / 2
    assert within == pytest.approx(0.452, abs=0.002)
    assert across == pytest.approx(0.509, abs=0.002)


def test_shares_are_shares(table: pd.DataFrame) -> None:
    shares = table.filter(like="_share").to_numpy()
    assert (shares >= 0).all()
    assert (shares.sum(axis=1) <= 1.0).all()
    segregation = table[["dissimilarity", "isolation"]].dropna().to_numpy()
    assert ((segregation >= 0) & (segregation <= 1)).all()
    assert not table.drop(columns=["dissimilarity", "isolation"]).isna().to_numpy().any()
    assert list(table.index[table["dissimilarity"].isna()]) == ["31009"]


def test_centroids_are_in_the_united_states(table: pd.DataFrame) -> None:
    assert table["lat"].between(18, 72).all()
    assert table["lon"].between(-180, -66).all()
    assert table.loc["06075", ["lat", "lon"]].to_numpy(float) == pytest.approx([37.76, -122.44], abs=0.1)
    assert table["land_sqmi"].gt(0).all()


def test_noncitizens_match_state_totals(table: pd.DataFrame) -> None:
    assert table["noncitizen"].sum() == pytest.approx(22.02e6, rel=0.01)
    by_state = table.groupby("state")["noncitizen"].sum()
    assert by_state.eq(states()["noncitizen_acs5_2010"].astype(int)).all()
    assert table["noncitizen"].between(0, table["population"]).all()


def test_unauthorized_match_the_national_estimate_and_their_ceiling(table: pd.DataFrame) -> None:
    assert table["unauthorized"].sum() == pytest.approx(11.2e6, rel=0.03)
    assert table["unauthorized"].ge(0).all()
    assert table["unauthorized"].le(0.95 * table["noncitizen"]).all()
    by_state = table.groupby("state")["unauthorized"].sum()
    assert by_state["CA"] == pytest.approx(2_550_000, abs=2)
    assert by_state["NC"] == pytest.approx(390_000, abs=100)  # Homeland Security, for want of Pew
    assert by_state["VT"] == pytest.approx(5_000, abs=5)  # published as fewer than 10,000
    assert by_state["TX"] == pytest.approx(0.553 * 2_668_299, abs=300)


@pytest.mark.parametrize(
    ("date", "expected", "tolerance"),
    [
        ("2008-10-26", 0, 0),
        ("2008-12-31", 14, 0),
        ("2009-11-12", 95, 0.05),
        ("2009-12-31", 105, 0),
        ("2010-04-02", 135, 0.05),
        ("2010-05-01", 169, 0.05),
        ("2010-05-07", 169, 0.05),
        ("2010-08-10", 544, 0.05),
        ("2010-09-30", 658, 0.05),
        ("2010-10-26", 746, 0.05),
        ("2010-11-30", 788, 0.05),
        ("2010-12-31", 893, 0),
        ("2011-02-01", 1_008, 0.05),
        ("2011-05-17", 1_300, 0.05),
        ("2011-10-31", 1_595, 0.05),
        ("2011-12-31", 1_992, 0),
        ("2013-01-21", 3_037, 0),
        ("2013-01-22", 3_143, 0),
    ],
)
def test_national_counts_follow_published_milestones(
    table: pd.DataFrame, date: str, expected: int, tolerance: float
) -> None:
    assert len(active(table, date)) == pytest.approx(expected, rel=tolerance)


def test_twenty_states_take_part_in_early_may_2010(table: pd.DataFrame) -> None:
    assert active(table, "2010-05-01")["state"].nunique() == 20
    assert active(table, "2010-05-07")["state"].nunique() == 20


@pytest.mark.parametrize(("year", "share"), [(2008, 0.06), (2009, 0.41), (2010, 0.73), (2011, 0.82)])
def test_active_counties_hold_the_known_share_of_hispanics(
    table: pd.DataFrame, year: int, share: float
) -> None:
    covered = active(table, f"{year}-12-31")["hispanic"].sum() / table["hispanic"].sum()
    assert covered == pytest.approx(share, abs=0.011)


@pytest.mark.parametrize("year", range(2008, 2013))
def test_state_counts_at_year_ends_are_exact(table: pd.DataFrame, year: int) -> None:
    counts = active(table, f"{year}-12-31").groupby("state").size().reindex(states().index, fill_value=0)
    assert counts.eq(states()[f"sc_n_by_{year}"].astype(int)).all()


def test_state_dates_are_respected(rollout: pd.DataFrame) -> None:
    assert (rollout["min"] == pd.to_datetime(rollout["sc_first_activation"])).all()
    assert (rollout["max"] == pd.to_datetime(rollout["sc_statewide_complete"])).all()
    middle = [sorted(dates)[(len(dates) - 1) // 2] for dates in rollout["list"]]
    assert (pd.Series(middle, rollout.index) == pd.to_datetime(rollout["sc_median_activation"])).all()
    last = pd.Series([dates.count(max(dates)) for dates in rollout["list"]], rollout.index)
    share = rollout["sc_share_counties_on_last_day"].astype(float)
    assert (last / rollout["size"]).to_numpy() == pytest.approx(share.to_numpy(), abs=1e-3)


def test_states_have_their_number_of_activation_days(rollout: pd.DataFrame) -> None:
    extra = rollout["nunique"] - rollout["sc_n_activation_days"].astype(int)
    # A published date that is not one of the modelled days adds one (San Francisco).
    assert extra.drop("CA").eq(0).all()
    assert extra["CA"] in {0, 1}


def test_published_dates_override_modelled_ones(table: pd.DataFrame) -> None:
    known = pd.read_csv(DATA / "activation_published.csv", dtype=str).set_index("fips")
    rows = table.loc[known.index]
    assert (rows["activation"] == pd.to_datetime(known["date"])).all()
    assert rows["activation_basis"].eq("published").all()
    assert table.drop(known.index)["activation_basis"].eq("modelled").all()
    assert rows.loc["06075", "activation"] == pd.Timestamp("2010-06-08")


def test_larger_and_more_hispanic_counties_come_first_in_a_state(table: pd.DataFrame) -> None:
    texas = table[table["state"] == "TX"]
    months = texas["activation"].rank()
    assert months.corr(np.log(texas["population"])) < -0.3
    early, late = texas[months <= 50], texas[months > 150]
    assert (
        early["hispanic"].sum() / early["population"].sum()
        > late["hispanic"].sum() / late["population"].sum()
    )


def test_imputed_columns_are_what_the_script_makes_to_the_letter() -> None:
    text = (DATA / "counties_2010.csv").read_text(encoding="utf-8")
    kept = pd.read_csv(io.StringIO(text), dtype={"fips": str, "state_fips": str}, index_col="fips")
    assert tuple(kept.columns[-len(impute.COLUMNS) :]) == impute.COLUMNS
    made = impute.imputed(kept.drop(columns=list(impute.COLUMNS)))
    assert made.to_csv(lineterminator="\n") == text


def test_adjacency_is_symmetric_and_in_codes_of_2010(table: pd.DataFrame) -> None:
    neighbours = adjacency()
    assert list(neighbours) == list(table.index)
    pairs = {(a, b) for a, others in neighbours.items() for b in others}
    assert pairs == {(b, a) for a, b in pairs}
    assert not any(a == b for a, b in pairs)
    assert {b for _, b in pairs} <= set(table.index)
    assert len(pairs) == 17_518 + 2  # Bedford city and the county around it


def test_adjacency_of_known_counties() -> None:
    neighbours = adjacency()
    assert neighbours["06075"] == ("06001", "06081")  # Alameda, across a line in the bay, and San Mateo
    assert neighbours["51515"] == ("51019",)
    assert neighbours["02270"]
    assert neighbours["46113"]
    assert [fips for fips, others in neighbours.items() if not others] == [
        "02016", "15001", "15003", "15007", "25019", "53055",
    ]  # fmt: skip


def test_searching_finds_names_and_what_contains_them() -> None:
    search = places.gazetteer().search
    assert set(search("bedford")) == {"42009", "47003", "51019", "51515"}
    assert "46113" in search("Oglala Lakota")
    assert search("nowhere at all") == ()
    assert "06075" in search("0607")


def test_select_gives_rows_that_are_safe_to_change() -> None:
    bay = select(["San Francisco, CA", "Alameda, CA"])
    assert list(bay.index) == ["06001", "06075"]
    bay.loc["06075", "population"] = 0
    everywhere = counties()
    everywhere.loc["06075", "population"] = 0
    assert counties().loc["06075", "population"] == select("06075")["population"].item() > 800_000


@given(st.lists(st.sampled_from(list(counties().index)), min_size=1, max_size=5))
def test_residents_are_those_of_the_table(codes: list[str]) -> None:
    assert places.residents(codes) == select(codes)["population"].sum()


def test_federal_holidays_are_those_of_the_library() -> None:
    first, last = FIRST_DAY.year, LAST_DAY.year + 1
    known = holidays.country_holidays("US", years=range(first, last + 1))
    assert places.federal_holidays().tolist() == sorted(known)
    assert np.datetime64(LAST_DAY) + np.timedelta64(LONGEST_HOLD, "D") <= np.datetime64(f"{last}-12-31")


def test_import_reads_nothing_and_needs_no_scipy() -> None:
    code = (
        "import sys; from comity.world import places;"
        "assert 'scipy' not in sys.modules;"
        "assert places._counties.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - fixed arguments


@pytest.mark.parametrize(
    ("field", "source"),
    [
        ("pop_2010", "pop_2010_source"),
        ("n_counties_2010", "n_counties_source"),
        ("hispanic_share_2010", "hispanic_share_source"),
        ("noncitizen_acs5_2010", "noncitizen_source"),
        ("unauthorized_2010_pew", "unauthorized_source"),
        ("unauthorized_2010_dhs", "unauthorized_dhs_source"),
        ("sc_first_activation", "sc_source"),
    ],
)
def test_every_state_fact_has_a_source(field: str, source: str) -> None:
    assert states()[field].notna().equals(states()[source].notna())
