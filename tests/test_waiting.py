"""Whoever waits for the compiler is told so before the wait begins, by every command that lives anything."""

from pathlib import Path

import pytest
import typer
from sweep_doubles import SMALL_TOML
from typer.testing import CliRunner

from comity import CooperationModel, warm
from comity.app import launch
from comity.cli import app

LIVING = {
    "run": "run san-francisco --out {out}",
    "compare": "compare san-francisco --seeds 2 --out {out}",
    "sweep": "sweep {study} --out {out}",
    "sweep, quiet": "sweep {study} --quiet --out {out}",
    "reproduce": "reproduce pew-2008-2014 --quick --out {out}",
    "calibrate": "calibrate --quick --out {out}",
    "predict": "predict --quick --out {out}",
    "tournament": "tournament --quick --out {out}",
    "verify": "verify --only conservation",
    "story": "story",
    "page": "page --out {out}.html",
    "show": "show day --timings",
}
READING = {"results", "analyse", "compact", "check", "cache", "doctor", "report", "data"}
"""Commands that live nothing. (`app` says it in the terminal from which it is started, see below.)"""


class ToldError(Exception):
    """Somebody was told."""


@pytest.fixture(autouse=True)
def _nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(**_: object) -> None:
        raise ToldError

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a model was made before anybody was told")

    monkeypatch.setattr(warm, "up", tell)
    monkeypatch.setattr(CooperationModel, "__init__", refuse)


@pytest.mark.parametrize("command", LIVING)
def test_a_command_that_lives_says_so_before(command: str, tmp_path: Path) -> None:
    study = tmp_path / "small.toml"
    study.write_text(SMALL_TOML)
    line = LIVING[command].format(out=tmp_path / "out", study=study)
    result = CliRunner().invoke(app, line.split())
    assert isinstance(result.exception, ToldError), result.output


def test_the_browser_says_so_before() -> None:
    with pytest.raises(ToldError):
        launch.warm()


def test_every_command_is_asked() -> None:
    every = set(typer.main.get_command(app).commands)
    assert every == {line.split()[0] for line in LIVING.values()} | READING | {"app"}
