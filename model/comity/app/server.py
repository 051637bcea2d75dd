"""The server: pages and files over HTTP, one session per WebSocket. Loopback unless told otherwise; nothing leaves it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from comity import extensions
from comity.app import catalogue, languages, nation, published
from comity.app.session import Session
from comity.problems import InputError
from comity.world.places import gazetteer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope
    from starlette.types import Send as ASGISend

log = logging.getLogger(__name__)

STATIC: Final = Path(__file__).parent / "static"
LARGEST_MESSAGE: Final = 2 << 20
MOST_UNSENT: Final = 64 << 20
"""Bytes that may wait for a page that does not read them."""

MOST_CONNECTIONS: Final = 500
"""Open at once; the operating system allows about a thousand."""

FULL, IDLE, FOREIGN, FLOOD, BROKEN = 4001, 4002, 4003, 4004, 1011
"""Why the server closes a page's connection."""

HEADERS: Final = {
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


@dataclass
class Settings:
    """How a server behaves.

    Attributes:
        hosts: names under which pages may address it, so that no foreign page can.
        most_sessions: pages at once.
        idle: seconds after which a page that asks for nothing loses its run; it can take it up again.
        results: folder with stored results.
    """

    hosts: list[str] = field(default_factory=lambda: ["127.0.0.1", "localhost", "[::1]"])
    most_sessions: int = 40
    idle: float = 1200.0
    results: Path | None = None


class Hall:
    """The sessions of one server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.open: dict[Session, Callable[[], Awaitable[None]]] = {}
        self.executor = ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1), "comity-seeds")

    async def reap(self) -> None:
        """Close sessions that have asked for nothing for too long."""
        while True:
            await asyncio.sleep(min(30.0, self.settings.idle / 2))
            for session, close in list(self.open.items()):
                if time.monotonic() - session.heard > self.settings.idle:
                    with suppress(RuntimeError):
                        await close()

    def shut(self) -> None:
        """End every session."""
        for session in self.open:
            session.stop()
        self.executor.shutdown(wait=False, cancel_futures=True)


async def socket(ws: WebSocket) -> None:
    """Serve one page: commands in, frames and messages out, until either side ends it."""
    hall: Hall = ws.app.state.hall
    await ws.accept()
    origin = ws.headers.get("origin")  # browsers always send one, and "null" for pages that hide theirs
    if origin is not None and origin.partition("://")[2] != ws.headers.get("host"):
        await ws.close(FOREIGN, "another page's server")
    elif len(hall.open) >= hall.settings.most_sessions:
        await ws.close(FULL, "all places are taken")
    else:
        await _attend(ws, hall)


class _Flood(Exception):  # noqa: N818 - says what it is
    """A page asks for more than it takes, or more than it gets."""


class _Outbox:
    """What waits to be sent to a page.

    Args:
        flooded: called once if more waits than may.
    """

    def __init__(self, flooded: Callable[[], object]) -> None:
        self.loop, self.flooded = asyncio.get_running_loop(), flooded
        self.queue = asyncio.Queue[dict[str, Any] | bytes]()
        self.unsent = 0

    def put(self, message: dict[str, Any] | bytes) -> None:
        """Take a message from any thread."""
        with suppress(RuntimeError):  # the loop is gone when the server stops
            self.loop.call_soon_threadsafe(self._put, message)

    def _put(self, message: dict[str, Any] | bytes) -> None:
        if self.unsent > MOST_UNSENT:
            self.flooded()
            return
        self.unsent += _size(message)
        self.queue.put_nowait(message)

    async def send(self, ws: WebSocket) -> None:
        """Send what waits, for ever."""
        while True:
            message = await self.queue.get()
            if isinstance(message, bytes):
                await ws.send_bytes(message)
            else:
                await ws.send_text(json.dumps(message))
            self.unsent -= _size(message)


def _size(message: dict[str, Any] | bytes) -> int:
    """Return about how many bytes a message has; only files are large among those that are not bytes."""
    return len(message) if isinstance(message, bytes) else 1000 + len(str(message.get("text", "")))


async def _attend(ws: WebSocket, hall: Hall) -> None:
    flooded = asyncio.Event()
    outbox = _Outbox(flooded.set)
    session = Session(outbox.put, hall.executor)
    session.start()
    hall.open[session] = lambda: ws.close(IDLE, "idle")
    tasks = [asyncio.create_task(task) for task in (_listen(ws, session), _write(ws, outbox), flooded.wait())]
    try:
        done, _ = await asyncio.wait([tasks[0], tasks[2]], return_when=asyncio.FIRST_COMPLETED)
        if tasks[2] in done or isinstance(tasks[0].exception(), _Flood):
            session.stop()
            with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
                await asyncio.wait_for(ws.close(FLOOD, "too much at once"), 1.0)
    finally:
        session.stop()
        for task in tasks:
            task.cancel()
        hall.open.pop(session, None)


async def _listen(ws: WebSocket, session: Session) -> None:
    """Hand commands on until the page is gone, was closed for idling, or asks for too much."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await ws.receive()
            if message["type"] == "websocket.disconnect":
                return
            if not session.tell(_command(message.get("text"))):
                raise _Flood


def _command(text: str | None) -> dict[str, Any]:
    """Read a command; what is none is answered by the session like any other wrong one."""
    try:
        command = json.loads(text or "")
    except (ValueError, RecursionError):
        command = text
    return command if isinstance(command, dict) else {"type": command}


async def _write(ws: WebSocket, outbox: _Outbox) -> None:
    try:
        await outbox.send(ws)
    except (WebSocketDisconnect, RuntimeError):
        pass
    except Exception as error:
        log.warning("a message could not be sent", exc_info=error)
        with suppress(WebSocketDisconnect, RuntimeError):
            await ws.close(BROKEN, "a message could not be sent")


class _Guarded:
    """Adds headers that keep pages from loading anything from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: ASGISend) -> None:
        """Serve a request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                extra = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in given]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _page(request: Request) -> Response:
    language = languages.wanted(request.headers.get("accept-language", ""))
    return HTMLResponse(languages.index(language), headers={"vary": "accept-language"})


def _messages(request: Request) -> Response:
    language = request.query_params.get("language", "")
    if language not in languages.LANGUAGES:
        valid = ", ".join(languages.LANGUAGES)
        return JSONResponse({"error": f"there is no such language; there are {valid}"}, 404)
    return JSONResponse({"messages": languages.catalogue(language)})


def _catalogue(request: Request) -> Response:
    named = [name for name in request.query_params.get("extensions", "").split(",") if name]
    return JSONResponse(catalogue.everything(extensions.usable(named)))


def _places(_: Request) -> Response:
    return JSONResponse(catalogue.place_names())


def _find(request: Request) -> Response:
    return JSONResponse(gazetteer().search(request.query_params.get("name", "")[:200]))


def _nation(_: Request) -> Response:
    return JSONResponse(nation.activation())


def _outcomes(request: Request) -> Response:
    root: Path | None = request.app.state.hall.settings.results
    name, measure = request.query_params.get("name", ""), request.query_params.get("measure", "")
    entry = next((e for e in published.listing(root) if e["name"] == name and e["map"]), None)
    if root is None or entry is None or measure not in nation.OUTCOMES:
        return JSONResponse({"error": "no such run or measure"}, 404)
    try:
        return JSONResponse(nation.outcomes(published.folders(root)[name], measure))
    except (OSError, ValueError, KeyError) as error:  # a folder is anybody's; what cannot be read is said
        return JSONResponse({"error": f"{name} cannot be read: {error}"[:300]})


def _results(request: Request) -> Response:
    return JSONResponse(published.listing(request.app.state.hall.settings.results))


def _result(request: Request) -> Response:
    root: Path | None = request.app.state.hall.settings.results
    name, wanted = request.query_params.get("name", ""), request.query_params.get("file", "")
    try:
        path = published.file(root, name, wanted)
        return FileResponse(path) if path.suffix in published.FIGURES else JSONResponse(published.table(path))
    except InputError as error:
        return JSONResponse({"error": str(error)}, 404)


def build(settings: Settings) -> Starlette:
    """Return the application."""
    hall = Hall(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        reaper = asyncio.create_task(hall.reap())
        yield
        reaper.cancel()
        hall.shut()

    app = Starlette(
        routes=[
            Route("/", _page),
            Route("/api/messages", _messages),
            Route("/api/catalogue", _catalogue),
            Route("/api/places", _places),
            Route("/api/find", _find),
            Route("/api/nation", _nation),
            Route("/api/outcomes", _outcomes),
            Route("/api/results", _results),
            Route("/api/result", _result),
            WebSocketRoute("/session", socket),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[
            Middleware(_Guarded),
            Middleware(TrustedHostMiddleware, allowed_hosts=settings.hosts),
            Middleware(GZipMiddleware, minimum_size=2000),
        ],
        lifespan=lifespan,
    )
    app.state.hall = hall
    return app
