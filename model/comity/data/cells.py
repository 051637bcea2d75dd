"""What may stand in a cell: codes, days, months, numbers and settings, as people and spreadsheets write them.

Each function takes what is in a cell, never empty, and returns its value, or raises a `RefusedError` that says why not. What is
 suppressed, footnoted or ambiguous is refused, and the message says how to state what is meant.
"""

from __future__ import annotations

import calendar
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from comity.problems import RefusedError
from comity.world import names, places

if TYPE_CHECKING:
    from collections.abc import Callable

LAST: Final = date(2020, 12, 31)
"""The last day about which a table can say anything."""

FIRST_MONTH: Final = date(2005, 1, 1)

DAYS: Final = "a day as 2010-06-08, 6/8/2010 (month first), June 8, 2010 or 8-Jun-2010"
"""How a day may be written."""

_DAY_FORMS: Final = (
    "%B %d %Y",
    "%b %d %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%d%b%Y",
    "%d %B %y",
    "%d %b %y",
    "%Y %B %d",
    "%Y %b %d",
)
_MONTH_FORMS: Final = ("%B %Y", "%b %Y", "%B %y", "%b %y", "%Y %B", "%Y %b", "%b%Y", "%b%y", "%Y%b")
_CLOCK: Final = re.compile(
    r"[ T:]\s*((?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?) ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
_MIDNIGHT: Final = re.compile(r"0?0:00(:00([.,]0+)?)?( ?am)?|12:00(:00([.,]0+)?)? ?am", re.IGNORECASE)
_PERIODS: Final = {
    r"(?:FY|fiscal year|fiscal) ?'?(\d{4}|\d\d)\b.*": "a fiscal year, which begins in October",
    r"\d{4} ?[-/\u2013] ?(\d{4}|\d\d)": "a span of two years",
    r"(19|20)\d\d": "a year",
    r"(19|20)\d\d ?-?Q[1-4]|Q[1-4] ?-?(19|20)\d\d": "a quarter",
}
"""Stretches of time that are longer than a month."""

_SERIALS: Final = range(30_000, 45_000)
_SUPPRESSED: Final = re.compile(
    r"[-*.\u2013\u2014\u2020#]+|\(?[NDSXZ]\)?|n\.?/?a\.?|#N/A|nan|null|none|nd|unknown|suppressed|missing|withheld"
    r"|[<\u2264>\u2265~] ?\d[\d,.]*|(fewer|less|more) than \d+|\d+ ?[-\u2013] ?\d+|\d+\+|-[2356789]{9}(\.0)?",
    re.IGNORECASE,
)
_MARK: Final = r" ?([*\u2020\u2021\u00a7\u00b9\u00b2\u00b3\u2070-\u2079]+|\[\w+\]|\(\w+\)|/\d)"
"""Of a footnote."""

_NOTED: Final = re.compile(rf"(\d[\d,]*)({_MARK}| ?[A-Za-z]{{1,2}})")

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


class Part(str):
    """A county's own three digits, which mean it together with a state."""

    __slots__ = ()


class Bare(NamedTuple):
    """A month of no year."""

    text: str
    number: str


def code(cell: Any) -> str:
    """Read a county code in any of its forms; spreadsheets turn it into a number and drop a leading zero."""
    text = str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell
    if not isinstance(text, str):
        raise RefusedError("not a county code")
    if re.fullmatch(r"[0-9]{1,3}(\.0)?", text):
        return Part(text.removesuffix(".0").zfill(3))
    found = names.code(text)
    if found is None and (noted := re.fullmatch(rf"(.*\d){_MARK}", text)):
        raise RefusedError("not a county code, with a footnote", f"{noted[1]}, if that is meant")
    if found is None or found == "00000":
        hint = "five digits, such as 06075; without the row, if it is a total or a note"
        raise RefusedError("not a county code", hint)
    return Short(found) if re.fullmatch(r"[0-9]{4}(\.0+)?", text) else found


BESIDE: Final = {name: f"{name} beside" for name in ("fips", "county", "state")}
"""Columns with a second word on the place, such as a name beside a code, by the column that has the first."""


def beside(read: Callable[[Any], str]) -> Callable[[Any], str | None]:
    """Return a reader of a second word on the place, which is only compared: what it cannot read says nothing."""

    def read_(cell: Any) -> str | None:
        with suppress(RefusedError):
            return read(cell)
        return None

    return read_


def county(cell: Any) -> str:
    """Read the name of a county, or its code if there is one in its place."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return code(cell)
    coded = isinstance(cell, str) and re.match("(G|US)?[0-9]", cell, re.IGNORECASE)
    return code(cell) if coded else words(cell)


def words(cell: Any) -> str:
    """Read a text that fits on a line."""
    if not isinstance(cell, str):
        raise RefusedError("not text")
    if len(cell) > 500 or not cell.isprintable():
        raise RefusedError("too long, or with characters that cannot be printed")
    return cell


def state(cell: Any) -> str:
    """Read a state, as its postal abbreviation; tables may have its two digits."""
    return places.gazetteer().state(str(cell) if type(cell) is int else words(cell))


def day(cell: Any) -> date:
    """Read a day as spreadsheets and people in the United States write it."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise RefusedError("not a day")
    text = re.sub(r"(?<=^\d{8})\.0$", "", str(cell))
    found = _day(text)
    if found is None:
        raise _no_day(text)
    return found


@lru_cache(maxsize=8192)
def _day(text: str) -> date | None:
    """Return the day that a text is, None if it is none."""
    clock = _CLOCK.search(text)
    if clock and clock.end() == len(text):
        if clock[2] and not _MIDNIGHT.fullmatch(clock[1]):
            raise RefusedError(
                "a time in another zone, where the day may differ", f"the day alone, {DAYS[2:]}"
            )
        text = text[: clock.start()].rstrip(" ,")
    if found := re.fullmatch(r"(\d{4})(-?)(\d\d)\2(\d\d)|(\d{4})([/.])(\d\d?)\6(\d\d?)", text):
        return _real(*(part for part in found.groups() if part and part.isdigit()))
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)", text):
        return _real(_year(found[3]), found[1], found[2])
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", re.sub("[-,.]+", " ", text))
    plain = re.sub(
        r"^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\b", "", plain, flags=re.IGNORECASE
    )
    return _spelt(plain, _DAY_FORMS)


def _spelt(text: str, forms: tuple[str, ...]) -> date | None:
    """Return the day that a text with the name of a month means, None if it is none."""
    text = re.sub(r"\bsept\b", "sep", " ".join(text.split()), flags=re.IGNORECASE)
    for form in forms:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    return None


def _year(digits: str) -> str:
    """Return a year in four digits; two are from 1970 to 2069, as most programs have it."""
    if digits in ("19", "20"):
        raise RefusedError("the beginning of a year, or two digits of one", "the year in four digits")
    return digits if len(digits) == 4 else f"{'19' if int(digits) >= 70 else '20'}{digits}"


def _real(*parts: str) -> date:
    try:
        return date(*map(int, parts))
    except ValueError:
        raise RefusedError("no such day") from None


def _no_day(text: str) -> RefusedError:
    """Say why a text is no day, and how to state the one that may be meant."""
    if re.fullmatch(r"\d{1,2}([-.])\d{1,2}\1(\d{4}|\d\d)", text):
        return RefusedError("not a day, as the day or the month may be first", DAYS)
    if found := re.fullmatch(rf"(\S.*\d{{2}}){_MARK}", text):
        return RefusedError("not a day, with a footnote", f"{found[1]}, if that is meant")
    missing = "a day, or without the row if it is not known" if _SUPPRESSED.fullmatch(text) else ""
    return _serial(text) or _stretch(text) or RefusedError("not a day", missing)


def _serial(text: str) -> RefusedError | None:
    """Say which day a spreadsheet may have counted."""
    if not (found := re.fullmatch(r"(\d{5})(\.\d+)?", text)) or int(found[1]) not in _SERIALS:
        return None
    meant = date(1899, 12, 30) + timedelta(int(found[1]))
    other = meant + timedelta(1462)
    return RefusedError(
        f"not a day, but perhaps how a spreadsheet counts {meant} (or {other}, on old Macintoshes)", DAYS
    )


def _stretch(text: str) -> RefusedError | None:
    """Say which stretch of time a text means instead of a day."""
    if first := _month(text):
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        return RefusedError("a month and not a day", f"one of its days, from {first} to {last}")
    period = _period(text)
    return RefusedError(f"{period}, and not a day", "one of its days, as 2010-06-08") if period else None


def _period(text: str) -> str:
    return next((what for form, what in _PERIODS.items() if re.fullmatch(form, text, re.IGNORECASE)), "")


def day_from(first: date) -> Callable[[Any], date]:
    """Return a reader of days that are not before ``first``, nor after `LAST`."""

    def read_(cell: Any) -> date:
        found = day(cell)
        if not first <= found <= LAST:
            raise RefusedError("an impossible date", f"a day from {first} to {LAST}")
        return found

    return read_


def month(cell: Any) -> str | Bare:
    """Read a month: as 2010-06, June 2010, Jun-10, 6/2010 or 201006, or as its first or last day; or alone, beside a year."""
    text = str(cell) if isinstance(cell, str | int) and not isinstance(cell, bool) else ""
    if re.fullmatch(r"M?(0?[1-9]|1[0-2])(\.0)?", text, re.IGNORECASE):
        return Bare(text, re.sub(r"M|\.0", "", text.upper()).zfill(2))
    if alone := _spelt(f"{text.rstrip('.')} 2010", _MONTH_FORMS) if text.rstrip(".").isalpha() else None:
        return Bare(text, f"{alone:%m}")
    found = _month(text) if text else None
    try:
        found = found or day(cell)
    except RefusedError:
        raise _no_month(text) from None
    last = calendar.monthrange(found.year, found.month)[1]
    if found.day not in (1, last) or not FIRST_MONTH <= found <= LAST:
        raise RefusedError("not a month", "a month such as 2010-06, from 2005-01 to 2020-12")
    return f"{found:%Y-%m}"


def year(cell: Any) -> str:
    """Read a year in four digits."""
    text = str(cell) if isinstance(cell, str | int) else ""
    if not (found := re.fullmatch(r"((?:19|20)\d\d)(\.0)?", text)):
        raise RefusedError("not a year")
    return found[1]


def _no_month(text: str) -> RefusedError:
    """Say why a text is no month, and how to state the one that may be meant."""
    if re.fullmatch(r"\d\d?([-/. ])(\d\d?|[A-Za-z]{3,9})", text):
        return RefusedError("the day or the year may be first", "a month such as 2010-06")
    if found := re.fullmatch(rf"(\S.*\d{{2}}){_MARK}", text):
        return RefusedError("not a month, with a footnote", f"{found[1]}, if that is meant")
    if period := _period(text):
        return RefusedError(f"{period}, and not a month", "a row for each month, such as 2010-06")
    return RefusedError("not a month")


@lru_cache(maxsize=8192)
def _month(text: str) -> date | None:
    """Return the first day of the month that a text is, None if it is none."""
    if found := re.fullmatch(r"((?:19|20)\d\d)[-/.M]?(\d\d)|((?:19|20)\d\d)[-/.M](\d)", text, re.IGNORECASE):
        return _real(found[1] or found[3], found[2] or found[4], "1")
    if found := re.fullmatch(r"(\d{1,2})[-/]((?:19|20)\d\d)", text):
        return _real(found[2], found[1], "1")
    return (
        _spelt(re.sub("[-,.'\u2019]+", " ", text), _MONTH_FORMS) if re.search("[A-Za-z]{3}", text) else None
    )


def number(cell: Any) -> int:
    """Read a whole number that is not negative."""
    if isinstance(cell, str):
        if re.fullmatch(r"[0-9]{1,12}(\.0{1,2})?|[0-9]{1,3}([, ][0-9]{3})+(\.0{1,2})?", cell):
            return int(cell.replace(",", "").replace(" ", "").partition(".")[0])
        raise _no_number(cell)
    if not isinstance(cell, int) or isinstance(cell, bool) or not 0 <= cell < 10**12:
        raise _no_number(str(cell) if isinstance(cell, int) else "")
    return cell


def _no_number(text: str) -> RefusedError:
    """Say why a text is no number, and how to state the one that may be meant."""
    if _SUPPRESSED.fullmatch(text):
        return RefusedError("not a whole number but suppressed, missing or a range")
    if re.fullmatch(r"[0-9][0-9.,]* ?(k|m|mn|bn|thousand|million)", text, re.IGNORECASE):
        return RefusedError("not a whole number, but rounded", "all of its digits")
    if found := _NOTED.fullmatch(text):
        return RefusedError("not a whole number, with a footnote", f"{found[1]}, if that is meant")
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+", text):
        return RefusedError(
            "not a whole number, or with points between thousands",
            f"{text.replace('.', '')}, if that is meant",
        )
    if re.fullmatch(r"[0-9.]+E\+?[0-9]+", text, re.IGNORECASE):
        return RefusedError("not a whole number, but rounded by a spreadsheet", "all of its digits")
    return RefusedError("not a whole number, 0 or more")


def model(cell: Any) -> str:
    """Read the kind of an agreement, see `MODELS`."""
    found = MODELS.get(words(cell).upper())
    if found is None:
        raise RefusedError("not a kind of agreement")
    return found


def one_of(*choices: str) -> Callable[[Any], str]:
    """Return a reader of the given words."""

    def read_(cell: Any) -> str:
        if cell not in choices:
            raise RefusedError("not one of these", ", ".join(choices))
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


@dataclass(frozen=True)
class Column:
    """A column that is looked for.

    Attributes:
        name: what it is called here.
        valid: what would be valid in its cells, in words.
        read: turns what is in a cell, neither empty nor a formula, into a value, or raises a `RefusedError` that says
            why not, and perhaps what would be valid instead.
        also: other names of the column, as files of others have it.
        required: whether an empty cell is a problem.
        needed: whether a file without the column is a problem.
        adds: whether it is a number of people or events, which parts of a place add up to.
    """

    name: str
    valid: str
    read: Callable[[Any], Any]
    also: tuple[str, ...] = ()
    required: bool = True
    needed: bool = True
    adds: bool = False
