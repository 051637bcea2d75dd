"""The terms of the field and of the model, once: shown on the page in place, and made into docs/glossary.md."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

OF_MECHANISM: Final = "mechanism_"
"""How the key of an entry on a mechanism begins; its name in `comity.hypotheses.MECHANISMS` follows."""


@dataclass(frozen=True)
class Term:
    """One entry.

    Attributes:
        term: as it is written.
        meaning: in plain words.
        also: other words for the same.
        see: keys of entries that belong to it.
        phrase: what a mechanism is called in a sentence; empty for all else.
        everyday: whether the word also means something else in plain text, so that it is not marked there.
    """

    term: str
    meaning: str
    also: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    phrase: str = ""
    everyday: bool = False


@cache
def glossary() -> dict[str, Term]:
    """Return every entry by its key."""
    found = tomllib.loads(Path(__file__).with_name("glossary.toml").read_text(encoding="utf-8"))
    return {
        key: Term(**entry | {name: tuple(entry.get(name, ())) for name in ("also", "see")})
        for key, entry in found.items()
    }


def as_markdown() -> str:
    """Return docs/glossary.md."""
    terms = sorted(glossary().items(), key=lambda item: item[1].term.lower())
    head = (
        "# Glossary\n\nThe terms of the field and of the model. The page shows the same definitions in place.\n"
        "This file is made from `model/comity/dictionary/glossary.toml` by `python -m comity.dictionary.glossary`.\n"
    )
    return "\n".join([head, *(_entry(key, term) for key, term in terms)])


def _entry(key: str, term: Term) -> str:
    also = f" Also: {', '.join(term.also)}." if term.also else ""
    links = ", ".join(f"[{glossary()[other].term}](#{other})" for other in term.see)
    return f'<a id="{key}"></a>**{term.term}**: {term.meaning}{also}{f" See {links}." if links else ""}\n'


if __name__ == "__main__":
    Path("docs/glossary.md").write_text(as_markdown(), encoding="utf-8")
