"""A standalone page: one HTML file with a recording, which needs no server, no network and nothing installed.

It holds the page's own modules, except that ``replay.js``, which plays the recording, takes the place of ``source.js``,
which asks a server. Modules are found by an import map: a page that is opened as a file may load nothing from beside it.

A file may have been cut or edited on its way. What says that it was cut comes first (``whole.js``), the recording last, a
line for each part, what is needed most first: what stands before the cut is shown. Each part has the checksum of gzip,
and the first one has the checksums of all others, so that none can be taken away, added or put into another's place unnoticed.
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
from comity.app.recording import BASE, EVERY, TABLE, packed_json, seal
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


FORM: Final = 2
"""Of the recording, which `recorded.js` reads; it changes when a part changes its meaning or goes."""

WHOLE: Final = '<span id="whole" hidden></span>'
"""The last element: where it is missing, the file was cut."""


def page(recording: Recording, seeds: int) -> str:
    """Return the HTML of the page.

    Args:
        recording: its runs.
        seeds: over how many its intervals are.
    """
    frame = languages.index(languages.LANGUAGES[0])
    frame = re.sub(r"<link rel=\"(?!icon).*>\n|<script .*</script>\n", "", frame)
    frame = frame.replace("static/icon.svg", _data("image/svg+xml", (STATIC / "icon.svg").read_bytes()))
    frame = frame.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n{_alarm()}', 1)
    frame = frame.replace("</head>", f"{_head()}\n</head>", 1)
    frame = frame.replace("<main ", f"{_notice(recording, seeds)}\n<main ", 1)
    return frame.replace("</body>", f"{_body(recording, seeds)}\n</body>", 1)


def _notice(recording: Recording, seeds: int) -> str:
    about = {"version": version("comity"), "views": len(recording.views), "seeds": seeds}
    said = languages.text(languages.LANGUAGES[0], "recorded-notice", **about)
    values = html.escape(json.dumps(about))
    notice = f'<span data-l10n="recorded-notice" data-values="{values}">{html.escape(said)}</span>'
    return f'<p class="recorded">{notice} <b id="recorded-wrong" role="status"></b></p>'


def _alarm() -> str:
    """Return the script that says that a file was cut: it stands so early that hardly any cut takes it away."""
    words = ("recorded-cut-off", "recorded-cut-off-all")
    said = {language: [languages.text(language, key) for key in words] for language in languages.LANGUAGES}
    text = (STATIC / "js" / "whole.js").read_text(encoding="utf-8")
    return f'<script data-said="{html.escape(json.dumps(said))}">{text}</script>'


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
            *(f"<script>{text}</script>" for text in scripts),
            '<script type="module">import "comity/main.js";</script>',
            f'<script type="text/plain" id="recording">{_written(_parts(recording, seeds))}</script>',
            WHOLE,
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
    del found["teacher.js"], found["whole.js"]  # a page of its own, and no module
    found |= {name: STATIC / "vendor" / name for name in ("uPlot.esm.js", "fluent-bundle.js")}
    return {
        f"comity/{name}": _data("text/javascript", _by_name(path.read_text(encoding="utf-8")).encode())
        for name, path in found.items()
    }


def _by_name(text: str) -> str:
    """Return a module whose imports name modules instead of files."""
    return re.sub(r"""((?:from|import)\s*\(?\s*")(?:\./|\.\./vendor/)([\w.-]+")""", r"\1comity/\2", text)


def _written(parts: dict[str, str]) -> str:
    """Return the recording as text: its form, the checksums of its parts, and every part, each on a line after its name."""
    seals = packed_json({name: seal(text) for name, text in parts.items()})
    return "\n".join(
        [f"form {FORM}", f"seals {seals}", *(f"{name} {text}" for name, text in parts.items()), ""]
    )


def _parts(recording: Recording, seeds: int) -> dict[str, str]:
    """Return every part of the recording, packed, by its name: those without which there is nothing to see come first."""
    place = read_view(BASE).setup.place
    title = f"comity {version('comity')}, {len(recording.views)} views of {place}, {seeds} seeds"
    small = {"title": title, "base": BASE, "every": EVERY, "cities": recording.cities}
    parts = {name: packed_json(content) for name, content in small.items()}
    parts |= {f"files/{path}": packed_json(content) for path, content in _files(recording, seeds).items()}
    for n, view in enumerate(recording.views, 1):
        about = {key: view[key] for key in ("opened", "cities", "story")}
        parts[f"views/{n}/about"] = packed_json(about)
        parts |= {f"views/{n}/{key}": text for key, text in view.items() if key not in about}
    parts["overview"] = packed_json(recording.overview)
    return parts | {f"pieces/{name}": text for name, text in recording.pieces.items()}


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
