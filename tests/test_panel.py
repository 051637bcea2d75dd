"""What estimates are made of, in a run recorded by month: counts in persons, who is asked, when the programme came."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pytest

from comity import CooperationModel
from comity.observe.measures import GROUPS, Measure
from comity.published.panel import HISPANIC, NEVER, Panel, quarters, years

START, END = dt.date(2009, 11, 1), dt.date(2010, 7, 31)
SCALE = 50.0


@cache
def panel(regime: str = "historical") -> Panel:
    keys = {
        "place": ["06075", "17031"],
        "start": START,
        "end": END,
        "parameters": {"recording_days": 0, "ages": 1},
    }
    return Panel(CooperationModel(**keys, regime=regime, scale=SCALE).run())


def test_counts_are_those_of_the_table_in_persons() -> None:
    table = panel().model.table().query("measure == 'incidents'")
    months = table["date"].dt.date.between(dt.date(2010, 1, 1), dt.date(2010, 3, 31))
    wanted = {
        "all": (slice(None), tuple(range(len(GROUPS))), months | True),
        "some": (
            [1],
            HISPANIC,
            (table["county"] == panel().model.counties[1])
            & table["group"].isin([GROUPS[k] for k in HISPANIC]),
        ),
    }
    for where, groups, rows in wanted.values():
        found = panel().total([Measure.INCIDENTS], dt.date(2010, 1, 1), dt.date(2010, 4, 1), where, groups)
        assert found == pytest.approx(table.loc[months & rows, "value"].sum()) != 0


def test_who_is_asked_is_twelve_or_older_and_lives_in_the_community() -> None:
    assert panel().asked.shape == panel().residents.shape == (9, 2, len(GROUPS))
    share = panel().asked.sum() / panel().residents.sum()
    assert 0.8 < share < 0.9, "of the population of 2010, 0.84 are (census)"


def test_the_programme_comes_in_a_month_of_the_run_or_never() -> None:
    assert panel().months[0] == np.datetime64("2009-11")
    assert list(panel().codes) == panel().model.counties
    assert list(panel().state) == ["CA", "IL"]
    assert list(panel().active_from) == [7, NEVER], "San Francisco in June 2010, Cook County never"
    assert list(panel("inactive").active_from) == [NEVER, NEVER]


def test_quarters_and_years_are_sums_of_whole_ones() -> None:
    assert quarters(np.arange(8.0)).tolist() == [3, 12]
    assert years(np.arange(25.0)).tolist() == [66, 210]
    assert quarters(np.ones((7, 2))).tolist() == [[3, 3], [3, 3]]
