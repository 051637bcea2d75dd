"""Imported tables: where they are kept, how scenarios name them, and that runs use what is named."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from given_tables import AGREEMENTS, GOOD, ICE, NONCITIZENS, POLICIES, kept, read
from typer.testing import CliRunner

from comity.cli import app
from comity.data import library
from comity.output import run
from comity.parameters import Parameters
from comity.policy import regimes
from comity.problems import InputError
from comity.scenario import Scenario, load
from comity.world import imported_tables, places

pytestmark = pytest.mark.usefixtures("home")


def comity_(*arguments, code=0):
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


# ------------------------------------------------------------------------------------------------ keeping, naming


def test_the_command_line_imports_shows_and_names(home):
    Path("ice.csv").write_text(ICE)
    said = comity_("data", "import", "activation", "ice.csv")
    name = kept(GOOD)  # the same table in another guise
    assert f"Kept under sha256 {name}" in said
    assert f"--set data.activation={name[:12]}" in said
    assert "Kept already" in comity_("data", "import", "activation", "ice.csv")
    assert len(list(home.glob("*.csv"))) == 1
    assert f"activation {name[:12]}: 4 places, 2008-10-27 to 2010-06-15, from ice.csv" in comity_(
        "data", "show"
    )
    about = json.loads(next(home.glob("*.json")).read_text())
    assert about["source_sha256"] == hashlib.sha256(ICE.encode()).hexdigest()
    assert about["rows"] == 4
    assert "No tables yet" in comity_("data", "show", "outcomes")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["activation", "bad.csv"],
            "bad.csv: row 3, column activation = '2009-02-30': no such day; valid: a day",
        ),
        (["activation", "nope.csv"], "nope.csv: file = 'nope.csv': no such file"),
        (["activation", "."], "a folder, not a file"),
        (["activaton", "bad.csv"], "did you mean activation?"),
        (["activation", "bad.csv", "--column", "x"], "NAME=HEADING"),
        (["activation", "bad.csv", "--column", "x=y"], "no column of activation"),
    ],
)
def test_bad_input_ends_with_2_and_leaves_everything_as_it_was(home, arguments, said):
    text = GOOD.replace("2009-05-05", "2009-02-30")
    Path("bad.csv").write_text(text)
    assert said in comity_("data", "import", *arguments, code=2)
    assert not home.exists()
    assert Path("bad.csv").read_text() == text


def test_what_was_lost_or_altered_is_mended_by_importing_again(home):
    name = kept(GOOD)
    next(home.glob("*.json")).unlink()
    table = next(home.glob("*.csv"))
    table.write_text("altered")
    assert not library.entries()
    assert library.keep(read(GOOD), Path("table.csv")) == (name, True)
    assert table.read_text() == read(GOOD).text()
    assert library.find("activation", name[:8]) == name


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"kind": "activation"}', '{"kind": [], "sha256": 1}', "\x00"]
)
def test_notes_that_somebody_wrote_do_no_harm(home, text):
    name = kept(GOOD)
    next(home.glob("*.json")).write_text(text)
    assert "No tables yet" in comity_("data", "show")
    assert f"sha256 {name}" in " ".join(imported_tables.labels({"activation": name}).values())


def test_a_folder_that_cannot_be_written_is_a_problem(home):
    home.write_text("in the way")
    Path("good.csv").write_text(GOOD)
    assert "data: folder" in comity_("data", "import", "activation", "good.csv", code=2)


def test_a_scenario_names_a_table_by_the_beginning_of_its_checksum(home):
    name = kept(GOOD)
    setup = load("san-francisco", [f"data.activation={name[:8]}"])
    assert setup.data == imported_tables.WITHOUT | {"activation": name}
    assert setup.digest() != load("san-francisco").digest()
    assert Scenario(**setup.as_json()).digest() == setup.digest()
    assert setup.with_(seed=2).data == setup.data
    Path("again.toml").write_text(setup.as_toml())
    assert load("again.toml").digest() == setup.digest()
    assert "imported (table.csv, 4 places" in " ".join(comity_("check", "again.toml").split())


def test_without_the_table_a_run_fails_loudly_and_with_its_copy_it_runs(home, tmp_path, monkeypatch):
    name = kept(GOOD)
    Path("mine.toml").write_text(load("san-francisco", [f"data.activation={name}", "scale=100"]).as_toml())
    copy = next(home.glob("*.csv")).rename("copy.csv")
    monkeypatch.setenv("COMITY_DATA", str(tmp_path / "elsewhere"))
    said = comity_("run", "mine.toml", "--out", "results", code=2)
    assert (
        f"data.activation = {name}: not on this machine; valid: the checksum that 'comity data import" in said
    )
    assert not Path("results").exists()
    assert Scenario(**load_toml("mine.toml")).data["activation"] == name  # results can be read without it
    assert name in comity_("data", "import", "activation", str(copy))
    assert "imported" in comity_("check", "mine.toml")


def load_toml(path):
    return tomllib.loads(Path(path).read_text())


def test_an_altered_table_is_not_used(home):
    name = kept(GOOD)
    path = next(home.glob("*.csv"))
    path.write_text(path.read_text().replace("2009-05-05", "2009-05-06"))
    library._load.cache_clear()
    with pytest.raises(InputError, match="was altered"):
        load("san-francisco", [f"data.activation={name}"])


def test_a_sweep_does_not_begin_without_the_table():
    study = f'seeds = 1\n[scenario]\nplace = "06003"\n[scenario.data]\nactivation = "{"0" * 64}"\n'
    Path("study.toml").write_text(study)
    assert "not on this machine" in comity_("sweep", "study.toml", "--dry-run", code=2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("data.activation=table.csv", "not a checksum"),
        ("data.activation=../../etc/passwd", "not a checksum"),
        ("data.activation=12345678", "no such table on this machine"),
        ("data.activation=1", "not a checksum"),
        ("data.outcomes=12345678", "keys are activation, noncitizens, agreements, policies"),
        ("data=3", "data = 3"),
    ],
)
def test_scenarios_name_no_files_and_no_unknown_tables(change, said):
    assert said in comity_("check", "san-francisco", "--set", change, code=2)


# ------------------------------------------------------------------------------------------------------- use


def test_imported_dates_replace_modelled_ones_and_are_labelled():
    data = {"activation": kept(GOOD)}
    frame, modelled = imported_tables.counties("US", data), places.counties()
    assert frame.loc["51515", "activation"] == pd.Timestamp("2010-06-15")
    assert frame.loc["51515", "activation_basis"] == "imported"
    others = frame.index.difference(["06075", "06073", "48201", "51515"])
    assert frame.loc[others, modelled.columns].equals(modelled.loc[others])
    assert frame.dtypes[modelled.columns].equals(modelled.dtypes)
    shown = comity_("show", "places", "bedford", "--set", f"data.activation={data['activation']}")
    assert "2010-06-15 imported" in shown
    assert "modelled" in shown
    assert "imported" not in comity_("show", "places", "bedford")


def test_a_run_activates_on_the_imported_day_and_its_manifest_says_so():
    text = "fips,activation\n06003,2010-03-02\n"
    name = kept(text)
    setup = Scenario.of(
        place="06003", start="2010-01-01", end="2010-12-31", data={"activation": name}, regime="mandatory"
    )
    counties = imported_tables.counties(setup.place, setup.data)
    timeline = regimes.timeline(
        regimes.compose("mandatory"), counties, setup.parameters, setup.start, setup.end
    )
    active = timeline.changes[timeline.changes["policy"]["sharing"] == 1]
    assert active["day"].min() == (dt.date(2010, 3, 2) - setup.start).days
    run.run(setup, "out")
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert (
        manifest["data"]["activation"]
        == f"imported (table.csv, 1 place, 2010-03-02 to 2010-03-02; sha256 {name})"
    )
    assert manifest["data"]["noncitizens"] == "modelled"
    assert manifest["scenario"]["data"]["activation"] == name
    weekly = pd.read_csv("out/weekly.csv", parse_dates=["date"])
    sent = weekly[(weekly["measure"] == "submissions") & (weekly["value"] > 0)]
    assert sent["date"].min() >= pd.Timestamp("2010-02-24")


def test_imported_noncitizens_replace_imputed_ones():
    frame = imported_tables.counties("CA", {"noncitizens": kept(NONCITIZENS, "noncitizens")})
    before = places.select("CA")
    assert frame.loc["06075", ["noncitizen", "unauthorized"]].tolist() == [106000, 40000]
    ratio = before.loc["06073", "unauthorized"] / before.loc["06073", "noncitizen"]
    assert frame.loc["06073", "unauthorized"] == pytest.approx(ratio * 300000, abs=1)
    assert frame["noncitizen_basis"].value_counts().to_dict() == {"modelled": 56, "imported": 2}
    assert frame.loc["06001", "noncitizen"] == before.loc["06001", "noncitizen"]


def policy_on(timeline, day, county=0):
    """Return the policy of a county on a day of the scenario."""
    changes = timeline.changes[(timeline.changes["county"] == county) & (timeline.changes["day"] <= day)]
    return changes["policy"][-1]


def test_agreements_switch_levers_in_their_county_on_their_days():
    data = {"agreements": kept(AGREEMENTS, "agreements")}
    counties = places.select(["04013", "04019"])
    local = imported_tables.local(data, counties)
    assert {p.where for p in local} == {("04013",)}  # the state's own agency sets no lever
    start = dt.date(2007, 1, 1)
    timeline = regimes.timeline(
        regimes.compose("mandatory"), counties, Parameters(), start, dt.date(2012, 1, 1), local
    )
    expected = {"2007-01-15": 0, "2007-03-01": 1, "2009-12-01": 1}
    for day, street in expected.items():
        at = (dt.date.fromisoformat(day) - start).days
        assert policy_on(timeline, at)["street"] == street
        assert policy_on(timeline, at)["interview"] == pytest.approx(
            1.0 if street else Parameters().interviewed
        )
        assert policy_on(timeline, at, 1)["street"] == 0
    assert imported_tables.local(data, places.select("06075")) == ()


def test_local_policies_hold_under_every_regime_and_are_recorded():
    data = {"policies": kept(POLICIES, "policies")}
    counties = places.select(["17031", "06075"])
    local = imported_tables.local(data, counties)
    timeline = regimes.timeline(
        regimes.compose("mandatory"),
        counties,
        Parameters(),
        dt.date(2010, 1, 1),
        dt.date(2015, 12, 31),
        local,
    )
    cook = counties.index.get_loc("17031")
    assert policy_on(timeline, 0, cook)["hold"].tolist() == [1, 1, 1, 1]
    assert policy_on(timeline, 800, cook)["hold"].tolist() == [0, 0, 0, 0]
    assert policy_on(timeline, 1500, 1 - cook)["hold"].tolist() == [0, 0, 0, 1]  # California
    assert ("county", "hold") in {(a.decider, a.lever) for a in timeline.attempts}
