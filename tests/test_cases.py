"""Small inputs that once failed, each as it was handed in: every one ends in the right value or in one clear message.

The inputs lie in `cases/`, a folder for each. Those that are too large for that (workbooks, a list of findings) are made here.
Where the collection that they come from lies beside the repository, a test says what it has that is not here.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import pytest
from test_workbooks import bomb
from typer.testing import CliRunner

import comity
from comity.cli import app

HERE = Path(__file__).parent / "cases"
SHARED = Path(
    os.environ.get("COMITY_SHARED", Path(__file__).parents[1].resolve().parent / "shared" / "data")
).with_name("cases")
MADE = {"19-costly-workbooks/cell600.xlsx", "19-costly-workbooks/wide100.xlsx"} | {
    "20-long-names/targets_long.toml",
    "README.md",
}
"""Files of the collection that are not kept here: tests make their like."""

AS_A_USER = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")

ROOT = Path(comity.__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the cases are scripts for Linux")


class Done(NamedTuple):
    """How a command ended."""

    code: int
    said: str


class Case:
    """A copy of the folder of a case, in which its commands are run."""

    def __init__(self, number: str, folder: Path) -> None:
        shutil.copytree(HERE, folder / "cases")
        self.place = next((folder / "cases").glob(f"{number}-*"), folder / "cases")
        self.data = folder / "data"
        programs = folder / "programs"
        programs.mkdir()
        python = shlex.quote(sys.executable)
        lines = {"python": f'{python} "$@"', "comity": f'{python} -m comity "$@"'}
        if os.geteuid():
            lines["setpriv"] = 'env "${@:2}"'  # others than root have no rights to lay down
        for name, line in lines.items():
            (programs / name).write_text(f"#!/bin/bash\nexec {line}\n")
            (programs / name).chmod(0o755)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        self._environment = os.environ | {"PATH": path, "COMITY": str(ROOT), "COMITY_DATA": str(self.data)}

    def __call__(self, *command: str) -> Done:
        """Run a command in the folder of the case, our own in this process: to start another takes longer than most of them."""
        if command[0] == "comity":
            with chdir(self.place), warnings.catch_warnings(action="ignore"):
                ended = CliRunner().invoke(
                    app, command[1:], env=self._environment | {"COLUMNS": "80", "TERM": "dumb"}
                )
            return Done(ended.exit_code, ended.output)
        done = subprocess.run(  # noqa: S603
            command,
            cwd=self.place,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        return Done(done.returncode, done.stdout)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace something in a file, which must be there."""
        text = (self.place / name).read_text()
        assert re.search(old, text)
        (self.place / name).write_text(re.sub(old, new, text))


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    """Return the case that the name of the test says."""
    return Case(request.function.__name__.split("_")[1], tmp_path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the collection of cases is not beside the repository")
def test_every_case_of_the_collection_is_here() -> None:
    there = {str(file.relative_to(SHARED)): file.read_bytes() for file in SHARED.rglob("*") if file.is_file()}
    here = {str(file.relative_to(HERE)): file.read_bytes() for file in HERE.rglob("*") if file.is_file()}
    assert {name: content for name, content in there.items() if name not in MADE} == here
    numbers = {folder.name[:2] for folder in SHARED.iterdir() if folder.is_dir()}
    assert numbers == {name[5:7] for name in globals() if re.match(r"test_\d\d_", name)}


def test_01_workers_cannot_import_what_came_from_standard_input(case: Case) -> None:
    said = case("bash", "heredoc.sh").said
    assert said.startswith("4 0 False\n"), said


def test_01_a_worker_dies_while_nothing_is_in_hand(case: Case) -> None:
    case.edit("study.toml", "seeds = 2000", "seeds = 40")
    said = case("python", "kill_first_worker.py").said
    assert "killed worker" in said
    assert "rc 0\n" in said
    assert "40 of 40 runs are done" in said


def test_02_points_that_coincide_are_done_when_they_are_done(case: Case) -> None:
    said = case("bash", "run.sh").said
    assert said.count("rc=0") == 2
    whole = said.rpartition("rc=0")[2]
    assert "missing" not in whole
    assert "32 of 32 runs are done, 0 of them now" in whole
    assert {"runs.parquet", "weekly.parquet"} <= set(whole.split())


def test_03_a_command_that_may_not_read_removes_nothing(case: Case) -> None:
    said = case(*AS_A_USER, "bash", "permissions.sh").said
    assert [line for line in said.splitlines() if line.isdigit()] == ["4", "4"]
    assert "permission denied" in said
    assert "Traceback" not in said


def test_04_a_cache_that_cannot_be_written_is_done_without(case: Case) -> None:
    case.edit("run.sh", r"\./out", "$PWD/out")  # others are no caches, and the user's own is taken
    case.edit("run.sh", r"\$\(.*\)", "any")
    said = case("bash", "run.sh").said
    assert "rc=0" in said
    assert said.count("compiled code is not kept") == 1
    assert "Traceback" not in said


def test_05_iterations_of_mesa_are_different_histories(case: Case) -> None:
    said = case("python", "case.py").said  # Mesa 3.5 warns of a word of the case
    printed = next(line for line in said.splitlines() if line.startswith("["))
    seeds, values = zip(
        *(row[1:] for row in eval(printed)),  # noqa: S307 - what the case prints
        strict=True,
    )
    assert seeds == (1, 2, 3)
    assert len(set(values)) == 3


def test_06_parts_of_a_county_are_never_the_whole(case: Case) -> None:
    code, said = case("comity", "data", "import", "activation", "both-parts-same-date.csv")
    assert (code, "parts of 02261" in said) == (0, True)
    for kind, file in {"noncitizens": "part-taken-for-whole.csv", "outcomes": "outcomes-part.csv"}.items():
        code, said = case("comity", "data", "import", kind, file)
        assert code == 2
        assert f"{file}: row 2, column fips = '02063': only a part" in said
        assert len(said.splitlines()) == 1


def test_07_other_code_does_not_go_on_in_a_store(case: Case) -> None:
    code, said = case("bash", "run.sh")
    assert code == 2
    assert "2 of 2 runs are done" in said
    assert said.count("computed by another version of the model") == 2


def test_09_a_script_without_a_guard_ends_in_one_line(case: Case) -> None:
    code, said = case("python", "script.py")
    assert code == 1
    assert len(said.splitlines()) == 1
    assert 'if __name__ == "__main__":' in said


def test_10_numbers_are_whole_in_a_narrow_terminal(case: Case) -> None:
    code, said = case("bash", "run.sh")
    assert code == 0
    booked = next(line for line in said.splitlines() if line.startswith("booked"))
    assert all(re.fullmatch(r"\d{1,3}(,000)*", number) for number in booked.split()[1:]), booked
    assert not re.search(r"^\s*0+\s*$", said, re.MULTILINE)


def test_11_one_place_under_two_names_is_lived_once(case: Case) -> None:
    code, said = case("comity", "sweep", "study.toml", "--out", "out", "--workers", "1")
    assert code == 0
    assert "12 of 12 runs are done, 3 of them now" in said


READ = {
    "2y.csv": ("activation", "06075 2010-06-08"),
    "acsname.csv": ("noncitizens", "06075 9000"),
    "apos.csv": ("noncitizens", "06037 9000 06075 9000"),
    "cr.csv": ("noncitizens", "06037 4 06075 9000"),
    "equalquote.csv": ("noncitizens", "06037 9000 06075 9000"),
    "geoid2.csv": ("noncitizens", "06075 9000"),
    "iso-z.csv": ("activation", "06037 2010-06-08 06075 2010-06-08"),
    "mixedzero-xlsx.csv": ("noncitizens", "06075 9000 12086 9000"),
    "nbsp.csv": ("noncitizens", "06075 9000"),
    "yesno.csv": ("activation", "06075 2010-06-08"),
}


@pytest.mark.parametrize("file", READ)
def test_12_tables_as_they_come_are_read(case: Case, file: str) -> None:
    kind, cells = READ[file]
    code, said = case("comity", "data", "import", kind, file)
    assert code == 0, said
    kept = next(case.data.rglob("*.csv")).read_text().splitlines()
    assert " ".join(kept[1:]).replace(",", " ") == cells


def test_12_months_are_read_in_five_forms_of_which_two_say_june(case: Case) -> None:
    code, said = case("comity", "data", "import", "outcomes", "month.csv")
    twice = "duplicate of row 2 (San Francisco County, CA, 2010-06); valid: one row each"
    assert (code, said) == (2, f"month.csv: row 6, column fips = '06075': {twice}\n")
    case.edit("month.csv", "06075,6/1/2010,3\n", "")
    assert case("comity", "data", "import", "outcomes", "month.csv").code == 0
    months = [line.split(",")[1] for line in next(case.data.rglob("*.csv")).read_text().splitlines()]
    assert months == ["month", "2010-06", "2010-07", "2010-08", "2010-09"]


def test_13_places_of_imports_are_places_of_scenarios(case: Case) -> None:
    said = case("bash", "run.sh").said
    assert said.count("data.policies") == 10
    assert "unknown place" not in said


def test_14_intervals_say_over_what(case: Case) -> None:
    told = []
    for study in ("one-point", "four-points-almost-the-same", "same-point-four-times"):
        assert case("comity", "sweep", f"{study}.toml", "--out", study, "--workers", "1").code == 0
        said = case("comity", "results", study).said
        assert "interval over seeds" in said
        told.append(re.findall(r"±[\d,]+", said))
    assert told[0] == told[1] == told[2]
    assert told[0] != ["±0", "±0"]


def test_17_a_worker_dies_before_the_first_run(case: Case) -> None:
    case.edit("study.toml", "seeds = 20", "seeds = 5")
    said = case("python", "early_worker_death.py", "study.toml", "out").said
    assert re.search(r"killed worker \d+ exit code 0", said), said
    assert "20 of 20 runs are done" in said


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (("check", "p.toml"), "parameters.self = 1"),
        (("check", "self.toml"), "self = 1"),
        (("sweep", "study.toml"), "self = 1"),
    ],
)
def test_18_odd_keys_end_in_one_message(case: Case, command: tuple[str, ...], key: str) -> None:
    code, said = case("comity", *command)
    assert code == 2
    assert said.startswith(f"{command[1]}: {key}: unknown key")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("name", ["one cell", "one wide row"])
def test_19_costly_workbooks_are_refused(case: Case, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case.place)
    bomb(name)
    for file in ("bomb.xlsx", *map(str, SHARED.glob("19-*/*.xlsx"))):
        code, said = case("comity", "data", "import", "activation", file)
        assert code == 2
        assert "unpacks to more than is allowed" in said
        assert len(said.splitlines()) == 1


def test_20_a_name_of_5000_characters_ends_in_a_message(case: Case) -> None:
    case.edit("mk.sh", r"\$COMITY", str(ROOT))
    said = case("bash", "mk.sh").said
    assert "rc=2" in said
    assert "Traceback" not in said
    assert all(len(line) < 300 for line in said.splitlines())
