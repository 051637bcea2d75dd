"""What is in sight: when the regimes of a page begin to matter, and the day on which what they change can be seen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from comity.app.limits import fitting_scale
from comity.policy.onset import changes, onset, parted
from comity.policy.policy import LAST_DAY
from comity.problems import InputError
from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.scenario import Scenario

FIRST_SIGHT: Final = 181
"""Days that a page has lived when it opens, if nothing asks for more: half a year."""

SEEN_AFTER: Final = timedelta(182)
"""How long after two regimes part a page opens: what differs has shown in custody and in reporting by then."""

EXTRA: Final = timedelta(365)
"""How much a run is extended beyond the day on which its regimes part."""


def first_sight(setup: Scenario, against: str) -> int:
    """Return how many days a page has lived when it opens: enough to see a difference, if there is one in the run."""
    return _day(setup, onset(setup.with_(regime=against), setup) if against else onset(setup))


def _day(setup: Scenario, part: date | None) -> int:
    if part is None or part > setup.end:
        return min(FIRST_SIGHT, setup.days)
    return min(max(FIRST_SIGHT, (part + SEEN_AFTER - setup.start).days), setup.days)


def sight(setup: Scenario, against: str) -> dict[str, Any]:
    """Return what a page says of it.

    Returns:
        ``day`` on which it opens; ``starts``, on which each city's regime leaves the base calendar; ``part``, on which the two
        regimes part in law, or the only one leaves the base calendar; ``offers``, if the run is over before that.
    """
    setups = [setup, *([setup.with_(regime=against)] if against else [])]
    tables = [changes(setup, asked=False), *map(changes, setups)]
    starts = [parted(setup, table, tables[0]) for table in tables[1:]]
    part = parted(setup, tables[-1], tables[-2])
    return {
        "day": _day(setup, part),
        "starts": [start and start.isoformat() for start in starts],
        "part": part and part.isoformat(),
        "offers": [*_earlier(setups, starts), *_longer(setup, part)]
        if part is None or part > setup.end
        else [],
    }


def _earlier(setups: list[Scenario], starts: list[date | None]) -> Iterator[dict[str, Any]]:
    """Offer to start a regime that comes after the run when the programme comes, where that changes anything."""
    for key, setup, start in zip(("regime", "against"), setups, starts, strict=False):
        active = places.select(setup.place)["activation"].min().date()
        day = max(active, setup.start)
        if start is None or start <= setup.end:
            continue
        moved = "+".join(f"{part.partition('@')[0].strip()}@{day}" for part in setup.regime.split("+"))
        try:
            soon = onset(setup.with_(regime=moved))
        except InputError:  # parts that overlap when they start together
            continue
        if soon and soon <= setup.end:
            yield {"kind": "earlier", "day": day.isoformat(), "patch": {key: moved}, "active": day == active}


def _longer(setup: Scenario, part: date | None) -> Iterator[dict[str, Any]]:
    """Offer to extend the run beyond the day on which the regimes part, for fewer agents where that is too much."""
    if part:
        end = min(part + EXTRA, LAST_DAY)
        fits = setup.scale >= fitting_scale(setup.with_(end=end))
        patch = {"end": end.isoformat()} | ({} if fits else {"scale": None})
        yield {"kind": "longer", "day": end.isoformat(), "patch": patch}
