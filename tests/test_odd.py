"""The ODD says what the code does: schedule, state variables, parameters and equations have the code's own names."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from comity.agents import bureaus, governments, ice, jails, police, residents
from comity.day import PHASES
from comity.parameters import Parameters
from comity.published import targets
from comity.world import state

PAGE = (Path(__file__).parents[1] / "docs" / "odd.md").read_text(encoding="utf-8")
ENTITIES = {
    "resident": residents.RESIDENT,
    "police department": police.POLICE,
    "jail": jails.JAIL,
    "state bureau": bureaus.BUREAU,
    "ICE office": ice.OFFICE,
    "government": governments.GOVERNMENT,
    "county": state.COUNTY,
    "neighbourhood": state.NEIGHBOURHOOD,
}
EQUATIONS = re.findall(r"^\*\*(.+?)\*\* \(`([\w.]+)`(?:: ([^)]*))?\)$", PAGE, flags=re.MULTILINE)


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def about(phase: Any) -> str:
    return " ".join((inspect.getdoc(phase) or "").split("\n\n")[0].split())


def test_the_schedule_is_that_of_the_day() -> None:
    listed = re.findall(
        r"^\d+\. `(\w+)`: (.+)$", section("Process overview and scheduling"), flags=re.MULTILINE
    )
    assert listed == [(phase.__name__, about(phase)) for phase in PHASES]
    assert re.findall(r"^### `(\w+)`$", section("Submodels"), flags=re.MULTILINE) == [
        p.__name__ for p in PHASES
    ]


@pytest.mark.parametrize("entity", ENTITIES)
def test_state_variables_are_those_of_the_rows(entity: str) -> None:
    (line,) = re.findall(
        rf"^\| {entity} \| (.+) \|$", section("Entities, state variables and scales"), flags=re.MULTILINE
    )
    assert tuple(re.findall(r"`(\w+)`", line)) == ENTITIES[entity].names


def test_every_parameter_has_its_place() -> None:
    assert set(Parameters.model_fields) - set(re.findall(r"`(\w+)`", PAGE)) == set()


def function(path: str) -> Any:
    room, _, name = path.rpartition(".")
    module = import_module(f"comity.{room}" if "." in room else f"comity.agents.{room}")
    return getattr(getattr(module, name), "py_func", getattr(module, name))


def test_there_are_equations_for_every_phase_but_the_last() -> None:
    parts = section("Submodels").split("\n### ")[1:]
    assert [part.split("`")[1] for part in parts if "\n**" not in part] == ["record"]
    assert len(EQUATIONS) > 50


@pytest.mark.parametrize(("title", "path", "listed"), EQUATIONS, ids=[path for _, path, _ in EQUATIONS])
def test_an_equation_has_the_parameters_of_the_function_beside_it(title: str, path: str, listed: str) -> None:
    code = inspect.getsource(function(path))
    read = re.findall(r'(?:\bp|w\.p\[0\])\["(\w+)"\]', code)
    assert set(re.findall(r"`(\w+)`", listed)) == set(read), title


def test_patterns_are_counted_by_use() -> None:
    counted = Counter(target.use for target in targets.published())
    listed = re.findall(r"^\| ([\w ]+) \| (\d+) \|", section("Purpose and patterns"), flags=re.MULTILINE)
    assert {use: int(number) for use, number in listed} == counted


def test_the_names_of_other_functions_are_there() -> None:
    named = set(re.findall(r"`((?:residents|news|draws|policy\.rows)\.\w+)`", PAGE)) - {
        path for _, path, _ in EQUATIONS
    }
    for path in named:
        room, _, name = path.rpartition(".")
        places = [f"comity.agents.{room}", f"comity.{room}"]
        assert any(hasattr(import_module(place), name) for place in places if _is_module(place)), path


def _is_module(name: str) -> bool:
    try:
        import_module(name)
    except ModuleNotFoundError:
        return False
    return True


def test_the_summary_fits_a_page() -> None:
    assert 200 < len(section("Summary ODD").split()) < 450
