"""The machine on which something was measured, without its name."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine() -> str:
    """Return a sentence about cores, memory and versions."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [
            line.split(":")[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        cpu = models[0] if models else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", "mesa"))
    return (
        f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, {packages}."
    )
