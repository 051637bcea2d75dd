"""Extensions of a run: off without a trace, the same everywhere, saved with it, and refused with all that is wrong."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from comity_outreach import outreach
from hypothesis import given, settings
from hypothesis import strategies as st
from outreach_example import ON, SMALL

from comity import CooperationModel, InputError, Resident, behaviour, extensions
from comity.agents.residents import feel, identity, in_community, recall
from comity.app import catalogue
from comity.app.view import read_view, write_view
from comity.draws import draw
from comity.extended import count, stream
from comity.extensions import Attribute, Estimate, Extension, Measure, Phase
from comity.hypotheses import Hypothesis
from comity.kernels import kernel
from comity.parameters import Parameter
from comity.scenario import Scenario
from comity.sweeps.study import Study

if TYPE_CHECKING:
    from pathlib import Path


@kernel
def brood(w: Any, x: Any, today: Any) -> None:
    """A stroke of bad mood, for somebody in every county."""
    for c in range(len(w.counties)):
        i = w.counties[c]["first"]
        if draw(w.clock[0]["seed"], x.streams[0]["mood"], today, identity(w, i)) < x.p[0]["gloom"]:
            recall(w, i, today)
            feel(w, i, 0.0, np.float64(w.residents[i]["cynicism"]))


@kernel
def muse(w: Any, x: Any, today: Any) -> None:
    """The same with a whole number and a column of one's own."""
    for c in range(len(w.counties)):
        for k in range(x.p[0]["musers"]):
            i = w.counties[c]["first"] + k
            recall(w, i, today)
            feel(w, i, 1.0, 0.0)
            x.residents[i]["mused"] += 1


@kernel
def census(w: Any, x: Any, today: Any) -> None:
    """Only count: the days that the free spend in the community."""
    for i in range(len(w.residents)):
        if in_community(w, i):
            count(w, x, i)["free_days"] += 1.0


@kernel
def dateless(w: Any, x: Any) -> None:
    """Take no day."""


def mean_gloom(model: Any) -> float:
    return float(model.extensions["mood"].p["gloom"][0])


SOURCE = "assume"
MOOD = Extension(
    name="mood",
    explains="Bad moods.",
    parameters=[Parameter("gloom", 0.0, "share", 0, 1, "uncertain", SOURCE, "Chance of a bad mood.")],
    mechanisms={"mood": {"gloom": 0.0}},
    hypotheses=[Hypothesis("HM", "Moods matter.", frozenset({"mood"}))],
    streams=["mood"],
    phases=[Phase(brood, before="report", mechanism="mood")],
    estimates=[Estimate("mean_gloom", "share", "what was set", mean_gloom)],
)
MUSE = Extension(
    name="muse",
    explains="Musing, without a hypothesis.",
    parameters=[Parameter("musers", 0, "persons", 0, 9, "policy", SOURCE, "Who muses.")],
    mechanisms={"muse": {"musers": 0}},
    residents=[Attribute("mused", "i4", 0, 10_000, "days")],
    phases=[Phase(muse, after="news", mechanism="muse")],
)
CENSUS = Extension(
    name="census",
    explains="Counts.",
    phases=[Phase(census, before="record")],
    measures=[Measure("free_days", "days in the community", "person-days")],
)
EVERY = (outreach, MOOD, MUSE, CENSUS)
SWITCHES = {"outreach": ON, "mood": {"gloom": 0.5}, "muse": {"musers": 3}, "census": {}}
OWN = {"met_chief", "free_days"}


def live(*extended: Extension, **keys: Any) -> CooperationModel:
    return CooperationModel(**SMALL | keys, extensions=extended).run()


def state(model: CooperationModel) -> list[bytes]:
    """Return everything that a run without extensions has, without the bytes between fields."""
    table = model.table()
    table = table[~table["measure"].isin(OWN)]
    values = [table["value"].to_numpy().tobytes(), table["measure"].astype(str).str.cat().encode()]
    for array in model.world:
        fields = [array[name] for name in array.dtype.names] if array.dtype.names else [array]
        values += [np.ascontiguousarray(field).tobytes() for field in fields if not field.dtype.names]
    return values


PLAIN = live()


@settings(max_examples=12, deadline=None)
@given(
    order=st.permutations(EVERY),
    number=st.integers(1, len(EVERY)),
    by_hypothesis=st.booleans(),
)
def test_what_is_off_leaves_no_trace_in_any_company(order: Any, number: int, by_hypothesis: bool) -> None:
    chosen = order[:number]
    off: dict[str, Any] = {"hypotheses": PLAIN.setup.hypotheses} if by_hypothesis else {}
    for extension in chosen:  # parameters may be set where no hypothesis is named that needs their mechanism
        if off and extension.hypotheses:
            off |= SWITCHES[extension.name]
    assert state(live(*chosen, **off)) == state(PLAIN)


@settings(max_examples=4, deadline=None)
@given(order=st.permutations(EVERY))
def test_the_order_in_which_they_are_given_is_no_matter(order: Any) -> None:
    on: dict[str, Any] = {}
    for switches in SWITCHES.values():
        on |= switches
    first, second = live(*EVERY, **on), live(*order, **on)
    assert first.setup == second.setup
    assert state(first) == state(second) != state(PLAIN)
    assert first.table().equals(second.table())


def test_the_example_raises_trust_and_shows_in_tables_rows_and_agents() -> None:
    model = live(outreach, **ON)
    mean = [run.totals()["trust_sum"][-1].sum() for run in (model, PLAIN)]
    met = model.extensions["outreach"].residents["met"]
    assert mean[0] > mean[1]
    assert met.sum() * model.setup.scale == pytest.approx(model.totals()["met_chief"].sum())
    assert model.table().query("measure == 'met_chief'")["value"].sum() == met.sum() * model.setup.scale
    agents = model.agents_by_type[Resident]
    assert agents.get("met") == met.tolist()
    agents.set("met", 4)
    agents[3].met = 7
    assert met[:5].tolist() == [4, 4, 4, 7, 4]
    with pytest.raises(ValueError, match="met is from 0 to 65535"):
        agents[3].met = 70_000
    assert not hasattr(PLAIN.agents_by_type[Resident][0], "met")


def test_a_saved_run_goes_on_with_its_extensions(tmp_path: Path) -> None:
    half = CooperationModel(**SMALL, extensions=[outreach, MUSE], musers=2, **ON).run(
        until=dt.date(2010, 7, 7)
    )
    half.save(tmp_path / "half")
    went_on, whole = CooperationModel.load(tmp_path / "half").run(), half.run()
    assert state(went_on) == state(whole)
    for name in ("outreach", "muse"):
        pairs = zip(went_on.extensions[name], whole.extensions[name], strict=True)
        assert all(a.tobytes() == b.tobytes() for a, b in pairs)


def test_a_saved_run_is_refused_when_its_extension_has_changed(tmp_path: Path) -> None:
    CooperationModel(**SMALL, extensions=[MUSE], musers=2).run(until=dt.date(2010, 7, 7)).save(
        tmp_path / "half"
    )
    other = replace(MUSE, phases=[Phase(muse, before="news", mechanism="muse")])
    Scenario(**SMALL, extensions=[other])
    with pytest.raises(InputError, match="another version of the model"):
        CooperationModel.load(tmp_path / "half")
    Scenario(**SMALL, extensions=[MUSE])
    assert CooperationModel.load(tmp_path / "half").extensions


def test_a_scenario_without_extensions_is_written_and_hashed_as_before() -> None:
    plain = Scenario(**SMALL)
    assert "extensions" not in plain.as_json()
    extended = plain.with_(extensions=[outreach])
    assert (extended.extensions, extended.digest() != plain.digest()) == (("outreach",), True)
    assert extended.hypotheses == f"{plain.hypotheses}+HV"
    assert plain.with_(hypotheses="H2").with_(extensions=[outreach]).hypotheses == "H2"
    assert extended.with_(extensions=[]) == plain
    assert pickle.loads(pickle.dumps(extended)) == extended  # noqa: S301 - as workers are sent one
    assert Scenario(**tomllib.loads(extended.as_toml())) == extended


def test_an_extension_is_part_of_the_identity_of_a_run() -> None:
    plain, extended = behaviour.behaviour(), behaviour.behaviour(extensions=(outreach,))
    assert extended == f"{plain}, outreach {behaviour.extension(outreach)}"
    later = replace(outreach, phases=[Phase(outreach.phases[0].kernel, after="report", mechanism="outreach")])
    assert behaviour.extension(later) != behaviour.extension(outreach)


def test_a_study_varies_and_keeps_what_an_extension_adds() -> None:
    study = Study(
        scenario=Scenario(**SMALL, extensions=[outreach, MUSE]),
        uncertainties={"chief_visits": {}, "musers": {}},
        outcomes=["met_chief", "removals"],
        design={"kind": "grid", "levels": 10},
    )
    points = study.points()
    assert points["chief_visits"].agg(["min", "max"]).tolist() == [0, 52]
    assert sorted(set(points["musers"])) == list(range(10))
    assert [outcome.id for outcome in study.measured] == ["removals", "met_chief"]
    assert study.resolved({"musers": 3.0}, study.cases()[0]).parameters.musers == 3
    with pytest.raises(InputError, match=r"uncertainties\.chief_visit .*did you mean chief_visits"):
        Study(scenario=study.scenario, uncertainties={"chief_visit": {}})


def test_the_page_has_its_sliders_and_its_address() -> None:
    state = {"extensions": "outreach", "scale": "1000", "chief_visits": "26.0"}
    Scenario(**SMALL, extensions=[outreach])  # so that it is known by its name
    view = read_view(state)
    assert (view.setup.extensions, view.setup.parameters.chief_visits) == (("outreach",), 26.0)
    assert state.items() <= write_view(view).items()
    assert "hypotheses" not in write_view(view)
    sliders = {p["name"]: p for p in catalogue.everything(view.setup.added)["parameters"]}
    assert (sliders["chief_visits"]["high"], sliders["chief_visits"]["extension"]) == (52, True)
    assert "chief_visits" not in {p["name"] for p in catalogue.everything()["parameters"]}
    with pytest.raises(InputError, match="not installed"):
        read_view(state | {"extensions": "nobody"})


# ---------------------------------------------------------------------------- what is wrong is said, all of it
def broken(**changes: Any) -> Extension:
    return replace(MOOD, name="broken", **changes)


GLOOM = MOOD.parameters[0]


WRONG = {
    "a default that is not the off-value": (
        broken(mechanisms={"mood": {"gloom": 1.0}}),
        r"mechanisms\.mood\.gloom = 1\.0: the default, 0\.0, is not the value at which the mechanism is off",
    ),
    "a default out of bounds": (
        broken(parameters=[GLOOM._replace(low=0.5)]),
        r"gloom = 0\.0: default out of bounds",
    ),
    "a default of another type": (
        broken(parameters=[GLOOM._replace(default="0")]),
        r"parameters\.gloom = .*wrong type",
    ),
    "a role that is none": (
        broken(parameters=[GLOOM._replace(role="guess")]),
        r"gloom\.role = 'guess': unknown role",
    ),
    "no source": (broken(parameters=[GLOOM._replace(source="me")]), r"gloom\.source = 'me': no source"),
    "a mechanism over nothing": (
        broken(mechanisms={"mood": {"glom": 0.0}}),
        r"mood\.glom = 0\.0: unknown parameter",
    ),
    "a parameter of the package": (
        broken(parameters=[GLOOM, GLOOM._replace(name="awareness")]),
        r"parameters\.awareness = 'awareness': is among parameters of comity already",
    ),
    "a key of a scenario": (
        broken(parameters=[GLOOM, GLOOM._replace(name="seed")]),
        r"parameters\.seed = 'seed': is a key of a scenario",
    ),
    "a hypothesis of the package": (
        broken(hypotheses=[Hypothesis("H2", "Mine.", frozenset({"mood"}))]),
        r"hypotheses\.H2 = 'H2': is among hypotheses of comity already",
    ),
    "a hypothesis that needs what nobody has": (
        broken(hypotheses=[Hypothesis("HX", "Mine.", frozenset({"moods"}))]),
        r"hypotheses\.HX = 'moods': unknown mechanism; valid: did you mean mood",
    ),
    "an attribute of the package": (
        broken(residents=[Attribute("trust", "f4", 0, 1, "mine")]),
        r"residents\.trust = 'trust': is among residents of comity already",
    ),
    "an attribute that agents have": (
        broken(residents=[Attribute("remove", "f4", 0, 1, "mine")]),
        r"residents\.remove = 'remove': is among residents of comity",
    ),
    **{
        f"an attribute that every agent has: {name}": (
            broken(residents=[Attribute(name, "u1", 0, 1, "mine")]),
            rf"residents\.{name} = '{name}': is among residents of comity",
        )
        for name in ("row", "pos", "unique_id", "model", "scenario", "table")
    },
    **{
        f"a beginning that is no {dtype}": (
            broken(residents=[Attribute("own", dtype, -3 if dtype == "i4" else 0, 3, "", initial=1.5)]),
            rf"residents\.own\.initial = 1\.5: {np.dtype(dtype)} holds whole numbers",
        )
        for dtype in ("u1", "i4")
    },
    "a column of the package": (
        broken(counties=[Attribute("salience", "f4", 0, 1, "mine")]),
        r"counties\.salience = 'salience': is among counties of comity",
    ),
    "a type that is none": (
        broken(residents=[Attribute("own", "f5", 0, 1, "")]),
        r"residents\.own\.dtype = 'f5': no type",
    ),
    "a type of texts": (
        broken(residents=[Attribute("own", "U8", 0, 1, "")]),
        r"residents\.own\.dtype = 'U8': no type",
    ),
    "bounds beyond the type": (
        broken(residents=[Attribute("own", "u1", 0, 256, "")]),
        r"residents\.own = .*do not follow",
    ),
    "a stream of the package": (
        broken(streams=["mood", "report"]),
        r"streams\.report = 'report': is among streams of comity",
    ),
    "a measure of the package": (
        broken(measures=[Measure("removals", "")]),
        r"measures\.removals = 'removals': is among",
    ),
    "a phase of the package": (
        broken(phases=[Phase(kernel(type(mean_gloom)(mean_gloom.__code__, {}, "news")), after="news")]),
        r"phases\.(news|mean_gloom)",
    ),
    "a place that is none": (
        broken(phases=[Phase(brood, after="nwes")]),
        r"brood = 'nwes': unknown phase; valid: did you mean news",
    ),
    "no place": (broken(phases=[Phase(brood)]), r"phases\.brood = .*stands nowhere or twice"),
    "a mechanism that is none": (
        broken(phases=[Phase(brood, after="news", mechanism="mod")]),
        r"brood\.mechanism = 'mod': unknown mechanism; valid: did you mean mood",
    ),
    "a function of other arguments": (
        broken(phases=[Phase(dateless, after="news")]),
        r"does not take three arguments",
    ),
    "an estimate that nothing computes": (
        broken(estimates=[Estimate("e", "", "", 3)]),
        r"estimates\.e\.compute = 3: wrong type",
    ),
    "a name with blanks": (
        broken(measures=[Measure("my measure", "")]),
        r"measures\[0\] = 'my measure': not a name",
    ),
    "a name twice": (broken(streams=["mood", "mood"]), r"streams\.mood = 'mood': stands in it twice"),
    "no list": (broken(measures="deaths"), r"measures = 'deaths': wrong type; valid: a list of Measure"),
    "another thing in a list": (broken(measures=[GLOOM]), r"measures\[0\] = .*wrong type; valid: Measure"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_declaration_is_said(case: str) -> None:
    extension, said = WRONG[case]
    with pytest.raises(InputError, match=said):
        Scenario(**SMALL, extensions=[extension])


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("parameters", GLOOM),
        ("hypotheses", MOOD.hypotheses[0]),
        ("residents", MUSE.residents[0]),
        ("streams", "mood"),
        ("phases", Phase(census, before="record")),
        ("measures", CENSUS.measures[0]),
        ("estimates", MOOD.estimates[0]),
        ("estimates", Estimate("free_days", "", "a measure of another", mean_gloom)),
    ],
)
def test_two_extensions_cannot_have_one_name(kind: str, entry: Any) -> None:
    other = Extension("other", "Takes a name.", **{kind: [entry]})
    with pytest.raises(InputError, match=r"is among .* already; valid: another name"):
        Scenario(**SMALL, extensions=[*EVERY, other])
    if kind != "hypotheses":  # which need a mechanism that only another one has
        assert Scenario(**SMALL, extensions=[other]).extensions == ("other",)


def test_all_that_is_wrong_is_said_at_once() -> None:
    named = [
        WRONG[case][0] for case in ("a role that is none", "a type that is none", "a place that is none")
    ]
    several = [replace(extension, name=f"broken{k}") for k, extension in enumerate(named)]
    with pytest.raises(InputError) as raised:
        Scenario(**SMALL | {"scale": -1}, regime="mandatry", extensions=[*several, "nobody", 3])
    text = str(raised.value)
    assert len(text.splitlines()) == len(raised.value.problems) == 7
    for said in ("scale", "regime", "role", "dtype", "nwes", "'nobody': not installed", "= 3: wrong type"):
        assert said in text


@pytest.mark.parametrize("earlier", [(), (Extension("remembered", "Right."),)])
@pytest.mark.parametrize("beside", [(), ("nobody",), (3,), (Extension("Not a name", "Wrong."),)])
def test_what_is_refused_is_not_remembered(earlier: tuple[Extension, ...], beside: tuple[Any, ...]) -> None:
    extensions.named(earlier)
    before = {name: extensions.of([name]) for name in extensions.available()}
    wrong = Extension("remembered", "Wrong.", phases=3) if not beside else Extension("remembered", "Other.")
    with pytest.raises(ValueError, match="extensions"):
        extensions.named([wrong, *beside])
    assert {name: extensions.of([name]) for name in extensions.available()} == before


@kernel
def misspelt(w: Any, x: Any, today: Any) -> None:
    x.p[0]["glom"] = 1.0


@kernel
def unknown_name(w: Any, x: Any, today: Any) -> None:
    w.residents[0]["trust"] = nothing(today)  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled")
def test_kernels_that_do_not_compile_are_named_together() -> None:
    two = [Phase(misspelt, before="news"), Phase(unknown_name, after="news")]
    with pytest.raises(InputError) as raised:
        CooperationModel(**SMALL, extensions=[broken(phases=two)])
    assert [problem.key for problem in raised.value.problems] == [
        "broken.phases.misspelt",
        "broken.phases.unknown_name",
    ]
    assert "glom" in raised.value.problems[0].wrong
    assert "nothing" in raised.value.problems[1].wrong
    assert all(problem.file == __file__ for problem in raised.value.problems)


def test_streams_of_extensions_are_no_streams_of_the_package() -> None:
    numbers = {stream(name, each) for name in ("a", "b", "outreach") for each in ("visit", "turnout", "a")}
    assert len(numbers) == 9
    assert all(1 << 31 <= number < 1 << 32 for number in numbers)
