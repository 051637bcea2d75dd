"""To infer what the published findings say about the parameters, from the runs of a stored sweep.

`infer` is the whole of it: frame, findings and prior in, `Posterior` out; how it is done is in
`comity.calibrate.abc`. Findings come from the caller. Nothing here can reach the held-out ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.calibrate import model_error
from comity.calibrate.abc import (
    COPIES,
    SHARE,
    Prior,
    Surface,
    cloud,
    moments,
    quantiles,
    resample,
    sample,
)
from comity.parameters import Parameters, describe
from comity.sweeps.study import Study
from comity.sweeps.uncertainties import is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from comity.calibrate.abc import Cloud, Finding, Floats, Sample
    from comity.calibrate.model_error import ModelError
    from comity.sweeps.uncertainties import Uncertainty

DRAWS: Final = 64
PREDICTED: Final = 2_000
"""Draws behind a predictive interval."""

SPAN: Final = (0.005, 0.995)
"""Quantiles of the posterior between which a second sweep looks."""


@dataclass(frozen=True)
class Posterior:
    """What is known of the parameters after the findings.

    Attributes:
        cloud: the runs and findings it rests on.
        sample: the weighted sample.
        predictive: a row per finding: published and predicted, see `_predictive`.
        diagnostics: single numbers that say how far it can be trusted, see `_diagnostics`.
        notes: what was left out, and why.
        seed: of the draws.
        error: of the model, see `comity.calibrate.model_error`.
    """

    cloud: Cloud
    sample: Sample
    predictive: pd.DataFrame
    diagnostics: dict[str, float]
    notes: tuple[str, ...]
    seed: int
    error: ModelError

    @property
    def parameters(self) -> pd.DataFrame:
        """The weighted sample, a column per parameter; weights are in ``sample.weights``."""
        prior = self.cloud.prior
        return pd.DataFrame(prior.from_logit(self.sample.logits), columns=list(prior.names))

    def table(self) -> pd.DataFrame:
        """Return a row per parameter: bounds, mean, median, 90 % interval and what the findings taught.

        ``shrinkage`` is the posterior over the prior standard deviation: 1 is nothing learnt. ``r2`` is the share of the
        parameter's variance among accepted runs that the statistics explain. ``effective_runs`` says how many
        independent runs the sample is worth. ``unadjusted_median`` is that of plain rejection.
        """
        prior, sample = self.cloud.prior, self.sample
        plain = prior.from_logit(sample.plain)
        rows = []
        for k, (name, values) in enumerate(self.parameters.items()):
            mean, sd = moments(values.to_numpy(), sample.weights)
            low, median, high = quantiles(values.to_numpy(), sample.weights, (0.05, 0.5, 0.95))
            rows.append(
                {
                    "parameter": name,
                    "unit": describe(str(name)).unit if name in Parameters.model_fields else "",
                    "prior_low": prior.low[k],
                    "prior_high": prior.high[k],
                    "mean": mean,
                    "median": median,
                    "low_90": low,
                    "high_90": high,
                    "shrinkage": sd / float(self.cloud.parameters[:, k].std(ddof=1)),
                    "r2": sample.r2[k],
                    "effective_runs": sample.size,
                    "unadjusted_median": quantiles(plain[:, k], sample.weights, (0.5,))[0],
                }
            )
        return pd.DataFrame(rows)

    def best(self) -> dict[str, float]:
        """Return every parameter's posterior median, to two significant digits.

        Where parameters trade off, these medians together need not be a likely point; see `comity.calibrate.defaults`.
        """
        return _best(self.cloud.prior, self.sample)

    def draws(self, number: int = DRAWS) -> pd.DataFrame:
        """Return equally weighted draws of the posterior, by systematic resampling; always the same."""
        rng = np.random.default_rng([self.seed, 2])
        picked = resample(self.sample.weights, number, rng)
        logits = self.sample.logits[picked]
        return pd.DataFrame(self.cloud.prior.from_logit(logits), columns=list(self.cloud.prior.names))


def infer(
    frame: Any,
    fitting: Sequence[Finding],
    uncertainties: Mapping[str, Uncertainty],
    *,
    selection: Sequence[Finding] = (),
    share: float = SHARE,
    copies: int = COPIES,
    seed: int = 1,
) -> Posterior:
    """Return the posterior of the parameters given the findings that are fitted.

    Args:
        frame: a row per run, as `comity.load` gives it, of one place, regime and set of hypotheses.
        fitting: findings to fit.
        uncertainties: of the study whose runs these are; the points are taken to be draws from them.
        selection: further findings to predict.
        share: how much of the runs is accepted.
        copies: times that a run is compared, each with sampling errors of its own.
        seed: of every draw.

    Raises:
        InputError: if the frame does not fit the findings, or has too few runs.
    """
    known = cloud(frame, fitting, Prior.of(uncertainties))
    found = sample(known, known.observed, np.random.default_rng([seed, 1]), share=share, copies=copies)
    predictive, notes, error = _predictive(frame, known, found, [*fitting, *selection], seed)
    said = (*known.notes, *notes, *_shared_dice(frame, uncertainties))
    return Posterior(known, found, predictive, _diagnostics(known, found, share), said, seed, error)


def _shared_dice(frame: Any, uncertainties: Mapping[str, Uncertainty]) -> list[str]:
    """Say so where luck is the same in all runs, so that nothing in them shows how large it is."""
    if "seed" not in frame or len(frame["seed"].unique()) > 1 or any(e.dummy for e in uncertainties.values()):
        return []
    return ["all points share their dice: the noise of a run is not seen; add a dummy or a second seed"]


def _diagnostics(known: Cloud, found: Sample, share: float) -> dict[str, float]:
    """Return how much was accepted, what it is worth, and whether what was observed lies among the runs.

    ``accepted_share`` is that of the copies, ``accepted_runs`` the number of runs of which a copy is among them.

    ``mahalanobis_quantile`` is the share of runs, each with sampling errors, that lie nearer to the middle of all of them
    than what was observed; near 1, no parameters within the bounds give such numbers, and the adjustment extrapolates.
    """
    runs = len(known.point)
    rng = np.random.default_rng(0)
    noisy = known.statistics + rng.standard_normal(known.statistics.shape) * known.errors
    centred = (noisy - noisy.mean(axis=0)) / known.scale
    away = (known.observed - noisy.mean(axis=0)) / known.scale
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(centred, rowvar=False)))
    distances = np.einsum("ij,jk,ik->i", centred, inverse, centred)
    return {
        "runs": runs,
        "findings": len(known.findings),
        "accepted_runs": len(np.unique(found.run)),
        "accepted_share": share,
        "effective_runs": found.size,
        "mahalanobis_quantile": float((distances < away @ inverse @ away).mean()),
    }


def _predictive(
    frame: Any, known: Cloud, found: Sample, findings: Sequence[Finding], seed: int
) -> tuple[pd.DataFrame, list[str], ModelError]:
    """Return published and predicted numbers, a row per finding, what cannot be predicted, and the model's error.

    The model at draws of the posterior is read off a quadratic regression of every estimate on the parameters
    (`comity.calibrate.abc.Surface`), plus the noise of a run; ``surface_r2`` says how much of the variance of the
    estimate the regression gives. ``at_best`` is the regression at `Posterior.best`; 95 % of the sweep lie
    between ``swept_low`` and ``swept_high``. `comity.tournament.predict` lives the draws themselves.
    """
    rng = np.random.default_rng([seed, 3])
    picked = found.logits[resample(found.weights, PREDICTED, rng)]
    best = known.prior.to_logit(np.array([list(_best(known.prior, found).values())]))
    rows, notes = [], []
    told: list[tuple[Finding, Floats, float, dict[str, Any]]] = []
    for finding in findings:
        values = _column(frame, finding)
        there = np.isfinite(values)
        fitted = any(finding.id == other.id for other in known.findings)
        row: dict[str, Any] = {**_published(finding), "fitted": fitted, "n_missing": int((~there).sum())}
        rows.append(row)
        if there.sum() < 2 * (len(known.prior.names) + 1):
            name = f"{finding.id} ({finding.estimate or 'no estimate'})"
            notes.append(f"{name} is not predicted: {there.sum()} runs have it")
            continue
        points = frame.loc[there, list(known.prior.names)].to_numpy(float)
        surface = Surface.fit(known.prior.to_logit(points), values[there][:, None])
        centre = surface.at(picked)[:, 0]
        drawn = centre + rng.standard_normal(PREDICTED) * surface.spread[0]
        row |= _predicted(finding, values[there], drawn) | {
            "at_best": surface.at(best)[0, 0],
            "noise": surface.spread[0],
            "surface_r2": surface.r2[0],
        }
        told.append((finding, centre, float(surface.spread[0]), row))
    error = _error(known, told)
    for finding, centre, noise, row in told:
        drawn = centre + rng.standard_normal(PREDICTED) * noise
        row["error_low"], row["error_high"] = error.interval(finding, drawn)
    return pd.DataFrame(rows), notes, error


def _error(known: Cloud, told: Sequence[tuple[Finding, Floats, float, Any]]) -> ModelError:
    """Return the model's error, from what the regressions say at draws of the posterior."""
    numbers = np.array([centre for _, centre, _, _ in told]).reshape(-1, PREDICTED).T
    noise = np.array([spread for _, _, spread, _ in told]) ** 2
    fitted = [finding.id for finding in known.findings]
    return model_error.infer([finding for finding, *_ in told], numbers, noise, fitted)


def _column(frame: Any, finding: Finding) -> Floats:
    """Return the model's numbers for a finding, a number per run; NaN throughout where the sweep did not keep them."""
    return (
        frame[finding.estimate].to_numpy(float) if finding.estimate in frame else np.full(len(frame), np.nan)
    )


def _published(finding: Finding) -> dict[str, Any]:
    about = {name: getattr(finding, name, None) for name in ("id", "estimate", "use", "unit")}
    ends = {"published_low": finding.low, "published_high": finding.high, "published_se": finding.error}
    return about | {"published": finding.value} | ends


def _predicted(finding: Finding, values: Floats, drawn: Floats) -> dict[str, Any]:
    low, median, high = np.quantile(drawn, [0.025, 0.5, 0.975])
    before = np.quantile(values, [0.025, 0.975])
    return {
        "swept_low": before[0],
        "swept_high": before[1],
        "predicted": median,
        "predicted_low": low,
        "predicted_high": high,
        "inside": float(finding.holds(drawn).mean()) if finding.low is not None else np.nan,
        "positive": float((drawn > 0).mean()),
    }


def _best(prior: Prior, found: Sample) -> dict[str, float]:
    values = prior.from_logit(found.logits)
    best = {}
    for k, name in enumerate(prior.names):
        rounded = two_digits(quantiles(values[:, k], found.weights, (0.5,))[0])
        inside = min(max(rounded, float(prior.low[k])), float(prior.high[k]))
        best[name] = int(inside) if is_whole(name) else inside
    return best


def two_digits(value: float) -> float:
    """Return a number rounded to two significant digits."""
    return round(value, 1 - floor(log10(abs(value)))) if value else 0.0


def narrowed(posterior: Posterior, study: Study, size: int | None = None) -> Study:
    """Return the study of a second sweep, between the 0.5 and 99.5 % quantiles of the posterior.

    A distribution that is cut keeps its shape inside, so within the narrower bounds prior and proposal differ by a
    constant: all importance weights are equal, and `infer` on the second sweep needs none. What lies outside has at
    most 1 % of the first posterior of every parameter. Uncertainties that the sample does not have stay as they are.

    Args:
        posterior: of the first sweep.
        study: of the first sweep.
        size: of the second design; by default the same.
    """
    values, weights = posterior.parameters, posterior.sample.weights
    entries = dict(study.uncertainties)
    for name in posterior.cloud.prior.names:
        low, high = quantiles(values[name].to_numpy(), weights, SPAN)
        if is_whole(name):
            low, high = floor(low), -floor(-high)
        mode = (
            {"mode": min(max(float(entries[name].mode or 0), low), high)}
            if entries[name].mode is not None
            else {}
        )
        entries[name] = entries[name].model_copy(update={"low": low, "high": high, **mode})
    design = study.design if size is None else study.design.model_copy(update={"size": size})
    keys = dict(study) | {
        "name": f"{study.name}-narrowed"[:64],
        "design": design.model_dump(exclude_none=True),
    }
    plain = {name: entry.model_dump(exclude_none=True) for name, entry in entries.items()}
    return Study(**keys | {"uncertainties": plain})
