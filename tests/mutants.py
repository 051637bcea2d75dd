"""Inputs that are accepted, changed a little: what every door of comity makes of them.

A door takes a folder and dice, puts a changed input there, and opens it. Whatever comes, it is used or refused with an
`InputError` of which every problem has file, key, value, fault and what would be valid; what was in the folder stays as it was.
`python tests/mutants.py 1000` tries each door so often and prints how many were accepted.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
import tomllib
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, time
from pathlib import Path
from typing import Any

import given_tables
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import sweep_doubles
import tomli_w
from changes import Dice, changed, cut, cut_bytes

from comity import CooperationModel, InputError, load
from comity.analyse import findings, in_words, question
from comity.app import commands, server
from comity.app.view import read_view
from comity.data import command as data
from comity.scenario import builtin
from comity.scenario import load as load_scenario
from comity.sweeps import runfile
from comity.sweeps.command import prepare
from comity.sweeps.files import studies
from comity.sweeps.runner import sweep
from comity.sweeps.written import RECORD, TABLES, checksum

Door = Callable[[Path, Dice], object]


def _as_toml(tree: Any, dice: Dice) -> str:
    try:
        text = tomli_w.dumps(changed(tree, dice) if dice.random() < 0.8 else tree)
    except (TypeError, ValueError, AttributeError):  # what TOML cannot say
        text = tomli_w.dumps(tree)
    return text if dice.random() < 0.7 else cut(text, dice)


OWN = """
place = "San Francisco, CA"
start = 2009-01-01
end = 2009-01-04
scale = 50000
compare = ["mandatory", "felonies_held"]
regime = "felonies_held"
hypotheses = "H2+H4"
[parameters]
fear_weight = 0.5
[regimes.felonies_held]
title = "Holds for felonies only"
explains = "The jail declines detainers on people without a felony."
[[regimes.felonies_held.policies]]
decider = "county"
lever = "hold"
value = [0.0, 0.0, 1.0, 1.0]
start = 2009-01-02
until = 2010-01-01
believed = "custody"
basis = "made up"
source = "https://example.org"
"""
SCENARIOS = [tomllib.loads(OWN)] * 8 + [
    tomllib.loads(path.read_text(encoding="utf-8")) for path in builtin().values()
]
STUDIES = [tomllib.loads(path.read_text(encoding="utf-8")) for path in studies().values()]
SMALL_STUDY = tomllib.loads("""
name = "small"
seeds = 2
outcomes = ["removals", "detainers", "matches"]
[scenario]
place = "06075"
start = "2010-01-01"
end = "2010-01-20"
scale = 50000
[uncertainties.fear_weight]
low = 0.5
[design]
kind = "sobol-sequence"
size = 2
""")
MESSAGES: list[dict[str, Any]] = [
    {"type": "open", "state": {"scale": "500", "seed": "3", "day": "2"}, "epoch": 1, "play": True},
    {"type": "step", "by": "week"},
    {"type": "speed", "speed": "30"},
    {"type": "colour", "colour": "risk"},
    {"type": "ack", "frame": 3},
    {"type": "story", "resident": 5},
    {"type": "lesson", "lesson": 1},
    {"type": "seeds", "seeds": 4},
    {"type": "overview", "seeds": 2, "asked": 1},
    {"type": "why", "seeds": 2, "asked": 1, "day": 3, "column": 0, "before": {"regime": "no_receive"}},
    {"type": "upload", "text": OWN, "name": "mine.toml"},
    {"type": "download", "what": "table"},
]
REGIMES = '{mine={policies=[{decider="county",lever="pledge",value=1,start="2010-01-01"}]}}'
ADDRESS = {
    "place": "06075", "scale": "500", "seed": "3", "regime": "mandatory+pledge@2010-06-08", "against": "no_receive",
    "day": "20", "hypotheses": "H2+H4", "fear_weight": "0.7", "view": "city", "chart": "reporting", "group": "hispanic",
    "start": "2010-01-01", "end": "2010-12-31", "lesson": "0", "lang": "es", "regimes": REGIMES,
}  # fmt: skip


def scenario(folder: Path, dice: Dice) -> object:
    """A scenario in TOML with a regime of its own; a small one that is accepted is lived."""
    (folder / "mine.toml").write_text(_as_toml(dice.choice(SCENARIOS), dice), encoding="utf-8")
    return _lived(load_scenario(folder / "mine.toml"), dice)


def _lived(setup: Any, dice: Dice) -> object:
    if setup.place == "San Francisco, CA" and setup.scale > 20_000 and (setup.end - setup.start).days < 5:
        CooperationModel(setup).run()
    return setup


def study(folder: Path, dice: Dice) -> object:
    """A study in TOML, as far as `sweep --dry-run` reads it."""
    tree = dice.choice([SMALL_STUDY, dice.choice(STUDIES)])
    (folder / "mine.toml").write_text(_as_toml(tree, dice), encoding="utf-8")
    plan = prepare(str(folder / "mine.toml"), folder / "out", yes=True)
    if plan.study.size < 500:
        return plan.study.points()
    return plan


def changes(folder: Path, dice: Dice) -> object:
    """What ``--set`` takes, over a built-in scenario."""
    tree = changed({key: value for key, value in tomllib.loads(OWN).items() if key != "compare"}, dice)
    given = []
    for key, value in tree.items():
        text = value if isinstance(value, str) else _inline(value)
        given.append(f"{key}={text if dice.random() < 0.95 else cut(text, dice)}")
    return load_scenario("san-francisco", given)


def _in_a_cell(value: Any) -> bool:
    if isinstance(value, str):
        return value.isprintable()
    return (
        isinstance(value, date | int | float) and abs(value if isinstance(value, int | float) else 0) < 1e300
    )


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inline(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return value.isoformat() if isinstance(value, date | time) else json.dumps(value)


def table(folder: Path, dice: Dice) -> object:
    """A table of any kind as CSV, JSON or a workbook, imported."""
    kind = dice.choice(list(given_tables.TABLES))
    text = given_tables.TABLES[kind]
    name = dice.choice(("t.csv", "t.csv", "t.xlsx", "t.json"))
    path = folder / name
    rows = [line.split(",") for line in text.splitlines()]
    if name == "t.csv":
        path.write_text(cut(text, dice), encoding="utf-8", newline="")
    elif name == "t.json":
        path.write_text(json.dumps(changed(rows, dice), default=str), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for row in changed(rows, dice):
            if isinstance(row, list):
                book.active.append([cell if _in_a_cell(cell) else None for cell in row])
        book.save(path)
        if dice.random() < 0.3:
            path.write_bytes(cut_bytes(path.read_bytes(), dice))
    return list(data.take(kind, path))


def address(folder: Path, dice: Dice) -> object:
    """The state of a page, as its address holds it."""
    state = changed(ADDRESS, dice)
    state = (
        {k: v if dice.random() < 0.9 else cut(v, dice) for k, v in state.items() if isinstance(v, str)}
        if dice.random() < 0.7
        else state
    )
    return read_view(state)


def message(folder: Path, dice: Dice) -> object:
    """A command of a page, as it comes over its socket."""
    text = json.dumps(changed(dice.choice(MESSAGES), dice), default=str)
    command = server._command(text if dice.random() < 0.8 else cut(text, dice))
    commands.check(command)
    if command["type"] == "open":
        return read_view(command.get("state"))
    return command


def _parquet(path: Path, dice: Dice) -> pa.Table:
    """A Parquet file of which a column is gone, of another type, doubled or reordered, rows are gone, or metadata changed."""
    old = pq.ParquetFile(path).read()
    new, name = old, dice.choice(old.column_names)
    at = old.column_names.index(name)
    match dice.randrange(7):
        case 0:
            new = old.drop_columns([name])
        case 1:
            new = old.set_column(at, name, pa.array([dice.choice(("x", None))] * len(old), pa.string()))
        case 2:
            new = old.slice(0, dice.randrange(len(old) + 1))
        case 3:
            new = old.rename_columns(
                [dice.choice(("x", "date", "run", n)) if n == name else n for n in old.column_names]
            )
        case 4:
            new = old.append_column(name, old.column(name))
        case 5:
            new = old.set_column(at, name, pa.nulls(len(old)))
        case _:
            about = {
                k: cut(v.decode(), dice).encode("utf-8", "replace")
                for k, v in (old.schema.metadata or {}).items()
            }
            new = old.replace_schema_metadata(about)
    return new


_made: dict[str, Path] = {}


def made(what: str) -> Path:
    """A small stored sweep, and a saved run, made once."""
    if what not in _made:
        folder = Path(tempfile.mkdtemp())
        if what == "store":
            sweep(sweep_doubles.SMALL, folder / "out", workers=1, live=sweep_doubles.quick)
        else:
            model = CooperationModel("san-francisco", scale=50000, end="2009-02-04")
            model.step()
            model.save(folder / "run.comity")
        _made[what] = folder
    return _made[what]


def store(folder: Path, dice: Dice) -> object:
    """A stored sweep: tables and runs of another shape under right checksums, bytes changed, and its other files."""
    shutil.copytree(made("store") / "out", folder / "out")
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    path = dice.choice(files)
    if path.suffix == ".parquet" and dice.random() < 0.7:
        new = _parquet(path, dice)
        if path.name in TABLES:
            pq.write_table(new, path)
            about = json.loads((folder / "out" / RECORD).read_text())
            about["sha256"][path.name] = checksum(path)
            (folder / "out" / RECORD).write_text(json.dumps(about))
        else:
            sink = pa.BufferOutputStream()
            pq.write_table(new, sink)
            path.write_bytes(runfile._sealed(bytes(sink.getvalue()), path.stem))
    elif path.suffix == ".json":
        tree = changed(json.loads(path.read_text()), dice)
        path.write_text(
            json.dumps(tree, default=str) if dice.random() < 0.8 else cut(json.dumps(tree, default=str), dice)
        )
    else:
        path.write_bytes(cut_bytes(path.read_bytes(), dice))
    if dice.random() < 0.5:
        (folder / "out" / RECORD).unlink()  # files of runs are read instead
    before = everything(folder)
    try:
        found = load(folder / "out", weekly=dice.random() < 0.5, since=dice.choice((None, "2010-01-08")))
        list(in_words.by_regime(findings.means(question.ask(str(folder / "out"), None, out=folder / "out"))))
        return found
    finally:
        assert everything(folder) == before, "reading changed files"


def checkpoint(folder: Path, dice: Dice) -> object:
    """A saved run: members changed, gone, or bytes of the archive."""
    source, path = made("run") / "run.comity", folder / "run.comity"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        hit = dice.choice(old.namelist())
        for name in old.namelist():
            content = old.read(name)
            if name == hit:
                content = _member(name, content, dice)
            if content is not None:
                new.writestr(name, content)
    if dice.random() < 0.2:
        path.write_bytes(cut_bytes(path.read_bytes(), dice))
    before = everything(folder)
    try:
        model = CooperationModel.load(path)
        with suppress(RuntimeError):  # where the numbers of a file come to more than a day can hold
            model.step()
        return model
    finally:
        assert everything(folder) == before, "reading changed files"


def _member(name: str, content: bytes, dice: Dice) -> bytes | None:
    if name.endswith(".json"):
        return json.dumps(changed(json.loads(content), dice), default=str).encode()
    if name.endswith(".toml"):
        return _as_toml(tomllib.loads(content.decode()), dice).encode("utf-8", "replace")
    if name.endswith(".npy") and dice.random() < 0.7:
        values = np.load(io.BytesIO(content), allow_pickle=False)
        flat = values.reshape(-1)
        if values.dtype.names and flat.size:
            field = dice.choice(values.dtype.names)
            kind = values.dtype[field].base.kind
            new = (
                dice.choice((0, 1, 2, 5, 100))
                if kind in "ub"
                else dice.choice((-1, 0, 1, 7, 100))
                if kind == "i"
                else dice.choice((float("nan"), -1.0, 2.0, 1e30))
            )
            with np.errstate(all="ignore"):
                flat[field][dice.randrange(flat.size)] = new
        elif flat.size:
            values = dice.choice((values[:-1], values.astype("f4"), values * 2, values.reshape(-1)))
        out = io.BytesIO()
        np.save(out, values)
        return out.getvalue()
    return None if dice.random() < 0.2 else cut_bytes(content, dice)


DOORS: dict[str, Door] = {
    door.__name__: door for door in (scenario, study, changes, table, address, message, store, checkpoint)
}


def everything(folder: Path) -> dict[str, str]:
    """Digests of all files of a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def tried(name: str, seed: int, folder: Path) -> bool:
    """Whether a door accepted the mutant of a seed; anything but that or a whole refusal is an error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            DOORS[name](folder, Dice(f"{name} {seed}"))
    except InputError as error:
        assert error.problems
        for problem in error.problems:
            told = (problem.file, problem.key, problem.value, problem.wrong, problem.expected)
            assert all(told), f"something is not said: {problem!r}"
            assert "\n" not in str(problem) and str(problem).isprintable(), repr(str(problem))
        return False
    return True


def main(n: int, first: int, names: list[str]) -> None:
    """Try every door, and print what was accepted, refused, and wrong."""
    for name in names or DOORS:
        counts: Counter[str] = Counter()
        seen: set[str] = set()
        for seed in range(first, first + n):
            with tempfile.TemporaryDirectory() as place:
                os.environ["COMITY_DATA"] = place + "/kept"
                try:
                    counts["accepted" if tried(name, seed, Path(place)) else "refused"] += 1
                except Exception as error:  # noqa: BLE001 - it is counted and shown
                    counts["faults"] += 1
                    last = traceback.extract_tb(error.__traceback__)[-1]
                    key = f"{type(error).__name__} {last.filename.rpartition('/')[2]}:{last.lineno} {str(error)[:40]}"
                    if key not in seen and len(seen) < 40:
                        seen.add(key)
                        print(f"{name} {seed}: {type(error).__name__}: {str(error)[:300]}", flush=True)
                        for frame in traceback.extract_tb(error.__traceback__)[-6:]:
                            print(
                                f"    {frame.filename.rpartition('/comity/')[2]}:{frame.lineno} {frame.name}",
                                flush=True,
                            )
        print(f"{name}: {dict(counts)}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0, sys.argv[3:])
