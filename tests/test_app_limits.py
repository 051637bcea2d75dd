"""What one page may ask of a server: floods, halves and nonsense end where they began, and other pages go on."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import uvicorn
from app_pages import until
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from comity.app import downloads, launch, protocol, server
from comity.app.city import City
from comity.app.commands import KINDS, check
from comity.app.limits import MOST_AGENTS, ROOM, Room, fitting_scale, size
from comity.app.server import FLOOD, FOREIGN, Hall, Settings
from comity.app.session import MOST_WAITING, Session
from comity.app.view import read_view
from comity.problems import InputError
from comity.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

TINY = {"place": "06003", "start": "2010-01-01", "end": "2010-03-31", "day": "20", "scale": "1"}


class Running:
    """A server on this machine, and the hall of its sessions."""

    def __init__(self, port: int, hall: Hall) -> None:
        self.port, self.hall = port, hall

    @contextmanager
    def page(self, **keys: Any) -> Iterator[ClientConnection]:
        """Connect as a page does."""
        with connect(f"ws://127.0.0.1:{self.port}/session", **keys) as made:
            yield made

    def sessions(self) -> list[threading.Thread]:
        """Return the threads of sessions that are alive."""
        return [thread for thread in threading.enumerate() if thread.name == "comity-session"]


@pytest.fixture
def running() -> Iterator[Running]:
    listener = launch.bound("127.0.0.1", None)
    config = launch.configured(Settings())
    made = uvicorn.Server(config)
    thread = threading.Thread(target=made.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: made.started)
    yield Running(listener.getsockname()[1], config.app.state.hall)  # type: ignore[union-attr]
    made.should_exit = True
    thread.join(20)
    listener.close()
    assert not thread.is_alive()


def heard(page: ClientConnection, kind: str) -> dict[str, Any]:
    """Wait for a message of a kind."""
    while True:
        message = page.recv(timeout=60)
        if isinstance(message, str) and json.loads(message)["type"] == kind:
            found: dict[str, Any] = json.loads(message)
            return found


def opened(page: ClientConnection, epoch: int = 1) -> None:
    page.send(json.dumps({"type": "open", "state": TINY, "epoch": epoch}))
    heard(page, "opened")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make downloads take a while, and count them."""
    made: list[float] = []

    def make(*_: Any) -> dict[str, str]:
        time.sleep(0.1)
        made.append(time.monotonic())
        return {"name": "a.csv", "mime": "text/csv", "text": "1,2\n" * 250_000}

    monkeypatch.setattr(downloads, "make", make)
    return made


DOWNLOAD = json.dumps({"type": "download", "what": "data"})


def test_what_a_page_asked_for_ends_with_the_page(running: Running, slow: list[float]) -> None:
    with running.page() as page:
        opened(page)
        for _ in range(MOST_WAITING - 20):
            page.send(DOWNLOAD)
        until(lambda: slow)
    gone = time.monotonic()
    until(lambda: not running.sessions(), 5)
    assert len([moment for moment in slow if moment > gone]) < 5
    assert not running.hall.open


def test_a_page_that_asks_for_too_much_is_closed_and_costs_nothing_more(
    running: Running, slow: list[float]
) -> None:
    with running.page() as good, running.page() as bad:
        opened(good)
        opened(bad)
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 - it may come at any of them
            for _ in range(20 * MOST_WAITING):
                bad.send(DOWNLOAD)
            while True:
                bad.recv(timeout=30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == FLOOD
        until(lambda: len(running.sessions()) == 1, 5)
        assert len(slow) < 60
        opened(good, 2)


def test_a_page_that_reads_nothing_is_not_kept_supplied(
    running: Running, slow: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_UNSENT", 5_000_000)
    before = psutil.Process().memory_info().rss
    with running.page() as good, socket.create_connection(("127.0.0.1", running.port)) as raw:
        opened(good)
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        raw.sendall(
            f"GET /session HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n".encode()
        )
        until(lambda: len(running.sessions()) == 2)
        raw.sendall(masked(json.dumps({"type": "open", "state": TINY, "epoch": 1})))
        raw.sendall(masked(DOWNLOAD) * (MOST_WAITING - 50))
        until(lambda: len(running.sessions()) == 1, 30)
        assert len(slow) < 40
        assert psutil.Process().memory_info().rss - before < 200_000_000
        opened(good, 2)


def masked(text: str) -> bytes:
    """Return a text as a frame of a socket, as clients send it."""
    body = text.encode()
    assert 0 < len(body) < 65536
    return (
        b"\x81"
        + (bytes([128 | len(body)]) if len(body) < 126 else b"\xfe" + len(body).to_bytes(2))
        + bytes(4)
        + body
    )


@pytest.mark.parametrize("half", ["", "GET / HT", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
@pytest.mark.parametrize("first", ["", "GET /api/places HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"])
def test_half_a_request_is_not_waited_for(
    running: Running, monkeypatch: pytest.MonkeyPatch, half: str, first: str
) -> None:
    monkeypatch.setattr(protocol, "PATIENCE", 1.0)
    with socket.create_connection(("127.0.0.1", running.port), timeout=15) as raw:
        if first:
            raw.sendall(first.encode())
            assert raw.recv(100).startswith(b"HTTP/1.1 200")
            time.sleep(0.5)
        began = time.monotonic()
        raw.sendall(half.encode())
        with suppress(ConnectionError):
            while raw.recv(1 << 16):
                pass
        assert time.monotonic() - began < 8
    with running.page() as page:
        time.sleep(1.5)  # the patience of the request does not end the socket that it became
        opened(page)


@pytest.mark.parametrize(
    "origin", ["null", "http://evil.example", "", "file://", "http://127.0.0.1:1", "127.0.0.1"]
)
def test_other_origins_are_refused(running: Running, origin: str) -> None:
    with (
        running.page(additional_headers={"Origin": origin}) as page,
        pytest.raises(ConnectionClosed) as closed,
    ):
        page.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == FOREIGN
    with running.page(additional_headers={"Origin": f"http://127.0.0.1:{running.port}"}) as page:
        opened(page)


@pytest.mark.parametrize(
    "message",
    ["{no json", "[]", "7", "null", '""', "{}", b"\xff\xfe", "[" * 100_000, '{"type": {}}', '{"type": ["open"]}',
     '{"type": "step", "by": "century"}', '{"type": "lesson", "lesson": 1e400}', '{"type": "ack", "frame": NaN}',
     '{"type": "seeds", "seeds": "many"}', '{"type": "story", "resident": 1.5}', '{"type": "open", "epoch": -1}'],
)  # fmt: skip
def test_a_malformed_message_is_answered_and_the_city_lives_on(
    running: Running, message: str | bytes
) -> None:
    with running.page() as page:
        opened(page)
        page.send(message)
        assert heard(page, "invalid")["problems"]
        page.send(DOWNLOAD)
        assert len(heard(page, "file")["text"].splitlines()) > 100


def test_what_needs_a_city_says_so(running: Running) -> None:
    with running.page() as page:
        for kind in ({"type": "download"}, {"type": "lesson", "lesson": 1}):
            page.send(json.dumps(kind))
            assert "nothing is open" in heard(page, "invalid")["error"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
)
keys = st.sampled_from(
    [
        "by",       "speed",    "colour",   "frame",    "resident", "lesson",   "seeds",    "epoch",
        "play",     "state",    "what",     "text",
    ]
)  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from([*KINDS, "", "nothing"]) | anything, st.dictionaries(keys, anything, max_size=4))
def test_any_command_is_good_or_refused_in_words(kind: Any, rest: dict[str, Any]) -> None:
    try:
        check({"type": kind} | rest)
    except InputError as error:
        assert all("; valid: " in line for line in str(error).splitlines())  # noqa: PT017
    else:
        assert kind in KINDS


def test_every_command_is_checked() -> None:
    assert list(KINDS) == list(Session._COMMANDS)


@pytest.mark.parametrize(("place", "days"), [("US", 3), ("CA", 2), ("06037", 30)])
def test_no_city_is_larger_than_a_session_can_hold(place: str, days: int) -> None:
    end = f"2010-01-{days:02}"
    view = read_view({"place": place, "start": "2010-01-01", "end": end})
    assert view.setup.residents / view.setup.scale <= MOST_AGENTS
    with pytest.raises(InputError, match="too many residents at once"):
        read_view({"place": place, "start": "2010-01-01", "end": end, "scale": "1"})
    assert fitting_scale(Scenario.of(place="06075", start="2010-01-01", end="2012-12-31")) == 1


# ---------------------------------------------------------------- the memory of all pages
@pytest.mark.parametrize(
    "state",
    [
        {"place": "06003", "scale": "1"},
        {"place": "06075", "scale": "10", "recording_days": "1"},
        {"place": "06075", "scale": "5", "start": "2008-01-01", "end": "2018-12-31"},
        {"place": "TX", "scale": "5000", "recording_days": "0"},
        {"place": "US", "scale": "10000", "end": "2010-06-30"},
        {"place": "RI", "scale": "2"},
    ],
    ids=str,
)
def test_a_city_takes_no_more_than_is_set_aside_for_it(state: dict[str, str]) -> None:
    setup = read_view(state).setup
    city = City(setup)
    while city.model.running:
        city.step()
    kept = [*city.model.flows(), *city.model.stocks()]
    taken = sum(city.model.world.nbytes().values()) + sum(array.nbytes for array in kept)
    city.close()
    assert taken <= size(setup) < 2 * taken + 5_000_000


def test_a_flood_of_pages_takes_no_more_than_there_is(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve pages at once where three fit: three live, the others are told, and one comes in when one goes."""
    two = TINY | {"against": "no_transmit"}
    need = 2 * size(read_view(TINY).setup)
    monkeypatch.setattr(ROOM, "most", int(3.5 * need))
    until(lambda: ROOM.taken == 0)
    before = psutil.Process().memory_info().rss

    def answer(page: ClientConnection) -> dict[str, Any]:
        while True:
            message = page.recv(timeout=60)
            if isinstance(message, str) and (found := json.loads(message))["type"] in ("opened", "invalid"):
                return dict(found)

    with ExitStack() as stack:
        pages = [stack.enter_context(running.page()) for _ in range(12)]
        for page in pages:
            page.send(json.dumps({"type": "open", "state": two, "epoch": 1}))
        answers = [answer(page) for page in pages]
        good = [page for page, found in zip(pages, answers, strict=True) if found["type"] == "opened"]
        told = [found["error"] for found in answers if found["type"] == "invalid"]
        assert (len(good), len(told), ROOM.taken) == (3, 9, 3 * need)
        assert all("GB left for pages; valid: a smaller place" in text for text in told)
        assert all("until another page is closed" in text for text in told)
        assert psutil.Process().memory_info().rss - before < 200_000_000
        good[0].send(
            json.dumps({"type": "open", "state": TINY | {"place": "US", "scale": "10000"}, "epoch": 2})
        )
        assert "until another page" not in heard(good[0], "invalid")["error"]
        good[0].send(DOWNLOAD)  # the city that it had lives on
        assert heard(good[0], "file")["text"]
        good[1].close()
        until(lambda: ROOM.taken == 2 * need)
        late = next(page for page, found in zip(pages, answers, strict=True) if found["type"] == "invalid")
        late.send(json.dumps({"type": "open", "state": two, "epoch": 2}))
        assert answer(late)["type"] == "opened"
    until(lambda: ROOM.taken == 0)


def test_more_seeds_have_to_fit_too(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    two = TINY | {"against": "no_transmit"}
    need = size(read_view(TINY).setup)
    monkeypatch.setattr(ROOM, "most", 2 * need)
    with running.page() as page:
        page.send(json.dumps({"type": "open", "state": two, "epoch": 1}))
        heard(page, "opened")
        page.send(json.dumps({"type": "seeds", "seeds": 1}))
        assert "left for pages" in heard(page, "invalid")["error"]
        monkeypatch.setattr(ROOM, "most", 3 * need)
        page.send(json.dumps({"type": "seeds", "seeds": 1}))
        until(
            lambda: any(isinstance(message := page.recv(timeout=60), bytes) and message[0] == 2 for _ in "1")
        )
        until(lambda: ROOM.taken == 2 * need)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3), st.booleans()), max_size=40))
def test_room_is_never_given_twice(wishes: list[tuple[int, int, bool]]) -> None:
    setup = Scenario.of(place="06003", scale=1)
    room = Room(5 * size(setup))
    had: dict[int, int] = {}
    for who, cities, leaves in wishes:
        if leaves:
            room.give_back(who)
            had.pop(who, None)
        else:
            fits = cities + sum(n for other, n in had.items() if other != who) <= 5
            with suppress(InputError) if not fits else nullcontext():
                room.take(who, [setup] * cities)
            if fits:
                had[who] = cities
        assert room.taken == sum(had.values()) * size(setup) <= room.most
