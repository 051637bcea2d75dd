"""The answers of a class as a file: what students answered, by seat, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION: Final = 1
"""Of the form of the file; it changes when a key changes its meaning or goes."""

COLUMNS: Final = ("seat", "lesson", "question", "guess", "answer", "right", "hints")

_Text = Annotated[str, Field(max_length=2000)]
_Given = bool | int | float | _Text | Annotated[list[float], Field(max_length=500)] | None


class Answer(BaseModel):
    """What one student answered to one question."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="forbid")

    lesson: Annotated[str, Field(max_length=60)]
    question: Annotated[str, Field(max_length=60)]
    guess: _Given = None
    answer: _Given = None
    right: bool | None = None
    hints: Annotated[int, Field(ge=0, le=100)] = 0


MOST: Final = 200
"""Answers of one student, as `answers.js` has them; docs/browser.md describes the form."""

Answers = Annotated[list[Answer], Field(max_length=MOST)]


def as_json(seats: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the answers of all seats with the version of this form, in the types that JSON has."""
    kept = [{"seat": seat["seat"], "answers": seat["answers"]} for seat in seats if seat["answers"]]
    return {"form": "comity-class", "version": VERSION, "seats": kept}


def as_csv(seats: Iterable[dict[str, Any]]) -> str:
    """Return the answers of all seats, a row each, with `COLUMNS` in the first."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for seat in seats:
        for answer in seat["answers"]:
            rows.writerow([seat["seat"], *(_cell(answer[key]) for key in COLUMNS[1:])])
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Return a value for a spreadsheet, which must not take a student's text for a formula."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    risky = isinstance(value, str) and value.lstrip()[:1] in {"=", "+", "-", "@"}
    return f"'{value}" if risky else value
