"""Imported tables: what is refused and how that is said, damage at random included."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest
from given_tables import GOOD, TABLES, dates, from_workbook, objections, read, workbook
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from comity.data.check import check
from comity.data.kinds import KINDS
from comity.data.tables import LISTED
from comity.problems import InputError
from comity.world import places

pytestmark = pytest.mark.usefixtures("home")


# --------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("kind", "old", "new", "row", "column", "said"),
    [
        ("activation", "fips,activation", "fips,when", 1, "activation", "missing"),
        ("activation", "fips,", "where,", 1, "fips", "missing"),
        ("activation", "fips,activation", "fips,activation,Activation", 1, "activation", "twice"),
        ("activation", "06073", "06075", 3, "fips", "duplicate of row 2"),
        ("activation", "51515", "46113,2012-01-01\n46102", 6, "fips", "duplicate of row 5"),
        ("activation", "2009-05-05", "2009-02-30", 3, "activation", "no such day"),
        ("activation", "2009-05-05", "13/1/2009", 3, "activation", "no such day"),
        ("activation", "2009-05-05", "2008-10-26", 3, "activation", "impossible date"),
        ("activation", "2009-05-05", "2109-05-05", 3, "activation", "impossible date"),
        ("activation", "2009-05-05", "", 3, "activation", "empty"),
        ("activation", "2009-05-05", "39938", 3, "activation", "not a day"),
        ("activation", "2009-05-05", "=TODAY()", 3, "activation", "a formula"),
        ("activation", "06073", "=6073", 3, "fips", "a formula"),
        ("activation", "06073", "@SUM(A1)", 3, "fips", "a formula"),
        ("activation", "06073", "06074", 3, "fips", "such as 06073 (San Diego County, CA) or 06075"),
        ("activation", "06073", "99073", 3, "fips", "no state has the number 99"),
        ("activation", "06073", "0607E", 3, "fips", "not a county code"),
        ("activation", "06073", "06000", 3, "fips", "a whole state"),
        ("activation", "06073", "", 3, "fips", "no place"),
        ("activation", "06073", "09110", 3, "fips", "planning regions"),
        ("activation", "2009-05-05", "2009-05-05,x", 3, "3", "more cells"),
        ("activation", "2009-05-05", '"2009-05-05', 3, "1", "not CSV"),
        ("policies", "17031,county,hold", "17031,county,holds", 2, "lever", "not one of these"),
        ("policies", "17031,county,hold,0 0 0 0", "17031,county,join,0", 2, "lever", "moved by state"),
        ("policies", "17031,county", "17031,federal", 2, "decider", "not one of these"),
        ("policies", "0 0 0 0", "0 0 0 2", 2, "value", "four numbers"),
        ("policies", "0 0 0 0", "0.5", 2, "value", "four numbers"),
        ("policies", "2018-01-01", "2013-01-01", 3, "until", "not after start"),
        (
            "policies",
            "06075,county,refer,felony",
            "17031,county,hold,1 1 1 1",
            2,
            "start",
            "row 4 has another value",
        ),
        ("agreements", "JEM+TF", "JEM->TF", 2, "model", "not a kind of agreement"),
        ("agreements", "2009-10-16", "2006-10-16", 2, "until", "not after start"),
        ("agreements", "2007-02-07", "1986-02-07", 2, "start", "impossible date"),
        ("noncitizens", '"106,000"', "1060000", 2, "noncitizen", "more than the 805,246 residents"),
        ("noncitizens", '"106,000"', "-5", 2, "noncitizen", "not a whole number"),
        ("noncitizens", '"106,000"', "106.5", 2, "noncitizen", "not a whole number"),
        ("noncitizens", '"106,000"', "nan", 2, "noncitizen", "not a whole number"),
        ("noncitizens", '"106,000"', "10", 2, "unauthorized", "more than the 10 noncitizens"),
        ("outcomes", "2010-06,", "2010-13,", 2, "month", "no such day"),
        ("outcomes", "2010-06,", "2010-06-08,", 2, "month", "not a month"),
        ("outcomes", "2010-07,", "2010-06,", 3, "fips", "duplicate of row 2"),
        ("outcomes", "1500", "<10", 2, "submissions", "not a whole number"),
    ],
)
def test_damage_is_named_by_row_and_column(kind, old, new, row, column, said):
    text = TABLES[kind].replace(old, new, 1)
    assert text != TABLES[kind]
    lines = objections(text, kind).splitlines()
    assert any(f"table.csv: row {row}, column {column} = " in line and said in line for line in lines), lines
    assert all("; valid: " in line for line in lines)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            GOOD.replace("06075", "\x81").encode("latin1"),
            "row 2, column 1 = '\\udc81': neither UTF-8 nor Windows-1252",
        ),
        (b"", "row 1 = '': empty"),
        (b"fips,activation\n", "no rows"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "old .xls"),
        (b"PK\x03\x04" + bytes(100), "not a readable workbook"),
        (b"fips,activation\n" + b"0" * 70_000, "row 2, column 1"),
        (b"\x00" * 1000, "missing"),
        (b'{"data": [["fips", "activation"], ["06075", "2010-06-08"]]}', "an object of JSON, not an array"),
        (b"06075,2010-06-08\n" + GOOD.encode(), "row 1, column 1 = '06075': above the names"),
        (b"fips,activation\n72127,2010-06-15\n", "no row about a county"),
    ],
)
def test_what_is_no_table(content, said):
    assert said in objections(content)


@pytest.mark.parametrize(
    ("rows", "sheets", "said"),
    [
        (
            [("fips", "activation"), (6075, "=DATE(2010,6,8)")],
            (),
            "row 2, column activation = '=DATE(2010,6,8)'",
        ),
        ([("fips", "activation"), ("=A1", dt.date(2010, 6, 8))], (), "row 2, column fips = '=A1': a formula"),
        ([("fips", "activation"), (6075, 40337)], (), "row 2, column activation = 40337: not a day"),
        ([("fips", "activation"), (6075, True)], (), "row 2, column activation = True: not a day"),
        ([("fips", "activation"), (6075, "#REF!")], (), "row 2, column activation = '#REF!': not a day"),
        ([("fips", "activation"), (), (6075, None)], (), "row 3, column activation = (none): empty"),
        ([("fips", "when"), (6075, dt.date(2010, 6, 8))], (), "row 1, column activation"),
        ([("fips", "activation"), (6075, dt.date(2010, 6, 8))], ("two",), "--sheet with one of Sheet, two"),
        ([], (), "empty"),
    ],
)
def test_damaged_workbooks(rows, sheets, said):
    with pytest.raises(InputError) as caught:
        from_workbook(rows, *sheets)
    assert said in str(caught.value)


def test_a_workbook_that_would_unpack_to_gigabytes_or_names_entities_is_refused():
    path = workbook([("fips", "activation"), (6075, dt.date(2010, 6, 8))])
    entities = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    entities += "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    for part, content in {
        "xl/sharedStrings.xml": " " * (200 << 20),
        "xl/worksheets/sheet1.xml": entities + "]><x>&j;</x>",
    }.items():
        damaged = Path("damaged.xlsx")
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(damaged, "w", zipfile.ZIP_DEFLATED) as new:
            for name in {*old.namelist(), part}:
                new.writestr(name, content if name == part else old.read(name))
        with pytest.raises(InputError, match=r"not a readable workbook|unpacks to more"):
            check(KINDS["activation"], damaged, "damaged.xlsx")


def test_code_and_name_in_one_row_must_agree():
    text = "fips,county,state,activation\n06075,{},{},2010-06-08\n"
    assert dates(read(text.format("San Francisco", "CA"))) == {"06075": "2010-06-08"}
    assert dates(read(text.format("The City and County", "CA"))) == {"06075": "2010-06-08"}
    assert "a code of CA, but the row says TX" in objections(text.format("San Francisco", "TX"))
    assert "the code of San Francisco County, CA" in objections(text.format("Alameda", "CA"))


def test_everything_is_said_at_once_and_long_lists_are_cut():
    text = GOOD.replace("06075", "06074").replace("2009-05-05", "2009-05-35").replace("51515", "48201")
    assert len(objections(text).splitlines()) == 3
    bad = "fips,activation\n" + "".join(f"{code},2010-02-30\n" for code in places.counties().index)
    lines = objections(bad).splitlines()
    assert len(lines) == LISTED + 1
    assert "further problems = 3,123" in lines[-1]


def test_a_million_rows_are_refused_early_and_in_little_memory():
    kind = "activation"
    assert max(kind.most_rows for kind in KINDS.values()) < 1_000_000
    head, row = TABLES[kind].splitlines()[:2]
    with Path("million.csv").open("w") as stream:
        stream.write(f"{head}\n")
        stream.writelines(f"{row}\n" for _ in range(1_000_000))
    most = KINDS[kind].most_rows
    tracemalloc.start()
    with pytest.raises(InputError, match=f"row {most + 2}, column 1.*more than {most:,} rows") as caught:
        check(KINDS[kind], Path("million.csv"), "million.csv")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(str(caught.value).splitlines()) == 1
    assert peak < most * 1500 + 10e6


def test_a_workbook_with_too_many_rows_or_a_row_far_below():
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("a")
    page.append(["fips", "activation"])
    for _ in range(10_001):
        page.append(["06075", "2010-06-08"])
    book.save("many.xlsx")
    with pytest.raises(InputError, match=r"row 10002, column 1.*more than 10,000 rows"):
        check(KINDS["activation"], Path("many.xlsx"), "many.xlsx")
    book = openpyxl.Workbook()
    book.active.append(["fips", "activation"])
    book.active.cell(1_048_576, 1, "06075")
    book.save("far.xlsx")
    with pytest.raises(InputError, match=r"row 10002, column 1.*more than 10,000 rows"):
        check(KINDS["activation"], Path("far.xlsx"), "far.xlsx")


# ------------------------------------------------------------------------------------------------- random damage


def naive(rows):
    """Read a table of dates in the plainest way: rows that stand in the file beyond doubt."""
    found = set()
    for row in rows:
        codes = [re.sub(r"\D", "", cell) for cell in row]
        days = [re.sub(r"[^0-9-]", "", cell)[:10] for cell in row]
        found |= {(code.zfill(5), day) for code in codes for day in days if len(code) in (4, 5)}
    return found


def plain(content):
    """Return the rows of a table that is UTF-8 or else Windows-1252."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    return [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]


cells = st.sampled_from(
    ["", "=1+1", "06075", "6075", "2010-02-30", "31/12/2010", "nan", "é", '"', "\x00", "99999", "0" * 50]
)
edits = st.one_of(
    st.tuples(st.just("cut"), st.integers(0, len(GOOD)), st.integers(1, 12)),
    st.tuples(st.just("put"), st.integers(0, len(GOOD)), st.binary(min_size=1, max_size=4)),
    st.tuples(st.just("cell"), st.integers(0, 9), cells),
    st.tuples(st.just("swap"), st.integers(0, 4), st.integers(0, 4)),
    st.tuples(st.just("twice"), st.integers(0, 4), st.integers(0, 4)),
)


def damaged(edit, content):
    """Apply one edit to the bytes of a table."""
    kind, at, what = edit
    if kind == "cut":
        return content[:at] + content[at + what :]
    if kind == "put":
        return content[:at] + what + content[at:]
    lines = content.split(b"\n")
    if kind == "cell":
        row, column = divmod(at, 2)
        parts = lines[row % len(lines)].split(b",")
        parts[column % len(parts)] = what.encode()
        lines[row % len(lines)] = b",".join(parts)
    elif kind == "swap":
        a, b = at % len(lines), what % len(lines)
        lines[a], lines[b] = lines[b], lines[a]
    else:
        lines.insert(at % len(lines), lines[what % len(lines)])
    return b"\n".join(lines)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(edits, min_size=1, max_size=3))
@example([("put", 16, b"\xff")])
@example([("cell", 2, "6075")])
@example([("put", 84, b"\xb2")])  # the mark of a note is no note
@example([("put", 84, b":A")])  # nor is a mark within a word
@example([("cut", 47, 1)])  # a day that lost a digit is no day
def test_random_damage_is_refused_or_harmless(home, edit_list):
    content = GOOD.encode()
    for edit in edit_list:
        content = damaged(edit, content)
    before = sorted(home.glob("*"))
    try:
        checked = read(content)
    except InputError as error:
        problems = error.problems
    else:
        problems = ()
    assert sorted(home.glob("*")) == before
    if problems:
        assert all("; valid: " in str(problem) for problem in problems)
        return
    imported = dates(checked)
    rows = plain(content)
    assert set(imported.items()) <= naive(rows)  # nothing that the file does not say
    header = next(n for n, row in enumerate(rows) if sum(map(bool, row)) > 1)
    assert len(imported) == len(rows) - header - 1  # and no row is lost; above the header is a title at most


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(TABLES)),
    content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode),
    at=st.integers(0, 200),
)
def test_no_bytes_end_in_anything_but_a_table_or_problems(kind, content, at):
    good = TABLES[kind].encode()
    for text in (content, good[:at] + content + good[at:]):
        try:
            assert read(text, kind).rows
        except InputError as error:
            assert error.problems  # noqa: PT017 - either is right


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 6000), what=st.binary(min_size=1, max_size=8))
def test_no_workbook_ends_in_anything_but_a_table_or_problems(at, what):
    path = Path("table.xlsx")
    if not path.exists():
        workbook([("fips", "activation"), (6075, dt.date(2010, 6, 8)), (6073, dt.date(2009, 5, 5))])
        path.rename("good.xlsx")
    good = Path("good.xlsx").read_bytes()
    path.write_bytes(good[: at % len(good)] + what + good[at % len(good) + len(what) :])
    try:
        checked = check(KINDS["activation"], path, "table.xlsx")
    except InputError as error:
        assert error.problems  # noqa: PT017
        return
    finally:
        path.unlink()
    assert dates(checked) == {"06075": "2010-06-08", "06073": "2009-05-05"}
