"""A second door, for users of Mesa: the same model in SolaraViz. Start it with ``solara run comity.app.solara``.

Needs ``pip install 'comity[solara]'``. `comity app` is quicker and compares regimes; this shows one run as Mesa does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import solara
from matplotlib.figure import Figure
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from comity.app.series import COLUMNS, GROUPS, described, lines
from comity.app.sight import first_sight
from comity.app.view import read_view
from comity.model import CooperationModel
from comity.parameters import describe
from comity.policy.regimes import catalogue

SHOWN = ("reporting", "risk")
FIRST = read_view({"scale": "20"}).setup
FEAR = describe("fear_weight")
BOUNDS = {"value": FIRST.parameters.fear_weight, "min": FEAR.low, "max": FEAR.high, "step": 0.05}
REGIME = {"type": "Select", "value": FIRST.regime, "values": list(catalogue()), "label": "Regime"}
SEED = {"type": "SliderInt", "value": FIRST.seed, "min": 1, "max": 100, "step": 1, "label": "Seed"}
CONTROLS = {"regime": REGIME, "seed": SEED, "fear_weight": {"type": "SliderFloat", "label": "Fear"} | BOUNDS}


class City(CooperationModel):
    """The case of `comity app`, lived up to the day on which its page opens."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(FIRST, **kwargs)
        while self.today < first_sight(self.setup, ""):
            self.step()


@solara.component  # type: ignore[untyped-decorator]
def Lines(model: CooperationModel) -> None:  # noqa: N802 - components are named like classes
    """Show reporting and perceived risk by group, and in words how far the run has come."""
    update_counter.get()
    figure = Figure(figsize=(7, 6), layout="constrained")
    closed = np.flatnonzero(model.world.calendar["closes"][: model.today]) + 1
    ends = np.datetime64(model.setup.start) + closed
    found = lines(model) if len(ends) else None
    for axis, outcome in zip(figure.subplots(len(SHOWN)), SHOWN, strict=True):
        about = described()[outcome]
        axis.set(title=f"{about['name']}, {about['unit']}", ylim=about["whole"])
        for k, (name, group) in enumerate(COLUMNS):
            if found is not None and name == outcome and group not in {"all", "hispanic"}:
                axis.plot(ends, found[:, k], label=GROUPS[group][0])
        axis.legend(fontsize=8, frameon=False)
    solara.Markdown(f"**{model.today} of {model.days} days** lived, up to {model.date} without it.")
    solara.FigureMatplotlib(figure)


page = SolaraViz(City(), components=[Lines], model_params=CONTROLS, name="comity")
