"""Machine code: what is compiled, and what of it is kept on disk and found again."""

from __future__ import annotations

import dis
import errno
import importlib.util
import itertools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import numba
import pytest

import comity
from comity import bytecode, kept, warm
from comity.kernels import COMPILED, Kernel, kernel

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(not COMPILED, reason="nothing is compiled")

CALLED = "from comity.kernels import kernel\n\n@kernel\ndef called(x):\n    return x + 1\n"
MORE = '''
import enum
import numpy as np
from comity.kernels import kernel
from called import called
import elsewhere

TABLE = np.array([1, 2])
STEP = 3

class Kind(enum.IntEnum):
    FIRST = 4

@kernel
def more(x, more=5):
    """Return more."""
    total = 0
    for i in range(2):
        total += TABLE[i] * 6  # so many
    return called(x) + total + Kind.FIRST + STEP + more + elsewhere.called(x) + elsewhere.OTHER
'''
ELSEWHERE = CALLED.replace("x + 1", "x + 8") + "\nOTHER = 9\n"
VALUE = 1 + 18 + 4 + 3 + 5 + 8 + 9


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for machine code. Python keeps no bytecode, by which it would miss that a file changed within a second."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "comity"


def loaded(file: Path, text: str) -> Any:
    """Write a file and return the kernel that it is named after, as a new process would see it."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[file.stem] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module).get(file.stem)


@pytest.fixture
def more(tmp_path: Path, cache: Path) -> Any:
    """How to load the two files, with one text replaced by another, from some folder; the first kernel is compiled already."""
    files = {"called": CALLED, "elsewhere": ELSEWHERE, "more": MORE}

    def load(old: str = "", new: str = "", place: str = "here") -> Any:
        texts = {name: text.replace(old, new) if old else text for name, text in files.items()}
        return [loaded(tmp_path / place / f"{name}.py", text) for name, text in texts.items()][-1]

    yield load
    for name in files:
        sys.modules.pop(name, None)


def compiled_anew(kernel: Any) -> int:
    return int(sum(kernel.compiled.stats.cache_misses.values()))


# --- what is compiled --------------------------------------------------------------------------------------


def test_what_only_kernels_call_gets_no_machine_code_of_its_own(cache):
    @kernel
    def inner(x):
        return 2 * x

    @kernel
    def middle(x):
        return inner(x) + inner(1)

    @kernel
    def outer(x):
        return middle(x) * 10

    assert outer(4) == 100
    assert [len(k.compiled.overloads) for k in (inner, middle, outer)] == [0, 0, 1]
    assert middle(4) == 10, "Python can call every kernel all the same"
    assert inner.py_func(4) == 8


def test_a_function_of_somebody_else_can_call_kernels():
    @kernel
    def inner(x):
        return x + 1

    @kernel
    def middle(x):
        return inner(x) + 1

    assert numba.njit(lambda x: middle(x) + 1)(1) == 4


# --- what is found again -----------------------------------------------------------------------------------


def test_a_module_that_was_renamed_is_compiled_again(tmp_path, cache):
    """Machine code names the module that it was made in, and is of no use once that is gone."""
    for name in ("before", "after"):
        loaded(tmp_path / f"{name}.py", CALLED)
        kernel = vars(sys.modules.pop(name))["called"]
        assert kernel(1) == 2
        assert compiled_anew(kernel) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("Return more.", "Return even more."),
        ("# so many", ""),
        ("\nimport", "\n\n\n\nimport"),
        ("\n@kernel", "\nNEW = 7\n\n@kernel"),
    ],
)
def test_the_same_code_elsewhere_compiles_nothing(more, old, new):
    assert more()(0) == VALUE
    again = more(old, new, place="there")
    assert again(0) == VALUE
    assert compiled_anew(again) == 0


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("x + 1", "x + 2", VALUE + 1),
        ("[1, 2]", "[2, 2]", VALUE + 6),
        ("[1, 2]", "[1, 2], np.int32", VALUE),
        ("STEP = 3", "STEP = 4", VALUE + 1),
        ("FIRST = 4", "FIRST = 5", VALUE + 1),
        ("more=5", "more=6", VALUE + 1),
        ("* 6", "* 7", VALUE + 3),
        ("range(2)", "range(1)", VALUE - 12),
        ("x + 8", "x + 9", VALUE + 1),
        ("OTHER = 9", "OTHER = 8", VALUE - 1),
    ],
)
def test_other_code_is_never_run_for_this_one(more, old, new, value):
    assert more()(0) == VALUE
    for _age in range(2):
        other = more(old, new)
        assert other(0) == value
    assert compiled_anew(other) == 0


def test_types_of_arguments_are_never_mixed(cache):
    first, second = (kernel(function) for function in [lambda x: x + x] * 2)
    assert (first(3), first(0.25)) == (6, 0.5)
    assert (second(0.25), second(3)) == (0.5, 6)
    assert compiled_anew(second) == 0


def test_what_cannot_be_compared_is_refused(more):
    with pytest.raises(TypeError, match="a kernel names <object"):
        more("STEP = 3", "STEP = object()")(0)


def test_every_kernel_of_the_package_can_be_told_from_others():
    import comity.app.pictures  # noqa: PLC0415
    import comity.model  # noqa: F401, PLC0415

    functions = {
        value.py_func
        for name, module in list(sys.modules.items())
        if name.startswith("comity")
        for value in vars(module).values()
        if isinstance(value, Kernel)
    }
    assert len(functions) > 130
    assert len({bytecode.identity(function) for function in functions}) == len(functions)


def looked_up(code):
    """Return what `bytecode._loads` does, as `dis` has it."""
    nothing = {"CACHE", "PUSH_NULL", "PRECALL", "EXTENDED_ARG"}
    steps = [step for step in dis.get_instructions(code) if step.opname not in nothing]
    found = [
        (step.argval, following.argval if following.opname in {"LOAD_ATTR", "LOAD_METHOD"} else "")
        for step, following in itertools.pairwise(steps)
        if step.opname in {"LOAD_GLOBAL", "LOAD_NAME"}
    ]
    return found + [
        pair for constant in code.co_consts if isinstance(constant, CodeType) for pair in looked_up(constant)
    ]


@pytest.mark.portable
def test_names_are_read_from_bytecode_as_python_reads_them():
    """For all code of the package, on every Python: what is missed would be a change that nobody sees."""
    files = sorted(Path(comity.__file__).parent.rglob("*.py"))
    codes = [compile(path.read_text(encoding="utf-8"), path.name, "exec") for path in files]
    assert len(codes) > 200
    for code in codes:
        assert list(bytecode._loads(code)) == looked_up(code), code.co_filename


RUN = """
from comity import CooperationModel, day
from comity.world import build
CooperationModel("san-francisco", scale=2000, end="2009-01-15").run().table()
kernels = [day._days(), *(value for value in vars(build).values() if hasattr(value, "compiled"))]
print(sum(sum(kernel.compiled.stats.cache_misses.values()) for kernel in kernels))
print(sum(sum(kernel.compiled.stats.cache_hits.values()) for kernel in kernels))
"""


def test_a_second_checkout_compiles_nothing(tmp_path):
    home = Path(comity.__file__).parent
    shutil.copytree(home, tmp_path / "model" / "comity", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(home.parents[1] / "experiments", tmp_path / "experiments")
    for place in (home.parent, tmp_path / "model"):
        environment = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
        output = subprocess.check_output([sys.executable, "-c", RUN], env=environment, text=True)  # noqa: S603
    missed, found = map(int, output.split())
    assert missed == 0
    assert found > 0


def test_who_waits_for_the_compiler_is_told_and_others_are_not(tmp_path):
    """Who waits is told before, and does not have to wait here: test_cases.py compiles everything where nothing is kept."""
    command = [sys.executable, "-c", "from comity.cli import main; main()", "run", "san-francisco"]
    command += ["--set", "scale=5000", "--set", "end=2009-01-03", "--out"]
    nothing = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    with subprocess.Popen(  # noqa: S603 - ours
        [*command, "first"], cwd=tmp_path, env=nothing, stderr=subprocess.PIPE, text=True
    ) as waits:
        assert waits.stderr.readline() == f"{warm.MESSAGE}\n"
        waits.kill()
    warm.up(quiet=True)
    done = subprocess.run([*command, "second"], cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stderr == ""


# --- a folder that fails -----------------------------------------------------------------------------------


def doubled(x: Any) -> Any:
    return x + x


def refuse(number: int) -> Callable[..., None]:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("method", ["mkdir", "write_bytes", "replace"])
def test_a_folder_that_fails_is_done_without_and_said_once(cache, monkeypatch, capsys, number, method):
    kept._say.cache_clear()
    monkeypatch.setattr(Path, method, refuse(number))
    assert [kernel(doubled)(value) for value in (3, 0.25)] == [6, 0.5]
    said = capsys.readouterr().err
    assert said.startswith(f"comity: {cache}: {os.strerror(number)}; compiled code is not kept")
    assert said.count("\n") == 1
    assert not list(cache.rglob("*.nbc"))
    assert not list(cache.rglob("*.tmp"))


def test_a_folder_that_cannot_be_read_is_done_without(cache, monkeypatch):
    assert kernel(doubled)(3) == 6
    monkeypatch.setattr(Path, "read_bytes", refuse(errno.EACCES))
    assert kernel(doubled)(3) == 6


def test_a_place_that_is_no_folder_is_done_without(cache, capsys):
    kept._say.cache_clear()
    cache.parent.parent.mkdir(exist_ok=True)
    cache.parent.write_text("a file")
    assert kernel(doubled)(3) == 6
    assert "compiled code is not kept" in capsys.readouterr().err


@pytest.mark.parametrize("keep", [0, 10, 100, -1])
def test_a_file_that_is_not_whole_is_compiled_again(cache, keep):
    assert kernel(doubled)(3) == 6
    (file,) = cache.glob("*.nbc")
    file.write_bytes(file.read_bytes()[:keep])
    again = kernel(doubled)
    assert again(3) == 6
    assert compiled_anew(again) == 1
    assert compiled_anew(kernel(doubled)) == 0


def test_what_no_run_used_for_long_makes_room(cache):
    kernel(doubled)(3)
    (old,) = cache.glob("*.nbc")
    ago = time.time() - (kept.UNUSED_DAYS + 1) * 86400
    os.utime(old, (ago, ago))
    kernel(doubled)(0.25)
    (new,) = cache.glob("*.nbc")
    assert new != old
    os.utime(new, (ago, ago))
    assert kernel(doubled)(0.25) == 0.5
    kernel(doubled)(3)
    assert new.exists(), "use keeps it"
