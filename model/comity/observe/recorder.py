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
def tabulate_risk(w: World, c: Int) -> None:
    """Fill ``w.unaware_risk[status, household, ties, seen]``, the risk of residents of county ``c`` whom no news reached."""
    ties = w.p[0]["neighbourhood_ties"] + w.p[0]["ethnic_ties"]
    for status in range(Status.UNAUTHORIZED + 1):
        for household in range(2):
            for among in range(ties + 1):
                exposed = exposure(w.p[0], status, household > 0, among)
                for seen in range(2):
                    w.unaware_risk[status, household, among, seen] = risk_at(w, c, exposed, seen, 0.0)


@kernel
def add_up(w: World, i: Int, today: Int) -> None:
    """Add resident ``i`` to the stocks of the county and group, with memory as of today, changing nothing."""
    r = w.residents[i]
    stock = w.stock[r["county"], GROUP_OF[r["hispanic"], r["status"]]]
    if r["whereabouts"] == Whereabouts.COMMUNITY:
        days = today - r["touched"]
        norm = w.p[0]["trust_norm"]
        stock[Stock.RESIDENTS] += 1.0
        stock[Stock.TRUST] += norm + (np.float64(r["trust"]) - norm) * w.fade[0, days]
        stock[Stock.CYNICISM] += np.float64(r["cynicism"]) * w.fade[1, days]
        county = w.counties[r["county"]]
        stock[Stock.SALIENCE] += county["salience"]
        household = r["exposed_household"] > 0
        if r["awareness"] == 0.0:
            stock[Stock.AWARENESS] += county["awareness"]
            stock[Stock.RISK] += w.unaware_risk[
                r["status"], 1 if household else 0, r["exposed_ties"], r["seen_hispanic"]
            ]
        else:
            awareness = np.float64(r["awareness"]) * w.fade[2, days]
            exposed = exposure(w.p[0], r["status"], household, r["exposed_ties"])
            stock[Stock.AWARENESS] += 1.0 - (1.0 - county["awareness"]) * (1.0 - awareness)
            stock[Stock.RISK] += risk_at(w, r["county"], exposed, r["seen_hispanic"], awareness)
    elif r["whereabouts"] == Whereabouts.JAIL:
        stock[Stock.IN_JAIL] += 1.0
    elif r["whereabouts"] == Whereabouts.ICE_CUSTODY:
        stock[Stock.IN_ICE_CUSTODY] += 1.0


@kernel
def record(w: World, today: Int) -> None:
    """On the last day of a recording period, add up the state of every resident."""
    if not w.calendar[today]["closes"]:
        return
    w.stock[:] = 0.0
    for c in range(len(w.counties)):
        county = w.counties[c]
        tabulate_risk(w, c)
        for i in range(county["first"], county["first"] + county["residents"]):
            add_up(w, i, today)
