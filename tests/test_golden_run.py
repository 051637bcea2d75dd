"""An exact run, kept as a hash: numbers that change silently are the worst of bugs.

The golden file was written by ``python tests/test_golden_run.py`` from a run that passes every other test of the suite
(equivalence with the plain Mesa model among them). A change of the file is a change of results and must be
announced in CHANGELOG.md as *changes results*. Counts are exact; means are compared to six digits.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from comity import CooperationModel

GOLDEN = Path(__file__).parent / "golden" / "san_francisco_2010.json"


def digest(frame) -> str:
    """Return a hash over a frame with its numbers at six significant digits."""
    rounded = frame.copy()
    for column in rounded.select_dtypes("floating"):
        rounded[column] = [f"{round(value, 9):.6g}" for value in rounded[column]]
    return hashlib.sha256(rounded.astype(str).to_csv(index=False).encode()).hexdigest()


def golden_run() -> dict:
    """Live San Francisco in 2010 with every mechanism on and describe what came of it."""
    model = CooperationModel(
        place="06075",
        start=dt.date(2010, 1, 1),
        end=dt.date(2010, 12, 31),
        scale=20,
        seed=7,
        regime="no_minor_holds@2010-09-01+no_receive",
        hypotheses="H2+H2b+H3+H4+H5+H6+H7+H8+H10",
        log=True,
    ).run()
    table = model.table()
    sums = table.groupby("measure", observed=True)["value"].sum()
    numbers = (
        "incidents",
        "reported",
        "arrests",
        "bookings",
        "submissions",
        "matches",
        "detainers",
        "transfers",
        "removals",
    )
    return {
        "about": "exact golden run; a change is announced in CHANGELOG.md as *changes results*",
        "numbers": {name: float(sums[name]) for name in numbers},
        "table": digest(table),
        "funnel": digest(model.funnel()),
        "events": digest(model.events()),
        "residents": hashlib.sha256(
            np.ascontiguousarray(model.world.residents["whereabouts"]).tobytes()
        ).hexdigest(),
    }


@pytest.mark.portable
def test_golden_run():
    assert golden_run() == json.loads(GOLDEN.read_text(encoding="utf-8"))


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(golden_run(), indent=2) + "\n", encoding="utf-8")
