"""What is printed in a terminal: in any width no word and no number is broken, and nothing is left out."""

from __future__ import annotations

import csv
import io
import json
import os
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Group
from typer.testing import CliRunner

from comity import doctor, extensions, show
from comity.cli import Topic, app
from comity.listing import sets
from comity.output import terminal
from comity.parameters import Parameters, groups

ROOT = Path(__file__).parents[1]
WIDTHS = (60, 80, 120)


def printed(width, *parts):
    """Return what a terminal of this width shows."""
    console = terminal._Console(
        markup=False, emoji=False, highlight=False, width=width, file=io.StringIO(), color_system=None
    )
    terminal.say(*parts, to=console)
    return console.file.getvalue()


def split(text):
    return set(text.replace(":", " ").split())


def assert_whole(sheet, width):
    shown = printed(width, sheet)
    told = [sheet.title, *(text for row in sheet.rows for text in row)]
    assert set().union(*map(split, told)) <= split(shown)
    for line in map(str.rstrip, shown.splitlines()):
        assert cell_len(line) <= width or len(line.split()) == 1, line


WORD = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=70)
TEXT = st.lists(WORD, max_size=8).map(" ".join)


@st.composite
def sheets(draw):
    columns = draw(st.lists(WORD, min_size=1, max_size=6))
    row = st.tuples(*[st.one_of(TEXT, st.floats().map(terminal.cell)) for _ in columns])
    return terminal.Sheet(draw(TEXT), columns, draw(st.lists(row, max_size=5)), draw(st.booleans()))


@given(sheets(), st.sampled_from(WIDTHS))
@example(terminal.Sheet("Wide", ["name", "was"], [("漢字" * 14, "漢字 " * 30)]), 60)
@example(terminal.Sheet("Address", ["name"], [("https://example.org/" + "a" * 99,)]), 60)
def test_no_word_of_any_table_is_broken(sheet, width):
    assert_whole(sheet, width)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a small scenario, and the finished sweep of a small study."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "small.toml").write_text(SCENARIO)
    (folder / "few.toml").write_text(
        f'seeds = 2\n[scenario]\n{SCENARIO}[levers]\nregimes = ["mandatory", "no_receive"]\n'
    )
    before = Path.cwd()
    os.chdir(folder)
    try:
        done = CliRunner().invoke(app, ["sweep", "few.toml", "--workers", "1", "--out", "kept", "--yes"])
    finally:
        os.chdir(before)
    assert done.exit_code == 0, done.output
    return folder


SCENARIO = """
place = "06075"
start = 2010-05-03
end = 2010-08-15
scale = 2000
compare = ["state_withhold", "no_receive", "mandatory"]
"""
"""Some attempts of it are void."""

COMMANDS = [
    *(["show", topic.value] for topic in Topic),
    ["show", "places", "tex"],
    ["show", "outcomes", "event"],
    ["show", "parameters", "trust"],
    ["show", "day", "--timings"],
    ["check", "united-states"],
    ["check", "small.toml", "--set", f"place={[f'{6001 + 2 * k:05}' for k in range(50)]}"],
    ["cache"],
    ["doctor"],
    ["run", "small.toml", "--set", "regime=state_withhold+no_receive"],
    ["compare", "small.toml", "--seeds", "2"],
    ["results", "few.toml", "--out", "kept"],
    ["analyse", "few.toml", "--out", "kept"],
]


def sheets_of(part):
    return (
        [sheet for each in part.renderables for sheet in sheets_of(each)]
        if isinstance(part, Group)
        else [part]
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command)[:40])
def test_no_command_prints_a_broken_word(command, place, monkeypatch):
    parts = []
    monkeypatch.chdir(place)
    monkeypatch.setattr(terminal, "say", lambda *more: parts.extend(more))
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, (done.output, done.exception)
    found = [each for part in parts for each in sheets_of(part) if isinstance(each, terminal.Sheet)]
    assert found
    monkeypatch.undo()
    for sheet in found:
        for width in WIDTHS:
            assert_whole(sheet, width)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "results").rglob("*.csv")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_no_table_of_the_committed_results_is_broken(path):
    """What commands print that take long is a part of what they wrote."""
    (sheet, *_) = sheets_of(terminal.frame(path.stem, pd.read_csv(path).head(12)))
    for width in WIDTHS:
        assert_whole(sheet, width)


def comity_(*arguments, code=0):
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "80", "TERM": "dumb"})
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


@pytest.mark.parametrize("topic", [topic.value for topic in Topic if topic != "extensions"])
def test_every_topic_can_be_read_by_programs(topic):
    as_json = json.loads(comity_("show", topic, "--json"))
    as_csv = list(csv.DictReader(io.StringIO(comity_("show", topic, "--csv"))))
    assert [list(row) for row in as_csv] == [list(row) for row in as_json]
    assert len(as_json) > 4
    names = as_json[0]
    assert all(name.isidentifier() for name in names), names


def test_numbers_are_numbers_for_programs():
    (county,) = json.loads(comity_("show", "places", "06075", "--json"))
    assert (county["fips"], county["population"], county["activation"]) == ("06075", 805_246, "2010-06-08")
    assert sum(state["counties"] for state in json.loads(comity_("show", "places", "--json"))) == 3143
    assert [phase["order"] for phase in json.loads(comity_("show", "day", "--json"))][:3] == [1, 2, 3]


def test_parameters_come_by_group_and_are_complete():
    rows = json.loads(comity_("show", "parameters", "--json"))
    assert [row["name"] for row in rows] == list(Parameters.model_fields)
    assert {row["name"]: row["group"] for row in rows} == groups()
    assert Parameters(**{row["name"]: row["default"] for row in rows}) == Parameters()
    assert all(row["source"] and row["unit"] and row["meaning"] for row in rows)
    shown = comity_("show", "parameters")
    assert [shown.index(f"Parameters: {group}") for group in dict.fromkeys(groups().values())] == sorted(
        shown.index(f"Parameters: {group}") for group in set(groups().values())
    )


def test_parameters_of_extensions_have_a_group():
    added = extensions.Extension("mine", "Mine.", parameters=[PARAMETER])
    assert groups(extensions.registry((added,)))["zeal"] == "Extension mine"


PARAMETER = extensions.Parameter("zeal", 0.0, "share", 0.0, 1.0, "uncertain", "assume", "How much.")


def test_every_outcome_that_a_study_may_name_is_shown():
    rows = json.loads(comity_("show", "outcomes", "--json"))
    assert [row["name"] for row in rows] == [*sets()["OUTCOMES"], *sets()["ESTIMATES"]]


def test_ways_to_be_read_exclude_each_other():
    assert "--json" in comity_("show", "parameters", "--csv", "--json", code=2)


@pytest.mark.parametrize("number", [1, 6, 7, 3143])
def test_a_long_list_says_how_much_longer_it_is(number):
    names = [f"{k:05}" for k in range(number)]
    shown = terminal.some(names)
    assert shown.split(" and ")[0].count(",") <= 5
    left = number - 6
    assert shown.endswith(f" and {left:,} more" if left > 0 else names[-1])


def test_what_is_missing_is_named_with_the_command_that_needs_it(monkeypatch):
    there = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: "missing" if name == "starlette" else there(name))
    shown = " ".join(comity_("doctor").split())
    assert "missing: starlette" in shown
    assert "pip install 'comity[app]'" in shown
    assert shown.count("missing") == shown.count("pip install")


def test_without_what_every_command_needs_the_doctor_says_so_and_fails(monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: "missing" if name == "pydantic" else "1")
    assert "missing: pydantic" in comity_("doctor", code=1)


def test_the_doctor_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "none" / "yet"))
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.chdir(tmp_path)
    shown = comity_("doctor")
    assert "none yet" in shown
    assert "unset NUMBA_DISABLE_JIT" in " ".join(shown.split())
    assert list(tmp_path.iterdir()) == []


def test_every_extra_is_known_to_the_doctor():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    assert set(extras) <= set(doctor.NEEDED_FOR)


def test_more_is_told_where_part_of_a_name_is_given():
    sheet = sheets_of(show.parameters("fear_weight"))[0]
    assert "uncertain: " in sheet.rows[0][2]
