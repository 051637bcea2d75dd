"""Plots of a tournament: who reproduces what, how far each is behind the best, and what tells a pair apart.

Colour is never alone: cells carry numbers, and kinds of draws differ in their markers. The colour scale is cividis, which
people with any colour vision see alike (Nuñez, Anderton & Renslow 2018).
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from comity.analyse.compare_plots import COLOURS
from comity.calibrate import plots

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

SCALE: Final = "cividis"

MISSING: Final = ("failed", "too few events")
"""Standings of what no run has a number for."""
MARKERS: Final = ("o", "D", "s", "^")
FARTHEST: Final = 1e4
"""Log Bayes factor at which the picture of scores ends at the latest."""


def figures(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, Figure]]:
    """Yield the pictures of a tournament, or of its predictions, with the names of their files, without endings."""
    if "predictive" in tables:
        yield "predictive", plots.predictive(tables["predictive"])
        return
    for draws in dict.fromkeys(tables["matrix"]["draws"]):
        own = {name: tables[name][tables[name]["draws"] == draws] for name in ("matrix", "pairs")}
        yield f"matrix-{draws}", matrix(own["matrix"], draws)
        if len(own["pairs"]):
            yield f"pairs-{draws}", pairs(own["pairs"], draws)
    yield "scores", scores(tables["scores"])
    if "hypotheses" in tables:
        yield "hypotheses", plots.hypotheses(tables["hypotheses"])


def matrix(table: Any, draws: str) -> Figure:
    """Draw hypothesis by target: colour and number are the share of runs inside the published interval."""
    told = table[table["standing"] != "silent"]
    names, targets = list(dict.fromkeys(told["hypothesis"])), told.drop_duplicates("target")
    silent = table.loc[table["standing"] == "silent", "target"].nunique()
    figure = Figure(
        figsize=(7.5 + 0.55 * len(names), 2.6 + 0.27 * len(targets)), layout="constrained", dpi=110
    )
    axes = figure.subplots()
    at = {row["target"]: y for y, row in enumerate(targets.to_dict("records"))}
    for row in told.to_dict("records"):
        _cell(axes, names.index(row["hypothesis"]), at[row["target"]], row)
    _frame(
        axes,
        [
            textwrap.shorten(f"{row['target']} {row['statement']}", 76, placeholder="…")
            for row in targets.to_dict("records")
        ],
        names,
    )
    _uses(axes, list(targets["use"]))
    note = (
        f"Share of runs, in %, that lie inside the published interval ({draws} draws). ≠: most runs have the wrong sign. "
        f"✕: no run has a number; *: some have none, and count as outside. {silent} targets on which the model is silent are "
        "in the table only. Model results, not measurements."
    )
    figure.suptitle(textwrap.fill(note, 110), x=0.01, ha="left", fontsize=9)
    return figure


def _cell(axes: Any, x: int, y: int, row: dict[str, Any]) -> None:
    failed = row["standing"] in MISSING
    colour = "white" if failed else colormaps[SCALE](row["inside"])
    style = {"facecolor": colour, "edgecolor": "0.5" if failed else "white", "hatch": "///" if failed else ""}
    axes.add_patch(_rectangle(x, y, style))
    dark = not failed and row["inside"] < 0.5
    axes.text(x, y, _written(row), ha="center", va="center", fontsize=7.5, color="white" if dark else "black")


def _rectangle(x: int, y: int, style: dict[str, Any]) -> Any:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - beside the only thing that draws one

    return Rectangle((x - 0.5, y - 0.5), 1, 1, linewidth=0.5, **style)


def _written(row: dict[str, Any]) -> str:
    """Return what a cell says."""
    if row["standing"] in MISSING:
        return "✕"
    wrong = "≠" if row["sign"] and row["right_sign"] < 0.5 else ""
    return f"{100 * row['inside']:.0f}{wrong}{'*' if row['failed'] else ''}"


def _frame(axes: Any, rows: list[str], columns: list[str]) -> None:
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xticks(range(len(columns)), columns, rotation=60, ha="left", rotation_mode="anchor", fontsize=8)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), rows, fontsize=7.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _uses(axes: Any, uses: list[str]) -> None:
    """Draw a line where the use of targets changes, and write the use beside it."""
    starts = [k for k, use in enumerate(uses) if k == 0 or uses[k - 1] != use]
    for k in starts:
        axes.axhline(k - 0.5, color="black", linewidth=1.2)
        place = {"xycoords": ("axes fraction", "data"), "annotation_clip": False}
        axes.annotate(uses[k], (1.005, k), va="center", fontsize=7.5, **place)


def scores(table: Any) -> Figure:
    """Draw how far every hypothesis is behind the best, with two Monte Carlo standard errors, for every set of targets."""
    sets = list(dict.fromkeys(table["targets"]))
    names = list(dict.fromkeys(table["hypothesis"]))
    figure = Figure(figsize=(11, 1.8 + 0.38 * len(names)), layout="constrained", dpi=110)
    every = figure.subplots(1, len(sets), sharey=True, squeeze=False)[0]
    for axes, about in zip(every, sets, strict=True):
        own = table[table["targets"] == about]
        for k, draws in enumerate(dict.fromkeys(table["draws"])):
            _points(axes, own[own["draws"] == draws], names, k, draws)
        axes.set_title(f"{about} ({own['n_targets'].max()} targets)", loc="left", fontsize=9)
        _scale(axes, own["behind"].to_numpy(float))
        axes.set_xlabel("log Bayes factor by which it is behind the best", fontsize=8)
        axes.axvline(0, color="0.6", linewidth=0.8)
        axes.grid(axis="x", linewidth=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    every[0].set_yticks(range(len(names)), names, fontsize=8)
    every[0].set_ylim(len(names) - 0.5, -0.5)
    every[0].legend(frameon=False, fontsize=8, loc="best")
    note = (
        "Bars: two Monte Carlo standard errors. ▷: some target has no number at any draw. Not measurements."
    )
    figure.suptitle(note, x=0.01, ha="left", fontsize=9)
    return figure


def _scale(axes: Any, behind: Any) -> None:
    """Let the axis be linear up to 10 and logarithmic beyond, with plain numbers."""
    top = float(np.max(behind[np.isfinite(behind)], initial=0.0))
    if top <= 10:
        axes.set_xlim(-0.5, max(2.2 * top, 2.0))
        return
    axes.set_xscale("symlog", linthresh=10)
    ticks = [0, 5, 10, *(10**k for k in range(2, 6) if 10**k <= 3 * top)]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks], fontsize=8)
    axes.set_xticks([], minor=True)
    axes.set_xlim(-2, min(3 * top, FARTHEST * 10))


def _points(axes: Any, rows: Any, names: list[str], k: int, draws: str) -> None:
    """Draw the points of one kind of draws, a little below those of the one before."""
    y = np.array([names.index(name) for name in rows["hypothesis"]]) + 0.22 * k - 0.11
    behind, error = rows["behind"].to_numpy(float), rows["behind_se"].to_numpy(float)
    known = np.isfinite(behind)
    colour, marker = COLOURS[1 + k], MARKERS[k % len(MARKERS)]
    half = np.where(np.isfinite(error), np.minimum(2 * error, FARTHEST), 0.0)
    style = {"color": colour, "fmt": marker, "markersize": 5, "linewidth": 1.2, "label": f"{draws} draws"}
    axes.errorbar(behind[known], y[known], xerr=half[known], **style)
    end = 2 * max(1.0, float(np.max(behind[known], initial=0.0)))
    axes.plot(np.full((~known).sum(), end), y[~known], ">", color=colour, markerfacecolor="white")


def pairs(table: Any, draws: str) -> Figure:
    """Draw, for every two hypotheses, which target tells them apart and by how many standard deviations."""
    names = list(dict.fromkeys([*table["one"], *table["other"]]))
    size = 3.2 + 0.72 * len(names)
    figure = Figure(figsize=(size, size * 0.8), layout="constrained", dpi=110)
    axes = figure.subplots()
    top = max(float(table["apart"].max(skipna=True)), 1.0) if table["apart"].notna().any() else 1.0
    for row in table.to_dict("records"):
        x, y = names.index(row["other"]), names.index(row["one"])
        share = 0.0 if np.isnan(row["apart"]) else row["apart"] / top
        axes.add_patch(_rectangle(x, y, {"facecolor": colormaps[SCALE](share), "edgecolor": "white"}))
        text = f"{row['target']}\n{row['apart']:.1f}" if row["target"] else "✕"
        axes.text(x, y, text, ha="center", va="center", fontsize=7, color="white" if share < 0.5 else "black")
    _frame(axes, names, names)
    note = (
        f"The target that tells two hypotheses apart best, and by how many standard deviations ({draws} draws). Below 2, no "
        "published number among those for fitting and selection tells them apart. Model results."
    )
    figure.suptitle(textwrap.fill(note, 90), x=0.01, ha="left", fontsize=9)
    return figure
