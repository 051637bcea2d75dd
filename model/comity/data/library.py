"""The library of imported tables: one folder, each table under the checksum of its content.

A checksum can only mean one table, so nothing is ever overwritten, a scenario that names one means the same on every
machine, and a machine that does not have the table says so instead of using something else.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs

from comity.problems import InputError, Problem, RefusedError, shown
from comity.writing import new_file

if TYPE_CHECKING:
    from comity.data.check import Checked
    from comity.data.kinds import Row

VARIABLE: Final = "COMITY_DATA"
"""Environment variable that names another folder than the user's."""

SHORTEST: Final = 8
"""Digits of a checksum that are enough to name a table."""

_KNOWN: Final = ("kind", "sha256", "covers", "source", "source_sha256", "imported")
"""What has to be known of a table."""

_PREFIX: Final = re.compile(rf"[0-9a-f]{{{SHORTEST},64}}")


def folder() -> Path:
    """Return the folder of imported tables, which may not be there yet."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else platformdirs.user_data_path("comity", appauthor=False)


def checksum(content: bytes) -> str:
    """Return the SHA-256 of some bytes as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def keep(checked: Checked, source: Path) -> tuple[str, bool]:
    """Keep a checked table and note where it came from.

    Args:
        checked: the table.
        source: the file that it was read from.

    Returns:
        Its checksum, and whether it is new here; what is here already stays as it is.

    Raises:
        InputError: if the folder cannot be written.
    """
    content = checked.text().encode()
    name = checksum(content)
    path = _path(checked.kind.name, name)
    if _intact(path, name):
        return name, False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path.with_suffix(".json"), json.dumps(_provenance(checked, name, source), indent=2).encode())
        _write(path, content)
    except OSError as error:
        reason, valid = (
            (error.strerror or str(error)).lower(),
            f"a folder to write to; {VARIABLE} names another",
        )
        raise InputError([Problem("data", "folder", shown(str(path.parent)), reason, valid)]) from None
    return name, True


def _provenance(checked: Checked, name: str, source: Path) -> dict[str, Any]:
    """Return what is known of a table: what it is, and where it came from."""
    return {
        "kind": checked.kind.name,
        "sha256": name,
        "rows": len(checked.rows),
        "covers": covers(checked),
        "source": source.name,
        "source_sha256": checksum(source.read_bytes()),
        "imported": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _intact(path: Path, name: str) -> bool:
    """Return whether a table is here as it should be, with what is known of it."""
    try:
        return path.with_suffix(".json").exists() and checksum(path.read_bytes()) == name
    except OSError:
        return False


def covers(checked: Checked) -> str:
    """Say in a few words what a table covers."""
    places = {row["fips"] for row in checked.rows}
    dates = [row[name] for row in checked.rows for name in ("activation", "start", "month") if row.get(name)]
    span = f", {min(dates)} to {max(dates)}" if dates else ""
    return f"{len(places):,} place{'s' * (len(places) != 1)}{span}"


def find(kind: str, named: str) -> str:
    """Return the whole checksum of a table; one that is whole already need not be here.

    Raises:
        RefusedError: if ``named`` is no checksum, or the beginning of none or of more than one that is here.
    """
    if not _PREFIX.fullmatch(named):
        raise RefusedError("not a checksum", _advice(kind))
    if len(named) == 64:
        return named
    matches = [entry["sha256"] for entry in entries(kind) if entry["sha256"].startswith(named)]
    if len(matches) != 1:
        wrong = "begins several checksums" if matches else "no such table on this machine"
        raise RefusedError(wrong, _advice(kind))
    return str(matches[0])


def entries(kind: str | None = None) -> list[dict[str, Any]]:
    """Return what is known of every table that is kept, the newest last."""
    found = []
    for path in sorted(folder().glob("*.json")):
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            whole = all(isinstance(about[key], str) for key in _KNOWN)
            wanted = (
                whole and kind in (None, about["kind"]) and path.stem == f"{about['kind']}-{about['sha256']}"
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue  # somebody else's file
        if wanted and path.with_suffix(".csv").exists():
            found.append(about)
    return sorted(found, key=lambda about: str(about["imported"]))


def about(kind: str, name: str) -> dict[str, Any]:
    """Return what is known of one table; only its checksum if it is not here."""
    known = [entry for entry in entries(kind) if entry["sha256"] == name]
    return known[-1] if known else {"kind": kind, "sha256": name}


def load(kind: str, name: str) -> tuple[Row, ...]:
    """Return the rows of a table, after making sure that it is the one that is meant.

    Args:
        kind: name of one of `comity.data.kinds.KINDS`.
        name: its whole checksum.

    Raises:
        InputError: if this machine does not have it, or has something else in its place.
    """
    return _load(kind, name, _path(kind, name))


@lru_cache(maxsize=16)
def _load(kind: str, name: str, path: Path) -> tuple[Row, ...]:
    try:
        content = path.read_bytes()
    except OSError:
        raise InputError([_absent(kind, name, "not on this machine")]) from None
    if checksum(content) != name:
        raise InputError([_absent(kind, name, f"{path.name} was altered")])
    from comity.data.check import check  # noqa: PLC0415 - loads the readers of files; few runs need one
    from comity.data.kinds import KINDS  # noqa: PLC0415

    return tuple(check(KINDS[kind], path, path.name).rows)


def _absent(kind: str, name: str, wrong: str) -> Problem:
    return Problem("data", f"data.{kind}", name, wrong, _advice(kind))


def _advice(kind: str) -> str:
    here = ", ".join(entry["sha256"][:12] for entry in entries(kind)[-5:])
    return f"the checksum that 'comity data import {kind} FILE' printed{f', here {here}' if here else ''}"


def _path(kind: str, name: str) -> Path:
    return folder() / f"{kind}-{name}.csv"


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with new_file(path) as staging:
        staging.write_bytes(content)
