"""The glossary: every name that comity hands out and where it stands, from `comity.dictionary`; makes docs/measures.md."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatch
from functools import cache
from typing import TYPE_CHECKING, Final

from comity.app import nation, series
from comity.dictionary import Entry, columns, meant, measured, tables, words
from comity.hypotheses import HYPOTHESES
from comity.observe.items import ITEMS
from comity.observe.measures import FLOWS, MEASURES, SUMMED
from comity.parameters import Parameters, describe
from comity.published.estimates import ESTIMATES
from comity.sweeps.outcomes import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def together(estimates: Iterable[str]) -> None:
    """Refuse estimates without words, and words for what nobody computes.

    Raises:
        ValueError: naming them.
    """
    wordless, idle = meant("estimates", estimates)
    if wordless or idle:
        raise ValueError(
            f"dictionary/outcomes.toml has no words for {sorted(wordless)}; nobody computes {sorted(idle)}"
        )


together(ESTIMATES)


@cache
def sets() -> dict[str, dict[str, Entry]]:
    """Return what `tables` names in capitals: columns that are defined elsewhere in the code, by the name of the set."""
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
