"""Threads that live a run together: whatever they are, every byte of what comes of it is that of one thread."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import comity_
from test_extensions import CENSUS
from test_saved_runs import same

from comity import CooperationModel, Parameters, day, together
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


class AtOnce:
    """Other threads that are always first: they do what they are handed before this one goes on."""

    def __init__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[..., None], *arguments: Any) -> Any:
        """Do it at once."""
        work(*arguments)
        return SimpleNamespace(result=lambda: None)

    def shutdown(self, **_: object) -> None:
        """Nobody has anything left to do."""


class Late(AtOnce):
    """Other threads that are always last: they begin when this one waits for them."""

    def submit(self, work: Callable[..., None], *arguments: Any) -> Any:
        """Do it when it is waited for."""
        return SimpleNamespace(result=lambda: work(*arguments))


@pytest.mark.parametrize("others", [AtOnce, Late])
@pytest.mark.parametrize("place", PLACES[::2])
def test_no_thread_has_to_wait_for_another(monkeypatch, others, place):
    """Whoever comes first, nobody reads in a county what its own thread may have changed by then."""
    keys = {
        "place": place,
        "hypotheses": EVERYTHING,
        "scale": 50,
        "targeting": 2.0,
        "targeting_memory": 1.0,
        **LIVING,
    }
    one = lived(1, **keys)
    monkeypatch.setattr(together, "ThreadPoolExecutor", others)
    same(one, lived(3, **keys))


def test_more_may_be_due_than_there_is_room_for(monkeypatch):
    made, make = [], together._ahead

    def narrow(room):
        made.append(room)
        return make(room if made[1:] else 1)

    monkeypatch.setattr(together, "_ahead", narrow)
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


def test_the_day_begins_with_the_phases_that_threads_share():
    assert together.possible(CooperationModel(**KEYS, place="HI").world)
    assert day.PHASES[: len(together._KNOWN)] == together._KNOWN


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
