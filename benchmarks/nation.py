"""How long the nation takes: ten years of 3,143 counties by day, its memory, and what bounds it.

Run as ``python benchmarks/nation.py`` on an idle machine; it writes ``nation.md`` into this folder (``--out`` names another
one). ``--scale`` may be repeated (100 by default; 10 takes minutes and 8 GB), ``--quick`` is a rough trial.
``--against CHECKOUT`` times whole commands of another checkout and of this one in turn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba import njit
from speed import machine
from starting import command

from comity.day import timed
from comity.draws import words
from comity.hypotheses import HYPOTHESES
from comity.model import CooperationModel
from comity.parameters import Parameters
from comity.world.build import daily_ceilings

if TYPE_CHECKING:
    from collections.abc import Callable

EVERYTHING: Final[dict[str, Any]] = {"hypotheses": "+".join(h for h in HYPOTHESES if h != "H0")}
MECHANISMS: Final = {"politics": 1.0, "ring_tactic": 1, "substitution": 0.5}
"""Parameters beyond the hypotheses that switch a mechanism on, where this version has them."""

ACCESSES: Final = 2_000_000
"""Random accesses, and draws, that are timed."""

TURNS: Final = 9
LINE: Final = 64
"""Bytes of a cache line."""

DRAWS: Final = 2
"""Draws of something that happens, at least, beyond that of its candidate."""

PER_CANDIDATE: Final = 3
"""Cache lines of a candidate day: the resident's row, its link in the agenda, the head of the day on which it is entered anew."""

PER_EVENT: Final = 6
"""Further ones of something that happens, at least: row and place in the list of an offender; household, ties or a witness; a
case; the county's row and its counts."""

RUN: Final = """
import json, pathlib, resource, sys, time
from comity.model import CooperationModel
from comity.output.run import run
from comity.scenario import load
keys = json.loads(sys.argv[1])
begun = time.perf_counter()
CooperationModel("united-states", **keys | {"scale": 50000.0, "end": "2006-02-01"}).run()
build, times = CooperationModel.__init__, []
def timed(model, *given, **named):
    build(model, *given, **named)
    times.append(time.perf_counter())
CooperationModel.__init__ = timed
setup = load("united-states").with_(**keys)
warm = time.perf_counter()
model = run(setup, sys.argv[2], lambda day, days: times.append(time.perf_counter()))
told, built, lived = time.perf_counter(), times[0], times[-1]
status = pathlib.Path("/proc/self/status")
if status.exists():  # what getrusage says on Linux includes the parent that started the process
    peak = 1024 * int(status.read_text().split("VmHWM:")[1].split()[0])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
written = sum(path.stat().st_size for path in pathlib.Path(sys.argv[2]).iterdir())
print(json.dumps(dict(start=warm - begun, build=built - warm, live=lived - built, write=told - lived, peak=peak,
                      residents=len(model.world.residents), days=model.days, written=written,
                      events=int(model.world.clock["next_event"][0]))))
"""


def keys(scale: float) -> dict[str, Any]:
    """Return the keys of a run with every mechanism on."""
    more = {name: value for name, value in MECHANISMS.items() if name in Parameters.model_fields}
    return {"scale": scale} | EVERYTHING | more


def in_turn(other: Path, called: str, scale: float, rounds: int) -> list[str]:
    """Let ``comity run united-states`` of another checkout and of this one run in turn, and return the page as lines."""
    spent: dict[Path, list[tuple[float, float]]] = {other: [], Path(__file__).parents[1]: []}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds + 1):
            for n, (checkout, found) in enumerate(spent.items()):
                begun = time.perf_counter()
                cpu = command(
                    checkout, Path(folder, str(n)), f"run united-states --set scale={scale:g} --out {{out}}"
                )
                if turn:  # in the first one kernels are compiled
                    found.append((cpu, time.perf_counter() - begun))
    before, now = spent.values()
    ratio = [statistics.median(b[k] / a[k] for a, b in zip(before, now, strict=True)) for k in (0, 1)]
    rows = [
        f"| {name} | {', '.join(f'{s:.1f}' for s, _ in found)} | {', '.join(f'{s:.1f}' for _, s in found)} |"
        for name, found in ((called, before), ("now", now))
    ]
    return [
        "# The nation before and now",
        "",
        "Written by `benchmarks/nation.py --against`. " + machine(),
        "",
        f"`united-states` at scale {scale:g}, ten years, tables and map written: whole commands in turn, kernels in the cache.",
        "",
        "| `comity run united-states` | CPU-seconds | seconds by the clock |",
        "|---|---|---|",
        *rows,
        f"| **now / before** (median) | **{ratio[0]:.2f}** | **{ratio[1]:.2f}** |",
    ]


def whole_run(scale: float) -> dict[str, float]:
    """Live and write the nation in a process of its own, so that its peak memory is its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", RUN, json.dumps(keys(scale)), f"{folder}/out"]
        return dict(json.loads(subprocess.check_output(command)))  # noqa: S603 - our own code


@njit(cache=False)
def _gather(table: np.ndarray, rows: np.ndarray) -> int:
    """Read a row here and a row there, known beforehand: many accesses may be under way at once."""
    found = 0
    for row in rows:
        found += table[row, 0]
    return found


@njit(cache=False)
def _draw_all(n: int) -> int:
    """Encrypt so many counters, as every draw does."""
    found = np.uint64(0)
    for who in range(n):
        found ^= words(1, 1, 1, who)[0]
    return found


def ceilings(rows: int, row_bytes: int) -> dict[str, float]:
    """Return what this machine does at most over a table of so many rows, a second of processor time.

    ``copy`` counts bytes read and written, ``gather`` lines from random rows, ``draws`` calls of Philox, of four words each.
    """
    table = np.ones((rows, row_bytes // 8), np.int64)  # zeros would be one page of memory, over and over
    other, at = np.ones_like(table), np.random.default_rng(1).integers(rows, size=ACCESSES)
    _gather(table, at[:10]), _draw_all(10)

    def least(do: Callable[[], object]) -> float:
        spent = []
        for _ in range(TURNS):
            begun = time.process_time()
            do()
            spent.append(time.process_time() - begun)
        return min(spent)

    return {
        "copy": 2 * table.nbytes / least(lambda: np.copyto(other, table)),
        "gather": ACCESSES / least(lambda: _gather(table, at)),
        "draws": ACCESSES / least(lambda: _draw_all(ACCESSES)),
    }


def memory(model: CooperationModel) -> tuple[dict[str, float], dict[str, float]]:
    """Return bytes per home of the arrays that grow with homes, and bytes of those that do not."""
    n = len(model.world.residents)
    sizes = model.world.nbytes()
    growing = (
        "residents",   "agenda_link", "aware",       "offenders",   "cases",       "case_link",
        "incidents",   "arrests",     "stories",     "ages",        "home_list",
    )  # fmt: skip
    return {k: sizes[k] / n for k in growing}, {k: v for k, v in sizes.items() if k not in growing}


def phases(scale: float, days: int) -> tuple[dict[str, float], float, CooperationModel]:
    """Return the seconds per day of each phase after two settled years, and the mean number of candidates a day."""
    model = CooperationModel("united-states", **keys(scale))
    candidates = sum(map(float, daily_ceilings(model.world)))
    timed(model.world, 0, 30)
    seconds = timed(model.world, 30, 30 + days)
    return {name: spent / days for name, spent in seconds.items()}, candidates, model


def run_table(runs: dict[float, dict[str, float]]) -> list[str]:
    """Return the runs as a table in Markdown."""
    head = "| scale | residents | days | start, s | build, s | live, s | write, s | all, s | peak, GB | written, MB | days/s |"
    lines = [head, "|--:" * 11 + "|"]
    for scale, r in runs.items():
        spent = [r["start"], r["build"], r["live"], r["write"]]
        cells = [
            f"{scale:g}",
            f"{r['residents']:,.0f}",
            f"{r['days']:,.0f}",
            *(f"{s:.1f}" for s in (*spent, sum(spent))),
        ]
        cells += [f"{r['peak'] / 1e9:.2f}", f"{r['written'] / 1e6:.0f}", f"{r['days'] / r['live']:,.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def memory_table(model: CooperationModel) -> list[str]:
    """Return the arithmetic of memory at scale 1."""
    each, fixed = memory(model)
    homes = len(model.world.residents) * model.setup.scale
    periods = 120 * (model.world.tally.nbytes + model.world.stock.nbytes)
    rows = [(name, f"{size:.2f}", f"{size * homes / 1e9:.2f}") for name, size in each.items()]
    rows.append(
        (
            "**all that grows with homes**",
            f"**{sum(each.values()):.2f}**",
            f"**{sum(each.values()) * homes / 1e9:.2f}**",
        )
    )
    rows.append(("the rest of the state", "", f"{sum(fixed.values()) / 1e9:.2f}"))
    rows.append(("120 months of counts", "", f"{periods / 1e9:.2f}"))
    return [
        "| array | bytes per home | GB at scale 1 |",
        "|---|--:|--:|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def roofline(run: dict[str, float], candidates: float, most: dict[str, float]) -> list[str]:
    """Return how long a run would take if it did one thing only, as fast as this machine does it, beside what it took."""
    taken = candidates * run["days"]
    lines, drawn = PER_CANDIDATE * taken + PER_EVENT * run["events"], taken + DRAWS * run["events"]
    alone = {
        f"{LINE * lines / 1e9:.1f} GB in lines of {LINE} bytes, in order": LINE * lines / most["copy"],
        f"{lines:,.0f} lines, each from anywhere in the table": lines / most["gather"],
        f"{drawn:,.0f} draws": drawn / most["draws"],
    }
    rates = f"{most['copy'] / 1e9:.1f} GB/s|{most['gather'] / 1e6:.0f} million/s|{most['draws'] / 1e6:.0f} million/s".split(
        "|"
    )
    return [
        "| if it did nothing but move or compute | at most | s | of the run |",
        "|---|--:|--:|--:|",
        *(
            f"| {what} | {rate} | {seconds:.1f} | {seconds / run['live']:.0%} |"
            for (what, seconds), rate in zip(alone.items(), rates, strict=True)
        ),
        f"| all of this, one after the other | | {sum(alone.values()):.1f} | {sum(alone.values()) / run['live']:.0%} |",
        f"| the run: {taken:,.0f} candidate days, {run['events']:,.0f} events | | {run['live']:.1f} | |",
    ]


def report(scales: list[float], days: int) -> list[str]:
    """Measure everything and return the report as lines of Markdown."""
    runs = {scale: whole_run(scale) for scale in scales}
    first = scales[0]
    seconds, candidates, model = phases(first, days)
    most = ceilings(len(model.world.residents), model.world.residents.itemsize)
    day = sum(seconds.values())
    return [
        "# How long the nation takes",
        "",
        "Written by `benchmarks/nation.py`. "
        + machine()
        + " One thread lives, another packs months by county.",
        "",
        (
            "`united-states`, 3,143 counties, 1 January 2006 to 31 December 2015 by day, every mechanism on, months by county "
            "and group, results and map written; each run in a process of its own, kernels in the cache."
        ),
        "",
        *run_table(runs),
        "",
        "## Memory at scale 1",
        "",
        (
            f"Counted at scale {first:g}: {len(model.world.residents) * first / 1e6:.1f} million homes, of which some are "
            "empty at any time, would take"
        ),
        "",
        *memory_table(model),
        "",
        "## Roofline",
        "",
        (
            f"Lines moved and draws made, counted as {PER_CANDIDATE} lines and a draw a candidate day, {PER_EVENT} lines and "
            f"{DRAWS} draws an event more (at least), over what this core does at most, in processor time, with a table as "
            f"large as that of the residents ({model.world.residents.nbytes / 1e6:.0f} MB): accesses known beforehand, many "
            "under way at once, and draws in a row. What is left is neither bandwidth nor draws: rates, branches, and "
            "waiting for lines whose place is known only when another has come."
        ),
        "",
        *roofline(runs[first], candidates, most),
        "",
        "## Phases of the day",
        "",
        f"Scale {first:g}, {days} days after the first month, called one by one.",
        "",
        "| phase | µs per day | share |",
        "|---|--:|--:|",
        *(
            f"| {name} | {s * 1e6:.0f} | {s / day:.0%} |"
            for name, s in sorted(seconds.items(), key=lambda x: -x[1])
        ),
    ]


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--scale", type=float, action="append")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--against", type=Path, help="another checkout: whole commands of both in turn")
    parser.add_argument("--called", default="before", help="what the other one is called on the page")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rough = ["**A rough trial (`--quick`), not a result.**", ""] if options.quick else []
    if options.against:
        lines = in_turn(
            options.against.resolve(), options.called, *((5000.0, 1) if options.quick else (100.0, 5))
        )
        lines[2:2] = rough
        (options.out / "nation_in_turn.md").write_text("\n".join(lines) + "\n")
        return
    scales = options.scale or ([5000.0] if options.quick else [100.0])
    lines = report(scales, 60 if options.quick else 700)
    lines[2:2] = rough
    (options.out / "nation.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
