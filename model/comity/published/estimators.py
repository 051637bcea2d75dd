"""The estimators of the published evaluations: Sun & Abraham, two-way fixed effects, two-stage least squares.

`sun_abraham` is a closed form on arrays, fast enough to be computed for every run of a sweep. `two_way` and `instrumented`
leave the regression to pyfixest. None of them knows anything of the model.

Standard errors are clustered (Liang & Zeger 1986) and, unless a function says otherwise, without a small-sample factor.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

TOLERANCE: Final = 1e-10
"""Where the iterations that take fixed effects out of the columns stop; pyfixest's own default, 1e-6, costs digits."""


class EstimationError(Exception):
    """An estimate cannot be computed from these data; the message says why."""


class Transform(NamedTuple):
    """A function of cell means and its derivative, both on arrays, e.g. a prevalence from a rate."""

    function: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats]


IDENTITY: Final = Transform(np.asarray, np.ones_like)


@dataclass(frozen=True)
class Staggered:
    """Effects of a treatment that cohorts of units receive one after the other.

    Attributes:
        effect: mean effect over the treated cells, weighted by their denominators.
        se: its standard error, clustered by unit.
        event: event times, periods since treatment, ascending; -1 is the base period, where effects are zero by construction.
        effects: effect at each event time, weighted by denominators over cohorts.
        ses: their standard errors.
        cohorts_left_out: cohorts in none of the effects: treated from the start of the sample, so that they have no base
            period, or first treated after the end of the data.
        empty: cells (cohort, period) that have no estimate because they, their base or their controls have no observations
            (or no finite transform); they are in none of the effects.
        n_left_out: how many of these are treated cells with observations, which ``effect`` therefore misses.
    """

    effect: float
    se: float
    event: Ints
    effects: Floats
    ses: Floats
    cohorts_left_out: tuple[int, ...]
    empty: tuple[tuple[int, int], ...]
    n_left_out: int


class _Sample(NamedTuple):
    """Periods before the controls are treated, and the units of the cohorts and of the controls.

    Attributes:
        num: numerators, shape (periods, units).
        den: denominators, shape (periods, units).
        group: column of each unit in tables by group: cohorts ascending, controls last.
        cohorts: first treated period of each group but the last.
        left_out: cohorts without a base period or a treated one.
    """

    num: Floats
    den: Floats
    group: Ints
    cohorts: Ints
    left_out: tuple[int, ...]


class _Cells(NamedTuple):
    """Cells by group, shape (periods, groups), controls last.

    Attributes:
        size: summed denominators.
        mean: numerator over denominator; NaN in an empty cell.
        value: mean, transformed.
        slope: derivative of the transform at the mean, over `size`.
    """

    size: Floats
    mean: Floats
    value: Floats
    slope: Floats


class _Effects(NamedTuple):
    """Treated cells that can be compared, flat: group, period, base period, and weight."""

    group: Ints
    period: Ints
    base: Ints
    weight: Floats

    @property
    def event(self) -> Ints:
        return self.period - self.base - 1


def sun_abraham(
    numerator: ArrayLike,
    denominator: ArrayLike,
    cohort: ArrayLike,
    *,
    control: int,
    transform: Transform | None = None,
    small_sample: bool = False,
) -> Staggered:
    """Return the interaction-weighted estimate of Sun & Abraham (2021) with last-treated controls, in closed form.

    With Y the mean of a cohort in a period (sum of numerators over sum of denominators), the effect on cohort g in period t is
    (Y[g, t] - Y[g, g-1]) - (Y[c, t] - Y[c, g-1]), with all controls c as one cohort. That is exactly what the regression on
    cohorts, periods and cohorts times event time gives, weighted by denominators: on single incidents (numerator = number with
    the outcome, denominator = number of incidents) as on person-months. The average weights each treated cell by its
    denominator, the share of observations that is in it; event times likewise. Weights are taken as known.

    Standard errors come from the influence of each unit on the cell means, (numerator - mean * denominator) / size, which
    equals the cluster-robust (CRV1) error of that regression without its small-sample factor; the delta method for a transform.

    Source: Sun & Abraham (2021), J. Econometrics 225(2), 175-199, doi:10.1016/j.jeconom.2020.09.006.

    Args:
        numerator: shape (periods, units), finite.
        denominator: the same shape, finite, not negative; zero where a unit has no observations.
        cohort: per unit, the index of the first treated period; a large number for units never treated.
        control: units with a cohort of at least this are the controls. The sample ends before this period.
        transform: applied to cell means before they are compared; the unit of the effects is then that of its values.
        small_sample: multiply variances by G / (G - 1), G the number of units with observations.

    Returns:
        Effects in units of numerator per denominator. A cell that cannot be estimated is left out and listed.

    Raises:
        ValueError: shapes do not agree, or a number is not finite or a denominator negative.
        EstimationError: there are no controls, no cohort with a base period, or no treated cell that can be estimated.
    """
    sample = _sample(numerator, denominator, cohort, control)
    cells = _cells(sample, transform or IDENTITY)
    effects, empty, n_left_out = _effects(sample, cells)
    event = np.unique(effects.event)
    contrasts = _contrasts(effects, event, cells.size.shape)
    found = np.einsum("ktg,tg->k", contrasts, np.nan_to_num(cells.value))
    errors = np.sqrt(_variances(sample, cells, contrasts))
    if small_sample:
        units = int(np.count_nonzero(sample.den.sum(axis=0)))
        errors *= np.sqrt(units / (units - 1))
    return Staggered(
        float(found[-1]),
        float(errors[-1]),
        event,
        found[:-1],
        errors[:-1],
        sample.left_out,
        empty,
        n_left_out,
    )


def _sample(numerator: ArrayLike, denominator: ArrayLike, cohort: ArrayLike, control: int) -> _Sample:
    num, den = np.asarray(numerator, float), np.asarray(denominator, float)
    first = np.asarray(cohort, np.int64)
    _check(num, den, first)
    periods = min(control, len(num))
    treated = first < control
    if treated.all():
        raise EstimationError(f"there are no controls: no unit has a cohort of {control} or later")
    based = treated & (first >= 1) & (first < periods)
    if not based.any():
        raise EstimationError("no cohort is treated within the sample and has a period before that")
    kept = based | ~treated
    cohorts = np.unique(first[based])
    group = np.where(treated, np.searchsorted(cohorts, first), len(cohorts))
    left_out = tuple(np.unique(first[~kept]).tolist())
    return _Sample(num[:periods, kept], den[:periods, kept], group[kept], cohorts, left_out)


def _check(num: Floats, den: Floats, first: Ints) -> None:
    if num.ndim != 2 or num.shape != den.shape or first.shape != num.shape[1:]:
        raise ValueError(
            f"shapes do not agree: numerator {num.shape}, denominator {den.shape}, cohort {first.shape}; "
            "wanted (periods, units) twice, and (units,)"
        )
    if not (np.isfinite(num).all() and np.isfinite(den).all() and (den >= 0).all()):
        raise ValueError("numerators and denominators must be finite, and denominators not negative")


def _cells(sample: _Sample, transform: Transform) -> _Cells:
    groups = np.eye(len(sample.cohorts) + 1)[sample.group]
    size = sample.den @ groups
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (sample.num @ groups) / np.where(size > 0, size, np.nan)
        value = transform.function(mean)
        slope = transform.derivative(mean) / size
    return _Cells(size, mean, value, slope)


def _effects(sample: _Sample, cells: _Cells) -> tuple[_Effects, tuple[tuple[int, int], ...], int]:
    """Return the cells that can be compared, those that cannot, and how many of these are treated and not empty."""
    n, groups = len(sample.num), len(sample.cohorts)
    period, group = (each.ravel() for each in np.mgrid[:n, :groups])
    base = sample.cohorts[group] - 1
    known = np.isfinite(cells.mean) & np.isfinite(cells.value) & np.isfinite(cells.slope)
    usable = known[period, group] & known[base, group] & known[period, -1] & known[base, -1]
    weight, treated = cells.size[period, group], period > base
    if not (usable & treated).any():
        raise EstimationError(
            "no treated cell has observations in itself, its base period and the controls of both"
        )
    empty = sorted(zip(sample.cohorts[group[~usable]].tolist(), period[~usable].tolist(), strict=True))
    lost = int((~usable & treated & (weight > 0)).sum())
    return _Effects(group[usable], period[usable], base[usable], weight[usable]), tuple(empty), lost


def _contrasts(effects: _Effects, event: Ints, shape: tuple[int, ...]) -> Floats:
    """Return the weight of each cell in the effect at each event time and, last, in their average."""
    row = np.searchsorted(event, effects.event)
    total = np.bincount(row, effects.weight)
    share = effects.weight / total[row]
    contrasts = np.zeros((len(event), *shape))
    controls = np.full_like(row, shape[1] - 1)
    for sign, period, group in (
        (1, effects.period, effects.group),
        (-1, effects.base, effects.group),
        (-1, effects.period, controls),
        (1, effects.base, controls),
    ):
        np.add.at(contrasts, (row, period, group), sign * share)
    after = np.where(event >= 0, total, 0)
    return np.concatenate([contrasts, np.tensordot(after / after.sum(), contrasts, 1)[np.newaxis]])


def _variances(sample: _Sample, cells: _Cells, contrasts: Floats) -> Floats:
    """Return the sum over units of their squared influence on each contrast."""
    mean, slope = np.nan_to_num(cells.mean), np.where(np.isfinite(cells.slope), cells.slope, 0)
    influence = slope[:, sample.group] * (sample.num - mean[:, sample.group] * sample.den)
    total = np.zeros(len(contrasts))
    for group in range(cells.size.shape[1]):
        total += np.square(contrasts[:, :, group] @ influence[:, sample.group == group]).sum(axis=1)
    return total


@dataclass(frozen=True)
class Estimate:
    """A coefficient of a regression.

    Attributes:
        value: the coefficient, in units of the outcome per unit of the regressor.
        se: its clustered standard error.
        n: rows that the regression used.
        first_stage_f: F statistic of the excluded instrument, clustered; None without an instrument.
    """

    value: float
    se: float
    n: int
    first_stage_f: float | None = None


def two_way(
    frame: Any,
    outcome: str,
    treatment: str,
    unit: str,
    period: str,
    *,
    weights: str | None = None,
    controls: Sequence[str] = (),
    cluster: str,
) -> Estimate:
    """Return the coefficient of a treatment in a regression with effects of units and of periods.

    It is the average effect if effects are alike; where treatment is staggered and effects differ or grow it is a weighted sum of
    them in which weights can be negative (Goodman-Bacon 2021, J. Econometrics 225(2), 254-277; see `sun_abraham`).

    Rows with a missing or infinite value, or with a weight of zero, are left out, and so are units and periods with a single row;
    ``n`` says what remains. The variance has the factors G / (G - 1) and (n - 1) / (n - k) that published work uses (as
    fixest and Stata's reghdfe; effects nested in clusters are not counted in k).

    Args:
        frame: a row per unit and period.
        outcome: column to explain.
        treatment: column whose coefficient is wanted.
        unit: column of the units; ``"a^b"`` for combinations of columns, here and in ``period`` and ``cluster``.
        period: column of the periods; ``"state^year"`` gives every state its own years.
        weights: column of analytic weights.
        controls: further regressors.
        cluster: column of the clusters of the standard errors.

    Raises:
        EstimationError: a column is absent, no row is complete, the treatment does not vary within units and periods,
            or the regression failed.
    """
    table = _table(frame, {"y": outcome, "x": treatment}, controls, unit, period, cluster, weights)
    return _regression(f"y ~ {_sum(controls)} + x | {{effects}}", table, treatment)


def instrumented(
    frame: Any,
    outcome: str,
    endogenous: str,
    instrument: str,
    unit: str,
    period: str,
    *,
    weights: str | None = None,
    controls: Sequence[str] = (),
    cluster: str,
) -> Estimate:
    """Return the two-stage least squares coefficient of a regressor with one instrument, and effects of units and periods.

    ``first_stage_f`` is the squared t statistic of the instrument in the first stage, with the same clusters: with one
    instrument it is the effective F of Montiel Olea & Pflueger (2013), too. Below 10 or so, intervals mislead. Rows,
    standard errors and arguments are those of `two_way`, with the regressor in ``endogenous`` and its ``instrument``.

    Raises:
        EstimationError: as `two_way`, or the instrument does not move the regressor.
    """
    names = {"y": outcome, "d": endogenous, "x": instrument}
    table = _table(frame, names, controls, unit, period, cluster, weights)
    first = _regression(f"d ~ {_sum(controls)} + x | {{effects}}", table, instrument)
    second = _regression(f"y ~ {_sum(controls)} | {{effects}} | d ~ x", table, endogenous, "d")
    strength = (first.value / first.se) ** 2 if first.se > 0 else float("inf")
    return Estimate(second.value, second.se, second.n, strength)


def _sum(controls: Sequence[str]) -> str:
    """Return controls for a formula. They come first: of columns that move together pyfixest drops the later ones."""
    return " + ".join(["1", *(f"c{i}" for i in range(len(controls)))])


def _table(
    frame: Any,
    names: dict[str, str],
    controls: Sequence[str],
    unit: str,
    period: str,
    cluster: str,
    weights: str | None,
) -> pd.DataFrame:
    """Return complete rows under names that are safe in a formula, with numbers for units, periods and clusters."""
    codes = {"unit": unit.split("^"), "period": period.split("^"), "cluster": cluster.split("^")}
    numbers = (
        names | {f"c{i}": name for i, name in enumerate(controls)} | ({"weight": weights} if weights else {})
    )
    wanted = [*numbers.values(), *(name for parts in codes.values() for name in parts)]
    absent = sorted({name for name in wanted if name not in frame})
    if absent:
        raise EstimationError(f"there is no column {', '.join(absent)}")
    table = pd.DataFrame({short: frame[name].to_numpy(float) for short, name in numbers.items()})
    for short, parts in codes.items():
        table[short] = frame.groupby(parts, sort=False).ngroup().to_numpy()  # -1 where a label is missing
    complete = np.isfinite(table.to_numpy()).all(axis=1) & (table[list(codes)].to_numpy() >= 0).all(axis=1)
    if weights:
        complete &= table["weight"].to_numpy() > 0
    table = _without_singletons(table[complete])
    if table["cluster"].nunique() < 2:
        raise EstimationError(
            f"fewer than two clusters of {cluster} have rows with all of {', '.join(dict.fromkeys(wanted))} "
            f"that share their {unit} and their {period} with others"
        )
    return table.reset_index(drop=True)


def _without_singletons(table: pd.DataFrame) -> pd.DataFrame:
    """Drop units and periods with a single row until there is none: they say nothing of a coefficient.

    pyfixest does the same, but when nothing is left it ends the whole process.
    """
    while True:
        single = ~(table.duplicated("unit", keep=False) & table.duplicated("period", keep=False))
        if not single.any():
            return table
        table = table[~single]


def _regression(formula: str, table: pd.DataFrame, name: str, wanted: str = "x") -> Estimate:
    """Return the coefficient of the column `wanted`, which messages call `name`; units and periods are the formula's effects."""
    import pyfixest  # noqa: PLC0415 - slow to import
    from pyfixest.demeaners import MapDemeaner  # noqa: PLC0415

    unit, period = _in_order("unit", "period")
    unmoved = f"{name} does not vary within units and periods, or only as the controls do"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on singletons and collinear columns, which `n` and errors tell
        try:
            fit: Any = pyfixest.feols(
                formula.format(effects=f"{unit} + {period}"),
                table.rename(columns={"unit": unit, "period": period}),
                vcov={"CRV1": "cluster"},
                weights="weight" if "weight" in table else None,
                demeaner=MapDemeaner(fixef_tol=TOLERANCE, fixef_maxiter=100_000),
                lean=True,
                store_data=False,
            )
            value, error = fit.coef().get(wanted, np.nan), fit.se().get(wanted, np.nan)
        except Exception as failure:
            if "collinear" in str(failure):
                raise EstimationError(unmoved) from failure
            raise EstimationError(
                f"the regression failed: {str(failure) or type(failure).__name__}"
            ) from failure
    if not (np.isfinite(value) and np.isfinite(error)):
        raise EstimationError(unmoved)
    return Estimate(float(value), float(error), int(fit._N))  # noqa: SLF001


def _in_order(first: str, second: str) -> tuple[str, str]:
    """Return two names that begin like these, and that a set of this process has in this order.

    pyfixest 0.60 keeps fixed effects in a set, whose order changes with the hash seed of each process, and where its iterations
    stop depends on which effect they begin with: the same rows gave other last digits in another process.
    """
    tried = ((f"{first}{number}", f"{second}{number}") for number in count())
    return next(pair for pair in tried if tuple(set(pair)) == pair)
