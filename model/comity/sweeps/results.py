"""Results of a sweep through its study: what its tables come to, and what is wrong with what somebody wants of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.dictionary import find
from comity.problems import InputError, Problem, did_you_mean, shown
from comity.sweeps import runfile
from comity.sweeps.outcomes import OUTCOMES
from comity.sweeps.store import opened
from comity.sweeps.tables import categories, nothing, plan, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from comity.sweeps.outcomes import Outcome
    from comity.sweeps.store import Store


@dataclass(frozen=True)
class Results:
    """What `comity.sweeps.written.Written` has, of a store of which nothing is known yet."""

    store: Store

    @property
    def weights(self) -> dict[str, str]:
        """Outcomes, and the columns by which each is averaged over periods; empty for totals."""
        return runfile.weights(self.store.study.measured)

    @property
    def since(self) -> date | None:
        """The day from which ``runs.parquet`` counts; None for the first one."""
        return self.store.study.since

    @property
    def categories(self) -> dict[str, list[str]]:
        """The labels of the whole study, done or not, by column."""
        return categories(self.design())

    def select(self, outcomes: Sequence[str] | None) -> list[str]:
        """Return outcomes by id."""
        return [outcome.id for outcome in select(self.store, outcomes)]

    def design(self) -> pd.DataFrame:
        """Return the plan of the study."""
        return plan(self.store)

    def read(self, name: str, columns: list[str], filters: Any = None) -> pd.DataFrame:
        """Return columns of a table; of a store in which nothing is done there is none."""
        empty = not self.store.count()
        read = nothing(self.store).select(columns) if empty else table(self.store, name, columns, filters)
        found: pd.DataFrame = read.to_pandas(date_as_object=False)
        return found


def results(study: str | Path, out: str | Path | None) -> Results:
    """Return the results of a study, or in a folder.

    Raises:
        InputError: if there are none.
    """
    return Results(opened(study, Path(out) if out else None))


def select(store: Store, outcomes: Sequence[str] | None) -> list[Outcome]:
    """Return outcomes that a store has, by id or name."""
    known = {
        name: outcome for outcome in store.study.measured for name in (outcome.id, find(outcome.id).label)
    }
    names = [outcomes] if isinstance(outcomes, str) else outcomes
    wanted = names if names is not None else [outcome.id for outcome in store.study.measured]
    if unknown := [name for name in wanted if name not in known]:
        raise InputError(_unknown(name, [o.id for o in store.study.measured]) for name in unknown)
    return [known[name] for name in wanted]


def _unknown(name: str, known: list[str]) -> Problem:
    hint = did_you_mean(name, known)
    elsewhere = any(name in (outcome.id, find(outcome.id).label) for outcome in OUTCOMES)
    wrong = "not kept by this study" if elsewhere else "unknown outcome"
    return Problem("results", "outcomes", shown(name), wrong, f"{hint}{', '.join(known)}")
