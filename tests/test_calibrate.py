"""Calibration on toys whose answer is known, and what it may read."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats import qmc

from comity.calibrate import infer, recovery
from comity.calibrate.abc import Prior, cloud, moments, sample, seed_noise
from comity.problems import InputError
from comity.published.targets import Interval
from comity.sweeps.study import Study
from comity.sweeps.uncertainties import Uncertainty

SE = 0.5


@dataclass(frozen=True)
class Published(Interval):
    """A finding."""

    id: str
    estimate: str
    value: float | None
    se: float | None = SE
    low: float | None = None
    high: float | None = None
    use: str = "fitting"
    unit: str = ""


NORMAL = {
    name: Uncertainty(distribution="normal", low=low, high=high, mean=mean, sd=sd)
    for name, low, high, mean, sd in (("fear_weight", 0, 2.5, 1.25, 0.2), ("risk_scale", 0, 10, 5, 0.8))
}
BOX = {
    "fear_weight": Uncertainty(low=0.5, high=2.5),
    "risk_scale": Uncertainty(low=0.8, high=5),
    "media_rate": Uncertainty(distribution="loguniform", low=0.002, high=0.05),
}


def swept(uncertainties, statistics, n=1024, noise=0.1, seed=3):
    """A frame as `comity.load` gives it: `statistics` of the places (0 to 1) of parameters, plus the noise of a run."""
    unit = qmc.Sobol(len(uncertainties), rng=seed).random(n)
    columns = {
        name: entry.stretched(name, unit[:, k]) for k, (name, entry) in enumerate(uncertainties.items())
    }
    frame = pd.DataFrame(columns)
    found = statistics(frame)
    dice = np.random.default_rng(seed).standard_normal((n, found.shape[1])) * noise
    numbers = {f"s{k}": column for k, column in enumerate((found + dice).T)}
    labels = {"point": np.arange(n), "seed": 1, "regime": "historical", "hypotheses": "H2"}
    return pd.concat([frame, pd.DataFrame(numbers)], axis=1).assign(**labels)


def linear(frame):
    fear, scale = frame["fear_weight"], frame["risk_scale"]
    return np.column_stack([5 * fear + scale, 2 * fear - scale, 5 * fear])


def three(values):
    return [Published(f"T{k}", f"s{k}", value) for k, value in enumerate(values)]


def conjugate(values, noise):
    """Mean and covariance of the posterior of the linear toy, by arithmetic."""
    design = np.array([[5.0, 1.0], [2.0, -1.0], [5.0, 0.0]])
    mean, prior = np.array([1.25, 5.0]), np.diag([0.2**-2, 0.8**-2])
    weight = 1 / (SE**2 + noise**2)
    covariance = np.linalg.inv(prior + weight * design.T @ design)
    return covariance @ (prior @ mean + weight * design.T @ np.array(values)), covariance


def test_conjugate_posterior_is_recovered():
    values, noise = [12.5, -3.0, 6.9], 0.1
    found = infer.infer(swept(NORMAL, linear, 4096, noise), three(values), NORMAL)
    mean, covariance = conjugate(values, noise)
    for k, name in enumerate(NORMAL):
        centre, sd = moments(found.parameters[name].to_numpy(), found.sample.weights)
        truth = np.sqrt(covariance[k, k])
        # Monte Carlo error of a mean is sd / sqrt(effective runs); four of them, and 12 % for the standard deviation.
        assert abs(centre - mean[k]) < 4 * truth / np.sqrt(found.sample.size)
        assert sd == pytest.approx(truth, rel=0.12)


def banana(frame):
    place = Prior.of(BOX).place(frame[list(BOX)].to_numpy(float))
    return 6 * np.column_stack([place[:, 0] + place[:, 1] ** 2, place[:, 1], np.exp(place[:, 2])])


def test_adjustment_improves_on_plain_rejection():
    frame = swept(BOX, banana)
    known = cloud(frame, three([0, 0, 0]), Prior.of(BOX))
    plain, adjusted = [], []
    for run in range(60):
        rng = np.random.default_rng(run)
        observed = known.statistics[run] + SE * rng.standard_normal(3)
        found = sample(known, observed, rng, without=run)
        truth = known.prior.place(known.parameters[run : run + 1])
        for errors, logits in ((plain, found.plain), (adjusted, found.logits)):
            errors.append(found.weights @ known.prior.place(known.prior.from_logit(logits)) - truth[0])
    plain, adjusted = (np.sqrt(np.mean(np.square(errors))) for errors in (plain, adjusted))
    assert adjusted < 0.8 * plain


def test_intervals_hold_the_truth_as_often_as_they_say():
    summary, tried = recovery.recovery(swept(BOX, banana, 512), three([0, 0, 0]), BOX)
    # All parameters together: between the 0.1 % and 99.9 % quantiles of the binomial distribution.
    for percent in (50, 90):
        hits = tried["truth"].between(tried[f"low_{percent}"], tried[f"high_{percent}"]).sum()
        least, most = stats.binom.interval(0.998, len(tried), percent / 100)
        assert least <= hits <= most
    assert (summary["coverage_90_least"] < 0.9).all()
    assert (summary["coverage_90_most"] > 0.9).all()
    assert (summary["correlation"] > 0.8).all()
    assert (summary["error"] < 0.5).all()


def test_a_trial_does_not_see_its_own_point():
    frame = pd.concat([swept(BOX, banana, 512, seed=3), swept(BOX, banana, 512, seed=3).assign(seed=2)])
    known = cloud(frame, three([5, 3, 9]), Prior.of(BOX))
    found = sample(known, known.statistics[7], np.random.default_rng(1), without=7)
    everything = sample(known, known.statistics[7], np.random.default_rng(1))
    assert 7 not in known.point[found.run]
    assert 7 in known.point[everything.run]


def test_shared_dice_are_said():
    frame = swept(BOX, banana, 512)
    assert any("share their dice" in note for note in infer.infer(frame, three([5, 3, 9]), BOX).notes)
    rolled = BOX | {"dummy": Uncertainty(dummy=True)}
    assert not infer.infer(frame, three([5, 3, 9]), rolled).notes


def test_what_statistics_do_not_see_is_not_learnt():
    frame = swept(BOX, lambda frame: banana(frame)[:, :2], 512)
    findings = three([5, 3])
    table = infer.infer(frame, findings, BOX).table().set_index("parameter")
    assert table.loc["media_rate", "shrinkage"] > 0.85
    assert table.loc["risk_scale", "shrinkage"] < 0.5
    summary, _ = recovery.recovery(frame, findings, BOX)
    unseen = summary.set_index("parameter").loc["media_rate"]
    assert unseen["error"] > 0.9
    assert unseen["coverage_90"] >= unseen["coverage_90_least"]


def test_the_sampling_error_widens_the_posterior():
    frame = swept(BOX, banana)
    spread = {}
    for se in (0.2, 2.0):
        findings = [Published(f"T{k}", f"s{k}", value, se) for k, value in enumerate([5, 3, 9])]
        spread[se] = infer.infer(frame, findings, BOX).table()["shrinkage"].mean()
    assert spread[0.2] < 0.6 * spread[2.0]


def test_an_interval_stands_for_a_standard_error():
    frame = swept(BOX, banana, 512)
    half = 1.959964 * SE
    bounded = [Published(f"T{k}", f"s{k}", v, None, v - half, v + half) for k, v in enumerate([5, 3, 9])]
    one, other = (infer.infer(frame, found, BOX) for found in (three([5, 3, 9]), bounded))
    pd.testing.assert_frame_equal(one.table(), other.table(), rtol=1e-5)


def test_what_cannot_be_reached_is_said():
    frame = swept(BOX, banana, 512)
    inside, outside = (infer.infer(frame, three(values), BOX) for values in ([5, 3, 9], [40, 3, 9]))
    assert inside.diagnostics["mahalanobis_quantile"] < 0.95
    assert outside.diagnostics["mahalanobis_quantile"] == 1
    row = outside.predictive.set_index("id").loc["T0"]
    assert row["swept_high"] < 40 > row["predicted_high"]


def test_missing_estimates_are_named_and_counted():
    frame = swept(BOX, banana, 512)
    frame.loc[[3, 4, 5], "s1"] = np.nan
    found = infer.infer(frame, three([5, 3, 9]), BOX)
    assert "T1 (s1) is missing in 3 of 512 runs" in found.notes
    assert "3 of 512 runs lack an estimate and are not used" in found.notes
    assert found.predictive.set_index("id").loc["T1", "n_missing"] == 3
    assert found.diagnostics["runs"] == 509
    frame["s1"] = np.nan
    found = infer.infer(frame, three([5, 3, 9]), BOX)
    assert "T1 (s1) is not fitted: missing in 512 of 512 runs" in found.notes
    assert list(found.predictive["id"]) == ["T0", "T1", "T2"]
    assert list(found.predictive["fitted"]) == [True, False, True]


def test_a_sign_alone_is_predicted_and_not_fitted():
    sign = Published("T9", "s0", None, None)
    found = infer.infer(swept(BOX, banana, 512), [*three([5, 3, 9]), sign], BOX)
    assert found.predictive.set_index("id").loc["T9", "positive"] == 1
    assert any(note.startswith("T9 (s0) is not fitted: published without a value") for note in found.notes)


def test_what_cannot_be_done_is_refused():
    frame = swept(BOX, banana, 128)
    with pytest.raises(InputError, match=r"too few runs: 20% .* 200 runs or more"):
        infer.infer(frame, three([5, 3, 9]), BOX)
    frame = swept(BOX, banana, 512)
    with pytest.raises(InputError, match="nothing to fit"):
        infer.infer(frame.assign(s0=np.nan), three([5]), BOX)
    with pytest.raises(InputError, match="regime = historical, inactive: several"):
        infer.infer(pd.concat([frame, frame.assign(regime="inactive")]), three([5]), BOX)
    with pytest.raises(InputError, match=r"s7.*not a column"):
        infer.infer(frame, [Published("T7", "s7", 1.0)], BOX)
    with pytest.raises(InputError, match=r"uncertainties\.mandate.*cannot be calibrated"):
        Prior.of(BOX | {"mandate": Uncertainty(distribution="choice", values=(0, 1))})


def test_twice_is_the_same():
    frame = swept(BOX, banana, 512)
    one, other = (infer.infer(frame, three([5, 3, 9]), BOX) for _ in range(2))
    for table in ("predictive", "parameters"):
        assert getattr(one, table).to_csv() == getattr(other, table).to_csv()
    assert one.table().to_csv() == other.table().to_csv()
    assert one.draws().to_csv() == other.draws().to_csv()
    again = infer.infer(frame, three([5, 3, 9]), BOX, seed=2)
    assert again.draws().to_csv() != one.draws().to_csv()
    assert again.table()["median"].to_numpy() == pytest.approx(one.table()["median"].to_numpy(), rel=0.1)


def test_medians_have_two_digits():
    found = infer.infer(swept(BOX, banana, 512), three([5, 3, 9]), BOX)
    best = found.best()
    for name, median in found.table().set_index("parameter")["median"].items():
        assert best[name] == float(f"{median:.2g}")


def test_draws_have_the_posteriors_weights():
    found = infer.infer(swept(BOX, banana, 512), three([5, 3, 9]), BOX)
    draws = found.draws(4000)
    for name, entry in BOX.items():
        mean, sd = moments(found.parameters[name].to_numpy(), found.sample.weights)
        assert draws[name].mean() == pytest.approx(mean, abs=0.05 * sd)
        assert draws[name].std() == pytest.approx(sd, rel=0.05)
        assert draws[name].between(entry.low, entry.high).all()


def test_noise_is_that_between_seeds():
    frame = swept(BOX, banana, 512, noise=0.3)
    prior = Prior.of(BOX)
    logits = prior.to_logit(frame[list(BOX)].to_numpy(float))
    twice = [frame, *(swept(BOX, banana, 512, 0.0).assign(s0=frame["s0"] + 1.0),)]
    one = seed_noise(logits, frame[["s0", "s1"]].to_numpy(), frame["point"].to_numpy())
    assert one == pytest.approx(0.3, rel=0.15)
    several = pd.concat(twice)
    found = seed_noise(np.tile(logits, (2, 1)), several[["s0"]].to_numpy(), several["point"].to_numpy())
    assert found == pytest.approx([np.sqrt(0.5)])


def test_hypotheses_are_told_apart_where_they_differ_and_not_where_they_do_not():
    plain = swept(BOX, banana, 512, seed=5)
    frames = [plain.assign(hypotheses=name) for name in ("H0", "H2")]
    frames.append(plain.assign(hypotheses="H4", s0=plain["s0"] + 8))
    matrix, tried = recovery.hypotheses(pd.concat(frames), three([0, 0, 0]), BOX, trials=64)
    matrix = matrix.set_index("truth")
    assert matrix.loc["H4", "found"] > 0.9
    assert matrix.loc["H0", "H0"] == pytest.approx(matrix.loc["H0", "H2"], abs=0.1)
    assert matrix[["H0", "H2", "H4"]].sum(axis=1).to_numpy() == pytest.approx(1)
    assert len(tried) == 3 * 64


STUDY = Study(
    seeds=1,
    uncertainties={name: entry.model_dump(exclude_none=True) for name, entry in BOX.items()},
    design={"kind": "sobol-sequence", "size": 512},
)


def test_a_second_sweep_looks_where_the_posterior_is():
    found = infer.infer(swept(BOX, banana, 512), three([5, 3, 9]), BOX)
    second = infer.narrowed(found, STUDY, size=1024)
    assert second.design.size == 1024
    for name, entry in second.uncertainties.items():
        assert BOX[name].low <= entry.low < entry.high <= BOX[name].high
        assert entry.distribution == BOX[name].distribution
        inside = found.parameters[name].between(entry.low, entry.high)
        assert found.sample.weights[inside].sum() == pytest.approx(0.99, abs=0.01)
    assert second.uncertainties["risk_scale"].high - second.uncertainties["risk_scale"].low < 3
    again = infer.infer(swept(second.uncertainties, banana, 512), three([5, 3, 9]), second.uncertainties)
    for name, median in found.table().set_index("parameter")["median"].items():
        _, sd = moments(found.parameters[name].to_numpy(), found.sample.weights)
        assert again.table().set_index("parameter")["median"][name] == pytest.approx(median, abs=0.4 * sd)
