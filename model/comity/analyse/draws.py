"""Draws of what is uncertain, lived instead of the registry's defaults, and what is left uncertain of an outcome.

An interval over seeds says what chance does to one history. Over draws of the posterior, with the model's own error
(`comity.calibrate.model_error`), an interval says what is not known of the parameters and of the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from comity.dictionary import words
from comity.output import run
from comity.output.bundle import Bundle
from comity.sweeps.outcomes import OUTCOMES, Outcome, brief, measure, of_run
from comity.writing import new_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from comity.scenario import Scenario

SEEDS: Final = 4
"""Histories per draw, if nothing else is said."""

PER_CENT: Final = 100.0


@dataclass(frozen=True)
class Draws:
    """Points of what is uncertain, equally weighted.

    Attributes:
        points: values of parameters, a mapping per draw.
        ends: from a unit, as findings have it, and numbers, one per draw, to the ends of the central 95 % of what they say,
            with the model's own error of findings in that unit.
        times: the same for numbers about which the model may be wrong by a factor, whatever their sign.
    """

    points: tuple[Mapping[str, float], ...]
    ends: Callable[[str, Any], tuple[float, float]] = field(repr=False)
    times: Callable[[Any], tuple[float, float]] = field(repr=False)

    def level(self, outcome: Outcome, values: pd.Series) -> tuple[float, float]:
        """Return between what an outcome lies, from its value at every draw."""
        return self.ends("%" if outcome.factor == PER_CENT else "number", values.to_numpy(float))

    def difference(self, outcome: Outcome, ours: pd.Series, theirs: pd.Series) -> tuple[float, float]:
        """Return between what a difference lies, from both values at every draw.

        The model errs about shares and means by so many points, as about published effects, and about counts and rates by a
        factor, as about published ratios: its error does not make a difference where there is none.
        """
        differences = (ours - theirs).dropna().to_numpy(float)
        if not len(differences):
            return float("nan"), float("nan")
        if not differences.any():
            return 0.0, 0.0
        return self.ends("pp", differences) if outcome.factor == PER_CENT else self.times(differences)


def between(low: float, high: float, sign: str = "") -> str:
    """Return an interval in few characters."""
    return f"{brief(low, sign)} to {brief(high, sign)}" if low != high else brief(low, sign)


def write(
    setup: Scenario,
    folder: str | Path,
    draws: Draws,
    progress: Callable[[int, int], None] | None = None,
    observe: Iterable[str] | str = (),
    threads: int = 1,
) -> pd.DataFrame:
    """Live a scenario once at every draw, under the same dice, and write a folder for each and the outcomes of all.

    Returns:
        A row per outcome: ``outcome``, ``name``, ``unit``, ``mean`` over draws, and ``low`` and ``high``, between which lie
        95 % with the model's own error.

    Raises:
        InputError: if ``folder`` cannot be written or holds anything already, before anything is run.
    """
    from comity.model import CooperationModel  # noqa: PLC0415 - slow to import, so not before the folder is known

    found = []
    with new_folder(folder) as staging:
        started = datetime.now(UTC)
        for number, point in enumerate(draws.points, 1):
            model = CooperationModel(setup.with_(parameters=point), observe=observe).run(threads=threads)
            counted = of_run(model)
            found.append({each.id: measure(counted, each, setup.start) for each in OUTCOMES})
            run.write_run(staging / f"draw-{number:03}", model)
            if progress is not None:
                progress(number, len(draws.points))
        lived = pd.DataFrame(found, index=range(1, len(found) + 1))
        table, parameters = summary(lived, draws), pd.DataFrame(draws.points, index=lived.index)
        tables = {"outcomes": table, "draws": lived.join(parameters).reset_index(names="draw")}
        about = run.manifest(setup, started) | {"draws": len(draws.points)}
        Bundle(about, tables, {}, run.inputs(setup)).put(staging)
    return table


def summary(lived: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Return a row per outcome, see `write`, from a row per draw."""
    rows = []
    for outcome in OUTCOMES:
        known, values = words("outcomes", outcome.id), lived[outcome.id]
        low, high = draws.level(outcome, values)
        row = {"outcome": outcome.id, "name": known.label, "unit": known.unit, "mean": values.mean()}
        rows.append(row | {"low": low, "high": high})
    return pd.DataFrame(rows)


def at_a_glance(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `summary` for people to read."""
    return pd.DataFrame(
        {
            "": [words("outcomes", name).short for name in table["outcome"].tolist()],
            "mean": [brief(value) for value in table["mean"]],
            "95 %": [between(*ends) for ends in table[["low", "high"]].to_numpy(float)],
        }
    )
