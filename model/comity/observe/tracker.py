"""A monthly tracker of trust: a new sample every month answers two items from 0 to 10, and the mean times ten is published.

After the Police Sentiment Scores of Chicago (2017 to 2023), which asked 1,500 to 2,000 residents a month whether the police
of the neighbourhood treat people with respect and listen to their concerns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.special import ndtri

from comity.agents.residents import draw_of
from comity.draws import Stream
from comity.kernels import Int, kernel
from comity.observe.observers import OBSERVERS, Observer
from comity.observe.poll import poll, throw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.scenario import Scenario
    from comity.world.state import World

TOP: Final = 10
"""The items have whole numbers from 0 to this."""

ANSWERS: Final = 2


@kernel
def _draw_month(w: World, month: Int, share: float, chosen: NDArray[np.uint8]) -> None:
    """Mark the residents whom a month would ask."""
    for i in range(len(w.residents)):
        chosen[i] = draw_of(w, i, Stream.TRACKER_SAMPLE, month) < share


class Tracker(Observer):
    """On the last day of every month `survey_share` of all residents is asked."""

    tables = OBSERVERS["trust_tracker"][2]

    def __init__(self, w: World, setup: Scenario, counties: pd.DataFrame) -> None:
        super().__init__(w, setup, counties)
        self.share = setup.parameters.survey_share
        self.asked: list[pd.DataFrame] = []

    def watch(self, w: World, today: int, events: NDArray[np.void]) -> None:  # noqa: ARG002 - it asks people
        """Make this month's interviews, if today is its last day."""
        if today + 1 < len(self.month_of) and self.month_of[today + 1] == self.month_of[today]:
            return
        chosen = np.zeros(len(w.residents), np.uint8)
        _draw_month(w, self.month_of[today], self.share, chosen)
        said = poll(w, np.flatnonzero(chosen), today, Stream.TRACKER_RESPONSE)
        dice = np.zeros((len(said.resident), ANSWERS))
        throw(w, said.resident, today, dice)
        answers = np.rint(TOP * (said.trust[:, None] + w.p[0]["item_noise"] * ndtri(dice)))
        score = 100.0 / TOP * np.clip(answers, 0, TOP).mean(axis=1)
        rows = pd.DataFrame({"county": self.counties[said.resident], "score": score})
        rows["hispanic"] = w.residents["hispanic"][said.resident].astype(bool)
        cells = rows.groupby(["county", "hispanic"])["score"].agg(["mean", "size"]).reset_index()
        self.asked.append(cells.assign(month=self.month_of[today]))

    def table(self, name: str) -> pd.DataFrame:  # noqa: ARG002 - there is one
        """Return ``trust_tracker``; see docs/observation.md for the columns."""
        empty = pd.DataFrame({"county": [], "hispanic": [], "mean": [], "size": [], "month": []})
        cells = pd.concat(self.asked, ignore_index=True) if self.asked else empty
        return pd.DataFrame(
            {
                "month": self.months(cells["month"].to_numpy(np.int64)),
                "county": self.names(cells["county"].to_numpy(np.int64)),
                "hispanic": cells["hispanic"].to_numpy(bool),
                "trust_score": cells["mean"].to_numpy(float),
                "respondents": cells["size"].to_numpy(np.int64),
            }
        )
