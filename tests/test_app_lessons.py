"""Lessons claim what their runs show, and a page opens where there is something to see."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from app_pages import made
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.app import lessons, series, sight
from comity.app.pictures import RISK
from comity.app.view import read_view
from comity.observe.measures import Measure, Stage, Task
from comity.policy import onset
from comity.policy.policy import LAST_DAY
from comity.policy.regimes import catalogue as regimes
from comity.policy.regimes import compose, timeline
from comity.problems import InputError
from comity.scenario import Scenario
from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.app.city import City


# ---------------------------------------------------------------- lessons
@cache
def opened(number: int) -> list[City]:
    """Return the cities of a lesson as it opens: others of the same people need not be built while these are there."""
    return made(lessons.LESSONS[number - 1].state)


@pytest.mark.parametrize("number", range(1, len(lessons.LESSONS) + 1))
def test_lessons_open_unanswered_on_something_to_see_and_can_be_answered(number: int) -> None:
    lesson = lessons.LESSONS[number - 1]
    found = opened(number)
    assert lessons.check(number, found)["done"] is False
    if len(found) == 2:
        assert found[0].frame(RISK, 0) != found[1].frame(RISK, 0), "the two cities are identical"
    for answer in lesson.answers:
        assert lessons.check(number, made(lesson.state | answer))["done"] is True, answer


def _texts(lesson: lessons.Lesson) -> list[str]:
    """Return every sentence of a lesson."""
    asked = [lesson.concept, lesson.guess]
    options = [
        option[key] for entry in asked for option in entry.get("options", []) for key in ("text", "why")
    ]
    own = [entry.get(key, "") for entry in asked for key in ("ask", "given")]
    why = [*lesson.wrong.values(), *lesson.guess.get("why", {}).values()]
    return [*lesson.text, lesson.question, *lesson.hints, lesson.after, *options, *own, *why]


def test_lessons_claim_what_their_runs_show() -> None:
    """What texts say in words is true of the runs that they speak of; numbers stand in the line that is computed."""
    for lesson in lessons.LESSONS:
        text = " ".join(_texts(lesson))
        dates = r"\b(\d{1,2} )?(January|February|March|April|May|June|July|August|September|October|November|December) 20\d\d"
        assert not re.search(
            r"\d", re.sub(dates + r"|20\d\d(-\d\d-\d\d)?|\b(L[123]|C0|H\d+b?)\b", "", text)
        ), text
    left, right = opened(1)
    given, guessed = (city.funnel()[..., Stage.ICE_CUSTODY].sum() for city in (left, right))
    assert guessed < given
    asked = lessons.check(1, [left, right])
    assert (asked["given"], asked["value"]) == (given, guessed), "the headline above says otherwise"
    left, right = opened(2)
    seen = [lessons._mean(city, "attribution", lessons.HISPANIC) for city in (left, right)]
    assert seen[1] < seen[0]
    assert lessons._calls(right) > lessons._calls(left)
    beds = [opened(3)[0], made(lessons.LESSONS[2].state | {"ice_beds": "0.5"})[0]]
    reached = [city.model.world.funnel.sum(axis=(0, 1, 3))[:, Stage.ICE_CUSTODY] for city in beds]
    shares = [taken[lessons.SERIOUS].sum() / taken.sum() for taken in reached]
    assert shares[0] < 0.5
    assert shares[0] < shares[1]
    assert reached[1].sum() < reached[0].sum()
    left, right = opened(4)
    crime = [lessons.counted(city, Measure.INCIDENTS, groups=lessons.HISPANIC) for city in (left, right)]
    assert crime[0] > crime[1]
    assert lessons._calls(left) < lessons._calls(right)
    for hypotheses in ("H1+H2", "H1+H2b"):
        (city,) = made(lessons.LESSONS[4].state | {"hypotheses": hypotheses})
        assert lessons._mean(city, "risk", [lessons.US_BORN]) > 2, hypotheses


def test_lessons_on_trust_and_time_claim_what_their_runs_show() -> None:
    state = lessons.LESSONS[6].state
    left, right = opened(7)
    fall = [np.subtract(*lessons._course(left, "trust", [g])[[0, -1]]) for g in (*lessons.HISPANIC, 3)]
    assert max(fall) == fall[lessons.UNAUTHORIZED] > 0
    seen = [lessons._course(city, "attribution", [lessons.UNAUTHORIZED]) for city in (left, right)]
    parted = int(np.flatnonzero(seen[0] != seen[1])[0])
    assert seen[1][parted + 8] < seen[0][parted + 8] - 3, "attribution follows within weeks"
    worst = lessons._course(right, "entanglement", [lessons.UNAUTHORIZED])
    assert worst[-1] == pytest.approx(worst.max(), abs=0.05)
    back = lessons._course(
        made(state | lessons.LESSONS[6].answers[0])[1], "entanglement", [lessons.UNAUTHORIZED]
    )
    assert back[0] + 1 < back[-1] < back.max()
    state = lessons.LESSONS[7].state
    for cities in (opened(8), *(made(state | change) for change in lessons.LESSONS[7].answers)):
        left, right = (city.model.world.police[0] for city in cities)
        assert left["hours"][Task.IMMIGRATION] == 0 < right["hours"][Task.IMMIGRATION]
        assert left["presence"] == left["response"] == right["response"] == 1
    left, right = opened(8)
    at = series.COLUMNS.index(("patrol", "all"))
    assert np.array_equal(left.series()[:, at], right.series()[:, at]), "moving away is no patrol"


def test_attribution_and_hours_are_those_of_the_county() -> None:
    """Every group has what the county has, and the hours of a year are those that officers worked."""
    (city,) = made({"scale": "100", "day": "364", "regime": "task_force_287g", "hypotheses": "H2+H10"})
    column = {name: city.series()[:, k] for k, name in enumerate(series.COLUMNS)}
    for outcome in ("attribution", "patrol", "response", "ice_hours"):
        for group in series.GROUPS:
            assert column[outcome, group] == pytest.approx(column[outcome, "all"], rel=1e-5)
    years = len(city.model.world.residents) * 100 * 28 / 365.25
    worked = city.model.police().tail(4)
    assert column["ice_hours", "all"][-1] == pytest.approx(
        1000 * worked["immigration_hours"].sum() / years, rel=1e-5
    )
    assert column["ice_hours", "all"][-1] > 0


@pytest.mark.parametrize(
    ("number", "change", "why"),
    [
        (2, {"regime": "no_receive", "against": "no_receive"}, "other"),
        (2, {"against": "no_receive@2011-06-01"}, "early"),
        (2, {"against": "inactive"}, "other"),
        (6, {"day": "30"}, "early"),
        (8, {"against": "inactive"}, "none"),
        (8, {"regime": "task_force_287g"}, "left"),
    ],
)
def test_what_is_not_asked_for_is_not_praised_and_is_told_apart(
    number: int, change: dict[str, str], why: str
) -> None:
    lesson = lessons.LESSONS[number - 1]
    found = lessons.check(number, made(lesson.state | {"scale": "500"} | change))
    assert (found["done"], found["why"]) == (False, why)
    assert lesson.wrong[why]


@pytest.mark.parametrize("number", range(1, len(lessons.LESSONS) + 1))
def test_every_lesson_answers_any_day(number: int) -> None:
    lesson = lessons.LESSONS[number - 1]
    for day in ("1", "40", "200"):
        found = lessons.check(number, made(lesson.state | {"scale": "500", "day": day}))
        assert found["done"] or found["why"] in {"", *lesson.wrong}
        assert "nan" not in found["text"]


def test_there_are_no_other_lessons() -> None:
    with pytest.raises(InputError):
        lessons.check(len(lessons.LESSONS) + 1, [])


# ---------------------------------------------------------------- when there is something to see
PLACES = ("06075", "Cook County, IL", "Maricopa County, AZ", "Harris County, TX")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", sorted(regimes()))
def test_a_page_opens_where_a_difference_can_be_seen_or_says_why_not(name: str, place: str) -> None:
    state = {"place": place, "scale": "200", "against": name}
    view = read_view(state)
    told = sight.sight(view.setup, name)
    left, right = made(state)
    if told["part"] is None:
        assert not told["offers"]
    elif told["part"] > view.setup.end.isoformat():
        assert {offer["kind"] for offer in told["offers"]} >= {"longer"}
    else:
        assert left.today > (date.fromisoformat(told["part"]) - view.setup.start).days
        differ = [(left.model.totals()[m] != right.model.totals()[m]).any() for m in left.model.totals()]
        assert any(differ), "what differs in law has come to nothing"
        return
    assert left.frame(RISK, 0) == right.frame(RISK, 0)
    for offer in told["offers"]:
        patch = {key: value for key, value in (state | offer["patch"]).items() if value is not None}
        changed = read_view(patch | {"scale": "200"})
        assert sight.sight(changed.setup, changed.against)["part"] <= changed.setup.end.isoformat()


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(PLACES), st.sampled_from(sorted(regimes())), st.dates(date(2008, 1, 1), date(2012, 1, 1))
)
def test_a_regime_begins_to_matter_where_its_calendar_first_differs(
    place: str, name: str, start: date
) -> None:
    setup = Scenario.of(place=place, start=start, end=LAST_DAY, scale=1000, regime=name)
    counties = places.select(setup.place)
    own, base = (
        walked(timeline(compose(regime), counties, setup.parameters, start, LAST_DAY).changes, setup.days)
        for regime in (name, "mandatory")
    )
    day = next((n for n, (one, other) in enumerate(zip(own, base, strict=True)) if one != other), None)
    assert onset.onset(setup) == (None if day is None else start + timedelta(day))


def walked(changes: Any, days: int) -> Iterator[dict[str, Any]]:
    """Yield what somebody can act on of a county's policy, day by day."""
    rows = {int(row["day"]): row["policy"] for row in changes}
    policy = rows[0]
    for day in range(days):
        policy = rows.get(day, policy)
        acted = {n: np.array(policy[n]).tolist() for n in policy.dtype.names if n not in onset.POLITICAL}
        yield acted | {
            "news": acted["news"] * (day in rows),
            "receive": policy["receive"] & policy["sharing"],
        }
