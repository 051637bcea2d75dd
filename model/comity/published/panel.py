"""The panel of a national run, arrays by month, county and group: what the estimators of published studies are given.

Flows are in agents, since every estimate is a ratio, a logarithm or a difference of ratios; `Panel.scale` makes numbers of
people of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.observe.measures import GROUPS, Measure, Stock

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from comity.model import CooperationModel

NEVER: Final = 10**6
"""Month or quarter of activation of a county that is never switched on."""

HISPANIC: Final = tuple(k for k, name in enumerate(GROUPS) if name.startswith("Hispanic"))
OTHER: Final = tuple(k for k, name in enumerate(GROUPS) if not name.startswith("Hispanic"))
EVERYBODY: Final = (*HISPANIC, *OTHER)


@dataclass(frozen=True)
class Panel:
    """A finished run that was recorded by calendar month.

    Attributes:
        model: the run.
    """

    model: CooperationModel

    @cached_property
    def months(self) -> NDArray[np.datetime64]:
        """First day of every month, shape (months,)."""
        return self.model.starts().astype("datetime64[M]")

    @cached_property
    def codes(self) -> NDArray[np.str_]:
        """FIPS codes, shape (counties,)."""
        return np.array(self.model.counties)

    @cached_property
    def state(self) -> NDArray[np.str_]:
        """Postal code of the state of every county."""
        return np.array(self.model.states).take(self.model.world.counties["state"])

    @cached_property
    def active_from(self) -> NDArray[np.int64]:
        """Month of the run in which the programme first operates in every county, `NEVER` if it does not."""
        changes = self.model.timeline.changes
        on = changes[changes["policy"]["active"] > 0]
        day = np.full(len(self.codes), NEVER)
        np.minimum.at(day, on["county"], on["day"])
        dates = np.datetime64(self.model.setup.start) + np.minimum(day, self.model.days)
        month = (dates.astype("datetime64[M]") - self.months[0]).astype(np.int64)
        return np.where(day < self.model.days, month, NEVER)

    @cached_property
    def _counts(self) -> dict[Measure, NDArray[np.float64]]:
        return {}

    def flow(self, measure: Measure) -> NDArray[np.float64]:
        """Return a measure by month, county and group."""
        if measure not in self._counts:
            self._counts[measure] = np.array([month[..., measure] for month in self.model.flows()])
        return self._counts[measure]

    def stock(self, which: Stock) -> NDArray[np.float64]:
        """Return a sum over residents at the end of every month, by month, county and group."""
        return np.array([month[..., which] for month in self.model.stocks()])

    @cached_property
    def residents(self) -> NDArray[np.float64]:
        """Residents in the community by month, county and group."""
        return self.stock(Stock.RESIDENTS)

    @cached_property
    def asked(self) -> NDArray[np.float64]:
        """Residents of 12 years and over in the community, whom a victim survey asks, by month, county and group."""
        return self.stock(Stock.AGED_12)

    @property
    def scale(self) -> float:
        """People per agent."""
        return float(self.model.setup.scale)

    def between(self, start: dt.date, until: dt.date) -> NDArray[np.bool_]:
        """Return which months begin on ``start`` or after, and before ``until``."""
        return (self.months >= np.datetime64(start, "M")) & (self.months < np.datetime64(until, "M"))

    def total(
        self,
        measures: Sequence[Measure],
        start: dt.date,
        until: dt.date,
        where: Any = slice(None),
        groups: Sequence[int] = EVERYBODY,
    ) -> float:
        """Return the sum of measures over months, counties and groups, in persons."""
        months, chosen = self.between(start, until), list(groups)
        counts = (self.flow(measure)[months][:, where][..., chosen].sum() for measure in measures)
        return float(sum(counts)) * self.scale


def over(above: float, below: float) -> float:
    """Return a ratio; NaN if nothing is below."""
    return above / below if below > 0 else float("nan")


def quarters(monthly: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sums over calendar quarters of an array whose first axis is months; the first month begins a quarter."""
    whole = len(monthly) // 3 * 3
    return np.add.reduceat(monthly[:whole], np.arange(0, whole, 3), axis=0)


def years(monthly: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sums over years of twelve months of an array whose first axis is months."""
    whole = len(monthly) // 12 * 12
    return np.add.reduceat(monthly[:whole], np.arange(0, whole, 12), axis=0)
