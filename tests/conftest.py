"""What tests share: assertions explained like those of the tests; one browser and one server a process for those of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browser import Pages, chrome, server, settled

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.register_assert_rewrite("columns_toy", "ledger")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with chrome() as browser:
        yield browser


@pytest.fixture(scope="session")
def host(chromium: Any) -> Iterator[str]:
    """Yield the address of a server whose first page stands: on a new machine that one waits for the compiler."""
    with server() as address:
        page = Pages(chromium, address).open(settle=False)
        page.set_default_timeout(300_000)
        settled(page)
        page.context.close()
        yield address
