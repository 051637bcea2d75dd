"""What is pinned for reproduction is what is declared, for every supported Python."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import pin

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
PYTHONS = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", c)]


def lines(python: str) -> list[str]:
    text = (ROOT / "constraints" / f"python-{python}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def unmet(declared: list[str], pinned: dict[str, str], python: str) -> list[str]:
    """Return what is declared for a Python and not pinned, or pinned to what its bound excludes."""
    here = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    wanted = [Requirement(line) for line in declared]
    return [
        str(one)
        for one in wanted
        if (one.marker is None or one.marker.evaluate(here))
        and not one.specifier.contains(pinned.get(canonicalize_name(one.name), "0"), prereleases=True)
    ]


def test_there_is_a_file_for_every_supported_python_and_no_other():
    files = {path.name for path in (ROOT / "constraints").iterdir()}
    assert files == {f"python-{python}.txt" for python in PYTHONS}


@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_is_pinned_within_its_bound(python):
    pinned = dict(line.split("==") for line in lines(python))
    assert unmet([line for group in DECLARED for line in group], pinned, python) == []


@pytest.mark.parametrize("python", PYTHONS)
def test_pins_are_names_and_versions_alone(python):
    """No address, no host, no path, no hash; each package once."""
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.+!]*", line) for line in lines(python))
    names = [line.partition("==")[0] for line in lines(python)]
    assert names == sorted(set(names))
    assert "comity" not in names


@pytest.mark.parametrize(
    "manifest", sorted((ROOT / "results").rglob("manifest.json")), ids=lambda path: path.parent.name
)
def test_committed_results_are_of_pinned_versions(manifest):
    versions = json.loads(manifest.read_text(encoding="utf-8")).get("versions", {})
    if versions:
        pinned = lines(".".join(versions["python"].split(".")[:2]))
        assert {f"{name}=={versions[name]}" for name in ("mesa", "numba", "numpy")} <= set(pinned)


def test_what_is_missing_or_out_of_bounds_is_seen():
    declared = [
        "here>=2",
        "gone>=1",
        "old>=3,<4",
        "elsewhere; sys_platform == 'win32'",
        "late; python_version >= '3.13'",
    ]
    assert unmet(declared, {"here": "2.1", "old": "4.0"}, "3.12") == ["gone>=1", "old<4,>=3"]
    assert unmet(declared, {"here": "2.1", "gone": "1", "old": "3.9", "late": "1"}, "3.13") == []


def test_pins_are_what_pip_reports_without_our_own_package():
    names = [("Solara_Assets", "1.2"), ("comity", "0.1.0"), ("solara", "1"), ("SALib", "1.6.0")]
    report = {"install": [{"metadata": {"name": name, "version": version}} for name, version in names]}
    assert pin.pins(report) == ["salib==1.6.0", "solara==1", "solara-assets==1.2"]
