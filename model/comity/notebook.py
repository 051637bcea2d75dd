"""How things look in a notebook: what is a table, in HTML with every text escaped, and a bar for what takes long."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


def table(
    title: str, columns: Sequence[object], rows: Iterable[Sequence[object]], notes: Iterable[str] = ()
) -> str:
    """Return a table with a title above and notes below."""
    head = "".join(f"<th>{escape(str(column))}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def keys(title: str, values: Mapping[str, object]) -> str:
    """Return keys and values that are not empty."""
    rows = [(key, value) for key, value in values.items() if value not in ("", (), None)]
    return table(title, ("key", "value"), rows)


def _here() -> bool:
    """Return whether somebody looks at a notebook's cell while this works, and not a thread or process that helps."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel") and threading.current_thread() is threading.main_thread()


@contextmanager
def bar(
    unit: str, progress: Callable[[int, int], None] | None
) -> Iterator[Callable[[int, int], None] | None]:
    """Yield what is told how far something is: what the caller gave, else a bar below the cell of a notebook, else nothing.

    Args:
        unit: what is counted.
        progress: called with how many are done and how many there are in all.
    """
    if progress is not None or not _here():
        yield progress
        return
    from tqdm import tqdm  # noqa: PLC0415 - in text, which every notebook shows

    with tqdm(unit=unit, leave=False) as drawn:

        def draw(done: int, total: int) -> None:
            drawn.total = total
            drawn.update(done - drawn.n)

        yield draw
