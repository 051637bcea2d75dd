"""Mutation testing: change one thing in the code, and see whether a test fails.

    python tools/mutate.py --out mutants.csv            # a sample of all rooms: hours
    python tools/mutate.py --room law --sample 60 --out mutants.csv
    python tools/mutate.py --again mutants.csv          # those that survived, after new tests
    python tools/mutate.py --table mutants.csv          # a table of them

A mutant is one file with one operator, number, condition, statement or returned value changed. It is put into a copy of the
checkout, never into the checkout itself, where the tests of its room run until the first fails: first those of them that
take a second, then the others. Kernels are run without the compiler. Tests that compare with a hash are not among them: a
hash tells that something changed, not that it is wrong.
"""

from __future__ import annotations

import argparse
import ast
import csv
import functools
import gc
import importlib
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

import pytest
from _pytest.main import pytest_runtestloop
from scipy import stats

from mutants import PACKAGE, ROOT, Mutant, mutants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.queues import SimpleQueue

FIELDS: Final = ("room", "module", "line", "before", "after", "outcome", "by", "seconds")
CACHE: Final = type(functools.cache(len))
SLOWEST: Final = 900
"""Seconds after which a mutant counts as killed: it has made something endless."""


@dataclass(frozen=True)
class Room:
    """Modules, and the tests that are to find what is wrong with them, the quickest first."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    slow: tuple[str, ...] = ()  # those that take long, which only see what the others let through
    uncompiled: bool = False
    starts: bool = False  # processes or threads, which do not go well with a fork


ROOMS: Final = {
    "kernels": Room(
        ("agents/*.py", "kernels.py"),
        (
            "tests/test_kernel_rules.py",
            "tests/test_attribution.py",
            "tests/test_police_time.py",
            "tests/test_people_not_homes.py",
            "tests/test_coming_and_going.py",
            "tests/test_news_learned.py",
            "tests/test_governments.py",
            "tests/test_crossing.py",
            "tests/test_equivalence.py",
            "tests/test_people.py",
            "tests/test_always_true.py",
            "tests/test_recorder.py",
            "tests/test_politics.py",
            "tests/test_alarm.py",
        ),
        (
            "tests/test_always_true.py::test_no_immigrants",
            "tests/test_always_true.py::test_one_resident",
            "tests/test_always_true.py::test_everyone_in_one_household",
            "tests/test_always_true.py::test_no_jail",
            "tests/test_people.py",
            "tests/test_recorder.py",
            "tests/test_politics.py",
            "tests/test_alarm.py",
        ),
        uncompiled=True,
    ),
    "draws": Room(("draws.py",), ("tests/test_draws.py",), uncompiled=True),
    "law": Room(
        ("policy/law.py",),
        ("tests/test_unlisted.py", "tests/test_regimes.py", "tests/test_alarm.py"),
        ("tests/test_alarm.py",),
        starts=True,
    ),
    "store": Room(
        ("sweeps/store.py", "sweeps/runfile.py", "sweeps/tables.py"),
        (
            "tests/test_stores.py",
            "tests/test_sweep_results.py",
            "tests/test_sweep_sharing.py",
            "tests/test_same_runs.py",
            "tests/test_sweeps.py",
        ),
        (
            "tests/test_stores.py::test_any_other_byte_is_found_and_nothing_is_lost",
            "tests/test_stores.py::test_a_driver_that_is_no_file",
            "tests/test_stores.py::test_a_server_that_is_not_gone_at_once_is_waited_for",
            "tests/test_stores.py::test_workers_that_die_before_the_first_run_are_replaced",
            "tests/test_stores.py::test_who_dies_at_any_moment_costs_nothing",
            "tests/test_stores.py::test_a_fork_server_that_never_lives_is_an_error",
            "tests/test_stores.py::test_workers_that_never_live_end_in_an_error_and_no_tables",
            "tests/test_sweep_results.py::test_a_thousand_runs_need_no_more_memory_than_a_hundred",
            "tests/test_same_runs.py",
            "tests/test_sweeps.py",
        ),
        starts=True,
    ),
    "estimators": Room(
        ("published/estimators.py", "published/panel.py"),
        ("tests/test_panel.py", "tests/test_estimators.py", "tests/test_estimates.py"),
        (
            "tests/test_estimators.py::test_instruments_cover_the_effect_as_often_as_they_say_and_least_squares_does_not",
            "tests/test_estimators.py::test_two_way_intervals_cover_a_constant_effect_as_often_as_they_say",
            "tests/test_estimates.py",
        ),
        starts=True,
    ),
    "verdicts": Room(
        ("published/targets.py",),
        ("tests/test_targets.py", "tests/test_scorecard.py"),
        (
            "tests/test_targets.py::test_what_is_held_out_cannot_change_what_is_fitted",
            "tests/test_targets.py::test_everybody_who_counts_numbers_inside_agrees_at_the_ends",
            "tests/test_scorecard.py",
        ),
    ),
}


def sample(rooms: Sequence[str], number: int, seed: int) -> list[Mutant]:
    """Return mutants of some rooms: of each module as many as is its share, but at least six."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    pools = [
        mutants(name, file)
        for name in rooms
        for pattern in ROOMS[name].files
        for file in sorted((ROOT / PACKAGE).glob(pattern))
    ]
    every = sum(map(len, pools))
    chosen = [m for p in pools for m in dice.sample(p, min(len(p), max(6, round(number * len(p) / every))))]
    return dice.sample(chosen, len(chosen))  # in any order, so that what is done of it is a sample, too


def _copy(folder: Path) -> None:
    """Copy what git knows of the checkout."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S607
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).exists() and not name.startswith(("results/", "docs/browser-")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / "results").symlink_to(ROOT / "results")


def _environment(folder: Path, room: Room) -> dict[str, str]:
    own = {"PYTHONPATH": str(folder / "model"), "PYTHONDONTWRITEBYTECODE": "1"}
    return own | {"NUMBA_DISABLE_JIT": str(int(room.uncompiled))}


def _arguments(room: Room) -> list[str]:
    return [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        *(["-m", "uncompiled"] if room.uncompiled else []),
        *room.tests,
    ]


def _put(file: Path, text: str, moment: float) -> None:
    """Write a file as of some moment, by which Python knows whether it has to translate it again."""
    file.write_text(text, encoding="utf-8")
    os.utime(file, (moment, moment))


def _within(before: str, after: str, line: int) -> bool:
    """Return whether functions are all that has to be exchanged, since a line is in the body of one and can be taken by it.

    A method that no longer names ``super`` has other free variables, and Python would not give it the code.
    """
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = (node for node in ast.walk(ast.parse(before)) if isinstance(node, kinds))
    free = [[code.co_freevars for code in _codes(compile(text, "", "exec"))] for text in (before, after)]
    return free[0] == free[1] and any(node.body[0].lineno <= line <= (node.end_lineno or 0) for node in found)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of all functions, in the order in which they stand."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield part
            yield from _codes(part)


def _exchange(file: Path, before: str, after: str) -> None:
    """Give all functions of a module, wherever they have been imported, the code of the changed file."""
    old, new = (_codes(compile(text, str(file), "exec", dont_inherit=True)) for text in (before, after))
    exchanged = dict(zip(old, new, strict=True))
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__ in exchanged:
            thing.__code__ = exchanged[thing.__code__]
        elif isinstance(thing, CACHE) and thing.__module__.startswith(
            ("test_", f"comity.{file.parent.name}.{file.stem}")
        ):
            thing.cache_clear()


class _Forks:
    """A plugin that runs the collected tests once for each mutant, in a fork that has everything imported."""

    def __init__(
        self,
        folder: Path,
        room: Room,
        chosen: Sequence[Mutant],
        tell: Callable[[Mutant, str | None, float], None],
        *,
        quick: bool,
    ) -> None:
        self.folder, self.room, self.chosen, self.tell, self.quick = folder, room, chosen, tell, quick
        self.out = folder / ".failed.txt"

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put those last that take long."""
        items.sort(key=lambda item: item.nodeid.startswith(self.room.slow or "-"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note which test fails."""
        if report.failed:
            self.out.write_text(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants, after the code as it is, which all but the slow tests are asked about."""
        every = session.items
        session.items = [item for item in every if not item.nodeid.startswith(self.room.slow or "-")]
        if self.room.starts:  # in another process, so that this one can be forked
            failed = self._failed(_run, session)
        else:
            pytest_runtestloop(session)  # in this process, which then has read what there is to read
            failed = None
        if failed:
            raise SystemExit(f"{failed} fails in code that nobody has changed")
        session.items = session.items if self.quick else every
        for mutant in self.chosen:
            begun, file = time.monotonic(), self.folder / PACKAGE / mutant.module
            whole, written = file.read_text(encoding="utf-8"), file.stat().st_mtime
            _put(file, mutant.text, written + 60)
            if _within(whole, mutant.text, mutant.line):
                by = self._failed(_run, session, file, whole, mutant.text)
            else:
                by = self._failed(self._anew)
            _put(file, whole, written)
            self.tell(mutant, by, time.monotonic() - begun)
        return True

    def _anew(self) -> None:
        """Run the tests in a process that imports everything anew: not a function was changed, but the module."""
        quick = [f"--deselect={name}" for name in self.room.slow if self.quick]
        command = [sys.executable, "-m", "pytest", *_arguments(self.room), *quick]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - ours
        who = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
        self.out.write_text(who[1] if who else "import" if done.returncode else "")
        os._exit(done.returncode)

    def _failed(self, target: Callable[..., None], *arguments: object) -> str | None:
        """Return which test fails in another process, or None."""
        self.out.write_text("")
        process = multiprocessing.get_context("fork").Process(target=_apart, args=(target, *arguments))
        process.start()
        process.join(SLOWEST)
        if process.is_alive():
            os.killpg(process.pid or 0, signal.SIGKILL)
            process.join()
            return "endless"
        if process.exitcode == 0:
            return None
        if by := self.out.read_text():
            return by
        if process.exitcode in (-signal.SIGABRT, -signal.SIGSEGV):
            return "crash"  # of a library that was handed what it cannot bear
        raise SystemExit(
            f"{target.__name__}{arguments[1:2]} ends with {process.exitcode}, and no test has failed"
        )


def _apart(target: Callable[..., None], *arguments: object) -> None:
    os.setsid()  # so that whatever tests start can be ended with them
    target(*arguments)


def _run(session: pytest.Session, *change: Any) -> None:
    """Run the tests that were collected, with the code of a mutant, and end this process."""
    if change:
        _exchange(*change)
    try:
        pytest_runtestloop(session)
    except session.Failed:
        os._exit(1)
    os._exit(0)


def _room(
    folder: Path,
    name: str,
    chosen: Sequence[Mutant],
    rows: SimpleQueue[dict[str, object] | None],
    quick: bool,
) -> None:
    """Try the mutants of a room in this process."""

    def tell(mutant: Mutant, by: str | None, seconds: float) -> None:
        about = {field: getattr(mutant, field) for field in FIELDS[:5]}
        rows.put(
            about | {"outcome": "killed" if by else "survived", "by": by or "", "seconds": round(seconds, 1)}
        )

    room = ROOMS[name]
    os.chdir(folder)
    os.environ.update(_environment(folder, room))
    sys.path.insert(0, str(folder / "model"))
    sys.modules["__main__"] = importlib.import_module("pytest.__main__")  # which workers begin with
    try:
        pytest.main(_arguments(room), plugins=[_Forks(folder, room, chosen, tell, quick=quick)])
    finally:
        rows.put(None)


def tried(chosen: Sequence[Mutant], *, quick: bool) -> Iterator[dict[str, object]]:
    """Yield what came of each mutant, in a copy of the checkout."""
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        _copy(folder)
        for name in dict.fromkeys(mutant.room for mutant in chosen):
            rows = context.SimpleQueue()
            own = [mutant for mutant in chosen if mutant.room == name]
            process = context.Process(target=_room, args=(folder, name, own, rows, quick))
            process.start()
            yield from iter(rows.get, None)
            process.join()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def again(rows: Sequence[dict[str, str]]) -> list[Mutant]:
    """Return the mutants of a file of results that survived, as far as the code still has them: of several, the nearest."""
    found = []
    for row in rows:
        if row["outcome"] == "survived":
            known = mutants(row["room"], ROOT / PACKAGE / row["module"])
            alike = [m for m in known if (m.before, m.after) == (row["before"], row["after"])]
            line = int(row["line"])
            found += sorted(alike, key=lambda m: abs(m.line - line))[:1]
    return found


def table(rows: Sequence[dict[str, str]]) -> str:
    """Return a table of what was killed, by module, with 95 % intervals (Wilson)."""
    lines = ["| module | mutants | killed | share | 95 % |", "|---|---|---|---|---|"]
    for module in [*dict.fromkeys(row["module"] for row in rows), "all"]:
        own = [row for row in rows if module in {row["module"], "all"}]
        killed = sum(row["outcome"] != "survived" for row in own)
        ends = stats.binomtest(killed, len(own)).proportion_ci(method="wilson")
        share = f"{killed / len(own):.0%} | {ends.low:.0%} to {ends.high:.0%}"
        lines.append(f"| {module} | {len(own)} | {killed} | {share} |")
    return "\n".join(lines)


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--room", choices=ROOMS, action="append", help="which rooms; all by default")
    parser.add_argument("--sample", type=int, default=320, help="how many mutants, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--out", type=Path, default=Path("mutants.csv"), help="file of results; new rows are added"
    )
    parser.add_argument(
        "--quick", action="store_true", help="leave out the tests that take long, for --again"
    )
    parser.add_argument("--again", type=Path, help="file of results whose survivors are tried again")
    parser.add_argument("--table", type=Path, help="file of results to make a table of")
    chosen = parser.parse_args()
    if chosen.table:
        print(table(_rows(chosen.table)))  # noqa: T201
        return
    tries = (
        again(_rows(chosen.again))
        if chosen.again
        else sample(chosen.room or [*ROOMS], chosen.sample, chosen.seed)
    )
    new = not chosen.out.exists()
    with chosen.out.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        if new:
            writer.writeheader()
        for row in tried(tries, quick=chosen.quick):
            writer.writerow(row)
            file.flush()


if __name__ == "__main__":
    main()
