"""A standalone page: one HTML file with a recording, which needs no server, no network and nothing installed.

It holds the page's own modules, except that ``replay.js``, which reads the recording, takes the place of ``source.js``,
which asks a server. Modules are found by an import map: a page that is opened as a file may load nothing from beside it.
"""

from __future__ import annotations

import base64
import html
import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from comity.app import catalogue, languages, nation
from comity.app.recording import BASE, EVERY, TABLE, packed_json
from comity.app.view import read_view

if TYPE_CHECKING:
    from comity.app.recording import Recording

STATIC: Final = Path(__file__).parent / "static"

POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
"""What the page may do: nothing that leaves it."""

SCRIPTS: Final = ("d3-array.min.js", "d3-geo.min.js", "topojson-client.min.js")
TABLE_NAME: Final = "regimes"


FORM: Final = 1
"""Of the recording, which `replay.js` reads; it changes when a part changes its meaning or goes."""


def page(recording: Recording, seeds: int) -> str:
    """Return the HTML of the page.

    Args:
        recording: its runs.
        seeds: over how many its intervals are.
    """
    frame = languages.index(languages.LANGUAGES[0])
    frame = re.sub(r"<link rel=\"(?!icon).*>\n|<script .*</script>\n", "", frame)
    frame = frame.replace("static/icon.svg", _data("image/svg+xml", (STATIC / "icon.svg").read_bytes()))
    frame = frame.replace("</head>", f"{_head()}\n</head>", 1)
    frame = frame.replace("<main ", f"{_notice(recording, seeds)}\n<main ", 1)
    return frame.replace("</body>", f"{_body(recording, seeds)}\n</body>", 1)


def _notice(recording: Recording, seeds: int) -> str:
    about = {"version": version("comity"), "views": len(recording.views), "seeds": seeds}
    said = languages.text(languages.LANGUAGES[0], "recorded-notice", **about)
    values = html.escape(json.dumps(about))
    return f'<p class="recorded" data-l10n="recorded-notice" data-values="{values}">{html.escape(said)}</p>'


def _head() -> str:
    styles = [STATIC / "style.css", STATIC / "vendor" / "uPlot.min.css"]
    return "\n".join(
        [
            f'<meta http-equiv="content-security-policy" content="{POLICY}">',
            *(f"<style>{path.read_text(encoding='utf-8')}</style>" for path in styles),
            f'<script type="importmap">{json.dumps({"imports": _modules()})}</script>',
        ]
    )


def _body(recording: Recording, seeds: int) -> str:
    scripts = [(STATIC / "vendor" / name).read_text(encoding="utf-8") for name in SCRIPTS]
    said = {language: languages.catalogue(language) for language in languages.LANGUAGES}
    return "\n".join(
        [
            f'<script type="application/json" id="messages">{_in_html(said)}</script>',
            f'<script type="application/json" id="recording">{_in_html(_contents(recording, seeds))}</script>',
            *(f"<script>{text}</script>" for text in scripts),
            '<script type="module">import "comity/main.js";</script>',
        ]
    )


def _in_html(content: object) -> str:
    """Return JSON that no HTML parser takes for the end of its element."""
    return json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _modules() -> dict[str, str]:
    """Return every module under the name by which the others import it."""
    found = {path.name: path for path in sorted((STATIC / "js").glob("*.js"))}
    found["source.js"] = found.pop("replay.js")
    del found["teacher.js"]  # which has a page of its own
    found |= {name: STATIC / "vendor" / name for name in ("uPlot.esm.js", "fluent-bundle.js")}
    return {
        f"comity/{name}": _data("text/javascript", _by_name(path.read_text(encoding="utf-8")).encode())
        for name, path in found.items()
    }


def _by_name(text: str) -> str:
    """Return a module whose imports name modules instead of files."""
    return re.sub(r"""((?:from|import)\s*\(?\s*")(?:\./|\.\./vendor/)([\w.-]+")""", r"\1comity/\2", text)


def _contents(recording: Recording, seeds: int) -> dict[str, Any]:
    first = read_view(BASE)
    return {
        "title": f"comity {version('comity')}, {len(recording.views)} views of {first.setup.place}, {seeds} seeds",
        "form": FORM,
        "base": BASE,
        "page": first.page,
        "every": EVERY,
        "pieces": recording.pieces,
        "cities": recording.cities,
        "views": recording.views,
        "overview": recording.overview,
        "files": {path: packed_json(content) for path, content in _files(recording, seeds).items()},
        "pictures": {},
    }


def _files(recording: Recording, seeds: int) -> dict[str, Any]:
    """Return what the page would ask the server for, by path."""
    known = catalogue.everything()
    scenes = {
        name: [scene | {"state": BASE | scene["state"]} for scene in known[name]]
        for name in ("lessons", "opening")
    }
    about = {
        "what": "every regime against Secure Communities as it was, at the end of the run",
        "place": "San Francisco",
        "seeds": seeds,
    }
    return {
        "api/catalogue": known | scenes,
        "api/places": [],
        "api/nation": nation.activation(),
        "static/vendor/counties-10m.json": json.loads((STATIC / "vendor" / "counties-10m.json").read_text()),
        "api/results": [
            {"name": TABLE_NAME, "about": about, "tables": ["differences"], "figures": [], "map": False}
        ],
        f"api/result?name={TABLE_NAME}&file=differences": {
            "columns": list(TABLE),
            "rows": recording.table,
            "more": False,
        },
    }
