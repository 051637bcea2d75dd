"""How behaviour is compiled: one decorator."""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar, cast

import numba
from numba.core import config as numba_config
from numba.extending import typeof_impl

from comity.compiling import Part
from comity.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

Int: TypeAlias = Any
"""A whole number as a kernel has it: Python's own or one of numpy's, which the type checker would not mix."""

Real: TypeAlias = Any
"""A real number as a kernel has it."""

Row: TypeAlias = Any
"""One row of a structured array; its fields are read and written by name."""

F = TypeVar("F", bound="Callable[..., Any]")


class Kernel:
    """A function that Python and other kernels can call.

    Each has the code that it needs and compiles it when it first calls: Python machine code with a wrapper, which is kept on
    disk; a kernel a `part` of its own machine code.
    """

    made: ClassVar[int] = 0
    """Number of kernels of this process."""

    def __init__(self, function: Callable[..., Any]) -> None:
        Kernel.made += 1
        # Kernels allocate nothing, so reference counting is switched off: its atomic operations on the many arrays of the
        # state would cost up to ten times the work itself.
        options: Any = {"error_model": "numpy", "nogil": True, "_nrt": False, "no_cfunc_wrapper": True}
        self.compiled: Any = numba.njit(**options)(function)
        self.compiled._cache = Kept(function)  # noqa: SLF001 - numba has no other way to it
        self.part = Part(function, **options)
        self.py_func = function
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Run the machine code."""
        return self.compiled(*arguments)


@typeof_impl.register(Kernel)
def _(called: Kernel, _context: Any) -> Any:
    """Tell numba what a kernel is to the kernels that name it."""
    return called.part


def kernel(function: F) -> F:
    """Compile ``function`` to machine code on first use and keep the result on disk.

    Kernels work on arrays that they are given and allocate none. With ``NUMBA_DISABLE_JIT=1`` the function stays ordinary
    Python, which coverage and mutation testing see.
    """
    compiles = not getattr(numba_config, "DISABLE_JIT")  # noqa: B009 - numba declares no such attribute
    return cast("F", Kernel(function)) if compiles else function
