"""The appendix of a report: what was published, the parameters, how the results came about, and how to cite."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from comity.output import bundle
from comity.parameters import Parameters, describe
from comity.report import markdown, sentences
from comity.report.parts import Part, Section, Shown
from comity.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from comity.published.targets import Target
    from comity.report.folders import Folder

CITATION: Final = "CITATION.cff"
PACKAGE: Final = Path(__file__).parents[1]


def parts(folders: Sequence[Folder], published: Sequence[Target]) -> list[Part]:
    """Return the parts of a report that hold no results."""

    def section(title: str, *frames: pd.DataFrame) -> Section:
        return Section(title, tables=[Shown("", markdown.table(frame)) for frame in frames])

    cite = Section("Citation", [_cited()])
    cite.tables.append(Shown(CITATION, markdown.fenced(_citation())))
    return [
        Part(
            "What was published",
            sections=[section("Targets", targets(published)), section("Studies", studies(published))],
        ),
        Part("Parameters", sections=[section("Registry", parameters()), section("Sources", sources())]),
        Part("How this came about", [_software()], [section("Manifests", manifests(folders))]),
        Part("How to cite", sections=[cite]),
    ]


def targets(published: Sequence[Target]) -> pd.DataFrame:
    """Return every published number, what it serves for, and why the model is silent where it is."""
    rows = [
        {
            "target": target.id,
            "statement": target.statement,
            "published": sentences.between(
                *(float("nan") if end is None else end for end in (target.value, target.low, target.high))
            ),
            "interval": target.interval,
            "unit": target.unit,
            "sign": target.sign,
            "use": target.use,
            "estimate": target.estimate,
            "silent because": target.silent,
            "status": target.status,
        }
        for target in published
    ]
    return pd.DataFrame(rows)


def studies(published: Sequence[Target]) -> pd.DataFrame:
    """Return every finding with data, estimator, citation and where it was read."""
    rows = {
        target.row: {
            "finding": target.row,
            "what was found": target.finding,
            "data": target.data,
            "estimator": target.estimator,
            "citation": target.citation,
            "read at": markdown.linked(target.link),
        }
        for target in published
    }
    return pd.DataFrame(list(rows.values()), dtype=object)  # plain objects keep what is Markdown already


def parameters() -> pd.DataFrame:
    """Return the registry: a row per parameter."""
    rows = []
    for name, entry in Parameters.model_fields.items():
        about = describe(name)
        value = entry.default
        shown = ", ".join(map(markdown.number, value)) if isinstance(value, tuple) else markdown.number(value)
        rows.append(
            {
                "parameter": name,
                "value": shown,
                "unit": about.unit,
                "bounds": f"{markdown.number(about.low)} to {markdown.number(about.high)}",
                "role": about.role,
                "source": about.source,
                "meaning": entry.description or "",
            }
        )
    return pd.DataFrame(rows)


def sources() -> pd.DataFrame:
    """Return citation and address behind every source that the registry names."""
    used = dict.fromkeys(describe(name).source for name in Parameters.model_fields)
    rows = [{"source": key, "citation": markdown.linked(SOURCES[key])} for key in used]
    return pd.DataFrame(rows, dtype=object)


def manifests(folders: Sequence[Folder]) -> pd.DataFrame:
    """Return how each result came about, a row per folder: everything in its manifest that is short."""
    rows = [{"results": folder.name} | dict(_short(folder.manifest)) for folder in folders]
    return pd.DataFrame(rows).fillna("not stated")


def _short(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a manifest on which a reader depends, in words."""
    setup = manifest.get("scenario") or (manifest.get("study") or {}).get("scenario") or {}
    if isinstance(setup, dict):
        wanted = ("place", "start", "end", "scale", "regime", "hypotheses")
        yield (
            "scenario",
            ", ".join(f"{key} {markdown.number(setup[key])}" for key in wanted if key in setup)
            or "not stated",
        )
    for key in (
        "seeds",
        "runs",
        "quick",
        "versions",
        "git_commit",
        "model",
        "behaviour",
        "scenario_hash",
        "targets",
    ):
        if key in manifest:
            value = manifest[key]
            yield (
                key,
                value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False),
            )  # fmt: skip


def _software() -> str:
    versions = ", ".join(f"{name} {version}" for name, version in bundle.versions().items())
    commit = bundle.git_commit()
    dated = f" of {date}" if (date := _commit_date()) else ""
    return f"This report: {versions}; commit {commit or 'not known'}{dated}."


def _commit_date() -> str:
    """Return the day of the commit of the checkout that comity runs from, or an empty text."""
    root, git = PACKAGE.parents[1], shutil.which("git")
    if git is None or not (root / ".git").exists():
        return ""
    command = [git, "-C", str(root), "log", "-1", "--format=%cs"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - fixed arguments


def _citation() -> str:
    """Return CITATION.cff, from the checkout or from the package."""
    found = [path for path in (PACKAGE.parents[1] / CITATION, PACKAGE / CITATION) if path.is_file()]
    return found[0].read_text(encoding="utf-8") if found else ""


def _cited() -> str:
    """Return the citation in one line, from the keys of CITATION.cff."""
    keys = dict(re.findall(r'^[ \t-]*([\w-]+):[ \t]*"?(.*?)"?[ \t]*$', _citation(), flags=re.MULTILINE))
    if not {"name", "title", "version"} <= set(keys):
        return f"{CITATION} is missing or does not say how to cite."
    return f"{keys['name']}: {keys['title']}, version {keys['version']}, commit {bundle.git_commit() or 'not known'}."
