"""The page's other views in a real browser: lessons, the nation, results; by keyboard, on a phone, with contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from browser import Pages, guess, server, settled

from comity.app import nation
from comity.model import CooperationModel
from comity.output import run
from comity.world import places

if TYPE_CHECKING:
    from pathlib import Path

SMALL = "#scale=100"


def test_lessons_are_answered_by_moving_a_control(pages: Pages) -> None:
    page = pages.open("#view=lessons")
    assert page.locator("#lesson-list article").count() == 8
    page.click("[data-lesson='1']")
    moves = [
        lambda: page.select_option("#right-regime", "state_withhold"),
        lambda: page.evaluate("document.querySelector('#hypotheses input[value=H0]').click()"),
        lambda: _set(page, "ice_beds", "0.5"),
        lambda: page.evaluate("document.querySelector('#hypotheses input[value=H4]').click()"),
        lambda: page.evaluate(
            "for (const box of document.querySelectorAll('#hypotheses input')) box.checked = false;"
            "document.querySelector('#hypotheses input[value=H1]').click()"
        ),
        lambda: page.select_option("#right-regime", "no_holds_unpaid"),
        lambda: page.evaluate("document.querySelector('#hypotheses input[value=H3]').click()"),
        lambda: page.evaluate("document.querySelector('#hypotheses input[value=H10]').click()"),
    ]
    for n, move in enumerate(moves, 1):
        page.wait_for_function(f"location.hash.includes('lesson={n}')")
        settled(page)
        assert page.locator(".panels").is_hidden(), "nothing is seen before the guess"
        guess(page)
        assert page.inner_text("#guessed > p")[0] in "✓✗"
        page.wait_for_function("document.querySelector('#answer').textContent.startsWith('Not yet')")
        move()
        page.wait_for_selector("#answer.done")
        if n < len(moves):
            page.click("#next-lesson")
    page.click("#leave-lesson")
    assert page.locator("#scene").is_hidden()
    page.click("[data-view=lessons]")
    assert page.locator("#learned tr:has-text('1 of 1')").count() == 8


def _set(page: Any, name: str, value: str) -> None:
    page.evaluate(
        "([name, v]) => { const i = document.querySelectorAll(`.parameter[data-name=${name}] input`)[1];"
        "i.value = v; i.dispatchEvent(new Event('change')); }",
        [name, value],
    )


def _drag(page: Any, slider: str, value: int) -> None:
    page.evaluate(
        "([name, v]) => { const s = document.querySelector(name); s.value = v; s.dispatchEvent(new Event('input')); }",
        [slider, value],
    )


def test_nation_shows_every_county_by_date(pages: Pages) -> None:
    page = pages.open("#view=nation")
    page.wait_for_function("document.querySelectorAll('.map path[data-k]').length > 3100")
    _drag(page, "#nation-day", 700)
    on = int((places.counties()["activation"] <= pd.Timestamp("2008-10-01") + pd.Timedelta(days=700)).sum())
    assert f"{on:,} of 3,143" in page.inner_text("#nation-headline")
    page.fill("#nation-find", "San Francisco")
    page.wait_for_function("document.querySelector('#nation-county').textContent.includes('8 June 2010')")
    assert "scale(4)" in page.get_attribute(".map svg g", "transform")
    page.click("#nation-whole")
    page.hover(".map path[data-k='0']", force=True)
    page.wait_for_function("document.querySelector('#nation-county').textContent.includes('Autauga')")
    page.click("#nation-play")
    page.wait_for_function("Number(document.querySelector('#nation-day').value) > 720")
    page.click("#nation-play")


def test_results_show_tables_and_figures(pages: Pages) -> None:
    page = pages.open("#view=results")
    page.click("[data-result=san-francisco] [data-table='comparison.csv']")
    page.wait_for_selector("[data-result=san-francisco] .tablewrap td")
    assert "into ICE custody" in page.inner_text("[data-result=san-francisco] .tablewrap")
    page.wait_for_function("document.querySelector('.results img').naturalWidth > 100")
    page.click("nav [data-view=about]")
    assert "cannot say" in page.inner_text("#view-about")
    page.click("nav [data-view=city]")
    assert page.locator("#play").is_visible()


def test_keyboard_alone_and_names_for_everything(pages: Pages) -> None:
    page = pages.open(SMALL)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    page.wait_for_function("document.documentElement.dataset.state === 'playing'")
    page.keyboard.press("Space")
    settled(page)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, select, canvas, progress')]"
        ".filter(e => !(e.labels?.length || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby')"
        " || e.textContent.trim() || e.closest('.plot[role=img]'))).map(e => e.outerHTML)"
    )
    assert nameless == []


def test_a_phone_needs_no_sideways_scrolling(pages: Pages) -> None:
    page = pages.open(
        "#scale=100&against=no_receive", viewport={"width": 390, "height": 844}, device_scale_factor=2
    )
    for view in ("city", "lessons", "nation", "results", "about"):
        page.click(f"nav [data-view={view}]")
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, view


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(pages: Pages, scheme: str) -> None:
    page = pages.open(SMALL, color_scheme=scheme)
    colours = page.evaluate(
        "Object.fromEntries(['bg','card','ink','muted','accent','on-accent','warn','warn-bg','bad','bad-bg','good','good-bg','soft']"
        ".map(n => [n, getComputedStyle(document.documentElement).getPropertyValue('--' + n).trim()]))"
    )
    pairs = [
        ("ink", "bg"),
        ("ink", "card"),
        ("ink", "soft"),
        ("muted", "card"),
        ("muted", "bg"),
        ("on-accent", "accent"),
        ("warn", "warn-bg"),
        ("bad", "bad-bg"),
        ("good", "good-bg"),
    ]
    for a, b in pairs:
        assert contrast(colours[a], colours[b]) >= 4.5, (a, b)


def contrast(a: str, b: str) -> float:
    """Return the contrast of two colours (WCAG 2)."""
    light = sorted((_luminance(a), _luminance(b)))
    return (light[1] + 0.05) / (light[0] + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_map_shows_outcomes_of_a_stored_run(chromium: Any, tmp_path: Path) -> None:
    model = CooperationModel(place="CA", scale=1000, start="2010-01-01", end="2011-12-31").run()
    run.write_run(tmp_path / "california", model)
    with server("--results", str(tmp_path)) as host:
        pages = Pages(chromium, host)
        page = pages.open("#view=nation")
        for key, label in nation.menu():
            page.select_option("#nation-what", f"california|{key}")
            page.wait_for_function(
                "label => document.querySelector('#nation-headline').textContent.startsWith(label)", arg=label
            )
            fills = page.evaluate(
                "[...new Set([...document.querySelectorAll('.map path[data-k]')].map(p => p.getAttribute('fill')))]"
            )
            assert len(fills) > (3 if key == "prints" else 1), key
            assert "in the model" in page.inner_text("#nation-headline")
            assert "not measurements" in page.inner_text("#nation-note")
            assert "in the model" in page.inner_text("#nation-key")
        _drag(page, "#nation-day", 900)  # 2011
        assert "in 2011" in page.inner_text("#nation-headline")
        page.fill("#nation-find", "Los Angeles")
        page.wait_for_function(
            "document.querySelector('#nation-county').textContent.includes('in the model: ')"
        )
        page.fill("#nation-find", "Alpine")
        page.wait_for_function("document.querySelector('#nation-county').textContent.includes('fewer than')")
        page.select_option("#nation-what", "")
        page.wait_for_function(
            "!document.querySelector('#nation-county').textContent.includes('in the model')"
        )
        assert "switched on" in page.inner_text("#nation-headline")
        page.click("nav [data-view=results]")
        page.click("[data-table='weekly.parquet']")
        page.wait_for_selector(".tablewrap td")
        assert pages.wrong == []
        page.context.close()
