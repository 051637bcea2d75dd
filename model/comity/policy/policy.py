"""A policy: one decider's hand on one lever between two dates."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationInfo, field_validator

from comity.policy.levers import ANYWHERE, LEVERS, STATES, Decider, Relief, Value, checked_value
from comity.problems import RefusedError, one_of

FIRST_DAY: Final = date(2005, 1, 1)
LAST_DAY: Final = date(2020, 12, 31)
"""The days for which the calendar of policies and the tables of places hold."""

_WHERE: Final = "'place', which is that of the scenario, 'US', states and counties such as 'California' and 'Cook County, IL'"

FROZEN: Final = ConfigDict(frozen=True, extra="forbid")
"""What every model of policies and regimes is: constant, and with known keys only."""


def _area(name: object) -> tuple[str, ...]:
    """Return a place as policies keep it."""
    if isinstance(name, str) and (name in ANYWHERE or name in _plain_names()):
        return (name,)
    from comity.world import places  # noqa: PLC0415 - the built-in regimes do without pandas

    text = places.spelt(name)
    if not isinstance(text, str):
        raise RefusedError("not the name of a place", _WHERE)
    try:
        return places.area(text)
    except places.UnknownPlaceError as error:
        raise RefusedError(
            error.objection.wrong, f"{error.objection.valid}, or 'place', that of the scenario"
        ) from None


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

    model_config = FROZEN

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
            raise RefusedError("unknown lever", one_of(value, LEVERS))
        decider = info.data.get("decider")
        if decider is not None and decider not in LEVERS[value].deciders:
            deciders = " or ".join(LEVERS[value].deciders)
            raise RefusedError(f"{value} is moved by {deciders}, not by {decider}", f"decider = {deciders}")
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
            raise RefusedError("not a day", "a day such as 2011-06-01")
        if info.field_name == "start" and value is not None and value > LAST_DAY:
            raise RefusedError("outside the data", f"a day up to {LAST_DAY}")
        return value

    @field_validator("until")
    @classmethod
    def _until(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is not None and value <= info.data.get("start", date.min):
            raise RefusedError("not after start", f"a day after start = {info.data['start']}")
        return value

    @field_validator("where", mode="before")
    @classmethod
    def _where(cls, value: object) -> tuple[str, ...]:
        """Resolve what is named as `comity.world.places` does, so that a place has one form however it is spelt."""
        if not isinstance(value, list | tuple):
            return _area(value)
        if not value:
            raise RefusedError("nowhere", _WHERE)
        return tuple(dict.fromkeys(name for part in _AREAS.validate_python(value) for name in part))

    def describe(self) -> str:
        """Return the policy in one line."""
        where = ", ".join(self.where)
        return f"{self.decider} {self.lever} = {self.value} from {self.start} until {self.until or 'the end'} ({where})"
