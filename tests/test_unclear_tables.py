"""What a table shows is what is read: nothing is lost in merged cells, and a month, a year or a fiscal year is no day."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.data.check import check
from comity.data.kinds import KINDS
from comity.problems import InputError
from comity.world import places

LOOSE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(content, kind="activation", name="table.csv", **options):
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return check(KINDS[kind], Path(name), name, **options).rows


def refusal(content, kind="activation", **options):
    with pytest.raises(InputError) as caught:
        read(content, kind, **options)
    return str(caught.value)


def workbook(rows, merged=(), formats=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    for cell, look in dict(formats).items():
        book.active[cell].number_format = look
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# -------------------------------------------------------------------------------------------------- merged cells

OUTCOMES = ["fips", "month", "bookings", "calls"]
CODES = ["06075", "06073", "06037", "06029"]


@LOOSE
@given(
    top=st.integers(0, 2),
    more=st.integers(0, 2),
    left=st.integers(2, 3),
    wide=st.integers(0, 1),
    title=st.booleans(),
)
def test_a_number_that_is_merged_over_rows_or_columns_is_refused(top, more, left, wide, title):
    """It may be meant for each or for all of them together; empty cells would be *not observed*."""
    last, right = min(top + more, 3), min(left + wide, 3)
    rows = [OUTCOMES, *([code, "2010-01", 5, 7] for code in CODES)]
    first = 2 + title
    span = f"{'ABCD'[left]}{first + top}:{'ABCD'[right]}{first + last}"
    table = [["From the office", None], *rows] if title else rows
    content = workbook(table, [span, *(["A1:D1"] if title else [])])
    if (top, left) == (last, right):
        assert len(read(content, "outcomes", "t.xlsx")) == 4
        return
    said = refusal(content, "outcomes", name="t.xlsx")
    hit = [
        (first + r, OUTCOMES[c])
        for r in range(top, last + 1)
        for c in range(left, right + 1)
        if (r, c) != (top, left)
    ]
    assert [line.partition(" = ")[0] for line in said.splitlines()] == [
        f"t.xlsx: row {row}, column {name}" for row, name in hit
    ]
    assert f"merged with {span}" in said


def test_merged_places_are_places_of_all_their_rows():
    rows = [
        ["state", "county", "month", "calls"],
        ["CA", "Kern", "2010-01", 1],
        [None, None, "2010-02", 2],
        [None, "Kings", "2010-01", 3],
        [None, None, "2010-02", 4],
    ]
    found = read(workbook(rows, ["A2:A5", "B2:B3", "B4:B5"]), "outcomes", "t.xlsx")
    assert [(row["fips"], row["calls"]) for row in found] == [
        ("06029", 1),
        ("06029", 2),
        ("06031", 3),
        ("06031", 4),
    ]


def test_an_end_that_is_merged_over_agreements_is_refused():
    rows = [
        ["fips", "agency", "model", "start", "until"],
        ["06075", "A", "JEM", "2009-01-01", "2010-01-01"],
        ["06073", "B", "JEM", "2009-01-01", None],
    ]
    assert "row 3, column until" in refusal(workbook(rows, ["E2:E3"]), "agreements", name="t.xlsx")


# ------------------------------------------------------------------------------------- days that are shown as months

LOOKS = {
    "mmm-yy": "a month and not a day",
    "mmmm yyyy": "a month and not a day",
    "mm/yyyy": "a month and not a day",
    "[$-409]mmm\\-yy;@": "a month and not a day",
    "yyyy": "a year, and not a day",
    "yy": "a year, and not a day",
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_day_of_which_a_spreadsheet_shows_the_month_is_a_month(look):
    """Who types *Jun-10* into a spreadsheet gets the first of June 2010, which is what nobody wrote."""
    content = workbook(
        [["fips", "activation"], ["06075", dt.date(2010, 6, 1)], ["06073", dt.date(2010, 6, 2)]],
        formats={"B2": look},
    )
    said = refusal(content, name="t.xlsx")
    assert "t.xlsx: row 2, column activation" in said
    assert LOOKS[look] in said
    assert len(said.splitlines()) == 1


@LOOSE
@given(
    day=st.dates(dt.date(2009, 1, 1), dt.date(2014, 12, 31)),
    look=st.sampled_from(
        ["yyyy-mm-dd", "m/d/yy", "d-mmm-yy", "[$-F800]dddd, mmmm dd, yyyy", 'mmm d, yyyy "(day)"']
    ),
)
def test_a_day_of_which_the_day_is_shown_is_that_day(day, look):
    content = workbook([["fips", "activation"], ["06075", day]], formats={"B2": look})
    assert [row["activation"] for row in read(content, name="t.xlsx")] == [day]


@pytest.mark.parametrize("look", ["mmm-yy", "mm/yyyy"])
def test_a_month_that_is_shown_as_a_month_is_that_month_whatever_its_day(look):
    rows = [["fips", "month", "calls"], ["06075", dt.date(2010, 6, 17), 4]]
    found = read(workbook(rows, formats={"B2": look}), "outcomes", "t.xlsx")
    assert [row["month"] for row in found] == ["2010-06"]


# ------------------------------------------------------------------------------------------------------ fiscal years


@LOOSE
@given(st.sets(st.integers(5, 17), min_size=2, max_size=8), st.sampled_from("-/"))
def test_two_fiscal_years_are_no_months(years, mark):
    """*2008-09* is September, but beside *2009-10* it is a fiscal year."""
    lines = [f"06075,20{year:02d}{mark}{year + 1:02d},1" for year in sorted(years)]
    months = [year for year in years if 1 <= year + 1 <= 12]
    said = refusal("\n".join(["fips,month,calls", *lines]), "outcomes")
    assert "fiscal year" in said or "two years" in said or len(months) < 2


@pytest.mark.parametrize("heading", ["Fiscal Year", "FY", "fiscal_yr", "Federal fiscal year"])
def test_a_heading_may_say_that_there_are_fiscal_years(heading):
    table = f"fips,{heading},calls\n06075,2009-10,6\n"
    said = refusal(table, "outcomes", called={"month": heading})
    assert "a fiscal year, and not a month" in said


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("FY2010-03", "a fiscal year"),
        ("FY10", "a fiscal year"),
        ("6", "a month without its year"),
        ("June", "a month without its year"),
        ("06", "a month without its year"),
        ("6/10", "the day or the year may be first"),
        ("NA", "not a month"),
        ("pending", "not a month"),
        ("17 June 2010", "not a month"),
    ],
)
def test_what_is_no_month_is_not_called_no_day(cell, said):
    lines = refusal(f"fips,month,calls\n06073,2010-06,1\n06075,{cell},2\n", "outcomes")
    assert f"row 3, column month = {cell!r}: " in lines
    assert said in lines
    assert "not a day" not in lines


# --------------------------------------------------------------------------------------------- what would go unseen


@given(st.sampled_from(["fips", "noncitizen", "unauthorized"]), st.integers(1, 3))
def test_a_key_that_stands_twice_in_an_object_is_refused(key, at):
    """JSON keeps the last of them without a word."""
    rows = [f'{{"fips": "{code}", "noncitizen": 9, "unauthorized": 1}}' for code in CODES[:3]]
    rows[at - 1] = rows[at - 1].replace("{", f'{{"{key}": "06001", ')
    said = refusal(f"[{', '.join(rows)}]", "noncitizens", name="t.json")
    assert f"{key!r} stands there twice" in said
    assert json.loads(rows[0])


# ------------------------------------------------------------------------------------------------------- spellings

ABBREVIATED = """
AL Ala AZ Ariz AR Ark CA Calif CA Cal CO Colo CT Conn DE Del FL Fla GA Ga IL Ill IN Ind KS Kans KS Kan KY Ky LA La
ME Me MD Md MA Mass MI Mich MN Minn MS Miss MO Mo MT Mont NE Nebr NE Neb NV Nev NH N.H NJ N.J NM N.Mex NM N.M NY N.Y NC N.C
ND N.Dak ND N.D OK Okla OR Oreg OR Ore PA Pa PA Penn RI R.I SC S.C SD S.Dak SD S.D TN Tenn TX Tex VT Vt VA Va WA Wash
WV W.Va WI Wis WI Wisc WY Wyo DC D.C
"""
TRADITIONAL = ABBREVIATED.split()


@pytest.mark.parametrize(("postal", "short"), list(zip(TRADITIONAL[::2], TRADITIONAL[1::2], strict=True)))
def test_states_may_be_abbreviated_as_in_print(postal, short):
    fips = next(iter(places.counties().query("state == @postal").index))
    county = places.counties().loc[fips, "county"]
    for state in (f"{short}.", short, short.replace(".", ". ") + "."):
        text = f'county,state,noncitizen\n"{county}",{state},9\n"{county}, {state}",,9\n'
        assert [row["fips"] for row in read(text.rsplit("\n", 2)[0], "noncitizens")] == [fips]
        assert places.resolve(f"{county}, {state}") == [fips]


def test_no_county_ends_in_a_state():
    for label in (f"{row.county}" for row in places.counties().itertuples()):
        for text in (label, label.rpartition(" ")[0]):
            assert places.gazetteer().divided(text)[1] is None or text.endswith("Washington"), text


@pytest.mark.parametrize(
    ("text", "fips"),
    [
        ("Baltimore Co., MD", "24005"),
        ("Fairfax Co VA", "51059"),
        ("St. Louis Cnty., Missouri", "29189"),
        ("Saint Genevieve, MO", "29186"),
        ("St. Genevieve County, Mo.", "29186"),
        ("Denver, Colo.", "08031"),
        ("Los Angeles, Calif.", "06037"),
        ("Cook County, Ill.", "17031"),
    ],
)
def test_more_spellings_of_counties(text, fips):
    assert places.resolve(text) == [fips]
    assert [row["fips"] for row in read(f'county,noncitizen\n"{text}",9\n', "noncitizens")] == [fips]


@pytest.mark.parametrize("mark", ["*", " [a]", " (1)", "\u00b9", "\u2020", " /2"])
@pytest.mark.parametrize(
    ("column", "cell"), [("fips", "06075"), ("county", "San Francisco"), ("state", "California")]
)
def test_a_place_with_a_footnote_is_read_or_refused_with_what_may_be_meant(column, cell, mark):
    row = {"fips": "06075", "county": "San Francisco", "state": "California"} | {column: cell + mark}
    names = ["fips"] if column == "fips" else ["county", "state"]
    text = f"{','.join(names)},noncitizen\n{','.join(row[name] for name in names)},9\n"
    try:
        assert [found["fips"] for found in read(text, "noncitizens")] == ["06075"]
    except InputError as error:
        assert f"row 2, column {column} = " in str(error)  # noqa: PT017
        assert cell in str(error).partition("valid: ")[2]  # noqa: PT017
