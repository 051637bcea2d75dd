"""What the terminal shows: regimes, hypotheses, parameters, the day, places, and what came of a run.

Everything reads well in 80 columns. The functions in `TOPICS` take part of a name to look for; empty text
finds everything. What takes long to import is imported where it is needed.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import csv
from dataclasses import asdict
from io import StringIO
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.text import Text

from comity.extensions import of as extensions_of
from comity.hypotheses import default, known
from comity.output.terminal import Sheet, cell, frame, some, table
from comity.parameters import Parameters, describe, groups, source_of
from comity.problems import InputError, Problem, closest, shown
from comity.reading import COMMAND_LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd
    from rich.console import RenderableType

    from comity.dictionary import Entry
    from comity.doctor import Finding
    from comity.extensions import Estimate, Extension, Measure
    from comity.model import CooperationModel
    from comity.output.terminal import Row
    from comity.parameters import Registry
    from comity.policy.regimes import Regime
    from comity.scenario import Scenario


WARM: Final = 7
TIMED: Final = 28
"""Days that `timings` leaves out, and that it measures."""


def _matching(rows: Iterable[Row], wanted: str) -> list[Row]:
    """Return the rows in which the text occurs, whatever its case.

    Raises:
        InputError: If there is none; it suggests the first column's closest name.
    """
    rows = list(rows)
    found = [row for row in rows if wanted.casefold() in " ".join(row).casefold()]
    if not found:
        raise _not_found(wanted, closest(wanted, (row[0] for row in rows)))
    return found


def _not_found(wanted: str, close: str | None) -> InputError:
    valid = f"did you mean {close}?" if close else "part of a name, or nothing to see everything"
    return InputError([Problem(COMMAND_LINE, "name", shown(wanted), "not found", valid)])


def topic(name: str, wanted: str = "", changes: Sequence[str] = ()) -> RenderableType:
    """Return what there is of a topic of `TOPICS`, for a scenario with these changes: extensions add to it, data change it."""
    from comity.scenario import load

    return TOPICS[name](wanted, load(overrides=changes) if changes else None)


def _further(setup: Scenario | None) -> tuple[Extension, ...]:
    return setup.added if setup else ()


def extensions(wanted: str = "", _: Scenario | None = None) -> RenderableType:
    """Return the installed extensions with what they add."""
    from comity.extensions import available, unusable

    rows = [(name, unusable(name) or _adds(*extensions_of([name]))) for name in available()]
    nobody = ("(none)", "an extension is a package with an entry point in the group comity.extensions")
    title = "Extensions, for extensions = [...] of a scenario and --set extensions=A,B"
    return table(title, ("name", "what it adds"), _matching(rows or [nobody], wanted), airy=True)


def _adds(extension: Extension) -> str:
    added = ((kind, ", ".join(names)) for kind, names in extension.names().items() if names)
    return "\n".join((extension.explains, *(f"- {kind}: {names}" for kind, names in added)))


def regimes(wanted: str = "", _: Scenario | None = None) -> RenderableType:
    """Return the built-in regimes with their policies."""
    from comity.policy.regimes import catalogue

    found = _matching(((name, _regime(regime)) for name, regime in catalogue().items()), wanted)
    title = "Regimes, to be joined by '+' (regime@2010-06-08 starts on another day)"
    records = [
        catalogue()[name].model_dump(exclude={"policies"})
        | {"policies": "\n".join(_policies(catalogue()[name]))}
        for name, _ in found
    ]
    return Sheet(title, ("name", "what it is, and who does what"), found, airy=True, records=records)


def _regime(regime: Regime) -> str:
    policies = (f"- {policy}" for policy in _policies(regime))
    return "\n".join((f"{regime.title}. {regime.explains}", regime.history, *policies))


def _policies(regime: Regime) -> list[str]:
    return [
        f"{p.start} to {p.until or 'the end'}: {p.decider} {p.lever} = {cell(p.value)}"
        for p in regime.policies
    ]


def hypotheses(wanted: str = "", setup: Scenario | None = None) -> RenderableType:
    """Return the hypotheses with their mechanisms."""
    rows = ((h.name, ", ".join(sorted(h.mechanisms)), h.claim) for h in known(_further(setup)).values())
    title = f"Hypotheses, to be joined by '+' (default {default(_further(setup))})"
    return table(title, ("name", "mechanisms", "claim"), _matching(rows, wanted))


def parameters(wanted: str = "", setup: Scenario | None = None) -> RenderableType:
    """Return the registry of parameters by group; with role and source, which are long, where a name is wanted."""
    registry = type(setup.parameters) if setup else Parameters
    grouped = groups(registry)
    every = ((name, grouped[name], *_parameter(name, registry)) for name in registry.model_fields)
    sheets = [
        Sheet(
            f"Parameters: {group}",
            ("name", "default", "meaning"),
            [
                (name, default, f"{meaning}\n{source}" if wanted else meaning)
                for name, _, default, meaning, source in rows
            ],
            airy=True,
            records=[_record(name, group, registry) for name, *_ in rows],
        )
        for group, rows in (
            (group, list(rows)) for group, rows in groupby(_matching(every, wanted), itemgetter(1))
        )
    ]
    hint = "With part of a name: role and source, too. With --csv or --json: everything, for programs."
    return Group(*sheets, *([] if wanted else [Text(hint)]))


def _parameter(name: str, registry: Registry) -> Row:
    field, meta = registry.model_fields[name], describe(name, registry)
    default = f"{cell(field.default)}\n{meta.low:g} to {meta.high:g}\n{meta.unit}"
    return default, str(field.description), f"{meta.role}: {source_of(name, registry)}"


def _record(name: str, group: str, registry: Registry) -> dict[str, object]:
    field, meta = registry.model_fields[name], describe(name, registry)
    about = {
        "name": name,
        "group": group,
        "default": field.default,
        "unit": meta.unit,
        "low": meta.low,
        "high": meta.high,
    }
    return about | {"role": meta.role, "meaning": field.description, "source": source_of(name, registry)}


def outcomes(wanted: str = "", setup: Scenario | None = None) -> RenderableType:
    """Return what comparisons, studies and published estimators measure, as a study names it."""
    from comity.listing import sets
    from comity.published.estimates import home

    rows = [(e.name, e.heading, e.meaning, "compare, sweep") for e in sets()["OUTCOMES"].values()]
    rows += [
        (e.name, e.heading, "estimate", f"scenario {home(e.name)}") for e in sets()["ESTIMATES"].values()
    ]
    for extension in _further(setup):
        added: list[Measure | Estimate] = [*extension.measures, *extension.estimates]
        rows += [(e.name, f"{e.meaning}, {e.unit}", "", f"extension {extension.name}") for e in added]
    found = _matching(rows, wanted)
    alike = [list(same) for _, same in groupby(found, itemgetter(slice(1, None)))]
    sheet = Sheet(
        "Outcomes, as studies and --outcomes name them",
        ("name", "what it is, and its unit\n- how it is made, where"),
        [
            (
                _span([name for name, *_ in same]),
                "\n- ".join([same[0][1], ", ".join(filter(None, same[0][2:]))]),
            )
            for same in alike
        ],
        airy=True,
        records=[dict(zip(("name", "heading", "made_from", "where"), row, strict=True)) for row in found],
    )
    return Group(sheet, Text("Of one group: with the group behind it, as removals_hispanic_unauthorized."))


def _span(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}\nto {names[-1]}"


def day(wanted: str = "", setup: Scenario | None = None) -> RenderableType:
    """Return the phases of a day, in order."""
    from comity.extended import phases

    rows = (
        (f"{k}", phase.__name__, (phase.__doc__ or "").strip().partition("\n")[0])
        for k, phase in enumerate(phases(_further(setup)), 1)
    )
    found = _matching(rows, wanted)
    records = [{"order": int(k), "phase": name, "meaning": meaning} for k, name, meaning in found]
    return Sheet("One day", ("", "phase", "what happens"), found, records=records)


def measures(wanted: str = "", setup: Scenario | None = None) -> RenderableType:
    """Return what columns, outcomes and lines of charts mean."""
    from comity.dictionary import Entry
    from comity.listing import entries

    every = list(entries())
    for extension in _further(setup):
        of = f"extension {extension.name}"
        every += [(of, Entry(m.name, m.meaning, m.unit)) for m in extension.measures]
        every += [(f"{of}, an estimate", Entry(e.name, e.meaning, e.unit)) for e in extension.estimates]
    by_row = {(e.name, f"{_meaning(e)}\n- {where}"): asdict(e) | {"where": where} for where, e in every}
    found = _matching(by_row, wanted)
    records = [by_row[name, meant] for name, meant in found]
    return Sheet("Measures", ("name", "what it means\n- where it stands"), found, airy=True, records=records)


def items(wanted: str = "", _: Scenario | None = None) -> RenderableType:
    """Return the survey items about the police, with what their cuts are set from."""
    from comity.observe.items import ITEMS

    rows = (
        (item.name, item.question, f"{item.yes:.0%} of {item.anchor} residents at their level\n{item.source}")
        for item in ITEMS.values()
    )
    found = _matching(rows, wanted)
    records = [asdict(ITEMS[name]) for name, *_ in found]
    return Sheet("Survey items", ("name", "question", "who says yes"), found, airy=True, records=records)


def _meaning(entry: Entry) -> str:
    what = ", ".join(filter(None, (entry.unit, entry.span, entry.of and f"of {entry.of}", entry.groups)))
    meaning = ": ".join(dict.fromkeys(filter(None, (entry.label, entry.meaning))))
    return f"{meaning} ({what})" if what else meaning


def timings() -> RenderableType:
    """Return what each phase takes in four weeks of the founding case, after a week to warm up."""
    from comity import day, warm
    from comity.day import timed
    from comity.model import CooperationModel

    warm.up()
    model = CooperationModel()
    with warm.told(not all(map(day.kept, day.PHASES))):
        timed(model.world, 0, WARM)
    seconds = timed(model.world, WARM, WARM + TIMED)
    whole = sum(seconds.values())
    rows = [
        (name, f"{1e6 * s / TIMED:,.0f}", f"{s / whole:.0%}")
        for name, s in (*seconds.items(), ("day", whole))
    ]
    return table(f"One day of {model.setup.residents:,} residents", ("phase", "microseconds", "share"), rows)


def places(wanted: str = "", setup: Scenario | None = None) -> RenderableType:
    """Return the states or, where a name is wanted, the counties that have it, with the data of a scenario."""
    from comity.world.imported_tables import counties

    frame = counties("US", setup.data if setup else {})
    return _counties(frame, wanted) if wanted else _states(frame)


def _states(frame: pd.DataFrame) -> RenderableType:
    sums = frame.groupby("state").agg(counties=("county", "size"), population=("population", "sum"))
    rows = [(str(name), f"{row.counties:,}", f"{row.population:,}") for name, row in sums.iterrows()]
    title = "States; 'comity show places NAME' shows counties"
    records = sums.reset_index().to_dict("records")
    return Sheet(title, ("state", "counties", "residents 2010"), rows, records=records)


def _counties(frame: pd.DataFrame, wanted: str) -> RenderableType:
    from comity.world.places import gazetteer

    codes = list(gazetteer().search(wanted))
    if not codes:
        close = closest(wanted, map(gazetteer().label, frame.index))
        raise _not_found(wanted, close)
    found = frame.loc[codes]
    rows = [
        (
            str(fips),
            f"{c.county}, {c.state}",
            f"{c.population:,}",
            f"{c.hispanic_share:.1%}",
            f"{c.noncitizen:,} {c.noncitizen_basis}",
            f"{c.activation:%Y-%m-%d} {c.activation_basis}",
        )
        for fips, c in found.iterrows()
    ]
    columns = ("code", "county", "residents 2010", "Hispanic", "noncitizens", "activation")
    days = found["activation"].dt.strftime("%Y-%m-%d")
    records = found.assign(activation=days).reset_index().to_dict("records")
    return Sheet("Counties", columns, rows, records=records)


def cached() -> RenderableType:
    """Return what compiled code is kept on this machine, of which versions, and when it was last used."""
    from comity.cache import folder, lots

    rows = [(lot.versions, f"{lot.files:,}", f"{lot.size / 1e6:,.1f} MB", str(lot.used)) for lot in lots()]
    title = f"Compiled code in {folder()}{'' if rows else ': none'}"
    return table(title, ("made with", "functions", "size", "last used"), rows)


def examined(findings: Iterable[Finding]) -> RenderableType:
    """Return what `comity.doctor` found."""
    rows = [(each.what, "\n- ".join(filter(None, (each.found, each.advice)))) for each in findings]
    return table("This machine", ("what", "found\n- what to do"), rows)


def scenario(setup: Scenario) -> RenderableType:
    """Return what a scenario comes to, and the parameters in which it departs from the registry."""
    from comity.world.imported_tables import labels
    from comity.world.places import gazetteer, resolve

    standard = type(setup.parameters)()
    changed = ((name, shown(value)) for name, value in setup.parameters if value != getattr(standard, name))
    place = setup.place if isinstance(setup.place, str) else some(setup.place)
    codes = resolve(setup.place)
    if len(codes) == 1 and (label := gazetteer().label(codes[0])) != place:
        place += f" ({label})"
    each = f"each for {setup.scale:g} person{'s' * (setup.scale != 1)}"
    rows = [
        ("place", f"{place}, {setup.residents:,} residents in 2010"),
        ("days", f"{setup.days:,}, from {setup.start} to {setup.end}"),
        ("agents", f"{setup.residents / setup.scale:,.0f}, {each}"),
        ("regime", setup.regime),
        ("compare", ", ".join(setup.compare)),
        *([("extensions", ", ".join(setup.extensions))] if setup.extensions else []),
        ("hypotheses", setup.hypotheses),
        ("seed", str(setup.seed)),
        *((f"data.{kind}", label) for kind, label in labels(setup.data).items()),
        *changed,
    ]
    return table("Valid scenario", ("key", "value"), rows)


def summary(model: CooperationModel) -> tuple[RenderableType, ...]:
    """Return what came of a run: by year, along the funnel, and attempts that the law did not allow."""
    from comity.output import national, run

    groups = model.funnel().pivot_table("count", "stage", "group", "sum", observed=True, sort=False)
    funnel = groups.T.groupby(lambda group: group.partition(",")[0], sort=False).sum().T.reset_index()
    attempts = run.attempts(model.timeline)
    void = attempts.loc[
        ~attempts["allowed"].astype(bool), ["start", "until", "where", "decider", "lever", "reason"]
    ].copy()
    void["where"] = [some(where.split()) for where in void["where"]]
    parts = [
        frame("By year (people)", run.yearly(model).round(1)),
        frame("How far bookings got (persons)", funnel),
    ]
    if national.is_nation(model):
        parts += _national(model)
    return (*parts, frame("Attempts without effect", void)) if len(void) else tuple(parts)


def _national(model: CooperationModel) -> list[RenderableType]:
    """Return the rollout and the funnel beside what was published."""
    from comity.output import national

    known = ", ".join(f"{n:,} {basis}" for basis, n in national.bases(model).items())
    return [
        frame(f"Active jurisdictions, published and in the run (dates: {known})", national.rollout(model)),
        frame("The nation beside what was published (Oct 2008 to Mar 2011)", national.funnel(model)),
    ]


def data(shown: RenderableType) -> list[dict[str, object]]:
    """Return what is shown, for programs: a record for each row."""
    parts = shown.renderables if isinstance(shown, Group) else [shown]
    return [record for part in parts if isinstance(part, Sheet) for record in part.data()]


def as_csv(records: Sequence[Mapping[str, object]]) -> str:
    """Return records as CSV; vectors have spaces between their elements."""
    text = StringIO()
    writer = csv.DictWriter(text, records[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {key: " ".join(map(str, v)) if isinstance(v, tuple) else v for key, v in record.items()}
        for record in records
    )
    return text.getvalue()


TOPICS: Final[dict[str, Callable[..., RenderableType]]] = {
    "regimes": regimes,
    "hypotheses": hypotheses,
    "parameters": parameters,
    "day": day,
    "places": places,
    "measures": measures,
    "outcomes": outcomes,
    "items": items,
    "extensions": extensions,
}
