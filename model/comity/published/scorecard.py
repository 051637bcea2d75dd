"""The scorecard of published numbers that the model meets: one point beside the posterior, and what the hits rest on.

A hit is a number whose verdict is ``inside``, or ``right sign`` where only a sign was published. Verdicts are read from result
tables, where they were made from numbers with all their digits; nothing is judged here. Beside this lenient count stands a
strict one, of numbers that a study measured: what is met by construction and what is a sign alone is left out, and where no
interval was published the model has to come within a tenth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

import pandas as pd

from comity.published.targets import QUIET, TESTING, Basis, within

if TYPE_CHECKING:
    from collections.abc import Iterable

SIGN: Final[Basis] = "sign only"
APART: Final[tuple[Basis, ...]] = (SIGN, "by construction")
"""What strict counts leave out: there is no number to come near to, or it was put in."""

STRICT: Final = 0.1
"""How near the model has to come where no interval was published, as a share of the number."""


def scorecard(reproduced: Iterable[Any], predicted: Any) -> pd.DataFrame:
    """Return a row per use of published numbers, and how many of them are met.

    Args:
        reproduced: tables of `comity.published.reproduce.compare`, a row per published number.
        predicted: the table of `comity.tournament.predict.judge`.

    Returns:
        Columns ``use``; ``one point`` and ``posterior`` (numbers met by the mean over seeds, and by the mean over draws of the
        posterior); the same, ``strictly`` (see `strict`); ``in the 95 % of draws`` (published numbers that lie there); and one
        for each basis: of ``one point``.
        Each cell is "hits of answered". Numbers on which the model is silent are left out.
    """
    ours = pd.concat([table[table["use"].isin(TESTING)] for table in reproduced], ignore_index=True)
    ours, draws = (
        table[~table["verdict"].isin(QUIET) & table["basis"].notna()] for table in (ours, predicted)
    )
    return pd.DataFrame(
        [_row(use, *(table[table["use"] == use] for table in (ours, draws))) for use in TESTING]
    )


def _row(use: str, ours: Any, draws: Any) -> dict[str, str]:
    numbers = draws[draws["published"].notna()]
    row = {
        "use": use,
        "one point": _of(_hits(ours)),
        "one point, strictly": _of(strict(ours, "model")),
        "posterior": _of(_hits(draws)),
        "posterior, strictly": _of(strict(draws, "predicted")),
        "in the 95 % of draws": _of(
            within(numbers["published"], numbers["predicted_low"], numbers["predicted_high"])
        ),
    }
    return row | {basis: _of(_hits(ours[ours["basis"] == basis])) for basis in get_args(Basis)}


def strict(table: Any, model: str) -> Any:
    """Return which numbers that a study measured are met strictly: a row per such number that the model answers.

    Args:
        table: of results, with ``published``, ``verdict`` and ``basis``.
        model: its column of the model's numbers.
    """
    rows = table[~table["verdict"].isin(QUIET) & table["basis"].notna() & ~table["basis"].isin(APART)]
    room = STRICT * rows["published"].abs()
    near = within(rows[model], rows["published"] - room, rows["published"] + room)
    return (rows["verdict"] == "inside") & (rows["basis"].eq("published interval") | near)


def _hits(table: Any) -> Any:
    return (table["verdict"] == "inside") | ((table["basis"] == SIGN) & (table["verdict"] == "right sign"))


def _of(hits: Any) -> str:
    """Return how many of how many; a dash where there are none."""
    return f"{int(hits.sum())} of {len(hits)}" if len(hits) else "-"
