"""Asking residents, rule by rule and without the compiler: answers follow the rules of reporting, and nobody is changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_coming_and_going import TODAY, any_state
from test_migration import make

from comity.agents import public, residents
from comity.draws import Stream, expit, logit
from comity.kernels import COMPILED
from comity.observe import asking
from comity.policy.rows import programme

pytestmark = [
    pytest.mark.uncompiled,
    pytest.mark.skipif(COMPILED, reason="each kernel that is called alone would be compiled once more"),
]
MORE = {"entanglement_weight": 0.2, "salience_trust": 0.1, "noncriminal_trust": 0.1, "trust_weight": 2.0}


@pytest.fixture(scope="module")
def built() -> Any:
    return make("48215", "06075", residents=60, days=150, parameters=MORE | {"nonresponse": 0.5}).world


@pytest.fixture(params=range(3))
def w(built, request) -> Any:
    """Return a world in any state, on the day on which all are asked; some have not been touched for weeks."""
    found, dice = any_state(built, request.param), np.random.default_rng(request.param)
    found.residents["touched"] = dice.integers(0, TODAY + 1, len(found.residents))
    for name in ("attribution", "entanglement", "salience", "noncriminal", "awareness"):
        found.counties[name] = dice.random(len(found.counties))
    found.policies["believed_residents"] = dice.random(len(found.policies))
    return found


def same(w: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(w, other, strict=True))


def test_who_is_asked_stays_as_they_were_and_answers_as_they_would_act(w):
    before, rows = w.copy(), np.arange(len(w.residents))
    answers = np.zeros((len(rows), len(asking.CIRCUMSTANCES), 2))
    asking.ask_all(w, rows, TODAY, answers)
    assert same(w, before)
    victim, witness = answers[..., asking.VICTIM], answers[..., asking.WITNESS]
    for i in rows.tolist():
        kinds = range(len(w.p[0]["incident_mix"]))
        odds = residents.victim_odds(before, i, TODAY)
        would = [expit(logit(residents.own_share(w.p[0], kind)) + odds) for kind in kinds]
        assert np.isclose(would, victim[i, asking.NOW]).any()
    for found in (victim, witness):
        assert (found[:, asking.UNAFRAID] >= found[:, asking.NOW]).all()
        assert (found[:, asking.APART] >= found[:, asking.TOGETHER]).all()
        assert (found[:, asking.APART] > found[:, asking.TOGETHER]).any()


def test_what_police_are_imagined_to_do_is_answered_as_if_it_were_so(w):
    """Under Secure Communities attribution is what the programme comes to on top of what people suspect anyway."""
    rows, p = np.arange(len(w.residents)), w.p[0]
    said = np.zeros((len(rows), 4))
    before = w.copy()
    asking.opine(w, rows, TODAY, said)
    assert same(w, before)
    answers = np.zeros((len(rows), len(asking.CIRCUMSTANCES), 2))
    asking.ask_all(w, rows, TODAY, answers)
    for column, together in ((2, True), (3, False)):
        imagined = before.copy()
        seen = programme(p) if together else 0.0
        attributed = 1 - (1 - p["background_attribution"]) * (1 - seen)
        imagined.policies["believed_residents"] = float(together)
        imagined.counties["attribution"] = imagined.counties["entanglement"] = attributed
        whole = np.zeros(len(rows))
        residents.look_up(imagined, TODAY, rows, whole)
        assert said[:, column] == pytest.approx(whole)
        now, other = np.zeros_like(answers), asking.TOGETHER if together else asking.APART
        asking.ask_all(imagined, rows, TODAY, now)
        assert now[:, asking.NOW] == pytest.approx(answers[:, other])
    whole = np.zeros(len(rows))
    residents.look_up(w, TODAY, rows, whole)
    assert said[:, 0] == pytest.approx(whole)


def test_those_at_risk_take_part_less(w):
    """Everybody whose number of the day is above the share of refusals that goes with the perceived risk, and nobody else."""
    rows, before = np.arange(len(w.residents)), w.copy()
    answered = np.zeros(len(rows), np.uint8)
    asking.respond(w, rows, Stream.ATTITUDE_ANSWER, TODAY, answered)
    assert same(w, before)
    for i in rows.tolist():
        residents.recall(before, i, TODAY)
        refuses = residents.draw_of(before, i, Stream.ATTITUDE_ANSWER, TODAY) < 0.5 * residents.risk(
            before, i
        )
        assert answered[i] == (not refuses)
        assert asking.perceived(w, i, TODAY) == pytest.approx(residents.risk(before, i))
    assert 0 < answered.sum() < len(rows)
    w.p["nonresponse"] = 0.0
    asking.respond(w, rows, Stream.ATTITUDE_ANSWER, TODAY, answered)
    assert answered.all()


@pytest.mark.parametrize("learned", [0, 1])
def test_the_public_thinks_what_lasts(w, learned):
    """A day leaves attribution and entanglement, and the share of those taken without a conviction, where they have settled."""
    w.counties["taken"], w.counties["unconvicted"] = [20.0, 0.0], [5.0, 0.0]
    w.p["salience_attribution"], w.p["news_learned"] = 0.3, learned
    w.policies["relief_street"] = np.random.default_rng(learned).random(len(w.policies))
    for c, share in ((0, 0.25), (1, 0.0)):
        public.settle_public(w, c)
        settled = w.counties[c].copy()
        assert settled["noncriminal"] == settled["noncriminal_before"] == share
        assert settled["attribution"] == settled["entanglement"]
        public.judge(w, c, c + 1)
        for name in ("seen", "attribution", "entanglement", "noncriminal"):
            assert w.counties[name][c] == pytest.approx(settled[name]), name
