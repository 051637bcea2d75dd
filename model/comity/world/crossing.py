"""Offenders who cross county lines: from which county those who offend in a place come.

Journeys to crime are short (`world/data/journeys.csv`), so those that cross a line begin and end near it. Of journeys of mean
length d in all directions, begun as often everywhere, that end in a county of area A, the share L d / (pi A) began behind its
border of length L (as needles cross lines: Buffon 1777). It goes to 1 in a county that is smaller than a journey, as 1 - exp(-x).
Where more people live on the other side, more journeys begin there: both sides are weighted by residents of the offender's
ethnicity per area. So a small county beside a big one is crossed into more than a huge one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.parameters import INCIDENTS
from comity.world import places

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from comity.parameters import Parameters
    from comity.world.state import Vector

KM_PER_MILE: Final = 1.609344


def shares(
    counties: pd.DataFrame, number: NDArray[np.int32], neighbours: NDArray[np.int32], p: Parameters
) -> Vector:
    """Return an array (of neighbours, is Hispanic, types): incidents whose offender lives in a neighbour.

    Args:
        counties: rows of the county table of 2010.
        number: neighbours of each county.
        neighbours: rows of these, county by county.
        p: the parameters; with `journeys` at 0, the share `across_counties` comes from all neighbours alike.
    """
    here = np.repeat(np.arange(len(counties)), number)
    if p.journeys == 0.0:
        alike = p.across_counties / number[here][:, None, None]
        return np.asarray(alike + np.zeros((len(here), 2, len(INCIDENTS))))
    begun = _begun_behind(counties, here, neighbours)
    every = np.bincount(here, begun, len(counties))
    stays = np.exp(-np.outer(_journeys(p), every))[:, here]
    there = begun / every[here] * (1.0 - stays)
    found = np.zeros((len(here), 2, len(INCIDENTS)))
    for hispanic, density in enumerate(_densities(counties)):
        from_there = there * density[neighbours]
        home = stays * density[here]
        for kind, weight in enumerate(from_there):
            total = np.bincount(here, weight, len(counties))[here] + home[kind]
            found[:, hispanic, kind] = weight / np.maximum(total, 1e-300)
    return found


def met(shares: Vector, p: Parameters) -> Vector:
    """Return an array (of neighbours, is Hispanic): incidents against an ethnicity, of all types, whose offender lives there.

    Args:
        shares: by the ethnicity of the offender, as above.
        p: the parameters.
    """
    found = np.zeros(shares.shape[:2])
    for hispanic, own in enumerate((p.hispanic_on_other, p.hispanic_on_hispanic)):
        for kind, part in enumerate(p.incident_mix):
            found[:, hispanic] += part * (own * shares[:, 1, kind] + (1.0 - own) * shares[:, 0, kind])
    return found


def _journeys(p: Parameters) -> Vector:
    """Return the mean length in km of journeys to crime, by type."""
    miles = [float(row["miles"]) for row in places.rows("journeys.csv")]
    assert len(miles) == len(INCIDENTS)  # noqa: S101 - the table is in their order, which a test holds
    return p.journeys * KM_PER_MILE * np.array(miles)


def _begun_behind(counties: pd.DataFrame, here: NDArray[np.int64], neighbours: NDArray[np.int32]) -> Vector:
    """Return which share of journeys to a county began behind its border with a neighbour, for each km that they are long."""
    fips, area = counties.index.to_numpy(), _area(counties)
    km = [places.borders()[pair] for pair in zip(fips[here], fips[neighbours], strict=True)]
    return np.asarray(np.array(km) / (np.pi * area[here]))


def _area(counties: pd.DataFrame) -> Vector:
    """Return land in square km."""
    return np.asarray(counties["land_sqmi"].to_numpy(float) * KM_PER_MILE**2)


def _densities(counties: pd.DataFrame) -> tuple[Vector, Vector]:
    """Return residents per square km of 2010: others, and Hispanic."""
    area, hispanics = _area(counties), counties["hispanic"].to_numpy(float)
    return (counties["population"].to_numpy(float) - hispanics) / area, hispanics / area
