"""What a run hands out: tidy tables of counts, the funnel and the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.observe.log import Event
from comity.observe.measures import GROUPS, Measure, Stage, Stock
from comity.parameters import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from comity.scenario import Scenario

MEANS: Final = (Stock.TRUST, Stock.CYNICISM, Stock.AWARENESS, Stock.RISK, Stock.SALIENCE)
"""Stocks that are handed out as means over residents in the community."""

FLOWS: Final = tuple(m.name.lower() for m in Measure)
STOCKS: Final = tuple(s.name.lower() for s in Stock)
EXPOSURE: Final = "person_years"
"""Residents in the community at the end of a period times its length, the denominator of yearly rates."""


def _long(values: NDArray[Any], axes: dict[str, Sequence[Any]], value: str) -> pd.DataFrame:
    """Return an array as one row per cell, with a column per axis."""
    labels: list[Any] = [pd.Index(list(axis)) for axis in axes.values()]
    codes: Any = np.indices(values.shape).reshape(values.ndim, -1)
    columns = {
        name: pd.Categorical.from_codes(code, axis)
        for name, code, axis in zip(axes, codes, labels, strict=True)
    }
    return pd.DataFrame({**columns, value: values.ravel()})


def tidy(
    flows: list[NDArray[np.float64]],
    stocks: list[NDArray[np.float64]],
    ends: list[int],
    setup: Scenario,
    counties: list[str],
) -> pd.DataFrame:
    """Return one row per period, county, group and measure; see `CooperationModel.table`."""
    starts = np.datetime64(setup.start) + np.array([0, *ends[:-1]] if ends else [], "timedelta64[D]")
    shape = (len(ends), len(counties), len(GROUPS))
    counts = np.reshape(flows, (*shape, len(Measure))) * setup.scale
    states = np.reshape(stocks, (*shape, len(Stock))).copy()
    people = states[..., Stock.RESIDENTS]
    for mean in MEANS:
        with np.errstate(invalid="ignore"):
            states[..., mean] = states[..., mean] / people
    for stock in set(Stock) - set(MEANS):
        states[..., stock] *= setup.scale
    years = np.diff([0, *ends])[:, None, None] / 365.25 if ends else np.zeros((0, 1, 1))
    values = np.concatenate([counts, states, (states[..., Stock.RESIDENTS] * years)[..., None]], axis=-1)
    axes: dict[str, Sequence[Any]] = {
        "date": starts.tolist(),
        "county": counties,
        "group": GROUPS,
        "measure": (*FLOWS, *STOCKS, EXPOSURE),
    }
    table = _long(values, axes, "value")
    table["date"] = pd.to_datetime(table["date"].astype(object))
    return table


def totals(
    flows: list[NDArray[np.float64]], stocks: list[NDArray[np.float64]], ends: list[int], setup: Scenario
) -> dict[str, NDArray[np.float64]]:
    """Return every measure by period and group; see `CooperationModel.totals`."""
    sums = [np.sum(period, axis=1) * setup.scale for period in (flows, stocks)]
    values = np.concatenate(sums, axis=-1)
    found = {name: values[..., k] for k, name in enumerate(FLOWS + STOCKS)}
    return found | {EXPOSURE: found["residents"] * np.diff([0, *ends])[:, None] / 365.25}


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


def events(log: NDArray[np.void], setup: Scenario) -> pd.DataFrame:
    """Return one row per event with its date and the name of its kind."""
    frame = pd.DataFrame({name: log[name] for name in log.dtype.names or ()})
    frame.insert(0, "date", np.datetime64(setup.start) + log["day"].astype("timedelta64[D]"))
    codes: Any = log["kind"]
    frame["kind"] = pd.Categorical.from_codes(codes, pd.Index([event.name.lower() for event in Event]))
    return frame
