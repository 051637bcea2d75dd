"""What happens in a worker, on this machine or another: one run after the other, each written before the next begins."""

from __future__ import annotations

import errno
import json
import os
import platform
import time
import traceback
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from comity.output import bundle, run
from comity.scenario import canonical, digest_of
from comity.sweeps import measurers, runfile
from comity.sweeps.store import Store, write_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.scenario import Scenario
    from comity.sweeps.measurers import Live
    from comity.sweeps.outcomes import Outcome

STALE: Final = 3600.0
"""Seconds after which nobody believes a claim any more; if it was true, the run is lived twice, to the same end."""

BEING_WRITTEN: Final = 5.0
"""Seconds after which an empty claim is that of a worker that died while it wrote it."""

PATIENCE: Final = 0.5
"""Seconds after which a worker begins no other run of its task: the driver can then be stopped, and sees the numbers."""

NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
"""What the file system objects to whichever run it is."""

Receipt: TypeAlias = tuple[str, str, str]
"""The key of a run; ``done``, ``failed``, ``claimed`` or ``full``; and how long it took, or what is wrong."""

Asked: TypeAlias = "tuple[str, Scenario]"
"""The key of a run and its inputs."""

Lived: TypeAlias = tuple[runfile.Weekly, float]
"""What a run gives, and its share of the seconds that it took."""


@dataclass(frozen=True)
class Task:
    """Some runs to live, with all that a worker needs to know.

    Attributes:
        folder: of the store.
        runs: their keys and inputs.
        outcomes: what to keep.
        session: who asks; a session asks for each run once, so its own claims are those of workers that died.
        live: how a run is lived.
    """

    folder: str
    runs: tuple[Asked, ...]
    outcomes: tuple[Outcome, ...]
    session: str
    live: Live


def execute(task: Task) -> list[Receipt]:
    """Live runs and write them; those without a receipt were not begun, because the others took long."""
    receipts: list[Receipt] = []
    claim = Claim(Path(task.folder, "claims"), task.session)
    ends = time.monotonic() + PATIENCE
    for runs in _families(task):
        receipts += _together(task, claim, runs)
        if time.monotonic() > ends:
            break
    claim.drop()
    return receipts


def _families(task: Task) -> list[list[Asked]]:
    """Return the runs of a task by whether they are lived together."""
    if len(task.runs) == 1 or task.live is not measurers.live:
        return [[run] for run in task.runs]
    from comity.branching import roots  # noqa: PLC0415 - imports the model, see `live`

    return [[task.runs[n] for n in branch.setups] for branch in roots(setup for _, setup in task.runs)]


def _together(task: Task, claim: Claim, runs: list[Asked]) -> list[Receipt]:
    """Live runs that may share days, and write them; what they cannot share, each lives alone."""
    left = dict(runs)
    shared = _shared(task, claim, runs) if len(runs) > 1 else ()
    receipts = [_execute(task, claim, key, left.pop(key), lived) for key, lived in shared]
    return receipts + [_execute(task, claim, *run) for run in left.items()]


def _shared(task: Task, claim: Claim, runs: list[Asked]) -> Iterator[tuple[str, Lived]]:
    """Yield what runs give, while nothing goes wrong: whose fault it is shows when each is lived alone."""
    from comity.branching import grow, roots  # noqa: PLC0415 - likewise

    todo, started = roots(setup for _, setup in runs), time.perf_counter()
    try:
        while todo:
            branch = todo[-1]
            keys = [runs[n][0] for n in branch.setups]
            if not claim.take(keys[0]):
                return
            model, branches = grow(branch)
            if not branches:
                weekly, ended = runfile.observe(model, task.outcomes), time.perf_counter()
                yield from ((key, (weekly, (ended - started) / len(keys))) for key in keys)
                started = time.perf_counter()
            todo[-1:] = branches  # whoever parted last is lived first, so that few wait half lived
    except Exception:  # noqa: BLE001 - see above
        return


def _execute(task: Task, claim: Claim, key: str, scenario: Scenario, lived: Lived | None = None) -> Receipt:
    """Live a run, if it is not lived yet, and write it, unless it is there already or somebody else is at it."""
    path = runfile.place(Path(task.folder), key)
    failure = Path(f"{task.folder}/failures/{key}.json")
    try:
        # Claimed before we look, so that nobody can finish it between the two.
        if not claim.take(key):
            return key, "done" if path.exists() else "claimed", ""
        return (key, "done", "") if path.exists() else _attempt(task, key, scenario, path, lived)
    except OSError as error:
        if error.errno in NO_ROOM:
            return key, "full", error.strerror or str(error)
        write_failure(failure, explained(key, scenario, error))
        return key, "failed", f"{type(error).__name__}: {error}"


def _attempt(task: Task, key: str, scenario: Scenario, path: Path, lived: Lived | None) -> Receipt:
    failure = Path(f"{task.folder}/failures/{key}.json")
    started = time.perf_counter()
    try:
        weekly, seconds = lived or (task.live(scenario, task.outcomes), time.perf_counter() - started)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
        write_failure(failure, explained(key, scenario, error))
        return key, "failed", f"{type(error).__name__}: {error}"
    keep(path, key, scenario, weekly, seconds)
    failure.unlink(missing_ok=True)
    return key, "done", f"{seconds:.6f}"


def keep(path: Path, key: str, scenario: Scenario, weekly: runfile.Weekly, seconds: float) -> None:
    """Write a run and how it came about, but no folders of the machine."""
    inputs = canonical(scenario.as_json())
    about = {
        "scenario_hash": digest_of(inputs),
        "seed": scenario.seed,
        "versions": bundle.versions(),
        **run.added(scenario),
        "seconds": round(seconds, 4),
    }
    runfile.write(path, key, weekly, about, inputs)


def explained(key: str, scenario: Scenario, error: BaseException) -> dict[str, Any]:
    """Return what to keep of a failure: what went wrong, where, and with which inputs."""
    return {
        "key": key,
        "error": f"{type(error).__name__}: {error}",
        "traceback": "".join(traceback.format_exception(error)),
        "scenario": scenario.as_json(),
    }


class Claim:
    """The file that says at which run a worker is.

    It goes from one run to the next under another name: where many files were deleted, some file systems take longer to
    make a new one than all the rest of a short run's paperwork.
    """

    def __init__(self, folder: Path, session: str) -> None:
        self.folder, self.session = folder, session
        self.path: Path | None = None

    def take(self, key: str) -> bool:
        """Claim a run and let the one before it go; False if somebody else who is alive has it."""
        path = self.folder / key
        if path == self.path:
            return True
        try:
            self._put(path)
        except FileExistsError:
            if not _forlorn(path, self.session):
                return False
            path.unlink(missing_ok=True)
            return self.take(key)  # unless somebody else is quicker
        self.drop()
        self.path = path
        return True

    def _put(self, path: Path) -> None:
        """Make the file, under one more name if there is one already; there is never half of it then."""
        try:
            if self.path is not None:
                os.link(self.path, path)
                return
        except FileExistsError:
            raise
        except OSError:
            pass  # not every file system gives a file two names
        with path.open("xb", buffering=0) as file:
            file.write(_signature(self.session))

    def drop(self) -> None:
        """Let the run go."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path = None


@lru_cache(maxsize=1)
def _signature(session: str) -> bytes:
    return json.dumps({"session": session, "host": platform.node(), "pid": os.getpid()}).encode()


def _forlorn(claim: Path, session: str) -> bool:
    """Whether a claim is nobody's: its worker died, its session is ours, or it is too old to believe."""
    try:
        age = time.time() - claim.stat().st_mtime
        owner = json.loads(claim.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except ValueError:
        return age > BEING_WRITTEN
    same = owner["host"] == platform.node() and not _alive(owner["pid"])
    return age > STALE or owner["session"] == session or same


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def bury(claim: Path, session: str) -> bool:
    """Remove the claim of a dead worker of the session, and return whether there was a whole one."""
    try:
        ours = bool(json.loads(claim.read_text(encoding="utf-8"))["session"] == session)
    except FileNotFoundError:
        return False
    except ValueError:  # it died while it wrote the claim, before it began
        claim.unlink(missing_ok=True)
        return False
    if ours:
        claim.unlink(missing_ok=True)
    return ours


def tidy_up(store: Store, session: str) -> None:
    """Remove claims of runs that are there, whose workers died before they let them go: nobody asks for these again."""
    for claim in Path(store.folder, "claims").iterdir():
        if store.path(claim.name).exists() and _forlorn(claim, session):
            claim.unlink(missing_ok=True)


def remember(store: Store, key: str, scenario: Scenario, error: BaseException) -> None:
    """Record in the name of a worker that a run killed it."""
    write_failure(store.failure(key), explained(key, scenario, error))
    store.claim(key).unlink(missing_ok=True)
