"""To load a sweep: one tidy frame, a row per run or a row per run and week."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from comity.dictionary import find
from comity.problems import Problem, ScenarioError, did_you_mean, shown
from comity.sweeps.outcomes import OUTCOMES
from comity.sweeps.runfile import column_names
from comity.sweeps.store import Store, locate
from comity.sweeps.tables import nothing, over, plan, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from comity.sweeps.outcomes import Outcome


def load(
    study: str | Path,
    outcomes: Sequence[str] | None = None,
    *,
    since: date | str | None = None,
    until: date | str | None = None,
    weekly: bool = False,
    out: str | Path | None = None,
) -> pd.DataFrame:
    """Return the results of a sweep as a tidy frame; what is stored stays as it is.

    Tables that are missing, behind or altered are not used: the files of runs are read instead, with a warning.

    Args:
        study: a study (a built-in name or a file), or the folder of its results.
        outcomes: which ones, as ids or names; by default all that were kept.
        since: count from the period that begins on this day or after; by default what the study says.
        until: count up to the period that begins on this day or before.
        weekly: one row per run and period, not one per run. Rates then come with a column ``..._weight``: the mean over
            any periods, with these weights, is the rate over those periods.
        out: the folder of the results, if it is not the usual one.

    Returns:
        ``run``, ``point``, ``place``, ``regime``, ``hypotheses``, values of policies, ``seed``, values of
        uncertainties, (``date``,) and a column per outcome. Runs that are not done are absent.

    Raises:
        ScenarioError: if there are no such results, or no such outcome.
    """
    store = Store.open(locate(study, Path(out) if out else None))
    chosen = select(store, outcomes)
    if not weekly and since is None and until is None:
        names = ["run", *(outcome.id for outcome in chosen)]
        runs = _read(store, "runs.parquet", names).set_index("run")
        return _design(store).join(runs, how="right").reset_index()
    weeks = _weeks(store, chosen, since or (None if weekly else store.study.since), until)
    return _labelled(store, weeks) if weekly else _aggregated(store, weeks, chosen)


def select(store: Store, outcomes: Sequence[str] | None) -> list[Outcome]:
    """Return outcomes that a store has, by id or name."""
    known = {
        name: outcome for outcome in store.study.measured for name in (outcome.id, find(outcome.id).label)
    }
    names = [outcomes] if isinstance(outcomes, str) else outcomes
    wanted = names if names is not None else [outcome.id for outcome in store.study.measured]
    if unknown := [name for name in wanted if name not in known]:
        raise ScenarioError(_unknown(name, [o.id for o in store.study.measured]) for name in unknown)
    return [known[name] for name in wanted]


def _unknown(name: str, known: list[str]) -> Problem:
    hint = did_you_mean(name, known)
    elsewhere = any(name in (outcome.id, find(outcome.id).label) for outcome in OUTCOMES)
    wrong = "not kept by this study" if elsewhere else "unknown outcome"
    return Problem("results", "outcomes", shown(name), wrong, f"{hint}{', '.join(known)}")


def _read(store: Store, name: str, columns: list[str], filters: Any = None) -> pd.DataFrame:
    """Return columns of a table; of a store in which nothing is done there is none."""
    if not store.count():
        empty: pd.DataFrame = nothing(store).select(columns).to_pandas(date_as_object=False)
        return empty
    found: pd.DataFrame = table(store, name, columns, filters).to_pandas(date_as_object=False)
    return found


def _weeks(
    store: Store, chosen: Sequence[Outcome], since: date | str | None, until: date | str | None
) -> pd.DataFrame:
    """Return run, date and the columns of outcomes, and read nothing else."""
    columns = column_names(chosen)
    bounds = [
        ("date", sign, np.datetime64(day, "D").item()) for sign, day in ((">=", since), ("<=", until)) if day
    ]
    return _read(store, "weekly.parquet", ["run", "date", *columns], bounds or None)


def _design(store: Store) -> pd.DataFrame:
    """Return the plan of the study with labels as categories, which take little room in large tables."""
    frame = plan(store)
    labels = frame.columns.intersection(["place", "regime", "hypotheses"])
    categories = {name: pd.Categorical(frame[name], categories=frame[name].unique()) for name in labels}
    return frame.assign(**categories)


def _labelled(store: Store, weeks: pd.DataFrame) -> pd.DataFrame:
    """Put before every week what its run is."""
    runs = weeks["run"].to_numpy()
    design = _design(store).take(runs).reset_index(drop=True)
    return pd.concat([weeks[["run"]], design, weeks.drop(columns="run")], axis=1)


def _aggregated(store: Store, weeks: pd.DataFrame, chosen: Sequence[Outcome]) -> pd.DataFrame:
    """Return outcomes over the weeks of every run."""
    runs, run = np.unique(weeks["run"].to_numpy(), return_inverse=True)
    return _design(store).take(runs).assign(**over(chosen, weeks, run, len(runs))).reset_index()
