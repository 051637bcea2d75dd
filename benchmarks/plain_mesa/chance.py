"""Small functions of chance that several agents need."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def probability(rate: float, days: float = 1.0) -> float:
    """Return the chance of at least one event in so many days at a rate per year."""
    return 1.0 - math.exp(-rate * days / 365.25)


def logit(p: float) -> float:
    """Return the log-odds of a probability; 0 and 1 count as all but 0 and 1."""
    p = min(max(p, 1e-9), 1.0 - 1e-9)
    return math.log(p / (1.0 - p))


def expit(x: float) -> float:
    """Return the probability that has these log-odds."""
    return 1.0 / (1.0 + math.exp(-x))


def days_until(random: Random, daily: float) -> int:
    """Return the day (1, 2, ...) of the first success of a daily chance."""
    if daily >= 1.0:
        return 1
    return 1 + int(math.log(1.0 - random.random()) / math.log(1.0 - daily))
