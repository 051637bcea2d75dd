"""What threads do for one run: the nation lived by one thread and by two in turn, and what more cores would do.

Run as ``python benchmarks/threads.py``; it takes a minute, warm, and writes ``threads.md`` into this folder. What is counted is
the CPU time of each thread, which says what a day costs also where others use the machine; seconds by the clock stand beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from machine import machine

from comity import day, together
from comity.model import CooperationModel

if TYPE_CHECKING:
    from collections.abc import Callable

STRETCH: Final = 28
"""Days that are lived in one way before the other way has its turn."""

CORES: Final = (1, 2, 4, 8, 16)
SHARED: Final = ("share", "record_in")
PIECES: Final = {
    "size_up": "look at what was learned until yesterday, by one thread while the others wait",
    "share": "counties, shared out: hours, victims, reports, contacts",
    "record_in": "end of a period, shared out (per day)",
    "put_down": "put down in order, and `clear`",
    "live": "all other phases, by one thread",
    "look_ahead": "enter into agendas and list who is due, beside the two lines before it",
}


class Spent:
    """CPU-seconds by piece of the day, in whichever thread."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def on(self, name: str, work: Callable[..., None]) -> Callable[..., None]:
        """Return the same work, whose CPU time is added up."""

        def timed(*arguments: Any) -> None:
            begun = time.thread_time()
            work(*arguments)
            self.seconds[name] += time.thread_time() - begun

        return timed


def in_turn(model: CooperationModel, rounds: int) -> tuple[dict[str, float], list[float], list[float]]:
    """Return CPU-seconds per day of each piece and of one thread alone, and seconds by the clock of one and of two."""
    w, spent, today = model.world, Spent(), 0
    clock: tuple[list[float], list[float]] = [], []
    alone = spent.on("alone", day.live)
    with together.Team(w, 2) as team:
        for turn in range(2 * rounds + 2):
            if turn == 2:  # all code is loaded
                spent.seconds.clear()
            begun = time.perf_counter()
            if turn % 2:
                with (
                    mock.patch.multiple(
                        together, **{n: spent.on(n, getattr(together, n)) for n in PIECES if n != "live"}
                    ),
                    mock.patch.object(day, "live", spent.on("live", day.live)),
                ):
                    team.live(today, today + STRETCH)
            else:
                alone(w, today, today + STRETCH)
            clock[turn % 2].append((time.perf_counter() - begun) / STRETCH)
            today += STRETCH
    return {name: s / rounds / STRETCH for name, s in spent.seconds.items()}, clock[0][1:], clock[1][1:]


def round_trip() -> float:
    """Return the seconds it takes to hand a piece of work out and to learn that it is done."""
    with ThreadPoolExecutor(1) as pool:
        found = []
        for _ in range(2000):
            begun = time.perf_counter()
            pool.submit(int).result()
            found.append(time.perf_counter() - begun)
    return statistics.median(found)


def predicted(spent: dict[str, float], cores: int, trip: float) -> float:
    """Return the seconds of a day on so many cores: what is shared out, then the longer of what one thread and the others do."""
    if cores == 1:
        return spent["alone"]
    shared, alone = sum(spent.get(name, 0.0) for name in SHARED), spent["put_down"] + spent["live"]
    return spent["size_up"] + shared / cores + max(alone, spent["look_ahead"] / min(cores - 1, 2)) + 2 * trip


def report(rounds: int, scale: float) -> str:
    """Measure and return the page."""
    load, model = os.getloadavg()[0], CooperationModel("united-states", scale=scale)
    spent, one, two = in_turn(model, rounds)
    trip, whole = round_trip(), spent["alone"]
    rest = spent["size_up"] + spent["put_down"] + spent["live"]
    ratio = statistics.median(a / b for a, b in zip(one, two, strict=True))
    days = {n: predicted(spent, n, trip) for n in CORES}
    text = f"""# One run, several threads

Written by `benchmarks/threads.py`. {machine()}
Load when it began and ended: {load:.1f} and {os.getloadavg()[0]:.1f}.

`united-states` at scale {scale:g}, by one thread and by two in turn, {STRETCH} days each, {rounds} times.
A day by one thread takes {whole * 1e6:,.0f} µs of CPU time; by two it takes:

| piece of a day | CPU, µs |
|---|--:|
"""
    text += "".join(f"| {said} | {spent.get(name, 0.0) * 1e6:,.0f} |\n" for name, said in PIECES.items())
    text += f"""
What one thread does by itself is {rest / whole:.0%} of a day by one thread. Handing work out and learning that it is
done takes {trip * 1e6:.0f} µs, twice a day. By these numbers a day on n cores takes what is shared out / n, the longer of
what one thread does by itself and what the others do beside it, and two round trips:

| cores | µs a day | times as fast |
|--:|--:|--:|
"""
    text += "".join(f"| {n} | {s * 1e6:,.0f} | {whole / s:.2f} |\n" for n, s in days.items())
    return f"""{text}
With any number of cores it would be {whole / (rest + 2 * trip):.1f} times as fast (Amdahl). By the clock, on this machine
and under that load, two threads were {ratio:.2f} times as fast as one (median of {len(one)} pairs).
"""


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--quick", action="store_true", help="a rough trial, not a result")
    options = parser.parse_args()
    text = report(2, 2000.0) if options.quick else report(12, 100.0)
    (options.out / "threads.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
