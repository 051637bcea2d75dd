"""Lessons as they are seen: the picture of a guess at every width, in every language, and counts of people in whole numbers."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import pytest
from browser import Pages, guess, settled

from comity.app.languages import LANGUAGES
from comity.app.lessons import LESSONS
from comity.app.opening import SCENES

WIDTHS = (1300, 390, 320)
MISPLACED = """() => {
  const found = [];
  for (const picture of document.querySelectorAll("svg.guess-picture")) {
    const edge = picture.getBoundingClientRect();
    const all = [...picture.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    const shared = (p, q, low, high) => Math.min(p[high], q[high]) - Math.max(p[low], q[low]);
    if (edge.left < 0 || edge.right > innerWidth) found.push("the picture runs out of the page");
    all.forEach(([a, p], k) => {
      if (p.left < edge.left || p.right > edge.right || p.top < edge.top || p.bottom > edge.bottom) found.push(`cut: ${a}`);
      if (p.height < 11) found.push(`small: ${a}`);
      for (const [b, q] of all.slice(k + 1))
        if (shared(p, q, "left", "right") > 0 && shared(p, q, "top", "bottom") > 0) found.push(`${a} / ${b}`);
    });
  }
  return found;
}"""
"""What of a guess's picture is cut off, too small to read or printed over something else."""


def lesson_page(pages: Pages, number: int, language: str, **context: Any) -> Any:
    """Open a lesson as its own button does, with fewer agents."""
    state = LESSONS[number - 1].state | {"lesson": str(number), "lang": language, "scale": "500"}
    return pages.open("#" + urlencode(state), **context)


def fits(page: Any) -> None:
    """Look at the picture at every width, as soon as it is drawn for it."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("width => innerWidth === width", arg=width)
        page.wait_for_timeout(150)
        assert page.evaluate(MISPLACED) == [], width


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", range(1, len(LESSONS) + 1))
def test_nothing_in_the_picture_of_a_guess_is_cut_or_overprinted(
    pages: Pages, number: int, language: str
) -> None:
    page = lesson_page(pages, number, language)
    guess(page, LESSONS[number - 1].guess.get("high", 0) if language == "en" else 0)
    assert page.locator("svg.guess-picture").count() == (LESSONS[number - 1].guess["kind"] != "choice")
    fits(page)


def test_a_line_is_drawn_where_the_finger_is(pages: Pages) -> None:
    page = lesson_page(pages, 5, "en", viewport={"width": 390, "height": 844})
    page.check("#scene [name=before] >> nth=0")
    page.click("#scene form button")
    page.wait_for_selector(".guess-board svg")
    page.locator(".guess-board").scroll_into_view_if_needed()
    box = page.locator(".guess-board").bounding_box()
    for part in (0.5, 0.8):
        x, y = box["x"] + part * box["width"], box["y"] + 0.4 * box["height"]
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.up()
        off = page.evaluate(
            "([x, y]) => Math.min(...[...document.querySelectorAll('.guess-board circle')].map(c => {"
            " const r = c.getBoundingClientRect(); return Math.abs((r.top + r.bottom) / 2 - y) + "
            " (Math.abs((r.left + r.right) / 2 - x) > 40 ? 1000 : 0) }))",
            [x, y],
        )
        assert off < 3


@pytest.mark.parametrize(
    "number", [n + 1 for n, lesson in enumerate(LESSONS) if lesson.guess["kind"] == "line"]
)
def test_the_key_shows_both_lines_as_they_are_drawn(pages: Pages, number: int) -> None:
    page = lesson_page(pages, number, "en")
    guess(page)
    drawn = page.evaluate(
        "[...document.querySelectorAll('#guessed polyline')].map(p => "
        "[getComputedStyle(p).stroke, p.getAttribute('stroke-dasharray') !== 'none'])"
    )
    shown = page.evaluate(
        "[...document.querySelectorAll('#guessed .swatch')].map(s => getComputedStyle(s))"
        ".map(s => [s.borderTopColor, s.borderTopStyle === 'dotted'])"
    )
    assert shown == drawn
    assert not re.search("colour|black", page.inner_text("#guessed .note").lower())


@pytest.mark.parametrize("number", [1, 3])
def test_people_are_counted_in_whole_numbers(pages: Pages, number: int) -> None:
    page = lesson_page(pages, number, "en")
    guess(page, 50)
    assert "your guess: 50" in page.locator("#guessed svg text").all_text_contents()
    assert "Your guess: 50. " in page.inner_text("#guessed p")
    if number == 1:
        told = " ".join(page.locator("#guessed svg text").all_text_contents())
        assert not re.search(r"\d\.\d", told)


def test_trials_count_people_in_whole_numbers(pages: Pages) -> None:
    page = pages.open(
        "#scale=20&start=2010-05-01&end=2010-12-31&day=120&against=no_holds_unpaid%402010-06-08"
    )
    page.evaluate("document.querySelector('#trials').open = true")
    page.wait_for_selector("#trials ol li")
    told = [
        text for text in page.locator("#trials ol li ul li").all_inner_texts() if "custody" in text.lower()
    ]
    assert told
    assert not any(re.search(r"\d\.\d", text) for text in told)


def test_charts_count_people_in_whole_numbers(pages: Pages) -> None:
    page = pages.open(
        "#scale=20&tour=0&day=200&against=no_receive&chart=prints&second=custody&group=hispanic"
    )
    told = [*page.locator("#numbers td").all_inner_texts(), page.inner_text("#difference-text")]
    told += [page.get_attribute(plot, "aria-label") for plot in ("#plot-d", "#plot-a")]
    assert any(re.search(r"\d", text) for text in told)
    assert not [text for text in told if re.search(r"\d\.\d", text)]


def test_nothing_at_all_is_said_once(pages: Pages) -> None:
    page = pages.open("#scale=500")
    said = page.evaluate(
        "import('./static/js/language.js').then((l) => [l.within(0, 0), l.within(1e-9, 1e-12), "
        "l.within(2.5, 0), l.within(-88, 3.2, true)])"
    )
    assert said == ["±0", "±0", "+2.5 ± 0", "\N{MINUS SIGN}88 ± 3"]


SPLIT = """() => {
  const scene = document.querySelector("#scene"), found = new Set();
  for (let width = 250; width < 700; width += 3) {
    scene.style.width = `${width}px`;
    for (const term of scene.querySelectorAll("p .term")) {
      const walk = document.createTreeWalker(term.closest("p"), NodeFilter.SHOW_TEXT), range = document.createRange();
      let before = null, after = null;
      for (let node = walk.nextNode(); node && !after; node = walk.nextNode()) {
        if (term.contains(node)) continue;
        if (!node.data) continue;
        if (term.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING) after = node;
        else before = node;
      }
      const lines = term.getBoundingClientRect();
      for (const [node, at, edge] of [[before, (before?.length ?? 0) - 1, "top"], [after, 0, "bottom"]]) {
        if (!node || /\\s/.test(node.data[at])) continue;
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        if (Math.abs(range.getBoundingClientRect()[edge] - lines[edge]) > 9)
          found.add(`${term.textContent} | ${node.data.slice(0, 9)}`);
      }
    }
  }
  return [...found];
}"""
"""Terms from which a line break parts the comma, the bracket or the letter that belongs to them, at any width."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_break_parts_a_term_from_its_comma(pages: Pages, language: str) -> None:
    page = lesson_page(pages, 1, language)
    for number in range(1, len(LESSONS) + 1):
        page.click("#skip-guess")
        for _ in range(3):
            page.click("#hint")
        assert page.evaluate(SPLIT) == [], number
        if number < len(LESSONS):
            page.click("#next-lesson")
            page.wait_for_function(
                "n => document.querySelector('#scene h2').textContent.includes(`${n}:`)", arg=number + 1
            )


def test_a_square_of_the_legend_keeps_away_from_the_scale(pages: Pages) -> None:
    page = pages.open("#scale=500&colour=trust")
    apart = page.evaluate(
        "(() => { const scale = document.querySelector('#scale-bar'), range = document.createRange();"
        " range.selectNode([...scale.childNodes].find(n => n.nodeType === 3 && /100/.test(n.data)));"
        " return scale.querySelector('i').getBoundingClientRect().left - range.getBoundingClientRect().right; })()"
    )
    assert apart >= 10


def test_a_line_that_was_drawn_stays_where_it_was_drawn(pages: Pages) -> None:
    """Its points belong to the days on which they were drawn, whatever day is shown later."""
    page = lesson_page(pages, 5, "en")
    guess(page)
    points = (
        "[...document.querySelectorAll('svg.guess-picture circle')]"
        ".map(c => ['cx', 'cy'].map(name => Number(c.getAttribute(name))))"
    )
    drawn = page.evaluate(points)
    assert len(drawn) == 6
    for move in ("d.value = 90", "d.value = Number(d.max)"):
        page.evaluate(
            f"const d = document.querySelector('#day'); {move}; d.dispatchEvent(new Event('change'))"
        )
        settled(page)
        page.wait_for_timeout(200)
        now = page.evaluate(points)
        assert [y for _, y in now] == [y for _, y in drawn]
        assert all(a < b for (a, _), (b, _) in pairwise(now))


def test_who_comes_back_has_said_before_what_was_said_before(pages: Pages) -> None:
    page = pages.open("#lesson=3&scale=500&day=365")
    said = "JSON.parse(localStorage['comity-answers']).answers.find(a => a.question === 'before').guess"
    page.check("#scene [name=before] >> nth=1")
    page.click("#scene form button")
    page.wait_for_selector("#scene form:not(:has([name=before]))")
    first = page.evaluate(said)
    page.reload()
    settled(page)
    page.check("#scene [name=before] >> nth=0")
    page.click("#scene form button")
    page.wait_for_selector("#scene form:not(:has([name=before]))")
    assert page.evaluate(said) == first


@pytest.mark.parametrize("number", range(1, 6))
def test_a_link_to_a_scene_of_the_opening_shows_that_scene(pages: Pages, number: int) -> None:
    page = pages.open(f"#tour={number}&scale=500")
    state = SCENES[number - 1].state
    assert page.locator(".city").count() == (2 if "against" in state else 1)
    page.evaluate(
        "const c = document.querySelector('#right-regime'); c.value = ''; c.dispatchEvent(new Event('change'))"
    )
    settled(page)  # a scene that had two cities is told with one, and throws nothing
    assert page.locator(".city").count() == 1
