"""Building a world: from a checked scenario to the arrays that a run lives in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.agents.bureaus import BUREAU
from comity.agents.governments import GOVERNMENT
from comity.agents.ice import OFFICE, SLACK
from comity.agents.jails import JAIL
from comity.agents.news import STORY
from comity.agents.offending import INCIDENT, victim_ceiling
from comity.agents.police import ARREST, POLICE, USUAL, contact_rates
from comity.agents.residents import RESIDENT, Status, Whereabouts
from comity.draws import probability
from comity.kernels import Real, kernel
from comity.observe.log import LOG
from comity.observe.measures import GROUPS, Measure, Stage, Stock
from comity.observe.recorder import recount
from comity.parameters import LEVELS, as_record
from comity.policy.levers import ERAS
from comity.policy.rows import POLICY
from comity.world import ages, capacity, crossing, people, places, population, seasons
from comity.world.state import CLOCK, COUNTY, DAY, LONGEST_HOLD, Movement, World, empty_link
from comity.world.steady import case_table, open_agendas, steady
from comity.world.ties import tie

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from numpy.typing import NDArray

    from comity.parameters import Parameters
    from comity.policy.law import Timeline
    from comity.world.state import Table, Vector

MONTHLY: Final = 365.25 / 12
SIGMAS: Final = 12.0
"""Tables of today have room for this many standard deviations more than the highest mean."""


def _monthly_to_yearly_rate(prevalence: float, shape: float) -> float:
    """Return incidents per person-year from the share victimised in a month, when risk is gamma with ``shape``.

    prevalence = 1 - (1 + m / shape) ** -shape for m incidents a month.
    """
    month = shape * math.expm1(-math.log1p(-prevalence) / shape)
    return month * 365.25 / MONTHLY


def _agents_per_county(counties: pd.DataFrame, scale: float) -> NDArray[np.int64]:
    """Return the number of agents of each county, at least one."""
    return np.maximum(np.rint(counties["population"].to_numpy(float) / scale), 1).astype(np.int64)


def _county_table(counties: pd.DataFrame, tracts: Any, states: list[str], p: Parameters) -> Any:
    """Lay the counties out over the resident and neighbourhood tables."""
    table = np.zeros(len(counties), COUNTY)
    table["fips"] = counties.index.astype(int)
    table["state"] = [states.index(s) for s in counties["state"]]
    _, table["office"] = np.unique(counties["office"], return_inverse=True)
    by_county = np.searchsorted(tracts["county"], np.arange(len(counties) + 1))
    table["neighbourhoods_first"], table["neighbourhoods"] = by_county[:-1], np.diff(by_county)
    table["first"] = tracts["first"][by_county[:-1]]
    for field in ("residents", "settled", "hispanics"):
        table[field] = np.add.reduceat(tracts[field], by_county[:-1])
    table["awareness"] = p.awareness
    return table


def _with_slack(rated: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return capacities in whole agents, beyond the rated number (see `SLACK`)."""
    return np.asarray(np.ceil(rated + SLACK * np.sqrt(rated)))


def _institutions(
    table: Any, counties: pd.DataFrame, states: list[str], scale: float, spare: Any, p: Parameters
) -> dict[str, Any]:
    """Return police, jails, bureaus, offices and governments, with capacities in agents; ``spare`` homes need none."""
    n, s, areas = len(table), len(states), np.unique(counties["office"])
    police, jails = np.zeros(n, POLICE), np.zeros(n, JAIL)
    police["county"] = jails["county"] = np.arange(n)
    police["officers"] = p.officers * counties["population"].to_numpy(float) / 1000
    police["community_policing"], police["pretext"] = p.community_policing, 1.0
    for name in USUAL:
        police[name] = 1.0
    jails["beds"] = _with_slack(p.jail_beds * (table["residents"] - spare) / 1000)
    bureaus, offices = np.zeros(s, BUREAU), np.zeros(len(areas), OFFICE)
    bureaus["state"], offices["area"] = np.arange(s), [places.offices().index(name) for name in areas]
    unauthorized = np.bincount(table["office"], counties["unauthorized"].to_numpy(float)) / scale / 1000
    offices["daily_pickups"] = p.pickup_capacity * unauthorized * capacity.officers_of(list(areas), p)
    offices["pickups"] = p.saved_days * offices["daily_pickups"]
    offices["beds"] = _with_slack(p.ice_beds * unauthorized)
    governments = np.zeros(n + s + 1, GOVERNMENT)
    governments["level"] = np.repeat([0, 1, 2], [n, s, 1])
    governments["place"] = np.concatenate([np.arange(n), np.arange(s), [-1]])
    return {
        "police": police,
        "jails": jails,
        "bureaus": bureaus,
        "offices": offices,
        "governments": governments,
    }


def _neighbours(table: Any, counties: pd.DataFrame) -> NDArray[np.int32]:
    """Return the rows of each county's neighbours within the scenario, and enter where they stand."""
    row = {fips: n for n, fips in enumerate(counties.index)}
    known = (
        places.adjacency() if len(row) > 1 else {}
    )  # the borders of the whole country take a while to read
    around = [[row[f] for f in known.get(fips, ()) if f in row] for fips in counties.index]
    table["neighbours"] = [*map(len, around)]
    table["neighbours_first"] = np.cumsum(table["neighbours"]) - table["neighbours"]
    return np.array([n for near in around for n in near], np.int32)


def _calendar(start: dt.date, days: int, p: Parameters) -> Any:
    """Return the table of days, with some after the run for holds that outlast it.

    US federal holidays and weekends do not count for a hold.
    """
    length, period = days + LONGEST_HOLD, p.recording_days  # 0 stands for calendar months
    dates = np.datetime64(start) + np.arange(length)
    table = np.zeros(length, DAY)
    table["business"] = np.is_busday(dates, holidays=places.federal_holidays())
    months = dates.astype("datetime64[M]").astype(int)
    table["month"] = months - months[0]
    lived = np.arange(1, days + 1)
    ends = lived % period == 0 if period else np.diff(months[: days + 1]) > 0
    table["closes"][:days] = ends | (lived == days)
    seasons.enter(table, start, p)
    table["beds"] = capacity.beds(start, length, p)
    table["officers"] = capacity.officers(start, length, p)
    return table


def _fading(days: int, p: Parameters) -> NDArray[np.float64]:
    """Return what is left after 0..days days of trust, cynicism, awareness, salience and offenders' experience."""
    weekly = math.log1p(p.awareness_decay) / 7
    rates = [math.log(2) / p.trust_life, math.log(2) / p.cynicism_life, weekly, math.log(2) / p.salience_life]
    rates.append(1 / p.targeting_memory)
    return np.asarray(np.exp(-np.outer(rates, np.arange(days + 2))))


@kernel
def daily_ceilings(w: World) -> tuple[Real, Real]:
    """Return the highest possible mean number of victimisations and of police contacts in a day."""
    incidents, contacts = 0.0, 0.0
    for i in range(len(w.residents)):
        incidents += probability(victim_ceiling(w, i), 1.0)
        a, b, c = contact_rates(w, i)
        contacts += probability(a + b + c, 1.0)
    return incidents, contacts


@kernel
def _list_offenders(w: World, offenders: NDArray[np.int32]) -> None:
    """List the residents who offend, by county and ethnicity, in the order of residents."""
    n = 0
    for c in range(len(w.counties)):
        county = w.counties[c]
        for hispanic in range(2):
            county["offenders_first"][hispanic] = n
            for i in range(county["first"], county["first"] + county["residents"]):
                if w.residents[i]["offender"] and w.residents[i]["hispanic"] == hispanic:
                    offenders[n] = i
                    n += 1
            county["offenders_n"][hispanic] = n - county["offenders_first"][hispanic]


@kernel
def expose(w: World) -> None:
    """Count for every resident the unauthorized among household members and ties."""
    ties = w.p[0]["neighbourhood_ties"] + w.p[0]["ethnic_ties"]
    for i in range(len(w.residents)):
        r = w.residents[i]
        if r["status"] != Status.UNAUTHORIZED or r["whereabouts"] == Whereabouts.MOVED_AWAY:
            continue
        for j in range(r["household"], r["household"] + r["household_size"]):
            if j != i:
                w.residents[j]["exposed_household"] += 1
        for k in range(ties):
            j = tie(w, i, k)
            if j >= 0:
                w.residents[j]["exposed_ties"] += 1


def _room(mean: float) -> int:
    """Return the size of a table of today whose rows are Poisson with at most this mean."""
    return int(mean + SIGMAS * math.sqrt(mean)) + 64


def _policies(timeline: Timeline) -> dict[str, Any]:
    """Return the calendar of policy, all of a first morning that depends on the regime."""
    return {
        "change_days": np.ascontiguousarray(timeline.changes["day"]),
        "change_counties": np.ascontiguousarray(timeline.changes["county"]),
        "change_policies": np.ascontiguousarray(timeline.changes["policy"]).astype(POLICY),
    }


def in_force(timeline: Timeline) -> Table:
    """Return each county's policy on the first day of a calendar of one day, none of it news."""
    rules = np.zeros(len(timeline.changes), POLICY)
    rules[timeline.changes["county"]] = timeline.changes["policy"]
    rules["news"] = 0
    return rules


def begun(morning: World, timeline: Timeline, eve: Table) -> World:
    """Return a copy of what `build` made, under another regime's changes of policy and policy of the eve.

    A later morning is copied as it is: the other regime must have been the same until then.
    """
    small = morning._replace(log=morning.log[:0])  # a large table in which nothing stands yet
    w = small.copy()._replace(log=np.zeros(len(morning.log), LOG), **_policies(timeline))
    later = w.clock[0]["next_change"] > 0
    if later or np.array_equal(w.policies, eve):
        return w
    w = steady(w, eve)
    recount(w, 0)
    return w


def _clock(seed: int, wanted: int, scale: float, peak: float, p: Parameters) -> Any:
    """Return the clock: the key of draws, room for those who are wanted, and what rates are made from."""
    clock = np.zeros(1, CLOCK)
    clock["seed"], clock["wanted_limit"], clock["scale"] = seed, wanted, scale
    clock["peak"], clock["lets"] = peak, population.lets(p)
    clock["rate_hispanic"] = _monthly_to_yearly_rate(p.victimisation_hispanic, p.proneness_shape)
    clock["rate_other"] = _monthly_to_yearly_rate(p.victimisation_other, p.proneness_shape)
    return clock


def _empty(n: int, rows: int, days: int, p: Parameters) -> dict[str, Any]:
    """Return the tables of residents, of so many cases, and of today, in which nothing stands yet."""
    agendas = 4 if p.reentry > 0.0 or population.lets(p) else 3
    return {
        "residents": np.zeros(n, RESIDENT),
        "aware": np.zeros(n // 8 + 1, np.uint8),
        "offenders": np.zeros(0, np.int32),
        "cases": case_table(rows),
        "agenda_head": empty_link((agendas, days)),
        "agenda_link": empty_link((agendas, n)),
        "case_head": empty_link((2, days)),
        "case_link": empty_link(rows),
        "incidents": np.zeros(0, INCIDENT),
        "arrests": np.zeros(0, ARREST),
        "stories": np.zeros(0, STORY),
        "log": np.zeros(0, LOG),
    }


def _uncounted(counties: int, states: int, months: int, p: Parameters) -> dict[str, Any]:
    """Return the tables by county, in which nothing is counted yet."""
    return {
        "policies": np.zeros(counties, POLICY),
        "tally": np.zeros((counties, len(GROUPS), len(Measure))),
        "stock": np.zeros((counties, len(GROUPS), len(Stock))),
        "running": np.zeros((counties, len(GROUPS), len(Stock) + 1)),
        "classes": np.zeros(
            (counties, 2, len(Status), 2, p.neighbourhood_ties + p.ethnic_ties + 1, 2), np.int32
        ),
        "home_list": np.zeros(0, np.int32),
        "homes": np.zeros((population.CELLS, counties + 1), np.int64),
        "present": np.zeros((states, population.CELLS), np.int64),
        "movements": np.zeros((counties, len(GROUPS), len(Movement)), np.int64),
        "pull": np.zeros(counties),
        "funnel": np.zeros((months, states, len(LEVELS), len(GROUPS), len(Stage)), np.int64),
    }


def _first_morning(
    own: dict[str, Any], calendar: Any, days: int, scale: float, seed: int, p: Parameters
) -> dict[str, Any]:
    """Return the clock, what is known of the days, and every table in which nothing stands yet."""
    counties, n = len(own["counties"]), int(own["counties"]["residents"].sum())
    wanted, months = max(1000, n // 50), int(calendar["month"][days - 1]) + 1
    rows = int(own["jails"]["beds"].sum() + own["offices"]["beds"].sum()) + wanted + 1
    eras = np.array([getattr(p, era) for era in ERAS])
    return {
        "calendar": calendar,
        "clock": _clock(seed, wanted, scale, float(calendar["crime"].max()), p),
        "p": as_record(p),
        "act": eras,
        "fade": _fading(days, p),
        **_empty(n, rows, days, p),
        **ages.tables(n, p),
        **_uncounted(counties, len(own["bureaus"]), months, p),
    }


def build(
    counties: pd.DataFrame,
    timeline: Timeline,
    eve: Table,
    p: Parameters,
    *,
    start: dt.date,
    days: int,
    scale: float,
    seed: int,
    log: bool = False,
    latecomers: int = 0,
) -> World:
    """Build the state of a run on its first morning, to which nothing refers but the caller.

    Args:
        counties: rows of `places.counties`, the place of the scenario.
        timeline: changes of policy by day and county.
        eve: each county's policy on the day before the first, in force for long.
        p: the parameters, mechanisms switched as the hypotheses say.
        start: first day.
        days: number of days.
        scale: persons per agent.
        seed: key of every draw.
        log: whether events are kept.
        latecomers: agents added to the last county after everybody else, without changing anybody else.
    """
    states = list(dict.fromkeys(counties["state"]))
    plan = population.housing(counties, people.status_shares(counties, p), start, days, scale, p)
    agents = _agents_per_county(plan.counties, scale)
    tracts = people.neighbourhoods(plan.counties, agents, latecomers)
    table = _county_table(counties, tracts, states, p)
    population.place(table, counties, scale, p)
    spare = agents - _agents_per_county(counties, scale)
    own = _institutions(table, counties, states, scale, spare, p) | _policies(timeline)
    own |= {"counties": table, "neighbourhoods": tracts, "neighbours": _neighbours(table, counties)}
    own["crossing"] = crossing.shares(counties, table["neighbours"], own["neighbours"], p)
    own["met"] = crossing.met(own["crossing"], p)
    first = _first_morning(own, _calendar(start, days, p), days, scale, seed, p)
    return _populate(World(**own, **first, quota=plan.quota / scale), eve, plan.shares, log=log)


def _populate(w: World, eve: Table, shares: Vector, *, log: bool) -> World:
    """Settle the residents and give today's tables their sizes."""
    people.settle(w, shares, np.zeros((3, 4), np.int64))
    if w.clock[0]["lets"]:
        w = population.vacate(w)
    offenders = np.zeros(int(w.residents["offender"].sum()), np.int32)
    _list_offenders(w, offenders)
    incidents, contacts = daily_ceilings(w)
    stories = _room(contacts) + 2 * int(w.offices["beds"].sum())
    w = w._replace(
        offenders=offenders,
        incidents=np.zeros(_room(incidents), INCIDENT),
        arrests=np.zeros(_room(incidents) + _room(contacts), ARREST),
        stories=np.zeros(stories, STORY),
        log=np.zeros(8 * (_room(incidents) + stories) + 4 * len(w.cases) if log else 0, LOG),
    )
    expose(w)
    w = steady(w, eve)
    recount(w, 0)
    open_agendas(w, len(w.residents), True)
    return w
