"""Pictures of a comparison: what ICE gets, what residents fear, and whether victims call the police."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from comity.study.outcomes import HISPANIC, OUTCOMES

if TYPE_CHECKING:
    from pathlib import Path

    from comity.study.compare import Comparison

COLOURS: Final = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Okabe & Ito (2008), told apart by colour-blind people; dashes tell the lines apart without colour."""

DASHES: Final[tuple[Any, ...]] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (3, 3)), (0, (1, 3)))
SMOOTH: Final = 13
"""Recording periods in a moving mean: a quarter of a year of weeks."""


def _series(comparison: Comparison, top: tuple[str, ...], below: str, groups: str) -> pd.DataFrame:
    """Return a smoothed outcome by date (rows) and by regime and seed (columns)."""
    weekly = comparison.weekly
    chosen = weekly[weekly.index.get_level_values("group").astype(str).str.startswith(groups)]
    sums = chosen.groupby(["regime", "seed", "date"], sort=False).sum()
    above = sums[list(top)].sum(axis=1).unstack(["regime", "seed"]).rolling(SMOOTH, min_periods=1, center=True).sum()
    if not below:
        return above
    return above / sums[below].unstack(["regime", "seed"]).rolling(SMOOTH, min_periods=1, center=True).sum()


def _lines(axes: Any, data: pd.DataFrame, regimes: list[str]) -> None:
    """Draw the mean over seeds of each regime, with a band of one standard error either side of it."""
    for n, regime in enumerate(regimes):
        own = data[regime]
        mean, error = own.mean(axis=1), own.std(axis=1) / np.sqrt(max(own.shape[1], 1))
        style = {"color": COLOURS[n % len(COLOURS)], "linestyle": DASHES[n % len(DASHES)]}
        axes.plot(own.index, mean, label=regime, linewidth=1.6, **style)
        axes.fill_between(own.index, mean - error, mean + error, color=style["color"], alpha=0.15, linewidth=0)


def _mark(axes: Any, comparison: Comparison) -> None:
    """Mark the day from which regimes differ."""
    axes.axvline(pd.Timestamp(comparison.since), color="0.6", linewidth=0.8)
    axes.margins(x=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(mdates.AutoDateLocator(maxticks=7))
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(axes.xaxis.get_major_locator()))


def _forest(axes: Any, comparison: Comparison, names: list[str], regimes: list[str]) -> None:
    """Draw paired differences from the baseline with their intervals, in per cent of the baseline."""
    summary = comparison.summary().set_index(["outcome", "regime"])
    others = [regime for regime in regimes if regime != comparison.baseline]
    for m, name in enumerate(names):
        base = summary.loc[(name, comparison.baseline), "mean"]
        for n, regime in enumerate(others):
            row = summary.loc[(name, regime)]
            y = -m - (n - (len(others) - 1) / 2) * 0.8 / max(len(others), 1)
            index = regimes.index(regime)
            middle, low, high = (100 * row[key] / base if base else np.nan for key in ("difference", "low", "high"))
            axes.plot([low, high], [y, y], color=COLOURS[index % len(COLOURS)], linewidth=1.4)
            axes.plot(middle, y, "osDv^P*"[index % 7], color=COLOURS[index % len(COLOURS)], markersize=4)
    axes.axvline(0, color="0.6", linewidth=0.8)
    axes.set_yticks([-m for m in range(len(names))], [textwrap.fill(name, 20) for name in names], fontsize=8)
    axes.set_xlabel(f"difference from {comparison.baseline}, % of it, with 95 % interval")
    axes.spines[["top", "right", "left"]].set_visible(False)


def draw(comparison: Comparison, path: Path) -> None:
    """Draw four panels and save them as a PNG.

    Args:
        comparison: what was compared.
        path: of the picture.
    """
    regimes = list(comparison.runs.index.unique("regime"))
    order = [comparison.baseline, *(regime for regime in regimes if regime != comparison.baseline)]
    figure = Figure(figsize=(11, 7.6), layout="constrained", dpi=130)
    axes = figure.subplots(2, 2)
    custody = _series(comparison, ("transfers", "at_large_arrests"), "", "")
    _lines(axes[0, 0], custody, order)
    axes[0, 0].set_title("People taken into ICE custody, per quarter", loc="left", fontsize=10)
    fear = 100 * _series(comparison, ("risk",), "residents", "Hispanic, US-born")
    _lines(axes[0, 1], fear, order)
    axes[0, 1].set_title("Risk perceived by Hispanic US-born residents (0 to 100)", loc="left", fontsize=10)
    reporting = 100 * _series(comparison, ("chance_sum",), "incidents", HISPANIC)
    for regime in regimes:
        reporting[regime] = reporting[regime] - (base := reporting[comparison.baseline]) if regime != comparison.baseline else reporting[regime]
    base = reporting[comparison.baseline]
    for column in base.columns:
        reporting[comparison.baseline, column] = 0.0
    _lines(axes[1, 0], reporting, order)
    axes[1, 0].set_title(f"Hispanic victims' chance of reporting:\npoints above {comparison.baseline}, same people and dice", loc="left", fontsize=10)
    for panel in (axes[0, 0], axes[0, 1], axes[1, 0]):
        _mark(panel, comparison)
    names = [o.name for o in OUTCOMES if comparison.summary().set_index("outcome").loc[o.name, "mean"].abs().max() > 0]
    _forest(axes[1, 1], comparison, names, order)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 5), frameon=False)
    setup, seeds = comparison.setup, comparison.runs.index.unique("seed")
    figure.suptitle(
        f"{setup.place}, {setup.start} to {setup.end}: {len(seeds)} paired histories per regime; "
        f"grey line: first difference, {comparison.since}", fontsize=10, x=0.01, ha="left",
    )
    figure.savefig(path)
