"""Stacking: how much of every rival hypothesis a prediction should hold.

Weights of a mixture are chosen so that it predicts findings that it has not seen (Yao, Vehtari, Simpson & Gelman 2018, Bayesian
Analysis 13:917): they maximise the sum, over studies left out in turn, of the logarithm of the mixture's density at what the
study published. Unlike posterior probabilities, which end at the one rival that is least wrong, stacking keeps two that are wrong
about different things. A study is left out whole, since its numbers come from one sample.

A rival's density at a study left out is the mean over its draws, weighted by how likely each makes all other studies, with the
error of that rival (`comity.calibrate.model_error`) and the noise of its runs in every likelihood. The weights follow by
expectation maximisation, whose every step raises the sum; it has one maximum, since the sum is concave in the weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.calibrate import model_error
from comity.tournament import scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.published.targets import Target
    from comity.tournament.scores import Answers, Floats

POSTERIOR: Final = "posterior"
STEPS: Final = 10_000
CLOSE: Final = 1e-10


def weights(runs: Any, findings: Sequence[Target]) -> pd.DataFrame:
    """Return a row per kind of draws and rival: its weight, and how well it alone predicts what is left out.

    Args:
        runs: one row per run, as in `comity.tournament.scores`.
        findings: that may be seen; numeric ones count, where every rival gives a number at every draw.

    Returns:
        ``draws``, ``hypothesis``, ``stacked_weight`` (they sum to one over the rivals), ``left_out_density`` (the sum of
        the logarithms of its own densities) and ``studies`` (that were left out in turn); the heaviest first.
    """
    tables = [
        _weighed(scores.answers(own, findings), seen=draws == POSTERIOR).assign(draws=draws)
        for draws, own in runs.groupby("draws", observed=True, sort=False)
    ]
    columns = ["draws", "hypothesis", "stacked_weight", "left_out_density", "studies"]
    return pd.concat(tables, ignore_index=True)[columns]


def _weighed(found: Answers, *, seen: bool) -> pd.DataFrame:
    densities, studies = left_out(found, seen=seen)
    table = pd.DataFrame(
        {
            "hypothesis": found.hypotheses,
            "stacked_weight": stacked(densities).round(6),  # so that what tends to nothing is nothing
            "left_out_density": densities.sum(axis=1),
            "studies": studies,
        }
    )
    return table.sort_values("stacked_weight", ascending=False, kind="stable")


def left_out(found: Answers, *, seen: bool) -> tuple[Floats, int]:
    """Return log densities of studies that were left out, a row per rival, and how many studies there are.

    Args:
        found: what the rivals say.
        seen: whether the draws were fitted to the fitting findings.
    """
    whole = np.asarray(np.isfinite(found.numbers).all(axis=(0, 1)))
    told = [target for target, keep in zip(found.targets, whole, strict=True) if keep]
    study = np.array([target.citation for target in told])
    names = list(dict.fromkeys(study))
    rows = [
        [_density(logs, study == name) for name in names]
        for logs in (
            _logs(told, numbers[:, whole], noise[:, whole], seen=seen)
            for numbers, noise in zip(found.numbers, found.variances, strict=True)
        )
    ]
    return np.array(rows, float).reshape(len(found.hypotheses), len(names)), len(names)


def _logs(told: Sequence[Target], numbers: Floats, noise: Floats, *, seen: bool) -> Floats:
    """Return log likelihoods of one rival, a row per draw, with the error that this rival has."""
    fitted = [target.id for target in told if seen and target.use == "fitting"]
    error = model_error.infer(told, numbers, noise.mean(axis=0), fitted)
    variance = np.array([error.at(target) for target in told]) ** 2 + noise
    published = np.array([target.value for target in told], float)
    return np.asarray(-0.5 * ((published - numbers) ** 2 / variance + np.log(2 * np.pi * variance)))


def _density(logs: Floats, out: Any) -> float:
    """Return the log density of what is left out, over draws weighted by what is not."""
    rest, own = logs[:, ~out].sum(axis=1), logs[:, out].sum(axis=1)
    return float(np.logaddexp.reduce(rest + own) - np.logaddexp.reduce(rest))


def stacked(densities: Floats) -> Floats:
    """Return the weights of rivals, given their log densities: a row per rival, a column per study."""
    found = np.full(len(densities), 1 / len(densities))
    relative = np.exp(densities - densities.max(axis=0))
    for _ in range(STEPS if densities.shape[1] else 0):
        parts = found[:, None] * relative
        after = (parts / parts.sum(axis=0)).mean(axis=1)
        if np.abs(after - found).max() < CLOSE:
            return np.asarray(after)
        found = after
    return found
