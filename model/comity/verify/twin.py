"""The twin of the kernels: the plain Mesa model of the same rules, one object a resident.

It is no part of the model, and lies where benchmarks do: in a checkout beside the package, in an installation within it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

FAMILY_ERROR: Final = 1e-4
"""Chance that the comparison fails although nothing is wrong (Holm 1979, over all outcomes)."""


def folder() -> Path:
    """Return where the plain model is."""
    package = Path(__file__).parents[1]
    shipped = package / "benchmarks"
    return shipped if shipped.is_dir() else package.parents[1] / "benchmarks"


@contextmanager
def _reachable() -> Iterator[None]:
    sys.path.insert(0, str(folder()))
    try:
        yield
    finally:
        sys.path.remove(str(folder()))


def differing(seeds: int) -> tuple[list[str], int]:
    """Live both models in a scene where every mechanism is on and rates are far above reality.

    Args:
        seeds: histories of each.

    Returns:
        Outcomes whose means differ by more than chance, in words, and how many were compared.
    """
    with _reachable():
        equivalence, outcomes, scenes = map(import_module, ("equivalence", "outcomes", "scenes"))
        found: dict[str, Any] = outcomes.collect(scenes.SHARP, range(1, seeds + 1))
    named = [(name, a[:, n], b[:, n]) for names, a, b in found.values() for n, name in enumerate(names)]
    rejected = equivalence.holm(np.array([equivalence.paired(a, b) for _, a, b in named]), FAMILY_ERROR)
    wrong = [
        f"{name}: {a.mean():.4g} in comity, {b.mean():.4g} in the plain model"
        for (name, a, b), no in zip(named, rejected, strict=True)
        if no
    ]
    return wrong, len(named)
