"""What is wrong with an input: one line per problem, with file, key, value and what would be valid."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

from comity.parameters import SUM_TO_ONE, Parameters, Registry, describe
from comity.policy.policy import Policy
from comity.policy.regimes import Regime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

T = TypeVar("T")
R = TypeVar("R")

LONGEST: Final = 60
"""Characters of a value that a message repeats."""

LONGEST_PHRASE: Final = 300
"""Characters of the name of a file, and of what is wrong, which may repeat the value."""

CHOICE: Final = "not one of these"
"""What is wrong where a key takes some words only."""

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


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input."""

    file: str
    key: str
    value: str
    wrong: str
    expected: str

    def __str__(self) -> str:
        file, wrong = _short(self.file, LONGEST_PHRASE), _short(self.wrong, LONGEST_PHRASE)
        text = f"{file}: {_short(self.key)} = {self.value}: {wrong}; valid: {self.expected}"
        return text if text.isprintable() else text.encode("unicode_escape").decode()


def _short(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


class ObjectionsError(ValueError):
    """Several things that are wrong with the value of one key: where within it, what is there, and why not."""

    def __init__(self, found: Sequence[tuple[str, object, str]]) -> None:
        self.found = tuple(found)
        super().__init__(self.found)


class ScenarioError(ValueError):
    """An input that cannot be used, with everything that is wrong with it.

    Attributes:
        problems: every `Problem`: file, key, value, what is wrong and what would be valid; as text, one a line.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    def placed(self, where: Callable[[str], str]) -> ScenarioError:
        """Return the same problems, each in the file that ``where`` names for its key."""
        return ScenarioError(replace(problem, file=where(problem.key)) for problem in self.problems)


def collect(problems: list[Problem], read: Callable[[T], R], what: T) -> R | None:
    """Return what is read, or None after noting what is wrong with it."""
    try:
        return read(what)
    except ScenarioError as error:
        problems.extend(error.problems)
        return None


def refuse(checked: Iterable[tuple[str, object, str]]) -> None:
    """Raise an `ObjectionsError` over the keys and values that have a reason against them, if there are any."""
    if found := [objection for objection in checked if objection[2]]:
        raise ObjectionsError(found)


def closest(name: str, candidates: Iterable[str], likeness: float = 0.5) -> str | None:
    """Return the candidate that looks most like ``name``, whatever its case, or None."""
    folded = {candidate.casefold(): candidate for candidate in candidates}
    found = difflib.get_close_matches(name[:LONGEST].casefold(), folded, n=1, cutoff=likeness)
    return folded[found[0]] if found else None


def shown(value: object) -> str:
    """Return a value as a message repeats it: on one line, not too long, whatever it is."""
    if value is None:
        return "(none)"
    try:
        text = value.isoformat() if isinstance(value, date) else repr(value)
    except (ValueError, RecursionError):  # numbers of thousands of digits, tables in tables in tables
        text = f"({type(value).__name__})"
    return _short(text)


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
    if not isinstance(cause, ObjectionsError):
        yield _with_own_hint(problem)
        return
    for key, value, wrong in cause.found:
        yield _with_own_hint(replace(problem, key=key, value=shown(value), wrong=wrong))


def _with_own_hint(problem: Problem) -> Problem:
    """Take what would be valid from the explanation, where it says that better than we can."""
    wrong, *hint = re.split(r"[;,]? ?valid(?: are|:) ", problem.wrong, maxsplit=1)
    return replace(problem, wrong=wrong or "not valid", expected=hint[0] if hint else problem.expected)


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
    return Problem(
        "scenario",
        _key(path),
        shown(value),
        _phrase(detail, value),
        words or _valid(path, expected, registry),
    )


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
    close = closest(name, registry.model_fields)
    hint = f"did you mean {close}? " if close else ""
    return f"{hint}'comity show parameters' lists them"


def _suggest(name: str, keys: Iterable[str]) -> str:
    close = closest(name, keys)
    return f"did you mean {close}? " * bool(close) + f"keys are {', '.join(keys)}"


def _suggest_key(name: str, expected: Mapping[str, str], registry: Registry) -> str:
    close = closest(name, expected, 0.6)
    parameter = None if close else closest(name, registry.model_fields, 0.85)
    hint = close or (f"parameters.{parameter}" if parameter else "")
    keys = f"keys are {', '.join(expected)}; a scenario names no other file"
    return f"did you mean {hint}? {keys}" if hint else keys


OUT_OF_MEMORY: Final = (
    "out of memory; valid: a larger scale, a smaller place, fewer --workers, or a machine with more memory"
)


def starved(error: Exception) -> bool:
    """Return whether memory gave out, which libraries say in several ways when they are loaded or start threads."""
    signs = ("failed to map segment", "cannot allocate memory", "can't start new thread")
    texts = (str(error).lower(), str(error.__cause__ or error.__context__).lower())
    return isinstance(error, MemoryError) or any(sign in text for sign in signs for text in texts)
