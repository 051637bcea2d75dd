"""A class in the browser: joining, locked lessons, the teacher's page, and frames on other pages."""

from __future__ import annotations

import http.server
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from browser import COMMAND, Pages, guess, settled
from test_browser_access import violations

from comity.app.lessons import LESSONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = "TRUST-26"
SMALL = "scale=500&start=2010-05-01&end=2010-12-31&day=245"
ANSWER = "async (entry) => (await import(new URL('static/js/answers.js', location.href).href)).answer(entry)"
ENTRY = {"lesson": "letter", "question": "after", "guess": None, "answer": "same", "right": True, "hints": 0}


class Class(NamedTuple):
    """A server of a class."""

    host: str
    secret: str
    pages: Pages


@pytest.fixture(scope="module")
def course() -> Iterator[str]:
    """Yield the address of a course page's server: another origin than the class's."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


@pytest.fixture(scope="module")
def told(host: str, course: str) -> Iterator[list[str]]:
    """Yield what a server of a class says in the terminal; kernels are compiled by then."""
    command = [sys.executable, "-c", COMMAND, "app", "--no-open", "--end-with-input"]
    command += ["--class", CODE.lower(), "--embed-from", course]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - this Python
        assert process.stdout is not None
        yield [process.stdout.readline() for _ in range(4)]
        process.kill()


@pytest.fixture
def taught(chromium: Any, told: list[str]) -> Iterator[Class]:
    host, secret = re.search(r"http://(\S+?)/", told[0]), re.search(r"/teacher#(\S+)", told[2])
    assert host
    assert secret
    found = Pages(chromium, host[1])
    yield Class(host[1], secret[1], found)
    for context in chromium.contexts:
        context.close()


def seated(taught: Class, address: str = "", **context: Any) -> Any:
    page = taught.pages.open(f"#class={CODE}&{address}", settle=False, **context)
    page.click(".door button")
    return settled(page)


def test_the_terminal_says_the_code_the_link_and_the_secret(taught: Class, told: list[str]) -> None:
    assert f"http://{taught.host}/#class={CODE}" in told[1]
    assert len(taught.secret) >= 20
    assert "memory" in told[3]


def test_a_student_joins_and_the_teacher_sees_where_and_saves_what(taught: Class, tmp_path: Path) -> None:
    page = seated(taught, f"{SMALL}&lesson=2&against=no_receive")
    number = re.search(r"\d+", page.inner_text("#seat"))
    assert number
    page.evaluate(ANSWER, ENTRY)
    teacher = taught.pages.open(f"teacher#{taught.secret}", settle=False)
    assert taught.secret not in teacher.url
    row = teacher.locator(f"#seats tr:has(td:text-is('{number[0]}'))")
    row.get_by_text("1 / 1").wait_for()
    assert LESSONS[1].title in row.inner_text()
    said = next(option["text"] for option in LESSONS[0].concept["options"] if option["id"] == "same")
    shown = teacher.inner_text("#questions")
    assert re.search(rf"After\s+{re.escape(said)} \([1-9]", shown), (
        shown
    )  # others of the class may have said it, too
    with teacher.expect_download() as saved:
        teacher.click("#csv")
    saved.value.save_as(tmp_path / "answers.csv")
    assert f"{number[0]},letter,after,,same,True,0" in (tmp_path / "answers.csv").read_text()
    teacher.on("dialog", lambda dialog: dialog.accept())
    row.get_by_role("button").click()
    page.wait_for_selector(".door[open]")
    assert "Join again" in page.inner_text("#join-says")
    page.click(".door button")
    page.wait_for_selector(".door[open]", state="hidden")
    assert page.evaluate("document.cookie") == ""
    assert all(
        "410" in text for text in taught.pages.wrong
    )  # which a page may get that answers while it is reset


def test_a_seat_outlives_a_reload_but_not_the_tab(taught: Class) -> None:
    page = seated(taught, SMALL)
    seat = page.inner_text("#seat")
    page.reload()
    settled(page)
    assert page.inner_text("#seat") == seat
    assert page.evaluate(
        "[document.cookie, Object.keys(localStorage).filter(key => key.includes('seat'))]"
    ) == ["", []]
    other = taught.pages.open("", settle=False)
    other.wait_for_selector(".door[open]")
    assert taught.pages.wrong == []


@pytest.mark.parametrize("code", ["", "WRONG", "<img src=x onerror=alert(1)>", "\u202eTSURT", "x" * 5000])
def test_a_wrong_code_is_answered_in_words(taught: Class, code: str) -> None:
    page = taught.pages.open("", settle=False)
    page.fill("#join-code", code)
    page.click(".door button")
    page.wait_for_function(
        "document.querySelector('#join-says').textContent === 'That is not the code of this class.'"
    )
    assert page.is_visible(".door")


@pytest.mark.parametrize(
    "address",
    [
        "class=<script>alert(1)</script>",
        f"class={CODE}&locked=<b>",
        f"class={CODE}&place=Atlantis",
        "class=" + "x" * 5000,
    ],
)
def test_hostile_addresses(taught: Class, address: str) -> None:
    page = taught.pages.open(f"#{address}", settle=False)
    page.wait_for_selector(".door[open]")
    if CODE in address:
        page.click(".door button")
        page.wait_for_selector("#banner:not([hidden])")
        assert "built" not in page.inner_text("#headline")
    assert page.locator("script", has_text="alert(1)").count() == 0


@pytest.mark.parametrize("number", range(1, len(LESSONS) + 1))
def test_a_link_opens_a_lesson_with_all_locked_but_what_it_asks_for(pages: Pages, number: int) -> None:
    lesson = LESSONS[number - 1]
    page = pages.open(f"#lesson={number}&locked=yes&lang=en", settle=False)
    page.click("#skip-guess")
    page.wait_for_selector("#locked-note")
    moves = {key for answer in lesson.answers for key in answer}
    assert page.is_visible("#setup") is bool(moves & {"place", "start", "end", "seed", "scale"})
    assert page.is_visible("#hypotheses-card") is ("hypotheses" in moves)
    assert page.is_disabled("#right-regime") is ("against" not in moves)
    assert page.is_disabled("#left-regime") is ("regime" not in moves)
    rows = page.evaluate(
        "[...document.querySelectorAll('.parameter')].filter(r => r.checkVisibility()).map(r => r.dataset.name)"
    )
    known = page.evaluate("[...document.querySelectorAll('.parameter')].map(r => r.dataset.name)")
    assert set(rows) == moves & set(known)
    assert not page.is_visible("nav")
    for key, value in lesson.state.items():
        assert f"{key}={value.replace('@', '%40').replace('+', '%2B')}" in page.evaluate(
            "location.hash"
        ) or key in {"day", "scale", "group", "chart", "colour"}


@pytest.mark.parametrize("number", range(1, len(LESSONS) + 1))
def test_a_link_with_another_seed_or_size_opens_the_lesson_and_no_other_run(
    pages: Pages, number: int
) -> None:
    page = pages.open(f"#lesson={number}&seed=3&scale=500")
    assert page.input_value("#seed") == "3"
    assert page.locator(".city").count() == (2 if "against" in LESSONS[number - 1].state else 1)
    guess(page)
    assert "NaN" not in page.inner_html("#scene")


def test_a_lock_stays_through_changes_and_reloads(pages: Pages) -> None:
    page = pages.open("#lesson=1&locked=yes&scale=500&against=no_minor_holds%402010-06-08")
    page.click("#skip-guess")
    page.select_option("#right-regime", "state_withhold")
    settled(page, "against=state_withhold")
    assert "locked=yes" in page.url
    page.reload()
    settled(page)
    assert not page.is_visible("nav")
    assert page.input_value("#right-regime") == "state_withhold"
    assert violations(page, "locked") == {}


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_violation_in_a_class(taught: Class, width: int) -> None:
    window = {"viewport": {"width": width, "height": 900}}
    door = taught.pages.open(f"#class={CODE}", settle=False, **window)
    door.wait_for_selector(".door[open]")
    found = violations(door, "door")
    page = seated(taught, f"{SMALL}&lesson=1&locked=yes&against=no_receive", **window)
    page.evaluate(ANSWER, ENTRY)
    teacher = taught.pages.open(f"teacher#{taught.secret}", settle=False, **window)
    teacher.wait_for_selector("#questions td")
    assert found | violations(page, "student") | violations(teacher, "teacher") == {}
    assert not teacher.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_the_teachers_page_asks_for_its_secret(taught: Class) -> None:
    page = taught.pages.open("teacher", settle=False)
    page.fill("#secret", "guess")
    page.click("#enter button")
    page.wait_for_function("document.querySelector('#said').textContent.startsWith('That is not')")
    page.fill("#secret", taught.secret)
    page.click("#enter button")
    page.wait_for_selector("#class:not([hidden])")
    page.select_option("#language", "es")
    page.wait_for_function("document.querySelector('h1').textContent === 'La clase'")
    assert LESSONS[0].title not in page.inner_text("#links")
    assert not re.search(r"\{[\w-]+\}", page.inner_text("body"))


@pytest.mark.parametrize("named", [True, False])
def test_only_a_named_origin_shows_the_class_in_a_frame(
    taught: Class, chromium: Any, course: str, named: bool
) -> None:
    page = chromium.new_page()
    outside = course if named else course.replace("127.0.0.1", "localhost")
    page.goto(outside)
    page.set_content(
        f"<iframe src='http://{taught.host}/#class={CODE}&{SMALL}' width=900 height=700></iframe>"
    )
    frame = page.frame_locator("iframe")
    if named:
        frame.locator(".door button").click()
        frame.locator("#headline", has_text="booked").wait_for()
    else:
        page.wait_for_timeout(1500)
        assert frame.locator(".door").count() == 0
    page.set_content(f"<iframe src='http://{taught.host}/teacher' width=900 height=700></iframe>")
    page.wait_for_timeout(1000)
    assert frame.locator("#enter").count() == 0


@pytest.mark.parametrize(
    "address",
    [
        "place=Atlantis",
        "day=x",
        "regime=x&against=y",
        "scale=1&place=CA",
        "lesson=99",
        "locked=no",
        "view=x&lesson=1",
    ],
)
def test_nothing_says_that_something_comes_after_an_address_was_refused(pages: Pages, address: str) -> None:
    page = pages.open(f"#{address}&lang=en", settle=False)
    page.wait_for_selector("#banner button")
    assert_quiet(page)
    page.click("#banner button")
    assert "booked" in settled(page).inner_text("#headline")


@pytest.mark.parametrize("code", [4001, 4002, 1011])
def test_nothing_says_that_something_comes_when_the_server_does_not(
    pages: Pages, chromium: Any, code: int
) -> None:
    page = chromium.new_page(bypass_csp=True, locale="en-US")
    page.route_web_socket("**/session", lambda socket: socket.close(code=code))
    page.goto(f"http://{pages.host}/")
    page.wait_for_selector("#banner:not([hidden])")
    assert_quiet(page)


def assert_quiet(page: Any) -> None:
    """Nothing on the page says that it is about to show something, or is still asking."""
    assert page.inner_text("#headline").startswith("Nothing is shown yet")
    assert page.inner_text("#subline") == page.inner_text("#pace") == ""
    assert "\N{HORIZONTAL ELLIPSIS}" not in page.inner_text(".stage")
