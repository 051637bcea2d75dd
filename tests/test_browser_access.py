"""Access: axe finds nothing, words are defined in place, sliders and charts speak, a phone keeps what changes in sight."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import Pages, guess, row, settled

from comity.app.languages import LANGUAGES
from comity.app.lessons import LESSONS
from comity.dictionary.glossary import glossary

SMALL = "#scale=500&start=2010-05-01&end=2010-12-31&day=245"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],  # of what is right not every place is described
}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_axe_finds_no_violation_on_any_view(pages: Pages, width: int, scheme: str) -> None:
    page = pages.open(
        SMALL + "&against=inactive", viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page.wait_for_selector("#because", timeout=180_000)
    page.click("#why summary")
    page.evaluate("for (const part of document.querySelectorAll('#trials, #same-numbers')) part.open = true")
    found = {}
    for view in ("city", "regimes", "lessons", "nation", "results", "about"):
        page.click(f"[data-view={view}]")
        page.wait_for_selector(f"#view-{view} h1", timeout=120_000)
        if view == "regimes":
            page.wait_for_selector("#overview-about", timeout=120_000)
        found |= violations(page, view)
    assert found == {}


def violations(page: Any, where: str) -> dict[str, list[str]]:
    """Return what axe objects to, by view and rule."""
    told = Axe().run(page, options=RULES).response["violations"]
    return {f"{where}: {rule['id']}": [node["html"][:200] for node in rule["nodes"]] for rule in told}


@pytest.mark.parametrize("address", [f"#lesson={n + 1}&scale=500" for n in range(2)] + ["#tour=4&scale=500"])
def test_axe_finds_no_violation_in_lessons_and_the_opening(pages: Pages, address: str) -> None:
    page = pages.open(address + "&against=no_receive")
    assert violations(page, address) == {}
    if "lesson" in address:
        guess(page)
        page.click("#hint")
        assert violations(page, address + ", after the guess") == {}


def test_axe_finds_no_violation_where_a_line_is_drawn_and_the_keyboard_draws_it(pages: Pages) -> None:
    page = pages.open("#lesson=5&scale=500&day=365")
    page.check("#scene [name=before] >> nth=1")
    page.press("#scene form button", "Enter")
    page.wait_for_selector(".guess-board")
    assert violations(page, "drawing") == {}
    slider = page.locator(".guess-sliders input").last
    slider.focus()
    before = page.get_attribute(".guess-board svg", "aria-label")
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    assert page.get_attribute(".guess-board svg", "aria-label") != before
    assert slider.get_attribute("aria-valuetext")
    page.click("#scene form button")
    assert "Your guess" in page.get_attribute("#guessed svg", "aria-label")


def test_terms_are_defined_where_they_stand_by_mouse_and_by_keyboard(pages: Pages) -> None:
    page = pages.open(SMALL + "&against=no_minor_holds&lesson=1")
    page.click("#skip-guess")
    term = page.locator("#scene .term").first
    key = term.get_attribute("data-term")
    term.click()
    assert glossary()[key].meaning in page.inner_text("#definition")
    page.keyboard.press("Escape")
    assert not page.is_visible("#definition")
    term.focus()
    page.keyboard.press("Enter")
    assert page.is_visible("#definition")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_every_term_stands_under_about(pages: Pages) -> None:
    page = pages.open(SMALL + "&view=about")
    shown = dict(
        zip(
            page.locator("#glossary dt").all_inner_texts(),
            page.locator("#glossary dd").all_inner_texts(),
            strict=True,
        )
    )
    assert shown == {term.term: term.meaning for term in glossary().values()}


def test_a_text_keeps_every_word_when_terms_are_marked(pages: Pages) -> None:
    page = pages.open(SMALL)
    for number, lesson in enumerate(LESSONS, 1):
        page.evaluate(f"location.hash = '#scale=500&lesson={number}&against=no_receive'")
        settled(page, f"lesson={number}")
        page.wait_for_function(
            "t => document.querySelector('#scene h2').textContent.includes(t)", arg=lesson.title
        )
        page.click("#skip-guess")
        assert page.locator("#scene > p").all_text_contents()[: len(lesson.text)] == lesson.text
        assert page.locator("#scene .term").count() >= 1


def test_sliders_and_charts_say_what_they_show(pages: Pages) -> None:
    page = pages.open(SMALL + "&chart=trust&second=risk&against=inactive")
    assert page.get_attribute("#day", "aria-valuetext") == "31 December 2010"
    page.evaluate(
        "const d = document.querySelector('#day'); d.value = 31; d.dispatchEvent(new Event('input'))"
    )
    assert page.get_attribute("#day", "aria-valuetext") == "31 May 2010"
    page.wait_for_function("document.documentElement.dataset.day === '31'")
    settled(page)
    left = row(page, "trust:us_born")[0]
    text = page.get_attribute("#plot-a", "aria-label")
    assert f"{left:.1f} now" in re.split("Right: ", text)[0]
    assert "right minus left" in page.get_attribute("#plot-d", "aria-label")


HIDDEN = """control => {
  const bar = document.querySelector("#bar").getBoundingClientRect(), box = document.querySelector("#bar div");
  const inside = (r, top, bottom) => r.top >= top && r.bottom <= bottom && r.left >= 0 && r.right <= innerWidth;
  const found = [];
  if (!inside(document.querySelector(control).getBoundingClientRect(), 0, bar.top)) found.push("the control");
  for (const part of ["#bar-date", "#bar-says", "#bar-play"])
    if (!inside(document.querySelector(part).getBoundingClientRect(), bar.top, innerHeight)) found.push(part);
  if (box.scrollHeight > box.clientHeight + 1) found.push(`scrolled away: ${box.textContent}`);
  if (bar.height > 80) found.push(`${bar.height} pixels of bar`);
  if (document.documentElement.scrollWidth > innerWidth) found.push("sideways");
  return found;
}"""
"""What a phone does not show at once of a control and of the bar that stays."""

CONTROLS = {
    1: "#right-regime",
    2: "#hypotheses input[value=H0]",
    3: ".parameter[data-name=ice_beds] input[type=number]",
    4: "#hypotheses input[value=H4]",
    5: "#hypotheses input[value=H1]",
    6: "#right-regime",
    7: "#hypotheses input[value=H3]",
    8: "#hypotheses input[value=H10]",
}
"""What each lesson asks to move."""


def move(page: Any, control: str) -> None:
    """Move what a lesson asks to move."""
    if control == "#right-regime":
        page.select_option(control, "no_holds_unpaid")
    elif "parameter" in control:
        page.fill(control, "0.3")
        page.press(control, "Enter")
    else:
        page.click(control)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", CONTROLS)
def test_a_phone_keeps_the_control_and_what_it_changes_in_sight(
    pages: Pages, number: int, language: str
) -> None:
    state = LESSONS[number - 1].state | {"lesson": str(number), "lang": language, "scale": "500"}
    page = pages.open("#" + urlencode(state), **PHONE)
    control = CONTROLS[number]
    page.click("#skip-guess")
    page.evaluate("for (const card of document.querySelectorAll('.side details')) card.open = true")
    page.locator(control).evaluate("node => node.scrollIntoView({ block: 'center' })")
    page.wait_for_function(
        "document.querySelector('#answer').textContent !== document.querySelector('#bar-says').textContent"
    )  # as long as there is no answer, both say that it is awaited
    assert page.evaluate(HIDDEN, control) == []
    before = page.evaluate(
        "[document.documentElement.dataset.asked, document.querySelector('#bar-says').textContent]"
    )
    move(page, control)
    page.wait_for_function("old => document.documentElement.dataset.asked !== old", arg=before[0])
    settled(page)
    if number in (1, 6):  # with so few agents others may come to the same numbers
        page.wait_for_function(
            "old => document.querySelector('#bar-says').textContent !== old", arg=before[1]
        )
    page.wait_for_timeout(400)  # what the server finds, and a line more in the bar
    assert page.evaluate(HIDDEN, control) == []


UNANSWERED = """() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) { if (!String(text).includes('"type":"lesson"')) send.call(this, text) };
}"""
"""Lets no question of a lesson reach the server."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bar_keeps_its_height_before_a_lesson_is_answered_and_before_there_are_numbers(
    pages: Pages, language: str
) -> None:
    page = pages.open(f"#scale=500&lang={language}", **PHONE)
    page.evaluate(UNANSWERED)
    for number, lesson in enumerate(LESSONS, 1):
        state = lesson.state | {"lang": language, "scale": "500", "view": "city"}
        for more in ({"lesson": str(number)}, {"day": "2"}):
            page.evaluate("hash => { location.hash = hash }", urlencode(state | more))
            settled(page, urlencode(more))
            if "lesson" in more:
                page.click("#skip-guess")
                assert page.inner_text("#answer") == page.inner_text("#bar-says")
            assert set(page.evaluate(HIDDEN, "#scene")) <= {"the control"}
            assert page.inner_text("#bar-says")


def test_the_bar_says_what_the_page_says_now(pages: Pages) -> None:
    page = pages.open(SMALL.replace("245", "100") + "&against=no_minor_holds%402010-06-08", **PHONE)
    for change in ("", "[data-step='day']"):
        if change:
            day = page.inner_text("#date")
            page.click(change)
            page.wait_for_function("old => document.querySelector('#date').innerText !== old", arg=day)
        settled(page)
        assert page.inner_text("#bar-date") == page.inner_text("#date")
        assert page.inner_text("#bar-says") == page.inner_text("#subline")


def test_nothing_moves_by_itself_where_that_is_asked_for(pages: Pages) -> None:
    page = pages.open(SMALL, reduced_motion="reduce")
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e);"
        " return !['0s', ''].includes(s.transitionDuration) || s.animationName !== 'none' }).length"
    )
    assert moving == 0
