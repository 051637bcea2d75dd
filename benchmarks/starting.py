"""Measure what comity costs before it lives, in CPU-seconds: the first compile, starting a command, and days lived twice.

Usage: ``python benchmarks/starting.py [--against CHECKOUT]``. With another checkout of comity, whose dependencies the same
Python has, both are measured in turn, so that the ratios hold on a busy machine. Writes ``starting.md``.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import machine

HERE = Path(__file__).parent
RUN = "run san-francisco --set scale=2000 --set end=2009-01-15 --out {out}"
COMMANDS = {
    "`comity run`, two weeks of 400 agents": RUN,
    "`comity show day`": "show day",
    "`comity check san-francisco`": "check san-francisco",
    "`comity --help`": "--help",
}
COMPARE = "compare san-francisco --seeds 2 --out {out}"
REPEATS = 5
FIRSTS = 3


def translated(checkout: Path) -> None:
    """Translate a checkout to bytecode, as pip does with what it installs."""
    command = [sys.executable, "-m", "compileall", "-q", str(checkout / "model")]
    subprocess.run(command, check=True)  # noqa: S603 - our own code


def spent(checkout: Path, cache: Path, *arguments: str) -> float:
    """Return the CPU-seconds of a Python process that sees one checkout and one cache."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout / "model"),
        "NUMBA_CACHE_DIR": str(cache),
        "XDG_CACHE_HOME": str(cache),
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - our own code
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def command(checkout: Path, cache: Path, line: str) -> float:
    """Return the CPU-seconds of a comity command."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = line.format(out=Path(folder, "out")).split()
        return spent(checkout, cache, "-c", "from comity.cli import main; main()", *arguments)


def measured(checkouts: list[Path], folder: Path) -> dict[str, list[float]]:
    """Return CPU-seconds by what was measured, one for each checkout, measured in turn."""
    for checkout in checkouts:
        translated(checkout)
    rounds = [
        [command(each, folder / f"{n}-{k}", RUN) for k, each in enumerate(checkouts)] for n in range(FIRSTS)
    ]
    found = {"`comity run` with an empty cache": [min(each) for each in zip(*rounds, strict=True)]}
    caches = [folder / f"0-{n}" for n in range(len(checkouts))]
    pairs = list(zip(checkouts, caches, strict=True))
    copies = [folder / f"copy-{n}" for n in range(len(checkouts))]
    for checkout, copy in zip(checkouts, copies, strict=True):
        for part in ("model", "experiments"):
            shutil.copytree(checkout / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        translated(copy)
    elsewhere = zip(copies, caches, strict=True)
    found["the same from a second checkout"] = [command(*pair, RUN) for pair in elsewhere]
    for name, line in COMMANDS.items():
        rounds = [[command(*pair, line) for pair in pairs] for _ in range(REPEATS)]
        found[name] = [min(each) for each in zip(*rounds, strict=True)]
    found["`comity compare --seeds 2`, everybody, five regimes"] = [command(*pair, COMPARE) for pair in pairs]
    return found


def page(found: dict[str, list[float]], against: str) -> str:
    """Return the page."""
    both = bool(against)
    head = f"| CPU-seconds | now |{f' {against} | ratio |' if both else ''}"
    rows = [
        f"| {name} | {now:.2f} |" + (f" {then[0]:.2f} | {then[0] / now:.2f} |" if then else "")
        for name, (now, *then) in found.items()
    ]
    return "\n".join(
        [
            "# What comity costs before it lives",
            "",
            f"Written by `benchmarks/starting.py`. {machine()}",
            "",
            "The least of several processes, user and system time of all cores"
            + (", both versions in turn. A ratio above one is a gain." if both else "."),
            "",
            head,
            "|---|--:|" + ("--:|--:|" if both else ""),
            *rows,
            "",
        ]
    )


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--called", default="before", help="what the other one is called on the page")
    options = parser.parse_args()
    checkouts = [HERE.parent, *([options.against.absolute()] if options.against else [])]
    with tempfile.TemporaryDirectory() as folder:
        found = measured(checkouts, Path(folder))
    text = page(found, options.called if options.against else "")
    (HERE / "starting.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
