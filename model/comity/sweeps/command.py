"""The command ``comity sweep``: everything that can be wrong is found before the first run, and what came of it is said."""

from __future__ import annotations

import shlex
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, TextIO

from comity.problems import InputError, Problem, collect, shown
from comity.reading import COMMAND_LINE
from comity.sweeps import engines, worker
from comity.sweeps.files import load_study
from comity.sweeps.store import Job, Store, default_folder, distinct, objection
from comity.sweeps.study import LIMIT, Study
from comity.world import imported_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from comity.scenario import Scenario
    from comity.sweeps.runner import Report, Tally

PIECES: Final = ("seeds", "points")
SAMPLE: Final = 3
BLOCK: Final = 4096
"""Bytes in which most file systems give out room."""

TABLES_SHARE: Final = 0.6
"""Size of the tables over that of the files they are made from."""


@dataclass(frozen=True)
class Plan:
    """A sweep that may begin: what, where, which part of it, and whether the store may grow."""

    study: Study
    folder: Path
    shard: tuple[int, int]
    expand: bool


@dataclass(frozen=True)
class Estimate:
    """How much a sweep is: runs in all and still to do, seconds for these, bytes for all."""

    runs: int
    pending: int
    seconds: float
    bytes: int


def prepare(
    source: str,
    out: Path | None = None,
    *,
    expand: Sequence[str] = (),
    shard: str | None = None,
    yes: bool = False,
    log: Path | None = None,
) -> Plan:
    """Read a study and the options of a sweep.

    Raises:
        InputError: with everything that is wrong with any of them.
    """
    problems = engines.objections()
    sizes = collect(problems, _sizes, expand) or {}
    part = collect(problems, _part, shard) or (1, 1)
    study = collect(problems, load_study, source)
    if study is not None:
        grown = collect(problems, lambda made: made.expanded(**sizes), study) or study
        problems += _too_large(source, grown, yes)
        collect(problems, imported_tables.require, grown.scenario.data)
        study = grown
    if out is not None:
        problems += objection(out)
    problems += _log_objections(log)
    if problems or study is None:
        raise InputError(problems)
    return Plan(study, out or default_folder(study), part, bool(sizes))


def _sizes(expand: Sequence[str]) -> dict[str, int]:
    pairs = [text.partition("=") for text in expand]
    wrong = [
        Problem(COMMAND_LINE, "--expand", shown("".join(pair)), "not understood", "seeds=20 or points=256")
        for pair in pairs
        if pair[0] not in PIECES or not pair[2].isascii() or not pair[2].isdigit() or len(pair[2]) > 9
    ]
    if wrong:
        raise InputError(wrong)
    return {name: int(number) for name, _, number in pairs}


def _part(shard: str | None) -> tuple[int, int]:
    first, _, last = (shard or "1/1").partition("/")
    if first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last):
        return int(first), int(last)
    raise InputError([Problem(COMMAND_LINE, "--shard", shown(shard), "not a part", "i/n, from 1/n to n/n")])


def _too_large(source: str, study: Study, yes: bool) -> list[Problem]:
    if yes or study.size <= LIMIT:
        return []
    size = f"{study.size:,} runs"
    wrong = f"more than {LIMIT:,} runs"
    return [Problem(source, "design", size, wrong, "--yes if you mean it; --dry-run says what it takes")]


def estimate(plan: Plan, workers: int | None) -> Estimate:
    """Time a few runs and return what all of them will take; nothing is left in the folder."""
    if (plan.folder / "store.json").exists():
        store = Store.open(plan.folder).fitted(plan.study, expand=plan.expand)
    else:
        store = Store(plan.folder, plan.study)
    jobs, present = store.part(plan.shard), store.present()
    pending = [job for job in distinct(jobs) if job.key not in present]
    seconds, size = _timed(store, jobs[:: max(1, len(jobs) // SAMPLE)][:SAMPLE])
    return Estimate(
        runs=len(jobs),
        pending=len(pending),
        seconds=len(pending) * seconds / (workers or engines.cores()),
        bytes=round(len(jobs) * (size + BLOCK + TABLES_SHARE * size)),
    )


def _timed(store: Store, jobs: list[Job]) -> tuple[float, int]:
    """Return seconds and bytes per run, of runs after a first one that starts everything up."""
    setups = [setup for _, setup in store.scenarios([jobs[0], *jobs])]
    with TemporaryDirectory() as folder:
        path = Path(folder, "run.parquet")
        times = [_time(path, store, setup) for setup in setups]
        return sum(times[1:]) / len(jobs), path.stat().st_size


def _time(path: Path, store: Store, setup: Scenario) -> float:
    started = time.perf_counter()
    worker.keep(path, "run", setup, store.study.measurer.live(setup, store.study.measured), 0.0)
    return time.perf_counter() - started


def say_estimate(plan: Plan, found: Estimate) -> Iterator[str]:
    """Yield what an estimate comes to, in words."""
    study = plan.study
    points = study.design.count(study.uncertainties)
    yield f"{points:,} points x {len(study.cases()):,} cases x {study.seeds.number:,} seeds = {study.size:,} runs"
    if plan.shard != (1, 1):
        yield f"of which {found.runs:,} are part {plan.shard[0]} of {plan.shard[1]}"
    yield f"still to do: {found.pending:,} runs, about {timedelta(seconds=round(found.seconds))} on this machine"
    yield f"disk: about {found.bytes / 1e6:,.1f} MB in {plan.folder}"


def _say_report(report: Report, command: str) -> Iterator[tuple[str, bool]]:
    """Yield what became of a sweep, in words, and whether it is a problem."""
    tally = report.tally
    for key, reason in report.damaged.items():
        yield f"{key[:12]}... was damaged ({reason}), is set aside in 'altered', and is computed again", True
    done = f"{tally.done:,} of {tally.total:,} runs are done, {tally.computed:,} of them now, at {tally.rate:.1f} a second."
    yield done, bool(report.code)
    if report.same:
        yield f"{report.same:,} runs of the study are the same as others, and are lived once.", False
    if tally.failed:
        where = report.folder / "failures"
        yield f"{tally.failed:,} failed; what went wrong with which inputs is in {where}.", True
    if report.interrupted or report.missing:
        missing = f"{report.missing:,} runs of the study are missing. Continue with: {command}"
        yield missing, bool(report.code)
    yield f"Results are in {report.folder}.", False


def carry_out(
    plan: Plan,
    workers: int | None = None,
    cluster: str | None = None,
    *,
    quiet: bool = False,
    log: Path | None = None,
    typed: Sequence[str] = (),
) -> Report:
    """Sweep, and show how far it is and what became of it.

    Args:
        plan: what to do.
        workers: processes; by default one per core.
        cluster: address of a Dask scheduler.
        quiet: whether to show only problems.
        log: a file for everything that is shown.
        typed: the arguments of the command, for saying how to go on.
    """
    with told(plan, quiet=quiet, log=log) as progress:
        report = sweep(plan, workers, cluster, progress)
        for line, is_problem in _say_report(report, again(list(typed))):
            progress.say(line, aloud=is_problem)
    return report


def again(arguments: Sequence[str]) -> str:
    """Return the command that continues a sweep: the one that was typed."""
    return shlex.join(["comity", *arguments])


def sweep(
    plan: Plan, workers: int | None, cluster: str | None, progress: Callable[[Tally], None] | None
) -> Report:
    """Carry out a plan; see `comity.sweeps.runner.sweep`."""
    from comity.sweeps.runner import sweep as run  # noqa: PLC0415 - a dry run needs none of it

    return run(
        plan.study,
        plan.folder,
        workers=workers,
        cluster=cluster,
        shard=plan.shard,
        expand=plan.expand,
        progress=progress,
    )


@contextmanager
def told(plan: Plan, *, quiet: bool, log: Path | None) -> Iterator[Progress]:
    """Yield a function that draws a bar on a terminal, and writes lines into a file if there is one."""
    from tqdm import tqdm  # noqa: PLC0415 - a dry run draws nothing

    from comity import warm  # noqa: PLC0415

    warm.up(quiet=quiet)  # before every worker does
    with (
        tqdm(disable=True if quiet else None, unit="run", leave=False, smoothing=0.05) as bar,
        log.open("a", encoding="utf-8", buffering=1) if log else nullcontext() as file,
    ):
        progress = Progress(bar, file, quiet)
        progress.log(f"sweep of {plan.study.name}, {plan.study.size:,} runs")
        yield progress


class Progress:
    """Shows how far a sweep is: rate, time left and failures."""

    EVERY: Final = 10.0

    def __init__(self, bar: Any, file: TextIO | None, quiet: bool) -> None:
        self.bar, self.file, self.quiet = bar, file, quiet
        self.written = 0.0

    def __call__(self, tally: Tally) -> None:
        """Move the bar, and write a line every ten seconds."""
        self.bar.total = tally.total
        self.bar.initial = tally.done - tally.computed
        if tally.failed:
            self.bar.set_postfix(failed=tally.failed, refresh=False)
        self.bar.update(tally.done + tally.failed - self.bar.n)
        if time.monotonic() - self.written > self.EVERY:
            self.written = time.monotonic()
            self.log(_line(tally))

    def say(self, text: str, *, aloud: bool = False) -> None:
        """Write a line, and print it unless told to be quiet and it can be left out."""
        self.log(text)
        if aloud or not self.quiet:
            self.bar.clear()
            print(text, flush=True)  # noqa: T201 - what the command says in the end

    def log(self, text: str) -> None:
        """Write a line with the time."""
        if self.file is not None:
            self.file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {text}\n")


def _line(tally: Tally) -> str:
    left = f"{timedelta(seconds=round(tally.left))} left" if tally.rate else "time left unknown"
    return (
        f"{tally.done:,} of {tally.total:,} done, {tally.failed:,} failed, {tally.rate:.2f} a second, {left}"
    )


def _log_objections(log: Path | None) -> list[Problem]:
    """Return what speaks against writing to a file, which is tried."""
    try:
        if log is not None:
            log.open("a", encoding="utf-8").close()
    except OSError as error:
        wrong = (error.strerror or str(error)).lower()
        return [Problem(COMMAND_LINE, "--log", shown(str(log)), wrong, "a file that may be written")]
    return []
