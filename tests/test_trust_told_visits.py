"""What officers' visits did to somebody's trust is told where there were some, and nowhere else."""

import datetime as dt

import numpy as np
import pytest

from comity import CooperationModel
from comity.observe import trust_told

SAID = "Visits by officers in the last 18 days"


@pytest.mark.parametrize("place", ["06075", "04013", "51153"])
def test_visits_are_told_to_whom_they_happened(place: str) -> None:
    policy = {"decider": "county", "lever": "outreach", "value": 1.0, "start": dt.date(2009, 1, 1)}
    keys = {"place": place, "scale": 400, "start": "2010-01-01", "end": "2010-03-31"}
    quiet = CooperationModel(**keys).run()
    visited = CooperationModel(**keys, regimes={"chief": {"policies": [policy]}}, regime="chief").run()
    people = visited.world.residents
    here = np.flatnonzero(people["whereabouts"] == 0)
    told = [SAID in trust_told.account(visited, j) for j in here[:500]]
    assert told == (people["reassured"][here[:500]] > 0).tolist()
    assert 0 < sum(told) < len(told)
    assert not any(
        SAID in trust_told.account(quiet, j)
        for j in here[:500]
        if not quiet.world.residents["whereabouts"][j]
    )
