"""The dictionary of measures: every column that comity writes is in it, once, and says the same everywhere."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sweep_doubles

from comity import CooperationModel
from comity.observe import dictionary, observers
from comity.observe.tables import MEASURES
from comity.output import run
from comity.published.estimates import ESTIMATES
from comity.sweeps.outcomes import OUTCOMES

DOCS = Path(__file__).parents[1] / "docs"
KEYS = {"place": ["48301", "06003"], "start": dt.date(2009, 12, 1), "end": dt.date(2010, 3, 31)}
PERIODS = ("weekly", "monthly", "daily")


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)


def undefined(folder: Path, tables: dict[str, str]) -> dict[str, list[str]]:
    """Return what the dictionary lacks, by file; ``tables`` says what files are, where their name does not."""
    found = {path.name: path for path in folder.iterdir() if path.suffix in {".csv", ".parquet"}}
    assert found
    return {
        name: missing
        for name, path in found.items()
        if (missing := dictionary.undefined(tables.get(path.stem, path.stem), read(path).columns))
    }


def test_every_column_of_a_run_is_defined(tmp_path):
    model = CooperationModel(**KEYS, observe=",".join(observers.OBSERVERS)).run()
    run.write_run(tmp_path / "run", model)
    assert undefined(tmp_path / "run", dict.fromkeys(PERIODS, "periods")) == {}
    assert dictionary.undefined("yearly", run.yearly(model).columns) == []
    assert dictionary.undefined("periods", next(model.panels()).columns) == []
    assert set(model.table()["measure"]) == set(MEASURES)
    assert dictionary.undefined("periods", MEASURES) == []


def test_every_column_of_a_comparison_is_defined(tmp_path):
    setup = CooperationModel(**KEYS).setup.with_(compare=["mandatory", "no_receive"])
    run.compare(setup, tmp_path / "comparison", 2)
    folder = tmp_path / "comparison"
    runs = read(folder / "runs.csv").columns
    assert set(runs) - {"regime", "seed"} == {outcome.name for outcome in OUTCOMES}
    (folder / "runs.csv").unlink()
    assert undefined(folder, {"weekly": "histories"}) == {}


def test_every_column_of_a_sweep_is_defined(undisturbed):
    """Apart from the names that the study itself gives its uncertainties, and the weights of rates."""
    known = {
        *sweep_doubles.SMALL.uncertainties,
        *(entry.name for entry in dictionary.entries() if entry.table == "outcomes"),
    }
    for name in ("runs.parquet", "weekly.parquet"):
        missing = dictionary.undefined("sweep", read(undisturbed / name).columns)
        assert {column for column in missing if column not in known} <= {f"{rate}_weight" for rate in known}


def test_every_line_of_the_page_is_defined():
    from comity.app import nation, series  # noqa: PLC0415 - the page

    assert dictionary.undefined("page", series.OUTCOMES) == []
    assert dictionary.undefined("map", nation.OUTCOMES) == []


def test_every_outcome_that_a_study_may_name_is_defined():
    assert dictionary.undefined("outcomes", [outcome.id for outcome in OUTCOMES]) == []
    assert dictionary.undefined("estimates", ESTIMATES) == []


def test_one_name_is_not_two_ratios():
    """What people read: a label stands for one numerator, denominator and factor, wherever it is shown."""
    from comity.app import series  # noqa: PLC0415 - the page

    made: dict[str, set[object]] = {}
    for outcome in (*OUTCOMES, *series.OUTCOMES.values()):
        ratio = (outcome.numerator, outcome.denominator, outcome.groups, outcome.factor)
        for label in {outcome.name.casefold(), outcome.short.casefold()}:
            made.setdefault(label, set()).add(ratio)
    assert {label: ratios for label, ratios in made.items() if len(ratios) > 1} == {}


def test_a_name_means_one_thing():
    """Within a table a name stands once, and whatever has one name in several tables is of one kind."""
    entries = dictionary.entries()
    assert len({(entry.table, entry.name) for entry in entries}) == len(entries)
    assert {entry.table for entry in entries} == set(dictionary.TABLES)
    spans: dict[str, set[str]] = {}
    for entry in entries:
        assert entry.meaning
        assert bool(entry.unit) or not entry.span
        if entry.span and entry.table not in {"page", "map"}:  # whose keys are not columns
            spans.setdefault(entry.name, set()).add(entry.span)
    assert {name: found for name, found in spans.items() if len(found) > 1} == {}


def test_values_are_in_their_range():
    model = CooperationModel(**KEYS).run()
    frame = pd.concat(model.panels())
    for entry in dictionary.entries():
        if entry.table == "periods" and entry.span:
            values = frame[entry.name].dropna()
            assert values.min() >= 0
            assert entry.span != dictionary.SHARE or values.max() <= 1
    totals = model.totals()
    means = (
        frame.assign(total=frame["trust"] * frame["residents"]).groupby("date", observed=True)["total"].sum()
    )
    assert np.allclose(totals["trust_sum"].sum(axis=1), means)
    assert "trust" not in totals


def test_the_page_of_the_documentation_is_made_from_the_dictionary():
    """`comity.observe.dictionary.as_markdown` makes it."""
    assert (DOCS / "measures.md").read_text(encoding="utf-8") == dictionary.as_markdown()


@pytest.mark.parametrize("name", ["attitudes", "chance_sum", "reporting_rate"])
def test_the_terminal_shows_them(name):
    from comity import show  # noqa: PLC0415 - imports what draws

    assert show.TOPICS["measures"](name) is not None
