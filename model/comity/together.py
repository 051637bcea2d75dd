"""Living days together: several threads live one run, and what comes of it is the same, bit for bit, as with one.

Counties meet at few points of a day. What stays within one (hours, visits, who is victimised, who calls, contacts) is lived by
the thread that has it, in the order of one thread. What has an order of all counties, or a limit that they share, is put down
by one thread afterwards: ids of events, arrests, stories, cases, ICE's beds and officers, news. Meanwhile the others look
ahead: they enter those who were due today into the agendas, and list who is due tomorrow.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy as np

from comity import day
from comity.agents.governments import govern
from comity.agents.offending import (
    INCIDENT,
    add_incident,
    commit,
    happens,
    incident_due,
    offend,
    size_up,
)
from comity.agents.police import (
    clear,
    contact_due,
    deploy,
    deploy_in,
    encounter,
    find_pretexts,
    follow_up,
    patrol,
)
from comity.agents.residents import add_report, in_community, report, respond
from comity.kernels import Int, by_address, kernel
from comity.observe.measures import Measure, count
from comity.observe.recorder import end_of, record, record_in
from comity.problems import Problem, shown
from comity.world.agenda import CONTACTS, NOBODY, VICTIMS, enter

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from numpy.typing import NDArray

    from comity.world.state import World

_KNOWN: Final = (govern, deploy, offend, report, clear, patrol)
"""The phases that this module lives in its own way; the day begins with them. Those after them are lived by one thread."""

_RECORD: Final = day.PHASES.index(record)

MOST_THREADS: Final = 1024

AWAY: Final = -3
"""Outcome of a candidate contact with somebody who is not here; the others are those of `police.encounter`."""

NOTHING, VICTIMISED, VICTIMISED_BY_NOBODY = range(3)
"""What candidates for victimisation meet with; the last where an offender is away."""


@by_address
class Ahead(NamedTuple):
    """Who is due today and tomorrow, by day modulo 2 and agenda, in the order of the agenda; and what came of today's."""

    number: NDArray[np.int64]  # (2, agendas): residents who are due, which may be more than there is room for
    due: NDArray[np.int32]  # (2, agendas, room)
    until: NDArray[np.int64]  # (agendas, room): the day on which each of today's will be due again
    befell: NDArray[np.uint8]  # (room,): what befell today's candidates for victimisation
    incidents: NDArray[np.void]  # (room,): and the rows of those who were victimised
    met: NDArray[np.int64]  # (room,): outcomes of today's candidate contacts


def _ahead(room: int) -> Ahead:
    due, until = np.zeros((2, 2, room), np.int32), np.zeros((2, room), np.int64)
    rows, met = np.zeros(room, INCIDENT), np.zeros(room, np.int64)
    return Ahead(np.zeros((2, 2), np.int64), due, until, np.zeros(room, np.uint8), rows, met)


@kernel
def _list_due(w: World, a: Ahead, agenda: Int, day: Int) -> None:
    """List who is due on a day; the agenda stays as it is."""
    part, n, i = day % 2, 0, w.agenda_head[agenda, day]
    while i != NOBODY:
        if n < a.due.shape[2]:
            a.due[part, agenda, n] = i
        n += 1
        i = w.agenda_link[agenda, i]
    a.number[part, agenda] = n


@kernel
def look_ahead(w: World, a: Ahead, agenda: Int, today: Int, last: Int) -> None:
    """Enter those who were due today for the day on which they are due again; list tomorrow's, if that is before ``last``."""
    part, head, link = today % 2, w.agenda_head[agenda], w.agenda_link[agenda]
    head[today] = NOBODY
    for n in range(a.number[part, agenda]):
        enter(head, link, a.due[part, agenda, n], a.until[agenda, n])
    if today + 1 < last:
        _list_due(w, a, agenda, today + 1)


@kernel
def _befall(w: World, i: Int, row: Any, today: Int) -> Int:
    """Decide whether candidate ``i`` is victimised today, and by whom."""
    if not in_community(w, i) or not happens(w, i, today):
        return NOTHING
    if not commit(w, i, row, today):
        return VICTIMISED_BY_NOBODY
    count(w, i, Measure.INCIDENTS, 1.0)
    return VICTIMISED


@kernel
def share(w: World, a: Ahead, first: Int, last: Int, today: Int) -> None:
    """Live what stays within counties ``first`` to ``last - 1`` of what `deploy`, `offend`, `report` and `patrol` say.

    Offenders must have looked at all counties (`size_up`): others may be changing what is learned there.
    """
    part, begin, end = today % 2, w.counties[first]["first"], end_of(w, last)
    deploy_in(w, first, last, today)
    for n in range(a.number[part, VICTIMS]):
        i = np.int64(a.due[part, VICTIMS, n])
        if begin <= i < end:
            a.until[VICTIMS, n] = incident_due(w, i, today)
            a.befell[n] = _befall(w, i, a.incidents[n], today)
    for n in range(a.number[part, VICTIMS]):
        if begin <= a.due[part, VICTIMS, n] < end and a.befell[n] == VICTIMISED:
            respond(w, a.incidents[n], today)
    find_pretexts(w, first, last)
    for n in range(a.number[part, CONTACTS]):
        i = np.int64(a.due[part, CONTACTS, n])
        if begin <= i < end:
            a.until[CONTACTS, n] = contact_due(w, i, today)
            a.met[n] = encounter(w, i, today) if in_community(w, i) else AWAY


@kernel
def put_down(w: World, a: Ahead, today: Int) -> None:
    """Put down in order what threads found, between which police `clear`: incidents, reports, arrests and stories."""
    part, now = today % 2, w.clock[0]
    now["incidents"] = 0
    for n in range(a.number[part, VICTIMS]):
        if a.befell[n] != NOTHING and now["incidents"] == len(w.incidents):
            now["overflow"] = 1
        elif a.befell[n] == VICTIMISED:
            w.incidents[now["incidents"]] = a.incidents[n]
            add_incident(w, today)
    for n in range(now["incidents"]):
        add_report(w, w.incidents[n], today)
    clear(w, today)
    for n in range(a.number[part, CONTACTS]):
        if a.met[n] != AWAY:
            follow_up(w, a.due[part, CONTACTS, n], a.met[n], today)


_KERNELS: Final[tuple[Any, ...]] = (size_up, share, put_down, _list_due, look_ahead, record_in)


def kept() -> bool:
    """Return whether nothing has to be compiled for living together."""
    return all(map(day.kept, _KERNELS))


def possible(w: World) -> bool:
    """Return whether threads can share a run: it has counties to share out, and the day begins with the phases known here."""
    return len(w.counties) > 1 and day.PHASES[: len(_KNOWN)] == _KNOWN


def _shared_out(w: World, threads: int) -> list[tuple[int, int]]:
    """Return the counties of each thread, first and last + 1, with about as many residents each."""
    before = np.cumsum(w.counties["residents"])
    ends = np.searchsorted(before, before[-1] * np.arange(1, threads) / threads) + 1
    return [(a, b) for a, b in pairwise([0, *ends.tolist(), len(before)]) if a < b]


def problems(threads: object) -> list[Problem]:
    """Return what is wrong with a number of threads."""
    if type(threads) is int and 1 <= threads <= MOST_THREADS:
        return []
    return [Problem("model", "threads", shown(threads), "no number of threads", f"1 to {MOST_THREADS}")]


class Team:
    """Threads that live days of one run together, until the ``with`` statement ends.

    Args:
        w: the state, of which `possible` is so.
        threads: number of threads, this one among them.
    """

    def __init__(self, w: World, threads: int) -> None:
        self._w, self._counties = w, _shared_out(w, threads)
        # Others never read what this thread changes in the clock, but would wait for it: it is one line of the cache.
        self._still = w._replace(clock=w.clock.copy())
        self._ahead = _ahead(len(w.arrests))
        for each in _KERNELS:
            getattr(each, "compiled", None)  # made once, and not by each thread
        self._others = ThreadPoolExecutor(max(len(self._counties) - 1, 1), "comity")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self._others.shutdown(cancel_futures=kind is not None)

    def _all(self, work: Callable[..., None], *arguments: Any) -> None:
        """Let every thread do its part of the work; each is given its counties."""
        mine, *others = self._counties
        begun = [self._others.submit(work, *arguments[:-1], *part, arguments[-1]) for part in others]
        work(*arguments[:-1], *mine, arguments[-1])
        for each in begun:
            each.result()

    def _list(self, today: int) -> None:
        """List who is due today, where nobody could do so ahead."""
        for agenda in (VICTIMS, CONTACTS):
            _list_due(self._still, self._ahead, agenda, today)

    def _make_room(self, today: int) -> None:
        """Make more room for today's list if somebody changed rates so that more are due than a model expects."""
        most = int(self._ahead.number[today % 2].max())
        if most > len(self._ahead.met):
            self._ahead = _ahead(2 * most)
            self._list(today)

    def live(self, first: int, last: int) -> None:
        """Live the days ``first`` to ``last - 1``."""
        self._still.clock[:] = self._w.clock
        self._list(first)
        for today in range(first, last):
            day.live(self._w, today, today + 1, 0, 1)
            self._make_room(today)
            size_up(self._w)
            self._all(share, self._still, self._ahead, today)
            arguments = (self._still, self._ahead)
            ahead = [
                self._others.submit(look_ahead, *arguments, agenda, today, last)
                for agenda in (VICTIMS, CONTACTS)
            ]
            put_down(self._w, self._ahead, today)
            closes = bool(self._w.calendar["closes"][today])
            day.live(self._w, today, today + 1, len(_KNOWN), _RECORD + (not closes))
            for each in ahead:
                each.result()
            if closes:
                self._all(record_in, self._w, today)
