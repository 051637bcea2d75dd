"""The dictionary of names: every column that comity writes is in it, means one thing, and labels are read nowhere else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sweep_doubles
from recorded_page import content, parts

from comity import CooperationModel, behaviour, dictionary, listing
from comity.analyse import compare
from comity.app import nation, recording, series
from comity.observe import observers
from comity.observe.measures import MEASURES
from comity.output import run
from comity.published.estimates import ESTIMATES
from comity.sweeps import measurers
from comity.sweeps.outcomes import OUTCOMES

ROOT = Path(__file__).parents[1]
KEYS = {"place": ["48301", "06003"], "start": dt.date(2009, 12, 1), "end": dt.date(2010, 3, 31)}
WRITERS = {
    "calibration": "calibrate",
    "calibration-still": "calibrate",
    "predictive": "predict",
    "tournament": "tournament",
    "san-francisco": "compare",
    "fear-and-ties": "analyse",
    "trust-hypotheses": "calibrate",
    "trust-sizes": "sweep",
    "united-states": "run",
}
"""Folder of committed results -> the command that wrote it; all others are of ``comity reproduce``."""


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)


def tables(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix in {".csv", ".parquet"})
    assert found
    return found


def undefined(folder: Path, command: str) -> dict[str, list[str]]:
    """Return what the dictionary lacks, by file."""
    missing = {
        path.name: listing.undefined(command, path.stem, read(path).columns) for path in tables(folder)
    }
    return {name: columns for name, columns in missing.items() if columns}


def test_every_column_of_a_run_is_defined(tmp_path):
    model = CooperationModel(**KEYS, observe=",".join(observers.OBSERVERS)).run()
    run.write_run(tmp_path / "run", model)
    observed = {name for _, _, names in observers.OBSERVERS.values() for name in names}
    for path in tables(tmp_path / "run"):
        command = "run --observe" if path.stem in observed else "run"
        assert listing.undefined(command, path.stem, read(path).columns) == [], path.name
    assert listing.undefined("run", dictionary.PRINTED, run.yearly(model).columns) == []
    assert listing.undefined("run", "monthly_counties", next(model.panels()).columns) == []
    assert set(model.table()["measure"]) == set(MEASURES) <= dictionary.columns().keys()


def test_every_column_of_a_comparison_is_defined(tmp_path):
    setup = CooperationModel(**KEYS).setup.with_(compare=["mandatory", "no_receive"])
    compare.write(setup, tmp_path / "comparison", 2)
    assert undefined(tmp_path / "comparison", "compare") == {}
    runs, found = (read(tmp_path / "comparison" / name) for name in ("runs.csv", "comparison.csv"))
    ids = [outcome.id for outcome in OUTCOMES]
    assert [*runs.columns] == ["regime", "seed", *ids]
    assert list(dict.fromkeys(found["outcome"])) == ids
    for row in found.to_dict("records"):
        known = dictionary.words("outcomes", row["outcome"])
        assert (row["name"], row["unit"]) == (known.label, known.unit)


def test_every_column_of_a_sweep_is_defined(undisturbed):
    """Apart from the names that the study itself gives its uncertainties."""
    for name in ("runs.parquet", "weekly.parquet"):
        missing = listing.undefined("sweep", Path(name).stem, read(undisturbed / name).columns)
        assert set(missing) <= set(sweep_doubles.SMALL.uncertainties)


PAGE = "page"
"""The folder of committed results that holds a page instead of tables; what the page has as a table is that of compare."""


@pytest.mark.parametrize(
    "folder", sorted({path.name for path in (ROOT / "results").iterdir() if path.is_dir()} - {PAGE, "local"})
)
def test_every_column_of_committed_results_is_defined(folder):
    assert undefined(ROOT / "results" / folder, WRITERS.get(folder, "reproduce")) == {}


def test_every_column_of_the_recorded_page_is_defined():
    assert listing.undefined("compare", "comparison", recording.TABLE) == []
    html = (ROOT / "results" / PAGE / "index.html").read_text(encoding="utf-8")
    (packed,) = (text for name, text in parts(html).items() if name.startswith("files/api/result?"))
    assert content(packed)["columns"] == list(recording.TABLE)


def test_every_column_of_what_was_published_is_defined():
    for path in (ROOT / "experiments").glob("*/expected.csv"):
        assert listing.undefined("reproduce", "expected", read(path).columns) == []


def test_a_column_that_is_not_defined_is_found():
    assert listing.undefined("compare", "runs", ["seed", "prints sent to IDENT"]) == ["prints sent to IDENT"]
    assert listing.undefined("run", "weekly", ["date", "mean"]) == ["mean"]
    assert listing.undefined("reproduce", "runs", ["removals@no_receive", "x@no_receive"]) == ["x@no_receive"]
    with pytest.raises(KeyError):
        listing.undefined("run", "nothing", [])


ALIKE = {"reported", "contacts", "bad_contacts", "minor_arrests", "awareness", "attribution"}
"""Parameters that are called like the measure that they act on."""


def test_a_name_means_one_thing():
    """A name has one entry: columns and sets of columns share none, but for a column that is an outcome when added up."""
    columns, sets = dictionary.columns(), listing.sets()
    added = {outcome.id for outcome in OUTCOMES if outcome.numerator == (outcome.id,) and not outcome.weight}
    assert sets["PARAMETERS"].keys() & columns.keys() == ALIKE
    for table in dictionary.tables():
        assert "PARAMETERS" not in table.columns or not ALIKE & set(table.columns)
        assert not {"PARAMETERS", "MEASURES"} <= set(table.columns)
    for name in ("OUTCOMES", "ESTIMATES", "RIVALS"):
        for other, entry in sets[name].items():
            assert other not in columns or (other in added and entry.unit == columns[other].unit), other
    names = [entry.name for _, entry in listing.entries()]
    assert len(set(names)) == len(names)


def test_every_entry_says_what_it_is():
    for where, entry in listing.entries():
        assert where, entry.name
        assert entry.meaning or entry.label, entry.name
        assert not entry.meaning.startswith("the same")
        assert bool(entry.unit) or not entry.span, entry.name
        assert entry.span != "0 to 1" or entry.unit == "0 to 1", entry.name
    for table in dictionary.tables():
        known = {*dictionary.columns(), *listing.sets()}
        assert set(table.columns) <= known, table.about
        assert len(set(table.columns)) == len(table.columns)


def test_what_people_read_is_not_from_0_to_1():
    """Outcomes and lines of the page that are shares or means are in per cent or of 100, and their labels or headings say so."""
    for section, outcomes in (("outcomes", OUTCOMES), ("page", series.OUTCOMES.values())):
        for outcome in outcomes:
            entry = dictionary.measured(outcome, section)
            if outcome.weight:
                assert outcome.factor in {100.0, 1000.0}
                assert entry.unit not in {"people", "days"}
            assert (
                section == "page"
                or not outcome.weight
                or any(c in entry.short for c in ("%", "0-100", "/1,000"))
            )


def test_labels_are_those_of_the_dictionary():
    for key, told in series.described().items():
        entry = dictionary.words("page", key)
        assert (told["name"], told["title"], told["unit"]) == (entry.label, entry.short, entry.unit)
    assert nation.menu() == [[key, dictionary.words("map", key).label] for key in nation.OUTCOMES]
    of_group = OUTCOMES[0].of("Hispanic, US-born")
    assert of_group is not None
    assert dictionary.find(of_group.id).label == "prints sent to IDENT, hispanic us born"
    assert all(dictionary.words("estimates", name).unit for name in ESTIMATES)


def test_one_label_is_not_two_ratios():
    """What people read: a label stands for one numerator, denominator and factor, wherever it is shown."""
    made: dict[str, set[object]] = {}
    for section, outcomes in (("outcomes", OUTCOMES), ("page", series.OUTCOMES.values())):
        for outcome in outcomes:
            ratio = (outcome.numerator, outcome.denominator, outcome.groups, outcome.factor)
            entry = dictionary.words(section, outcome.id)
            for label in {entry.label.casefold(), entry.short.casefold()}:
                made.setdefault(label, set()).add(ratio)
    assert {label: ratios for label, ratios in made.items() if len(ratios) > 1} == {}


def test_words_may_change_without_making_results_worthless():
    lived = behaviour.closure(
        behaviour.PACKAGE, [behaviour.LIVES, *(name for who in measurers.every() for name in who.modules)]
    )
    assert not [name for name in lived if name.startswith(("comity.dictionary", "comity.app"))]


def test_values_are_in_their_range():
    model = CooperationModel(**KEYS).run()
    frame = pd.concat(model.panels())
    for name, entry in listing.sets()["MEASURES"].items():
        values = frame[name].dropna()
        assert values.min() >= 0
        assert entry.span != "0 to 1" or values.max() <= 1
    totals = model.totals()
    assert totals.keys() == listing.sets()["SUMS"].keys()
    means = (
        frame.assign(total=frame["trust"] * frame["residents"]).groupby("date", observed=True)["total"].sum()
    )
    assert np.allclose(totals["trust_sum"].sum(axis=1), means)


def test_the_page_of_the_documentation_is_made_from_the_dictionary():
    """`comity.listing.as_markdown` makes it."""
    assert (ROOT / "docs" / "measures.md").read_text(encoding="utf-8") == listing.as_markdown()


@pytest.mark.parametrize("name", ["attitudes", "chance_sum", "reporting, %", "trust in police"])
def test_the_terminal_shows_them(name):
    from comity import show  # noqa: PLC0415 - imports what draws

    assert show.TOPICS["measures"](name) is not None
