"""Results as the page shows them: a question for every stored study, and what was published beside the model's."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from comity.app import languages, published

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


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "\x00\xff", "statement,unit,verdict\n1,2,3\n"])
def test_a_table_of_another_form_is_no_verdict(tmp_path: Path, content: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "manifest.json").write_text("{}")
    (tmp_path / "mine" / "table.csv").write_text(content, encoding="latin-1")
    (entry,) = published.listing(tmp_path)
    assert entry["verdicts"] == []
    assert entry["tables"] == ["table.csv"]
