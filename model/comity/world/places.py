"""Places: states and counties of the United States in 2010, their people, neighbours, holidays and activation dates.

Everything here is read from small embedded tables, whose sources are noted in ``data/SOURCES.md``.
Noncitizens, unauthorized residents and nearly all activation dates are imputed (by ``tools/impute.py``),
since no county table of them may be shipped.

A place is named as people name it: ``"San Francisco, CA"``, ``"06075"``, ``"California"``, ``"US"`` or a list
of such names. `resolve` turns a name into county codes, and `select` into rows of the county table.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np

from comity.world import names
from comity.world.names import UnknownPlaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable

    import pandas as pd
    from numpy.typing import NDArray

UNAUTHORIZED_CEILING: Final = 0.95
"""Largest share of a county's noncitizens that may be unauthorized."""

FIPS_2017_TO_2010: Final = {"02158": "02270", "46102": "46113"}
"""Counties renamed in 2015, new code to old: Kusilvak (Wade Hampton) and Oglala Lakota (Shannon)."""

BEDFORD: Final = ("51515", "51019")
"""Bedford city, Virginia, and the county that surrounds it. The 2017 shapes have the two as one."""

BEDFORD_KM: Final = "15.0"
"""Border of the two: that of a circle with the area of the city."""

__all__ = [
    "UnknownPlaceError", "adjacency",         "area",              "borders",           "counties",
    "federal_holidays",  "gazetteer",         "offices",           "residents",         "resolve",
    "select",            "spelt",             "states",
]  # fmt: skip

PlaceLike: TypeAlias = "str | int | Iterable[PlaceLike]"
"""What names a place: a name, a code, or several of these."""


def counties() -> pd.DataFrame:
    """Return the county table of 2010: 3,143 rows indexed by five-digit FIPS code.

    Columns:
        county, state, state_fips: Name, USPS abbreviation and two-digit code of the state.
        population, hispanic: Residents (2010 Census).
        hispanic_share, white_share, black_share, api_share, native_share: Shares of residents, 0 to 1. All
            but the first are of people who are not Hispanic.
        tracts: Number of census tracts.
        dissimilarity: Hispanic-white dissimilarity over the county's tracts, 0 to 1.
        isolation: Hispanic share of the tract of the average Hispanic resident, 0 to 1. Both are missing in
            the one county without Hispanic residents.
        land_sqmi: Land area, square miles.
        lat, lon: Centroid, degrees.
        noncitizen, unauthorized: Residents (imputed).
        activation: Day on which Secure Communities began.
        activation_basis: ``"published"`` or ``"modelled"``.
        office: ICE office whose area of responsibility it lies in (modelled within Texas).

    Returns:
        A copy: the caller may change it.
    """
    return _counties().copy()


@cache
def _counties() -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415 - slow to import

    with _table("counties_2010.csv").open(encoding="utf-8") as stream:
        frame = pd.read_csv(stream, dtype={"fips": str, "state_fips": str}, index_col="fips")
    # The unit is fixed here, because pandas 2 and 3 choose different ones.
    frame["activation"] = frame["activation"].to_numpy(str).astype("datetime64[s]")
    return frame


class _County(NamedTuple):
    name: str
    state: str
    residents: int


@cache
def _known() -> dict[str, _County]:
    """Return what a scenario is checked against, by code, much sooner than the whole table."""
    return {
        row["fips"]: _County(row["county"], row["state"], int(row["population"]))
        for row in rows("counties_2010.csv")
    }


@cache
def states() -> pd.DataFrame:
    """Return the states and the District of Columbia, indexed by USPS abbreviation.

    Columns are those of ``states.csv``, all as text, with the source of each field beside it; read-only.
    """
    import pandas as pd  # noqa: PLC0415 - slow to import

    with _table("states.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream, dtype=str).set_index("state")


@cache
def offices() -> tuple[str, ...]:
    """Return the 24 offices of ICE's Enforcement and Removal Operations, in alphabetical order."""
    return tuple(sorted(_counties()["office"].unique()))


@cache
def federal_holidays() -> NDArray[np.datetime64]:
    """Return the days from 2005 to 2021 on which federal offices are closed beside weekends."""
    return np.array([row["date"] for row in rows("federal_holidays.csv")], "datetime64[D]")


@cache
def adjacency() -> dict[str, tuple[str, ...]]:
    """Return each county's neighbours: FIPS codes of counties that share a stretch of border.

    Derived from shapes of 2017 and given in the codes of 2010. Island counties have no neighbours.
    """
    neighbours: dict[str, set[str]] = {fips: set() for fips in _known()}
    for a, b in borders():
        neighbours[a].add(b)
    return {fips: tuple(sorted(others)) for fips, others in neighbours.items()}


@cache
def borders() -> dict[tuple[str, str], float]:
    """Return the length in km of the border between each county and a neighbour, in both directions, in codes of 2010."""
    return {(FIPS_2017_TO_2010.get(a, a), FIPS_2017_TO_2010.get(b, b)): float(km) for a, b, km in _borders()}


def _borders() -> Iterator[tuple[str, str, str]]:
    yield *BEDFORD, BEDFORD_KM
    yield *BEDFORD[::-1], BEDFORD_KM
    with _table("county_adjacency.csv").open(encoding="utf-8") as stream:
        _header, *rows = csv.reader(stream)
    yield from ((a, b, km) for a, b, km in rows)


def select(place: PlaceLike) -> pd.DataFrame:
    """Return the rows of `counties` that make up a place.

    Raises:
        UnknownPlaceError: If the place is unknown or ambiguous.
    """
    return _counties().loc[resolve(place)].copy()


def residents(place: PlaceLike) -> int:
    """Return how many people lived in a place in 2010.

    Raises:
        UnknownPlaceError: If the place is unknown or ambiguous.
    """
    return sum(_known()[fips].residents for fips in resolve(place))


def resolve(place: PlaceLike) -> list[str]:
    """Return the FIPS codes of the counties that make up a place, in ascending order and without repeats.

    Upper and lower case, accents, full stops, apostrophes and hyphens make no difference, nor whether it is *St.* or
    *Saint*, *&* or *and*, *Cook County*, *County of Cook* or *Cook*. Names and codes of other years stand for what they
    were in 2010, see `comity.world.names`; a place that was a part of a county of 2010 stands for that county.

    Args:
        place: A county (``"San Francisco County, CA"``, ``"San Francisco, CA"``, ``"06075"``, ``6075`` or
            ``"0500000US06075"``), a state (``"CA"``, ``"California"``, ``"state:CA"``), the country (``"US"``), or
            several of these. A county may be named without its state if only one has the name; where a state has the name too
            (``"Washington"``), the state is meant.

    Raises:
        UnknownPlaceError: If the place is unknown or ambiguous; the message says what could be meant.
    """
    if isinstance(text := spelt(place), str):
        return [text] if text in _known() else list(gazetteer().resolve(text))
    if isinstance(place, bool):
        raise UnknownPlaceError(f"unknown place {place!r}")
    try:
        parts = list(place)  # type: ignore[arg-type]
    except TypeError:
        raise UnknownPlaceError(f"a place is a name, a code or a list of these, not {place!r}") from None
    if not parts:
        raise UnknownPlaceError("the list of places is empty")
    return sorted({fips for part in parts for fips in resolve(part)})


def area(place: PlaceLike) -> tuple[str, ...]:
    """Return a place in the form in which policies keep it, however it was named.

    Returns:
        ``("US",)`` for the country, the abbreviation of a state for one, and codes of counties for anything else.

    Raises:
        UnknownPlaceError: If the place is unknown or ambiguous.
    """
    found = resolve(place)
    state = _counties()["state"]
    whole = state.loc[found].unique()
    if len(found) > 1 and state.isin(whole).sum() == len(found):
        return ("US",) if len(found) == len(state) else tuple(map(str, whole))
    return tuple(found)


def spelt(place: object) -> object:
    """Return the code of a county or state that is there as a number, and anything else as it is."""
    whole = isinstance(place, float) and place.is_integer()
    if whole or (isinstance(place, int | np.integer) and not isinstance(place, bool)):
        number = int(place)  # type: ignore[call-overload]
        return f"{number:02d}" if number < 100 else f"{number:05d}"
    return place


@cache
def gazetteer() -> names.Gazetteer:
    """Return what knows the names and codes of all places."""
    full = {row["state"]: row["name"] for row in rows("states.csv")}
    return names.Gazetteer({fips: (county.name, county.state) for fips, county in _known().items()}, full)


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table that comes with the package, as text, by column."""
    with _table(name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _table(name: str) -> Traversable:
    return files("comity.world").joinpath("data", name)
