"""Estimators against the regressions they stand for, against known effects, and against what goes wrong.

Coverage of intervals is counted over simulated panels. A count outside the bounds for 95 % happens by chance once in
`MOST_FALSE`. With 400 panels the bounds are 90.3 % and 98.8 %; with 150, for the slower regressions, 86.7 % and 100 %: that finds
intervals much too short only, and what makes them too long is left to the comparisons with formulas.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm

from comity.published.estimators import (
    EstimationError,
    Staggered,
    Transform,
    _in_order,
    instrumented,
    sun_abraham,
    two_way,
)

MOST_FALSE = 1e-4
"""Chance with which a test of coverage may fail although the intervals are right."""

NEVER = 10**6
LOG = Transform(np.log, lambda mean: 1 / mean)


# The regressions that the closed form stands for


def rows_of_cells(num: Any, den: Any, cohort: Any) -> pd.DataFrame:
    """A row per unit and period with observations: their mean, weighted by their number."""
    period, unit = np.nonzero(den)
    y, w = num[period, unit] / den[period, unit], den[period, unit]
    return pd.DataFrame({"unit": unit, "period": period, "cohort": cohort[unit], "y": y, "w": w})


def design(rows: pd.DataFrame, control: int) -> tuple[pd.DataFrame, pd.DataFrame, list[tuple[int, int]]]:
    """Rows before the controls' treatment, dummies of cohorts and periods, and those of cohorts times event time."""
    rows = rows[rows["period"] < control].assign(group=rows["cohort"].clip(upper=control))
    cohorts = sorted(set(rows["group"]) - {control})
    cells = [(g, t) for g in cohorts for t in range(rows["period"].max() + 1) if t != g - 1]
    where = np.stack([rows["group"], rows["period"]])
    dummies = {f"g{g}t{t}": (where == [[g], [t]]).all(axis=0).astype(float) for g, t in cells}
    return rows, pd.DataFrame(dummies, index=rows.index), cells


def least_squares(rows: pd.DataFrame, control: int) -> tuple[Any, Any, list[tuple[int, int]]]:
    """Coefficients of cohorts times event time, and their clustered variance without a small-sample factor."""
    rows, dummies, cells = design(rows, control)
    fixed = [
        pd.get_dummies(rows["group"], dtype=float),
        pd.get_dummies(rows["period"], dtype=float).iloc[:, 1:],
    ]
    x, w, y = np.hstack([dummies, *fixed]), rows["w"].to_numpy(), rows["y"].to_numpy()
    beta = np.linalg.lstsq(np.sqrt(w)[:, None] * x, np.sqrt(w) * y, rcond=None)[0]
    units = np.equal.outer(np.unique(rows["unit"]), rows["unit"].to_numpy()).astype(float)
    scores = units @ ((w * (y - x @ beta))[:, None] * x)
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    k = len(cells)
    return beta[:k], (bread @ scores.T @ scores @ bread)[:k, :k], cells


def aggregated(
    rows: pd.DataFrame, control: int, fit: tuple[Any, Any, list[tuple[int, int]]]
) -> dict[Any, Any]:
    """Effect and error at each event time and on average, as Sun & Abraham weight them: by observations."""
    beta, variance, cells = fit
    sizes = rows.groupby(["cohort", "period"])["w"].sum()
    weight = np.array([sizes.get(cell, 0.0) for cell in cells])
    event = np.array([t - g for g, t in cells])
    chosen = {int(e): event == e for e in np.unique(event)} | {"average": event >= 0}
    shares = {key: np.where(those, weight, 0) / weight[those].sum() for key, those in chosen.items()}
    return {key: (share @ beta, np.sqrt(share @ variance @ share)) for key, share in shares.items()}


def assert_same(found: Staggered, wanted: dict[Any, Any]) -> None:
    there = {int(e): (y, se) for e, y, se in zip(found.event, found.effects, found.ses, strict=True)}
    base = there.pop(-1)
    there["average"] = (found.effect, found.se)
    assert base == (0, 0)
    assert there.keys() == wanted.keys()
    for key, pair in wanted.items():
        assert there[key] == pytest.approx(pair, rel=1e-9, abs=1e-9), key


def panel(seed: int, periods: int = 6, units: int = 24, latest: int = 5) -> tuple[Any, Any, Any]:
    """Whole-number numerators and denominators, some of them zero, of units in cohorts 1 to `latest` or never treated."""
    rng = np.random.default_rng(seed)
    cohort = np.concatenate([np.arange(1, latest + 1), rng.integers(1, latest + 2, units - latest)])
    cohort = rng.permutation(np.where(cohort > latest, NEVER, cohort))
    den = rng.poisson(rng.uniform(1, 9, (periods, units)))
    den[:, np.unique(cohort, return_index=True)[1]] += 1  # no cell is empty
    return rng.binomial(den, rng.uniform(0.1, 0.9, den.shape)).astype(float), den.astype(float), cohort


@pytest.mark.portable
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6), periods=st.integers(4, 7), units=st.integers(6, 30), control=st.integers(3, 5)
)
def test_the_closed_form_is_the_weighted_saturated_regression(
    seed: int, periods: int, units: int, control: int
) -> None:
    num, den, cohort = panel(seed, periods, units)
    rows, control = rows_of_cells(num, den, cohort), min(control, periods)
    found = sun_abraham(num, den, cohort, control=control)
    assert_same(found, aggregated(rows, control, least_squares(rows, control)))


@pytest.mark.portable
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_sums_by_unit_give_what_single_incidents_give(seed: int) -> None:
    num, den, cohort = panel(seed)
    cells = rows_of_cells(num, den, cohort)
    incidents = cells.loc[cells.index.repeat(cells["w"].astype(int))]
    with_outcome = incidents.groupby(level=0).cumcount() < (incidents["y"] * incidents["w"]).round()
    incidents = incidents.assign(y=with_outcome.astype(float), w=1.0).reset_index(drop=True)
    assert incidents["y"].sum() == num.sum()
    assert_same(
        sun_abraham(num, den, cohort, control=5), aggregated(incidents, 5, least_squares(incidents, 5))
    )


@pytest.mark.parametrize("small_sample", [False, True])
def test_pyfixest_finds_the_same_effects_and_errors(small_sample: bool) -> None:
    import pyfixest  # noqa: PLC0415

    num, den, cohort = panel(3)
    rows, dummies, cells = design(rows_of_cells(num, den, cohort), 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyfixest's on what will change in pandas
        fit = pyfixest.feols(
            f"y ~ {' + '.join(dummies)} | group + period",
            pd.concat([rows, dummies], axis=1),
            vcov={"CRV1": "unit"},
            weights="w",
            ssc=pyfixest.ssc(k_adj=False, G_adj=small_sample),
            demeaner=pyfixest.MapDemeaner(fixef_tol=1e-13),
        )
    assert fit._coefnames == list(dummies)
    wanted = aggregated(rows, 5, (fit.coef().to_numpy(), fit._vcov, cells))
    assert_same(sun_abraham(num, den, cohort, control=5, small_sample=small_sample), wanted)


@pytest.mark.portable
def test_errors_of_transformed_effects_follow_the_weight_of_each_unit() -> None:
    """The influence of a unit is the derivative of the effect by the unit's weight; here by finite differences."""
    rng, step = np.random.default_rng(5), 1e-5
    cohort = np.repeat([2, NEVER], 10)  # one cohort, so that no share depends on the weights
    den = rng.poisson(9, (3, 20)) + 1.0
    num = rng.binomial(den.astype(int), 0.5) + 0.5

    def effect(unit: int, sign: int) -> float:
        weight = 1 + sign * step * (np.arange(20) == unit)
        return sun_abraham(num * weight, den * weight, cohort, control=3, transform=LOG).effect

    slopes = [(effect(unit, 1) - effect(unit, -1)) / (2 * step) for unit in range(20)]
    found = sun_abraham(num, den, cohort, control=3, transform=LOG)
    assert found.se == pytest.approx(np.sqrt(np.sum(np.square(slopes))), rel=1e-6)
    mean = np.log(
        [[num[t, :10].sum() / den[t, :10].sum(), num[t, 10:].sum() / den[t, 10:].sum()] for t in (1, 2)]
    )
    assert found.effect == pytest.approx((mean[1, 0] - mean[0, 0]) - (mean[1, 1] - mean[0, 1]), abs=1e-12)


# Known effects


def staggered(rng: Any, noise: float, effect: Any, each: int = 50, periods: int = 8) -> tuple[Any, Any]:
    """Outcomes of shape (periods, units) and cohorts 2, 4, 6 and never; effects by cohort and event time.

    The noise of a unit is a random walk with a size of its own: errors are clustered and differ.
    """
    cohort = np.repeat([2, 4, 6, NEVER], each)
    event = np.arange(periods)[:, None] - cohort
    walk = rng.normal(size=event.shape).cumsum(axis=0) * rng.uniform(0.3, 2, len(cohort))
    levels = rng.normal(size=len(cohort)) + np.sin(np.arange(periods))[:, None]
    return levels + np.where(event >= 0, effect(cohort, event), 0) + noise * walk, cohort


def growing(cohort: Any, event: Any) -> Any:
    """An effect that grows with time and is larger for those treated early."""
    return (event + 1.0) * 8 / cohort


def truth(effect: Any, cohorts: Any, periods: int) -> float:
    """Mean effect over treated cells of cohorts of equal size."""
    return float(np.mean([effect(g, t - g) for g in cohorts for t in range(g, periods)]))


def covers(value: float, error: float, true: float) -> bool:
    return abs(value - true) <= norm.ppf(0.975) * error


def assert_nominal(hits: list[bool]) -> None:
    low, high = binom.ppf([MOST_FALSE / 2, 1 - MOST_FALSE / 2], len(hits), 0.95)
    assert low <= sum(hits) <= high, f"{sum(hits)} of {len(hits)}"


@pytest.mark.portable
def test_sun_abraham_recovers_effects_that_differ_where_there_is_no_noise() -> None:
    outcomes, cohort = staggered(np.random.default_rng(0), 0, growing)
    found = sun_abraham(outcomes, np.ones_like(outcomes), cohort, control=NEVER)
    assert found.effect == pytest.approx(truth(growing, (2, 4, 6), 8), abs=1e-9)
    by_event = {e: np.mean([growing(g, e) for g in (2, 4, 6) if g + e < 8]) for e in range(6)}
    wanted = [by_event.get(e, 0.0) for e in found.event.tolist()]
    assert found.effects == pytest.approx(wanted, abs=1e-9)
    assert found.event.tolist() == list(range(-6, 6))
    assert (found.cohorts_left_out, found.empty, found.n_left_out) == ((), (), 0)


def test_two_way_effects_have_the_wrong_sign_where_effects_grow_and_all_are_treated() -> None:
    """The trap: units treated early are controls of those treated later, and their growing effect is taken away."""
    outcomes, cohort = staggered(np.random.default_rng(0), 0, growing)
    outcomes, cohort = outcomes[:, :150], cohort[:150]  # without those never treated
    assert two_way(long(outcomes, cohort), "y", "treated", "unit", "period", cluster="unit").value < -0.1
    found = sun_abraham(outcomes, np.ones_like(outcomes), cohort, control=6)
    assert found.effect == pytest.approx(truth(growing, (2, 4), 6), abs=1e-9)
    assert found.effect > 1


@pytest.mark.portable
def test_sun_abraham_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng, hits = np.random.default_rng(11), []
    for _ in range(400):
        outcomes, cohort = staggered(rng, 1.0, growing)
        found = sun_abraham(outcomes, np.ones_like(outcomes), cohort, control=NEVER)
        hits.append(covers(found.effect, found.se, truth(growing, (2, 4, 6), 8)))
    assert_nominal(hits)


def long(outcomes: Any, cohort: Any) -> pd.DataFrame:
    period, unit = (each.ravel() for each in np.indices(outcomes.shape))
    treated = (period >= np.asarray(cohort)[unit]).astype(float)
    return pd.DataFrame({"unit": unit, "period": period, "treated": treated, "y": outcomes.ravel()})


def test_two_way_intervals_cover_a_constant_effect_as_often_as_they_say() -> None:
    rng, hits = np.random.default_rng(12), []
    for _ in range(150):
        outcomes, cohort = staggered(rng, 1.0, lambda *_: 0.7, each=15)
        found = two_way(long(outcomes, cohort), "y", "treated", "unit", "period", cluster="unit")
        hits.append(covers(found.value, found.se, 0.7))
    assert_nominal(hits)


def confounded(rng: Any, units: int = 60, periods: int = 6, noise: float = 1.0) -> pd.DataFrame:
    """Effect 0.5 of a regressor that moves with an unseen cause of the outcome, and an instrument that does not."""
    period, unit = (each.ravel() for each in np.indices((periods, units)))
    z, unseen = rng.normal(size=(2, periods * units))
    shared = rng.normal(size=units)[unit] * rng.normal(size=periods * units)
    x = z + unseen + rng.normal(size=units)[unit] + np.cos(period)
    y = 0.5 * x + noise * (unseen + 0.5 * shared) + unit / 10 + period**2
    return pd.DataFrame({"unit": unit, "period": period, "x": x, "z": z, "y": y})


def test_instruments_cover_the_effect_as_often_as_they_say_and_least_squares_does_not() -> None:
    rng, hits, ordinary = np.random.default_rng(13), [], []
    for trial in range(150):
        frame = confounded(rng)
        found = instrumented(frame, "y", "x", "z", "unit", "period", cluster="unit")
        hits.append(covers(found.value, found.se, 0.5))
        if trial < 20:
            plain = two_way(frame, "y", "x", "unit", "period", cluster="unit")
            ordinary.append(covers(plain.value, plain.se, 0.5))
    assert_nominal(hits)
    assert not any(ordinary)


# Regressions by pyfixest


def within(frame: pd.DataFrame, columns: list[str], labels: list[str], w: Any) -> Any:
    """Columns less their weighted projection on dummies of the labels."""
    dummies = np.hstack([pd.get_dummies(frame[label], dtype=float) for label in labels])
    root, values = np.sqrt(w)[:, None], frame[columns].to_numpy(float)
    return values - dummies @ np.linalg.lstsq(root * dummies, root * values, rcond=None)[0]


def two_stage(frame: pd.DataFrame, labels: list[str], cluster: str, w: Any) -> tuple[float, float]:
    """2SLS of y on x by z (z = x for least squares), just identified, clustered, times G / (G - 1)."""
    y, x, z = within(frame, ["y", "x", "z"], labels, w).T
    slope = (z * w) @ y / ((z * w) @ x)
    scores = pd.Series(z * w * (y - slope * x)).groupby(frame[cluster].to_numpy()).sum()
    factor = len(scores) / (len(scores) - 1)
    return slope, np.sqrt(factor * (scores**2).sum()) / abs((z * w) @ x)


def uneven() -> pd.DataFrame:
    """A panel with weights, states and gaps, so that effects of units and periods cannot be taken out in turn."""
    rng = np.random.default_rng(21)
    frame = confounded(rng, units=40).assign(w=rng.uniform(0.2, 3, 240), state=lambda f: f["unit"] % 5)
    return frame.drop(index=rng.choice(240, 60, replace=False)).reset_index(drop=True)


def factor(n: int, k: int) -> float:
    return float(np.sqrt((n - 1) / (n - k)))


@pytest.mark.portable
@pytest.mark.parametrize("iv", [False, True])
def test_regressions_are_weighted_and_clustered_as_the_formulas_say(iv: bool) -> None:
    frame = uneven().assign(when=lambda f: f["state"] * 10 + f["period"])
    rule: dict[str, Any] = {"weights": "w", "cluster": "state"}
    if iv:
        found = instrumented(frame, "y", "x", "z", "unit", "state^period", **rule)
        slope, error = two_stage(frame, ["unit", "when"], "state", frame["w"].to_numpy())
        stage = two_way(frame, "x", "z", "unit", "state^period", **rule)
        assert found.first_stage_f == pytest.approx((stage.value / stage.se) ** 2, rel=1e-9)
    else:
        found = two_way(frame, "y", "x", "unit", "state^period", **rule)
        slope, error = two_stage(frame.assign(z=frame["x"]), ["unit", "when"], "state", frame["w"].to_numpy())
        assert found.first_stage_f is None
    assert found.n == len(frame)
    assert found.value == pytest.approx(slope, rel=1e-9)
    # Effects of units and of states' periods are nested in states: only x and the constant count.
    assert found.se == pytest.approx(error * factor(found.n, 2), rel=1e-9)


def test_regressions_recover_effects_where_there_is_no_noise() -> None:
    frame = uneven().assign(y=lambda f: 0.5 * f["x"] + 3 * f["z"] + f["unit"] - f["period"] ** 2)
    found = two_way(frame, "y", "x", "unit", "period", weights="w", controls=["z"], cluster="unit")
    assert found.value == pytest.approx(0.5, abs=1e-9)
    frame["y"] -= 3 * frame["z"]
    found = instrumented(frame, "y", "x", "z", "unit", "period", weights="w", controls=["w"], cluster="unit")
    assert found.value == pytest.approx(0.5, abs=1e-9)


# What goes wrong


def small() -> tuple[Any, Any, Any]:
    """Two units in each of the cohorts 0, 2, 3, 9 and never, over six periods."""
    rng = np.random.default_rng(31)
    return rng.uniform(size=(6, 10)), np.ones((6, 10)), np.repeat([0, 2, 3, 9, NEVER], 2)


@pytest.mark.portable
def test_cohorts_that_cannot_be_compared_are_left_out_and_listed() -> None:
    num, den, cohort = small()
    found = sun_abraham(num, den, cohort, control=NEVER)
    kept = np.isin(cohort, (2, 3, NEVER))
    alone = sun_abraham(num[:, kept], den[:, kept], cohort[kept], control=NEVER)
    assert found.cohorts_left_out == (0, 9)
    assert (found.effect, found.se) == pytest.approx((alone.effect, alone.se), abs=1e-12)


@pytest.mark.portable
@pytest.mark.parametrize(
    ("cohort", "period", "empty", "lost"),
    [
        (3, 4, ((3, 4),), 0),  # no observations to miss
        (3, 2, tuple((3, t) for t in range(6)), 3),  # the base of the cohort
        (NEVER, 4, ((2, 4), (3, 4)), 2),  # the controls of both
    ],
)
def test_empty_cells_are_left_out_and_listed(cohort: int, period: int, empty: Any, lost: int) -> None:
    num, den, cohorts = small()
    num[period, cohorts == cohort] = den[period, cohorts == cohort] = 0
    found = sun_abraham(num, den, cohorts, control=NEVER)
    assert (found.empty, found.n_left_out) == (empty, lost)
    mean = {g: (num / np.where(den > 0, den, np.nan))[:, cohorts == g].mean(axis=1) for g in (2, 3, NEVER)}
    effects = [
        mean[g][t] - mean[g][g - 1] - mean[NEVER][t] + mean[NEVER][g - 1] for g in (2, 3) for t in range(g, 6)
    ]
    assert found.effect == pytest.approx(np.nanmean(effects), abs=1e-12)
    assert np.isfinite([found.effect, found.se, *found.effects, *found.ses]).all()


@pytest.mark.portable
def test_cells_without_a_finite_transform_are_left_out_and_counted() -> None:
    num, den, cohort = small()
    num[4, cohort == 3] = 0  # has no logarithm
    found = sun_abraham(num, den, cohort, control=NEVER, transform=LOG)
    assert (found.empty, found.n_left_out) == (((3, 4),), 1)
    assert np.isfinite([found.effect, found.se]).all()


@pytest.mark.portable
def test_staggered_estimates_that_do_not_exist_say_why() -> None:
    num, den, cohort = small()
    with pytest.raises(EstimationError, match="no controls"):
        sun_abraham(num[:, :4], den[:, :4], cohort[:4], control=9)
    with pytest.raises(EstimationError, match="no cohort is treated"):
        sun_abraham(num, den, cohort, control=2)
    with pytest.raises(EstimationError, match="no treated cell"):
        sun_abraham(num, den * (cohort != NEVER), cohort, control=NEVER)
    with pytest.raises(ValueError, match="shapes do not agree"):
        sun_abraham(num, den[:, 1:], cohort, control=NEVER)
    for bad in (np.nan, -1):
        with pytest.raises(ValueError, match="must be finite"):
            sun_abraham(num, np.where(cohort == 2, bad, den), cohort, control=NEVER)


def broken(frame: pd.DataFrame, **columns: Any) -> Any:
    rule = {"outcome": "y", "treatment": "x", "unit": "unit", "period": "period", "cluster": "unit"}
    return two_way(frame, **(rule | columns))


def test_regressions_that_cannot_be_computed_say_why() -> None:
    frame = confounded(np.random.default_rng(22)).assign(flat=1.0, double=lambda f: 2 * f["x"], gone=np.nan)
    for column in ("flat", "unit", "period"):
        with pytest.raises(EstimationError, match=f"{column} does not vary"):
            broken(frame, treatment=column)
    with pytest.raises(EstimationError, match="or only as the controls do"):
        broken(frame, controls=["double"])
    with pytest.raises(EstimationError, match="there is no column absent, lost"):
        broken(frame, outcome="lost", period="absent^unit")
    with pytest.raises(EstimationError, match="two clusters"):
        broken(frame, cluster="flat")
    assert broken(frame.assign(half=frame["unit"] % 2), cluster="half").se > 0, "two are enough"
    with pytest.raises(EstimationError, match="rows with all of gone, x"):
        broken(frame, outcome="gone")
    for columns in (["flat", "z"], ["x", "flat"]):
        with pytest.raises(EstimationError, match="flat does not vary"):
            instrumented(frame, "y", *columns, "unit", "period", cluster="unit")


def test_single_rows_of_a_unit_or_period_do_not_count_nor_end_the_process() -> None:
    frame = confounded(np.random.default_rng(23))
    alone = pd.DataFrame(
        {"unit": [900, 901, 901], "period": [0, 900, 901], "x": [1.0, 2, 4], "y": [1.0, 5, 2]}
    )
    assert broken(pd.concat([frame, alone])) == broken(frame)
    with pytest.raises(EstimationError, match="share their unit and their period"):
        broken(alone)


def test_incomplete_rows_and_rows_without_weight_do_not_count() -> None:
    frame = confounded(np.random.default_rng(24)).assign(w=1.0)
    worse = frame.astype({"unit": float})
    worse.loc[0, "y"], worse.loc[1, "x"], worse.loc[2, "w"], worse.loc[3, "unit"] = np.nan, np.inf, 0, np.nan
    assert broken(worse, weights="w") == broken(frame.iloc[4:], weights="w")
    assert broken(worse, weights="w").n == len(frame) - 4


def test_effects_are_taken_out_in_the_same_order_in_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A set of names has another order in another process, and iterations begun with another effect stop elsewhere."""
    import pyfixest  # noqa: PLC0415 - slow to import

    pairs = [_in_order(f"unit{i}-", f"period{i}-") for i in range(64)]  # by chance, half would not be
    assert all(tuple(set(pair)) == pair for pair in pairs)
    formulas: list[str] = []

    def stopped(formula: str, table: pd.DataFrame, **_: Any) -> None:
        formulas.append(formula)
        raise ValueError("seen enough")

    monkeypatch.setattr(pyfixest, "feols", stopped)
    rows = pd.DataFrame(np.indices((4, 3)).reshape(2, -1).T, columns=["unit", "period"]).assign(y=1.0, x=2.0)
    with pytest.raises(EstimationError, match="seen enough"):
        two_way(rows, "y", "x", "unit", "period", cluster="unit")
    effects = tuple(formulas[0].partition("| ")[2].split(" + "))
    assert tuple(set(effects)) == effects
    assert effects[0].startswith("unit")
