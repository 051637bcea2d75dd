"""Levers: what a policy can move, who may move it, and what residents see in it when it is moved.

What a movement means to residents is declared here, by lever and direction, and nowhere else. A restriction relieves, in the
way that its lever names; it never alarms, and no lever can be declared to do both. What alarms is that a county joins: the
programme begins, deputies interview or arrest, the jail names all whom it books, the state compels. Each county is judged by
what comes to be there from one day to the next (`comity.policy.law`), so nothing alarms that is void, is outdone already, or
was so before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from comity.problems import RefusedError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Decider = Literal["federal", "state", "county", "court"]
Relief = Literal["cut", "custody", "placebo", "none"]
Value = float | str | tuple[float, ...]

ERAS: Final = ("act_2008", "act_2010", "act_2012", "act_2014", "act_2017")
"""Priorities of ICE by era: names of parameters, in the order of the field ``era``."""

ANYWHERE: Final = frozenset({"place", "US"})
"""Names of a policy's *where* that stand for every county of the scenario."""

_PREFIXES: Final = """
    01AL 02AK 04AZ 05AR 06CA 08CO 09CT 10DE 11DC 12FL 13GA 15HI 16ID 17IL 18IN 19IA 20KS 21KY 22LA 23ME 24MD
    25MA 26MI 27MN 28MS 29MO 30MT 31NE 32NV 33NH 34NJ 35NM 36NY 37NC 38ND 39OH 40OK 41OR 42PA 44RI 45SC 46SD
    47TN 48TX 49UT 50VT 51VA 53WA 54WV 55WI 56WY"""
STATES: Final = {pair[:2]: pair[2:] for pair in _PREFIXES.split()}
"""First two digits of a county's FIPS code -> postal abbreviation of its state."""

Kind = Literal["switch", "share", "levels", "hours", "choice"]

VALID: Final[dict[Kind, str]] = {
    "switch": "0 or 1",
    "share": "a number from 0 to 1",
    "levels": "four numbers from 0 to 1, in the order C0, L3, L2, L1",
    "hours": "a whole number of hours from 0 to 48",
}


@dataclass(frozen=True)
class Lever:
    """Something that a policy can move: values, default, and who may move it."""

    name: str
    layer: Literal["information", "federal", "custody", "police"]
    kind: Kind
    combine: Literal["least", "most", "set"]
    default: Value | None
    deciders: tuple[Decider, ...]
    meaning: str
    choices: tuple[str, ...] = ()
    relief: Relief = "none"  # what residents see in a restriction that is honoured
    alarm: float = (
        math.inf
    )  # what the lever comes to in a county alarms when it rises, to this value or beyond
    reassures: bool = False  # a lever that is combined by the most restricts the more, the higher it stands

    def __post_init__(self) -> None:
        """Refuse a lever whose restriction would alarm."""
        if self.restrictive and self.alarm < math.inf:
            raise RefusedError(f"{self.name}: a restriction cannot alarm", "alarm = inf")

    @property
    def restrictive(self) -> bool:
        """Whether moving the lever restricts what is done for ICE."""
        return self.combine == "least" or self.reassures

    @property
    def valid(self) -> str:
        """What would be a valid value, in words."""
        return "one of " + ", ".join(map(repr, self.choices)) if self.choices else VALID[self.kind]

    def number(self, value: Value) -> float | Floats:
        """Return a value as the kernels have it: choices become their position, levels a vector."""
        if isinstance(value, tuple):
            return np.array(value)
        return float(self.choices.index(value) if isinstance(value, str) else value)

    def restricts(self, value: Value) -> bool:
        """Return whether a policy with this value restricts more than the lever does without any policy."""
        if not self.restrictive or self.default is None:
            return False
        stands, usual = self.number(value), self.number(self.default)
        return bool(np.any(stands > usual if self.reassures else stands < usual))


_OPEN: Final = (1.0, 1.0, 1.0, 1.0)

# fmt: off
LEVERS: Final[dict[str, Lever]] = {
    lever.name: lever
    for lever in (
        # The federal calendar.
        Lever("active", "federal", "switch", "set", None, ("federal",),
              "The programme operates; by default from the county's activation date.", alarm=1),
        Lever("mandate", "federal", "switch", "set", 0, ("federal",),
              "Sharing needs no agreement: nobody can opt out of information."),
        Lever("priority", "federal", "choice", "set", "act_2008", ("federal",),
              "Which removable matches ICE acts on.", ERAS),
        Lever("raids", "federal", "switch", "most", 0, ("federal",),
              "1: ICE announces raids. That is news, whatever comes of it and whatever the locality does.", alarm=1),
        # Information: who learns of a booking. Choices go from the most to the least restrictive.
        Lever("join", "information", "switch", "least", 1, ("state",),
              "0: counties of the state that are not yet active are not activated.", relief="placebo"),
        Lever("transmit", "information", "switch", "least", 1, ("state", "county"),
              "0: prints are sent to nobody, and the FBI's criminal check is lost.", relief="cut"),
        # To ask undoes what the state withholds: where it withholds nothing, nothing comes of it, so it is no alarm.
        Lever("request", "information", "switch", "most", 0, ("county",),
              "1: the county asks its state to forward (state rule 'on_request')."),
        Lever("forward", "information", "choice", "least", "all", ("state",),
              "Counties whose prints the state forwards to immigration.", ("none", "on_request", "all"), relief="cut"),
        Lever("receive", "information", "switch", "least", 1, ("state", "county"),
              "0: answers do not come back to the county; ICE gets them all the same.", relief="placebo"),
        Lever("share", "information", "choice", "least", "all", ("county",),
              "Arrestees whose prints may reach immigration.", ("felony", "all"), relief="cut"),
        # Custody: what the locality does with a person. Never touched by the letter.
        # To refer those arrested for a felony is what counties did that refused the rest: only all of them alarms.
        Lever("refer", "custody", "choice", "most", "none", ("county",),
              "Arrestees whom the county itself reports to ICE, prints or not.", ("none", "felony", "all"), alarm=2),
        Lever("interview", "custody", "share", "most", None, ("county", "federal"),
              "Bookings interviewed on immigration; by default the parameter `interviewed`.", alarm=0),
        Lever("street", "custody", "switch", "most", 0, ("county", "federal"),
              "1: a 287(g) task force makes status arrests in the street and interviews everybody it books.", alarm=1),
        Lever("hold", "custody", "levels", "least", _OPEN, ("county", "state", "court"),
              "Detainers honoured, by level.", relief="custody"),
        Lever("notify", "custody", "levels", "least", _OPEN, ("county", "state", "court"),
              "Releases announced to ICE, by level.", relief="custody"),
        Lever("access", "custody", "switch", "least", 1, ("county", "state", "court"),
              "0: ICE may not enter the jail.", relief="custody"),
        Lever("hold_hours", "custody", "hours", "least", 48, ("county", "state", "court"),
              "Longest hold.", relief="custody"),
        Lever("liability", "custody", "switch", "most", 0, ("court",),
              "1: courts make counties liable for holds without a warrant; governments mind where `politics` is on."),
        Lever("compel", "custody", "switch", "most", 0, ("state",),
              "1: jails must hold, notify and open their doors, and nobody may keep officers from asking.", alarm=1),
        # A police chief's own: what officers do and say, whatever becomes of prints and holds.
        Lever("no_inquiry", "police", "switch", "most", 0, ("county", "state"),
              "1: officers do not ask about immigration status and arrest nobody for it.", relief="placebo", reassures=True),
        Lever("pledge", "police", "share", "most", 0.0, ("county",),
              "Share of residents whom the police tell that calling them leads to nobody's removal.", relief="placebo",
              reassures=True),
        Lever("outreach", "police", "share", "most", 0.0, ("county",),
              "Share of the time for community policing that is spent on visits to residents.", reassures=True),
    )
}
# fmt: on
"""Every lever, in the order in which the pipeline meets them."""

ALARMING: Final = tuple(lever.name for lever in LEVERS.values() if lever.alarm < math.inf)
"""Levers whose rise alarms."""

COMPELLED: Final = ("hold", "notify", "access", "hold_hours", "no_inquiry")
"""Levers that ``compel`` takes out of everybody's hands."""


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0


def checked_value(lever: Lever, value: Any) -> Value:
    """Return the value of a lever in its one canonical type.

    Raises:
        RefusedError: saying what would be valid.
    """
    if lever.kind == "choice" and isinstance(value, str) and value in lever.choices:
        return value
    if lever.kind == "switch" and isinstance(value, int) and value in {0, 1}:
        return int(value)
    if lever.kind == "hours" and type(value) is int and 0 <= value <= 48:
        return value
    # Adding 0.0 turns -0.0 into 0.0: the table of changes would take it for another value.
    if lever.kind == "share" and _is_share(value):
        return float(value) + 0.0
    if lever.kind == "levels" and isinstance(value, list | tuple) and [*map(_is_share, value)] == [True] * 4:
        return tuple(float(share) + 0.0 for share in value)
    raise RefusedError(f"no value of {lever.name}", f"{did_you_mean(value, lever.choices)}{lever.valid}")
