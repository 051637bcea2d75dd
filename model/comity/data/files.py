"""Reading the rows of files that may be anything: CSV and its kin, JSON arrays, XLSX, in bounded memory.

Nothing in a file is executed. What cannot be read ends in an `UnreadableError` that says where; the number of a row is the
one that a spreadsheet shows.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from contextlib import suppress
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from comity.data import workbook
from comity.data.workbook import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TextIO

LARGEST_FILE: Final = 128 << 20
"""A file above 128 MiB is refused before it is read."""

LARGEST_JSON: Final = 16 << 20
"""So is one of JSON above 16 MiB, which has to be held in memory."""

LONGEST_LINE: Final = 65_536
"""Characters of a line of a CSV file."""

HEADER_WITHIN: Final = 20
"""The names of the columns stand in one of these first rows, below a title perhaps."""

VALID_FILE: Final = "a .csv file, an .xlsx file, or the JSON array of arrays of the Census Bureau"

DELIMITERS: Final = ",;\t|"

Record: TypeAlias = "tuple[int, list[Any]]"
"""The number of a row and its cells."""

_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_GUESSED: Final = "cp1252"
_UNDECODED: Final = re.compile("[\udc80-\udcff]")


def records(
    path: Path, sheet: str | None, known: Callable[[list[Any]], int], most_rows: int, notes: list[str]
) -> Iterator[Record]:
    """Yield the rows of a file, whichever kind it is.

    Args:
        path: the file.
        sheet: which sheet of a workbook.
        known: how many names of columns stand in a row; of the characters that may part columns, the one is taken that
            gives most.
        most_rows: rows that a table may have.
        notes: where is put what a person should know about how the file was read.

    Raises:
        UnreadableError: if it is no table, or at the row from which it is none.
        OSError: if it cannot be opened.
    """
    kind = _kind(path)
    if kind == "xlsx":
        yield from workbook.rows(path, sheet, most_rows)
        return
    encoding = _encoding(path)
    if encoding == _GUESSED:
        notes.append("Read as Windows-1252 (Western European), as it is not UTF-8.")
    with path.open(
        encoding=encoding, errors="surrogateescape" if encoding == _GUESSED else "strict", newline=""
    ) as text:
        yield from _json(text) if kind == "json" else _csv(text, known)


def _kind(path: Path) -> str:
    """Return what kind of file it is, by its first bytes."""
    if not path.is_file():
        path.stat()  # raises if there is nothing
        raise OSError("a folder, not a file" if path.is_dir() else "not an ordinary file")
    if (size := path.stat().st_size) > LARGEST_FILE:
        raise OSError(f"{size:,} bytes, where at most {LARGEST_FILE:,} are allowed")
    with path.open("rb") as stream:
        start = stream.read(64)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise OSError("an old .xls file, or one with a password")
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    return "json" if start.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"[", b"{") else "csv"


def _encoding(path: Path) -> str:
    """Return how a text is encoded: as its mark says, as UTF-16 by its zeros, as UTF-8 if it can be, else Windows-1252."""
    with path.open("rb") as stream:
        start = stream.read(4096)
        for mark, encoding in _MARKS.items():
            if start.startswith(mark):
                return encoding
        zeros = [start[k::2].count(0) / max(1, len(start[k::2])) for k in (0, 1)]
        if max(zeros) > 0.7 and min(zeros) < 0.3:
            return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for block in chain([start], iter(lambda: stream.read(1 << 16), b"")):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _GUESSED
    return "utf-8"


def _csv(text: TextIO, known: Callable[[list[Any]], int]) -> Iterator[Record]:
    """Yield the rows of a text with one row on a line, whatever ends the lines."""
    begin, last = list[str](), [""]
    with suppress(OSError, UnicodeError):  # reading the table will say where
        begin.extend(islice(_lines(text), HEADER_WITHIN))
    text.seek(0)
    reader = csv.reader(_noted(_lines(text), last), delimiter=_delimiter(begin, known), strict=True)
    for number in count(1):
        try:
            cells: list[Any] = next(reader)
        except StopIteration:
            return
        except (UnicodeError, OSError, csv.Error) as error:
            raise UnreadableError(number, 1, last[0], f"not CSV: {error}") from None
        for column, cell in enumerate(cells, 1):
            if _UNDECODED.search(cell):
                raise UnreadableError(number, column, cell, "neither UTF-8 nor Windows-1252")
        yield number, cells


def _noted(lines: Iterator[str], last: list[str]) -> Iterator[str]:
    """Yield lines, and keep the last for messages."""
    for line in lines:
        last[0] = line
        yield line


def _lines(text: TextIO) -> Iterator[str]:
    """Yield lines of bounded length."""
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise OSError(f"a line of more than {LONGEST_LINE:,} characters")
        yield line


def _delimiter(first: list[str], known: Callable[[list[Any]], int]) -> str:
    """Return what parts the columns: that by which most of their names are found in one of the first rows."""

    def found(delimiter: str) -> int:
        best = 0
        with suppress(csv.Error):
            for cells in csv.reader(first, delimiter=delimiter):
                best = max(best, known(cells))
        return best

    return max(DELIMITERS, key=found)  # the first of the best


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON whose keys stand there once."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)[:60]!r} stands there twice")
    return found


def _json(text: TextIO) -> Iterator[Record]:
    """Yield the rows of an array of arrays, the first of which has the names, or of objects with the same keys."""
    content = text.read(LARGEST_JSON + 1)
    if len(content) > LARGEST_JSON:
        raise UnreadableError(1, 1, "", f"JSON of more than {LARGEST_JSON:,} characters")
    try:
        rows = json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(1, 1, content, f"not JSON: {str(error) or 'too deep'}") from None
    if isinstance(rows, dict):
        raise UnreadableError(1, 1, content, "an object of JSON, not an array of rows")
    if rows and all(isinstance(row, dict) for row in rows):
        names = list(dict.fromkeys(name for row in rows for name in row))
        rows = [names, *([row.get(name) for name in names] for row in rows)]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or any(isinstance(cell, list | dict) for cell in row):
            raise UnreadableError(number, 1, row, "not an array of cells")
        yield number, [int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in row]
