"""Estimators against known answers: intervals, pairs, sensitivity indices, boxes, and what is missing."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from scipy.stats import binom, qmc

from comity.analyse import plots, sensitivity
from comity.analyse.discovery import discover, failures
from comity.analyse.intervals import differences, interval, paired, summary

NAMES = ["x1", "x2", "x3", "dice"]
MOST_FALSE = 1e-4
"""Chance with which a test of coverage may fail although the intervals are right."""


def frame(points: int = 1, seeds: int = 5, regimes: str = "ab", rng: Any = None, noise: float = 1.0) -> Any:
    """Runs in which points, seeds and regimes add up: a point is worth its number, regime b is worth 0.5 more."""
    rng = rng or np.random.default_rng(1)
    shared = rng.normal(size=seeds)
    rows = [
        {
            "point": p,
            "place": "06075",
            "regime": r,
            "hypotheses": "H2",
            "seed": s,
            "y": p + shared[s] + 0.5 * (r == "b"),
        }
        for p, r, s in itertools.product(range(points), regimes, range(seeds))
    ]
    return pd.DataFrame(rows).assign(y=lambda runs: runs["y"] + noise * rng.normal(size=len(runs)))


# Intervals


def covered(found: Any, truth: float) -> int:
    return int(found["low"] <= truth <= found["high"])


def test_paired_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng, trials = np.random.default_rng(7), 600
    hits = sum(covered(paired(frame(seeds=6, rng=rng), "a", ["y"]).iloc[0], 0.5) for _ in range(trials))
    low, high = binom.ppf([MOST_FALSE / 2, 1 - MOST_FALSE / 2], trials, 0.95)
    assert low <= hits <= high


def test_intervals_over_points_cover_the_mean_over_uncertainties() -> None:
    rng, trials, hits = np.random.default_rng(8), 400, 0
    for _ in range(trials):
        runs = frame(points=8, seeds=2, regimes="a", rng=rng)
        levels = rng.normal(3.0, 2.0, 8)
        runs["y"] = levels[runs["point"]] + rng.normal(size=len(runs))
        hits += covered(summary(runs, ["y"], over="points").iloc[0], 3.0)
    low, high = binom.ppf([MOST_FALSE / 2, 1 - MOST_FALSE / 2], trials, 0.95)
    assert low <= hits <= high


@pytest.mark.portable
def test_units_are_named_and_counted() -> None:
    runs = frame(points=3, seeds=5)
    drawn = summary(runs, ["y"], over="points").iloc[0]
    assert drawn[["over", "n", "n_points", "n_runs"]].tolist() == ["points", 3, 3, 15]
    assert summary(runs, ["y"]).iloc[0][["over", "n", "n_runs"]].tolist() == ["seeds", 5, 15]
    each = summary(runs, ["y"], by=("point", "regime"))
    assert len(each) == 6
    assert set(each["over"]) == {"seeds"}


def test_interval_is_students() -> None:
    mean, half = interval(np.array([1.0, 2.0, 3.0]))
    assert (mean, half) == pytest.approx((2.0, 4.302653 / np.sqrt(3)), rel=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.integers(1, 5), st.randoms(use_true_random=False), st.integers(0, 6))
def test_summary_counts_runs_and_does_not_depend_on_their_order(
    points: int, seeds: int, random: Any, lost: int
) -> None:
    runs = frame(points, seeds)
    order = list(runs.index)
    random.shuffle(order)
    shuffled = runs.loc[order[: max(len(order) - lost, 1)]]
    keys = {"points": range(points), "seeds": range(seeds)}
    one = summary(shuffled, ["y"], **keys).sort_values("regime", ignore_index=True)
    two = summary(shuffled.sort_index(), ["y"], **keys).sort_values("regime", ignore_index=True)
    pd.testing.assert_frame_equal(one, two, rtol=1e-12)
    assert one["n_runs"].sum() == len(shuffled)
    assert (one["n_runs"] + one["n_missing"] == points * seeds).all()
    means = shuffled.groupby(["regime", "point"])["y"].mean().groupby("regime").mean()
    np.testing.assert_allclose(one["mean"], means, rtol=1e-9)


# What is missing


def test_missing_and_failed_runs_are_counted() -> None:
    runs = frame(points=2, seeds=4)
    runs.loc[0, "y"] = np.nan
    runs.loc[1, "y"] = np.inf
    runs = runs.drop(index=[2, 12])
    found = summary(runs, ["y"]).set_index("regime")
    assert found["n_missing"].to_dict() == {"a": 3, "b": 1}
    assert paired(runs, "a", ["y"])["n_missing"].tolist() == [4]
    assert np.isfinite(found["mean"]).all()


def test_a_case_without_runs_is_a_row() -> None:
    runs = frame().assign(place=lambda table: np.where(table["regime"] == "a", "06075", "17031"))
    found = summary(runs, ["y"])
    assert len(found) == 4
    empty = found[found["n"] == 0]
    assert empty["n_missing"].tolist() == [5, 5]
    assert empty["mean"].isna().all()
    pairs = paired(runs, "a", ["y"])
    assert pairs["n_missing"].tolist() == [5, 5]
    assert pairs[["difference", "replications_saved", "same_sign"]].isna().all(axis=None)


def test_points_and_seeds_that_nobody_ran_are_missing_when_they_are_named() -> None:
    found = summary(frame(points=2), ["y"], points=range(3), seeds=range(10)).iloc[0]
    assert (found["n_points"], found["n_runs"], found["n_missing"]) == (2, 10, 20)


def test_one_seed_has_a_mean_and_no_interval() -> None:
    found = paired(frame(seeds=1), "a", ["y"]).iloc[0]
    assert np.isfinite(found["difference"])
    assert found[["sd", "low", "high", "replications_saved"]].isna().all()


def test_a_missing_run_does_not_make_its_seed_look_different() -> None:
    runs = frame(points=3, seeds=4, regimes="a", noise=0.0)
    lost = summary(runs.drop(index=[11]), ["y"], over="seeds").iloc[0]  # of the point with the highest values
    assert lost["sd"] == pytest.approx(summary(runs, ["y"], over="seeds").iloc[0]["sd"], rel=0.35)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda runs: summary(runs, ["z"]), "no column z"),
        (lambda runs: summary(runs, ["y"], by=("place",)), "name every column"),
        (lambda runs: summary(runs[:0], ["y"]), "no runs"),
        (lambda runs: paired(runs, "c", ["y"]), "baseline 'c'; valid: a, b"),
        (lambda runs: plots.differences(paired(runs, "a", ["y"]), "z"), "valid: y"),
    ],
)
def test_frames_that_do_not_fit_are_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(frame())


# Pairs


@pytest.mark.portable
def test_replications_saved_is_the_ratio_of_variances() -> None:
    found = paired(frame(points=3, seeds=4000, noise=0.5), "a", ["y"]).iloc[0]
    assert found["replications_saved"] == pytest.approx(2 * (1 + 0.25) / (2 * 0.25), rel=0.1)
    assert found["same_sign"] == 1.0


def test_pairs_that_differ_by_a_constant_save_everything() -> None:
    found = paired(frame(noise=0.0), "a", ["y"]).iloc[0]
    assert found["replications_saved"] == np.inf
    assert found["difference"] == pytest.approx(0.5)
    assert found["high"] - found["low"] == pytest.approx(0.0, abs=1e-12)


def test_sign_is_stable_where_points_agree() -> None:
    runs = frame(points=4, noise=0.0)
    runs.loc[(runs["point"] == 3) & (runs["regime"] == "b"), "y"] -= 0.6
    assert paired(runs, "a", ["y"])["same_sign"].tolist() == [0.75]


def test_differences_are_runs_of_effects() -> None:
    runs = frame(points=2).astype({"regime": "category"}).drop(index=[0])
    found = differences(runs, "a", ["y"])
    assert set(found["regime"]) == {"b"}
    assert found["y"].isna().sum() == 1
    effect = summary(found.astype({"regime": str}), ["y"]).iloc[0]
    assert effect["mean"] == pytest.approx(paired(runs, "a", ["y"]).iloc[0]["difference"])


# Sensitivity


def ishigami(unit: Any) -> Any:
    x = np.pi * (2 * unit - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def lived(unit: Any, function: Any, seeds: int, noise: float) -> Any:
    """Runs of a function with noise that hangs on the seed and the dummy, as in a study."""
    dice = np.unique(unit[:, -1], return_inverse=True)[1]
    draws = noise * np.random.default_rng(3).normal(size=(seeds, dice.max() + 1))
    tables = [
        pd.DataFrame({"point": range(len(unit)), "seed": s, "y": function(unit) + draws[s][dice]})
        for s in range(seeds)
    ]
    return pd.concat(tables, ignore_index=True).assign(place="06075", regime="a", hypotheses="H2")


def design(kind: str, size: int, columns: int = 4) -> Any:
    if kind == "latin":
        return pd.DataFrame(qmc.LatinHypercube(columns, rng=1).random(size), columns=NAMES[:columns])
    pytest.importorskip("SALib")
    from SALib.sample import morris, sobol  # noqa: PLC0415 - not everybody has it

    problem = {"num_vars": columns, "names": NAMES[:columns], "bounds": [[0.0, 1.0]] * columns}
    sample = (
        sobol.sample(problem, size, calc_second_order=False, seed=1)
        if kind == "sobol"
        else morris.sample(problem, size, 4, seed=1)
    )
    return pd.DataFrame(sample, columns=NAMES[:columns])


def test_sobol_indices_of_ishigami() -> None:
    points = design("sobol", 2048)
    found = sensitivity.sobol(lived(points.to_numpy(), ishigami, 1, 0.0), points, "y", dummies=["dice"])
    first, total = (
        [0.3139, 0.4424, 0.0, 0.0],
        [0.5576, 0.4424, 0.2437, 0.0],
    )  # Ishigami & Homma 1990, a = 7, b = 0.1
    np.testing.assert_allclose(found["first"], first, atol=0.03)
    np.testing.assert_allclose(found["total"], total, atol=0.03)
    np.testing.assert_allclose(found[["first", "total"]], found[["first_check", "total_check"]], atol=1e-3)
    assert ((found["first_low"] <= first) & (first <= found["first_high"])).all()
    assert ((found["total_low"] <= total) & (total <= found["total_high"])).all()


@pytest.mark.portable
def test_sobol_indices_of_the_g_function() -> None:
    points, a = design("sobol", 1024, 3), np.array([0.0, 1.0, 9.0])
    runs = lived(points.to_numpy(), lambda u: np.prod((np.abs(4 * u - 2) + a) / (1 + a), axis=1), 1, 0.0)
    found = sensitivity.sobol(runs, points, "y")
    partial = 1 / 3 / (1 + a) ** 2  # Saltelli & Sobol' 1995
    whole = np.prod(1 + partial) - 1
    np.testing.assert_allclose(found["first"], partial / whole, atol=0.03)
    np.testing.assert_allclose(
        found["total"], partial * np.prod(1 + partial) / (1 + partial) / whole, atol=0.03
    )
    assert found["above_floor"].isna().all()


@pytest.mark.parametrize(("seeds", "share"), [(1, 0.5), (10, 0.0909)])
def test_dummy_shows_the_share_of_noise_and_replicates_shrink_it(seeds: int, share: float) -> None:
    points = design("sobol", 1024)
    noise = float(ishigami(design("latin", 4000).to_numpy()).std())
    found = sensitivity.sobol(lived(points.to_numpy(), ishigami, seeds, noise), points, "y", dummies=["dice"])
    dummy = found.set_index("parameter").loc["dice"]
    assert dummy["total"] == pytest.approx(share, rel=0.15)
    assert dummy["dummy"]
    assert not dummy["above_floor"]
    above = found.set_index("parameter")["above_floor"]
    assert bool(above["x3"]) == (
        seeds == 10
    )  # 0.24 of the variance, hidden by half noise and shown by replicates


@pytest.mark.portable
def test_morris_on_a_plane() -> None:
    points = design("morris", 20)
    runs = lived(points.to_numpy(), lambda u: u @ [3.0, -2.0, 0.0, 0.0], 4, 0.2)
    found = sensitivity.morris(runs, points, "y", dummies=["dice"]).set_index("parameter")
    np.testing.assert_allclose(found["mu"][["x1", "x2", "x3"]], [3.0, -2.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(found["mu_star"][["x1", "x2", "x3"]], [3.0, 2.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(found["sigma"][["x1", "x2", "x3"]], 0.0, atol=1e-9)
    assert found["above_floor"].tolist() == [True, True, False, False]
    assert 0.0 < found["mu_star"]["dice"] < 0.5


def test_morris_takes_values_with_their_distributions() -> None:
    points = design("morris", 10)
    values = points.assign(x1=10 + 5 * points["x1"], x2=0.1 * 100 ** points["x2"])
    problem = {
        "x1": (10, 15, "uniform"),
        "x2": (0.1, 10, "loguniform"),
        "x3": (0, 1, "uniform"),
        "dice": (0, 1, "uniform"),
    }
    runs = lived(points.to_numpy(), ishigami, 1, 0.0)
    pd.testing.assert_frame_equal(
        sensitivity.morris(runs, points, "y"),
        sensitivity.morris(runs, values, "y", problem=problem),
        rtol=1e-9,
    )
    with pytest.raises(ValueError, match="cannot be undone"):
        sensitivity.morris(runs, values, "y", problem=problem | {"x1": (10, 15, "normal")})


def test_latin_hypercubes_have_first_order_indices_and_a_floor_by_chance() -> None:
    pytest.importorskip("SALib")
    points = design("latin", 400)
    found = sensitivity.space_filling(
        lived(points.to_numpy(), ishigami, 1, 0.5), points, "y", dummies=["dice"]
    )
    assert found["above_floor"].tolist()[:2] == [True, True]
    assert not found["above_floor"].iloc[3]
    first = np.array([0.3139, 0.4424, 0.0, 0.0]) * 13.84 / (13.84 + 0.25)
    assert ((found["first_low"] <= first) & (first <= found["first_high"])).all()


WRONG = [
    ("sobol", "sobol", lambda points: points.iloc[::-1].reset_index(drop=True), "starts at row 0"),
    ("sobol", "sobol", lambda points: points.iloc[:-1], "no multiple of 6"),
    ("sobol", "morris", lambda points: points, "Saltelli"),
    ("morris", "sobol", lambda points: points, "Morris"),
    ("morris", "morris", lambda points: points.iloc[::-1].set_axis(NAMES, axis=1) * 0.95, "steps"),
    ("space_filling", "morris", lambda points: points, "too few|more than once"),
    ("space_filling", "sobol", lambda points: points, "more than once"),
    ("sobol", "sobol", lambda points: points * 2, "bounds"),
]


@pytest.mark.parametrize(("method", "kind", "change", "message"), WRONG)
def test_designs_that_do_not_fit_are_refused(method: str, kind: str, change: Any, message: str) -> None:
    points = change(design(kind, 32))
    with pytest.raises(ValueError, match=message):
        getattr(sensitivity, method)(lived(design(kind, 32).to_numpy(), ishigami, 1, 0.0), points, "y")


def test_sensitivity_names_points_without_runs_and_counts_missing_ones() -> None:
    points = design("morris", 10)
    runs = lived(points.to_numpy(), ishigami, 3, 0.1)
    assert sensitivity.morris(runs.drop(index=[5]), points, "y")["n_missing"].tolist() == [1] * 4
    with pytest.raises(ValueError, match=r"2 of 50 points have no run with a y: 7, 31"):
        sensitivity.morris(runs[~runs["point"].isin([7, 31])], points, "y")
    both = pd.concat([runs, runs.assign(regime="b")])
    with pytest.raises(ValueError, match="several values of regime"):
        sensitivity.morris(both, points, "y")
    with pytest.raises(ValueError, match="one seed"):
        sensitivity.morris(pd.concat([runs, runs]), points, "y")
    with pytest.raises(ValueError, match="unknown dummy"):
        sensitivity.morris(runs, points, "y", dummies=["noise"])


def test_an_outcome_that_does_not_vary_has_no_indices() -> None:
    points = design("sobol", 8)
    with pytest.raises(ValueError, match="same at all points"):
        sensitivity.sobol(lived(points.to_numpy(), lambda u: np.ones(len(u)), 1, 0.0), points, "y")


# Discovery


def cube(n: int = 800, columns: int = 5) -> Any:
    return pd.DataFrame(qmc.LatinHypercube(columns, rng=4).random(n), columns=list("abcde")[:columns])


def test_a_box_is_found_where_it_is() -> None:
    points = cube()
    inside = ((points["a"] > 0.6) & points["c"].between(0.2, 0.7)).to_numpy()
    box = discover(points, inside)
    assert set(box.limits.index) == {"a", "c"}
    assert box.limits.loc["a", "box_low"] == pytest.approx(0.6, abs=0.03)
    assert box.limits.loc["a", "box_high"] == np.inf
    assert box.limits.loc["c", ["box_low", "box_high"]].to_numpy(float) == pytest.approx([0.2, 0.7], abs=0.05)
    assert min(box.coverage, box.density, box.coverage_elsewhere, box.density_elsewhere) > 0.9
    assert (box.limits["quasi_p"] < 1e-6).all()
    assert (box.limits["reproduced"] == 1.0).all()
    assert box.contains(points).sum() * box.density == pytest.approx(box.coverage * box.n_failures)


def test_coverage_falls_and_density_rises_along_the_way() -> None:
    points = cube()
    noise = np.random.default_rng(2).random(len(points))
    box = discover(points, (points["b"] < 0.4) & (noise < 0.8) | (noise < 0.05), density=0.7)
    steps = box.trajectory
    assert (steps["coverage"].diff().dropna() <= 1e-12).all()
    assert (steps["mass"].diff().dropna() < 0).all()
    assert steps.iloc[0][["coverage", "mass", "restricted"]].tolist() == [1.0, 1.0, 0.0]
    assert steps["density"].iloc[box.chosen] >= 0.7
    assert list(box.limits.index) == ["b"]


def test_noise_gives_no_box() -> None:
    failed = np.random.default_rng(5).random(800) < 0.2
    box = discover(cube(), failed)
    assert box.limits.empty
    assert (box.coverage, box.density) == (1.0, pytest.approx(failed.mean()))


def test_a_box_by_chance_is_not_reproduced() -> None:
    points, failed = cube(200), np.random.default_rng(5).random(200) < 0.2
    spurious = discover(points, failed, reproduced=0.0)
    assert not spurious.limits.empty
    assert (spurious.limits["reproduced"] < 0.5).all()
    assert spurious.density_elsewhere < failed.mean() + 0.05 < spurious.density
    assert discover(points, failed).limits.empty


@pytest.mark.portable
def test_few_levels_are_peeled_whole() -> None:
    points = cube().assign(a=lambda table: np.floor(5 * table["a"]), b=lambda table: np.floor(2 * table["b"]))
    box = discover(points, (points["a"] >= 3) & (points["b"] == 0))
    assert box.limits.loc["a", "box_low"] == 2.5
    assert box.limits.loc["b", "box_high"] == 0.5
    assert (box.coverage, box.density) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("failed", "options", "message"),
    [
        (np.zeros(100, bool), {}, "0 of 100 points fail"),
        (np.ones(100, bool), {}, "100 of 100 points fail"),
        (np.ones(3, bool), {}, "fit together"),
        (np.arange(100) % 3 == 0, {"density": 0.999}, "no box of density"),
    ],
)
def test_discovery_refuses_what_has_no_answer(failed: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        discover(cube(100), failed, **options)


def test_a_criterion_is_judged_on_means_of_effects() -> None:
    points = cube(20)
    runs = frame(points=20, seeds=8, noise=0.0)
    runs.loc[(runs["regime"] == "b") & (runs["point"] < 5), "y"] -= 3.0
    effects = differences(runs, "a", ["y"])
    assert failures(effects, points, "y", lambda change: change < -2).nonzero()[0].tolist() == [0, 1, 2, 3, 4]


# Pictures


def texts(figure: Any) -> str:
    figure.canvas.draw()
    return "\n".join(text.get_text() for text in figure.findobj(Text))


@pytest.mark.portable
def test_pictures_say_their_numbers() -> None:
    runs = frame(points=3).drop(index=[0])
    runs.loc[1, "y"] = np.nan
    said = texts(plots.differences(paired(runs, "a", ["y"]), "y", unit="%"))
    assert "2 missing" in said
    assert "paired difference, percentage points; 95 % interval over seeds" in said
    assert "n = 13, 1 missing" in texts(plots.spread(runs, "y"))


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_the_picture_of_a_box_says_its_limits(columns: int) -> None:
    points = cube(200, columns)
    failed = (points["a"] > 0.5).to_numpy()
    box = discover(points, failed)
    said = texts(plots.discovery(box, points, failed, title="Reporting falls"))
    assert f"a: {box.limits.loc['a', 'box_low']:.3g} or more" in said
    assert "Reporting falls\n100 of 200 points fail" in said


def test_the_picture_of_no_box_says_so() -> None:
    points, failed = cube(200), np.random.default_rng(5).random(200) < 0.2
    assert "No uncertainty tells where it fails." in texts(
        plots.discovery(discover(points, failed), points, failed)
    )


def test_pictures_of_sensitivity_show_the_floor() -> None:
    for kind, method, picture in (("sobol", "sobol", plots.indices), ("morris", "morris", plots.morris)):
        points = design(kind, 16)
        table = getattr(sensitivity, method)(
            lived(points.to_numpy(), ishigami, 2, 0.5), points, "y", dummies=["dice"]
        )
        assert "noise floor" in texts(picture(table, "y"))
    table = table.drop(columns="sigma").assign(
        first=0.1, first_low=0.0, first_high=0.2, pawn=0.3, pawn_floor=0.2
    )
    assert "PAWN by chance" in texts(plots.indices(table, "y"))
