"""What a command asks of the process in which it runs, before anything else."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Final

import typer

INVALID: Final = 2
"""How a process ends that was asked for what cannot be."""

RARELY: Final = 100_000
"""New objects after which garbage is looked for: what starting makes stays, and with Python's own 700 that took a tenth of it."""


def prepare() -> None:
    """Open what is closed, and be sparing with threads and with looking for garbage."""
    gc.set_threshold(RARELY)
    # Nor at the end, when everything goes: to look through it once more took a sixth of a short run.
    atexit.register(gc.freeze)
    _open_streams()
    _limit_threads()


def _limit_threads() -> None:
    """Where memory is limited, let OpenBLAS start no threads: without room for their buffers it waits for ever."""
    if sys.platform not in {"win32", "emscripten"}:
        import resource  # noqa: PLC0415 - not on every system

        if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _open_streams() -> None:
    """Give standard streams that are closed a place to go, or the next file that is opened would be taken for one of them."""
    closed = sys.stdout is None
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - as long as we live
    if closed:
        typer.echo("standard output is closed; valid: a terminal, a file, or > /dev/null", err=True)
        sys.exit(INVALID)
