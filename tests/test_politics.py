"""Governments that answer pressure: what the law of the day makes of it, and what ICE and neighbours do."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from comity import CooperationModel, Government
from comity.agents.governments import Stance
from comity.kernels import COMPILED
from comity.observe.measures import Measure

BAY = ["06075", "06081", "06001", "06013", "06085"]  # San Francisco and around
LOUD = {"politics": 12.0, "salience_policy": 1.0, "salience_life": 2000.0}
PARAMETERS = [
    "politics",
    "peer_pressure",
    "ruling_pressure",
    "join_pressure",
    "ring_tactic",
    "steering",
    "substitution",
]


def live(start: dt.date, end: dt.date, *, place=BAY, scale: float = 400, **parameters) -> CooperationModel:
    keys = {"place": place, "start": start, "end": end, "scale": scale, "seed": 8}
    return CooperationModel(**keys, regime=parameters.pop("regime", "mandatory"), **parameters).run()


def stances(model: CooperationModel) -> list[Stance]:
    return model.agents_by_type[Government].select(lambda g: g.level == 0).get("stance")


def flows(model: CooperationModel) -> np.ndarray:
    return np.array(model.flows()).sum(axis=(0, 1, 2))


def test_governments_that_follow_the_calendar_change_nothing():
    """With politics off, nothing that could move governments has any effect."""
    span = dt.date(2013, 6, 1), dt.date(2014, 9, 30)
    plain = live(*span)
    moved = live(
        *span, peer_pressure=5.0, ruling_pressure=10.0, join_pressure=5.0, ring_tactic=1, steering=1.0
    )
    for name, a, b in zip(plain.world._fields, plain.world, moved.world, strict=True):
        assert name == "p" or np.array_equal(a, b), name
    assert set(stances(plain)) == {Stance.NONE}


@pytest.mark.uncompiled
def test_before_the_letter_an_attempt_achieves_nothing_but_belief():
    """Counties try to opt out of information; prints go to ICE all the same, and no hold is refused."""
    span = dt.date(2010, 3, 1), dt.date(2011, 7, 31)
    scale = 400 if COMPILED else 4000  # one by one, a tenth of the agents takes long enough
    calm, loud = (live(*span, scale=scale, hypotheses="H0", **more) for more in ({}, LOUD))
    assert set(stances(loud)) <= {Stance.NONE, Stance.ASKS_OUT}
    assert Stance.ASKS_OUT in stances(loud)
    assert loud.world.governments["attempts"].sum() > 0
    assert np.array_equal(flows(calm), flows(loud))
    tried = np.array(stances(loud)) == Stance.ASKS_OUT
    believed = loud.world.policies["believed_residents"], calm.world.policies["believed_residents"]
    assert (believed[0][tried] < believed[1][tried]).all()
    assert (loud.world.policies["believed_government"][tried] == 0).all()


def test_after_the_letter_counties_decline_to_hold():
    span = dt.date(2012, 1, 1), dt.date(2013, 12, 31)
    calm, loud = live(*span), live(*span, **LOUD | {"salience_transfers": 5.0})
    assert {Stance.NO_MINOR_HOLDS, Stance.NO_HOLDS} & set(stances(loud))
    assert Stance.ASKS_OUT not in stances(loud)
    assert flows(calm)[Measure.REFUSALS] == 0
    assert flows(loud)[Measure.REFUSALS] > 0
    assert flows(loud)[Measure.TRANSFERS] < flows(calm)[Measure.TRANSFERS]


def test_courts_move_counties_that_nothing_else_does():
    """With no public and no peers to press it, a county moves when courts make holds without a warrant a liability."""
    quiet = {"politics": 12.0, "salience_policy": 0.0, "salience_transfers": 0.0, "peer_pressure": 0.0}
    before = live(dt.date(2012, 6, 1), dt.date(2014, 4, 10), **quiet)
    after = live(dt.date(2012, 6, 1), dt.date(2014, 12, 31), **quiet)
    assert set(stances(before)) == {Stance.NONE}
    assert set(stances(after)) == {Stance.NO_HOLDS}


def test_a_state_that_compels_its_jails_leaves_attempts_without_effect():
    texas = live(
        dt.date(2017, 10, 1), dt.date(2018, 12, 31), place=["48201"], scale=2000, regime="must_comply", **LOUD
    )
    assert texas.world.governments["attempts"].sum() > 0
    assert set(stances(texas)) == {Stance.NONE}
    assert (texas.world.policies["hold"] == 1).all()


def test_ice_activates_the_neighbours_of_a_county_that_tries_to_opt_out():
    """The ring around a holdout: Cook County's neighbours are active before their date, itself it is not."""
    around = ["17031", "17043", "17089", "17097", "17197"]
    span = dt.date(2010, 1, 1), dt.date(2011, 7, 31)
    rows, keys = {}, LOUD | {"peer_pressure": 5.0}
    for ring in (0, 1):
        model = CooperationModel(
            place=around,
            start=span[0],
            end=span[1],
            scale=2000,
            seed=8,
            regime="inactive",
            ring_tactic=ring,
            **keys,
        )
        next(iter(model.agents_by_type[Government])).stance = Stance.NONE
        model.world.counties["salience"][0] = 1.0  # Cook County alone is alarmed
        rows[ring] = model.run().world
    assert not rows[0].policies["active"].any()
    tried = rows[1].governments["stance"][:5] == Stance.ASKS_OUT
    assert tried[0]
    assert rows[1].policies["active"][1:].any()
    assert flows_of(rows[1]) > flows_of(rows[0]) == 0


def flows_of(world) -> float:
    return float(world.bureaus["submissions"].sum())


def test_others_have_their_deputies_interview():
    """Blaine County, Nebraska, has no Hispanic residents: an alarmed public presses its government to join."""
    keys = LOUD | {"join_pressure": 5.0}
    county = CooperationModel(place="31009", start="2012-01-01", end="2012-12-31", scale=1, seed=8, **keys)
    county.world.counties["salience"] = 1.0
    county.run()
    assert stances(county) == [Stance.JOINS]
    assert county.world.policies["interview"][0] == 1


def test_ice_turns_away_from_counties_that_tried():
    span, keys = (dt.date(2012, 1, 1), dt.date(2013, 12, 31)), LOUD | {"relief_custody": 0.0}
    same, steered = (live(*span, scale=100, steering=share, **keys) for share in (0.0, 1.0))
    assert 0 < flows(steered)[Measure.TRANSFERS] < flows(same)[Measure.TRANSFERS]


def test_federal_effort_replaces_local_effort_in_most_counties():
    """Where prints are shared, interviews fall by `substitution` in a share of counties and rise in the others."""
    span = dt.date(2012, 1, 1), dt.date(2012, 12, 31)
    keys = {"interviewed": 0.4, "ident_unauthorized": 0.2, "scale": 50}
    found = [
        flows(live(*span, substitution=0.9, substitutes=share, **keys))[Measure.INTERVIEWS]
        for share in (1.0, 0.0)
    ]
    none = flows(live(*span, **keys))[Measure.INTERVIEWS]
    assert found[0] < 0.5 * none < none < found[1]


def test_what_a_user_decides_for_a_government_takes_effect_at_once():
    model = CooperationModel(place="06075", start="2012-01-01", end="2012-12-31", scale=400, seed=8)
    model.step()
    (county,) = model.agents_by_type[Government].select(lambda g: g.level == 0)
    county.stance = "NO_HOLDS"
    assert not model.world.policies["hold"].any()
    county.stance = Stance.NONE
    assert model.world.policies["hold"].all()
    county.stance = Stance.JOINS
    assert model.world.policies["interview"][0] == 1
