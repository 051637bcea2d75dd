"""Names of places resolve to counties, in every spelling, or to an error that says what could be meant."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.scenario import Scenario
from comity.sweeps.study import Study
from comity.world import places
from comity.world.places import UnknownPlaceError, adjacency, counties, resolve, select, states

STATE_CODES = list(states().index)


@pytest.mark.parametrize(
    "name",
    [
        "San Francisco County, CA",
        "San Francisco, CA",
        "san francisco,ca",
        "San Francisco, California",
        "  SAN  FRANCISCO county , ca ",
        "San Francisco",
        "06075",
        "6075",
        6075,
        np.int64(6075),
        ["06075", "San Francisco, CA"],
    ],
)
def test_names_of_one_county(name: places.PlaceLike) -> None:
    assert resolve(name) == ["06075"]


@pytest.mark.parametrize(
    ("name", "fips"),
    [
        ("DC", "11001"),
        ("11001", "11001"),
        ("District of Columbia", "11001"),
        ("District of Columbia, DC", "11001"),
        ("Dona Ana, NM", "35013"),
        ("Doña Ana County, New Mexico", "35013"),
        ("prince georges, MD", "24033"),
        ("Prince George\u2019s County, MD", "24033"),
        ("Miami\u2013Dade, FL", "12086"),
        ("Saint Louis County, MO", "29189"),
        ("St Louis city, MO", "29510"),
        ("Orleans, LA", "22071"),
        ("Juneau, AK", "02110"),
        ("New York, NY", "36061"),
        ("Carson City, NV", "32510"),
    ],
)
def test_other_counties(name: str, fips: str) -> None:
    assert resolve(name) == [fips]


@pytest.mark.parametrize("name", ["CA", "ca", "California", "state:CA", "state: california", "STATE:ca"])
def test_names_of_a_state(name: str) -> None:
    assert len(resolve(name)) == 58
    assert all(fips.startswith("06") for fips in resolve(name))


@pytest.mark.parametrize("name", ["US", "us", "united-states", "United States", "USA"])
def test_names_of_the_country(name: str) -> None:
    assert resolve(name) == list(counties().index)


def test_a_state_wins_over_a_county_of_the_same_name() -> None:
    assert resolve("Washington") == resolve("WA")
    assert resolve("New York") == resolve("state:NY")


def test_a_list_is_a_union_in_order_without_repeats() -> None:
    assert resolve(["11001", "San Francisco, CA", "DC", 6081]) == ["06075", "06081", "11001"]
    assert resolve(["CA", "US"]) == resolve("US")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("San Fransisco, CA", r"unknown place 'San Fransisco, CA'; did you mean 'San Francisco County, CA'"),
        ("Californa", r"unknown place 'Californa'; did you mean 'California'"),
        ("Cook, TX", r"unknown place 'Cook, TX'; did you mean 'Cooke County, TX'"),
        ("06074", r"unknown place '06074': no county of 2010; valid: .* 06073 \(San Diego County, CA\)"),
        (99, r"unknown place '99'"),
        (-1, r"unknown place '-1'"),
        (True, r"unknown place True"),
        ("", r"unknown place ''"),
        (
            "Cook",
            r"ambiguous place 'Cook': Cook County, GA; Cook County, IL; Cook County, MN; valid: a county",
        ),
        (
            "Baltimore, MD",
            r"ambiguous place 'Baltimore, MD': Baltimore County, MD; Baltimore city, MD; valid: a county",
        ),
        ("Washington County", r"ambiguous place .* and \d+ more; valid: a county"),
        (["CA", "Atlantis"], r"unknown place 'Atlantis'"),
        ([], "empty"),
        (None, "not None"),
        (3.5, r"not 3\.5"),
    ],
)
def test_errors_name_the_value_and_what_could_be_meant(place: places.PlaceLike, message: str) -> None:
    with pytest.raises(UnknownPlaceError, match=message):
        resolve(place)


def test_unknown_place_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="Atlantis"):
        select("Atlantis")


@given(st.text() | st.integers() | st.sampled_from(STATE_CODES).map(lambda code: f"Washington, {code}"))
@settings(deadline=None)
def test_resolve_gives_counties_or_unknown_place(place: str | int) -> None:
    try:
        found = resolve(place)
    except UnknownPlaceError:
        return
    assert found
    assert set(found) <= set(adjacency())


@given(st.lists(st.sampled_from(sorted(adjacency())) | st.sampled_from(STATE_CODES), min_size=1))
def test_resolving_a_list_is_order_free_and_stable(names: list[str]) -> None:
    found = resolve(names)
    assert found == resolve(names[::-1]) == resolve(found)
    assert found == sorted(set(found))


def test_every_county_is_found_by_its_full_name() -> None:
    table = counties()
    full = table["county"] + ", " + table["state"]
    assert [resolve(name) for name in full] == [[fips] for fips in table.index]


def spellings(county: str, state: str, full: str) -> st.SearchStrategy[str]:
    """Return ways to write the name of a county in a state."""
    bare = re.sub(" (City and Borough|County|Parish|Borough|Census Area|Municipality)$", "", county)
    forms = [
        county,
        bare,
        bare.replace(" ", ""),
        county.replace("St. ", "Saint "),
        county.replace("Ste. ", "Sainte "),
    ]
    forms += [
        county.replace(" and ", " & "),
        county.replace("-", " "),
        county.replace("'", "\u2019"),
        f"{bare} Co.",
    ]
    if county.endswith((" County", " Parish", " Borough")):
        forms += [f"{county.rpartition(' ')[2]} of {bare}", county.replace(" County", " Cnty")]
    if county.endswith(" city"):
        forms = [county, f"City of {county[:-5]}", f"{county[:-5]} (city)", county.title()]
    tails = [f", {state}", f", {full}", f" {full}", f",{state.lower()}", f" ,  {full.upper()}"]
    tails += [f" {state}"] if state != "CO" else []
    changes = [str, str.upper, str.lower, lambda name: f"  {name.replace(' ', chr(0xA0))} "]
    return st.builds(
        lambda form, tail, change: change(form + tail),
        st.sampled_from(forms),
        st.sampled_from(tails),
        st.sampled_from(changes),
    )


@given(data=st.data())
@settings(max_examples=600, deadline=None)
def test_any_spelling_of_a_county_is_the_county_or_says_which_it_may_be(data: st.DataObject) -> None:
    table, full = counties(), states()["name"]
    fips = data.draw(st.sampled_from(list(table.index)))
    county, state = table.loc[fips, ["county", "state"]]
    name = data.draw(spellings(county, state, full[state]))
    try:
        assert resolve(name) == [fips], name
    except UnknownPlaceError as error:
        assert "ambiguous" in str(error), name  # noqa: PT017
        assert f"{county}, {state}" in str(error), name  # noqa: PT017


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("46102", ["46113"]),
        ("Oglala Lakota, SD", ["46113"]),
        ("02158", ["02270"]),
        ("12025", ["12086"]),
        ("Dade, FL", ["12086"]),
        ("02280", ["02195", "02275"]),
        ("02063", ["02261"]),
        ("Copper River Census Area, AK", ["02261"]),
        ("Clifton Forge, VA", ["51005"]),
        ("La Salle, IL", ["17099"]),
        ("De Witt, TX", ["48123"]),
        ("King & Queen, VA", ["51097"]),
        ("City of Richmond, VA", ["51760"]),
        ("City & County of Denver, CO", ["08031"]),
        ("City and Borough of Juneau, AK", ["02110"]),
        ("County of Los Angeles", ["06037"]),
        ("Washington, DC", ["11001"]),
        ("Washington D.C.", ["11001"]),
        ("Adams County CO", ["08001"]),
        ("0500000US06075", ["06075"]),
        ("05000US06075", ["06075"]),
        ("G0600750", ["06075"]),
        ("06-075", ["06075"]),
        ("6075.0", ["06075"]),
        (6075.0, ["06075"]),
    ],
)
def test_what_tables_write_names_a_place_everywhere(name: places.PlaceLike, codes: list[str]) -> None:
    assert resolve(name) == codes
    table = select(codes)
    setup = Scenario.of(place=name, scale=1000.0 if table["population"].sum() > 1000 else 1.0)
    assert setup.residents == table["population"].sum()
    study = Study(places=(name,), scenario={"scale": 1.0})
    assert [places.resolve(case.place) for case in study.cases()] == [codes]
    assert set(codes) <= set(places.gazetteer().search(str(name)))


def test_states_may_be_named_by_their_codes() -> None:
    for name in ("06", "06000", "0400000US06", "State of California"):
        assert resolve(name) == resolve("CA")
    assert resolve("0100000US") == resolve("US")
    assert resolve("Commonwealth of Virginia") == resolve("VA")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Puerto Rico", "territory"),
        ("San Juan, PR", "territory"),
        ("72127", "territory"),
        ("Capitol Planning Region, CT", "planning regions"),
        ("09110", "planning regions"),
        ("1400000US06075010100", "a census tract"),
        ("15901", "Bureau of Economic Analysis"),
        ("Adams Co", "ambiguous"),
        ("\u041a\u0443\u043a Cook, IL", "did you mean 'Cook County, IL'"),
    ],
)
def test_what_is_no_county_of_2010_is_refused_with_the_reason(name: str, said: str) -> None:
    with pytest.raises(UnknownPlaceError, match=said):
        resolve(name)
