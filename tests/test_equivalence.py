"""The kernels and the plain model of `benchmarks/plain_mesa` give the same results: a short version of the oracle.

Both live the same synthetic residents with dice of their own, in scenes where every mechanism is on and rates are far
above reality, so that each stage of the pipe has many events; `benchmarks/equivalence.py` is the long version.

* Counts of events are pooled over seeds. Given their sum, the two pooled counts differ by chance with variance
  ``DISPERSION`` times the sum (1 for independent events; targeting, where incidents breed incidents, comes to 1.9, the
  others to about 1), and the difference is compared with the normal distribution.
* Means (trust, cynicism, awareness, risk, chance of reporting) and days in jail are compared by a paired t-test over
  seeds.

Bonferroni's correction keeps the chance that a scene's test fails although nothing is wrong at 1 in 10,000, and for a
given version of the code the result is always the same. With 12 seeds it finds a difference of 5 % in arrests, 15 %
in detainers and 0.2 % in mean trust.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from equivalence import collect, holm
from scenes import BUSY, COUNTS, SCARCE, Scene

FAMILY_ERROR = 1e-4
DISPERSION = 2.0
MEANS = (
    "mean trust",
    "mean cynicism",
    "mean awareness",
    "mean risk",
    "mean risk, unauthorized",
    "chance of reporting",
    "survey: reporting rate",
    "surveyed",
    "jail_days",
)


def pooled(a: Any, b: Any) -> float:
    """Return the p-value of the difference of two pooled counts."""
    difference, total = a.sum() - b.sum(), a.sum() + b.sum()
    return float(2 * stats.norm.sf(abs(difference) / np.sqrt(DISPERSION * max(total, 1.0))))


def differing(names: list[str], comity: Any, plain: Any) -> list[str]:
    """Return the outcomes in which two arrays (seeds, outcomes) differ by more than chance."""
    tests = [*COUNTS, *(name for name in names if name.startswith("funnel")), *MEANS]
    p = []
    for name in tests:
        a, b = comity[:, names.index(name)], plain[:, names.index(name)]
        p.append(stats.ttest_rel(a, b).pvalue if name in MEANS else pooled(a, b))
    rejected = holm(np.array(p), FAMILY_ERROR)
    return [
        f"{name}: comity {comity[:, names.index(name)].mean():.4g}, plain {plain[:, names.index(name)].mean():.4g}, "
        f"p = {value:.2g}"
        for name, value, no in zip(tests, p, rejected, strict=True)
        if no
    ]


@pytest.mark.parametrize(("scene", "seeds"), [(BUSY, 12), (SCARCE, 6)], ids=["busy", "scarce"])
def test_plain_model_agrees(scene: Scene, seeds: int) -> None:
    smaller = replace(scene, keys=scene.keys | {"scale": 2500})
    names, comity, plain = collect(smaller, range(1, seeds + 1))
    assert comity[:, names.index("funnel: removed")].sum() > 10 * seeds, "too few events to compare"
    assert differing(names, comity, plain) == []


def test_a_difference_is_seen() -> None:
    names = [*COUNTS, "funnel: booked", *MEANS]
    rng = np.random.default_rng(1)
    same, other = rng.poisson(500.0, (2, 12, len(names))).astype(float)
    assert differing(names, same, other) == []
    other[:, names.index("detainers")] *= 1.2
    other[:, names.index("mean trust")] *= 1.3
    assert [line.split(":")[0] for line in differing(names, same, other)] == ["detainers", "mean trust"]
