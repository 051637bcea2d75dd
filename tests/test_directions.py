"""Which room imports which: downwards only, and never in a circle, within functions and for type checkers as well."""

import ast
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

import comity

PACKAGE = Path(comity.__file__).parent
ROOMS = ("report", "tournament", "calibrate", "published", "analyse", "sweeps", "output", "model")
"""From top to bottom; ``model`` stands for all that a run is made of."""

MODEL = {
    *(
        "model",    "day",      "agents",   "columns",  "world",    "observe",  "policy",   "data",
        "scenario", "draws",    "kernels",
    ),
    *("parameters", "hypotheses", "problems", "reading", "batches", "extensions", "extended"),
    *("behaviour", "checkpoint", "compiling", "kept", "writing"),
}  # fmt: skip


def name_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in PACKAGE.rglob("*.py")}


def imported(text, modules):
    """Modules that a text imports, wherever it does so."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            found = {name if name in modules else node.module for name in inner}
            yield from (name for name in found if name in modules)


@cache
def edges():
    """Return who imports whom; not before somebody asks: it takes a second."""
    return {(name, to) for name, path in MODULES.items() for to in imported(path.read_text(), MODULES)}


def rank(module):
    room = module.split(".")[1] if "." in module else ""
    room = "model" if room in MODEL else room
    return ROOMS.index(room) if room in ROOMS else None


def upwards(edges):
    return {(a, b) for a, b in edges if None not in (rank(a), rank(b)) and rank(b) < rank(a)}


def test_imports_go_down():
    assert upwards(edges()) == set()


def circles(edges):
    graph = nx.DiGraph(edges)
    graph.remove_node("comity")  # the door names everything for those who use the package
    groups = (group for group in nx.strongly_connected_components(graph) if len(group) > 1)
    return sorted(" ".join(sorted(name.removeprefix("comity.") for name in group)) for group in groups)


def test_there_are_no_circles():
    assert circles(edges()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "from comity.published import estimates",
        "from comity.published.estimates import ESTIMATES",
        "import comity.published.estimates",
        "def later():\n    from comity.published import estimates",
        "if TYPE_CHECKING:\n    from comity.published.estimates import ESTIMATES",
    ],
)
def test_every_way_to_import_is_seen(statement):
    found = {("comity.world.state", to) for to in imported(statement, MODULES)}
    assert upwards(found) == {("comity.world.state", "comity.published.estimates")}
