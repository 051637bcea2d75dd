"""What residents and officers believe follows what operates: agreements under section 287 and every other channel."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from policy_days import NO_STORIES, START, VALUES_OF_BELIEF, VISIBLE, lived

from comity import CooperationModel
from comity.observe.asking import NOW, VICTIM, ask_all
from comity.parameters import Parameters, describe
from comity.problems import InputError

# ---------------------------------------------------------------- what agreements under section 287 are believed to be


@given(VALUES_OF_BELIEF)
@settings(max_examples=50, deadline=None)
def test_belief_follows_what_operates(values):
    day = (dt.date(2010, 1, 1) - START).days
    specs = (
        "inactive",
        "mandatory",
        "inactive+jail_287g",
        "jail_287g",
        "inactive+task_force_287g",
        "task_force_287g",
    )
    found = {spec: lived(spec, "04013", **values)[0, day]["believed_residents"] for spec in specs}
    assert (found["inactive"], found["mandatory"]) == (0, 1)
    ladders = [("inactive", "inactive+jail_287g", "inactive+task_force_287g")]
    ladders += [("mandatory", "jail_287g", "task_force_287g")]
    for none, jail, street in ladders:
        # Where all are interviewed already, there is no jail in which deputies would add anything.
        assert (found[none] < found[jail]) == (values["interviewed"] < 1.0)
        assert found[jail] < found[street]
    if values["interviewed"] < 1.0:
        assert 1 <= found["inactive+jail_287g"] <= found["jail_287g"]


def test_each_programme_in_maricopa_is_told_from_the_others_and_keeps_more_from_calling():
    """The sheriff's county: nothing, Secure Communities, deputies in the jail, deputies in the street."""
    keys = {
        "place": "04013",
        "start": "2009-01-01",
        "end": "2011-12-31",
        "scale": 10_000,
        "seed": 2,
        **NO_STORIES,
    }
    chances = []
    for spec in ("inactive", "mandatory", "inactive+jail_287g", "inactive+task_force_287g"):
        model = CooperationModel(regime=spec, salience_policy=0.0, **keys).run()
        w, answers = model.world, np.zeros((len(model.world.residents), 4, 2))
        ask_all(w, np.arange(len(w.residents)), model.today, answers)
        chances.append(answers[w.residents["status"] == 4, NOW, VICTIM].mean())
    assert (np.diff(chances) < -0.001).all(), chances


@pytest.mark.parametrize("regime", ["inactive+jail_287g", "inactive+task_force_287g", "inactive+everybody"])
def test_pretext_follows_every_channel_by_which_ice_acts_on_minor_arrests(regime):
    """Without any print shared, officers have something to gain where the locality itself brings people to ICE (H6)."""
    entry = {"decider": "county", "lever": "refer", "value": "all", "start": dt.date(2009, 1, 1)}
    keys = {
        "place": "04013",
        "start": "2010-01-01",
        "end": "2010-12-31",
        "scale": 2000,
        "seed": 2,
        "log": True,
    }
    keys |= {"regimes": {"everybody": {"policies": [entry]}}, "minor_arrests": 0.5, "pretext": 2.5}
    plain, pretext = (CooperationModel(regime=regime, hypotheses=h, **keys).run() for h in ("H0", "H6"))
    assert plain.world.police["pretext"][0] == 1.0
    assert pretext.world.police["pretext"][0] == pytest.approx(1 + 1.5 * Parameters().act_2010[0])
    assert pretext.world.police["arrests"][0] > plain.world.police["arrests"][0]


def test_the_bounds_of_visibilities_are_their_order():
    """No valid value of a channel is seen less than one of a channel before it; others are refused with what would be valid."""
    for less, more in pairwise(VISIBLE):
        assert describe(less).high <= describe(more).low
    for name in VISIBLE:
        for wrong in (-0.1, describe(name).low - 0.005, describe(name).high + 0.005, 1.1):
            with pytest.raises(InputError, match=rf"parameters\.{name} = .*from {describe(name).low:g} to"):
                CooperationModel(place="06075", **{name: wrong})
