"""The dictionary of every name and number that comity hands out: one entry per name, wherever it stands.

Three tables beside this module are the only source of words, units and ranges:

- ``columns.toml``: every column, once. A name cannot have two meanings, since there is room for one.
- ``tables.toml``: every table that a command writes or prints, and its columns.
- ``outcomes.toml``: label and unit of outcomes, of lines of the page and of estimates. What they are made from is read where they
  are computed, so that words may change without making stored results worthless (`comity.behaviour`).

`comity.listing` says where each stands; labels in the terminal, in figures and on the page are read here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from comity.sweeps.outcomes import Outcome

HOME: Final = Path(__file__).parent
PRINTED: Final = "(printed)"
OF_DIFFERENCES: Final = {"%": "percentage points", "0 to 100": "points of 100"}
"""Unit of a value -> that of a difference between two, where it is another."""


@dataclass(frozen=True)
class Entry:
    """One number, or one key by which numbers are told apart.

    Attributes:
        name: of the column or outcome; a label, where people never see another name.
        meaning: in words.
        unit: of the value; empty for a key.
        span: which values it may have; empty for a key, and where any number may come.
        of: what it is divided by, or averaged over; empty for counts.
        groups: whom it is about; empty if rows say so.
        label: what people read instead of the name, if that is another.
        short: the same, where there is little room.
    """

    name: str
    meaning: str
    unit: str = ""
    span: str = ""
    of: str = ""
    groups: str = ""
    label: str = ""
    short: str = ""

    @property
    def heading(self) -> str:
        """The label with its unit, as axes and headings have it."""
        return f"{self.label}, {self.unit}" if self.unit else self.label


@dataclass(frozen=True)
class Table:
    """A table that a command writes.

    Attributes:
        command: which one, without ``comity``; several with commas between them.
        files: its names without ending, which may hold ``*``.
        about: what it is.
        columns: every column that it may have, and names of `SETS`.
    """

    command: str
    files: tuple[str, ...]
    about: str
    columns: tuple[str, ...]


def _read(name: str) -> Any:
    return tomllib.loads((HOME / name).read_text(encoding="utf-8"))


@cache
def columns() -> dict[str, Entry]:
    """Return every column by name.

    Raises:
        ValueError: if a name is defined twice.
    """
    found: dict[str, Entry] = {}
    for kind in _read("columns.toml")["kind"]:
        about = (kind.get("unit", ""), kind.get("range", ""), kind.get("of", ""), kind.get("groups", ""))
        for name, meaning in kind["names"].items():
            if name in found:
                raise ValueError(f"{name} is defined twice")
            found[name] = Entry(name, meaning, *about)
    return found


@cache
def tables() -> tuple[Table, ...]:
    """Return every table."""
    return tuple(
        Table(
            table["command"],
            tuple(table["files"]),
            table["about"],
            tuple(listed.split() if isinstance(listed := table["columns"], str) else listed),
        )
        for table in _read("tables.toml")["table"]
    )


def words(section: str, name: str) -> Entry:
    """Return label, short label and unit of an outcome; of one of a group, with the group in its labels.

    Args:
        section: ``outcomes``, ``page``, ``map`` or ``estimates``.
        name: its id; in ``outcomes`` also one that ends in a group.

    Raises:
        KeyError: if there is no such outcome.
    """
    known = _outcomes()[section]
    pattern = name if name in known else next((key for key in known if fnmatch(name, key)), "")
    if not pattern and section == "outcomes":
        return _of_group(name)
    text = known[pattern]
    return Entry(name, text["label"], text["unit"], label=text["label"], short=text.get("short", ""))


@cache
def _outcomes() -> dict[str, dict[str, dict[str, str]]]:
    return dict(_read("outcomes.toml"))


def meant(section: str, names: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return which names have no words, and which entries of a section are words for none of them."""
    known, wanted = _outcomes()[section], set(names)
    found = {key: {name for name in wanted if fnmatch(name, key)} for key in known}
    return wanted - set[str]().union(*found.values()), {key for key, of in found.items() if not of}


def find(name: str) -> Entry:
    """Return the words of an outcome, an outcome of a group, or an estimate; of none of these, its name in words."""
    for section in ("outcomes", "estimates"):
        try:
            return words(section, name)
        except KeyError:
            continue
    return Entry(name, "", label=name.replace("_", " "))


def _of_group(name: str) -> Entry:
    """Return the entry of an outcome of a group, or its weights, whose id begins with that of the outcome."""
    stem = max((key for key in _outcomes()["outcomes"] if name.startswith(f"{key}_")), key=len, default="")
    if not stem:
        raise KeyError(name)
    base, group = words("outcomes", stem), name.removeprefix(stem).strip("_").replace("_", " ")
    return replace(base, name=name, label=f"{base.label}, {group}", short=f"{base.short}, {group}")


def measured(outcome: Outcome, section: str = "outcomes") -> Entry:
    """Return the whole entry of an outcome: its words, and what follows from how it is made."""
    entry, above = words(section, outcome.id), " + ".join(outcome.numerator)
    scaled = f"{outcome.factor:g} * ({above})" if outcome.factor != 1.0 else above
    formula = f"{scaled} / {outcome.weight}" if outcome.weight else scaled
    same = columns().get(entry.name)  # a column that is added up
    return replace(
        entry,
        meaning=same.meaning if same and section == "outcomes" else formula,
        span="0 to 100" if outcome.factor == 100.0 else "0 or more",
        of=outcome.weight,
        groups=outcome.groups,
    )
