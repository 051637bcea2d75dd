"""A second door, for users of Mesa: the same model in SolaraViz. Start it with ``solara run comity.app.solara``.

Needs ``pip install 'comity[solara]'``. `comity app` is quicker and compares regimes; this shows one run as Mesa does.
"""

from __future__ import annotations

import solara
from matplotlib.figure import Figure
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from comity.app.series import COLUMNS, GROUPS, OUTCOMES, lines
from comity.model import CooperationModel
from comity.regimes import catalogue
from comity.scenario import Scenario

SHOWN = ("reporting", "risk")
DAYS = 181

FEAR = {"type": "SliderFloat", "value": 1.05, "min": 0.0, "max": 2.5, "step": 0.05, "label": "Fear"}
REGIME = {"type": "Select", "value": "mandatory", "values": list(catalogue()), "label": "Regime"}
SEED = {"type": "SliderInt", "value": 1, "min": 1, "max": 100, "step": 1, "label": "Seed"}
CONTROLS = {"regime": REGIME, "seed": SEED, "fear_weight": FEAR}


class City(CooperationModel):
    """The founding case with half a year lived, so that the first sight is not an empty chart."""

    def __init__(self, regime: str = "mandatory", seed: int = 1, fear_weight: float = 1.05) -> None:
        setup = Scenario.of(
            place="06075", start="2010-01-01", end="2012-12-31", scale=20, fear_weight=fear_weight
        )
        super().__init__(setup, regime=regime, seed=seed)
        while self.today < DAYS:
            self.step()


@solara.component  # type: ignore[untyped-decorator]
def Lines(model: CooperationModel) -> None:  # noqa: N802 - components are named like classes
    """Show reporting and perceived risk by group, and in words how far the run has come."""
    update_counter.get()
    figure = Figure(figsize=(7, 6), layout="constrained")
    found = lines(model.totals()) if len(model.starts()) and model.today >= 7 else None
    for axis, outcome in zip(figure.subplots(len(SHOWN)), SHOWN, strict=True):
        axis.set_title(f"{OUTCOMES[outcome].name}, {OUTCOMES[outcome].unit}", fontsize=10)
        for k, (name, group) in enumerate(COLUMNS):
            if found is not None and name == outcome and group not in {"all", "hispanic"}:
                axis.plot(model.starts(), found[:, k], label=GROUPS[group][0])
        axis.legend(fontsize=8, frameon=False)
    solara.Markdown(
        f"**{model.date}**: {model.today} of {model.days} days lived under *{model.setup.regime}*."
    )
    solara.FigureMatplotlib(figure)


page = SolaraViz(City(), components=[Lines], model_params=CONTROLS, name="comity")
