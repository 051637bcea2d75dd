"""Results as the page shows them: a question for every stored study, and what was published beside the model's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from comity.app import languages, published
from comity.published import targets

ROOT = Path(__file__).parents[1] / "results"
STUDIES = sorted(path.parent.name for path in ROOT.glob("*/manifest.json"))


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_every_study_has_a_question_in_every_language(language: str) -> None:
    for name in STUDIES:
        assert languages.text(language, f"question-{name}").endswith("?")


def test_verdicts_are_those_of_the_tables() -> None:
    entries = {entry["name"]: entry for entry in published.listing(ROOT)}
    tables = {path.parent.name: pd.read_csv(path) for path in ROOT.glob("*/table.csv")}
    told = {name for name, table in tables.items() if "verdict" in table}
    assert told == {name for name, entry in entries.items() if entry["verdicts"]}
    for name in told:
        shown = entries[name]["verdicts"]
        assert [row["verdict"] for row in shown] == tables[name]["verdict"].tolist()[
            : published.MOST_VERDICTS
        ]
        assert json.loads(json.dumps(shown, allow_nan=False)) == shown


def test_a_stored_finding_has_the_id_of_its_words() -> None:
    entries = {entry["name"]: entry for entry in published.listing(ROOT)}
    for path in ROOT.glob("*/table.csv"):
        table = pd.read_csv(path)
        if "verdict" in table:
            ids = table["target"].tolist()[: published.MOST_VERDICTS]
            assert [row["finding"] for row in entries[path.parent.name]["verdicts"]] == ids


def test_words_of_ones_own_have_no_id_of_a_finding(tmp_path: Path) -> None:
    stored = pd.read_csv(ROOT / "hines-peri" / "table.csv")
    own = stored.assign(target=["T15", "X1", "T15"])
    own.loc[2, "statement"] = "Crime in my own city"
    for name, table in (("own", own), ("nameless", stored.drop(columns="target"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
        table.to_csv(tmp_path / name / "table.csv", index=False)
    entries = {entry["name"]: entry["verdicts"] for entry in published.listing(tmp_path)}
    assert [row["finding"] for row in entries["own"]] == ["T15", "", ""]
    assert [row["finding"] for row in entries["nameless"]] == ["", "", ""]
    for rows, table in ((entries["own"], own), (entries["nameless"], stored)):
        assert [row["statement"] for row in rows] == table["statement"].tolist()


def _slug(text: str) -> str:
    """Return the name of a verdict or unit in the catalogue, as ``static/js/results.js`` does."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("%", "percent ")).strip("-")


def _tables(column: str) -> set[str]:
    """Return what stands in a column of the tables that the page shows."""
    frames = [pd.read_csv(path, keep_default_na=False) for path in ROOT.glob("*/table.csv")]
    return {text for frame in frames if "verdict" in frame for text in frame[column]} - {""}


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_every_verdict_and_unit_is_said_in_every_language(language: str) -> None:
    verdicts = {*get_args(targets.Verdict), *_tables("verdict")}
    expected = (pd.read_csv(path) for path in (ROOT.parent / "experiments").glob("*/expected.csv"))
    units = {target.unit for target in targets.read() if target.experiment} | _tables("unit")
    units |= {unit for frame in expected for unit in frame["unit"]}
    for kind, texts in (("verdict", verdicts), ("measure", units)):
        assert len({_slug(text) for text in texts}) == len(texts)  # no two share a message
        assert all(languages.text(language, f"{kind}-{_slug(text)}") for text in texts)


def _folder(root: Path, manifest: object, *pictures: str) -> Path:
    folder = root / "mine"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for name in pictures:
        (folder / name).write_text("<svg/>")
    return folder


def test_a_figure_is_shown_once_with_what_it_shows(tmp_path: Path) -> None:
    words = {"a": "Trust falls.", "b": 7}
    folder = _folder(
        tmp_path, {"pictures": words}, "a.png", "a.svg", "b.svg", "c.png", "large.png", "large.svg"
    )
    (folder / "large.svg").write_text("x" * (published.LARGEST + 1))
    (entry,) = published.listing(tmp_path)
    assert entry["figures"] == [
        {"file": "a.svg", "also": ["a.png"], "told": "Trust falls."},
        {"file": "b.svg", "also": [], "told": ""},
        {"file": "c.png", "also": [], "told": ""},
        {"file": "large.png", "also": ["large.svg"], "told": ""},
    ]
    for name in ("a.svg", "a.png", "large.svg"):
        assert published.file(tmp_path, "mine", name) == folder / name


@pytest.mark.parametrize("manifest", [{}, [], "a", {"pictures": ["a"]}, {"pictures": None}])
def test_a_manifest_that_tells_of_no_pictures_leaves_them_untold(tmp_path: Path, manifest: object) -> None:
    _folder(tmp_path, manifest, "a.svg")
    (entry,) = published.listing(tmp_path)
    assert entry["figures"] == [{"file": "a.svg", "also": [], "told": ""}]


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "\x00\xff", "statement,unit,verdict\n1,2,3\n"])
def test_a_table_of_another_form_is_no_verdict(tmp_path: Path, content: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "manifest.json").write_text("{}")
    (tmp_path / "mine" / "table.csv").write_text(content, encoding="latin-1")
    (entry,) = published.listing(tmp_path)
    assert entry["verdicts"] == []
    assert entry["tables"] == ["table.csv"]
