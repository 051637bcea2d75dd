"""Statistical baselines: what the main measures are over seeds, kept as a table that tests compare fresh seeds with.

    python benchmarks/baselines.py      # writes tests/baselines.csv; under a minute

Exact golden runs say that nothing moved; a baseline says that nothing moved by more than chance, when draws are other draws.
It is made anew only with a change that CHANGELOG.md announces as *changes results*.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from comity import CooperationModel

FILE: Final = Path(__file__).parents[1] / "tests" / "baselines.csv"
PLACES: Final = {"06075": 50.0, "04013": 250.0, "48215": 50.0}
"""Counties, and persons per agent: some fifteen thousand agents each."""

REGIMES: Final = ("inactive", "mandatory", "full_decline@2011-06-01")
SEEDS: Final = range(1, 49)
FLOWS: Final = (
    "incidents",
    "reported",
    "contacts",
    "arrests",
    "bookings",
    "submissions",
    "matches",
    "detainers",
)
MEANS: Final = ("trust", "awareness", "risk")


def live(place: str, regime: str, seed: int, **parameters: Any) -> dict[str, float]:
    """Return counts of the agents of a year, and means over residents and periods."""
    model = CooperationModel(
        place=place,
        regime=regime,
        scale=PLACES[place],
        seed=seed,
        start="2012-01-01",
        end="2012-12-31",
        parameters=parameters,
    )
    totals = model.run().totals()
    found = {name: float(totals[name].sum() / model.setup.scale) for name in FLOWS}
    return found | {name: float(totals[f"{name}_sum"].sum() / totals["residents"].sum()) for name in MEANS}


def lived(place: str, regime: str, seeds: Any, **parameters: Any) -> pd.DataFrame:
    """Return a row per seed, a column per measure."""
    return pd.DataFrame([live(place, regime, seed, **parameters) for seed in seeds])


def table() -> pd.DataFrame:
    """Return mean and standard deviation of each measure, by place and regime."""
    rows = []
    for place, regime in product(PLACES, REGIMES):
        runs = lived(place, regime, SEEDS)
        rows += [
            (place, regime, name, len(SEEDS), values.mean(), values.std(ddof=1))
            for name, values in runs.items()
        ]
    return pd.DataFrame(rows, columns=["place", "regime", "measure", "seeds", "mean", "sd"])


if __name__ == "__main__":
    found = table()
    found[["mean", "sd"]] = found[["mean", "sd"]].map(
        lambda value: float(np.format_float_positional(value, 6, fractional=False))
    )
    found.to_csv(FILE, index=False, lineterminator="\n")
