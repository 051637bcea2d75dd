"""What a run is compared by: counts of events, in all and by group or level, and means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.observe.measures import GROUPS, MEANS, Measure, Stage, Stock
from comity.parameters import LEVELS

if TYPE_CHECKING:
    from plain_mesa import PlainModel
    from scenes import Scene

    from comity.model import CooperationModel

HISPANIC: Final = [n for n, name in enumerate(GROUPS) if name.startswith("Hispanic")]
NOT_COUNTS: Final = (
    Measure.CHANCE_SUM,
    Measure.SURVEYED,
    Measure.SURVEY_REPORTED,
    Measure.JAIL_DAYS,
    Measure.HOLD_DAYS,
)
"""Measures of which one event adds more or less than one."""

COUNTS: Final = tuple(measure for measure in Measure if measure not in NOT_COUNTS)
BY_GROUP: Final = (
    Measure.INCIDENTS,     Measure.REPORTED,      Measure.CONTACTS,      Measure.BAD_CONTACTS,
    Measure.MINOR_ARRESTS, Measure.BOOKINGS,      Measure.DETAINERS,     Measure.TRANSFERS,
    Measure.REMOVALS,      Measure.MOVED_AWAY,
)  # fmt: skip


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of one run by name.

    Attributes:
        counts: events and stages of the funnel, in all.
        details: the same by group, and stages by level.
        means: rates, days, and states averaged over residents and recording periods.
    """

    counts: dict[str, float]
    details: dict[str, float]
    means: dict[str, float]


def outcomes(flows: Any, stocks: Any, stages: Any) -> Outcomes:
    """Return the outcomes of a run.

    Args:
        flows: array (groups, measures) of sums over the run, in agents.
        stocks: array (groups, stocks) of sums over residents, averaged over recording periods.
        stages: array (levels, stages) of the number of bookings that came so far.
    """
    total, people = flows.sum(axis=0), stocks.sum(axis=0)
    counts = {measure.name.lower(): total[measure] for measure in COUNTS}
    counts |= {f"funnel: {stage.name.lower()}": float(stages[:, stage].sum()) for stage in Stage}
    details = {
        f"{measure.name.lower()}: {group}": flows[n, measure]
        for measure in BY_GROUP
        for n, group in enumerate(GROUPS)
    }
    details |= {
        f"funnel: {stage.name.lower()}, {level}": float(stages[n, stage])
        for stage in Stage
        for n, level in enumerate(LEVELS)
    }
    incidents, hispanic = max(total[Measure.INCIDENTS], 1.0), flows[HISPANIC].sum(axis=0)
    means = {measure.name.lower(): total[measure] for measure in NOT_COUNTS}
    means["reporting rate"] = total[Measure.REPORTED] / incidents
    means["reporting rate, Hispanic"] = hispanic[Measure.REPORTED] / max(hispanic[Measure.INCIDENTS], 1.0)
    means["chance of reporting"] = total[Measure.CHANCE_SUM] / incidents
    means["survey: reporting rate"] = total[Measure.SURVEY_REPORTED] / max(total[Measure.SURVEYED], 1.0)
    means["in jail"], means["in ICE custody"] = people[Stock.IN_JAIL], people[Stock.IN_ICE_CUSTODY]
    for stock in MEANS:
        means[f"mean {stock.name.lower()}"] = people[stock] / max(people[Stock.RESIDENTS], 1.0)
    for stock in (Stock.TRUST, Stock.CYNICISM, Stock.RISK):
        for n, group in enumerate(GROUPS):
            name = f"mean {stock.name.lower()}: {group}"
            means[name] = stocks[n, stock] / max(stocks[n, Stock.RESIDENTS], 1.0)
    return Outcomes(counts, details, means)


def live_comity(model: CooperationModel) -> Outcomes:
    """Live all days of comity's model and return its outcomes."""
    table = model.run().table()
    axes = (table["date"].nunique(), len(model.counties), len(GROUPS), -1)
    values = table["value"].to_numpy().reshape(axes)
    flows, stocks = values[..., : len(Measure)], values[..., len(Measure) : len(Measure) + len(Stock)].copy()
    for mean in MEANS:
        stocks[..., mean] = np.nan_to_num(stocks[..., mean]) * stocks[..., Stock.RESIDENTS]
    scale = model.setup.scale
    stages = model.world.funnel.sum(axis=(0, 1, 3))
    return outcomes(flows.sum(axis=(0, 1)) / scale, stocks.mean(axis=0).sum(axis=0) / scale, stages)


def live_plain(model: PlainModel, days: int) -> Outcomes:
    """Live all days of the plain model and return its outcomes."""
    for _ in range(days):
        model.step()
    flows, stages = np.zeros((len(GROUPS), len(Measure))), np.zeros((len(LEVELS), len(Stage)))
    for (_, group, measure), amount in model.tally.items():
        flows[group, measure] += amount
    for (_, level, _, stage), number in model.funnel.items():
        stages[level, stage] += number
    return outcomes(flows, np.mean(model.history, axis=0).sum(axis=0), stages)


def live_both(scene: Scene, seed: int) -> tuple[Outcomes, Outcomes]:
    """Live a scene with both models and return the outcomes of comity and of the plain model."""
    model, plain = scene.pair(seed)
    return live_comity(model), live_plain(plain, model.days)


def collect(scene: Scene, seeds: range) -> dict[str, tuple[list[str], Any, Any]]:
    """Return for each kind of outcome the names and an array (seeds, outcomes) for comity and the plain model."""
    runs = [live_both(scene, seed) for seed in seeds]
    collected = {}
    for kind in ("counts", "details", "means"):
        both = np.array([[list(getattr(side, kind).values()) for side in run] for run in runs])
        collected[kind] = list(getattr(runs[0][0], kind)), both[:, 0], both[:, 1]
    return collected
