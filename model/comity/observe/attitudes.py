"""An attitude survey of Hispanic residents, with the questions of two studies on cooperation with ICE.

Theodore (2013) asked Latinos of four counties in late 2012 whether they are less likely to contact the police because of fear
that police would ask about immigration status. Wong et al. (2019) asked unauthorized Mexicans in San Diego what they would do
if police worked with ICE. They are asked the items of `comity.observe.items`, too. See docs/observation.md on how an answer
follows from the rules of the model.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.agents.offending import victim_rate
from comity.agents.residents import Status, draw_of, identity
from comity.draws import Stream, draw, draws
from comity.kernels import Int, kernel
from comity.observe.asking import (
    APART,
    CIRCUMSTANCES,
    NOW,
    TOGETHER,
    UNAFRAID,
    VICTIM,
    WITNESS,
    ask_all,
)
from comity.observe.items import ITEMS
from comity.observe.observers import OBSERVERS, Observer
from comity.observe.poll import answer, poll

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.scenario import Scenario
    from comity.world.state import World

FIELD: Final = (11, 28)
"""Month and day of each year's survey: the middle of the field time of the four-county survey."""

ANSWERS: Final = {
    "less_likely_victim": (VICTIM, UNAFRAID, NOW),
    "less_likely_information": (WITNESS, UNAFRAID, NOW),
    "ice_less_likely_victim": (VICTIM, APART, TOGETHER),
    "ice_less_likely_witness": (WITNESS, APART, TOGETHER),
}
"""Question -> as whom, and the two circumstances that it sets side by side."""

TRUSTING: Final = ("now", "together", "apart")
"""When the police are trusted: as things are, and if they work with ICE or not."""

RESPONDENT: Final = np.dtype(
    [
        ("resident", "i4"),
        ("day", "i4"),
        ("status", "u1"),  # Status
        ("chances", "f8", (len(CIRCUMSTANCES), 2)),  # of calling the police, as victim and as witness
        ("dice", "f8", (len(ANSWERS),)),
        ("trust", "f8", (len(TRUSTING),)),
        ("yes", "?", (len(ITEMS),)),  # to each item
        ("avoided", "f8"),  # times a year that fear keeps the respondent from calling
        ("avoided_once", "?"),
    ]
)
"""One row per respondent."""


@kernel
def _draw_sample(w: World, wave: Int, share: float, chosen: NDArray[np.int64]) -> Int:
    """List the Hispanic residents whom a wave would ask, as many as there is room for, and return their number."""
    n = 0
    for i in range(len(w.residents)):
        if w.residents[i]["hispanic"] and (draw_of(w, i, Stream.ATTITUDE_SAMPLE, wave) < share):
            if n < len(chosen):
                chosen[n] = i
            n += 1
    return n


@kernel
def throw(w: World, rows: NDArray[np.int64], today: Int, dice: NDArray[np.float64]) -> None:
    """Give each respondent a uniform number for each question."""
    for n in range(len(rows)):
        seed, who = w.clock[0]["seed"], identity(w, rows[n])
        dice[n, 0], dice[n, 1], dice[n, 2], dice[n, 3] = draws(seed, Stream.ATTITUDE_ANSWER, today, who)
        dice[n, 4] = draw(seed, Stream.ITEM_ANSWER, today, who)


class AttitudeSurvey(Observer):
    """A new sample every year, on one day in November."""

    tables = OBSERVERS["attitudes"][2]

    def __init__(self, w: World, setup: Scenario, counties: pd.DataFrame) -> None:
        super().__init__(w, setup, counties)
        self.share = setup.parameters.survey_share
        self.waves = {self._day(year): self._sample(w, year) for year in self._years()}
        self.asked: list[NDArray[np.void]] = []

    def _day(self, year: int) -> int:
        return (dt.date(year, *FIELD) - self.setup.start).days

    def _years(self) -> list[int]:
        years = range(self.setup.start.year, self.setup.end.year + 1)
        return [year for year in years if 0 <= self._day(year) < self.setup.days]

    def _sample(self, w: World, wave: int) -> NDArray[np.int64]:
        chosen = np.zeros(_draw_sample(w, wave, self.share, np.zeros(0, np.int64)), np.int64)
        _draw_sample(w, wave, self.share, chosen)
        return chosen

    def watch(self, w: World, today: int, events: NDArray[np.void]) -> None:  # noqa: ARG002 - it asks people
        """Make today's interviews, if there are any."""
        if today in self.waves:
            self.asked.append(interview(w, self.waves[today], today))

    def table(self, name: str) -> pd.DataFrame:  # noqa: ARG002 - there is one
        """Return ``attitudes``; see docs/observation.md for the columns."""
        rows = np.concatenate(self.asked) if self.asked else np.zeros(0, RESPONDENT)
        resident = rows["resident"]
        columns: dict[str, Any] = {
            "person": self.numbers(resident),
            "county": self.names(self.counties[resident]),
            "date": self.dates(rows["day"]),
            "born_in_us": rows["status"] == Status.US_BORN,
            "undocumented": rows["status"] == Status.UNAUTHORIZED,
            "weight": np.full(len(rows), self.scale / max(self.share, 1e-12)),
        }
        for k, (question, (role, without, with_)) in enumerate(ANSWERS.items()):
            before, after = rows["chances"][:, without, role], rows["chances"][:, with_, role]
            columns[question] = less_likely(before, after, rows["dice"][:, k])
        columns["avoided"] = rows["avoided_once"]
        columns |= {item: rows["yes"][:, k] for k, item in enumerate(ITEMS)}
        columns |= {f"trust_{name}": rows["trust"][:, k] for k, name in enumerate(TRUSTING)}
        chances = {
            f"chance_{role}_{name}": rows["chances"][:, c, k]
            for c, name in enumerate(CIRCUMSTANCES)
            for k, role in enumerate(("victim", "witness"))
        }
        return pd.DataFrame(columns | chances)


def interview(w: World, sample: NDArray[np.int64], today: int) -> NDArray[np.void]:
    """Ask those of a sample who are in the community and take part (`RESPONDENT`), changing nothing."""
    said = poll(w, sample, today, Stream.ATTITUDE_RESPONSE)
    sample = said.resident
    rows = np.zeros(len(sample), RESPONDENT)
    rows["resident"], rows["day"], rows["status"] = sample, today, said.status
    rows["trust"] = np.column_stack([said.trust, said.together, said.apart])
    rows["yes"] = answer(w, said, today)
    answers, dice = np.zeros((len(sample), len(CIRCUMSTANCES), 2)), np.zeros((len(sample), len(ANSWERS) + 1))
    ask_all(w, sample, today, answers)
    throw(w, sample, today, dice)
    rows["chances"], rows["dice"] = answers, dice[:, :-1]
    rows["avoided"] = avoidance(w, rows)
    rows["avoided_once"] = dice[:, len(ANSWERS)] < -np.expm1(-rows["avoided"])
    return rows


def avoidance(w: World, rows: NDArray[np.void]) -> NDArray[np.float64]:
    """Return how often a year fear keeps each respondent from a call that they would make without it, as victim or witness."""
    occasions = np.zeros((len(rows), 2))
    _count_occasions(w, rows["resident"], occasions)
    fall = rows["chances"][:, UNAFRAID] - rows["chances"][:, NOW]
    return np.asarray((occasions * np.maximum(fall, 0.0)).sum(axis=1))


@kernel
def _count_occasions(w: World, rows: NDArray[np.int32], occasions: NDArray[np.float64]) -> None:
    """Enter how often a year each respondent is a victim, and a witness, before any programme."""
    for n in range(len(rows)):
        hispanic = w.residents[rows[n]]["hispanic"]
        base = w.clock[0]["rate_hispanic"] if hispanic else w.clock[0]["rate_other"]
        occasions[n, 0] = victim_rate(w, rows[n])
        occasions[n, 1] = w.p[0]["witnesses"] * base


def less_likely(
    before: NDArray[np.float64], after: NDArray[np.float64], dice: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return who says "less likely": who imagines a crime that they would have reported, and would not report now.

    A resident reports when a uniform number is below the chance. One who would have reported has a number that is uniform
    below ``before``, and does not report any more if it is not below ``after``. The share of those who say so is
    therefore the relative fall of reporting, 1 - after / before. There is no threshold, and so no parameter.
    """
    return np.asarray(dice * before >= after)
