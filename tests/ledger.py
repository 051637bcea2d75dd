"""A ledger that lives beside a run and must agree with it every evening, to the last resident and count.

It follows everybody through the event log, one step of the pipeline at a time, and keeps books of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from comity import CooperationModel, Status, Whereabouts
from comity.agents.cases import CaseState, Found, Plan
from comity.agents.residents import HOMES_TRIED, identity, look_up
from comity.draws import Stream, pick
from comity.kernels import kernel
from comity.observe.log import Event
from comity.observe.measures import GROUP_OF, MEANS, Measure, Stage, Stock
from comity.policy.rows import programme
from comity.world.state import Movement
from comity.world.ties import tie

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME, JAIL, CUSTODY, REMOVED, GONE = map(int, Whereabouts)
NAMES = [event.name.lower() for event in Event]

# Kind of event: where it finds a resident, where it leaves the resident, from which kinds it may come.
PIPELINE: dict[str, tuple[int, int, set[str | None]]] = {
    "incident": (HOME, HOME, {None}),
    "report": (HOME, HOME, {"incident"}),
    "stop": (HOME, HOME, {None}),
    "arrest": (HOME, HOME, {None, "report"}),
    "citation": (HOME, HOME, {"arrest"}),
    "booking": (HOME, JAIL, {"arrest"}),
    "print": (JAIL, JAIL, {"booking"}),
    "match": (JAIL, JAIL, {"print"}),
    "referral": (JAIL, JAIL, {"booking", "print"}),
    "detainer": (JAIL, JAIL, {"match", "referral"}),
    "hold": (JAIL, JAIL, {"detainer"}),
    "refusal": (JAIL, JAIL, {"detainer"}),
    "release": (JAIL, HOME, {"booking", "print", "match", "referral", "hold", "refusal"}),
    "transfer": (JAIL, CUSTODY, {"hold", "refusal"}),
    "at_large_arrest": (HOME, CUSTODY, {"release"}),
    "removal": (CUSTODY, REMOVED, {"transfer", "at_large_arrest"}),
    "ice_release": (CUSTODY, HOME, {"transfer", "at_large_arrest"}),
    "move": (HOME, GONE, {None}),
    "departure": (HOME, GONE, {None}),
    "arrival": (GONE, HOME, {None}),  # or where somebody was removed
    "reentry": (REMOVED, HOME, {None}),
}
COUNTED = {
    "incident": Measure.INCIDENTS, "report": Measure.REPORTED, "stop": Measure.BAD_CONTACTS,
    "arrest": Measure.ARRESTS, "booking": Measure.BOOKINGS, "print": Measure.SUBMISSIONS,
    "match": Measure.MATCHES, "detainer": Measure.DETAINERS, "hold": Measure.HOLDS,
    "refusal": Measure.REFUSALS, "transfer": Measure.TRANSFERS, "at_large_arrest": Measure.AT_LARGE_ARRESTS,
    "removal": Measure.REMOVALS, "ice_release": Measure.ICE_RELEASES, "move": Measure.MOVED_AWAY,
}  # fmt: skip
REACHED = {
    "print": (Stage.SUBMITTED,),
    "match": (Stage.MATCHED, Stage.IDENTIFIED),
    "referral": (Stage.IDENTIFIED,),
    "detainer": (Stage.DETAINER,),
    "transfer": (Stage.ICE_CUSTODY,),
    "at_large_arrest": (Stage.ICE_CUSTODY,),
    "removal": (Stage.REMOVED,),
}
UNLOGGED = {Measure.CONTACTS, Measure.CRIMINAL_CHECKS, Measure.SURVEYED, Measure.SURVEY_REPORTED}
"""What leaves no event; everything else must follow from the log."""

STATES = {CaseState.HELD: "hold", CaseState.WANTED: "release", CaseState.DETAINED: "transfer"}
"""What the last event of an open case was, unless it is in jail before its day of release."""

BORN_WITH = ["neighbourhood", "household", "household_size", "county", "hispanic", "seen_hispanic"]
BORN_WITH += ["status", "offender", "proneness"]

MOVED = {
    "arrival": (Movement.MOVED_IN, Movement.CAME), "reentry": (Movement.RETURNED,), "move": (Movement.MOVED_OUT,),
    "removal": (Movement.REMOVED,), "departure": (Movement.LEFT,),
}  # fmt: skip
"""Kind of event -> the movement that the books have, by its detail if there are several."""


@kernel
def all_ties(w, out):
    for i in range(len(out)):
        for k in range(out.shape[1]):
            out[i, k] = tie(w, i, k)


def before_the_first_day(i: int, *, at_large: bool) -> int:
    """Return the id that stands for the last event of a case from before the first day; one pursued may be in jail again."""
    return -2 - 2 * i - at_large


class Ledger:
    """Second books on one run that keeps its log."""

    def __init__(self, model: CooperationModel) -> None:
        self.model, w = model, model.world
        self.residents, self.n = w.residents, len(w.residents)
        self.where: list[int] = w.residents["whereabouts"].tolist()
        self.county = w.residents["county"].astype(int)
        self.group = GROUP_OF[w.residents["hispanic"], w.residents["status"]]
        self.born_with, self.conviction = w.residents[BORN_WITH].copy(), w.residents["conviction"].copy()
        self.ties = np.zeros((self.n, int(w.p[0]["neighbourhood_ties"] + w.p[0]["ethnic_ties"])), np.int64)
        all_ties(w, self.ties)
        self.kinds: list[str] = []  # of every event, by its id
        self.victims: dict[int, int] = {}  # of reports
        self.cases: dict[
            int, tuple[int, int, bool]
        ] = {}  # event of a case -> day of booking, level then, matched
        self.jailed: dict[int, int] = {}  # who is in jail -> since when
        self.held: set[int] = set()
        self.begun: dict[int, str] = {}  # case from before the first day, by a negative id -> its last event
        self.apart = 2 * self.n + 2  # more than the ids of one case a person span
        self.enter_begun(w.cases[w.cases["state"] != CaseState.FREE])
        self.flows, self.funnel = np.zeros_like(w.tally), np.zeros_like(w.funnel)
        self.movements, self.first = np.zeros_like(w.movements), self.people()
        self.ident, self.persons = w.residents["ident"].copy(), w.residents["person"].copy()
        self.lets = w.clock[0]["lets"] == 1

    def people(self) -> np.ndarray:
        """Return how many live in each county, by group: those in jail and ICE custody are counted, too."""
        count, here = (
            np.zeros(self.model.world.movements.shape[:2], np.int64),
            np.array(self.where) <= CUSTODY,
        )
        np.add.at(count, (self.county[here], self.group[here]), 1)
        return count

    def check_books(self) -> None:
        """Nobody is lost: who lives here is who lived here, with all who came and without all who went."""
        w = self.model.world
        assert np.array_equal(w.movements, self.movements)
        came, went = self.movements[..., :3].sum(axis=2), self.movements[..., 3:].sum(axis=2)
        assert np.array_equal(self.people(), self.first + came - went)
        state = w.counties["state"]
        for s in range(len(w.present)):
            assert w.present[s].sum() == self.people()[state == s].sum()
        assert np.array_equal(w.residents["person"], self.persons)
        changed = w.residents["ident"] != self.ident
        assert (w.residents["ident"][changed] == 1).all()
        assert w.p[0]["ident_accrues"] or not changed.any()
        self.ident = w.residents["ident"].copy()

    def enter_begun(self, cases: np.ndarray) -> None:
        """Enter the cases that are open on the first morning, as if their last events had negative ids."""
        for case in cases:
            i, state = int(case["resident"]), CaseState(case["state"])
            key = before_the_first_day(i, at_large=state == CaseState.WANTED)
            assert case["booked"] < 0
            while key in self.begun:  # pursued twice
                key -= self.apart
            self.begun[key] = STATES.get(state, "detainer" if case["detainer"] else "booking")
            self.cases[key] = (int(case["booked"]), int(case["level"]), case["identified"] == Found.MATCH)
            if state in {CaseState.JAILED, CaseState.HELD}:
                self.jailed[i] = 0
            if state == CaseState.HELD:
                self.held.add(i)

    def live(self) -> None:
        """Live one day and compare the books."""
        today, before, morning = self.model.today, len(self.kinds), self.where.copy()
        self.model.step()
        self.check_witnesses(today, morning)
        for row in self.logged(before):
            self.enter(*row)
        for i in self.held:
            self.add(i, Measure.HOLD_DAYS)
        self.check_everybody()
        self.check_books()
        self.check_exposure()
        self.check_institutions()
        self.check_units(today)
        self.check_counts(today)
        if today % 40 == 0:
            check_agendas(self.model.world, today)

    def logged(self, known: int) -> Iterator[tuple[int, ...]]:
        """Yield the events of today, whose ids follow each other."""
        events = self.model.world.clock[0]["next_event"] - known
        rows = self.model._log[-1].tolist() if events else []
        assert [row[0] for row in rows] == list(range(known, known + events))
        return iter(rows)

    def enter(self, event: int, parent: int, day: int, code: int, i: int, other: int, detail: int) -> None:
        """Enter one event: it must come from the right place and find the resident where that can happen."""
        kind, origin = NAMES[code], self.kinds[parent] if parent >= 0 else None
        finds, leaves, origins = PIPELINE[kind]
        if parent < 0 and None not in origins:  # a case from before the first day goes on
            parent = before_the_first_day(i, at_large=kind == "at_large_arrest")
            while parent not in self.begun and parent > -10 * self.apart:
                parent -= self.apart
            origin = self.begun.pop(parent)
        found = GONE if kind == "arrival" and self.where[i] == REMOVED else self.where[i]
        assert found == finds, f"{kind} of {i}, who is {Whereabouts(self.where[i]).name}"
        assert origin in origins, f"{kind} from {origin}"
        assert day == self.model.today - 1
        self.where[i] = leaves
        self.kinds.append(kind)
        if kind in COUNTED:
            self.add(i, COUNTED[kind])
        if kind in MOVED:
            self.movements[
                self.county[i], self.group[i], MOVED[kind][detail if kind == "arrival" else 0]
            ] += 1
        if kind == "arrival":
            self.settle_in(i, other)
        self.check_law(kind, i, detail)
        if kind in {"incident", "report", "arrest"}:
            self.enter_crime(event, parent, i, other)
        elif kind == "booking":
            self.jailed[i] = day
            self.cases[event] = (day, int(self.conviction[i]), False)
            self.reach(event, i, Stage.BOOKED)
        elif parent in self.cases:
            self.enter_step(event, parent, i, detail)

    def settle_in(self, i: int, other: int) -> None:
        """Enter somebody new, or who moved from another county and is of the same ethnicity and status."""
        assert self.lets
        self.persons[i] += 1
        self.ident[i], self.conviction[i] = self.residents["ident"][i], 0
        if other >= 0:
            assert self.where[other] == GONE
            assert self.county[other] != self.county[i]
            assert self.group[other] == self.group[i]

    def enter_crime(self, event: int, parent: int, i: int, other: int) -> None:
        """Enter what leads to a booking or to nothing."""
        kind = self.kinds[event]
        if kind == "incident" and other >= 0:
            assert self.where[other] == HOME
            assert other != i
            assert self.residents["offender"][other]
            assert self.county[other] in {self.county[i], *self.around(self.county[i])}
        elif kind == "report":
            self.victims[event] = i
        elif kind == "arrest":
            if parent >= 0:
                self.add(self.victims[parent], Measure.CLEARED)
            else:
                self.add(i, Measure.MINOR_ARRESTS)

    def enter_step(self, event: int, parent: int, i: int, detail: int) -> None:
        """Enter what follows a booking."""
        kind = self.kinds[event]
        day, level, matched = self.cases[parent]
        self.cases[event] = (day, level, matched or kind == "match")
        for stage in REACHED.get(kind, ()):
            self.reach(event, i, stage)
        if kind == "referral":
            self.add(i, Measure.REFERRALS if detail else Measure.INTERVIEWS)
        elif kind == "match" and self.policy(i)["receive"]:
            self.add(i, Measure.ANSWERS)
        elif kind == "hold":
            self.held.add(i)
        elif kind == "removal" and matched:
            self.add(i, Measure.MATCH_REMOVALS)
            self.add(i, Measure.CONVICTED_REMOVALS, float(self.conviction[i] > 0))
        elif kind in {"release", "transfer"}:
            self.held.discard(i)
            self.add(i, Measure.JAIL_DAYS, self.model.today - 1 - self.jailed.pop(i))
        if kind in {"transfer", "at_large_arrest"} and matched:
            self.add(i, Measure.MATCH_ARRESTS)

    def check_law(self, kind: str, i: int, detail: int) -> None:
        """No step of the pipeline without the policy that opens it, or the person it can happen to."""
        policy, status = self.policy(i), self.residents["status"][i]
        if kind == "print":
            assert policy["transmit"]
            assert policy["sharing"]
            assert detail >= 2 or not policy["share_felony"]
        elif kind == "match":
            assert self.residents["ident"][i] or self.persons[i] != self.residents["person"][i]
        elif kind == "referral":
            assert status == Status.UNAUTHORIZED
            assert policy["refer"] if detail else policy["access"]
        elif kind == "removal":
            assert status > Status.NATURALISED
        elif kind == "hold":
            assert policy["hold"].max() > 0
        elif kind == "refusal":
            assert policy["hold"].min() < 1

    def around(self, county: int) -> list[int]:
        """Return the neighbours of a county that are in the scenario."""
        row = self.model.world.counties[county]
        first = row["neighbours_first"]
        return self.model.world.neighbours[first : first + row["neighbours"]].tolist()

    def policy(self, i: int) -> np.void:
        """Return today's policy where a resident lives."""
        return self.model.world.policies[self.county[i]]

    def add(self, i: int, measure: Measure, amount: float = 1.0) -> None:
        """Count something in the county and group of a resident."""
        self.flows[self.county[i], self.group[i], measure] += amount

    def reach(self, event: int, i: int, stage: Stage) -> None:
        """Count in the month of its booking how far a case has come."""
        w, (day, level, _) = self.model.world, self.cases[event]
        if day < 0:
            return
        month, state = w.calendar["month"][day], w.counties["state"][self.county[i]]
        self.funnel[month, state, level, self.group[i], stage] += 1

    def check_witnesses(self, today: int, morning: list[int]) -> None:
        """Only neighbours who are there, and neither victim nor offender, report as witnesses."""
        w = self.model.world
        for row in w.incidents[: w.clock[0]["incidents"]]:
            victim, parties = int(row["victim"]), {int(row["victim"]), int(row["offender"])}
            place, who = w.neighbourhoods[w.residents[victim]["neighbourhood"]], identity(w, victim)
            able = 0
            for k in range(int(row["witnesses"]) if row["by_witness"] else 0):
                keys = (
                    who ^ ((k + 1) << 56) ^ (n << 49) for n in range(1 + HOMES_TRIED * w.clock[0]["lets"])
                )
                found = (pick(w.clock[0]["seed"], Stream.WITNESS, today, n, place["residents"]) for n in keys)
                homes = [int(place["first"] + n) for n in found]
                j = next((home for home in homes if morning[home] <= CUSTODY), homes[-1])
                able += morning[j] == HOME and j not in parties
            assert row["by_witness"] <= able

    def check_everybody(self) -> None:
        """Nobody is lost, in two places or another person; whoever is inside has exactly one case."""
        w, r = self.model.world, self.residents
        assert len(w.residents) == self.n
        assert r["whereabouts"].tolist() == self.where
        assert np.array_equal(r[BORN_WITH], self.born_with)
        assert (r["conviction"] >= self.conviction).all()
        self.conviction = r["conviction"].copy()
        for place, states in ((JAIL, (CaseState.JAILED, CaseState.HELD)), (CUSTODY, (CaseState.DETAINED,))):
            inside = np.sort(w.cases["resident"][np.isin(w.cases["state"], states)])
            assert np.array_equal(inside, np.flatnonzero(r["whereabouts"] == place))

    def check_exposure(self) -> None:
        """Exposure counts who is unauthorized and still there: at home until removed, as a tie until gone."""
        r, unauthorized = self.residents, self.residents["status"] == Status.UNAUTHORIZED
        home = unauthorized & ~np.isin(r["whereabouts"], (REMOVED, GONE) if self.lets else (REMOVED,))
        at_home = np.bincount(r["household"], home, self.n)[r["household"]]
        assert np.array_equal(r["exposed_household"], at_home - home)
        known = unauthorized & ~np.isin(r["whereabouts"], (REMOVED, GONE))
        assert np.array_equal(r["exposed_ties"], ((self.ties >= 0) & known[self.ties]).sum(axis=1))

    def check_institutions(self) -> None:
        """Head counts are those of residents and cases; capacity is never exceeded; free rows are all listed."""
        w, c = self.model.world, self.model.world.cases
        inside = np.isin(c["state"], (CaseState.JAILED, CaseState.HELD))
        detained = c["state"] == CaseState.DETAINED
        county = self.county[c["resident"]]
        for field, mask in (
            ("inmates", inside),
            ("held", c["state"] == CaseState.HELD),
            ("sentenced", inside & (c["plan"] == Plan.SENTENCED)),
        ):
            assert np.array_equal(w.jails[field], np.bincount(county[mask], minlength=len(w.jails))), field
        office = w.counties["office"][county]
        for field, mask in (("detained", detained), ("lodged", inside & (c["detainer"] == 1))):
            assert np.array_equal(w.offices[field], np.bincount(office[mask], minlength=len(w.offices)))
        assert (w.jails["inmates"] <= w.jails["beds"]).all()
        beds, taken = w.offices["beds"], w.offices["detained"]
        assert taken.sum() <= beds.sum()
        assert w.p[0]["beds_pooled"] or (taken <= beds).all()
        assert (w.offices["pickups"] >= 0).all()
        now = w.clock[0]
        assert now["wanted"] == (c["state"] == CaseState.WANTED).sum() <= now["wanted_limit"]
        assert now["overflow"] == 0
        assert sorted(free_rows(w)) == np.flatnonzero(c["state"] == CaseState.FREE).tolist()

    def check_units(self, today: int) -> None:
        """Whatever is a share or a probability stays within [0, 1]."""
        w = self.model.world
        beliefs = ("believed_police", "believed_government", "deputies", "news")
        beliefs += ("relief", "relief_hold", "relief_notice", "relief_street")
        public = ("awareness", "news", "salience", "learned_before")
        public += ("seen", "attribution", "entanglement", "noncriminal")
        for table, fields in (
            (w.residents, ("norm", "trust", "cynicism", "awareness")),
            (w.counties, public),
            (w.police, ("clearance", "community_policing")),
            (w.policies, (*beliefs, "hold", "notify", "interview")),
            (w.incidents[: w.clock[0]["incidents"]], ("chance",)),
        ):
            for field in fields:
                assert ((table[field] >= 0) & (table[field] <= 1)).all(), field
        whole = np.zeros(len(w.residents))
        look_up(w, today, np.arange(len(whole)), whole)
        assert ((whole >= -1e-6) & (whole <= 1 + 1e-6)).all()  # rows keep 32 bits
        most = 1 / programme(w.p[0])
        assert ((w.policies["believed_residents"] >= 0) & (w.policies["believed_residents"] <= most)).all()
        assert ((w.police["pretext"] >= 1) & (w.police["pretext"] <= w.p[0]["pretext"])).all()
        assert (w.counties["learned_sum"] <= w.counties["learned_n"] * (1 + 1e-12)).all()
        assert (w.residents["touched"] <= today).all()

    def check_counts(self, today: int) -> None:
        """Every count follows from the log; none is negative; counts fall along the funnel of every cohort."""
        w, closes = self.model.world, self.model.world.calendar["closes"][today]
        victims = w.incidents[: w.clock[0]["incidents"]]
        for i, chance in zip(victims["victim"].tolist(), victims["chance"].tolist(), strict=True):
            self.add(i, Measure.CHANCE_SUM, chance)
        tally = self.model._flows[-1] if closes else w.tally
        for measure in set(Measure) - UNLOGGED:
            assert np.allclose(tally[..., measure], self.flows[..., measure], rtol=1e-12), measure.name
        assert (tally >= 0).all()
        for fewer, more in (
            (Measure.BAD_CONTACTS, Measure.CONTACTS),
            (Measure.SUBMISSIONS, Measure.CRIMINAL_CHECKS),
            (Measure.CRIMINAL_CHECKS, Measure.BOOKINGS),
            (Measure.SURVEY_REPORTED, Measure.SURVEYED),
            (Measure.SURVEYED, Measure.INCIDENTS),
        ):
            assert (tally[..., fewer] <= tally[..., more] + 1e-9).all(), fewer.name
        assert np.array_equal(w.funnel, self.funnel)
        # A person is identified by a match or without prints: there the funnel forks.
        for later, earlier in [(s, s - 1) for s in Stage if s not in {Stage.BOOKED, Stage.IDENTIFIED}] + [
            (Stage.MATCHED, Stage.IDENTIFIED),
            (Stage.IDENTIFIED, Stage.BOOKED),
        ]:
            assert (w.funnel[..., later] <= w.funnel[..., earlier]).all()
        if closes:
            self.check_stocks(self.model._stocks[-1])
            self.flows[:] = 0.0

    def check_stocks(self, stock: np.ndarray) -> None:
        """Stocks count everybody where the ledger has them; means of shares are shares."""
        ages, where = self.model.world.ages, np.array(self.where)
        older = ages["age"] > 0 if len(ages) else np.ones(len(where), bool)
        inside = ((Stock.IN_JAIL, where == JAIL), (Stock.IN_ICE_CUSTODY, where == CUSTODY))
        for name, here in (
            *((Stock.RESIDENTS, where == HOME), (Stock.AGED_12, (where == HOME) & older)),
            *inside,
        ):
            count = np.zeros(stock.shape[:2])
            np.add.at(count, (self.county[here], self.group[here]), 1)
            assert np.array_equal(stock[..., name], count)
        for name in MEANS:
            assert (stock[..., name] >= -1e-6).all()
            assert (stock[..., name] <= stock[..., Stock.RESIDENTS] * (1 + 1e-9)).all()


def free_rows(w) -> list[int]:
    following, row, rows = w.cases["next_free"].tolist(), int(w.clock[0]["free_case"]), []
    while row < len(following) and len(rows) <= len(following):
        rows.append(row)
        row = following[row]
    return rows


def check_agendas(w, today: int) -> None:
    """Nobody is due twice, nobody was forgotten yesterday, and only open cases are due."""
    due = {name: [*entries(head, link, today)] for name, head, link in agendas(w)}
    for name, items in due.items():
        assert len(items) == len(set(items)), name
    assert np.isin(w.cases["state"][due["jail"]], (CaseState.JAILED, CaseState.HELD)).all()
    assert np.isin(w.cases["state"][due["ice"]], (CaseState.WANTED, CaseState.DETAINED)).all()
    assert (w.agenda_head[:, : today + 1] == -1).all()
    assert (w.case_head[:, : today + 1] == -1).all()


def agendas(w) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    names = ("victims", "contacts", "exits", "returns")[: len(w.agenda_head)]
    yield from zip(names, w.agenda_head, w.agenda_link, strict=True)
    yield from (("jail", w.case_head[0], w.case_link), ("ice", w.case_head[1], w.case_link))


def entries(head: np.ndarray, link: np.ndarray, today: int) -> Iterator[int]:
    for first in head[today + 1 :].tolist():
        item = first
        while item >= 0:
            yield item
            item = int(link[item])


def follow(model: CooperationModel) -> CooperationModel:
    """Live a whole run under the eyes of a ledger."""
    ledger = Ledger(model)
    while model.running:
        ledger.live()
    assert model.today == model.days
    return model
