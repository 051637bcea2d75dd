"""What a government does in any situation of law and pressure, rule by rule and without the compiler.

`test_politics` shows what comes of it in years.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from test_politics import BAY, LOUD

from comity import CooperationModel
from comity.agents.governments import Stance, follow, govern, local_effort, peers
from comity.kernels import COMPILED

pytestmark = [
    pytest.mark.uncompiled,
    pytest.mark.skipif(COMPILED, reason="each kernel that is called alone would be compiled once more"),
]
FIRST = 31
"""The first day of the second month, on which governments deliberate."""
DECLINES = (Stance.NO_MINOR_HOLDS, Stance.NO_HOLDS)
SITUATIONS = list(itertools.product((0, 1), repeat=4))
HERE = 0
"""The county that is looked at; it has neighbours, and counties that are not."""


@pytest.fixture(scope="module")
def built() -> Any:
    keys = LOUD | {"relief_custody": 0.6, "relief_cut": 0.5, "relief_placebo": 0.2}
    return CooperationModel(
        place=BAY, start="2012-01-01", end="2012-12-31", scale=40_000, seed=8, **keys
    ).world


@pytest.fixture
def w(built) -> Any:
    """Return a world whose calendar has nothing more to say."""
    found = built.copy()
    found.clock["next_change"] = len(found.change_days)
    found.counties["salience"] = found.counties["headline"] = 0.0
    for name, value in {
        "politics": 1e9,
        "ruling_pressure": 0.0,
        "peer_pressure": 0.0,
        "join_pressure": 0.0,
    }.items():
        found.p[name] = value
    return found


def decree(w: Any, **policy: Any) -> Any:
    """Let the calendar have a policy for all counties, and put it into effect; return the calendar's row for the county."""
    for name, value in policy.items():
        w.change_policies[name] = value
    for c in range(len(w.counties)):
        follow(w, c)
    return w.change_policies[w.governments["calendar"][HERE]]


def take(w: Any, stance: Stance, **policy: Any) -> tuple[Any, Any]:
    """Give the county a stance under a policy of the calendar; return that policy and what comes of it."""
    w.governments["stance"][HERE] = stance
    return decree(w, **policy), w.policies[HERE]


@pytest.mark.parametrize(("compelled", "letter", "liability", "active"), SITUATIONS)
def test_each_stance_changes_what_it_is_about_and_nothing_else(w, compelled, letter, liability, active):
    keys = {
        "compelled": compelled,
        "letter": letter,
        "liability": liability,
        "active": active,
        "sharing": active,
    }
    keys |= {"hold": (0.9, 0.8, 0.7, 0.6), "believed_government": 0.7}
    believed = {"believed_residents", "believed_police"}
    touched = {
        Stance.NONE: set(),
        Stance.ASKS_OUT: {"relief", "believed_government"} | believed,
        Stance.NO_MINOR_HOLDS: {"relief_hold", "hold"} | believed,
        Stance.NO_HOLDS: {"relief_hold", "hold"} | believed,
        Stance.JOINS: {"interview", "deputies", "staffed"} | believed,
    }
    for stance, may in touched.items():
        was, now = take(w, stance, **keys)
        changed = {name for name in now.dtype.names if not np.array_equal(now[name], was[name])}
        assert changed <= may, stance
        left = sum(np.array_equal(a, b) for a, b in zip(now["hold"], was["hold"], strict=True))
        refused = {Stance.NO_MINOR_HOLDS: 2, Stance.NO_HOLDS: 4}.get(stance, 0) * (not compelled)
        assert left == 4 - refused
        assert not now["hold"][:refused].any()
        relief = {Stance.NO_MINOR_HOLDS: 0.6, Stance.NO_HOLDS: 0.6}.get(stance, 0.0)
        assert now["relief_hold"] == pytest.approx(min(relief, 0.2) if compelled else relief)
        assert now["relief"] == pytest.approx(0.2 if stance == Stance.ASKS_OUT else 0.0)
        assert now["believed_government"] == pytest.approx(0.7 * letter if stance == Stance.ASKS_OUT else 0.7)
        if stance == Stance.JOINS:
            assert now["interview"] == now["deputies"] == now["staffed"] == 1
            assert now["believed_police"] == 1
        elif stance != Stance.NONE:
            assert (
                now["believed_residents"] <= w.policies["believed_residents"][1]
            )  # a restriction never alarms


def test_relief_that_the_calendar_gives_is_not_lessened(w):
    for stance in DECLINES:
        assert take(w, stance, relief_hold=0.9)[1]["relief_hold"] == pytest.approx(0.9)
        assert take(w, stance, relief_hold=0.9, compelled=1)[1]["relief_hold"] == pytest.approx(0.9)
    assert take(w, Stance.ASKS_OUT, relief=0.9)[1]["relief"] == pytest.approx(0.9)


@pytest.mark.parametrize(("joins", "active", "transmit", "ringed"), SITUATIONS)
def test_ice_activates_only_who_is_in_the_ring_of_a_state_that_takes_part(w, joins, active, transmit, ringed):
    w.governments["ringed"][HERE] = ringed
    was, now = take(
        w, Stance.NONE, joins=joins, active=active, sharing=active, transmit=transmit, believed_government=0.3
    )
    early = ringed and joins and not active
    assert now["active"] == (active or early)
    assert now["sharing"] == (transmit if early else active)
    assert now["believed_government"] == pytest.approx(1.0 if early else was["believed_government"])
    if early:
        assert now["believed_residents"] > 0


@pytest.mark.parametrize(("letter", "liability", "compelled", "ring"), SITUATIONS)
@pytest.mark.parametrize("stance", list(Stance))
def test_what_a_government_under_pressure_does_next(w, letter, liability, compelled, ring, stance):
    """Before the letter it asks out; later it declines, all holds where courts say so or a first step has been taken."""
    w.p["ring_tactic"] = ring
    w.counties["salience"][HERE] = w.counties["hispanics"][HERE] = 1.0
    take(w, stance, letter=letter, liability=liability, compelled=compelled)
    before = w.governments.copy()
    govern(w, FIRST)
    wanted = Stance.NO_HOLDS if liability or stance in DECLINES else Stance.NO_MINOR_HOLDS
    wanted = wanted if letter else Stance.ASKS_OUT
    moves = wanted != stance and not (compelled and wanted >= Stance.NO_MINOR_HOLDS)
    assert w.governments["stance"][HERE] == (wanted if moves else stance)
    counties, states = len(w.counties), len(w.bureaus)
    rows = [HERE, counties + w.counties["state"][HERE], counties + states]
    changes = w.governments["changes"] - before["changes"]
    assert changes[rows].tolist() == [moves] * 3
    assert changes.sum() == 3 * moves
    attempts = w.governments["attempts"] - before["attempts"]
    assert attempts[HERE] == attempts.sum() == 1
    county = w.counties[HERE]
    around = w.neighbours[county["neighbours_first"] : county["neighbours_first"] + county["neighbours"]]
    ringed = np.flatnonzero(w.governments["ringed"])
    assert ringed.tolist() == (sorted(around) if moves and ring and wanted == Stance.ASKS_OUT else [])


@pytest.mark.parametrize(
    ("salience", "share", "liability", "outcome"),
    [
        (0.0, 1.0, 0, Stance.NONE),
        (0.0, 1.0, 1, Stance.NO_HOLDS),  # courts
        (1.0, 0.0, 0, Stance.JOINS),  # an alarmed public without Hispanic residents
        (1.0, 1.0, 0, Stance.NO_MINOR_HOLDS),
        (0.0, 0.0, 0, Stance.NONE),
    ],
)
def test_who_presses_a_government_where_to(w, salience, share, liability, outcome):
    w.p["ruling_pressure"] = w.p["join_pressure"] = 1.0
    w.counties["salience"] = salience
    w.counties["hispanics"] = share * w.counties["settled"]
    decree(w, liability=liability)
    govern(w, FIRST)
    assert (w.governments["stance"][: len(w.counties)] == outcome).all()
    assert (w.counties["headline"] == (outcome == Stance.JOINS)).all()
    before = w.governments.copy()
    govern(w, FIRST + 1)  # not the first day of a month
    w.p["politics"] = 0.0
    govern(w, FIRST)
    assert np.array_equal(before, w.governments)


def test_who_has_a_stance_does_not_join_nor_is_joining_news_where_deputies_already_work(w):
    w.p["join_pressure"] = w.counties["salience"] = 1.0
    w.counties["hispanics"] = 0
    w.governments["stance"][HERE] = Stance.NO_HOLDS
    decree(w, deputies=1.0)
    govern(w, FIRST)
    assert w.governments["stance"][HERE] == Stance.NO_HOLDS
    assert (w.governments["stance"][1 : len(w.counties)] == Stance.JOINS).all()
    assert not w.counties["headline"].any()


@pytest.mark.parametrize("stance", list(Stance))
def test_peers_are_the_share_of_neighbours_that_restrict(w, stance):
    restricts = stance in {Stance.ASKS_OUT, *DECLINES}
    for c, county in enumerate(w.counties):
        around = w.neighbours[county["neighbours_first"] : county["neighbours_first"] + county["neighbours"]]
        for n in range(len(around) + 1):
            w.governments["stance"] = Stance.NONE
            w.governments["stance"][around[:n]] = stance
            assert peers(w, c) == pytest.approx(restricts * n / len(around))
        w.counties["neighbours"][c] = 0
        assert peers(w, c) == 0.0


@pytest.mark.parametrize("substitutes", [0.0, 0.3, 1.0])
def test_interviews_go_with_shared_prints_up_or_down(w, substitutes):
    """Down in a share of counties, for good, and up in the others; nothing changes where prints are not shared."""
    w.p["substitution"], w.p["substitutes"] = 0.4, substitutes
    found = np.zeros(400)
    for n in range(len(found)):
        w.counties["fips"][HERE] = 1000 + 2 * n
        found[n] = local_effort(w, HERE)
        assert local_effort(w, HERE) == found[n]
    assert np.isin(found, (1.0 - 0.4, 1.0 + 0.4)).all()
    spread = (substitutes * (1 - substitutes) / len(found)) ** 0.5
    assert (found < 1.0).mean() == pytest.approx(substitutes, abs=4.5 * spread)
    w.policies["sharing"] = 0
    assert local_effort(w, HERE) == 1.0


def test_the_calendar_takes_effect_on_its_day_and_is_news(w):
    """Changes of a day come all at once, none too early; alarm is the greater of what there was and what comes."""
    w.clock["next_change"], w.p["politics"] = 0, 0.0
    w.change_days[:5], w.change_days[5:] = 3, 7
    w.change_policies["news"][:5], w.change_policies["news"][5:] = 0.2, 0.6
    w.change_policies["hold_hours"] = np.arange(len(w.change_days))
    w.counties["headline"][HERE] = 0.9
    for today, hours in ((2, None), (3, 0), (6, 0), (7, 5), (8, 5)):
        kept = w.policies.copy()
        govern(w, today)
        if hours is None:
            assert np.array_equal(w.policies, kept)
        else:
            assert w.policies["hold_hours"].tolist() == [hours + c for c in w.change_counties[:5]]
            assert w.counties["headline"].tolist() == pytest.approx([0.9, *[0.2 if hours == 0 else 0.6] * 4])
    assert w.governments["changes"].tolist() == [2] * 5 + [10, 10]
