"""Pictures of a calibration. Each function returns a matplotlib `Figure`; colours are those of Okabe & Ito (2008)."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.figure import Figure

from comity.analyse.compare_plots import COLOURS
from comity.calibrate import ranks as calibrated
from comity.published.targets import Z95
from comity.sweeps.outcomes import brief

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.calibrate.infer import Posterior

COLUMNS: Final = 4
BINS: Final = 20
GREY: Final = "0.45"
FARTHEST: Final = 6.0
"""Half-widths of published intervals that a picture shows; what lies farther is drawn at its edge, with an arrow."""


def recovery(summary: Any, tried: Any) -> Figure:
    """Draw posterior medians against truths, with 90 % intervals, a panel per parameter.

    Args:
        summary: a row per parameter, from `comity.calibrate.recovery.recovery`.
        tried: a row per trial and parameter, likewise.
    """
    title = "Recovery: calibrated on runs of known parameters; medians and 90 % intervals (vertical) against truth"
    figure, panels = _grid(list(summary["parameter"]), title)
    for row, axes in zip(summary.to_dict("records"), panels, strict=True):
        own = tried[tried["parameter"] == row["parameter"]]
        ends = [own["truth"].min(), own["truth"].max()]
        axes.plot(ends, ends, color=GREY, linewidth=0.8)
        axes.vlines(own["truth"], own["low_90"], own["high_90"], color=COLOURS[5], linewidth=0.7)
        axes.plot(own["truth"], own["median"], "o", color=COLOURS[1], markersize=2.5)
        axes.set_title(f"{row['parameter']}\n{_told(row)}", loc="left", fontsize=8)
    return figure


def ranks(tried: Any) -> Figure:
    """Draw how ranks of the truth are distributed, less what uniform ones would be, with the band of `comity.calibrate.ranks`.

    Args:
        tried: a row per trial and parameter, from `comity.calibrate.recovery.recovery`.
    """
    title = (
        "Ranks of the truth (line) less uniform ones; in 19 of 20 samples chance stays in the band everywhere"
    )
    names = list(dict.fromkeys(tried["parameter"]))
    good = calibrated.inside(tried).set_index("parameter")["ranks_uniform"]
    figure, panels = _grid(names, title)
    for name, axes in zip(names, panels, strict=True):
        own = np.sort(tried.loc[tried["parameter"] == name, "rank"])
        places, low, high = calibrated.band(len(own))
        found = np.searchsorted(own, places, side="right") / len(own)
        axes.fill_between(places, low - places, high - places, color="0.88", step="mid")
        axes.plot(places, found - places, color=COLOURS[1 if good[name] else 2], linewidth=1.2)
        axes.set_title(f"{name}: {'within' if good[name] else 'leaves it'}", loc="left", fontsize=8)
    figure.supxlabel("place: share of the posterior below the truth", fontsize=8)
    figure.supylabel("excess of trials below", fontsize=8)
    return figure


def _told(row: Any) -> str:
    """Return coverage with its binomial bounds, and correlation."""
    held = (
        f"{row['coverage_90']:.0%} inside ({row['coverage_90_least']:.0%} to {row['coverage_90_most']:.0%})"
    )
    return f"{held}, r = {row['correlation']:.2f}"


def posterior(found: Posterior) -> Figure:
    """Draw how often every value of a parameter is tried in the sweep, and how likely it is after the findings."""
    title = "Posterior (filled), what the sweep tried (line), and the median to two digits (dashed)"
    prior = found.cloud.prior
    figure, panels = _grid(list(prior.names), title)
    best, after = found.best(), found.parameters.to_numpy()
    for k, (name, axes) in enumerate(zip(prior.names, panels, strict=True)):
        space = np.geomspace if prior.log[k] else np.linspace
        edges = space(prior.low[k], prior.high[k], BINS + 1)
        height, _ = np.histogram(after[:, k], edges, weights=found.sample.weights)
        before, _ = np.histogram(found.cloud.parameters[:, k], edges)
        axes.stairs(height, edges, fill=True, color=COLOURS[5])
        axes.stairs(before / before.sum(), edges, color=GREY)
        axes.axvline(best[name], color=COLOURS[2], linestyle="--", linewidth=1.2)
        axes.locator_params(axis="x", nbins=4)  # narrow panels: more numbers would touch
        if prior.log[k]:
            axes.set_xscale("log")
            axes.set_xticks([prior.low[k], prior.high[k]], [f"{prior.low[k]:g}", f"{prior.high[k]:g}"])
            axes.set_xticks([], minor=True)
        axes.set_yticks([])
        axes.set_title(f"{name}: {best[name]:g}", loc="left", fontsize=8)
    return figure


USES: Final = {
    "fitting": (COLOURS[1], "o"),
    "selection": (COLOURS[2], "D"),
    "holding out": (COLOURS[3], "s"),
}
"""Colour and marker of a prediction by the use of its finding."""


def predictive(table: Any) -> Figure:
    """Draw published and predicted intervals of every finding, in half-widths of the published one from its middle.

    Args:
        table: `comity.calibrate.infer.Posterior.predictive`, or that of `comity.tournament.predict.judge`.
    """
    rows = table.dropna(subset=["published", "predicted", "published_se"]).iloc[::-1].to_dict("records")
    figure = Figure(figsize=(9, max(0.27 * len(rows) + 1.4, 2.2)), layout="constrained", dpi=110)
    axes = figure.subplots()
    axes.axvline(0, color=GREY, linewidth=0.8)
    for y, row in enumerate(rows):
        ends = [_units(row, key) for key in ("published_low", "published_high")]
        axes.plot(
            np.clip(ends, -FARTHEST, FARTHEST), [y, y], color="0.85", linewidth=9, solid_capstyle="butt"
        )
        colour, marker = USES[row["use"]]
        low, middle, high = (_units(row, key) for key in ("predicted_low", "predicted", "predicted_high"))
        if "error_low" in row:
            wide = [_units(row, key) for key in ("error_low", "error_high")]
            axes.plot(np.clip(wide, -FARTHEST, FARTHEST), [y, y], color=colour, linewidth=0.7, alpha=0.8)
        axes.plot(np.clip([low, high], -FARTHEST, FARTHEST), [y, y], color=colour, linewidth=2.4)
        beyond = "<" if middle < -FARTHEST else ">" if middle > FARTHEST else marker
        axes.plot(np.clip(middle, -FARTHEST, FARTHEST), y, beyond, color=colour, markersize=5)
        note = f"{brief(row['published'])} | {brief(row['predicted'])}"
        axes.annotate(note, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=7)
    axes.annotate("published | model", (1.02, 1.0), xycoords="axes fraction", va="bottom", fontsize=7)
    axes.set_yticks(range(len(rows)), [f"{row['id']} {row['estimate']}" for row in rows], fontsize=7)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlim(-1.05 * FARTHEST, 1.05 * FARTHEST)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("predicted minus published, in half-widths of the published 95 % interval (grey)")
    figure.suptitle(
        "Posterior predictive, 95 %: fitted (circles), for selection (diamonds) and held out (squares)"
        + ("\nthick: dice and parameters; thin: with the model's error" if "error_low" in table else ""),
        x=0.01,
        ha="left",
        fontsize=11,
    )
    return figure


def _units(row: Any, key: str) -> float:
    return float((row[key] - row["published"]) / (Z95 * row["published_se"]))


def hypotheses(matrix: Any) -> Figure:
    """Draw the confusion matrix of hypotheses: mean posterior probability of each (columns) where one is true (rows).

    Args:
        matrix: from `comity.calibrate.recovery.hypotheses`.
    """
    sets = list(matrix["truth"])
    values = matrix[sets].to_numpy(float)
    side = 0.55 * len(sets) + 2.2
    figure = Figure(figsize=(side + 1, side), layout="constrained", dpi=110)
    axes = figure.subplots()
    axes.imshow(values, cmap="Blues", vmin=0, vmax=1)
    for (y, x), value in np.ndenumerate(values):
        axes.text(
            x,
            y,
            f"{value:.2f}",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if value > 0.6 else "black",
        )
    axes.set_xticks(range(len(sets)), sets, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(sets)), sets, fontsize=8)
    axes.set_xlabel("mean posterior probability")
    axes.set_ylabel("true")
    figure.suptitle("Recovery of hypotheses", x=0.01, ha="left", fontsize=11)
    return figure


def _grid(names: list[str], title: str) -> tuple[Figure, Iterator[Any]]:
    rows = ceil(len(names) / COLUMNS)
    figure = Figure(figsize=(10, 2.2 * rows + 0.5), layout="constrained", dpi=110)
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axes in panels[len(names) :]:
        axes.axis("off")
    for axes in panels[: len(names)]:
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=7)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    return figure, iter(panels[: len(names)])
