"""The opening: five scenes that are the running model, skippable, remembered, and true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from app_pages import made
from browser import Pages, number, settled, stages

from comity.app import opening, recording
from comity.app.city import somebody
from comity.app.series import COLUMNS
from comity.app.view import read_view

if TYPE_CHECKING:
    from collections.abc import Callable

DATES = (
    r"\b\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December) \d{4}"
)


@pytest.mark.parametrize("scene", opening.SCENES, ids=lambda scene: scene.id)
def test_scenes_are_states_and_their_texts_hold_no_number_of_a_run(scene: opening.Scene) -> None:
    view = read_view(scene.state)
    assert 0 < view.day <= view.setup.days
    assert not re.search(r"\d", re.sub(DATES, "", " ".join([scene.title, *scene.text])))
    assert recording._run_of(recording.BASE | scene.state) in recording.states()


@pytest.mark.parametrize("scene", [s for s in opening.SCENES if s.id in {"life", "fork"}], ids=lambda s: s.id)
@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_life_that_is_told_begins_before_its_arrest(scene: opening.Scene, seed: str) -> None:
    cities = made({"scale": "20", "seed": seed} | scene.state)
    chosen = somebody(cities)
    kinds = [
        log.loc[log["resident"] == chosen, "kind"].tolist() for log in (c.model.events() for c in cities)
    ]
    assert kinds[0].index("arrest") < kinds[0].index("match") < len(kinds[0]) - 1
    assert kinds[0][-1] != kinds[-1][-1] or len(cities) == 1


def test_it_is_offered_once_and_steps_with_arrow_keys(pages: Pages) -> None:
    page = pages.open()
    assert page.inner_text("#opening h2").startswith("1 of 5")
    assert "#" not in page.url, "who looks at the first scene has asked for nothing yet"
    page.keyboard.press("ArrowRight")
    settled(page, "tour=2")
    page.wait_for_selector("#opening-story li")
    assert re.match(DATES, page.inner_text("#opening-story li"))
    page.keyboard.press("ArrowLeft")
    settled(page, "tour=1")
    page.click("#opening-leave")
    assert page.is_hidden("#opening")
    assert "tour" not in page.url
    page.goto(page.url.split("#")[0])
    settled(page)
    assert page.is_hidden("#opening"), "it is remembered"
    page.click("#tour")
    settled(page, "tour=1")
    assert page.is_visible("#opening")


def test_who_asks_for_something_is_not_interrupted(pages: Pages) -> None:
    assert pages.open("#scale=100").is_hidden("#opening")


def _prints(page: Any) -> None:
    told = [
        number(n)
        for n in re.findall(
            r"(?<![\d,])[\d,]*\d(?= (?:people|reached|matched|ICE|came))", page.inner_text("#opening-says")
        )
    ]
    funnel = stages(page)
    assert told == [funnel[n] for n in (0, 1, 2, 4, 5)]


def _fork(page: Any) -> None:
    page.wait_for_selector("#opening-story .differs")
    told = re.findall(r"[\d,]*\d", page.inner_text("#opening-says").partition(" immigration")[2])
    assert [number(n) for n in told] == [stages(page, n)[stage] for stage in (1, 5) for n in (0, 1)]


def _bearers(page: Any) -> None:
    told = [
        number(n) for n in re.findall(r"[+\N{MINUS SIGN}±]\d+(?:\.\d+)?", page.inner_text("#opening-says"))
    ]
    cities = made({"scale": "20"} | opening.SCENES[4].state)
    left, right = (city.series() for city in cities)
    periods = np.array(cities[0].ends[: len(left)])
    year = periods > periods[-1] - 365
    groups = ("us_born", "immigrant", "unauthorized", "other")
    columns = [COLUMNS.index(("reporting", group)) for group in groups]
    means = [np.nanmean(lines[year][:, columns], axis=0) for lines in (left, right)]
    assert told == pytest.approx((means[1] - means[0]).tolist(), abs=0.06)


@pytest.mark.parametrize(("n", "check"), [(1, _prints), (4, _fork), (5, _bearers)])
def test_what_it_says_is_what_the_page_shows(pages: Pages, n: int, check: Callable[[Any], None]) -> None:
    state = opening.SCENES[n - 1].state | {"scale": "20", "tour": str(n)}
    page = pages.open("#" + "&".join(f"{key}={value}" for key, value in state.items()))
    page.wait_for_function("document.querySelector('#opening-says').textContent.length > 20")
    check(page)


def test_the_day_it_is_switched_on_comes(pages: Pages) -> None:
    page = pages.open("#scale=20&tour=3&day=150&speed=max")
    assert "not here yet" in page.inner_text("#opening-says")
    page.click("#play")
    page.wait_for_function("document.documentElement.dataset.day > 300")
    page.click("#play")
    settled(page)
    pairs = re.findall(r"([\d.]+) → ([\d.]+)", page.inner_text("#opening-says"))
    assert len(pairs) == 4
    assert float(pairs[0][1]) > float(pairs[0][0]), (
        "perceived risk of the US-born rises when the programme comes"
    )
