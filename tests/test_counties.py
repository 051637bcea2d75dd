"""The table by year and county, and what the browser's map makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

from comity.app import nation, published
from comity.app.server import Settings, build
from comity.model import CooperationModel
from comity.output import counties, run

if TYPE_CHECKING:
    from pathlib import Path

YEARS = (2009, 2010, 2011)


@pytest.fixture(scope="module")
def model() -> CooperationModel:
    return CooperationModel(
        place="Florida",
        scale=200,
        start="2009-01-01",
        end="2011-06-30",
        recording_days=0,
        regime="historical",
    ).run()


@pytest.fixture(scope="module")
def root(model: CooperationModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("results")
    run.write_run(root / "florida", model)
    return root


def test_years_and_counties_add_up_to_the_run(model: CooperationModel) -> None:
    table, totals = counties.by_year(model), model.totals()
    assert table["year"].tolist() == [y for y in YEARS for _ in model.counties]
    assert table["county"].astype(str).tolist() == model.counties * 3
    assert (table.dtypes[2:] == np.float32).all()
    hispanic = slice(0, 3)
    for column, parts in counties.COUNTS.items():
        assert table[column].sum() == pytest.approx(sum(totals[m.name.lower()].sum() for m in parts))
        assert table[column].sum() > 0
    for column, measure in counties.VICTIMS.items():
        assert table[column].sum() == pytest.approx(totals[measure.name.lower()][:, hispanic].sum(), rel=1e-5)
    december = [11, 23, 29]  # months at the ends of the years
    people = table.groupby("year")[["residents", "hispanic_residents"]].sum()
    assert people["residents"].to_numpy() == pytest.approx(
        totals["residents"][december].sum(axis=1), rel=1e-6
    )
    assert people["hispanic_residents"].to_numpy() == pytest.approx(
        totals["residents"][december, hispanic].sum(axis=1), rel=1e-6
    )
    risk = (table["hispanic_risk"] * table["hispanic_residents"]).groupby(table["year"]).sum()
    assert risk.to_numpy() == pytest.approx(totals["risk_sum"][december, hispanic].sum(axis=1), rel=1e-4)


def test_weeks_belong_to_the_year_in_which_they_begin() -> None:
    weekly = CooperationModel(place="DE", scale=500, start="2009-12-01", end="2010-02-01").run()
    table, whole = counties.by_year(weekly), weekly.table()
    booked = whole[whole["measure"] == "submissions"].groupby(whole["date"].dt.year)["value"].sum()
    assert table.groupby("year")["prints"].sum().to_numpy() == pytest.approx(booked.to_numpy())


def test_a_run_of_many_counties_can_be_drawn_and_one_of_a_single_county_not(
    root: Path, tmp_path: Path
) -> None:
    assert [entry["map"] for entry in published.listing(root)] == [True]
    back = pd.read_parquet(root / "florida" / counties.FILE)
    assert len(back) == 3 * 67
    one = CooperationModel(place="11001", scale=2000, end="2010-02-01").run()
    run.write_run(tmp_path / "one", one)
    assert not (tmp_path / "one" / counties.FILE).exists()


@pytest.mark.parametrize("key", list(nation.OUTCOMES))
def test_the_map_shows_what_the_run_counted(root: Path, model: CooperationModel, key: str) -> None:
    found, outcome = nation.outcomes(root / "florida", key), nation.OUTCOMES[key]
    table = counties.by_year(model).astype({"county": str})
    assert (found["years"], found["fips"]) == (list(YEARS), model.counties)
    assert "not measurements" in found["about"]
    assert found["low"] <= found["high"]
    column, per = (
        table.pivot_table(c, "year", "county", "sum").to_numpy() for c in (outcome.column, outcome.per)
    )
    shown = np.array(found["values"], float)
    if key == "risk":
        expected, mean = 100 * column, 100 * (column * per).sum(axis=1) / per.sum(axis=1)
    else:
        above = column.cumsum(axis=0) if outcome.added_up else column
        with np.errstate(invalid="ignore"):  # no victims
            expected, mean = (
                outcome.factor * above / per,
                outcome.factor * above.sum(axis=1) / per.sum(axis=1),
            )
    known = np.isfinite(shown)
    assert known.any()
    assert shown[known] == pytest.approx(expected[known], abs=1e-3)
    assert found["mean"] == pytest.approx(mean, rel=1e-3)


def test_counties_with_too_few_people_in_the_model_are_left_out(root: Path, model: CooperationModel) -> None:
    table = counties.by_year(model)
    victims = table["hispanic_victims"].to_numpy().reshape(3, -1) / model.setup.scale
    shown = np.isfinite(np.array(nation.outcomes(root / "florida", "reporting")["values"], float))
    assert np.array_equal(shown, victims >= nation.OUTCOMES["reporting"].fewest)
    assert 0 < shown.sum() < shown.size
    removed = np.isfinite(np.array(nation.outcomes(root / "florida", "removals")["values"], float))
    counted = table["removals"].to_numpy().reshape(3, -1).cumsum(axis=0) / model.setup.scale
    assert removed[counted >= nation.FEWEST_COUNTED].all()
    assert not removed.all()


def test_a_table_that_cannot_be_read_is_said(root: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    for name in ("manifest.json", "scenario.toml"):
        (tmp_path / "broken" / name).write_bytes((root / "florida" / name).read_bytes())
    for content in (b"not a table", pd.DataFrame({"x": [1]}).to_parquet()):
        (tmp_path / "broken" / counties.FILE).write_bytes(content)
        with TestClient(build(Settings(hosts=["testserver"], results=tmp_path))) as client:
            reply = client.get("/api/outcomes", params={"name": "broken", "measure": "risk"})
            assert "cannot be read" in reply.json()["error"]
