"""Verification against theory: where a closed form exists the model has it, and what should not matter does not.

Statistical tests state the chance of a false alarm; for a given version of the code the result is always the same.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import comity
from comity import CooperationModel, Jail
from comity.agents.news import fade
from comity.agents.public import WEEKS, drawn, left_after_a_day
from comity.analyse import compare as comparing
from comity.draws import probability
from comity.observe.measures import Measure, Stock
from comity.world.state import Memory

ERROR = 1e-5
"""Chance of a false alarm of each statistical test (two-sided normal approximation)."""

Z = NormalDist().inv_cdf(1 - ERROR / 2)
YEAR = {"place": "06075", "start": "2010-01-01", "end": "2010-12-31", "seed": 5}


@pytest.mark.parametrize(("rise", "fall"), [(21.0, 60.0), (3.0, 700.0)])
def test_attribution_moves_half_of_the_way_in_a_half_life(rise, fall):
    for start, target, days in ((0.0, 0.8, rise), (0.8, 0.1, fall)):
        value = start
        for _ in range(int(days)):
            value = drawn(value, target, left_after_a_day(rise), left_after_a_day(fall), 0.0)
        assert value == pytest.approx((start + target) / 2, abs=1e-9)


def test_public_awareness_without_forgetting_follows_its_closed_form():
    """What is known spreads at a rate to those who do not know: 1 - (1 - A0) exp(-rate t), day by day."""
    model = CooperationModel(**YEAR, scale=2000, media_rate=0.05)
    w = model.world.copy()
    w.policies["believed_residents"], w.fade[2] = 1.0, 1.0
    before = float(w.counties[0]["awareness"])
    for _ in range(200):
        fade(w, 0)
    spread = probability(0.05 * WEEKS, 1.0)
    assert w.counties[0]["awareness"] == pytest.approx(1 - (1 - before) * (1 - spread) ** 200, rel=1e-9)
    assert w.counties[0]["awareness"] == pytest.approx(1 - (1 - before) * math.exp(-0.05 * 200 / 7), rel=1e-6)


def test_without_chill_incidents_are_those_of_constant_hazards():
    """Under H0 nobody's hazard moves: the number of incidents is Poisson, with the mean of all hazards."""
    model = CooperationModel(**YEAR, scale=20, hypotheses="H0")
    r, clock = model.world.residents, model.world.clock[0]
    rate = np.where(r["hispanic"] == 1, clock["rate_hispanic"], clock["rate_other"]) * r["proneness"]
    model.run()
    totals = model.totals()
    here = 1 - (totals["in_jail"].sum() + totals["in_ice_custody"].sum()) / totals["residents"].sum()
    mean = -np.expm1(-rate / 365.25).sum() * model.days * here
    found = totals["incidents"].sum() / model.setup.scale
    assert abs(found - mean) < Z * math.sqrt(mean)


def test_public_awareness_ends_where_it_spreads_as_fast_as_it_is_forgotten():
    """Where s spreads and d is forgotten a day, it goes to (s + d a0) / (s + d), by the factor 1 - s - d a day."""
    model = CooperationModel(**YEAR, scale=2000, media_rate=0.05)
    w = model.world.copy()
    w.policies["believed_residents"] = 1.0
    before, norm = float(w.counties[0]["awareness"]), float(w.p[0]["awareness"])
    spread, forgotten = probability(0.05 * WEEKS, 1.0), 1.0 - w.fade[Memory.AWARENESS, 1]
    end = (spread + forgotten * norm) / (spread + forgotten)
    for _ in range(150):
        fade(w, 0)
    left = (1.0 - spread - forgotten) ** 150
    assert w.counties[0]["awareness"] == pytest.approx(end + (before - end) * left, rel=1e-9)


@pytest.mark.parametrize(
    ("memory", "life"),
    [(Memory.TRUST, "trust_life"), (Memory.CYNICISM, "cynicism_life"), (Memory.SALIENCE, "salience_life")],
)
def test_half_of_a_memory_is_left_after_its_half_life(memory, life):
    model = CooperationModel(**YEAR, scale=2000, parameters={life: 90.0})
    assert model.world.fade[memory, [0, 90, 180]] == pytest.approx([1.0, 0.5, 0.25])


# -------------------------------------------------------------------------------------------------- queues


class Queue:
    """A day of a place with so many beds: Poisson arrivals are let in first, then each who was there may leave.

    In the limit of short days it is Erlang's loss system, M/G/c/c; here stays are geometric, at least a day long.
    """

    def __init__(self, beds: int, arrivals: float, stay: float) -> None:
        n = np.arange(beds + 1)
        come = stats.poisson(arrivals)
        self.arrivals, self.moves = arrivals, np.zeros((beds + 1, beds + 1))
        # How many arrivals are let in, in the mean, by beds that are free.
        more = np.append(0.0, np.cumsum(come.sf(np.arange(beds))))
        self.admitted = more[beds - n]
        for here in n:
            room = beds - here
            admitted = np.append(come.pmf(np.arange(room)), come.sf(room - 1)) if room else np.ones(1)
            left = stats.binom.pmf(np.arange(here + 1), here, 1.0 - 1.0 / stay)
            self.moves[here, : here + room + 1] = np.convolve(admitted, left)
        system = np.vstack([self.moves.T - np.eye(beds + 1), np.ones(beds + 1)])
        self.law = np.linalg.lstsq(system, np.append(np.zeros(beds + 1), 1.0), rcond=None)[0]
        self.n = n

    def mean(self, values: np.ndarray) -> float:
        """Return the mean of a function of the number of beds taken in the morning."""
        return float(self.law @ values)

    def error(self, values: np.ndarray, days: int) -> float:
        """Return the standard error of a mean over so many days, each of which remembers the days before."""
        centred = values - self.mean(values)
        system = np.eye(len(self.n)) - self.moves + np.outer(np.ones(len(self.n)), self.law)
        return math.sqrt(
            float(self.law @ (centred * (2 * np.linalg.solve(system, centred) - centred))) / days
        )


def erlang(beds: int, load: float) -> float:
    """Return Erlang's share of those who find no bed."""
    share = 1.0
    for n in range(1, beds + 1):
        share = load * share / (n + load * share)
    return share


@pytest.mark.parametrize(("beds", "stay"), [(12, 20.0), (25, 20.0), (400, 10.0)])
def test_jail_beds_are_those_of_a_loss_system(beds, stay):
    """Few, enough and all the beds one needs: inmates and bookings a day are those of the chain.

    Everybody has the same small rate of arrest, all arrests are minor and booked, and ICE takes nobody.
    """
    alike = {
        "victimisation_hispanic": 0.0, "victimisation_other": 0.0, "contacts": 0.0, "minor_arrests": 0.05,
        "offender_arrests": 1.0, "unauthorized_minor": 1.0, "immigrant_arrests_other": 1.0, "booked": 1.0,
        "dropped": 1.0, "bailed": 0.0, "stay_dropped": stay, "interviewed": 0.0, "jail_beds": 50.0,
    }  # fmt: skip
    keys = YEAR | {"start": "2006-01-01", "end": "2009-12-31", "scale": 100, "recording_days": 1}
    model = CooperationModel(**keys, hypotheses="H0", regime="inactive", parameters=alike)
    model.agents_by_type[Jail].set("beds", beds)
    model.run()
    inmates = np.array(model.stocks())[200:, ..., Stock.IN_JAIL].sum(
        axis=(1, 2)
    )  # the first days are forgotten
    flows = np.array(model.flows())[200:].sum(axis=(0, 1, 2))
    people = len(model.world.residents) - inmates.mean()
    queue = Queue(beds, float(probability(0.05, 1.0)) * people, stay)
    assert abs(inmates.mean() - queue.mean(queue.n)) < Z * queue.error(queue.n, len(inmates))
    found, expected = flows[Measure.BOOKINGS] / len(inmates), queue.mean(queue.admitted)
    assert abs(found - expected) < Z * (
        queue.error(queue.admitted, len(inmates)) + math.sqrt(expected / len(inmates))
    )


@pytest.mark.parametrize("beds", [3, 12, 25])
def test_the_loss_system_of_short_days_is_erlangs(beds):
    load = 22.0
    shares = [
        1.0 - queue.mean(queue.admitted) / queue.arrivals
        for queue in (Queue(beds, load / n, n) for n in (20, 2000))
    ]
    assert shares[1] == pytest.approx(erlang(beds, load), abs=1e-3)
    assert shares[0] == pytest.approx(erlang(beds, load), abs=0.05), (
        "days count for something with stays of 20 days"
    )


BUSY_ICE = {
    "act_2008": (1.0,) * 4,
    "act_2010": (1.0,) * 4,
    "booked": 1.0,
    "pickup_share": 1.0,
    "minor_arrests": 1.0, "unauthorized_minor": 1.0, "ident_unauthorized": 1.0, "ice_beds": 100.0,
    "pickup_capacity": 10.0, "removed": 0.0, "bed_reserve": 0.0,
}  # fmt: skip


def test_ice_custody_obeys_littles_law():
    """Where beds are ample, heads in custody are arrivals a day times the mean stay: three days at most, or long ones."""
    keys = YEAR | {
        "start": "2012-01-01",
        "end": "2014-12-31",
        "place": "48215",
        "scale": 20,
        "recording_days": 1,
    }
    stays = {"short_stay": 0.4, "short_days": 3, "long_stay": 20.0}
    model = CooperationModel(**keys, regime="mandatory", hypotheses="H0", parameters=BUSY_ICE | stays).run()
    inside = np.array(model.stocks())[..., Stock.IN_ICE_CUSTODY].sum(axis=(1, 2))[100:]
    flows = np.array(model.flows()).sum(axis=(1, 2))[100:]
    came = (flows[:, Measure.TRANSFERS] + flows[:, Measure.AT_LARGE_ARRESTS]).sum()
    long, mean = 3.0 + 17.0, 0.4 * 2.0 + 0.6 * (3.0 + 17.0)
    square = 0.4 * (1 + 4 + 9) / 3 + 0.6 * (
        long**2 + 17.0 * 16.0
    )  # a geometric number of mean m has variance m (m - 1)
    spread = math.sqrt((square - mean**2) / came) / mean
    edges = 2 * long * math.sqrt(inside.mean()) / inside.sum()  # who was inside on the first and the last day
    assert came > 400
    assert abs(inside.sum() / (came * mean) - 1.0) < Z * (spread + edges)


@pytest.mark.parametrize("hours", [48, 96])
def test_holds_end_on_the_last_business_day_that_the_law_gives(hours):
    """With no officer to collect anybody every hold lasts its whole time, weekends and federal holidays not counted."""
    keys = YEAR | {"start": "2012-01-01", "end": "2013-12-31", "place": "48215", "scale": 100, "log": True}
    model = CooperationModel(
        **keys, regime="mandatory", hypotheses="H0", parameters=BUSY_ICE | {"pickup_capacity": 0.0}
    )
    model.world.change_policies["hold_hours"] = hours
    model.run()
    days, business = np.arange("2012-01-01", "2014-01-01", dtype="M8[D]"), model.world.calendar["business"]
    holidays = days[(business[: len(days)] == 0) & np.is_busday(days)]
    events = model.events().set_index("id")
    ends = events[(events["kind"] == "release") & (events["parent"].map(events["kind"]) == "hold")]
    begun = events.loc[ends["parent"], "date"].to_numpy().astype("M8[D]")
    assert len(ends) > 100
    assert (events["kind"] != "transfer").all()
    last = np.busday_offset(begun, hours // 24, roll="backward", holidays=holidays)
    assert (ends["date"].to_numpy().astype("M8[D]") == last).all()


# ------------------------------------------------------------------------------------------- what is no matter


def rates(place, scale):
    totals = CooperationModel(**YEAR | {"place": place}, scale=scale).run().totals()
    n = {name: totals[name].sum() / scale for name in ("incidents", "bookings", "reported")}
    years = totals["person_years"].sum() / scale
    return n, years


@pytest.mark.parametrize(
    ("place", "finest", "scale"),
    [("06075", 5, 10), ("06075", 5, 100), ("06069", 1, 10), ("06069", 1, 100)],
)
def test_rates_are_the_same_at_every_scale(place, finest, scale):
    """Counts over person-years at two scales differ by no more than counts that are at least as spread as Poisson do.

    San Francisco is lived with an agent for 5 residents and more, San Benito County with one for each of its 55,000.
    """
    fine, fine_years = rates(place, finest)
    coarse, years = rates(place, scale)
    for name, number in coarse.items():
        expected = fine[name] / fine_years * years
        spread = math.sqrt(
            2.0 * expected * (1 + years / fine_years)
        )  # repeat victims and offenders: twice Poisson
        assert abs(number - expected) < Z * spread, name


def test_the_order_of_counties_is_no_matter():
    places = ["06001", "06041", "06075"]
    keys = YEAR | {"scale": 200}
    one, other = (
        CooperationModel(**keys | {"place": tuple(order)}).run() for order in (places, places[::-1])
    )
    columns = ["date", "county", "group", "measure"]
    a, b = (m.table().astype(dict.fromkeys(columns[1:], str)).sort_values(columns) for m in (one, other))
    assert np.allclose(a["value"], b["value"], rtol=1e-9, equal_nan=True)


def test_how_often_a_period_is_recorded_is_no_matter():
    by_week, by_month = (CooperationModel(**YEAR, scale=200, recording_days=days).run() for days in (7, 28))
    for name in ("incidents", "bookings", "removals", "chance_sum"):
        assert by_week.totals()[name].sum() == pytest.approx(by_month.totals()[name].sum(), rel=1e-12)


@pytest.mark.parametrize("study", [{"regimes": ["mandatory", "no_receive"]}, {"hypotheses": ["H0", "H2+H8"]}])
def test_the_number_of_workers_is_no_matter(tmp_path, study):
    small = {"place": "06075", "scale": 2000.0, "start": "2010-05-01", "end": "2010-07-31"}
    planned = comity.Study(scenario=small, levers=study, seeds=2)
    for workers in (1, 2):
        assert comity.sweep(planned, tmp_path / str(workers), workers=workers).code == 0
    one, two = (pd.read_parquet(tmp_path / str(n) / "weekly.parquet") for n in (1, 2))
    pd.testing.assert_frame_equal(
        one.sort_values(["run", "date"]), two.sort_values(["run", "date"]), check_exact=True
    )


def test_the_number_of_threads_is_no_matter(monkeypatch):
    found = []
    for cores in (1, 2, 5):
        monkeypatch.setattr(comparing, "cores", lambda cores=cores: cores)
        setup = comity.Scenario(place="06075", scale=2000.0, start="2010-05-01", end="2010-07-31")
        found.append(comparing.compare(setup, ["mandatory", "no_receive", "state_withhold"], seeds=2))
    for other in found[1:]:
        pd.testing.assert_frame_equal(other.weekly, found[0].weekly, check_exact=True)
