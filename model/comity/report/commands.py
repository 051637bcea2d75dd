"""The commands about published findings and tables of one's own: a thin layer, like `comity.cli`, which registers them."""

# ruff: noqa: PLC0415 - help and checks start at once

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from comity.output.pictures import Style, style

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from comity.sweeps.command import Plan

CALIBRATION: Final = "calibration"


def _styled(context: typer.Context, wanted: Style) -> Style:
    """Make the pictures of this command in a style."""
    context.with_resource(style(wanted))
    return wanted


Pictured = Annotated[Style, typer.Option("--style", help="What pictures are made for.", callback=_styled)]

Quick = Annotated[bool, typer.Option("--quick", help="Small and few: shows only that it works.")]
Number = Annotated[int | None, typer.Option(min=1, help="Histories.", show_default="what the study says")]
Workers = Annotated[int | None, typer.Option(min=1, max=1024, help="Processes; by default all cores.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]
Targets = Annotated[
    Path | None,
    typer.Option(
        "--targets", metavar="FILE", help="Published findings.", show_default="experiments/targets.toml"
    ),
]
Kept = Annotated[
    Path | None, typer.Option(help="Folder of the sweep.", show_default="results/local/<name of the study>")
]
Posterior = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Draws of the posterior.", show_default="results/calibration/draws.csv"
    ),
]
Draws = Annotated[
    int | None, typer.Option(min=2, max=4096, help="Points of the posterior.", show_default="24")
]
Stacking = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Weights of hypotheses, stacking.csv of 'comity tournament'.",
        show_default="the scenario's own hypotheses alone",
    ),
]
Sealed = Annotated[bool, typer.Option("--sealed", help="Leave the numbers of findings held out unread.")]
Into = Annotated[
    Path | None,
    typer.Option(help="Folder for tables and pictures, new or empty.", show_default="results/local/..."),
]


def reproduce(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An experiment, or 'all'.")],
    quick: Quick = False,
    seeds: Number = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Gets a folder for each experiment.", show_default="results/local/reproduced"),
    ] = None,
    targets: Targets = None,
    workers: Workers = None,
    quiet: Quiet = False,
    write_expected: Annotated[
        bool,
        typer.Option("--write-expected", help="Renew expected.csv of the nation's experiments, and stop."),
    ] = False,
    _style: Pictured = Style.SCREEN,
) -> None:
    """Estimate in the model what a study estimated in the world, and set both side by side."""
    from comity.published import experiments
    from comity.published import reproduce as room

    if write_expected:
        _say([f"{path} says what is in the targets." for path in experiments.write_expected(name)])
        return
    plan = room.prepare(name, quick=quick, seeds=seeds, out=out, source=targets)
    failed = max([_swept(sweep, workers, quiet=quiet) for sweep in plan.sweeps()])
    for experiment in plan.experiments:
        found = room.reproduce(experiment)
        where = room.write(found, plan)
        _show(experiment.name, room.at_a_glance(found.table))
        if len(found.joint):
            _show("Together", found.joint)
        _say([*found.score(), f"Table and picture are in {where}."])
    if failed:
        raise typer.Exit(failed)


def calibrate(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="A built-in study or a TOML file.")
    ] = CALIBRATION,
    quick: Quick = False,
    workers: Workers = None,
    targets: Targets = None,
    out: Kept = None,
    into: Into = None,
    _style: Pictured = Style.SCREEN,
) -> None:
    """Ask what the published findings say about the parameters: sweep, recover, infer."""
    from comity.calibrate import command, ranks, recovery

    task = command.prepare(study, out, into, quick=quick, findings=targets)
    failed = _swept(task.plan, workers)
    done = command.calibrate(task)
    if (
        "hypotheses" not in done.tables
    ):  # a study that varies them asks which can be told apart, and chooses no defaults
        failed |= _swept(done.trial(), workers)
        done.choose()
    folder = done.write()
    _show("Recovery, on runs of known parameters", done.tables["recovery"][_RECOVERED])
    _show("Posterior", done.tables["posterior"][_TOLD])
    _say([*recovery.doubts(done.tables["recovery"]), *ranks.doubts(done.tables["recovery"])])
    if "choice" in done.tables:
        _show("Choice of the defaults", _across(done.tables["choice"]))
    else:
        _show(
            "Recovery of hypotheses: probability of each (columns) where one is true (rows)",
            done.tables["hypotheses"],
        )
    _show("Posterior predictive", done.tables["predictive"][_PREDICTED])
    _say([*done.posterior.notes, f"Tables and pictures are in {folder}."])
    if failed:
        raise typer.Exit(failed)


def _across(table: pd.DataFrame) -> pd.DataFrame:
    """Return the first candidates as columns, since there are more parameters than a terminal is wide."""
    best = table.head(4).T.map(lambda value: f"{value:g}")
    return best.rename(columns=lambda k: f"{k + 1}.").rename_axis("parameter").reset_index()


_RECOVERED: Final = ["parameter", "coverage_50", "coverage_90", "error", "correlation"]
_TOLD: Final = ["parameter", "median", "low_90", "high_90", "coverage_90", "shrinkage", "source"]
_PREDICTED: Final = [
    "id",
    "unit",
    "published",
    "predicted",
    "predicted_low",
    "predicted_high",
    "inside",
    "error_low",
    "error_high",
]


def tournament(
    quick: Quick = False,
    draws: Annotated[
        int | None, typer.Option(min=2, max=4096, help="Points of the posterior, and of the prior.")
    ] = None,
    seeds: Number = None,
    posterior: Posterior = None,
    targets: Targets = None,
    workers: Workers = None,
    quiet: Quiet = False,
    out: Into = None,
    _style: Pictured = Style.SCREEN,
) -> None:
    """Let rival hypotheses meet every published pattern: who reproduces what, and what tells them apart."""
    from comity.tournament import tournament as room

    plan = room.prepare(quick=quick, draws=draws, seeds=seeds, posterior=posterior, out=out, source=targets)
    failed = _swept(plan.sweep, workers, quiet=quiet)
    found = room.judge(room.read(plan), plan.targets)
    where = room.write(found, plan)
    _show("Scores", found.tables["scores"][_SCORED])
    _show("Claims", found.tables["claims"][_CLAIMED])
    _say([*found.sentences(), *plan.notes, f"Tables and pictures are in {where}."])
    if failed:
        raise typer.Exit(failed)


def predict(
    quick: Quick = False,
    draws: Draws = None,
    posterior: Posterior = None,
    stacking: Stacking = None,
    sealed: Sealed = False,
    targets: Targets = None,
    workers: Workers = None,
    quiet: Quiet = False,
    out: Into = None,
    _style: Pictured = Style.SCREEN,
) -> None:
    """Predict every published number, those held out among them, from draws of the posterior."""
    from comity.tournament import predict as room
    from comity.tournament import tournament as runs

    plan = room.prepare(
        quick=quick,
        draws=draws,
        posterior=posterior,
        stacking=stacking,
        out=out,
        source=targets,
        sealed=sealed,
    )
    failed = _swept(plan.sweep, workers, quiet=quiet)
    found = room.judge(runs.read(plan), plan.targets, plan.shares, sealed=sealed)
    where = runs.write(found, plan)
    table = found.tables[room.NAME]
    _show("Posterior predictive", table.loc[table["predicted"].notna(), ["use", *_PREDICTED]])
    _show("The model's error, in units", found.tables["model-error"])
    if "intervals" in found.tables:
        _show("Published numbers in the 95 % that is predicted", found.tables["intervals"])
    _say([*room.sentences(table), f"Table and picture are in {where}."])
    if failed:
        raise typer.Exit(failed)


_SCORED: Final = ["targets", "draws", "hypothesis", "score", "se", "behind", "behind_se", "decided_by"]
_CLAIMED: Final = ["draws", "hypothesis", "quantity", "draws_counted", "least", "most", "published", "upheld"]


def report(
    results: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where result folders are.", show_default="results")
    ] = None,
    targets: Targets = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the report, new or empty.", show_default="results/local/report"),
    ] = None,
) -> None:
    """Put all results on one page that needs no network, and in Markdown."""
    _require("the report", jinja2="jinja2", markdown_it="markdown-it-py")
    from comity.report import report as room

    where, made = room.write(out, results or room.RESULTS, targets)
    _say([*made.summary, *made.problems, f"The report is {where / 'report.html'}."])


def _import(
    kind: Annotated[str, typer.Argument(help="activation, agreements, policies, noncitizens or outcomes.")],
    file: Annotated[Path, typer.Argument(help="A .csv or .xlsx file, or a JSON array of the Census Bureau.")],
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=HEADING", help="What the file calls a column; may be repeated."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="Which sheet of several.")] = None,
) -> None:
    """Check a table and keep it, so that scenarios can use it."""
    from comity.data import command

    _say(command.take(kind, file, column or (), sheet))


def _show_data(
    kind: Annotated[str | None, typer.Argument(help="Only tables of this kind.")] = None,
) -> None:
    """Show the tables that are kept, the newest last."""
    from comity.data import command

    _say(command.listing(kind))


def register(app: typer.Typer) -> None:
    """Add the commands to those of ``comity``."""
    for command in (reproduce, calibrate, predict, tournament, report):
        app.command()(command)
    data = typer.Typer(
        cls=app.info.cls, help="Bring your own tables: dates, agreements, policies, counts, outcomes."
    )
    data.command("import")(_import)
    data.command("show")(_show_data)
    app.add_typer(data, name="data")


def _swept(plan: Plan, workers: int | None, *, quiet: bool = False) -> int:
    """Run what is missing of a sweep, say what became of it, and return the exit code: 1 if runs are missing.

    Raises:
        Exit: if it was interrupted, or if no run has a result: then there is nothing to look at.
    """
    from comity.sweeps.command import carry_out

    report = carry_out(plan, workers, quiet=quiet, typed=sys.argv[1:])
    if report.interrupted or not report.tally.done:
        raise typer.Exit(report.code)
    return report.code


def _require(what: str, **packages: str) -> None:
    """End with a plain message if modules are missing that only some commands need; values are names of packages."""
    from importlib.util import find_spec

    if missing := [package for module, package in packages.items() if find_spec(module) is None]:
        typer.echo(f"{what} needs {', '.join(missing)}: pip install 'comity[study]'", err=True)
        raise typer.Exit(1)


def _show(title: str, table: pd.DataFrame) -> None:
    from comity.output import terminal

    terminal.say(terminal.frame(title, table))


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
