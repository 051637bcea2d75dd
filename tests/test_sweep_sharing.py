"""Runs of a sweep that differ in their regimes alone live their days together, and nothing shows it but the time."""

import datetime as dt
import hashlib
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sweep_doubles
from hypothesis import given, settings
from hypothesis import strategies as st
from sweep_doubles import tables

from comity import CooperationModel
from comity.sweeps import measurers, runfile, worker
from comity.sweeps.runner import sweep
from comity.sweeps.store import Store, families
from comity.sweeps.study import Study

KEYS = {
    "name": "shared",
    "scenario": {"place": "06075", "start": "2010-01-01", "end": "2010-12-31", "scale": 2000},
    "uncertainties": {"fear_weight": {}},
    "levers": {"regimes": ["mandatory", "no_minor_holds", "no_receive"], "hypotheses": ["H0", "H1+H2"]},
    "outcomes": ["removals", "hispanic_victims_who_report"],
    "seeds": 2,
    "design": {"kind": "sobol-sequence", "size": 2},
}
STUDY = Study(**KEYS)


def task(folder: Path, study: Study, order: int = 0) -> tuple[Store, worker.Task]:
    """Return a store and the task to compute all of it, in some order."""
    store = Store.create(study, folder)
    runs = {job.key: setup for job, setup in store.scenarios(store.jobs)}
    mixed = sorted(runs, key=lambda key: hashlib.sha256(f"{key} {order}".encode()).digest())
    asked = tuple((key, runs[key]) for key in mixed)
    return store, worker.Task(str(folder), asked, study.measured, "me", measurers.live)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes back because it took long."""
    monkeypatch.setattr(worker, "PATIENCE", 3600.0)


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many days were lived, and cities built, since."""
    found: Counter[str] = Counter()
    make, live = CooperationModel.__init__, CooperationModel._live

    def count(self: CooperationModel, *args: object, **keys: object) -> None:
        found["built"] += keys.get("morning") is None
        make(self, *args, **keys)

    def lived(self: CooperationModel, until: int) -> None:
        found["days"] += until - self.today
        live(self, until)

    monkeypatch.setattr(CooperationModel, "__init__", count)
    monkeypatch.setattr(CooperationModel, "_live", lived)
    return found


def test_tables_are_those_of_runs_that_were_lived_alone(tmp_path: Path) -> None:
    for name, live in (("together", measurers.live), ("alone", sweep_doubles.alone)):
        report = sweep(STUDY, tmp_path / name, workers=2, live=live)
        assert (report.tally.computed, report.missing) == (24, 0)
        assert report.tally.busy > 0
    assert tables(tmp_path / "together") == tables(tmp_path / "alone")


def test_days_are_lived_once(tmp_path: Path, days: Counter[str]) -> None:
    store, asked = task(tmp_path / "s", STUDY)
    receipts = worker.execute(asked)
    assert sorted(key for key, *_ in receipts) == sorted(job.key for job in store.jobs)
    assert {status for _, status, _ in receipts} == {"done"}
    assert all(float(seconds) > 0 for *_, seconds in receipts)
    assert days["built"] == 8, "one for each point, hypothesis and seed"
    asked_for = 24 * STUDY.scenario.days
    assert days["days"] < asked_for * 0.75
    assert not list((tmp_path / "s" / "claims").iterdir())


regime = st.sampled_from(["mandatory", "no_minor_holds", "no_receive", "inactive", "historical", "moa_exit"])
moved = st.builds(
    lambda name, day: f"{name}@{day}",
    st.sampled_from(["no_minor_holds", "no_receive", "city_of_refuge"]),
    st.dates(dt.date(2010, 1, 2), dt.date(2010, 12, 31)),
)


@settings(max_examples=6, deadline=None)
@given(
    names=st.lists(regime | moved, min_size=2, max_size=4, unique=True),
    seeds=st.integers(1, 2),
    settling=st.sampled_from([0, 28]),
    order=st.integers(0, 9),
)
def test_every_run_is_the_one_that_was_lived_alone(
    names: list[str], seeds: int, settling: int, order: int
) -> None:
    scenario = KEYS["scenario"] | {"settling_days": settling, "scale": 5000}
    study = Study(**KEYS | {"scenario": scenario, "levers": {"regimes": names}, "seeds": seeds})
    with TemporaryDirectory() as folder:
        store, asked = task(Path(folder, "s"), study, order)
        assert {status for _, status, _ in worker.execute(asked)} == {"done"}
        for key, setup in asked.runs:
            alone = measurers.live(setup, study.measured)
            assert runfile.read(store.path(key))[0].equals(alone.table())


@pytest.mark.parametrize("broken", ["forked", "run"])
def test_what_cannot_be_shared_is_lived_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Whoever is at fault is found where it stands alone."""
    method = getattr(CooperationModel, broken)

    def fail(self: CooperationModel, *args: object, **keys: object) -> object:
        if broken == "forked" or self.setup.regime == "no_receive":
            raise ArithmeticError("no")
        return method(self, *args, **keys)

    monkeypatch.setattr(CooperationModel, broken, fail)
    store, asked = task(tmp_path / "s", STUDY)
    told = {key: status for key, status, _ in worker.execute(asked)}
    for key, setup in asked.runs:
        failed = broken == "run" and setup.regime == "no_receive"
        assert told[key] == ("failed" if failed else "done")
    assert store.missing() == list(told.values()).count("failed")


def test_what_somebody_else_is_at_is_left_to_them(tmp_path: Path) -> None:
    store, asked = task(tmp_path / "s", STUDY)
    theirs = asked.runs[0][0]
    other = worker.Claim(tmp_path / "s" / "claims", "another")
    assert other.take(theirs)
    told = {key: status for key, status, _ in worker.execute(asked)}
    assert {key for key, status in told.items() if status != "done"} == {theirs}
    assert other.path is not None
    assert other.path.exists()
    assert store.missing() == 1


def test_families_are_runs_that_differ_in_their_regimes_alone(tmp_path: Path) -> None:
    store, _ = task(tmp_path / "s", STUDY)
    found = families(store.jobs)
    assert [len(family) for family in found] == [3] * 8
    assert sorted(job.key for family in found for job in family) == sorted(job.key for job in store.jobs)
    for family in found:
        assert len({(job.run.point, job.run.case.hypotheses, job.run.seed) for job in family}) == 1
        assert len({job.run.case.regime for job in family}) == 3
