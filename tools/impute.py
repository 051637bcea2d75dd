"""Impute what no county table we may ship gives: noncitizens, unauthorized residents, activation dates.

`imputed` adds its columns to the county table; the other functions take tables and return plain arrays in the order of
the county table, so that they can be read, tested and replaced without touching a file. They run when the
embedded data are rebuilt (``rebuild_place_data.py``), never in a simulation. The numbers they return
are estimates: a user who has the real county values should import these (docs/data.md).

The activation model knows, for each state, how many counties were active at each year's end, the first, the
median and the last date, the share of counties that started on the last date and how many dates there were.
That gives every state a queue of *slots*, each with the span of days in which it must fall. A slot whose span
is open takes a Tuesday (the usual day of the week for an activation), at a national tempo that is fitted so
that published national counts hold. Counties then take their state's slots in order: larger and more Hispanic
ones first, with noise.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from comity.world.places import UNAUTHORIZED_CEILING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Days = NDArray[np.int64]
    Floats = NDArray[np.float64]

DATA: Final = Path(__file__).parents[1] / "model" / "comity" / "world" / "data"

COLUMNS: Final = ("noncitizen", "unauthorized", "activation", "activation_basis", "office")
"""What is imputed, in the order of the county table."""

UNAUTHORIZED_PER_NONCITIZEN: Final = 0.553
"""National ratio of unauthorized residents to noncitizens, 2010, for states without a published estimate."""

FEWER_THAN_10000: Final = 5_000
"""Residents that stand for a published '<10000': the middle of the interval."""

SEED: Final = 20_081_027
"""PCG64 seed of the noise in the order of counties: the first day of Secure Communities."""

MILESTONES: Final[dict[str, int]] = {
    "2009-11-12": 95,  # Homeland Security press release
    "2010-04-02": 135,  # Homeland Security Newswire
    "2010-05-01": 169,  # California Attorney General, quoted on 25 May 2010 as of some weeks before
    "2010-08-10": 544,  # Homeland Security press release
    "2010-09-30": 658,  # ICE report for the last quarter of fiscal 2010
    "2010-10-26": 746,  # ICE release, Government Security News
    "2010-11-30": 788,  # The Olympian
    "2011-02-01": 1_008,  # ICE release, Government Security News
    "2011-05-17": 1_300,  # visual.ly, rounded
    "2011-10-31": 1_595,  # Warren Institute
}
"""Active jurisdictions in the country by date, with a few in territories, which no county can stand for."""

HISPANIC_COVERAGE: Final[dict[str, float]] = {
    "2008-12-31": 0.06,
    "2009-12-31": 0.41,
    "2010-12-31": 0.73,
    "2011-12-31": 0.82,
}
"""Share of the country's Hispanic residents in active counties by date: a national summary of ICE's list."""

DRAWS: Final = 200
"""Orders of the counties that are tried; the one nearest to ``HISPANIC_COVERAGE`` is kept."""

YEARS: Final = (2008, 2009, 2010, 2011, 2012)
EPOCH_TUESDAY: Final = 5  # 6 January 1970, counted from the first of that month
GOLDEN: Final = 0.618_033_988_749_895


class Slots(NamedTuple):
    """Activation slots of all states in a row: state by state, and in each state from the earliest.

    Attributes:
        state: Position of the slot's state in the state table.
        lo: First day on which the slot may fall, days since 1970-01-01.
        hi: Last such day.
    """

    state: Days
    lo: Days
    hi: Days


def imputed(counties: pd.DataFrame) -> pd.DataFrame:
    """Return the county table, indexed by FIPS, with its imputed ``COLUMNS`` after the others."""
    states = pd.read_csv(DATA / "states.csv", dtype={"state_fips": str})
    known = pd.read_csv(DATA / "activation_published.csv", dtype=str)
    areas = pd.read_csv(DATA / "ice_offices.csv", dtype=str, keep_default_na=False)
    published = dict(zip(known["fips"], known["date"], strict=True))
    frame = counties.copy()
    frame["noncitizen"] = noncitizens(frame, states)
    frame["unauthorized"] = unauthorized(frame, states)
    frame["activation"] = activations(frame, states, published).astype("datetime64[D]").astype(str)
    frame["activation_basis"] = np.where(frame.index.isin(published), "published", "modelled")
    frame["office"] = offices(frame, areas)
    return frame


def noncitizens(counties: pd.DataFrame, states: pd.DataFrame) -> Days:
    """Estimate the noncitizens of each county, 2006-2010.

    The logit of their share rises with the logarithm of population and the logit of the Hispanic share
    (regression on counties with residual sd 0.51); each state is then scaled to its published total.

    Returns:
        Residents, whole numbers that add up to ``noncitizen_acs5_2010`` in every state.
    """
    population = counties["population"].to_numpy(np.float64)
    raw = _logistic(-5.38 + 0.274 * np.log(population) + 0.534 * _hispanic_logit(counties)) * population
    return _share_out(raw, counties, states, states["noncitizen_acs5_2010"].to_numpy(np.float64))


def unauthorized(counties: pd.DataFrame, states: pd.DataFrame) -> Days:
    """Estimate the unauthorized residents of each county, 2010.

    A state's total is split in proportion to ``counties["noncitizen"]``, and no county exceeds 95 % of these.

    Returns:
        Residents, whole numbers.
    """
    noncitizen = counties["noncitizen"].to_numpy(np.int64)
    shared = _share_out(noncitizen.astype(np.float64), counties, states, _state_unauthorized(states))
    ceiling = np.floor(UNAUTHORIZED_CEILING * noncitizen).astype(np.int64)
    return np.minimum(shared, ceiling)


def activations(counties: pd.DataFrame, states: pd.DataFrame, published: dict[str, str]) -> Days:
    """Model the day on which Secure Communities reached each county.

    Args:
        counties: The county table, indexed by FIPS.
        states: The state table, with its ``sc_`` columns.
        published: Dates known from documents, FIPS to ISO date. Each takes the nearest slot of its state, so
            that the state's counts stay what they are.

    Returns:
        Days since 1970-01-01.
    """
    slots = _slots(states)
    days = _merge_days(_spread(slots, _tempo(slots, states)), slots, states)
    fixed = {list(counties.index).index(fips): _day(date) for fips, date in published.items()}
    state = _state_of(counties, states)
    seatings = [_seat(days, slots, state, order, fixed) for order in _orders(counties)]
    return min(seatings, key=lambda seating: _coverage_error(seating, counties))


def offices(counties: pd.DataFrame, areas: pd.DataFrame) -> NDArray[np.str_]:
    """Assign each county to the ICE office (Enforcement and Removal Operations) that is responsible for it.

    Areas are states, or lists of counties in California and New York. Four offices share Texas: the counties nearest to
    El Paso and Dallas, as many as ICE says, and the rest by the nearest of the other two.

    Args:
        counties: The county table, with ``state``, ``lat`` and ``lon``, indexed by FIPS.
        areas: The table ``ice_offices.csv``, as text.

    Returns:
        Names of offices.
    """
    table = areas.set_index("office")
    states, listed = (
        {place: str(name) for name, places in table[column].items() for place in str(places).split()}
        for column in ("states", "counties")
    )
    found = counties.index.to_series().map(listed).fillna(counties["state"].map(states))
    texas, sizes = (
        counties[counties["state"] == "TX"],
        table.loc[table["part_of_texas"] != "", "part_of_texas"],
    )
    far = {name: _miles(texas, *table.loc[name, ["lat", "lon"]].astype(float)) for name in sizes.index}
    rest = sizes.index[sizes == "rest"].to_numpy(str)
    found[texas.index] = rest[np.argmin([far[name] for name in rest], axis=0)]
    for name in (
        "Dallas",
        "El Paso",
    ):  # whoever is nearest to El Paso belongs there, even if Dallas took it first
        others = np.min([far[other] for other in sizes.index if other != name], axis=0)
        nearest = np.argsort(far[name] - others, kind="stable")[: int(sizes[name])]
        found[texas.index[nearest]] = name
    return found.to_numpy(str)


def _miles(counties: pd.DataFrame, lat: float, lon: float) -> Floats:
    """Distance of centroids from a place, on a plane that touches the globe there."""
    north = 69.0 * (counties["lat"].to_numpy(np.float64) - lat)
    east = 69.0 * np.cos(np.radians(lat)) * (counties["lon"].to_numpy(np.float64) - lon)
    distance: Floats = np.hypot(north, east)
    return distance


def _hispanic_logit(counties: pd.DataFrame) -> Floats:
    """Logit of the Hispanic share; half a person is added to each side, since some counties have none."""
    hispanic = counties["hispanic"].to_numpy(np.float64)
    others = counties["population"].to_numpy(np.float64) - hispanic
    logit: Floats = np.log((hispanic + 0.5) / (others + 0.5))
    return logit


def _logistic(x: Floats) -> Floats:
    share: Floats = 1.0 / (1.0 + np.exp(-x))
    return share


def _state_of(counties: pd.DataFrame, states: pd.DataFrame) -> Days:
    """Position of each county's state in the state table."""
    return np.searchsorted(states["state_fips"].to_numpy(str), counties["state_fips"].to_numpy(str))


def _share_out(weight: Floats, counties: pd.DataFrame, states: pd.DataFrame, totals: Floats) -> Days:
    """Split each state's total over its counties by weight, in whole residents (largest remainders)."""
    state = _state_of(counties, states)
    exact = weight * (totals / np.bincount(state, weight))[state]
    whole = np.floor(exact).astype(np.int64)
    missing = np.rint(totals - np.bincount(state, whole)).astype(np.int64)
    for s in range(len(totals)):
        rows = np.flatnonzero(state == s)
        first = np.argsort(whole[rows] - exact[rows], kind="stable")[: missing[s]]
        whole[rows[first]] += 1
    return whole


def _state_unauthorized(states: pd.DataFrame) -> Floats:
    """Unauthorized residents by state: Pew, else DHS, else the national ratio to noncitizens."""
    pew = states["unauthorized_2010_pew"].replace("<10000", str(FEWER_THAN_10000)).astype(float)
    dhs = states["unauthorized_2010_dhs"].astype(float)
    rest = UNAUTHORIZED_PER_NONCITIZEN * states["noncitizen_acs5_2010"].astype(float)
    total: Floats = np.rint(pew.fillna(dhs).fillna(rest).to_numpy(np.float64))
    return total


def _day(date: str) -> int:
    """Days from 1970-01-01 to an ISO date."""
    return int(np.datetime64(date, "D").astype(np.int64))


def _slots(states: pd.DataFrame) -> Slots:
    spans = [_state_spans(row) for _, row in states.iterrows()]
    state = np.repeat(np.arange(len(spans)), [len(lo) for lo, _ in spans])
    return Slots(state, np.concatenate([lo for lo, _ in spans]), np.concatenate([hi for _, hi in spans]))


def _state_spans(row: pd.Series) -> tuple[Days, Days]:
    """First and last possible day of each of a state's slots, from the state's counts and dates."""
    n = int(row["n_counties_2010"])
    first, median, last = (
        _day(row[c]) for c in ("sc_first_activation", "sc_median_activation", "sc_statewide_complete")
    )
    slot = np.arange(n)
    year = np.searchsorted([int(row[f"sc_n_by_{y}"]) for y in YEARS], slot, side="right")
    new_year = np.array([_day(f"{y}-01-01") for y in (*YEARS, 2013, 2014)])
    lo = np.maximum(new_year[year], first)
    hi = np.minimum(new_year[year + 1] - 1, last - 1)
    middle = (n - 1) // 2
    lo[middle:] = np.maximum(lo[middle:], median)
    hi[: middle + 1] = np.minimum(hi[: middle + 1], median)
    lo[0] = hi[0] = first
    lo[n - round(float(row["sc_share_counties_on_last_day"]) * n) :] = last
    return lo, np.maximum(lo, hi)


def _tuesdays(slots: Slots) -> tuple[Days, NDArray[np.bool_]]:
    """List the Tuesdays of the rollout, and which of them each open slot may take (a pinned slot: none)."""
    start = slots.lo.min() + (EPOCH_TUESDAY - slots.lo.min()) % 7
    days = np.arange(start, slots.hi.max() + 1, 7)
    inside = (days >= slots.lo[:, None]) & (days <= slots.hi[:, None]) & (slots.lo < slots.hi)[:, None]
    return days, inside


def _bounds(states: pd.DataFrame) -> tuple[Days, Floats]:
    """Days at which the national count is known, and that count: milestones and the states' year ends."""
    known = MILESTONES | {f"{y}-12-31": int(states[f"sc_n_by_{y}"].sum()) for y in YEARS}
    dates = sorted(known)
    return np.array([_day(d) for d in dates]), np.array([float(known[d]) for d in dates])


def _tempo(slots: Slots, states: pd.DataFrame) -> Floats:
    """Fit the national tempo: the odds of each Tuesday, one level per period between two known counts.

    Every open slot chooses among the Tuesdays of its span with these odds. Scaling each period's level by
    (wanted / expected) until it settles makes the expected national counts the known ones wherever the
    states' own counts allow it.
    """
    days, inside = _tuesdays(slots)
    bounds, counts = _bounds(states)
    period = np.searchsorted(bounds, days)
    pinned = ~inside.any(axis=1)
    fixed = np.searchsorted(bounds, slots.lo[pinned])
    known = np.diff(counts, prepend=0.0, append=float(len(slots.state)))
    wanted = np.maximum(known - np.bincount(fixed, minlength=known.size), 0.1)
    level = np.ones_like(wanted)
    for _ in range(300):
        odds = inside[~pinned] * level[period]
        expected = np.bincount(period, (odds / odds.sum(axis=1, keepdims=True)).sum(axis=0), wanted.size)
        level *= np.where(expected > 0, wanted / np.maximum(expected, 1e-9), 1.0)
    return level[period]


def _spread(slots: Slots, tempo: Floats) -> Days:
    """Give every slot its day: slots of a state with one span sit at even quantiles of the tempo within it.

    The offset of the quantiles moves by the golden ratio from one group to the next, so that rounding to
    whole counties cancels over the country.
    """
    days, inside = _tuesdays(slots)
    result = slots.lo.copy()
    _, group = np.unique(np.stack(slots, axis=1), axis=0, return_inverse=True)
    for number, g in enumerate(np.unique(group[inside.any(axis=1)])):
        rows = np.flatnonzero(group == g)
        odds = np.cumsum(tempo * inside[rows[0]])
        quantile = (np.arange(rows.size) + (number * GOLDEN) % 1.0) / rows.size
        result[rows] = days[np.searchsorted(odds, quantile * odds[-1], side="right")]
    return result


def _merge_days(days: Days, slots: Slots, states: pd.DataFrame) -> Days:
    """Join neighbouring days of a state until it has as many distinct ones as ``sc_n_activation_days``."""
    result = days.copy()
    bounds, _ = _bounds(states)
    for s, wanted in enumerate(states["sc_n_activation_days"]):
        rows = np.flatnonzero(slots.state == s)
        while np.unique(result[rows]).size > wanted:
            moves = _moves(result, rows, slots, bounds)
            if not moves:
                break
            _, day, target = min(moves)
            result[rows[result[rows] == day]] = target
    return result


def _moves(days: Days, rows: Days, slots: Slots, bounds: Days) -> list[tuple[tuple[int, int], int, int]]:
    """List the ways to move one day's counties to the day before or after within the spans of their slots.

    Returns:
        For each move its cost, the day and where it goes. The cost counts counties carried over a day of
        known national count first, and county-days second.
    """
    moves = []
    distinct = np.unique(days[rows])
    for a, b in [*pairwise(distinct), *pairwise(distinct[::-1])]:
        moved = rows[days[rows] == a]
        if ((slots.lo[moved] <= b) & (b <= slots.hi[moved])).all():
            crossed = int(np.searchsorted(bounds, a) != np.searchsorted(bounds, b)) * moved.size
            moves.append(((crossed, int(moved.size * abs(b - a))), int(a), int(b)))
    return moves


def _orders(counties: pd.DataFrame) -> Floats:
    """Months by which counties come early or late in their state: one row per draw of the noise."""
    noise = np.random.Generator(np.random.PCG64(SEED)).normal(0.0, 2.75, (DRAWS, len(counties)))
    population = np.log(counties["population"].to_numpy(np.float64))
    months: Floats = -1.68 * population - 0.80 * _hispanic_logit(counties) + noise
    return months


def _seat(days: Days, slots: Slots, state: Days, order: Floats, fixed: dict[int, int]) -> Days:
    """Let the counties of each state take its slots in order; a fixed date takes the nearest slot first."""
    result = np.zeros(state.size, dtype=np.int64)
    result[list(fixed)] = list(fixed.values())
    for s in range(int(state[-1]) + 1):
        rows, free = np.flatnonzero(state == s), np.sort(days[slots.state == s])
        for known in result[rows[result[rows] > 0]]:
            free = np.delete(free, np.abs(free - known).argmin())
        rest = rows[result[rows] == 0]
        result[rest[np.argsort(order[rest], kind="stable")]] = free
    return result


def _coverage_error(days: Days, counties: pd.DataFrame) -> float:
    """Squared distance of the Hispanic share in active counties from the known one, over the known dates."""
    hispanic = counties["hispanic"].to_numpy(np.float64)
    covered = {date: hispanic[days <= _day(date)].sum() / hispanic.sum() for date in HISPANIC_COVERAGE}
    return float(sum((covered[date] - wanted) ** 2 for date, wanted in HISPANIC_COVERAGE.items()))
