"""What is said of dependencies, completion and platforms is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from comity.problems import InputError
from comity.sweeps import command, engines

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names(declared: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", line)[0] for line in declared}


def test_every_dependency_is_said_to_be_for_something():
    base = PAGE.partition("| package |")[2].partition("| extra |")[0]
    assert set(
        re.findall(r"`([\w-]+)`", "\n".join(re.findall(r"^\| (`.+?) \|", base, flags=re.MULTILINE)))
    ) == names(PROJECT["dependencies"])


def test_every_extra_is_listed_with_its_packages():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", PAGE.partition("| extra |")[2], flags=re.MULTILINE))
    assert set(rows) == set(PROJECT["optional-dependencies"])
    for extra in set(rows) - {"dev"}:
        assert set(re.findall(r"`([\w.-]+)`", rows[extra])) == names(PROJECT["optional-dependencies"][extra])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_topics(shell):
    for typed, expected in (("comity sho", "show"), ("comity show para", "parameters")):
        words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" ")), "_TYPER_COMPLETE_ARGS": typed}
        env = (
            os.environ
            | words
            | {"_COMITY_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
        )
        code = "import sys; sys.argv[0] = 'comity'; from comity.cli import main; main()"
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
        )
        assert expected in done.stdout, done.stderr


def test_what_a_system_cannot_do_is_said_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    for begin in (lambda: command.prepare("fear-and-ties", tmp_path / "kept"), lambda: engines.Local(1)):
        with pytest.raises(InputError, match="Windows Subsystem for Linux"):
            begin()
    assert list(tmp_path.iterdir()) == []
