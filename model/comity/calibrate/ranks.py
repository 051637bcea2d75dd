"""Ranks of the truth in posteriors of runs whose parameters are known (simulation-based calibration).

If calibration is right, the share of the posterior below the truth is uniform over trials (Talts, Betancourt, Simpson, Vehtari
& Gelman 2018, arXiv:1804.06788). The distribution of the ranks must then stay within a band that uniform ranks leave in one of
twenty samples, anywhere (Säilynoja, Bürkner & Vehtari 2022, Stat. Comput. 32:32): at every place the count of ranks below is
binomial, and the smallest of its tail probabilities over all places is held against that of simulated uniform samples. What is
outside of its band is not called calibrated. Trials share the sweep from which they are calibrated: the band is a little narrow.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVEL: Final = 0.95
SAMPLES: Final = 4_000

MOVED: Final = 0.8
"""Shrinkage below which a posterior has moved."""


def _places(number: int) -> Floats:
    return np.arange(1, number) / number


def _tail(ranks: Floats) -> float:
    """Return the smallest two-sided binomial tail probability of the counts of ranks below any place."""
    from scipy import stats  # noqa: PLC0415 - slow to import

    number = len(ranks)
    places = _places(number)
    counts = np.searchsorted(np.sort(ranks), places, side="right")
    below, above = stats.binom.cdf(counts, number, places), stats.binom.sf(counts - 1, number, places)
    return float(2 * np.minimum(below, above).min(initial=0.5))


@cache
def least(number: int) -> float:
    """Return the tail probability that uniform ranks fall below in one of twenty samples of this size."""
    rng = np.random.default_rng(1)
    return float(np.quantile([_tail(rng.random(number)) for _ in range(SAMPLES)], 1 - LEVEL))


def band(number: int) -> tuple[Floats, Floats, Floats]:
    """Return places between 0 and 1, and the least and greatest share of ranks below each that chance allows."""
    from scipy import stats  # noqa: PLC0415 - slow to import

    places, tail = _places(number), least(number) / 2
    low, high = (np.asarray(stats.binom.ppf(at, number, places)) / number for at in (tail, 1 - tail))
    return places, low, high


def inside(tried: Any) -> pd.DataFrame:
    """Return for every parameter whether its ranks stay within the band: columns ``parameter`` and ``ranks_uniform``.

    Args:
        tried: a row per trial and parameter with ``rank``, from `comity.calibrate.recovery.recovery`.
    """
    each = tried.groupby("parameter", sort=False)["rank"]
    return pd.DataFrame(
        {"parameter": name, "ranks_uniform": _within(own.to_numpy(float))} for name, own in each
    )


def _within(found: Floats) -> bool:
    places, low, high = band(len(found))
    share = np.searchsorted(np.sort(found), places, side="right") / len(found)
    return bool(((share >= low) & (share <= high)).all())


def source(table: Any) -> list[str]:
    """Return what is known of every parameter rests on: ``posterior`` where that moved and its ranks are uniform, or ``prior``.

    Args:
        table: with ``shrinkage`` and ``ranks_uniform``.
    """
    moved = (table["shrinkage"] < MOVED) & table["ranks_uniform"].astype(bool)
    return ["posterior" if found else "prior" for found in moved]


def doubts(table: Any) -> list[str]:
    """Return a sentence for each parameter whose ranks leave the band.

    Args:
        table: of `inside`.
    """
    return [
        f"{name}: not calibrated. On known parameters, its ranks leave the band that chance allows in 19 of 20 samples."
        for name in table.loc[~table["ranks_uniform"].astype(bool), "parameter"]
    ]
