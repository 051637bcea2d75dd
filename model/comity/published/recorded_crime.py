"""Recorded crime, arrests and clearance after activation, as the panels of counties see them.

* Alsan & Yang (2022): log offences by county and year, county and state-by-year effects.
* Miles & Cox (2014): log crime rate by county and month, county and month effects.
* Treyger, Chalfin & Loeffler (2014): crime and arrest rates of cities by month; the largest counties stand for cities.
* Hines & Peri (2019): crime and clearance by county and year on removals, instrumented by activation times the share of
  unauthorized residents.

Weights are residents. Counties that ever have none of what is counted are left out, because its logarithm is not defined
there; at 100 people to an agent those are small. Offences are those known to police.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from comity.observe.measures import Measure
from comity.published.estimators import EstimationError, instrumented, two_way
from comity.published.panel import HISPANIC, over, years
from comity.published.registry import estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.published.panel import Panel

CITIES: Final = 335
"""Number of the largest counties that stand for the cities of Treyger, Chalfin & Loeffler, who have about as many."""

MONTHLY: Final = (dt.date(2006, 1, 1), dt.date(2013, 1, 1))
"""Months of the monthly panels: the model begins in 2006, and the published ones end with 2012."""

INSTRUMENTED: Final = (dt.date(2008, 1, 1), dt.date(2014, 1, 1))
"""Years of the instrumented panel: those of the rollout."""

VIOLENT: Final = ("violent", "robbery")
"""Offences of the model that are among the violent ones of the FBI's index."""

UNAUTHORIZED: Final = (2, 5)
"""Rows of `comity.observe.measures.GROUPS`."""


def frame(
    panel: Panel,
    counts: dict[str, NDArray[np.float64]],
    active: NDArray[np.float64],
    per: NDArray[np.float64] | float = 1.0,
) -> pd.DataFrame:
    """Return one row per county and period with the logarithm of each count or rate, ``active`` and ``weight``.

    Args:
        panel: the run.
        counts: name to numbers by period and county.
        active: by period and county, 0 to 1.
        per: what counts are divided by, for rates.
    """
    periods, counties = active.shape
    whole = np.all([(numbers > 0).all(axis=0) for numbers in counts.values()], axis=0)
    rows = pd.DataFrame(
        {
            "county": np.tile(np.arange(counties), periods),
            "state": np.tile(panel.state, periods),
            "period": np.repeat(np.arange(periods), counties),
            "active": active.ravel(),
            "weight": np.tile(panel.residents[0].sum(axis=-1), periods),
        }
    )
    with np.errstate(divide="ignore", invalid="ignore"):  # in counties that are left out
        for name, numbers in counts.items():
            rows[name] = np.log(numbers / per).ravel()
    return rows[np.tile(whole, periods)].reset_index(drop=True)


def _active_months(panel: Panel) -> NDArray[np.float64]:
    """Return 1 for months and counties in which the programme operates, by month and county."""
    return (np.arange(len(panel.months))[:, None] >= panel.active_from).astype(np.float64)


def _effect(rows: pd.DataFrame, outcome: str, period: str = "period") -> float:
    try:
        return two_way(rows, outcome, "active", "county", period, weights="weight", cluster="county").value
    except EstimationError:
        return float("nan")


@estimate("ay_log_offences")
def alsan_yang(panel: Panel) -> dict[str, float]:
    """Return the effect of a year of activation on log offences known."""
    offences = years(panel.flow(Measure.REPORTED).sum(axis=-1))
    rows = frame(panel, {"offences": offences}, years(_active_months(panel)) / 12.0)
    return {"ay_log_offences": _effect(rows, "offences", "state^period")}


@estimate(
    *("ay_matches_per_submission", "ay_detainers_per_submission"),
    *("ay_detainers_per_match", "ay_detainers_rise"),
)
def pipeline(panel: Panel) -> dict[str, float]:
    """Return ratios of matches, detainers and submissions where the programme operates, in per cent.

    Detainers are counted net of what the same counties had in the year before they were switched on, as an effect of
    activation is.
    """
    on = _active_months(panel)[:, :, None]
    until = panel.between(dt.date(2006, 1, 1), dt.date(2015, 1, 1))
    prints, matches, detainers = (
        (panel.flow(m) * on)[until].sum() for m in (Measure.SUBMISSIONS, Measure.MATCHES, Measure.DETAINERS)
    )
    rise = float(detainers - _as_before(panel, panel.flow(Measure.DETAINERS).sum(axis=-1), until))
    return {
        "ay_matches_per_submission": 100.0 * over(float(matches), float(prints)),
        "ay_detainers_per_submission": 100.0 * over(rise, float(prints)),
        "ay_detainers_per_match": 100.0 * over(rise, float(matches)),
        "ay_detainers_rise": over(rise, float(detainers) - rise),
    }


def _as_before(panel: Panel, monthly: NDArray[np.float64], until: NDArray[np.bool_]) -> float:
    """Return what the months of activation would have had at the monthly mean of the year before activation."""
    month = np.arange(len(monthly))[:, None]
    before = (month >= panel.active_from - 12) & (month < panel.active_from)
    mean = (monthly * before).sum(axis=0) / np.maximum(before.sum(axis=0), 1)
    return float((mean * (_active_months(panel)[until]).sum(axis=0)).sum())


@estimate("mc_log_crime", "tcl_log_crime", "tcl_log_arrests", "tcl_hispanic_arrest_share")
def monthly(panel: Panel) -> dict[str, float]:
    """Return effects of activation on monthly logs: all counties with crime (Miles & Cox), and the largest (Treyger et al.)."""
    chosen = panel.between(*MONTHLY)
    people = panel.residents[chosen].sum(axis=-1)
    crimes = panel.flow(Measure.REPORTED)[chosen].sum(axis=-1)
    arrests = panel.flow(Measure.ARRESTS)[chosen]
    active = _active_months(panel)[chosen]
    rows = frame(panel, {"crime": crimes}, active, people)
    large = np.argsort(people[0])[-CITIES:]
    cities = frame(panel, {"crime": crimes, "arrests": arrests.sum(axis=-1)}, active, people)
    cities = cities[cities["county"].isin(large)]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 100.0 * arrests[..., list(HISPANIC)].sum(axis=-1) / arrests.sum(axis=-1)
    cities = cities.assign(share=share[cities["period"], cities["county"]])
    return {
        "mc_log_crime": _effect(rows, "crime"),
        "tcl_log_crime": _effect(cities, "crime"),
        "tcl_log_arrests": _effect(cities, "arrests"),
        "tcl_hispanic_arrest_share": _effect(cities, "share"),
    }


@estimate("mc_log_violent", observe=["recorded_crime"])
def violent_offences(panel: Panel) -> dict[str, float]:
    """Return the effect on violent offences; NaN if nobody watched the types of offences (`comity.observe.recorded_crime`)."""
    if "recorded_crime" not in panel.model.observed_tables:
        return {"mc_log_violent": float("nan")}
    chosen = panel.between(*MONTHLY)
    people, active = panel.residents[chosen].sum(axis=-1), _active_months(panel)[chosen]
    table = panel.model.observed("recorded_crime")
    violent = table[table["offence"].isin(VIOLENT)]
    by_month = violent.pivot_table("known", "month", "county", "sum", fill_value=0, observed=False)
    counts = by_month.reindex(panel.months.astype("datetime64[s]"), columns=panel.codes, fill_value=0)
    rows = frame(panel, {"crime": counts.to_numpy(float)[chosen]}, active, people)
    return {"mc_log_violent": _effect(rows, "crime")}


@estimate("hp_crime", "hp_clearance")
def hines_peri(panel: Panel) -> dict[str, float]:
    """Return effects of a removal per 1,000 residents, instrumented: on log crime, and on clearance in points."""
    chosen = panel.between(*INSTRUMENTED)
    known, cleared, removals = (
        years(panel.flow(m)[chosen].sum(axis=-1))
        for m in (Measure.REPORTED, Measure.CLEARED, Measure.REMOVALS)
    )
    people = np.maximum(panel.residents[0].sum(axis=-1), 1.0)
    share = panel.residents[0][:, list(UNAUTHORIZED)].sum(axis=-1) / people
    rows = frame(panel, {"crime": known}, years(_active_months(panel)[chosen]) / 12.0)
    at = rows["period"], rows["county"]
    rows = rows.assign(
        clearance=(100.0 * cleared / np.maximum(known, 1.0))[at],
        removals=(1000.0 * removals / people)[at],
        instrument=rows["active"].to_numpy() * share[rows["county"]],
    )
    return {"hp_crime": _by_instrument(rows, "crime"), "hp_clearance": _by_instrument(rows, "clearance")}


def _by_instrument(rows: pd.DataFrame, outcome: str) -> float:
    try:
        return instrumented(
            rows, outcome, "removals", "instrument", "county", "period", weights="weight", cluster="county"
        ).value
    except EstimationError:
        return float("nan")
