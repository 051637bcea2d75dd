"""Extensions: what a researcher adds to the model from a file of their own, without editing the package.

An extension is one object, an `Extension`, that declares everything by name: parameters, attributes of residents and counties,
mechanisms with their off-values, hypotheses, streams, phases, measures and estimates. It is used as an object,
``CooperationModel(extensions=[outreach])``, or, once its package is installed, by the name of its entry point in the group
``comity.extensions``. A scenario holds names only, so that a file never names code. See docs/extending.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import entry_points
from inspect import signature
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, get_args

import numpy as np
from pydantic import create_model

from comity.hypotheses import MECHANISMS, Hypothesis, known
from comity.parameters import Parameter, Parameters, Registry, Role
from comity.problems import (
    InputError,
    Objection,
    RefusedError,
    one_of,
    refuse,
    shown,
)
from comity.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.metadata import EntryPoint

    _Found = tuple[str, object, Objection]

GROUP: Final = "comity.extensions"
"""The group of entry points in which packages announce extensions."""

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Attribute:
    """A column that residents or counties get: a number of a numpy type, from ``low`` to ``high``, at first ``initial``."""

    name: str
    dtype: str
    low: float
    high: float
    meaning: str
    initial: float = 0.0


@dataclass(frozen=True)
class Phase:
    """A kernel of the world, the extension's own arrays and the day, and the phase of the day it stands beside.

    One with a ``mechanism`` is not lived while that is off, whatever it would do; one without always is, and must only count.
    """

    kernel: Callable[[Any, Any, Any], None]
    after: str = ""
    before: str = ""
    mechanism: str = ""

    @property
    def name(self) -> str:
        """The name of the function."""
        return str(getattr(self.kernel, "__name__", self.kernel))


@dataclass(frozen=True)
class Measure:
    """A flow that phases add up, by county and group, in agents; tables have it in persons, and studies as an outcome."""

    name: str
    meaning: str
    unit: str = "persons"


@dataclass(frozen=True)
class Estimate:
    """One number of a finished run, which ``compute`` finds of its `CooperationModel`; studies have it as an outcome."""

    name: str
    unit: str
    meaning: str
    compute: Callable[[Any], float]


@dataclass(frozen=True, eq=False)
class Extension:
    """What one file adds to the model; nothing is checked before it is used, and then everything at once.

    Attributes:
        name: by which scenarios, messages and results call it.
        explains: one sentence.
        parameters: as `comity.parameters.Parameters` has its own.
        mechanisms: by name, the parameters that drive each, with the values at which it is off; defaults must be these.
        hypotheses: claims and the mechanisms that they need, here or in the package.
        residents: attributes of residents, in ``x.residents``.
        counties: attributes of counties, in ``x.counties``.
        streams: names of what draws decide; ``x.streams[0][name]`` is the stream for `comity.draws`.
        phases: what happens on a day.
        measures: what phases count, with ``count(w, x, i)[name] += 1.0`` of `comity.extended`.
        estimates: numbers of a finished run.
    """

    name: str
    explains: str
    parameters: Sequence[Parameter] = ()
    mechanisms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    hypotheses: Sequence[Hypothesis] = ()
    residents: Sequence[Attribute] = ()
    counties: Sequence[Attribute] = ()
    streams: Sequence[str] = ()
    phases: Sequence[Phase] = ()
    measures: Sequence[Measure] = ()
    estimates: Sequence[Estimate] = ()

    def names(self) -> dict[str, list[str]]:
        """Return what it declares, by kind; attributes of residents and of counties are two kinds."""
        named = {kind: [each.name for each in getattr(self, kind)] for kind in _NAMED}
        return named | {"mechanisms": [*self.mechanisms], "streams": [*self.streams]}

    def declared(self) -> list[object]:
        """Return what a run depends on of all that it declares, but for the code of its functions."""
        off = {name: dict(values) for name, values in self.mechanisms.items()}
        needed = [(h.name, sorted(h.mechanisms)) for h in self.hypotheses]
        placed = [(phase.name, phase.after, phase.before, phase.mechanism) for phase in self.phases]
        plain = [
            list(kind)
            for kind in (self.parameters, self.residents, self.counties, self.streams, self.measures)
        ]
        return [self.name, off, needed, placed, plain, [e.name for e in self.estimates]]


_NAMED: Final = ("parameters", "hypotheses", "residents", "counties", "phases", "measures", "estimates")

_GIVEN: Final[dict[str, Extension]] = {}
"""Extensions that were given as objects in this process; a newer one of a name stands for the older."""


@cache
def _installed() -> dict[str, EntryPoint]:
    """Return the entry points of installed extensions, by name."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda p: p.name)}


def available() -> list[str]:
    """Return the names that a scenario may have."""
    return sorted({*_installed(), *_GIVEN})


def named(given: object) -> tuple[str, ...]:
    """Return the names of extensions that are given as names or objects, sorted; objects are remembered by their names.

    Raises:
        InputError: over all that is wrong with any of them, alone or together.
    """
    listed = [given] if isinstance(given, str | Extension) else given
    if not isinstance(listed, Iterable):
        raise RefusedError("wrong type")
    entries = list(listed)
    new = {e.name: e for e in entries if isinstance(e, Extension) and isinstance(e.name, str)}
    before = {name: _GIVEN[name] for name in new.keys() & _GIVEN.keys()}
    _GIVEN.update(new)
    names = [e.name if isinstance(e, Extension) else e for e in entries]
    found: list[_Found] = [
        (f"extensions[{k}]", name, wrong)
        for k, name in enumerate(names)
        if (wrong := _unknown(name, names[:k]))
    ]
    good = {str(name) for name in names if not _unknown(name, [])}
    found += _objections(tuple(map(_load, sorted(good))))
    if found:  # what is refused is not remembered
        for name in new:
            _GIVEN.pop(name, None)
        _GIVEN.update(before)
    refuse(found)
    return tuple(sorted(names))


def unusable(name: str) -> str:
    """Return why an available extension cannot be used, or an empty text."""
    try:
        named([name])
    except InputError as error:
        return "; ".join(f"{problem.wrong}; valid: {problem.expected}" for problem in error.problems)
    return ""


def _unknown(name: object, before: list[Any]) -> Objection | None:
    """Return why an entry of a list of extensions names none, or None."""
    if not isinstance(name, str):
        return Objection("wrong type", "an Extension, or the name of an installed one")
    if name in before:
        return Objection("stands in the list twice", "each once")
    if name not in _GIVEN and name not in _installed():
        return Objection("not installed", _of(name, available()))
    try:
        made: Any = _load(name)
    except Exception as error:  # noqa: BLE001 - whatever the module of another package does
        return Objection(
            f"cannot be loaded ({type(error).__name__}: {error})",
            "a package whose entry point is an Extension",
        )
    if not isinstance(made, Extension):
        return Objection(
            f"is a {type(made).__name__} in {_installed()[name].value}", "an entry point that is an Extension"
        )
    other = made.name != name
    return Objection(f"calls itself {shown(made.name)}", "an entry point of the same name") if other else None


@cache
def _imported(name: str) -> Extension:
    found: Extension = _installed()[name].load()
    return found


def _load(name: str) -> Extension:
    return _GIVEN.get(name) or _imported(name)


def of(names: Sequence[str]) -> tuple[Extension, ...]:
    """Return the extensions that `named` has found to be right, by their names."""
    return tuple(map(_load, names))


def usable(given: object) -> tuple[Extension, ...]:
    """Return the extensions, or none of them where anything is wrong, which is said elsewhere."""
    try:
        return of(named(given)) if given else ()
    except ValueError:
        return ()


class _Extended(Parameters):
    """Parameters with those of extensions; a process that is sent one makes its class anew from their names."""

    def __reduce__(self) -> Any:
        return _revived, ([extension.name for extension in self.extensions], dict(self))


@cache
def registry(extensions: tuple[Extension, ...] = ()) -> Registry:
    """Return the registry with the parameters of extensions."""
    if not extensions:
        return Parameters
    further: dict[str, Any] = {p.name: p.field for extension in extensions for p in extension.parameters}
    made: Registry = create_model("Parameters", __base__=_Extended, **further)
    made.extensions = extensions
    return made


def _revived(names: Sequence[str], values: Mapping[str, Any]) -> Parameters:
    """Return parameters that another process had.

    Raises:
        InputError: if an extension is not installed: an object that was made in a session is known to its own process only.
    """
    try:
        return registry(of(named(names)))(**values)
    except InputError as error:
        raise InputError(
            replace(problem, file="extensions", expected=_INSTALL) for problem in error.problems
        ) from None


_INSTALL: Final = "an installed package: what was given as an object is known only where it was made"


# ---------------------------------------------------------------------------------------- what is wrong with some
@cache
def _objections(extensions: tuple[Extension, ...]) -> list[_Found]:
    """Return all that is wrong with extensions, each by itself and beside the others."""
    found = [objection for extension in extensions for objection in _own(extension)]
    if found or not extensions:  # with none, there is no need to load what they could clash with
        return found
    return [*_clashes(extensions), *_unneeded(extensions)]


_TYPES: Final[dict[str, type]] = {
    "parameters": Parameter,
    "hypotheses": Hypothesis,
    "residents": Attribute,
    "counties": Attribute,
    "streams": str,
    "phases": Phase,
    "measures": Measure,
    "estimates": Estimate,
}


def _own(extension: Extension) -> Iterator[_Found]:
    """Yield what is wrong with an extension by itself."""
    wrong = [*_mistyped(extension)]
    if not wrong:
        checks: dict[str, Callable[[Extension, Any], Iterator[_Found]]] = {
            "parameters": _parameter,
            "residents": _attribute,
            "counties": _attribute,
            "phases": _phase,
            "estimates": _estimate,
        }
        wrong += [*_misnamed(extension), *_mechanisms(extension)]
        for kind, check in checks.items():
            for each in getattr(extension, kind):
                wrong += [
                    (f"{kind}.{each.name}{key}", value, said) for key, value, said in check(extension, each)
                ]
    yield from ((f"extensions.{extension.name}.{key}", value, said) for key, value, said in wrong)


def _mistyped(extension: Extension) -> Iterator[_Found]:
    for kind, wanted in _TYPES.items():
        entries = getattr(extension, kind)
        if not isinstance(entries, Sequence) or isinstance(entries, str):
            yield kind, entries, Objection("wrong type", f"a list of {wanted.__name__}")
            continue
        for k, entry in enumerate(entries):
            if not isinstance(entry, wanted):
                yield f"{kind}[{k}]", entry, Objection("wrong type", f"{wanted.__name__}(...)")
    if not isinstance(extension.mechanisms, Mapping) or not all(
        isinstance(off, Mapping) for off in extension.mechanisms.values()
    ):
        yield (
            "mechanisms",
            extension.mechanisms,
            Objection("wrong type", "{mechanism: {parameter: value at which it is off}}"),
        )


def _misnamed(extension: Extension) -> Iterator[_Found]:
    if not NAME.fullmatch(extension.name):
        yield "name", extension.name, _NAMES
    for kind, names in extension.names().items():
        for k, name in enumerate(names):
            if not NAME.fullmatch(str(name).lower() if kind == "hypotheses" else str(name)):
                yield f"{kind}[{k}]", name, _NAMES
            elif name in names[:k]:
                yield f"{kind}.{name}", name, Objection("stands in it twice", "each once")


_NAMES: Final = Objection("not a name", "up to 40 small letters, digits and '_', a letter first")


def _parameter(_: Extension, p: Parameter) -> Iterator[_Found]:
    bounds = (p.default, p.low, p.high)
    if any(isinstance(n, bool) or not isinstance(n, int | float) or not np.isfinite(n) for n in bounds):
        yield "", bounds, Objection("wrong type", "numbers for default, low and high")
    elif not p.low <= p.default <= p.high:
        yield "", p.default, Objection("default out of bounds", f"from {p.low:g} to {p.high:g}")
    if p.role not in get_args(Role):
        yield ".role", p.role, Objection("unknown role", ", ".join(get_args(Role)))
    if p.source not in SOURCES and ("://" not in str(p.source)):
        yield (
            ".source",
            p.source,
            Objection("no source", "'assume', a key of comity.sources, or citation and address"),
        )
    for key in ("unit", "meaning"):
        if not getattr(p, key):
            yield f".{key}", getattr(p, key), Objection("missing", "a text")


def _mechanisms(extension: Extension) -> Iterator[_Found]:
    own = {p.name: p for p in extension.parameters}
    for name, off in extension.mechanisms.items():
        if not off:
            yield (
                f"mechanisms.{name}",
                off,
                Objection("driven by nothing", "parameters with the values at which it is off"),
            )
        for parameter, value in off.items():
            key = f"mechanisms.{name}.{parameter}"
            if parameter not in own:
                yield key, value, Objection("unknown parameter", ", ".join(own) or "one of the extension")
            elif own[parameter].default != value:
                wrong = (
                    f"the default, {own[parameter].default!r}, is not the value at which the mechanism is off"
                )
                yield (
                    key,
                    value,
                    Objection(wrong, "the same, so that an extension that is only named changes nothing"),
                )


def _attribute(_: Extension, a: Attribute) -> Iterator[_Found]:
    try:
        dtype = np.dtype(a.dtype)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind not in "iuf":
        yield ".dtype", a.dtype, Objection("no type of numbers", "a numpy type such as 'u1', 'i4' or 'f4'")
        return
    limits = np.iinfo(dtype) if dtype.kind in "iu" else np.finfo(dtype)
    if not limits.min <= a.low <= a.initial <= a.high <= limits.max:
        wrong = f"low = {a.low:g}, initial = {a.initial:g} and high = {a.high:g} do not follow on each other in {dtype}"
        yield "", a.initial, Objection(wrong, f"from {limits.min:g} to {limits.max:g}, in this order")
    elif dtype.kind in "iu" and a.initial % 1:
        whole = Objection(f"{dtype} holds whole numbers", f"such as {int(a.initial)}")
        yield ".initial", a.initial, whole


def _phase(extension: Extension, phase: Phase) -> Iterator[_Found]:
    from comity.day import PHASES  # noqa: PLC0415 - imports the compiler

    there = [each.__name__ for each in PHASES]
    place = phase.after or phase.before
    if bool(phase.after) == bool(phase.before):
        yield (
            "",
            f"{phase.after}, {phase.before}",
            Objection("stands nowhere or twice", "after or before one phase"),
        )
    elif place not in there:
        yield "", place, Objection("unknown phase", _of(place, there))
    if phase.mechanism and phase.mechanism not in extension.mechanisms:
        yield (
            ".mechanism",
            phase.mechanism,
            Objection("unknown mechanism", _of(phase.mechanism, extension.mechanisms)),
        )
    if not callable(phase.kernel) or len(signature(phase.kernel).parameters) != 3:
        yield ".kernel", phase.name, Objection("does not take three arguments", "@kernel def f(w, x, today)")


def _of(name: str, there: Iterable[str]) -> str:
    """Return which names would be valid, the likeliest first."""
    return one_of(name, there) or "none, for there is none"


def _estimate(_: Extension, estimate: Estimate) -> Iterator[_Found]:
    compute: Any = estimate.compute
    if not callable(compute):
        wrong = Objection("wrong type", "a function of a finished run that returns a number")
        yield ".compute", compute, wrong


def _clashes(extensions: tuple[Extension, ...]) -> Iterator[_Found]:
    """Yield names that mean something already, in the package or in another extension."""
    owner = {(kind, name): ("comity", kind) for kind, names in _taken().items() for name in names}
    for extension in extensions:
        for kind, names in extension.names().items():
            for name in names:
                space = "outcomes" if kind in ("measures", "estimates") else kind
                mine = (extension.name, kind)
                at = owner.setdefault((space, str(name).casefold()), mine)
                if at != mine:
                    wrong = Objection(f"is among {at[1]} of {at[0]} already", "another name")
                    yield f"extensions.{extension.name}.{kind}.{name}", name, wrong


_COLUMNS: Final = (
    "run", "point", "key", "draws", "date", "county", "state", "group", "measure", "value", "reporting_rate",
)  # fmt: skip
"""What columns of results are called, besides scenarios' keys, parameters and measures."""


@cache
def _taken() -> dict[str, frozenset[str]]:
    """Return the names that the package has, by kind, in small letters."""
    from comity.agents.residents import Resident  # noqa: PLC0415 - these import the compiler
    from comity.columns.views import RESERVED  # noqa: PLC0415
    from comity.day import PHASES  # noqa: PLC0415
    from comity.draws import Stream  # noqa: PLC0415
    from comity.observe.measures import MEASURES, SUMMED  # noqa: PLC0415
    from comity.world.state import COUNTY  # noqa: PLC0415

    names: dict[str, Iterable[str]] = {
        "parameters": (*Parameters.model_fields, *_COLUMNS),
        "mechanisms": MECHANISMS,
        "hypotheses": known(),
        "residents": [*RESERVED, *(name for name in dir(Resident) if not name.startswith("__"))],
        "counties": COUNTY.names or (),
        "streams": Stream.__members__,
        "phases": [phase.__name__ for phase in PHASES],
        "outcomes": (*MEASURES, *SUMMED, *_COLUMNS),
    }
    return {kind: frozenset(map(str.casefold, each)) for kind, each in names.items()}


def _unneeded(extensions: tuple[Extension, ...]) -> Iterator[_Found]:
    """Yield mechanisms that hypotheses need and nobody has."""
    there = [*MECHANISMS, *chain.from_iterable(extension.mechanisms for extension in extensions)]
    for extension in extensions:
        for hypothesis in extension.hypotheses:
            for name in sorted(set(hypothesis.mechanisms) - set(there)):
                where = f"extensions.{extension.name}.hypotheses.{hypothesis.name}"
                yield where, name, Objection("unknown mechanism", _of(name, there))
