"""Caveats: what the model cannot say yet, printed wherever a number would otherwise be read as a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

CAVEATS: Final = {
    "trust": "How much trust the part of the police in enforcement costs is assumed, not estimated: nobody has published a "
    "causal estimate. What follows from the model is who bears it, how fast, and whether it returns, not how large it is.",
}
"""Measure -> the sentence that stands beside it. A measure that the model can speak of without one is taken out here, and
nowhere else."""


def beside(texts: Iterable[object]) -> list[str]:
    """Return the sentences that belong beside texts that name a measure: titles, headings and cells of a table."""
    words = set(re.split(r"[\W_]+", " ".join(map(str, texts))))
    return [sentence for measure, sentence in CAVEATS.items() if {measure, measure.title()} & words]
