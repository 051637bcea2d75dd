"""Who is of which age and sex, by ethnicity and status, and what that makes of offending, arrests and police contacts.

The table (`world/data/SOURCES.md`) has the nation's residents, Hispanics, immigrants and unauthorized immigrants by age, arrests
by age and sex, and drivers stopped. Of what is published one contains another, so the groups of the model are differences.

Rates are relative to those of all residents together: their mean is 1, and only who lives in a place moves it. The registry has
two ratios of unauthorized residents to others, counted per head (`unauthorized_minor`, `unauthorized_offending`). What age and
sex explain of each (`explained`) is a part of it already: there the mean is 1 of the unauthorized and of all others apart.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from comity.agents.ages import AGE, Rate
from comity.agents.residents import Status
from comity.world import places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.parameters import Parameters
    from comity.world.state import Vector

FOREIGN_HISPANICS: Final = 18_800
"""Foreign-born Hispanics of 2010, in thousands: Pew, as in `population_years.csv`."""

UNAUTHORIZED_HISPANIC: Final = 0.8
"""Hispanic share of the unauthorized of 2010: Pew, the default of the parameter of this name."""

PER_HEAD: Final = (Rate.OFFENDING, Rate.MINOR_ARRESTS, Rate.STREET_ARRESTS)
"""Rates of which the registry has one for the unauthorized, counted per head."""


class People(NamedTuple):
    """Residents of the nation in thousands, by sex and age, in the groups that differ in age."""

    unauthorized: Vector
    lawful: Vector
    us_born_hispanic: Vector
    us_born_other: Vector


@cache
def _table() -> dict[str, Vector]:
    rows = places.rows("ages.csv")
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def _by_sex(people: Vector, men: Vector) -> Vector:
    return np.stack([people * men, people * (1.0 - men)])


@cache
def people() -> People:
    """Return the residents of 2010; lawful immigrants are those who are not unauthorized, naturalised ones among them."""
    t = _table()
    unauthorized, lawful = t["unauthorized"], t["foreign_born"] - t["unauthorized"]
    hispanic = FOREIGN_HISPANICS - UNAUTHORIZED_HISPANIC * unauthorized.sum()
    immigrants = UNAUTHORIZED_HISPANIC * unauthorized + hispanic * lawful / lawful.sum()
    us_born = t["hispanic"] - immigrants
    others = t["residents"] - t["foreign_born"] - us_born
    without_papers = _by_sex(unauthorized, t["unauthorized_men"])
    men = (t["residents"] * t["men"] - without_papers[0]) / (t["residents"] - unauthorized)
    return People(without_papers, *(_by_sex(group, men) for group in (lawful, us_born, others)))


def shares() -> Vector:
    """Return an array (cells, sexes x ages) of shares; cells are numbered as by `comity.agents.residents.cell_of`."""
    unauthorized, lawful, us_born_hispanic, us_born_other = (
        (group / group.sum()).ravel() for group in people()
    )
    immigrants = [lawful] * (Status.UNAUTHORIZED - 1) + [unauthorized]
    return np.stack([us_born_other, *immigrants, us_born_hispanic, *immigrants])


@cache
def rates() -> Vector:
    """Return an array (`Rate`, sexes, ages) of what happens to a resident, relative to the mean of all residents."""
    t, everybody = _table(), np.sum(people(), axis=0)
    residents = _by_sex(t["residents"], t["men"])
    offences, minor, stopped = (
        np.stack([t[f"{name}_men"], t[f"{name}_women"]]) for name in ("offences", "minor", "stopped")
    )
    found = np.stack([offences / residents, minor / residents, stopped, minor / residents])
    mean = (found * everybody).sum(axis=(1, 2)) / everybody.sum()
    return np.asarray(found / mean[:, None, None])


def _means(rate: Rate) -> tuple[float, float]:
    """Return the mean of a rate over unauthorized residents, and over all others, by age and sex alone."""
    own, everybody = people().unauthorized, np.sum(people(), axis=0)
    among = (own, everybody - own)
    mean, others = (float((rates()[rate] * group).sum() / group.sum()) for group in among)
    return mean, others


def explained(rate: Rate) -> float:
    """Return how much more of a rate unauthorized residents have than all others for no other reason than age and sex."""
    own, others = _means(rate)
    return own / others


def _carried(offending: Any, p: Parameters) -> Any:
    """Return minor arrests of the unauthorized relative to all of an ``offending``: offenders carry more.

    The rule is that of `police.minor_rate`.
    """
    share = np.minimum(p.offender_share * offending, 1.0)
    ratio = np.minimum(p.offender_arrests, 1.0 / np.maximum(share, 1e-12))
    others = np.maximum(0.0, 1.0 - share * ratio) / (1.0 - share + 1e-12)
    own = np.minimum(p.offender_share * offending * p.unauthorized_offending, 1.0)
    return own * ratio + (1.0 - own) * others


def by_age(p: Parameters) -> Vector:
    """Return an array (`Rate`, `Status`, sexes, ages): `rates`, where they are `PER_HEAD` with the mean of each side."""
    found, unauthorized = np.repeat(rates()[:, None], len(Status), axis=1), people().unauthorized
    for rate in PER_HEAD:
        own, others = _means(rate)
        found[rate] /= others
        found[rate, Status.UNAUTHORIZED] *= others / own
    minor = found[Rate.MINOR_ARRESTS, Status.UNAUTHORIZED]
    carried = _carried(found[Rate.OFFENDING, Status.UNAUTHORIZED], p)
    mean = (minor * carried * unauthorized).sum() / unauthorized.sum()
    minor *= _carried(1.0, p) / mean if mean > 0.0 else 1.0
    return found


def tables(residents: int, p: Parameters) -> dict[str, NDArray[Any]]:
    """Return the arrays of the state, the first one to be filled in; all are empty where all are alike."""
    if not p.ages:
        return {
            "ages": np.zeros(0, AGE),
            "age_shares": np.zeros((0, 0)),
            "by_age": np.zeros((0, 0, 0, 0)),
        }
    return {"ages": np.zeros(residents, AGE), "age_shares": shares(), "by_age": by_age(p)}
