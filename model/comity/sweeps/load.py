"""To load a sweep: one tidy frame, a row per run or a row per run and week."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from comity.sweeps.written import TABLES, over, usable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from comity.sweeps.results import Results
    from comity.sweeps.written import Written


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
        InputError: if there are no such results, or no such outcome, or ``out`` holds those of another study.
    """
    whole = not weekly and since is None and until is None
    found, chosen = _found(study, outcomes, out, TABLES[1:] if whole else TABLES)
    if whole:
        runs = found.read("runs.parquet", ["run", *chosen]).set_index("run")
        return _design(found).join(runs, how="right").reset_index()
    weeks = _weeks(found, chosen, since or (None if weekly else found.since), until)
    return _labelled(found, weeks) if weekly else _aggregated(found, weeks, chosen)


def _found(
    study: str | Path, outcomes: Sequence[str] | None, out: str | Path | None, needed: Sequence[str]
) -> tuple[Written | Results, list[str]]:
    """Return results and the ids of outcomes: from tables alone, or through the study where these do not say enough."""
    # Of a folder that is named beside a study, tables do not say whether they are of that study.
    written = usable(Path(study), needed) if out is None else None
    if written:
        known = {label: name for name, label in written.labels.items()} | {
            name: name for name in written.labels
        }
        wanted = [outcomes] if isinstance(outcomes, str) else written.labels if outcomes is None else outcomes
        if all(name in known for name in wanted):
            return written, [known[name] for name in wanted]
    from comity.sweeps.results import results  # noqa: PLC0415 - reads the study, which takes half of the package

    stored = results(study, out)
    return stored, stored.select(outcomes)


def _weeks(
    found: Written | Results, chosen: Sequence[str], since: date | str | None, until: date | str | None
) -> pd.DataFrame:
    """Return run, date and the columns of outcomes, and read nothing else."""
    columns = [column for name in chosen for column in (name, found.weights[name]) if column]
    bounds = [
        ("date", sign, np.datetime64(day, "D").item()) for sign, day in ((">=", since), ("<=", until)) if day
    ]
    return found.read("weekly.parquet", ["run", "date", *columns], bounds or None)


def _design(found: Written | Results) -> pd.DataFrame:
    """Return what runs are with labels as categories, which take little room in large tables."""
    frame = found.design()
    labels = {name: pd.Categorical(frame[name], categories=known) for name, known in found.categories.items()}
    return frame.assign(**labels)


def _labelled(found: Written | Results, weeks: pd.DataFrame) -> pd.DataFrame:
    """Put before every week what its run is."""
    design = _design(found).loc[weeks["run"]].reset_index(drop=True)
    return pd.concat([weeks[["run"]], design, weeks.drop(columns="run")], axis=1)


def _aggregated(found: Written | Results, weeks: pd.DataFrame, chosen: Sequence[str]) -> pd.DataFrame:
    """Return outcomes over the weeks of every run."""
    runs, run = np.unique(weeks["run"].to_numpy(), return_inverse=True)
    weights = {name: found.weights[name] for name in chosen}
    return _design(found).loc[runs].assign(**over(weights, weeks, run, len(runs))).reset_index()
