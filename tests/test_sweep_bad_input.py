"""Everything that is wrong with a sweep is reported at once, before the first run, without a traceback."""

import pytest
from typer.testing import CliRunner

from comity.cli import app
from comity.sweeps.study import LIMIT

GOOD = """
seeds = 2
outcomes = ["removals"]
[scenario]
scale = 400
start = 2010-01-01
end = 2010-03-31
[uncertainties.fear_weight]
[design]
kind = "grid"
levels = 2
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(*arguments, text=None):
    """Run a command that must end with code 2, and return its lines."""
    if text is not None:
        with open("study.toml", "w", encoding="utf-8") as file:  # noqa: PTH123 - the current folder
            file.write(text)
    result = CliRunner().invoke(app, ["sweep", *map(str, arguments or ["study.toml"])], env={"TERM": "dumb"})
    assert result.exit_code == 2, (result.output, result.exception)
    assert "Traceback" not in result.output
    return result.output.splitlines()


EVERYTHING = """
name = "not a name"
scenario = "san-fransisco"
places = ["06003", "Atlantis"]
since = 2031-01-01
outcomes = ["removals", "happiness", "removals"]
seeds = 0
colour = "red"

[uncertainties.fear_wieght]

[uncertainties.ties_weight]
low = 3

[uncertainties.targeting]
low = 1.5
high = 0.5

[uncertainties.media_rate]
distribution = "normal"

[uncertainties.incident_mix]

[uncertainties.hearing]
distribution = "gaussian"

[uncertainties.alarm]
distribution = "loguniform"

[uncertainties.ethnic_ties]
distribution = "choice"
values = [1, 2.5, 99]

[uncertainties.trust_weight]
dummy = true

[levers]
regimes = ["mandatory", "no_recieve", "mandatory"]
hypotheses = ["H99"]
mandate = [0, 2]
holds = [1]

[design]
kind = "sobol"
size = 0
levels = 3
"""

FOUND = [
    "study.toml: name = 'not a name': not a name",
    "study.toml: scenario = 'san-fransisco': unknown; valid: did you mean san-francisco?",
    "study.toml: places[1] = 'Atlantis': unknown place",
    "study.toml: outcomes[1] = 'happiness': unknown outcome",
    "study.toml: outcomes[2] = 'removals': stands in the list twice",
    "study.toml: seeds.number = 0: out of bounds",
    "study.toml: colour = 'red': unknown key",
    "study.toml: uncertainties.fear_wieght = {}: unknown parameter; valid: did you mean fear_weight?",
    "study.toml: uncertainties.ties_weight.low = 3: out of bounds; valid: from 0 to 2, weight",
    "study.toml: uncertainties.targeting.low = 1.5: above high = 0.5",
    "study.toml: uncertainties.media_rate.sd = (none): missing",
    "study.toml: uncertainties.incident_mix = {}: a parameter of several numbers",
    "study.toml: uncertainties.hearing.distribution = 'gaussian':",
    "study.toml: uncertainties.alarm.low = (none): not above 0",
    "study.toml: uncertainties.ethnic_ties.values[1] = 2.5: not a whole number",
    "study.toml: uncertainties.ethnic_ties.values[2] = 99: out of bounds",
    "study.toml: uncertainties.trust_weight.dummy = True: the model reads this parameter",
    "study.toml: levers.regimes[1] = 'no_recieve': unknown regime",
    "study.toml: levers.regimes[2] = 'mandatory': stands in the list twice",
    "study.toml: levers.hypotheses[0] = 'H99': unknown hypothesis",
    "study.toml: levers.mandate[1] = 2: out of bounds",
    "study.toml: levers.holds[0] = 1: unknown parameter",
    "study.toml: design.size = 0: an empty design",
    "study.toml: design.levels = 3: not a key of a sobol design",
    "command line: --shard = '4/3': not a part",
    "command line: --expand = 'hugs=3': not understood",
    "command line: --log = 'no/such/folder/log': no such file or directory",
    "results: out = 'full': holds files that are not the results of a sweep",
]


def test_everything_at_once(here):
    (here / "full").mkdir()
    (here / "full" / "thesis.txt").write_text("irreplaceable")
    options = ("--shard", "4/3", "--expand", "hugs=3", "--log", "no/such/folder/log", "--out", "full")
    lines = refused("study.toml", *options, text=EVERYTHING)
    missing = [start for start in FOUND if not any(line.startswith(start) for line in lines)]
    assert not missing, "\n".join(lines)
    assert len(lines) == len(FOUND), "\n".join(lines)
    assert all("; valid: " in line for line in lines)
    assert sorted(path.name for path in here.iterdir()) == ["full", "study.toml"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("levels = 2", ""), "design.levels = (none): missing"),
        (('kind = "grid"\nlevels = 2', ""), "design.kind = 'list': uncertainties need a design"),
        (("[uncertainties.fear_weight]", ""), "design.kind = 'grid': nothing to vary"),
        (('kind = "grid"\nlevels = 2', 'kind = "sobol"\nsize = 12'), "design.size = 12: not a power of two"),
        (
            ('kind = "grid"\nlevels = 2', 'kind = "morris"\ntrajectories = 2\nlevels = 3'),
            "design.levels = 3: an odd",
        ),
        (('kind = "grid"', 'kind = "random"'), "design.kind = 'random'"),
        (("levels = 2", "levels = 2.5"), "design.levels = 2.5: wrong type"),
        (("scale = 400", 'scale = "many"'), "scenario.scale = 'many': wrong type"),
        (("scale = 400", "trust_wait = 1"), "scenario.trust_wait = 1: unknown key"),
        (("seeds = 2", "seeds = true"), "seeds = True: wrong type"),
        (("seeds = 2", "since = 2012-01-01"), "outside of the scenario"),
        (('["removals"]', "[]"), "outcomes = (): empty"),
        (("[design]", "[levers]\nregimes = []\n[design]"), "levers.regimes = (): empty"),
        (
            ("[design]", "[levers]\nfear_weight = [1]\n[design]"),
            "levers.fear_weight[0] = 1: an uncertainty as well",
        ),
        (("[design]", "[levers]\nrecording_days = [1]\n[design]"), "would give runs with different weeks"),
        (
            ("fear_weight]", "fear_weight]\nmode = 1"),
            "fear_weight.mode = 1: not a key of a uniform distribution",
        ),
        (
            ("fear_weight]", "fear_weight]\nlow = nan"),
            "uncertainties.fear_weight.low = nan: not a finite number",
        ),
        (
            ("fear_weight]", "d]\ndummy = true\nlow = 1"),
            "uncertainties.d.dummy = True: a dummy has no distribution",
        ),
        (("[uncertainties.fear_weight]", "[uncertainties]\nfear_weight = 3"), "uncertainties.fear_weight"),
        (
            ("[design]", "[design]\npoints = [{fear_weight = 9}]"),
            "design.points[0].fear_weight = 9: out of bounds",
        ),
        (("[design]", "[design]\nseed = -1"), "design.seed = -1: out of bounds"),
        (("fear_weight]", "ethnic_ties]\nlow = 0.5"), "ethnic_ties.low = 0.5: not a whole number"),
        ((GOOD, ""), "file = '': empty"),
        ((GOOD, "seeds = "), "not TOML"),
    ],
)
def test_one_thing_wrong(change, says):
    assert GOOD.replace(*change) != GOOD
    lines = refused(text=GOOD.replace(*change))
    assert any(says in line for line in lines), lines
    assert all("; valid: " in line for line in lines)


def test_a_large_design_wants_to_be_meant():
    text = GOOD.replace("levels = 2", "levels = 2000").replace("seeds = 2", "seeds = 1000")
    (line,) = refused(text=text)
    assert f"design = 2,000,000 runs: more than {LIMIT:,} runs; valid: --yes" in line


def test_an_impossible_design_is_refused_at_once():
    entries = "\n".join(
        f"[uncertainties.{name}]" for name in ("fear_weight", "ties_weight", "targeting", "alarm")
    )
    text = GOOD.replace("[uncertainties.fear_weight]", entries).replace("levels = 2", "levels = 9999")
    assert "points; valid: at most" in refused("study.toml", "--yes", text=text)[0]


def test_an_unreachable_cluster(here):
    (line,) = refused("study.toml", "--cluster", "tcp://127.0.0.1:9", text=GOOD)
    assert "--cluster = 'tcp://127.0.0.1:9': nobody answers" in line
    assert [path.name for path in here.iterdir()] == ["study.toml"]


def test_an_address_that_is_none():
    (line,) = refused("study.toml", "--cluster", "not an address", text=GOOD)
    assert "--cluster = 'not an address'" in line


def test_a_study_nobody_knows():
    assert "did you mean fear-and-ties?" in refused("fear-and-tie")[0]


@pytest.mark.parametrize("option", ["points=1", "points=9"])
def test_a_grid_does_not_grow(option):
    assert "a grid design cannot grow" in refused("study.toml", "--expand", option, text=GOOD)[0]


def test_a_latin_hypercube_does_not_grow():
    text = GOOD.replace('kind = "grid"\nlevels = 2', 'kind = "latin-hypercube"\nsize = 5')
    assert (
        "a latin-hypercube design cannot grow" in refused("study.toml", "--expand", "points=9", text=text)[0]
    )


def test_fewer_seeds_are_no_expansion():
    assert "fewer than the 2 there are" in refused("study.toml", "--expand", "seeds=1", text=GOOD)[0]


@pytest.mark.parametrize("command", ["results", "compact"])
def test_results_that_are_not_there(here, command):
    (here / "study.toml").write_text(GOOD)
    result = CliRunner().invoke(app, [command, "study.toml"])
    assert (result.exit_code, "no results here" in result.output) == (2, True)


def test_a_store_that_cannot_be_read(here):
    (here / "store.json").write_text("{")
    result = CliRunner().invoke(app, ["results", "."])
    assert (result.exit_code, "store.json cannot be read" in result.output) == (2, True)
