"""`comity report`: everything that was found, on one page that needs no network, and the same in Markdown.

Made from result folders alone: what `comity reproduce`, `comity calibrate` and `comity tournament` wrote. Nothing is run, and no
number is typed by hand: every sentence with a number is computed from the tables that follow it. The page is rendered from the
Markdown, so that the two say the same. Identical inputs give identical files.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from comity.output.bundle import Bundle
from comity.problems import InputError, Problem, shown
from comity.published import targets
from comity.report import appendix, folders, markdown, sentences
from comity.report.parts import Part, Picture, Section, Shown
from comity.writing import objections, unused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.published.targets import Target
    from comity.report.folders import Folder

TITLE: Final = "comity: published findings, reproduced, calibrated and contested"
RESULTS: Final = Path("results")
FIGURES: Final = "figures"
CALIBRATION, PREDICTED, TOURNAMENT = "calibration", "predictive", "tournament"
LONGEST, WIDEST = 250, 24
"""Rows and columns above which a table is named and not printed: a file of runs is for machines."""

_PUBLISHED: Final = ("published", "published_low", "published_high")
REPRODUCED: Final = folders.Wanted(
    {"table": ("target", "statement", "unit", *_PUBLISHED, "model", "verdict", "use")},
    ["figure"],
)
CALIBRATED: Final = folders.Wanted(
    {
        "posterior": ("parameter", "median"),
        "predictive": ("id", "use", *_PUBLISHED, "predicted"),
        "recovery": ("parameter",),
        "draws": (),
    },
    ["posterior", "predictive", "recovery"],
)
LIVED: Final = folders.Wanted(
    {"predictive": ("id", "use", *_PUBLISHED, "predicted", "predicted_low", "predicted_high")},
    ["predictive"],
)
CONTESTED: Final = folders.Wanted(
    {
        "matrix": ("draws", "hypothesis", "target", "use", "inside", "standing"),
        "scores": ("targets", "draws", "hypothesis", "score", "effective_draws", "n_draws", "n_targets"),
        "pairs": ("draws", "one", "other", "target", "apart"),
        "claims": ("claim", "draws", "quantity", "draws_counted", "least", "most", *_PUBLISHED, "upheld"),
    },
    ["scores"],
)


@dataclass
class Report:
    """A report that may be written: what is wrong, what it comes to, and its parts."""

    problems: list[str]
    summary: list[str]
    parts: list[Part]

    def markdown(self) -> str:
        """Return the report in Markdown."""
        text = (
            _templates(finalize=markdown.escaped)
            .get_template("report.md.j2")
            .render(title=TITLE, about=ABOUT, problems=self.problems, summary=self.summary, parts=self.parts)
        )
        return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"

    def pictures(self) -> dict[str, bytes]:
        """Return the pictures by the names of their files."""
        every = (picture for part in self.parts for section in part.sections for picture in section.pictures)
        return {picture.file: picture.content for picture in every}

    def html(self) -> str:
        """Return the report as a page that needs nothing else."""
        from markupsafe import Markup  # noqa: PLC0415 - jinja2 brings it

        body, heads = markdown.to_html(self.markdown(), self.pictures())
        page = _templates().get_template("report.html.j2")
        return str(page.render(title=TITLE, heads=heads, body=Markup(body))) + "\n"  # noqa: S704 - made by `to_html`


ABOUT: Final = (
    "Estimators of published studies, run on what an agent-based model of Secure Communities lets police, surveys and ICE see.",
    "These are results of a model, not measurements. Every number is computed from result folders; none is typed by hand.",
)


def _templates(**options: Any) -> Any:
    """Return the templates; what is put into a page is escaped, what is put into Markdown goes through ``finalize``."""
    import jinja2  # noqa: PLC0415 - only for the report

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )


def write(out: Path | None = None, root: Path = RESULTS, source: Path | None = None) -> tuple[Path, Report]:
    """Write ``report.html``, ``report.md`` and its pictures, and return their folder and what is in it.

    Args:
        out: a new or empty folder; by default a new one in ``results/local``.
        root: where the result folders are.
        source: a file of targets instead of the one that comes with comity.

    Raises:
        InputError: if the folder holds anything or cannot be written, or if the targets cannot be read.
    """
    place = out or unused("report")
    problems = objections(place)
    if not root.is_dir():
        problems.append(
            Problem(str(root), "folder", shown(str(root)), "is no folder", "the folder in which results are")
        )
    if problems:
        raise InputError(problems)
    report = build(root, targets.published(source))
    pages = {"report.html": report.html(), "report.md": report.markdown()}
    about = {"targets": hashlib.sha256((source or targets.default_file()).read_bytes()).hexdigest()}
    return Bundle(about, files={**pages, **report.pictures()}).write(place), report


def build(root: Path, published: Sequence[Target]) -> Report:
    """Return the report on the result folders in ``root``."""
    names = experiments(published)
    reproduced = [folders.look(root, name, REPRODUCED) for name in names]
    calibrated, contested = (
        folders.look(root, CALIBRATION, CALIBRATED),
        folders.look(root, TOURNAMENT, CONTESTED),
    )
    lived = folders.look(root, PREDICTED, LIVED)
    every = [*reproduced, calibrated, lived, contested]
    problems = [problem for folder in every for problem in folder.problems]
    problems += sentences.stale(reproduced, published)
    parts = [
        Part(
            "Published experiments",
            sections=[*_scorecard(reproduced, lived, published), *map(_experiment, reproduced)],
        ),
        Part(
            "Calibration",
            sections=[
                _section(calibrated, "What was fitted, and what it predicts"),
                _section(lived, "What the model does at draws of the posterior"),
            ],
        ),
        Part("Tournament", sentences.reading(), [_tournament(contested)]),
        *appendix.parts(every, published),
    ]
    summary = [
        *sentences.reproduction(reproduced, published),
        *sentences.calibration(calibrated),
        *sentences.predictions(lived),
        *sentences.tournament(contested),
    ]
    return Report(list(dict.fromkeys(problems)), summary, parts)


def _scorecard(reproduced: Sequence[Folder], lived: Folder, published: Sequence[Target]) -> list[Section]:
    """Return the section that counts what is met; none where the tables that it needs are missing or of an older form."""
    from comity.published.scorecard import scorecard  # noqa: PLC0415

    ids = {target.id for target in published}
    tables = [folder.tables["table"] for folder in reproduced if "table" in folder.tables]
    predicted = lived.tables.get("predictive")
    if not tables or predicted is None or not all("basis" in table for table in [*tables, predicted]):
        return []
    known = [table[table["target"].isin(ids)] for table in tables]
    return [
        Section(
            "What is met, and what hits rest on",
            tables=[Shown("", markdown.table(scorecard(known, predicted)))],
        )
    ]


def experiments(published: Sequence[Target]) -> list[str]:
    """Return the experiments that there should be results of: those that targets name, and those with expectations."""
    from comity.published import experiments  # noqa: PLC0415 - brings the machinery of sweeps

    return sorted({target.experiment for target in published if target.experiment} | set(experiments.names()))


def _experiment(folder: Folder) -> Section:
    """Return the section of an experiment: its numbers beside those published, and what else was found."""
    section = _section(folder, folder.name, hidden=("table",))
    if "table" in folder.tables:
        table = folder.tables["table"]
        section.text[:0] = sentences.verdicts(table)
        section.tables.insert(
            0, Shown("Model beside published numbers", markdown.table(sentences.beside(table)))
        )
    return section


def _tournament(folder: Folder) -> Section:
    """Return the section of the tournament, with the matrix as one table for each kind of draws."""
    section = _section(folder, "Hypotheses against patterns", hidden=("matrix",))
    if "matrix" in folder.tables:
        for draws, wide in sentences.matrices(folder.tables["matrix"]):
            section.tables.append(Shown(f"Share of runs inside, in %, {draws} draws", markdown.table(wide)))
    return section


def _section(folder: Folder, title: str, hidden: Sequence[str] = ()) -> Section:
    """Return a section with everything that a folder holds; tables that are too large are named instead."""
    section = Section(title, list(folder.problems))
    for name, content in folder.pictures.items():
        file = f"{FIGURES}/{re.sub(r'[^A-Za-z0-9-]+', '-', f'{folder.name}-{name}')}.png"
        section.pictures.append(Picture(file, content, sentences.alt(folder, name)))
    for name, table in folder.tables.items():
        if name in hidden:
            continue
        if len(table) <= LONGEST and len(table.columns) <= WIDEST:
            section.tables.append(Shown(f"{name}.csv", markdown.table(table)))
        else:
            size = f"{len(table):,} rows and {len(table.columns):,} columns"
            section.text.append(
                f"{name}.csv has {size} and is not printed here; it is in the folder {folder.name}."
            )
    return section
