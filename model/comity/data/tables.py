"""Finding columns in tables that may be anything, and reading their cells.

Nothing in a file is executed: formulas are refused, links to other files are not followed. Whatever is wrong ends in
a `InputError` that names row and column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from comity.data import margins
from comity.data.cells import BESIDE
from comity.data.files import HEADER_WITHIN, VALID_FILE, Record, records
from comity.data.workbook import Merged, UnreadableError
from comity.problems import InputError, Problem, RefusedError, closest, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from comity.data.cells import Column

LISTED: Final = 20
"""Problems that are listed; the others are counted."""


_UNSEEN: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Characters without a width: soft hyphens, marks of where a text may be broken or begins."""


@dataclass
class Problems:
    """What is wrong with one file: everything is counted, the first twenty are kept.

    Attributes:
        file: its name in messages.
        kept: the first problems.
        number: how many there are.
        cells: where they are: row and column.
        headings: what the file calls the columns.
    """

    file: str
    kept: list[Problem] = field(default_factory=list)
    number: int = 0
    cells: set[tuple[int, str]] = field(default_factory=set)
    headings: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, value: object, wrong: str, valid: str) -> None:
        """Note one problem."""
        self.number += 1
        if len(self.kept) < LISTED:
            self.kept.append(Problem(self.file, key, shown(value), wrong, valid))

    def cell(self, row: int, column: str, value: object, wrong: str, valid: str) -> None:
        """Note a problem of one cell; the column is called in the message as the file calls it."""
        self.cells.add((row, column))
        self.add(f"row {row}, column {self.headings.get(column, column)}", value, wrong, valid)

    def refused(self, row: int, column: str, value: object, error: RefusedError, valid: str) -> None:
        """Note why a cell was refused; ``valid`` is what would be where the error does not say it."""
        self.cell(row, column, value, error.objection.wrong, error.objection.valid or valid)

    def touched(self, row: int, *columns: str) -> bool:
        """Return whether a problem of one of these cells of a row was noted."""
        return any((row, column) in self.cells for column in columns)

    def stop(self, key: str, value: object, wrong: str, valid: str = VALID_FILE) -> InputError:
        """Return the error that ends reading at a problem which makes the rest unreadable."""
        self.add(key, value, wrong, valid)
        return self.error()

    def error(self) -> InputError:
        """Return everything that was found as one error."""
        more = self.number - len(self.kept)
        rest = [Problem(self.file, "further problems", f"{more:,}", "not listed", "mend those above first")]
        return InputError([*sorted(self.kept, key=_row), *(rest if more else ())])

    def refuse(self) -> None:
        """Raise the error if anything was found."""
        if self.number:
            raise self.error()


def _row(problem: Problem) -> int:
    """Return the number of the row that a problem is in, 0 if it is in none."""
    found = re.match(r"row (\d+)", problem.key)
    return int(found[1]) if found else 0


@dataclass
class Table:
    """A table that was read.

    Attributes:
        rows: number of each row and its values by the names of columns; None where a cell is empty.
        header: number of the row with the names of the columns.
        present: the columns that it has.
        unused: headings of columns that nothing was taken from.
        notes: what a person should know about how it was read.
    """

    rows: list[tuple[int, dict[str, Any]]]
    header: int
    present: frozenset[str]
    unused: list[str]
    notes: list[str]


def read(
    path: Path,
    columns: Sequence[Column],
    found: Problems,
    *,
    most_rows: int,
    called: Mapping[str, str] | None = None,
    sheet: str | None = None,
) -> Table:
    """Read the named columns of a file, and note in ``found`` what is wrong with single cells.

    Args:
        path: the file; see `comity.data.files.records`.
        columns: what is looked for.
        found: where problems are noted, under the name of the file that they carry.
        most_rows: a file with more rows is refused, without reading the rest.
        called: headings that the file has for some columns, by the columns' own names.
        sheet: which sheet of a workbook; may be left out if it has one.

    Raises:
        InputError: if the file, or a row of it, cannot be read as a table with these columns.
    """
    ranks, notes = _ranks(columns, called or {}), list[str]()
    every = _read(
        path, found, sheet, lambda cells: len({_plain(c) for c in cells} & ranks.keys()), most_rows, notes
    )
    first = list(islice(every, HEADER_WITHIN))
    header = _header(first, columns, ranks, called or {}, found)
    rows = _below(header, chain(first[header.at + 1 :], every), found, most_rows, notes)
    return Table(rows, header.row, frozenset(header.places), header.unused, notes)


def _filled(header: _Header, below: Iterable[Record], found: Problems, most_rows: int) -> Iterator[Record]:
    """Yield the rows in which something stands; too many of them end in an error."""
    for number, cells in below:
        if number - header.row > most_rows:
            wrong, valid = f"more than {most_rows:,} rows", f"at most {most_rows:,} rows"
            raise found.stop(f"row {number}, column 1", cells[0] if cells else "", wrong, valid)
        if margins.filled(cells):
            yield number, cells


def _below(
    header: _Header,
    below: Iterable[Record],
    found: Problems,
    most_rows: int,
    notes: list[str],
) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows below the header with their numbers; ``notes`` gets what was left out."""
    rows: list[tuple[int, dict[str, Any]]] = []
    held: list[Record] = []  # the last row, which may be a total, and what may be notes, if no data follow
    last, totals = 0, list[Record]()
    for number, cells in _filled(header, below, found, most_rows):
        if not last and header.repeated(cells):
            notes.append(f"Left out: row {number}, which names the columns once more.")
        elif margins.is_total(cells, header.places):
            totals.append((number, cells))
        elif last and margins.is_note(cells, after_another=len(held) > 1):
            held.append((number, cells))
        else:
            rows += [(n, header.values(n, row, found)) for n, row in held]
            last, held = number, [(number, cells)]
    if held and margins.sums_up(held[0][1], rows, header.columns, header.places):
        totals.append(held.pop(0))
    elif held:
        rows.append((last, header.values(*held.pop(0), found)))
    notes += margins.told(held, totals, rows, header.columns, header.places)
    if not rows:
        raise found.stop(f"row {header.row + 1}", "", "no rows below the names of the columns")
    return rows


def _read(
    path: Path,
    found: Problems,
    sheet: str | None,
    known: Callable[[list[Any]], int],
    most_rows: int,
    notes: list[str],
) -> Iterator[Record]:
    """Yield the rows of a file; what cannot be read ends in the error that names it."""
    try:
        yield from records(path, sheet, known, most_rows, notes)
    except UnreadableError as error:
        wrong, valid, key, value = error.args
        raise found.stop(key, value, wrong, valid or VALID_FILE) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise found.stop("file", str(path), reason.lower()) from None


@dataclass(frozen=True)
class _Header:
    """Where the names of the columns stand, and which cell of a row belongs to which column."""

    at: int
    row: int
    width: int
    places: dict[str, int]
    columns: tuple[Column, ...]
    unused: list[str]

    def values(self, number: int, cells: list[Any], found: Problems) -> dict[str, Any]:
        """Return the values of a row, and note what is wrong with them."""
        if any(cell not in (None, "") for cell in cells[self.width :]):
            extra = next(n for n, cell in enumerate(cells) if n >= self.width and cell not in (None, ""))
            wrong = f"more cells than the {self.width} columns"
            found.cell(number, str(extra + 1), cells[extra], wrong, "as many cells as there are columns")
        values: dict[str, Any] = {}
        for column in self.columns:
            place = self.places.get(column.name, len(cells))
            values[column.name] = _value(column, number, cells[place] if place < len(cells) else None, found)
        return values

    def repeated(self, cells: list[Any]) -> bool:
        """Return whether a row has names in words below names in codes, as tables of the Census Bureau have."""
        place = self.places.get("fips", len(cells))
        return place < len(cells) and _plain(cells[place]) in ("geography", "id", "id2")


def _value(column: Column, number: int, cell: Any, found: Problems) -> Any:
    """Return the value of a cell, or None where there is none or a wrong one, which is noted."""
    if isinstance(cell, Merged) and column.name not in margins.PLACES:
        found.cell(
            number, column.name, None, f"merged with {cell.span}", f"{column.valid}; in each cell its own"
        )
        return None
    text = _unwrapped(cell) if isinstance(cell, str) else cell
    if text is None or text == "":
        if column.required and column.needed:
            found.cell(number, column.name, text, "empty", column.valid)
        return None
    if isinstance(text, str) and re.match(r"[=@]|[+-](?![\d.-]|$)", text):
        found.cell(number, column.name, str(text), "a formula", f"{column.valid}; values instead of formulas")
        return None
    try:
        return column.read(text)
    except RefusedError as error:
        found.refused(number, column.name, text, error, column.valid)
        return None


def _unwrapped(cell: str) -> str:
    """Return a text without what spreadsheets put around it to keep it one, and with one plain blank for any others."""
    text = " ".join((cell if cell.isascii() else _UNSEEN.sub("", cell)).split())
    if text[:1] == "=" and (found := re.fullmatch('="([^"]*)"', text)):
        text = found[1].strip()
    return text.removeprefix("'")


def _ranks(columns: Sequence[Column], called: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Return which column each heading may mean, and how well it does: the smaller, the better."""
    ranks = {_plain(called[c.name]): (c.name, 0) for c in columns if c.name in called}
    for column in columns:
        usual = () if column.name in called else (column.name, *column.also)
        for rank, name in enumerate(usual):
            ranks.setdefault(_plain(name), (column.name, rank))
    return ranks


def _header(
    first: list[Record],
    columns: Sequence[Column],
    ranks: Mapping[str, tuple[str, int]],
    called: Mapping[str, str],
    found: Problems,
) -> _Header:
    """Find the row with the names of the columns: the one that has most of them."""
    if not first:
        raise found.stop("row 1", "", "empty")
    matches = [[ranks.get(_plain(cell), ("", 0)) for cell in cells] for _, cells in first]
    at = max(range(len(first)), key=lambda n: (len({name for name, _ in matches[n]} - {""}), -n))
    row, cells = first[at]
    best: dict[str, int] = {}
    for name, rank in sorted(matches[at], key=lambda match: match[1]):
        best.setdefault(name, rank)
    names = [name if best[name] == rank else "" for name, rank in matches[at]]
    for first_word, second_word in BESIDE.items():
        more = [
            (rank, n) for n, (name, rank) in enumerate(matches[at]) if name == first_word and not names[n]
        ]
        if said := [n for _, n in sorted(more) if _plain(cells[n]) != "id"]:  # which may count rows
            names[said[0]] = second_word
    _check_names(row, cells, names, columns, called, found)
    _check_titles(first[:at], found)
    unused = [
        str(cell) for cell, name in zip(cells, names, strict=True) if not name and cell not in (None, "")
    ]
    width = max((n + 1 for n, cell in enumerate(cells) if cell not in (None, "")), default=0)
    places = {name: n for n, name in enumerate(names) if name}
    found.headings |= {name: str(cells[n]).strip() for name, n in places.items()}
    return _Header(at, row, width, places, tuple(columns), unused)


def _check_names(
    row: int,
    cells: list[Any],
    names: list[str],
    columns: Sequence[Column],
    called: Mapping[str, str],
    found: Problems,
) -> None:
    """Refuse a file in which a column is missing or stands twice."""
    headings = ", ".join(str(cell) for cell in cells if cell not in (None, ""))
    for column in columns:
        wanted = called.get(column.name, column.name)
        if names.count(column.name) > 1:
            found.cell(row, wanted, headings, "stands there twice", "each column once")
        elif column.name not in names and (column.needed or column.name in called):
            near = closest(wanted, [str(cell) for cell in cells if cell])
            hint = f"or --column {column.name}={near} if that is it" if near else "in a row near the top"
            found.cell(row, wanted, headings, "missing", f"a column {wanted}, {hint}")
    found.refuse()


def _check_titles(above: list[Record], found: Problems) -> None:
    """Refuse what stands above the names of the columns, unless it is a title: there must be no data that gets lost."""
    for row, cells in above:
        filled = [cell for cell in cells if cell not in (None, "")]
        if len(filled) > 1:
            wrong = "above the names of the columns"
            found.cell(
                row,
                "1",
                filled[0],
                wrong,
                "the names of the columns in the first row, or below a title in one cell",
            )
    found.refuse()


def _plain(name: object) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(name or "").strip().casefold()).strip("_")
