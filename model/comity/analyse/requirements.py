"""Requirements of methods of sensitivity analysis: whether runs and a design meet them, with messages that say what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.analyse.intervals import CASE
from comity.problems import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Problem = Mapping[str, tuple[float, float, str]]

INDEPENDENT: Final = 0.8
"""Mean squared distance of the values in a block, over that of independent ones: about how much of an index is left."""

SHOWN: Final = 10
"""Points that a message names before it stops."""

_NOTHING: Final = (
    "finish the sweep; where all runs are there, an outcome that they have: there was nothing to divide by"
)

TOLERANCE: Final = 1e-9
FEWEST: Final = 130
"""Points for RBD-FAST, which sums ten harmonics and bootstraps half of the points."""


def point_means(runs: Any, points: Any, outcome: str) -> tuple[Floats, dict[str, int]]:
    """Return the outcome at every point of the design, averaged over seeds, and how many runs that rests on.

    Raises:
        ValueError: if there are several cases, two runs of a point have one seed, or a point has no run with a finite outcome.
    """
    several = [name for name in CASE if name in runs.columns and len(runs[name].unique()) > 1]
    if several:
        raise RefusedError(f"runs of several values of {', '.join(several)}", "runs of one case")
    if runs.duplicated(["point", "seed"]).any():
        raise RefusedError(
            "a point has two runs with one seed", "runs of one case (one value of every lever)"
        )
    finite = runs[np.isfinite(runs[outcome].to_numpy(float))]
    groups = finite.groupby("point")[outcome]
    means, sizes = groups.mean().reindex(points.index), groups.size().reindex(points.index, fill_value=0)
    empty = list(points.index[means.isna()])
    if empty:
        listed = ", ".join(map(str, empty[:SHOWN])) + (", ..." if len(empty) > SHOWN else "")
        raise RefusedError(
            f"{len(empty)} of {len(points)} points have no run with a {outcome}: {listed}", _NOTHING
        )
    seeds = int(runs["seed"].nunique())
    counts = {
        "n_points": len(points),
        "n_runs": int(sizes.sum()),
        "n_missing": int(len(points) * seeds - sizes.sum()),
    }
    return means.to_numpy(float), counts


def unit(points: Any, problem: Problem | None) -> Floats:
    """Return the design as numbers from 0 to 1."""
    if problem is None:
        x = points.to_numpy(float)
    else:
        x = np.stack(
            [_share(points[name].to_numpy(float), name, *problem[name]) for name in points.columns], axis=1
        )
    if not len(x) or not np.isfinite(x).all() or x.min() < -TOLERANCE or x.max() > 1 + TOLERANCE:
        raise RefusedError(
            "the design is empty or not within its bounds", "numbers from 0 to 1, or values with a 'problem'"
        )
    return np.asarray(x)


def _share(values: Floats, name: str, low: float, high: float, kind: str) -> Floats:
    if kind == "uniform":
        return np.asarray((values - low) / (high - low))
    if kind == "loguniform":
        return np.asarray(np.log(values / low) / np.log(high / low))
    raise RefusedError(
        f"{name}: a {kind} distribution cannot be undone", "the design as numbers from 0 to 1 (Study.unit)"
    )


_MORRIS: Final = "not a design of Morris trajectories: "
_SALTELLI: Final = "not Saltelli's design: "


def trajectories(x: Floats) -> int:
    """Return the number of levels of Morris trajectories, or say that these are none."""
    n, k = x.shape
    valid = "a design of kind 'morris', in its order, from 0 to 1"
    if n % (k + 1):
        raise RefusedError(f"{_MORRIS}{n} points are no multiple of {k + 1}", valid)
    steps = np.abs(np.diff(x.reshape(-1, k + 1, k), axis=1))
    moved = steps > TOLERANCE
    if (moved.sum(axis=2) != 1).any() or (moved.sum(axis=1) != 1).any():
        bad = int(np.argmax((moved.sum(axis=2) != 1).any(axis=1) | (moved.sum(axis=1) != 1).any(axis=1)))
        raise RefusedError(
            f"{_MORRIS}trajectory {bad} does not move every uncertainty once, one at a time", valid
        )
    delta = steps[moved]
    levels = round(float(2 * delta[0] / (2 * delta[0] - 1))) if delta[0] > 0.5 else 0
    if np.ptp(delta) > 1e-6 or levels < 2 or abs(levels / (2 * (levels - 1)) - delta[0]) > 1e-6:
        raise RefusedError(f"{_MORRIS}steps are not those of an even number of levels", valid)
    return levels


def saltelli(x: Floats, names: list[str]) -> None:
    """Refuse a design that is not Saltelli's: in each block A, then A with one column of B, then B.

    A and B must also be independent. With few base points, columns of a Sobol sequence are not: at 16, a correlation of
    0.86 made the index of an uncertainty that decided everything 0.15.
    """
    n, k = x.shape
    valid = "a design of kind 'sobol', in its order"
    if n % (k + 2):
        raise RefusedError(f"{_SALTELLI}{n} points are no multiple of {k + 2}", valid)
    blocks = x.reshape(-1, k + 2, k)
    first, mixed, last = blocks[:, 0], blocks[:, 1:-1], blocks[:, -1]
    own = np.eye(k, dtype=bool)
    expected = np.where(own, last[:, None], first[:, None])
    bad = (np.abs(mixed - expected) > TOLERANCE).any(axis=(1, 2))
    if bad.any():
        raise RefusedError(
            f"{_SALTELLI}the block that starts at row {int(np.argmax(bad)) * (k + 2)} is of another kind",
            valid,
        )
    apart = 6 * ((first - last) ** 2).mean(axis=0)  # expected to be one
    if alike := [name for name, share in zip(names, apart, strict=True) if share < INDEPENDENT]:
        few = f"{len(blocks)} base points are too few: the two values of {', '.join(alike)} in a block are alike, so that"
        raise RefusedError(f"{few} its index would be too small", "more base points (--expand points=64)")


def fills(x: Floats, names: list[str]) -> None:
    """Refuse a design with few points or with values that come back (a grid, Morris, Saltelli)."""
    if len(x) < FEWEST:
        raise RefusedError(f"{len(x)} points are too few for RBD-FAST and PAWN", f"{FEWEST} or more")
    repeated = [name for k, name in enumerate(names) if len(np.unique(x[:, k])) < len(x)]
    if repeated:
        raise RefusedError(
            f"values of {', '.join(repeated)} occur more than once",
            "a design of kind 'latin-hypercube' or 'sobol-sequence', as numbers from 0 to 1",
        )


def varies(y: Floats, outcome: str) -> None:
    """Refuse an outcome without any variance to share out."""
    if np.ptp(y) <= 1e-12 * max(1.0, float(np.abs(y).max())):
        raise RefusedError(f"{outcome} is the same at all points", "an outcome that varies")
