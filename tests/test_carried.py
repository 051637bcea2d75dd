"""A wheel that carries machine code: the first run compiles nothing, and the source is in charge."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from numba.core.registry import cpu_target

import carry_kernels
import comity
from comity import kept
from comity.kernels import COMPILED, kernel

pytestmark = pytest.mark.skipif(not COMPILED, reason="nothing is compiled")

HOME = Path(comity.__file__).parent
RUN = """
from comity import CooperationModel, day
from comity.world import build, steady
CooperationModel("san-francisco", scale=2000, end="2009-01-15").run().table()
kernels = [day._days(), *(k for room in (build, steady) for k in vars(room).values() if hasattr(k, "compiled"))]
print(comity.__file__ if (comity := __import__("comity")) else "")
print(sum(sum(kernel.compiled.stats.cache_misses.values()) for kernel in kernels))
print(sum(sum(kernel.compiled.stats.cache_hits.values()) for kernel in kernels))
"""


def wheel(folder: Path) -> Path:
    """Return a wheel of the package as it stands, as any tool would make it."""
    made = folder / "comity-0.1.0-py3-none-any.whl"
    about = "comity-0.1.0.dist-info"
    files = {
        f"comity/{path.relative_to(HOME)}": path
        for path in HOME.rglob("*")
        if "__pycache__" not in path.parts
    }
    experiments = HOME.parents[1] / "experiments"
    files |= {f"comity/experiments/{path.relative_to(experiments)}": path for path in experiments.rglob("*")}
    with zipfile.ZipFile(made, "w") as new:
        for name, path in files.items():
            if path.is_file():
                new.write(path, name)
        new.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: comity\nVersion: 0.1.0\n")
        new.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        names = [name for name, path in files.items() if path.is_file()]
        new.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in names))
    return made


def test_an_installed_wheel_compiles_nothing(tmp_path: Path) -> None:
    made, there = wheel(tmp_path), tmp_path / "there"
    assert carry_kernels.carry(made) > 5
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*install, "--target", str(there), str(made)], check=True)  # noqa: S603 - pip
    environment = os.environ | {"PYTHONPATH": str(there), "NUMBA_CACHE_DIR": str(tmp_path / "empty")}
    output = subprocess.check_output([sys.executable, "-c", RUN], env=environment, text=True)  # noqa: S603 - ours
    where, missed, found = output.split()
    assert Path(where).is_relative_to(there)
    assert int(missed) == 0
    assert int(found) > 5
    assert not list(tmp_path.glob("empty/comity/*")), "nothing was made that was there"


@pytest.fixture
def carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of carried code, and an empty one of the machine."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(kept, "CARRIED", tmp_path / "carried")
    monkeypatch.setattr(kept, "GENERIC", cpu_target.target_context.codegen().magic_tuple()[1:])
    return tmp_path / "carried"


def doubled(x: float) -> float:
    return x + x


def tripled(x: float) -> float:
    return x + x + x


def test_carried_code_is_used_where_the_text_is_the_same_and_no_other(tmp_path: Path, carried: Path) -> None:
    assert kernel(doubled)(0.5) == 1.0
    (tmp_path / "cache" / "comity").rename(carried)
    before = {path.name: path.read_bytes() for path in carried.iterdir()}
    ours, changed = kernel(doubled), kernel(tripled)
    assert (ours.compiled._cache.found(), changed.compiled._cache.found()) == (True, False)
    assert (ours(0.5), sum(ours.compiled.stats.cache_hits.values())) == (1.0, 1)
    assert (changed(0.5), sum(changed.compiled.stats.cache_misses.values())) == (1.5, 1)
    assert ours(2) == 4, "other types are compiled here"
    assert {path.name: path.read_bytes() for path in carried.iterdir()} == before


def test_carried_code_that_is_cut_is_compiled_again(carried: Path, tmp_path: Path) -> None:
    kernel(doubled)(0.5)
    (tmp_path / "cache" / "comity").rename(carried)
    (file,) = carried.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    again = kernel(doubled)
    assert (again(0.5), sum(again.compiled.stats.cache_misses.values())) == (1.0, 1)
