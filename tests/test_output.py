"""What goes out: folders are written whole or not at all, whatever fails and when; tables fit any terminal."""

from __future__ import annotations

import builtins
import errno
import io
import os
import re
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from rich.console import Console
from typer.testing import CliRunner

from comity import writing
from comity.cli import app
from comity.output.bundle import Bundle
from comity.output.terminal import frame, table
from comity.problems import InputError
from comity.sweeps import runfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALL = """
place = "06003"
start = 2010-01-01
end = 2010-02-28
compare = ["no_receive", "mandatory"]
"""
SWEPT = """
seeds = 2
outcomes = ["removals"]
[scenario]
place = "06003"
start = 2010-01-01
end = 2010-01-31
"""
COMMANDS = {
    "run": ("run", "small.toml", "--out", "out"),
    "run into an empty folder": ("run", "small.toml", "--out", "empty"),
    "compare": ("compare", "small.toml", "--seeds", "1", "--out", "deep/out"),
    "analyse": ("analyse", "swept.toml", "--into", "out"),
    "report": ("report", "--results", "empty", "--out", "out"),
}


def comity(*arguments: str) -> Any:
    """Run a command in this process."""
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "80", "TERM": "dumb"})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a scenario, a swept study, an empty folder, and results that are there already."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    (tmp_path / "swept.toml").write_text(SWEPT)
    (tmp_path / "empty").mkdir()
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "earlier.csv").write_text("kept")
    return tmp_path


def everything(root: Path) -> dict[str, bytes | None]:
    """Return every file with its content, and every folder."""
    found = (path for path in root.rglob("*") if "swept" not in path.parts)
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in found}


WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Faults:
    """Every call that may fail on a full or read-only file system, one of which does, or all from there on."""

    def __init__(self, root: Path, error: BaseException, at: int, *, ever_after: bool) -> None:
        self.root, self.error, self.at, self.ever_after = str(root), error, at, ever_after
        self.calls: list[Any] = []

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put every such call under watch."""
        wanted = [(builtins, "open"), (io, "open")]
        wanted += [(os, name) for name in ("open", "mkdir", "rename", "replace", "fsync")]
        for module, name in wanted:
            monkeypatch.setattr(
                module, name, self._watched(getattr(module, name), f"{module.__name__}.{name}")
            )

    def _watched(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **keys: Any) -> Any:
            if self._writes(name, *arguments, **keys):
                self.calls.append((name, arguments))
                number = len(self.calls) - 1
                if number == self.at or (self.ever_after and number > self.at):
                    raise self.error
            return function(*arguments, **keys)

        return call

    def _writes(self, name: str, path: Any, mode: Any = "r", *_: Any, **keys: Any) -> bool:
        """Whether a call writes below the root: reading does not fail on a full disk."""
        if isinstance(path, int):
            return name == "os.fsync"
        if not str(Path(os.fsdecode(path)).absolute()).startswith(self.root):
            return False
        if name == "os.open":
            return bool(mode & WRITING)
        return name.startswith("os.") or any(letter in keys.get("mode", mode) for letter in "wxa+")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("ever_after", [False, True])
def test_whatever_call_fails_nothing_is_half_written(
    here: Path, monkeypatch: pytest.MonkeyPatch, command: str, ever_after: bool
) -> None:
    if command == "analyse":
        assert comity("sweep", "swept.toml", "--workers", "1", "--out", "results/local/swept").exit_code == 0
    before = everything(here)
    errors = [OSError(number, os.strerror(number)) for number in (errno.ENOSPC, errno.EROFS, errno.EDQUOT)]
    for k in range(200):
        error = [*errors, MemoryError()][k % 4]
        faults = Faults(here, error, k, ever_after=ever_after)
        with monkeypatch.context() as patch:
            faults.patch(patch)
            done = comity(*COMMANDS[command])
        if done.exit_code == 0:
            assert len(faults.calls) <= k, faults.calls[k]
            break
        assert done.exit_code == 2, (k, done.output, done.exception)
        assert len(done.output.splitlines()) == 1, done.output
        assert (
            "out of memory" if isinstance(error, MemoryError) else os.strerror(error.errno).lower()
        ) in done.output.lower()
        assert everything(here) == before, k
    assert k > 3


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from comity.cli import main
import comity.model, comity.analyse.compare, pyarrow.parquet
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
main()
"""


@pytest.mark.parametrize("command", ["run", "compare", "report"])
@pytest.mark.parametrize("size", [0, 500, 5000])
def test_a_file_that_does_not_fit_leaves_nothing(here: Path, command: str, size: int) -> None:
    before = everything(here)
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", LIMITED, str(size), *COMMANDS[command]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "file too large" in done.stderr.lower()
    assert everything(here) == before


KILLED = """
import sys, time
from datetime import date
from pathlib import Path
from comity.writing import new_file, new_folder
with new_folder(sys.argv[1]) as staging, new_file(Path(sys.argv[2])) as file:
    (staging / "half").write_text("half")
    file.write_text("half")
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start somebody who writes a folder and a file, and never comes to an end."""
    (tmp_path / "there").mkdir()
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "there"), str(tmp_path / "file")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own code
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def write(root: Path) -> None:
    Bundle({"by": "us"}).write(root / "there")
    with writing.new_file(root / "file") as staging:
        staging.write_text("whole")


def test_what_a_killed_writer_left_is_removed_by_the_next_one_and_by_nobody_else(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    writer.kill()
    writer.wait()
    assert len(everything(tmp_path)) == 4
    assert writing.objections(tmp_path / "there") == []
    assert len(everything(tmp_path)) == 4
    write(tmp_path)
    assert sorted(everything(tmp_path)) == [
        "file",
        "there",
        "there/manifest.json",
        "there/ro-crate-metadata.json",
    ]


def test_a_writer_at_work_is_left_alone(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    write(tmp_path)
    assert len(everything(tmp_path)) == 7
    assert (tmp_path / "file").read_text() == "whole"


def one_file(root: Path, _: int) -> None:
    with writing.new_file(root / "file") as staging:
        staging.write_text("whole")


def folders_of_their_own(root: Path, k: int) -> None:
    with writing.new_folder(root / str(k)) as staging:
        (staging / "file").write_text("whole")


@pytest.mark.parametrize("put", [one_file, folders_of_their_own])
def test_many_who_write_in_one_place_do_not_take_each_others_files_away(
    tmp_path: Path, put: Callable[[Path, int], None]
) -> None:
    """Between making a temporary file and locking it, it looked like that of somebody who was killed."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda k: put(tmp_path, k), range(600)))
    assert {path.read_text() for path in tmp_path.rglob("file")} == {"whole"}
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.parametrize(("begins", "make"), [(".file-", Path.touch), (writing.STAGED, Path.mkdir)])
def test_what_was_made_again_under_a_name_that_others_swept_up_is_left_alone(
    tmp_path: Path, begins: str, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One who sweeps has the first of that name in hand; a second removes it; its writer makes it again."""
    left = tmp_path / f"{begins}0.partial"
    make(left)
    lock = writing._lock

    def made_again(handle: int, *, wait: bool = False) -> bool:
        left.rmdir() if left.is_dir() else left.unlink()
        make(left)
        return lock(handle, wait=wait)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "_lock", made_again)
        writing._sweep_up(tmp_path, begins)
    assert left.exists()
    writing._sweep_up(tmp_path, begins)
    assert not left.exists()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError, ZeroDivisionError])
def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, stop: type[BaseException]) -> None:
    (tmp_path / "file").write_text("before")

    def half() -> None:
        with writing.new_file(tmp_path / "file") as staging:
            staging.write_text("half")
            raise stop

    with pytest.raises(stop):
        half()
    assert everything(tmp_path) == {"file": b"before"}


def test_a_bundle_is_tables_pictures_files_and_a_manifest(tmp_path: Path) -> None:
    numbers = pd.DataFrame({"a": [1 / 3], "b": ["text"]})
    made = Bundle(
        {"seed": 1},
        {"means": numbers, "runs": numbers, "all.parquet": numbers},
        {"one": Figure()},
        {"sub/page.md": "né\n"},
    )
    made.write(tmp_path / "out")
    assert (tmp_path / "out" / "means.csv").read_text() == "a,b\n0.333333,text\n"
    assert (tmp_path / "out" / "runs.csv").read_text() == "a,b\n0.33333333,text\n"
    assert pd.read_parquet(tmp_path / "out" / "all.parquet").equals(numbers)
    assert (tmp_path / "out" / "one.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "out" / "sub" / "page.md").read_bytes() == "né\n".encode()
    with pytest.raises(InputError, match="already holds files"):
        made.write(tmp_path / "out")


# Standard output


def start(*arguments: str, **keys: Any) -> subprocess.CompletedProcess[str]:
    code = "from comity.cli import main; main()"
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code, *arguments], text=True, stderr=subprocess.PIPE, check=False, **keys
    )


@pytest.mark.parametrize(
    "arguments", [("show", "parameters"), ("--help",), ("--version",), ("check", "san-francisco")]
)
def test_output_that_cannot_go_out_ends_in_one_line(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = start(*arguments, stdout=full)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "no space left on device" in done.stderr
    shut = start(*arguments, preexec_fn=lambda: os.close(1))
    assert (shut.returncode, shut.stderr.count("\n")) == (2, 1), shut.stderr
    assert "standard output is closed" in shut.stderr


def test_a_command_does_not_look_for_garbage_when_it_ends() -> None:
    last = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 10_000))"
    code = f"{last}; from comity.cli import main; main()"
    command = [sys.executable, "-c", code, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert done.stdout.splitlines()[-1] == "True"


def test_closed_output_is_found_before_anything_is_done(here: Path) -> None:
    before = everything(here)
    assert start(*COMMANDS["run"], preexec_fn=lambda: os.close(1)).returncode == 2
    assert everything(here) == before


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
        ImportError("libscipy_openblas.so: failed to map segment from shared object"),
        OSError(
            "Could not find/load 'libllvmlite.so'. Error was: 'failed to map segment from shared object'"
        ),
        RuntimeError("can't start new thread"),
    ],
)
def test_too_little_memory_is_said_in_one_line(
    here: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    before = everything(here)

    def starve(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("comity.model.CooperationModel.run", starve)
    done = comity(*COMMANDS["run"])
    assert (done.exit_code, done.output.count("\n")) == (2, 1), done.output
    assert done.output.startswith("out of memory; valid: ")
    assert everything(here) == before


def test_loading_libraries_ends_where_memory_is_limited(here: Path) -> None:
    before = everything(here)
    room = 500_000_000
    done = start(
        *COMMANDS["run"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (room, room)),
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "out of memory" in done.stderr
    assert everything(here) == before


@pytest.mark.parametrize("error", [ImportError("no module"), RuntimeError("a fault of ours")])
def test_a_fault_of_ours_is_not_called_something_else(
    here: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("comity.model.CooperationModel.run", fail)
    done = comity(*COMMANDS["run"])
    assert done.exit_code == 1
    assert done.exception is error


# Terminals

NUMBERS = re.compile(r"\d[\d,.]*")
words = st.text("abcdefgh_", min_size=1, max_size=14)
numbers = st.one_of(
    st.integers(0, 10**7).map("{:,}".format),
    st.floats(0, 1e7).map("{:,.2f} M".format),
    st.tuples(st.integers(0, 10**6), st.integers(0, 10**4)).map(lambda pair: "{:,} ±{:,}".format(*pair)),
    st.dates().map(str),
)
texts = st.lists(words | numbers, max_size=12).map(" ".join)


@settings(deadline=None)
@given(st.data(), st.sampled_from([30, 40, 60, 80, 132]), st.booleans())
def test_no_number_is_ever_broken(data: st.DataObject, width: int, airy: bool) -> None:
    columns = data.draw(st.lists(words, min_size=1, max_size=9))
    kinds = [data.draw(st.sampled_from([numbers, texts, words])) for _ in columns]
    rows = data.draw(st.lists(st.tuples(*kinds), max_size=4))
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(table("A title", columns, rows, airy=airy))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(len(line) <= width for line in shown.splitlines())
    told = sorted(NUMBERS.findall(shown))
    for number in (number for row in rows for text in row for number in NUMBERS.findall(text)):
        assert number in told
        told.remove(number) if told.count(number) > 1 else None


def test_tables_are_cut_between_columns_and_every_part_says_whose_rows_they_are() -> None:
    data = pd.DataFrame(
        {
            "year": [2009, 2009],
            "people": ["Hispanic", "other"],
            "reported": ["14,000"] * 2,
            "custody": ["1,000"] * 2,
        }
    )
    console = Console(width=30, file=io.StringIO())
    console.print(frame("By year", data))
    lines = [line.split() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert lines == [
        ["By", "year"],
        ["year", "people", "reported"],
        ["2009", "Hispanic", "14,000"],
        ["2009", "other", "14,000"],
        ["year", "people", "custody"],
        ["2009", "Hispanic", "1,000"],
        ["2009", "other", "1,000"],
    ]


def test_nobody_else_makes_temporary_files() -> None:
    """Runs and tables had their own once, removed by age alone, and not at all where the clock was moved."""
    package = Path(writing.__file__).parent
    named = {
        str(path.relative_to(package)) for path in package.rglob("*.py") if ".partial" in path.read_text()
    }
    assert named == {"writing.py", "sweeps/store.py"}  # the second removes old ones where locks are not known


def test_a_run_that_is_computed_again_removes_what_its_killed_writer_left(tmp_path: Path) -> None:
    run = tmp_path / "store" / "runs" / "ab" / f"ab{'0' * 62}.parquet"
    run.parent.mkdir(parents=True)
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom comity.writing import staged\n"
        "with staged(Path(sys.argv[1])) as half:\n    half.write_text('half')\n    os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(run)], check=False)  # noqa: S603 - our own code
    assert [path.suffix for path in run.parent.iterdir()] == [".partial"]
    weekly = runfile.estimated(date(2010, 1, 1), {"removals": 1.0})
    runfile.write(run, run.stem, weekly, {}, "{}")
    assert [path.name for path in run.parent.iterdir()] == [run.name]
    assert runfile.read(run)[0].num_rows == 1
