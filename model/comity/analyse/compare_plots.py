"""Plots that compare regimes: what ICE gets, what residents fear, whether victims call the police, whether they trust them."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from comity.caveats import beside
from comity.dictionary import words
from comity.sweeps.outcomes import HISPANIC, OUTCOMES
from comity.world.places import select

if TYPE_CHECKING:
    import datetime as dt

    from comity.scenario import Scenario

COLOURS: Final = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Okabe & Ito (2008), told apart by colour-blind people; dashes tell the lines apart without colour."""

DASHES: Final[tuple[Any, ...]] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (3, 3)), (0, (1, 3)))
CUSTODY: Final = ("transfers", "at_large_arrests")


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a comparison; see `comity.analyse.compare.Comparison`."""

    setup: Scenario
    baseline: str
    since: dt.date
    runs: Any
    weekly: Any
    draws: Any
    summary: pd.DataFrame


_ENDS: Final = ("difference", "low", "high", "draws_low", "draws_high")

QUARTER: Final = 365.25 / 4
MONTH: Final = 365.25 / 12
"""Days."""


def _series(comparison: Drawn, top: tuple[str, ...], below: str, groups: str) -> Any:
    """Return a smoothed outcome by date (rows) and by regime and seed (columns)."""
    weekly: Any = comparison.weekly
    past = max(1, round(QUARTER / (comparison.setup.parameters.recording_days or MONTH)))
    chosen = weekly[weekly.index.get_level_values("group").astype(str).str.startswith(groups)]
    sums = chosen.groupby(["regime", "seed", "date"], sort=False).sum()
    above = sums[list(top)].sum(axis=1).unstack(["regime", "seed"]).rolling(past, min_periods=past).sum()
    if not below:
        return above
    return above / sums[below].unstack(["regime", "seed"]).rolling(past, min_periods=past).sum()


def _lines(axes: Any, data: Any, regimes: list[str]) -> None:
    """Draw the mean over seeds of each regime, with a band of one standard error either side of it."""
    for n, regime in enumerate(regimes):
        own = data[regime]
        mean, error = own.mean(axis=1), own.std(axis=1) / np.sqrt(max(own.shape[1], 1))
        style = {"color": COLOURS[n % len(COLOURS)], "linestyle": DASHES[n % len(DASHES)]}
        axes.plot(own.index, mean, label=regime, linewidth=1.6, **style)
        axes.fill_between(
            own.index, mean - error, mean + error, color=style["color"], alpha=0.15, linewidth=0
        )


def _mark(axes: Any, comparison: Drawn) -> None:
    """Mark the day from which regimes differ."""
    axes.axvline(pd.Timestamp(comparison.since), color="0.6", linewidth=0.8)
    axes.margins(x=0)
    axes.spines[["top", "right"]].set_visible(False)
    months = (comparison.setup.end - comparison.setup.start).days / 30
    every = (1, 7) if months > 15 else range(1, 13)
    locator = mdates.MonthLocator(bymonth=every)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _forest(axes: Any, comparison: Drawn, names: list[str], regimes: list[str]) -> None:
    """Draw paired differences from the baseline with their intervals, in per cent of the baseline."""
    summary: Any = comparison.summary.set_index(["outcome", "regime"])
    others = [regime for regime in regimes if regime != comparison.baseline]
    for m, name in enumerate(names):
        base = summary.loc[(name, comparison.baseline), "mean"]
        for n, regime in enumerate(others):
            row = summary.loc[(name, regime)]
            y = -m - (n - (len(others) - 1) / 2) * 0.8 / max(len(others), 1)
            index = regimes.index(regime)
            colour = COLOURS[index % len(COLOURS)]
            relative = {key: 100 * row[key] / base if base else np.nan for key in row.index if key in _ENDS}
            if comparison.draws is not None:
                axes.plot(
                    [relative["draws_low"], relative["draws_high"]], [y, y], color=colour, linewidth=0.5
                )
            axes.plot([relative["low"], relative["high"]], [y, y], color=colour, linewidth=1.6)
            axes.plot(relative["difference"], y, "osDv^P*"[index % 7], color=colour, markersize=4)
    axes.axvline(0, color="0.6", linewidth=0.8)
    labels = [words("outcomes", name).label for name in names]
    axes.set_yticks([-m for m in range(len(names))], labels, fontsize=8)
    thin = "" if comparison.draws is None else "\nThin: 95 % over draws, with the model's own error"
    axes.set_xlabel(f"difference from {comparison.baseline}, % of it,\nwith 95 % interval over seeds{thin}")
    axes.spines[["top", "right", "left"]].set_visible(False)


def _above(comparison: Drawn, regimes: list[str], top: str, below: str, groups: str) -> Any:
    """Return a share or mean in points of 100 above the baseline regime, seed by seed."""
    found: Any = 100 * _series(comparison, (top,), below, groups)
    return pd.concat({regime: found[regime] - found[comparison.baseline] for regime in regimes}, axis=1)


def draw(comparison: Drawn) -> Figure:
    """Draw what ICE gets, what people fear, who reports, who trusts the police, and every difference."""
    found = list(comparison.runs.index.unique("regime"))
    regimes = [comparison.baseline, *(regime for regime in found if regime != comparison.baseline)]
    figure = Figure(figsize=(11, 10.5), layout="constrained", dpi=130)
    axes = figure.subplot_mosaic([[name, "forest"] for name in ("custody", "risk", "report", "trust")])
    panels = {
        "custody": (_heading("into_ice_custody", ", past quarter"), _series(comparison, CUSTODY, "", "")),
        "risk": (
            _heading("perceived_risk_hispanic_us_born"),
            100 * _series(comparison, ("risk_sum",), "residents", "Hispanic, US-born"),
        ),
        "report": (
            f"Hispanic victims' chance of reporting: percentage points above {comparison.baseline}",
            _above(comparison, regimes, "chance_sum", "incidents", HISPANIC),
        ),
        "trust": (
            f"Trust of unauthorized Hispanics: points of 100 above {comparison.baseline}",
            _above(comparison, regimes, "trust_sum", "residents", "Hispanic, unauthorized"),
        ),
    }
    for name, (title, data) in panels.items():
        _lines(axes[name], data, regimes)
        _mark(axes[name], comparison)
        axes[name].set_title(fill(title, 52), loc="left", fontsize=10)
    means = comparison.runs.loc[comparison.baseline].mean()
    shown = [outcome.id for outcome in OUTCOMES if means[outcome.id] > 0]
    _forest(axes["forest"], comparison, shown, regimes)
    handles, labels = axes["custody"].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 5), frameon=False)
    text = "\n".join(fill(sentence, 120) for sentence in (_title(comparison), *beside(shown)))
    figure.suptitle(text, fontsize=11, x=0.01, ha="left")
    return figure


def _heading(outcome: str, when: str = "") -> str:
    text = words("outcomes", outcome).heading
    return text[:1].upper() + text[1:] + when


def _title(comparison: Drawn) -> str:
    """Return what was compared, where, when, and how often."""
    setup, seeds = comparison.setup, len(comparison.runs.index.unique("seed"))
    where = select(setup.place)
    name = (
        f"{where['county'].iloc[0]}, {where['state'].iloc[0]}"
        if len(where) == 1
        else f"{len(where)} counties"
    )
    each = "regime" if comparison.draws is None else f"regime and draw, {len(comparison.draws.points)} draws"
    return (
        f"{name}, {setup.start} to {setup.end}: {seeds} paired histories per {each}, the same people and dice. "
        f"Grey line: {comparison.since}, the first recording period in which regimes differ. "
        "Bands: one standard error. Model results, not measurements."
    )
