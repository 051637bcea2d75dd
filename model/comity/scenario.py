"""A scenario: which place, which days, which regime, which hypotheses and which parameters.

A scenario comes from a TOML file, from a built-in name or from keyword arguments, and is checked as a whole:
every problem is reported at once, each with its file, key, value and what would be valid. A scenario file is
data: nothing in it is executed and it cannot name another file; imported tables are named by their checksums.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import tomli_w
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
)

from comity import extensions, hypotheses, notebook
from comity.explain import explain
from comity.parameters import Parameters, Registry
from comity.policy import regimes
from comity.policy.policy import FIRST_DAY, LAST_DAY
from comity.problems import (
    InputError,
    Objection,
    Problem,
    RefusedError,
    did_you_mean,
    objection,
    refuse,
    shown,
)
from comity.reading import COMMAND_LINE, assignments, read
from comity.world import imported_tables, names, places

if TYPE_CHECKING:
    from comity.extensions import Extension

MOST_AGENTS: Final = 400_000_000
DEFAULT: Final = "san-francisco"
"""The built-in scenario that is meant where none is named: the founding case."""

_EXPECTED: Final = {
    "place": names.ANY_PLACE,
    "start": f"a day such as 2009-01-01, from {FIRST_DAY} to {LAST_DAY}",
    "end": f"a day after start and not after {LAST_DAY}, the last one that is lived",
    "scale": f"a number, 1 or more: persons per agent, for 1 to {MOST_AGENTS:,} agents",
    "seed": "a whole number from 0 to 9223372036854775807",
    "regimes": "tables [regimes.<id>] with policies, each with decider, lever, value and start",
    "regime": "regimes of 'comity show regimes' or of [regimes.<id>]",
    "compare": "a list of regimes of 'comity show regimes' or of [regimes.<id>]",
    "extensions": "a list of installed extensions, see 'comity show extensions'",
    "hypotheses": "hypotheses of 'comity show hypotheses', joined by '+'",
    "data": "a table of imported data by checksum, see 'comity data show'",
    "parameters": "a table of parameters, see 'comity show parameters'",
}
FEW: Final = 6
"""Places of a long list that are shown."""

_REGIMES: Final = TypeAdapter(dict[str, regimes.Regime])


class Scenario(BaseModel):
    """Everything that a run depends on, checked and frozen.

    Attributes:
        place: A county, a state, the country or several of these; see `comity.world.places.resolve`.
        start: First day of the run.
        end: Last day of the run, which is lived too.
        scale: Persons for whom one agent stands.
        seed: Seed of every draw.
        regimes: Custom regimes by id, as in ``[regimes.<id>]`` of a file; see `comity.policy.regimes.read_custom`.
        regime: Which regime applies, as `comity.policy.regimes.compose` reads it.
        compare: Regimes that ``comity compare`` sets side by side.
        extensions: Names of extensions that add to the model, see `comity.extensions`; objects are taken by their names.
        hypotheses: Which mechanisms are on, for example ``"H2+H4"``; by default those of extensions, too.
        data: Which imported tables are used, by kind and checksum; see `comity.world.imported_tables`.
        parameters: The values of the registry.

    Raises:
        InputError: With every problem that was found.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, strict=True, validate_default=True
    )

    place: str | tuple[str, ...]
    start: date = date(2009, 1, 1)
    end: date = date(2011, 12, 31)
    scale: float = Field(default=1.0, ge=1.0)
    seed: int = Field(default=1, ge=0, lt=2**63)
    regimes: dict[str, Any] = Field(default_factory=dict)
    regime: str = "mandatory"
    compare: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    hypotheses: str = hypotheses.DEFAULT
    data: dict[str, str] = Field(default_factory=dict)
    parameters: SerializeAsAny[Parameters] = Field(default_factory=Parameters)

    def __init__(self, /, **keys: Any) -> None:
        keys.setdefault("hypotheses", hypotheses.default(extensions.usable(keys.get("extensions"))))
        try:
            super().__init__(**{key: _plain(value) for key, value in keys.items()})
        except ValidationError as error:
            found = explain(error, keys, _EXPECTED, _registry(keys))
            hidden = _unknown_regimes(keys) if any(p.key.startswith("regimes") for p in found) else []
            raise InputError([*found, *hidden]) from None

    @field_validator("place", mode="before")
    @classmethod
    def _place(cls, value: object) -> object:
        parts = tuple(map(places.spelt, value)) if isinstance(value, tuple) else (places.spelt(value),)
        if not all(isinstance(part, str) for part in parts):
            raise RefusedError("wrong type")
        _population(parts)
        return parts if isinstance(value, tuple) else parts[0]

    @field_validator("start", "end", mode="before")
    @classmethod
    def _day(cls, value: object, info: ValidationInfo) -> date:
        day = _as_date(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            raise RefusedError("outside the data")
        if info.field_name == "end" and day <= info.data.get("start", date.min):
            raise RefusedError(f"not after start = {info.data['start']}")
        return day

    @field_validator("scale")
    @classmethod
    def _scale(cls, value: float, info: ValidationInfo) -> float:
        if "place" in info.data:
            people = _population(_as_tuple(info.data["place"]))
            if not 1 <= people / value <= MOST_AGENTS:
                raise RefusedError(f"{people / value:.3g} agents for {people:,} residents")
        return value

    @field_validator("regimes")
    @classmethod
    def _regimes(cls, value: dict[str, Any]) -> dict[str, Any]:
        named = {
            name: {**(entry if isinstance(entry, Mapping) else {"policies": entry}), "name": name}
            for name, entry in value.items()
        }
        _REGIMES.validate_python(named)  # raises everything that is wrong, each with its place
        refuse(
            (f"regimes.{name}", entry, objection(regimes.read_custom, {name: entry}))
            for name, entry in value.items()
        )
        return value

    @field_validator("regime")
    @classmethod
    def _regime(cls, value: str, info: ValidationInfo) -> str:
        if "regimes" in info.data:
            regimes.compose(value, regimes.read_custom(info.data["regimes"]))
        return value

    @field_validator("compare")
    @classmethod
    def _compare(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if "regimes" in info.data:
            custom = regimes.read_custom(info.data["regimes"])
            refuse(
                (f"compare[{k}]", spec, objection(regimes.compose, spec, custom))
                for k, spec in enumerate(value)
            )
        return value

    @field_validator("extensions", mode="before")
    @classmethod
    def _extensions(cls, value: object) -> tuple[str, ...]:
        found = extensions.named(value)
        refuse(
            (
                f"extensions.{e.name}.parameters.{p.name}",
                p.name,
                Objection("is a key of a scenario", "another name"),
            )
            for e in extensions.of(found)
            for p in e.parameters
            if p.name in cls.model_fields
        )
        return found

    @field_validator("hypotheses")
    @classmethod
    def _hypotheses(cls, value: str, info: ValidationInfo) -> str:
        if "extensions" in info.data:
            hypotheses.parse(value, extensions.of(info.data["extensions"]))
        return value

    @field_validator("data")
    @classmethod
    def _data(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = [(f"data.{kind}", name, _unknown_data(kind)) for kind, name in value.items()]
        refuse(
            [
                *unknown,
                *(
                    (f"data.{k}", name, objection(imported_tables.resolve, {k: name}))
                    for k, name in value.items()
                ),
            ]
        )
        return imported_tables.resolve(value)

    @field_validator("parameters", mode="before")
    @classmethod
    def _parameters(cls, value: object, info: ValidationInfo) -> Parameters:
        if not isinstance(value, Mapping | Parameters):
            raise RefusedError("wrong type")
        table = {name: _plain(element) for name, element in dict(value).items()}
        known = extensions.registry(extensions.of(info.data.get("extensions", ())))
        if (
            "extensions" not in info.data
        ):  # what is wrong with them is said, and so not that their parameters are unknown
            table = {name: element for name, element in table.items() if name in known.model_fields}
        return known.model_validate(table, strict=True)  # no text or truth values for numbers

    @model_serializer(mode="wrap")
    def _brief(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out a list of no extensions: such a scenario is written, and hashed, as before there were any."""
        keys: dict[str, Any] = write(self)
        return (
            keys if self.extensions else {name: value for name, value in keys.items() if name != "extensions"}
        )

    def __hash__(self) -> int:
        return hash(self.digest())

    @property
    def added(self) -> tuple[Extension, ...]:
        """The extensions themselves, which stay those of this scenario whatever is given under their names later."""
        return type(self.parameters).extensions

    @property
    def days(self) -> int:
        """Number of days that are lived, the first and the last among them."""
        return (self.end - self.start).days + 1

    @property
    def last_period(self) -> date:
        """First day of the last recording period."""
        if period := self.parameters.recording_days:
            return self.start + timedelta(days=(self.days - 1) // period * period)
        return max(self.start, self.end.replace(day=1))  # calendar months

    @property
    def residents(self) -> int:
        """Number of people who lived in the place in 2010."""
        return _population(_as_tuple(self.place))

    @classmethod
    def of(cls, /, **keys: Any) -> Scenario:
        """Return the scenario with these keys, among which parameters may be named without their table.

        Raises:
            InputError: With every problem that was found.
        """
        routed: dict[str, Any] = {}
        for name, value in _in_order(keys.items()):
            _put(routed, name, value)
        return cls(**routed)

    @classmethod
    def load(cls, source: str | Path = DEFAULT, overrides: Sequence[str] = ()) -> Scenario:
        """Read a scenario from a built-in name or a file; see `comity.scenario.load`."""
        return load(source, overrides)

    def with_(self, /, **changes: Any) -> Scenario:
        """Return a scenario that differs in some keys or, named like keys, in some parameters.

        For example ``setup.with_(seed=2, regime="no_receive", fear_weight=0.5)``. A table of ``parameters``
        changes only those that it names.

        Raises:
            InputError: If the changed scenario is not valid.
        """
        keys = dict(self) | {"parameters": dict(self.parameters)}
        if "extensions" in changes:  # which have parameters, and hypotheses that are on by default
            known = _registry(changes).model_fields
            keys["parameters"] = {name: value for name, value in self.parameters if name in known}
            if self.hypotheses == hypotheses.default(self.added):
                del keys["hypotheses"]
        for name, value in _in_order(changes.items()):
            _put(keys, name, value)
        return Scenario(**keys)

    def as_toml(self) -> str:
        """Return the scenario, resolved, as a file that `load` reads back to an equal scenario."""
        return tomli_w.dumps(self.model_dump())

    def as_json(self) -> dict[str, Any]:
        """Return the scenario, resolved, in the types that JSON has."""
        return self.model_dump(mode="json")

    def glance(self) -> dict[str, object]:
        """Return what tells the scenario from others: its keys in brief, and parameters that depart from the registry."""
        usual = type(self.parameters)()
        places_ = _as_tuple(self.place)
        more = f" and {len(places_) - FEW:,} more" if len(places_) > FEW else ""
        return {
            "place": f"{', '.join(places_[:FEW])}{more}, {self.residents:,} residents in 2010",
            "days": f"{self.days:,}, from {self.start} to {self.end}",
            "scale": f"{self.scale:g}",
            "regime": self.regime,
            "hypotheses": self.hypotheses,
            "seed": self.seed,
            **{name: value for name, value in self.parameters if value != getattr(usual, name)},
        }

    def _repr_html_(self) -> str:
        return notebook.keys("Scenario", self.glance())

    def digest(self) -> str:
        """Return a hash over every resolved value: equal scenarios have equal digests, on any machine."""
        return digest_of(canonical(self.as_json()))


def canonical(keys: dict[str, Any]) -> str:
    """Return the one JSON text of a scenario that is there as `Scenario.as_json` gives it."""
    return json.dumps(keys, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the digest of a scenario that is there as `canonical` writes it."""
    return hashlib.sha256(text.encode()).hexdigest()


def load(source: str | Path = DEFAULT, overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario and apply changes in the form ``name=value``.

    Args:
        source: A built-in name (see `builtin`) or a TOML file.
        overrides: ``name`` is a key of a scenario or a parameter; ``value`` is a TOML value, and text that is
            not one stands for itself. Where several values belong, commas may separate them.

    Raises:
        InputError: With every problem in file and changes.
    """
    keys: dict[str, Any] = {}
    changes, problems = assignments(overrides)
    try:
        keys = read(_find(source), str(source))
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    changed = [_put(keys, name, value) for name, value in _in_order(changes)]
    try:
        scenario = Scenario(**keys)
        imported_tables.require(scenario.data)
    except InputError as error:
        raise error.placed(lambda key: COMMAND_LINE if _touches(changed, key) else str(source)) from None
    return scenario


def builtin() -> dict[str, Path]:
    """Return the built-in scenarios: name and file."""
    package = Path(__file__).parent
    shipped, checkout = package / "experiments", package.parents[1] / "experiments"
    folder = shipped if shipped.is_dir() else checkout
    return {path.parent.name: path for path in sorted(folder.glob("*/scenario.toml"))}


def _find(source: str | Path) -> Path:
    """Return the file of a built-in name, or the path itself."""
    name, known = str(source), builtin()
    if name in known:
        return known[name]
    if re.fullmatch(r"[\w-]{1,64}", name) and not Path(name).exists():
        valid = f"{did_you_mean(name, known)}built in are {', '.join(known)}; or the path of a TOML file"
        raise InputError([Problem(COMMAND_LINE, "scenario", shown(name), "unknown", valid)])
    return Path(source)


def _put(keys: dict[str, Any], name: str, value: object) -> str:
    """Set a key, or a parameter in its table, and return the full name under which it was set."""
    path = f"parameters.{name}" if name in _registry(keys).model_fields else name
    *tables, last = path.split(".")
    inner = keys
    for table in tables:
        if not isinstance(inner.setdefault(table, {}), dict):
            return path  # what the file has here is wrong and gets reported
        inner[table] = inner = dict(inner[table])
    before = inner.get(last)
    merge = path == "parameters" and isinstance(before, dict) and isinstance(value, Mapping | Parameters)
    inner[last] = before | dict(value) if merge else value  # type: ignore[call-overload]
    return path


def _registry(keys: Mapping[str, Any]) -> Registry:
    """Return the registry of parameters with those of the extensions that keys name."""
    return extensions.registry(extensions.usable(keys.get("extensions")))


def _in_order(changes: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return changes with extensions first: they say which parameters there are."""
    return sorted(changes, key=lambda change: change[0] != "extensions")


def _touches(changed: Sequence[str], key: str) -> bool:
    """Whether the value at ``key`` was set by one of the changes."""
    return any(key == name or key.startswith((f"{name}.", f"{name}[")) for name in changed)


def _plain(value: object) -> object:
    """Return lists as tuples and numpy's numbers as Python's."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value


def _as_tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _as_date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise RefusedError("wrong type")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise RefusedError("not a day") from None


@lru_cache(maxsize=256)
def _population(place: tuple[str, ...]) -> int:
    """Return the residents of a place; raises a ValueError that suggests a name where it is unknown."""
    return places.residents(place)


def _unknown_data(kind: str) -> Objection | None:
    """Return why a run cannot use a kind of table, or None."""
    known = imported_tables.WITHOUT
    hint = did_you_mean(kind, known)
    return None if kind in known else Objection("unknown key", f"{hint}keys are {', '.join(known)}")


def _unknown_regimes(keys: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with names of regimes where something is wrong with the scenario's own, which pass for known."""
    own, compared = keys.get("regimes"), keys.get("compare")
    known = dict.fromkeys(own if isinstance(own, Mapping) else (), regimes.catalogue()["mandatory"])
    named = {"regime": keys.get("regime")}
    named |= {
        f"compare[{k}]": spec for k, spec in enumerate(compared if isinstance(compared, list | tuple) else ())
    }
    found = []
    for key, spec in named.items():
        if isinstance(spec, str) and (said := objection(regimes.compose, spec, known)):
            found.append(Problem("scenario", key, shown(spec), said.wrong, said.valid))
    return found
