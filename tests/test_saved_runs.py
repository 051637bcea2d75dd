"""A run that is saved and goes on equals the run in one piece; a file that cannot be continued is refused in words."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from comity import CooperationModel
from comity.problems import InputError

KEYS = {
    "place": ["06075", "06081", "06001"],
    "start": dt.date(2010, 4, 1),
    "end": dt.date(2010, 9, 30),
    "scale": 200,
    "seed": 11,
    "regime": "historical",
    "hypotheses": "H2+H2b+H3+H4+H5+H6+H7+H8+H10",
    "recording_days": 0,
}


def lived(days: int, **more) -> CooperationModel:
    model = CooperationModel(**KEYS | more)
    for _ in range(days):
        model.step()
    return model


@pytest.fixture(scope="module")
def whole() -> CooperationModel:
    """The run in one piece."""
    return CooperationModel(**KEYS, log=True).run()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A run saved in the middle of a recording period."""
    path = tmp_path_factory.mktemp("saved") / "half.comity"
    lived(100, log=True).save(path)
    return path


def same(one: CooperationModel, other: CooperationModel) -> None:
    pd.testing.assert_frame_equal(one.table(), other.table(), check_exact=True)
    pd.testing.assert_frame_equal(one.funnel(), other.funnel(), check_exact=True)
    pd.testing.assert_frame_equal(one.events(), other.events(), check_exact=True)
    for model in (one, other):  # rows in use of tables of a day that is over
        model.world.clock[["incidents", "arrests"]] = 0
    for name, array in one.world._asdict().items():
        if name not in ("incidents", "arrests", "stories", "log", "pull"):  # of a day that is over
            assert np.array_equal(array, getattr(other.world, name), equal_nan=array.dtype.kind == "f"), name


@pytest.mark.parametrize("days", [0, 1, 30, 100, 182, 183])
def test_two_halves_are_the_whole(whole, tmp_path, days):
    lived(days, log=True).save(tmp_path / "half")
    rest = CooperationModel.load(tmp_path / "half")
    assert (rest.today, rest.running, rest.setup) == (days, days < 183, whole.setup)
    same(rest.run(), whole)


def test_what_was_recorded_before_is_there_at_once(file):
    half = CooperationModel.load(file)
    alone = lived(100, log=True)
    same(half, alone)
    assert half.table()["date"].nunique() == 3


def test_latecomers_and_a_run_without_a_log_come_back(tmp_path):
    lived(20, latecomers=3).save(tmp_path / "half")
    rest = CooperationModel.load(tmp_path / "half").run()
    same(rest, CooperationModel(**KEYS, latecomers=3).run())
    assert rest.events().empty


def test_nothing_is_written_over(file):
    before = file.read_bytes()
    with pytest.raises(InputError, match="is there already"):
        lived(1).save(file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def rewritten(file, target, change) -> None:
    """Copy a saved run with what ``change`` makes of its members."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if (data := change(name, old.read(name))) is not None:
                new.writestr(name, data)


def about(key, value):
    def change(name, data):
        return json.dumps(json.loads(data) | {key: value}) if name == "about.json" else data

    return change


def array(wanted, edit):
    def change(name, data):
        if name != f"{wanted}.npy":
            return data
        values = np.load(io.BytesIO(data), allow_pickle=False)
        out = io.BytesIO()
        np.save(out, edit(values), allow_pickle=True)
        return out.getvalue()

    return change


def put(field, value):
    def edit(values):
        values[field][0] = value
        return values

    return edit


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (about("format", 99), "format = 99: another version"),
        (about("behaviour", "0"), "behaviour = '0': another version"),
        (about("today", 500), "today = 500: no day"),
        (about("today", "1; import os"), "not a count"),
        (about("latecomers", 10**9), "more than"),
        (lambda name, data: None if name == "jails.npy" else data, "jails"),
        (lambda name, data: b"" if name == "scenario.toml" else data, "empty"),
        (
            lambda name, data: data.replace(b"scale = 200", b"scale = 400") if "toml" in name else data,
            "of another scenario",
        ),
        (
            lambda name, data: data.replace(b"seed = 11", b"seed = 12") if "toml" in name else data,
            "residents.* of another scenario",
        ),
        (lambda name, data: data[:200] if name == "residents.npy" else data, "damaged"),
        (array("agenda_link", lambda a: a + 10**6), "out of bounds"),
        (array("cases", put("resident", -5)), "cases.resident = .*out of bounds"),
        (array("residents", put("whereabouts", 9)), "residents.whereabouts"),
        (array("tally", lambda _: np.array([{"a": 1}], object)), "tally"),
    ],
)
def test_a_file_that_cannot_be_continued_is_refused(file, tmp_path, change, message):
    rewritten(file, tmp_path / "bad", change)
    with pytest.raises(InputError, match=message) as raised:
        CooperationModel.load(tmp_path / "bad")
    assert all(problem.file == str(tmp_path / "bad") for problem in raised.value.problems)


@pytest.mark.parametrize("cut", [0, 10, 0.5, 0.99])
def test_a_truncated_file_is_refused(file, tmp_path, cut):
    data = file.read_bytes()
    (tmp_path / "cut").write_bytes(data[: int(cut * len(data)) if cut < 1 else cut])
    with pytest.raises(InputError, match="damaged"):
        CooperationModel.load(tmp_path / "cut")


def test_a_flipped_byte_is_refused_or_harmless(file, tmp_path):
    data = bytearray(file.read_bytes())
    for place in range(100, len(data), len(data) // 12):
        damaged = data.copy()
        damaged[place] ^= 0xFF
        (tmp_path / "bad").write_bytes(damaged)
        try:
            found = CooperationModel.load(tmp_path / "bad")
        except InputError:
            continue
        same(found, CooperationModel.load(file))


def test_a_damaged_header_of_an_array_is_refused(file, tmp_path):
    """What numpy's reader makes of a header that is no Python literal is damage, not a traceback."""
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(tmp_path / "bad", "w") as bad:
        for name in whole.namelist():
            data = whole.read(name)
            bad.writestr(name, data.replace(b"}", b"(", 1) if name == "tally.npy" else data)
    with pytest.raises(InputError, match="damaged"):
        CooperationModel.load(tmp_path / "bad")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="not there"):
        CooperationModel.load(tmp_path / "none")
