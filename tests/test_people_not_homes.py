"""Where homes are let, whoever counts people counts no empty home: officers, media, governments, surveys, the steady start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel
from comity.agents import migration
from comity.agents.homes import find_home, number_of_homes, people_of
from comity.agents.news import _publish, tell
from comity.agents.police import VISITS_KEPT, visit
from comity.agents.residents import Whereabouts
from comity.draws import Stream
from comity.kernels import COMPILED
from comity.observe.log import Event
from comity.observe.recorder import recount
from comity.world.people import ident_share
from comity.world.steady import _learned, settle_minds

pytestmark = pytest.mark.uncompiled
KEYS = {
    "place": ("06075", "06081"),
    "scale": 3000,
    "start": "2010-01-01",
    "end": "2010-03-31",
    "settling_days": 0,
}


def world(**parameters: Any) -> Any:
    return CooperationModel(**KEYS, parameters={"visit_effect": 0.02} | parameters).world


LET, KEPT = world(moves_arrive=0.5, spare_homes=1.0), world()


@given(st.integers(0, 50), st.floats(0.05, 0.9), st.sampled_from([0, 1]), st.booleans())
@settings(max_examples=12, deadline=None, derandomize=True)
def test_officers_reach_as_many_people_however_many_homes_are_empty(today, empty, c, let):
    """And what is taken back some days later is taken from the same people, and from no one else."""
    w = (LET if let else KEPT).copy()
    county, r = w.counties[c], w.residents
    own = slice(county["first"], county["first"] + county["residents"])
    if let:
        lots = np.random.default_rng(today).random(len(r))
        r["whereabouts"] = np.where(lots < empty, Whereabouts.MOVED_AWAY, Whereabouts.COMMUNITY)
    r["trust"], r["reassured"], w.police["visits"], w.police["visited"] = 0.5, 0, 0, 0
    w.policies["outreach"], w.police["presence"] = 1.0, 1.0
    w.p["visit_hours"] = (
        w.police["officers"][c] * w.p["duty_hours"] * w.p["time_community"] / (20 * w.clock["scale"])
    )
    recount(w, today)
    visit(w, c, today)
    assert w.police["visited"][c] in (19, 20, 21)
    assert r["reassured"][own].sum() == w.police["visited"][c] == r["reassured"].sum()
    assert (r["reassured"][r["whereabouts"] == Whereabouts.MOVED_AWAY] == 0).all()
    w.policies["outreach"] = 0.0
    visit(w, c, today + VISITS_KEPT)
    assert (r["reassured"] == 0).all()


@pytest.mark.parametrize("empty", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("let", [False, True])
def test_media_report_per_head(let, empty):
    w = (LET if let else KEPT).copy()
    r = w.residents
    lots = np.random.default_rng(3).random(len(r))
    if let:
        r["whereabouts"] = np.where(lots < empty, Whereabouts.MOVED_AWAY, Whereabouts.COMMUNITY)
    recount(w, 0)
    w.p["salience_transfers"], w.p["news_reach"], w.counties["salience"] = 0.01, 0.0, 0.0
    who = int(w.counties["first"][1])
    tell(w, 0, who, Event.TRANSFER, 0)
    _publish(w, w.stories[0])
    people = ((r["county"] == 1) & (r["hispanic"] == 1) & (r["whereabouts"] != Whereabouts.MOVED_AWAY)).sum()
    assert w.counties["salience"].tolist() == pytest.approx([0.0, min(1.0, 10.0 / people)])


@pytest.mark.parametrize("let", [False, True])
def test_a_county_has_the_people_who_are_there(let):
    w = (LET if let else KEPT).copy()
    r = w.residents
    if let:
        r["whereabouts"] = np.random.default_rng(4).integers(0, 5, len(r))
    recount(w, 0)
    here = (r["whereabouts"] == Whereabouts.COMMUNITY) | (not let)
    for c in range(2):
        own = r["hispanic"][here & (r["county"] == c)]
        assert people_of(w, c) == ((own == 0).sum(), (own == 1).sum())


@pytest.mark.skipif(COMPILED, reason="each kernel that is called alone would be compiled once more")
@pytest.mark.parametrize("seed", range(3))
def test_nobody_grew_up_with_stories_from_an_empty_home(seed):
    """Whatever an empty home is like, those who live here begin with the same minds, and offenders with the same lore."""
    dice, found = np.random.default_rng(seed), []
    empty = dice.random(len(LET.residents)) < 0.4
    rates = dice.random((len(LET.counties), *LET.tally.shape[1:2], 2)) / 100
    for status, seen, proneness in ((0, 0, 0.0), (2, 1, 3.0)):
        w = LET.copy()
        r = w.residents
        r["whereabouts"] = np.where(empty, Whereabouts.MOVED_AWAY, Whereabouts.COMMUNITY)
        r["status"][empty], r["seen_hispanic"][empty], r["proneness"][empty] = status, seen, proneness
        settle_minds(w, rates)
        found.append((r[["trust", "cynicism", "awareness"]][~empty], _learned(w)))
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])


@pytest.mark.skipif(COMPILED, reason="each kernel that is called alone would be compiled once more")
def test_a_home_is_found_where_there_is_one():
    """Of that cell and those counties, empty or with somebody free as asked; nobody where there is no home or none like that."""
    w = LET.copy()
    r, cells = w.residents, range(len(w.homes))
    where = {(cell, c): number_of_homes(w, cell, c, c + 1) for cell in cells for c in range(len(w.counties))}
    assert {0} < set(where.values())
    for free in (True, False):
        r["whereabouts"] = Whereabouts.COMMUNITY if free else Whereabouts.MOVED_AWAY
        for (cell, c), homes in where.items():
            for empty in (True, False):
                i = find_home(w, cell, c, c + 1, Stream.DESTINATION, 7, empty, 3)
                if homes == 0 or empty == free:
                    assert i == -1
                else:
                    assert (r["county"][i], r["hispanic"][i] * 5 + r["status"][i]) == (c, cell)


@pytest.mark.skipif(COMPILED, reason="hands its own dice to kernels, which are compiled with theirs")
def test_who_comes_is_known_to_ice_as_often_as_others_of_that_status(monkeypatch):
    w = LET.copy()
    w.residents["whereabouts"] = Whereabouts.MOVED_AWAY
    for i in range(0, len(w.residents), 7):
        share = ident_share(w.p[0], w.residents["status"][i])
        for v in (share * 0.9, share + 0.1 * (1.0 - share)):
            monkeypatch.setattr(migration, "draws_of", lambda *_, v=v: (0.5, v, 0.5, 0.5))
            migration._move_in(w, i, -1, 3)
            assert w.residents["ident"][i] == (v < share)
            w.residents["whereabouts"][i] = Whereabouts.MOVED_AWAY
