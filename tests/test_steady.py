"""A run begins in the steady state of its first day: as long as nothing changes, nothing drifts.

Every drift is tested over seeds, by the t-test of the mean change. Holm's correction keeps the chance that a test of this file
fails although nothing is wrong at 1 in 1,000; the seeds are fixed, so that for a given version of the code the result is always
the same. The old start (trust at its norm, empty jails) must fail the same tests.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from comity import CooperationModel
from comity.agents.residents import least_trust
from comity.observe.measures import GROUPS, Stock
from comity.parameters import Parameters
from comity.world.state import Memory
from comity.world.steady import contact_chances, grow_up

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from equivalence import holm

ERROR = 1e-3
SEEDS = range(1, 17)

BEFORE = {"start": dt.date(2008, 11, 1), "end": dt.date(2010, 6, 29)}
"""No change of federal policy in these days, and no programme in the places below but Maricopa."""

AFTER = {"start": dt.date(2011, 9, 8), "end": dt.date(2012, 12, 20)}
"""No change of federal policy either; the programme has operated for long."""

CLOSED = "H2+H2b+H3+H4+H5"
"""Every mechanism by default but moving away: those who move are not replaced, and what follows from their number changes."""

UNCHANGING = {
    "san-francisco-before": {"place": "06075", "scale": 40.0, "regime": "inactive", **BEFORE},
    "cook-before": {"place": "17031", "scale": 200.0, "regime": "inactive", **BEFORE},
    "jail-agreement": {"place": "48113", "scale": 100.0, "regime": "inactive+jail_287g@2006-01-01", **BEFORE},
    "san-francisco-after": {"place": "06075", "scale": 40.0, "regime": "mandatory", **AFTER},
    "maricopa-after": {"place": "04013", "scale": 150.0, "regime": "mandatory", **AFTER},
    "no-holds": {"place": "06075", "scale": 40.0, "regime": "no_holds_unpaid", **AFTER},
}


def live(seed: int, old: bool = False, **keys) -> np.ndarray:
    """Return stocks by period of four weeks and group; ``old`` begins as before there was a steady start."""
    parameters = {"recording_days": 28, "settling_days": 0 if old else 364}
    model = CooperationModel(seed=seed, **keys, hypotheses=CLOSED, parameters=parameters)
    if old:
        people = model.world[0]  # the rows of residents themselves: by their name they are read-only
        people["trust"], people["cynicism"], people["awareness"] = people["norm"], 0.0, 0.0
        model.world.clock["recount"] = 1
    model.run()
    assert len(set(model.world.change_days.tolist())) == 1, "policy changes"
    return np.array(model.stocks()).sum(axis=1)


def changes(old: bool = False, **keys) -> dict[str, np.ndarray]:
    """Return the change of each mean from the first periods to the last ones, by seed."""
    runs = np.array([live(seed, old, **keys) for seed in SEEDS])[:, :-1]  # the last period is short
    level = {}
    for stock in (Stock.TRUST, Stock.CYNICISM, Stock.AWARENESS, Stock.RISK):
        for g, group in enumerate(GROUPS):
            level[f"{stock.name} {group}"] = runs[:, :, g, stock] / np.maximum(runs[:, :, g, 0], 1)
    for stock in (Stock.IN_JAIL, Stock.IN_ICE_CUSTODY):
        level[stock.name] = runs[..., stock].sum(axis=2)
    return {name: x[:, -6:].mean(axis=1) - x[:, :2].mean(axis=1) for name, x in level.items()}


def drifting(found: dict[str, np.ndarray]) -> dict[str, float]:
    """Return what drifts by more than chance, and by how much."""
    found = {
        name: change
        for name, change in found.items()
        if np.ptp(change) > 1e-12 and not name.startswith(("AWARENESS", "RISK"))
    }
    p = np.array([stats.ttest_1samp(change, 0.0).pvalue for change in found.values()])
    rejected = holm(p, ERROR / len(UNCHANGING))
    return {name: float(found[name].mean()) for name, no in zip(found, rejected, strict=True) if no}


@pytest.mark.parametrize("name", UNCHANGING)
def test_nothing_drifts_while_nothing_changes(name):
    found = changes(**UNCHANGING[name])
    assert drifting(found) == {}
    # These follow people who are removed, whom nobody replaces: a true change, of less than 0.1 points of 100. Risk follows
    # salience, too, which a few arrests move in a place of few agents: four standard errors are allowed for.
    for measure, change in found.items():
        allowed = 1e-3 + 4.0 * change.std(ddof=1) / np.sqrt(len(change))
        assert not measure.startswith(("AWARENESS", "RISK")) or abs(change.mean()) < allowed, measure


@pytest.mark.parametrize("name", ["cook-before", "san-francisco-after"])
def test_the_old_start_drifts(name):
    found = drifting(changes(old=True, **UNCHANGING[name]))
    assert {"TRUST Hispanic, US-born", "TRUST other, US-born", "CYNICISM other, US-born", "IN_JAIL"} <= set(
        found
    )


def test_offenders_know_what_has_been_so_for_long():
    """Long after activation they know how few report; before it, what they know is the norm."""
    for keys, same in ((BEFORE, True), (AFTER, False)):
        county = CooperationModel(place="06075", scale=40.0, regime="mandatory", **keys).world.counties[0]
        learned = county["learned_sum"] / county["learned_n"]
        assert np.allclose(learned, county["learned_before"]) is same
        assert (learned <= county["learned_before"] + 1e-12).all()


def test_a_change_on_the_first_day_is_a_change():
    """What begins on the first day itself has not been so before."""
    day = dt.date(2010, 6, 8)  # San Francisco's activation
    first = CooperationModel(place="06075", scale=100.0, start=day, end=dt.date(2010, 12, 31))
    assert first.world.counties["awareness"][0] == first.world.p["awareness"][0]
    first.step()
    assert first.world.counties["salience"][0] > 0.5 * first.world.p["salience_policy"][0]


@pytest.mark.parametrize("hypotheses", ["H0", "H2+H2b+H3+H4+H5+H8"])
def test_another_regime_begins_as_if_built_for_it(hypotheses):
    """A first morning that is copied for a regime of another eve is the one that would be built."""
    keys = {"place": "06075", "scale": 100.0, "hypotheses": hypotheses, **AFTER}
    morning = CooperationModel(**keys, regime="mandatory")
    for regime in ("inactive", "no_holds_unpaid", "mandatory"):
        copied = CooperationModel(**keys, regime=regime, morning=morning.world).world
        built = CooperationModel(**keys, regime=regime).world
        for name, array in built._asdict().items():
            assert np.array_equal(array, getattr(copied, name)), (regime, name)


def test_without_days_before_the_first_nobody_is_inside():
    model = CooperationModel(place="06075", scale=100.0, parameters={"settling_days": 0}, **BEFORE)
    assert (model.world.residents["whereabouts"] == 0).all()
    assert not model.world.jails["inmates"].any()
    full = CooperationModel(place="06075", scale=100.0, **BEFORE)
    assert full.world.jails["inmates"][0] > 0


shares = st.floats(0.0, 0.5)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "bad_effect": shares,
            "custody_effect": shares,
            "good_effect": st.floats(0.0, 0.2),
            "contacts": st.floats(0.0, 2.0),
            "bad_contacts": st.floats(0.0, 1.0),
            "trust_norm": st.floats(0.05, 0.95),
            "trust_life": st.floats(1.0, 400.0),
            "entanglement_weight": st.floats(0.0, 0.3),
            "cynicism_gain": st.floats(0.0, 1.0),
            "cynicism_life": st.floats(30.0, 800.0),
        }
    ),
    st.lists(st.floats(0.0, 0.01), min_size=4, max_size=4),
)
def test_expected_trust_and_cynicism_stay_where_they_begin(values, heard):
    """One day of what `police.meet` and `news.hear` do on average leaves them as they are, whatever the parameters."""
    model = CooperationModel(
        place="48261",
        scale=100.0,
        hypotheses=CLOSED,
        parameters=values | {"settling_days": 0, "alarm": 0.0},
        **BEFORE,
    )
    w, p = model.world, Parameters(**values)
    heard[2] = min(heard[1], heard[2])
    i = (
        int(np.flatnonzero(w.residents["seen_hispanic"] == 0)[0])
        if (w.residents["seen_hispanic"] == 0).any()
        else 0
    )
    grow_up(w, i, np.array(heard))
    r = w.residents[i]

    contacts, improper = contact_chances(w, i)
    norm, least = float(r["norm"]), least_trust(w.p[0])
    trust = norm + (float(r["trust"]) - norm) * w.fade[Memory.TRUST, 1]
    trust_lost = p.bad_effect * (contacts * improper + heard[0]) + p.custody_effect * heard[1]
    trust_won = contacts * (1 - improper) * p.community_policing * p.good_effect
    after = trust - trust_lost * (r["trust"] - least) + trust_won * (1 - r["trust"])
    assert after == pytest.approx(float(r["trust"]), abs=2e-6)
    assert 0.0 <= r["trust"] <= 1.0
    cynicism = float(r["cynicism"])
    rise = p.cynicism_gain * (heard[0] + heard[2])
    assert cynicism * w.fade[Memory.CYNICISM, 1] + rise * (1 - cynicism) == pytest.approx(cynicism, abs=2e-6)
