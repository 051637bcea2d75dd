"""What is wrong with a policy, a visibility or an observer is refused alike through every door, and all of it at once.

A door is a way in which somebody brings a regime: a scenario file, a file of a study, the command line, Python, a table. Each
says where, what, and what would be valid in this place, not what a scenario is in general; exit 2, and nothing is written.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from comity import CooperationModel, InputError
from comity.cli import app
from comity.parameters import describe
from comity.policy.levers import LEVERS
from comity.policy.rows import CHANNELS

if TYPE_CHECKING:
    from pathlib import Path

ALARMING = {"lever": "hold", "value": [0.0, 0.0, 0.0, 0.0], "believed": "alarm"}
FAULTS: list[tuple[dict[str, Any], str, str]] = [  # entries, the key that is wrong, what is said to be valid
    ({"lever": "no_inquirey"}, "lever", "did you mean no_inquiry?"),
    ({"lever": "tracker"}, "lever", "no_inquiry, pledge, outreach"),
    ({"lever": "no_inquiry", "value": 2}, "value", "valid: 0 or 1"),
    ({"lever": "pledge", "value": 1.01}, "value", "valid: a number from 0 to 1"),
    ({"lever": "outreach", "value": -0.5}, "value", "valid: a number from 0 to 1"),
    ({"lever": "hold", "value": [0.0, 0.0, 2.0, 1.0]}, "value", "valid: four numbers from 0 to 1"),
    (ALARMING, "believed", "cut"),
    ({"lever": "pledge", "believed": "alarming"}, "believed", "placebo"),
    ({"lever": "no_inquiry", "decider": "court"}, "lever", "valid: decider = county or state"),
    ({"start": "soon"}, "start", "valid: a day"),
    ({"start": "2010-01-01", "until": "2009-01-01"}, "until", "a day after start = 2010-01-01|a later day"),
]
GENERAL = "each with decider, lever, value and start"
"""What is valid of a table of regimes as a whole."""

ONLY_FILES = [({"alarm": 1}, "alarm", "believed"), ({"lever": "pledge", "news": 1}, "news", "believed")]
"""Keys that no policy has; a table says of columns that it has no use for them."""


def entry(fault: dict[str, Any]) -> dict[str, Any]:
    return {"decider": "county", "lever": "no_inquiry", "value": 1, "start": "2010-01-01"} | fault


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(part)}" for key, part in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def told(*arguments: str) -> str:
    """Return what the command line says of an input that it refuses."""
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output + done.stderr
    return done.stderr


def regime(faults: list[dict[str, Any]]) -> dict[str, Any]:
    return {"mine": {"policies": [entry(fault) for fault in faults]}}


def keys(faults: list[dict[str, Any]], parameters: dict[str, float]) -> str:
    lines = [f"{name} = {value!r}" for name, value in parameters.items()]
    return "\n".join(["place = '06075'", f"regimes = {toml(regime(faults))}", "regime = 'mine'", *lines])


def by_file(folder: Path, faults: list[dict[str, Any]], parameters: dict[str, float]) -> str:
    file = folder / "mine.toml"
    file.write_text(keys(faults, {f"parameters.{name}": value for name, value in parameters.items()}))
    return told("run", str(file), "--out", str(folder / "out"))


def by_study(folder: Path, faults: list[dict[str, Any]], parameters: dict[str, float]) -> str:
    file = folder / "study.toml"
    inner = keys(faults, {f"parameters.{name}": value for name, value in parameters.items()})
    file.write_text(f"seeds = 1\nlevers.regimes = ['mine', 'mandatory']\n[scenario]\n{inner}\n")
    return told("sweep", str(file))


def by_set(folder: Path, faults: list[dict[str, Any]], parameters: dict[str, float]) -> str:
    changes = [f"regimes={toml(regime(faults))}", "regime=mine"]
    changes += [f"{name}={value!r}" for name, value in parameters.items()]
    return told(
        "run", "san-francisco", "--out", str(folder / "out"), *[x for c in changes for x in ("--set", c)]
    )


def by_python(folder: Path, faults: list[dict[str, Any]], parameters: dict[str, float]) -> str:
    with pytest.raises(InputError) as caught:
        CooperationModel("san-francisco", regimes=regime(faults), regime="mine", **parameters)
    return str(caught.value)


DOORS = [by_file, by_study, by_set, by_python]
VISIBLE = st.sampled_from([f"visible_{channel}" for channel in CHANNELS]).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.one_of(
            st.floats(-5.0, describe(name).low, exclude_max=True),
            st.floats(describe(name).high, 5.0, exclude_min=True),
        ),
    )
)


@pytest.mark.parametrize("door", DOORS)
@given(
    st.lists(st.sampled_from(FAULTS + ONLY_FILES), min_size=1, max_size=3),
    st.lists(VISIBLE, max_size=2, unique_by=lambda one: one[0]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_that_is_wrong_is_told_with_what_would_be_valid(door, tmp_path, faults, visible):
    said = door(tmp_path, [fault for fault, _, _ in faults], dict(visible)).splitlines()
    for n, (_, key, valid) in enumerate(faults):
        (line,) = (text for text in said if f"regimes.mine.policies[{n}].{key} = " in text)
        assert any(words in line for words in valid.split("|")), line
        assert GENERAL not in line
    for name, _ in visible:
        (line,) = (text for text in said if f"parameters.{name} = " in text)
        assert f"from {describe(name).low:g} to {describe(name).high:g}" in line
    assert len(said) == len(faults) + len(visible), said  # and nothing that only follows from these
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("fault", "key", "valid"), FAULTS)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_table_is_refused_likewise(tmp_path, monkeypatch, fault, key, valid, ending):
    import pandas as pd  # noqa: PLC0415

    monkeypatch.setenv("COMITY_DATA", str(tmp_path / "kept"))
    row = {"fips": "06075"} | entry(fault)
    row["value"] = " ".join(map(str, row["value"])) if isinstance(row["value"], list) else row["value"]
    file = tmp_path / f"policies.{ending}"
    frame = pd.DataFrame([row])
    frame.to_csv(file, index=False) if ending == "csv" else frame.to_excel(file, index=False)
    said = told("data", "import", "policies", str(file))
    assert f"column {key} = " in said or (key == "lever" and "decider" in said)
    if key != "lever" or "did you mean" not in valid:
        assert any(words.removeprefix("valid: ") in said for words in valid.split("|"))
    else:
        assert ", ".join(LEVERS) in said
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("lever", "start"), [("no_inquiry", "1979-11-27"), ("no_inquiry", "1989-10-24"), ("pledge", "1985-03-07")]
)
def test_orders_of_police_chiefs_can_be_imported_with_their_own_days(tmp_path, monkeypatch, lever, start):
    """Los Angeles 1979 and San Francisco 1989, as the built-in regimes have them."""
    monkeypatch.setenv("COMITY_DATA", str(tmp_path / "kept"))
    file = tmp_path / "policies.csv"
    file.write_text(f"fips,decider,lever,value,start\n06075,county,{lever},1,{start}\n")
    done = CliRunner().invoke(app, ["data", "import", "policies", str(file)])
    assert done.exit_code == 0, done.output + done.stderr
    name = done.stdout.partition("data.policies=")[2].split(",")[0]
    model = CooperationModel(
        "san-francisco", data={"policies": name}, regime="mandatory", scale=1e5, end="2009-02-28"
    )
    assert model.world.policies[lever].tolist() == [1]


def test_observers_that_there_are_not_are_told_with_all_else():
    with pytest.raises(InputError) as caught:
        CooperationModel("san-francisco", observe=("tracker", "items"), hypotheses="H77", visible_hold=0.9)
    said = str(caught.value)
    for text in ("'tracker'", "'items'", "trust_tracker", "did you mean H7", "parameters.visible_hold = 0.9"):
        assert text in said
    assert len(said.splitlines()) == 4


@pytest.mark.parametrize("spec", ["no_inquirey", "mine+pledge", "mine@soon", "mine@2010-01-01+trackers"])
@pytest.mark.parametrize("key", ["regime", "compare"])
def test_a_name_that_there_is_not_is_told_beside_what_is_wrong_with_the_scenarios_own_regimes(key, spec):
    keys: dict[str, Any] = {"regime": "mine", "compare": ["mine", "mine+city_of_refuge"]}
    keys[key] = spec if key == "regime" else [*keys[key], spec]
    with pytest.raises(InputError) as caught:
        CooperationModel("san-francisco", regimes=regime([ALARMING]), **keys)
    own, name = (str(problem) for problem in caught.value.problems)
    assert "regimes.mine.policies[0].believed = 'alarm'" in own
    assert f"{key}{'[2]' * (key == 'compare')} = {spec!r}: " in name
    assert "city_of_refuge" in name or "such as 2010-06-08" in name
