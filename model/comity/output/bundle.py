"""A bundle: tables, pictures and a manifest that belong together, and become one folder, which is an RO-Crate."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from comity.behaviour import installed
from comity.caveats import CAVEATS
from comity.output.crate import CRATE, crate
from comity.output.pictures import save
from comity.writing import explained, new_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from matplotlib.figure import Figure

Content: TypeAlias = "str | bytes | Callable[[Path], object]"
"""A text, bytes, or who writes a file as it is made, because it never stands in memory as a whole."""

MANIFEST: Final = "manifest.json"
_PACKAGES: Final = ("comity", "numpy", "numba", "mesa")

DIGITS: Final = {"runs": 8}
"""Digits of the numbers of a table; what people read has six, what others are computed from has more."""


@dataclass(frozen=True)
class Bundle:
    """What a command writes into one folder.

    Attributes:
        manifest: how it came about. With what `common` says of every bundle and the checksum of every file it becomes
            ``manifest.json``, the last file that is written.
        tables: by name; each becomes a CSV file, or a Parquet file if its name ends in ``.parquet``.
        pictures: by name; each becomes a PNG and an SVG file (`comity.output.pictures`), and the manifest says what it shows.
        files: others, by the name of the file, with its folder if it has one.
        exact: whether numbers in CSV files have all their digits, for programs; what people read has fewer.
    """

    manifest: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    pictures: Mapping[str, Figure] = field(default_factory=dict)
    files: Mapping[str, Content] = field(default_factory=dict)
    exact: bool = False

    def write(self, folder: Path) -> Path:
        """Write it into a new folder, whole or not at all, and return the folder.

        Raises:
            InputError: if the folder holds anything, or cannot be written.
        """
        with new_folder(folder) as staging, explained(folder):
            self.put(staging)
        return folder

    def put(self, staging: Path) -> None:
        """Write the files into a folder that is there."""
        for name, table in self.tables.items():
            if name.endswith(".parquet"):
                table.to_parquet(staging / name, index=False, compression="zstd")
            else:
                digits = None if self.exact else f"%.{DIGITS.get(name, 6)}g"
                table.to_csv(staging / f"{name}.csv", index=False, float_format=digits)
        shown = {name: save(figure, staging / name) for name, figure in self.pictures.items()}
        for name, content in self.files.items():
            path = staging / name
            if not path.parent.is_dir():
                path.parent.mkdir()
            if callable(content):
                content(path)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        seal(staging, {**self.manifest, **common()} | ({"pictures": shown} if shown else {}))


def seal(folder: Path, about: Mapping[str, Any]) -> None:
    """Write the last two files of a folder: the crate, and the manifest with the checksum of every other file."""
    about = {**about, "files": checksums(folder)}
    (folder / CRATE).write_bytes(crate(about, MANIFEST).encode())
    about["files"] |= {CRATE: _digest(folder / CRATE)}
    (folder / MANIFEST).write_bytes(f"{json.dumps(about, indent=2, ensure_ascii=False)}\n".encode())


def common() -> dict[str, Any]:
    """Return what every manifest says: the software and its day, and what its numbers are not."""
    return {
        "versions": versions(),
        "git_commit": git_commit(),
        "date": _git("show", "--no-patch", "--format=%cs") or datetime.now(UTC).date().isoformat(),
        "caveats": " ".join(CAVEATS.values()),
    }


def checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder but the last two, by its path within."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): _digest(path) for path in files}
    return {name: digest for name, digest in found.items() if name not in {CRATE, MANIFEST}}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages on which results depend; asking takes milliseconds."""
    return {"python": platform.python_version()} | {name: installed(name) for name in _PACKAGES}


def git_commit() -> str | None:
    """Return the commit of the checkout that comity runs from, with ``-dirty`` after changes, or None."""
    return _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(*arguments: str) -> str | None:
    """Return what git says of the checkout that comity runs from, or None."""
    root = Path(__file__).parents[3]
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    command = [git, "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    return done.stdout.strip() or None
