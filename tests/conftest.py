"""What tests share: assertions explained like those of the tests; one browser and one server a process for those of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browser import chrome, require, server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.register_assert_rewrite("columns_toy", "ledger")


@pytest.fixture(scope="session")
def host() -> Iterator[str]:
    require()
    with server() as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with chrome() as browser:
        yield browser
