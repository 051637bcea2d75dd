"""One browser and one server for all tests of the page in a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browser import chrome, require, server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def host() -> Iterator[str]:
    require()
    with server() as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with chrome() as browser:
        yield browser
