"""The same small tasks in Mesa, numpy, polars, starsim, numba, and on comity's rows and draws.

Run as ``python benchmarks/peers.py``: it makes an environment of its own, installs what it compares (from the registry that pip
knows) and this checkout, checks every toy's invariants, times them in turn, and writes ``peers.md``. ``--quick`` is a trial.

The tasks are those of the AMBER suite: *wealth* (who has anything gives one unit to somebody), *walk* (a random step in two
dimensions) and *sir* (mixing at random, a chance to recover). Everybody has one turn a step. Mesa and starsim are used as their
tutorials do; *polars* keeps agents as a data frame and changes columns, which is the way of mesa-frames; *comity* is a kernel
over rows, with draws by seed, stream, step and person. starsim has diseases only; its *sir* goes along contacts, four a person.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
PACKAGES: Final = ("mesa", "numpy", "polars", "starsim", "numba")
REPEATS: Final = 5
QUIET: Final = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1") | {
    "STARSIM_INSTALL_FONTS": "0"
}
AGENTS, STEPS = 10_000, 100


def environment(folder: Path) -> Path:
    """Make an environment with all that is compared, and return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        *PACKAGES,
        HERE.parent,
    ]
    subprocess.run(command, check=True)  # noqa: S603 - our own environment
    return python


def measured(python: Path, repeats: int, agents: int) -> dict[str, list[float]]:
    """Run every toy in turn, each time in a process of its own; return CPU seconds of each."""
    found: dict[str, list[float]] = {}
    for _ in range(repeats):
        for library in ("mesa", "numpy", "polars", "starsim", "numba", "comity"):
            command = [python, HERE / "toys.py", library, str(agents), str(STEPS)]
            done = subprocess.run(  # noqa: S603 - our own file
                command, env=os.environ | QUIET, capture_output=True, text=True, check=True
            )
            for task, seconds in json.loads(done.stdout.splitlines()[-1]).items():
                found.setdefault(f"{library} {task}", []).append(seconds)
    return found


def table(found: dict[str, list[float]], agents: int) -> str:
    """Return nanoseconds an agent and step by library and task, and how many times as long as comity's."""
    lines = ["| | wealth, ns | walk, ns | sir, ns |", "|---|--:|--:|--:|"]
    least = {name: min(times) * 1e9 / agents / STEPS for name, times in found.items()}
    for library in ("mesa", "starsim", "polars", "numpy", "numba", "comity"):
        cells = [
            f"{least[name]:,.1f} ({least[name] / least[f'comity {task}']:,.1f} x)" if name in least else ""
            for task in ("wealth", "walk", "sir")
            for name in [f"{library} {task}"]
        ]
        lines.append(f"| {library} | {' | '.join(cells)} |")
    spread = [max(times) / min(times) for times in found.values()]
    slow = f"The slowest of {len(next(iter(found.values())))} turns took {statistics.median(spread):.2f} times the fastest"
    return "\n".join([*lines, "", f"{slow} (median of rows)."])


def main() -> None:
    """Install, check, time and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one turn of a thousand agents")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for peers.md")
    parser.add_argument("--python", type=Path, help="of an environment that has everything already")
    wanted = parser.parse_args()
    agents, repeats = (1000, 1) if wanted.quick else (AGENTS, REPEATS)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        python = wanted.python or environment(Path(folder))
        ask = "from importlib.metadata import version as v; import sys; print(', '.join(f'{n} {v(n)}' for n in sys.argv[1:]))"
        versions = subprocess.check_output([python, "-c", ask, *PACKAGES], text=True).strip()  # noqa: S603
        found = measured(python, repeats, agents)
    text = f"""# The same small tasks elsewhere

Written by `benchmarks/peers.py`; the toys are in `benchmarks/toys.py`. Python {sys.version.split()[0]}, {versions}; one thread.
Load of the machine when it began {load:.1f}, when it ended {os.getloadavg()[0]:.1f} ({os.cpu_count()} cores).

CPU time of an agent's turn: {agents:,} agents, {STEPS} steps, after a first run that compiles; the least of {repeats} turns,
in which all take part one after the other, each in a process of its own. In brackets: times comity's. Before it is timed, every
toy is run and its invariants are checked: wealth adds up and nobody owes; a walk spreads by 4/3 of its steps, within 5 %;
S + I + R is everybody, R never falls, and the epidemic takes 98 %, within 3 points.

{table(found, agents)}

Mesa's agents are objects, and the others' are columns or rows: that is most of the difference. *comity* draws each number from
Philox by seed, stream, step and person, which costs more than the next number of a generator (*wealth*, where it also draws
again until a slot is taken), and gives four numbers at once (*walk* uses two). Toys say what a turn costs when everybody has
one; comity's own speed (`results.md`) comes from asking only those on a day for whom something may happen.
"""
    (wanted.out / "peers.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
