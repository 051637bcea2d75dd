"""Tables for tests, small and whole, and how a test checks, refuses and imports one."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from comity.data import library
from comity.data.check import check
from comity.data.kinds import KINDS
from comity.problems import InputError
from comity.world import places

LOOSE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
codes = st.sampled_from(list(places.counties().index))
monthly = st.dictionaries(
    st.tuples(codes, st.dates(dt.date(2005, 1, 1), dt.date(2020, 12, 1)).map(lambda day: day.replace(day=1))),
    st.integers(0, 10**6),
    min_size=1,
    max_size=12,
)
"""Counts by county and first day of a month."""

FORMS_OF_MONTHS = {
    "iso": lambda day: f"{day:%Y-%m}",
    "slash": lambda day: f"{day:%Y/%m}",
    "compact": lambda day: f"{day:%Y%m}",
    "stata": lambda day: f"{day.year}m{day.month}",
    "excel": lambda day: f"{day:%b-%y}",
    "words": lambda day: f"{day:%B %Y}",
    "us": lambda day: f"{day.month}/{day.year}",
    "first": lambda day: f"{day.month}/1/{day.year}",
    "last": lambda day: (
        (day.replace(day=28) + dt.timedelta(4)).replace(day=1) - dt.timedelta(1)
    ).isoformat(),
}

GOOD = """\
fips,activation
06075,2010-06-08
06073,2009-05-05
48201,2008-10-27
51515,2010-06-15
"""
ICE = """\
Secure Communities: Activated Jurisdictions,,
STATE,COUNTY,ACTIVATION DATE
California,San Francisco,6/8/2010
CA,SAN DIEGO,"May 5, 2009"
Texas,Harris County,27-Oct-2008
VA,Bedford City,06/15/2010
PR,San Juan,6/15/2010
"""
POLICIES = """\
fips,decider,lever,value,start,until,believed,basis
17031,county,hold,0 0 0 0,2011-09-07,,custody,Cook County ordinance 11-O-73
06000,state,hold,0 0 0 1,2014-01-01,2018-01-01,custody,TRUST Act
06075,county,refer,felony,1990-01-01,,,
"""
AGREEMENTS = """\
fips,agency,model,start,until
04013,Maricopa County Sheriff,JEM+TF,2007-02-07,2009-10-16
04013,City of Phoenix PD,TF,2008-03-10,
04000,Arizona DPS,TF,2007-04-15,
"""
NONCITIZENS = """\
fips,noncitizen,unauthorized
06075,"106,000",40000
06073,300000,
"""
OUTCOMES = """\
fips,month,submissions,matches,removals
06075,2010-06,1500,60,
06075,2010-07,2900,120,12
"""
TABLES = {
    "activation": GOOD,
    "policies": POLICIES,
    "agreements": AGREEMENTS,
    "noncitizens": NONCITIZENS,
    "outcomes": OUTCOMES,
}


def read(text, kind="activation", name="table.csv", **options):
    """Check a table that is given as text or bytes."""
    path = Path(name)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return check(KINDS[kind], path, name, **options)


def objections(text, kind="activation", **options):
    """Return what is said against a table."""
    with pytest.raises(InputError) as caught:
        read(text, kind, **options)
    return str(caught.value)


def values(checked, column):
    return {row["fips"]: row[column] for row in checked.rows}


def dates(checked):
    return {row["fips"]: str(row["activation"]) for row in checked.rows}


def workbook(rows, *sheets):
    path = Path("table.xlsx")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title in sheets:
        book.create_sheet(title)
    book.save(path)
    return path


def from_workbook(rows, *sheets, kind="activation", sheet=None):
    return check(KINDS[kind], workbook(rows, *sheets), "table.xlsx", sheet=sheet)


def kept(text, kind="activation"):
    """Import a table and return its checksum."""
    return library.keep(read(text, kind), Path("table.csv"))[0]


def written(rows, encoding, end, delimiter=","):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=end).writerows(rows)
    return stream.getvalue().encode(encoding)
