"""Tables in a terminal, however narrow: columns move below each other, and neither words nor numbers are broken.

A word that is longer than a line, such as an address, stays whole and reaches over: it can be copied as it is.
"""

from __future__ import annotations

import re
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from comity.caveats import beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from rich.console import ConsoleOptions, RenderableType

Row = tuple[str, ...]
Block = list[int]
"""Columns that stand side by side, by number."""

NARROW: Final = 18
"""Characters of the columns in the middle of an airy table."""

GAP: Final = 2

_NUMBER: Final = re.compile(r"[-+~]?[\d.,]+\S*( M)?( ±\S+)?( of \S+)?( \(.*\))?")
"""A number with what belongs to it: its unit, its interval, what it is a part of."""


def say(*parts: RenderableType, to: Console | None = None) -> None:
    """Print tables on standard output."""
    console = to or _Console(markup=False, emoji=False, highlight=False)
    for part in parts:
        console.print(part, crop=False)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command how it ends."""
        raise BrokenPipeError


@dataclass(frozen=True)
class Sheet:
    """A title and a table, which takes the room that there is.

    Attributes:
        title: above it.
        columns: their headings.
        rows: texts, of one or several lines each.
        airy: whether there is an empty line between rows, and columns in the middle are narrow.
        records: the same for programs, one value a field; without them rows are taken as they are.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    airy: bool = False
    records: Sequence[Mapping[Any, object]] = ()

    def data(self) -> list[dict[str, object]]:
        """Return the rows by names of columns, for programs."""
        rows = (zip(self.columns, row, strict=True) for row in self.rows)
        return [dict(record) for record in self.records or rows]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the title and as many tables below each other as it takes; where none fits, a line for each cell."""
        yield _wrapped(self.title, options.max_width, "bold")
        for first in (max, min):  # the first column stays whole if it can
            least = [first(self._whole(0), self._words(0)), *map(self._words, range(1, len(self.columns)))]
            if blocks := _blocks(least, options.max_width, self._heads()):
                yield from (self._table(block, least, options.max_width) for block in blocks)
                return
        for row in self.rows:
            cells = (
                f"{name.partition(chr(10))[0]}: {cell}" if name else cell
                for name, cell in zip(self.columns, row, strict=True)
                if cell
            )
            yield from (_wrapped(cell, options.max_width) for cell in cells)
            yield Text()

    def _heads(self) -> int:
        """Return how many columns it takes to tell rows apart, so that each block has them; one where it takes many."""
        return next((k for k in (1, 2, 3) if len({row[:k] for row in self.rows}) == len(self.rows)), 1)

    def _lines(self, k: int) -> Iterator[str]:
        return (line for row in self.rows for line in row[k].split("\n"))

    def _whole(self, k: int) -> int:
        """Return how wide a column is whose lines are not broken."""
        return max(map(cell_len, [self.columns[k], *self._lines(k)]))

    def _words(self, k: int) -> int:
        """Return how wide a column must be so that no word and no number is broken."""
        pieces = self.columns[k].split()
        for line in self._lines(k):
            pieces += [line] if _NUMBER.fullmatch(line) else line.split()
        return max(map(cell_len, pieces), default=0)

    def _table(self, block: Block, least: list[int], room: int) -> Table:
        result = Table(box=None, pad_edge=False, padding=(0, GAP, int(self.airy), 0))
        for k, width in zip(block, self._widths(block, least, room), strict=True):
            result.add_column(self.columns[k], width=width, header_style="bold", overflow="fold")
        for row in self.rows:
            result.add_row(*(row[k] for k in block))
        return result

    def _widths(self, block: Block, least: list[int], room: int) -> list[int]:
        """Return how wide columns are: as wide as their lines, then, from the widest on, as narrow as must be."""
        wide = [self._whole(k) for k in block]
        if self.airy:
            wide[1:-1] = [
                min(width, max(NARROW, least[k])) for k, width in zip(block[1:-1], wide[1:-1], strict=True)
            ]
        while sum(wide) + GAP * (len(wide) - 1) > room:
            widest = max((k for k in range(len(wide)) if wide[k] > least[block[k]]), key=wide.__getitem__)
            wide[widest] -= 1
        return wide


def _wrapped(text: str, room: int, style: str = "") -> Text:
    """Return a text in lines that fit, but for words that fit in none: these stay whole."""
    lines = []
    for line in text.split("\n"):
        lines.append("")
        for word in line.split():
            longer = f"{lines[-1]} {word}" if lines[-1] else word
            if lines[-1] and cell_len(longer) > room:
                lines.append(word)
            else:
                lines[-1] = longer
    return Text("\n".join(lines), style, overflow="ignore")


def _blocks(least: list[int], room: int, heads: int) -> list[Block]:
    """Return which columns stand side by side; nothing if one does not fit beside the first ones, which every block has."""
    first = list(range(min(heads, len(least))))
    free = room - sum(least[k] + GAP for k in first) + GAP
    blocks, left = [first[:]], free
    for k in range(len(first), len(least)):
        if least[k] + GAP > left and blocks[-1] != first:
            blocks.append(first[:])
            left = free
        left -= least[k] + GAP
        if left < 0:
            return []
        blocks[-1].append(k)
    return blocks if free >= 0 else []


def table(title: str, columns: Sequence[str], rows: Iterable[Row], *, airy: bool = False) -> Sheet:
    """Return a title and a table."""
    return Sheet(title, columns, list(rows), airy)


def frame(title: str, data: pd.DataFrame) -> RenderableType:
    """Return a table of data as it stands, with what the model cannot say of it yet."""
    rows = [tuple(map(cell, row)) for row in data.itertuples(index=False)]
    shown = table(title, [str(name).replace("_", " ") for name in data.columns], rows)
    return Group(shown, *map(Text, beside([title, *data.columns, *chain.from_iterable(rows)])))


def some(names: Sequence[str], most: int = 6) -> str:
    """Return a list of names in one line: all if they are few, else the first and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def cell(value: object) -> str:
    """Return a number or a list of them as people write it."""
    if isinstance(value, tuple):
        return " ".join(map(cell, value))
    if not isinstance(value, float):
        return "" if value is None else str(value)
    if not isfinite(value):
        return "" if isnan(value) else "not defined"
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.2f} M"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


@contextmanager
def progress_bar(unit: str, threads: int = 1) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that draws a progress bar on a terminal's error stream, and nothing elsewhere.

    Args:
        unit: of what is counted.
        threads: by which a run will be lived, for which code may have to be compiled first.
    """
    from tqdm import tqdm  # noqa: PLC0415 - only where something takes long

    from comity import warm  # noqa: PLC0415

    with _interruptions() as seen:
        warm.up(threads=threads)
        with tqdm(disable=None, unit=unit, leave=False) as bar:

            def progress(done: int, total: int) -> None:
                if seen:
                    raise KeyboardInterrupt
                bar.total = total
                bar.update(done - bar.n)

            yield progress


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Yield a list that notes every Ctrl-C, since the compiler may swallow the exception that it raises."""
    seen: list[int] = []

    def note(number: int, _: object) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    handler, hook = signal.signal(signal.SIGINT, note), sys.unraisablehook
    sys.unraisablehook = lambda lost: None if lost.exc_type is KeyboardInterrupt else hook(lost)
    try:
        yield seen
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGINT, handler)
