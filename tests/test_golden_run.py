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

WITHOUT = {"table": "532f66353523919f2176b2a33ac552b2d7936f753300dc871b6f5fc006e4e1c4"}
WITHOUT |= {"funnel": "95c6f45904fafc210a357aacf258155563b70369b6c4c6f2a9f016de48ee4310"}
WITHOUT |= {"events": "fa781bbd067645d7c73b78590566aa28c1eb86cfea586d3ff3d58d04923940d1"}
"""The same run by commit 9f11f7d, the last without attribution and entanglement, with trust kept in 64 bits as it is now; at a
norm that 32 bits hold, and without relief."""

OFF = {
    "attribution": 0,
    "entanglement_weight": 0,
    "salience_trust": 0,
    "noncriminal_trust": 0,
    "trust_gap": 0,
    "trust_spread": 0,
    "trust_spread_places": 0,
    "trust_norm": 0.625,
    "relief_cut": 0,
    "relief_custody": 0,
    "relief_placebo": 0,
}
ADDED = ("attribution", "entanglement", "noncriminal")
"""Measures that this version had not."""


def digest(frame) -> str:
    """Return a hash over a frame with its numbers at six significant digits."""
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


def golden_run() -> dict:
    """Describe what came of it."""
    model = golden_model()
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


@pytest.mark.portable
def test_without_attribution_and_entanglement_it_is_the_model_that_had_none():
    model = golden_model(**OFF)
    table = model.table()
    found = {
        "table": table[~table["measure"].isin(ADDED)],
        "funnel": model.funnel(),
        "events": model.events(),
    }
    assert {name: digest(frame) for name, frame in found.items()} == WITHOUT


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(golden_run(), indent=2) + "\n", encoding="utf-8")
