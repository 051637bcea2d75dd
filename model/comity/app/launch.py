"""The launch of the browser's server from the command line."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING, Final

from comity.problems import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import uvicorn

    from comity.app.server import Settings

PORT: Final = 8642
"""The port without ``--port``; if something else uses it, any free one."""

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def bound(host: str, port: int | None) -> socket.socket:
    """Return a socket on which to listen.

    Raises:
        InputError: if the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for choice in (PORT, 0) if port is None else (port,):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, choice))
            listener.listen(128)
        except OSError as error:
            listener.close()
            wrong = error.strerror or str(error)
        else:
            return listener
    value = f"{host}:{port if port is not None else PORT}"
    valid = "an address of this machine and a port that nothing uses"
    raise InputError([Problem("command line", "--host, --port", value, wrong, valid)])


def end_with_input() -> None:
    """End the process when its standard input closes: so a server that a test started never outlives it."""

    def wait() -> None:
        while sys.stdin.buffer.read(1024):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def warm() -> None:
    """Load or compile the kernels, and build the city that a page without an address shows, before one asks for it."""
    from comity import warm as ahead  # noqa: PLC0415
    from comity.app.city import City  # noqa: PLC0415
    from comity.app.view import read_view  # noqa: PLC0415

    ahead.up()
    city = City(read_view({}).setup)
    city.step()
    city.frame(0, 0)
    city.close()


def serve(
    host: str, port: int | None, results: Path | None, *, show: bool, say: Callable[[str], object] = print
) -> None:
    """Serve until interrupted.

    Args:
        host: address to listen on.
        port: port, or None for the usual one or any free one.
        results: folder with stored results, or None for ``results`` here or in the checkout.
        show: open the page in a browser.
        say: takes lines for the person who started it.

    Raises:
        InputError: if the address cannot be used, or there is no such folder.
    """
    import uvicorn  # noqa: PLC0415

    from comity.app import published  # noqa: PLC0415
    from comity.app.server import Settings  # noqa: PLC0415

    if results is not None and not results.is_dir():
        raise InputError([Problem("command line", "--results", str(results), "not a folder", "a folder")])
    listener = bound(host, port)
    settings = Settings(results=results or published.default_root())
    settings.hosts = settings.hosts if host in LOOPBACK else ["*"]
    url = _announce(host, listener.getsockname()[1], say)
    threading.Thread(target=warm, daemon=True).start()
    if show:
        threading.Timer(0.5, webbrowser.open, [url]).start()
    with listener:
        uvicorn.Server(configured(settings)).run(sockets=[listener])


def configured(settings: Settings) -> uvicorn.Config:
    """Return how the server listens."""
    import uvicorn  # noqa: PLC0415

    from comity.app.protocol import Timely  # noqa: PLC0415
    from comity.app.server import LARGEST_MESSAGE, MOST_CONNECTIONS, build  # noqa: PLC0415

    return uvicorn.Config(
        build(settings),
        log_level="warning",
        http=Timely,
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        limit_concurrency=MOST_CONNECTIONS,
        lifespan="on",
    )


def _announce(host: str, port: int, say: Callable[[str], object]) -> str:
    """Say where the page is, and return that address."""
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    say(f"comity is at {url} (Ctrl-C stops it)")
    if host not in LOOPBACK:
        say("Anybody who reaches this address can use it: there is no password.")
    return url
