"""Targets are published findings: what they say, what of the model is held against each, and what each may serve for.

The file (``experiments/targets.toml``, or one of your own) has a table per finding and in it a table per number; its head
explains the keys and the rule of use. `fitting` and `selection` read the numbers of their own use and of no other: tables of
other uses are left out before a number in them is looked at.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from functools import cache, lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from comity import reading
from comity.explain import explain
from comity.problems import InputError, Problem, did_you_mean, shown
from comity.scenario import builtin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

Use = Literal["fitting", "selection", "holding out", "input"]
Verdict = Literal["inside", "inside, not null", "right sign", "wrong", "silent", "too few events", "failed"]
Basis = Literal["published interval", "within 25 %", "a tolerance of ours", "sign only", "by construction"]

USES: Final[tuple[Use, ...]] = get_args(Use)
TESTING: Final[tuple[Use, ...]] = USES[:3]
"""Uses in which a number tests the model, in the order of tables; an input tests nothing."""

QUIET: Final[tuple[Verdict, ...]] = ("silent", "too few events")
"""Verdicts by which the model says nothing: they count neither for it nor against it."""

AROUND: Final = 0.25
"""Half-width of the interval around a value for which none was published, as a share of the value."""

Z95: Final = NormalDist().inv_cdf(0.975)
"""Standard errors in half of a 95 % interval of a normal law; the one place that has it."""

_BASES: Final[dict[str, Basis]] = {
    "published": "published interval",
    "25 %": "within 25 %",
    "ours": "a tolerance of ours",
}

_TEXT: Final = "a text"
_NUMBER: Final = "a finite number"
_FILE: Final = "a TOML file of [[finding]] tables with [[finding.target]] tables in them"


def within(values: Any, low: Any, high: Any) -> NDArray[np.bool_]:
    """Return which numbers lie between two ends, these included; none where an end is None or NaN.

    Every count of numbers *inside* is made by this, so that no two of them differ at the ends.
    """
    ends = [math.nan if end is None else end for end in (low, high)]
    numbers = np.asarray(values, np.float64)
    return np.asarray((numbers >= ends[0]) & (numbers <= ends[1]))


class Interval:
    """What follows from a number's standard error and the ends of its interval; whatever has the three inherits it."""

    se: float | None
    low: float | None
    high: float | None

    @property
    def error(self) -> float:
        """The standard error, or the one that the 95 % interval stands for; NaN where there is neither."""
        if self.se is not None:
            return self.se
        return math.nan if self.low is None or self.high is None else (self.high - self.low) / (2 * Z95)

    def holds(self, values: Any) -> NDArray[np.bool_]:
        """Return which numbers lie in the interval; none where there is no interval."""
        return within(values, self.low, self.high)


class Target(BaseModel, Interval):
    """One published number, or one sign, and what of the model is held against it.

    Attributes:
        id: name, such as ``T01b``: the second number of the finding ``T01``.
        row: id of the finding.
        finding: what was found, in one sentence that may hold several numbers.
        section: of the table of findings.
        experiment: folder in ``experiments/`` that reproduces it; empty where none does.
        statement: what the number is of.
        estimate: id of what of the model is held against it, an estimate or another outcome of studies; empty where it is
            silent.
        silent: why the model says nothing.
        value: as published; None where only a sign was.
        se: standard error, if published.
        low: lower end of the 95 % interval, or of what stands for it.
        high: upper end.
        interval: where the interval comes from.
        tolerance: reason for an interval of ours.
        construction: which parameter was set from the number, or from one so near to it that meeting it shows only
            that the model does what it was told; empty for the others.
        sign: of an effect; ``0`` for a published null; empty for a level, which has no sign to get right.
        unit: of value, se, low and high.
        baseline: level before, if it was stated.
        group: of people.
        period: in time.
        data: in which it was found.
        estimator: by which it was found.
        citation: of the study.
        link: where it was read.
        status: how well it is known.
        use: what it may serve for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    id: str
    row: str
    finding: str
    section: str
    experiment: str
    statement: str
    estimate: str = ""
    silent: str = ""
    value: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    interval: Literal["published", "25 %", "ours", ""] = ""
    tolerance: str = ""
    construction: str = ""
    sign: Literal["+", "-", "0", ""]
    unit: str
    baseline: str
    group: str
    period: str
    data: str
    estimator: str
    citation: str
    link: str
    status: str
    use: Use

    @property
    def local(self) -> bool:
        """Whether what is held against it is found in a scenario of its own, and so not in runs of the nation."""
        from comity.published.estimates import home  # noqa: PLC0415 - imports the compiler
        from comity.published.registry import NATION  # noqa: PLC0415

        return bool(self.estimate) and home(self.estimate) != NATION

    @property
    def missing(self) -> Verdict:
        """The verdict where the model has no number: a finding of few places then had too few events to tell."""
        from comity.published.estimates import sparse  # noqa: PLC0415 - imports the compiler

        return "too few events" if sparse(self.estimate) else "failed"

    @property
    def basis(self) -> Basis:
        """What a hit rests on: the number's own interval, a share of it, a tolerance of ours, or the way the model is made."""
        if self.construction:
            return "by construction"
        return "sign only" if self.low is None else _BASES[self.interval]

    def objections(self) -> Iterator[tuple[str, str, str]]:
        """Yield the keys that do not go together with others, what is wrong, and what would be valid."""
        if bool(self.estimate) == bool(self.silent):
            yield "estimate", "neither or both with silent", "an estimate, or silent with the reason"
        if self.use == "input" and self.estimate:
            yield "use", "an input tests nothing", "fitting, selection or holding out; or an empty estimate"
        if (self.interval == "ours") != bool(self.tolerance):
            yield (
                "tolerance",
                "goes with interval = 'ours'",
                "the reason for an interval of ours, and only then",
            )
        if self.se is not None and self.se <= 0:
            yield "se", "out of bounds", "a number above 0"
        if self.experiment and self.experiment not in _experiments():
            yield "experiment", "no such folder", "a folder in experiments/ with a study.toml, or ''"
        yield from self._wrong_estimate()
        yield from self._interval_objections()

    def _wrong_estimate(self) -> Iterator[tuple[str, str, str]]:
        from comity.published.estimates import ESTIMATES  # noqa: PLC0415 - imports the compiler
        from comity.sweeps.outcomes import OUTCOMES  # noqa: PLC0415

        known = [*ESTIMATES, *(outcome.id for outcome in OUTCOMES)]
        if self.estimate and self.estimate not in known:
            hint = did_you_mean(self.estimate, known)
            yield "estimate", "unknown", f"{hint}docs/evidence.md says where they are listed"

    def _interval_objections(self) -> Iterator[tuple[str, str, str]]:
        known = self.low is not None and self.high is not None
        if self.estimate and self.value is not None and not known:
            yield "interval", "missing", "se, low and high, interval = '25 %', or 'ours' with low and high"
        if self.estimate and self.value is None and (self.sign == "" or self.low is not None):
            yield "value", "missing", "a number; a target without one has a sign, and no interval"
        ends = [end for end in (self.low, self.value, self.high) if end is not None]
        if ends != sorted(ends):
            yield "low", "not in order", "low <= value <= high"


@cache
def _experiments() -> set[str]:
    """Return the folders beside the file that comes with comity in which there is a study."""
    return {path.parent.name for path in default_file().parent.glob("*/study.toml")}


EXPECTED: Final = dict.fromkeys(Target.model_fields, _TEXT) | {
    "id": "a text that no other target has",
    "value": _NUMBER,
    "se": _NUMBER,
    "low": _NUMBER,
    "high": _NUMBER,
    "interval": "'25 %' or 'ours', or nothing where the study has one",
    "sign": "'+', '-', '0' or ''",
    "use": ", ".join(USES),
}
"""By key: what is valid."""


def fitting(path: Path | None = None) -> tuple[Target, ...]:
    """Return what the model may be fitted to, of what runs of the nation answer; see `read`."""
    return _answered(read(path, ("fitting",)))


def selection(path: Path | None = None) -> tuple[Target, ...]:
    """Return what may choose among fitted models, of what runs of the nation answer; see `read`."""
    return _answered(read(path, ("selection",)))


def national(path: Path | None = None, *, sealed: bool = False) -> tuple[Target, ...]:
    """Return every target but those that only a scenario of their own answers; see `read`.

    Args:
        path: of the file.
        sealed: whether of findings held out only `OPEN` keys are read, which say what is asked and not what was found.
    """
    return tuple(target for target in read(path, sealed=sealed) if not target.local)


def published(path: Path | None = None) -> tuple[Target, ...]:
    """Return every target, those on which the model is silent and those held out among them; see `read`."""
    return read(path)


def _answered(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    return tuple(target for target in targets if target.estimate and not target.local)


def default_file() -> Path:
    """Return the file that comes with comity."""
    return next(iter(builtin().values())).parents[1] / "targets.toml"


OPEN: Final = ("id", "row", "section", "experiment", "estimate", "silent", "unit", "group", "period", "use")
"""Keys of a target that tell nothing of what was found."""


def read(
    path: Path | None = None, uses: Collection[str] = USES, *, sealed: bool = False
) -> tuple[Target, ...]:
    """Read the targets of some uses, in the order of the file.

    Args:
        path: of the file; by default the one that comes with comity.
        uses: which ones. Nothing but id and use is read of the others.
        sealed: whether only `OPEN` keys are read of findings held out, and whether one is of an effect: all else is empty.

    Raises:
        InputError: with every problem in what is read.
    """
    source = str(path or default_file().name)
    tables, problems = _tables(_parsed(path or default_file(), source), source)
    chosen = [table for table in tables if table.get("use") in uses]
    hidden = ("holding out",) if sealed else ()
    made = [
        _sealed(table) if table["use"] in hidden else _target(table, source, problems) for table in chosen
    ]
    if problems:
        raise InputError(dict.fromkeys(problems))
    return tuple(target for target in made if target is not None)


def _parsed(path: Path, source: str) -> dict[str, Any]:
    try:
        return _keys(reading.text_of(path, source), source)
    except InputError as error:
        raise InputError(replace(problem, expected=_FILE) for problem in error.problems) from None


@lru_cache(maxsize=4)
def _keys(text: str, source: str) -> dict[str, Any]:
    """Return the keys of a file's text, which nobody changes: whoever compares uses asks for the same file many times."""
    return reading.parse(text, source)


def _tables(keys: Mapping[str, Any], source: str) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return the tables of targets, each with the keys of its finding, and what is wrong with their frame."""
    problems = [
        Problem(source, key, shown(keys[key]), "unknown key", "finding") for key in keys if key != "finding"
    ]
    tables = []
    for n, finding in enumerate(_list(keys, "finding", source, "", problems)):
        name = f"finding[{n}]."
        common = {key: value for key, value in finding.items() if key not in ("id", "target")}
        inner = _list(finding, "target", source, name, problems)
        tables += [{"row": finding.get("id"), **common, **target} for target in inner]
    problems += _wrong_names(tables, source)
    return tables, problems


def _list(
    keys: Mapping[str, Any], key: str, source: str, where: str, problems: list[Problem]
) -> list[dict[str, Any]]:
    found = keys.get(key)
    if isinstance(found, list) and found and all(isinstance(entry, dict) for entry in found):
        return found
    wrong = "missing" if found is None else "not a list of tables"
    problems.append(Problem(source, f"{where}{key}", shown(found), wrong, _FILE))
    return []


def _wrong_names(tables: list[dict[str, Any]], source: str) -> Iterator[Problem]:
    """Yield what is wrong with ids and uses, which are read of every target."""
    times = Counter(_name(table) for table in tables)
    for table in tables:
        name, use = _name(table), table.get("use")
        if times[name] > 1:
            yield Problem(source, "id", shown(name), f"{times[name]} targets have it", EXPECTED["id"])
        if use not in USES:
            wrong = "missing" if use is None else "unknown"
            yield Problem(source, f"{name}.use", shown(use), wrong, EXPECTED["use"])


def _name(table: Mapping[str, Any]) -> str:
    return str(table.get("id", f"a target of {table.get('row')}"))


def _target(table: dict[str, Any], source: str, problems: list[Problem]) -> Target | None:
    """Return a target, or None after noting everything that is wrong with it."""
    keys, name = _completed(table), _name(table)
    try:
        target = Target(**keys)
    except ValidationError as error:
        problems += [_here(problem, source, name) for problem in explain(error, keys, EXPECTED)]
        return None
    for key, wrong, valid in target.objections():
        problems.append(Problem(source, f"{name}.{key}", shown(getattr(target, key)), wrong, valid))
    return target


def _sealed(table: dict[str, Any]) -> Target:
    """Return a target without what was found: an effect has the sign of none, a level has no sign."""
    texts = {name: str(table.get(name, "")) for name in Target.model_fields if name in OPEN}
    nothing = {name: "" for name, entry in Target.model_fields.items() if entry.annotation is str}
    keys: dict[str, Any] = nothing | texts | {"sign": "0" if table.get("sign") else ""}
    return Target(**keys)


def _here(problem: Problem, source: str, name: str) -> Problem:
    """Return a problem of a target as one of its file."""
    expected = problem.expected
    if problem.wrong == "unknown key":
        expected = f"{did_you_mean(problem.key, EXPECTED)}keys are {', '.join(EXPECTED)}"
    return replace(problem, file=source, key=f"{name}.{problem.key}", expected=expected)


def _completed(table: dict[str, Any]) -> dict[str, Any]:
    """Add the interval that follows from the standard error or, where none was published, from the value."""
    if "low" in table or "high" in table:
        return {"interval": "published"} | table
    value, error = _number(table.get("value")), _number(table.get("se"))
    if not math.isnan(error):
        return table | {
            "low": value - Z95 * error,
            "high": value + Z95 * error,
            "interval": "published",
        }
    if table.get("interval") != "25 %" or math.isnan(value):
        return table
    half = AROUND * abs(value)
    return table | {"low": value - half, "high": value + half}


def _number(value: object) -> float:
    """Return a number, and not-a-number for anything else."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def verdict(target: Target, value: float, low: float = math.nan, high: float = math.nan) -> Verdict:
    """Return how a number of the model does against a published one.

    Args:
        target: what was published.
        value: the model's own number, in the unit of the target.
        low: lower end of the model's own interval.
        high: upper end; where the two are not known, the number itself stands for them.

    Returns:
        ``silent`` if nothing of the model is held against it, ``too few events`` if it is of few places in which too little
        happens at the scale of the run, ``failed`` if the model's number could not be computed for another reason,
        ``inside`` the published interval, or else ``right sign`` of an effect, or else ``wrong``. The sign of a
        published null is right where the model's own interval holds zero. Where that is known not to hold it, the
        model has an effect and the study found none: the number may lie ``inside, not null``, which is no hit. A level
        outside of its interval is wrong.
    """
    if not target.estimate:
        return "silent"
    if not math.isfinite(value):
        return target.missing
    known = math.isfinite(low) and math.isfinite(high)
    null = target.sign == "0" and known and low <= 0 <= high
    if target.holds(value):
        return "inside, not null" if target.sign == "0" and known and not null else "inside"
    if target.sign == "0":
        return "right sign" if null else "wrong"
    right = {"+": value > 0, "-": value < 0, "": False}[target.sign]
    return "right sign" if right else "wrong"
