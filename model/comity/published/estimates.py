"""The numbers that published studies estimated, as the same estimators find them in a run.

A study (``study.toml``) may name them among its outcomes; every run then keeps one number per estimate. Most are of the
scenario ``united-states``: every county from 2006 on, by calendar month. Each is computed by the function that is marked with
its id (`comity.published.registry.estimate`), in the module of its study.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from comity.problems import Objection, RefusedError
from comity.published import funnel, recorded_crime, stated, trust, victimisation  # noqa: F401 - they fill the registry
from comity.published.panel import Panel
from comity.published.registry import ESTIMATORS, NATION
from comity.scenario import load
from comity.sweeps.measurers import Measurer
from comity.sweeps.outcomes import Outcome
from comity.sweeps.runfile import estimated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from comity.extensions import Extension
    from comity.model import CooperationModel
    from comity.published.registry import Estimator
    from comity.scenario import Scenario
    from comity.sweeps.runfile import Weekly


ESTIMATES: Final = {name: Outcome(name) for name in sorted(ESTIMATORS)}
"""Id -> estimate; `comity.dictionary` says what each is, and its unit."""


def home(name: str) -> str:
    """Return the scenario in which an estimate is found; the nation's if there is no such estimate."""
    return ESTIMATORS[name].home if name in ESTIMATORS else NATION


def sparse(name: str) -> bool:
    """Return whether an estimate is of few places, and so missing where these have too few events at the scale of the run."""
    return name in ESTIMATORS and name in ESTIMATORS[name].sparse


def at_home(scenario: str) -> tuple[str, ...]:
    """Return the estimates that are found in a scenario."""
    return tuple(name for name in ESTIMATES if home(name) == scenario)


def unfit(setup: Scenario, wanted: Iterable[str]) -> Objection | None:
    """Return why estimates cannot be made of a scenario, or None."""
    homes = sorted({home(name) for name in wanted})
    if len(homes) > 1:
        return Objection("estimates of several scenarios", f"those of one of {', '.join(homes)}")
    needed = load(homes[0])
    for key in ("place", "start", "end"):
        if getattr(setup, key) != getattr(needed, key):
            found = f"{key} = {getattr(needed, key)}"
            return Objection(f"these estimates need {found}", f'scenario = "{homes[0]}"')
    if setup.parameters.recording_days != 0:
        return Objection("estimates need calendar months: recording_days = 0", f'scenario = "{homes[0]}"')
    return None


def live(setup: Scenario, wanted: Iterable[str]) -> dict[str, float]:
    """Live a scenario and return estimates of it, by id.

    Args:
        setup: a scenario of which `unfit` has nothing to say.
        wanted: ids of one `home`.
    """
    from comity.model import CooperationModel  # noqa: PLC0415 - slow to import; who reads results does not need it

    names = list(wanted)
    watching = {name for each in _needed(names) for name in each.observe}
    return of_run(CooperationModel(setup, observe=sorted(watching)), names)


def of_run(model: CooperationModel, wanted: Iterable[str]) -> dict[str, float]:
    """Live what is left of a run and return estimates, by id; NaN for what cannot be estimated.

    Raises:
        ValueError: if there is no estimate of one of these ids.
    """
    own = {e.name: e for extension in model.setup.added for e in extension.estimates}
    asked_for = list(wanted)
    names = set(asked_for) - own.keys()
    if unknown := sorted(names - ESTIMATES.keys()):
        raise RefusedError(f"no estimate is called {', '.join(unknown)}", ", ".join(ESTIMATES))
    found: dict[str, float] = {}
    needed = _needed(names)
    for each in needed:
        if each.on:
            model.run(until=each.on + dt.timedelta(days=1))
            found |= each.made(model, found)
    seen = Panel(model.run())
    for each in needed:
        if not each.on:
            found |= each.made(seen, found)
    computed = {name: float(own[name].compute(model)) for name in asked_for if name in own}
    return {name: found[name] for name in ESTIMATES if name in names} | computed


def _needed(names: Iterable[str]) -> list[Estimator]:
    """Return what computes estimates, and what these come after, in the order in which it is asked."""
    asked = [ESTIMATORS[name] for name in names if name in ESTIMATORS]
    before = [ESTIMATORS[name] for each in asked for name in each.after]
    return sorted(
        {id(each): each for each in (*before, *asked)}.values(), key=lambda each: each.on or dt.date.max
    )


def _outcomes(extensions: Sequence[Extension]) -> tuple[Outcome, ...]:
    """Return the estimates as outcomes of a study, with those of extensions."""
    return (*ESTIMATES.values(), *(Outcome(e.name) for extension in extensions for e in extension.estimates))


def _unfit(setup: Scenario, wanted: Iterable[str]) -> Objection | None:
    """Return what `unfit` says of those that are not of extensions, which any scenario has."""
    own = [name for name in wanted if name in ESTIMATES]
    return unfit(setup, own) if own else None


def _kept(setup: Scenario, outcomes: Sequence[Outcome]) -> Weekly:
    return estimated(setup.start, live(setup, [outcome.id for outcome in outcomes]))


MEASURER: Final = Measurer(_outcomes, _kept, (__name__,), ("pandas", "pyfixest", "scipy"), _unfit)
"""By which studies keep estimates: see `comity.sweeps.measurers`."""
