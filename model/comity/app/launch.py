"""The launch of the browser's server from the command line."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from comity.app import embedding, seats
from comity.problems import InputError, Objection, Problem, refuse
from comity.reading import COMMAND_LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import uvicorn

    from comity.app.classroom import Classroom
    from comity.app.server import Settings

PORT: Final = 8642
"""The port without ``--port``; if something else uses it, any free one."""

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

BEHIND: Final = "127.0.0.1, with a reverse proxy or a tunnel before it (docs/browser.md)"
"""Where a server of a class listens."""


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


@dataclass(frozen=True)
class Door:
    """How a server is reached, as the command line says it.

    Attributes:
        host: address to listen on.
        port: port, or None for the usual one or any free one.
        code: by which a class joins; None if there is none.
        embedders: origins whose pages may show this one in a frame.
        reached_at: origin under which others reach it; None if nobody but this machine does.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    code: str | None = None
    embedders: Sequence[str] = ()
    reached_at: str | None = None

    def check(self, results: Path | None) -> None:
        """Check everything but whether the address can be used.

        Args:
            results: folder with stored results, if one was named.

        Raises:
            InputError: with all that is wrong.
        """
        checked: list[tuple[str, object, Objection | None]] = [
            ("--embed-from", origin, embedding.objection(origin)) for origin in self.embedders
        ]
        if self.reached_at is not None:
            checked.append(("--reached-at", self.reached_at, embedding.objection(self.reached_at)))
        if self.code is not None:
            checked.append(("--class", self.code, seats.objection(self.code)))
            near = None if self.host in LOOPBACK else Objection("open to others without encryption", BEHIND)
            checked.append(("--host", self.host, near))
        if results is not None and not results.is_dir():
            checked.append(("--results", str(results), Objection("not a folder", "a folder")))
        refuse(checked, COMMAND_LINE)

    def settings(self, results: Path | None) -> Settings:
        """Return how a server behaves behind it."""
        from comity.app.classroom import Classroom  # noqa: PLC0415
        from comity.app.server import Settings  # noqa: PLC0415

        made = Settings(results=results, embedders=self.embedders)
        made.hosts = made.hosts if self.host in LOOPBACK else ["*"]
        if self.reached_at:
            made.hosts.append(str(urlsplit(self.reached_at).hostname))
        made.classroom = Classroom(self.code) if self.code else None
        return made


def serve(door: Door, results: Path | None, *, show: bool, say: Callable[[str], object] = print) -> None:
    """Serve until interrupted.

    Args:
        door: how it is reached.
        results: folder with stored results, or None for ``results`` here or in the checkout.
        show: open the page in a browser.
        say: takes lines for the person who started it.

    Raises:
        InputError: if the address cannot be used, something about the class is wrong, or there is no such folder.
    """
    import uvicorn  # noqa: PLC0415

    from comity.app import published  # noqa: PLC0415

    door.check(results)
    listener = bound(door.host, door.port)
    settings = door.settings(results or published.default_root())
    url = _announce(door, listener.getsockname()[1], settings.classroom, say)
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


def _announce(door: Door, port: int, classroom: Classroom | None, say: Callable[[str], object]) -> str:
    """Say where the page is, and return the address that its owner opens."""
    here = f"http://{f'[{door.host}]' if ':' in door.host else door.host}:{port}"
    say(f"comity is at {here}/ (Ctrl-C stops it)")
    if door.host not in LOOPBACK:
        say("Anybody who reaches this address can use it: there is no password.")
    if classroom is None:
        return f"{here}/"
    url = f"{here}/teacher#{classroom.secret}"
    say(f"Students: {door.reached_at or here}/#class={classroom.seats.code}")
    say(f"Teacher, for nobody else: {url}")
    say(
        "Seats and answers are in memory until this stops; the teacher's page saves them. Nothing is known of persons."
    )
    return url
