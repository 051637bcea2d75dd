"""What every name and number that comity hands out means: one entry per name, wherever it stands.

Three tables beside this module are the only source of words, units and ranges:

- ``columns.toml``: every column, once. A name cannot have two meanings, since there is room for one.
- ``tables.toml``: every table that a command writes or prints, and its columns.
- ``outcomes.toml``: label and unit of outcomes, of lines of the page and of estimates. What they are made from is read where they
  are computed, so that words may change without making stored results worthless (`comity.sweeps.version`).

docs/measures.md is made from here; labels in the terminal, in figures and on the page are read here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from comity.sweeps.outcomes import Outcome

HOME: Final = Path(__file__).parent
ROW: Final = "of the row"
"""Unit of numbers whose unit stands in another column of their row."""

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


@cache
def sets() -> dict[str, dict[str, Entry]]:
    """Return what `tables` names in capitals: columns that are defined elsewhere in the code, by the name of the set."""
    from comity.hypotheses import HYPOTHESES  # noqa: PLC0415 - who reads labels needs nothing of these
    from comity.observe.items import ITEMS  # noqa: PLC0415
    from comity.observe.tables import FLOWS, MEASURES, SUMMED  # noqa: PLC0415
    from comity.parameters import Parameters, describe  # noqa: PLC0415
    from comity.published.estimates import ESTIMATES  # noqa: PLC0415
    from comity.sweeps.outcomes import OUTCOMES  # noqa: PLC0415

    known, fields = columns(), Parameters.model_fields
    votes = Entry("", "mean votes for the rival", "0 to 1", "0 to 1", "runs or draws")
    return {
        "MEASURES": {name: known[name] for name in MEASURES},
        "SUMS": {name: known[name] for name in (*FLOWS, *SUMMED)},
        "OUTCOMES": {outcome.id: measured(outcome) for outcome in OUTCOMES},
        "ESTIMATES": {name: words("estimates", name) for name in ESTIMATES},
        "PARAMETERS": {
            name: Entry(name, fields[name].description or "", describe(name).unit) for name in fields
        },
        "ITEMS": {
            item.name: Entry(item.name, f"whether somebody says yes to “{item.question}”")
            for item in ITEMS.values()
        },
        "RIVALS": {name: replace(votes, name=name) for name in HYPOTHESES},
    }


def entries() -> Iterator[tuple[str, Entry]]:
    """Yield every entry with where it stands: tables, the page, or the map. Each name of a column comes once."""
    from comity.app import nation, series  # noqa: PLC0415 - who reads labels needs nothing of the page

    shown = {
        name: entry for part in ("OUTCOMES", "ESTIMATES", "ITEMS") for name, entry in sets()[part].items()
    }
    for name, entry in (shown | columns()).items():
        yield ", ".join(dict.fromkeys(_places(name))), shown.get(name, entry)
    for key, outcome in series.OUTCOMES.items():
        yield "page", replace(measured(outcome, "page"), name=words("page", key).label)
    for key, coloured in nation.OUTCOMES.items():
        entry = words("map", key)
        formula = f"{coloured.factor:g} * {coloured.column}, of the table counties"
        span = "0 to 100" if coloured.factor == 100.0 else "0 or more"
        yield "map", replace(entry, name=entry.label, meaning=formula, span=span, of=coloured.per)


def _places(name: str) -> Iterator[str]:
    for table in tables():
        if any(name == c or (c != "PARAMETERS" and name in sets().get(c, ())) for c in table.columns):
            yield from (f"{table.command}: {file}" for file in table.files)


def undefined(command: str, file: str, names: Iterable[str]) -> list[str]:
    """Return the columns of a table that the dictionary does not define for it.

    Args:
        command: that writes it, without ``comity``.
        file: its name without ending.
        names: its columns.

    Raises:
        KeyError: if there is no such table.
    """
    own = [t for t in tables() if command in t.command.split(", ") and any(fnmatch(file, f) for f in t.files)]
    if not own:
        raise KeyError(f"{command}: {file}")
    listed = {column for table in own for column in table.columns}
    known = listed.union(*(sets()[column] for column in listed & sets().keys()))
    return [name for name in names if name not in known and not _derived(name, known)]


def _derived(name: str, known: Iterable[str]) -> bool:
    """Return whether a name is made of defined ones: of a group, weights, a difference of a regime, rivals together."""
    stem, _, regime = name.partition("@")
    if regime:
        return stem in known
    return all(part in known for part in name.split("+")) or (
        any(name.startswith(f"{key}_") for key in known if key in sets()["OUTCOMES"])
    )


def as_markdown() -> str:
    """Return docs/measures.md."""
    found = list(entries())
    parts = {
        "Columns": [(e, where) for where, e in found if where not in {"page", "map"} and not e.label],
        "Outcomes and estimates": [
            (e, where) for where, e in found if where not in {"page", "map"} and e.label
        ],
        "Lines of the page's charts": [(e, "") for where, e in found if where == "page"],
        "Colours of the page's map": [(e, "") for where, e in found if where == "map"],
    }
    lines = [_HEAD]
    for title, rows in parts.items():
        lines += [
            f"\n## {title}\n",
            "| name | unit | range | divided by | groups | meaning |",
            "|---|---|---|---|---|---|",
        ]
        for e, _ in rows:
            meaning = f"{e.label}: {e.meaning}" if e.label not in {"", e.meaning, e.name} else e.meaning
            lines.append(f"| {' | '.join((f'`{e.name}`', e.unit, e.span, e.of, e.groups, meaning))} |")
    lines += ["\n## Tables\n", "| command | files | what it is | columns |", "|---|---|---|---|"]
    lines += [
        f"| `comity {t.command}` | {' '.join(f'`{f}`' for f in t.files)} | {t.about} | {', '.join(t.columns)} |"
        for t in tables()
    ]
    return "\n".join(lines) + "\n"


_HEAD: Final = """# Measures

What every column, outcome and line means. A name has one meaning and one unit, in whatever table it stands. This page is made
from the tables in `comity.dictionary`; `comity show measures` prints the same.

What people read (the terminal, figures, the page, comparisons and studies) is in per cent, from 0 to 100, or per 1,000, and
says so in its heading or in a column `unit`. What programs read (the tables of a run and of observers) has shares and means
from 0 to 1, as the model holds them, so that columns can be multiplied and divided as they are. Shares of runs, draws, trials
and points are statistics, from 0 to 1 everywhere. No name is in both. People are agents times scale. Numbers *of the row* have
the unit in its column `unit`, or that of the outcome, target or parameter that the row names.

Tables that a user brings (`comity data`) are in [data.md](data.md). In the list of tables, PARAMETERS stands for names of
parameters (`comity show parameters`; six are called like the measure that they act on, and no table has both), MEASURES for
what a run counts, SUMS for the same with sums over residents in the place of means, OUTCOMES and ESTIMATES for those below,
ITEMS for questions of a survey, RIVALS for hypotheses."""
