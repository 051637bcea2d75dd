"""A page that stands alone, for tests: its recording, its parts, and a browser that opens it from a file."""

from __future__ import annotations

import base64
import gzip
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from comity.app import recording

if TYPE_CHECKING:
    from pathlib import Path

WITHHELD = {"against": "state_withhold", "scale": "20"}
EARLY = {"against": "no_minor_holds@2010-06-08", "scale": "20"}
SEEDS = 2


@cache
def recorded() -> recording.Recording:
    """Return a recording of the founding case and of two regimes beside it."""
    return recording.record([{"scale": "20"}, WITHHELD, EARLY], SEEDS, lambda *_: None)


class Opened:
    """A page that was opened from a file, with everything that went wrong in it."""

    def __init__(self, browser: Any, file: Path, text: str, address: str = "") -> None:
        file.write_text(text, encoding="utf-8")
        self.wrong: list[str] = []
        self.page = browser.new_page(viewport={"width": 1300, "height": 900}, bypass_csp=True)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda m: m.type == "error" and self.wrong.append(m.text))
        self.page.on(
            "request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or self.wrong.append(r.url)
        )
        self.page.goto(f"file://{file}{address}")

    def __enter__(self) -> Any:
        return self.page

    def __exit__(self, *_: object) -> None:
        self.page.close()
        assert not self.wrong


def address(state: dict[str, str], day: int) -> str:
    """Return the end of the address of a state on a day."""
    return "#" + "&".join(f"{key}={value}" for key, value in (state | {"day": str(day)}).items())


def parts(html: str) -> dict[str, str]:
    """Return the parts of a page's recording by name, as they are packed, with its form."""
    lines = html.partition('id="recording">')[2].partition("</script>")[0].splitlines()
    return {name: text for name, _, text in (line.partition(" ") for line in lines)}


def content(part: str) -> Any:
    """Return what a packed part holds."""
    return json.loads(gzip.decompress(base64.b64decode(part)))


def with_parts(html: str, kept: dict[str, str]) -> str:
    """Return the page with another recording."""
    before, _, rest = html.partition('id="recording">')
    lines = "\n".join(f"{name} {text}" for name, text in kept.items())
    return f'{before}id="recording">{lines}\n</script>{rest.partition("</script>")[2]}'
