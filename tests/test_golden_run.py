"""The golden run of `comity.verify.golden` is what it was, and so is the model of before where its additions are off."""

from __future__ import annotations

import pytest

from comity.verify.golden import digest, expected, golden_model, golden_run

WITHOUT = {"table": "532f66353523919f2176b2a33ac552b2d7936f753300dc871b6f5fc006e4e1c4"}
WITHOUT |= {"funnel": "95c6f45904fafc210a357aacf258155563b70369b6c4c6f2a9f016de48ee4310"}
WITHOUT |= {"events": "fa781bbd067645d7c73b78590566aa28c1eb86cfea586d3ff3d58d04923940d1"}
"""The same run by commit 9f11f7d, the last without attribution and entanglement, with trust kept in 64 bits as it is now; at a
norm that 32 bits hold, and without relief."""

OFF = {
    "attribution": 0,         "entanglement_weight": 0, "salience_trust": 0,      "noncriminal_trust": 0,
    "trust_gap": 0,           "trust_spread": 0,        "trust_spread_places": 0, "trust_norm": 0.625,
    "relief_cut": 0,          "relief_custody": 0,      "relief_placebo": 0,
}  # fmt: skip
WITHOUT_AGES = "5eb3afd0585d548f5703815a33ba30b95892481af738d57cff2bb96e72f13ef9"
"""The table of the golden run by commit 0e91c7a, in which residents had no age."""

ADDED = ("attribution", "entanglement", "noncriminal", "aged_12")
"""Measures that this version had not."""


@pytest.mark.portable
@pytest.mark.uncompiled
def test_golden_run():
    assert golden_run() == expected()


@pytest.mark.portable
def test_without_ages_it_is_the_model_that_had_none():
    table = golden_model().table()
    assert digest(table[table["measure"] != "aged_12"]) == WITHOUT_AGES


@pytest.mark.portable
def test_without_attribution_and_entanglement_it_is_the_model_that_had_none():
    model = golden_model(**OFF)
    table = model.table()
    found = {
        "table": table[~table["measure"].isin(ADDED)],
        "funnel": model.funnel(),
        "events": model.events(),
    }
    assert {name: digest(frame) for name, frame in found.items()} == WITHOUT
