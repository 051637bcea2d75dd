"""The commands about published findings: a thin layer, like `comity.cli`, which registers them."""

# ruff: noqa: PLC0415 - help and checks start at once

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated

import typer

INTERRUPTED = 130

Quick = Annotated[bool, typer.Option("--quick", help="One seed and few agents: shows only that it works.")]
Number = Annotated[int | None, typer.Option(min=1, help="Histories.", show_default="what the study says")]
Workers = Annotated[int | None, typer.Option(min=1, max=1024, help="Processes; by default all cores.")]
Targets = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Published findings.", show_default="experiments/targets.toml"),
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
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Estimate in the model what a study estimated in the world, and set both side by side."""
    from rich.console import Console

    from comity import show
    from comity.evidence import reproduce as room
    from comity.study import start

    plan = room.prepare(name, quick=quick, seeds=seeds, out=out, source=targets)
    failed = 0
    for sweep in plan.sweeps():
        with start.told(sweep, quiet=quiet, log=None) as progress:
            report = start.sweep(sweep, workers, None, progress)
            for line in start.say_report(report, start.again(sys.argv[1:])):
                progress.say(line)
        if report.interrupted:
            raise typer.Exit(INTERRUPTED)
        failed += report.tally.failed
    console = Console(markup=False, emoji=False, highlight=False)
    for experiment in plan.experiments:
        found = room.reproduce(experiment)
        where = room.write(found, plan)
        console.print(show.frame(experiment.name, room.at_a_glance(found.table)))
        if len(found.joint):
            console.print(show.frame("Together", found.joint))
        for line in (*found.score(), f"Table and picture are in {where}."):
            typer.echo(line)
    if failed:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the commands to those of ``comity``."""
    app.command()(reproduce)
