"""Outcomes: the handful of numbers in which regimes are compared, computed from a run's weekly table."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.observe import measures
from comity.observe.measures import GROUPS, SUM

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from comity.model import CooperationModel

HISPANIC: Final = "Hispanic"


@dataclass(frozen=True)
class Outcome:
    """One number of a run: a total, or ``numerator`` over ``denominator``, in some groups.

    What it is called, and its unit, is in `comity.dictionary`.

    Attributes:
        id: its name as a column of a table: ``hispanic_victims_who_report``.
        numerator: measures that are added up; none for one number a run that somebody else finds (`comity.sweeps.measurers`).
        denominator: measure to divide by; ``person_years`` makes the result a yearly rate.
        groups: start of the names of the groups, "" for all.
        factor: multiplier, for per cent or per 1,000.
    """

    id: str
    numerator: tuple[str, ...] = ()
    denominator: str = ""
    groups: str = ""
    factor: float = 1.0

    def of(self, group: str) -> Outcome | None:
        """Return the same outcome of a group, or of several that begin alike; None if it is of other groups only."""
        if not group.startswith(self.groups):
            return None
        words = re.sub(r"\W+", "_", group.lower())
        return replace(self, id=f"{self.id}_{words}", groups=group)

    @property
    def weight(self) -> str:
        """The measure by which values of several periods are averaged; empty for totals, which are summed."""
        return "residents" if set(self.numerator) & {*MEANS} else self.denominator

    @property
    def made_of(self) -> tuple[str, ...]:
        """The measures that it takes."""
        return (*self.numerator, self.weight) if self.weight else self.numerator


MEANS: Final = tuple(stock.name.lower() + SUM for stock in measures.MEANS)
"""Sums over residents that are divided by their number."""

OUTCOMES: Final = (
    Outcome("prints_sent_to_ident", ("submissions",)),
    Outcome("matches", ("matches",)),
    Outcome("detainers", ("detainers",)),
    Outcome("into_ice_custody", ("transfers", "at_large_arrests")),
    Outcome("removals", ("removals",)),
    Outcome("fbi_criminal_checks", ("criminal_checks",)),
    Outcome("days_in_jail_on_a_detainer", ("hold_days",)),
    Outcome("hispanic_victims_who_report", ("reported",), "incidents", HISPANIC, 100.0),
    Outcome("hispanic_reporting_as_a_survey_sees_it", ("survey_reported",), "surveyed", HISPANIC, 100.0),
    Outcome("other_victims_who_report", ("reported",), "incidents", "other", 100.0),
    Outcome("hispanic_victimisation", ("incidents",), "person_years", HISPANIC, 1000.0),
    Outcome("incidents_cleared", ("cleared",), "reported", "", 100.0),
    Outcome("perceived_risk_hispanic_us_born", ("risk_sum",), "", "Hispanic, US-born", 100.0),
    Outcome("trust_in_police_hispanic", ("trust_sum",), "", HISPANIC, 100.0),
    Outcome("trust_in_police_hispanic_unauthorized", ("trust_sum",), "", "Hispanic, unauthorized", 100.0),
    Outcome("trust_in_police_hispanic_immigrant", ("trust_sum",), "", "Hispanic, immigrant", 100.0),
    Outcome("trust_in_police_hispanic_us_born", ("trust_sum",), "", "Hispanic, US-born", 100.0),
    Outcome("trust_in_police_other", ("trust_sum",), "", "other", 100.0),
)
"""What `compare` reports. ICE first, then the community, because the first is what regimes act on."""


SMALLEST: Final = 6
"""Digits after the point of the smallest difference that is told."""


def brief(value: float, sign: str = "") -> str:
    """Return a number in few characters: it is read beside others in 80 columns. ``sign="+"`` signs it always; NaN is a dash."""
    if math.isnan(value):
        return "-"
    if value == 0:
        return "0"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3
    return f"{value:{sign},.{digits}f}"


def plus_minus(value: float, half: float, sign: str = "") -> str:
    """Return an estimate with half of its interval, if it has one: to the second digit of the half.

    A half of 0 means that all histories have the same.
    """
    if math.isnan(half) or math.isnan(value):
        return brief(value, sign)
    value, half = round(value, SMALLEST) + 0.0, round(half, SMALLEST)  # less is left over of sums
    if half == 0:
        return f"{value:{sign},.{0 if value.is_integer() else 3}f} ±0"
    digits = max(0, 1 - math.floor(math.log10(half)))
    return f"{value:{sign},.{digits}f} ±{half:,.{digits}f}"


def wide(table: pd.DataFrame) -> pd.DataFrame:
    """Return a run's tidy table with one column per measure, summed over counties, indexed by date and group.

    Means come back as sums over residents, under names such as ``trust_sum``, and must be divided by ``residents``.
    """
    spread = table.pivot_table("value", ["date", "county", "group"], "measure", observed=True, sort=False)
    for total in MEANS:
        spread[total] = (spread.pop(total.removesuffix(SUM)) * spread["residents"]).fillna(0.0)
    return spread.groupby(["date", "group"], observed=True, sort=False).sum()


def of_run(model: CooperationModel) -> pd.DataFrame:
    """Return what `wide` makes of a run's table, without making the table: that of the nation is 81 million rows."""
    totals = model.totals()
    axes: Any = [pd.DatetimeIndex(model.starts()), pd.CategoricalIndex(GROUPS, GROUPS)]
    index = pd.MultiIndex.from_product(axes, names=["date", "group"])
    return pd.DataFrame({name: totals[name].ravel() for name in totals}, index=index)


def measure(spread: pd.DataFrame, outcome: Outcome, since: dt.date) -> float:
    """Return one outcome over the periods from ``since`` on; NaN where nothing can be divided by."""
    dates = spread.index.get_level_values("date")
    groups = spread.index.get_level_values("group").astype(str).str.startswith(outcome.groups)
    chosen = spread[(dates >= pd.Timestamp(since)) & groups]
    total = float(chosen[list(outcome.numerator)].to_numpy().sum())
    if outcome.numerator[0] in MEANS:
        return outcome.factor * total / float(chosen["residents"].sum() or np.nan)
    if not outcome.denominator:
        return total
    below = float(chosen[outcome.denominator].sum())
    return outcome.factor * total / below if below else float("nan")


def by_period(
    totals: Mapping[str, NDArray[np.float64]], outcome: Outcome
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the value of an outcome in every recording period, and the weights by which to average values.

    The weighted mean over any periods is the outcome over those periods, as `measure` computes it; a value whose
    weight is zero is NaN. Outcomes that are totals have no weights: they are summed.

    Args:
        totals: every measure by period and group, see `comity.model.CooperationModel.totals`.
        outcome: which one.
    """
    groups = members(outcome.groups)
    return ratio({name: totals[name][:, groups].sum(axis=1) for name in outcome.made_of}, outcome)


def members(groups: str) -> NDArray[np.bool_]:
    """Return for each of `GROUPS` whether it is among ``groups``, the start of their names."""
    return np.array([name.startswith(groups) for name in GROUPS])


def ratio(
    sums: Mapping[str, NDArray[np.float64]], outcome: Outcome
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return what `by_period` does, of measures that are summed over the outcome's groups, in an array of any shape."""
    above = sum(sums[name] for name in outcome.numerator)
    values = np.asarray(above, dtype=np.float64) * outcome.factor
    if not outcome.weight:
        return values, None
    weights = sums[outcome.weight]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weights > 0, values / weights, np.nan), weights
