"""What tests share: assertions explained like those of the tests; one browser, one server and one sweep a process."""

from __future__ import annotations

import gc
import logging
import signal
from functools import cache
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import sweep_doubles
import typer.testing
from browser import Pages, chrome, server, settled, told
from hypothesis import settings
from pictures import faults

from comity.app.sharing import give_back
from comity.kernels import INSTALLED
from comity.output import bundle
from comity.output.pictures import save
from comity.sweeps.runner import sweep

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

OF_THE_COMPILER = (
    "test_cache.py",
    "test_carried.py",
    "test_kernels.py",
    "test_laid_down.py",
    "test_ratios.py",
)
collect_ignore = () if INSTALLED else OF_THE_COMPILER

# Mesa tells of every step, and pytest would keep what it tells.
logging.getLogger("MESA").setLevel(logging.WARNING)

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # a busy machine is no fault: speed is measured in benchmarks/

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # as a shell tells what it starts in the background, and it its children
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest.register_assert_rewrite("columns_toy", "given_tables", "ledger", "policy_days")


# What signatures say of our commands is read once and not for every command that a test gives: a fiftieth of all tests.
typer.testing._get_command = cache(typer.testing._get_command)  # type: ignore[attr-defined]


PILE = 400_000_000
"""Bytes by which tests may let their process grow before it is tidied up."""

LEAST = {"memory": 0}
"""What the process had when it was tidied up last."""


def memory() -> int:
    """Return the bytes that this process has in memory."""
    return int(psutil.Process().memory_info().rss)


LONGEST = [
    "equivalence",
    "cases",
    "browser",
    "browser_access",
    "alarm",
    "browser_says_what_is_so",
    "tournament",
    "always_true",
    "docs_code",
    "stores",
    "app_lessons",
    "estimates",
    "browser_lessons",
    "browser_class",
]
"""Files that take more than a minute: begun first, so that no worker is at one of them when the others have finished."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and try once more where a browser hung, which is told: see below.

    On a machine at its limits one wait of ten thousand hangs.
    """
    items.sort(key=lambda item: item.path.stem.removeprefix("test_") not in LONGEST)
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError: .* exceeded"]))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what the pages showed on which a browser hung, though the second try went well."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"hung: {report.nodeid}")
        for _, text in report.sections:
            terminalreporter.write_line(text)


def tidy_up() -> None:
    """Collect what nobody has any more, where much has come."""
    if memory() - LEAST["memory"] > PILE:
        gc.collect()
        give_back()
        LEAST["memory"] = memory()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say of a test that failed what its pages showed: what happens once in a thousand runs is not seen again."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("chromium")
    if report.when == "call" and report.failed and browser:
        report.sections.append(("pages", told(browser)))
    return report


@pytest.fixture(autouse=True)
def _nothing_piles_up() -> Iterator[None]:
    """Collect models that nobody has any more: Python looks for them too rarely, and a worker came to eight gigabytes."""
    yield
    tidy_up()


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_kept(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the runs go that a file of tests has kept for its own."""
    yield
    for found in vars(request.module).values():
        if hasattr(found, "cache_clear") and not found.__module__.startswith("comity"):
            found.cache_clear()
    LEAST["memory"] = min(LEAST["memory"], 4 * PILE)
    tidy_up()


SEEN: set[tuple[object, ...]] = set()
"""Pictures that were looked at, by name, what they show and their size."""


@pytest.fixture(autouse=True)
def _looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no picture of any bundle pass on which text is cut off or meets other text."""

    def look(figure: Any, stem: Path) -> str:
        told = save(figure, stem)
        picture = stem.name, told, *figure.get_size_inches()
        assert picture in SEEN or faults(figure) == [], stem.name
        SEEN.add(picture)
        return told

    monkeypatch.setattr(bundle, "save", look)


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


@pytest.fixture
def pages(chromium: Any, host: str) -> Iterator[Pages]:
    """Yield pages of one server, on which nothing may go wrong."""
    found = Pages(chromium, host)
    yield found
    for context in chromium.contexts:
        context.close()
    assert found.wrong == []


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the store of a sweep that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed") / "store"
    report = sweep(sweep_doubles.SMALL, folder, workers=1, live=sweep_doubles.quick)
    assert (report.tally.done, report.missing, report.damaged) == (60, 0, {})
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep tables in a folder of the test, and work in an empty one; return where they are kept."""
    monkeypatch.setenv("COMITY_DATA", str(tmp_path / "kept"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "kept"
