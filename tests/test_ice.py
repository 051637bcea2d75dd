"""ICE's offices: areas of responsibility, and what finite capacity does to who is taken."""

from __future__ import annotations

import numpy as np

from comity import CooperationModel, IceOffice
from comity.observe.measures import Measure, Stage
from comity.world import places

LOS_ANGELES = {"place": "06037", "start": "2010-01-01", "end": "2011-06-30", "scale": 100, "seed": 5}


def live(**parameters: float) -> CooperationModel:
    return CooperationModel(**LOS_ANGELES, **parameters).run()


def test_offices_and_their_areas():
    """The 24 field offices cover every county once; two counties of one area share an office, of two do not."""
    offices = places.offices()
    assert len(offices) == 24
    assert set(places.counties()["office"]) == set(offices)
    known = {"06075": "San Francisco", "06037": "Los Angeles", "06073": "San Diego", "36061": "New York"}
    known |= {
        "36029": "Buffalo",
        "48113": "Dallas",
        "48141": "El Paso",
        "48201": "Houston",
        "48029": "San Antonio",
    }
    assert places.counties().loc[list(known), "office"].to_dict() == known
    texas = places.counties().query("state == 'TX'")["office"].value_counts()
    assert (texas["Dallas"], texas["El Paso"]) == (128, 18)
    model = CooperationModel(
        place=["06037", "06059", "06073"], start="2010-01-01", end="2010-01-31", scale=2000
    )
    assert [offices[area] for area in model.agents_by_type[IceOffice].get("area")] == [
        "Los Angeles",
        "San Diego",
    ]
    assert model.world.counties["office"].tolist() == [0, 0, 1]


def test_when_beds_are_short_others_are_taken():
    """With fewer beds for the same feed, fewer detainers are lodged, and a larger share on people with serious records."""
    short, ample = (
        live(ice_beds=beds, bed_reserve=0.2).world.funnel.sum(axis=(0, 1, 3)) for beds in (0.5, 30.0)
    )
    assert short[:, Stage.DETAINER].sum() < 0.8 * ample[:, Stage.DETAINER].sum()
    shares = [by_level[:, Stage.DETAINER] / by_level[:, Stage.DETAINER].sum() for by_level in (short, ample)]
    assert shares[0][2:].sum() > 1.2 * shares[1][2:].sum()  # felonies


def test_when_officers_are_short_fewer_detainers_end_in_custody():
    found = []
    for amount in (0.01, 1.0):
        flows = np.array(live(pickup_capacity=amount).flows()).sum(axis=(0, 1, 2))
        found.append(flows[Measure.TRANSFERS] / flows[Measure.DETAINERS])
    assert found[0] < 0.5 * found[1]
