"""The browser's server without a browser: addresses, frames, sessions, lessons, results, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import re
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from comity.agents.residents import Whereabouts
from comity.analyse.compare import interval
from comity.app import catalogue, downloads, launch, lessons, nation, published, series, sharing, sight
from comity.app.city import MOST_CELLS, City, cells
from comity.app.pictures import AWAY, HAPPENED, MOST_DRAWN, RISK, Picture, thinned
from comity.app.server import BROKEN, FULL, IDLE, LARGEST_MESSAGE, Settings, build
from comity.app.session import Session
from comity.app.view import CHOICES, read_view, write_view
from comity.model import CooperationModel
from comity.observe.measures import Measure, Stage, Stock, Task
from comity.parameters import Parameters
from comity.policy import onset
from comity.policy.policy import LAST_DAY
from comity.policy.regimes import catalogue as regimes
from comity.policy.regimes import compose, timeline
from comity.problems import ScenarioError
from comity.scenario import Scenario
from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TINY = {"scale": "1000", "day": "40"}


# ---------------------------------------------------------------- addresses
def test_an_empty_address_is_the_founding_case_half_a_year_on() -> None:
    view = read_view({})
    assert (view.setup.place, view.day, view.against, view.setup.scale) == ("06075", 181, "", 1.0)
    assert write_view(view) == {}


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "against": st.sampled_from(sorted(regimes())),
            "regime": st.sampled_from(sorted(regimes())),
            "seed": st.integers(0, 2**63 - 1).map(str),
            "scale": st.floats(5, 1000).map(str),
            "fear_weight": st.floats(0, 2.5).map(str),
            "act_2010": st.lists(st.floats(0, 1), min_size=4, max_size=4).map(str),
            "day": st.integers(0, 2000).map(str),
            "place": st.sampled_from(["CA", "Cook County, IL", "06075", '["06075", "11001"]']),
            **{key: st.sampled_from(values) for key, values in CHOICES.items()},
        },
    )
)
def test_an_address_survives_being_written_and_read(state: dict[str, str]) -> None:
    if state.get("place") == "CA":
        state.pop("scale", None)  # which may be too fine for it
    view = read_view(state)
    assert read_view(write_view(view)) == view


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)
@given(
    ANYTHING
    | st.dictionaries(
        st.sampled_from([*CHOICES, "day", "against", "place", "regimes", "seed", "fear_weight"]), st.text()
    )
)
def test_any_address_is_read_or_refused_in_words(state: object) -> None:
    problems = []
    try:
        read_view(state)
    except ScenarioError as error:
        problems = list(error.problems)
    assert all(p.file == "address" and p.expected for p in problems)


def test_every_problem_of_an_address_is_named_at_once() -> None:
    bad = {
        "speed": "-3",
        "regime": "x",
        "against": "y",
        "fear_weight": "9",
        "day": "-1",
        "place": "Nowhere",
        "__class__": "1",
        "compare": "z",
    }
    with pytest.raises(ScenarioError) as caught:
        read_view(bad)
    keys = {p.key for p in caught.value.problems}
    assert {
        "speed",
        "regime",
        "against",
        "parameters.fear_weight",
        "day",
        "place",
        "__class__",
        "compare",
    } <= keys


def test_custom_regimes_of_a_scenario_fit_into_an_address() -> None:
    text = """
    place = "06075"
    regime = "mine"
    compare = ["mine", "no_receive"]
    [[regimes.mine.policies]]
    decider = "county"
    lever = "hold"
    value = [0.0, 0.5, 1.0, 1.0]
    start = 2010-07-01
    basis = 'an "ordinance"'
    """
    view = downloads.read_upload(text)
    assert (view.setup.regime, view.against) == ("mine", "no_receive")
    again = read_view(write_view(view))
    assert [City(setup).layout()["calendar"] for setup in again.setups] == [
        City(setup).layout()["calendar"] for setup in view.setups
    ]
    assert again.setup.digest() == view.setup.digest()


def test_too_many_agents_are_refused_with_the_scale_that_fits() -> None:
    with pytest.raises(ScenarioError, match=r"scale.*valid: 50 or more"):
        read_view({"place": "CA", "scale": "2"})
    assert read_view({"place": "CA"}).setup.scale == 50


# ---------------------------------------------------------------- pictures, lines and frames
def made(state: dict[str, str]) -> list[City]:
    view = read_view(state)
    found = [City(setup) for setup in view.setups]
    for city in found:
        for _ in range(view.day):
            city.step()
    return found


@pytest.mark.parametrize("scale", ["20", "200"])
def test_the_picture_adds_up_to_what_the_recorder_counts(scale: str) -> None:
    (city,) = made({"scale": scale, "day": "210", "recording_days": "1"})
    world = city.model.world
    picture = Picture(world, dots=True)
    picture.take(world, 209, 1)
    stock = world.stock.sum(axis=(0, 1))
    assert picture.sums[:, 0].sum() == stock[Stock.RESIDENTS]
    assert picture.sums[:, 1].sum() == pytest.approx(stock[Stock.TRUST], rel=1e-6)
    assert picture.sums[:, 2].sum() == pytest.approx(stock[Stock.RISK], rel=1e-6)
    assert picture.sums[:, 3].sum() == stock[Stock.IN_JAIL]
    where = world.residents["whereabouts"]
    assert np.array_equal(picture.dots[where > 0], AWAY + where[where > 0])
    assert (picture.dots[where == 0] < AWAY).all()
    few = Picture(world, dots=False)
    few.take(world, 209, HAPPENED)
    assert np.array_equal(np.sort(few.away), np.flatnonzero(where))


@settings(deadline=None)
@given(st.integers(0, 6 * MOST_DRAWN), st.integers(1, 7), st.integers(0, 2**20))
def test_whoever_is_drawn_is_spread_over_the_city_and_stays_drawn(people: int, step: int, first: int) -> None:
    ids = np.arange(first, first + people * step, step, dtype=np.int32)
    drawn = thinned(ids)
    assert len(drawn) == min(len(ids), MOST_DRAWN)
    thirds = np.histogram(drawn, 3, (first, first + people * step))[0]
    assert (np.abs(thirds - len(drawn) / 3) <= max(2, 0.02 * len(drawn))).all()
    assert np.isin(drawn[np.isin(drawn, ids[: len(ids) // 2])], thinned(ids[: len(ids) // 2])).all()


@pytest.mark.parametrize("colour", [RISK, HAPPENED])
def test_removals_are_drawn_however_many_have_moved_away(colour: int) -> None:
    (city,) = made({"scale": "50", "day": "20"})
    world = city.model.world.copy()
    residents = world.residents
    residents["whereabouts"] = Whereabouts.MOVED_AWAY
    residents["whereabouts"][::3] = Whereabouts.REMOVED
    picture = Picture(world, dots=False)
    picture.take(world, 19, colour)
    removed = picture.away[residents["whereabouts"][picture.away] == Whereabouts.REMOVED]
    assert len(removed) == min(MOST_DRAWN, int((residents["whereabouts"] == Whereabouts.REMOVED).sum()))
    assert removed.max() > 0.99 * len(residents)


def test_a_picture_changes_nothing() -> None:
    (city,) = made(TINY)
    before = city.model.world.copy()
    city.frame(0, 0)
    assert all(np.array_equal(a, b) for a, b in zip(before, city.model.world, strict=True))


def test_many_neighbourhoods_share_cells_in_the_order_of_their_share() -> None:
    near = np.zeros(1500, [("hispanics", "i4"), ("settled", "i4")])
    near["settled"], near["hispanics"] = 100, np.random.default_rng(1).integers(0, 100, 1500)
    cell = cells(near)
    assert (cell.min(), cell.max()) == (0, MOST_CELLS - 1)
    order = np.argsort(near["hispanics"], kind="stable")
    assert (np.diff(cell[order]) >= 0).all()


def test_lines_are_pooled_rates_states_and_running_totals() -> None:
    (city,) = made({"scale": "100", "day": "140"})
    totals, found = city.model.totals(), city.series()
    column = {name: found[:, k] for k, name in enumerate(series.COLUMNS)}
    calls = totals["chance_sum"][-4:, :3].sum() / totals["incidents"][-4:, :3].sum()
    assert column["reporting", "hispanic"][-1] == pytest.approx(100 * calls, rel=1e-5)
    assert column["prints", "all"][-1] == totals["submissions"].sum()
    assert column["trust", "other"][-1] == pytest.approx(
        100 * totals["trust_sum"][-1, 3:].sum() / totals["residents"][-1, 3:].sum(), rel=1e-5
    )


def test_intervals_are_those_of_the_comparison() -> None:
    values = np.random.default_rng(2).normal(size=(7, 3, 2))
    mean, half = series.intervals(values)
    assert (mean[1, 1], half[1, 1]) == pytest.approx(interval(values[:, 1, 1]))
    assert np.isnan(series.intervals(values[:1])[1]).all()


# ---------------------------------------------------------------- sessions
class Page:
    """The other end of a session."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.frames: list[bytes] = []
        self.confirms = True
        self.executor = ThreadPoolExecutor(1)
        self.session = Session(self.take, self.executor)
        self.session.start()

    def take(self, message: dict[str, Any] | bytes) -> None:
        """Receive what the session sends; confirm frames as a page does."""
        if isinstance(message, bytes):
            self.frames.append(message)
            if message[0] == 1 and self.confirms:
                self.session.tell({"type": "ack", "frame": struct.unpack_from("<I", message, 8)[0]})
        else:
            json.dumps(message, allow_nan=False)
            self.messages.append(message)

    def ask(self, **command: Any) -> None:
        """Send a command."""
        self.session.tell(command)

    def wait(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Wait for the n-th message of a kind."""
        return until(lambda: next(iter([m for m in self.messages if m["type"] == kind][count - 1 :]), None))

    def day(self) -> int:
        """Return the day of the last frame."""
        return struct.unpack_from("<I", self.frames[-1], 16)[0] if self.frames else -1


def until(found: Any, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.01)
    pytest.fail("it did not happen in time")


@pytest.fixture
def page() -> Iterator[Page]:
    found = Page()
    yield found
    found.session.stop()
    found.session.thread.join(20)
    found.executor.shutdown()
    assert not found.session.thread.is_alive()


def test_a_session_opens_steps_and_plays(page: Page) -> None:
    page.ask(type="open", state=TINY, epoch=5)
    assert page.wait("opened")["epoch"] == 5
    until(lambda: page.day() == 40)
    page.ask(type="step", by="month")
    until(lambda: page.day() == 40 + 28)
    page.ask(type="speed", speed="max")
    page.ask(type="play")
    until(lambda: page.day() == 1096)
    assert not page.session.playing


def test_only_the_last_of_many_wishes_is_lived(page: Page) -> None:
    for n in range(30):
        page.ask(type="open", state={"scale": "100", "day": "900", "seed": str(n)}, epoch=n + 1)
    until(lambda: page.day() == 900)
    shown = [m["epoch"] for m in page.messages if m["type"] == "opened"]
    assert shown[-1] == 30
    assert len(shown) < 30


def heads(page: Page) -> list[tuple[int, int, int]]:
    """Return epoch, day, and whether it plays, of every frame."""
    return [(*struct.unpack_from("<I4x4xI", frame, 4), frame[2]) for frame in page.frames if frame[0] == 1]


def test_the_end_of_a_run_is_shown_to_a_page_that_confirms_nothing(page: Page) -> None:
    page.confirms = False
    page.ask(type="open", state=TINY | {"day": "0", "speed": "max"}, epoch=1, play=True)
    until(lambda: page.frames and not page.session.playing)
    until(lambda: heads(page)[-1] == (1, 1096, 0), seconds=5)


@pytest.mark.parametrize("newer", ["step", "pause"])
def test_a_click_while_cities_are_built_does_not_lose_the_opening(
    page: Page, newer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = sharing.STARTS.of

    def clicked(setup: Scenario) -> Any:
        page.ask(type=newer, by="day")
        return build(setup)

    monkeypatch.setattr(sharing.STARTS, "of", clicked)
    page.ask(type="open", state=TINY, epoch=1)
    assert page.wait("opened")["epoch"] == 1


def test_frames_go_on_after_an_address_that_is_refused(page: Page) -> None:
    """The page drops frames of any epoch but the last that it asked for, refused or not, and the rows in them."""
    page.ask(type="open", state=TINY | {"speed": "7"}, epoch=1, play=True)
    until(lambda: page.frames)
    page.ask(type="open", state={"regime": "nonsense"}, epoch=2)
    page.wait("invalid")
    until(lambda: [frame for frame in heads(page) if frame[0] == 2 and frame[2]])
    first = next(frame for frame in page.frames if struct.unpack_from("<I", frame, 4)[0] == 2)
    assert struct.unpack_from("<I", first, 20)[0] == 0, "every row is sent again"


def test_an_opening_overtaken_by_one_that_is_refused_is_announced(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = sharing.STARTS.of

    def overtaken(setup: Scenario) -> Any:
        page.ask(type="open", state={"regime": "nonsense"}, epoch=2)
        return build(setup)

    monkeypatch.setattr(sharing.STARTS, "of", overtaken)
    page.ask(type="open", state=TINY, epoch=1)
    page.wait("invalid")
    assert page.wait("opened")["epoch"] == 2
    assert until(lambda: [frame for frame in heads(page) if frame[0] == 2])


@pytest.mark.parametrize(
    "command",
    [
        {"type": "nothing"},
        {"type": "step", "by": "century"},
        {"type": "speed", "speed": "-3"},
        {"type": "lesson", "lesson": "x"},
        {"type": "story", "resident": "'; drop table"},
        {"type": "download", "what": "../../etc/passwd"},
        {"type": "upload", "text": ["no text"]},
        {"type": "colour", "colour": 7},
        {"type": "seeds", "seeds": None},
        {"type": "ack"},
        {"type": "open", "state": 5},
        {},
    ],
)
def test_nonsense_never_ends_a_session(page: Page, command: dict[str, Any]) -> None:
    page.ask(type="open", state=TINY, epoch=1)
    page.wait("opened")
    page.ask(**command)
    page.ask(type="open", state=TINY, epoch=2)
    assert page.wait("opened", 2)["epoch"] == 2


def test_a_failing_model_is_reported_and_another_can_be_opened(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.ask(type="open", state=TINY, epoch=1)
    until(lambda: page.day() == 40)
    with monkeypatch.context() as patch:
        patch.setattr(City, "step", lambda _: 1 / 0)
        page.ask(type="play")
        assert "ZeroDivisionError" in page.wait("failed")["error"]
    page.ask(type="open", state=TINY, epoch=2)
    assert page.wait("opened", 2)["epoch"] == 2


def test_more_seeds_report_an_interval_or_why_not(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    state = TINY | {"against": "no_transmit", "end": "2010-12-31"}
    page.ask(type="open", state=state, epoch=3)
    page.wait("opened")
    page.ask(type="seeds", seeds=3)
    until(lambda: [f for f in page.frames if f[0] == 2 and f[1] == f[2] == 3])
    with monkeypatch.context() as patch:
        patch.setattr(CooperationModel, "totals", lambda _: 1 / 0)
        page.ask(type="seeds", seeds=2)
        assert "division" in page.wait("note")["text"]


def test_a_download_lives_the_same_history_up_to_the_day(tmp_path: Path) -> None:
    view = read_view({"scale": "100", "day": "222", "against": "no_receive", "jail_beds": "1.5"})
    found = made(write_view(view))
    path = tmp_path / "s.toml"
    path.write_text(downloads.scenario(view, found), encoding="utf-8")
    setup = Scenario.load(path)
    assert setup.days == 222
    again = CooperationModel(setup).run()
    assert np.array_equal(again.world.residents, found[0].model.world.residents)
    assert downloads.read_upload(path.read_text()).setup.parameters.jail_beds == 1.5


@pytest.mark.parametrize(
    "text", ["", "x = [", "a" * (2 << 20), "place = '06075'\nimport = 'os'", "[" * 5000, None]
)
def test_uploads_that_are_no_scenarios_are_refused(text: str | None) -> None:
    with pytest.raises(ScenarioError) as caught:
        downloads.read_upload(text)
    assert {p.file for p in caught.value.problems} <= {"upload", "address"}


# ---------------------------------------------------------------- lessons
@pytest.mark.parametrize("number", range(1, len(lessons.LESSONS) + 1))
def test_lessons_open_unanswered_on_something_to_see_and_can_be_answered(number: int) -> None:
    lesson = lessons.LESSONS[number - 1]
    found = made(lesson.state)
    assert lessons.check(number, found)["done"] is False
    if len(found) == 2:
        assert found[0].frame(RISK, 0) != found[1].frame(RISK, 0), "the two cities are identical"
    for answer in lesson.answers:
        assert lessons.check(number, made(lesson.state | answer))["done"] is True, answer


def test_lessons_claim_what_their_runs_show() -> None:
    """What texts say in words is true of the runs that they speak of; numbers stand in the line that is computed."""
    for lesson in lessons.LESSONS:
        text = " ".join([*lesson.text, lesson.question, lesson.hint, lesson.after])
        dates = r"\b(\d{1,2} )?(January|February|March|April|May|June|July|August|September|October|November|December) 20\d\d"
        assert not re.search(
            r"\d", re.sub(dates + r"|20\d\d(-\d\d-\d\d)?|\b(L[123]|C0|H\d+b?)\b", "", text)
        ), text
    left, right = made(lessons.LESSONS[0].state)
    custody = (Measure.TRANSFERS, Measure.AT_LARGE_ARRESTS)
    assert lessons.counted(right, *custody) < lessons.counted(left, *custody)
    left, right = made(lessons.LESSONS[1].state)
    seen = [lessons._mean(city, "attribution", lessons.HISPANIC) for city in (left, right)]
    assert seen[1] < seen[0]
    assert lessons._calls(right) > lessons._calls(left)
    beds = [made(lessons.LESSONS[2].state | change)[0] for change in ({}, {"ice_beds": "0.5"})]
    reached = [city.model.world.funnel.sum(axis=(0, 1, 3))[:, Stage.ICE_CUSTODY] for city in beds]
    shares = [taken[lessons.SERIOUS].sum() / taken.sum() for taken in reached]
    assert shares[0] < 0.5
    assert shares[0] < shares[1]
    assert reached[1].sum() < reached[0].sum()
    left, right = made(lessons.LESSONS[3].state)
    crime = [lessons.counted(city, Measure.INCIDENTS, groups=lessons.HISPANIC) for city in (left, right)]
    assert crime[0] > crime[1]
    assert lessons._calls(left) < lessons._calls(right)
    for hypotheses in ("H1+H2", "H1+H2b"):
        (city,) = made(lessons.LESSONS[4].state | {"hypotheses": hypotheses})
        assert lessons._mean(city, "risk", [lessons.US_BORN]) > 2, hypotheses


def test_lessons_on_trust_and_time_claim_what_their_runs_show() -> None:
    state = lessons.LESSONS[6].state
    left, right = made(state)
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
    for change in ({}, *lessons.LESSONS[7].answers):
        left, right = (city.model.world.police[0] for city in made(state | change))
        assert left["hours"][Task.IMMIGRATION] == 0 < right["hours"][Task.IMMIGRATION]
        assert left["presence"] == left["response"] == right["response"] == 1
    left, right = made(state)
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


def test_there_are_no_other_lessons() -> None:
    with pytest.raises(ScenarioError):
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


# ---------------------------------------------------------------- the server
@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "manifest.json").write_text('{"seed": 1}')
    (tmp_path / "mine" / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "mine" / "secret.txt").write_text("no")
    (tmp_path / "mine" / "link.csv").symlink_to("/etc/passwd")
    store = tmp_path / "local" / "sweep"
    store.mkdir(parents=True)
    (store / "store.json").write_text("{}")
    pd.DataFrame({"x": [*range(999), np.nan]}, dtype=object).to_parquet(store / "runs.parquet")
    sums = {"runs.parquet": hashlib.sha256((store / "runs.parquet").read_bytes()).hexdigest()}
    (store / "tables.json").write_text(json.dumps({"of": "", "sha256": sums}))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    settings = Settings(hosts=["testserver"], most_sessions=2, idle=1.0, results=tmp_path)
    with TestClient(build(settings)) as found:
        yield found


def test_pages_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    reply = client.get("/")
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    assert "http" not in reply.text.replace("http-equiv", "")
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_the_catalogue_is_the_registry(client: TestClient) -> None:
    found = client.get("/api/catalogue").json()
    assert [p["name"] for p in found["parameters"]] == list(Parameters.model_fields)
    assert {r["id"] for r in found["regimes"]} == set(regimes())
    assert len(found["lessons"]) == len(lessons.LESSONS)
    assert len(client.get("/api/places").json()) == 51 + 3143
    assert client.get("/api/find", params={"name": "King & Queen, VA"}).json() == ["51097"]
    assert client.get("/api/find", params={"name": "x" * 9000}).json() == client.get("/api/find").json() == []
    assert catalogue.place_names()[0] == "Alabama"


def test_results_are_listed_and_nothing_else_is_served(client: TestClient) -> None:
    listed = {entry["name"]: entry for entry in client.get("/api/results").json()}
    assert listed["mine"]["tables"] == ["a.csv"]
    assert "cannot be read" in listed["broken"]["about"]["manifest"]
    assert client.get("/api/result", params={"name": "mine", "file": "a.csv"}).json()["rows"] == [["1", "2"]]
    long = client.get("/api/result", params={"name": "local/sweep", "file": "runs.parquet"}).json()
    assert (long["columns"], len(long["rows"]), long["more"]) == (["x"], published.MOST_ROWS, True)
    for name, file in (
        ("mine", "secret.txt"),
        ("mine", "link.csv"),
        ("../..", "etc/passwd"),
        ("mine", "../mine/a.csv"),
        ("", ""),
    ):
        assert client.get("/api/result", params={"name": name, "file": file}).status_code == 404
    assert client.get("/static/../server.py").status_code == 404
    assert client.get("/api/outcomes", params={"name": "mine", "measure": "prints"}).status_code == 404


def test_the_map_has_every_county() -> None:
    found = nation.activation()
    assert len(found["fips"]) == 3143
    assert found["activation"][found["fips"].index("06075")] == "2010-06-08"
    assert [key for key, _ in found["outcomes"]] == list(nation.OUTCOMES)


def test_sockets_are_limited_in_number_origin_and_idleness(client: TestClient) -> None:
    with (
        client.websocket_connect("/session", headers={"origin": "http://evil.example"}) as foreign,
        pytest.raises(WebSocketDisconnect),
    ):
        foreign.receive_text()
    with client.websocket_connect("/session") as first, client.websocket_connect("/session"):
        with client.websocket_connect("/session") as third, pytest.raises(WebSocketDisconnect) as full:
            third.receive_text()
        assert full.value.code == FULL
        first.send_text("{no json")
        assert "unknown command" in first.receive_json()["error"]
        with pytest.raises(WebSocketDisconnect) as idle:
            first.receive_text()
        assert idle.value.code == IDLE


def test_a_message_that_cannot_be_sent_closes_the_connection_so_that_the_page_connects_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "_announce", lambda self, _: self.send({"type": object()}))
    with client.websocket_connect("/session") as socket:
        socket.send_json({"type": "open", "state": TINY, "epoch": 1})
        assert socket.receive_json()["type"] == "working"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == BROKEN


def test_one_page_lives_on_when_another_misbehaves(client: TestClient) -> None:
    with client.websocket_connect("/session") as good:
        with client.websocket_connect("/session") as bad:
            bad.send_bytes(b"\xff\xfe")
        good.send_json({"type": "open", "state": TINY, "epoch": 1})
        assert good.receive_json()["type"] == "working"
        assert good.receive_json()["type"] == "opened"


def test_results_that_are_no_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="--results"):
        launch.serve("127.0.0.1", None, tmp_path / "nowhere", show=False)


def test_a_port_in_use_is_refused_in_words_and_the_usual_one_is_replaced() -> None:
    taken = launch.bound("127.0.0.1", None)
    with taken, pytest.raises(ScenarioError, match="valid: an address of this machine"):
        launch.bound("127.0.0.1", taken.getsockname()[1])
    assert LARGEST_MESSAGE >= 1 << 20
