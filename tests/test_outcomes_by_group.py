"""Outcomes by group, and outcomes of one's own: kept, or refused in words, and never missing without a word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import comity
from comity.observe.measures import GROUPS
from comity.problems import InputError
from comity.sweeps.files import revive
from comity.sweeps.outcomes import OUTCOMES, plus_minus
from comity.sweeps.study import Study

if TYPE_CHECKING:
    from pathlib import Path

KEYS: dict[str, Any] = {
    "scenario": {"place": "06003", "start": "2010-01-01", "end": "2010-03-31"},
    "seeds": 2,
    "groups": GROUPS,
}


def test_groups_add_up_to_everybody(tmp_path: Path) -> None:
    study = Study(**KEYS)
    assert revive(study.as_json()) == study
    comity.sweep(study, tmp_path / "s", workers=1)
    ways: list[dict[str, Any]] = [{}, {"weekly": True}, {"since": "2010-02-01"}]
    for frame in (comity.load(tmp_path / "s", **way) for way in ways):
        for outcome in OUTCOMES:
            parts = [part.id for group in GROUPS if (part := outcome.of(group))]
            assert len(parts) == sum(group.startswith(outcome.groups) for group in GROUPS)
            if not outcome.weight:
                assert frame[parts].sum(axis=1).to_numpy() == pytest.approx(
                    frame[outcome.id].to_numpy(), rel=1e-5
                )
            elif f"{outcome.id}_weight" in frame:
                weights = frame[[f"{part}_weight" for part in parts]].to_numpy(float)
                means = np.nan_to_num(frame[parts].to_numpy(float))
                total = np.nan_to_num(frame[outcome.id].to_numpy(float)) * frame[
                    f"{outcome.id}_weight"
                ].to_numpy(float)
                assert (weights * means).sum(axis=1) == pytest.approx(total, rel=1e-4, abs=1e-3)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_an_interval_is_told_to_a_digit_that_means_something(value: float, half: float) -> None:
    """No interval reads as 0 that is not, and both numbers end at the same digit: the second of the half, or a whole number."""
    told, _, interval = plus_minus(value, half, "+").replace(",", "").partition(" ±")
    if round(half, 6) == 0:
        assert interval == "0"
        return
    decimals = len(interval.partition(".")[2])
    assert len(told.partition(".")[2]) == decimals
    assert abs(float(interval) - half) <= 0.0501 * half or decimals == 0
    assert abs(float(told) - value) <= 0.5001 * 10**-decimals + 1e-6
    assert float(interval) > 0


def test_trust_is_compared_by_group() -> None:
    """Groups of which outcomes are kept apart are those of every table, and what they share is the whole."""
    ours = {outcome.groups for outcome in OUTCOMES if outcome.numerator == ("trust_sum",)}
    assert {name for name in GROUPS if name.startswith("Hispanic")} < ours
    assert {"Hispanic", "other"} < ours


def test_a_study_with_groups_is_another_study() -> None:
    plain = Study(**KEYS | {"groups": ()})
    assert plain.digest() != Study(**KEYS).digest()
    assert "groups" not in plain.as_json()


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"groups": ["hispanic"]}, "groups[0] = 'hispanic': unknown group; valid: did you mean Hispanic?"),
        ({"groups": ["other", "other"]}, "groups[1] = 'other': stands in the list twice"),
        (
            {"groups": ["other"], "outcomes": ["hispanic_victims_who_report"]},
            "none of the outcomes is of this group",
        ),
        (
            {"groups": ["other"], "outcomes": ["gjw_peak"], "scenario": "united-states"},
            "none of the outcomes is of this group",
        ),
    ],
)
def test_groups_that_cannot_be_kept_are_refused(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        Study(**keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"outcomes": ["removals", "mine.py:burden"]},
        {"outcomes": ["mine:burden"]},
        {"outcomes": ["./mine.py"]},
        {"outcomes": {"file": "mine.py", "functions": ["burden"]}},
        {"functions": "mine.py"},
        {"outcome_functions": ["mine.py"]},
        {"outcomes_from": "package.module:burden"},
    ],
)
def test_a_study_that_names_code_is_told_what_to_do_instead(
    tmp_path: Path, keys: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("raise SystemExit('this ran')")
    with pytest.raises(InputError) as refused:
        Study(**keys)
    assert [problem.wrong for problem in refused.value.problems] == ["names code, which a study never runs"]
    assert "comity.load(STUDY, weekly=True)" in str(refused.value)
