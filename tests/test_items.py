"""Survey items are thresholds on trust: their shares, their cuts, the tracker, and nobody changed by being asked."""

import datetime as dt
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel, InputError, Resident, Status
from comity.agents.residents import Whereabouts
from comity.draws import Stream
from comity.observe import items
from comity.observe.attitudes import interview
from comity.observe.items import ITEMS
from comity.observe.poll import poll
from comity.parameters import Parameters, as_record

SF = {"place": "06075", "start": dt.date(2010, 1, 1), "end": dt.date(2010, 12, 31), "scale": 40}
SIGMAS = 4.5
TRUST = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=20)
NAMES = st.sampled_from(sorted(ITEMS))


def record(**values):
    return as_record(Parameters(**values))[0]


@given(NAMES, TRUST, st.floats(0.01, 1.0))
@settings(deadline=None, derandomize=True)
def test_who_trusts_more_says_yes_more_often_or_less_where_that_is_asked(name, trust, noise):
    item = ITEMS[name]
    chances = item.chances(np.sort(trust), record(item_noise=noise))
    assert ((chances >= 0.0) & (chances <= 1.0)).all()
    assert (item.sign * np.diff(chances) >= 0.0).all()


@given(NAMES, st.floats(0.05, 0.3), st.floats(0.0, 0.3))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_at_its_level_the_group_that_was_asked_says_what_was_published(name, noise, spread):
    p, item = record(item_noise=noise, trust_spread=spread), ITEMS[name]
    level = items.LEVEL[item.anchor]
    people = np.random.default_rng(1).normal(level, np.hypot(spread, p["trust_spread_places"]), 100_000)
    assert item.chances(people, p).mean() == pytest.approx(item.yes, abs=SIGMAS * 0.5 / np.sqrt(100_000))


def test_every_item_names_where_its_share_was_read():
    assert all(re.search(r"https?://", item.source) for item in ITEMS.values())
    assert [item.name for item in ITEMS.values()] == list(ITEMS)


@pytest.mark.parametrize("name", ["goodjob", "", "trust", "good_job ", 3])
def test_an_item_that_does_not_exist_is_refused_with_those_that_do(name):
    with pytest.raises(InputError, match=f"no such item; valid: .*{', '.join(ITEMS)}"):
        items.find(name)
    assert items.find("fair") is ITEMS["fair"]


def test_a_tracker_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(InputError, match=r"no such observer; valid: .*trust_tracker"):
        CooperationModel("san-francisco", observe=("tracker",))


def test_asking_leaves_no_trace_and_hears_what_people_think():
    model = CooperationModel(**SF)
    model.run()
    before, today = model.world.copy(), model.today - 1
    said = poll(model.world, np.arange(len(model.world.residents)), today, Stream.ITEM_RESPONSE)
    assert all(np.array_equal(a, b) for a, b in zip(model.world, before, strict=True))
    assert (model.world.residents["whereabouts"][said.resident] == Whereabouts.COMMUNITY).all()
    trust = np.array(model.agents_by_type[Resident].get("trust"))
    assert said.trust == pytest.approx(trust[said.resident], abs=1e-6)


@pytest.mark.parametrize(("alpha", "falls"), [(0.0, False), (0.1, True)])
def test_told_that_police_work_with_ice_those_concerned_trust_them_less(alpha, falls):
    model = CooperationModel(**SF, entanglement_weight=alpha)
    model.run(until=dt.date(2010, 3, 1))
    said = poll(model.world, np.arange(len(model.world.residents)), model.today - 1, Stream.ITEM_RESPONSE)
    fall = said.apart - said.together
    assert (fall >= 0.0).all()
    assert fall.max() > 0.0 if falls else not fall.any()
    if falls:
        assert fall[said.status == Status.UNAUTHORIZED].mean() > fall[said.status == Status.US_BORN].mean()


def test_answers_are_as_frequent_as_their_chances():
    model = CooperationModel(**SF, observe=("attitudes",), survey_share=1.0).run()
    found = model.observed("attitudes")
    for item in ITEMS.values():
        chances = item.chances(found["trust_now"].to_numpy(), model.world.p[0])
        spread = np.sqrt((chances * (1 - chances)).sum())
        assert abs(found[item.name].sum() - chances.sum()) < SIGMAS * spread


def test_the_tracker_shows_mean_trust_every_month():
    model = CooperationModel(**SF, observe=("trust_tracker",), survey_share=0.5, recording_days=0).run()
    found = model.observed("trust_tracker")
    assert found.groupby("hispanic").size().tolist() == [12, 12]
    table = model.table()
    people, trust = (table[table["measure"] == name] for name in ("residents", "trust"))
    hispanic = people["group"].astype(str).str.startswith("Hispanic").to_numpy()
    for own in (False, True):
        rows = found[found["hispanic"] == own]
        weights = people["value"].to_numpy()[hispanic == own].reshape(12, -1)
        means = np.nan_to_num(trust["value"].to_numpy()[hispanic == own].reshape(12, -1))
        truth = 100.0 * (weights * means).sum(axis=1) / weights.sum(axis=1)
        assert abs(rows["trust_score"].to_numpy() - truth).max() < SIGMAS * 20.0 / np.sqrt(
            rows["respondents"].min()
        )


def test_who_avoids_calling_is_who_has_occasion_and_fear():
    calm, afraid = (
        CooperationModel(**SF, observe=("attitudes",), survey_share=1.0, hypotheses=h).run()
        for h in ("H0", "H2")
    )
    assert not calm.observed("attitudes")["avoided"].any()
    found = afraid.observed("attitudes")
    share = found.groupby("undocumented")["avoided"].mean()
    assert share[True] > share[False] > 0.0
    rows = np.flatnonzero(afraid.world.residents["hispanic"])
    asked = interview(afraid.world, rows, afraid.today - 1)
    assert found["avoided"].mean() == pytest.approx(-np.expm1(-asked["avoided"]).mean(), rel=0.2)
