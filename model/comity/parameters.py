"""The registry: name, unit, default, bounds, source and role of every parameter of the model.

Everything else that needs to know about parameters (validation, ``comity show parameters``, documentation,
sliders, designs of experiments) reads this class. ``by type`` vectors follow `INCIDENTS`, ``by level`` vectors
follow `LEVELS`.
"""

# ruff: noqa: E501

from __future__ import annotations

import re
from dataclasses import dataclass
from inspect import getsource
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from comity.problems import RefusedError
from comity.sources import SOURCES

if TYPE_CHECKING:
    from numpy.typing import NDArray

Role = Literal["data", "uncertain", "policy", "numerical"]
"""data: measured; uncertain: assumed or fitted, so sensitivity analysis covers it; policy: somebody decides it;
numerical: a device of the computation, results should not hang on it."""

INCIDENTS: Final = ("violent", "robbery", "burglary", "theft", "vehicle theft", "domestic violence")
"""Types of incident, in the order of every by-type vector."""

LEVELS: Final = ("C0", "L3", "L2", "L1")
"""ICE's levels, in ascending order of seriousness: C0 never convicted, L3 misdemeanour, L2 felony, L1 serious."""

SUM_TO_ONE: Final = ("record_offender", "record_other", "incident_mix", "minor_charges")
"""Vectors that share out a whole."""


@dataclass(frozen=True)
class Meta:
    """What the registry says of a parameter beside its type and bounds."""

    unit: str
    role: Role
    source: str
    low: float
    high: float


def _param(
    default: float | tuple[float, ...],
    unit: str,
    low: float,
    high: float,
    role: Role,
    source: str,
    meaning: str,
) -> Any:
    """Declare one parameter: bounds hold for every element of a vector; ``source`` is a key of `SOURCES`."""
    meta: dict[str, Any] = {"unit": unit, "role": role, "source": source, "low": low, "high": high}
    if isinstance(default, tuple):
        return Field(default=default, description=meaning, json_schema_extra=meta)
    return Field(default=default, ge=low, le=high, description=meaning, json_schema_extra=meta)


Share = Annotated[float, Field(ge=0.0, le=1.0)]
Weight = Annotated[float, Field(ge=0.0)]
ByType = tuple[Share, Share, Share, Share, Share, Share]
ByLevel = tuple[Share, Share, Share, Share]


# One line a parameter: this is a table.
# fmt: off
class Parameters(BaseModel):
    """Every parameter of the model, checked; frozen, so a run cannot change what it was started with.

    Numbers and tuples of numbers, by name; `describe` gives unit, bounds, role and source of each.

    Raises:
        pydantic.ValidationError: if there is no such parameter, or a value is out of bounds; scenarios say so as a `InputError`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=False)

    extensions: ClassVar[tuple[Any, ...]] = ()
    """The extensions that have added parameters; see `comity.extensions.registry`."""

    # People
    household_size: float = _param(2.5, "persons", 1, 8, "data", "census", "Mean size of non-Hispanic households.")
    household_size_hispanic: float = _param(3.5, "persons", 1, 10, "data", "census", "Mean size of Hispanic households.")
    neighbourhood_ties: int = _param(2, "ties", 0, 8, "uncertain", "pew22b", "Ties with people of one's neighbourhood; with household and ethnic ties, 53 % of Latinos know somebody unauthorized.")
    ethnic_ties: int = _param(2, "ties", 0, 8, "uncertain", "pew22b", "Ties with people of one's own ethnicity in the county.")
    unauthorized_hispanic: float = _param(0.8, "share", 0, 1, "data", "pew10", "Hispanic share of unauthorized residents.")
    mixed_household: float = _param(0.6, "share", 0.05, 1, "data", "idc", "Unauthorized share within households that have an unauthorized member (0.18 of Latinos over 0.30 in such households).")
    visa_share: float = _param(0.15, "share", 0, 1, "uncertain", "assume", "Share of lawful noncitizens who hold a temporary visa, not a green card.")
    lawful_hispanic: float = _param(0.45, "share", 0, 1, "uncertain", "assume", "Hispanic share of lawful noncitizens.")
    naturalised_hispanic: float = _param(0.40, "per noncitizen", 0, 5, "uncertain", "acs10", "Naturalised Hispanic citizens per Hispanic noncitizen.")
    naturalised_other: float = _param(1.39, "per noncitizen", 0, 5, "uncertain", "acs10", "Naturalised other citizens per other noncitizen.")
    recognised: float = _param(0.9, "share", 0, 1, "uncertain", "assume", "Chance that a Hispanic resident is seen as Hispanic.")
    misrecognised: float = _param(0.03, "share", 0, 1, "uncertain", "assume", "Chance that another resident is seen as Hispanic.")
    ident_unauthorized: float = _param(0.8, "share", 0, 1, "uncertain", "funnel11", "Share of unauthorized residents with a record in IDENT (no published figure; fitted to the national funnel within 0.3 to 0.8).")
    ident_lawful: float = _param(1.0, "share", 0, 1, "uncertain", "ident", "Share of green-card and visa holders with a record in IDENT.")
    ident_naturalised: float = _param(0.1, "share", 0, 1, "uncertain", "noaction", "Share of naturalised citizens whose IDENT record still answers (6 % of matches without action were other than unlawful, visa or green card).")
    ident_us_born: float = _param(0.0005, "share", 0, 1, "uncertain", "ident", "Share of US-born citizens with a record in IDENT, by error or border contact.")
    offender_share: float = _param(0.08, "share", 0, 1, "uncertain", "assume", "Share of residents who offend from time to time.")
    unauthorized_offending: float = _param(0.5, "ratio", 0, 2, "data", "light20", "Offending of unauthorized relative to US-born residents.")
    immigrant_arrests_other: float = _param(0.25, "ratio", 0, 2, "data", "ucr10race", "Offending and minor arrests of immigrants who are not Hispanic, relative to others' (Asian and Pacific Islander: 1.2 % of arrests, 4.9 % of residents).")
    record_offender: ByLevel = _param((0.45, 0.30, 0.15, 0.10), "share by level", 0, 1, "uncertain", "assume", "Worst conviction of residents who offend.")
    record_other: ByLevel = _param((0.95, 0.035, 0.01, 0.005), "share by level", 0, 1, "uncertain", "assume", "Worst conviction of other residents.")
    proneness_shape: float = _param(0.03, "gamma shape", 0.01, 10, "data", "bjs7", "Inequality of victimisation: gamma with this shape and mean one.")

    ages: int = _param(0, "0 or 1", 0, 1, "data", "ages", "Whether residents have an age and a sex, on which offending, minor arrests and police contacts depend; victims are then of 12 years and over, as the survey counts them. At 0 all are alike.")

    # People over time
    population: int = _param(0, "0 or 1", 0, 1, "data", "series", "Whether residents by state, ethnicity and status follow published series: some are born or come, others die or leave; at 0 there are those of 2010, and nobody comes.")
    moves_arrive: float = _param(0.0, "share", 0, 1, "uncertain", "assume", "Households that move away (H8) and arrive in another county; the others leave the country. At 0 nobody arrives anywhere.")
    gravity: float = _param(1.5, "exponent", 0, 4, "uncertain", "assume", "Fall of a county's pull with distance: number of residents of one's own ethnicity over distance to this power.")
    spare_homes: float = _param(0.1, "share", 0, 1, "numerical", "assume", "Homes beyond the most that are needed at a time, so that who comes finds one: of Hispanic residents and immigrants; of others a fifth of it.")

    # Offend
    victimisation_hispanic: float = _param(0.0095, "share per month", 0, 0.2, "data", "gjw", "Hispanic residents victimised at least once in a month, before any programme.")
    victimisation_other: float = _param(0.0087, "share per month", 0, 0.2, "data", "gjw", "Other residents victimised at least once in a month.")
    incident_mix: ByType = _param((0.20, 0.03, 0.13, 0.54, 0.04, 0.06), "share by type", 0, 1, "data", "bjs12", "Types of incident.")
    crime_seasons: float = _param(0.0, "ratio", 0, 2, "uncertain", "seasons14", "How far incidents follow the seasons of the victim survey, by type; 1 is as found, at 0 no day differs from another.")
    crime_trend: float = _param(0.0, "exponent", 0, 3, "uncertain", "ucr19", "How far they follow the trend of recorded crime, by type, from the rates of 2008: 1 is as recorded (in the victim survey crime fell more), at 0 no year differs.")
    hispanic_on_hispanic: float = _param(0.40, "share", 0, 1, "data", "bjs5", "Hispanic offenders in incidents with Hispanic victims.")
    hispanic_on_other: float = _param(0.10, "share", 0, 1, "data", "bjs5", "Hispanic offenders in incidents with other victims.")
    targeting: float = _param(1.0, "elasticity", 0, 2, "uncertain", "calibrated", "Rise of offending against a class of victims when its reporting falls (H4).")
    targeting_memory: float = _param(93.0, "days", 1, 2000, "uncertain", "calibrated", "Time over which offenders learn who reports.")
    targeting_cap: float = _param(3.0, "ratio", 1, 10, "numerical", "assume", "Upper bound on the rise of offending through targeting.")
    across_counties: float = _param(0.1, "share", 0, 1, "uncertain", "assume", "Incidents whose offender comes from a neighbouring county, if that is simulated (where `journeys` is 0).")
    journeys: float = _param(0.0, "ratio", 0, 4, "uncertain", "rhodes81", "How far offenders go from home, relative to the mean distances by type that were measured in one city (world/data/journeys.csv): 1 is as measured there, more where journeys out of it were not seen; who crosses a county line then follows from borders, areas and residents. At 0 `across_counties` do everywhere.")
    home_experience: float = _param(0.0, "share", 0, 1, "uncertain", "assume", "How far offenders who cross a county line judge by what they learned at home whether a victim will report; at 0 they know the place where they offend (nothing published says which).")
    replacement: float = _param(0.5, "share", 0, 1, "uncertain", "assume", "Incidents of an absent offender that somebody else commits instead (H5 when below 1).")
    avoidance: float = _param(0.1, "share", 0, 1, "uncertain", "assume", "Fall of victimisation of a resident at full risk, who stays indoors (H8).")

    # Report
    reported: ByType = _param((0.45, 0.59, 0.55, 0.33, 0.83, 0.50), "share by type", 0.01, 0.99, "uncertain", "bjs1", "Incidents reported to the police, before any programme (theft and vehicle theft read; the others between published totals).")
    fear_weight: float = _param(2.2, "log-odds", 0, 2.5, "uncertain", "calibrated", "Effect of full perceived risk on a victim's reporting, b_R.")
    witness_fear: float = _param(1.4, "ratio", 1, 2, "data", "wong", "Effect of risk on witnesses relative to victims.")
    trust_weight: float = _param(1.0, "log-odds", 0, 3, "uncertain", "slocum", "Effect of trust, as a deviation from its norm, b_T.")
    cynicism_weight: float = _param(0.5, "log-odds", 0, 2, "uncertain", "kp11", "Effect of full cynicism, b_C (H3).")
    reporting_spread: float = _param(0.3, "log-odds", 0, 2, "uncertain", "assume", "Standard deviation between persons in the inclination to report, u.")
    witnesses: float = _param(0.3, "persons", 0, 5, "uncertain", "assume", "Mean number of witnesses of an incident.")
    witness_reporting: float = _param(0.08, "share", 0, 0.5, "uncertain", "assume", "Chance that a witness without fear reports.")

    # Police
    clearance: ByType = _param((0.46, 0.287, 0.127, 0.215, 0.119, 0.60), "share by type", 0.01, 0.99, "uncertain", "ucr11", "Reported incidents cleared by arrest when the victim cooperates (domestic violence assumed).")
    cooperation: float = _param(0.7, "log-odds", 0, 2, "uncertain", "assume", "Effect of the victim's cooperation on clearance, g_W.")
    witness_help: float = _param(0.2, "log-odds", 0, 2, "uncertain", "bvk", "Effect of ln(1 + witnesses who report) on clearance, g_n.")
    contacts: float = _param(0.20, "per person-year", 0, 2, "data", "ppcs", "Police contacts apart from arrests.")
    bad_contacts: float = _param(0.10, "share", 0, 1, "data", "ppcs", "Contacts judged improper.")
    bad_contacts_hispanic: float = _param(0.12, "share", 0, 1, "uncertain", "ppcs", "Contacts judged improper by residents seen as Hispanic.")
    community_policing: float = _param(0.2, "share", 0, 1, "policy", "assume", "Share of good contacts that are community policing, the ones that raise trust.")
    officers: float = _param(2.4, "per 1,000", 0, 20, "uncertain", "assume", "Sworn officers.")
    duty_hours: float = _param(5.7, "hours per day", 1, 12, "data", "mpi287", "Paid hours of an officer on an average day: 2,080 a year, as those for each person found are reckoned.")
    time_calls: float = _param(0.25, "share", 0.05, 0.5, "uncertain", "famega", "Officers' time that goes into calls for service (patrol officers spend a quarter of a shift on them; bounds of the three leave patrol none at worst).")
    time_investigation: float = _param(0.15, "share", 0, 0.3, "uncertain", "assume", "The same for investigation.")
    time_community: float = _param(0.10, "share", 0, 0.2, "uncertain", "assume", "The same for community policing; the rest is discretionary patrol.")
    case_hours: float = _param(28.0, "officer-hours", 0, 200, "uncertain", "mpi287", "Work of a jail agreement for each person whom its deputies find (11 full-time staff for about 800 people; the period of the 800 is not stated).")
    case_days: float = _param(14.0, "days", 1, 365, "numerical", "assume", "Mean time over which that work is done.")
    task_force_share: float = _param(0.023, "share", 0, 0.2, "uncertain", "mcso", "Officers of a 287(g) task force (Maricopa County: a unit of 18 of 789 sworn positions; 160 deputies had the authority).")
    displacement: float = _param(1.0, "share", 0, 1, "uncertain", "assume", "Work for ICE, and visits, that take the time of other tasks; the rest is done by officers who are hired or paid for it (H10).")
    presence_effect: float = _param(0.175, "elasticity", 0, 0.25, "uncertain", "weisburd", "Rise of crime where officers are kept from patrol (10 % less presence, 1.2 to 2.5 % more crime), at most to `targeting_cap`.")
    response_effect: float = _param(0.493, "share per log point", 0, 1, "data", "bvk", "Fall of clearance with the time it takes to respond (4.7 points of 100 for 10 %).")
    visit_hours: float = _param(1.0, "officer-hours", 0.1, 20, "uncertain", "assume", "Officers' time for each resident whom a visit reaches (in New Haven 41 % were).")
    visit_effect: float = _param(0.07, "share", 0, 0.2, "uncertain", "assume", "Rise of trust after a visit by officers (size not published where it could be read; a randomised trial found it large and certain).")
    visit_left: float = _param(0.54, "share", 0, 1, "uncertain", "newhaven", "Part of it that is left 18 days later (ratio of t-values; whatever is left fades as all trust does).")
    minor_arrests: float = _param(0.0354, "per person-year", 0, 1, "data", "ucr10", "Arrests for other than the six incident types.")
    felony_charge: ByType = _param((0.35, 1.0, 1.0, 0.25, 1.0, 0.2), "share by type", 0, 1, "uncertain", "assume", "Clearances of an incident that are charged as a felony.")
    unauthorized_minor: float = _param(3.4, "ratio", 0, 6, "uncertain", "funnel11", "Minor arrests of unauthorized residents relative to others': most are working-age adults, and many drive without a licence (fitted to the national funnel). Of 3.4, age and sex explain 1.70, which `ages` takes out of it; 2.0 is left.")
    offender_arrests: float = _param(7.0, "ratio", 1, 12, "uncertain", "assume", "Minor arrests of residents who offend, relative to the average.")
    minor_charges: ByLevel = _param((0.0, 0.76, 0.20, 0.04), "share by level", 0, 1, "data", "ppic", "Charge at a minor arrest (26 % felony in California).")
    pretext: float = _param(1.5, "ratio", 1, 2.5, "uncertain", "irving", "Minor arrests of those seen as Hispanic where ICE acts on them, relative to elsewhere (H6).")
    street_arrests: float = _param(0.02, "per person-year", 0, 1, "uncertain", "assume", "Status arrests of unauthorized residents under a 287(g) task force.")

    # Jail
    booked: float = _param(1.0, "share", 0, 1, "policy", "assume", "Minor arrests that end in a booking, not a citation.")
    live_scan: float = _param(0.97, "share", 0, 1, "uncertain", "assume", "Bookings with fingerprints taken by live-scan.")
    dropped: float = _param(0.32, "share", 0, 1, "data", "cadoj", "Bookings whose charge is dropped within days.")
    bailed: float = _param(0.38, "share", 0, 1, "uncertain", "scps", "Bookings released on bail or recognisance within days.")
    stay_dropped: float = _param(1.0, "days", 1, 60, "uncertain", "assume", "Mean stay when the charge is dropped.")
    stay_bailed: float = _param(3.0, "days", 1, 60, "uncertain", "assume", "Mean stay before bail.")
    stay_sentenced: float = _param(58.0, "days", 1, 400, "data", "jim10", "Mean stay of the others; gives 242 inmates per 100,000.")
    lost_bail: float = _param(0.5, "share", 0, 1, "uncertain", "jls", "Detainers on people who would be bailed that keep them in jail to the end of the case.")
    convicted: float = _param(0.99, "share", 0, 1, "data", "cadoj", "Bailed bookings that end in a conviction; with all of those kept, 68 % of bookings.")
    jail_beds: float = _param(3.6, "per 1,000", 0, 50, "uncertain", "jim10", "Jail capacity; beyond it arrestees are cited and released.")
    jail_day_cost: float = _param(143.0, "USD per day", 0, 1000, "data", "cook", "Cost of a day in jail to the county.")

    # Identify and decide
    interviewed: float = _param(0.14, "share", 0, 1, "uncertain", "oig12", "Bookings screened by ICE in person where there is no agreement (14 % of jails were).")
    screened: float = _param(0.0, "share", 0, 1, "uncertain", "screened", "Bookings screened in the jails that ICE covers by its own choice: those of the counties with most noncitizens, of which `interviewed` is then the share of all counties (0.35 to 0.8 where it is on: weekly visits found 0.4 of what checks at all hours found, interviews in a large jail 0.7 of what came with prints); at 0 it is that of bookings everywhere.")
    unlisted_refusal: float = _param(0.0, "ratio", 0, 3, "uncertain", "trac433", "Detainers that jails without a listed rule decline, relative to what was recorded by state and year; at 0 none.")
    interview_detects: float = _param(0.85, "share", 0, 1, "uncertain", "assume", "Chance that an interview finds an unauthorized person.")
    ident_accrues: int = _param(0, "0 or 1", 0, 1, "policy", "ident", "Whether ICE enters into IDENT whom it finds in jail or arrests, so that their next prints match.")
    lawful_removable: float = _param(0.05, "share", 0, 1, "uncertain", "trac311", "Lawful immigrants with a felony record whom ICE takes for removable (3 % of detainers were on green-card holders).")
    citizen_error: float = _param(0.0003, "share", 0, 1, "uncertain", "trac311", "Identified citizens taken for removable (0.09 % of detainers).")
    act_2008: ByLevel = _param((0.75, 0.80, 0.95, 1.0), "share by level", 0, 1, "uncertain", "levels08", "Removable matches that ICE acts on: levels of 2008 (over all levels 0.78 to 0.84; how much of each is assumed).")
    act_2010: ByLevel = _param((0.70, 0.75, 0.95, 1.0), "share by level", 0, 1, "uncertain", "memo10", "The same after the memos of 30 June 2010 and 17 June 2011.")
    act_2012: ByLevel = _param((0.35, 0.55, 0.95, 1.0), "share by level", 0, 1, "uncertain", "guidance12", "The same after the detainer guidance of 21 December 2012.")
    act_2014: ByLevel = _param((0.05, 0.20, 0.90, 1.0), "share by level", 0, 1, "uncertain", "pep14", "The same under the priorities of 20 November 2014.")
    act_2017: ByLevel = _param((0.85, 0.90, 1.0, 1.0), "share by level", 0, 1, "uncertain", "eo17", "The same from 25 January 2017.")
    ice_beds: float = _param(3.0, "per 1,000 unauthorized", 0, 100, "data", "beds", "Detention beds (34,000 for 11.2 million).")
    beds_course: float = _param(0.0, "share", 0, 1, "data", "beds", "How far beds follow appropriations by fiscal year (world/data/ice_beds.csv) up to the 34,000 of `ice_beds`; at 0 there are as many in every year.")
    beds_pooled: int = _param(0, "0 or 1", 0, 1, "policy", "transfers09", "Whether the beds of all offices are one: ICE takes detainees from full places to others, more than half of all in the first half of fiscal 2008.")
    bed_reserve: float = _param(0.05, "share", 0, 0.3, "uncertain", "assume", "Beds kept free for each more serious level.")
    pickup_share: float = _param(0.72, "share", 0, 1, "data", "trac2332", "Detainers that ICE follows up when it has officers to spare.")
    pickup_capacity: float = _param(0.049, "per 1,000 unauthorized per day", 0, 10, "uncertain", "trac458", "Pick-ups that ICE can make (16,713 in March 2010, the most in a month, for 11.2 million).")
    officers_course: float = _param(0.0, "share", 0, 1, "uncertain", "cap09", "How far that follows what ICE's officers in jails did by fiscal year (world/data/ice_officers.csv: charging documents, since numbers of officers by month were not found), relative to 2009; at 0 it is the same in every year.")
    officers_border: float = _param(1.0, "ratio", 0.5, 4, "uncertain", "trac433", "Pick-ups for each unauthorized resident that offices on the border with Mexico can make, relative to the others; the nation's stay (no figures by office; with hardly any refusals 71 % of detainers ended in custody in Arizona, 13 % in Indiana).")
    saved_days: float = _param(7.0, "days", 1, 60, "uncertain", "assume", "Officers' time not used is kept for at most this long.")
    door_share: float = _param(0.5, "share", 0, 1, "uncertain", "assume", "Pick-ups that succeed on a notice of release, relative to a hold.")
    no_access: float = _param(0.5, "ratio", 0, 1, "uncertain", "assume", "The same where ICE has no access to the jail.")
    at_large: float = _param(0.1, "share", 0, 1, "uncertain", "assume", "Refused or missed detainers that ICE pursues in the community.")
    at_large_delay: float = _param(60.0, "days", 1, 1000, "uncertain", "assume", "Mean time to an arrest at large.")
    at_large_cost: float = _param(5.0, "pick-ups", 1, 100, "uncertain", "assume", "Officer time of an arrest at large, in pick-ups.")

    # Custody
    short_stay: float = _param(0.40, "share", 0, 1, "data", "trac1694", "ICE custody stays of at most three days.")
    short_days: int = _param(3, "days", 1, 30, "data", "trac1694", "Longest of the short stays.")
    long_stay: float = _param(50.0, "days", 1, 400, "data", "trac1694", "Mean of the other stays; gives 31 days overall.")
    removed: float = _param(0.62, "share", 0, 1, "uncertain", "funnel11", "ICE custody that ends in removal or return (at least 0.516, right-censored).")
    reentry: float = _param(0.0, "share", 0, 0.95, "uncertain", "revolving17", "People removed who come back to their home (of repatriated Mexicans 95 % meant to in 2005, 49 % in 2015; how many did is not published); at 0 nobody.")
    reentry_delay: float = _param(180.0, "days", 1, 3000, "uncertain", "assume", "Mean time until they do.")

    # News, risk, trust, cynicism
    background_risk: float = _param(0.36, "programme = 1", 0, 1.5, "uncertain", "calibrated", "Enforcement that people perceive without the programme, L0.")
    own_weight: float = _param(1.1, "weight", 0, 2, "uncertain", "calibrated", "Risk from being unauthorized oneself.")
    lawful_weight: float = _param(0.3, "weight", 0, 2, "uncertain", "pew22", "Risk from being a green-card or visa holder oneself.")
    household_weight: float = _param(1.3, "weight", 0, 2, "uncertain", "calibrated", "Risk from an unauthorized household member, w_hh (H2).")
    ties_weight: float = _param(0.32, "weight", 0, 2, "uncertain", "calibrated", "Risk from unauthorized ties, w_net (H2).")
    salience_weight: float = _param(0.44, "weight", 0, 2, "uncertain", "calibrated", "Risk from news for all seen as Hispanic, w_sal (H2b).")
    risk_scale: float = _param(1.6, "per unit", 0, 10, "uncertain", "calibrated", "Steepness of perceived risk, kappa.")
    awareness: float = _param(0.78, "share", 0, 1, "uncertain", "calibrated", "Awareness of enforcement before the programme.")
    media_rate: float = _param(0.015, "per week", 0, 0.2, "uncertain", "calibrated", "Spread of public awareness while the programme runs.")
    awareness_decay: float = _param(0.005, "per week", 0, 0.2, "uncertain", "assume", "Fading of awareness.")
    hearing: float = _param(0.5, "share", 0, 1, "uncertain", "assume", "Chance that a tie hears of a custody transfer or removal.")
    alarm: float = _param(0.5, "share", 0, 1, "uncertain", "assume", "Rise of awareness of those who hear.")
    salience_policy: float = _param(0.99, "share", 0, 1, "uncertain", "calibrated", "Rise of salience when something alarming comes to a county: an activation, an agreement that joins enforcement, a state that compels (where news is learned, it plays no part).")
    news_learned: int = _param(0, "0 or 1", 0, 1, "uncertain", "assume", "Whether people hear in time of what comes to a county: from media (`media_rate`), from those to whom it is news (`news_ties`), and of cases; then salience and attribution rise with those who hear. At 0 all have heard at once, and attribution follows with its half-life.")
    news_ties: float = _param(0.05, "per week", 0, 0.2, "uncertain", "assume", "How often those who have not heard do from others, where it is news to everybody else.")
    salience_transfers: float = _param(0.02, "per transfer per 1,000 Hispanic residents", 0, 5, "uncertain", "assume", "Rise of salience with custody transfers.")
    news_reach: float = _param(0.2, "ratio", 0, 1, "uncertain", "assume", "Rise of salience in a neighbouring county relative to the county in the news.")
    salience_life: float = _param(210.0, "days", 1, 2000, "uncertain", "calibrated", "Half-life of salience.")
    good_effect: float = _param(0.02, "share", 0, 0.2, "uncertain", "skogan", "Rise of trust after community policing, eta+.")
    bad_effect: float = _param(0.10, "share", 0, 0.5, "uncertain", "skogan", "Fall of trust after an improper contact, eta-.")
    custody_effect: float = _param(0.10, "share", 0, 0.5, "uncertain", "skogan", "Fall of trust when somebody at home is taken by ICE.")
    vicarious: float = _param(0.3, "ratio", 0, 1, "uncertain", "rosenbaum", "Weight of events told by others.")
    trust_norm: float = _param(0.65, "share", 0.05, 0.95, "uncertain", "elucd", "Norm of trust of residents who are not Hispanic: what it returns to where the police do nothing for ICE.")
    trust_gap: float = _param(0.032, "share", 0, 0.4, "uncertain", "elucd", "How much lower the norm of Hispanic residents is (5.7 points of 100 on the tracker, of which some 2.5 are what the part of the police in enforcement, as suspected and in the news, takes from them there in the model).")
    trust_spread: float = _param(0.15, "share", 0, 0.3, "uncertain", "assume", "Standard deviation of the norm between people of a group and neighbourhood, a lasting part of a person (no published figure).")
    trust_spread_places: float = _param(0.05, "share", 0, 0.2, "uncertain", "assume", "The same between neighbourhoods (no published figure).")
    trust_life: float = _param(183.0, "days", 1, 5000, "uncertain", "koc", "Half-life of a deviation of trust.")
    entanglement_weight: float = _param(0.10, "share", 0, 0.3, "uncertain", "assume", "Fall of trust of those who identify wholly with the people concerned where the police are lastingly seen as ICE's (no causal estimate exists; the elicited fall is 5 to 15 points of 100 among the unauthorized), alpha.")
    ethnic_identification: float = _param(0.15, "share", 0, 1, "uncertain", "assume", "How far Hispanic residents without unauthorized family or friends identify with the people concerned (elicited: US-born 0 to 2 points of 100).")
    entanglement_rise: float = _param(180.0, "days", 10, 2000, "uncertain", "assume", "Half-life with which entanglement follows a rise of attribution: months.")
    entanglement_return: float = _param(550.0, "days", 30, 5000, "uncertain", "assume", "Half-life with which it follows a fall: one to two years (Prince William County's recovery, not verified).")
    ratchet: float = _param(1.0, "share", 0, 1, "uncertain", "assume", "Share of that return that never comes (H3; nothing published shows a ratchet, nothing rules it out).")
    salience_trust: float = _param(0.02, "share", 0, 0.1, "uncertain", "assume", "Fall of trust of all who are seen as Hispanic while immigration dominates the news (elicited: 0 to 4 points of 100), sigma.")
    noncriminal_trust: float = _param(0.02, "share", 0, 0.1, "uncertain", "assume", "The same where nobody of those who are taken was ever convicted (direction: Rocha, Knoll & Wrinkle 2015; no size for trust in the police), nu.")
    cynicism_gain: float = _param(0.05, "share", 0, 1, "uncertain", "kp11", "Rise of cynicism on an improper stop, or on the removal of a person without a serious conviction, in one's network, mu_C.")
    cynicism_life: float = _param(1461.0, "days", 30, 20000, "uncertain", "kp11", "Half-life of cynicism.")
    exit_rate: float = _param(0.10, "per year", 0, 1, "uncertain", "mpif", "Moving away at full added risk, for households with an unauthorized member (H8).")

    # Belief
    relief_cut: float = _param(0.8, "share", 0, 1, "uncertain", "assume", "Share of the programme that residents think gone when its information is cut.")
    relief_custody: float = _param(0.8, "share", 0, 1, "uncertain", "assume", "Share of the holds, or of the notices, that residents think gone when the jail declines them.")
    relief_placebo: float = _param(0.3, "share", 0, 1, "uncertain", "assume", "The same for an opt-out that changes nothing.")
    attribution: float = _param(1.0, "share", 0, 1, "uncertain", "assume", "How far fear keeps people from calling by what they think these police do for ICE; at 0 fear itself rises with it, and there is no attribution.")
    background_attribution: float = _param(0.4, "share", 0, 0.9, "uncertain", "assume", "Attribution where the locality does nothing for ICE that anybody sees (kept so that, with the visibilities, unauthorized victims report as little before the programme and under it as calibrated).")
    visible_prints: float = _param(0.1, "share", 0.01, 0.1, "uncertain", "assume", "Attribution by prints that are shared, to those who know of it: nobody sees it. Bounds of the five do not overlap: that is their order.")
    visible_notice: float = _param(0.1, "share", 0.1, 0.2, "uncertain", "assume", "The same by notices of release.")
    visible_hold: float = _param(0.25, "share", 0.2, 0.35, "uncertain", "assume", "The same by people who are held for ICE: their families see it.")
    visible_interview: float = _param(0.5, "share", 0.35, 0.65, "uncertain", "assume", "The same by deputies, or ICE, who interview all who are booked.")
    visible_street: float = _param(0.9, "share", 0.65, 1, "uncertain", "assume", "The same by status arrests in the street.")
    salience_attribution: float = _param(0.2, "share", 0, 1, "uncertain", "assume", "Share of what is left of attribution that full salience adds: in the news, police and ICE are one.")
    attribution_rise: float = _param(21.0, "days", 1, 1000, "uncertain", "assume", "Half-life with which attribution follows a rise of what is seen: weeks.")
    attribution_fall: float = _param(60.0, "days", 1, 2000, "uncertain", "assume", "Half-life with which it follows a fall.")
    police_relief: float = _param(0.5, "share", 0, 1, "uncertain", "assume", "Share of the programme that officers think gone when the answers no longer reach them.")
    mandate: int = _param(1, "0 or 1", 0, 1, "policy", "aug11", "Whether ICE's letter of 5 August 2011 ends the opt-outs of that time.")

    # Politics
    politics: float = _param(0.0, "per year", 0, 12, "uncertain", "assume", "Attempts to opt out of a county government under full pressure; at 0 governments do what the calendar says.")
    peer_pressure: float = _param(0.5, "weight", 0, 5, "uncertain", "assume", "Pressure from neighbouring counties that opted out, if all did, relative to that of a Hispanic public in full alarm.")
    ruling_pressure: float = _param(1.0, "weight", 0, 10, "uncertain", "or14", "Pressure from courts that make counties liable for holds without a warrant.")
    join_pressure: float = _param(0.0, "weight", 0, 5, "uncertain", "assume", "Pressure of a public that is not Hispanic to have deputies interview in the jail, relative to the other.")
    ring_tactic: int = _param(0, "0 or 1", 0, 1, "policy", "ring10", "Whether ICE activates the neighbours of a county that tries to opt out.")
    steering: float = _param(0.0, "share", 0, 1, "policy", "assume", "Effort that ICE withdraws from counties whose government tried to opt out.")
    substitution: float = _param(0.0, "share", 0, 1, "uncertain", "assume", "Fall of interviews in jail where prints are shared, in counties that let federal effort replace their own; elsewhere they rise by it.")
    substitutes: float = _param(0.8, "share", 0, 1, "uncertain", "cg", "Counties that let federal effort replace their own.")

    # Measurement
    recording_days: int = _param(7, "days", 0, 366, "numerical", "assume", "Length of a recording period; 0 stands for calendar months.")
    settling_days: int = _param(364, "days", 0, 3650, "numerical", "assume", "Days that are lived before the first one, under the policy of its eve, so that jails, custody and states of mind begin where they stay; at 0 jails and custody begin empty.")
    nonresponse: float = _param(0.3, "share", 0, 1, "uncertain", "cisnull", "Survey non-response of residents at full risk, on top of others' (H7).")
    item_noise: float = _param(0.12, "share", 0.01, 1, "uncertain", "assume", "Standard deviation of what an answer to an item about the police holds beyond trust: with the spread of trust its reliability is 0.63, as such items have 0.6 to 0.7.")
    survey_share: float = _param(0.04, "share", 0, 1, "numerical", "assume", "Households in the victim survey at a time, Hispanic residents in each attitude survey, and residents in each month of the tracker; at scale 100 about as many as the NCVS has.")

    @field_validator("*")
    @classmethod
    def _vector(cls, value: Any, info: ValidationInfo) -> Any:
        """Hold a vector to its own bounds and sum: its type says only that every element is a share."""
        name = str(info.field_name)
        if not isinstance(value, tuple):
            return value
        meta = describe(name, cls)
        if not all(meta.low <= element <= meta.high for element in value):
            raise RefusedError("an element is out of bounds")
        if name in SUM_TO_ONE and abs(sum(value) - 1.0) > 1e-6:
            raise RefusedError(f"the elements sum to {sum(value):.6g}")
        return value


# fmt: on


class Parameter(NamedTuple):
    """One more parameter of one number, as an extension declares it; whole if its default is."""

    name: str
    default: float
    unit: str
    low: float
    high: float
    role: Role
    source: str
    """A key of `SOURCES`, or citation and address."""
    meaning: str

    @property
    def field(self) -> tuple[type, Any]:
        """Type and description, as the registry holds them."""
        return type(self.default), _param(*self[1:])


Registry = type[Parameters]
"""`Parameters`, or that with the parameters of extensions."""


def describe(name: str, registry: Registry = Parameters) -> Meta:
    """Return what the registry says of ``name`` beside default and type; raises KeyError for unknown names."""
    extra = registry.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)  # noqa: S101 - set by _param for every field
    return Meta(**extra)  # type: ignore[arg-type]


def groups(registry: Registry = Parameters) -> dict[str, str]:
    """Return the heading under which each parameter stands in the registry; those of extensions stand under their name."""
    found, heading = {}, ""
    for line in getsource(Parameters).splitlines():
        if comment := re.fullmatch(r" {4}# (.+)", line):
            heading = comment[1]
        elif declared := re.match(r" {4}(\w+): .* = _param\(", line):
            found[declared[1]] = heading
    added = {p.name: f"Extension {e.name}" for e in registry.extensions for p in e.parameters}
    return found | added


def source_of(name: str, registry: Registry = Parameters) -> str:
    """Return citation and address behind a parameter, or *assume*."""
    source = describe(name, registry).source
    return SOURCES.get(source, source)


def _fields(values: Parameters) -> list[tuple[str, str] | tuple[str, str, tuple[int]]]:
    """Return the record fields of the kernels' copy: a number, or a vector of them, per parameter."""
    return [
        (name, "f8", (len(value),))
        if isinstance(value, tuple)
        else (name, "i8" if isinstance(value, int) else "f8")
        for name, value in values.model_dump().items()
    ]


RECORD: Final = np.dtype(_fields(Parameters()), align=True)
"""The kernels' view of the registry; the dtype object is shared so that compiled code is found quickly."""


def as_record(values: Parameters) -> NDArray[np.void]:
    """Return the parameters as a structured array of length one, which kernels read by name."""
    record = np.zeros(1, RECORD)
    for name in RECORD.names or ():
        record[name] = getattr(values, name)
    return record
