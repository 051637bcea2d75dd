"""Survey items about the police: thresholds on trust, each with its own cut.

Somebody says yes to an item where trust, and what an answer holds beyond it, are above the item's cut: a probit,
P(yes) = Phi((trust - cut) / item_noise). The cut is not chosen. It follows from two surveys: where a group stands on the
tracker from 0 to 100 whose scale trust has, the share of it that says yes is the published one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from comity.problems import InputError, Problem, did_you_mean, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Group = Literal["Hispanic", "other"]

LEVEL: Final[dict[Group, float]] = {"Hispanic": 0.595, "other": 0.653}
"""Trust on the scale of Chicago's Police Sentiment Scores, 2018 and 2019: 59.5 of Hispanic, 65.3 of white residents (TR10)."""


@dataclass(frozen=True)
class Item:
    """A question with two answers.

    Attributes:
        name: as a column.
        question: what is asked, in the words of the model.
        yes: share of ``anchor`` that says yes at its `LEVEL`, 0 to 1.
        anchor: the group in which that was found.
        sign: 1 if those who trust say yes, -1 if those who do not.
        source: of ``yes``, with arithmetic.
    """

    name: str
    question: str
    yes: float
    anchor: Group
    sign: Literal[1, -1]
    source: str

    def cut(self, p: Any) -> float:
        """Return the trust at which half say yes; ``p`` is the record of parameters."""
        spread = math.hypot(p["item_noise"], p["trust_spread"], p["trust_spread_places"])
        return LEVEL[self.anchor] - self.sign * NormalDist().inv_cdf(self.yes) * spread

    def chances(self, trust: Floats, p: Any) -> Floats:
        """Return the chance of a yes at each level of trust, 0 to 1."""
        from scipy.special import ndtr  # noqa: PLC0415 - slow to import

        return np.asarray(ndtr(self.sign * (trust - self.cut(p)) / p["item_noise"]))


_PEW: Final = (
    "Lopez & Livingston (2009), Hispanics and the Criminal Justice System, Pew Hispanic Center [{} % of Hispanics in June and "
    "July 2008], https://www.pewresearch.org/hispanic/2009/04/07/ii-confidence-in-the-criminal-justice-system/"
)

ITEMS: Final = {
    item.name: item
    for item in (
        Item("good_job", "The local police do a good job enforcing the law.", 0.61, "Hispanic", 1, _PEW.format(61)),
        Item("fair", "The local police treat people like me fairly.", 0.45, "Hispanic", 1, _PEW.format(45)),
        Item("no_force", "The local police do not use excessive force.", 0.46, "Hispanic", 1, _PEW.format(46)),
        Item(
            "satisfied", "I am satisfied with the police department.", 0.93, "other", 1,
            "Prince William County's citizen surveys of 2012 and 2014 [93 % of all residents], as in Potomac Local News, "
            "27 November 2020, https://www.potomaclocal.com/2020/11/27/",
        ),
        Item(
            "stops", "The police often stop Latinos without good cause.", 0.62, "Hispanic", -1,
            "Theodore (2013), Insecure Communities [62 % of Latinos of four counties, very or somewhat often], as in "
            "https://nbclatino.com/2013/05/07/survey-latinos-are-less-likely-to-report-crimes-to-police",
        ),
    )
}  # fmt: skip
"""Name -> item, in the order in which they are asked."""


def find(name: str) -> Item:
    """Return an item.

    Raises:
        InputError: if there is none of that name; it lists those that there are.
    """
    if name in ITEMS:
        return ITEMS[name]
    hint = did_you_mean(str(name), ITEMS)
    raise InputError([Problem("survey", "item", shown(name), "no such item", f"{hint}{', '.join(ITEMS)}")])


def score(trust: Floats) -> Floats:
    """Return what a tracker from 0 to 100 shows at each level of trust, whose scale is that of the tracker."""
    return 100.0 * np.asarray(trust)
