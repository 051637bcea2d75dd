"""The worked example of an extension: its folder, and a small run that it is switched on in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "experiments" / "extensions" / "outreach"


SMALL: dict[str, Any] = {
    "place": "06075",
    "scale": 1000,
    "start": dt.date(2010, 6, 1),
    "end": dt.date(2010, 8, 9),
}
ON = {"chief_visits": 26.0}
