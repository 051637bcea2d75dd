"""Requests that begin well: whatever follows their first lines is answered, and no fault of the server's."""

from __future__ import annotations

import logging
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.app import launch
from comity.app.server import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ALIVE = b"GET /api/catalogue HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    listener = launch.bound("127.0.0.1", None)
    made = uvicorn.Server(launch.configured(Settings()))
    thread = threading.Thread(target=made.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not made.started:
        time.sleep(0.01)
    yield listener.getsockname()[1]
    made.should_exit = True
    thread.join(20)
    listener.close()


def answer(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(sent)
        if sent != ALIVE:
            raw.shutdown(socket.SHUT_WR)  # nothing more will come
        found = b""
        with suppress(ConnectionResetError):
            while block := raw.recv(1 << 16):
                found += block
        return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "NONSENSE"]),
    path=st.sampled_from(["/", "/session", "/api/catalogue", "/nowhere"]),
    length=st.sampled_from(
        ["Transfer-Encoding: chunked", "Content-Length: 5", "Content-Length: 99999999999"]
    ),
    body=st.sampled_from([b"", b"ZZZ\r\n", b"5\r\nabcdeXX", b"-1\r\n", b"fffffffffffffffffffff\r\n"])
    | st.binary(max_size=30),
)
def test_any_body_is_answered_without_a_fault(
    port: int, caplog: pytest.LogCaptureFixture, method: str, path: str, length: str, body: bytes
) -> None:
    caplog.clear()
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}\r\n\r\n".encode()
    answer(port, head + body)
    assert answer(port, ALIVE).startswith(b"HTTP/1.1 200")
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
