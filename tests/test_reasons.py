"""Why two runs differ: what is said is what runs with a mechanism switched off show, and nothing that they do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.app import histories, reasons
from comity.app.series import COLUMNS
from comity.app.view import read_view
from comity.dictionary.glossary import OF_MECHANISM, glossary
from comity.hypotheses import MECHANISMS
from comity.model import CooperationModel

SHORT = {"scale": "500", "start": "2010-05-01", "end": "2010-12-31"}
REPORTING, CUSTODY = COLUMNS.index(("reporting", "hispanic")), COLUMNS.index(("custody", "all"))
SEEDS = 4


def pair(**keys: str) -> list[Any]:
    return read_view(SHORT | keys).setups


def lived(before: Any, after: Any, seeds: int = SEEDS) -> Any:
    setups = reasons.variants(before, after)
    runs = [
        histories.live([s.with_(seed=s.seed + n) for s in setups], COLUMNS, lambda: None)
        for n in range(seeds)
    ]
    return np.stack(runs)


def said(before: Any, after: Any, column: int) -> dict[str, Any]:
    return reasons.reasons(list(reasons.mechanisms(before, after)), lived(before, after), column)


def test_what_a_mechanism_carries_is_what_goes_without_it() -> None:
    before, after = pair(against="inactive")
    found = said(before, after, REPORTING)
    off = {"fear_weight": 0.0}
    gaps = []
    for changes in ({}, off):
        runs = [
            [
                histories.summary(CooperationModel(s.with_(seed=1 + n, **changes)).run(), COLUMNS)[REPORTING]
                for n in range(SEEDS)
            ]
            for s in (before, after)
        ]
        gaps.append(np.mean(np.subtract(runs[1], runs[0])))
    (fear,) = (part for part in found["parts"] if part["mechanism"] == "fear")
    assert found["moved"]["difference"] == pytest.approx(gaps[0])
    assert fear["carried"] == pytest.approx(gaps[0] - gaps[1])
    assert fear["share"] == pytest.approx(1 - gaps[1] / gaps[0])


def test_a_placebo_is_all_reaction_and_custody_is_all_law() -> None:
    placebo = said(*pair(against="no_receive", scale="50"), REPORTING)
    assert placebo["moved"]["outcome"] == "reporting"
    assert placebo["rest"] == {"difference": 0.0, "half": 0.0, "told": False}
    law = said(*pair(against="full_decline@2010-06-08", scale="50"), CUSTODY)
    assert law["moved"]["outcome"] == "custody"
    assert law["rest"]["told"]
    assert law["rest"]["difference"] == pytest.approx(law["moved"]["difference"], rel=0.1)


def test_where_nobody_reacts_a_placebo_moves_what_is_believed_alone() -> None:
    found = said(*pair(against="no_receive", hypotheses="H0"), REPORTING)
    assert found["moved"]["outcome"] == "attribution"
    assert found["parts"] == found["states"] == []
    assert found["rest"]["difference"] == found["moved"]["difference"]


def test_what_changes_nothing_is_said_to() -> None:
    found = said(*pair(against="must_comply"), REPORTING)
    assert found["same"]
    assert found["moved"] is None
    assert found["parts"] == found["states"] == []


gap = st.floats(-5, 5, allow_nan=False).map(lambda x: 0.0 if abs(x) < 1e-3 else x)


@given(st.data(), st.integers(1, 6), st.integers(0, 3), st.integers(0, len(COLUMNS) - 1))
@settings(max_examples=200, deadline=None)
def test_nothing_is_said_that_the_numbers_do_not_support(
    data: Any, seeds: int, count: int, wanted: int
) -> None:
    shape = (seeds, 2 * (count + 2), len(COLUMNS))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    runs = rng.normal(size=shape) + data.draw(gap) * (np.arange(shape[1]) % 2)[None, :, None]
    runs[:, :, rng.random(len(COLUMNS)) < 0.2] = np.nan
    found = reasons.reasons([f"m{k}" for k in range(count)], runs, wanted)
    gaps = runs[:, 1::2] - runs[:, ::2]

    def told(values: Any) -> bool:
        """Whether all the evidence is beside zero, worked out anew."""
        from scipy import stats  # noqa: PLC0415 - slow to import

        if seeds < 2 or np.isnan(values).any():
            return False
        test = stats.ttest_1samp(values, 0)
        return bool(test.pvalue < 0.05 + 1e-9)

    shown = [*found["states"], *([found["moved"]] if found["moved"] else [])]
    for each in shown:
        assert told(gaps[:, 0, COLUMNS.index((each["outcome"], each["group"]))])
    if found["moved"]:
        at = COLUMNS.index((found["moved"]["outcome"], found["moved"]["group"]))
        for part in found["parts"]:
            assert told(gaps[:, 0, at] - gaps[:, 1 + int(part["mechanism"][1:]), at])
        assert found["rest"]["told"] == told(gaps[:, -1, at])
    if told(gaps[:, 0, wanted]):
        assert at == wanted


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"hypotheses": "H0"}, True),
        ({"fear_weight": "0.1"}, True),
        ({"regime": "inactive"}, True),
        ({"seed": "2"}, False),
        ({"scale": "1000"}, False),
        ({"end": "2011-01-31"}, False),
        ({"place": "Cook County, IL"}, False),
    ],
)
def test_only_the_same_people_days_and_dice_are_compared(change: dict[str, str], same: bool) -> None:
    assert reasons.alike(pair()[0], pair(**change)[0]) is same


def test_every_mechanism_can_be_switched_off_and_has_words() -> None:
    setup = pair(hypotheses="H1+H2+H2b+H3+H4+H5+H6+H7+H8+H9+H10")[0]
    assert set(reasons.mechanisms(setup, setup)) == set(MECHANISMS)
    for name in MECHANISMS:
        assert glossary()[OF_MECHANISM + name].phrase
    nobody, *_ = reversed(reasons.variants(setup, setup))
    every = setup.with_(**{key: value for off in MECHANISMS.values() for key, value in off.items()})
    runs = [CooperationModel(each).run().totals()["reported"] for each in (every, nobody)]
    assert np.array_equal(*runs)
