"""The second door renders: SolaraViz shows the model, and a step is a day."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from comity.app import launch
from comity.app.view import read_view

COMMAND = """
import sys
from comity.app.launch import end_with_input
end_with_input()
sys.argv = ["solara", "run", "comity.app.solara", "--host", "127.0.0.1", "--port", sys.argv[1], "--no-open", "--production"]
from solara.__main__ import main
main()
"""


@pytest.mark.portable
def test_mesas_own_page_shows_the_model_and_steps_it(chromium: Any) -> None:
    with launch.bound("127.0.0.1", None) as listener:
        port = str(listener.getsockname()[1] + 1)
    quiet = os.environ | {"SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False"}
    command = [sys.executable, "-W", "ignore", "-c", COMMAND, port]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=-3, stderr=-3, env=quiet) as process:  # noqa: S603
        page = chromium.new_page()
        try:
            page.set_default_timeout(90_000)
            foreign: list[str] = []
            page.on("request", lambda r: foreign.append(r.url) if "://127.0.0.1" not in r.url else None)
            _reach(page, f"http://127.0.0.1:{port}/")
            page.wait_for_selector("text=181 of 1096 days lived")
            page.wait_for_function("document.querySelectorAll('svg, img').length > 0")
            page.get_by_role("button", name="Step", exact=True).click()
            page.wait_for_selector("text=182 of 1096 days lived")
            assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []
        finally:
            process.kill()
            page.close()


def _reach(page: Any, url: str) -> None:
    """Open the page as soon as the server answers."""
    from playwright.sync_api import Error  # noqa: PLC0415

    for _ in range(120):
        try:
            page.goto(url)
        except Error:
            page.wait_for_timeout(500)
        else:
            return
    pytest.fail("solara did not start")


def test_the_second_door_opens_on_what_the_page_opens_on() -> None:
    solara = pytest.importorskip("comity.app.solara")
    view = read_view({})
    model = solara.City()
    changed = {"scale": model.setup.scale}
    assert model.setup == view.setup.with_(**changed)
    assert model.today == view.day
    controls = {name: control["value"] for name, control in solara.CONTROLS.items()}
    assert controls == {
        "regime": view.setup.regime,
        "seed": view.setup.seed,
        "fear_weight": view.setup.parameters.fear_weight,
    }


def test_the_second_door_is_at_most_sixty_lines() -> None:
    text = Path(launch.__file__).with_name("solara.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
