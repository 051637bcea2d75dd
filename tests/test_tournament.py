"""The tournament: who wins on made-up runs, what is counted when a number is missing, and one small tournament as a whole."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bundles import manifest_of
from scipy.stats import norm
from typer.testing import CliRunner

from comity.cli import app
from comity.published import targets
from comity.sweeps.files import load_study
from comity.tournament import claims, scores, tournament

FALL, REST = "gjw_reporting_hispanic", "ay_log_offences"
KNOWN = {target.id: target for target in targets.national()}
REPORTING, OFFENCES, LEVEL = KNOWN["T02"], KNOWN["T11"], KNOWN["T02b"]
TWO = [REPORTING, OFFENCES]


def runs_of(draws: str = "prior", seeds: int = 1, **numbers: Any) -> pd.DataFrame:
    """Return runs: by hypothesis, a list with a value of each estimate per draw, the same with every seed."""
    rows = [
        {"draws": draws, "point": point, "seed": seed, "hypotheses": name} | values
        for name, listed in numbers.items()
        for point, values in enumerate(listed)
        for seed in range(1, seeds + 1)
    ]
    return pd.DataFrame(rows)


def at(reporting: float, offences: float) -> dict[str, float]:
    return {FALL: reporting, REST: offences}


def published() -> dict[str, float]:
    assert REPORTING.value is not None
    assert OFFENCES.value is not None
    return at(REPORTING.value, OFFENCES.value)


def cell(table: Any, hypothesis: str, target: str) -> Any:
    return table[(table["hypothesis"] == hypothesis) & (table["target"] == target)].iloc[0]


def test_who_reproduces_everything_wins() -> None:
    assert REPORTING.value is not None
    around = [
        at(REPORTING.value, offences) for offences in (-0.01, 0.01, 0.03)
    ]  # a null holds zero among its draws
    runs = runs_of(H0=[at(0, 0.5)] * 3, H1=[at(-5, 0.2)] * 3, H2=around)
    table = scores.scores(runs, TWO, scores.SEEN)
    assert list(table["hypothesis"]) == ["H2", "H1", "H0"]
    assert table["share"].iloc[0] > 0.99
    assert list(table["decided_by"]) == ["", "T11", "T11"]
    states = scores.matrix(runs, TWO)
    assert set(states.loc[states["hypothesis"] == "H2", "standing"]) == {"reproduced"}
    assert set(states.loc[states["hypothesis"] == "H0", "standing"]) == {"not reproduced"}


def test_a_score_is_the_log_of_the_mean_likelihood() -> None:
    values = [-2.0, -9.0, -14.0]
    table = scores.scores(runs_of(H1=[at(v, 0.0) for v in values]), [REPORTING], scores.SEEN)
    expected = math.log(np.mean(norm.pdf(values, REPORTING.value, REPORTING.se)))
    assert table["score"].iloc[0] == pytest.approx(expected)


def test_flexibility_is_punished() -> None:
    """Both cover what was published; one of them covers much else besides."""
    sharp = [at(v, 0.0) for v in np.linspace(-12, -7, 21)]
    flexible = [at(v, 0.0) for v in np.linspace(-60, 41.1, 21)]
    assert min(abs(entry[FALL] - float(REPORTING.value or 0)) for entry in flexible) < 0.2
    table = scores.scores(runs_of(H1=flexible, H2=sharp), [REPORTING], scores.SEEN).set_index("hypothesis")
    assert table.loc["H1", "behind"] > 1
    assert table.loc["H1", "effective_draws"] < table.loc["H2", "effective_draws"]


def test_the_noise_of_seeds_is_part_of_the_error() -> None:
    rng = np.random.default_rng(1)
    runs = runs_of(seeds=200, H1=[at(-2, 0.0)])
    runs[FALL] += rng.normal(0, 50, len(runs))
    found = scores.answers(runs, [REPORTING])
    assert found.variances[0, 0, 0] == pytest.approx(50**2 / 200, rel=0.3)
    total = float(REPORTING.se or 0) ** 2 + found.variances[0, 0, 0]
    expected = norm.logpdf(float(REPORTING.value or 0), found.numbers[0, 0, 0], math.sqrt(total))
    assert found.likelihoods()[0, 0, 0] == pytest.approx(expected)


def test_the_jackknife_knows_its_error() -> None:
    """Over many sets of draws, the spread of scores is about what the jackknife says of one."""
    rng = np.random.default_rng(2)
    tables = [
        scores.scores(runs_of(H1=[at(v, 0.0) for v in rng.normal(-9, 3, 30)]), [REPORTING], scores.SEEN)
        for _ in range(200)
    ]
    spread = np.std([table["score"].iloc[0] for table in tables])
    assert np.mean([table["se"].iloc[0] for table in tables]) == pytest.approx(spread, rel=0.25)


def test_a_missing_number_is_failed_and_counts_against() -> None:
    runs = runs_of(
        H1=[published(), at(math.nan, 0.0)], H2=[published(), published()], H3=[at(math.nan, 0)] * 2
    )
    table = scores.matrix(runs, TWO)
    assert cell(table, "H3", "T02")["standing"] == "failed"
    assert cell(table, "H1", "T02")["failed"] == 1
    assert cell(table, "H1", "T02")["inside"] == 0.5
    scored = scores.scores(runs, TWO, scores.SEEN).set_index("hypothesis")
    assert scored.loc["H3", "score"] == -math.inf
    assert scored.loc["H3", "failed_on"] == "T02"
    assert scored.loc["H2", "share"] > scored.loc["H1", "share"] > scored.loc["H3", "share"] == 0
    assert scored.loc["H1", "behind"] == pytest.approx(math.log(2), abs=0.05)


def test_what_no_rival_answers_is_left_out_of_scores_and_named() -> None:
    runs = runs_of(H1=[at(math.nan, 0.0)] * 2, H2=[at(math.inf, 0.017)] * 2)
    scored = scores.scores(runs, TWO, scores.SEEN)
    assert set(scored["left_out"]) == {"T02"}
    assert set(scored["n_targets"]) == {1}
    assert np.isfinite(scored["score"]).all()


def test_a_column_that_is_not_there_is_failed() -> None:
    table = scores.matrix(runs_of(H1=[{REST: 0.0}]), TWO)
    assert cell(table, "H1", "T02")["standing"] == "failed"


def test_silence_is_not_failure() -> None:
    assert scores.matrix(runs_of(H1=[published()]), [KNOWN["T07"]])["standing"].iloc[0] == "silent"


def test_a_sign_without_number_is_reproduced_by_its_sign_and_not_scored() -> None:
    sign = KNOWN["T12c"]
    runs = runs_of(H1=[{sign.estimate: 0.4}], H2=[{sign.estimate: -0.4}])
    table = scores.matrix(runs, [sign])
    assert cell(table, "H1", sign.id)["standing"] == "reproduced"
    assert cell(table, "H2", sign.id)["standing"] == "not reproduced"
    assert not scores.numeric([sign])


def test_the_matrix_tells_signs() -> None:
    table = scores.matrix(runs_of(H1=[at(-30, 0.0), at(5, 0.0), at(-9, 0.0), at(-1, 0.0)]), [REPORTING])
    row = table.iloc[0]
    assert (row["inside"], row["right_sign"], row["positive"]) == (0.25, 0.75, 0.25)


def test_an_edited_digit_changes_the_state() -> None:
    runs = runs_of(H1=[published()])
    edited = REPORTING.model_copy(update={"value": -49.446, "low": -56.6, "high": -42.3})
    states = [scores.matrix(runs, [target])["standing"].iloc[0] for target in (REPORTING, edited)]
    assert states == ["reproduced", "not reproduced"]


def test_the_pattern_that_tells_a_pair_apart() -> None:
    runs = runs_of(H1=[at(-9, 0.0), at(-9, 0.01)], H2=[at(-8, 0.3), at(-8, 0.31)])
    row = scores.pairs(runs, TWO).iloc[0]
    assert (row["one"], row["other"], row["target"], row["closer"]) == ("H1", "H2", "T11", "H1")
    variance = float(OFFENCES.se or 0) ** 2 + 2 * np.var([0, 0.01], ddof=1)
    assert row["apart"] == pytest.approx(0.3 / math.sqrt(variance))


def test_a_pair_without_numbers_is_in_the_table() -> None:
    row = scores.pairs(runs_of(H1=[at(math.nan, math.nan)], H2=[published()]), TWO).iloc[0]
    assert row["target"] == ""
    assert math.isnan(row["apart"])


def test_an_unfinished_design_counts_as_missing() -> None:
    runs = runs_of(H1=[published(), published()], H2=[published(), published()])
    scored = scores.scores(runs.iloc[:-1], TWO, scores.SEEN).set_index("hypothesis")
    assert scored.loc["H2", "failed_on"] == "T02 T11"
    assert scored.loc["H1", "share"] > scored.loc["H2", "share"]


def claim_row(table: Any, claim: str, hypothesis: str) -> Any:
    return table[(table["claim"] == claim) & (table["hypothesis"] == hypothesis)].iloc[0]


@pytest.mark.parametrize(("fall", "holds"), [(-2.0, "yes"), (-12.0, "no"), (math.nan, "no draws")])
def test_the_first_claim_looks_at_the_draw_that_falls_furthest(fall: float, holds: str) -> None:
    runs = runs_of(H1=[{FALL: -1.0, claims.LEVEL: 30.0}, {FALL: fall, claims.LEVEL: 30.0}])
    if math.isnan(fall):
        runs[FALL] = math.nan
    row = claim_row(claims.claims(runs, KNOWN.values()), claims.ALONE, "H1")
    assert row["upheld"] == holds
    assert row["published"] == pytest.approx(-100 * float(REPORTING.value or 0) / float(LEVEL.value or 1))
    assert row["draws_counted"] + row["draws_failed"] == 2


def test_the_second_claim_is_about_draws_at_which_reporting_falls() -> None:
    flat = {FALL: -6.0, claims.VICTIMISATION: 0.1, REST: 0.01}
    not_asked = {FALL: 1.0, claims.VICTIMISATION: 0.1, REST: 9.0}
    runs = runs_of(H4=[flat, flat, not_asked], H1=[flat] * 3)
    table = claims.claims(runs, KNOWN.values())
    chosen = table[(table["claim"] == claims.FLAT) & table["quantity"].str.startswith(REST)]
    assert list(chosen["hypothesis"]) == ["H4"]
    assert chosen["upheld"].iloc[0] == "yes"
    assert chosen["draws_counted"].iloc[0] == 2
    refuted = claims.claims(runs_of(H4=[flat | {REST: 0.2}]), KNOWN.values())
    assert "no" in set(refuted["upheld"])


# The whole of it


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a quick tournament that was held once."""
    folder = tmp_path_factory.mktemp("tournament")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(app, ["tournament", "--quick", "--quiet", "--out", "first"])
    assert done.exit_code == 0, done.output
    assert "Scores" in done.output
    return folder


def test_a_quick_tournament_writes_everything(quick: Path) -> None:
    names = {path.name for path in (quick / "first").iterdir()}
    tables = {"matrix.csv", "scores.csv", "pairs.csv", "claims.csv", "stacking.csv", "runs.csv"}
    assert names == tables | {
        "matrix-defaults.png",
        "matrix-defaults.svg",
        "pairs-defaults.png",
        "pairs-defaults.svg",
        "scores.png",
        "scores.svg",
        "manifest.json",
        "ro-crate-metadata.json",
    }
    manifest_of(quick / "first")
    table = pd.read_csv(quick / "first" / "matrix.csv")
    assert list(dict.fromkeys(table["hypothesis"])) == list(tournament.QUICK)
    wanted = {target.id for target in KNOWN.values() if target.use != "input"}
    assert set(table["target"]) == wanted
    assert set(table["standing"]) <= {"reproduced", "not reproduced", "silent", "too few events", "failed"}
    assert len(pd.read_csv(quick / "first" / "runs.csv")) == len(tournament.QUICK)


def test_the_same_tournament_gives_the_same_files(quick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one finds its runs stored."""
    monkeypatch.chdir(quick)
    done = CliRunner().invoke(app, ["tournament", "--quick", "--quiet", "--out", "second"])
    assert done.exit_code == 0, done.output
    for path in (quick / "first").iterdir():
        assert path.read_bytes() == (quick / "second" / path.name).read_bytes(), path.name
    again = CliRunner().invoke(app, ["tournament", "--quick", "--quiet", "--out", "second"])
    assert again.exit_code == 2
    assert "already holds files" in again.output


@pytest.mark.filterwarnings("ignore:runs.parquet is not there")
def test_a_run_that_is_not_there_has_no_numbers(quick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(quick)
    plan = tournament.prepare(quick=True)
    other = tmp_copy(plan.sweep.folder, quick / "fewer")
    next(iter(sorted((other / "runs").rglob("*.parquet")))).unlink()
    for name in ("runs.parquet", "weekly.parquet"):
        (other / name).unlink()
    runs = tournament.read(replace(plan, sweep=replace(plan.sweep, folder=other)))
    assert len(runs) == len(tournament.QUICK)
    assert runs[list(plan.sweep.study.outcomes)].isna().all(axis=1).sum() == 1
    assert "failed" in set(tournament.judge(runs, plan.targets).tables["matrix"]["standing"])


def tmp_copy(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to))


def test_the_study_keeps_every_estimate_of_a_target() -> None:
    kept = set(load_study(tournament.NAME).outcomes)
    assert {target.estimate for target in KNOWN.values() if target.estimate} <= kept


def test_points_come_from_posterior_and_prior(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "draws.csv"
    pd.DataFrame({"draw": range(100), "fear_weight": np.linspace(1, 2, 100)}).to_csv(file, index=False)
    plan = tournament.prepare(draws=5, posterior=file)
    assert plan.draws == ("posterior",) * 5 + ("prior",) * 5
    points = plan.sweep.study.points()
    assert points["fear_weight"].iloc[:5].tolist() == pytest.approx([1, 1.25, 1.5, 1.75, 2], abs=0.01)
    uncertain = load_study(tournament.STUDY).uncertainties
    assert set(points) == {name for name, entry in uncertain.items() if not entry.dummy}
    assert points["fear_weight"].iloc[5:].nunique() == 5
    assert tournament.prepare(draws=4, posterior=file).sweep.folder != plan.sweep.folder


def test_without_a_posterior_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tournament, "posterior_file", lambda: tmp_path / "draws.csv")
    plan = tournament.prepare(draws=3)
    assert plan.draws == ("prior",) * 3
    assert any("no draws of the posterior" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "No columns"),
        ("a,b\n1,2\n", "no draws of parameters"),
        ("fear_weight\n", "no draws of parameters"),
        ("fear_weight\n1.0\n-3\nx\n", "fear_weight"),
        ("fear_weight,targeting\n-3,99\n", "targeting[0] = 99: out of bounds"),
        ("fear_weight\n1\nnan\n", "fear_weight[1]"),
    ],
)
def test_draws_that_are_none_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "draws.csv").write_text(content)
    done = CliRunner().invoke(app, ["tournament", "--posterior", "draws.csv"])
    assert done.exit_code == 2, done.output
    assert words in done.output
    assert not (tmp_path / "results").exists()


def test_hypotheses_that_leave_different_traces_are_told_apart_and_those_that_do_not_share() -> None:
    rng = np.random.default_rng(11)
    uncertain = load_study(tournament.STUDY).uncertainties
    names = [name for name, entry in uncertain.items() if not entry.dummy]
    known = [t for t in KNOWN.values() if t.id in ("T02", "T19b")]
    runs = []
    for point in range(40):
        place = {name: uncertain[name].low + 0.5 for name in names}
        for rival, level in (("H0", 40.0), ("H1", 20.0), ("H6", 40.0)):
            noise = rng.normal(0.0, 0.2, 2)
            runs.append(
                {"point": point, "hypotheses": rival, "seed": 1, "draws": "prior"}
                | place
                | {known[0].estimate: -0.2 * level + noise[0], known[1].estimate: level + noise[1]}
            )
    (table,) = tournament._recovery(pd.DataFrame(runs), known).values()
    found = table.set_index("truth")
    assert found.loc["H1", "H1"] > 0.9
    assert found.loc["H0", ["H0", "H6"]].sum() > 0.9
    assert 0.2 < found.loc["H0", "H6"] < 0.8
    few = pd.DataFrame(runs)[lambda frame: frame["point"] < tournament.LEAST_POINTS - 1]
    assert tournament._recovery(few, known) == {}
