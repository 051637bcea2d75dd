"""What a sweep says of outcomes: means and paired differences between regimes, with intervals and with what is missing.

The functions are pure: they take the frame of `comity.load`, one row per run, and need no store. A *case* is one
combination of the columns in ``by``; its runs are a table of points times seeds. A run that is absent from the frame,
or whose outcome is not a finite number, is counted in ``n_missing`` and left out of the estimate.

Intervals are Student's t over one kind of units, and the column ``over`` says which:

* ``seeds``: the points are held fixed. Each seed gives one value, the mean over points. The interval says how well the
  mean of *these* points is known, given the randomness of histories.
* ``points``: each point gives one value, the mean over its seeds. The interval says how well the mean over the
  *uncertainties* is known. Under common random numbers all points share their seeds; what a seed does to all points
  alike is not in this interval, so look at both when there are few seeds. The interval takes points as drawn one by one: it
  is somewhat too wide for Latin hypercubes and Sobol sequences, too narrow for Morris and Saltelli designs, whose points hang
  together, and without meaning for points that somebody chose: a grid or a list.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from comity.problems import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Over = Literal["seeds", "points"]

OVER: Final[dict[Over, str]] = {
    "seeds": "seeds, with the points of the design as they are",
    "points": "points of the design, which are draws of what is uncertain",
}
"""What an interval is over, in words. Points that somebody chose, a grid or a list, are draws of nothing."""

CONFIDENCE: Final = 0.95
CASE: Final = ("place", "regime", "hypotheses")
"""Columns that say which case a run belongs to, unless the caller names others (add the policies of the study)."""


BASELINE: Final = "mandatory"


def default_baseline(regimes: Sequence[str]) -> str:
    """Return the regime against which others are set when nobody names one: `BASELINE` if it is there, else the first."""
    return BASELINE if BASELINE in regimes else regimes[0]


class _Cubes(NamedTuple):
    """Every outcome of every run, in the order case, point, seed; NaN where a run is missing.

    Attributes:
        cases: one tuple of labels per case.
        outcomes: by name, an array of shape (cases, points, seeds).
    """

    cases: list[tuple[Any, ...]]
    outcomes: dict[str, Floats]


def summary(
    runs: Any,
    outcomes: Sequence[str],
    by: Sequence[str] = CASE,
    *,
    over: Over = "seeds",
    points: Sequence[int] | None = None,
    seeds: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Return one row per case and outcome: mean, standard deviation over units, and a 95 % interval.

    Args:
        runs: one row per run with columns ``point``, ``seed``, those in ``by``, and the outcomes.
        outcomes: columns to summarise.
        by: columns that make a case. With ``point`` among them, each point is a case.
        over: units of the interval; ``points`` only where they were drawn from what is uncertain, see `OVER`.
        points: all points that there should be; by default those in ``runs``.
        seeds: all seeds that there should be; by default those in ``runs``.

    Returns:
        Columns of ``by``, then ``outcome``, ``mean``, ``sd``, ``n`` (units), ``low``, ``high``, ``over``, ``n_points``,
        ``n_runs`` and ``n_missing``. Interval and ``sd`` are NaN with fewer than two units, the mean with none.

    Raises:
        ValueError: if there are no runs, a column is missing, or two runs have the same case, point and seed.
    """
    cubes = _cubes(runs, outcomes, by, points, seeds)
    rows = [
        dict(zip(by, case, strict=True)) | {"outcome": name} | _estimate(cubes.outcomes[name][k], over)
        for k, case in enumerate(cubes.cases)
        for name in outcomes
    ]
    return pd.DataFrame(rows)


def paired(
    runs: Any,
    baseline: str,
    outcomes: Sequence[str],
    by: Sequence[str] = ("place", "hypotheses"),
    *,
    over: Over = "seeds",
    points: Sequence[int] | None = None,
    seeds: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Return differences from a baseline regime, paired by point, seed and the columns in ``by``.

    Args:
        runs: as for `summary`, with a column ``regime``.
        baseline: regime that is subtracted.
        outcomes: columns to compare.
        by: columns that make a case, other than the regime.
        over: units of the interval, as for `summary`.
        points: all points that there should be; by default those in ``runs``.
        seeds: all seeds that there should be; by default those in ``runs``.

    Returns:
        Columns of ``by``, ``regime``, ``outcome``, ``difference``, ``sd``, ``n``, ``low``, ``high``, ``over``,
        ``n_points``, ``n_runs`` (pairs), ``n_missing`` (pairs of which a run is missing), and

        * ``replications_saved``: how many times fewer replications the pairs need for the same precision: the variance
          of a difference of independent runs over the variance of the paired difference, both over seeds within points
          and pooled over points. NaN with one seed, infinite where the paired difference does not vary at all.
        * ``same_sign``: share of points whose mean difference has the sign of the mean over all points.

    Raises:
        ValueError: as for `summary`, and if no run has the baseline.
    """
    cubes = _cubes(runs, outcomes, [*by, "regime"], points, seeds)
    return pd.DataFrame(_pairs(cubes, [*by, "regime", "outcome"], baseline, over))


def _pairs(cubes: _Cubes, labels: list[str], baseline: str, over: Over) -> list[dict[str, Any]]:
    """Return a row per case and outcome, for every regime but the baseline."""
    at = {case: k for k, case in enumerate(cubes.cases)}
    regimes = dict.fromkeys(str(case[-1]) for case in at)
    if baseline not in regimes:
        raise RefusedError(f"no runs of the baseline {baseline!r}", ", ".join(regimes))
    return [
        dict(zip(labels, (*where, regime, name), strict=True))
        | _difference(table[k], table[at[(*where, baseline)]], over)
        for (*where, regime), k in at.items()
        if regime != baseline
        for name, table in cubes.outcomes.items()
    ]


def differences(
    runs: Any, baseline: str, outcomes: Sequence[str], by: Sequence[str] = ("place", "hypotheses")
) -> Any:
    """Return the runs of all regimes but one, with outcomes as paired differences from that one.

    The result is a frame of the same kind as ``runs``, so that sensitivity analysis and scenario discovery can be asked
    about *effects* of a regime. Where the partner of a run is missing, the difference is NaN.

    Args:
        runs: as for `paired`.
        baseline: regime that is subtracted.
        outcomes: columns to subtract; other outcomes are kept as they are, so drop them if they mislead.
        by: columns other than ``point`` and ``seed`` that the members of a pair share.

    Raises:
        ValueError: if two runs of the baseline could be the partner.
    """
    keys = ["point", *by, "seed"]
    _check(runs, [*keys, "regime"], outcomes)
    is_base = runs["regime"].astype(object) == baseline
    base = runs[is_base].set_index(keys)[list(outcomes)]
    others = runs[~is_base].copy()
    partner = base.reindex(pd.MultiIndex.from_frame(others[keys]))
    others[list(outcomes)] = others[list(outcomes)].to_numpy(float) - partner.to_numpy(float)
    return others


def interval(values: Floats) -> tuple[float, float]:
    """Return the mean and the half-width of its 95 % interval (Student's t); NaN where they do not exist."""
    from scipy.stats import t  # noqa: PLC0415 - slow to import

    n = len(values)
    mean = float(values.mean()) if n else float("nan")
    if n < 2:
        return mean, float("nan")
    return mean, float(t.ppf((1 + CONFIDENCE) / 2, n - 1) * values.std(ddof=1) / np.sqrt(n))


def _check(runs: Any, keys: Sequence[str], outcomes: Sequence[str]) -> None:
    """Refuse a frame that is empty, lacks columns, or in which two runs are the same case, point and seed."""
    if runs.empty:
        raise RefusedError("no runs", "a frame with at least one")
    if absent := [name for name in (*keys, *outcomes) if name not in runs.columns]:
        raise RefusedError(f"no column {', '.join(absent)}", ", ".join(map(str, runs.columns)))
    doubled = runs.duplicated(list(keys))
    if doubled.any():
        first = ", ".join(map(str, runs.loc[doubled, list(keys)].iloc[0]))
        wrong = f"{int(doubled.sum())} runs repeat the {', '.join(keys)} of another one, such as {first}"
        raise RefusedError(wrong, "name every column in which cases differ in 'by'")


def _cubes(
    runs: Any,
    outcomes: Sequence[str],
    by: Sequence[str],
    points: Sequence[int] | None,
    seeds: Sequence[int] | None,
) -> _Cubes:
    """Arrange outcomes by case, point and seed; every combination of labels is a case, also one without any run."""
    keys = list(dict.fromkeys([*by, "point", "seed"]))
    _check(runs, keys, outcomes)
    given = {"point": points, "seed": seeds}
    axes = [_labels(runs[name], given.get(name), in_order=name in given) for name in keys]
    codes = [
        axis.get_indexer(pd.Index(runs[name].astype(axis.dtype)))
        for name, axis in zip(keys, axes, strict=True)
    ]
    known = np.all([code >= 0 for code in codes], axis=0)
    cell = tuple(code[known] for code in codes)
    cases = list(itertools.product(*axes[: len(by)]))
    tables = {}
    for name in outcomes:
        cube = np.full([len(axis) for axis in axes], np.nan)
        found = runs[name].to_numpy(float)[known]
        cube[cell] = np.where(np.isfinite(found), found, np.nan)
        tables[name] = cube.reshape(len(cases), -1, len(axes[-1]))
    return _Cubes(cases, tables)


def _labels(column: Any, given: Sequence[int] | None, *, in_order: bool) -> Any:
    """Return the labels of an axis: those that are given, else those found, sorted or as they come."""
    if given is not None:
        return pd.Index(list(given))
    return pd.Index(np.sort(column.unique()) if in_order else column.astype(object).unique())


def _estimate(grid: Floats, over: Over) -> dict[str, Any]:
    """Return mean, spread over units and interval of a table of points times seeds."""
    filled = np.isfinite(grid)
    used = grid[filled.any(axis=1)]
    means = _point_means(grid)
    units = means if over == "points" else _seed_means(used, means)
    mean, half = interval(units)
    centre = float(means.mean()) if len(means) else mean
    return {
        "mean": centre,
        "sd": float(units.std(ddof=1)) if len(units) > 1 else float("nan"),
        "n": len(units),
        "low": centre - half,
        "high": centre + half,
        "over": over,
        "n_points": len(means),
        "n_runs": int(filled.sum()),
        "n_missing": int((~filled).sum()),
    }


def _seed_means(grid: Floats, means: Floats) -> Floats:
    """Return one value per seed: the mean over points, as if no run were missing.

    What a point is like is taken out before averaging, or a seed that lacks a run at a high point would look low.
    """
    filled = np.isfinite(grid)
    some = filled.any(axis=0)
    departures = np.where(filled, grid - means[:, None], 0.0)[:, some]
    centre = means.mean() if len(means) else 0.0
    return np.asarray(centre + departures.sum(axis=0) / filled[:, some].sum(axis=0))


def _difference(ours: Floats, theirs: Floats, over: Over) -> dict[str, Any]:
    """Return the estimate of a paired difference, what the pairing saves, and how stable its sign is."""
    found = _estimate(ours - theirs, over)
    difference = found.pop("mean")
    both = np.isfinite(ours - theirs)
    enough = [
        (mine[ok], other[ok]) for mine, other, ok in zip(ours, theirs, both, strict=True) if ok.sum() > 1
    ]
    apart = sum(float(mine.var(ddof=1) + other.var(ddof=1)) for mine, other in enough)
    together = sum(float((mine - other).var(ddof=1)) for mine, other in enough)
    return {
        "difference": difference,
        **found,
        "replications_saved": saved(apart, together),
        "same_sign": _agreement(_point_means(ours - theirs), difference),
    }


def saved(apart: float, together: float) -> float:
    """Return how many times fewer replications pairs need.

    Args:
        apart: variance of a difference of independent runs.
        together: variance of a paired difference; rounding errors do not count as variance.

    Returns:
        The ratio; infinite where paired differences do not vary, NaN where nothing does.
    """
    if together > 1e-24 * apart:
        return apart / together
    return float("inf") if apart > 0 else float("nan")


def _point_means(grid: Floats) -> Floats:
    """Return the mean over seeds of every point that has any run."""
    return np.array([row[np.isfinite(row)].mean() for row in grid if np.isfinite(row).any()])


def _agreement(means: Floats, overall: float) -> float:
    return float(np.mean(np.sign(means) == np.sign(overall))) if len(means) else float("nan")
