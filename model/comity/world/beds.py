"""Beds of ICE over the years, relative to the capacity that the registry gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.world import places

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from comity.parameters import Parameters

RATED: Final = 34_000.0
"""Beds that `ice_beds` stands for."""


def relative(start: dt.date, days: int, p: Parameters) -> NDArray[np.float64]:
    """Return the share of ICE's rated beds that it can fill on each day: those of the fiscal year, from October on."""
    rows = places.rows("ice_beds.csv")
    months = (np.datetime64(start) + np.arange(days)).astype("datetime64[M]").astype(int)
    fiscal_year = 1970 + (months + 3) // 12
    known = [float(row["fiscal_year"]) for row in rows]
    beds = np.interp(fiscal_year, known, [float(row["beds"]) for row in rows])
    return np.asarray(1.0 - p.beds_course * (1.0 - np.minimum(beds / RATED, 1.0)))
