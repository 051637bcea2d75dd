"""Fresh seeds against the baselines of `benchmarks/baselines.py`: means that moved by more than chance.

Every measure of every place and regime is compared by a two-sample t-test, with Holm's correction over all of them: the chance
that a test here fails although only the dice differ is 1 in 10,000. Counts of fewer than thirty are left out, which are not near
enough to normal for that. What it finds is said by moving one rate at a time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from baselines import FILE, MEANS, PLACES, REGIMES, SEEDS, lived
from equivalence import holm

from comity import Parameters

FAMILY_ERROR = 1e-4
FEW = 30
FRESH = range(1001, 1009)
KEPT = pd.read_csv(FILE, dtype={"place": str}).set_index(["place", "regime", "measure"])


def moved(places, regimes, **parameters) -> set[tuple[str, str, str]]:
    """Return what differs from the baselines, among all that they hold."""
    p = pd.Series(1.0, KEPT.index)
    for place in places:
        for regime in regimes:
            for name, values in lived(place, regime, FRESH, **parameters).items():
                kept = KEPT.loc[(place, regime, name)]
                n, k = int(kept["seeds"]), len(values)
                pooled = ((n - 1) * kept["sd"] ** 2 + (k - 1) * values.var(ddof=1)) / (n + k - 2)
                if name not in MEANS and 0.0 < kept["mean"] < FEW:
                    continue
                if pooled > 0.0:
                    t = abs(values.mean() - kept["mean"]) / np.sqrt(pooled * (1 / n + 1 / k))
                    p[(place, regime, name)] = 2 * stats.t.sf(t, n + k - 2)
                else:
                    assert values.mean() == pytest.approx(kept["mean"], rel=1e-5), (place, regime, name)
    return set(p.index[holm(p.to_numpy(), FAMILY_ERROR)])


def test_the_table_is_whole():
    assert set(KEPT.index.droplevel("measure")) == {(place, regime) for place in PLACES for regime in REGIMES}
    assert (KEPT["seeds"] == len(SEEDS)).all()
    assert not set(SEEDS) & set(FRESH)


def test_fresh_seeds_are_like_those_of_the_baselines():
    assert moved(PLACES, REGIMES) == set()


@pytest.mark.parametrize(
    ("parameter", "factor", "measure"),
    [
        ("minor_arrests", 1.15, "arrests"),
        ("victimisation_other", 1.2, "incidents"),
        ("contacts", 1.1, "contacts"),
        ("trust_norm", 1.02, "trust"),
        ("risk_scale", 1.1, "risk"),
    ],
)
def test_a_rate_that_moved_is_seen(parameter, factor, measure):
    """Power: in one place and regime by so much, at the error rate of all."""
    value = getattr(Parameters(), parameter) * factor
    assert ("06075", "mandatory", measure) in moved(["06075"], ["mandatory"], **{parameter: value})
