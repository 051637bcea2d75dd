"""Days that runs share are lived once: the tables are those of runs from the first day, bit for bit."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import branching
from comity.analyse.compare import compare
from comity.model import CooperationModel
from comity.policy.regimes import catalogue
from comity.scenario import Scenario
from comity.world import build
from comity.world.given import given as given_of
from comity.world.given import parting

NAMES = st.sampled_from(sorted(catalogue()))


def specs(start: dt.date, end: dt.date) -> st.SearchStrategy[str]:
    """Regimes as they are, moved to a day of the run, and composed."""
    day = st.dates(start + dt.timedelta(days=1), end)
    moved = st.builds(lambda name, day: f"{name}@{day}", NAMES.filter(lambda name: name != "historical"), day)
    one = NAMES | moved | moved
    return one | st.builds(lambda a, b: f"{a}+{b}", one, one)


def composed(specs: list[str], setup: Scenario) -> list[str]:
    """Return those specifications that are regimes."""
    found = []
    for spec in specs:
        try:
            setup.with_(regime=spec)
        except ValueError:
            continue
        found.append(spec)
    return found


@st.composite
def families(draw: st.DrawFn) -> list[Scenario]:
    """Scenarios that differ in their regimes alone: any place and days, several counties, every mechanism."""
    start = draw(st.dates(dt.date(2009, 3, 1), dt.date(2010, 9, 30)))
    end = start + dt.timedelta(days=draw(st.integers(100, 500)))
    place = draw(
        st.sampled_from(["06075", ("06001", "06075", "04013"), "48453", ("17031", "55079"), "11001"])
    )
    setup = Scenario.of(
        place=place,
        start=start,
        end=end,
        scale=900.0 if isinstance(place, str) else 6000.0,
        seed=draw(st.integers(0, 2**40)),
        hypotheses=draw(st.sampled_from(["H0", "H1+H2+H3+H4+H5+H6+H7+H8", "H2+H4"])),
        politics=draw(st.sampled_from([0.0, 1.0])),
        settling_days=draw(st.sampled_from([0, 28])),
        recording_days=draw(st.sampled_from([0, 7, 45])),
    )
    found = composed(draw(st.lists(specs(start, end), min_size=2, max_size=4)), setup)
    return [setup.with_(regime=spec) for spec in [*found, "mandatory"]]


def state_of(model: CooperationModel) -> dict[str, np.ndarray]:
    return {
        name: np.asarray(array) for name, array in (*model.world._asdict().items(), *model.kept().items())
    }


def whole(setup: Scenario) -> tuple[dict[str, np.ndarray], pd.DataFrame, pd.DataFrame]:
    model = CooperationModel(setup)
    model.run()
    return state_of(model), model.table(), model.funnel()


@settings(max_examples=25, deadline=None)
@given(families())
def test_runs_that_part_are_those_that_were_lived_alone(setups: list[Scenario]) -> None:
    todo, seen = branching.roots(setups), {}
    while todo:
        branch = todo.pop()
        model, branches = branching.grow(branch)
        if not branches:
            seen |= dict.fromkeys(branch.setups, (state_of(model), model.table(), model.funnel()))
        todo += branches
    assert sorted(seen) == list(range(len(setups)))
    for n, setup in enumerate(setups):
        state, *tables = seen[n]
        expected, *others = whole(setup)
        for name, array in expected.items():
            assert state[name].dtype == array.dtype
            assert np.array_equal(state[name], array), name
        for ours, theirs in zip(tables, others, strict=True):
            pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_days_that_are_shared_are_lived_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The founding case: regimes differ when the programme comes, and one of them a year later."""
    built, days = [], []
    make, live = CooperationModel.__init__, CooperationModel._live

    def count(self: CooperationModel, *args: object, **keys: object) -> None:
        built.append(keys.get("morning") is None)
        make(self, *args, **keys)

    def lived(self: CooperationModel, until: int) -> None:
        days.append(until - self.today)
        live(self, until)

    monkeypatch.setattr(CooperationModel, "__init__", count)
    monkeypatch.setattr(CooperationModel, "_live", lived)
    setup = Scenario.load(overrides=["scale=5000"])
    compare(setup, setup.compare, 2)
    assert built.count(True) == 2, "a building for each seed"
    first = min(parting(setup, setup.with_(regime=r)) for r in setup.compare if r != "mandatory")
    assert first == (dt.date(2010, 6, 8) - setup.start).days
    assert sum(days) <= 2 * (first + len(setup.compare) * (setup.days - first))
    assert sum(days) < 2 * len(setup.compare) * setup.days / 1.8


@pytest.mark.parametrize("place", ["06075", "17031", "48201"])
def test_a_morning_under_the_policy_for_which_it_was_built_is_not_made_steady_again(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Not even where copies differ in the bytes between the columns, which mean nothing."""
    setup = Scenario.load(overrides=[f"place={place}", "scale=5000", "start=2011-01-01", "end=2012-12-31"])
    morning = CooperationModel(setup).world.copy()
    settled: list[object] = []
    monkeypatch.setattr(build, "steady", lambda w, eve: settled.append(eve) or w)
    for regime in sorted(catalogue()):
        other = setup.with_(regime=regime)
        eve = given_of(other).eve
        settled.clear()
        world = CooperationModel(other, morning=morning).world
        same = all(np.array_equal(eve[name], given_of(setup).eve[name]) for name in eve.dtype.names)
        assert bool(settled) is not same
        assert world.residents.tobytes() == morning.residents.tobytes()


def test_only_what_was_the_same_is_copied() -> None:
    setup = Scenario.load(overrides=["scale=5000", "end=2010-12-31"])
    model = CooperationModel(setup)
    model.run(until=dt.date(2010, 6, 9))
    with pytest.raises(ValueError, match="same"):
        model.forked(setup.with_(regime="no_receive"))
    with pytest.raises(ValueError, match="same"):
        model.forked(setup.with_(regime="no_minor_holds", seed=5))
    assert model.forked(setup.with_(regime="no_minor_holds")).today == model.today


def test_what_a_scenario_comes_to_is_worked_out_once() -> None:
    setup = Scenario.load(overrides=["scale=5000"])
    ours, theirs = given_of(setup), given_of(setup.with_(seed=2, scale=4000))
    assert ours.timeline is theirs.timeline
    assert ours.counties is theirs.counties
    assert given_of(setup.with_(mandate=0)).timeline is not ours.timeline
