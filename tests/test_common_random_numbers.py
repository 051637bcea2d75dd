"""Common random numbers: what must not make a difference makes none, bit for bit."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest

from comity import CooperationModel, Resident, Scenario, compare
from comity.agents.offending import offender_for
from comity.agents.residents import identity
from comity.day import timed
from comity.draws import Stream, category, draws, pick
from comity.observe.log import Event
from comity.world.ties import tie

KEYS = {"place": "06075", "start": dt.date(2010, 1, 1), "end": dt.date(2010, 12, 31), "scale": 100, "seed": 5}
ALL = "H2+H2b+H3+H4+H5+H6+H7+H8+H10"
ACTIVE = (dt.date(2010, 6, 8) - KEYS["start"]).days
BUSY = {
    "victimisation_hispanic": 0.05,
    "victimisation_other": 0.05,
    "minor_arrests": 0.5,
    "exit_rate": 1.0,
    "ident_unauthorized": 1.0,
    "ice_beds": 100.0,
    "pickup_capacity": 10.0,
    "at_large": 1.0,
}
CALENDAR = ("change_days", "change_counties", "change_policies")


def make(**keys: object) -> CooperationModel:
    return CooperationModel(**(KEYS | {"hypotheses": ALL} | keys))


def live(**keys: object) -> CooperationModel:
    return make(**keys).run()


def same_world(a: CooperationModel, b: CooperationModel, *, but: tuple[str, ...] = ("log",)) -> list[str]:
    """Return the arrays in which two runs differ."""
    pairs = zip(a.world._fields, a.world, b.world, strict=True)
    return [name for name, x, y in pairs if name not in but and not np.array_equal(x, y)]


@pytest.mark.portable
@pytest.mark.parametrize(
    "regime",
    [
        "must_comply",  # Texas 2017: not in force
        "no_receive@2011-01-01",  # from the day after the last
        "mandatory+full_decline@2011-06-01",
        "delay@2008-01-01",  # over before the start
    ],
)
def test_regimes_that_differ_in_nothing_give_identical_histories(regime):
    a, b = live(regime="mandatory", log=True), live(regime=regime, log=True)
    assert same_world(a, b) == []
    assert a.table().equals(b.table())
    assert a.funnel().equals(b.funnel())
    assert a.events().equals(b.events())


@pytest.mark.parametrize(
    "regime",
    [
        "inactive",
        "state_withhold",
        "no_receive@2010-04-01",
        "no_minor_holds@2010-06-20",
        "no_transmit",
        "felony_only",
        "task_force_287g",
        "warrant_only@2010-09-01+no_receive@2010-03-01",
    ],
)
@pytest.mark.parametrize("place", ["06075", ["04013", "04023"]])
def test_regimes_agree_exactly_up_to_the_day_on_which_they_differ(regime, place):
    """The first evening on which any array differs is that of the first day with another policy."""
    a, b = (make(regime=r, place=place, scale=400, parameters=BUSY) for r in ("mandatory", regime))
    agreed = 0
    while a.running and np.array_equal(a.world.policies, b.world.policies):
        assert same_world(a, b, but=CALENDAR) == []
        agreed = a.today
        a.step()
        b.step()
    assert a.running, "the regimes never differ"
    assert agreed == first_change(a, b)
    assert "residents" in same_world(a.run(), b.run())


def first_change(a: CooperationModel, b: CooperationModel) -> int:
    """Return the first day on which the calendars of two runs say something different."""
    changes = [{repr(change): int(change["day"]) for change in model.timeline.changes} for model in (a, b)]
    own = changes[0].keys() ^ changes[1].keys()
    return min((changes[0] | changes[1])[change] for change in own)


def test_the_log_the_period_and_the_way_of_stepping_change_nothing():
    plain = live()
    logged = live(log=True)
    assert same_world(plain, logged) == []
    assert len(logged.events()) > 1000
    recorded = ("p", "calendar", "stock", "tally", "classes", "log")
    for days in (1, 30, 366):
        other = live(recording_days=days, log=True)
        assert same_world(plain, other, but=recorded) == []
        assert other.events().equals(logged.events())
        sums = [m.table().groupby("measure", observed=True)["value"].sum() for m in (plain, other)]
        flows = ["incidents", "reported", "arrests", "bookings", "transfers", "jail_days", "moved_away"]
        assert sums[0][flows].equals(sums[1][flows])
    stepped = make()
    for _ in range(stepped.days):
        stepped.step()
    assert same_world(plain, stepped) == []
    assert plain.table().equals(stepped.table())
    mixed = make()
    for _ in range(100):
        mixed.step()
    assert same_world(plain, mixed.run()) == []
    phases = make()
    timed(phases.world, 0, phases.days)
    assert same_world(plain, phases, but=("tally",)) == []


@pytest.mark.parametrize(
    "regime",
    [
        "warrant_only@2010-01-01",
        "mandatory",
    ],
)
def test_a_longer_run_begins_like_a_shorter_one(regime):
    """The end of a scenario is not known to anybody in it."""
    keys = {"regime": regime, "place": "48215", "parameters": BUSY | {"jail_beds": 50.0}, "log": True}
    long = make(**keys, end=dt.date(2011, 3, 31))
    for end in range(12, 20):  # a week with two weekends around it
        short = live(**keys, end=dt.date(2010, 11, end))
        while long.today < short.today:
            long.step()
        assert short.events().equals(long.events())
        assert np.array_equal(short.world.residents, long.world.residents)
        assert np.array_equal(short.world.jails, long.world.jails)
        assert np.array_equal(short.world.offices, long.world.offices)


def test_the_seed_and_nothing_else_is_chance():
    np.random.seed(1)  # noqa: NPY002 - a user's own generator
    first = live()
    np.random.seed(2)  # noqa: NPY002
    assert same_world(first, live()) == []
    assert "residents" in same_world(first, live(seed=6))
    other = make()
    other.random.random()
    other.rng.random()
    assert same_world(first, other.run()) == []


@pytest.mark.parametrize("day", [1, ACTIVE, 300])
@pytest.mark.parametrize("through", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])  # noqa: S301
def test_a_copy_in_the_middle_goes_on_like_the_original(day, through):
    model = make(log=True)
    for _ in range(day):
        model.step()
    twin = through(model)
    before = twin.world.copy()
    model.run()
    assert all(map(np.array_equal, twin.world, before))
    twin.run()
    assert same_world(model, twin, but=()) == []
    assert twin.table().equals(model.table())
    assert twin.events().equals(model.events())


def test_threads_and_order_change_nothing(monkeypatch):
    setup = Scenario(**KEYS | {"scale": 400.0})
    regimes = ["no_receive", "mandatory", "inactive"]
    runs = {}
    for workers, names in ((1, regimes), (2, regimes[::-1]), (5, regimes)):
        monkeypatch.setattr("comity.analyse.compare.cores", lambda n=workers: n)
        found = compare(setup, names, 3)
        runs[workers] = found.runs.sort_index(), found.weekly.sort_index()
    for other in (2, 5):
        for one, many in zip(runs[1], runs[other], strict=True):
            pd.testing.assert_frame_equal(one, many, check_exact=True)


def test_a_compared_run_is_the_run_alone():
    setup = Scenario(**KEYS | {"scale": 400.0})
    weekly = compare(setup, ["no_receive", "mandatory"], 2).weekly
    alone = CooperationModel(setup.with_(regime="no_receive", seed=6)).run().table()
    incidents = (
        alone[alone["measure"] == "incidents"].groupby(["date", "group"], observed=True)["value"].sum()
    )
    found = weekly.sort_index().loc[("no_receive", 6), "incidents"]
    assert incidents.sum() > 0
    assert found.reindex(incidents.index).equals(incidents.rename("incidents"))


MISSING = ("fcntl", "grp", "llvmlite", "numba", "pwd", "resource", "syslog", "termios")
"""What Python in a browser does not have: the compiler, and modules of the standard library."""

WITHOUT = f"""
import sys, sysconfig
sysconfig.get_config_vars()  # are read as those of this platform
sys.platform = "emscripten"
sys.modules |= dict.fromkeys({MISSING!r})
"""

DIGEST = """
import datetime as dt, hashlib, sys
from comity import CooperationModel
model = CooperationModel(**eval(sys.argv[1], {"datetime": dt})).run()
digest = hashlib.sha256()
for name, array in model.world._asdict().items():
    for field in array.dtype.names or [...]:  # between the fields is what the memory held before
        digest.update(array[field].tobytes())
events = model.events().drop(columns=["date", "kind"]).to_numpy()
print(len(events), hashlib.sha256(events.tobytes()).hexdigest(), digest.hexdigest())
"""


@pytest.mark.parametrize("regime", ["no_minor_holds@2010-07-01", "task_force_287g+no_receive"])
def test_the_compiler_changes_nothing(regime):
    """Kernels give every bit of the state that their source gives in plain Python, where there is no numba."""
    short = {"start": dt.date(2010, 5, 1), "end": dt.date(2010, 12, 31), "scale": 2000, "log": True}
    keys = KEYS | short | {"hypotheses": ALL, "regime": regime, "parameters": BUSY | {"contacts": 2.0}}
    lines = [
        subprocess.run(  # noqa: S603 - this Python on the text above
            [sys.executable, "-c", code, repr(keys)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for code in (DIGEST, WITHOUT + DIGEST)
    ]
    assert int(lines[0][0]) > 1000
    assert lines[0] == lines[1]


# ------------------------------------------------------------------------------------- one more county


@cache
def alone(place: str) -> CooperationModel:
    return live(place=place, scale=300, parameters=BUSY, log=True)


def own_events(model: CooperationModel, first: int, n: int) -> list[tuple]:
    """Return the events of the residents of one county: days, kinds, people within it, and what came from what."""
    events = model.events()
    own = events[(events["resident"] >= first) & (events["resident"] < first + n)]
    order = {event: position for position, event in enumerate(own["id"].tolist())} | {-1: -1}
    return [
        (day, kind, who - first, other - first if other >= 0 else other, detail, order[parent])
        for day, kind, who, other, detail, parent in own[
            ["day", "kind", "resident", "other", "detail", "parent"]
        ].itertuples(index=False)
    ]


@pytest.mark.parametrize("place", ["06075", "11001", "17031"])
def test_another_county_changes_nothing_in_an_unconnected_one(place):
    """San Francisco, the District and Cook County share no ICE office and no ties: each lives as if alone."""
    single, joined = (
        alone(place),
        live(place=["17031", "06075", "11001"], scale=300, parameters=BUSY, log=True),
    )
    c = joined.counties.index(place)
    here, there = joined.world.counties[c], single.world.counties[0]
    first, n = int(here["first"]), int(here["residents"])
    assert n == len(single.world.residents)
    rows = joined.world.residents[first : first + n].copy()
    rows["household"] -= first
    rows["neighbourhood"] -= here["neighbourhoods_first"]
    rows["county"] = 0
    assert np.array_equal(rows, single.world.residents)
    assert own_events(joined, first, n) == own_events(single, 0, n)
    for field in (
        "awareness",
        "news",
        "salience",
        "learned_sum",
        "learned_n",
        "learned_before",
        "offenders_n",
    ):
        assert np.array_equal(here[field], there[field]), field
    for table in ("jails", "police", "offices", "bureaus", "policies"):
        row = {"offices": here["office"], "bureaus": here["state"]}.get(table, c)
        ours, theirs = getattr(joined.world, table)[row].copy(), getattr(single.world, table)[0]
        for field in {"county", "state"} & set(ours.dtype.names):
            ours[field] = 0
        assert ours == theirs, table
    tables = [m.table() for m in (single, joined)]
    tables = [t[t["county"] == place].drop(columns="county").reset_index(drop=True) for t in tables]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_the_order_in_which_places_are_named_changes_nothing():
    a, b = (live(place=place, scale=400) for place in (["06075", "11001"], ["DC", "San Francisco, CA"]))
    assert same_world(a, b) == []


# ------------------------------------------------------------------------------------ one more resident

NEWCOMER = {
    "hypotheses": "H2+H3+H5+H6+H8",  # without what whole counties learn: targeting and salience
    "parameters": BUSY | {"jail_beds": 50.0, "ice_beds": 1.0e2, "at_large_cost": 1.0},
    "regime": "no_minor_holds@2010-07-01",
    "start": dt.date(2010, 6, 1),
    "end": dt.date(2010, 9, 30),
    "noncriminal_trust": 0.0,  # the share without a conviction of those taken is one number a county: it reaches everybody
}


TOLD = (Event.STOP, Event.TRANSFER, Event.AT_LARGE_ARREST, Event.REMOVAL, Event.MOVE)


class Reach:
    """Everybody whom a chain of events leads to from the newcomer, in a pair of runs without and with one."""

    def __init__(self, without: CooperationModel, with_: CooperationModel) -> None:
        self.runs, self.newcomer = (without, with_), len(without.world.residents)
        self.people = {self.newcomer}

    def step(self) -> None:
        """Live a day in both runs; what differs must concern somebody reached, and reaches all whom it concerns."""
        for model in self.runs:
            model.step()
        incidents = [dict(self.incidents(model)) for model in self.runs]
        for victim in incidents[0].keys() | incidents[1].keys():
            found = [run.get(victim) for run in incidents]
            if found[0] != found[1]:
                parties = set().union(*(one[-1] for one in found if one), *self.candidates(victim))
                assert parties & self.people, f"nobody concerned was reached, yet {found}"
                self.people |= parties
        stories = [self.stories(model) for model in self.runs]
        for _, i, _ in stories[0] ^ stories[1]:
            assert i in self.people
            for model in self.runs[i == self.newcomer :]:
                self.people |= set(self.acquaintances(model, i))

    def incidents(self, model: CooperationModel):
        """Yield today's incidents: what happened, and who was concerned as victim, offender or possible witness."""
        w, today = model.world, model.today - 1
        for row in w.incidents[: w.clock[0]["incidents"]]:
            victim, offender = int(row["victim"]), int(row["offender"])
            place = w.neighbourhoods[w.residents[victim]["neighbourhood"]]
            who = identity(w, victim)
            witnesses = {
                int(place["first"])
                + int(
                    pick(w.clock[0]["seed"], Stream.WITNESS, today, who ^ ((k + 1) << 56), place["residents"])
                )
                for k in range(int(row["witnesses"]))
            }
            what = tuple(row[name].item() for name in row.dtype.names if name != "id")
            yield victim, (what, ({victim, offender} | witnesses) - {-1})

    def candidates(self, victim: int):
        """Yield, for every run that has the victim, who would victimise it today, and who would stand in for that one."""
        for model in self.runs[victim == self.newcomer :]:
            w, today = model.world, model.today - 1
            u, v, _, _ = draws(w.clock[0]["seed"], Stream.COMMIT, today, identity(w, victim))
            kind = int(category(v, w.calendar[today]["mix"]))
            yield {int(offender_for(w, victim, attempt, kind, today, u)) for attempt in (0, 1)} - {-1}

    def stories(self, model: CooperationModel) -> set[tuple[int, int, int]]:
        """Return what happened today that people tell each other or that moves a household: kind, resident, detail."""
        rows = model._log[-1] if model._log and model._log[-1]["day"][0] == model.today - 1 else []
        return {(int(r["kind"]), int(r["resident"]), int(r["detail"])) for r in rows if r["kind"] in TOLD}

    def acquaintances(self, model: CooperationModel, i: int):
        """Yield household and ties of somebody."""
        w, r = model.world, model.world.residents[i]
        yield from range(int(r["household"]), int(r["household"]) + int(r["household_size"]))
        for k in range(int(w.p[0]["neighbourhood_ties"] + w.p[0]["ethnic_ties"])):
            j = int(tie(w, i, k))
            if j >= 0:
                yield j

    def changed(self) -> set[int]:
        """Return the residents in whom the runs differ today."""
        before, after = (model.world.residents[: self.newcomer] for model in self.runs)
        return set(np.flatnonzero(before != after).tolist())


def capacity_is_ample(model: CooperationModel) -> bool:
    w = model.world
    return bool((w.jails["inmates"] < w.jails["beds"]).all() and (w.offices["pickups"] >= 1).all()) and bool(
        (w.offices["detained"] + w.offices["lodged"] < w.offices["beds"] * 0.8).all()
    )


@pytest.mark.parametrize("seed", range(1, 13))
def test_one_more_resident_changes_only_that_residents_consequences(seed):
    """Whoever differs is reached from the newcomer by a chain of events, day by day, and most people are not.

    Room in jail and custody, offenders' experience and salience are shared by a county on purpose: they are ample
    or off here. Choices among 2**k members are numbered anew by one more; no list here has such a length.
    """
    runs = [make(**NEWCOMER, seed=seed, log=True, latecomers=n) for n in (0, 1)]
    w = runs[0].world
    lists = [*w.counties["offenders_n"].ravel().tolist(), int(w.neighbourhoods["residents"][-1])]
    assert not any(n & (n - 1) == 0 for n in lists)
    reach = Reach(*runs)
    while runs[0].running:
        reach.step()
        assert reach.changed() <= reach.people
        assert all(map(capacity_is_ample, runs))
    assert len(reach.people) < 0.2 * reach.newcomer


def test_newcomers_do_reach_others():
    """The test above is not empty: in some of its histories a newcomer changes somebody else's life."""
    changed = []
    for seed in range(1, 13):
        without, with_ = (live(**NEWCOMER, seed=seed, latecomers=n) for n in (0, 1))
        n = len(without.world.residents)
        changed.append(int((without.world.residents != with_.world.residents[:n]).sum()))
    assert max(changed) > 0
    assert min(changed) == 0


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize("latecomers", [1, 3])
def test_a_newcomer_who_meets_nobody_changes_nobody(seed, latecomers):
    """No offenders among residents and no witnesses: all else, victims and arrests among it, goes on with everybody."""
    keys = NEWCOMER | {"parameters": NEWCOMER["parameters"] | {"offender_share": 0.0, "witnesses": 0.0}}
    without, with_ = (live(**keys, seed=seed, log=True, latecomers=n) for n in (0, latecomers))
    n = len(without.world.residents)
    assert np.array_equal(with_.world.residents[:n], without.world.residents)
    columns = ["day", "kind", "resident", "other", "detail"]
    events = with_.events().query("resident < @n")[columns].reset_index(drop=True)
    assert events.equals(without.events()[columns])
    assert len(with_.agents_by_type[Resident]) == n + latecomers
