"""The time of the police: who takes it, what gives way first, what follows, and what visits to residents are worth."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel
from comity.agents.offending import unguarded
from comity.agents.police import LEAST_TIME, VISITS_KEPT, _reassure, clear, share_out, visit
from comity.agents.residents import Whereabouts
from comity.observe.measures import Task
from comity.parameters import INCIDENTS, Parameters
from comity.policy.levers import LEVERS
from comity.policy.regimes import catalogue

KEYS = {"place": ["04013", "06075"], "start": "2010-01-01", "end": "2010-06-30", "scale": 4000, "seed": 3}
LOCAL = {"interview", "street", "outreach"}
USUAL = ("presence", "response", "community_time")


def lived(**keys) -> CooperationModel:
    return CooperationModel(**KEYS | keys).run()


def chiefly(lever: str, value: float, start: str = "2009-01-01") -> dict:
    """Return a regime in which a chief moves one lever."""
    policy = {"decider": "county", "lever": lever, "value": value, "start": dt.date.fromisoformat(start)}
    return {"regimes": {"chief": {"policies": [policy]}}, "regime": "chief"}


# ------------------------------------------------------------------------------------------- whose time it is


TAKES_NO_OFFICER = [n for n, r in catalogue().items() if not LOCAL & {p.lever for p in r.policies}]


@pytest.mark.parametrize("regime", TAKES_NO_OFFICER)
def test_secure_communities_takes_no_officer_whatever_is_refused(regime):
    """The testable null: where the programme shares prints and nothing else, hands are as full as before, to the last bit."""
    keys = {
        "end": "2010-03-31",
        "scale": 20_000,
        "regime": regime if regime == "historical" else f"{regime}@2010-02-01",
    }
    full, free = (lived(**keys | {"place": "06075", "hypotheses": h}) for h in ("H2+H10", "H2"))
    assert not full.police()["immigration_hours"].any()
    assert full.table().equals(free.table())
    assert full.police().equals(free.police())
    assert np.array_equal(full.world.residents, free.world.residents)


def test_a_jail_agreement_takes_28_hours_for_everybody_whom_its_deputies_find():
    model = lived(regime="jail_287g@2010-01-01", minor_arrests=0.5, place="04013", hypotheses="H10")
    found = model.table().query("measure == 'interviews'")["value"].sum()
    ended, worked = model.world.police["backlog"][0], model.police()["immigration_hours"].sum()
    assert found > 0
    assert ended + worked == pytest.approx(28.0 * found)
    assert (model.world.police["presence"] < 1.0).all()
    assert (model.world.police["response"] == 1.0).all()


def test_a_task_force_takes_its_share_of_the_force_every_day_that_it_is_in_force():
    """And no longer: officers who may not ask are back on patrol."""
    orders = [
        {"decider": "county", "lever": "street", "value": 1, "start": dt.date(2009, 1, 1)},
        {"decider": "county", "lever": "no_inquiry", "value": 1, "start": dt.date(2010, 4, 1)},
    ]
    keys = {"place": "04013", "hypotheses": "H10", "recording_days": 0, "interview_detects": 0.0}
    model = lived(regimes={"both": {"policies": orders}}, regime="both", **keys)
    share = model.police()["immigration_hours"].to_numpy() / model.police()[
        [f"{t.name.lower()}_hours" for t in Task]
    ].sum(axis=1)
    assert share[:3].to_numpy() == pytest.approx(Parameters().task_force_share)
    assert not share[3:].any()
    assert model.world.police["presence"][0] == 1.0


def test_hours_are_whole_where_time_is_displaced_and_more_where_it_is_paid_for():
    whole = Parameters().officers / 1000 * Parameters().duty_hours * 7
    for hypotheses, added in (("H10", 0.0), ("H0", 1.0)):
        model = lived(place="04013", regime="task_force_287g", hypotheses=hypotheses, task_force_share=0.1)
        table = model.police().iloc[:-1]  # the last period is short
        hours = table[[f"{task.name.lower()}_hours" for task in Task]].sum(axis=1)
        persons = model.world.police["officers"][0] / Parameters().officers * 1000
        assert (hours - added * table["immigration_hours"]).to_numpy() == pytest.approx(whole * persons)


@cache
def county() -> CooperationModel:
    return CooperationModel(**KEYS | {"place": "04013", "scale": 100_000, "end": "2010-01-31"})


SHARE = st.floats(0, 1)


@pytest.mark.uncompiled
@given(
    backlog=st.floats(0, 1e7),
    street=st.integers(0, 1),
    outreach=SHARE,
    officers=st.sampled_from([0.0, 1.0, 9000.0]),
    times=st.tuples(st.floats(0.05, 0.5), st.floats(0, 0.3), st.floats(0, 0.2)),
    task_force_share=st.floats(0, 0.2),
    displacement=SHARE,
)
@settings(max_examples=300, deadline=None)
def test_discretionary_time_gives_way_first_then_response(
    backlog, street, outreach, officers, times, task_force_share, displacement
):
    w = county().world.copy()
    w.p["time_calls"], w.p["time_investigation"], w.p["time_community"] = times
    w.p["task_force_share"], w.p["displacement"] = task_force_share, displacement
    w.policies["street"], w.policies["outreach"] = street, outreach
    department = w.police[:1]
    department["backlog"], department["officers"], department["hours"] = backlog, officers, 0.0
    share_out(w, 0)
    presence, response, community = (float(department[name][0]) for name in USUAL)
    hours, whole = department["hours"][0], officers * float(w.p["duty_hours"][0])
    assert (hours >= -1e-9 * whole).all()
    assert 0.0 <= presence <= 1.0
    assert 1.0 <= response <= 1.0 / LEAST_TIME
    assert 0.0 <= community <= presence
    assert response == 1.0 or presence < 1e-9  # nobody waits longer while somebody is on patrol
    paid = (1.0 - displacement) * outreach * presence * times[2] * whole
    assert hours.sum() == pytest.approx(
        whole + (1.0 - displacement) * hours[Task.IMMIGRATION] + paid, abs=LEAST_TIME * whole
    )
    assert department["backlog"][0] >= -1e-6
    if displacement == 0.0:
        assert (presence, response, community) == (1.0, 1.0, 1.0)
    if not (backlog or street):
        assert (presence, response) == (1.0, 1.0)
        assert community == pytest.approx(1.0 - displacement * outreach)


def test_where_time_is_not_displaced_nothing_follows_from_it():
    """Without H10 no number of it changes an event, and nobody; with it they do."""
    idle = {
        "task_force_share": 0.2,
        "case_hours": 200.0,
        "case_days": 1.0,
        "duty_hours": 1.0,
        "time_calls": 0.5,
    }
    idle |= {"presence_effect": 0.25, "response_effect": 1.0, "officers": 0.1, "time_community": 0.2}
    keys = {"regime": "task_force_287g", "minor_arrests": 0.5, "contacts": 2.0, "log": True, "place": "04013"}
    for hypotheses, same in (("H2", True), ("H2+H10", False)):
        a, b = (lived(**keys | extra, hypotheses=hypotheses) for extra in ({}, idle))
        assert a.events().equals(b.events()) == same
        assert np.array_equal(a.world.residents, b.world.residents) == same


# ------------------------------------------------------------------------------------------- what follows


def test_fewer_on_patrol_means_more_crime_as_in_dallas():
    w = county().world.copy()
    w.police["presence"] = 0.9
    assert 1.012 <= unguarded(w, 0) <= 1.025
    w.police["presence"] = 1.0
    assert unguarded(w, 0) == 1.0


def test_slower_response_clears_fewer_as_in_manchester():
    assert Parameters().response_effect * math.log(1.1) == pytest.approx(0.047, rel=0.001)
    cleared = {}
    for slower in (1.0, 1.1):
        model = CooperationModel(**KEYS | {"place": "04013", "scale": 1000, "hypotheses": "H0"})
        w, n = model.world.copy(), len(model.world.incidents)
        w.police["response"] = slower
        offenders, rows = w.offenders, np.arange(n)
        for day in range(40):
            w.clock["incidents"] = n
            w.incidents["victim"], w.incidents["offender"] = rows + day * n, offenders[rows % len(offenders)]
            w.incidents["kind"], w.incidents["by_victim"], w.incidents["by_witness"] = (
                rows % len(INCIDENTS),
                1,
                0,
            )
            w.arrests[:] = 0
            clear(w, day)
            cleared[slower] = cleared.get(slower, 0) + int(w.clock["arrests"][0])
    assert (cleared[1.0] - cleared[1.1]) / (40 * n) == pytest.approx(0.047, abs=0.01)


def test_a_force_with_its_hands_full_has_more_crime_and_clears_less_of_it():
    keys = {"place": "04013", "scale": 1000, "regime": "task_force_287g", "case_hours": 200.0}
    keys |= {"unauthorized_minor": 6.0, "minor_arrests": 0.5, "task_force_share": 0.2, "street_arrests": 1.0}
    keys |= {"officers": 0.3, "start": "2010-01-01", "end": "2010-12-31"}
    free, full = (lived(**keys | {"hypotheses": h}) for h in ("H0", "H10"))
    sums = [m.table().groupby("measure", observed=True)["value"].sum() for m in (free, full)]
    assert full.world.police["response"][0] > 1.0
    assert sums[1]["incidents"] > 1.02 * sums[0]["incidents"]
    rates = [s["cleared"] / s["reported"] for s in sums]
    assert rates[1] < rates[0] - 0.02


def test_community_policing_is_what_the_time_that_is_left_allows():
    keys = {"place": "04013", "scale": 1000, "contacts": 2.0, "good_effect": 0.2, "bad_effect": 0.0}
    keys |= {"regime": "task_force_287g@2010-01-01", "task_force_share": 0.2, "start": "2010-01-01"}
    trust = {
        h: lived(**keys | {"hypotheses": f"H1+{h}"}).world.residents["trust"].mean() for h in ("H0", "H10")
    }
    assert trust["H10"] < trust["H0"]


# ------------------------------------------------------------------------------------------- visits


@pytest.mark.uncompiled
def test_of_a_visit_about_half_is_left_after_18_days():
    model = CooperationModel(
        **KEYS | {"place": "04013", "bad_effect": 0.0, "good_effect": 0.0, "custody_effect": 0.0}
    )
    w = model.world.copy()
    norm = Parameters().trust_norm
    w.residents["trust"] = w.residents["norm"] = norm
    w.policies["outreach"] = 1.0
    visit(w, 0, 0)
    reached = int(w.police["visits"][0, 0])
    assert reached > 0
    first = w.residents["trust"] - norm
    assert first.sum() == pytest.approx(reached * Parameters().visit_effect, rel=1e-4)
    w.policies["outreach"] = 0.0
    for day in range(1, VISITS_KEPT + 1):
        visit(w, 0, day)
    assert not w.police["visits"].any()
    kept = 2.0 ** (-(VISITS_KEPT - w.residents["touched"]) / Parameters().trust_life)
    left = ((w.residents["trust"] - norm) * kept).sum() / first.sum()
    assert left == pytest.approx(
        Parameters().visit_left * 2.0 ** (-VISITS_KEPT / Parameters().trust_life), rel=1e-3
    )
    assert ((w.residents["trust"] > norm) == (first > 0)).all()  # who was visited then is who is asked now


def test_visits_take_the_time_that_policy_gives_to_them():
    """And reach one resident an hour, of all that the county has."""
    model = lived(place="04013", scale=100, hypotheses="H2", end="2010-02-28", **chiefly("outreach", 0.3))
    table = model.police()
    usual = table["community_policing_hours"].sum() / 1.3  # the time of contacts, which is not displaced
    assert table["visits"].sum() == pytest.approx(0.3 * usual, rel=0.01)
    hurried = lived(place="04013", scale=100, hypotheses="H2+H10", end="2010-02-28", task_force_share=0.2,
                    regimes={"both": {"policies": [*chiefly("outreach", 0.3)["regimes"]["chief"]["policies"],
                                                   {"decider": "county", "lever": "street", "value": 1,
                                                    "start": dt.date(2009, 1, 1)}]}}, regime="both")  # fmt: skip
    assert hurried.police()["visits"].sum() < 0.8 * table["visits"].sum()


@pytest.mark.parametrize("start", ["2009-01-01", "2010-03-01"])
def test_under_the_same_dice_visits_lower_nobodys_trust(start):
    """Where time is not displaced; where it is, what they cost is other contacts."""
    keys = {"hypotheses": "H2", "trust_weight": 0.0, "end": "2010-06-30", "start": "2010-01-01"}
    without, with_ = (CooperationModel(**KEYS | keys | chiefly("outreach", v, start)) for v in (0.0, 1.0))
    higher = []
    while without.running:
        without.step()
        with_.step()
        norm, days = without.world.residents["norm"], Parameters().trust_life
        now = [
            norm
            + (m.world.residents["trust"] - norm) * 2.0 ** (-(m.today - m.world.residents["touched"]) / days)
            for m in (without, with_)
        ]
        assert (now[1] >= now[0] - 1e-6).all()
        higher.append((now[1] - now[0]).mean())
    assert higher[-1] > 0.002


def test_a_run_begins_where_standing_visits_keep_trust():
    """No transient is left that could be read as an effect: with visits for long, mean trust stays where it begins."""
    keys = {"place": "04013", "scale": 400, "end": "2010-12-31", "hypotheses": "H2", "removed": 0.0}
    model = lived(**keys | chiefly("outreach", 1.0))
    plain = lived(**keys)
    trust, usual = (
        m.totals()["trust_sum"].sum(axis=1) / m.totals()["residents"].sum(axis=1) for m in (model, plain)
    )
    gain = (trust - usual)[:-1]
    assert gain.mean() > 0.005
    assert np.abs(gain - gain.mean()).max() < 0.1 * gain.mean()


@pytest.mark.parametrize("regime", ["mandatory", "jail_287g", "chief"])
def test_a_morning_of_another_regime_leaves_nothing_of_its_time(regime):
    """Nobody's hours, unfinished work or visits are those of the regime for which the first morning was built."""
    keys = (
        KEYS | chiefly("outreach", 1.0) | {"hypotheses": "H2+H10", "minor_arrests": 0.5, "end": "2010-03-31"}
    )
    for other in {"mandatory", "task_force_287g", "chief"} - {regime}:
        morning = CooperationModel(**keys | {"regime": other}).world
        moved, built = (
            CooperationModel(**keys | {"regime": regime}, morning=m).run() for m in (morning, None)
        )
        assert moved.police().equals(built.police())
        assert moved.table().equals(built.table())
        for name in ("residents", "police"):
            assert np.array_equal(getattr(moved.world, name), getattr(built.world, name))


def test_what_the_model_counts_is_not_set():
    department = county().agents_by_type[type(county().agents[0])][0]
    for name in ("presence", "response", "community_time", "backlog", "hours", "visits", "visited"):
        with pytest.raises(AttributeError, match=name):
            setattr(department, name, 0.5)
    assert LEVERS["outreach"].restrictive


@pytest.mark.uncompiled
@pytest.mark.parametrize("at_home", [True, False])
def test_no_more_visits_are_taken_back_than_have_raised_trust(at_home):
    """However many there were, and also of who is in jail meanwhile: a visit that raised nothing leaves nothing to lose."""
    w = CooperationModel(**KEYS | {"place": "06075", "scale": 100_000}).world.copy()
    r = w.residents[0]
    r["trust"] = r["norm"] = 0.5
    r["whereabouts"] = Whereabouts.COMMUNITY if at_home else Whereabouts.JAIL
    for times in (3, 300):
        for amount in (0.001, -0.001):
            for _ in range(times):
                _reassure(w, 0, amount, 0)
        assert r["reassured"] == 0
        assert r["trust"] == pytest.approx(0.5)
    r["trust"] = 0.9995
    for amount in (0.001, -0.001):
        _reassure(w, 0, amount, 0)
        assert r["trust"] == pytest.approx(0.9995)
