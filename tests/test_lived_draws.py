"""Draws of the posterior, lived instead of the scenario's values: two intervals, and no difference from nowhere."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import comity
from comity import cli
from comity.analyse.draws import Draws, summary
from comity.scenario import load
from comity.sweeps.outcomes import OUTCOMES

SMALL = ["scale=500", "start=2010-05-01", "end=2010-07-31"]
REGIMES = ["mandatory", "full_decline", "state_withhold"]


@pytest.fixture(scope="module")
def setup():
    return load("san-francisco", SMALL)


@pytest.fixture(scope="module")
def found(setup):
    return comity.compare(setup, REGIMES, draws=comity.posterior(3), seeds=2)


def test_one_draw_of_the_scenarios_own_values_is_the_scenario(setup):
    def plain(*given):
        return tuple(np.quantile(given[-1], (0.025, 0.975)))

    own = Draws(({"fear_weight": setup.parameters.fear_weight},), plain, plain)
    drawn, alone = (comity.compare(setup, REGIMES, 2, draws=draws) for draws in (own, None))
    assert drawn.runs.droplevel("draw").equals(alone.runs)
    assert drawn.weekly.equals(alone.weekly)
    assert "draws_low" not in alone.summary()
    pd.testing.assert_frame_equal(drawn.summary()[list(alone.summary())], alone.summary())


def test_every_draw_is_lived_with_every_seed(found):
    assert found.runs.index.names == ["regime", "draw", "seed"]
    assert len(found.runs) == len(REGIMES) * 3 * 2
    assert found.runs.index.unique("regime").tolist() == REGIMES
    assert found.weekly.index.names == ["regime", "seed", "date", "group"]


def test_the_second_interval_holds_the_draws_and_nothing_comes_from_nowhere(found):
    table = found.summary().set_index(["outcome", "regime"])
    for outcome in OUTCOMES:
        means = found.runs[outcome.id].groupby(["regime", "draw"]).mean()
        for regime in REGIMES:
            row, differences = table.loc[(outcome.id, regime)], (means[regime] - means["mandatory"]).dropna()
            if differences.empty:
                assert np.isnan(row["draws_low"])
                continue
            assert row["draws_low"] <= differences.median() <= row["draws_high"]
            same = (differences == 0).all()
            assert (row["draws_low"] == row["draws_high"] == 0) == same
    assert found.draws_at_a_glance().shape == found.at_a_glance().shape


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_a_factor_keeps_the_sign_and_widens(numbers):
    low, high = comity.posterior(2).times(numbers)
    assert low <= np.quantile(numbers, 0.5) <= high
    assert (low >= 0) >= (min(numbers) >= 0)
    assert (high <= 0) >= (max(numbers) <= 0)


def test_draws_bring_the_world_in_which_they_were_calibrated_and_what_is_set_wins():
    nation = load("united-states").parameters
    (one, other), alone = comity.posterior(2).points, comity.posterior(2, changes=["ages=0"]).points[0]
    drawn = {name for name in one if one[name] != other[name]}
    assert {"population", "news_learned", "ages"} <= one.keys() - drawn
    assert all(value == getattr(nation, name) for name, value in one.items() if name not in drawn)
    assert "recording_days" not in one
    assert one.keys() - alone.keys() == {"ages"}


def test_levels_stay_where_they_can_be():
    lived = pd.DataFrame([{outcome.id: value for outcome in OUTCOMES} for value in (1.0, 50.0, 99.0)])
    table = summary(lived, comity.posterior(2))
    assert ((table["low"] >= 0) & (table["low"] < 50) & (table["high"] > 50)).all()
    assert (table.loc[table["unit"].str.startswith("%"), "high"] <= 100).all()


def test_the_command_writes_a_folder_for_every_draw(tmp_path):
    changes = [part for change in SMALL for part in ("--set", change)]
    told = CliRunner().invoke(cli.app, ["run", *changes, "--draws", "2", "--out", str(tmp_path / "all")])
    assert told.exit_code == 0, told.output
    draws = pd.read_csv(tmp_path / "all" / "draws.csv")
    assert draws["draw"].tolist() == [1, 2]
    for number in draws["draw"]:
        manifest = json.loads((tmp_path / "all" / f"draw-{number:03}" / "manifest.json").read_text())
        lived = manifest["scenario"]["parameters"]
        assert lived["fear_weight"] == pytest.approx(draws["fear_weight"][number - 1])


@pytest.mark.parametrize("command", ["run", "compare"])
def test_what_is_drawn_is_not_set(tmp_path, command):
    both = [
        "--set",
        "risk_scale=2",
        "--set",
        "fear_weight = 1",
        "--draws",
        "2",
        "--out",
        str(tmp_path / "no"),
    ]
    told = CliRunner().invoke(cli.app, [command, *both])
    assert told.exit_code == 2
    assert [name in told.output for name in ("risk_scale: set and drawn", "fear_weight: set and drawn")] == [
        True
    ] * 2
    assert not (tmp_path / "no").exists()
