"""Lessons: short guided scenes. Each asks for a guess and ends in a task; whether it is done is read off the running model."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from comity.observe.measures import GROUPS, SUM, Measure, Stage, Task
from comity.parameters import LEVELS
from comity.problems import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from comity.app.city import City

Cities: TypeAlias = "list[City]"
Answer: TypeAlias = tuple[bool, str, str]
"""Whether the task is done, what was found, and why it is not done: a key of the lesson's ``wrong``."""

HISPANIC: Final = [n for n, name in enumerate(GROUPS) if name.startswith("Hispanic")]
US_BORN, UNAUTHORIZED = GROUPS.index("Hispanic, US-born"), GROUPS.index("Hispanic, unauthorized")
SERIOUS: Final = [LEVELS.index("L2"), LEVELS.index("L1")]
TELLING: Final = 0.95
"""Of what is taken to the left: where less is taken to the right, a lesson says so."""


def counted(city: City, *measures: Measure, groups: list[int] | None = None) -> float:
    """Return how much a city has counted so far, in persons, the period that is not over included."""
    chosen = groups or list(range(len(GROUPS)))
    past = (
        sum(city.model.totals()[m.name.lower()][:, chosen].sum() for m in measures)
        if len(city.series())
        else 0
    )
    now = city.model.world.tally[:, chosen][:, :, list(measures)].sum() * city.setup.scale
    return float(past + now)


def _course(city: City, name: str, groups: list[int]) -> NDArray[np.float64]:
    """Return the mean of a stock at the end of every period that is over, of 100; NaN if none is."""
    totals = city.model.totals()
    if not len(totals[name + SUM]):
        return np.array([np.nan])
    above, below = (totals[key][:, groups].sum(axis=1) for key in (name + SUM, "residents"))
    return np.asarray(100 * above / np.maximum(below, 1))


def _mean(city: City, name: str, groups: list[int]) -> float:
    """Return the mean of a stock in the last period that is over, of 100."""
    return float(_course(city, name, groups)[-1])


def _taken(city: City) -> float:
    """Return how many of those booked since the first day ICE has taken, as the headline and the pipeline do."""
    return float(city.funnel()[..., Stage.ICE_CUSTODY].sum())


def _calls(city: City) -> float:
    """Return how many of 100 Hispanic victims so far call the police."""
    victims = counted(city, Measure.INCIDENTS, groups=HISPANIC)
    return 100 * counted(city, Measure.CHANCE_SUM, groups=HISPANIC) / max(victims, 1)


def _prints(cities: Cities) -> Answer:
    left, right = (counted(city, Measure.SUBMISSIONS) for city in cities)
    taken = [_taken(city) for city in cities]
    why = "early" if not left else "custody" if taken[1] < TELLING * taken[0] else "neither"
    text = f"Left {left:,.0f} sets of prints reached immigration, right {right:,.0f}."
    return left > 0 and right < left / 2, text, why


def _alike(cities: Cities) -> Answer:
    left, right = cities
    differ = int((left.model.world.residents != right.model.world.residents).sum())
    matches = counted(left, Measure.MATCHES)
    asked = right.setup.regime.startswith("no_receive") and not left.setup.regime.startswith("no_receive")
    begun = bool((left.model.world.policies != right.model.world.policies).any())
    text = (
        f"{differ:,} of {len(left.model.world.residents):,} residents differ between left and right. How far calling the police "
        f"is taken to lead to ICE is {_mean(left, 'attribution', HISPANIC):.1f} of 100 to the left and "
        f"{_mean(right, 'attribution', HISPANIC):.1f} to the right; of 100 Hispanic victims {_calls(left):.1f} and "
        f"{_calls(right):.1f} call the police."
    )
    why = "other" if not asked else "belief" if matches and begun else "early"
    return (
        asked and begun and matches > 0 and differ == 0,
        text if asked else "The two cities have other regimes now.",
        why,
    )


def _beds(cities: Cities) -> Answer:
    share, agents = _serious(cities[0])
    beds = cities[0].setup.parameters.ice_beds
    people = f"{agents * cities[0].setup.scale:,.0f} people"
    text = f"{100 * share:.0f} % of the {people} taken have a felony or serious conviction."
    more = beds > type(cities[0].setup.parameters).model_fields["ice_beds"].default
    return share >= 0.5 and agents >= 20, text, "few" if agents < 20 else "more" if more else "room"


def _serious(city: City) -> tuple[float, int]:
    """Return the share of those taken who have a felony or serious conviction, and how many agents were taken."""
    reached = city.model.world.funnel.sum(axis=(0, 1, 3))[:, Stage.ICE_CUSTODY]
    return float(reached[SERIOUS].sum() / max(reached.sum(), 1)), int(reached.sum())


def _silence(cities: Cities) -> Answer:
    calls, more = [_calls(city) for city in cities], _more_crime(cities)
    text = (
        f"With the programme {calls[0]:.1f} of 100 Hispanic victims call, without it {calls[1]:.1f}; "
        f"crime against them is {more:+.1f} % with the programme."
    )
    silent = calls[1] - calls[0] > 1
    return silent and abs(more) < 0.5, text, "learn" if silent else "calls"


def _more_crime(cities: Cities) -> float:
    """Return by how many per cent there is more crime against Hispanic residents in the first city than in the second."""
    crime = [counted(city, Measure.INCIDENTS, groups=HISPANIC) for city in cities]
    return 100 * (crime[0] / max(crime[1], 1) - 1)


def _citizens(cities: Cities) -> Answer:
    us_born, unauthorized = (_mean(cities[0], "risk", [group]) for group in (US_BORN, UNAUTHORIZED))
    text = f"Perceived risk: {us_born:.0f} of 100 among US-born Hispanic citizens, {unauthorized:.0f} among the unauthorized."
    return us_born < 2 and unauthorized > 50, text, "nobody" if us_born < 2 else "felt"


def _opt_out(cities: Cities) -> Answer:
    prints = [counted(city, Measure.SUBMISSIONS) for city in cities]
    taken = [_taken(city) for city in cities]
    sent = prints[1] > 0.98 * prints[0] > 0
    share = f"{100 * prints[1] / max(prints[0], 1):.0f} %"
    text = f"Right, immigration got {share} of the prints of left; ICE took {taken[1]:,.0f} people, left {taken[0]:,.0f}."
    why = "early" if not prints[0] else "custody" if sent else "prints"
    return sent and taken[1] <= 0.8 * taken[0], text, why


def _comes_back(cities: Cities) -> Answer:
    """Compare what the police to the right lastingly lost at their worst with what they have lost by now."""
    city = cities[-1]
    lasting, trust = (_course(city, name, [UNAUTHORIZED]) for name in ("entanglement", "trust"))
    lost, back = lasting.max() - lasting[0], lasting.max() - lasting[-1]
    text = (
        f"To the right the police were lastingly seen as ICE's by {lasting[0]:.0f} of 100 at first, {lasting.max():.1f} at the "
        f"worst and {lasting[-1]:.1f} now; the unauthorized trusted them by {trust[0]:.1f} of 100 at first, {trust.min():.1f} at "
        f"the worst and {trust[-1]:.1f} now (left: {_mean(cities[0], 'trust', [UNAUTHORIZED]):.1f})."
    )
    costs = city.model.world.p[0]["entanglement_weight"] > 0
    why = "costless" if not costs else "stays" if lost > 1 else "lost"
    return bool(costs and lost > 1 and back >= lost / 4), text, why


def _whose_time(cities: Cities) -> Answer:
    """Compare the hours that officers spent on patrol and for ICE so far."""
    spent = [7 * city.model.world.police["hours"].sum(axis=0) / city.today for city in cities]
    (left, right), ice = (
        (hours[[Task.PATROL, Task.COMMUNITY_POLICING]].sum() for hours in spent),
        Task.IMMIGRATION,
    )
    text = (
        f"Officers work {spent[0][ice]:,.0f} hours a week for ICE to the left and {spent[1][ice]:,.0f} to the right; on patrol "
        f"and in community policing {left:,.0f} to the left and {right:,.0f} to the right."
    )
    why = "left" if spent[0][ice] else "paid" if spent[1][ice] else "none"
    return bool(spent[0][ice] == 0 and spent[1][ice] > 0 and right < 0.995 * left), text, why


@dataclass(frozen=True)
class Lesson:
    """One scene, as ``lessons.toml`` tells it.

    Attributes:
        id: by which answers name it.
        title: of the scene.
        text: paragraphs to read first.
        question: the task: what to achieve with the controls.
        hints: where to look, each more plainly than the one before.
        after: what the answer means.
        state: with what the page opens, as an address has it.
        answers: changes to it that do the task, of which a recorded page has the runs.
        wrong: why the task is not done, by what the run shows.
        concept: a question that is asked before and after, with its options, the right one, and why each is right or wrong.
        guess: what is asked before anything is seen: a line, a number or a choice.
    """

    id: str
    title: str
    text: list[str]
    question: str
    hints: list[str]
    after: str
    state: dict[str, str]
    answers: list[dict[str, str]]
    wrong: dict[str, str]
    concept: dict[str, Any]
    guess: dict[str, Any]


LESSONS: Final = tuple(
    Lesson(**entry)
    for entry in tomllib.loads(files("comity.app").joinpath("lessons.toml").read_text(encoding="utf-8"))[
        "lesson"
    ]
)

ANSWERS: Final[tuple[Callable[[Cities], Answer], ...]] = (
    _prints,
    _alike,
    _beds,
    _silence,
    _citizens,
    _opt_out,
    _comes_back,
    _whose_time,
)
"""What tells whether the task of each lesson is done, and says what it found."""

GUESSED: Final[dict[str, Callable[[Cities], float]]] = {
    "letter": lambda cities: _taken(cities[1]),
    "beds": lambda cities: 100 * _serious(cities[0])[0],
    "silence": _more_crime,
}
"""The number that a lesson asks to guess."""

GIVEN: Final[dict[str, Callable[[Cities], float]]] = {
    "letter": lambda cities: _taken(cities[0]),
    "opt-out": lambda cities: counted(cities[0], Measure.SUBMISSIONS),
}
"""The number that is given to whoever guesses."""


def check(number: int, cities: Cities) -> dict[str, Any]:
    """Return whether the cities as they stand do the task of a lesson, with what was found and the numbers of its guess.

    Raises:
        InputError: if there is no such lesson.
    """
    if not 1 <= number <= len(LESSONS):
        raise InputError(
            [Problem("address", "lesson", str(number), "unknown", f"a whole number from 1 to {len(LESSONS)}")]
        )
    lesson = LESSONS[number - 1]
    if not cities or len(cities) < 1 + ("against" in lesson.state) or not cities[0].today:
        text = "This question is about two cities: choose a regime to compare with."
        return {"lesson": number, "done": False, "text": text, "why": "", "after": ""}
    if not len(cities[0].series()):
        text = "No week is over yet on this day. Go on in time."
        return {"lesson": number, "done": False, "text": text, "why": "", "after": ""}
    done, text, why = ANSWERS[number - 1](cities)
    said = {"why": "", "after": lesson.after} if done else {"why": why, "after": ""}
    numbers = {
        key: measures[lesson.id](cities)
        for key, measures in (("value", GUESSED), ("given", GIVEN))
        if lesson.id in measures
    }
    return {"lesson": number, "done": bool(done), "text": text, **said, **numbers}
