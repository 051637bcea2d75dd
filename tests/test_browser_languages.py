"""The page in Spanish: no text from outside the catalogue, numbers and dates in the language's form, the switch, the phone."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from browser import settled
from fluent.syntax import FluentParser, FluentSerializer, ast, visitor

from comity.app import languages
from comity.app.lessons import LESSONS
from comity.app.opening import SCENES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from browser import Pages

FOREIGN = r"""() => {
  // Names of parameters and files, and citations, are the same in every language.
  // What stands outside the brackets of messages, in texts and in attributes that are read out or shown.
  const own = (text) => {
    let depth = 0, out = "";
    for (const c of text) {
      if (c === "⟦") depth += 1;
      else if (c === "⟧") depth -= 1;
      else out += depth > 0 ? " " : c;
    }
    const dates = /\d{1,2} de \p{L}+ de \d{4}/gu;
    return out.replace(dates, " ").replace(/comity|San Francisco( County)?/g, " ").match(/\p{L}{3,}[^⟦]*/u)?.[0] ?? "";
  };
  const same = "code, time, [translate=no], #language, .parameter small, .parameter button, .parameter input";
  const outside = `script, style, datalist, canvas, ${same}`;
  const found = [], walk = (node) => {
    if (node instanceof Element && node.matches(outside)) return "";
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    return [...node.childNodes].map(walk).join(" ");
  };
  const blocks = "p, h1, h2, h3, li, td, th, dt, dd, label, button, option, summary, span, div, small, text, b, output";
  const inline = (child) => child.matches("button.term, b, span, small, i, code, time");
  for (const block of document.body.querySelectorAll(blocks)) {
    if (block.closest(outside) || ![...block.children].every(inline)) continue;
    const text = own(walk(block));
    if (text) found.push(`${block.tagName}#${block.id}.${block.className}: ${text.trim()}`);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext", "label"]) {
    for (const node of document.body.querySelectorAll(`[${name}]`)) {
      const text = node.closest(same) ? "" : own(node.getAttribute(name));
      if (text) found.push(`@${name} of ${node.tagName}#${node.id}: ${text.trim()}`);
    }
  }
  return [...new Set(found)];
}"""


WIDTHS = """name => {  // of the longest option of a select, with the arrow, and of the select
  const node = document.getElementById(name), free = node.cloneNode(true);
  free.style.cssText = "width: max-content; max-width: none; display: inline-block; position: absolute";
  node.parentElement.append(free);
  const needs = free.offsetWidth;
  free.remove();
  return [needs, node.offsetWidth];
}"""


class _Bracket(visitor.Visitor):
    """Puts the words of every message into brackets, not what it is given: that has to be a message too, or no word."""

    def visit_TextElement(self, node: ast.TextElement) -> None:  # noqa: N802 - Fluent's name
        inner = node.value.strip(" \n")
        node.value = node.value.replace(inner, f"⟦{inner}⟧") if inner else node.value


def bracketed(language: str) -> str:
    """Return the catalogue of a language in which every word of a message can be told from other text."""
    resource = FluentParser().parse(languages.catalogue(language))
    _Bracket().visit(resource)
    return FluentSerializer().serialize(resource)


def spanish(pages: Pages, address: str, **context: Any) -> Any:
    """Open a page that speaks a Spanish whose messages are bracketed."""
    page = pages.open(f"#lang=es&scale=500&{address}", settle=False, **context)
    page.route("**/api/messages?language=es", lambda route: route.fulfill(json={"messages": bracketed("es")}))
    page.reload()
    return settled(page)


def _of(state: dict[str, str]) -> str:
    return "&".join(f"{key}={value}" for key, value in state.items() if key not in {"scale", "day"})


STATES = {
    "one": "day=200",
    "two": "against=no_holds_unpaid@2010-06-08&day=400",
    "void": "against=state_withhold&day=700",
    "regimes": "view=regimes",
    "nation": "view=nation",
    "lessons": "view=lessons",
    "results": "view=results",
    "about": "view=about",
    **{scene.id: f"tour={n + 1}&{_of(scene.state)}" for n, scene in enumerate(SCENES)},
    **{f"lesson {n + 1}": f"lesson={n + 1}&day=300&{_of(lesson.state)}" for n, lesson in enumerate(LESSONS)},
}


QUICK = ("one", "two", "regimes", "nation", "about", "life", "lesson 2")
EVERY = [pytest.param(name, marks=[] if name in QUICK else pytest.mark.minutes) for name in STATES]


@pytest.mark.parametrize("state", EVERY)
def test_no_text_comes_from_outside_the_catalogue(pages: Pages, state: str) -> None:
    page = spanish(pages, STATES[state])
    if state in {"one", "two"}:
        page.click("#somebody")
        page.wait_for_selector("#story li")
    if state == "regimes":
        page.wait_for_selector(".overview tbody tr")
    if state == "nation":
        page.wait_for_selector(".map path[data-k='3000']")
    page.wait_for_timeout(300)
    assert page.evaluate(FOREIGN) == []
    assert page.evaluate("document.documentElement.lang") == "es"


PICTURED = """async ([name, file]) => {  // the texts of a picture before and after, letters that meet, and those outside
  const path = `api/result?${new URLSearchParams({ name, file })}`, { drawn } = await import("/static/js/drawn.js");
  const read = async (address) => (await fetch(address)).text(), { address, texts } = await drawn(path);
  const boxes = (text) => {
    const host = document.body.appendChild(document.createElement("div"));
    host.style.cssText = "position: absolute; left: 0; top: 0";
    host.innerHTML = text.slice(text.indexOf("<svg"));
    const { width, height } = host.firstElementChild.getBoundingClientRect();
    const { left: x, top: y } = host.firstElementChild.getBoundingClientRect();
    const places = [...host.querySelectorAll("[id^=text_]")].map((node) => {
      const { left, right, top, bottom } = node.getBoundingClientRect();
      return { left: left - x, right: right - x, top: top - y, bottom: bottom - y, say: node.textContent.trim() };
    });
    host.remove();
    return { places, width, height };
  };
  const touch = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  const pairs = ({ places }) => places.flatMap((a, i) => places.flatMap((b, k) => (k > i && touch(a, b) ? [`${i} ${k}`] : [])));
  const after = boxes(await read(address)), met = pairs(after);
  const before = new Set(met.length ? pairs(boxes(await read(path))) : []);
  const meet = met.filter((pair) => !before.has(pair)).map((pair) => pair.split(" ").map((k) => after.places[k].say));
  const within = ({ left, right, top, bottom }) => left > -2 && top > -2 && right < after.width + 2 && bottom < after.height + 2;
  return { texts, meet, outside: after.places.filter((place) => !within(place)) };
}"""

SAME = re.compile(
    r"[a-z0-9_]+|[A-Z]+\d+[a-z]? [a-z0-9_]+|(\+?H\d+b?)+|[A-Z][a-z]{2}|detainers|[a-z_]+: [\d,.]+"
)
"""Names of parameters, estimates and hypotheses, short months and words that are the same in both languages."""


SAYS = {
    "index; 95 % intervals; 4 points, 9 runs, 3 missing": "índice; intervalos del 95 %; 4 puntos, 9 simulaciones, faltan 3",
    "2.5 times, n = 10, same sign 100%, 1 missing": "2,5 veces, n = 10, mismo signo 100 %, faltan 1",
    "n = 49, 1 missing": "n = 49, faltan 1",
    "change in x < -5, inactive against mandatory": "cambio de x < -5, «Sin Comunidades Seguras» frente a «Sin salida»",
    "detainers >= 5, inactive": "detainers >= 5, Sin Comunidades Seguras",
    "no_receive@2010-06-08": "Excluirse de recibir las respuestas (8 de junio de 2010)",
    "mandatory from 32.1 to 94.9": "Sin salida de 32,1 a 94,9",
    "0.00, 0.00": "0,00; 0,00",
    "up to 0.698": "hasta 0,698",
}
"""What is put together as no stored picture has it."""

UNSAID = (
    "Time to first call", "Criminal history", "Vote against removal", "all counties", "model, mine", "T25b Less likely to report",
    "Foo …", "1, , b", "history", "void", "card", "nothing", "",
)  # fmt: skip
"""What might be a reader's own."""

REGIMES = "() => fetch('api/catalogue').then((reply) => reply.json()).then((all) => all.regimes.map((regime) => regime.id))"


def test_what_is_put_together_is_said_and_what_a_reader_wrote_is_not(pages: Pages) -> None:
    page = pages.open("#lang=es&scale=500&day=0")
    say = "texts => import('/static/js/worded.js').then(({ inWords }) => texts.map(inWords))"
    assert dict(zip(SAYS, page.evaluate(say, [*SAYS]), strict=True)) == SAYS
    assert page.evaluate(say, UNSAID) == [*UNSAID]
    title = (
        "Cook County, IL, 2009-01-01 to 2011-12-31: 10 paired histories per regime, the same people and dice. "
        "Grey line: 2010-06-03, the first recording period in which regimes differ. "
        "Bands: one standard error. Model results, not measurements."
    )
    (said,) = page.evaluate(say, [title])
    assert said.startswith("Cook County, IL, del 1 de enero de 2009 al 31 de diciembre de 2011: 10 historias")
    regimes = page.evaluate(REGIMES)
    assert not {*regimes} & {*page.evaluate(say, regimes)}, "every regime of the package has a title"
    page.context.close()


OWN = """<svg xmlns="http://www.w3.org/2000/svg"><g id="text_1"><!-- My own title -->
<g transform="translate(1 2) scale(0.1 -0.1)"/></g><g id="text_2"><!----><g transform="translate(1 2) scale(0.1 -0.1)"/></g>
<!-- no outlines --><g id="text_3"><!-- 1,000.5 --><g transform="translate(1 2) scale(0.1 -0.1)"/></g>
<g id="text_4"><!-- $x$, 1,000.5 --><g transform="translate(1 2) scale(0.1 -0.1)"/></g></svg>"""


def test_every_stored_picture_speaks_the_language_of_the_page(pages: Pages) -> None:
    page = pages.open("#lang=es&scale=500&view=results", settle=False)
    page.wait_for_selector("[data-result]")
    listed = page.evaluate("fetch('api/results').then(reply => reply.json())")
    every = [
        (entry["name"], name)
        for entry in listed
        for figure in entry["figures"]
        for name in (figure["file"], *figure["also"])
        if name.endswith(".svg")
    ]
    assert len(every) > 40
    wrong = {}
    for picture in every:
        found = page.evaluate(PICTURED, picture)
        kept = {text["english"] for text in found["texts"] if text["english"] == text["words"]}
        english = {text for text in kept if re.search("[A-Za-z]{3}", text) and not SAME.fullmatch(text)}
        if english or found["meet"] or found["outside"]:
            wrong["/".join(picture)] = (english, found["meet"], found["outside"])
    assert wrong == {}
    ours = "import('/static/js/drawn.js').then((m) => m.drawn('api/result?name=own')).then((found) => found?.texts)"
    titled = OWN.replace("My own title", "index; 95 % intervals; 4 points, 9 runs")
    words = ["índice; intervalos del 95 %; 4 puntos, 9 simulaciones", "1.000,5"]
    for body, found in ((OWN, None), (titled, words), ("{}", None), ("<svg>", None)):
        page.route("**/api/result?name=own", partial(_answer, body))
        told = page.evaluate(ours)
        assert (told and [text["words"] for text in told]) == found


def _answer(body: str, route: Any) -> None:
    route.fulfill(body=body)


def test_a_switch_changes_the_language_while_the_run_stands(pages: Pages) -> None:
    page = pages.open("#scale=50&day=300")
    before = page.evaluate("document.documentElement.dataset.asked")
    english = page.inner_text("#headline")
    page.select_option("#language", "es")
    page.wait_for_function("document.documentElement.lang === 'es'")
    assert page.inner_text("#headline").startswith("Hasta el 27 de octubre de 2010")
    booked = english.partition(", ")[2].partition(" ")[0]
    assert booked.replace(",", ".") in page.inner_text("#headline")
    assert page.evaluate("document.documentElement.dataset.asked") == before
    assert "lang=es" in page.evaluate("location.hash")
    page.select_option("#language", "en")
    page.wait_for_function("document.documentElement.lang === 'en'")
    assert page.inner_text("#headline") == english
    page.context.close()


def test_what_is_opened_next_is_opened_in_the_same_language(pages: Pages, tmp_path: Path) -> None:
    """A lesson, a scene and a scenario file say nothing of the language: it was lost from the address, and with a reload."""
    (tmp_path / "own.toml").write_text("place = '11001'\nscale = 500\n")
    ways: dict[str, tuple[str, Callable[[Any], object], str]] = {
        "a lesson": ("lesson=1&scale=500", lambda page: page.click("#next-lesson"), "lesson=2"),
        "a scene": ("tour=1&scale=500", lambda page: page.click("#opening-next"), "tour=2"),
        "a file": (
            "scale=500",
            lambda page: page.set_input_files("#upload", tmp_path / "own.toml"),
            "place=",
        ),
    }
    for name, (address, go, then) in ways.items():
        page = pages.open(f"#lang=es&{address}")
        if name == "a lesson":
            page.click("#skip-guess")
        go(page)
        settled(page, then)
        page.reload()
        settled(page, then)
        assert "lang=es" in page.evaluate("location.hash"), name
        assert page.evaluate("document.documentElement.lang") == "es", name
        page.context.close()


def test_numbers_have_the_form_of_the_language(pages: Pages) -> None:
    page = pages.open("#lang=es&scale=500")
    forms = page.evaluate(
        "import('./static/js/language.js').then((l) => "
        "[l.num(1234.5, 1), l.signed(-1234567.8), l.signed(0.001), l.longDate('2010-06-08')])"
    )
    assert forms == ["1.234,5", "\N{MINUS SIGN}1.234.568", "±0", "8 de junio de 2010"]
    page.context.close()


def test_days_and_moments_have_the_form_of_the_language(pages: Pages) -> None:
    page = pages.open("#lang=es&scale=500")
    texts = ["2010-06-08", "2026-11-29T21:51:26+00:00", "2010-13-45", "2010-06-08b", "12"]
    told = page.evaluate("texts => import('./static/js/language.js').then((l) => texts.map(l.dated))", texts)
    assert told == ["8 de junio de 2010", "29 de noviembre de 2026, 21:51 UTC", *texts[2:]]
    page.context.close()


def test_a_story_has_its_days_in_the_form_of_the_language(pages: Pages) -> None:
    page = pages.open("#lang=es&scale=50&day=700")
    page.click("#somebody")
    page.wait_for_selector("#story li")
    for node in page.locator("#story time").all():
        assert re.fullmatch(r"\d{1,2} de [a-z]+ de 20\d\d", node.inner_text())
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", node.get_attribute("datetime"))
    page.context.close()


def test_results_are_judged_and_measured_in_the_language(pages: Pages) -> None:
    page = pages.open("#lang=es&view=results&scale=500")
    page.wait_for_selector("[data-result=hines-peri] .verdicts")
    study = page.locator("[data-result=hines-peri]")
    assert page.locator("text=tienen textos y descripciones en inglés").count() == 0  # each has lines
    assert study.locator(".verdicts small").first.inner_text().strip().startswith("puntos logarítmicos")
    assert study.locator(".verdicts td:last-child").first.inner_text() == "no acierta"
    assert study.locator("figure").count() == 1
    image = study.locator("figure img")
    image.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('[data-result=hines-peri] img').src.startsWith('blob:')")
    assert image.get_attribute("lang") == "es"
    assert "publicado (gris) y modelo (azul)" in image.get_attribute("alt")
    assert "puntos porcentuales por cada expulsión por 1.000 residentes: dentro" in image.get_attribute("alt")
    saved = [link.get_attribute("download") for link in study.locator("figure a").all()]
    assert saved == ["hines-peri-figure.svg", "hines-peri-figure.png"]
    untold = page.locator("[data-result=trust-hypotheses] img").first
    assert untold.get_attribute("alt").startswith("Gráfico para: ¿Qué hipótesis")
    page.click("[data-result=hines-peri] details summary")
    assert "date: 30 de noviembre de 2026" in study.inner_text()
    page.context.close()


def test_findings_are_told_in_the_language_and_words_of_ones_own_as_they_are(pages: Pages) -> None:
    page = pages.open("#lang=es&scale=500")
    own = {"statement": "Crime in my own city", "finding": ""}

    def with_own(route: Any) -> None:
        studies = route.fetch().json()
        rows = next(study for study in studies if study["name"] == "hines-peri")["verdicts"]
        rows.append(rows[0] | own)
        route.fulfill(json=studies)

    page.route("**/api/results", with_own)
    page.click("nav [data-view=results]")
    page.wait_for_selector("[data-result=hines-peri] .verdicts")
    told = page.locator("[data-result=hines-peri] .verdicts th[scope=row] > span")
    assert told.first.inner_text().startswith("Delitos, efecto de las expulsiones")
    assert told.last.inner_text() == "Crime in my own city"
    english = page.locator(".verdicts th[scope=row] > [lang=en]")
    assert english.all_inner_texts() == ["Crime in my own city"]
    page.select_option("#language", "en")
    page.wait_for_selector("text=Crime, effect of the programme's removals")
    assert told.last.inner_text() == "Crime in my own city"
    page.context.close()


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_the_header_is_one_row_and_no_choice_is_cut_off(pages: Pages, language: str) -> None:
    page = pages.open(f"#lang={language}&scale=500")
    assert page.locator("header.top").bounding_box()["height"] < 70
    for name in ("scale", "chart", "second"):
        needs, has = page.evaluate(WIDTHS, name)
        assert needs <= has, name
    page.context.close()


@pytest.mark.parametrize("asked", ["xx", "Español", "<b>", "e" * 500])
def test_a_language_that_is_not_there_is_met_with_a_plain_word(pages: Pages, asked: str) -> None:
    page = pages.open(f"#scale=500&lang={asked}")
    assert "It speaks English and Spanish" in page.inner_text("#banner")
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("locale", ["es-MX", "es"])
def test_a_browser_in_spanish_gets_the_page_in_spanish(pages: Pages, locale: str) -> None:
    page = pages.open("#scale=500", locale=locale)
    assert page.evaluate("document.documentElement.lang") == "es"
    assert page.inner_text("[data-view=lessons]") == "Lecciones"
    page.context.close()


@pytest.mark.parametrize("language", languages.LANGUAGES)
@pytest.mark.parametrize("view", ["city", "regimes", "lessons", "about"])
def test_a_phone_shows_the_switch_and_nothing_runs_out_of_it(pages: Pages, language: str, view: str) -> None:
    page = pages.open(
        f"#lang={language}&scale=500&view={view}&against=no_holds_unpaid@2010-06-08",
        viewport={"width": 390, "height": 844},
    )
    if view == "regimes":  # first of all an empty page, which cannot run over
        page.wait_for_selector("#view-regimes .overview", timeout=180_000)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        # Charts are drawn for the new width with the next frame.
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
        box = page.locator("#language").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    page.context.close()
