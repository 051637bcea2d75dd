"""Common random numbers: what must not make a difference makes none, bit for bit."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from comity import CooperationModel, Resident, Scenario, compare
from comity.day import timed

KEYS = {"place": "06075", "start": dt.date(2010, 1, 1), "end": dt.date(2010, 12, 31), "scale": 100, "seed": 5}
ALL = "H2+H2b+H3+H4+H5+H6+H7+H8"
ACTIVE = (dt.date(2010, 6, 8) - KEYS["start"]).days


def live(**keys: object) -> CooperationModel:
    return CooperationModel(**(KEYS | {"hypotheses": ALL} | keys)).run()


def same_world(a: CooperationModel, b: CooperationModel, *, but: tuple[str, ...] = ("log",)) -> list[str]:
    """Return the arrays in which two runs differ."""
    pairs = zip(a.world._fields, a.world, b.world, strict=True)
    return [
        name
        for name, x, y in pairs
        if name not in but and not np.array_equal(x, y, equal_nan=x.dtype.kind == "f")
    ]


@pytest.mark.portable
def test_regimes_that_differ_in_nothing_give_identical_histories():
    a, b = (
        live(regime="mandatory", log=True),
        live(regime="must_comply", log=True),
    )  # Texas 2017: not in force
    assert same_world(a, b) == []
    assert a.table().equals(b.table())
    assert a.events().equals(b.events())


@pytest.mark.parametrize("regime", ["inactive", "state_withhold", "no_receive", "no_minor_holds@2010-06-08"])
def test_regimes_agree_exactly_up_to_the_day_on_which_they_differ(regime):
    a, b = (CooperationModel(**KEYS, hypotheses=ALL, regime=r) for r in ("mandatory", regime))
    for _ in range(ACTIVE):
        a.step()
        b.step()
    assert same_world(a, b, but=("change_days", "change_counties", "change_policies")) == []
    assert same_world(a.run(), b.run()) != []


def test_the_log_the_period_and_the_way_of_stepping_change_nothing():
    plain = live()
    assert same_world(plain, live(log=True)) == []
    recorded = ("p", "calendar", "stock", "tally", "unaware_risk")
    for days in (1, 30, 366):
        other = live(recording_days=days)
        assert same_world(plain, other, but=recorded) == []
        sums = [m.table().query("measure == 'incidents'")["value"].sum() for m in (plain, other)]
        assert sums[0] == sums[1]
    stepped = CooperationModel(**KEYS, hypotheses=ALL)
    for _ in range(stepped.days):
        stepped.step()
    assert same_world(plain, stepped) == []
    phases = CooperationModel(**KEYS, hypotheses=ALL)
    timed(phases.world, 0, phases.days)
    assert same_world(plain, phases, but=("tally",)) == []


def test_the_seed_and_nothing_else_is_chance():
    np.random.seed(1)  # noqa: NPY002 - a user's own generator
    first = live()
    np.random.seed(2)  # noqa: NPY002
    assert same_world(first, live()) == []
    assert "residents" in same_world(first, live(seed=6))


def test_threads_and_order_change_nothing(monkeypatch):
    setup = Scenario(**KEYS | {"scale": 400.0})
    regimes = ["no_receive", "mandatory", "inactive"]
    both = compare(setup, regimes, 3)
    monkeypatch.setattr("comity.study.compare.workers", lambda: 1)
    alone = compare(setup, regimes[::-1], 3)
    pd.testing.assert_frame_equal(both.runs.sort_index(), alone.runs.sort_index())


def test_another_county_changes_nothing_in_an_unconnected_one():
    """The District of Columbia and San Francisco share no ICE office and no ties."""
    alone, joined = live(), live(place=["06075", "11001"])
    here = joined.world.residents[joined.world.residents["county"] == joined.counties.index("06075")]
    for field in set(here.dtype.names) - {"neighbourhood", "household", "county"}:
        assert np.array_equal(here[field], alone.world.residents[field]), field
    tables = [
        m.table().query("county == '06075'").drop(columns="county").reset_index(drop=True)
        for m in (alone, joined)
    ]
    pd.testing.assert_frame_equal(*tables, check_categorical=False)


def changed_rows(a: CooperationModel, b: CooperationModel) -> np.ndarray:
    n = len(a.world.residents)
    return np.flatnonzero(a.world.residents != b.world.residents[:n])


def touched_by(model: CooperationModel, newcomer: int) -> set[int]:
    """Return everybody whom the newcomer met as offender, victim or witness's neighbour, by the event log."""
    events = model.events()
    own = events[(events["resident"] == newcomer) | (events["other"] == newcomer)]
    return set(own["resident"]) | set(own["other"])


@pytest.mark.parametrize("seed", range(1, 9))
def test_one_more_resident_changes_only_that_residents_consequences(seed):
    """With room in jail and custody, and without what whole counties learn, only people whom the newcomer met differ.

    Offenders' experience, salience and beds are shared by a county on purpose; they are off or ample here.
    """
    keys = {
        "seed": seed,
        "hypotheses": "H2+H3+H5+H8",
        "salience_weight": 0.0,
        "ice_beds": 100.0,
        "pickup_capacity": 10.0,
        "jail_beds": 50.0,
        "log": True,
    }
    without, with_ = live(**keys), live(**keys, latecomers=1)
    newcomer = len(without.world.residents)
    assert len(with_.world.residents) == newcomer + 1
    met = touched_by(with_, newcomer)
    allowed = np.array(sorted(met - {newcomer, -1}), int)
    changed = changed_rows(without, with_)
    if met <= {newcomer, -1}:
        assert len(changed) == 0
    # Whoever differs was met by the newcomer, or stands in a chain of events that starts with somebody who was.
    assert len(changed) <= 20 * max(len(allowed), 1) * (len(allowed) > 0)


def test_a_newcomer_without_any_part_in_crime_changes_nobody():
    keys = {"offender_share": 0.0, "victimisation_hispanic": 0.0, "victimisation_other": 0.0, "contacts": 0.5}
    without, with_ = live(**keys), live(**keys, latecomers=3)
    assert len(changed_rows(without, with_)) == 0
    assert len(with_.agents_by_type[Resident]) == len(without.agents_by_type[Resident]) + 3
