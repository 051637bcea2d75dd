"""The command that analyses a sweep: tables, pictures and a manifest for every design, and what it refuses."""

import re
import shlex
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from bundles import manifest_of
from typer.testing import CliRunner

from comity.analyse import requirements
from comity.cli import app
from comity.sweeps.designs import Design
from comity.sweeps.files import load_study
from comity.sweeps.runfile import Weekly
from comity.sweeps.runner import sweep
from comity.sweeps.study import Study

KEYS = {
    "scenario": {"place": "06075", "start": "2010-01-01", "end": "2010-03-31", "scale": 4000},
    "uncertainties": {"fear_weight": {}, "ties_weight": {}, "dice": {"dummy": True}},
    "levers": {"regimes": ["mandatory", "inactive"]},
    "outcomes": ["removals", "hispanic_victims_who_report"],
    "seeds": 2,
}
SMALLER = """
seeds = 2
outcomes = ["removals", "hispanic_victims_who_report"]
[scenario]
start = 2010-12-25
end = 2011-03-31
scale = 4000
[uncertainties]
fear_weight = {}
ties_weight = {}
dummy = {dummy = true}
[levers]
regimes = ["mandatory", "no_receive", "inactive"]
[design]
kind = "sobol"
size = 32
"""
DESIGNS = {
    "sobol": ({"kind": "sobol", "size": 32}, "Sobol's total index"),
    "morris": ({"kind": "morris", "trajectories": 10, "levels": 4}, "Morris' mu*"),
    "latin-hypercube": ({"kind": "latin-hypercube", "size": 130}, "PAWN"),
    "grid": ({"kind": "grid", "levels": 4}, "not with a grid design"),
}


def feared(scenario, outcomes):
    """Outcomes that follow one parameter and the regime, beside a little noise that all regimes share."""
    level = 40 - 10 * scenario.parameters.fear_weight * (2.0 if scenario.regime == "mandatory" else 1.0)
    noise = np.random.default_rng(scenario.seed % 2**32).normal(0, 0.1)
    names = [name for o in outcomes for name in ((o.id, f"{o.id}_weight") if o.weight else (o.id,))]
    values = {name: 1.0 if name.endswith("_weight") else level + noise for name in names}
    dates = np.datetime64(scenario.start) + 7 * np.arange(4).astype("timedelta64[D]")
    return Weekly(dates, {name: np.full(4, value, np.float32) for name, value in values.items()})


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def swept(folder, **keys):
    sweep(Study(**KEYS | keys), folder / "store", workers=1, live=feared)
    return folder / "store"


def analyse(*arguments, code=0):
    terminal = {"COLUMNS": "80", "TERM": "dumb"}
    result = CliRunner().invoke(app, ["analyse", *map(str, arguments)], env=terminal)
    assert result.exit_code == code, (result.output, result.exception)
    assert "Traceback" not in result.output
    return result.output


@pytest.mark.parametrize("kind", DESIGNS)
def test_every_design_gets_what_it_allows(here, kind):
    design, named = DESIGNS[kind]
    criterion = "change in hispanic_victims_who_report > 10"
    shown = analyse(swept(here, design=design), "--into", "found", "--fails", criterion)
    assert named in shown
    assert "Difference from mandatory" in shown
    made = {path.name for path in (here / "found").iterdir()}
    wanted = {"means.csv", "paired.csv", "discovery.csv", "manifest.json", "discovery-inactive.png"}
    assert wanted <= made
    limits = pd.read_csv(here / "found" / "discovery.csv").set_index("parameter")
    assert limits.index.tolist() == ["fear_weight"]
    assert limits.loc["fear_weight", "box_low"] == pytest.approx(1.0, abs=0.35)
    manifest = manifest_of(here / "found")
    assert (manifest["baseline"], manifest["fails"]) == ("mandatory", criterion)
    assert manifest["study"]["design"]["kind"] == kind
    if kind != "grid":
        indices = pd.read_csv(here / "found" / "sensitivity.csv").set_index("parameter")
        assert indices.loc["fear_weight", "above_floor"].all()
        assert not indices.loc["ties_weight", "above_floor"].any()
        assert set(indices["what"]) == {"level", "difference"}
        assert {f"sensitivity-removals-{regime}.png" for regime in KEYS["levers"]["regimes"]} <= made


def test_policies_places_and_hypotheses_are_told_apart(here):
    levers = {"regimes": ["mandatory", "inactive"], "mandate": [0, 1], "hypotheses": ["H0", "H2"]}
    store = swept(here, levers=levers, places=["06075", "06037"], design=DESIGNS["grid"][0])
    shown = analyse(store, "--outcomes", "removals", "--fails", "removals > 20")
    pairs = pd.read_csv(here / "results" / "local" / "study-analysis" / "paired.csv")
    assert pairs[["place", "hypotheses", "mandate"]].drop_duplicates().shape == (8, 3)
    assert "place 06037, hypotheses H0, mandate 0" in " ".join(shown.split())
    assert shown.count("Difference from mandatory") == 8
    pictures = sorted(path.stem for path in (here / "results" / "local" / "study-analysis").glob("*.png"))
    assert len([name for name in pictures if name.startswith("discovery-mandatory")]) == 8


def test_one_regime_has_no_differences(here):
    store = swept(here, levers={"regimes": ["inactive"]}, design=DESIGNS["sobol"][0])
    shown = analyse(store, "--into", "found")
    assert "Difference" not in shown
    assert not (here / "found" / "paired.csv").exists()
    assert set(pd.read_csv(here / "found" / "sensitivity.csv")["what"]) == {"level"}


@pytest.mark.portable
def test_a_second_analysis_overwrites_nothing(here):
    store = swept(here, uncertainties={}, design={})
    analyse(store)
    analyse(store)
    assert sorted(path.name for path in (here / "results" / "local").iterdir()) == [
        "study-analysis",
        "study-analysis-2",
    ]


@pytest.mark.filterwarnings("ignore:runs.parquet is not up to date")
def test_an_unfinished_sweep_says_what_is_missing(here):
    store = swept(here, design=DESIGNS["sobol"][0])
    for path in sorted((store / "runs").glob("*/*"))[:100]:
        path.unlink()
    shown = analyse(store, "--into", "found")
    assert "points have no run" in shown.replace("\n", " ")
    assert pd.read_csv(here / "found" / "means.csv")["n_missing"].sum() == 2 * 100


def test_everything_wrong_is_said_at_once(here):
    (here / "full").mkdir()
    (here / "full" / "thesis.txt").write_text("irreplaceable")
    store = swept(here, uncertainties={}, design={})
    options = ("--outcomes", "happiness", "--baseline", "inactve", "--fails", "removal < 3", "--into", "full")
    lines = analyse(store, *options, code=2).splitlines()
    assert [line.split(" = ")[0] for line in lines] == [
        "command line: --into",
        "command line: --fails",
        "results: outcomes",
        "command line: --baseline",
    ]
    assert all("; valid: " in line for line in lines)
    assert "did you mean removals?" in lines[1]
    assert "did you mean inactive?" in lines[3]
    assert (here / "full" / "thesis.txt").read_text() == "irreplaceable"


@pytest.mark.parametrize(
    "text", ["removals", "removals < ", "removals < x", "removals == 3", "", "1 < removals", "a < 1e999x"]
)
def test_a_criterion_that_is_none(here, text):
    store = swept(here, uncertainties={}, design={})
    (line,) = analyse(store, "--fails", text, code=2).splitlines()
    assert f"--fails = '{text}': not understood" in line


def test_a_store_without_runs(here):
    (here / "study.toml").write_text('[levers]\nregimes = ["mandatory"]\n')
    assert "no results here" in analyse("study.toml", code=2)


def blocks(page, language):
    """The blocks of code of a page in one language."""
    text = (Path(__file__).parents[1] / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_code_of_the_docs_runs(here):
    (here / "fear-and-ties").mkdir()  # found before the built-in study, which takes minutes
    (here / "fear-and-ties" / "study.toml").write_text(SMALLER, encoding="utf-8")
    sweep(load_study("fear-and-ties"), workers=1, live=feared)
    names: dict[str, object] = {}
    for page in ("analysis.md", "sweeps.md"):
        for block in blocks(page, "python"):
            exec(block, names)  # noqa: S102 - our own docs
    assert {path.name for path in here.glob("*.png")} == {"differences.png", "sobol.png", "box.png"}
    (query,) = blocks("sweeps.md", "sql")
    assert len(duckdb.sql(query).fetchall()) == 3 * 4
    commands = [line for block in blocks("analysis.md", "sh") for line in block.splitlines()]
    assert len(commands) == 2
    for command in commands:
        analyse(*shlex.split(command)[2:])


def test_few_base_points_are_refused_where_they_would_mislead():
    # The first columns of the two matrices are alike: an index that is one would come out as 0.15.
    names = [f"x{k}" for k in range(5)]
    few, enough = (Design(kind="sobol", size=size).unit(dict.fromkeys(names)) for size in (16, 64))
    with pytest.raises(ValueError, match="16 base points are too few: the two values of x0, x1"):
        requirements.saltelli(few, names)
    requirements.saltelli(enough, names)
