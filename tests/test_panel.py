"""What estimates are made of, in a run recorded by month: counts in persons, who is asked, when the programme came."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pytest

from comity import CooperationModel
from comity.observe.measures import GROUPS, Measure
from comity.published.panel import HISPANIC, NEVER, Panel, quarters, years


@cache
def panel(regime: str = "historical") -> Panel:
    dates = {"start": dt.date(2009, 11, 1), "end": dt.date(2010, 7, 31)}
    by_month = {"recording_days": 0, "ages": 1}
    keys = {"place": ["06075", "17031"], "scale": 50.0, "regime": regime, "parameters": by_month}
    return Panel(CooperationModel(**dates, **keys).run())


def test_counts_are_those_of_the_table_in_persons() -> None:
    winter = dt.date(2010, 1, 1), dt.date(2010, 4, 1)
    table = panel().model.table().query("measure == 'incidents'")
    table = table[table["date"].between("2010-01-01", "2010-03-31")]
    some = (table["county"] == "17031") & table["group"].isin([GROUPS[k] for k in HISPANIC])
    everything = panel().total([Measure.INCIDENTS], *winter)
    assert everything == pytest.approx(table["value"].sum())
    part = panel().total([Measure.INCIDENTS], *winter, [1], HISPANIC)
    assert part == pytest.approx(table.loc[some, "value"].sum())
    assert 0 < part < everything


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
