"""The pipeline from prints to removals beside administrative counts: funnel, detainers, and what local policies changed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.observe.measures import Measure, Stage
from comity.parameters import LEVELS
from comity.published.panel import EVERYBODY, HISPANIC, over
from comity.published.registry import estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.published.panel import Panel

WINDOW: Final = (dt.date(2008, 10, 1), dt.date(2011, 4, 1))
"""The published window, 27 October 2008 to 31 March 2011."""

CUSTODY: Final = (Measure.TRANSFERS, Measure.AT_LARGE_ARRESTS)

LATE: Final = {
    "2008": (dt.date(2008, 10, 1), dt.date(2009, 1, 1)),
    "2010": (dt.date(2010, 10, 1), dt.date(2011, 1, 1)),
    "2012": (dt.date(2012, 10, 1), dt.date(2013, 1, 1)),
    "2015": (dt.date(2015, 10, 1), dt.date(2015, 12, 1)),
}
"""Months for which the share of detainers followed by custody was published."""

NEW_YORK_CITY: Final = ("36005", "36047", "36061", "36081", "36085")
COOK: Final = "17031"
COOK_BEFORE: Final = (dt.date(2010, 1, 1), dt.date(2011, 1, 1))
COOK_AFTER: Final = (dt.date(2011, 10, 1), dt.date(2012, 10, 1))
TRUST_COUNTIES: Final = 15
"""Counties of California with the most detainers. The published change is a mean over fifteen; here it is that of
their sum, since a county of few agents has too few holds in a quarter for a change of its own."""

TRUST_NAMED: Final = {"san_diego": "06073", "los_angeles": "06037", "san_francisco": "06075"}
ENOUGH: Final = {
    "trust_act_holds": 16,
    "trust_act_holds_san_diego": 11,
    "trust_act_holds_los_angeles": 26,
    "trust_act_holds_san_francisco": 6,
    "nyc_honoured": 11,
    "cook_transfers": 101,
}
"""Agents a month that must be below a ratio of few places. One agent more or fewer a month, above and below, then moves it
by less than what is published around it: with the share r and the distance d to the end of the interval, 1 + (1 + r) / d."""

TRUST_BEFORE: Final = (dt.date(2013, 7, 1), dt.date(2014, 1, 1))
TRUST_AFTER: Final = (dt.date(2014, 1, 1), dt.date(2014, 4, 1))
"""Months on both sides of 1 January 2014; in April a court ruling changed holds everywhere."""


def _ratio(
    panel: Panel,
    above: Sequence[Measure],
    below: Sequence[Measure],
    window: tuple[dt.date, dt.date],
    where: Any = slice(None),
    groups: Sequence[int] = EVERYBODY,
) -> float:
    """Return a sum of measures over another; NaN if nothing is below."""
    return over(panel.total(above, *window, where, groups), panel.total(below, *window, where))


def per_month(
    panel: Panel, measures: Sequence[Measure], window: tuple[dt.date, dt.date], where: Any
) -> float:
    """Return agents of some counties in a month, on average."""
    return panel.total(measures, *window, where) / panel.scale / float(panel.between(*window).sum())


def enough(name: str, above: float, below: float) -> float:
    """Return a ratio of agents a month in per cent; NaN where there are too few for the finding (`ENOUGH`)."""
    return 100.0 * above / below if below >= ENOUGH[name] else float("nan")


@estimate(
    *("funnel_arrests_per_print", "funnel_removed_per_print", "funnel_convicted", "funnel_latino"),
    *("funnel_arrests_california", "funnel_removed_california"),
    *("removals_no_conviction_2012", "detainers_no_conviction"),
)
def funnel(panel: Panel) -> dict[str, float]:
    """Return rates along the funnel from October 2008 to March 2011, in per cent, and California's over the rest's."""
    prints, arrests, removals = (
        (m,) for m in (Measure.SUBMISSIONS, Measure.MATCH_ARRESTS, Measure.MATCH_REMOVALS)
    )
    west = panel.state == "CA"
    return {
        "funnel_arrests_per_print": 100.0 * _ratio(panel, arrests, prints, WINDOW),
        "funnel_removed_per_print": 100.0 * _ratio(panel, removals, prints, WINDOW),
        "funnel_convicted": 100.0 * _ratio(panel, (Measure.CONVICTED_REMOVALS,), removals, WINDOW),
        "funnel_latino": 100.0 * _ratio(panel, arrests, arrests, WINDOW, groups=HISPANIC),
        "funnel_arrests_california": over(
            *(_ratio(panel, arrests, prints, WINDOW, w) for w in (west, ~west))
        ),
        "funnel_removed_california": over(
            *(_ratio(panel, removals, prints, WINDOW, w) for w in (west, ~west))
        ),
        "removals_no_conviction_2012": 100.0
        - 100.0
        * _ratio(panel, (Measure.CONVICTED_REMOVALS,), removals, (dt.date(2011, 12, 1), dt.date(2013, 2, 1))),
        "detainers_no_conviction": _never_convicted(panel),
    }


def _never_convicted(panel: Panel) -> float:
    """Return the share of detainers on people without a conviction, October 2011 to January 2013, in per cent."""
    months = panel.between(dt.date(2011, 10, 1), dt.date(2013, 2, 1))
    booked = panel.model.world.funnel[: len(months)][months]  # month, state, level, group, stage
    by_level = booked[..., Stage.DETAINER].sum(axis=(0, 1, 3))
    return 100.0 * float(by_level[LEVELS.index("C0")] / max(by_level.sum(), 1))


@estimate(
    *(f"custody_per_detainer_{year}" for year in LATE),
    *(f"detainers_fy{year}" for year in range(2012, 2016)),
    "detainers_fall",
)
def detainers(panel: Panel) -> dict[str, float]:
    """Return the share of detainers followed by custody, in per cent, and detainers by fiscal year."""
    found = {
        f"custody_per_detainer_{year}": 100.0 * _ratio(panel, CUSTODY, (Measure.DETAINERS,), window)
        for year, window in LATE.items()
    }
    issued = {
        year: panel.total((Measure.DETAINERS,), dt.date(year - 1, 10, 1), dt.date(year, 10, 1))
        for year in range(2012, 2016)
    }
    found |= {f"detainers_fy{year}": number for year, number in issued.items()}
    return found | {"detainers_fall": 100.0 * (over(issued[2015], issued[2012]) - 1.0)}


@estimate(
    *("trust_act_holds", *(f"trust_act_holds_{name}" for name in TRUST_NAMED)),
    *("nyc_honoured", "cook_transfers"),
    sparse=ENOUGH,
)
def local_policies(panel: Panel) -> dict[str, float]:
    """Return what jails did with detainers under California's TRUST Act, in New York City and in Cook County, in per cent."""
    issued = panel.flow(Measure.DETAINERS)[panel.between(*TRUST_BEFORE)].sum(axis=(0, 2))
    issued = np.where(panel.state == "CA", issued, -1.0)
    largest = np.argsort(issued)[-TRUST_COUNTIES:]
    city = np.isin(panel.codes, NEW_YORK_CITY)
    answered = (Measure.HOLDS, Measure.REFUSALS)
    year = (dt.date(2012, 7, 1), dt.date(2013, 7, 1))
    holds, answers = (per_month(panel, found, year, city) for found in (answered[:1], answered))
    before, after = (
        per_month(panel, CUSTODY[:1], window, panel.codes == COOK) for window in (COOK_BEFORE, COOK_AFTER)
    )
    named = {f"trust_act_holds_{name}": panel.codes == code for name, code in TRUST_NAMED.items()}
    return {
        **{name: _trust_change(name, panel, where) for name, where in named.items()},
        "trust_act_holds": _trust_change("trust_act_holds", panel, largest),
        "nyc_honoured": enough("nyc_honoured", holds, answers),
        "cook_transfers": enough("cook_transfers", after, before),
    }


def _trust_change(name: str, panel: Panel, where: Any) -> float:
    """Return the change of holds per month, in per cent."""
    before, after = (
        per_month(panel, (Measure.HOLDS,), window, where) for window in (TRUST_BEFORE, TRUST_AFTER)
    )
    return enough(name, after, before) - 100.0
