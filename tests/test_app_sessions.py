"""Sessions of the browser's server: they open, step and play, survive nonsense, and are downloaded."""

from __future__ import annotations

import json
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from app_pages import TINY, made, until

from comity.app import downloads, sharing
from comity.app.city import City
from comity.app.session import Session
from comity.app.view import read_view, write_view
from comity.model import CooperationModel
from comity.problems import InputError
from comity.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# ---------------------------------------------------------------- sessions
class Page:
    """The other end of a session."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.frames: list[bytes] = []
        self.confirms = True
        self.executor = ThreadPoolExecutor(1)
        self.session = Session(self.take, self.executor)
        self.session.start()

    def take(self, message: dict[str, Any] | bytes) -> None:
        """Receive what the session sends; confirm frames as a page does."""
        if isinstance(message, bytes):
            self.frames.append(message)
            if message[0] == 1 and self.confirms:
                self.session.tell({"type": "ack", "frame": struct.unpack_from("<I", message, 8)[0]})
        else:
            json.dumps(message, allow_nan=False)
            self.messages.append(message)

    def ask(self, **command: Any) -> None:
        """Send a command."""
        self.session.tell(command)

    def wait(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Wait for the n-th message of a kind."""
        return until(lambda: next(iter([m for m in self.messages if m["type"] == kind][count - 1 :]), None))

    def day(self) -> int:
        """Return the day of the last frame."""
        return struct.unpack_from("<I", self.frames[-1], 16)[0] if self.frames else -1


@pytest.fixture
def page() -> Iterator[Page]:
    found = Page()
    yield found
    found.session.stop()
    found.session.thread.join(20)
    found.executor.shutdown()
    assert not found.session.thread.is_alive()


def test_a_session_opens_steps_and_plays(page: Page) -> None:
    page.ask(type="open", state=TINY, epoch=5)
    assert page.wait("opened")["epoch"] == 5
    until(lambda: page.day() == 40)
    page.ask(type="step", by="month")
    until(lambda: page.day() == 40 + 28)
    page.ask(type="speed", speed="max")
    page.ask(type="play")
    until(lambda: page.day() == 1096)
    assert not page.session.playing


def test_only_the_last_of_many_wishes_is_lived(page: Page) -> None:
    for n in range(30):
        page.ask(type="open", state={"scale": "100", "day": "900", "seed": str(n)}, epoch=n + 1)
    until(lambda: page.day() == 900)
    shown = [m["epoch"] for m in page.messages if m["type"] == "opened"]
    assert shown[-1] == 30
    assert len(shown) < 30


def heads(page: Page) -> list[tuple[int, int, int]]:
    """Return epoch, day, and whether it plays, of every frame."""
    return [(*struct.unpack_from("<I4x4xI", frame, 4), frame[2]) for frame in page.frames if frame[0] == 1]


def test_the_end_of_a_run_is_shown_to_a_page_that_confirms_nothing(page: Page) -> None:
    page.confirms = False
    page.ask(type="open", state=TINY | {"day": "0", "speed": "max"}, epoch=1, play=True)
    until(lambda: page.frames and not page.session.playing)
    until(lambda: heads(page)[-1] == (1, 1096, 0), seconds=5)


@pytest.mark.parametrize("newer", ["step", "pause"])
def test_a_click_while_cities_are_built_does_not_lose_the_opening(
    page: Page, newer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = sharing.STARTS.of

    def clicked(setup: Scenario) -> Any:
        page.ask(type=newer, by="day")
        return build(setup)

    monkeypatch.setattr(sharing.STARTS, "of", clicked)
    page.ask(type="open", state=TINY, epoch=1)
    assert page.wait("opened")["epoch"] == 1


def test_frames_go_on_after_an_address_that_is_refused(page: Page) -> None:
    """The page drops frames of any epoch but the last that it asked for, refused or not, and the rows in them."""
    page.ask(type="open", state=TINY | {"speed": "7"}, epoch=1, play=True)
    until(lambda: page.frames)
    page.ask(type="open", state={"regime": "nonsense"}, epoch=2)
    page.wait("invalid")
    until(lambda: [frame for frame in heads(page) if frame[0] == 2 and frame[2]])
    first = next(frame for frame in page.frames if struct.unpack_from("<I", frame, 4)[0] == 2)
    assert struct.unpack_from("<I", first, 20)[0] == 0, "every row is sent again"


def test_an_opening_overtaken_by_one_that_is_refused_is_announced(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = sharing.STARTS.of

    def overtaken(setup: Scenario) -> Any:
        page.ask(type="open", state={"regime": "nonsense"}, epoch=2)
        return build(setup)

    monkeypatch.setattr(sharing.STARTS, "of", overtaken)
    page.ask(type="open", state=TINY, epoch=1)
    page.wait("invalid")
    assert page.wait("opened")["epoch"] == 2
    assert until(lambda: [frame for frame in heads(page) if frame[0] == 2])


@pytest.mark.parametrize(
    "command",
    [
        {"type": "nothing"},
        {"type": "step", "by": "century"},
        {"type": "speed", "speed": "-3"},
        {"type": "lesson", "lesson": "x"},
        {"type": "story", "resident": "'; drop table"},
        {"type": "download", "what": "../../etc/passwd"},
        {"type": "upload", "text": ["no text"]},
        {"type": "colour", "colour": 7},
        {"type": "seeds", "seeds": None},
        {"type": "ack"},
        {"type": "open", "state": 5},
        {},
    ],
)
def test_nonsense_never_ends_a_session(page: Page, command: dict[str, Any]) -> None:
    page.ask(type="open", state=TINY, epoch=1)
    page.wait("opened")
    page.ask(**command)
    page.ask(type="open", state=TINY, epoch=2)
    assert page.wait("opened", 2)["epoch"] == 2


def test_a_failing_model_is_reported_and_another_can_be_opened(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.ask(type="open", state=TINY, epoch=1)
    until(lambda: page.day() == 40)
    with monkeypatch.context() as patch:
        patch.setattr(City, "step", lambda _: 1 / 0)
        page.ask(type="play")
        assert "ZeroDivisionError" in page.wait("failed")["error"]
    page.ask(type="open", state=TINY, epoch=2)
    assert page.wait("opened", 2)["epoch"] == 2


def test_more_seeds_report_an_interval_or_why_not(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    state = TINY | {"against": "no_transmit", "end": "2010-12-31"}
    page.ask(type="open", state=state, epoch=3)
    page.wait("opened")
    page.ask(type="seeds", seeds=3)
    until(lambda: [f for f in page.frames if f[0] == 2 and f[1] == f[2] == 3])
    with monkeypatch.context() as patch:
        patch.setattr(CooperationModel, "totals", lambda _: 1 / 0)
        page.ask(type="seeds", seeds=2)
        assert "division" in page.wait("note")["text"]


def test_a_download_lives_the_same_history_up_to_the_day(tmp_path: Path) -> None:
    view = read_view({"scale": "100", "day": "222", "against": "no_receive", "jail_beds": "1.5"})
    found = made(write_view(view))
    path = tmp_path / "s.toml"
    path.write_text(downloads.scenario(view, found), encoding="utf-8")
    setup = Scenario.load(path)
    assert setup.days == 222
    again = CooperationModel(setup).run()
    assert np.array_equal(again.world.residents, found[0].model.world.residents)
    assert downloads.read_upload(path.read_text()).setup.parameters.jail_beds == 1.5


@pytest.mark.parametrize(
    "text", ["", "x = [", "a" * (2 << 20), "place = '06075'\nimport = 'os'", "[" * 5000, None]
)
def test_uploads_that_are_no_scenarios_are_refused(text: str | None) -> None:
    with pytest.raises(InputError) as caught:
        downloads.read_upload(text)
    assert {p.file for p in caught.value.problems} <= {"upload", "address"}
