"""The pipeline can be touched: stations say who could cut there and whose law forbids it, and dates on charts what happened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from browser import Pages, settled

if TYPE_CHECKING:
    from typing import Any

BEFORE, AFTER = "150", "700"
"""Days on which agreements with ICE could still be ended in San Francisco, and no longer."""


def touch(page: Any, station: int, *, by_key: bool = False) -> str:
    node = page.locator("#regime-left .station").nth(station)
    if by_key:
        node.focus()
        page.keyboard.press("Enter")
    else:
        node.click()
    return str(page.inner_text("#cuts"))


@pytest.mark.parametrize("by_key", [False, True])
def test_a_station_says_who_could_cut_there_and_a_button_does(pages: Pages, by_key: bool) -> None:
    page = pages.open(f"#scale=500&tour=0&day={BEFORE}")
    assert page.locator("#regime-left .station").count() == 7
    assert touch(page, 2, by_key=by_key)
    page.locator("#cuts button.cut").last.click()
    settled(page, "against=state_withhold@")
    assert page.locator("#regime-right svg text").filter(has_text="✕").count() == 1
    assert touch(page, 2, by_key=by_key) == ""


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_the_law_of_the_day_forbids_says_whose_law_and_what_it_would_take(
    pages: Pages, language: str
) -> None:
    page = pages.open(f"#scale=500&tour=0&day={AFTER}&lang={language}")
    said = touch(page, 2)
    words = ["ICE's letter of 5 August 2011", "It would take a start before 5 August 2011"]
    if language == "es":
        words = ["carta de ICE del 5 de agosto de 2011", "Haría falta empezar antes del 5 de agosto de 2011"]
    assert all(word in said for word in words), said
    page.locator("#cuts .void-note button").first.click()
    settled(page, "@2010-01-01")


@pytest.mark.parametrize(
    ("station", "title"),
    [
        (1, "The state does not forward"),
        (2, "The state does not forward"),
        (4, "No holds unless paid"),
        (5, "No holds unless paid"),
    ],
)
def test_a_cut_is_offered_at_both_stations_between_which_it_stands_and_at_its_decider_s(
    pages: Pages, station: int, title: str
) -> None:
    assert title in touch(pages.open(f"#scale=500&tour=0&day={BEFORE}"), station)


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_is_said_of_cuts_has_whole_sentences(pages: Pages, language: str) -> None:
    page = pages.open(f"#scale=500&tour=0&day={AFTER}&lang={language}")
    for station in range(7):
        said = touch(page, station)
        assert ".." not in said, said
        assert not re.search(r"[.] [a-z]", said), said


def test_dates_on_charts_say_what_happened(pages: Pages) -> None:
    page = pages.open(f"#scale=500&tour=0&day={AFTER}")
    for where in (".named", "#marks"):
        page.locator(f"{where} button").first.click()
        assert "Secure Communities is switched on" in page.inner_text("#definition")
        page.keyboard.press("Escape")


def test_nothing_is_cut_in_a_lesson_whose_controls_are_locked(pages: Pages) -> None:
    page = pages.open("#lesson=2&scale=500&locked=yes")
    assert page.evaluate("getComputedStyle(document.querySelector('.station')).pointerEvents") == "none"
