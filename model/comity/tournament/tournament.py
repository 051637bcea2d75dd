"""The tournament: every rival hypothesis at draws of the posterior and of the prior, against every published pattern.

Which hypotheses, which estimates and how many seeds is said in ``experiments/tournament/study.toml``. The points are draws of
the posterior that ``comity calibrate`` wrote, and as many draws of the prior: of the uncertainties of the study
``calibration``. Where there are neither, the registry's defaults are the only point. The sweep is one like any other, and may
be stopped and started again; what is made of its runs is in `comity.tournament.scores` and `comity.tournament.claims`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.calibrate.posterior import QUICK_SCALE, STUDY, drawn, points, posterior_file
from comity.output.bundle import Bundle
from comity.problems import InputError, Problem, collect
from comity.published import targets
from comity.sweeps.command import Plan as Sweep
from comity.sweeps.files import load_study, studies
from comity.sweeps.store import Store, version
from comity.sweeps.study import Seeds, Study
from comity.world import imported_tables
from comity.writing import LOCAL, objections, unused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from comity.published.targets import Target

NAME: Final = "tournament"
LEAST_POINTS: Final = 6
"""Points below which it is not asked which hypotheses could be told apart."""

DRAWS: Final = 12
"""Of the posterior, and of the prior."""

QUICK: Final = ("H0", "H1", "H4", "H2+H4")
"""Rivals in the quick form, which shows only that everything works."""


@dataclass(frozen=True)
class Plan:
    """A tournament that may begin.

    Attributes:
        sweep: what has to be run.
        draws: by point, where it comes from: ``posterior``, ``prior`` or ``defaults``.
        targets: what was published.
        out: folder of tables and pictures, new or empty.
        quick: whether it is only to show that everything works.
        notes: what is missing, in sentences.
        shares: weights of the hypotheses, where they are predicted with together.
        sealed: whether the numbers of findings held out were left unread.
    """

    sweep: Sweep
    draws: tuple[str, ...]
    targets: tuple[Target, ...]
    out: Path
    quick: bool
    notes: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    sealed: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        runs: a row per run of the design, whether it was done or not, with a column per estimate.
        tables: ``matrix``, ``scores``, ``pairs``, ``claims``, and ``hypotheses``: which would be found, were each of them true.
    """

    runs: pd.DataFrame
    tables: dict[str, pd.DataFrame]

    def sentences(self) -> Iterator[str]:
        """Yield what the scores and the claims come to, in words."""
        told: Any = self.tables["scores"]
        for (about, draws), group in told.groupby(["targets", "draws"], sort=False):
            best = group.iloc[0]
            yield (
                f"Targets for {about}, {draws} draws: {best['hypothesis']} scores best on {best['n_targets']} of them "
                f"({best['score']:.1f}, worth {best['effective_draws']:.1f} of {best['n_draws']} draws)."
            )
        claimed: Any = self.tables["claims"]
        for row in claimed[claimed["upheld"] != ""].to_dict("records"):
            yield f"{row['claim']}, {row['draws']} draws: {row['upheld']}. {_span(row)}"


def _span(row: dict[Any, Any]) -> str:
    """Return the numbers behind a claim, in words."""
    about = f"Asked was: {row['quantity']}"
    if not row["draws_counted"]:
        return f"{about}: no draw."
    return (
        f"{about}: {row['least']:.3g} to {row['most']:.3g} over {row['draws_counted']} draws; "
        f"published {row['published']:.3g} ({row['published_low']:.3g} to {row['published_high']:.3g})."
    )


def prepare(
    *,
    quick: bool = False,
    draws: int | None = None,
    seeds: int | None = None,
    posterior: Path | None = None,
    out: Path | None = None,
    source: Path | None = None,
) -> Plan:
    """Read everything that a tournament needs, before anything is run or written.

    Args:
        quick: one point (the registry's defaults), one seed, four rivals and few agents.
        draws: points from the posterior and from the prior, each.
        seeds: histories of every case; by default what the study says.
        posterior: file of draws of the posterior; by default the one that comes with comity.
        out: folder of tables and pictures, new or empty.
        source: a file of targets instead of the one that comes with comity.

    Raises:
        InputError: with everything that is wrong with any of them.
    """
    problems: list[Problem] = []
    study = collect(problems, load_study, NAME)
    published = collect(problems, targets.national, source) or ()
    notes: list[str] = []
    found = [] if quick else _points(draws or DRAWS, posterior, problems, notes)
    place = out or unused(NAME)
    problems += objections(place)
    if study is not None:
        collect(problems, imported_tables.require, study.scenario.data)
    if problems or study is None:
        raise InputError(dict.fromkeys(problems))
    made = _study(study, [point for _, point in found], 1 if quick and seeds is None else seeds, quick)
    kinds = tuple(kind for kind, _ in found) or ("defaults",)
    return Plan(
        Sweep(made, store_of(made), (1, 1), expand=True), kinds, published, place, quick, tuple(notes)
    )


def _study(study: Study, points: Sequence[dict[str, float]], seeds: int | None, quick: bool) -> Study:
    """Return the study with these points, and small if it has to be quick."""
    keys = dict(study) | {"design": {"kind": "list", "points": tuple(points)}}
    if seeds is not None:
        keys["seeds"] = Seeds(number=seeds, first=study.seeds.first)
    if quick:
        keys["scenario"] = study.scenario.with_(scale=QUICK_SCALE)
        keys["levers"] = dict(study.levers) | {"hypotheses": QUICK}
    return Study(**keys)


def store_of(study: Study) -> Path:
    """Return where the runs are kept: elsewhere for other points, and for another version of the model."""
    text = f"{study.digest()} {version(study)}"
    return LOCAL / f"{study.name}-runs-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _points(
    number: int, posterior: Path | None, problems: list[Problem], notes: list[str]
) -> list[tuple[str, dict[str, float]]]:
    """Return the points with where each comes from, and note what there is none of."""
    found: list[tuple[str, dict[str, float]]] = []
    path = posterior or posterior_file()
    if posterior is not None or path.is_file():
        found += [("posterior", point) for point in collect(problems, lambda p: drawn(p, number), path) or ()]
    else:
        notes.append(
            f"There are no draws of the posterior: {path} is not there ('comity calibrate' writes it)."
        )
    if STUDY in studies():
        found += [("prior", point) for point in prior(load_study(STUDY), number)]
    else:
        notes.append(f"There are no draws of the prior: there is no study '{STUDY}'.")
    if not found:
        notes.append(
            "The registry's defaults are the only point: scores are plain likelihoods and punish nothing."
        )
    return found


def prior(study: Study, number: int) -> list[dict[str, float]]:
    """Return draws from the uncertainties of a study that fill their space evenly, always the same."""
    size = 1 << (max(number, 1) - 1).bit_length()  # a Sobol sequence wants a power of two
    keys = dict(study) | {"design": {"kind": "sobol-sequence", "size": size, "seed": study.design.seed}}
    table = Study(**keys).points().drop(columns=list(study.dummies)).head(number)
    return points(table)


def read(plan: Plan) -> pd.DataFrame:
    """Return every run of the design with the kind of its draw; one that is not done has no numbers."""
    from comity.sweeps.load import load  # noqa: PLC0415
    from comity.sweeps.tables import plan as design  # noqa: PLC0415 - Parquet is slow to import

    store = Store.open(plan.sweep.folder)
    names = list(store.study.outcomes)
    frame = design(store)
    frame.insert(0, "draws", np.array(plan.draws)[frame["point"]])
    if not store.count():
        return frame.assign(**dict.fromkeys(names, np.nan))
    return frame.join(load(store.folder).set_index("run")[names])


def judge(runs: pd.DataFrame, published: Sequence[Target]) -> Outcome:
    """Return what runs say; findings held out are looked at apart, and last."""
    from comity.tournament import claims, scores, stacking  # noqa: PLC0415 - beside the only thing that needs them

    held = [target for target in published if target.use == scores.HELD]
    seen = [target for use in ("fitting", "selection") for target in published if target.use == use]
    tables = {
        "matrix": scores.matrix(runs, [*seen, *held]),
        "scores": pd.concat(
            [scores.scores(runs, seen, scores.SEEN), scores.scores(runs, held, scores.HELD)],
            ignore_index=True,
        ),
        "pairs": scores.pairs(runs, seen),
        "claims": claims.claims(runs, seen),
        "stacking": stacking.weights(runs, seen),
    }
    return Outcome(runs, tables | _recovery(runs, seen))


def _recovery(runs: pd.DataFrame, seen: Sequence[Target]) -> dict[str, pd.DataFrame]:
    """Return which hypotheses would be found, were each of them true; nothing where there are too few points to tell."""
    from comity.calibrate import recovery  # noqa: PLC0415 - beside the only thing that needs it

    if STUDY not in studies() or runs["point"].nunique() < LEAST_POINTS:
        return {}
    uncertain = load_study(STUDY).uncertainties
    known = [target for target in seen if target.estimate in runs]
    return {"hypotheses": recovery.hypotheses(runs, known, uncertain)[0]}


def write(found: Outcome, plan: Plan) -> Path:
    """Write every table, every picture and a manifest, and return their folder; the same runs give the same files.

    Raises:
        InputError: if the folder cannot be written or holds anything already.
    """
    from comity.tournament import plots  # noqa: PLC0415 - matplotlib is slow to import

    tables, pictures = found.tables | {"runs": found.runs}, dict(plots.figures(found.tables))
    return Bundle(manifest(found, plan), tables, pictures).write(plan.out)


def manifest(found: Outcome, plan: Plan) -> dict[str, Any]:
    """Return how it came about: everything on which the files depend, and no times."""
    study = plan.sweep.study
    listed = json.dumps([target.model_dump() for target in plan.targets], sort_keys=True)
    answered = found.runs[list(study.outcomes)].notna().any(axis=1)
    return {
        "experiment": study.name,
        "quick": plan.quick,
        "runs": len(found.runs),
        "runs_without_numbers": int((~answered).sum()),
        "draws": {kind: plan.draws.count(kind) for kind in dict.fromkeys(plan.draws)},
        "notes": list(plan.notes),
        "behaviour": version(study),
        "targets": hashlib.sha256(listed.encode()).hexdigest(),
        "study": study.as_json(),
    }
