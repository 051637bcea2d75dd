"""Age and sex: how often somebody of an age and sex offends, is arrested and meets police, relative to everybody.

They are dealt with the home, as ethnicity, status and offending are: who moves in is of the same age and sex, and nobody grows
older, so that each group keeps the ages that it was counted with. Where the parameter `ages` is 0 the table is empty, all are
alike, and children are not told apart.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.columns.views import Column
from comity.draws import Stream, category, draw
from comity.kernels import Int, Real, kernel

if TYPE_CHECKING:
    from comity.world.state import World

AGES: Final = ("0-11", "12-14", "15-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+")
"""Groups of age, in years."""


class Sex(IntEnum):
    """Sex, as statistics of arrests have it."""

    MALE = 0
    FEMALE = 1


class Rate(IntEnum):
    """What differs by age and sex: the first axis of ``World.by_age``."""

    OFFENDING = 0
    MINOR_ARRESTS = 1
    CONTACTS = 2
    STREET_ARRESTS = 3


AGE: Final = np.dtype([("age", "u1"), ("sex", "u1")])
"""One row per resident, 2 bytes: index into `AGES`, and `Sex`."""


@kernel
def deal_age(w: World, i: Int, cell: Int, who: Int) -> None:
    """Draw age and sex of resident ``i`` from those of the ethnicity and status ``cell``."""
    if len(w.ages) == 0:
        return
    n = category(draw(w.clock[0]["seed"], Stream.AGE, 0, who), w.age_shares[cell])
    w.ages[i]["sex"], w.ages[i]["age"] = n // len(AGES), n % len(AGES)


@kernel
def relative(w: World, i: Int, rate: Int) -> Real:
    """Return how much of a `Rate` somebody of the age and sex of resident ``i`` has, relative to the mean; else 1."""
    if len(w.ages) == 0:
        return 1.0
    own = w.ages[i]
    return w.by_age[rate, w.residents[i]["status"], own["sex"], own["age"]]


@kernel
def is_child(w: World, i: Int) -> bool:
    """Return whether resident ``i`` is younger than the 12 years from which on victim surveys ask."""
    return len(w.ages) > 0 and w.ages[i]["age"] == 0


class Dealt(Column):
    """Age or sex of a resident, as a Mesa attribute that can be read where there is any."""

    def __init__(self, field: str, kind: type[IntEnum] | None = None) -> None:
        super().__init__(field, kind, fixed="is part of how the world is laid out")

    def records(self, owner: Any) -> Any:
        """Return the rows of which this is a field.

        Raises:
            AttributeError: if all are alike.
        """
        ages = owner.model.world.ages
        if not len(ages):
            raise AttributeError(f"residents have no {self.field}: the parameter ages is 0")
        return ages
