"""Sweeps: whatever happens on the way, the tables at the end are the same, byte for byte."""

import errno
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import psutil
import pytest
import sweep_doubles
from sweep_doubles import KEYS, SMALL, files, tables

import comity
from comity.problems import InputError
from comity.sweeps import runfile, runner, worker
from comity.sweeps.runner import sweep
from comity.sweeps.store import Store
from comity.sweeps.study import Study
from comity.sweeps.written import TABLES

DRIVER = f"""
import json, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import sweep_doubles
from pathlib import Path
from comity.sweeps.study import Study
from comity.analyse.question import ask
from comity.sweeps.runner import sweep
if __name__ == "__main__":
    keys, folder, live, shard = sys.argv[1:]
    report = sweep(Study(**json.loads(keys)), Path(folder), workers=2, live=getattr(sweep_doubles, live), shard=json.loads(shard))
    print(report.missing, report.interrupted)
"""


def drive(folder, live="slow", shard=(1, 1), keys=KEYS):
    """Start a sweep in another process."""
    return subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", DRIVER, json.dumps(keys), str(folder), live, json.dumps(shard)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def workers_of(process):
    """Processes that compute, below a driver."""
    found = psutil.Process(process.pid).children(recursive=True)
    return [child for child in found if any("forkserver" in part for part in child.cmdline())]


# Interruptions


def test_a_killed_driver_loses_nothing(tmp_path, undisturbed):
    dice = random.Random(4)  # noqa: S311 - not a secret
    for _ in range(2):
        before = len(files(tmp_path / "s")) if (tmp_path / "s").exists() else 0
        with drive(tmp_path / "s") as process:
            wait_for(lambda: process.poll() is not None or len(files(tmp_path / "s")) > before)  # noqa: B023
            time.sleep(dice.random() * 0.3)
            children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            process.kill()
        psutil.wait_procs(children, timeout=10)
        assert not [child for child in children if child.is_running() and child.status() != "zombie"]
    assert 0 < len(files(tmp_path / "s")) < 60
    report = sweep(SMALL, tmp_path / "s", workers=2, live=sweep_doubles.slow)
    assert 0 < report.tally.computed < 60
    assert tables(tmp_path / "s") == tables(undisturbed)
    assert not list((tmp_path / "s" / "claims").iterdir())


def test_killed_workers_lose_nothing(tmp_path, undisturbed):
    dice = random.Random(5)  # noqa: S311 - not a secret
    with drive(tmp_path / "s") as process:
        for _ in range(3):
            before = len(files(tmp_path / "s")) if (tmp_path / "s").exists() else 0
            wait_for(lambda: process.poll() is not None or len(files(tmp_path / "s")) > before)  # noqa: B023
            with suppress(psutil.NoSuchProcess, IndexError):
                # The fork server comes first, and its children, the workers, after it.
                dice.choice(workers_of(process)[1:]).kill()
            time.sleep(0.1)
        out, err = process.communicate(timeout=60)
    assert (out.split(), process.returncode) == (["0", "False"], 0), err
    assert tables(tmp_path / "s") == tables(undisturbed)


HERE = {"session": "another", "host": platform.node(), "pid": os.getpid()}


@pytest.mark.parametrize("left", [HERE, HERE | {"host": "elsewhere"}, HERE | {"pid": 2**30}, ""])
@pytest.mark.parametrize("done", [True, False])
def test_a_worker_that_died_before_it_let_its_run_go_leaves_no_claim(tmp_path, undisturbed, left, done):
    shutil.copytree(undisturbed, tmp_path / "s")
    (file, other, *_), dead = files(tmp_path / "s"), left and left["pid"] != os.getpid()
    other.unlink()  # so that there is something to do
    claim = tmp_path / "s" / "claims" / (file.stem if done else "0" * 64)
    claim.write_text(json.dumps(left) if left else "")
    assert sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick).tally.computed == 1
    assert list(claim.parent.iterdir()) == ([] if dead and done else [claim])


def test_two_sweeps_share_the_work(tmp_path, undisturbed):
    with drive(tmp_path / "s") as one, drive(tmp_path / "s") as other:
        ends = [process.communicate(timeout=60) for process in (one, other)]
    assert [end[0].split() for end in ends] == [["0", "False"]] * 2, ends
    assert tables(tmp_path / "s") == tables(undisturbed)
    lines = [json.loads(line) for line in (tmp_path / "s" / "progress.jsonl").read_text().splitlines()]
    assert len({line["who"] for line in lines}) == 2
    assert {line["total"] for line in lines} == {60}


def test_only_the_pool_takes_back_its_runs(tmp_path, monkeypatch):
    """To its thread, what others cancelled is an error, with a traceback, when workers die at that moment."""
    who, cancel = [], Future.cancel
    monkeypatch.setattr(
        Future, "cancel", lambda one: (who.append(threading.current_thread()), cancel(one))[1]
    )

    def end(tally):
        if 2 < tally.computed < 40:
            os.kill(os.getpid(), signal.SIGTERM)

    report = sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.slow, progress=end)
    assert report.interrupted
    assert who
    assert threading.main_thread() not in who


@pytest.fixture
def _hung_up():
    """Let what is started here heed a closed terminal, even where the tests run under ``nohup``."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("_hung_up")
def test_a_closed_terminal_stops_a_sweep_as_ctrl_c_does(tmp_path, undisturbed):
    with drive(tmp_path / "s") as process:
        wait_for(lambda: (tmp_path / "s").exists() and len(files(tmp_path / "s")) > 3)
        for worker in workers_of(process)[1:]:
            worker.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGHUP)
        out, err = process.communicate(timeout=60)
    assert (out.split()[1], err) == ("True", "")
    assert not list((tmp_path / "s" / "claims").iterdir())
    sweep(SMALL, tmp_path / "s", workers=2, live=sweep_doubles.quick)
    assert tables(tmp_path / "s") == tables(undisturbed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_was_told_to_be_ignored_is(tmp_path, number):
    """As ``nohup`` does, and a shell for what it starts in the background."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        report = sweep(
            SMALL,
            tmp_path / "s",
            workers=1,
            live=sweep_doubles.quick,
            progress=lambda _: os.kill(os.getpid(), number),
        )
    finally:
        signal.signal(number, before)
    assert (report.interrupted, report.code) == (False, 0)


def test_ctrl_c_finishes_what_is_in_hand(tmp_path, undisturbed):
    with drive(tmp_path / "s") as process:
        wait_for(lambda: (tmp_path / "s").exists() and len(files(tmp_path / "s")) > 3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    missing = int(out.split()[0])
    assert (out.split()[1], err) == ("True", "")
    assert missing == 60 - len(files(tmp_path / "s"))
    assert 0 < missing < 60
    assert not list((tmp_path / "s" / "claims").iterdir())
    assert not list((tmp_path / "s").rglob("*.partial"))
    sweep(SMALL, tmp_path / "s", workers=2, live=sweep_doubles.quick)
    assert tables(tmp_path / "s") == tables(undisturbed)


def test_shards_make_the_whole(tmp_path, undisturbed):
    for i in (3, 1, 2):
        report = sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick, shard=(i, 3))
        assert (report.tally.total, report.tally.computed) == (20, 20)
    assert report.missing == 0
    assert tables(tmp_path / "s") == tables(undisturbed)


def test_more_seeds_and_points_keep_what_is_there(tmp_path):
    larger = SMALL.expanded(seeds=7, points=8)
    sweep(SMALL, tmp_path / "grown", workers=1, live=sweep_doubles.quick)
    with pytest.raises(InputError, match="--expand seeds=7 --expand points=8"):
        sweep(larger, tmp_path / "grown", workers=1, live=sweep_doubles.quick)
    report = sweep(larger, tmp_path / "grown", workers=1, live=sweep_doubles.quick, expand=True)
    assert report.tally.computed == 8 * 3 * 7 - 60
    sweep(larger, tmp_path / "at-once", workers=1, live=sweep_doubles.quick)
    assert tables(tmp_path / "grown") == tables(tmp_path / "at-once")
    # The study file still says five seeds; the store knows that there are seven.
    report = sweep(SMALL, tmp_path / "grown", workers=1, live=sweep_doubles.quick)
    assert (report.tally.total, report.tally.computed) == (168, 0)


def test_a_failed_run_keeps_its_story_and_stops_nobody(tmp_path, undisturbed):
    report = sweep(SMALL, tmp_path / "s", workers=2, live=sweep_doubles.failing)
    assert (report.tally.done, report.tally.failed, report.missing) == (48, 12, 12)
    stories = [json.loads(path.read_text()) for path in (tmp_path / "s" / "failures").iterdir()]
    assert len(stories) == 12
    assert {story["attempts"] for story in stories} == {1}
    assert {story["scenario"]["seed"] for story in stories} == {2}
    assert all("in failing" in story["traceback"] and "two is not" in story["error"] for story in stories)
    assert len(comity.load(tmp_path / "s")) == 48
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.failing)
    story = json.loads(next((tmp_path / "s" / "failures").iterdir()).read_text())
    assert story["attempts"] == 2
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    assert not list((tmp_path / "s" / "failures").iterdir())
    assert tables(tmp_path / "s") == tables(undisturbed)


def test_a_run_that_kills_its_workers_is_named(tmp_path):
    study = Study(**KEYS | {"design": {"points": [{"fear_weight": 1.0}]}, "uncertainties": {}})
    report = sweep(study, tmp_path / "s", workers=2, live=sweep_doubles.deadly)
    assert (report.tally.done, report.tally.failed) == (14, 1)
    (story,) = [json.loads(path.read_text()) for path in (tmp_path / "s" / "failures").iterdir()]
    assert "3 workers died" in story["error"]
    assert (story["scenario"]["regime"], story["scenario"]["seed"]) == ("no_receive", 2)


def test_claims_of_the_dead_are_taken_over(tmp_path):
    claim = tmp_path / "run"

    def take(session):
        return worker.Claim(tmp_path, session).take("run")

    assert take("one")
    assert not take("two")
    assert take("one")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    about = json.loads(claim.read_text())
    claim.write_text(json.dumps(about | {"pid": process.pid}))
    assert take("two")
    claim.write_text("")
    assert not take("two")
    old = time.time() - worker.BEING_WRITTEN - 1
    os.utime(claim, (old, old))
    assert take("two")
    claim.write_text("")
    assert not worker.bury(claim, "one")
    assert take("one")
    assert not worker.bury(claim, "two")
    assert worker.bury(claim, "one")
    claim.write_text(json.dumps(about | {"host": "elsewhere"}))
    assert not take("two")
    old = time.time() - worker.STALE - 1
    os.utime(claim, (old, old))
    assert take("two")


@pytest.mark.parametrize("links", [True, False])
def test_a_worker_has_one_claim_at_a_time(tmp_path, monkeypatch, links):
    def refuse(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    ours, theirs = worker.Claim(tmp_path, "ours"), worker.Claim(tmp_path, "theirs")
    assert theirs.take("b")
    for key, taken, held in (("a", True, "a"), ("b", False, "a"), ("c", True, "c")):
        assert ours.take(key) == taken
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["b", held])
        assert json.loads((tmp_path / held).read_text())["session"] == "ours"
    assert not theirs.take("c")
    ours.drop()
    theirs.drop()
    assert not list(tmp_path.iterdir())


# Groups


@pytest.mark.parametrize(
    ("seconds", "left", "width", "expected"),
    [
        (0.0, 1000, 2, 1),  # nothing is known yet
        (0.025, 1000, 2, 10),
        (3.0, 1000, 2, 1),  # long runs go alone
        (0.0001, 1000, 2, runner.MOST),
        (0.025, 20, 2, 5),  # towards the end everybody gets some
        (0.025, 1, 2, 1),
    ],
)
def test_groups_are_short_in_time(seconds, left, width, expected):
    assert runner.group_size(seconds, left, width) == expected


@pytest.fixture
def handed(monkeypatch):
    """Return what the driver hears of groups: how many runs were handed out, and how many receipts came."""
    heard = []
    take = runner._Driver._take

    def listening(driver, group, receipts):
        heard.append((len(group), len(receipts)))
        take(driver, group, receipts)

    monkeypatch.setattr(runner._Driver, "_take", listening)
    return heard


def test_a_worker_killed_within_a_group_costs_one_strike(tmp_path, undisturbed, monkeypatch):
    lost, struck = [], []
    lose, strike = runner._Driver._lost, runner._Driver._strike
    monkeypatch.setattr(
        runner._Driver, "_lost", lambda driver, group: (lost.append(len(group)), lose(driver, group))
    )
    monkeypatch.setattr(
        runner._Driver, "_strike", lambda driver, *run: (struck.append(run[1]), strike(driver, *run))
    )
    live = partial(sweep_doubles.deadly_once, tmp_path / "died")
    report = sweep(SMALL, tmp_path / "s", workers=1, live=live)
    assert max(lost) > 1
    assert [(setup.regime, setup.seed) for setup in struck] == [("no_receive", 2)]
    assert (report.tally.done, report.tally.computed, report.tally.failed) == (60, 60, 0)
    assert tables(tmp_path / "s") == tables(undisturbed)
    assert not list((tmp_path / "s" / "claims").iterdir())


def test_ctrl_c_when_all_is_done_stops_nothing(tmp_path):
    pressed = []

    def interrupt(tally):
        if tally.done == tally.total and not pressed:
            pressed.append(True)
            os.kill(os.getpid(), signal.SIGINT)

    report = sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick, progress=interrupt)
    assert (report.interrupted, report.code, report.missing) == (False, 0, 0)
    assert all((tmp_path / "s" / name).exists() for name in TABLES)


def test_ctrl_c_finishes_the_group_in_hand(tmp_path, undisturbed, handed):
    pressed = []

    def interrupt(tally):
        if tally.computed > 2 and not pressed:
            pressed.append(True)
            os.kill(os.getpid(), signal.SIGINT)

    report = sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.slow, progress=interrupt)
    assert report.interrupted
    assert handed[-1][0] > 1
    assert report.tally.done == sum(receipts for _, receipts in handed) == len(files(tmp_path / "s"))
    assert 0 < report.missing < 57
    assert not list((tmp_path / "s" / "claims").iterdir())
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    assert tables(tmp_path / "s") == tables(undisturbed)


def test_a_group_that_takes_long_comes_back(tmp_path, handed):
    one = Study(**KEYS | {"design": {}, "uncertainties": {}, "levers": {}, "seeds": 12})
    report = sweep(one, tmp_path / "s", workers=1, live=sweep_doubles.lagging)
    assert (report.tally.computed, report.missing) == (12, 0)
    assert [runs > receipts for runs, receipts in handed].count(True) == 1


def test_a_run_that_cannot_be_written_stops_nobody(tmp_path, monkeypatch):
    sizes = []
    submit = runner._Driver._submit
    monkeypatch.setattr(
        runner._Driver, "_submit", lambda driver, group: (sizes.append(len(group)), submit(driver, group))[1]
    )
    report = sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.garbled)
    assert (report.tally.done, report.tally.failed, report.missing) == (48, 12, 12)
    stories = [json.loads(path.read_text()) for path in (tmp_path / "s" / "failures").iterdir()]
    assert {story["scenario"]["seed"] for story in stories} == {2}
    assert max(sizes) > 1
    assert not list((tmp_path / "s" / "claims").iterdir())


# A full disk


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_and_the_sweep_continues(tmp_path, undisturbed, monkeypatch):
    store = Store.create(SMALL, tmp_path / "s")
    ((job, setup),) = store.scenarios([store.jobs[0]])
    task = worker.Task(str(store.folder), ((job.key, setup),), SMALL.measured, "me", sweep_doubles.quick)
    with monkeypatch.context() as patch:
        patch.setattr(runfile, "_as_parquet", full)
        assert worker.execute(task) == [(job.key, "full", "No space left on device")]
    assert [path for path in store.folder.rglob("*") if path.is_file()] == [store.folder / "store.json"]
    with monkeypatch.context() as patch:
        patch.setattr("comity.sweeps.tables.pq.write_table", full)
        with pytest.raises(InputError, match="no space left on device"):
            sweep(SMALL, store.folder, workers=1, live=sweep_doubles.quick)
    assert not list(store.folder.rglob("*.partial"))
    sweep(SMALL, store.folder, workers=1, live=sweep_doubles.quick)
    assert tables(store.folder) == tables(undisturbed)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_is_full_from_the_start(tmp_path):
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    (tmp_path / "s" / "progress.jsonl").unlink()
    (tmp_path / "s" / "progress.jsonl").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"no space left on device.*the same command then continues"):
        sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)


# A cluster


@contextmanager
def cluster(folder):
    """A real scheduler and two workers on the loopback address."""
    address = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
        "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s",
    }
    common = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    command = [
        *common,
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--scheduler-file",
        str(address),
    ]
    processes = [subprocess.Popen(command, env=environment, **quiet)]  # noqa: S603
    try:
        wait_for(address.exists)
        command = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(address)]
        options = [
            "--nthreads",
            "1",
            "--no-nanny",
            "--host",
            "127.0.0.1",
            "--death-timeout",
            "60",
            "--no-dashboard",
        ]
        processes += [subprocess.Popen([*command, *options], env=environment, **quiet) for _ in range(2)]  # noqa: S603
        wait_for(lambda: "address" in address.read_text())
        yield json.loads(address.read_text())["address"], processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_though_a_worker_dies(tmp_path, undisturbed):
    with cluster(tmp_path) as (address, workers):
        killed = []

        def kill_one(tally):
            if tally.computed > 10 and not killed:
                killed.append(workers[0].pid)
                workers[0].kill()

        report = sweep(SMALL, tmp_path / "s", cluster=address, live=sweep_doubles.slow, progress=kill_one)
    assert killed
    assert (report.tally.done, report.tally.failed, report.missing) == (60, 0, 0)
    assert tables(tmp_path / "s") == tables(undisturbed)
