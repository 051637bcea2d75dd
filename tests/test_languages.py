"""The catalogue of messages: nothing is missing in a language, and what the page asks for is there."""

from __future__ import annotations

import ast as syntax
import re
from itertools import product, zip_longest
from typing import Any

import pytest
from fluent.syntax import FluentParser, ast, visitor
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from comity.app import languages
from comity.app.catalogue import everything
from comity.app.nation import OUTCOMES
from comity.app.series import GROUPS, described
from comity.app.server import STATIC, Settings, build
from comity.dictionary import words
from comity.dictionary.glossary import glossary
from comity.hypotheses import MECHANISMS
from comity.observe.log import Event
from comity.observe.storylines import sentence
from comity.parameters import INCIDENTS
from comity.policy import regimes
from comity.published import experiments, targets

FIRST, *OTHERS = languages.LANGUAGES
EVENTS = [event.name.lower() for event in Event]


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


def _slug(unit: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", unit.lower()).strip("-")


def _texts(part: Any, key: str) -> set[str]:
    """Return the messages of a lesson, by the place of each text in it, as ``spoken`` of ``static/js/names.js`` does."""
    if isinstance(part, str):
        return {key}
    if isinstance(part, list):
        names = [each["id"] if isinstance(each, dict) else k for k, each in enumerate(part, start=1)]
        return set().union(*(_texts(each, f"{key}-{name}") for name, each in zip(names, part, strict=True)))
    no_text = {"id", "state", "answers", "moves", "right", "kind", "outcome", "group", "since"}
    kept = (
        {name: each for name, each in part.items() if name not in no_text} if isinstance(part, dict) else {}
    )
    return set().union(*(_texts(each, f"{key}-{name}") for name, each in kept.items()))


def _names() -> set[str]:
    """Return the messages of what has its English in the model, as ``static/js/names.js`` asks for them."""
    there, shown = everything(), described()
    found = {f"parameter-{p['name']}" for p in there["parameters"]}
    found |= {f"hypothesis-{h['name']}" for h in there["hypotheses"]} | {f"group-{key}" for key in GROUPS}
    found |= {f"map-{key}" for key in OUTCOMES} | {f"lever-{lever}" for lever in there["levers"]}
    found |= {f"mechanism-{name}" for name in MECHANISMS} | {f"element-{_slug(kind)}" for kind in INCIDENTS}
    for regime in there["regimes"]:
        parts = [part for part in ("explains", "history") if regime[part]]
        found |= {f"regime-{regime['id']}", *(f"regime-{regime['id']}-{part}" for part in parts)}
        found |= {f"decider-{policy['decider']}" for policy in regime["policies"]}
    for key, outcome in shown.items():
        found |= {f"outcome-{key}", f"outcome-{key}-title"} | (
            {f"outcome-{key}-caveat"} if outcome["caveat"] else set()
        )
    for scene in there["opening"]:
        found |= {
            f"scene-{scene['id']}",
            *(f"scene-{scene['id']}-{k + 1}" for k in range(len(scene["text"]))),
        }
    for number, lesson in enumerate(there["lessons"], start=1):
        found |= _texts(lesson, f"lesson-{number}")
    for key, word in glossary().items():
        found |= {f"word-{key}", f"word-{key}-meaning"} | ({f"word-{key}-phrase"} if word.phrase else set())
    numbers = [*targets.read(), *(n for name in experiments.names() for n in experiments.expectations(name))]
    found |= {f"finding-{_slug(number.id)}" for number in numbers}
    units = {p["unit"] for p in there["parameters"]} | {words("map", key).unit for key in OUTCOMES}
    units |= {outcome[key] for outcome in shown.values() for key in ("unit", "difference")}
    return found | {f"unit-{_slug(unit)}" for unit in units if _slug(unit)}


@pytest.mark.parametrize("language", OTHERS)
def test_languages_have_the_same_messages_with_the_same_variables(language: str) -> None:
    first, other, names = _messages(FIRST), _messages(language), _names()
    spellings = {f"word-{key}-also" for key in glossary()}  # a language has as many as it has
    assert (first.keys() | names) - other.keys() == set(), f"not in {language}"
    assert other.keys() - first.keys() - names - spellings == set(), f"only in {language}"
    assert {key: found for key, found in other.items() if found != first.get(key, set())} == {}


def _said(kind: str = "said-") -> list[re.Pattern[str]]:
    """Return what the catalogue knows of sentences or pictures, as ``static/js/said.js`` reads it, with variables of any kind."""
    found = []
    for entry in FluentParser().parse(languages.catalogue(FIRST)).body:
        if isinstance(entry, ast.Message) and entry.id.name.startswith(kind) and entry.value:
            parts = (
                re.escape(e.value) if isinstance(e, ast.TextElement) else "(.+?)"
                for e in entry.value.elements
            )
            found.append(re.compile(f"^{''.join(parts)}$", re.DOTALL))
    return found


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_of_a_storyline_can_be_said(kind: str) -> None:
    forms = _said()
    for detail in range(len(INCIDENTS) if kind == "incident" else 4):
        text = sentence(kind, detail, is_other=False)
        if kind == "incident":
            text = f"Is{text[text.index(' ') :]}."
        match = next((found for form in forms if (found := form.match(text))), None)
        assert match, f"no message says: {text}"
        for part in match.groups():
            assert any(form.match(part) for form in forms), f"no message says {part!r} of {text}"


def test_the_calendar_under_every_law_can_be_said() -> None:
    forms = _said()
    for policy in regimes.base():
        if policy.lever != "liability":  # names of rulings are the same in every language
            assert any(form.match(policy.basis) for form in forms), policy.basis


OF_THE_COMMAND_LINE = {"command", "embedding", "launch", "seats", "standalone"}
"""Modules of the page's room whose refusals a terminal prints, as it does all that are worded outside of the room."""


def _worded(node: syntax.AST, module: syntax.AST) -> set[str]:
    """Return the texts that an expression of a module may come to, with a number for what is computed; none for other values."""
    match node:
        case syntax.Constant(value=str(text)):
            return {text}
        case syntax.JoinedStr(values=values):
            return {"".join(part.value if isinstance(part, syntax.Constant) else "7" for part in values)}
        case syntax.BinOp(left=left, right=right):
            return {a + b for a in _worded(left, module) for b in _worded(right, module)}
        case syntax.Name(id=name):
            given = (n for n in syntax.walk(module) if isinstance(n, syntax.Assign))
            parts = [n.value for n in given if name in {getattr(target, "id", "") for target in n.targets}]
        case syntax.IfExp() | syntax.BoolOp() | syntax.Subscript():
            parts = list(syntax.iter_child_nodes(node))
        case _:
            parts = []
    return set().union(*(_worded(part, module) for part in parts))


def test_every_refusal_that_the_page_words_itself_can_be_said() -> None:
    """What also comes from a terminal stays English; docs/browser.md draws the line."""
    forms, seen = _said(), set[str]()
    for path in sorted(STATIC.parent.glob("*.py")):
        module = syntax.parse(path.read_text(encoding="utf-8"))
        for call in (n for n in syntax.walk(module) if isinstance(n, syntax.Call)):
            if path.stem not in OF_THE_COMMAND_LINE and getattr(call.func, "id", "") == "Problem":
                seen |= _worded(call.args[3], module) | _worded(call.args[4], module)
    assert len(seen) > 20
    assert {text for text in seen if not any(form.match(text) for form in forms)} == set()


DRAW = (
    "analyse/plots",
    "analyse/compare_plots",
    "analyse/discovery_plots",
    "calibrate/plots",
    "published/plots",
    "tournament/plots",
    "output/maps",
)
"""Modules that draw the pictures of stored results."""

WRITE = {
    "set_title",
    "set_xlabel",
    "set_ylabel",
    "suptitle",
    "supxlabel",
    "supylabel",
    "annotate",
    "text",
    "set_label",
}


def _written(call: syntax.Call) -> list[syntax.expr]:
    """Return what a call may write into a picture."""
    named = [word.value for word in call.keywords if word.arg == "label"]
    return [*call.args, *named] if getattr(call.func, "attr", "") in WRITE else named


@pytest.mark.parametrize("name", DRAW)
def test_what_a_picture_says_can_be_said(name: str) -> None:
    """What is written as a whole; tests/test_browser_languages.py reads what is put together, in every stored picture."""
    module = syntax.parse((STATIC.parents[1] / f"{name}.py").read_text(encoding="utf-8"))
    calls = [node for node in syntax.walk(module) if isinstance(node, syntax.Call)]
    texts = set().union(*(_worded(each, module) for call in calls for each in _written(call)))
    worded, forms = {text for text in texts if re.search(r"[a-z]{3,} [a-z]{2,}", text)}, _said("drawn-")
    assert worded
    unknown = {text for text in worded if not _known(" ".join(text.split()), forms)}
    assert {text for text in unknown if not all(_known(line, forms) for line in text.split("\n"))} == set()


def _known(text: str, forms: list[re.Pattern[str]]) -> bool:
    """Return whether a text can be said, whatever is computed: something, one thing more, or nothing."""
    parts = text.split("7")
    joints = product(("7", ", 7", " 7", ""), repeat=len(parts) - 1)
    every = ("".join(map("".join, zip_longest(parts, joint, fillvalue=""))) for joint in joints)
    return any(form.match(each.strip()) for each in every for form in forms)


def test_what_the_frame_and_the_modules_ask_for_is_there() -> None:
    frames = "".join((STATIC / name).read_text(encoding="utf-8") for name in ("index.html", "teacher.html"))
    asked = set(re.findall(r'data-l10n="([\w-]+)"', frames))
    for path in (STATIC / "js").glob("*.js"):
        asked |= set(re.findall(r'\bt\("([\w-]+)"', path.read_text(encoding="utf-8")))
    assert asked - {key.partition(".")[0] for key in _messages(FIRST)} == set()


@pytest.mark.parametrize("name", ["index.html", "teacher.html"])
def test_the_frame_has_no_text_of_its_own(name: str) -> None:
    frame = (STATIC / name).read_text(encoding="utf-8")
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
