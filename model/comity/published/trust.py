"""Trust in the police as surveys saw it: Pew in 2008 and 2014, fear and trust, Texas, Chicago, Costa Mesa, Prince William.

Answers to items are expectations (see `comity.observe.items`) over everybody who takes part. Points are of 100.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.agents.residents import Status, Whereabouts
from comity.draws import Stream
from comity.observe.attitudes import interview
from comity.observe.items import ITEMS, score
from comity.observe.measures import GROUPS, Measure, Stock
from comity.observe.poll import Poll, poll
from comity.published import stated
from comity.published.panel import HISPANIC, OTHER, over, quarters
from comity.published.registry import estimate
from comity.published.victimisation import WINDOW, by_quarter, cohorts, label, staggered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from comity.model import CooperationModel
    from comity.published.panel import Panel

    Floats = NDArray[np.float64]

PEW_2008: Final = dt.date(2008, 6, 26)
"""The middle of the field time of Pew's survey of 2008, 9 June to 13 July."""

PEW_2014: Final = dt.date(2014, 8, 15)
"""The middle of the month of Pew's survey of 2014."""

AVOIDED_ON: Final = dt.date(2018, 12, 15)
"""The middle of the month in which the Urban Institute asked."""

CHICAGO: Final = "chicago-2019"
PEW: Final = ("good_job", "fair", "no_force")
FEARED: Final = ("fair", "no_force")
STEPS: Final = 4
"""Steps of Pew's question on fear: a lot, some, not much, not at all."""

TEXAS: Final = (dt.date(2006, 1, 1), dt.date(2012, 12, 1))
"""Months whose removals the respondents of 2012 may have seen; the month of the survey is not stated."""

FOREIGN_BORN: Final = tuple(GROUPS.index(f"Hispanic, {status}") for status in ("immigrant", "unauthorized"))
US_BORN: Final = (GROUPS.index("Hispanic, US-born"),)
ANGLO: Final = (GROUPS.index("other, US-born"),)

WHO: Final = {
    "hispanic": HISPANIC,
    "us_born": US_BORN,
    "immigrant": FOREIGN_BORN[:1],
    "unauthorized": FOREIGN_BORN[1:],
    "other": OTHER,
}
"""Groups of which the effect of activation on trust is estimated; all but the last are Hispanic."""


def _hispanics(model: CooperationModel) -> Poll:
    rows = np.flatnonzero(model.world.residents["hispanic"])
    return poll(model.world, rows, model.today - 1, Stream.ITEM_RESPONSE)


@estimate(
    *(f"pew_{name}_2008" for name in PEW),
    *("messing_fair_odds", "messing_no_force_odds", "messing_fair_log_odds"),
    on=PEW_2008,
)
def in_2008(model: CooperationModel) -> dict[str, float]:
    """Return what Hispanics say to Pew's items today, in per cent, and how it goes with fear, changing nothing."""
    asked = _hispanics(model)
    said = {f"pew_{name}_2008": share for name, share in _pew(asked, model.world.p[0]).items()}
    return said | _fear(asked, model.world.p[0])


@estimate(
    *("trust_us_born_exposed", "trust_us_born_unexposed", "trust_immigrant", "trust_unauthorized"),
    on=stated.DAY,
)
def in_2012(model: CooperationModel) -> dict[str, float]:
    """Return the mean trust of Hispanics by status, and of the US-born by whether family or friends are unauthorized."""
    asked, people = _hispanics(model), model.world.residents
    knows = (people["exposed_household"][asked.resident] > 0) | (people["exposed_ties"][asked.resident] > 0)
    born, unauthorized = asked.status == Status.US_BORN, asked.status == Status.UNAUTHORIZED
    groups = {
        "us_born_exposed": born & knows,
        "us_born_unexposed": born & ~knows,
        "immigrant": ~born & ~unauthorized,
        "unauthorized": unauthorized,
    }
    return {f"trust_{who}": over(score(asked.trust)[rows].sum(), rows.sum()) for who, rows in groups.items()}


@estimate(*(f"pew_{name}_change" for name in PEW), on=PEW_2014, after=[f"pew_{name}_2008" for name in PEW])
def in_2014(model: CooperationModel, found: Mapping[str, float]) -> dict[str, float]:
    """Return by how much what Hispanics say to Pew's items today differs from 2008, in points, changing nothing."""
    now = _pew(_hispanics(model), model.world.p[0])
    return {f"pew_{name}_change": share - found[f"pew_{name}_2008"] for name, share in now.items()}


@estimate("chicago_avoided", home=CHICAGO, on=AVOIDED_ON)
def avoided(model: CooperationModel) -> dict[str, float]:
    """Return in how many residents' immigrant families somebody avoided calling the police within a year, in per cent."""
    people = model.world.residents
    immigrant = (people["status"] != Status.US_BORN) & (people["whereabouts"] <= Whereabouts.ICE_CUSTODY)
    abroad = np.bincount(people["household"], immigrant, len(people)) > 0
    asked = interview(model.world, np.flatnonzero(abroad[people["household"]]), model.today - 1)
    household = people["household"][asked["resident"]]
    times = np.bincount(household, asked["avoided"], len(people))[household]
    return {"chicago_avoided": 100.0 * float(-np.expm1(-times).mean())}


def _pew(asked: Poll, p: Any) -> dict[str, float]:
    return {name: 100.0 * float(ITEMS[name].chances(asked.trust, p).mean()) for name in PEW}


def _fear(asked: Poll, p: Any) -> dict[str, float]:
    """Return how the odds of a yes change with a step of fear, citizens and others held apart."""
    step = np.minimum(np.floor(STEPS * asked.risk), STEPS - 1)
    citizen = asked.status <= Status.NATURALISED
    slopes = {name: logit_slope(ITEMS[name].chances(asked.trust, p), step, citizen) for name in FEARED}
    odds = {f"messing_{name}_odds": float(np.exp(slope)) for name, slope in slopes.items()}
    return odds | {"messing_fair_log_odds": slopes["fair"]}


def logit_slope(chances: Floats, step: Floats, control: NDArray[np.bool_]) -> float:
    """Return the coefficient of ``step`` in a logistic regression of expected answers on it and a control; NaN if not identified.

    Newton's method on the likelihood of the expected answers, on cells of equal regressors.
    """
    cells, which = np.unique(
        np.column_stack([np.ones(len(step)), step, control]), axis=0, return_inverse=True
    )
    size = np.bincount(which.ravel(), minlength=len(cells)).astype(float)
    yes = np.bincount(which.ravel(), chances, len(cells))
    if np.linalg.matrix_rank(cells) == np.linalg.matrix_rank(np.delete(cells, 1, axis=1)):
        return float("nan")
    beta = np.zeros(3)
    for _ in range(25):
        odds = 1.0 / (1.0 + np.exp(-cells @ beta))
        weight = size * odds * (1.0 - odds)
        beta += np.linalg.lstsq(
            cells.T @ (weight[:, None] * cells), cells.T @ (yes - size * odds), rcond=None
        )[0]
    return float(beta[1])


def mean_trust(panel: Panel, groups: Sequence[int], where: Any = slice(None)) -> Floats:
    """Return mean trust at the end of every month, 0 to 100, of some groups in some counties."""
    chosen = list(groups)
    sums, people = (
        x[:, where][..., chosen].sum(axis=(1, 2)) for x in (panel.stock(Stock.TRUST), panel.residents)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return score(sums / people)


@estimate(*(f"trust_effect_{who}" for who in WHO), *by_quarter("trust_event_hispanic", "trust_event_other"))
def events(panel: Panel) -> dict[str, float]:
    """Return the effect of activation on trust, in points: all quarters together, and each for Hispanics and others.

    The estimator is that of reporting (`comity.published.victimisation`): Sun & Abraham, the counties that are switched on last
    as controls; the mean of a cohort in a quarter weighs residents.
    """
    trust, people = panel.stock(Stock.TRUST), panel.residents
    cohort, control = cohorts(panel)
    found: dict[str, float] = {}
    for who, groups in WHO.items():
        above, below = (quarters(x[..., list(groups)].sum(axis=-1)) for x in (trust, people))
        effect = staggered(100.0 * above, below, cohort, control)
        found[f"trust_effect_{who}"] = effect.effect
        if who in {"hispanic", "other"}:
            at = dict(zip(effect.event.tolist(), effect.effects.tolist(), strict=True))
            found |= {f"trust_event_{who}_{label(e)}": at.get(e, np.nan) for e in WINDOW}
    return found


@estimate("texas_foreign_born", "texas_us_born")
def texas(panel: Panel) -> dict[str, float]:
    """Return by how much more trust falls with a county's removals of people without a conviction, Latinos against Anglos."""
    removed = panel.flow(Measure.MATCH_REMOVALS) - panel.flow(Measure.CONVICTED_REMOVALS)
    months, here = panel.between(*TEXAS), panel.state == "TX"
    last, people = np.flatnonzero(months)[-1], panel.residents[:, here]
    rate = 1000.0 * removed[months][:, here].sum(axis=(0, 2)) / np.maximum(people[last].sum(axis=-1), 1.0)
    trust = panel.stock(Stock.TRUST)[last, here]
    slopes = {
        who: _slope(
            rate, 100.0 * trust[:, list(groups)].sum(axis=-1), people[last][:, list(groups)].sum(axis=-1)
        )
        for who, groups in (("foreign_born", FOREIGN_BORN), ("us_born", US_BORN), ("anglo", ANGLO))
    }
    return {f"texas_{who}": slopes[who] - slopes["anglo"] for who in ("foreign_born", "us_born")}


def _slope(x: Floats, sums: Floats, weight: Floats) -> float:
    """Return the slope of a mean (``sums`` over ``weight``) on ``x``, weighted; NaN where ``x`` does not vary."""
    there = weight > 0
    x, y, weight = x[there], sums[there] / weight[there], weight[there]
    apart = x - np.average(x, weights=weight) if len(x) else x
    return over(float((weight * apart * y).sum()), float((weight * apart * apart).sum()))


def _at(panel: Panel, year: int, month: int) -> int:
    """Return the number of a month of the run."""
    return int(np.flatnonzero(panel.months == np.datetime64(f"{year}-{month:02d}"))[0])


@estimate("chicago_gap", "chicago_dip", "chicago_dip_gap", "chicago_return", home=CHICAGO)
def chicago(panel: Panel) -> dict[str, float]:
    """Return the standing gap of the monthly tracker, and the dip of July 2019 and what was left of it in August."""
    hispanic = mean_trust(panel, HISPANIC)
    gap = hispanic - mean_trust(panel, OTHER)
    july = _at(panel, 2019, 7)

    def dip(series: Floats) -> float:
        return float(series[july] - 0.5 * (series[july - 1] + series[july + 1]))

    return {
        "chicago_gap": float(gap.mean()),
        "chicago_dip": dip(hispanic),
        "chicago_dip_gap": dip(gap),
        "chicago_return": float(hispanic[july + 1] - hispanic[july - 1]),
    }


@estimate("costa_mesa_trust", "costa_mesa_reporting", "costa_mesa_stops", home="costa-mesa")
def costa_mesa(panel: Panel) -> dict[str, float]:
    """Return what differs for Hispanic residents in 2007 from before the council's vote of December 2005."""
    hispanic = list(HISPANIC)
    trust, people = mean_trust(panel, hispanic), panel.residents[..., hispanic].sum(axis=(1, 2))
    # The council's vote was on 6 December 2005: January to November of either year.
    before, after = (panel.between(dt.date(year, 1, 1), dt.date(year, 12, 1)) for year in (2005, 2007))

    def change(above: Floats, below: Floats) -> float:
        return float(above[after].sum() / below[after].sum() - above[before].sum() / below[before].sum())

    flows = {
        measure: panel.flow(measure)[..., hispanic].sum(axis=(1, 2))
        for measure in (Measure.CHANCE_SUM, Measure.INCIDENTS, Measure.MINOR_ARRESTS)
    }
    return {
        "costa_mesa_trust": float(trust[after].mean() - trust[before].mean()),
        "costa_mesa_reporting": 100.0 * change(flows[Measure.CHANCE_SUM], flows[Measure.INCIDENTS]),
        "costa_mesa_stops": 12_000.0 * change(flows[Measure.MINOR_ARRESTS], people),
    }


@estimate("prince_william_trust", home="prince-william")
def prince_william(panel: Panel) -> dict[str, float]:
    """Return what differs in the trust of Hispanic immigrants under the first version of the policy from a year before."""
    trust = mean_trust(panel, FOREIGN_BORN)
    return {"prince_william_trust": float(trust[_at(panel, 2008, 4)] - trust[_at(panel, 2007, 4)])}
