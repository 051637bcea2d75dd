"""The numbers that published studies estimated, as the same estimators find them in one national run.

A study (``study.toml``) may name them among its outcomes; every run then keeps one number per estimate. All are of the
scenario ``united-states``: every county from 2006 on, by calendar month.
"""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.scenario import load
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
    for who, label in product(("hispanic", "other"), labels):
        name = f"trust_event_{who}_{label}"
        yield Outcome(name, f"trust, {who}, quarter {label}", "points of 100", ("estimate",))
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
            "%",
            chicago_avoided="in whose immigrant family somebody avoided calling the police in a year, Cook County, 2018",
            survey_less_likely_cook="less likely to call as a victim, Latinos of Cook County, 2012",
            survey_stops_all="police stop Latinos without good cause, Latinos of four counties, 2012",
            survey_stops_us_born="the same, US-born",
            survey_stops_foreign_born="the same, foreign-born",
            survey_stops_unauthorized="the same, unauthorized",
            pew_good_job_2008="Hispanics who say that police do a good job, June 2008",
            pew_fair_2008="Hispanics who say that police treat people like them fairly, June 2008",
            pew_no_force_2008="Hispanics who say that police do not use excessive force, June 2008",
        ),
        *_made(
            "pp",
            pew_good_job_change="change of the first of these until August 2014",
            pew_fair_change="change of the second",
            pew_no_force_change="change of the third",
        ),
        *_made(
            "odds ratio",
            messing_fair_odds="odds of saying that police are fair, per step of fear, Hispanics, June 2008",
            messing_no_force_odds="odds of saying that police do not use excessive force, per step of fear",
        ),
        *_made("log-odds", messing_fair_log_odds="logarithm of the first of these"),
        *_made(
            "points of 100",
            vignette_trust="trust if police work with ICE, less trust if they do not, unauthorized, San Diego",
            trust_effect_hispanic="effect of activation on trust, Hispanics",
            trust_effect_us_born="the same, US-born Hispanics",
            trust_effect_immigrant="the same, lawful Hispanic immigrants",
            trust_effect_unauthorized="the same, unauthorized Hispanics",
            trust_effect_other="the same, everybody else",
            trust_us_born_exposed="trust of US-born Hispanics with unauthorized family or friends, November 2012",
            trust_us_born_unexposed="the same, without",
            trust_immigrant="trust of lawful Hispanic immigrants, November 2012",
            trust_unauthorized="trust of unauthorized Hispanics, November 2012",
            chicago_gap="trust in Cook County, 2018 and 2019, Hispanics less others",
            chicago_dip="trust of Hispanics in July 2019, less the mean of June and August",
            chicago_dip_gap="the same of Hispanics less others",
            chicago_return="trust of Hispanics in August 2019 less June",
            costa_mesa_trust="trust of Hispanics in Orange County, California, 2007 less 2005",
            prince_william_trust="trust of Hispanic immigrants in Prince William County, April 2008 less April 2007",
        ),
        *_made("pp", costa_mesa_reporting="chance that Hispanic victims call, Orange County, 2007 less 2005"),
        *_made(
            "per 1,000 a year", costa_mesa_stops="minor arrests of Hispanics, Orange County, 2007 less 2005"
        ),
        *_made(
            "points per removal per 1,000",
            texas_foreign_born="slope of trust on removals in Texas, 2012, foreign-born Hispanics less US-born others",
            texas_us_born="the same, US-born Hispanics",
        ),
        *_made(
            "0 to 1", fear_trend_noncitizens="rise of unauthorized residents' perceived risk, 2007 to 2013"
        ),
    )
}
"""Id -> estimate. As an outcome it has its id as name, and what it is in ``short``."""

NATION: Final = "united-states"
LOCAL: Final = {"chicago": "chicago-2019", "costa": "costa-mesa", "prince": "prince-william"}
"""First word of an estimate -> the scenario in which it is found; that of all others is the nation's."""


def home(name: str) -> str:
    """Return the scenario in which an estimate is found."""
    return LOCAL.get(name.partition("_")[0], NATION)


def at_home(scenario: str) -> tuple[str, ...]:
    """Return the estimates that are found in a scenario."""
    return tuple(name for name in ESTIMATES if home(name) == scenario)


def unfit(setup: Scenario, wanted: Iterable[str]) -> str:
    """Return why estimates cannot be made of a scenario and what would be valid, or an empty text."""
    homes = sorted({home(name) for name in wanted})
    if len(homes) > 1:
        return f"estimates of several scenarios; valid: those of one of {', '.join(homes)}"
    needed = load(homes[0])
    for key in ("place", "start", "end"):
        if getattr(setup, key) != getattr(needed, key):
            found = f"{key} = {getattr(needed, key)}"
            return f'these estimates need {found}; valid: scenario = "{homes[0]}"'
    if setup.parameters.recording_days != 0:
        return f'estimates need calendar months: recording_days = 0; valid: scenario = "{homes[0]}"'
    return ""


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
    from comity.published import funnel, panel, recorded_crime, stated, trust, victimisation  # noqa: PLC0415

    own = {e.name: e for extension in model.setup.added for e in extension.estimates}
    asked_for = list(wanted)
    names = set(asked_for) - own.keys()
    if unknown := sorted(names - ESTIMATES.keys()):
        raise ValueError(f"no estimate is called {', '.join(unknown)}; valid: {', '.join(ESTIMATES)}")
    found: dict[str, float] = {}
    asked: list[tuple[dt.date, tuple[str, ...], Callable[[CooperationModel], dict[str, float]]]] = [
        (trust.PEW_2008, ("pew_", "messing_"), trust.in_2008),
        (stated.DAY, ("survey_", "vignette_"), stated.ask),
        (stated.DAY, _LEVELS, trust.in_2012),
        (trust.PEW_2014, ("pew_",), trust.in_2014),
        (trust.AVOIDED_ON, ("chicago_avoided",), trust.avoided),
    ]
    for day, prefixes, ask in asked:
        if any(name.startswith(prefixes) for name in names):
            model.run(until=day + dt.timedelta(days=1))
            found |= ask(model)
    found |= trust.changes(found)
    seen = panel.Panel(model.run())
    rooms: list[tuple[tuple[str, ...], Callable[[Any], dict[str, float]]]] = [
        (("gjw_",), victimisation.estimates),
        (("ay_", "mc_", "tcl_", "hp_"), recorded_crime.estimates),
        (("funnel_", "removals_", "detainers_", "custody_", "trust_act_", "nyc_", "cook_"), funnel.estimates),
        (("legal_", "fear_", "knows_"), stated.estimates),
        (("trust_event_", "trust_effect_", "texas_"), trust.national),
        (("chicago_",), trust.chicago),
        (("costa_mesa_",), trust.costa_mesa),
        (("prince_william_",), trust.prince_william),
    ]
    for prefixes, estimate in rooms:
        if any(name.startswith(prefixes) for name in names):
            found |= estimate(seen)
    computed = {name: float(own[name].compute(model)) for name in asked_for if name in own}
    return {name: found.get(name, np.nan) for name in ESTIMATES if name in names} | computed


_LEVELS: Final = ("trust_us_born_", "trust_immigrant", "trust_unauthorized")
