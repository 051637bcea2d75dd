"""A victim survey in the design of the National Crime Victimization Survey (NCVS).

Households are in the survey for seven interviews, six months apart. One of six rotation groups is interviewed in each month,
and its members of 12 years and over are asked about the six months before. The survey follows households, not people: those who
are gone are not interviewed, and what happened to them stays unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from comity.agents.offending import INCIDENT
from comity.agents.residents import Whereabouts, draw_of, identity
from comity.draws import Stream, draw
from comity.kernels import Int, kernel
from comity.observe.asking import respond
from comity.observe.measures import GROUP_OF, Stock
from comity.observe.observers import OBSERVERS, Observer
from comity.parameters import INCIDENTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.scenario import Scenario
    from comity.world.state import World

INTERVIEWS: Final = 7
RECALL: Final = 6
"""Months that an interview asks about, and months between two of them."""

ROUND: Final = INTERVIEWS * RECALL
"""Months from one first interview of a household to the next one, if it is drawn again."""

NEVER: Final = 255

REPORTERS: Final = ("respondent", "somebody else")
"""How the police came to know of an incident."""

INTERVIEW: Final = np.dtype(
    [
        ("resident", "i4"),
        ("day", "i4"),
        ("month", "i2"),  # since the start
        ("number", "u1"),  # 1 to 7
        ("outcome", "u1"),
    ],
    align=True,
)
"""One row per interview that is planned with a person."""

ETHNICITIES: Final = np.array([np.unique(groups) for groups in GROUP_OF])
"""Rows of `GROUPS` by [is Hispanic]."""

AHEAD, AWAY, REFUSED, ANSWERED = range(4)
"""What came of an interview: it is still ahead, the person was away from home, refused or answered."""


@kernel
def _draw_panel(
    w: World, months: tuple[int, int], share: float, house: NDArray[np.int32], entry: NDArray[np.int32]
) -> Int:
    """Draw the households of the survey, and list as many as there is room for.

    Every household is offered a place every 42 months, in a month of its own, and is drawn with chance ``share``: the
    sample is the same share at any time, and does not depend on other households.

    Args:
        w: the state on the first morning.
        months: first and last month of interviews, in months since year 0.
        share: of households that are in the survey at a time.
        house: gets the first member of each household.
        entry: gets the month of its first interview.

    Returns:
        The number of households drawn.
    """
    seed, n = w.clock[0]["seed"], 0
    for i in range(len(w.residents)):
        if w.residents[i]["household"] != i:
            continue
        who = identity(w, i)
        slot = int(draw(seed, Stream.SURVEY_PANEL, -1, who) * ROUND)
        turn = (months[0] + slot + RECALL - 1) // ROUND  # the first whose last interview is not too early
        while turn * ROUND - slot <= months[1]:
            first = turn * ROUND - slot
            if draw(seed, Stream.SURVEY_PANEL, turn, who) < share:
                if n < len(house):
                    house[n], entry[n] = i, first
                n += 1
            turn += 1
    return n


@kernel
def _set_dates(
    w: World, house: NDArray[np.int32], month: NDArray[np.int32], when: NDArray[np.float64]
) -> None:
    """Draw when in its month each interview of a household takes place, as a share of the month."""
    for n in range(len(house)):
        when[n] = draw_of(w, house[n], Stream.SURVEY_DATE, month[n])


class VictimSurvey(Observer):
    """The survey of one run: it knows from the start whom it will visit when."""

    tables = OBSERVERS["victim_survey"][2]

    def __init__(self, w: World, setup: Scenario, counties: pd.DataFrame) -> None:
        super().__init__(w, setup, counties)
        self.start = setup.start.year * 12 + setup.start.month - 1
        self.hispanic: NDArray[np.uint8] = w.residents["hispanic"]
        self.household: NDArray[np.int32] = w.residents["household"]
        self.sizes: NDArray[np.uint8] = w.residents["household_size"]
        self.children: NDArray[np.bool_] = w.ages["age"] == 0  # of nobody where all are alike
        self.plan, self.due = self._plan(w, *self._panel(w, setup.parameters.survey_share))
        self.controls: dict[int, NDArray[np.float64]] = {}
        self.heard: list[tuple[int, NDArray[np.void]]] = []  # day, and incidents against members of the panel

    def _panel(self, w: World, share: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Draw the households, and note for every resident in which months of the half-year somebody asks."""
        # Before the first six full months are over, nobody could tell what happened in them.
        first = self.start + RECALL + (self.setup.start.day > 1)
        months = (first, self.start + int(self.month_of[self.setup.days - 1]))
        nobody = np.zeros(0, np.int32)
        n = _draw_panel(w, months, share, nobody, nobody)
        house, entry = np.zeros(n, np.int32), np.zeros(n, np.int32)
        _draw_panel(w, months, share, house, entry)
        self.group = np.full(len(w.residents), NEVER, np.uint8)
        members, of = self._members(house)
        self.group[members] = (entry % RECALL)[of]
        self.window = months
        return house, entry

    def _members(self, house: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the members of households who are asked, and for each the place of the household in ``house``."""
        sizes = self.sizes[house].astype(np.int64)
        of = np.repeat(np.arange(len(house)), sizes)
        members = house[of] + np.arange(len(of)) - (np.cumsum(sizes) - sizes)[of]
        asked = ~self.children[members] if len(self.children) else slice(None)
        return members[asked], of[asked]

    def _plan(
        self, w: World, house: NDArray[np.int32], entry: NDArray[np.int32]
    ) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """Return all interviews in the order of days, and where those of each day begin."""
        number = np.tile(np.arange(INTERVIEWS), len(house))
        house, month = np.repeat(house, INTERVIEWS), np.repeat(entry, INTERVIEWS) + RECALL * number
        due = (month >= self.window[0]) & (month <= self.window[1])
        house, month, number = house[due], month[due], number[due]
        when = np.zeros(len(house))
        _set_dates(w, house, month, when)
        day = self._day_within(month - self.start, when)
        order = np.argsort(day, kind="stable")
        members, of = self._members(house[order])
        plan = np.zeros(len(members), INTERVIEW)
        plan["resident"], plan["day"] = members, day[order][of]
        plan["month"], plan["number"] = (month[order] - self.start)[of], (number[order] + 1)[of]
        return plan, np.searchsorted(plan["day"], np.arange(self.setup.days + 1))

    def _day_within(self, month: NDArray[np.int32], share: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the day of the run that lies a share of a month after its beginning."""
        borders = self.months(np.arange(int(self.month_of[-1]) + 2)).astype("datetime64[D]")
        days = (borders - np.datetime64(self.setup.start)).astype(np.int64)
        return np.asarray(days[month] + (share * (days[month + 1] - days[month])).astype(np.int64))

    def watch(self, w: World, today: int, events: NDArray[np.void]) -> None:  # noqa: ARG002 - it hears only victims
        """Hear of today's incidents in the panel, and make today's interviews."""
        month = int(self.month_of[today])
        if month not in self.controls:
            self.controls[month] = w.running[..., Stock.AGED_12].sum(axis=0)[ETHNICITIES].sum(axis=1) * float(
                self.scale
            )
        incidents = w.incidents[: w.clock["incidents"][0]]
        self.heard.append((today, incidents[self.group[incidents["victim"]] != NEVER]))
        due = self.plan[self.due[today] : self.due[today + 1]]
        due["outcome"] = self._outcomes(w, due["resident"], today)

    def _outcomes(self, w: World, members: NDArray[np.int32], today: int) -> NDArray[np.uint8]:
        """Return what comes of an interview with each of ``members`` today."""
        outcome = np.where(w.residents["whereabouts"][members] == Whereabouts.COMMUNITY, ANSWERED, AWAY)
        if w.p["nonresponse"][0] > 0.0 and len(members):
            answered = np.zeros(len(members), np.uint8)
            respond(w, members.astype(np.int64), Stream.SURVEY_RESPONSE, today, answered)
            outcome[(outcome == ANSWERED) & (answered == 0)] = REFUSED
        return outcome.astype(np.uint8)

    def table(self, name: str) -> pd.DataFrame:
        """Return ``victim_interviews`` or ``victim_incidents``; see docs/observation.md for the columns."""
        rows = self.plan[self.plan["outcome"] >= REFUSED]
        weight = self.weights(rows)
        return self._interviews(rows, weight) if name == self.tables[0] else self._incidents(rows, weight)

    def weights(self, rows: NDArray[np.void]) -> NDArray[np.float64]:
        """Return how many people each respondent stands for in a half-year of interviews; 0.0 for who did not answer.

        Respondents of a month stand for a sixth of the people of their ethnicity and 12 years or over in the community at its
        beginning.
        """
        weight = np.zeros(len(rows))
        cell = rows["month"].astype(np.int64) * 2 + self.hispanic[rows["resident"]]
        answered = rows["outcome"] == ANSWERED
        respondents = np.bincount(cell[answered], minlength=2)
        people = np.zeros(len(respondents))
        for month, control in self.controls.items():
            people[2 * month : 2 * month + 2] = control[: max(len(people) - 2 * month, 0)]
        weight[answered] = (people / RECALL / np.maximum(respondents, 1))[cell[answered]]
        return weight

    def _who(self, rows: NDArray[np.void]) -> dict[str, Any]:
        """Return the columns that say who was interviewed, and when."""
        resident = rows["resident"]
        return {
            "household": self.numbers(self.household[resident]),
            "person": self.numbers(resident),
            "county": self.names(self.counties[resident]),
            "hispanic": self.hispanic[resident] > 0,
            "date": self.dates(rows["day"]),
            "interview": rows["number"],
        }

    def _interviews(self, rows: NDArray[np.void], weight: NDArray[np.float64]) -> pd.DataFrame:
        month = rows["month"].astype(np.int64)
        entered = month - RECALL * (rows["number"].astype(np.int64) - 1)
        more = {
            "panel": self.months(entered),
            "rotation_group": ((month + self.start) % RECALL + 1).astype(np.uint8),
            "recall_from": self.months(month - RECALL),
            "recall_to": self.months(month - 1),
            "answered": rows["outcome"] == ANSWERED,
            "weight": weight,
        }
        return pd.DataFrame(self._who(rows) | more)

    def _incidents(self, rows: NDArray[np.void], weight: NDArray[np.float64]) -> pd.DataFrame:
        heard = np.concatenate([np.zeros(0, INCIDENT), *(incidents for _, incidents in self.heard)])
        day = np.repeat([day for day, _ in self.heard], [len(incidents) for _, incidents in self.heard])
        month = self.month_of[day.astype(np.int64)].astype(np.int64)
        # The next interview of the household after the month of the incident, if there is one.
        asked = month + 1 + (self.group[heard["victim"]] - (month + self.start + 1)) % RECALL
        told, at = matched(_key(rows["resident"], rows["month"]), _key(heard["victim"], asked), weight > 0)
        heard, month, at = heard[told], month[told], at[told]
        source = np.where(heard["by_victim"] > 0, 0, np.where(heard["by_witness"] > 0, 1, -1))
        kinds: Any = heard["kind"]
        more = {
            "month": self.months(month),
            "months_ago": (rows["month"][at] - month).astype(np.uint8),
            "type": pd.Categorical.from_codes(kinds, pd.Index(INCIDENTS)),
            "told_police": source >= 0,
            "reported_by": pd.Categorical.from_codes(source.tolist(), pd.Index(REPORTERS)),
            "weight": weight[at],
        }
        return pd.DataFrame(self._who(rows[at]) | more)


def _key(resident: NDArray[Any], month: NDArray[Any]) -> NDArray[np.int64]:
    """Return one number for a resident and a month."""
    return resident.astype(np.int64) * 2**15 + month.astype(np.int64)


def matched(
    keys: NDArray[np.int64], wanted: NDArray[np.int64], usable: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which of ``wanted`` are among the ``usable`` of ``keys``, and where."""
    if not len(keys):
        return np.zeros(len(wanted), bool), np.zeros(len(wanted), np.int64)
    order = np.argsort(keys, kind="stable")
    at = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    return (keys[at] == wanted) & usable[at], at


def bounded(interviews: pd.DataFrame) -> pd.DataFrame:
    """Leave first interviews out, as the NCVS did until 2006, and give their weight to the others.

    Args:
        interviews: the table ``victim_interviews``.

    Returns:
        The other rows, with weights that add up to the same people by month of interview and ethnicity.
    """
    later = interviews["interview"] > 1
    cells = [interviews["recall_to"], interviews["hispanic"]]
    total = interviews["weight"].groupby(cells).transform("sum")
    left = interviews["weight"].where(later, 0.0).groupby(cells).transform("sum")
    kept = interviews.assign(weight=interviews["weight"] * total / left)
    return kept[later].reset_index(drop=True)


def person_months(interviews: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """Return the panel of event studies: a row for every respondent and month of recall.

    Args:
        interviews: the table ``victim_interviews``, or what `bounded` made of it.
        incidents: the table ``victim_incidents``; those of other interviews are left out.

    Returns:
        household, person, county, hispanic, month, months_ago, weight, incidents, victimised (whether there were any)
        and reported_share (the share of these that police heard of; missing for who was not victimised). The weights of a
        month add up to the people in the community once six rotation groups were asked about it.
    """
    asked = interviews.loc[
        interviews["answered"], ["household", "person", "county", "hispanic", "recall_to", "weight"]
    ]
    panel = asked.loc[asked.index.repeat(RECALL)].reset_index(drop=True)
    ago = np.tile(np.arange(1, RECALL + 1, dtype=np.uint8), len(asked))
    last = panel.pop("recall_to").to_numpy("datetime64[M]")
    panel.insert(4, "month", (last - (ago.astype(np.int64) - 1)).astype("datetime64[s]"))
    panel.insert(5, "months_ago", ago)
    told = incidents.groupby(["person", "month"], as_index=False).agg(
        incidents=("told_police", "size"), reported_share=("told_police", "mean")
    )
    panel = panel.merge(told, on=["person", "month"], how="left")
    panel["incidents"] = panel["incidents"].fillna(0).astype(np.uint8)
    panel.insert(7, "victimised", panel["incidents"] > 0)
    return panel
