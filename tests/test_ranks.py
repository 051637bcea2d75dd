"""Ranks of the truth in recovery: bands that uniform ranks leave in one of twenty samples, and what is called calibrated."""

import numpy as np
import pandas as pd
import pytest

from comity.calibrate import defaults, ranks


def trials(**given):
    return pd.concat([pd.DataFrame({"parameter": name, "rank": values}) for name, values in given.items()])


def test_uniform_ranks_leave_the_band_in_one_of_twenty_samples():
    rng = np.random.default_rng(7)
    places, low, high = ranks.band(64)
    left = []
    for _ in range(1000):
        sample = rng.random(64)
        shares = np.searchsorted(np.sort(sample), places, side="right") / 64
        outside = bool(((shares < low) | (shares > high)).any())
        assert outside != ranks.inside(trials(a=sample))["ranks_uniform"][0]
        left.append(outside)
    assert 0.03 < np.mean(left) < 0.07


def test_the_band_is_as_wide_as_published_ones():
    """Where one place alone is looked at, 95 % of binomial counts lie nearer; over all places the band must be wider."""
    places, low, high = ranks.band(100)
    at = 49  # one half
    assert places[at] == pytest.approx(0.5)
    assert high[at] - low[at] > 2 * 1.96 * 0.05
    assert high[at] - low[at] < 2 * 1.63 / np.sqrt(100)  # Kolmogorov's, at 1 %, is as wide everywhere


@pytest.mark.parametrize("shape", [(2, 1), (0.5, 0.5), (3, 3)], ids=["biased", "too narrow", "too wide"])
def test_ranks_that_are_not_uniform_are_found(shape):
    found = ranks.inside(
        trials(good=np.linspace(0.002, 0.998, 128), bad=np.random.default_rng(1).beta(*shape, 128))
    )
    assert found["ranks_uniform"].tolist() == [True, False]
    assert [text.partition(":")[0] for text in ranks.doubts(found)] == ["bad"]


def test_posterior_is_said_only_of_what_moved_and_is_found():
    table = pd.DataFrame({"shrinkage": [0.4, 0.4, 0.85], "ranks_uniform": [True, False, True]})
    assert ranks.source(table) == ["posterior", "prior", "prior"]


def test_the_central_half_is_no_corner():
    rng = np.random.default_rng(3)
    points = rng.multivariate_normal([0, 0], [[1, 0.95], [0.95, 1]], 4000)
    weights = np.full(4000, 1 / 4000)
    inside = defaults.central(points, weights)
    assert inside.mean() == pytest.approx(0.5, abs=0.001)
    assert np.hypot(*points[inside].T).max() < 2.0
    across = (
        np.abs(points[:, 0] - points[:, 1]) > 0.6
    )  # near the middle in each parameter, far in both together
    assert not inside[across].any()
