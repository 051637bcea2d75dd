"""The same numbers elsewhere: what is handed out for a command line and a notebook gives the runs and numbers of the page."""

from __future__ import annotations

import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from app_pages import TINY, made
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from comity.app.catalogue import everything
from comity.app.elsewhere import READING, SEEN, elsewhere, recipes
from comity.app.series import COLUMNS
from comity.app.view import read_view
from comity.parameters import Parameters, describe
from comity.policy.regimes import catalogue
from comity.problems import InputError
from comity.reading import assignments
from comity.scenario import load
from comity.sweeps.outcomes import of_run

if TYPE_CHECKING:
    from comity.app.city import City

OWN = {
    "regimes": r"""{mine = {policies = [{decider = "county", lever = "hold", value = [0.0, 0.5, 1.0, 1.0], start = 2010-07-01,
        basis = "it's an \"ordinance\"; $(true) `x` \\ & %PATH%"}]}}""".replace("\n", " "),
    "regime": "mine",
}
PLAIN = [
    name
    for name, field in Parameters.model_fields.items()
    if not isinstance(field.default, tuple) and field.annotation is float
]


@st.composite
def states(draw: st.DrawFn) -> dict[str, str]:
    """Draw what an address may hold of a run."""
    found = {
        "place": st.sampled_from(["06075", "Cook County, IL", "CA", "06075,06081"]),
        "start": st.sampled_from(["2008-10-01", "2010-05-01"]),
        "end": st.sampled_from(["2011-03-05", "2012-12-31"]),
        "seed": st.integers(0, 2**63 - 1).map(str),
        "scale": st.sampled_from(["100", "500", "123.25"]),
        "regime": st.sampled_from([*catalogue(), "no_minor_holds@2010-06-08"]),
        "against": st.sampled_from([*catalogue(), "no_receive+pledge"]),
        "hypotheses": st.sampled_from(["H0", "H1+H2b", "H4"]),
        "chart": st.just("risk"),
        "day": st.integers(0, 300).map(str),
    }
    state = draw(st.fixed_dictionaries({}, optional=found))
    for name in draw(st.lists(st.sampled_from(PLAIN), max_size=3)):
        meta = describe(name)
        state[name] = repr(draw(st.floats(meta.low, meta.high)))
    return state | (OWN if draw(st.booleans()) else {})


def told(state: dict[str, str]) -> tuple[Any, dict[str, Any]]:
    """Return the view of a state, if there is one, and what is told of it."""
    try:
        view = read_view({"scale": "500"} | state)
    except InputError:
        assume(False)
        raise
    return view, elsewhere(view)


@given(states())
@settings(max_examples=60)
def test_what_is_told_is_the_run_of_the_page(state: dict[str, str]) -> None:
    view, found = told(state)
    again = load("san-francisco", [*found["overrides"], f"end={view.setup.end}"])
    assert again.with_(compare=()) == view.setup.with_(compare=())
    assert [again.with_(regime=regime).regime for regime in found["regimes"]] == list(
        dict.fromkeys(setup.regime for setup in view.setups)
    )


@given(states())
@settings(max_examples=60)
def test_a_shell_hands_the_command_on_as_it_was_meant(state: dict[str, str]) -> None:
    _, found = told(state)
    words = shlex.split(found["command"])
    changes = [value for name, value in pairwise(words) if name == "--set"]
    assert changes == found["overrides"]
    if len(found["regimes"]) > 1:
        (compared,) = assignments([f"compare={words[words.index('--regimes') + 1]}"])[0]
        assert (words[1], compared[1]) == ("compare", found["regimes"])
    else:
        assert words[1] == "run"


@pytest.fixture(scope="module", params=["40", "8", "150"])
def cities(request: pytest.FixtureRequest) -> list[City]:
    return made(TINY | {"against": "no_transmit", "start": "2010-06-01", "day": request.param})


def test_the_notebook_reads_what_the_charts_draw(cities: list[City]) -> None:
    space: dict[str, Any] = {}
    exec(READING, space)  # noqa: S102 - what a notebook executes
    assert [tuple(name.split(":")) for name in recipes()] == list(SEEN)
    assert everything()["trials"]["recipes"] == recipes()
    for city in cities:
        drawn, weekly = city.series()[-1], of_run(city.model)
        for name, recipe in recipes().items():
            outcome, group = name.split(":")
            with np.errstate(invalid="ignore"):
                found = space["seen"](weekly, *recipe)
            assert found == pytest.approx(drawn[COLUMNS.index((outcome, group))], rel=1e-5, nan_ok=True), name
