"""One resident's trust in the police, told as in a storyline: what events did to it, and why.

The event log has no row for what somebody heard. Who hears is drawn by the pair and the day (`comity.agents.news.tell_ties`), so
it is drawn here once more, with the same result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.agents.police import VISITS_KEPT
from comity.agents.residents import Whereabouts, distrust, identification, identity
from comity.draws import Stream, draw
from comity.observe.log import Event
from comity.observe.measures import Stock
from comity.world.state import Memory
from comity.world.ties import tie

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.model import CooperationModel

    Line = tuple[Any, str]

TOLD: Final = {
    "stop": Event.STOP,
    "transfer": Event.TRANSFER,
    "at_large_arrest": Event.TRANSFER,
    "removal": Event.REMOVAL,
}
"""Events that people tell each other, as what they tell."""

NEWS: Final = {
    "stop": "was stopped by the police without cause",
    "transfer": "was handed to ICE by the jail",
    "at_large_arrest": "was arrested by ICE",
    "removal": "was removed",
}

GOES: Final = {
    "booking": False,
    "transfer": False,
    "at_large_arrest": False,
    "removal": False,
    "move": False,
    "departure": False,
    "arrival": True,
    "reentry": True,
    "release": True,
    "ice_release": True,
}
"""Events that move somebody -> whether into the community."""

LEAST: Final = 0.1
"""Change of attribution or salience in a county, from when it was last told, that is worth telling."""


def share(model: CooperationModel, kind: str, *, own: bool, at_home: bool = False) -> float:
    """Return the share of what encounters can take of trust that an event takes from whom it happened to, or who hears of it."""
    p = model.world.p[0]
    effect = p["bad_effect"] if kind == "stop" else p["custody_effect"]
    return float(effect * (1.0 if own or (at_home and kind != "stop") else p["vicarious"]))


def _lost(lost: float) -> str:
    return f"trust in the police falls by {100 * lost:.2g} % of what encounters can take" if lost else ""


def of_own(model: CooperationModel, kind: str) -> str:
    """Return what an event of one's own does to trust: an improper stop lowers it; nothing else does directly."""
    text = _lost(share(model, kind, own=True)) if kind == "stop" else ""
    return f" Own encounter: {text}." if text else ""


def heard(model: CooperationModel, events: pd.DataFrame, j: int) -> Iterator[Line]:
    """Yield what resident ``j`` was told at home and by ties, with what that did to trust."""
    for row, at_home, lost in stories(model, events, j):
        who = "Somebody at home" if at_home else "A tie"
        yield row.date, f"{who} (resident {row.resident}) {NEWS[row.kind]}: told of it, {_lost(lost)}."


def stories(model: CooperationModel, events: pd.DataFrame, j: int) -> Iterator[tuple[Any, bool, float]]:
    """Yield the events that ``j`` heard of while in the community, whether at home, and the share of trust that each took."""
    known: list[tuple[int, int | None]] = [(i, None) for i in _at_home(model, j)]
    known += _ties(model, j)
    row: Any
    for i, k in known:
        for row in events[(events["resident"] == i) & events["kind"].isin(list(TOLD))].itertuples():
            lost = share(model, row.kind, own=False, at_home=k is None)
            if lost and here(events, j, row.date) and (k is None or _reaches(model, i, k, row)):
                yield row, k is None, lost


def _at_home(model: CooperationModel, j: int) -> list[int]:
    r = model.world.residents[j]
    return [i for i in range(r["household"], r["household"] + r["household_size"]) if i != j]


def _ties(model: CooperationModel, j: int) -> list[tuple[int, int | None]]:
    """Return those with whom ``j`` is tied, with the number of the tie, which is the same to both."""
    p = model.world.p[0]
    found = [(int(tie(model.world, j, k)), k) for k in range(p["neighbourhood_ties"] + p["ethnic_ties"])]
    return [(i, k) for i, k in found if i >= 0]


def _reaches(model: CooperationModel, i: int, k: int, row: Any) -> bool:
    """Return whether the ``k``-th tie of ``i`` heard of an event, as `comity.agents.news.tell_ties` drew it."""
    w, day = model.world, (row.date.date() - model.setup.start).days
    pair = identity(w, i) ^ (np.int64(k + 1) << 56) ^ (np.int64(TOLD[row.kind]) << 48)
    return bool(draw(w.clock[0]["seed"], Stream.NEWS, day, pair) < w.p[0]["hearing"])


def here(events: pd.DataFrame, j: int, date: Any) -> bool:
    """Return whether ``j`` was in the community in the evening of a day; who is first let go was away before."""
    own = events[(events["resident"] == j) & events["kind"].isin(list(GOES))]
    before = own.loc[own["date"] <= date, "kind"]
    if len(before):
        return GOES[str(before.iloc[-1])]
    return not len(own) or str(own["kind"].iloc[0]) in {"booking", "at_large_arrest", "move"}


def in_county(model: CooperationModel, events: pd.DataFrame, j: int) -> Iterator[Line]:
    """Yield what in the county moved the trust of resident ``j``: attribution, to which it goes slowly, and news."""
    r, p = model.world.residents[j], model.world.p[0]
    slow, quick = p["entanglement_weight"] * _identifies(model, j), p["salience_trust"] * r["seen_hispanic"]
    courses = (_course(model, r["county"], stock) for stock in (Stock.ATTRIBUTION, Stock.SALIENCE))
    closed = np.flatnonzero(model.world.calendar["closes"][: model.today])
    told = calm = None
    for day, attribution, salience in zip(closed.tolist(), *courses, strict=True):
        date = pd.Timestamp(model.setup.start) + pd.Timedelta(days=day)
        told, calm = told or attribution, salience if calm is None else calm
        concerned = here(events, j, date)
        if concerned and slow and abs(attribution - told) >= LEAST:
            yield date, _attributed(told, attribution, comes_back=p["ratchet"] < 1)
            told = attribution
        if concerned and quick and salience - calm >= LEAST:
            points = f"{100 * quick * salience:.1f} points of 100 of trust"
            yield date, f"Immigration is in the news: it takes {points} until the news fades."
        calm = salience


def _attributed(before: float, now: float, *, comes_back: bool) -> str:
    way = "falls" if now > before else "comes back" if comes_back else "does not come back (H3)"
    return (
        f"Calling these police is taken to lead to ICE by {100 * now:.0f} of 100, not {100 * before:.0f} as before: over "
        f"months, trust in them {way}."
    )


def _course(model: CooperationModel, county: int, stock: Stock) -> list[float]:
    """Return a state of a county at the end of every period that is over."""
    return [
        float(period[county, :, stock].sum() / max(period[county, :, Stock.RESIDENTS].sum(), 1e-12))
        for period in model.stocks()
    ]


def _identifies(model: CooperationModel, j: int) -> float:
    r, home = model.world.residents[j], int(model.world.residents[j]["exposed_household"] > 0)
    return float(identification(model.world.p[0], r["hispanic"], r["status"], home, r["exposed_ties"]))


def account(model: CooperationModel, j: int) -> str:
    """Return one line on what the trust of a resident in the community consists of now; empty if the resident is away."""
    w, r = model.world, model.world.residents[j]
    if r["whereabouts"] != Whereabouts.COMMUNITY:
        return ""
    p, county, today = w.p[0], w.counties[r["county"]], max(model.today - 1, 0)
    lasting = p["entanglement_weight"] * _identifies(model, j) * county["entanglement"]
    seen = r["seen_hispanic"]
    parts = {
        "what encounters left": distrust(w, j) * w.fade[Memory.TRUST, max(today - r["touched"], 0)],
        "the police lastingly seen as ICE's": -lasting,
        "immigration in the news": -p["salience_trust"] * seen * county["salience"],
        "people without a conviction taken": -p["noncriminal_trust"] * seen * county["noncriminal"],
    }
    whole = r["norm"] + sum(parts.values())
    moved = [f"{name} {100 * value:+.1f}" for name, value in parts.items() if abs(value) >= 0.0005]
    made = "; ".join((f"Lasting norm {100 * r['norm']:.1f}", *moved))
    visits = f" Visits by officers in the last {VISITS_KEPT} days that raised it: {r['reassured']}."
    return f"Trust in the police now: {100 * whole:.1f} of 100. {made}.{visits if r['reassured'] else ''}"
