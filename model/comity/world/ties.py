"""Ties: who knows whom, without an edge list.

Each tie of a resident is one of a few keyed pseudo-random perfect matchings: ties within the neighbourhood, and ties
within one's own ethnicity across the county. A matching pairs positions 0..n-1 through a permutation P (a small
Feistel network over the next power of four, walked until it lands below n): the partner of x is P⁻¹(P(x) xor 1). So
ties are mutual, everybody has the same number (one resident of an odd group goes without), and none is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.draws import Stream, words
from comity.kernels import Int, kernel
from comity.world.agenda import NOBODY

if TYPE_CHECKING:
    from comity.world.state import World

MIX_1: Final = np.uint64(0x7FEB352D)
MIX_2: Final = np.uint64(0x846CA68B)
LOW: Final = np.uint64(0xFFFFFFFF)


@kernel
def _scramble(x: Int) -> Int:
    """Mix 32 bits (Wellons 2018, "hash prospector", lowbias32)."""
    x = np.uint64(x)
    x = ((x ^ (x >> np.uint64(16))) * MIX_1) & LOW
    x = ((x ^ (x >> np.uint64(15))) * MIX_2) & LOW
    return x ^ (x >> np.uint64(16))


@kernel
def half_bits(n: Int) -> Int:
    """Return b such that 4**b is the smallest power of four that is at least n, and at least 4."""
    b = 1
    while (1 << (2 * b)) < n:
        b += 1
    return b


@kernel
def permute(x: Int, bits: Int, keys: tuple[Int, Int, Int, Int]) -> Int:
    """Apply four Feistel rounds to the two ``bits``-wide halves of x."""
    mask = np.uint64((1 << bits) - 1)
    shift = np.uint64(bits)
    left, right = np.uint64(x) >> shift, np.uint64(x) & mask
    for key in keys:
        left, right = right, left ^ (_scramble(right ^ key) & mask)
    return np.int64((left << shift) | right)


@kernel
def unpermute(x: Int, bits: Int, keys: tuple[Int, Int, Int, Int]) -> Int:
    """Undo `permute`."""
    mask = np.uint64((1 << bits) - 1)
    shift = np.uint64(bits)
    left, right = np.uint64(x) >> shift, np.uint64(x) & mask
    for n in range(4):
        left, right = right ^ (_scramble(left ^ keys[3 - n]) & mask), left
    return np.int64((left << shift) | right)


@kernel
def partner(x: Int, n: Int, keys: tuple[Int, Int, Int, Int]) -> Int:
    """Return the partner of position x among n, or -1 for the one left over when n is odd."""
    bits = half_bits(n)
    place = permute(x, bits, keys)
    while place >= n:
        place = permute(place, bits, keys)
    other = place ^ 1
    return np.int64(NOBODY) if other >= n else at(other, n, bits, keys)


@kernel
def at(place: Int, n: Int, bits: Int, keys: tuple[Int, Int, Int, Int]) -> Int:
    """Return the position among n that the permutation puts at ``place``: it is the partner of the one at ``place ^ 1``."""
    position = unpermute(place, bits, keys)
    while position >= n:
        position = unpermute(position, bits, keys)
    return position


@kernel
def _neighbourhood_keys(w: World, row: Int, k: Int) -> tuple[Int, Int, Int, Int]:
    """Return the keys of the ``k``-th matching of a neighbourhood."""
    place = w.neighbourhoods[row]
    county = w.counties[place["county"]]
    who = (np.int64(county["fips"]) << 32) | np.int64(row - county["neighbourhoods_first"])
    return words(w.clock[0]["seed"], Stream.NEIGHBOURHOOD_TIES, k, who)


@kernel
def _ethnic_keys(w: World, c: Int, hispanic: Int, k: Int) -> tuple[Int, Int, Int, Int]:
    """Return the keys of the ``k``-th matching of the residents of one ethnicity in county ``c``."""
    who = (np.int64(w.counties[c]["fips"]) << 32) | np.int64(hispanic)
    return words(w.clock[0]["seed"], Stream.ETHNIC_TIES, k, who)


@kernel
def rank(w: World, i: Int) -> Int:
    """Return the position of resident ``i`` among the county's residents of the same ethnicity."""
    r = w.residents[i]
    place = w.neighbourhoods[r["neighbourhood"]]
    if r["hispanic"]:
        return place["hispanics_before"] + i - place["first"]
    before = place["first"] - w.counties[r["county"]]["first"] - place["hispanics_before"]
    return before + i - place["first"] - place["hispanics"]


@kernel
def by_rank(w: World, c: Int, hispanic: Int, position: Int) -> Int:
    """Return the resident at a position among the county's residents of one ethnicity (the inverse of `rank`)."""
    county = w.counties[c]
    low, high = county["neighbourhoods_first"], county["neighbourhoods_first"] + county["neighbourhoods"] - 1
    while low < high:
        middle = (low + high + 1) // 2
        before = w.neighbourhoods[middle]["hispanics_before"]
        if not hispanic:
            before = w.neighbourhoods[middle]["first"] - county["first"] - before
        if before <= position:
            low = middle
        else:
            high = middle - 1
    place = w.neighbourhoods[low]
    if hispanic:
        return place["first"] + position - place["hispanics_before"]
    before = place["first"] - county["first"] - place["hispanics_before"]
    return place["first"] + place["hispanics"] + position - before


@kernel
def tie(w: World, i: Int, k: Int) -> Int:
    """Return the ``k``-th tie of resident ``i`` (neighbourhood ties first), or -1 if there is none.

    Latecomers, who were added after the people of the table, have no ties: the others' ties stay as they are.
    """
    r = w.residents[i]
    county = w.counties[r["county"]]
    if i >= county["first"] + county["settled"]:
        return np.int64(NOBODY)
    near = w.p[0]["neighbourhood_ties"]
    if k < near:
        place = w.neighbourhoods[r["neighbourhood"]]
        keys = _neighbourhood_keys(w, r["neighbourhood"], k)
        j = partner(i - place["first"], place["settled"], keys)
        return j if j == NOBODY else place["first"] + j
    n = county["hispanics"] if r["hispanic"] else county["settled"] - county["hispanics"]
    j = partner(rank(w, i), n, _ethnic_keys(w, r["county"], r["hispanic"], k - near))
    return j if j == NOBODY else by_rank(w, r["county"], r["hispanic"], j)


@kernel
def ties_of(w: World, c: Int, found: Any, ranked: Any) -> None:
    """Find the ties of everybody in county ``c`` at once, which takes a quarter of the time that `tie` would.

    Args:
        w: the state.
        c: row of the county.
        found: (ties, residents of the county or more), to be filled with residents, -1 where there is none, as `tie` has them.
        ranked: scratch, (residents of the county or more).
    """
    county, near = w.counties[c], w.p[0]["neighbourhood_ties"]
    first, last = county["neighbourhoods_first"], county["neighbourhoods_first"] + county["neighbourhoods"]
    found[:, : county["residents"]] = NOBODY
    for row in range(first, last):
        place = w.neighbourhoods[row]
        begin, n = place["first"], place["settled"]
        for k in range(near):
            keys, bits = _neighbourhood_keys(w, row, k), half_bits(n)
            for m in range(0, n - 1, 2):
                i, j = begin + at(m, n, bits, keys), begin + at(m + 1, n, bits, keys)
                found[k, i - county["first"]], found[k, j - county["first"]] = j, i
    for hispanic in range(2):
        people: Int = 0
        for i in range(county["first"], county["first"] + county["settled"]):
            if w.residents[i]["hispanic"] == hispanic:  # in the order of their `rank`
                ranked[people] = i
                people += 1
        for k in range(w.p[0]["ethnic_ties"]):
            keys, bits = _ethnic_keys(w, c, hispanic, k), half_bits(people)
            for m in range(0, people - 1, 2):
                i, j = ranked[at(m, people, bits, keys)], ranked[at(m + 1, people, bits, keys)]
                found[near + k, i - county["first"]], found[near + k, j - county["first"]] = j, i
