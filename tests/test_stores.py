"""Stores under pressure: what cannot be read is kept, and who dies is replaced."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from pathlib import Path

import psutil
import pytest
import sweep_doubles
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_runs import QUICK, comity_
from sweep_doubles import KEYS, SMALL, SMALL_TOML, files, tables

import comity
from comity.problems import InputError
from comity.sweeps import runfile, runner
from comity.sweeps import tables as written_tables
from comity.sweeps.engines import Local, _Pool
from comity.sweeps.runner import sweep
from comity.sweeps.store import ABANDONED, Store, refusal, write_failure
from comity.sweeps.tables import compact
from comity.sweeps.written import RECORD, TABLES

SETTINGS = settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def store(tmp_path):
    """A finished store of sixty runs, without tables."""
    sweep(SMALL, tmp_path / "s", workers=1, live=QUICK)
    for name in TABLES:
        (tmp_path / "s" / name).unlink()
    return tmp_path / "s"


def test_a_sweep_that_ends_while_another_one_writes_its_tables_waits_for_them(
    store, undisturbed, monkeypatch
):
    """It found them without their checksums, took them for altered and set them aside."""
    (store / RECORD).unlink()
    replaced, seen, recorded = threading.Event(), threading.Event(), written_tables.recorded

    def late(*arguments):
        replaced.set()
        seen.wait(1)
        return recorded(*arguments)

    monkeypatch.setattr(written_tables, "recorded", late)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(compact, Store.open(store))
        assert replaced.wait(60)
        second = pool.submit(compact, Store.open(store))
        second.add_done_callback(lambda _: seen.set())
        assert [first.result(), second.result()] == [[], []]
    assert not (store / "altered").exists()
    assert tables(store) == tables(undisturbed)


# Unreadable is not damaged

TROUBLES = [
    PermissionError(errno.EACCES, os.strerror(errno.EACCES)),
    OSError(errno.EIO, os.strerror(errno.EIO)),
    OSError(errno.EMFILE, os.strerror(errno.EMFILE)),
    OSError(errno.ESTALE, os.strerror(errno.ESTALE)),
    OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
    MemoryError(),
]


@pytest.mark.parametrize("error", TROUBLES, ids=repr)
def test_whatever_the_system_objects_to_is_said(tmp_path, error):
    (problem,) = refusal(tmp_path, error).problems
    assert problem.wrong == (
        os.strerror(error.errno).lower() if isinstance(error, OSError) else "out of memory"
    )


def test_only_what_was_left_for_long_is_tidied_away(store):
    """Temporary files of somebody who is at work stay, whatever room they are in, and so does everything else."""
    old, new = store / "runs" / ".old.partial", store / ".new.partial"
    for path, age in ((old, ABANDONED + 60), (new, ABANDONED - 60), (store / "store.json", 2 * ABANDONED)):
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    before = set(store.rglob("*"))
    Store.open(store).tidy()
    assert before - set(store.rglob("*")) == {old}


def test_how_often_a_run_has_failed_is_counted(tmp_path):
    """From one, and anew where the record is no record."""
    record, about = tmp_path / "failures" / "key.json", {"error": "of its own"}
    for known, attempts in (
        (None, 1),
        (None, 2),
        (None, 3),
        ("{", 1),
        ("[]", 1),
        ('{"attempts": null}', 1),
        (None, 2),
    ):
        if known:
            record.write_text(known)
        write_failure(record, about)
        assert json.loads(record.read_text()) == about | {"attempts": attempts}


READERS = {
    "load": comity.load,
    "weekly": lambda folder: comity.load(folder, weekly=True),
    "compact": lambda folder: compact(Store.open(folder)),
    "sweep": lambda folder: sweep(SMALL, folder, workers=1, live=QUICK),
}


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
@pytest.mark.parametrize("use", READERS)
def test_what_cannot_be_read_stays(store, monkeypatch, trouble, use):
    before = {path: path.read_bytes() for path in files(store)}
    read_bytes = Path.read_bytes

    def refuse(path):
        if path in before and path.name > "8":
            raise trouble
        return read_bytes(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refuse)
        with pytest.raises(InputError, match="files that may be read"):
            READERS[use](store)
    assert {path: path.read_bytes() for path in files(store)} == before
    assert not (store / "altered").exists()
    assert sweep(SMALL, store, workers=1, live=QUICK).tally.computed == 0


@pytest.mark.parametrize("level", ["runs", "room", "run"])
@pytest.mark.parametrize("command", ["results", "analyse", "compact", "sweep"])
def test_a_command_that_cannot_read_says_so_and_removes_nothing(store, tmp_path, monkeypatch, level, command):
    """Root may read everything, so something else stands where a file or a folder should be."""
    monkeypatch.chdir(tmp_path)
    run = files(store)[5]
    place = {"runs": store / "runs", "room": run.parent, "run": run}[level]
    kept = len(files(store))
    place.rename(tmp_path / "elsewhere")
    if level == "run":
        place.mkdir()
    else:
        place.write_text("not a folder")
    count = len(files(store))
    source = store
    if command == "sweep":
        (tmp_path / "small.toml").write_text(SMALL_TOML)
        source, command = tmp_path / "small.toml", ("sweep", "--out", store, "--workers", 1)
    arguments = (command, source) if isinstance(command, str) else (command[0], source, *command[1:])
    if level != "room":  # a file that is no room of runs is nobody's
        assert "results: out = " in comity_(*arguments, code=2)
    assert len(files(store)) >= count
    place.rmdir() if place.is_dir() else place.unlink()
    (tmp_path / "elsewhere").rename(place)
    assert len(files(store)) == kept


@SETTINGS
@given(data=st.data())
def test_any_other_byte_is_found_and_nothing_is_lost(data, tmp_path_factory, undisturbed):
    """Cut anywhere, any byte changed, anything appended: the next sweep sets the file aside and computes the run again."""
    folder = tmp_path_factory.mktemp("altered") / "s"
    sweep(SMALL, folder, workers=1, live=QUICK)
    path = data.draw(st.sampled_from(files(folder)))
    content = path.read_bytes()
    # Seconds are in it, so that its length is not that of the next one.
    at = data.draw(st.integers(0, 1 << 20)) % len(content)
    harm = data.draw(st.sampled_from(["cut", "flip", "append"]))
    other = {
        "cut": content[:at],
        "flip": content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :],
        "append": content + content[-at:],
    }[harm]
    path.write_bytes(other)
    report = sweep(SMALL, folder, workers=1, live=QUICK)
    assert (list(report.damaged), report.tally.computed, report.code) == ([path.stem], 1, 0)
    assert [aside.read_bytes() for aside in (folder / "altered").iterdir()] == [other]
    assert tables(folder) == tables(undisturbed)


def test_a_checksum_does_not_disturb_other_readers(store):
    import duckdb  # noqa: PLC0415 - slow to import
    import polars as pl  # noqa: PLC0415

    path = files(store)[0]
    ours = runfile.read(path)[0]["removals"].to_pylist()
    assert duckdb.sql(f"SELECT removals FROM '{path}'").fetchnumpy()["removals"].tolist() == ours  # noqa: S608
    assert pl.read_parquet(path)["removals"].to_list() == ours


def test_a_place_where_nobody_may_write(store, monkeypatch):
    """What is there is read; what would have to be written ends in one message."""
    compact(Store.open(store))
    whole = comity.load(store)
    monkeypatch.setattr(Path, "open", refusing_to_write(Path.open))
    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.__init__", read_only)
    assert comity.load(store).equals(whole)
    (store / "progress.jsonl").unlink()
    with pytest.raises(InputError, match="read-only file system"):
        sweep(SMALL, store, workers=1, live=QUICK)


def refusing_to_write(real):
    def open_(path, mode="r", *args, **keys):
        if set(mode) & set("wax+"):
            read_only()
        return real(path, mode, *args, **keys)

    return open_


def read_only(*_, **__):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


# Who dies is replaced, or it is said

DRIVER = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import json, sweep_doubles
from pathlib import Path
from comity.sweeps.study import Study
from comity.analyse.question import ask
from comity.sweeps.runner import sweep
if __name__ == "__main__":
    keys, folder, workers = sys.argv[1:]
    report = sweep(Study(**json.loads(keys)), Path(folder), workers=int(workers), live=sweep_doubles.slow)
    print(report.tally.done, report.missing, report.code)
    sys.exit(report.code)
"""


def children(process):
    """Fork server, and workers of a driver."""
    with suppress(psutil.NoSuchProcess):
        below = psutil.Process(process.pid).children(recursive=True)
        servers = [child for child in below if "forkserver" in " ".join(safely(child.cmdline))]
        return servers[:1], servers[1:]
    return [], []


def safely(ask):
    try:
        return ask()
    except psutil.Error:
        return []


@pytest.mark.parametrize(
    ("victim", "workers", "moment"),  # the first worker dies when it begins, so that there is one moment
    [
        *(("first worker", workers, 0) for workers in (1, 2)),
        *(("any worker", workers, moment) for workers, moment in ((1, 0), (2, 0), (2, 1))),
        *(("server", workers, moment) for workers, moment in ((1, 0), (2, 0), (2, 1))),
    ],
)
def test_who_dies_at_any_moment_costs_nothing(tmp_path, undisturbed, victim, workers, moment):
    dice = random.Random(f"{victim} {workers} {moment}")  # noqa: S311 - not a secret
    command = [sys.executable, "-c", DRIVER, json.dumps(KEYS), str(tmp_path / "s"), str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        while process.poll() is None:
            servers, others = children(process)
            found = servers if victim == "server" else others
            if found:
                if victim != "first worker":
                    time.sleep(dice.random() * 1.5)
                with suppress(psutil.NoSuchProcess):
                    dice.choice(found).kill()
                break
            time.sleep(0.01)
        out, err = process.communicate(timeout=120)
    assert (out.split(), process.returncode) == (["60", "0", "0"], 0), err
    assert tables(tmp_path / "s") == tables(undisturbed)


def test_workers_that_die_before_the_first_run_are_replaced(tmp_path, undisturbed, monkeypatch):
    """The pool breaks while nothing is in hand: nothing may be taken for done."""
    start = Local._start
    killed = []

    def start_and_kill(engine):
        start(engine)
        if len(killed) < 3:
            killed.append(engine.executor.submit(os.getpid).result())
            os.kill(killed[-1], signal.SIGKILL)
            while not engine.executor._broken:
                time.sleep(0.01)

    monkeypatch.setattr(Local, "_start", start_and_kill)
    report = sweep(SMALL, tmp_path / "s", workers=1, live=QUICK)
    assert (len(killed), report.tally.done, report.missing, report.code) == (3, 60, 0, 0)
    assert tables(tmp_path / "s") == tables(undisturbed)


def test_a_server_that_is_not_gone_at_once_is_waited_for(tmp_path, undisturbed, monkeypatch):
    """Killed, it refuses whoever asks for a process until the system has ended it: a moment, in which asking is quick."""
    submit, since = _Pool.submit, time.monotonic()

    def refuse(pool, *args, **keys):
        if time.monotonic() < since + 1:
            raise BrokenExecutor("no process can be started")
        return submit(pool, *args, **keys)

    monkeypatch.setattr(_Pool, "submit", refuse)
    report = sweep(SMALL, tmp_path / "s", workers=1, live=QUICK)
    assert (report.tally.done, report.missing, report.code) == (60, 0, 0)
    assert tables(tmp_path / "s") == tables(undisturbed)


def test_workers_that_never_live_end_in_an_error_and_no_tables(tmp_path, monkeypatch):
    monkeypatch.setattr("comity.sweeps.engines._prepare", os.abort)
    with pytest.raises(InputError, match="workers die before they begin"):
        sweep(SMALL, tmp_path / "s", workers=1, live=QUICK)
    assert not list((tmp_path / "s").glob("*.parquet"))


def test_a_driver_that_is_no_file(tmp_path):
    """Workers need no file of a script that came through a pipe."""
    text = DRIVER.replace("sys.argv[1:]", repr([json.dumps(KEYS), str(tmp_path / "s"), "1"]))
    done = subprocess.run([sys.executable], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()[0]) == (0, "60"), done.stderr
    assert len(list((tmp_path / "s").glob("*.parquet"))) == 2


@contextmanager
def server_killed_again_and_again():
    """Kill this process's own fork server whenever there is one."""
    over = threading.Event()

    def kill():
        while not over.is_set():
            if pid := forkserver._forkserver._forkserver_pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.001)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_fork_server_that_never_lives_is_an_error(tmp_path):
    with server_killed_again_and_again(), pytest.raises(InputError, match="workers die before they begin"):
        sweep(SMALL, tmp_path / "s", workers=1, live=QUICK)
    assert not list((tmp_path / "s").glob("*.parquet"))
    assert sweep(SMALL, tmp_path / "s", workers=1, live=QUICK).code == 0


def test_runs_that_are_missing_without_a_reason_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(runner._Driver, "drive", lambda *_: None)
    with pytest.raises(InputError, match="neither done nor recorded as failed"):
        sweep(SMALL, tmp_path / "s", workers=1, live=QUICK)
    assert not list((tmp_path / "s").glob("*.parquet"))


def test_the_code_of_a_report_says_whether_runs_are_missing(tmp_path):
    failed = sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.failing)
    assert (failed.code, failed.unfinished, failed.missing) == (1, 12, 12)
    half = sweep(SMALL, tmp_path / "h", workers=1, live=QUICK, shard=(1, 2))
    assert (half.code, half.unfinished, half.missing) == (0, 0, 30)
    assert sweep(SMALL, tmp_path / "s", workers=1, live=QUICK).code == 0


def test_a_run_that_the_system_refuses_to_write_keeps_its_story(tmp_path, monkeypatch):
    """A folder stands where the file should be: that run fails, the others do not, and the reason is kept."""
    made = Store.create(SMALL, tmp_path / "s")
    made.path(made.jobs[3].key).mkdir(parents=True)
    (made.path(made.jobs[3].key) / "thesis").write_text("irreplaceable")
    with pytest.raises(InputError, match="is a directory"):
        sweep(SMALL, tmp_path / "s", workers=1, live=QUICK)
    assert (made.path(made.jobs[3].key) / "thesis").read_text() == "irreplaceable"


@pytest.mark.parametrize("command", ["reproduce", "calibrate", "predict", "tournament", "sweep"])
def test_every_command_that_sweeps_ends_badly_without_runs(command, tmp_path, monkeypatch):
    """All runs fail: no command says anything of results, and none ends with code 0."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "draws.csv").write_text("fear_weight\n0.5\n0.6\n")
    real = runner.sweep
    monkeypatch.setattr(runner, "sweep", lambda *args, **keys: real(*args, **keys | {"live": broken}))
    arguments = {
        "reproduce": ("founding-case", "--quick"),
        "predict": ("--quick", "--posterior", "draws.csv"),
        "calibrate": ("--quick",),
        "tournament": ("--quick",),
        "sweep": ("small.toml",),
    }[command]
    (tmp_path / "small.toml").write_text(SMALL_TOML)
    shown = comity_(command, *arguments, "--workers", 1, code=1)
    assert "failed; what went wrong" in shown
    assert "inside" not in shown
    assert not list(tmp_path.rglob("*.png"))
    assert not list(tmp_path.rglob("weekly.parquet"))


def broken(scenario, outcomes):
    raise ArithmeticError("nothing works today")


def test_quiet_says_problems(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL_TOML)
    real = runner.sweep
    monkeypatch.setattr(runner, "sweep", lambda *args, **keys: real(*args, **keys | {"live": broken}))
    assert "60 failed" in comity_("sweep", "small.toml", "--quiet", "--workers", 1, code=1)
    monkeypatch.setattr(runner, "sweep", lambda *args, **keys: real(*args, **keys | {"live": QUICK}))
    assert comity_("sweep", "small.toml", "--quiet", "--workers", 1) == ""
