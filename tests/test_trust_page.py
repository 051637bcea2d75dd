"""The page on trust shows what committed results hold, counted as README counts, and marks what is not sure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import trust_scores
from comity.published import targets


def test_the_page_has_the_tables_of_the_committed_results() -> None:
    """`python tools/trust_scores.py` writes them."""
    assert trust_scores.made() in trust_scores.PAGE.read_text(encoding="utf-8")


def test_every_finding_that_the_model_can_express_is_shown() -> None:
    page = trust_scores.made()
    for target in targets.published():
        own = target.row.startswith(trust_scores.FAMILIES) and target.use in trust_scores.USES
        assert (f"| {target.id} |" in page) == (own and bool(target.estimate)), target.id


NUMBER = st.floats(-10, 10).filter(lambda x: abs(x) > 1e-3)


@given(NUMBER, st.floats(0, 20), st.sampled_from(["+", "-", "0", ""]))
def test_a_sign_is_right_or_wrong_and_sure_where_its_interval_is_on_one_side(value, half, sign) -> None:
    target = targets.published()[0].model_copy(update={"sign": sign})
    said = trust_scores.sign(target, value, value - half, value + half)
    if sign in {"+", "-"}:
        assert said.startswith("right") == ((value > 0) == (sign == "+"))
        assert said.endswith("unsure") == (half >= abs(value))
    else:
        assert said == ""


@pytest.mark.parametrize("effect", [-7.0, -3.0, -1.0, 0.5])
def test_sizes_are_of_paired_runs_and_inside_is_what_was_expected(effect: float) -> None:
    cases = [(regime, seed) for regime in ("historical", "inactive") for seed in range(4)]
    runs = pd.DataFrame(cases, columns=["regime", "seed"]).assign(entanglement_weight=0.1)
    there = np.where(runs["regime"] == "historical", effect, 0.0)
    for outcome, compared, _, _ in trust_scores.EXPECTED.values():
        runs[outcome] = there + (50.0 + runs["seed"] if compared else 0.0)
    table = trust_scores.sizes(runs).set_index("group")["at 0.1"]
    for group, (_, _, low, high) in trust_scores.EXPECTED.items():
        assert table[group].startswith(f"{effect:+.2f} ±0.00")
        assert table[group].endswith("inside") == (low <= effect <= high)
