"""Every folder of results is an RO-Crate, which says the same as its manifest and can be read back."""

import json
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from bundles import sealed
from hypothesis import given, settings
from hypothesis import strategies as st
from rocrate.rocrate import ROCrate

from comity.output.bundle import Bundle

RESULTS = Path(__file__).parents[1] / "results"
FOLDERS = sorted(path.parent.name for path in RESULTS.glob("*/manifest.json"))
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.text("abc é%#?&+-0", min_size=1, max_size=8).filter(lambda name: name.strip(" ."))


def described(folder):
    """The crate of a folder, read back, after its manifest was looked at: both name the same files and versions."""
    about, crate = sealed(folder), ROCrate(folder)
    root = crate.root_dataset
    assert all(root[key] for key in ("name", "description", "datePublished", "license"))
    assert root["datePublished"][:4].isdigit()
    digests = {entity["name"]: entity.get("sha256") for entity in crate.data_entities}
    files = {name: digest for name, digest in about["files"].items() if name != "ro-crate-metadata.json"}
    assert digests == files | {"How the results came about": None}
    for entity in crate.data_entities:
        assert Path(entity.source).is_file(), entity.id
    action = crate.dereference("#run")
    assert {tool["name"]: tool["softwareVersion"] for tool in action["instrument"]} == about["versions"]
    assert {file.id for file in action["result"]} == {entity.id for entity in crate.data_entities}
    return crate


@pytest.mark.parametrize("name", FOLDERS)
def test_committed_results_are_crates(name):
    described(RESULTS / name)


def test_every_committed_folder_but_the_page_has_a_manifest():
    assert {path.name for path in RESULTS.iterdir() if path.is_dir()} - {"local", "page"} == set(FOLDERS)


about_texts = st.fixed_dictionaries(
    {},
    optional={
        "experiment": text.filter(bool),
        "study": st.fixed_dictionaries({"name": text}),
        "scenario": st.fixed_dictionaries({"place": text, "start": text, "end": text}),
        "started": st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}+00:00".rjust(25, "0")),
    },
)


@settings(max_examples=30, deadline=None)
@given(about_texts, st.dictionaries(names, text, max_size=3))
def test_whatever_a_bundle_holds_its_crate_can_be_read_back(about, files):
    with tempfile.TemporaryDirectory() as place:
        tables = {"runs": pd.DataFrame({"x": [1.5]})}
        folder = Bundle(about, tables, files={f"more/{name}": each for name, each in files.items()}).write(
            Path(place, "out")
        )
        described(folder)


def test_the_same_results_give_the_same_crate(tmp_path):
    twice = [Bundle({"experiment": "x"}).write(tmp_path / name) for name in "ab"]
    assert len({(folder / "ro-crate-metadata.json").read_bytes() for folder in twice}) == 1


def test_a_crate_says_when_a_run_began_and_that_is_all_that_it_knows_of_time(tmp_path):
    folder = Bundle({"started": "2026-01-02T03:04:05+00:00"}).write(tmp_path / "out")
    found = json.loads((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    assert {entity["startTime"] for entity in found if "startTime" in entity} == {"2026-01-02T03:04:05+00:00"}
    assert {entity["datePublished"] for entity in found if "datePublished" in entity} == {
        "2026-01-02T03:04:05+00:00"
    }
