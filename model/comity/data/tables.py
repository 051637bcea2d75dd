"""Reading tables that may be anything: CSV in UTF-8 and XLSX, row by row, in bounded memory.

Nothing in a file is executed: formulas are refused, links to other files are not followed. Whatever is wrong ends in
a `ScenarioError` that names row and column; the number of a row is the one that a spreadsheet shows.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import csv
import re
import warnings
import zipfile
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from comity.problems import Problem, ScenarioError, closest, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

LARGEST_FILE: Final = 128 << 20
"""A file above 128 MiB is refused before it is read."""

LARGEST_UNPACKED: Final = 1 << 30
"""So is a workbook that unpacks to more than a GiB,"""

LARGEST_TEXTS: Final = 128 << 20
"""or whose parts other than sheets, which have to be held in memory, do so to more than 128 MiB."""

LONGEST_LINE: Final = 65_536
"""Bytes of a line of a CSV file."""

HEADER_WITHIN: Final = 20
"""The names of the columns stand in one of these first rows, below a title perhaps."""

LISTED: Final = 20
"""Problems that are listed; the others are counted."""

VALID_FILE: Final = "a .csv file in UTF-8 with commas, or an .xlsx file"

Record: TypeAlias = "tuple[int, list[Any]]"
"""The number of a row and its cells."""


class Formula(str):
    """What stands in a cell that holds a formula."""

    __slots__ = ()


@dataclass(frozen=True)
class Column:
    """A column that is looked for.

    Attributes:
        name: what it is called here.
        valid: what would be valid in its cells, in words.
        read: turns what is in a cell, neither empty nor a formula, into a value, or raises a ValueError that says
            why not (and perhaps, after ``; valid: ``, what would be valid instead).
        also: other names of the column, as files of others have it.
        required: whether an empty cell is a problem.
        needed: whether a file without the column is a problem.
    """

    name: str
    valid: str
    read: Callable[[Any], Any]
    also: tuple[str, ...] = ()
    required: bool = True
    needed: bool = True


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
        """Note one problem; ``wrong`` may say itself, after ``; valid: ``, what would be valid."""
        self.number += 1
        if len(self.kept) < LISTED:
            wrong, _, own = wrong.partition("; valid: ")
            self.kept.append(Problem(self.file, key, shown(value), wrong, own or valid))

    def cell(self, row: int, column: str, value: object, wrong: str, valid: str) -> None:
        """Note a problem of one cell; the column is called in the message as the file calls it."""
        self.cells.add((row, column))
        self.add(f"row {row}, column {self.headings.get(column, column)}", value, wrong, valid)

    def touched(self, row: int, *columns: str) -> bool:
        """Return whether a problem of one of these cells of a row was noted."""
        return any((row, column) in self.cells for column in columns)

    def stop(self, key: str, value: object, wrong: str, valid: str = VALID_FILE) -> ScenarioError:
        """Return the error that ends reading at a problem which makes the rest unreadable."""
        self.add(key, value, wrong, valid)
        return self.error()

    def error(self) -> ScenarioError:
        """Return everything that was found as one error."""
        more = self.number - len(self.kept)
        rest = [Problem(self.file, "further problems", f"{more:,}", "not listed", "mend those above first")]
        return ScenarioError([*sorted(self.kept, key=_row), *(rest if more else ())])

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
    """

    rows: list[tuple[int, dict[str, Any]]]
    header: int
    present: frozenset[str]
    unused: list[str]


def read(
    path: Path,
    columns: Sequence[Column],
    found: Problems,
    *,
    most_rows: int,
    called: Mapping[str, str] | None = None,
    sheet: str | None = None,
) -> Table:
    """Read the named columns of a CSV or XLSX file, and note in ``found`` what is wrong with single cells.

    Args:
        path: the file.
        columns: what is looked for.
        found: where problems are noted, under the name of the file that they carry.
        most_rows: a file with more rows is refused, without reading the rest.
        called: headings that the file has for some columns, by the columns' own names.
        sheet: which sheet of a workbook; may be left out if it has one.

    Raises:
        ScenarioError: if the file, or a row of it, cannot be read as a table with these columns.
    """
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of openpyxl, about styles and extensions that are of no interest here
        records = _records(path, found, sheet)
        first = list(islice(records, HEADER_WITHIN))
        header = _header(first, columns, called or {}, found)
        rows = []
        for number, cells in chain(first[header.at + 1 :], records):
            if number - header.row > most_rows:
                wrong = f"more than {most_rows:,} rows"
                raise found.stop(
                    f"row {number}, column 1", cells[0] if cells else "", wrong, f"at most {most_rows:,} rows"
                )
            if any(cell not in (None, "") for cell in cells):
                rows.append((number, header.values(number, cells, found)))
    if not rows:
        raise found.stop(f"row {header.row + 1}", "", "no rows below the names of the columns")
    return Table(rows, header.row, frozenset(header.places), header.unused)


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


def _value(column: Column, number: int, cell: Any, found: Problems) -> Any:
    """Return the value of a cell, or None where there is none or a wrong one, which is noted."""
    text = cell.strip() if isinstance(cell, str) else cell
    if text is None or text == "":
        if column.required and column.needed:
            found.cell(number, column.name, text, "empty", column.valid)
        return None
    if isinstance(cell, Formula) or (isinstance(text, str) and re.match(r"[=@]|[+-](?![\d.])", text)):
        found.cell(number, column.name, str(text), "a formula", f"{column.valid}; values instead of formulas")
        return None
    try:
        return column.read(text)
    except ValueError as error:
        found.cell(number, column.name, text, str(error), column.valid)
        return None


def _header(
    first: list[Record], columns: Sequence[Column], called: Mapping[str, str], found: Problems
) -> _Header:
    """Find the row with the names of the columns: the one that has most of them."""
    if not first:
        raise found.stop("row 1", "", "empty")
    known = {_plain(called[c.name]): c.name for c in columns if c.name in called}
    for column in columns:
        usual = () if column.name in called else (column.name, *column.also)
        known |= {_plain(name): column.name for name in usual if _plain(name) not in known}
    matches = [[known.get(_plain(cell), "") for cell in cells] for _, cells in first]
    at = max(range(len(first)), key=lambda n: (len({*matches[n]} - {""}), -n))
    row, cells = first[at]
    names = matches[at]
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
    if found.number and len(cells) == 1 and (other := re.search(r"[;\t|]", str(cells[0]))):
        found.add(f"row {row}", headings, f"columns parted by {other[0]!r}", "columns parted by commas")
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


def _records(path: Path, found: Problems, sheet: str | None) -> Iterator[Record]:
    """Yield the rows of a file, whichever of the two kinds it is."""
    try:
        if _kind(path) == "xlsx":
            yield from _workbook(path, found, sheet)
            return
        with path.open("rb") as stream:
            yield from _csv(stream, found)
    except ScenarioError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise found.stop("file", str(path), reason.lower()) from None


def _kind(path: Path) -> str:
    """Return what kind of file it is, by its first bytes."""
    if not path.is_file():
        path.stat()  # raises if there is nothing
        raise OSError("a folder, not a file" if path.is_dir() else "not an ordinary file")
    if (size := path.stat().st_size) > LARGEST_FILE:
        raise OSError(f"{size:,} bytes, where at most {LARGEST_FILE:,} are allowed")
    with path.open("rb") as stream:
        start = stream.read(4)
    if start == b"\xd0\xcf\x11\xe0":
        raise OSError("an old .xls file, or one with a password")
    return "xlsx" if start == b"PK\x03\x04" else "csv"


def _csv(stream: BinaryIO, found: Problems) -> Iterator[Record]:
    """Yield the rows of a CSV file in UTF-8."""
    number = 0
    last: dict[str, str] = {}
    reader = csv.reader(_lines(stream, last), strict=True)
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode("utf-8-sig")
            column = max(1, len(next(csv.reader([before.replace("\r", " ")]), [])))
            value = error.object[error.start : error.start + 1]
            raise found.stop(f"row {number}, column {column}", value, "not UTF-8") from None
        except csv.Error as error:
            raise found.stop(f"row {number}, column 1", last.get("line", ""), f"not CSV: {error}") from None
        yield number, list(cells)


def _lines(stream: BinaryIO, last: dict[str, str]) -> Iterator[str]:
    """Yield lines of bounded length; ``last`` keeps the one that was yielded, for messages."""
    encoding = "utf-8-sig"
    while line := stream.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise csv.Error(f"a line of more than {LONGEST_LINE:,} bytes")
        last["line"] = text = line.decode(encoding)
        encoding = "utf-8"
        yield text


def _workbook(path: Path, found: Problems, sheet: str | None) -> Iterator[Record]:
    """Yield the rows of a sheet; formulas as `Formula`, and not what they were last worth."""
    import openpyxl

    try:
        with path.open("rb") as stream:
            _refuse_bombs(stream)
            page = _sheet(openpyxl.load_workbook(stream, read_only=True, keep_links=False), found, sheet)
            page.reset_dimensions()  # a file may claim any size, and rows would be filled up to it
            rows = enumerate(page.iter_rows(), 1)
            while (record := next(rows, None)) is not None:
                yield record[0], [_cell(cell) for cell in record[1]]
    except (ScenarioError, GeneratorExit):
        raise
    except Exception as error:  # noqa: BLE001 - a damaged workbook can make the library fail in any way
        reason = f"not a readable workbook: {error or type(error).__name__}"[:200]
        raise found.stop("file", path.name, reason) from None


def _sheet(book: Any, found: Problems, sheet: str | None) -> Any:
    """Return the one sheet of a workbook, or the one that is named."""
    names = [page.title for page in book.worksheets]
    if sheet not in names and (sheet is not None or len(names) != 1):
        wrong = "which of several sheets" if sheet is None else "no such sheet"
        raise found.stop("sheet", sheet, wrong, f"--sheet with one of {', '.join(names)}")
    return book[sheet or names[0]]


def _cell(cell: Any) -> Any:
    """Return what is in a cell; a number that is whole is a whole number, as spreadsheets know only one kind."""
    value = cell.value
    if cell.data_type == "f":
        return Formula(value if isinstance(value, str) else "=...")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _refuse_bombs(stream: BinaryIO) -> None:
    """Refuse a small archive that unpacks to something too large."""
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
    sheets = sum(part.file_size for part in parts if part.filename.startswith("xl/worksheets/sheet"))
    whole = sum(part.file_size for part in parts)
    if whole > LARGEST_UNPACKED or whole - sheets > LARGEST_TEXTS:
        raise OSError("unpacks to more than is allowed")
