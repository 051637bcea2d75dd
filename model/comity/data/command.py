"""The command ``comity data``, where tables are handed in, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.data import library
from comity.data.check import check
from comity.data.kinds import KINDS, Kind
from comity.problems import InputError, Problem, did_you_mean, shown
from comity.reading import COMMAND_LINE
from comity.world.imported_tables import WITHOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def take(kind: str, file: Path, columns: Sequence[str] = (), sheet: str | None = None) -> Iterator[str]:
    """Check a table, keep it, and say what it is and how to use it.

    Args:
        kind: name of one of `comity.data.kinds.KINDS`.
        file: a CSV or XLSX file.
        columns: ``NAME=HEADING`` for columns that the file calls otherwise.
        sheet: which sheet of a workbook.

    Raises:
        InputError: with everything that is wrong; then nothing is kept.
    """
    checked = check(_kind(kind), file, str(file), _headings(columns), sheet)
    name, new = library.keep(checked, file)
    yield f"{file.name}: {len(checked.rows):,} rows of {kind}, {library.covers(checked)}."
    yield from checked.notes
    statewide = sum(row["fips"].endswith("000") for row in checked.rows)
    if kind == "agreements" and statewide:
        yield f"{statewide:,} agreements of agencies of a whole state set no lever in a county."
    yield f"{'Kept' if new else 'Kept already'} under sha256 {name}."
    if kind in WITHOUT:
        yield f'Use it with --set data.{kind}={name[:12]}, or in a scenario: [data] {kind} = "{name[:12]}"'
    else:
        yield f"Read it with comity.data.library.load({kind!r}, {name!r})."


def listing(kind: str | None = None) -> Iterator[str]:
    """Say which tables are kept, the newest last."""
    entries = library.entries(_kind(kind).name if kind else None)
    for entry in entries:
        yield f"{entry['kind']} {entry['sha256'][:12]}: {entry['covers']}, from {entry['source']}, {entry['imported']}"
    if not entries:
        yield "No tables yet; 'comity data import KIND FILE' adds one."


def _kind(name: str) -> Kind:
    if name in KINDS:
        return KINDS[name]
    hint = did_you_mean(name, KINDS)
    valid = f"{hint}one of {', '.join(KINDS)}"
    raise InputError([Problem(COMMAND_LINE, "KIND", shown(name), "unknown", valid)])


def _headings(columns: Sequence[str]) -> dict[str, str]:
    """Split ``NAME=HEADING``."""
    pairs = {name.strip(): heading.strip() for name, _, heading in (c.partition("=") for c in columns)}
    wrong = [c for c in columns if not all(part.strip() for part in c.partition("="))]
    if wrong:
        raise InputError(
            Problem(COMMAND_LINE, "--column", shown(c), "not of this form", "NAME=HEADING") for c in wrong
        )
    return pairs
