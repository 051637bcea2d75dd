"""On which scale the model may be wrong about a finding: four kinds of findings, and what one unit of error is for each.

A model that simplifies is wrong by a factor where a number is a level, and by so much where it is an effect that may be
nothing. So residuals of levels and ratios are logarithms, and those of effects are differences (`Scale`); what people say of
themselves (*stated*) is apart from what they do, because surveys are wrong in ways of their own. Shares have two ends, so that
they are taken as log-odds, which are logarithms for small ones. A change in per cent is the ratio of after to before.

**Units.** One unit on a logarithmic scale is the standard error that plus or minus 25 % stands for, 0.128. One unit of an effect
is the median standard error (or what stands for it) of the findings in the same unit of measurement that may be seen, so that
nothing of a finding held out is needed to predict it. Errors of all kinds are then of one size, and can be shrunk to each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from comity.published.targets import AROUND, Z95

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Kind = Literal["level", "stated", "ratio", "effect"]
KINDS: Final[tuple[Kind, ...]] = ("level", "stated", "ratio", "effect")

LOG_UNIT: Final = AROUND / Z95
LEAST: Final = 0.01
"""Below which the logarithm of a ratio or a count is cut: nothing of it is left, and its logarithm says no more."""
EDGE: Final = 0.001
"""Distance from 0 and 1 within which log-odds of a share are cut."""

STATED: Final = ("B.", "B2.")
"""Sections of the table of findings whose levels are what people say: reporting, calls and trust."""
_EFFECTS: Final = ("pp", "points")
_CHANGES: Final = {"proportional change": 1.0, "% change": 100.0}


def kind(finding: Any) -> Kind:
    """Return which kind a finding is, by its unit, its sign and its section; values are not looked at."""
    unit = str(getattr(finding, "unit", ""))
    if "ratio" in unit or unit in _CHANGES:
        return "ratio"
    if getattr(finding, "sign", "") or unit.startswith(_EFFECTS):
        return "effect"
    return "stated" if str(getattr(finding, "section", "")).startswith(STATED) else "level"


@dataclass(frozen=True)
class Scale:
    """A scale on which errors are added.

    Attributes:
        name: ``log``, ``log-odds`` or ``difference``.
        to: from numbers to the scale.
        back: the way back.
        unit: one unit of error.
    """

    name: str
    to: Callable[[Any], Floats]
    back: Callable[[Any], Floats]
    unit: float


def scale(finding: Any, numbers: Any, seen: Iterable[Any]) -> Scale:
    """Return the scale of a finding.

    Args:
        finding: of which unit, sign and section are read, and no number.
        numbers: the model's; where one is negative there is no logarithm, and errors are differences.
        seen: fitted and selecting findings, whose errors say what a unit of an effect is.
    """
    unit = str(getattr(finding, "unit", ""))
    over = _CHANGES.get(unit)
    found = np.asarray(numbers, np.float64)
    found = found[np.isfinite(found)]
    if kind(finding) == "effect" or (found if over is None else found + over).min(initial=0.0) < 0:
        return Scale(
            "difference", _same, _same, _unit(unit, seen) or (float(found.std()) if len(found) else 0.0)
        )
    if over is not None:
        return Scale(
            "log", lambda x: _log(1 + np.asarray(x) / over), lambda y: over * (_power(y) - 1), LOG_UNIT
        )
    if unit.startswith("%"):
        return Scale("log-odds", _to_odds, _from_odds, LOG_UNIT)
    return Scale("log", _log, _power, LOG_UNIT)


def _unit(unit: str, seen: Iterable[Any]) -> float:
    """Return the median error of effects in a unit of measurement, or else in the longest beginning of it; 0 without any."""
    errors = [(str(f.unit), f.error) for f in seen if kind(f) == "effect" and f.error > 0]
    words = unit.split()
    for length in range(len(words), 0, -1):
        start = " ".join(words[:length]).rstrip(",")
        own = [error for other, error in errors if other == start or (start == unit and other == unit)]
        if own:
            return float(np.median(own))
    return 0.0


def _same(x: Any) -> Floats:
    return np.asarray(x, np.float64)


def _log(x: Any) -> Floats:
    return np.asarray(np.log(np.maximum(x, LEAST)))


def _power(y: Any) -> Floats:
    return np.asarray(np.exp(y))


def _to_odds(percent: Any) -> Floats:
    share = np.clip(np.asarray(percent, np.float64) / 100, EDGE, 1 - EDGE)
    return np.asarray(np.log(share / (1 - share)))


def _from_odds(y: Any) -> Floats:
    return np.asarray(100 / (1 + np.exp(-np.asarray(y))))
