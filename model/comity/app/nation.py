"""The nation's map: when every county was switched on, and outcomes of a stored national run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.dictionary import words
from comity.output.counties import FILE
from comity.output.maps import FEWEST
from comity.scenario import load
from comity.world import places

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST_COUNTED: Final = 10
"""People in the model (not persons that they stand for) below which a count is not drawn: its standard error is a third."""

FEWEST_RESIDENTS: Final = 30
"""The same for a mean over residents."""


@dataclass(frozen=True)
class Outcome:
    """What the map can show of a stored run, made from columns of `comity.output.counties`; `comity.dictionary` has its words.

    Attributes:
        column: what is counted or averaged.
        per: by what it is divided.
        fewest: as above.
        factor: multiplies the ratio.
        added_up: whether it counts from the first day of the run, per resident at the end of the year.
    """

    column: str
    per: str = "residents"
    fewest: int = FEWEST_COUNTED
    factor: float = 1000.0
    added_up: bool = True


OUTCOMES: Final = {
    "prints": Outcome("prints"),
    "matches": Outcome("matches"),
    "detainers": Outcome("detainers"),
    "custody": Outcome("ice_custody"),
    "removals": Outcome("removals"),
    "reporting": Outcome("hispanic_calls", "hispanic_victims", FEWEST, 100.0, added_up=False),
    "risk": Outcome("hispanic_risk", "hispanic_residents", FEWEST_RESIDENTS, 100.0, added_up=False),
}
"""Key of an outcome in the page -> how it is made."""


def activation() -> dict[str, Any]:
    """Return code, name, day of activation, whether that day is published, and people of every county.

    The map's shapes have codes of 2017; `shapes` says which county of 2010 such a code stands for.
    """
    rows = places.counties()
    return {
        "fips": rows.index.tolist(),
        "name": (rows["county"] + ", " + rows["state"]).tolist(),
        "activation": rows["activation"].to_numpy().astype("datetime64[D]").astype(str).tolist(),
        "published": (rows["activation_basis"] == "published").tolist(),
        "population": rows["population"].tolist(),
        "hispanic_share": rows["hispanic_share"].round(4).tolist(),
        "shapes": places.FIPS_2017_TO_2010,
        "outcomes": menu(),
    }


def menu() -> list[list[str]]:
    """Return keys and names of the outcomes."""
    return [[key, words("map", key).label] for key in OUTCOMES]


@lru_cache(maxsize=8)
def outcomes(folder: Path, key: str) -> dict[str, Any]:
    """Return an outcome of a stored run of many counties by year.

    Args:
        folder: of a run, with ``counties.parquet`` and ``scenario.toml``.
        key: of `OUTCOMES`.

    Returns:
        ``label``, ``unit``, ``added_up``, ``about`` (of which run) and ``few`` (why counties are grey); ``years``, ``fips``, and
        ``values``: one list per year, counties in order, None where there are too few people in the model to tell; ``mean``, of
        the whole run's counties by year; ``low`` and ``high``, between which nearly all values are; ``whole``, the range that
        values can have, or None.

    Raises:
        KeyError: for another outcome, or a table without its columns.
        OSError: if a file is not there.
        ValueError: if one cannot be read.
    """
    outcome, shown, setup = OUTCOMES[key], words("map", key), load(folder / "scenario.toml")
    table = pd.read_parquet(folder / FILE, columns=["year", "county", outcome.column, outcome.per])
    sums = table.pivot_table([outcome.column, outcome.per], "year", "county", "sum", observed=True)
    above, below = sums[outcome.column], sums[outcome.per]
    values, mean, agents = _values(outcome, above.to_numpy(float), below.to_numpy(float), setup.scale)
    known = np.isfinite(values)
    values = np.where(known & (agents >= outcome.fewest), values, np.nan)
    low, high = np.nanquantile(values, [0.02, 0.98]) if np.isfinite(values).any() else (0.0, 1.0)
    return {
        "label": shown.label,
        "unit": shown.unit,
        "added_up": outcome.added_up,
        "about": f"Model results, not measurements: regime {setup.regime}, {setup.start} to {setup.end}, "
        f"one agent for {setup.scale:g} people, seed {setup.seed}.",
        "few": _few(outcome),
        "years": above.index.tolist(),
        "fips": [str(code) for code in above.columns],
        "values": [_plain(row) for row in values],
        "mean": _plain(mean),
        "low": 0.0 if outcome.added_up else float(low),
        "high": float(high),
        "whole": None if outcome.added_up else [0.0, 100.0],
    }


def _values(outcome: Outcome, above: Floats, below: Floats, scale: float) -> tuple[Floats, Floats, Floats]:
    """Return values by year and county, their mean over people by year, and how many people of the model each rests on."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if outcome.column == "hispanic_risk":  # a mean already
            weighted = np.where(below > 0, above * below, 0.0)
            return (
                outcome.factor * above,
                outcome.factor * weighted.sum(axis=1) / below.sum(axis=1),
                below / scale,
            )
        if not outcome.added_up:
            mean = outcome.factor * above.sum(axis=1) / below.sum(axis=1)
            return outcome.factor * above / below, mean, below / scale
        added = above.cumsum(axis=0)
        mean = outcome.factor * added.sum(axis=1) / below.sum(axis=1)
        expected = below * mean[-1] / outcome.factor  # where none is counted, many may have been possible
        return outcome.factor * added / below, mean, np.maximum(added, expected) / scale


def _few(outcome: Outcome) -> str:
    what = {
        "residents": "cases, counted or expected at the national rate,",
        "hispanic_victims": "Hispanic victims",
    }
    return f"fewer than {outcome.fewest} {what.get(outcome.per, 'Hispanic residents')} in the model"


def _plain(row: Floats) -> list[float | None]:
    """Return numbers as JSON has them."""
    return [None if np.isnan(value) else round(float(value), 4) for value in row]
