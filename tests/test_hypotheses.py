"""Hypotheses and mechanisms: off means exactly no effect, on has the sign that it claims."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from comity import HYPOTHESES, CooperationModel
from comity.agents.jails import last_day
from comity.hypotheses import MECHANISMS, UnknownHypothesisError, apply, parse
from comity.parameters import Parameters, describe

KEYS = {"place": "06075", "start": dt.date(2010, 1, 1), "end": dt.date(2011, 12, 31), "scale": 50, "seed": 9}
ALL = "H2+H2b+H3+H4+H5+H6+H7+H8"
ICE = [
    "submissions",
    "matches",
    "referrals",
    "interviews",
    "detainers",
    "transfers",
    "at_large_arrests",
    "removals",
    "ice_releases",
]


def live(**keys: object) -> CooperationModel:
    return CooperationModel(**(KEYS | keys)).run()


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
    both = apply("H2+H4", Parameters())
    assert (both.targeting, both.household_weight, both.cynicism_weight) == (0.79, 0.6, 0.0)
    with pytest.raises(UnknownHypothesisError, match="did you mean H8"):
        parse("h8")


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_mechanism_that_is_off_has_exactly_no_effect(mechanism):
    """Switching it off by hypothesis equals setting its parameters to the neutral values, bit for bit."""
    without = "+".join(
        h.name for h in HYPOTHESES.values() if h.name != "H0" and mechanism not in h.mechanisms
    )
    rest = {m for name in without.split("+") if name for m in HYPOTHESES[name].mechanisms}
    neutral = {name: value for m in set(MECHANISMS) - rest for name, value in MECHANISMS[m].items()}
    a, b = (
        live(hypotheses=without or "H0", scale=200),
        live(hypotheses=ALL + "+H1", scale=200, parameters=neutral),
    )
    assert np.array_equal(a.world.residents, b.world.residents)
    assert a.table().equals(b.table())


def test_without_belief_in_behaviour_a_placebo_changes_nothing_at_all():
    a, b = (
        live(hypotheses="H0", regime="mandatory", log=True),
        live(hypotheses="H0", regime="no_receive", log=True),
    )
    assert np.array_equal(a.world.residents, b.world.residents)
    assert a.events().equals(b.events())
    assert a.funnel().equals(b.funnel())
    for measure in ICE:
        assert total(a, measure) == total(b, measure)
    assert total(a, "answers") > total(b, "answers")


def test_with_belief_a_placebo_works_through_belief_alone():
    keys = {"hypotheses": ALL}
    a, b = live(**keys, regime="mandatory"), live(**keys, regime="no_receive")
    assert reporting(b) > reporting(a)
    unbelieved = live(**keys, regime="no_receive", relief_placebo=0.0, police_relief=0.0)
    unbelieving = live(**keys, regime="mandatory", relief_placebo=0.0, police_relief=0.0)
    assert np.array_equal(unbelieved.world.residents, unbelieving.world.residents)


@pytest.mark.parametrize(("regime", "checks"), [("state_withhold", True), ("no_transmit", False)])
def test_information_cuts_send_nothing_while_they_are_lawful(regime, checks):
    model = live(regime=regime, end=dt.date(2011, 8, 4))
    assert total(model, "submissions") == total(model, "matches") == 0
    assert (total(model, "criminal_checks") > 0) == checks
    assert total(live(regime="mandatory", end=dt.date(2011, 8, 4)), "submissions") > 0


@pytest.mark.parametrize("attempt", ["state_withhold", "no_transmit"])
def test_under_the_mandate_an_attempt_changes_nothing(attempt):
    keys = {"start": dt.date(2011, 9, 1), "end": dt.date(2012, 8, 31), "hypotheses": "H0"}
    a = live(**keys, regime="mandatory")
    b = live(**keys, regime=f"mandatory+{attempt}@2011-10-01")
    assert [x.allowed for x in b.timeline.attempts if x.lever != "mandate"] == [False]
    assert np.array_equal(a.world.residents, b.world.residents)
    assert a.funnel().equals(b.funnel())
    # The attempt is in the news and people may believe in it: they perceive another risk, and that is all.
    believed = a.table().compare(b.table())
    assert set(a.table().loc[believed.index, "measure"]) <= {"risk", "awareness", "salience"}


@pytest.mark.parametrize("regime", ["inactive", "no_transmit", "full_decline@2010-06-08", "task_force_287g"])
def test_under_h0_no_regime_changes_a_decision_to_report(regime):
    """Who is there may differ, since regimes take people away; every incident in both runs is reported in both or neither."""
    runs = [live(hypotheses="H0", regime=r, log=True, scale=15) for r in ("mandatory", regime)]
    decisions = []
    for run in runs:
        events = run.events()
        incidents = events[events["kind"] == "incident"].set_index("id")
        reported = incidents.index.isin(events.loc[events["kind"] == "report", "parent"])
        # a witness may be away in one run, so only incidents without one are decided by the victim alone
        decisions.append(
            dict(
                zip(
                    zip(incidents["day"], incidents["resident"], incidents["detail"], strict=True),
                    reported,
                    strict=True,
                )
            )
        )
    common = decisions[0].keys() & decisions[1].keys()
    assert len(common) > 10_000
    differing = sum(decisions[0][key] != decisions[1][key] for key in common)
    assert differing <= 2e-4 * len(
        common
    )  # witnesses who were away: 0.3 witnesses x 8 % x the few in custody
    chances = [run.table().query("measure == 'chance_sum'")["value"].sum() for run in runs]
    cases = [run.table().query("measure == 'incidents'")["value"].sum() for run in runs]
    assert chances[0] / cases[0] == pytest.approx(chances[1] / cases[1], abs=5e-3)


def test_fear_silences_hispanic_victims_and_targeting_follows_silence():
    calm, afraid = live(hypotheses="H0"), live(hypotheses="H2")
    assert reporting(afraid) < reporting(calm) - 0.02
    assert abs(reporting(afraid, "other") - reporting(calm, "other")) < 0.02
    assert total(live(hypotheses="H2+H4"), "incidents", groups="Hispanic") > total(
        afraid, "incidents", groups="Hispanic"
    )


def test_incapacitation_averts_incidents():
    assert total(live(hypotheses="H5", replacement=0.0), "incidents") < total(
        live(hypotheses="H0"), "incidents"
    )


def test_pretext_raises_minor_arrests_of_hispanics_where_ice_acts_on_them():
    keys = {"hypotheses": "H6", "pretext": 2.5}
    base, pretext = live(hypotheses="H0"), live(**keys)
    assert total(pretext, "minor_arrests", groups="Hispanic") > 1.3 * total(
        base, "minor_arrests", groups="Hispanic"
    )
    declined = live(**keys, regime="full_decline@2010-01-01")
    assert total(declined, "minor_arrests", groups="Hispanic") == pytest.approx(
        total(live(hypotheses="H0", regime="full_decline@2010-01-01"), "minor_arrests", groups="Hispanic")
    )
    off = live(**keys, regime="inactive")
    assert total(off, "minor_arrests") == total(live(hypotheses="H0", regime="inactive"), "minor_arrests")


def test_a_task_force_makes_status_arrests():
    group = "Hispanic, unauthorized"
    plain, force = live(hypotheses="H0"), live(hypotheses="H0", regime="task_force_287g")
    assert total(force, "minor_arrests", groups=group) > total(plain, "minor_arrests", groups=group)


def test_survey_misses_the_fearful_only_under_h7():
    seen, missed = live(hypotheses="H2"), live(hypotheses="H2+H7", nonresponse=1.0)
    assert total(seen, "surveyed") == pytest.approx(total(seen, "incidents"))
    assert total(missed, "surveyed", groups="Hispanic") < 0.95 * total(missed, "incidents", groups="Hispanic")
    assert np.array_equal(seen.world.residents, missed.world.residents)


def test_people_at_risk_leave_and_only_they():
    gone = live(hypotheses="H8", exit_rate=1.0)
    assert total(gone, "moved_away", groups="Hispanic, unauthorized") > 0
    r = gone.world.residents
    assert ((r["status"] == 4) | (r["exposed_household"] > 0))[r["whereabouts"] == 4].all()
    assert total(live(hypotheses="H2"), "moved_away") == 0


def test_weekends_and_holidays_lengthen_holds():
    model = CooperationModel(**KEYS)
    start = KEYS["start"]
    day = lambda text: (dt.date.fromisoformat(text) - start).days  # noqa: E731 - short for a table
    w = model.world
    assert last_day(w, day("2010-06-08"), 48) == day("2010-06-10")  # Tuesday to Thursday
    assert last_day(w, day("2010-06-11"), 48) == day("2010-06-15")  # Friday to Tuesday
    assert last_day(w, day("2010-07-02"), 48) == day("2010-07-07")  # Independence Day, observed on Monday
    assert last_day(w, day("2010-06-08"), 24) == day("2010-06-09")
