"""Pictures of a city, in one pass over the residents: neighbourhoods, and residents if there are few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.agents.residents import Whereabouts, distrust, estrangement, exposure, risk_at
from comity.kernels import Int, kernel
from comity.world.state import Memory, Movement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.world.state import World

TRUST: Final = 0
RISK: Final = 1
HAPPENED: Final = 2
"""What residents are coloured by."""

STEPS: Final = 249
"""Values from 0 to 1 become bytes from 0 to `STEPS`; `AWAY` + whereabouts is somebody who is not in the community."""

AWAY: Final = 250

COLUMNS: Final = 7
"""Sums per neighbourhood: people in the community, their trust, their risk; people in jail, in ICE custody, removed, moved."""

TAKEN: Final = (Whereabouts.ICE_CUSTODY, Whereabouts.REMOVED)
"""Who is drawn on neighbourhoods that are coloured by an average."""

MOST_DRAWN: Final = 4096
"""Of more residents in one whereabouts, so many are drawn, wherever they live."""

CLASSES: Final = (2, 5, 2, 17, 2, 2)
"""Shape of the scratch table by ethnicity, status, exposed household, exposed ties and how others see a resident: of risk where
no news reached, and of what the police's part in enforcement takes from trust."""


@kernel
def _fill(w: World, c: Int, table: Any) -> None:
    """Fill ``table`` with what residents of county ``c`` have in common, by class."""
    for hispanic in range(table.shape[0]):
        for status in range(table.shape[1]):
            for household in range(2):
                for ties in range(table.shape[3]):
                    exposed = exposure(w.p[0], status, household, ties)
                    for seen in range(2):
                        of_class = table[hispanic, status, household, ties, seen]
                        of_class[0] = risk_at(w, c, exposed, seen, 0.0)
                        of_class[1] = estrangement(w, c, hispanic, status, household, ties, seen)


@kernel
def _felt_risk(w: World, i: Int, days: Int) -> Any:
    """Return perceived risk of resident ``i``, whom news reached and whose memory is ``days`` old, changing nothing."""
    r = w.residents[i]
    exposed = exposure(w.p[0], r["status"], r["exposed_household"] > 0, r["exposed_ties"])
    return risk_at(
        w, r["county"], exposed, r["seen_hispanic"], r["awareness"] * w.fade[Memory.AWARENESS, days]
    )


@kernel
def _as_byte(value: float) -> Any:
    """Return a value from 0 to 1 in `STEPS` steps."""
    return int(min(max(value, 0.0), 1.0) * STEPS + 0.5)


@kernel
def picture(w: World, day: Int, colour: Int, table: Any, sums: Any, dots: Any, away: Any) -> Int:
    """Sum up every resident as of ``day``, changing nothing, and return how many are not in the community.

    Args:
        w: the state.
        day: the last day that was lived.
        colour: `TRUST`, `RISK` or `HAPPENED`, for ``dots``.
        table: scratch, of shape `CLASSES`.
        sums: (neighbourhoods, `COLUMNS`) to be filled.
        dots: a byte per resident to be filled, or empty.
        away: residents who are not in the community, to be filled as far as there is room.
    """
    sums[:] = 0.0
    found, county = 0, -1
    for i in range(len(w.residents)):
        r = w.residents[i]
        total = sums[r["neighbourhood"]]
        where = r["whereabouts"]
        if where != Whereabouts.COMMUNITY:
            if len(dots) > 0:
                dots[i] = AWAY + where
            if where == Whereabouts.MOVED_AWAY and w.clock[0]["lets"]:
                continue  # an empty home is nobody
            total[2 + where] += 1.0
            if found < len(away):
                away[found] = i
            found += 1
            continue
        if r["county"] != county:
            county = r["county"]
            _fill(w, county, table)
        days = max(day - r["touched"], 0)
        household = 1 if r["exposed_household"] > 0 else 0
        of_class = table[r["hispanic"], r["status"], household, r["exposed_ties"], r["seen_hispanic"]]
        trust = np.float64(r["norm"]) + distrust(w, i) * w.fade[Memory.TRUST, days] - of_class[1]
        risk = of_class[0] if r["awareness"] == 0.0 else _felt_risk(w, i, days)
        total[0] += 1.0
        total[1] += trust
        total[2] += risk
        if len(dots) > 0:
            dots[i] = _as_byte(trust if colour == TRUST else (risk if colour == RISK else 0.0))
    return found


class Picture:
    """The arrays that `picture` fills, kept from one time to the next."""

    def __init__(self, world: World, *, dots: bool) -> None:
        self.table = np.zeros(CLASSES)
        self.sums = np.zeros((len(world.neighbourhoods), COLUMNS))
        self.dots = np.zeros(len(world.residents) if dots else 0, np.uint8)
        self._away = np.zeros(0 if dots else 1024, np.int32)
        self.away: NDArray[np.int32] = self._away[:0]

    def take(self, world: World, day: int, colour: int) -> None:
        """Fill the arrays with the state as of ``day``."""
        scan = (world, day, colour, self.table, self.sums, self.dots)
        found = picture(*scan, self._away)
        if found > len(self._away) and not len(self.dots):
            self._away = np.zeros(found + found // 4, np.int32)
            picture(*scan, self._away)
        if world.clock["lets"][0]:  # where homes are let, who moved is in the books of the county alone
            moved = world.movements[..., Movement.MOVED_OUT].sum(axis=1)
            self.sums[world.counties["neighbourhoods_first"], -1] = moved
        kinds = tuple(Whereabouts)[1:] if colour == HAPPENED else TAKEN
        ids = self._away[: min(found, len(self._away))]
        where = world.residents["whereabouts"][ids]
        self.away = np.concatenate([thinned(ids[where == kind]) for kind in kinds])


def thinned(ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return at most `MOST_DRAWN` residents, even over the city; who is drawn remains drawn while others join them."""
    if len(ids) <= MOST_DRAWN:
        return ids
    order = ids.astype(np.uint32) * np.uint32(2654435761)  # multiples of the golden ratio, modulo 1 (Knuth)
    return np.sort(ids[np.argpartition(order, MOST_DRAWN)[:MOST_DRAWN]])
