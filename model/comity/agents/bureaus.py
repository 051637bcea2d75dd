"""State identification bureaus: they forward prints to the FBI, which passes them to IDENT, and route the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from comity.agents.cases import Found
from comity.agents.governments import local_effort
from comity.agents.ice import enter_into_ident
from comity.agents.residents import Status, draws_of
from comity.columns.views import ColumnAgent
from comity.draws import Stream
from comity.kernels import Int, kernel
from comity.observe.log import Event, note
from comity.observe.measures import Measure, Stage, count, reach
from comity.world.agenda import NOBODY

if TYPE_CHECKING:
    from comity.world.state import World

BUREAU: Final = np.dtype(
    [
        ("state", "i4"),
        ("prints", "f8"),  # received from jails so far, in agents
        ("submissions", "f8"),  # of these, that reached IDENT
        ("answers", "f8"),  # matches reported back to localities
    ],
    align=True,
)
"""One row per state."""

FELONY: Final = 2
"""Charges from this level up are felonies."""


@kernel
def forward(w: World, case: Int, today: Int) -> None:
    """One set of prints: the FBI's criminal check, IDENT if the county's prints are shared, and a match if there is a record."""
    c = w.cases[case]
    i = c["resident"]
    r = w.residents[i]
    policy, bureau = w.policies[r["county"]], w.bureaus[w.counties[r["county"]]["state"]]
    if not (c["printed"] and policy["transmit"]):
        return
    bureau["prints"] += 1.0
    count(w, i, Measure.CRIMINAL_CHECKS, 1.0)
    if not policy["sharing"] or (policy["share_felony"] and c["charge"] < FELONY):
        return
    bureau["submissions"] += 1.0
    c["event"] = note(w, Event.PRINT, today, c["event"], i, -1, c["charge"])
    count(w, i, Measure.SUBMISSIONS, 1.0)
    reach(w, case, Stage.SUBMITTED)
    if r["ident"]:
        c["identified"] = Found.MATCH
        c["event"] = note(w, Event.MATCH, today, c["event"], i, -1, r["status"])
        count(w, i, Measure.MATCHES, 1.0)
        reach(w, case, Stage.MATCHED)
        if policy["receive"]:
            bureau["answers"] += 1.0
            count(w, i, Measure.ANSWERS, 1.0)


@kernel
def screen(w: World, case: Int, today: Int) -> None:
    """Without prints: the locality names arrestees to ICE, or somebody interviews them; only unauthorized people are found."""
    c = w.cases[case]
    i = c["resident"]
    r, p = w.residents[i], w.p[0]
    policy = w.policies[r["county"]]
    if c["identified"] or r["status"] != Status.UNAUTHORIZED:
        return
    u, detected, _, _ = draws_of(w, i, Stream.IDENTIFICATION, today)
    referred = policy["refer"] == 2 or (policy["refer"] == 1 and c["charge"] >= FELONY)
    interviewed = policy["access"] and u < policy["interview"] * local_effort(w, r["county"])
    if detected < p["interview_detects"] and (referred or interviewed):
        c["identified"] = Found.LOCALLY
        enter_into_ident(w, i)
        c["event"] = note(w, Event.REFERRAL, today, c["event"], i, -1, 1 if referred else 0)
        count(w, i, Measure.REFERRALS if referred else Measure.INTERVIEWS, 1.0)
        if not referred:  # the locality's part of interviews is work for its officers
            w.police[r["county"]]["backlog"] += p["case_hours"] * policy["staffed"] * w.clock[0]["scale"]


@kernel
def forward_and_match(w: World, today: Int) -> None:
    """Bureaus forward the prints of today's bookings; IDENT answers from records of previous contact, not of status."""
    for n in range(w.clock[0]["arrests"]):
        case = w.arrests[n]["case"]
        if case != NOBODY:
            forward(w, case, today)
            screen(w, case, today)
            if w.cases[case]["identified"]:
                reach(w, case, Stage.IDENTIFIED)


class StateBureau(ColumnAgent, dtype=BUREAU):
    """A state identification bureau, as Mesa sees one.

    Attributes are single values, those of its row: `BUREAU` has their types and units.

    Raises:
        AttributeError: if one is set that is fixed when the world is built, or counted by the model.
        TypeError: if one is set to what is no number.
        ValueError: if one is set to a number that it cannot hold.
    """

    table = "bureaus"
    layout = frozenset({"state"})
    bounds: ClassVar = dict.fromkeys(("prints", "submissions", "answers"), (0, np.inf))
