"""Whatever is wrong with an input, by whichever door it comes, is one kind of error that says where, what and what would do."""

from __future__ import annotations

import json
import pickle
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import comity
from comity import CooperationModel, hypotheses
from comity.cli import app
from comity.data.check import check
from comity.data.kinds import KINDS
from comity.extensions import Extension, Measure
from comity.policy import regimes
from comity.problems import InputError, closest
from comity.scenario import Scenario, load
from comity.sweeps.files import load_study
from comity.sweeps.store import Store
from comity.sweeps.study import Study
from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Callable

SAN_FRANCISCO = {"place": "06075"}


def written(text: str, ending: str = "toml") -> Path:
    path = Path(tempfile.mkdtemp()) / f"input.{ending}"
    path.write_text(text, encoding="utf-8")
    return path


def toml(word: str) -> str:
    return json.dumps(word, ensure_ascii=True)


def archive(word: str) -> Path:
    path = written("", "comity")
    with zipfile.ZipFile(path, "w") as saved:
        saved.writestr("scenario.toml", f"place = {toml(word)}")
    return path


def store(about: object) -> Path:
    folder = Path(tempfile.mkdtemp())
    (folder / "store.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


def policy(**keys: object) -> dict[str, object]:
    entry = {"decider": "county", "lever": "hold", "value": [0, 0, 0, 0], "start": "2010-01-01"}
    return {"mine": {"policies": [entry | keys]}}


DOORS: dict[str, Callable[[str], object]] = {
    "a scenario's file": lambda w: load(written(f"place = '06075'\n{toml(w)} = 1")),
    "a scenario's file that is no TOML": lambda w: load(written(f"= {w}")),
    "a scenario's name": load,
    "a change of a scenario": lambda w: load("san-francisco", [w]),
    "place": lambda w: Scenario(place=w),
    "start": lambda w: Scenario(**SAN_FRANCISCO, start=w),
    "regime": lambda w: Scenario(**SAN_FRANCISCO, regime=w),
    "compare": lambda w: Scenario(**SAN_FRANCISCO, compare=("no_receive", w)),
    "hypotheses": lambda w: Scenario(**SAN_FRANCISCO, hypotheses=w),
    "extensions": lambda w: Scenario(**SAN_FRANCISCO, extensions=[w]),
    "data": lambda w: Scenario(**SAN_FRANCISCO, data={"activation": w}),
    "kind of data": lambda w: Scenario(**SAN_FRANCISCO, data={w: "none"}),
    "parameter": lambda w: Scenario(**SAN_FRANCISCO, parameters={w: 1.0}),
    "value of a parameter": lambda w: Scenario(**SAN_FRANCISCO, parameters={"fear_weight": w}),
    "scale": lambda w: Scenario(**SAN_FRANCISCO, scale=w),
    "changed": lambda w: Scenario(**SAN_FRANCISCO).with_(**{w: 1}),
    "a model": lambda w: CooperationModel(place="06075", regime=w),
    "a regime of one's own": lambda w: Scenario(**SAN_FRANCISCO, regimes={w: 1}),
    "a policy's lever": lambda w: regimes.read_custom(policy(lever=w)),
    "a policy's decider": lambda w: regimes.read_custom(policy(decider=w)),
    "a policy's value": lambda w: regimes.read_custom(policy(value=w)),
    "a policy's start": lambda w: regimes.read_custom(policy(start=w)),
    "a policy's place": lambda w: regimes.read_custom(policy(where=w)),
    "a policy's key": lambda w: regimes.read_custom(policy(**{w: 1})),
    "a composition": regimes.compose,
    "a shift": lambda w: regimes.compose(f"no_receive@{w}"),
    "a specification": hypotheses.parse,
    "a place": places.resolve,
    "an extension": lambda w: Scenario(**SAN_FRANCISCO, extensions=[Extension(f"9{w}", "It does nothing.")]),
    "an extension's measure": lambda w: Scenario(
        **SAN_FRANCISCO,
        extensions=[Extension("own", "It does nothing.", measures=[Measure(f"9{w}", "something")])],
    ),
    "a study's name": load_study,
    "a study's file": lambda w: load_study(written(f"{toml(w)} = 1")),
    "outcomes": lambda w: Study(outcomes=(w,)),
    "groups": lambda w: Study(groups=(w,)),
    "levers": lambda w: Study(levers={w: (1,)}),
    "regimes of a study": lambda w: Study(levers={"regimes": (w,)}),
    "uncertainties": lambda w: Study(uncertainties={w: {"low": 0.0, "high": 1.0}}),
    "distribution": lambda w: Study(uncertainties={"fear_weight": {"distribution": w}}),
    "design": lambda w: Study(design={"kind": w}),
    "places": lambda w: Study(places=(w,)),
    "scenario of a study": lambda w: Study(scenario=w),
    "a table": lambda w: check(
        KINDS["activation"], written(f"fips,activation\n06075,{toml(w)}\n", "csv"), "t.csv"
    ),
    "a county in a table": lambda w: check(
        KINDS["activation"], written(f"county,state,activation\n{toml(w)},CA,2010-06-08\n", "csv"), "t.csv"
    ),
    "a table's heading": lambda w: check(KINDS["activation"], written(f"{w}\n1\n", "csv"), "t.csv"),
    "a saved run": lambda w: CooperationModel.load(written(w, "comity")),
    "a saved run's scenario": lambda w: CooperationModel.load(archive(w)),
    "results": comity.load,
    "a store": lambda w: Store.open(store({"version": w, "study": {"outcomes": [w]}})),
    "a store's study": lambda w: Store.open(store({"version": w, "study": w})),
    "a store's list": lambda w: Store.open(store([w])),
}

# No name, number, day or place begins so.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), max_size=40).map("zq".__add__)


def assert_told(error: InputError) -> None:
    assert isinstance(error, InputError)
    assert error.problems
    for problem in error.problems:
        for part in (problem.file, problem.key, problem.value, problem.wrong, problem.expected):
            assert isinstance(part, str)
            assert part
        assert "valid: " not in problem.wrong
        assert "; valid: " in str(problem)
        assert "\n" not in str(problem)


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=12, deadline=None)
@given(word=WORDS)
def test_every_door_refuses_in_one_way(door: str, word: str) -> None:
    with pytest.raises(InputError) as caught:
        DOORS[door](word)
    assert_told(caught.value)


@pytest.mark.parametrize(
    "command",
    [
        ["run", "zq"], ["run", "--set", "zq"], ["check", "zq"], ["show", "regimes", "zq"], ["show", "places", "zq"],
        ["show", "parameters", "zq"], ["show", "hypotheses", "zq"], ["sweep", "zq"], ["data", "import", "zq", "zq.csv"],
        ["data", "import", "activation", "zq.csv"], ["analyse", "zq"], ["reproduce", "zq"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_refuses_in_one_way(command: list[str], tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2, result.output
    for line in result.stderr.strip().splitlines():
        where, valid = line.split("; valid: ")
        assert valid
        assert where.count(": ") >= 2
        assert " = " in where
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fear_wieght", "fear_weight"), ("H2c", "H2"), ("h8b", "H8"), ("no_recieve", "no_receive"),
        ("state_withold", "state_withhold"), ("Californa", "California"), ("removal", "removals"),
    ],
)  # fmt: skip
def test_what_is_nearly_right_is_suggested(typed: str, meant: str) -> None:
    assert closest(typed, [meant, "something else", "x"]) == meant


@pytest.mark.parametrize("typed", ["weather", "budget", "colour", "title", "x", "", "zzz"])
def test_what_is_like_nothing_suggests_nothing(typed: str) -> None:
    known = [*Scenario.model_fields, *load().parameters.model_dump()]
    assert closest(typed, known) is None


def test_an_error_crosses_processes() -> None:
    for door in ("a place", "a composition", "a specification", "regime"):
        with pytest.raises(InputError) as caught:
            DOORS[door]("zq")
        again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - its own
        assert (type(again), str(again), again.problems) == (
            type(caught.value), str(caught.value), caught.value.problems,
        )  # fmt: skip
