"""The last phase of the day: at the end of a recording period, what is true of everybody is added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from comity.agents.residents import Status, Whereabouts, exposure, risk_at
from comity.kernels import Int, kernel
from comity.observe.measures import GROUP_OF, Stock

if TYPE_CHECKING:
    from comity.world.state import World


@kernel
def add_up(w: World, i: Int, today: Int) -> None:
    """Add resident ``i`` to the stocks of the county and group, with memory as of today, changing nothing.

    Most residents have neither heard nor met anything: they are counted by class, and `level` does the rest. Trust and
    awareness are added as deviations from what all share.
    """
    r, p = w.residents[i], w.p[0]
    if r["whereabouts"] == Whereabouts.COMMUNITY:
        household = 1 if r["exposed_household"] > 0 else 0
        w.classes[r["hispanic"], r["status"], household, r["exposed_ties"], r["seen_hispanic"]] += 1
        if r["awareness"] == 0.0 and r["cynicism"] == 0.0 and r["trust"] == np.float32(p["trust_norm"]):
            return
        stock = w.stock[r["county"], GROUP_OF[r["hispanic"], r["status"]]]
        days = today - r["touched"]
        stock[Stock.TRUST] += (np.float64(r["trust"]) - p["trust_norm"]) * w.fade[0, days]
        stock[Stock.CYNICISM] += np.float64(r["cynicism"]) * w.fade[1, days]
        if r["awareness"] > 0.0:
            awareness = np.float64(r["awareness"]) * w.fade[2, days]
            exposed = exposure(p, r["status"], household, r["exposed_ties"])
            risk = risk_at(w, r["county"], exposed, r["seen_hispanic"], awareness)
            stock[Stock.AWARENESS] += (1.0 - w.counties[r["county"]]["awareness"]) * awareness
            stock[Stock.RISK] += risk - risk_at(w, r["county"], exposed, r["seen_hispanic"], 0.0)
    elif r["whereabouts"] == Whereabouts.JAIL:
        w.stock[r["county"], GROUP_OF[r["hispanic"], r["status"]], Stock.IN_JAIL] += 1.0
    elif r["whereabouts"] == Whereabouts.ICE_CUSTODY:
        w.stock[r["county"], GROUP_OF[r["hispanic"], r["status"]], Stock.IN_ICE_CUSTODY] += 1.0


@kernel
def level(w: World, c: Int) -> None:
    """Add what all residents of a class share: the risk of those whom no news reached, and what all of a county share."""
    p, county = w.p[0], w.counties[c]
    _, _, households, ties, seen_as = w.classes.shape
    for hispanic in range(2):
        for status in range(Status.UNAUTHORIZED + 1):
            stock = w.stock[c, GROUP_OF[hispanic, status]]
            for household in range(households):
                for among in range(ties):
                    exposed = exposure(p, status, household, among)
                    for seen in range(seen_as):
                        people = float(w.classes[hispanic, status, household, among, seen])
                        if people > 0.0:
                            stock[Stock.RESIDENTS] += people
                            stock[Stock.TRUST] += people * p["trust_norm"]
                            stock[Stock.AWARENESS] += people * county["awareness"]
                            stock[Stock.SALIENCE] += people * county["salience"]
                            stock[Stock.RISK] += people * risk_at(w, c, exposed, seen, 0.0)


@kernel
def record(w: World, today: Int) -> None:
    """On the last day of a recording period, add up the state of every resident."""
    if not w.calendar[today]["closes"]:
        return
    w.stock[:] = 0.0
    for c in range(len(w.counties)):
        county = w.counties[c]
        w.classes[:] = 0
        for i in range(county["first"], county["first"] + county["residents"]):
            add_up(w, i, today)
        level(w, c)
