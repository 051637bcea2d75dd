"""ABC, approximate Bayesian computation with regression adjustment, on the runs of a stored sweep.

A run is a point of the parameters and one number per published estimate. The runs whose numbers lie nearest to the
published ones are kept, weighted by Epanechnikov's kernel (Beaumont, Zhang & Balding 2002, Genetics 162:2025), and
moved to where they would be if their numbers were the published ones, by a weighted linear regression of the
parameters, as logits of their place between the bounds, so that none leaves them.

**Sampling error.** A published number is the truth of its study plus an error with the published standard error. So every
run's number gets such an error too, drawn anew in every *copy* of the run, before it is compared: then runs and
publication are of one kind, and accepting is sampling from the likelihood (Wilkinson 2013, Stat. Appl. Genet. Mol. Biol.
12:129, with the error as part of the statistic). Copies average over these draws; they share the run's parameters, so a
run counts once, in the effective sample size and in the degrees of freedom.

**Noise of the model.** A run of a sample of the population has noise of its own, which real counties have not. It
stays in the numbers and makes the posterior wider than it need be, never narrower; `Cloud.noise` says how large it is.

Everything here is a function of its arguments and a seed; nothing reads a file or runs the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import pandas as pd

from comity.problems import InputError, Problem
from comity.sweeps.uncertainties import is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from comity.sweeps.uncertainties import Uncertainty

    Floats = NDArray[np.float64]

SHARE: Final = 0.2
MOST: Final = 0.5
"""Shares of runs that are accepted: of many runs, and of as few as will do. More than half are not near anything."""
COPIES: Final = 16
MISSING: Final = 0.1
"""An estimate that more than this share of runs lacks is not fitted; with fewer, the runs that lack it are set apart."""

EDGE: Final = 0.001
"""Share of the range that a value at a bound is moved inside, since the logit of a bound is infinite."""

LEAST: Final = 40
"""Accepted runs below which an answer is refused, as it is below twice the number of regressors."""


class Finding(Protocol):
    """What of a published finding is used here; `comity.published.targets.Target` has it."""

    @property
    def id(self) -> str:
        """Short name."""

    @property
    def estimate(self) -> str:
        """The column of the frame that it is compared with."""

    @property
    def value(self) -> float | None:
        """As published."""

    @property
    def se(self) -> float | None:
        """Standard error."""

    @property
    def low(self) -> float | None:
        """Lower end of the 95 % interval."""

    @property
    def high(self) -> float | None:
        """Upper end."""

    @property
    def error(self) -> float:
        """Standard error, or the one that the interval stands for; NaN without either."""

    def holds(self, values: Any) -> NDArray[np.bool_]:
        """Return which numbers lie in the interval."""


@dataclass(frozen=True)
class Prior:
    """Names and bounds of the parameters; ``log`` says which are spread evenly on a logarithmic scale."""

    names: tuple[str, ...]
    low: Floats
    high: Floats
    log: NDArray[np.bool_]

    @classmethod
    def of(cls, uncertainties: Mapping[str, Uncertainty]) -> Prior:
        """Return the prior of a study; dummies are no parameters.

        Raises:
            InputError: if a parameter is a choice, or is fixed: neither has a place between two bounds.
        """
        real = {name: entry.resolved(name) for name, entry in uncertainties.items() if not entry.dummy}
        wrong = [
            Problem(
                "study", f"uncertainties.{name}", entry.distribution, "cannot be calibrated", "low < high"
            )
            for name, entry in real.items()
            if entry.distribution == "choice" or float(entry.low or 0) >= float(entry.high or 0)
        ]
        if wrong or not real:
            raise InputError(wrong or [Problem("study", "uncertainties", "{}", "empty", "a parameter")])
        low, high = (
            np.array([getattr(entry, end) for entry in real.values()], float) for end in ("low", "high")
        )
        return cls(tuple(real), low, high, np.array([e.distribution == "loguniform" for e in real.values()]))

    def to_logit(self, values: Floats) -> Floats:
        """Return the logits of the places of values between the bounds; a value at a bound is put just inside."""
        share = np.clip(self.place(values), EDGE, 1 - EDGE)
        return np.asarray(np.log(share / (1 - share)))

    def place(self, values: Floats) -> Floats:
        """Return where values lie between the bounds, from 0 to 1; logarithms of values where the prior is logarithmic."""
        low, high = self._linear(self.low), self._linear(self.high)
        return (self._linear(values) - low) / (high - low)

    def from_logit(self, logits: Floats) -> Floats:
        """Return the values whose logits these are; whole numbers where the parameter takes no others."""
        low, high = self._linear(self.low), self._linear(self.high)
        with np.errstate(over="ignore"):
            found = low + (high - low) / (1 + np.exp(-logits))
        values = np.where(self.log, np.exp(np.where(self.log, found, 0.0)), found)
        whole = np.array([is_whole(name) for name in self.names])
        return np.clip(np.where(whole, np.rint(values), values), self.low, self.high)

    def _linear(self, values: Floats) -> Floats:
        return np.where(self.log, np.log(np.where(self.log, values, 1.0)), values)


@dataclass(frozen=True)
class Cloud:
    """Runs and published findings, ready to be compared. Arrays have a row per run, a column per parameter or finding.

    Attributes:
        prior: names and bounds of the parameters.
        findings: those that are fitted.
        point: which point of the design a run belongs to.
        label: which case it belongs to; all the same unless the caller allows several.
        parameters: their values.
        statistics: the model's number for every finding.
        observed: the published numbers.
        errors: their standard errors.
        noise: standard deviation of the model's numbers that parameters do not explain, see `seed_noise`.
        notes: what is not used, and why, in sentences.
    """

    prior: Prior
    findings: tuple[Finding, ...]
    point: NDArray[np.int64]
    label: NDArray[Any]
    parameters: Floats
    statistics: Floats
    observed: Floats
    errors: Floats
    noise: Floats
    notes: tuple[str, ...]

    @property
    def scale(self) -> Floats:
        """The unit of distance: published standard error and noise of the model together."""
        return np.sqrt(self.errors**2 + self.noise**2)


def cloud(frame: Any, findings: Sequence[Finding], prior: Prior, by: Sequence[str] = ()) -> Cloud:
    """Match the runs of a sweep with published findings.

    Args:
        frame: a row per run, as `comity.load` gives it: ``point``, parameters and estimates; one regime, place and set
            of hypotheses, unless the column is in ``by``.
        findings: what to fit.
        prior: of the study.
        by: columns that label runs.

    Raises:
        InputError: if the frame has several cases, lacks a column, or nothing can be fitted.
    """
    _check(frame, findings, prior, by)
    usable, notes = _usable(frame, findings)
    if not usable:
        wrong = "nothing to fit: " + "; ".join(notes)
        raise InputError([Problem("targets", "fitting", "0", wrong, "findings with a value and an interval")])
    table = frame[[finding.estimate for finding in usable]].to_numpy(float)
    whole = np.isfinite(table).all(axis=1)
    if not whole.all():
        notes.append(f"{(~whole).sum()} of {len(whole)} runs lack an estimate and are not used")
    runs, statistics = frame[whole], table[whole]
    values = runs[list(prior.names)].to_numpy(float)
    point = runs["point"].to_numpy(np.int64)
    label = runs[list(by)].astype(str).agg(", ".join, axis=1).to_numpy() if by else np.full(len(runs), "")
    return Cloud(
        prior=prior,
        findings=tuple(usable),
        point=point,
        label=label,
        parameters=values,
        statistics=statistics,
        observed=np.array([finding.value for finding in usable], float),
        errors=np.array([finding.error for finding in usable]),
        noise=_noise(prior.to_logit(values), statistics, point, label),
        notes=tuple(notes),
    )


def _check(frame: Any, findings: Sequence[Finding], prior: Prior, by: Sequence[str]) -> None:
    wanted = ["point", *prior.names, *(finding.estimate for finding in findings if finding.estimate)]
    problems = [
        Problem(
            "results", name, "(none)", "not a column of the sweep", "an outcome or uncertainty of the study"
        )
        for name in dict.fromkeys(wanted)
        if name not in frame
    ]
    for name in ("place", "regime", "hypotheses"):
        labels = frame[name].unique() if name in frame and name not in by else ()
        if len(labels) > 1:
            found = ", ".join(map(str, labels[:4]))
            problems.append(Problem("results", name, found, "several", "runs of one case only"))
    if problems:
        raise InputError(problems)


def _usable(frame: Any, findings: Sequence[Finding]) -> tuple[list[Finding], list[str]]:
    """Return the findings that can be fitted, and why the others cannot."""
    usable, notes = [], []
    for finding in findings:
        if why := _unusable(frame, finding):
            notes.append(f"{finding.id} ({finding.estimate or 'no estimate'}) is not fitted: {why}")
            continue
        usable.append(finding)
        if lacking := _lacking(frame, finding):
            notes.append(f"{finding.id} ({finding.estimate}) is missing in {lacking} of {len(frame)} runs")
    return usable, notes


def _unusable(frame: Any, finding: Finding) -> str:
    if not finding.estimate:
        return "the model is silent on it"
    if finding.value is None or not finding.error > 0:
        return "published without a value or an interval"
    lacking = _lacking(frame, finding)
    return f"missing in {lacking} of {len(frame)} runs" if lacking > MISSING * len(frame) else ""


def _lacking(frame: Any, finding: Finding) -> int:
    return int((~np.isfinite(frame[finding.estimate].to_numpy(float))).sum())


def _noise(logits: Floats, statistics: Floats, point: NDArray[np.int64], label: NDArray[Any]) -> Floats:
    """Return `seed_noise`, as the root mean square over labels."""
    masks = [label == name for name in np.unique(label)]
    each = [seed_noise(logits[own], statistics[own], point[own]) for own in masks]
    return np.asarray(np.sqrt(np.mean(np.square(each), axis=0)))


def seed_noise(logits: Floats, statistics: Floats, point: NDArray[np.int64]) -> Floats:
    """Return the standard deviation of every statistic between seeds.

    With several seeds a point it is the spread within points. With one seed it is the residual spread of a quadratic
    regression on the parameters, which is noise and whatever that regression misses: an upper bound, if points have
    dice of their own, which a dummy gives them. Points that share their dice show only part of the noise.
    """
    runs = len(np.unique(point))
    if len(point) > runs:
        centred = statistics - pd.DataFrame(statistics).groupby(point).transform("mean").to_numpy()
        return np.asarray(np.sqrt((centred**2).sum(axis=0) / (len(point) - runs)))
    return Surface.fit(logits, statistics).spread


@dataclass(frozen=True)
class Surface:
    """A quadratic regression of statistics on the logits of parameters: what the model says between the runs.

    Attributes:
        coefficients: a column per statistic.
        spread: residual standard deviation of every statistic, corrected for degrees of freedom.
        r2: share of the variance of every statistic that the parameters explain, corrected likewise.
        crossed: whether products of parameters are among the terms.
        inverse: of the terms' products, which says how well the coefficients are known.
    """

    coefficients: Floats
    spread: Floats
    r2: Floats
    crossed: bool
    inverse: Floats

    @classmethod
    def fit(cls, logits: Floats, statistics: Floats) -> Surface:
        """Fit by least squares; products of parameters are left out where runs are fewer than three times the terms."""
        dimensions = logits.shape[1]
        crossed = len(logits) >= 3 * (1 + dimensions * (dimensions + 3) // 2)
        terms = _terms(logits, crossed)
        coefficients = np.linalg.lstsq(terms, statistics, rcond=None)[0]
        left = ((statistics - terms @ coefficients) ** 2).sum(axis=0) / max(len(terms) - terms.shape[1], 1)
        total = statistics.var(axis=0, ddof=1)
        r2 = 1 - np.divide(left, total, out=np.ones_like(left), where=total > 0)
        inverse = np.asarray(np.linalg.pinv(terms.T @ terms))
        return cls(np.asarray(coefficients), np.asarray(np.sqrt(left)), np.asarray(r2), crossed, inverse)

    def at(self, logits: Floats) -> Floats:
        """Return what the regression says at other parameters, a row each."""
        return np.asarray(_terms(logits, self.crossed) @ self.coefficients)

    def error_at(self, logits: Floats) -> Floats:
        """Return the standard error of `at`, of the coefficients alone."""
        terms = _terms(logits, self.crossed)
        leverage = np.einsum("ij,jk,ik->i", terms, self.inverse, terms)
        return np.asarray(np.sqrt(np.maximum(leverage, 0.0))[:, None] * self.spread)


def _terms(logits: Floats, crossed: bool) -> Floats:
    """Return one, the place between the bounds, its square and products; places do not run away as logits do."""
    place = np.tanh(logits / 2)
    pairs = np.triu_indices(place.shape[1], 1) if crossed else (np.array([], int), np.array([], int))
    products = place[:, pairs[0]] * place[:, pairs[1]]
    return np.column_stack([np.ones(len(place)), place, place**2, products])


@dataclass(frozen=True)
class Sample:
    """A weighted sample of parameters, given observed statistics.

    Attributes:
        logits: adjusted, a row per accepted copy.
        plain: the same before adjustment.
        weights: sum to one.
        run: which run of the cloud every row is a copy of.
        r2: share of the variance of every parameter's logit, among the accepted, that the statistics explain.
        size: effective number of runs.
    """

    logits: Floats
    plain: Floats
    weights: Floats
    run: NDArray[np.int64]
    r2: Floats
    size: float


def sample(
    known: Cloud,
    observed: Floats,
    rng: np.random.Generator,
    *,
    share: float = SHARE,
    copies: int = COPIES,
    without: int | None = None,
) -> Sample:
    """Sample parameters given observed statistics, by rejection and local-linear adjustment.

    Args:
        known: the runs.
        observed: a number for every finding of the cloud.
        rng: from which errors are drawn.
        share: how much of the runs is accepted.
        copies: times that a run is compared, each with errors of its own.
        without: a point whose runs are left out.

    Raises:
        InputError: if too few runs would be accepted.
    """
    runs = np.flatnonzero(known.point != without) if without is not None else np.arange(len(known.point))
    if few := too_few(len(runs), share, known.statistics.shape[1]):
        raise InputError([Problem("results", "runs", str(len(runs)), *few)])
    run = np.repeat(runs, copies)
    errors = rng.standard_normal((len(run), len(observed))) * known.errors
    away = (known.statistics[run] + errors - observed) / known.scale
    weights, kept = nearest(away, share)
    logits = known.prior.to_logit(known.parameters)[run[kept]]
    return _adjusted(away[kept], logits, weights, run[kept])


def needed_runs(statistics: int) -> int:
    """Return how many runs have to be accepted for a regression on as many statistics."""
    return max(LEAST, 2 * (statistics + 1))


def too_few(runs: int, share: float, statistics: int) -> tuple[str, str] | None:
    """Return what is wrong with a number of runs and how many would be valid; None if it is enough."""
    needed = needed_runs(statistics)
    if runs * share >= needed:
        return None
    wrong = f"too few runs: {share:.0%} of them are accepted, and {statistics} statistics need {needed}"
    return wrong, f"{int(np.ceil(needed / share))} runs or more; 'comity sweep --expand points=N' adds some"


def nearest(away: Floats, share: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return Epanechnikov weights, which sum to one, of the nearest share of rows, and which rows they are."""
    distance = np.sqrt((away**2).sum(axis=1))
    order = np.argsort(distance, kind="stable")[: max(2, round(share * len(distance)))]
    radius = distance[order[-1]] or 1.0
    weights = 1 - (distance[order] / radius) ** 2
    if not weights.sum() > 0:
        weights = np.ones(len(order))
    inside = weights > 0
    return weights[inside] / weights[inside].sum(), order[inside]


def _adjusted(away: Floats, logits: Floats, weights: Floats, run: NDArray[np.int64]) -> Sample:
    """Move every row along a weighted regression to where statistics are as observed."""
    design = np.column_stack([np.ones(len(away)), away])
    gram = design.T @ (weights[:, None] * design)
    gram[np.diag_indices_from(gram)] += 1e-10 * np.trace(gram)
    slopes = np.linalg.solve(gram, design.T @ (weights[:, None] * logits))
    residuals = logits - design @ slopes
    centred = logits - weights @ logits
    total = weights @ centred**2
    r2 = 1 - np.divide(weights @ residuals**2, total, out=np.ones_like(total), where=total > 0)
    wider, size = _widening(design, gram, weights, run)
    return Sample(slopes[0] + wider * residuals, logits, weights, run, r2, size)


def _widening(design: Floats, gram: Floats, weights: Floats, run: NDArray[np.int64]) -> tuple[float, float]:
    """Return the factor by which residuals are too small, and the effective number of runs.

    A regression with p free numbers over n runs leaves residuals short by the root of (n - p) / n, and its value where
    statistics are as observed has an error of its own, which is large where that is outside of the runs.
    """
    _, at = np.unique(run, return_inverse=True)
    by_run = np.bincount(at, weights)
    means = np.column_stack([np.bincount(at, weights * column) for column in design.T]) / by_run[:, None]
    size = 1 / float((by_run**2).sum())
    free = float(np.trace(np.linalg.solve(gram, means.T @ (by_run[:, None] * means))))
    pull = np.linalg.solve(gram, np.eye(len(gram))[0])
    leverage = float(((by_run * (means @ pull)) ** 2).sum())
    return float(np.sqrt(size / max(size - free, 1.0) + leverage)), size


def moments(values: Floats, weights: Floats) -> tuple[float, float]:
    """Return mean and standard deviation of a weighted sample whose weights sum to one."""
    mean = float(weights @ values)
    return mean, float(np.sqrt(weights @ (values - mean) ** 2))


def quantiles(values: Floats, weights: Floats, at: Sequence[float]) -> list[float]:
    """Return quantiles of a weighted sample whose weights sum to one."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order]) - weights[order] / 2
    return [float(found) for found in np.interp(at, below, values[order])]


def resample(weights: Floats, number: int, rng: np.random.Generator) -> Any:
    """Return rows of a weighted sample, each as often as its weight says to within one (Kitagawa 1996), shuffled."""
    at = (np.arange(number) + rng.random()) / number
    rows = np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)
    return rng.permutation(rows)
