"""The pages of the documentation that are made from the code: public names, parameters, the day, regimes, commands and more.

``docs/conf.py`` calls `write` before Sphinx reads; nothing of it is committed, so nothing of it can be out of date.
"""

from __future__ import annotations

import ast
import inspect
import re
from enum import EnumType
from importlib import import_module
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import typer
from pydantic import BaseModel

import comity
from comity import hypotheses
from comity.agents import bureaus, cases, governments, ice, jails, news, offending, police, residents
from comity.cli import app
from comity.day import PHASES
from comity.parameters import Parameters, describe, groups, source_of
from comity.policy import rows
from comity.policy.levers import LEVERS
from comity.policy.regimes import Policy, Regime, catalogue
from comity.published import targets
from comity.scenario import Scenario, builtin
from comity.sweeps.designs import Design
from comity.sweeps.study import Study
from comity.sweeps.uncertainties import Uncertainty
from comity.world import state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


HEADS = {
    "api": """\
All that `comity` offers under its own name. What stands elsewhere may change from one version to the next, except what
[extending](../extending.md) and [Mesa](../mesa.md) import; names that begin with `_` belong to their module alone.
""",
    "parameters": """\
Every number of the model that somebody could doubt, from the registry `comity.parameters`. *data*: measured; *uncertain*: assumed
or fitted, and covered by sensitivity analysis; *policy*: somebody decides it; *numerical*: a device of the computation. A source
*assume* is none. `comity show parameters --csv` gives the same to programs.
""",
    "day": """\
What happens in a day, in this order: the one list `comity.day.PHASES`. A phase reads what earlier ones wrote.
""",
    "regimes": """\
Compositions of dated policies, from `regimes.toml` and `historical.toml` in `comity.policy`. Joined by `+`, begun on another day
by `@`: `no_receive@2010-09-01+no_minor_holds`. What the law of the day does not allow stays without effect.
""",
    "states": """\
One row per agent, or per thing of today; an array of such rows is the whole state of a run (`comity.world.state.World`).
""",
    "hypotheses": "A mechanism that none of those named needs is switched off.\n",
    "targets": """\
Published numbers, from `experiments/targets.toml`, and what of the model is held against each. *fitting* ones made the posterior,
*selection* ones chose the defaults, *holding out* ones had no say. Those without an estimate are silent: the model says nothing.
""",
}
"""What the pages begin with."""


def write(folder: Path) -> None:
    """Write all pages into a folder."""
    for name, page in PAGES.items():
        renew(folder / f"{name}.md", page())


def renew(path: Path, text: str) -> None:
    """Write a file if that changes it, so that Sphinx reads anew only what did."""
    path.parent.mkdir(exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return re.sub(r"(https?://\S+[^\s.,;)\]])", r"<\1>", text.replace("|", "\\|").replace("\n", " "))


def parameters() -> str:
    """Return the dictionary of parameters, by group."""
    parts = [
        "# Parameters\n",
        HEADS["parameters"],
    ]
    for group, names in groupby(Parameters.model_fields, groups().__getitem__):
        columns = ("name", "default", "unit, bounds", "role", "meaning", "source")
        parts += [f"## {group}\n", _table(columns, map(_parameter, names))]
    return "\n".join(parts)


def _parameter(name: str) -> Sequence[object]:
    field, meta = Parameters.model_fields[name], describe(name)
    bounds = f"{meta.unit}, {meta.low:g} to {meta.high:g}"
    return f"`{name}`", field.default, bounds, meta.role, field.description, source_of(name)


def day() -> str:
    """Return the schedule of the day."""
    rows = (
        (k, f"`{phase.__name__}`", f"`{_module(phase)}`", _about(phase)) for k, phase in enumerate(PHASES, 1)
    )
    return f"# The day\n\n{HEADS['day']}\n{_table(('', 'phase', 'where', 'what happens'), rows)}"


def _module(phase: Any) -> str:
    return str(getattr(phase, "py_func", phase).__module__)


def _about(thing: Any) -> str:
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def levers() -> str:
    """Return every lever."""
    rows = (
        (
            f"`{lever.name}`",
            lever.layer,
            " or ".join(lever.deciders),
            lever.valid,
            lever.meaning,
            _seen(lever),
        )
        for lever in LEVERS.values()
    )
    head = "# Levers\n\nWhat a policy can move (`comity.policy.levers`). Values by level are in the order C0, L3, L2, L1.\n"
    return f"{head}\n{_table(('lever', 'layer', 'decided by', 'values', 'meaning', 'residents see'), rows)}"


def _seen(lever: Any) -> str:
    seen = [lever.relief] if lever.restrictive and lever.relief != "none" else []
    return (
        ", ".join([*seen, *(["an alarm when it rises"] if lever.alarm < float("inf") else [])]) or "nothing"
    )


def regimes() -> str:
    """Return the built-in regimes with their policies."""
    parts = [
        "# Regimes\n",
        HEADS["regimes"],
    ]
    for name, regime in catalogue().items():
        rows = (
            (p.decider, f"`{p.lever}`", p.value, p.start, p.until or "", p.where, p.basis, p.source)
            for p in regime.policies
        )
        columns = ("decider", "lever", "value", "from", "until", "where", "basis", "source")
        parts += [
            f"## {name}\n",
            f"{regime.title}. {regime.explains}\n",
            f"{regime.history}\n",
            _table(columns, rows),
        ]
    return "\n".join(parts)


def claims() -> str:
    """Return the hypotheses with their mechanisms, and what switches each off."""
    rows = ((h.name, h.claim, ", ".join(sorted(h.mechanisms))) for h in hypotheses.HYPOTHESES.values())
    off = (
        (name, ", ".join(f"`{p}` = {value:g}" for p, value in values.items()))
        for name, values in hypotheses.MECHANISMS.items()
    )
    return (
        f"# Hypotheses\n\nJoined by `+`; by default `{hypotheses.default()}`. {HEADS['hypotheses']}\n"
        f"{_table(('name', 'claim', 'mechanisms'), rows)}\n## Mechanisms\n\n{_table(('mechanism', 'off at'), off)}"
    )


def findings() -> str:
    """Return the published numbers, by use."""
    parts = [
        "# Targets\n",
        HEADS["targets"],
    ]
    for use in targets.USES:
        rows = (
            (
                t.id,
                t.statement,
                _interval(t),
                t.interval or t.silent,
                f"`{t.estimate or '-'}`",
                f"{t.citation} {t.link}",
            )
            for t in targets.published()
            if t.use == use
        )
        parts += [f"## {use}\n", _table(("id", "what", "published", "interval", "estimate", "source"), rows)]
    return "\n".join(parts)


def _interval(target: Any) -> str:
    if target.value is None:
        return f"sign {target.sign}" if target.sign else "not stated"
    span = f" ({target.low:g} to {target.high:g})" if None not in (target.low, target.high) else ""
    return f"{target.value:g}{span} {target.unit}"


def formats() -> str:
    """Return the keys of every kind of file that a user writes."""
    parts = [
        "# Keys of scenarios, studies, regimes and policies\n",
        "What each key of a file may be, from the classes that check it. [Formats](../formats.md) has an example of each.\n",
    ]
    for title, model in FORMATS.items():
        parts += [f"## {title}\n", _table(("key", "meaning", "default"), _keys(model))]
    names = ", ".join(f"`{name}`" for name in builtin())
    return "\n".join([*parts, "## Built-in scenarios\n", f"{names}.\n"])


FORMATS = {
    "A scenario": Scenario,
    "A regime, as `[regimes.<id>]` of a scenario": Regime,
    "A policy, as `[[regimes.<id>.policies]]`": Policy,
    "A study": Study,
    "An uncertainty, as `[uncertainties.<parameter>]` of a study": Uncertainty,
    "A design, as `[design]` of a study": Design,
}


def _keys(model: type[BaseModel]) -> Iterable[Sequence[object]]:
    meanings = attributes(model)
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else field.get_default(call_default_factory=True)
        brief = (
            str(default)
            if isinstance(default, str | int | float | tuple) and len(str(default)) < 40
            else "see above"
        )
        yield f"`{name}`", meanings.get(name, ""), "none" if default in (None, (), {}) else brief


def attributes(thing: type) -> dict[str, str]:
    """Return what a docstring says of attributes, by name."""
    listed = (inspect.getdoc(thing) or "").partition("Attributes:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", listed, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def commands() -> str:
    """Return every command with its arguments and options."""
    parts = ["# Commands\n", "`comity COMMAND --help` says the same.\n"]
    for name, command in _commands(typer.main.get_command(app), "comity"):
        rows = [
            (
                f"`{', '.join(p.opts) if p.param_type_name == 'option' else p.name.upper()}`",
                getattr(p, "help", "") or "",
            )
            for p in command.params
            if not getattr(p, "hidden", False)
        ]
        parts += [
            f"## {name}\n",
            f"{(command.help or '').strip()}\n",
            *([_table(("", "meaning"), rows)] if rows else []),
        ]
    return "\n".join(parts)


def _commands(group: Any, prefix: str) -> Iterable[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def states() -> str:
    """Return the state variables of every kind of row, with the comments beside them."""
    parts = ["# States\n", HEADS["states"]]
    for title, (module, name) in ROWS.items():
        parts += [
            f"## {title}\n",
            f"`{module.__name__}.{name}`\n",
            _table(("variable", "type", "what"), _fields(module, name)),
        ]
    return "\n".join(parts)


def _fields(module: Any, name: str) -> Iterable[Sequence[object]]:
    declared = re.search(rf"^{name}\b.*?^\)", inspect.getsource(module), flags=re.MULTILINE | re.DOTALL)
    layout, field = getattr(module, name), ""
    found: dict[str, str] = {}
    for line in (declared[0] if declared else "").splitlines():
        code, _, comment = line.partition("  # ")
        field = next((word for word in re.findall(r'"(\w+)"', code) if word in layout.names), field)
        if code.strip() and comment:
            found[field] = comment
    return [(f"`{field}`", layout[field], found.get(field, "")) for field in layout.names]


ROWS = {
    "Resident": (residents, "RESIDENT"),
    "Police department": (police, "POLICE"),
    "Jail": (jails, "JAIL"),
    "State bureau": (bureaus, "BUREAU"),
    "ICE office": (ice, "OFFICE"),
    "Government": (governments, "GOVERNMENT"),
    "County": (state, "COUNTY"),
    "Neighbourhood": (state, "NEIGHBOURHOOD"),
    "Case": (cases, "CASE"),
    "Incident": (offending, "INCIDENT"),
    "Arrest": (police, "ARREST"),
    "Story": (news, "STORY"),
    "Policy of a county": (rows, "POLICY"),
}
"""Kinds of row -> where their layout is declared."""


def api() -> str:
    """Return the public names: how each is called, where it lives, and what its docstring says."""
    parts = ["# Python API\n", HEADS["api"]]
    for name in comity.__all__:
        thing = getattr(comity, name)
        home = DATA.get(name) or thing.__module__
        parts += [
            f"## {name}\n",
            *([f"`{name}{_signature(thing)}`\n"] if callable(thing) else []),
            f"In `{home}`.\n",
        ]
        parts.append(f"```text\n{_docstring(thing, home)}\n```\n")
    return "\n".join(parts)


def _signature(thing: Any) -> str:
    if isinstance(thing, EnumType):
        return ": " + ", ".join(thing.__members__)
    if isinstance(thing, type) and issubclass(thing, BaseModel):
        return "(key=value, ...)"
    return str(inspect.signature(thing))


def _docstring(thing: Any, home: str) -> str:
    """Return the docstring; data have theirs below them in their module."""
    if callable(thing):
        return inspect.getdoc(thing) or ""
    module = import_module(home)
    for node, after in pairwise(ast.parse(inspect.getsource(module)).body):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(after, ast.Expr):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if getattr(module, ast.unparse(target), None) is thing:
                return inspect.cleandoc(ast.literal_eval(after.value))
    raise LookupError(f"{home} does not say what its data are")


DATA = {"HYPOTHESES": "comity.hypotheses", "PHASES": "comity.day"}
"""Where public names lie that are neither functions nor classes."""

PAGES = {
    "api": api,
    "parameters": parameters,
    "day": day,
    "levers": levers,
    "regimes": regimes,
    "hypotheses": claims,
    "targets": findings,
    "formats": formats,
    "states": states,
    "commands": commands,
}
