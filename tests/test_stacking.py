"""Weights of rival hypotheses: those of the mixture that best predicts studies that it has not seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from comity.problems import InputError
from comity.published import targets
from comity.tournament import predict, stacking

KNOWN = {target.id: target for target in targets.published()}
TWO = [KNOWN["T02"], KNOWN["T11"]]  # of two studies


def runs(**numbers: tuple[float, float]) -> pd.DataFrame:
    """Four draws of each rival, near its numbers for reporting and for offences."""
    rng = np.random.default_rng(2)
    parts = [
        pd.DataFrame(
            {
                "gjw_reporting_hispanic": one + 0.1 * rng.standard_normal(4),
                "ay_log_offences": other + 0.001 * rng.standard_normal(4),
            }
        ).assign(hypotheses=name, point=range(4), seed=1, draws="posterior")
        for name, (one, other) in numbers.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_weights_maximise_the_sum_of_log_densities():
    densities = np.log(np.random.default_rng(1).gamma(1.0, size=(3, 9)))
    found = stacking.stacked(densities)
    loss = lambda w: -np.log(w @ np.exp(densities)).sum()  # noqa: E731
    best = optimize.minimize(
        loss, np.full(3, 1 / 3), bounds=[(0, 1)] * 3, constraints={"type": "eq", "fun": lambda w: w.sum() - 1}
    )
    assert found.sum() == pytest.approx(1)
    assert loss(found) == pytest.approx(best.fun, abs=1e-4)


def test_rivals_that_are_right_about_different_studies_share_the_weight():
    """Posterior probability would end at one of them; the third, which is wrong about both, gets nothing."""
    densities = np.array([[0.0, -9.0], [-9.0, -0.5], [-9.0, -9.0]])
    assert stacking.stacked(densities) == pytest.approx([0.5, 0.5, 0.0], abs=0.01)


def test_a_rival_that_is_right_gets_all():
    table = stacking.weights(runs(H6=(20.0, -0.3), H2=(-9.4, 0.017)), TWO)
    assert table["hypothesis"].tolist() == ["H2", "H6"]
    assert table["stacked_weight"].tolist() == pytest.approx([1.0, 0.0], abs=1e-3)
    assert set(table["studies"]) == {2}


def test_predictions_carry_the_spread_between_hypotheses():
    frame = runs(H2=(-9.0, 0.0), H4=(-1.0, 0.0))
    alone, mixed = (
        predict.judge(frame, TWO, shares).tables["predictive"].set_index("id").loc["T02"]
        for shares in ({"H2": 1.0}, {"H2": 0.75, "H4": 0.25})
    )
    assert alone["between"] == 0
    assert mixed["between"] == pytest.approx(8 * np.sqrt(0.75 * 0.25), rel=0.05)
    assert mixed["predicted"] == pytest.approx(-7.0, abs=0.2)
    assert mixed["predicted_high"] > -2 > alone["predicted_high"]
    assert mixed["runs"] == len(frame)


def test_files_of_weights_are_read_and_refused(tmp_path):
    table = stacking.weights(runs(H2=(-9.4, 0.017), H6=(20.0, -0.3)), TWO)
    path = tmp_path / "stacking.csv"
    table.to_csv(path, index=False)
    assert predict.weights(path) == pytest.approx({"H2": 1.0}, abs=0.05)
    pd.DataFrame({"a": [1]}).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"stacking\.csv of 'comity tournament'"):
        predict.weights(path)
    with pytest.raises(InputError, match=r"missing\.csv"):
        predict.weights(tmp_path / "missing.csv")


def test_rivals_share_the_draws(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "stacking.csv"
    pd.DataFrame(
        {"draws": "posterior", "hypothesis": ["H2", "H4", "H6"], "stacked_weight": [0.6, 0.39, 0.01]}
    ).to_csv(path, index=False)
    plan = predict.prepare(stacking=path)
    assert plan.sweep.study.levers == {"hypotheses": ("H2", "H4")}
    assert plan.sweep.study.size == predict.DRAWS * predict.SEEDS
