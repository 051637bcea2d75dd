"""The identity of runs: those whose scenarios come to the same are one run, however a study spells them.

A place has many names, hypotheses any order, regimes can be composed in several ways, and points of a design can coincide.
What is hashed is what the model is given: counties, mechanisms, policies, numbers, and the seed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from comity import hypotheses
from comity.policy import regimes
from comity.scenario import canonical
from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.scenario import Scenario
    from comity.sweeps.study import Case, Run, Study

WORDS: Final = {"basis", "source"}
"""Keys of a policy that say why, and change nothing."""


def keys(study: Study, version: str) -> Iterator[tuple[Run, str]]:
    """Yield every run of a study in the fixed order, with the key under which its result is kept.

    Cases are worked out once, and of a point only what it varies: a study may have a million runs.

    Args:
        study: which runs.
        version: of the model and of the meaning of outcomes.
    """
    points: Any = study.points().to_dict("index")
    begun: dict[Case, Any] = {}
    at, here = (-1, -1), hashlib.sha256()
    for run in study.runs():
        point = points[run.point]
        if run.case not in begun:
            begun[run.case] = hashlib.sha256(f"{version} {_case(study, run.case)}".encode())
        if at != (run.point, id(run.case)):
            at, here = (run.point, id(run.case)), begun[run.case].copy()
            here.update(canonical(_varied(study, point, run.case)).encode())
        digest = here.copy()
        digest.update(f" {study.dice(point, run.seed)}".encode())
        yield run, digest.hexdigest()


def _varied(study: Study, point: Any, case: Case) -> dict[str, Any]:
    """Return what a point says of a run: values that no lever of the case sets."""
    return {name: value for name, value in study.values(point, case).items() if name not in study.policies}


def _case(study: Study, case: Case) -> str:
    """Return in one text what all runs of a case have in common."""
    found = resolved(study.resolved({}, case))
    found["parameters"] = {
        name: value
        for name, value in found["parameters"].items()
        if name in study.policies or name not in study.varied
    }
    return canonical(found)


def resolved(setup: Scenario) -> dict[str, Any]:
    """Return what a scenario comes to, but for its seed, in the types that JSON has."""
    found = setup.as_json()
    for name in ("seed", "compare", "regimes"):
        del found[name]
    regime = regimes.compose(setup.regime, regimes.read_custom(setup.regimes))
    policies = [policy.model_dump(mode="json", exclude=WORDS) for policy in regime.policies]
    named = hypotheses.parse(setup.hypotheses, setup.added)
    active = {name for hypothesis in named for name in hypothesis.mechanisms}
    return found | {
        "place": places.resolve(setup.place),
        "regime": sorted({canonical(policy) for policy in policies}),
        "hypotheses": sorted(active),
    }
