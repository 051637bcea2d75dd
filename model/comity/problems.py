"""What is wrong with an input: one line per problem, with file, key, value and what would be valid."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
R = TypeVar("R")

LONGEST: Final = 60
"""Characters of a value that a message repeats."""

LIKENESS: Final = 0.6
"""How much of two names has to agree for one to be suggested for the other, 0 to 1, as `difflib` counts it."""

LONGEST_PHRASE: Final = 300
"""Characters of the name of a file, and of what is wrong, which may repeat the value."""

CHOICE: Final = "not one of these"
"""What is wrong where a key takes some words only."""


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


@dataclass(frozen=True)
class Objection:
    """Why a value is refused, and what would be valid; where that is empty, what its key expects."""

    wrong: str
    valid: str = ""


class InputError(ValueError):
    """An input that cannot be used, with everything that is wrong with it: the base of all such errors.

    Attributes:
        problems: every `Problem`: file, key, value, what is wrong and what would be valid; as text, one a line.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    def placed(self, where: Callable[[str], str]) -> InputError:
        """Return the same problems, each in the file that ``where`` names for its key."""
        return InputError(replace(problem, file=where(problem.key)) for problem in self.problems)


class RefusedError(InputError):
    """A value that is refused by who does not know the file that it came from; whoever does says where it stands.

    Args:
        wrong: what is wrong with it.
        valid: what would be valid; where that is empty, what its key expects.
        key: what it is, as a scenario would call it.
        value: the value.
    """

    def __init__(self, wrong: str, valid: str = "", key: str = "value", value: object = None) -> None:
        self.objection = Objection(wrong, valid)
        super().__init__([Problem("argument", key, shown(value), wrong, valid)])
        self.args = (wrong, valid, key, value)

    def __str__(self) -> str:
        return (
            f"{self.objection.wrong}; valid: {self.objection.valid}"
            if self.objection.valid
            else self.objection.wrong
        )


def collect(problems: list[Problem], read: Callable[[T], R], what: T) -> R | None:
    """Return what is read, or None after noting what is wrong with it."""
    try:
        return read(what)
    except InputError as error:
        problems.extend(error.problems)
        return None


def refuse(checked: Iterable[tuple[str, object, Objection | None]], file: str = "") -> None:
    """Raise an `InputError` over the keys and values that have an objection against them, if there are any."""
    problems = [
        Problem(file, key, shown(value), found.wrong, found.valid) for key, value, found in checked if found
    ]
    if problems:
        raise InputError(problems)


def objection(read: Callable[..., object], *arguments: object) -> Objection | None:
    """Return why a function refuses its arguments, or None."""
    try:
        read(*arguments)
    except InputError as error:
        first = error.problems[0]
        return Objection(first.wrong, first.expected)
    return None


def closest(name: object, candidates: Iterable[str]) -> str | None:
    """Return the candidate that looks most like ``name``, whatever its case, or None where none looks like it."""
    folded = {candidate.casefold(): candidate for candidate in candidates}
    found = difflib.get_close_matches(str(name)[:LONGEST].casefold(), folded, n=1, cutoff=LIKENESS)
    return folded[found[0]] if found else None


def did_you_mean(name: object, candidates: Iterable[str]) -> str:
    """Return ``did you mean ...? `` with the candidate that looks most like ``name``, or an empty text."""
    close = closest(name, candidates)
    return f"did you mean {close}? " if close else ""


def one_of(name: object, candidates: Iterable[str]) -> str:
    """Return what would be valid in the place of ``name``: the candidates, the likeliest first."""
    known = list(candidates)
    return f"{did_you_mean(name, known)}{', '.join(known)}"


def shown(value: object) -> str:
    """Return a value as a message repeats it: on one line, not too long, whatever it is."""
    if value is None:
        return "(none)"
    try:
        text = value.isoformat() if isinstance(value, date) else repr(value)
    except (ValueError, RecursionError):  # numbers of thousands of digits, tables in tables in tables
        text = f"({type(value).__name__})"
    return _short(text)


OUT_OF_MEMORY: Final = (
    "out of memory; valid: a larger scale, a smaller place, fewer --workers, or a machine with more memory"
)


def starved(error: Exception) -> bool:
    """Return whether memory gave out, which libraries say in several ways when they are loaded or start threads."""
    signs = ("failed to map segment", "cannot allocate memory", "can't start new thread")
    texts = (str(error).lower(), str(error.__cause__ or error.__context__).lower())
    return isinstance(error, MemoryError) or any(sign in text for sign in signs for text in texts)
