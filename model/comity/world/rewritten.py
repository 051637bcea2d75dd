"""Residents who were rewritten: somebody set what their days in the agendas were drawn from.

A candidate day is drawn at the highest rate that the mechanism can reach for a resident. When somebody writes what makes
another rate, days that are drawn already are carried over, so that they are those of the new one and as few move as can be.
Where the rate rises, days of the difference come in between; where it falls, each stays with the ratio of the two, and behind
one that goes waiting begins anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.agents.migration import chance_of_exit
from comity.agents.offending import victim_ceiling
from comity.agents.police import contact_rates
from comity.agents.residents import identity
from comity.draws import Stream, draws, probability, wait
from comity.kernels import Int, Real, kernel
from comity.world.agenda import CONTACTS, EXITS, NOBODY, VICTIMS, enter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.world.state import World

RATED: Final = frozenset({"proneness", "status", "exposed_household"})
"""Fields of residents that their rates depend on and somebody can write."""

_BITS: Final = 56
"""Bits of a key of draws that say who; those above it say which agenda is meant."""


@kernel
def _chance(w: World, i: Int, agenda: Int) -> Real:
    """Return the chance a day with which resident ``i`` stands in an agenda; a household does by its first member."""
    if agenda == VICTIMS:
        return probability(victim_ceiling(w, i), 1.0)
    if agenda == CONTACTS:
        a, b, c = contact_rates(w, i)
        return probability(a + b + c, 1.0)
    return chance_of_exit(w, i)


@kernel
def _note(w: World, rows: NDArray[np.int64], out: NDArray[np.float64]) -> None:
    for k in range(len(rows)):
        i = rows[k]
        out[k, VICTIMS], out[k, CONTACTS] = _chance(w, i, VICTIMS), _chance(w, i, CONTACTS)
        out[k, EXITS] = _chance(w, np.int64(w.residents[i]["household"]), EXITS)


def note(w: World, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return an array (rows, agendas) of the chances a day with which residents are due; as to exits, their households."""
    out = np.zeros((len(rows), 3))
    _note(w, rows, out)
    return out


@kernel
def _take_out(head: NDArray[np.int32], link: NDArray[np.int32], due: NDArray[np.int64], first: Int) -> None:
    """Take those whose ``due`` is 0 or more out of the lists of day ``first`` and later, and put the day there."""
    for day in range(first, len(head)):
        before, i = np.int64(NOBODY), np.int64(head[day])
        while i != NOBODY:
            following = np.int64(link[i])
            if due[i] < 0:
                before = i
            elif before == NOBODY:
                due[i], head[day] = day, following
            else:
                due[i], link[before] = day, following
            i = following


@kernel
def carried(day: Int, before: float, now: float, u: float, v: float, today: Int) -> Int:
    """Return when somebody is due from ``today`` on who was so on a ``day``, as the chance a day goes from one to another."""
    if now > before:
        return min(day, today - 1 + wait(u, (now - before) / (1.0 - before)))
    if now < before and u * before >= now:
        return day + wait(v, now)
    return day


@kernel
def _carry_over(
    w: World,
    agenda: Int,
    rows: NDArray[np.int64],
    before: NDArray[np.float64],
    due: NDArray[np.int64],
    today: Int,
) -> None:
    head, link = w.agenda_head[agenda], w.agenda_link[agenda]
    for k in range(len(rows)):
        if _chance(w, rows[k], agenda) != before[k]:
            due[rows[k]] = len(head)  # so late that nobody asks when
    _take_out(head, link, due, today)
    for k in range(len(rows)):
        i = rows[k]
        if due[i] >= 0:
            who = identity(w, i) ^ (np.int64(agenda + 1) << _BITS)
            u, v, _, _ = draws(w.clock[0]["seed"], Stream.REDRAWN, today, who)
            enter(head, link, i, carried(due[i], before[k], _chance(w, i, agenda), u, v, today))
            due[i] = -1


def carry_over(w: World, rows: NDArray[np.int64], before: NDArray[np.float64], today: int) -> None:
    """Carry the days of residents over to what they are now; of several notes about one, the first counts."""
    due = np.full(len(w.residents), -1)
    for agenda in (VICTIMS, CONTACTS, EXITS):
        who = w.residents["household"][rows].astype(np.int64) if agenda == EXITS else rows
        who, first = np.unique(who, return_index=True)
        _carry_over(w, agenda, who, before[first, agenda], due, today)
