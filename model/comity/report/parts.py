"""What a report is made of: parts of sections of sentences, pictures and tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comity.report.markdown import Markdown


@dataclass(frozen=True)
class Picture:
    """A picture: name of its file, its bytes, and what it shows in words."""

    file: str
    content: bytes
    alt: str


@dataclass(frozen=True)
class Shown:
    """A table under its title."""

    title: str
    table: Markdown


@dataclass
class Section:
    """A piece of the report: sentences, pictures and tables under a title."""

    title: str
    text: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    tables: list[Shown] = field(default_factory=list)


@dataclass
class Part:
    """Several sections under a title."""

    title: str
    text: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
