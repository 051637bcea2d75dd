"""All regimes at once: the table's numbers are those of runs lived one by one, and nothing is left out or lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.app import histories, overview
from comity.app.session import Session
from comity.app.view import read_view
from comity.model import CooperationModel
from comity.observe.measures import GROUPS
from comity.policy import regimes
from comity.policy.levers import LEVERS

SHORT = {"scale": "500", "start": "2010-05-01", "end": "2010-12-31"}


def base(**keys: str) -> Any:
    return overview.subject(read_view(SHORT | keys).setup)


def test_every_regime_has_a_row_and_every_layer_a_name() -> None:
    rows = overview.rows(base())
    assert [row.spec.partition("@")[0] for row in rows] == [
        "mandatory",
        *(name for name in regimes.catalogue() if name != "mandatory"),
    ]
    assert set(overview.LAYERS) == {lever.layer for lever in LEVERS.values()}
    for row in rows:
        layers = {LEVERS[p.lever].layer for p in regimes.catalogue()[row.spec.partition("@")[0]].policies}
        assert {row.layer} == layers or (row.layer == overview.SEVERAL and len(layers) > 1)


@given(
    st.sampled_from(
        ["San Francisco County, CA", "Cook County, IL", "Travis County, TX", "Harris County, TX"]
    ),
    st.dates(min_value=read_view({}).setup.start, max_value=read_view({}).setup.end),
    st.integers(1, 900),
)
@settings(max_examples=25, deadline=None)
def test_rows_are_regimes_of_the_run_wherever_and_whenever(place: str, start: Any, days: int) -> None:
    end = np.datetime64(start) + np.timedelta64(days, "D")
    setup = base(place=place, start=start.isoformat(), end=str(end), scale="5000")
    for row in overview.rows(setup):
        assert setup.with_(regime=row.spec).regime == row.spec
        assert row.since is None or row.since <= setup.end.isoformat()
        assert not row.moved or row.since


def total(model: CooperationModel, name: str) -> float:
    return float(model.totals()[name].sum())


@settings(max_examples=3, deadline=None)
@given(st.integers(1, 99), st.sampled_from(["H0", "H2+H4", "H10"]))
def test_its_numbers_are_those_of_runs_lived_one_by_one(seed: int, hypotheses: str) -> None:
    setup = base(seed=str(seed), hypotheses=hypotheses)
    specs = ["mandatory", "inactive", "no_receive", "full_decline@2010-06-08", "task_force_287g"]
    setups = [setup.with_(regime=spec) for spec in specs]
    found = histories.live(setups, overview.SHOWN, lambda: None)
    for each, row in zip(setups, found, strict=True):
        model = CooperationModel(each).run()
        shown = dict(zip(overview.SHOWN, row, strict=True))
        counted = total(model, "transfers") + total(model, "at_large_arrests")
        assert shown["custody", "all"] == counted
        assert shown["removals", "all"] == total(model, "removals")
        of, totals = GROUPS.index("Hispanic, US-born"), model.totals()
        trust = 100 * totals["trust_sum"][-1, of] / totals["residents"][-1, of]
        assert shown["trust", "us_born"] == pytest.approx(trust)
        hispanic = [name.startswith("Hispanic") for name in GROUPS]
        victims = 1000 * totals["incidents"][:, hispanic].sum() / totals["person_years"][:, hispanic].sum()
        assert shown["victims", "hispanic"] == pytest.approx(victims)  # the run is shorter than a year


def test_differences_are_paired_and_none_where_nobody_acts() -> None:
    setup = base(hypotheses="H0")
    rows = overview.rows(setup)
    runs = [
        histories.live(
            [setup.with_(regime=row.spec, seed=seed) for row in rows], overview.SHOWN, lambda: None
        )
        for seed in (1, 2)
    ]
    table = overview.table(setup, rows, np.stack(runs))
    of = {row["spec"]: row for row in table["rows"]}
    assert of["no_receive"]["difference"] == of["no_receive"]["half"] == [0.0] * len(overview.SHOWN)
    assert of["inactive"]["difference"][0] == pytest.approx(np.mean([run[1, 0] - run[0, 0] for run in runs]))
    assert of["inactive"]["difference"][0] < 0
    one = overview.table(setup, rows, np.stack(runs[:1]))["rows"][1]
    assert one["half"] == [None] * len(overview.SHOWN)  # a single history has no interval


def test_few_states_are_in_memory_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the room of a page is counted for."""
    states, most, grow = 1, 1, histories.grow

    def counted(branch: Any) -> Any:
        nonlocal states, most
        model, parts = grow(branch)
        states += len(parts) - 1
        most = max(most, states)
        return model, parts

    monkeypatch.setattr(histories, "grow", counted)
    setup = base(end="2012-12-31")
    setups = [setup.with_(regime=row.spec) for row in overview.rows(setup)]
    histories.live(setups, overview.SHOWN, lambda: None)
    assert 1 < most <= histories.at_once(len(setups))


class Heard:
    """A session and what it says."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.new = threading.Condition()
        self.executor = ThreadPoolExecutor(1)
        self.session = Session(self._take, self.executor)
        self.session.start()

    def _take(self, message: Any) -> None:
        with self.new:
            self.said.append(message)
            self.new.notify_all()

    def wait(self, wanted: Any) -> Any:
        """Return the first message that is wanted."""

        def found() -> Any:
            return next((m for m in self.said if isinstance(m, dict) and wanted(m)), None)

        with self.new:
            assert self.new.wait_for(found, 120), self.said
            return found()


@pytest.fixture
def heard() -> Any:
    heard = Heard()
    yield heard
    heard.session.stop()
    heard.executor.shutdown(cancel_futures=True)


def test_a_session_fills_it_beside_the_sandbox(heard: Heard) -> None:
    heard.session.tell({"type": "open", "state": SHORT, "epoch": 1})
    heard.session.tell({"type": "overview", "seeds": 2, "asked": 7})
    heard.session.tell({"type": "step", "by": "day"})
    first = heard.wait(lambda m: m["type"] == "overview")
    assert (first["done"], first["total"], first["asked"]) == (1, 2, 7)
    last = heard.wait(lambda m: m["type"] == "overview" and m["done"] == 2)
    assert last["about"]["seeds"] == 2


def test_who_asks_for_none_is_sent_none(heard: Heard) -> None:
    heard.session.tell({"type": "open", "state": SHORT | {"seed": "77"}, "epoch": 1})
    heard.session.tell({"type": "overview", "seeds": 50, "asked": 1})
    heard.wait(lambda m: m["type"] == "overview")
    heard.session.tell({"type": "overview", "seeds": 0, "asked": 2})
    heard.session.tell({"type": "story", "resident": -1})  # answered after it
    heard.wait(lambda m: m["type"] == "invalid")
    before = sum(m["type"] == "overview" for m in heard.said if isinstance(m, dict))
    heard.executor.shutdown(wait=True)
    assert sum(m["type"] == "overview" for m in heard.said if isinstance(m, dict)) == before


@pytest.mark.parametrize(
    "wrong", [{}, {"seeds": "many", "asked": 1}, {"seeds": -1, "asked": 1}, {"seeds": 1}]
)
def test_what_is_no_request_is_refused_with_words(heard: Heard, wrong: dict[str, Any]) -> None:
    heard.session.tell({"type": "overview", **wrong})
    problems = heard.wait(lambda m: m["type"] == "invalid")["problems"]
    assert {p["key"] for p in problems} <= {"seeds", "asked"}


def test_nothing_open_is_said(heard: Heard) -> None:
    heard.session.tell({"type": "overview", "seeds": 1, "asked": 1})
    assert "open" in heard.wait(lambda m: m["type"] == "invalid")["error"]
