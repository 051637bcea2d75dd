"""Seasons and trend of crime: how much of each type there is on a day, relative to the rates of the registry.

The rates are those of 2008, the year in which the programme began. Recorded crime by year gives the trend, a wave over the year
the seasons; both are data (`world/data/SOURCES.md`), and parameters say how far incidents follow them. At 0 all days are alike,
exactly.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.parameters import INCIDENTS
from comity.world import places

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from comity.parameters import Parameters

BASE: Final = 2008
"""Year of the rates of the registry."""

YEAR: Final = 365.25


@cache
def _recorded() -> dict[str, NDArray[np.float64]]:
    """Return recorded crime by year: the middle of the year, counted in years, and offences per resident, relative to `BASE`."""
    rows = places.rows("recorded_crime.csv")
    table = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    base = int(np.flatnonzero(table["year"] == BASE)[0])
    rates = {name: table[name] / table["population"] for name in table if name not in {"year", "population"}}
    return {"middle": table["year"] + 0.5} | {name: rate / rate[base] for name, rate in rates.items()}


def _wave(season: dict[str, str], dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return the departure from the mean of the year, as a share, on each of these days."""
    days = (dates - np.datetime64(season["peak"])).astype(float)
    return np.asarray(float(season["amplitude"]) * np.cos(2.0 * np.pi * days / YEAR))


def relative(start: dt.date, days: int, p: Parameters) -> NDArray[np.float64]:
    """Return an array (days, types) of how much crime there is, relative to `BASE`."""
    dates = np.datetime64(start) + np.arange(days)
    years = 1970.0 + dates.astype("datetime64[D]").astype(float) / YEAR
    recorded, columns = _recorded(), []
    for season in places.rows("crime_seasons.csv"):
        trend = np.interp(years, recorded["middle"], recorded[season["recorded_as"]]) ** p.crime_trend
        columns.append(trend * (1.0 + p.crime_seasons * _wave(season, dates)))
    assert len(columns) == len(INCIDENTS)  # noqa: S101 - the table is in their order, which a test holds
    return np.stack(columns, axis=1)


def enter(calendar: Any, start: dt.date, p: Parameters) -> None:
    """Enter into a table of days how much crime there is, of which types, and how much of it is expected to be reported."""
    by_type = relative(start, len(calendar), p) * np.array(p.incident_mix)
    usual = np.ones_like(by_type) * np.array(p.incident_mix)
    crime = by_type.sum(axis=1) / usual.sum(axis=1)  # added up alike, so that no difference is exactly none
    mix, reported = by_type / crime[:, None], np.array(p.reported)
    calendar["crime"], calendar["mix"] = crime, mix
    calendar["readiness"] = (mix * reported).sum(axis=1) / (usual * reported).sum(axis=1)
