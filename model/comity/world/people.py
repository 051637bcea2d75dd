"""People, synthetic residents: who lives where, with whom, and with which papers.

The marginals of the county table are met up to rounding to whole agents, which is up or down by chance, so that it cancels
over counties. Hispanic residents are shared out over neighbourhoods, immigration status is drawn from what is left of each.
What the table does not say is drawn (see the registry).
"""

from __future__ import annotations

import math
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from comity import side_door
from comity.agents.ages import Rate, deal_age, is_child, relative
from comity.agents.residents import Status, Whereabouts, cell_of, least_trust
from comity.draws import Stream, category, draws, gamma, normal, poisson
from comity.kernels import Int, Real, Row, kernel
from comity.world.state import NEIGHBOURHOOD

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from comity.parameters import Parameters
    from comity.world.state import Table, Vector, World

LARGEST_HOUSEHOLD: Final = 12
NEIGHBOURHOOD_AGENTS: Final = 200
"""Neighbourhoods are census tracts, or fewer of them when a coarse scale would leave less than this many agents each."""


MOST_UNAUTHORIZED, MOST_NONCITIZENS = 0.95, 0.98
"""Highest shares of a county's residents of one ethnicity."""


class Shares(NamedTuple):
    """Shares of the residents of one ethnicity, one array element per county."""

    unauthorized: NDArray[np.float64]
    lawful: NDArray[np.float64]
    naturalised: NDArray[np.float64]


def _shares(people: Any, unauthorized: Any, lawful: Any, naturalised: float) -> Shares:
    """Turn numbers of people into shares that leave nobody with two statuses."""
    total = np.maximum(np.asarray(people, float), 1.0)
    u = np.minimum(np.asarray(unauthorized, float) / total, MOST_UNAUTHORIZED)
    noncitizen = np.minimum(u + np.asarray(lawful, float) / total, MOST_NONCITIZENS)
    return Shares(u, noncitizen - u, np.minimum(naturalised * noncitizen, 1.0 - noncitizen))


def status_shares(counties: pd.DataFrame, p: Parameters) -> tuple[Shares, Shares]:
    """Return shares by status of other and of Hispanic residents, in the counties' order."""
    hispanics = counties["hispanic"].to_numpy(float)
    people = np.stack([counties["population"].to_numpy(float) - hispanics, hispanics])
    unauthorized = counties["unauthorized"].to_numpy(float)
    lawful = counties["noncitizen"].to_numpy(float) - unauthorized
    without = _fitted(p.unauthorized_hispanic, unauthorized, MOST_UNAUTHORIZED * people)
    within = _fitted(p.lawful_hispanic, lawful, MOST_NONCITIZENS * people - without)
    naturalised = (p.naturalised_other, p.naturalised_hispanic)
    other, hispanic = (_shares(*four) for four in zip(people, without, within, naturalised, strict=True))
    return other, hispanic


def _fitted(hispanic: float, total: NDArray[np.float64], room: NDArray[np.float64]) -> NDArray[np.float64]:
    """Split people between others and Hispanics; what one of them has no room for (Laredo's noncitizens) is the other's."""
    wanted = np.stack([(1 - hispanic) * total, hispanic * total])
    fits = np.minimum(wanted, np.maximum(room, 0.0))
    return np.asarray(fits + np.minimum((wanted - fits)[::-1], np.maximum(room - fits, 0.0)))


@cache
def _special() -> Any:
    """Return scipy's functions of the beta distribution, without what `scipy.special` adds for other libraries' arrays."""
    side_door.enter("scipy.special")
    return import_module("scipy.special._ufuncs")


def concentration(share: NDArray[np.float64], dissimilarity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a + b of the beta distribution of neighbourhoods' Hispanic shares that has this dissimilarity.

    The dissimilarity index is the mean absolute deviation over 2 h (1 - h), which has a closed form for the beta
    distribution (Johnson, Kotz & Balakrishnan 1995, vol. 2, 25.2) and falls with a + b; found by bisection.
    """
    low, high = np.full(share.shape, -6.0), np.full(share.shape, 12.0)
    for _ in range(50):
        middle = (low + high) / 2
        a, b = share * np.exp(middle), (1 - share) * np.exp(middle)
        log_mad = (
            np.log(2) + a * np.log(a) + b * np.log(b) - _special().betaln(a, b) - (a + b + 1) * np.log(a + b)
        )
        too_uneven = np.exp(log_mad) / (2 * share * (1 - share)) > dissimilarity
        low, high = np.where(too_uneven, middle, low), np.where(too_uneven, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def _quota(weights: NDArray[np.float64], capacity: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Return whole numbers in proportion to ``weights``, at most ``capacity`` each, that add up to ``total``."""
    result = np.minimum(np.floor(weights / max(weights.sum(), 1e-12) * total).astype(np.int64), capacity)
    while (missing := total - int(result.sum())) > 0:
        room = np.flatnonzero(result < capacity)
        order = room[np.argsort(-(weights[room] / np.maximum(result[room] + 1, 1)), kind="stable")]
        result[order[:missing]] += 1
    return np.asarray(result)


def _unequal(counties: pd.DataFrame, parts: NDArray[np.int64]) -> list[Vector]:
    """Return the Hispanic share of each of so many neighbourhoods of every county, up to a factor."""
    if parts.max() == 1:
        return [np.ones(1)] * len(parts)
    share = np.clip(counties["hispanic_share"].to_numpy(float), 1e-4, 1 - 1e-4)
    uneven = np.clip(counties["dissimilarity"].fillna(0.3).to_numpy(float), 0.02, 0.95)
    spread = concentration(share, uneven)
    return [
        _special().betaincinv(h * ab, (1 - h) * ab, (np.arange(n) + 0.5) / n) if n > 1 else np.ones(1)
        for h, ab, n in zip(share, spread, parts, strict=True)
    ]


def neighbourhoods(counties: pd.DataFrame, agents: NDArray[np.int64], latecomers: int) -> Table:
    """Lay out the neighbourhoods of every county; latecomers live in the last one.

    Args:
        counties: rows of the county table.
        agents: number of agents per county, without latecomers.
        latecomers: agents added to the last county after everybody else.

    Returns:
        The neighbourhood table, counties in order.
    """
    agents = np.asarray(agents, np.int64)
    parts = np.clip(agents // NEIGHBOURHOOD_AGENTS, 1, np.maximum(counties["tracts"].to_numpy(), 1))
    begins = np.cumsum(parts) - parts
    table = np.zeros(parts.sum(), NEIGHBOURHOOD)
    table["county"] = county = np.arange(len(agents)).repeat(parts)
    part = np.arange(len(table)) - begins[county]  # numbers that differ by at most one
    residents = (part + 1) * agents[county] // parts[county] - part * agents[county] // parts[county]
    hispanic, people = (counties[name].to_numpy(float) for name in ("hispanic", "population"))
    hispanic = np.minimum(np.rint(agents * hispanic / np.maximum(people, 1.0)).astype(np.int64), agents)
    table["hispanics"] = hispanic[county]
    unequal = _unequal(counties, parts)
    for c in np.flatnonzero(parts > 1):
        own = slice(begins[c], begins[c] + parts[c])
        table["hispanics"][own] = _quota(unequal[c] * residents[own], residents[own], int(hispanic[c]))
    table["residents"] = table["settled"] = residents
    table["first"] = np.cumsum(residents) - residents
    before = np.cumsum(table["hispanics"], dtype=np.int64) - table["hispanics"]
    table["hispanics_before"] = before - before[begins][county]
    table["residents"][-1] += latecomers
    return table


@kernel
def _allot(left: NDArray[np.int64], people: Int, shares: Vector, u: float) -> None:
    """Enter ``people`` and how many of them have each status of `Shares`: whole numbers that are right in the mean over u."""
    left[0] = people
    owed, given = u, 0
    for k in range(len(shares)):
        owed += people * shares[k]
        left[k + 1] = min(math.floor(owed), people) - given
        given += left[k + 1]


@kernel
def _unauthorized_members(left: NDArray[np.int64], size: Int, within: float, u: float, v: float) -> Int:
    """Return how many members of the next household are unauthorized, clustered: ``within`` of those in mixed households are.

    Args:
        left: people who are left of the county and ethnicity, and of these, unauthorized ones; this household is deducted.
        size: of the household.
        within: share of unauthorized people in households that have any.
        u: decides whether this household is one.
        v: rounds the number.
    """
    share = left[1] / left[0]
    within = max(within, share)
    members = math.floor(size * within + v) if share > 0.0 and u < share / within else 0
    members = max(min(members, size, left[1]), left[1] - (left[0] - size))
    left[0] -= members
    left[1] -= members
    return members


@kernel
def papers(left: NDArray[np.int64], u: float, v: float, visa: float, visa_share: float) -> Int:
    """Return the status of somebody who is not unauthorized, drawn from those who are ``left``, and deduct it."""
    people = left[0] - left[1]
    left[0] -= 1
    if u * people < left[2]:
        left[2] -= 1
        return Status.VISA if visa < visa_share else Status.GREEN_CARD
    if v * (people - left[2]) < left[3]:
        left[3] -= 1
        return Status.NATURALISED
    return Status.US_BORN


@kernel
def ident_share(p: Row, status: Int) -> Real:
    """Return the share of residents of a status who have a record in IDENT."""
    if status == Status.US_BORN:
        return p["ident_us_born"]
    if status == Status.NATURALISED:
        return p["ident_naturalised"]
    return p["ident_unauthorized"] if status == Status.UNAUTHORIZED else p["ident_lawful"]


@kernel
def record_of(w: World, i: Int, u: float) -> Int:
    """Return the worst conviction of resident ``i`` at quantile ``u``; children have none."""
    if is_child(w, i):
        return 0
    return category(u, w.p[0]["record_offender"] if w.residents[i]["offender"] else w.p[0]["record_other"])


@kernel
def _give_character(w: World, i: Int, who: Int) -> None:
    """Draw what is not in the table of counties: age and sex, how others see a resident, IDENT, offending, record, proneness."""
    r, p, seed = w.residents[i], w.p[0], w.clock[0]["seed"]
    u, v, x, y = draws(seed, Stream.CHARACTER, 0, who)
    deal_age(w, i, cell_of(w, i), who)
    r["seen_hispanic"] = u < (p["recognised"] if r["hispanic"] else p["misrecognised"])
    r["ident"] = v < ident_share(p, r["status"])
    offends = p["offender_share"] * relative(w, i, Rate.OFFENDING)
    if r["status"] == Status.UNAUTHORIZED:
        offends *= p["unauthorized_offending"]
    if r["status"] != Status.US_BORN and not r["hispanic"]:
        offends *= p["immigrant_arrests_other"]
    r["offender"] = x < offends
    r["conviction"] = record_of(w, i, y)
    r["proneness"] = gamma(seed, Stream.PRONENESS, who, p["proneness_shape"])


@kernel
def norm(w: World, i: Int, who: Int) -> Real:
    """Return the trust to which resident ``i`` returns: of the group, of the neighbourhood, and the person's own."""
    r, p, seed = w.residents[i], w.p[0], w.clock[0]["seed"]
    county = w.counties[r["county"]]
    place = (np.int64(county["fips"]) << 32) | (r["neighbourhood"] - county["neighbourhoods_first"])
    u, v, _, _ = draws(seed, Stream.NORM, -1, who)
    x, y, _, _ = draws(seed, Stream.NORM, -2, place)
    found = p["trust_norm"] - (p["trust_gap"] if r["hispanic"] else 0.0)
    found += p["trust_spread"] * normal(u, v) + p["trust_spread_places"] * normal(x, y)
    return min(max(found, least_trust(p)), 1.0)


@kernel
def _settle_household(w: World, first: Int, size: Int, left: NDArray[np.int64]) -> None:
    """Give the members of one household, residents ``first`` to ``first + size - 1``, their papers and character."""
    p, seed = w.p[0], w.clock[0]["seed"]
    county = w.counties[w.residents[first]["county"]]
    base = (np.int64(county["fips"]) << 32) | np.int64(first - county["first"])
    u, v, _, _ = draws(seed, Stream.STATUS, -1, base)
    without_papers = _unauthorized_members(left, size, p["mixed_household"], u, v)
    for k in range(size):
        r = w.residents[first + k]
        r["household"], r["household_size"] = first, size
        u, v, visa, _ = draws(seed, Stream.STATUS, 0, base + k)
        r["status"] = Status.UNAUTHORIZED if k < without_papers else papers(left, u, v, visa, p["visa_share"])
        r["norm"] = r["trust"] = norm(w, first + k, base + k)
        r["whereabouts"] = Whereabouts.COMMUNITY
        _give_character(w, first + k, base + k)


@kernel
def _settle_stretch(w: World, n: Int, first: Int, last: Int, hispanic: Int, left: NDArray[np.int64]) -> None:
    """Fill residents ``first`` to ``last - 1`` of neighbourhood ``n``, all of one ethnicity, with households."""
    c = w.neighbourhoods[n]["county"]
    mean = w.p[0]["household_size_hispanic"] if hispanic else w.p[0]["household_size"]
    base = (np.int64(w.counties[c]["fips"]) << 32) - w.counties[c]["first"]
    while first < last:
        u, _, _, _ = draws(w.clock[0]["seed"], Stream.HOUSEHOLD_SIZE, 0, base + first)
        size = min(1 + poisson(u, mean - 1.0), LARGEST_HOUSEHOLD, last - first)
        for i in range(first, first + size):
            r = w.residents[i]
            r["neighbourhood"], r["county"], r["hispanic"] = n, c, hispanic
        _settle_household(w, first, size, left)
        first += size


@kernel
def settle(w: World, shares: Vector, left: NDArray[np.int64]) -> None:
    """Fill every neighbourhood with residents: Hispanic households first, then the others, then latecomers.

    Args:
        w: the state, with county and neighbourhood tables laid out.
        shares: (counties, 2, 3): shares unauthorized, lawful, naturalised by [is Hispanic].
        left: (3, 4) scratch: people not yet settled of others, Hispanic residents and latecomers: all, unauthorized, lawful,
            naturalised.
    """
    for n in range(len(w.neighbourhoods)):
        place = w.neighbourhoods[n]
        c = place["county"]
        county, seed = w.counties[c], w.clock[0]["seed"]
        key = np.int64(county["fips"]) << 32
        if n == county["neighbourhoods_first"]:
            u, v, _, _ = draws(seed, Stream.STATUS, -2, key)
            _allot(left[0], county["settled"] - county["hispanics"], shares[c, 0], u)
            _allot(left[1], county["hispanics"], shares[c, 1], v)
        border = place["first"] + place["hispanics"]
        end = place["first"] + place["settled"]
        _settle_stretch(w, n, place["first"], border, 1, left[1])
        _settle_stretch(w, n, border, end, 0, left[0])
        for i in range(end, place["first"] + place["residents"]):
            u, _, _, _ = draws(seed, Stream.STATUS, -3, key | (i - county["first"]))
            _allot(left[2], 1, shares[c, 1], u)
            _settle_stretch(w, n, i, i + 1, 1, left[2])
