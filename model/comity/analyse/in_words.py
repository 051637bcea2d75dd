"""In words, what a sweep found: tables with a column per regime, and a few sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from comity.analyse.intervals import OVER
from comity.analyse.question import units, with_runs
from comity.analyse.sensitivity import label
from comity.sweeps.outcomes import plus_minus
from comity.sweeps.store import opened
from comity.sweeps.tables import compact
from comity.sweeps.written import TABLES

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from comity.analyse.findings import Findings
    from comity.analyse.question import Question

SHOWN: Final = {
    "mu_star": ("Morris' mu*", "low", "high"),
    "total": ("Sobol's total index", "total_low", "total_high"),
    "pawn": ("PAWN, and what chance gives", "pawn_floor", "pawn_floor"),
}
"""By the column of sensitivity that is shown: what it is, and between what it lies."""


def by_regime(means: Any) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield titles and means for people to read: a table per place, hypotheses and policies, a column per regime."""
    text = [
        plus_minus(row.average, row.high - row.average)
        for row in means.rename(columns={"mean": "average"}).itertuples()
    ]
    fixed = _fixed(means, "outcome")
    for case, group in means.assign(text=text).groupby(fixed, observed=True, sort=False):
        yield _named(fixed, case), _spread(group, "outcome")


def at_a_glance(found: Findings) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield titles and tables for people to read: differences, what outcomes depend on, where a criterion fails."""
    tables, asked = found.tables, found.question
    if "paired" in tables:
        yield from _pairs(tables["paired"], asked)
    if "sensitivity" in tables:
        yield from _sensitivity(tables["sensitivity"], asked)
    if "discovery" in tables:
        yield f"Where {asked.criterion}", _boxes(tables["discovery"], asked)


def _fixed(table: Any, end: str) -> list[str]:
    """Return the columns before one of them that say which case a row is of, but for the regime."""
    return [name for name in table.columns[: table.columns.get_loc(end)] if name != "regime"]


def _named(names: Iterable[str], values: Iterable[object], told: Container[str] | None = None) -> str:
    """Return what a case is called, by all of its labels or those that are worth telling."""
    pairs = zip(names, values, strict=True)
    return ", ".join(f"{name} {value}" for name, value in pairs if told is None or name in told)


def _spread(table: Any, rows: str) -> pd.DataFrame:
    wide = table.pivot_table("text", rows, "regime", aggfunc="first", observed=True, sort=False)
    return pd.DataFrame(wide.reset_index())


def _pairs(table: Any, asked: Question) -> Iterator[tuple[str, pd.DataFrame]]:
    text = [
        plus_minus(row.difference, row.high - row.difference, "+")
        + ("" if math.isnan(row.replications_saved) else f" ({row.replications_saved:.3g}x)")
        for row in table.itertuples()
    ]
    fixed = _fixed(table, "outcome")
    for case, group in table.assign(text=text).groupby(fixed, observed=True, sort=False):
        over = f"± is half of a 95 % interval over {OVER[asked.over]}"
        title = f"Difference from {asked.baseline} (times fewer replications by pairing); {over}"
        yield ": ".join(filter(None, (title, _named(fixed, case, asked.telling)))), _spread(group, "outcome")


def _sensitivity(table: Any, asked: Question) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a table per case and outcome: a row per uncertainty, a column per regime."""
    shown = next(name for name in SHOWN if name in table)
    rows = table.to_dict("records")
    shaped = table.assign(
        text=[_index(row, shown) for row in rows],
        parameter=[label(row["parameter"], row["dummy"]) for row in rows],
        regime=[row["regime"] + f" - {asked.baseline}" * (row["what"] != "level") for row in rows],
    )
    fixed = _fixed(table, "what")
    for (*case, outcome), group in shaped.groupby([*fixed, "outcome"], observed=True, sort=False):
        title = f"What {outcome} depends on: {SHOWN[shown][0]} (* above the noise)"
        yield (
            ": ".join(filter(None, (title, _named(fixed, case, asked.telling)))),
            _spread(group, "parameter"),
        )


def _index(row: Any, shown: str) -> str:
    """Return an index between what it lies; Morris' is in units of the outcome."""
    _, low, high = SHOWN[shown]
    write = "{:.3g}".format if shown == "mu_star" else "{:.2f}".format
    between = "-".join(dict.fromkeys([write(row[low]), write(row[high])]))
    star = "*" if row["above_floor"] is True else ""
    return f"{write(row[shown])}{star} ({between})"


def _boxes(table: Any, asked: Question) -> pd.DataFrame:
    """Return a row per case: how many points fail, where, and how well the limits do on points they were not made of."""
    told = ["regime", *asked.telling]
    rows = []
    for _, group in table.groupby([*_fixed(table, "what"), "regime"], observed=True, sort=False):
        first = group.iloc[0]
        rows.append(
            {name: str(first[name]) for name in told}
            | {"points that fail": f"{first['n_failures']:.0f} of {first['n_points']:.0f}"}
            | {"where": _where(group)}
            | {name: first.get(f"{name}_elsewhere") for name in ("coverage", "density")}
        )
    return pd.DataFrame(rows)


def _where(group: Any) -> str:
    failing, points = group.iloc[0][["n_failures", "n_points"]]
    limits = [_limit(row) for row in group.to_dict("records") if isinstance(row.get("parameter"), str)]
    nothing = {0: "nowhere", points: "everywhere"}.get(failing, "no uncertainty tells")
    return "; ".join(limits) or nothing


def _limit(row: Any) -> str:
    sides = (("box_low", ">="), ("box_high", "<="))
    return f"{row['parameter']} " + " and ".join(
        f"{sign} {row[key]:.3g}" for key, sign in sides if math.isfinite(row[key])
    )


def status(study: str | Path, out: Path | None = None) -> Iterator[str]:
    """Yield how complete the results of a study are, in words."""
    store = opened(study, out)
    missing, failed = store.missing(), store.failures()
    yield f"{store.study.size - missing:,} of {store.study.size:,} runs are done."
    yield f"± is half of a 95 % interval over {OVER[units(store.study)]}."
    if failed:
        yield f"{len(failed):,} runs failed; what went wrong is in {store.folder / 'failures'}."


def compacted(study: str | Path, out: Path | None = None) -> Iterator[str]:
    """Put what is done into two tables, and yield what came of it, in words."""
    store = with_runs(opened(study, out))
    if damaged := compact(store):
        yield f"{len(damaged):,} files are damaged and left out; 'comity sweep' computes these runs again."
    for name in TABLES:
        yield f"{store.folder / name}: {(store.folder / name).stat().st_size / 1e6:,.1f} MB"
