"""Tables in the forms in which they come: read with the values they have, or refused where the value is not clear."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from given_tables import FORMS_OF_MONTHS, LOOSE, codes, monthly, objections, read, values, written
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from comity.data.check import check
from comity.data.kinds import KINDS
from comity.world import names, places

pytestmark = pytest.mark.usefixtures("home")


# --------------------------------------------------------------------------- any table in any form is the same table

FORMS_OF_CODES = {
    "five": lambda fips: fips,
    "number": lambda fips: str(int(fips)),
    "decimal": lambda fips: f"{int(fips)}.0",
    "quoted": lambda fips: f'="{fips}"',
    "apostrophe": lambda fips: f"'{fips}",
    "geo_id": lambda fips: f"0500000US{fips}",
    "old geo_id": lambda fips: f"05000US{fips}",
    "gisjoin": lambda fips: f"G{fips[:2]}0{fips[2:]}0",
    "dashed": lambda fips: f"{fips[:2]}-{fips[2:]}",
    "blanks": lambda fips: f"\u00a0{fips} ",
}
FORMS_OF_DAYS = {
    "iso": lambda day: day.isoformat(),
    "us": lambda day: f"{day.month}/{day.day}/{day.year}",
    "padded": lambda day: f"{day:%m/%d/%Y}",
    "short year": lambda day: f"{day.month}/{day.day}/{day:%y}",
    "slashes": lambda day: f"{day:%Y/%m/%d}",
    "compact": lambda day: f"{day:%Y%m%d}",
    "decimal": lambda day: f"{day:%Y%m%d}.0",
    "year first": lambda day: f"{day.year} {day:%B} {day.day}",
    "database": lambda day: f"{day.isoformat()} 00:00:00+00",
    "words": lambda day: f"{day:%B} {day.day}, {day.year}",
    "dotted": lambda day: f"{day:%b}. {day.day}, {day.year}",
    "weekday": lambda day: f"{day:%A, %B} {day.day}, {day.year}",
    "day first": lambda day: f"{day.day} {day:%B %Y}",
    "excel": lambda day: f"{day.day}-{day:%b-%Y}",
    "excel short": lambda day: f"{day:%d-%b-%y}",
    "sas": lambda day: f"{day:%d%b%Y}".upper(),
    "midnight": lambda day: f"{day.isoformat()} 00:00:00",
    "zulu": lambda day: f"{day.isoformat()}T00:00:00.000Z",
    "clock": lambda day: f"{day.month}/{day.day}/{day.year} 2:45 PM",
}
FORMS_OF_NUMBERS = {
    "plain": str,
    "thousands": lambda n: f"{n:,}",
    "blanks": lambda n: f"{n:,}".replace(",", "\u00a0"),
    "decimal": lambda n: f"{n}.0",
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
ENDS = ["\n", "\r\n", "\r"]


days = st.dates(dt.date(2008, 10, 27), dt.date(2018, 12, 31))


@LOOSE
@given(
    truth=st.dictionaries(codes, days, min_size=1, max_size=12),
    code=st.sampled_from(sorted(FORMS_OF_CODES)),
    day=st.sampled_from(sorted(FORMS_OF_DAYS)),
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(ENDS),
    delimiter=st.sampled_from(",;\t|"),
    title=st.sampled_from(["", "Jurisdictions, as of October 2011", "A\u00f1o"]),
)
def test_dates_in_any_form_are_the_same_dates(truth, code, day, encoding, end, delimiter, title):
    rows = [[title]] if title else []
    rows += [["GEO_ID", "Note", "Activation Date"]]
    rows += [[FORMS_OF_CODES[code](f), "Do\u00f1a", FORMS_OF_DAYS[day](when)] for f, when in truth.items()]
    assert values(read(written(rows, encoding, end, delimiter)), "activation") == truth


@LOOSE
@given(
    truth=st.dictionaries(codes, st.integers(0, 80), min_size=1, max_size=12),
    columns=st.sampled_from(["census", "codes", "names", "merged", "label", "postal"]),
    number=st.sampled_from(sorted(FORMS_OF_NUMBERS)),
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(ENDS),
    kind=st.sampled_from(["csv", "json"]),
)
def test_counts_by_any_columns_of_places_are_the_same_counts(truth, columns, number, encoding, end, kind):
    table, full = places.counties(), places.states()["name"]
    rows, before = [], None
    for fips, n in sorted(truth.items()):
        county, postal = table.loc[fips, ["county", "state"]]
        state = full[postal]
        place = {
            "census": [f"{county}, {state}", fips[:2], fips[2:]],
            "codes": [str(int(fips[:2])), str(int(fips[2:]))],
            "names": [county, state],
            "merged": [county, "" if postal == before else postal],
            "label": [f"{county}, {state}"],
            "postal": [county.upper(), postal],
        }[columns]
        before = postal
        rows.append([*place, FORMS_OF_NUMBERS[number](n)])
    head = {
        "census": ["NAME", "state", "county"],
        "codes": ["STATEFP", "COUNTYFP"],
        "label": ["Geographic Area Name"],
    }.get(columns, ["County", "State"])
    rows = [[*head, "noncitizen"], *rows]
    content = json.dumps(rows).encode() if kind == "json" else written(rows, encoding, end)
    assert values(read(content, "noncitizens"), "noncitizen") == truth


@LOOSE
@given(
    truth=monthly,
    month=st.sampled_from(sorted(FORMS_OF_MONTHS)),
    end=st.sampled_from(ENDS),
)
def test_months_in_any_form_are_the_same_months(truth, month, end):
    days = {day for _, day in truth}
    assume(
        len(days) < 2 or any((day.year + 1) % 100 != day.month for day in days)
    )  # 2006-07, 2007-08: fiscal years?
    rows = [
        ["fips", "month", "calls"],
        *([f, FORMS_OF_MONTHS[month](day), n] for (f, day), n in truth.items()),
    ]
    checked = read(written(rows, "utf-8", end), "outcomes")
    assert {(row["fips"], row["month"]): row["calls"] for row in checked.rows} == {
        (fips, f"{day:%Y-%m}"): n for (fips, day), n in truth.items()
    }


def strict(path):
    """Rewrite a workbook in the names of the strict form of the standard."""
    names_ = {
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://schemas.openxmlformats.org/officeDocument/2006/": b"http://purl.oclc.org/ooxml/officeDocument/",
    }
    with zipfile.ZipFile(path) as old, zipfile.ZipFile("strict.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for usual, other in names_.items():
                content = content.replace(usual, other)
            new.writestr(name, content)
    return Path("strict.xlsx")


@settings(LOOSE, max_examples=40)
@given(
    truth=st.dictionaries(codes, days, min_size=1, max_size=6),
    as_number=st.lists(st.booleans(), min_size=6, max_size=6),
    clock=st.booleans(),
    is_strict=st.booleans(),
    mac=st.booleans(),
)
def test_workbooks_of_any_kind_are_the_same_dates(truth, as_number, clock, is_strict, mac):
    book = openpyxl.Workbook()
    if mac:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["FIPS", "Activation"])
    for (fips, day), number in zip(truth.items(), as_number, strict=False):
        when = dt.datetime.combine(day, dt.time(14, 30)) if clock else day
        book.active.append([int(fips) if number else fips, when])
    book.save("table.xlsx")
    path = strict(Path("table.xlsx")) if is_strict else Path("table.xlsx")
    assert values(check(KINDS["activation"], path, path.name), "activation") == truth


# ----------------------------------------------------------------------------------------- single forms, and notes


@pytest.mark.parametrize(
    ("text", "kind", "row"),
    [
        ("State,County,Activation Date\nCA,San Francisco,6/8/10\n", "activation", dt.date(2010, 6, 8)),
        (
            "State,County,Activated,Activation Date\nCA,San Francisco,Yes,6/8/2010\n",
            "activation",
            dt.date(2010, 6, 8),
        ),
        (
            'county,state,noncitizen\n"San Francisco County, California",California,9000\n',
            "noncitizens",
            9000,
        ),
        (
            "GEO.id,GEO.id2,GEO.display-label,noncitizen\nId,Id2,Geography,Estimate\n0500000US06075,06075,x,9000\n",
            "noncitizens",
            9000,
        ),
        (
            "STATE,COUNTY,STNAME,CTYNAME,noncitizen\n6,75,California,San Francisco County,9000\n",
            "noncitizens",
            9000,
        ),
        ("state_fips,county_fips,noncitizen\n06,075,9000\n", "noncitizens", 9000),
        ("county,state,noncitizen\nSan\u00a0Francisco,CA,9000\n", "noncitizens", 9000),
        ('[{"NAME": "San Francisco County, California", "noncitizen": 9000}]', "noncitizens", 9000),
    ],
)
def test_tables_as_they_are_published(text, kind, row):
    column = {"activation": "activation", "noncitizens": "noncitizen"}[kind]
    assert values(read(text, kind), column) == {"06075": row}


def test_codes_of_four_and_five_digits_are_read_together_and_said():
    checked = read("fips,noncitizen\n6075,9000\n12086,9001\n06037,9002\n", "noncitizens")
    assert values(checked, "noncitizen") == {"06075": 9000, "12086": 9001, "06037": 9002}
    assert "1 codes of four digits, such as 06075" in " ".join(checked.notes)


def test_a_guessed_encoding_is_said():
    checked = read("county,state,activation\nDo\u00f1a Ana,NM,2010-06-08\n".encode("cp1252"))
    assert list(values(checked, "activation")) == ["35013"]
    assert "Windows-1252" in " ".join(checked.notes)


def test_states_are_taken_from_merged_cells_but_not_put_into_omissions():
    merged = "State,County,Activation\nCA,Kern,2010-06-08\n,Kings,2010-06-09\nTX,Cooke,2010-06-10\n,Harris,2010-06-11\n"
    assert list(values(read(merged), "activation")) == ["06029", "06031", "48097", "48201"]
    assert "state of 2 rows" in " ".join(read(merged).notes)
    repeated = (
        merged.replace("\n,Kings", "\nCA,Kings")
        .replace("TX,Cooke", ",Cooke")
        .replace("\n,Harris", "\nTX,Harris")
    )
    assert "row 4, column County = 'Cooke': no place" in objections(repeated)
    outcomes = "state,county,month,calls\nCA,Kern,2010-01,1\n,,2010-02,2\n,Kings,2010-01,3\n"
    assert [(r["fips"], r["calls"]) for r in read(outcomes, "outcomes").rows] == [
        ("06029", 1),
        ("06029", 2),
        ("06031", 3),
    ]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        *(
            (cell, "suppressed, missing or a range")
            for cell in [
                "*",
                "N",
                "(D)",
                "(X)",
                "S",
                "-",
                "--",
                "\u2013",
                ".",
                "NA",
                "n/a",
                "#N/A",
                "<10",
                "< 5",
                "\u226410",
                "1-4",
                "10+",
                "fewer than 10",
                "-666666666",
                "null",
            ]
        ),
        *(
            (cell, "valid: 9000, if that is meant")
            for cell in ["9000*", "9000 [1]", "9000\u00b9", "9000 r", "9000(a)", "9.000"]
        ),
        ("9E+03", "rounded by a spreadsheet"),
        ("12K", "but rounded"),
        ("1.2 million", "but rounded"),
        ("9000.4", "not a whole number"),
    ],
)
def test_what_is_suppressed_or_footnoted_is_refused_by_cell(cell, said):
    lines = objections(f"fips,noncitizen\n06073,5\n06075,{cell}\n", "noncitizens")
    assert f"table.csv: row 3, column noncitizen = {cell!r}" in lines
    assert said in lines
    assert len(lines.splitlines()) == 1


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("June 2010", "a month and not a day; valid: one of its days, from 2010-06-01 to 2010-06-30"),
        ("Jun-10", "a month and not a day"),
        ("2010-06", "a month and not a day"),
        ("FY2010", "a fiscal year"),
        ("FY 10", "a fiscal year"),
        ("2010", "a year, and not a day"),
        ("2010Q2", "a quarter"),
        ("2009-2010", "two years"),
        ("40337", "2010-06-08"),
        ("06-08-2010", "the day or the month may be first"),
        ("8.6.10", "the day or the month may be first"),
        ("6/8/20", "the year in four digits"),
        ("2010-06-08T22:00:00Z", "another zone"),
        ("6/8/2010*", "valid: 6/8/2010, if that is meant"),
        ("2010-06-08 99:99", "not a day"),
        ("pending", "not a day"),
        ("N/A", "without the row"),
    ],
)
def test_days_that_are_not_clear_are_refused_by_cell(cell, said):
    lines = objections(f"fips,activation\n06073,2010-06-01\n06075,{cell}\n")
    assert f"table.csv: row 3, column activation = {cell!r}" in lines
    assert said in lines


@pytest.mark.parametrize(
    "cell", ["FY2010", "2010", "2010Q2", "10-Jun", "2010-06-08", "6/10", "2010-13", "09/10/11"]
)
def test_months_that_are_not_clear_are_refused_by_cell(cell):
    lines = objections(f"fips,month,calls\n06073,2010-06,1\n06075,{cell},2\n", "outcomes")
    assert f"row 3, column month = {cell!r}" in lines


def test_a_column_of_years_that_look_like_months_is_refused():
    years = "fips,month,calls\n" + "".join(f"06075,{y}-{y + 1 - 2000:02d},1\n" for y in (2007, 2008, 2009))
    assert "row 2, column month = '2007-08'" in objections(years, "outcomes")
    assert len(read(years.replace("2007-08", "2007-09"), "outcomes").rows) == 3


# --------------------------------------------------------------------------------------- places of other years


def test_parts_of_a_county_of_2010_are_added_up_merged_or_refused():
    both = "fips,activation\n02063,2010-05-01\n02066,2010-05-01\n02020,2010-05-01\n"
    assert sorted(values(read(both), "activation")) == ["02020", "02261"]
    assert "rows 2 and 3" in " ".join(read(both).notes)
    unlike = objections(both.replace("02066,2010-05-01", "02066,2010-05-02"))
    assert "row 3, column activation = 2010-05-02: unlike row 2" in unlike
    counts = "fips,noncitizen,unauthorized\n02063,300,\n02066,200,\n"
    assert values(read(counts, "noncitizens"), "noncitizen") == {"02261": 500}
    assert "row 3, column unauthorized = (none)" in objections(
        counts.replace("300,", "300,100"), "noncitizens"
    )
    named = "county,state,noncitizen\nChugach Census Area,AK,300\nCopper River,AK,200\n"
    assert values(read(named, "noncitizens"), "noncitizen") == {"02261": 500}


@pytest.mark.parametrize("kind", ["activation", "noncitizens", "outcomes", "policies"])
@pytest.mark.parametrize("part", sorted(names.WITHIN))
def test_a_part_alone_is_never_taken_for_the_whole(kind, part):
    row = {
        "activation": "fips,activation\n{},2010-05-01\n",
        "noncitizens": "fips,noncitizen\n{},12\n",
        "outcomes": "fips,month,bookings\n{},2010-01,12\n",
        "policies": "fips,decider,lever,value,start\n{},county,refer,felony,2010-01-01\n",
    }[kind]
    lines = objections(row.format(part), kind)
    if part in names.ABSORBED and kind in ("activation", "policies"):
        assert "no row about a county" in lines
    else:
        assert f"row 2, column fips = {part!r}: only a part of a county of 2010" in lines
    whole = names.WITHIN[part]
    twice = row.format(whole) + "".join(
        row.format(p).splitlines(keepends=True)[1] for p in names.DIVIDED.get(whole, ())
    )
    if whole in names.DIVIDED:
        assert "duplicate of row" in objections(twice, kind)


def test_a_city_that_joined_a_county_is_added_to_its_numbers():
    text = "fips,noncitizen\n51005,100\n51560,7\n51083,50\n"
    assert values(read(text, "noncitizens"), "noncitizen") == {"51005": 107, "51083": 50}


def test_a_county_that_a_city_has_joined_since_is_said():
    text = "fips,noncitizen\n51019,100\n"
    assert "include Bedford city" in " ".join(read(text, "noncitizens").notes)
    assert "Bedford city" not in " ".join(read(text + "51515,7\n", "noncitizens").notes)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("09110", "planning regions"),
        ("15901", "Bureau of Economic Analysis"),
        ("51901", "Bureau of Economic Analysis"),
        ("30113", "Yellowstone"),
        ("06999", "not known"),
        ("1400000US06075010100", "a census tract"),
        ("1600000US0667000", "a city or town"),
        ("06075010100", "a census tract or block"),
        ("0400000US06", "a whole state"),
        ("075", "without its state"),
    ],
)
def test_codes_of_other_places_are_refused_and_named(code, said):
    assert said in objections(f"fips,noncitizen\n{code},5\n", "noncitizens")
