"""Whether published numbers lie where they are predicted: coverage, z, width and interval score, by use of the finding.

Three predictions are judged, each wider than the one before: of the draws alone (dice and parameters), with the sampling
error of the study, where it published one, and with the model's error as well. A wide interval is no success, so coverage stands
beside the interval score (Gneiting & Raftery 2007, J. Am. Stat. Assoc. 102:359): the width, plus 2 / 0.05 times what the number
lies outside by; less is better. All are in units of error (`comity.calibrate.scales`), on whose scale a miss of a count and one
of a share are of one size. Nothing here feeds back into anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.calibrate.model_error import ENDS, sampling_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.calibrate.model_error import ModelError
    from comity.calibrate.scales import Floats

ALONE, SAMPLED, WHOLE = PREDICTIONS = ("dice and parameters", "and sampling error", "and model error")
APART: Final = "by construction"
MISS: Final = 2 / (1 - 0.95)
LEAST: Final = 1e-9


def judged(findings: Sequence[Any], numbers: Sequence[Floats], error: ModelError) -> pd.DataFrame:
    """Return a row per finding and prediction: ``z``, ``covered``, ``width`` and ``interval_score``.

    Args:
        findings: published with a number; others are passed over.
        numbers: of the model at draws, for each finding.
        error: of the model.
    """
    rows = []
    for finding, values in zip(findings, numbers, strict=True):
        if finding.value is None or not np.isfinite(values).any():
            continue
        use = APART if getattr(finding, "construction", "") else finding.use
        known = {"id": finding.id, "use": use}
        rows += [known | {"prediction": name} | _judged(finding, values, error, name) for name in PREDICTIONS]
    return pd.DataFrame(rows)


def _judged(finding: Any, values: Floats, error: ModelError, name: str) -> dict[str, Any]:
    on, drawn = error.spread(
        finding, values, 0.0 if name == ALONE else sampling_error(finding), with_error=name == WHOLE
    )
    unit = on.unit or 1.0
    drawn, number = drawn / unit, float(on.to(finding.value)) / unit
    low, high = np.quantile(drawn, ENDS)
    outside = max(low - number, number - high, 0.0)
    return {
        "z": _z(number - float(drawn.mean()), float(drawn.std())),
        "covered": outside <= LEAST,
        "width": high - low,
        "interval_score": high - low + MISS * outside,
    }


def _z(away: float, sd: float) -> float:
    """Return a distance in standard deviations: infinite where all draws are of one number, and another was published."""
    return away / sd if sd > LEAST else (0.0 if abs(away) <= LEAST else float("inf"))


def summary(rows: Any) -> pd.DataFrame:
    """Return ``numbers``, share ``covered``, ``rms_z``, median ``width`` and mean ``interval_score``, by use and prediction.

    Args:
        rows: of `judged`.
    """
    found = rows.groupby(["use", "prediction"], sort=False).agg(
        numbers=("z", "size"),
        covered=("covered", "mean"),
        rms_z=("z", lambda z: float(np.sqrt(np.mean(np.square(z))))),
        width=("width", "median"),
        interval_score=("interval_score", "mean"),
    )
    table: pd.DataFrame = found.reset_index()
    return table
