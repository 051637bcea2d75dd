"""One session: one thread that owns its cities, takes commands and hands out frames and messages.

The page never sees the model: what leaves the thread is bytes and JSON made on the spot. Kernels release the
interpreter's lock, so the threads of several sessions run side by side, as many at once as there are cores.
"""

from __future__ import annotations

import logging
import queue
import struct
import threading
import time
from calendar import monthrange
from collections import deque
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.app import downloads, lessons, overview, reasons
from comity.app.city import City, somebody
from comity.app.commands import PAGE, check
from comity.app.histories import Background, at_once, difference, once
from comity.app.limits import ROOM
from comity.app.opened import opened
from comity.app.series import COLUMNS, intervals
from comity.app.sharing import STARTS, TURNS, give_back
from comity.app.sight import first_sight
from comity.app.view import ADDRESS, CHOICES, View, read_view, write_view
from comity.day import compiled
from comity.observe.storylines import check_resident, story
from comity.problems import InputError, Problem, shown
from comity.reading import COMMAND_LINE
from comity.sweeps.engines import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from comity.app.histories import Columns, Found
    from comity.scenario import Scenario

    Send = Callable[[dict[str, Any] | bytes], None]
    Command = dict[str, Any]

FRAME: Final = 1 / 14
"""Seconds between frames; the page asks for 12 a second or more."""

BUSY: Final = 0.75
"""Share of the time between frames that may go into stepping: of the processor's time, so that on a busy machine the days
go on and frames become rarer, since drawing San Francisco costs as much as living a week of it."""

IN_FLIGHT: Final = 2
"""Frames that the page may have yet to confirm: one on its way while it draws another."""

PATIENCE: Final = 1.0
"""Seconds after which a frame is sent though the page has not confirmed earlier ones."""

CATCHING_UP: Final = 0.25
"""Seconds between frames while a run catches up with the day that was shown."""

MOST_WAITING: Final = 200
"""Commands that may wait; a page that is looked at sends a few a second."""

MOST_SEEDS: Final = 100
"""Histories that a page may ask for in the background."""

SPEEDS: Final = {"1": 1.0, "7": 7.0, "30": 30.0, "100": 100.0, "max": float("inf")}
"""Simulated days per second."""

HEAD: Final = struct.Struct("<BBBBIIf")
CITIES, INTERVAL = 1, 2

log = logging.getLogger(__name__)


class Session:
    """A page's run: at most two cities of the same people, days and dice.

    Args:
        send: takes what goes to the page; called from the session's thread.
        executor: where background runs go; shared with other sessions.
        share: bytes that its cities may take; None for all there is.
    """

    def __init__(self, send: Send, executor: Executor, share: int | None = None) -> None:
        self.send, self.executor, self.share = send, executor, share
        self.stopped = threading.Event()
        self.inbox: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self.waiting: deque[Command | None] = deque()  # taken from the inbox, to be handled next
        self.view: View | None = None
        self.cities: list[City] = []
        self.playing, self.speed = False, SPEEDS["30"]
        self.announced = True  # whether the page knows which cities there are
        self.epoch = self.rows = self.frames = self.confirmed = 0
        self.begun = self.sent_at = 0.0
        self.owed = self.pace = 0.0
        self.target = 0
        self.shown = -1
        self.interval: Background | None = None
        self.beside: dict[str, Background] = {}
        self.heard = time.monotonic()
        self.thread = threading.Thread(target=self._work, name="comity-session", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self.thread.start()

    def tell(self, command: Command) -> bool:
        """Hand a command to the session, from any thread; False, and nothing is done, if too many wait already."""
        self.heard = time.monotonic()
        if self.inbox.qsize() + len(self.waiting) >= MOST_WAITING:
            return False
        self.inbox.put(command or {"type": "nothing"})
        return True

    def stop(self) -> None:
        """End the session, whatever waits; its memory is freed when its thread has noticed."""
        self.stopped.set()
        self.inbox.put(None)

    # ------------------------------------------------------------------ the thread
    def _work(self) -> None:
        try:
            while (command := self._next()) is not None:
                self._handle(command) if command else self._tick()
        finally:
            self._leave()
            give_back()

    def _next(self) -> Command | None:
        """Return the next command; an empty one when it is time to go on playing."""
        if self.stopped.is_set():
            return None
        if self.waiting:
            return self.waiting.popleft()
        if not self.playing:
            return self.inbox.get()
        with suppress(queue.Empty):
            return self.inbox.get(timeout=max(0.0, self.begun + FRAME - time.perf_counter()) or 1e-4)
        return {}

    def _handle(self, command: Command) -> None:
        """Do what the page asks for; whatever goes wrong stays in this session and is shown on its page."""
        try:
            check(command)
            self._COMMANDS[command["type"]](self, command)
        except InputError as error:
            problems = [_told(problem) for problem in error.problems]
            self.send({"type": "invalid", "problems": problems, "error": str(error)})
        except Exception as error:  # noqa: BLE001 - a model that fails must not end the server
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        log.warning("a session's model failed", exc_info=error)
        self.playing = False
        self._leave()
        self.send({"type": "failed", "error": f"{type(error).__name__}: {error}"[:400]})

    def _leave(self) -> None:
        self._close()
        for kind in list(self.beside):
            self._end(kind)
        ROOM.give_back(self)

    def _close(self) -> None:
        self._cancel()
        for city in self.cities:
            city.close()
        self.cities = []

    def _cancel(self) -> None:
        if self.interval:
            self.interval.cancel()
            ROOM.give_back(self.interval)
            self.interval = None

    # ------------------------------------------------------------------ commands
    def _open(self, command: Command) -> None:
        """Start again from the first day, under the same random numbers, up to the day that was shown."""
        self.epoch, self.rows = int(command.get("epoch", self.epoch + 1)) % 2**31, 0  # others the page drops
        try:
            view = read_view(command.get("state"))
            if command.get("look"):  # a regime was chosen: go where it shows
                view = replace(view, day=max(view.day, first_sight(view.setup, view.against)))
            ROOM.take(self, view.setups, self.share)
        except InputError:
            self._go_on()
            raise
        self.playing = bool(command.get("play"))
        self._end("why")  # of what was there; the page asks anew when the run stands
        self._close()
        self.view, self.announced = view, False
        self.speed = SPEEDS[view.page["speed"]]
        self.send({"type": "working", "epoch": self.epoch, "compiled": compiled()})
        with TURNS.turn():
            morning = STARTS.of(view.setup)
            for setup in view.setups:
                self.cities.append(City(setup, morning))
        if self._overtaken({"open"}):
            return  # something newer is wanted; `opened` is not sent for this one
        self._announce(view)
        self._advance(view.day)
        self.begun = time.perf_counter()

    def _go_on(self) -> None:
        """Show what is there as what was asked for last, since that was refused."""
        if self.interval:
            self.interval.report = partial(self._report, self.epoch)
        if self.view and self.cities and not self.announced:
            self._announce(self.view)
        self._show()

    def _announce(self, view: View) -> None:
        self.announced = True
        self.send({"type": "opened", "epoch": self.epoch, **opened(view, self.cities)})

    def _play(self, _: Command) -> None:
        self.playing = bool(self.cities)
        self.begun, self.owed = time.perf_counter() - FRAME, 0.0

    def _pause(self, _: Command) -> None:
        self.playing, self.target = False, 0
        self._show()

    def _step(self, command: Command) -> None:
        """Live a day, a week or a calendar month."""
        self.playing = False
        if not self.cities:
            return
        day = self.cities[0].model.date
        days = {"day": 1, "week": 7, "month": monthrange(day.year, day.month)[1]}
        self._advance(self.cities[0].today + days[str(command.get("by"))])

    def _speed(self, command: Command) -> None:
        self.speed, self.owed = SPEEDS[str(command.get("speed"))], 0.0

    def _colour(self, command: Command) -> None:
        if self.view and command.get("colour") in CHOICES["colour"]:
            self.view.page["colour"] = str(command["colour"])
            self._show()

    def _ack(self, command: Command) -> None:
        self.confirmed = int(command["frame"])

    def _story(self, command: Command) -> None:
        """Tell one resident's story in every city; without a resident, of one who went far in the first."""
        if not self.cities:
            return
        resident, first = command.get("resident"), self.cities[0].model
        chosen = somebody(self.cities) if resident is None else int(resident)
        if chosen is None:
            self.send({"type": "story", "resident": None, "texts": []})
            return
        check_resident(first, chosen)
        with TURNS.turn():
            texts = [story(city.model, chosen) for city in self.cities]
        self.send({"type": "story", "resident": chosen, "texts": texts, "epoch": self.epoch})

    def _download(self, command: Command) -> None:
        view = self._opened(command)
        with TURNS.turn():
            made = downloads.make(str(command.get("what")), view, self.cities)
        self.send({"type": "file", **made})

    def _opened(self, command: Command) -> View:
        """Return what the page was opened with, if there are cities."""
        if self.view is None or not self.cities:
            raise InputError([Problem(PAGE, "type", shown(command["type"]), "nothing is open", "open first")])
        return self.view

    def _upload(self, command: Command) -> None:
        """Read a scenario file that the page was given, and answer with the state that it means."""
        view = downloads.read_upload(command.get("text"))
        self.send({"type": "uploaded", "state": write_view(view)})

    def _lesson(self, command: Command) -> None:
        self._opened(command)
        self.send({"type": "lesson", **lessons.check(int(command["lesson"]), self.cities)})

    def _seeds(self, command: Command) -> None:
        """Live more histories in the background, to see how sure the difference is."""
        self._cancel()
        if self.view and self.view.against and int(command.get("seeds", 0)) > 0:
            seeds = min(int(command["seeds"]), MOST_SEEDS)
            report = partial(self._report, self.epoch)
            interval = Background(self.view.setups, difference, seeds, report, self._no_interval)
            ROOM.take(interval, self.view.setups[:1] * min(seeds, cores()))
            self.interval = interval
            interval.start(self.executor)

    def _no_interval(self, error: Exception) -> None:
        self.send({"type": "note", "text": f"More seeds could not be lived: {error}"[:300]})

    def _overview(self, command: Command) -> None:
        """Fill the table of all regimes in the background; no seeds end it."""
        setup = overview.subject(self._opened(command).setup)
        rows = overview.rows(setup) if command["seeds"] else []
        setups = [setup.with_(regime=row.spec) for row in rows]
        self._beside(command, setups, overview.SHOWN, lambda found: overview.table(setup, rows, found))

    def _why(self, command: Command) -> None:
        """Say what carries the difference between the cities, or to the run before; no seeds end it."""
        view = self._opened(command)
        before, after = view.setups if view.against else (read_view(command["before"]).setup, view.setup)
        if not reasons.alike(before, after):
            self._end("why")
            self.send({"type": "why", "asked": command["asked"], "other": True})
            return
        day = int(command["day"])
        pair = reasons.until(before, day), reasons.until(after, day)
        names, about = (
            list(reasons.mechanisms(*pair)),
            {"end": pair[1].end.isoformat(), "scale": pair[1].scale},
        )
        self._beside(
            command,
            reasons.variants(*pair) if command["seeds"] else [],
            COLUMNS,
            lambda found: about | reasons.reasons(names, found, command["column"]),
        )

    def _beside(
        self,
        command: Command,
        setups: list[Scenario],
        columns: Columns,
        say: Callable[[Found], dict[str, Any]],
    ) -> None:
        """Live histories in the background, and tell after every seed what is known; the last request of a kind counts."""
        kind, asked, seeds = command["type"], command["asked"], min(int(command["seeds"]), MOST_SEEDS)
        self._end(kind)
        if not seeds:
            return

        def report(work: Background, found: Found) -> None:
            if work.done == work.total:
                ROOM.give_back(work)
            self.send({"type": kind, "asked": asked, "done": work.done, "total": work.total, **say(found)})

        def fail(error: Exception) -> None:
            self.send({"type": "note", "text": f"What was asked for could not be lived: {error}"[:300]})

        work = Background(setups, partial(once, columns=columns), seeds, report, fail)
        ROOM.take(work, setups[:1] * at_once(len(setups)) * min(seeds, cores()))
        self.beside[kind] = work
        work.start(self.executor)

    def _end(self, kind: str) -> None:
        if work := self.beside.pop(kind, None):
            work.cancel()
            ROOM.give_back(work)

    def _report(self, epoch: int, interval: Background, found: NDArray[Any]) -> None:
        """Send what is known of the difference; called from a thread of the executor."""
        if interval.done == interval.total:
            ROOM.give_back(interval)
        mean, half = intervals(found)
        head = HEAD.pack(INTERVAL, interval.done, interval.total, 0, epoch, 0, 0.0)
        self.send(head + struct.pack("<II", *mean.shape) + np.stack([mean, half]).astype("<f4").tobytes())

    # ------------------------------------------------------------------ days and frames
    def _tick(self) -> None:
        """Live as many days as the speed asks for, at most until the next frame, and send it."""
        with _Guard(self), TURNS.turn():
            now, spent = time.perf_counter(), time.thread_time()
            elapsed, self.begun = now - self.begun, now
            self.owed = min(self.owed + elapsed * self.speed, self.speed)
            before = self.cities[0].today
            most = BUSY * FRAME / (2 if TURNS.crowded else 1)
            while self.owed >= 1 and time.thread_time() - spent < most and self._day():
                self.owed -= 1
            self.pace = 0.8 * self.pace + 0.2 * (self.cities[0].today - before) / max(elapsed, 1e-3)
            self.playing = self.playing and self.cities[0].model.running
            self._show(hurry=not self.playing)  # nothing comes after the last frame

    def _day(self) -> bool:
        """Live one day in every city; False when the run is over."""
        for city in self.cities:
            city.step()
        return self.cities[0].model.running

    def _advance(self, target: int) -> None:
        """Live up to a day, with a frame now and then; a newer wish interrupts."""
        self.target, shown_at = min(target, self.cities[0].model.days), time.perf_counter()
        while self.cities[0].today < self.target:
            self._hurry()
            if time.perf_counter() - shown_at > CATCHING_UP:
                if self._overtaken():
                    return
                self._show(hurry=False)
                shown_at = time.perf_counter()
        self._show()

    def _hurry(self) -> None:
        """Live towards the day that is wanted, for one turn."""
        with TURNS.turn():
            spent = time.thread_time()
            while self.cities[0].today < self.target and time.thread_time() - spent < BUSY * FRAME:
                self._day()

    def _overtaken(self, ends: Collection[str] = ("open", "step", "pause")) -> bool:
        """Whether something waits that ends what is being done; confirmations are taken on the way."""
        while not self.inbox.empty():
            command = self.inbox.get()
            if command and command.get("type") == "ack":
                self._handle(command)
            else:
                self.waiting.append(command)
        return self.stopped.is_set() or any(c is None or c.get("type") in ends for c in self.waiting)

    def _show(self, *, hurry: bool = True) -> None:
        """Send a frame; unless there is a hurry, only of another day, and when the page keeps up."""
        now = time.perf_counter()
        late = now - self.sent_at > PATIENCE
        if not self.cities or not self.view:
            return
        known = self.shown == self.cities[0].today or self.frames - self.confirmed >= IN_FLIGHT
        if known and not (hurry or late):
            return
        self.frames, self.sent_at, self.shown = self.frames + 1, now, self.cities[0].today
        colour = CHOICES["colour"].index(self.view.page["colour"])
        bodies = [city.frame(colour, self.rows) for city in self.cities]
        head = HEAD.pack(
            CITIES,
            len(bodies),
            self.playing,
            self.cities[0].today < self.target,
            self.epoch,
            self.frames,
            self.pace,
        ) + struct.pack("<II", self.cities[0].today, self.rows)
        self.rows = len(self.cities[0].series())
        self.send(head + b"".join(bodies))

    _COMMANDS: Final[dict[str, Any]] = {
        "open": _open,
        "play": _play,
        "pause": _pause,
        "step": _step,
        "speed": _speed,
        "colour": _colour,
        "ack": _ack,
        "story": _story,
        "download": _download,
        "upload": _upload,
        "lesson": _lesson,
        "seeds": _seeds,
        "overview": _overview,
        "why": _why,
    }


def _told(problem: Problem) -> dict[str, str]:
    """Return a problem as the page tells it: what was entered there comes from no file."""
    file = "" if problem.file in {ADDRESS, COMMAND_LINE, PAGE} else problem.file
    return vars(problem) | {"file": file}


class _Guard:
    """What goes wrong while a session plays is shown on its page."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Exception):
            self.session._fail(error)  # noqa: SLF001 - two halves of one thing
        return isinstance(error, Exception)
