"""What is not modelled is not printed as a null: the sentence stands wherever trust is shown, and comes from one place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.analyse import plots
from comity.caveats import CAVEATS, beside
from comity.cli import app

ROOT = Path(__file__).parents[1]


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("page", ["README.md", "docs/browser.md"])
def test_pages_that_speak_of_trust_say_what_the_model_cannot(page: str) -> None:
    text = flat((ROOT / page).read_text(encoding="utf-8"))
    assert all(sentence in text for sentence in CAVEATS.values())


@pytest.mark.parametrize("command", ["run", "compare"])
def test_tables_and_manifests_say_so(command: str, tmp_path: Path) -> None:
    changes = ["--set", "scale=1000", "--set", "end=2010-06-30", "--out", str(tmp_path / "out")]
    more = ["--seeds", "1", "--regimes", "mandatory,no_transmit"] if command == "compare" else []
    told = CliRunner().invoke(app, [command, *changes, *more])
    assert told.exit_code == 0, told.output
    assert all(sentence in flat(told.output) for sentence in CAVEATS.values())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert all(sentence in manifest["caveats"] for sentence in CAVEATS.values())


def test_pictures_say_so() -> None:
    for outcome, expected in (("trust_in_police_hispanic", list(CAVEATS.values())), ("removals", [])):
        figure, _ = plots._blank(4, plots._title(outcome))
        text = flat(figure.get_suptitle())
        assert [sentence for sentence in CAVEATS.values() if sentence in text] == expected


def test_only_what_is_named_has_its_sentence() -> None:
    assert beside(["risk", "TRUST act", "entrusted"]) == []
    assert beside(["trust_in_police"]) == beside(["a", "trust, Hispanic"]) == [CAVEATS["trust"]]
