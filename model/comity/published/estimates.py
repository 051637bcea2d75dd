"""The numbers that published studies estimated, as the same estimators find them in one national run.

A study (``study.toml``) may name them among its outcomes; every run then keeps one number per estimate. All are of the
scenario ``united-states``: every county from 2006 on, by calendar month.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.sweeps.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from comity.model import CooperationModel
    from comity.scenario import Scenario


def _made(unit: str, **statements: str) -> Iterator[Outcome]:
    """Yield estimates of one unit: id and what it is."""
    for name, statement in statements.items():
        yield Outcome(name, statement, unit, ("estimate",))


def _events() -> Iterator[Outcome]:
    """Yield effects by quarter of event time, eight on either side."""
    labels = [f"m{-q}" if q < 0 else f"p{q}" for q in range(-8, 9)]
    for what, unit in (("victimisation", "pp per person-month"), ("reporting", "pp of incidents")):
        for who in ("hispanic", "other"):
            for label in labels:
                name = f"gjw_event_{what}_{who}_{label}"
                yield Outcome(name, f"{what}, {who}, quarter {label}", unit, ("estimate",))


ESTIMATES: Final = {
    estimate.name: estimate
    for estimate in (
        *_made(
            "pp per person-month",
            gjw_victimisation_hispanic="effect of activation on Hispanic victimisation",
            gjw_reported_victimisation_hispanic="effect on Hispanic victimisation that police heard of",
            gjw_victimisation_other="effect on others' victimisation",
            gjw_victimisation_all="effect on everybody's victimisation",
            gjw_peak="Hispanic victimisation a year after activation",
        ),
        *_made(
            "pp of incidents",
            gjw_reporting_hispanic="effect on the share of incidents with Hispanic victims that police heard of",
            gjw_reporting_other="effect on the share of other incidents that police heard of",
        ),
        *_events(),
        *_made(
            "%",
            gjw_victimisation_level="Hispanic victimisation in a month, before the programme",
            gjw_reporting_level="incidents with Hispanic victims that police heard of, before the programme",
            gjw_recorded_change="effect on Hispanic victimisation that police heard of, of its level before",
            gjw_custody_hispanic="Hispanic share of transfers to ICE",
        ),
        *_made("proportion", gjw_custody_rise="effect of activation on transfers from jail to ICE"),
        *_made(
            "log points",
            ay_log_offences="effect of a year of activation on offences known, by county and year",
            mc_log_crime="effect of activation on the rate of offences known, by county and month",
            mc_log_violent="effect of activation on the rate of violent offences known, by county and month",
            tcl_log_crime="effect of activation on the rate of offences known, in the largest counties",
            tcl_log_arrests="effect of activation on the arrest rate, in the largest counties",
        ),
        *_made(
            "%",
            ay_matches_per_submission="matches per print sent to IDENT",
            ay_detainers_per_submission="rise of detainers per print sent to IDENT",
            ay_detainers_per_match="rise of detainers per match",
        ),
        *_made("proportion", ay_detainers_rise="rise of detainers on activation"),
        *_made(
            "pp", tcl_hispanic_arrest_share="effect on the Hispanic share of arrests, in the largest counties"
        ),
        *_made(
            "log points per removal per 1,000", hp_crime="effect of a removal on offences known, instrumented"
        ),
        *_made(
            "pp per removal per 1,000", hp_clearance="effect of a removal on the clearance rate, instrumented"
        ),
        *_made(
            "%",
            funnel_arrests_per_print="taken into ICE custody per print, October 2008 to March 2011",
            funnel_removed_per_print="removed per print",
            funnel_convicted="of those removed, with a conviction",
            funnel_latino="of those arrested by ICE, Latino",
            removals_no_conviction_2012="of those removed, without a conviction, December 2011 to January 2013",
            detainers_no_conviction="detainers on people without a conviction, October 2011 to January 2013",
        ),
        *_made(
            "ratio",
            funnel_arrests_california="taken into ICE custody per print, California to the rest",
            funnel_removed_california="removed per print, California to the rest",
        ),
        *_made(
            "%",
            custody_per_detainer_2008="detainers followed by custody, late 2008",
            custody_per_detainer_2010="detainers followed by custody, late 2010",
            custody_per_detainer_2012="detainers followed by custody, late 2012",
            custody_per_detainer_2015="detainers followed by custody, October and November 2015",
            detainers_fall="change of detainers from fiscal 2012 to 2015",
        ),
        *_made(
            "detainers",
            detainers_fy2012="detainers in fiscal 2012",
            detainers_fy2013="detainers in fiscal 2013",
            detainers_fy2014="detainers in fiscal 2014",
            detainers_fy2015="detainers in fiscal 2015",
        ),
        *_made(
            "%",
            trust_act_holds="change of holds over New Year 2014 in California, mean of 15 counties",
            trust_act_holds_san_diego="the same in San Diego",
            trust_act_holds_los_angeles="the same in Los Angeles",
            trust_act_holds_san_francisco="the same in San Francisco",
            nyc_honoured="detainers honoured in New York City, fiscal 2013",
            cook_transfers="transfers from Cook County's jail in the year from October 2011, of those of 2010",
            legal_reporting_unauthorized="incidents that unauthorized Hispanic victims report, 2006 and 2007",
            survey_less_likely_all="less likely to call as a victim, Latinos of four counties, 2012",
            survey_less_likely_unauthorized="the same, unauthorized",
            survey_less_likely_us_born="the same, US-born",
            survey_information_all="less likely to volunteer information, Latinos of four counties, 2012",
            vignette_victim="less likely to report as a victim if police work with ICE, unauthorized, San Diego",
            vignette_witness="the same as a witness",
            knows_unauthorized="Latinos who know somebody unauthorized",
        ),
        *_made(
            "pp", legal_reporting_gain="reporting of lawful over that of unauthorized Hispanic immigrants"
        ),
        *_made(
            "0 to 1", fear_trend_noncitizens="rise of unauthorized residents' perceived risk, 2007 to 2013"
        ),
    )
}
"""Id -> estimate. As an outcome it has its id as name, and what it is in ``short``."""

FIRST: Final = dt.date(2006, 1, 1)
LAST: Final = dt.date(2015, 12, 31)


def unfit(setup: Scenario) -> str:
    """Return why estimates cannot be made of a scenario, or an empty text."""
    if setup.place != "US":
        return 'estimates of published studies need the whole nation: place = "US"'
    if setup.start != FIRST or setup.end != LAST:
        return f"estimates of published studies need the days from {FIRST} to {LAST}"
    if setup.parameters.recording_days != 0:
        return "estimates of published studies need calendar months: recording_days = 0"
    return ""


def live(setup: Scenario, wanted: Iterable[str]) -> dict[str, float]:
    """Live a scenario and return estimates of it, by id.

    Args:
        setup: a scenario of which `unfit` has nothing to say.
        wanted: ids.
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
    from comity.published import funnel, panel, recorded_crime, stated, victimisation  # noqa: PLC0415

    names = set(wanted)
    if unknown := sorted(names - ESTIMATES.keys()):
        raise ValueError(f"no estimate is called {', '.join(unknown)}; valid: {', '.join(ESTIMATES)}")
    found: dict[str, float] = {}
    if names & set(_SAID):
        model.run(until=stated.DAY + dt.timedelta(days=1))
        found |= stated.ask(model)
    seen = panel.Panel(model.run())
    rooms: list[tuple[str, Callable[[Any], dict[str, float]]]] = [
        ("gjw", victimisation.estimates),
        ("ay mc tcl hp", recorded_crime.estimates),
        ("funnel removals detainers custody trust nyc cook", funnel.estimates),
        ("legal fear knows", stated.estimates),
    ]
    for prefixes, estimate in rooms:
        if names & {name for name in ESTIMATES if name.split("_")[0] in prefixes.split()}:
            found |= estimate(seen)
    return {name: found.get(name, np.nan) for name in ESTIMATES if name in names}


_SAID: Final = tuple(name for name in ESTIMATES if name.startswith(("survey_", "vignette_")))
