"""How many runs a store carries: files, bytes, and the time to list, check, resume and compact, up to 100,000 runs.

Run as ``python benchmarks/store.py``: real code of the store, runs out of thin air (two years of weeks). It takes about a quarter
of an hour and 5 GB of disk, and prints tables for ``docs/scaling.md``. ``--sizes`` names other numbers of runs.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from machine import machine

from comity.sweeps import tables
from comity.sweeps.runfile import Weekly, column_names
from comity.sweeps.runner import sweep
from comity.sweeps.store import Store
from comity.sweeps.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable

WEEKS: Final = 104
SEEDS: Final = 10


def study(runs: int) -> Study:
    """San Francisco under two regimes."""
    return Study(
        name="benchmark",
        scenario={"place": "06075", "start": "2009-01-01", "end": "2010-12-31", "scale": 40},
        uncertainties={"fear_weight": {}, "ties_weight": {}},
        levers={"regimes": ["mandatory", "no_receive"]},
        seeds=SEEDS,
        design={"kind": "latin-hypercube", "size": runs // (2 * SEEDS)},
    )


def invented(scenario: Any, outcomes: Any) -> Weekly:
    """Two years of weeks."""
    names = column_names(outcomes)
    numbers = np.random.default_rng(scenario.seed).poisson(30, (len(names), WEEKS)).astype(np.float32)
    dates = np.datetime64("2009-01-01") + 7 * np.arange(WEEKS).astype("timedelta64[D]")
    return Weekly(dates, dict(zip(names, numbers, strict=True)))


def spent(do: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return seconds by the clock and of processor time, of this process and those that it waited for, and the result."""
    each = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = lambda: sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, each))  # noqa: E731
    begun, before = time.perf_counter(), used()
    found = do()
    return time.perf_counter() - begun, used() - before, found


def on_disk(folder: Path) -> tuple[int, int, int]:
    """Return files and folders, bytes in the files, and bytes that these take on the disk."""
    stats = [path.stat() for path in folder.rglob("*")]
    return len(stats), sum(s.st_size for s in stats), 512 * sum(s.st_blocks for s in stats)


def row(runs: int, folder: Path) -> list[str]:
    """Return what a store of so many runs costs."""
    fill = spent(lambda: sweep(study(runs), folder, live=invented))
    objects, size, taken = on_disk(folder / "runs")
    both = sum((folder / name).stat().st_size for name in ("runs.parquet", "weekly.parquet"))
    store = Store.open(folder)
    keys = spent(lambda: store.jobs)
    listing = spent(store.present)
    checking = spent(store.ledger)
    resume = spent(lambda: sweep(study(runs), folder, live=invented))
    for name in ("runs.parquet", "weekly.parquet"):
        (folder / name).unlink()
    compact = spent(lambda: tables.compact(store))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pair = [f"{wall:.2f} / {cpu:.2f}" for wall, cpu, _ in (fill, keys, listing, checking, resume, compact)]
    sizes = [f"{size / 1e6:.0f}", f"{taken / 1e6:.0f}", f"{both / 1e6:.0f}"]
    return [f"{runs:,}", f"{objects:,}", *sizes, *pair, f"{peak:.0f}"]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument(
        "--scratch", type=Path, help="folder for the stores; by default where temporary files go"
    )
    wanted = parser.parse_args()
    print(
        machine(),
        f"Load when it began: {os.getloadavg()[0]:.1f}. Seconds by the clock / of processor time.\n",
    )
    heads = (
        "runs|files and folders|MB|MB on disk|MB of tables|fill|name all|list|check|resume|compact|peak, MB"
    )
    print(f"| {' | '.join(heads.split('|'))} |\n{'|--:' * 12}|")
    for runs in wanted.sizes:
        with TemporaryDirectory(dir=wanted.scratch) as folder:
            print(f"| {' | '.join(row(runs, Path(folder) / 'store'))} |", flush=True)


if __name__ == "__main__":
    main()
