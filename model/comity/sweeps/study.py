"""A study: what is varied, what is decided, what is measured, and over which places, seeds and points.

A study is a TOML file, ``experiments/<name>/study.toml`` or any other, checked as a whole like a scenario. It comes to
a list of runs in a fixed order: every point of the design, in every place, under every combination of levers, with
every seed. Seeds are the same for all (common random numbers), so that runs that differ in one thing can be paired.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Mapping
from datetime import date  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from comity import notebook
from comity.dictionary import words
from comity.explain import explain
from comity.observe.measures import GROUPS
from comity.problems import (
    InputError,
    Objection,
    Problem,
    RefusedError,
    did_you_mean,
    refuse,
    shown,
)
from comity.reading import COMMAND_LINE
from comity.scenario import DEFAULT, Scenario, builtin, load
from comity.sweeps import checks, designs, measurers
from comity.sweeps.outcomes import OUTCOMES, Outcome
from comity.sweeps.uncertainties import Uncertainty, check_value, is_whole
from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

LIMIT: Final = 20_000
"""Runs above which a sweep wants ``--yes``."""

MOST_RUNS: Final = 10_000_000

_EXPECTED: Final = {
    "name": "letters, digits, '-' and '_', at most 64 of them",
    "scenario": "a built-in scenario, or a table [scenario] with its keys",
    "places": "a list of places, each as the place of a scenario",
    "since": "a day such as 2010-06-08, from which outcomes count",
    "uncertainties": checks.UNCERTAINTIES,
    "levers": "a table [levers] with lists: regimes, hypotheses, and values of parameters",
    "seeds": "a number of seeds, or a table [seeds] with number and first",
    "groups": f"a list of groups: {', '.join(GROUPS)}; or Hispanic, other",
    "outcomes": f"a list of outcomes: {', '.join(outcome.id for outcome in OUTCOMES)}; "
    "or a list of estimates of published studies, see docs/evidence.md",
    "design": "a table [design] with kind (grid, list, latin-hypercube, sobol, sobol-sequence, morris), "
    "size, levels, trajectories, points or seed",
}


class Seeds(BaseModel):
    """How many histories of every case, and the seed of the first one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    number: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    first: Annotated[int, Field(ge=0, lt=2**62)] = 1


class Case(NamedTuple):
    """One combination of place and levers."""

    place: str
    regime: str
    hypotheses: str
    policies: tuple[float, ...]


class Run(NamedTuple):
    """One run of a study: its number in the fixed order, its point, its case and its seed."""

    number: int
    point: int
    case: Case
    seed: int


class Study(BaseModel):
    """An experiment, checked and frozen.

    Attributes:
        name: Under which results are kept.
        scenario: What all runs have in common; its own seed is not used.
        places: Where; by default the place of the scenario.
        since: Day from which outcomes count; by default the first one.
        uncertainties: What is not known of parameters. One that says ``dummy = true`` is no parameter: it changes
            only the dice, so that its apparent influence shows how much of any influence is noise.
        levers: What somebody decides: ``regimes``, ``hypotheses``, and values of parameters by name.
        seeds: Histories of every case.
        outcomes: What is kept of every run, as ids of `comity.sweeps.outcomes.OUTCOMES` or their labels; or as ids of
            `comity.published.estimates.ESTIMATES`, each of which is one number a run.
        groups: For which groups each outcome is kept besides, as `comity.observe.measures.GROUPS` has them: all that begin so.
        design: Which points of the uncertainties are tried.

    Raises:
        InputError: With every problem that was found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    name: str = "study"
    scenario: Scenario = Field(default_factory=lambda: load(DEFAULT), validate_default=True)
    places: tuple[str, ...] = ()
    since: date | None = None
    uncertainties: dict[str, Uncertainty] = Field(default_factory=dict)
    levers: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    seeds: Seeds = Field(default_factory=Seeds)
    outcomes: tuple[str, ...] = tuple(outcome.id for outcome in OUTCOMES)
    groups: tuple[str, ...] = ()
    design: designs.Design = Field(default_factory=designs.Design, validate_default=True)

    def __init__(self, /, **keys: Any) -> None:
        keys = {key: _tuples(value) for key, value in keys.items()}
        try:
            super().__init__(**keys)
        except ValidationError as error:
            explained = map(checks.without_code, explain(error, keys, _EXPECTED))
            found = [problem for problem in explained if not checks.follows(problem, keys)]
            raise InputError(found).placed(lambda _: "study") from None

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not re.fullmatch(r"[\w-]{1,64}", value):
            raise RefusedError("not a name")
        return value

    @field_validator("scenario", mode="before")
    @classmethod
    def _scenario(cls, value: object) -> Scenario:
        if isinstance(value, str) and value not in builtin():
            hint = did_you_mean(value, builtin())
            raise RefusedError("unknown", f"{hint}built in are {', '.join(builtin())}; or a table [scenario]")
        if not isinstance(value, str | Mapping | Scenario):
            raise RefusedError("wrong type")
        try:
            made = (
                value
                if isinstance(value, Scenario)
                else load(value)
                if isinstance(value, str)
                else _of(value)
            )
        except InputError as error:
            raise checks.nested("scenario", error) from None
        return made.with_(compare=(), seed=1)

    @field_validator("places", mode="before")
    @classmethod
    def _codes(cls, value: object) -> object:
        return tuple(map(places.spelt, value)) if isinstance(value, tuple) else value

    @field_validator("places")
    @classmethod
    def _places(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        base = info.data.get("scenario")
        return checks.all_right(value, "places", lambda place: checks.wrong_place(base, place))

    @field_validator("since")
    @classmethod
    def _since(cls, value: date | None, info: ValidationInfo) -> date | None:
        base = info.data.get("scenario")
        if base and value and not base.start <= value <= base.last_period:
            valid = f"a day from {base.start} to {base.last_period}"
            raise RefusedError("outside of the scenario, or in its last recording period", valid)
        return value

    @field_validator("uncertainties", mode="before")
    @classmethod
    def _uncertainties(cls, value: object, info: ValidationInfo) -> dict[str, Uncertainty]:
        if not isinstance(value, Mapping):
            raise RefusedError("wrong type")
        known = checks.registry(info)
        found = [
            (f"uncertainties.{name}{key and '.'}{key}", checks.entry_at(entry, key), wrong)
            for name, entry in value.items()
            for key, wrong in checks.wrong_uncertainty(name, entry, known).items()
        ]
        refuse(found)
        made = {name: Uncertainty.model_validate(entry) for name, entry in value.items()}
        return {name: entry.resolved(name, known) for name, entry in made.items()}

    @field_validator("levers")
    @classmethod
    def _levers(cls, value: dict[str, tuple[Any, ...]], info: ValidationInfo) -> dict[str, tuple[Any, ...]]:
        found = checks.repeats("levers", value)
        for name, values in value.items():
            found += [*checks.wrong_levers(name, values, info)] or [*checks.empty(name, values)]
        refuse(found)
        return value

    @field_validator("seeds", mode="before")
    @classmethod
    def _seeds(cls, value: object) -> object:
        return {"number": value} if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("outcomes")
    @classmethod
    def _outcomes(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not value:
            raise RefusedError("empty")
        extensions = checks.extended(info)
        own = {o.id for m in measurers.every() for o in m.outcomes(())}
        further = [name for e in extensions for kind in ("measures", "estimates") for name in e.names()[kind]]
        if taken := sorted(own.intersection(further)):
            raise RefusedError(
                f"{', '.join(taken)} of an extension means something already", "another name there"
            )
        known = {o.id: o.id for m in measurers.every() for o in m.outcomes(extensions)}
        known |= {words("outcomes", o.id).label: o.id for o in OUTCOMES}
        checks.all_right(
            value, "outcomes", lambda name: None if name in known else checks.unknown(name, known)
        )
        chosen = tuple(dict.fromkeys(known[name] for name in value))
        finding = measurers.who_finds(chosen, extensions)
        if len(finding) > 1:
            raise RefusedError("outcomes and estimates together", "either in a study of its own")
        if (base := info.data.get("scenario")) and (wrong := finding[0].unfit(base, chosen)):
            raise RefusedError(wrong.wrong, wrong.valid)
        return chosen

    @field_validator("groups")
    @classmethod
    def _groups(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        kept = [outcome for outcome in OUTCOMES if outcome.id in info.data.get("outcomes", ())]
        return checks.all_right(value, "groups", lambda group: checks.wrong_group(group, kept))

    @field_validator("design")
    @classmethod
    def _design(cls, value: designs.Design, info: ValidationInfo) -> designs.Design:
        names = info.data.get("uncertainties", {"unknown": Uncertainty(dummy=True)})
        found = value.objections(names)
        if value.kind == "list" and names:
            found["kind"] = _NO_LIST
        if missing := designs.missing_library(value):
            found["kind"] = missing
        entries: list[tuple[str, object, Objection | None]] = [
            (f"design.{key}", getattr(value, key), wrong) for key, wrong in found.items()
        ]
        entries += [
            (f"design.points[{k}].{name}", number, wrong)
            for k, point in enumerate(value.points)
            for name, number in point.items()
            if (wrong := check_value(name, number, checks.registry(info)))
        ]
        if not entries and value.count(names) > MOST_RUNS:
            entries = [
                (
                    "design.kind",
                    value.kind,
                    Objection(f"{value.count(names):,} points", f"at most {MOST_RUNS:,}"),
                )
            ]
        refuse(entries)
        return value

    @property
    def measurer(self) -> measurers.Measurer:
        """Who finds the outcomes."""
        return measurers.who_finds(self.outcomes, self.scenario.added)[0]

    @property
    def measured(self) -> tuple[Outcome, ...]:
        """The outcomes that are kept of every run."""
        every = self.measurer.outcomes(self.scenario.added)
        kept = [outcome for outcome in every if outcome.id in self.outcomes]
        parts = [outcome.of(group) for outcome in kept for group in self.groups]
        return (*kept, *filter(None, parts))

    @property
    def policies(self) -> dict[str, tuple[float, ...]]:
        """The levers that are parameters, with their values."""
        return {name: values for name, values in self.levers.items() if name not in ("regimes", "hypotheses")}

    @property
    def varied(self) -> tuple[str, ...]:
        """The columns of the table of points."""
        named = [name for point in self.design.points for name in point]
        return tuple(dict.fromkeys([*self.uncertainties, *named]))

    @property
    def size(self) -> int:
        """Number of runs."""
        return self.design.count(self.uncertainties) * len(self.cases()) * self.seeds.number

    def unit(self) -> NDArray[np.float64]:
        """Return the points of the design as numbers from 0 to 1, as sensitivity analysis wants them."""
        return self.design.unit(self.uncertainties)

    def _repr_html_(self) -> str:
        levers = {name: ", ".join(map(str, values)) for name, values in self.levers.items()}
        about = {
            "runs": f"{self.size:,}, of {self.seeds.number:,} seeds each case",
            "design": self.design.kind,
            "uncertainties": ", ".join(self.uncertainties),
            **levers,
            "outcomes": ", ".join(self.outcomes),
        }
        return notebook.keys(f"Study {self.name}", self.scenario.glance() | about)

    def points(self) -> pd.DataFrame:
        """Return one row per point, indexed by its number, and a column per uncertainty; always the same."""
        index = pd.RangeIndex(self.design.count(self.uncertainties), name="point")
        if not self.uncertainties:
            defaults = self.scenario.parameters
            listed = self.design.points or ({},)
            rows = [
                {name: point.get(name, getattr(defaults, name)) for name in self.varied} for point in listed
            ]
            return pd.DataFrame(rows, index=index)
        unit = self.unit()
        columns = {
            name: entry.stretched(name, unit[:, k])
            for k, (name, entry) in enumerate(self.uncertainties.items())
        }
        return pd.DataFrame(columns, index=index)

    def cases(self) -> list[Case]:
        """Return every combination of place and levers."""
        axes = (
            self.places or (_label(self.scenario.place),),
            self.levers.get("regimes", (self.scenario.regime,)),
            self.levers.get("hypotheses", (self.scenario.hypotheses,)),
            list(itertools.product(*self.policies.values())),
        )
        return [Case(*combination) for combination in itertools.product(*axes)]

    def runs(self) -> Iterator[Run]:
        """Yield every run in the fixed order: by point, then place, regime, hypotheses, policies and seed."""
        seeds = range(self.seeds.first, self.seeds.first + self.seeds.number)
        points = range(self.design.count(self.uncertainties))
        every = itertools.product(points, self.cases(), seeds)
        return (Run(number, *rest) for number, rest in enumerate(every))

    def resolved(self, point: Mapping[str, Any], case: Case) -> Scenario:
        """Return the scenario of a point and a case, with the scenario's own seed."""
        place = {"place": case.place} if self.places else {}
        chosen = self.values(point, case)
        return self.scenario.with_(regime=case.regime, hypotheses=case.hypotheses, **place, **chosen)

    def values(self, point: Mapping[str, Any], case: Case) -> dict[str, float]:
        """Return the parameters that a point and a case set; where both do, the case decides."""
        given = dict(point) | dict(zip(self.policies, case.policies, strict=True))
        return {
            name: int(value)
            if is_whole(name, type(self.scenario.parameters))
            else float(value) + 0.0  # minus zero is zero
            for name, value in given.items()
            if name not in self.dummies
        }

    @property
    def dummies(self) -> tuple[str, ...]:
        """The uncertainties that change nothing but the dice."""
        return tuple(name for name, entry in self.uncertainties.items() if entry.dummy)

    def dice(self, point: Mapping[str, Any], seed: int) -> int:
        """Return the seed from which a run of a point draws: ``seed`` itself, unless there are dummies.

        Points with the same values of all dummies share their random numbers, so neighbours in a Sobol or Morris
        design do, except for those that differ in a dummy.
        """
        if not self.dummies:
            return seed
        text = json.dumps([seed, *(round(float(point[name]), 12) for name in self.dummies)])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1

    def expanded(self, seeds: int | None = None, points: int | None = None) -> Study:
        """Return the study with more seeds or points, among which are all that it has.

        Args:
            seeds: number of seeds.
            points: the size of a Sobol design or sequence, or the number of Morris trajectories.

        Raises:
            InputError: if there would be fewer, or if the design cannot grow.
        """
        keys = dict(self)
        if seeds is not None:
            _not_fewer("seeds", seeds, self.seeds.number)
            keys["seeds"] = Seeds(number=seeds, first=self.seeds.first)
        if points is not None:
            size = designs.GROWING.get(self.design.kind)
            if size is None:
                raise _cannot(f"points={points}", f"a {self.design.kind} design cannot grow", _FIXED)
            _not_fewer("points", points, getattr(self.design, size))
            keys["design"] = self.design.model_dump(exclude_none=True) | {size: points}
        return Study(**keys)

    def extent(self) -> dict[str, int]:
        """Return the two numbers that may grow: seeds and points, the latter as `expanded` counts them."""
        size = designs.GROWING.get(self.design.kind)
        points = getattr(self.design, size) if size else self.design.count(self.uncertainties)
        return {"seeds": self.seeds.number, "points": points}

    def as_json(self) -> dict[str, Any]:
        """Return the study, resolved, in the types that JSON has; `comity.sweeps.files.revive` reads it back."""
        keys = self.model_dump(mode="json", exclude_none=True)
        return keys if self.groups else {name: value for name, value in keys.items() if name != "groups"}

    def digest(self) -> str:
        """Return a hash over everything that says which study this is: all but its extent, and how it is read."""
        keys = self.as_json()
        keys.pop("since", None)
        keys["seeds"].pop("number")
        for size in ("size", "trajectories"):
            keys["design"].pop(size, None)
        return hashlib.sha256(json.dumps(keys, sort_keys=True).encode()).hexdigest()


_NO_LIST: Final = Objection(
    "uncertainties need a design",
    "grid, latin-hypercube, sobol, sobol-sequence or morris, or [design] points without [uncertainties]",
)
_FIXED: Final = "more seeds, or a new study; sobol, sobol-sequence and morris can grow"


def _of(keys: Mapping[str, Any]) -> Scenario:
    return Scenario.of(**{"place": load(DEFAULT).place} | dict(keys))


def _tuples(value: Any) -> Any:
    """Return lists within tables as tuples, which frozen things are made of."""
    if isinstance(value, list | tuple):
        return tuple(map(_tuples, value))
    return {key: _tuples(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _label(place: str | tuple[str, ...]) -> str:
    return place if isinstance(place, str) else ", ".join(place)


def _cannot(value: str, wrong: str, valid: str) -> InputError:
    return InputError([Problem(COMMAND_LINE, "--expand", shown(value), wrong, valid)])


def _not_fewer(name: str, wanted: int, present: int) -> None:
    if wanted < present:
        raise _cannot(f"{name}={wanted}", f"fewer than the {present} there are", f"{name}={present} or more")
