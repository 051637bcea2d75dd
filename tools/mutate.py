"""Mutation testing: change one thing in the code, and see whether a test fails.

    python tools/mutate.py --out mutants.csv            # a sample of all rooms: hours
    python tools/mutate.py --room law --sample 60 --out mutants.csv
    python tools/mutate.py --again mutants.csv          # those that survived, after new tests
    python tools/mutate.py --table mutants.csv          # a table of them

A mutant is one file with one operator, number, condition, statement or returned value changed. It is put into a copy of the
checkout, never into the checkout itself, where the tests of its room run until the first fails. Kernels are run without
the compiler. Tests that compare with a hash are not among them: a hash tells that something changed, not that it is wrong.
"""

from __future__ import annotations

import argparse
import ast
import copy
import csv
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
from typing import TYPE_CHECKING, Final

import pytest
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = "model/comity/"
FIELDS: Final = ("room", "module", "line", "before", "after", "outcome", "by", "seconds")
LIBRARIES: Final = (
    "hypothesis",
    "matplotlib",
    "mesa",
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "pydantic",
    "rich",
    "typer",
)
SLOWEST: Final = 900
"""Seconds after which a mutant counts as killed: it has made something endless."""


@dataclass(frozen=True)
class Room:
    """Modules, and the tests that are to find what is wrong with them, the quickest first."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()  # tests that take long
    uncompiled: bool = False


ROOMS: Final = {
    "kernels": Room(
        ("agents/*.py", "kernels.py"),
        (
            "tests/test_kernel_rules.py",
            "tests/test_attribution.py",
            "tests/test_police_time.py",
            "tests/test_equivalence.py",
            "tests/test_always_true.py",
            "tests/test_politics.py",
            "tests/test_recorder.py",
        ),
        uncompiled=True,
    ),
    "draws": Room(("draws.py",), ("tests/test_draws.py",), uncompiled=True),
    "law": Room(
        ("policy/law.py",),
        ("tests/test_unlisted.py", "tests/test_regimes.py", "tests/test_alarm.py"),
        (
            "tests/test_alarm.py::test_on_no_day_of_a_more_restrictive_regime_is_there_more_fear_or_less_trust",
            "tests/test_alarm.py::test_what_is_put_off_is_not_heard_the_more_for_it",
            "tests/test_alarm.py::test_under_no_regime_do_refusals_keep_anybody_from_reporting_or_cost_trust",
            "tests/test_alarm.py::test_in_no_county_is_a_refusal_more_alarming_than_none",
        ),
    ),
    "store": Room(
        ("sweeps/store.py", "sweeps/runfile.py", "sweeps/tables.py"),
        (
            "tests/test_stores.py",
            "tests/test_sweep_results.py",
            "tests/test_same_runs.py",
            "tests/test_sweep_sharing.py",
            "tests/test_sweeps.py",
            "tests/test_sweep_bad_input.py",
        ),
    ),
    "estimators": Room(
        ("published/estimators.py", "published/panel.py"),
        ("tests/test_estimators.py", "tests/test_estimates.py", "tests/test_nation.py"),
    ),
    "verdicts": Room(("published/targets.py",), ("tests/test_targets.py", "tests/test_scorecard.py")),
}

COMPARED: Final = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
COMPUTED: Final = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
CALLED: Final = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "any": "all",
    "all": "any",
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    room: str
    module: str
    line: int
    before: str
    after: str
    text: str  # of the whole file, changed


def _changed(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what an expression is changed to."""
    match node:
        case ast.Compare(ops=ops):
            for k, op in enumerate(ops):
                for other in COMPARED[type(op)]:
                    yield _changed(node, ops=[*ops[:k], other(), *ops[k + 1 :]])
        case ast.BinOp(op=op) if type(op) in COMPUTED:
            yield _changed(node, op=COMPUTED[type(op)]())
        case ast.BoolOp(op=op):
            yield _changed(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield operand
        case ast.IfExp(test=test):
            yield _changed(node, test=ast.UnaryOp(ast.Not(), test))


def _values(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a number or the name of a function is changed to."""
    match node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=float() as value):
            yield ast.Constant(value * 1.5 if value else 1.0)
        case ast.Call(func=ast.Name(id=name)) if name in CALLED:
            yield _changed(node, func=ast.Name(CALLED[name]))
        case ast.Call(func=ast.Attribute(attr=name, value=value)) if name in CALLED:
            yield _changed(node, func=ast.Attribute(value, CALLED[name]))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a statement is changed to."""
    match node:
        case ast.AugAssign(op=op):
            yield ast.Pass()
            if type(op) in COMPUTED:
                yield _changed(node, op=COMPUTED[type(op)]())
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()


def _conditions(node: ast.AST) -> Iterator[tuple[ast.expr, ast.AST]]:
    if isinstance(node, ast.If) and ast.unparse(node.test) != "TYPE_CHECKING":
        yield node.test, ast.UnaryOp(ast.Not(), node.test)


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is executed: no annotations, decorators, layouts of tables, messages or blocks for the type checker."""
    skipped = {"annotation", "returns", "decorator_list", "type_comment", "exc"}
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or name in skipped or isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.Call) and ast.unparse(child.func) in {"np.dtype", "warnings.warn"}:
                continue
            yield child
            yield from _code(child)


def mutants(room: str, file: Path) -> list[Mutant]:
    """Return all mutants of a file."""
    source = file.read_bytes()
    starts = [0, *(n + 1 for n, byte in enumerate(source) if byte == ord("\n"))]
    module = file.relative_to(ROOT / PACKAGE).as_posix()
    found = []
    for node in _code(ast.parse(source)):
        parts = [
            *_conditions(node),
            *((node, other) for change in (_expressions, _values, _statements) for other in change(node)),
        ]
        for old, new in parts:
            first = starts[old.lineno - 1] + old.col_offset  # type: ignore[attr-defined]
            last = starts[old.end_lineno - 1] + old.end_col_offset  # type: ignore[attr-defined]
            before, after = source[first:last].decode(), ast.unparse(ast.fix_missing_locations(new))
            after = f"({after})" if isinstance(new, ast.expr) else after
            text = (source[:first] + after.encode() + source[last:]).decode()
            found.append(Mutant(room, module, old.lineno, " ".join(before.split()), after, text))  # type: ignore[attr-defined]
    return found


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


def _test(folder: Path, room: Room, out: Path) -> None:
    """Run the tests of a room in a copy, in this process, which ends with their exit code."""
    os.setsid()  # so that whatever they start can be ended with them
    os.chdir(folder)
    os.environ.update(_environment(folder, room))
    sys.path.insert(0, str(folder / "model"))
    with out.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    marked = ["-m", "uncompiled"] if room.uncompiled else []
    left_out = [f"--deselect={name}" for name in room.left_out]
    os._exit(
        pytest.main(
            [
                "-x",
                "-q",
                "-p",
                "no:cacheprovider",
                *marked,
                *left_out,
                *[name for name in room.tests if Path(name).exists()],
            ]
        )
    )


def _tested(folder: Path, room: Room) -> tuple[str, str]:
    """Return whether a test fails in a copy, and which."""
    out = folder / ".out.txt"
    # A fork has the libraries already, which would take longer to import than most tests take.
    process = multiprocessing.get_context("fork").Process(target=_test, args=(folder, room, out))
    process.start()
    process.join(SLOWEST)
    if process.is_alive():
        os.killpg(process.pid, signal.SIGKILL)
        process.join()
        return "killed", "endless"
    if process.exitcode == 0:
        return "survived", ""
    who = re.search(r"^(?:FAILED|ERROR) (\S+)", out.read_text(errors="replace"), re.MULTILINE)
    return "killed", who[1] if who else f"exit {process.exitcode}"


def tried(chosen: Sequence[Mutant]) -> Iterator[dict[str, object]]:
    """Yield what came of each mutant, in a copy of the checkout."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        _copy(folder)
        for mutant in chosen:
            begun, file = time.monotonic(), folder / PACKAGE / mutant.module
            whole = file.read_text(encoding="utf-8")
            file.write_text(mutant.text, encoding="utf-8")
            outcome, by = _tested(folder, ROOMS[mutant.room])
            file.write_text(whole, encoding="utf-8")
            about = {name: getattr(mutant, name) for name in FIELDS[:5]}
            yield about | {"outcome": outcome, "by": by, "seconds": round(time.monotonic() - begun)}


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
        for row in tried(tries):
            writer.writerow(row)
            file.flush()


if __name__ == "__main__":
    main()
