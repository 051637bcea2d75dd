"""Lessons: six short guided scenes. Each ends in a question whose answer is read off the running model, not off a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.observe.measures import GROUPS, Measure, Stage
from comity.parameters import LEVELS
from comity.problems import Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.app.city import City

    Cities = list[City]
    Answer = tuple[bool, str]

HISPANIC: Final = [n for n, name in enumerate(GROUPS) if name.startswith("Hispanic")]
US_BORN, UNAUTHORIZED = GROUPS.index("Hispanic, US-born"), GROUPS.index("Hispanic, unauthorized")
SERIOUS: Final = [LEVELS.index("L2"), LEVELS.index("L1")]


def counted(city: City, *measures: Measure, groups: list[int] | None = None) -> float:
    """Return how much a city has counted so far, in persons, the period that is not over included."""
    chosen = groups or list(range(len(GROUPS)))
    past = sum(city.model.totals()[m.name.lower()][:, chosen].sum() for m in measures) if len(city.series()) else 0
    now = city.model.world.tally[:, chosen][:, :, list(measures)].sum() * city.setup.scale
    return float(past + now)


def _prints(cities: Cities) -> Answer:
    left, right = (counted(city, Measure.SUBMISSIONS) for city in cities)
    return 0 < left and right < left / 2, f"Left {left:,.0f} sets of prints reached immigration, right {right:,.0f}."


def _alike(cities: Cities) -> Answer:
    left, right = cities
    differ = int((left.model.world.residents != right.model.world.residents).sum())
    matches = counted(left, Measure.MATCHES)
    asked = right.setup.regime.startswith("no_receive")
    text = f"{differ:,} of {len(left.model.world.residents):,} residents differ between left and right."
    return asked and matches > 0 and differ == 0, text if asked else "The right city has another regime now."


def _beds(cities: Cities) -> Answer:
    reached = cities[0].model.world.funnel.sum(axis=(0, 1, 3))[:, Stage.ICE_CUSTODY]
    share = float(reached[SERIOUS].sum() / max(reached.sum(), 1))
    text = f"{100 * share:.0f} % of the {reached.sum() * cities[0].setup.scale:,.0f} people taken have a felony or serious conviction."
    return share >= 0.5 and reached.sum() >= 20, text


def _silence(cities: Cities) -> Answer:
    crime = [counted(city, Measure.INCIDENTS, groups=HISPANIC) for city in cities]
    calls = [100 * counted(c, Measure.CHANCE_SUM, groups=HISPANIC) / max(n, 1) for c, n in zip(cities, crime, strict=True)]
    more = 100 * (crime[0] / max(crime[1], 1) - 1)
    text = (
        f"With the programme {calls[0]:.1f} of 100 Hispanic victims call, without it {calls[1]:.1f}; "
        f"crime against them is {more:+.1f} % with the programme."
    )
    return calls[1] - calls[0] > 1 and abs(more) < 0.5, text


def _citizens(cities: Cities) -> Answer:
    totals = cities[0].model.totals()
    risk = 100 * totals["risk"][-1] / np.maximum(totals["residents"][-1], 1)
    text = f"Perceived risk: {risk[US_BORN]:.0f} of 100 among US-born Hispanic citizens, {risk[UNAUTHORIZED]:.0f} among the unauthorized."
    return bool(risk[US_BORN] < 2 and risk[UNAUTHORIZED] > 50), text


def _opt_out(cities: Cities) -> Answer:
    prints = [counted(city, Measure.SUBMISSIONS) for city in cities]
    taken = [counted(city, Measure.TRANSFERS, Measure.AT_LARGE_ARRESTS) for city in cities]
    text = f"Right, immigration got {100 * prints[1] / max(prints[0], 1):.0f} % of the prints of left, and ICE took {taken[1]:,.0f} people instead of {taken[0]:,.0f}."
    return prints[1] > 0.98 * prints[0] > 0 and taken[1] <= 0.8 * taken[0], text


@dataclass(frozen=True)
class Lesson:
    """One scene.

    Attributes:
        title: of the scene.
        text: paragraphs to read first.
        question: what to achieve with the controls.
        hint: where to look.
        after: what the answer means.
        state: with what the page opens, as an address has it.
        cities: how many cities the question is about.
        answer: reads off the cities whether the question is answered, and says what it found.
    """

    title: str
    text: tuple[str, ...]
    question: str
    hint: str
    after: str
    state: dict[str, str]
    cities: int
    answer: Callable[[Cities], Answer]

    def as_json(self) -> dict[str, Any]:
        """Return what the page shows."""
        keys = ("title", "text", "question", "hint", "after", "state")
        return {key: getattr(self, key) for key in keys}


LESSONS: Final = (
    Lesson(
        "The founding letter",
        (
            "On 18 May 2010 the sheriff of San Francisco wrote to California's attorney general. Three weeks later every "
            "arrestee's fingerprints would go to immigration databases at booking, whatever the charge and before any court. "
            "He asked the state not to forward them.",
            "Both cities below have the same people, the same crimes and the same dice. To the right the sheriff declines to "
            "hold people for minor offences. Compare how many prints reach immigration.",
        ),
        "Choose a regime for the right city under which less than half as many prints reach immigration.",
        "Only three hands can stop a print: the state bureau, whoever does not send it at all, and the federal government.",
        "Holds are decided in the jail, after the prints have gone. Whoever wants to keep information must cut before the match.",
        {"against": "no_minor_holds", "day": "273", "chart": "prints", "group": "all"},
        2,
        _prints,
    ),
    Lesson(
        "Why not receiving changes nothing",
        (
            "In 2010 counties were offered to opt out of receiving the answers. ICE gets every print and every match all the same.",
            "Yet the two cities differ a little: people believe that their city has opted out, so they fear less and call the "
            "police more. All that differs comes from belief.",
        ),
        "Switch hypotheses on or off until no resident differs between the two cities, with the opt-out still in place.",
        "Under which hypothesis does nobody act on what they believe about the programme?",
        "When nobody acts on belief, the opt-out is exactly nothing: it is a placebo, and the model can prove it.",
        {"against": "no_receive", "day": "365", "chart": "risk", "group": "unauthorized"},
        2,
        _alike,
    ),
    Lesson(
        "Who is removed when beds are full",
        (
            "ICE has levels: L1 for serious convictions down to C0 for people never convicted of anything. It also has a fixed "
            "number of beds, and keeps some of them free for the more serious cases.",
            "With the beds of 2010 about a quarter of those taken from this city have a felony or serious conviction.",
        ),
        "Change the number of detention beds until at least half of those taken have a felony or serious conviction.",
        "Look for ice beds among the parameters that are data. More beds, or fewer?",
        "Priorities bind when places are scarce. With beds to spare, nearly everybody who is matched is taken.",
        {"day": "730", "chart": "custody", "group": "all"},
        1,
        _beds,
    ),
    Lesson(
        "Silence and crime",
        (
            "To the left the programme comes; to the right it never does. Hispanic victims to the left call the police less often, "
            "and there is more crime against them.",
            "One of the hypotheses that are switched on says why silence should cost crime.",
        ),
        "Switch off one hypothesis so that victims stay silent but crime against them is the same in both cities.",
        "Who would have to notice that victims do not call?",
        "Silence alone does not make crime. It does if offenders learn who will not call the police (H4).",
        {"against": "inactive", "day": "730", "chart": "victims", "hypotheses": "H2+H2b+H3+H4"},
        2,
        _silence,
    ),
    Lesson(
        "Citizens in mixed-status homes",
        (
            "About a third of Latinos live with somebody unauthorized. A citizen cannot be deported, but a parent or a partner can.",
            "So US-born citizens feel a risk that is not theirs by law: 10 of 100 at the outset here, and more after news of a removal.",
        ),
        "Choose hypotheses under which US-born Hispanic citizens feel practically no risk while unauthorized residents still do.",
        "Which hypothesis says that only those at risk themselves react?",
        "Whether citizens stay silent too depends on ties. Surveys found that they do; a model without ties cannot show it.",
        {"day": "365", "chart": "risk", "group": "us_born", "colour": "risk"},
        1,
        _citizens,
    ),
    Lesson(
        "Can a city opt out?",
        (
            "From 5 August 2011 ICE's letter left no state or city a say over the prints. To the right the state withholds them: "
            "watch it end with the letter.",
            "What is left to a city is its jail: whom it holds, whom it announces, whom it lets in.",
        ),
        "Find a regime under which immigration gets practically every print and ICE still takes at least a fifth fewer people.",
        "A regime may start earlier than it did in history: give its first day, such as 2010-06-08.",
        "Not out of the information. Out of custody, yes: ICE knows whom it wants, but must find them elsewhere.",
        {"against": "state_withhold", "day": "1096", "chart": "custody", "group": "all"},
        2,
        _opt_out,
    ),
)


def check(number: int, cities: Cities) -> dict[str, Any]:
    """Return whether the cities as they stand answer the question of a lesson, with what was found.

    Raises:
        ScenarioError: if there is no such lesson.
    """
    if not 1 <= number <= len(LESSONS):
        raise ScenarioError([Problem("address", "lesson", str(number), "unknown", f"1 to {len(LESSONS)}")])
    lesson = LESSONS[number - 1]
    if len(cities) < lesson.cities or not cities[0].today:
        return {"lesson": number, "done": False, "text": "This question is about two cities: choose a regime to compare with."}
    done, text = lesson.answer(cities)
    return {"lesson": number, "done": bool(done), "text": text, "after": lesson.after if done else ""}
