"""Machine code kept on disk, found by what it was made from and not by where that lies.

A file is named after the code of a kernel, of all it calls and of their constants, the layout of what it was given, the
processor, and the versions of Python and numba. Another checkout or installation of the same code finds it, an edited
comment loses nothing, and an edited kernel finds nothing. (numba itself goes by the path and the text of one file: it would
not notice that a kernel in another file has changed, and its numbered files let processes exchange code, numba issue 4807.)
"""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
import re
import sys
import time
import uuid
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, TypeAlias

import numba
import numpy as np
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.registry import cpu_target
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

from comity.bytecode import identity
from comity.cache import CHECK, LONGEST_LINE, folder

Processor: TypeAlias = tuple[str, ...]
"""System, name and features of a processor."""

UNUSED_DAYS: Final = 90
"""What no run has used for so long is of an old version, and makes room."""

CARRIED: Final = Path(__file__).with_name("carried")
"""Machine code that came with the package, see tools/carry_kernels.py: of use while it is that of the source beside it."""

GENERIC: Final = ("generic", "")
"""A processor without anything special, and its features, as numba has them for ``NUMBA_CPU_NAME=generic``."""


@functools.cache
def _made_with() -> bytes:
    """Return the line in which a file says to people what it was made with."""
    try:
        ours = version("comity")
    except PackageNotFoundError:
        ours = "(not installed)"
    python = ".".join(map(str, sys.version_info[:2]))
    line = f"comity {ours}, Python {python}, numba {numba.__version__}, numpy {np.__version__}"
    return line[: LONGEST_LINE - 1].encode("ascii", "replace") + b"\n"


@functools.cache
def _say(reason: str) -> None:
    """Say once that code is not kept."""
    sys.stderr.write(
        f"comity: {folder()}: {reason}; compiled code is not kept, and the next start compiles again\n"
    )


class Kept(NullCache):
    """Where numba's dispatcher of one kernel finds its machine code and leaves it: one file for each layout of arguments."""

    def __init__(self, function: Any) -> None:
        self.function = function

    @functools.cached_property
    def _identity(self) -> str:
        return identity(self.function)

    def path(self, signature: Any, processor: Processor, place: Path | None = None) -> Path:
        """Return the file for these types of arguments and a processor."""
        fields = [getattr(each, "fields", ()) for each in signature]
        asked = blake2b(repr((str(signature), str(fields))).encode(), digest_size=8).hexdigest()
        return (place or folder()) / f"{self._stem(processor)}-{asked}.nbc"

    def _stem(self, processor: Processor) -> str:
        name = re.sub(r"[^a-z0-9_]", "", self.function.__name__)
        return f"{name}-{blake2b(repr((self._identity, processor)).encode(), digest_size=16).hexdigest()}"

    def found(self) -> bool:
        """Return whether there is machine code for some types of arguments."""
        codegen = cpu_target.target_context.codegen()
        return any(
            True for place, made_for in _places(codegen) for _ in place.glob(f"{self._stem(made_for)}-*.nbc")
        )

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the machine code, or None where there is none that is whole."""
        rtsys.initialize(
            target_context
        )  # refreshing the context, as numba does, loads half of what compiling takes
        for place, made_for in _places(target_context.codegen()):
            if code := _whole(self.path(signature, made_for, place)):
                return CompileResult._rebuild(target_context, *pickle.loads(code))  # noqa: S301, SLF001 - our own file
        return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep the machine code, or say why it cannot be kept."""
        if compiled.library.has_dynamic_globals:
            return
        data = _made_with() + dumps(compiled._reduce())  # noqa: SLF001
        path = self.path(signature, compiled.codegen.magic_tuple())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, blake2b(data, digest_size=CHECK).digest() + data)
            _make_room(path.parent)
        except OSError as error:
            _say(error.strerror or type(error).__name__)


def _places(codegen: Any) -> tuple[tuple[Path, Processor], ...]:
    """Return where machine code lies that runs here, and what it was made for: this processor first."""
    ours = codegen.magic_tuple()
    return (folder(), ours), (CARRIED, (ours[0], *GENERIC))


def _whole(path: Path) -> bytes:
    """Return what a file keeps, or nothing if it is not there as a whole; whoever reads it uses it."""
    try:
        data = path.read_bytes()
    except OSError:
        return b""
    if data[:CHECK] != blake2b(data[CHECK:], digest_size=CHECK).digest():
        return b""
    with contextlib.suppress(OSError):
        os.utime(path)
    return data[CHECK:].partition(b"\n")[2]


def _write(path: Path, data: bytes) -> None:
    """Write a file that is there as a whole or not at all, whoever else writes it at the same time."""
    unfinished = path.with_suffix(f".{uuid.uuid4().hex}.tmp")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _make_room(place: Path) -> None:
    """Remove what nobody has used for long, and what somebody began to write and did not finish."""
    for ending, days in ((".nbc", UNUSED_DAYS), (".tmp", 1)):
        for path in place.glob(f"*{ending}"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > days * 86400:
                    path.unlink()
