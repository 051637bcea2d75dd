"""How much of a place and its years fits into one session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from comity.scenario import Scenario

MOST_AGENT_DAYS: Final = 1_500_000_000
"""About San Francisco at full population for five years: memory and the log grow with it."""

MOST_AGENTS: Final = 4_000_000
"""Residents of a city, however short it is lived: two of them take about a gigabyte."""

SCALES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


def fitting_scale(setup: Scenario) -> int:
    """Return the smallest round scale at which a place and its years fit into a session."""
    need = setup.residents * max(setup.days / MOST_AGENT_DAYS, 1 / MOST_AGENTS)
    return next(scale for scale in SCALES if scale >= need)
