"""Trials in a real browser: back and forth, names, two side by side, and the same numbers from a notebook and a command."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from browser import Pages, number, row, settled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from comity.app.elsewhere import SEEN
from comity.cli import app

if TYPE_CHECKING:
    from pathlib import Path

SMALL = "#scale=1000&end=2010-12-31&day=240"
OUT = "against=state_withhold"
KEPT = "JSON.parse(sessionStorage.getItem('comity-trials'))"


def kept(page: Any, number: int) -> list[dict[str, Any]]:
    """Return the trials that the tab keeps, once there are so many."""
    page.wait_for_function(f"{KEPT}?.length === {number}")
    found: list[dict[str, Any]] = page.evaluate(KEPT)
    return found


def two(pages: Pages, **context: Any) -> Any:
    """Open a page on which no regime and then another was tried."""
    page = pages.open(SMALL, **context)
    kept(page, 1)
    page.select_option("#right-regime", "state_withhold")
    settled(page, OUT)
    kept(page, 2)
    return page


def test_back_and_forth_by_keyboard_names_and_a_reload(pages: Pages) -> None:
    page = two(pages)
    name = "<img src=x onerror=alert(1)> & `last`"
    page.fill("#trial-name", name)
    page.locator("#undo").press("Enter")
    page.wait_for_function("!location.hash.includes('against')")
    settled(page)
    page.wait_for_selector("#trial-0[aria-current=true]")
    assert page.input_value("#trial-name") == ""
    assert page.is_disabled("#undo")
    assert page.locator("#redo").is_enabled()
    page.reload()
    settled(page)
    page.wait_for_selector("#trial-0[aria-current=true]")
    assert page.inner_text("#trial-1") == name
    page.locator("#trial-1").press("Enter")
    settled(page, OUT)
    page.wait_for_selector("#trial-1[aria-current=true]")
    assert page.evaluate("document.activeElement.id") == "trial-1"
    assert page.input_value("#trial-name") == name
    assert page.locator("#trials img").count() == 0
    page.go_back()
    settled(page)
    page.wait_for_selector("#trial-0[aria-current=true]")
    kept(page, 2)  # the browser's own way makes none
    page.click("#trials-forget")
    kept(page, 1)


def test_a_slider_that_moves_on_makes_one_trial_and_a_new_one_stands_after_its_own(pages: Pages) -> None:
    page = two(pages)
    page.click("#undo")
    page.wait_for_selector("#trial-0[aria-current=true]")
    page.evaluate(
        "document.querySelectorAll('#parameters-card, #parameters details').forEach(d => { d.open = true })"
    )
    slider = page.locator(".parameter[data-name=fear_weight] input[type=range]")
    for _ in range(3):
        slider.press("ArrowRight")
        page.wait_for_function("location.hash.includes('fear_weight')")
        page.wait_for_timeout(150)
        settled(page)
    found = kept(page, 3)
    assert [("against" in t["state"], "fear_weight" in t["state"]) for t in found] == [
        (False, False),
        (False, True),
        (True, False),
    ]
    assert found[1]["state"]["fear_weight"] in page.url


def test_two_that_differ_in_their_regime_alone_stand_side_by_side_and_others_say_why_not(
    pages: Pages,
) -> None:
    page = two(pages)
    page.select_option("#right-regime", "no_receive")
    settled(page, "against=no_receive")
    page.select_option("#scale", "500")
    settled(page, "scale=500")
    kept(page, 4)
    page.check("#trial-tick-1")
    assert page.is_disabled("#trials-compare")
    page.check("#trial-tick-2")
    page.click("#trials-compare")
    settled(page, "regime=state_withhold")
    assert "against=no_receive" in page.url
    assert page.input_value("#left-regime") == "state_withhold"
    assert "stand in the two cities" in page.inner_text("#trials-beside")
    page.uncheck("#trial-tick-1")
    page.check("#trial-tick-3")  # the same regime as the second, at another scale
    shown, before = page.inner_text("#trials-beside"), page.url
    page.click("#trials-compare")
    page.wait_for_function("text => document.querySelector('#trials-beside').innerText !== text", arg=shown)
    assert "People per agent" in page.inner_text("#trials-beside")
    assert page.url == before
    assert page.locator("#trials-beside tbody tr").count() == len(SEEN)


def exported(page: Any) -> tuple[dict[str, Any], str]:
    """Return the notebook that the page saves, and the command that it shows."""
    page.click("#same-numbers summary")
    with page.expect_download() as download:
        page.click("#save-notebook")
    return json.loads(download.value.path().read_text(encoding="utf-8")), page.inner_text("#command")


def commanded(command: str, folder: Path) -> Path:
    """Execute the command and return the folder of its results."""
    result = CliRunner().invoke(app, [*shlex.split(command)[1:], "--out", str(folder / "out")])
    assert result.exit_code == 0, result.output
    return folder / "out"


def test_notebook_and_command_of_two_cities_give_the_numbers_of_the_page(
    pages: Pages, tmp_path: Path
) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    page = pages.open(f"#scale=100&start=2010-05-01&day=250&{OUT}&chart=removals&second=custody&lang=es")
    (trial,) = kept(page, 1)
    for key in ("removals", "custody"):  # what is kept is what the page shows
        groups = [row(page, f"{key}:{group}") for group in ("us_born", "immigrant", "unauthorized", "other")]
        assert trial["seen"][f"{key}:all"] == [sum(values) for values in zip(*groups, strict=True)][:2]
    content, command = exported(page)
    book = nbformat.from_dict(content)
    nbformat.validate(book)
    nbclient.NotebookClient(book, timeout=600, kernel_name="python3").execute()
    assert "the numbers of the page" in str(book.cells[-1].outputs)
    out = commanded(command, tmp_path)
    weekly = pd.read_parquet(out / "weekly.parquet").groupby("regime", sort=False, observed=True)
    assert list(weekly["removals"].sum()) == trial["seen"]["removals:all"]
    table = pd.read_csv(out / "comparison.csv").set_index(["outcome", "regime"])["difference"]
    for outcome, name in (("removals", "removals:all"), ("into_ice_custody", "custody:all")):
        left, right = trial["seen"][name]
        assert table[outcome, "state_withhold"] == pytest.approx(right - left)
        assert right != left


def test_notebook_and_command_of_one_city_give_the_numbers_of_the_page(pages: Pages, tmp_path: Path) -> None:
    page = pages.open(f"{SMALL}&fear_weight=0.7")
    (trial,) = kept(page, 1)
    page.fill("#trial-name", "*Mine* <b>$x$</b>")
    content, command = exported(page)
    title, *cells = [cell["source"] for cell in content["cells"]]
    assert title.startswith(r"# \*Mine\* \<b\>\$x\$\<\/b\>")
    space: dict[str, Any] = {}
    for cell in cells:
        exec(cell, space)  # noqa: S102 - our own, as a notebook would
    assert space["numbers"].to_numpy() == pytest.approx(pd.DataFrame(trial["seen"]).T.to_numpy(), rel=1e-5)
    wrong = cells[-1].replace(json.dumps(trial["seen"]["trust:hispanic"][0]), "1.5")
    with pytest.raises(AssertionError):
        exec(wrong, space)  # noqa: S102
    weekly = pd.read_parquet(commanded(command, tmp_path) / "weekly.parquet")
    assert [weekly.query("measure == 'removals'")["value"].sum()] == trial["seen"]["removals:all"]


FINITE = st.floats(allow_nan=False, allow_infinity=False)
"""What JSON can say: a text with another number is no JSON at all, and is left out whole."""

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=9) | st.just("<b>x</b>"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["state", "day", "name", "cities", "end", "seen", "__proto__", "regime"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(data=st.data())
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_tab_kept_only_trials_are_shown(pages: Pages, data: st.DataObject) -> None:
    page = pages.open(SMALL)
    (good,) = kept(page, 1)
    broken = [
        good | {key: data.draw(JUNK.filter(lambda junk, key=key: not _fits(key, junk)))} for key in good
    ]
    parts = [{key: value for key, value in good.items() if key != left} for left in good]
    junk = data.draw(st.lists(JUNK, min_size=5, max_size=5))
    whole = data.draw(
        st.sampled_from([None, "junk"]) | JUNK.filter(lambda value: not isinstance(value, list))
    )
    other = good | {"state": {"against": "no_receive"}, "name": "other"}
    for content, names in (([*broken, *parts, *junk, other], ["other"]), (whole, [])):
        page.evaluate("text => sessionStorage.setItem('comity-trials', text)", json.dumps(content))
        page.reload()
        settled(page)
        page.wait_for_function("document.querySelector('#trial-list [aria-current]') !== null")
        found = page.locator("#trial-list > li > button").all_inner_texts()
        assert [text for text in found if text in names] == names
        assert len(found) == 1 + len(names)
    page.context.close()


def _fits(key: str, value: Any) -> bool:
    """Whether a value happens to be one that a trial may have."""
    texts = {"name": 80, "end": 0}
    if key in texts:
        return isinstance(value, str) and len(value) <= texts[key]
    if key == "state":
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return key == "day" and isinstance(value, int | float) and 0 <= value <= 1e4


def test_a_trial_that_cannot_be_lived_is_refused_in_words_and_nothing_is_lost(pages: Pages) -> None:
    page = pages.open(SMALL)
    (good,) = kept(page, 1)
    bad = [{"against": "nobody_knows"}, {"place": "<script>alert(1)</script>"}, {"fear_weight": "9e9"}]
    trials = [good, *(good | {"state": state, "name": "bad"} for state in bad)]
    page.evaluate("list => sessionStorage.setItem('comity-trials', JSON.stringify(list))", trials)
    page.reload()
    settled(page)
    page.wait_for_selector("#trial-0[aria-current=true]")
    for n, state in enumerate(bad, start=1):
        page.click(f"#trial-{n}")
        page.wait_for_function(
            "key => document.querySelector('#banner').textContent.includes(key)", arg=f"{min(state)} ="
        )
        assert "booked" in page.inner_text("#headline")


def test_a_phone_has_them_folded_away_and_nothing_wider_than_the_screen(pages: Pages) -> None:
    page = two(pages, viewport={"width": 390, "height": 844})
    assert page.locator("#trial-list").is_hidden()
    page.click("#trials > summary")
    page.click("#same-numbers summary")
    assert page.locator("#trial-1").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("#undo")
    page.wait_for_function("!location.hash.includes('against')")
    assert number(page.inner_text("#trial-0 + ul b >> nth=0")) >= 0


def test_a_locked_page_has_none(pages: Pages) -> None:
    page = pages.open(f"{SMALL}&locked=yes")
    for control in ("#trials", "#undo", "#redo"):
        assert page.locator(control).is_hidden()
