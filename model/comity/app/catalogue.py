"""The catalogue that a page needs before anything runs: parameters, hypotheses, regimes, levers, places, lessons."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from comity import extensions
from comity.app.elsewhere import READING, recipes
from comity.app.lessons import LESSONS
from comity.app.opening import SCENES
from comity.dictionary.glossary import glossary
from comity.hypotheses import default, known
from comity.observe.measures import GROUPS, Stage
from comity.parameters import INCIDENTS, LEVELS, Parameters, describe, source_of
from comity.policy.levers import LEVERS
from comity.policy.policy import FIRST_DAY, LAST_DAY
from comity.policy.regimes import catalogue
from comity.world import places

if TYPE_CHECKING:
    from comity.app.lessons import Lesson
    from comity.extensions import Extension
    from comity.parameters import Registry


@lru_cache(maxsize=16)
def everything(added: tuple[Extension, ...] = ()) -> dict[str, Any]:
    """Return the whole catalogue, with what extensions add, in the types that JSON has."""
    registry = extensions.registry(added)
    return {
        "extensions": {
            "on": [extension.name for extension in added],
            "there": [_extension(name) for name in extensions.available()],
        },
        "parameters": [_parameter(name, registry) for name in registry.model_fields],
        "hypotheses": [
            {"name": h.name, "claim": h.claim, "mechanisms": sorted(h.mechanisms)}
            for h in known(added).values()
        ],
        "default_hypotheses": default(added),
        "days": [FIRST_DAY.isoformat(), LAST_DAY.isoformat()],
        "regimes": [_regime(name) for name in catalogue()],
        "levers": {lever.name: {"layer": lever.layer, "meaning": lever.meaning} for lever in LEVERS.values()},
        "stages": [stage.name.lower() for stage in Stage],
        "levels": LEVELS,
        "groups": GROUPS,
        "glossary": {key: vars(term) for key, term in glossary().items()},
        "opening": [vars(scene) for scene in SCENES],
        "lessons": [_lesson(lesson) for lesson in LESSONS],
        "trials": {"recipes": recipes(), "reading": READING},
    }


def _lesson(lesson: Lesson) -> dict[str, Any]:
    """Return a lesson without its answers, but with the keys of a state that they change: `moves`."""
    told = {key: value for key, value in vars(lesson).items() if key != "answers"}
    return told | {"moves": sorted({key for answer in lesson.answers for key in answer})}


def _extension(name: str) -> dict[str, str]:
    wrong = extensions.unusable(name)
    return {"name": name, "explains": "" if wrong else extensions.of([name])[0].explains, "wrong": wrong}


def _parameter(name: str, registry: Registry) -> dict[str, Any]:
    field, meta = registry.model_fields[name], describe(name, registry)
    vector = isinstance(field.default, tuple)
    return {
        "name": name,
        "meaning": field.description,
        "unit": meta.unit,
        "role": meta.role,
        "source": source_of(name, registry),
        "low": meta.low,
        "high": meta.high,
        "default": field.default,
        "extension": name not in Parameters.model_fields,
        "whole": field.annotation is int,
        "elements": (LEVELS if len(field.default) == len(LEVELS) else INCIDENTS) if vector else None,
    }


def _regime(name: str) -> dict[str, Any]:
    regime = catalogue()[name]
    return {
        "id": name,
        "title": regime.title,
        "explains": regime.explains,
        "history": regime.history,
        "policies": [
            policy.model_dump(mode="json") | {"layer": LEVERS[policy.lever].layer}
            for policy in regime.policies
        ],
    }


@cache
def place_names() -> list[str]:
    """Return names of places that a page may ask for: states, then counties, in the order of their codes."""
    rows = places.counties()
    counties = (rows["county"] + ", " + rows["state"]).tolist()
    return [*places.states()["name"].tolist(), *counties]
