"""The model's error: inferred from what was left out, of what may be seen alone, and added to what is predicted."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from comity.calibrate import coverage, model_error, scales
from comity.published import targets
from comity.tournament import predict

RNG = np.random.default_rng(5)
KNOWN = {target.id: target for target in targets.published()}
NUMERIC = [
    t for t in KNOWN.values() if t.estimate and t.value is not None and t.low is not None and not t.local
]


def toy(kind: str, count: int, tau: float, use: str = "selection"):
    """Findings of one kind whose residuals have a known spread, and draws that know nothing of it."""
    about = {
        "effect": {"unit": "pp", "sign": "+", "section": "A."},
        "level": {"unit": "people", "sign": "", "section": "A."},
        "stated": {"unit": "% of respondents", "sign": "", "section": "B. Trust"},
        "ratio": {"unit": "ratio", "sign": "", "section": "A."},
    }[kind]
    one = KNOWN["T12d"]
    away = tau * RNG.standard_normal(count)
    back = scales.scale(one.model_copy(update=about), np.ones(3), ())
    middle = 40.0 if kind == "stated" else 1.0
    values = [
        middle + w if kind == "effect" else float(back.back(back.to(middle) + w * back.unit)) for w in away
    ]
    findings = [
        one.model_copy(
            update={**about, "id": f"{kind}{n}", "row": f"{kind}{n}", "value": v, "se": 1.0, "use": use}
        )
        for n, v in enumerate(values)
    ]
    return findings, np.full((8, count), middle)


def inferred(*parts):
    findings = [finding for own, _ in parts for finding in own]
    numbers = np.hstack([numbers for _, numbers in parts])
    return model_error.infer(findings, numbers, np.zeros(len(findings)), [])


@pytest.mark.parametrize("kind", scales.KINDS)
@pytest.mark.parametrize("tau", [0.5, 3.0])
def test_a_known_error_is_found(kind, tau):
    found = inferred(toy(kind, 400, tau))
    assert found.size(kind) == pytest.approx(tau, rel=0.15)


def test_few_findings_are_drawn_to_the_common_scale():
    """Two residuals that happen to be tiny do not make a kind exact where the other kinds are wrong."""
    many = [toy(kind, 40, 2.0) for kind in ("level", "stated", "effect")]
    few = inferred(*many, toy("ratio", 2, 1e-6))
    alone = inferred(toy("ratio", 2, 1e-6))
    assert alone.size("ratio") < few.size("ratio") < 2.0
    none = inferred(*many)
    assert few.size("ratio") < none.size("ratio")
    # A kind without findings has the common scale, whose square is inverse-gamma given the three others, with a mean of
    # (3 x 2^2 / 2) / (3 / 2 - 1) = 12; the grid ends before the last of its tail.
    assert none.size("ratio") == pytest.approx(12**0.5, rel=0.15)


def test_sampling_errors_of_the_studies_are_not_the_models():
    findings, numbers = toy("effect", 300, 1.0)
    found = model_error.infer(
        [f.model_copy(update={"interval": "published"}) for f in findings], numbers, np.zeros(300), []
    )
    assert found.size("effect") < 0.5


def test_what_was_fitted_is_predicted_without_itself():
    """Draws near the published number weigh less once it is left out; the mean of the others is what remains."""
    finding = KNOWN["T02"]
    numbers = np.array([[-9.4], [-9.4], [-6.0]])
    left = [
        model_error.residuals([finding], numbers, np.zeros(1), fitted)["predicted_without"][0]
        for fitted in ([], ["T02"])
    ]
    assert left[0] == pytest.approx(numbers.mean())
    likelihood = np.exp(-0.5 * ((numbers[:, 0] + 9.446) / 3.664) ** 2)
    assert left[1] == pytest.approx(np.average(numbers[:, 0], weights=1 / likelihood), rel=1e-6)


def test_what_was_put_in_says_nothing():
    by_construction = [t for t in NUMERIC if t.construction]
    assert by_construction
    numbers = np.ones((4, len(by_construction)))
    found = model_error.infer(by_construction, numbers, np.zeros(len(by_construction)), [])
    assert found.residuals.empty


@pytest.mark.parametrize("target", NUMERIC, ids=lambda target: target.id)
def test_scales_lead_back_and_errors_widen(target):
    values = np.array([0.8, 1.0, 1.05]) * (target.value or 0.1)
    on = scales.scale(target, values, NUMERIC)
    assert on.unit > 0
    assert on.back(on.to(values)) == pytest.approx(np.maximum(values, 0.1) if target.id == "I04" else values)
    error = inferred(toy("effect", 5, 1.0), toy("level", 5, 1.0), toy("ratio", 5, 1.0), toy("stated", 5, 1.0))
    low, high = error.interval(target, values)
    assert low < values.min()
    assert high > values.max()
    if on.name == "log-odds":
        assert low >= 0
        assert high <= 100


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("T01", "effect"), ("T01b", "level"), ("T10", "ratio"), ("T23", "stated"), ("T33e", "ratio")),
        *(("T35b", "level"), ("T25", "stated"), ("TR04", "effect"), ("I02", "ratio"), ("TR20", "ratio")),
    ],
)
def test_kinds_follow_unit_sign_and_section(name, kind):
    assert scales.kind(KNOWN[name]) == kind


@given(some.lists(some.floats(-50, 150), min_size=2, max_size=12), some.sampled_from(NUMERIC))
def test_an_interval_with_error_holds_the_one_without(values, target):
    error = inferred(toy("effect", 3, 1.0), toy("level", 3, 1.0))
    low, high = error.interval(target, np.array(values))
    plain = np.quantile(values, model_error.ENDS)
    assert low <= plain[0]
    assert high >= plain[1]


def spoilt(tmp_path, uses=("holding out",), number="123456.0"):
    """Write the real findings with other numbers for some uses, ends in order."""
    text = targets.default_file().read_text(encoding="utf-8")
    head, *tables = text.split("[[finding.target]]")
    made = [
        re.sub(r"(?m)^(value|se|low|high) = .*$", rf"\1 = {number}", table)
        if any(f'use = "{use}"' in table for use in uses)
        else table
        for table in tables
    ]
    assert made != tables
    path = tmp_path / "targets.toml"
    path.write_text("[[finding.target]]".join([head, *made]), encoding="utf-8")
    return path


def lived():
    """Runs that give every estimate a number near what was published."""
    names = {t.estimate: (t.value or 0.0) for t in NUMERIC}
    frame = pd.DataFrame({name: value * (1 + 0.1 * RNG.standard_normal(12)) for name, value in names.items()})
    return frame.assign(draws="posterior", hypotheses="H1", point=np.arange(12), seed=1)


PREDICTED = ["id", "predicted", "predicted_low", "predicted_high", "error_low", "error_high"]


def test_findings_held_out_change_no_prediction(tmp_path):
    runs = lived()
    found = predict.judge(runs, targets.national()).tables
    other = predict.judge(runs, targets.national(spoilt(tmp_path))).tables
    for name in ("model-error", "residuals"):
        pd.testing.assert_frame_equal(found[name], other[name])
    pd.testing.assert_frame_equal(found["predictive"][PREDICTED], other["predictive"][PREDICTED])
    seen = predict.judge(runs, targets.national(spoilt(tmp_path, ("selection",), "3.0"))).tables
    assert not found["model-error"].equals(seen["model-error"])


def test_sealed_predictions_read_no_number_held_out(tmp_path):
    """Numbers that are no numbers would be refused if anybody looked at them."""
    runs, path = lived(), spoilt(tmp_path, number='"nonsense"')
    published = targets.national(path, sealed=True)
    table = predict.judge(runs, published, sealed=True).tables["predictive"]
    open_ = predict.judge(runs, targets.national()).tables["predictive"]
    pd.testing.assert_frame_equal(table[PREDICTED], open_[PREDICTED])
    held = table[table["use"] == "holding out"]
    assert held["predicted"].notna().sum() > 15
    assert held[["published", "published_low", "published_se", *predict.COMPARED]].isna().all(axis=None)
    assert "intervals" not in predict.judge(runs, published, sealed=True).tables


def test_interval_score_is_that_of_gneiting_and_raftery():
    finding = KNOWN["T13"].model_copy(update={"value": 0.3})  # an effect: one unit is its own error
    error = model_error.infer([finding], np.zeros((4, 1)), np.zeros(1), [])
    values = np.linspace(-0.1, 0.1, 2001)
    row = coverage.judged([finding], [values], error).set_index("prediction").loc[coverage.ALONE]
    low, high = np.quantile(values, [0.025, 0.975])
    assert row["interval_score"] * finding.error == pytest.approx((high - low) + 2 / 0.05 * (0.3 - high))
    assert not row["covered"]
    assert row["z"] == pytest.approx(0.3 / values.std())


def test_summary_counts_by_use_and_sets_construction_apart():
    runs = lived()
    table = predict.judge(runs, targets.national()).tables["intervals"]
    assert set(table["use"]) == {*targets.TESTING, coverage.APART}
    assert table.groupby("use")["numbers"].nunique().eq(1).all()
    wide = table.pivot(index="use", columns="prediction", values="width")
    assert (wide[coverage.WHOLE] > wide[coverage.ALONE]).all()
