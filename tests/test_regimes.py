"""Regimes: every row of the design, composition, the law of the day, beliefs, and bad input."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.parameters import Parameters, as_record
from comity.policy import law, regimes
from comity.policy.levers import ERAS
from comity.policy.rows import POLICY, programme
from comity.world import places

ROWS = [
    "inactive",         "no_receive",       "state_withhold",   "delay",            "state_opt_in",
    "moa_exit",         "mandatory",        "no_transmit",      "felony_only",      "no_minor_holds",
    "no_holds_unpaid",  "serious_holds",    "graded_holds",     "short_holds",      "trust_act",
    "warrant_only",     "full_decline",     "notify",           "values_act",       "must_comply",
    "jail_287g",        "task_force_287g",  "special_order_40", "city_of_refuge",
]  # fmt: skip
START, END = dt.date(2009, 1, 1), dt.date(2018, 12, 31)
ACTIVE, LETTER = dt.date(2010, 6, 8), dt.date(2011, 8, 5)
BELIEF = [name for name in POLICY.names if name in {"news", "relief"} or name.startswith("believed")]
PIPE = [name for name in POLICY.names if name not in {"letter", *BELIEF}]


def on(
    spec: str, day: dt.date, *, place: str = "06075", start: dt.date = START, **parameters: float
) -> np.void:
    """Return the policy of the (first) county of a place on a day."""
    found = regimes.timeline(
        regimes.compose(spec), places.select(place), Parameters(**parameters), start, END
    )
    own = found.changes[(found.changes["county"] == 0) & (found.changes["day"] <= (day - start).days)]
    return own["policy"][-1]


def attempts(spec: str, **parameters: float) -> list[tuple[dt.date, dt.date | None, bool]]:
    found = regimes.timeline(
        regimes.compose(spec), places.select("06075"), Parameters(**parameters), START, END
    )
    return [(a.start, a.until, a.allowed) for a in found.attempts]


def test_every_row_of_the_design_is_there():
    assert list(regimes.catalogue()) == [*ROWS, "historical"]
    assert all(r.title and r.explains.endswith(".") and r.history for r in regimes.catalogue().values())


@pytest.mark.parametrize("name", [*ROWS, "historical"])
def test_every_regime_can_be_lived_in_every_county(name):
    counties = places.counties()
    found = regimes.timeline(regimes.compose(name), counties, Parameters(), START, END)
    first = found.changes[found.changes["day"] == 0]
    assert len(first) == len(counties)
    assert (np.diff(found.changes["day"]) >= 0).all()
    assert not pd.DataFrame({n: found.changes[n] for n in ("day", "county")}).duplicated().any()


def test_the_historical_line_in_san_francisco():
    assert on("mandatory", ACTIVE - dt.timedelta(1))["sharing"] == 0
    assert on("mandatory", ACTIVE)["sharing"] == 1
    assert [ERAS[on("mandatory", d)["era"]] for d in (ACTIVE, dt.date(2010, 7, 1), dt.date(2013, 1, 1))] == [
        "act_2008",
        "act_2010",
        "act_2012",
    ]


def test_withholding_lasts_from_activation_to_the_letter():
    assert on("state_withhold", ACTIVE)["sharing"] == 0
    assert on("state_withhold", ACTIVE)["transmit"] == 1  # the FBI's criminal check goes on
    assert on("state_withhold", LETTER - dt.timedelta(1))["sharing"] == 0
    assert on("state_withhold", LETTER)["sharing"] == 1
    assert attempts("state_withhold") == [(ACTIVE, LETTER, True), (LETTER, None, False)]


@pytest.mark.parametrize("name", ["state_withhold", "no_transmit", "no_receive", "moa_exit", "state_opt_in"])
def test_the_letter_leaves_the_pipe_as_it_is_without_an_attempt(name):
    late = dt.date(2011, 9, 1)
    for day in (late, dt.date(2012, 6, 1), dt.date(2014, 6, 1)):
        ours, theirs = on(f"mandatory+{name}@{late}", day), on("mandatory", day)
        assert all(np.array_equal(ours[field], theirs[field]) for field in PIPE)


@given(st.dates(START, END), st.integers(0, 1))
@settings(max_examples=60, deadline=None)
def test_not_receiving_touches_nothing_but_the_answer_and_beliefs(day, mandate):
    ours, theirs = on("no_receive", day, mandate=mandate), on("mandatory", day, mandate=mandate)
    assert all(np.array_equal(ours[field], theirs[field]) for field in PIPE if field != "receive")


def test_not_receiving_is_believed():
    ours, theirs = on("no_receive", ACTIVE), on("mandatory", ACTIVE)
    assert ours["receive"] == 0
    ways = [Parameters().visible_prints, Parameters().visible_notice, Parameters().visible_hold]
    left = (1 - np.prod([1 - 0.7 * v for v in ways])) / (1 - np.prod([1 - v for v in ways]))
    assert ours["believed_residents"] == pytest.approx(left)
    assert theirs["believed_residents"] == 1
    assert ours["believed_government"] == 0


def test_no_transmission_loses_the_criminal_check():
    assert on("no_transmit", ACTIVE)["transmit"] == 0
    assert on("no_transmit", ACTIVE)["sharing"] == 0
    assert on("no_transmit", LETTER)["transmit"] == 1


def test_felony_only_is_overridden_once_the_programme_is_on():
    before, after = on("felony_only", ACTIVE - dt.timedelta(1)), on("felony_only", ACTIVE)
    assert (before["refer"], before["sharing"]) == (1, 0)
    assert (after["refer"], after["sharing"], after["share_felony"]) == (1, 1, 0)
    assert on("felony_only", ACTIVE, mandate=0)["share_felony"] == 1


def test_leaving_the_agreement_stops_only_counties_that_are_not_yet_active():
    counties = pd.DataFrame(
        {"state": ["NY", "NY"], "activation": pd.to_datetime(["2011-03-01", "2011-07-01"])},
        index=["36001", "36003"],
    )
    regime = regimes.compose("moa_exit@2011-06-01+mandatory")
    found = regimes.timeline(regime, counties, Parameters(), dt.date(2011, 1, 1), dt.date(2011, 12, 31))
    switched_on = [
        int(
            found.changes["day"][(found.changes["county"] == c) & (found.changes["policy"]["active"] == 1)][0]
        )
        for c in (0, 1)
    ]
    assert switched_on == [59, 216]  # 1 March as planned; 5 August, when the letter voids the exit


def test_opt_in_forwards_only_for_counties_that_ask():
    custom = regimes.read_custom(
        {
            "ask": {
                "policies": [
                    {
                        "decider": "county",
                        "lever": "request",
                        "value": 1,
                        "start": dt.date(2010, 11, 1),
                        "where": ["06075"],
                    }
                ]
            }
        }
    )
    counties = places.select(["06075", "06001"])
    found = regimes.timeline(regimes.compose("state_opt_in+ask", custom), counties, Parameters(), START, END)
    day = (dt.date(2011, 1, 1) - START).days
    state = [
        found.changes[(found.changes["county"] == c) & (found.changes["day"] <= day)]["policy"]["sharing"][-1]
        for c in (0, 1)
    ]
    assert dict(zip(counties.index, state, strict=True)) == {"06075": 1, "06001": 0}


def test_compulsion_voids_a_countys_refusal():
    day = dt.date(2018, 1, 1)
    assert (on("full_decline", day)["hold"] == 0).all()
    forced = on("full_decline+must_comply", day)
    assert (forced["hold"] == 1).all()
    assert (forced["notify"] == 1).all()
    assert forced["access"] == 1


def test_between_2013_and_2024_no_task_force_can_be_had():
    """ICE ended its task-force agreements with 2012: the attempt is recorded, and the pipe stays as it is."""
    lawful, ended = dt.date(2012, 12, 31), dt.date(2013, 1, 1)
    assert (on("task_force_287g", lawful)["street"], on("task_force_287g", lawful)["interview"]) == (1, 1)
    for first in (ended, dt.date(2014, 6, 1), dt.date(2018, 12, 31)):
        spec = f"task_force_287g@{first}"
        assert [a[0] for a in attempts(spec)] == [first]
        assert not any(allowed for *_, allowed in attempts(spec))
        ours, theirs = on(spec, END), on("mandatory", END)
        assert all(np.array_equal(ours[field], theirs[field]) for field in PIPE)
    assert attempts("task_force_287g@2012-06-01") == [
        (dt.date(2012, 6, 1), ended, True),
        (ended, dt.date(2019, 6, 2), False),
    ]


def test_task_forces_are_offered_again_from_2025():
    """Scenarios end before, so this is read from the law itself."""
    windows = [law for law in regimes.laws() if law.lever == "street"]
    assert all("federal" in law.deciders for law in windows)
    assert [(law.start.year, law.until and law.until.year) for law in windows] == [(1996, 2013), (2025, None)]


def test_the_law_can_be_lifted():
    assert on("state_withhold", dt.date(2012, 1, 1), mandate=0)["sharing"] == 0
    assert attempts("state_withhold", mandate=0) == [(ACTIVE, None, True)]


@given(
    st.lists(st.sampled_from(ROWS), min_size=1, max_size=3, unique=True),
    st.dates(dt.date(2008, 1, 1), dt.date(2016, 1, 1)),
    st.sampled_from(["06075", "TX", "36061"]),
)
@settings(max_examples=80, deadline=None)
def test_any_composition_is_sane(names, day, place):
    spec = "+".join([names[0], *(f"{name}@{day}" for name in names[1:])])
    try:
        regime = regimes.compose(spec)
    except regimes.OverlapError:
        return
    policy = regimes.timeline(regime, places.select(place), Parameters(), START, END).changes["policy"]
    shares = (
        "relief",
        "relief_hold",
        "relief_notice",
        "relief_street",
        "deputies",
        "interview",
        "hold",
        "notify",
    )
    shares += ("believed_police", "believed_government")
    for field in shares:
        assert ((policy[field] >= 0) & (policy[field] <= 1)).all()
    assert (policy["sharing"] <= policy["active"]).all()
    assert (policy["sharing"] <= policy["transmit"]).all()
    assert (policy["believed_police"] <= np.maximum(policy["sharing"], policy["deputies"])).all()
    most = 1 / programme(as_record(Parameters())[0])
    assert ((policy["believed_residents"] >= 0) & (policy["believed_residents"] <= most)).all()


@given(
    st.sampled_from(
        ["no_receive", "state_withhold", "no_transmit", "no_minor_holds", "full_decline", "trust_act"]
    ),
    st.dates(START, END),
)
@settings(max_examples=60, deadline=None)
def test_a_restriction_never_opens_anything(name, day):
    ours, theirs = on(name, day), on("mandatory", day)
    for field in ("sharing", "transmit", "receive", "hold", "notify", "access", "hold_hours"):
        assert (np.asarray(ours[field]) <= np.asarray(theirs[field])).all()


def test_overlapping_policies_of_one_decider_are_refused():
    with pytest.raises(regimes.OverlapError, match="county hold"):
        regimes.compose("no_minor_holds+serious_holds")
    assert len(regimes.compose("mandatory+mandatory").policies) == 1
    assert regimes.compose("jail_287g+task_force_287g").policies


def test_a_policy_that_would_be_moved_beyond_the_calendar_lasts():
    policy = {
        "decider": "county",
        "lever": "access",
        "value": 0,
        "start": "2010-01-01",
        "until": "9999-12-31",
    }
    custom = regimes.read_custom({"mine": {"policies": [policy]}})
    assert regimes.compose("mine@2015-01-01", custom).policies[0].until == dt.date.max


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("state_withold", r"did you mean state_withhold\?"),
        ("mandatory@yesterday", "such as 2010-06-08"),
        ("mandatory@2010-06-08+x", "unknown regime 'x'"),
        (
            "notify@9999-12-31",
            "'notify@9999-12-31': outside the data; valid: a day from 2005-01-01 to 2020-12-31",
        ),
        ("mandatory@2004-12-31", "outside the data"),
        ("mandatory@2021-01-01", "outside the data"),
        ("", "unknown regime"),
    ],
)
def test_unknown_regimes_get_a_suggestion(spec, message):
    with pytest.raises(regimes.UnknownRegimeError, match=message):
        regimes.compose(spec)


def test_a_custom_regime_reports_everything_that_is_wrong_with_it():
    good = {"decider": "county", "lever": "hold", "value": [0, 0, 1, 1], "start": dt.date(2011, 1, 1)}
    table = {
        "mine": {
            "policies": [
                good | {"lever": "holds"},
                good | {"value": [0, 0, 2, 1]},
                good | {"until": dt.date(2010, 1, 1)},
                good | {"where": ["Californa"]},
                good | {"decider": "federal"},
                good | {"begin": 1},
                good | {"start": 0},
                good | {"start": dt.date(2021, 1, 1)},
            ]
        }
    }
    with pytest.raises(ValueError, match=r"regimes\.mine") as caught:
        regimes.read_custom(table)
    lines = str(caught.value).splitlines()
    assert len(lines) == 8
    for line, words in zip(
        lines,
        (
            "did you mean hold?",
            "four numbers",
            "after start",
            "did you mean 'California'",
            "not by federal",
            "unknown key",
            "such as 2011-06-01",
            "outside the data; valid: a day up to 2020-12-31",
        ),
        strict=True,
    ):
        assert words in line


@pytest.mark.parametrize("spec", ["no_transmit", "no_receive"])
def test_the_government_takes_a_county_that_opts_out_for_one_until_the_letter(spec):
    """Not one that holds fewer people; and a state compels only where that is the policy."""
    for rules, compelled in ((spec, {0}), ("no_minor_holds", {0}), ("must_comply", {0, 1})):
        where = places.select(["06075", "48201"])
        days = dt.date(2010, 1, 1), dt.date(2017, 12, 31)
        rows = regimes.timeline(regimes.compose(rules), where, Parameters(), *days, ()).changes
        policy = rows["policy"]
        active = (policy["active"] > 0) & (rows["day"] >= 180)  # by then both have decided
        assert (
            policy["believed_government"][active] == ((policy["letter"] > 0) | (rules != spec))[active]
        ).all()
        assert set(policy["compelled"]) == compelled


@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=5))
def test_spans_of_a_policy_are_those_of_its_codes(codes):
    """Written out again, spans give the codes; days without the policy have none."""
    times = np.tile([0, 3, 10, 20], (len(codes), 1))
    rows, spans = law._spans(times, np.array(codes))
    again = np.zeros_like(times)
    for row, (first, after, code) in zip(rows, spans, strict=True):
        assert code > 0
        again[row, (times[row] >= first) & (times[row] < after)] = code
    assert again.tolist() == codes
