"""Common random numbers: a draw is a pure function of (seed, stream, day, identity).

The generator is Philox 4x32 with ten rounds (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers:
as easy as 1, 2, 3", https://doi.org/10.1145/2063384.2063405), used as a block cipher: the seed is the key, the
rest is the counter. Nothing is stored between draws, so neither the order of runs, nor the number of workers,
nor what is recorded can change a result.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any, Final

import numpy as np

from comity.kernels import Int, Real, kernel


class Stream(IntEnum):
    """What a draw decides. The numbers are part of the published results: never renumber, only append (3, 18 and 30 are free)."""

    HOUSEHOLD_SIZE = 1
    STATUS = 2
    PRONENESS = 4
    CHARACTER = 5
    NEIGHBOURHOOD_TIES = 6
    ETHNIC_TIES = 7
    VICTIM_AGENDA = 8
    CONTACT_AGENDA = 9
    EXIT_AGENDA = 10
    INCIDENT = 11
    OFFENDER = 12
    REPORT = 13
    WITNESS = 14
    WITNESS_REPORT = 15
    CLEARANCE = 16
    CONTACT = 17
    BOOKING = 19
    STAY = 20
    DISPOSITION = 21
    IDENTIFICATION = 22
    TRIAGE = 23
    HOLD = 24
    PICKUP = 25
    AT_LARGE = 26
    CUSTODY = 27
    NEWS = 28
    EXIT = 29
    COMMIT = 31
    REMOVAL = 32
    NEIGHBOUR = 33
    POLITICS = 34
    BAIL = 35
    MEMORY = 36
    OUTREACH = 37
    NORM = 38
    HOMES = 39
    NEWCOMER = 40
    DESTINATION = 41
    ARRIVAL = 42
    DEPARTURE = 43
    REENTRY = 44
    AGE = 45
    # Observers have numbers from 64.
    SURVEY_PANEL = 64
    SURVEY_DATE = 65
    SURVEY_RESPONSE = 66
    ATTITUDE_SAMPLE = 67
    ATTITUDE_ANSWER = 68
    ATTITUDE_RESPONSE = 69
    ITEM_ANSWER = 70
    ITEM_RESPONSE = 71
    TRACKER_SAMPLE = 72
    TRACKER_RESPONSE = 73
    REDRAWN = 74


MULTIPLIER_0: Final = np.uint64(0xD2511F53)
MULTIPLIER_1: Final = np.uint64(0xCD9E8D57)
WEYL_0: Final = np.uint64(0x9E3779B9)
WEYL_1: Final = np.uint64(0xBB67AE85)
LOW: Final = np.uint64(0xFFFFFFFF)
SHIFT: Final = np.uint64(32)
ROUNDS: Final = 10
SLOT_TRIES: Final = 64
"""Redraws of `pick` before it gives up; each is accepted with probability of at least one half."""


@kernel
def philox(c0: Int, c1: Int, c2: Int, c3: Int, k0: Int, k1: Int) -> tuple[Int, Int, Int, Int]:
    """Return four 32-bit words for the counter (c0..c3) under the key (k0, k1), all held in uint64."""
    a, b, c, d = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    x, y = np.uint64(k0), np.uint64(k1)
    for _ in range(ROUNDS):
        p = MULTIPLIER_0 * a
        q = MULTIPLIER_1 * c
        a, b, c, d = (q >> SHIFT) ^ b ^ x, q & LOW, (p >> SHIFT) ^ d ^ y, p & LOW
        x = (x + WEYL_0) & LOW
        y = (y + WEYL_1) & LOW
    return a, b, c, d


@kernel
def words(seed: Int, stream: Int, day: Int, who: Int) -> tuple[Int, Int, Int, Int]:
    """Return four 32-bit words for one decision. ``who`` has 64 bits; ``day`` may be negative (before day 0)."""
    s, w = np.uint64(seed), np.uint64(who)
    return philox(
        np.uint64(np.int64(day) & 0xFFFFFFFF), w & LOW, w >> SHIFT, np.uint64(stream), s & LOW, s >> SHIFT
    )


@kernel
def unit(word: Int) -> Real:
    """Return the centre of the word's cell in (0, 1): never 0, never 1."""
    return (float(word) + 0.5) * 2.0**-32


@kernel
def draw(seed: Int, stream: Int, day: Int, who: Int) -> Real:
    """Return one uniform number in (0, 1)."""
    return unit(words(seed, stream, day, who)[0])


@kernel
def draws(seed: Int, stream: Int, day: Int, who: Int) -> tuple[Real, Real, Real, Real]:
    """Return four uniform numbers in (0, 1) for one decision that has up to four parts."""
    a, b, c, d = words(seed, stream, day, who)
    return unit(a), unit(b), unit(c), unit(d)


@kernel
def pick(seed: Int, stream: Int, day: Int, who: Int, n: Int) -> Int:
    """Return one of 0..n-1, or -1 when n is 0.

    Slots are numbered up to the next power of two and empty ones are drawn again, so that one more member
    changes the choice only for those who would pick the newcomer (``floor(u * n)`` would change about half).
    """
    if n <= 0:
        return np.int64(-1)
    bits = 0
    while (1 << bits) < n:
        bits += 1
    shift = np.uint64(32 - bits)
    for attempt in range(SLOT_TRIES // 4):
        for word in words(seed, stream, day, who ^ (attempt << 52)):
            slot = np.int64(np.uint64(word) >> shift)
            if slot < n:
                return slot
    return np.int64(0)


@kernel
def category(u: float, shares: Any) -> Int:
    """Return the category at the quantile ``u`` of ``shares`` that add up to one; the last one has what is left."""
    k = 0
    while k < len(shares) - 1 and u >= shares[k]:
        u -= shares[k]
        k += 1
    return k


@kernel
def normal(u: float, v: float) -> Real:
    """Return a standard normal number from two uniforms (Box & Muller 1958)."""
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@kernel
def gamma(seed: Int, stream: Int, who: Int, shape: float) -> Real:
    """Return a gamma number of mean one, for ``shape`` below one (Marsaglia & Tsang 2000, with the boost).

    Units: none. Each attempt of the rejection uses the ``day`` place of the counter, so it is keyed too.
    """
    d = shape + 1.0 - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    for attempt in range(SLOT_TRIES):
        u, v, accept, boost = draws(seed, stream, attempt, who)
        x = normal(u, v)
        cube = (1.0 + c * x) ** 3
        if cube > 0.0 and math.log(accept) < 0.5 * x * x + d - d * cube + d * math.log(cube):
            return d * cube * boost ** (1.0 / shape) / shape
    return 1.0


@kernel
def probability(rate: float, days: float) -> Real:
    """Return the chance of at least one event in ``days`` days at ``rate`` per year.

    This is the only place where a rate becomes a probability.
    """
    return -math.expm1(-rate * days / 365.25)


@kernel
def wait(u: float, p: float) -> Int:
    """Return the number of days (at least 1) until the first success of a daily chance ``p``; huge when p is 0."""
    if p <= 1e-12:
        return 1 << 40
    if p >= 1.0:
        return 1
    return 1 + int(math.log(u) / math.log1p(-p))


@kernel
def poisson(u: float, mean: float) -> Int:
    """Return a Poisson number by inversion of one uniform; meant for small means (witnesses, household sizes)."""
    term = math.exp(-mean)
    total, n = term, 0
    while u > total and n < 1000:
        n += 1
        term *= mean / n
        total += term
    return n


@kernel
def logit(p: float) -> Real:
    """Return ln(p / (1 - p)), with p kept 1e-9 away from 0 and 1."""
    q = min(max(p, 1e-9), 1.0 - 1e-9)
    return math.log(q / (1.0 - q))


@kernel
def expit(x: float) -> Real:
    """Return the probability whose log-odds are ``x``."""
    return 1.0 / (1.0 + math.exp(-x))
