"""Cuts that could be made: what the page says of them is what the law of a run says."""

from __future__ import annotations

import pytest

from comity.app.cuts import MOST_COUNTIES, NO_CUTS, cuts
from comity.app.view import read_view
from comity.policy.levers import LEVERS
from comity.policy.regimes import catalogue
from comity.world.given import given

PLACES = ("San Francisco, CA", "Cook County, IL", "Maricopa County, AZ", "CT")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("day", ["2009-01-01", "2010-06-09", "2011-09-01", "2012-12-01"])
def test_what_is_said_of_a_day_is_what_the_law_says_of_a_run_in_which_it_begins_then(
    place: str, day: str
) -> None:
    setup = read_view({"place": place, "start": "2009-01-01", "end": "2012-12-31", "scale": "500"}).setup
    found = cuts(setup)
    assert {cut["regime"] for cut in found} <= catalogue().keys() - NO_CUTS
    assert len({cut["regime"] for cut in found}) > 15
    for cut in found:
        on_day = [s for s in cut["spans"] if s["start"] <= day and (s["until"] is None or day < s["until"])]
        attempts = given(setup.with_(regime=f"{cut['regime']}@{day}")).timeline.attempts
        begun = [a for a in attempts if (a.lever, a.decider) == (cut["lever"], cut["decider"])]
        first = [(a.allowed, a.reason) for a in begun if a.start.isoformat() == day]
        assert {(s["allowed"], s["reason"]) for s in on_day} >= set(first), cut
        assert any(s["allowed"] for s in on_day) == any(allowed for allowed, _ in first), cut
        assert {cut["decider"], *cut["may"]} == {*LEVERS[cut["lever"]].deciders, cut["decider"]}


def test_of_a_larger_place_nothing_is_said() -> None:
    assert cuts(read_view({"place": "TX", "scale": "500"}).setup) == []
    assert MOST_COUNTIES == 60
