"""Two tables instead of thousands of files: ``runs.parquet``, a row per run, and ``weekly.parquet``, a row per run and period.

Both depend on nothing but the results, in the fixed order of the study: the same runs give the same bytes, wherever
and in however many attempts they were computed.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from comity.study import runfile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from comity.study.store import Job, Store

RUNS_PER_GROUP: Final = 500
"""Runs in a row group: readers that want some runs only skip the others."""

STAMP: Final = b"comity"
TABLES: Final = ("weekly.parquet", "runs.parquet")


def compact(store: Store) -> list[str]:
    """Write the tables of everything that is done, unless they are there.

    Returns:
        The keys of damaged files, which were removed and must be computed again.
    """
    stamp = _stamp(store)
    if current(store.folder) == stamp:
        return []
    jobs = [job for job in store.jobs if store.path(job.key).exists()]
    damaged: list[str] = []
    names = [store.folder / f".{name[:4]}-{uuid4().hex[:8]}.partial" for name in TABLES]
    try:
        rows = _write_weekly(names[0], store, jobs, stamp, damaged)
        if not damaged:
            _write_table(names[1], _runs(store, rows), stamp)
            for staging, name in zip(names, TABLES, strict=True):
                _reach_the_disk(staging)
                staging.replace(store.folder / name)
    finally:
        for staging in names:
            staging.unlink(missing_ok=True)
    return damaged


def _reach_the_disk(path: Path) -> None:
    """Wait until a table survives a power failure; unlike the files of runs it has no checksum."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def current(folder: Path) -> str:
    """Return the stamp of the tables that are there, or an empty text."""
    try:
        stamps = {pq.read_schema(folder / name).metadata[STAMP].decode() for name in TABLES}
    except (OSError, pa.ArrowException, KeyError, TypeError):
        return ""
    return stamps.pop() if len(stamps) == 1 else ""


def _stamp(store: Store) -> str:
    """Return what the tables are tables of.

    Files of runs never change and never go, so that their number tells whether there are new ones.
    """
    study = store.study
    about = {"study": study.digest(), "since": str(study.since), "version": store.version}
    return json.dumps(about | study.extent() | {"runs": store.count()})


def _write_weekly(
    path: Path, store: Store, jobs: list[Job], stamp: str, damaged: list[str]
) -> list[dict[str, Any]]:
    """Write the weeks of every run, a group of runs at a time, and return a row for each run."""
    rows: list[dict[str, Any]] = []
    writer: pq.ParquetWriter | None = None
    try:
        for tables in _batches(store, jobs, damaged):
            rows += [_whole(store, job, table) for job, table in tables]
            joined = pa.concat_tables([_numbered(job, table) for job, table in tables])
            schema = joined.schema.with_metadata({STAMP: stamp})
            writer = writer or pq.ParquetWriter(path, schema, **runfile.options(schema))
            writer.write_table(joined.cast(schema).combine_chunks(), row_group_size=joined.num_rows)
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        _write_table(path, _nothing(store), stamp)
    return rows


def _batches(store: Store, jobs: list[Job], damaged: list[str]) -> Iterator[list[tuple[Job, pa.Table]]]:
    """Yield the tables of runs, many at a time; files are read by several threads, since disks are slow."""
    remaining = iter(jobs)
    with ThreadPoolExecutor(4) as pool:
        while batch := list(islice(remaining, RUNS_PER_GROUP)):
            found = list(pool.map(lambda job: _table(store, job, damaged), batch))
            if tables := [(job, table) for job, table in zip(batch, found, strict=True) if table is not None]:
                yield tables


def _table(store: Store, job: Job, damaged: list[str]) -> pa.Table | None:
    try:
        return runfile.read(store.path(job.key))[0]
    except (runfile.DamagedError, FileNotFoundError):
        store.path(job.key).unlink(missing_ok=True)
        damaged.append(job.key)
        return None


def _numbered(job: Job, table: pa.Table) -> pa.Table:
    number = pa.array(np.full(table.num_rows, job.run.number, np.int32))
    return table.add_column(0, "run", number).replace_schema_metadata(None)


def _nothing(store: Store) -> pa.Table:
    names = runfile.column_names(store.study.measured)
    fields = [("run", pa.int32()), ("date", pa.date32()), *((name, pa.float32()) for name in names)]
    return pa.schema(fields).empty_table()


def _whole(store: Store, job: Job, table: pa.Table) -> dict[str, Any]:
    """Return the outcomes of one run over all its periods, or those from the day that the study names."""
    dates = table["date"].to_numpy()
    since = store.study.since
    chosen = dates >= np.datetime64(since) if since else np.ones(len(dates), bool)
    numbers = {"run": job.run.number, "key": job.key}
    return numbers | {
        outcome.id: over(
            table[outcome.id].to_numpy()[chosen].astype(np.float64),
            table[outcome.id + runfile.WEIGHT].to_numpy()[chosen].astype(np.float64)
            if outcome.weight
            else None,
        )
        for outcome in store.study.measured
    }


def over(values: Any, weights: Any) -> float:
    """Return a sum, or the mean with weights; NaN where there is no weight at all."""
    if weights is None:
        return float(values.sum())
    total = float(weights.sum())
    return float(np.where(weights > 0, values * weights, 0.0).sum()) / total if total > 0 else float("nan")


def _runs(store: Store, rows: list[dict[str, Any]]) -> pa.Table:
    """Return a row per run: its number, its place in the design, its inputs, its outcomes."""
    outcomes = [outcome.id for outcome in store.study.measured]
    found = pd.DataFrame(rows, columns=["run", "key", *outcomes]).set_index("run")
    about = plan(store).loc[found.index]
    table = pd.concat([about, found], axis=1).reset_index()
    return pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)


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


def _write_table(path: Path, table: pa.Table, stamp: str) -> None:
    with path.open("wb") as sink:
        pq.write_table(table.replace_schema_metadata({STAMP: stamp}), sink, **runfile.options(table.schema))
