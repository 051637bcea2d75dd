"""One day of people who come and go, from any state: who leaves, who takes an empty home, and what all others know of it.

`test_migration` lives whole runs; here a world in any state lives one morning, so that the uncompiled lane has these rules, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ledger import CUSTODY, GONE, HOME, JAIL, REMOVED, all_ties
from test_migration import make, on

from comity.agents import migration
from comity.agents.homes import leave_behind
from comity.agents.residents import Status
from comity.kernels import COMPILED
from comity.observe.log import Event
from comity.observe.recorder import recount
from comity.world.agenda import EXITS, RETURNS, enter
from comity.world.state import KNOT, Movement

pytestmark = [
    pytest.mark.uncompiled,
    pytest.mark.skipif(COMPILED, reason="each kernel that is called alone would be compiled once more"),
]
TODAY = 40
CERTAIN = {"risk_scale": 10.0, "background_attribution": 0.0, "attribution": 1.0, "moves_arrive": 1.0}
"""Every household at risk leaves on the day on which it may."""
SEEDS = pytest.mark.parametrize("seed", range(3))


@pytest.fixture(scope="module")
def born() -> Any:
    """People whose numbers follow the tables."""
    return make(
        "06059", "06073", "06075", residents=240, days=150, log=True, parameters=on(reentry=0.5)
    ).world


@pytest.fixture(scope="module")
def moving() -> Any:
    """People who only move."""
    return make(
        "06059", "06073", "06075", residents=240, days=150, log=True, parameters=on(population=0, **CERTAIN)
    ).world


def any_state(built: Any, seed: int) -> Any:
    """Return a world in which anybody is anywhere, with counts that agree."""
    w, dice = built.copy(), np.random.default_rng(seed)
    r = w.residents
    r["whereabouts"] = dice.choice([HOME, JAIL, CUSTODY, REMOVED, GONE], len(r), p=[0.5, 0.1, 0.1, 0.1, 0.2])
    r["trust"], r["touched"] = dice.random(len(r)), TODAY
    r["cynicism"], r["awareness"] = dice.random((2, len(r)))
    r["ident"], r["conviction"] = dice.integers(0, 2, len(r)), dice.integers(0, 4, len(r))
    r["person"] = dice.integers(0, 256, len(r))
    w.agenda_head[:] = w.agenda_link[:] = -1
    for i in np.flatnonzero(r["whereabouts"] == REMOVED).tolist():
        leave_behind(w, i, TODAY - 1)
    r["exposed_household"], r["exposed_ties"] = exposures(w)
    recount(w, TODAY)
    w.clock["logged"] = 0
    return w


def exposures(w: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return how many others who are unauthorized and here each has in the household and among the ties."""
    r = w.residents
    here = (r["status"] == Status.UNAUTHORIZED) & (r["whereabouts"] < REMOVED)
    ties = np.zeros((len(r), int(w.p[0]["neighbourhood_ties"] + w.p[0]["ethnic_ties"])), np.int64)
    all_ties(w, ties)
    at_home = np.bincount(r["household"], here, len(r))[r["household"]] - here
    return at_home, ((ties >= 0) & here[ties]).sum(axis=1)


def agree(w: Any) -> None:
    """Hold what is counted step by step against a new count of everybody."""
    household, ties = exposures(w)
    assert np.array_equal(w.residents["exposed_household"], household)
    assert np.array_equal(w.residents["exposed_ties"], ties)
    anew = w.copy()
    recount(anew, TODAY)
    assert np.array_equal(w.present, anew.present)
    assert np.array_equal(w.classes, anew.classes)
    assert w.running == pytest.approx(anew.running, abs=1e-9)


def noted(w: Any, kind: Event) -> Any:
    rows = w.log[: w.clock[0]["logged"]]
    return rows[rows["kind"] == kind]


def empty(w: Any) -> np.ndarray:
    """Return which homes somebody else may take: not those of offenders who were removed, or of who will be back."""
    r, waits = w.residents, w.agenda_link[RETURNS] != np.arange(len(w.residents))
    return (r["whereabouts"] == GONE) | ((r["whereabouts"] == REMOVED) & (r["offender"] == 0) & ~waits)


def due(w: Any, agenda: int) -> list[int]:
    """Return who is due today."""
    found, i = [], int(w.agenda_head[agenda, TODAY])
    while i != -1:
        found.append(i)
        i = int(w.agenda_link[agenda, i])
    return found


@SEEDS
def test_as_many_are_here_as_the_tables_say(born, seed):
    """As far as there are homes, and those who are inside stay; newcomers are strangers, everybody else is who they were."""
    w, dice = any_state(born, seed), np.random.default_rng(seed + 1)
    cells = w.residents["hispanic"] * 5 + w.residents["status"]
    number = w.quota.shape[2]
    w.quota[:] = dice.random(w.quota.shape) * 1.3 * np.bincount(cells, minlength=number)
    before, back = w.residents.copy(), due(w, RETURNS)
    inside = np.bincount(cells[np.isin(before["whereabouts"], (JAIL, CUSTODY))], minlength=number)
    room = (
        w.present[0]
        + np.bincount(cells[empty(w)], minlength=number)
        + np.bincount(cells[back], minlength=number)
    )
    migration.migrate(w, TODAY)
    n, part = divmod(TODAY / KNOT, 1)
    wanted = np.floor((1 - part) * w.quota[int(n), 0] + part * w.quota[int(n) + 1, 0] + 0.5)
    assert np.array_equal(w.present[0], np.clip(wanted, inside, room))
    agree(w)
    came, left = noted(w, Event.ARRIVAL), noted(w, Event.DEPARTURE)
    assert sorted(noted(w, Event.REENTRY)["resident"]) == sorted(back)
    booked = w.movements.sum(axis=(0, 1))
    assert booked[[Movement.CAME, Movement.LEFT, Movement.RETURNED]].tolist() == [
        len(came),
        len(left),
        len(back),
    ]
    assert (came["other"] == -1).all()
    assert (came["detail"] == 1).all()
    new = w.residents[came["resident"]]
    assert np.array_equal(new["person"], before["person"][came["resident"]] + np.uint8(1))
    assert np.array_equal(new["trust"], new["norm"])
    assert not new["cynicism"].any()
    assert not new["awareness"].any()
    others = np.setdiff1d(np.arange(len(before)), [*came["resident"], *left["resident"], *back])
    own = ["whereabouts", "person", "trust", "cynicism", "awareness", "ident", "conviction"]
    assert np.array_equal(w.residents[own][others], before[own][others])


def leave_if_at_risk(w: Any, attribution: float) -> np.ndarray:
    """Let every household decide today where all counties are simulated; return which residents head one."""
    first = np.flatnonzero(w.residents["household"] == np.arange(len(w.residents)))
    w.agenda_head[EXITS] = -1
    for i in first.tolist():
        enter(w.agenda_head[EXITS], w.agenda_link[EXITS], i, TODAY)
    w.counties["attribution"], w.counties["outside"] = attribution, 0.0
    migration.migrate(w, TODAY)
    return first


@SEEDS
def test_households_at_risk_leave_together(moving, seed):
    """All who are free, if the first of them is; those inside stay, and so do households without anybody unauthorized."""
    w = any_state(moving, seed)
    before = w.residents.copy()
    first = leave_if_at_risk(w, 1.0)
    agree(w)
    moved, came = noted(w, Event.MOVE)["resident"], noted(w, Event.ARRIVAL)["resident"]
    free, exposed = before["whereabouts"] == HOME, before["exposed_household"] > 0
    risky = (before["status"] == Status.UNAUTHORIZED) | exposed
    leave = free & np.isin(before["household"], first[(free & risky)[first]])
    assert set(np.flatnonzero(leave)) <= set(moved)
    newly = before["household"][came[before["status"][came] == Status.UNAUTHORIZED]]
    assert np.isin(before["household"][moved], [*before["household"][risky], *newly]).all()
    inside = np.isin(before["whereabouts"], (JAIL, CUSTODY))
    assert np.array_equal(w.residents["whereabouts"][inside], before["whereabouts"][inside])
    assert w.movements.sum(axis=(0, 1))[[Movement.MOVED_OUT, Movement.MOVED_IN]].tolist() == [
        len(moved),
        len(came),
    ]


@SEEDS
def test_who_moves_takes_an_empty_home_of_the_kind_and_what_is_the_person_s_own(moving, seed):
    w = any_state(moving, seed)
    before, r, free_homes = w.residents.copy(), w.residents, empty(w)
    leave_if_at_risk(w, 1.0)
    came, own = noted(w, Event.ARRIVAL), ["ident", "conviction", "cynicism", "awareness"]
    assert len(came) > 5
    assert (before["county"][came["resident"]] != before["county"][came["other"]]).all()
    for kind in ("hispanic", "status"):
        assert np.array_equal(before[kind][came["resident"]], before[kind][came["other"]])
    homes, times = np.unique(came["resident"], return_counts=True)
    for home, who in came[["resident", "other"]].tolist():
        if who in homes or not free_homes[home] or times[homes == home] > 1:
            continue  # moved twice today, or took the place of somebody who left today
        assert r[own][home] == before[own][who]
        assert r["person"][home] == (int(before["person"][home]) + 1) % 256
        trust = float(r["norm"][home]) + float(before["trust"][who]) - float(before["norm"][who])
        assert r["trust"][home] == pytest.approx(np.clip(trust, migration.least_trust(w.p[0]), 1.0))


def test_nobody_leaves_where_the_police_are_not_taken_for_ice(moving):
    w = any_state(moving, 1)
    leave_if_at_risk(w, 0.0)
    assert len(noted(w, Event.MOVE)) == 0
    agree(w)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_those_who_were_removed_come_back_or_leave_a_home(born, share):
    """As many as the share says, after the mean delay; the home of who will not be back is empty."""
    w = any_state(born, 2)
    w.residents["whereabouts"], w.p["reentry"], w.p["reentry_delay"] = REMOVED, share, 20.0
    w.agenda_head[:] = w.agenda_link[:] = -1
    days = range(10)
    back = 0
    for day in days:
        w.agenda_link[RETURNS] = -2
        for i in range(len(w.residents)):
            leave_behind(w, i, day)
        stay = w.agenda_link[RETURNS] == np.arange(len(w.residents))
        back += (~stay).sum()
        assert np.array_equal(empty(w), stay & (w.residents["offender"] == 0))
    tries = len(days) * len(w.residents)
    assert back == pytest.approx(share * tries, abs=4.5 * (share * (1 - share) * tries) ** 0.5)


def test_the_pull_of_a_county_is_its_people_over_a_power_of_the_distance(moving):
    """San Diego is 150 km from Orange County's centroid and San Francisco 600: with the power, the ratio of pulls grows."""
    w = moving.copy()
    orange, san_diego, san_francisco = (
        w.counties["fips"].tolist().index(fips) for fips in (6059, 6073, 6075)
    )
    people = [w.counties["settled"] - w.counties["hispanics"], w.counties["hispanics"]]
    for hispanic in (0, 1):
        w.p["gravity"] = 0.0
        for d in (san_diego, san_francisco):
            assert migration.pull(w, orange, d, hispanic) == people[hispanic][d]
        found = []
        for power in (1.0, 2.0):
            w.p["gravity"] = power
            near, far = (
                migration.pull(w, orange, d, hispanic) / people[hispanic][d]
                for d in (san_diego, san_francisco)
            )
            assert 1 / far ** (1 / power) - migration.NEAR == pytest.approx(600, rel=0.1)
            assert migration.pull(w, san_diego, orange, hispanic) / people[hispanic][orange] == pytest.approx(
                near
            )
            found.append(near / far)
        assert found[1] == pytest.approx(found[0] ** 2)


@pytest.mark.parametrize("hispanic", [0, 1])
def test_destinations_are_shared_out_by_pull(moving, hispanic):
    """Each county, and those that are not simulated last, has its share of (0, 1); nobody moves where they live."""
    w = moving.copy()
    w.counties["outside"] = [[200.0, 100.0], [50.0, 0.0], [0.0, 500.0]]
    w.p["gravity"] = 0.0
    for c in range(3):
        pulls = [0.0 if d == c else migration.pull(w, c, d, hispanic) for d in range(3)]
        ends = np.cumsum([*pulls, w.counties["outside"][c, hispanic]])
        ends /= ends[-1]
        for d, (low, high) in enumerate(zip([0.0, *ends[:-1]], ends, strict=True)):
            for u in (low + 1e-9, (low + high) / 2, high - 1e-9) if high > low else ():
                assert migration.destination(w, c, hispanic, u) == (d if d < 3 else -1)
