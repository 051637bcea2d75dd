"""Places: states and counties of the United States in 2010, their people, neighbours and activation dates.

Everything here is read from small embedded tables, whose sources are noted in ``data/SOURCES.md``.
Noncitizens, unauthorized residents and nearly all activation dates are imputed (see `comity.world.impute`),
since no county table of them may be shipped.

A place is named as people name it: ``"San Francisco, CA"``, ``"06075"``, ``"California"``, ``"US"`` or a list
of such names. `resolve` turns a name into county codes, and `select` into rows of the county table.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable

FIPS_2017_TO_2010: Final = {"02158": "02270", "46102": "46113"}
"""Counties renamed in 2015, new code to old: Kusilvak (Wade Hampton) and Oglala Lakota (Shannon)."""

NATION: Final = ("us", "usa", "united states", "united states of america")
"""Names of the whole country, as `tidy` leaves them."""

BEDFORD: Final = ("51515", "51019")
"""Bedford city, Virginia, and the county that surrounds it. The 2017 shapes have the two as one."""

PlaceLike: TypeAlias = "str | int | Iterable[PlaceLike]"
"""What names a place: a name, a code, or several of these."""

_SUFFIX: Final = re.compile(r" (County|Parish|Borough|Census Area|City and Borough|Municipality|city)$")
_SUGGESTIONS: Final = 3
_CANDIDATES: Final = 10


class UnknownPlaceError(ValueError):
    """No place has this name, or more than one does."""


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
    with _table("counties_2010.csv").open(encoding="utf-8") as stream:
        frame = pd.read_csv(stream, dtype={"fips": str, "state_fips": str}, index_col="fips")
    # The unit is fixed here, because pandas 2 and 3 choose different ones.
    frame["activation"] = frame["activation"].to_numpy(str).astype("datetime64[s]")
    return frame


@cache
def states() -> pd.DataFrame:
    """Return the states and the District of Columbia, indexed by USPS abbreviation.

    Columns are those of ``states.csv``, all as text, with the source of each field beside it; read-only.
    """
    with _table("states.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream, dtype=str).set_index("state")


@cache
def offices() -> tuple[str, ...]:
    """Return the 24 offices of ICE's Enforcement and Removal Operations, in alphabetical order."""
    return tuple(sorted(_counties()["office"].unique()))


@cache
def adjacency() -> dict[str, tuple[str, ...]]:
    """Return each county's neighbours: FIPS codes of counties that share a stretch of border.

    Derived from shapes of 2017 and given in the codes of 2010. Island counties have no neighbours.
    """
    neighbours: dict[str, set[str]] = {fips: set() for fips in _counties().index}
    for a, b in _borders():
        neighbours[FIPS_2017_TO_2010.get(a, a)].add(FIPS_2017_TO_2010.get(b, b))
    return {fips: tuple(sorted(others)) for fips, others in neighbours.items()}


def _borders() -> Iterator[tuple[str, str]]:
    yield BEDFORD
    yield BEDFORD[::-1]
    with _table("county_adjacency.csv").open(encoding="utf-8") as stream:
        _header, *rows = csv.reader(stream)
    yield from ((a, b) for a, b in rows)


def select(place: PlaceLike) -> pd.DataFrame:
    """Return the rows of `counties` that make up a place.

    Raises:
        UnknownPlaceError: If the place is unknown or ambiguous.
    """
    return _counties().loc[resolve(place)].copy()


def resolve(place: PlaceLike) -> list[str]:
    """Return the FIPS codes of the counties that make up a place, in ascending order and without repeats.

    Upper and lower case, accents, full stops, apostrophes and hyphens make no difference.

    Args:
        place: A county (``"San Francisco County, CA"``, ``"San Francisco, CA"``, ``"06075"`` or ``6075``), a
            state (``"CA"``, ``"California"``, ``"state:CA"``), the country (``"US"``), or several of these. A
            county may be named without its state if only one has the name; where a state has the name too
            (``"Washington"``), the state is meant.

    Raises:
        UnknownPlaceError: If the place is unknown or ambiguous; the message says what could be meant.
    """
    if isinstance(place, str | int | np.integer):
        return sorted(_resolve_one(place))
    try:
        parts = list(place)
    except TypeError:
        raise UnknownPlaceError(f"a place is a name, a code or a list of these, not {place!r}") from None
    if not parts:
        raise UnknownPlaceError("the list of places is empty")
    return sorted({fips for part in parts for fips in resolve(part)})


def _resolve_one(place: str | int) -> tuple[str, ...]:
    key = tidy(str(place))
    if isinstance(place, bool) or not (matches := _names().get(key)):
        raise UnknownPlaceError(f"unknown place {place!r}{_suggest(key)}")
    if len(matches) > 1:
        labels = [_label(fips) for (fips,) in sorted(matches)]
        more = f" and {len(labels) - _CANDIDATES} more" if len(labels) > _CANDIDATES else ""
        raise UnknownPlaceError(f"ambiguous place {place!r}: {'; '.join(labels[:_CANDIDATES])}{more}")
    return next(iter(matches))


@lru_cache(maxsize=8192)
def tidy(name: str) -> str:
    """Reduce a name or code to the form in which names are compared."""
    spaced = re.sub(r"[-_\u2010-\u2015\s]+", " ", unicodedata.normalize("NFKD", name)).strip()
    words = re.sub(r"[.'`]", "", spaced.encode("ascii", "ignore").decode()).casefold()
    words = re.sub(r"\bsaint\b", "st", re.sub(r"\s*([,:])\s*", r"\1 ", words))
    return words.zfill(5) if re.fullmatch(r"\d{4,5}", words) else words


@cache
def _names() -> dict[str, set[tuple[str, ...]]]:
    """Every name of every place, tidy, with the places it may mean, each as its counties' codes."""
    names: dict[str, set[tuple[str, ...]]] = {}
    full = {str(state): str(name) for state, name in states()["name"].items()}
    members: dict[str, list[str]] = {state: [] for state in full}
    for fips, county, state in _labels():
        members[state].append(fips)
        for name in _county_names(fips, county, state, full[state]):
            names.setdefault(name, set()).add((fips,))
    for state, inside in members.items():
        for name in (state, full[state]):
            names[tidy(name)] = names[tidy(f"state:{name}")] = {tuple(inside)}
    nation = tuple(_counties().index)
    return names | {name: {nation} for name in NATION}


def _labels() -> Iterator[tuple[str, str, str]]:
    frame = _counties()
    return zip(*(frame.reset_index()[c].tolist() for c in ("fips", "county", "state")), strict=True)


def _county_names(fips: str, county: str, *state_names: str) -> Iterator[str]:
    """Yield a county's code and tidy names: with and without 'County', and with and without the state."""
    yield fips
    for name in {tidy(county), tidy(_SUFFIX.sub("", county))}:
        yield from (name, *(f"{name}, {tidy(state)}" for state in state_names))


def _label(fips: str) -> str:
    county, state = _counties().loc[fips, ["county", "state"]]
    return f"{county}, {state}"


def _suggest(key: str) -> str:
    """Say which names come closest to a tidy name that no place has."""
    shown = _display_names()
    close = difflib.get_close_matches(key[:80], shown, n=2 * _SUGGESTIONS)
    labels = list(dict.fromkeys(repr(shown[name]) for name in close))[:_SUGGESTIONS]
    return f"; did you mean {' or '.join(labels)}?" if labels else ""


@cache
def _display_names() -> dict[str, str]:
    """Map tidy names to names fit to show: codes, states, the country, and counties with their state."""
    shown = {tidy(name): name for name in (*_counties().index, *states().index, *states()["name"], "US")}
    for _, county, state in _labels():
        for name in (county, _SUFFIX.sub("", county)):
            shown[f"{tidy(name)}, {tidy(state)}"] = f"{county}, {state}"
    return shown


def _table(name: str) -> Traversable:
    return files("comity.world").joinpath("data", name)
