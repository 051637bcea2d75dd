"""Let a wheel carry machine code of its kernels, so that the first run after an installation compiles nothing.

Usage: ``python tools/carry_kernels.py dist/comity-0.1.0-py3-none-any.whl``, with a Python that has comity's dependencies. The
code is made from the text in the wheel, for a generic processor of this machine's kind, this Python and these versions of
numba and numpy; where one of these differs, and where the text does, it is not found, and the kernels are compiled as ever.
Run it once with each Python that the wheel is for.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

INSIDE: Final = "comity/carried"
COMPILE: Final = "from comity import warm; warm.up()"


def carry(wheel: Path) -> int:
    """Put machine code into a wheel, beside what it has, and return how many files it was."""
    with tempfile.TemporaryDirectory() as folder:
        text, made = Path(folder, "text"), Path(folder, "made")
        with zipfile.ZipFile(wheel) as old:
            old.extractall(text)
        environment = os.environ | {
            "PYTHONPATH": str(text),
            "NUMBA_CACHE_DIR": str(made),
            "NUMBA_CPU_NAME": "generic",
        }
        subprocess.run([sys.executable, "-c", COMPILE], env=environment, check=True)  # noqa: S603 - our own code
        files = sorted((made / "comity").glob("*.nbc"))
        _add(wheel, files)
    return len(files)


def _add(wheel: Path, files: Iterable[Path]) -> None:
    """Write a wheel anew with further files, which its list of files names."""
    more = {f"{INSIDE}/{file.name}": file.read_bytes() for file in files}
    staging = wheel.with_suffix(".partial")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(staging, "w", zipfile.ZIP_DEFLATED) as new:
        (record,) = (name for name in old.namelist() if name.endswith(".dist-info/RECORD"))
        kept = [name for name in old.namelist() if name != record and name not in more]
        for name in kept:
            new.writestr(old.getinfo(name), old.read(name))
        for name, data in more.items():
            new.writestr(name, data)
        lines = [line for line in old.read(record).decode().splitlines() if line.split(",")[0] not in more]
        listed = [_line(name, data) for name, data in more.items()]
        new.writestr(record, "\n".join([*lines, *listed]) + "\n")
    staging.replace(wheel)


def _line(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f"{name},sha256={digest},{len(data)}"


def main() -> None:
    """Read the command line, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args().wheel
    sys.stdout.write(f"{wheel}: {carry(wheel)} kernels, {wheel.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
