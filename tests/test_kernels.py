"""The disk cache of machine code when several processes fill it at once.

Two dispatchers of one function stand for two processes: each reads and writes the cache by itself.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

import numba
import pytest

from comity import kernels
from comity.kernels import kernel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")


def before_data_is_saved(compiled: Any, happen: Callable[[], object]) -> None:
    """Let ``happen`` take place between the moments at which ``compiled`` saves its index and its machine code."""
    file = compiled.compiled._cache._cache_file
    save = file._save_data

    def interrupted(name: str, data: object) -> None:
        happen()
        save(name, data)

    file._save_data = interrupted


def test_processes_that_compile_at_once_never_exchange_machine_code():
    def doubled(x):
        return x + x

    slow, quick, later = (kernel(doubled) for _ in range(3))
    quick.compiled._cache._cache_file._load_index = dict  # it looked before the slow one had written
    before_data_is_saved(slow, lambda: quick(0.25))
    assert slow(3) == 6
    assert (later(0.25), later(3)) == (0.5, 6)


def test_machine_code_of_an_older_copy_is_never_read_for_a_newer_one():
    """The index of a newer copy of the file counts from one again, beside the data files of the old copy."""

    def tripled(x):
        return 3 * x

    old, new, later = (kernel(tripled) for _ in range(3))
    assert old(2) == 6
    for other in (new, later):
        other.compiled._cache._cache_file._source_stamp = "newer"
    read = []
    before_data_is_saved(new, lambda: read.append(later(0.25)))
    assert new(0.5) == 1.5
    assert read == [0.75]


def test_what_only_kernels_call_gets_no_machine_code_of_its_own():
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


def loaded(file: Path) -> Any:
    """Return the kernel ``more`` of a file, as a new process would see it."""
    kernels._text_of.cache_clear()
    spec = importlib.util.spec_from_file_location("toy", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.more


def test_the_text_of_a_file_decides_and_not_its_age(tmp_path):
    file = tmp_path / "toy.py"
    text = "from comity.kernels import kernel\n\n@kernel\ndef more(x):\n    return x + 1\n"
    file.write_text(text)
    assert loaded(file)(1) == 2
    os.utime(file, (1e9, 1e9))
    again = loaded(file)
    assert again(1) == 2
    assert sum(again.compiled.stats.cache_hits.values()) == 1
    file.write_text(text.replace("+ 1", "+ 2"))
    os.utime(file, (1e9, 1e9))
    assert loaded(file)(1) == 3
