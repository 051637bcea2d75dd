"""Reading a sheet of a workbook row by row, with memory and time that do not depend on what it claims or unpacks to.

openpyxl says what is in a cell. What is around it - archive, texts, rows - is walked here, because openpyxl keeps every
element of a sheet, fills rows and columns up to what a cell claims, and does not know the *strict* form of the standard.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import re
import warnings
import zipfile
from datetime import date
from typing import IO, TYPE_CHECKING, Any, Final, Self
from xml.etree.ElementTree import iterparse

from comity.problems import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO
    from xml.etree.ElementTree import Element

LARGEST_PART: Final = 16 << 20
"""Bytes of a part of a workbook that is read whole: which sheets there are, how cells look."""

LARGEST_RATIO: Final = 64
"""A part may be larger than that if it unpacks to no more than so many times its size; sheets unpack to about 20 times."""

LONGEST_TOKEN: Final = 1 << 20
"""Bytes of a text or tag; a cell has at most 32,767 characters."""

MOST_TAGS: Final = 100_000
"""Tags in a part that is read whole, each of which openpyxl makes an object of."""

MOST_COLUMNS: Final = 2_048
MOST_ELEMENTS: Final = 70_000
"""Elements of one row, or of one text."""

MOST_LOOSE: Final = 500_000
"""Elements beside the rows, such as rules about colours; and texts that cells share."""

MOST_MERGED: Final = 1_000_000
"""Cells that may lie in merged ones."""

CELLS_A_ROW: Final = 32
"""Cells that rows may have on the average, beyond the first million."""

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_HEAD: Final = 1 << 16
_MERGE: Final = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^<>]*?\bref=["'](([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7}))["']"""
)
_LONGEST_MERGE: Final = 256
_QUOTED: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|[\\_*].')
_STRICT: Final = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", _MAIN[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/drawingml/main", b"http://schemas.openxmlformats.org/drawingml/2006/main"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/",
        b"http://schemas.openxmlformats.org/officeDocument/2006/",
    ),
)
"""Names of the strict form of the standard, and what openpyxl knows them as."""


class UnreadableError(RefusedError):
    """What cannot be read as a table: where, what is there, and why not."""

    def __init__(self, row: int, column: int | str, value: object, wrong: str, valid: str = "") -> None:
        super().__init__(wrong, valid, f"row {row}, column {column}" if row else str(column), value)


class _Formula(str):
    """What stands in a cell that holds a formula."""

    __slots__ = ()


class Merged(str):
    """What stands in a cell that is merged with another one, which has the value: nothing, and ``span`` says with which."""

    __slots__ = ("span",)
    span: str


def rows(path: Path, sheet: str | None, most_rows: int) -> Iterator[tuple[int, list[Any]]]:
    """Yield number and cells of each row of a sheet, empty ones too; formulas as `_Formula`, and not what they were worth.

    Args:
        path: a workbook.
        sheet: which of its sheets; may be left out if it has one.
        most_rows: rows that the table may have, by which its cells are limited.

    Raises:
        UnreadableError: if it cannot be read, is damaged, or would cost more than such a table can.
    """
    try:
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of openpyxl, about styles and extensions that are of no interest here
            yield from _rows(_Archive(stream), stream, sheet, most_rows)
    except (UnreadableError, GeneratorExit):
        raise
    except Exception as error:  # noqa: BLE001 - a damaged workbook can make the library fail in any way
        wrong = f"not a readable workbook: {str(error) or type(error).__name__}"[:200]
        raise UnreadableError(0, "file", path.name, wrong) from None


def _rows(
    archive: _Archive, stream: BinaryIO, sheet: str | None, most_rows: int
) -> Iterator[tuple[int, list[Any]]]:
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.styles.stylesheet import apply_stylesheet
    from openpyxl.worksheet._reader import WorkSheetParser

    reader = ExcelReader(stream, read_only=True, keep_links=False)
    reader.archive = archive
    reader.read_manifest()
    reader.read_workbook()
    apply_stylesheet(archive, reader.wb)
    book: Any = reader.wb
    part = _sheet(reader, sheet)
    with archive.open(part) as source:
        merged = _merged(source)
    looks = _looks(book)
    with archive.open(part) as source:
        parser = WorkSheetParser(
            source,
            _texts(reader),
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001 - which looks make a number a day
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001
        )
        before, budget = 0, 1_000_000 + CELLS_A_ROW * most_rows
        for element in _elements(source, f"{_MAIN}row"):
            number, cells = parser.parse_row(element)  # type: ignore[arg-type]
            if number <= before:
                raise OSError(f"row {number} stands below row {before}")
            yield from ((n, []) for n in range(before + 1, number))
            before, values = number, _values(cells, looks, merged.get(number, {}))
            budget -= len(values)
            if budget < 0:
                raise OSError("more cells than such a table can have")
            yield number, values


def _sheet(reader: Any, sheet: str | None) -> str:
    """Return the part with the one sheet of a workbook, or with the one that is named."""
    parts = {
        entry.name: part.target
        for entry, part in reader.parser.find_sheets()
        if "chartsheet" not in part.Type and part.target in reader.valid_files
    }
    if sheet not in parts and (sheet is not None or len(parts) != 1):
        wrong = "which of several sheets" if sheet is None else "no such sheet"
        raise UnreadableError(0, "sheet", sheet, wrong, f"--sheet with one of {', '.join(parts)}"[:500])
    return str(parts[sheet or next(iter(parts))])


def _texts(reader: Any) -> list[str]:
    """Return the texts that cells share."""
    from openpyxl.xml.constants import SHARED_STRINGS

    if (part := reader.package.find(SHARED_STRINGS)) is None:
        return []
    with reader.archive.open(part.PartName[1:]) as source:
        return [_text(item) for item in _elements(source, f"{_MAIN}si")]


def _text(item: Element) -> str:
    """Return a text that cells share; it may be in pieces of different looks, and have its pronunciation beside it."""
    if len(item) == 1 and item[0].tag == f"{_MAIN}t":
        return item[0].text or ""
    spoken = {id(t) for part in item.iter(f"{_MAIN}rPh") for t in part.iter(f"{_MAIN}t")}
    return "".join(t.text or "" for t in item.iter(f"{_MAIN}t") if id(t) not in spoken)


def _merged(source: IO[bytes]) -> dict[int, dict[int, str]]:
    """Return the cells that lie in merged ones, but for the first of each: by row and column, with which."""
    from openpyxl.utils import column_index_from_string

    found: dict[int, dict[int, str]] = {}
    number, rest = 0, b""
    while block := source.read(_HEAD):
        rest += block
        end = max(0, len(rest) - _LONGEST_MERGE)
        for match in _MERGE.finditer(rest):
            end = max(end, match.end())
            left, right = (column_index_from_string(match[n].decode()) for n in (2, 4))
            top, bottom, span = int(match[3]), int(match[5]), match[1].decode()
            number += (bottom - top + 1) * (right - left + 1)
            if number > MOST_MERGED:
                raise OSError(f"more than {MOST_MERGED:,} merged cells")
            for row in range(top, bottom + 1):
                found.setdefault(row, {}).update(dict.fromkeys(range(left, right + 1), span))
            del found[top][left]
        rest = rest[end:]
    return found


def _looks(book: Any) -> dict[int, str]:
    """Return for each style that makes a number a month or a year, and shows no day, how to write what it shows."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    looks = {}
    for style in book._date_formats:  # noqa: SLF001
        number = book._cell_styles[style].numFmtId  # noqa: SLF001
        own = number - BUILTIN_FORMATS_MAX_SIZE
        shown = BUILTIN_FORMATS.get(number, "") if own < 0 else book._number_formats[own]  # noqa: SLF001
        letters = _QUOTED.sub("", shown.lower()).partition(";")[0]
        if not set("dhs") & set(letters):
            looks[style] = {"my": "%Y-%m", "m": "%B", "y": "%Y"}.get(
                "".join(sorted(set("my") & set(letters))), ""
            )
    return {style: form for style, form in looks.items() if form}


def _values(cells: list[dict[str, Any]], looks: dict[int, str], merged: dict[int, str]) -> list[Any]:
    """Return the values of the cells of a row, in their columns; whole numbers as such, as spreadsheets have one kind.

    A day of which only the month is shown is the text of the month, as nobody wrote its day.
    """
    filled = [cell for cell in cells if cell["value"] is not None]
    width = max((cell["column"] for cell in filled), default=0)
    if width > MOST_COLUMNS:
        raise OSError(f"a cell in column {width:,}, where at most {MOST_COLUMNS:,} are read")
    values: list[Any] = [None] * max(width, min(max(merged, default=0), MOST_COLUMNS))
    for column, span in merged.items():
        if column <= len(values):
            values[column - 1] = Merged()
            values[column - 1].span = span
    for cell in filled:
        value = cell["value"]
        if cell["data_type"] == "f":
            value = _Formula(value if isinstance(value, str) else "=...")
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        elif (form := looks.get(cell["style_id"])) and isinstance(value, date):
            value = value.strftime(form)
        values[cell["column"] - 1] = value
    return values


def _elements(source: IO[bytes], name: str) -> Iterator[Element]:
    """Yield the elements with a name, one at a time; those before are dropped, so that memory is bounded."""
    path: list[Element] = []
    size = loose = within = 0
    for event, element in iterparse(source, events=("start", "end")):  # noqa: S314 - expat limits entities
        if event == "start":
            path.append(element)
            size += 1
            within += element.tag == name
            loose += not within
            if size > MOST_ELEMENTS or loose > MOST_LOOSE:
                raise OSError("more columns, texts or rules than are allowed")
            continue
        path.pop()
        if element.tag == name:
            yield element
            within -= 1
            loose += 0 if name.endswith("}row") else 1
        if not within:
            size = 0
            if path:
                path[-1].clear()


class _Archive(zipfile.ZipFile):
    """A workbook's archive, whose parts are read with limits and in names that openpyxl knows."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        for part in self.infolist():
            if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise OSError("packed in an unusual way")
            if part.file_size > max(LARGEST_PART, LARGEST_RATIO * part.compress_size):
                raise OSError(f"{part.filename} unpacks to more than is allowed, {part.file_size:,} bytes")

    def open(self, *arguments: Any, **options: Any) -> Any:
        """Return a part to read from."""
        return _Part(super().open(*arguments, **options))


class _Part:
    """A part of a workbook, read in blocks."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._head = self._known(stream.read(_HEAD))
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; all of them if no number is given."""
        if size < 0:
            whole = self._head + self._known(self._stream.read(LARGEST_PART))
            if len(whole) > LARGEST_PART or whole.count(b"<") > MOST_TAGS:
                raise OSError("unpacks to more than is allowed")
            return whole
        block, self._head = self._head[:size], self._head[size:]
        block = block or self._stream.read(size)
        first, last = block.find(b"<"), block.rfind(b"<")
        self._since = self._since + len(block) if first < 0 else len(block) - last
        if self._since > LONGEST_TOKEN:
            raise OSError(f"a cell of more than {LONGEST_TOKEN:,} bytes")
        return block

    def _known(self, block: bytes) -> bytes:
        for strict, usual in _STRICT:
            block = block.replace(strict, usual)
        return block

    def close(self) -> None:
        """Close the part."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
