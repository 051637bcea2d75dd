"""A server and a headless browser for tests: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from functools import partial, reduce
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The shell has no windows: a page of its own takes it a third of the time that the browser takes.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None
)
NEEDED = os.environ.get("COMITY_NEEDS_BROWSER") == "1"
COMMAND = "from comity.cli import main; main()"
SETTLED = """() => { const d = document.documentElement.dataset;
    return d.state === 'paused' && d.asked === d.shown && d.asked !== undefined }"""


def require() -> None:
    """Skip where there is no browser, except where one is promised (``COMITY_NEEDS_BROWSER=1``, as in CI)."""
    if CHROMIUM is None and not NEEDED:
        pytest.skip("no chromium on this machine (apt-get install chromium-headless-shell)")
    assert CHROMIUM is not None, "chromium is missing, though COMITY_NEEDS_BROWSER=1 promises it"


@contextmanager
def chrome() -> Iterator[Any]:
    """Yield a headless browser."""
    require()
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def server(*arguments: str, before: str = "") -> Iterator[str]:
    """Start ``comity app`` in a process that ends with this one, and yield its address."""
    command = [sys.executable, "-c", before + COMMAND, "app", "--no-open", "--end-with-input", *arguments]
    with subprocess.Popen(  # noqa: S603 - this Python, running this package
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://" in line, f"the server did not start: {line}"
        try:
            yield line.split("http://")[1].split("/")[0]
        finally:
            process.kill()


class Pages:
    """Pages of one browser, each of which must stay free of errors and of requests to elsewhere."""

    def __init__(self, browser: Any, host: str) -> None:
        self.browser, self.host = browser, host
        self.wrong: list[str] = []

    def open(self, address: str = "", *, settle: bool = True, **context: Any) -> Any:
        """Open a page in a context of its own and wait until its run stands."""
        # The page's own policy would forbid Playwright to evaluate the conditions that tests wait for.
        usual = {"viewport": {"width": 1300, "height": 900}, "bypass_csp": True}
        own = self.browser.new_context(**(usual | context))
        page = own.new_page()
        page.wait_for_function = partial(page.wait_for_function, polling=50)
        page.set_default_timeout(120_000)  # a bound on what hangs, not on how fast a loaded machine is
        page.on("console", lambda m: self._note(m.type == "error", f"console: {m.text}"))
        page.on("pageerror", lambda error: self._note(True, f"page: {error}"))
        page.on("request", lambda r: self._note(not self._is_ours(r.url), f"request to {r.url}"))
        page.on("response", lambda r: self._note(r.status >= 400, f"{r.status} of {r.url}"))
        page.goto(f"http://{self.host}/{address}")
        if settle:
            settled(page)
        return page

    def _note(self, wrong: bool, text: str) -> None:
        if wrong:
            self.wrong.append(text)

    def _is_ours(self, url: str) -> bool:
        return url.startswith((f"http://{self.host}/", f"ws://{self.host}/", "data:", "blob:"))


_TOLD = """() => Promise.race([
    new Promise(resolve => requestAnimationFrame(() => resolve("draws"))),
    new Promise(resolve => setTimeout(() => resolve("does not draw"), 5000)),
]).then(draws => [draws, JSON.stringify(document.documentElement.dataset),
    ...["banner", "toast", "pace"].map(id => document.getElementById(id)?.textContent)].join(" | "))"""


def told(browser: Any) -> str:
    """Return what every open page says of itself, to be read after a test that failed."""
    lines = []
    for page in (page for context in browser.contexts for page in context.pages):
        try:
            lines.append(f"{page.url}: {page.evaluate(_TOLD)}")
        except Exception as error:  # noqa: BLE001 - whatever it is, the failure itself is told, too
            lines.append(f"{page.url}: {error}")
    return "\n".join(lines)


def settled(page: Any, hash_has: str = "") -> Any:
    """Wait until the page shows what was asked for, and the address has caught up."""
    if hash_has:
        page.wait_for_function("text => decodeURIComponent(location.hash).includes(text)", arg=hash_has)
    page.wait_for_function(SETTLED)
    return page


def guess(page: Any, value: float = 50) -> None:
    """Answer the question before a lesson and give a guess, whatever kind it is of, and see what comes of it."""
    page.check("#scene [name=before] >> nth=0")
    page.click("#scene form button")
    page.wait_for_selector("#scene form:not(:has([name=before]))")
    if page.locator("#scene [type=number]").count():
        page.fill("#scene [type=number]", str(value))
    elif page.locator("#scene [type=radio]").count():
        page.check("#scene [name=guess] >> nth=0")
    page.click("#scene form button")
    page.wait_for_selector("#answer")


def day(page: Any) -> int:
    """Return how many days the page has lived."""
    return int(page.evaluate("document.documentElement.dataset.day"))


def number(text: str) -> float:
    """Read a number as the page writes it."""
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-").replace("+", "").replace("±", ""))


def stages(page: Any, city: int = 0) -> list[float]:
    """Return the numbers of the funnel."""
    return [number(page.inner_text(f"[data-stage='{city}:{stage}']")) for stage in range(7)]


def row(page: Any, name: str) -> list[float]:
    """Return a row of the table of numbers, such as ``reporting:us_born``."""
    return [number(cell) for cell in page.locator(f"[data-row='{name}'] td").all_inner_texts()[1:]]


PRESSES: dict[str, Callable[[bool], bool]] = {
    "#play": lambda playing: not playing,
    "#reset": lambda _: False,
    "[data-step=day]": lambda _: False,
    "#scale": lambda playing: playing,  # the run is lived again, and goes on playing
}
"""Controls, and what they make of whether a run plays."""

STATES = ("paused", "playing")
"""What a page says of itself, by whether it plays."""

_PRESS = """controls => { for (const control of controls) {
    const node = document.querySelector(control);
    if (node.tagName !== "SELECT") node.click();
    else node.dispatchEvent(new Event("change", { bubbles: true }));
} }"""


def press_in_one_go(page: Any) -> None:
    """Press every pair of controls, so fast that no frame comes in between, and see what was wanted come about."""
    for before, pair in product((False, True), product(PRESSES, repeat=2)):
        page.evaluate(_PRESS, ["#reset", "#play"] if before else ["#reset"])
        wait_for(page, before)
        page.evaluate(_PRESS, list(pair))
        playing = reduce(lambda now, control: PRESSES[control](now), pair, before)
        wait_for(page, playing)
        page.wait_for_timeout(80)  # what else is on its way may say otherwise, but not for long
        wait_for(
            page, playing, timeout=10_000
        )  # before a run that plays against our will is over, and stands


def wait_for(page: Any, playing: bool, **bound: float) -> None:
    """Wait until what was asked for is shown, and plays or stands."""
    page.wait_for_function(
        f"""() => {{ const d = document.documentElement.dataset;
        return d.state === '{STATES[playing]}' && d.asked === d.shown }}""",
        **bound,
    )
