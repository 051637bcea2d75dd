"""What is written of a sweep and read without its study: which runs have files, two tables, and what these say of themselves.

A study is checked as a whole when it is read, which takes half of the package. Tables that are what the files of runs come to
need none of that: each has in its metadata the outcomes with their names and units, and on which code they depend.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.behaviour import behaviour

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

TABLES: Final = ("weekly.parquet", "runs.parquet")
RECORD: Final = "tables.json"
"""Says what the tables are tables of, and their checksums."""

ABOUT: Final = b"comity"
"""Key of the metadata of a table that holds what it says of itself."""


@dataclass(frozen=True)
class Written:
    """Two tables that may be used as they are.

    Attributes:
        folder: where they are.
        weights: outcomes, and the columns by which each is averaged over periods; empty for totals.
        labels: of the outcomes.
        since: the day from which ``runs.parquet`` counts; empty for the first one.
        categories: the labels of the whole study, done or not, by column.
    """

    folder: Path
    weights: dict[str, str]
    labels: dict[str, str]
    since: str
    categories: dict[str, list[str]]

    def read(self, name: str, columns: list[str], filters: Any = None) -> pd.DataFrame:
        """Return columns of a table."""
        found: pd.DataFrame = pq.read_table(self.folder / name, columns=columns, filters=filters).to_pandas(
            date_as_object=False
        )
        return found

    def design(self) -> pd.DataFrame:
        """Return what every run is, by its number: the columns before its key."""
        names = pq.read_schema(self.folder / "runs.parquet").names
        return self.read("runs.parquet", names[: names.index("key")]).set_index("run")


def usable(folder: Path, needed: Sequence[str] = TABLES) -> Written | None:
    """Return the tables of a folder if they are what its files of runs come to, and say enough of themselves.

    None is no verdict: older tables say less. Whoever asks the study says what is wrong.

    Args:
        folder: of the sweep.
        needed: the tables that somebody wants to read.
    """
    try:
        record, store = json.loads(_text(folder / RECORD)), _text(folder / "store.json")
        said = json.loads(pq.read_schema(folder / "runs.parquet").metadata[ABOUT])
        modules, libraries = tuple(map(str, said["modules"])), tuple(map(str, said["libraries"]))
        if (
            record["store"] != _digest(store)
            or record["runs"] != _of_runs(keys_in(folder))
            or not all(re.fullmatch(r"comity(\.\w+)+", name) for name in modules)
            or json.loads(store)["version"] != behaviour(modules, libraries)
            or not all((folder / name).is_file() for name in needed)
            or altered(folder, needed)
        ):
            return None
        outcomes = said["outcomes"]
        weights, labels = ({each["id"]: str(each[key]) for each in outcomes} for key in ("weight", "label"))
        if any(misshapen(folder / name, weights) for name in needed):
            return None
        return Written(folder, weights, labels, said["since"], said["categories"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def over(weights: Mapping[str, str], columns: Any, run: Any, n: int) -> dict[str, Any]:
    """Return outcomes over all periods of each run: sums, or means with weights; NaN where there is no weight at all.

    Args:
        weights: which ones, and the columns by which each is averaged; empty for totals.
        columns: by name, their values and weights, one per run and period.
        run: to which run a value belongs, from 0 on.
        n: how many runs there are.
    """
    found = {}
    for name, weight in weights.items():
        values = np.asarray(columns[name], np.float64)
        if not weight:
            found[name] = np.bincount(run, values, n)
            continue
        weighing = np.asarray(columns[weight], np.float64)
        above = np.bincount(run, np.where(weighing > 0, values * weighing, 0.0), n)
        total = np.bincount(run, weighing, n)
        found[name] = np.divide(above, total, out=np.full(n, np.nan), where=total > 0)
    return found


def record(folder: Path) -> tuple[str, dict[str, str]]:
    """Return what the tables are tables of, and their checksums; of a record that is no record, nothing."""
    try:
        found = json.loads(_text(folder / RECORD))
        return str(found["of"]), dict(found["sha256"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return "", {}


def recorded(folder: Path, of: str, runs: Iterable[str], sums: dict[str, str]) -> str:
    """Return the record of tables.

    Args:
        folder: of the sweep.
        of: what they are tables of.
        runs: keys of the runs that are in them.
        sums: their checksums.
    """
    store = _digest(_text(folder / "store.json"))
    return json.dumps({"of": of, "sha256": sums, "store": store, "runs": _of_runs(runs)}) + "\n"


def altered(folder: Path, names: Iterable[str] = TABLES) -> list[str]:
    """Return the tables that are there and whose bytes are not those that were written."""
    sums = record(folder)[1]
    return [name for name in names if (folder / name).exists() and checksum(folder / name) != sums.get(name)]


def misshapen(path: Path, weights: Mapping[str, str]) -> bool:
    """Whether a table lacks a column, has it twice, or with what is no number: its checksum is right, but we did not write it.

    Args:
        path: one of `TABLES`.
        weights: outcomes, and the columns by which each is averaged over periods.
    """
    try:
        schema = pq.read_schema(path)
    except ValueError:
        return True
    weekly = path.name == "weekly.parquet"
    numbers = ["run", *weights, *(weight for weight in weights.values() if weekly and weight)]
    kinds = {name: schema.field(name).type for name in schema.names if schema.names.count(name) == 1}
    return (
        len(kinds) < len(schema.names)
        or (not pa.types.is_date(kinds.get("date", pa.null())) if weekly else "key" not in kinds)
        or not all(pa.types.is_primitive(kinds.get(name, pa.null())) for name in numbers)
    )


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_runs(keys: Iterable[str]) -> str:
    """Return a hash over the keys of runs, in whatever order."""
    return _digest(" ".join(sorted(set(keys))))


def keys_in(folder: Path) -> set[str]:
    """Return the keys of runs for which there are files."""
    rooms = (entry.path for entry in _entries(folder / "runs") if not entry.is_file())
    return {key for room in rooms for key in stems(Path(room), ".parquet")}


def stems(folder: Path, ending: str) -> list[str]:
    """Return the names of the files in a folder that end in something, without it; nothing where there is no folder."""
    return [entry.name.removesuffix(ending) for entry in _entries(folder) if entry.name.endswith(ending)]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what is in a folder, but for temporary files; nothing where there is no folder."""
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if entry.name[0] != "."]
    except FileNotFoundError:
        return []


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
