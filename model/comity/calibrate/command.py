"""The command ``comity calibrate``, from a study to a folder: sweep what is missing, recover, infer, write.

The order is the argument: first whether calibration finds parameters that are known, then what it says of those that are not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.calibrate import defaults, history, plots, ranks, recovery
from comity.calibrate.abc import MOST, SHARE, Prior, cloud, needed_runs, too_few
from comity.calibrate.infer import Posterior, infer, narrowed
from comity.calibrate.posterior import QUICK_SCALE
from comity.output.bundle import Bundle
from comity.problems import InputError, Problem, collect
from comity.published import targets
from comity.reading import COMMAND_LINE
from comity.sweeps import command
from comity.sweeps.load import load
from comity.sweeps.store import default_folder
from comity.sweeps.study import Study
from comity.writing import objections, unused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from comity.published.targets import Target
    from comity.sweeps.command import Plan

_COVERAGE: Final = ["parameter", "coverage_90", "coverage_90_least", "coverage_90_most", "ranks_uniform"]
"""Stand in the table of the posterior too: an interval is worth what its coverage is."""

QUICK_SIZE: Final = 64
QUICK_SHARE: Final = 0.75
"""A quick calibration shows that everything works and says nothing: few runs of few people, most of them accepted."""


@dataclass(frozen=True)
class Task:
    """What is to be done.

    Attributes:
        plan: of the sweep.
        fitting: findings to fit.
        selection: further findings to predict.
        share: how much of the runs is accepted.
        into: where tables and pictures go.
    """

    plan: Plan
    fitting: tuple[Target, ...]
    selection: tuple[Target, ...]
    share: float
    into: Path


@dataclass
class Calibration:
    """What came of it: tables and pictures by the name of their file, studies of what to sweep next, and the posterior.

    Attributes:
        task: what was done.
        posterior: of the parameters.
        candidates: points of it among which the defaults are chosen.
    """

    task: Task
    posterior: Posterior
    candidates: pd.DataFrame
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    pictures: dict[str, Any] = field(default_factory=dict)
    studies: dict[str, Study] = field(default_factory=dict)

    def write(self) -> Path:
        """Write everything into the folder of the task and return it.

        Raises:
            InputError: if the folder holds anything, or cannot be written.
        """
        import tomli_w  # noqa: PLC0415

        files = {f"{name}.toml": tomli_w.dumps(study.as_json()) for name, study in self.studies.items()}
        return Bundle(self.manifest(), self.tables, self.pictures, files).write(self.task.into)

    def chosen(self) -> dict[str, float]:
        """Return the defaults: the first of the candidates, in their final order once they were lived."""
        first = self.tables.get("choice", self.candidates).iloc[0]
        return {str(name): float(first[name]) for name in self.candidates.columns}

    def trial(self) -> Plan:
        """Return the sweep that lives the candidates with new seeds; other candidates have another folder."""
        study = defaults.trial(self.task.plan.study, self.candidates)
        folder = self.task.plan.folder
        place = folder.with_name(f"{folder.name}-choice-{study.digest()[:8]}")
        return replace(self.task.plan, study=study, folder=place, expand=False)

    def choose(self) -> None:
        """Put the candidates in their final order, once `trial` was swept."""
        lived = load(self.trial().folder)
        self.tables["choice"] = defaults.choose(
            self.candidates, lived, [*self.task.fitting, *self.task.selection]
        )

    def manifest(self) -> dict[str, Any]:
        """Return what it rests on; nothing in it changes when the same is done again, or when other findings change."""
        used = {target.id: [target.value, target.error] for target in self.task.fitting}
        return {
            "fitted": {finding.id: used[finding.id] for finding in self.posterior.cloud.findings},
            "predicted": [target.id for target in self.task.selection],
            "medians": self.posterior.best(),
            "chosen": {} if "hypotheses" in self.tables else self.chosen(),
            "diagnostics": self.posterior.diagnostics,
            "notes": [
                *self.posterior.notes,
                *recovery.doubts(self.tables["recovery"]),
                *ranks.doubts(self.tables["recovery"]),
            ],
            "seed": self.posterior.seed,
            "study": self.task.plan.study.as_json(),
        }


def prepare(
    source: str,
    out: Path | None = None,
    into: Path | None = None,
    *,
    quick: bool = False,
    findings: Path | None = None,
) -> Task:
    """Read a study, the findings and the folders.

    Args:
        source: the study: a built-in name or a file.
        out: folder of the sweep.
        into: folder for what comes of it, new or empty.
        quick: a small version of the study, for trying out.
        findings: a file of targets; by default the one that comes with comity.

    Raises:
        InputError: with everything that is wrong with any of them, before the first run.
    """
    problems: list[Problem] = []
    plan = collect(problems, lambda name: command.prepare(name, out), source)
    fitting = collect(problems, targets.fitting, findings)
    selection = collect(problems, targets.selection, findings)
    if into is not None:
        problems += [replace(wrong, file=COMMAND_LINE, key="--into") for wrong in objections(into)]
    if plan is not None:
        collect(problems, Prior.of, plan.study.uncertainties)
        problems += _not_kept(plan.study, fitting or (), source)
    if problems or plan is None or fitting is None or selection is None:
        raise InputError(problems)
    if quick:
        small = _small(plan.study)
        plan = replace(plan, study=small, folder=out or default_folder(small))
    share = QUICK_SHARE if quick else _share(plan.study, fitting, source)
    place = into or unused(f"{plan.study.name}-posterior")
    return Task(plan, fitting, selection, share, place)


def _share(study: Study, fitting: Sequence[Target], source: str) -> float:
    """Return how much of the runs is accepted: a fifth, or as much as the regression on what is fitted needs.

    Raises:
        InputError: if that is more than half of the runs that there are without the point that recovery leaves out.
    """
    fitted = sum(target.value is not None and target.error > 0 for target in fitting if target.estimate)
    cases = [case for case in study.cases() if case.hypotheses == study.scenario.hypotheses]
    runs = (len(study.points()) - 1) * len(cases) * study.seeds.number
    if few := too_few(runs, MOST, fitted):
        raise InputError([Problem(source, "design", f"{runs} runs when one point is left out", *few)])
    return max(SHARE, needed_runs(fitted) / runs)


def _not_kept(study: Study, found: Sequence[Target], source: str) -> list[Problem]:
    """Return the estimates of findings that the study does not keep; what is only predicted may be missing."""
    missing = dict.fromkeys(target.estimate for target in found if target.estimate not in study.outcomes)
    wrong, valid = "not kept by this study", "an estimate among the outcomes of the study, for every finding"
    return [Problem(source, "outcomes", name, wrong, valid) for name in missing]


def _small(study: Study) -> Study:
    design = study.design.model_dump(exclude_none=True) | {"size": QUICK_SIZE}
    scenario = study.scenario.with_(scale=max(study.scenario.scale, QUICK_SCALE))
    name = f"{study.name}-quick"[-64:]
    return Study(**dict(study) | {"name": name, "scenario": scenario, "design": design})


def calibrate(task: Task, seed: int = 1) -> Calibration:
    """Calibrate on the runs that are stored; see `comity.calibrate.infer.infer`.

    Args:
        task: what to do; its sweep is done.
        seed: of every draw.
    """
    study, share, frame = task.plan.study, task.share, load(task.plan.folder)
    several = len(frame["hypotheses"].unique()) > 1
    own = frame[frame["hypotheses"] == study.scenario.hypotheses] if several else frame
    own, matched, waves, said = _matched(own, task, seed)
    recovered, tried = recovery.recovery(own, task.fitting, study.uncertainties, share=share, seed=seed)
    recovered = recovered.merge(ranks.inside(tried), on="parameter")
    found = infer(own, task.fitting, study.uncertainties, selection=task.selection, share=share, seed=seed)
    found = replace(found, notes=(*found.notes, said))
    done = Calibration(task, found, defaults.candidates(found, own, [*task.fitting, *task.selection]))
    table = found.table().merge(recovered[_COVERAGE], on="parameter", how="left")
    done.tables = {
        "posterior": table.assign(source=ranks.source),
        "predictive": found.predictive,
        "recovery": recovered,
        "recovery-trials": tried,
        "history": matched,
        "waves": waves,
        "model-error": found.error.table(),
        "residuals": found.error.residuals,
        "draws": found.draws(),
    }
    done.pictures = {
        "posterior": plots.posterior(found),
        "predictive": plots.predictive(found.predictive),
        "recovery": plots.recovery(recovered, tried),
        "ranks": plots.ranks(tried),
    }
    done.studies = {"narrowed": narrowed(found, study)}
    if several:
        matrix = recovery.hypotheses(frame, task.fitting, study.uncertainties, seed=seed)[0]
        done.tables["hypotheses"] = matrix
        done.pictures["hypotheses"] = plots.hypotheses(matrix)
    return done


def _matched(frame: Any, task: Task, seed: int) -> tuple[Any, pd.DataFrame, pd.DataFrame, str]:
    """Return the runs that history matching leaves, what it says of every point, its waves, and a sentence.

    The model's error is that of a first inference from all runs. Where too few runs are left, all are kept.
    """
    uncertain = task.plan.study.uncertainties
    first = infer(frame, task.fitting, uncertain, selection=task.selection, share=task.share, seed=seed)
    errors = np.array([first.error.at(finding) for finding in first.cloud.findings])
    table, waves = history.match(cloud(frame, task.fitting, Prior.of(uncertain)), errors)
    out = table.loc[table["wave"] > 0, "point"]
    left = frame[~frame["point"].isin(out)]
    said = f"History matching rules out {len(set(out))} of {frame['point'].nunique()} points"
    if too_few(len(left) - 1, task.share, len(first.cloud.findings)):
        return frame, table, waves, f"{said}; too few are left to infer from, so that all are used."
    return left, table, waves, f"{said}."
