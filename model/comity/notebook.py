"""How scenarios, models, comparisons and studies look in a notebook: a table in HTML, with every text escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


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
