"""The page that stands alone: it opens from a file, shows what the model gave, asks nobody, and says what it does not hold."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from browser import guess, number, press_in_one_go, row, settled, stages
from recorded_page import EARLY, SEEDS, WITHHELD, Opened, address, content, parts, recorded
from typer.testing import CliRunner

from comity.app import lessons, recording, standalone
from comity.app.city import City
from comity.app.pictures import HAPPENED
from comity.app.view import CHOICES, read_view
from comity.cli import app
from comity.problems import InputError

if TYPE_CHECKING:
    from comity.scenario import Scenario

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def made() -> recording.Recording:
    return recorded()


@pytest.fixture(scope="module")
def html(made: recording.Recording) -> str:
    return standalone.page(made, SEEDS)


@pytest.mark.parametrize(("state", "day"), [(WITHHELD, 350), (EARLY, 700), ({"scale": "20"}, 1096)])
def test_it_shows_what_the_model_gives(
    chromium: Any, html: str, tmp_path: Path, state: dict[str, str], day: int
) -> None:
    cities = [City(setup) for setup in read_view(state).setups]
    for city in cities:
        while city.today < day:
            city.step()
    with Opened(chromium, tmp_path / "page.html", html, address(state, day)) as page:
        settled(page)
        for n, city in enumerate(cities):
            found = city.model.funnel().groupby("stage", sort=False, observed=True)["count"].sum()
            assert stages(page, n) == list(found)
        risk = [
            100 * (t := city.model.totals())["risk_sum"][-1, 2] / t["residents"][-1, 2] for city in cities
        ]
        page.select_option("#chart", "risk")
        assert row(page, "risk:unauthorized")[: len(cities)] == pytest.approx(risk, abs=0.051)


def test_who_is_here_for_the_first_time_sees_the_opening(chromium: Any, html: str, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "page.html", html) as page:
        settled(page)
        assert page.locator("#opening-next").count() == 1
        page.click("#opening-leave")
        page.goto(f"file://{tmp_path / 'page.html'}")
        settled(page)
        assert page.locator("#opening-next").is_visible() is False


def test_it_plays_to_the_end_and_steps(chromium: Any, html: str, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "page.html", html, "#speed=max&day=900") as page:
        settled(page)
        page.click("#play")
        page.wait_for_function("document.documentElement.dataset.day === '1096'")
        assert "Again" in page.inner_text("#play")
        page.click("#reset")
        settled(page)
        page.click("[data-step=month]")
        page.wait_for_function("Number(document.documentElement.dataset.day) >= 28")


def test_what_is_pressed_in_one_go_comes_about(chromium: Any, html: str, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "c.html", html, address({"scale": "20", "speed": "1"}, 0)) as page:
        settled(page)
        press_in_one_go(page)


def test_intervals_are_those_over_seeds(
    chromium: Any, html: str, tmp_path: Path, made: recording.Recording
) -> None:
    rows = (dict(zip(recording.TABLE, row, strict=True)) for row in made.table)
    (known,) = (row for row in rows if (row["regime"], row["outcome"]) == ("state_withhold", "custody"))
    with Opened(
        chromium, tmp_path / "page.html", html, address(WITHHELD | {"chart": "custody", "group": "all"}, 1096)
    ) as page:
        settled(page)
        page.click("#seeds")
        page.wait_for_function(
            "document.querySelector('#difference-text').textContent.includes('over 2 seeds')"
        )
        text = page.inner_text("#difference-text").split("this seed; ")[1]
        mean, half = (number(found) for found in re.findall(r"[-+\N{MINUS SIGN}]?[\d,.]*\d", text)[:2])
        assert mean == pytest.approx(float(known["difference"]), rel=0.02)
        assert half == pytest.approx(float(known["high"]) - float(known["difference"]), rel=0.02)


def test_what_is_not_in_it_is_said_and_nothing_is_lost(chromium: Any, html: str, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "page.html", html, "#against=state_withhold") as page:
        settled(page)
        page.select_option("#right-regime", "warrant_only")
        page.wait_for_function(
            "document.querySelector('#banner').textContent.includes('not in this recording')"
        )
        assert "warrant_only" in page.inner_text("#banner")
        assert page.input_value("#right-regime") == "state_withhold"


HOSTILE: tuple[dict[str, str], ...] = (
    {"day": "x"},
    {"day": "-1"},
    {"day": "1e3"},
    {"day": "1234567"},
    {"day": "\u0663"},
    {"day": ""},
    {"chart": "nope"},
    {"chart": "constructor"},
    {"second": "<b>x</b>", "day": "x"},
    {"lesson": "99"},
    {"tour": "77"},
    {"view": "nowhere"},
    {"speed": "1e9"},
    {"colour": "x" * 200, "group": "toString"},
    {"constructor": "1"},
    {"hasOwnProperty": "1", "toString": "2"},
    {"place": "Atlantis"},
    {"against": "<script>alert(1)</script>"},
    {"a": "b", "c" * 5000: ""},
    {"range": "c" * 100_001},
)


def in_address(state: dict[str, str]) -> str:
    return "#" + urlencode(state)


@pytest.mark.parametrize("state", HOSTILE, ids=lambda state: ",".join(state)[:40])
def test_what_the_server_refuses_in_an_address_is_refused_with_key_and_value(
    chromium: Any, html: str, tmp_path: Path, state: dict[str, str]
) -> None:
    with pytest.raises(InputError) as refused:
        read_view(state)
    with Opened(chromium, tmp_path / "page.html", html, in_address(state)) as page:
        page.wait_for_function("document.documentElement.dataset.state === 'stopped'")
        said = page.inner_text("#banner")
        for problem in refused.value.problems:
            if problem.key in CHOICES or problem.key in {"day", "state"}:
                valid = problem.expected.rpartition("? ")[2]
                assert f"{problem.key} = {problem.value}: {problem.wrong}. Valid: {valid}" in said
            else:
                assert f"{problem.key[:60]} = " in said
        assert page.locator("script", has_text="alert(1)").count() == 0
        assert "Nothing is shown yet" in page.inner_text("#headline")


def test_the_run_that_was_there_goes_on_when_an_address_is_refused(
    chromium: Any, html: str, tmp_path: Path
) -> None:
    with Opened(
        chromium, tmp_path / "page.html", html, address(WITHHELD | {"chart": "custody"}, 700)
    ) as page:
        settled(page)
        for state in HOSTILE[:-2]:
            page.evaluate("hash => { location.hash = hash }", in_address(WITHHELD | state))
            page.wait_for_function("!document.querySelector('#banner').hidden")
            settled(page)
            assert page.evaluate("document.documentElement.dataset.day") == "700"
            assert page.input_value("#chart") == "custody"
            page.click("#banner button")
        page.click("#play")
        page.wait_for_function("Number(document.documentElement.dataset.day) > 700")
        page.evaluate("location.hash = 'chart=nope'")
        page.wait_for_function("!document.querySelector('#banner').hidden")
        lived = int(page.evaluate("document.documentElement.dataset.day"))
        page.wait_for_function("day => Number(document.documentElement.dataset.day) > day", arg=lived)


def test_a_lesson_is_answered(chromium: Any, html: str, tmp_path: Path) -> None:
    start = lessons.LESSONS[0].state | {"lesson": "1"}
    with Opened(
        chromium, tmp_path / "page.html", html, "#" + "&".join(f"{k}={v}" for k, v in start.items())
    ) as page:
        guess(page)
        assert "the run" in page.inner_text("#guessed")
        page.wait_for_function("document.querySelector('#answer')?.textContent.startsWith('Not yet')")
        page.select_option("#right-regime", "state_withhold")
        page.wait_for_selector("#answer.done")


def test_the_nation_and_the_table_are_in_it(chromium: Any, html: str, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "page.html", html, "#view=nation") as page:
        page.wait_for_selector("#view-nation path[data-k]", state="attached")
        page.fill("#nation-find", "Cook")
        page.click("[data-view=results]")
        page.click("[data-table]")
        page.wait_for_selector("#view-results td")
        assert page.locator("#view-results tbody tr").count() == 2 * len(recording.SHOWN)


def test_all_regimes_at_once_are_in_it(
    chromium: Any, html: str, tmp_path: Path, made: recording.Recording
) -> None:
    with Opened(chromium, tmp_path / "page.html", html, "#view=regimes") as page:
        page.wait_for_selector("#overview-about")
        assert page.locator("#view-regimes [data-spec]").count() == len(made.overview["rows"]) - 1
        custody = page.inner_text("#view-regimes tr:has([data-spec=state_withhold]) .values >> nth=0")
        (known,) = (row for row in made.overview["rows"] if row["spec"] == "state_withhold")
        assert number(custody.split(" ")[0]) == pytest.approx(known["difference"][0], rel=0.01)
        page.click("#view-regimes [data-spec=state_withhold]")
        settled(page, "against=state_withhold")
        assert page.input_value("#right-regime") == "state_withhold"


def test_why_is_in_it(chromium: Any, html: str, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "page.html", html, address(WITHHELD, 1096)) as page:
        page.wait_for_selector("#because", state="attached")
        assert "31 December 2012" in page.inner_text("#because")
        assert "the last day of the run" not in page.inner_text("#why")
        page.select_option("#right-regime", "")
        settled(page)
        page.wait_for_function("document.querySelector('#why').hidden")


def test_why_says_where_it_is_not_of_the_day_that_is_shown(chromium: Any, html: str, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "page.html", html, address(WITHHELD, 700)) as page:
        page.wait_for_selector("#because", state="attached")
        assert "the last day of the run; shown is 1 December 2011" in page.inner_text("#why")


def test_it_has_trials_and_says_how_to_live_them(chromium: Any, html: str, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "page.html", html, address(WITHHELD, 700)) as page:
        settled(page)
        page.wait_for_selector("#trial-0[aria-current=true]")
        page.select_option("#right-regime", "")
        settled(page)
        page.wait_for_selector("#trial-1[aria-current=true]")
        page.click("#undo")
        settled(page, "against=state_withhold")
        page.wait_for_selector("#trial-0[aria-current=true]")
        page.click("#same-numbers summary")
        assert "comity compare --regimes mandatory,state_withhold" in page.inner_text("#command")
        assert page.inner_text("#command").endswith("--set end=2011-12-01")  # of 100 weeks
        page.check("#trial-tick-0")
        page.check("#trial-tick-1")
        page.click("#trials-compare")
        assert page.locator("#trials-beside tbody tr").count() == 4


def test_every_regime_and_every_lesson_is_recorded() -> None:
    states = recording.states()
    runs = {json.dumps(state, sort_keys=True) for state in states}
    assert len(runs) == len(states)
    for lesson in lessons.LESSONS:
        for answer in ({}, lesson.answers[0]):
            state = recording._run_of(recording.BASE | lesson.state | answer)
            assert json.dumps(state, sort_keys=True) in runs


@pytest.mark.parametrize("number", range(1, len(lessons.LESSONS) + 1))
def test_lessons_can_be_answered_with_what_is_recorded(number: int) -> None:
    lesson = lessons.LESSONS[number - 1]

    def verdict(state: dict[str, str]) -> bool:
        view = read_view(recording.BASE | state)
        cities = [City(setup) for setup in view.setups]
        for city in cities:
            while city.today < view.day:
                city.step()
        return bool(lessons.check(number, cities)["done"])

    assert not verdict(lesson.state)
    assert verdict(lesson.state | lesson.answers[0])


def frames(setup: Scenario) -> bytes:
    """Return what the page would be sent of a city, on the days that are recorded."""
    city, content, rows = City(setup), b"", 0
    for today in (*range(0, setup.days, recording.EVERY), setup.days):
        while city.today < today:
            city.step()
        content += city.frame(HAPPENED, rows)
        rows = len(city.series())
    return content


def unpacked(pieces: list[str]) -> bytes:
    return b"".join(gzip.decompress(base64.b64decode(piece)) for piece in pieces)


def test_frames_are_those_of_the_city(made: recording.Recording) -> None:
    for view in made.views:
        for name, setup in zip(view["cities"], read_view(view["opened"]["state"]).setups, strict=True):
            assert unpacked([made.pieces[piece] for piece in made.cities[name]]) == frames(setup)


@pytest.mark.parametrize("against", ["state_withhold", "no_holds_unpaid@2010-06-08"])
def test_the_committed_page_is_what_the_model_gives(against: str) -> None:
    found = parts((ROOT / "results" / "page" / "index.html").read_text(encoding="utf-8"))
    views = [
        content(part) for name, part in found.items() if name.startswith("views/") and name.endswith("about")
    ]
    assert {key for view in views for key in view["opened"]["page"]} == set(CHOICES)
    (view,) = (v for v in views if v["opened"]["state"] == {"against": against, "scale": "20"})
    cities = content(found["cities"])
    for name, setup in zip(view["cities"], read_view(view["opened"]["state"]).setups, strict=True):
        assert unpacked([found[f"pieces/{piece}"] for piece in cities[name]]) == frames(setup)


def test_a_file_that_is_there_is_refused_before_anything_is_lived(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("mine")
    for out in (tmp_path / "page.html", tmp_path / "no" / "page.html"):
        done = CliRunner().invoke(app, ["page", "--out", str(out)], env={"TERM": "dumb"})
        assert done.exit_code == 2
        assert "--out" in done.output
    assert (tmp_path / "page.html").read_text() == "mine"
