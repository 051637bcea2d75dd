"""Stored results: tables and figures of published experiments and of local runs, comparisons and sweeps."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.output.counties import FILE
from comity.problems import InputError, Problem, shown
from comity.published import experiments, targets

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ROWS: Final = 500
DEEPEST: Final = 3
TABLES: Final = (".csv", ".parquet")
ABOUT: Final = ("manifest.json", "store.json")  # of runs and comparisons, and of sweeps
FIGURES: Final = (".svg", ".png")
"""Forms of a figure; the first that is there is shown."""

LARGEST: Final = 1_000_000
"""Bytes of a figure of lines that a page is still quick to draw; of a larger one the pixels are shown, in another language than
English the lines (``static/js/drawn.js``)."""

LONGEST: Final = 2000
"""Letters of what is said of a figure."""

VERDICTS: Final = (
    "table.csv"  # of an experiment that was reproduced: what was published beside what the model gives
)
SAID: Final = ("statement", "unit", "verdict")
COMPARED: Final = tuple(f"{whose}{end}" for whose in ("published", "model") for end in ("", "_low", "_high"))
MOST_VERDICTS: Final = 60


def folders(root: Path) -> dict[str, Path]:
    """Return the folders under ``root`` that hold results, by their path within it."""
    found = sorted(_manifests(root))
    return {path.parent.relative_to(root).as_posix(): path.parent for path in found}


def _manifests(root: Path) -> Iterator[Path]:
    for depth in range(1, DEEPEST + 1):
        for name in ABOUT:
            yield from root.glob("/".join(["*"] * depth + [name]))


def listing(root: Path | None) -> list[dict[str, Any]]:
    """Return what there is to see: name, what it is, tables, figures, and whether it can be drawn on the map."""
    if root is None:
        return []
    return [_entry(name, folder) for name, folder in folders(root).items()]


def _entry(name: str, folder: Path) -> dict[str, Any]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
    manifest = _manifest(next(folder / about for about in ABOUT if (folder / about).exists()))
    return {
        "name": name,
        "about": {k: str(v)[:200] for k, v in manifest.items() if isinstance(v, str | int | float | bool)},
        "tables": [path.name for path in files if path.suffix in TABLES],
        "figures": _figures(files, manifest.get("pictures")),
        "map": (folder / FILE).is_file(),
        "verdicts": _verdicts(folder / VERDICTS),
    }


def _verdicts(path: Path) -> list[dict[str, Any]]:
    """Return what a reproduced experiment says of each published number; nothing of a folder that has no such table."""
    try:
        frame = pd.read_csv(path, nrows=MOST_VERDICTS)
        numbers = frame[[*COMPARED]].apply(pd.to_numeric, errors="coerce").replace([np.inf, -np.inf], np.nan)
        said = frame[[*SAID]].assign(finding=frame.get("target", "")).fillna("").astype(str)
    except (OSError, ValueError, KeyError):
        return []  # it is anybody's folder; its tables are shown as they are
    return [
        {key: text[:400] for key, text in words.items()}
        | {"finding": _finding(words["finding"], words["statement"])}
        | {k: None if pd.isna(v) else v for k, v in row.items()}
        for words, row in zip(said.to_dict("records"), numbers.to_dict("records"), strict=True)
    ]


def _finding(target: str, statement: str) -> str:
    """Return the id by which the page says a finding in its language; none where these are not the words that ship."""
    return target if target and shipped().get(target) == statement else ""


@cache
def shipped() -> dict[str, str]:
    """Return what each published number that an experiment of comity reproduces is of, by the number's id."""
    own = (number for name in experiments.names() for number in experiments.expectations(name))
    return {number.id: number.statement for number in (*targets.read(), *own)}


def _manifest(path: Path) -> dict[str, Any]:
    """Return what a manifest says; one that cannot be read says so."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return {"manifest": f"cannot be read: {error}"}
    return content if isinstance(content, dict) else {}


def _figures(files: list[Path], pictures: object) -> list[dict[str, Any]]:
    """Return every figure once: the form that is shown, the others, and what it shows in the words of the manifest."""
    said = pictures if isinstance(pictures, dict) else {}
    forms = [path for suffix in FIGURES for path in files if path.suffix == suffix]
    found = []
    for stem in sorted({path.stem for path in forms}):
        own = sorted((path for path in forms if path.stem == stem), key=_slow)
        told = said.get(stem)
        words = told[:LONGEST] if isinstance(told, str) else ""
        found.append({"file": own[0].name, "also": [path.name for path in own[1:]], "told": words})
    return found


def _slow(path: Path) -> bool:
    return path.suffix == ".svg" and path.stat().st_size > LARGEST


def file(root: Path | None, name: str, wanted: str) -> Path:
    """Return one of the files that `listing` names, and no other.

    Raises:
        InputError: if it is not one of them.
    """
    folder = folders(root).get(name) if root else None
    entry = _entry(name, folder) if folder else {"figures": [], "tables": []}
    pictures = [name for figure in entry["figures"] for name in (figure["file"], *figure["also"])]
    names = [*entry["tables"], *pictures]
    if folder is None or wanted not in names:
        valid = ", ".join(names) or "a folder that the page lists"
        raise InputError([Problem("results", name[:60], shown(wanted), "not there", valid)])
    return folder / wanted


def table(path: Path) -> dict[str, Any]:
    """Return the first rows of a table as text, with its columns and whether there are more.

    Raises:
        InputError: if the file cannot be read.
    """
    try:
        _refuse_altered(path)
        frame = _first_rows(path)
    except (OSError, ValueError) as error:
        problem = Problem("results", path.name, "(file)", f"cannot be read: {error}"[:200], "a table")
        raise InputError([problem]) from None
    rows = [["" if pd.isna(cell) else str(cell) for cell in row] for row in frame.itertuples(index=False)]
    return {
        "columns": [str(name) for name in frame.columns],
        "rows": rows[:MOST_ROWS],
        "more": len(rows) > MOST_ROWS,
    }


def _refuse_altered(path: Path) -> None:
    """Refuse a table of a sweep that is not what was written."""
    from comity.sweeps.written import altered  # noqa: PLC0415 - few pages show results

    if (path.parent / "store.json").exists() and path.name in altered(path.parent):
        raise ValueError("it was damaged or altered; 'comity compact' writes it again")


def _first_rows(path: Path) -> pd.DataFrame:
    """Return one row more than is shown; a large file is not read as a whole."""
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str, keep_default_na=False, nrows=MOST_ROWS + 1)
    import pyarrow.parquet as pq  # noqa: PLC0415

    with pq.ParquetFile(path) as file:
        first: pd.DataFrame = next(file.iter_batches(MOST_ROWS + 1)).to_pandas()
    return first


def default_root() -> Path | None:
    """Return ``results`` of the current folder or of the checkout that the package runs from, if there is one."""
    checkout = Path(__file__).parents[3]
    roots = (Path("results"), checkout / "results")
    return next((root.resolve() for root in roots if root.is_dir()), None)
