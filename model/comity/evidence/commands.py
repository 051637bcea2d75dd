"""Commands about published findings; `comity.cli` registers them."""

# ruff: noqa: PLC0415 - heavy modules are imported inside the commands that need them

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    import pandas as pd

    from comity.study.runner import Report
    from comity.study.start import Plan

INTERRUPTED: Final = 130
CALIBRATION: Final = "calibration"

Kept = Annotated[
    Path | None, typer.Option(help="Folder of the sweep.", show_default="results/local/<name of the study>")
]
Into = Annotated[
    Path | None,
    typer.Option(help="Folder for tables and pictures, new or empty.", show_default="results/local/..."),
]
Workers = Annotated[int | None, typer.Option(min=1, max=1024, help="Processes; by default all cores.")]

Findings = Annotated[
    Path | None, typer.Option("--targets", help="A file of findings of your own.", show_default="ours")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(reproduce)
    app.command()(calibrate)


def reproduce(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An experiment, or 'all'.")],
    quick: Annotated[
        bool, typer.Option("--quick", help="One seed and few agents, to see that it works.")
    ] = False,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Histories.", show_default="what the study says")
    ] = None,
    workers: Workers = None,
    findings: Findings = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Gets a new folder for each experiment.", show_default="results/local/reproduced"),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Estimate in the model what studies estimated in the world, and set both side by side."""
    from comity.evidence import reproduce as room

    plan = room.prepare(name, quick=quick, seeds=seeds, out=out, source=findings)
    reports = [_sweep(sweep, workers, quiet=quiet) for sweep in plan.sweeps()]
    for experiment in plan.experiments:
        found = room.reproduce(experiment)
        where = room.write(found, plan)
        _show(experiment.name, room.at_a_glance(found.table))
        if len(found.joint):
            _show("Together", found.joint)
        for line in (*found.score(), f"Table and picture are in {where}."):
            typer.echo(line)
    if any(report.tally.failed for report in reports):
        raise typer.Exit(1)


def calibrate(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="A built-in study or a TOML file.")
    ] = CALIBRATION,
    quick: Annotated[bool, typer.Option("--quick", help="A small version, to see that it works.")] = False,
    workers: Workers = None,
    findings: Findings = None,
    out: Kept = None,
    into: Into = None,
) -> None:
    """Ask what the published findings say about the parameters: sweep, recover, infer."""
    from comity.evidence import fit

    task = fit.prepare(study, out, into, quick=quick, findings=findings)
    _sweep(task.plan, workers)
    done = fit.calibrate(task)
    _sweep(done.trial(), workers)
    done.choose()
    folder = done.write()
    _show("Recovery, on runs of known parameters", done.tables["recovery"][_RECOVERED])
    _show("Posterior", done.tables["posterior"][_TOLD])
    _show("Choice of the defaults", done.tables["choice"])
    _show("Posterior predictive", done.tables["predictive"][_PREDICTED])
    for note in done.posterior.notes:
        typer.echo(note)
    typer.echo(f"Tables and pictures are in {folder}.")


def _sweep(plan: Plan, workers: int | None, *, quiet: bool = False) -> Report:
    """Finish what is missing of a sweep, with a bar; leave the program if somebody stops it."""
    from comity.study import start

    with start.told(plan, quiet=quiet, log=None) as progress:
        report = start.sweep(plan, workers, None, progress)
        for line in start.say_report(report, shlex.join(["comity", *sys.argv[1:]])):
            progress.say(line)
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
    return report


_RECOVERED: Final = ["parameter", "coverage_50", "coverage_90", "error", "correlation"]
_TOLD: Final = ["parameter", "median", "low", "high", "shrinkage", "r2"]
_PREDICTED: Final = ["id", "value", "predicted", "predicted_low", "predicted_high", "inside"]


def _show(title: str, table: pd.DataFrame) -> None:
    from rich.console import Console

    from comity import show

    Console(markup=False, emoji=False, highlight=False).print(show.frame(title, table))
