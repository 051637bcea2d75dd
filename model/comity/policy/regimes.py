"""Regimes: who cuts the pipeline, where, from when to when.

A regime is a composition of dated policies. The built-in ones stand in ``regimes.toml``, and what really happened
in ``historical.toml``; users add their own in the same form, as ``[regimes.<id>]`` of a scenario file. What a regime
comes to under the law of each day is worked out in `comity.policy.law`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError, field_validator

from comity.policy.law import Law, Timeline, settle
from comity.policy.levers import ANYWHERE, STATES
from comity.policy.policy import FIRST_DAY, FROZEN, LAST_DAY, Policy
from comity.problems import CHOICE, InputError, Objection, Problem, RefusedError, one_of, shown

if TYPE_CHECKING:
    import pandas as pd
    from pydantic_core import ErrorDetails

    from comity.parameters import Parameters


class UnknownRegimeError(RefusedError):
    """A name that is no regime, or a shift to what is no day of the data."""


class OverlapError(RefusedError):
    """Two values of one lever by one decider, at the same time and place."""


class Regime(BaseModel):
    """A composition of policies, with a name and a sentence for readers.

    Attributes:
        name: by which scenarios and commands ask for it.
        title: a few words, for headings.
        explains: what it does, in a sentence.
        history: where there was one like it.
        policies: at least one, in any order.
    """

    model_config = FROZEN

    name: str
    title: str = "A custom regime"
    explains: str = ""
    history: str = ""
    policies: tuple[Policy, ...]

    @field_validator("policies")
    @classmethod
    def _some(cls, value: tuple[Policy, ...]) -> tuple[Policy, ...]:
        if not value:
            raise RefusedError("no policy", "at least one, as [[regimes.<id>.policies]]")
        return value

    def shifted(self, start: date) -> Regime:
        """Return the regime with every date moved so that its first policy starts on ``start``."""
        by = start - min(policy.start for policy in self.policies)
        moved = [_moved(policy, by) for policy in self.policies]
        return self.model_copy(update={"policies": tuple(moved), "name": f"{self.name}@{start}"})


def _moved(policy: Policy, by: timedelta) -> Policy:
    until = policy.until and _later(policy.until, by)
    return policy.model_copy(update={"start": _later(policy.start, by), "until": until})


def _later(day: date, by: timedelta) -> date:
    """Return a day moved; one that was moved beyond the calendar is the last that it has."""
    return day + min(by, date.max - day)


@cache
def _document(name: str = "regimes.toml") -> dict[str, Any]:
    return tomllib.loads(files("comity.policy").joinpath(name).read_text(encoding="utf-8"))


@cache
def base() -> tuple[Policy, ...]:
    """Return the federal calendar that is in force under every regime."""
    return tuple(Policy(**entry) for entry in _document()["base"])


@cache
def laws() -> tuple[Law, ...]:
    """Return the windows in which deciders may pull levers."""
    return tuple(Law(**entry) for entry in _document()["law"])


@cache
def catalogue() -> dict[str, Regime]:
    """Return the built-in regimes by name, in the order of their file; the mapping is shared and must not be changed."""
    return read_custom(_document()["regimes"] | _document("historical.toml")["regimes"])


def read_custom(table: Mapping[str, Any]) -> dict[str, Regime]:
    """Read ``[regimes.<id>]`` tables.

    Raises:
        InputError: with every problem.
    """
    found: dict[str, Regime] = {}
    problems: list[Problem] = []
    for name, entry in table.items():
        if "name" in _as_dict(entry) or not name.isidentifier():
            valid = "letters, digits and '_', no key 'name'"
            problems.append(_problem(name, (), entry, Objection("a regime is named by its table", valid)))
            continue
        try:
            found[name] = Regime(**{**_as_dict(entry), "name": name})
        except ValidationError as error:
            problems += [
                _problem(name, detail["loc"], detail["input"], _explained(detail))
                for detail in error.errors()
            ]
    for name, regime in found.items():
        try:
            _refuse_overlaps(regime.policies)
        except OverlapError as error:
            problems.append(_problem(name, (), name, error.objection))
    if problems:
        raise InputError(problems)
    return found


def _as_dict(entry: object) -> dict[str, Any]:
    return dict(entry) if isinstance(entry, Mapping) else {"policies": entry}


def _problem(name: str, within: Sequence[int | str], value: object, found: Objection) -> Problem:
    key = ".".join(map(str, ("regimes", name, *within)))
    valid = found.valid or "policies, each with decider, lever, value and start"
    return Problem("argument", key, shown(value), found.wrong, valid)


def _explained(detail: ErrorDetails) -> Objection:
    """Return one problem of a custom regime in words."""
    cause = detail.get("ctx", {}).get("error")
    if detail["type"] == "extra_forbidden":
        known = [*(Policy if "policies" in detail["loc"] else Regime).model_fields]
        return Objection("unknown key", one_of(detail["loc"][-1], (key for key in known if key != "name")))
    if isinstance(cause, RefusedError):
        return cause.objection
    words = detail.get("ctx", {}).get("expected")  # of a choice among words
    return Objection(CHOICE, words) if words else Objection(detail["msg"])


def compose(spec: str | Sequence[str], custom: Mapping[str, Regime] | None = None) -> Regime:
    """Return the composition of regimes that a specification names.

    Args:
        spec: names joined by '+'; ``name@2010-06-08`` moves a regime's dates so that it starts on that day.
        custom: regimes of a scenario, which come before the built-in ones.

    Raises:
        UnknownRegimeError: with the closest valid name.
        OverlapError: if policies of one decider set one lever to two values at the same time and place.
    """
    parts = [part.strip() for part in (spec.split("+") if isinstance(spec, str) else spec)]
    known = {**catalogue(), **(custom or {})}
    regimes = [_find(part, known) for part in parts]
    policies = tuple(dict.fromkeys(policy for regime in regimes for policy in regime.policies))
    _refuse_overlaps(policies)
    if len(regimes) == 1:
        return regimes[0]
    texts = {key: " ".join(getattr(r, key) for r in regimes) for key in ("explains", "history")}
    title = "; ".join(regime.title for regime in regimes)
    return Regime(name="+".join(parts), title=title, policies=policies, **texts)


def _find(part: str, known: Mapping[str, Regime]) -> Regime:
    """Return the regime that one part of a specification names, moved to the day it gives."""
    name, at, day = part.partition("@")
    if name not in known:
        raise UnknownRegimeError(f"unknown regime {name!r}", one_of(name, known), "regime", part)
    if not at:
        return known[name]
    return known[name].shifted(_start(part, day))


def _start(part: str, text: str) -> date:
    """Return the day to which a specification moves a regime."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        wrong, valid = f"{text!r} is no day", "a day such as 2010-06-08 after '@'"
        raise UnknownRegimeError(wrong, valid, "regime", part) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        valid = f"a day from {FIRST_DAY} to {LAST_DAY}"
        raise UnknownRegimeError(f"{part!r}: outside the data", valid, "regime", part)
    return day


def _refuse_overlaps(policies: Sequence[Policy]) -> None:
    """Refuse two values of one lever by one decider at the same time and place."""
    for n, first in enumerate(policies):
        for second in policies[n + 1 :]:
            if _contradict(first, second):
                wrong = f"overlapping policies of one decider: {first.describe()}; {second.describe()}"
                valid = "dates that do not overlap, or different places"
                raise OverlapError(wrong, valid, "regime", f"{first.lever} of {first.decider}")


def _contradict(first: Policy, second: Policy) -> bool:
    """Return whether one decider sets one lever to two values at the same time and place."""
    same = (first.decider, first.lever) == (second.decider, second.lever)
    return same and first.value != second.value and _meet(first, second)


def _meet(first: Policy, second: Policy) -> bool:
    """Return whether two policies share a day and a place."""
    apart = (first.until or date.max) <= second.start or (second.until or date.max) <= first.start
    return not apart and any(_touch(a, b) for a in first.where for b in second.where)


def _touch(a: str, b: str) -> bool:
    """Return whether two names of places may have a county in common."""
    if a in ANYWHERE or b in ANYWHERE or a == b:
        return True
    return STATES.get(a[:2]) == b or STATES.get(b[:2]) == a


def timeline(
    regime: Regime,
    counties: pd.DataFrame,
    parameters: Parameters,
    start: date,
    end: date,
    local: Sequence[Policy] = (),
) -> Timeline:
    """Return what a regime comes to in every county, day by day, and what was attempted.

    Args:
        regime: the composition.
        counties: indexed by FIPS code, with columns ``state`` and ``activation``.
        parameters: the registry, for `interviewed`, `mandate`, how long news lasts, and what people believe.
        start: first day of the scenario.
        end: last day.
        local: policies in force under every regime, such as imported agreements; they join those of the regime.

    Returns:
        Changes sorted by day and county (everything valid on day 0 stands in rows of day 0), and attempts.
    """
    asked = tuple(dict.fromkeys((*regime.policies, *local)))
    return settle(base(), asked, laws(), counties, parameters, start, end)
