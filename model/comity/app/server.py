"""The server: pages and files over HTTP, one session per WebSocket. Loopback unless told otherwise; nothing leaves it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
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
from comity.app.classroom import foreign
from comity.app.embedding import policy
from comity.app.limits import ROOM
from comity.app.seats import Refused
from comity.app.session import Session
from comity.problems import InputError
from comity.world.places import gazetteer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope
    from starlette.types import Send as ASGISend

    from comity.app.classroom import Classroom
    from comity.app.seats import Seat, Seats

    End = Callable[[int, str], object]

log = logging.getLogger(__name__)

STATIC: Final = Path(__file__).parent / "static"
LARGEST_MESSAGE: Final = 2 << 20
MOST_UNSENT: Final = 64 << 20
"""Bytes that may wait for a page that does not read them."""

MOST_CONNECTIONS: Final = 500
"""Open at once; the operating system allows about a thousand."""

FULL, IDLE, FOREIGN, FLOOD, NO_SEAT, ELSEWHERE, BROKEN = 4001, 4002, 4003, 4004, 4005, 4006, 1011
"""Why the server closes a page's connection."""

LEAST_SHARE: Final = 150_000_000
"""Bytes that a student's cities may take however many they are: two of San Francisco at full population."""

CLOSED: Final = {"reset": (NO_SEAT, "reset"), "elsewhere": (ELSEWHERE, "open elsewhere")}
"""How a page is told why its seat is taken from it."""

SEATED_WITHIN: Final = 10.0
"""Seconds within which a page of a class says which seat it has."""

HEADERS: Final = {
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
        embedders: origins whose pages may show this one in a frame.
        classroom: the class that is taught, if one is.
    """

    hosts: list[str] = field(default_factory=lambda: ["127.0.0.1", "localhost", "[::1]"])
    most_sessions: int = 40
    idle: float = 1200.0
    results: Path | None = None
    embedders: Sequence[str] = ()
    classroom: Classroom | None = None


class Hall:
    """The sessions of one server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.open: dict[Session, End] = {}
        self.executor = ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1), "comity-seeds")

    @property
    def share(self) -> int:
        """Bytes that the cities of one page may take: all there is, but in a class no more than leaves room for the others."""
        fair = max(ROOM.most // self.settings.most_sessions, LEAST_SHARE)
        return fair if self.settings.classroom else ROOM.most

    async def reap(self) -> None:
        """Close sessions that have asked for nothing for too long."""
        while True:
            await asyncio.sleep(min(30.0, self.settings.idle / 2))
            for session, end in self.open.items():
                if time.monotonic() - session.heard > self.settings.idle:
                    end(IDLE, "idle")

    def shut(self) -> None:
        """End every session."""
        for session in self.open:
            session.stop()
        self.executor.shutdown(wait=False, cancel_futures=True)


async def socket(ws: WebSocket) -> None:
    """Serve one page: commands in, frames and messages out, until either side ends it."""
    hall: Hall = ws.app.state.hall
    classroom = hall.settings.classroom
    await ws.accept()
    if foreign(ws.headers):
        await ws.close(FOREIGN, "another page's server")
    elif classroom is None:
        await _attend(ws, hall)
    elif seat := await _seat(ws, classroom.seats):
        await _attend(ws, hall, seat)
    else:
        with suppress(RuntimeError):
            await ws.close(NO_SEAT, "no seat in this class")


async def _seat(ws: WebSocket, seats: Seats) -> Seat | None:
    """Return the seat that a page says it has, if it has one and says so in time."""
    with suppress(Refused, TimeoutError, WebSocketDisconnect, KeyError):
        return seats.of(_command(await asyncio.wait_for(ws.receive_text(), SEATED_WITHIN)).get("seat"))
    return None


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


async def _attend(ws: WebSocket, hall: Hall, seat: Seat | None = None) -> None:
    """Serve a page until it is gone or is ended."""
    ended = asyncio.get_running_loop().create_future()

    def end(code: int, why: str) -> None:
        if not ended.done():
            ended.set_result((code, why))

    again = seat is not None and seat.close is not None  # whose page leaves for this one
    if len(hall.open) - again >= hall.settings.most_sessions:
        await ws.close(FULL, "all places are taken")
        return
    with _seated(hall.settings.classroom, seat, end):
        outbox = _Outbox(lambda: end(FLOOD, "too much at once"))
        session = Session(outbox.put, hall.executor, hall.share)
        session.start()
        hall.open[session] = end
        tasks = [asyncio.create_task(task) for task in (_listen(ws, session, end), _write(ws, outbox))]
        try:
            await asyncio.wait([tasks[0], ended], return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                session.stop()
                with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
                    await asyncio.wait_for(ws.close(*ended.result()), 1.0)
        finally:
            session.stop()
            for task in tasks:
                task.cancel()
            hall.open.pop(session, None)


@contextmanager
def _seated(classroom: Classroom | None, seat: Seat | None, end: End) -> Iterator[None]:
    """Let a page have its seat for as long as it is there."""
    if classroom is None or seat is None:
        yield
        return

    def close(why: str) -> None:
        end(*CLOSED[why])

    classroom.seats.sit(seat, close)
    try:
        yield
    finally:
        classroom.seats.leave(seat, close)


async def _listen(ws: WebSocket, session: Session, end: End) -> None:
    """Hand commands on until the page is gone, was closed for idling, or asks for too much."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await ws.receive()
            if message["type"] == "websocket.disconnect":
                return
            if not session.tell(_command(message.get("text"))):
                end(FLOOD, "too much at once")
                return


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

    def __init__(self, app: ASGIApp, embedders: Sequence[str]) -> None:
        self.app = app
        self.headers = HEADERS | {"content-security-policy": policy(embedders)}

    async def __call__(self, scope: Scope, receive: Receive, send: ASGISend) -> None:
        """Serve a request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                extra = [(k.encode(), v.encode()) for k, v in self.headers.items() if k.encode() not in given]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _page(request: Request) -> Response:
    language = languages.wanted(request.headers.get("accept-language", ""))
    text = languages.index(language)
    if request.app.state.hall.settings.classroom:  # whose page asks for a seat before anything else
        text = text.replace("<html ", "<html data-class ", 1)
    return HTMLResponse(text, headers={"vary": "accept-language"})


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


def _findings(_: Request) -> Response:
    return JSONResponse(published.shipped())


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
            *(settings.classroom.routes() if settings.classroom else ()),
            Route("/", _page),
            Route("/api/messages", _messages),
            Route("/api/catalogue", _catalogue),
            Route("/api/places", _places),
            Route("/api/find", _find),
            Route("/api/nation", _nation),
            Route("/api/outcomes", _outcomes),
            Route("/api/results", _results),
            Route("/api/result", _result),
            Route("/api/findings", _findings),
            WebSocketRoute("/session", socket),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[
            Middleware(_Guarded, settings.embedders),
            Middleware(TrustedHostMiddleware, allowed_hosts=settings.hosts),
            Middleware(GZipMiddleware, minimum_size=2000),
        ],
        lifespan=lifespan,
    )
    app.state.hall = hall
    return app
