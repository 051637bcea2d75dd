"""How fast comity is: beside the plain model, at full population, at its second start, and from 10,000 to 10 million.

Run as ``python benchmarks/speed.py`` on an idle machine; it takes some minutes and 4 GB of memory, and writes
``results.md`` and ``scaling.png`` into this folder (``--out`` names another one, ``--quick`` is a rough trial).
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

from machine import machine
from plain_mesa import PlainModel
from scaling import draw_curve, measure_curve

from comity import hypotheses
from comity.day import timed
from comity.model import CooperationModel

if TYPE_CHECKING:
    from collections.abc import Callable

PLACE: Final = "06075"  # San Francisco
POPULATION: Final = 805_235
TWO_YEARS: Final = {"place": PLACE, "start": "2009-06-08", "end": "2011-06-07"}
THREE_YEARS: Final = {"place": PLACE, "start": "2009-01-01", "end": "2011-12-31"}
REPEATS: Final = 5


def clocked(do: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that something takes, and what it returns."""
    begun = time.perf_counter()
    result = do()
    return time.perf_counter() - begun, result


def warm_up() -> None:
    """Compile, or load from the cache, everything that is timed later."""
    model = CooperationModel(place=PLACE, start="2009-01-01", end="2009-02-28", scale=1000)
    PlainModel(model.world, model.setup.parameters, seed=1)
    model.run()


def beside_plain(residents: int, plain_days: int) -> dict[str, float]:
    """Live the same residents with both models, and return days, seconds of building and living, and speeds."""
    keys = TWO_YEARS | {"scale": POPULATION / residents}
    build, live = [], []
    for _ in range(REPEATS):
        seconds, model = clocked(lambda: CooperationModel(**keys))
        build.append(seconds)
        live.append(clocked(model.run)[0])
        days, agents = model.days, len(model.world.residents)
    fresh = CooperationModel(**keys)
    parameters = hypotheses.apply(fresh.setup.hypotheses, fresh.setup.parameters)
    plain_build, plain = clocked(lambda: PlainModel(fresh.world, parameters, seed=1))
    plain_live, _ = clocked(lambda: [plain.step() for _ in range(plain_days)])
    a, b = statistics.median(build), statistics.median(live)
    plain_all = plain_build + plain_live * days / plain_days
    return {
        "agents": agents,
        "days": days,
        "plain_days": plain_days,
        "build": a,
        "live": b,
        "plain_build": plain_build,
        "plain_live": plain_live,
        "speed": agents * days / b,
        "speed_all": agents * days / (a + b),
        "plain_speed": agents * plain_days / plain_live,
        "plain_speed_all": agents * days / plain_all,
    }


def plain_phases(residents: int, days: int) -> dict[str, float]:
    """Return the share of the plain model's time that each of its phases takes."""
    fresh = CooperationModel(**TWO_YEARS, scale=POPULATION / residents)
    parameters = hypotheses.apply(fresh.setup.hypotheses, fresh.setup.parameters)
    plain = PlainModel(fresh.world, parameters, seed=1)
    seconds = dict.fromkeys((phase.__name__ for phase in plain.phases), 0.0)
    for _ in range(days):
        for phase in plain.phases:
            seconds[phase.__name__] += clocked(phase)[0]
        plain.today += 1
    return {name: spent / sum(seconds.values()) for name, spent in seconds.items()}


FULL_RUN: Final = """
import json, pathlib, resource, sys, time
begun = time.perf_counter()
from comity.model import CooperationModel
imported = time.perf_counter()
CooperationModel(place="06075", start="2009-01-01", end="2009-01-31", scale=1000).run()
warm = time.perf_counter()
model = CooperationModel(**json.loads(sys.argv[1]))
built = time.perf_counter()
model.run()
lived = time.perf_counter()
model.table(), model.funnel()
told = time.perf_counter()
status = pathlib.Path("/proc/self/status")
if status.exists():  # what getrusage says on Linux includes the parent that started the process
    peak = 1024 * int(status.read_text().split("VmHWM:")[1].split()[0])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps(dict(start=warm - begun, build=built - warm, live=lived - built, tables=told - lived,
                      residents=len(model.world.residents), days=model.days, peak=peak)))
"""


def full_population(scale: float) -> dict[str, float]:
    """Live San Francisco for three years in a process of its own; return the medians of seconds and peak memory."""
    command = [sys.executable, "-c", FULL_RUN, json.dumps(THREE_YEARS | {"scale": scale})]
    runs = [json.loads(subprocess.check_output(command)) for _ in range(REPEATS)]  # noqa: S603 - our own code
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def second_start(scale: float) -> float:
    """Return the seconds from typing ``comity run`` for two days to its end, when the kernels are in the cache."""
    program = [sys.executable, "-c", "from comity.cli import app; app()"]
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        for n in range(REPEATS + 1):
            changes = [f"--set=scale={scale}", "--set=end=2009-01-02", f"--out={folder}/{n}"]
            command = [*program, "run", "san-francisco", *changes]
            run = lambda: subprocess.run(command, check=True, capture_output=True)  # noqa: E731, S603, B023
            seconds.append(clocked(run)[0])
    return statistics.median(seconds[1:])


def phase_timings(scale: float) -> tuple[dict[str, float], float, int]:
    """Return seconds per day of each phase over three years, the cost of one call from Python, and the residents."""
    model = CooperationModel(**THREE_YEARS, scale=scale)
    warm = model.world.copy()
    timed(warm, 0, 2)
    call = min(timed(warm, 2, 2 + n)["govern"] / n for n in (50, 100, 200))  # nothing to do on those days
    seconds = timed(model.world, 0, model.days)
    residents = len(model.world.residents)
    return {name: spent / model.days for name, spent in seconds.items()}, call, residents


def side_by_side(rows: list[dict[str, float]]) -> list[str]:
    """Return the table of both models as Markdown."""
    lines = [
        (
            "| residents | days | comity: build, s | live, s | plain: build, s | live, s | of days | comity, agent-days/s "
            "| plain, agent-days/s | ratio | ratio with building |"
        ),
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for r in rows:
        cells = [
            f"{r['agents']:,}",
            f"{r['days']}",
            f"{r['build']:.3f}",
            f"{r['live']:.4f}",
            f"{r['plain_build']:.2f}",
            f"{r['plain_live']:.2f}",
            f"{r['plain_days']}",
            f"{r['speed']:,.0f}",
            f"{r['plain_speed']:,.0f}",
            f"**{r['speed'] / r['plain_speed']:,.0f}**",
            f"{r['speed_all'] / r['plain_speed_all']:,.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def beside(*, quick: bool) -> list[str]:
    """Return the chapter that compares both models."""
    days = [70, 14] if quick else [728, 91]
    pairs = [beside_plain(size, n) for size, n in zip((20_000, 200_000), days, strict=True)]
    biggest = sorted(plain_phases(20_000, 70).items(), key=lambda item: -item[1])[:5]
    return [
        "## Beside the plain Mesa model",
        "",
        (
            "The same residents, households, ties and calendar: San Francisco, two years around activation, after "
            "compilation; comity's times are medians. The plain model (`plain_mesa/`) has one Python object per "
            "resident and asks each every day; it lived the days in the column *of days*, and its speed per agent-day "
            "is taken to hold for all of them. Its building time leaves out the synthesis of the population, which it "
            "takes from comity; the last column compares everything, the plain model's days scaled up to two years. "
            "An agent-day is one resident on one day that is lived, also where nothing can befall that resident and comity does "
            "not look: most of the ratio is that. In processor time on a busy machine it was about 1,000."
        ),
        "",
        *side_by_side(pairs),
        "",
        "Where the plain model's time goes: "
        + ", ".join(f"{name} {share:.0%}" for name, share in biggest)
        + ".",
    ]


def whole_city(scale: float) -> list[str]:
    """Return the chapters on the full population and on the second start."""
    full, start = full_population(scale), second_start(scale)
    return [
        "## Full population",
        "",
        (
            f"San Francisco, {full['residents']:,.0f} residents, {full['days']:.0f} days, in a process of its own, "
            f"kernels in the cache: {full['build'] + full['live']:.2f} s ({full['build']:.2f} s to build, "
            f"{full['live']:.2f} s to live), tables {full['tables']:.2f} s more, peak memory of the process "
            f"{full['peak'] / 1e6:.0f} MB. Importing and loading the kernels before that: {full['start']:.2f} s."
        ),
        "",
        "## Second start of the command line",
        "",
        (
            f"`comity run san-francisco --set end=2009-01-02` ({full['residents']:,.0f} residents, two days, results "
            f"written): {start:.2f} s from start to end of the process."
        ),
    ]


def growth(most: float, picture: Path) -> list[str]:
    """Return the chapter on the number of residents; write its picture."""
    curve = measure_curve(most)
    draw_curve(curve, picture)
    return [
        "## Time per day and number of residents",
        "",
        (
            "California at scales that give so many agents, after compilation, recording apart. *Usual rates*: events "
            "grow in proportion to residents. *Rates lowered*: contacts, minor arrests, victimisation and exit fall "
            "as residents grow, so that a day has about as many events as the smallest place has. Events per day are "
            "entries of the event log. "
            "Recording, once in seven days, reads counts by class and those who became aware; the column has its time per day."
        ),
        "",
        *curve.table(),
        "",
        f"![Time per day against number of residents]({picture.name})",
    ]


def phases(scale: float) -> list[str]:
    """Return the chapter on the phases of the day."""
    seconds, call, residents = phase_timings(scale)
    return [
        "## Phases of the day",
        "",
        (
            f"San Francisco, {residents:,} residents, three years, mean per day, called one by one from Python "
            f"(`comity.day.timed`), which costs about {call * 1e6:.1f} µs a call; the whole day is one compiled call."
        ),
        "",
        "| phase | µs per day | without the call |",
        "|---|--:|--:|",
        *(f"| {name} | {s * 1e6:.1f} | {max(s - call, 0.0) * 1e6:.1f} |" for name, s in seconds.items()),
    ]


def report(out: Path, *, quick: bool) -> list[str]:
    """Measure everything and return the report as lines of Markdown; write the picture."""
    scale, most = (20.0, 1e5) if quick else (1.0, 1e7)
    warm_up()
    return [
        "# How fast comity is",
        "",
        f"Written by `benchmarks/speed.py`. {machine()} Comity and the plain model use one core each.",
        *(["", "**A rough trial (`--quick`), not a result.**"] if quick else []),
        "",
        *beside(quick=quick),
        "",
        *whole_city(scale),
        "",
        *growth(most, out / "scaling.png"),
        "",
        *phases(scale),
    ]


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    lines = report(options.out, quick=options.quick)
    (options.out / "results.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
