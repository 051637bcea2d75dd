"""The command line: what it prints, what it writes, and that it ends politely."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import comity
from comity.cli import OBSERVERS, app
from comity.hypotheses import HYPOTHESES
from comity.model import CooperationModel
from comity.observe.observers import OBSERVERS as REGISTRY
from comity.output import run
from comity.parameters import Parameters
from comity.scenario import load

FILES = [
    *("attempts.csv", "funnel.csv", "manifest.json", "police.csv"),
    *("ro-crate-metadata.json", "scenario.toml"),
    *("weekly.csv", "weekly.parquet"),
]
SMALL = """
place = "06003"
start = 2010-01-01
end = 2010-12-31
compare = ["no_receive", "mandatory"]
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in an empty folder that holds one small scenario."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path


def comity_(*arguments, code=0):
    """Run a command, expect an exit code and return what it printed."""
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "80", "TERM": "dumb"})
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


def test_without_a_command_it_helps():
    assert "compare" in comity_()
    assert "compare" in comity_("--help")


def test_it_knows_its_version():
    assert comity_("--version").strip() == "comity 0.1.0"


def test_starting_imports_nothing_heavy():
    code = "import sys, comity.cli; print(*{'mesa', 'numba', 'pandas', 'pyarrow', 'pydantic', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == ""


SLOW = frozenset(
    {
        *(
            "holidays",   "matplotlib", "mesa",       "mesa.space", "networkx",   "numba",      "numpy",
            "openpyxl",   "pandas",     "pyarrow",
        ),
        *("scipy", "scipy.special._orthogonal", "scipy.stats", "starlette"),
    }
)  # fmt: skip
"""Libraries, and parts of some, that take long to import."""

OF_AGENTS = ("pandas", "pyarrow") if find_spec("mesa.agentset") else ()
"""What Mesa 3.5 imports with its agents."""


@pytest.mark.parametrize(
    ("command", "uses"),
    [
        ("--help", set()),
        ("show regimes", {"numpy"}),
        ("show parameters", {"numpy"}),
        ("show day", {"numpy", "mesa", *OF_AGENTS}),
        ("check san-francisco", {"numpy"}),
        ("check united-states --set place=Cook,IL", {"numpy"}),
        (
            "run san-francisco --set scale=2000 --set end=2009-01-05 --out out",
            {"numpy", "mesa", "numba", "pandas", "pyarrow", "scipy"},
        ),
    ],
)
@pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="other modules are loaded")
def test_a_command_imports_what_it_uses(tmp_path, command, uses):
    code = "import sys\nfrom comity.cli import app\ntry: app(sys.argv[1:])\nfinally: print(*sys.modules, file=sys.stderr)"
    arguments = [sys.executable, "-c", code, *command.split()]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=tmp_path)  # noqa: S603
    assert SLOW & set(done.stderr.split()) == uses


def test_mesa_is_whole_for_those_who_ask_for_it():
    code = (
        "import comity.model, sys, mesa; assert 'mesa.space' not in sys.modules; print(mesa.space.__name__, mesa.__version__); "
        "assert mesa.Model is comity.model.Model and mesa.batch_run and not hasattr(mesa, 'nothing')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split()[0] == "mesa.space"


def test_mesa_names_its_loggers_as_ever():
    show = (
        "import mesa.model; from mesa import mesa_logging as m; "
        "named = {c.cell_contents for c in mesa.model.Model.__init__.__closure__ if isinstance(c.cell_contents, str)}; "
        "print(*named, m.inspect.__name__, *(n for n in m._module_loggers if n in ('mesa.agent', 'mesa.model')))"
    )
    quick, usual = (
        subprocess.check_output([sys.executable, "-c", first + show], text=True)  # noqa: S603
        for first in ("import comity.agents.light_mesa;", "")
    )
    assert quick == usual


def test_scipys_special_functions_are_all_there_for_those_who_ask():
    code = (
        "import sys; from comity.world import people; f = people._special().betaincinv; import scipy; "
        "assert 'scipy.special._orthogonal' not in sys.modules; from scipy.special import expit, betaincinv; "
        "assert betaincinv(2.0, 3.0, 0.4) == f(2.0, 3.0, 0.4); print(expit(0.0), scipy.special.erf(0.0)); import scipy.stats"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split() == ["0.5", "0.0"]


@pytest.mark.parametrize("topic", ["regimes", "hypotheses", "parameters", "day", "places"])
def test_what_is_shown_fits_a_terminal(topic):
    shown = comity_("show", topic)
    assert max(map(len, shown.splitlines())) <= 80
    assert "..." not in shown.replace("…", "...")


def test_every_parameter_and_hypothesis_is_shown():
    assert set(Parameters.model_fields) <= set(comity_("show", "parameters").split())
    assert set(HYPOTHESES) <= set(comity_("show", "hypotheses").split())


def test_part_of_a_name_is_enough():
    shown = comity_("show", "places", "francisco")
    assert "06075" in shown
    assert "06037" not in shown
    assert "no_receive" in comity_("show", "regimes", "receive")
    assert "fear_weight" in comity_("show", "parameters", "FEAR")


def test_the_day_can_be_timed():
    shown = comity_("show", "day", "--timings")
    assert shown.count("forward_and_match") == 2
    assert "100%" in shown


def test_check_says_what_a_scenario_is(here):
    shown = comity_("check", "small.toml", "--set", "fear_weight=0.5")
    assert "365, from 2010-01-01 to 2010-12-31" in shown
    assert "fear_weight" in shown
    assert "trust_weight" not in shown
    assert list(here.iterdir()) == [here / "small.toml"]


def test_run_writes_where_it_was_told(here):
    shown = comity_("run", "small.toml", "--seed", "7", "--out", "deep/out")
    assert "deep/out" in shown.splitlines()[-1]
    assert sorted(path.name for path in (here / "deep" / "out").iterdir()) == FILES
    assert sorted(path.name for path in here.iterdir()) == ["deep", "small.toml"]


def test_observers_are_named_written_and_listed(here):
    assert ", ".join(REGISTRY) == OBSERVERS
    comity_("run", "small.toml", "--observe", "calls,victim_survey", "--out", "out")
    tables = ["calls", "victim_incidents", "victim_interviews"]
    files = [f"{name}.{ending}" for name in tables for ending in ("csv", "parquet")]
    assert sorted(path.name for path in (here / "out").iterdir()) == sorted(FILES + files)
    rows = json.loads((here / "out" / "manifest.json").read_text())["observed"]
    assert rows == {name: len(pd.read_parquet(here / "out" / f"{name}.parquet")) for name in tables}
    text = pd.read_csv(here / "out" / "calls.csv", dtype={"county": str})
    assert len(text) == rows["calls"] == 12 * 6
    assert set(text["county"]) == {"06003"}


def test_an_unknown_observer_is_named_with_everything_else(here):
    shown = comity_("run", "small.toml", "--observe", "calls,crime", "--set", "scale=0", code=2)
    assert "command line: observe = 'crime': no such observer; valid: victim_survey, " in shown
    assert "scale" in shown
    assert list(here.iterdir()) == [here / "small.toml"]


@pytest.fixture(scope="module")
def finished():
    """A small run that has been lived."""
    return CooperationModel(
        load(overrides=["place=06003", "start=2010-01-01", "end=2010-12-31", "seed=3"])
    ).run()


def test_what_is_written_reads_back(finished, tmp_path):
    run.write_run(tmp_path / "out", finished)
    weekly = pd.read_parquet(tmp_path / "out" / "weekly.parquet")
    assert list(weekly.columns) == ["date", "county", "group", "measure", "value"]
    text = pd.read_csv(tmp_path / "out" / "weekly.csv", dtype={"county": str}, parse_dates=["date"])
    assert text["value"].to_numpy() == pytest.approx(weekly["value"].to_numpy(), rel=1e-12, nan_ok=True)
    assert (text["county"] == weekly["county"].astype(str)).all()
    assert load(tmp_path / "out" / "scenario.toml") == finished.setup
    assert len(pd.read_csv(tmp_path / "out" / "funnel.csv")) == len(finished.funnel())


def test_the_manifest_says_how_a_run_came_about(finished, tmp_path):
    run.write_run(tmp_path / "out", finished)
    text = (tmp_path / "out" / "manifest.json").read_text()
    manifest = json.loads(text)
    assert set(manifest["versions"]) == {"comity", "python", "numpy", "numba", "mesa"}
    assert manifest["seed"] == 3
    assert manifest["scenario_hash"] == finished.setup.digest()
    assert manifest["scenario"]["place"] == "06003"
    assert manifest["seconds"] >= 0
    assert len(manifest["attempts"]) == len(finished.timeline.attempts)
    for folder in (str(tmp_path), str(Path(comity.__file__).parent)):
        assert folder not in text


def test_runs_without_a_folder_get_new_ones(here):
    for expected in ("small-seed1", "small-seed1-2", "small-seed1-3"):
        assert f"results/local/{expected}" in comity_("run", "small.toml", "--set", "end=2010-01-31")
        assert sorted(path.name for path in (here / "results" / "local" / expected).iterdir()) == FILES


def test_an_empty_folder_is_filled(here):
    (here / "out").mkdir()
    comity_("run", "small.toml", "--set", "end=2010-01-31", "--out", "out")
    assert sorted(path.name for path in (here / "out").iterdir()) == FILES


def test_a_run_is_never_overwritten(here):
    comity_("run", "small.toml", "--set", "end=2010-01-31", "--out", "out")
    before = {path: path.read_bytes() for path in (here / "out").iterdir()}
    comity_("run", "small.toml", "--set", "end=2010-01-31", "--out", "out", code=2)
    assert {path: path.read_bytes() for path in (here / "out").iterdir()} == before


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_nothing_is_left_of_a_run_that_stops(here, monkeypatch, stop):
    def stops(*_, **__):
        raise stop

    monkeypatch.setattr(CooperationModel, "run", stops)
    shown = comity_("run", "small.toml", "--out", "deep/out", code=130 if stop is KeyboardInterrupt else 1)
    assert shown == ("interrupted; nothing was written\n" if stop is KeyboardInterrupt else "")
    assert list(here.iterdir()) == [here / "small.toml"]


def test_an_interruption_that_somebody_swallows_still_counts(here, monkeypatch):
    callback = ctypes.CFUNCTYPE(None)(
        lambda: signal.raise_signal(signal.SIGINT)
    )  # as the compiler calls Python

    def swallows(_, progress, **__):
        callback()
        progress(1, 365)

    monkeypatch.setattr(CooperationModel, "run", swallows)
    assert comity_("run", "small.toml", "--out", "out", code=130) == "interrupted; nothing was written\n"
    assert list(here.iterdir()) == [here / "small.toml"]


def test_somebody_else_may_be_faster(tmp_path):
    def write():
        with run.new_folder(tmp_path / "out") as staging:
            (staging / "ours").write_text("ours")
            (tmp_path / "out").mkdir(exist_ok=True)
            (tmp_path / "out" / "theirs").write_text("theirs")

    with pytest.raises(run.InputError, match="out"):
        write()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["theirs"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_compare_shows_and_writes_differences(here):
    shown = comity_("compare", "small.toml", "--set", "end=2010-06-30", "--seeds", "2", "--out", "out")
    assert "no receive" in shown
    assert max(map(len, shown.splitlines())) <= 80
    names = {path.name for path in (here / "out").iterdir()}
    assert {"comparison.csv", "comparison.png", "manifest.json", "scenario.toml"} <= names
    manifest = json.loads((here / "out" / "manifest.json").read_text())
    assert (manifest["regimes"], manifest["seeds"]) == (["no_receive", "mandatory"], 2)


def test_story_is_told(here):
    assert "Resident 5" in comity_("story", "small.toml", "--resident", "5")


def test_story_of_nobody(here):
    shown = comity_("story", "small.toml", "--resident", "99999999", code=2)
    assert "resident = 99999999: no such resident; valid: a number from 0 to" in shown


def start(*arguments, **keywords):
    code = "from comity.cli import main; main()"
    return subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", code, *arguments], text=True, stderr=subprocess.PIPE, **keywords
    )


def test_a_closed_pipe_ends_quietly():
    with start("show", "parameters", stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_cleanly(here):
    arguments = ("run", "--set", "place=US", "--set", "scale=20", "--out", "out")
    with start(*arguments, stdout=subprocess.DEVNULL, cwd=here) as process:
        deadline = time.monotonic() + 120
        while not list(here.glob(".comity-*.partial")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        message = process.stderr.read()
        assert process.wait() == 130, message
    assert "Traceback" not in message
    assert message.splitlines()[-1] == "interrupted; nothing was written"
    assert list(here.iterdir()) == [here / "small.toml"]


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "comity", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("comity ")
