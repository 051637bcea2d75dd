"""The agenda: who is due on which day, so that a day's work grows with what happens and not with who exists.

An agenda is a set of linked lists, one per day: ``head[day]`` is the first item due, ``link[item]`` the next one.
Each resident or case stands in an agenda at most once. Days beyond the end of the run are not kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from comity.kernels import Int, kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOBODY: Final = -1

VICTIMS, CONTACTS, EXITS, RETURNS = range(4)
"""Rows of the residents' agenda."""

JAIL_CASES, ICE_CASES = range(2)
"""Rows of the cases' agenda."""


@kernel
def enter(head: NDArray[np.int32], link: NDArray[np.int32], item: Int, day: Int) -> None:
    """Put ``item`` on the list of ``day``, if the run lasts that long."""
    if day < len(head):
        link[item] = head[day]
        head[day] = item


@kernel
def take(head: NDArray[np.int32], day: Int) -> Int:
    """Return the first item due on ``day`` and clear the list; follow ``link`` for the others.

    Read an item's link before entering it again: `enter` overwrites it.
    """
    first = head[day]
    head[day] = NOBODY
    return first
