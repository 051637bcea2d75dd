"""Cuts of the pipeline that could be made: for every regime and lever, what the law of the place says of it, day by day."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from comity import hypotheses
from comity.parameters import Parameters
from comity.policy.law import settle
from comity.policy.levers import LEVERS
from comity.policy.policy import LAST_DAY
from comity.policy.regimes import base, catalogue, compose, laws
from comity.problems import InputError
from comity.world import imported_tables

if TYPE_CHECKING:
    from datetime import date

    from comity.scenario import Scenario

MOST_COUNTIES: Final = 60
"""Of a larger place nothing is said: its law has as many answers as states."""

NO_CUTS: Final = frozenset({"mandatory", "inactive", "historical"})
"""Regimes that cut nothing of their own, everything, or what each place did."""


def cuts(setup: Scenario) -> list[dict[str, Any]]:
    """Return what the law says of every regime of the catalogue on every day from the first of the run on.

    Returns:
        for each lever of each, its ``regime`` and ``decider``, who else ``may`` move it, and ``spans`` of days, each with
        ``start``, ``until`` (the first day after it, or None), ``allowed`` and ``reason``: the legal basis, or why it is void.
    """
    parameters = hypotheses.apply(setup.hypotheses, setup.parameters, setup.added)
    return _cuts(setup.place, tuple(setup.data.items()), parameters.mandate, setup.start)


@lru_cache(maxsize=16)
def _cuts(
    place: str | tuple[str, ...], data: tuple[tuple[str, str], ...], mandate: int, start: date
) -> list[dict[str, Any]]:
    counties, parameters = imported_tables.counties(place, dict(data)), Parameters(mandate=mandate)
    found: list[dict[str, Any]] = []
    for name in sorted(catalogue().keys() - NO_CUTS) if len(counties) <= MOST_COUNTIES else ():
        try:
            moved = compose(f"{name}@{start}").policies
        except InputError:  # rules that may not begin then
            continue
        # Asked for without an end: that a policy was over in history is no law against it later.
        policies = [policy.model_copy(update={"until": None}) for policy in moved]
        asked = settle(base(), policies, laws(), counties, parameters, start, LAST_DAY).attempts
        for lever, decider in dict.fromkeys((policy.lever, policy.decider) for policy in policies):
            spans = [
                {
                    "start": span.start.isoformat(),
                    "until": span.until and span.until.isoformat(),
                    "allowed": span.allowed,
                    "reason": span.reason,
                }
                for span in asked
                if (span.lever, span.decider) == (lever, decider)
            ]
            may = [who for who in LEVERS[lever].deciders if who != decider]
            found.append({"regime": name, "lever": lever, "decider": decider, "may": may, "spans": spans})
    return found
