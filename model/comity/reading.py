"""Reading what a person typed: a TOML file that may be anything, and changes of the form ``name=value``."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from comity.problems import InputError, Problem, shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COMMAND_LINE: Final = "command line"
"""What a problem names as its file when the value was typed in a command."""

LARGEST_FILE: Final = 1 << 20
"""A file above one MiB is refused before it is read."""

MOST_DOTS: Final = 100
"""Dots in a line: the memory that the parser takes for a key grows with the square of its parts."""

TEXTS: Final = ("place", "start", "end", "regime", "hypotheses", "compare", "extensions")
"""Keys whose values are text, so that 06075 stays a code and is not read as a number."""

_VALID_FILE: Final = "a TOML file with at least a place, such as place = '06075'"


def read(path: Path, source: str) -> dict[str, Any]:
    """Read a TOML file; ``source`` is its name in messages.

    Raises:
        InputError: If it is not an ordinary file of at most one MiB with TOML in it.
    """
    return parse(text_of(path, source), source)


def text_of(path: Path, source: str) -> str:
    """Return the text of a file; ``source`` is its name in messages.

    Raises:
        InputError: If it is not an ordinary file of at most one MiB with text in it.
    """
    try:
        return _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(
            source, f"byte {error.start}", hex(error.object[error.start]), "not UTF-8"
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(source, "file", shown(source), _reason(error)) from None


def parse(text: str, source: str) -> dict[str, Any]:
    """Read the text of a TOML file; ``source`` is its name in messages.

    Raises:
        InputError: If it is not TOML, too large, or empty.
    """
    if len(text) > LARGEST_FILE:
        raise _unreadable(source, "file", "(too large)", f"more than {LARGEST_FILE:,} characters")
    try:
        keys = _parse(text)
    except RecursionError:
        raise _unreadable(source, "file", shown(text), "lists or tables nested too deeply") from None
    except ValueError as error:
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
        raise OSError(f"too large, {size:,} bytes where {LARGEST_FILE:,} are allowed")
    return path.read_bytes()


def _parse(text: str) -> dict[str, Any]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MOST_DOTS:
            raise ValueError(f"more than {MOST_DOTS} dots (at line {number})")
    return tomllib.loads(text)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _unreadable(source: str, key: str, value: str, wrong: str) -> InputError:
    return InputError([Problem(source, key, value, wrong, _VALID_FILE)])


def _not_toml(source: str, text: str, reason: str) -> InputError:
    """Name the line on which a file stops being TOML, if the parser knows it."""
    at = re.search(r"at line (\d+)", reason)
    number, lines = int(at[1]) if at else 1, text.split("\n")
    line = "".join(lines[number - 1 : number])
    return _unreadable(source, f"line {number}", shown(line), f"not TOML: {reason}")


def assignments(overrides: Sequence[str]) -> tuple[list[tuple[str, Any]], list[Problem]]:
    """Split changes into names and values, and say which of them are not of the form ``name=value``."""
    pairs = [(override, *_split(override)) for override in overrides]
    wrong = [
        Problem(COMMAND_LINE, "--set", shown(override), "not an assignment", "name=value, such as seed=2")
        for override, name, _ in pairs
        if not name
    ]
    return [(name, value) for _, name, value in pairs if name], wrong


def _split(override: str) -> tuple[str, Any]:
    """Split ``name=value`` and read the value as the key wants it; the name is empty where there is none."""
    name, equals, text = (part.strip() for part in override.partition("="))
    if not equals or name.count(".") > MOST_DOTS:
        return "", None
    if name.startswith("data."):  # a checksum may look like a number
        return name, text.strip("'\"")
    return name, _text(name, text) if name in TEXTS else _value(text)


def _text(name: str, text: str) -> str | list[Any]:
    """Read one text or several: a TOML string or array, or the bare text itself."""
    value = _toml(text)
    if isinstance(value, str | list):
        return value
    several = name in ("compare", "extensions") or re.fullmatch(r"\d{4,5}(\s*,\s*\d{4,5})+", text)
    return [part.strip() for part in text.split(",")] if several else text


def _value(text: str) -> Any:
    """Read a TOML value, or several between commas; what is neither stands for itself."""
    value = _toml(text)
    if value is None and re.fullmatch(r"[+-]?(\.\d+|\d+\.)", text):  # as most people write numbers
        return float(text)
    if value is None and "," in text:
        value = _toml(f"[{text}]")
    return text if value is None else value


def _toml(text: str) -> Any:
    """Return ``text`` read as one TOML value, or None where it is not one."""
    try:
        keys = _parse(f"value = {text}")
    except (ValueError, RecursionError):
        return None
    return keys["value"] if len(keys) == 1 else None
