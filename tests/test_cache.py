"""`comity cache`: where compiled code lies, how much, of which versions, last used when, and away with it."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity import cache, kept
from comity.cli import app
from comity.kernels import COMPILED, kernel


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for compiled code."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    return tmp_path / "comity"


def comity_(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    assert result.exit_code == code, (result.output, result.exception)
    return " ".join(result.output.split())


def put(place: Path, number: int, line: bytes = b"", size: int = 1000, age: int = 0) -> Path:
    """Put a file there as one that was used some days ago."""
    place.mkdir(exist_ok=True)
    path = place / f"some_kernel-{number:032x}-{number:016x}.nbc"
    path.write_bytes(bytes(cache.CHECK) + line + bytes(size))
    when = time.time() - age * 86400
    os.utime(path, (when, when))
    return path


def test_nothing_is_there_yet(place: Path) -> None:
    assert f"Compiled code in {place}: none" in comity_("cache")
    assert "Removed 0 files of compiled code, 0.0 MB" in comity_("cache", "--clear")
    assert not place.exists()


def test_it_says_where_how_much_of_which_versions_and_when(place: Path) -> None:
    put(place, 1, b"comity 0.9, numba 1\n", 2_000_000, age=3)
    put(place, 2, b"comity 0.9, numba 1\n", 1_000_000, age=7)
    put(place, 3, b"", 500_000)
    shown = comity_("cache")
    days = [datetime.fromtimestamp(time.time() - age * 86400, UTC).date() for age in (0, 3)]
    assert str(place) in shown
    assert f"unknown 1 0.5 MB {days[0]}" in shown
    assert f"comity 0.9, numba 1 2 3.0 MB {days[1]}" in shown
    assert shown.index("unknown") < shown.index("comity 0.9")
    assert len(list(place.iterdir())) == 3, "who reads removes nothing"


def test_only_our_files_are_removed(place: Path) -> None:
    put(place, 1), put(place, 2, age=400)
    unfinished = place / f"some_kernel-{3:032x}-{3:016x}.{4:032x}.tmp"
    unfinished.write_bytes(b"half")
    others = [place / name for name in ("notes.txt", "mine.nbc", "folder.nbc")]
    for other in others:
        other.write_text("mine")
    assert "Removed 3 files" in comity_("cache", "--clear")
    assert sorted(place.iterdir()) == sorted(others)


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled")
def test_code_that_was_compiled_is_shown_and_made_again(place: Path) -> None:
    def more(x: int) -> int:
        return x + 1

    assert kernel(more)(1) == 2
    (lot,) = cache.lots()
    assert (lot.versions, lot.files) == (kept._made_with().decode().strip(), 1)
    assert lot.versions.startswith("comity ")
    assert lot.used == datetime.now(UTC).date()
    again = kernel(more)
    assert (again(1), sum(again.compiled.stats.cache_hits.values())) == (2, 1)
    cache.clear()
    assert (kernel(more)(1), len(cache.lots())) == (2, 1)


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled")
def test_code_that_another_version_of_the_package_made_from_the_same_text_is_used(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def more(x: int) -> int:
        return x + 2

    monkeypatch.setattr(kept, "_made_with", lambda: b"comity 17.0-much-longer, Python 3\n")
    assert kernel(more)(1) == 3
    monkeypatch.undo()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(place.parent))
    again = kernel(more)
    assert (again(1), sum(again.compiled.stats.cache_hits.values())) == (3, 1)


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled")
def test_what_nobody_has_used_for_long_makes_room(place: Path) -> None:
    old, new = put(place, 1, age=kept.UNUSED_DAYS + 1), put(place, 2, age=kept.UNUSED_DAYS - 1)
    unfinished = place / f"some_kernel-{3:032x}-{3:016x}.{4:032x}.tmp"
    unfinished.write_bytes(b"half")
    os.utime(unfinished, (0, 0))
    assert kernel(lambda x: x)(1) == 1
    assert (old.exists(), new.exists(), unfinished.exists()) == (False, True, False)


def test_a_file_in_the_place_of_the_folder_is_said(place: Path) -> None:
    place.write_text("not a folder")
    for arguments in (["cache"], ["cache", "--clear"]):
        assert f"{place}: not a directory; valid:" in comity_(*arguments, code=2)
    assert place.read_text() == "not a folder"


def test_what_cannot_be_removed_is_said_at_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [put(place, n) for n in range(3)]
    remove = Path.unlink

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path == files[1]:
            remove(path, missing_ok=missing_ok)
        else:
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    shown = comity_("cache", "--clear", code=2)
    assert f"{place}: cache = 2 of 3 files: permission denied; valid: a folder that you may write to" in shown


def test_a_file_that_goes_meanwhile_is_no_error(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(place, 1)
    monkeypatch.setattr(cache, "_files", lambda: [place / "gone.nbc"])
    assert cache.clear() == (0, 0)
    assert cache.lots() == []
