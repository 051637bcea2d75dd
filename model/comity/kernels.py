"""How behaviour is compiled: one decorator, one cache that notices every change of the code.

numba keys its disk cache by the source file of the compiled function alone, so a kernel that calls a
changed kernel in another file would silently keep the old machine code. The cache folder is therefore
named after the text of all kernels: any edit or upgrade gets its own folder.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import uuid
from functools import cache, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import numba
import platformdirs
from numba.core import config as numba_config
from numba.core import types
from numba.extending import typeof_impl

from comity.compiling import part

if TYPE_CHECKING:
    from collections.abc import Callable

Int: TypeAlias = Any
"""A whole number as a kernel has it: Python's own or one of numpy's, which the type checker would not mix."""

Real: TypeAlias = Any
"""A real number as a kernel has it."""

Row: TypeAlias = Any
"""One row of a structured array; its fields are read and written by name."""

F = TypeVar("F", bound="Callable[..., Any]")


@cache
def _fingerprint() -> str:
    """Return a hash over the text of every file of the package that defines a kernel or the layout of a table."""
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=10)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        text = path.read_bytes()
        if b"@kernel" in text or b"np.dtype(" in text:
            digest.update(text)
    return digest.hexdigest()


def _cache_folder() -> str:
    """Return a writable folder for machine code: the user's cache, or a temporary one without a home."""
    folder = platformdirs.user_cache_path("comity") / "kernels" / _fingerprint()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return tempfile.mkdtemp(prefix="comity-kernels-")
    return str(folder)


if "NUMBA_CACHE_DIR" not in os.environ:
    setattr(numba_config, "CACHE_DIR", _cache_folder())  # noqa: B010 - numba declares no such attribute


def _share_safely(compiled: Any) -> None:
    """Make the files of a function's machine code safe to share between processes and between copies of the package.

    numba numbers the files by what it read of the index before, so two processes that compile two signatures at the
    same time write both to one file, and a third runs the one as the other: a crash, or wrong numbers
    (numba issue 4807). With names that never recur the worst is a piece that is compiled once more. And numba takes a
    file of another age for another text; here the text itself decides, so that a new copy compiles nothing again.
    """
    files = compiled._cache._cache_file  # noqa: SLF001 - numba has no other way to it
    base = files._index_name.removesuffix(".nbi")  # noqa: SLF001
    files._data_name = lambda _number: f"{base}.{uuid.uuid4().hex}.nbc"  # noqa: SLF001
    files._source_stamp = _text_of(compiled.py_func.__code__.co_filename)  # noqa: SLF001


@cache
def _text_of(file: str) -> str:
    """Return a hash over a file with kernels and all kernels of the package, which it may call."""
    return hashlib.blake2b(Path(file).read_bytes() + _fingerprint().encode(), digest_size=10).hexdigest()


class Kernel:
    """A function that Python and other kernels can call.

    Each has the code that it needs and compiles it when it first calls: Python machine code with a wrapper, which is kept on
    disk; a kernel a `part` of its own machine code.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        # Kernels allocate nothing, so reference counting is switched off: its atomic operations on the many arrays of the
        # state would cost up to ten times the work itself.
        options: Any = {"error_model": "numpy", "nogil": True, "_nrt": False}
        self.compiled: Any = numba.njit(cache=True, **options)(function)
        _share_safely(self.compiled)
        self.part = part(function, **options)
        self.py_func = function
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Run the machine code."""
        return self.compiled(*arguments)


@typeof_impl.register(Kernel)
def _(called: Kernel, _context: Any) -> Any:
    """Tell numba what a kernel is to the kernels that name it."""
    return types.Dispatcher(called.part)


def kernel(function: F) -> F:
    """Compile ``function`` to machine code on first use and keep the result on disk.

    Kernels work on arrays that they are given and allocate none. With ``NUMBA_DISABLE_JIT=1`` the function stays ordinary
    Python, which coverage and mutation testing see.
    """
    compiles = not getattr(numba_config, "DISABLE_JIT")  # noqa: B009 - numba declares no such attribute
    return cast("F", Kernel(function)) if compiles else function
