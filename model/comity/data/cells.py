"""What may stand in a cell: codes, days, months, numbers and settings, as people and spreadsheets write them.

Each function takes what is in a cell, never empty, and returns its value, or raises a ValueError that says why not.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from comity.data import names

if TYPE_CHECKING:
    from collections.abc import Callable

LAST: Final = date(2020, 12, 31)
"""The last day about which a table can say anything."""

FIRST_MONTH: Final = date(2005, 1, 1)

DAYS: Final = "a day as 2010-06-08, 6/8/2010 (month first), June 8, 2010 or 8-Jun-2010"
"""How a day may be written."""

_WRITTEN: Final = ("%m/%d/%Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y")
_MARKS: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?")

MODELS: Final = {
    "JEM": "JEM",
    "JAIL": "JEM",
    "TF": "TF",
    "TFM": "TF",
    "TASK FORCE": "TF",
    "JEM+TF": "JEM+TF",
    "TF+JEM": "JEM+TF",
    "HYBRID": "JEM+TF",
}
"""What an agreement may be called, and whether it is one for the jail (JEM), for the street (TF) or both."""


class Short(str):
    """A code that was given with four digits, filled up to five."""

    __slots__ = ()


def code(cell: Any) -> str:
    """Read a county code; spreadsheets turn it into a number and drop a leading zero."""
    text = str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4,5}(\.0)?", text):
        raise ValueError("not a county code")
    text = text.removesuffix(".0")
    return text if len(text) == 5 else Short(f"0{text}")


def words(cell: Any) -> str:
    """Read a text that fits on a line."""
    if not isinstance(cell, str):
        raise ValueError("not text")  # noqa: TRY004 - readers of cells raise ValueError only
    if len(cell) > 500 or not cell.isprintable():
        raise ValueError("too long, or with characters that cannot be printed")
    return cell


def state(cell: Any) -> str:
    """Read a state, as its postal abbreviation."""
    return names.state(words(cell))


def day(cell: Any) -> date:
    """Read a day as spreadsheets and people in the United States write it."""
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        return cell.date()
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return cell
    if not isinstance(cell, str):
        raise ValueError("not a day")  # noqa: TRY004
    if found := _MARKS.fullmatch(cell):
        return _real(lambda: date.fromisoformat(found[1]))
    for form in _WRITTEN:
        try:
            return datetime.strptime(cell, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    looks = re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", cell)
    raise ValueError("no such day" if looks else "not a day")


def _real(read_: Callable[[], date]) -> date:
    try:
        return read_()
    except ValueError:
        raise ValueError("no such day") from None


def day_from(first: date) -> Callable[[Any], date]:
    """Return a reader of days that are not before ``first``, nor after `LAST`."""

    def read_(cell: Any) -> date:
        found = day(cell)
        if not first <= found <= LAST:
            raise ValueError(f"an impossible date; valid: a day from {first} to {LAST}")
        return found

    return read_


def month(cell: Any) -> str:
    """Read a month, as 2010-06 or as its first day."""
    if isinstance(cell, str) and re.fullmatch(r"\d{4}-\d{2}", cell):
        cell = f"{cell}-01"
    found = day(cell)
    if found.day != 1 or not FIRST_MONTH <= found <= LAST:
        raise ValueError("not a month; valid: a month such as 2010-06, from 2005-01 to 2020-12")
    return f"{found:%Y-%m}"


def number(cell: Any) -> int:
    """Read a whole number that is not negative."""
    if isinstance(cell, str) and re.fullmatch(r"\d{1,12}(\.0+)?|\d{1,3}(,\d{3})+", cell):
        cell = int(cell.replace(",", "").partition(".")[0])
    if not isinstance(cell, int) or isinstance(cell, bool) or not 0 <= cell < 10**12:
        raise ValueError("not a whole number, 0 or more")
    return cell


def model(cell: Any) -> str:
    """Read the kind of an agreement, see `MODELS`."""
    found = MODELS.get(words(cell).upper())
    if found is None:
        raise ValueError("not a kind of agreement")
    return found


def one_of(*choices: str) -> Callable[[Any], str]:
    """Return a reader of the given words."""

    def read_(cell: Any) -> str:
        if cell not in choices:
            raise ValueError(f"not one of these; valid: {', '.join(choices)}")
        return str(cell)

    return read_


def setting(cell: Any) -> Any:
    """Read the value of a lever: a word, a number, or four numbers with blanks between them."""
    if not isinstance(cell, str):
        return cell
    try:
        values = tuple(float(part) if re.search(r"[.eE]", part) else int(part) for part in cell.split())
    except ValueError:
        return cell
    return values[0] if len(values) == 1 else values
