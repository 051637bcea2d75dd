"""Attribution in closed form, and the law that restrictions never raise it, over built-in regimes and other beliefs.

`test_alarm` has the law for levers one by one; here whole regimes are put together, as a user writes them, and what residents
see in a policy is overridden.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from comity import CooperationModel
from comity.agents.news import fade
from comity.agents.public import expected, judge, with_news
from comity.parameters import Parameters, as_record, describe
from comity.policy import regimes
from comity.policy.law import settle
from comity.policy.levers import LEVERS
from comity.policy.rows import CHANNELS, POLICY, attribution
from comity.world import places

START, END = dt.date(2009, 1, 1), dt.date(2015, 12, 31)
DAYS = (END - START).days + 1
SHARES = st.floats(0.0, 1.0)


def bounds(name: str) -> st.SearchStrategy[float]:
    return st.floats(describe(name).low, describe(name).high)


@cache
def one_county() -> CooperationModel:
    return CooperationModel(place="06075", scale=50_000.0, end="2009-01-31")


# ------------------------------------------------------------------------------------------- closed forms

HALF_LIVES = (
    "attribution_rise",
    "attribution_fall",
    "entanglement_rise",
    "entanglement_return",
    "salience_life",
)


@pytest.mark.uncompiled
@given(
    st.fixed_dictionaries({name: bounds(name) for name in (*HALF_LIVES, "salience_attribution", "ratchet")}),
    SHARES,
    SHARES,
    SHARES,
    st.integers(1, 150),
)
@settings(max_examples=25, deadline=None)
def test_attribution_goes_to_its_target_with_two_half_lives_and_what_news_adds_fades(
    values, seen, start, salience, days
):
    """After any number of days: a distance halves with the half-life of its direction; news add a share of what is left to 1."""
    w = one_county().world.copy()
    p, county = w.p[0], w.counties[0]
    for name, value in values.items():
        p[name] = value
    p["media_rate"] = 0.0  # what is known of it stays as it is
    w.fade[3] = 0.5 ** (np.arange(w.fade.shape[1]) / values["salience_life"])
    w.policies["active"], w.policies["believed_residents"] = 1, 1.0
    county["awareness"], county["salience"] = p["awareness"], salience
    county["seen"], county["entanglement"] = seen, start
    target = float(expected(p, w.policies[0], county["awareness"]))
    entangled = start
    for _ in range(days):
        fade(w, 0)
        judge(w, 0, 1)
        now = float(county["attribution"])
        life = values["entanglement_rise"] if now > entangled else values["entanglement_return"]
        held = 0.0 if now > entangled else values["ratchet"]
        entangled = now + (entangled - now) * (held + (1.0 - held) * 0.5 ** (1.0 / life))
    life = values["attribution_rise"] if target > seen else values["attribution_fall"]
    lasting = target + (seen - target) * 0.5 ** (days / life)
    left = salience * 0.5 ** (days / values["salience_life"])
    assert county["seen"] == pytest.approx(lasting, abs=1e-9)
    assert county["attribution"] == pytest.approx(
        lasting + values["salience_attribution"] * left * (1.0 - lasting), abs=1e-9
    )
    assert county["entanglement"] == pytest.approx(entangled, abs=1e-9)


@given(
    st.fixed_dictionaries({f"visible_{channel}": bounds(f"visible_{channel}") for channel in CHANNELS}),
    st.fixed_dictionaries(dict.fromkeys(("relief", "relief_hold", "relief_notice", "relief_street"), SHARES)),
    st.tuples(st.integers(0, 1), SHARES, st.integers(0, 1)),
    SHARES,
    SHARES,
)
@settings(max_examples=200, deadline=None)
def test_the_target_is_one_less_the_chance_that_no_channel_is_seen(
    visible, reliefs, policy, aware, background
):
    p = as_record(Parameters(**visible, background_attribution=0.9 * background))[0]
    row = np.zeros(1, POLICY)[0]
    row["active"], row["deputies"], row["street"] = policy
    for name, value in reliefs.items():
        row[name] = value
    r = {name: float(row[name]) for name in reliefs}
    programme, deputies = aware * policy[0] * (1.0 - r["relief"]), aware * float(row["deputies"])
    found = max(programme, deputies)
    believed = [
        programme,
        found * (1.0 - r["relief_notice"]),
        found * (1.0 - r["relief_hold"]),
        deputies,
        aware * policy[2] * (1.0 - r["relief_street"]),
    ]
    suspected = float(p["background_attribution"]) * (1.0 - r["relief_street"])
    unseen = np.prod(
        [1.0 - visible[f"visible_{name}"] * u for name, u in zip(CHANNELS, believed, strict=True)]
    )
    assert attribution(p, row, aware) == pytest.approx(1.0 - unseen, abs=1e-12)
    assert expected(p, row, aware) == pytest.approx(1.0 - (1.0 - suspected) * unseen, abs=1e-12)


@given(SHARES, SHARES, SHARES, SHARES)
@settings(max_examples=100, deadline=None)
def test_more_is_seen_or_in_the_news_never_less_attributed(seen, more, salience, share):
    p = as_record(Parameters(salience_attribution=share))[0]
    county = np.zeros(1, one_county().world.counties.dtype)[0]
    found = []
    for value, news in ((seen, 0.0), (seen, salience), (seen + more * (1.0 - seen), salience)):
        county["seen"], county["salience"] = value, news
        found.append(float(with_news(p, county)))
    assert all(a <= b + 1e-12 for a, b in pairwise(found))
    assert found[0] == seen
    assert found[-1] <= 1.0


@pytest.mark.parametrize("off", [{"attribution": 0.0}, {"fear_weight": 0.0}])
def test_where_fear_does_not_go_by_attribution_nothing_of_it_moves_an_event(off):
    """Bit for bit, whatever the visibilities, half-lives and what people suspect are, where trust is apart from it, too."""
    keys = {"place": "06075", "scale": 400.0, "start": "2010-03-01", "end": "2010-12-31", "log": True, **off}
    keys |= {"hypotheses": "H2+H2b+H4+H5", "entanglement_weight": 0.0, "salience_trust": 0.0}
    extreme = {f"visible_{channel}": describe(f"visible_{channel}").high for channel in CHANNELS}
    extreme |= {
        "background_attribution": 0.0,
        "salience_attribution": 1.0,
        "attribution_rise": 1.0,
        "attribution_fall": 1.0,
    }
    if (
        "attribution" in off
    ):  # without it, fear rises with what is believed, in units that visibilities cancel from
        extreme = {k: v for k, v in extreme.items() if not k.startswith("visible")}
    a, b = (CooperationModel(**keys, parameters=more).run() for more in ({}, extreme))
    assert a.events().equals(b.events())
    assert np.array_equal(a.world.residents, b.world.residents)


# ------------------------------------------------------------------------------------------- restrictions never raise it

OPENING = {"mandatory", "must_comply", "jail_287g", "task_force_287g", "historical"}
RESTRICTING = sorted(set(regimes.catalogue()) - OPENING)
BASES = [
    "mandatory",
    "jail_287g",
    "task_force_287g",
    "must_comply",
    "jail_287g+task_force_287g",
    "special_order_40",
]
WHERE = ["06075", "04013", "48215", "17031", "51153", "13135", "36061"]
"""Counties of states with and without rules of their own, switched on early and late."""


@st.composite
def policies(draw):
    """Draw the restricting policies of one or two built-in regimes, moved in time, some of which people believe otherwise."""
    names = draw(st.lists(st.sampled_from(RESTRICTING), min_size=1, max_size=2, unique=True))
    found = []
    for name in names:
        day = draw(st.dates(dt.date(2008, 1, 1), dt.date(2014, 6, 1)))
        for policy in regimes.compose(f"{name}@{day}").policies:
            lever = LEVERS[policy.lever]
            restricts = lever.restrictive or (policy.lever, policy.value) == ("active", 0)
            if restricts:
                believed = draw(st.sampled_from([None, "cut", "custody", "placebo", "none"]))
                found.append(policy.model_copy(update={"believed": believed}))
    assume(found)
    return tuple(found)


VALUES = st.fixed_dictionaries(
    {
        **{f"visible_{channel}": bounds(f"visible_{channel}") for channel in CHANNELS},
        **{f"relief_{kind}": SHARES for kind in ("cut", "custody", "placebo")},
        "background_attribution": bounds("background_attribution"),
        "interviewed": st.sampled_from([0.0, 0.14, 1.0]),
        "mandate": st.integers(0, 1),
    }
)


def targets(
    asked: tuple[regimes.Policy, ...], place: str, values: dict[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the attribution that would last under the policy of every day, known to everybody, and what comes to be news."""
    p = Parameters(**values)
    changes = settle(
        regimes.base(), asked, regimes.laws(), pd.DataFrame(places.select(place)), p, START, END
    ).changes
    record = as_record(p)[0]
    lasting, news = np.zeros(DAYS), np.zeros(DAYS)
    for row in changes:
        lasting[row["day"] :] = expected(record, row["policy"], 1.0)
        news[row["day"]] = row["policy"]["news"]
    return lasting, news


@given(st.sampled_from(BASES), policies(), st.sampled_from(WHERE), VALUES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_restriction_on_top_of_any_regime_raises_attribution_whatever_is_believed_of_it(
    base, shut, place, values
):
    standing = regimes.compose(base).policies
    (more, loud), (less, quiet) = (targets(asked, place, values) for asked in (standing, (*standing, *shut)))
    assert (less <= more + 1e-6).all()
    assert quiet.sum() <= loud.sum() + 1e-9
