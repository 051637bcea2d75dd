"""A class from outside: its code on the command line, its name behind a proxy, and who may show it in a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from typer.testing import CliRunner

from comity.app import embedding, launch, seats
from comity.app.classroom import Classroom
from comity.app.seats import Seats
from comity.app.server import Settings, build
from comity.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = "TRUST-26"


@pytest.fixture
def classroom() -> Classroom:
    return Classroom(CODE)


@pytest.fixture
def client(classroom: Classroom) -> Iterator[TestClient]:
    made = build(Settings(hosts=["testserver"], most_sessions=2, classroom=classroom))
    with TestClient(made, raise_server_exceptions=False) as found:
        yield found


@pytest.mark.parametrize(
    "code",
    ["", " ", "abc", "A" * 33, "TRUST 26", "TRUST_26", "TR\u00dcST-26", "-TRUST", "TRUST-", "\x00\x00\x00\x00",
     "\u202eTRUST", "<b>1234", "A" * 10**5],
)  # fmt: skip
def test_codes_that_cannot_be_told_are_refused_with_all_else_that_is_wrong(code: str) -> None:
    line = [
        "app",
        "--no-open",
        "--class",
        code,
        "--embed-from",
        "*",
        "--reached-at",
        "nowhere",
        "--host",
        "192.0.2.1",
    ]
    done = CliRunner().invoke(app, line, env={"TERM": "dumb"})
    assert done.exit_code == 2
    for option in ("--class", "--embed-from", "--reached-at", "--host"):
        assert option in done.output
    assert "Traceback" not in done.output
    assert len(done.output) < 3000


@settings(deadline=None)
@given(st.text(max_size=40) | st.from_regex(seats.CODE, fullmatch=True))
def test_a_code_is_one_that_can_be_typed_or_is_refused(code: str) -> None:
    if seats.objection(code) is None:
        assert 4 <= len(code.strip()) <= 32
        assert Seats(code).join(code, "here").number == 1


GOOD = (
    "https://courses.example.edu",
    "http://127.0.0.1:8000",
    "http://localhost",
    "https://[::1]:443",
    "https://a-b.example:65535",
)
BAD = ("", "*", "null", "https://*.example.edu", "https://a.example/", "https://a.example/course", "https://A.example",
       "ftp://a.example", "https://a.example:0", "https://a.example:99999", "https://a.example; script-src *",
       "https://a.example 'self'", "https://a.example\n", "'self'", "https://", "file:///home",
       "https://" + "a" * 400)  # fmt: skip


@pytest.mark.parametrize("origin", GOOD)
def test_only_named_origins_may_show_the_page_in_a_frame(classroom: Classroom, origin: str) -> None:
    assert embedding.objection(origin) is None
    made = build(Settings(hosts=["testserver"], embedders=[origin], classroom=classroom))
    with TestClient(made) as client:
        assert f"frame-ancestors {origin};" in client.get("/").headers["content-security-policy"]
        assert "frame-ancestors 'none'" in client.get("/teacher").headers["content-security-policy"]


@pytest.mark.parametrize("origin", BAD)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    assert embedding.objection(origin)


def test_without_a_name_nobody_may_show_the_page_in_a_frame() -> None:
    with TestClient(build(Settings(hosts=["testserver"]))) as client:
        assert "frame-ancestors 'none'" in client.get("/").headers["content-security-policy"]
        assert client.get("/teacher").status_code == client.post("/class/join").status_code == 404
        assert "data-class" not in client.get("/").text


@settings(deadline=None)
@given(
    st.text(max_size=60)
    | st.sampled_from(GOOD).flatmap(lambda good: st.text(max_size=9).map(lambda rest: good + rest))
)
def test_an_origin_adds_nothing_but_itself_to_the_policy(origin: str) -> None:
    if embedding.objection(origin) is None:
        parts = embedding.policy([origin]).split("; ")
        assert len(parts) == len(embedding.policy([]).split("; "))
        assert f"frame-ancestors {origin}" in parts
        assert not set(origin) & set(" ;,'\"*")


def test_a_server_behind_a_proxy_answers_to_its_name_there() -> None:
    door = launch.Door(code=CODE, reached_at="https://comity.example.edu")
    with TestClient(build(door.settings(None)), base_url="https://comity.example.edu") as client:
        assert client.get("/").status_code == 200
        own = {"origin": "https://comity.example.edu"}
        assert client.post("/class/join", json={"code": CODE}, headers=own).status_code == 200
    with TestClient(build(door.settings(None)), base_url="https://evil.example") as client:
        assert client.get("/").status_code == 400
