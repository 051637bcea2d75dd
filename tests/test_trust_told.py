"""What a storyline says of trust is what the run did to it: everything that was heard is told, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from comity import CooperationModel
from comity.agents.residents import Resident, least_trust
from comity.observe import trust_told
from comity.observe.storylines import story
from comity.world.state import Memory

if TYPE_CHECKING:
    import pandas as pd

CASES: list[dict[str, Any]] = [
    {"place": "06075", "scale": 400, "seed": 1},
    {"place": "06075", "scale": 400, "seed": 2, "regime": "task_force_287g", "parameters": {"hearing": 0.9}},
    {"place": "48141", "scale": 400, "seed": 3, "parameters": {"vicarious": 1.0, "custody_effect": 0.4}},
    {"place": "17031", "scale": 3000, "seed": 4, "regime": "no_holds_unpaid", "parameters": {"hearing": 0.0}},
]


def replayed(model: CooperationModel, events: pd.DataFrame, j: int, norm: float, trust: float) -> float:
    """Return what encounters left of the trust of a resident after what the story tells, if nothing else happens."""
    p = model.world.p[0]
    least = least_trust(p)
    own = events[(events["resident"] == j) & (events["kind"] == "stop")]
    taken = [(date, trust_told.share(model, "stop", own=True)) for date in own["date"]]
    taken += [(row.date, lost) for row, _, lost in trust_told.stories(model, events, j)]
    last = 0
    for date, lost in sorted(taken):
        day = (date.date() - model.setup.start).days
        trust = norm + (trust - norm) * model.world.fade[Memory.TRUST, day - last]
        trust, last = least + (trust - least) * (1 - lost), day
    return float((trust - norm) * model.world.fade[Memory.TRUST, model.today - 1 - last])


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['place']}, {case.get('regime', 'mandatory')}"
)
def test_trust_is_what_the_story_makes_of_it(case: dict[str, Any]) -> None:
    """Without good encounters, which nobody logs, the whole path of trust follows from what is told."""
    parameters = {"good_effect": 0.0} | case.get("parameters", {})
    keys = case | {"start": "2011-01-01", "end": "2011-12-31", "parameters": parameters}
    model = CooperationModel(**keys, log=True)
    before = model.world.residents.copy()
    events = model.run().events()
    after, heard = model.world.residents, 0
    for j in range(0, len(after), 9):
        if after["whereabouts"][j] or before["whereabouts"][j]:
            continue
        norm = float(before["norm"][j])
        expected = replayed(model, events, j, norm, float(before["trust"][j]))
        left = model.world.fade[Memory.TRUST, model.today - 1 - int(after["touched"][j])]
        assert (float(after["trust"][j]) - norm) * left == pytest.approx(expected, abs=1e-9), j
        heard += any(True for _ in trust_told.stories(model, events, j))
    assert heard


def test_the_account_adds_up_to_trust_as_mesa_sees_it() -> None:
    model = CooperationModel(place="06075", scale=1000, end="2010-12-31", start="2010-01-01").run()
    trust = [resident.trust for resident in model.agents_by_type[Resident]]
    told = 0
    for j in range(0, len(trust), 5):
        if said := trust_told.account(model, j):
            whole, parts = said.removeprefix("Trust in the police now: ").split(" of 100. ")
            total = sum(float(part.split()[-1].rstrip(".")) for part in parts.split("; "))
            assert float(whole) == pytest.approx(100 * trust[j], abs=0.051)
            assert float(whole) == pytest.approx(total, abs=0.45)
            told += 1
    assert told > len(trust) / 10


def test_what_is_off_is_not_told() -> None:
    model = CooperationModel(
        place="06075", scale=400, hypotheses="H0", log=True, parameters={"bad_effect": 0.0}
    )
    model.run()
    told = "".join(story(model, j) for j in range(0, len(model.world.residents), 100))
    for text in ("told of it", "Own encounter", "is taken to lead to ICE", "in the news"):
        assert text not in told
