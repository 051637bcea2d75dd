"""The margins of a table, notes below it and totals: left out is only what is certainly one of these."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from comity.world import names, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from comity.data.cells import Column
    from comity.data.files import Record

    Rows = Sequence[tuple[int, Mapping[str, Any]]]

PLACES: Final = ("fips", "county", "state")

LISTED: Final = 5
"""Totals that are named; others are counted."""

_TOTAL: Final = re.compile(r"\b(sub|grand)?-?totals?\b", re.IGNORECASE)
_LONGEST_TOTAL: Final = 6
"""Words with which a total is called; what has more is a sentence."""

_NOTE: Final = re.compile(
    r"(sources?|notes?|footnotes?|n\.?b\.?|data|prepared|last updated|updated|end of)\b"
    r"|[*\u2020\u2021\u00a7\u00b9\u00b2\u00b3]|[(\[]?\w[)\]]|\d\. ",
    re.IGNORECASE,
)
"""How notes begin."""

_WORD: Final = re.compile(r"[^\W\d_]{3}")
"""Three letters: with fewer, a text is what is left of a row rather than a note."""

_SENTENCE: Final = 4
"""Words from which on a text that is no place is a sentence."""


def filled(cells: Sequence[Any]) -> list[Any]:
    """Return what is not empty."""
    return [cell for cell in cells if cell not in (None, "") and str(cell).strip()]


def is_note(cells: Sequence[Any], *, after_another: bool) -> bool:
    """Return whether a row has a text in its first cell, and nothing else, that is no place and reads as a note.

    Args:
        cells: of the row.
        after_another: whether it stands below a note, which may go on in it.
    """
    texts = filled(cells)
    if len(texts) != 1 or texts[0] is not cells[0] or not isinstance(cells[0], str):
        return False
    text = " ".join(cells[0].split())
    if not any(map(str.isalpha, text)) or _names_a_place(text):
        return False
    words = len(text.split())
    said = words > 1 and (":" in text or text.endswith("."))
    reads = _NOTE.match(text) or said or words >= _SENTENCE
    return after_another or bool(reads and _WORD.search(text))


def is_total(cells: Sequence[Any], at: Mapping[str, int]) -> bool:
    """Return whether a row is called a total where its place should stand, or in its first cell, and has no place."""
    first = next((n for n, cell in enumerate(cells) if cell not in (None, "")), 0)
    where = {n for name, n in at.items() if name in PLACES and n < len(cells)} | {first}
    called = [cells[n] for n in where if isinstance(cells[n], str) and _TOTAL.search(cells[n])]
    return any(len(text.split()) <= _LONGEST_TOTAL for text in called) and not _has_place(cells, at)


def _has_place(cells: Sequence[Any], at: Mapping[str, int]) -> bool:
    """Return whether a row says which county it is about, or which state if it names no county."""
    given = [str(cell) for name in PLACES if (cell := _cell(cells, at, name)) not in (None, "")]
    if given[1:] and re.fullmatch(r"\d{1,3}", given[0]):
        given = given[-1:]  # a county's own digits are a place together with a state
    return bool(given) and _names_a_place(given[0])


def _cell(cells: Sequence[Any], at: Mapping[str, int], name: str) -> Any:
    place = at.get(name, len(cells))
    return cells[place] if place < len(cells) else None


def sums_up(cells: Sequence[Any], rows: Rows, columns: Sequence[Column], at: Mapping[str, int]) -> bool:
    """Return whether a row without a place says of every number what the rows above come to, and nothing else."""
    others = [c for c in columns if not c.adds and c.name not in PLACES]
    if (
        len(rows) < 2
        or any(_cell(cells, at, c.name) not in (None, "") for c in others)
        or _has_place(cells, at)
    ):
        return False
    return bool(sums := _sums(cells, rows, columns, at)) and all(said == sum_ for _, said, sum_ in sums)


def _sums(
    cells: Sequence[Any], rows: Rows, columns: Sequence[Column], at: Mapping[str, int]
) -> list[tuple[str, object, int]]:
    """Return for each number in a row the name of its column, what it is, and what the other rows come to."""
    found = []
    for column in columns:
        cell = _cell(cells, at, column.name)
        if column.adds and cell not in (None, ""):
            with suppress(ValueError):
                cell = column.read(cell)
            found.append((column.name, cell, sum(row[column.name] or 0 for _, row in rows)))
    return found


def told(
    notes: Sequence[Record],
    totals: Sequence[Record],
    rows: Rows,
    columns: Sequence[Column],
    at: Mapping[str, int],
) -> Iterator[str]:
    """Say which rows were left out, and of a single total whether it is another one."""
    if notes:
        yield f"Left out: {_rows(notes)} below the data, with notes ({_quoted(notes[0])})."
    for number, cells in totals[:LISTED]:
        sums = _sums(cells, rows, columns, at) if len(totals) == 1 else []
        other = [
            f"{name} of the rows that were read is {sum_:,}" for name, said, sum_ in sums if said != sum_
        ]
        yield f"Left out: row {number}, a total ({_quoted((number, cells))}){''.join(f'; {o}' for o in other)}."
    if len(totals) > LISTED:
        yield f"Left out: {len(totals) - LISTED:,} more totals."


def _rows(rows: Sequence[Record]) -> str:
    first, last = rows[0][0], rows[-1][0]
    return f"row {first}" if first == last else f"rows {first} {'and' if len(rows) == 2 else 'to'} {last}"


def _quoted(row: Record) -> str:
    text = ", ".join(" ".join(str(cell).split()) for cell in filled(row[1]))
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _names_a_place(text: str) -> bool:
    """Return whether a text may be meant for a county or a state: also one of several of that name, or a wrong code."""
    if re.fullmatch(r"[\d.\-'=\" ]+", text):
        return text.strip("0'=\" ") != ""
    try:
        coded = names.code(text.strip("'=\" "))
        return coded != "00000" if coded else len(places.area(text)) > 0 and places.area(text) != ("US",)
    except places.UnknownPlaceError as error:
        return "ambiguous" in str(error) or "territory" in str(error)
    except ValueError:
        return True  # the code of another kind of place
