"""The commands of the page: a thin layer, like `comity.cli`, which registers them."""

# ruff: noqa: PLC0415 - help and checks start at once

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from comity.output.terminal import progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; by default only this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port; by default 8642 or a free one.")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the page.")] = False,
    results: Annotated[
        Path | None, typer.Option(help="Folder of stored results to show.", show_default="results")
    ] = None,
    class_code: Annotated[
        str | None, typer.Option("--class", metavar="CODE", help="Teach a class, which joins with this code.")
    ] = None,
    embed_from: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN", help="Origin whose pages may show this one in a frame; may be repeated."
        ),
    ] = None,
    reached_at: Annotated[
        str | None,
        typer.Option(
            metavar="ORIGIN", help="Origin under which a reverse proxy or a tunnel offers the page."
        ),
    ] = None,
    end_with_input: Annotated[bool, typer.Option("--end-with-input", hidden=True)] = False,
) -> None:
    """Open the browser: see the model, step it, compare regimes side by side."""
    _require("starlette", "uvicorn", "websockets", "fluent")
    from comity.app import launch

    if end_with_input:
        launch.end_with_input()
    door = launch.Door(host, port, class_code, embed_from or (), reached_at)
    launch.serve(door, results, show=not no_open, say=typer.echo)


def _require(*packages: str) -> None:
    from importlib.util import find_spec

    if missing := [name for name in packages if find_spec(name) is None]:
        typer.echo(f"the page needs {', '.join(missing)}: pip install 'comity[app]'", err=True)
        raise typer.Exit(1)


def page(
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page; a file that is not there yet.")],
    seeds: Annotated[int, typer.Option(min=2, max=100, help="Histories that intervals rest on.")] = 10,
) -> None:
    """Write one HTML file that shows recorded runs: it opens anywhere, with nothing installed and no network."""
    _require("fluent")
    from comity.app import recording, standalone
    from comity.writing import new_file, vacant

    vacant(out)
    with progress_bar("run") as progress:
        made = recording.record(recording.states(), seeds, progress)
    with new_file(out) as staging:
        staging.write_text(standalone.page(made, seeds), encoding="utf-8")
    typer.echo(f"{out}: {len(made.views)} views, {out.stat().st_size / 1e6:.1f} MB. Open it in a browser.")


COMMANDS: Final[dict[str, Callable[..., Any]]] = {"app": serve, "page": page}
