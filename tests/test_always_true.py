"""What is always true: checked on every day of runs with every mechanism on, over random scenarios.

A `Ledger` lives beside each run; in the evening its books must agree with the state of the model.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ledger import HOME, NAMES, Ledger, follow

from comity import CooperationModel, Parameters, Status
from comity.agents.residents import estranged, recall, risk
from comity.observe.measures import GROUP_OF, GROUPS, Stock
from comity.observe.recorder import recount
from comity.parameters import SUM_TO_ONE, describe
from comity.policy.regimes import OverlapError, catalogue, compose
from comity.world import places
from comity.world.build import expose
from comity.world.steady import open_agendas

ALL = "H2+H2b+H3+H4+H5+H6+H7+H8+H10"


# --------------------------------------------------------------------------------------------- any scenario

PLACES = [
    ["06075"],
    ["11001"],
    ["17031"],
    ["48301"],  # Loving County, 82 residents
    ["31009"],  # Blaine County, none of them Hispanic
    ["48261"],
    ["48215"],  # Hidalgo County, nine of ten Hispanic
    ["06075", "06081"],  # two counties of one ICE office
    ["36061", "34003"],  # and of two
    ["15005", "31009", "11001"],
]
BUSY = {
    "victimisation_hispanic": 0.1, "victimisation_other": 0.1,    "minor_arrests": 1.0,
    "contacts": 1.0,               "exit_rate": 1.0,              "ident_unauthorized": 1.0,
    "ident_us_born": 0.3,          "citizen_error": 0.3,          "lawful_removable": 0.5,
    "ice_beds": 100.0,             "pickup_capacity": 10.0,       "at_large": 1.0,
    "at_large_cost": 1.0,          "hearing": 1.0,                "witnesses": 3.0,
    "witness_reporting": 0.4,
}  # fmt: skip
"""So much happens that a hundred days of a thousand residents reach every corner of the pipeline."""


def bounded(name: str) -> st.SearchStrategy:
    """Return values of a parameter within its bounds, the bounds among them."""
    meta, default = describe(name), getattr(Parameters(), name)
    if isinstance(default, int):
        return st.integers(int(meta.low), int(meta.high))
    if not isinstance(default, tuple):
        return st.floats(meta.low, meta.high)
    if name not in SUM_TO_ONE:
        return st.tuples(*[st.floats(meta.low, meta.high)] * len(default))
    shares = st.tuples(*[st.integers(0, 100)] * len(default)).filter(any)
    return shares.map(lambda parts: tuple(part / sum(parts) for part in parts))


@st.composite
def scenarios(draw) -> dict:
    """Return keys of a scenario: 1 to 5,000 agents for 2 to 200 days under up to three regimes at once."""
    place = draw(st.sampled_from(PLACES))
    start = draw(
        st.dates(dt.date(2009, 10, 1), dt.date(2011, 10, 1))
        | st.dates(dt.date(2005, 1, 1), dt.date(2020, 1, 1))
    )
    days = draw(st.integers(2, 200))
    shifts = st.none() | st.integers(0, days - 1).map(lambda n: start + dt.timedelta(n))
    parts = draw(st.lists(st.tuples(st.sampled_from(sorted(catalogue())), shifts), min_size=1, max_size=3))
    regime = "+".join(f"{name}@{day}" if day else name for name, day in parts)
    try:
        compose(regime)
    except OverlapError:
        assume(False)
    residents = draw(st.integers(1, 5000) | st.integers(1, 40))
    people = int(places.select(place)["population"].sum())
    # Parameters of the registry are chosen by hypothesis to be few or many; its bounds are all that binds them.
    names = draw(st.lists(st.sampled_from(sorted(Parameters.model_fields)), unique=True, max_size=100))
    return {
        "place": place,
        "start": start,
        "end": start + dt.timedelta(days - 1),
        "regime": regime,
        "scale": max(1.0, people / residents),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "hypotheses": ALL,
        "parameters": draw(st.sampled_from([{}, BUSY])) | {name: draw(bounded(name)) for name in names},
    }


@given(scenarios())
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_every_day_of_any_run(keys):
    follow(CooperationModel(**keys, log=True))


# --------------------------------------------------------------------------------------- particular scenarios


def make(place: str = "06075", residents: int = 4000, **more: object) -> CooperationModel:
    scale = max(1.0, int(places.select(place)["population"].sum()) / residents)
    dates = {"start": dt.date(2010, 5, 20), "end": dt.date(2010, 8, 31)}
    keys = {"place": place, "scale": scale, "seed": 2, "hypotheses": ALL, "log": True}
    return CooperationModel(**(dates | keys | more))


def total(model: CooperationModel, measure: str) -> float:
    return float(model.table().query("measure == @measure")["value"].sum())


def test_a_busy_run_reaches_every_corner():
    """What the ledger checks does happen: all kinds of event, and every stage for every level."""
    model = follow(
        make(
            "06037",
            6000,
            end=dt.date(2011, 5, 1),
            regime="felony_only+graded_holds@2010-07-01",
            parameters=BUSY | {"interviewed": 1.0, "jail_beds": 20.0, "population": 1, "reentry": 0.5},
        )
    )
    assert set(model.events()["kind"]) == set(NAMES)
    assert (model.world.funnel.sum(axis=(0, 1, 3)) > 0).all()


@pytest.mark.uncompiled
def test_every_day_of_a_small_run():
    """The same checks on one small run, which is also lived without the compiler."""
    room = {
        "jail_beds": 50.0
    }  # at these rates a jail of the usual size is full on the first morning, and stays so
    model = make(
        "06037", 250, end=dt.date(2010, 7, 31), regime="no_minor_holds@2010-06-20", parameters=BUSY | room
    )
    kinds = set(follow(model).events()["kind"])
    assert {"incident", "report", "arrest", "booking", "print", "match", "detainer", "release"} <= kinds


@pytest.mark.uncompiled
@pytest.mark.parametrize("days", [1, 60])
def test_means_are_taken_over_everybody(days):
    """The recorder counts people by class; one by one, with the rules that victims follow, the sums are the same."""
    end = dt.date(2010, 5, 19) + dt.timedelta(days=days + 1)
    model = make(
        "48215", 200, start=dt.date(2010, 5, 20), end=end, parameters=BUSY | {"salience_weight": 1.0}
    )
    model.run()
    w, expected = model.world, np.zeros_like(model.world.stock)
    for i in np.flatnonzero(w.residents["whereabouts"] == HOME).tolist():
        recall(w, i, model.days - 1)
        r = w.residents[i]
        county = w.counties[r["county"]]
        own = expected[r["county"], GROUP_OF[r["hispanic"], r["status"]]]
        aware = 1.0 - (1.0 - county["awareness"]) * (1.0 - float(r["awareness"]))
        trust = float(r["trust"]) - estranged(w, i)
        values = (1.0, trust, float(r["cynicism"]), aware, risk(w, i), county["salience"])
        own[Stock.AGED_12] += 1.0
        own[[Stock.RESIDENTS, Stock.TRUST, Stock.CYNICISM, Stock.AWARENESS, Stock.RISK, Stock.SALIENCE]] += (
            values
        )
        for stock in (Stock.ATTRIBUTION, Stock.ENTANGLEMENT, Stock.NONCRIMINAL):
            own[stock] += county[stock.name.lower()]
    for inside in (Stock.IN_JAIL, Stock.IN_ICE_CUSTODY):
        expected[..., inside] = model._stocks[-1][..., inside]
    assert np.allclose(model._stocks[-1], expected, rtol=1e-5)  # rows keep 32 bits
    assert expected[..., Stock.RISK].sum() > 0


@pytest.mark.uncompiled
@pytest.mark.parametrize("place", ["48301", "31009"])
def test_no_immigrants(place):
    """Nobody to find: an error of ICE may bring a citizen into custody, but nobody is removed."""
    wrong = BUSY | {"ident_us_born": 1.0, "citizen_error": 1.0, "ice_beds": 100.0}
    model = follow(make(place, 82, end=dt.date(2010, 7, 31), parameters=wrong, scale=1.0))
    assert (model.world.residents["status"] == Status.US_BORN).all()
    assert not model.world.residents["exposed_ties"].any()
    assert total(model, "bookings") > 0
    assert total(model, "removals") == total(model, "moved_away") == total(model, "interviews") == 0


def test_no_immigrants_and_no_errors():
    model = follow(make("31009", 478, scale=1.0, parameters=BUSY | {"ident_us_born": 0.0}))
    assert total(model, "bookings") > 0
    assert total(model, "matches") == total(model, "detainers") == 0


def test_no_ice_capacity():
    model = follow(make(parameters=BUSY | {"ice_beds": 0.0, "pickup_capacity": 0.0}))
    assert total(model, "matches") > 0
    assert total(model, "detainers") == total(model, "transfers") == total(model, "at_large_arrests") == 0


def test_beds_without_officers():
    model = follow(make(parameters=BUSY | {"pickup_capacity": 0.0}))
    assert total(model, "detainers") > 0
    assert total(model, "holds") > 0
    assert total(model, "transfers") == total(model, "at_large_arrests") == total(model, "removals") == 0


def test_full_beds_and_full_jails():
    """Capacity binds, in jail and in custody, and is not exceeded."""
    tight = BUSY | {"ice_beds": 4.0, "short_stay": 0.0, "long_stay": 400.0, "jail_beds": 5.0}
    full = np.zeros(2, int)
    for seed in range(1, 6):
        ledger = Ledger(
            make("48215", 3000, seed=seed, parameters=tight | {"pickup_share": 0.5, "bed_reserve": 0.0})
        )
        while ledger.model.running:
            ledger.live()
            w = ledger.model.world
            full += [
                (w.jails["inmates"] == w.jails["beds"]).all(),
                (w.offices["detained"] == w.offices["beds"]).all(),
            ]
    assert (full > 50).all()


def test_no_crime():
    quiet = {"victimisation_hispanic": 0.0, "victimisation_other": 0.0, "minor_arrests": 0.0}
    model = follow(make(parameters=BUSY | quiet))
    assert total(model, "incidents") == total(model, "arrests") == total(model, "submissions") == 0
    assert total(model, "contacts") > 0


@pytest.mark.uncompiled
def test_no_jail():
    model = follow(make(residents=150, end=dt.date(2010, 6, 30), parameters=BUSY | {"jail_beds": 0.0}))
    assert total(model, "arrests") > 0
    assert total(model, "bookings") == total(model, "jail_days") == 0


@pytest.mark.uncompiled
def test_everyone_in_one_household():
    """Two hundred people under one roof: all are exposed, all hear, all leave together."""
    model = make("48215", 200, parameters=BUSY, end=dt.date(2010, 6, 30))
    r = model.world[0]  # the rows themselves, to lay them out anew
    r["household"], r["household_size"], r["exposed_household"], r["exposed_ties"] = 0, len(r), 0, 0
    model.world.agenda_head[:] = -1
    expose(model.world)
    recount(model.world, 0)
    open_agendas(model.world, len(model.world.residents), True)
    unauthorized = r["status"] == Status.UNAUTHORIZED
    assert (r["exposed_household"] == unauthorized.sum() - unauthorized).all()
    follow(model)
    assert total(model, "incidents") > 0


@pytest.mark.uncompiled
def test_a_household_that_fills_the_place():
    """With mean sizes at the upper bound, the few residents of a coarse place share one home by the rules."""
    model = make("31009", 3, household_size=8.0, parameters=BUSY)
    assert set(model.world.residents["household"]) == {0}
    follow(model)


@pytest.mark.uncompiled
@pytest.mark.parametrize("place", ["06075", "31009", "48215"])
def test_one_resident(place):
    prone = BUSY | {"victimisation_hispanic": 0.2, "victimisation_other": 0.2, "proneness_shape": 10.0}
    prone |= {"offender_share": 1.0, "exit_rate": 0.0}
    model = follow(make(place, 1, end=dt.date(2013, 12, 31), parameters=prone))
    assert len(model.world.residents) == 1
    assert total(model, "incidents") > 0
    assert total(model, "arrests") > 0
    assert (model.events().query("kind == 'incident'")["other"] == -1).all()  # nobody victimises himself


@pytest.mark.parametrize("regime", ["mandatory", "task_force_287g+no_minor_holds@2010-06-20"])
@pytest.mark.parametrize("end", ["low", "high"])
def test_everything_at_its_bounds(end, regime):
    values: dict[str, object] = {}
    for name, default in Parameters():
        bound = getattr(describe(name), end)
        if name in SUM_TO_ONE:
            values[name] = tuple(np.eye(len(default))[0 if end == "low" else -1])
        else:
            values[name] = (bound,) * len(default) if isinstance(default, tuple) else type(default)(bound)
    model = follow(make(residents=500, regime=regime, parameters=values))
    assert len(model.table()) == len(GROUPS) * model.table()["measure"].nunique() * len(model._ends)
