"""Scenario discovery: in which region of the uncertainties does a regime fail a stated criterion?

The patient rule induction method (PRIM; Friedman & Fisher 1999, doi:10.1023/A:1008894516817) as scenario discovery uses it
(Bryant & Lempert 2010, doi:10.1016/j.techfore.2009.08.002): from a box around all points, peel off again and again the
thin slice whose loss raises the share of failures most for each point it costs. Every step trades *coverage* (share of all
failures that are inside) for *density* (share of the inside that fails); the trajectory shows the trade.

A box fits the points it was found on better than it will fit others, and the quasi-p-values are those of a test after a
search, so they are too small. The search is therefore repeated on halves of the points, and each box scored on the other
half: see ``reproduced``, ``coverage_elsewhere`` and ``density_elsewhere`` of `Box`.

No library fits: ``prim`` 1.0 is GPL; ``ema-workbench`` 2.5, the last for Python 3.11, brings scikit-learn, seaborn and
statsmodels for this one function. On 1,000 synthetic points it finds the same two limits and, within 0.01 and 0.02, the
same coverage and density (see ``docs/analysis.md``). What is left out here: pasting slices back on, and categories.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.problems import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

PEEL: Final = 0.05
"""Share of the points inside that one slice takes."""

SMALLEST: Final = 0.05
"""Share of all points that a box keeps at least."""

HALVES: Final = 20
SIGNIFICANT: Final = 0.05
REPRODUCED: Final = 0.5
"""Where nothing but chance decided which of 200 points fail, one search in ten found a box; none of these restricted
anything that more than 40 % of the searches on halves restricted."""


@dataclass(frozen=True, eq=False)
class Box:
    """A region of the uncertainties, and how it was found.

    Attributes:
        limits: a row per restricted uncertainty, most telling first: ``low`` and ``high`` (infinite where open),
            ``quasi_p`` (chance of as many failures inside if this restriction, added last, said nothing), and
            ``reproduced`` (share of searches on half of the points that restrict it too).
        coverage: share of all failures that are inside.
        density: share of the points inside that fail.
        coverage_elsewhere: coverage of boxes from half of the points, on the other half.
        density_elsewhere: density of boxes from half of the points, on the other half.
        trajectory: a row per step: ``coverage``, ``density``, ``mass`` (share of points), ``n``, ``restricted``
            (number of uncertainties).
        chosen: the row of the trajectory that this box is, before restrictions without evidence were dropped.
        n_points: points searched.
        n_failures: those that fail.
    """

    limits: pd.DataFrame
    coverage: float
    density: float
    coverage_elsewhere: float
    density_elsewhere: float
    trajectory: pd.DataFrame
    chosen: int
    n_points: int
    n_failures: int

    def contains(self, points: Any) -> Flags:
        """Return which points lie inside (bounds included)."""
        inside = np.ones(len(points), bool)
        for name, row in self.limits.iterrows():
            values = points[name].to_numpy(float)
            inside &= (values >= row["box_low"]) & (values <= row["box_high"])
        return inside


def failures(runs: Any, points: Any, outcome: str, fails: Callable[[Any], Any]) -> Flags:
    """Return at which points a criterion fails, judged on the mean over seeds.

    For *Hispanic reporting falls by more than 2 points against the baseline*, give the paired differences of
    `comity.analyse.intervals.differences` for one regime, and ``lambda change: change < -2``.

    Args:
        runs: runs of one case.
        points: the design, indexed by point.
        outcome: column to judge.
        fails: says which of an array of means fail.

    Raises:
        ValueError: if a point has no run with a finite outcome.
    """
    from comity.analyse.requirements import point_means  # noqa: PLC0415

    return np.asarray(fails(point_means(runs, points, outcome)[0]), bool)


def discover(
    points: Any,
    failed: Any,
    *,
    density: float | None = None,
    peel: float = PEEL,
    smallest: float = SMALLEST,
    reproduced: float = REPRODUCED,
    seed: int = 1,
) -> Box:
    """Return the box that says best where failures are.

    For a second box, search again among the points that the first does not contain.

    Args:
        points: a row per point, a column per uncertainty. Leave dummies in: a box that restricts one is a warning.
        failed: which of them fail.
        density: take the step with most coverage at this density or above; by default the step with the largest harmonic
            mean of coverage and density.
        peel: share of the points inside that one slice takes.
        smallest: share of all points that a box keeps at least.
        reproduced: share of the searches on halves that must restrict an uncertainty too, or its restriction is dropped.
        seed: of the halves.

    Raises:
        ValueError: if lengths differ, no point fails, all do, or no step reaches the density.
    """
    x, y = _checked(points, failed)
    search = (density, peel, smallest)
    steps, chosen, box = _search(x, y, *search)
    if density is not None and steps["density"].iloc[chosen] < density:
        raise RefusedError(f"no box of density {density:g}", f"up to {steps['density'].max():.3g}")
    again, coverage_elsewhere, density_elsewhere = _rehearse(x, y, search, np.random.default_rng(seed))
    box = np.where((again < reproduced)[:, None], [-np.inf, np.inf], box)
    here, limits = _step(y, _within(x, box), box), _limits(x, y, box, again, list(points.columns))
    quality = (here["coverage"], here["density"], coverage_elsewhere, density_elsewhere)
    return Box(limits, *quality, steps, chosen, n_points=len(y), n_failures=int(y.sum()))


def _checked(points: Any, failed: Any) -> tuple[Floats, Flags]:
    """Return points and failures as arrays, unless they do not fit together or leave nothing to find."""
    x, y = points.to_numpy(float), np.asarray(failed, bool)
    if len(x) != len(y) or not np.isfinite(x).all():
        raise RefusedError("points and failures do not fit together", "one finite row and one flag per point")
    if not 0 < y.sum() < len(y):
        raise RefusedError(
            f"{int(y.sum())} of {len(y)} points fail", "a criterion that some points fail and others do not"
        )
    return x, y


def _search(
    x: Floats, y: Flags, density: float | None, peel: float, smallest: float
) -> tuple[pd.DataFrame, int, Floats]:
    """Return the trajectory, the step that is chosen, and its box without restrictions that say nothing."""
    box = np.tile([-np.inf, np.inf], (x.shape[1], 1))
    boxes, rows = [], []
    found: Floats | None = box
    while found is not None:
        box = found
        inside = _within(x, box)
        boxes.append(box)
        rows.append(_step(y, inside, box))
        found = None if y[inside].all() else _peeled(x[inside], y[inside], box, peel, smallest * len(y))
    steps = pd.DataFrame(rows)
    chosen = _choose(steps, density)
    return steps, chosen, _simplified(x, y, boxes[chosen])


def _within(x: Floats, box: Floats) -> Flags:
    return np.asarray(((x >= box[:, 0]) & (x <= box[:, 1])).all(axis=1))


def _step(y: Flags, inside: Flags, box: Floats) -> dict[str, Any]:
    return {
        "coverage": float(y[inside].sum() / y.sum()),
        "density": float(y[inside].mean()),
        "mass": float(inside.mean()),
        "n": int(inside.sum()),
        "restricted": int(np.isfinite(box).any(axis=1).sum()),
    }


def _peeled(x: Floats, y: Flags, box: Floats, peel: float, fewest: float) -> Floats | None:
    """Return the box without the slice whose loss gains most per point, or None if all slices leave too few points.

    The gain is the rise of density over the number of points lost, which treats uncertainties of few values fairly
    (Kwakkel & Jaxa-Rozen 2016, doi:10.1016/j.envsoft.2015.11.020).
    """
    best, result = -np.inf, None
    for k, side in itertools.product(range(x.shape[1]), (0, 1)):
        cut = _cut(x[:, k], peel) if side == 0 else -_cut(-x[:, k], peel)
        kept = x[:, k] >= cut if side == 0 else x[:, k] <= cut
        if not np.isfinite(cut) or kept.sum() < max(fewest, 1):
            continue
        gain = (y[kept].mean() - y.mean()) / (~kept).sum()
        if gain > best:
            best, result = gain, box.copy()
            result[k, side] = cut
    return result


def _cut(values: Floats, peel: float) -> float:
    """Return a bound that at least one value and about a share ``peel`` lies below, infinite if all are equal."""
    ordered = np.sort(values)
    after = max(np.searchsorted(ordered, ordered[int(peel * len(ordered))]), 1)
    after = after if ordered[after] > ordered[after - 1] else np.searchsorted(ordered, ordered[0], "right")
    return float((ordered[after - 1] + ordered[after]) / 2) if after < len(ordered) else float("inf")


def _choose(steps: pd.DataFrame, density: float | None) -> int:
    """Return the step with the best balance, or with most coverage at a density, or else the densest."""
    if density is None:
        return int((steps["coverage"] * steps["density"] / (steps["coverage"] + steps["density"])).argmax())
    dense = steps["density"] >= density
    return int(steps["coverage"].where(dense, -1.0).argmax() if dense.any() else steps["density"].argmax())


def _simplified(x: Floats, y: Flags, box: Floats) -> Floats:
    """Drop restrictions without evidence, the weakest first (Bryant & Lempert 2010)."""
    while True:
        p = _quasi_p(x, y, box)
        if not p or max(p.values()) <= SIGNIFICANT:
            return box
        box = box.copy()
        box[max(p, key=lambda k: p[k])] = (-np.inf, np.inf)


def _quasi_p(x: Floats, y: Flags, box: Floats) -> dict[int, float]:
    """Return, for each restricted uncertainty, the chance of as many failures inside without its restriction's help."""
    from scipy.stats import binom  # noqa: PLC0415 - slow to import

    inside = _within(x, box)
    result = {}
    for k in np.flatnonzero(np.isfinite(box).any(axis=1)):
        without = box.copy()
        without[k] = (-np.inf, np.inf)
        share = y[_within(x, without)].mean()
        result[int(k)] = float(binom.sf(y[inside].sum() - 1, inside.sum(), share))
    return result


def _rehearse(
    x: Floats, y: Flags, search: tuple[float | None, float, float], rng: Any
) -> tuple[Floats, float, float]:
    """Search on halves: how often is each uncertainty restricted, and how do the boxes do on the other halves?"""
    restricted = np.zeros(x.shape[1])
    done = hits = failing = within = 0
    for _ in range(HALVES):
        half = rng.permutation(len(y)) < len(y) // 2
        if not 0 < y[half].sum() < half.sum():
            continue
        box = _search(x[half], y[half], *search)[2]
        inside = _within(x[~half], box)
        restricted += np.isfinite(box).any(axis=1)
        done, hits = done + 1, hits + int(y[~half][inside].sum())
        failing, within = failing + int(y[~half].sum()), within + int(inside.sum())
    return restricted / (done or np.nan), hits / (failing or np.nan), hits / (within or np.nan)


def _limits(x: Floats, y: Flags, box: Floats, again: Floats, names: list[str]) -> pd.DataFrame:
    p = _quasi_p(x, y, box)
    order = sorted(p, key=lambda k: p[k])
    columns = {
        "box_low": box[order, 0],
        "box_high": box[order, 1],
        "quasi_p": [p[k] for k in order],
        "reproduced": again[order],
    }
    return pd.DataFrame(columns, index=pd.Index([names[k] for k in order], name="parameter"))
