"""Notes and totals around a table: left out where they are certainly that, and said; anything else is refused by row."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.data.check import check
from comity.data.kinds import KINDS
from comity.problems import InputError
from comity.world import places

COUNTIES = [f"{row.county}, {row.state}" for row in places.counties().itertuples()]
NOTES = [
    "Source: ICE, FOIA 2012-1234", "Source - U.S. Immigration and Customs Enforcement",
    "Note: California counties only.", "NOTES", "* Includes Alameda County", "\u2020 Revised", "(1) Pending",
    "[a] See text", "1. Activated in part", "a) as reported", "Totals may not add due to rounding",
    "Data as of June 8, 2010", "End of worksheet", "Prepared by the Office of Statistics",
    "Last updated 6/8/2010",
]  # fmt: skip
NO_NOTES = [
    "06075",          "Alameda County", "Orange",         "CA",             "Revised",
    "12",             "9,000",          "San Fransisco",  "US",             "Puerto Rico",
]  # fmt: skip
TOTALS = [
    "Total",               "TOTAL:",              "Totals",              "Grand total",
    "Grand-Total",         "Sub-total",           "California total",    "Total, all counties",
    "US Total",
]  # fmt: skip
SUMS = ["All counties", "United States", "Sum", "", "Nation"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(*lines, kind="noncitizens"):
    Path("t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return check(KINDS[kind], Path("t.csv"), "t.csv")


def refusal(*lines, kind="noncitizens"):
    with pytest.raises(InputError) as caught:
        read(*lines, kind=kind)
    return str(caught.value)


HEAD = "county,state,noncitizen"
DATA = ["San Francisco,CA,9000", "Alameda,CA,8000"]
BELOW = st.lists(
    st.sampled_from(NOTES).map(lambda text: f'"{text}",,')
    | st.sampled_from(TOTALS).map(lambda text: f'"{text}",,17000')
    | st.sampled_from(["", ",,", " , ,"]),
    max_size=6,
)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.dictionaries(st.sampled_from(COUNTIES), st.integers(1, 50), min_size=1, max_size=6),
    below=BELOW,
    sums=st.lists(st.sampled_from(SUMS), max_size=1),
)
def test_what_stands_below_changes_nothing(rows, below, sums):
    data = [f'"{name}",,{n}' for name, n in rows.items()]
    last = [f"{name},,{sum(rows.values())}" for name in sums if len(rows) > 1]
    alone, checked = read(HEAD, *data), read(HEAD, *data, *last, *below)
    assert checked.text() == alone.text()
    notes = sum(line.startswith('"') and line.endswith(",,") for line in below)
    totals = sum("17000" in line for line in below) + len(last)
    told = [note for note in checked.notes if note.startswith("Left out")]
    assert len([note for note in told if "with notes" in note]) == (notes > 0)
    assert len([note for note in told if "total" in note]) == min(totals, 6)


@pytest.mark.parametrize("text", NOTES)
@pytest.mark.parametrize(("head", "rows"), [("fips,noncitizen", ["06075,9000", "06001,8000"]), (HEAD, DATA)])
def test_a_note_between_data_is_refused(text, head, rows):
    assert "row 3" in refusal(head, rows[0], f'"{text}"', rows[1])
    assert "row 3" in read(head, rows[0], f'"{text}"').notes[0]


@pytest.mark.parametrize("text", NO_NOTES)
def test_what_is_no_note_for_certain_is_refused(text):
    assert "row 4" in refusal(HEAD, *DATA, f'"{text}"')


def test_a_note_goes_on_below():
    notes = read(HEAD, *DATA, "Source: ICE", "and Census", "", "of 2010").notes
    assert notes[0] == "Left out: rows 4 to 7 below the data, with notes ('Source: ICE')."


@pytest.mark.parametrize("text", [text for text in SUMS if text] + ["All of them", ""])
def test_what_is_not_called_a_total_has_to_be_the_sum(text):
    said = refusal(HEAD, *DATA, f"{text},,18000")
    assert "row 4, column county" in said
    assert "without the row, if it is a total" in said
    assert "without the row, if it is a total" in refusal(
        "fips,noncitizen", "06075,9000", "06001,1", f"{text or '-'},9"
    )


@pytest.mark.parametrize(
    "lines",
    [
        (
            HEAD,
            *DATA,
            "California,,17000",
        ),  # a state has the sum of the counties that are here, but is a place
        (HEAD, *DATA, "Orange,,17000"),
        (HEAD, *DATA, "Nowhere,CA,18000"),
        (HEAD, *DATA[:1], ",,9000"),  # of one row
        ("fips,noncitizen", "06075,9000", "06001,8000", "06000,17000"),
    ],
)
def test_a_row_with_a_place_is_no_total(lines):
    assert f"row {len(lines)}" in refusal(*lines)


def test_a_place_beside_the_word_total_is_data():
    checked = read("Category,fips,noncitizen", "Total,06075,9000", "Total,06001,8000")
    assert [row["noncitizen"] for row in checked.rows] == [8000, 9000]


def test_months_below_a_merged_place_are_no_sum():
    lines = ["fips,month,removals", "06075,2010-01,5", ",2010-02,6", ",2010-03,11"]
    assert [row["removals"] for row in read(*lines, kind="outcomes").rows] == [5, 6, 11]
    assert "row 5, a total" in read(*lines, "Total,,22", kind="outcomes").notes[0]
    assert "column month = 'Total'" in refusal(*lines, "06075,Total,22", kind="outcomes")


def test_a_total_that_is_another_is_told():
    assert read(HEAD, *DATA, "Total,,17000").notes[0] == "Left out: row 4, a total ('Total, 17000')."
    told = read(HEAD, *DATA, "Total,,18000").notes[0]
    assert told.endswith("('Total, 18000'); noncitizen of the rows that were read is 17,000.")


def test_lists_of_dates_have_totals_too():
    lines = ["State,County,Activation Date", "CA,San Francisco,6/8/10", "CA,Alameda,6/8/10"]
    notes = read(*lines, "Total,2,", "(1) Pending.", kind="activation").notes
    assert notes[:2] == (
        "Left out: row 5 below the data, with notes ('(1) Pending.').",
        "Left out: row 4, a total ('Total, 2').",
    )


def test_workbooks_have_notes_too():
    import openpyxl  # noqa: PLC0415 - slow to import

    book = openpyxl.Workbook()
    for row in [
        ("fips", "noncitizen"),
        (6075, 9000),
        (6001, 8000),
        (None, None),
        ("Total", 17000),
        ("Source: ICE",),
    ]:
        book.active.append(row)
    book.save("t.xlsx")
    notes = check(KINDS["noncitizens"], Path("t.xlsx"), "t.xlsx").notes
    assert [note.partition(" (")[0] for note in notes[:2]] == [
        "Left out: row 6 below the data, with notes",
        "Left out: row 5, a total",
    ]
