"""Random numbers: the published generator, uniform and independent draws, and choices that hardly move.

The statistical tests use fixed keys, so their outcome never varies. Their thresholds are those of a test that would
reject a perfect generator once in 10,000 times.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from comity import draws
from comity.draws import Stream
from comity.kernels import COMPILED, kernel

ERROR = 1e-4
N = 40_000 if COMPILED else 2_000  # Python alone takes a hundred times as long
ONES = 0xFFFFFFFF
BIG = (6075 << 32) | 804_321  # an identity: county and place within it
SEEDS = (0, 1, 2**31, 2**63 - 1)

FROZEN = (0xB772FF43, 0x5DDF625E, 0x944D9B1C, 0xCE411966)
FROZEN_PICKS = [311, 439, 480, 535, 154, 280, 1, 578]
"""What a second implementation of the cipher, in whole numbers of any size, gives for two keys."""

STREAMS = {
    "HOUSEHOLD_SIZE": 1,     "STATUS": 2,             "PRONENESS": 4,          "CHARACTER": 5,
    "NEIGHBOURHOOD_TIES": 6, "ETHNIC_TIES": 7,        "VICTIM_AGENDA": 8,      "CONTACT_AGENDA": 9,
    "EXIT_AGENDA": 10,       "INCIDENT": 11,          "OFFENDER": 12,          "REPORT": 13,
    "WITNESS": 14,           "WITNESS_REPORT": 15,    "CLEARANCE": 16,         "CONTACT": 17,
    "BOOKING": 19,           "STAY": 20,              "DISPOSITION": 21,       "IDENTIFICATION": 22,
    "TRIAGE": 23,            "HOLD": 24,              "PICKUP": 25,            "AT_LARGE": 26,
    "CUSTODY": 27,           "NEWS": 28,              "EXIT": 29,              "COMMIT": 31,
    "REMOVAL": 32,           "NEIGHBOUR": 33,         "POLITICS": 34,          "BAIL": 35,
    "MEMORY": 36,            "OUTREACH": 37,          "NORM": 38,              "HOMES": 39,
    "NEWCOMER": 40,          "DESTINATION": 41,       "ARRIVAL": 42,           "DEPARTURE": 43,
    "REENTRY": 44,           "AGE": 45,               "SURVEY_PANEL": 64,
    "SURVEY_DATE": 65,       "SURVEY_RESPONSE": 66,   "ATTITUDE_SAMPLE": 67,   "ATTITUDE_ANSWER": 68,
    "ATTITUDE_RESPONSE": 69, "ITEM_ANSWER": 70,       "ITEM_RESPONSE": 71,     "TRACKER_SAMPLE": 72,
    "TRACKER_RESPONSE": 73, "REDRAWN": 74,
}  # fmt: skip


@kernel
def fill(out, seed, stream, day, who, by_seed, by_stream, by_day, by_who):
    """Fill ``out[n, word]`` with the n-th of draws whose keys run in steps."""
    for n in range(len(out)):
        out[n] = draws.draws(seed + n * by_seed, stream + n * by_stream, day + n * by_day, who + n * by_who)


@kernel
def fill_picks(out, seed, size):
    for n in range(len(out)):
        out[n] = draws.pick(seed, 12, 5, n, size)


@kernel
def fill_gamma(out, seed, shape):
    for n in range(len(out)):
        out[n] = draws.gamma(seed, 4, n, shape)


def sequence(along: str, **start: int) -> np.ndarray:
    """Return (N, 4) draws whose ``along`` runs from its start while the rest of the key stays."""
    key = {"seed": 11, "stream": 13, "day": 17, "who": BIG} | start
    steps = [int(name == along) for name in key]
    out = np.zeros((N, 4))
    fill(out, *key.values(), *steps)
    return out


def picks(size: int, seed: int = 3, n: int = N) -> np.ndarray:
    out = np.zeros(n, np.int64)
    fill_picks(out, seed, size)
    return out


def evenness(cells: np.ndarray, count: int) -> float:
    """Return the p-value of the hypothesis that ``count`` cells are equally likely."""
    return stats.chisquare(np.bincount(cells, minlength=count)).pvalue


# ------------------------------------------------------------------------------------------- the generator


@pytest.mark.portable
@pytest.mark.uncompiled
@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_known_answers_of_random123(counter, key, expected):
    assert tuple(map(int, draws.philox(*counter, *key))) == expected


@pytest.mark.uncompiled
@pytest.mark.parametrize("who", [0, 1, 2**32 - 1, 2**32, BIG, 2**62 + 5, -1])
@pytest.mark.parametrize("day", [-1, 0, 5843])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_decision_is_its_own_block_of_the_cipher(seed, day, who):
    who_bits = who % 2**64
    block = draws.philox(day % 2**32, who_bits % 2**32, who_bits >> 32, 7, seed % 2**32, (seed >> 32) % 2**32)
    assert tuple(draws.words(seed, 7, day, np.int64(who))) == tuple(block)


@pytest.mark.uncompiled
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_days_may_come_from_any_table(kind):
    assert draws.draw(5, 22, kind(731), BIG) == draws.draw(5, 22, 731, BIG)


@pytest.mark.uncompiled
def test_numbers_are_within_zero_and_one():
    assert 0.0 < draws.unit(np.uint64(0)) < 1e-9
    assert 1.0 - 1e-9 < draws.unit(np.uint64(ONES)) < 1.0


@pytest.mark.portable
@pytest.mark.uncompiled
def test_the_draws_of_a_key_are_published_results():
    found = draws.draws(7, Stream.REPORT, 523, BIG)
    assert found == tuple((word + 0.5) / 2**32 for word in FROZEN)
    assert draws.draw(7, Stream.REPORT, 523, BIG) == found[0]


@pytest.mark.uncompiled
def test_streams_are_frozen():
    assert {stream.name: int(stream) for stream in Stream} == STREAMS, "never renumber a stream, only append"
    assert len(set(STREAMS.values())) == len(STREAMS)


# ------------------------------------------------------------------------------ uniformity and independence


@pytest.mark.uncompiled
@pytest.mark.parametrize("along", ["seed", "stream", "day", "who"])
def test_draws_are_uniform(along):
    values = sequence(along)
    for word in values.T:
        assert evenness((word * 256).astype(int), 256) > ERROR
        assert stats.kstest(word, "uniform").pvalue > ERROR


@pytest.mark.parametrize("along", ["seed", "stream", "day", "who"])
def test_neighbouring_draws_are_independent(along):
    values = sequence(along)
    series = [*pairwise(values[:, 0]), *zip(values[:-2, 0], values[2:, 0], strict=True)]
    first, second = np.array(series).T
    assert evenness((first * 16).astype(int) * 16 + (second * 16).astype(int), 256) > ERROR
    assert stats.pearsonr(first, second).pvalue > ERROR


@pytest.mark.parametrize("other", [{"seed": 12}, {"stream": 14}, {"day": 18}, {"who": BIG + (1 << 32)}])
def test_sequences_with_neighbouring_keys_are_independent(other):
    """The same residents under the next seed, in the next stream, on the next day, in the next county."""
    first, second = sequence("who")[:, 0], sequence("who", **other)[:, 0]
    assert evenness((first * 16).astype(int) * 16 + (second * 16).astype(int), 256) > ERROR
    assert stats.pearsonr(first, second).pvalue > ERROR
    assert not np.isin(first, second).sum() > 10  # a shifted copy would share all of them


def test_the_four_words_of_a_decision_are_independent():
    words = (sequence("who") * 4).astype(int)
    assert evenness(words @ [64, 16, 4, 1], 256) > ERROR


def test_every_bit_is_fair():
    words = (sequence("who") * 2.0**32).astype(np.uint64)
    ones = ((words[..., None] >> np.arange(32, dtype=np.uint64)) & np.uint64(1)).sum(axis=0)
    limit = stats.binom.isf(ERROR / 256, N, 0.5)  # 128 bits, two sides
    assert np.all(np.abs(ones - N / 2) < limit - N / 2)


# -------------------------------------------------------------------------------------------------- choices


@pytest.mark.uncompiled
@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 100, 129, 1000])
def test_every_member_is_equally_likely(size):
    chosen = picks(size)
    assert (chosen.min(), chosen.max()) == (0, size - 1)
    assert size == 1 or evenness(chosen, size) > ERROR


@pytest.mark.parametrize("size", [2, 3, 17, 100, 1000])
def test_choices_of_neighbouring_residents_are_independent(size):
    chosen = picks(size) * 4 // size
    if size % 4 == 0:  # otherwise quarters are not alike
        assert evenness(chosen[:-1] * 4 + chosen[1:], 16) > ERROR
    assert stats.pearsonr(chosen[:-1], chosen[1:]).pvalue > ERROR


def test_a_newcomer_changes_only_the_choices_that_fall_on_it():
    steady = [size for size in range(1, 400) if size & (size - 1)]
    for size in steady:
        before, after = picks(size, n=3000), picks(size + 1, n=3000)
        assert np.all((after == before) | (after == size)), size
    newcomers = np.mean([(picks(size + 1, n=3000) == size).mean() * (size + 1) for size in steady])
    assert newcomers == pytest.approx(1.0, abs=0.05)


@pytest.mark.uncompiled
@pytest.mark.parametrize("size", [0, -1])
def test_nobody_can_be_picked_from_nobody(size):
    assert draws.pick(1, 2, 3, 4, size) == -1


@pytest.mark.portable
@pytest.mark.uncompiled
def test_choices_are_published_results():
    assert [int(draws.pick(7, Stream.OFFENDER, 523, BIG + n, 641)) for n in range(8)] == FROZEN_PICKS


# -------------------------------------------------------------------------------------------- distributions


@pytest.mark.uncompiled
@pytest.mark.parametrize("shape", [0.01, 0.03, 0.3, 0.99, 1.0, 10.0])
def test_gamma_numbers(shape):
    values = np.zeros(max(N, 10_000))  # fewer would not show a shape that is wrong by a ninth
    fill_gamma(values, 5, shape)
    assert stats.kstest(values, stats.gamma(shape, scale=1 / shape).cdf).pvalue > ERROR
    assert abs(values.mean() - 1.0) < stats.norm.isf(ERROR / 2) / math.sqrt(shape * len(values))


@pytest.mark.uncompiled
def test_normal_numbers():
    values = sequence("who")
    normal = [draws.normal(u, v) for u, v in values[:5000, :2]]
    assert stats.kstest(normal, "norm").pvalue > ERROR


@pytest.mark.uncompiled
@settings(max_examples=200, deadline=None)
@given(
    weights=st.lists(st.integers(0, 8), min_size=1, max_size=6).filter(any),
    cell=st.integers(0, 2**32 - 1),
)
def test_a_category_is_the_one_that_a_quantile_falls_into(weights, cell):
    shares = np.array(weights) / sum(weights)
    u = (cell + 0.5) * 2.0**-32
    k = draws.category(u, shares)
    below, above = sum(weights[:k]), sum(weights[: k + 1])
    assert below - 1e-9 <= u * sum(weights) <= above + 1e-9
    assert weights[k] > 0 or k == len(weights) - 1


@pytest.mark.uncompiled
def test_the_last_category_has_what_rounding_leaves():
    assert draws.category(1.0 - 2.0**-33, np.array([0.1] * 10)) == 9
    assert draws.category(0.99, np.array([0.2, 0.2])) == 1


@pytest.mark.uncompiled
@pytest.mark.parametrize("mean", [0.0, 0.01, 0.3, 1.5, 2.5, 9.0])
def test_poisson_numbers_invert_the_distribution(mean):
    u = (np.arange(997) + 0.5) / 997
    expected = stats.poisson.ppf(u, mean) if mean else np.zeros(len(u))
    assert [draws.poisson(x, mean) for x in u.tolist()] == expected.tolist()


@pytest.mark.uncompiled
def test_poisson_numbers_end_at_the_highest_uniform():
    assert draws.poisson(draws.unit(np.uint64(ONES)), 9.0) < 60


@pytest.mark.uncompiled
@pytest.mark.parametrize("p", [1e-6, 2.6e-5, 0.01, 0.5, 0.999])
def test_waiting_times_invert_the_geometric_distribution(p):
    for u in ((np.arange(199) + 0.5) / 199).tolist():
        days = int(draws.wait(u, p))
        # The first success comes after `days` with probability (1 - p) ** days, on that day or later with one less.
        assert days * math.log1p(-p) <= math.log(u) * (1 - 1e-12)
        assert (days - 1) * math.log1p(-p) >= math.log(u) * (1 + 1e-12)


@pytest.mark.uncompiled
def test_waiting_times_at_the_ends():
    assert draws.wait(0.5, 1.0) == draws.wait(1e-9, 1.5) == 1
    assert draws.wait(0.5, 0.0) > 10**9
    assert draws.wait(draws.unit(np.uint64(ONES)), 1e-9) == 1
    assert draws.wait(draws.unit(np.uint64(0)), 1e-9) > 10**9


@pytest.mark.uncompiled
@given(st.floats(0, 1000), st.floats(0, 10_000))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_rates_become_probabilities(rate, days):
    expected = stats.expon.cdf(days * rate / 365.25)
    assert draws.probability(rate, days) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.uncompiled
def test_chances_of_days_make_the_chance_of_a_year():
    day = draws.probability(0.7, 1.0)
    assert 1.0 - (1.0 - day) ** 365.25 == pytest.approx(-math.expm1(-0.7), rel=1e-10)
    assert draws.probability(0.0, 365.0) == 0.0


@pytest.mark.uncompiled
@given(st.floats(1e-9, 1.0 - 1e-9))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_log_odds_and_probabilities_are_inverse(p):
    assert draws.expit(draws.logit(p)) == pytest.approx(p, rel=1e-9)


@pytest.mark.uncompiled
def test_log_odds_of_certainty_are_finite():
    assert -21 < draws.logit(0.0) < -20
    assert draws.logit(1.0) == pytest.approx(-draws.logit(0.0), rel=1e-7)
    assert draws.expit(draws.logit(0.0)) == pytest.approx(1e-9)


# ---------------------------------------------------------------------------------- compiled and uncompiled


def _calls():
    for seed in SEEDS:
        for n in (0, 1, BIG):
            yield draws.words, (seed, 3, 17, n)
            yield draws.draw, (seed, 3, -1, n)
            yield draws.draws, (seed, 3, 17, n)
            yield draws.pick, (seed, 3, 17, n, 641)
            yield draws.gamma, (seed, 3, n, 0.03)
    yield draws.philox, (1, 2, 3, 4, 5, 6)
    for u in (1e-9, 0.01, 0.3, 0.9999):
        yield draws.normal, (u, 1 - u)
        yield draws.wait, (u, 0.0123)
        yield draws.poisson, (u, 1.5)
        yield draws.probability, (u, 7.0)
        yield draws.logit, (u,)
        yield draws.expit, (u,)


@pytest.mark.portable
@pytest.mark.skipif(not COMPILED, reason="there is nothing to compare without the compiler")
def test_compiled_code_gives_the_values_of_its_source():
    for function, arguments in _calls():
        source = function.py_func
        assert function(*arguments) == pytest.approx(source(*arguments), rel=1e-14, abs=0), function
