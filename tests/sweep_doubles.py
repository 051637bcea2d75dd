"""Stand-ins for the model in tests of sweeps: quick, exact, and able to fail or to kill their worker."""

import os
import signal
import time

import numpy as np

from comity.study.runfile import Weekly, column_names

WEEKS = 10


def quick(scenario, outcomes):
    """Numbers that depend on everything that a scenario has."""
    names = column_names(outcomes)
    numbers = np.random.default_rng(int(scenario.digest()[:8], 16)).random((len(names), WEEKS))
    dates = np.datetime64(scenario.start) + 7 * np.arange(WEEKS).astype("timedelta64[D]")
    return Weekly(dates, dict(zip(names, numbers.astype(np.float32), strict=True)))


def slow(scenario, outcomes):
    time.sleep(0.03)
    return quick(scenario, outcomes)


def failing(scenario, outcomes):
    """Fail for one seed."""
    if scenario.seed == 2:
        raise ArithmeticError("two is not a good seed")
    return quick(scenario, outcomes)


def deadly(scenario, outcomes):
    """Kill the worker for one seed of one regime."""
    if scenario.seed == 2 and scenario.regime == "no_receive":
        os.kill(os.getpid(), signal.SIGKILL)
    return slow(scenario, outcomes)
