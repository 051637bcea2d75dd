"""A question that somebody asks of a stored sweep, checked as a whole before anything is computed."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from comity.analyse.intervals import default_baseline
from comity.problems import InputError, Problem, collect, did_you_mean, shown
from comity.reading import COMMAND_LINE
from comity.sweeps.results import select
from comity.sweeps.store import opened
from comity.writing import objections

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from comity.analyse.intervals import Over
    from comity.sweeps.outcomes import Outcome
    from comity.sweeps.store import Store
    from comity.sweeps.study import Study

DRAWN: Final = ("latin-hypercube", "sobol-sequence")
"""Designs whose points are draws of what is uncertain. Those of a grid or a list were chosen, and those of Saltelli's and Morris'
designs hang together, so that there are fewer draws than points."""

SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
CRITERION: Final = re.compile(
    r"\s*(change\s+in\s+)?(\w+)\s*(<=|>=|<|>)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*"
)
_VALID: Final = "'OUTCOME < NUMBER' or 'change in OUTCOME < NUMBER', with <, <=, > or >="


@dataclass(frozen=True)
class Criterion:
    """What counts as failure: an outcome, or its change against the baseline, beyond a number.

    It is judged at every point of the design, on the mean over seeds.
    """

    outcome: str
    change: bool
    sign: str
    number: float

    def fails(self, means: Any) -> Any:
        """Return which of an array of means fail."""
        return SIGNS[self.sign](means, self.number)

    def __str__(self) -> str:
        return f"{'change in ' * self.change}{self.outcome} {self.sign} {self.number:g}"


@dataclass(frozen=True)
class Question:
    """Which outcomes of which store, against which baseline, and what counts as failure.

    Attributes:
        store: the results.
        outcomes: which of them.
        baseline: the regime from which others are seen.
        criterion: what counts as failure; None where nobody asks.
    """

    store: Store
    outcomes: tuple[Outcome, ...]
    baseline: str
    criterion: Criterion | None = None

    @property
    def names(self) -> list[str]:
        """The columns of the outcomes."""
        return [outcome.id for outcome in self.outcomes]

    @property
    def judged(self) -> list[str]:
        """The column that the criterion judges, if there is one."""
        return [self.criterion.outcome] if self.criterion else []

    @property
    def by(self) -> list[str]:
        """The columns that, beside the regime, make a case."""
        return ["place", "hypotheses", *self.store.study.policies]

    @property
    def regimes(self) -> list[str]:
        """The regimes of the study."""
        return list(dict.fromkeys(case.regime for case in self.store.study.cases()))

    @property
    def whole(self) -> dict[str, Any]:
        """The points and seeds that there should be, as `comity.analyse.intervals` takes them."""
        study = self.store.study
        points = range(study.design.count(study.uncertainties))
        return {"points": points, "seeds": range(study.seeds.first, study.seeds.first + study.seeds.number)}

    @property
    def over(self) -> Over:
        """The units of intervals."""
        return units(self.store.study)

    @property
    def telling(self) -> list[str]:
        """Those columns of `by` in which cases differ."""
        cases = [(case.place, case.hypotheses, *case.policies) for case in self.store.study.cases()]
        return [
            name
            for name, values in zip(self.by, zip(*cases, strict=True), strict=True)
            if len(set(values)) > 1
        ]


def ask(
    study: str | Path,
    outcomes: Sequence[str] | None = None,
    *,
    baseline: str | None = None,
    fails: str | None = None,
    out: Path | None = None,
    into: Path | None = None,
) -> Question:
    """Read what somebody asks.

    Args:
        study: a study (a built-in name or a file), or the folder of its results.
        outcomes: which ones, as ids or names; by default all that were kept.
        baseline: the regime from which others are seen; by default ``mandatory``, or the first of the study.
        fails: what counts as failure, such as ``change in hispanic_victims_who_report < -2``.
        out: the folder of the results, if it is not the usual one.
        into: the folder where the answer will be written.

    Raises:
        InputError: with everything that is wrong with any of them.
    """
    found = objections(into) if into else []
    problems = [replace(problem, file=COMMAND_LINE, key="--into") for problem in found]
    store = collect(problems, lambda source: with_runs(opened(source, out)), study)
    criterion = collect(problems, lambda text: _criterion(text, store), fails)
    if store is None:
        raise InputError(problems)
    chosen = collect(problems, lambda names: select(store, names), outcomes)
    base = collect(problems, lambda name: _baseline(name, store), baseline)
    if problems or chosen is None or base is None:
        raise InputError(problems)
    return Question(store, tuple(chosen), base, criterion)


def units(study: Study) -> Over:
    """Return the units of a study's intervals: points if several were drawn from what is uncertain, else seeds."""
    drawn = study.design.kind in DRAWN and len(study.points().drop_duplicates()) > 1
    return "points" if drawn else "seeds"


def with_runs(store: Store) -> Store:
    """Return a store in which something is done.

    Raises:
        InputError: if nothing is.
    """
    if store.count():
        return store
    raise InputError([Problem("results", "runs", "0", "none is done yet", "'comity sweep' goes on")])


def _baseline(name: str | None, store: Store) -> str:
    known = list(dict.fromkeys(case.regime for case in store.study.cases()))
    if name is None:
        return default_baseline(known)
    if name in known:
        return name
    raise InputError([_not_there("--baseline", name, "not a regime of this study", known)])


def _criterion(text: str | None, store: Store | None) -> Criterion | None:
    if text is None:
        return None
    found = CRITERION.fullmatch(text)
    if found is None:
        raise InputError([Problem(COMMAND_LINE, "--fails", shown(text), "not understood", _VALID)])
    change, name, sign, number = found.groups()
    known = [outcome.id for outcome in store.study.measured] if store else [name]
    if name not in known:
        raise InputError([_not_there("--fails", name, "not an outcome of this study", known)])
    return Criterion(name, bool(change), sign, float(number))


def _not_there(key: str, name: str, wrong: str, known: list[str]) -> Problem:
    hint = did_you_mean(name, known)
    return Problem(COMMAND_LINE, key, shown(name), wrong, f"{hint}{', '.join(known)}")
