"""Published counts beside the model's line: only where quantity, counties, days and law are the same, and as published."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from app_pages import made
from browser import Pages, row, settled
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.app import series
from comity.observe.measures import Measure
from comity.output.national import HISTORY, counts
from comity.policy import regimes
from comity.published.targets import read
from comity.scenario import Scenario
from comity.world import places

PLACES = ["US", "CA", "state:CA", "TX", "06075", "Cook County, IL", ["06075", "06037"]]
SAME = {"US": "US", "CA": "CA", "state:CA": "CA"}
EDGES = sorted({day for count in counts() for day in (count.start, count.until)})
DAYS = st.sampled_from(EDGES).flatmap(
    lambda edge: st.integers(-2, 2).map(lambda days: edge + dt.timedelta(days))
) | st.dates(dt.date(2006, 1, 1), dt.date(2017, 1, 1))


@settings(deadline=None)
@given(st.sampled_from(PLACES), DAYS, DAYS, st.sampled_from(sorted(regimes.catalogue())) | st.just(HISTORY))
def test_a_count_stands_only_beside_a_line_of_the_same(
    place: Any, one: dt.date, other: dt.date, regime: str
) -> None:
    first, last = sorted((one, other))
    setup = Scenario.of(place=place, start=first, end=last + dt.timedelta(1), regime=regime, scale=1000)
    found = series.beside(setup)
    expected = [
        (count.published, count.start)
        for count in counts()
        if regime == HISTORY
        and SAME.get(str(place)) == count.place
        and first <= count.start
        and count.until <= last + dt.timedelta(2)
    ]
    assert sorted((mark["value"], dt.date.fromisoformat(mark["start"])) for mark in found) == sorted(expected)
    for mark in found:
        assert 0 <= mark["from"] < mark["to"] <= setup.days
        assert setup.start + dt.timedelta(mark["from"]) == dt.date.fromisoformat(mark["start"])
        assert setup.start + dt.timedelta(mark["to"] - 1) == dt.date.fromisoformat(mark["last"])


def test_every_count_is_of_people_that_a_line_adds_up() -> None:
    lines = {outcome.numerator: outcome for outcome in series.OUTCOMES.values() if not outcome.weight}
    for count in counts():
        assert all(Measure[name.upper()] for name in count.measures)
        assert (lines[count.measures].factor, lines[count.measures].groups) == (1.0, "")
        assert len(places.select(count.place)) > 1
        assert (count.until - count.start).days > 364


def test_counts_are_those_of_the_targets() -> None:
    targets = {target.estimate: target for target in read()}
    for count in counts():
        if count.measures == ("detainers",):
            assert count.published == targets[f"detainers_fy{count.until.year}"].value
        else:
            said = (
                targets["funnel_arrests_california"].statement + targets["funnel_arrests_per_print"].finding
            )
            assert f"{count.published:,}" in said


CALIFORNIA = {
    "place": "CA",
    "start": "2009-05-01",
    "end": "2011-05-31",
    "scale": "20000",
    "regime": HISTORY,
    "against": "inactive",
    "recording_days": "0",
}
"""By months; to the right a regime that never was."""


def test_the_page_says_what_was_published_and_what_the_model_counts_by_then(pages: Pages) -> None:
    state = CALIFORNIA | {"chart": "prints", "second": "custody", "day": "740"}
    page = pages.open("#" + "&".join(f"{key}={value}" for key, value in state.items()))
    settled(page)
    prints = made(state)[0].model.totals()["submissions"].sum(axis=1)
    texts = page.locator("#published p").all_inner_texts()
    assert len(texts) == 1, "of one city and one outcome"
    by = prints[:23].sum() - prints[0] * 25 / 31  # June 2009 to March 2011, and the last days of May
    assert f"1,785,488 from 26 May 2009 to 31 March 2011; the model {by:,.0f}" in texts[0]
    assert texts[0] in page.get_attribute("#plot-a", "aria-label")
    assert row(page, "prints:all")[0] == pytest.approx(prints.sum(), rel=0.001)
    assert page.locator("[data-row='custody:all']").count() == 0
