"""Findings of a stored sweep, for every case of its study: pairs, what outcomes depend on, and where a criterion fails.

The baseline is looked at as it is, every other regime as its paired differences from the baseline; together they say
everything. `find` returns tables and pictures; what a method cannot answer becomes a sentence in `Findings.notes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from comity import dictionary
from comity.analyse import intervals, plots, sensitivity
from comity.analyse.discovery import discover, failures
from comity.output.bundle import Bundle
from comity.sweeps.load import load
from comity.writing import unused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from matplotlib.figure import Figure

    from comity.analyse.discovery import Box
    from comity.analyse.question import Criterion, Question

METHODS: Final[dict[str, Callable[..., pd.DataFrame]]] = {
    "morris": sensitivity.morris,
    "sobol": sensitivity.sobol,
    "latin-hypercube": sensitivity.space_filling,
    "sobol-sequence": sensitivity.space_filling,
}
"""By kind of design, what says how much each uncertainty matters."""


class _Subject(NamedTuple):
    """The runs of one case: as they are (``level``), or as paired differences from the baseline (``difference``)."""

    case: dict[str, Any]
    what: str
    runs: Any


@dataclass
class Findings:
    """What was found.

    Attributes:
        question: what was asked.
        runs: how many runs it rests on.
        tables: ``means``, ``paired``, ``sensitivity`` and ``discovery``, as far as there is something to say.
        pictures: by the name of the file, without its ending.
        refusals: by why something could not be answered, what it was.
    """

    question: Question
    runs: int
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    pictures: dict[str, Figure] = field(default_factory=dict)
    refusals: dict[str, list[str]] = field(default_factory=dict)

    @property
    def notes(self) -> list[str]:
        """What could not be answered, and why, in sentences."""
        more = "{}, and {} more".format
        return [
            f"{about[0] if len(about) == 1 else more(about[0], len(about) - 1)}: {why}"
            for why, about in self.refusals.items()
        ]

    def refuse(self, about: str, why: object) -> None:
        """Note that something could not be answered."""
        self.refusals.setdefault(str(why), []).append(about)

    def keep(self, name: str, rows: list[Any]) -> None:
        """Keep a table, given as rows or as frames, if there is anything in it."""
        frames = [row if isinstance(row, pd.DataFrame) else pd.DataFrame([row]) for row in rows]
        if frames:
            self.tables[name] = pd.concat(frames, ignore_index=True)

    def picture(self, parts: list[str], figure: Figure) -> None:
        """Keep a picture under a name that no other one has."""
        name = "-".join(re.sub(r"\W+", "_", part) for part in parts)
        taken = sum(known == name or known.startswith(f"{name}-") for known in self.pictures)
        self.pictures[f"{name}-{taken + 1}" if taken else name] = figure

    def write(self, into: Path | None = None) -> Path:
        """Write every table as CSV, every picture as PNG, and a manifest, and return where they are.

        Args:
            into: a new or an empty folder; by default a new one beside the results of runs.

        Raises:
            InputError: if the folder holds anything, or cannot be written.
        """
        folder = into or unused(f"{self.question.store.study.name}-analysis")
        return Bundle(self.manifest(), self.tables, self.pictures).write(folder)

    def manifest(self) -> dict[str, Any]:
        """Return how it came about: the study, how much of it is done, what was asked, versions and time."""
        asked, store = self.question, self.question.store
        return {
            "baseline": asked.baseline,
            "fails": str(asked.criterion) if asked.criterion else None,
            "outcomes": asked.names,
            "runs": self.runs,
            "runs_of_the_study": store.study.size,
            "notes": self.notes,
            "behaviour": store.version,
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "study": store.study.as_json(),
        }


def means(asked: Question) -> pd.DataFrame:
    """Return the mean of every outcome of every case with its interval, and what is missing."""
    return _means(asked, load(asked.store.folder, asked.names))


def _means(asked: Question, runs: Any) -> pd.DataFrame:
    return _with_units(
        intervals.summary(runs, asked.names, [*asked.by, "regime"], over=asked.over, **asked.whole)
    )


def _with_units(table: Any) -> pd.DataFrame:
    """Return a table with a column that says the unit of the outcome of each row."""
    units = [dictionary.find(str(outcome)).unit for outcome in table["outcome"]]
    table.insert(table.columns.get_loc("outcome") + 1, "unit", units)
    return pd.DataFrame(table)


def find(asked: Question) -> Findings:
    """Answer a question from the runs that are stored."""
    runs = load(asked.store.folder, list(dict.fromkeys([*asked.names, *asked.judged])))
    found = Findings(asked, len(runs))
    found.keep("means", [_means(asked, runs)])
    if len(asked.regimes) > 1:
        pairs = intervals.paired(runs, asked.baseline, asked.names, asked.by, over=asked.over, **asked.whole)
        found.keep("paired", [_with_units(pairs)])
        for name in asked.names:
            found.picture(["paired", name], plots.differences(pairs, name, baseline=asked.baseline))
    subjects = [
        *(level for level in _levels(asked, runs) if level.case["regime"] == asked.baseline),
        *_differences(asked, runs),
    ]
    _sensitivity(found, subjects)
    if asked.criterion is not None:
        _discovery(found, asked.criterion, runs)
    return found


def _levels(asked: Question, runs: Any, what: str = "level") -> Iterator[_Subject]:
    names = [*asked.by, "regime"]
    for case, group in runs.groupby(names, observed=True, sort=False):
        yield _Subject(dict(zip(names, case, strict=True)), what, group)


def _differences(asked: Question, runs: Any) -> Iterator[_Subject]:
    if len(asked.regimes) > 1:
        names = list(dict.fromkeys([*asked.names, *asked.judged]))
        effects = intervals.differences(runs, asked.baseline, names, asked.by)
        yield from _levels(asked, effects, "difference")


def _sensitivity(found: Findings, subjects: list[_Subject]) -> None:
    """Say how much every uncertainty matters for every outcome of every subject, as far as the design allows it."""
    study = found.question.store.study
    if not study.uncertainties:
        return
    method = METHODS.get(study.design.kind)
    if method is None or find_spec("SALib") is None:
        why = (
            "needs SALib: pip install 'comity[study]'" if method else f"not with a {study.design.kind} design"
        )
        found.refuse("what outcomes depend on", why)
        return
    points = pd.DataFrame(study.unit(), columns=list(study.uncertainties))
    rows = []
    for subject in subjects:
        for name in found.question.names:
            try:
                table = method(subject.runs, points, name, dummies=study.dummies)
            except ValueError as error:
                found.refuse(f"what {name} depends on, {_words(found.question, subject)}", error)
                continue
            _draw_sensitivity(found, subject, table, name)
            labels = {
                **subject.case,
                "what": subject.what,
                "outcome": name,
                "unit": dictionary.find(name).unit,
            }
            rows.append(pd.concat([pd.DataFrame([labels] * len(table)), table], axis=1))
    found.keep("sensitivity", rows)


def _draw_sensitivity(found: Findings, subject: _Subject, table: Any, name: str) -> None:
    draw = plots.morris if "mu_star" in table else plots.indices
    figure = draw(table, name, about=_words(found.question, subject))
    found.picture(["sensitivity", name, str(subject.case["regime"])], figure)


def _discovery(found: Findings, criterion: Criterion, runs: Any) -> None:
    """Say in which region of the uncertainties a criterion fails, for every subject it speaks of."""
    asked = found.question
    points = asked.store.study.points()
    if points.empty or not len(points.columns):
        found.refuse(str(criterion), "the study varies nothing")
        return
    rows: list[Any] = []
    for subject in (_differences if criterion.change else _levels)(asked, runs):
        about = f"{criterion}, {_words(asked, subject)}"
        labels = {**subject.case, "what": subject.what, "criterion": str(criterion)}
        try:
            failed = failures(subject.runs, points, criterion.outcome, criterion.fails)
        except ValueError as error:
            found.refuse(about, error)
            continue
        labels |= {"n_points": len(failed), "n_failures": int(failed.sum())}
        if not failed.any() or failed.all():
            rows.append(labels)
            continue
        box = discover(points, failed)
        rows.append(_limits(labels, box))
        picture = plots.discovery(box, points, failed, title=about)
        found.picture(["discovery", str(subject.case["regime"])], picture)
    found.keep("discovery", rows)


def _limits(labels: dict[str, Any], box: Box) -> pd.DataFrame:
    """Return a row per limit of a box, or one without limits where nothing tells."""
    limits = box.limits.reset_index() if len(box.limits) else pd.DataFrame([{"parameter": None}])
    quality = ("coverage", "density", "coverage_elsewhere", "density_elsewhere")
    labels = labels | {name: getattr(box, name) for name in quality}
    return pd.concat([pd.DataFrame([labels] * len(limits)), limits], axis=1)


def _words(asked: Question, subject: _Subject) -> str:
    """Return what a subject is called: the regime, and what else differs between cases."""
    regime = str(subject.case["regime"])
    told = [regime if subject.what == "level" else f"{regime} against {asked.baseline}"]
    told += [f"{name} {subject.case[name]}" for name in asked.telling]
    return ", ".join(told).replace("_", " ")
