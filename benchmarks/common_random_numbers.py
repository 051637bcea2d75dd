"""How many replications common random numbers save when regimes are compared.

Lives San Francisco at 20,000 residents from 2009 to 2011 under each regime, seed by seed, and compares the variance of a
difference between regimes when both use one seed (paired) with its variance when they use two (independent). The ratio
is how many times fewer replications the pairs need for an interval of the same width: the column ``replications_saved``
of `comity.analyse.intervals.paired`, with a bootstrap interval over seeds. The variance of independent differences is taken
over runs that were really of different seeds: every shift of one list of seeds against the other.

Run as ``python benchmarks/common_random_numbers.py [--seeds 30] [--residents 20000] [--out FILE]``; the committed table
has ``--seeds 200 --out benchmarks/common_random_numbers.md``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from machine import machine

from comity.analyse.compare import compare
from comity.analyse.intervals import paired
from comity.scenario import load

PAIRS: Final = (("mandatory", "inactive"), ("mandatory", "state_withhold"), ("state_withhold", "inactive"))
RESIDENTS: Final = 805_246
"""Of San Francisco in the scenario: census of 2010."""

GOAL: Final = 5.0
REPORTING: Final = "Hispanic victims who report"
OUTCOMES: Final = (
    REPORTING,
    "other victims who report",
    "Hispanic victimisation",
    "perceived risk, Hispanic US-born",
    "into ICE custody",
)
HEAD: Final = (
    "regimes",
    "outcome",
    "difference, 95 % interval",
    "variance, paired",
    "variance, independent",
    "times fewer replications (95 %)",
)


def live(seeds: int, residents: int) -> Any:
    """Return a tidy frame with a row per regime and seed."""
    setup = load("san-francisco").with_(scale=RESIDENTS / residents)
    regimes = list(dict.fromkeys(regime for pair in PAIRS for regime in pair))
    found = compare(setup, regimes, seeds).runs.reset_index()
    return found.assign(point=0, place="San Francisco", hypotheses=setup.hypotheses)


def independent(ours: Any, theirs: Any) -> float:
    """Return the variance of differences between runs of different seeds, over all shifts of seeds."""
    shifts = range(1, len(ours))
    return float(np.mean([np.var(ours - np.roll(theirs, shift), ddof=1) for shift in shifts]))


def bootstrap(ours: Any, theirs: Any, resamples: int = 2_000) -> tuple[float, float]:
    """Return a 95 % percentile interval of the ratio of variances."""
    rng = np.random.default_rng(1)
    drawn = rng.integers(len(ours), size=(resamples, len(ours)))
    apart = ours[drawn].var(axis=1, ddof=1) + theirs[drawn].var(axis=1, ddof=1)
    low, high = np.quantile(apart / (ours - theirs)[drawn].var(axis=1, ddof=1), [0.025, 0.975])
    return float(low), float(high)


def row(frame: Any, regime: str, baseline: str, outcome: str) -> tuple[str, float]:
    """Return a line of the table and the number of times that replications are saved."""
    both = frame[frame["regime"].isin([regime, baseline])]
    found = paired(both, baseline, [outcome]).iloc[0]
    wide = both.pivot_table(outcome, "seed", "regime")
    ours, theirs = wide[regime].to_numpy(float), wide[baseline].to_numpy(float)
    low, high = bootstrap(ours, theirs)
    half, saved = found["high"] - found["difference"], float(found["replications_saved"])
    cells = [
        f"{regime} - {baseline}",
        outcome,
        f"{found['difference']:.2f} ± {half:.2f}",
        f"{found['sd'] ** 2:.3g}",
        f"{independent(ours, theirs):.3g}",
        f"{saved:.1f} ({low:.1f} to {high:.1f})",
    ]
    return f"| {' | '.join(cells)} |", saved


def main() -> None:
    """Measure, print the table as markdown, and say whether the goal is reached."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--residents", type=int, default=20_000)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    start = time.perf_counter()
    frame = live(chosen.seeds, chosen.residents)
    seconds = time.perf_counter() - start
    lines = [
        "# How many replications common random numbers save",
        "",
        f"Written by `benchmarks/common_random_numbers.py`. {machine()}",
        "",
        f"San Francisco at {chosen.residents:,} residents, 2009 to 2011, {chosen.seeds} seeds, {seconds:.0f} s.",
        "",
        f"| {' | '.join(HEAD)} |",
        "|---|---|---|---|---|---|",
    ]
    saved = {}
    for outcome in OUTCOMES:
        for regime, baseline in PAIRS:
            line, saved[regime, baseline, outcome] = row(frame, regime, baseline, outcome)
            lines.append(line)
    least = min(value for (_, _, outcome), value in saved.items() if outcome == REPORTING)
    verdict = "reached" if least >= GOAL else "missed"
    lines += ["", f"Goal for {REPORTING}, {GOAL:g} times fewer: {verdict}; the least is {least:.1f}."]
    print("\n".join(lines))
    if chosen.out:
        chosen.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
