"""The onset of a regime: the first day on which what it comes to in law differs from something else."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity import hypotheses
from comity.policy.law import settle
from comity.policy.policy import LAST_DAY
from comity.policy.regimes import base, compose, laws, read_custom
from comity.world import imported_tables

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from comity.scenario import Scenario

POLITICAL: Final = (
    *("joins", "letter", "compelled", "liability", "believed_government"),
    *("relief", "relief_hold", "relief_notice"),
)
"""What of a policy only governments read that answer pressure: it does nothing where `politics` is off."""


def onset(setup: Scenario, other: Scenario | None = None) -> date | None:
    """Return the first day on which a scenario's regime differs in law from another, though its run may be over by then.

    Args:
        setup: the scenario.
        other: one of the same place and first day under another regime; None is the base calendar, without a regime.

    Returns:
        The day, from the first of the run to the last of the calendar of policies; None if there is none.
    """
    return parted(setup, changes(setup), changes(other) if other else changes(setup, asked=False))


def parted(setup: Scenario, one: NDArray[Any], other: NDArray[Any]) -> date | None:
    """Return the first day on which two tables of `changes` differ."""
    days = np.union1d(one["day"], other["day"])
    differ = (_laid_out(one, days) != _laid_out(other, days)).any(axis=1)
    return setup.start + timedelta(int(days[differ.argmax()])) if differ.any() else None


def _laid_out(table: NDArray[Any], days: NDArray[Any]) -> NDArray[Any]:
    """Return the policy of every county on each of these days; news is of one day only."""
    rows = np.zeros((len(days), int(table["county"].max()) + 1), np.int64)
    rows[np.searchsorted(days, table["day"]), table["county"]] = np.arange(len(table))
    rows = np.maximum.accumulate(rows, axis=0)  # changes are sorted by day
    found: NDArray[Any] = table["policy"][rows]
    found["news"] *= table["day"][rows] == days[:, None]
    return found


@lru_cache(maxsize=32)
def changes(setup: Scenario, *, asked: bool = True) -> NDArray[Any]:
    """Return the changes of policy up to the end of the calendar, apart from what nobody acts on.

    Args:
        setup: the scenario.
        asked: whether its regime is in force; else there is only the base calendar.
    """
    counties = _counties(setup.place, tuple(setup.data.items()))
    parameters = hypotheses.apply(setup.hypotheses, setup.parameters, setup.added)
    policies = compose(setup.regime, read_custom(setup.regimes)).policies if asked else ()
    every = tuple(dict.fromkeys((*policies, *imported_tables.local(setup.data, counties))))
    table = settle(base(), every, laws(), counties, parameters, setup.start, LAST_DAY).changes.copy()
    policy = table["policy"]
    policy["receive"] &= policy["sharing"]  # without prints there are no answers
    for name in () if parameters.politics else POLITICAL:
        policy[name] = 0
    table.flags.writeable = False
    return table


@lru_cache(maxsize=16)
def _counties(place: str | tuple[str, ...], data: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    return imported_tables.counties(place, dict(data))  # whose tables are named by their checksums
