"""Who reads writes, moves and removes nothing, whatever was done to what is read: names and bytes are the same afterwards."""

import shutil
import warnings
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sweep_doubles import SMALL_TOML
from typer.testing import CliRunner

import comity
from comity.app import published
from comity.cli import app
from comity.model import CooperationModel
from comity.output import run
from comity.problems import InputError
from comity.sweeps.written import TABLES

SETTINGS = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def command(*arguments):
    """Run a command, which ends well or in a message."""
    result = CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "80", "TERM": "dumb"})
    assert result.exit_code in (0, 2), (arguments, result.output, result.exception)
    assert "Traceback" not in result.output
    return result


def library(call):
    """Call a function, which returns something or refuses."""
    with suppress(InputError):
        call()


def page(root):
    """Look at every table that the page lists."""
    for entry in published.listing(root):
        for name in entry["tables"]:
            with suppress(InputError):
                published.table(published.file(root, entry["name"], name))


def content(folder):
    """Return the names of everything in a folder, and the bytes of the files."""
    found = sorted(folder.rglob("*"))
    return [(path.relative_to(folder), None if path.is_dir() else path.read_bytes()) for path in found]


def harmed(folder, data):
    """Alter, cut, empty or remove what is there, put a folder in its place, or something else beside it."""
    for _ in range(data.draw(st.integers(0, 3))):
        path = data.draw(st.sampled_from([path for path in sorted(folder.rglob("*")) if path.is_file()]))
        old = path.read_bytes()
        at = data.draw(st.integers(0, max(0, len(old) - 1)))
        harm = data.draw(st.sampled_from(["alter", "cut", "empty", "remove", "folder", "swap", "more"]))
        match harm:
            case "alter":
                path.write_bytes(old[:at] + bytes([(old[at] if old else 0) ^ 1]) + old[at + 1 :])
            case "cut":
                path.write_bytes(old[:at])
            case "empty":
                path.write_bytes(b"")
            case "remove" | "folder" if len(list(folder.rglob("*"))) > 2:
                path.unlink()
                if harm == "folder":
                    path.mkdir()
                    (path / "thesis.txt").write_text("irreplaceable")
            case "swap":
                path.write_bytes(b"PAR1" + old)
            case _:
                name = data.draw(
                    st.sampled_from([".x-1.partial", ".comity-1.partial", "mine.txt", "x.parquet"])
                )
                (path.parent / name).write_text("somebody's")


@SETTINGS
@given(data=st.data())
def test_readers_of_stores(undisturbed, tmp_path_factory, data):
    here = tmp_path_factory.mktemp("here")
    store = here / "s"
    shutil.copytree(undisturbed, store)
    harmed(store, data)
    behind = store / data.draw(st.sampled_from(TABLES))
    if behind.is_file() and data.draw(st.booleans()):
        behind.unlink()
    (here / "study.toml").write_text(SMALL_TOML)
    before = content(store)
    dates = {"since": "2010-02-01", "until": "2010-05-01"}
    readers = {
        "results": lambda: command("results", store),
        "analyse": lambda: command("analyse", store, "--into", here / "analysed"),
        "dry run": lambda: command(
            "sweep", here / "study.toml", "--out", store, "--dry-run", "--expand", "seeds=9"
        ),
        "load": lambda: library(lambda: comity.load(store)),
        "weekly": lambda: library(lambda: comity.load(store, weekly=True)),
        "dates": lambda: library(lambda: comity.load(store, **dates)),
        "page": lambda: page(here),
        "report": lambda: command("report", "--results", here, "--out", here / "reported"),
    }
    name = data.draw(st.sampled_from(sorted(readers)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        readers[name]()
    assert content(store) == before


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A folder with results of a run, a comparison, a saved run and imported tables."""
    here = tmp_path_factory.mktemp("lived")
    model = CooperationModel(place="06075", scale=2000, start="2010-06-01", end="2010-07-31").run()
    run.write_run(here / "results" / "run", model)
    (here / "saved").mkdir()
    model.save(here / "saved" / "run.npz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMITY_DATA", str(here / "kept"))
        table = here / "dates.csv"
        table.write_text("fips,activation\n06075,2010-06-08\n06001,2010-06-08\n")
        assert command("data", "import", "activation", table).exit_code == 0
        table.unlink()
    return here


@SETTINGS
@given(data=st.data())
def test_readers_of_results_saved_runs_and_imported_tables(lived, tmp_path_factory, data):
    here = tmp_path_factory.mktemp("there") / "all"
    shutil.copytree(lived, here)
    harmed(here, data)
    kept = [path.stem.partition("-")[2] for path in (lived / "kept").glob("*.csv")]
    before = content(here)
    use = f"data.activation={kept[0]}"
    away = tmp_path_factory.mktemp("away")
    readers = {
        "data show": lambda: command("data", "show"),
        "check": lambda: command("check", "san-francisco", "--set", use),
        "short": lambda: command("check", "san-francisco", "--set", f"data.activation={kept[0][:12]}"),
        "places": lambda: command("show", "places", "alameda", "--set", use),
        "report": lambda: command("report", "--results", here / "results", "--out", away / "reported"),
        "saved": lambda: library(lambda: CooperationModel.load(here / "saved" / "run.npz")),
        "page": lambda: page(here),
    }
    name = data.draw(st.sampled_from(sorted(readers)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMITY_DATA", str(here / "kept"))
        readers[name]()
    assert content(here) == before


def test_the_page_does_not_show_an_altered_table(tmp_path, undisturbed):
    shutil.copytree(undisturbed, tmp_path / "s")
    path = tmp_path / "s" / "runs.parquet"
    assert published.table(path)["rows"]
    path.write_bytes(path.read_bytes() + b"PAR1")
    with pytest.raises(InputError, match="damaged or altered"):
        published.table(path)


def test_a_dry_run_does_not_grow_the_store(tmp_path, undisturbed):
    shutil.copytree(undisturbed, tmp_path / "s")
    (tmp_path / "study.toml").write_text(SMALL_TOML)
    before = content(tmp_path)
    options = ["--out", tmp_path / "s", "--dry-run", "--expand", "seeds=6"]
    assert "still to do: 12 runs" in command("sweep", tmp_path / "study.toml", *options).output
    assert content(tmp_path) == before
