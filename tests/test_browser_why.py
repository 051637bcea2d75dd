"""The sentence that says why, as a reader meets it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from browser import Pages, number, settled

from comity.app import histories, reasons
from comity.app.series import COLUMNS
from comity.app.view import read_view

SMALL = "#scale=500&start=2010-05-01&end=2010-12-31"


def because(page: Any, *, but: str = "") -> str:
    page.wait_for_function(
        "old => { const n = document.querySelector('#why'); return n.textContent.includes('behind it') && "
        "!n.textContent.includes(' lived') && document.querySelector('#because').textContent !== old }",
        arg=but,
        timeout=180_000,
    )
    return str(page.inner_text("#because"))


def test_it_gives_the_numbers_of_the_runs(pages: Pages) -> None:
    page = pages.open(SMALL + "&against=inactive&day=245")
    text = because(page)
    state = dict(parse_qsl(SMALL[1:]))
    pair = [reasons.until(s, 245) for s in read_view(state | {"against": "inactive"}).setups]
    column = COLUMNS.index(("reporting", "hispanic"))
    gaps = []
    for seed in range(1, 6):
        left, right = (histories.live([s.with_(seed=seed)], COLUMNS, lambda: None)[0, column] for s in pair)
        gaps.append(right - left)
    shown = re.search(r"\): (\S+) ± (\S+) ", text)
    assert shown
    assert abs(number(shown[1]) - sum(gaps) / 5) < 0.051
    page.click("#why summary")
    assert page.locator("#why tbody tr").count() >= 2


def test_a_change_of_the_only_city_is_explained_and_nothing_before_it(pages: Pages) -> None:
    page = pages.open(SMALL + "&day=245")
    page.wait_for_timeout(1500)
    assert not page.is_visible("#why")
    page.click("#hypotheses-card > summary")
    page.click("#hypotheses input[value=H0]")
    settled(page, "hypotheses=H0")
    first = because(page)
    assert "by the last change" in first
    page.select_option("#chart", "risk")
    assert "risk" in because(page, but=first)


def test_no_sentence_outlives_what_it_was_about(pages: Pages) -> None:
    page = pages.open(SMALL + "&against=no_minor_holds@2010-06-08&day=245")
    because(page)
    page.select_option("#right-regime", "no_transmit")
    shown = page.wait_for_function(  # as soon as the other regime stands, whatever is still on its way
        "document.querySelector('#cities').textContent.includes('Send no prints')"
        " && {told: document.querySelector('#because') !== null}"
    )
    assert shown.json_value() == {"told": False}


def test_other_dice_are_another_history(pages: Pages) -> None:
    page = pages.open(SMALL + "&day=245")
    page.fill("#seed", "5")
    page.press("#seed", "Enter")
    page.wait_for_function("document.querySelector('#why').textContent.includes('another history')")


def test_what_changes_nothing_is_said_to(pages: Pages) -> None:
    page = pages.open(SMALL + "&against=must_comply&day=245")
    assert "not one number differs" in because(page)
    assert page.locator("#why tbody tr").count() == 0


def test_what_is_too_coarse_for_reasons_is_not_said_to_have_none(pages: Pages) -> None:
    """Beds are whole agents: where one stands for fifty people there are enough of them, and custody fell all the same."""
    page = pages.open("#scale=1&day=365&chart=custody&group=all")
    page.evaluate("location.hash = '#scale=1&day=365&chart=custody&group=all&ice_beds=2.9'")
    settled(page, "ice_beds=2.9")
    text = because(page)
    assert "not one number" not in text
    assert ("Reasons are looked for with one agent for" in text) == ("nothing differs" in text)


def test_a_session_refuses_what_is_no_request(pages: Pages) -> None:
    page = pages.open(SMALL)
    page.evaluate(
        "import('/static/js/source.js').then(s => s.send({type: 'why', seeds: 3, asked: 1, column: 9999, before: null}))"
    )
    page.wait_for_function("document.querySelector('#banner').textContent.includes('column')")


def test_what_stands_below_stays_where_it_is(pages: Pages) -> None:
    """Whoever presses a button while the sentence comes would miss it otherwise."""
    page = pages.open(SMALL + "&against=inactive&day=245")
    places = page.evaluate_handle("""() => { const found = [], play = document.querySelector('#play');
        (function look() { found.push(Math.round(play.getBoundingClientRect().top + scrollY)); requestAnimationFrame(look); })();
        return found; }""")
    because(page)
    assert len(set(places.json_value())) == 1
