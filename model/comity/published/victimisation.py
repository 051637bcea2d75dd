"""Gonçalves, Jácome & Weisburst (2026): victimisation and reporting after activation, as their survey and estimator see them.

The survey asks everybody in the model instead of one household in a thousand, so that what is left is the model's own
noise; `comity.observe.victim_survey` is the survey with its sample. Quarterly event time, the last quarter of counties to be
switched on as controls, everything by ethnicity, weights by persons (victimisation) or incidents (reporting).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.observe.measures import Measure, Stock
from comity.published.estimators import EstimationError, Staggered, Transform, sun_abraham
from comity.published.panel import EVERYBODY, HISPANIC, NEVER, OTHER, over, quarters
from comity.published.registry import estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from comity.published.panel import Panel

WINDOW: Final = range(-8, 9)
"""Quarters of event time that the published figure shows."""

CONTROLS: Final = 0.75
"""Share of counties that are treated; those switched on after them are the controls."""

BEFORE: Final = 8
"""Quarters at the beginning of the panel over which levels before the programme are taken."""


def label(quarter: int) -> str:
    """Return a quarter of event time as part of an id: m8 for -8, p4 for 4."""
    return f"{'m' if quarter < 0 else 'p'}{abs(quarter)}"


def by_quarter(*names: str) -> list[str]:
    """Return the ids of effects by quarter of event time."""
    return [f"{name}_{label(quarter)}" for name in names for quarter in WINDOW]


class Prevalence:
    """Share of people victimised at least once in a month, from the mean number of incidents.

    Incidents of a person are Poisson with a gamma distributed rate (`proneness_shape` k), so that none happen with
    probability (1 + mean / k) ** -k.
    """

    def __init__(self, shape: float) -> None:
        self.shape = shape

    def __call__(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the prevalence at a mean number of incidents per person and month."""
        return 1.0 - (1.0 + mean / self.shape) ** -self.shape

    def slope(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the derivative of the prevalence."""
        return (1.0 + mean / self.shape) ** (-self.shape - 1.0)


def cohorts(panel: Panel) -> tuple[NDArray[np.int64], int]:
    """Return the quarter of activation of every county, and the first quarter of those that serve as controls."""
    cohort = np.where(panel.active_from < NEVER, panel.active_from // 3, NEVER)
    return cohort, int(np.sort(cohort)[int(CONTROLS * len(cohort))])


def staggered(
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    cohort: NDArray[np.int64],
    control: int,
    transform: Transform | None = None,
) -> Staggered:
    """Return the estimate of Sun & Abraham; all NaN where nothing can be compared, as when the programme never comes."""
    try:
        return sun_abraham(above, below, cohort, control=control, transform=transform)
    except EstimationError:
        none = np.zeros(0)
        return Staggered(np.nan, np.nan, none.astype(np.int64), none, none, (), (), 0)


class Survey:
    """What a victim survey that asks everybody hears, by quarter and county, for some groups."""

    def __init__(self, panel: Panel, groups: Sequence[int]) -> None:
        chosen = list(groups)
        rules = panel.model.world.p[0]  # as the hypotheses of the run leave them
        asked = panel.asked / np.maximum(panel.residents, 1.0)  # risk is summed over children too
        willing = panel.asked - rules["nonresponse"] * panel.stock(Stock.RISK) * asked
        self.person_months = quarters(willing[..., chosen].sum(axis=-1))
        self.incidents = quarters(panel.flow(Measure.SURVEYED)[..., chosen].sum(axis=-1))
        self.reported = quarters(panel.flow(Measure.SURVEY_REPORTED)[..., chosen].sum(axis=-1))
        self.cohort, self.control = cohorts(panel)
        self.prevalence = Prevalence(float(rules["proneness_shape"]))

    def victimisation(self) -> Staggered:
        """Return the effect on the share of people victimised in a month."""
        return self._effect(self.incidents, self.person_months, self._at_least_once)

    def reported_victimisation(self) -> Staggered:
        """Return the effect on the share of people victimised in a month in a way that police heard of."""
        return self._effect(self.reported, self.person_months, self._at_least_once)

    def reporting(self) -> Staggered:
        """Return the effect on the share of incidents that police heard of."""
        return self._effect(self.reported, self.incidents, None)

    @property
    def _at_least_once(self) -> Transform:
        return Transform(self.prevalence, self.prevalence.slope)

    def _effect(
        self, above: NDArray[np.float64], below: NDArray[np.float64], transform: Transform | None
    ) -> Staggered:
        return staggered(above, below, self.cohort, self.control, transform)

    def levels(self) -> tuple[float, float, float]:
        """Return victimisation, reporting and reported victimisation before the programme, in per cent."""
        incidents, reported, people = (
            float(x[:BEFORE].sum()) for x in (self.incidents, self.reported, self.person_months)
        )
        seen = self.prevalence(np.array([incidents / people, reported / people]))
        return 100.0 * float(seen[0]), 100.0 * reported / incidents, 100.0 * float(seen[1])


@estimate(
    *("gjw_victimisation_all", "gjw_peak", "gjw_victimisation_level", "gjw_reporting_level"),
    *("gjw_reported_victimisation_hispanic", "gjw_recorded_change"),
    *(f"gjw_{what}_{who}" for what in ("victimisation", "reporting") for who in ("hispanic", "other")),
    *by_quarter("gjw_event_victimisation_hispanic", "gjw_event_victimisation_other"),
    *by_quarter("gjw_event_reporting_hispanic", "gjw_event_reporting_other"),
)
def estimates(panel: Panel) -> dict[str, float]:
    """Return what the survey shows of victimisation and reporting."""
    by_group = {"hispanic": Survey(panel, HISPANIC), "other": Survey(panel, OTHER)}
    found: dict[str, float] = {
        "gjw_victimisation_all": 100.0 * Survey(panel, EVERYBODY).victimisation().effect
    }
    for name, survey in by_group.items():
        victims, reports = survey.victimisation(), survey.reporting()
        found[f"gjw_victimisation_{name}"] = 100.0 * victims.effect
        found[f"gjw_reporting_{name}"] = 100.0 * reports.effect
        found |= _events(f"gjw_event_victimisation_{name}", victims)
        found |= _events(f"gjw_event_reporting_{name}", reports)
    survey = by_group["hispanic"]
    reported = 100.0 * survey.reported_victimisation().effect
    level, rate, visible = survey.levels()
    return found | {
        "gjw_reported_victimisation_hispanic": reported,
        "gjw_recorded_change": 100.0 * reported / visible,
        "gjw_peak": found["gjw_event_victimisation_hispanic_p4"],
        "gjw_victimisation_level": level,
        "gjw_reporting_level": rate,
    }


@estimate("gjw_custody_rise", "gjw_custody_hispanic")
def custody(panel: Panel) -> dict[str, float]:
    """Return the first stage: the proportional rise of transfers from jail to ICE, and the Hispanic share of them."""
    transfers = panel.flow(Measure.TRANSFERS)
    cohort, control = cohorts(panel)
    above, below = quarters(transfers.sum(axis=-1)), quarters(panel.residents.sum(axis=-1))
    effect = staggered(above, below, cohort, control).effect
    quarter = np.arange(len(above))[:, None]
    treated = (quarter >= cohort) & (quarter < control) & (cohort < control)
    mean = over(above[treated].sum(), below[treated].sum())
    return {
        "gjw_custody_rise": over(effect, mean - effect),
        "gjw_custody_hispanic": 100.0 * over(transfers[..., list(HISPANIC)].sum(), transfers.sum()),
    }


def _events(name: str, found: Staggered) -> dict[str, float]:
    """Return effects by quarter of event time, in percentage points; NaN for quarters that no county was seen in."""
    at = dict(zip(found.event.tolist(), found.effects.tolist(), strict=True))
    return {f"{name}_{label(e)}": 100.0 * at.get(e, np.nan) for e in WINDOW}
