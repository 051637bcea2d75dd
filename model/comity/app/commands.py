"""What a page may ask for: every command with its keys, read as input that may be anything."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comity.app.lessons import LESSONS
from comity.app.series import COLUMNS
from comity.explain import explain
from comity.problems import InputError, Problem, shown

PAGE: Final = "page"
"""What a problem of a message names as its file."""

Whole = Annotated[int, Field(ge=0, lt=2**63)]


class _Command(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _Open(_Command):
    state: Any = None  # `comity.app.view.read_view` says what is wrong with it
    epoch: Whole = 0
    play: bool = False
    look: bool = False


class _Step(_Command):
    by: Literal["day", "week", "month"]


class _Speed(_Command):
    speed: Literal["1", "7", "30", "100", "max"]


class _Colour(_Command):
    colour: Literal["trust", "risk", "happened"]


class _Ack(_Command):
    frame: Whole


class _Story(_Command):
    resident: Whole | None = None


class _Lesson(_Command):
    lesson: Annotated[int, Field(ge=1, le=len(LESSONS))]


class _Seeds(_Command):
    seeds: Whole


class _Overview(_Command):
    seeds: Whole
    asked: Whole


class _Why(_Overview):
    day: Whole = 0
    column: Annotated[int, Field(ge=0, lt=len(COLUMNS))] = 0
    before: Any = None  # as the state of `open`


KINDS: Final[dict[str, type[_Command]]] = {
    "open": _Open,
    "play": _Command,
    "pause": _Command,
    "step": _Step,
    "speed": _Speed,
    "colour": _Colour,
    "ack": _Ack,
    "story": _Story,
    "download": _Command,  # what it asks for, and what an upload brings, is checked where it is read
    "upload": _Command,
    "lesson": _Lesson,
    "seeds": _Seeds,
    "overview": _Overview,
    "why": _Why,
}

_EXPECTED: Final = {
    "by": "day, week or month",
    "speed": "1, 7, 30, 100 or max",
    "colour": "trust, risk or happened",
    "lesson": f"a whole number from 1 to {len(LESSONS)}",
    "column": f"a whole number from 0 to {len(COLUMNS) - 1}",
    "play": "true or false",
    "look": "true or false",
} | dict.fromkeys(("epoch", "frame", "resident", "seeds", "asked", "day"), "a whole number, 0 or more")


def check(command: dict[str, Any]) -> None:
    """Check a command of a page; keys that nobody reads are left alone.

    Raises:
        InputError: with everything that is wrong with it.
    """
    kind = KINDS.get(str(command.get("type")))
    if kind is None:
        wrong = Problem(PAGE, "type", shown(command.get("type")), "unknown command", ", ".join(KINDS))
        raise InputError([wrong])
    try:
        kind.model_validate(command)
    except ValidationError as error:
        raise InputError(explain(error, command, _EXPECTED)).placed(lambda _: PAGE) from None
