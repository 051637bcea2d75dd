"""Result folders as they are found: tables, pictures and manifests, and what is missing or damaged.

Nothing that is wrong stops a report, and nothing of it is passed over: every problem is a sentence that goes into it.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MANIFEST: Final = "manifest.json"

NUMBERS: Final = (
    *(
        "published",      "model",          "model_low",      "model_high",     "missing",
        "inside",         "predicted",      "predicted_low",  "predicted_high",
    ),
    *("score", "effective_draws", "n_draws", "n_targets", "apart", "least", "most", "draws_counted"),
    *("published_low", "published_high"),
)  # fmt: skip
"""Columns that hold numbers, or nothing."""


@dataclass(frozen=True)
class Wanted:
    """What a result folder has to hold: the columns of each table by its name, and names of pictures, without endings."""

    tables: Mapping[str, Sequence[str]]
    pictures: Sequence[str]


@dataclass
class Folder:
    """What was found in a result folder.

    Attributes:
        name: of the experiment.
        tables: by name, without ending, in alphabetical order.
        pictures: by name, without ending, the bytes of each PNG.
        manifest: as it was written; empty if it is not there.
        problems: what is missing or damaged, in sentences.
    """

    name: str
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def look(root: Path, name: str, wanted: Wanted) -> Folder:
    """Return what is in the folder of an experiment."""
    place, found = root / name, Folder(name)
    if not place.is_dir():
        found.problems.append(f"{name}: there is no folder of that name among the results.")
        return found
    for path in sorted(place.glob("*.csv")):
        _table(found, path, wanted.tables.get(path.stem, ()))
    for path in sorted(place.glob("*.png")):
        _picture(found, path)
    _manifest(found, place / MANIFEST)
    files = {path.name for path in place.iterdir()}
    expected = [
        *(f"{table}.csv" for table in wanted.tables),
        *(f"{picture}.png" for picture in wanted.pictures),
    ]
    found.problems += [f"{name}: {file} is missing." for file in expected if file not in files]
    return found


def _table(found: Folder, path: Path, columns: Sequence[str]) -> None:
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:  # no text, no table, nothing in it
        found.problems.append(f"{found.name}: {path.name} cannot be read ({_brief(error)}).")
        return
    if absent := [column for column in columns if column not in table]:
        found.problems.append(f"{found.name}: {path.name} has no column {', '.join(absent)}.")
        return
    if text := [name for name in NUMBERS if name in columns and not _numeric(table[name])]:
        found.problems.append(f"{found.name}: {path.name} has text instead of numbers in {', '.join(text)}.")
        return
    if table.empty:
        found.problems.append(f"{found.name}: {path.name} has no rows.")
    found.tables[path.stem] = table


def _numeric(column: pd.Series[Any]) -> bool:
    return bool(pd.to_numeric(column, errors="coerce").notna().eq(column.notna()).all())


def _picture(found: Folder, path: Path) -> None:
    """Read a picture to its end, since one that was cut still begins well."""
    from PIL import Image  # noqa: PLC0415 - matplotlib brings it

    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        found.problems.append(f"{found.name}: {path.name} is damaged ({_brief(error)}).")
        return
    found.pictures[path.stem] = content


def _manifest(found: Folder, path: Path) -> None:
    if not path.exists():
        found.problems.append(f"{found.name}: {MANIFEST} is missing.")
        return
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        found.problems.append(f"{found.name}: {MANIFEST} cannot be read ({_brief(error)}).")
        return
    if not isinstance(content, dict):
        found.problems.append(f"{found.name}: {MANIFEST} is not a table of keys.")
        return
    found.manifest = content
    if content.get("quick"):
        found.problems.append(f"{found.name}: results of the quick form, which shows only that it works.")


def _brief(error: Exception) -> str:
    """Return the first line of what went wrong; no addresses in memory, which differ from run to run."""
    line = str(error).partition("\n")[0].partition(" <")[0]
    return line or type(error).__name__
