"""The page that stands alone: it opens from a file, shows what the model gave, asks nobody, and says what it does not hold."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import guess, number, press_in_one_go, row, settled, stages
from typer.testing import CliRunner

from comity.app import lessons, recording, standalone
from comity.app.city import City
from comity.app.pictures import HAPPENED
from comity.app.view import CHOICES, read_view
from comity.cli import app

if TYPE_CHECKING:
    from comity.scenario import Scenario

ROOT = Path(__file__).parents[1]
WITHHELD = {"against": "state_withhold", "scale": "20"}
EARLY = {"against": "no_minor_holds@2010-06-08", "scale": "20"}
SEEDS = 2


@pytest.fixture(scope="module")
def made() -> recording.Recording:
    return recording.record([{"scale": "20"}, WITHHELD, EARLY], SEEDS, lambda *_: None)


@pytest.fixture(scope="module")
def html(made: recording.Recording) -> str:
    return standalone.page(made, SEEDS)


class Opened:
    """A page that was opened from a file, with everything that went wrong in it."""

    def __init__(self, browser: Any, file: Path, text: str, address: str = "") -> None:
        file.write_text(text, encoding="utf-8")
        self.wrong: list[str] = []
        self.page = browser.new_page(viewport={"width": 1300, "height": 900}, bypass_csp=True)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda m: m.type == "error" and self.wrong.append(m.text))
        self.page.on(
            "request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or self.wrong.append(r.url)
        )
        self.page.goto(f"file://{file}{address}")

    def __enter__(self) -> Any:
        return self.page

    def __exit__(self, *_: object) -> None:
        self.page.close()
        assert not self.wrong


def address(state: dict[str, str], day: int) -> str:
    return "#" + "&".join(f"{key}={value}" for key, value in (state | {"day": str(day)}).items())


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


@pytest.mark.parametrize(
    "lost", ["#place=Atlantis", "#day=x", "#a=b&" + "c" * 5000, "#against=<script>alert(1)</script>"]
)
def test_hostile_addresses(chromium: Any, html: str, tmp_path: Path, lost: str) -> None:
    with Opened(chromium, tmp_path / "page.html", html, lost) as page:
        page.wait_for_function(
            "!document.querySelector('#banner').hidden || document.documentElement.dataset.state === 'paused'"
        )
        assert page.locator("script", has_text="alert(1)").count() == 0


def test_an_edited_piece_is_noticed_and_the_rest_is_shown(
    chromium: Any, html: str, made: recording.Recording, tmp_path: Path
) -> None:
    own = set(made.cities[made.views[1]["cities"][1]]) - set(made.cities[made.views[1]["cities"][0]])
    text = made.pieces[min(own)]
    content = bytearray(base64.b64decode(text))
    content[len(content) // 2] ^= 1
    edited = html.replace(text, base64.b64encode(content).decode())
    assert edited != html
    with Opened(chromium, tmp_path / "page.html", edited, "#against=state_withhold") as page:
        page.wait_for_function("document.querySelector('#banner').textContent.includes('cut or edited')")
        page.click("#banner button")
        settled(page)
        assert "booked" in page.inner_text("#headline")


def in_recording(html: str, edit: Any) -> str:
    """Return the page with its recording edited."""
    before, _, rest = html.partition('id="recording">')
    text, _, after = rest.partition("</script>")
    content = json.loads(text)
    edit(content)
    return f'{before}id="recording">{standalone._in_html(content)}</script>{after}'


@pytest.mark.parametrize("form", [0, 2, "1", None])
def test_a_recording_of_another_version_is_said_to_be_one_and_shown(
    chromium: Any, html: str, tmp_path: Path, form: Any
) -> None:
    text = in_recording(html, lambda content: content.update(form=form))
    with Opened(chromium, tmp_path / "page.html", text, "#against=state_withhold") as page:
        page.wait_for_function(
            "/another version|cut or edited/.test(document.querySelector('.recorded').textContent)"
        )
        assert "ICE took" in settled(page).inner_text("#headline")


def _garbled(text: str) -> str:
    return base64.b64encode(b"no gzip" + base64.b64decode(text)[7:]).decode()


PARTS = ("pieces", "cities", "views", "overview", "pictures", "base", "page", "every", "title")
EDITS: dict[str, Any] = {
    **{f"without {key}": lambda c, key=key: c.pop(key) for key in PARTS},
    **{f"{key} of another kind": lambda c, key=key: c.update({key: 7}) for key in ("pieces", "cities", "views", "page")},
    "a view of nothing": lambda c: c["views"].append(None),
    "views without cities": lambda c: [view.pop("cities") for view in c["views"]],
    "views without a run": lambda c: [view.pop("opened") for view in c["views"]],
    "no pieces left": lambda c: c["pieces"].clear(),
    "lessons garbled": lambda c: [view.update(lessons=_garbled(view["lessons"])) for view in c["views"]],
    "reasons garbled": lambda c: [view.update(why=_garbled(view["why"])) for view in c["views"] if "why" in view],
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_whatever_was_cut_or_edited_is_said_and_the_rest_is_shown(
    chromium: Any, html: str, tmp_path: Path, edit: str
) -> None:
    text = in_recording(html, EDITS[edit])
    with Opened(chromium, tmp_path / "page.html", text, "#against=state_withhold") as page:
        page.wait_for_function(
            "document.documentElement.dataset.state === 'paused' || !document.querySelector('#banner').hidden"
        )
        page.wait_for_timeout(1000)
        shown = "booked" in page.inner_text("#headline") or "ICE took" in page.inner_text("#headline")
        assert shown or "Nothing is shown yet" in page.inner_text("#headline")
        said = "cut or edited" in page.inner_text("body") or "not in this recording" in page.inner_text(
            "body"
        )
        assert said or (shown and edit == "reasons garbled")
        page.click("[data-view=nation]")
        page.wait_for_selector("#view-nation path[data-k]", state="attached")


def test_a_page_that_was_cut_says_so(chromium: Any, html: str, tmp_path: Path) -> None:
    start = html.index('id="recording">') + 2000
    with Opened(
        chromium, tmp_path / "page.html", html[:start] + "</script>" + html[html.index("</script>", start) :]
    ) as page:
        page.wait_for_function("document.body.textContent.includes('cut or edited')")


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
        page.select_option("#right-regime", "")
        settled(page)
        page.wait_for_function("document.querySelector('#why').hidden")


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
    html = (ROOT / "results" / "page" / "index.html").read_text(encoding="utf-8")
    found = json.loads(html.partition('id="recording">')[2].partition("</script>")[0])
    assert {key for view in found["views"] for key in view["opened"]["page"]} == set(CHOICES)
    (view,) = (v for v in found["views"] if v["opened"]["state"] == {"against": against, "scale": "20"})
    for name, setup in zip(view["cities"], read_view(view["opened"]["state"]).setups, strict=True):
        assert unpacked([found["pieces"][piece] for piece in found["cities"][name]]) == frames(setup)


def test_a_file_that_is_there_is_refused_before_anything_is_lived(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("mine")
    for out in (tmp_path / "page.html", tmp_path / "no" / "page.html"):
        done = CliRunner().invoke(app, ["page", "--out", str(out)], env={"TERM": "dumb"})
        assert done.exit_code == 2
        assert "--out" in done.output
    assert (tmp_path / "page.html").read_text() == "mine"
