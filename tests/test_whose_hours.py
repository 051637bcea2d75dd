"""Whose hours are whose: ICE's own officers take none of the locality's, and what is paid for is counted, too."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel
from comity.observe.measures import Task
from comity.parameters import Parameters
from comity.policy import regimes
from comity.policy.law import settle
from comity.policy.regimes import Policy
from comity.world import places

KEYS = {"place": "04013", "start": "2010-01-01", "end": "2010-06-30", "scale": 4000, "seed": 3}
HOURS = [f"{task.name.lower()}_hours" for task in Task]


def lived(*policies: dict, **keys) -> CooperationModel:
    """Return a run under some policies, all from before its first day."""
    dated = [{"start": dt.date(2009, 1, 1), **policy} for policy in policies]
    return CooperationModel(**KEYS | {"regimes": {"own": {"policies": dated}}, "regime": "own"} | keys).run()


def asking(decider: str, share: float) -> dict:
    return {"decider": decider, "lever": "interview", "value": share}


def test_an_officer_of_ice_in_the_jail_takes_no_time_of_the_county():
    """Costa Mesa had one: more are found, by nobody's deputies, and all are as free as before."""
    keys = {"minor_arrests": 0.5}
    full, free = (lived(asking("federal", 1.0), **keys, hypotheses=h) for h in ("H2+H10", "H2"))
    assert full.table().query("measure == 'interviews'")["value"].sum() > 0
    assert not full.police()["immigration_hours"].any()
    assert full.table().equals(free.table())
    assert lived(asking("county", 1.0), **keys).police()["immigration_hours"].sum() > 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["county", "federal"]), st.floats(0, 1), st.booleans()),
        max_size=2,
        unique_by=lambda one: one[0],
    ),
    st.integers(0, 1),
    st.sampled_from([0.0, 0.14, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_officers_do_what_the_county_asks_and_no_more(asked, street, interviewed):
    """By whomever else interviews: what takes the county's officers is what there would be without ICE's."""
    start, until = dt.date(2009, 1, 1), dt.date(2011, 1, 1)
    made = [
        Policy(decider=who, lever="interview", value=share, start=start, until=until if ends else None)
        for who, share, ends in asked
    ]
    if street:
        made.append(Policy(decider="county", lever="street", value=1, start=start))
    where, days = places.select("04013"), (dt.date(2010, 1, 1), dt.date(2012, 12, 31))
    args = (regimes.laws(), where, Parameters(interviewed=interviewed), *days)
    whole, own = (
        settle(regimes.base(), policies, *args).changes["policy"]
        for policies in (made, [p for p in made if p.decider == "county"])
    )
    assert whole["staffed"][0] == own["staffed"][0] == own["deputies"][0]
    assert whole["staffed"][-1] == own["staffed"][-1] == own["deputies"][-1]
    assert (whole["staffed"] <= whole["deputies"]).all()


@pytest.mark.parametrize("hypotheses", ["H0", "H10"])
@pytest.mark.parametrize("outreach", [0.0, 0.3, 1.0])
def test_the_hours_of_visits_are_there_whoever_makes_them(hypotheses, outreach):
    """In the time of contacts under H10; without it by officers who are paid for them, on top of the whole."""
    visiting = {"decider": "county", "lever": "outreach", "value": outreach}
    keys = {"hypotheses": hypotheses, "visit_hours": 0.5, "scale": 400, "end": "2010-03-31"}
    with_, without = (lived(visiting | {"value": v}, **keys).police().iloc[:-1] for v in (outreach, 0.0))
    usual = without["community_policing_hours"].sum()
    added = outreach * usual if hypotheses == "H0" else 0.0
    assert 0.5 * with_["visits"].sum() == pytest.approx(outreach * usual, rel=0.02)
    assert with_["community_policing_hours"].sum() == pytest.approx(usual + added)
    assert with_[HOURS].sum().sum() == pytest.approx(without[HOURS].sum().sum() + added)
