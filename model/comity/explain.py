"""What pydantic found wrong with the keys of an input, as problems in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from comity.parameters import SUM_TO_ONE, Parameters, Registry, describe
from comity.policy.policy import Policy
from comity.policy.regimes import Regime
from comity.problems import CHOICE, InputError, Problem, RefusedError, closest, did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_PHRASES: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown key",
    "greater_than": "out of bounds",
    "less_than": "out of bounds",
    "finite": "not a finite number",
    "too_long": "wrong length",
    "too_short": "wrong length",
    "literal_error": CHOICE,
}


def explain(
    error: ValidationError,
    keys: Mapping[str, object],
    expected: Mapping[str, str],
    registry: Registry = Parameters,
) -> list[Problem]:
    """Return the problems behind pydantic's errors, one for each key.

    Args:
        error: What pydantic found.
        keys: The input as it was given.
        expected: The valid keys, each with what is expected of it.
        registry: The valid parameters.
    """
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False):
        for problem in _problems(detail, keys, expected, registry):
            found.setdefault(problem.key, problem)
    return list(found.values())


def _problems(
    detail: ErrorDetails, keys: Mapping[str, object], expected: Mapping[str, str], registry: Registry
) -> Iterator[Problem]:
    cause = detail.get("ctx", {}).get("error")
    problem = _problem(detail, keys, expected, registry)
    if isinstance(cause, RefusedError):
        found = cause.objection
        yield replace(problem, wrong=found.wrong, expected=found.valid or problem.expected)
    elif isinstance(cause, InputError):
        for inner in cause.problems:
            yield replace(inner, file=problem.file, expected=inner.expected or problem.expected)
    else:
        yield problem


def _problem(
    detail: ErrorDetails, keys: Mapping[str, object], expected: Mapping[str, str], registry: Registry
) -> Problem:
    path = detail["loc"]
    if detail["type"] == "missing" and path[0] == "parameters":
        path = path[:2]  # an element that a vector lacks
    value = _lookup(keys, path)
    if value is None and detail["type"] != "missing":
        value = detail["input"]
    words = detail.get("ctx", {}).get("expected")  # of a choice among words
    valid = words or _valid(path, expected, registry)
    return Problem("scenario", _key(path), shown(value), _phrase(detail, value), valid)


def _phrase(detail: ErrorDetails, value: object) -> str:
    """Say in plain words what pydantic found."""
    kind = detail["type"]
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind == "missing" and isinstance(value, Sequence):
        return _PHRASES["too_short"]
    if kind.endswith(("_type", "_parsing")):
        return "wrong type"
    return next((text for start, text in _PHRASES.items() if kind.startswith(start)), detail["msg"])


def _key(path: Sequence[int | str]) -> str:
    """Write a path as a person would: ``parameters.act_2012[1]``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _lookup(keys: Mapping[str, object], path: Sequence[int | str]) -> Any:
    value: Any = keys
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _valid(path: Sequence[int | str], expected: Mapping[str, str], registry: Registry) -> str:
    """Say what would be valid at a path."""
    first, last = str(path[0]), str(path[min(1, len(path) - 1)])
    if first == "parameters" and len(path) > 1:
        there = last in registry.model_fields
        return _valid_parameter(last, registry) if there else _suggest_parameter(last, registry)
    if first == "regimes" and len(path) > 2:
        fields = tuple(Policy.model_fields if "policies" in path[:-1] else Regime.model_fields)
        return expected[first] if path[-1] in fields else _suggest(str(path[-1]), fields)
    return expected[first] if first in expected else _suggest_key(first, expected, registry)


def _valid_parameter(name: str, registry: Registry) -> str:
    meta, default = describe(name, registry), registry.model_fields[name].default
    bounds = f"from {meta.low:g} to {meta.high:g}, {meta.unit}"
    if not isinstance(default, tuple):
        return f"a {'whole number' if isinstance(default, int) else 'number'} {bounds}"
    return f"{len(default)} numbers {bounds}{', with sum 1' if name in SUM_TO_ONE else ''}"


def _suggest_parameter(name: str, registry: Registry) -> str:
    return f"{did_you_mean(name, registry.model_fields)}'comity show parameters' lists them"


def _suggest(name: str, keys: Iterable[str]) -> str:
    return f"{did_you_mean(name, keys)}keys are {', '.join(keys)}"


def _suggest_key(name: str, expected: Mapping[str, str], registry: Registry) -> str:
    parameters = {parameter: f"parameters.{parameter}" for parameter in registry.model_fields}
    close = closest(name, [*expected, *parameters])
    hint = f"did you mean {parameters.get(close, close)}? " if close else ""
    return f"{hint}keys are {', '.join(expected)}; a scenario names no other file"
