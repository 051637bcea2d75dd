"""Governments: the calendar of policy, and what each county's policy is today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.agents.columns import ColumnAgent
from comity.kernels import Int, kernel

if TYPE_CHECKING:
    from comity.world.state import World

GOVERNMENT: Final = np.dtype(
    [
        ("level", "i4"),  # 0 county, 1 state, 2 federal
        ("place", "i4"),  # row of the county or state; -1 for the federal government
        ("changes", "i8"),  # changes of policy so far in its area
    ],
    align=True,
)
"""One row per government: the counties first, then the states, then the federal one."""


@kernel
def govern(w: World, today: Int) -> None:
    """Governments apply what the calendar says today: activation, agreements, ordinances, rulings, priorities."""
    now = w.clock[0]
    counties, states = len(w.counties), len(w.bureaus)
    while now["next_change"] < len(w.change_days) and w.change_days[now["next_change"]] <= today:
        n = now["next_change"]
        c = w.change_counties[n]
        w.policies[c] = w.change_policies[n]
        if w.policies[c]["news"]:
            w.counties[c]["headline"] = 1
        w.governments[c]["changes"] += 1
        w.governments[counties + w.counties[c]["state"]]["changes"] += 1
        w.governments[counties + states]["changes"] += 1
        now["next_change"] = n + 1


class Government(ColumnAgent, dtype=GOVERNMENT):
    """A government, as Mesa sees one."""

    table = "governments"
    layout = frozenset({"level", "place"})
