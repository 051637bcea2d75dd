"""Measure what a sweep over regimes saves by living the days once on which regimes are the same, in CPU-seconds of a worker.

Usage: ``python benchmarks/sharing.py``. The same runs are lived together and alone, in turn, so that the ratios hold on a busy
machine; their tables are the same, see `tests/test_sweep_sharing.py`. Writes ``sharing.md``.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, Final

from machine import machine

from comity import warm
from comity.sweeps import worker
from comity.sweeps.store import Store
from comity.sweeps.study import Study

REGIMES: Final = ["mandatory", "no_minor_holds", "no_transmit", "trust_act", "full_decline"]
REPEATS: Final = 3
SIZES: Final = {"20,000 residents, four years, two seeds": (40, 2), "200,000 residents, four years": (4, 1)}


def alone(scenario: Any, outcomes: Any) -> Any:
    """Live a run by itself: the runner cannot know that this is the model."""
    return worker.live(scenario, outcomes)


def spent(study: Study, live: Any) -> float:
    """Return the CPU-seconds in which a worker lives and writes a whole study."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(study, Path(folder, "store"))
        runs = tuple((job.key, setup) for job, setup in store.scenarios(store.jobs))
        task = worker.Task(str(store.folder), runs, study.measured, "benchmark", live)
        before = time.process_time()
        assert {status for _, status, _ in worker.execute(task)} == {"done"}
        return time.process_time() - before


def row(name: str, scale: float, seeds: int) -> str:
    """Return the least of several CPU-seconds, together and alone, after a round that loads the kernels."""
    scenario = {"place": "06075", "start": "2009-01-01", "end": "2012-12-31", "scale": scale}
    study = Study(name="sharing", scenario=scenario, levers={"regimes": REGIMES}, seeds=seeds)
    rounds = [(spent(study, worker.live), spent(study, alone)) for _ in range(REPEATS + 1)][1:]
    together, by_itself = (min(each) for each in zip(*rounds, strict=True))
    return f"| {name} | {study.size} | {together:.2f} | {by_itself:.2f} | {by_itself / together:.2f} |"


def main() -> None:
    """Measure, and write the page."""
    warm.up()
    worker.PATIENCE = float("inf")  # type: ignore[misc] # all runs in one task
    text = "\n".join(
        [
            "# What a sweep over regimes saves",
            "",
            f"Written by `benchmarks/sharing.py`. {machine()}",
            "",
            f"San Francisco under five regimes ({', '.join(REGIMES)}). CPU-seconds of one worker with writing.",
            "",
            "| study | runs | days lived once | each run alone | ratio |",
            "|---|--:|--:|--:|--:|",
            *(row(name, *size) for name, size in SIZES.items()),
            "",
        ]
    )
    Path(__file__).with_name("sharing.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
