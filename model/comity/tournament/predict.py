"""What the posterior predicts of every published number, those held out among them.

``comity calibrate`` reads predictions of what it may see off a regression. Here the model is lived at draws of the posterior,
with a few seeds each, so that an interval holds both what is not known of the parameters and the chance of one history of a
nation of few agents. It is a tournament without rivals: the same runs, kept and continued in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from comity.problems import InputError, Problem, collect
from comity.published import targets
from comity.published.scorecard import strict
from comity.sweeps.command import Plan as Sweep
from comity.sweeps.files import load_study
from comity.sweeps.study import Study
from comity.tournament import scores
from comity.tournament.tournament import NAME as TOURNAMENT
from comity.tournament.tournament import QUICK_SCALE, Outcome, Plan, drawn, posterior_file, store_of
from comity.world import imported_tables
from comity.writing import objections, unused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from comity.published.targets import Target

NAME: Final = "predictive"
DRAWS: Final = 24
SEEDS: Final = 4
QUICK_DRAWS: Final = 2

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
    out: Path | None = None,
    source: Path | None = None,
) -> Plan:
    """Read everything that predictions need, before anything is run or written.

    Args:
        quick: two draws of a coarse nation with one seed, which show only that everything works.
        draws: how many, evenly spaced among those of the file.
        posterior: file of draws; by default the one that comes with comity.
        out: folder of table and picture, new or empty.
        source: a file of targets instead of the one that comes with comity.

    Raises:
        InputError: with everything that is wrong with any of them.
    """
    problems: list[Problem] = []
    number = QUICK_DRAWS if quick and draws is None else draws or DRAWS
    study = collect(problems, load_study, TOURNAMENT)
    published = collect(problems, targets.national, source) or ()
    points = collect(problems, lambda path: drawn(path, number), posterior or posterior_file()) or []
    place = out or unused(NAME)
    problems += objections(place)
    if study is not None:
        collect(problems, imported_tables.require, study.scenario.data)
    if problems or study is None:
        raise InputError(dict.fromkeys(problems))
    made = _study(study, points, quick)
    kinds = ("posterior",) * len(points)
    return Plan(Sweep(made, store_of(made), (1, 1), expand=True), kinds, published, place, quick, ())


def _study(study: Study, points: Sequence[dict[str, float]], quick: bool) -> Study:
    """Return the study of the tournament without its rivals, at these points."""
    alone: dict[str, Any] = {"name": NAME, "levers": {}, "seeds": 1 if quick else SEEDS}
    keys = dict(study) | alone | {"design": {"kind": "list", "points": tuple(points)}}
    if quick:
        keys["scenario"] = study.scenario.with_(scale=QUICK_SCALE)
    return Study(**keys)


def judge(runs: pd.DataFrame, published: Sequence[Target]) -> Outcome:
    """Return the table of predictions, a row per published number, in the order of their use.

    Columns are those of `COLUMNS`: ``predicted`` is the mean over draws, ``predicted_low`` and ``predicted_high`` hold their
    central 95 %, ``inside`` is the share of draws in the published interval; ``published_se`` is the published standard error,
    or what the published interval stands for; ``verdict`` is on the mean of draws, and ``basis`` what it rests on.
    """
    ordered = [target for use in targets.TESTING for target in published if target.use == use]
    table = scores.matrix(runs, ordered)[list(COLUMNS)].rename(columns=COLUMNS)
    errors = {target.id: target.error for target in scores.numeric(ordered)}
    table.insert(1, "estimate", [target.estimate for target in ordered])
    ends = table[["predicted", "predicted_low", "predicted_high"]].to_numpy(float)
    judged: dict[str, Any] = {
        "verdict": [targets.verdict(target, *row) for target, row in zip(ordered, ends, strict=True)],
        "basis": [target.basis for target in ordered],
    }
    return Outcome(runs, {NAME: table.assign(published_se=table["id"].map(errors), **judged)})


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
