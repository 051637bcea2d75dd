"""To reproduce published experiments: what the same estimators find in the model, beside what was published.

An experiment is a folder in ``experiments/`` with an ``expected.csv``, and a study like any other. Those of the nation share
one scenario, so that it is lived once for all of them: their runs keep every estimate there is, in one store, whichever
experiment is asked for. Nothing here runs the model; `comity.sweeps.runner.sweep` does, and may be stopped and started again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.analyse.intervals import interval
from comity.output.bundle import Bundle
from comity.problems import InputError, Problem, collect, did_you_mean, shown
from comity.published import experiments, targets
from comity.published.estimates import at_home, home
from comity.published.experiments import (
    ALL,
    BASELINE,
    EXPECTED,
    Experiment,
    Reproduction,
    keeps_estimates,
    shared_study,
)
from comity.reading import COMMAND_LINE
from comity.sweeps.command import Plan as Sweep
from comity.sweeps.store import Store, version
from comity.world import imported_tables
from comity.writing import objections, unused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from comity.published.targets import Target
    from comity.sweeps.study import Study

TABLE: Final = (
    *("target", "statement", "unit", "published", "published_low", "published_high"),
    *("model", "model_low", "model_high", "runs", "missing", "verdict", "basis", "use", "note"),
)
"""Columns of a table of `compare`."""

NUMBERS: Final = TABLE[3:9]


@dataclass(frozen=True)
class Plan:
    """A reproduction that may begin.

    Attributes:
        experiments: what is reproduced.
        out: folder that gets a folder for each of them.
        source: the file of targets; None for the one that comes with comity.
        quick: whether it is only to show that everything works.
    """

    experiments: tuple[Experiment, ...]
    out: Path
    source: Path | None
    quick: bool

    def sweeps(self) -> list[Sweep]:
        """Return what has to be run: one sweep for all experiments that share their runs, the largest that any needs."""
        largest: dict[Path, Study] = {}
        for experiment in self.experiments:
            study, folder = shared_study(experiment.study), experiment.store
            if folder not in largest or study.seeds.number > largest[folder].seeds.number:
                largest[folder] = study
        return [Sweep(study, folder, (1, 1), expand=True) for folder, study in largest.items()]


def prepare(
    name: str,
    *,
    quick: bool = False,
    seeds: int | None = None,
    out: Path | None = None,
    source: Path | None = None,
) -> Plan:
    """Read what is to be reproduced, before anything is run or written.

    Args:
        name: of an experiment, or ``all``.
        quick: whether to show only that everything works, with one seed and few agents.
        seeds: how many; by default what the studies say.
        out: folder that gets a folder for each experiment, which must be new or empty.
        source: a file of targets instead of the one that comes with comity.

    Raises:
        InputError: with everything that is wrong with any of them.
    """
    problems: list[Problem] = []
    chosen = collect(problems, _chosen, name) or []
    published = collect(problems, targets.published, source) or ()
    made = [
        experiments.experiment(each, published, 1 if quick and seeds is None else seeds, quick)
        for each in chosen
    ]
    problems += [problem for experiment in made for problem in _unknown(experiment)]
    place = out or unused("reproduced")
    for experiment in made:
        problems += objections(place / experiment.name)
        collect(problems, imported_tables.require, experiment.study.scenario.data)
    if problems:
        raise InputError(dict.fromkeys(problems))
    return Plan(tuple(made), place, source, quick)


def _chosen(name: str) -> list[str]:
    known = experiments.names()
    if name == ALL:
        return known
    if name in known:
        return [name]
    hint = did_you_mean(name, known)
    valid = f"{hint}{ALL}, {', '.join(known)}"
    raise InputError([Problem(COMMAND_LINE, "experiment", shown(name), "unknown", valid)])


def _unknown(experiment: Experiment) -> Iterator[Problem]:
    """Yield the estimates of an experiment that none of its runs can have: they would be missing without a word."""
    study = experiment.study
    regimes = study.levers.get("regimes", ())
    valid = [f"{outcome}@{regime}" for outcome in study.outcomes for regime in regimes if regime != BASELINE]
    known = list(at_home(home(study.outcomes[0]))) if keeps_estimates(study) else valid
    for target in experiment.targets:
        if target.estimate and target.estimate not in known:
            hint = did_you_mean(target.estimate, known)
            source = f"{experiment.name}/{EXPECTED}"
            yield Problem(
                source, target.id, shown(target.estimate), "unknown estimate", f"{hint}{', '.join(known)}"
            )


def read(experiment: Experiment) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Return the numbers of an experiment's runs, and why some have none.

    Returns:
        One row per seed and a column per estimate, in the unit of the targets, NaN for what is missing; and which
        runs failed, with what went wrong.
    """
    from comity.sweeps.load import load  # noqa: PLC0415 - Parquet is slow to import

    store = Store.open(experiment.store)
    runs = load(experiment.store) if store.count() else pd.DataFrame({"seed": [], "regime": []})
    found = (
        runs.set_index("seed")
        if keeps_estimates(experiment.study)
        else _differences(runs, experiment.targets)
    )
    wanted = [target.estimate for target in experiment.targets if target.estimate]
    wanted += [name for name in experiment.study.outcomes if keeps_estimates(experiment.study)]
    columns = list(dict.fromkeys(wanted))
    numbers = found.reindex(index=list(experiment.seeds), columns=columns).astype(np.float64)
    return numbers, _failures(store, experiment.seeds)


def _differences(runs: Any, found: Sequence[Target]) -> pd.DataFrame:
    """Return differences between regimes, paired by seed, in per cent of the baseline of the same seed.

    A row is a function of its own two runs: more seeds add rows and change none.
    """
    by_regime = {regime: rows.set_index("seed") for regime, rows in runs.groupby("regime", observed=True)}
    columns = {}
    for target in found:
        outcome, _, regime = target.estimate.partition("@")
        if regime in by_regime and BASELINE in by_regime:
            base = by_regime[BASELINE][outcome].replace(0.0, np.nan)
            columns[target.estimate] = 100.0 * (by_regime[regime][outcome] - base) / base
    return pd.DataFrame(columns)


def _failures(store: Store, seeds: range) -> list[tuple[str, str]]:
    """Return which runs failed and were not done since, and the first line of what went wrong."""
    told = [json.loads(store.failure(key).read_text(encoding="utf-8")) for key in store.failures()]
    found = [(about["scenario"]["seed"], about["scenario"]["regime"], about["error"]) for about in told]
    return [
        (f"seed {seed}, {regime}", error.partition("\n")[0])
        for seed, regime, error in sorted(found)
        if seed in seeds
    ]


def reproduce(experiment: Experiment) -> Reproduction:
    """Return what the stored runs of an experiment say, beside what was published."""
    from comity.published.joint import joint  # noqa: PLC0415 - for one experiment only

    runs, failures = read(experiment)
    table = compare(experiment.targets, runs, failures)
    return Reproduction(experiment, runs, table, joint(experiment.targets, runs))


def compare(
    found: Sequence[Target], runs: pd.DataFrame, failures: Sequence[tuple[str, str]] = ()
) -> pd.DataFrame:
    """Return one row per published number and one per run that failed.

    Args:
        found: what was published.
        runs: one row per seed and a column per estimate.
        failures: which runs failed, and what went wrong.

    Returns:
        Columns ``target``, ``statement``, ``unit``, ``published``, ``published_low``, ``published_high``; ``model``, the mean
        over runs that have the number, with its 95 % interval over seeds in ``model_low`` and ``model_high``;
        ``runs`` and ``missing``, how many have it and have not; ``verdict`` (see `comity.published.targets.verdict`), ``basis``
        (what it rests on), ``use`` and ``note``.
    """
    rows = [_row(target, runs) for target in found]
    rows += [
        {"target": "run", "statement": which, "verdict": "failed", "note": error} for which, error in failures
    ]
    # Where no row has a number, pandas would keep None, which is no missing number to those who read on.
    return pd.DataFrame(rows, columns=list(TABLE)).astype(dict.fromkeys(NUMBERS, np.float64))


def _row(target: Target, runs: pd.DataFrame) -> dict[str, Any]:
    numbers = runs[target.estimate].to_numpy() if target.estimate in runs else np.full(len(runs), np.nan)
    told = numbers[np.isfinite(numbers)]
    if len(told) < len(numbers) and target.missing in targets.QUIET:
        told = told[:0]  # those runs that happen to have enough are not a sample of all
    mean, half = interval(told)
    return {
        "target": target.id,
        "statement": target.statement,
        "unit": target.unit,
        "published": target.value,
        "published_low": target.low,
        "published_high": target.high,
        "model": mean,
        "model_low": mean - half,
        "model_high": mean + half,
        "runs": len(told),
        "missing": len(numbers) - len(told) if target.estimate else 0,
        "verdict": targets.verdict(target, mean, mean - half, mean + half),
        "basis": target.basis,
        "use": target.use,
        "note": target.silent or target.tolerance,
    }


def write(found: Reproduction, plan: Plan) -> Path:
    """Write ``table.csv``, ``runs.csv``, ``figure.png`` and ``manifest.json`` of an experiment, and return their folder.

    Where several numbers are judged together, there is a ``joint.csv`` too. The same runs give the same files.

    Raises:
        InputError: if the folder cannot be written or holds anything already.
    """
    from comity.published.plots import draw  # noqa: PLC0415 - matplotlib is slow to import

    place = plan.out / found.experiment.name
    tables = {"table": found.table, "runs": found.runs.rename_axis("seed").reset_index()}
    if len(found.joint):
        tables["joint"] = found.joint
    return Bundle(manifest(found.experiment, plan), tables, {"figure": draw(found)}).write(place)


def manifest(experiment: Experiment, plan: Plan) -> dict[str, Any]:
    """Return how a reproduction came about: everything on which its files depend, and no times."""
    source = plan.source or targets.default_file()
    setup = experiment.study.scenario
    return {
        "experiment": experiment.name,
        "quick": plan.quick,
        "seeds": list(experiment.seeds),
        "model": version(shared_study(experiment.study)),
        "targets": hashlib.sha256(source.read_bytes()).hexdigest(),
        "scenario_hash": setup.digest(),
        "data": imported_tables.labels(setup.data),
        "scenario": setup.as_json(),
    }


def at_a_glance(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of `compare` for people to read in a terminal, without what the model is silent about."""
    told: Any = table[table["verdict"] != "silent"]
    return pd.DataFrame(
        {
            "target": told["target"],
            "statement": told["statement"],
            **{
                name: [_between(*row) for row in told[[name, f"{name}_low", f"{name}_high"]].to_numpy(float)]
                for name in ("published", "model")
            },
            "verdict": told["verdict"],
            "use": told["use"].fillna(""),
        }
    )


def _between(value: float, low: float, high: float) -> str:
    """Return a number with its interval, as far as they are known."""
    text = "-" if np.isnan(value) else f"{value:,.4g}"
    return text if np.isnan(low) or np.isnan(high) else f"{text} ({low:,.4g} to {high:,.4g})"
