"""Scripts of users that start sweeps."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CALLS = {
    "sweep": "comity.sweep(study, pathlib.Path('out'), workers={workers})",
    "runner": "comity.sweeps.runner.sweep(study, pathlib.Path('out'), workers={workers})",
}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("call", CALLS)
def test_a_script_without_a_guard_ends_in_one_line(tmp_path: Path, call: str, workers: int) -> None:
    """Each worker imports the script that started it, and would start the sweep again."""
    lines = (
        "import pathlib, comity, comity.sweeps.runner",
        "from comity.sweeps.files import load_study",
        "study = load_study('fear-and-ties')",
        CALLS[call].format(workers=workers),
    )
    (tmp_path / "script.py").write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert 'if __name__ == "__main__":' in done.stderr
