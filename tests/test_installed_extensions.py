"""Extensions that are installed: by name they are what they are as objects, and `show` has what they add."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from comity_outreach import outreach
from outreach_example import FOLDER, ON, ROOT, SMALL

from comity import CooperationModel, behaviour, extensions

if TYPE_CHECKING:
    from pathlib import Path


# ---------------------------------------------------------------------------- installed, by name
@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment in which the example is installed: its file and the entry point of its pyproject."""
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    site = tmp_path_factory.mktemp("site")
    info = site / "comity_outreach-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1.0\n")
    points = project["entry-points"][extensions.GROUP] | {"absent": "comity_absent:it", "wrong": "math:pi"}
    lines = "\n".join(f"{name} = {value}" for name, value in points.items())
    (info / "entry_points.txt").write_text(f"[{extensions.GROUP}]\n{lines}\n")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "model"), str(FOLDER), str(site))),
        "COLUMNS": "100",
    }


def command(installed: dict[str, str], *words: str, **more: str) -> tuple[int, str]:
    line = [sys.executable, "-c", "from comity.cli import main; main()", *words]
    done = subprocess.run(line, env=installed | more, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("topic", "shown"),
    [
        ("extensions", "met_chief"),
        ("parameters", "chief_turnout"),
        ("hypotheses", "HV"),
        ("day", "The chief visits"),
        ("measures", "met_share"),
    ],
)
def test_show_has_what_an_installed_extension_adds(installed: dict[str, str], topic: str, shown: str) -> None:
    code, text = command(installed, "show", topic, "--set", "extensions=outreach")
    assert (code, shown in text) == (0, True)
    if topic != "extensions":
        assert shown not in command(installed, "show", topic)[1]


def test_a_run_by_name_is_the_run_by_object_compiled_or_not(
    installed: dict[str, str], tmp_path: Path
) -> None:
    changes = [f"{name}={value}" for name, value in (SMALL | ON | {"extensions": "outreach"}).items()]
    sets = [word for change in changes for word in ("--set", change)]
    tables = []
    for k, jit in enumerate(("0", "1")):
        folder = tmp_path / str(k)
        code, text = command(
            installed, "run", "san-francisco", *sets, "--out", str(folder), NUMBA_DISABLE_JIT=jit
        )
        assert code == 0, text
        assert f'"outreach": "{behaviour.extension(outreach)}"' in (folder / "manifest.json").read_text()
        tables.append((folder / "weekly.csv").read_text())
    assert tables[0] == tables[1]
    here = tmp_path / "here.csv"
    CooperationModel("san-francisco", **SMALL | ON, extensions=[outreach]).run().table().to_csv(
        here, index=False
    )
    assert tables[0] == here.read_text()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("outreech", "'outreech': not installed; valid: did you mean outreach?"),
        ("absent", "'absent': cannot be loaded (ModuleNotFoundError: No module named 'comity_absent')"),
        ("wrong", "'wrong': is a float in math:pi; valid: an entry point that is an Extension"),
        ("outreach,outreach", "stands in the list twice"),
        ("./evil.py", "'./evil.py': not installed"),
    ],
)
def test_what_is_not_installed_ends_in_a_message_with_what_is(
    installed: dict[str, str], tmp_path: Path, name: str, said: str
) -> None:
    folder = tmp_path / "out"
    code, text = command(
        installed, "run", "--set", f"extensions={name}", "--set", "scale=1000", "--out", str(folder)
    )
    assert code == 2, text
    assert said in text
    assert "Traceback" not in text
    assert not folder.exists()


def test_the_example_fits_on_a_page() -> None:
    assert len((FOLDER / "comity_outreach.py").read_text().splitlines()) <= 60
