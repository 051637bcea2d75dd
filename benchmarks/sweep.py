"""What a sweep costs beyond the model, how busy it keeps the cores, and how fast its results are read.

    python benchmarks/sweep.py            # 10,000 runs of 20,000 residents over three years, then reading
    python benchmarks/sweep.py --runs 400 --reading 1000

Overhead is the share of (wall time x workers) that is not spent in the model, from the first run handed out to the last
table written. Core use is processor time of all processes of the sweep over the same. Run it on a machine that does
nothing else.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from comity.study.design import Study
from comity.study.engines import cores
from comity.study.load import load
from comity.study.runfile import Weekly, column_names
from comity.study.runner import sweep

WEEKS = 312
SEEDS = 10


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


def measure_sweep(runs: int, folder: Path) -> None:
    """Print overhead, core use and memory of a sweep."""
    warm = study(2 * SEEDS)
    sweep(warm, folder / "warm")  # compiles, and fills the caches of the disk
    meter = Meter()
    meter.start()
    started, before = time.perf_counter(), time.process_time()
    report = sweep(study(runs), folder / "sweep")
    wall = time.perf_counter() - started
    meter.stopped.set()
    meter.join()
    driver = time.process_time() - before
    width, tally = cores(), report.tally
    workers = sum(spent for pid, spent in meter.spent.items() if pid != psutil.Process().pid)
    print(f"runs                 {tally.computed:,} in {wall:.1f} s, {tally.computed / wall:.1f} a second")
    print(f"model                {1000 * tally.busy / tally.computed:.1f} ms a run")
    print(f"overhead             {1 - tally.busy / (wall * width):.1%} of the time of {width} workers")
    print(f"  in the driver      {1000 * driver / tally.computed:.2f} ms a run")
    print(f"core use             {(workers + driver) / (wall * width):.1%} of {width} cores")
    print(f"largest process      {max(meter.memory.values()) / 1e6:.0f} MB")
    size = sum(path.stat().st_size for path in (folder / "sweep").rglob("*.parquet"))
    print(f"disk                 {size / 1e6:.1f} MB, {size / tally.computed / 1e3:.1f} kB a run")


def measure_reading(runs: int, folder: Path) -> None:
    """Print how long it takes to read one outcome of every run and week."""
    sweep(study(runs), folder / "reading", live=invented)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        frame = load(folder / "reading", ["removals"], weekly=True)
        times.append(time.perf_counter() - started)
    print(
        f"reading one outcome  {statistics.median(times):.2f} s for {len(frame):,} rows of {runs:,} runs x {WEEKS} weeks"
    )


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--reading", type=int, default=10_000)
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        if wanted.runs:
            measure_sweep(wanted.runs, Path(folder))
        if wanted.reading:
            measure_reading(wanted.reading, Path(folder))


if __name__ == "__main__":
    main()
