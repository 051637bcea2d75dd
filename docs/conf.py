"""How the documentation is built: ``python -m sphinx docs results/local/docs``. It needs no network, and neither do its pages."""

from __future__ import annotations

import os
import re
import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "model")]

import reference_pages  # noqa: E402 - beside the package, in tools

project = "comity"
author = "The comity developers"
version = release = installed("comity")
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # copies of pages begin where they like

html_theme = "pydata_sphinx_theme"
html_title = f"comity {version}"
html_theme_options = {
    "navbar_center": [],
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "show_nav_level": 2,
    "use_edit_page_button": False,
}
html_sidebars = {"**": ["globaltoc.html"]}
html_show_sourcelink = False
html_copy_source = False
html_show_search_summary = False  # it would be fetched, which browsers refuse for files
html_math_renderer = "mathml"
pygments_style = "default"


def _math(source: str, *, block: bool) -> str:
    """Return a formula as browsers draw it by themselves: no script is fetched for it."""
    return str(tex2mathml(source, as_block=block))


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(_math(node.astext(), block=False))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f"<p>{_math(node.astext(), block=True)}</p>")
    raise nodes.SkipNode


LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
OPTIONAL = re.compile(r"^(\w+)\?$", re.MULTILINE)
"""Pages of a list that need not be there."""

ANCHOR = re.compile(r'<a id="(\w+)"></a>\*\*(.+?)\*\*')
"""A term that other pages lead to, as plain Markdown has it."""

COPIED = ("*.md", "experiments/**/*.md", "benchmarks/*.md", "model/**/*.md")
"""Pages of the repository that the site has, too."""


def _copy_of(path: Path) -> Path:
    return HERE / "repository" / path.relative_to(HERE.parent).as_posix().replace("/", "-")


def relinked(text: str, origin: Path, page: Path) -> str:
    """Return a text that stands in one file, for another place: links lead where they led, or to copies in the site."""

    def moved(link: re.Match[str]) -> str:
        path, _, anchor = link[2].partition("#")
        if not path or ":" in path:
            return link[0]
        target = (origin.parent / path).resolve()
        if target.is_dir():
            target /= "README.md"
        if not target.exists():
            return link[1]  # a folder that has no page
        if target.suffix == ".md" and not target.is_relative_to(HERE):
            target = _copy_of(target)
        return f"[{link[1]}]({os.path.relpath(target, page.parent)}{'#' + anchor if anchor else ''})"

    return LINK.sub(moved, text)


def _to_pages(_: Any, name: str, source: list[str]) -> None:
    """Let links to pages of the repository, such as an experiment's, lead to their copies in the site."""
    page = HERE / f"{name}.md"
    source[0] = OPTIONAL.sub(
        lambda found: found[1] if HERE.joinpath(f"{found[1]}.md").is_file() else "", source[0]
    )
    if page.parent.name not in {"reference", "repository"}:
        source[0] = ANCHOR.sub(r"[**\2**]{#\1}", relinked(source[0], page, page))


def _copy_pages(_: Any) -> None:
    """Make the pages from the code, and copies of the repository's own pages, before Sphinx looks for sources."""
    reference_pages.write(HERE / "reference")
    for path in (path for pattern in COPIED for path in HERE.parent.glob(pattern)):
        reference_pages.renew(
            _copy_of(path), relinked(path.read_text(encoding="utf-8"), path, _copy_of(path))
        )


def setup(app: Any) -> None:
    """Tell Sphinx of the above."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("builder-inited", _copy_pages)
    app.connect("source-read", _to_pages)
