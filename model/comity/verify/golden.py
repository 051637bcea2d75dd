"""The golden run, kept as hashes beside this module: numbers that change silently are the worst of bugs.

``golden.json`` was written by ``python -m comity.verify.golden`` from a run that passes every other test of the suite
(equivalence with the plain Mesa model among them). A change of the file is a change of results and must be announced in
CHANGELOG.md as *changes results*. Counts are exact; means are compared to six digits.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from comity.model import CooperationModel

GOLDEN: Final = Path(__file__).with_name("golden.json")
NUMBERS: Final = (
    *("incidents", "reported", "arrests", "bookings", "submissions", "matches", "detainers"),
    *("transfers", "removals"),
)
"""Sums that are kept as they are, so that a difference can be read."""


def digest(frame: Any) -> str:
    """Return a hash over a data frame with its numbers at six significant digits."""
    rounded = frame.copy()
    for column in rounded.select_dtypes("floating"):
        rounded[column] = [f"{round(value, 9):.6g}" for value in rounded[column]]
    return hashlib.sha256(rounded.astype(str).to_csv(index=False).encode()).hexdigest()


def golden_model(**parameters: float) -> CooperationModel:
    """Live San Francisco in 2010 with every mechanism on."""
    return CooperationModel(
        place="06075",
        start=dt.date(2010, 1, 1),
        end=dt.date(2010, 12, 31),
        scale=20,
        seed=7,
        regime="no_minor_holds@2010-09-01+no_receive",
        hypotheses="H2+H2b+H3+H4+H5+H6+H7+H8+H10",
        log=True,
        parameters=parameters,
    ).run()


def golden_run() -> dict[str, Any]:
    """Live it and describe what came of it."""
    model = golden_model()
    table = model.table()
    sums = table.groupby("measure", observed=True)["value"].sum()
    where = np.ascontiguousarray(model.world.residents["whereabouts"])
    return {
        "about": "exact golden run; a change is announced in CHANGELOG.md as *changes results*",
        "numbers": {name: float(sums[name]) for name in NUMBERS},
        "table": digest(table),
        "funnel": digest(model.funnel()),
        "events": digest(model.events()),
        "residents": hashlib.sha256(where.tobytes()).hexdigest(),
    }


def expected() -> dict[str, Any]:
    """Return what is kept of it."""
    kept: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return kept


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(golden_run(), indent=2) + "\n", encoding="utf-8")
