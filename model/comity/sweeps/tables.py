"""Two tables instead of thousands of files: ``runs.parquet``, a row per run, and ``weekly.parquet``, a row per run and period.

Both depend on nothing but the results, in the fixed order of the study: the same runs give the same bytes, wherever
and in however many attempts they were computed.
"""

from __future__ import annotations

import json
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from functools import partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from comity.dictionary import find
from comity.sweeps import runfile
from comity.sweeps.store import explained
from comity.sweeps.written import ABOUT, RECORD, TABLES, altered, checksum, misshapen, over, record, recorded
from comity.writing import encoding, in_turn, new_file, staged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from comity.sweeps.store import Job, Store

RUNS_PER_GROUP: Final = 500
"""Runs in a row group: readers that want some runs only skip the others."""

RUNS_PER_PART: Final = 25
"""Runs that are read in one go."""


def compact(store: Store, readers: Executor | None = None) -> list[str]:
    """Write the tables of everything that is done, unless they are there, or nothing is done.

    Files of runs are only read: those that are damaged stay where they are, and are not in the tables.

    Args:
        store: the results.
        readers: who reads the files; by default a few threads, since disks are slow.

    Returns:
        The keys of damaged files; the next sweep computes these runs again.

    Raises:
        InputError: if a file cannot be read, or a table not be written.
    """
    with (
        explained(store.folder),
        in_turn(store.folder),
    ):  # or one finds the other's tables without their checksums
        return _compact(store, readers)


def _compact(store: Store, readers: Executor | None) -> list[str]:
    jobs = _done(store)
    if not jobs:
        return []
    _set_aside(store.folder)
    if current(store.folder) == _stamp(store, len(jobs)):
        return []
    damaged: list[str] = []
    with ExitStack() as stack:
        names = [stack.enter_context(staged(store.folder / name)) for name in TABLES]
        with nullcontext(readers) if readers else ThreadPoolExecutor(4) as pool:
            rows = _write_weekly(names[0], store, _groups(store, jobs, damaged, pool))
        if rows:
            table = _runs(store, rows)
            with names[1].open("wb") as sink:
                pq.write_table(table, sink, **encoding(table.schema))
            runs = [key for frame in rows for key in frame["key"]]
            sums = {name: checksum(staging) for staging, name in zip(names, TABLES, strict=True)}
            for staging, name in zip(names, TABLES, strict=True):
                with staging.open("rb+") as file:
                    os.fsync(file.fileno())  # before it takes the place of another one
                staging.replace(store.folder / name)
            with new_file(store.folder / RECORD, durable=True) as staging:
                staging.write_text(
                    recorded(store.folder, _stamp(store, len(runs)), runs, sums), encoding="utf-8"
                )
    return list(dict.fromkeys(damaged))


def table(store: Store, name: str, columns: list[str], filters: list[Any] | None = None) -> pa.Table:
    """Return columns of a table, from the files of runs where the table itself is not what they come to; writes nothing.

    Args:
        store: the results.
        name: one of `TABLES`.
        columns: which ones.
        filters: which rows, as pyarrow takes it.

    Warns:
        UserWarning: where the table is not used, and where files of runs are damaged and left out.

    Raises:
        InputError: if a file cannot be read.
    """
    with explained(store.folder):
        if not (wrong := _unusable(store, name)):
            return pq.read_table(store.folder / name, columns=columns, filters=filters)
        damaged: list[str] = []
        found = _from_runs(store, name, columns, filters, damaged)
    left_out = f"{len(damaged):,} of them are damaged and left out; 'comity sweep' computes these runs again"
    advice = left_out if damaged else "'comity compact' writes it again"
    warnings.warn(f"{name} {wrong}: files of runs are read instead; {advice}", stacklevel=4)
    return found


def _unusable(store: Store, name: str) -> str:
    """Return why a table is not what the files of runs come to, or an empty text."""
    if not (store.folder / name).exists():
        return "is not there"
    if altered(store.folder, [name]):
        return "was damaged or altered"
    if misshapen(store.folder / name, runfile.weights(store.study.measured)):
        return "has other columns than ours"
    return "" if record(store.folder)[0] == _stamp(store, len(_done(store))) else "is not up to date"


def _from_runs(
    store: Store, name: str, columns: list[str], filters: list[Any] | None, damaged: list[str]
) -> pa.Table:
    with ThreadPoolExecutor(4) as pool:
        groups = _groups(store, _done(store), damaged, pool)
        if name == "runs.parquet":
            rows = [_whole(store, weeks) for weeks in groups]
            return (_runs(store, rows) if rows else nothing(store)).select(columns)
        wanted = pq.filters_to_expression(filters) if filters else pc.scalar(True)
        parts = [weeks.select(columns).filter(wanted) for weeks in groups]
        return pa.concat_tables([nothing(store).select(columns), *parts])


def _done(store: Store) -> list[Job]:
    present = store.present()
    return [job for job in store.jobs if job.key in present]


def current(folder: Path) -> str:
    """Return what the tables that are there are tables of, or an empty text if there are not both."""
    whole = all((folder / name).exists() for name in TABLES)
    return record(folder)[0] if whole else ""


def _set_aside(folder: Path) -> None:
    """Move altered tables out of the way of new ones; nothing is removed."""
    for name in altered(folder):
        (folder / "altered").mkdir(exist_ok=True)
        (folder / name).rename(folder / "altered" / f"{uuid4().hex[:8]}-{name}")
        text = f"{name} was damaged or altered, is set aside in 'altered', and is made again from the files of runs"
        warnings.warn(text, stacklevel=5)


def _stamp(store: Store, runs: int) -> str:
    """Return what tables of so many runs are tables of.

    Files of runs never change and never go, so that their number tells whether there are new ones.
    """
    study = store.study
    about = {"study": study.digest(), "since": str(study.since), "version": store.version}
    return json.dumps(about | study.extent() | {"runs": runs})


def _write_weekly(path: Path, store: Store, groups: Iterator[pa.Table]) -> list[pd.DataFrame]:
    """Write the weeks of every run, a group of runs at a time, and return frames with a row for each run."""
    rows: list[pd.DataFrame] = []
    writer: pq.ParquetWriter | None = None
    try:
        for weeks in groups:
            rows.append(_whole(store, weeks))
            writer = writer or pq.ParquetWriter(path, weeks.schema, **encoding(weeks.schema))
            writer.write_table(weeks.combine_chunks(), row_group_size=weeks.num_rows)
    finally:
        if writer is not None:
            writer.add_key_value_metadata(_about(store))
            writer.close()
    return rows


def _groups(store: Store, jobs: list[Job], damaged: list[str], readers: Executor) -> Iterator[pa.Table]:
    """Yield the weeks of many runs at a time, with the number of the run before every row."""
    numbered = [(job.run.number, store.path(job.key)) for job in jobs]
    ours = partial(read, columns=nothing(store).column_names[1:])
    reading = (readers.map(ours, _cut(group, RUNS_PER_PART)) for group in _cut(numbered, RUNS_PER_GROUP))
    for results, _ in pairwise(
        chain(reading, [()])
    ):  # the next group is being read while this one is written
        found = list(results)
        damaged += [key for _, wrong in found for key in wrong]
        if tables := [table for table, _ in found if table is not None]:
            yield pa.concat_tables(tables)


def _cut(numbered: list[tuple[int, Path]], size: int) -> list[list[tuple[int, Path]]]:
    return [numbered[first : first + size] for first in range(0, len(numbered), size)]


def read(numbered: list[tuple[int, Path]], columns: list[str]) -> tuple[pa.Table | None, list[str]]:
    """Return the weeks of some runs as one table, and the keys of damaged files, or of such as are gone meanwhile."""
    tables, numbers, damaged = [], [], []
    for number, path in numbered:
        try:
            found = runfile.read(path)[0]
        except (runfile.DamagedError, FileNotFoundError):
            found = None
        if (
            found is None
            or sorted(found.column_names) != sorted(columns)
            or not all(map(pa.types.is_primitive, found.schema.types))
        ):
            damaged.append(path.stem)
            continue
        tables.append(found.select(columns))
        numbers.append(np.full(tables[-1].num_rows, number, np.int32))
    if not tables:
        return None, damaged
    # In one piece: a piece per run and column would take longer to send than to read.
    joined = pa.concat_tables(tables).combine_chunks().replace_schema_metadata(None)
    return joined.add_column(0, "run", pa.array(np.concatenate(numbers))), damaged


def nothing(store: Store) -> pa.Table:
    """Return the weeks of no run at all."""
    names = runfile.column_names(store.study.measured)
    fields = [("run", pa.int32()), ("date", pa.date32()), *((name, pa.float32()) for name in names)]
    return pa.schema(fields).empty_table()


def _whole(store: Store, weeks: pa.Table) -> pd.DataFrame:
    """Return a row per run with its outcomes over all its periods, or those from the day that the study names."""
    numbers, run = np.unique(weeks["run"].to_numpy(), return_inverse=True)
    chosen = weeks["date"].to_numpy() >= np.datetime64(store.study.since or "0001-01-01")
    columns = {name: weeks[name].to_numpy()[chosen] for name in runfile.column_names(store.study.measured)}
    keys = {"key": [store.jobs[number].key for number in numbers]}
    found = keys | over(runfile.weights(store.study.measured), columns, run[chosen], len(numbers))
    return pd.DataFrame(found, index=pd.Index(numbers, name="run"))


def _runs(store: Store, rows: list[pd.DataFrame]) -> pa.Table:
    """Return a row per run: its number, its place in the design, its inputs, its outcomes."""
    found = pd.concat(rows)
    table = pd.concat([plan(store).loc[found.index], found], axis=1).reset_index()
    return pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(_about(store))


def _about(store: Store) -> dict[bytes, bytes]:
    """Return what a table says of itself; of runs with extensions it does not say on which code they depend."""
    study, who = store.study, store.study.measurer
    code = {} if study.scenario.added else {"modules": who.modules, "libraries": who.libraries}
    weights = runfile.weights(study.measured)
    said = code | {
        "outcomes": [
            {"id": name, "label": (entry := find(name)).label, "unit": entry.unit, "weight": weight}
            for name, weight in weights.items()
        ],
        "since": str(study.since or ""),
        "categories": categories(plan(store)),
    }
    return {ABOUT: json.dumps(said).encode()}


def categories(design: pd.DataFrame) -> dict[str, list[str]]:
    """Return the labels of a study by column, in the order in which they come."""
    return {name: list(design[name].unique()) for name in ("place", "regime", "hypotheses")}


def plan(store: Store) -> pd.DataFrame:
    """Return every run of the study, done or not: point, place, regime, hypotheses, policies, seed, uncertainties."""
    study = store.study
    cases, seeds = study.cases(), study.seeds
    per_point = len(cases) * seeds.number
    points = study.points()
    number = np.arange(len(points) * per_point)
    case = number % per_point // seeds.number
    columns: dict[str, Any] = {"point": number // per_point}
    for name in ("place", "regime", "hypotheses"):
        columns[name] = np.array([getattr(each, name) for each in cases], dtype=object)[case]
    for k, name in enumerate(study.policies):
        columns[name] = np.array([each.policies[k] for each in cases])[case]
    columns["seed"] = number % seeds.number + seeds.first
    columns |= {str(name): points[name].to_numpy()[number // per_point] for name in points}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(number), name="run"))
