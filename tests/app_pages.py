"""Cities of an address, lived up to its day, and waiting for what a page is sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from comity.app.city import City
from comity.app.view import read_view

if TYPE_CHECKING:
    from collections.abc import Callable

TINY = {"scale": "1000", "day": "40"}


def made(state: dict[str, str]) -> list[City]:
    view = read_view(state)
    found = [City(setup) for setup in view.setups]
    for city in found:
        for _ in range(view.day):
            city.step()
    return found


def until(found: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.01)
    pytest.fail("it did not happen in time")
