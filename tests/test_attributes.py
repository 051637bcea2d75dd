"""Attributes of all kinds of agent: what they hold, what they refuse, and that rows are changed in no other way."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comity import CooperationModel, Jail, Resident, Status, Whereabouts
from comity.columns.views import Column
from comity.kernels import COMPILED
from comity.model import INSTITUTIONS
from comity.observe.measures import GROUP_OF, Stock
from comity.world.state import AGENTS

if TYPE_CHECKING:
    from comity.columns.views import ColumnAgent

KINDS = (Resident, *INSTITUTIONS)
KEYS = {"place": ["48301", "06003"], "start": dt.date(2010, 1, 1), "end": dt.date(2010, 3, 31)}


def columns(kind: type[ColumnAgent]) -> dict[str, Column]:
    return {name: column for name in dir(kind) if isinstance(column := getattr(kind, name), Column)}


ALL = [(kind, name) for kind in KINDS for name in columns(kind)]
SET = [(kind, name) for kind, name in ALL if not getattr(kind, name).fixed and name != "beds"]
FIXED = [(kind, name) for kind, name in ALL if getattr(kind, name).fixed]
WAYS = ("view", "set", "array", "do")


@cache
def model() -> CooperationModel:
    return CooperationModel(**KEYS).run(until=dt.date(2010, 2, 1))


def put(kind: type[ColumnAgent], name: str, value: Any, way: str) -> None:
    """Set an attribute as a user may."""
    agents = model().agents_by_type[kind]
    if way == "view":
        setattr(next(iter(agents)), name, value)
    elif way == "set":
        agents.set(name, value)
    elif way == "array" and hasattr(agents, "rows"):
        agents.set(name, np.full(len(agents), value))
    else:
        agents.do(lambda agent: setattr(agent, name, value))


def span(kind: type[ColumnAgent], name: str) -> tuple[float, float]:
    """Return the least and the greatest number that an attribute may hold."""
    agents, column = model().agents_by_type[kind], getattr(kind, name)
    if column.kind is not None:
        return min(column.kind), max(column.kind)
    dtype = getattr(model().world, kind.table).dtype[name]
    largest = np.iinfo(dtype).max if dtype.kind in "iu" else float(np.finfo(dtype).max)
    high = min(column.most(next(iter(agents)), np.arange(len(agents))), largest)
    return column.low, min(high, 2**53) if dtype.kind in "iu" else high


def test_every_number_has_bounds():
    """Nothing in the model is below 0, and everything that is not fixed says how much there may be."""
    assert len(SET) > 20
    for kind, name in SET:
        low, high = span(kind, name)
        assert math.isfinite(low), (kind, name)
        assert 0 <= low < high, (kind, name)
    shares = {"trust", "cynicism", "awareness", "community_policing", "clearance"}
    assert {name for kind, name in SET if span(kind, name) == (0.0, 1.0)} >= shares


def test_beds_are_those_for_which_the_run_was_built():
    """Everybody in a bed has a row in a table, and kernels do not look whether there is one left."""
    built = CooperationModel(**KEYS)
    first, second = built.agents_by_type[Jail]
    with pytest.raises(ValueError, match=r"beds is from 0 to \d+, which 1000000 is not"):
        first.beds = 1_000_000
    moved = second.beds
    second.beds = 0
    first.beds += moved
    with pytest.raises(ValueError, match="beds is from 0 to"):
        second.beds = 1
    with pytest.raises(ValueError, match="beds is from 0 to"):
        first.beds = -1
    built.run()
    assert 0 <= int(built.world.clock[0]["free_case"]) < len(built.world.cases)


NUMBERS = st.one_of(
    st.sampled_from(
        [math.nan, math.inf, -math.inf, -1, -0.001, 1.001, 2, 0, 1, 255, 256, 70_000, 2**40, -(2**63)]
    ),
    st.floats(),
    st.integers(-(2**62), 2**62),
)
AS = (lambda value: value, np.float64, np.float32, lambda value: np.array(value, dtype=float))


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(SET), NUMBERS, st.sampled_from(AS), st.sampled_from(WAYS))
@example((Resident, "status"), 2, AS[-1], "view")  # Python 3.13 looks members up by their hash alone
def test_an_attribute_holds_what_is_within_its_bounds_and_nothing_else(where, number, as_, way):
    kind, name = where
    with np.errstate(over="ignore"):
        value = as_(number)
    number = float(value)
    low, high = span(kind, name)
    table = getattr(model().world, kind.table)
    whole = getattr(kind, name).kind is not None or table.dtype[name].kind in "iu"
    inside = math.isfinite(number) and low <= number <= high and (not whole or number.is_integer())
    before = table.tobytes()
    if inside:
        put(kind, name, value, way)
        held = model().agents_by_type[kind].get(name)
        assert held[0] == pytest.approx(number, rel=1e-6)
        assert getattr(model().world, kind.table)[name].min() >= low
    else:
        with pytest.raises(ValueError, match=r"is from|whole numbers|is not a valid|valid Status"):
            put(kind, name, value, way)
        assert getattr(model().world, kind.table).tobytes() == before


@pytest.mark.parametrize(("kind", "name"), SET)
@pytest.mark.parametrize("value", [None, "nothing", [1, 2, 3], 1j])
def test_what_is_no_number_is_refused(kind, name, value):
    with pytest.raises((ValueError, TypeError, KeyError)):
        put(kind, name, value, "view")


@pytest.mark.parametrize(("kind", "name"), FIXED)
def test_what_is_fixed_says_why(kind, name):
    with pytest.raises(AttributeError, match=rf"{name} is (part of how|counted by).* cannot be set"):
        put(kind, name, 0, "view")


@pytest.mark.skipif(not COMPILED, reason="kernels are Python, and write")
@pytest.mark.parametrize("table", AGENTS)
def test_rows_are_read_only_and_say_how_else(table):
    rows = getattr(model().world, table)
    name, before = rows.dtype.names[-1], rows.tobytes()
    writes = {
        "column": lambda: rows.__setitem__(name, 1),
        "column, row": lambda: rows[name].__setitem__(0, 1),
        "row": lambda: rows.__setitem__(0, rows[0]),
        "mask": lambda: rows[name].__setitem__(rows[name] >= 0, 1),
    }
    for write in writes.values():
        with pytest.raises(ValueError, match=r"read-only: set attributes, as in model.agents_by_type"):
            write()
    for write in (
        lambda: rows[0].__setitem__(name, 1),
        lambda: np.add(rows[name], 1, out=rows[name]),
        lambda: rows[name].fill(1),
        lambda: np.copyto(rows[name], 1),
    ):
        with pytest.raises(ValueError, match="read-only"):
            write()
    assert rows.tobytes() == before
    mine = rows[name].copy()
    mine[0] = 1
    assert type(rows[name] + 1) is np.ndarray
    assert not isinstance(rows[name].sum(), np.ndarray)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["trust", "cynicism", "awareness", "status", "exposed_ties"]), st.floats(0, 1)
        ),
        max_size=6,
    )
)
def test_what_is_recorded_is_what_is_set(changes):
    """However attributes are set in mid-run, the stocks of that week are those of the residents, counted one by one."""
    lived = CooperationModel(**KEYS).run(until=dt.date(2010, 2, 1))
    residents = lived.agents_by_type[Resident]
    for k, (name, share) in enumerate(changes):
        value = {"status": Status(int(share * 4)), "exposed_ties": int(share * 4)}.get(name, share)
        rows = residents.take(np.arange(k, len(residents), 3))
        rows.set(name, value if k % 2 or name == "status" else np.full(len(rows), value))
    lived.run(until=dt.date(2010, 2, 26))
    wanted = np.zeros_like(lived.stocks()[-1])
    for agent in residents:
        if agent.whereabouts is Whereabouts.COMMUNITY:
            public = lived.world.counties["awareness"][agent.county]
            row = wanted[agent.county, GROUP_OF[agent.hispanic, agent.status]]
            row[[Stock.RESIDENTS, Stock.TRUST, Stock.CYNICISM]] += 1.0, agent.trust, agent.cynicism
            row[Stock.AWARENESS] += public + (1 - public) * agent.awareness
    compared = [Stock.RESIDENTS, Stock.TRUST, Stock.CYNICISM, Stock.AWARENESS]
    assert lived.stocks()[-1][..., compared] == pytest.approx(wanted[..., compared], abs=1e-4)
