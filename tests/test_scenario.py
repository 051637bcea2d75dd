"""Scenarios: keys and defaults, files and changes, and that they read back as they were written."""

import copy
import pickle
import re
import tomllib
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.parameters import SUM_TO_ONE, Parameters, describe
from comity.scenario import DEFAULT, InputError, Scenario, builtin, load
from comity.sources import SOURCES

BUILT_IN = (
    *("chicago-2019", "cook-county", "costa-mesa", "los-angeles"),
    *("prince-william", "san-francisco", "united-states", "washington-dc"),
)


@pytest.fixture
def setup():
    return Scenario(place="06075")


def test_only_the_place_is_required(setup):
    assert (setup.start, setup.end, setup.scale, setup.seed) == (date(2009, 1, 1), date(2011, 12, 31), 1.0, 1)
    assert setup.regime == "mandatory"
    assert setup.parameters == Parameters()


def test_both_ends_are_lived():
    assert Scenario(place="06075", start=date(2010, 1, 1), end=date(2010, 1, 2)).days == 2


def test_no_parameter_is_named_like_a_key():
    assert not set(Scenario.model_fields) & set(Parameters.model_fields)


def test_every_vector_that_shares_out_a_whole_does_so_by_default():
    assert all(sum(getattr(Parameters(), name)) == pytest.approx(1.0) for name in SUM_TO_ONE)


@pytest.mark.parametrize(
    ("vector", "wrong"),
    [
        ({"reported": (0.0,) * 6}, "out of bounds"),
        ({"act_2012": (0.0, 0.0, 3.0, 0.0)}, "less than or equal"),
        ({"minor_charges": (0.0, 0.0, 0.0, 0.5)}, "sum to 0.5"),
    ],
)
def test_the_registry_checks_its_vectors_itself(vector, wrong):
    with pytest.raises(ValueError, match=wrong):
        Parameters(**vector)


def test_every_source_is_used_and_can_be_found():
    """A citation with a year and an address, or the word that says that there is none."""
    assert {describe(name).source for name in Parameters.model_fields} == set(SOURCES)
    for key, text in SOURCES.items():
        assert "assume" in text or (re.search(r"\b(19|20)\d\d\b", text) and "http" in text), key


def test_every_default_is_within_its_bounds():
    for name, value in Parameters():
        meta = describe(name)
        assert np.all((np.array(value) >= meta.low) & (np.array(value) <= meta.high)), name


def test_the_default_is_the_founding_case():
    setup = load()
    assert DEFAULT == "san-francisco"
    assert (setup.place, setup.start, setup.end, setup.scale) == (
        "06075",
        date(2009, 1, 1),
        date(2011, 12, 31),
        1,
    )
    regimes = [spec.partition("@")[0] for spec in setup.compare]
    assert regimes == ["felony_only", "no_receive", "state_withhold", "no_minor_holds", "mandatory"]


def test_built_in_scenarios_are_known():
    assert tuple(builtin()) == BUILT_IN


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_scenarios_are_valid_and_explained(name):
    assert len(load(name).compare) >= 3
    assert (builtin()[name].parent / "README.md").read_text().startswith("# ")


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("seed=7", "seed", 7),
        ("scale=2.5", "scale", 2.5),
        ("start=2010-02-03", "start", date(2010, 2, 3)),
        ("start='2010-02-03'", "start", date(2010, 2, 3)),
        ("place=17031", "place", "17031"),
        ("place=06001", "place", "06001"),
        ("place=6001", "place", "6001"),
        ("place=06001, 06075", "place", ("06001", "06075")),
        ("place=San Francisco, CA", "place", "San Francisco, CA"),
        ("place=['06001', 'NV']", "place", ("06001", "NV")),
        ("regime = no_receive", "regime", "no_receive"),
        ("hypotheses=H2+H4", "hypotheses", "H2+H4"),
        ("compare=no_receive, mandatory", "compare", ("no_receive", "mandatory")),
        ("compare=[]", "compare", ()),
    ],
)
def test_keys_can_be_set(override, key, value):
    assert getattr(load(overrides=[override]), key) == value


@pytest.mark.parametrize(
    ("override", "name", "value"),
    [
        ("fear_weight=0.5", "fear_weight", 0.5),
        ("fear_weight=.5", "fear_weight", 0.5),
        ("fear_weight=1.", "fear_weight", 1.0),
        ("parameters.fear_weight = 1", "fear_weight", 1.0),
        ("act_2012=0.1,0.2,0.3,0.4", "act_2012", (0.1, 0.2, 0.3, 0.4)),
        ("act_2012=[0, 0, 0, 1]", "act_2012", (0.0, 0.0, 0.0, 1.0)),
        ("parameters={fear_weight=0.25}", "fear_weight", 0.25),
        ("neighbourhood_ties=2", "neighbourhood_ties", 2),
    ],
)
def test_parameters_can_be_set(override, name, value):
    assert getattr(load(overrides=[override]).parameters, name) == value


def test_the_last_change_wins_and_others_are_kept():
    setup = load(overrides=["seed=2", "trust_weight=0.5", "seed=3"])
    assert (setup.seed, setup.parameters.trust_weight) == (3, 0.5)
    assert setup.parameters.fear_weight == Parameters().fear_weight


def test_changes_reach_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("place = '06075'\n[parameters]\nfear_weight = 0.5\n")
    setup = load(path, ["trust_weight=0.25"])
    assert (setup.parameters.fear_weight, setup.parameters.trust_weight) == (0.5, 0.25)


def test_a_byte_order_mark_is_no_obstacle(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbfplace = '06075'\r\nseed = 4\r\n")
    assert load(path).seed == 4


def test_with_changes_keys_and_parameters(setup):
    changed = setup.with_(seed=2, regime="no_receive", fear_weight=0.5, parameters={"trust_weight": 0.25})
    assert (changed.seed, changed.regime) == (2, "no_receive")
    assert (changed.parameters.fear_weight, changed.parameters.trust_weight) == (0.5, 0.25)
    assert setup == Scenario(place="06075")


def test_with_takes_the_numbers_of_numpy(setup):
    changed = setup.with_(
        seed=np.int64(2), fear_weight=np.float64(0.5), act_2012=np.array([0.0, 0.1, 0.2, 0.3])
    )
    assert (changed.seed, changed.parameters.act_2012) == (2, (0.0, 0.1, 0.2, 0.3))


def test_with_objects_to_what_a_file_may_not_say(setup):
    with pytest.raises(InputError, match=r"fear_wieght.*did you mean parameters\.fear_weight"):
        setup.with_(fear_wieght=1.0)


def test_of_sorts_parameters_into_their_table():
    assert Scenario.of(place="06075", fear_weight=0.5) == Scenario(
        place="06075", parameters={"fear_weight": 0.5}
    )


def test_a_scenario_cannot_be_changed(setup):
    with pytest.raises(ValueError, match="frozen"):
        setup.seed = 2


def test_equal_scenarios_have_equal_digests(setup):
    assert setup.digest() == load(overrides=["compare=[]"]).digest()
    assert setup.digest() != setup.with_(fear_weight=0.5).digest()
    assert len({setup, Scenario(place="06075"), setup.with_(seed=2)}) == 2


def test_copies_are_equal(setup):
    assert setup == pickle.loads(pickle.dumps(setup)) == copy.deepcopy(setup)  # noqa: S301 - our own


def _values(name):
    meta, default = describe(name), Parameters.model_fields[name].default
    number = (
        st.integers(int(meta.low), int(meta.high))
        if isinstance(default, int)
        else st.floats(meta.low, meta.high)
    )
    return (
        st.just(default)
        if name in SUM_TO_ONE
        else st.tuples(*[number] * len(default))
        if isinstance(default, tuple)
        else number
    )


@settings(max_examples=50)
@given(
    parameters=st.fixed_dictionaries({}, optional={name: _values(name) for name in Parameters.model_fields}),
    seed=st.integers(0, 2**63 - 1),
    scale=st.floats(1, 8e5),
    days=st.integers(1, 3000),
)
def test_a_scenario_reads_back_as_it_was_written(parameters, seed, scale, days):
    end = date.fromordinal(date(2009, 1, 1).toordinal() + days)
    setup = Scenario(place=("06075", "NV"), seed=seed, scale=scale, end=end, parameters=parameters)
    again = Scenario(**tomllib.loads(setup.as_toml()))
    assert again == setup
    assert again.digest() == setup.digest()


def test_custom_regimes_are_written_too(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(CUSTOM)
    setup = load(path)
    (tmp_path / "again.toml").write_text(setup.as_toml())
    assert load(tmp_path / "again.toml") == setup
    assert "mine" in setup.regimes


CUSTOM = """
place = "06075"
regime = "mine+no_receive"
[regimes.mine]
title = "Our own"
[[regimes.mine.policies]]
decider = "county"
lever = "hold"
value = [0, 0, 1, 1]
start = 2010-06-01
until = 2011-06-01
where = ["06075"]
believed = "custody"
"""
