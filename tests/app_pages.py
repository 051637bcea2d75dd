"""Cities of an address, lived up to its day."""

from __future__ import annotations

from comity.app.city import City
from comity.app.view import read_view

TINY = {"scale": "1000", "day": "40"}


def made(state: dict[str, str]) -> list[City]:
    view = read_view(state)
    found = [City(setup) for setup in view.setups]
    for city in found:
        for _ in range(view.day):
            city.step()
    return found
