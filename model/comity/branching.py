"""Branching: runs that differ in their regimes alone are lived once until a dated row of their calendars differs.

Nothing looks ahead in a calendar, and what is announced, alarming or believed stands in its rows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comity.model import CooperationModel
from comity.world.given import parting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from comity.scenario import Scenario


@dataclass
class Branch:
    """Runs that are the same so far.

    Attributes:
        setups: their scenarios by the number of the run, which differ in nothing but the regime.
        model: the run as it stands, under the regime of the first, or None before it is built.
    """

    setups: dict[int, Scenario]
    model: CooperationModel | None = None


def roots(setups: Iterable[Scenario]) -> list[Branch]:
    """Return branches for runs that nobody has begun, numbered as they come."""
    found: dict[Scenario, Branch] = {}
    for n, setup in enumerate(setups):
        alike = setup.model_copy(update={"regime": ""})
        found.setdefault(alike, Branch({})).setups[n] = setup
    return list(found.values())


def grow(branch: Branch) -> tuple[CooperationModel, list[Branch]]:
    """Live the days that all runs of a branch share.

    Returns:
        The model, and the two branches into which it parts; none if it has lived its last day, for all runs alike.
    """
    first, *others = branch.setups.values()
    model = branch.model = branch.model or CooperationModel(first)
    days = dict(zip(branch.setups, [model.days, *(parting(first, other) for other in others)], strict=True))
    day = min(days.values())
    if day >= model.days:
        return model.run(), []
    model.run(until=model.setup.start + dt.timedelta(days=day))
    leaving = {n: setup for n, setup in branch.setups.items() if days[n] == day}
    staying = {n: setup for n, setup in branch.setups.items() if days[n] > day}
    return model, [Branch(staying, model), Branch(leaving, model.forked(next(iter(leaving.values()))))]
