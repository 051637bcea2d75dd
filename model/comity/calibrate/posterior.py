"""Draws of the posterior, to be lived instead of the registry's defaults, and how wrong the model may be beside."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.analyse.draws import Draws
from comity.calibrate.model_error import SEEN, ModelError
from comity.parameters import Parameters, describe
from comity.problems import InputError, Problem, refuse
from comity.published import targets
from comity.reading import COMMAND_LINE
from comity.sweeps.files import load_study
from comity.sweeps.uncertainties import check_value, is_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STUDY: Final = "calibration"
"""The study that says what is uncertain."""

QUICK_SCALE: Final = 4_000.0
"""Persons to an agent in the quick forms of what is lived over the nation, which show only that everything works."""


def posterior(number: int, path: Path | None = None, changes: Iterable[str] = ()) -> Draws:
    """Return draws of the posterior to live instead of the defaults, as in ``comity.compare(..., draws=comity.posterior(24))``.

    Draws mean what they mean in the world in which they were calibrated, so that they bring it with them (`world`).

    Args:
        number: how many, evenly spaced among those of the file.
        path: a file of draws; by default the one that comes with comity.
        changes: of a scenario that is to live them, as ``NAME=VALUE``: none may set what is drawn.

    Raises:
        InputError: if the file is no table of draws, or a change sets what is drawn.
    """
    found = drawn(path or posterior_file(), number)
    named = [change.partition("=")[0].strip() for change in changes]
    valid = f"a parameter that is not drawn; drawn are {', '.join(found[0])}"
    twice = [
        Problem(COMMAND_LINE, "--set", name, "set and drawn at once", valid)
        for name in named
        if name in found[0]
    ]
    if twice:
        raise InputError(twice)
    residuals = pd.read_csv(_shipped("predictive", "residuals.csv"))
    seen = tuple(found for found in targets.national(sealed=True) if found.use in SEEN and found.error > 0)
    error = ModelError(residuals, seen)

    def ends(unit: str, numbers: Any) -> tuple[float, float]:
        return error.interval(SimpleNamespace(unit=unit), numbers)

    fixed = {name: value for name, value in world().items() if name not in named}
    return Draws(tuple(fixed | point for point in found), ends, error.by_factor)


def world() -> dict[str, Any]:
    """Return what the calibration's study sets beside what it varies: its mechanisms, and not how a run is written down."""
    study, usual = load_study(STUDY), Parameters()
    return {
        name: value
        for name, value in study.scenario.parameters
        if value != getattr(usual, name)
        and name not in study.uncertainties
        and describe(name).role != "numerical"
    }


def posterior_file() -> Path:
    """Return the draws that come with comity, a row per draw: those of the checkout that it runs from, or of the package."""
    return _shipped(STUDY, "draws.csv")


def _shipped(study: str, name: str) -> Path:
    package = Path(__file__).parents[1]
    shipped = package / "experiments" / STUDY / name
    return shipped if shipped.is_file() else package.parents[1] / "results" / study / name


def drawn(path: Path, number: int) -> list[dict[str, float]]:
    """Return draws from a table of equally weighted ones, evenly spaced among its rows.

    Raises:
        InputError: with everything that is wrong with the table.
    """
    name = str(path)
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:  # a folder, no text, no table
        raise InputError([_wrong(name, "file", path.name, str(error).partition("\n")[0])]) from None
    known = [column for column in table if column in Parameters.model_fields]
    if not known or table.empty:
        raise InputError([_wrong(name, "columns", ", ".join(map(str, table)), "no draws of parameters")])
    refuse(
        (
            (f"{column}[{k}]", value, check_value(str(column), value))
            for column in known
            for k, value in enumerate(table[column].tolist())
        ),
        name,
    )
    rows = np.unique(np.linspace(0, len(table) - 1, min(number, len(table))).round().astype(int))
    return points(table[known].iloc[rows])


def points(table: pd.DataFrame) -> list[dict[str, float]]:
    """Return the rows of a table of parameters, whole numbers where there are no others."""
    rows: Sequence[dict[Any, Any]] = table.to_dict("records")
    return [
        {str(name): int(x) if is_whole(str(name)) else float(x) for name, x in row.items()} for row in rows
    ]


def _wrong(file: str, key: str, value: str, wrong: str) -> Problem:
    return Problem(
        file, key, value, wrong, "a table of numbers with a column per parameter and a row per draw"
    )
