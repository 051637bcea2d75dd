"""The kinds of tables that can be imported: their columns, their limits, and the checks that need more than one cell."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from comity.data import cells
from comity.data.cells import BESIDE, DAYS, LAST, Column
from comity.policy.levers import LEVERS, STATES, checked_value
from comity.policy.policy import Policy
from comity.problems import RefusedError
from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.data.tables import Problems

FIRST_ACTIVATION: Final = date(2008, 10, 27)
FIRST_AGREEMENT: Final = date(1996, 9, 30)
FIRST_POLICY: Final = date(1970, 1, 1)
"""First days: of the programme, of section 287(g), and before any policy that is known here (Los Angeles, 1979)."""

COUNTS: Final = ("bookings", "submissions", "matches", "detainers", "transfers", "removals")
"""Outcomes with the names that they have in the tables of a run."""

CRIME: Final = ("recorded_violent", "recorded_property", "calls")
"""Outcomes as police have them."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of table.

    Attributes:
        name: how the command line calls it.
        columns: what it has apart from the place, in the order in which they are kept.
        key: the columns which together stand in one row only; ``fips`` is the place.
        most_rows: the largest table that makes sense.
        about: what it is, in a few words.
        states: whether a row may be about a whole state, as a code that ends in 000.
        divides: whether what is true of a place that was divided before 2010 is true of its parts.
        local: whether a part of a county of 2010 has it by itself, as a town has its agreement.
        whole: checks that need more than one cell of a row, or more than one row.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    most_rows: int
    about: str
    states: bool = False
    divides: bool = True
    local: bool = False
    whole: Callable[[list[tuple[int, Row]], Problems], None] = lambda _rows, _found: None

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns of a checked table."""
        return ("fips", *(column.name for column in self.columns))


def _spans(rows: list[tuple[int, Row]], found: Problems) -> None:
    """Check that what ends does so after it has begun."""
    for number, row in rows:
        if row["start"] and row["until"] and row["until"] <= row["start"]:
            wrong = f"not after start = {row['start']}"
            found.cell(number, "until", row["until"], wrong, "a later day, the first one after; or empty")


def _shares(rows: list[tuple[int, Row]], found: Problems) -> None:
    """Check noncitizens against residents, and unauthorized residents against noncitizens."""
    people = places.counties()["population"].to_dict()
    for number, row in rows:
        top = people[row["fips"]]
        if row["noncitizen"] is not None and row["noncitizen"] > top:
            wrong = f"more than the {top:,} residents of {places.gazetteer().label(row['fips'])} in 2010"
            found.cell(number, "noncitizen", row["noncitizen"], wrong, f"a whole number from 0 to {top}")
        if None not in (row["unauthorized"], row["noncitizen"]) and row["unauthorized"] > row["noncitizen"]:
            wrong, valid = f"more than the {row['noncitizen']:,} noncitizens", "a part of them"
            found.cell(number, "unauthorized", row["unauthorized"], wrong, valid)


def _observed(rows: list[tuple[int, Row]], found: Problems) -> None:
    """Check that there is at least one column of outcomes."""
    if rows and all(row[name] is None for _, row in rows for name in (*COUNTS, *CRIME)):
        valid = f"at least one of {', '.join((*COUNTS, *CRIME))}"
        found.cell(rows[0][0] - 1, "submissions", "", "no outcomes", valid)


def _outcomes(rows: list[tuple[int, Row]], found: Problems) -> None:
    """Check that something was observed, and that months are not fiscal years: 2007-08, 2008-09, 2009-10."""
    _observed(rows, found)
    months = {row["month"] for _, row in rows if row["month"] is not None}
    said = re.search(r"fiscal|\bfy", found.headings.get("month", ""), re.IGNORECASE)
    wrong = (
        "a fiscal year, and not a month" if said else "perhaps a fiscal year and not a month, as all others"
    )
    if months and (said or (len(months) > 1 and all((int(m[:4]) + 1) % 100 == int(m[5:]) for m in months))):
        found.cell(rows[0][0], "month", rows[0][1]["month"], wrong, "a row for each month")


def policy(row: Row) -> Policy:
    """Return a row of the table of policies as the calendar has it."""
    code = row["fips"]
    where = STATES[code[:2]] if code.endswith("000") else code
    keys = {key: row[key] for key in ("basis", "source", "believed") if row[key] is not None}
    value = row["value"] if not isinstance(row["value"], str) else cells.setting(row["value"])
    return Policy(
        decider=row["decider"],
        lever=row["lever"],
        value=value,
        start=row["start"],
        until=row["until"],
        where=(where,),
        **keys,
    )


def _policies(rows: list[tuple[int, Row]], found: Problems) -> None:
    """Check each policy as a scenario's own would be, and that no decider wants two things at once."""
    _spans(rows, found)
    lasting: dict[tuple[str, str, str], list[tuple[date, date, Any, int]]] = {}
    for number, row in rows:
        if None in (row["decider"], row["lever"], row["value"], row["start"]):
            continue
        try:
            row["value"] = checked_value(LEVERS[row["lever"]], row["value"])
            policy(row)
        except ValidationError as error:
            detail = error.errors()[0]
            column = str(detail["loc"][0]) if detail["loc"] else "lever"
            cause = detail.get("ctx", {}).get("error") or RefusedError(detail["msg"])
            found.refused(number, column, row.get(column), cause, "see docs/data.md")
            continue
        except RefusedError as error:
            found.refused(number, "value", row["value"], error, "see docs/data.md")
            continue
        span = (row["start"], row["until"] or date.max, row["value"], number)
        lasting.setdefault((row["fips"], row["decider"], row["lever"]), []).append(span)
    for spans in lasting.values():
        _refuse_contradictions(sorted(spans, key=lambda span: span[:2]), found)


def _refuse_contradictions(spans: list[tuple[date, date, Any, int]], found: Problems) -> None:
    """Refuse two values of one lever by one decider in one place on one day; the spans are sorted."""
    for before, after in itertools.pairwise(spans):
        if after[0] < before[1] and after[2] != before[2]:
            wrong = (
                f"row {before[3]} has another value for the same decider, lever and place until {before[1]}"
            )
            found.cell(after[3], "start", after[0], wrong, "spans that do not overlap")


_WHOLE: Final = "a whole number, 0 or more"
_OR_EMPTY: Final = f"{_WHOLE}; or empty, if it is not known"

_CODES: Final = """
    county_fips fips_code fips_county_code county_fips_code countyfips fips_county stcofips stcnty stcou area_fips
    geoid geoid10 geoid20 geo_id2 id2 geo_id gisjoin id"""
_COUNTIES: Final = """
    countyfp countyfp10 county_ansi
    county_name jurisdiction jurisdiction_name activated_jurisdiction county_jurisdiction ctyname countyname
    county_or_parish county_equivalent geographic_area_name area_name geo_display_label name county_code geography"""
_STATES: Final = """
    st state_name state_territory stname statename state_abbr state_abbreviation stusps usps state_fips statefp
    statefp10 state_fips_code statefips state_code state_ansi fips_state"""
"""What others call the columns that say where, the likeliest first."""

PLACE: Final = tuple(
    Column(name, valid, read, tuple(also.split()), needed=False, required=False)
    for name, valid, read, also in (
        ("fips", "five digits, such as 06075", cells.code, _CODES),
        ("county", "the name of a county", cells.county, _COUNTIES),
        ("state", "a state, such as CA or California", cells.state, _STATES),
        (BESIDE["fips"], "a county", cells.beside(cells.code), ""),
        (BESIDE["county"], "a county", cells.beside(cells.county), ""),
        (BESIDE["state"], "a state", cells.beside(cells.state), ""),
    )
)
"""Columns that say where: a code, or a county and its state; where both are there, they must agree.

Second columns that could be one of these, as names beside a county's own digits, are read as the last three."""

YEAR: Final = Column(
    "year",
    "a year in four digits",
    cells.year,
    ("calendar_year", "cal_year", "yr"),
    required=False,
    needed=False,
)
"""A column beside that of a month which has none."""

_ACTIVATION: Final = Column(
    "activation",
    f"{DAYS}, from {FIRST_ACTIVATION} to {LAST}",
    cells.day_from(FIRST_ACTIVATION),
    ("activation_date", "date_activated", "date_of_activation", "activated", "date"),
)
_AGREEMENT_DATES: Final = (
    Column("start", DAYS, cells.day_from(FIRST_AGREEMENT), ("first_signed", "signed", "date_signed")),
    Column(
        "until",
        f"{DAYS}; or empty",
        cells.day_from(FIRST_AGREEMENT),
        ("active_to",),
        required=False,
        needed=False,
    ),
)
_POLICY_DATES: Final = (
    Column("start", DAYS, cells.day_from(FIRST_POLICY)),
    Column("until", f"{DAYS}; or empty", cells.day_from(FIRST_POLICY), required=False, needed=False),
)

KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            "activation",
            (_ACTIVATION,),
            ("fips",),
            10_000,
            "days on which Secure Communities began, by county",
        ),
        Kind(
            "agreements",
            (
                Column("agency", "the name of the agency", cells.words),
                Column(
                    "model",
                    "JEM (jail), TF (task force), JEM+TF, or empty for JEM",
                    cells.model,
                    required=False,
                    needed=False,
                ),
                *_AGREEMENT_DATES,
            ),
            ("fips", "agency", "start"),
            10_000,
            "287(g) agreements of local agencies",
            states=True,
            local=True,
            whole=_spans,
        ),
        Kind(
            "policies",
            (
                Column("decider", "county, state or court", cells.one_of("county", "state", "court")),
                Column("lever", "a lever of docs/data.md", cells.one_of(*LEVERS)),
                Column("value", "a value of the lever", cells.setting),
                *_POLICY_DATES,
                Column("basis", "a sentence", cells.words, required=False, needed=False),
                Column("source", "a citation", cells.words, required=False, needed=False),
                Column(
                    "believed",
                    "cut, custody, placebo, none or empty",
                    cells.one_of("cut", "custody", "placebo", "none"),
                    required=False,
                    needed=False,
                ),
            ),
            ("fips", "decider", "lever", "start"),
            10_000,
            "dated levers in the hands of counties, states and courts",
            states=True,
            whole=_policies,
        ),
        Kind(
            "noncitizens",
            (
                Column(
                    "noncitizen",
                    f"{_WHOLE}; without the row, if it is not known, the modelled number holds",
                    cells.number,
                    ("noncitizens",),
                    adds=True,
                ),
                Column("unauthorized", _OR_EMPTY, cells.number, required=False, needed=False, adds=True),
            ),
            ("fips",),
            10_000,
            "noncitizens, and unauthorized residents among them, by county",
            divides=False,
            whole=_shares,
        ),
        Kind(
            "outcomes",
            (
                Column(
                    "month",
                    "a month such as 2010-06",
                    cells.month,
                    ("month_code", "year_month", "month_year", "date"),
                ),
                *(
                    Column(name, _OR_EMPTY, cells.number, required=False, needed=False, adds=True)
                    for name in (*COUNTS, *CRIME)
                ),
            ),
            ("fips", "month"),
            650_000,
            "what was observed, by county and month",
            divides=False,
            whole=_outcomes,
        ),
    )
}
"""Every kind of table, by name."""
