"""The policy of a county: what it comes to on a day, and what residents, police and government believe of it.

What happens and what is believed are apart; a row of `POLICY` holds both. What residents believe is one number a county, in
units of the programme: 1 is Secure Communities, publicly active and nothing refused; 0 is nothing beyond the enforcement
that there was before. Two channels make it up:

* the programme, less the relief that residents see in restrictions;
* the locality itself: deputies who interview in the jail (or a jail that names all whom it books), and deputies who
  arrest in the street. They are seen as no less than the programme, and each adds what the programme does not show.

So a task force is believed to be no less than a jail agreement, and that no less than Secure Communities, for every value of the
parameters; no restriction raises a belief, and none of them depends on how many levers a regime is written in.

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
        ("news", "f8"),  # 1 if something alarming comes to be on this day, less if it was put off, else 0
        ("relief", "f4"),  # share of the programme that residents think gone
        ("believed_residents", "f4"),  # what operates here, as they see it: 1 is Secure Communities alone
        ("believed_police", "f4"),
        ("believed_government", "f4"),
    ],
    align=True,
)
"""The policy of one county, as the kernels read it."""

CHANGE: Final = np.dtype([("day", "i4"), ("county", "i4"), ("policy", POLICY)], align=True)
"""From this day of the scenario on, this county (position in the county table) has this policy."""


def relieved(p: Parameters, kind: Relief, void: NDArray[np.bool_]) -> Any:
    """Return the share of the programme that residents think gone under a restriction, where it is void and where not."""
    if kind == "none":
        return np.zeros(void.shape)
    honoured: float = getattr(p, f"relief_{kind}")
    return np.where(void, min(honoured, p.relief_placebo), honoured)


def participation(p: Any, policy: Any) -> Any:
    """Return what residents believe to operate; ``policy`` is one row of `POLICY` or an array of them."""
    programme = policy["active"] * (1.0 - np.float64(policy["relief"]))
    added = p["agreement_seen"] * policy["deputies"] + p["street_seen"] * policy["street"]
    return np.maximum(programme, policy["deputies"]) + added


def prospect(p: Any, policy: Any) -> Any:
    """Return how far officers believe that those whom they arrest come to ICE's notice."""
    prints = policy["sharing"] * (1.0 - p["police_relief"] * (policy["receive"] == 0))
    return np.maximum(prints, policy["deputies"])
