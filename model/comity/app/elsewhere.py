"""The same numbers elsewhere: what a command line and a notebook need to give what the page shows."""

from __future__ import annotations

import shlex
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from comity.app.series import GROUPS, OUTCOMES, POOLED
from comity.app.view import CHOICES, DEFAULTS, write_view

if TYPE_CHECKING:
    from comity.app.view import View

SEEN: Final = (("custody", "all"), ("removals", "all"), ("reporting", "hispanic"), ("trust", "hispanic"))
"""Outcome and group of the numbers that a trial is remembered by."""

_APART: Final = {"against", "day", "end", *CHOICES}
"""Keys of a view that say nothing of a run, or that the page adds when it knows the day: the last one."""

_STANDARD: Final = {key: str(value) for key, value in DEFAULTS.items() if key not in _APART}

READING: Final = '''\
import pandas as pd


def seen(weekly, measures, below, group, factor, periods):
    """Return a number of a run as the page has it: a total, or the mean of the last recording periods."""
    dates, groups = (weekly.index.get_level_values(name) for name in ("date", "group"))
    last = dates.isin(dates.unique()[-periods:])  # of 0 periods: all
    rows = weekly[last & groups.astype(str).str.startswith(group)]
    total = rows[measures].to_numpy().sum()
    return factor * total / rows[below].sum() if below else total
'''
"""How a notebook reads what `recipes` names off the table ``weekly`` of a comparison."""


def elsewhere(view: View) -> dict[str, Any]:
    """Return what lives the runs of a view in other ways, but for the last day: the page adds ``end``.

    Returns:
        ``overrides`` of the founding scenario, as `comity.scenario.load` takes them; ``regimes``, each once; ``command``, for a
        POSIX shell; ``version`` of comity.
    """
    own = {key: text for key, text in write_view(view).items() if key not in _APART}
    overrides = [
        f"{key}={text}" for key, text in (_STANDARD | {"scale": f"{view.setup.scale:g}"} | own).items()
    ]
    regimes = list(dict.fromkeys(setup.regime for setup in view.setups))
    how = ["compare", "--regimes", ",".join(regimes), "--seeds", "1"] if len(regimes) > 1 else ["run"]
    changes = (part for text in overrides for part in ("--set", text))
    return {
        "overrides": overrides,
        "regimes": regimes,
        "command": shlex.join(["comity", *how, *changes]),
        "version": version("comity"),
    }


def recipes() -> dict[str, list[Any]]:
    """Return by outcome and group of `SEEN` what ``seen`` of `READING` takes after the table, as the charts' lines are made."""
    return {f"{outcome}:{group}": _recipe(outcome, group) for outcome, group in SEEN}


def _recipe(outcome: str, group: str) -> list[Any]:
    entry = OUTCOMES[outcome]
    periods = {"": 0, "residents": 1}.get(entry.weight, POOLED)
    return [list(entry.numerator), entry.weight, GROUPS[group][1], entry.factor, periods]
