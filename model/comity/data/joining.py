"""Joining rows that belong together: places that stand once for several rows, and parts of what was one county in 2010."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comity.data.cells import Part
from comity.world import names, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from comity.data.kinds import Kind, Row
    from comity.data.tables import Problems

Rows = list[tuple[int, dict[str, Any]]]
Piece = tuple[int, str, dict[str, Any]]


def adds(kind: Kind) -> bool:
    """Return whether a table has numbers that parts of a place add up to."""
    return any(column.adds for column in kind.columns)


def fill_down(kind: Kind, rows: Rows, found: Problems) -> Iterator[str]:
    """Put into blank cells what a cell above them was merged for: the state, or the place of several rows.

    That is so if every state, or place, is named once. Where others are repeated from row to row, a blank is an
    omission, and left as it is. Changes the rows, and says how many.
    """
    if len(kind.key) > 1:
        place = ("fips", "county")
        yield from _fill(place, rows, found, lambda row: row["state"] is None or not kind.states)
    yield from _fill(("state",), rows, found, _lacks_state)


def _fill(
    columns: tuple[str, ...], rows: Rows, found: Problems, wanted: Callable[[Row], bool]
) -> Iterator[str]:
    cells = [tuple(row[name] for name in columns) for _, row in rows]
    given = [
        (mine, row["state"])
        for mine, (_, row) in zip(cells, rows, strict=True)
        if mine != (None,) * len(columns)
    ]
    if len(set(given)) < len(given):
        return
    above, filled = None, 0
    for mine, (number, row) in zip(cells, rows, strict=True):
        if any(cell is not None for cell in mine) or found.touched(number, *columns):
            above = mine
        elif above is not None and wanted(row):
            row.update(zip(columns, above, strict=True))
            filled += 1
    if filled:
        yield f"Taken from above, as if from merged cells: {columns[-1]} of {filled:,} row{'s' * (filled > 1)}."


def _lacks_state(row: Row) -> bool:
    """Return whether a row has a place that only a state makes clear."""
    if row["fips"] is not None:
        return isinstance(row["fips"], Part)
    return row["county"] is not None and places.gazetteer().divided(row["county"])[1] is None


def merge(kind: Kind, placed: Rows, parts: list[Piece], found: Problems) -> tuple[Rows, list[str]]:
    """Return the rows with one for all parts of a county of 2010: numbers added up, and what is equal once.

    Args:
        kind: of the table.
        placed: rows about counties of 2010.
        parts: number and code of rows about places that lie in one.
        found: where is noted what is missing, or unlike in the parts.
    """
    groups, rest = _grouped(kind, placed, parts)
    notes = []
    for key, group in groups.items():
        needed = _parts(group[0][2]["fips"])
        if sorted(code for _, code, _ in group) == sorted(needed):
            rest.append((group[0][0], _merged(kind, group, found)))
            numbers = " and ".join(str(number) for number, _, _ in group)
            notes.append(f"Taken together: rows {numbers}, parts of {_whole(group)}.")
        elif {code for _, code, _ in group} == set(needed) or None in key:
            rest += [(number, row) for number, _, row in group]  # duplicates, or refused already
        else:
            where = "fips" if "fips" in found.headings else "county"
            valid = f"a row for each of {' and '.join(needed)}, or one for {_whole(group)}"
            for number, code, _ in group:
                found.cell(number, where, code, "only a part of a county of 2010", valid)
    return rest, notes


def _grouped(kind: Kind, placed: Rows, parts: list[Piece]) -> tuple[dict[tuple[Any, ...], list[Piece]], Rows]:
    """Return rows about parts by what they have in common, with rows about what parts went into, and all other rows."""
    groups: dict[tuple[Any, ...], list[Piece]] = {}
    for number, code, row in parts:
        row["fips"] = names.WITHIN[code]
        groups.setdefault(tuple(row[name] for name in kind.key), []).append((number, code, row))
    rest: Rows = []
    for number, row in placed:
        absorbed = row["fips"] in names.ABSORBED.values()
        group = groups.get(tuple(row[name] for name in kind.key)) if absorbed else None
        if group:
            group.append((number, row["fips"], row))
        else:
            rest.append((number, row))
    return groups, rest


def _parts(whole: str) -> tuple[str, ...]:
    """Return the codes of the parts of a county of 2010."""
    return names.DIVIDED.get(whole) or (
        whole,
        *(city for city, county in names.ABSORBED.items() if county == whole),
    )


def _whole(group: list[tuple[int, str, Row]]) -> str:
    fips = group[0][2]["fips"]
    return f"{fips} ({places.gazetteer().label(fips)})"


def _merged(kind: Kind, group: list[tuple[int, str, Row]], found: Problems) -> Row:
    """Return one row for several parts, and note where they cannot be one."""
    first = dict(group[0][2])
    for column in kind.columns:
        values = [row[column.name] for _, _, row in group]
        if column.name in kind.key or any(found.touched(number, column.name) for number, _, _ in group):
            continue
        if column.adds and None not in values:
            first[column.name] = sum(values)
        elif len(set(values)) > 1:
            number, _, row = group[values.index(None) if column.adds else -1]
            wrong = f"unlike row {group[0][0] if number != group[0][0] else group[-1][0]}, the other part of {_whole(group)}"
            valid = (
                "a number for each part, or for none"
                if column.adds
                else "the same for both parts, or one row for the whole"
            )
            found.cell(number, column.name, row[column.name], wrong, valid)
    return first


def grown(kind: Kind, rows: Rows) -> Iterator[str]:
    """Say that a county may be counted with a city that has joined it since 2010."""
    city, county = places.BEDFORD
    rest = [name for name in kind.key if name != "fips"]
    both = {
        fips: {tuple(row[name] for name in rest) for _, row in rows if row["fips"] == fips}
        for fips in (city, county)
    }
    if adds(kind) and both[county] - both[city]:
        yield (
            f"{county} without {city}: since July 2013 the numbers of Bedford County include Bedford city, which is by itself "
            "in the model; if they do here, divide them or leave the row out."
        )
