"""A runfile is one run as Parquet: a row per recording period, a column per outcome, and how it came about.

A file is written under a temporary name and then renamed, so that it is there whole or not at all. A checksum over its
bytes and over the key of its inputs tells later whether it was cut or altered, before anybody makes sense of it: a file that
cannot be read, for whatever reason, is not a damaged one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.problems import RefusedError
from comity.sweeps.outcomes import by_period
from comity.writing import encoding, new_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from comity.model import CooperationModel
    from comity.sweeps.outcomes import Outcome

MANIFEST: Final = b"comity"
SEAL: Final = hashlib.sha256().digest_size
"""Bytes of the checksum. They stand before Parquet's footer, where no reader of Parquet looks: it finds all by position."""

WEIGHT: Final = "_weight"
"""Ends the names of columns by which the column before is averaged over periods."""


class DamagedError(RefusedError):
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


def place(folder: Path, key: str) -> Path:
    """Return where the result of a run is kept in the folder of its store."""
    return Path(f"{folder}/runs/{key[:2]}/{key}.parquet")


def weights(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Return the columns of outcomes, and those by which each is averaged over periods; empty for totals."""
    return {outcome.id: outcome.weight and outcome.id + WEIGHT for outcome in outcomes}


def column_names(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the columns that outcomes take, in order."""
    return [name for pair in weights(outcomes).items() for name in pair if name]


def estimated(day: date, found: Mapping[str, float]) -> Weekly:
    """Return estimates of a finished run, by id, as one period that begins on ``day``."""
    columns = {name: np.array([value], np.float32) for name, value in found.items()}
    return Weekly(np.array([day], "datetime64[D]"), columns)


def observe(model: CooperationModel, outcomes: Sequence[Outcome]) -> Weekly:
    """Return what a study keeps of a finished run."""
    totals = model.totals()
    columns: dict[str, NDArray[np.float32]] = {}
    for outcome in outcomes:
        values, weighing = by_period(totals, outcome)
        columns[outcome.id] = values.astype(np.float32)
        if weighing is not None:
            columns[outcome.id + WEIGHT] = weighing.astype(np.float32)
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
    about = json.dumps(manifest | {"key": key})
    content = _sealed(_as_parquet(weekly.table(), f'{about[:-1]}, "scenario": {scenario}}}'), key)
    # Nobody waits for the disk: what a power failure takes away is found by its checksum and computed again.
    with new_file(path) as staging:
        staging.write_bytes(content)


def _as_parquet(table: pa.Table, about: str) -> bytes:
    """Return a run's file. Thousands are written, so what takes time and nobody misses is left out.

    LZ4 takes half the time of zstd for a tenth more room; statistics help to skip parts of files, and a run is one part;
    Arrow's own schema would hold the manifest a second time.
    """
    sink = pa.BufferOutputStream()
    quick = {"compression": "lz4", "write_statistics": False, "store_schema": False}
    with pq.ParquetWriter(sink, table.schema, **encoding(table.schema) | quick) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({MANIFEST: about})
    return bytes(sink.getvalue())


def _sealed(content: bytes, key: str) -> bytes:
    """Return a file with its checksum."""
    at = _footer(content)
    return content[:at] + _seal(content[:at], content[at:], key) + content[at:]


def _footer(content: bytes) -> int:
    """Return where the footer of a Parquet file begins: its last eight bytes are how long it is, and ``PAR1``."""
    return max(0, len(content) - 8 - int.from_bytes(content[-8:-4], "little"))


def _seal(before: bytes, footer: bytes, key: str) -> bytes:
    return hashlib.sha256(b"".join((key.encode(), before, footer))).digest()


def verified(path: Path) -> bytes:
    """Return the bytes of a run's file, after comparing them with their checksum.

    Raises:
        DamagedError: If the file was cut or altered, or is that of another run.
        OSError: If it cannot be read.
    """
    content = path.read_bytes()
    at = _footer(content)
    before = max(0, at - SEAL)
    if content[before:at] != _seal(content[:before], content[at:], path.stem):
        raise DamagedError("its checksum does not match")
    return content


def read(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    """Return a run's table and manifest, after comparing its bytes with their checksum.

    Raises:
        DamagedError: If the file was cut or altered, or is that of another run.
        OSError: If it cannot be read.
    """
    # From a buffer and not by name: a file that is being replaced meanwhile is then read as one or the other.
    content = pa.BufferReader(verified(path))
    try:
        table = pq.ParquetFile(content).read(use_threads=False)
        return table, json.loads(table.schema.metadata[MANIFEST])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError("its checksum matches what is no run") from error
