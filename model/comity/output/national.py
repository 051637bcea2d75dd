"""National totals beside what was published about them: the rollout, and the funnel from prints to removals.

The published figures stand in ``national.toml``, each with its source and the bounds within which a run meets it.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Iterable

    from comity.model import CooperationModel
    from comity.scenario import Scenario

FROM: Final = date(2008, 10, 1)
UNTIL: Final = date(2011, 4, 1)
"""The published window, 27 October 2008 to 31 March 2011, in months: no print was shared before it began."""

HISTORY: Final = "historical"
"""The regime that is what happened, to which alone published counts belong."""


@dataclass(frozen=True)
class Ratio:
    """A published ratio of two sums of measures, and the bounds within which a run meets it.

    Attributes:
        above, below: measures that are added up; one with a minus sign is taken off.
        state: if given, the ratio is that of the state over that of all others.
        groups: start of the names of the groups that count in ``above``.
        start, until: periods count that begin from the one day on and before the other.
    """

    name: str
    above: tuple[str, ...]
    below: tuple[str, ...]
    published: float
    low: float
    high: float
    source: str
    state: str = ""
    groups: str = ""
    start: date = FROM
    until: date = UNTIL


@dataclass(frozen=True)
class Count:
    """A published count of what happened in some counties between two days.

    Attributes:
        measures: of the model that count the same, added up.
        place: whose counties it is about, all of them.
        start, until: it begins on the one day and ends before the other.
    """

    measures: tuple[str, ...]
    place: str
    start: date
    until: date
    published: int
    source: str

    def is_about(self, setup: Scenario) -> bool:
        """Return whether a run counts the same: these counties and no others, all of these days, and what really was law."""
        return (
            setup.regime == HISTORY
            and setup.start <= self.start
            and self.until <= setup.end + timedelta(1)
            and set(places.select(setup.place).index) == set(places.select(self.place).index)
        )


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(files("comity.output").joinpath("national.toml").read_text(encoding="utf-8"))


def ratios() -> list[Ratio]:
    """Return the published ratios."""
    return [Ratio(**entry) for entry in _document()["ratio"]]


def counts() -> list[Count]:
    """Return the published counts."""
    return [Count(**entry | {"measures": tuple(entry["measures"])}) for entry in _document()["count"]]


def _sum(rows: pd.DataFrame, measures: Iterable[str]) -> float:
    """Return the sum over some measures; NaN if the model does not count one of them."""
    by_measure: Any = rows.groupby("measure", observed=True)["value"].sum()
    signed = [(name.removeprefix("-"), -1.0 if name[0] == "-" else 1.0) for name in measures]
    return float(sum(sign * by_measure.get(name, np.nan) for name, sign in signed))


def _ratio(rows: pd.DataFrame, ratio: Ratio) -> float:
    own = rows[rows["group"].astype(str).str.startswith(ratio.groups)]
    below = _sum(rows, ratio.below)
    return _sum(own, ratio.above) / below if below > 0 else np.nan


def value(table: pd.DataFrame, ratio: Ratio) -> float:
    """Return what a ratio comes to in a run, from its table by state; NaN if its periods were not lived."""
    dates = table["date"]
    rows = table[(dates >= pd.Timestamp(ratio.start)) & (dates < pd.Timestamp(ratio.until))]
    if not ratio.state:
        return 100.0 * _ratio(rows, ratio)
    inside = rows["state"] == ratio.state
    return _ratio(rows[inside], ratio) / _ratio(rows[~inside], ratio)


def funnel(model: CooperationModel) -> pd.DataFrame:
    """Return one row per published ratio: name, published with its interval, model, within.

    ``model`` is NaN, and ``within`` empty, where the run does not cover the days that a ratio is about.
    """
    table, needed = model.table(by="state"), [*ratios()]
    names = {name.removeprefix("-") for ratio in needed for name in (*ratio.above, *ratio.below)}
    table = table[table["measure"].isin(names)]
    rows = []
    for ratio in needed:
        found = value(table, ratio)
        met = "" if np.isnan(found) else "yes" if ratio.low <= found <= ratio.high else "no"
        rows.append((ratio.name, ratio.published, ratio.low, ratio.high, found, met))
    return pd.DataFrame(
        rows, columns=["ratio", "published", "published_low", "published_high", "model", "within"]
    )


def active(model: CooperationModel, day: date) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return for each county whether the programme operates there on a day, by the calendar of the run."""
    changes, operates = model.timeline.changes, np.zeros(len(model.counties), bool)
    rows = changes[changes["day"] <= (day - model.setup.start).days][::-1]  # the latest first
    counties, latest = np.unique(rows["county"], return_index=True)
    operates[counties] = rows["policy"]["active"][latest] > 0
    return operates


def rollout(model: CooperationModel) -> pd.DataFrame:
    """Return the milestones of the rollout within the run: day, published counts, and those of the run.

    Jurisdictions are counties in the model; published counts have territories too.
    """
    states = np.array(model.states)[model.world.counties["state"]]
    rows = []
    for entry in _document()["rollout"]:
        if model.setup.start <= entry["day"] <= model.setup.end:
            operates = active(model, entry["day"])
            ours = int(operates.sum()), len(set(states[operates]))
            rows.append((str(entry["day"]), entry["jurisdictions"], entry.get("states"), *ours))
    columns = ["day", "published", "in_states", "counties", "of_states"]
    return pd.DataFrame(rows, columns=columns)


def bases(model: CooperationModel) -> dict[str, int]:
    """Return how the counties' days of activation are known: ``published``, ``modelled`` or ``imported``, with their numbers."""
    return dict(Counter(model.activation_basis).most_common())


def is_nation(model: CooperationModel) -> bool:
    """Return whether a run is about every county of the United States."""
    return len(model.counties) == len(places.counties())
