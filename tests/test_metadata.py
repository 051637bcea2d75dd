"""pyproject.toml, CITATION.cff and codemeta.json say what somesy.toml says; `somesy sync` makes them."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = tomllib.loads((ROOT / "somesy.toml").read_text(encoding="utf-8"))["project"]
AUTHORS = [entry["name"] for entry in SOURCE["entities"] + SOURCE.get("people", []) if entry.get("author")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CODEMETA = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))


def cff():
    """The keys of CITATION.cff, as far as they are plain, and its lists."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    plain = dict(re.findall(r'^(\w[\w-]*): "?(.+?)"?$', text, flags=re.MULTILINE))
    lists = re.findall(r"^(\w[\w-]*):\n((?:  ?- .+\n|    .+\n)+)", text, flags=re.MULTILINE)
    return plain | {
        key: re.findall(r"^ *- (?:name: )?\"?(.+?)\"?$", rows, flags=re.MULTILINE) for key, rows in lists
    }


FOUND = {
    "pyproject.toml": {
        **{key: PROJECT[key] for key in ("name", "version", "description", "keywords", "license")},
        "authors": [author["name"] for author in PROJECT["authors"]],
    },
    "CITATION.cff": {
        **{key: cff()[key] for key in ("version", "keywords", "license", "authors")},
        "name": cff()["title"],
        "description": cff()["abstract"],
    },
    "codemeta.json": {
        **{key: CODEMETA[key] for key in ("name", "version", "description", "keywords")},
        "license": CODEMETA["license"][0].rpartition("/")[2],
        "authors": [author["name"] for author in CODEMETA["author"]],
    },
}


@pytest.mark.parametrize("file", FOUND)
def test_a_file_says_what_is_said_once(file):
    keys = ("name", "version", "description", "keywords", "license")
    assert FOUND[file] == {key: SOURCE[key] for key in keys} | {"authors": AUTHORS}


def test_codemeta_names_what_the_project_needs():
    needed = {re.split(r"[^\w-]", line)[0] for line in PROJECT["dependencies"]}
    assert {each["name"] for each in CODEMETA["softwareRequirements"]} == needed
