"""A page that stands alone and was cut, edited, or made by another version says so, and shows what it can."""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING, Any

import pytest
from browser import settled
from recorded_page import EARLY, SEEDS, Opened, content, parts, recorded, with_parts

from comity.app import recording, standalone

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made() -> recording.Recording:
    return recorded()


@pytest.fixture(scope="module")
def html(made: recording.Recording) -> str:
    return standalone.page(made, SEEDS)


def test_an_edited_piece_is_noticed_and_the_rest_is_shown(
    chromium: Any, html: str, made: recording.Recording, tmp_path: Path
) -> None:
    own = set(made.cities[made.views[1]["cities"][1]]) - set(made.cities[made.views[1]["cities"][0]])
    text = made.pieces[min(own)]
    content = bytearray(base64.b64decode(text))
    content[len(content) // 2] ^= 1
    edited = html.replace(text, base64.b64encode(content).decode())
    assert edited != html
    with Opened(chromium, tmp_path / "page.html", edited, "#against=state_withhold") as page:
        page.wait_for_function("document.querySelector('#banner').textContent.includes('cut or edited')")
        page.click("#banner button")
        settled(page)
        assert "booked" in page.inner_text("#headline")


@pytest.mark.parametrize("form", ["0", "3", "x", None])
def test_a_recording_of_another_version_is_said_to_be_one_and_shown(
    chromium: Any, html: str, tmp_path: Path, form: str | None
) -> None:
    found = parts(html) | {"form": form or ""}
    text = with_parts(html, {name: part for name, part in found.items() if part})
    with Opened(chromium, tmp_path / "page.html", text, "#against=state_withhold") as page:
        wanted = "another version" if form in {"0", "3"} else "its version"
        assert "ICE took" in settled(page).inner_text("#headline")
        assert wanted in page.inner_text(".recorded")
        page.select_option("#language", "es")
        page.wait_for_function("document.querySelector('.recorded').textContent.includes('versión')")


def _garbled(part: str) -> str:
    found = bytearray(base64.b64decode(part))
    found[len(found) // 2] ^= 1
    return base64.b64encode(found).decode()


def _forged(part: str) -> str:
    """Return a part that was edited and packed again."""
    return recording.packed(gzip.decompress(base64.b64decode(part)) + b" ")


EDITS: dict[str, Any] = {
    "gone": lambda _: None,
    "garbled": _garbled,
    "forged": _forged,
    "no base64": lambda _: "<&%",
}
NAMED = {
    "title": "its title",
    "base": "what all runs have in common",
    "every": "how many days lie between frames",
    "cities": "which days belong to which run",
    "overview": "all regimes at once",
    "views/1/about": "runs (1)",
    "views/2/about": "runs (2)",
    "views/2/lessons": "runs (2)",
    "views/2/interval": "runs (2)",
    "views/2/why": "runs (2)",
    "files/api/nation": "tables (api/nation)",
    "files/api/results": "tables (api/results)",
    "pieces": "days of runs",
    "seals": "the checksums of all parts",
}
"""Parts, with how the page names each where it was cut or edited; who forges the checks themselves is not found."""


EDITED = ("garbled", "no base64", "forged")
TRIED = [(name, edit) for k, name in enumerate(NAMED) for edit in ("gone", EDITED[k % 3])]
"""Every part is cut once and edited once; each page costs seconds, and one check serves all parts and edits."""


@pytest.mark.parametrize(("name", "edit"), TRIED)
def test_whatever_was_cut_or_edited_is_named_and_the_rest_is_shown(
    chromium: Any, html: str, tmp_path: Path, name: str, edit: str
) -> None:
    found = parts(html)
    real = next(key for key in reversed(found) if key.startswith(name))
    changed = {key: EDITS[edit](part) if key == real else part for key, part in found.items()}
    text = with_parts(html, {key: part for key, part in changed.items() if part is not None})
    state = "#against=" + EARLY["against"] if name.startswith("views") else "#against=state_withhold"
    with Opened(chromium, tmp_path / "page.html", text, state) as page:
        page.wait_for_function(
            "text => document.querySelector('.recorded').textContent.includes(text)", arg=NAMED[name]
        )
        assert "cut or edited" in page.inner_text(".recorded")
        page.wait_for_function("['paused', 'stopped'].includes(document.documentElement.dataset.state)")
        shown = "ICE took" in page.inner_text("#headline")
        assert shown or (name in {"base", "cities", "pieces"} and page.is_visible("#banner"))


def test_every_part_of_a_recording_has_a_checksum(html: str) -> None:
    found = parts(html)
    assert content(found["seals"]) == {
        name: recording.seal(part) for name, part in found.items() if name not in {"form", "seals"}
    }
    kinds = {name.partition("/")[0] for name in found}
    assert kinds == {name.partition("/")[0] for name in NAMED} | {"form"}


def test_a_number_that_was_edited_is_not_shown(chromium: Any, html: str, tmp_path: Path) -> None:
    found = parts(html)
    table = content(found["overview"])
    row = next(row for row in table["rows"] if row["spec"] == "state_withhold")
    row["difference"][0] = -98765
    found["overview"] = recording.packed_json(table)
    with Opened(chromium, tmp_path / "page.html", with_parts(html, found), "#view=regimes") as page:
        page.wait_for_function(
            "document.querySelector('.recorded').textContent.includes('all regimes at once')"
        )
        page.wait_for_function("document.documentElement.dataset.state === 'paused'")
        assert "98,765" not in page.inner_text("body")


def test_a_part_in_the_place_of_another_is_noticed(chromium: Any, html: str, tmp_path: Path) -> None:
    found = parts(html)
    first, second = "views/1/about", "views/2/about"
    found |= {first: found[second], second: found[first], "constructor": found["title"]}
    with Opened(chromium, tmp_path / "page.html", with_parts(html, found)) as page:
        page.wait_for_function("document.querySelector('.recorded').textContent.includes('runs (1, 2)')")
        assert "put into it" in page.inner_text(".recorded")


START = '<script data-said="'
CUTS: dict[str, Any] = {
    **{f"{percent} %": lambda html, percent=percent: len(html) * percent // 100 for percent in range(5, 100, 10)},
    **{f"its last {n}": lambda html, n=n: len(html.rstrip()) - n for n in (25, 40, 60, 100, 1000)},
    "after the alarm": lambda html: html.index("</script>", html.index(START)) + len("</script>"),
    "in the styles": lambda html: html.index("<style>") + 100,
    "in the modules": lambda html: html.index('type="importmap">') + 5000,
    "before the body": lambda html: html.index("<body>"),
    "in the frame": lambda html: html.index('id="headline"'),
    "in the messages": lambda html: html.index('id="messages">') + 5000,
    "in the recording's first lines": lambda html: html.index('id="recording">') + 200,
    "in the end": lambda html: html.index(standalone.WHOLE) + 10,
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("cut", CUTS)
def test_a_page_that_was_cut_anywhere_says_so(
    chromium: Any, html: str, tmp_path: Path, cut: str, lang: str
) -> None:
    text = html[: CUTS[cut](html)]
    with Opened(chromium, tmp_path / "page.html", text, f"#against=state_withhold&lang={lang}") as page:
        wanted = {"en": "This page was cut", "es": "Esta página está cortada"}[lang]
        page.wait_for_function("text => document.body?.innerText.includes(text)", arg=wanted)
        waits = {"en": "is being built", "es": "Se está"}[lang]
        page.wait_for_function("text => !document.body.innerText.includes(text)", arg=waits)


def test_what_stands_before_the_cut_is_shown(chromium: Any, html: str, tmp_path: Path) -> None:
    last = html.rindex("\npieces/") + 100
    with Opened(chromium, tmp_path / "page.html", html[:last], "#against=state_withhold") as page:
        assert "ICE took" in settled(page).inner_text("#headline")
        assert "This page was cut" in page.inner_text("#cut-off")
        assert "days of runs" in page.inner_text(".recorded")


def test_a_page_that_is_whole_does_not_say_that_it_was_cut(chromium: Any, html: str, tmp_path: Path) -> None:
    for text in (html, html[: html.index(standalone.WHOLE) + len(standalone.WHOLE)]):
        with Opened(chromium, tmp_path / "page.html", text, "#against=state_withhold") as page:
            settled(page)
            page.wait_for_timeout(3000)  # until everything has been looked over
            assert page.locator("#cut-off").count() == 0
            assert page.inner_text("#recorded-wrong") == ""
