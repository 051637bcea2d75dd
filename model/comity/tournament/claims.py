"""Two claims of arithmetic, made before anything was simulated, as tests of what the simulation says.

1. *Only those at risk themselves react* (H1) cannot lower Hispanic victims' reporting as far as was published: too few are
   unauthorized.
2. Flat recorded crime does not refute *offenders pick victims who will not call* (H4): where more crime is reported less
   often, the two nearly cancel in what police record.

Both are asked of the frame of `comity.tournament.scores`; what was published is read from the targets.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.hypotheses import parse
from comity.published.targets import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from comity.published.targets import Target

    Floats = NDArray[np.float64]

REPORTING: Final = "gjw_reporting_hispanic"
LEVEL: Final = "gjw_reporting_level"
VICTIMISATION: Final = "gjw_victimisation_hispanic"
NULLS: Final = ("mc_log_crime", "ay_log_offences", "gjw_reported_victimisation_hispanic")
"""What police record: all crime by month and by year, and that against Hispanic residents."""

ALONE: Final = "H1 alone cannot lower Hispanic reporting as far as published"
FLAT: Final = "Flat recorded crime does not refute H4"


def claims(runs: Any, targets: Iterable[Target]) -> pd.DataFrame:
    """Return what the simulation says of both results.

    The unit is a draw: the mean over its seeds, so that the dice of a single run decide nothing.

    Args:
        runs: one row per run, with ``draws``, ``point``, ``hypotheses``, ``seed`` and estimates.
        targets: of any use; those held out are not needed.

    Returns:
        A row per claim, kind of draws, hypothesis and quantity: ``draws_counted``, ``draws_failed`` (without a number),
        ``median``, ``least``, ``most``, ``published_low``, ``published_high``, ``inside`` (share of the draws that are
        counted between the two) and ``upheld``: ``yes``, ``no``, ``no draws``; empty for hypotheses that the claim is not about.
    """
    known = {target.estimate: target for target in targets if target.estimate}
    rows: list[dict[str, Any]] = [
        {"claim": claim, "draws": draws, "hypothesis": hypothesis} | row
        for (draws, hypothesis), group in runs.groupby(["draws", "hypotheses"], observed=True, sort=False)
        for claim, row in _asked(str(hypothesis), _by_draw(group), known)
    ]
    rows.sort(key=lambda row: bool(row["claim"] == FLAT))
    return pd.DataFrame(rows)


def _by_draw(runs: Any) -> pd.DataFrame:
    """Return means over seeds, a row per draw; a column that is missing is NaN."""
    wanted = [REPORTING, LEVEL, VICTIMISATION, *NULLS]
    means: pd.DataFrame = runs.reindex(columns=["point", *wanted]).groupby("point").mean()
    return means


def _asked(
    hypothesis: str, means: pd.DataFrame, known: Mapping[str, Target]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of a hypothesis: every one is asked how far reporting falls, those with targeting about flatness."""
    yield ALONE, _alone(hypothesis, means, known)
    mechanisms = frozenset[str]().union(*(part.mechanisms for part in parse(hypothesis)))
    if "targeting" in mechanisms:
        for name in NULLS:
            yield FLAT, _flat(hypothesis, means, name, known.get(name))


def _alone(hypothesis: str, means: pd.DataFrame, known: Mapping[str, Target]) -> dict[str, Any]:
    """Say how far reporting falls, as a share of its level before, and whether any draw reaches what was published."""
    fall = (-100.0 * means[REPORTING] / means[LEVEL]).to_numpy(float)
    effect, level = known.get(REPORTING), known.get(LEVEL)
    low, point, high = _relative(effect, level)
    row = _row("fall of Hispanic reporting, % of its level before", fall, low, high)
    return row | {"published": point, "upheld": _upheld(hypothesis == "H1", row, row["most"] < point)}


def _relative(effect: Target | None, level: Target | None) -> tuple[float, float, float]:
    """Return the published fall as a share of the published level: the ends of its interval, and itself between them."""
    if effect is None or level is None or not level.value or effect.value is None:
        return math.nan, math.nan, math.nan
    ends = [effect.high, effect.value, effect.low]
    low, point, high = (math.nan if end is None else -100.0 * end / level.value for end in ends)
    return low, point, high


def _flat(hypothesis: str, means: pd.DataFrame, name: str, target: Target | None) -> dict[str, Any]:
    """Say where recorded crime lies at the draws at which reporting falls and victimisation rises, as H4 has it."""
    as_claimed = (means[REPORTING] < 0) & (means[VICTIMISATION] > 0)
    low, high, point = (
        (math.nan,) * 3
        if target is None
        else tuple(math.nan if end is None else end for end in (target.low, target.high, target.value))
    )
    row = _row(
        f"{name} where reporting falls and victimisation rises",
        means.loc[as_claimed, name].to_numpy(float),
        low,
        high,
    )
    return row | {"published": point, "upheld": _upheld(hypothesis == "H4", row, row["inside"] >= 0.5)}


def _row(quantity: str, values: Floats, low: float, high: float) -> dict[str, Any]:
    found = values[np.isfinite(values)]
    least, median, most = np.quantile(found, [0, 0.5, 1]) if len(found) else (np.nan,) * 3
    return {
        "quantity": quantity,
        "draws_counted": len(found),
        "draws_failed": len(values) - len(found),
        "least": float(least),
        "median": float(median),
        "most": float(most),
        "published_low": low,
        "published_high": high,
        "inside": float(within(found, low, high).mean()) if len(found) else math.nan,
    }


def _upheld(asked: bool, row: Mapping[str, Any], so: bool) -> str:
    """Return whether a claim holds, if it is about this hypothesis."""
    if not asked:
        return ""
    return "no draws" if not row["draws_counted"] else "yes" if so else "no"
