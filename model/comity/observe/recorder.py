"""The last phase of the day: at the end of a recording period, what is true of everybody is added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from comity.agents.residents import Whereabouts, perceived_risk
from comity.kernels import kernel
from comity.observe.measures import GROUP_OF, Stock

if TYPE_CHECKING:
    from comity.world.state import World


@kernel
def add_up(w: World, i: int, today: int) -> None:
    """Add resident ``i`` to the stocks of the county and group, with memory as of today, changing nothing."""
    r = w.residents[i]
    stock = w.stock[r["county"], GROUP_OF[r["hispanic"], r["status"]]]
    if r["whereabouts"] == Whereabouts.JAIL:
        stock[Stock.IN_JAIL] += 1.0
    elif r["whereabouts"] == Whereabouts.ICE_CUSTODY:
        stock[Stock.IN_ICE_CUSTODY] += 1.0
    elif r["whereabouts"] == Whereabouts.COMMUNITY:
        days = today - r["touched"]
        norm = w.p[0]["trust_norm"]
        stock[Stock.RESIDENTS] += 1.0
        stock[Stock.TRUST] += norm + (np.float64(r["trust"]) - norm) * w.fade[0, days]
        stock[Stock.CYNICISM] += np.float64(r["cynicism"]) * w.fade[1, days]
        awareness = np.float64(r["awareness"]) * w.fade[2, days]
        stock[Stock.AWARENESS] += awareness
        stock[Stock.RISK] += perceived_risk(w, i, awareness)


@kernel
def record(w: World, today: int) -> None:
    """On the last day of a recording period, add up the state of every resident."""
    if w.calendar[today]["closes"]:
        w.stock[:] = 0.0
        for i in range(len(w.residents)):
            add_up(w, i, today)
