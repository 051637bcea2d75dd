"""Scenes in which comity and the plain model live side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from plain_mesa import PlainModel

from comity import hypotheses
from comity.model import CooperationModel


@dataclass(frozen=True)
class Scene:
    """A place, its days and parameters, and policies that replace those of the calendar, by county or for all.

    Attributes:
        keys: of a scenario.
        policy: field of the policy -> value, or list of one value per county.
    """

    title: str
    keys: dict[str, Any]
    policy: dict[str, Any] = field(default_factory=dict)

    def model(self, seed: int) -> CooperationModel:
        """Return comity's model of the scene, on its first morning."""
        model = CooperationModel(**self.keys, seed=seed)
        changes, rows = model.world.change_policies, model.world.change_counties
        for name, value in self.policy.items():
            changes[name] = np.array(value)[rows] if isinstance(value, list) else value
        return model

    def pair(self, seed: int) -> tuple[CooperationModel, PlainModel]:
        """Return both models of the scene: the same residents, ties and calendars, each with dice of its own."""
        model = self.model(seed)
        parameters = hypotheses.apply(model.setup.hypotheses, model.setup.parameters)
        return model, PlainModel(model.world, parameters, seed)


FOUNDING: Final = Scene(
    "San Francisco, one agent for 100 people, the year before and the year after activation on 8 June 2010",
    {"place": "06075", "scale": 100, "start": "2009-06-08", "end": "2011-06-07"},
)

_BUSY: Final[dict[str, Any]] = {
    "place": ("06059", "06073", "06065"),
    "scale": 1500,
    "start": "2010-01-01",
    "end": "2010-12-31",
    "hypotheses": "H2+H2b+H3+H4+H5+H6+H7+H8+H10",
    # People
    "offender_share": 0.2,
    "ident_unauthorized": 0.7,
    "ident_us_born": 0.1,
    "ident_naturalised": 0.5,
    "proneness_shape": 0.3,
    # Crime and reporting
    "victimisation_hispanic": 0.10,
    "victimisation_other": 0.08,
    "targeting": 1.5,
    "targeting_memory": 60.0,
    "avoidance": 0.5,
    "fear_weight": 1.5,
    "trust_weight": 2.0,
    "cynicism_weight": 1.5,
    "witnesses": 1.0,
    "witness_reporting": 0.2,
    "witness_help": 0.6,
    # Police and jail
    "contacts": 2.0,
    "bad_contacts": 0.2,
    "bad_contacts_hispanic": 0.3,
    "minor_arrests": 0.3,
    "offender_arrests": 3.0,
    "pretext": 2.0,
    "street_arrests": 0.5,
    "case_hours": 200.0,
    "task_force_share": 0.2,
    "presence_effect": 0.25,
    "response_effect": 0.3,
    "visit_effect": 0.15,
    "visit_left": 0.3,
    "booked": 0.8,
    "convicted": 0.6,
    "stay_sentenced": 15.0,
    "jail_beds": 40.0,
    # ICE
    "citizen_error": 0.5,
    "lawful_removable": 0.5,
    "act_2008": (0.8, 0.85, 0.9, 1.0),
    "act_2010": (0.5, 0.7, 0.9, 1.0),
    "ice_beds": 100.0,
    "pickup_share": 0.6,
    "pickup_capacity": 10.0,
    "door_share": 0.7,
    "at_large": 0.6,
    "at_large_delay": 20.0,
    "at_large_cost": 2.0,
    "long_stay": 15.0,
    "removed": 0.8,
    # News
    "nonresponse": 0.6,
    "salience_weight": 0.5,
    "salience_transfers": 0.2,
    "salience_life": 30.0,
    "media_rate": 0.05,
    "awareness_decay": 0.05,
    "good_effect": 0.1,
    "bad_effect": 0.2,
    "custody_effect": 0.3,
    "trust_life": 60.0,
    "cynicism_gain": 0.3,
    "cynicism_life": 365.0,
    "exit_rate": 0.8,
}

_MIXED: Final[dict[str, Any]] = {
    "hold": [(0.3, 0.5, 0.7, 0.9), (0.5, 0.5, 0.5, 0.5), (1.0, 1.0, 1.0, 1.0)],
    "notify": [(0.9, 0.8, 0.5, 0.3), (1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0)], "access": [1, 0, 1],
    "receive": [1, 0, 1], "transmit": [1, 1, 0], "share_felony": [0, 1, 0], "refer": [0, 1, 2],
    "interview": [0.5, 0.0, 0.0], "street": [1, 0, 0], "hold_hours": [48, 24, 48],
    "deputies": [0.8, 0.0, 0.0], "staffed": [0.6, 0.0, 0.0], "outreach": [0.0, 0.5, 1.0],
}  # fmt: skip

BUSY: Final = Scene(
    "Orange, San Diego and Riverside counties, one agent for 1,500 people, 2010: every mechanism on, rates and "
    "effects far above reality, and in each county different prints sent, detainers honoured and people referred",
    _BUSY,
    _MIXED,
)

SCARCE: Final = Scene(
    "The same, with too few beds and officers at jails and ICE",
    _BUSY | {"jail_beds": 2.0, "ice_beds": 15.0, "pickup_capacity": 0.8, "at_large_cost": 4.0},
    _MIXED,
)

SHARP: Final = Scene(
    "The same with few residents and many arrests, records and detainers, for the test suite",
    _BUSY
    | {
        "scale": 6000, "ident_us_born": 0.3, "ident_unauthorized": 0.6, "proneness_shape": 0.6,
        "targeting": 1.0, "replacement": 0.1, "reported": (0.65, 0.7, 0.7, 0.6, 0.75, 0.7), "witnesses": 1.5,
        "witness_reporting": 0.3, "reporting_spread": 1.0, "minor_arrests": 0.6, "street_arrests": 1.0,
        "bailed": 0.3, "stay_sentenced": 10.0, "jail_beds": 4.0, "citizen_error": 0.9,
        "lawful_removable": 0.9, "ice_beds": 40.0, "bed_reserve": 0.15, "pickup_capacity": 4.0,
        "at_large_cost": 4.0, "no_access": 0.2, "removed": 0.9, "salience_transfers": 0.02,
        "salience_policy": 0.8, "crime_seasons": 2.0, "crime_trend": 3.0,
        "population": 1, "moves_arrive": 0.8, "reentry": 0.6, "reentry_delay": 30.0, "ident_accrues": 1,
        "beds_course": 1.0, "spare_homes": 0.3, "news_learned": 1, "news_ties": 0.2,
        "officers_course": 1.0, "officers_border": 2.0, "journeys": 4.0, "home_experience": 0.7,
        "ages": 1,
    },
    _MIXED,
)  # fmt: skip

SCENES: Final = {"founding": FOUNDING, "busy": BUSY, "scarce": SCARCE}
