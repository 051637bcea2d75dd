"""Markdown that may hold anything, and the page made from it.

What goes into the report comes from files that anybody may have changed. `escaped` makes any text harmless in Markdown, and
`to_html` knows no raw HTML, so that nothing in a table becomes markup. Pictures become part of the page; nothing is fetched.
"""

from __future__ import annotations

import base64
import html
import itertools
import math
import re
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from markdown_it.token import Token

NOTHING: Final = "none"
"""What a cell says whose number is missing."""

_ACTIVE: Final = re.compile(r"[\\`*\[\]<>|~]|(?<![^\W_])_|_(?![^\W_])|&(?=#|\w+;)")
_OPENING: Final = re.compile(r"^(?=[#+\-=>]+(?:\s|$))|(?<=^\d)(?=[.)](?:\s|$))|(?<=^\d\d)(?=[.)](?:\s|$))")
_ADDRESS: Final = re.compile(r"https?://[^\s<>|\\\"'`\[\]]+[^\s<>|\\\"'`\[\].,;:)]")


class Markdown(str):
    """Text that is Markdown already, and is not escaped again."""

    __slots__ = ()


def escaped(value: object) -> Markdown:
    """Return a value as Markdown that shows it and does nothing else, on one line."""
    if isinstance(value, Markdown):
        return value
    text = value if isinstance(value, str) else number(value)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return Markdown(_OPENING.sub(r"\\", _ACTIVE.sub(r"\\\g<0>", line)))


def linked(text: str) -> Markdown:
    """Return a text with its web addresses as links."""
    parts, at = [], 0
    for found in _ADDRESS.finditer(text):
        parts += [_spaced(text[at : found.start()]), f"<{found.group()}>"]
        at = found.end()
    return Markdown("".join([*parts, _spaced(text[at:])]).strip())


def _spaced(text: str) -> str:
    """Escape a part of a text and keep the spaces at its ends."""
    left, right = text[:1].isspace() * " ", text[-1:].isspace() * " "
    return f"{left}{escaped(text)}{right}"


def number(value: object) -> str:
    """Return a number as people read it: four digits, or all digits of large ones; `NOTHING` for NaN and None."""
    if value is None:
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinity"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == round(value) else f"{value:.4g}"


def table(frame: pd.DataFrame) -> Markdown:
    """Return a frame as a Markdown table; numbers are on the right, missing numbers are named."""
    import pandas as pd  # noqa: PLC0415 - beside the only thing that needs it at run time

    columns = list(frame.columns)
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in columns]
    rows = [
        [str(escaped(_cell(value, is_number))) for value, is_number in zip(row, numeric, strict=True)]
        for row in frame.itertuples(index=False, name=None)
    ]
    heads = [str(escaped(str(name).replace("_", " "))) for name in columns]
    rule = ["--:" if is_number else "---" for is_number in numeric]
    return Markdown("\n".join(f"| {' | '.join(row)} |" for row in (heads, rule, *rows)))


def _cell(value: Any, is_number: bool) -> object:
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    if missing:
        return NOTHING if is_number else ""
    return value.item() if hasattr(value, "item") else value


def fenced(text: str) -> Markdown:
    """Return a text as a block of code, whatever is in it."""
    fence = "`" * (1 + max([2, *(len(ticks) for ticks in re.findall(r"`+", text))]))
    return Markdown(f"{fence}\n{dedent(text).strip()}\n{fence}")


def to_html(text: str, pictures: Mapping[str, bytes]) -> tuple[str, list[tuple[int, str, str]]]:
    """Return a Markdown text as HTML, and its headings.

    Args:
        text: CommonMark with tables; raw HTML in it is shown, not used.
        pictures: by the name that the text gives it, the bytes of every PNG.

    Returns:
        The HTML, and for every heading its level, id and text.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only for the report

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.validateLink = lambda url: url in pictures or url.startswith(("https://", "http://"))  # type: ignore[method-assign]
    tokens = reader.parse(text)
    heads = _headings(tokens)
    tokens = list(_tables(tokens))
    for token in tokens:
        for child in token.children or ():
            if child.type == "image":
                code = base64.b64encode(pictures[str(child.attrs["src"])]).decode("ascii")
                child.attrSet("src", f"data:image/png;base64,{code}")
    return str(reader.renderer.render(tokens, reader.options, {})), heads


def _headings(tokens: Sequence[Token]) -> list[tuple[int, str, str]]:
    """Give every heading an id, and return level, id and text of each."""
    found: list[tuple[int, str, str]] = []
    taken: set[str] = set()
    for token, inner in itertools.pairwise(tokens):
        if token.type == "heading_open":
            title = "".join(child.content for child in inner.children or ())
            slug = base = re.sub(r"\W+", "-", title.lower()).strip("-") or "part"
            while slug in taken:
                slug = f"{base}-{len(taken)}"
            taken.add(slug)
            token.attrSet("id", slug)
            found.append((int(token.tag[1:]), slug, title))
    return found


def _tables(tokens: Sequence[Token]) -> Iterator[Token]:
    """Let headers say what they head, and put every table into a frame in which it can move on a narrow screen."""
    from markdown_it.token import Token  # noqa: PLC0415 - only for the report

    first, title = False, ""
    for token, after in itertools.zip_longest(tokens, tokens[1:]):
        if token.type == "heading_open":
            title = "".join(child.content for child in after.children or ())
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "tr_open":
            first = True
        elif token.type == "td_open" and first:
            token.tag = "th"
            token.attrSet("scope", "row")
        elif token.type == "td_close" and first:
            token.tag, first = "th", False
        elif token.type == "table_open":
            frame = (
                f'<div class="wide" role="region" tabindex="0" aria-label="Table: {html.escape(title)}">\n'
            )
            yield Token("html_block", "", 0, content=frame)
        yield token
        if token.type == "table_close":
            yield Token("html_block", "", 0, content="</div>\n")
