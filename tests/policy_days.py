"""What policies come to on every day of the tests about alarm, relief and belief."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import strategies as st

from comity.parameters import Parameters, describe
from comity.policy import regimes
from comity.policy.levers import LEVERS
from comity.policy.policy import Policy
from comity.policy.rows import CHANNELS, POLICY
from comity.world import places

START, END = dt.date(2009, 1, 1), dt.date(2014, 12, 31)
DAYS = (END - START).days + 1
VISIBLE = [f"visible_{channel}" for channel in CHANNELS]
NO_STORIES = {
    # People hear of nobody who is taken, nor of how many had no conviction, and nobody is lost from household and ties; police
    # meet nobody, for who is in jail is met by nobody.
    "hypotheses": "H2+H2b",
    "contacts": 0.0,
    "custody_effect": 0.0,
    "noncriminal_trust": 0.0,
    "alarm": 0.0,
    "salience_transfers": 0.0,
    "removed": 0.0,
}


def daily(changes: np.ndarray, counties: int, days: int) -> np.ndarray:
    """Return the policy of every county on every day; news stands on its day alone."""
    out = np.zeros((counties, days), POLICY)
    for row in changes:
        out[row["county"], row["day"] :] = row["policy"]
        out["news"][row["county"], row["day"] + 1 :] = 0.0
    return out


def lived(
    spec: str, place: object, start: dt.date = START, end: dt.date = END, **values: float
) -> np.ndarray:
    where = places.select(place)
    found = regimes.timeline(regimes.compose(spec), where, Parameters(**values), start, end)
    return daily(found.changes, len(where), (end - start).days + 1)


def policy(
    lever: str, value: object, start: str, until: str | None = None, decider: str | None = None
) -> Policy:
    return Policy(
        decider=decider or LEVERS[lever].deciders[0], lever=lever, value=value, start=start, until=until
    )


WHERE = st.sampled_from([("place",), ("CA",), ("06075",), ("06001", "06081")])
DAY = st.dates(dt.date(2008, 1, 1), dt.date(2014, 6, 1))
SHARES = st.sampled_from([0.0, 0.25, 0.5, 1.0])
VALUES = {
    "switch": st.integers(0, 1),
    "hours": st.sampled_from([0, 24, 48]),
    "share": SHARES,
    "levels": st.tuples(SHARES, SHARES, SHARES, SHARES),
}


@st.composite
def one(draw, levers):
    """Draw a policy on one of some levers."""
    lever = draw(st.sampled_from(levers))
    value = draw(st.sampled_from(lever.choices) if lever.choices else VALUES[lever.kind])
    start = draw(DAY)
    until = draw(st.none() | st.integers(1, 1500).map(lambda days: start + dt.timedelta(days)))
    decider = draw(st.sampled_from(lever.deciders))
    return Policy(decider=decider, lever=lever.name, value=value, start=start, until=until, where=draw(WHERE))


VALUES_OF_BELIEF = st.fixed_dictionaries(
    {
        **{f"relief_{kind}": st.sampled_from([0.0, 0.3, 0.8, 1.0]) for kind in ("cut", "custody", "placebo")},
        "police_relief": SHARES,
        **{name: st.floats(describe(name).low, describe(name).high) for name in VISIBLE},
        "interviewed": st.sampled_from([0.0, 0.14, 1.0]),
        "mandate": st.integers(0, 1),
    }
)
