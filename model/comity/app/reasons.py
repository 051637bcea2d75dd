"""Reasons why two runs differ: each mechanism switched off in both under the same dice, and how much goes with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity import extensions, hypotheses
from comity.app.histories import coarse
from comity.app.series import COLUMNS, intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from comity.app.histories import Found
    from comity.scenario import Scenario

NOBODY: Final = "H0"
"""The hypothesis under which nobody reacts: what is left then is what the law and ICE do by themselves."""

MOST_AGENT_DAYS: Final = 20_000_000
"""What one history may take: San Francisco for three years, 1:50. Every mechanism wants two."""

FREE: Final = frozenset({"regime", "regimes", "hypotheses", "parameters", "compare"})
"""Keys in which two scenarios may differ and still have the same people, days and dice."""

STATES: Final = (
    *(("prints", "all"), ("custody", "all"), ("removals", "all"), ("ice_hours", "all")),
    *((name, "hispanic") for name in ("risk", "attribution", "trust", "reporting", "victims")),
)
"""Outcomes and groups that are looked at beside the one that was asked for."""


def alike(before: Scenario, after: Scenario) -> bool:
    """Whether two scenarios have the same place, days, dice and scale."""
    kept = [{k: v for k, v in each.as_json().items() if k not in FREE} for each in (before, after)]
    return kept[0] == kept[1]


def until(setup: Scenario, day: int) -> Scenario:
    """Return the scenario up to a day, with no more agents than are lived in a moment."""
    last = setup.start + timedelta(days=max(day, 1) - 1)
    return coarse(setup.with_(end=min(last, setup.end)), MOST_AGENT_DAYS)


def mechanisms(before: Scenario, after: Scenario) -> dict[str, dict[str, float]]:
    """Return the mechanisms that are on in either, with the parameters that switch them off."""
    added = extensions.usable(after.extensions)
    known: dict[str, dict[str, float]] = dict(hypotheses.MECHANISMS)
    for extension in added:
        known |= {name: dict(off) for name, off in extension.mechanisms.items()}
    on = {
        name
        for setup in (before, after)
        for hypothesis in hypotheses.parse(setup.hypotheses, added)
        for name in hypothesis.mechanisms
    }
    return {name: off for name, off in known.items() if name in on}


def variants(before: Scenario, after: Scenario) -> list[Scenario]:
    """Return both scenarios as they are, with each mechanism off in both, and with everything off in both, pair by pair."""
    pair, offs = (before, after), mechanisms(before, after).values()
    found = [*pair, *(setup.with_(**off) for off in offs for setup in pair)]
    return [*found, *(setup.with_(hypotheses=NOBODY) for setup in pair)]


def reasons(names: Sequence[str], runs: Found, wanted: int) -> dict[str, Any]:
    """Return what differs and what carries it, as far as it can be told from chance.

    Args:
        names: of the mechanisms, in the order of `variants`.
        runs: (seeds, variants, columns of `COLUMNS`).
        wanted: the column that is asked about.

    Returns:
        ``same``, whether not one number differs in any seed; ``moved``, the column that is explained, or None if none can be
        told from chance; ``parts``, mechanisms with what goes when they are switched off; ``rest``, what is left without any;
        ``states``, other columns that differ. Numbers are means over seeds with half of their 95 % interval.
    """
    pairs = runs.reshape(len(runs), -1, 2, runs.shape[-1])
    gaps = pairs[:, :, 1] - pairs[:, :, 0]
    mean, half = intervals(gaps[:, 0])
    told = np.abs(mean) > half  # False where either is unknown
    others = [COLUMNS.index(state) for state in STATES if told[COLUMNS.index(state)]]
    at = (
        wanted
        if told[wanted]
        else max(others, key=lambda k: _clear(float(mean[k]), float(half[k])), default=None)
    )
    shown = [_number(COLUMNS[k], mean[k], half[k]) for k in others if k != at]
    same = bool((np.nan_to_num(gaps[:, 0]) == 0).all())
    found = {"seeds": len(runs), "wanted": _name(COLUMNS[wanted]), "same": same, "states": shown}
    if at is None:
        return found | {"moved": None, "parts": [], "rest": None}
    return found | {
        "moved": _number(COLUMNS[at], mean[at], half[at]),
        "parts": _parts(names, gaps[:, :, at], mean[at]),
        "rest": _rest(gaps[:, -1, at]),
    }


def _clear(mean: float, half: float) -> float:
    return float(np.inf if half == 0 else abs(mean) / half)


def _name(column: tuple[str, str]) -> dict[str, Any]:
    return dict(zip(("outcome", "group"), column, strict=True))


def _number(column: tuple[str, str], mean: float, half: float) -> dict[str, Any]:
    return _name(column) | {"difference": float(mean), "half": float(half)}


def _parts(names: Sequence[str], gaps: NDArray[np.float64], whole: float) -> list[dict[str, Any]]:
    """Return the mechanisms without which the difference is another, the largest part first.

    Args:
        names: of the mechanisms.
        gaps: (seeds, variants): the difference as it is, without each of them, and without all.
        whole: the mean difference.
    """
    mean, half = intervals(gaps[:, :1] - gaps[:, 1:-1])
    found = [
        {
            "mechanism": name,
            "carried": float(mean[k]),
            "half": float(half[k]),
            "share": float(mean[k] / whole),
        }
        for k, name in enumerate(names)
        if abs(mean[k]) > half[k]
    ]
    return sorted(found, key=lambda part: -abs(part["share"]))


def _rest(gaps: NDArray[np.float64]) -> dict[str, Any]:
    mean, half = intervals(gaps[:, None])
    return {"difference": float(mean[0]), "half": float(half[0]), "told": bool(abs(mean[0]) > half[0])}
