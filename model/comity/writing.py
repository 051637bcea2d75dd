"""Writing a new folder or file, whole or not at all, and never over another one.

Everything is written beside its place under a temporary name, which ends in ``.partial``, and then renamed. Whoever writes holds
a lock on the temporary name, which the system lets go when the process ends, however it ends: so the next one who writes
there knows what was left behind by somebody who was killed, and removes it.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager, suppress
from glob import escape
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from comity.problems import InputError, Problem, shown

_LOCKS: Final = sys.platform not in {"win32", "emscripten"}
"""Whether folders can be locked: Windows has no locks on them, and Python in a browser none at all."""

if _LOCKS:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

LOCAL: Final = Path("results", "local")
"""Where results go without ``--out``, under the current folder."""

STAGED: Final = ".comity-"
"""How temporary folders begin; they end in ``.partial``."""

_VALID: Final = "a new or an empty folder in a place where you may write, with room for the results"


def unused(name: str) -> Path:
    """Return the first of ``results/local/<name>``, ``<name>-2``, ``<name>-3``... that is not there yet."""
    numbered = (LOCAL / (name if k == 1 else f"{name}-{k}") for k in count(1))
    return next(folder for folder in numbered if not os.path.lexists(folder))


def objections(folder: str | Path) -> list[Problem]:
    """Return what speaks against writing results into ``folder``; nothing is written to find out."""
    wrong = _objection(Path(folder))
    return [_problem(folder, wrong)] if wrong else []


def _problem(folder: str | Path, wrong: str | Exception) -> Problem:
    reason = getattr(wrong, "strerror", None) or str(wrong)
    return Problem("results", "out", shown(str(folder)), reason, _VALID)


def _objection(folder: Path) -> str:
    try:
        if folder.is_dir():
            if _others(folder):
                return "already holds files, which would be overwritten"
        elif os.path.lexists(folder):
            return "a file, not a folder"
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    except (OSError, ValueError) as error:
        return str(_problem(folder, error).wrong)
    if not there.is_dir():
        return f"{there.name} is a file, not a folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else "not writable"


def _others(folder: Path) -> list[str]:
    """Return what a folder holds besides temporary folders of those who write into it or did before they were killed."""
    return [path.name for path in folder.iterdir() if not path.match(f"{STAGED}*.partial")]


@contextmanager
def new_folder(folder: str | Path) -> Iterator[Path]:
    """Yield a temporary folder, whose files get their place in ``folder`` once everything is written.

    If the block fails or is interrupted, nothing of it stays behind.

    Raises:
        InputError: If ``folder`` cannot be written or holds anything already.
    """
    final = Path(folder).absolute()
    if problems := objections(folder):
        raise InputError(problems)
    made = [path for path in final.parents if not path.exists()]
    # Beside the final folder, or within it if it is there, which may be a mount and then cannot be replaced.
    staging = (final if final.is_dir() else final.parent) / f"{STAGED}{uuid4().hex[:8]}.partial"
    lock = -1
    try:
        with explained(folder):
            _sweep_up(staging.parent, STAGED)
            lock = _claimed(staging, lambda: staging.mkdir(parents=True))
        yield staging
        with explained(folder):
            _publish(staging, final)
    finally:
        _tidy(staging, made)
        if lock >= 0:
            os.close(lock)


@contextmanager
def explained(folder: str | Path) -> Iterator[None]:
    """Turn what the file system objects to, such as a full disk, into a problem of the folder that is written."""
    try:
        yield
    except OSError as error:
        raise InputError([_problem(folder, error)]) from error


@contextmanager
def new_file(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a temporary file beside ``path``, which takes its name, and its place if it is there, once it is written.

    Args:
        path: the file, in a folder that is there.
        durable: wait until the content survives a power failure.

    Raises:
        OSError: if it cannot be written; what was there is then there still.
    """
    with staged(path) as staging:
        yield staging
        if durable:
            with staging.open("rb+") as file:
                os.fsync(file.fileno())
        staging.replace(path)


@contextmanager
def staged(path: Path) -> Iterator[Path]:
    """Yield a new temporary file beside ``path``, to be renamed; at the end it is removed if it is there still.

    What others who wrote this file left when they were killed is removed first.
    """
    name = f".{path.name[:24]}-"
    staging = path.with_name(f"{name}{uuid4().hex[:8]}.partial")
    _sweep_up(path.parent, name)
    lock = _claimed(staging, lambda: staging.touch(exist_ok=False))
    try:
        yield staging
    finally:
        with suppress(OSError):
            staging.unlink(missing_ok=True)
        if lock >= 0:
            os.close(lock)


@contextmanager
def in_turn(folder: Path) -> Iterator[None]:
    """Wait until nobody else is in such a block for the same folder, where its file system knows locks."""
    handle = os.open(folder, os.O_RDONLY) if _LOCKS else -1
    try:
        _lock(handle, wait=True)
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def vacant(path: Path) -> None:
    """Refuse a file that cannot be new.

    Raises:
        InputError: if something of that name is there, or its folder is not, or nothing may be written into it.
    """
    if os.path.lexists(path):
        wrong = "is there already, and would be overwritten"
    elif not path.absolute().parent.is_dir():
        wrong = "is in a folder that is not there"
    else:
        wrong = (
            ""
            if os.access(path.absolute().parent, os.W_OK | os.X_OK)
            else "is in a folder where you may not write"
        )
    if wrong:
        valid = "the name of a file that is not there yet, in a folder that is"
        raise InputError([Problem("command line", "--out", shown(str(path)), wrong, valid)])


def _sweep_up(folder: Path, begins: str) -> None:
    """Remove temporary files and folders of writers who were killed; those of others are locked."""
    for path in folder.glob(f"{escape(begins)}*.partial"):
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY)
            try:
                # Others who swept up may have removed it meanwhile, and its writer made a new one of that name.
                if _lock(handle) and os.path.samestat(os.fstat(handle), path.stat()):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            finally:
                os.close(handle)


def _claimed(staging: Path, make: Callable[[], None]) -> int:
    """Make a temporary file or folder and return its lock; somebody who sweeps up may have come between the two."""
    while True:
        make()
        if not _LOCKS:
            return -1
        with suppress(FileNotFoundError):
            handle = os.open(staging, os.O_RDONLY)
            _lock(handle, wait=True)
            if staging.exists():
                return handle
            os.close(handle)


def _lock(handle: int, *, wait: bool = False) -> bool:
    """Lock an open file; False if another process has it, or the file system knows no locks and nobody can tell."""
    if not _LOCKS:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _publish(staging: Path, final: Path) -> None:
    """Move the finished files to their final names, all or none; never over somebody else's."""
    if staging.parent != final:
        staging.rename(final)
        return
    if others := _others(final):
        raise OSError(f"another run has written {others[0]} here meanwhile")
    moved: list[Path] = []
    try:
        for path in sorted(staging.iterdir()):
            path.rename(final / path.name)
            moved.append(final / path.name)
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


def _tidy(staging: Path, made: list[Path]) -> None:
    """Remove the temporary folder, if it is still there, and folders that were made for nothing."""
    shutil.rmtree(staging, ignore_errors=True)
    for path in made:
        with suppress(OSError):
            path.rmdir()  # only if it is empty


def encoding(schema: pa.Schema) -> dict[str, Any]:
    """Return how Parquet is to encode large tables: byte-stream-split halves the size of numbers, dictionaries that of labels."""
    import pyarrow as pa  # noqa: PLC0415 - slow to import

    floats = [field.name for field in schema if pa.types.is_floating(field.type)]
    return {
        "compression": "zstd",
        "use_dictionary": [field.name for field in schema if field.name not in floats],
        "column_encoding": dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
    }
