"""Study files: where they are, and reading them."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.problems import InputError, Problem, did_you_mean, shown
from comity.reading import COMMAND_LINE, read
from comity.scenario import builtin
from comity.sweeps.study import Study

if TYPE_CHECKING:
    from collections.abc import Mapping


def load_study(source: str | Path) -> Study:
    """Read a study.

    Args:
        source: A built-in name (see `studies`), a TOML file or a folder with a ``study.toml``.

    Raises:
        InputError: With every problem in the file.
    """
    path = _find(source)
    keys = read(path, str(source))
    named = path.parent.name if path.name == "study.toml" else path.stem
    try:
        return Study(**{"name": re.sub(r"[^\w-]+", "-", named)[:64] or "study"} | keys)
    except InputError as error:
        raise error.placed(lambda _: str(source)) from None


def revive(keys: Mapping[str, Any]) -> Study:
    """Return the study that `Study.as_json` wrote."""
    since = keys.get("since")
    return Study(**dict(keys) | ({"since": date.fromisoformat(since)} if since else {}))


def studies() -> dict[str, Path]:
    """Return the built-in studies: name and file."""
    folder = next(iter(builtin().values())).parents[1]
    return {path.parent.name: path for path in sorted(folder.glob("*/study.toml"))}


def _find(source: str | Path) -> Path:
    name, known = str(source), studies()
    path = Path(source)
    if os.path.isfile(path / "study.toml"):  # noqa: PTH113 - False for what can be no path at all, too
        return path / "study.toml"
    if name in known:
        return known[name]
    if re.fullmatch(r"[\w-]{1,64}", name) and not path.exists():
        hint = did_you_mean(name, known)
        valid = f"{hint}built in are {', '.join(known) or 'none'}; or the path of a TOML file"
        raise InputError([Problem(COMMAND_LINE, "study", shown(name), "unknown", valid)])
    return path
