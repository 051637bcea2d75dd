"""Checks of the keys of a study, which say in words what is wrong; `comity.sweeps.study` asks key by key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from comity import extensions, hypotheses
from comity.explain import explain
from comity.observe.measures import GROUPS
from comity.policy import regimes
from comity.problems import (
    CHOICE,
    InputError,
    Objection,
    Problem,
    closest,
    did_you_mean,
    objection,
    refuse,
)
from comity.scenario import DEFAULT, load
from comity.sweeps.uncertainties import Uncertainty, check_value, objections, unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydantic import ValidationInfo

    from comity.extensions import Extension
    from comity.parameters import Registry
    from comity.scenario import Scenario
    from comity.sweeps.outcomes import Outcome

UNCERTAINTIES: Final = (
    "tables [uncertainties.<parameter>] with distribution, low, high, mode, mean, sd or values"
)


def nested(key: str, error: InputError) -> InputError:
    """Return the problems of a scenario as those of a key of the study."""
    return InputError(replace(problem, key=f"{key}.{problem.key}") for problem in error.problems)


def all_right(values: tuple[str, ...], key: str, wrong: Callable[[str], Objection | None]) -> tuple[str, ...]:
    """Return values, or raise an error over those that stand in the list twice or are wrong."""
    found = [(f"{key}[{k}]", value, wrong(value)) for k, value in enumerate(values)]
    refuse([*repeats("", {key: values}), *found])
    return values


def repeats(prefix: str, lists: Mapping[str, tuple[Any, ...]]) -> list[tuple[str, object, Objection]]:
    """Return entries that stand in a list twice: their runs would be the same runs."""
    return [
        (f"{prefix}{prefix and '.'}{name}[{k}]", value, Objection("stands in the list twice", "each once"))
        for name, values in lists.items()
        for k, value in enumerate(values)
        if value in values[:k]
    ]


def wrong_place(base: Scenario | None, place: str) -> Objection | None:
    """Return what is wrong with a place, or None."""
    return objection(lambda: (base or load(DEFAULT)).with_(place=place))


def wrong_levers(
    name: str, values: tuple[Any, ...], info: ValidationInfo
) -> Iterator[tuple[str, object, Objection]]:
    """Yield what is wrong with the values of a lever."""
    for k, value in enumerate(values):
        if wrong := _wrong_lever(name, value, info):
            yield f"levers.{name}[{k}]", value, wrong


def empty(name: str, values: tuple[Any, ...]) -> Iterator[tuple[str, object, Objection]]:
    """Yield an objection if a lever has no values."""
    if not values:
        yield f"levers.{name}", values, Objection("empty", "a list")


def _wrong_lever(name: str, value: Any, info: ValidationInfo) -> Objection | None:
    if name == "regimes" and isinstance(value, str):
        base = info.data.get("scenario")
        return objection(regimes.compose, value, regimes.read_custom(base.regimes if base else {}))
    if name == "hypotheses" and isinstance(value, str):
        return objection(hypotheses.parse, value, extended(info))
    if name in ("regimes", "hypotheses"):
        return Objection("wrong type", f"names of 'comity show {name}'")
    if name in info.data.get("uncertainties", {}):
        return Objection("an uncertainty as well", "one or the other")
    return check_value(name, value, registry(info))


def follows(problem: Problem, keys: Mapping[str, Any]) -> bool:
    """Return whether a regime is unknown only because there is something wrong with the scenario that has it."""
    scenario = keys.get("scenario")
    own = scenario.get("regimes") if isinstance(scenario, Mapping) else None
    return isinstance(own, Mapping) and any(problem.wrong == f"unknown regime {name!r}" for name in own)


def extended(info: ValidationInfo) -> tuple[Extension, ...]:
    """Return the extensions of a study, which its scenario names."""
    base = info.data.get("scenario")
    return base.added if base else ()


def registry(info: ValidationInfo) -> Registry:
    """Return the parameters that a study may vary."""
    return extensions.registry(extended(info))


def unknown(name: str, known: Mapping[str, str]) -> Objection:
    """Return what to say of an outcome that is not known; ``known`` has ids by name."""
    hint = f"did you mean {known[close]}? " if (close := closest(name, known)) else ""
    return Objection("unknown outcome", f"{hint}{', '.join(dict.fromkeys(known.values()))}")


OWN: Final = (
    "outcomes of the list; one of your own is computed in Python, from comity.load(STUDY, weekly=True), or from the tables of a "
    "CooperationModel"
)


def without_code(problem: Problem) -> Problem:
    """Return a problem; of a key that names code, what would do instead, since what a user gives is never run."""
    asked = problem.key.startswith("outcomes") or problem.wrong == "unknown key"
    if not asked or not re.search(r"\.py\b|\w:\w", problem.value):
        return problem
    return replace(problem, wrong="names code, which a study never runs", expected=OWN)


def wrong_group(group: str, outcomes: Sequence[Outcome]) -> Objection | None:
    """Return why outcomes cannot be kept for a group, or None."""
    known = [*GROUPS, *dict.fromkeys(name.partition(",")[0] for name in GROUPS)]
    if group not in known:
        hint = did_you_mean(group, known)
        return Objection("unknown group", f"{hint}{'; '.join(known)}")
    if all(outcome.of(group) is None for outcome in outcomes):
        return Objection("none of the outcomes is of this group", "outcomes of everybody, such as removals")
    return None


def wrong_uncertainty(name: str, entry: object, known: Registry) -> dict[str, Objection]:
    """Return what is wrong with one uncertainty: key within its table -> what, in words."""
    if not isinstance(entry, Mapping | Uncertainty):
        return {"": Objection("wrong type", UNCERTAINTIES)}
    try:
        return objections(name, Uncertainty.model_validate(entry), known)
    except ValidationError as error:
        wrong = unusable(name, known)
        keys = ", ".join(Uncertainty.model_fields)
        explained = explain(error, dict(entry), {})
        found = {p.key: Objection(p.wrong, _words(p) or f"keys are {keys}") for p in explained}
        return found | (
            {"": wrong} if wrong and not (isinstance(entry, Mapping) and entry.get("dummy")) else {}
        )


def _words(problem: Problem) -> str:
    """Return the words among which a key chooses, if it does."""
    return problem.expected if problem.wrong == CHOICE else ""


def entry_at(entry: object, key: str) -> object:
    """Return what stands at a key of an uncertainty as the file has it."""
    if not isinstance(entry, Mapping | Uncertainty):
        return entry
    name, _, index = key.removesuffix("]").partition("[")
    keys = dict(entry)
    value = keys.get(name) if name else keys
    return value[int(index)] if index and value else value
