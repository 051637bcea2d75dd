"""Beds and officers of ICE over the years and by office, relative to the capacity that the registry gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.world import places

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from comity.parameters import Parameters

RATED: Final = 34_000.0
"""Beds that `ice_beds` stands for."""


BORDER: Final = ("El Paso", "Phoenix", "San Antonio", "San Diego")
"""Offices on the border with Mexico."""


def beds(start: dt.date, days: int, p: Parameters) -> NDArray[np.float64]:
    """Return the share of ICE's rated beds that it can fill on each day: those of the fiscal year, from October on."""
    rows = places.rows("ice_beds.csv")
    months = (np.datetime64(start) + np.arange(days)).astype("datetime64[M]").astype(int)
    fiscal_year = 1970 + (months + 3) // 12
    known = [float(row["fiscal_year"]) for row in rows]
    beds = np.interp(fiscal_year, known, [float(row["beds"]) for row in rows])
    return np.asarray(1.0 - p.beds_course * (1.0 - np.minimum(beds / RATED, 1.0)))


def officers(start: dt.date, days: int, p: Parameters) -> NDArray[np.float64]:
    """Return what officers can do on each day, relative to fiscal year 2009, on lines between the middles of such years."""
    rows = places.rows("ice_officers.csv")
    years = 1970.0 + (np.datetime64(start) + np.arange(days)).astype("datetime64[D]").astype(float) / 365.25
    middles = [float(row["fiscal_year"]) + 0.25 for row in rows]  # the end of March
    known = np.array([float(row["charging_documents"]) for row in rows])
    return np.asarray(1.0 - p.officers_course * (1.0 - np.interp(years, middles, known / known[-1])))


def officers_of(offices: Sequence[str], p: Parameters) -> NDArray[np.float64]:
    """Return officers for each unauthorized resident in the area of each office, relative to the nation."""
    residents = places.counties().groupby("office")["unauthorized"].sum()
    weight = 1.0 + (p.officers_border - 1.0) * residents.index.isin(BORDER)
    relative = weight / ((weight * residents).sum() / residents.sum())
    by_office = dict(zip(residents.index, relative, strict=True))
    return np.array([by_office[name] for name in offices], float)
