"""The runner of sweeps: every run of a study that is not done yet, by workers that may die at any moment.

Starting the same sweep again finishes exactly what is missing. A run that fails is recorded and does not stop the
others. A run that was in hand when two workers died is run alone; if it kills a third, it is recorded as failed.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import uuid4

from comity import notebook
from comity.problems import InputError, Problem
from comity.sweeps import engines, measurers, worker
from comity.sweeps.stopping import stoppable
from comity.sweeps.store import Store, default_folder, distinct, explained, families
from comity.sweeps.tables import compact

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Container
    from pathlib import Path

    from comity.scenario import Scenario
    from comity.sweeps.measurers import Live
    from comity.sweeps.store import Job, Ledger
    from comity.sweeps.study import Study

AHEAD: Final = 3
"""Groups handed out per worker: enough to keep it busy, few enough to be forgotten without loss."""

GROUP: Final = 0.25
"""Seconds that a group of runs should take: long to what handing it out takes, short to somebody who presses Ctrl-C."""

MOST: Final = 32
"""Runs in a group, however short they are."""

STRIKES: Final = 3
"""Workers that may die over a run before it is given up."""

INTERRUPTED: Final = 130
"""Exit code of a sweep that somebody stopped."""

HOPELESS: Final = 5
"""Pools that may break one after the other without a single run coming out."""

BREATH: Final = 0.1
"""Seconds before the second pool, twice as many before the third...: a server that was killed refuses until the system has
ended it, and asking it is quick."""

Handed: TypeAlias = "tuple[Job, Scenario]"
Group: TypeAlias = tuple[Handed, ...]
"""Runs that are handed out together, with their inputs."""


def group_size(seconds: float, left: int, width: int) -> int:
    """Return how many runs to hand out together.

    Args:
        seconds: what a run took of late; zero before the first one.
        left: runs that are not handed out yet; towards the end every worker should get some.
        width: number of workers.
    """
    fitting = int(GROUP / seconds) if seconds else 1
    return max(1, min(fitting, MOST, left // (2 * width)))


@dataclass
class Tally:
    """How far a sweep is.

    Attributes:
        total: runs of the study, or of the part that is swept.
        done: runs with a result.
        failed: runs that failed in this sweep.
        computed: runs lived in this sweep; those that are the same as another one are not.
        busy: seconds that workers spent in the model, over all of them.
        started: when the sweep began to compute.
    """

    total: int = 0
    done: int = 0
    failed: int = 0
    computed: int = 0
    busy: float = 0.0
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return time.monotonic() - self.started

    @property
    def rate(self) -> float:
        """Runs per second."""
        return (self.computed + self.failed) / max(self.seconds, 1e-9)

    @property
    def left(self) -> float:
        """Seconds that are left, at the rate so far; infinite before the first run."""
        missing = self.total - self.done - self.failed
        return missing / self.rate if self.rate else float("inf")


@dataclass(frozen=True)
class Report:
    """What became of a sweep.

    Attributes:
        folder: where the results are.
        tally: numbers.
        damaged: files that were cut or altered, with the reason; they were set aside, and computed again.
        missing: runs of the whole study that have no result yet.
        unfinished: those among them that this sweep was asked for.
        same: runs of the study that are the same as others, and share their results.
        interrupted: whether somebody stopped it.
        engaged: seconds during which there was work, by workers; ``tally.busy`` over this is the use of the cores.
    """

    folder: Path
    tally: Tally
    damaged: dict[str, str]
    missing: int
    unfinished: int
    same: int
    interrupted: bool
    engaged: float

    @property
    def code(self) -> int:
        """How a command that swept ends: 0 if it has every run that it was asked for, 1 if some are missing, 130 if stopped."""
        return INTERRUPTED if self.interrupted else int(self.unfinished > 0)


def sweep(
    study: Study,
    folder: Path | None = None,
    *,
    workers: int | None = None,
    cluster: str | None = None,
    shard: tuple[int, int] = (1, 1),
    expand: bool = False,
    progress: Callable[[Tally], None] | None = None,
    live: Live | None = None,
) -> Report:
    """Compute every run of a study that has no result yet, and put all results into two tables.

    Args:
        study: what to compute.
        folder: where results are kept; by default ``results/local/<name>``.
        workers: processes; by default one per core.
        cluster: address of a Dask scheduler, whose workers see the same folder, instead of local processes.
        shard: compute only part i of n, for clusters that start many sweeps over one folder.
        expand: whether results of a smaller version of the study may be added to.
        progress: called now and then; in a notebook a bar by default.
        live: how one run is lived, by default as the measurer of the study does; it must be importable where the workers are.

    Returns:
        What became of it. Runs may be missing, because they failed or because somebody stopped the sweep: ``report.code``
        is 0 only if none is.

    Raises:
        InputError: if the folder belongs to something else or cannot be read or written, no worker lives long enough to
            compute anything, or nobody answers.
    """
    where = (folder or default_folder(study)).absolute()
    with engines.engine(workers, cluster) as engine, stoppable() as stop:
        store = Store.create(study, where, expand=expand)
        if not (cluster or progress or live):
            from comity import warm  # noqa: PLC0415 - imports the compiler

            warm.up()  # before every worker does; a command has done so
        with explained(where), nullcontext() if progress else notebook.bar("run", None) as drawn:
            tell = progress or (drawn and (lambda tally: drawn(tally.done, tally.total)))
            return _swept(store, engine, stop, shard, tell, live or store.study.measurer.live)


def _swept(
    store: Store,
    engine: engines.Local | engines.Cluster,
    stop: threading.Event,
    shard: tuple[int, int],
    progress: Callable[[Tally], None] | None,
    live: Live,
) -> Report:
    store.tidy()
    ledger = store.ledger(shard)
    damaged = dict(ledger.damaged)
    driver = _Driver(store, engine, ledger, stop, progress, live)
    driver.drive(ledger.pending)
    if not stop.is_set() or not _unfinished(store, shard, store.present()):
        damaged |= _compacted(store, driver, shard)
    return _reported(store, shard, driver, damaged)


def _unfinished(store: Store, shard: tuple[int, int], present: Container[str]) -> list[str]:
    """Return the keys of runs that were asked for and are not present."""
    return [job.key for job in store.part(shard) if job.key not in present]


def _reported(store: Store, shard: tuple[int, int], driver: _Driver, damaged: dict[str, str]) -> Report:
    """Return what became of a sweep, as the files have it; a run that is missing without a reason is an error."""
    present = store.present()
    unfinished = _unfinished(store, shard, present)
    stopped = driver.stop.is_set() and bool(unfinished)  # who stopped it when all was done changed nothing
    if lost := set() if stopped else set(unfinished) - set(store.failures()):
        wrong = f"{len(lost):,} runs were neither done nor recorded as failed"
        valid = "the same command again: it computes what is missing"
        raise InputError([Problem("sweep", "runs", f"{len(unfinished):,} missing", wrong, valid)])
    return Report(
        folder=store.folder,
        tally=driver.tally,
        damaged=damaged,
        missing=sum(job.key not in present for job in store.jobs),
        unfinished=len(unfinished),
        same=len(store.jobs) - len(distinct(store.jobs)),
        interrupted=stopped,
        engaged=driver.engaged * driver.engine.width,
    )


def _compacted(store: Store, driver: _Driver, shard: tuple[int, int]) -> dict[str, str]:
    """Write the tables if nothing is missing but what failed; files damaged meanwhile are computed again."""
    if shard != (1, 1) and store.missing():
        return {}
    try:
        found = compact(store, driver.engine.readers)
    except BrokenExecutor:
        driver.engine.rebuild()
        found = compact(store)
    damaged = dict.fromkeys(found, "damaged during the sweep")
    if damaged:
        again = [job for job in distinct(store.jobs) if job.key in damaged]
        for job in again:
            store.set_aside(job.key)
            driver.tally.done -= driver.rows[job.key]
        driver.drive(again)
        compact(store)
    return damaged


class _Driver:
    """Hands out runs, takes receipts, and starts over when workers die."""

    def __init__(
        self,
        store: Store,
        engine: engines.Local | engines.Cluster,
        ledger: Ledger,
        stop: threading.Event,
        progress: Callable[[Tally], None] | None,
        live: Live,
    ) -> None:
        self.store, self.engine, self.stop, self.live = store, engine, stop, live
        self.session = uuid4().hex
        self.outcomes = store.study.measured
        self.queue: deque[Job] = deque()
        self.alone: deque[Job] = deque()
        self.claimed: deque[Job] = deque()
        self.open: dict[Future[list[worker.Receipt]], Group] = {}
        self.strikes: Counter[str] = Counter()
        self.broken = 0
        self.engaged = 0.0
        self.pace = 0.0
        self.rows = ledger.rows
        done = sum(self.rows[job.key] for job in ledger.done)
        self.tally = Tally(total=self.rows.total(), done=done)
        self.diary = _Diary(store.folder, self.tally, progress)

    def drive(self, jobs: list[Job]) -> None:
        """Compute runs until there are none, or until somebody stops us."""
        started = time.monotonic()
        together = self._together(jobs)
        setups = self.store.scenarios([job for family in together for job in family])
        self.source = (tuple(islice(setups, len(family))) for family in together)
        self.left = len(jobs)
        while not self.stop.is_set():
            self._hand_out()
            if self.open:
                self._collect()
            elif not (self.queue or self.alone or self.left or self._wait_for_others()):
                break
        self._finish_in_hand()
        worker.tidy_up(self.store, self.session)
        self.engaged += time.monotonic() - started
        self.diary.write(final=True)

    def _together(self, jobs: list[Job]) -> list[list[Job]]:
        """Return what is handed out together: runs that share days, unless a worker would have nothing to do."""
        found = families(jobs) if self.live is measurers.live else []
        return found if len(found) >= self.engine.width else [[job] for job in jobs]

    def _hand_out(self) -> None:
        """Keep every worker supplied; suspects wait until nobody else is at work, and then go one by one."""
        while len(self.open) < AHEAD * self.engine.width and (group := self._following()):
            if not self._submit(group):
                return

    def _following(self) -> Group:
        """Return what to hand out next, if there is anything: in groups at first, but one by one what came back."""
        if self.queue:
            return tuple(self.store.scenarios([self.queue.popleft()]))
        group: Group = ()
        size = group_size(self.pace, self.left, self.engine.width)
        while len(group) < size and (family := next(self.source, None)):
            group += family
        if group:
            self.left -= len(group)
            return group
        if self.alone and not self.open:
            return tuple(self.store.scenarios([self.alone.popleft()]))
        return ()

    def _submit(self, group: Group) -> bool:
        runs = tuple((job.key, setup) for job, setup in group)
        task = worker.Task(str(self.store.folder), runs, self.outcomes, self.session, self.live)
        try:
            future = self.engine.executor.submit(worker.execute, task)
        except BrokenExecutor:
            self.queue.extendleft(job for job, _ in reversed(group))
            self._start_over()
            return False
        self.open[future] = group
        return True

    def _collect(self) -> None:
        """Take the receipts that have come."""
        broken = False
        for future in wait(self.open, timeout=0.2, return_when=FIRST_COMPLETED).done:
            if (group := self.open.pop(future, None)) is None:
                continue
            try:
                self._take(group, future.result())
            except (BrokenExecutor, CancelledError):
                self._lost(group)
                broken = True
            except Exception as error:  # noqa: BLE001 - what a cluster says when a run has killed its workers
                self._blame(group, error)
        if broken:
            self._start_over()
        self.diary.write()

    def _take(self, group: Group, receipts: list[worker.Receipt]) -> None:
        """Take the receipts of a group, and put back the runs that have none."""
        self.broken = 0
        jobs = {job.key: job for job, _ in group}
        for key, status, note in receipts:
            job = jobs.pop(key)
            if status == "full":
                raise OSError(0, note)
            if status == "claimed":
                self.claimed.append(job)
            elif status == "failed":
                self.tally.failed += self.rows[job.key]
            else:
                self._count(job, float(note or 0))
        self.queue.extend(jobs.values())

    def _count(self, job: Job, seconds: float) -> None:
        """Count a run that is done, and took no time if somebody else did it."""
        self.tally.done += self.rows[job.key]
        if seconds:
            self.tally.computed += 1
            self.tally.busy += seconds
            self.pace = seconds

    def _start_over(self) -> None:
        """Replace the workers after one has died, and put back everything that was in hand."""
        self.broken += 1
        if self.broken > HOPELESS:
            wrong = "workers die before they begin, out of memory or killed"
            raise InputError([Problem("sweep", "workers", str(self.engine.width), wrong, "fewer --workers")])
        time.sleep(BREATH * 2 ** (self.broken - 1))
        while self.open:
            future, group = self.open.popitem()
            try:
                self._take(group, future.result(timeout=30))
            except (BrokenExecutor, CancelledError, TimeoutError):
                self._lost(group)
        self.engine.rebuild()

    def _lost(self, group: Group) -> None:
        """Put runs back that were handed out when a worker died; the one that it was at may have killed it."""
        begun, others = self._unfinished(group)
        self.queue.extend(job for job, _ in others)
        for job, setup in begun:
            self._strike(job, setup)

    def _blame(self, group: Group, error: BaseException) -> None:
        """Give up the run at which a group went wrong; without a trace of one, all are tried again one by one."""
        begun, others = self._unfinished(group)
        if not begun and len(group) == 1:
            begun, others = others, begun
        self.queue.extend(job for job, _ in others)
        for job, setup in begun:
            self._give_up(job, setup, error)

    def _unfinished(self, group: Group) -> tuple[list[Handed], list[Handed]]:
        """Count the runs of a lost group that are done, and return those that were begun and the others."""
        begun: list[Handed] = []
        others: list[Handed] = []
        for job, setup in group:
            claimed = worker.bury(self.store.claim(job.key), self.session)
            if self.store.path(job.key).exists():
                self.broken = 0
                self.tally.done += self.rows[job.key]
                self.tally.computed += 1
            else:
                (begun if claimed else others).append((job, setup))
        return begun, others

    def _strike(self, job: Job, setup: Scenario) -> None:
        """Put a run back over which a worker died, unless it has killed too many."""
        self.strikes[job.key] += 1
        if self.strikes[job.key] < STRIKES - 1:
            self.queue.append(job)
        elif self.strikes[job.key] < STRIKES:
            self.alone.append(job)
        else:
            self._give_up(job, setup, RuntimeError(f"{STRIKES} workers died over this run"))

    def _give_up(self, job: Job, setup: Scenario, error: BaseException) -> None:
        worker.remember(self.store, job.key, setup, error)
        self.tally.failed += self.rows[job.key]

    def _wait_for_others(self) -> bool:
        """Look again at runs that another sweep was at; False if there are none."""
        if not self.claimed:
            return False
        self.stop.wait(0.5)
        self.queue.extend(self.claimed)
        self.claimed.clear()
        return True

    def _finish_in_hand(self) -> None:
        """Wait for the runs that have begun; the others go back."""
        if self.open:
            self.engine.recall(self.open)
        while self.open:
            try:
                self._collect()
            except KeyboardInterrupt:
                return
            self.open = {future: group for future, group in self.open.items() if not future.cancelled()}


class _Diary:
    """Tells how far a sweep is: to whoever called, and to ``progress.jsonl`` in the folder."""

    EVERY: Final = 2.0

    def __init__(self, folder: Path, tally: Tally, progress: Callable[[Tally], None] | None) -> None:
        self.path, self.tally, self.progress = folder / "progress.jsonl", tally, progress
        self.who = f"{platform.node()}:{os.getpid()}"
        self.written = 0.0

    def write(self, *, final: bool = False) -> None:
        """Tell it, but not too often to the file."""
        if self.progress is not None:
            self.progress(self.tally)
        if final or time.monotonic() - self.written > self.EVERY:
            self.written = time.monotonic()
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(self._line()) + "\n")

    def _line(self) -> dict[str, Any]:
        tally = self.tally
        return {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "who": self.who,
            "total": tally.total,
            "done": tally.done,
            "failed": tally.failed,
            "rate": round(tally.rate, 3),
            "left": round(tally.left, 1) if tally.rate else None,
        }
