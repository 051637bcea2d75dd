"""What a run hands out: tidy tables of counts, the funnel and the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.observe.log import Event
from comity.observe.measures import (
    EXPOSURE,
    FLOWS,
    GROUPS,
    MEANS,
    SUMMED,
    Measure,
    Stage,
    Stock,
    Task,
    names,
)
from comity.parameters import LEVELS
from comity.world.state import Movement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from comity.scenario import Scenario

BATCH: Final = 3
"""Recording periods that `panels` works on at once: of the nation, 70,000 rows."""


def _long(values: NDArray[Any], axes: dict[str, Sequence[Any]], value: str) -> pd.DataFrame:
    """Return an array as one row per cell, with a column per axis."""
    columns: dict[str, Any] = {}
    for k, (name, axis) in enumerate(axes.items()):
        codes: Any = np.arange(len(axis), dtype=np.min_scalar_type(-len(axis) - 1))
        spread: Any = np.broadcast_to(
            np.expand_dims(codes, [n for n in range(values.ndim) if n != k]), values.shape
        )
        columns[name] = pd.Categorical.from_codes(spread.ravel(), pd.Index(list(axis)))
    return pd.DataFrame({**columns, value: values.ravel()})


def starts(ends: Sequence[int], setup: Scenario) -> NDArray[np.datetime64]:
    """Return the first day of every recording period."""
    return np.datetime64(setup.start) + np.array([0, *ends[:-1]] if len(ends) else [], "timedelta64[D]")


def _measures(
    flows: NDArray[np.float64], stocks: NDArray[np.float64], days: NDArray[np.int64], scale: float
) -> NDArray[np.float64]:
    """Return every measure of `MEASURES` (last axis) as tables have it; periods last ``days``, shaped like the other axes."""
    counts, states = flows * scale, stocks.copy()
    people = states[..., Stock.RESIDENTS]
    for mean in MEANS:
        with np.errstate(invalid="ignore"):
            states[..., mean] = states[..., mean] / people
    for stock in set(Stock) - set(MEANS):
        states[..., stock] *= scale
    exposure = states[..., Stock.AGED_12] * (days / 365.25)
    return np.concatenate([counts, states, exposure[..., None]], axis=-1)


def tidy(
    flows: Sequence[NDArray[np.float64]],
    stocks: Sequence[NDArray[np.float64]],
    ends: list[int],
    setup: Scenario,
    places: dict[str, list[str]],
    further: Sequence[str] = (),
    part: slice = slice(None),
) -> pd.DataFrame:
    """Return one row per period, place, group and measure.

    Args:
        flows: counts of the periods that are meant.
        stocks: sums at their ends.
        ends: of all periods.
        setup: the scenario.
        places: one entry: their column, and their names.
        further: measures of extensions.
        part: which periods are meant.
    """
    ((column, where),) = places.items()
    shape = (len(flows), len(where), len(GROUPS))
    above = np.reshape(flows, (*shape, len(Measure) + len(further)))
    below = np.reshape(stocks, (*shape, len(Stock)))
    values = _measures(above, below, np.diff([0, *ends])[part, None, None], setup.scale)
    axes = {"date": range(len(flows)), column: where, "group": GROUPS, "measure": names(further)}
    table = _long(values, axes, "value")
    dates = pd.to_datetime(pd.Series(starts(ends, setup)[part].tolist(), dtype=object)).to_numpy()
    table["date"] = dates.repeat(values[0].size if len(flows) else 0)
    return table


def panels(
    flows: Sequence[NDArray[np.float64]],
    stocks: Sequence[NDArray[np.float64]],
    ends: list[int],
    setup: Scenario,
    counties: list[str],
    further: Sequence[str] = (),
    periods: range | None = None,
) -> Iterator[pd.DataFrame]:
    """Yield one row per period, county and group with a column per measure, a few of the ``periods`` (all) at a time.

    Rows in which everything is zero (nobody of the group lives there) are left out; numbers are float32.
    """
    dates, days = starts(ends, setup).astype("datetime64[ms]"), np.diff([0, *ends])
    where, who = pd.Index(counties), pd.Index(GROUPS)
    periods = range(len(ends)) if periods is None else periods
    for first in periods[::BATCH]:
        part = slice(first, min(first + BATCH, periods.stop))
        kept = np.array(
            [flow.any(-1) | stock.any(-1) for flow, stock in zip(flows[part], stocks[part], strict=True)]
        )
        above, below = (
            np.concatenate([of[rows] for of, rows in zip(both[part], kept, strict=True)])
            for both in (flows, stocks)
        )
        period, county, group = np.nonzero(kept)
        labels = {
            "date": dates[part][period],
            "county": pd.Categorical.from_codes(county, where),
            "group": pd.Categorical.from_codes(group, who),
        }
        values = _measures(above, below, days[part][period], setup.scale).astype(np.float32)
        yield pd.concat([pd.DataFrame(labels), pd.DataFrame(values, columns=list(names(further)))], axis=1)


def totals(
    flows: list[NDArray[np.float64]],
    stocks: list[NDArray[np.float64]],
    ends: list[int],
    setup: Scenario,
    further: Sequence[str] = (),
) -> dict[str, NDArray[np.float64]]:
    """Return every measure by period and group; see `CooperationModel.totals`."""
    sums = [np.array([period.sum(axis=0) for period in part]) * setup.scale for part in (flows, stocks)]
    values = np.concatenate(sums, axis=-1)
    found = {name: values[..., k] for k, name in enumerate((*FLOWS, *further, *SUMMED[:-1]))}
    return found | {EXPOSURE: found[Stock.AGED_12.name.lower()] * np.diff([0, *ends])[:, None] / 365.25}


def on_duty(police: NDArray[np.void]) -> NDArray[np.float64]:
    """Return officer-hours by county and `Task` since the first day, and in a last column the agents who were visited."""
    return np.column_stack([police["hours"], police["visited"]])


def hours(counted: list[NDArray[np.float64]], counties: int) -> NDArray[np.float64]:
    """Return officers' time by period; see `CooperationModel.hours`."""
    values = np.reshape(counted, (len(counted), counties, len(Task) + 1))
    # Rounded, for differences between sums leave something over.
    return np.round(np.diff(values, axis=0, prepend=0.0), 3)


def duty(spent: NDArray[np.float64], ends: list[int], setup: Scenario, counties: list[str]) -> pd.DataFrame:
    """Return officers' time by period and county as a table; see `CooperationModel.police`."""
    names = [*(f"{task.name.lower()}_hours" for task in Task), "visits"]
    rows = np.round(spent.reshape(-1, len(names)) * ([1.0] * len(Task) + [setup.scale]), 3)
    dates = starts(ends, setup).astype("datetime64[ns]").repeat(len(counties))
    where = pd.Index(counties).take(np.tile(np.arange(len(counties)), len(ends)))
    return pd.DataFrame({"date": dates, "county": where} | dict(zip(names, rows.T, strict=True)))


def funnel(counts: NDArray[np.int64], setup: Scenario, states: list[str]) -> pd.DataFrame:
    """Return one row per month of booking, state, level, group and stage; see `CooperationModel.funnel`."""
    months = pd.period_range(setup.start, periods=counts.shape[0], freq="M").astype(str)
    stages = [stage.name.lower() for stage in Stage]
    axes: dict[str, Sequence[Any]] = {
        "month": list(months),
        "state": states,
        "level": LEVELS,
        "group": GROUPS,
        "stage": stages,
    }
    return _long(counts * setup.scale, axes, "count")


def movements(counts: NDArray[np.int64], setup: Scenario, counties: list[str]) -> pd.DataFrame:
    """Return one row per county, group and movement; see `CooperationModel.movements`."""
    kinds = [movement.name.lower() for movement in Movement]
    return _long(counts * setup.scale, {"county": counties, "group": GROUPS, "movement": kinds}, "count")


def events(log: NDArray[np.void], setup: Scenario) -> pd.DataFrame:
    """Return one row per event with its date and the name of its kind."""
    frame = pd.DataFrame({name: log[name] for name in log.dtype.names or ()})
    frame.insert(0, "date", np.datetime64(setup.start) + log["day"].astype("timedelta64[D]"))
    codes: Any = log["kind"]
    frame["kind"] = pd.Categorical.from_codes(codes, pd.Index([event.name.lower() for event in Event]))
    return frame
