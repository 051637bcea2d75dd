"""Rows of policy, one per county and change: what it comes to, and what residents, police and government believe of it.

What happens and what is believed are apart; a row of `POLICY` holds both. Residents see five channels between these police and
ICE, each as far as it is visible (`CHANNELS`) and less the relief that they see in what restricts it:

* prints are shared where the programme is active;
* ICE is told of releases, and people are held for it, where the programme or the locality itself finds them;
* deputies interview in the jail (or it names all whom it books), and arrest in the street.

Together they come to `attribution`: the chance that at least one is seen. So a task force comes to no less than a jail
agreement, and that to no less than Secure Communities, for every value of the parameters; no restriction raises it, and of
several levers that restrict the same channel only the one that relieves most counts. In units of the programme it is
`participation`: 1 is Secure Communities, publicly active and nothing refused; 0 is nothing beyond the enforcement that there was
before.

Officers believe that an arrest for little leads to ICE where prints are shared (less where no answer comes back) or the
locality itself brings people to ICE. Whether ICE then gets them depends on holds and notices (`police.pretext_here`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.parameters import Parameters
    from comity.policy.levers import Relief

POLICY: Final = np.dtype(
    [
        ("active", "u1"),  # the programme operates here, publicly
        ("sharing", "u1"),  # prints of this county reach IDENT
        ("share_felony", "u1"),  # and only those of felony arrestees
        ("transmit", "u1"),  # prints are sent at all: 0 loses the FBI's criminal check too
        ("receive", "u1"),  # answers come back to the county
        ("refer", "u1"),  # the county's own referrals: 0 none, 1 felony arrestees, 2 all
        ("interview", "f4"),  # share of bookings interviewed on immigration
        ("street", "u1"),  # 287(g) task force: status arrests in the street
        ("hold", "f4", (4,)),  # share of detainers honoured, by level
        ("notify", "f4", (4,)),  # share of releases announced to ICE, by level
        ("access", "u1"),  # ICE may enter the jail
        ("hold_hours", "u1"),
        ("no_inquiry", "u1"),  # officers do not ask about status, nor arrest for it
        ("pledge", "f4"),  # share of residents who are told that calling leads to nobody's removal
        ("outreach", "f4"),  # share of the time for community policing that is spent on visits
        ("era", "u1"),  # index into ERAS
        ("joins", "u1"),  # the state takes part: ICE may activate the county
        ("letter", "u1"),  # nobody can opt out of information any more
        ("compelled", "u1"),  # the state compels the jail to hold
        ("liability", "u1"),  # courts hold the county liable for holds without a warrant
        ("deputies", "f4"),  # share of bookings that the locality itself brings to ICE, prints or not
        (
            "staffed",
            "f4",
        ),  # the same, of whom the locality's own officers interview: ICE's take none of their time
        ("news", "f8"),  # 1 if something alarming comes to be on this day, less if it was put off, else 0
        ("relief", "f4"),  # share of the programme that residents think gone
        ("relief_hold", "f4"),  # of holds
        ("relief_notice", "f4"),  # of notices
        ("relief_street", "f4"),  # of what officers do for ICE, in the street and as people suspect anyway
        ("believed_residents", "f4"),  # what operates here, as they see it: 1 is Secure Communities alone
        ("believed_police", "f4"),
        ("believed_government", "f4"),
    ],
    align=True,
)
"""The policy of one county, as the kernels read it."""

CHANGE: Final = np.dtype([("day", "i4"), ("county", "i4"), ("policy", POLICY)], align=True)
"""From this day of the scenario on, this county (position in the county table) has this policy."""


CHANNELS: Final = ("prints", "notice", "hold", "interview", "street")
"""How people come from these police to ICE, the least visible first: ``visible_prints`` to ``visible_street`` of the registry."""

RELIEF_OF: Final = {
    "hold": "relief_hold",
    "hold_hours": "relief_hold",
    "notify": "relief_notice",
    "access": "relief_notice",
    "no_inquiry": "relief_street",
    "pledge": "relief_street",
}
"""Lever -> what residents think gone when it is restricted; of all other levers, a share of the programme."""


def relieved(p: Parameters, kind: Relief, void: NDArray[np.bool_]) -> Any:
    """Return the share of the programme that residents think gone under a restriction, where it is void and where not."""
    if kind == "none":
        return np.zeros(void.shape)
    honoured: float = getattr(p, f"relief_{kind}")
    return np.where(void, min(honoured, p.relief_placebo), honoured)


def attribution(p: Any, policy: Any, aware: Any) -> Any:
    """Return how far people who are ``aware`` of them trace ICE to these police by what operates here, from 0 to 1.

    ``policy`` is one row of `POLICY` or an array of them.
    """
    programme = aware * policy["active"] * (1.0 - np.float64(policy["relief"]))
    deputies = aware * np.float64(policy["deputies"])
    street = aware * policy["street"] * (1.0 - np.float64(policy["relief_street"]))
    found = np.maximum(programme, deputies)
    unseen = 1.0 - p["visible_prints"] * programme
    unseen = unseen * (1.0 - p["visible_notice"] * found * (1.0 - np.float64(policy["relief_notice"])))
    unseen = unseen * (1.0 - p["visible_hold"] * found * (1.0 - np.float64(policy["relief_hold"])))
    return 1.0 - unseen * (1.0 - p["visible_interview"] * deputies) * (1.0 - p["visible_street"] * street)


def programme(p: Any) -> Any:
    """Return `attribution` by Secure Communities alone, known to everybody and nothing refused."""
    unseen = (1.0 - p["visible_prints"]) * (1.0 - p["visible_notice"])
    return 1.0 - unseen * (1.0 - p["visible_hold"])


def participation(p: Any, policy: Any) -> Any:
    """Return what residents believe to operate, in units of the programme."""
    return attribution(p, policy, 1.0) / programme(p)


def prospect(p: Any, policy: Any) -> Any:
    """Return how far officers believe that those whom they arrest come to ICE's notice."""
    prints = policy["sharing"] * (1.0 - p["police_relief"] * (policy["receive"] == 0))
    return np.maximum(prints, policy["deputies"])
