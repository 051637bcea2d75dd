"""Pictures as files: pixels and lines of one figure, for the screen or for print, with words for who cannot see it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Style(StrEnum):
    """What a picture is made for."""

    SCREEN = "screen"
    PRINT = "print"


@dataclass(frozen=True)
class _Form:
    """How files of a style are made.

    Attributes:
        vector: ending of the file of lines.
        dpi: pixels an inch, or None for those of the figure.
        least: size of the smallest letters in points when the figure is `COLUMNS` wide, or 0 to leave them.
    """

    vector: str
    dpi: int | None = None
    least: float = 0.0


COLUMNS: Final = 7.0
"""Inches: the two columns of a journal's page (180 mm)."""

_FULL: Final = 0.9
"""Of a line, how much letters fill: they are not equally wide."""

_FORMS: Final = {Style.SCREEN: _Form("svg"), Style.PRINT: _Form("pdf", dpi=300, least=6.0)}
_SETTINGS: Final[dict[Any, Any]] = {"svg.hashsalt": "comity", "pdf.fonttype": 42}
"""So that the same figure is the same file, and a publisher can change letters."""

_STYLE: Final[ContextVar[Style]] = ContextVar("style", default=Style.SCREEN)


@contextmanager
def style(name: Style) -> Iterator[None]:
    """Make the files of pictures in a style, as long as the block lasts."""
    before = _STYLE.set(name)
    try:
        yield
    finally:
        _STYLE.reset(before)


def save(figure: Figure, stem: Path) -> str:
    """Write a figure as ``stem.png`` and as lines (``.svg``, in print ``.pdf``); return what it shows, in words.

    Nothing but the picture and these words is in the files, so that the same runs give the same files.
    """
    import matplotlib as mpl  # noqa: PLC0415 - slow to import

    form, told = _FORMS[_STYLE.get()], alt(figure)
    if form.least:
        _enlarge(figure, form.least)
    words = {
        "png": {"Software": None, "Description": told},
        "svg": {"Date": None, "Creator": None, "Description": told},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Subject": told},
    }
    with mpl.rc_context(_SETTINGS), _layout_kept(figure):
        for ending in ("png", form.vector):
            figure.savefig(
                stem.with_name(f"{stem.name}.{ending}"), dpi=form.dpi or "figure", metadata=words[ending]
            )
            figure.set_layout_engine(
                "none"
            )  # pixels and lines have one layout; to find it takes as long as to draw
    return told


@contextmanager
def _layout_kept(figure: Figure) -> Iterator[None]:
    """Give a figure back as it came, with what decides where its panels are."""
    engine = figure.get_layout_engine()
    try:
        yield
    finally:
        figure.set_layout_engine(engine)


def _enlarge(figure: Figure, least: float) -> None:
    """Give letters a size that can be read on paper, and the figure the height that they then need."""
    from matplotlib.text import Text  # noqa: PLC0415

    texts: list[Any] = figure.findobj(Text)
    scales = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    labels = [axis.get_major_ticks(1)[0].label1.get_fontsize() for axis in scales]
    width, height = figure.get_size_inches()
    smallest = min((text.get_fontsize() for text in texts if text.get_text()), default=least)
    factor = max(1.0, least * width / COLUMNS / smallest)
    for text in texts:
        text.set_fontsize(factor * text.get_fontsize())
    for axis, size in zip(scales, labels, strict=True):
        axis.set_tick_params(labelsize=factor * size)  # of labels that are made when it is drawn, too
    figure.set_size_inches(width, factor * height)
    _wrap(figure)


def _wrap(figure: Figure) -> None:
    """Break titles into lines that are no wider than what they are the title of."""
    figure.draw_without_rendering()  # decides where panels are
    titles: dict[Any, str] = {figure: figure.get_suptitle()}
    titles |= {axes: axes.get_title(loc="left") for axes in figure.axes}
    for over, words in titles.items():
        for text in over.findobj(lambda found, words=words: words and _text(found) == words):
            share = _FULL * over.bbox.width / text.get_window_extent().width
            if share < _FULL:
                longest = max(map(len, words.split("\n")))
                text.set_text(fill(" ".join(words.split()), int(longest * share)))


def _text(found: Any) -> str:
    return str(found.get_text()) if hasattr(found, "get_text") else ""


def alt(figure: Figure) -> str:
    """Return what a figure shows, in words: its title, and of every panel its title, axes, lines and their range."""
    heading = figure.get_suptitle()
    keys = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    parts = [heading, *(_panel(axes) for axes in figure.axes), f"Key: {', '.join(keys)}" if keys else ""]
    return " ".join(f"{' '.join(part.split()).rstrip('.')}." for part in parts if part)


def _panel(axes: Axes) -> str:
    """Return the words of one panel: its title and axes, its rows, and where each line that has a name begins and ends."""
    handles, labels = axes.get_legend_handles_labels()
    ends = [
        f"{label} from {y[0]:.3g} to {y[-1]:.3g}"
        for handle, label in zip(handles, labels, strict=True)
        if len(y := _heights(handle)) > 1
    ]
    rows = [text.get_text() for text in axes.get_yticklabels() if _worded(axes) and text.get_text()]
    said = [axes.get_title(loc="left") or axes.get_title(), axes.get_ylabel(), axes.get_xlabel()]
    return "; ".join([*filter(None, said), *ends, *([f"Rows: {', '.join(rows)}"] if rows else ())])


def _worded(axes: Axes) -> bool:
    """Return whether the rows of a panel have names and not numbers."""
    from matplotlib.ticker import FixedFormatter, FuncFormatter  # noqa: PLC0415

    return isinstance(axes.yaxis.get_major_formatter(), (FixedFormatter, FuncFormatter))


def _heights(handle: Any) -> list[float]:
    """Return the heights along a line where it has any, or nothing of what is no line."""
    heights = handle.get_ydata(orig=False) if hasattr(handle, "get_ydata") else ()
    return [float(y) for y in heights if isfinite(y)]
