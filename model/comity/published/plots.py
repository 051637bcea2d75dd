"""Plots of a reproduction: the model's numbers beside those published, each on the scale of the published interval."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.figure import Figure

from comity.analyse.compare_plots import COLOURS
from comity.sweeps.outcomes import brief

if TYPE_CHECKING:
    import pandas as pd

    from comity.published.experiments import Reproduction

EDGE: Final = 4.0
"""Half-widths of the published interval at which the picture ends; what is further off gets an arrow."""

EVENTS: Final = "gjw_event_victimisation_{who}_{label}"
QUARTERS: Final = range(-8, 9)

OURS, THEIRS = COLOURS[1], "0.35"


def draw(found: Reproduction) -> Figure:
    """Draw the numbers of an experiment that a run can answer, here or at a finer scale, and the event study if there is one."""
    rows = found.table[(found.table["verdict"] != "silent") & found.table["use"].notna()]
    events = EVENTS.format(who="hispanic", label=_label(0)) in found.runs
    height = 1.8 + 0.5 * max(len(rows), 1)
    figure = Figure(figsize=(11, height + 4.0 * events), layout="constrained", dpi=110)
    axes = figure.subplots(1 + events, 1, squeeze=False, height_ratios=[height, 4.0][: 1 + events])[:, 0]
    _forest(axes[0], rows.to_dict("records"))
    if events:
        _events(axes[1], found)
    figure.suptitle(_title(found), fontsize=10, x=0.01, ha="left")
    return figure


def _title(found: Reproduction) -> str:
    histories = f"{len(found.runs)} {'history' if len(found.runs) == 1 else 'histories'}"
    people = found.experiment.study.scenario.scale
    scale = "an agent to each person" if people == 1 else f"{people:g} people to an agent"
    return (
        f"{found.experiment.name}: published (grey) and model (blue), {histories}, {scale}. "
        "Model results, not measurements."
    )


def _forest(axes: Any, rows: list[dict[Any, Any]]) -> None:
    """Draw a line per number, from one end of the published interval (-1) to the other (+1)."""
    for y, row in enumerate(rows):
        low, high = row["published_low"], row["published_high"]
        middle, half = (high + low) / 2, (high - low) / 2
        if np.isfinite(half):
            axes.plot([-1, 1], [y - 0.12] * 2, color=THEIRS, linewidth=5, alpha=0.35, solid_capstyle="butt")
        else:
            axes.text(0, y, "only a sign was published", color=THEIRS, fontsize=7.5, ha="center", va="center")
        axes.plot((row["published"] - middle) / half, y - 0.12, "d", color=THEIRS, markersize=6)
        ours = [(row[key] - middle) / half for key in ("model", "model_low", "model_high")]
        _ours(axes, y + 0.12, *ours)
        text = f"{_number(row['published'])} | {_number(row['model'])} {row['unit']}: {row['verdict']}"
        axes.annotate(
            text,
            (1.01, y),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=7.5,
            annotation_clip=False,
        )
    labels = [textwrap.fill(f"{row['target']} {row['statement']}", 60) for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=7.5)
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    axes.set_xlim(-EDGE * 1.05, EDGE * 1.05)
    axes.set_xlabel("published interval from -1 to +1; right: published | model, unit, verdict", fontsize=8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", linewidth=0.3)


def _ours(axes: Any, y: float, mean: float, low: float, high: float) -> None:
    """Draw the model's number with its interval, or an arrow where it is beyond the picture; nothing where there is none."""
    if not np.isfinite(mean):
        return
    marker = "o" if abs(mean) <= EDGE else ">" if mean > 0 else "<"
    axes.plot(np.clip(mean, -EDGE, EDGE), y, marker, color=OURS, markersize=6)
    if np.isfinite(low) and np.isfinite(high):
        axes.plot(np.clip([low, high], -EDGE, EDGE), [y, y], color=OURS, linewidth=1.4)


def _number(value: float | None) -> str:
    return "-" if value is None else brief(value)


def _label(quarter: int) -> str:
    return f"m{-quarter}" if quarter < 0 else f"p{quarter}"


def _events(axes: Any, found: Reproduction) -> None:
    """Draw victimisation by quarter of event time, against the quarter before activation."""
    for who, colour, dash in (("hispanic", OURS, "-"), ("other", COLOURS[2], "--")):
        names = [EVENTS.format(who=who, label=_label(quarter)) for quarter in QUARTERS]
        own: pd.DataFrame = found.runs.reindex(columns=names)
        axes.plot(QUARTERS, own.mean(), dash, color=colour, label=f"model, {who}", linewidth=1.6)
        axes.fill_between(QUARTERS, own.min(), own.max(), color=colour, alpha=0.15, linewidth=0)
    points = dict(_published(found))
    axes.plot(
        points.keys(),
        points.values(),
        "d",
        color=THEIRS,
        markersize=7,
        label="published, Hispanic (read off a figure)",
    )
    axes.axhline(0, color="0.6", linewidth=0.8)
    axes.axvline(-1, color="0.6", linewidth=0.8)
    axes.set_xlabel("quarters since activation; bands: least and greatest of the histories", fontsize=8)
    axes.set_title("Victimisation in a month, pp above the quarter before activation", loc="left", fontsize=9)
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _published(found: Reproduction) -> list[tuple[int, float]]:
    """Return published points of the event study: quarter and pp above the quarter before activation."""
    named = {EVENTS.format(who="hispanic", label=_label(quarter)): quarter for quarter in QUARTERS}
    named["gjw_peak"] = named[EVENTS.format(who="hispanic", label=_label(4))]
    own = [
        target for target in found.experiment.targets if target.estimate in named and target.value is not None
    ]
    return [
        (-1, 0.0),
        *((named[target.estimate], target.value) for target in own if target.value is not None),
    ]
