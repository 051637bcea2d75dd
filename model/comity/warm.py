"""Compiling ahead: whoever waits for it, once on a machine, sees what for."""

from __future__ import annotations

import sys
from typing import Final

from comity import day
from comity.kernels import Kernel

MESSAGE: Final = "compiling for this machine, which happens once and takes about half a minute"


def needed() -> bool:
    """Return whether living would have to compile first."""
    return not day.compiled() and not day.kept()


def up() -> None:
    """Compile what living needs if it has to be, by living one day of a very small place, with a bar on a terminal."""
    if not needed():
        return
    from tqdm import tqdm  # noqa: PLC0415 - seldom needed

    from comity import compiling  # noqa: PLC0415 - likewise
    from comity.model import CooperationModel  # noqa: PLC0415 - which imports `day`

    sys.stderr.write(f"{MESSAGE}\n")
    sys.stderr.flush()
    with (
        tqdm(disable=None, unit="function", leave=False, total=Kernel.made) as bar,
        compiling.watched(bar.update),
    ):
        CooperationModel("san-francisco", scale=5000, end="2009-01-02").run().close()
