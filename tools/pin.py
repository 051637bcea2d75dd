"""Pin what a fresh environment gets, with every extra, as constraints for reproduction.

    python tools/pin.py ~/.pyenv/versions/3.1[123].*/bin/python

Each Python that is named resolves anew, without installing anything, and its file in constraints/ is written.
"""

from __future__ import annotations

import datetime as dt
import json
import platform
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
SAYS = """\
# What comity and all its extras came to on {system} with Python {python}, resolved on {day}; made by tools/pin.py.
#     pip install --constraint constraints/python-{python}.txt .
"""


def pins(report: dict[str, object]) -> list[str]:
    """Return a line for each package that pip would install but our own, from what it reports."""
    found = (one["metadata"] for one in report["install"])  # type: ignore[attr-defined]
    lines = (f"{canonicalize_name(about['name'])}=={about['version']}" for about in found)
    return sorted(
        (line for line in lines if not line.startswith("comity==")), key=lambda line: line.split("==")
    )


def resolved(python: str) -> dict[str, object]:
    """Return pip's report of what a Python would install into an empty environment."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = f"{ROOT}[{','.join(project['optional-dependencies'])}]"
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--dry-run",
        "--ignore-installed",
        "--report",
        "-",
        wanted,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - named by who calls
    report: dict[str, object] = json.loads(done.stdout)
    return report


def main() -> None:
    """Write the file of each Python that is named, or of the one that runs this."""
    for python in sys.argv[1:] or [sys.executable]:
        report = resolved(python)
        version = ".".join(report["environment"]["python_full_version"].split(".")[:2])  # type: ignore[index]
        path = ROOT / "constraints" / f"python-{version}.txt"
        path.parent.mkdir(exist_ok=True)
        head = SAYS.format(system=platform.system(), python=version, day=dt.datetime.now(dt.UTC).date())
        path.write_text(head + "\n".join(pins(report)) + "\n", encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}: {len(pins(report))} packages\n")


if __name__ == "__main__":
    main()
