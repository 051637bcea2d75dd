"""Recovery: does calibration find the truth where the truth is known?

Runs of a sweep are taken for the data, one after the other. The run's numbers, each with a draw of the published standard
error, are what was observed; its parameters or hypotheses are the truth; the other points are all that calibration sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.calibrate.abc import COPIES, SHARE, Prior, cloud, nearest, quantiles, sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from comity.calibrate.abc import Cloud, Finding, Floats
    from comity.sweeps.uncertainties import Uncertainty

TRIALS: Final = 128
INTERVALS: Final = (0.5, 0.9)
CASES_SHARE: Final = 0.05
"""Runs that vote on hypotheses: fewer than for parameters, since nothing is adjusted."""


def recovery(
    frame: Any,
    findings: Sequence[Finding],
    uncertainties: Mapping[str, Uncertainty],
    *,
    trials: int = TRIALS,
    share: float = SHARE,
    copies: int = COPIES,
    seed: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Calibrate on runs in place of the publications.

    Args:
        frame: a row per run, as `comity.load` gives it.
        findings: whose standard errors are used; their values are not.
        uncertainties: of the study.
        trials: runs taken for the data, drawn at random.
        share: of the runs that is accepted.
        copies: times that a run is compared.
        seed: of the draws.

    Returns:
        A row per parameter, see `summary`; and a row per trial and parameter with ``truth``, ``median``, the ends of the
        intervals, and ``rank``, the share of the posterior below the truth, which is uniform if all is well.

    Raises:
        InputError: see `comity.calibrate.abc.cloud`.
    """
    known = cloud(frame, findings, Prior.of(uncertainties))
    rows: list[dict[str, Any]] = []
    for run in _chosen(len(known.point), trials, seed):
        rows += _trial(known, int(run), np.random.default_rng([seed, 4, int(run)]), share, copies)
    tried = pd.DataFrame(rows)
    return summary(tried, known), tried


def _chosen(runs: int, trials: int, seed: int) -> Any:
    """Return which runs are tried. Not every so many-th: those of a Sobol sequence all lie in one part of the box."""
    rng = np.random.default_rng([seed, 6])
    return np.sort(rng.choice(runs, size=min(trials, runs), replace=False))


def _trial(
    known: Cloud, run: int, rng: np.random.Generator, share: float, copies: int
) -> list[dict[str, Any]]:
    """Return what calibration says of every parameter when one run is the data."""
    observed = known.statistics[run] + rng.standard_normal(len(known.errors)) * known.errors
    found = sample(known, observed, rng, share=share, copies=copies, without=int(known.point[run]))
    values = known.prior.from_logit(found.logits)
    at = [edge for inner in INTERVALS for edge in ((1 - inner) / 2, (1 + inner) / 2)]
    rows = []
    for k, name in enumerate(known.prior.names):
        truth = float(known.parameters[run, k])
        ends = quantiles(values[:, k], found.weights, [0.5, *at])
        labels = [f"{end}_{round(100 * inner)}" for inner in INTERVALS for end in ("low", "high")]
        below = found.weights @ (values[:, k] < truth) + found.weights @ (values[:, k] == truth) / 2
        rows.append(
            {"run": run, "parameter": name, "truth": truth, "median": ends[0]}
            | dict(zip(labels, ends[1:], strict=True))
            | {"rank": float(below)}
        )
    return rows


def summary(tried: Any, known: Cloud) -> pd.DataFrame:
    """Return a row per parameter: how often intervals hold the truth, and how near medians are to it.

    ``coverage_50`` and ``coverage_90`` stand beside the numbers between which they lie with probability 95 % if the
    intervals are what they say (``..._least``, ``..._most``, binomial). ``bias`` is the mean of median minus truth and
    ``error`` their root mean square, as places between the bounds (of the logarithm, where that is uniform) and over the
    standard deviation of the sweep's: without data ``error`` is 1. ``correlation`` is that of medians with truths.
    """
    names, place = list(known.prior.names), known.prior.place
    wide = tried.pivot_table(["median", "truth"], "run", "parameter")
    places = {key: place(wide[key][names].to_numpy()) for key in ("median", "truth")}
    spread = place(known.parameters).std(axis=0, ddof=1)
    rows = []
    for k, name in enumerate(names):
        own = tried[tried["parameter"] == name]
        median, truth = (places[key][:, k] for key in ("median", "truth"))
        off = (median - truth) / spread[k]
        row: dict[str, Any] = {"parameter": name, "trials": len(own)}
        for inner in INTERVALS:
            percent = round(100 * inner)
            inside = own["truth"].between(own[f"low_{percent}"], own[f"high_{percent}"])
            row |= _coverage(f"coverage_{percent}", int(inside.sum()), len(own), inner)
        rows.append(
            row
            | {
                "bias": float(off.mean()),
                "error": float(np.sqrt((off**2).mean())),
                "correlation": _correlation(median, truth),
            }
        )
    return pd.DataFrame(rows)


def doubts(table: Any) -> list[str]:
    """Return a sentence for each parameter whose intervals hold the truth less often, or more often, than chance allows.

    Args:
        table: of `summary`. Whoever shows the posterior shows these with it.
    """
    found = []
    for inner in INTERVALS:
        of = f"coverage_{round(100 * inner)}"
        if not {of, f"{of}_least", f"{of}_most"} <= set(table.columns):
            continue
        for row in table.to_dict("records"):
            least, most = row[f"{of}_least"], row[f"{of}_most"]
            if not least <= row[of] <= most:
                far = "narrow" if row[of] < least else "wide"
                found.append(
                    f"{row['parameter']}: its {inner:.0%} intervals are too {far}. They hold the truth in {row[of]:.1%} of "
                    f"{row['trials']} trials on known parameters; {least:.1%} to {most:.1%} would be chance."
                )
    return found


def _coverage(name: str, hits: int, trials: int, nominal: float) -> dict[str, float]:
    from scipy import stats  # noqa: PLC0415 - slow to import

    least, most = stats.binom.interval(0.95, trials, nominal)
    return {name: hits / trials, f"{name}_least": least / trials, f"{name}_most": most / trials}


def _correlation(one: Floats, other: Floats) -> float:
    return float(np.corrcoef(one, other)[0, 1]) if one.std() > 0 and other.std() > 0 else float("nan")


def hypotheses(
    frame: Any,
    findings: Sequence[Finding],
    uncertainties: Mapping[str, Uncertainty],
    *,
    trials: int = TRIALS,
    share: float = CASES_SHARE,
    seed: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ask which hypotheses made the data, where it is known: ABC model choice by weighted frequency among the nearest runs.

    All sets of hypotheses are equally likely beforehand, however many runs each has. The points of the trial are left out
    under all hypotheses, since they share its dice. Frequencies are of runs near the data, not adjusted to it, so they are
    too cautious rather than too sure.

    Args:
        frame: a row per run, with a column ``hypotheses`` among the levers of the sweep.
        findings: whose estimates are compared.
        uncertainties: of the study.
        trials: runs of each set of hypotheses that are taken for the data, drawn at random.
        share: of the runs that votes.
        seed: of the draws of sampling errors.

    Returns:
        The confusion matrix, a row per true set of hypotheses and a column per set with its mean posterior probability,
        then ``trials`` and ``found`` (share of trials in which the true set is the likeliest); and a row per trial.

    Raises:
        InputError: see `comity.calibrate.abc.cloud`.
    """
    known = cloud(frame, findings, Prior.of(uncertainties), by=("hypotheses",))
    sets = list(dict.fromkeys(known.label))
    rows = []
    for truth in sets:
        own = np.flatnonzero(known.label == truth)
        for run in own[_chosen(len(own), trials, seed)]:
            rng = np.random.default_rng([seed, 5, int(run)])
            rows.append({"truth": truth, "run": int(run)} | _vote(known, sets, int(run), rng, share))
    tried = pd.DataFrame(rows)
    return _confusion(tried, sets), tried


def _confusion(tried: Any, sets: list[str]) -> pd.DataFrame:
    means = tried.groupby("truth", sort=False)[sets].mean()
    by_truth = (tried[sets].idxmax(axis=1) == tried["truth"]).groupby(tried["truth"], sort=False)
    matrix: pd.DataFrame = means.assign(trials=by_truth.size(), found=by_truth.mean()).reset_index()
    return matrix


def _vote(
    known: Cloud, sets: list[str], run: int, rng: np.random.Generator, share: float
) -> dict[str, float]:
    """Return the posterior probability of every set of hypotheses when one run is the data."""
    others = np.flatnonzero(known.point != known.point[run])
    observed = known.statistics[run] + rng.standard_normal(len(known.errors)) * known.errors
    errors = rng.standard_normal((len(others), len(known.errors))) * known.errors
    weights, kept = nearest((known.statistics[others] + errors - observed) / known.scale, share)
    label = known.label[others]
    votes = {name: weights[label[kept] == name].sum() / (label == name).sum() for name in sets}
    total = sum(votes.values())
    return {name: float(vote / total) for name, vote in votes.items()}
