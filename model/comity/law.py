"""Levers, who may pull them, and what a set of policies comes to under the law of each day.

A *policy* is one decider's hand on one lever between two dates. This module rules on policies: which of them
the law of the day allows, what the allowed ones come to in every county, and what residents, police and
government believe. The answer is a table of changes, which the kernels read, and a list of attempts.

How deciders combine: an information switch, a hold, a notice or access to the jail is as open as the most
restrictive decider leaves it (``least``); referral, interviews and street arrests are as wide as anybody
makes them (``most``); the federal calendar has one decider, and a regime replaces it while it lasts (``set``).

When a policy is void, that is, in force but without effect on the pipe:

* the letter: while ``mandate`` is in force, all levers of the information layer are out of local hands;
* the law of the day: a lever with entries in the catalogue's ``[[law]]`` list may be pulled only within them;
* compulsion: while a state's ``compel`` is in force, nothing may restrict holds, notices and access.

With the parameter ``mandate`` at 0 the letter of the base calendar never comes and the law of the day does
not limit the information layer: counties and states can opt out as they then believed they could.

What people believe, as shares of the programme (1: all of it operates here, 0: nothing does):

* residents: 1 where the programme is publicly active, times ``1 - relief`` for each policy in force in which
  they see relief (`Policy.believed`); a void policy relieves them like a placebo;
* police: 1 where prints are shared, less ``police_relief`` where the answers do not come back;
* government: 1 where the programme is active, 0 while a county's or state's own restriction of information
  is in force, honoured or not, until the letter has told it that there is no way out.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from comity.parameters import Parameters
    from comity.regimes import Policy

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Rows = NDArray[np.intp]

Decider = Literal["federal", "state", "county", "court"]
Value = float | str | tuple[float, ...]

ERAS: Final = ("act_2008", "act_2010", "act_2012", "act_2014", "act_2017")
"""Priorities of ICE by era: names of parameters, in the order of the field ``era``."""

ANYWHERE: Final = frozenset({"place", "US"})
"""Names of a policy's *where* that stand for every county of the scenario."""

_PREFIXES: Final = """
    01AL 02AK 04AZ 05AR 06CA 08CO 09CT 10DE 11DC 12FL 13GA 15HI 16ID 17IL 18IN 19IA 20KS 21KY 22LA 23ME 24MD
    25MA 26MI 27MN 28MS 29MO 30MT 31NE 32NV 33NH 34NJ 35NM 36NY 37NC 38ND 39OH 40OK 41OR 42PA 44RI 45SC 46SD
    47TN 48TX 49UT 50VT 51VA 53WA 54WV 55WI 56WY"""
STATES: Final = {pair[:2]: pair[2:] for pair in _PREFIXES.split()}
"""First two digits of a county's FIPS code -> postal abbreviation of its state."""

POLICY: Final = np.dtype(
    [
        ("active", "u1"),  # the programme operates here, publicly
        ("sharing", "u1"),  # prints of this county reach IDENT
        ("share_felony", "u1"),  # and only those of felony arrestees
        ("transmit", "u1"),  # prints are sent at all: 0 loses the FBI's criminal check too
        ("receive", "u1"),  # answers come back to the county
        ("refer", "u1"),  # the county's own referrals: 0 none, 1 felony arrestees, 2 all
        ("interview", "f4"),  # share of bookings interviewed on immigration
        ("street", "u1"),  # 287(g) task force: status arrests in the street
        ("hold", "f4", (4,)),  # share of detainers honoured, by level
        ("notify", "f4", (4,)),  # share of releases announced to ICE, by level
        ("access", "u1"),  # ICE may enter the jail
        ("hold_hours", "u1"),
        ("era", "u1"),  # index into ERAS
        ("joins", "u1"),  # the state takes part: ICE may activate the county
        ("letter", "u1"),  # nobody can opt out of information any more
        ("compelled", "u1"),  # the state compels the jail to hold
        ("liability", "u1"),  # courts hold the county liable for holds without a warrant
        ("news", "u1"),  # an event: something happens on the day of this row that media report as a threat
        ("believed_residents", "f4"),
        ("believed_police", "f4"),
        ("believed_government", "f4"),
    ],
    align=True,
)
"""The policy of one county, as the kernels read it."""

CHANGE: Final = np.dtype([("day", "i4"), ("county", "i4"), ("policy", POLICY)], align=True)
"""From this day of the scenario on, this county (position in the county table) has this policy."""

Kind = Literal["switch", "share", "levels", "hours", "choice"]

VALID: Final[dict[Kind, str]] = {
    "switch": "0 or 1",
    "share": "a number from 0 to 1",
    "levels": "four numbers from 0 to 1, in the order C0, L3, L2, L1",
    "hours": "a whole number of hours from 0 to 48",
}


@dataclass(frozen=True)
class Lever:
    """Something that a policy can move: values, default, and who may move it."""

    name: str
    layer: Literal["information", "federal", "custody"]
    kind: Kind
    combine: Literal["least", "most", "set"]
    default: Value | None
    deciders: tuple[Decider, ...]
    meaning: str
    choices: tuple[str, ...] = ()

    @property
    def valid(self) -> str:
        """What would be a valid value, in words."""
        return "one of " + ", ".join(map(repr, self.choices)) if self.choices else VALID[self.kind]


_OPEN: Final = (1.0, 1.0, 1.0, 1.0)

# fmt: off
LEVERS: Final[dict[str, Lever]] = {
    lever.name: lever
    for lever in (
        # The federal calendar.
        Lever("active", "federal", "switch", "set", None, ("federal",),
              "The programme operates; by default from the county's activation date."),
        Lever("mandate", "federal", "switch", "set", 0, ("federal",),
              "Sharing needs no agreement: nobody can opt out of information."),
        Lever("priority", "federal", "choice", "set", "act_2008", ("federal",),
              "Which removable matches ICE acts on.", ERAS),
        # Information: who learns of a booking. Choices go from the most to the least restrictive.
        Lever("join", "information", "switch", "least", 1, ("state",),
              "0: counties of the state that are not yet active are not activated."),
        Lever("transmit", "information", "switch", "least", 1, ("state", "county"),
              "0: prints are sent to nobody, and the FBI's criminal check is lost."),
        Lever("request", "information", "switch", "most", 0, ("county",),
              "1: the county asks its state to forward (state rule 'on_request')."),
        Lever("forward", "information", "choice", "least", "all", ("state",),
              "Counties whose prints the state forwards to immigration.", ("none", "on_request", "all")),
        Lever("receive", "information", "switch", "least", 1, ("state", "county"),
              "0: answers do not come back to the county; ICE gets them all the same."),
        Lever("share", "information", "choice", "least", "all", ("county",),
              "Arrestees whose prints may reach immigration.", ("felony", "all")),
        # Custody: what the locality does with a person. Never touched by the letter.
        Lever("refer", "custody", "choice", "most", "none", ("county",),
              "Arrestees whom the county itself reports to ICE, prints or not.", ("none", "felony", "all")),
        Lever("interview", "custody", "share", "most", None, ("county", "federal"),
              "Bookings interviewed on immigration; by default the parameter `interviewed`."),
        Lever("street", "custody", "switch", "most", 0, ("county", "federal"),
              "1: a 287(g) task force makes status arrests in the street and interviews everybody it books."),
        Lever("hold", "custody", "levels", "least", _OPEN, ("county", "state", "court"),
              "Detainers honoured, by level."),
        Lever("notify", "custody", "levels", "least", _OPEN, ("county", "state", "court"),
              "Releases announced to ICE, by level."),
        Lever("access", "custody", "switch", "least", 1, ("county", "state", "court"),
              "0: ICE may not enter the jail."),
        Lever("hold_hours", "custody", "hours", "least", 48, ("county", "state", "court"),
              "Longest hold."),
        Lever("liability", "custody", "switch", "most", 0, ("court",),
              "1: courts make counties liable for holds without a warrant; governments mind where `politics` is on."),
        Lever("compel", "custody", "switch", "most", 0, ("state",),
              "1: jails must hold, notify and open their doors."),
    )
}
# fmt: on
"""Every lever, in the order in which the pipeline meets them."""

COMPELLED: Final = ("hold", "notify", "access", "hold_hours")
"""Levers that ``compel`` takes out of everybody's hands."""


def closest(word: object, words: Iterable[str]) -> str:
    """Return ``, did you mean 'x'?`` for the word nearest to a misspelt one, or nothing."""
    near = difflib.get_close_matches(str(word).lower(), list(words), n=1, cutoff=0.5)
    return f", did you mean {near[0]!r}?" if near else ""


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0


def checked_value(lever: Lever, value: Any) -> Value:
    """Return the value of a lever in its one canonical type.

    Raises:
        ValueError: saying what would be valid.
    """
    if lever.kind == "choice" and isinstance(value, str) and value in lever.choices:
        return value
    if lever.kind == "switch" and isinstance(value, int) and value in {0, 1}:
        return int(value)
    if lever.kind == "hours" and type(value) is int and 0 <= value <= 48:
        return value
    # Adding 0.0 turns -0.0 into 0.0: the table of changes would take it for another value.
    if lever.kind == "share" and _is_share(value):
        return float(value) + 0.0
    if lever.kind == "levels" and isinstance(value, list | tuple) and [*map(_is_share, value)] == [True] * 4:
        return tuple(float(share) + 0.0 for share in value)
    hint = closest(value, lever.choices) if lever.choices else ""
    raise ValueError(f"{lever.name} must be {lever.valid}{hint}")


def _number(lever: Lever, value: Value) -> float | Floats:
    """Return a value as the kernels have it: choices become their position, levels a vector."""
    if isinstance(value, tuple):
        return np.array(value)
    return float(lever.choices.index(value) if isinstance(value, str) else value)


class Law(BaseModel):
    """A window in which the named deciders may pull a lever; outside all windows of a lever they may not.

    With ``only`` at *inactive* the window is open in a county only while the programme is not active there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lever: str
    deciders: tuple[Decider, ...]
    start: date
    until: date | None = None
    only: Literal["always", "inactive"] = "always"
    basis: str


@dataclass(frozen=True)
class Attempt:
    """A policy over one span of days: what was asked for, and whether the law of those days allowed it.

    Attributes:
        where: As in the policy; FIPS codes if the span holds in only some of the counties covered.
        until: First day after the span, or None.
        reason: Legal basis of the policy, or of its being void.
    """

    start: date
    until: date | None
    decider: Decider
    lever: str
    value: Value
    where: tuple[str, ...]
    allowed: bool
    reason: str


@dataclass(frozen=True)
class Timeline:
    """What a regime comes to: rows of `CHANGE` sorted by day and county, and the attempts sorted by date."""

    changes: NDArray[np.void]
    attempts: tuple[Attempt, ...]


_NEVER: Final = int(np.iinfo(np.int32).max)
_ALLOWED: Final = 1  # codes of a policy on a day: 0 not in force, 1 allowed, from 2 on void for a reason


@dataclass(frozen=True)
class _Claim:
    """A policy on the grid: the counties it covers, and where among their days it is in force."""

    policy: Policy
    asked: bool  # by the regime, not by the base calendar
    rows: Rows
    force: Bools


class _Court:
    """Rules on policies lever by lever, on a grid of counties by the days on which anything may change.

    A day may stand twice in a county's row of the grid; whatever is computed for both is then the same.
    """

    def __init__(self, counties: pd.DataFrame, laws: Sequence[Law], values: Parameters, origin: date) -> None:
        self.fips = np.array([str(code).zfill(5) for code in counties.index], dtype=str)
        self.state = counties["state"].to_numpy(dtype=str)
        self.activation = _days_of(counties, origin)
        self.laws, self.parameters, self.origin = laws, values, origin
        self.reasons = ["", ""]
        self.attempts: list[Attempt] = []

    def hear(self, base: Sequence[Policy], asked: Sequence[Policy]) -> None:
        """Lay out the grid and place every policy on it."""
        dated: list[Policy | Law] = [*base, *asked, *self.laws]
        dates = {d for item in dated for d in (item.start, item.until) if d is not None}
        shared = np.array(sorted({0, *map(self.day, dates)}))
        own = np.where(self.activation == _NEVER, 0, self.activation)
        wide = np.broadcast_to(shared, (len(own), len(shared)))
        self.times = np.sort(np.column_stack([wide, own]), axis=1)
        shape = self.times.shape
        self.letter, self.compelled = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.active, self.requested = np.zeros(shape, bool), np.zeros(shape, bool)
        self.news, self.opted_out = np.zeros(shape, bool), np.zeros(shape, bool)
        self.belief = np.ones(shape)
        self.claims = [self._claim(p, asked=i >= len(base)) for i, p in enumerate((*base, *asked))]

    def day(self, when: date | None) -> int:
        """Return a date as days since the scenario's start; None is never."""
        return _NEVER if when is None else (when - self.origin).days

    def _span(self, item: Policy | Law, rows: Rows) -> Bools:
        times = self.times[rows]
        return np.asarray((times >= self.day(item.start)) & (times < self.day(item.until)))

    def _claim(self, policy: Policy, *, asked: bool) -> _Claim:
        where = set(policy.where)
        everywhere = bool(where & ANYWHERE)
        covered = np.isin(self.state, list(where)) | np.isin(self.fips, list(where)) | everywhere
        rows = np.flatnonzero(covered)
        return _Claim(policy, asked, rows, self._span(policy, rows))

    def rule(self, name: str) -> Floats:
        """Return what the allowed policies on a lever come to; note attempts, beliefs and news on the way."""
        lever = LEVERS[name]
        result = self._default(lever)
        for claim in (c for c in self.claims if c.policy.lever == name):
            void = self._void(claim)
            self._note(claim, void)
            allowed = claim.force & (void == 0)
            result[claim.rows] = _moved(lever, result[claim.rows], self._amount(lever, claim.policy), allowed)
        return result

    def _default(self, lever: Lever) -> Floats:
        if lever.name == "active":
            return (self.times >= self.activation[:, None]).astype(float)
        value = self.parameters.interviewed if lever.default is None else _number(lever, lever.default)
        shape = (*self.times.shape, 4) if lever.kind == "levels" else self.times.shape
        return np.full(shape, value)

    def _amount(self, lever: Lever, policy: Policy) -> float | Floats:
        """Return a policy's value as a number; an order that voids other policies is its reason's code."""
        value = _number(lever, policy.value)
        return self._reason(policy.basis) * value if lever.name in {"mandate", "compel"} else value

    def _reason(self, text: str) -> int:
        if text not in self.reasons[2:]:
            self.reasons.append(text)
        return self.reasons.index(text, 2)

    def _void(self, claim: _Claim) -> Ints:
        """Return the code of the reason that voids a policy, or 0, on each of its days."""
        information = LEVERS[claim.policy.lever].layer == "information"
        lifted = information and self.parameters.mandate == 0
        void = np.zeros(claim.force.shape, np.int64) if lifted else self._unlawful(claim)
        if not information and claim.policy.lever not in COMPELLED:
            return void
        order = (self.letter if information else self.compelled)[claim.rows]
        return np.where(order > 0, order, void)

    def _unlawful(self, claim: _Claim) -> Ints:
        """Return the code of the law of the day where it closes a lever to a policy's decider, else 0."""
        policy = claim.policy
        laws = [law for law in self.laws if law.lever == policy.lever and policy.decider in law.deciders]
        if not laws:
            return np.zeros(claim.force.shape, np.int64)
        idle = ~self.active[claim.rows]
        spans = [self._span(law, claim.rows) & (idle | (law.only == "always")) for law in laws]
        code = self._reason("not lawful on this day: " + " ".join(law.basis for law in laws))
        return np.where(np.logical_or.reduce(spans), 0, code)

    def _note(self, claim: _Claim, void: Ints) -> None:
        """Note what people make of a policy, honoured or void."""
        if not claim.asked:
            return
        policy, rows, lever = claim.policy, claim.rows, LEVERS[claim.policy.lever]
        # A county that asks its state to forward is not cut off by a state that forwards on request.
        felt = claim.force & ~(self.requested[rows] & (policy.value == "on_request"))
        if policy.believed != "none":
            relief: float = getattr(self.parameters, f"relief_{policy.believed}")
            self.belief[rows] *= 1.0 - felt * np.where(void > 0, self.parameters.relief_placebo, relief)
        if lever.layer == "information" and policy.value not in {lever.default, 1}:
            self.opted_out[rows] |= felt & (self.letter[rows] == 0)
        # What promises relief is heard as that, in beliefs; it is no alarm, so it does not raise salience.
        if policy.decider != "federal" and policy.believed == "none":
            self.news[rows] |= self.times[rows] == self.day(policy.start)
        self._record(claim, np.where(claim.force, np.where(void > 0, void, _ALLOWED), 0))

    def _record(self, claim: _Claim, codes: Ints) -> None:
        """Record a policy's spans of one code each, counties with the same span together."""
        owner, spans = _spans(self.times[claim.rows], codes)
        for span in np.unique(spans, axis=0):
            counties = claim.rows[owner[(spans == span).all(axis=1)]]
            self.attempts.append(self._attempt(claim, counties, *map(int, span)))

    def _attempt(self, claim: _Claim, counties: Rows, start: int, until: int, code: int) -> Attempt:
        policy = claim.policy
        return Attempt(
            start=self.origin + timedelta(start),
            until=None if until == _NEVER else self.origin + timedelta(until),
            decider=policy.decider,
            lever=policy.lever,
            value=policy.value,
            where=policy.where if len(counties) == len(claim.rows) else tuple(self.fips[counties].tolist()),
            allowed=code == _ALLOWED,
            reason=policy.basis if code == _ALLOWED else self.reasons[code],
        )

    def activate(self) -> None:
        """Settle where the programme operates: once joined, a county stays, unless it is paused."""
        self.letter = self.rule("mandate").astype(np.int64)
        self.compelled = self.rule("compel").astype(np.int64)
        offered = self.rule("active") > 0
        self.joins = self.rule("join") > 0
        joined = np.maximum.accumulate(offered & self.joins, axis=1)
        self.active = offered & joined
        before = np.column_stack([np.zeros(len(joined), bool), self.active[:, :-1]])
        self.news |= self.active & ~before

    def judge(self) -> NDArray[np.void]:
        """Return the policy of every county on every day of the grid, news apart."""
        self.activate()
        out = np.zeros(self.times.shape, POLICY)
        self.requested = self.rule("request") > 0
        forward = self.rule("forward")
        for name in ("transmit", "receive", "refer", "interview", "street", "liability", *COMPELLED):
            out[name] = self.rule(name)
        out["interview"] = np.maximum(out["interview"], out["street"])  # its officers ask everybody
        out["era"] = self.rule("priority")
        sharing = self.active & (out["transmit"] > 0) & ((forward == 2) | ((forward == 1) & self.requested))
        out["active"], out["sharing"], out["joins"] = self.active, sharing, self.joins
        out["letter"], out["compelled"] = self.letter > 0, self.compelled > 0
        out["share_felony"] = sharing & (self.rule("share") == 0)
        out["believed_residents"] = self.active * self.belief
        out["believed_police"] = sharing * (1.0 - self.parameters.police_relief * (out["receive"] == 0))
        out["believed_government"] = self.active & ~self.opted_out
        return out


def _days_of(counties: pd.DataFrame, origin: date) -> Ints:
    """Return activation dates as days since the scenario's start; a missing one is never."""
    dates = counties["activation"].to_numpy().astype("datetime64[D]")
    days = (dates - np.datetime64(origin)).astype(np.int64)
    return np.where(np.isnat(dates), _NEVER, days)


def _moved(lever: Lever, now: Floats, value: Any, where: Bools) -> Floats:
    """Return what a lever stands at after one more policy."""
    rules = {"least": np.minimum, "most": np.maximum}
    new = rules[lever.combine](now, value) if lever.combine in rules else value
    return np.where(where[..., None] if lever.kind == "levels" else where, new, now)


def _spans(times: Ints, codes: Ints) -> tuple[Rows, Ints]:
    """Return the runs of equal non-zero codes in each row: the row, and (first day, day after, code)."""
    before = np.column_stack([np.zeros(len(codes), np.int64), codes[:, :-1]])
    row, column = np.nonzero(codes != before)
    code, first = codes[row, column], times[row, column]
    last_of_row = np.append(row[1:] != row[:-1], True) if len(row) else np.zeros(0, bool)
    after = np.where(last_of_row, _NEVER, np.roll(first, -1))
    kept = code > 0
    return row[kept], np.column_stack([first, after, code])[kept]


def _changes(court: _Court, policy: NDArray[np.void], last: int) -> NDArray[np.void]:
    """Return the rows in which a county's policy differs from the day before, and those that are news."""
    times = court.times
    edge = np.ones((len(times), 1), bool)
    new_day = np.column_stack([edge, times[:, 1:] != times[:, :-1]])
    raw = policy.view(np.uint8).reshape(*times.shape, POLICY.itemsize)  # padding is zero throughout
    differs = np.column_stack([edge, (raw[:, 1:] != raw[:, :-1]).any(axis=2)])
    news = court.news & new_day
    policy["news"] = news
    kept = new_day & (times >= 0) & (times <= last) & (differs | news | (times == 0))
    county, column = np.nonzero(kept)
    changes = np.zeros(len(county), CHANGE)
    changes["day"], changes["county"], changes["policy"] = times[kept], county, policy[county, column]
    return changes[np.lexsort((county, changes["day"]))]


def settle(
    base: Sequence[Policy],
    asked: Sequence[Policy],
    laws: Sequence[Law],
    counties: pd.DataFrame,
    parameters: Parameters,
    start: date,
    end: date,
) -> Timeline:
    """Rule on the policies of base calendar and regime; see `comity.regimes.timeline`."""
    court = _Court(counties, laws, parameters, start)
    court.hear([p for p in base if parameters.mandate == 1 or p.lever != "mandate"], asked)
    policy = court.judge()
    lived = [a for a in court.attempts if a.start <= end and (a.until is None or a.until > start)]
    attempts = tuple(sorted(lived, key=lambda a: (a.start, a.until or date.max)))
    return Timeline(_changes(court, policy, (end - start).days), attempts)
