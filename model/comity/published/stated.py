"""What people say and what the law makes of them: stated reluctance, vignette, reporting by legal status, fear over time.

Stated answers are expectations over the dice that a respondent throws (see `comity.observe.attitudes`), and everybody
in the places of the surveys is asked, so that little of what is left is noise.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.agents.residents import Status, Whereabouts
from comity.observe.asking import APART, NOW, TOGETHER, UNAFRAID, VICTIM, WITNESS
from comity.observe.attitudes import interview
from comity.observe.items import ITEMS
from comity.observe.measures import GROUPS, Measure, Stock
from comity.published.registry import estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.model import CooperationModel
    from comity.published.panel import Panel

DAY: Final = dt.date(2012, 11, 28)
"""The middle of the field time of the survey of four counties (Theodore 2013)."""

FOUR: Final = ("17031", "48201", "06037", "04013")
"""Cook, Harris, Los Angeles and Maricopa Counties."""

SAN_DIEGO: Final = ("06073",)
"""Where Wong et al. (2019) put their vignette to unauthorized Mexicans."""

BEFORE: Final = (dt.date(2006, 1, 1), dt.date(2008, 1, 1))

_UNAUTHORIZED: Final = GROUPS.index("Hispanic, unauthorized")
_IMMIGRANT: Final = GROUPS.index("Hispanic, immigrant")


@estimate(
    *(f"survey_less_likely_{who}" for who in ("all", "unauthorized", "us_born", "cook")),
    *(
        "survey_information_all",
        *(f"survey_stops_{who}" for who in ("all", "us_born", "foreign_born", "unauthorized")),
    ),
    *("vignette_victim", "vignette_witness", "vignette_trust"),
    on=DAY,
)
def ask(model: CooperationModel) -> dict[str, float]:
    """Put the questions of both surveys to Hispanic residents today, changing nothing; answers in per cent."""
    four, san_diego = _interviews(model, FOUR), _interviews(model, SAN_DIEGO)
    unauthorized, born = four["status"] == Status.UNAUTHORIZED, four["status"] == Status.US_BORN
    cook = model.world.residents["county"][four["resident"]] == model.counties.index(FOUR[0])
    own = san_diego[san_diego["status"] == Status.UNAUTHORIZED]
    return {
        "survey_less_likely_all": _less_likely(four, VICTIM, UNAFRAID, NOW),
        "survey_less_likely_unauthorized": _less_likely(four[unauthorized], VICTIM, UNAFRAID, NOW),
        "survey_less_likely_us_born": _less_likely(four[born], VICTIM, UNAFRAID, NOW),
        "survey_less_likely_cook": _less_likely(four[cook], VICTIM, UNAFRAID, NOW),
        "survey_information_all": _less_likely(four, WITNESS, UNAFRAID, NOW),
        "survey_stops_all": _stops(model, four),
        "survey_stops_us_born": _stops(model, four[born]),
        "survey_stops_foreign_born": _stops(model, four[~born]),
        "survey_stops_unauthorized": _stops(model, four[unauthorized]),
        "vignette_victim": _less_likely(own, VICTIM, APART, TOGETHER),
        "vignette_witness": _less_likely(own, WITNESS, APART, TOGETHER),
        "vignette_trust": 100.0 * _mean(own["trust"][:, 1] - own["trust"][:, 2]),
    }


def _interviews(model: CooperationModel, codes: tuple[str, ...]) -> NDArray[np.void]:
    """Ask every Hispanic resident of some counties who takes part."""
    w = model.world
    rows = [model.counties.index(code) for code in codes if code in model.counties]
    chosen = w.residents["hispanic"].astype(bool) & np.isin(w.residents["county"], rows)
    return interview(w, np.flatnonzero(chosen), model.today - 1)


def _less_likely(rows: NDArray[np.void], role: int, without: int, with_: int) -> float:
    """Return the share that is less likely to report in one circumstance than in another, in per cent."""
    before, after = rows["chances"][:, without, role], rows["chances"][:, with_, role]
    fall: Any = 1.0 - after / before
    return 100.0 * _mean(np.maximum(fall, 0.0))


def _stops(model: CooperationModel, rows: NDArray[np.void]) -> float:
    """Return the share that says that police stop Latinos without good cause, in per cent."""
    return 100.0 * _mean(ITEMS["stops"].chances(rows["trust"][:, 0], model.world.p[0]))


def _mean(numbers: Any) -> float:
    return float(numbers.mean()) if len(numbers) else float("nan")


@estimate(
    *("legal_reporting_unauthorized", "legal_reporting_gain"),
    *("fear_trend_noncitizens", "knows_unauthorized"),
)
def estimates(panel: Panel) -> dict[str, float]:
    """Return reporting by legal status before the programme, the trend of fear, and how many know somebody unauthorized."""
    chances, incidents = panel.flow(Measure.CHANCE_SUM), panel.flow(Measure.INCIDENTS)
    months = panel.between(*BEFORE)
    rate = 100.0 * chances[months].sum(axis=(0, 1)) / incidents[months].sum(axis=(0, 1))
    risk = panel.stock(Stock.RISK).sum(axis=1) / panel.residents.sum(axis=1)
    year = panel.months.astype("datetime64[Y]")
    fear = [risk[year == np.datetime64(which), _UNAUTHORIZED].mean() for which in ("2007", "2013")]
    people = panel.model.world.residents
    hispanic = people[(people["hispanic"] == 1) & (people["whereabouts"] == Whereabouts.COMMUNITY)]
    knows = (hispanic["exposed_ties"] > 0) | (hispanic["exposed_household"] > 0)
    return {
        "legal_reporting_unauthorized": float(rate[_UNAUTHORIZED]),
        "legal_reporting_gain": float(rate[_IMMIGRANT] - rate[_UNAUTHORIZED]),
        "fear_trend_noncitizens": float(fear[1] - fear[0]),
        "knows_unauthorized": 100.0 * float(knows.mean()),
    }
