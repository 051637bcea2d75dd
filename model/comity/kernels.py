"""Kernels, how behaviour is compiled: one decorator.

The compiler takes a third of what a short command takes, so it is imported when a kernel is first called.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from functools import cache, cached_property, update_wrapper
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import parent_process
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, TypeVar, cast

from comity import side_door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

INSTALLED: Final = find_spec("numba") is not None
"""Whether there is a compiler; none is made for Python in a browser."""

COMPILED: Final = INSTALLED and os.environ.get("NUMBA_DISABLE_JIT", "0") in {"", "0"}
"""Whether kernels are compiled; else they stay ordinary Python, which coverage and mutants need: with the same results."""

SLOWER: Final = "runs take 100 to 500 times longer"
"""As plain Python; measured, see docs/installing.md."""

RECORDS: Final[list[type]] = []
"""Classes of named tuples that are handed to kernels as an address, until the compiler has been told."""

_SIGNALS: Final[Any] = import_module("_signal")
"""What `signal` calls, without looking for names among enumerations, which takes 20 microseconds in each of many periods."""

Int: TypeAlias = Any
"""A whole number as a kernel has it: Python's own or one of numpy's, which the type checker would not mix."""

Real: TypeAlias = Any
"""A real number as a kernel has it."""

Row: TypeAlias = Any
"""One row of a structured array; its fields are read and written by name."""

F = TypeVar("F", bound="Callable[..., Any]")
T = TypeVar("T")


@cache
def compiler() -> Any:
    """Import `comity.compiling`, and with it numba, but not all of `scipy.linalg`, in which numba looks for one module."""
    side_door.enter("scipy.linalg")
    return import_module("comity.compiling")


class Kernel:
    """A function that Python and other kernels can call.

    Each has the code that it needs and compiles it when it first calls: Python machine code with a wrapper, which is kept on
    disk; a kernel a `part` of its own machine code.
    """

    made: ClassVar[int] = 0
    """Number of kernels of this process."""

    def __init__(self, function: Callable[..., Any]) -> None:
        Kernel.made += 1
        self.py_func = function
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Run the machine code."""
        return self.compiled(*arguments)

    @cached_property
    def compiled(self) -> Any:
        """Machine code, for those types of arguments with which it was called."""
        return compiler().whole(self.py_func, RECORDS)

    @cached_property
    def _numba_type_(self) -> Any:
        """What numba takes a kernel to be where another one names it."""
        return compiler().part(self.py_func)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back as long as the block lasts.

    Machine code does not hear it: Python would raise after a kernel is done, before anybody notes down that it is.
    """
    before = _SIGNALS.getsignal(signal.SIGINT)
    if not COMPILED or threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    heard: list[tuple[int, FrameType | None]] = []
    _SIGNALS.signal(signal.SIGINT, lambda *told: heard.append(told))
    try:
        yield
    finally:
        _SIGNALS.signal(signal.SIGINT, before)
        if heard:
            before(*heard[0])


@cache
def say_if_slow() -> None:
    """Say once, on the error stream of whoever was started by hand, that there is no compiler, and what to install."""
    if INSTALLED or parent_process():
        return
    advice = "" if sys.platform == "emscripten" else "; for speed, pip install numba"
    sys.stderr.write(f"comity: numba is not installed, and without it {SLOWER}{advice}\n")


def kernel(function: F) -> F:
    """Compile ``function`` to machine code on first use and keep the result on disk.

    Kernels work on arrays that they are given and allocate none. Without numba, and with
    ``NUMBA_DISABLE_JIT=1``, they are functions like any other.
    """
    return cast("F", Kernel(function)) if COMPILED else function


def by_address(tuple_class: type[T]) -> type[T]:
    """Hand a class of named tuples to kernels as an address."""
    RECORDS.append(tuple_class)
    return tuple_class
