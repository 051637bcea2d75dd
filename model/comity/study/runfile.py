"""One run as one Parquet file: a row per recording period, a column per outcome, and how it came about.

A file is written under a temporary name and then renamed, so that it is there whole or not at all. A checksum over
what was computed and for which inputs tells later whether it was cut or altered.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.study.outcomes import by_period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from comity.model import CooperationModel
    from comity.study.outcomes import Outcome

MANIFEST: Final = b"comity"
WEIGHT: Final = "_weight"
"""Ends the names of columns by which the column before is averaged over periods."""


class DamagedError(ValueError):
    """A file that is not what was once written."""


@dataclass(frozen=True)
class Weekly:
    """What a run gives: the first day of each period, and one column of numbers per outcome or weight."""

    dates: NDArray[np.datetime64]
    columns: dict[str, NDArray[np.float32]]

    def table(self) -> pa.Table:
        """Return it as a table of Arrow; NaN, where nothing can be divided by, becomes null."""
        arrays = [pa.array(self.dates.astype("datetime64[D]"))]
        arrays += [pa.array(values, from_pandas=True) for values in self.columns.values()]
        return pa.table(arrays, names=["date", *self.columns])

    def checksum(self, key: str) -> str:
        """Return a hash over every number, and over what they are numbers of."""
        digest = hashlib.sha256(json.dumps([key, *self.columns]).encode())
        digest.update(self.dates.astype("datetime64[D]").tobytes())
        numbers = np.array(list(self.columns.values()), np.float32)
        numbers[np.isnan(numbers)] = np.nan  # there are many, which mean the same
        digest.update(numbers.tobytes())
        return digest.hexdigest()


def place(folder: Path, key: str) -> Path:
    """Return where the result of a run is kept in the folder of its store."""
    return Path(f"{folder}/runs/{key[:2]}/{key}.parquet")


def column_names(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the columns that outcomes take, in order."""
    return [name for o in outcomes for name in (o.id, *([o.id + WEIGHT] if o.weight else []))]


def estimated(day: date, found: Mapping[str, float]) -> Weekly:
    """Return estimates of a finished run, by id, as one period that begins on ``day``."""
    columns = {name: np.array([value], np.float32) for name, value in found.items()}
    return Weekly(np.array([day], "datetime64[D]"), columns)


def observe(model: CooperationModel, outcomes: Sequence[Outcome]) -> Weekly:
    """Return what a study keeps of a finished run."""
    totals = model.totals()
    columns: dict[str, NDArray[np.float32]] = {}
    for outcome in outcomes:
        values, weights = by_period(totals, outcome)
        columns[outcome.id] = values.astype(np.float32)
        if weights is not None:
            columns[outcome.id + WEIGHT] = weights.astype(np.float32)
    return Weekly(model.starts(), columns)


def write(path: Path, key: str, weekly: Weekly, manifest: dict[str, Any], scenario: str) -> None:
    """Write a run; its file is there whole, or not at all.

    Args:
        path: where; see `place`.
        key: of the run.
        weekly: what it gave.
        manifest: how it came about.
        scenario: its inputs, as `comity.scenario.canonical` writes them: the longest part of the manifest is written once.
    """
    folder = path.parent
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
    about = json.dumps(manifest | {"key": key, "checksum": weekly.checksum(key)})
    content = _as_parquet(weekly.table(), f'{about[:-1]}, "scenario": {scenario}}}')
    staging = folder / f".{key[:16]}-{uuid4().hex[:8]}.partial"
    try:
        # Nobody waits for the disk: what a power failure takes away is found by its checksum and computed again.
        staging.write_bytes(content)
        staging.replace(path)
    except BaseException:
        staging.unlink(missing_ok=True)
        raise


def _as_parquet(table: pa.Table, about: str) -> pa.Buffer:
    """Return a run's file. Thousands are written, so what takes time and nobody misses is left out.

    LZ4 takes half the time of zstd for a tenth more room; statistics help to skip parts of files, and a run is one part;
    Arrow's own schema would hold the manifest a second time.
    """
    sink = pa.BufferOutputStream()
    quick = {"compression": "lz4", "write_statistics": False, "store_schema": False}
    with pq.ParquetWriter(sink, table.schema, **options(table.schema) | quick) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({MANIFEST: about})
    return sink.getvalue()


def options(schema: pa.Schema) -> dict[str, Any]:
    """Return how large tables are encoded: byte-stream-split halves the size of numbers, dictionaries that of labels."""
    floats = [field.name for field in schema if pa.types.is_floating(field.type)]
    return {
        "compression": "zstd",
        "use_dictionary": [field.name for field in schema if field.name not in floats],
        "column_encoding": dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
    }


def read(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    """Return a run's table and manifest, after comparing it with its checksum.

    Raises:
        DamagedError: If the file was cut or altered.
    """
    try:
        # From a buffer and not by name: a file that is being replaced meanwhile is then read as one or the other.
        table = pq.ParquetFile(pa.BufferReader(path.read_bytes())).read(use_threads=False)
        manifest = json.loads(table.schema.metadata[MANIFEST])
        columns = {
            name: table[name].to_numpy().astype(np.float32, copy=False)
            for name in table.column_names
            if name != "date"
        }
        found = Weekly(table["date"].to_numpy(), columns).checksum(path.stem)
        wrong = "its checksum does not match" if found != manifest["checksum"] else ""
    except FileNotFoundError:
        raise
    except (pa.ArrowException, ValueError, KeyError, TypeError, OSError) as error:
        raise DamagedError(f"not readable: {str(error).splitlines()[0] if str(error) else error!r}") from None
    if wrong:
        raise DamagedError(wrong)
    return table, manifest
