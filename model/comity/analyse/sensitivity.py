"""Sensitivity to uncertainties: Morris screening, Sobol indices, and RBD-FAST with PAWN for designs that fill the space.

Each function takes the runs of *one* case (see `comity.analyse.intervals.differences` for effects of a regime), averages the
seeds of every point, checks that the design is the one the method needs, and leaves the estimates to SALib (Iwanaga, Usher &
Herman 2022, doi:10.18174/sesmo.18155). Points are wanted in the order of the design and from 0 to 1, as
``pandas.DataFrame(study.unit(), columns=list(study.uncertainties))``; tables of values will do for uniform and loguniform
distributions of numbers that are not whole.

**The noise floor.** Histories are random, so an input that does nothing can still get an index above zero: 0.12 to 0.14 for
Sobol's total index in a model of this kind with one run per point, 0.014 with ten. A *dummy* is an uncertainty that changes
nothing but the dice; its index is what chance alone does to the mean over seeds. ``above_floor`` says whether the lower end
of the interval of an input lies above the upper end of those of all dummies; it is missing (NA) without a dummy. Where points
share their dice (see `comity.sweeps.study.Study.dice`) the floor is strict: an input below it may have a real effect, but one
that matters less than chance with this number of seeds.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.analyse.intervals import CONFIDENCE
from comity.analyse.requirements import fills, point_means, saltelli, trajectories, unit, varies
from comity.problems import RefusedError
from comity.sweeps.designs import salib_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from comity.analyse.requirements import Problem

    Floats = NDArray[np.float64]

RESAMPLES: Final = 1000
SLICES: Final = 10
"""Conditioning intervals of PAWN, the default of SALib and of Pianosi & Wagener (2018)."""


def morris(
    runs: Any,
    points: Any,
    outcome: str,
    *,
    problem: Problem | None = None,
    dummies: Sequence[str] = (),
    seed: int = 1,
) -> pd.DataFrame:
    """Return Morris' measures of every uncertainty (Morris 1991; Campolongo, Cariboni & Saltelli 2007).

    Args:
        runs: runs of one case, with columns ``point``, ``seed`` and the outcome.
        points: the design in its order, indexed by point, a column per uncertainty.
        outcome: column to explain.
        problem: distribution of each uncertainty as (low, high, "uniform" or "loguniform"), if ``points`` are values;
            without it they are numbers from 0 to 1.
        dummies: uncertainties that change nothing but the dice.
        seed: of the bootstrap.

    Returns:
        One row per uncertainty: ``mu`` (mean elementary effect), ``mu_star`` (mean of its absolute value) with ``low`` and
        ``high`` (95 %, bootstrap over trajectories), ``sigma`` (spread of the effects: interactions, curvature and noise),
        all in units of the outcome per full range of the uncertainty; ``dummy``, ``above_floor``, ``n_points``, ``n_runs``,
        ``n_missing``.

    Raises:
        ValueError: if the design is not one of Morris trajectories, or points without runs are left.
    """
    x, y, counts = _prepared(runs, points, outcome, problem)
    found = _elementary_effects(x, y, list(points.columns), seed)
    return _finished({"parameter": list(points.columns)} | found, dummies, counts)


def sobol(
    runs: Any,
    points: Any,
    outcome: str,
    *,
    problem: Problem | None = None,
    dummies: Sequence[str] = (),
    seed: int = 1,
) -> pd.DataFrame:
    """Return Sobol's first-order and total indices of every uncertainty (Saltelli et al. 2010; Jansen 1999).

    Args:
        runs: as for `morris`.
        points: Saltelli's design in SALib's order (A, each AB, B in turn), without second-order blocks.
        outcome: as for `morris`.
        problem: as for `morris`.
        dummies: as for `morris`.
        seed: of the bootstrap.

    Returns:
        One row per uncertainty: shares of the variance of the mean over seeds, ``first`` and ``total``, each with ``_low`` and
        ``_high`` (95 % percentile bootstrap over base points); ``first_check`` and ``total_check``, the same by
        ``scipy.stats.sobol_indices``; ``dummy``, ``above_floor`` (of the total index), ``n_points``, ``n_runs``, ``n_missing``.

    Raises:
        ValueError: if the design is not Saltelli's, points without runs are left, or the outcome does not vary.
    """
    x, y, counts = _prepared(runs, points, outcome, problem)
    names = list(points.columns)
    saltelli(x, names)
    varies(y, outcome)
    found = {"parameter": names} | _shares(y, names, seed)
    return _finished(found, dummies, counts, low="total_low", high="total_high")


def space_filling(
    runs: Any,
    points: Any,
    outcome: str,
    *,
    problem: Problem | None = None,
    dummies: Sequence[str] = (),
    seed: int = 1,
) -> pd.DataFrame:
    """Return indices for a Latin hypercube or a Sobol sequence: RBD-FAST and PAWN.

    Args:
        runs: as for `morris`.
        points: a design in which no value of an uncertainty occurs twice, of 130 points or more.
        outcome: as for `morris`.
        problem: as for `morris`.
        dummies: as for `morris`.
        seed: of the bootstrap and of the permutations.

    Returns:
        One row per uncertainty: ``first`` with ``first_low`` and ``first_high`` (Sobol's first-order index by RBD-FAST,
        Tarantola, Gatelli & Mara 2006; SALib's bootstrap uses half of the points, so its intervals are rather too wide),
        ``pawn`` (median Kolmogorov-Smirnov distance, Pianosi & Wagener 2018), ``pawn_floor`` (95 % quantile of ``pawn``
        when the outcome is shuffled over points), ``dummy``, ``above_floor`` (``pawn`` above its floor, which needs no
        dummy), ``n_points``, ``n_runs``, ``n_missing``.

    Raises:
        ValueError: if the design does not fill the space, is too small, or points without runs are left.
    """
    x, y, counts = _prepared(runs, points, outcome, problem)
    names = list(points.columns)
    fills(x, names)
    varies(y, outcome)
    found = {"parameter": names} | _first_order(x, y, names, seed) | _pawn(x, y, names, seed)
    frame = _finished(found, dummies, counts, low="first_low", high="first_high")
    return frame.assign(above_floor=pd.array(found["pawn"] > found["pawn_floor"], dtype="boolean"))


def _prepared(
    runs: Any, points: Any, outcome: str, problem: Problem | None
) -> tuple[Floats, Floats, dict[str, int]]:
    """Return the design from 0 to 1, the mean of the outcome at every point, and how many runs that rests on."""
    x = unit(points, problem)
    return x, *point_means(runs, points, outcome)


def _elementary_effects(x: Floats, y: Floats, names: list[str], seed: int) -> dict[str, Any]:
    from SALib.analyze import morris as salib  # noqa: PLC0415 - slow to import

    found = salib.analyze(
        salib_problem(names),
        x,
        y,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        num_levels=trajectories(x),
        seed=seed,
    )
    centre, half = np.asarray(found["mu_star"], float), np.asarray(found["mu_star_conf"], float)
    return {
        "mu": np.asarray(found["mu"], float),
        "mu_star": centre,
        "low": np.maximum(centre - half, 0.0),
        "high": centre + half,
        "sigma": np.asarray(found["sigma"], float),
    }


def _shares(y: Floats, names: list[str], seed: int) -> dict[str, Any]:
    """Return first-order and total shares of the variance with their intervals, and what scipy says."""
    from SALib.analyze import sobol as salib  # noqa: PLC0415 - slow to import

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # resamples of an outcome that rarely varies are constant
        found = salib.analyze(
            salib_problem(names),
            y,
            calc_second_order=False,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            keep_resamples=True,
            seed=seed,
        )
    table: dict[str, Any] = {}
    tail = (1 - CONFIDENCE) / 2
    for name, key, check in zip(("first", "total"), ("S1", "ST"), _by_scipy(y, len(names)), strict=True):
        low, high = np.quantile(found[f"{key}_conf_all"], [tail, 1 - tail], axis=0)
        table |= {name: found[key], f"{name}_low": low, f"{name}_high": high, f"{name}_check": check}
    return table


def _first_order(x: Floats, y: Floats, names: list[str], seed: int) -> dict[str, Any]:
    from SALib.analyze import rbd_fast  # noqa: PLC0415 - slow to import

    setup = salib_problem(names)
    found = rbd_fast.analyze(setup, x, y, num_resamples=200, conf_level=CONFIDENCE, seed=seed)
    first, half = np.asarray(found["S1"], float), np.asarray(found["S1_conf"], float)
    return {"first": first, "first_low": first - half, "first_high": first + half}


def label(name: object, dummy: object) -> str:
    """Return the name of an uncertainty for people, and that it is a dummy unless the name says so."""
    return f"{name} (dummy)" if dummy and "dummy" not in str(name) else str(name)


def _by_scipy(y: Floats, k: int) -> tuple[Floats, Floats]:
    """Return first-order and total indices as scipy computes them from the same outcomes."""
    from scipy.stats import sobol_indices  # noqa: PLC0415 - slow to import

    blocks = y.reshape(-1, k + 2)
    parts: Any = {"f_A": blocks[:, :1].T, "f_B": blocks[:, -1:].T, "f_AB": blocks[:, 1:-1].T[:, None, :]}
    found = sobol_indices(func=parts, n=len(blocks))
    return np.ravel(found.first_order), np.ravel(found.total_order)


def _pawn(x: Floats, y: Floats, names: list[str], seed: int) -> dict[str, Any]:
    """Return PAWN's medians, and the 95 % quantiles of medians for outcomes that have nothing to do with the inputs."""
    from SALib.analyze import pawn  # noqa: PLC0415 - slow to import

    def medians(outcome: Floats) -> Floats:
        return np.asarray(pawn.analyze(salib_problem(names), x, outcome, S=SLICES)["median"], float)

    rng = np.random.default_rng(seed)
    shuffled = [medians(rng.permutation(y)) for _ in range(100)]
    return {"pawn": medians(y), "pawn_floor": np.quantile(shuffled, CONFIDENCE, axis=0)}


def _finished(
    table: dict[str, Any],
    dummies: Sequence[str],
    counts: dict[str, int],
    low: str = "low",
    high: str = "high",
) -> pd.DataFrame:
    """Add which rows are dummies, which lie above all of them, and how many runs it rests on."""
    frame = pd.DataFrame(table)
    if unknown := [name for name in dummies if name not in set(frame["parameter"])]:
        raise RefusedError(f"unknown dummy {', '.join(unknown)}", ", ".join(frame["parameter"]))
    dummy = frame["parameter"].isin(list(dummies)).to_numpy()
    above = pd.array([pd.NA] * len(frame), dtype="boolean")
    if dummy.any():
        floor = float(frame[high].to_numpy()[dummy].max())
        above = pd.array((frame[low].to_numpy() > floor) & ~dummy, dtype="boolean")
    return frame.assign(dummy=dummy, above_floor=above, **counts)
