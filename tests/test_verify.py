"""`comity verify`: every check can fail, and what it finds is printed and told by the exit code."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from comity.cli import app
from comity.model import CooperationModel
from comity.verify import checks, golden, twin

QUICK = "golden run,conservation,placebo,monotonicity"


def comity_(*arguments, code=0):
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "80", "TERM": "dumb"})
    assert done.exit_code == code, (done.output, done.exception)
    return " ".join(done.output.split())


def test_the_quick_checks_pass_on_one_page():
    shown = comity_("verify", "--only", QUICK)
    assert "4 of 4 checks passed" in shown
    assert shown.count("passed") == 5
    assert "FAILED" not in shown


def test_all_wrong_names_are_named():
    shown = comity_("verify", "--only", "golden run,silver,lead", code=2)
    assert shown.count("no such check; valid: some of golden run, twin") == 2


def test_numbers_that_changed_fail_and_are_named(monkeypatch):
    kept = golden.expected()
    monkeypatch.setattr(golden, "expected", lambda: kept | {"events": "0"})
    shown = comity_("verify", "--only", "golden run", code=1)
    assert "FAILED" in shown
    assert "not as kept: events" in shown
    assert "0 of 1 checks passed" in shown


@pytest.fixture(scope="module")
def lived():
    """A small run with its log, and where everybody was before."""
    model = CooperationModel(**checks.SMALL, **checks.BUSY, log=True)
    before = model.world.residents["whereabouts"].astype(int)
    return model.run(), before


def after(model):
    return model.world.residents["whereabouts"]


def test_books_agree(lived):
    model, before = lived
    events = model.events()
    assert set(checks.MOVES) - set(events["kind"]) == set()
    assert not list(checks.misplaced(events, before, after(model)))
    assert not list(checks.miscounted(events, model))


@pytest.mark.parametrize("kind", checks.MOVES)
def test_an_event_that_is_lost_is_missed(lived, kind):
    model, before = lived
    events = model.events()
    lost = events.drop(events.index[events["kind"] == kind][0])
    assert list(checks.misplaced(lost, before, after(model)))


@pytest.mark.parametrize("kind", checks.COUNTED)
def test_an_event_that_is_not_counted_is_missed(lived, kind):
    model, _ = lived
    events = model.events()
    found = list(checks.miscounted(events.drop(events.index[events["kind"] == kind][-1]), model))
    assert [text.partition(":")[0] for text in found] == [checks.COUNTED[kind]]


def test_somebody_in_the_wrong_place_is_named(lived):
    model, before = lived
    moved = after(model).copy()
    moved[17] = (moved[17] + 1) % 3
    assert list(checks.misplaced(model.events(), before, moved)) == ["resident 17 is not where the log ends"]


def test_a_placebo_that_acts_is_found(monkeypatch):
    monkeypatch.setitem(checks.SMALL, "relief_placebo", 0.9)
    assert checks._without_effect("H0")[0]
    monkeypatch.setattr(checks, "hypotheses", type("", (), {"default": staticmethod(lambda: "H0")}))
    assert not checks.placebo()[0], "a placebo that never acts proves nothing"


@pytest.mark.parametrize(
    ("values", "falls"), [([3.0, 2.0, 1.0], True), ([3.0, 3.0, 1.0], False), ([1.0, 2.0], False), ([], True)]
)
def test_falling_is_strict(values, falls):
    assert checks.falling(values) is falls


def test_without_fear_reporting_does_not_fall(monkeypatch):
    monkeypatch.setattr(checks, "LADDER", (0.0, 0.0))
    assert not checks.monotone()[0]


def test_the_second_model_is_where_it_is_looked_for():
    assert (twin.folder() / "plain_mesa" / "model.py").is_file()


def test_a_difference_between_the_models_is_seen(monkeypatch):
    with twin._reachable():
        import outcomes  # noqa: PLC0415

    rng = np.random.default_rng(3)
    one, other = rng.poisson(500.0, (2, 20, 30)).astype(float)
    names = [f"outcome {n}" for n in range(30)]
    monkeypatch.setattr(outcomes, "collect", lambda *_: {"counts": (names, one, other)})
    assert twin.differing(20) == ([], 30)
    other[:, 4] *= 1.3
    (wrong,), _ = twin.differing(20)
    assert wrong.startswith("outcome 4: ")


def test_the_nation_that_missed_what_it_was_fitted_to_would_fail(monkeypatch):
    from comity.published import estimates  # noqa: PLC0415

    monkeypatch.setattr(estimates, "live", lambda _, wanted: dict.fromkeys(wanted, 50.0))
    passed, told = checks.reproduced()
    assert not passed
    assert "published 2.73" in told


def test_the_wheel_has_what_the_checks_need():
    root = Path(__file__).parents[1]
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    shipped = re.findall(r'"benchmarks/([\w.]+)" = "comity/benchmarks/([\w.]+)"', text)
    assert {name for name, _ in shipped} == {"equivalence.py", "outcomes.py", "plain_mesa", "scenes.py"}
    assert all(name == place for name, place in shipped)


def test_every_check_is_documented():
    page = (Path(__file__).parents[1] / "docs" / "verification.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in page for name in checks.CHECKS)
