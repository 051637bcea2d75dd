"""However a place is spelt, and wherever it is named, it is the same place, or the same refusal."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from comity import show
from comity.app.view import read_view
from comity.data.check import check
from comity.data.kinds import KINDS
from comity.policy.policy import Policy
from comity.policy.regimes import compose, read_custom, timeline
from comity.problems import InputError
from comity.scenario import Scenario
from comity.sweeps import identity
from comity.sweeps.study import Study
from comity.world import places

TABLE = places.counties()
STATES = places.states()["name"]
POLICY = {"decider": "county", "lever": "notify", "value": [0, 0, 0, 0], "start": "2010-01-01"}


def where(*names):
    """The codes that a policy concerns."""
    found = Policy(**POLICY, where=names).where
    rows = [TABLE["state"].isin([name]) | (TABLE.index == name) | (name == "US") for name in found]
    return sorted(TABLE.index[sum(rows) > 0])


def imported(text):
    """The code under which a table has a place, which has to be a county."""
    Path("t.csv").write_text(f'County,Noncitizen\n"{text}",1\n', encoding="utf-8")
    return [row["fips"] for row in check(KINDS["noncitizens"], Path("t.csv"), "t.csv").rows]


def searched(text):
    """What a search begins with, or finds among others."""
    found, meant = places.gazetteer().search(text), places.resolve(text)
    assert set(meant) <= set(found)
    assert len(show.places(text).rows) == len(found)
    return meant


ENTRANCES = {
    "scenario": lambda text: places.resolve(Scenario(place=text).place),
    "study": lambda text: places.resolve(
        Study(scenario={"place": "US"}, places=[text], outcomes=["removals"]).places[0]
    ),
    "page": lambda text: places.resolve(read_view({"place": text}).setup.place),
    "policy": where,
    "policy in a list": lambda text: where(text, text),
    "search": searched,
    "import": imported,
}

WORDS = {"and": "&", "St.": "Saint", "Ste.": "Sainte"}
SPELLINGS = {
    "as it is": lambda name, state, _: f"{name}, {state}",
    "bare": lambda name, state, _: f"{name.rpartition(' ')[0] or name}, {state}",
    "full state": lambda name, state, _: f"{name}, {STATES[state]}",
    "bare, full state": lambda name, state, _: f"{name.rpartition(' ')[0] or name}, {STATES[state]}",
    "upper": lambda name, state, _: f"{name}, {STATES[state]}".upper(),
    "lower": lambda name, state, _: f"{name}, {state}".lower(),
    "no comma": lambda name, state, _: f"{name} {state}",
    "turned": lambda name, state, _: re.sub(
        r"(.+?) (City and Borough|Census Area|\S+)$", rf"\2 of \1, {STATES[state]}", name, count=1
    ),
    "blanks": lambda name, state, _: "  " + name.replace(" ", "\u00a0 ") + f" ,{state} ",
    "words": lambda name, state, _: f"{' '.join(WORDS.get(w, w) for w in name.split())}, {state}",
    "together": lambda name, state, _: f"{name.replace(' ', '', name.count(' ') - 1)}, {state}",
    "accents": lambda name, state, _: name.replace("n", "n\u0303", 1) + f", {state}",
    "apostrophe": lambda name, state, _: name.replace("'", "\u2019") + f", {state}",
    "misspelt": lambda name, state, _: f"{name[0]}{name[2:]}, {state}",
    "another state": lambda name, state, _: f"{name}, {'CA' if state != 'CA' else 'OR'}",
    "code": lambda *given: given[2],
    "number": lambda *given: str(int(given[2])),
    "geo_id": lambda *given: f"0500000US{given[2]}",
    "dashed": lambda *given: f"{given[2][:2]}-{given[2][2:]}",
    "gisjoin": lambda *given: f"G{given[2][:2]}0{given[2][2:]}0",
}
NAMED_BEFORE = [
    "46102", "02158", "12025", "Oglala Lakota, SD", "La Salle, IL", "De Witt, TX", "King & Queen, VA",
    "City of Richmond, VA", "Washington, DC", "02063", "Chugach, AK", "Dade County, Florida", "Do\u00f1a Ana, NM",
    "Dona Ana County, New Mexico", "Orange", "Nowhere", "Richmond, VA", "Hartford, CT", "09110", "72001", "",
]  # fmt: skip


def came(entrance, text):
    """Return what an entrance makes of a text: counties, or None for a refusal."""
    try:
        return ENTRANCES[entrance](text)
    except ValueError:
        return None


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


QUICK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(fips=st.sampled_from(list(TABLE.index)), how=st.sampled_from(sorted(SPELLINGS)))
@example("35013", "as it is")
@example("29186", "words")
@example("51760", "turned")
@example("02195", "turned")
@example("02110", "turned")
def test_all_entrances_mean_the_same_place(fips, how):
    text = SPELLINGS[how](TABLE.loc[fips, "county"], TABLE.loc[fips, "state"], fips)
    meant = came("scenario", text)
    if how not in (
        "misspelt",
        "another state",
        "accents",
        "bare",
        "bare, full state",
        "together",
        "no comma",
    ):
        assert meant == [fips], text
    assert {name: came(name, text) for name in ENTRANCES} == dict.fromkeys(ENTRANCES, meant), text


@pytest.mark.parametrize("text", NAMED_BEFORE)
def test_names_of_other_years_and_names_of_nothing(text):
    meant = came("scenario", text)
    whole = ENTRANCES.keys() - (
        {"import"} if meant == ["02261"] else {}
    )  # a count of a part is not that of the whole
    assert {name: came(name, text) for name in whole} == dict.fromkeys(whole, meant)


@QUICK
@given(
    postal=st.sampled_from(list(STATES.index)),
    how=st.sampled_from(["{0}", "{1}", "state:{0}", "State of {1}", "0400000US{2}", "{2}", "{3}"]),
)
def test_states(postal, how):
    inside = TABLE.index[TABLE["state"] == postal].tolist()
    text = how.format(postal, STATES[postal], inside[0][:2], STATES[postal].upper())
    for name in ENTRANCES.keys() - {"import"}:
        assert came(name, text) == inside, (name, text)


@pytest.mark.parametrize("text", ["US", "usa", "United States", "0100000US"])
def test_the_country(text):
    for name in ENTRANCES.keys() - {"import"}:
        assert came(name, text) == list(TABLE.index), name


# What policies concern


def rows(*names):
    """What a regime of one policy comes to in Illinois and California."""
    table = {"mine": {"policies": [POLICY | {"where": list(names)}]}}
    setup = Scenario(place=("IL", "CA"), scale=10_000, regimes=table, regime="mine")
    found = timeline(
        compose("mine", read_custom(table)),
        places.select(setup.place),
        setup.parameters,
        setup.start,
        setup.end,
    )
    return repr(found.changes.tolist())


@pytest.mark.parametrize(
    ("names", "same"),
    [
        (["Illinois"], ["IL"]),
        (["Cook County, Illinois"], ["17031"]),
        ([17031, "Lake, IL"], ["17031", "17097"]),
        (["0400000US17"], ["IL"]),
        (["united states"], ["US"]),
    ],
)
def test_a_policy_moves_the_same_counties_however_they_are_spelt(names, same):
    assert rows(*names) == rows(*same) != rows("NV")


def test_a_spelling_makes_no_other_run():
    def key(*names):
        table = {"mine": {"policies": [POLICY | {"where": list(names)}]}}
        return identity.resolved(Scenario(place="06075", scale=1000, regimes=table, regime="mine"))

    assert key("San Francisco County, California") == key("06075") == key(6075) != key("CA")


def test_two_wills_of_one_decider_are_seen_through_spellings():
    table = {
        "mine": {
            "policies": [POLICY | {"where": ["Illinois"]}, POLICY | {"where": ["Cook, IL"], "value": [1] * 4}]
        }
    }
    with pytest.raises(InputError, match="overlapping policies"):
        Scenario(place="06075", regimes=table)


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        (["Calfornia"], "did you mean 'California'"),
        (["Orange"], "ambiguous place 'Orange': Orange County, CA"),
        (["06076"], "06075"),
        (["06001", True], r"where\[1\] = True: not the name of a place"),
        ([], "nowhere"),
        ("Springfield", "unknown place 'Springfield'"),
        ({"CA": 1}, "not the name of a place"),
    ],
)
def test_a_place_that_is_none_is_refused_with_a_hint(given_, told):
    with pytest.raises(InputError, match=told):
        Scenario(place="06075", regimes={"mine": {"policies": [POLICY | {"where": given_}]}})
