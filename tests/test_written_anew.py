"""Who was written to in the middle of a run is due as often as somebody who was always so, and nobody else is due otherwise."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from test_saved_runs import same

from comity import CooperationModel, Resident, Status
from comity.draws import wait
from comity.world.agenda import CONTACTS, EXITS, NOBODY, VICTIMS
from comity.world.rewritten import carried

if TYPE_CHECKING:
    from pathlib import Path

KEYS: dict[str, Any] = {
    "place": "06075",
    "scale": 400,
    "start": dt.date(2010, 1, 1),
    "end": dt.date(2010, 12, 31),
}
MOVING = {"hypotheses": "H2+H8", "exit_rate": 1.0}
VALUES = {"proneness": 5.0, "status": Status.UNAUTHORIZED, "exposed_household": 1}
PLACES = ("06075", "31009", ["06075", "06081"])


def due(model: CooperationModel, agenda: int) -> dict[int, int]:
    """Return the day on which each resident is due from now on."""
    found, w = {}, model.world
    for day in range(model.today, w.agenda_head.shape[1]):
        i = int(w.agenda_head[agenda, day])
        while i != NOBODY:
            assert i not in found, "somebody is due twice"
            found[i] = day
            i = int(w.agenda_link[agenda, i])
    return found


def write(model: CooperationModel, name: str, rows: list[int]) -> None:
    model.agents_by_type[Resident].select(lambda r: r.row in rows).set(name, VALUES[name])


@pytest.mark.uncompiled
@pytest.mark.parametrize(
    ("before", "now"), [(0.0, 0.02), (0.01, 0.03), (0.03, 0.01), (0.02, 0.0), (0.3, 0.9), (0.9, 0.3)]
)
def test_a_day_that_is_carried_over_is_one_of_the_new_rate(before, now):
    """Waits are geometric with the new chance, whatever it was; a chi-square test by tenths fails once in 10,000."""
    rng = np.random.default_rng(1)
    days = [10 - 1 + wait(u, before) for u in rng.random(4000)]
    found = np.array([carried(day, before, now, *rng.random(2), 10) for day in days]) - 9
    assert found.min() >= 1
    if now == 0.0:
        assert found.min() > 10**6
        return
    edges = np.unique(stats.geom.ppf(np.linspace(0.1, 0.9, 9), now))
    share = np.diff([*stats.geom.cdf(edges, now), 1.0], prepend=0.0)
    counted = np.histogram(found, [-np.inf, *edges + 0.5, np.inf])[0]
    assert stats.chisquare(counted, share * len(found)).pvalue > 1e-4
    moved = np.array(days) - 9 != found
    assert (
        ((found < np.array(days) - 9) == moved).all()
        if now > before
        else ((found > np.array(days) - 9) == moved).all()
    )
    assert moved.mean() < 1 - min(before, now) / max(before, now) + 0.05, "as few move as can be"


@settings(max_examples=10)
@given(
    st.sampled_from(PLACES),
    st.sampled_from(sorted(VALUES)),
    st.integers(1, 360),
    st.sets(st.integers(0, 400), min_size=1),
    st.sampled_from([{}, {"population": 1, "reentry": 0.5, "ages": 1}]),
)
def test_nobody_else_is_due_on_another_day(place, name, days, rows, more):
    model = CooperationModel(**KEYS | {"place": place} | MOVING | more)
    model.run(until=model.date + dt.timedelta(days=days))
    before = [due(model, agenda) for agenda in (VICTIMS, CONTACTS, EXITS)]
    residents = model.world.residents
    marked = [k for k in rows if k < len(residents)]
    write(model, name, marked)
    model.settle()
    homes = {int(k) for k in residents["household"][marked]}
    for agenda, was in zip((VICTIMS, CONTACTS, EXITS), before, strict=True):
        own, now = homes if agenda == EXITS else set(marked), due(model, agenda)
        assert {i: day for i, day in was.items() if i not in own} == {
            i: day for i, day in now.items() if i not in own
        }
        assert all(day >= model.today for day in now.values())
    model.run()


@pytest.mark.parametrize("place", PLACES)
def test_what_is_written_back_before_the_next_day_has_moved_nobody(place):
    one, other = (CooperationModel(**KEYS | {"place": place} | MOVING) for _ in range(2))
    people = one.agents_by_type[Resident]
    for name, value in VALUES.items():
        before = np.array(people.get(name))
        people.set(name, value)
        people.set(name, before)
    same(one.run(), other.run())


def test_who_is_made_more_prone_is_victimised_as_often_as_that():
    """Everybody at five times the mean: a ratio of 0.5 came of it, and not of five. Four standard errors are allowed."""
    counted = []
    for change in (False, True):
        model = CooperationModel(**KEYS | {"scale": 100}).run(until=dt.date(2010, 3, 5))
        if change:
            people = model.agents_by_type[Resident]
            wanted = 5.0 / float(np.mean(people.get("proneness")))
            people.set("proneness", 5.0)
        counted.append(model.run().totals()["incidents"].sum(axis=1)[9:].sum() / 100)
    error = counted[1] / counted[0] * np.sqrt(1 / counted[0] + 1 / counted[1])
    assert counted[1] / counted[0] == pytest.approx(wanted, abs=4 * error)


def test_who_becomes_unauthorized_may_leave():
    model = CooperationModel(**KEYS | MOVING, regime="mandatory", parameters={"exit_rate": 1.0})
    lawful = model.world.residents["status"] != Status.UNAUTHORIZED
    at_home = np.bincount(model.world.residents["household"], ~lawful, len(lawful))
    others = at_home[model.world.residents["household"]] == 0
    model.agents_by_type[Resident].set("status", Status.UNAUTHORIZED)
    model.run()
    assert (model.world.residents["whereabouts"][others] == 4).any()


@pytest.mark.parametrize("keys", [{}, {"population": 1}])
def test_numbers_follow_before_the_next_day(keys):
    """How long a recording period is does not say when those who are missing come."""
    found = []
    for days in (1, 7, 0):
        model = CooperationModel(**KEYS | keys, recording_days=days).run(until=dt.date(2010, 3, 2))
        people = model.agents_by_type[Resident]
        some = people.select(lambda r: r.whereabouts == 0 and r.status == Status.UNAUTHORIZED)
        some.select(at_most=0.5).set("whereabouts", "MOVED_AWAY")
        model.run(until=dt.date(2010, 4, 20))
        found.append(model.world.residents["whereabouts"].copy())
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


@pytest.mark.parametrize("name", sorted(VALUES))
def test_whoever_saves_or_parts_before_the_next_day_goes_on_alike(tmp_path: Path, name):
    def written() -> CooperationModel:
        model = CooperationModel(**KEYS | MOVING | {"place": ["06075", "06081"]})
        model.run(until=dt.date(2010, 2, 3))
        write(model, name, list(range(300)))
        return model

    one, path = written().run(), tmp_path / "half.comity"
    written().save(path)
    same(one, CooperationModel.load(path).run())
    same(one, written().run(threads=2))
    half = written()
    same(one, half.forked(half.setup).run())
