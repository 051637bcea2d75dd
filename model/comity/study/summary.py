"""What a sweep found, at a glance: every outcome of every case, with an interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from comity.problems import Problem, ScenarioError
from comity.study.compact import TABLES, compact
from comity.study.compare import interval
from comity.study.load import load, select
from comity.study.store import Store, locate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def summarise(
    study: str | Path, outcomes: Sequence[str] | None = None, *, out: Path | None = None
) -> pd.DataFrame:
    """Return one row per case and outcome: mean over points and seeds, and its 95 % interval.

    Where there are several points, they are the units: seeds are averaged within each point first, and the interval
    says how well the mean over the *uncertainties* is known. With a single point, the seeds are the units.
    """
    store = Store.open(locate(study, out))
    frame = load(store.folder, outcomes)
    if frame.empty:
        raise ScenarioError([Problem("results", "runs", "0", "none is done yet", "'comity sweep' goes on")])
    cases = ["place", "regime", "hypotheses", *store.study.policies]
    chosen = select(store, outcomes)
    unit = "point" if len(frame["point"].unique()) > 1 else "seed"
    means = frame.groupby([*cases, unit], observed=True, sort=False)[[o.id for o in chosen]].mean()
    rows: list[dict[str, Any]] = []
    for case, group in means.groupby(cases, observed=True, sort=False):
        labels = dict(zip(cases, case, strict=True))
        rows += [labels | _row(outcome.id, outcome.unit, group[outcome.id]) for outcome in chosen]
    return pd.DataFrame(rows)


def _row(name: str, unit: str, values: pd.Series[float]) -> dict[str, Any]:
    found = values.dropna().to_numpy()
    mean, half = interval(found) if len(found) else (float("nan"), float("nan"))
    return {
        "outcome": name,
        "unit": unit,
        "units": len(found),
        "mean": mean,
        "low": mean - half,
        "high": mean + half,
    }


def side_by_side(summary: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return tables for people to read: one per place, hypotheses and policies, with a column per regime."""
    fixed = [name for name in summary.columns[: summary.columns.get_loc("outcome")] if name != "regime"]
    tables: dict[str, pd.DataFrame] = {}
    text = summary.assign(
        text=[_brief(row.mean_, row.high) for row in summary.rename(columns={"mean": "mean_"}).itertuples()]
    )
    for case, group in text.groupby(fixed, observed=True, sort=False):
        title = ", ".join(f"{name} {value}" for name, value in zip(fixed, case, strict=True))
        rows = group.pivot_table("text", ["outcome"], "regime", aggfunc="first", observed=True, sort=False)
        tables[title] = rows.reset_index()
    return tables


def _brief(mean: Any, high: Any) -> str:
    digits = 0 if abs(mean) >= 1000 else 1 if abs(mean) >= 10 else 3
    return f"{mean:,.{digits}f}" + (f" ±{high - mean:,.{digits}f}" if not math.isnan(high) else "")


def status(study: str | Path, out: Path | None = None) -> Iterator[str]:
    """Yield how complete the results of a study are, in words."""
    store = Store.open(locate(study, out))
    missing, failed = store.missing(), store.failures()
    yield f"{store.study.size - missing:,} of {store.study.size:,} runs are done; ± is half of a 95 % interval."
    if failed:
        yield f"{len(failed):,} runs failed; what went wrong is in {store.folder / 'failures'}."


def compacted(study: str | Path, out: Path | None = None) -> Iterator[str]:
    """Put what is done into two tables, and yield what came of it, in words."""
    store = Store.open(locate(study, out))
    if damaged := compact(store):
        yield f"{len(damaged):,} files were damaged and removed; 'comity sweep' computes them again."
        compact(store)
    for name in TABLES:
        yield f"{store.folder / name}: {(store.folder / name).stat().st_size / 1e6:,.1f} MB"
