"""An overview of all regimes: what each changes in six outcomes, against the programme as it was, under the same dice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from comity.app.histories import coarse, known
from comity.app.series import intervals
from comity.app.sight import sight
from comity.app.view import place_name
from comity.policy import regimes
from comity.policy.levers import LEVERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.app.histories import Found
    from comity.scenario import Scenario

PROGRAMME: Final = "mandatory"
"""The regime against which differences are taken."""

SHOWN: Final = (
    ("custody", "all"),
    ("removals", "all"),
    ("reporting", "hispanic"),
    *(("trust", group) for group in ("us_born", "immigrant", "unauthorized", "other")),
    ("victims", "hispanic"),
    ("ice_hours", "all"),
)
"""Outcome and group of the columns: six outcomes, one of them by group."""

MOST_AGENT_DAYS: Final = 50_000_000
"""What one history may take: San Francisco for three years, 1:20. All regimes together are lived in seconds."""

LAYERS: Final = ("information", "federal", "custody", "police")
SEVERAL: Final = "several"
"""The layer of a regime that cuts more than one."""


@dataclass(frozen=True)
class Row:
    """One regime of the table.

    Attributes:
        spec: as a scenario has it, with the day from which it is where that is not the one in history.
        title: of the regime.
        layer: one of `LAYERS`, or `SEVERAL`.
        since: first day on which the law differs from the programme's in the run, or None.
        moved: whether it starts with the programme, because history has it after the run.
    """

    spec: str
    title: str
    layer: str
    since: str | None
    moved: bool


def subject(setup: Scenario) -> Scenario:
    """Return the scenario of the table: under the programme, with no more agents than are lived in a moment."""
    return coarse(setup.with_(regime=PROGRAMME), MOST_AGENT_DAYS)


def rows(setup: Scenario) -> list[Row]:
    """Return a row per regime, the programme's first; a regime that history has after the run starts with the programme."""
    there = regimes.catalogue() | regimes.read_custom(setup.regimes)
    others = (_row(setup, name, regime) for name, regime in there.items() if name != PROGRAMME)
    return [Row(PROGRAMME, there[PROGRAMME].title, _layer(there[PROGRAMME]), None, moved=False), *others]


def _row(setup: Scenario, name: str, regime: regimes.Regime) -> Row:
    seen = sight(setup, name)
    early = next((offer for offer in seen["offers"] if offer["kind"] == "earlier"), None)
    if early is None:
        part = seen["part"] if seen["part"] and seen["part"] <= setup.end.isoformat() else None
        return Row(name, regime.title, _layer(regime), part, moved=False)
    return Row(early["patch"]["against"], regime.title, _layer(regime), early["day"], moved=True)


def _layer(regime: regimes.Regime) -> str:
    layers = {LEVERS[policy.lever].layer for policy in regime.policies}
    return layers.pop() if len(layers) == 1 else SEVERAL


def table(setup: Scenario, shown: Sequence[Row], runs: Found) -> dict[str, Any]:
    """Return the table as the page is sent it.

    Args:
        setup: as `subject` gives it.
        shown: its rows, the programme's first.
        runs: what is known of them, (seeds, rows, columns of `SHOWN`).
    """
    mean, half = intervals(runs - runs[:, :1])
    return {
        "about": {"place": place_name(setup), "scale": setup.scale, "seeds": len(runs)}
        | {"start": setup.start.isoformat(), "end": setup.end.isoformat()},
        "columns": [f"{outcome}:{group}" for outcome, group in SHOWN],
        "layers": [*LAYERS, SEVERAL],
        "rows": [
            vars(row) | {"level": known(level), "difference": known(gap), "half": known(width)}
            for row, level, gap, width in zip(shown, runs.mean(axis=0), mean, half, strict=True)
        ],
    }
