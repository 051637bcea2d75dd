"""Which point of a posterior becomes the defaults: the one that meets most findings when it is lived, not the luckiest."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from comity.calibrate import defaults, infer
from comity.calibrate.posterior import STUDY
from comity.parameters import Parameters, describe
from comity.published.targets import Interval
from comity.scenario import load
from comity.sweeps.files import load_study
from comity.sweeps.study import Study
from comity.sweeps.uncertainties import Uncertainty


@dataclass(frozen=True)
class Finding(Interval):
    """A published finding, as calibration sees it."""

    id: str
    estimate: str
    value: float | None
    se: float | None = None
    low: float | None = None
    high: float | None = None


FITTED = Finding("A", "sum", 1.0, 0.1, 0.8, 1.2)
SELECTING = Finding("B", "difference", 0.4, 0.1, 0.2, 0.6)
SIGN = Finding("C", "sum", None)
PRIOR = {name: Uncertainty(low=0.0, high=1.0) for name in ("fear_weight", "ties_weight")}


def sweep(runs: int = 600) -> pd.DataFrame:
    """Runs of a toy whose sum is published, which leaves a line of points, and whose difference selects on it."""
    rng = np.random.default_rng(3)
    points = rng.random((runs, 2))
    frame = pd.DataFrame(points, columns=["fear_weight", "ties_weight"]).assign(point=range(runs), seed=1)
    noise = rng.normal(0.0, 0.02, (runs, 2))
    return frame.assign(sum=points.sum(axis=1) + noise[:, 0], difference=points @ [1, -1] + noise[:, 1])


def test_candidates_meet_what_was_fitted_and_what_selects():
    frame = sweep()
    posterior = infer.infer(frame, [FITTED], PRIOR)
    found = defaults.candidates(posterior, frame, [FITTED, SELECTING, SIGN], number=5)
    assert list(found.columns) == ["fear_weight", "ties_weight"]
    assert len(found) == 5
    assert (found.sum(axis=1) - 1.0).abs().max() < 0.2
    assert (found["fear_weight"] - found["ties_weight"] - 0.4).abs().max() < 0.2
    assert not found.duplicated().any()
    free = posterior.parameters
    assert (
        free["fear_weight"] - free["ties_weight"]
    ).std() > 0.2  # what was fitted leaves the difference open


def test_the_chosen_point_is_the_one_that_meets_most_when_it_is_lived():
    points = pd.DataFrame({"fear_weight": [0.1, 0.2, 0.3]})
    lived = pd.DataFrame(
        {
            "point": [0, 0, 1, 1, 2, 2],
            "sum": [1.5, 1.4, 1.0, 1.3, 1.05, 0.95],  # means 1.45, 1.15, 1.0
            "difference": [0.4, 0.4, 0.3, 0.3, 0.4, 0.2],
        }
    )
    found = defaults.choose(points, lived, [FITTED, SELECTING])
    assert found["fear_weight"].tolist() == [0.3, 0.2, 0.1]
    assert found["met"].tolist() == [2, 2, 1]
    assert set(found["of"]) == {2}
    assert found["distance"].is_monotonic_increasing


def test_a_point_whose_number_is_missing_does_not_meet_it():
    points = pd.DataFrame({"fear_weight": [0.1, 0.2]})
    numbers = [np.nan, *[1.0] * 19]
    lived = pd.DataFrame({"point": [0, *[1] * 19], "sum": numbers})
    assert defaults.choose(points, lived, [FITTED])["met"].tolist() == [1, 0]


@pytest.mark.parametrize(("value", "shown"), [(1.2345, 1.2), (0.004567, 0.0046), (288.0, 290.0), (0.0, 0.0)])
def test_points_have_two_significant_digits(value, shown):
    assert defaults.rounded(np.array([[value]]), ["fear_weight"]).iloc[0, 0] == pytest.approx(shown)


def test_candidates_are_lived_with_seeds_that_no_sweep_used():
    study = Study(scenario="united-states", outcomes=["funnel_latino"], seeds=1)
    trial = defaults.trial(study, pd.DataFrame({"fear_weight": [1.1, 2.2]}))
    assert trial.size == 2 * defaults.SEEDS
    assert {run.seed for run in trial.runs()} == set(range(defaults.FIRST, defaults.FIRST + defaults.SEEDS))
    assert trial.points()["fear_weight"].tolist() == [1.1, 2.2]


def chosen(folder: str) -> dict[str, float]:
    table = pd.read_csv(Path(__file__).parents[1] / "results" / folder / "choice.csv")
    return table.drop(columns=["met", "of", "distance"]).iloc[0].to_dict()


def test_the_nation_has_the_chosen_point():
    nation, free = load("united-states").parameters.model_dump(), load_study(STUDY).uncertainties
    assert {name: nation[name] for name in chosen("calibration")} == chosen("calibration")
    assert {name for name in free if not free[name].dummy} == chosen("calibration").keys()


@pytest.mark.parametrize("study", ["calibration", "tournament"])
def test_what_is_not_free_is_as_in_the_nation(study):
    nation = load("united-states").parameters
    for name, value in load_study(study).scenario.parameters:
        assert value == getattr(nation, name) or name in chosen("calibration"), name


def test_the_defaults_of_the_registry_are_the_point_that_was_chosen_while_the_nation_stood_still():
    values = Parameters().model_dump()
    still = chosen("calibration-still")
    assert {name: values[name] for name in still} == still
    calibrated = {name for name in Parameters.model_fields if describe(name).source == "calibrated"}
    assert calibrated == still.keys()
