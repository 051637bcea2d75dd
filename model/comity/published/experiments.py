"""Experiments that are reproduced: which there are, their runs, what was published of each, and what became of one.

An experiment is a folder in ``experiments/`` with an ``expected.csv``, and a study like any other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from comity.problems import InputError, Problem, shown
from comity.published import targets
from comity.published.estimates import ESTIMATES, at_home, home
from comity.published.scorecard import strict
from comity.reading import COMMAND_LINE
from comity.sweeps.files import load_study
from comity.sweeps.store import version
from comity.sweeps.study import Seeds, Study
from comity.writing import LOCAL, new_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from comity.published.targets import Target

ALL: Final = "all"
EXPECTED: Final = "expected.csv"
BASELINE: Final = "mandatory"
"""The regime from which those of a local experiment are seen."""

QUICK: Final = {"US": 1000.0}
QUICK_ELSEWHERE: Final = 40.0
"""Persons to an agent in the quick form, which shows that everything works and is too coarse for anything else."""

COLUMNS: Final = {
    "id": "target",           "estimate": "estimate",   "statement": "statement", "value": "published",
    "low": "published_low",   "high": "published_high", "sign": "sign",           "interval": "interval",
    "tolerance": "tolerance", "unit": "unit",           "use": "use",
}  # fmt: skip
"""By key of a target: its column in ``expected.csv``."""

NOT_STATED: Final = "not stated"


@dataclass(frozen=True)
class Experiment:
    """What is reproduced, with which runs, and what was published.

    Attributes:
        name: of its folder.
        study: which runs, as many as were asked for.
        targets: what was published; what the model is silent about is among them.
    """

    name: str
    study: Study
    targets: tuple[Target, ...]

    @property
    def seeds(self) -> range:
        """The seeds of its runs."""
        seeds = self.study.seeds
        return range(seeds.first, seeds.first + seeds.number)

    @property
    def store(self) -> Path:
        """Where its runs are kept: one folder for everything that has the same runs."""
        shared = shared_study(self.study)
        text = f"{shared.digest()} {version(shared)}"
        return LOCAL / f"reproduce-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Reproduction:
    """What became of one experiment.

    Attributes:
        experiment: which one.
        runs: one row per seed and a column per estimate; NaN where there is no number.
        table: one row per published number, and one per run that failed; see `compare`.
        joint: how several numbers do together; empty for most experiments.
    """

    experiment: Experiment
    runs: pd.DataFrame
    table: pd.DataFrame
    joint: pd.DataFrame

    def score(self) -> Iterator[str]:
        """Yield how many numbers of each use are inside the published interval, or have the right sign, in words."""
        for use in targets.USES:
            own = self.table[self.table["use"] == use]
            told = own.loc[~own["verdict"].isin(targets.QUIET), "verdict"]
            if len(told):
                inside, sign = (told == "inside").sum(), (told == "right sign").sum()
                yield f"{use}: {inside} of {len(told)} inside the published interval, {sign} more with the right sign"
            if len(near := strict(own, "model")):
                yield f"{use}, strictly: {near.sum()} of {len(near)} in an interval that was published, or else within 10 %"


def folder() -> Path:
    """Return where experiments are."""
    return targets.default_file().parent


def names() -> list[str]:
    """Return the experiments that can be reproduced."""
    return sorted(path.parent.name for path in folder().glob(f"*/{EXPECTED}"))


def experiment(name: str, published: Sequence[Target], seeds: int | None, quick: bool) -> Experiment:
    """Return an experiment with what was published of it, and as many runs as are asked for."""
    study = load_study(folder() / name)
    keys = dict(study)
    if quick:
        scale = QUICK.get(str(study.scenario.place), QUICK_ELSEWHERE)
        keys["scenario"] = study.scenario.with_(scale=scale)
    if seeds is not None:
        keys["seeds"] = Seeds(number=seeds, first=study.seeds.first)
    made = Study(**keys)
    own = [target for target in published if target.experiment == name]
    return Experiment(name, made, tuple(own if keeps_estimates(made) else expectations(name)))


def shared_study(study: Study) -> Study:
    """Return the study whose runs serve an experiment: every estimate of its scenario is kept, so that all can share them."""
    outcomes = at_home(home(study.outcomes[0])) if keeps_estimates(study) else study.outcomes
    return Study(**dict(study) | {"name": "reproduce", "outcomes": outcomes})


def keeps_estimates(study: Study) -> bool:
    """Return whether a study keeps estimates, and not differences between regimes."""
    return all(name in ESTIMATES for name in study.outcomes)


def expected(found: Sequence[Target]) -> pd.DataFrame:
    """Return what ``expected.csv`` says of an experiment: what was published, and nothing that comes from the model."""
    rows = [{column: getattr(target, key) for key, column in COLUMNS.items()} for target in found]
    return pd.DataFrame(rows, columns=list(COLUMNS.values())).round({"published_low": 6, "published_high": 6})


def write_expected(name: str = ALL, place: Path | None = None) -> list[Path]:
    """Write ``expected.csv`` of an experiment of which numbers were published anew, from the targets, and return the files.

    Args:
        name: of the experiment, or ``all``.
        place: folder that holds the folders of experiments; by default where they are.

    Raises:
        InputError: if there is no such experiment, or if the targets name none of its numbers.
    """
    known = dict.fromkeys(target.experiment for target in targets.published() if target.experiment)
    if name not in (ALL, *known):
        valid = f"{ALL}, {', '.join(known)}"
        raise InputError([Problem(COMMAND_LINE, "experiment", shown(name), "not in the targets", valid)])
    found = []
    for path in sorted(folder().glob("*/study.toml")):
        own = [target for target in targets.published() if target.experiment == path.parent.name]
        if own and name in (ALL, path.parent.name):
            found.append((place or folder()) / path.parent.name / EXPECTED)
            found[-1].parent.mkdir(parents=True, exist_ok=True)
            with new_file(found[-1]) as staging:
                expected(own).to_csv(staging, index=False, lineterminator="\n")
    return found


def expectations(name: str) -> list[Target]:
    """Return the rows of an experiment's ``expected.csv`` that is its own, of which no number was published, as targets.

    Their estimates are an outcome and a regime, ``outcome@regime``: the difference from the baseline in per cent of it.
    """
    rows = pd.read_csv(folder() / name / EXPECTED, keep_default_na=False, dtype=str).to_dict("records")
    same = dict.fromkeys(("data", "estimator", "citation", "link", "status", "group", "period"), NOT_STATED)
    found = []
    for row in rows:
        keys: dict[str, Any] = {key: row[column] for key, column in COLUMNS.items()}
        for number in ("value", "low", "high"):
            keys[number] = float(keys[number]) if keys[number] else None
        about = {"row": row["target"], "finding": row["statement"], "section": name, "experiment": name}
        found.append(targets.Target(**(keys | about | same), baseline=BASELINE))
    return found
