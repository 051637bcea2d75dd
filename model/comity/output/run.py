"""Results on disk: a folder for each run, written whole or not at all, and never over another one.

A run's folder holds ``weekly.parquet`` and ``weekly.csv`` (date, county, group, measure, value),
``funnel.csv`` (how far the bookings of each month got), ``police.csv`` (what officers' time went into),
``attempts.csv`` (what each decider tried, and whether the law allowed it), ``scenario.toml`` (every value
resolved) and ``manifest.json`` (scenario, seed, versions, time). Where periods are not weeks, the first two are
called after what they are, such as ``monthly``. There are a Parquet and a CSV file for each table of the
observers (docs/observation.md).

A table of more than `panels.LARGEST` rows is written as ``monthly.parquet`` with states instead of counties, and as
``monthly_counties.parquet`` with a column per measure (float32) and without rows of zeros; there are then ``funnel.parquet``
and ``police.parquet``. A run of more than one county has ``counties.parquet`` (years, see `comity.output.counties`), one of the
whole nation a ``map.png``.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from comity import notebook
from comity.behaviour import extension
from comity.observe import observers
from comity.output.bundle import Bundle, Content
from comity.output.panels import Panel
from comity.problems import InputError, Problem, shown
from comity.scenario import load
from comity.world import imported_tables
from comity.writing import explained, new_folder, objections, unused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from comity.model import CooperationModel
    from comity.policy.law import Timeline
    from comity.scenario import Scenario

ATTEMPT: Final = ("start", "until", "decider", "lever", "value", "where", "allowed", "reason")
_SUMS: Final = (
    *("incidents", "reported", "bookings", "transfers", "at_large_arrests", "removals"),
    *("residents", "trust_sum", "risk_sum"),
)
_YEARLY: Final = (
    "year",            "people",          "incidents",       "reporting, %",    "trust, 0 to 100",
    "risk, 0 to 100",  "bookings",        "ice_custody",     "removals",
)  # fmt: skip


def prepare(
    source: str,
    overrides: Sequence[str],
    out: Path | None,
    *,
    comparing: bool = False,
    observe: str = "",
) -> tuple[Scenario, Path]:
    """Read a scenario and settle where its results go, before anything is run or written.

    Args:
        source: As in `comity.scenario.load`.
        overrides: As in `comity.scenario.load`.
        out: The folder, or None for a new one under `LOCAL`.
        comparing: Whether the scenario must name regimes to compare.
        observe: Names of observers with commas between them.

    Raises:
        InputError: With every problem of scenario, folder and observers.
    """
    problems = [*(objections(out) if out else []), *observers.unknown(observe, "command line")]
    try:
        setup = load(source, overrides)
    except InputError as error:
        raise InputError([*error.problems, *problems]) from None
    if comparing and len(set(setup.compare)) < 2:
        valid = "two regimes or more, as in --regimes no_receive,mandatory"
        problems.append(Problem(source, "compare", shown(setup.compare), "nothing to compare", valid))
    if problems:
        raise InputError(problems)
    return setup, out or unused(f"{Path(source).stem[:64]}-{'compare' if comparing else f'seed{setup.seed}'}")


def run(
    setup: Scenario,
    folder: str | Path,
    progress: Callable[[int, int], None] | None = None,
    observe: Iterable[str] | str = (),
    threads: int = 1,
) -> CooperationModel:
    """Live a scenario to its end and write its results, for which the folder is claimed before the run.

    Args:
        setup: The scenario.
        folder: Where; it must be new or empty.
        progress: As in `CooperationModel.run`.
        observe: As in `CooperationModel`; what observers saw is written too.
        threads: As in `CooperationModel.run`. One more packs the tables of a large run meanwhile.

    Raises:
        InputError: If ``folder`` cannot be written or holds anything already, or an observer is unknown.
    """
    from comity.model import CooperationModel  # noqa: PLC0415 - slow to import, so not before the folder is known

    with new_folder(folder) as staging:
        started = datetime.now(UTC)
        model = CooperationModel(setup, observe=observe)
        with (
            Panel(staging, _table_name(model), model, over=True) as panel,
            notebook.bar("day", progress) as told,
        ):

            def grow(today: int, days: int) -> None:
                with explained(folder):
                    panel.grow()
                if told is not None:
                    told(today, days)

            model.run(grow, threads=threads)
            with explained(folder):
                _write_files(staging, model, started, panel)
    return model


def write_run(folder: str | Path, model: CooperationModel, *, started: datetime | None = None) -> None:
    """Write everything about a finished run into a new folder.

    Args:
        folder: Where; it must be new or empty.
        model: The run.
        started: When the run began; its duration is counted from there.

    Raises:
        InputError: If ``folder`` cannot be written or holds anything already.
    """
    with (
        new_folder(folder) as staging,
        explained(folder),
        Panel(staging, _table_name(model), model) as panel,
    ):
        _write_files(staging, model, started or datetime.now(UTC), panel)


def _table_name(model: CooperationModel) -> str:
    return period_name(model.setup.parameters.recording_days)


def _write_files(folder: Path, model: CooperationModel, started: datetime, panel: Panel) -> None:
    """Write the files of a run into a folder that is there."""
    from comity.output import counties, national  # noqa: PLC0415 - imports the compiler

    tables = {"funnel": model.funnel(), "police": model.police()}
    if panel.needed:
        panel.finish()
        tables = {f"{name}.parquet": rows for name, rows in tables.items()}
    else:
        table, name = model.table(), _table_name(model)
        tables |= {name: table, f"{name}.parquet": table}
    tables["attempts"] = attempts(model.timeline)
    seen = {name: model.observed(name) for name in model.observed_tables}
    tables |= seen | {f"{name}.parquet": rows for name, rows in seen.items()}
    files: dict[str, Content] = dict(inputs(model.setup))
    if len(model.counties) > 1:
        files[counties.FILE] = lambda path: counties.write(model, path)
    pictures = {}
    if national.is_nation(model):
        from comity.output import maps  # noqa: PLC0415 - reads the map

        pictures["map"] = maps.draw(model)
    about = {
        "attempts": _rows(model.timeline),
        "observed": {name: len(rows) for name, rows in seen.items()},
        "activation": national.bases(model),
        "milestones": json.loads(national.rollout(model).to_json(orient="records")),
    }
    Bundle(manifest(model.setup, started) | about, tables, pictures, files, exact=True).put(folder)


def period_name(days: int) -> str:
    """Return what a table is called whose periods last so many days; 0 stands for calendar months."""
    return {0: "monthly", 1: "daily", 7: "weekly"}.get(days, f"every_{days}_days")


def yearly(model: CooperationModel) -> pd.DataFrame:
    """Return a run by year, for Hispanic and other residents: counts, share reported, mean trust and risk."""
    from comity.observe.measures import GROUPS  # noqa: PLC0415 - imports the compiler

    totals, years = model.totals(), model.starts().astype("datetime64[Y]").astype(int) + 1970
    parts = {}
    for people in ("Hispanic", "other"):
        own = [name.startswith(people) for name in GROUPS]
        parts[people] = (
            pd.DataFrame({name: totals[name][:, own].sum(axis=1) for name in _SUMS}).groupby(years).sum()
        )
    sums = pd.concat(parts, names=["people", "year"]).swaplevel().sort_index()
    rates = {
        "reporting, %": 100 * sums["reported"] / sums["incidents"],
        "trust, 0 to 100": 100 * sums["trust_sum"] / sums["residents"],
        "risk, 0 to 100": 100 * sums["risk_sum"] / sums["residents"],
        "ice_custody": sums["transfers"] + sums["at_large_arrests"],
    }
    return sums.assign(**rates).reset_index()[list(_YEARLY)]


def inputs(setup: Scenario) -> dict[str, str]:
    """Return the scenario with every value resolved, as a file."""
    return {"scenario.toml": setup.as_toml()}


def manifest(setup: Scenario, started: datetime) -> dict[str, Any]:
    """Return how a run came about: scenario, seed, versions and time, but no folders of the machine."""
    return {
        "scenario_hash": setup.digest(),
        "data": imported_tables.labels(setup.data),
        "seed": setup.seed,
        **added(setup),
        "started": started.astimezone(UTC).isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 3),
        "scenario": setup.as_json(),
    }


def added(setup: Scenario) -> dict[str, Any]:
    """Return which extensions a run has, each with the hash over what it is, if it has any."""
    found = {each.name: extension(each) for each in setup.added}
    return {"extensions": found} if found else {}


def attempts(timeline: Timeline) -> pd.DataFrame:
    """Return what every decider tried, when, and whether the law of those days allowed it."""
    return pd.DataFrame(_rows(timeline), columns=list(ATTEMPT))


def _rows(timeline: Timeline) -> list[dict[str, str | bool | None]]:
    return [{name: _cell(getattr(attempt, name)) for name in ATTEMPT} for attempt in timeline.attempts]


def _cell(value: Any) -> str | bool | None:
    """Return a value as text that reads well in a table."""
    if value is None or isinstance(value, bool):
        return value
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
