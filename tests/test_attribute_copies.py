"""What an attribute says can be given back to it, and changes nothing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel, Resident
from comity.columns.views import Column
from comity.model import INSTITUTIONS

KEYS = {"place": "48301", "start": dt.date(2010, 1, 1), "end": dt.date(2010, 3, 31)}


def free(kind):
    return [
        name for name in dir(kind) if isinstance(column := getattr(kind, name), Column) and not column.fixed
    ]


@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from(["trust", "cynicism", "awareness"]),
    st.sampled_from([0.0, 1.0, 0.5]) | st.floats(0, 1),
    st.integers(0, 50),
)
def test_what_was_set_reads_within_its_bounds_and_can_be_set_again(name, value, days):
    model = CooperationModel(**KEYS).run(until=dt.date(2010, 2, 1))
    residents = model.agents_by_type[Resident]
    residents.set(name, value)
    assert residents.get(name) == pytest.approx([value] * len(residents), abs=1e-6)
    model.run(until=dt.date(2010, 2, 1) + dt.timedelta(days))
    said = residents.get(name)
    assert min(said) >= 0
    assert max(said) <= 1
    residents.set(name, np.array(said))
    assert residents.get(name) == pytest.approx(said, abs=1e-6)
    for agent in list(residents)[:5]:
        setattr(agent, name, getattr(agent, name))


@pytest.mark.parametrize("kind", [Resident, *INSTITUTIONS])
def test_every_attribute_takes_what_it_says(kind):
    model = CooperationModel(**KEYS).run(until=dt.date(2010, 2, 1))
    for name in free(kind):
        for agent in list(model.agents_by_type[kind])[:3]:
            setattr(agent, name, getattr(agent, name))


@pytest.mark.parametrize("shape", [lambda n: n - 1, lambda n: (n, 1), lambda n: (1, n), lambda n: (n, n)])
def test_arrays_of_another_shape_are_refused_in_words(shape):
    residents = CooperationModel(**KEYS).agents_by_type[Resident]
    with pytest.raises(ValueError, match=r"trust takes one value, or \d+, and not"):
        residents.set("trust", np.full(shape(len(residents)), 0.5))
