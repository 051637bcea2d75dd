"""How the page does in a real browser: first paint, speed while drawing, a slider's answer, memory, twenty students.

Run as ``python benchmarks/browser.py`` on an idle machine with Debian's chromium; it takes half an hour, most of it
for memory over twenty minutes, and writes ``browser.md`` into this folder (``--out`` names another one, ``--quick`` is a trial
of two minutes). The browser and the server share the machine.

``--against CHECKOUT`` lets the page of another checkout and this one play in turn instead, each five times, and writes medians
and ratios into ``browser_in_turn.md``: where a machine's speed changes, only these can be compared.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import sync_playwright
from websockets.asyncio.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = Path(__file__).parent
RECORDED: Final = HERE.parent / "results" / "page" / "index.html"

CITIES: Final = {
    "805,000 residents": "against=state_withhold",
    "100,000 residents": "against=state_withhold&scale=8.05",
}
MEASURED: Final = ("days a second", "frames a second", "slider answered, ms", "new run stands, ms")

PATIENCE: Final = 300
"""Seconds within which the cities of a class must stand."""

SETTLED: Final = """() => { const d = document.documentElement.dataset;
    return d.state === 'paused' && d.asked === d.shown && d.asked !== undefined }"""

WATCH: Final = """seconds => new Promise(resolve => {
    const d = document.documentElement.dataset, first = Number(d.day), begun = performance.now();
    let drawn = 0, last = d.day;
    const look = () => {
        if (d.day !== last) { drawn += 1; last = d.day; }
        const gone = (performance.now() - begun) / 1000;
        if (gone < seconds && d.state === 'playing') requestAnimationFrame(look);
        else resolve([(Number(d.day) - first) / gone, drawn / gone]);
    };
    requestAnimationFrame(look);
})"""

SLIDE: Final = """value => new Promise(resolve => {
    const slider = document.querySelector('.parameter[data-name=fear_weight] input[type=range]');
    const d = document.documentElement.dataset, begun = performance.now(), before = d.asked;
    let answered = 0;
    slider.value = value;
    slider.dispatchEvent(new Event('input'));
    const look = () => {
        const gone = performance.now() - begun;
        if (!answered && d.asked !== before && d.state === 'working') answered = gone;
        if (d.asked !== before && d.state === 'paused' && d.asked === d.shown) resolve([answered || gone, gone]);
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""
"""Milliseconds until the page shows that it works on it, and until the new run stands at the same day."""


@contextmanager
def server(checkout: Path = HERE.parent) -> Iterator[tuple[str, int]]:
    """Start the program of a checkout and yield its address and process id."""
    command = [
        sys.executable,
        "-c",
        "import faulthandler, signal; faulthandler.register(signal.SIGUSR1); from comity.cli import main; main()",
        "app",
        "--no-open",
        "--end-with-input",
    ]
    env = os.environ | {"PYTHONPATH": str(checkout / "model")}
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield line.split("http://")[1].split("/")[0], process.pid
        finally:
            process.kill()


def memory(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def opened(browser: Any, host: str, address: str) -> Any:
    """Open a page and wait until its run stands."""
    page = browser.new_context(viewport={"width": 1300, "height": 900}, bypass_csp=True).new_page()
    page.set_default_timeout(180_000)
    page.goto(f"http://{host}/{address}")
    page.wait_for_function(SETTLED)
    return page


def opening(browser: Any, address: str, times: int) -> tuple[float, float]:
    """Return median milliseconds until the first contentful paint of a first visit, and until its opening can be stepped on."""
    paints, ready = [], []
    for _ in range(times):
        page = browser.new_context(viewport={"width": 1300, "height": 900}, bypass_csp=True).new_page()
        page.set_default_timeout(180_000)
        begun = time.perf_counter()
        page.goto(address)
        page.wait_for_function(SETTLED)
        page.wait_for_selector("#opening-next")
        ready.append(1000 * (time.perf_counter() - begun))
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        page.context.close()
    return statistics.median(paints), statistics.median(ready)


def playing(browser: Any, host: str, address: str, seconds: float) -> tuple[float, float]:
    """Return simulated days and drawn frames a second while playing as fast as it goes."""
    page = opened(browser, host, f"#{address}&speed=max&day=0")
    page.click("#play")
    page.wait_for_function("document.documentElement.dataset.state === 'playing'")
    days, frames = page.evaluate(WATCH, seconds)
    page.context.close()
    return days, frames


def sliding(browser: Any, host: str, address: str, times: int) -> tuple[float, float]:
    """Return median milliseconds until a moved slider is answered, and until the new run stands."""
    page = opened(browser, host, f"#{address}")
    found = [page.evaluate(SLIDE, 0.2 + 0.2 * n) for n in range(times)]
    page.context.close()
    return statistics.median(a for a, _ in found), statistics.median(b for _, b in found)


def over_time(browser: Any, host: str, pid: int, minutes: float) -> list[tuple[float, float, float]]:
    """Return minutes, the server's memory and the page's heap in MB while two cities play over and over."""
    page = opened(browser, host, "#scale=20&against=state_withhold&speed=100&day=0")
    session = page.context.new_cdp_session(page)
    begun, rows = time.monotonic(), []
    while (gone := (time.monotonic() - begun) / 60) < minutes:
        if page.evaluate("document.documentElement.dataset.state") == "paused":
            page.click("#play")
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"] / 2**20
        rows.append((gone, memory(pid), heap))
        page.wait_for_timeout(max(1000, 60_000 * minutes / 20))
    page.context.close()
    return rows


class Student:
    """The other end of a session: two cities at 30 days a second, frames confirmed as a page does."""

    def __init__(self, seed: int) -> None:
        self.state = {"seed": str(seed), "against": "state_withhold", "day": "0", "speed": "30"}
        self.begun = time.monotonic()
        self.stands = asyncio.Event()
        self.waited = 0.0  # seconds until both cities were built
        self.day = self.frames = 0
        self.heard, self.last = self.begun, "nothing"

    async def attend(self, host: str) -> None:
        """Build the cities, wait, and play when told; until cancelled."""
        async with connect(f"ws://{host}/session", max_size=None) as self.socket:
            await self.say(type="open", state=self.state, epoch=1)
            while True:
                async with asyncio.timeout(600):  # not wait_for, which on 3.11 may swallow being cancelled
                    message = await self.socket.recv()
                await self.hear(message)

    async def hear(self, message: str | bytes) -> None:
        """Note what the server sends; the first frame comes when the cities stand."""
        self.heard, self.last = time.monotonic(), message[:60] if isinstance(message, str) else "a frame"
        if isinstance(message, bytes):
            frame, self.day = struct.unpack_from("<I4xI", message, 8)
            await self.say(type="ack", frame=frame)
            self.frames += 1
            self.waited = self.waited or time.monotonic() - self.begun
            self.stands.set()
        elif json.loads(message)["type"] in {"failed", "invalid"}:
            raise RuntimeError(message)

    async def say(self, **command: Any) -> None:
        """Send a command."""
        await self.socket.send(json.dumps(command))


async def students(host: str, pid: int, number: int, seconds: float, *, same: bool) -> dict[str, float]:
    """Return what a class at once gets: how long until the cities stand, then days and frames a second, and memory each.

    Args:
        host: of the server.
        pid: of the server.
        number: of students.
        seconds: to play for, once every city stands.
        same: everybody opens the same page; otherwise each has dice of their own.
    """
    before = memory(pid)
    everybody = [Student(1 if same else seed) for seed in range(1, number + 1)]
    tasks = [asyncio.create_task(one.attend(host)) for one in everybody]
    ready = asyncio.gather(*(one.stands.wait() for one in everybody))
    await asyncio.wait([ready, *tasks], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        await asyncio.gather(*(one.say(type="play") for one in everybody))
        first, begun = [(one.day, one.frames) for one in everybody], time.monotonic()
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        gone, used = time.monotonic() - begun, memory(pid) - before
        days = [(one.day - day) / gone for one, (day, _) in zip(everybody, first, strict=True)]
        frames = [(one.frames - n) / gone for one, (_, n) in zip(everybody, first, strict=True)]
    for task in tasks:
        if task.done():
            task.result()  # raises what went wrong
    if not ready.done():
        raise stuck(f"cities do not stand after {PATIENCE} s", everybody, tasks, pid)
    for task in tasks:
        task.cancel()
    if (await asyncio.wait(tasks, timeout=60))[1]:
        raise stuck("students do not end", everybody, tasks, pid)
    return {
        "cities stand after, s, median": statistics.median(one.waited for one in everybody),
        "cities stand after, s, last": max(one.waited for one in everybody),
        "days/s (30 asked for), median": statistics.median(days),
        "days/s, slowest": min(days),
        "frames/s, median": statistics.median(frames),
        "MB each": used / number,
    }


def stuck(what: str, everybody: list[Student], tasks: list[asyncio.Task[None]], pid: int) -> RuntimeError:
    """Return who waits for what; the server writes where its threads are to its standard error."""
    os.kill(pid, signal.SIGUSR1)
    time.sleep(2)
    now = time.monotonic()
    for one, task in zip(everybody, tasks, strict=True):
        if not (task.done() or (one.stands.is_set() and "stand" in what)):
            print(
                f"seed {one.state['seed']}: last message {one.last}, {now - one.heard:.0f} s ago;",
                f"{one.frames} frames, day {one.day}; load {os.getloadavg()[0]:.1f}",
                file=sys.stderr,
            )
            task.print_stack()
    return RuntimeError(what)


def report(found: dict[str, Any]) -> str:
    """Return what was measured as a page."""
    rows = "\n".join(f"| {name} | {value} |" for name, value in found["rows"])
    minutes = "\n".join(f"| {m:.1f} | {server:.0f} | {heap:.1f} |" for m, server, heap in found["memory"])
    packages = ", ".join(f"{name} {version(name)}" for name in ("starlette", "uvicorn", "numba", "numpy"))
    return f"""# The page in a browser

Written by `benchmarks/browser.py`{" --quick" if found["quick"] else ""}: Debian's chromium without a screen, which draws in
software, and the server share {os.cpu_count()} cores ({platform.system()}, Python {platform.python_version()}, {packages}).
{found["busy"]}

| measured | value |
|---|--:|
{rows}

*Two cities*: mandatory and state_withhold side by side. A slider counts as answered when the page says that it lives the run
again; the run then catches up with the day that was shown, half a year in. *Students* open two cities of 805,000 each at the
same moment, without pages that draw, and begin to play when every city of the class stands.

## Memory while two cities play over and over

| minutes | server, MB | page's heap after collection, MB |
|--:|--:|--:|
{minutes}
"""


IN_TURN: Final = """# The page now and before, in turn

Written by `benchmarks/browser.py --against`: two cities, mandatory and state_withhold side by side, play as fast as they go with
{called} and with this one, {rounds} times each, one after the other on one machine. Medians; ratios are of neighbours in time.

| two cities of | before | now | ratio | from to |
|---|--:|--:|--:|--:|
{lines}
"""


@contextmanager
def chrome() -> Iterator[Any]:
    """Yield a browser without a screen."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def in_browser(
    host: str, pid: int, rows: list[tuple[str, str]], quick: bool, minutes: float
) -> list[tuple[float, float, float]]:
    """Measure what needs a browser into ``rows``, and return memory over time."""
    seconds = 4.0 if quick else 10.0
    with chrome() as browser:
        opened(browser, host, "").context.close()  # kernels are loaded now
        for which, at in (
            ("first visit", f"http://{host}/"),
            ("recorded page, from disk", RECORDED.as_uri()),
        ):
            paint, ready = opening(browser, at, 3 if quick else 9)
            rows += [
                (f"{which}: first paint, ms", f"{paint:.0f}"),
                (f"{which}: opening interactive, ms", f"{ready:.0f}"),
            ]
        for name, address in CITIES.items():
            for what, value in zip(MEASURED, two_cities(browser, host, address, seconds), strict=True):
                rows.append((f"two cities of {name}: {what}", f"{value:.{int(what.startswith('frames'))}f}"))
        return over_time(browser, host, pid, minutes)


def two_cities(browser: Any, host: str, address: str, seconds: float) -> tuple[float, float, float, float]:
    """Return what two cities side by side come to, as in `MEASURED`."""
    return *playing(browser, host, address, seconds), *sliding(browser, host, address, 5)


def in_turn(other: Path, called: str, rounds: int) -> str:
    """Measure two cities with the page of another checkout and with this one in turn, and return a table."""
    found: dict[tuple[str, Path], list[tuple[float, ...]]] = {}
    both = [other, HERE.parent]
    for n in range(rounds):
        for checkout in both[:: 1 if n % 2 else -1]:
            with chrome() as browser, server(checkout) as (host, _):
                opened(browser, host, "").context.close()  # kernels are loaded now
                for name, address in CITIES.items():
                    found.setdefault((name, checkout), []).append(two_cities(browser, host, address, 8.0))
    lines = []
    for name in CITIES:
        for k, what in enumerate(MEASURED):
            before, now = ([row[k] for row in found[name, checkout]] for checkout in both)
            ratios = sorted(b / a for a, b in zip(before, now, strict=True))
            middle = statistics.median(ratios)
            lines.append(
                f"| {name}: {what} | {statistics.median(before):,.1f} | {statistics.median(now):,.1f} "
                f"| {middle:.2f} | {ratios[0]:.2f} to {ratios[-1]:.2f} |"
            )
    return IN_TURN.format(called=called, rounds=rounds, lines="\n".join(lines))


def measure(quick: bool, minutes: float) -> dict[str, Any]:
    """Measure everything; memory over some minutes."""
    seconds, pupils = (4.0, 4) if quick else (10.0, 20)
    rows: list[tuple[str, str]] = []
    load = os.getloadavg()[0]
    busy = f"The load of the machine was {load:.1f} before it began; where that is not near 0, others were at work, too."
    with server() as (host, pid):
        kept = in_browser(host, pid, rows, quick, minutes)
    for same, who in ((True, "the same page"), (False, "each with their own dice")):
        with server() as (host, pid):
            asyncio.run(students(host, pid, 1, 1.0, same=True))  # kernels are loaded now
            crowd = asyncio.run(students(host, pid, pupils, 3 * seconds, same=same))
        rows += [(f"{pupils} students, {who}: {name}", f"{v:.1f}") for name, v in crowd.items()]
    return {"rows": rows, "memory": kept, "quick": quick, "busy": busy}


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough trial")
    parser.add_argument(
        "--minutes", type=float, default=20.0, help="of play, to see whether memory is steady"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder for browser.md")
    parser.add_argument("--against", type=Path, help="another checkout, to play in turn with")
    parser.add_argument("--called", default="another checkout", help="what that one is")
    arguments = parser.parse_args()
    if arguments.against:
        text = in_turn(arguments.against.absolute(), arguments.called, 5)
        print(text)
        (arguments.out / "browser_in_turn.md").write_text(text, encoding="utf-8")
        return
    text = report(measure(arguments.quick, 0.4 if arguments.quick else arguments.minutes))
    print(text)
    (arguments.out / "browser.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
