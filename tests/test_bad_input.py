"""Bad input: a message with file, key, value and what is valid, exit code 2, nothing overwritten."""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from comity.cli import app
from comity.parameters import Parameters
from comity.reading import LARGEST_FILE
from comity.scenario import InputError, Scenario, load

PLACE = "place = '06075'\n"


@dataclass(frozen=True)
class Bad:
    """A scenario file that is wrong in one way, and what the message must repeat."""

    about: str
    text: str
    key: str
    value: str
    valid: str


def overlap(start, end):
    return (
        PLACE
        + f"""
regime = "mine"
[regimes.mine]
title = "Two at once"
{_policy("2009-06-01", "2010-06-01", 0)}
{_policy(start, end, 1)}
"""
    )


def _policy(start, until, value):
    return f"""[[regimes.mine.policies]]
decider = "county"
lever = "transmit"
value = {value}
start = {start}
until = {until}
where = ["place"]
basis = "an ordinance"
believed = "cut"
"""


def custom(line, decider="county", lever="transmit", value="0"):
    return f"""{PLACE}
[[regimes.mine.policies]]
decider = "{decider}"
lever = "{lever}"
value = {value}
start = 2010-01-01
{line}
"""


# One problem a line: this is a table.
# fmt: off
FILES = [
    Bad("no place", "seed = 1", "place", "(none)", "'06075'"),
    Bad("unknown county", "place = 'San Franzisco, CA'", "place", "'San Franzisco, CA'", "San Francisco County, CA"),
    Bad("unknown code", "place = '06074'", "place", "'06074'", "or 06075 (San Francisco County, CA)"),
    Bad("ambiguous county", "place = 'Orange County'", "place", "'Orange County'", "Orange County, CA"),
    Bad("unknown county in a list", "place = ['06075', 'Atlantis']", "place", "'Atlantis'", "a state"),
    Bad("empty list of places", "place = []", "place", "[]", "a county"),
    Bad("place that is no text", "place = true", "place", "True", "a county"),
    Bad("unknown regime", PLACE + "regime = 'no_recieve'", "regime", "'no_recieve'", "did you mean no_receive?"),
    Bad("regime after the data", PLACE + "regime = 'notify@9999-12-31'", "regime", "'notify@9999", "to 2020-12-31"),
    Bad("unknown regime to compare", PLACE + "compare = ['mandatory', 'felony']", "compare", "'felony'", "felony_only"),
    Bad("unknown hypothesis", PLACE + "hypotheses = 'H2+H99'", "hypotheses", "'H2+H99'", "H0, H1, H2, H2b"),
    Bad("unknown parameter", PLACE + "[parameters]\nfear_wieght = 1", "parameters.fear_wieght", "1", "fear_weight"),
    Bad("parameter outside its table", PLACE + "fear_weight = 1", "fear_weight", "1", "parameters.fear_weight"),
    Bad("unknown key", PLACE + "sede = 1", "sede", "1", "did you mean seed?"),
    Bad("too low", PLACE + "[parameters]\ntrust_norm = 0.01", "parameters.trust_norm", "0.01", "from 0.05 to 0.95"),
    Bad("too high", PLACE + "[parameters]\nfear_weight = 99", "parameters.fear_weight", "99", "from 0 to 2.5"),
    Bad("text for a number", PLACE + "[parameters]\nfear_weight = '1'", "parameters.fear_weight", "'1'", "a number"),
    Bad("truth for a number", PLACE + "[parameters]\nfear_weight = true", "parameters.fear_weight", "True", "a number"),
    Bad("not a number", PLACE + "[parameters]\nfear_weight = nan", "parameters.fear_weight", "nan", "a number"),
    Bad("infinite", PLACE + "[parameters]\nfear_weight = inf", "parameters.fear_weight", "inf", "from 0 to 2.5"),
    Bad("half a tie", PLACE + "[parameters]\nethnic_ties = 2.5", "parameters.ethnic_ties", "2.5", "a whole number"),
    Bad("list for a number", PLACE + "[parameters]\nfear_weight = [1]", "parameters.fear_weight", "[1]", "a number"),
    Bad("vector too short", PLACE + "[parameters]\nact_2012 = [1, 1]", "parameters.act_2012", "[1, 1]", "4 numbers"),
    Bad("vector too long", PLACE + f"[parameters]\nact_2012 = {[1] * 5}", "parameters.act_2012", str([1] * 5), "4 numbers"),
    Bad("number for a vector", PLACE + "[parameters]\nact_2012 = 1", "parameters.act_2012", "1", "4 numbers"),
    Bad("element too high", PLACE + "[parameters]\nact_2012 = [0, 0, 3, 0]", "parameters.act_2012[2]", "3", "from 0 to 1"),
    Bad("element too low", PLACE + f"[parameters]\nreported = {[0] * 6}", "parameters.reported", str([0] * 6), "from 0.01"),
    Bad("element of text", PLACE + "[parameters]\nact_2012 = [0, 'a', 0, 0]", "parameters.act_2012[1]", "'a'", "4 numbers"),
    Bad("sum", PLACE + "[parameters]\nminor_charges = [0, 0, 0, 0.5]", "parameters.minor_charges", "0.5]", "with sum 1"),
    Bad("no table", PLACE + "parameters = 3", "parameters", "3", "a table"),
    Bad("dates reversed", PLACE + "start = 2010-01-01\nend = 2009-01-01", "end", "2009-01-01", "a day after start"),
    Bad("a single day", PLACE + "start = 2010-01-01\nend = 2010-01-01", "end", "2010-01-01", "a day after start"),
    Bad("start after the default end", PLACE + "start = 2012-01-01", "end", "2011-12-31", "a day after start"),
    Bad("before the data", PLACE + "start = 1999-01-01", "start", "1999-01-01", "2005-01-01"),
    Bad("after the data", PLACE + "end = 2021-01-01", "end", "2021-01-01", "2020-12-31"),
    Bad("no date", PLACE + "start = 'soon'", "start", "'soon'", "2009-01-01"),
    Bad("number for a date", PLACE + "start = 20090101", "start", "20090101", "2009-01-01"),
    Bad("time for a date", PLACE + "start = 2009-01-01T12:00:00", "start", "2009-01-01T12:00:00", "2009-01-01"),
    Bad("scale too low", PLACE + "scale = 0.5", "scale", "0.5", "1 or more"),
    Bad("scale of nobody", PLACE + "scale = 1e6", "scale", "1000000.0", "1 or more"),
    Bad("scale not finite", PLACE + "scale = inf", "scale", "inf", "1 or more"),
    Bad("negative seed", PLACE + "seed = -1", "seed", "-1", "from 0 to"),
    Bad("large seed", PLACE + "seed = 9223372036854775808", "seed", "9223372036854775808", "from 0 to 9223372036854775807"),
    Bad("truth for a seed", PLACE + "seed = true", "seed", "True", "a whole number"),
    Bad("overlapping policies", overlap("2010-01-01", "2011-01-01"), "regimes.mine", "overlap", "dates that do not"),
    Bad("names another file", PLACE + "base = '../other.toml'", "base", "'../other.toml'", "names no other file"),
    Bad("names an absolute file", PLACE + "extends = '/etc/passwd'", "extends", "'/etc/passwd'", "names no other file"),
    Bad("not TOML", "place: 06075", "line 1", "place: 06075", "a TOML file"),
    Bad("not TOML on line 2", PLACE + "seed = = 2", "line 2", "seed = = 2", "a TOML file"),
    Bad("key twice", PLACE + PLACE, "line 2", "06075", "a TOML file"),
    Bad("nested too deeply", PLACE + "x = " + "[" * 100_000, "file", "nested too deeply", "a TOML file"),
    Bad("too many dots", "x" + ".x" * 300_000 + " = 1", "line 1", "more than 100 dots", "a TOML file"),
    Bad("number too long", PLACE + "seed = " + "9" * 5000, "line", "not TOML", "a TOML file"),
    Bad("empty", "", "file", "''", "a TOML file"),
    Bad("only a comment", "# nothing\n", "file", "# nothing", "a TOML file"),
]
# fmt: on


def snapshot(folder):
    """Every path below a folder, with a hash of what is in it."""
    paths = sorted(Path(folder).rglob("*"))
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "" for p in paths}


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """Run a command in an empty folder of its own, check that it was refused and return its message."""
    monkeypatch.chdir(tmp_path)

    def check(*arguments):
        before = snapshot(tmp_path)
        result = CliRunner().invoke(app, list(map(str, arguments)))
        assert result.exit_code == 2, result.output
        assert isinstance(result.exception, SystemExit)
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        assert snapshot(tmp_path) == before
        return result.stderr.strip()

    return check


@pytest.mark.parametrize("command", ["check", "run", "compare", "story"])
@pytest.mark.parametrize("bad", FILES, ids=lambda bad: bad.about)
def test_a_bad_file(bad, command, tmp_path, refused):
    (tmp_path / "bad.toml").write_text(bad.text, encoding="utf-8")
    message = refused(command, "bad.toml")
    assert len(message.splitlines()) == 1
    assert message.startswith(f"bad.toml: {bad.key}")
    assert bad.value in message
    assert bad.valid in message.partition(bad.key)[2]
    assert "; valid: " in message


CHANGES = [
    ("place=Atlantis", "place", "'Atlantis'", "a county"),
    ("regime=nonsense", "regime", "'nonsense'", "mandatory, "),
    ("hypotheses=H2+", "hypotheses", "'H2+'", "H0, H1"),
    ("feer_weight=1", "feer_weight", "1", "parameters.fear_weight"),
    ("parameters.feer_weight=1", "parameters.feer_weight", "1", "fear_weight"),
    ("fear_weight=much", "parameters.fear_weight", "'much'", "a number from 0 to 2.5"),
    ("fear_weight=", "parameters.fear_weight", "''", "a number from 0 to 2.5"),
    ("act_2012=0,0,3,0", "parameters.act_2012[2]", "3", "4 numbers"),
    ("start=2012-01-01", "end", "2011-12-31", "a day after start"),
    ("seed=1.5", "seed", "1.5", "a whole number"),
    ("scale=none", "scale", "'none'", "1 or more"),
    ("seed=1\nplace='NV'", "seed", "place", "a whole number"),
    ("base=../x.toml", "base", "'../x.toml'", "keys are"),
    ("=1", "--set", "'=1'", "name=value"),
    ("seed", "--set", "'seed'", "name=value"),
]


@pytest.mark.parametrize(("change", "key", "value", "valid"), CHANGES)
def test_a_bad_change(change, key, value, valid, refused):
    message = refused("run", "--set", change)
    assert len(message.splitlines()) == 1
    for part in (f": {key} = ", value, valid):
        assert part in message


@pytest.mark.parametrize(
    ("arguments", "start", "part"),
    [
        (("run", "--seed", "x"), "command line: seed = 'x': wrong type; valid: a whole number", ""),
        (("compare", "--regimes", "mandatory,felony_olny"), "", "compare[1] = 'felony_olny'"),
        (("compare", "--regimes", "mandatory"), "", "compare = ('mandatory',): nothing to compare; valid: "),
        (("run", "san-fransisco"), "command line: scenario = 'san-fransisco'", "did you mean san-francisco?"),
        (("show", "regime"), "", "regimes"),
        (("show", "parameters", "fear_wieght"), "", "did you mean fear_weight?"),
        (("check", "no.toml"), "no.toml: file = 'no.toml': No such file", ""),
        (("check", os.devnull), "", "not an ordinary file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_bad_word(arguments, start, part, refused):
    message = refused(*arguments)
    assert message.startswith(start)
    assert part in message


def test_a_folder_for_a_file(tmp_path, refused):
    (tmp_path / "some.toml").mkdir()
    assert "a folder, not a file" in refused("check", "some.toml")


def test_a_huge_file_is_not_read(tmp_path, refused):
    with (tmp_path / "huge.toml").open("wb") as stream:
        stream.truncate(LARGEST_FILE + 1)
    assert "huge.toml: file = 'huge.toml': too large" in refused("check", "huge.toml")


def test_a_file_in_another_encoding(tmp_path, refused):
    (tmp_path / "latin.toml").write_bytes(b"place = '06075' # \xe9")
    assert refused("check", "latin.toml").startswith(
        "latin.toml: byte 18 = 0xe9: not UTF-8; valid: a TOML file"
    )


def test_binary_rubbish(tmp_path, refused):
    (tmp_path / "bad.toml").write_bytes(bytes(range(128)))
    assert "not TOML" in refused("check", "bad.toml")


def test_everything_wrong_is_reported_at_once(tmp_path, refused):
    (tmp_path / "bad.toml").write_text(
        "place = 'Atlantis'\nstart = 1999-01-01\nscale = -1\nregime = 'x'\nhypotheses = 'y'\nfoo = 1\n"
        "[parameters]\nfear_weight = 99\nact_2012 = [1]\nbar = 2\n"
    )
    (tmp_path / "out").write_text("a file")
    message = refused("run", "bad.toml", "--set", "seed=-1", "--set", "trust_norm=0", "--out", "out")
    starts = [
        *("place", "start", "scale", "regime", "hypotheses", "foo"),
        *("parameters.fear_weight", "parameters.act_2012", "parameters.bar"),
    ]
    lines = message.splitlines()
    assert len(lines) == len(starts) + 3
    for start in starts:
        assert sum(line.startswith(f"bad.toml: {start} = ") for line in lines) == 1
    for start in (
        "command line: seed = -1",
        "command line: parameters.trust_norm = 0",
        "results: out = 'out'",
    ):
        assert sum(line.startswith(start) for line in lines) == 1


def test_every_malformed_change_is_reported(refused):
    assert len(refused("run", "no.toml", "--set", "a", "--set", "b").splitlines()) == 3


WRITERS = pytest.mark.parametrize("command", [("run",), ("compare", "--seeds", "1")], ids=["run", "compare"])


@WRITERS
@pytest.mark.parametrize(
    ("lay", "out", "wrong"),
    [
        (
            lambda out: (out.mkdir(), (out / "manifest.json").write_text("{}")),
            "out",
            "out = 'out': already holds files",
        ),
        (lambda out: (out / "sub").mkdir(parents=True), "out", "out = 'out': already holds files"),
        (lambda out: out.write_text("x"), "out", "out = 'out': a file, not a folder"),
        (lambda out: out.write_text("x"), "out/sub/run", "out is a file, not a folder"),
        (lambda out: out.symlink_to("nowhere"), "out", "a file, not a folder"),
        (lambda _: None, "x" * 300, "out = 'xxx"),
        pytest.param(
            lambda _: None,
            "/proc/comity/run",
            "out = '/proc/comity/run': ",
            marks=pytest.mark.skipif(
                sys.platform != "linux", reason="needs /proc, where nobody may write, not even root"
            ),
        ),
    ],
    ids=[
        "another run",
        "anything",
        "a file",
        "below a file",
        "a link to nowhere",
        "a long name",
        "nobody may write",
    ],
)
def test_a_folder_that_cannot_be_written_to(command, lay, out, wrong, tmp_path, refused):
    lay(tmp_path / "out")
    message = refused(*command, "--out", out)
    assert message.startswith("results: ")
    assert wrong in message


@WRITERS
def test_a_folder_without_permission(command, refused, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)  # root, who may run this, may write anywhere
    assert "results: out = 'out': not writable" in refused(*command, "--out", "out")


WORDS = "place seed start parameters regimes regime fear_weight act_2012 x '06075' 2010-01-01 1e999 nan true"
toml_like = st.lists(st.sampled_from([*WORDS.split(), *"=.[]{},\n#\"'\0"]), max_size=40).map(" ".join)


def outcome(*arguments):
    """Load a scenario and return it or what is wrong with it; any other error is for the test to report."""
    try:
        return load(*arguments)
    except InputError as error:
        return error


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.one_of(toml_like, st.text(max_size=80), toml_like.map(lambda text: PLACE + text)))
@example(text="x" + ".x" * 100_000 + " = 1")
@example(text="place = " + "{x = " * 400)
@example(text=PLACE + "scale = 0x" + "f" * 400)
@example(text=PLACE + "[regimes]\nmine = 1")
def test_no_file_gives_anything_but_a_scenario_or_problems(tmp_path, text):
    path = tmp_path / "any.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    result = outcome(path)
    if not isinstance(result, Scenario):
        assert 0 < max(map(len, str(result).splitlines())) < 1000


names = st.sampled_from(
    [*Scenario.model_fields, *Parameters.model_fields, "parameters", "regimes.x", "x", "", "a.b.c"]
)
values = st.one_of(st.text(max_size=30), toml_like, st.integers().map(str), st.floats().map(str))


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(names, values).map("=".join) | st.text(max_size=20), max_size=4))
@example(changes=["seed=" + "9" * 5000])
@example(changes=["a" + ".a" * 5000 + "=1"])
@example(changes=["regimes.x" + ".a" * 5000 + "=1"])
@example(changes=["parameters=3", "fear_weight=1"])
@example(changes=["scale=" + "[" * 5000])
def test_no_change_gives_anything_but_a_scenario_or_problems(changes):
    result = outcome("san-francisco", changes)
    assert isinstance(result, Scenario) or result.problems
