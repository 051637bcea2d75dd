"""The day: one ordered list of phases, one per arrow of the pipeline.

Every phase takes the state and the day. It reads columns and the tables of today that earlier phases wrote, and
writes its own; no phase reaches back.
"""

from __future__ import annotations

import time
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from comity.agents.bureaus import forward_and_match
from comity.agents.governments import govern
from comity.agents.ice import custody, triage
from comity.agents.jails import book, hold_or_release
from comity.agents.migration import migrate
from comity.agents.news import news
from comity.agents.offending import offend
from comity.agents.police import clear, deploy, patrol
from comity.agents.residents import report
from comity.kernels import COMPILED, Int, compiler, kernel, say_if_slow
from comity.observe.recorder import record

if TYPE_CHECKING:
    from comity.world.state import World

PHASES: Final = (
    govern,
    deploy,
    offend,
    report,
    clear,
    patrol,
    book,
    forward_and_match,
    triage,
    hold_or_release,
    custody,
    news,
    migrate,
    record,
)
"""The day, in order: compiled functions of the state of the world and of the day of the run, counted from 0."""


def unroll() -> Any:
    """Return what goes through a tuple of kernels in machine code; outside of it, a tuple is gone through as it is."""
    return compiler().numba.literal_unroll if COMPILED else tuple


@cache
def _days() -> Any:
    """Return the kernel that lives days, or some phases of a day."""
    if not COMPILED:
        say_if_slow()
    literal_unroll = unroll()

    @kernel
    def live_days(w: World, first: Int, last: Int, begin: Int, end: Int) -> None:
        for today in range(first, last):
            k = 0
            for phase in literal_unroll(PHASES):
                if begin <= k < end:
                    phase(w, today)
                k += 1  # noqa: SIM113 - numba unrolls the tuple, not an enumeration of it

    return live_days


def compiled() -> bool:
    """Return whether the day is machine code by now, loaded or compiled; the first time on a machine takes half a minute."""
    return not COMPILED or bool(_days().compiled.signatures)


def kept(of: Any = None) -> bool:
    """Return whether nothing has to be compiled for the day, or for one phase by itself, as its machine code can be loaded."""
    return not COMPILED or bool((of or _days()).compiled._cache.found())  # noqa: SLF001


def prepare(of: Any, *arguments: Any) -> None:
    """Load or compile a kernel that goes through the phases, for such arguments."""
    if not COMPILED or of.compiled.signatures:
        return
    from numba import typeof  # noqa: PLC0415 - the compiler, see `comity.kernels`
    from numba.core.errors import NumbaExperimentalFeatureWarning  # noqa: PLC0415 - likewise

    with warnings.catch_warnings():
        # When it compiles, numba calls the tuple of phases an experimental feature.
        warnings.simplefilter("ignore", NumbaExperimentalFeatureWarning)
        of.compiled.compile(tuple(map(typeof, arguments)))


def live(w: World, first: int, last: int, begin: int = 0, end: int = len(PHASES)) -> None:
    """Live the days ``first`` to ``last - 1``, of each the phases ``begin`` to ``end - 1``: by default the whole day."""
    prepare(_days(), w, first, last, begin, end)
    _days()(w, first, last, begin, end)


def timed(w: World, first: int, last: int) -> dict[str, float]:
    """Live the same days phase by phase and return the seconds that each took; the result is the same."""
    seconds = {phase.__name__: 0.0 for phase in PHASES}
    for today in range(first, last):
        for phase in PHASES:
            begun = time.perf_counter()
            phase(w, today)
            seconds[phase.__name__] += time.perf_counter() - begun
    return seconds
