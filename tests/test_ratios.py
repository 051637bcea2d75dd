"""Speed beside the committed ratios: a loss of more than a tenth is named, and nothing less."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from ratios import BASELINE, read, sentences

RATIOS = st.floats(0.01, 1000)


@given(st.dictionaries(st.sampled_from(["build", "live", "start"]), st.tuples(RATIOS, RATIOS), min_size=1))
def test_a_loss_of_a_tenth_is_named(pairs: dict[str, tuple[float, float]]) -> None:
    lines = sentences(
        {k: now for k, (now, _) in pairs.items()}, {k: before for k, (_, before) in pairs.items()}
    )
    for line, (name, (now, before)) in zip(lines, pairs.items(), strict=True):
        assert name in line
        assert ("LOSS" in line) == (now / before > 1.1)


def test_what_is_measured_is_committed() -> None:
    assert read(BASELINE).keys() == {"build", "live", "start"}
    assert all(ratio > 0 for ratio in read(BASELINE).values())
    assert "no baseline" in sentences({"live": 1.0}, read(BASELINE.with_name("not there")))[0]
