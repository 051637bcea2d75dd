"""The checks of `comity verify`: each asks one question of the model as it is installed here, and answers with numbers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from rich.text import Text

from comity import hypotheses
from comity.agents.residents import Whereabouts
from comity.model import CooperationModel
from comity.output.bundle import versions
from comity.output.terminal import table
from comity.problems import InputError, Problem, shown
from comity.reading import COMMAND_LINE
from comity.scenario import load
from comity.verify import golden, twin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from rich.console import RenderableType

SEEDS_OF_TWIN: Final = 20
EXPERIMENT: Final = "national-funnel"

SMALL: Final[dict[str, Any]] = {
    "place": "06075",
    "start": "2010-01-01",
    "end": "2011-06-30",
    "scale": 50,
    "seed": 11,
}
"""San Francisco around its activation on 8 June 2010, one agent for fifty people."""

HOME, JAIL, CUSTODY, REMOVED, GONE = map(int, Whereabouts)
MOVES: Final = {
    "booking": (HOME, JAIL),
    "release": (JAIL, HOME),
    "transfer": (JAIL, CUSTODY),
    "at_large_arrest": (HOME, CUSTODY),
    "removal": (CUSTODY, REMOVED),
    "ice_release": (CUSTODY, HOME),
    "move": (HOME, GONE),
    "departure": (HOME, GONE),
    "arrival": (GONE, HOME),
    "reentry": (REMOVED, HOME),
}
"""Kind of event -> where it finds somebody, and where it leaves them."""

COUNTED: Final = {
    "incident": "incidents", "report": "reported",    "arrest": "arrests",     "booking": "bookings",
    "print": "submissions",  "match": "matches",      "detainer": "detainers", "transfer": "transfers",
    "removal": "removals",   "move": "moved_away",
}  # fmt: skip
"""Kind of event -> the measure that counts it."""


@dataclass(frozen=True)
class Answer:
    """What a check found.

    Attributes:
        check: its name.
        question: what it asks.
        found: in words, with numbers.
        passed: whether the model is as it should be.
        seconds: how long it took.
    """

    check: str
    question: str
    found: str
    passed: bool
    seconds: float


def exact() -> tuple[bool, str]:
    """Does this machine give the numbers of the run that is kept, to the last count?"""
    found, kept = golden.golden_run(), golden.expected()
    if found == kept:
        return (
            True,
            f"{found['numbers']['incidents']:,.0f} incidents, {found['numbers']['bookings']:,.0f} bookings, all as kept",
        )
    other = [name for name in kept if found[name] != kept[name]]
    return (
        False,
        f"not as kept: {', '.join(other)}; bookings {found['numbers']['bookings']:,.0f}, kept {kept['numbers']['bookings']:,.0f}",
    )


def _equivalent() -> tuple[bool, str]:
    """Does a plain Mesa model of the same rules, one object a resident, give the same distributions?"""
    wrong, number = twin.differing(SEEDS_OF_TWIN)
    told = f"{number} outcomes over {SEEDS_OF_TWIN} seeds: {len(wrong)} differ by more than chance (error 1 in 10,000)"
    return not wrong, "; ".join([told, *wrong[:3]])


def _conserved() -> tuple[bool, str]:
    """Is everybody in one place at a time, and does every count follow from the log of events?"""
    model = CooperationModel(**SMALL, log=True, **BUSY)
    before = model.world.residents["whereabouts"].astype(int)
    model.run()
    events = model.events()
    wrong = [*misplaced(events, before, model.world.residents["whereabouts"]), *miscounted(events, model)]
    told = f"{len(before):,} residents, {len(events):,} events: {len(wrong)} contradictions"
    return not wrong, "; ".join([told, *wrong[:3]])


BUSY: Final[dict[str, Any]] = {
    "minor_arrests": 0.5,
    "ident_unauthorized": 1.0,
    "ice_beds": 100.0,
    "pickup_capacity": 10.0,
    "population": 1,
    "reentry": 0.5,
}
"""Rates far above reality, and people who come and go, so that every stage has events."""


def misplaced(events: pd.DataFrame, before: NDArray[np.int_], after: NDArray[Any]) -> Iterator[str]:
    """Yield events that find somebody elsewhere than they can, and residents who end elsewhere than the log says."""
    where = before.copy()
    moves = events[events["kind"].isin(MOVES)]
    for kind, i, day in zip(moves["kind"], moves["resident"], moves["day"], strict=True):
        finds, leaves = MOVES[kind]
        if where[i] != finds and not (kind == "arrival" and where[i] == REMOVED):
            yield f"{kind} of resident {i} on day {day}, who is {Whereabouts(where[i]).name.lower()}"
        where[i] = leaves
    yield from (f"resident {i} is not where the log ends" for i in np.flatnonzero(where != after))


def miscounted(events: pd.DataFrame, model: CooperationModel) -> Iterator[str]:
    """Yield measures whose total is not that of the events."""
    sums = model.table().groupby("measure", observed=True)["value"].sum()
    logged = events["kind"].value_counts() * model.setup.scale
    for kind, measure in COUNTED.items():
        if not np.isclose(sums[measure], logged.get(kind, 0)):
            yield f"{measure}: {sums[measure]:,.0f} counted, {logged.get(kind, 0):,.0f} in the log"


def placebo() -> tuple[bool, str]:
    """Does an opt-out that only people notice change exactly nothing where nobody acts on belief (H0), but not elsewhere?"""
    same, number = _without_effect("H0")
    reacts = not _without_effect(hypotheses.default())[0]
    told = f"H0: {number:,} events, {'every one the same' if same else 'not the same'}"
    return same and reacts, f"{told}; {hypotheses.default()}: {'not the same' if reacts else 'the same, too'}"


def _without_effect(spec: str) -> tuple[bool, int]:
    """Return whether two histories agree in every event, one with an opt-out that ICE does not notice, and how many events."""
    one, other = (
        CooperationModel(**SMALL, hypotheses=spec, regime=regime, log=True).run().events()
        for regime in ("mandatory", "no_receive")
    )
    return one.equals(other), len(one)


def monotone() -> tuple[bool, str]:
    """Under the same dice, does reporting fall with fear, and what reaches ICE with what is sent?"""
    fear = [
        _reporting(CooperationModel(**SMALL, hypotheses="H2", fear_weight=weight).run()) for weight in LADDER
    ]
    sent = [
        _total(CooperationModel(**SMALL, hypotheses="H0", live_scan=share).run(), "submissions")
        for share in SHARES
    ]
    found = (
        f"Hispanic reporting {', '.join(f'{value:.1%}' for value in fear)} at fear {', '.join(map(str, LADDER))}; "
        f"prints {', '.join(f'{value:,.0f}' for value in sent)} at live-scan {', '.join(map(str, SHARES))}"
    )
    return falling(fear) and falling([-value for value in sent]), found


LADDER: Final = (0.0, 1.0, 2.0)
SHARES: Final = (0.3, 0.6, 0.9)


def falling(values: Sequence[float]) -> bool:
    """Return whether each value is less than the one before."""
    return all(more > less for more, less in pairwise(values))


def _total(model: CooperationModel, measure: str) -> float:
    table = model.table()
    since = table["date"] >= "2010-07-01"
    hispanic = table["group"].astype(str).str.startswith("Hispanic")
    return float(table.loc[since & hispanic & (table["measure"] == measure), "value"].sum())


def _reporting(model: CooperationModel) -> float:
    return _total(model, "chance_sum") / _total(model, "incidents")


def reproduced() -> tuple[bool, str]:
    """Does the nation, 2006 to 2015, meet the published numbers to which it was fitted?"""
    import pandas as pd  # noqa: PLC0415 - slow to import

    from comity.published import estimates, registry, reproduce, targets  # noqa: PLC0415 - likewise

    fitted = [
        t for t in targets.published() if t.experiment == EXPERIMENT and t.use == "fitting" and t.estimate
    ]
    numbers = estimates.live(load(registry.NATION), [target.estimate for target in fitted])
    rows = reproduce.compare(fitted, pd.DataFrame([numbers]))
    told = "; ".join(
        f"{r.statement} {r.model:.3g} {r.unit}, published {r.published:.3g}" for r in rows.itertuples()
    )
    return bool((rows["verdict"] == "inside").all()), told


CHECKS: Final[dict[str, Callable[[], tuple[bool, str]]]] = {
    "golden run": exact,
    "twin": _equivalent,
    "conservation": _conserved,
    "placebo": placebo,
    "monotonicity": monotone,
    "reproduction": reproduced,
}


def chosen(names: Sequence[str] | None) -> list[str]:
    """Return names of checks, of all without names.

    Raises:
        InputError: over those that are none.
    """
    if unknown := [name for name in names or () if name not in CHECKS]:
        raise InputError(
            Problem(COMMAND_LINE, "--only", shown(name), "no such check", f"some of {', '.join(CHECKS)}")
            for name in unknown
        )
    return list(dict.fromkeys(names or CHECKS))


def ask(names: Sequence[str], progress: Callable[[int, int], None]) -> list[Answer]:
    """Carry out checks of `CHECKS`, one after the other.

    Args:
        names: which.
        progress: called with checks done and checks in all.
    """
    answers: list[Answer] = []
    for name in names:
        progress(len(answers), len(names))
        check, begun = CHECKS[name], time.perf_counter()
        passed, found = check()
        question = (check.__doc__ or "").strip()
        answers.append(Answer(name, question, found, passed, time.perf_counter() - begun))
    progress(len(answers), len(names))
    return answers


def page(answers: Sequence[Answer]) -> tuple[RenderableType, ...]:
    """Return what was asked and found, on one page."""
    of = ", ".join(
        f"{name} {number}" for name, number in ({"comity": version("comity")} | versions()).items()
    )
    rows = [
        (
            each.check,
            f"{'passed' if each.passed else 'FAILED'}\n{each.seconds:.0f} s",
            f"{each.question}\n- {each.found}",
        )
        for each in answers
    ]
    passed, seconds = sum(each.passed for each in answers), sum(each.seconds for each in answers)
    told = f"{passed} of {len(answers)} checks passed, in {seconds:.0f} s. docs/verification.md says what each of them shows."
    return table(f"Verification of {of}", ("check", "", "question\n- what was found"), rows, airy=True), Text(
        told
    )
