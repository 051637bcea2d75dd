"""What result tables come to, in sentences and in smaller tables: every number in them is computed here."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from comity.published.targets import QUIET, within
from comity.report.markdown import fenced, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from comity.published.targets import Target
    from comity.report.folders import Folder

SEEN: Final = ("fitting", "selection")
HELD: Final = "holding out"


def reproduction(folders: Sequence[Folder], published: Sequence[Target]) -> Iterator[str]:
    """Yield how many published numbers lie inside, which do not, and which were not asked; those held out come last."""
    tables = [folder.tables["table"] for folder in folders if "table" in folder.tables]
    if not tables:
        return
    every = pd.concat(tables, ignore_index=True)
    ids = {target.id for target in published}
    ours = every[~every["target"].astype(str).isin(ids) & every["use"].notna()]
    every = every[every["target"].astype(str).isin(ids)]
    for name, uses in (("fitting and selection", SEEN), ("held-out", (HELD,))):
        told = every[every["use"].isin(uses) & ~every["verdict"].isin(QUIET)]
        yield from _numeric(told[told["published"].notna()], name)
        yield from _signs(told[told["published"].isna()], f"{name} targets with a sign and no number")
        wanted = [target.id for target in published if target.estimate and target.use in uses]
        if absent := [name for name in wanted if name not in set(every["target"].astype(str))]:
            yield f"Not in any table of results: {', '.join(absent)}."
    yield from _signs(ours, "expectations of ours, of which no number was published")
    if runs := [f"{folder.name} {row}" for folder in folders for row in _failed_runs(folder)]:
        yield f"Runs that failed: {', '.join(runs)}."


def _failed_runs(folder: Folder) -> list[str]:
    """Return the runs of an experiment that failed: rows that are of no use and of no target."""
    table = folder.tables.get("table")
    return [] if table is None else [str(name) for name in table.loc[table["use"].isna(), "target"]]


def _numeric(told: Any, name: str) -> Iterator[str]:
    if not len(told):
        yield f"There is no numeric {name} target in the tables."
        return
    inside = told["verdict"] == "inside"
    text = f"{inside.sum()} of {len(told)} numeric {name} targets lie inside their interval ({inside.mean():.0%})"
    yield f"{text}; failing are: {_failing(told[~inside])}." if (~inside).any() else f"{text}."


def _signs(told: Any, name: str) -> Iterator[str]:
    if len(told):
        right = told["verdict"].isin(["inside", "right sign"])
        text = f"Of {len(told)} {name}, {right.sum()} have the right sign"
        yield f"{text}; failing are: {_failing(told[~right])}." if (~right).any() else f"{text}."


def _failing(rows: Any) -> str:
    return ", ".join(f"{row['target']} ({row['verdict']})" for row in rows.to_dict("records"))


def verdicts(table: Any) -> list[str]:
    """Return the verdicts of one experiment, counted and named."""
    found = [
        f"{verdict}: {len(rows)} ({', '.join(rows['target'].astype(str))})"
        for verdict, rows in table.groupby("verdict", sort=True)
    ]
    return [f"Verdicts: {'; '.join(found)}."] if found else []


def beside(table: Any) -> pd.DataFrame:
    """Return a table of results for people to read: the interval with its number."""
    lows = {name: table.get(name, math.nan) for name in ("model_low", "model_high", "missing", "note")}
    full = table.assign(**lows)
    rows = full.to_dict("records")
    return pd.DataFrame(
        {
            "target": full["target"].astype(str),
            "statement": full["statement"],
            "unit": full["unit"],
            "published": [
                between(row["published"], row["published_low"], row["published_high"]) for row in rows
            ],
            "model": [between(row["model"], row["model_low"], row["model_high"]) for row in rows],
            "verdict": full["verdict"],
            "use": full["use"],
            "runs without number": full["missing"],
            "note": full["note"].astype(object),
        }
    )


def between(value: float, low: float, high: float) -> str:
    """Return a number with its interval, as far as there is one."""
    text = number(float(value))
    return (
        text
        if math.isnan(low) or math.isnan(high)
        else f"{text} ({number(float(low))} to {number(float(high))})"
    )


def stale(folders: Iterable[Folder], published: Sequence[Target]) -> Iterator[str]:
    """Yield the published numbers against which a table was made and that are no longer those of the targets."""
    known = {target.id: target for target in published}
    for folder in folders:
        for row in folder.tables.get("table", pd.DataFrame()).to_dict("records"):
            target = known.get(str(row["target"]))
            pairs = (
                [
                    (row["published"], target.value),
                    (row["published_low"], target.low),
                    (row["published_high"], target.high),
                ]
                if target
                else []
            )
            if not all(_same(ours, theirs) for ours, theirs in pairs):
                yield f"{folder.name}: {row['target']} was held against other numbers than targets have now; reproduce it again."


def _same(ours: Any, theirs: float | None) -> bool:
    """Return whether a number in a table, which has six digits, is that of a target."""
    if theirs is None or not isinstance(ours, int | float) or math.isnan(ours):
        return theirs is None and not (isinstance(ours, int | float) and math.isfinite(ours))
    return math.isclose(ours, theirs, rel_tol=1e-5, abs_tol=1e-9)


def calibration(folder: Folder) -> Iterator[str]:
    """Yield where the median prediction of the calibrated model lies, of what it was fitted to and of what it was not."""
    if "recovery" in folder.tables:
        from comity.calibrate.recovery import doubts  # noqa: PLC0415 - brings the machinery of calibration

        yield from doubts(folder.tables["recovery"])
    table: Any = folder.tables.get("predictive")
    if table is None:
        return
    told = table[table["published_low"].notna() & table["published_high"].notna()]
    for use, rows in told.groupby("use", sort=True):
        inside = within(rows["predicted"], rows["published_low"], rows["published_high"])
        text = f"Calibration predicts {inside.sum()} of {len(rows)} numeric {use} targets inside their interval (median)"
        missed = [
            f"{row['id']} ({'failed' if math.isnan(row['predicted']) else 'outside'})"
            for row in rows[~inside].to_dict("records")
        ]
        yield f"{text}; failing are: {', '.join(missed)}." if missed else f"{text}."


def predictions(folder: Folder) -> Iterator[str]:
    """Yield how many published numbers lie within what draws of the posterior predict."""
    if "predictive" in folder.tables:
        from comity.tournament.predict import sentences  # noqa: PLC0415 - brings the machinery of sweeps

        yield from (
            f"Lived at draws of the posterior, {text}." for text in sentences(folder.tables["predictive"])
        )


def tournament(folder: Folder) -> Iterator[str]:
    """Yield who scores best on what, and what became of the two claims."""
    if {"scores", "claims"} <= set(folder.tables):
        from comity.tournament.tournament import Outcome  # noqa: PLC0415 - brings the machinery of sweeps

        claims = folder.tables["claims"]
        texts = {"claims": claims.assign(upheld=claims["upheld"].fillna(""))}
        yield from Outcome(pd.DataFrame(), folder.tables | texts).sentences()


def reading() -> list[str]:
    """Return how scores are made and under which assumptions, as `comity.tournament.scores` has it."""
    from comity.tournament import scores  # noqa: PLC0415

    paragraphs = (scores.__doc__ or "").partition("**The score**")[2].split("\n\n")
    paragraphs[0] = f"The score{paragraphs[0]}"
    return [_paragraph(text) for text in paragraphs]


def _paragraph(text: str) -> str:
    """Return a paragraph of a docstring without its marks; an indented one is a formula."""
    if text.startswith("    "):
        return fenced(text)
    return re.sub(r"\*(\w+)\*", r"\1", text.replace("`", ""))


def matrices(table: Any) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield, for each kind of draws, a table of target by hypothesis: the share of runs inside, or what else there is to say."""
    order = list(dict.fromkeys(table["target"]))
    names = list(dict.fromkeys(table["hypothesis"]))
    for draws, rows in table.groupby("draws", sort=False):
        told = rows.assign(cell=[_cell(row) for row in rows.to_dict("records")])
        wide = told.pivot(index="target", columns="hypothesis", values="cell").reindex(
            index=order, columns=names
        )
        uses = told.drop_duplicates("target").set_index("target")["use"].reindex(order)
        yield str(draws), wide.fillna("missing").assign(use=uses).reset_index().rename_axis(columns=None)


def _cell(row: dict[Any, Any]) -> str:
    if row["standing"] in (*QUIET, "failed"):
        return str(row["standing"])
    some = row.get("failed", 0)
    return f"{100 * row['inside']:.0f}" + (f" ({some:g} runs failed)" if some else "")


def alt(folder: Folder, name: str) -> str:
    """Return what a picture shows, in words, for those who do not see it."""
    if name == "figure" and "table" in folder.tables:
        return f"{folder.name}, model beside published numbers. {' '.join(verdicts(folder.tables['table']))}"
    words = {
        "matrix": "heat map of the share of runs inside the published interval, by target and hypothesis",
        "scores": "how far every hypothesis is behind the best, with Monte Carlo errors",
        "pairs": "the target that tells every two hypotheses apart best",
        "posterior": "posterior of every parameter beside its prior",
        "predictive": "predicted beside published numbers",
        "recovery": "parameters found beside those that made the data",
    }
    about = words.get(name.partition("-")[0], name)
    return f"{folder.name}, {name}: {about}. The numbers are in the tables of this section."
