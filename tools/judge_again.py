"""Make again what follows from stored runs alone: ``results/predictive``, and the weights in ``results/tournament``.

Nothing is lived: ``runs.csv`` of both folders is read. For when what is made of the runs changes and the model does not.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from comity.output.bundle import CRATE, MANIFEST, Bundle, seal
from comity.published import targets
from comity.tournament import plots, predict, scores, stacking

RESULTS = Path(__file__).parents[1] / "results"
NOTE = "Tables were made again from the stored runs of an older model: the model's error is added, and rivals are stacked."


def main() -> None:
    """Write them where they are."""
    published = targets.national()
    found = predict.judge(pd.read_csv(RESULTS / "predictive" / "runs.csv"), published)
    _renew("predictive", Bundle(tables=found.tables, pictures=dict(plots.figures(found.tables))))
    seen = [target for target in published if target.use != scores.HELD]
    table = stacking.weights(pd.read_csv(RESULTS / "tournament" / "runs.csv"), seen)
    _renew("tournament", Bundle(tables={"stacking": table}))


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
