"""Population over time: how many residents of each ethnicity and status a state is to have on a day, and homes for them.

The counties' tables are of April 2010. From there numbers follow published series (`world/data/SOURCES.md`): of the states, all
residents by year; of the nation, Hispanics by birthplace and immigrants by status. Each group of a state is taken to grow as it
does in the nation, times what the state grows more than the nation; residents who are neither Hispanic nor immigrants are
the rest.

A cell is an ethnicity and a status, as `comity.agents.residents.cell_of` numbers them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from comity.agents.migration import EARTH, NEAR
from comity.agents.residents import Status, Whereabouts, cell_of, draw_of
from comity.draws import Stream
from comity.kernels import kernel
from comity.world import places
from comity.world.state import KNOT, Vector, World

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from comity.parameters import Parameters
    from comity.world.people import Shares
    from comity.world.state import Table

CENSUS: Final = 2010.25
"""When the counties' residents were counted, in years."""

TREND_YEARS: Final = 4
"""Beyond its last year a series goes on as over this many years before."""

STATUSES: Final = len(Status)
CELLS: Final = 2 * STATUSES
REST: Final = int(Status.US_BORN)
"""Cell of residents who are neither Hispanic nor immigrants."""


class Housing(NamedTuple):
    """What a world is built from where homes are let.

    Attributes:
        counties: the county table, with as many residents and Hispanic ones as there are homes for.
        shares: (counties, 2, 3): of the homes of others and of Hispanics, those of the unauthorized, lawful and naturalised.
        quota: (knots, states, cells) residents, or no row if people only move.
    """

    counties: pd.DataFrame
    shares: Vector
    quota: Vector


def lets(p: Parameters) -> bool:
    """Return whether a home that somebody leaves is taken by somebody else."""
    return p.population > 0 or p.moves_arrive > 0.0


def _series(years: Vector, known: dict[float, float]) -> Vector:
    """Return a series at the middle of years where it is known, straight lines between and beyond."""
    at, value = np.array(list(known)) + 0.5, np.array(list(known.values()))
    early, late = np.interp(at[0] + TREND_YEARS, at, value), np.interp(at[-1] - TREND_YEARS, at, value)
    found = np.interp(years, at, value)
    found += np.minimum(years - at[0], 0.0) * (early - value[0]) / TREND_YEARS
    return np.asarray(found + np.maximum(years - at[-1], 0.0) * (value[-1] - late) / TREND_YEARS)


def _nation(years: Vector, unauthorized_hispanic: float) -> Vector:
    """Return an array (years, cells) of the nation's residents relative to the census; that of `REST` is not used."""
    rows = places.rows("population_years.csv")
    both = np.append(years, CENSUS)
    us_born, foreign, unauthorized, lawful = (
        _series(both, {float(row["year"]): float(row[name]) for row in rows if row[name]})
        for name in ("us_born_hispanic", "foreign_born_hispanic", "unauthorized", "lawful")
    )
    hispanic = foreign - unauthorized_hispanic * unauthorized
    by_cell = [us_born, lawful - hispanic, lawful - hispanic, lawful - hispanic, unauthorized]
    by_cell += [us_born, hispanic, hispanic, hispanic, unauthorized]
    table = np.maximum(np.stack(by_cell, axis=1), 0.0)
    return np.asarray(table[:-1] / np.maximum(table[-1], 1e-9))


@cache
def _states() -> dict[str, dict[float, float]]:
    rows = places.rows("population_states.csv")
    return {row["state"]: {float(year): float(row[year]) for year in row if year != "state"} for row in rows}


def _growth(known: dict[float, float], years: Vector) -> Vector:
    """Return residents relative to the census."""
    return np.asarray(_series(years, known) / _series(np.array([CENSUS]), known))


def _people(counties: pd.DataFrame, shares: Vector, p: Parameters) -> Vector:
    """Return an array (counties, cells) of residents in 2010."""
    hispanics = counties["hispanic"].to_numpy(float)
    total = np.stack([counties["population"].to_numpy(float) - hispanics, hispanics], axis=1)
    unauthorized, lawful, naturalised = (total * shares[:, :, k] for k in range(3))
    us_born = np.maximum(total - unauthorized - lawful - naturalised, 0.0)
    visa = p.visa_share * lawful
    by_status = np.stack([us_born, naturalised, lawful - visa, visa, unauthorized], axis=2)
    return by_status.reshape(len(counties), CELLS)


def _by_state(counties: pd.DataFrame, table: Vector) -> Vector:
    first = np.flatnonzero(
        np.append(True, counties["state"].to_numpy()[1:] != counties["state"].to_numpy()[:-1])
    )
    return np.asarray(np.add.reduceat(table, first, axis=0))


def _quota(counties: pd.DataFrame, people: Vector, start: dt.date, days: int, p: Parameters) -> Vector:
    """Return (knots, states, cells): residents of each state whose counties these are, at every `KNOT` from the first day on."""
    knots = np.arange(int(days / KNOT) + 2) * KNOT
    years = 1970.0 + ((np.datetime64(start) - np.datetime64("1970-01-01")).astype(float) + knots) / 365.25
    whole = {
        year: sum(known[year] for known in _states().values()) for year in next(iter(_states().values()))
    }
    nation, index = _growth(whole, years), _nation(years, p.unauthorized_hispanic)
    then, quota = _by_state(counties, people), []
    for state, residents in zip(dict.fromkeys(counties["state"]), then, strict=True):
        growth = _growth(_states()[state], years)
        found = residents * index * (growth / nation)[:, None]
        found[:, REST] = 0.0
        found[:, REST] = np.maximum(growth * residents.sum() - found.sum(axis=1), 0.0)
        quota.append(found)
    return np.stack(quota, axis=1)


def housing(
    counties: pd.DataFrame, of: tuple[Shares, Shares], start: dt.date, days: int, scale: float, p: Parameters
) -> Housing:
    """Return the homes that there must be for all who will live in these counties; those of 2010 where none is let.

    Args:
        counties: rows of the county table.
        of: shares by status of other and of Hispanic residents.
        start: first day.
        days: number of days.
        scale: persons per agent.
        p: the parameters.
    """
    shares = np.stack([np.stack(s, axis=-1) for s in of], axis=1)
    if not lets(p):
        return Housing(counties, shares, np.zeros((0, 1, CELLS)))
    people = _people(counties, shares, p)
    now = _by_state(counties, people)
    quota = _quota(counties, people, start, days, p) if p.population else now[None]
    needed = _homes(quota.max(axis=0) / scale, p.spare_homes) * scale
    most = needed / np.maximum(now, 1e-9)
    names = list(dict.fromkeys(counties["state"]))
    state = np.array([names.index(name) for name in counties["state"]])
    homes = (people * most[state]).reshape(-1, 2, STATUSES)
    both = homes.sum(axis=2)
    housed = counties.assign(population=both.sum(axis=1), hispanic=both[:, 1])
    parts = np.stack([homes[..., 4], homes[..., 2] + homes[..., 3], homes[..., 1]], axis=2)
    return Housing(housed, parts / np.maximum(both[..., None], 1e-9), quota if p.population else quota[:0])


def _spare(share: float) -> Vector:
    """Return by cell how many homes there are beyond those that are needed, as a share."""
    spare = np.full(CELLS, share)
    spare[REST] /= 5.0
    return spare


def _homes(agents: Vector, share: float) -> Vector:
    """Return how many homes an array (states, cells) of agents needs: some more where they are few, since homes are whole."""
    return np.asarray(agents * (1.0 + _spare(share)) + np.sqrt(agents) + 1.0)


def _housed(homes: Vector, share: float) -> Vector:
    """Return how many agents these homes were made for: the inverse of `_homes`."""
    whole = 1.0 + _spare(share)
    return np.asarray(
        ((np.sqrt(1.0 + 4.0 * whole * np.maximum(homes - 1.0, 0.0)) - 1.0) / (2.0 * whole)) ** 2
    )


def place(table: Table, counties: pd.DataFrame, scale: float, p: Parameters) -> None:
    """Enter into the county table where counties lie, and the pull of those that are not simulated, in agents."""
    every = places.counties() if p.moves_arrive > 0.0 else counties
    table["place"] = _on_sphere(counties)
    away = ~every.index.isin(counties.index)
    if not away.any():
        return
    people = (
        every["hispanic"].to_numpy(float)[away],
        (every["population"] - every["hispanic"]).to_numpy(float)[away],
    )
    there = _on_sphere(every)[away]
    for c, here in enumerate(table["place"]):
        pull = (NEAR + EARTH * np.sqrt(((there - here) ** 2).sum(axis=1))) ** -p.gravity
        table["outside"][c] = people[1] @ pull / scale, people[0] @ pull / scale


def _on_sphere(counties: pd.DataFrame) -> Vector:
    lat, lon = np.radians(counties["lat"].to_numpy(float)), np.radians(counties["lon"].to_numpy(float))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


@kernel
def _lots(w: World, cells: Any, lots: Any) -> None:
    """Enter the cell of every resident, and the lot that decides who is there on the first day."""
    for i in range(len(w.residents)):
        cells[i] = cell_of(w, i)
        lots[i] = draw_of(w, i, Stream.HOMES, -1)


def vacate(w: World) -> World:
    """Return a settled world with as many residents as there are to be on the first day; the other homes are empty, by lot."""
    n, counties = len(w.residents), len(w.counties)
    cells, lots = np.zeros(n, np.int64), np.zeros(n)
    _lots(w, cells, lots)
    settled = int(w.counties["first"][-1] + w.counties["settled"][-1])  # without latecomers
    cells, lots, county = cells[:settled], lots[:settled], w.residents["county"][:settled].astype(np.int64)
    group = w.counties["state"].astype(np.int64)[county] * CELLS + cells
    order = np.lexsort((lots, group))
    rank = np.arange(settled) - np.searchsorted(group[order], group[order])
    w.residents["whereabouts"][order[rank >= _wanted(w, group)[group[order]]]] = Whereabouts.MOVED_AWAY
    homes = np.zeros((CELLS, counties + 1), np.int64)
    number = np.bincount(cells * counties + county, minlength=CELLS * counties)
    homes[:, 1:] = number.cumsum().reshape(CELLS, counties)
    homes[1:, 0] = homes[:-1, -1]
    return w._replace(home_list=np.lexsort((county, cells)).astype(np.int32), homes=homes)


def _wanted(w: World, groups: Any) -> Any:
    """Return how many residents there are to be on the first day by state and cell; spare homes are empty if they only move."""
    if len(w.quota):
        return np.floor(w.quota[0] + 0.5).astype(np.int64).ravel()
    there = np.bincount(groups, minlength=len(w.bureaus) * CELLS).reshape(-1, CELLS)
    return np.floor(_housed(there.astype(float), float(w.p["spare_homes"][0])) + 0.5).astype(np.int64).ravel()
