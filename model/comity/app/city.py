"""A city of the page: one model under one regime, and what is drawn of it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.app.pictures import Picture
from comity.app.series import COLUMNS, beside, lines, settlers
from comity.app.sharing import STARTS, Morning, dissolve
from comity.model import CooperationModel
from comity.observe.storylines import choose
from comity.policy import regimes
from comity.world import places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.scenario import Scenario

MOST_DOTS: Final = 12_000
"""With more residents than this, neighbourhoods are drawn by their averages."""

MOST_CELLS: Final = 400
"""With more neighbourhoods than this, neighbours by Hispanic share are drawn as one."""

HEAD: Final = struct.Struct("<BxHIHHI")


class City:
    """One model, stepped by the session's worker; `frame` is all that leaves it.

    Args:
        setup: its scenario.
        morning: the first morning of that scenario, if it is at hand.

    Attributes:
        setup: its scenario.
        people: who lives there, as a digest.
        model: the model, with its event log.
    """

    def __init__(self, setup: Scenario, morning: Morning | None = None) -> None:
        self.setup = setup
        first, self.people = morning or STARTS.of(setup)
        self.model = CooperationModel(setup, log=True, morning=first)
        world = self.model.world
        self.picture = Picture(world, dots=len(world.residents) <= MOST_DOTS)
        self.cell_of = cells(world.neighbourhoods)
        self._lines: NDArray[np.float32] = np.zeros((0, len(COLUMNS)), np.float32)
        self._periods, self._settlers = 0, settlers(self.model)

    @property
    def today(self) -> int:
        """Number of days lived."""
        return int(self.model.today)

    def step(self) -> None:
        """Live one day."""
        self.model.step()

    def close(self) -> None:
        """Free the model's memory."""
        dissolve(self.model)

    def layout(self) -> dict[str, Any]:
        """Return what of the city never changes: its neighbourhoods, and the calendar of policy."""
        near = self.model.world.neighbourhoods
        share = np.bincount(self.cell_of, near["hispanics"]) / np.maximum(
            np.bincount(self.cell_of, near["settled"]), 1
        )
        return {
            "regime": self.setup.regime,
            "title": regimes.compose(self.setup.regime, regimes.read_custom(self.setup.regimes)).title,
            "residents": len(self.model.world.residents),
            "dots": len(self.picture.dots) > 0,
            "first": near["first"].tolist(),
            "count": near["residents"].tolist(),
            "cell": self.cell_of.tolist(),
            "share": share.round(4).tolist(),
            "calendar": calendar(self.model),
            "published": beside(self.setup),
        }

    @property
    def ends(self) -> list[int]:
        """Days lived at the end of every recording period of the run."""
        return (np.flatnonzero(self.model.world.calendar["closes"]) + 1).tolist()

    def series(self) -> NDArray[np.float32]:
        """Return the lines of the charts up to the last recording period that is over."""
        periods = int(np.count_nonzero(self.model.world.calendar["closes"][: self.today]))
        if periods and periods != self._periods:
            self._lines, self._periods = lines(self.model, self._settlers), periods
        return self._lines[:periods]

    def funnel(self) -> NDArray[np.float32]:
        """Return bookings by (level, group, stage reached), in persons."""
        counts = self.model.world.funnel.sum(axis=(0, 1)) * self.setup.scale
        return np.asarray(counts, np.float32)

    def frame(self, colour: int, rows_from: int) -> bytes:
        """Return the city as of now: funnel, neighbourhoods, residents and the lines from a row on."""
        self.picture.take(self.model.world, max(self.today - 1, 0), colour)
        sums = np.zeros((int(self.cell_of.max()) + 1, self.picture.sums.shape[1]))
        np.add.at(sums, self.cell_of, self.picture.sums)
        sums[:, 1:3] /= np.maximum(sums[:, :1], 1)
        away = self.picture.away
        rows = self.series()[rows_from:]
        head = HEAD.pack(
            len(self.picture.dots) > 0,
            len(sums),
            len(away),
            len(rows),
            rows.shape[-1],
            len(self.picture.dots),
        )
        where = self.model.world.residents["whereabouts"][away].astype(np.uint8)
        parts = (sums.astype("<f4"), self.funnel(), rows, away.astype("<i4"), where, self.picture.dots)
        body = head + b"".join(part.tobytes() for part in parts)
        return body + b"\0" * (-len(body) % 4)


def somebody(cities: list[City]) -> int | None:
    """Return a resident whom ICE took in the first city and, if there is one, not in the second; else any who went far.

    Whose arrest and match are in the log is chosen before those who were on the way already on the first morning.
    """
    events = [city.model.events() for city in cities]
    taken = [set(log.loc[log["kind"].isin(["transfer", "at_large_arrest"]), "resident"]) for log in events]
    matched = set(events[0].loc[events[0]["kind"] == "match", "resident"])
    best = [taken[0] - taken[-1], taken[0]]
    logs = (
        events[0][events[0]["resident"].isin(chosen)]
        for chosen in (*(some & matched for some in best), *best)
    )
    found = (choose(log) for log in (*logs, events[0]))
    return next((resident for resident in found if resident is not None), None)


def cells(near: Any) -> NDArray[np.int64]:
    """Return for every neighbourhood the cell that stands for it, in ascending order of Hispanic share."""
    rank = np.empty(len(near), np.int64)
    rank[np.argsort(near["hispanics"] / np.maximum(near["settled"], 1), kind="stable")] = np.arange(len(near))
    return np.asarray(rank * min(len(near), MOST_CELLS) // len(near))


def calendar(model: CooperationModel) -> list[dict[str, Any]]:
    """Return the dates that matter in a run: the programme comes, ICE changes its rules, governments try something."""
    setup, found = model.setup, []
    started = places.select(setup.place)["activation"].to_numpy().astype("datetime64[D]")
    first = started.min().item()
    text = "Secure Communities is switched on" if len(started) == 1 else "First county is switched on"
    found.append({"date": first, "text": text, "allowed": True, "who": "federal"})
    found += [
        {"date": p.start, "text": p.basis, "allowed": True, "who": p.decider}
        for p in regimes.base()
        if p.lever != "mandate" or setup.parameters.mandate
    ]
    own = [a for a in model.timeline.attempts if a.lever != "mandate"]
    found += [{"date": a.start, "text": _attempted(a), "allowed": a.allowed, "who": a.decider} for a in own]
    kept = sorted((e for e in found if setup.start <= e["date"] <= setup.end), key=lambda e: str(e["date"]))
    unique = {(e["date"], e["text"]): e for e in kept}
    return [e | {"day": (e["date"] - setup.start).days, "date": str(e["date"])} for e in unique.values()]


def _attempted(attempt: Any) -> str:
    value = attempt.value
    if isinstance(value, tuple):
        value = ", ".join(f"{v:g}" for v in value)
    effect = "" if attempt.allowed else ", without effect"
    return f"{attempt.decider.capitalize()}: {attempt.lever.replace('_', ' ')} = {value}{effect}. {attempt.reason}"
