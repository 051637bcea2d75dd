"""What a run counts: one number per county, group and measure, added up as things happen."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from comity.kernels import Int, kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.world.state import World


GROUPS: Final = (
    "Hispanic, US-born",
    "Hispanic, immigrant",
    "Hispanic, unauthorized",
    "other, US-born",
    "other, immigrant",
    "other, unauthorized",
)
"""The groups of every table: ethnicity by status (immigrant: naturalised, green card or visa)."""

GROUP_OF: Final = np.array([[3, 4, 4, 4, 5], [0, 1, 1, 1, 2]])
"""Row of `GROUPS` by [is Hispanic, status]."""


SUM: Final = "_sum"
"""What is added to the name of a mean where a table holds the sum over residents, to be divided by ``residents``."""


class Measure(IntEnum):
    """Flows, counted per recording period in the county and group of the resident concerned."""

    INCIDENTS = 0  # victimisations
    REPORTED = 1  # incidents that reach the police
    CHANCE_SUM = (
        2  # victims' chances of reporting, summed over incidents: the reporting rate without its noise
    )
    CLEARED = 3  # reported incidents cleared by arrest
    CONTACTS = 4  # police contacts apart from arrests
    BAD_CONTACTS = 5  # of these, judged improper
    ARRESTS = 6
    MINOR_ARRESTS = 7  # of these, for other than the six incident types
    BOOKINGS = 8
    CRIMINAL_CHECKS = 9  # prints answered by the FBI
    SUBMISSIONS = 10  # prints that reach IDENT
    ANSWERS = 11  # matches reported back to the locality
    MATCHES = 12
    REFERRALS = 13  # named to ICE by the locality
    INTERVIEWS = 14  # found by ICE or deputised officers in jail
    DETAINERS = 15
    HOLDS = 16  # detainers honoured
    REFUSALS = 17  # detainers declined
    TRANSFERS = 18  # into ICE custody, from jail
    AT_LARGE_ARRESTS = 19  # into ICE custody, from the community
    REMOVALS = 20
    ICE_RELEASES = 21  # from ICE custody to the community
    JAIL_DAYS = 22
    HOLD_DAYS = 23  # of these, on a detainer alone
    MOVED_AWAY = 24
    SURVEYED = 25  # incidents that a victim survey hears of: each counts the victim's chance of taking part
    SURVEY_REPORTED = 26  # of these, told to have been reported
    MATCH_ARRESTS = 27  # into ICE custody, after a match: ICE's "administrative arrests" under the programme
    MATCH_REMOVALS = 28  # removals after a match
    CONVICTED_REMOVALS = 29  # of these, of somebody with a conviction by then


class Task(IntEnum):
    """What officers' hours go into, counted per recording period and county."""

    CALLS = 0  # for service
    INVESTIGATION = 1
    PATROL = 2  # discretionary
    COMMUNITY_POLICING = 3  # visits among it
    IMMIGRATION = 4


class Stock(IntEnum):
    """States, summed over residents in the community at the end of a recording period."""

    RESIDENTS = 0
    TRUST = 1
    CYNICISM = 2
    AWARENESS = 3  # public and personal together
    RISK = 4
    IN_JAIL = 5
    IN_ICE_CUSTODY = 6
    SALIENCE = 7
    ATTRIBUTION = 8
    ENTANGLEMENT = 9
    NONCRIMINAL = 10  # share of those taken who have no conviction
    AGED_12 = 11  # residents whom a victim survey asks about: of 12 years and over


NORMS: Final = len(Stock)
"""Place after the stocks in which the norms of trust of those in the community are summed up as they move."""

MEANS: Final = (
    *(Stock.TRUST, Stock.CYNICISM, Stock.AWARENESS, Stock.RISK, Stock.SALIENCE),
    *(Stock.ATTRIBUTION, Stock.ENTANGLEMENT, Stock.NONCRIMINAL),
)
"""Stocks that are handed out as means over residents in the community."""

FLOWS: Final = tuple(m.name.lower() for m in Measure)
STOCKS: Final = tuple(s.name.lower() for s in Stock)
EXPOSURE: Final = "person_years"
"""Residents of 12 years and over in the community at the end of a period times its length, the denominator of yearly rates."""
MEASURES: Final = (*FLOWS, *STOCKS, EXPOSURE)
SUMMED: Final = (*(s.name.lower() + SUM if s in MEANS else s.name.lower() for s in Stock), EXPOSURE)
"""Stocks and exposure where means are handed out as sums over residents."""


def names(further: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the measures of a run in the order of its tables; those of extensions follow on the flows of the package."""
    return (*FLOWS, *further, *STOCKS, EXPOSURE)


class Stage(IntEnum):
    """How far a booking gets. Each stage implies the one before it, so that counts fall along the funnel, but for one fork.

    Prints are SUBMITTED and MATCHED; a person is IDENTIFIED by a match or without prints, by referral or interview.
    """

    BOOKED = 0
    SUBMITTED = 1
    MATCHED = 2
    IDENTIFIED = 3
    DETAINER = 4
    ICE_CUSTODY = 5
    REMOVED = 6


@kernel
def count(w: World, i: Int, measure: Int, amount: float) -> None:
    """Add ``amount`` to a measure of resident ``i``'s county and group."""
    r = w.residents[i]
    w.tally[r["county"], GROUP_OF[r["hispanic"], r["status"]], measure] += amount


@kernel
def reach(w: World, case: Int, stage: Int) -> None:
    """Count that a case has come as far as ``stage``, in the month of its booking; bookings before the first day have none."""
    c = w.cases[case]
    if c["booked"] < 0:
        return
    r = w.residents[c["resident"]]
    state = w.counties[r["county"]]["state"]
    w.funnel[
        w.calendar[c["booked"]]["month"], state, c["level"], GROUP_OF[r["hispanic"], r["status"]], stage
    ] += 1
