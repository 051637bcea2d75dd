"""The kernels and the plain model of `benchmarks/plain_mesa` give the same results: a short version of the oracle.

Both live the same synthetic residents with dice of their own, in a scene where every mechanism is on and rates are
far above reality, so that each stage of the pipe has many events; `benchmarks/equivalence.py` is the long version.

Every outcome, counts by group and level among them, is compared by a paired t-test over seeds. Holm's correction keeps
the chance that the test fails although nothing is wrong at 1 in 10,000, and for a given version of the code the result
is always the same.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from equivalence import holm, paired
from outcomes import collect
from scenes import SHARP

from comity.agents.news import announce
from comity.agents.police import share_out

FAMILY_ERROR = 1e-4
SEEDS = 50

Collected = dict[str, tuple[list[str], Any, Any]]


def differing(found: Collected) -> dict[str, str]:
    """Return the outcomes in which the two models differ by more than chance, and by how much."""
    named = [
        (name, a, b)
        for names, *both in found.values()
        for name, a, b in zip(names, *_columns(both), strict=True)
    ]
    p = np.array([paired(a, b) for _, a, b in named])
    rejected = holm(p, FAMILY_ERROR)
    return {
        name: f"comity {a.mean():.4g}, plain {b.mean():.4g}, p = {value:.2g}"
        for (name, a, b), value, no in zip(named, p, rejected, strict=True)
        if no
    }


def _columns(both: list[Any]) -> list[Any]:
    return [array.T for array in both]


def test_plain_model_agrees() -> None:
    found = collect(SHARP, range(1, SEEDS + 1))
    names, comity, _ = found["counts"]
    assert comity[:, names.index("removals")].sum() > 5 * SEEDS, "too few events to compare"
    assert differing(found) == {}


@pytest.mark.uncompiled
@pytest.mark.parametrize("learned", [0, 1])
def test_news_is_told_alike_fresh_and_put_off(learned: int) -> None:
    model, plain = SHARP.pair(1)
    w, before, left = model.world, (0.1, 0.0, 0.9), (1.0, 0.4, 0.7)
    w.p["news_learned"] = learned
    plain.p = plain.p.model_copy(update={"news_learned": learned})
    w.counties["salience"] = w.counties["news"] = before
    for county, salience, headline in zip(plain.counties, before, left, strict=True):
        county.salience = county.news = salience
        county.headline = headline
    for c, headline in enumerate(left):
        announce(w, c, headline)
        plain.counties[c].publish_policy()
    assert w.counties["neighbours"].sum() > 0
    for name in ("news", "salience"):
        assert np.allclose(w.counties[name], [getattr(county, name) for county in plain.counties])
    assert np.allclose(w.counties["salience"], before) == bool(learned)
    assert not any(county.headline for county in plain.counties)


@pytest.mark.uncompiled
def test_time_is_shared_out_alike() -> None:
    """From free hands to hands so full that nobody is left to answer calls."""
    model, plain = SHARP.pair(1)
    w = model.world.copy()
    w.policies[:] = w.change_policies[: len(w.policies)]
    for cases in (0.0, 1.0, 10.0, 100.0, 1000.0):
        for c, county in enumerate(plain.counties):
            w.police["backlog"][c] = county.police.backlog = cases * w.police["officers"][c]
            policy = {name: w.policies[name][c].item() for name in ("street", "outreach")}
            county.policy = SimpleNamespace(**policy)
            share_out(w, c)
            county.police.share_out()
            own, theirs = w.police[c], county.police
            assert theirs.presence == pytest.approx(own["presence"], abs=1e-12)
            assert theirs.response == pytest.approx(own["response"])
            assert theirs.backlog == pytest.approx(own["backlog"])
            engaged = own["community_policing"] * own["community_time"]
            assert theirs.community_policing == pytest.approx(engaged, abs=1e-12)
    assert (w.police["response"] > 100.0).all()


def test_a_difference_is_seen() -> None:
    rng = np.random.default_rng(1)
    same, other = rng.poisson(500.0, (2, SEEDS, 200)).astype(float)
    names = [f"outcome {n}" for n in range(200)]
    assert differing({"counts": (names, same, other)}) == {}
    other[:, 7] *= 1.15
    assert list(differing({"counts": (names, same, other)})) == ["outcome 7"]
