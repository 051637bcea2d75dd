"""Languages of the page: the catalogue of messages of each, and which one a reader wants.

Messages are Project Fluent files, ``messages/<language>/*.ftl``; the page's side of it is ``static/js/language.js``.
"""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from fluent.runtime import FluentBundle, FluentResource

MESSAGES: Final = Path(__file__).parent / "messages"
INDEX: Final = Path(__file__).parent / "static" / "index.html"

LANGUAGES: Final = ("en", "es")
"""Which there are; the first is spoken where somebody wants another one."""

_MARKED: Final = re.compile(r'<(\w+)([^>]*) data-l10n="([\w-]+)"([^>]*)>')


def wanted(accepted: str) -> str:
    """Return the language that suits a browser best.

    Args:
        accepted: its ``Accept-Language``, which may be anything.
    """
    ranked = []
    for entry in accepted.split(","):
        name, _, weight = entry.partition(";q=")
        language = name.strip().lower().partition("-")[0]
        if language in LANGUAGES:
            ranked.append((-float(weight) if re.fullmatch(r"[01](\.\d{1,3})?", weight) else -1.0, language))
    return min(ranked, default=(0.0, LANGUAGES[0]), key=lambda pair: pair[0])[1]


@cache
def catalogue(language: str) -> str:
    """Return every message of a language, as Fluent writes them."""
    files = sorted((MESSAGES / language).glob("*.ftl"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@cache
def _bundle(language: str) -> FluentBundle:
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource(catalogue(language)))
    return bundle


def text(language: str, key: str, **values: Any) -> str:
    """Return a message as text.

    Raises:
        LookupError: if there is no such message.
    """
    bundle = _bundle(language)
    message = bundle.get_message(key)
    if message.value is None:
        raise LookupError(key)
    return str(bundle.format_pattern(message.value, values)[0])


@cache
def index(language: str) -> str:
    """Return the page's frame in a language: elements marked with ``data-l10n`` get their message and its attributes."""
    bundle = _bundle(language)

    def filled(match: re.Match[str]) -> str:
        tag, before, key, after = match.groups()
        message = bundle.get_message(key)
        shown = {name: bundle.format_pattern(pattern)[0] for name, pattern in message.attributes.items()}
        given = "".join(f' {name}="{html.escape(str(value))}"' for name, value in shown.items())
        said = html.escape(text(language, key), quote=False) if message.value else ""
        return f'<{tag}{before} data-l10n="{key}"{after}{given}>{said}'

    frame = _MARKED.sub(filled, INDEX.read_text(encoding="utf-8"))
    return frame.replace('<html lang="en">', f'<html lang="{language}">', 1)
