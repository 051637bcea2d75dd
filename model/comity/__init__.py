"""comity: an agent-based model of federal-local cooperation in immigration enforcement.

The public names are imported when they are first used, so that ``import comity`` and the command line start at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from comity.sweeps import MEASURERS

if TYPE_CHECKING:
    from comity.agents.bureaus import StateBureau
    from comity.agents.governments import Government
    from comity.agents.ice import IceOffice
    from comity.agents.jails import Jail
    from comity.agents.police import PoliceDepartment
    from comity.agents.residents import Resident, Status, Whereabouts
    from comity.analyse.compare import Comparison, compare
    from comity.calibrate.posterior import posterior
    from comity.day import PHASES
    from comity.hypotheses import HYPOTHESES
    from comity.model import CooperationModel
    from comity.observe.storylines import story
    from comity.parameters import Parameters
    from comity.policy.policy import Policy
    from comity.policy.regimes import Regime, catalogue
    from comity.problems import InputError
    from comity.problems import InputError as ScenarioError
    from comity.scenario import Scenario
    from comity.sweeps.load import load
    from comity.sweeps.runner import sweep
    from comity.sweeps.study import Study

_HOMES = {
    "comity.agents.bureaus": ("StateBureau",),
    "comity.agents.governments": ("Government",),
    "comity.agents.ice": ("IceOffice",),
    "comity.agents.jails": ("Jail",),
    "comity.agents.police": ("PoliceDepartment",),
    "comity.agents.residents": ("Resident", "Status", "Whereabouts"),
    "comity.day": ("PHASES",),
    "comity.hypotheses": ("HYPOTHESES",),
    "comity.model": ("CooperationModel",),
    "comity.observe.storylines": ("story",),
    "comity.parameters": ("Parameters",),
    "comity.problems": ("InputError",),
    "comity.policy.policy": ("Policy",),
    "comity.policy.regimes": ("Regime", "catalogue"),
    "comity.scenario": ("Scenario",),
    "comity.analyse.compare": ("Comparison", "compare"),
    "comity.calibrate.posterior": ("posterior",),
    "comity.sweeps.study": ("Study",),
    "comity.sweeps.load": ("load",),
    "comity.sweeps.runner": ("sweep",),
}
_FORMER = {"ScenarioError": "InputError"}
"""Names that had another before."""

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "HYPOTHESES",       "PHASES",           "Comparison",       "CooperationModel", "Government",
    "IceOffice",        "InputError",       "Jail",             "Parameters",       "PoliceDepartment",
    "Policy",           "Regime",           "Resident",         "Scenario",         "ScenarioError",
    "StateBureau",      "Status",           "Study",            "Whereabouts",      "catalogue",
    "compare",          "load",             "posterior",        "story",            "sweep",
]  # fmt: skip


def _estimates() -> Any:
    """Return who makes estimates of published studies for those of users."""
    from comity.published.estimates import MEASURER  # noqa: PLC0415 - the door opens when somebody comes

    return MEASURER


MEASURERS.append(_estimates)


def __getattr__(name: str) -> Any:
    name = _FORMER.get(name, name)
    if name not in _HOME:
        raise AttributeError(f"module 'comity' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
