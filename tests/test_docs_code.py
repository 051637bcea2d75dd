"""Every block of code of every page is right: it runs, or what it names is there.

Pages of `RUN` are lived from top to bottom in one empty folder, as a reader would who copies everything: programs run, commands
run, and a file whose first line is a comment with its name is written. A comment before a block says what is left out there:
``<!-- not run: why -->`` never runs, ``<!-- minutes -->`` only with ``-m minutes``.

Of all blocks, and of those of all other pages, commands must be ones that there are, with options that they have; programs must
compile and import what there is; tables must be TOML.
"""

from __future__ import annotations

import ast
import importlib
import os
import re
import shlex
import subprocess
import sys
import textwrap
import tomllib
import warnings
from contextlib import chdir
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from typer.testing import CliRunner

from comity.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/howto/*.md"),
        *ROOT.glob("experiments/**/*.md"),
    ]
)
RUN = [ROOT / "docs" / name for name in ("tutorial.md", "formats.md", "mesa.md")] + sorted(
    ROOT.glob("docs/howto/*.md")
)
BLOCK = re.compile(r"(?:^ *<!-- ([^\n]+) -->\n)?^( *)```(\w*)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
ELSEWHERE = {"micropip"}
"""What only Pyodide has."""

COMMAND: Any = typer.main.get_command(app)
FOLLOWS = {"if", "then", "fi", "for", "do", "done", "&&", "|"}


class Block(NamedTuple):
    """One block of code of a page."""

    page: str
    number: int
    remark: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}-{self.number}-{self.language}"


def blocks(path: Path) -> list[Block]:
    found = BLOCK.findall(path.read_text(encoding="utf-8"))
    name = path.relative_to(ROOT).as_posix()
    return [
        Block(name, k, remark, language, textwrap.dedent(text))
        for k, (remark, _, language, text) in enumerate(found)
    ]


ALL = [block for path in PAGES for block in blocks(path)]


def commands(text: str) -> list[list[str]]:
    """Return what is typed after ``comity`` in a block for the shell."""
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = (
        shlex.split(line, comments=True)
        for line in joined.splitlines()
        if "comity" in line and "'''" not in line
    )
    parts = (part for words in lines for part in _parts(words))
    return [words[1:] for words in parts if words and re.fullmatch(r"(.*/)?comity", words[0])]


def _parts(words: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for word in words:
        if word in FOLLOWS:
            found.append([])
        else:
            found[-1].append(word)
    return found


def of(*languages: str) -> list[Any]:
    return [pytest.param(block, id=str(block)) for block in ALL if block.language in languages]


@pytest.mark.parametrize("block", of("sh", "bash", ""))
def test_commands_are_there_with_their_options(block: Block) -> None:
    for words in commands(block.text):
        command: Any = COMMAND
        if words and words[0].startswith("--"):  # these act at once
            assert words[0] in {option for parameter in command.params for option in parameter.opts}, words
            continue
        while words and words[0] in getattr(command, "commands", ()):
            command = command.commands[words.pop(0)]
        assert not hasattr(command, "commands") or not words, words
        command.make_context("comity", words)  # refuses options and values that there are not


@pytest.mark.parametrize("block", of("python"))
def test_programs_compile_and_import_what_there_is(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        names = [alias.name for alias in getattr(node, "names", ())]
        if isinstance(node, ast.Import):
            assert all(importlib.import_module(name) for name in names if name not in ELSEWHERE)
        elif isinstance(node, ast.ImportFrom) and node.module != "comity_outreach":
            module = importlib.import_module(str(node.module))
            for name in names:
                assert hasattr(module, name) or importlib.import_module(f"{node.module}.{name}"), name


@pytest.mark.parametrize("block", of("toml"))
def test_tables_are_toml(block: Block) -> None:
    assert tomllib.loads(block.text)


def test_no_kind_of_block_is_overlooked() -> None:
    looked_at = {
        "sh",        "bash",      "",          "python",    "toml",      "sql",       "r",
        "diff",      "text",      "mermaid",   "json",      "{toctree}",
    }  # fmt: skip
    assert {block.language for block in ALL} <= looked_at
    assert sum(block.text.count("comity ") for block in ALL) > 40


def live(path: Path, folder: Path, *, minutes: bool) -> None:
    """Do what a page says, from top to bottom."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "model"), "MPLBACKEND": "Agg"}
    for block in blocks(path):
        if block.remark.startswith("not run") or (block.remark == "minutes" and not minutes):
            continue
        name = re.match(r"# ([\w-]+\.toml)\n", block.text)
        if block.language == "toml" and name:
            (folder / name[1]).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            script = folder / f"block{block.number}.py"
            script.write_text(block.text, encoding="utf-8")
            run([sys.executable, script.name], folder, env)
        elif block.language == "sh":
            for words in commands(block.text):
                with chdir(folder), warnings.catch_warnings(action="ignore"):
                    done = CliRunner().invoke(app, words, env={"COLUMNS": "80", "TERM": "dumb"})
                assert done.exit_code == 0, f"{shlex.join(words)}\n{done.output}\n{done.exception}"


def run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_a_reader_who_copies_everything_gets_there(path: Path, tmp_path: Path) -> None:
    live(path, tmp_path, minutes=False)


@pytest.mark.minutes
@pytest.mark.parametrize(
    "path", [p for p in RUN if "<!-- minutes -->" in p.read_text(encoding="utf-8")], ids=lambda p: p.stem
)
def test_a_reader_with_time_gets_there_too(path: Path, tmp_path: Path) -> None:
    live(path, tmp_path, minutes=True)
