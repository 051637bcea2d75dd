"""What is met, and what hits rest on: counted from verdicts, and the same wherever it is shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.calibrate import recovery
from comity.calibrate.coverage import ALONE, WHOLE
from comity.published import experiments, reproduce, targets
from comity.published.scorecard import scorecard, strict
from comity.tournament import predict

ROOT = Path(__file__).parents[1]
IN_README = (
    *("one point", *get_args(targets.Basis), "one point, strictly"),
    *("posterior", "posterior, strictly", "in the 95 % of draws"),
)
ANSWERED = [target for target in targets.published() if target.estimate]


def _met(exactly: bool) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Return tables of a model that gives every published number, or one that gives none of them."""
    signs = {"+": 1.0, "-": -1.0, "0": 0.0}
    values = {t.estimate: (t.value if t.value is not None else signs[t.sign]) for t in ANSWERED}
    runs = pd.DataFrame([values, values]) + (0.0 if exactly else 1e7)
    runs = runs.assign(draws="posterior", hypotheses="H1", point=[0, 1], seed=1)
    return [reproduce.compare(ANSWERED, runs)], predict.judge(runs, targets.published()).tables["predictive"]


@pytest.mark.parametrize("exactly", [True, False])
def test_all_or_nothing_is_met(exactly: bool) -> None:
    table = scorecard(*_met(exactly)).set_index("use")
    for use in ("fitting", "selection", "holding out"):
        own = [t for t in ANSWERED if t.use == use]
        signs = [t for t in own if t.low is None]
        met = len(own) if exactly else sum(t.sign == "+" for t in signs)
        if exactly:  # every run has the number, so that a null that is not zero is surely none in the model
            met -= sum(t.sign == "0" and t.value != 0 for t in own)
        assert table.loc[use, "one point"] == f"{met} of {len(own)}"
        assert table.loc[use, "posterior"] == f"{met} of {len(own)}"
        measured = [t for t in own if t.basis not in ("sign only", "by construction")]
        near = exactly * sum(t.sign != "0" or t.value == 0 for t in measured)
        for of in ("one point, strictly", "posterior, strictly"):
            assert table.loc[use, of] == (f"{near} of {len(measured)}" if measured else "-")
        numbers = sum(t.value is not None for t in own)
        assert table.loc[use, "in the 95 % of draws"] == f"{numbers if exactly else 0} of {numbers}"


def test_every_answered_number_rests_on_one_basis() -> None:
    table = scorecard(*_met(True))
    parts = table[list(get_args(targets.Basis))]
    counts = parts.map(lambda cell: 0 if cell == "-" else int(cell.split()[-1]))
    assert list(counts.sum(axis=1)) == [int(cell.split()[-1]) for cell in table["one point"]]


@given(share=st.floats(-0.5, 0.5), target=st.sampled_from([t for t in ANSWERED if t.value]))
def test_the_strict_count_asks_for_a_tenth_where_no_interval_was_published(share: float, target: Any) -> None:
    value = target.value * (1 + share)
    runs = pd.DataFrame({target.estimate: [value, value]})
    table = reproduce.compare([target], runs)
    met, told = list(strict(table, "model")), list(table["verdict"] == "inside")
    if target.basis in ("sign only", "by construction"):
        assert met == []
    elif target.basis == "published interval":
        assert met == told
    elif abs(abs(share) - 0.1) > 1e-6:  # at the very end, rounding decides
        assert met == [told[0] and abs(share) < 0.1]


def test_intervals_that_hold_the_truth_too_seldom_are_named() -> None:
    names = {"parameter": ["one", "other", "third"], "trials": [128] * 3}
    table = pd.DataFrame(
        names
        | {
            "coverage_90": [0.836, 0.9, 0.97],
            "coverage_90_least": [0.844] * 3,
            "coverage_90_most": [0.945] * 3,
        }
    )
    said = recovery.doubts(table)
    assert [text.split(":")[0] for text in said] == ["one", "third"]
    assert "too narrow" in said[0]
    assert "too wide" in said[1]


def test_of_nothing_there_is_no_share() -> None:
    runs = pd.DataFrame(
        {"seed": [1, 1], "regime": ["mandatory", "no_receive"], "into_ice_custody": [0.0, 3.0]}
    )
    first = [target for target in experiments.expectations("founding-case") if target.id == "F01"]
    assert np.isnan(reproduce._differences(runs, first).to_numpy()).all()


def test_readme_has_the_scorecard_of_the_committed_results() -> None:
    ids = {target.id for target in targets.published()}
    tables = [pd.read_csv(path) for path in sorted(ROOT.glob("results/*/table.csv"))]
    predicted = pd.read_csv(ROOT / "results" / "predictive" / "predictive.csv")
    found = scorecard([table[table["target"].isin(ids)] for table in tables], predicted)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = text.partition("| | fitting | selection | held out |\n")[2].splitlines()[1:]
    for name, line in zip(IN_README, lines, strict=False):
        assert [cell.strip() for cell in line.strip("|").split("|")][1:] == list(found[name]), line


def test_readme_says_how_predictions_cover() -> None:
    found = pd.read_csv(ROOT / "results" / "predictive" / "intervals.csv").set_index(["use", "prediction"])
    before, after = (found.xs(name, level="prediction").loc[list(targets.TESTING)] for name in (ALONE, WHOLE))
    held = [f"{round(row.covered * row.numbers)} of {row.numbers}" for row in after.itertuples()]
    scores = [
        f"{a:.1f}, {b:.1f}" for a, b in zip(before["interval_score"], after["interval_score"], strict=True)
    ]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for cells in (held, [f"{z:.2f}" for z in after["rms_z"]], scores):
        assert f"| {' | '.join(cells)} |" in text


def test_readme_shows_the_posterior_with_its_doubts() -> None:
    text = re.sub(r"\s+", " ", (ROOT / "README.md").read_text(encoding="utf-8"))
    narrow = recovery.doubts(pd.read_csv(ROOT / "results" / "calibration" / "recovery.csv"))
    assert narrow
    for sentence in narrow:
        numbers = re.search(r"(\S+)% of (\d+) trials on known parameters; (\S+)% to (\S+)%", sentence)
        assert numbers is not None
        assert sentence.partition(":")[0] in text
        assert f"{numbers[1]} % of {numbers[2]} trials" in text
        assert f"({numbers[3]} %)" in text or f"({numbers[4]} %)" in text


def test_the_study_of_fear_and_ties_says_what_its_tables_say() -> None:
    text = re.sub(
        r"\s+", " ", (ROOT / "experiments" / "fear-and-ties" / "README.md").read_text(encoding="utf-8")
    )
    folder, calls = ROOT / "results" / "fear-and-ties", "hispanic_victims_who_report"
    change = pd.read_csv(folder / "paired.csv").set_index(["regime", "outcome"])["difference"]
    index = pd.read_csv(folder / "sensitivity.csv").set_index(["regime", "outcome", "parameter"])
    weight = index.loc[("inactive", calls, "fear_weight")]
    box = pd.read_csv(folder / "discovery.csv").set_index("regime").loc["inactive"]
    for said in (
        f"{change['inactive', calls]:.1f} points more",
        f"{change['no_receive', calls]:.1f} points more",
        f"({weight['total']:.2f}, interval {weight['total_low']:.2f} to {weight['total_high']:.2f})",
        f"in {box['n_failures']} of {box['n_points']} points, wherever `fear_weight` is {box['box_low']:.1g} or more",
    ):
        assert said in text
