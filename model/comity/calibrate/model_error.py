"""How wrong the model is beyond its parameters and dice: an error per kind of finding, inferred from what was left out.

A published number is what the model says at the right parameters, plus the model's own error, plus the error of sampling of the
study (Kennedy & O'Hagan 2001, J. R. Statist. Soc. B 63:425). Without the middle term a posterior is too sure of itself, and the
surer the more data (Brynjarsdóttir & O'Hagan 2014, Inverse Problems 30:114007). Nothing tells apart the errors of two findings
of one kind, so they share a scale::

    residual_i ~ N(0, tau_k(i)^2 + variance_i)      tau_k ~ half-normal(common)      log common ~ uniform

``residual_i`` is the published number less what draws predict of it *without its own finding*, on the scale and in the units of
`comity.calibrate.scales`; ``variance_i`` holds the spread of that prediction and the standard error of the study, if it
published one: where it did not, its error cannot be told from the model's and is counted as the model's. Scales of kinds with few
findings are drawn to the common one. Numbers that a parameter was set from say nothing and are left out, as is what is held out.

**Leaving out.** Draws are weighted by one over the likelihood of the finding (Gelfand, Dey & Chang 1992; Vehtari, Gelman & Gabry
2017, Stat. Comput. 27:1413), with weights cut at their mean times the root of their number (Ionides 2008). Findings that only
select were not fitted: their residual is as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.calibrate.scales import KINDS, LOG_UNIT, kind, scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.calibrate.scales import Floats, Scale

SEEN: Final = ("fitting", "selection")
"""Uses whose findings say how wrong the model is."""

ENDS: Final = (0.025, 0.975)
GRID: Final = np.geomspace(0.05, 20.0, 120)
"""Scales that are looked at, in units of error."""

STEPS: Final = 201
"""Quantiles of the normal law that stand for it."""


@dataclass(frozen=True)
class ModelError:
    """What is known of the model's error.

    Attributes:
        residuals: a row per finding that was used, see `residuals`.
        seen: the findings whose errors say what one unit of an effect is.
    """

    residuals: pd.DataFrame
    seen: tuple[Any, ...]

    @cached_property
    def scales(self) -> dict[str, Floats]:
        """The posterior of the scale of every kind, and of the ``common`` one: probabilities on `GRID`."""
        prior = (
            np.log(GRID) - 0.5 * (GRID / GRID[:, None]) ** 2
        )  # a row per common scale; the grid is even in logarithms
        prior -= np.logaddexp.reduce(prior, axis=1)[:, None]
        own = {name: self._log_likelihood(name) for name in KINDS}
        each = {name: np.logaddexp.reduce(prior + own[name], axis=1) for name in KINDS}
        common = np.sum(list(each.values()), axis=0)
        found = {
            name: own[name] + np.logaddexp.reduce((common - each[name])[:, None] + prior, axis=0)
            for name in KINDS
        }
        return {name: _normal(np.exp(log - log.max())) for name, log in [*found.items(), ("common", common)]}

    def _log_likelihood(self, name: str) -> Floats:
        own = self.residuals[self.residuals["kind"] == name]
        variance = GRID[:, None] ** 2 + own["variance"].to_numpy(float)
        return np.asarray(
            -0.5 * (own["residual"].to_numpy(float) ** 2 / variance + np.log(variance)).sum(axis=1)
        )

    def size(self, name: str) -> float:
        """Return the model's error of a kind: the root of the mean of its variance, in units."""
        return float(np.sqrt(self.scales[name] @ GRID**2))

    def table(self) -> pd.DataFrame:
        """Return a row per kind, and one for the common scale, in units of error (`comity.calibrate.scales`)."""
        counts = self.residuals["kind"].value_counts()
        rows = []
        for name, weights in self.scales.items():
            ends = np.interp([0.05, 0.5, 0.95], np.cumsum(weights) - weights / 2, GRID)
            size = float("nan") if name == "common" else self.size(name)
            known = {"kind": name, "findings": int(counts.get(name, 0)), "model_error": size}
            rows.append(known | dict(zip(("error_least", "error_median", "error_most"), ends, strict=True)))
        return pd.DataFrame(rows)

    def spread(
        self, finding: Any, numbers: Any, sampling: float = 0.0, *, with_error: bool = True
    ) -> tuple[Scale, Floats]:
        """Return draws of a finding on its scale, each spread by the model's error.

        Args:
            finding: of which no number is read.
            numbers: the model's, at draws of the parameters.
            sampling: standard error of the published number, in its own unit.
            with_error: whether the model may be wrong.
        """
        on = scale(finding, numbers, self.seen)
        there = on.to(np.asarray(numbers, np.float64)[np.isfinite(numbers)])
        own = self.size(kind(finding)) * on.unit if with_error else 0.0
        sd = np.hypot(own, _on_scale(on, numbers, sampling))
        return on, np.asarray(there[:, None] + sd * _normal_steps()).ravel()

    def interval(self, finding: Any, numbers: Any, sampling: float = 0.0) -> tuple[float, float]:
        """Return the central 95 % of what is predicted, with the model's error; see `spread`."""
        on, drawn = self.spread(finding, numbers, sampling)
        if not len(drawn):
            return np.nan, np.nan
        plain = np.nanquantile(
            np.asarray(numbers, np.float64), ENDS
        )  # which a scale may have cut at its ends
        low, high = on.back(np.quantile(drawn, ENDS))
        return float(min(low, plain[0])), float(max(high, plain[1]))

    def by_factor(self, numbers: Any) -> tuple[float, float]:
        """Return the central 95 % of numbers about which the model may be wrong by a factor, as about ratios."""
        factors = np.exp(self.size("ratio") * LOG_UNIT * _normal_steps())
        low, high = np.quantile(np.multiply.outer(np.asarray(numbers, np.float64), factors), ENDS)
        return float(low), float(high)

    def at(self, finding: Any) -> float:
        """Return the standard deviation of a published number from what the right parameters give, in its own unit.

        That is the model's error and the sampling error of the study in quadrature.
        """
        value = float(finding.value)
        on = scale(finding, value, self.seen)
        away = self.size(kind(finding)) * on.unit
        ends = on.back(on.to(value) + np.array([-away, away]))
        return float(np.hypot((ends[1] - ends[0]) / 2, sampling_error(finding)))


def infer(findings: Sequence[Any], numbers: Floats, noise: Floats, fitted: Sequence[str]) -> ModelError:
    """Return the model's error.

    Args:
        findings: any; only those that fit or select and were published with a number count.
        numbers: of the model at equally weighted draws of the posterior, a row per draw, a column per finding.
        noise: variance of every column by chance alone.
        fitted: ids of those that made the posterior.
    """
    seen = tuple(f for f in findings if getattr(f, "use", "fitting") in SEEN)
    return ModelError(residuals(findings, numbers, noise, fitted), tuple(f for f in seen if f.error > 0))


def residuals(findings: Sequence[Any], numbers: Floats, noise: Floats, fitted: Sequence[str]) -> pd.DataFrame:
    """Return a row per finding: its kind and scale, what is predicted without it, residual and its variance in units.

    Arguments are those of `infer`.
    """
    used = [n for n, finding in enumerate(findings) if _tells(finding, numbers[:, n])]
    seen = [f for f in findings if getattr(f, "use", "fitting") in SEEN and f.error > 0]
    rows = []
    for n in used:
        finding = findings[n]
        own = [m for m in used if _source(findings[m]) == _source(finding) and findings[m].id in fitted]
        weights = _without([findings[m] for m in own], numbers[:, own], noise[own])
        rows.append(_residual(finding, numbers[:, n], noise[n], weights, seen))
    columns = [
        *("id", "kind", "scale", "unit_of_error", "published"),
        *("predicted_without", "residual", "variance", "effective_draws"),
    ]
    return pd.DataFrame(rows, columns=columns)


def _tells(finding: Any, numbers: Floats) -> bool:
    told = getattr(finding, "use", "fitting") in SEEN and not getattr(finding, "construction", "")
    return told and finding.value is not None and finding.error > 0 and bool(np.isfinite(numbers).any())


def _source(finding: Any) -> str:
    return str(getattr(finding, "row", finding.id))


def _without(findings: Sequence[Any], numbers: Floats, noise: Floats) -> Floats:
    """Return weights of draws of a posterior that has not seen some findings."""
    if not findings:
        return np.full(len(numbers), 1 / len(numbers))
    variance = np.array([f.error for f in findings]) ** 2 + noise
    away = (numbers - np.array([f.value for f in findings], float)) ** 2 / variance
    log = np.nan_to_num(0.5 * away.sum(axis=1))
    raw = np.exp(log - log.max())
    return _normal(np.minimum(raw, raw.mean() * np.sqrt(len(raw))))


def _residual(
    finding: Any, numbers: Floats, noise: float, weights: Floats, seen: Sequence[Any]
) -> dict[str, Any]:
    on = scale(finding, numbers, seen)
    there = np.isfinite(numbers)
    values, weights = on.to(numbers[there]), _normal(weights[there])
    middle = float(weights @ values)
    sampling = sampling_error(finding)
    variance = weights @ (values - middle) ** 2 + _on_scale(on, numbers, np.sqrt(noise)) ** 2
    variance += _on_scale(on, numbers, sampling) ** 2
    return {
        "id": finding.id,
        "kind": kind(finding),
        "scale": on.name,
        "unit_of_error": on.unit,
        "published": finding.value,
        "predicted_without": float(on.back(middle)),
        "residual": float((on.to(finding.value) - middle) / on.unit),
        "variance": float(variance / on.unit**2),
        "effective_draws": float(1 / (weights**2).sum()),
    }


def sampling_error(finding: Any) -> float:
    """Return the standard error that a study published, or that its interval stands for; 0 for tolerances of ours."""
    return float(finding.error) if getattr(finding, "interval", "published") == "published" else 0.0


def _on_scale(on: Scale, numbers: Any, error: float) -> float:
    """Return a small error in the unit of a finding on its scale, at the middle of the model's numbers."""
    if not error > 0:
        return 0.0
    middle = float(np.nanmean(numbers))
    low, high = on.to(np.array([middle - error / 2, middle + error / 2]))
    return float(high - low)


def _normal(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum())


def _normal_steps() -> Floats:
    from scipy import stats  # noqa: PLC0415 - slow to import

    return np.asarray(stats.norm.ppf((np.arange(STEPS) + 0.5) / STEPS))
