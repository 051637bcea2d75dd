"""Plots of scenario discovery: where failures lie, the trade a box was chosen from, and its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from comity.analyse.compare_plots import COLOURS

if TYPE_CHECKING:
    from comity.analyse.discovery import Box


def discovery(box: Box, points: Any, failed: Any, *, title: str = "Where the criterion fails") -> Figure:
    """Draw a box: the points in its two most telling uncertainties, the trade it was chosen from, and its limits.

    Args:
        box: what `comity.analyse.discovery.discover` returned.
        points: what it was searched in.
        failed: which points fail.
        title: above the figure; say the criterion.
    """
    rows = max(len(box.limits), 1)
    figure = Figure(figsize=(9, 4.9 + 0.55 * rows), layout="constrained", dpi=110)
    heights = [4.2, 0.4 + 0.55 * rows]
    axes = figure.subplot_mosaic([["points", "trade"], ["limits", "limits"]], height_ratios=heights)
    for panel in axes.values():
        panel.spines[["top", "right"]].set_visible(False)
    _points(axes["points"], box, points, np.asarray(failed, bool))
    _trade(axes["trade"], box)
    _ranges(axes["limits"], box, points)
    figure.suptitle(
        f"{title}\n{box.n_failures} of {box.n_points} points fail", x=0.01, ha="left", fontsize=11
    )
    return figure


def _points(axes: Any, box: Box, points: Any, failed: Any) -> None:
    """Draw points in the two uncertainties that say most; fill up with others if the box restricts fewer."""
    names = [*box.limits.index, *(name for name in points.columns if name not in box.limits.index)][:2]
    x = points[names[0]].to_numpy(float)
    y = points[names[1]].to_numpy(float) if len(names) > 1 else np.random.default_rng(1).random(len(x))
    axes.plot(
        x[~failed], y[~failed], "o", markerfacecolor="none", color=COLOURS[5], markersize=4, label="holds"
    )
    axes.plot(x[failed], y[failed], "x", color=COLOURS[2], markersize=5, label="fails")
    if len(box.limits):
        left, right = _inside(box, names[0], x)
        bottom, top = _inside(box, names[1] if len(names) > 1 else "", y)
        axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, linewidth=2.0))
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1] if len(names) > 1 else "scattered at random")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0)


def _inside(box: Box, name: str, values: Any) -> tuple[float, float]:
    """Return the limits of a box, or just outside of the points where it has none."""
    limits: Any = box.limits
    low, high = limits.loc[name, ["box_low", "box_high"]] if name in limits.index else (-np.inf, np.inf)
    room = 0.02 * float(np.ptp(values)) or 0.02
    return max(float(low), float(values.min()) - room), min(float(high), float(values.max()) + room)


def _trade(axes: Any, box: Box) -> None:
    """Draw coverage against density along the peeling, and the box."""
    steps = box.trajectory
    axes.plot(steps["coverage"], steps["density"], ".-", color=COLOURS[1], linewidth=1.0, markersize=5)
    axes.plot(box.coverage, box.density, "s", color="black", markersize=8)
    axes.plot(
        box.coverage_elsewhere,
        box.density_elsewhere,
        "D",
        markerfacecolor="none",
        color=COLOURS[2],
        markersize=9,
    )
    axes.set_xlim(0, 1.05)
    axes.set_ylim(0, 1.05)
    elsewhere = f"coverage {box.coverage_elsewhere:.2f}, density {box.density_elsewhere:.2f}"
    axes.set_title(
        f"square: this box, coverage {box.coverage:.2f}, density {box.density:.2f}\n"
        f"diamond: boxes of half of the points, on the\nother half, {elsewhere}",
        loc="left",
        fontsize=9,
    )
    axes.set_xlabel("coverage: share of all failures inside")
    axes.set_ylabel("density: share of the inside that fails")


def _ranges(axes: Any, box: Box, points: Any) -> None:
    """Draw which part of its range every restricted uncertainty has inside the box."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(max(len(box.limits), 1) - 0.3, -0.7)
    if box.limits.empty:
        axes.annotate(
            "No uncertainty tells where it fails.", (0.5, 0.5), xycoords="axes fraction", ha="center"
        )
    for y, (name, row) in enumerate(box.limits.iterrows()):
        least, most = float(points[name].min()), float(points[name].max())
        low, high = (
            (np.clip(row[key], least, most) - least) / (most - least) for key in ("box_low", "box_high")
        )
        axes.plot([0, 1], [y, y], color="0.85", linewidth=6, solid_capstyle="butt")
        axes.plot([low, high], [y, y], color="black", linewidth=6, solid_capstyle="butt")
        said = f"quasi-p {row['quasi_p']:.1g}, restricted in {row['reproduced']:.0%} of searches on half of the points"
        axes.annotate(f"{name}: {_words(row)}; {said}", (0, y - 0.2), fontsize=9, va="bottom")


def _words(row: Any) -> str:
    if np.isinf(row["box_low"]):
        return f"up to {row['box_high']:.3g}"
    return (
        f"{row['box_low']:.3g} or more"
        if np.isinf(row["box_high"])
        else f"{row['box_low']:.3g} to {row['box_high']:.3g}"
    )
