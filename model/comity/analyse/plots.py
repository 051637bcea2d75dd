"""Pictures of an analysis. Each function returns a matplotlib `Figure`; save it with ``figure.savefig(path)``.

Colours are those of Okabe & Ito (2008); whatever colour says is said by shape, dash or label too.
"""

from __future__ import annotations

import textwrap
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure

from comity.analyse.compare_plots import COLOURS
from comity.analyse.discovery_plots import discovery
from comity.analyse.sensitivity import label
from comity.caveats import beside
from comity.dictionary import OF_DIFFERENCES, find
from comity.problems import RefusedError

__all__ = ["differences", "discovery", "indices", "morris", "spread"]

MARKERS: Final = "osDv^P*"
GREY: Final = "0.45"
DOTS: Final = 200
"""Runs of a regime that are drawn one by one; of more, every so many-th."""

NAMED: Final = 12
"""Uncertainties that a scatter plot names."""


def differences(paired: Any, outcome: str, *, unit: str = "", baseline: str = "the baseline") -> Figure:
    """Draw paired differences of one outcome from the baseline, a line per case and regime, with intervals.

    Args:
        paired: what `comity.analyse.intervals.paired` returned.
        outcome: which outcome to draw.
        unit: of the outcome, if `comity.dictionary` does not know it.
        baseline: for the title: the regime that was subtracted.

    Raises:
        ValueError: if there is nothing to draw.
    """
    rows = paired[paired["outcome"] == outcome].reset_index(drop=True)
    _need(rows, "rows for this outcome", paired["outcome"].unique())
    regimes = list(dict.fromkeys(rows["regime"]))
    figure, axes = _blank(0.42 * len(rows) + 1.7, f"{_title(outcome)}: difference from {_words(baseline)}")
    axes.axvline(0, color=GREY, linewidth=0.8)
    for y, row in enumerate(rows.to_dict("records")):
        n = regimes.index(row["regime"])
        colour = COLOURS[1 + n % (len(COLOURS) - 1)]
        axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1.8)
        axes.plot(row["difference"], y, MARKERS[n % len(MARKERS)], color=colour, markersize=6)
        axes.annotate(_note(row), (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=9)
    axes.set_yticks(range(len(rows)), _labels(rows))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.annotate("replications saved, n", (1.02, 1.0), xycoords="axes fraction", va="bottom", fontsize=9)
    over = ", ".join(dict.fromkeys(rows["over"]))
    unit = _unit(outcome, unit)
    unit = OF_DIFFERENCES.get(unit, unit)
    axes.set_xlabel(f"paired difference{_in(unit)}; 95 % interval over {over}")
    return figure


def morris(table: Any, outcome: str, *, unit: str = "", about: str = "") -> Figure:
    """Draw Morris' mu* against sigma: right is influential, high is curved, interacting or noisy.

    Args:
        table: what `comity.analyse.sensitivity.morris` returned.
        outcome: for the title.
        unit: of the outcome, if `comity.dictionary` does not know it.
        about: for the title: of which regime, or which difference.
    """
    figure, axes = _blank(4.8, f"{_title(outcome)}{_in(about)}: Morris screening")
    rows = table.sort_values("mu_star", ascending=False)
    for dummy, colour, marker in ((False, COLOURS[1], "o"), (True, COLOURS[2], "D")):
        of = rows[rows["dummy"] == dummy]
        bars = np.stack([of["mu_star"] - of["low"], of["high"] - of["mu_star"]])
        style = {"fmt": marker, "color": colour, "elinewidth": 1.0, "markersize": 6}
        axes.errorbar(of["mu_star"], of["sigma"], xerr=bars, **style)
    right, top = float(table["high"].max()) or 1.0, float(table["sigma"].max()) or 1.0
    axes.set_xlim(-0.02 * right, 1.1 * right)
    axes.set_ylim(-0.03 * top, 1.2 * top)
    unit = _unit(outcome, unit)
    _floor(axes, table, "high")
    named = rows[rows["above_floor"] | rows["dummy"]] if rows["dummy"].any() else rows[:NAMED]
    _name(axes, list(named["parameter"]), named[["mu_star", "sigma"]].to_numpy(float))
    label = f"mu*: mean absolute effect over the full range{_in(unit)}, with 95 % interval"
    axes.set_xlabel(f"{label}\n{_unnamed(rows, named)}".rstrip())
    axes.set_ylabel(f"sigma: spread of effects{_in(unit)}")
    return figure


def indices(table: Any, outcome: str, *, about: str = "") -> Figure:
    """Draw sensitivity indices as bars with intervals, the most influential uncertainty on top.

    Args:
        table: what `comity.analyse.sensitivity.sobol` or `comity.analyse.sensitivity.space_filling` returned.
        outcome: for the title.
        about: for the title: of which regime, or which difference.
    """
    second = "total" if "total" in table else "pawn"
    rows = table.sort_values(second, ascending=True).reset_index(drop=True)
    figure, axes = _blank(0.5 * len(rows) + 1.9, f"{_title(outcome)}{_in(about)}: what it depends on")
    labels = {"first": "first order", "total": "total, with interactions", "pawn": "PAWN"}
    for offset, key, colour, hatch in ((0.19, second, COLOURS[1], ""), (-0.19, "first", COLOURS[5], "////")):
        y = np.arange(len(rows)) + offset
        style = {"height": 0.36, "color": colour, "hatch": hatch, "edgecolor": "white"}
        axes.barh(y, rows[key], label=labels[key], **style)
        if f"{key}_low" in rows:
            axes.hlines(y, rows[f"{key}_low"], rows[f"{key}_high"], color="black", linewidth=1.2)
    if second == "pawn":
        style = {"color": COLOURS[2], "markerfacecolor": "white", "label": "PAWN by chance"}
        axes.plot(rows["pawn_floor"], np.arange(len(rows)) + 0.19, "D", **style)
    else:
        _floor(axes, table, "total_high")
    axes.annotate(
        f"{second if second == 'total' else 'PAWN'}, first",
        (1.02, 1.0),
        xycoords="axes fraction",
        va="bottom",
        fontsize=9,
    )
    for at, row in enumerate(rows.to_dict("records")):
        note = f"{row[second]:.2f}, {row['first']:.2f}"
        axes.annotate(note, (1.02, at), xycoords=("axes fraction", "data"), va="center", fontsize=9)
    axes.set_yticks(
        range(len(rows)), [label(*row) for row in zip(rows["parameter"], rows["dummy"], strict=True)]
    )
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_xlabel(f"index; 95 % intervals; {_counted(table)}")
    axes.legend(loc="lower right", framealpha=1, edgecolor="none")
    return figure


def spread(runs: Any, outcome: str, *, unit: str = "") -> Figure:
    """Draw how an outcome is distributed over runs under each regime: dots, median, middle half and middle 90 %.

    Args:
        runs: one row per run, with columns ``regime`` and the outcome.
        outcome: which outcome to draw.
        unit: of the outcome, if `comity.dictionary` does not know it.
    """
    regimes = list(dict.fromkeys(runs["regime"]))
    _need(regimes, "runs", ())
    figure, axes = _blank(0.75 * len(regimes) + 1.5, f"{_title(outcome)} under each regime")
    rng = np.random.default_rng(1)
    for y, regime in enumerate(regimes):
        values = runs.loc[runs["regime"] == regime, outcome].to_numpy(float)
        finite = values[np.isfinite(values)]
        note = f"n = {len(finite)}" + (
            f", {len(values) - len(finite)} missing" if len(finite) < len(values) else ""
        )
        axes.annotate(note, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=9)
        if not len(finite):
            continue
        dots = finite[:: -(-len(finite) // DOTS)]
        colour = COLOURS[1 + y % (len(COLOURS) - 1)]
        axes.plot(
            dots, y + 0.22 + rng.uniform(-0.1, 0.1, len(dots)), ".", color=colour, alpha=0.5, markersize=4
        )
        low, lower, middle, upper, high = np.quantile(finite, [0.05, 0.25, 0.5, 0.75, 0.95])
        axes.plot([low, high], [y - 0.1, y - 0.1], color=colour, linewidth=1.2)
        axes.plot([lower, upper], [y - 0.1, y - 0.1], color=colour, linewidth=5, solid_capstyle="butt")
        axes.plot(
            middle, y - 0.1, MARKERS[y % len(MARKERS)], color="black", markersize=6, markerfacecolor="white"
        )
    axes.set_yticks(range(len(regimes)), [_words(regime) for regime in regimes])
    axes.set_ylim(len(regimes) - 0.4, -0.5)
    axes.set_xlabel(
        f"{_title(outcome)}{_in(_unit(outcome, unit))}: median, middle half, middle 90 %; a dot is a run"
    )
    return figure


def _blank(height: float, title: str) -> tuple[Figure, Any]:
    figure = Figure(figsize=(8, max(height, 2.2)), layout="constrained", dpi=110)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.locator_params(axis="x", nbins=5)  # names and notes beside it leave room for no more
    text = "\n".join([title, *(textwrap.fill(sentence, 100) for sentence in beside([title]))])
    figure.suptitle(text, x=0.01, ha="left", fontsize=11)
    return figure, axes


def _floor(axes: Any, table: Any, key: str) -> None:
    """Draw the upper end of the intervals of dummies: what lies left of it may be noise."""
    if not table["dummy"].any():
        return
    floor = float(table.loc[table["dummy"], key].max())
    axes.axvline(floor, color=COLOURS[2], linestyle="--", linewidth=1.2)
    place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    axes.annotate(
        "noise floor", (floor, 1.0), xytext=(3, -2), va="top", color=COLOURS[2], fontsize=9, **place
    )


def _name(axes: Any, names: list[str], at: Any) -> None:
    """Write names beside points, higher up where they would cover a point or another name."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    places = (at - [left, bottom]) / [right - left, top - bottom]
    taken = [(float(x), float(y)) for x, y in places]
    for name, (x, y) in sorted(zip(names, taken.copy(), strict=True), key=lambda item: item[1][1]):
        height = y + 0.035
        while any(
            -0.05 < other - x < 0.25 and abs(height - used) < 0.045
            for other, used in taken
            if (other, used) != (x, y)
        ):
            height += 0.01
        taken.append((x + 0.02, height))
        style = {"ha": "right" if x > 0.75 else "left", "va": "center", "fontsize": 9}
        axes.annotate(name, (x + (0.01 if x <= 0.75 else -0.01), height), xycoords="axes fraction", **style)


def _unnamed(rows: Any, named: Any) -> str:
    """Return a line or more about the points that have no name."""
    others = [name for name in rows["parameter"] if name not in set(named["parameter"])]
    why = "not above the floor" if rows["dummy"].any() else "smaller"
    return textwrap.fill(f"{why}: {', '.join(others)}", 95) if others else ""


def _labels(rows: Any) -> list[str]:
    """Return a label per row: the regime, and those columns of the case in which rows differ."""
    case = list(rows.columns[: list(rows.columns).index("outcome")])
    told = [name for name in case if name == "regime" or len(rows[name].unique()) > 1]
    told = [*(name for name in told if name == "regime"), *(name for name in told if name != "regime")]
    return [", ".join(_words(row[name]) for name in told) for row in rows.to_dict("records")]


def _note(row: Any) -> str:
    missing = f", {row['n_missing']} missing" if row["n_missing"] else ""
    sign = f", same sign {row['same_sign']:.0%}" if row["n_points"] > 1 else ""
    return f"{row['replications_saved']:.3g} times, n = {row['n']}{sign}{missing}"


def _counted(table: Any) -> str:
    missing = int(table["n_missing"].iloc[0])
    counted = f"{int(table['n_points'].iloc[0]):,} points, {int(table['n_runs'].iloc[0]):,} runs"
    return counted + (f", {missing} missing" if missing else "")


def _need(rows: Any, what: str, known: Any) -> None:
    if not len(rows):
        raise RefusedError(f"no {what}", ", ".join(map(str, known)) or "a frame with at least one")


def _title(outcome: str) -> str:
    name = find(outcome).label
    return name[:1].upper() + name[1:]


def _unit(outcome: str, given: str) -> str:
    return given or find(outcome).unit


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def _in(unit: str) -> str:
    return f", {unit}" if unit else ""
