"""A small study, and stand-ins for the model: quick, exact, and able to fail or to kill their worker."""

import os
import signal
import time

import numpy as np

from comity.sweeps.measurers import live
from comity.sweeps.runfile import Weekly, column_names
from comity.sweeps.study import Study
from comity.sweeps.written import TABLES

KEYS = {
    "name": "small",
    "scenario": {"place": "06075", "start": "2010-01-01", "end": "2010-06-30", "scale": 400},
    "uncertainties": {"fear_weight": {}, "ties_weight": {}},
    "levers": {"regimes": ["mandatory", "no_receive", "inactive"]},
    "outcomes": ["removals", "hispanic_victims_who_report"],
    "seeds": 5,
    "design": {"kind": "sobol-sequence", "size": 4},
}
SMALL = Study(**KEYS)
SMALL_TOML = """
name = "small"
outcomes = ["removals", "hispanic_victims_who_report"]
seeds = 5
[scenario]
place = "06075"
start = "2010-01-01"
end = "2010-06-30"
scale = 400
[uncertainties.fear_weight]
[uncertainties.ties_weight]
[levers]
regimes = ["mandatory", "no_receive", "inactive"]
[design]
kind = "sobol-sequence"
size = 4
"""
"""The same study as a file."""
WEEKS = 10


def tables(folder):
    """The two tables, as bytes."""
    return [(folder / name).read_bytes() for name in TABLES]


def files(folder):
    return sorted((folder / "runs").glob("*/*.parquet"))


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


def deadly_once(trace, scenario, outcomes):
    """Kill the worker for one run, but not again."""
    if scenario.seed == 2 and scenario.regime == "no_receive" and not trace.exists():
        trace.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return quick(scenario, outcomes)


def garbled(scenario, outcomes):
    """Return for one seed what cannot be written."""
    return None if scenario.seed == 2 else quick(scenario, outcomes)


def lagging(scenario, outcomes):
    """Take long for one seed, after others that promise to be short."""
    time.sleep(0.8 if scenario.seed == 5 else 0.001)
    return quick(scenario, outcomes)


def alone(scenario, outcomes):
    """The model, lived from its first day to its last for every run."""
    return live(scenario, outcomes)
