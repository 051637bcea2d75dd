"""What the package offers under its own name."""

import inspect
import pkgutil
import subprocess
import sys

import comity
import reference_pages
from comity.study import files as files_of_before
from comity.sweeps import files


def test_no_room_takes_a_public_name():
    """Python binds a room to its name in the package as soon as it is imported, over whatever else has that name."""
    assert not set(comity.__all__) & {module.name for module in pkgutil.iter_modules(comity.__path__)}


def test_public_names_stay_what_they_are():
    """Also when everything else of the package has been imported."""
    code = (
        "import comity; first = {name: getattr(comity, name) for name in comity.__all__}; "
        "import comity.cli, comity.sweeps.runner, comity.analyse.compare; "
        "assert all(getattr(comity, name) is value for name, value in first.items())"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - this Python, running this package


def test_scripts_of_before_find_their_studies():
    assert comity.ScenarioError is comity.InputError
    assert files_of_before.load_study is files.load_study


def test_every_public_name_is_on_the_page_of_the_api_with_what_it_says_of_itself():
    page = reference_pages.api()
    for name in comity.__all__:
        part = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        said = part.partition("```text\n")[2].partition("\n```")[0]
        assert len(said.split()) > 1, name
        assert "Returns:" in said or "Return " in said or not inspect.isroutine(getattr(comity, name)), name
