"""The catalogue of messages: nothing is missing in a language, and what the page asks for is there."""

from __future__ import annotations

import re

import pytest
from fluent.syntax import FluentParser, ast, visitor
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from comity.app import languages
from comity.app.server import STATIC, Settings, build

FIRST, *OTHERS = languages.LANGUAGES


class _Variables(visitor.Visitor):
    """Collects the variables of a pattern."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - Fluent's name
        self.names.add(node.id.name)


def _variables(pattern: ast.BaseNode | None) -> set[str]:
    found = _Variables()
    if pattern is not None:
        found.visit(pattern)
    return found.names


def _messages(language: str) -> dict[str, set[str]]:
    """Return the names of messages and of their attributes, with the variables of each."""
    found = {}
    for entry in FluentParser().parse(languages.catalogue(language)).body:
        assert not isinstance(entry, ast.Junk), f"{language}: {entry.content}"
        if isinstance(entry, ast.Message):
            assert entry.id.name not in found, f"{language} has {entry.id.name} twice"
            found[entry.id.name] = _variables(entry.value)
            found |= {f"{entry.id.name}.{a.id.name}": _variables(a.value) for a in entry.attributes}
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_languages_have_the_same_messages_with_the_same_variables(language: str) -> None:
    first, other = _messages(FIRST), _messages(language)
    assert first.keys() - other.keys() == set(), f"not in {language}"
    assert other.keys() - first.keys() == set(), f"only in {language}"
    assert {key: names for key, names in other.items() if names != first[key]} == {}


def test_what_the_frame_and_the_modules_ask_for_is_there() -> None:
    asked = set(re.findall(r'data-l10n="([\w-]+)"', (STATIC / "index.html").read_text(encoding="utf-8")))
    for path in (STATIC / "js").glob("*.js"):
        asked |= set(re.findall(r'\bt\("([\w-]+)"', path.read_text(encoding="utf-8")))
    assert asked - {key.partition(".")[0] for key in _messages(FIRST)} == set()


def test_the_frame_has_no_text_of_its_own() -> None:
    frame = (STATIC / "index.html").read_text(encoding="utf-8")
    body = re.sub(r"<!--.*?-->|<script.*?</script>", "", frame, flags=re.DOTALL)
    texts = re.findall(r">([^<>]*[A-Za-z]{2}[^<>]*)<", body)
    assert [text for text in texts if text not in {"comity", "English", "Español"}] == []
    assert re.findall(r'\b(?:aria-label|title|placeholder|alt)="', body) == []


def test_the_frame_comes_in_the_language_that_the_browser_wants() -> None:
    with TestClient(build(Settings(hosts=["testserver"]))) as client:
        page = client.get("/", headers={"accept-language": "es-MX,es;q=0.9,en;q=0.5"}).text
        assert '<html lang="es">' in page
        assert ">Lecciones</button>" in page
        assert '<html lang="en">' in client.get("/", headers={"accept-language": "tlh"}).text
        assert client.get("/api/messages?language=es").json()["messages"] == languages.catalogue("es")
        refused = client.get("/api/messages?language=../en")
        assert refused.status_code == 404
        assert "en, es" in refused.json()["error"]


@given(st.text(max_size=60) | st.from_regex(r"[a-z]{2}(-[A-Z]{2})?(;q=[0-9.]{0,4})?(, ?es;q=0\.[0-9])?"))
def test_whatever_a_browser_accepts_it_gets_a_language_that_is_there(accepted: str) -> None:
    assert languages.wanted(accepted) in languages.LANGUAGES


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("es", "es"),
        ("fr, es;q=0.8, en;q=0.9", "en"),
        ("es-419;q=0.9,en;q=0.8", "es"),
        ("", "en"),
        ("fr", "en"),
    ],
)
def test_the_language_that_is_wanted_most_is_chosen(accepted: str, language: str) -> None:
    assert languages.wanted(accepted) == language
