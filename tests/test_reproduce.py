"""Published experiments once more: tables, verdicts, files, and one coarse nation that is lived in earnest."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from bundles import manifest_of
from typer.testing import CliRunner

from comity.cli import app
from comity.problems import InputError
from comity.published import estimates, experiments, registry, reproduce, targets
from comity.published.joint import joint
from comity.published.plots import draw
from comity.sweeps.files import load_study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

GJW = "goncalves-jacome-weisburst"
REGIMES = ("founding-case",)
"""Experiments that compare regimes and keep no estimates."""
ESTIMATED = [name for name in experiments.names() if name not in REGIMES]
NATIONAL = [name for name in ESTIMATED if load_study(name).scenario.place == "US"]
PUBLISHED = {target.id: target for target in targets.published()}


def _of(name: str) -> list[targets.Target]:
    return [target for target in PUBLISHED.values() if target.experiment == name]


def _published_runs(name: str, seeds: int = 3) -> pd.DataFrame:
    """Return runs that find exactly what was published."""
    values = {target.estimate: target.value for target in _of(name) if target.estimate}
    return pd.DataFrame([values] * seeds, index=range(1, seeds + 1), dtype=float)


@pytest.mark.parametrize("name", experiments.names())
def test_every_experiment_is_whole(name: str) -> None:
    place = experiments.folder() / name
    study = load_study(name)
    assert {"README.md", "study.toml", "expected.csv"} <= {path.name for path in place.iterdir()}
    answered = {target.estimate for target in _of(name) if target.estimate}
    if name in REGIMES:
        assert not experiments.keeps_estimates(study)
        return
    assert experiments.keeps_estimates(study)
    assert answered <= set(study.outcomes)
    asked = {name for name in study.outcomes if not name.startswith("gjw_event_")} - {"gjw_recorded_change"}
    assert asked <= answered


def test_every_answered_target_is_reproduced_somewhere() -> None:
    assert {target.experiment for target in PUBLISHED.values() if target.estimate} == set(ESTIMATED)


def test_expected_tables_say_what_was_published(tmp_path: Path) -> None:
    written = experiments.write_expected(place=tmp_path)
    assert [path.parent.name for path in written] == ESTIMATED
    for path in written:
        assert path.read_bytes() == (experiments.folder() / path.parent.name / path.name).read_bytes()


def test_the_nation_is_lived_once_for_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    sweeps = reproduce.prepare("all").sweeps()
    assert len(sweeps) == 1 + len(REGIMES) + len(ESTIMATED) - len(NATIONAL)
    [nation] = [sweep for sweep in sweeps if sweep.study.scenario.place == "US"]
    assert nation.study.outcomes == estimates.at_home(registry.NATION)
    assert {reproduce.prepare(name).experiments[0].store for name in NATIONAL} == {nation.folder}
    assert reproduce.prepare(GJW, quick=True).experiments[0].store != nation.folder
    assert reproduce.prepare(GJW, seeds=3).experiments[0].store == nation.folder
    assert reproduce.prepare(GJW, seeds=30).sweeps()[0].study.seeds.number == 30


def test_what_finds_what_was_published_is_inside() -> None:
    for name in NATIONAL:
        table = reproduce.compare(_of(name), _published_runs(name)).set_index("target")
        for target in _of(name):
            expected = "silent" if not target.estimate else "failed" if target.value is None else "inside"
            if target.sign == "0" and target.value:  # every run has it exactly: surely not zero
                expected = "inside, not null"
            assert table.loc[target.id, "verdict"] == expected, target.id


def test_means_intervals_and_missing_numbers() -> None:
    runs = pd.DataFrame(
        {"mc_log_crime": [0.0, 0.02, np.nan, 0.04], "mc_log_violent": np.nan}, index=[1, 2, 3, 4]
    )
    table = reproduce.compare(_of("miles-cox"), runs, [("seed 3, historical", "ValueError: no")])
    row = table.set_index("target").loc["T13"]
    assert (row["model"], row["runs"], row["missing"]) == (pytest.approx(0.02), 3, 1)
    assert row["model_high"] - row["model"] == pytest.approx(4.302653 * 0.02 / math.sqrt(3))
    assert row["verdict"] == "inside"
    assert table.set_index("target")["verdict"].to_dict() == {
        "T13": "inside",
        "T13b": "failed",
        "T13c": "silent",
        "run": "failed",
    }
    assert table.iloc[-1]["note"] == "ValueError: no"


@pytest.mark.parametrize("name", experiments.names())
@pytest.mark.parametrize("told", ["all", "signs", "none"])
def test_every_experiment_can_be_drawn_whatever_is_known_of_it(name: str, told: str) -> None:
    """Numbers that are not there are missing numbers in every table, also where a table has none."""
    experiment = reproduce.prepare(name).experiments[0]
    own = [target for target in experiment.targets if told != "signs" or target.value is None]
    names = [target.estimate for target in own if target.estimate]
    runs = pd.DataFrame(math.nan if told == "none" else 1.0, index=range(1, 4), columns=names)
    table = reproduce.compare(own, runs)
    numbers = table[list(reproduce.NUMBERS)]
    assert set(numbers.dtypes) == {np.dtype(float)}
    figure = draw(experiments.Reproduction(experiment, runs, table, pd.DataFrame()))
    figure.canvas.draw()


def test_an_estimate_that_no_run_has_is_a_row_that_failed() -> None:
    table = reproduce.compare(_of("miles-cox"), pd.DataFrame(index=[1, 2]))
    assert list(table["verdict"]) == ["failed", "failed", "silent"]
    assert list(table["missing"]) == [2, 2, 0]


def test_the_three_numbers_together() -> None:
    runs = _published_runs(GJW).assign(gjw_recorded_change=-1.5)
    table = joint(_of(GJW), runs).set_index("quantity")
    both = table.loc["recorded crime, change in %: both together"]
    assert both["model"] == pytest.approx(both["published"])
    assert both["published"] == pytest.approx(100 * ((1 - 9.446 / 31.5) * (1 + 0.152 / 0.95) - 1))
    assert round(both["published"]) == -19
    assert table.loc["recorded crime, change in %: estimated by itself", "model"] == -1.5
    together = table.iloc[-1]
    assert together["model"] == pytest.approx(together["published"])

    off = joint(_of(GJW), runs.assign(gjw_victimisation_hispanic=0.152 + 2 * 0.067)).set_index("quantity")
    assert together["model"] - off.iloc[-1]["model"] == pytest.approx(2.0)  # two standard errors
    assert joint(_of("miles-cox"), _published_runs("miles-cox")).empty


def test_local_differences_are_paired_by_seed_in_per_cent_of_the_baseline() -> None:
    experiment = reproduce.prepare("founding-case").experiments[0]
    runs = pd.DataFrame(
        [
            {"seed": seed, "regime": regime, "into_ice_custody": base + seed + change, "detainers": 5.0}
            for seed, base in ((1, 100), (2, 300))
            for regime, change in (("mandatory", 0), ("no_receive", 0), ("state_withhold", -20))
        ]
    )
    chosen = [t for t in experiment.targets if t.id in {"F01", "F02", "F04"}]
    found = reproduce._differences(runs, chosen)
    assert list(found["into_ice_custody@no_receive"]) == [0, 0]
    per_seed = [pytest.approx(-100 * 20 / 101), pytest.approx(-100 * 20 / 302)]
    assert list(found["into_ice_custody@state_withhold"]) == per_seed
    alone = reproduce._differences(runs[runs["seed"] == 1], chosen)
    pd.testing.assert_frame_equal(alone, found.loc[[1]])  # more seeds add rows and change none
    table = reproduce.compare(experiment.targets, found)
    verdicts = table.set_index("target")["verdict"]
    assert verdicts[["F01", "F02", "F04"]].to_list() == ["inside", "inside", "right sign"]
    assert verdicts["F08"] == "failed"  # no run of that regime


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gonzalez"], ["experiment", "goncalves-jacome-weisburst"]),
        (["mile-cox", "--targets", "none.toml", "--out", "full"], ["did you mean miles-cox", "No such file"]),
        (
            ["miles-cox", "--out", "full", "--targets", "bad.toml"],
            ["already holds files", "T13.value", "T13.sign"],
        ),
    ],
)
def test_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("full/miles-cox").mkdir(parents=True)
    Path("full/miles-cox/mine.txt").write_text("mine")
    Path("bad.toml").write_text(
        '[[finding]]\nid = "T13"\n[[finding.target]]\nid = "T13"\nuse = "fitting"\nvalue = "x"\n'
    )
    result = CliRunner().invoke(app, ["reproduce", *arguments])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.output
    assert not Path("results").exists()


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Result]]:
    """Yield the folder in which every experiment was reproduced in the quick form, and what was printed."""
    place = tmp_path_factory.mktemp("nation")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        first = CliRunner().invoke(app, ["reproduce", GJW, "--quick", "--quiet", "--out", "one"])
        assert first.exit_code == 0, first.output
        yield place, first


def _digests(place: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.iterdir()}


def test_it_writes_table_picture_and_manifest(nation: tuple[Path, Result]) -> None:
    place, result = nation
    own = place / "one" / GJW
    written = {
        "table.csv",
        "runs.csv",
        "joint.csv",
        "figure.png",
        "figure.svg",
        "manifest.json",
        "ro-crate-metadata.json",
    }
    assert set(_digests(own)) == written
    rows = list(csv.DictReader((own / "table.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["target"] for row in rows] == [target.id for target in _of(GJW)]
    assert {row["verdict"] for row in rows} <= {"inside", "right sign", "wrong", "silent"}
    assert all(row["model"] for row in rows if row["verdict"] != "silent")
    manifest = manifest_of(own)
    assert manifest["scenario"]["scale"] == 1000
    assert manifest["seeds"] == [1]
    assert "inside the published interval" in result.output


def _times(place: Path) -> dict[Path, int]:
    """Return when every run's file was written."""
    found = {path: path.stat().st_mtime_ns for path in place.glob("results/local/*/runs/**/*.parquet")}
    assert found
    return found


def test_twice_gives_the_same_files_and_others_share_the_runs(
    nation: tuple[Path, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = nation
    monkeypatch.chdir(place)
    lived = _times(place)
    for name in (GJW, "national-funnel"):
        result = CliRunner().invoke(
            app, ["reproduce", name, "--quick", "--quiet", "--out", "two", "--workers", "1"]
        )
        assert result.exit_code == 0, result.output
    assert _times(place) == lived  # no run is computed again
    assert _digests(place / "two" / GJW) == _digests(place / "one" / GJW)
    assert (place / "two" / "national-funnel" / "figure.png").stat().st_size > 10_000
    assert len(list((place / "results" / "local").iterdir())) == 1
    again = CliRunner().invoke(app, ["reproduce", GJW, "--quick", "--quiet", "--out", "two"])
    assert again.exit_code == 2  # what is there is not overwritten
    assert "already holds files" in again.output


def test_a_target_changed_by_one_digit_changes_the_verdict(
    nation: tuple[Path, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = nation
    monkeypatch.chdir(place)
    text = targets.default_file().read_text(encoding="utf-8")
    assert text.count("value = 0.95\n") == 1
    Path("mine.toml").write_text(text.replace("value = 0.95\n", "value = 9.95\n"), encoding="utf-8")
    arguments = ["reproduce", GJW, "--quick", "--quiet", "--out", "three", "--targets", "mine.toml"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    tables = [pd.read_csv(place / out / GJW / "table.csv").set_index("target") for out in ("one", "three")]
    changed = tables[0]["verdict"] != tables[1]["verdict"]
    assert list(changed[changed].index) == ["T01b"]


def test_a_run_that_fails_is_a_row(nation: tuple[Path, Result], monkeypatch: pytest.MonkeyPatch) -> None:
    place, _ = nation
    monkeypatch.chdir(place)
    plan = reproduce.prepare("miles-cox", quick=True, seeds=2, out=Path("four"))
    store = plan.experiments[0].store
    about = {"error": "ValueError: told\nmore", "scenario": {"seed": 2, "regime": "historical"}}
    failure = store / "failures" / f"{'0' * 64}.json"
    failure.write_text(json.dumps(about))
    try:
        found = reproduce.reproduce(plan.experiments[0])
    finally:
        failure.unlink()
    assert found.table.iloc[-1][["statement", "verdict", "note"]].to_list() == [
        "seed 2, historical",
        "failed",
        "ValueError: told",
    ]
    assert list(found.table["missing"].iloc[:2]) == [
        1,
        2,
    ]  # nowhere has so coarse a nation violent crime in every month
    assert (reproduce.write(found, plan) / "figure.png").exists()


def test_unknown_experiments_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean trust-act"):
        reproduce.prepare("trust_act")


@pytest.mark.parametrize(
    "wrong", ["into_ice_custody@no_recieve", "custody@no_receive", "into_ice_custody@mandatory"]
)
def test_an_unknown_estimate_is_refused_before_anything_is_run(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    real = experiments.expectations

    def altered(name: str) -> list[targets.Target]:
        first, *others = real(name)
        return [first.model_copy(update={"estimate": wrong}), *others]

    monkeypatch.setattr(experiments, "expectations", altered)
    with pytest.raises(InputError, match="unknown estimate"):
        reproduce.prepare("founding-case")
