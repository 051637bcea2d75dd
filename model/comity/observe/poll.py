"""Polls: who takes part, what they think of the police, and which of `comity.observe.items` they say yes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.agents.residents import Whereabouts, draw_of
from comity.draws import Stream
from comity.kernels import Int, kernel
from comity.observe.asking import opine, respond
from comity.observe.items import ITEMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.world.state import World

    Floats = NDArray[np.float64]


class Poll(NamedTuple):
    """Those who took part in a poll, one entry each, as they were on that day."""

    resident: NDArray[np.int64]
    status: NDArray[np.uint8]
    trust: Floats  # 0 to 1
    risk: Floats  # perceived, 0 to 1
    together: Floats  # trust if the police work with ICE
    apart: Floats  # trust if they do not


def poll(w: World, rows: NDArray[np.int64], today: int, stream: int) -> Poll:
    """Ask those of ``rows`` who are in the community and take part, by the dice of a stream, changing nothing."""
    rows = rows[w.residents["whereabouts"][rows] == Whereabouts.COMMUNITY]
    answered = np.zeros(len(rows), np.uint8)
    respond(w, rows, stream, today, answered)
    rows = rows[answered > 0]
    said = np.zeros((len(rows), 4))
    opine(w, rows, today, said)
    return Poll(rows, np.asarray(w.residents["status"][rows]), *said.T)


@kernel
def throw(w: World, rows: NDArray[np.int64], today: Int, dice: NDArray[np.float64]) -> None:
    """Give each respondent a uniform number for each of their answers."""
    each = dice.shape[1]
    for n in range(len(rows)):
        for k in range(each):
            dice[n, k] = draw_of(w, rows[n], Stream.ITEM_ANSWER, today * each + k)


def answer(w: World, said: Poll, today: int) -> NDArray[np.bool_]:
    """Return who says yes to which of `ITEMS`, one row per respondent."""
    dice = np.zeros((len(said.resident), len(ITEMS)))
    throw(w, said.resident, today, dice)
    chances = [item.chances(said.trust, w.p[0]) for item in ITEMS.values()]
    return dice < np.column_stack(chances)
