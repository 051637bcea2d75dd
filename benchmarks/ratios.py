"""Is comity slower than it was? Times as ratios to a loop that never changes, beside the committed ones.

Run as ``python benchmarks/ratios.py``: about 15 seconds of processor time, kernels in the cache. A loss of more than a tenth is
named and is no failure: machines differ in more than their clock. ``--write`` makes ``ratios.csv`` anew, on an idle machine.
Everything is CPU time, of this process or of the one that it starts, over that of the loop before and after it: what slows one
slows the other. The median of some turns counts.
"""

from __future__ import annotations

import argparse
import csv
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numba import njit

from comity.model import CooperationModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BASELINE: Final = Path(__file__).with_name("ratios.csv")
CITY: Final = {"place": "06075", "start": "2010-01-01", "end": "2011-12-31", "scale": 5}
TURNS: Final = 12
STEPS: Final = 20_000_000
STARTS: Final = 4
"""Turns in which a process is started, which costs more than all else."""

LOSS: Final = 1.1


@njit(cache=True)
def _loop(table: np.ndarray, steps: int) -> int:
    """Mix numbers and look them up in a table of 4 MB: arithmetic, branches and a cache, as a day of the model."""
    found, state = 0, np.uint64(1)
    for _ in range(steps):
        state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        value = table[(state >> np.uint64(33)) % np.uint64(len(table))]
        found += value if value & 1 else -value
    return found


def _spent(do: Callable[[], object]) -> float:
    begun = time.process_time()
    do()
    return time.process_time() - begun


def _build_and_live() -> tuple[float, float]:
    begun = time.process_time()
    model = CooperationModel(**CITY)
    built = time.process_time()
    model.run()
    lived = time.process_time()
    return built - begun, lived - built


def _start() -> float:
    """Return the CPU time of a process that checks a scenario."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", "from comity.cli import main; main()", "check", "san-francisco"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - this Python, running this package
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure() -> dict[str, float]:
    """Return how many calibration loops each thing takes."""
    table = np.arange(1 << 20, dtype=np.int32)
    loop = lambda: _spent(lambda: _loop(table, STEPS))  # noqa: E731
    _loop(table, 10)
    _build_and_live()
    ratios: dict[str, list[float]] = {"build": [], "live": [], "start": []}
    for turn in range(TURNS):
        before, (built, lived), after = loop(), _build_and_live(), loop()
        ratios["build"].append(2 * built / (before + after))
        ratios["live"].append(2 * lived / (before + after))
        if turn < STARTS:
            ratios["start"].append(2 * _start() / (after + loop()))
    return {name: statistics.median(each) for name, each in ratios.items()}


def sentences(found: Mapping[str, float], baseline: Mapping[str, float]) -> list[str]:
    """Return a line for each ratio, with the committed one; a loss of more than a tenth is named."""
    lines = []
    for name, ratio in found.items():
        if name not in baseline:
            lines.append(f"speed: {name} takes {ratio:.2f} calibration loops; no baseline")
            continue
        change = ratio / baseline[name]
        word = "LOSS" if change > LOSS else "as before" if change > 1 / LOSS else "gain"
        lines.append(
            f"speed: {name} takes {ratio:.2f} calibration loops, {baseline[name]:.2f} committed ({change - 1:+.0%}): {word}"
        )
    return lines


def read(path: Path) -> dict[str, float]:
    """Return the committed ratios; none if there is no file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["what"]: float(row["loops"]) for row in csv.DictReader(file)}


def main() -> None:
    """Measure, and say or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="make ratios.csv anew")
    write = parser.parse_args().write
    found = measure()
    if write:
        rows = [f"{name},{ratio:.3f}" for name, ratio in found.items()]
        BASELINE.write_text("\n".join(["what,loops", *rows]) + "\n", encoding="utf-8")
    print("\n".join(sentences(found, read(BASELINE))))


if __name__ == "__main__":
    main()
