"""What threads do for one run: the nation lived by one thread and by two in turn, and what more cores would do.

Run as ``python benchmarks/threads.py``; it takes two minutes, warm, and writes ``threads.md`` into this folder. What more cores
would do is measured stage by stage, each thread's part by itself, one after another; seconds by the clock stand beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path
from typing import Final

import numpy as np
from machine import machine

from comity import day, together
from comity.model import CooperationModel

STRETCH: Final = 182
"""Days that are lived in one way before the other way has its turn."""

CORES: Final = (2, 4, 8, 16)
STAGES: Final = {
    together.Stage.GOVERN: "govern, while all look at what was learned until yesterday",
    together.Stage.SHARE: "counties, shared out: hours, victims, reports, contacts",
    together.Stage.PUT_DOWN: "put down in order, `clear` to `custody`; the second enters into agendas and lists who is due",
    together.Stage.SPREAD: "tell; the second lets memory fade",
    together.Stage.ANNOUNCE: "announce",
    together.Stage.JUDGE: "what publics make of it, shared out",
    together.Stage.MOVE: "who moves away or comes back",
    together.Stage.BALANCE: "who is born, comes, dies or leaves, shared out by state",
    together.Stage.RECORD: "record, shared out",
}

ALONE: Final = (
    together.Stage.PUT_DOWN,
    together.Stage.SPREAD,
    together.Stage.ANNOUNCE,
    together.Stage.MOVE,
)
"""Stages in which all wait for the first, whoever helps."""


def by_stage(threads: int, days: int, scale: float) -> np.ndarray:
    """Return CPU-seconds a day by stage and thread, each by itself, without what it takes to call it."""
    model, do = CooperationModel("united-states", scale=scale), together.doing()
    w = model.world
    with together.Team(w, threads) as team:
        shared, spent = team._shared, np.zeros((days, len(STAGES), threads))  # noqa: SLF001 - looks within
        together.list_due(w, shared, 0)
        together.sort_due(shared, 0)
        day.prepare(do, w, w, shared, 0, 0, 0, 0)
        for today in range(days):
            for stage in together.Stage:
                for me in range(threads):
                    begun = time.thread_time()
                    do(w, team._own[me], shared, me, int(stage), today, days)  # noqa: SLF001 - likewise
                    spent[today, stage, me] = time.thread_time() - begun
            if w.calendar["closes"][today]:
                w.tally[:] = 0.0
    idle = np.median(spent[:, together.Stage.ANNOUNCE, 1])  # in which only the first has something to do
    return np.maximum(spent[days // 10 :].mean(axis=0) - idle, 0.0)


def in_turn(rounds: int, scale: float) -> tuple[list[float], list[float]]:
    """Return seconds a day by the clock of one thread and of two, lived in turn."""
    w = CooperationModel("united-states", scale=scale).world
    clock: tuple[list[float], list[float]] = [], []
    with together.Team(w, 2) as team:
        for turn in range(2 * rounds + 2):
            first, begun = turn * STRETCH, time.perf_counter()
            (team.live if turn % 2 else lambda *days: day.live(w, *days))(first, first + STRETCH)
            clock[turn % 2].append((time.perf_counter() - begun) / STRETCH)
    return clock[0][1:], clock[1][1:]


def report(rounds: int, scale: float) -> str:
    """Measure and return the page."""
    load = os.getloadavg()[0]
    one, two = in_turn(rounds, scale)
    parts = {n: by_stage(n, rounds * 40, scale) for n in CORES}
    alone = sum(parts[2][stage, 0] for stage in ALONE)
    ratio = statistics.median(a / b for a, b in zip(one, two, strict=True))
    middle, best = ([round(f(way) * 1e6) for way in (one, two)] for f in (statistics.median, min))
    text = f"""# One run, several threads

Written by `benchmarks/threads.py`. {machine()}
Load when it began and ended: {load:.1f} and {os.getloadavg()[0]:.1f}.

**By the clock**, `united-states` at scale {scale:g} was lived by one thread and by two in turn, {STRETCH} days each. A day took
{middle[0]:,} µs and {middle[1]:,} µs (medians of {len(one)}), at best {best[0]:,} and {best[1]:,}. **Two threads were {ratio:.2f}
times as fast as one** (median of the pairs; {best[0] / best[1]:.2f} at best).

**Stage by stage**, each of two threads by itself, one after the other on one core:

| stage of a day | first, µs | second, µs |
|---|--:|--:|
"""
    for stage, said in STAGES.items():
        first, second = parts[2][stage] * 1e6
        text += f"| {said} | {first:,.0f} | {second:,.0f} |\n"
    text += """
A day waits in each stage for the slowest. On n cores, if no thread waited for what another one has in its cache, it would take

| cores | µs a day | times as fast as one thread at best |
|--:|--:|--:|
"""
    for n, found in parts.items():
        longest = found.max(axis=1).sum()
        text += f"| {n} | {longest * 1e6:,.0f} | {min(one) / longest:.2f} |\n"
    return f"""{text}
What the first does while nothing is shared out takes {alone * 1e6:,.0f} µs: with any number of cores a day would be at most
{min(one) / alone:.1f} times as fast (Amdahl).
"""


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--quick", action="store_true", help="a rough trial, not a result")
    options = parser.parse_args()
    text = report(2, 2000.0) if options.quick else report(9, 100.0)
    (options.out / "threads.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
