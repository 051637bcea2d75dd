"""Sweeps are runs of studies: which runs these are made of, where they are lived and how they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MEASURERS: Final[list[Callable[[], Any]]] = []
"""Who measures runs besides `comity.sweeps.measurers.PERIODS`: functions that return a `comity.sweeps.measurers.Measurer`.

They are called when a study first asks, so that nobody imports estimators before.
"""
