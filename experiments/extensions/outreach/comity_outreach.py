"""Outreach: a police chief visits neighbourhoods, and residents who meet the chief trust the police more; see README.md."""

import numpy as np

from comity.agents.residents import feel, identity, in_community, recall
from comity.draws import draw, probability
from comity.extended import count
from comity.extensions import Attribute, Estimate, Extension, Measure, Phase
from comity.hypotheses import Hypothesis
from comity.kernels import kernel
from comity.parameters import Parameter


@kernel
def meet(w, x, i, today):
    """Have resident ``i`` meet the chief: trust rises by a share of what is missing, and fades like other trust."""
    recall(w, i, today)
    trust, cynicism = np.float64(w.residents[i]["trust"]), np.float64(w.residents[i]["cynicism"])
    feel(w, i, trust + x.p[0]["chief_effect"] * (1.0 - trust), cynicism)
    x.residents[i]["met"] += 1
    count(w, x, i)["met_chief"] += 1.0


@kernel
def visit(w, x, today):
    """The chief visits neighbourhoods, and some of those who live there come."""
    seed, p, streams = w.clock[0]["seed"], x.p[0], x.streams[0]
    for n in range(len(w.neighbourhoods)):
        place = w.neighbourhoods[n]
        first = place["first"]
        if draw(seed, streams["visit"], today, identity(w, first)) < probability(p["chief_visits"], 1.0):
            x.counties[place["county"]]["visits"] += 1
            for i in range(first, first + place["residents"]):
                comes = draw(seed, streams["turnout"], today, identity(w, i)) < p["chief_turnout"]
                if comes and in_community(w, i):
                    meet(w, x, i, today)


def met_share(model):
    """Return the share of residents, in per cent, who ever met the chief."""
    return 100.0 * float((model.extensions["outreach"].residents["met"] > 0).mean())


# fmt: off
outreach = Extension(
    "outreach", "A police chief visits neighbourhoods, which raises trust.",
    parameters=[
        Parameter("chief_visits", 0.0, "per year", 0, 52, "policy", "assume", "Visits of the chief to a neighbourhood."),
        Parameter("chief_turnout", 0.05, "share", 0, 1, "uncertain", "assume", "Residents who come to a visit."),
        Parameter("chief_effect", 0.1, "share", 0, 0.5, "uncertain", "assume", "Rise of trust of those who come."),
    ],
    mechanisms={"outreach": {"chief_visits": 0.0}},
    hypotheses=[Hypothesis("HV", "Trust can be won: visits make up for fear.", frozenset({"outreach", "trust"}))],
    residents=[Attribute("met", "u2", 0, 65535, "times that a resident met the chief")],
    counties=[Attribute("visits", "i4", 0, 2**31 - 1, "visits of the chief so far")],
    streams=["visit", "turnout"],
    phases=[Phase(visit, after="patrol", mechanism="outreach")],
    measures=[Measure("met_chief", "residents who met the chief, each time")],
    estimates=[Estimate("met_share", "%", "residents who ever met the chief", met_share)],
)
