"""Take the pictures of docs/browser.md: ``python tools/screenshots.py`` from the checkout, with Debian's chromium.

They show the model's defaults as they are, so they are taken again when these change. The map shows an outcome of
``results/united-states`` if that has ``counties.parquet``, and otherwise when counties were switched on. Needs the
extras ``app`` and ``dev``; pictures are reduced to 256 colours, which halves their size.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser import Pages, chrome, guess, server, settled  # noqa: E402 - beside the tests


def save(page: Any, path: Path, *, why: bool = True) -> None:
    """Save what the window shows, once it says why, if it is to."""
    if why:
        page.wait_for_selector("#because", timeout=300_000)
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)  # until toasts and transitions are over
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def window(width: int, height: int, shown: int) -> dict[str, Any]:
    """Return a window of ``width`` by ``height`` pixels of the page, drawn ``shown`` pixels wide."""
    return {"viewport": {"width": width, "height": height}, "device_scale_factor": shown / width}


def city(pages: Pages, path: Path) -> None:
    """Two regimes, and how sure their difference is."""
    page = pages.open("#against=state_withhold&day=560", **window(1300, 1040, 1000))
    page.fill("#seed-count", "5")
    page.click("#seeds")
    page.wait_for_function("document.body.textContent.includes('over 5 seeds')", timeout=300_000)
    save(page, path)


def lesson(pages: Pages, path: Path) -> None:
    """The second lesson, not yet answered."""
    page = pages.open("#view=lessons", **window(1300, 900, 900))
    page.click("[data-lesson='2']")
    settled(page, "lesson=2")
    guess(page)
    page.wait_for_function("document.querySelector('#answer').textContent.startsWith('Not yet')")
    save(page, path)


def nation(pages: Pages, path: Path) -> None:
    """The map on 14 January 2012."""
    page = pages.open("#view=nation", **window(1300, 900, 900))
    page.wait_for_selector(".map path[data-k='3000']")
    if page.locator("option[value='united-states|prints']").count():
        page.select_option("#nation-what", "united-states|prints")
        page.wait_for_function(
            "document.querySelector('#nation-headline').textContent.includes('in the model')"
        )
    page.evaluate(
        "const s = document.querySelector('#nation-day'); s.value = 1200; s.dispatchEvent(new Event('input'))"
    )
    save(page, path, why=False)


def phone(pages: Pages, path: Path) -> None:
    """A phone's width, with few enough residents to see each."""
    page = pages.open("#scale=100&against=no_transmit&day=600&colour=happened", **window(390, 844, 390))
    save(page, path)


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder for browser-*.png")
    out = parser.parse_args().out
    with chrome() as browser, server("--results", str(ROOT / "results")) as host:
        pages = Pages(browser, host)
        for take in (city, lesson, nation, phone):
            take(pages, out / f"browser-{take.__name__}.png")
        if pages.wrong:
            raise SystemExit("\n".join(pages.wrong))


if __name__ == "__main__":
    main()
