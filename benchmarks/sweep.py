"""What a sweep costs beyond the model, how busy it keeps the cores, and how fast its results are read.

    python benchmarks/sweep.py            # 10,000 runs of 20,000 residents over three years, then reading
    python benchmarks/sweep.py --runs 400 --reading 1000 --out benchmarks/sweeps.md

Overhead is the share of (wall time x workers) that is not spent in the model, from the start to the last table written.
Core use is processor time of all processes of the sweep over the same. Both want a machine that does nothing else, and
thousands of runs, among which the start of the workers does not count. The processor time of a run inside and outside of
the model, without that start, is the same on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import threading
import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TextIO

import numpy as np
import psutil
from machine import machine

from comity.sweeps.engines import cores
from comity.sweeps.load import load
from comity.sweeps.measurers import live
from comity.sweeps.runfile import Weekly, column_names
from comity.sweeps.runner import sweep
from comity.sweeps.study import Study

WEEKS: Final = 312
SEEDS: Final = 10
NOTES: Final = "COMITY_BENCHMARK_NOTES"
"""Environment variable with the folder into which workers write their processor time."""


def study(runs: int) -> Study:
    """San Francisco with 20,000 residents; half of the runs under each of two regimes."""
    return Study(
        name="benchmark",
        scenario={"place": "06075", "start": "2009-01-01", "end": "2011-12-31", "scale": 40},
        uncertainties={"fear_weight": {}, "ties_weight": {}, "household_weight": {}, "targeting": {}},
        levers={"regimes": ["mandatory", "no_receive"]},
        seeds=SEEDS,
        design={"kind": "latin-hypercube", "size": max(1, runs // (2 * SEEDS))},
    )


def invented(scenario, outcomes):
    """Six years of weeks out of thin air, to fill a store for reading."""
    names = column_names(outcomes)
    numbers = np.random.default_rng(scenario.seed).poisson(30, (len(names), WEEKS)).astype(np.float32)
    dates = np.datetime64("2009-01-01") + 7 * np.arange(WEEKS).astype("timedelta64[D]")
    return Weekly(dates, dict(zip(names, numbers, strict=True)))


class Meter(threading.Thread):
    """Adds up the processor time of this process and of all that it starts."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.spent: dict[int, float] = {}
        self.memory: dict[int, int] = {}
        self.own = 0.0

    def run(self) -> None:
        """Look every quarter of a second."""
        me = psutil.Process()
        while not self.stopped.wait(0.25):
            for process in (me, *me.children(recursive=True)):
                try:
                    times = process.cpu_times()
                    self.spent[process.pid] = times.user + times.system
                    self.memory[process.pid] = max(self.memory.get(process.pid, 0), process.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue
            self.own = time.thread_time()


def timed(scenario: Any, outcomes: Any) -> Weekly:
    """Live a run, and note the processor time of this process before and after it."""
    before = time.process_time()
    found = live(scenario, outcomes)
    notebook().write(f"{before} {time.process_time()}\n")
    return found


@cache
def notebook() -> TextIO:
    """Return a file of this worker's own, which stays open: opening it for every run would be counted as overhead."""
    return Path(os.environ[NOTES], str(os.getpid())).open("a", encoding="ascii", buffering=1)


def spent(notes: Path, meter: Meter) -> tuple[float, float, float]:
    """Return seconds of processor time in workers: starting up, in the model, and outside of it."""
    starting = inside = whole = 0.0
    for path in notes.iterdir():
        times = np.array([line.split() for line in path.read_text().splitlines()], float)
        starting += times[0, 0]
        inside += float((times[:, 1] - times[:, 0]).sum())
        whole += meter.spent[int(path.name)]
    return starting, inside, whole - starting - inside


def measure_sweep(runs: int, folder: Path) -> list[tuple[str, str, str]]:
    """Return overhead, core use, memory and disk of a sweep."""
    (folder / "notes").mkdir()
    os.environ[NOTES] = str(folder / "notes")
    sweep(study(2 * SEEDS), folder / "warm")  # compiles, and fills the caches of the disk
    meter = Meter()
    meter.start()
    started, before = time.perf_counter(), time.process_time()
    report = sweep(study(runs), folder / "sweep", live=timed)
    wall = time.perf_counter() - started
    driver = time.process_time() - before - meter.own
    meter.stopped.set()
    meter.join()
    width, tally = cores(), report.tally
    starting, inside, outside = spent(folder / "notes", meter)
    used = (starting + inside + outside + driver) / (wall * width)
    overhead = 1 - tally.busy / (wall * width)
    size = sum(path.stat().st_size for path in (folder / "sweep").rglob("*.parquet"))
    each, thousandth = tally.computed, 1000 / tally.computed
    return [
        ("runs", f"{each:,} in {wall:.1f} s, {each / wall:.1f} a second", ""),
        (f"overhead, of the time of {width} workers", f"{overhead:.1%}", "under 10 %"),
        (f"core use, of {width} cores", f"{used:.1%}", "95 %"),
        ("processor time of a run in the model", f"{inside * thousandth:.1f} ms", ""),
        ("... outside of it, in its worker", f"{outside * thousandth:.2f} ms", ""),
        ("... and in the driver, with both tables", f"{driver * thousandth:.2f} ms", ""),
        ("outside, of all", f"{(outside + driver) / (inside + outside + driver):.1%}", "under 10 %"),
        ("starting all workers, processor time", f"{starting:.1f} s", ""),
        ("largest process", f"{max(meter.memory.values()) / 1e6:.0f} MB", ""),
        ("disk", f"{size / 1e6:.1f} MB, {size / each / 1e3:.1f} kB a run", ""),
    ]


def measure_reading(runs: int, folder: Path) -> list[tuple[str, str, str]]:
    """Return how long it takes to read one outcome of every run and week."""
    sweep(study(runs), folder / "reading", live=invented)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        frame = load(folder / "reading", ["removals"], weekly=True)
        times.append(time.perf_counter() - started)
    what = f"reading one outcome of {runs:,} runs x {WEEKS} weeks ({len(frame):,} rows)"
    return [(what, f"{statistics.median(times):.2f} s", "under 1 s, of 10,000 runs")]


def measure_resuming(runs: int, folder: Path) -> list[tuple[str, str, str]]:
    """Return how long a sweep takes that finds every run done."""
    sweep(study(runs), folder / "resuming", live=invented)
    times = []
    for _ in range(5):
        started, before = time.perf_counter(), time.process_time()
        sweep(study(runs), folder / "resuming", live=invented)
        times.append((time.perf_counter() - started, time.process_time() - before))
    wall, spent = statistics.median(each for each, _ in times), statistics.median(each for _, each in times)
    found = f"{wall:.2f} s, of which {spent:.2f} s of processor time"
    return [(f"resuming a sweep of {runs:,} finished runs", found, "under 3 s")]


def report(rows: list[tuple[str, str, str]]) -> list[str]:
    """Return the table as markdown."""
    return [
        "# What a sweep costs beyond the model",
        "",
        f"Written by `benchmarks/sweep.py`. {machine()}",
        "",
        "San Francisco, 20,000 residents, three years, 22 columns a run; then invented runs are read, and resumed.",
        "",
        "| | measured | goal |",
        "|---|--:|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def main() -> None:
    """Measure both, print the table, and write it if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--reading", type=int, default=10_000)
    parser.add_argument("--resuming", type=int, default=20_000)
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args()
    rows = []
    with TemporaryDirectory() as folder:
        if wanted.runs:
            rows += measure_sweep(wanted.runs, Path(folder))
        if wanted.reading:
            rows += measure_reading(wanted.reading, Path(folder))
        if wanted.resuming:
            rows += measure_resuming(wanted.resuming, Path(folder))
    text = "\n".join(report(rows)) + "\n"
    print(text, end="")
    if wanted.out:
        wanted.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
