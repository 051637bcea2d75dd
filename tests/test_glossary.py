"""One glossary: every term of the field is in it, and docs/glossary.md is made from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.dictionary.glossary import OF_MECHANISM, as_markdown, glossary
from comity.hypotheses import MECHANISMS

ROOT = Path(__file__).parents[1]


def test_the_document_is_made_from_it() -> None:
    assert (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8") == as_markdown()


@pytest.mark.parametrize(
    "term",
    [
        *(
            "Secure Communities",
            "detainer",
            "hold",
            "notice",
            "IDENT",
            "287(g)",
            "TRUST act",
            "perceived risk",
        ),
        *("attribution", "trust", "regime", "dice", "removal", "match", "layer", "placebo", "hypothesis"),
    ],
)
def test_terms_of_the_field_are_in_it(term: str) -> None:
    assert term in {entry.term for entry in glossary().values()}


def test_no_entry_leads_nowhere_and_no_word_means_two_things() -> None:
    for entry in glossary().values():
        assert set(entry.see) <= set(glossary())
        assert entry.meaning.endswith(".")
    words = [word.lower() for entry in glossary().values() for word in {entry.term, *entry.also}]
    assert len(words) == len(set(words))


def test_every_mechanism_has_an_entry_and_no_other_is_made_up() -> None:
    named = {key.removeprefix(OF_MECHANISM) for key in glossary() if key.startswith(OF_MECHANISM)}
    assert named == set(MECHANISMS)
