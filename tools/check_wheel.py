"""A wheel in an empty environment has everything: ``python tools/check_wheel.py`` builds one and tries it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
TRIED = (
    ["--version"],
    ["doctor"],
    ["show", "regimes"],
    ["check", "san-francisco"],
    ["run", "san-francisco", "--set", "scale=2000", "--set", "end=2009-02-28", "--out", "run"],
    ["compare", "san-francisco", "--set", "scale=2000", "--seeds", "2", "--out", "compared"],
    ["verify", "--only", "placebo"],
)
FURTHER = """
import comity, comity.app.server
from pathlib import Path
from comity.published import targets
from comity.scenario import builtin
from comity.verify import twin
assert {"san-francisco", "united-states"} <= set(builtin())
assert len(targets.published()) > 100
assert (twin.folder() / "plain_mesa" / "model.py").is_file() and Path(comity.__file__).parent in twin.folder().parents
assert (Path(comity.__file__).parent / "CITATION.cff").is_file()
with twin._reachable():
    import scenes
"""


def main() -> None:
    """Build, install and try; the first command that fails ends it."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        run(
            [
                sys.executable,
                "-m",
                "pip",
                "wheel",
                "--quiet",
                "--no-deps",
                "--wheel-dir",
                str(work),
                str(ROOT),
            ],
            work,
        )
        (wheel,) = work.glob("*.whl")
        venv.create(work / "venv", with_pip=True)
        binaries = work / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
        run(
            [str(binaries / "python"), "-m", "pip", "install", "--quiet", "--no-compile", f"{wheel}[app]"],
            work,
        )
        (work / "empty").mkdir()
        for command in TRIED:
            run([str(binaries / "comity"), *command], work / "empty")
        run([str(binaries / "python"), "-c", FURTHER], work / "empty")
        sys.stdout.write(f"{wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB, has everything\n")


def run(command: list[str], folder: Path) -> None:
    """Run a command without this checkout's modules in reach."""
    done = subprocess.run(command, cwd=folder, env=_clean(), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")


def _clean() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


if __name__ == "__main__":
    main()
