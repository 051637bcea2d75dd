"""Kill, hang up, fill the disk and move the clock while commands work, and see whether anything is lost or said wrongly.

Usage: ``python benchmarks/faults.py [--kills 200] [--signals 40] [--seed 1] [--only COMMAND]``, on Linux. Writes ``faults.md``,
and ends with 1 if there was a fault. Every trial begins in an empty folder: the command is started, and at a random moment of
its life something happens to it. Then the same command is given again until it has ended well. A fault is

* *false success*: exit code 0, and the tables are missing or differ from those of an undisturbed run;
* *loss*: the command given again does not end with 0, or its tables differ;
* *litter*: temporary files or claims that are left when it has ended;
* *orphan*: a process that lives on without the command;
* *traceback*: instead of a message;
* *hang*: no end within minutes.

A full disk needs ``unshare`` and the right to mount; a moved clock needs ``faketime``. Where they are not to be had, the page
says so.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil
from machine import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = Path(__file__).parent
COMITY: Final = (sys.executable, "-c", "from comity.cli import main; main()")
PATIENCE: Final = 300.0

STUDY: Final = """
name = "small"
seeds = {seeds}
outcomes = ["removals", "detainers", "matches"]
[scenario]
place = "06075"
start = "2010-01-01"
end = "2010-06-30"
scale = 1000
[uncertainties.fear_weight]
low = 0.5
[uncertainties.media_rate]
distribution = "loguniform"
low = 0.002
high = 0.05
[design]
kind = "sobol-sequence"
size = {size}
"""
TARGETS: Final = """
[[finding]]
id = "A"
experiment = ""
section = "made up"
finding = "made up"
baseline = ""
group = "all"
period = "any"
data = "none"
estimator = "none"
citation = "none"
link = "none"
status = "made up"
unit = "people"
sign = ""
"""
TARGET: Final = """
[[finding.target]]
id = "{id}"
statement = "made up"
value = {value}
se = {se}
low = {low}
high = {high}
estimate = "{estimate}"
use = "{use}"
"""
FOUND: Final = (
    ("A", "removals", 9.0, "fitting"),
    ("B", "detainers", -4.0, "fitting"),
    ("C", "matches", 2.0, "selection"),
)
FILES: Final = {
    "sweep.toml": STUDY.format(seeds=5, size=16),
    "calibrate.toml": STUDY.format(seeds=1, size=128),
    "targets.toml": TARGETS
    + "".join(
        TARGET.format(id=name, value=value, se=0.5, low=value - 1, high=value + 1, estimate=estimate, use=use)
        for name, estimate, value, use in FOUND
    ),
}
COMMANDS: Final = {
    "run": "run san-francisco --set scale=200 --set end=2009-06-30 --observe calls,attitudes --out out",
    "sweep": "sweep sweep.toml --workers 2 --out out",
    "reproduce": "reproduce founding-case --quick --workers 2 --out out",
    "calibrate": "calibrate calibrate.toml --workers 2 --targets targets.toml --out store --into out",
}
KILLED: Final = {"run": 50, "sweep": 80, "reproduce": 35, "calibrate": 35}
"""Of 200 kills, how many hit which command."""

VICTIMS: Final = ("command", "everything", "worker", "fork server")
OTHERS: Final = ((signal.SIGHUP, "command"), (signal.SIGHUP, "everything"), (signal.SIGTERM, "everything"))
DISK: Final = "a full disk, then a larger one"
ROOMS: Final = (40, 80, 120, 160, 240, 320, 480, 640)
CLOCK: Final = "killed, then the clock was moved"
HOURS: Final = (-9000, -25, -2, 2, 25, 9000)
INPUTS: Final = "## Inputs"
"""Begins what the page says of `tests/mutants.py`, which stays."""

TABLES: Final = (".csv", ".parquet", ".toml")


def start(line: str, place: Path, before: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    """Start a command in a folder, as the first of a session of its own; what it says goes into a file."""
    with (place / "said.txt").open("wb") as said:
        return subprocess.Popen(  # noqa: S603 - our own code
            [*before, *COMITY, *line.split()],
            cwd=place,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def said(place: Path) -> str:
    """Return what the last command said."""
    return (place / "said.txt").read_text(encoding="utf-8", errors="replace")


def prepare(place: Path) -> None:
    """Write the files that commands read."""
    for name, content in FILES.items():
        (place / name).write_text(content, encoding="utf-8")


def tables(place: Path) -> dict[str, str]:
    """Return the digest of every table that commands leave in ``out``; files of single runs are not among them."""
    return {
        str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((place / "out").rglob("*"))
        if path.suffix in TABLES and "runs" not in path.parts and path.is_file()
    }


def litter(place: Path) -> list[str]:
    """Return temporary files and claims."""
    return [
        str(path.relative_to(place))
        for path in place.rglob("*")
        if path.name.endswith(".partial") or (path.parent.name == "claims" and path.is_file())
    ]


def session(number: int) -> list[psutil.Process]:
    """Return the living processes of a session."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getsid(process.pid) == number and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def family(leader: int) -> dict[str, list[psutil.Process]]:
    """Return the processes of a command by what they are."""
    found: dict[str, list[psutil.Process]] = {"command": [], "fork server": [], "worker": [], "other": []}
    for process in session(leader):
        with contextlib.suppress(psutil.Error):
            served = any("forkserver" in part for part in process.cmdline())
            kind = "command" if process.pid == leader else "other"
            if served:
                kind = "fork server" if process.ppid() == leader else "worker"
            found[kind].append(process)
    return found


@dataclass
class Trial:
    """What happened to a command, and what was wrong with how it took it.

    Attributes:
        command: which one.
        cause: the signal, or what else happened.
        victim: who got it; of a disk its size, of a clock by how much it was moved.
        moment: at which time of its life, as a share of that of an undisturbed one.
        when: what was at work.
        faults: kinds of fault, with what was seen.
        again: how often it had to be given again.
    """

    command: str
    cause: str
    victim: str = ""
    moment: float = 0.0
    when: str = ""
    faults: list[tuple[str, str]] = field(default_factory=list)
    again: int = 0

    def judge(self, place: Path, code: int | None, expected: dict[str, str], *, end: bool) -> None:
        """Note what is wrong after a command has ended; at the end it has to have ended well."""
        told, same = said(place), tables(place) == expected
        if "Traceback" in told:
            self.faults.append(("traceback", told[-2000:]))
        if code is None:
            self.faults.append(("hang", told[-500:]))
        elif code == 0 and not same:
            self.faults.append(("false success", told[-500:]))
        if end and not (same and (code == 0 or "already holds files" in told)):
            self.faults.append(("loss", f"exit {code}: {told[-500:]}"))
        if end and (left := litter(place)):
            self.faults.append(("litter", ", ".join(left[:5])))


def ended(process: subprocess.Popen[bytes]) -> int | None:
    """Return how a command ended, or None if it had to be ended."""
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


def orphans(leader: int) -> list[psutil.Process]:
    """Return who lives on, after a while, and end them."""
    deadline = time.monotonic() + 20.0
    while (left := session(leader)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return left


def hit(
    process: subprocess.Popen[bytes], victim: str, number: signal.Signals, dice: random.Random
) -> tuple[str, str]:
    """Send a signal, and return who got it and what was at work; a victim that is not there yet is the command itself."""
    there = family(process.pid)
    when = "workers" if there["worker"] else "fork server" if there["fork server"] else "one process"
    if victim == "everything":
        os.killpg(process.pid, number)
        return victim, when
    chosen = there.get(victim) or there["command"]
    if not chosen:
        return "", when
    target = dice.choice(chosen)
    with contextlib.suppress(psutil.Error):
        target.send_signal(number)
    return (victim if there.get(victim) else "command"), when


def disturbed(
    name: str,
    victim: str,
    number: signal.Signals,
    dice: random.Random,
    usual: float,
    expected: dict[str, str],
) -> Trial | None:
    """Start a command, hit it at a random moment, and give it again; None if it had ended by then."""
    with tempfile.TemporaryDirectory() as folder:
        place, trial = Path(folder), Trial(name, number.name)
        prepare(place)
        process = start(COMMANDS[name], place)
        trial.moment = dice.random()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(trial.moment * usual)
        trial.victim, trial.when = (
            ("", "") if process.poll() is not None else hit(process, victim, number, dice)
        )
        code = ended(process)
        if left := orphans(process.pid):
            trial.faults.append(("orphan", str(left)))
        trial.judge(place, code, expected, end=code == 0)
        while code != 0 and trial.again < 3 and "already holds files" not in said(place):
            trial.again += 1
            code = ended(start(COMMANDS[name], place))
        if trial.again:
            trial.judge(place, code, expected, end=True)
        return trial if trial.victim else None


def undisturbed(name: str) -> tuple[float, dict[str, str]]:
    """Return how long a command takes here, and its tables."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        prepare(place)
        for _ in range(2):  # the second time, whatever is compiled and cached is
            shutil.rmtree(place / "out", ignore_errors=True)
            shutil.rmtree(place / "store", ignore_errors=True)
            shutil.rmtree(place / "results", ignore_errors=True)
            started = time.monotonic()
            process = start(COMMANDS[name], place)
            code = ended(process)
            if code != 0:
                raise SystemExit(f"{name} does not work undisturbed: {said(place)}")
        return time.monotonic() - started, tables(place)


def signals(
    name: str, kills: int, others: int, dice: random.Random, usual: float, expected: dict[str, str]
) -> Iterator[Trial]:
    """Yield the trials of a command: its share of so many kills in all, and of so many other signals."""
    share = KILLED[name] / sum(KILLED.values())
    wanted = [(signal.SIGKILL, VICTIMS[n % len(VICTIMS)]) for n in range(round(kills * share))]
    wanted += [OTHERS[n % len(OTHERS)] for n in range(round(others * share))]
    while wanted:
        if (trial := disturbed(name, *wanted[-1][::-1], dice, usual, expected)) is not None:
            wanted.pop()
            yield trial


def compiling(dice: random.Random, expected: dict[str, str]) -> Trial:
    """Kill a first run on a machine, while it compiles, again and again, until it has an end."""
    with tempfile.TemporaryDirectory() as folder:
        place, trial = Path(folder), Trial("run", "killed while it compiles", "everything")
        prepare(place)
        before = ("env", f"NUMBA_CACHE_DIR={folder}/cache", f"XDG_CACHE_HOME={folder}/cache")
        code: int | None = None
        while code is None and trial.again < 30:
            process = start(COMMANDS["run"], place, before)
            try:
                code = process.wait(dice.uniform(0.0, 20.0) if trial.again < 10 else PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                trial.again += 1
        trial.judge(place, code, expected, end=True)
        return trial


def full(name: str, room: int, expected: dict[str, str]) -> Trial:
    """Give a command a disk of so many kB, and then the same command a larger one."""
    with tempfile.TemporaryDirectory() as folder:
        place, trial = Path(folder), Trial(name, DISK, f"{room} kB")
        disk = place / "disk"
        disk.mkdir()
        # Both commands and what is judged between them see the mount, which ends with the shell.
        script = (
            f"mount -t tmpfs -o size={room}k tmpfs disk && cp *.toml disk/ && cd disk && "
            f'"$@"; code=$?; mount -o remount,size=100m . && "$@"; again=$?; '
            "cd .. && cp -r disk/. . ; echo $code $again > codes.txt"
        )
        prepare(place)
        process = start(COMMANDS[name], place, ("unshare", "-m", "sh", "-c", script, "sh"))
        ended(process)
        code, again = map(int, (place / "codes.txt").read_text().split())
        trial.again = int(code != 0)
        told = said(place)
        if code not in (0, 2):
            trial.faults.append(("false code", f"{code}: {told[-800:]}"))
        trial.judge(place, again, expected, end=True)
        return trial


def moved(name: str, hours: float, dice: random.Random, expected: dict[str, str], usual: float) -> Trial:
    """Kill a command, and go on when the clock of the machine says something else."""
    with tempfile.TemporaryDirectory() as folder:
        place, trial = Path(folder), Trial(name, CLOCK, f"{hours:+g} h")
        prepare(place)
        process = start(COMMANDS[name], place)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0.3, 1.0) * usual)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        orphans(process.pid)
        code = ended(start(COMMANDS[name], place, ("faketime", "-f", f"{hours:+g}h")))
        trial.judge(place, code, expected, end=True)
        return trial


def can(*probe: str) -> bool:
    """Whether a command of the system works here."""
    return (
        shutil.which(probe[0]) is not None
        and subprocess.run(probe, capture_output=True, check=False).returncode == 0  # noqa: S603
    )


def tried(name: str, options: argparse.Namespace, dice: random.Random) -> Iterator[Trial]:
    """Yield every trial of a command; the disk and the clock are tried on sweeps."""
    usual, expected = undisturbed(name)
    yield from signals(name, options.kills, options.signals, dice, usual, expected)
    if name == "run":
        yield compiling(dice, expected)
    if name != "sweep":
        return
    if can("unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /mnt"):
        yield from (full(name, room, expected) for room in ROOMS)
    if can("faketime", "-f", "+1h", "true"):
        yield from (moved(name, hours, dice, expected, usual) for hours in HOURS)


def page(trials: list[dict[str, Any]]) -> str:
    """Return what came of all trials: a row per kind, with how many went wrong."""
    stages = Counter(trial["when"] for trial in trials if trial["cause"].startswith("SIG"))
    lines = [
        "# Faults: kills, a full disk, a moved clock",
        "",
        f"Written by `benchmarks/faults.py`, which says what counts as a fault. {machine()}",
        "",
        f"{stages.total()} signals at random moments of a command's life; at work were then "
        + ", ".join(f"{stage} ({number})" for stage, number in stages.most_common())
        + ". *Given again* counts how often the same command had to be given once more until it had ended well.",
        "",
        "| command | what happened | to | trials | given again | faults |",
        "|---|---|---|--:|--:|---|",
    ]
    kinds: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for trial in trials:
        kinds.setdefault((trial["command"], trial["cause"], trial["victim"]), []).append(trial)
    for (command, cause, victim), alike in sorted(kinds.items()):
        seen = Counter(kind for trial in alike for kind, _ in trial["faults"])
        told = ", ".join(f"{number} {kind}" for kind, number in seen.items()) or "none"
        again = sum(trial["again"] for trial in alike)
        lines.append(f"| `{command}` | {cause} | {victim} | {len(alike)} | {again} | {told} |")
    if not any(trial["cause"] == DISK for trial in trials):
        lines += ["", "A full disk was not tried: this machine lets nobody mount one."]
    if not any(trial["cause"] == CLOCK for trial in trials):
        lines += ["", "A moved clock was not tried: there is no `faketime` here."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Try everything, keep each trial as a line of the file, and write the page of all lines."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--signals", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=COMMANDS, help="only this command; the page shows all that is kept")
    parser.add_argument("--keep", type=Path, default=Path("results", "local", "faults.jsonl"))
    options = parser.parse_args()
    options.keep.parent.mkdir(parents=True, exist_ok=True)
    dice = random.Random(options.seed)  # noqa: S311 - not a secret
    for name in [options.only] if options.only else COMMANDS:
        for trial in tried(name, options, dice):
            with options.keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(trial)) + "\n")
    every = [json.loads(line) for line in options.keep.read_text(encoding="utf-8").splitlines()]
    file = HERE / "faults.md"
    kept = "".join(file.read_text(encoding="utf-8").partition(INPUTS)[1:])
    file.write_text(page(every) + "\n" + kept, encoding="utf-8")
    for trial in every:
        for kind, seen in trial["faults"]:
            print(
                f"{trial['command']}, {trial['cause']} {trial['victim']} at {trial['moment']:.2f}: {kind}: {seen}\n"
            )
    sys.exit(any(trial["faults"] for trial in every))


if __name__ == "__main__":
    main()
