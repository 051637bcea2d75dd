"""What a run is given: place, calendar of policy and parameters of a scenario, worked out once for all runs that share them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from comity import hypotheses
from comity.policy import regimes
from comity.world import imported_tables
from comity.world.build import in_force

if TYPE_CHECKING:
    import pandas as pd

    from comity.parameters import Parameters
    from comity.policy.law import Timeline
    from comity.policy.policy import Policy
    from comity.policy.regimes import Regime
    from comity.scenario import Scenario
    from comity.world.state import Table

Data: TypeAlias = tuple[tuple[str, str], ...]
"""Which imported tables are used, by kind."""

_FEW, _MANY = 8, 64
"""Places and calendars that a process keeps."""


class Given(NamedTuple):
    """What a scenario comes to, read-only: parameters, rows of the county table, the calendar, and policies on its eve."""

    parameters: Parameters
    counties: pd.DataFrame
    timeline: Timeline
    eve: Table


def given(setup: Scenario) -> Given:
    """Return what a scenario comes to."""
    parameters = hypotheses.apply(setup.hypotheses, setup.parameters, setup.added)
    regime = regimes.compose(setup.regime, regimes.read_custom(setup.regimes))
    where = setup.place, tuple(sorted(setup.data.items()))
    return Given(
        parameters, _place(*where)[0], *_calendar(regime, *where, parameters, setup.start, setup.end)
    )


def parting(one: Scenario, other: Scenario) -> int:
    """Return the first day on which two scenarios that differ only in their regimes may differ in what happens.

    Nothing of ours looks ahead in a calendar; whether an extension does, nobody knows.
    """
    ours, theirs = given(one), given(other)
    begin_alike = np.array_equal(ours.eve, theirs.eve) and not one.added
    return ours.timeline.parts_from(theirs.timeline) if begin_alike else 0


@lru_cache(_FEW)
def _place(place: str | tuple[str, ...], data: Data) -> tuple[pd.DataFrame, tuple[Policy, ...]]:
    """Return the counties of a place, and policies in force there under every regime."""
    counties = imported_tables.counties(place, dict(data))
    return counties, imported_tables.local(dict(data), counties)


@lru_cache(_MANY)
def _calendar(
    regime: Regime,
    place: str | tuple[str, ...],
    data: Data,
    parameters: Parameters,
    start: dt.date,
    end: dt.date,
) -> tuple[Timeline, Table]:
    """Return what a regime comes to in every county, and each county's policy on the eve of the first day."""
    counties, local = _place(place, data)
    eve = start - dt.timedelta(days=1)
    rules = in_force(regimes.timeline(regime, counties, parameters, eve, eve, local))
    return regimes.timeline(regime, counties, parameters, start, end, local), rules
