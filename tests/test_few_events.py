"""Findings of few places: told where their events exist, silent elsewhere, and never wrong by one agent a month."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.published import funnel, reproduce, scorecard, targets
from comity.published.estimates import ESTIMATES, sparse

FEW = [t for t in targets.published() if t.estimate and sparse(t.estimate)]
"""Published numbers that are held against estimates of few places."""


def found(name: str, above: float, below: float) -> float:
    """Return the estimate from agents a month: of holds in a state it is a change, of others a share."""
    return funnel.enough(name, above, below) - (100.0 if name.startswith("trust_act") else 0.0)


def test_every_estimate_of_named_counties_says_when_it_has_too_few():
    assert {t.estimate for t in FEW} == funnel.ENOUGH.keys()
    named = {name for name in ESTIMATES if name.startswith(("trust_act", "nyc", "cook"))}
    assert named == funnel.ENOUGH.keys()


@pytest.mark.parametrize("target", FEW, ids=lambda target: target.id)
@given(st.floats(0.3, 5000), st.floats(-1, 1), st.floats(-1, 1))
@settings(max_examples=100, deadline=None)
def test_one_agent_a_month_never_makes_it_wrong(target, below, more, other):
    """Where the world is as published, a run that is one agent a month off, above and below, is inside or silent."""
    share = (target.value + (100.0 if target.estimate.startswith("trust_act") else 0.0)) / 100.0
    numbers = max(share * below + more, 0.0), below + other
    if target.estimate == "nyc_honoured":  # a share of what is answered
        numbers = min(numbers), numbers[1]
    value = found(target.estimate, *numbers)
    assert targets.verdict(target, value) in ("inside", "too few events")
    assert np.isnan(value) == (numbers[1] < funnel.ENOUGH[target.estimate])


@pytest.mark.parametrize("target", FEW, ids=lambda target: target.id)
def test_with_many_agents_it_is_told(target):
    away = found(target.estimate, 0.0, 1000.0), found(target.estimate, 2500.0, 1000.0)
    assert {targets.verdict(target, value) for value in away} - {"inside", "right sign"} == {
        "wrong"
    } or target.sign
    assert all(targets.verdict(target, value) not in targets.QUIET for value in away)


def test_runs_that_happen_to_have_enough_are_no_sample():
    """A finding that some seeds cannot tell is silent, and counts neither for the model nor against it."""
    target = next(t for t in FEW if t.id == "I02d")
    runs = pd.DataFrame({target.estimate: [-100.0, np.nan, -100.0, np.nan]})
    table = reproduce.compare([target], runs)
    assert list(table["verdict"]) == ["too few events"]
    assert np.isnan(table["model"][0])
    assert len(scorecard.strict(table, "model")) == 0
    whole = reproduce.compare([target], runs.fillna(-100.0))
    assert list(whole["verdict"]) == ["inside"]
    plain = targets.published()[0]
    assert targets.verdict(plain, np.nan) == "failed"
