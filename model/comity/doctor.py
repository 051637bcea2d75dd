"""What this machine has, and what is missing for which command (`comity doctor`)."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import webbrowser
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Final

from packaging.requirements import Requirement

from comity import cache
from comity.kernels import INSTALLED, SLOWER

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDED_FOR: Final = {
    "": "every command",
    "app": "comity app",
    "study": "comity report, comity reproduce, Sobol' and Morris designs",
    "cluster": "comity sweep --cluster",
    "solara": "Mesa's own page (docs/mesa.md)",
    "docs": "building the documentation",
    "dev": "the tests",
}
"""Extra -> what needs it; the packages of each are what the package declares."""

RESULTS_DEPEND_ON: Final = ("mesa", "numba", "numpy", "pandas", "scipy")
COMPILER: Final = "numba"
"""Declared, and yet every command works without it, in longer time."""

LITTLE: Final = 1 << 30
"""Bytes of memory, or of room on the disk, below which a large run may fail."""


@dataclass(frozen=True)
class Finding:
    """One line of what was found.

    Attributes:
        what: it is about.
        found: what is there.
        advice: what to do; empty where all is well.
        fatal: whether no command can run.
    """

    what: str
    found: str
    advice: str = ""
    fatal: bool = False


def examine() -> Iterator[Finding]:
    """Yield what was found, without changing anything but for a file that is removed at once."""
    from comity.app.limits import memory  # noqa: PLC0415 - loads the model's layout

    yield Finding("comity", f"{version('comity')}, Python {platform.python_version()}, {platform.platform()}")
    yield Finding("libraries", ", ".join(f"{name} {_version(name)}" for name in RESULTS_DEPEND_ON))
    yield _system()
    yield _compiler()
    yield _room("memory", memory(), "use --set scale=10, or a smaller place")
    yield _cache()
    yield _room("disk, here", shutil.disk_usage(".").free, "make room, or name another folder with --out")
    yield _browser()
    yield from map(_extra, NEEDED_FOR)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _system() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    windows = sys.platform == "win32"
    advice = "Windows does not lock folders: write to one from one command at a time" if windows else ""
    return Finding("cores", f"{cores}", advice)


def _compiler() -> Finding:
    if not INSTALLED:
        return Finding("compiler", "numba is not installed", f"{SLOWER}: pip install numba")
    off = os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}
    return Finding(
        "compiler", "switched off" if off else "on", f"{SLOWER}: unset NUMBA_DISABLE_JIT" if off else ""
    )


def _room(what: str, size: int, advice: str) -> Finding:
    return Finding(what, f"{size / 1e9:,.1f} GB", advice if size < LITTLE else "")


def _cache() -> Finding:
    folder = cache.folder()
    try:
        size = sum(lot.size for lot in cache.lots())
        above = next(path for path in (folder, *folder.parents) if path.is_dir())
        tempfile.TemporaryFile(dir=above).close()
    except OSError as error:
        wrong = (error.strerror or str(error)).lower()
        return Finding(
            "compiled code",
            f"{folder}: {wrong}",
            "every start compiles: set NUMBA_CACHE_DIR to a folder of yours",
        )
    made = f"{size / 1e6:,.1f} MB" if size else "none yet: the first run compiles, for about half a minute"
    return Finding("compiled code", f"{folder}: {made}")


def _browser() -> Finding:
    try:
        name = getattr(webbrowser.get(), "name", "the system's")
    except webbrowser.Error:
        return Finding(
            "browser", "none that this terminal can open", "open the address that comity app prints in one"
        )
    return Finding("browser", str(name))


def _extra(name: str) -> Finding:
    what = f"for {NEEDED_FOR[name]}"
    if missing := [each for each in packages(name) if each != COMPILER and _version(each) == "missing"]:
        extra = f"[{name}]" if name else ""
        return Finding(what, f"missing: {', '.join(missing)}", f"pip install 'comity{extra}'", fatal=not name)
    return Finding(what, "complete")


def packages(extra: str = "") -> list[str]:
    """Return what the installed package declares that it needs on this platform; of an extra, what that adds."""
    declared = [Requirement(line) for line in requires("comity") or ()]
    return [one.name for one in declared if _holds(one, extra) and not (extra and _holds(one, ""))]


def _holds(declared: Requirement, extra: str) -> bool:
    return declared.marker is None or declared.marker.evaluate({"extra": extra})
