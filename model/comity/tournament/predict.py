"""What the posterior predicts of every published number, those held out among them.

``comity calibrate`` reads predictions of what it may see off a regression. Here the model is lived at draws of the posterior,
with a few seeds each, so that an interval holds both what is not known of the parameters and the chance of one history of a
nation of few agents. It is a tournament of those rivals only to which stacking gives weight (`comity.tournament.stacking`):
the same runs, kept and continued in the same way. The model's own error is inferred from the fitted and selecting findings of
these runs and added to every prediction (`comity.calibrate.model_error`).

**Sealed** predictions are made without the numbers of findings held out being read, so that they can be kept, and committed,
before anybody compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.calibrate import coverage, model_error
from comity.calibrate.posterior import QUICK_SCALE, drawn, posterior_file
from comity.calibrate.scales import kind
from comity.problems import InputError, Problem, collect
from comity.published import targets
from comity.published.scorecard import strict
from comity.sweeps.command import Plan as Sweep
from comity.sweeps.files import load_study
from comity.sweeps.study import Study
from comity.tournament import scores
from comity.tournament.tournament import NAME as TOURNAMENT
from comity.tournament.tournament import Outcome, Plan, store_of
from comity.world import imported_tables
from comity.writing import objections, unused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from comity.calibrate.model_error import ModelError
    from comity.published.targets import Target

NAME: Final = "predictive"
DRAWS: Final = 24
SEEDS: Final = 4
QUICK_DRAWS: Final = 2
FEWEST: Final = 6
"""Draws of a rival, however many rivals share those that were asked for."""

LEAST: Final = 0.05
"""Weight of a rival that is worth its runs."""
PARTS: Final = 100
"""Into how many parts weights are divided."""

COLUMNS: Final = {
    "target": "id", "use": "use", "statement": "statement", "unit": "unit", "published": "published",
    "published_low": "published_low", "published_high": "published_high", "mean": "predicted",
    "from": "predicted_low", "to": "predicted_high", "inside": "inside", "positive": "positive",
    "runs": "runs", "failed": "failed", "standing": "standing",
}  # fmt: skip
"""By column of `comity.tournament.scores.matrix`: that of the table here, named as in the table of ``comity calibrate``."""


def prepare(
    *,
    quick: bool = False,
    draws: int | None = None,
    posterior: Path | None = None,
    stacking: Path | None = None,
    out: Path | None = None,
    source: Path | None = None,
    sealed: bool = False,
) -> Plan:
    """Read everything that predictions need, before anything is run or written.

    Args:
        quick: two draws of a coarse nation with one seed, which show only that everything works.
        draws: how many, evenly spaced among those of the file; where several hypotheses have weight, they share them.
        posterior: file of draws; by default the one that comes with comity.
        stacking: file of weights of hypotheses, of ``comity tournament``; without one, the scenario's own stand alone.
        out: folder of table and picture, new or empty.
        source: a file of targets instead of the one that comes with comity.
        sealed: leave the numbers of findings held out unread.

    Raises:
        InputError: with everything that is wrong with any of them.
    """
    problems: list[Problem] = []
    number = QUICK_DRAWS if quick and draws is None else draws or DRAWS
    study = collect(problems, load_study, TOURNAMENT)
    published = collect(problems, lambda path: targets.national(path, sealed=sealed), source) or ()
    shares = collect(problems, weights, stacking) if stacking is not None else {}
    if shares:
        number = max(FEWEST, number // len(shares))
    points = collect(problems, lambda path: drawn(path, number), posterior or posterior_file()) or []
    problems += objections(place := out or unused(NAME))
    if study is not None:
        collect(problems, imported_tables.require, study.scenario.data)
    if problems or study is None:
        raise InputError(dict.fromkeys(problems))
    made = _study(study, points, tuple(shares or ()), quick)
    swept, kinds = Sweep(made, store_of(made), (1, 1), expand=True), ("posterior",) * len(points)
    return Plan(swept, kinds, published, place, quick, shares=shares or {}, sealed=sealed)


def weights(path: Path) -> dict[str, float]:
    """Return the weights of hypotheses at draws of the posterior, of which predictions are made: those worth their runs.

    Raises:
        InputError: if the file is no table of weights.
    """
    try:
        table = pd.read_csv(path)
        own = table[(table["draws"] == "posterior") & (table["stacked_weight"] >= LEAST)]
        found = {str(row["hypothesis"]): float(row["stacked_weight"]) for row in own.to_dict("records")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        wrong = f"no column {error}" if isinstance(error, KeyError) else str(error).partition("\n")[0]
        raise InputError([_no_weights(path, wrong)]) from None
    if not found or not np.isfinite(sum(found.values())):
        raise InputError([_no_weights(path, "no weight at draws of the posterior")])
    return found


def _no_weights(path: Path, wrong: str) -> Problem:
    return Problem(str(path), "file", path.name, wrong, "stacking.csv of 'comity tournament'")


def _study(study: Study, points: Sequence[dict[str, float]], rivals: Sequence[str], quick: bool) -> Study:
    """Return the study of the tournament with no rivals but these, at these points."""
    levers = {"hypotheses": tuple(rivals)} if rivals else {}
    alone: dict[str, Any] = {"name": NAME, "levers": levers, "seeds": 1 if quick else SEEDS}
    keys = dict(study) | alone | {"design": {"kind": "list", "points": tuple(points)}}
    if quick:
        keys["scenario"] = study.scenario.with_(scale=QUICK_SCALE)
    return Study(**keys)


def judge(
    runs: pd.DataFrame,
    published: Sequence[Target],
    shares: Mapping[str, float] | None = None,
    *,
    sealed: bool = False,
) -> Outcome:
    """Return what is predicted: ``predictive``, a row per published number in the order of their use, and what it rests on.

    Columns are those of `COLUMNS`: ``predicted`` is the mean over draws, ``predicted_low`` and ``predicted_high`` hold their
    central 95 %, ``inside`` is the share of draws in the published interval; ``published_se`` is the published standard error,
    or what the published interval stands for; ``verdict`` is on the mean of draws, and ``basis`` what it rests on. With the
    model's error, 95 % of predictions lie between ``error_low`` and ``error_high``; ``between`` is the standard deviation of what
    the hypotheses say, each by its own mean. ``model-error`` and ``residuals`` say how wrong the model is, ``intervals`` how well
    predictions cover (`comity.calibrate.coverage`).

    Args:
        runs: one row per run.
        published: every target.
        shares: weights of the hypotheses of the runs; by default all runs are equal.
        sealed: whether the numbers of findings held out were left unread; their rows then hold predictions alone.
    """
    shares = shares or {}
    mixed = _mixed(runs, shares)
    ordered = [target for use in targets.TESTING for target in published if target.use == use]
    error = _error(runs, [target for target in ordered if target.use in model_error.SEEN], shares)
    values = [_numbers(mixed, target) for target in ordered]
    wide = np.array([error.interval(*pair) for pair in zip(ordered, values, strict=True)]).reshape(-1, 2)
    table = _predicted(runs, mixed, ordered, shares).assign(error_low=wide[:, 0], error_high=wide[:, 1])
    tables = {"model-error": error.table(), "residuals": error.residuals}
    if sealed:
        table.loc[table["use"] == scores.HELD, list(COMPARED)] = None
        return Outcome(runs, {NAME: table, **tables})
    judged = coverage.judged(ordered, values, error)
    return Outcome(runs, {NAME: table, **tables, "intervals": coverage.summary(judged)})


def _predicted(
    runs: pd.DataFrame, mixed: pd.DataFrame, ordered: Sequence[Target], shares: Mapping[str, float]
) -> pd.DataFrame:
    """Return a row per number, with its verdict, and without the model's error."""
    table = scores.matrix(mixed, ordered)[list(COLUMNS)].rename(columns=COLUMNS)
    errors = {target.id: target.error for target in scores.numeric(ordered)}
    table.insert(1, "estimate", [target.estimate for target in ordered])
    ends = table[["predicted", "predicted_low", "predicted_high"]].to_numpy(float)
    added: dict[str, Any] = {
        "published_se": table["id"].map(errors),
        "verdict": [targets.verdict(target, *row) for target, row in zip(ordered, ends, strict=True)],
        "basis": [target.basis for target in ordered],
        "kind": [kind(target) for target in ordered],
        "between": [_between(runs, target, shares) for target in ordered],
        "runs": len(runs),
        "failed": [int((~np.isfinite(_numbers(runs, target))).sum()) for target in ordered],
    }
    return table.assign(**added)


COMPARED: Final = ("inside", "standing", "verdict", "basis")
"""Columns that compare, and are empty where there is nothing to compare with."""


def _numbers(runs: pd.DataFrame, target: Target) -> Any:
    return runs[target.estimate].to_numpy(float) if target.estimate in runs else np.full(len(runs), np.nan)


def _parts(shares: Mapping[str, float], name: str) -> int:
    """Return of how many parts of a mixture a hypothesis is, of `PARTS` or of one where it stands alone."""
    return round(PARTS * shares.get(name, 0.0) / sum(shares.values())) if shares else 1


def _mixed(runs: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """Return the runs of a mixture of hypotheses: those of each as often as its weight asks for."""
    if not shares:
        return runs
    each = runs.groupby("hypotheses", sort=False)
    parts = [own for name, own in each for _ in range(_parts(shares, str(name)))]
    return pd.concat(parts, ignore_index=True).assign(hypotheses="stacked")


def _error(runs: pd.DataFrame, seen: Sequence[Target], shares: Mapping[str, float]) -> ModelError:
    """Return the model's error; the numbers of a draw under a hypothesis are means over its seeds."""
    found = scores.answers(runs, seen)
    parts = [_parts(shares, name) for name in found.hypotheses]
    numbers = np.concatenate(np.repeat(found.numbers, parts, axis=0))
    fitted = [target.id for target in found.targets if target.use == "fitting"]
    return model_error.infer(found.targets, numbers, found.variances.mean(axis=(0, 1)), fitted)


def _between(runs: pd.DataFrame, target: Target, shares: Mapping[str, float]) -> float:
    """Return the standard deviation between hypotheses of their means; 0 where there is one."""
    if target.estimate not in runs:
        return float("nan")
    means = runs.groupby("hypotheses")[target.estimate].mean().dropna()
    weights = np.array([shares.get(str(name), 0.0 if shares else 1.0) for name in means.index])
    if not weights.sum() > 0:
        return float("nan")
    middle = np.average(means, weights=weights)
    return float(np.sqrt(np.average((means - middle) ** 2, weights=weights)))


def sentences(table: Any) -> Iterator[str]:
    """Yield how published numbers lie to their predictions, by use, in words."""
    told = table[table["published"].notna() & table["predicted"].notna()]
    for use, rows in told.groupby("use", sort=False):
        covered = targets.within(rows["published"], rows["predicted_low"], rows["predicted_high"]).sum()
        middle = targets.within(rows["predicted"], rows["published_low"], rows["published_high"]).sum()
        yield (
            f"{use}: {covered} of {len(rows)} published numbers lie in the central 95 % of draws; "
            f"the mean of draws lies in {middle} of {rows['published_low'].notna().sum()} published intervals"
            f"{_strictly(rows)}"
        )


def _strictly(rows: Any) -> str:
    if not {"verdict", "basis"} <= set(rows):  # a table of before they were kept
        return ""
    near = strict(rows, "predicted")
    return f"; strictly, in those that were published or else within 10 %, in {near.sum()} of {len(near)}"
