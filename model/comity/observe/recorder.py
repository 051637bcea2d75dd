"""The recorder, last phase of the day: at the end of a recording period, what is true of everybody is added up.

The stocks of those in the community follow from counts of people by class, which are kept as people move, and from sums of
trust and cynicism, which fade for all at the same rate: nobody is asked but those who became aware of enforcement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.agents.residents import Status, Whereabouts, enrol, estrangement, exposure, in_community, risk_at
from comity.kernels import Int, kernel
from comity.observe.measures import GROUP_OF, NORMS, Stock
from comity.world.state import Memory

if TYPE_CHECKING:
    from comity.world.state import World


LOWEST_BIT: Final = np.array([max((n & -n).bit_length() - 1, 0) for n in range(256)], np.int64)
"""Place of the lowest bit of a byte that is set."""

TOGETHER: Final = 128
"""Bytes, of eight residents each, that are looked through together."""


@kernel
def recount(w: World, today: Int) -> None:
    """Count everybody anew, as of ``today``."""
    w.running[:] = 0.0
    w.classes[:] = 0
    w.aware[:] = 0
    w.present[:] = 0
    for i in range(len(w.residents)):
        enrol(w, i, 1, today)
        if w.residents[i]["awareness"] > 0.0:
            w.aware[i >> 3] |= 1 << (i & 7)
    w.clock[0]["recount"] = 0


@kernel
def _add_class(w: World, c: Int, hispanic: Int, status: Int, household: Int, among: Int, seen: Int) -> None:
    """Add what the residents of a class share: what all of a county do, and the risk of those whom no news reached."""
    people = float(w.classes[c, hispanic, status, household, among, seen])
    if people > 0.0:
        p, county, stock = w.p[0], w.counties[c], w.stock[c, GROUP_OF[hispanic, status]]
        stock[Stock.RESIDENTS] += people
        stock[Stock.TRUST] -= people * estrangement(w, c, hispanic, status, household, among, seen)
        stock[Stock.AWARENESS] += people * county["awareness"]
        stock[Stock.SALIENCE] += people * county["salience"]
        stock[Stock.ATTRIBUTION] += people * county["attribution"]
        stock[Stock.ENTANGLEMENT] += people * county["entanglement"]
        stock[Stock.NONCRIMINAL] += people * county["noncriminal"]
        stock[Stock.RISK] += people * risk_at(w, c, exposure(p, status, household, among), seen, 0.0)


@kernel
def _add_up(w: World, c: Int) -> None:
    """Add up the stocks of county ``c``, but for what personal awareness adds."""
    _, _, _, households, ties, seen_as = w.classes.shape
    for hispanic in range(2):
        for status in range(Status.UNAUTHORIZED + 1):
            for household in range(households):
                for among in range(ties):
                    for seen in range(seen_as):
                        _add_class(w, c, hispanic, status, household, among, seen)
    for group in range(w.stock.shape[1]):
        stock, running = w.stock[c, group], w.running[c, group]
        if stock[Stock.RESIDENTS] == 0.0:  # what rounding left of those who are gone
            running[Stock.TRUST] = running[Stock.CYNICISM] = running[NORMS] = 0.0
        stock[Stock.TRUST] += running[NORMS] + running[Stock.TRUST]
        stock[Stock.CYNICISM] += max(running[Stock.CYNICISM], 0.0)
        for kind in (Stock.IN_JAIL, Stock.IN_ICE_CUSTODY, Stock.AGED_12):
            stock[kind] = running[kind]


@kernel
def _add_awareness(w: World, i: Int, today: Int) -> None:
    """Add what personal awareness of resident ``i`` adds to that of the county, changing nothing."""
    if not in_community(w, i):
        return
    r = w.residents[i]
    stock = w.stock[r["county"], GROUP_OF[r["hispanic"], r["status"]]]
    awareness = np.float64(r["awareness"]) * w.fade[Memory.AWARENESS, today - r["touched"]]
    exposed = exposure(w.p[0], r["status"], r["exposed_household"] > 0, r["exposed_ties"])
    risk = risk_at(w, r["county"], exposed, r["seen_hispanic"], awareness)
    stock[Stock.AWARENESS] += (1.0 - w.counties[r["county"]]["awareness"]) * awareness
    stock[Stock.RISK] += risk - risk_at(w, r["county"], exposed, r["seen_hispanic"], 0.0)


@kernel
def _aware_here(w: World, first: Int, last: Int) -> Int:
    """Return how many are in the community of those who are aware in bytes ``first`` to ``last - 1`` of the table."""
    here = 0
    for n in range(first, last):
        bits = w.aware[n]
        while bits:
            here += w.residents[8 * n + LOWEST_BIT[bits]]["whereabouts"] == Whereabouts.COMMUNITY
            bits &= bits - 1
    return here


@kernel
def _add_aware(w: World, begin: Int, end: Int, today: Int) -> None:
    """Add what personal awareness of residents ``begin`` to ``end - 1`` adds.

    They are few and far between. Counted first, without a decision on one before the next, their rows come from memory several
    at a time.
    """
    stop: Int = (end + 7) >> 3
    for first in range(begin >> 3, stop, TOGETHER):
        last = min(first + TOGETHER, stop)
        if _aware_here(w, first, last):
            for n in range(first, last):
                bits = w.aware[n]
                while bits:
                    i = 8 * n + LOWEST_BIT[bits]
                    if begin <= i < end:
                        _add_awareness(w, i, today)
                    bits &= bits - 1


@kernel
def end_of(w: World, last: Int) -> Int:
    """Return the row after the last resident of the counties before ``last``."""
    return w.counties[last]["first"] if last < len(w.counties) else len(w.residents)


@kernel
def _fade_running(w: World, first: Int, last: Int) -> None:
    """Take what is kept of trust and cynicism to tomorrow."""
    for c in range(first, last):
        for group in range(w.running.shape[1]):
            w.running[c, group, Stock.TRUST] *= w.fade[Memory.TRUST, 1]
            w.running[c, group, Stock.CYNICISM] *= w.fade[Memory.CYNICISM, 1]


@kernel
def record_in(w: World, first: Int, last: Int, today: Int) -> None:
    """Record counties ``first`` to ``last - 1``."""
    if w.calendar[today]["closes"]:
        for c in range(first, last):
            w.stock[c] = 0.0
            _add_up(w, c)
        _add_aware(w, end_of(w, first), end_of(w, last), today)
    _fade_running(w, first, last)


@kernel
def record(w: World, today: Int) -> None:
    """On the last day of a recording period, add up the state of every resident."""
    record_in(w, 0, len(w.counties), today)
