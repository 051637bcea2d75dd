"""Strong scaling of a sweep over Dask workers on this machine: ``python benchmarks/workers.py``; it prints a table.

The same 300 runs of 20,000 residents over three years, by one worker and by as many as there are cores, in turn.
"""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from distributed import LocalCluster
from machine import machine
from sweep import study

from comity.sweeps.engines import cores
from comity.sweeps.runner import sweep

RUNS: Final = 300
TURNS: Final = 3


def seconds(workers: int) -> float:
    """Return how long a sweep takes by the clock, once its workers are warm."""
    settings = {"threads_per_worker": 1, "dashboard_address": None, "processes": True}
    with LocalCluster(n_workers=workers, **settings) as cluster, TemporaryDirectory() as folder:
        sweep(study(40), Path(folder) / "warm", cluster=cluster.scheduler_address)
        begun = time.perf_counter()
        report = sweep(study(RUNS), Path(folder) / "sweep", cluster=cluster.scheduler_address)
        if report.code:
            raise SystemExit("runs are missing")
        return time.perf_counter() - begun


def main() -> None:
    """Measure, and print the table."""
    load, found = os.getloadavg()[0], {n: list[float]() for n in sorted({1, cores()})}
    for _ in range(TURNS):
        for workers, times in found.items():
            times.append(seconds(workers))
    print(f"{machine()} Load when it began {load:.1f}, when it ended {os.getloadavg()[0]:.1f}.\n")
    print("| workers | s, median | runs a second | times as fast |\n|--:|--:|--:|--:|")
    one = statistics.median(found[1])
    for workers, times in found.items():
        wall = statistics.median(times)
        print(f"| {workers} | {wall:.1f} | {RUNS / wall:.1f} | {one / wall:.2f} |")


if __name__ == "__main__":
    main()
