"""The nation's map: when every county was switched on, and outcomes of a stored national run."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.world import places

if TYPE_CHECKING:
    from pathlib import Path

MEASURES: Final = {
    "custody": ("Taken into ICE custody, per 1,000 residents", ("transfers", "at_large_arrests")),
    "removals": ("Removed, per 1,000 residents", ("removals",)),
    "submissions": ("Prints that reached immigration, per 1,000 residents", ("submissions",)),
}
"""Outcomes of a map: added up from the first day of the run, per 1,000 residents of 2010."""


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
    }


@lru_cache(maxsize=8)
def outcomes(folder: Path, measure: str) -> dict[str, Any]:
    """Return an outcome of a stored run of many counties by month, added up.

    Args:
        folder: of a run, with ``weekly.parquet``.
        measure: key of `MEASURES`.

    Returns:
        ``months``, ``fips``, and ``values``: one list per month, counties in order, per 1,000 residents.

    Raises:
        KeyError: for another measure.
    """
    label, names = MEASURES[measure]
    table = pd.read_parquet(
        folder / "weekly.parquet",
        columns=["date", "county", "measure", "value"],
        filters=[("measure", "in", list(names))],
    )
    table["month"] = table["date"].dt.to_period("M").astype(str)
    spread = table.pivot_table("value", "month", "county", "sum", observed=True).cumsum()
    fips = [str(code).zfill(5) for code in spread.columns]
    people = places.counties()["population"].reindex(fips).to_numpy(float)
    values = 1000.0 * spread.to_numpy() / np.where(people > 0, people, np.nan)
    return {
        "label": label,
        "months": list(spread.index),
        "fips": fips,
        "values": np.nan_to_num(values).round(4).tolist(),
    }
