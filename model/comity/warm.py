"""To warm up is to compile ahead: whoever waits for it, once on a machine, sees what for."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from comity import day, together
from comity.kernels import Kernel, compiler, say_if_slow

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE: Final = "compiling for this machine, which happens once and takes about half a minute"


def needed(threads: int = 1) -> bool:
    """Return whether living, by so many threads, would have to compile first."""
    return (not day.compiled() and not day.kept()) or (threads > 1 and not together.kept())


@contextmanager
def told(waits: bool) -> Iterator[None]:
    """Say that compiling takes a while, and draw a bar on a terminal, if somebody waits for it meanwhile."""
    if not waits:
        yield
        return
    from tqdm import tqdm  # noqa: PLC0415 - seldom needed

    sys.stderr.write(f"{MESSAGE}\n")
    sys.stderr.flush()
    with (
        tqdm(disable=None, unit="function", leave=False, total=Kernel.made) as bar,
        compiler().watched(bar.update),
    ):
        yield


def up(*, quiet: bool = False, threads: int = 1) -> None:
    """Compile what living needs, if it has to be, by living one day of a very small place."""
    say_if_slow()
    if not needed(threads):
        return
    from comity.model import CooperationModel  # noqa: PLC0415 - which imports `day`

    with told(not quiet):
        model = CooperationModel(place="HI", scale=5000, end="2009-01-02")
        model.run(until=model.date + timedelta(1)).run(
            threads=threads
        )  # what cannot be shared out, one lives
