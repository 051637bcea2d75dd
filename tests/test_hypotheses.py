"""Hypotheses and regimes: off means exactly no effect, event by event; on has the sign that it claims, through its door.

Histories of pairs of runs are compared exactly, totals over two years where a sign is meant.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from comity import HYPOTHESES, CooperationModel
from comity.agents.jails import last_day
from comity.agents.residents import identity
from comity.draws import Stream, pick
from comity.hypotheses import MECHANISMS, UnknownHypothesisError, apply, parse
from comity.observe.measures import Measure, Stock
from comity.parameters import Parameters, describe
from comity.policy.levers import LEVERS
from comity.policy.regimes import catalogue

KEYS = {
    "place": "06075",
    "start": dt.date(2010, 3, 1),
    "end": dt.date(2011, 3, 31),
    "scale": 100,
    "seed": 9,
    "log": True,
}
TWO_YEARS = {"start": dt.date(2010, 1, 1), "end": dt.date(2011, 12, 31), "scale": 50, "log": False}
ALL = "H2+H2b+H3+H4+H5+H6+H7+H8+H9+H10"
BUSY = {
    "victimisation_hispanic": 0.05,
    "victimisation_other": 0.05,
    "minor_arrests": 0.5,
    "exit_rate": 1.0,
    "ident_unauthorized": 1.0,
    "ice_beds": 100.0,
    "pickup_capacity": 10.0,
    "contacts": 1.0,
}


def live(**keys: object) -> CooperationModel:
    return CooperationModel(**(KEYS | keys)).run()


def history(model: CooperationModel) -> np.ndarray:
    """Return the event log of a run as numbers."""
    return model.events().drop(columns=["date", "kind"]).to_numpy()


def same_history(a: CooperationModel, b: CooperationModel) -> bool:
    return np.array_equal(history(a), history(b))


def total(
    model: CooperationModel, measure: str, *, groups: str = "", since: dt.date = dt.date(2010, 7, 1)
) -> float:
    table = model.table()
    own = (
        table["group"].astype(str).str.startswith(groups)
        & (table["date"] >= str(since))
        & (table["measure"] == measure)
    )
    return float(table.loc[own, "value"].sum())


def reporting(model: CooperationModel, groups: str = "Hispanic") -> float:
    return total(model, "chance_sum", groups=groups) / total(model, "incidents", groups=groups)


# ---------------------------------------------------------------------------- how hypotheses are put together


def test_every_neutral_value_is_valid_and_every_mechanism_is_named_by_a_hypothesis():
    named = frozenset[str]().union(*(h.mechanisms for h in HYPOTHESES.values()))
    assert named == set(MECHANISMS)
    for values in MECHANISMS.values():
        for name, value in values.items():
            assert describe(name).low <= value <= describe(name).high
            assert getattr(Parameters(), name) != value, (
                f"{name} is off by default, so no hypothesis could switch it on"
            )


def test_hypotheses_combine():
    assert [h.name for h in parse("H2 + H4")] == ["H2", "H4"]
    given = Parameters()
    both = apply("H2+H4", given)
    assert (both.targeting, both.household_weight) == (given.targeting, given.household_weight)
    assert both.cynicism_weight == 0.0 < given.cynicism_weight
    with pytest.raises(UnknownHypothesisError, match="did you mean H8"):
        parse("h8")


# ---------------------------------------------------------------------------------- an opt-out that is a placebo

PLACEBO = "no_receive@2010-08-02"  # a Monday without any other news
BELIEF = {
    "counties": {"awareness", "seen", "attribution", "entanglement"},
    "policies": {"receive", "relief", "believed_residents", "believed_police", "believed_government"},
    "bureaus": {"answers"},
    "governments": {"changes", "calendar"},
    "clock": {"next_change"},
}
"""Where no opt-out of receiving may be seen under H0 but here: what is believed, and who gets the answers."""


@pytest.mark.parametrize("place", ["06075", ["48215", "04013"]])
def test_without_belief_in_behaviour_a_placebo_leaves_every_array_as_it_is(place):
    a, b = (
        live(regime=r, hypotheses="H0", place=place, parameters=BUSY, scale=200)
        for r in ("mandatory", PLACEBO)
    )
    assert same_history(a, b)
    assert a.funnel().equals(b.funnel())
    for name, x, y in zip(a.world._fields, a.world, b.world, strict=True):
        if name.startswith("change_") or name in {"stock", "tally", "classes"}:
            continue
        fields = set(x.dtype.names or [...]) - BELIEF.get(name, set())
        assert all(np.array_equal(x[field], y[field]) for field in fields), name
    answers = np.array(a._flows) - np.array(b._flows)
    assert answers[..., Measure.ANSWERS].sum() > 0
    assert not np.delete(answers, Measure.ANSWERS, axis=-1).any()
    believed = (Stock.AWARENESS, Stock.RISK, Stock.SALIENCE, Stock.ATTRIBUTION, Stock.ENTANGLEMENT)
    assert np.array_equal(np.delete(a._stocks, believed, axis=-1), np.delete(b._stocks, believed, axis=-1))


DOORS = {"relief_placebo": 0.0, "police_relief": 0.0}
"""The ways into behaviour of an opt-out that changes nothing: what residents and police believe."""


def test_a_placebo_enters_through_two_doors_and_no_other():
    keys = {"hypotheses": ALL, "scale": 50}
    shut = BUSY | DOORS | {"pretext": 2.5}
    assert same_history(*(live(**keys, regime=r, parameters=shut) for r in ("mandatory", PLACEBO)))


@pytest.mark.parametrize(("door", "value"), [("relief_placebo", 1.0), ("police_relief", 1.0)])
def test_each_door_of_a_placebo_is_one(door, value):
    opened = BUSY | DOORS | {"pretext": 2.5, "salience_weight": 2.0, door: value}
    a, b = (live(hypotheses=ALL, scale=50, regime=r, parameters=opened) for r in ("mandatory", PLACEBO))
    first, second = history(a), history(b)
    n = min(len(first), len(second))
    differs = np.flatnonzero((first[:n] != second[:n]).any(axis=1))[0]
    day = KEYS["start"] + dt.timedelta(int(min(first[differs, 2], second[differs, 2])))
    assert day >= dt.date(2010, 8, 2)


def test_an_opt_out_is_no_alarm_and_joining_enforcement_is():
    """What promises relief works through beliefs; the news of it does not make anybody more afraid."""
    quiet = BUSY | {"relief_placebo": 0.0, "relief_custody": 0.0, "salience_policy": 1.0}
    keys = {"hypotheses": ALL, "scale": 50, "parameters": quiet}
    day = dt.date(2010, 8, 3)
    salience = {}
    for regime in ("mandatory", "no_minor_holds@2010-08-02", "jail_287g@2010-08-02"):
        model = CooperationModel(**(KEYS | keys | {"regime": regime}))
        model.run(until=day)
        salience[regime] = float(model.world.counties["salience"][0])
    alone, declines, joins = salience.values()
    assert declines == alone
    assert joins > alone + 0.1


def test_with_belief_a_placebo_raises_reporting():
    a, b = (live(**TWO_YEARS, hypotheses=ALL, regime=r) for r in ("mandatory", "no_receive"))
    assert reporting(b) > reporting(a)


# ------------------------------------------------------------------------------------------- attempts and the law

INFORMATION = sorted(
    name
    for name, regime in catalogue().items()
    if {LEVERS[policy.lever].layer for policy in regime.policies} == {"information"}
)


def test_the_catalogue_has_ways_to_cut_information():
    assert {"no_receive", "state_withhold", "no_transmit", "moa_exit", "state_opt_in"} <= set(INFORMATION)


@pytest.mark.parametrize("attempt", INFORMATION)
def test_where_the_mandate_holds_no_attempt_on_information_changes_the_pipe(attempt):
    """With the mandate in force from the first day, under H0, the histories are the same to the last event."""
    keys = {"hypotheses": "H0", "parameters": BUSY}
    free = live(**keys, regime="mandatory@2008-10-27")
    bound = live(**keys, regime=f"mandatory@2008-10-27+{attempt}@2010-04-01")
    tried = [a for a in bound.timeline.attempts if a.lever != "mandate"]
    assert tried
    assert not any(a.allowed for a in tried)
    assert same_history(free, bound)
    assert free.funnel().equals(bound.funnel())
    # People may believe in the attempt: they perceive another risk, and that is all.
    believed = free.table().compare(bound.table())
    thought = {"risk", "awareness", "salience", "attribution", "entanglement"}
    assert set(free.table().loc[believed.index, "measure"]) <= thought


@pytest.mark.parametrize("regime", ["state_withhold", "no_transmit"])
def test_prints_flow_from_the_day_of_the_letter(regime):
    model = live(regime=regime, end=dt.date(2011, 12, 31), parameters=BUSY, scale=50)
    prints = model.events().query("kind == 'print'")["date"]
    assert prints.min() >= np.datetime64("2011-08-05")
    assert prints.min() <= np.datetime64("2011-08-12")
    checks = model.table().query("measure == 'criminal_checks'").groupby("date")["value"].sum()
    lost = checks[:"2011-07-29"]["2010-06-14":]
    assert (lost == 0).all() if regime == "no_transmit" else (lost > 0).mean() > 0.9
    assert checks["2011-08-12":].sum() > 0


def test_without_the_mandate_an_opt_out_lasts():
    """With the parameter at 0 the letter never comes."""
    model = live(regime="state_withhold", end=dt.date(2011, 12, 31), parameters=BUSY | {"mandate": 0})
    assert "print" not in set(model.events()["kind"])


# ------------------------------------------------------------------------------- H0: nobody's reporting changes


@cache
def decisions(regime: str, witnesses: float) -> dict:
    """Return what was decided at every incident under H0: day and victim -> decisions and who may have seen it."""
    keys = KEYS | {"hypotheses": "H0", "regime": regime, "scale": 200, "log": False}
    model, found = CooperationModel(**keys, parameters=BUSY | {"witnesses": witnesses}), {}
    while model.running:
        away = model.world.residents["whereabouts"] != 0
        model.step()
        w = model.world
        for row in w.incidents[: w.clock[0]["incidents"]]:
            victim = int(row["victim"])
            seen = [] if not row["witnesses"] else list(bystanders(w, row, model.today - 1))
            callers = [j for j in seen if not away[j] and j not in {victim, int(row["offender"])}]
            found[model.today, victim] = (
                (int(row["kind"]), float(row["chance"]), int(row["by_victim"]), int(row["witnesses"]), seen),
                callers,
                int(row["by_witness"]),
            )
    return found


def bystanders(w, row: np.void, today: int):
    victim = int(row["victim"])
    place, who = w.neighbourhoods[w.residents[victim]["neighbourhood"]], identity(w, victim)
    for k in range(int(row["witnesses"])):
        key = who ^ ((k + 1) << 56)
        yield int(place["first"] + pick(w.clock[0]["seed"], Stream.WITNESS, today, key, place["residents"]))


@pytest.mark.parametrize("regime", sorted(catalogue()))
def test_under_h0_every_incident_is_decided_alike_under_any_regime(regime):
    """Chance and decision of every victim are the same; those of witnesses too, wherever the same ones are there."""
    own, theirs = decisions("mandatory", 3.0), decisions(f"{regime}@2010-04-01", 3.0)
    common = own.keys() & theirs.keys()
    assert len(common) > 0.95 * len(own) > 1000
    alike = 0
    for key in common:
        assert own[key][0] == theirs[key][0]
        if own[key][1] == theirs[key][1]:
            assert own[key][2] == theirs[key][2]
            alike += 1
    assert alike > 0.95 * len(common)


# ---------------------------------------------------------------------------------- mechanisms that are switched off

IDLE = [  # hypotheses without the mechanism, with it, parameters that only it uses, what they may still change
    ("H2", "H2+H4", {"targeting_memory": 20.0}, set()),
    (
        "H5",
        "H2+H5+H8",
        {"background_risk": 1.5, "risk_scale": 5.0, "own_weight": 2.0, "media_rate": 0.2},
        set(),
    ),
    ("H5", "H2+H5", {"lawful_weight": 2.0, "awareness": 1.0, "witness_fear": 2.0}, set()),
    ("H5", "H1+H5", {"awareness_decay": 0.2, "alarm": 1.0}, {"awareness"}),
    ("H1", "H2", {"good_effect": 0.2, "bad_effect": 0.5, "trust_life": 5000.0}, {"trust"}),
    ("H2", "H3", {"cynicism_life": 20000.0, "cynicism_gain": 1.0}, {"cynicism"}),
    ("H2", "H2+H2b", {"salience_policy": 1.0, "salience_transfers": 5.0, "salience_life": 2000.0}, set()),
    ("H2", "H2+H6", {"police_relief": 1.0}, set()),
    ("H2", "H2+H8", {"exit_rate": 0.7}, set()),
]


@pytest.mark.parametrize(("without", "with_", "idle", "memory"), IDLE)
def test_parameters_of_a_mechanism_that_is_off_are_idle(without, with_, idle, memory):
    """Off, they change no event and nothing of anybody but, at most, what people remember; on, they change both."""
    for hypotheses, same in ((without, True), (with_, False)):
        keys = {"hypotheses": hypotheses, "regime": PLACEBO, "scale": 40}
        on = BUSY | {"pretext": 2.5, "salience_weight": 2.0, "cynicism_weight": 2.0, "trust_weight": 3.0}
        a, b = (live(**keys, parameters=on | extra) for extra in ({}, idle))
        assert same_history(a, b) == same
        if same:
            fields = [name for name in a.world.residents.dtype.names if name not in memory]
            assert np.array_equal(a.world.residents[fields], b.world.residents[fields])


def test_survey_non_response_is_no_event():
    a, b = (live(hypotheses="H2+H7", nonresponse=value, parameters=BUSY) for value in (0.0, 1.0))
    assert same_history(a, b)
    assert np.array_equal(a.world.residents, b.world.residents)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_mechanism_that_is_off_has_exactly_no_effect(mechanism):
    """Switching it off by hypothesis equals setting its parameters to the neutral values, bit for bit."""
    without = "+".join(
        h.name for h in HYPOTHESES.values() if h.name != "H0" and mechanism not in h.mechanisms
    )
    rest = {m for name in without.split("+") if name for m in HYPOTHESES[name].mechanisms}
    neutral = {name: value for m in set(MECHANISMS) - rest for name, value in MECHANISMS[m].items()}
    a, b = (
        live(**TWO_YEARS | {"scale": 200}, hypotheses=without or "H0"),
        live(**TWO_YEARS | {"scale": 200}, hypotheses=ALL + "+H1", parameters=neutral),
    )
    assert np.array_equal(a.world.residents, b.world.residents)
    assert a.table().equals(b.table())


# -------------------------------------------------------------------------------------------------------- signs


def test_more_fear_means_less_reporting_where_people_are_at_risk():
    rates = []
    for fear in (0.0, 0.5, 1.05, 2.5):
        model = live(hypotheses="H2", fear_weight=fear, parameters=BUSY, scale=40, trust_weight=0.0)
        table = model.table().query("date >= '2010-06-14'")
        sums = table.pivot_table("value", "group", "measure", "sum", observed=True)
        rates.append(sums["chance_sum"] / sums["incidents"])
    for calmer, fearful in pairwise(rates):
        assert fearful["Hispanic, unauthorized"] < calmer["Hispanic, unauthorized"] - 0.01
        assert fearful["Hispanic, US-born"] < calmer["Hispanic, US-born"]
    drops = rates[0] - rates[-1]
    assert drops["Hispanic, unauthorized"] > drops["Hispanic, US-born"] > drops["other, US-born"] >= 0
    assert (rates[0] - rates[2])["other, US-born"] < 0.02  # at the default


def test_targeting_follows_silence():
    afraid, targeted = (live(**TWO_YEARS, hypotheses=h) for h in ("H2", "H2+H4"))
    assert total(targeted, "incidents", groups="Hispanic") > total(afraid, "incidents", groups="Hispanic")


def test_incapacitation_averts_incidents():
    kept, free = live(**TWO_YEARS, hypotheses="H5", replacement=0.0), live(**TWO_YEARS, hypotheses="H0")
    assert total(kept, "incidents") < total(free, "incidents")


def test_the_survey_misses_the_fearful_only_under_h7():
    seen, missed = live(**TWO_YEARS, hypotheses="H2"), live(**TWO_YEARS, hypotheses="H2+H7", nonresponse=1.0)
    assert total(seen, "surveyed") == pytest.approx(total(seen, "incidents"))
    assert total(missed, "surveyed", groups="Hispanic") < 0.95 * total(missed, "incidents", groups="Hispanic")


def test_people_at_risk_leave_and_only_they():
    gone = live(**TWO_YEARS, hypotheses="H8", exit_rate=1.0)
    assert total(gone, "moved_away", groups="Hispanic, unauthorized") > 0
    r = gone.world.residents
    assert ((r["status"] == 4) | (r["exposed_household"] > 0))[r["whereabouts"] == 4].all()
    assert total(live(**TWO_YEARS, hypotheses="H2"), "moved_away") == 0


def test_targeting_does_not_spare_a_class_that_nobody_knew():
    """Where offenders knew no victim of a class, its first report tells them no more than others do: no rise, no fall."""
    keys = {"place": "48301", "scale": 1.0, "end": dt.date(2011, 12, 31), "recognised": 0.3}
    keys |= {"victimisation_hispanic": 0.2, "hypotheses": "H4"}
    found = np.zeros(2, int)
    for seed in range(150):
        runs = [CooperationModel(**KEYS | keys | {"seed": seed}, targeting=t) for t in (0.0, 0.79)]
        seen = np.flatnonzero(runs[0].world.residents["seen_hispanic"])
        if runs[0].world.counties["learned_n"][0, 1] == 0.0:
            events = [run.run().events() for run in runs]
            found += [(e["resident"].isin(seen) & (e["kind"] == "incident")).sum() for e in events]
    assert found[0] > 30
    assert found[1] > 0.7 * found[0]


def test_pretext_adds_arrests_of_those_who_look_hispanic_and_touches_nobody_else():
    """Without a jail, arrests keep nobody from anything: the histories differ by the additional arrests alone."""
    keys = {"parameters": BUSY | {"jail_beds": 0.0}, "scale": 25}
    plain, pretext = (live(**keys, hypotheses=h, pretext=2.5) for h in ("H0", "H6"))
    seen = plain.world.residents["seen_hispanic"]
    columns = ["day", "kind", "resident", "other", "detail"]
    before, after = (
        {tuple(row) for row in m.events()[columns].itertuples(index=False)} for m in (plain, pretext)
    )
    extra = after - before
    assert before <= after
    assert {kind for _, kind, *_ in extra} == {"arrest", "citation"}
    active = (dt.date(2010, 6, 8) - KEYS["start"]).days
    assert all(day >= active and seen[i] for day, _, i, *_ in extra)
    minor = plain.events().query("kind == 'arrest' and parent == -1 and day >= @active")
    usual = int(seen[minor["resident"]].sum())
    added = sum(kind == "arrest" for _, kind, *_ in extra)
    multiplier = float(pretext.world.police["pretext"][0])
    assert multiplier > 1.5
    assert added == pytest.approx((multiplier - 1) * usual, abs=4 * np.sqrt(multiplier * usual) + 1)


@pytest.mark.parametrize("regime", ["inactive", "no_transmit@2010-03-01", "full_decline@2010-03-01"])
def test_pretext_needs_a_programme_that_acts_on_minor_arrests(regime):
    keys = {"parameters": BUSY, "regime": regime, "end": dt.date(2011, 3, 31)}
    assert same_history(*(live(**keys, hypotheses=h, pretext=2.5) for h in ("H0", "H6")))


def test_status_arrests_happen_under_a_task_force_alone_and_to_unauthorized_people():
    quiet = {
        "minor_arrests": 0.0,
        "victimisation_hispanic": 0.0,
        "victimisation_other": 0.0,
        "street_arrests": 1.0,
    }
    keys = {"start": dt.date(2012, 7, 1), "end": dt.date(2013, 6, 30), "parameters": quiet, "scale": 25}
    for regime in [*sorted(catalogue()), "task_force_287g@2013-01-01"]:
        events = live(**keys, regime=regime).events().query("kind == 'arrest'")
        assert (len(events) > 100) if regime == "task_force_287g" else events.empty, regime
        if len(events):
            status = live(**keys, regime=regime).world.residents["status"]
            assert (status[events["resident"]] == 4).all()
            assert events["date"].max() < np.datetime64("2013-01-01")


# fmt: off
HOLIDAYS = [
    "2010-01-01", "2010-01-18", "2010-02-15", "2010-05-31", "2010-07-05", "2010-09-06", "2010-10-11",
    "2010-11-11", "2010-11-25", "2010-12-24", "2010-12-31", "2011-01-17", "2011-02-21", "2011-05-30",
    "2011-07-04", "2011-09-05", "2011-10-10", "2011-11-11", "2011-11-24", "2011-12-26",
]
# fmt: on
"""Days on which federal offices were closed (Office of Personnel Management)."""


@pytest.mark.parametrize(("regime", "business_days"), [("mandatory", 2), ("short_holds@2010-01-01", 1)])
def test_a_hold_that_nobody_answers_lasts_its_business_days(regime, business_days):
    """48 hours, weekends and holidays excluded (8 CFR 287.7): from two days to five."""
    keys = {"start": dt.date(2010, 1, 1), "end": dt.date(2011, 12, 31), "scale": 25, "regime": regime}
    kept = BUSY | {"pickup_share": 0.0, "jail_beds": 50.0, "interviewed": 1.0, "at_large": 0.0}
    events = live(**keys, place="48215", parameters=kept).events()
    holds = events[(events["kind"] == "hold") & (events["date"] < "2011-12-20")].set_index("id")
    ends = events[(events["kind"] == "release") & events["parent"].isin(holds.index)]
    began = holds.loc[ends["parent"], "date"].to_numpy().astype("datetime64[D]")
    ended = ends["date"].to_numpy().astype("datetime64[D]")
    expected = np.busday_offset(
        began, business_days, roll="backward", holidays=np.array(HOLIDAYS, "datetime64[D]")
    )
    assert len(ends) > 200
    assert np.array_equal(ended, expected)
    days = (ended - began).astype(int)
    assert days.min() == business_days
    assert days.max() >= business_days + 3


def test_weekends_and_holidays_lengthen_holds():
    model = CooperationModel(**KEYS | TWO_YEARS)
    start = TWO_YEARS["start"]
    day = lambda text: (dt.date.fromisoformat(text) - start).days  # noqa: E731 - short for a table
    w = model.world
    assert last_day(w, day("2010-06-08"), 48) == day("2010-06-10")  # Tuesday to Thursday
    assert last_day(w, day("2010-06-11"), 48) == day("2010-06-15")  # Friday to Tuesday
    assert last_day(w, day("2010-07-02"), 48) == day("2010-07-07")  # Independence Day, observed on Monday
    assert last_day(w, day("2010-06-08"), 24) == day("2010-06-09")


def test_under_entanglement_trust_carries_the_chill_and_fear_does_not():
    """H9: how large fear is changes nothing, and how much trust the programme costs changes who calls."""
    plain = live(hypotheses="H9")
    assert same_history(plain, live(hypotheses="H9", fear_weight=2.5, risk_scale=1.0))
    without, more = (live(hypotheses="H9", entanglement_weight=weight, **BUSY) for weight in (0.0, 0.3))
    chances = [m.totals()["chance_sum"].sum() / m.totals()["incidents"].sum() for m in (without, more)]
    assert chances[1] < chances[0]
    assert same_history(
        live(hypotheses="H0"),
        live(hypotheses="H9", entanglement_weight=0.0, trust_weight=0.0, custody_effect=0.0),
    )
