"""Scores of rival hypotheses against published findings: who reproduces what, how likely each makes it, what parts them.

The functions are pure. They take the frame of `comity.load`, one row per run with columns ``draws`` (where the point comes
from, such as ``posterior`` or ``prior``), ``point``, ``hypotheses``, ``seed`` and one per estimate; and targets, as
`comity.published.targets` reads them.

**The score** of a hypothesis is its log marginal likelihood, the logarithm of the likelihood averaged over the draws:

    log 1/D sum_d prod_t N(published_t | model_dt, se_t^2 + noise_t^2 / seeds)

``model_dt`` is the mean over seeds of the model's own estimate at draw d, ``noise_t`` its standard deviation over seeds,
``se_t`` the published standard error, or the published interval over 2 x 1.96. The average punishes flexibility: a set of
mechanisms that can produce anything has most of its draws elsewhere than at what was published, and they count. A set that
switches mechanisms off needs no further penalty: the parameters of what is off change nothing in the runs.

Assumptions. Targets are taken as independent given the draw, though several come from one study and one sample; errors as
normal; and the model's distance from reality beyond chance as nothing, so that differences between scores look surer than
they are. Draws of the *posterior* come from a calibration of the full model on the fitting targets. They have seen these, and
they suit the full model: compare with the scores over *prior* draws, which favour nobody. The Monte Carlo error is a jackknife
over draws; where ``effective_draws`` is near 1 one draw carries the average, and neither score nor error is to be trusted.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from comity.published.targets import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from comity.published.targets import Target

    Floats = NDArray[np.float64]

SEEN: Final = "fitting and selection"
HELD: Final = "holding out"


class Answers(NamedTuple):
    """What the model says of some targets at the draws of one kind.

    Attributes:
        hypotheses: the rivals, in the order of the frame.
        targets: those with a number and an interval, which some run answers.
        left_out: those that no run answers.
        numbers: means over seeds, of shape (hypotheses, draws, targets); NaN where no seed gives a number.
        variances: of these means, by chance; 0 where no point has two seeds.
    """

    hypotheses: list[str]
    targets: list[Target]
    left_out: list[Target]
    numbers: Floats
    variances: Floats

    def likelihoods(self) -> Floats:
        """Return log likelihoods, shaped like ``numbers``; minus infinity where the model gives no number."""
        published = np.array([float(target.value or 0.0) for target in self.targets])
        total = np.array([target.error**2 for target in self.targets]) + self.variances
        log = -0.5 * ((published - self.numbers) ** 2 / total + np.log(2 * np.pi * total))
        return np.where(np.isfinite(self.numbers), log, -np.inf)


def numeric(targets: Iterable[Target]) -> list[Target]:
    """Return the targets with a number and an interval around it, on which the model is not silent."""
    return [
        t for t in targets if t.estimate and t.value is not None and t.low is not None and t.high is not None
    ]


def matrix(runs: Any, targets: Iterable[Target]) -> pd.DataFrame:
    """Return hypothesis by target: does it come out?

    Args:
        runs: one row per run, see the module.
        targets: of any use, silent ones among them.

    Returns:
        A row per kind of draws, hypothesis and target: ``runs``, ``failed`` (runs without a number), ``inside`` (share of all
        runs whose number lies in the published interval, or has the sign where only a sign was published), ``right_sign``
        (share inside or of the right sign), ``positive`` (share above zero), ``mean``, ``sd`` and central 95 % ``from``,
        ``to`` over runs, and ``standing``: ``reproduced`` (inside in half of the runs or more), ``not reproduced``, ``failed``
        (no run has a number), ``too few events`` (no run has, of a finding of few places) or ``silent``. A null is reproduced
        only where the central 95 % of runs hold zero.
    """
    chosen, groups = list(targets), runs.groupby(["draws", "hypotheses"], observed=True, sort=False)
    rows = [
        {"draws": draws, "hypothesis": hypothesis, **_published(target), **_cell(group, target)}
        for (draws, hypothesis), group in groups
        for target in chosen
    ]
    return pd.DataFrame(rows)


def _published(target: Target) -> dict[str, Any]:
    about = {"target": target.id, "use": target.use, "statement": target.statement, "unit": target.unit}
    return (
        about
        | {"sign": target.sign, "published": target.value}
        | {
            "published_low": target.low,
            "published_high": target.high,
        }
    )


def _cell(group: Any, target: Target) -> dict[str, Any]:
    """Return what the runs of one hypothesis come to on one target."""
    values = _values(group, target)
    found = values[np.isfinite(values)]
    verdicts = [verdict(target, float(value)) for value in values]
    right = [given in ("inside", "right sign") for given in verdicts]
    inside = right if target.low is None else [given == "inside" for given in verdicts]
    ends = np.quantile(found, [0.025, 0.975]) if len(found) else (np.nan, np.nan)
    return {
        "runs": len(values),
        "failed": len(values) - len(found),
        "inside": float(np.mean(inside)),
        "right_sign": float(np.mean(right)),
        "positive": float(np.mean(found > 0)) if len(found) else np.nan,
        "mean": float(found.mean()) if len(found) else np.nan,
        "sd": float(found.std(ddof=1)) if len(found) > 1 else np.nan,
        "from": float(ends[0]),
        "to": float(ends[1]),
        "standing": _standing(target, len(found), float(np.mean(inside)), ends),
    }


def _standing(target: Target, found: int, inside: float, ends: Any) -> str:
    if not target.estimate:
        return "silent"
    if not found:
        return target.missing
    nothing = target.sign != "0" or ends[0] <= 0 <= ends[1]
    return "reproduced" if inside >= 0.5 and nothing else "not reproduced"


def _values(runs: Any, target: Target) -> Floats:
    """Return the numbers of runs for a target; NaN where there are none."""
    if target.estimate not in runs.columns:
        return np.full(len(runs), np.nan)
    return np.asarray(runs[target.estimate].to_numpy(float))


def answers(runs: Any, targets: Iterable[Target]) -> Answers:
    """Return what runs at draws of one kind say of the numeric targets.

    A combination of draw and hypothesis that was never run counts as one without a number.
    """
    hypotheses = list(dict.fromkeys(runs["hypotheses"].astype(str)))
    points = np.sort(runs["point"].unique())
    some, none = [], []
    numbers, variances = [], []
    for target in numeric(targets):
        mean, variance = _by_draw(runs, target, hypotheses, points)
        if not np.isfinite(mean).any():
            none.append(target)
            continue
        some.append(target)
        numbers.append(mean)
        variances.append(variance)
    shape = (len(hypotheses), len(points), 0)
    cube = np.stack(numbers, axis=-1) if numbers else np.zeros(shape)
    spread = np.stack(variances, axis=-1) if variances else np.zeros(shape)
    return Answers(hypotheses, some, none, cube, spread)


def _by_draw(runs: Any, target: Target, hypotheses: list[str], points: Floats) -> tuple[Floats, Floats]:
    """Return means over seeds by hypothesis and draw, and their variance by chance.

    The variance of a single run is pooled over the draws of a hypothesis, and over all hypotheses where none of its draws
    has two seeds.
    """
    values = pd.Series(_values(runs, target)).replace([np.inf, -np.inf], np.nan)
    keys = [runs["hypotheses"].astype(str).to_numpy(), runs["point"].to_numpy()]
    grouped = values.groupby(keys)
    index = pd.MultiIndex.from_product([hypotheses, points])
    shape = (len(hypotheses), len(points))
    mean, count, variance = (
        np.asarray(table.reindex(index), np.float64).reshape(shape)
        for table in (grouped.mean(), grouped.count(), grouped.var(ddof=1))
    )
    every = _mean(variance.ravel())
    single = np.array([_mean(row, every) for row in variance])
    return mean, single[:, None] / np.maximum(np.nan_to_num(count), 1)


def _mean(values: Floats, otherwise: float = 0.0) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else otherwise


def _log_mean_exp(logs: Floats) -> float:
    """Return the logarithm of the mean of exponentials; minus infinity if all of them are zero."""
    top = float(np.max(logs)) if len(logs) else -math.inf
    if not math.isfinite(top):
        return -math.inf
    return top + math.log(float(np.mean(np.exp(logs - top))))


def _without_each(logs: Floats) -> Floats:
    """Return the log mean of exponentials without the first draw, without the second, and so on."""
    return np.array([_log_mean_exp(np.delete(logs, k)) for k in range(len(logs))])


def jackknife(estimates: Floats) -> float:
    """Return the standard error of an estimate from what it is without each of the draws; NaN with fewer than two."""
    n = len(estimates)
    if n < 2:
        return math.nan
    if not np.isfinite(estimates).all():
        return math.inf
    return float(math.sqrt((n - 1) / n * np.sum((estimates - estimates.mean()) ** 2)))


def scores(runs: Any, targets: Iterable[Target], about: str) -> pd.DataFrame:
    """Return how likely every hypothesis makes what was published, for every kind of draws.

    Args:
        runs: one row per run, see the module.
        targets: those to score on; only numeric ones count.
        about: which targets these are, for the column ``targets``.

    Returns:
        A row per kind of draws and hypothesis, best first: ``score`` (log marginal likelihood), ``se`` (Monte Carlo),
        ``behind`` (log Bayes factor against it, from the best), ``behind_se``, ``share`` (posterior probability if all rivals
        are equally likely beforehand), ``n_draws``, ``effective_draws``, ``decided_by`` (the target
        on whose own score it loses most against the best), ``n_targets``, ``failed_on`` (targets that some draw
        gives no number for; such a draw has likelihood zero) and ``left_out`` (targets that no run of any rival answers).
    """
    chosen = list(targets)
    tables = [
        _scored(answers(group, chosen)).assign(targets=about, draws=draws)
        for draws, group in runs.groupby("draws", observed=True, sort=False)
    ]
    table = pd.concat(tables, ignore_index=True)
    front = ["targets", "draws", "hypothesis"]
    return table[[*front, *(name for name in table if name not in front)]]


def _scored(found: Answers) -> pd.DataFrame:
    each = found.likelihoods()
    logs = each.sum(axis=-1)
    points = np.array([_log_mean_exp(row) for row in logs])
    knives = np.array([_without_each(row) for row in logs])
    best = int(np.argmax(points))
    rows = [
        {
            "hypothesis": name,
            "score": points[k],
            "se": jackknife(knives[k]),
            "behind": _less(points[best], points[k]),
            "behind_se": 0.0 if k == best else jackknife(_minus(knives[best], knives[k])),
            "share": _share(points, k),
            "n_draws": logs.shape[1],
            "effective_draws": _effective(logs[k]),
            "decided_by": "" if k == best else _decisive(found.targets, each[best], each[k]),
            "n_targets": len(found.targets),
            "failed_on": _ids(
                t for n, t in enumerate(found.targets) if np.isnan(found.numbers[k, :, n]).any()
            ),
            "left_out": _ids(found.left_out),
        }
        for k, name in enumerate(found.hypotheses)
    ]
    return pd.DataFrame(rows).sort_values("score", ascending=False, kind="stable")


def _decisive(targets: Sequence[Target], best: Floats, other: Floats) -> str:
    """Return the target on which the best of two, each by draw and target, gains most."""
    ours, theirs = (np.array([_log_mean_exp(column) for column in each.T]) for each in (best, other))
    gains = np.nan_to_num(_minus(ours, theirs), nan=0.0)
    return targets[int(np.argmax(gains))].id if len(gains) else ""


def _less(best: float, other: float) -> float:
    return best - other if math.isfinite(best) else math.nan


def _minus(ours: Floats, theirs: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return ours - theirs


def _share(points: Floats, k: int) -> float:
    top = points.max()
    if not math.isfinite(top):
        return math.nan
    weights = np.exp(points - top)
    return float(weights[k] / weights.sum())


def _effective(logs: Floats) -> float:
    """Return how many draws of equal weight the average is worth."""
    top = logs.max()
    if not math.isfinite(top):
        return 0.0
    weights = np.exp(logs - top)
    return float(weights.sum() ** 2 / np.sum(weights**2))


def _ids(targets: Iterable[Target]) -> str:
    return " ".join(target.id for target in targets)


def pairs(runs: Any, targets: Iterable[Target]) -> pd.DataFrame:
    """Return, for every two hypotheses, the pattern that tells them apart best.

    Args:
        runs: one row per run, see the module.
        targets: patterns to choose among; only numeric ones count.

    Returns:
        A row per kind of draws and pair (``one``, ``other``): ``target``, ``unit``, ``mean_one``, ``mean_other``, ``published``,
        ``apart`` (difference of the means over the square root of the published variance and the variances over runs of
        both) and ``closer`` (whose mean is nearer to what was published). ``target`` is empty where no pattern has numbers
        of both.
    """
    chosen = numeric(targets)
    rows = [
        {"draws": draws, **_pair(group, one, other, chosen)}
        for draws, group in runs.groupby("draws", observed=True, sort=False)
        for one, other in itertools.combinations(dict.fromkeys(group["hypotheses"].astype(str)), 2)
    ]
    columns = [
        "draws",      "one",        "other",      "target",     "unit",       "mean_one",   "mean_other",
        "published",  "apart",      "closer",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _pair(runs: Any, one: str, other: str, targets: Sequence[Target]) -> dict[str, Any]:
    names = runs["hypotheses"].astype(str)
    found = [_apart(runs[names == one], runs[names == other], target) for target in targets]
    known = [entry for entry in found if math.isfinite(entry["apart"])]
    nothing: dict[str, Any] = {"target": "", "apart": math.nan, "closer": ""}
    best = max(known, key=lambda entry: float(entry["apart"]), default=nothing)
    names_of = {"one": one, "other": other}
    return names_of | best | {"closer": names_of.get(best["closer"], best["closer"])}


def _apart(ours: Any, theirs: Any, target: Target) -> dict[str, Any]:
    one, other = (values[np.isfinite(values)] for values in (_values(ours, target), _values(theirs, target)))
    if not len(one) or not len(other):
        return {"target": target.id, "apart": math.nan, "closer": ""}
    variance = target.error**2 + _variance(one) + _variance(other)
    means, published = (float(one.mean()), float(other.mean())), float(target.value or 0.0)
    off = [abs(mean - published) for mean in means]
    return {
        "target": target.id,
        "unit": target.unit,
        "mean_one": means[0],
        "mean_other": means[1],
        "published": published,
        "apart": abs(means[0] - means[1]) / math.sqrt(variance),
        "closer": "both" if off[0] == off[1] else "one" if off[0] < off[1] else "other",
    }


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0
