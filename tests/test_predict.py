"""What draws of the posterior predict of published numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from bundles import manifest_of
from typer.testing import CliRunner

from comity.cli import app
from comity.published import targets
from comity.tournament import predict

if TYPE_CHECKING:
    from pathlib import Path


KNOWN = {target.id: target for target in targets.published()}


def made_up(**numbers: list[float]) -> pd.DataFrame:
    frame = pd.DataFrame(numbers)
    return frame.assign(draws="posterior", hypotheses="H1", point=range(len(frame)), seed=1)


def row(table: pd.DataFrame, name: str):
    return table.set_index("id").loc[name]


def test_an_interval_holds_the_central_draws_and_the_share_inside_is_counted() -> None:
    reporting = KNOWN["T02"]
    values = np.linspace(-20, 0, 201)
    found = row(
        predict.judge(made_up(gjw_reporting_hispanic=list(values)), [reporting]).tables["predictive"], "T02"
    )
    assert (found["predicted_low"], found["predicted"], found["predicted_high"]) == pytest.approx(
        (-19.5, -10, -0.5)
    )
    assert reporting.low is not None
    assert reporting.high is not None
    assert found["inside"] == pytest.approx(np.mean((values >= reporting.low) & (values <= reporting.high)))
    assert found["published_se"] == reporting.se


def test_every_number_that_is_not_an_input_has_a_row_and_held_out_ones_come_last() -> None:
    table = predict.judge(made_up(gjw_reporting_hispanic=[1.0, 2.0]), list(KNOWN.values())).tables[
        "predictive"
    ]
    assert set(table["id"]) == {target.id for target in KNOWN.values() if target.use != "input"}
    assert list(dict.fromkeys(table["use"])) == list(targets.TESTING)
    answered = {target.id for target in KNOWN.values() if target.estimate == "gjw_reporting_hispanic"}
    assert set(table.loc[~table["standing"].isin([*targets.QUIET, "failed"]), "id"]) == answered


def test_sentences_count_published_numbers_within_predictions() -> None:
    two = [KNOWN["T02"], KNOWN["T11"]]
    runs = made_up(gjw_reporting_hispanic=[-9.5, -9.4], ay_log_offences=[0.5, 0.6])
    said = list(predict.sentences(predict.judge(runs, two).tables["predictive"]))
    words = "{0}: {1} of 1 published numbers lie in the central 95 % of draws; "
    words += "the mean of draws lies in {1} of 1 published intervals; "
    words += "strictly, in those that were published or else within 10 %, in {1} of 1"
    assert said == [words.format("fitting", 1), words.format("selection", 0)]


def test_every_answered_number_is_predicted_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold-outs and violent crime too, which calibration does not predict; of the latter a coarser nation has too little."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(predict, "QUICK_SCALE", 400.0)
    pd.DataFrame({"fear_weight": [1.0, 2.0, 2.2]}).to_csv("draws.csv", index=False)
    done = CliRunner().invoke(
        app, ["predict", "--quick", "--quiet", "--posterior", "draws.csv", "--out", "found"]
    )
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "found").iterdir()} == {
        *(
            "predictive.csv",
            "predictive.png",
            "predictive.svg",
            "runs.csv",
            "manifest.json",
            "ro-crate-metadata.json",
        ),
        *("model-error.csv", "residuals.csv", "intervals.csv"),
    }
    manifest_of(tmp_path / "found")
    table = pd.read_csv(tmp_path / "found" / "predictive.csv").set_index("id")
    assert set(table["runs"]) == {2}
    assert table.loc["T13b", ["predicted", "predicted_low"]].notna().all()
    told = table[table["standing"] != "silent"]
    assert set(told["use"]) == set(targets.TESTING)
    again = CliRunner().invoke(
        app, ["predict", "--quick", "--quiet", "--posterior", "draws.csv", "--out", "twice"]
    )
    assert again.exit_code == 0, again.output
    for path in (tmp_path / "found").iterdir():
        assert path.read_bytes() == (tmp_path / "twice" / path.name).read_bytes(), path.name


def test_draws_of_the_posterior_come_with_comity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where there are no results
    plan = predict.prepare(quick=True)
    assert len(plan.sweep.study.points()) == predict.QUICK_DRAWS


def test_without_draws_it_ends_before_anything_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["predict", "--posterior", "draws.csv"])
    assert done.exit_code == 2
    assert "draws.csv" in done.output
    assert not (tmp_path / "results").exists()
