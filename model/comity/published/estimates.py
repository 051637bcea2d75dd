"""The numbers that published studies estimated, as the same estimators find them in one national run.

A study (``study.toml``) may name them among its outcomes; every run then keeps one number per estimate. All are of the
scenario ``united-states``: every county from 2006 on, by calendar month.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np

from comity.problems import Objection, RefusedError
from comity.scenario import load
from comity.sweeps.outcomes import ESTIMATE, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from comity.model import CooperationModel
    from comity.published.panel import Panel
    from comity.scenario import Scenario


def _events() -> Iterator[str]:
    """Yield effects by quarter of event time, eight on either side."""
    labels = [f"m{-q}" if q < 0 else f"p{q}" for q in range(-8, 9)]
    for what in ("trust_event", "gjw_event_victimisation", "gjw_event_reporting"):
        for who in ("hispanic", "other"):
            yield from (f"{what}_{who}_{label}" for label in labels)


_NAMES: Final = (
    """
    gjw_victimisation_hispanic gjw_reported_victimisation_hispanic gjw_victimisation_other
    gjw_victimisation_all gjw_peak gjw_reporting_hispanic gjw_reporting_other
    """,
    *_events(),
    """
    gjw_victimisation_level gjw_reporting_level gjw_recorded_change gjw_custody_hispanic gjw_custody_rise
    ay_log_offences mc_log_crime mc_log_violent tcl_log_crime tcl_log_arrests ay_matches_per_submission
    ay_detainers_per_submission ay_detainers_per_match ay_detainers_rise tcl_hispanic_arrest_share hp_crime
    hp_clearance funnel_arrests_per_print funnel_removed_per_print funnel_convicted funnel_latino
    removals_no_conviction_2012 detainers_no_conviction funnel_arrests_california funnel_removed_california
    custody_per_detainer_2008 custody_per_detainer_2010 custody_per_detainer_2012 custody_per_detainer_2015
    detainers_fall detainers_fy2012 detainers_fy2013 detainers_fy2014 detainers_fy2015 trust_act_holds
    trust_act_holds_san_diego trust_act_holds_los_angeles trust_act_holds_san_francisco nyc_honoured
    cook_transfers legal_reporting_unauthorized survey_less_likely_all survey_less_likely_unauthorized
    survey_less_likely_us_born survey_information_all vignette_victim vignette_witness knows_unauthorized
    legal_reporting_gain chicago_avoided survey_less_likely_cook survey_stops_all survey_stops_us_born
    survey_stops_foreign_born survey_stops_unauthorized pew_good_job_2008 pew_fair_2008 pew_no_force_2008
    pew_good_job_change pew_fair_change pew_no_force_change messing_fair_odds messing_no_force_odds
    messing_fair_log_odds vignette_trust trust_effect_hispanic trust_effect_us_born trust_effect_immigrant
    trust_effect_unauthorized trust_effect_other trust_us_born_exposed trust_us_born_unexposed trust_immigrant
    trust_unauthorized chicago_gap chicago_dip chicago_dip_gap chicago_return costa_mesa_trust
    prince_william_trust costa_mesa_reporting costa_mesa_stops texas_foreign_born texas_us_born
    fear_trend_noncitizens
    """,
)

ESTIMATES: Final = {name: Outcome(name, ESTIMATE) for name in " ".join(_NAMES).split()}
"""Id -> estimate; `comity.dictionary` says what each is, and its unit."""

NATION: Final = "united-states"
LOCAL: Final = {"chicago": "chicago-2019", "costa": "costa-mesa", "prince": "prince-william"}
"""First word of an estimate -> the scenario in which it is found; that of all others is the nation's."""


def home(name: str) -> str:
    """Return the scenario in which an estimate is found."""
    return LOCAL.get(name.partition("_")[0], NATION)


def at_home(scenario: str) -> tuple[str, ...]:
    """Return the estimates that are found in a scenario."""
    return tuple(name for name in ESTIMATES if home(name) == scenario)


def unfit(setup: Scenario, wanted: Iterable[str]) -> Objection | None:
    """Return why estimates cannot be made of a scenario, or None."""
    homes = sorted({home(name) for name in wanted})
    if len(homes) > 1:
        return Objection("estimates of several scenarios", f"those of one of {', '.join(homes)}")
    needed = load(homes[0])
    for key in ("place", "start", "end"):
        if getattr(setup, key) != getattr(needed, key):
            found = f"{key} = {getattr(needed, key)}"
            return Objection(f"these estimates need {found}", f'scenario = "{homes[0]}"')
    if setup.parameters.recording_days != 0:
        return Objection("estimates need calendar months: recording_days = 0", f'scenario = "{homes[0]}"')
    return None


def live(setup: Scenario, wanted: Iterable[str]) -> dict[str, float]:
    """Live a scenario and return estimates of it, by id.

    Args:
        setup: a scenario of which `unfit` has nothing to say.
        wanted: ids of one `home`.
    """
    from comity.model import CooperationModel  # noqa: PLC0415 - slow to import; who reads results does not need it

    names = list(wanted)
    model = CooperationModel(setup, observe=("recorded_crime",) if "mc_log_violent" in names else ())
    try:
        return of_run(model, names)
    finally:
        model.close()


def of_run(model: CooperationModel, wanted: Iterable[str]) -> dict[str, float]:
    """Live what is left of a run and return estimates, by id; NaN for what cannot be estimated.

    Raises:
        ValueError: if there is no estimate of one of these ids.
    """
    from comity.published import panel, trust  # noqa: PLC0415

    own = {e.name: e for extension in model.setup.added for e in extension.estimates}
    asked_for = list(wanted)
    names = set(asked_for) - own.keys()
    if unknown := sorted(names - ESTIMATES.keys()):
        raise RefusedError(f"no estimate is called {', '.join(unknown)}", ", ".join(ESTIMATES))
    found: dict[str, float] = {}
    for day, prefixes, ask in _surveys():
        if any(name.startswith(prefixes) for name in names):
            model.run(until=day + dt.timedelta(days=1))
            found |= ask(model)
    found |= trust.changes(found)
    seen = panel.Panel(model.run())
    for prefixes, estimate in _rooms():
        if any(name.startswith(prefixes) for name in names):
            found |= estimate(seen)
    computed = {name: float(own[name].compute(model)) for name in asked_for if name in own}
    return {name: found.get(name, np.nan) for name in ESTIMATES if name in names} | computed


def _surveys() -> list[tuple[dt.date, tuple[str, ...], Callable[[CooperationModel], dict[str, float]]]]:
    """Return what is asked on a day of the run: the day, how the estimates begin, and who asks; in order of days."""
    from comity.published import stated, trust  # noqa: PLC0415

    return [
        (trust.PEW_2008, ("pew_", "messing_"), trust.in_2008),
        (stated.DAY, ("survey_", "vignette_"), stated.ask),
        (stated.DAY, ("trust_us_born_", "trust_immigrant", "trust_unauthorized"), trust.in_2012),
        (trust.PEW_2014, ("pew_",), trust.in_2014),
        (trust.AVOIDED_ON, ("chicago_avoided",), trust.avoided),
    ]


def _rooms() -> list[tuple[tuple[str, ...], Callable[[Panel], dict[str, float]]]]:
    """Return who computes what of a run that is over: how the estimates begin, and the function."""
    from comity.published import funnel, recorded_crime, stated, trust, victimisation  # noqa: PLC0415

    return [
        (("gjw_",), victimisation.estimates),
        (("ay_", "mc_", "tcl_", "hp_"), recorded_crime.estimates),
        (("funnel_", "removals_", "detainers_", "custody_", "trust_act_", "nyc_", "cook_"), funnel.estimates),
        (("legal_", "fear_", "knows_"), stated.estimates),
        (("trust_event_", "trust_effect_", "texas_"), trust.national),
        (("chicago_",), trust.chicago),
        (("costa_mesa_",), trust.costa_mesa),
        (("prince_william_",), trust.prince_william),
    ]
