"""Sweeps: whatever happens on the way, the tables at the end are the same, byte for byte."""

import errno
import gc
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import psutil
import pyarrow.parquet as pq
import pytest
import sweep_doubles
from typer.testing import CliRunner

import comity
from comity.cli import app
from comity.problems import ScenarioError
from comity.study import behaviour, findings, runfile, worker
from comity.study.compact import TABLES, compact
from comity.study.design import Study
from comity.study.files import load_study, studies
from comity.study.outcomes import OUTCOMES, measure, wide
from comity.study.question import ask
from comity.study.runner import sweep
from comity.study.store import Store

KEYS = {
    "name": "small",
    "scenario": {"place": "06075", "start": "2010-01-01", "end": "2010-06-30", "scale": 400},
    "uncertainties": {"fear_weight": {}, "ties_weight": {}},
    "levers": {"regimes": ["mandatory", "no_receive", "inactive"]},
    "outcomes": ["removals", "hispanic_victims_who_report"],
    "seeds": 5,
    "design": {"kind": "sobol-sequence", "size": 4},
}
SMALL = Study(**KEYS)
DRIVER = f"""
import json, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import sweep_doubles
from pathlib import Path
from comity.study.design import Study
from comity.study.question import ask
from comity.study.runner import sweep
if __name__ == "__main__":
    keys, folder, live, shard = sys.argv[1:]
    report = sweep(Study(**json.loads(keys)), Path(folder), workers=2, live=getattr(sweep_doubles, live), shard=json.loads(shard))
    print(report.missing, report.interrupted)
"""


def tables(folder):
    """The two tables, as bytes."""
    return [(folder / name).read_bytes() for name in TABLES]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The tables of a sweep that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed") / "store"
    report = sweep(SMALL, folder, workers=1, live=sweep_doubles.quick)
    assert (report.tally.done, report.missing, report.damaged) == (60, 0, {})
    return folder


def drive(folder, live="slow", shard=(1, 1), keys=KEYS):
    """Start a sweep in another process."""
    return subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", DRIVER, json.dumps(keys), str(folder), live, json.dumps(shard)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def files(folder):
    return sorted((folder / "runs").glob("*/*.parquet"))


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def workers_of(process):
    """Processes that compute, below a driver."""
    found = psutil.Process(process.pid).children(recursive=True)
    return [child for child in found if any("forkserver" in part for part in child.cmdline())]


# The store


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


def test_two_sweeps_share_the_work(tmp_path, undisturbed):
    with drive(tmp_path / "s") as one, drive(tmp_path / "s") as other:
        ends = [process.communicate(timeout=60) for process in (one, other)]
    assert [end[0].split() for end in ends] == [["0", "False"]] * 2, ends
    assert tables(tmp_path / "s") == tables(undisturbed)
    lines = [json.loads(line) for line in (tmp_path / "s" / "progress.jsonl").read_text().splitlines()]
    assert len({line["who"] for line in lines}) == 2
    assert {line["total"] for line in lines} == {60}


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
    with pytest.raises(ScenarioError, match="--expand seeds=7 --expand points=8"):
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


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def alter(path):
    """Write other numbers, as another program would."""
    table, manifest = runfile.read(path)
    numbers = np.nan_to_num(table["removals"].to_numpy()) + np.float32(1)
    columns = {name: table[name].to_numpy() for name in table.column_names if name != "date"}
    forged = runfile.Weekly(table["date"].to_numpy(), columns | {"removals": numbers}).table()
    forged = forged.replace_schema_metadata({runfile.MANIFEST: json.dumps(manifest)})
    pq.write_table(forged, path)


def swap(path):
    """Put the result of another run in its place."""
    other = next(each for each in files(path.parents[2]) if each != path)
    path.write_bytes(other.read_bytes())


@pytest.mark.parametrize("harm", [cut, alter, swap, lambda path: path.write_bytes(b"")])
def test_damaged_files_are_found_and_computed_again(tmp_path, undisturbed, harm):
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    harmed = files(tmp_path / "s")[7]
    harm(harmed)
    report = sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    assert list(report.damaged) == [harmed.stem]
    assert report.tally.computed == 1
    assert tables(tmp_path / "s") == tables(undisturbed)


def test_another_version_is_never_mixed(tmp_path, monkeypatch):
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    before = tables(tmp_path / "s")
    monkeypatch.setattr("comity.study.store.behaviour", lambda: "another")
    for use in (lambda: sweep(SMALL, tmp_path / "s"), lambda: comity.load(tmp_path / "s")):
        with pytest.raises(ScenarioError, match="another version of the model"):
            use()
    assert tables(tmp_path / "s") == before


def test_the_version_is_that_of_what_matters(tmp_path, monkeypatch):
    package = Path(behaviour.__file__).parents[1]
    named = [package / name for name in (*behaviour.ROOMS, *behaviour.FILES)]
    assert all(path.exists() for path in named)
    assert behaviour.behaviour() == behaviour.behaviour.__wrapped__()
    monkeypatch.setattr(behaviour, "BEHAVIOUR", 2)
    assert behaviour.behaviour() != behaviour.behaviour.__wrapped__()


def test_another_study_is_refused(tmp_path):
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    other = Study(**KEYS | {"outcomes": ["removals"]})
    with pytest.raises(ScenarioError, match="another study"):
        sweep(other, tmp_path / "s", workers=1, live=sweep_doubles.quick)


def test_claims_of_the_dead_are_taken_over(tmp_path):
    claim = tmp_path / "claim"
    assert worker.take(claim, "one")
    assert not worker.take(claim, "two")
    assert worker.take(claim, "one")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    about = json.loads(claim.read_text())
    claim.write_text(json.dumps(about | {"pid": process.pid}))
    assert worker.take(claim, "two")
    claim.write_text("")
    assert not worker.take(claim, "two")
    old = time.time() - worker.BEING_WRITTEN - 1
    os.utime(claim, (old, old))
    assert worker.take(claim, "two")
    claim.write_text("")
    assert not worker.bury(claim, "one")
    assert worker.take(claim, "one")
    assert not worker.bury(claim, "two")
    assert worker.bury(claim, "one")
    claim.write_text(json.dumps(about | {"host": "elsewhere"}))
    assert not worker.take(claim, "two")
    old = time.time() - worker.STALE - 1
    os.utime(claim, (old, old))
    assert worker.take(claim, "two")


# A full disk


def full(*_):
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
        patch.setattr("comity.study.compact._write_table", full)
        with pytest.raises(ScenarioError, match="no space left on device"):
            sweep(SMALL, store.folder, workers=1, live=sweep_doubles.quick)
    assert not list(store.folder.rglob("*.partial"))
    sweep(SMALL, store.folder, workers=1, live=sweep_doubles.quick)
    assert tables(store.folder) == tables(undisturbed)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_is_full_from_the_start(tmp_path):
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    (tmp_path / "s" / "progress.jsonl").unlink()
    (tmp_path / "s" / "progress.jsonl").symlink_to("/dev/full")
    with pytest.raises(ScenarioError, match=r"no space left on device.*the same command then continues"):
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


# Reading


def test_load_gives_a_tidy_frame(undisturbed):
    frame = comity.load(undisturbed)
    assert list(frame.columns[:6]) == ["run", "point", "place", "regime", "hypotheses", "seed"]
    assert list(frame.columns[6:]) == [
        "fear_weight",
        "ties_weight",
        "removals",
        "hispanic_victims_who_report",
    ]
    assert frame["run"].tolist() == list(range(60))
    assert frame.groupby("regime", observed=True)["seed"].unique().map(list).tolist() == [[1, 2, 3, 4, 5]] * 3
    points = SMALL.points().loc[frame["point"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(frame[["fear_weight", "ties_weight"]], points)


def test_weeks_add_up_to_runs(undisturbed):
    weeks = comity.load(undisturbed, weekly=True)
    assert len(weeks) == 60 * sweep_doubles.WEEKS
    rate, weight = weeks["hispanic_victims_who_report"], weeks["hispanic_victims_who_report_weight"]
    runs = weeks.assign(sum=rate * weight, weight=weight).groupby("run")[["removals", "sum", "weight"]].sum()
    whole = comity.load(undisturbed)
    assert runs["removals"].to_numpy() == pytest.approx(whole["removals"], rel=1e-6)
    assert (runs["sum"] / runs["weight"]).to_numpy() == pytest.approx(
        whole["hispanic_victims_who_report"], rel=1e-6
    )
    part = comity.load(undisturbed, ["removals"], since="2010-01-08", until="2010-01-15")
    chosen = weeks[weeks["date"].between("2010-01-08", "2010-01-15")].groupby("run")["removals"].sum()
    assert part["removals"].to_numpy() == pytest.approx(chosen, rel=1e-6)


def test_unknown_outcomes_are_named(undisturbed):
    with pytest.raises(ScenarioError, match=r"not kept by this study(.|\n)*did you mean removals"):
        comity.load(undisturbed, ["matches", "removal"])


def test_other_programs_read_the_tables(undisturbed):
    path = str(undisturbed / "weekly.parquet")
    ours = comity.load(undisturbed, ["removals"], weekly=True)["removals"].sum()
    ducks = duckdb.sql(f"SELECT sum(removals) FROM '{path}'").fetchall()[0][0]  # noqa: S608 - our own path
    bears = pl.scan_parquet(path).select(pl.col("removals").cast(pl.Float64).sum()).collect().item()
    assert (ducks, bears) == (pytest.approx(ours, rel=1e-5), pytest.approx(ours, rel=1e-5))


def test_results_are_summarised_with_intervals(undisturbed):
    summary = findings.means(ask(undisturbed, ["removals"]))
    assert summary["regime"].tolist() == ["mandatory", "no_receive", "inactive"]
    assert (summary["n"] == 4).all()
    assert (summary["low"] < summary["mean"]).all()
    assert (summary["mean"] < summary["high"]).all()


# The model itself


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """Two regimes, lived by the model."""
    study = Study(
        **KEYS | {"design": {}, "uncertainties": {}, "levers": {"regimes": ["mandatory"]}, "seeds": 2}
    )
    folder = tmp_path_factory.mktemp("lived") / "store"
    sweep(study, folder, workers=1)
    return study, folder


def test_a_sweep_finds_what_a_run_finds(lived):
    study, folder = lived
    model = comity.CooperationModel(study.scenario, seed=2)
    spread = wide(model.run().table())
    model.close()
    frame = comity.load(folder).set_index("seed")
    for outcome in study.measured:
        assert frame.loc[2, outcome.id] == pytest.approx(
            measure(spread, outcome, study.scenario.start), nan_ok=True
        )


def test_every_file_says_how_it_came_about(lived):
    _, folder = lived
    _, manifest = runfile.read(files(folder)[0])
    assert manifest["scenario_hash"] == comity.Scenario(**manifest["scenario"]).digest()
    assert set(manifest["versions"]) == {"comity", "numpy", "numba", "mesa", "python"}
    assert str(Path(comity.__file__).parent) not in json.dumps(manifest)


def test_a_thousand_runs_need_no_more_memory_than_a_hundred():
    setup = SMALL.scenario.with_(end="2010-01-31", scale=4000)
    here = psutil.Process()
    sizes = []
    for seed in range(1100):
        worker.live(setup.model_copy(update={"seed": seed}), OUTCOMES)
        if seed in (100, 1099):
            gc.collect()
            sizes.append(here.memory_info().rss)
    assert sizes[1] - sizes[0] < 20e6


# The command line


def comity_(*arguments, code=0):
    result = CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "80", "TERM": "dumb"})
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


FILE = """
seeds = 2
outcomes = ["removals"]
[scenario]
scale = 400
start = 2010-01-01
end = 2010-03-31
[levers]
regimes = ["mandatory", "inactive"]
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(FILE)
    return tmp_path


def test_a_dry_run_says_how_much_it_is_and_leaves_nothing(here):
    shown = comity_("sweep", "mine.toml", "--dry-run")
    assert "1 points x 2 cases x 2 seeds = 4 runs" in shown
    assert "still to do: 4 runs, about 0:00:0" in shown
    assert "disk: about" in shown
    assert [path.name for path in here.iterdir()] == ["mine.toml"]


def test_a_sweep_from_the_command_line(here):
    shown = comity_("sweep", "mine.toml", "--workers", 1, "--log", "log.txt")
    assert "4 of 4 runs are done, 4 of them now" in shown
    assert "4 of 4 runs" in (here / "log.txt").read_text()
    assert comity_("sweep", "mine.toml", "--workers", 1, "--quiet", "--expand", "seeds=3") == ""
    shown = comity_("results", "mine.toml")
    assert "6 of 6 runs are done" in shown
    assert "mandatory" in shown
    assert "runs.parquet" in comity_("compact", here / "results" / "local" / "mine")


def test_built_in_studies_are_sound():
    assert "fear-and-ties" in studies()
    for name in studies():
        study = load_study(name)
        assert study.name == name
        assert len(study.points()) * len(study.cases()) * study.seeds.number == study.size


def test_compacting_twice_changes_nothing(undisturbed):
    before = tables(undisturbed)
    assert compact(Store.open(undisturbed)) == []
    for name in TABLES:
        (undisturbed / name).unlink()
    compact(Store.open(undisturbed))
    assert tables(undisturbed) == before


def test_a_store_without_runs_can_be_read(tmp_path):
    Store.create(SMALL, tmp_path / "s")
    assert comity.load(tmp_path / "s").empty
    assert comity.load(tmp_path / "s", weekly=True).empty
    assert comity.load(tmp_path / "s", since="2010-02-01").empty
    assert "none is done yet" in comity_("results", tmp_path / "s", code=2)


def test_reading_removes_and_tells_what_is_damaged(tmp_path):
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    (tmp_path / "s" / "runs.parquet").unlink()
    cut(files(tmp_path / "s")[3])
    with pytest.warns(UserWarning, match="1 damaged files were removed; sweep again"):
        assert len(comity.load(tmp_path / "s")) == 59


@pytest.mark.parametrize("name", TABLES)
def test_an_altered_table_is_made_again(tmp_path, undisturbed, name):
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    path = tmp_path / "s" / name
    column = (
        pq.ParquetFile(path).metadata.row_group(0).column(pq.read_schema(path).get_field_index("removals"))
    )
    content = bytearray(path.read_bytes())
    content[column.data_page_offset + column.total_compressed_size - 5] ^= 1
    path.write_bytes(content)
    with pytest.warns(UserWarning, match=f"{name} was damaged"):
        frame = comity.load(tmp_path / "s", weekly=name == "weekly.parquet")
    pd.testing.assert_frame_equal(frame, comity.load(undisturbed, weekly=name == "weekly.parquet"))
    assert tables(tmp_path / "s") == tables(undisturbed)
