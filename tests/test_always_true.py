"""What is always true: checked on every day of runs with every mechanism on, over random scenarios."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity import CooperationModel, Parameters, Whereabouts
from comity.agents.cases import CaseState
from comity.observe.log import Event
from comity.observe.measures import Measure, Stage
from comity.parameters import describe
from comity.world import places

ALL = "H2+H2b+H3+H4+H5+H6+H7+H8"
VARIED = [
    "fear_weight",
    "household_weight",
    "salience_weight",
    "cynicism_weight",
    "targeting",
    "replacement",
    "avoidance",
    "contacts",
    "minor_arrests",
    "dropped",
    "stay_sentenced",
    "jail_beds",
    "booked",
    "ident_unauthorized",
    "ice_beds",
    "pickup_capacity",
    "pickup_share",
    "at_large",
    "at_large_delay",
    "at_large_cost",
    "door_share",
    "removed",
    "hearing",
    "alarm",
    "exit_rate",
    "victimisation_hispanic",
    "victimisation_other",
    "live_scan",
    "bed_reserve",
    "citizen_error",
    "unauthorized_hispanic",
    "mixed_household",
    "offender_share",
]


def numbers(name: str) -> st.SearchStrategy[float]:
    """Return values of a parameter within its bounds; rates up to a tenth of the way, so that runs stay small."""
    meta = describe(name)
    wide = name in {"contacts", "minor_arrests", "victimisation_hispanic", "victimisation_other"}
    return st.floats(meta.low, meta.low + (meta.high - meta.low) * (0.1 if wide else 1.0))


SCENARIOS = st.fixed_dictionaries(
    {
        "place": st.sampled_from(["06075", "11001", ["48261", "06075"], "35021", ["36061", "34003"]]),
        "regime": st.sampled_from(
            [
                "mandatory",
                "no_receive",
                "full_decline@2010-07-01+task_force_287g",
                "warrant_only@2010-06-20+jail_287g",
                "inactive",
                "no_minor_holds@2010-06-15+no_receive",
                "short_holds@2010-06-10",
                "felony_only",
                "must_comply@2010-06-08",
            ]
        ),
        "seed": st.integers(0, 2**63 - 1),
        "residents": st.integers(1, 3000),
        "parameters": st.fixed_dictionaries({}, optional={name: numbers(name) for name in VARIED}),
    }
)


def make(case: dict, **more: object) -> CooperationModel:
    keys = dict(case)
    people = int(places.select(keys["place"])["population"].sum())
    scale = max(1.0, people / keys.pop("residents"))
    dates = {"start": dt.date(2010, 5, 20), "end": dt.date(2010, 8, 31)}
    return CooperationModel(**(dates | keys | {"scale": scale, "hypotheses": ALL, "log": True} | more))


def check_people(w) -> None:
    """Nobody is lost or in two places: whereabouts agree with the open cases."""
    r, cases = w.residents, w.cases
    for state, where in (
        ((CaseState.JAILED, CaseState.HELD), Whereabouts.JAIL),
        ((CaseState.DETAINED,), Whereabouts.ICE_CUSTODY),
    ):
        inside = np.flatnonzero(r["whereabouts"] == where)
        booked = np.sort(cases["resident"][np.isin(cases["state"], state)])
        assert np.array_equal(inside, booked)
    assert r["whereabouts"].max(initial=0) <= Whereabouts.MOVED_AWAY


def check_institutions(w) -> None:
    """Head counts equal residents; capacity is never exceeded; the list of free cases is whole."""
    counties = w.residents["county"]
    held = w.cases["resident"][w.cases["state"] == CaseState.HELD]
    for c in range(len(w.counties)):
        jail = w.jails[c]
        assert jail["inmates"] == ((w.residents["whereabouts"] == Whereabouts.JAIL) & (counties == c)).sum()
        assert jail["held"] == (counties[held] == c).sum()
        assert 0 <= jail["sentenced"] <= jail["inmates"] <= jail["beds"]
    office = w.counties["office"][counties]
    for n in range(len(w.offices)):
        detained = ((w.residents["whereabouts"] == Whereabouts.ICE_CUSTODY) & (office == n)).sum()
        assert w.offices[n]["detained"] == detained <= w.offices[n]["beds"]
        wanted_from_jail = (w.cases["detainer"] == 1) & np.isin(
            w.cases["state"], (CaseState.JAILED, CaseState.HELD)
        )
        assert w.offices[n]["lodged"] == (office[w.cases["resident"][wanted_from_jail]] == n).sum()
        assert w.offices[n]["pickups"] >= 0
    free, case = 0, int(w.clock[0]["free_case"])
    while case < len(w.cases):
        assert w.cases[case]["state"] == CaseState.FREE
        free, case = free + 1, int(w.cases[case]["next_free"])
    assert free == (w.cases["state"] == CaseState.FREE).sum()
    assert w.clock[0]["wanted"] == (w.cases["state"] == CaseState.WANTED).sum()


def check_numbers(w) -> None:
    """Probabilities stay in [0, 1], counts do not turn negative and fall along the funnel of every cohort."""
    for table, fields in (
        (w.residents, ("trust", "cynicism", "awareness")),
        (w.counties, ("awareness", "salience", "learned_before")),
        (
            w.policies,
            ("believed_residents", "believed_police", "believed_government", "hold", "notify", "interview"),
        ),
    ):
        for field in fields:
            assert ((table[field] >= 0) & (table[field] <= 1)).all(), field
    assert np.isfinite(w.tally).all()
    assert (w.tally >= 0).all()
    assert (np.diff(w.funnel[..., : Stage.MATCHED + 1], axis=-1) <= 0).all()
    assert (np.diff(w.funnel[..., Stage.IDENTIFIED :], axis=-1) <= 0).all()
    assert (w.funnel[..., Stage.MATCHED] <= w.funnel[..., Stage.IDENTIFIED]).all()
    assert (w.funnel[..., Stage.IDENTIFIED] <= w.funnel[..., Stage.BOOKED]).all()
    assert (w.tally[..., Measure.REPORTED] <= w.tally[..., Measure.INCIDENTS]).all()
    assert (w.tally[..., Measure.SURVEYED] <= w.tally[..., Measure.INCIDENTS] + 1e-9).all()
    assert w.clock[0]["overflow"] == 0


ACTS = (Event.INCIDENT, Event.REPORT, Event.STOP, Event.ARREST, Event.MOVE, Event.AT_LARGE_ARREST)


def check_nobody_acts_while_away(model: CooperationModel) -> None:
    """Follow everybody through the log: who is in jail, in custody, removed or gone does nothing in the community."""
    away: dict[int, str] = {}
    for row in model.events().itertuples():
        who, kind = row.resident, row.kind
        if Event[kind.upper()] in ACTS:
            assert who not in away, f"{who} {kind} while {away.get(who)}"
        if kind == "booking":
            assert who not in away
            away[who] = "in jail"
        elif kind in {"release", "ice_release"}:
            del away[who]
        elif kind in {"at_large_arrest", "transfer"}:
            away[who] = "in custody"
        elif kind in {"removal", "move"}:
            away[who] = "gone"


@given(SCENARIOS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_every_day_of_any_run(case):
    model = make(case)
    n = len(model.world.residents)
    for _ in range(model.days):
        model.step()
        assert len(model.world.residents) == n
        check_people(model.world)
        check_institutions(model.world)
        check_numbers(model.world)
    check_nobody_acts_while_away(model)
    events = model.events()
    assert (events["parent"] < events["id"]).all()
    assert events["id"].is_unique


@pytest.mark.uncompiled
def test_every_day_of_a_small_run():
    """The same checks on one small run, which is also lived without the compiler."""
    busy = {
        "victimisation_hispanic": 0.2,
        "victimisation_other": 0.2,
        "minor_arrests": 1.0,
        "contacts": 2.0,
        "exit_rate": 1.0,
    }
    model = make(
        {
            "place": "06037",
            "seed": 4,
            "residents": 600,
            "regime": "no_minor_holds@2010-07-01",
            "parameters": busy | {"ice_beds": 100, "ident_unauthorized": 1.0},
        }
    )
    for _ in range(model.days):
        model.step()
        check_people(model.world)
        check_institutions(model.world)
        check_numbers(model.world)
    check_nobody_acts_while_away(model)
    kinds = set(model.events()["kind"])
    assert {"incident", "report", "arrest", "booking", "print", "match", "detainer", "release"} <= kinds


def total(model: CooperationModel, measure: str) -> float:
    return float(model.table().query("measure == @measure")["value"].sum())


BASE = {"place": "06075", "seed": 2, "residents": 4000, "regime": "mandatory"}


def test_no_immigrants():
    table = places.counties()
    place = table.index[table["noncitizen"].argmin()]
    model = make(
        BASE | {"place": place}, ident_us_born=0.0, naturalised_other=0.0, naturalised_hispanic=0.0
    ).run()
    assert (model.world.residents["status"] == 0).all()
    assert total(model, "bookings") > 0
    assert total(model, "matches") == total(model, "detainers") == 0


def test_no_ice_capacity():
    model = make(BASE, ice_beds=0.0, pickup_capacity=0.0).run()
    assert total(model, "matches") > 0
    assert total(model, "transfers") == total(model, "at_large_arrests") == total(model, "removals") == 0


def test_no_crime():
    model = make(BASE, victimisation_hispanic=0.0, victimisation_other=0.0, minor_arrests=0.0).run()
    assert total(model, "incidents") == total(model, "bookings") == total(model, "submissions") == 0


def test_everyone_in_one_household():
    model = make(BASE | {"residents": 4}, household_size=8.0, household_size_hispanic=8.0).run()
    assert set(model.world.residents["household"]) <= {0, 1}


def test_one_resident():
    model = make(BASE | {"residents": 1}, victimisation_other=0.2, minor_arrests=1.0).run()
    assert len(model.world.residents) == 1
    assert total(model, "incidents") > 0
    assert model.events().query("kind == 'incident'")["other"].eq(-1).all()  # nobody victimises himself


@pytest.mark.parametrize("end", ["low", "high"])
def test_everything_at_its_bounds(end):
    shared = {
        "record_offender",
        "record_other",
        "incident_mix",
        "minor_charges",
        "proneness_shape",
        "recording_days",
        "mandate",
    }
    values = {}
    for name in set(Parameters.model_fields) - shared:
        default, bound = getattr(Parameters(), name), getattr(describe(name), end)
        values[name] = (bound,) * len(default) if isinstance(default, tuple) else type(default)(bound)
    model = make(BASE | {"residents": 500, "parameters": values})
    for _ in range(model.days):
        model.step()
        check_people(model.world)
        check_institutions(model.world)
        check_numbers(model.world)
    check_nobody_acts_while_away(model)
