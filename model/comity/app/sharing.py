"""Sharing among the sessions of one server: the cores, in turns, and first mornings that somebody has built already."""

from __future__ import annotations

import ctypes
import hashlib
import threading
from collections import OrderedDict, deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from comity.model import CooperationModel
from comity.sweeps.engines import cores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.scenario import Scenario
    from comity.world.state import World

MOST_KEPT: Final = 100_000_000
"""Bytes of first mornings that are kept: two of San Francisco at full population."""

FELT: Final = frozenset({"trust", "cynicism", "awareness", "touched", "whereabouts"})
"""What of a resident is a state: the rest is who they are."""


class Turns:
    """Lets so many threads compute at once; whoever asked first has the next turn.

    With more threads than cores, each would get a slice of every moment, live few days in it, and spend most of the machine on
    drawing them: with twenty students two thirds of it. A lock of Python's own may be taken again by the one who had it.

    Args:
        places: how many may compute at once.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[threading.Semaphore] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it inside the block."""
        with self._lock:
            mine = threading.Semaphore(0) if self._free == 0 else None
            if mine:
                self._waiting.append(mine)
            else:
                self._free -= 1
        if mine:
            mine.acquire()
        try:
            yield
        finally:
            self._pass_on()

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for a turn."""
        return bool(self._waiting)

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class Morning(NamedTuple):
    """A first morning, to be copied, and the digest of its people: who they are, not what they feel."""

    world: World
    people: str


class _Start:
    """A first morning, or the place where one is being built."""

    def __init__(self) -> None:
        self.building = threading.Lock()
        self.morning: Morning | None = None
        self.size = 0


class Starts:
    """First mornings by scenario, the least used of which are forgotten.

    They depend on the regime only by the policy of the day before, so the cities to the left and right begin alike, and so do
    those of a class that opens the same page; where that policy differs, the copy is made steady under its own. Two who ask for
    the same at once wait for one building.

    Args:
        most: bytes that are kept.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self.most = most
        self._kept: OrderedDict[str, _Start] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, setup: Scenario) -> Morning:
        """Return the first morning of a scenario, with an event log; others get the same."""
        key = setup.with_(regime="mandatory", regimes={}, compare=()).digest()
        with self._lock:
            start = self._kept.setdefault(key, _Start())
            self._kept.move_to_end(key)
        with start.building:
            if start.morning is None:
                world = _first_morning(setup)
                start.morning = Morning(world, people(world))
            morning = start.morning
        self._forget(start, sum(morning.world.nbytes().values()))
        return morning

    def _forget(self, newest: _Start, size: int) -> None:
        with self._lock:
            newest.size = size
            before = len(self._kept)
            while len(self._kept) > 1 and sum(start.size for start in self._kept.values()) > self.most:
                self._kept.popitem(last=False)
            fewer = len(self._kept) < before
        if fewer:
            give_back()


def _first_morning(setup: Scenario) -> World:
    model = CooperationModel(setup, log=True)
    world = model.world
    dissolve(model)
    for array in world:
        array.flags.writeable = False  # nobody lives in it
    return world


def people(world: World) -> str:
    """Return a digest of who the residents are; two runs with the same one have the same people."""
    digest = hashlib.blake2b(digest_size=8)
    for name in sorted(set(world.residents.dtype.names or ()) - FELT):
        digest.update(world.residents[name].tobytes())
    return digest.hexdigest()


def dissolve(model: CooperationModel) -> None:
    """Free a model's memory at once; it is of no use afterwards.

    A model and its agents refer to each other. Left to Python's collector, which looks at old objects only after some ten
    thousand new ones, dozens of dead cities pile up and leave the memory in fragments.
    """
    vars(model).clear()


def give_back() -> None:
    """Hand freed memory back to the system, where the C library (glibc) would keep it for later."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


TURNS: Final = Turns(cores())
STARTS: Final = Starts()
