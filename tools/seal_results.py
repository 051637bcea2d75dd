"""Write manifest and RO-Crate of every folder in ``results/`` anew, from what is in it: ``python tools/seal_results.py``.

For results whose files were made again by other means than a command, or before there were crates: numbers are not touched, and
what a manifest says of how they came about stays. The day is that of the last commit of the manifest.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from comity.caveats import CAVEATS
from comity.output.bundle import MANIFEST, seal

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Seal every folder that has a manifest."""
    for path in sorted((ROOT / "results").glob(f"*/{MANIFEST}")):
        unsaid = {"git_commit": None, "date": _committed(path), "caveats": " ".join(CAVEATS.values())}
        about = json.loads(path.read_text(encoding="utf-8"))
        seal(path.parent, about | {key: value for key, value in unsaid.items() if key not in about})


def _committed(path: Path) -> str:
    command = ["git", "log", "-1", "--format=%cs", "--", str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


if __name__ == "__main__":
    main()
