"""What a sweep leaves: files that are checked, tables that other programs read, and what the commands say of them."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import warnings
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sweep_doubles
from store_runs import comity_
from sweep_doubles import KEYS, SMALL, SMALL_TOML, files, tables

import comity
from comity import CooperationModel
from comity.analyse import findings
from comity.analyse.question import ask
from comity.problems import InputError
from comity.scenario import Scenario
from comity.sweeps import runfile
from comity.sweeps.files import load_study, studies
from comity.sweeps.outcomes import measure, wide
from comity.sweeps.runner import sweep
from comity.sweeps.store import Store
from comity.sweeps.study import Study
from comity.sweeps.tables import compact
from comity.sweeps.written import RECORD, TABLES, usable

# Files


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
    for module in ("store", "written"):
        monkeypatch.setattr(f"comity.sweeps.{module}.behaviour", lambda *_, **__: "another")
    for use in (lambda: sweep(SMALL, tmp_path / "s"), lambda: comity.load(tmp_path / "s")):
        with pytest.raises(InputError, match="another version of the model"):
            use()
    assert tables(tmp_path / "s") == before


def test_another_study_is_refused(tmp_path):
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    other = Study(**KEYS | {"outcomes": ["removals"]})
    with pytest.raises(InputError, match="another study"):
        sweep(other, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    path = tmp_path / "other.toml"
    path.write_text(SMALL_TOML.replace('outcomes = ["removals"', 'outcomes = ["matches", "removals"'))
    assert load_study(path).digest() != SMALL.digest()
    for command in (["results"], ["compact"], ["analyse", "--into", str(tmp_path / "into")]):
        told = comity_(command[0], str(path), "--out", str(tmp_path / "s"), *command[1:], code=2)
        assert "another study" in " ".join(told.split())
    assert not (tmp_path / "into").exists()
    with pytest.raises(InputError, match="another study"):
        comity.load(path, out=tmp_path / "s")
    assert "runs are done" in comity_("results", str(tmp_path / "s"))


@pytest.mark.parametrize("days", [1, 7, 30, 0])
@pytest.mark.parametrize("end", ["2010-02-28", "2010-03-01", "2010-03-06"])
def test_a_day_from_which_outcomes_count_has_a_period_behind_it(days, end):
    """Nothing was counted from the last days on, which no period begins on, and 0 stood there as a result."""
    scenario = Scenario.of(place="06075", scale=2000, start="2010-01-01", end=end, recording_days=days)
    starts = CooperationModel(scenario).run().starts()
    assert starts[-1] == scenario.last_period
    Study(**KEYS | {"scenario": scenario, "since": scenario.last_period})
    for off in (timedelta(1), timedelta(-400)):
        with pytest.raises(InputError, match=f"valid: a day from 2010-01-01 to {scenario.last_period}"):
            Study(**KEYS | {"scenario": scenario, "since": scenario.last_period + off})


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


LOADING = """
import shutil
import sys
import warnings
import comity
for about in ({}, {"weekly": True}, {"since": "2010-01-15"}, {"outcomes": "removals"}):
    assert len(comity.load(sys.argv[1], **about))
print(*(name for name in sys.modules if name.startswith("comity.")))
"""


def test_loading_two_tables_visits_few_modules(undisturbed):
    """In a process of its own, which knows no other module yet."""
    command = [sys.executable, "-c", LOADING, str(undisturbed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - this Python, our own code
    visited = done.stdout.split()
    assert len(visited) < 8, visited
    assert not {"comity.sweeps.study", "comity.scenario"} & set(visited)


WAYS = ({}, {"weekly": True}, {"since": "2010-01-15"}, {"until": "2010-02-01", "outcomes": ["removals"]})


def older(folder):
    """Make tables what they were before they said anything of themselves."""
    record = json.loads((folder / RECORD).read_text())
    for name in TABLES:
        pq.write_table(pq.read_table(folder / name).replace_schema_metadata(None), folder / name)
        record["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / RECORD).write_text(json.dumps({key: record[key] for key in ("of", "sha256")}))


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"levers": {"regimes": ["inactive"], "community_policing": [0.1, 0.2]}, "since": date(2010, 1, 20)},
        {"groups": ["Hispanic, US-born"], "places": ["06075", "06037"]},
        {"uncertainties": {}, "design": {}, "seeds": 3},
        {"outcomes": ["ay_matches_per_submission"], "scenario": "united-states"},
    ],
    ids=["as it is", "values of policies", "groups and places", "one point", "estimates"],
)
def test_tables_of_before_and_those_that_say_what_they_are_load_alike(tmp_path, other):
    sweep(Study(**KEYS | other), tmp_path / "s", workers=1, live=sweep_doubles.quick)
    assert usable(tmp_path / "s")
    new = [comity.load(tmp_path / "s", **way) for way in WAYS[: 3 if "outcomes" in other else 4]]
    older(tmp_path / "s")
    assert usable(tmp_path / "s") is None
    for way, frame in zip(WAYS, new, strict=False):
        pd.testing.assert_frame_equal(frame, comity.load(tmp_path / "s", **way))


def test_tables_that_are_behind_are_not_believed(tmp_path):
    """One run has gone, or another has come, since they were written."""
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    files(tmp_path / "s")[0].unlink()
    with pytest.warns(UserWarning, match="is not up to date"):
        assert len(comity.load(tmp_path / "s")) == 59


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
    with pytest.raises(InputError, match=r"not kept by this study(.|\n)*did you mean removals"):
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


MEMORY = """
import gc
import psutil
from sweep_doubles import SMALL
from comity.sweeps.measurers import live
from comity.sweeps.outcomes import OUTCOMES

setup = SMALL.scenario.with_(end="2010-01-31", scale=4000)
sizes = []
for seed in range(1100):
    live(setup.model_copy(update={"seed": seed}), OUTCOMES)
    if seed in (100, 1099):
        gc.collect()
        sizes.append(psutil.Process().memory_info().rss)
print(sizes[1] - sizes[0])
"""


def test_a_thousand_runs_need_no_more_memory_than_a_hundred():
    """In a process of its own: what other tests left behind may be handed back meanwhile, or hide what is lost."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(  # noqa: S603 - this Python, running this package
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True, env=environment
    )
    assert int(done.stdout) < 20e6


# The command line


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
    assert "none is done yet" in comity_("compact", tmp_path / "s", code=2)
    assert not list((tmp_path / "s").glob("*.parquet"))


def test_reading_leaves_out_and_tells_what_is_damaged(tmp_path, undisturbed):
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    (tmp_path / "s" / "runs.parquet").unlink()
    cut(files(tmp_path / "s")[3])
    for _ in range(2):
        with pytest.warns(UserWarning, match="1 of them are damaged and left out"):
            assert len(comity.load(tmp_path / "s")) == 59
    assert len(files(tmp_path / "s")) == 60
    assert "1 files are damaged and left out" in comity_("compact", tmp_path / "s")
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    assert tables(tmp_path / "s") == tables(undisturbed)
    assert len(list((tmp_path / "s" / "altered").iterdir())) == 1


def flip(path):
    """Turn one bit of a page."""
    index = pq.read_schema(path).get_field_index("removals")
    column = pq.ParquetFile(path).metadata.row_group(0).column(index)
    content = bytearray(path.read_bytes())
    content[column.data_page_offset + column.total_compressed_size - 5] ^= 1
    path.write_bytes(content)


def edit(path):
    """Write other numbers, as somebody would who wants to."""
    table = pq.read_table(path)
    index = table.schema.get_field_index("removals")
    forged = np.full(len(table), 9999, table["removals"].type.to_pandas_dtype())
    pq.write_table(table.set_column(index, "removals", pa.array(forged)), path)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("harm", [flip, edit, lambda path: path.write_bytes(path.read_bytes()[:-9])])
def test_an_altered_table_is_not_believed(tmp_path, undisturbed, name, harm):
    """Who reads takes the files of runs instead and leaves it; who writes sets it aside."""
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    path = tmp_path / "s" / name
    harm(path)
    altered = path.read_bytes()
    with pytest.warns(UserWarning, match=f"{name} was damaged or altered: files of runs are read instead"):
        frame = comity.load(tmp_path / "s", weekly=name == "weekly.parquet")
    pd.testing.assert_frame_equal(frame, comity.load(undisturbed, weekly=name == "weekly.parquet"))
    assert path.read_bytes() == altered
    with pytest.warns(UserWarning, match=f"{name} was damaged or altered, is set aside"):
        compact(Store.open(tmp_path / "s"))
    assert tables(tmp_path / "s") == tables(undisturbed)
    assert [found.read_bytes() for found in (tmp_path / "s" / "altered").iterdir()] == [altered]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(
    "keys", [{}, {"weekly": True}, {"since": "2010-02-01"}], ids=["whole", "weekly", "since"]
)
def test_a_table_that_is_not_there_is_done_without(tmp_path, undisturbed, name, keys):
    store = tmp_path / "store"
    shutil.copytree(undisturbed, store)
    (store / name).unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # which says that it is not there
        pd.testing.assert_frame_equal(comity.load(store, **keys), comity.load(undisturbed, **keys))
    assert not (store / name).exists()


@pytest.mark.parametrize("record", [b"", b"[]", b"{}", b'{"of": 1, "sha256": 2}', None])
def test_tables_without_their_checksums_are_not_believed(tmp_path, undisturbed, record):
    sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    path = tmp_path / "s" / RECORD
    path.unlink() if record is None else path.write_bytes(record)
    with pytest.warns(UserWarning, match="was damaged or altered"):
        frame = comity.load(tmp_path / "s")
    pd.testing.assert_frame_equal(frame, comity.load(undisturbed))
    with pytest.warns(UserWarning, match="was damaged or altered, is set aside"):
        sweep(SMALL, tmp_path / "s", workers=1, live=sweep_doubles.quick)
    assert tables(tmp_path / "s") == tables(undisturbed)
