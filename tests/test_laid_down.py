"""The state is laid down for kernels once a run, not once a day: that took ten times as long as a small city's day."""

import numpy as np
import pytest

from comity import CooperationModel, compiling
from comity.kernels import COMPILED

pytestmark = pytest.mark.skipif(not COMPILED, reason="uncompiled kernels are handed the state itself")


def test_a_longer_run_lays_down_no_more(monkeypatch):
    laid, lay_down = [], compiling._lay_down
    monkeypatch.setattr(compiling, "_lay_down", lambda values: laid.append(1) or lay_down(values))
    counts = []
    for days in (20, 200):
        laid.clear()
        model = CooperationModel("san-francisco", scale=400)
        for _ in range(days):
            model.step()
        counts.append(len(laid))
    assert counts[0] == counts[1] > 0


def test_what_is_gone_is_not_remembered():
    before = set(compiling._KNOWN)
    arrays = [np.arange(3), np.arange(4.0)]
    compiling._laid_down(tuple(arrays))
    assert set(compiling._KNOWN) - before
    del arrays[1]  # its place may be given to another array now
    assert set(compiling._KNOWN) == before


@pytest.mark.parametrize("field", [0, 1])
def test_other_arrays_are_laid_down_anew(field):
    arrays = [np.arange(3), np.arange(4.0)]
    first = compiling._laid_down(tuple(arrays))
    assert compiling._laid_down(tuple(arrays)) is first
    arrays[field] = arrays[field].copy()
    assert compiling._laid_down(tuple(arrays)) != first
