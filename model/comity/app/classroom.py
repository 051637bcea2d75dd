"""A classroom: what a server answers to students who join, and to their teacher.

Who joins gets a seat with a token, which the tab keeps and sends along; there are no cookies. Every request is answered at
once, in constant memory: whoever is refused is told why, and when it is worth trying again.
"""

from __future__ import annotations

import json
import math
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from comity.app.answers import Answers, as_csv, as_json
from comity.app.embedding import policy
from comity.app.lessons import LESSONS
from comity.app.seats import Guesses, Refused, Seats
from comity.app.view import CHOICES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    Handler = Callable[[Request], Awaitable[Response]]

STATIC: Final = Path(__file__).parent / "static"

LARGEST_BODY: Final = 64 << 10
"""Bytes of a request of a class."""

MOST_READ: Final = 4 << 20
"""Bytes that are read, and forgotten, of a request that is too large, so that whoever sends it hears the answer."""

PRIVATE: Final = {"cache-control": "no-store"}


def _known(view: str) -> str:
    if view not in CHOICES["view"]:
        raise ValueError
    return view


class _Said(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="forbid")


class _Join(_Said):
    code: Any = None


class _Where(_Said):
    view: Annotated[str, AfterValidator(_known)] = "city"
    lesson: Annotated[int, Field(ge=0, le=len(LESSONS))] = 0


class _Report(_Said):
    where: _Where = _Where()
    answers: Answers = Field(default_factory=list)


class _Reset(_Said):
    seat: Annotated[int, Field(ge=1)] | None


def foreign(headers: Mapping[str, str]) -> bool:
    """Return whether a request comes from another page than the server's own.

    Browsers always send the origin where it matters, and "null" for pages that hide theirs.
    """
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


async def _body(request: Request) -> Any:
    """Return what a request says.

    Raises:
        Refused: if it comes from elsewhere, is too large or is no JSON.
    """
    if foreign(request.headers):
        raise Refused("foreign", 403)
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refused("malformed", 415)  # which other pages cannot send without asking first
    body, size = bytearray(), 0
    async for part in request.stream():
        size += len(part)
        if size <= LARGEST_BODY:
            body += part
        elif size > MOST_READ:
            break
    if size > LARGEST_BODY:
        raise Refused("too_large", 413)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("malformed", 400) from None


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _bearer(request: Request) -> str:
    """Return what a request shows as its right: the token of a seat, or the teacher's secret."""
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _answered(handler: Handler) -> Handler:
    """Say of what is refused why, and when to try again; what breaks off needs no answer."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except Refused as refused:
            wait = math.ceil(refused.wait)
            told = {"refused": refused.why, "wait": wait}
            return JSONResponse(told, refused.status, PRIVATE | ({"retry-after": str(wait)} if wait else {}))
        except ValidationError:
            return JSONResponse({"refused": "malformed", "wait": 0}, 400, PRIVATE)
        except ClientDisconnect:
            return Response(status_code=400)

    return answer


class Classroom:
    """A class of one server.

    Args:
        code: by which students join.
    """

    def __init__(self, code: str) -> None:
        self.seats = Seats(code)
        self.secret = secrets.token_urlsafe(16)
        self._tries = Guesses(time.monotonic)

    def routes(self) -> list[Route]:
        """Return what the server answers besides its pages."""
        return [
            Route("/class/join", _answered(self._join), methods=["POST"]),
            Route("/class/report", _answered(self._report), methods=["POST"]),
            Route("/teacher", self._page),
            Route("/teacher/seats", _answered(self._seats)),
            Route("/teacher/reset", _answered(self._reset), methods=["POST"]),
            Route("/teacher/answers.json", _answered(self._as_json)),
            Route("/teacher/answers.csv", _answered(self._as_csv)),
        ]

    # ------------------------------------------------------------------ students
    async def _join(self, request: Request) -> Response:
        said = _Join.model_validate(await _body(request))
        seat = self.seats.join(said.code, _address(request))
        return JSONResponse({"seat": seat.number, "token": seat.token}, headers=PRIVATE)

    async def _report(self, request: Request) -> Response:
        seat = self.seats.of(_bearer(request))
        said = _Report.model_validate(await _body(request))
        given = {(answer.lesson, answer.question): answer.model_dump() for answer in said.answers}
        self.seats.report(seat, said.where.model_dump(), given)
        return JSONResponse({"seat": seat.number}, headers=PRIVATE)

    # ------------------------------------------------------------------ the teacher
    async def _page(self, _: Request) -> Response:
        return FileResponse(STATIC / "teacher.html", headers={"content-security-policy": policy(())})

    def _is_teacher(self, request: Request) -> None:
        """Let the teacher in.

        Raises:
            Refused: if the secret is wrong, or too many wrong ones came.
        """
        address = _address(request)
        self._tries.allow(address)
        self._tries.check(_bearer(request), self.secret, address, "wrong_secret")

    async def _seats(self, request: Request) -> Response:
        self._is_teacher(request)
        told = {"code": self.seats.code, "wrong": self.seats.guesses.wrong, "seats": self.seats.told()}
        return JSONResponse(told, headers=PRIVATE)

    async def _reset(self, request: Request) -> Response:
        self._is_teacher(request)
        said = _Reset.model_validate(await _body(request))
        return JSONResponse({"forgotten": self.seats.reset(said.seat)}, headers=PRIVATE)

    async def _as_json(self, request: Request) -> Response:
        self._is_teacher(request)
        return JSONResponse(as_json(self.seats.told()), headers=PRIVATE)

    async def _as_csv(self, request: Request) -> Response:
        self._is_teacher(request)
        text = as_csv(self.seats.told())
        return Response(text, media_type="text/csv", headers=PRIVATE)
