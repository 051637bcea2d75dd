"""A class: joining, seats, answers and the teacher's page, and what hostile or clumsy pages send to its server."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import psutil
import pytest
import uvicorn
from app_pages import until
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from websockets.sync.client import ClientConnection, connect

from comity.app import answers, launch, seats, server
from comity.app.classroom import LARGEST_BODY, Classroom
from comity.app.limits import ROOM, size
from comity.app.seats import MOST_SEATS, Refused, Seats
from comity.app.server import ELSEWHERE, NO_SEAT, Settings, build
from comity.app.view import read_view
from comity.problems import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = "TRUST-26"
TINY = {"place": "06003", "start": "2010-01-01", "end": "2010-03-31", "day": "20", "scale": "1"}
ANSWER = {"lesson": "1", "question": "held", "guess": 3, "answer": "fewer", "right": True, "hints": 1}


@pytest.fixture
def classroom() -> Classroom:
    return Classroom(CODE)


@pytest.fixture
def client(classroom: Classroom) -> Iterator[TestClient]:
    made = build(Settings(hosts=["testserver"], most_sessions=2, classroom=classroom))
    with TestClient(made, raise_server_exceptions=False) as found:
        yield found


def join(client: TestClient, code: object = CODE) -> Any:
    return client.post("/class/join", json={"code": code})


def report(client: TestClient, token: str, **said: Any) -> Any:
    return client.post("/class/report", json=said, headers={"authorization": f"Bearer {token}"})


def teacher(classroom: Classroom) -> dict[str, str]:
    return {"authorization": f"Bearer {classroom.secret}"}


# ---------------------------------------------------------------- joining and answering
def test_a_class_joins_answers_and_is_seen_by_its_teacher(client: TestClient, classroom: Classroom) -> None:
    first, second = (join(client, code).json() for code in (CODE, f" {CODE.lower()}\n"))
    assert (first["seat"], second["seat"]) == (1, 2)
    assert first["token"] != second["token"]
    assert report(client, first["token"], where={"lesson": 3}, answers=[ANSWER]).status_code == 200
    told = client.get("/teacher/seats", headers=teacher(classroom)).json()
    assert [seat["seat"] for seat in told["seats"]] == [1, 2]
    assert told["seats"][0]["where"] == {"view": "city", "lesson": 3}
    assert told["seats"][0]["answers"] == [ANSWER]
    assert first["token"] not in json.dumps(told)


def test_a_later_answer_to_a_question_takes_the_place_of_the_earlier(
    client: TestClient, classroom: Classroom
) -> None:
    token = join(client).json()["token"]
    report(client, token, answers=[ANSWER])
    report(client, token, answers=[ANSWER | {"answer": "more"}, ANSWER | {"question": "why"}])
    (seat,) = client.get("/teacher/seats", headers=teacher(classroom)).json()["seats"]
    assert [answer["answer"] for answer in seat["answers"]] == ["more", "fewer"]


def test_nothing_is_known_of_persons_and_nothing_is_set_in_the_browser(
    client: TestClient, classroom: Classroom
) -> None:
    reply = join(client)
    assert set(reply.json()) == {"seat", "token"}
    assert "set-cookie" not in reply.headers
    assert reply.headers["cache-control"] == "no-store"
    told = client.get("/teacher/seats", headers=teacher(classroom)).json()
    assert set(told["seats"][0]) == {"seat", "here", "silent", "where", "answers"}
    assert report(client, reply.json()["token"], where={"name": "Ann"}).status_code == 400


def test_answers_are_saved_as_csv_and_json(client: TestClient, classroom: Classroom) -> None:
    token = join(client).json()["token"]
    line = {"lesson": "2", "question": "draw", "guess": [1.5, 2.0], "answer": None, "right": None, "hints": 0}
    report(client, token, answers=[ANSWER | {"answer": "=1+1"}, line])
    as_json = client.get("/teacher/answers.json", headers=teacher(classroom)).json()
    assert (as_json["form"], as_json["version"]) == ("comity-class", answers.VERSION)
    assert as_json["seats"] == [{"seat": 1, "answers": [ANSWER | {"answer": "=1+1"}, line]}]
    rows = list(
        csv.DictReader(io.StringIO(client.get("/teacher/answers.csv", headers=teacher(classroom)).text))
    )
    assert [row["answer"] for row in rows] == ["'=1+1", ""]
    assert [row["guess"] for row in rows] == ["3", "1.5 2.0"]


@pytest.mark.parametrize("start", ["", " ", "\t", "\n"])
@pytest.mark.parametrize("sign", "=+-@")
def test_no_answer_is_a_formula(start: str, sign: str) -> None:
    text = answers.as_csv([{"seat": 1, "answers": [ANSWER | {"answer": f"{start}{sign}cmd|' /C calc'!A0"}]}])
    assert next(csv.DictReader(io.StringIO(text)))["answer"].startswith("'")


# ---------------------------------------------------------------- what is refused
PATHS = ("/teacher/seats", "/teacher/answers.json", "/teacher/answers.csv")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("secret", ["", "Bearer ", "Bearer x", f"Bearer {CODE}", "Bearer \u00e9".encode()])
def test_only_the_teacher_sees_the_class(client: TestClient, path: str, secret: Any) -> None:
    token = join(client).json()["token"]
    for given_secret in (secret, f"Bearer {token}"):
        reply = client.get(path, headers={"authorization": given_secret})
        assert (reply.status_code, reply.json()["refused"]) == (403, "wrong_secret")
    assert client.post("/teacher/reset", json={"seat": None}).status_code == 403
    assert client.get(path).status_code == 403


def test_guessing_the_secret_is_slowed_down(client: TestClient, classroom: Classroom) -> None:
    replies = [client.get("/teacher/seats", headers={"authorization": f"Bearer {n}"}) for n in range(40)]
    assert {reply.status_code for reply in replies[:20]} == {403}
    assert {reply.status_code for reply in replies[22:]} == {429}
    assert int(replies[-1].headers["retry-after"]) >= 1
    assert client.get("/teacher/seats", headers=teacher(classroom)).status_code == 429


CODES = st.none() | st.integers() | st.text() | st.lists(st.text()) | st.just("\ud800")


@settings(deadline=None, max_examples=60)
@given(
    CODES
    | st.sampled_from(["", "x" * 5000, "TRUST\x0026", "TRUST-26\u200b", "\u202eTRUST", "<img>", "TRÜST-26"])
)
def test_any_wrong_code_is_refused_in_a_word(code: Any) -> None:
    room = Seats(CODE)
    with pytest.raises(Refused) as refused:
        room.join(code, "here")
    assert (refused.value.why, refused.value.status, len(room)) == ("wrong_code", 403, 0)


def test_wrong_codes_are_slowed_down_by_address_and_right_ones_from_there_as_well(monkeypatch: Any) -> None:
    now = [0.0]
    room = Seats(CODE, clock=lambda: now[0])

    def tried(code: str, address: str) -> str:
        try:
            room.join(code, address)
        except Refused as refused:
            return refused.why
        return ""

    assert [tried("WRONG", "a") for _ in range(20)] == ["wrong_code"] * 20
    assert tried("WRONG", "a") == tried(CODE, "a") == "too_many"
    assert tried(CODE, "b") == ""
    now[0] += 4
    assert tried(CODE, "a") == ""
    for n in range(5000):
        now[0] += 1
        tried("WRONG", f"other {n}")
    assert len(room.guesses._tried) == seats.MOST_ADDRESSES


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 5), st.sampled_from(["right", "wrong"]), st.integers(0, 3)), max_size=300)
)
def test_no_more_guesses_are_answered_than_are_allowed(tries: list[tuple[float, str, int]]) -> None:
    now = [0.0]
    room = Seats(CODE, clock=lambda: now[0])
    wrong: dict[int, int] = {}
    for later, kind, address in tries:
        now[0] += later
        try:
            room.join(CODE if kind == "right" else "WRONG", str(address))
        except Refused as refused:
            wrong[address] = wrong.get(address, 0) + (refused.why == "wrong_code")
    assert all(n <= 21 + now[0] / 3 for n in wrong.values())
    assert len(room) <= MOST_SEATS


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b"", 400, "malformed"), (b"{no json", 400, "malformed"), (b"[]", 400, "malformed"), (b"7", 400, "malformed"),
        (b"[" * 60_000, 400, "malformed"), (b"\xff\xfe", 400, "malformed"), (b'{"code": "A", "name": "Ann"}', 400, "malformed"),
        (b'{"code": "' + b"x" * (1 << 20) + b'"}', 413, "too_large"), (b"{}", 403, "wrong_code"),
    ],
)  # fmt: skip
def test_what_is_no_request_to_join_is_refused(
    client: TestClient, body: bytes, status: int, why: str
) -> None:
    reply = client.post("/class/join", content=body, headers={"content-type": "application/json"})
    assert (reply.status_code, reply.json()["refused"]) == (status, why)


@pytest.mark.parametrize("path", ["/class/join", "/class/report", "/teacher/reset"])
def test_other_pages_cannot_ask(client: TestClient, classroom: Classroom, path: str) -> None:
    token = classroom.secret if path == "/teacher/reset" else join(client).json()["token"]
    own = {"authorization": f"Bearer {token}"}
    foreign = client.post(path, json={"code": CODE}, headers=own | {"origin": "http://evil.example"})
    assert (foreign.status_code, foreign.json()["refused"]) == (403, "foreign")
    plain = client.post(path, content=b'{"code": "TRUST-26"}', headers=own | {"content-type": "text/plain"})
    assert plain.status_code == 415
    assert client.get(path).status_code == 405


@pytest.mark.parametrize(
    "said",
    [
        {"answers": [ANSWER | {"answer": "x" * 3000}]}, {"answers": [ANSWER] * 201}, {"answers": "many"},
        {"answers": [ANSWER | {"hints": -1}]}, {"answers": [ANSWER | {"hints": 10**30}]}, {"answers": [{"lesson": "1"}]},
        {"answers": [ANSWER | {"guess": {"a": 1}}]}, {"answers": [ANSWER | {"name": "Ann"}]}, {"where": {"lesson": 999}},
        {"where": {"view": "<script>"}}, {"where": 1}, {"answers": [ANSWER | {"guess": [0.5] * 600}]},
    ],
    ids=lambda said: str(said)[:40],
)  # fmt: skip
def test_reports_that_are_none_are_refused_and_the_seat_stays(
    client: TestClient, said: dict[str, Any]
) -> None:
    token = join(client).json()["token"]
    assert report(client, token, **said).status_code == 400
    assert report(client, token, answers=[ANSWER]).status_code == 200


def test_an_answer_of_a_megabyte_is_refused_in_words_and_the_seat_stays(
    client: TestClient, classroom: Classroom
) -> None:
    token = join(client).json()["token"]
    for length in (LARGEST_BODY, 1 << 20, 8 << 20):
        reply = report(client, token, answers=[ANSWER | {"answer": "x" * length}])
        assert (reply.status_code, reply.json()["refused"]) == (413, "too_large")
    assert report(client, token, answers=[ANSWER]).status_code == 200
    assert len(client.get("/teacher/seats", headers=teacher(classroom)).json()["seats"][0]["answers"]) == 1


def test_a_seat_has_so_many_answers_and_reports(client: TestClient) -> None:
    room = Seats(CODE)
    seat = room.join(CODE, "here")
    for n in range(answers.MOST):
        seat.answers["1", str(n)] = ANSWER
    with pytest.raises(Refused, match="too_much"):
        room.report(seat, {}, {("1", "one more"): ANSWER})
    token = join(client).json()["token"]
    replies = [report(client, token).status_code for _ in range(60)]
    assert replies[:30] == [200] * 30
    assert 429 in replies


# ---------------------------------------------------------------- seats and pages
def test_a_page_needs_a_seat(client: TestClient) -> None:
    for said in ("", "{no json", json.dumps({"type": "open", "state": TINY}), json.dumps({"seat": ["x"]})):
        with client.websocket_connect("/session") as page:
            page.send_text(said)
            assert page.receive()["code"] == NO_SEAT
    token = join(client).json()["token"]
    with client.websocket_connect("/session") as page:
        page.send_json({"seat": token})
        page.send_json({"type": "open", "state": TINY, "epoch": 1})
        assert page.receive_json()["type"] == "working"


def test_a_page_that_says_nothing_is_not_waited_for(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SEATED_WITHIN", 0.2)
    with client.websocket_connect("/session") as page:
        assert page.receive()["code"] == NO_SEAT


def test_a_student_has_one_page_and_can_always_reload_it(client: TestClient, classroom: Classroom) -> None:
    one, other = (join(client).json()["token"] for _ in range(2))
    with client.websocket_connect("/session") as first, client.websocket_connect("/session") as taken:
        first.send_json({"seat": one})
        taken.send_json({"seat": other})
        until(lambda: sum(seat["here"] for seat in classroom.seats.told()) == 2)
        with client.websocket_connect("/session") as again:
            again.send_json({"seat": one})
            again.send_json({"type": "open", "state": TINY, "epoch": 1})
            assert again.receive_json()["type"] == "working"
            assert first.receive()["code"] == ELSEWHERE
            assert sum(seat["here"] for seat in classroom.seats.told()) == 2


@pytest.mark.parametrize("everybody", [False, True])
def test_a_reset_forgets_the_seat_and_closes_its_page(
    client: TestClient, classroom: Classroom, everybody: bool
) -> None:
    one, other = (join(client).json()["token"] for _ in range(2))
    report(client, one, answers=[ANSWER])
    with client.websocket_connect("/session") as page:
        page.send_json({"seat": one})
        until(lambda: classroom.seats.told()[0]["here"])
        told = client.post(
            "/teacher/reset", json={"seat": None if everybody else 1}, headers=teacher(classroom)
        )
        assert told.json() == {"forgotten": 2 if everybody else 1}
        assert page.receive()["code"] == NO_SEAT
    assert report(client, one, answers=[ANSWER]).json()["refused"] == "no_seat"
    assert report(client, other).status_code == (410 if everybody else 200)
    assert classroom.seats.told() == ([] if everybody else [classroom.seats.told()[0] | {"seat": 2}])
    assert join(client).json()["seat"] == 3


def test_seats_that_nobody_sits_on_are_given_to_others_but_never_answers() -> None:
    now = [0.0]
    room = Seats(CODE, most=2, clock=lambda: now[0])
    first, second = room.join(CODE, "a"), room.join(CODE, "a")
    room.report(first, {}, {("1", "q"): ANSWER})
    with pytest.raises(Refused, match="full"):
        room.join(CODE, "a")
    now[0] += 31
    third = room.join(CODE, "a")
    assert [seat["seat"] for seat in room.told()] == [first.number, third.number]
    with pytest.raises(Refused, match="no_seat"):
        room.of(second.token)
    room.sit(third, lambda _: None)
    now[0] += 31
    with pytest.raises(Refused, match="full"):
        room.join(CODE, "a")


def test_one_student_cannot_take_the_memory_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    hall = server.Hall(Settings(classroom=Classroom(CODE), most_sessions=40))
    founding = read_view({"against": "state_withhold"}).setups
    assert 2 * size(founding[0]) <= hall.share
    assert server.Hall(Settings()).share == ROOM.most
    whole = read_view({"place": "RI", "scale": "5000"}).setups
    monkeypatch.setattr(ROOM, "most", 40 * size(whole[0]))
    with pytest.raises(InputError, match="more than one student's share"):
        ROOM.take("somebody", whole * 2, size(whole[0]))


# ---------------------------------------------------------------- a flood
class Running:
    """A server of a class on this machine."""

    def __init__(self, port: int, classroom: Classroom) -> None:
        self.port, self.classroom = port, classroom

    @contextmanager
    def page(self, token: str) -> Iterator[ClientConnection]:
        """Connect as the page of a seat does."""
        with connect(f"ws://127.0.0.1:{self.port}/session") as made:
            made.send(json.dumps({"seat": token}))
            yield made


@pytest.fixture
def running(classroom: Classroom) -> Iterator[Running]:
    listener = launch.bound("127.0.0.1", None)
    made = uvicorn.Server(launch.configured(Settings(classroom=classroom)))
    thread = threading.Thread(target=made.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: made.started)
    yield Running(listener.getsockname()[1], classroom)
    made.should_exit = True
    thread.join(20)
    listener.close()
    assert not thread.is_alive()


def days(page: ClientConnection, seconds: float) -> int:
    """Return how many frames a page gets in a while."""
    end, found = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        try:
            message = page.recv(timeout=max(0.01, end - time.monotonic()))
        except TimeoutError:
            return found
        if isinstance(message, bytes):
            page.send(json.dumps({"type": "ack", "frame": int.from_bytes(message[8:12], "little")}))
            found += 1
    return found


def test_two_hundred_joins_a_second_are_all_answered_and_the_class_goes_on(running: Running) -> None:
    url = f"http://127.0.0.1:{running.port}/class/join"
    token = httpx2.post(url, json={"code": CODE}).json()["token"]
    with running.page(token) as page:
        page.send(json.dumps({"type": "open", "state": TINY | {"speed": "7"}, "epoch": 1, "play": True}))
        until(lambda: isinstance(page.recv(timeout=60), bytes))
        before = psutil.Process().memory_info().rss

        def ask(n: int) -> tuple[int, str]:
            reply = client.post(url, json={"code": CODE if n % 4 else "WRONG"})
            return reply.status_code, reply.json().get("refused", "seated")

        begun = time.monotonic()
        with httpx2.Client(timeout=30) as client, ThreadPoolExecutor(20) as pool:
            told = list(pool.map(ask, range(400)))
        assert time.monotonic() - begun < 20
        assert {why for _, why in told} <= {"seated", "busy", "too_many", "wrong_code"}
        assert {status for status, why in told if why != "seated"} <= {403, 429}
        assert len(told) == 400
        assert len(running.classroom.seats) == 1 + sum(why == "seated" for _, why in told) <= MOST_SEATS
        assert days(page, 3) > 3
        assert psutil.Process().memory_info().rss - before < 100_000_000


def test_whoever_comes_when_all_seats_are_taken_is_told_so(client: TestClient, classroom: Classroom) -> None:
    classroom.seats.most = 3
    told = [join(client) for _ in range(5)]
    assert [reply.status_code for reply in told] == [200, 200, 200, 503, 503]
    assert told[-1].json() == {"refused": "full", "wait": 0}
