"""Rival hypotheses as named sets of mechanisms, all over the same parameters.

A mechanism that a hypothesis does not name is switched off: its parameters take the values below, at which it has
exactly no effect. A mechanism that is on keeps the values of the scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from comity.problems import RefusedError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from comity.parameters import Parameters

MECHANISMS: Final[dict[str, dict[str, float]]] = {
    "fear": {"fear_weight": 0.0},
    "network": {"household_weight": 0.0, "ties_weight": 0.0},
    "salience": {"salience_weight": 0.0, "salience_attribution": 0.0, "salience_trust": 0.0},
    "trust": {"trust_weight": 0.0, "custody_effect": 0.0},
    "entanglement": {"entanglement_weight": 0.0, "noncriminal_trust": 0.0},
    "ratchet": {"ratchet": 0.0},
    "cynicism": {"cynicism_weight": 0.0, "cynicism_gain": 0.0},
    "targeting": {"targeting": 0.0},
    "incapacitation": {"replacement": 1.0},
    "pretext": {"pretext": 1.0},
    "nonresponse": {"nonresponse": 0.0},
    "exit": {"exit_rate": 0.0, "avoidance": 0.0},
    "time": {"displacement": 0.0},
}
"""Mechanism -> the parameters that drive it, with the values at which it is off."""


@dataclass(frozen=True)
class Hypothesis:
    """One claim about behaviour and the mechanisms it needs."""

    name: str
    claim: str
    mechanisms: frozenset[str]


def _hypothesis(name: str, claim: str, *mechanisms: str) -> Hypothesis:
    return Hypothesis(name, claim, frozenset(mechanisms))


HYPOTHESES: Final[dict[str, Hypothesis]] = {
    h.name: h
    for h in (
        _hypothesis("H0", "No chill: nobody's behaviour depends on the programme."),
        _hypothesis("H1", "Only those at risk themselves react.", "fear"),
        _hypothesis(
            "H2", "Fear spills over through household and ties.", "fear", "network", "trust", "entanglement"
        ),
        _hypothesis(
            "H2b", "Fear spills over by ethnicity and news; ties are irrelevant.", "fear", "salience"
        ),
        _hypothesis(
            "H3",
            "Legal cynicism: trust does not come back after opt-out.",
            *("fear", "trust", "entanglement", "ratchet", "cynicism"),
        ),
        _hypothesis("H4", "Offenders pick victims who will not call the police.", "fear", "targeting"),
        _hypothesis(
            "H5", "Removal incapacitates and deters: absent offenders are not replaced.", "incapacitation"
        ),
        _hypothesis("H6", "Pretextual policing where ICE acts on minor arrests.", "pretext"),
        _hypothesis("H7", "Measurement only: surveys miss the fearful.", "nonresponse"),
        _hypothesis("H8", "Exit and avoidance: people move away or stay indoors.", "exit"),
        _hypothesis(
            "H9",
            "Entanglement: trust carries the chill, fear does not.",
            *("network", "trust", "entanglement"),
        ),
        _hypothesis("H10", "Hands full: work for ICE takes officers' time from patrol and response.", "time"),
    )
}
"""The rival hypotheses by name: each with its claim, and the mechanisms that it needs."""

DEFAULT: Final = "H2+H2b+H4+H5+H8"
"""Every mechanism with some support in the literature: all but trust that never comes back (the one return that was published,
after a scare, took a month), pretext (national evaluations find none), selective survey non-response (it changes measurement,
not events) and displaced time (jail agreements were staffed by new positions, as in Wake County; whether Maricopa's task force
slowed its response is disputed, and neither account has a control). H9 is H2 without fear, and adds nothing to it."""


class UnknownHypothesisError(RefusedError):
    """A name that is not one of `HYPOTHESES`."""


class Adding(Protocol):
    """What adds hypotheses and their mechanisms: a `comity.extensions.Extension`."""

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Claims, and the mechanisms that they need."""

    @property
    def mechanisms(self) -> Mapping[str, Mapping[str, float]]:
        """By name, parameters with the values at which it is off."""


def known(extensions: Sequence[Adding] = ()) -> dict[str, Hypothesis]:
    """Return the hypotheses by name, with those of extensions."""
    return HYPOTHESES | {h.name: h for extension in extensions for h in extension.hypotheses}


def default(extensions: Sequence[Adding] = ()) -> str:
    """Return the specification that is meant where none is given: what an extension adds is there to be tried."""
    return "+".join((DEFAULT, *(h.name for extension in extensions for h in extension.hypotheses)))


def parse(spec: str, extensions: Sequence[Adding] = ()) -> tuple[Hypothesis, ...]:
    """Return the hypotheses of a specification such as ``"H2+H4"``.

    Raises:
        UnknownHypothesisError: naming the offending part and the closest valid name.
    """
    found, there = [], known(extensions)
    for name in (part.strip() for part in spec.split("+")):
        if name not in there:
            valid = f"{did_you_mean(name.upper(), there)}{', '.join(there)}, joined by '+'"
            raise UnknownHypothesisError(f"unknown hypothesis {name!r}", valid, "hypotheses", spec)
        found.append(there[name])
    return tuple(found)


def _needed(by: Iterable[Hypothesis]) -> frozenset[str]:
    return frozenset[str]().union(*(hypothesis.mechanisms for hypothesis in by))


def apply(spec: str, parameters: Parameters, extensions: Sequence[Adding] = ()) -> Parameters:
    """Return the parameters with every mechanism switched off that some hypothesis needs, but none that ``spec`` names."""
    active = _needed(parse(spec, extensions))
    mechanisms: dict[str, Mapping[str, float]] = dict(MECHANISMS)
    for extension in extensions:
        mechanisms |= extension.mechanisms
    resting = _needed(known(extensions).values()) - active
    off = {name: value for m in resting for name, value in mechanisms[m].items()}
    return parameters.model_copy(update=off)
