"""What relieves: relief belongs to the regime, a void restriction is a placebo, and what a police chief orders or says."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_days import DAYS, END, START, daily, lived, policy

from comity import CooperationModel
from comity.parameters import Parameters
from comity.policy import regimes
from comity.policy.law import settle
from comity.policy.levers import Lever
from comity.problems import InputError
from comity.world import places

RELIEFS = ("relief", "relief_hold", "relief_notice")


# ------------------------------------------------------------------------------------------- what relieves


@pytest.mark.parametrize("name", [*regimes.catalogue()])
def test_a_regime_typed_without_beliefs_is_the_built_in_one(name):
    """A file never has to know what residents make of a lever: the table of changes is the same, to the last bit."""
    regime = regimes.catalogue()[name]
    typed = [p.model_dump(exclude={"believed"}, exclude_none=True) for p in regime.policies]
    custom = regimes.read_custom({"mine": {"policies": typed}})["mine"]
    where = places.select(["06073", "06075", "11001", "17031", "36061", "42101", "48201", "53021"])
    ours, theirs = (regimes.timeline(r, where, Parameters(), START, END) for r in (custom, regime))
    assert np.array_equal(ours.changes, theirs.changes)
    assert ours.attempts == theirs.attempts


def test_relief_belongs_to_the_regime_however_many_levers_it_has():
    holds = [policy("hold", [0, 0, 0, 0], "2012-03-01")]
    more = [policy("notify", [0, 0, 0, 0], "2012-03-01"), policy("access", 0, "2012-03-01")]
    more += [policy("hold_hours", 0, "2012-03-01"), policy("receive", 0, "2012-03-01")]
    where = places.select("06075")
    args = (regimes.laws(), where, Parameters(), START, END)
    one, many = (settle(regimes.base(), p, *args).changes["policy"][-1] for p in (holds, holds + more))
    relief = Parameters().relief_custody
    assert [one[name] for name in RELIEFS] == [0.0, np.float32(relief), 0.0]
    placebo = np.float32(Parameters().relief_placebo)
    assert [many[name] for name in RELIEFS] == [placebo, np.float32(relief), np.float32(relief)]
    twice = settle(regimes.base(), [*holds, policy("hold_hours", 0, "2012-03-01")], *args).changes["policy"][
        -1
    ]
    assert twice["believed_residents"] == one["believed_residents"] > many["believed_residents"]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_a_void_opt_out_relieves_no_more_than_one_that_is_honoured(cut, custody, placebo):
    reliefs = {"relief_cut": cut, "relief_custody": custody, "relief_placebo": placebo}
    free, void = (lived("state_withhold", "06075", mandate=m, **reliefs)[0, -1] for m in (0, 1))
    assert (free["sharing"], void["sharing"]) == (0, 1)
    assert free["believed_residents"] <= void["believed_residents"] + 1e-6


def test_what_a_file_says_is_believed_counts_where_something_is_restricted():
    where, args = places.select("06075"), (Parameters(), START, END)
    for value, believed, gone in (
        ([0, 0, 1, 1], "placebo", 0.3),
        ([0, 0, 1, 1], "none", 0.0),
        ([1, 1, 1, 1], "cut", 0.0),
    ):
        entry = {
            "decider": "county",
            "lever": "hold",
            "value": value,
            "start": "2012-01-01",
            "believed": believed,
        }
        custom = regimes.read_custom({"mine": {"policies": [entry]}})["mine"]
        found = regimes.timeline(custom, where, *args).changes["policy"][-1]
        assert found["relief_hold"] == pytest.approx(gone)
        assert (found["believed_residents"] < 1) == (gone > 0)


def test_a_restriction_that_is_said_to_alarm_is_refused():
    entry = {
        "decider": "county",
        "lever": "hold",
        "value": [0, 0, 1, 1],
        "start": "2012-01-01",
        "believed": "alarm",
    }
    with pytest.raises(
        InputError, match=r"mine\.policies\.0\.believed = 'alarm': .*'cut', 'custody', 'placebo' or 'none'"
    ):
        regimes.read_custom({"mine": {"policies": [entry]}})


def test_no_lever_can_be_made_that_restricts_and_alarms():
    keys = {"layer": "police", "kind": "switch", "default": 0, "deciders": ("county",), "meaning": "A lever."}
    for directions in ({"combine": "least"}, {"combine": "most", "reassures": True}):
        with pytest.raises(ValueError, match=r"quiet: a restriction cannot alarm; valid: alarm = inf"):
            Lever("quiet", alarm=1, **keys, **directions)


# ------------------------------------------------------------------------------------------- a police chief's levers


def test_a_pledge_is_believed_in_part_by_those_who_hear_it():
    args = (regimes.laws(), places.select("06075"), Parameters(), START, END)
    part = Parameters().relief_placebo
    for told, believed, gone in (
        (0.0, None, 0.0),
        (0.5, None, part / 2),
        (1.0, None, part),
        (1.0, "none", 0.0),
    ):
        made = policy("pledge", told, "2012-01-01").model_copy(update={"believed": believed})
        row = settle(regimes.base(), [made], *args).changes["policy"][-1]
        assert (row["pledge"], row["sharing"]) == (np.float32(told), 1)
        assert (row["relief_street"], row["relief"], row["believed_residents"]) == pytest.approx((gone, 0, 1))


@pytest.mark.parametrize("task_force", ["2008-01-01", "2010-06-01"])
def test_officers_who_may_not_ask_arrest_nobody_for_their_status(task_force):
    """Whatever order comes first; the agreement is heard of once, when it is signed, and never when asking is allowed again."""
    joins = policy("street", 1, task_force)
    quiet = policy("no_inquiry", 1, "2009-06-01", "2011-06-01")
    args = (regimes.laws(), places.select("04013"), Parameters(), START, END)
    both, alone = (
        daily(settle(regimes.base(), p, *args).changes, 1, DAYS)[0] for p in ((joins, quiet), (joins,))
    )
    silent = both["no_inquiry"] == 1
    assert silent.sum() == (dt.date(2011, 6, 1) - dt.date(2009, 6, 1)).days
    assert not both["street"][silent].any()
    assert (both["street"][~silent] == alone["street"][~silent]).all()
    assert (both["news"] == alone["news"]).all()
    assert (both["believed_residents"][silent] <= alone["believed_residents"][silent]).all()
    usual = np.float32(Parameters().interviewed)
    assert (both["interview"][silent] == usual).all()  # deputies of the jail, another lever, would go on


def test_a_state_that_compels_lets_officers_ask():
    orders = [policy("no_inquiry", 1, "2010-01-01"), policy("compel", 1, "2012-01-01")]
    args = (regimes.laws(), places.select("48113"), Parameters(), START, END)
    found = settle(regimes.base(), orders, *args)
    asked = daily(found.changes, 1, DAYS)["no_inquiry"][0]
    first, compelled = ((dt.date(year, 1, 1) - START).days for year in (2010, 2012))
    assert asked[first:compelled].all()
    assert not asked[compelled:].any()
    assert [a.allowed for a in found.attempts if a.lever == "no_inquiry"] == [True, False]


@pytest.mark.parametrize("regime", ["special_order_40", "city_of_refuge"])
def test_officers_who_may_not_ask_apply_no_pretext(regime):
    keys = {"place": "04013", "start": "2010-01-01", "end": "2010-03-31", "scale": 5000, "seed": 2}
    keys |= {"hypotheses": "H6", "minor_arrests": 0.5, "pretext": 2.5}
    asked, quiet = (CooperationModel(regime=r, **keys).run() for r in ("mandatory", f"mandatory+{regime}"))
    assert asked.world.police["pretext"][0] > 1.0
    assert quiet.world.police["pretext"][0] == 1.0


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (
            {"lever": "no_enquiry", "value": 1},
            r"lever = 'no_enquiry': unknown lever; valid: did you mean no_inquiry\? active, ",
        ),
        ({"lever": "no_inquiry", "value": 2}, r"value = 2: no value of no_inquiry; valid: 0 or 1"),
        ({"lever": "pledge", "value": 1.5}, r"value = 1\.5: no value of pledge; valid: a number from 0 to 1"),
        (
            {"lever": "pledge", "value": True},
            r"value = True: no value of pledge; valid: a number from 0 to 1",
        ),
        (
            {"lever": "outreach", "value": -0.1},
            r"value = -0\.1: no value of outreach; valid: a number from 0 to 1",
        ),
        (
            {"lever": "outreach", "value": float("nan")},
            r"value = nan: no value of outreach; valid: a number from 0 to 1",
        ),
        (
            {"lever": "pledge", "value": 1.0, "decider": "federal"},
            r"pledge is moved by county, not by federal",
        ),
        (
            {"lever": "no_inquiry", "value": 1, "believed": "alarm"},
            r"believed = 'alarm': .*'placebo' or 'none'",
        ),
        ({"lever": "outreach", "value": 1.0, "alarm": 1}, r"alarm = 1: unknown key; valid: decider, lever"),
    ],
)
def test_a_chiefs_levers_are_refused_with_what_would_be_valid(entry, told):
    entry = {"decider": "county", "start": "2012-01-01", **entry}
    with pytest.raises(ValueError, match=told):
        regimes.read_custom({"mine": {"policies": [entry]}})
