"""The page in a real browser: every control is pressed and its effect seen, and its numbers are the model's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from browser import Pages, day, number, press_in_one_go, row, server, settled, stages

from comity.analyse.compare import interval
from comity.app.view import read_view
from comity.model import CooperationModel
from comity.parameters import Parameters, describe
from comity.scenario import load

if TYPE_CHECKING:
    from pathlib import Path


SMALL = "#scale=100"
TWO = "#scale=20&against=state_withhold"


def lived(state: dict[str, str]) -> list[CooperationModel]:
    """Return the models that a page with this state shows."""
    view = read_view(state)
    models = [CooperationModel(setup, log=True) for setup in view.setups]
    for model in models:
        while model.today < view.day:
            model.step()
    return models


def funnel(model: CooperationModel) -> list[float]:
    return list(model.funnel().groupby("stage", sort=False, observed=True)["count"].sum())


def test_first_sight_has_half_a_year_and_plays_at_one_click(pages: Pages) -> None:
    page = pages.open()
    (model,) = lived({})
    assert day(page) == 181
    assert stages(page) == funnel(model)
    booked, prints, *_, custody, _ = (f"{n:,.0f}" for n in funnel(model))
    assert all(n in page.inner_text("#headline") for n in (booked, prints, custody))
    assert "half" not in page.inner_text("#headline")
    page.click("#play")
    page.wait_for_function("Number(document.documentElement.dataset.day) > 190")
    page.click("#play")
    settled(page)


def test_numbers_are_those_of_the_model_in_both_cities(pages: Pages) -> None:
    state = {"scale": "20", "against": "state_withhold", "day": "300", "fear_weight": "2"}
    page = pages.open("#" + "&".join(f"{k}={v}" for k, v in state.items()))
    models = lived(state)
    for n, model in enumerate(models):
        assert stages(page, n) == funnel(model)
    total = [model.totals() for model in models]
    trust = [100 * t["trust_sum"][-1, 2] / t["residents"][-1, 2] for t in total]
    calls = [100 * t["chance_sum"][-4:, 2].sum() / t["incidents"][-4:, 2].sum() for t in total]
    assert row(page, "trust:unauthorized")[:2] == pytest.approx(trust, abs=0.051)
    assert row(page, "reporting:unauthorized")[:2] == pytest.approx(calls, abs=0.051)
    where = [np.bincount(m.world.residents["whereabouts"], minlength=5) * 20 for m in models]
    for n, counts in enumerate(where):
        text = page.inner_text(f".facts[data-city='{n}']")
        assert [number(t) for t in re.findall(r"\d[\d,]*(?= )", text)] == list(counts[1:])


def test_the_same_regime_on_both_sides_gives_the_same_pixels(pages: Pages) -> None:
    page = pages.open("#scale=100&against=mandatory&day=400")
    for colour in ("trust", "risk", "happened"):
        page.select_option("#colour", colour)
        page.wait_for_timeout(250)
        left, right = page.evaluate(
            "[...document.querySelectorAll('canvas')].filter(c => c.closest('.city')).map(c => c.toDataURL())"
        )
        assert left == right
    assert "nothing differs" in page.inner_text("#headline")
    page.select_option("#right-regime", "no_transmit")
    settled(page, "against=no_transmit")
    left, right = page.evaluate(
        "[...document.querySelectorAll('canvas')].filter(c => c.closest('.city')).map(c => c.toDataURL())"
    )
    assert left != right


def test_time_goes_by_day_week_and_month_and_back(pages: Pages) -> None:
    page = pages.open(SMALL)
    for step, expected in (("day", 182), ("week", 189), ("month", 189 + 31)):
        page.click(f"[data-step={step}]")
        page.wait_for_function(f"document.documentElement.dataset.day === '{expected}'")
    page.select_option("#speed", "100")
    assert "speed=100" in page.url
    page.evaluate(
        "document.querySelector('#day').value = 50; document.querySelector('#day').dispatchEvent(new Event('input'))"
    )
    page.wait_for_function("document.documentElement.dataset.day === '50'")
    assert settled(page).input_value("#day") == "50"
    page.click("#reset")
    page.wait_for_function("document.documentElement.dataset.day === '0'")


def test_playing_to_the_end_stops_there_and_starts_again(pages: Pages) -> None:
    page = pages.open("#scale=200&end=2010-09-30&speed=max")
    page.click("#play")
    page.wait_for_function(
        "document.documentElement.dataset.day === '273' && document.documentElement.dataset.state === 'paused'"
    )
    assert page.inner_text("#play") == "↺ Again"
    page.select_option("#speed", "7")
    page.click("#play")
    page.wait_for_function(
        "document.documentElement.dataset.state === 'playing' && Number(document.documentElement.dataset.day) < 200"
    )


def test_reset_ten_times(pages: Pages) -> None:
    page = pages.open(TWO + "&speed=max")
    for _ in range(10):
        page.click("#play")
        # At this speed a run may be over before anybody looks, so that "playing" need not be seen.
        page.wait_for_function("Number(document.documentElement.dataset.day) > 0")
        page.click("#reset")
        page.wait_for_function("document.documentElement.dataset.day === '0'")
    page.click("[data-step=month]")
    page.wait_for_function("document.documentElement.dataset.day === '31'")
    assert stages(page) == funnel(lived({"scale": "20", "day": "31"})[0])


def test_place_changes_while_playing(pages: Pages) -> None:
    page = pages.open(SMALL)
    page.click("#play")
    page.fill("#place", "Cook County, IL")
    page.press("#place", "Enter")
    page.wait_for_function("document.querySelector('#headline').textContent.includes('Cook, IL')")
    page.wait_for_function("document.documentElement.dataset.state === 'playing'")
    page.click("#play")
    now = day(settled(page))
    assert "place=Cook" in page.url
    state = {"place": "Cook County, IL", "day": str(now)}
    assert stages(page) == funnel(lived(state)[0])


def test_what_is_pressed_before_the_page_hears_back_builds_on_what_was_pressed_before(pages: Pages) -> None:
    press_in_one_go(pages.open(SMALL + "&speed=30"))


def test_two_sessions_do_not_see_each_other(pages: Pages) -> None:
    first, second = pages.open(SMALL + "&seed=2"), pages.open(SMALL + "&seed=3")
    first.click("#play")
    second.click("[data-step=week]")
    second.wait_for_function("document.documentElement.dataset.day === '188'")
    first.click("#play")
    settled(first)
    for page, seed in ((first, "2"), (second, "3")):
        assert stages(page) == funnel(lived({"scale": "100", "seed": seed, "day": str(day(page))})[0])


@pytest.mark.parametrize(
    ("control", "value", "key", "kept"),
    [
        ("#start", "2010-02-01", "start=2010-02-01", "the same people and other dice"),
        ("#end", "2011-06-30", "end=2011-06-30", "the same people and the same dice"),
        ("#seed", "7", "seed=7", "other people and other dice"),
        ("#left-from", "2010-03-01", "regime=no_transmit@2010-03-01", "the same people and the same dice"),
        ("#right-from", "2010-03-01", "against=no_receive@2010-03-01", "the same people and the same dice"),
    ],
)
def test_fields_change_the_run_and_the_page_says_so(
    pages: Pages, control: str, value: str, key: str, kept: str
) -> None:
    page = pages.open(SMALL + "&regime=no_transmit&against=no_receive")
    before = day(page)
    page.fill(control, value)
    page.press(control, "Tab")
    settled(page, key)
    assert kept in page.inner_text("#toast")
    assert day(page) == before
    assert page.input_value(control) == value


def test_regimes_are_explained_and_drawn(pages: Pages) -> None:
    page = pages.open(SMALL)
    for name in page.eval_on_selector("#left-regime", "s => [...s.options].map(o => o.value)"):
        page.select_option("#left-regime", name)
        settled(page, "" if name == "mandatory" else f"regime={name}")
        page.wait_for_function(f"document.querySelector('#left-regime').value === '{name}'")
        card = page.locator("#regime-left")
        assert len(card.locator("p").first.inner_text()) > 30
        label = card.locator("svg").get_attribute("aria-label")
        assert "moves" in label or name == "mandatory"
    page.select_option("#scale", "50")
    settled(page, "scale=50")


def test_hypotheses_are_switches(pages: Pages) -> None:
    page = pages.open(SMALL)
    boxes = page.locator("#hypotheses input")
    page.click("#hypotheses-card summary")
    for n in range(boxes.count()):
        name = boxes.nth(n).get_attribute("value")
        before = boxes.nth(n).is_checked()
        boxes.nth(n).click()
        page.wait_for_function(
            "([n, was]) => document.querySelectorAll('#hypotheses input')[n].checked !== was && location.hash.includes('hyp')",
            arg=[n, before],
        )
        settled(page)
        assert boxes.nth(n).is_checked() != before, name


def test_every_parameter_has_its_bounds_and_changes_the_run(pages: Pages) -> None:
    page = pages.open("#view=about&scale=1000&end=2010-02-28&day=10")  # out of sight: nothing is drawn
    bounds = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.parameter')].map(p => [p.dataset.name,"
        "[...p.querySelectorAll('input')].map(i => [Number(i.min), Number(i.max)])]))"
    )
    moves = []
    for name, value in Parameters():
        meta, vector = describe(name), isinstance(value, tuple)
        assert bounds[name] == [[meta.low, meta.high]] * (len(value) if vector else 2)
        if vector and name in {"record_offender", "record_other", "incident_mix", "minor_charges"}:
            continue  # these share out a whole: one number cannot change alone
        new = meta.high if (value[0] if vector else value) != meta.high else meta.low
        moves.append((name, 0 if vector else 1, new))
    for k in range(0, len(moves), 12):
        some = moves[k : k + 12]
        page.evaluate(
            "moves => { for (const [name, n, v] of moves) {"
            "const i = document.querySelectorAll(`.parameter[data-name=${name}] input`)[n];"
            "i.value = v; i.dispatchEvent(new Event(n ? 'change' : 'input')); i.dispatchEvent(new Event('change')); } }",
            some,
        )
        shown = "[...document.querySelectorAll('.parameter.changed')].map(p => p.dataset.name).sort().join()"
        page.wait_for_function(f"names => {shown} === names", arg=",".join(sorted(name for name, *_ in some)))
        page.evaluate("for (const b of document.querySelectorAll('.parameter.changed .undo')) b.click()")
        page.wait_for_function(f"{shown} === ''")
    assert settled(page).locator(".parameter.changed").count() == 0


def test_sliders_and_search_of_parameters(pages: Pages) -> None:
    page = pages.open(SMALL)
    page.click("#parameters-card summary")
    page.fill("#find-parameter", "fear_weight")
    assert page.locator(".parameter:visible").count() == 1
    slider = page.locator(".parameter[data-name=fear_weight] input[type=range]")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    settled(page, "fear_weight=")
    assert float(slider.input_value()) > 1.05
    assert row(page, "reporting:unauthorized")[0] < 40


def test_charts_colours_and_shades_follow_their_choices(pages: Pages) -> None:
    page = pages.open(TWO)
    for select, value in (
        ("#chart", "custody"),
        ("#second", "risk"),
        ("#group", "unauthorized"),
        ("#colour", "trust"),
    ):
        page.select_option(select, value)
        page.wait_for_function("text => location.hash.includes(text)", arg=f"{select[1:]}={value}")
    assert page.locator("[data-row='custody:unauthorized']").count() == 1
    assert page.locator("[data-row='risk:us_born']").count() == 1
    assert "unauthorized" in page.inner_text("#difference-text")
    page.select_option("#funnel-by", "status")
    assert "US-born" in page.inner_text("#funnel")
    assert page.locator("#calendar li").count() >= 4


def test_the_difference_gets_an_interval_over_seeds(pages: Pages) -> None:
    page = pages.open("#scale=100&against=no_transmit&end=2010-12-31&day=365&chart=prints&group=all")
    page.fill("#seed-count", "4")
    page.click("#seeds")
    page.wait_for_function("document.querySelector('#difference-text').textContent.includes('over 4 seeds')")
    found = []
    for seed in range(1, 5):
        left, right = lived(
            {"scale": "100", "against": "no_transmit", "end": "2010-12-31", "day": "365", "seed": str(seed)}
        )
        found.append(right.totals()["submissions"].sum() - left.totals()["submissions"].sum())
    mean, half = interval(np.array(found))
    text = page.inner_text("#difference-text").split("seed;")[1]
    shown = [number(t) for t in re.findall(r"[\u2212+]?[\d,.]+", text)[:2]]
    assert shown == pytest.approx([mean, half], rel=0.01)
    assert page.locator("#seeds-progress").is_hidden()


def test_a_story_is_told_in_both_cities(pages: Pages) -> None:
    page = pages.open("#scale=50&against=no_transmit&day=700")
    page.click("#somebody")
    page.wait_for_selector("#story article[data-city='1']")
    assert page.locator("#story article[data-city='0'] li").count() > 2
    page.fill("#resident", "5")
    page.click("#tell")
    page.wait_for_function("document.querySelector('#story').textContent.includes('Resident 5:')")
    page.fill("#resident", "99999999")
    page.click("#tell")
    page.wait_for_selector("#banner:not([hidden])")
    assert "no such resident" in page.inner_text("#banner")
    assert not page.inner_text("#banner li").startswith(SOURCES)
    page.click("#banner button")


def test_a_click_on_a_resident_tells_that_residents_story(pages: Pages) -> None:
    page = pages.open("#scale=100&day=600&colour=happened")
    box = page.locator(".city canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#story article")
    who = int(re.search(r"Resident (\d+)", page.inner_text("#story")).group(1))
    assert who < 8053
    page.mouse.move(5, 5)
    page.locator(".city canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.querySelector('.facts').textContent.includes('Neighbourhood')")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "who => !document.querySelector('#story').textContent.includes(`Resident ${who}:`)", arg=who
    )


def test_downloads_reproduce_the_view(pages: Pages, tmp_path: Path) -> None:
    page = pages.open("#scale=50&against=no_minor_holds&day=520&seed=4&ice_beds=1")
    paths = {}
    for what in ("data", "scenario", "svg", "png"):
        page.click("#download-menu summary")
        with page.expect_download() as download:
            page.click(f"[data-download={what}]")
        paths[what] = tmp_path / download.value.suggested_filename
        download.value.save_as(paths[what])
    assert paths["png"].read_bytes().startswith(b"\x89PNG")
    drawn = paths["svg"].read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert "chance that a victim calls the police" in drawn
    setup = load(paths["scenario"])
    models = [CooperationModel(setup.with_(regime=regime)).run() for regime in setup.compare]
    assert [stages(page, 0), stages(page, 1)] == [funnel(model) for model in models]
    table = pd.read_csv(paths["data"])
    counted = table[(table["regime"] == "no_minor_holds") & (table["measure"] == "bookings")]["value"].sum()
    assert counted <= models[1].totals()["bookings"].sum()
    assert counted >= 0.97 * models[1].totals()["bookings"].sum()


def test_uploads_are_checked(pages: Pages, tmp_path: Path) -> None:
    page = pages.open(SMALL)
    good, bad, huge = tmp_path / "good.toml", tmp_path / "bad.toml", tmp_path / "huge.toml"
    good.write_text("place = '11001'\nscale = 100\nregime = 'no_transmit'\n[parameters]\nfear_weight = 2.0\n")
    bad.write_text("place = '/etc/passwd'\nregime = 'nope'\n[parameters]\nfear_weight = 'rm -rf'\n")
    huge.write_text("x" * (1 << 21))
    page.set_input_files("#upload", good)
    settled(page, "fear_weight=2")
    assert "District of Columbia" in page.input_value("#place")
    page.set_input_files("#upload", bad)
    page.wait_for_function("document.querySelectorAll('#banner li').length >= 3")
    assert "upload" in page.inner_text("#banner")
    assert str(tmp_path) not in page.inner_text("#banner")
    page.click("#banner button")
    page.set_input_files("#upload", huge)
    page.wait_for_function("document.querySelector('#banner').textContent.includes('too large')")


def test_everything_works_under_the_pages_own_policy(pages: Pages) -> None:
    page = pages.open(SMALL, settle=False, bypass_csp=False)
    page.wait_for_selector("html[data-state=paused]")
    assert page.locator(".u-wrap canvas").count() == 2
    page.click("#download-menu summary")
    with page.expect_download():
        page.click("[data-download=png]")
    page.click("nav [data-view=nation]")
    page.wait_for_selector(".map path[data-k='3000']")
    page.click("nav [data-view=results]")
    page.wait_for_selector(".results img")


SOURCES = ("address", "command line")
"""A person who looks at the page has entered neither."""


HOSTILE = [
    "#place=<img src=x onerror=alert(1)>&seed=1e999&regime=__import__('os')",
    "#scale=-5&day=-1&speed=-3&fear_weight=nan",
    "#regimes={a={policies=[{decider='county',lever='hold'}]}}&regime=a",
    "#" + "&".join(f"k{n}=1" for n in range(400)),
    "#place=US&scale=1",
]


@pytest.mark.parametrize("address", HOSTILE)
def test_hostile_addresses_are_refused_with_every_problem(pages: Pages, address: str) -> None:
    page = pages.open(address, settle=False)
    page.wait_for_selector("#banner li")
    assert "Valid:" in page.inner_text("#banner")
    assert not [text for text in page.locator("#banner li").all_inner_texts() if text.startswith(SOURCES)]
    assert page.locator("#banner img").count() == 0
    page.click("#banner button")
    settled(page)
    assert day(page) == 181


def test_the_address_holds_the_full_state(pages: Pages) -> None:
    address = (
        "#scale=50&against=no_holds_unpaid@2010-07-01&day=250&colour=happened&chart=custody&group=other"
        "&act_2010=[0.1, 0.2, 0.3, 0.4]"
    )
    page = pages.open(address)
    page.click("#copy-link")
    again = pages.open("#" + page.url.split("#")[1])
    assert again.url == page.url
    assert stages(again, 1) == stages(page, 1)
    assert again.input_value("#colour") == "happened"
    page.evaluate("location.hash = '#scale=100&day=20'")
    settled(page, "day=20")
    assert day(page) == 20


BROKEN = """
import comity.app.city as city
step = city.City.step
def fail(self):
    if self.setup.seed == 13 and self.today == 200:
        raise RuntimeError('an unlucky number')
    step(self)
city.City.step = fail
"""


UNCOMPILED = """
import time
import comity.app.session as session
from comity.app.sharing import Starts
session.compiled = lambda: False
first = Starts.of
def slow(self, setup):
    time.sleep(8)
    return first(self, setup)
Starts.of = slow
"""


def test_the_first_start_says_why_it_takes_long(chromium: Any) -> None:
    with server(before=UNCOMPILED) as host:
        pages = Pages(chromium, host)
        page = pages.open(SMALL, settle=False)
        page.wait_for_function("document.querySelector('#headline').textContent.includes('first time')")
        assert "compiled into machine code, once" in page.inner_text("#subline")
        settled(page)
        assert "booked into jail" in page.inner_text("#headline")
        page.wait_for_timeout(600)
        assert "compiled" not in page.inner_text("#subline")
        assert pages.wrong == []
        page.context.close()


def test_a_model_that_fails_is_shown_and_can_be_reset(chromium: Any) -> None:
    with server(before=BROKEN) as host:
        pages = Pages(chromium, host)
        page, other = pages.open(SMALL + "&seed=13"), pages.open(SMALL)
        page.click("[data-step=month]")
        page.wait_for_selector("#banner.bad")
        assert "an unlucky number" in page.inner_text("#banner")
        page.click("#banner button")
        settled(page)
        assert day(page) == 0
        other.click("[data-step=month]")
        other.wait_for_function("document.documentElement.dataset.day === '212'")
        assert pages.wrong == []
        page.context.close()
        other.context.close()


def test_a_lost_connection_is_said_and_taken_up_again(chromium: Any) -> None:
    with server() as host:
        page = Pages(chromium, host).open(SMALL)
        page.click("[data-step=week]")
        page.wait_for_function("document.documentElement.dataset.day === '188'")
        before = stages(page)
    page.wait_for_selector("#banner:not([hidden])")
    assert "connection" in page.inner_text("#banner")
    with server("--port", host.split(":")[1]):
        page.wait_for_selector("#banner", state="hidden")
        settled(page)
        assert day(page) == 188
        assert stages(page) == before
    page.wait_for_selector("#banner:not([hidden])")
    page.select_option("#left-regime", "no_receive")
    with server("--port", host.split(":")[1]):
        settled(page, "regime=no_receive")
        assert day(page) == 188
        page.context.close()
