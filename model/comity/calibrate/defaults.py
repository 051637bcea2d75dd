"""Choosing one point of the posterior: what the registry's defaults are.

The posterior says which points the fitted findings leave; where parameters trade off, its medians together may be none of
them. So defaults are one of its points, chosen with the findings marked *selection*: a regression of every estimate on the
parameters ranks all points by how many published intervals they would meet, the best are lived with new seeds, because the
best of many noisy numbers is partly luck, and the one that then meets most intervals is chosen. Only points of the central half
of the joint posterior are ranked (`central`): a corner that happens to win is no typical point. Held-out findings have no say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.calibrate.abc import Surface, quantiles
from comity.calibrate.infer import two_digits
from comity.sweeps.study import Study
from comity.sweeps.uncertainties import is_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.calibrate.abc import Finding, Floats
    from comity.calibrate.infer import Posterior

CANDIDATES: Final = 12
SEEDS: Final = 4
FIRST: Final = 1001
"""Seeds of the candidates: none that a sweep is likely to have used."""

FAR: Final = 3.0
"""Half-widths of the interval beyond which a miss is not counted as larger, so that one finding does not decide."""


def candidates(
    posterior: Posterior, frame: pd.DataFrame, findings: Sequence[Finding], number: int = CANDIDATES
) -> pd.DataFrame:
    """Return points of the posterior that should meet most findings, the best first, to two significant digits.

    Args:
        posterior: of the parameters.
        frame: the sweep that it was inferred from.
        findings: fitted and selecting ones; those without an interval or an estimate are passed over.
        number: of points.
    """
    prior = posterior.cloud.prior
    known = _numeric(findings, frame)
    sound = np.isfinite(frame[[f.estimate for f in known]].to_numpy(float)).all(axis=1)
    runs = frame[sound]
    surface = Surface.fit(
        prior.to_logit(runs[list(prior.names)].to_numpy(float)),
        runs[[f.estimate for f in known]].to_numpy(float),
    )
    central_half = central(posterior.sample.logits, posterior.sample.weights)
    table = rounded(prior.from_logit(posterior.sample.logits[central_half]), prior.names)
    points: Any = table.drop_duplicates(ignore_index=True)
    values = surface.at(prior.to_logit(points.to_numpy(float)))
    best: pd.DataFrame = points.loc[_order(values, known)[:number]].reset_index(drop=True)
    return best


def central(logits: Floats, weights: Floats) -> Any:
    """Return which points of a weighted sample lie in its central half, by their Mahalanobis distance from its mean."""
    away = logits - weights @ logits
    inverse = np.linalg.pinv(np.atleast_2d((weights[:, None] * away).T @ away))
    distances = np.einsum("ij,jk,ik->i", away, inverse, away)
    return distances <= quantiles(distances, weights, (0.5,))[0]


def rounded(values: Floats, names: Sequence[str]) -> pd.DataFrame:
    """Return points to two significant digits, a column per parameter; whole numbers where there are no others."""
    digits = np.vectorize(two_digits)(values)
    return pd.DataFrame({n: np.rint(x) if is_whole(n) else x for n, x in zip(names, digits.T, strict=True)})


def trial(study: Study, points: pd.DataFrame) -> Study:
    """Return the study that lives candidates with seeds of their own."""
    listed = [{str(name): float(value) for name, value in row.items()} for row in points.to_dict("records")]
    keys = dict(study) | {
        "name": f"{study.name}-choice"[:64],
        "uncertainties": {},
        "seeds": {"number": SEEDS, "first": FIRST},
    }
    return Study(**keys | {"design": {"kind": "list", "points": listed}})


def choose(points: pd.DataFrame, lived: pd.DataFrame, findings: Sequence[Finding]) -> pd.DataFrame:
    """Return candidates in the order in which they meet the findings, with the numbers that decide.

    Args:
        points: candidates, by number of the point.
        lived: a row per run of `trial`.
        findings: as for `candidates`.

    Returns:
        The columns of ``points``, ``met`` (findings whose interval holds the mean over seeds), ``of``, and ``distance`` (mean
        distance from the middle of the intervals, in half-widths, at most `FAR` each); the chosen one first.
    """
    known = _numeric(findings, lived)
    means = lived.groupby("point")[[f.estimate for f in known]].mean().reindex(points.index).to_numpy(float)
    table: Any = points.assign(met=_met(means, known), of=len(known), distance=_distance(means, known))
    ordered: pd.DataFrame = table.loc[_order(means, known)].reset_index(drop=True)
    return ordered


def _numeric(findings: Sequence[Finding], frame: Any) -> list[Finding]:
    """Return the findings with an interval whose estimate the frame has, in enough runs."""
    return [
        finding
        for finding in findings
        if finding.estimate in frame
        and None not in (finding.low, finding.high)
        and np.isfinite(frame[finding.estimate].to_numpy(float)).mean() > 0.9
    ]


def _met(values: Floats, findings: Sequence[Finding]) -> Any:
    """Return how many intervals hold their number, for every row."""
    return np.column_stack([f.holds(column) for f, column in zip(findings, values.T, strict=True)]).sum(
        axis=1
    )


def _distance(values: Floats, findings: Sequence[Finding]) -> Floats:
    """Return mean distances from the middle of the intervals in half-widths, at most `FAR`, which no number counts as."""
    low, high = (np.array([getattr(f, end) for f in findings], float) for end in ("low", "high"))
    away: Floats = np.nan_to_num(np.abs(values - (low + high) / 2) / ((high - low) / 2), nan=np.inf)
    return np.asarray(np.minimum(away, FAR).mean(axis=1))


def _order(values: Floats, findings: Sequence[Finding]) -> Any:
    """Return rows, those that meet most intervals first, and of these the nearest to their middles."""
    return np.lexsort((_distance(values, findings), -_met(values, findings)))
