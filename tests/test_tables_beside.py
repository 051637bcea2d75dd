"""What stands in two columns of a table: a place said twice, a month and its year, joined or refused where they disagree."""

from __future__ import annotations

import json
from functools import cache

import pytest
from given_tables import FORMS_OF_MONTHS, LOOSE, codes, monthly, objections, read, values, written
from hypothesis import assume, example, given
from hypothesis import strategies as st

from comity.world import places

pytestmark = pytest.mark.usefixtures("home")

BESIDE_CODES = (
    ("NAME", "state", "county"),
    ("CTYNAME", "STATE", "COUNTY"),
    ("NAME", "STATEFP", "COUNTYFP"),
    ("Geographic Area Name", "state", "COUNTYFP"),
    ("NAME", "GEOID", "COUNTYFP"),
)


@LOOSE
@given(
    pair=st.lists(codes, min_size=2, max_size=2, unique=True),
    head=st.sampled_from(BESIDE_CODES),
    right=st.booleans(),
    as_json=st.booleans(),
)
def test_a_name_beside_a_code_agrees_with_it_or_is_refused(pair, head, right, as_json):
    """In whichever columns they stand: the first row is right, the second only sometimes."""
    rows = []
    for fips, named in zip(pair, pair if right else (pair[0], pair[0]), strict=True):
        county, postal = places.counties().loc[named, ["county", "state"]]
        code = fips if head[1] == "GEOID" else fips[:2]
        rows.append([f"{county}, {places.states()['name'][postal]}", code, fips[2:], "5"])
    rows = [[*head, "noncitizen"], *rows]
    content = json.dumps(rows).encode() if as_json else written(rows, "utf-8", "\n")
    if right:
        assert values(read(content, "noncitizens"), "noncitizen") == dict.fromkeys(pair, 5)
    else:
        assert "row 3, column" in (wrong := objections(content, "noncitizens"))
        assert "the code of" in wrong


FORMS_OF_BARE_MONTHS = {
    "number": lambda day: f"{day.month}",
    "padded": lambda day: f"{day:%m}",
    "decimal": lambda day: f"{day.month}.0",
    "word": lambda day: f"{day:%B}",
    "short": lambda day: f"{day:%b}.",
    "loud": lambda day: f"{day:%b}".upper(),
    "labour": lambda day: f"M{day:%m}",
}


@LOOSE
@given(
    truth=monthly,
    month=st.sampled_from(sorted(FORMS_OF_BARE_MONTHS | FORMS_OF_MONTHS)),
    heading=st.sampled_from(["year", "Year", "YR", "calendar year"]),
    wrong=st.sampled_from(["", "another", "none", "fiscal", "two digits"]),
)
def test_a_month_and_a_year_in_two_columns_are_one_month_or_refused(truth, month, heading, wrong):
    """The first row may be wrong: a month that has a year of its own must be of the year beside it."""
    rows = [
        [f, f"{day:%Y}", (FORMS_OF_MONTHS | FORMS_OF_BARE_MONTHS)[month](day), n]
        for (f, day), n in truth.items()
    ]
    year = rows[0][1]
    other = {
        "another": str(int(year) - 1 if year > "2012" else int(year) + 1),
        "none": "",
        "fiscal": f"FY{year}",
    }
    alone = month in FORMS_OF_BARE_MONTHS
    rows[0][1] = other.get(wrong, year[2:] if wrong else year)
    content = written([["fips", heading, "month", "calls"], *rows], "utf-8", "\n")
    if wrong and not (wrong == "none" and not alone) and not (wrong == "another" and alone):
        assert "row 2, column" in objections(content, "outcomes")
    elif not wrong:
        found = {(row["fips"], row["month"]): row["calls"] for row in read(content, "outcomes").rows}
        assert found == {(fips, f"{day:%Y-%m}"): n for (fips, day), n in truth.items()}


SECOND_WORDS = (
    ("County", "State", "COUNTYFP"),
    ("COUNTYFP", "State name", "st"),
    ("fips", "State name", "state_fips"),
    ("fips", "COUNTYFP", "State"),
    ("GEOID", "county_fips", "County"),
)


@cache
def _said(head):
    """Return what columns with these headings say of every county."""
    table = places.counties()
    fips = table.index.to_series()
    columns = {
        "County": table["county"], "COUNTYFP": fips.str[2:], "State": table["state"], "st": fips.str[:2],
        "state_fips": fips.str[:2], "State name": table["state"].map(places.states()["name"]),
    }  # fmt: skip
    return dict(zip(fips, zip(*(columns.get(name, fips) for name in head), strict=True), strict=True))


@example(
    pair=["01001", "02013"], near=False, head=("fips", "COUNTYFP", "State"), at=1, right=False, as_json=False
)
@LOOSE
@given(
    pair=st.lists(codes, min_size=2, max_size=2, unique=True),
    near=st.booleans(),
    head=st.sampled_from(SECOND_WORDS),
    at=st.integers(0, 2),
    right=st.booleans(),
    as_json=st.booleans(),
)
def test_two_words_on_one_place_agree_or_the_row_is_refused(pair, near, head, at, right, as_json):
    """Of three columns one speaks of another county in the second row: codes, names and states are held against each other."""
    said = _said(head)
    if near:  # another county of the same state
        pair[1] = next((fips for fips in said if fips[:2] == pair[0][:2] and fips != pair[0]), pair[1])
    rows = [list(said[fips]) for fips in pair]
    if not right:
        rows[1][at] = said[pair[0]][at]
    true = tuple(rows[1]) == said[pair[1]]
    assume(true or tuple(rows[1]) not in said.values())
    table = [[*head, "noncitizen"], *([*row, "5"] for row in rows)]
    content = json.dumps(table).encode() if as_json else written(table, "utf-8", "\n")
    if true:
        assert values(read(content, "noncitizens"), "noncitizen") == dict.fromkeys(pair, 5)
    else:
        assert "row 3, column" in objections(content, "noncitizens")
