"""Names say what is in a module, and mark what is its own: docs/architecture.md has the rules."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from test_directions import MODULES

import comity

ROOT = Path(__file__).parents[1]


@cache
def users():
    """Return every file that may use a name, as a tree; not before somebody asks: it takes seconds."""
    rooms = ("tests", "tools", "benchmarks", "experiments")
    files = (*MODULES.values(), *(path for room in rooms for path in (ROOT / room).rglob("*.py")))
    return {path.resolve(): ast.parse(path.read_text()) for path in files}


def trees():
    return {name: users()[path.resolve()] for name, path in MODULES.items()}


# ------------------------------------------------------------------------------------------ what is said of a module
def says(name, tree):
    """Return whether the first paragraph of a module has all words of its name."""
    paragraph = (ast.get_docstring(tree) or "").partition("\n\n")[0].lower().replace("-", " ")
    return all(word.removesuffix("s") in paragraph for word in name.rpartition(".")[2].strip("_").split("_"))


def test_modules_are_called_after_what_they_say_of_themselves():
    silent = sorted(name for name, tree in trees().items() if not says(name, tree))
    assert len(silent) < 0.12 * len(MODULES), silent


@pytest.mark.parametrize(
    ("text", "said"), [('"""A pipe of jails."""', True), ('"""Cases."""', False), ("", False)]
)
def test_what_a_module_says_is_compared_with_its_name(text, said):
    assert says("comity.agents.jail_pipes", ast.parse(text)) == said


# ----------------------------------------------------------------------------------------------- what is its own
def named(tree):
    """Yield every name that a file uses; within strings too, where fixtures, patches and annotations have theirs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value)


def handed_on(tree):
    """Return names in what a module shows: signatures of its functions, bodies of its classes, its constants."""
    shown = []
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            shown.append(node)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            shown += node.body
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            shown += [node.args, *([node.returns] if node.returns else [])]
    return {n.id for part in shown for n in ast.walk(part) if isinstance(n, ast.Name)}


def unmarked(tree, elsewhere):
    """Return functions and classes of a module that nobody else uses, and whose names do not say so.

    Left out are those that a decorator with arguments puts into a list (commands, estimates), and classes of what others are
    handed.
    """
    seen = elsewhere | set(comity.__all__)
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        listed = any(re.search(r"command\(|estimate", ast.unparse(d)) for d in node.decorator_list)
        handed = isinstance(node, ast.ClassDef) and node.name in handed_on(tree)
        if node.name not in seen and not listed and not handed:
            yield node.name


def test_what_nobody_else_uses_is_marked():
    words = {path: set(named(tree)) for path, tree in users().items()}
    files = Counter(name for names in words.values() for name in names)
    found = []
    for name, path in MODULES.items():
        here = words[path.resolve()]
        elsewhere = {word for word, n in files.items() if n > (word in here)}
        found += [f"{name}.{own}" for own in unmarked(trees()[name], elsewhere)]
    assert found == [], "begin their names with _"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("def used(): ...\ndef lonely(): ...", ["lonely"]),
        ("def _lonely(): ...\nclass Alone: ...", ["Alone"]),
        ("class Found: ...\ndef used() -> Found: ...", []),
        ("@app.command('lonely')\ndef lonely(): ...", []),
        ("def load(): ...", []),
    ],
)
def test_who_is_unmarked(text, own):
    assert list(unmarked(ast.parse(text), {"used"})) == own


def imports_of_marked(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("comity"):
            yield from (f"{node.module}.{a.name}" for a in node.names if re.match(r"_(?!_)", a.name))


def test_no_module_imports_what_another_has_marked():
    assert {name: found for name, tree in trees().items() if (found := list(imports_of_marked(tree)))} == {}
    assert list(imports_of_marked(ast.parse("from comity.agents.jails import _admit"))) != []
