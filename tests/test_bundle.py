"""One bundle writes every folder of results: the same keys in every manifest, and a checksum of every file."""

import ast
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from bundles import manifest_of
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import comity
from comity.analyse import compare
from comity.output import run
from comity.output.bundle import Bundle
from comity.report.report import write as report
from comity.scenario import load

PACKAGE = Path(comity.__file__).parent
SMALL = ["scale=2000", "end=2009-03-31"]
names = st.text("abcdefgh-", min_size=1, max_size=8).filter(lambda name: name.strip("-"))


def figure(points):
    drawn = Figure(figsize=(3, 3), layout="constrained")
    axes = drawn.subplots()
    axes.plot(points)
    axes.set_axis_off()  # hypothesis finds numbers whose labels have no room
    return drawn


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(names, st.lists(st.floats(allow_nan=True), max_size=3), max_size=3),
    st.dictionaries(names, st.lists(st.floats(-9, 9), max_size=3), max_size=1),
    st.dictionaries(names, st.binary(max_size=20) | st.text(max_size=20), max_size=3),
    st.dictionaries(names, st.none() | st.integers(), max_size=3),
    st.booleans(),
)
def test_whatever_is_in_a_bundle_its_manifest_names_it(tables, pictures, files, about, exact):
    with tempfile.TemporaryDirectory() as place:
        bundle = Bundle(
            about,
            {name: pd.DataFrame({"x": column}) for name, column in tables.items()},
            {name: figure(points) for name, points in pictures.items()},
            {f"more/{name}.txt": content for name, content in files.items()}
            | {"made": lambda path: path.write_text("as it is made")},
            exact,
        )
        found = manifest_of(bundle.write(Path(place, "out")))
        assert len(found["files"]) == len(tables) + 2 * len(pictures) + len(files) + 2
        assert found.items() >= about.items()


@pytest.mark.parametrize(
    "write",
    [
        lambda out: run.run(load("san-francisco", SMALL), out, observe=["calls"]),
        lambda out: run.run(load("united-states", ["scale=30000", "end=2006-03-31"]), out),
        lambda out: compare.write(load("san-francisco", [*SMALL, "compare=mandatory,no_receive"]), out, 2),
        lambda out: report(out, root=out.parent),
    ],
    ids=["run", "run of the nation", "compare", "report"],
)
def test_a_folder_says_how_it_came_about(tmp_path, write):
    """Those of sweeps (findings, reproduce, calibrate, tournament, predict) are looked at where their tests write them."""
    write(tmp_path / "out")
    manifest_of(tmp_path / "out")


WRITES = {"savefig", "to_csv", "to_parquet"}
ELSEWHERE = {
    "output/bundle.py",  # the one
    "output/pictures.py",  # what it calls
    "app/downloads.py",  # what a browser saves
    "published/experiments.py",  # what was published
    "verify/golden.py",  # a text that is hashed
}


def test_nobody_else_writes_tables_and_pictures():
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in WRITES
    }
    assert found == ELSEWHERE
