"""Which version of the model's behaviour this is: what was computed by another one is never mixed with its results."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

BEHAVIOUR: Final = 1
"""Raised by hand when results change for a reason that the files below do not show."""

ROOMS: Final = ("agents", "world")
FILES: Final = (
    *("day.py", "draws.py", "hypotheses.py", "kernels.py"),
    *("historical.toml", "law.py", "model.py", "regimes.py", "regimes.toml"),
    *("observe/log.py", "observe/measures.py", "observe/recorder.py"),
)


@cache
def behaviour() -> str:
    """Return a hash over every file of the package on which the result of a scenario depends.

    A resolved scenario names a regime, and knows the values of parameters; what they do is in these files. The rest of
    the package (command line, files, pictures, messages) may change without making stored results worthless.
    """
    package = Path(__file__).parents[1]
    paths = [path for room in ROOMS for path in (package / room).rglob("*") if path.suffix in (".py", ".csv")]
    paths += [package / name for name in FILES]
    digest = hashlib.sha256(f"behaviour {BEHAVIOUR}".encode())
    for path in sorted(paths):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]
