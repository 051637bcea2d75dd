"""Names that nobody expects, wherever a name may stand: each is read or refused in one message, and never ends in a traceback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from typer.testing import CliRunner

from comity.app.downloads import read_upload
from comity.app.view import read_view
from comity.cli import app
from comity.problems import InputError
from comity.published import targets
from comity.reading import parse
from comity.scenario import Scenario
from comity.sweeps.files import load_study
from comity.sweeps.store import Store, locate
from comity.sweeps.study import Study
from comity.sweeps.tables import plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PYTHON = [
    "self", "cls", "keys", "kwargs", "changes", "source", "name", "/", "", *dir(BaseModel), *dir(Scenario),
    *dir(Study),
]  # fmt: skip
names = st.one_of(
    st.sampled_from(PYTHON),
    st.text(max_size=30),
    st.sampled_from(["x", "é", "..", "/", "\0", "a/b", " "]).flatmap(lambda part: st.just(part * 5000)),
)
values = st.sampled_from([1, "x", [], {}, True, "y" * 5000])

STUDY = {"scenario": {"place": "06003", "scale": 1000, "end": "2009-01-31"}, "seeds": 1}


def study(name: str, value: Any) -> list[dict[str, Any]]:
    """Return studies that have a name in every place that takes one."""
    at = {"scenario": STUDY["scenario"] | {name: value}}
    return [
        STUDY | {name: value},
        STUDY | at,
        STUDY | {"scenario": name},
        STUDY | {"places": [name]},
        STUDY | {"outcomes": [name]},
        STUDY | {"name": name},
        STUDY | {"levers": {name: [1], "regimes": [name], "hypotheses": [name]}},
        STUDY | {"uncertainties": {name: {"dummy": True}}, "design": {"kind": "grid", "levels": 2}},
        STUDY | {"uncertainties": {name: {name: value}}},
        STUDY | {"design": {"kind": "list", "points": [{name: 1}], name: value}},
    ]


def scenarios(name: str, value: Any) -> list[dict[str, Any]]:
    """Return scenarios that have a name in every place that takes one."""
    place = {"place": "06003"}
    policy = {"decider": name, "lever": name, "value": value, "start": "2010-01-01", name: value}
    return [
        place | {name: value},
        place | {"parameters": {name: value}},
        place | {"regimes": {name: {"title": name, "policies": [policy]}}},
        place | {"data": {name: name}},
        place | {"regime": name},
        place | {"compare": [name]},
        place | {"hypotheses": name},
        {"place": name},
    ]


def refused_or_read(read: Callable[[], Any]) -> Any:
    """Return what is read, or None where it is refused in words."""
    try:
        return read()
    except InputError as error:
        assert all(len(line) < 6000 and "; valid: " in line for line in str(error).splitlines())  # noqa: PT017
        return None


@settings(max_examples=40, deadline=None)
@given(names, values)
def test_any_name_in_a_scenario_or_a_study(name: str, value: Any) -> None:
    for keys in scenarios(name, value):
        refused_or_read(lambda keys=keys: Scenario(**keys))
        refused_or_read(lambda keys=keys: Scenario.of(**keys))
        refused_or_read(lambda: Scenario(place="06003").with_(**{name: value}))
    for keys in study(name, value):
        refused_or_read(lambda keys=keys: Study(**keys))


@settings(max_examples=40, deadline=None)
@given(names, st.text(max_size=10) | st.sampled_from(["1", "x" * 5000]))
def test_any_name_on_a_page(name: str, value: str) -> None:
    refused_or_read(lambda: read_view({name: value}))
    text = f"place = '06003'\n{json.dumps(name)} = 1\n"
    refused_or_read(lambda: read_upload(text))


@settings(max_examples=40, deadline=None)
@given(names)
def test_any_name_in_a_file_of_targets(name: str) -> None:
    finding = {"id": name, "experiment": name, "finding": name, "estimate": name, name: 1}
    for keys in ({"finding": [finding | {"target": [finding]}]}, {"finding": {name: 1}}, {name: []}):
        found: list[Any] = []
        refused_or_read(lambda keys=keys, found=found: [targets._target(keys, name, found)])
        assert found


@settings(max_examples=40, deadline=None)
@given(names)
def test_any_name_of_a_study_or_its_folder(name: str) -> None:
    refused_or_read(lambda: load_study(name))
    refused_or_read(lambda: locate(name))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["seed", "run", "place", "removals", "key"]) | names)
def test_a_dummy_never_takes_the_place_of_a_column(name: str) -> None:
    keys = {"uncertainties": {name: {"dummy": True}}, "design": {"kind": "grid", "levels": 2}, "seeds": 3}
    made = refused_or_read(lambda: Study(**STUDY | {"scenario": Scenario(place="06003")} | keys))
    if made is not None:
        from pathlib import Path  # noqa: PLC0415

        assert list(plan(Store(Path(), made))["seed"]) == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize("text", ["self = 1", "[parameters]\nself = 1", "cls = 1", "keys = 1"])
def test_odd_keys_end_in_one_message(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.toml").write_text(f"place = '06075'\n{text}\n")
    assert parse(text, "p")
    (tmp_path / "s.toml").write_text(f"{text}\n[scenario]\nplace = '06075'\n")
    long = "x" * 5000
    for arguments in (
        ("check", "p.toml"),
        ("run", "p.toml"),
        ("sweep", "s.toml"),
        ("check", "san-francisco", "--set", text.replace("[parameters]\n", "")),
        ("check", long),
        ("check", f"{long}.toml"),
        ("sweep", long),
        ("sweep", f"./{long}"),
        ("results", long),
        ("run", "--out", long),
        ("sweep", "fear-and-ties", "--dry-run", "--log", long),
        ("sweep", "fear-and-ties", "--out", long),
        ("reproduce", long),
        ("reproduce", "miles-cox", "--targets", long),
        ("reproduce", "miles-cox", "--quick", "--out", long),
        ("tournament", "--posterior", long),
        ("predict", "--out", long),
        ("calibrate", long),
        ("calibrate", "--into", long),
        ("analyse", long),
        ("report", "--out", long),
        ("report", "--results", long),
        ("data", "import", "activation", long),
        ("data", "import", long, "p.toml"),
        ("show", "places", long),
        ("app", "--results", long),
    ):
        done = CliRunner().invoke(app, list(arguments))
        if arguments[:2] != ("report", "--results"):
            assert done.exit_code == 2, (arguments, done.output, done.exception)
        assert isinstance(done.exception, SystemExit | None), (arguments, done.exception)  # fmt: skip
