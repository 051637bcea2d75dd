"""Limits: how much of a place and its years fits into one session, and how much memory all sessions have together."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from comity.observe.measures import GROUPS, Measure, Stock
from comity.problems import InputError, Problem
from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from comity.scenario import Scenario

MOST_AGENT_DAYS: Final = 1_500_000_000
"""About San Francisco at full population for five years: memory and the log grow with it."""

MOST_AGENTS: Final = 4_000_000
"""Residents of a city, however short it is lived: two of them take about a gigabyte."""

SCALES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


def fitting_scale(setup: Scenario) -> int:
    """Return the smallest round scale at which a place and its years fit into a session."""
    need = setup.residents * max(setup.days / MOST_AGENT_DAYS, 1 / MOST_AGENTS)
    return next(scale for scale in SCALES if scale >= need)


BYTES_OF_A_CITY, BYTES_OF_AN_AGENT = 2_000_000, 80
BYTES_OF_A_COUNTY, BYTES_OF_A_DAY = 10_000, 2
"""Rounded up from what cities take (`tests/test_app_limits.py` measures it); the last is for every county."""

BYTES_RECORDED: Final = 8 * len(GROUPS) * (len(Measure) + len(Stock))
"""For every county and recording period: most of what a long run of the nation takes."""


def size(setup: Scenario) -> int:
    """Return about how many bytes a city takes once it is lived to its end."""
    periods = setup.days // (setup.parameters.recording_days or 28) + 1
    of_county = BYTES_OF_A_COUNTY + BYTES_OF_A_DAY * setup.days + BYTES_RECORDED * periods
    agents = setup.residents / setup.scale
    return round(BYTES_OF_A_CITY + BYTES_OF_AN_AGENT * agents + of_county * len(places.resolve(setup.place)))


def memory() -> int:
    """Return the bytes that this machine has, or those that its container may use."""
    found = 8 << 30  # where the system does not say
    with suppress(AttributeError, OSError, ValueError):
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):
        found = min(found, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return found


class Room:
    """The memory that the cities of all pages may take together.

    It is given out by what cities will take, before they are built, so that no page can take it from under another.

    Args:
        most: bytes.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken: dict[Hashable, int] = {}
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """Bytes that are given out."""
        with self._lock:
            return sum(self._taken.values())

    def take(self, who: Hashable, setups: Sequence[Scenario], share: int | None = None) -> None:
        """Give room for cities, in the place of what the same one had, and no more than a share.

        Raises:
            InputError: if there is not enough; what was given before then stays given.
        """
        need = sum(map(size, setups))
        with self._lock:
            left = self.most - sum(taken for other, taken in self._taken.items() if other != who)
            most = self.most if share is None else min(share, self.most)
            if need <= min(left, most):
                self._taken[who] = need
                return
        wrong = (
            f"needs {need / 1e9:.2f} GB, of which this server has {max(left, 0) / 1e9:.2f} GB left for pages"
        )
        if most < min(need, self.most):
            wrong = f"needs {need / 1e9:.2f} GB, more than one student's share"
        valid = "a smaller place, a larger scale, fewer days or longer recording periods"
        later = "; or wait until another page is closed" if need <= most else ""
        raise InputError([Problem("page", "memory", f"{most / 1e9:.2f} GB", wrong, valid + later)])

    def give_back(self, who: Hashable) -> None:
        """Take back what one had, if anything."""
        with self._lock:
            self._taken.pop(who, None)


ROOM: Final = Room(memory() // 2)
"""Half of the machine: the rest is for first mornings that are kept, for the system, and for what else runs there."""
