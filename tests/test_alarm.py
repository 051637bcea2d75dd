"""What alarms, what relieves, and what residents believe: a restriction never frightens, whatever it is made of.

Weakly more restrictive in every lever, under the same dice, means on no day more salience, awareness, belief, attribution,
entanglement or perceived risk, never less trust and never fewer reports expected. By construction that holds for all that
comes from policy; it is tested here

* on the table of changes, over random compositions and every county;
* on the days that the kernels of government and news live from that table;
* on whole runs of every regime, resident by resident.

Two things are not guaranteed, because no rule could make them so, and the tests leave them out. An opening that is *put off*
(an agreement signed later) is heard later, and news fades: what restrictions put off is covered, see `comity.policy.law`. And
people hear of those who are really taken, and how many of them had no conviction: whom a refusal keeps from ICE today may be
arrested again another day.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_days import (
    DAY,
    DAYS,
    END,
    NO_STORIES,
    SHARES,
    START,
    VALUES,
    VALUES_OF_BELIEF,
    WHERE,
    daily,
    lived,
    one,
    policy,
)

from comity import CooperationModel
from comity.agents.governments import govern
from comity.agents.news import news
from comity.agents.residents import estrangement, look_up, risk_at
from comity.kernels import COMPILED, kernel
from comity.observe.asking import NOW, VICTIM, ask_all
from comity.parameters import Parameters
from comity.policy import regimes
from comity.policy.law import settle
from comity.policy.levers import LEVERS
from comity.policy.policy import Policy
from comity.world import places

if TYPE_CHECKING:
    from comity.world.state import World

BAY = ("06001", "06075", "06081")  # each is next to the others
HALF = Parameters().salience_life
BELIEFS = ("believed_residents", "believed_police")
PUBLIC = ("salience", "awareness", "seen", "attribution", "entanglement")
RESTRICTIONS = [
    name for name in regimes.catalogue() if name not in {"mandatory", "must_comply"} and "287g" not in name
]
OPENINGS = ["must_comply", "jail_287g", "task_force_287g"]


def no_more(less: np.ndarray, more: np.ndarray) -> None:
    """Check that one table of days is nowhere more alarming than another."""
    for field in BELIEFS:
        assert (less[field] <= more[field] + 1e-6).all(), field
    assert (_fresh(less["news"]) <= _fresh(more["news"]) + 1e-9).all()


def _fresh(news: np.ndarray) -> np.ndarray:
    """Return what is left on each day of the freshest news so far."""
    aged = news * 2.0 ** (np.arange(news.shape[1]) / HALF)
    return np.maximum.accumulate(aged, axis=1) * 0.5 ** (np.arange(news.shape[1]) / HALF)


# ------------------------------------------------------------------------------------------- what alarms


def rung(*policies: Policy, activation: str | None = None, **values: float) -> dict[str, float]:
    """Return the days on which something alarms in one county of California, and how much of it is news."""
    where = pd.DataFrame({"state": ["CA"], "activation": pd.to_datetime([activation])}, index=["06999"])
    args = (regimes.base(), policies, regimes.laws(), where, Parameters(**values), START, END)
    rows = settle(*args).changes
    return {
        str(START + dt.timedelta(int(row["day"]))): float(row["policy"]["news"])
        for row in rows
        if row["policy"]["news"] > 0
    }


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([policy("interview", 1.0, "2010-03-01")], {"2010-03-01": 1}),
        ([policy("street", 1, "2010-03-01")], {"2010-03-01": 1}),
        ([policy("compel", 1, "2010-03-01")], {"2010-03-01": 1}),
        ([policy("refer", "all", "2010-03-01")], {"2010-03-01": 1}),
        # What leaves its lever where it was: below what ICE does anyway, as before, or as somebody else has it already.
        ([policy("interview", 0.1, "2010-03-01")], {}),
        ([policy("interview", 1.0, "2005-03-01", "2010-03-01"), policy("interview", 1.0, "2010-03-01")], {}),
        ([policy("interview", 1.0, "2005-03-01"), policy("interview", 0.5, "2010-03-01", decider="federal")], {}),
        ([policy("hold", [1, 1, 1, 1], "2010-03-01"), policy("access", 1, "2010-03-01")], {}),
        # Wider than before.
        ([policy("interview", 0.5, "2009-03-01"), policy("interview", 1.0, "2010-03-01", decider="federal")],
         {"2009-03-01": 1, "2010-03-01": 1}),
        # The end of a widening, of an opt-out, and of one in favour of another that is less strict.
        ([policy("street", 1, "2006-01-01", "2010-03-01")], {}),
        ([policy("hold", [0, 0, 0, 0], "2006-01-01", "2010-03-01"), policy("hold", [0, 0, 1, 1], "2010-03-01")], {}),
        # Void: no task force can be had in 2013.
        ([policy("street", 1, "2013-03-01")], {}),
        # To ask a state that withholds nothing, and one that does: an opt-out ends.
        ([policy("request", 1, "2010-03-01")], {}),
        ([policy("forward", "on_request", "2009-03-01"), policy("request", 1, "2010-03-01")], {}),
        # What San Francisco did instead of sharing.
        ([policy("refer", "felony", "2010-03-01"), policy("share", "felony", "2010-03-01")], {}),
        # Federal: whom ICE acts on, and whose consent it needs.
        ([policy("priority", "act_2017", "2010-03-01"), policy("mandate", 1, "2010-03-01")], {}),
        ([policy("active", 1, "2010-03-01")], {"2010-03-01": 1}),
    ],
)  # fmt: skip
def test_what_alarms_is_what_comes_to_be(policies, expected):
    assert rung(*policies) == expected


@pytest.mark.parametrize(
    "lever", [lever for lever in LEVERS.values() if lever.restrictive], ids=lambda lever: lever.name
)
def test_no_restriction_alarms_by_whomever_and_whatever_it_is_worth(lever):
    values = {
        "switch": [0, 1],
        "hours": [0, 24, 48],
        "share": [0.0, 0.5, 1.0],
        "levels": [[0, 0, 0, 0], [0, 0, 0.5, 1], [1, 1, 1, 1]],
        "choice": lever.choices,
    }
    for decider in lever.deciders:
        for value in values[lever.kind]:
            for until in ("2012-03-01", None):
                made = policy(lever.name, value, "2010-03-01", until, decider)
                assert rung(made, activation="2009-06-01") == {"2009-06-01": 1}
                assert (made.relief != "none") == (lever.relief != "none" and lever.restricts(made.value))
                moved = value[0] < 1 if isinstance(value, list) else value not in {"all", 1, 48}
                assert lever.restricts(made.value) == (value > 0 if lever.reassures else moved)


def test_the_end_of_a_pause_is_no_news_and_an_activation_put_off_is_old_news():
    pause = policy("active", 0, "2010-03-01", "2010-05-01")
    assert rung(pause, activation="2009-06-01") == {"2009-06-01": 1}
    assert rung(pause, activation="2010-05-01") == {"2010-05-01": 1}
    assert rung(policy("active", 0, "2010-03-01"), activation="2010-04-01") == {}
    late = rung(pause, activation="2010-04-01")
    assert late == {"2010-05-01": pytest.approx(0.5 ** (30 / HALF))}
    exit_ = policy("join", 0, "2010-03-01", "2010-05-01")
    assert rung(exit_, activation="2010-04-01") == late


def test_a_standing_agreement_is_no_news_when_a_scenario_begins():
    assert rung(policy("interview", 1.0, "2006-01-01"), policy("street", 1, "2006-01-01")) == {}
    assert not lived("task_force_287g", "04013")["news"][:, 0].any()


# ------------------------------------------------------------------------------------------- more restrictive, never more fear


@pytest.mark.parametrize("name", RESTRICTIONS)
def test_in_no_county_is_a_refusal_more_alarming_than_none(name):
    """In all counties, each regime on its own dates and from 2010, where most of the programme is still to come."""
    for spec in {name, f"{name}@2010-02-01"} - {"historical@2010-02-01"}:
        for mandate in (1, 0):
            for ours, theirs in zip(_by_county(spec, mandate), _without(mandate), strict=True):
                no_more(ours, theirs)


def _by_county(spec: str, mandate: int) -> list[np.ndarray]:
    """Return what a regime says on every day, in each of sixty counties."""
    counties = places.counties()
    rows = regimes.timeline(regimes.compose(spec), counties, Parameters(mandate=mandate), START, END).changes
    sample = np.unique(np.linspace(0, len(counties) - 1, 60).astype(int))
    return [daily(_only(rows, c), 1, DAYS) for c in sample]


@cache
def _without(mandate: int) -> list[np.ndarray]:
    return _by_county("mandatory", mandate)


def _only(rows: np.ndarray, county: int) -> np.ndarray:
    rows = rows[rows["county"] == county].copy()
    rows["county"] = 0
    return rows


RESTRICTIVE = [lever for lever in LEVERS.values() if lever.restrictive]
OPENING = [
    lever
    for lever in LEVERS.values()
    if lever.combine == "most" and not lever.restrictive and lever.name != "liability"
]


PAUSE = st.builds(
    lambda start, days, where: Policy(
        decider="federal", lever="active", value=0, start=start, until=start + dt.timedelta(days), where=where
    ),
    DAY,
    st.integers(1, 1500),
    WHERE,
)


@st.composite
def pairs(draw):
    """Draw a composition and one that is weakly more restrictive in every lever.

    Of openings there is one a lever, so that leaving one out does not turn another, outdone by it, into news.
    """
    opened = draw(st.lists(one(OPENING), max_size=3, unique_by=lambda p: p.lever))
    opened += draw(st.just([]) | st.just([policy("mandate", 1, "2010-01-01")]))
    shut = draw(st.lists(one(RESTRICTIVE) | PAUSE, max_size=3))
    kept = [p for p in opened if draw(st.booleans())]
    return (*opened, *shut), (
        *kept,
        *map(draw, map(_tightened, shut)),
        *draw(st.lists(one(RESTRICTIVE) | PAUSE, max_size=3)),
    )


@st.composite
def _tightened(draw, found):
    """Draw a policy that restricts at least as much as one that is given: stricter, sooner, longer."""
    other = draw(VALUES[LEVERS[found.lever].kind]) if LEVERS[found.lever].kind != "choice" else found.value
    lever = LEVERS[found.lever]
    tightest = np.maximum if lever.reassures else np.minimum
    stricter = tightest(found.value, other) if lever.kind != "choice" else lever.choices[0]
    value = stricter.tolist() if isinstance(stricter, np.ndarray | np.generic) else stricter
    start = found.start - dt.timedelta(draw(st.integers(0, 300)))
    until = found.until and draw(st.sampled_from([found.until, found.until + dt.timedelta(90)]))
    return Policy(**found.model_dump() | {"value": value, "start": start, "until": until})


VALUES_OF_THE_PUBLIC = st.fixed_dictionaries(
    {
        "attribution": st.sampled_from([0.0, 0.5, 1.0]),
        "background_attribution": st.sampled_from([0.0, 0.4, 0.9]),
        "salience_attribution": SHARES,
        "ratchet": SHARES,
        "news_learned": st.sampled_from([0, 1]),
        "news_ties": st.sampled_from([0.0, 0.05, 0.2]),
        "attribution_rise": st.floats(1, 1000),
        "attribution_fall": st.floats(1, 2000),
        "entanglement_rise": st.floats(10, 2000),
        "entanglement_return": st.floats(30, 5000),
        "entanglement_weight": st.sampled_from([0.0, 0.3]),
    }
)
ACTIVATIONS = st.lists(st.none() | DAY, min_size=len(BAY), max_size=len(BAY))


def ruled(policies, activations, values):
    where = pd.DataFrame({"state": "CA", "activation": pd.to_datetime(activations)}, index=list(BAY))
    return settle(regimes.base(), policies, regimes.laws(), where, Parameters(**values), START, END).changes


@given(pairs(), ACTIVATIONS, VALUES_OF_BELIEF)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_more_restrictive_is_never_more_alarming(both, activations, values):
    more, less = (ruled(policies, activations, values) for policies in both)
    ours, theirs = (daily(rows, len(BAY), DAYS) for rows in (less, more))
    no_more(ours, theirs)


@cache
def bay() -> CooperationModel:
    return CooperationModel(place=list(BAY), start=START, end=END, scale=1e6, seed=3, **NO_STORIES)


@kernel
def minds(w: World, out: np.ndarray) -> None:
    """Write risk and estrangement of four kinds of residents, by county."""
    for c in range(len(w.counties)):
        for k in range(4):
            out[c, k] = risk_at(w, c, float(k // 2), k % 2, 0.0)
            out[c, 4 + k] = estrangement(w, c, 1, 4 * (k // 2), 0, 1, k % 2)


def weather(changes: np.ndarray, values: dict[str, float] | None = None) -> np.ndarray:
    """Return what the public thinks, and risk and estrangement of four kinds of residents, by day and county: kernels live it."""
    w = bay().world._replace(
        change_days=changes["day"].astype(np.int64),
        change_counties=changes["county"].astype(np.int64),
        change_policies=changes["policy"],
        p=bay().world.p.copy(),
    )
    for name, value in (values or {}).items():
        w.p[name] = value
    w.clock["next_change"], w.clock["stories"] = 0, 0
    w.counties["salience"], w.counties["awareness"], w.counties["headline"] = 0.0, w.p["awareness"][0], 0.0
    w.counties["news"] = 0.0
    for name in ("seen", "attribution", "entanglement"):
        w.counties[name] = w.p["background_attribution"]
    out = np.zeros((DAYS, len(BAY), len(PUBLIC) + 8))
    for today in range(DAYS):
        govern(w, today)
        news(w, today)
        for k, name in enumerate(PUBLIC):
            out[today, :, k] = w.counties[name]
        minds(w, out[today, :, len(PUBLIC) :])
    return out


@pytest.mark.uncompiled
@given(pairs(), ACTIVATIONS, VALUES_OF_BELIEF, VALUES_OF_THE_PUBLIC)
@settings(max_examples=20 if COMPILED else 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_on_no_day_of_a_more_restrictive_regime_is_there_more_fear_or_less_trust(
    both, activations, values, minds
):
    more, less = (ruled(policies, activations, values) for policies in both)
    assert (
        weather(less, values | minds) <= weather(more, values | minds) + 1e-6
    ).all()  # beliefs have 32 bits


@pytest.mark.parametrize(
    "put_off",
    [policy("join", 0, "2009-02-01", "2010-01-01"), policy("active", 0, "2009-05-01", "2009-12-01")],
)
def test_what_is_put_off_is_not_heard_the_more_for_it(put_off):
    """Where neighbours are in the news already, an activation adds less to it: a late one may not make up for that."""
    days = ["2009-03-01", "2009-06-01", "2009-07-01"]
    for where in (("06001",), ("06075", "06081"), ("place",)):
        late = put_off.model_copy(update={"where": where})
        ours, theirs = (weather(ruled(p, days, {})) for p in ((late,), ()))
        assert (ours <= theirs + 1e-9).all()
        assert ours[-1, :, 0] == pytest.approx(
            theirs[-1, :, 0], rel=0.2
        )  # but heard it is, as if it had come in time


def test_what_was_due_before_the_first_day_is_no_news_when_it_comes_late() -> None:
    """A run that begins with the programme begins after its news; one in which it was put off may not hear more."""
    late = policy("active", 0, "2008-06-23", "2009-07-17")
    soon = policy("active", 0, "2008-11-10", "2009-07-17")
    for day in ("2008-07-01", "2008-12-31"):
        ours, theirs = (weather(ruled((p,), [None, None, day], {})) for p in (late, soon))
        assert (ours <= theirs + 1e-9).all()


MANY = ["06073", "06075", "06081", "11001", "17031", "48201"]
SPAN = {"start": dt.date(2009, 1, 1), "end": dt.date(2018, 6, 30), "scale": 20_000, "seed": 5}


@cache
def expected(spec: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return what the public thinks by day, and quarterly each resident's chance to report, trust and being in the community."""
    model = CooperationModel(place=MANY, regime=spec, **SPAN, **NO_STORIES)
    w, rows = model.world, np.arange(len(model.world.residents))
    answers = np.zeros((len(rows), 4, 2))
    public, chances, trust, free = [], [], [], []
    for today in range((SPAN["end"] - SPAN["start"]).days + 1):
        model.step()
        public.append(np.stack([w.counties[name] for name in PUBLIC]))
        if today % 90 == 0:
            ask_all(w, rows, today + 1, answers)
            chances.append(answers[:, NOW, VICTIM].copy())
            trust.append(np.zeros(len(rows)))
            look_up(w, today, rows, trust[-1])
            free.append(w.residents["whereabouts"] == 0)
    return np.array(public), np.array(chances), np.array(trust), np.array(free)


@pytest.mark.parametrize(
    "name", [*RESTRICTIONS, *(f"{n}@2011-09-01" for n in RESTRICTIONS if n != "historical"), *OPENINGS]
)
def test_under_no_regime_do_refusals_keep_anybody_from_reporting_or_cost_trust(name):
    less, more = (name, "mandatory") if name not in OPENINGS else ("mandatory", name)
    (ours, ours_report, ours_trust, ours_free) = expected(less)
    (theirs, theirs_report, theirs_trust, theirs_free) = expected(more)
    assert (ours <= theirs + 1e-9).all()
    assert (ours_trust >= theirs_trust - 1e-9).all()
    both = ours_free & theirs_free
    assert both.mean() > 0.9
    assert (ours_report >= theirs_report - 1e-9)[both].all()
