"""Bytecode: what a kernel says, and all that it calls, as a hash.

Machine code on disk is found by it (`comity.kept`), and a function of a notebook, which has no file, is known by it. It needs
no compiler.
"""

from __future__ import annotations

import dis
import functools
import sys
from hashlib import blake2b
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Final = 3
"""Of the files: one of another format is not read."""

LIBRARIES: Final = frozenset({"builtins", "numba", "numpy", "math"})
"""What comes from these is known by its name: their versions are in the name of the file."""


_EXTENDED: Final = dis.EXTENDED_ARG
_NOTHING: Final = {dis.opmap.get(name) for name in ("CACHE", "PUSH_NULL", "PRECALL")}
_LATER: Final = int(sys.version_info >= (3, 12))
_LOOKS_UP: Final = {dis.opmap["LOAD_GLOBAL"]: 1, dis.opmap["LOAD_NAME"]: 0}
_TAKES: Final = {dis.opmap["LOAD_ATTR"]: _LATER, dis.opmap.get("LOAD_METHOD", -1): 0}
"""Instructions, and by how many bits their argument is shifted to give the number of a name."""


@functools.cache
def _workshop() -> bytes:
    """Return what decides how any kernel is compiled: versions, and the text of the modules that do it."""
    texts = [Path(__file__).with_name(name).read_bytes() for name in ("compiling.py", "kernels.py")]
    compiler = (version(name) for name in ("numba", "llvmlite") if find_spec(name))
    versions = (*compiler, np.__version__, sys.implementation.cache_tag)
    return blake2b(repr((FORMAT, versions, texts)).encode()).digest()


def _code(code: CodeType, doc: str | None) -> Iterator[object]:
    """Yield what a piece of byte code consists of, without its documentation, place and names of variables."""
    yield code.co_code, code.co_argcount, code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant, None)
        elif constant != doc:
            yield constant


def _loads(code: CodeType) -> Iterator[tuple[str, str]]:
    """Yield every global name that a piece of code looks up, with the attribute that it takes of it, if it does so at once.

    `dis` would say the same, but makes so much of every instruction that a short run would begin half as late again.
    """
    name, number, steps = "", 0, code.co_code
    for step, argument in zip(steps[::2], steps[1::2], strict=True):
        number = number << 8 | argument
        if step == _EXTENDED:
            continue
        if name and step not in _NOTHING:
            yield name, code.co_names[number >> _TAKES[step]] if step in _TAKES else ""
            name = ""
        if step in _LOOKS_UP:
            name = code.co_names[number >> _LOOKS_UP[step]]
        number = 0
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _loads(constant)


def _library(value: Any) -> str:
    """Return which library a module, function or type is of, or an empty text."""
    home = value.__name__ if isinstance(value, ModuleType) else str(getattr(value, "__module__", ""))
    return home if home.partition(".")[0] in LIBRARIES else ""


def _constant(value: Any) -> object:
    """Return something printable that says all about a value that a kernel names."""
    if isinstance(value, np.ndarray):
        return np.lib.format.dtype_to_descr(value.dtype), value.shape, value.tobytes()
    if isinstance(value, bool | int | float | complex | str | bytes | np.generic | np.dtype | None):
        return type(value).__name__, repr(value)
    if _library(value):
        return _library(value), value.__name__
    if hasattr(value, "__members__"):
        return [(name, repr(member)) for name, member in value.__members__.items()]
    raise TypeError(f"a kernel names {value!r}, and code kept on disk could not tell whether that changed")


def _meaning(value: Any, reached: list[Any]) -> object:
    """Return the same of a value that may name functions: they are numbered, and added to ``reached``."""
    value = getattr(value, "py_func", value)
    if isinstance(value, tuple | list):
        return type(value).__name__, [_meaning(each, reached) for each in value]
    if isinstance(value, FunctionType) and not _library(value):
        if value not in reached:
            reached.append(value)
        return "function", reached.index(value)
    return _constant(value)


def _named(function: Any) -> Iterator[object]:
    """Yield every value that a function names."""
    yield from (cell.cell_contents for cell in function.__closure__ or ())
    for name, attribute in _loads(function.__code__):
        value = function.__globals__.get(name, name)
        in_house = isinstance(value, ModuleType) and not _library(value)
        yield getattr(value, attribute, value) if in_house else value


def _own(function: Any, reached: list[Any]) -> list[object]:
    """Return all that a function says, and add the functions that it names to ``reached``."""
    said = [*_code(function.__code__, function.__doc__)]
    return [said, *(_meaning(value, reached) for value in (*_named(function), function.__defaults__))]


def identity(function: Any) -> str:
    """Return a hash over the code of a function, of all that it calls, and over every constant that they name.

    Modules count by name: machine code imports those that it was made from.

    Raises:
        TypeError: if one names what cannot be compared with another day's.
    """
    reached, digest = [function], blake2b(_workshop(), digest_size=16)
    for each in reached:  # which grows
        digest.update(repr((each.__module__, _own(each, reached))).encode())
    return digest.hexdigest()
