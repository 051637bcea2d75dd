"""Asking residents without leaving a trace.

The rules of `comity.agents.residents` bring a resident's memory up to date before they answer. Here the row is put back
as it was, and so is what people believe, so that a run in which somebody was asked is the same run, bit for bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from comity.agents.public import imagine, restore
from comity.agents.residents import (
    draw_of,
    estranged,
    inclination,
    own_share,
    recall,
    risk,
    temperament,
    victim_odds,
)
from comity.draws import Stream, category, expit, logit
from comity.kernels import Int, Real, kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from comity.world.state import World

CIRCUMSTANCES: Final = ("now", "unafraid", "together", "apart")
"""What surveys ask about: the risk that the respondent perceives, no such risk, police working with ICE or not."""

NOW, UNAFRAID, TOGETHER, APART = range(len(CIRCUMSTANCES))
VICTIM, WITNESS = range(2)


@kernel
def perceived(w: World, i: Int, today: Int) -> Real:
    """Return the risk that resident ``i`` perceives today, changing nothing."""
    r = w.residents[i]
    trust, cynicism, awareness, touched = r["trust"], r["cynicism"], r["awareness"], r["touched"]
    recall(w, i, today)
    found = risk(w, i)
    r["trust"], r["cynicism"], r["awareness"], r["touched"] = trust, cynicism, awareness, touched
    return found


@kernel
def respond(w: World, rows: NDArray[np.int64], stream: Int, today: Int, answered: NDArray[np.uint8]) -> None:
    """Decide who of ``rows`` takes part in a survey today: residents at risk refuse more often (H7)."""
    for n in range(len(rows)):
        u = draw_of(w, rows[n], stream, today)
        answered[n] = u >= w.p[0]["nonresponse"] * perceived(w, rows[n], today)


@kernel
def _imagined(w: World, i: Int) -> Int:
    """Return the type of incident that respondent ``i`` thinks of, one in proportion to what happens."""
    return category(draw_of(w, i, Stream.ATTITUDE_ANSWER, -1), w.p[0]["incident_mix"])


@kernel
def chances(w: World, i: Int, kind: Int, today: Int) -> tuple[Real, Real]:
    """Return the chances of calling as victim and as witness, by the rules of `residents.report`."""
    p = w.p[0]
    as_victim = victim_odds(w, i, today)
    as_witness = inclination(w, i, p["fear_weight"] * p["witness_fear"], today) + temperament(w, i)
    return expit(logit(own_share(p, kind)) + as_victim), expit(logit(p["witness_reporting"]) + as_witness)


@kernel
def ask(w: World, i: Int, today: Int, answer: NDArray[np.float64]) -> None:
    """Enter into ``answer`` (circumstances, victim or witness) the chances that resident ``i`` calls, changing nothing."""
    r, p = w.residents[i], w.p[0]
    trust, cynicism, awareness, touched = r["trust"], r["cynicism"], r["awareness"], r["touched"]
    county, kind = w.counties[r["county"]], _imagined(w, i)
    believed = w.policies[r["county"]]["believed_residents"]
    attribution, entanglement = county["attribution"], county["entanglement"]
    answer[NOW, VICTIM], answer[NOW, WITNESS] = chances(w, i, kind, today)
    calm = inclination(w, i, 0.0, today) + temperament(w, i)
    answer[UNAFRAID, VICTIM] = expit(logit(own_share(p, kind)) + calm)
    answer[UNAFRAID, WITNESS] = expit(logit(p["witness_reporting"]) + calm)
    imagine(w, r["county"], True)
    answer[TOGETHER, VICTIM], answer[TOGETHER, WITNESS] = chances(w, i, kind, today)
    imagine(w, r["county"], False)
    answer[APART, VICTIM], answer[APART, WITNESS] = chances(w, i, kind, today)
    restore(w, r["county"], believed, attribution, entanglement)
    r["trust"], r["cynicism"], r["awareness"], r["touched"] = trust, cynicism, awareness, touched


@kernel
def ask_all(w: World, rows: NDArray[np.int64], today: Int, answers: NDArray[np.float64]) -> None:
    """Enter into ``answers`` (rows, circumstances, victim or witness) what each of ``rows`` would do, changing nothing."""
    for n in range(len(rows)):
        ask(w, rows[n], today, answers[n])


@kernel
def opine(w: World, rows: NDArray[np.int64], today: Int, said: NDArray[np.float64]) -> None:
    """Enter into ``said`` (rows, 4) trust and risk, and trust if police work with ICE or not, changing nothing."""
    for n in range(len(rows)):
        r = w.residents[rows[n]]
        trust, cynicism, awareness, touched = r["trust"], r["cynicism"], r["awareness"], r["touched"]
        recall(w, rows[n], today)
        county, believed = w.counties[r["county"]], w.policies[r["county"]]["believed_residents"]
        attribution, entanglement = county["attribution"], county["entanglement"]
        said[n, 0], said[n, 1] = r["trust"] - estranged(w, rows[n]), risk(w, rows[n])
        imagine(w, r["county"], True)
        said[n, 2] = r["trust"] - estranged(w, rows[n])
        imagine(w, r["county"], False)
        said[n, 3] = r["trust"] - estranged(w, rows[n])
        restore(w, r["county"], believed, attribution, entanglement)
        r["trust"], r["cynicism"], r["awareness"], r["touched"] = trust, cynicism, awareness, touched
