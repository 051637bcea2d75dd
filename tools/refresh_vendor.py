"""Refresh the browser's libraries from npm: ``python tools/refresh_vendor.py``; needs npm and its registry.

Each package is fetched by name and version with ``npm pack``; of each, only the files that the page loads and the
licence are kept, in ``model/comity/app/static/vendor``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "model" / "comity" / "app" / "static" / "vendor"

PACKAGES = {
    "uplot@1.6.32": ("dist/uPlot.esm.js", "dist/uPlot.min.css", "dist/uPlot.d.ts"),
    "d3-array@3.2.5": ("dist/d3-array.min.js",),
    "d3-geo@3.1.2": ("dist/d3-geo.min.js",),
    "topojson-client@3.1.0": ("dist/topojson-client.min.js",),
    "us-atlas@3.0.1": ("counties-10m.json",),
    "@fluent/bundle@0.19.1": (
        "index.js",
        *(
            f"esm/{name}.d.ts"
            for name in ("ast", "builtins", "bundle", "index", "resource", "scope", "types")
        ),
    ),
}
"""Package -> its files that the page loads, and one with types for the checker."""

RENAMED = {
    "dist/uPlot.d.ts": "uPlot.esm.d.ts",  # beside the module that it describes, or the checker does not find it
    "index.js": "fluent-bundle.js",
}

GLOBAL = 'declare global { var FluentBundle: typeof import("./fluent/index.js"); }\nexport {};\n'
"""As one file, Fluent makes a global name; its types are those of its modules."""


def refresh(package: str, files: tuple[str, ...], work: Path) -> None:
    """Fetch one package and put its files and licence in place."""
    npm = shutil.which("npm") or sys.exit("npm is not installed")
    packed = subprocess.run(  # noqa: S603 - a package named above
        [npm, "pack", "--silent", package], cwd=work, check=True, capture_output=True, text=True
    )
    name = package.rpartition("@")[0].removeprefix("@").replace("/", "-")
    with tarfile.open(work / packed.stdout.strip()) as archive:
        licence = (
            ("LICENSE",) if "package/LICENSE" in archive.getnames() else ()
        )  # or it lies in the folder already
        for inside in (*files, *licence):
            member = archive.extractfile(f"package/{inside}")
            assert member is not None  # noqa: S101 - extractfile raises KeyError for what is not there
            path = VENDOR / (f"{name}.LICENSE" if inside == "LICENSE" else _target(inside))
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(member.read())


def _target(inside: str) -> str:
    """Return where a file is kept: types of a module in many files lie in a folder of their own."""
    return RENAMED.get(
        inside, inside.replace("esm/", "fluent/") if inside.startswith("esm/") else Path(inside).name
    )


def main() -> None:
    """Refresh every package."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        for package, files in PACKAGES.items():
            refresh(package, files, Path(work))
    (VENDOR / "fluent-bundle.d.ts").write_text(GLOBAL, encoding="utf-8")
    lines = [f"{package}: {', '.join(Path(f).name for f in files)}" for package, files in PACKAGES.items()]
    (VENDOR / "README").write_text(
        "Written by tools/refresh_vendor.py\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
