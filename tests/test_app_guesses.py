"""What lessons ask to guess: which option is right, and every reason that is given, is true of the runs that lessons open."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
from app_pages import made

from comity.app import lessons, series
from comity.app.view import CHOICES, read_view, write_view
from comity.observe.measures import Measure, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.app.city import City

BY_ID: Final = {lesson.id: lesson for lesson in lessons.LESSONS}
SENT, MATCHED = Measure.SUBMISSIONS, Measure.MATCHES


@cache
def lived(lesson: str, **change: str) -> list[City]:
    """Return the cities of a lesson on its day, at the scale of the recorded page unless the lesson has its own."""
    return made({"scale": "20"} | BY_ID[lesson].state | change)


def counts(lesson: str, *measures: Measure, **change: str) -> list[float]:
    return [lessons.counted(city, *measures) for city in lived(lesson, **change)]


def course(city: City, outcome: str, group: str) -> Any:
    return city.series()[:, series.COLUMNS.index((outcome, group))]


def before(city: City, day: str, values: Any) -> Any:
    """Return values by recording period up to a day, and after it."""
    lived_then = (np.datetime64(day) - np.datetime64(city.setup.start)).astype(int)
    ends = np.array(city.ends[: len(values)])
    return values[ends <= lived_then], values[ends > lived_then]


# ------------------------------------------------------------------ the question before and after
def _of_three(low: bool, middle: bool, names: tuple[str, str, str]) -> str:
    return names[0] if low else names[1] if middle else names[2]


def _letter() -> str:
    left, right = counts("letter", SENT)
    return _of_three(right < 1, right < 0.98 * left, ("none", "fewer", "same"))


def _placebo() -> str:
    (sent, got), (matched, known) = counts("placebo", SENT), counts("placebo", MATCHED)
    return _of_three(got < 0.98 * sent, known < 0.98 * matched, ("none", "fewer", "same"))


def _beds() -> str:
    share = [lessons._serious(lived("beds", ice_beds=str(beds))[0])[0] for beds in (0.5, 3.0)]
    assert share[0] > 0.5 > share[1], "with many beds most are taken without such a conviction"
    return "scarce"


def _silence() -> str:
    learnt = lessons._more_crime(lived("silence"))
    unlearnt = lived("silence", hypotheses="H2+H2b+H3")
    assert lessons._calls(unlearnt[0]) < lessons._calls(unlearnt[1]) - 1, "they are as silent"
    return _of_three(lessons._more_crime(unlearnt) > 0.5, learnt > 1, ("itself", "learn", "never"))


def _mixed_status() -> str:
    risk = {h: lived("mixed-status", **({"hypotheses": h} if h else {}))[0] for h in ("", "H1")}
    born, alone = (lessons._mean(city, "risk", [lessons.US_BORN]) for city in risk.values())
    others = lessons._mean(risk[""], "risk", [lessons.UNAUTHORIZED])
    return _of_three(born < 2, alone < 2 < born < others / 2, ("no", "ties", "alike"))


def _opt_out() -> str:
    left, right = (course(city, "prints", "all") for city in lived("opt-out"))
    after = [
        before(city, "2011-08-05", line)[1]
        for city, line in zip(lived("opt-out"), (left, right), strict=True)
    ]
    withheld = np.ptp(after[1]) < 0.95 * np.ptp(after[0])
    taken = [lessons._taken(city) for city in lived("opt-out", against="no_holds_unpaid@2010-06-08")]
    return _of_three(bool(withheld), taken[1] < 0.8 * taken[0], ("prints", "custody", "nothing"))


def _returns() -> str:
    city = lived("returns")[1]
    calls, lasting = (
        lessons._course(city, name, [lessons.UNAUTHORIZED]) for name in ("attribution", "entanglement")
    )
    (was, now), (worst, _) = before(city, "2011-09-07", calls), before(city, "2011-09-07", lasting)
    sooner, later = now[8] < was[-1] - 3, lasting[-1] < worst.max() - 1
    return _of_three(sooner and not later, later and not sooner, ("calls", "lasting", "both"))


def _time() -> str:
    (left, right) = (city.model.world.police["hours"][0] for city in lived("time"))
    return _of_three(
        left[Task.IMMIGRATION] == 0,
        left[Task.IMMIGRATION] < right[Task.IMMIGRATION],
        ("none", "some", "many"),
    )


CONCEPTS: Final[dict[str, Callable[[], str]]] = {
    "letter": _letter,
    "placebo": _placebo,
    "beds": _beds,
    "silence": _silence,
    "mixed-status": _mixed_status,
    "opt-out": _opt_out,
    "returns": _returns,
    "time": _time,
}


@pytest.mark.parametrize("lesson", BY_ID)
def test_the_right_option_is_the_one_that_the_model_shows(lesson: str) -> None:
    assert BY_ID[lesson].concept["right"] == CONCEPTS[lesson]()


# ------------------------------------------------------------------ guesses
def test_numbers_to_guess_are_within_reach_and_their_reasons_hold() -> None:
    for lesson in BY_ID.values():
        if lesson.guess["kind"] == "number":
            value = lessons.GUESSED[lesson.id](lived(lesson.id))
            near, low, high = (lesson.guess[key] for key in ("near", "low", "high"))
            assert low + near < value < high - near, "one can be too low, near and too high"
    (all_held, some), (sent, as_many) = map(lessons._taken, lived("letter")), counts("letter", SENT)
    assert 0.8 * all_held < some < all_held, "fewer are taken, and most still are"
    assert as_many == pytest.approx(sent, rel=0.02)
    share, _ = lessons._serious(lived("beds")[0])
    booked = lived("beds")[0].model.world.funnel.sum(axis=(0, 1, 3))[:, 0]
    assert 0 < share < 0.5
    assert booked[lessons.SERIOUS].sum() < booked.sum() / 2
    assert lessons._more_crime(lived("silence")) > 1
    assert lessons._calls(lived("silence")[1]) < 50, "most are silent without the programme too"


def test_choices_are_what_the_runs_show() -> None:
    calls = [lessons._calls(city) for city in lived("placebo")]
    unauthorized = [course(city, "reporting", "unauthorized")[-1] for city in lived("placebo")]
    assert calls[1] > calls[0]
    assert unauthorized[1] > unauthorized[0]
    assert BY_ID["placebo"].guess["right"] == "more"
    patrol = [course(city, "patrol", "all")[-1] for city in lived("time")]
    assert patrol[0] == patrol[1]
    assert BY_ID["time"].guess["right"] == "same"


def test_lines_do_what_is_said_of_them() -> None:
    (city,) = lived("mixed-status")
    was, now = before(city, "2010-06-08", course(city, "risk", "us_born"))
    others = course(city, "risk", "unauthorized")
    assert now.max() > was[-1] + 20, "it jumps"
    assert was[-1] < now[-1] < now.max() - 5, "and fades"
    assert (now < others[-len(now) :] - 20).all()
    left, right = lived("opt-out")
    kept, gone = before(right, "2011-08-05", course(right, "prints", "all"))
    assert kept.max() == 0
    assert np.ptp(gone) == pytest.approx(
        np.ptp(before(left, "2011-08-05", course(left, "prints", "all"))[1]), rel=0.05
    )
    assert course(left, "prints", "all").max() < BY_ID["opt-out"].guess["high"]
    right = lived("returns")[1]
    was, now = before(right, "2011-09-07", course(right, "attribution", "unauthorized"))
    assert was[0] + 3 < now[8] < was[-1] - 3, "it falls within weeks, but not to where it was"
    assert now[-1] > was[0] + 3


@pytest.mark.parametrize("lesson", BY_ID)
def test_what_is_drawn_is_there_to_be_drawn(lesson: str) -> None:
    """The guess of a line names what the page draws, and begins within what has been lived."""
    asked, view = BY_ID[lesson].guess, read_view(BY_ID[lesson].state)
    if asked["kind"] == "line":
        assert (asked["outcome"], asked["group"]) in series.COLUMNS
        assert asked["city"] < len(view.setups)
        day = (np.datetime64(asked["since"]) - np.datetime64(view.setup.start)).astype(int)
        assert 28 < day < view.day - 60
    else:
        assert (
            {option["id"] for option in asked.get("options", [])} >= {asked["right"]}
            if "right" in asked
            else asked["near"]
        )


# ------------------------------------------------------------------ why a task is not done
WRONG: Final = {
    ("letter", "early"): {"day": "100"},
    ("letter", "custody"): {"against": "no_holds_unpaid@2010-06-08"},
    ("letter", "neither"): {"against": "no_receive"},
    ("placebo", "other"): {"against": "inactive"},
    ("placebo", "early"): {"day": "100"},
    ("placebo", "belief"): {},
    ("beds", "few"): {"ice_beds": "0"},
    ("beds", "more"): {"ice_beds": "9"},
    ("beds", "room"): {},
    ("silence", "calls"): {"hypotheses": "H0"},
    ("silence", "learn"): {},
    ("mixed-status", "felt"): {},
    ("mixed-status", "nobody"): {"hypotheses": "H1", "own_weight": "0"},
    ("opt-out", "early"): {"day": "100"},
    ("opt-out", "prints"): {},
    ("opt-out", "custody"): {"against": "no_receive"},
    ("returns", "costless"): {"entanglement_weight": "0"},
    ("returns", "lost"): {"day": "60"},
    ("returns", "stays"): {},
    ("time", "left"): {"regime": "task_force_287g"},
    ("time", "paid"): {},
    ("time", "none"): {"against": "inactive"},
}


def test_every_reason_is_reached_and_there_is_no_other() -> None:
    assert set(WRONG) == {(lesson.id, why) for lesson in BY_ID.values() for why in lesson.wrong}


@pytest.mark.parametrize(("lesson", "why"), WRONG)
def test_a_task_that_is_not_done_says_why(lesson: str, why: str) -> None:
    number = [*BY_ID].index(lesson) + 1
    found = lessons.check(number, lived(lesson, **WRONG[lesson, why]))
    assert (found["done"], found["why"]) == (False, why), found["text"]


def test_ids_of_lessons_are_their_own_and_fit_the_form_of_answers() -> None:
    assert len(BY_ID) == len(lessons.LESSONS) == len(lessons.ANSWERS)
    assert all(0 < len(name) <= 60 for name in BY_ID)
    assert set(lessons.GUESSED) == {
        lesson.id for lesson in BY_ID.values() if lesson.guess["kind"] == "number"
    }
    assert set(lessons.GIVEN) == {lesson.id for lesson in BY_ID.values() if "given" in lesson.guess}
    for lesson in BY_ID.values():  # an answer names what differs from the lesson's state
        texts = write_view(read_view(lesson.state))
        assert {
            k: v for k, v in lesson.state.items() if k in texts and k not in {"day", *CHOICES}
        }.items() <= texts.items()
