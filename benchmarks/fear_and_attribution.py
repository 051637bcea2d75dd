"""Whether fear can be flat while people say that they would report less if police worked with ICE.

Two published findings: noncitizens' fear did not rise from 2007 to 2013 (T28), and unauthorized residents who are told that the
police work with ICE are less likely to report (T25). Where fear itself rises with the programme (`attribution` at 0) the first
fails; with attribution apart from fear both may hold. The nation is lived at a coarse scale, once per setting and seed.

Run as ``python benchmarks/fear_and_attribution.py [--scale 1000] [--seeds 3]``.
"""

from __future__ import annotations

import argparse
from typing import Final

import numpy as np

from comity.published import targets
from comity.published.estimates import live
from comity.scenario import load

FINDINGS: Final = ("T28", "T25", "T25b", "T19b", "T19", "T23", "T23b", "T23c", "T23d")
"""What both are about first, then the level of reporting that was calibrated."""

SETTINGS: Final = {"fear alone": {"attribution": 0.0}, "attribution": {"attribution": 1.0}}


def main() -> None:
    """Print published range and estimates of each setting, mean and standard error over seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scale", type=float, default=1000.0)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    findings = [target for target in targets.read() if target.id in FINDINGS]
    wanted = [target.estimate for target in findings]
    for title, values in SETTINGS.items():
        setup = load("united-states").with_(scale=options.scale, **values)
        runs = [live(setup.with_(seed=seed), wanted) for seed in range(1, options.seeds + 1)]
        print(f"\n{title} ({', '.join(f'{name} = {value:g}' for name, value in values.items())})")
        for target in findings:
            found = np.array([run[target.estimate] for run in runs])
            verdict = "inside" if target.holds(found.mean()) else "outside"
            line = f"{found.mean():8.2f} in {target.low:g} to {target.high:g} {target.unit}: {verdict}"
            print(f"{target.id:5} {line:60} {target.statement}", flush=True)


if __name__ == "__main__":
    main()
