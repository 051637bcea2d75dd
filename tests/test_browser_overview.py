"""All regimes at once, as a reader sees and uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from browser import Pages, number, settled

from comity.app import histories, overview
from comity.app.view import read_view

if TYPE_CHECKING:
    from typing import Any

RUN = {"scale": "500", "end": "2010-12-31"}
ADDRESS = "#scale=500&end=2010-12-31&view=regimes"
FULL = "!document.querySelector('#view-regimes progress') && document.querySelector('#overview-about')"


def filled(pages: Pages, **context: Any) -> Any:
    page = pages.open(ADDRESS, settle=False, **context)
    page.wait_for_function(FULL, timeout=180_000)
    return page


def values(page: Any, at: int) -> list[float]:
    """Return the differences of a column, from top to bottom."""
    cells = page.locator(
        f"#view-regimes tbody tr:has([data-spec]) td:nth-of-type({at}) .values > span:first-child"
    )
    return [number(text.split(":")[-1].split()[0]) for text in cells.all_inner_texts()]


def test_it_shows_every_regime_and_the_numbers_of_the_model(pages: Pages) -> None:
    page = filled(pages)
    setup = overview.subject(read_view(RUN).setup)
    rows = overview.rows(setup)
    runs = [
        histories.live(
            [setup.with_(regime=row.spec, seed=seed) for row in rows], overview.SHOWN, lambda: None
        )
        for seed in range(1, 9)
    ]
    known = {row["spec"]: row for row in overview.table(setup, rows, np.stack(runs))["rows"]}
    shown = [item.get_attribute("data-spec") for item in page.locator("#view-regimes [data-spec]").all()]
    assert sorted(shown) == sorted(set(known) - {"mandatory"})
    for spec, found in zip(shown, values(page, 1), strict=True):
        assert abs(found - known[spec]["difference"][0]) <= 0.051 + abs(found) / 200
    assert page.locator("#view-regimes [data-layer]").count() == 5


def test_it_is_sorted_by_any_outcome(pages: Pages) -> None:
    page = filled(pages)
    page.uncheck("#overview-grouped")
    for at, outcome in enumerate(["custody", "removals", "reporting", "trust", "victims", "ice_hours"], 1):
        page.click(f"[data-sort={outcome}]")
        down = values(page, at)
        assert down == sorted(down, reverse=True)
        page.click(f"[data-sort={outcome}]")
        assert values(page, at) == sorted(down)
        assert page.locator("th[aria-sort=ascending]").count() == 1
        assert page.evaluate("document.activeElement.dataset.sort") == outcome


def test_a_click_puts_a_regime_into_the_right_city_and_keeps_the_table(pages: Pages) -> None:
    page = filled(pages)
    page.click("[data-spec=state_withhold]")
    settled(page, "against=state_withhold")
    assert page.is_visible("#view-city")
    assert "against=state_withhold" in page.url
    assert page.input_value("#right-regime") == "state_withhold"
    page.click("[data-view=regimes]")
    assert page.get_attribute("[data-spec=state_withhold]", "aria-pressed") == "true"
    assert page.evaluate(FULL)  # it was not lived again


def test_another_run_has_another_table(pages: Pages) -> None:
    page = filled(pages)
    page.click("[data-view=city]")
    page.fill("#seed", "9")
    page.press("#seed", "Enter")
    settled(page, "seed=9")
    page.click("[data-view=regimes]")
    page.wait_for_function("document.querySelector('#view-regimes').textContent.includes('being lived')")
    page.wait_for_function(FULL, timeout=180_000)


def test_the_sandbox_plays_while_it_is_filled(pages: Pages) -> None:
    page = pages.open(ADDRESS + "&seed=31&speed=max&day=0", settle=False)
    page.wait_for_selector("#view-regimes progress", state="attached", timeout=120_000)
    page.click("[data-view=city]")
    page.click("#play")
    page.wait_for_function("document.documentElement.dataset.day === '365'")


def test_a_phone_has_one_outcome_and_a_choice(pages: Pages) -> None:
    page = filled(pages, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('.overview'))")
    assert page.locator("#view-regimes thead th:visible").count() == 2
    page.select_option("#overview-outcome", "trust")
    assert "Trust" in page.inner_text("#view-regimes thead th:visible >> nth=1")
