"""Inputs that were accepted and then changed are used or refused in words, whatever the change (`mutants`)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

import mutants

if TYPE_CHECKING:
    from pathlib import Path

TRIES = {
    "scenario": 25,
    "study": 15,
    "changes": 25,
    "table": 25,
    "address": 120,
    "message": 60,
    "store": 12,
    "checkpoint": 8,
}
FIRST = 200_000
"""Seeds that `python tests/mutants.py` does not come to by itself."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", mutants.DOORS)
def test_a_changed_input_is_used_or_refused_in_words(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMITY_DATA", str(tmp_path / "kept"))
    found: Counter[bool] = Counter()
    for seed in range(FIRST, FIRST + TRIES[name]):
        (tmp_path / str(seed)).mkdir()
        found[mutants.tried(name, seed, tmp_path / str(seed))] += 1
    assert found[True], found  # a door that takes nothing is not tried


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("checkpoint", 1037),
        ("checkpoint", 1220),
        ("checkpoint", 1301),
        ("store", 7),
        ("store", 34),
        ("store", 84),
        ("store", 102),
    ],
)
def test_what_ended_in_a_traceback_once(name: str, seed: int, tmp_path: Path) -> None:
    mutants.tried(name, seed, tmp_path)
