"""The series behind the lines of the charts: every outcome by group and recording period, as the page draws them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.analyse.intervals import CONFIDENCE
from comity.caveats import CAVEATS
from comity.dictionary import OF_DIFFERENCES, measured
from comity.observe.measures import GROUP_OF, Task
from comity.output.national import counts
from comity.sweeps.outcomes import Outcome, members, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from comity.model import CooperationModel
    from comity.scenario import Scenario

    Totals = Mapping[str, NDArray[np.float64]]

POOLED: Final = 4
"""Recording periods over which a rate is pooled, so that a week with few incidents does not shout."""

GROUPS: Final = {
    "all": ("Everybody", ""),
    "hispanic": ("Hispanic", "Hispanic"),
    "us_born": ("Hispanic, US-born", "Hispanic, US-born"),
    "immigrant": ("Hispanic, lawful immigrant or naturalised", "Hispanic, immigrant"),
    "unauthorized": ("Hispanic, unauthorized", "Hispanic, unauthorized"),
    "other": ("Not Hispanic", "other"),
}
"""Key of a group in the page -> its label, and the start of the names of its groups in the tables."""

SETTLED: Final = "settled_years"
"""Years of those who lived there on the first morning, had they stayed."""

OUTCOMES: Final = {
    outcome.id: outcome
    for outcome in (
        Outcome("trust", ("trust_sum",), factor=100.0),
        Outcome("reporting", ("chance_sum",), "incidents", factor=100.0),
        Outcome("risk", ("risk_sum",), factor=100.0),
        Outcome("attribution", ("attribution_sum",), factor=100.0),
        Outcome("victims", ("incidents",), "person_years", factor=1000.0),
        Outcome("prints", ("submissions",)),
        Outcome("detainers", ("detainers",)),
        Outcome("custody", ("transfers", "at_large_arrests")),
        Outcome("removals", ("removals",)),
        Outcome("hold_days", ("hold_days",)),
        Outcome("patrol", ("patrol_hours", "community_policing_hours"), SETTLED, factor=1000.0),
        Outcome("response", ("calls_hours", "investigation_hours"), SETTLED, factor=1000.0),
        Outcome("ice_hours", ("immigration_hours",), SETTLED, factor=1000.0),
    )
}
"""Key of an outcome in the page -> how it is made. Totals are added up from the first day."""


def described() -> dict[str, dict[str, Any]]:
    """Return what the page has to know of every outcome; ``whole`` is the range that its values can have, if there is one."""
    return {
        key: {
            "name": entry.label,
            "title": entry.short,
            "unit": entry.unit,
            "difference": OF_DIFFERENCES.get(entry.unit, entry.unit),
            "whole": [0, 100] if entry.span == "0 to 100" else None,
            "caveat": CAVEATS.get(key, ""),
        }
        for key, entry in ((key, measured(outcome, "page")) for key, outcome in OUTCOMES.items())
    }


def beside(setup: Scenario) -> list[dict[str, Any]]:
    """Return the published counts that stand beside a run's lines: those of the same quantity, counties and days, and law.

    Returns:
        for each its ``outcome``; ``start`` and ``last`` day, ``from`` and ``to`` as days lived before and after; ``value``, in
        people, as totals are; ``source``.
    """
    return [
        {
            "outcome": key,
            "start": count.start.isoformat(),
            "last": (count.until - timedelta(1)).isoformat(),
            "from": (count.start - setup.start).days,
            "to": (count.until - setup.start).days,
            "value": count.published,
            "source": count.source,
        }
        for key, outcome in OUTCOMES.items()
        for count in counts()
        if not outcome.weight and count.measures == outcome.numerator and count.is_about(setup)
    ]


COLUMNS: Final = tuple((outcome, group) for outcome in OUTCOMES for group in GROUPS)
"""Columns of `lines`, in order."""

_MEMBERS: Final = [members(start) for _, start in GROUPS.values()]
_MEASURES: Final = {name for outcome in OUTCOMES.values() for name in outcome.made_of}


def settlers(model: CooperationModel) -> NDArray[np.float64]:
    """Return how many people of each group live there on the first morning, on whatever day it is asked."""
    r = model.world.residents
    groups = np.bincount(GROUP_OF[r["hispanic"], r["status"]], minlength=GROUP_OF.max() + 1)
    return np.asarray(model.setup.scale * groups)


def hours(model: CooperationModel, people: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return officers' hours by task, recording period and group, and years of those who lived there on the first morning.

    Police work for all who live there, so each group has its share of the hours by its people. Those of the first morning
    (`settlers`) are counted, so that nobody seems to get more patrol because others moved away.
    """
    spent = model.hours().sum(axis=1)
    share = people / max(people.sum(), 1)
    ends = np.flatnonzero(model.world.calendar["closes"][: model.today]) + 1
    found = {f"{task.name.lower()}_hours": spent[:, task, None] * share for task in Task}
    return found | {SETTLED: people * np.diff(ends, prepend=0)[:, None] / 365.25}


def lines(model: CooperationModel, people: NDArray[np.float64] | None = None) -> NDArray[np.float32]:
    """Return every column at the end of every recording period that is over; NaN where there is nothing to divide by.

    Args:
        model: the run.
        people: its `settlers`, for who asks again and again: to count them takes a while.

    Returns:
        (periods, columns); rates pooled over the last `POOLED` periods, totals added up from the start.
    """
    totals = model.totals() | hours(model, settlers(model) if people is None else people)
    sums = {name: np.stack([totals[name][:, m].sum(axis=1) for m in _MEMBERS], axis=1) for name in _MEASURES}
    return np.concatenate([_line(sums, outcome) for outcome in OUTCOMES.values()], axis=1, dtype=np.float32)


def _line(sums: Totals, outcome: Outcome) -> NDArray[np.float64]:
    values, weights = ratio(sums, outcome)
    if weights is None:
        return np.asarray(np.cumsum(values, axis=0))
    if outcome.weight == "residents":  # a state, not a rate: nothing to pool
        return values
    above, below = np.cumsum(np.nan_to_num(values) * weights, axis=0), np.cumsum(weights, axis=0)
    above[POOLED:], below[POOLED:] = above[POOLED:] - above[:-POOLED], below[POOLED:] - below[:-POOLED]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, above / below, np.nan))


def intervals(differences: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and half-width of the interval over seeds, as `comity.analyse.compare.interval` does for one number.

    Args:
        differences: (seeds, periods, columns).
    """
    from scipy.stats import t  # noqa: PLC0415 - slow to import

    seeds = len(differences)
    mean = differences.mean(axis=0)
    if seeds < 2:
        return mean, np.full(mean.shape, np.nan)
    spread = differences.std(axis=0, ddof=1) / np.sqrt(seeds)
    return mean, float(t.ppf((1 + CONFIDENCE) / 2, seeds - 1)) * spread
