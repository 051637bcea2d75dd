"""The command line (CLI): a thin layer that reads what was typed, calls the library and prints.

Heavy modules are imported inside the commands that need them, so that help and checks start at once.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import json
import os
import sys
import warnings
from contextlib import contextmanager, suppress
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from comity.app import command as page_commands
from comity.output.pictures import Style
from comity.output.terminal import progress_bar
from comity.process import INVALID, prepare
from comity.report import commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from comity.analyse.draws import Draws
    from comity.scenario import Scenario

INTERRUPTED: Final = 130


@contextmanager
def _manners() -> Iterator[None]:
    """End with one plain message instead of a traceback on invalid input, on Ctrl-C and where the system gives out."""
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        _end("interrupted; nothing was written", INTERRUPTED)
    except BrokenPipeError:
        _end("")  # whoever read has seen enough
    except (MemoryError, ImportError, OSError, RuntimeError) as error:
        from comity.problems import OUT_OF_MEMORY, starved

        if starved(error):
            _end(OUT_OF_MEMORY)
        if not isinstance(error, OSError):
            raise
        where, reason = error.filename or "standard output or a file", error.strerror or str(error)
        _end(f"{where}: {reason.lower()}; valid: a place to read from, or to write to with room")
    except ValueError as error:
        from comity.problems import InputError, RefusedError
        from comity.reading import COMMAND_LINE

        if not isinstance(error, InputError):
            raise
        _end(str(error.placed(lambda _: COMMAND_LINE) if isinstance(error, RefusedError) else error))


def _end(message: str, code: int = INVALID) -> NoReturn:
    if message:
        typer.echo(message, err=True)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):  # Python flushes once more at exit, so give it somewhere to flush to
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


class _Polite(TyperGroup):
    """The commands, each of which ends politely."""

    def main(self, *args: Any, **keys: Any) -> Any:
        with _manners():  # help is printed before a command is invoked
            try:
                return super().main(*args, **keys)
            finally:
                sys.stdout.flush()

    def invoke(self, ctx: Any) -> Any:
        with _manners():
            return super().invoke(ctx)


class Topic(StrEnum):
    """What ``comity show`` can show."""

    regimes = "regimes"
    hypotheses = "hypotheses"
    parameters = "parameters"
    day = "day"
    places = "places"
    measures = "measures"
    outcomes = "outcomes"
    items = "items"
    extensions = "extensions"


app = typer.Typer(
    cls=_Polite,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DEFAULT: Final = "san-francisco"
OBSERVERS: Final = "victim_survey, attitudes, trust_tracker, recorded_crime, calls, ice_statistics"
SCENARIO: Final = "A built-in scenario or a TOML file."
Source = Annotated[str, typer.Argument(help=SCENARIO)]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Change a key or a parameter; may be repeated."),
]
Seed = Annotated[str | None, typer.Option(metavar="N", help="Seed of every draw.")]
DrawsOption = Annotated[
    int | None,
    typer.Option(
        min=2, max=1024, metavar="N", help="Live N draws of the posterior instead of the scenario's values."
    ),
]
Out = Annotated[
    Path | None, typer.Option(help="Folder for the results, new or empty.", show_default="results/local/...")
]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"comity {version('comity')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version)
    ] = False,
) -> None:
    """Simulate federal-local cooperation in immigration enforcement, and ways to opt out of it."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def run(
    scenario: Source = DEFAULT,
    changes: Changes = None,
    seed: Seed = None,
    observe: Annotated[
        str,
        typer.Option(
            metavar="A,B", help=f"Write what others would see of it: {OBSERVERS}.", show_default=False
        ),
    ] = "",
    draws: DrawsOption = None,
    threads: Annotated[
        int,
        typer.Option(
            min=1, max=1024, metavar="N", help="Threads that share out the counties; changes no result."
        ),
    ] = 1,
    out: Out = None,
    _style: commands.Pictured = Style.SCREEN,
) -> None:
    """Live a scenario day by day and write what happened."""
    from comity import show
    from comity.output import run as results

    setup, folder = results.prepare(scenario, _overrides(changes, seed=seed), out, observe=observe)
    if (drawn := _drawn(draws, changes)) is not None:
        _run_draws(setup, folder, drawn, observe, threads)
        return
    with progress_bar("day", threads) as progress:
        model = results.run(setup, folder, progress, observe, threads)
    _print(*show.summary(model))
    typer.echo(f"Results are in {folder}.")


def _run_draws(setup: Scenario, folder: Path, drawn: Draws, observe: str, threads: int) -> None:
    from comity.analyse import draws
    from comity.output.terminal import frame

    with progress_bar("run", threads) as progress:
        table = draws.write(setup, folder, drawn, progress, observe, threads)
    title = f"{setup.start} to {setup.end}: mean of {len(drawn.points)} draws, and 95 % with the model's own error"
    _print(frame(title, draws.at_a_glance(table)))
    typer.echo(f"A folder for every draw, and tables of all, are in {folder}.")


@app.command()
def compare(
    scenario: Source = DEFAULT,
    regimes: Annotated[str | None, typer.Option(metavar="A,B,C", help="Regimes to set side by side.")] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=1, help="Histories per regime, the same for all.", show_default="10, or 4 for each draw"
        ),
    ] = None,
    draws: DrawsOption = None,
    changes: Changes = None,
    out: Out = None,
    _style: commands.Pictured = Style.SCREEN,
) -> None:
    """Live the same histories under several regimes and show the differences."""
    from comity.analyse import compare as comparing
    from comity.output import run as results
    from comity.output.terminal import frame

    overrides = _overrides(changes, compare=regimes)
    setup, folder = results.prepare(scenario, overrides, out, comparing=True)
    drawn = _drawn(draws, changes)
    with progress_bar("run") as progress:
        comparison = comparing.write(setup, folder, seeds, progress, drawn)
    _print(
        frame(
            f"Since {comparison.since}: {comparison.baseline}, and differences from it "
            "± half of a 95 % interval over seeds",
            comparison.at_a_glance(),
        )
    )
    if drawn is not None:
        title = f"The same differences: between what 95 % lie over {len(drawn.points)} draws, with the model's own error"
        _print(frame(title, comparison.draws_at_a_glance()))
    for sentence in (*comparison.void(), *comparison.alike()):
        typer.echo(sentence)
    typer.echo(f"Table and picture are in {folder}.")


StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A built-in study or a TOML file.")]
Kept = Annotated[
    Path | None, typer.Option(help="Folder of the results.", show_default="results/local/<name of the study>")
]
Outcomes = Annotated[str | None, typer.Option(metavar="A,B,C", help="Only these outcomes.")]


@app.command()
def sweep(
    study: StudyName,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how much it is, and stop.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processes; by default all cores.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler that has the workers.")
    ] = None,
    shard: Annotated[str | None, typer.Option(metavar="I/N", help="Only part I of N.")] = None,
    expand: Annotated[
        list[str] | None, typer.Option(metavar="WHAT=N", help="Grow: seeds=N or points=N; may be repeated.")
    ] = None,
    out: Kept = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but problems.")] = False,
    log: Annotated[Path | None, typer.Option(help="Write progress to this file, too.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Go ahead, however large it is.")] = False,
) -> None:
    """Compute every run of a study that is not done yet; to continue, start it again."""
    from comity.sweeps import command

    plan = command.prepare(study, out, expand=expand or (), shard=shard, yes=yes or dry_run, log=log)
    if dry_run:
        _say(command.say_estimate(plan, command.estimate(plan, workers)))
        return
    report = command.carry_out(plan, workers, cluster, quiet=quiet, log=log, typed=sys.argv[1:])
    if report.code:
        raise typer.Exit(report.code)


@app.command("results")
def results_(study: StudyName, outcomes: Outcomes = None, out: Kept = None) -> None:
    """Summarise what a sweep found: every outcome of every case, with a 95 % interval."""
    from comity.analyse import findings, in_words, question
    from comity.output.terminal import frame

    means = findings.means(question.ask(study, _listed(outcomes), out=out))
    for title, table in in_words.by_regime(means):
        _print(frame(title, table))
    _say(in_words.status(study, out))


@app.command()
def analyse(
    study: StudyName,
    outcomes: Outcomes = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="REGIME", help="From which others are seen; by default mandatory.")
    ] = None,
    fails: Annotated[
        str | None,
        typer.Option(metavar="CRITERION", help="'OUTCOME < 40' or 'change in OUTCOME < -2': where is it so?"),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="Folder for tables and pictures, new or empty.", show_default="results/local/..."),
    ] = None,
    out: Kept = None,
    _style: commands.Pictured = Style.SCREEN,
) -> None:
    """Compare regimes pair by pair, say what outcomes depend on, and where a criterion fails."""
    from comity.analyse import findings, in_words, question
    from comity.output.terminal import frame

    asked = question.ask(study, _listed(outcomes), baseline=baseline, fails=fails, out=out, into=into)
    found = findings.find(asked)
    folder = found.write(into)
    for title, table in in_words.at_a_glance(found):
        _print(frame(title, table))
    _say(found.notes)
    typer.echo(f"Tables and pictures are in {folder}.")


@app.command("compact")
def compact_(study: StudyName, out: Kept = None) -> None:
    """Put the runs that are done into two tables, runs.parquet and weekly.parquet."""
    from comity.analyse import in_words

    _say(in_words.compacted(study, out))


@app.command()
def check(scenario: Annotated[str, typer.Argument(help=SCENARIO)], changes: Changes = None) -> None:
    """Read a scenario and say what is wrong with it, or what it is."""
    from comity import show
    from comity.scenario import load

    _print(show.scenario(load(scenario, _overrides(changes))))


@app.command("show")
def show_topic(
    topic: Topic,
    name: Annotated[str, typer.Argument(help="Show only what has this in its name or meaning.")] = "",
    timings: Annotated[bool, typer.Option("--timings", help="For 'day': how long each phase takes.")] = False,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="With extensions=NAME, or data.activation=CHECKSUM."
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="As a table for programs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As records for programs.")] = False,
) -> None:
    """Show what there is: regimes, hypotheses, parameters, phases of the day, places, measures, outcomes, extensions."""
    from comity import show

    if as_csv and as_json:
        raise typer.BadParameter("--csv or --json, not both")
    shown = show.topic(topic.value, name, changes or ())
    if as_json:
        typer.echo(json.dumps(show.data(shown), indent=2, ensure_ascii=False))
    elif as_csv:
        typer.echo(show.as_csv(show.data(shown)), nl=False)
    else:
        _print(shown)
    if timings and topic is Topic.day:
        _print(show.timings())


@app.command("cache")
def cache_(clear: Annotated[bool, typer.Option("--clear", help="Remove it all.")] = False) -> None:
    """Show what is kept on this machine to start sooner, or remove it: compiled code, made again when it is needed."""
    from comity import cache, show

    if clear:
        files, size = cache.clear()
        typer.echo(f"Removed {files:,} files of compiled code, {size / 1e6:,.1f} MB, from {cache.folder()}.")
    else:
        _print(show.cached())


@app.command("doctor")
def doctor_() -> None:
    """Say what this machine has, and what is missing for which command."""
    from comity import doctor, show

    findings = list(doctor.examine())
    _print(show.examined(findings))
    if any(each.fatal for each in findings):
        raise typer.Exit(1)


@app.command("verify")
def verify_(
    only: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only these checks, by name.", show_default="all")
    ] = None,
) -> None:
    """Check the model as it is installed here, as a referee would: exact numbers, a second model, books, placebo, one study."""
    from comity.verify import checks

    names = checks.chosen(_listed(only))
    with progress_bar("check") as progress:
        answers = checks.ask(names, progress)
    _print(*checks.page(answers))
    if not all(each.passed for each in answers):
        raise typer.Exit(1)


@app.command()
def story(
    scenario: Source = DEFAULT,
    resident: Annotated[
        int | None, typer.Option(min=0, help="Whose story; by default one that goes far.")
    ] = None,
    changes: Changes = None,
    seed: Seed = None,
) -> None:
    """Tell in plain words what happened to one resident, from incident to removal."""
    from comity.scenario import load

    setup = load(scenario, _overrides(changes, seed=seed))
    from comity.model import CooperationModel
    from comity.observe.storylines import check_resident
    from comity.observe.storylines import story as tell

    with progress_bar("day") as progress:
        model = CooperationModel(setup, log=True)
        check_resident(model, resident)
        model.run(progress)
    typer.echo(tell(model, resident))


def _drawn(number: int | None, changes: list[str] | None) -> Draws | None:
    """Return draws of the posterior, none of which the changes of the scenario set; None where nobody asked for any."""
    if number is None:
        return None
    from comity.calibrate.posterior import posterior

    return posterior(number, changes=changes or ())


def _listed(names: str | None) -> list[str] | None:
    return [name.strip() for name in names.split(",")] if names else None


def _overrides(changes: list[str] | None, **options: object) -> list[str]:
    """Return options that were given as further changes, after those of ``--set``."""
    return [*(changes or []), *(f"{name}={value}" for name, value in options.items() if value is not None)]


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _print(*parts: RenderableType) -> None:
    from comity.output.terminal import say

    say(*parts)


commands.register(app)
for name, command in page_commands.COMMANDS.items():
    app.command(name)(command)


def main() -> None:
    """Run the command line."""
    prepare()
    warnings.formatwarning = lambda message, *_, **__: f"{message}\n"  # one line, and none of our code
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode still shows the rest
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
