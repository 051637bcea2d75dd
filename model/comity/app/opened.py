"""What a page is told when its run is opened: what is shown, and all of it that never changes while days pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comity.app.cuts import cuts
from comity.app.elsewhere import elsewhere
from comity.app.series import COLUMNS, GROUPS, described
from comity.app.sight import sight
from comity.app.view import CHOICES, View, place_name, write_view

if TYPE_CHECKING:
    from comity.app.city import City


def opened(view: View, cities: list[City]) -> dict[str, Any]:
    """Return it for the cities of a view, in the types that JSON has."""
    return {
        "state": write_view(view),
        "page": view.page,
        "choices": {key: list(values) for key, values in CHOICES.items()},
        "day": view.day,
        "scenario": {**view.setup.as_json(), "against": view.against},
        "place": place_name(view.setup),
        "days": view.setup.days,
        "sight": sight(view.setup, view.against),
        "people": cities[0].people,
        "ends": cities[0].ends,
        "outcomes": described(),
        "groups": {key: label for key, (label, _) in GROUPS.items()},
        "columns": [f"{o}:{g}" for o, g in COLUMNS],
        "elsewhere": elsewhere(view),
        "cuts": cuts(view.setup),
        "cities": [city.layout() for city in cities],
    }
