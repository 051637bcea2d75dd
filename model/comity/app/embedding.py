"""Embedding: which other pages may show this one in a frame, and what the page itself may load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from comity.problems import Objection

if TYPE_CHECKING:
    from collections.abc import Iterable

ORIGIN: Final = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::(\d{1,5}))?"
)
"""Scheme, host and perhaps a port, as browsers write them: one origin, never a pattern for many."""

VALID_ORIGIN: Final = "http:// or https://, a host and perhaps a port, such as https://courses.example.edu"


def objection(origin: str) -> Objection | None:
    """Return what is wrong with an origin, if anything."""
    found = ORIGIN.fullmatch(origin)
    if found and int(found[1] or 1) in range(1, 65536) and len(origin) < 300:
        return None
    return Objection("not an origin", VALID_ORIGIN)


def policy(embedders: Iterable[str]) -> str:
    """Return the content security policy of a page: it loads from here only, and stands in a frame of these origins only."""
    ancestors = " ".join(embedders) or "'none'"
    return (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        f"connect-src 'self' ws: wss:; frame-ancestors {ancestors}; "
        "base-uri 'none'; form-action 'none'"
    )
