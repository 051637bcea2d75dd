"""Recording runs as a page would have been sent them, for a page that stands alone (`comity.app.standalone`)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.app import lessons, overview, reasons
from comity.app.city import City, somebody
from comity.app.histories import live, series
from comity.app.opened import opened
from comity.app.opening import SCENES
from comity.app.pictures import HAPPENED
from comity.app.series import COLUMNS, GROUPS, intervals
from comity.app.sight import sight
from comity.app.view import CHOICES, read_view
from comity.dictionary import words
from comity.observe.storylines import story
from comity.policy import regimes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from comity.app.histories import Columns, Found
    from comity.app.view import View
    from comity.scenario import Scenario

    Tell = Callable[[int, int], object]

BASE: Final = {"scale": "20"}
"""What recorded runs have unless a lesson asks for more: San Francisco is drawn by neighbourhood, and lived in a second."""

EVERY: Final = 14
"""Days between recorded frames."""

FRAMES_A_PIECE: Final = 13
"""Frames that are packed together; pieces that regimes have in common are kept once."""

SHOWN: Final = (
    ("custody", "all"),
    ("removals", "all"),
    ("reporting", "hispanic"),
    ("trust", "hispanic"),
    ("trust", "other"),
    ("victims", "hispanic"),
)
"""Outcome and group of the rows of the table."""

TABLE: Final = ("outcome", "name", "unit", "regime", "mean", "difference", "low", "high")
"""Columns of the table: those of ``comity compare``."""


@dataclass
class Recording:
    """What is put into the page.

    Attributes:
        pieces: packed frames by a digest of their content.
        cities: for each city the pieces that it consists of.
        views: what the page can open: the `opened` message, its cities and a story, and packed the verdicts of lessons, the
            interval and the reasons, where there are any.
        table: differences at the end of the run, see `TABLE`.
        overview: all regimes at once, as a server sends it when it is filled.
    """

    pieces: dict[str, str] = field(default_factory=dict)
    cities: dict[str, list[str]] = field(default_factory=dict)
    views: list[dict[str, Any]] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)
    overview: dict[str, Any] = field(default_factory=dict)


def packed(content: bytes) -> str:
    """Return bytes as text for the page; gzip's checksum tells it later whether they were changed."""
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def packed_json(content: object) -> str:
    """Return what JSON can hold in the same way."""
    return packed(json.dumps(content, separators=(",", ":")).encode())


def seal(text: str) -> str:
    """Return what is packed's own checksum and length, with which gzip ends: another part in its place has another one."""
    return base64.b64decode(text)[-8:].hex()


# ------------------------------------------------------------------ which runs
def states() -> list[dict[str, str]]:
    """Return what is recorded: the founding case against every regime, early where the run would end first, and all scenes."""
    found = [{}, *({"against": name} for name in regimes.catalogue())]
    early = [offer["patch"] for state in found for offer in _offers(state) if offer["kind"] == "earlier"]
    taught = [lesson.state | answer for lesson in lessons.LESSONS for answer in ({}, *lesson.answers[:1])]
    told = [scene.state for scene in SCENES]
    own = [_run_of(BASE | state) for state in (*found, *early, *taught, *told)]
    return [dict(pairs) for pairs in dict.fromkeys(tuple(sorted(state.items())) for state in own)]


def _offers(state: dict[str, str]) -> list[dict[str, Any]]:
    view = read_view(BASE | state)
    offers: list[dict[str, Any]] = sight(view.setup, view.against)["offers"]
    return offers


def _run_of(state: dict[str, str]) -> dict[str, str]:
    """Return what of a state makes the run, without what only the page reads."""
    return {key: value for key, value in state.items() if key not in {"day", *CHOICES}}


# ------------------------------------------------------------------ living and recording
def record(wanted: list[dict[str, str]], seeds: int, tell: Tell) -> Recording:
    """Live runs, and each pair under more seeds.

    Args:
        wanted: what is recorded, as an address has it; see `states`.
        seeds: how many histories the intervals rest on.
        tell: is told how many runs are done, of how many.
    """
    views, made = [read_view(state) for state in wanted], Recording()
    setups = {_name(setup): setup for view in views for setup in view.setups}
    total, done = len(views) + seeds * (len(setups) + 2), itertools.count(1)
    for view in views:
        made.views.append(_recorded(view, made))
        tell(next(done), total)
    made_of: dict[str, list[NDArray[np.float32]]] = {}
    for name, setup in setups.items():
        for n in range(seeds):
            made_of.setdefault(name, []).append(series(setup.with_(seed=setup.seed + n), lambda: None))
            tell(next(done), total)
    for view, kept in zip(views, made.views, strict=True):
        if view.against and seeds > 1:
            left, right = (np.stack(made_of[_name(setup)]) for setup in view.setups)
            mean, half = intervals(right - left)
            head = np.array([seeds, *mean.shape], "<u4")
            kept["interval"] = packed(head.tobytes() + np.stack([mean, half]).astype("<f4").tobytes())
            made.table += _in_numbers(kept["opened"], right[:, -1].mean(axis=0), mean[-1], half[-1])
    made.overview = _overview(seeds, lambda: tell(next(done), total))
    _why(views, made, seeds, lambda: tell(next(done), total))
    return made


def _why(views: list[View], made: Recording, seeds: int, tell: Callable[[], object]) -> None:
    """Say of every pair that differs in its regimes alone what carries the difference at the end of the run."""
    first = read_view(BASE).setup
    pairs = {
        n: view.setups
        for n, view in enumerate(views)
        if view.against and view.setup.with_(compare=()) == first
    }
    if not pairs:
        return
    ends = {n: [reasons.until(setup, setup.days) for setup in pair] for n, pair in pairs.items()}
    setups = [setup for before, after in ends.values() for setup in reasons.variants(before, after)]
    each = len(setups) // len(ends)
    found = _histories(setups, COLUMNS, seeds, tell)
    for k, (n, (before, after)) in enumerate(ends.items()):
        runs = found[:, k * each : (k + 1) * each]
        names = list(reasons.mechanisms(before, after))
        about = {"end": after.end.isoformat(), "scale": after.scale, "done": seeds, "total": seeds}
        told = {":".join(s): about | reasons.reasons(names, runs, COLUMNS.index(s)) for s in reasons.STATES}
        made.views[n]["why"] = packed_json(told)


def _overview(seeds: int, tell: Callable[[], object]) -> dict[str, Any]:
    """Live every regime under more seeds, and return the table of them all."""
    setup = overview.subject(read_view(BASE).setup)
    rows = overview.rows(setup)
    runs = _histories([setup.with_(regime=row.spec) for row in rows], overview.SHOWN, seeds, tell)
    return overview.table(setup, rows, runs) | {"done": seeds, "total": seeds}


def _histories(setups: list[Scenario], columns: Columns, seeds: int, tell: Callable[[], object]) -> Found:
    """Live runs under one seed after another: (seeds, setups, columns)."""
    found = []
    for n in range(seeds):
        found.append(live([setup.with_(seed=setup.seed + n) for setup in setups], columns, lambda: None))
        tell()
    return np.stack(found)


def _name(setup: Scenario) -> str:
    return hashlib.sha256(json.dumps(setup.as_json(), sort_keys=True).encode()).hexdigest()[:12]


def _in_numbers(
    told: dict[str, Any], means: NDArray[Any], mean: NDArray[Any], half: NDArray[Any]
) -> Iterator[list[str]]:
    """Yield a row of `TABLE` per outcome, as it stands when the run is over."""
    for outcome, group in SHOWN:
        at = COLUMNS.index((outcome, group))
        entry = words("page", outcome)
        about = [outcome, f"{entry.label}: {GROUPS[group][0]}", entry.unit, told["scenario"]["against"]]
        numbers = (means[at], mean[at], mean[at] - half[at], mean[at] + half[at])
        yield [*about, *(f"{number:.4g}" for number in numbers)]


def _recorded(view: View, made: Recording) -> dict[str, Any]:
    """Live the cities of a view side by side, and keep their frames and what the lessons say of them on each."""
    cities = [City(setup) for setup in view.setups]
    told = opened(view, cities)
    told["state"] |= {"scale": f"{view.setup.scale:g}"}  # an address leaves out what would be taken anyway
    told["sight"]["offers"] = [offer for offer in told["sight"]["offers"] if offer["kind"] == "earlier"]
    frames: list[list[bytes]] = [[] for _ in cities]
    rows, verdicts = [0 for _ in cities], []
    for today in sorted({*range(0, view.setup.days, EVERY), view.setup.days}):
        for n, city in enumerate(cities):
            while city.today < today:
                city.step()
            frames[n].append(city.frame(HAPPENED, rows[n]))
            rows[n] = len(city.series())
        verdicts.append({n + 1: lessons.check(n + 1, cities) for n in range(len(lessons.LESSONS))})
    for city, kept in zip(cities, frames, strict=True):
        made.cities.setdefault(_name(city.setup), _pieces(kept, made.pieces))
    found = {
        "opened": told,
        "cities": [_name(city.setup) for city in cities],
        "lessons": packed_json(verdicts),
        "story": _story(cities),
    }
    for city in cities:
        city.close()
    return found


def _story(cities: list[City]) -> dict[str, Any]:
    resident = somebody(cities)
    texts = [] if resident is None else [story(city.model, resident) for city in cities]
    return {"resident": resident, "texts": texts}


def _pieces(frames: list[bytes], pieces: dict[str, str]) -> list[str]:
    """Pack frames, add what is new to ``pieces``, and return which of them make them up."""
    names = []
    for first in range(0, len(frames), FRAMES_A_PIECE):
        content = b"".join(frames[first : first + FRAMES_A_PIECE])
        names.append(hashlib.sha256(content).hexdigest()[:12])
        if names[-1] not in pieces:
            pieces[names[-1]] = packed(content)
    return names
