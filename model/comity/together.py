"""Living days together: several threads live one run, and what comes of it is the same, bit for bit, as with one.

Counties meet at few points of a day. What stays within one (hours, visits, who is victimised, who calls, contacts, what its
public makes of it, who is born or comes, what is recorded) is lived by the thread that has it, in the order of one thread. What
has an order of all counties, or a limit that they share, is put down by one thread: ids of events, arrests, cases, ICE's beds
and officers, stories, the news of neighbours. Meanwhile another looks ahead: it enters those who were due today into the agendas,
and lists who is due tomorrow. The threads stay within machine code for days and wait for each other after every stage.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import IntEnum
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy as np

from comity import day
from comity.agents.bureaus import forward_and_match
from comity.agents.governments import govern
from comity.agents.ice import custody, triage
from comity.agents.jails import book, hold_or_release
from comity.agents.migration import balance, migrate, move_about
from comity.agents.news import announce_all, fade_all, news, publish, tell_all
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
from comity.agents.public import judge
from comity.agents.residents import add_report, in_community, report, respond
from comity.kernels import COMPILED, Int, by_address, compiler, kernel, say_if_slow
from comity.observe.measures import Measure, count
from comity.observe.recorder import record, record_in
from comity.problems import Problem, shown
from comity.world.agenda import CONTACTS, NOBODY, VICTIMS, enter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from numpy.typing import NDArray

    from comity.world.state import World

_FIRST: Final = (govern, deploy, offend, report, clear, patrol)
_BETWEEN: Final = (book, forward_and_match, triage, hold_or_release, custody)
_LAST: Final = (news, migrate, record)
"""The phases as this module knows them. One thread lives those between; the first and the last are lived in a way of its own."""

MOST_THREADS: Final = 1024

AWAY: Final = -3
"""Outcome of a candidate contact with somebody who is not here; the others are those of `police.encounter`."""

NOTHING, VICTIMISED, VICTIMISED_BY_NOBODY = range(3)
"""What candidates for victimisation meet with; the last where an offender is away."""


class Stage(IntEnum):
    """Of a day; between two of them everybody waits for everybody."""

    GOVERN = 0
    SHARE = 1
    PUT_DOWN = 2
    SPREAD = 3
    ANNOUNCE = 4
    JUDGE = 5
    MOVE = 6
    BALANCE = 7
    RECORD = 8


OF_A_COUNTY: Final = 200
"""Residents with whom there is as much to do on a day as with a county itself: two threads with as many residents and 1,341 and
1,802 counties took 1,457 and 1,532 microseconds for what is shared out first (nation at 1:100)."""

_GONE: Final = 1 << 60
"""Turn of a thread that will not come again."""


@by_address
class Shared(NamedTuple):
    """What threads have in common beside the state.

    Those who are due are listed thread by thread: two that wrote to one line of the cache would wait for each other.

    Attributes:
        number: residents who are due, which may be more than there is room for, by day modulo 2 and agenda.
        listed: who they are, in the order of the agenda, while they are listed (agendas, room).
        order: where each of them stands in the lists below (2, agendas, room).
        starts: where there the residents of each thread begin, and in the end the last ones end (2, agendas, threads + 1).
        due: who is due today and tomorrow (2, agendas, room).
        until: the day on which each of today's will be due again (agendas, room).
        befell: what befell today's candidates for victimisation (room).
        incidents: the rows of those who were victimised (room).
        met: outcomes of today's candidate contacts (room).
        parts: by thread, counties, first and last + 1; the same in whole states; and the last resident + 1 (threads, 5).
        turns: how often each thread has come to the end of a stage (threads, and what keeps them apart in the cache).
        noted: events that each thread has noted in the last stage but one (threads, likewise).
    """

    number: NDArray[np.int64]
    listed: NDArray[np.int32]
    order: NDArray[np.int32]
    starts: NDArray[np.int64]
    due: NDArray[np.int32]
    until: NDArray[np.int64]
    befell: NDArray[np.uint8]
    incidents: NDArray[np.void]
    met: NDArray[np.int64]
    parts: NDArray[np.int64]
    turns: NDArray[np.int64]
    noted: NDArray[np.int64]


def _shared(room: int, parts: NDArray[np.int64]) -> Shared:
    turns, noted = np.zeros((2, len(parts), 16), np.int64)
    return Shared(
        number=np.zeros((2, 2), np.int64),
        listed=np.zeros((2, room), np.int32),
        order=np.zeros((2, 2, room), np.int32),
        starts=np.zeros((2, 2, len(parts) + 1), np.int64),
        due=np.zeros((2, 2, room), np.int32),
        until=np.zeros((2, room), np.int64),
        befell=np.zeros(room, np.uint8),
        incidents=np.zeros(room, INCIDENT),
        met=np.zeros(room, np.int64),
        parts=parts,
        turns=turns,
        noted=noted,
    )


@kernel
def _whose(a: Shared, i: Int) -> Int:
    """Return the thread that has resident ``i``."""
    low, high = 0, len(a.parts) - 1
    while low < high:
        middle = (low + high) // 2
        if i < a.parts[middle, 4]:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def _by_thread(a: Shared, part: Int, agenda: Int) -> None:
    """Bring those who are listed into lists thread by thread, each in the order of the agenda."""
    starts, n = a.starts[part, agenda], a.number[part, agenda]
    for k in range(len(starts)):
        starts[k] = 0
    for m in range(n):
        starts[_whose(a, a.listed[agenda, m])] += 1
    for k in range(1, len(starts)):
        starts[k] += starts[k - 1]
    for m in range(n - 1, -1, -1):
        i = a.listed[agenda, m]
        mine = _whose(a, i)
        starts[mine] -= 1
        a.due[part, agenda, starts[mine]], a.order[part, agenda, m] = i, starts[mine]


@kernel
def list_due(w: World, a: Shared, today: Int) -> None:
    """List who is due on a day; the agendas stay as they are.

    Both lists are followed at once: each step waits for memory, and two steps wait no longer than one.
    """
    part, room = today % 2, len(a.met)
    i, j, n, m = w.agenda_head[VICTIMS, today], w.agenda_head[CONTACTS, today], 0, 0
    while i != NOBODY or j != NOBODY:
        if i != NOBODY:
            if n < room:
                a.listed[VICTIMS, n] = i
            n += 1
            i = w.agenda_link[VICTIMS, i]
        if j != NOBODY:
            if m < room:
                a.listed[CONTACTS, m] = j
            m += 1
            j = w.agenda_link[CONTACTS, j]
    a.number[part, VICTIMS], a.number[part, CONTACTS] = n, m


@kernel
def sort_due(a: Shared, today: Int) -> None:
    """Sort those who are listed for a day by thread, if there is room for all."""
    part = today % 2
    if max(a.number[part, VICTIMS], a.number[part, CONTACTS]) <= len(a.met):
        _by_thread(a, part, VICTIMS)
        _by_thread(a, part, CONTACTS)


@kernel
def _look_ahead(w: World, a: Shared, today: Int, last: Int) -> None:
    """Enter those who were due today for the day on which they are due again; list tomorrow's, if that is before ``last``."""
    part = today % 2
    for agenda in range(VICTIMS, CONTACTS + 1):
        head, link = w.agenda_head[agenda], w.agenda_link[agenda]
        head[today] = NOBODY
        for n in range(a.number[part, agenda]):
            k = a.order[part, agenda, n]
            enter(head, link, a.due[part, agenda, k], a.until[agenda, k])
    if today + 1 < last:
        list_due(w, a, today + 1)


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
def share(w: World, a: Shared, me: Int, today: Int) -> None:
    """Live what stays within the counties of a thread of what `deploy`, `offend`, `report` and `patrol` say.

    Offenders must have looked at all counties (`size_up`): others may be changing what is learned there.
    """
    first, last, part = a.parts[me, 0], a.parts[me, 1], today % 2
    victims, contacts = a.starts[part, VICTIMS], a.starts[part, CONTACTS]
    deploy_in(w, first, last, today)
    for n in range(victims[me], victims[me + 1]):
        i = np.int64(a.due[part, VICTIMS, n])
        a.until[VICTIMS, n] = incident_due(w, i, today)
        a.befell[n] = _befall(w, i, a.incidents[n], today)
    for n in range(victims[me], victims[me + 1]):
        if a.befell[n] == VICTIMISED:
            respond(w, a.incidents[n], today)
    find_pretexts(w, first, last)
    for n in range(contacts[me], contacts[me + 1]):
        i = np.int64(a.due[part, CONTACTS, n])
        a.until[CONTACTS, n] = contact_due(w, i, today)
        a.met[n] = encounter(w, i, today) if in_community(w, i) else AWAY


@kernel
def _put_down(w: World, a: Shared, today: Int) -> None:
    """Put down in order what threads found, between which police `clear`: incidents, reports, arrests and stories."""
    part, now = today % 2, w.clock[0]
    now["incidents"] = 0
    for n in range(a.number[part, VICTIMS]):
        k = a.order[part, VICTIMS, n]
        if a.befell[k] != NOTHING and now["incidents"] == len(w.incidents):
            now["overflow"] = 1
        elif a.befell[k] == VICTIMISED:
            w.incidents[now["incidents"]] = a.incidents[k]
            add_incident(w, today)
    for n in range(now["incidents"]):
        add_report(w, w.incidents[n], today)
    clear(w, today)
    for n in range(a.number[part, CONTACTS]):
        k = a.order[part, CONTACTS, n]
        if a.met[k] != AWAY:
            follow_up(w, a.due[part, CONTACTS, k], a.met[k], today)


@kernel
def _balance(w: World, own: World, a: Shared, me: Int, today: Int) -> None:
    """Let people come and go in the states of a thread, which counts events in its ``own`` clock; a log has one order."""
    before = own.clock[0]["next_event"]
    if len(w.log) == 0:
        balance(own, a.parts[me, 2], a.parts[me, 3], today)
    elif me == 0:
        balance(w, 0, len(w.counties), today)
    a.noted[me, 0] = own.clock[0]["next_event"] - before


@kernel
def _count_noted(w: World, a: Shared) -> None:
    """Count the events that the other threads have noted."""
    for other in range(1, len(a.noted)):
        w.clock[0]["next_event"] += a.noted[other, 0]


@kernel
def _go_on(w: World, a: Shared, stage: Int, today: Int) -> None:
    """Do what the first thread does by itself after the phases of a stage, if it has any."""
    if stage == Stage.PUT_DOWN:
        publish(w)
    elif stage == Stage.SPREAD:
        tell_all(w, today)
    elif stage == Stage.ANNOUNCE:
        announce_all(w)
    elif stage == Stage.MOVE:
        move_about(w, today)
    elif stage == Stage.RECORD:
        _count_noted(w, a)


@kernel
def _help(w: World, a: Shared, stage: Int, today: Int, last: Int) -> None:
    """Do what the second thread does beside the first."""
    if stage == Stage.PUT_DOWN:
        _look_ahead(w, a, today, last)
    elif stage == Stage.SPREAD:
        fade_all(w)
        if today + 1 < last:
            sort_due(a, today + 1)


@kernel
def _within(w: World, own: World, a: Shared, me: Int, stage: Int, today: Int) -> None:
    """Do what every thread does for its counties."""
    first, last = a.parts[me, 0], a.parts[me, 1]
    if stage == Stage.GOVERN:
        size_up(w, first, last)
    elif stage == Stage.SHARE:
        share(w, a, me, today)
    elif stage == Stage.JUDGE:
        judge(w, first, last)
    elif stage == Stage.BALANCE:
        _balance(w, own, a, me, today)
    elif stage == Stage.RECORD:
        record_in(w, first, last, today)


@cache
def doing() -> Any:
    """Return the kernel that does what a thread has to do in a stage of a day."""
    literal_unroll = day.unroll()

    @kernel
    def do(w: World, own: World, a: Shared, me: Int, stage: Int, today: Int, last: Int) -> None:
        if me == 0:
            if stage == Stage.PUT_DOWN:
                _put_down(w, a, today)
                for phase in literal_unroll(_BETWEEN):
                    phase(w, today)
            elif stage == Stage.GOVERN:
                govern(w, today)
            _go_on(w, a, stage, today)
        elif me == 1:
            _help(w, a, stage, today, last)
        _within(w, own, a, me, stage, today)

    return do


@cache
def _meeting() -> Any:
    """Return the kernel with which threads wait for each other at the end of a stage; it says whether all have come."""
    pause: Any = compiler().pause() if COMPILED else partial(time.sleep, 0)
    fence: Any = compiler().fence if COMPILED else lambda: None

    @kernel
    def meet(a: Shared, me: Int) -> bool:
        turn = a.turns[me, 0] + 1
        fence()  # whoever sees the turn sees what was done before it
        a.turns[me, 0] = turn
        for other in range(len(a.turns)):
            while a.turns[other, 0] < turn:
                pause()
            if a.turns[other, 0] >= _GONE:
                return False
        fence()
        return True

    return meet


@cache
def _living() -> Any:
    """Return the kernel with which a thread lives days, until ``last`` or a day for which there is no room."""
    do, meet, stages = doing(), _meeting(), len(Stage)

    @kernel
    def live(w: World, own: World, a: Shared, me: Int, first: Int, last: Int) -> Int:
        if me == 0:
            list_due(w, a, first)
            sort_due(a, first)
        if not meet(a, me):
            return first
        for today in range(first, last):
            if max(a.number[today % 2, VICTIMS], a.number[today % 2, CONTACTS]) > len(a.met):
                return today
            for stage in range(stages):
                do(w, own, a, me, stage, today, last)
                if not meet(a, me):
                    return today
        return last

    return live


def kept() -> bool:
    """Return whether nothing has to be compiled for living together."""
    return day.kept(_living())


def possible(w: World) -> bool:
    """Return whether threads can share a run: it has counties to share out, and the phases of its days are those known here."""
    return len(w.counties) > 1 and (*_FIRST, *_BETWEEN, *_LAST) == day.PHASES


def _shared_out(w: World, threads: int) -> NDArray[np.int64]:
    """Return `Shared.parts`, with about as much work in each."""
    residents, n = w.counties["residents"], min(threads, len(w.counties))
    work = np.cumsum(residents + OF_A_COUNTY)
    ends = [0, *np.searchsorted(work, work[-1] * np.arange(1, n) / n) + 1, len(work)]
    borders = np.flatnonzero(np.diff(w.counties["state"], prepend=-1, append=-1))
    states, before = borders[np.searchsorted(borders, ends)], np.array([0, *np.cumsum(residents)])
    return np.column_stack([ends[:-1], ends[1:], states[:-1], states[1:], before[ends[1:]]])


def problems(threads: object) -> list[Problem]:
    """Return what is wrong with a number of threads."""
    if type(threads) is int and 1 <= threads <= MOST_THREADS:
        return []
    return [Problem("model", "threads", shown(threads), "no number of threads", f"1 to {MOST_THREADS}")]


class Team:
    """Threads that live days of one run together, until the ``with`` statement ends.

    Args:
        w: the state, of which `possible` is so.
        threads: number of threads, this one among them: two or more.
    """

    def __init__(self, w: World, threads: int) -> None:
        parts = _shared_out(w, threads)
        self._w, self._shared = w, _shared(len(w.arrests), parts)
        # One clock each: of the others', only events are counted in a place of their own.
        self._own = [w, *(w._replace(clock=w.clock.copy()) for _ in parts[1:])]
        if not COMPILED:
            say_if_slow()
        day.prepare(_living(), w, w, self._shared, 0, 0, 0)
        self._others = ThreadPoolExecutor(len(parts) - 1, "comity")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self._others.shutdown(cancel_futures=kind is not None)

    def live(self, first: int, last: int) -> None:
        """Live the days ``first`` to ``last - 1``."""
        for own in self._own[1:]:
            own.clock[:] = self._w.clock
        while first < last:
            others = range(1, len(self._own))
            with self._leaving(0):
                begun = [self._others.submit(self._live, me, first, last) for me in others]
                reached = self._live(0, first, last)
            for each in begun:
                each.result()
            if reached < last:  # somebody changed rates so that more are due than a model expects
                self._shared = _shared(2 * int(self._shared.number.max()), self._shared.parts)
            first = reached

    def _live(self, me: int, first: int, last: int) -> int:
        with self._leaving(me):
            return int(_living()(self._w, self._own[me], self._shared, me, first, last))

    @contextmanager
    def _leaving(self, me: int) -> Iterator[None]:
        """Let nobody wait for a thread that fails."""
        try:
            yield
        except BaseException:
            self._shared.turns[me] = _GONE
            raise
