"""How a run is extended: the arrays of each extension, and its phases at their places of the day.

The state of the package stays as it is, so that none of its kernels is compiled anew: what an extension adds stands in arrays
of its own, `Extended`, which its kernels are given beside the world.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity import day, together
from comity.columns.views import Column
from comity.kernels import Int, Kernel, Row, by_address, kernel
from comity.observe.measures import GROUP_OF, GROUPS
from comity.problems import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from comity.extensions import Attribute, Extension, Phase
    from comity.parameters import Parameters
    from comity.world.state import World

Table = NDArray[np.void]

OWN_STREAMS: Final = 1 << 31
"""Streams of extensions have numbers from here, made from their names; those of the package are small."""

_PLACES: Final = {phase.__name__: k for k, phase in enumerate(day.PHASES)}


@by_address
class Extended(NamedTuple):
    """The arrays of one extension; fields have the names that it declares."""

    p: Table  # one row: the parameters
    streams: Table  # one row: the streams
    residents: Table  # a row per resident; none if it declares no attribute of residents
    counties: Table  # a row per county, likewise
    tally: Table  # (counties, groups): the measures of the current period


@kernel
def count(w: World, x: Extended, i: Int) -> Row:
    """Return the measures of resident ``i``'s county and group, to add to one of them."""
    r = w.residents[i]
    return x.tally[r["county"], GROUP_OF[r["hispanic"], r["status"]]]


def arrays(extension: Extension, parameters: Parameters, w: World) -> Extended:
    """Return the arrays of an extension on the first morning."""
    numbers = {p.name: ("i8" if isinstance(p.default, int) else "f8") for p in extension.parameters}
    streams = dict.fromkeys(extension.streams, "i8")
    tally = dict.fromkeys((measure.name for measure in extension.measures), "f8")
    made = Extended(
        p=np.zeros(1, _dtype(numbers)),
        streams=np.zeros(1, _dtype(streams)),
        residents=_table(extension.residents, len(w.residents)),
        counties=_table(extension.counties, len(w.counties)),
        tally=np.zeros((len(w.counties), len(GROUPS)), _dtype(tally)),
    )
    for name in numbers:
        made.p[name] = getattr(parameters, name)
    for name in streams:
        made.streams[name] = stream(extension.name, name)
    return made


def _dtype(fields: dict[str, str]) -> np.dtype[np.void]:
    """Return a layout, with a byte that nobody names where there is nothing: numba has no rows without fields."""
    return np.dtype([*(fields or {"_": "u1"}).items()], align=True)


def _table(attributes: Sequence[Attribute], rows: int) -> Table:
    made = np.zeros(rows if attributes else 0, _dtype({a.name: a.dtype for a in attributes}))
    for attribute in attributes:
        made[attribute.name] = attribute.initial
    return made


def stream(extension: str, name: str) -> int:
    """Return the number of a stream of an extension: always the same, whatever else a run has."""
    digest = blake2b(f"{extension}.{name}".encode(), digest_size=4).digest()
    return OWN_STREAMS | int.from_bytes(digest)


def flows(extended: Sequence[Extended]) -> list[NDArray[np.float64]]:
    """Return the tallies of the current period by county, group and measure, as views."""
    numbers = [x.tally.view(np.float64) for x in extended if "_" not in (x.tally.dtype.names or ())]
    return [tally.reshape(*tally.shape[:1], len(GROUPS), -1) for tally in numbers]


def _place(phase: Phase) -> int:
    """Return how many phases of the package are lived before one of an extension."""
    return _PLACES[phase.after] + 1 if phase.after else _PLACES[phase.before]


def phases(extensions: Sequence[Extension]) -> list[Any]:
    """Return the phases of a day in order, with those of extensions at their places."""
    own = [(_place(phase), 0, phase.kernel) for extension in extensions for phase in extension.phases]
    ours = [(k, 1, phase) for k, phase in enumerate(day.PHASES)]
    return [phase for *_, phase in sorted((*own, *ours), key=lambda step: step[:2])]


class Own(Column):
    """An attribute that an extension gives to rows of a table of agents."""

    def __init__(self, attribute: Attribute, extension: str, table: str) -> None:
        super().__init__(attribute.name, low=attribute.low, high=attribute.high)
        self.extension, self.table = extension, table

    def records(self, owner: Any) -> Any:
        """Return the rows of the extension."""
        return getattr(owner.model.extensions[self.extension], self.table)


def columns(extensions: Sequence[Extension]) -> dict[tuple[str, str], Column]:
    """Return the attributes that agents get, by table and name."""
    return {("residents", a.name): Own(a, e.name, "residents") for e in extensions for a in e.residents}


class Day:
    """The day of a run with extensions.

    Args:
        extensions: in the order in which those at one place are lived.
        extended: the arrays of each.

    Raises:
        InputError: with every kernel that does not compile.
    """

    def __init__(self, w: World, extensions: Sequence[Extension], extended: Sequence[Extended]) -> None:
        steps = [
            (_place(phase), phase, x, extension.name)
            for extension, x in zip(extensions, extended, strict=True)
            for phase in extension.phases
            if phase.mechanism not in _off(extension, x)
        ]
        _require(
            [(name, phase, wrong) for _, phase, x, name in steps if (wrong := _uncompilable(phase, w, x))]
        )
        self.steps = sorted(((at, phase.kernel, x) for at, phase, x, _ in steps), key=lambda step: step[0])
        self._team: together.Team | None = None

    @contextmanager
    def lived_by(self, w: World, threads: int) -> Iterator[None]:
        """Let so many threads live days together meanwhile; phases of extensions stand between those of a day, and need one."""
        if threads == 1 or self.steps or not together.possible(w):
            yield
            return
        with together.Team(w, threads) as team:
            self._team = team
            try:
                yield
            finally:
                self._team = None

    def live(self, w: World, first: int, last: int) -> None:
        """Live the days ``first`` to ``last - 1``."""
        if self._team is not None:
            self._team.live(first, last)
            return
        if not self.steps:
            day.live(w, first, last)
            return
        for today in range(first, last):
            begin = 0
            for at, phase, x in self.steps:
                if at > begin:
                    day.live(w, today, today + 1, begin, at)
                phase(w, x, today)
                begin = at
            day.live(w, today, today + 1, begin, len(day.PHASES))


def _off(extension: Extension, x: Extended) -> set[str]:
    """Return the mechanisms that are off."""
    return {
        m
        for m, off in extension.mechanisms.items()
        if all(x.p[name][0] == value for name, value in off.items())
    }


def _uncompilable(phase: Phase, w: World, x: Extended) -> str:
    """Return why a phase does not compile, or an empty text; what has been compiled or kept is not compiled again."""
    if not isinstance(phase.kernel, Kernel):
        return ""
    from numba import typeof  # noqa: PLC0415 - the compiler, see `comity.kernels`

    try:
        phase.kernel.compiled.compile(tuple(map(typeof, (w, x, 0))))
    except Exception as error:  # noqa: BLE001 - numba fails in many ways
        return _said(error)
    return ""


def _said(error: Exception) -> str:
    """Return the sentence of numba's pages that says what is wrong, and where."""
    from numba.core.errors import NumbaError  # noqa: PLC0415 - likewise

    if not isinstance(error, NumbaError):
        return f"{type(error).__name__}: {error}"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    where = next((line for line in lines if line.startswith("File ")), "")
    what = [line for line in lines if not re.match(r"(Failed in|During|File |def |<source|-+$|\^|>+)", line)]
    return " ".join([what[0] if what else type(error).__name__, where]).strip()


def _require(failed: list[tuple[str, Phase, str]]) -> None:
    """Raise a `InputError` over phases that do not compile, if there are any."""
    valid = "a kernel as numba compiles it; NUMBA_DISABLE_JIT=1 lives it as plain Python, to look closer"
    if failed:
        raise InputError(
            Problem(
                str(getattr(phase.kernel, "py_func", phase.kernel).__code__.co_filename),
                f"{name}.phases.{phase.name}",
                "(kernel)",
                f"does not compile: {wrong}",
                valid,
            )
            for name, phase, wrong in failed
        )
