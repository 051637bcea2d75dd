"""Who measures a run: what it finds, how it lives the run, and on which code the numbers depend besides the model's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from comity import sweeps
from comity.sweeps import runfile
from comity.sweeps.outcomes import OUTCOMES, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from comity.extensions import Extension
    from comity.problems import Objection
    from comity.scenario import Scenario

Live: TypeAlias = "Callable[[Scenario, tuple[Outcome, ...]], runfile.Weekly]"


def _fits(_setup: Scenario, _wanted: Sequence[str]) -> None:
    return None


@dataclass(frozen=True)
class Measurer:
    """Who finds the outcomes of a study, all of one kind; its functions must be importable where workers are.

    Attributes:
        outcomes: returns what it finds of runs that have some extensions.
        live: lives a scenario and returns outcomes of it.
        modules: names of the modules that compute them.
        libraries: that do arithmetic for them, besides those of the model.
        unfit: returns why outcomes, by id, cannot be had of a scenario, or None.
    """

    outcomes: Callable[[Sequence[Extension]], tuple[Outcome, ...]]
    live: Live
    modules: tuple[str, ...]
    libraries: tuple[str, ...] = ()
    unfit: Callable[[Scenario, Sequence[str]], Objection | None] = _fits


def _counted(extensions: Sequence[Extension]) -> tuple[Outcome, ...]:
    """Return the outcomes of the package, and the totals of what extensions count."""
    return (*OUTCOMES, *(Outcome(m.name, (m.name,)) for extension in extensions for m in extension.measures))


def live(scenario: Scenario, outcomes: tuple[Outcome, ...]) -> runfile.Weekly:
    """Live one scenario and return outcomes of every recording period."""
    from comity.model import CooperationModel  # noqa: PLC0415 - slow to import; a driver does not need it

    return runfile.observe(CooperationModel(scenario).run(), outcomes)


PERIODS: Final = Measurer(_counted, live, (__name__,))
"""Finds outcomes in what a run counts, period by period."""


@cache
def every() -> tuple[Measurer, ...]:
    """Return everybody who measures."""
    return PERIODS, *(found() for found in sweeps.MEASURERS)


def who_finds(wanted: Sequence[str], extensions: Sequence[Extension]) -> list[Measurer]:
    """Return those who find any of some outcomes, by id."""
    return [m for m in every() if any(outcome.id in wanted for outcome in m.outcomes(extensions))]
