"""What is said of dependencies, completion and platforms is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from comity import doctor, kernels
from comity.kernels import SLOWER
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


@pytest.mark.parametrize("system", ["win32", "emscripten"])
def test_what_a_system_cannot_do_is_said_at_once(tmp_path, monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    for begin in (lambda: command.prepare("fear-and-ties", tmp_path / "kept"), lambda: engines.Local(1)):
        with pytest.raises(InputError, match="Windows Subsystem for Linux"):
            begin()
    assert list(tmp_path.iterdir()) == []


def test_without_the_compiler_commands_work_and_say_once_what_to_install(tmp_path):
    """Kernels are Python then; nothing that a command imports asks for numba."""
    without = (
        "import sys; sys.modules |= {'numba': None, 'llvmlite': None}; from comity.cli import main; main()"
    )
    run = "run san-francisco --set scale=2000 --set end=2009-01-31 --out out"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", without, *run.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line for line in done.stderr.splitlines() if "pip install numba" in line] == [
        f"comity: numba is not installed, and without it {SLOWER}; for speed, pip install numba"
    ]
    assert (tmp_path / "out" / "weekly.parquet").is_file()


def test_a_worker_leaves_it_to_who_started_it_to_say_so(monkeypatch, capsys):
    monkeypatch.setattr(kernels, "INSTALLED", False)
    for parent in (object(), None):
        monkeypatch.setattr(kernels, "parent_process", lambda parent=parent: parent)
        kernels.say_if_slow.__wrapped__()
        assert bool(capsys.readouterr().err) is (parent is None)


@pytest.mark.parametrize(("installed", "advice"), [(False, "pip install numba"), (True, "")])
def test_the_doctor_says_that_there_is_no_compiler(monkeypatch, installed, advice):
    monkeypatch.setattr(doctor, "INSTALLED", installed)
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    monkeypatch.setattr(doctor, "_version", lambda name: "1" if installed or name != "numba" else "missing")
    found = doctor._compiler(), doctor._extra("")
    assert advice in found[0].advice
    assert bool(found[0].advice) is not installed
    assert (found[1].found, found[1].fatal) == ("complete", False)


def test_what_is_needed_is_what_holds_on_this_platform(monkeypatch):
    declared = ["both>=1", "here; sys_platform != 'nowhere'", "gone; sys_platform == 'nowhere'"]
    more = [
        "a.more>=2; extra == 'app'",
        "other; extra == 'docs'",
        "away; extra == 'app' and sys_platform == 'nowhere'",
    ]
    monkeypatch.setattr(doctor, "requires", lambda _name: declared + more)
    assert doctor.packages() == ["both", "here"]
    assert doctor.packages("app") == ["a.more"]
    assert "numba>=0.62; sys_platform != 'emscripten'" in PROJECT["dependencies"]
