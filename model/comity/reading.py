"""Reading what a person typed: a TOML file that may be anything, and changes of the form ``name=value``."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from comity.problems import Problem, ScenarioError, shown

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

COMMAND_LINE: Final = "command line"
"""What a problem names as its file when the value was typed in a command."""

LARGEST_FILE: Final = 1 << 20
"""A file above one MiB is refused before it is read."""


def _read(path: Path, source: str) -> dict[str, Any]:
    """Read a TOML file that may be anything."""
    try:
        text = _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(source, f"byte {error.start}", hex(error.object[error.start]), "not UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(source, "file", shown(source), reason) from None
    try:
        keys = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_toml(source, text, str(error)) from None
    if not keys:
        raise _unreadable(source, "file", shown(text), "empty")
    return keys


def _bytes(path: Path) -> bytes:
    """Return the content of an ordinary file that is not too large."""
    size = path.stat().st_size
    if not path.is_file():
        raise OSError("a folder, not a file" if path.is_dir() else "not an ordinary file")
    if size > LARGEST_FILE:
        raise OSError(f"{size:,} bytes are too many for a scenario, {LARGEST_FILE:,} at most")
    return path.read_bytes()


def _unreadable(source: str, key: str, value: str, wrong: str) -> ScenarioError:
    valid = f"a TOML file with at least place = '06075', or a built-in name: {', '.join(builtin())}"
    return ScenarioError([Problem(source, key, value, wrong, valid)])


def _not_toml(source: str, text: str, reason: str) -> ScenarioError:
    """Name the line on which a file stops being TOML, if the parser knows it."""
    at = re.search(r"at line (\d+)", reason)
    number = int(at[1]) if at else 1
    line = (text.splitlines() or [""])[min(number, len(text.splitlines())) - 1]
    return _unreadable(source, f"line {number}", shown(line), f"not TOML: {reason}")


def _is_assignment(override: str) -> bool:
    name, equals, _ = override.partition("=")
    return bool(equals and name.strip())


def _malformed(override: str) -> Problem:
    return Problem(COMMAND_LINE, "--set", shown(override), "not an assignment", "name=value, such as seed=2")


def _assignment(override: str) -> tuple[str, Any]:
    """Split ``name=value`` and read the value as the key wants it."""
    name, _, text = (part.strip() for part in override.partition("="))
    value = _toml(text)
    if name in _TEXT_KEYS and not isinstance(value, str | list):
        several = name == "compare" or re.fullmatch(r"\d{4,5}(\s*,\s*\d{4,5})+", text)
        return name, [part.strip() for part in text.split(",")] if several else text
    if value is None and "," in text:
        value = _toml(f"[{text}]")
    return name, text if value is None else value


def _toml(text: str) -> Any:
    """Return ``text`` read as one TOML value, or None where it is not one."""
    try:
        keys = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return None
    return keys["value"] if len(keys) == 1 else None


