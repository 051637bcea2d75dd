"""The certainty of a difference: the same pair of cities under more seeds, lived beside the session."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from comity.app.series import intervals, lines
from comity.app.sharing import dissolve
from comity.model import CooperationModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from comity.app.view import View
    from comity.scenario import Scenario

    Report = Callable[["Interval", tuple[int, int], bytes], None]


class Interval:
    """Pairs of runs with consecutive seeds; each seed that is done sharpens what is known.

    Args:
        view: both regimes; its seed is the first.
        seeds: how many pairs.
        report: takes the interval, its shape (periods, columns), and means then half-widths as 32-bit floats.
        fail: takes the interval and what went wrong, once.
    """

    def __init__(self, view: View, seeds: int, report: Report, fail: Callable[[Exception], None]) -> None:
        self.view, self.total, self.report, self.fail = view, seeds, report, fail
        self.done = 0
        self._found: list[NDArray[np.float32]] = []
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    def start(self, executor: Executor) -> None:
        """Hand one piece of work per seed to an executor."""
        for n in range(self.total):
            executor.submit(self._pair, self.view.setup.seed + n)

    def cancel(self) -> None:
        """Stop at the next recording period, and report nothing any more."""
        self._cancelled.set()

    def _pair(self, seed: int) -> None:
        if self._cancelled.is_set():
            return
        try:
            left, right = (self._live(setup.with_(seed=seed)) for setup in self.view.setups)
        except InterruptedError:
            return
        except Exception as error:  # noqa: BLE001 - a model that fails is told to the page
            if not self._cancelled.is_set():
                self.cancel()
                self.fail(error)
            return
        self._tell(right - left)

    def _tell(self, difference: NDArray[np.float32]) -> None:
        """Report what is known with one more pair."""
        with self._lock:
            if self._cancelled.is_set():
                return
            self._found.append(difference)
            self.done = len(self._found)
            mean, half = intervals(np.stack(self._found))
            body = np.stack([mean, half]).astype("<f4").tobytes()
            self.report(self, (mean.shape[0], mean.shape[1]), body)

    def _live(self, setup: Scenario) -> NDArray[Any]:
        model = CooperationModel(setup)
        try:
            return lines(model.run(self._go_on))
        finally:
            dissolve(model)

    def _go_on(self, _done: int, _days: int) -> None:
        if self._cancelled.is_set():
            raise InterruptedError
