"""Joint evidence of one study: Gonçalves, Jácome & Weisburst found that reporting fell and victimisation rose.

No covariances of their estimates were published, so that there is no joint distance; what there is are the separate normal
likelihoods and their product, and what both changes together do to recorded crime.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.published.targets import Target

VICTIMS: Final = ("gjw_victimisation_hispanic", "gjw_victimisation_level")
REPORTS: Final = ("gjw_reporting_hispanic", "gjw_reporting_level")
RECORDED: Final = "gjw_reported_victimisation_hispanic"
SCORED: Final = (VICTIMS[0], REPORTS[0], RECORDED)
COUNTED: Final = "gjw_recorded_change"


def joint(found: Sequence[Target], runs: pd.DataFrame) -> pd.DataFrame:
    """Return what is published and what the model has of the three numbers together; empty if they are not all there.

    Args:
        found: what was published.
        runs: one row per seed and a column per estimate.

    Returns:
        Columns ``quantity``, ``published`` and ``model``. Changes are in per cent of the level before. A log-likelihood is the
        logarithm of the normal density of the published estimate around the model's mean, and its greatest possible
        value under ``published``.
    """
    published: dict[str, Any] = {target.estimate: target for target in found if target.estimate}
    if not published.keys() >= {*VICTIMS, *REPORTS, RECORDED}:
        return pd.DataFrame()
    values = {name: target.value for name, target in published.items()}
    means = {name: float(runs[name].mean()) if name in runs else math.nan for name in (*published, COUNTED)}
    rows = [*_changes(values, means), *_likelihoods([published[name] for name in SCORED], means)]
    return pd.DataFrame(rows, columns=["quantity", "published", "model"])


def _changes(values: dict[str, float], means: dict[str, float]) -> list[tuple[str, float, float]]:
    """Return the change of victimisation and of reporting, and of their product, in per cent."""
    theirs, ours = ([_share(of, *VICTIMS), _share(of, *REPORTS)] for of in (values, means))
    recorded = 100.0 * values[RECORDED] / (values[VICTIMS[1]] * values[REPORTS[1]] / 100.0)
    return [
        ("victimisation, change in %", 100.0 * theirs[0], 100.0 * ours[0]),
        ("reporting, change in %", 100.0 * theirs[1], 100.0 * ours[1]),
        ("recorded crime, change in %: both together", _both(theirs), _both(ours)),
        ("recorded crime, change in %: estimated by itself", recorded, means[COUNTED]),
    ]


def _share(of: dict[str, float], effect: str, level: str) -> float:
    return of[effect] / of[level] if of[level] else math.nan


def _both(changes: Sequence[float]) -> float:
    return 100.0 * (math.prod(1.0 + change for change in changes) - 1.0)


def _likelihoods(scored: Sequence[Target], means: dict[str, float]) -> list[tuple[str, float, float]]:
    """Return the log-likelihood of each number with a standard error, and their sum."""
    told = [target for target in scored if target.se is not None]
    rows = [
        (
            f"log-likelihood of {target.id}",
            _normal(target, target.value),
            _normal(target, means[target.estimate]),
        )
        for target in told
    ]
    together = f"log-likelihood of {', '.join(target.id for target in told)} together"
    return [*rows, (together, sum(row[1] for row in rows), sum(row[2] for row in rows))]


def _normal(target: Target, mean: float | None) -> float:
    """Return the logarithm of the normal density of a published number around a mean."""
    if mean is None or target.value is None or target.se is None:
        return math.nan
    z = (target.value - mean) / target.se
    return -0.5 * z * z - math.log(target.se * math.sqrt(2.0 * math.pi))
