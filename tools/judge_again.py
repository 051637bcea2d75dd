"""Make again what follows from stored runs alone: ``results/predictive``, and the weights in ``results/tournament``.

Nothing is lived: ``runs.csv`` of both folders is read. For when what is made of the runs changes and the model does not.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from comity.calibrate import plots as drawn
from comity.calibrate import ranks
from comity.output.bundle import CRATE, MANIFEST, Bundle, seal
from comity.published import targets
from comity.tournament import plots, predict, scores, stacking

RESULTS = Path(__file__).parents[1] / "results"
NOTE = (
    "Tables were made again from the stored runs of an older model: model error, stacking and ranks are new."
)


def main() -> None:
    """Write them where they are."""
    published = targets.national()
    found = predict.judge(pd.read_csv(RESULTS / "predictive" / "runs.csv"), published)
    _renew("predictive", Bundle(tables=found.tables, pictures=dict(plots.figures(found.tables))))
    seen = [target for target in published if target.use != scores.HELD]
    table = stacking.weights(pd.read_csv(RESULTS / "tournament" / "runs.csv"), seen)
    _renew("calibration", _recovered())
    _renew("tournament", Bundle(tables={"stacking": table}))


def _recovered() -> Bundle:
    """Return the tables of calibration with what its stored trials say of ranks."""
    folder = RESULTS / "calibration"
    read = {
        name: pd.read_csv(folder / f"{name}.csv") for name in ("posterior", "recovery", "recovery-trials")
    }
    uniform = ranks.inside(read["recovery-trials"])
    made = {
        name: read[name]
        .drop(columns=["ranks_uniform", "source"], errors="ignore")
        .merge(uniform, on="parameter")
        for name in ("posterior", "recovery")
    }
    made["posterior"] = made["posterior"].assign(source=ranks.source(made["posterior"]))
    return Bundle(tables=made, pictures={"ranks": drawn.ranks(read["recovery-trials"])})


def _renew(name: str, bundle: Bundle) -> None:
    """Put the files of a bundle into the folder; its manifest says still how the runs came about."""
    folder = RESULTS / name
    about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    with TemporaryDirectory() as staging:
        bundle.put(Path(staging))
        made = json.loads((Path(staging) / MANIFEST).read_text(encoding="utf-8"))
        for file in made["files"].keys() - {CRATE}:
            shutil.copy(Path(staging) / file, folder / file)
    about |= {key: made[key] for key in ("pictures",) if key in made}
    about["notes"] = list(dict.fromkeys([*about["notes"], NOTE]))
    seal(folder, about)


if __name__ == "__main__":
    main()
