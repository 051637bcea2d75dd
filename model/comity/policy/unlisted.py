"""What jails do that no policy lists: which of them ICE screens by itself, and detainers that are declined without a rule.

Both are by county or state, and off by default: ICE then screens the same share of bookings everywhere, and jails without a rule
honour every detainer.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.world import places

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from comity.parameters import Parameters


class Refusal(NamedTuple):
    """A share of detainers that jails of a state decline between two days; a later row takes the place of an earlier one."""

    state: str
    start: date
    until: date
    share: float


@cache
def refusals() -> tuple[Refusal, ...]:
    """Return the rows of `refusals.csv`."""
    return tuple(
        Refusal(
            row["state"],
            date.fromisoformat(row["start"]),
            date.fromisoformat(row["until"]),
            float(row["share"]),
        )
        for row in places.rows("refusals.csv")
    )


@cache
def _threshold(share: float) -> float:
    """Return how many noncitizens live in the smallest county among this share of all that has most of them."""
    return float(np.quantile(places.counties()["noncitizen"].to_numpy(float), 1.0 - share))


def interviewed(counties: pd.DataFrame, p: Parameters) -> NDArray[np.float64]:
    """Return the share of bookings that ICE screens in person where no policy says otherwise, by county.

    ICE covers the jails of the counties with most noncitizens, as many as it did, if `screened` says how much of their bookings.
    """
    if p.screened == 0.0:
        return np.full(len(counties), p.interviewed)
    return np.where(counties["noncitizen"].to_numpy(float) >= _threshold(p.interviewed), p.screened, 0.0)
