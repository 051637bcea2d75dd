"""Threads that live a run together: whatever they are, every byte of what comes of it is that of one thread."""

from __future__ import annotations

import datetime as dt
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import comity_
from test_extensions import CENSUS
from test_saved_runs import same

from comity import CooperationModel, Parameters, day, together
from comity.extended import Day
from comity.policy import regimes
from comity.problems import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEYS: dict[str, Any] = {"start": dt.date(2010, 4, 1), "end": dt.date(2010, 5, 9), "scale": 400}
OFF = {name: of.json_schema_extra for name, of in Parameters.model_fields.items() if of.default == 0}
LIVING = {name: min(of["high"], 1 if "0 or 1" in of["unit"] else 0.9) for name, of in OFF.items()}
LIVING |= {"exit_rate": 1.0, "across_counties": 0.4}
"""Every mechanism that is off unless it is asked for, and more of what crosses county lines."""
EVERYTHING = "H1+H2+H2b+H3+H4+H5+H6+H7+H8+H9+H10"
PLACES = (["06075", "06081", "06001"], "HI", ["10001", "44003", "17031", "36061"])


def lived(threads: int, log: bool = False, **keys: Any) -> CooperationModel:
    return CooperationModel(**KEYS | keys, log=log).run(threads=threads)


@pytest.mark.parametrize("threads", [2, 8])
@pytest.mark.parametrize(
    "keys",
    [
        {"place": PLACES[0]},
        {"place": PLACES[1], "regime": "mandatory", "hypotheses": EVERYTHING},
        {"place": PLACES[2], "hypotheses": EVERYTHING, **LIVING, "log": True},
        {"place": PLACES[2], **LIVING, "recording_days": 0},
    ],
)
def test_threads_change_nothing(keys, threads):
    same(lived(1, **keys), lived(threads, **keys))


@settings(max_examples=4)
@given(
    st.sampled_from(PLACES),
    st.sampled_from(sorted(regimes.catalogue())),
    st.integers(0, 99),
    st.lists(st.integers(1, 9), min_size=2, max_size=2),
    st.sets(st.sampled_from(sorted(LIVING))),
    st.integers(1, 37),
)
def test_whoever_goes_on_goes_on_as_one_would(tmp_path_factory, place, regime, seed, threads, on, days):
    keys = {"place": place, "regime": regime, "seed": seed, "hypotheses": EVERYTHING}
    keys |= {name: LIVING[name] for name in on}
    path: Path = tmp_path_factory.mktemp("saved") / "half.comity"
    half = CooperationModel(**KEYS | keys)
    half.run(until=half.date + dt.timedelta(days=days), threads=threads[0]).save(path)
    same(lived(1, **keys), CooperationModel.load(path).run(threads=threads[1]))


def by_turns(model: CooperationModel, order: Callable[[list[int]], list[int]]) -> CooperationModel:
    """Live a run with three threads of which each does its part of a stage by itself, in some order."""
    w, do = model.world, together.doing()
    with together.Team(w, 3) as team:
        shared, threads = team._shared, list(range(len(team._own)))
        together.list_due(w, shared, 0)
        together.sort_due(shared, 0)
        day.prepare(do, w, w, shared, 0, 0, 0, 0)
        for today in range(model.days):
            for stage in together.Stage:
                for me in order(threads):
                    do(w, team._own[me], shared, me, int(stage), today, model.days)
            model.today = today + 1
            model._keep_log()
            if w.calendar["closes"][today]:
                model._close_period()
    return model


@pytest.mark.parametrize("order", [list, lambda threads: threads[::-1]])
@pytest.mark.parametrize("place", PLACES[::2])
@pytest.mark.parametrize("log", [False, True])
def test_no_thread_has_to_wait_for_another_within_a_stage(order, place, log):
    """Whoever comes first, nobody reads what another thread may have changed by then."""
    keys = {
        "place": place,
        "hypotheses": EVERYTHING,
        "scale": 50,
        "targeting": 2.0,
        "targeting_memory": 1.0,
        **LIVING,
    }
    one = CooperationModel(**KEYS | keys, log=log)
    same(one.run(), by_turns(CooperationModel(**KEYS | keys, log=log), order))


def test_more_may_be_due_than_there_is_room_for(monkeypatch):
    made, make = [], together._shared

    def narrow(room, parts):
        made.append(room)
        return make(room if made[1:] else 1, parts)

    monkeypatch.setattr(together, "_shared", narrow)
    same(lived(1, place="HI"), lived(2, place="HI"))
    assert len(made) > 1


def test_a_run_that_was_interrupted_goes_on():
    def stop(done, _):
        assert done < 10
        raise KeyboardInterrupt

    model = CooperationModel(**KEYS, place="HI")
    with pytest.raises(KeyboardInterrupt):
        model.run(stop, threads=3)
    same(lived(1, place="HI"), model.run())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("log", [False, True])
def test_who_interrupts_a_run_in_the_midst_of_a_day_can_go_on(monkeypatch, threads, log):
    """Python hears Ctrl-C when the kernel is done: the days that it lived are lived."""
    model, live = CooperationModel(**KEYS, place="HI", log=log), Day.live

    def live_and_be_stopped(self, *days):
        live(self, *days)
        if days[1] < 20 < days[2] + 7:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(Day, "live", live_and_be_stopped)
        with pytest.raises(KeyboardInterrupt):
            model.run(threads=threads)
    assert 0 < model.today < model.days
    same(lived(1, place="HI", log=log), model.run(threads=threads))


def test_a_thread_that_cannot_be_started_keeps_nobody_waiting(monkeypatch):
    class Few(ThreadPoolExecutor):
        begun = 0

        def submit(self, *work):
            type(self).begun += 1
            if self.begun == 2:
                raise RuntimeError("can't start new thread")
            return super().submit(*work)

    monkeypatch.setattr(together, "ThreadPoolExecutor", Few)
    with pytest.raises(RuntimeError, match="can't start"):
        lived(3, place="HI")


def test_the_day_begins_and_ends_with_the_phases_that_threads_share():
    assert together.possible(CooperationModel(**KEYS, place="HI").world)


@pytest.mark.parametrize("threads", [2, 3, 7, 51, 1024])
@pytest.mark.parametrize("place", [*PLACES, ["06037", "32009"], ["32009", "06037"], "NV"])
def test_everybody_is_some_thread_s(place, threads):
    w = CooperationModel(**KEYS, place=place).world
    parts, state = together._shared_out(w, threads), w.counties["state"]
    assert 2 <= len(parts) <= threads
    for first, last in (parts[:, :2].T, parts[:, 2:4].T):
        assert (first[0], last[-1]) == (0, len(w.counties))
        assert np.array_equal(first[1:], last[:-1])
    inner = parts[:-1, 3]
    assert all(n in {0, len(state)} or state[n - 1] != state[n] for n in inner), "states are whole"
    assert parts[-1, 4] == len(w.residents)


def test_nobody_waits_for_a_thread_that_fails(monkeypatch):
    def fail(_w, _own, _shared, me, *_):
        if me == 1:
            raise MemoryError
        while together._meeting()(_shared, me):
            pass
        return 0

    monkeypatch.setattr(together, "_living", lambda: fail)
    monkeypatch.setattr(day, "prepare", lambda *_: None)
    with pytest.raises(MemoryError):
        lived(3, place="HI")


def test_a_county_by_itself_has_nothing_to_share(monkeypatch):
    monkeypatch.delattr(together, "Team")
    same(lived(1, place="10001"), lived(8, place="10001"))


def test_phases_of_extensions_find_the_day_as_with_one_thread():
    one, other = (lived(threads, place="HI", extensions=[CENSUS]) for threads in (1, 4))
    assert np.array_equal(one.flows(), other.flows())


@pytest.mark.parametrize("threads", [0, -1, 2.0, True, "2", 10**6])
def test_what_is_no_number_of_threads_is_refused(threads):
    model = CooperationModel(**KEYS, place="10001")
    with pytest.raises(InputError, match="valid: 1 to 1024"):
        model.run(threads=threads)
    assert model.today == 0


@pytest.mark.parametrize("threads", ["0", "two", "1025"])
def test_the_command_line_refuses_it_too(tmp_path, threads):
    told = comity_("run", "--threads", threads, "--out", str(tmp_path / "out"), code=2)
    assert "--threads" in told
    assert not (tmp_path / "out").exists()
