"""The cache of compiled code, kept on this machine to start sooner: where it lies, what is there, and away with it.

Imported tables are no cache: nobody could make them again (`comity.data.library`).
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import platformdirs

from comity.problems import InputError, Problem

CHECK: Final = 20
"""Bytes of the checksum that each file begins with; what it was made with follows in a line."""

LONGEST_LINE: Final = 200
_OURS: Final = re.compile(r"\w*-[0-9a-f]{32}-[0-9a-f]{16}(\.nbc|\.[0-9a-f]{32}\.tmp)")
_LINE: Final = re.compile(rb"(comity [ -~]+)\n")


@dataclass(frozen=True)
class Lot:
    """Compiled code that was made with the same versions.

    Attributes:
        versions: of comity, Python and libraries, in words.
        files: one for each function and types of its arguments.
        size: bytes.
        used: last day on which some of it was used.
    """

    versions: str
    files: int
    size: int
    used: date


def folder() -> Path:
    """Return the folder of machine code: numba's, if ``NUMBA_CACHE_DIR`` names one, or one in the user's cache."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    return Path(named, "comity") if named else platformdirs.user_cache_path("comity") / "kernels"


def lots() -> list[Lot]:
    """Return what is kept, the last used first.

    Raises:
        OSError: if the folder cannot be read.
    """
    found = defaultdict[str, list[os.stat_result]](list)
    for path in _files():
        with suppress(FileNotFoundError):  # somebody else was quicker
            found[_versions(path)].append(path.stat())
    made = (
        Lot(
            versions,
            len(files),
            sum(about.st_size for about in files),
            datetime.fromtimestamp(max(about.st_mtime for about in files), UTC).date(),
        )
        for versions, files in found.items()
    )
    return sorted(made, key=lambda lot: lot.used, reverse=True)


def clear() -> tuple[int, int]:
    """Remove compiled code, which is made again when it is needed, and return how many files and bytes it was.

    Raises:
        OSError: if the folder cannot be read.
        InputError: if something could not be removed.
    """
    sizes, refused = [], []
    for path in _files():
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            refused.append(error)
        else:
            sizes.append(size)
    if refused:
        wrong = (refused[0].strerror or type(refused[0]).__name__).lower()
        many = f"{len(refused):,} of {len(sizes) + len(refused):,} files"
        raise InputError([Problem(str(folder()), "cache", many, wrong, "a folder that you may write to")])
    return len(sizes), sum(sizes)


def _files() -> list[Path]:
    """Return our files in the folder, and no others."""
    try:
        return [path for path in folder().iterdir() if _OURS.fullmatch(path.name)]
    except FileNotFoundError:
        return []


def _versions(path: Path) -> str:
    """Return what a file says that it was made with."""
    with path.open("rb") as file:
        line = _LINE.match(file.read(CHECK + LONGEST_LINE)[CHECK:])
    return line[1].decode() if line else "unknown"
