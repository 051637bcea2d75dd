"""Cuts that could be made: what the page says of them is what the law of a run says."""

from __future__ import annotations

from datetime import date

import pytest

from comity.app.cuts import MOST_COUNTIES, NO_CUTS, cuts
from comity.app.view import read_view
from comity.policy.levers import LEVERS
from comity.policy.regimes import catalogue
from comity.world.given import given

PLACES = ("San Francisco, CA", "Cook County, IL", "Maricopa County, AZ", "CT")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("start", ["2009-01-01", "2011-09-01"])
def test_every_cut_is_allowed_on_the_days_on_which_a_run_with_it_allows_it(place: str, start: str) -> None:
    setup = read_view({"place": place, "start": start, "end": "2012-12-31", "scale": "500"}).setup
    found = cuts(setup)
    assert {cut["regime"] for cut in found} <= catalogue().keys() - NO_CUTS
    assert len({cut["regime"] for cut in found}) > 15
    for cut in found:
        attempts = given(setup.with_(regime=f"{cut['regime']}@{start}")).timeline.attempts
        own = [a for a in attempts if (a.lever, a.decider) == (cut["lever"], cut["decider"])]
        lived = [span for span in cut["spans"] if date.fromisoformat(span["start"]) <= setup.end]
        assert [(s["start"], s["allowed"], s["reason"]) for s in lived] == [
            (a.start.isoformat(), a.allowed, a.reason) for a in own
        ]
        assert {cut["decider"], *cut["may"]} == {*LEVERS[cut["lever"]].deciders, cut["decider"]}


def test_of_a_larger_place_nothing_is_said() -> None:
    assert cuts(read_view({"place": "TX", "scale": "500"}).setup) == []
    assert MOST_COUNTIES == 60
