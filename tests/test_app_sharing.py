"""What the browser's sessions share, turns on the cores and first mornings, and that nothing else of a city outlives it."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from comity.agents.residents import Resident
from comity.app import sharing
from comity.app.city import City
from comity.app.sharing import Starts, Turns
from comity.model import CooperationModel
from comity.policy.regimes import catalogue as regimes
from comity.scenario import Scenario


@pytest.mark.parametrize("regime", sorted(regimes()))
def test_a_copied_first_morning_is_the_one_that_would_be_built(regime: str) -> None:
    keys = {"place": "06075", "scale": 500, "regime": regime}
    start = Starts().of(Scenario.of(**keys | {"regime": "state_withhold"}))
    models = [CooperationModel(log=True, morning=start.world, **keys), CooperationModel(log=True, **keys)]
    for copied, built in zip(*(model.world for model in models), strict=True):
        assert np.array_equal(copied, built)
        assert copied.dtype == built.dtype
    for model in models:
        for _ in range(200):
            model.step()
    assert np.array_equal(*(model.world.residents for model in models))
    with pytest.raises(ValueError, match="read-only"):
        start.world.residents["trust"] = 0


def test_a_first_morning_is_built_once_for_all_who_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    starts, built, one = Starts(), [], Scenario.of(place="06075", scale=500)
    make = sharing._first_morning
    monkeypatch.setattr(
        sharing, "_first_morning", lambda setup: [time.sleep(0.2), built.append(setup), make(setup)][2]
    )
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(starts.of, [one.with_(regime=r) for r in ("mandatory", "no_receive")] * 4))
    assert len(built) == 1
    assert all(world is found[0] for world in found)
    starts.of(one.with_(seed=2))
    starts.of(one.with_(fear_weight=1.5))
    assert len(built) == 3


def test_only_so_many_first_mornings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    built, make = [], sharing._first_morning
    monkeypatch.setattr(sharing, "_first_morning", lambda setup: [built.append(setup.seed), make(setup)][1])
    one = Scenario.of(place="06075", scale=500)
    starts = Starts(int(2.5 * sum(make(one).nbytes().values())))
    for seed in (
        1,
        2,
        1,
        3,
        1,
        2,
    ):  # the third takes the place of the second, which was asked for least lately
        starts.of(one.with_(seed=seed))
    assert built == [1, 2, 3, 2]


def test_a_first_morning_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    starts, one = Starts(), Scenario.of(place="06075", scale=500)
    with monkeypatch.context() as patch:
        patch.setattr(sharing, "_first_morning", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            starts.of(one)
    assert len(starts.of(one).world.residents) > 1000


def test_turns_are_had_by_so_many_at_once_in_the_order_of_asking() -> None:
    turns, inside, most, order = Turns(2), [], [], []

    def take(n: int) -> None:
        with turns.turn():
            inside.append(n)
            order.append(n)
            most.append(len(inside))
            time.sleep(0.05)
            inside.remove(n)

    threads = [threading.Thread(target=take, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
        time.sleep(0.005)
    assert turns.crowded
    for thread in threads:
        thread.join()
    assert max(most) == 2
    assert order == sorted(order)
    assert not turns.crowded


def test_a_turn_ends_with_an_error() -> None:
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.turn():
            _ = 1 / 0


def test_a_closed_city_is_freed_at_once() -> None:
    city = City(Scenario.of(place="06075", scale=500))
    city.model.agents_by_type[Resident].select(at_most=3).get("trust")
    kept = weakref.ref(city.model.world.residents)
    gc.disable()
    try:
        city.close()
        assert kept() is None
    finally:
        gc.enable()
