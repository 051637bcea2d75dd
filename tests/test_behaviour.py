"""The version of the model changes with everything on which a result depends, and with nothing else."""

import ast
import io
import os
import shutil
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import behaviour
from comity.published.estimates import MEASURER
from comity.sweeps import measurers

ROOTS = (behaviour.LIVES, *(name for who in measurers.every() for name in who.modules))


def files():
    """Paths of all modules of the closure, in the package."""
    found = behaviour.closure(behaviour.PACKAGE, ROOTS)
    return sorted(path.relative_to(behaviour.PACKAGE) for path, _ in found.values())


def tables():
    """Paths of all files of data that lie beside them."""
    folders = {(behaviour.PACKAGE / file).parent for file in files()}
    return sorted(
        path.relative_to(behaviour.PACKAGE) for folder in folders for path in behaviour._data(folder)
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package that may be changed."""
    folder = tmp_path_factory.mktemp("copy") / "comity"
    shutil.copytree(behaviour.PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__", "static"))
    return folder


@pytest.fixture(scope="module")
def before(package):
    return behaviour.fingerprint(package, ROOTS)


def with_text(package, name, text):
    """The version with another text in a file."""
    path = package / name
    kept = path.read_bytes()
    try:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return behaviour.fingerprint(package, ROOTS)
    finally:
        path.write_bytes(kept)


def test_a_copy_has_the_same_version(before):
    assert before == behaviour.fingerprint(behaviour.PACKAGE, ROOTS)


def test_a_line_in_any_file_of_the_closure_is_another_version(package, before):
    changed = {
        name: with_text(package, name, (package / name).read_text() + "\nADDED = 1\n") for name in files()
    }
    assert len(changed) > 50
    assert [name for name, version in changed.items() if version == before] == []


def test_data_are_part_of_the_version(package, before):
    changed = {name: with_text(package, name, (package / name).read_bytes() + b"1") for name in tables()}
    assert len(changed) > 5
    assert [name for name, version in changed.items() if version == before] == []


def test_the_closure_holds_what_measures(package):
    wanted = "model.py parameters.py agents/police.py observe/tables.py observe/asking.py sweeps/outcomes.py sweeps/runfile.py"
    assert set(map(Path, wanted.split())) <= set(files())
    assert {"policy/regimes.toml", "policy/historical.toml", "world/data/counties_2010.csv"} <= set(
        map(str, tables())
    )
    assert not {"cli.py", "show.py", "analyse/plots.py", "sweeps/store.py", "app/server.py"} & set(
        map(str, files())
    )


@pytest.mark.parametrize("who", measurers.every(), ids=lambda who: who.modules[0])
def test_what_measures_a_run_is_in_the_closure(who):
    """Else the modules would be a list kept by hand."""
    closure = behaviour.closure(behaviour.PACKAGE, (behaviour.LIVES, *who.modules))
    assert {who.live.__module__, who.outcomes.__module__, "comity.sweeps.runfile"} <= closure.keys()
    assert not {"comity.sweeps.store", "comity.sweeps.study", "comity.dictionary"} & closure.keys()


def test_nothing_that_runs_is_missing_from_the_closure():
    """Live a run, and compare with what Python has imported meanwhile."""
    code = """
import sys
from comity.sweeps import outcomes, runfile
before = set(sys.modules)
from comity.model import CooperationModel
model = CooperationModel("san-francisco", end="2009-02-01", scale=2000, observe=("attitudes", "recorded_crime"))
runfile.observe(model.run(), outcomes.OUTCOMES)
print(*(name for name in sys.modules if name.startswith("comity.")))
"""
    plain = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    shown = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=plain
    ).stdout
    assert set(shown.split()) <= set(
        behaviour.closure(behaviour.PACKAGE, (behaviour.LIVES, *measurers.PERIODS.modules))
    )


IDLE = st.sampled_from(["# a comment", "", "    # one further in", '"""A text."""'])


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_comments_docstrings_and_layout_do_not_matter(package, before, data):
    name = data.draw(st.sampled_from(files()))
    text = (package / name).read_text()
    spots = [
        node.body[0].lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.body[0].col_offset > node.col_offset
    ]
    lines = text.splitlines()
    for spot in sorted(data.draw(st.lists(st.sampled_from(spots or [1]), unique=True)), reverse=True):
        indent = lines[spot - 1][: len(lines[spot - 1]) - len(lines[spot - 1].lstrip())]
        if spots:
            lines.insert(spot - 1, f'{indent}"""Another text."""')
    lines += data.draw(st.lists(IDLE.filter(lambda line: not line.startswith(" "))))
    assert with_text(package, name, commented("\n".join(lines))) == before


def commented(text: str) -> str:
    """Return a text with a comment above each of its empty lines; those within a text that the program says are not empty."""
    lines = text.splitlines()
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    empty = [token.start[0] for token in tokens if token.type == tokenize.NL and not token.line.strip()]
    for number in reversed(empty):
        lines.insert(number - 1, "# more")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "statement",
    [
        "from comity import newcomer",
        "import comity.newcomer as other",
        "def later():\n    from comity.newcomer import NUMBER",
        "class Lazy:\n    def use(self):\n        import comity.newcomer",
        "from . import newcomer",
        "from .newcomer import NUMBER",
        "WHERE = 'comity.newcomer'",
        "try:\n    import comity.newcomer\nexcept ImportError:\n    pass",
    ],
)
def test_every_way_to_import_is_followed(package, statement):
    (package / "newcomer.py").write_text("NUMBER = 1\n")
    path = package / "draws.py"
    kept = path.read_text()
    try:
        path.write_text(f"{kept}\n{statement}\n")
        one = behaviour.fingerprint(package, ROOTS)
        assert with_text(package, "newcomer.py", "NUMBER = 2\n") != one
        path.write_text(f"{kept}\nif TYPE_CHECKING:\n    import comity.newcomer\n")
        one = behaviour.fingerprint(package, ROOTS)
        assert with_text(package, "newcomer.py", "NUMBER = 2\n") == one
    finally:
        path.write_text(kept)
        (package / "newcomer.py").unlink()


@pytest.mark.parametrize("library", [*behaviour.LIBRARIES, *MEASURER.libraries])
def test_libraries_are_part_of_the_version(monkeypatch, library):
    version = behaviour.behaviour.__wrapped__
    estimated = (MEASURER.modules, MEASURER.libraries)
    known = version(), version(*estimated)
    installed = behaviour.installed
    monkeypatch.setattr(behaviour, "installed", lambda name: "0.0" if name == library else installed(name))
    assert (version() != known[0], version(*estimated) != known[1]) == (library in behaviour.LIBRARIES, True)


def test_nothing_is_imported_to_find_out():
    code = "import sys; from comity.behaviour import behaviour; behaviour(); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert not {"numpy", "numba", "mesa", "comity.model"} & set(shown.split())
