"""Checking a table that somebody brings: reads it, finds its counties, and reports everything that is wrong at once."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comity.data import cells, joining
from comity.data.cells import BESIDE, Bare, Part, Short
from comity.data.kinds import PLACE, YEAR, Kind, Row
from comity.data.tables import Problems, Table, read
from comity.policy.levers import STATES
from comity.problems import RefusedError, shown
from comity.world import names, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Checked:
    """A table that was read and found to be in order.

    Attributes:
        kind: what it is.
        rows: values by the names of columns, sorted by key.
        notes: what a person should know about how it was read.
    """

    kind: Kind
    rows: list[Row]
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the table as CSV, in the documented form; reading that gives the same text again."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        columns = [name for name in self.kind.kept if any(row[name] is not None for row in self.rows)]
        writer.writerow(columns)
        writer.writerows([_text(row[name]) for name in columns] for row in self.rows)
        return stream.getvalue()


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(map(_text, value))
    return "" if value is None else str(value)


def check(
    kind: Kind, path: Path, file: str, called: Mapping[str, str] | None = None, sheet: str | None = None
) -> Checked:
    """Read a table of a kind and check it.

    Args:
        kind: one of `comity.data.kinds.KINDS`.
        path: a CSV or XLSX file.
        file: its name in messages.
        called: headings that the file has for some columns, by the columns' own names.
        sheet: which sheet of a workbook.

    Raises:
        InputError: with everything that is wrong, by row and column.
    """
    found = Problems(file)
    _known_columns(kind, called or {}, found)
    columns = (*PLACE, *kind.columns, *([YEAR] if "month" in kind.key else []))
    table = read(path, columns, found, most_rows=kind.most_rows, called=called, sheet=sheet)
    _need_place(kind, table, found)
    if "month" in kind.key:
        _date(table.rows, found)
    notes = [*table.notes, *joining.fill_down(kind, table.rows, found), *_short(table.rows)]
    rows, left_out = _placed(kind, table.rows, found)
    notes += left_out
    _refuse_repeats(rows, kind, found)
    kind.whole(rows, found)
    found.refuse()
    if not rows:
        raise found.stop("file", path.name, "no row about a county of the states or the District of Columbia")
    rows.sort(key=lambda item: tuple(_text(item[1][name]) for name in kind.key))
    return Checked(
        kind,
        [row for _, row in rows],
        (*notes, *_missing(kind, rows), *joining.grown(kind, rows), *_unused(table.unused)),
    )


def _need_place(kind: Kind, table: Table, found: Problems) -> None:
    """Refuse a table that does not say where; the name of a county may end in its state."""
    if not {"fips", "state" if kind.states else "county"} & table.present:
        valid = f"a column fips, or {'state' if kind.states else 'county and state'} by name"
        raise found.stop(f"row {table.header}, column fips", ", ".join(table.unused), "missing", valid)


def _date(rows: list[tuple[int, Row]], found: Problems) -> None:
    """Put a month and the year beside it together; they must agree if the month has one of its own."""
    for number, row in rows:
        month, year = row["month"], row.pop("year")
        if isinstance(month, Bare):
            row["month"] = _dated(number, month, year, found)
        elif month is not None and year not in (None, month[:4]):
            found.cell(number, "year", year, f"not the year of month {month}", "a month and its year")


def _dated(number: int, month: Bare, year: str | None, found: Problems) -> Any:
    if year is not None:
        try:
            return cells.month(f"{year}-{month.number}")
        except RefusedError as error:
            found.refused(number, "month", f"{year}-{month.number}", error, "a month such as 2010-06")
    elif not found.touched(number, "year"):
        valid = "both in one column, such as 2010-06, or a column year beside it"
        found.cell(number, "month", month.text, "a month without its year", valid)
    return None


def _placed(
    kind: Kind, rows: list[tuple[int, Row]], found: Problems
) -> tuple[list[tuple[int, Row]], list[str]]:
    """Return the rows with their codes of 2010, and what to say of those that were left out."""
    placed: list[tuple[int, Row]] = []
    parts: list[tuple[int, str, Row]] = []
    abroad, joined = 0, 0
    for number, row in rows:  # rows are changed and not copied: there may be 650,000
        before = found.number
        code, codes = _place(kind, number, row, found)
        for name in ("county", "state", *BESIDE.values()):
            del row[name]
        abroad += (
            not codes and found.number == before and not found.touched(number, "fips", "county", "state")
        )
        if code in names.ABSORBED and not joining.adds(kind):
            joined += 1
        elif code in names.WITHIN and not kind.local:
            parts.append((number, code, row))
        else:
            for each in codes:
                placed.append((number, row if each is codes[-1] else dict(row)))
                placed[-1][1]["fips"] = each
    placed, merged = joining.merge(kind, placed, parts, found)
    notes = {
        "about territories, which the model does not have": abroad,
        f"about cities that had joined a county before 2010 ({', '.join(names.ABSORBED)})": joined,
    }
    left_out = [f"Left out: {n:,} row{'s' * (n > 1)} {what}." for what, n in notes.items() if n]
    return placed, [*left_out, *merged]


def _known_columns(kind: Kind, called: Mapping[str, str], found: Problems) -> None:
    known = ("fips", "county", "state", *(column.name for column in kind.columns))
    for name in called:
        if name not in known:
            found.add("--column", name, f"no column of {kind.name}", f"one of {', '.join(known)}")
    found.refuse()


def _place(kind: Kind, number: int, row: Row, found: Problems) -> tuple[str, tuple[str, ...]]:
    """Return the code of the place of a row, and those of 2010: none for a territory, or if it is wrong, which is noted."""
    said = [row["county"], row[BESIDE["county"]]]
    codes = [
        code for code in (row["fips"], *said, row[BESIDE["fips"]]) if code is not None and code.isdigit()
    ]
    county = next((name for name in said if name is not None and not name.isdigit()), None)
    state, other = row["state"] or row[BESIDE["state"]], row[BESIDE["state"]]
    if other not in (None, state):
        found.cell(
            number, "state", state, f"not the state of column {found.headings[BESIDE['state']]}", other
        )
    if found.touched(number, "fips", "county", "state"):
        return "", ()
    try:
        if codes:
            return _by_code(kind, codes, county, state)
        if county is None and state is not None and kind.states:
            whole = f"{places.gazetteer().prefix(state)}000"
            return whole, (whole,) * (whole[:2] in STATES)
        return _by_name(kind, county, state)
    except RefusedError as error:
        by_code = row["fips"] is not None or "county" not in found.headings
        column, value = ("fips", row["fips"]) if by_code else ("county", row["county"])
        found.refused(number, column, value, error, "a county of 2010")
        return "", ()


def _by_name(kind: Kind, county: str | None, state: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the code of the county with a name in a state, and those of 2010."""
    said = places.gazetteer().divided(county)[1] if county is not None and state is None else state
    if county is None or said is None:
        valid = (
            "a code in column fips, or a county and its state; without the row, if it is a total or a note"
        )
        raise RefusedError("no place", valid)
    code = places.gazetteer().named(county, said)
    return ("", ()) if code is None else (code, _undivided(kind, places.gazetteer().codes(code)))


def _by_code(
    kind: Kind, given: list[str], county: str | None, state: str | None
) -> tuple[str, tuple[str, ...]]:
    """Return the whole code, and those that it stands for, if what stands beside it does not say something else."""
    known = places.gazetteer()
    code, *others = (_whole(code, county, state) for code in given)
    if code.endswith("000") and code[:2] in STATES:
        if not kind.states:
            raise RefusedError("a whole state", "a county of 2010")
        codes: tuple[str, ...] = (code,)
    else:
        codes = _undivided(kind, known.codes(code))
    for other in others:
        if codes and other != code and not set(_meant(other)) & set(codes):
            raise RefusedError(f"the code of {known.label(code)}", f"{other}, as the row says, or its code")
    postal = STATES.get(code[:2])
    if state is not None and postal is not None and state != postal:
        raise RefusedError(f"a code of {postal}, but the row says {state}", "code and state that agree")
    if county is not None and codes and codes != (code[:2] + "000",) and (other := _other(county, codes)):
        raise RefusedError(f"the code of {known.label(code)}", f"{other}, as the row says, or its name")
    return code, codes


def _whole(code: str, county: str | None, state: str | None) -> str:
    """Return a code with that of its state, which the row must say of a county's own three digits."""
    known = places.gazetteer()
    if not isinstance(code, Part):
        return code
    state = state or (known.divided(county)[1] if county else None)
    if state is None:
        raise RefusedError("a county's own three digits without its state", "five digits, or a column state")
    return f"{known.prefix(state)}{code}"


def _meant(code: str) -> tuple[str, ...]:
    """Return what a second code means: nothing, if there is no such county."""
    with suppress(RefusedError):
        return places.gazetteer().codes(code)
    return ()


def _other(county: str, codes: tuple[str, ...]) -> str:
    """Return which other county a name beside a code means without doubt, or an empty text."""
    known, postal = places.gazetteer(), STATES[codes[0][:2]]
    try:
        code = known.named(county, known.divided(county)[1] or postal)
        meant = known.codes(code) if code else ()
    except (
        RefusedError
    ):  # spelt in a way that we do not know: the code holds, but not if only other states have the name
        table = places.counties()
        return next(iter(table.index[table["county"].str.casefold() == county.casefold()]), "")
    return "" if set(meant) & set(codes) or not meant else meant[0]


def _undivided(kind: Kind, codes: tuple[str, ...]) -> tuple[str, ...]:
    if len(codes) > 1 and not kind.divides:
        parts = " and ".join(map(places.gazetteer().label, codes))
        raise RefusedError("was divided before 2010", f"{parts}, each with its own numbers")
    return codes


def _short(rows: list[tuple[int, Row]]) -> Iterable[str]:
    """Say that codes had lost their zeros, if not all that begin with one had."""
    short = [row["fips"] for _, row in rows if isinstance(row["fips"], Short)]
    kept = any((row["fips"] or "").startswith("0") for _, row in rows if not isinstance(row["fips"], Short))
    if short and kept:
        yield f"Read with a leading zero: {len(short):,} codes of four digits, such as {short[0]}."


def _refuse_repeats(rows: list[tuple[int, Row]], kind: Kind, found: Problems) -> None:
    """Refuse a second row with the same key."""
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in rows:
        key = tuple(row[name] for name in kind.key)
        first = number if None in key else seen.setdefault(key, number)
        if first != number:
            place = row["fips"] if row["fips"].endswith("000") else places.gazetteer().label(row["fips"])
            what = ", ".join([place, *(_text(row[name]) for name in kind.key[1:])])
            wrong = f"duplicate of row {first} ({what})"
            column = "fips" if "fips" in found.headings else "county"
            found.cell(number, column, row["fips"], wrong, "one row each")


def _missing(kind: Kind, rows: list[tuple[int, Row]]) -> Iterable[str]:
    """Say which counties a table lacks that would better be whole."""
    absent = sorted(set(places.counties().index) - {row["fips"] for _, row in rows})
    if absent and kind.name in {"activation", "noncitizens"}:
        some = "; ".join(places.gazetteer().label(code) for code in absent[:3]) + "; ..." * (len(absent) > 3)
        yield f"Not in it: {len(absent):,} of 3,143 counties, which keep modelled values ({some})."


def _unused(columns: list[str]) -> Iterable[str]:
    if columns:
        yield f"Columns not used: {', '.join(map(shown, columns[:8]))}{', ...' * (len(columns) > 8)}."
