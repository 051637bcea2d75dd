"""What the page says of a run is so: differences, ranges, units, history of the browser, and what is written out of it."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from browser import Pages, day, guess, number, server, settled, stages

from comity.agents.residents import Whereabouts
from comity.app.city import City
from comity.app.series import OUTCOMES, described
from comity.app.sight import sight
from comity.app.view import read_view
from comity.caveats import CAVEATS
from comity.model import CooperationModel
from comity.output import run
from comity.policy.regimes import catalogue

if TYPE_CHECKING:
    from pathlib import Path

SMALL = "#scale=200"
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}


# ---------------------------------------------------------------- when there is something to see
def differs(page: Any) -> bool:
    """Return whether anything that is drawn or counted differs between the cities."""
    drawn = page.evaluate("[...document.querySelectorAll('.city canvas')].map(c => c.toDataURL())")
    counted = page.locator("#numbers tbody td:last-child").all_inner_texts()
    return (
        drawn[0] != drawn[1]
        or stages(page, 0) != stages(page, 1)
        or any(number(text) for text in counted if text != "\N{EN DASH}")
    )


@pytest.mark.parametrize("place", ["06075", "17031"])
def test_no_regime_shows_zero_without_a_word(pages: Pages, place: str) -> None:
    page = pages.open(f"{SMALL}&place={place}")
    for name in sorted(set(catalogue()) - {"mandatory"}):
        page.select_option("#right-regime", name)
        settled(page, f"against={name}")
        setup = read_view({"place": place, "scale": "200"}).setup
        told = sight(setup, name)
        late = told["part"] is None or told["part"] > setup.end.isoformat()
        assert page.is_visible("#sight") or differs(page), name
        assert not (late and differs(page)), name
        assert page.locator("[data-offer]").count() == len(told["offers"])
        if late and told["part"]:
            shown = date.fromisoformat(told["part"])
            assert f"{shown.day} {shown:%B %Y}" in page.inner_text("#sight"), name
        elif told["part"]:
            assert day(page) > (date.fromisoformat(told["part"]) - setup.start).days
        page.evaluate("document.querySelector('#day').value = 0")


@pytest.mark.parametrize("name", ["trust_act", "warrant_only", "full_decline", "notify", "values_act"])
@pytest.mark.parametrize("kind", ["earlier", "longer"])
def test_offers_lead_to_a_difference(pages: Pages, name: str, kind: str) -> None:
    page = pages.open(f"{SMALL}&against={name}")
    page.click(f"[data-offer={kind}]")
    settled(page, {"earlier": f"{name}@2010-06-08", "longer": "end="}[kind])
    page.wait_for_selector("#sight", state="hidden")
    assert differs(page)


def test_before_the_regimes_part_the_page_says_so_and_leads_there(pages: Pages) -> None:
    page = pages.open(f"{SMALL}&against=no_minor_holds&day=100")
    assert "1 June 2011" in page.inner_text("#sight")
    page.click("[data-offer=forth]")
    settled(page)  # the words are gone as soon as the page works at it
    assert not page.is_visible("#sight")
    assert day(page) > 516


@pytest.mark.parametrize(
    ("control", "value", "kept"),
    [
        ("#place", "Alameda, CA", "other people and other dice"),
        ("#scale", "500", "other people and other dice"),
        (".parameter[data-name=fear_weight] input[type=number]", "1", "the same people and the same dice"),
        (".parameter[data-name=ethnic_ties] input[type=number]", "1", "other people and the same dice"),
        (".parameter[data-name=ice_beds] input[type=number]", "1", "the same people and the same dice"),
    ],
)
def test_the_same_people_and_the_same_dice_only_where_true(
    pages: Pages, control: str, value: str, kept: str
) -> None:
    page = pages.open(SMALL)
    page.evaluate(
        "([name, v]) => { const i = document.querySelector(name); i.value = v; i.dispatchEvent(new Event('change')); }",
        [control, value],
    )
    page.wait_for_function("document.documentElement.dataset.asked === '2'")
    settled(page)
    assert kept in page.inner_text("#toast")


# ---------------------------------------------------------------- ranges
def drawn(page: Any) -> str:
    """Return the figure as SVG."""
    page.click("#download-menu summary")
    with page.expect_download() as download:
        page.click("[data-download=svg]")
    return str(download.value.path().read_text(encoding="utf-8"))


@pytest.mark.parametrize("place", ["06075", "06037", "48113"])
@pytest.mark.parametrize("colour", ["trust", "risk"])
def test_colours_and_axes_hold_still_until_they_are_asked_to_fit(
    pages: Pages, place: str, colour: str
) -> None:
    page = pages.open(f"#place={place}&scale=500&colour={colour}&second=trust&day=20")
    before = page.inner_text("#scale-bar")
    assert before.startswith("0")
    assert "100 of 100" in before
    page.click("[data-step=month]")
    settled(page)
    assert page.inner_text("#scale-bar") == before
    figure = drawn(page)
    assert figure.count(">100<") == figure.count(">75.0<") == 2
    page.check("#fit")
    page.wait_for_function("text => document.querySelector('#scale-bar').textContent !== text", arg=before)
    assert "range=fit" in page.url
    assert ">100<" not in drawn(page)
    page.uncheck("#fit")
    page.wait_for_function("!location.hash.includes('range')")
    assert page.inner_text("#scale-bar") == before


# ---------------------------------------------------------------- the map
THIRDS = """name => {
  const canvas = document.querySelector('.city canvas'), w = canvas.width, h = canvas.height;
  const probe = document.createElement('canvas').getContext('2d');
  probe.fillStyle = name.startsWith('#') ? name : getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  probe.fillRect(0, 0, 1, 1);
  const want = probe.getImageData(0, 0, 1, 1).data, drawn = canvas.getContext('2d').getImageData(0, 0, w, h).data;
  const found = [0, 0, 0];
  for (let i = 0; i < w * h; i++)
    if ([0, 1, 2].every(k => drawn[4 * i + k] === want[k])) found[Math.floor(3 * (i % w) / w)]++;
  return found;
}"""
"""Pixels of a colour in the left, middle and right third of the map, whose neighbourhoods stand by Hispanic share."""


@pytest.mark.parametrize(("place", "scale"), [("06037", 20), ("48201", 5)])
def test_removals_are_drawn_over_the_whole_map(pages: Pages, place: str, scale: int) -> None:
    """So many were away in Los Angeles that nobody was drawn as removed in the right third, where most were."""
    city = City(read_view({"place": place, "scale": str(scale)}).setup)
    while city.model.running:
        city.step()
    residents, last = city.model.world.residents, city.model.days
    away = residents["whereabouts"] != Whereabouts.COMMUNITY
    cells = city.cell_of[residents["neighbourhood"][residents["whereabouts"] == Whereabouts.REMOVED]]
    lived = np.bincount(cells * 3 // (city.cell_of.max() + 1), minlength=3)
    assert away.sum() > 8192
    city.close()
    page = pages.open(f"#place={place}&scale={scale}&day={last}&colour=happened")
    for colour, ink in (("happened", "--gone"), ("trust", "#101314"), ("risk", "#101314")):
        page.select_option("#colour", colour)
        page.wait_for_function(f"name => ({THIRDS})(name)[2] > 0", arg=ink)
        drawn_ = np.array(page.evaluate(THIRDS, ink))
        assert drawn_.min() > 0
        assert drawn_ / drawn_.sum() == pytest.approx(lived / lived.sum(), abs=0.1), colour


# ---------------------------------------------------------------- the browser's history
def test_back_and_forward_walk_through_choices(pages: Pages) -> None:
    page = pages.open(SMALL)
    page.select_option("#right-regime", "no_transmit")
    settled(page, "against=no_transmit")
    page.select_option("#chart", "prints")
    page.click("nav [data-view=about]")
    page.go_back()
    page.wait_for_selector("#view-city:not([hidden])")
    assert page.input_value("#chart") == "prints"
    page.go_back()
    page.wait_for_function("document.querySelector('#chart').value === 'reporting'")
    page.go_back()
    page.wait_for_function("document.querySelectorAll('.city').length === 1")
    settled(page)
    assert page.input_value("#right-regime") == ""
    page.go_forward()
    page.wait_for_function("document.querySelectorAll('.city').length === 2")
    settled(page)
    page.go_forward()
    page.wait_for_function("document.querySelector('#chart').value === 'prints'")
    page.go_forward()
    page.wait_for_selector("#view-about:not([hidden])")


def test_days_that_pass_are_neither_in_the_address_nor_in_the_history(pages: Pages) -> None:
    page = pages.open(SMALL + "&speed=7")
    length, address = page.evaluate("history.length"), page.url
    page.click("#play")
    page.wait_for_function("Number(document.documentElement.dataset.day) > 183")
    page.select_option("#speed", "30")
    page.wait_for_function("Number(document.documentElement.dataset.day) > 190")
    assert "day=" not in page.url
    page.select_option("#chart", "prints")
    assert "day=" not in page.url
    page.click("#play")
    settled(page)
    assert f"day={day(page)}" in page.url
    assert page.evaluate("history.length") == length + 1  # the chart
    page.go_back()
    page.wait_for_function("document.querySelector('#chart').value === 'reporting'")
    assert "day=" not in page.url or page.url != address


def test_catching_up_never_writes_a_day_on_the_way(pages: Pages) -> None:
    page = pages.open("#scale=20&day=1000", settle=False)
    page.evaluate(
        "() => { window.seen = []; const put = history.replaceState.bind(history);"
        "history.replaceState = (...a) => { window.seen.push(a[2]); put(...a); } }"
    )
    settled(page)
    assert {"day=1000" in address for address in page.evaluate("window.seen")} <= {True}
    assert "day=1000" in page.url


def test_a_refresh_in_mid_play_keeps_the_day(pages: Pages) -> None:
    page = pages.open(SMALL)
    page.click("#play")
    page.wait_for_function("Number(document.documentElement.dataset.day) > 220")
    page.reload()
    settled(page)
    assert day(page) > 220
    assert f"day={day(page)}" in page.url


def test_answered_lessons_stay_ticked(pages: Pages) -> None:
    page = pages.open("#view=lessons")
    page.click("[data-lesson='2']")
    settled(page, "lesson=2")
    page.click("#skip-guess")
    page.evaluate("document.querySelector('#hypotheses input[value=H0]').click()")
    page.wait_for_selector("#answer.done")
    page.goto(page.url.split("#")[0] + "#view=lessons")
    page.reload()
    page.wait_for_selector("#lesson-list article:nth-child(2) .note")
    assert "answered" in page.inner_text("#lesson-list article:nth-child(2)")
    assert "answered" not in page.inner_text("#lesson-list article:nth-child(1)")


def test_answers_are_saved_and_read_and_what_is_no_answer_is_refused(pages: Pages, tmp_path: Path) -> None:
    page = pages.open("#lesson=1&scale=500&against=no_receive")
    guess(page)
    page.evaluate("location.hash = '#view=lessons&scale=500&against=no_receive'")
    page.wait_for_selector("#answers-save")
    with page.expect_download() as download:
        page.click("#answers-save")
    saved = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert (saved["form"], saved["version"]) == ("comity-answers", 1)
    assert {(a["lesson"], a["question"]) for a in saved["answers"]} == {
        ("letter", "before"),
        ("letter", "guess"),
    }
    assert all(
        set(a) == {"lesson", "question", "guess", "answer", "right", "hints"} for a in saved["answers"]
    )
    one = saved["answers"][0]
    bad = {
        "huge": "1" * (1 << 20),
        "text": "not JSON",
        "other": json.dumps(saved | {"version": 2}),
        "long": json.dumps(saved | {"answers": [one | {"answer": "x" * 3000}]}),
        "wrong": json.dumps(saved | {"answers": [one | {"right": "yes"}]}),
    }
    for name, text in (bad | {"a": json.dumps(saved), "b": json.dumps(saved)}).items():
        (tmp_path / f"{name}.json").write_text(text)
    page.set_input_files("#answers-files", sorted(tmp_path.glob("*.json")))
    page.wait_for_selector("#class table")
    assert "0 of 2 right" in page.inner_text("#class table")
    refused = page.locator("#class .wrong").all_inner_texts()
    assert len(refused) == len(bad)
    assert any("huge.json is too large" in text for text in refused)


# ---------------------------------------------------------------- words, units, and what is not modelled
def test_sentences_have_units_and_trust_its_caveat(pages: Pages) -> None:
    page = pages.open(f"{SMALL}&against=no_transmit&second=risk")
    for key in OUTCOMES:
        page.select_option("#chart", key)
        page.wait_for_function("key => document.querySelector(`[data-row^='${key}:']`)", arg=key)
        text = page.inner_text("#difference-text")
        assert described()[key]["difference"] in text
        assert "0 to 100" not in text
        assert (
            CAVEATS["trust"] in page.inner_text("#caveat")
            if key == "trust"
            else not page.inner_text("#caveat")
        )


OVERPRINTED = """text => {
  const box = document.createElement('div');
  box.innerHTML = text;
  document.body.append(box);
  const edge = box.querySelector('svg').getBoundingClientRect(), wrong = [];
  const all = [...box.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
  const shared = (p, q, low, high) => Math.min(p[high], q[high]) - Math.max(p[low], q[low]);
  all.forEach(([a, p], i) => {
    if (p.right > edge.right + 1 || p.left < edge.left - 1 || p.bottom > edge.bottom + 1) wrong.push(`outside: ${a}`);
    for (const [b, q] of all.slice(i + 1))
      if (shared(p, q, 'left', 'right') > 1 && shared(p, q, 'top', 'bottom') > 3) wrong.push(`${a} / ${b}`);
  });
  box.remove();
  return wrong;
}"""


@pytest.mark.parametrize("place", ["06075", "42077", "US"])
@pytest.mark.parametrize(
    "names",
    ["regime=historical&against=state_withhold%2Bno_holds_unpaid%2Bjail_287g", "against=serious_holds"],
)
def test_nothing_in_an_exported_figure_overprints(pages: Pages, place: str, names: str) -> None:
    page = pages.open(f"#place={place}&scale=10000&{names}&day=40&chart=hold_days&second=victims")
    assert page.evaluate(OVERPRINTED, drawn(page)) == []


def test_the_policy_calendar_is_not_clipped(pages: Pages) -> None:
    page = pages.open(
        "#place=CO&scale=10000&regime=historical&against=no_holds_unpaid&start=2010-01-01&end=2018-12-31&day=40"
    )
    high = page.evaluate(
        "(() => { const c = document.querySelector('#calendar'); return [c.scrollHeight, c.clientHeight, c.children.length]; })()"
    )
    assert high[0] <= high[1] + 1
    assert high[2] >= 8


# ---------------------------------------------------------------- the nation
def test_hovering_the_nation_is_seen_on_every_screen(chromium: Any, tmp_path: Path) -> None:
    model = CooperationModel(place="CA", scale=10_000, start="2010-01-01", end="2011-12-31").run()
    run.write_run(tmp_path / "a-run-with-a-name-that-is-rather-long", model)
    with server("--results", str(tmp_path)) as host:
        pages = Pages(chromium, host)
        for screen in (DESK, PHONE):
            page = pages.open("#view=nation", settle=False, **screen)
            page.wait_for_selector(".map path[data-k='3000']")
            for what in ("", "a-run-with-a-name-that-is-rather-long|risk"):
                page.select_option("#nation-what", what)
                page.wait_for_function(
                    "n => document.querySelector('#nation-headline').textContent.includes('in the model') === n",
                    arg=bool(what),
                )
                page.hover(".map path[data-k='205']", force=True)
                page.wait_for_function(
                    "!document.querySelector('#nation-county').textContent.startsWith('Point')"
                )
                seen, wide = page.locator("#nation-county").bounding_box(), screen["viewport"]
                assert seen["y"] + seen["height"] <= page.evaluate("innerHeight"), (screen, what)
                assert seen["y"] >= 0
                assert page.evaluate("document.documentElement.scrollWidth") <= wide["width"]
            page.context.close()
        assert pages.wrong == []
