"""Runs that are the same, however they are spelt: lived once, told of everywhere, counted once."""

import json
import time
from concurrent.futures import BrokenExecutor, CancelledError
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import sweep_doubles
from hypothesis import given, settings
from hypothesis import strategies as st
from store_runs import QUICK, comity_
from sweep_doubles import KEYS, SMALL, files

import comity
from comity.analyse import findings
from comity.analyse.question import ask
from comity.problems import InputError
from comity.sweeps import identity
from comity.sweeps.engines import Local
from comity.sweeps.runner import sweep
from comity.sweeps.store import Store, version
from comity.sweeps.study import Study
from comity.sweeps.written import TABLES

# What is the same is lived once


def lives(study, folder, shards=1):
    """Sweep by parts; return how many runs were lived, and the frame."""
    reports = [sweep(study, folder, workers=1, live=QUICK, shard=(k + 1, shards)) for k in range(shards)]
    assert reports[-1].missing == 0
    assert {report.code for report in reports} == {0}
    assert {path.name for path in folder.glob("*.parquet")} == set(TABLES)
    again = sweep(study, folder, workers=1, live=QUICK)
    assert (again.tally.computed, again.tally.done, again.tally.total) == (0, study.size, study.size)
    return sum(report.tally.computed for report in reports), comity.load(folder)


SCENARIO = KEYS["scenario"]


@pytest.mark.parametrize("shards", [1, 2, 5])
def test_points_of_a_saltelli_design_that_coincide(tmp_path, shards):
    study = Study(
        scenario=SCENARIO,
        uncertainties={"fear_weight": {}, "ethnic_ties": {"distribution": "choice", "values": [1, 2]}},
        design={"kind": "sobol", "size": 8},
        seeds=1,
        outcomes=["removals"],
    )
    computed, frame = lives(study, tmp_path / "s", shards)
    assert len(frame) == study.size == 32
    assert computed == len(files(tmp_path / "s")) == len(study.points().drop_duplicates()) < 32
    shown = comity_("results", tmp_path / "s")
    assert "32 of 32 runs are done" in shown


SPELT = {
    "places": [
        {"places": ["06037", "Los Angeles County, CA", "los angeles, ca"]},
        {"places": ["CA", "California", "state:CA"]},
    ],
    "hypotheses": [{"levers": {"hypotheses": ["H2+H4", "H4+H2", "H2 + H4", "H2+H4+H2", "H0+H2+H4"]}}],
    "regimes": [
        {
            "levers": {
                "regimes": ["no_receive", "no_receive+no_receive", "copy"],
            },
        },
    ],
    "points": [
        {"design": {"points": [{"fear_weight": 1}, {"fear_weight": 1.0}, {"fear_weight": 1.0}]}},
        {"design": {"points": [{"alarm": 0.0}, {"alarm": -0.0}]}},
        {
            "uncertainties": {"fear_weight": {"low": 1.0, "high": 1.0}},
            "design": {"kind": "grid", "levels": 4},
        },
        {
            "levers": {"fear_weight": [0.5]},
            "design": {"points": [{"fear_weight": 1.0}, {"fear_weight": 0.7}]},
        },
    ],
}


@pytest.mark.parametrize("changes", [change for kind in SPELT.values() for change in kind], ids=str)
def test_the_same_in_other_words_is_one_run(tmp_path, changes):
    copied = {"copy": {"policies": [p.model_dump() for p in comity.catalogue()["no_receive"].policies]}}
    scenario = SCENARIO | ({"scale": 100_000} if "places" in changes else {"regimes": copied})
    study = Study(**{"scenario": scenario, "seeds": 3, "outcomes": ["removals"]} | changes)
    assert study.size > 3
    computed, frame = lives(study, tmp_path / "s")
    assert (computed, len(frame)) == (3, study.size)


VALUE = st.sampled_from([0, 0.0, 0.5, 1, 1.0])
CHOICES = st.fixed_dictionaries(
    {
        "places": st.lists(
            st.sampled_from(["06075", "San Francisco, CA", "san francisco county, california", "06001"]),
            min_size=1,
            max_size=3,
            unique=True,
        ),
        "points": st.lists(
            st.fixed_dictionaries({"fear_weight": VALUE, "alarm": VALUE}), min_size=1, max_size=4
        ),
        "hypotheses": st.lists(
            st.sampled_from(["H2+H4", "H4+H2", "H4", "H0+H4"]), min_size=1, max_size=3, unique=True
        ),
        "regimes": st.lists(
            st.sampled_from(
                ["mandatory", "no_receive", "no_holds_unpaid+no_receive", "no_receive+no_holds_unpaid"]
            ),
            min_size=1,
            max_size=3,
            unique=True,
        ),
    }
)


@settings(deadline=None, max_examples=40)
@given(CHOICES)
def test_keys_are_those_of_the_resolved_scenarios(chosen):
    """The quick way over cases and points, and the slow one that resolves every scenario, find the same runs the same."""
    study = Study(
        scenario=SCENARIO,
        places=chosen["places"],
        levers={"hypotheses": chosen["hypotheses"], "regimes": chosen["regimes"]},
        design={"points": chosen["points"]},
        seeds=2,
        outcomes=["removals"],
    )
    store = Store(Path("nowhere"), study)
    slow = [
        json.dumps(identity.resolved(setup) | {"seed": setup.seed}, sort_keys=True)
        for _, setup in store.scenarios(store.jobs)
    ]
    quick = [job.key for job in store.jobs]
    assert len({*zip(quick, slow, strict=True)}) == len(set(quick)) == len(set(slow))


def test_what_differs_is_not_the_same():
    """Every parameter, place, regime and seed that differs is another run."""
    base = Study(scenario=SCENARIO, outcomes=["removals"], seeds=1)

    def key(**changes):
        return next(key for _, key in identity.keys(Study(**dict(base) | changes), version(base)))

    setup = base.scenario
    others = [
        setup.with_(place="06001"), setup.with_(start="2010-01-02"), setup.with_(end="2010-06-29"),
        setup.with_(scale=401), setup.with_(regime="inactive"), setup.with_(hypotheses="H2"),
    ]  # fmt: skip
    for name, value in dict(setup.parameters).items():
        if isinstance(value, float) and name != "recording_days":
            with suppress(InputError):
                others.append(setup.with_(**{name: np.nextafter(value, value + 1)}))
    found = [key(), key(seeds={"number": 1, "first": 2}), *(key(scenario=other) for other in others)]
    assert len(set(found)) == len(found) > 50


def test_a_failure_of_runs_that_coincide_is_told_of_all(tmp_path):
    study = Study(
        scenario=SCENARIO, design={"points": [{"fear_weight": 1.0}] * 3}, seeds=2, outcomes=["removals"]
    )
    report = sweep(study, tmp_path / "s", workers=1, live=sweep_doubles.failing)
    assert (report.tally.done, report.tally.failed, report.missing, report.same) == (3, 3, 3, 4)
    assert len(list((tmp_path / "s" / "failures").iterdir())) == 1


# Intervals say over what


LIST = {
    "one": [{"fear_weight": 1.0}],
    "the same": [{"fear_weight": 1.0}] * 4,
    "almost the same": [{"fear_weight": 1.0 + k / 1000} for k in range(4)],
}


def by_seed(scenario, outcomes):
    """Numbers that depend on the seed alone."""
    return QUICK(SMALL.scenario.with_(seed=scenario.seed), outcomes)


def test_points_that_somebody_chose_do_not_change_the_interval(tmp_path):
    """One point, the same point four times, and four that hardly differ know equally much from the same four seeds."""
    shown = {}
    for name, points in LIST.items():
        study = Study(scenario=SCENARIO, design={"points": points}, seeds=4, outcomes=["removals"])
        sweep(study, tmp_path / name, workers=1, live=by_seed)
        text = comity_("results", tmp_path / name)
        assert "± is half of a 95 % interval over seeds, with the points of the design as they are." in text
        shown[name] = text.partition("95 %")[0].partition("±")[2].split()[0]
    assert len(set(shown.values())) == 1, shown
    assert float(next(iter(shown.values())).replace(",", "")) > 0


@pytest.mark.parametrize(
    ("design", "over"),
    [
        ({"kind": "grid", "levels": 2}, "seeds"),
        ({"kind": "morris", "trajectories": 2, "levels": 4}, "seeds"),
        ({"kind": "sobol", "size": 2}, "seeds"),
        ({"kind": "latin-hypercube", "size": 4}, "points"),
        ({"kind": "sobol-sequence", "size": 4}, "points"),
    ],
    ids=str,
)
def test_intervals_are_over_points_only_where_these_are_draws(tmp_path, monkeypatch, design, over):
    monkeypatch.chdir(tmp_path)
    sweep(Study(**KEYS | {"design": design, "seeds": 2}), tmp_path / "s", workers=1, live=QUICK)
    asked = ask(tmp_path / "s")
    assert set(findings.means(asked)["over"]) == {over}
    assert set(findings.find(asked).tables["paired"]["over"]) == {over}
    assert f"95 % interval over {over}" in comity_("results", tmp_path / "s")
    said = " ".join(comity_("analyse", tmp_path / "s", "--outcomes", "removals").split())
    assert f"± is half of a 95 % interval over {over}" in said


def test_a_broken_pool_waits_for_nobody() -> None:
    """A worker that was started while the others were ended had nothing to do, and the pool waited for it for ever."""
    local = Local(1)
    begun = local.executor.submit(time.monotonic)
    assert begun.result(timeout=120) > 0
    late = local.executor.submit(time.sleep, 600)
    local.executor._broken = "a worker died"
    local.rebuild()
    with pytest.raises((BrokenExecutor, CancelledError)):
        late.result(timeout=60)
    assert local.executor.submit(abs, -1).result(timeout=120) == 1
    local.close()
