"""The documentation: built without a warning or a network, read from files, made from the code where it repeats it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from comity.cli import app
from comity.day import PHASES
from comity.hypotheses import HYPOTHESES
from comity.parameters import Parameters
from comity.policy.levers import LEVERS
from comity.policy.regimes import Policy, Regime, catalogue
from comity.published import targets
from comity.scenario import Scenario
from comity.sweeps.designs import Design
from comity.sweeps.study import Study
from comity.sweeps.uncertainties import Uncertainty

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tools"))

import reference_pages  # noqa: E402 - beside the package

pytest.importorskip("sphinx")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as the one command builds it; a warning is an error, and there is no network to reach for."""
    folder = tmp_path_factory.mktemp("site")
    offline = "import socket, sys; socket.socket.connect = None; from sphinx.cmd.build import main; sys.exit(main(sys.argv[1:]))"
    command = [
        sys.executable,
        "-c",
        offline,
        "-W",
        "-q",
        "-d",
        str(folder / "kept"),
        str(ROOT / "docs"),
        str(folder / "html"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_every_page_is_there_and_none_is_lost(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if not (site / page).is_file()} == set()
    index = (site / "index.html").read_text(encoding="utf-8")
    assert {str(page) for page in pages if f'"{page.as_posix()}' not in index} <= {"index.html"}


def test_nothing_on_any_page_is_fetched_from_elsewhere(site: Path) -> None:
    fetched = re.compile(
        r'<(?:script|img|iframe|source)[^>]+src="(https?:)?//|<link[^>]+rel="stylesheet"[^>]+href="(https?:)?//'
    )
    assert [
        path.name for path in site.rglob("*.html") if fetched.search(path.read_text(encoding="utf-8"))
    ] == []


def test_it_is_read_and_searched_from_files(site: Path, chromium: Any) -> None:
    page = chromium.new_context().new_page()
    wrong: list[str] = []
    page.on(
        "request", lambda asked: None if asked.url.startswith(("file:", "data:")) else wrong.append(asked.url)
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="the tutorial").click()
    assert page.locator("h1").inner_text().startswith("Tutorial")
    page.goto(f"{(site / 'search.html').as_uri()}?q=placebo")
    page.locator("#search-results li a", has_text="limits").first.wait_for(timeout=20_000)
    page.context.close()
    assert wrong == []


def rows(text: str) -> set[str]:
    return set(re.findall(r"^\| `([\w.-]+)` \|", text, flags=re.MULTILINE))


def test_pages_made_from_the_code_have_all_of_it() -> None:
    made = {name: page() for name, page in reference_pages.PAGES.items()}
    assert rows(made["parameters"]) == set(Parameters.model_fields)
    assert rows(made["levers"]) == set(LEVERS)
    assert re.findall(r"^\| \d+ \| `(\w+)`", made["day"], flags=re.MULTILINE) == [
        phase.__name__ for phase in PHASES
    ]
    assert set(re.findall(r"^## (\S+)$", made["regimes"], flags=re.MULTILINE)) == set(catalogue())
    assert set(re.findall(r"^\| (H\w+) \|", made["hypotheses"], flags=re.MULTILINE)) == set(HYPOTHESES)
    assert set(re.findall(r"^\| ([A-Z]\S+) \|", made["targets"], flags=re.MULTILINE)) >= {
        t.id for t in targets.published()
    }
    assert rows(made["formats"]) == {
        key for model in (Scenario, Study, Uncertainty, Design, Policy, Regime) for key in model.model_fields
    }
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert {f"comity {name}" for name in names} <= set(
        re.findall(r"^## (.+)$", made["commands"], flags=re.MULTILINE)
    )


@pytest.mark.parametrize("model", reference_pages.FORMATS.values(), ids=lambda model: model.__name__)
def test_every_key_of_a_file_is_explained(model: type) -> None:
    lacking = {"Regime"}  # its keys are explained by the page on formats
    meanings = reference_pages.attributes(model)
    assert model.__name__ in lacking or set(model.model_fields) <= set(meanings)


@pytest.mark.parametrize("name", reference_pages.PAGES)
def test_tables_have_a_cell_for_each_column(name: str) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", reference_pages.PAGES[name](), flags=re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(cells) == 1, block[:300]
