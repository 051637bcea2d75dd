"""Studies: the design is data, always the same, and grows without moving what is there."""

import json
import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.parameters import Parameters, describe
from comity.sweeps.files import load_study, revive, studies
from comity.sweeps.store import Store
from comity.sweeps.study import Study
from comity.sweeps.uncertainties import Uncertainty

NAMES = {
    "fear_weight": {},
    "ties_weight": {"distribution": "triangular"},
    "neighbourhood_ties": {},
    "dice": {"dummy": True},
}
DESIGNS = [
    {"kind": "grid", "levels": 3},
    {"kind": "latin-hypercube", "size": 7},
    {"kind": "sobol", "size": 4},
    {"kind": "sobol-sequence", "size": 8},
    {"kind": "morris", "trajectories": 3, "levels": 4},
]


def study(design, **keys):
    return Study(uncertainties=NAMES, design=design, **keys)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design["kind"])
def test_points_are_always_the_same_and_as_many_as_said(design):
    points = study(design).points()
    assert len(points) == study(design).design.count(study(design).uncertainties)
    assert points.equals(study(design).points())
    assert list(points.columns) == list(NAMES)
    assert points["neighbourhood_ties"].dtype.kind == "i"
    for name in ("fear_weight", "ties_weight", "neighbourhood_ties"):
        assert points[name].between(describe(name).low, describe(name).high).all()
    if design["kind"] != "grid":
        assert not points.equals(study(design | {"seed": 2}).points())


@pytest.mark.parametrize("design", DESIGNS[2:], ids=lambda design: design["kind"])
def test_more_points_keep_the_earlier_ones(design):
    small = study(design)
    large = small.expanded(seeds=20, points=16)
    assert large.points().iloc[: len(small.points())].equals(small.points())
    assert large.digest() == small.digest()


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design["kind"])
def test_a_study_survives_json(design):
    made = study(design, levers={"regimes": ["mandatory", "inactive"], "mandate": [0, 1]}, places=["06075"])
    assert revive(json.loads(json.dumps(made.as_json()))) == made


def test_runs_are_in_a_fixed_order_with_the_same_seeds_for_all():
    made = study(DESIGNS[0], levers={"regimes": ["mandatory", "inactive"], "mandate": [0, 1]}, seeds=3)
    runs = list(made.runs())
    assert len(runs) == made.size == 3 * 3 * 3 * 3 * 4 * 3
    assert [run.number for run in runs] == list(range(len(runs)))
    assert [run.seed for run in runs] == [1, 2, 3] * (len(runs) // 3)
    assert len({(run.point, run.case) for run in runs}) == len(runs) // 3


def test_every_run_has_a_key_of_its_own_which_is_that_of_its_scenario(tmp_path):
    store = Store(tmp_path, study(DESIGNS[0], levers={"regimes": ["mandatory", "inactive"]}, seeds=2))
    keys = [job.key for job in store.jobs]
    assert len(set(keys)) == len(keys) == store.study.size
    digests = [setup.digest() for _, setup in store.scenarios(store.jobs)]
    assert len(set(digests)) == len(keys)
    assert Store(tmp_path, study(DESIGNS[0], levers={"regimes": ["inactive"]}, seeds=2)).jobs[0].key in keys


def test_a_dummy_changes_the_dice_and_nothing_else(tmp_path):
    store = Store(
        tmp_path,
        Study(uncertainties={"dice": {"dummy": True}}, design={"kind": "grid", "levels": 2}, seeds=2),
    )
    setups = [setup for _, setup in store.scenarios(store.jobs)]
    assert len({setup.seed for setup in setups}) == 4
    assert len({setup.model_copy(update={"seed": 1}).digest() for setup in setups}) == 1


def test_neighbours_in_a_sobol_design_share_their_dice():
    made = study(DESIGNS[2])
    points = made.points().to_dict("index")
    seeds = [made.dice(points[k], 1) for k in range(6)]  # A, one column of B at a time, B
    assert seeds[0] == seeds[1] == seeds[2] == seeds[3]
    assert seeds[4] == seeds[5] != seeds[0]


def test_a_list_names_what_it_changes():
    made = Study(design={"points": [{"fear_weight": 2.0}, {"neighbourhood_ties": 1}]})
    default = Parameters()
    assert made.points().to_dict("list") == {
        "fear_weight": [2.0, default.fear_weight],
        "neighbourhood_ties": [default.neighbourhood_ties, 1],
    }


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["uniform", "loguniform", "triangular", "normal"]),
    st.sampled_from(["fear_weight", "neighbourhood_ties", "trust_life", "stay_sentenced"]),
    st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
def test_values_stay_in_bounds_and_rise(distribution, name, unit):
    low = max(describe(name).low, 1.0)
    keys = {"distribution": distribution, "low": low} | ({"sd": 1.0} if distribution == "normal" else {})
    made = Uncertainty(**keys).resolved(name)
    values = made.stretched(name, np.sort(unit))
    assert np.all((low <= values) & (values <= describe(name).high))
    assert np.all(np.diff(values) >= 0)


def test_whole_numbers_are_equally_likely():
    unit = (np.arange(9000) + 0.5) / 9000
    values = Uncertainty().resolved("neighbourhood_ties").stretched("neighbourhood_ties", unit)
    assert np.bincount(values).tolist() == [1000] * 9


def test_the_text_of_the_docs_is_a_study(request, tmp_path):
    text = (request.config.rootpath / "docs" / "sweeps.md").read_text()
    toml = text.partition("```toml\n")[2].partition("```")[0]
    assert tomllib.loads(toml)
    (tmp_path / "study.toml").write_text(toml)
    assert load_study(tmp_path).size > 0
    assert load_study(tmp_path / "study.toml").name in studies()
