"""Time per day against the number of residents: measurement, table and picture."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from comity.day import live
from comity.model import CooperationModel
from comity.observe.recorder import record
from comity.parameters import Parameters

if TYPE_CHECKING:
    from pathlib import Path

STATE: Final = "CA"
POPULATION: Final = 37_253_956
SETTLING: Final = 30
DAYS: Final = 100
STRETCHES: Final = 3
SMALLEST: Final = 1e4
STEPS: Final = (1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7)
RATES: Final = ("contacts", "minor_arrests", "victimisation_hispanic", "victimisation_other", "exit_rate")
"""Parameters that make events happen."""


@dataclass(frozen=True)
class Point:
    """One place: residents, events per day, and seconds per day of living and of recording."""

    residents: int
    events: float
    living: float
    recording: float


@dataclass(frozen=True)
class Curve:
    """The points at the usual rates, and those at rates that keep the number of events."""

    usual: list[Point]
    lowered: list[Point]

    def table(self) -> list[str]:
        """Return the points as a table in Markdown."""
        lines = [
            (
                "| residents | usual rates: events per day | µs per day | µs per event | rates lowered: events per day "
                "| µs per day | recording, µs per day |"
            ),
            "|--:|--:|--:|--:|--:|--:|--:|",
        ]
        for a, b in zip(self.usual, self.lowered, strict=True):
            cells = [f"{a.residents:,}", f"{a.events:.1f}", f"{a.living * 1e6:.1f}"]
            cells += [
                f"{a.living / max(a.events, 1e-9) * 1e6:.2f}",
                f"{b.events:.1f}",
                f"{b.living * 1e6:.1f}",
            ]
            lines.append(f"| {' | '.join([*cells, f'{a.recording * 1e6:.1f}'])} |")
        return lines


def measure(residents: float, factor: float) -> Point:
    """Live stretches of ``DAYS`` days of a place with every rate multiplied by ``factor``."""
    rates = {name: getattr(Parameters(), name) * factor for name in RATES}
    model = CooperationModel(
        place=STATE, scale=POPULATION / residents, start="2010-01-01", end="2010-12-31", **rates
    )
    w: Any = model.world
    closing = w.calendar["closes"].copy()
    w.calendar["closes"] = 0
    live(w, 0, SETTLING)
    before, seconds, day = int(w.clock["next_event"][0]), [], SETTLING
    for _ in range(STRETCHES):
        begun = time.perf_counter()
        live(w, day, day + DAYS)
        seconds.append((time.perf_counter() - begun) / DAYS)
        day += DAYS
    living, events = statistics.median(seconds), (int(w.clock["next_event"][0]) - before) / (day - SETTLING)
    w.calendar["closes"] = closing
    day -= 1
    w.calendar["closes"][day] = 1
    record(w, day)
    begun = time.perf_counter()
    record(w, day)
    recording = (time.perf_counter() - begun) / model.setup.parameters.recording_days
    return Point(len(w.residents), events, living, recording)


def measure_curve(most: float) -> Curve:
    """Return the curve for places of up to ``most`` residents."""
    sizes = [size for size in STEPS if size <= most]
    return Curve(
        [measure(size, 1.0) for size in sizes],
        [measure(size, SMALLEST / size) for size in sizes],
    )


def draw_curve(curve: Curve, path: Path) -> None:
    """Draw the curve on logarithmic axes."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import

    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    axes = figure.subplots()
    residents = [point.residents for point in curve.usual]
    lines = (
        ("usual rates: events grow with residents", "#1f6f8b", "o-", [p.living for p in curve.usual]),
        ("rates lowered: as many events everywhere", "#c8553d", "s-", [p.living for p in curve.lowered]),
        ("recording, once in seven days", "#8a8a8a", "^--", [p.recording for p in curve.usual]),
    )
    for label, colour, style, seconds in lines:
        axes.loglog(residents, [s * 1e6 for s in seconds], style, color=colour, label=label, markersize=5)
    axes.set_xlabel("residents")
    axes.set_ylabel("microseconds per day")
    axes.set_title("A day costs what happens in it; recording, those who became aware", loc="left")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=160)
