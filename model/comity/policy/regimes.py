"""Regimes: who cuts the pipeline, where, from when to when.

A regime is a composition of dated policies. The built-in ones stand in ``regimes.toml``, and what really happened
in ``historical.toml``; users add their own in the same form, as ``[regimes.<id>]`` of a scenario file. What a regime
comes to under the law of each day is worked out in `comity.policy.law`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from comity.policy.law import Law, Timeline, settle
from comity.policy.levers import ANYWHERE, LEVERS, STATES, Decider, Relief, Value, checked_value, closest

if TYPE_CHECKING:
    import pandas as pd

    from comity.parameters import Parameters

FIRST_DAY: Final = date(2005, 1, 1)
LAST_DAY: Final = date(2020, 12, 31)
"""The days for which the calendar of policies and the tables of places hold."""

_WHERE: Final = "'place', which is that of the scenario, 'US', states and counties such as 'California' and 'Cook County, IL'"

_FROZEN: Final = ConfigDict(frozen=True, extra="forbid")


class UnknownRegimeError(ValueError):
    """A name that is no regime, or a shift to what is no day of the data."""


class OverlapError(ValueError):
    """Two policies of one decider on the same lever, at the same time and place."""


def _area(name: object) -> tuple[str, ...]:
    """Return a place as policies keep it."""
    if isinstance(name, str) and (name in ANYWHERE or name in _plain_names()):
        return (name,)
    from comity.world import places  # noqa: PLC0415 - the built-in regimes do without pandas

    text = places.spelt(name)
    if not isinstance(text, str):
        raise ValueError(f"not the name of a place; valid: {_WHERE}")  # noqa: TRY004 - pydantic collects ValueError only
    try:
        return places.area(text)
    except places.UnknownPlaceError as error:
        raise ValueError(f"{error}; valid: {_WHERE}") from None


@cache
def _plain_names() -> frozenset[str]:
    """Return the codes of all counties and the abbreviations of all states with several."""
    with files("comity.world").joinpath("data", "counties_2010.csv").open(encoding="utf-8") as lines:
        return frozenset(line[:5] for line in lines).union(STATES.values()) - {"DC"}


_AREAS: Final = TypeAdapter(tuple[Annotated[Any, AfterValidator(_area)], ...])


class Policy(BaseModel):
    """One decider's hand on one lever between two dates.

    Attributes:
        decider: who decides.
        lever: key of `comity.policy.levers.LEVERS`.
        value: what the lever is set to.
        start: first day.
        until: first day after, or None.
        where: 'place' (every county of the scenario), or names and codes of places as `comity.world.places.resolve` reads
            them; kept as 'US', postal abbreviations of states, and FIPS codes.
        basis: legal basis, in a sentence.
        source: citation.
        believed: which kind of relief residents see in it, if not the one that its lever declares.
    """

    model_config = _FROZEN

    decider: Decider
    lever: str
    value: Any
    start: date
    until: date | None = None
    where: tuple[str, ...] = ("place",)
    basis: str = "a custom policy"
    source: str = "assume"
    believed: Relief | None = None

    @property
    def relief(self) -> Relief:
        """Which kind of relief residents see in the policy where it is honoured; none in what restricts nothing."""
        lever = LEVERS[self.lever]
        return (self.believed or lever.relief) if lever.restricts(self.value) else "none"

    @field_validator("lever")
    @classmethod
    def _lever(cls, value: str, info: ValidationInfo) -> str:
        if value not in LEVERS:
            raise ValueError(f"valid: {', '.join(LEVERS)}{closest(value, LEVERS)}")
        decider = info.data.get("decider")
        if decider is not None and decider not in LEVERS[value].deciders:
            deciders = " or ".join(LEVERS[value].deciders)
            raise ValueError(f"{value} is moved by {deciders}, not by {decider}; valid: decider = {deciders}")
        return value

    @field_validator("value")
    @classmethod
    def _value(cls, value: Any, info: ValidationInfo) -> Value:
        return checked_value(LEVERS[info.data["lever"]], value) if "lever" in info.data else value

    @field_validator("start", "until", mode="before")
    @classmethod
    def _day(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, str):
            with suppress(ValueError):
                value = date.fromisoformat(value)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise ValueError("not a day; valid: a day such as 2011-06-01")
        if info.field_name == "start" and value is not None and value > LAST_DAY:
            raise ValueError(f"outside the data; valid: a day up to {LAST_DAY}")
        return value

    @field_validator("until")
    @classmethod
    def _until(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is not None and value <= info.data.get("start", date.min):
            raise ValueError(f"not after start; valid: a day after start = {info.data['start']}")
        return value

    @field_validator("where", mode="before")
    @classmethod
    def _where(cls, value: object) -> tuple[str, ...]:
        """Resolve what is named as `comity.world.places` does, so that a place has one form however it is spelt."""
        if not isinstance(value, list | tuple):
            return _area(value)
        if not value:
            raise ValueError(f"nowhere; valid: {_WHERE}")
        return tuple(dict.fromkeys(name for part in _AREAS.validate_python(value) for name in part))

    def describe(self) -> str:
        """Return the policy in one line."""
        where = ", ".join(self.where)
        return f"{self.decider} {self.lever} = {self.value} from {self.start} until {self.until or 'the end'} ({where})"


class Regime(BaseModel):
    """A composition of policies, with a name and a sentence for readers."""

    model_config = _FROZEN

    name: str
    title: str = "A custom regime"
    explains: str = ""
    history: str = ""
    policies: tuple[Policy, ...]

    @field_validator("policies")
    @classmethod
    def _some(cls, value: tuple[Policy, ...]) -> tuple[Policy, ...]:
        if not value:
            raise ValueError("no policy; valid: at least one, as [[regimes.<id>.policies]]")
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
    """Return the built-in regimes by name."""
    return read_custom(_document()["regimes"] | _document("historical.toml")["regimes"])


def read_custom(table: Mapping[str, Any]) -> dict[str, Regime]:
    """Read ``[regimes.<id>]`` tables.

    Raises:
        ValueError: one line per problem, with its key, the offending value and what would be valid.
    """
    found: dict[str, Regime] = {}
    problems: list[str] = []
    for name, entry in table.items():
        if "name" in _as_dict(entry) or not name.isidentifier():
            problems.append(
                f"regimes.{name}: a regime is named by its table; valid: letters, digits and '_', no key 'name'"
            )
            continue
        try:
            found[name] = Regime(**{**_as_dict(entry), "name": name})
        except ValidationError as error:
            problems += [_problem(name, dict(detail)) for detail in error.errors()]
    for name, regime in found.items():
        try:
            _refuse_overlaps(regime.policies)
        except OverlapError as error:
            problems.append(f"regimes.{name}: {error}")
    if problems:
        raise ValueError("\n".join(problems))
    return found


def _as_dict(entry: object) -> dict[str, Any]:
    return dict(entry) if isinstance(entry, Mapping) else {"policies": entry}


def _problem(name: str, detail: dict[str, Any]) -> str:
    """Return one problem of a custom regime in words."""
    path = ".".join(map(str, (name, *detail["loc"])))
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        known = [*(Policy if "policies" in detail["loc"] else Regime).model_fields]
        known = [key for key in known if key != "name"]
        message = f"unknown key{closest(detail['loc'][-1], known)}; valid: {', '.join(known)}"
    return f"regimes.{path} = {str(detail.get('input'))[:60]}: {message}"


def compose(spec: str | Sequence[str], custom: Mapping[str, Regime] | None = None) -> Regime:
    """Return the composition of regimes that a specification names.

    Args:
        spec: names joined by '+'; ``name@2010-06-08`` moves a regime's dates so that it starts on that day.
        custom: regimes of a scenario, which come before the built-in ones.

    Raises:
        UnknownRegimeError: with the closest valid name.
        OverlapError: if two policies of one decider on one lever overlap.
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
        raise UnknownRegimeError(f"unknown regime {name!r}{closest(name, known)}; valid: {', '.join(known)}")
    if not at:
        return known[name]
    return known[name].shifted(_start(part, day))


def _start(part: str, text: str) -> date:
    """Return the day to which a specification moves a regime."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UnknownRegimeError(
            f"{part!r}: after '@' comes a day such as 2010-06-08, not {text!r}"
        ) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise UnknownRegimeError(f"{part!r}: outside the data; valid: a day from {FIRST_DAY} to {LAST_DAY}")
    return day


def _refuse_overlaps(policies: Sequence[Policy]) -> None:
    """Refuse two policies of one decider on one lever that meet in time and place."""
    for n, first in enumerate(policies):
        for second in policies[n + 1 :]:
            if _contradict(first, second):
                raise OverlapError(
                    f"overlapping policies of one decider: {first.describe()}; {second.describe()}; "
                    "valid: dates that do not overlap, or different places"
                )


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
