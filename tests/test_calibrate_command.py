"""`comity calibrate` from a study to a folder, and that it cannot read what is held out."""

import ast
import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bundles import manifest_of
from typer.testing import CliRunner

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from faults import TARGET, TARGETS

from comity.calibrate import abc, command, defaults, history, infer, plots, ranks, recovery
from comity.cli import app
from comity.parameters import describe
from comity.problems import InputError
from comity.published import targets
from comity.sweeps import runner
from comity.sweeps.files import load_study
from comity.sweeps.runfile import Weekly

MODULES = (infer, plots, defaults, command, abc, recovery, ranks, history)

STUDY = """
name = "toy"
seeds = 1
outcomes = ["removals", "detainers", "matches"]
[scenario]
place = "06075"
scale = 400
[uncertainties.fear_weight]
low = 0.5
[uncertainties.media_rate]
distribution = "loguniform"
low = 0.002
high = 0.05
[design]
kind = "sobol-sequence"
size = 256
"""


def target(id_, estimate, value, use, se=0.5):
    low, high = value - 1.96 * se, value + 1.96 * se
    return TARGET.format(id=id_, estimate=estimate, value=value, use=use, se=se, low=low, high=high)


def findings(folder, held_out=1.0, fitted=9.0):
    path = folder / "targets.toml"
    rows = [
        target("A", "removals", fitted, "fitting"),
        target("B", "detainers", -4.0, "fitting"),
        target("C", "matches", 2.0, "selection"),
        target("D", "removals", held_out, "holding out"),
    ]
    path.write_text(TARGETS + "".join(rows), encoding="utf-8")
    return path


def lived(setup, outcomes):
    """Stand in for the model: two numbers that know the parameters, one that does not, all with noise."""
    known = setup.parameters
    noise = np.random.default_rng(int(setup.digest()[:8], 16)).normal(0, 0.2, 3)
    numbers = np.array([5 * known.fear_weight, np.log(known.media_rate), 2.0]) + noise
    day = np.array([setup.start], "datetime64[D]")
    return Weekly(
        day, dict(zip(("removals", "detainers", "matches"), numbers[:, None].astype(np.float32), strict=True))
    )


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Return the file of a study and the folder of its sweep."""
    folder = tmp_path_factory.mktemp("sweep")
    path = folder / "toy.toml"
    path.write_text(STUDY, encoding="utf-8")
    runner.sweep(load_study(path), folder / "store", workers=1, live=lived)
    return path, folder / "store"


@pytest.fixture(scope="module")
def once(swept, tmp_path_factory):
    """Return what a calibration writes, and what it says."""
    return commanded(swept, tmp_path_factory.mktemp("once"))


def commanded(swept, tmp_path, **changed):
    path, store = swept
    into = tmp_path / f"out-{len(list(tmp_path.glob('out-*')))}"
    options = ["--out", str(store), "--into", str(into), "--targets", str(findings(tmp_path, **changed))]
    done = CliRunner().invoke(app, ["calibrate", str(path), *options])
    assert done.exit_code == 0, done.output
    return into, done.output


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_from_a_study_to_a_folder(once):
    folder, said = once
    assert "Posterior" in said
    expected = {
        "posterior.csv",
        "predictive.csv",
        "recovery.csv",
        "recovery-trials.csv",
        "model-error.csv",
        "residuals.csv",
        "history.csv",
        "waves.csv",
        "draws.csv",
        "choice.csv",
        "manifest.json",
        "ro-crate-metadata.json",
    }
    expected |= {
        *(
            f"{name}.{ending}"
            for name in ("posterior", "predictive", "recovery", "ranks")
            for ending in ("png", "svg")
        ),
        "narrowed.toml",
    }
    assert set(contents(folder)) == expected
    table = pd.read_csv(folder / "posterior.csv").set_index("parameter")
    assert table.loc["fear_weight", "median"] == pytest.approx(1.8, abs=0.1)
    assert np.log(table.loc["media_rate", "median"]) == pytest.approx(-4.0, abs=0.4)
    manifest = manifest_of(folder)
    assert manifest["fitted"] == {"A": [9.0, 0.5], "B": [-4.0, 0.5]}
    assert manifest["predicted"] == ["C"]
    chosen = pd.read_csv(folder / "choice.csv").iloc[0]
    assert manifest["chosen"] == {name: chosen[name] for name in ("fear_weight", "media_rate")}
    assert list(pd.read_csv(folder / "predictive.csv")["id"]) == ["A", "B", "C"]
    assert len(pd.read_csv(folder / "draws.csv")) == infer.DRAWS
    assert load_study(folder / "narrowed.toml").uncertainties["fear_weight"].low > 1


@pytest.mark.parametrize("held_out", [1.0, -1e9], ids=["twice", "nonsense"])
def test_twice_is_the_same_and_held_out_findings_change_nothing(swept, tmp_path, once, held_out):
    again, _ = commanded(swept, tmp_path, held_out=held_out)
    assert contents(once[0]) == contents(again)


def test_a_fitted_finding_changes_the_posterior(swept, tmp_path, once):
    other, _ = commanded(swept, tmp_path, fitted=7.0)
    medians = [pd.read_csv(folder / "posterior.csv")["median"][0] for folder in (once[0], other)]
    assert medians[0] - medians[1] == pytest.approx(0.4, abs=0.1)


def names_of(module):
    """Return every name that a module reads, imports or mentions as an attribute."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield from node.name.split(".")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_calibration_has_no_way_to_what_is_held_out(module):
    found = set(names_of(module))
    assert not found & {
        "published",
        "default_file",
        "tomllib",
        "reproduce",
        "getattr_static",
        "importlib.import_module",
    }
    if "targets" in found:
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "targets"
        }
        assert used <= {"fitting", "selection"}
    imported = {
        alias.name
        for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "comity.published.targets"
        for alias in node.names
    }
    assert imported <= {"Target", "Z95"}  # a type, and a quantile of the normal law


def test_held_out_numbers_of_the_real_file_are_out_of_reach(tmp_path):
    real = targets.default_file().read_text(encoding="utf-8")
    head, *tables = real.split("[[finding.target]]")
    spoilt = [
        re.sub(r"(?m)^(value|se|low|high) = .*$", r'\1 = "nonsense"', table)
        if 'use = "holding out"' in table
        else table
        for table in tables
    ]
    assert spoilt != tables
    path = tmp_path / "targets.toml"
    path.write_text("[[finding.target]]".join([head, *spoilt]), encoding="utf-8")
    task = command.prepare("calibration", tmp_path / "store", findings=path)
    assert task.fitting == targets.fitting()
    assert task.selection == targets.selection()
    assert {finding.use for finding in task.fitting} == {"fitting"}


def test_the_study_keeps_what_is_fitted_and_predicted_and_varies_what_is_uncertain():
    study = load_study("calibration")
    fitted, selecting = ({found.estimate for found in use()} for use in (targets.fitting, targets.selection))
    assert fitted <= set(study.outcomes) <= fitted | selecting
    assert study.dummies  # without one, all points share their dice, and the noise of a run is not seen
    for name, entry in study.uncertainties.items():
        if entry.dummy:
            continue
        meta = describe(name)
        assert meta.role == "uncertain"
        assert meta.low <= entry.low < entry.high <= meta.high


def test_everything_wrong_is_said_at_once(swept, tmp_path):
    path, store = swept
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    file = findings(tmp_path)
    file.write_text(file.read_text().replace('"detainers"', '"hispanic_victimisation"'), encoding="utf-8")
    with pytest.raises(InputError) as error:
        command.prepare(str(path), store, tmp_path / "taken", findings=file)
    said = str(error.value)
    assert "--into" in said
    assert "hispanic_victimisation: not kept by this study" in said
    done = CliRunner().invoke(app, ["calibrate", "calibratoin"])
    assert done.exit_code == 2
    assert "Traceback" not in done.output


@pytest.mark.parametrize("size", [1, 16, 64])
@pytest.mark.parametrize("lever", ["", '[levers]\nhypotheses = ["H2", "H4", "H2+H4"]\n'])
def test_too_few_runs_are_refused_before_the_first(tmp_path, size, lever):
    path = tmp_path / "toy.toml"
    path.write_text(STUDY.replace("[design]", f"{lever}[design]").replace("256", str(size)), encoding="utf-8")
    with pytest.raises(InputError, match=r"design = .*too few runs: 50% .* 80 runs or more"):
        command.prepare(str(path), tmp_path / "store", findings=findings(tmp_path))
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(("size", "share"), [(128, 40 / 127), (256, abc.SHARE)])
def test_of_few_runs_more_are_accepted(tmp_path, size, share):
    path = tmp_path / "toy.toml"
    path.write_text(STUDY.replace("256", str(size)), encoding="utf-8")
    assert command.prepare(str(path), tmp_path / "store", findings=findings(tmp_path)).share == share


@pytest.mark.parametrize("name", ["calibration", "trust-hypotheses"])
def test_shipped_studies_have_as_many_runs_as_they_need(tmp_path, name):
    assert command.prepare(name, tmp_path / "store").plan.study.name == name


def test_quick_is_small(swept, tmp_path):
    task = command.prepare(
        str(swept[0]), tmp_path / "store", tmp_path / "out", quick=True, findings=findings(tmp_path)
    )
    assert task.plan.study.size == command.QUICK_SIZE
    assert task.plan.study.scenario.scale == command.QUICK_SCALE
    assert task.plan.study.name == "toy-quick"
    runner.sweep(task.plan.study, task.plan.folder, workers=1, live=lived)
    folder = command.calibrate(task).write()
    assert json.loads((folder / "manifest.json").read_text())["diagnostics"]["runs"] == command.QUICK_SIZE


def test_a_sweep_over_hypotheses_shows_whether_they_are_told_apart(tmp_path):
    text = STUDY.replace("[design]", '[levers]\nhypotheses = ["H2", "H2+H2b+H4+H5+H8"]\n[design]')
    path = tmp_path / "toy.toml"
    path.write_text(text, encoding="utf-8")
    task = command.prepare(str(path), tmp_path / "store", tmp_path / "out", findings=findings(tmp_path))
    runner.sweep(task.plan.study, task.plan.folder, workers=1, live=lived)
    done = command.calibrate(task)
    assert done.posterior.diagnostics["runs"] == 256
    # The stand-in does not know hypotheses, so nobody could tell them apart.
    matrix = done.tables["hypotheses"]
    assert matrix["H2"].to_numpy() == pytest.approx(0.5, abs=0.1)
    assert "hypotheses" in done.pictures
    # Nobody chooses defaults by a study that asks which hypotheses can be told apart.
    assert done.manifest()["chosen"] == {}
