"""What a set of policies comes to under the law of each day.

A *policy* is one decider's hand on one lever between two dates. This module rules on policies: which of them
the law of the day allows, what the allowed ones come to in every county, and what residents, police and
government believe. The answer is a table of changes, which the kernels read, and a list of attempts.

How deciders combine: an information switch, a hold, a notice or access to the jail is as open as the most
restrictive decider leaves it (``least``); referral, interviews and street arrests, and what a police chief orders,
pledges and has officers visit, are as wide as anybody makes them (``most``); the federal calendar has one decider,
and a regime replaces it while it lasts (``set``).

When a policy is void, that is, in force but without effect on the pipe:

* the letter: while ``mandate`` is in force, all levers of the information layer are out of local hands;
* the law of the day: a lever with entries in the catalogue's ``[[law]]`` list may be pulled only within them;
* compulsion: while a state's ``compel`` is in force, nothing may restrict holds, notices and access, nor keep officers
  from asking about status.

Officers who may not ask make no status arrests, task force or not; deputies in the jail, who are not on patrol, still interview.

With the parameter ``mandate`` at 0 the letter of the base calendar never comes and the law of the day does
not limit the information layer: counties and states can opt out as they then believed they could.

What people make of it is in `comity.policy.rows`; two things are found here, because they need the calendar:

* relief: the greatest that residents see in any restriction in force of the programme, of holds, of notices or of what officers
  do (`Policy.relief`), however many there are; a void one relieves them no more than a placebo does;
* news: the day on which something alarming comes to be in a county, judged by what an alarming lever comes to
  there, before and after (`comity.policy.levers`). The end of an opt-out, or of a pause, is no news: a county
  without them would hear nothing on that day. For the same reason an activation that was put off alarms no
  more than what would be left of its news had it come when it was due.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from comity.parameters import as_record
from comity.policy.levers import ALARMING, ANYWHERE, COMPELLED, LEVERS, Decider, Lever, Value
from comity.policy.rows import CHANGE, POLICY, RELIEF_OF, participation, prospect, relieved
from comity.policy.unlisted import interviewed, refusals

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from comity.parameters import Parameters
    from comity.policy.policy import Policy
    from comity.policy.unlisted import Refusal

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Rows = NDArray[np.intp]


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

    def parts_from(self, other: Timeline) -> int:
        """Return the first day on which a row of one has no like in the other, the largest 32-bit number if there is none."""
        ours, theirs = self.changes, other.changes
        both = min(len(ours), len(theirs))
        apart = np.flatnonzero(ours[:both] != theirs[:both])
        at = int(apart[0]) if len(apart) else both
        return min((int(rows["day"][at]) for rows in (ours, theirs) if at < len(rows)), default=_NEVER)


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
        self.record = as_record(values)[0]
        self.usual = interviewed(counties, values)[:, None]
        self.refusals = refusals() if values.unlisted_refusal > 0.0 else ()
        self.reasons = ["", ""]
        self.attempts: list[Attempt] = []

    def hear(self, base: Sequence[Policy], asked: Sequence[Policy]) -> None:
        """Lay out the grid and place every policy on it."""
        dated: list[Policy | Law | Refusal] = [*base, *asked, *self.laws, *self.refusals]
        dates = {d for item in dated for d in (item.start, item.until) if d is not None}
        shared = np.array(sorted({0, *map(self.day, dates)}))
        own = np.where(self.activation == _NEVER, 0, self.activation)
        wide = np.broadcast_to(shared, (len(own), len(shared)))
        self.times = np.sort(np.column_stack([wide, own]), axis=1)
        shape = self.times.shape
        self.letter, self.compelled = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.active, self.requested = np.zeros(shape, bool), np.zeros(shape, bool)
        self.relief = {name: np.zeros(shape) for name in ("relief", *RELIEF_OF.values())}
        self.opted_out = np.zeros(shape, bool)
        self.claims = [self._claim(p, asked=i >= len(base)) for i, p in enumerate((*base, *asked))]

    def day(self, when: date | None) -> int:
        """Return a date as days since the scenario's start; None is never."""
        return _NEVER if when is None else (when - self.origin).days

    def _span(self, item: Policy | Law | Refusal, rows: Rows) -> Bools:
        times = self.times[rows]
        return np.asarray((times >= self.day(item.start)) & (times < self.day(item.until)))

    def _claim(self, policy: Policy, *, asked: bool) -> _Claim:
        where = set(policy.where)
        everywhere = bool(where & ANYWHERE)
        covered = np.isin(self.state, list(where)) | np.isin(self.fips, list(where)) | everywhere
        rows = np.flatnonzero(covered)
        return _Claim(policy, asked, rows, self._span(policy, rows))

    def rule(self, name: str) -> Floats:
        """Return what the allowed policies on a lever come to; note attempts and relief on the way."""
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
        value = self.usual if lever.default is None else lever.number(lever.default)
        shape = (*self.times.shape, 4) if lever.kind == "levels" else self.times.shape
        return np.broadcast_to(value, shape).astype(float)

    def _amount(self, lever: Lever, policy: Policy) -> float | Floats:
        """Return a policy's value as a number; an order that voids other policies is its reason's code."""
        value = lever.number(policy.value)
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
        told = policy.value if lever.kind == "share" else 1.0  # a pledge relieves those who hear it
        gone = felt * told * relieved(self.parameters, policy.relief, void > 0)
        relief = self.relief[RELIEF_OF.get(policy.lever, "relief")]
        relief[rows] = np.maximum(relief[rows], gone)
        if lever.layer == "information" and lever.restricts(policy.value):
            self.opted_out[rows] |= felt & (self.letter[rows] == 0)
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
        self.joined = np.maximum.accumulate(offered & self.joins, axis=1)
        self.active = offered & self.joined

    def judge(self) -> NDArray[np.void]:
        """Return the policy of every county on every day of the grid, news apart."""
        self.activate()
        out = np.zeros(self.times.shape, POLICY)
        self.requested = self.rule("request") > 0
        forward = self.rule("forward")
        local = ("transmit", "receive", "refer", "interview", "street", "liability", "pledge", "outreach")
        for name in (*local, *COMPELLED):
            out[name] = self.rule(name)
        self._refuse(out["hold"])
        out["era"] = self.rule("priority")
        sharing = self.active & (out["transmit"] > 0) & ((forward == 2) | ((forward == 1) & self.requested))
        out["active"], out["sharing"], out["joins"] = self.active, sharing, self.joins
        out["letter"], out["compelled"] = self.letter > 0, self.compelled > 0
        out["share_felony"] = sharing & (self.rule("share") == 0)
        self.news = self._news(out)  # of agreements; that officers may ask again later is none
        out["street"] &= out["no_inquiry"] == 0
        out["deputies"] = self._deputies(out)
        out["staffed"] = np.maximum(self._beyond_usual(self._asked_by_county()), out["street"])
        out["interview"] = np.maximum(out["interview"], out["street"])  # its officers ask everybody
        for name, relief in self.relief.items():
            out[name] = relief
        out["believed_residents"] = participation(self.record, out)
        out["believed_police"] = prospect(self.record, out)
        out["believed_government"] = self.active & ~self.opted_out
        return out

    def _refuse(self, hold: NDArray[np.float32]) -> None:
        """Let jails whose rules nobody listed decline a few detainers, unless their state compels them."""
        free = (hold.min(axis=2) == 1.0) & (self.compelled == 0)
        share = np.zeros(free.shape)
        for refusal in self.refusals:
            rows = np.flatnonzero((self.state == refusal.state) | (refusal.state in ANYWHERE))
            share[rows] = np.where(self._span(refusal, rows), refusal.share, share[rows])
        hold[free] *= 1.0 - np.minimum(self.parameters.unlisted_refusal * share[free], 1.0)[:, None]

    def _deputies(self, out: NDArray[np.void]) -> Floats:
        """Return the share of bookings that the locality brings to ICE, beyond those that ICE itself interviews everywhere."""
        asked = self._beyond_usual(out["interview"])
        return np.asarray(np.maximum.reduce([asked, out["street"], out["refer"] == 2]), np.float64)

    def _beyond_usual(self, interviewed: Any) -> Any:
        """Return the share of bookings that are interviewed, of those that ICE does not interview everywhere."""
        usual = self.usual.astype(np.float32)
        return np.maximum(interviewed - usual, 0.0) / np.maximum(1.0 - usual, np.finfo(np.float32).tiny)

    def _asked_by_county(self) -> Any:
        """Return the share of bookings that are interviewed where only counties' own policies count."""
        asked = self._default(LEVERS["interview"])
        for claim in self.claims:
            if claim.policy.lever == "interview" and claim.policy.decider == "county":
                own = np.where(claim.force & (self._void(claim) == 0), claim.policy.value, 0.0)
                asked[claim.rows] = np.maximum(asked[claim.rows], own)
        return asked.astype(np.float32)

    def _news(self, out: NDArray[np.void]) -> Floats:
        """Return what comes to be in a county from one day to the next and alarms: 1, less where it was put off, or 0."""
        come: dict[str, Any] = {name: out[name] for name in ("refer", "interview", "street")}
        come |= {"active": self.joined, "compel": out["compelled"], "raids": self.rule("raids")}
        news = np.zeros(self.times.shape)
        for name in ALARMING:
            now, before = come[name][:, 1:], come[name][:, :-1]
            risen = (now > before) & (now >= LEVERS[name].alarm)
            left = self._left()[:, 1:] if name == "active" else 1.0
            news[:, 1:] = np.maximum(news[:, 1:], risen * left)
        return news

    def _left(self) -> Floats:
        """Return what is left on each day of the news of an activation that came when nobody put it off.

        Of one that was due before the first day nothing is left: where nobody put it off, a run begins long after its news.
        """
        offered = self._default(LEVERS["active"]) > 0
        for claim in self.claims:
            if claim.policy.lever == "active" and claim.policy.value == 1:
                offered[claim.rows] |= claim.force
        due = np.take_along_axis(self.times, offered.argmax(axis=1)[:, None], axis=1)
        late = np.maximum(self.times - due, 0)
        return np.where(due < 0, 0.0, np.exp(-math.log(2) / self.parameters.salience_life * late))


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
    policy["news"] = court.news
    kept = new_day & (times >= 0) & (times <= last) & (differs | (court.news > 0) | (times == 0))
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
    """Rule on the policies of base calendar and regime; see `comity.policy.regimes.timeline`."""
    court = _Court(counties, laws, parameters, start)
    court.hear([p for p in base if parameters.mandate == 1 or p.lever != "mandate"], asked)
    policy = court.judge()
    lived = [a for a in court.attempts if a.start <= end and (a.until is None or a.until > start)]
    attempts = tuple(sorted(lived, key=lambda a: (a.start, a.until or date.max)))
    return Timeline(_changes(court, policy, (end - start).days), attempts)
