"""The browser's server without a browser: addresses, pictures, lines, results, and what it refuses."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from app_pages import TINY, made
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from comity.agents.residents import Whereabouts
from comity.analyse.compare import interval
from comity.app import catalogue, downloads, launch, lessons, nation, published, series
from comity.app.city import MOST_CELLS, City, cells
from comity.app.pictures import AWAY, HAPPENED, MOST_DRAWN, RISK, Picture, thinned
from comity.app.server import BROKEN, FULL, IDLE, LARGEST_MESSAGE, Settings, build
from comity.app.session import Session
from comity.app.view import CHOICES, read_view, write_view
from comity.observe.measures import Stock
from comity.parameters import Parameters
from comity.policy.regimes import catalogue as regimes
from comity.problems import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# ---------------------------------------------------------------- addresses
def test_an_empty_address_is_the_founding_case_half_a_year_on() -> None:
    view = read_view({})
    assert (view.setup.place, view.day, view.against, view.setup.scale) == ("06075", 181, "", 1.0)
    assert write_view(view) == {}


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "against": st.sampled_from(sorted(regimes())),
            "regime": st.sampled_from(sorted(regimes())),
            "seed": st.integers(0, 2**63 - 1).map(str),
            "scale": st.floats(5, 1000).map(str),
            "fear_weight": st.floats(0, 2.5).map(str),
            "act_2010": st.lists(st.floats(0, 1), min_size=4, max_size=4).map(str),
            "day": st.integers(0, 2000).map(str),
            "place": st.sampled_from(["CA", "Cook County, IL", "06075", '["06075", "11001"]']),
            **{key: st.sampled_from(values) for key, values in CHOICES.items()},
        },
    )
)
def test_an_address_survives_being_written_and_read(state: dict[str, str]) -> None:
    if state.get("place") == "CA":
        state.pop("scale", None)  # which may be too fine for it
    view = read_view(state)
    assert read_view(write_view(view)) == view


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)
@given(
    ANYTHING
    | st.dictionaries(
        st.sampled_from([*CHOICES, "day", "against", "place", "regimes", "seed", "fear_weight"]), st.text()
    )
)
def test_any_address_is_read_or_refused_in_words(state: object) -> None:
    problems = []
    try:
        read_view(state)
    except InputError as error:
        problems = list(error.problems)
    assert all(p.file == "address" and p.expected for p in problems)


def test_every_problem_of_an_address_is_named_at_once() -> None:
    bad = {
        "speed": "-3",
        "regime": "x",
        "against": "y",
        "fear_weight": "9",
        "day": "-1",
        "place": "Nowhere",
        "__class__": "1",
        "compare": "z",
    }
    with pytest.raises(InputError) as caught:
        read_view(bad)
    keys = {p.key for p in caught.value.problems}
    assert {
        "speed",
        "regime",
        "against",
        "parameters.fear_weight",
        "day",
        "place",
        "__class__",
        "compare",
    } <= keys


def test_custom_regimes_of_a_scenario_fit_into_an_address() -> None:
    text = """
    place = "06075"
    regime = "mine"
    compare = ["mine", "no_receive"]
    [[regimes.mine.policies]]
    decider = "county"
    lever = "hold"
    value = [0.0, 0.5, 1.0, 1.0]
    start = 2010-07-01
    basis = 'an "ordinance"'
    """
    view = downloads.read_upload(text)
    assert (view.setup.regime, view.against) == ("mine", "no_receive")
    again = read_view(write_view(view))
    assert [City(setup).layout()["calendar"] for setup in again.setups] == [
        City(setup).layout()["calendar"] for setup in view.setups
    ]
    assert again.setup.digest() == view.setup.digest()


def test_too_many_agents_are_refused_with_the_scale_that_fits() -> None:
    with pytest.raises(InputError, match=r"scale.*valid: 50 or more"):
        read_view({"place": "CA", "scale": "2"})
    assert read_view({"place": "CA"}).setup.scale == 50


# ---------------------------------------------------------------- pictures, lines and frames


@pytest.mark.parametrize("scale", ["20", "200"])
def test_the_picture_adds_up_to_what_the_recorder_counts(scale: str) -> None:
    (city,) = made({"scale": scale, "day": "210", "recording_days": "1"})
    world = city.model.world
    picture = Picture(world, dots=True)
    picture.take(world, 209, 1)
    stock = world.stock.sum(axis=(0, 1))
    assert picture.sums[:, 0].sum() == stock[Stock.RESIDENTS]
    assert picture.sums[:, 1].sum() == pytest.approx(stock[Stock.TRUST], rel=1e-6)
    assert picture.sums[:, 2].sum() == pytest.approx(stock[Stock.RISK], rel=1e-6)
    assert picture.sums[:, 3].sum() == stock[Stock.IN_JAIL]
    where = world.residents["whereabouts"]
    assert np.array_equal(picture.dots[where > 0], AWAY + where[where > 0])
    assert (picture.dots[where == 0] < AWAY).all()
    few = Picture(world, dots=False)
    few.take(world, 209, HAPPENED)
    assert np.array_equal(np.sort(few.away), np.flatnonzero(where))


@settings(deadline=None)
@given(st.integers(0, 6 * MOST_DRAWN), st.integers(1, 7), st.integers(0, 2**20))
def test_whoever_is_drawn_is_spread_over_the_city_and_stays_drawn(people: int, step: int, first: int) -> None:
    ids = np.arange(first, first + people * step, step, dtype=np.int32)
    drawn = thinned(ids)
    assert len(drawn) == min(len(ids), MOST_DRAWN)
    thirds = np.histogram(drawn, 3, (first, first + people * step))[0]
    assert (np.abs(thirds - len(drawn) / 3) <= max(2, 0.02 * len(drawn))).all()
    assert np.isin(drawn[np.isin(drawn, ids[: len(ids) // 2])], thinned(ids[: len(ids) // 2])).all()


@pytest.mark.parametrize("colour", [RISK, HAPPENED])
def test_removals_are_drawn_however_many_have_moved_away(colour: int) -> None:
    (city,) = made({"scale": "50", "day": "20"})
    world = city.model.world.copy()
    residents = world.residents
    residents["whereabouts"] = Whereabouts.MOVED_AWAY
    residents["whereabouts"][::3] = Whereabouts.REMOVED
    picture = Picture(world, dots=False)
    picture.take(world, 19, colour)
    removed = picture.away[residents["whereabouts"][picture.away] == Whereabouts.REMOVED]
    assert len(removed) == min(MOST_DRAWN, int((residents["whereabouts"] == Whereabouts.REMOVED).sum()))
    assert removed.max() > 0.99 * len(residents)


def test_a_picture_changes_nothing() -> None:
    (city,) = made(TINY)
    before = city.model.world.copy()
    city.frame(0, 0)
    assert all(np.array_equal(a, b) for a, b in zip(before, city.model.world, strict=True))


def test_many_neighbourhoods_share_cells_in_the_order_of_their_share() -> None:
    near = np.zeros(1500, [("hispanics", "i4"), ("settled", "i4")])
    near["settled"], near["hispanics"] = 100, np.random.default_rng(1).integers(0, 100, 1500)
    cell = cells(near)
    assert (cell.min(), cell.max()) == (0, MOST_CELLS - 1)
    order = np.argsort(near["hispanics"], kind="stable")
    assert (np.diff(cell[order]) >= 0).all()


def test_lines_are_pooled_rates_states_and_running_totals() -> None:
    (city,) = made({"scale": "100", "day": "140"})
    totals, found = city.model.totals(), city.series()
    column = {name: found[:, k] for k, name in enumerate(series.COLUMNS)}
    calls = totals["chance_sum"][-4:, :3].sum() / totals["incidents"][-4:, :3].sum()
    assert column["reporting", "hispanic"][-1] == pytest.approx(100 * calls, rel=1e-5)
    assert column["prints", "all"][-1] == totals["submissions"].sum()
    assert column["trust", "other"][-1] == pytest.approx(
        100 * totals["trust_sum"][-1, 3:].sum() / totals["residents"][-1, 3:].sum(), rel=1e-5
    )


def test_intervals_are_those_of_the_comparison() -> None:
    values = np.random.default_rng(2).normal(size=(7, 3, 2))
    mean, half = series.intervals(values)
    assert (mean[1, 1], half[1, 1]) == pytest.approx(interval(values[:, 1, 1]))
    assert np.isnan(series.intervals(values[:1])[1]).all()


# ---------------------------------------------------------------- the server
@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "manifest.json").write_text('{"seed": 1}')
    (tmp_path / "mine" / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "mine" / "secret.txt").write_text("no")
    (tmp_path / "mine" / "link.csv").symlink_to("/etc/passwd")
    store = tmp_path / "local" / "sweep"
    store.mkdir(parents=True)
    (store / "store.json").write_text("{}")
    pd.DataFrame({"x": [*range(999), np.nan]}, dtype=object).to_parquet(store / "runs.parquet")
    sums = {"runs.parquet": hashlib.sha256((store / "runs.parquet").read_bytes()).hexdigest()}
    (store / "tables.json").write_text(json.dumps({"of": "", "sha256": sums}))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    settings = Settings(hosts=["testserver"], most_sessions=2, idle=1.0, results=tmp_path)
    with TestClient(build(settings)) as found:
        yield found


def test_pages_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    reply = client.get("/")
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    assert "http" not in reply.text.replace("http-equiv", "")
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_the_catalogue_is_the_registry(client: TestClient) -> None:
    found = client.get("/api/catalogue").json()
    assert [p["name"] for p in found["parameters"]] == list(Parameters.model_fields)
    assert {r["id"] for r in found["regimes"]} == set(regimes())
    assert len(found["lessons"]) == len(lessons.LESSONS)
    assert len(client.get("/api/places").json()) == 51 + 3143
    assert client.get("/api/find", params={"name": "King & Queen, VA"}).json() == ["51097"]
    assert client.get("/api/find", params={"name": "x" * 9000}).json() == client.get("/api/find").json() == []
    assert catalogue.place_names()[0] == "Alabama"


def test_results_are_listed_and_nothing_else_is_served(client: TestClient) -> None:
    listed = {entry["name"]: entry for entry in client.get("/api/results").json()}
    assert listed["mine"]["tables"] == ["a.csv"]
    assert "cannot be read" in listed["broken"]["about"]["manifest"]
    assert client.get("/api/result", params={"name": "mine", "file": "a.csv"}).json()["rows"] == [["1", "2"]]
    long = client.get("/api/result", params={"name": "local/sweep", "file": "runs.parquet"}).json()
    assert (long["columns"], len(long["rows"]), long["more"]) == (["x"], published.MOST_ROWS, True)
    for name, file in (
        ("mine", "secret.txt"),
        ("mine", "link.csv"),
        ("../..", "etc/passwd"),
        ("mine", "../mine/a.csv"),
        ("", ""),
    ):
        assert client.get("/api/result", params={"name": name, "file": file}).status_code == 404
    assert client.get("/static/../server.py").status_code == 404
    assert client.get("/api/outcomes", params={"name": "mine", "measure": "prints"}).status_code == 404


def test_the_map_has_every_county() -> None:
    found = nation.activation()
    assert len(found["fips"]) == 3143
    assert found["activation"][found["fips"].index("06075")] == "2010-06-08"
    assert [key for key, _ in found["outcomes"]] == list(nation.OUTCOMES)


def test_sockets_are_limited_in_number_origin_and_idleness(client: TestClient) -> None:
    with (
        client.websocket_connect("/session", headers={"origin": "http://evil.example"}) as foreign,
        pytest.raises(WebSocketDisconnect),
    ):
        foreign.receive_text()
    with client.websocket_connect("/session") as first, client.websocket_connect("/session"):
        with client.websocket_connect("/session") as third, pytest.raises(WebSocketDisconnect) as full:
            third.receive_text()
        assert full.value.code == FULL
        first.send_text("{no json")
        assert "unknown command" in first.receive_json()["error"]
        with pytest.raises(WebSocketDisconnect) as idle:
            first.receive_text()
        assert idle.value.code == IDLE


def test_a_message_that_cannot_be_sent_closes_the_connection_so_that_the_page_connects_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "_announce", lambda self, _: self.send({"type": object()}))
    with client.websocket_connect("/session") as socket:
        socket.send_json({"type": "open", "state": TINY, "epoch": 1})
        assert socket.receive_json()["type"] == "working"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == BROKEN


def test_one_page_lives_on_when_another_misbehaves(client: TestClient) -> None:
    with client.websocket_connect("/session") as good:
        with client.websocket_connect("/session") as bad:
            bad.send_bytes(b"\xff\xfe")
        good.send_json({"type": "open", "state": TINY, "epoch": 1})
        assert good.receive_json()["type"] == "working"
        assert good.receive_json()["type"] == "opened"


def test_results_that_are_no_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--results"):
        launch.serve(launch.Door(), tmp_path / "nowhere", show=False)


def test_a_port_in_use_is_refused_in_words_and_the_usual_one_is_replaced() -> None:
    taken = launch.bound("127.0.0.1", None)
    with taken, pytest.raises(InputError, match="valid: an address of this machine"):
        launch.bound("127.0.0.1", taken.getsockname()[1])
    assert LARGEST_MESSAGE >= 1 << 20
