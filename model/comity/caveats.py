"""What the model cannot say yet, printed wherever a number would otherwise be read as a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

CAVEATS: Final = {
    "trust": "Trust moves only with people's own and told encounters with the police: the model has no mechanism yet by which "
    "immigration enforcement changes it, so a difference near zero is not a finding.",
}
"""Measure -> the sentence that stands beside it. A measure that gets its mechanism is taken out here, and nowhere else."""


def beside(texts: Iterable[object]) -> list[str]:
    """Return the sentences that belong beside texts that name a measure: titles, headings and cells of a table."""
    words = set(re.split(r"[\W_]+", " ".join(map(str, texts))))
    return [sentence for measure, sentence in CAVEATS.items() if {measure, measure.title()} & words]
