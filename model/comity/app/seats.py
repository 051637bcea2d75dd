"""The seats of a class: who joined, where they are, what they answered. Nothing about persons, and only in memory."""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from comity.app.answers import MOST
from comity.problems import Objection

if TYPE_CHECKING:
    from collections.abc import Callable

    Close = Callable[[str], object]

MOST_SEATS: Final = 400
"""Seats that are kept, also of students who have gone; pages at once are fewer (`comity.app.server.Settings`)."""

ABSENT: Final = 30.0
"""Seconds after which a seat without an answer and without a page is given to somebody else, if all are taken."""

MOST_ADDRESSES: Final = 1000
"""Network addresses from which wrong codes came lately; the oldest are forgotten."""

CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{2,30}[A-Z0-9]")
VALID_CODE: Final = "4 to 32 letters from A to Z, digits and hyphens, such as TRUST-26"


class Refused(Exception):  # noqa: N818 - says what it is
    """A wish that is refused.

    Args:
        why: in a word, for the page, which words it.
        status: of HTTP.
        wait: seconds after which it may be tried again; 0 if that is of no use.
    """

    def __init__(self, why: str, status: int, wait: float = 0.0) -> None:
        super().__init__(why)
        self.why, self.status, self.wait = why, status, wait


@dataclass
class _Bucket:
    """So many at once, and so many a second after that.

    Attributes:
        most: at once.
        refill: a second.
    """

    most: float
    refill: float
    left: float = field(default=-1.0, init=False)
    at: float = field(default=0.0, init=False)

    def wait(self, now: float) -> float:
        """Return after how many seconds there is one."""
        self.left = self.most if self.left < 0 else min(self.most, self.left + (now - self.at) * self.refill)
        self.at = now
        return 0.0 if self.left >= 1 else (1 - self.left) / self.refill

    def take(self, now: float) -> float:
        """Take one, if there is one; return after how many seconds there is, 0 if it was taken."""
        wait = self.wait(now)
        if not wait:
            self.left -= 1
        return wait


def _joins() -> _Bucket:
    """Return how many may join: a class at once, then 20 a second."""
    return _Bucket(60, 20)


def _guesses() -> _Bucket:
    """Return how many wrong codes one network address may send: those of a class that mistypes, then one in three seconds."""
    return _Bucket(20, 1 / 3)


def _reports() -> _Bucket:
    """Return how often a page may say where it is: more than anybody clicks."""
    return _Bucket(30, 3)


class Guesses:
    """Slows down who tries codes or secrets, by network address.

    Args:
        clock: tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock, self.wrong = clock, 0
        self._tried: OrderedDict[str, _Bucket] = OrderedDict()

    def allow(self, address: str) -> None:
        """Let somebody try.

        Raises:
            Refused: if too many wrong ones came from the address; a right one has to wait as well, or it would be no limit.
        """
        tried = self._tried.get(address)
        if tried and (wait := tried.wait(self.clock())):
            raise Refused("too_many", 429, wait)

    def check(self, given: object, right: str, address: str, why: str) -> None:
        """Compare what is given with what is right, in constant time.

        Raises:
            Refused: if it is wrong.
        """
        if isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), right.encode()):
            return
        self.wrong += 1
        self._tried.setdefault(address, _guesses()).take(self.clock())
        self._tried.move_to_end(address)
        if len(self._tried) > MOST_ADDRESSES:
            self._tried.popitem(last=False)
        raise Refused(why, 403)


@dataclass
class Seat:
    """One place of a class.

    Attributes:
        number: from 1, in the order of joining.
        token: by which its page is known.
        heard: when it was heard of last.
        where: what its page shows, as it says.
        answers: by lesson and question, the last of each.
        close: closes its page's connection and says why; None if there is none.
    """

    number: int
    token: str
    heard: float
    where: dict[str, Any] = field(default_factory=dict)
    answers: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    close: Close | None = None
    reports: _Bucket = field(default_factory=_reports)


def objection(code: str) -> Objection | None:
    """Return what is wrong with a code of a class, if anything."""
    if CODE.fullmatch(spelt(code)):
        return None
    return Objection("cannot be told and typed" if code.strip() else "empty", VALID_CODE)


def spelt(code: str) -> str:
    """Return a code as it is compared: small letters and blanks around it do not matter."""
    return code.strip().upper()


class Seats:
    """All seats of a class. Used from one thread: the server's loop.

    Args:
        code: by which students join.
        most: seats.
        clock: tells the time in seconds.
    """

    def __init__(
        self, code: str, most: int = MOST_SEATS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.code, self.most, self.clock = spelt(code), most, clock
        self.guesses = Guesses(clock)
        self.last = 0
        self._joins = _joins()
        self._seats: OrderedDict[str, Seat] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seats)

    def join(self, code: object, address: str) -> Seat:
        """Return a new seat for somebody who knows the code.

        Raises:
            Refused: if the code is wrong, too many join at once, or all seats are taken.
        """
        now = self.clock()
        self.guesses.allow(address)
        if wait := self._joins.take(now):
            raise Refused("busy", 429, wait)
        given = spelt(code) if isinstance(code, str) else code
        self.guesses.check(given, self.code, address, "wrong_code")
        if len(self._seats) >= self.most:
            self._free(now)
        self.last += 1
        seat = Seat(self.last, secrets.token_urlsafe(16), now)
        self._seats[seat.token] = seat
        return seat

    def _free(self, now: float) -> None:
        """Give up a seat that nobody sits on and from which nothing came."""
        for token, seat in self._seats.items():
            if seat.close is None and not seat.answers and now - seat.heard > ABSENT:
                del self._seats[token]
                return
        raise Refused("full", 503)

    def of(self, token: object) -> Seat:
        """Return the seat of a token.

        Raises:
            Refused: if there is none, or none any more.
        """
        seat = self._seats.get(token) if isinstance(token, str) else None
        if seat is None:
            raise Refused("no_seat", 410)
        seat.heard = self.clock()
        return seat

    def report(
        self, seat: Seat, where: dict[str, Any], answers: dict[tuple[str, str], dict[str, Any]]
    ) -> None:
        """Note where a seat is, and what it answered.

        Raises:
            Refused: if it says so too often, or has answered too much.
        """
        if wait := seat.reports.take(self.clock()):
            raise Refused("busy", 429, wait)
        if len(seat.answers | answers) > MOST:
            raise Refused("too_much", 413)
        seat.where = where
        seat.answers |= answers

    def sit(self, seat: Seat, close: Close) -> None:
        """Let a page take its seat; another page that has it is closed."""
        if seat.close:
            seat.close("elsewhere")
        seat.close = close

    def leave(self, seat: Seat, close: Close) -> None:
        """Let a page that is gone leave its seat, unless another has taken it."""
        if seat.close is close:
            seat.close = None

    def reset(self, number: int | None) -> int:
        """Forget one seat, or all, with everything that came from them; return how many these were."""
        gone = [seat for seat in self._seats.values() if number in {None, seat.number}]
        for seat in gone:
            del self._seats[seat.token]
            if seat.close:
                seat.close("reset")
        return len(gone)

    def told(self) -> list[dict[str, Any]]:
        """Return all seats, in the types that JSON has."""
        now = self.clock()
        return [
            {
                "seat": seat.number,
                "here": seat.close is not None,
                "silent": round(now - seat.heard),
                "where": seat.where,
                "answers": list(seat.answers.values()),
            }
            for seat in self._seats.values()
        ]
