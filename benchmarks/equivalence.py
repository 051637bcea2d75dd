"""Whether comity and the plain model give the same distributions, scene by scene.

Both live the same residents and days with dice of their own, once per seed. Every outcome is tested three ways:
a paired t-test of the mean (pairs share the synthetic population of their seed), the Brown-Forsythe test of the
variance, and the exact two-sample Kolmogorov-Smirnov test of the whole distribution; sharing a population makes
the last two conservative. Holm's correction over all tests of a scene keeps the chance of any false alarm in a
scene at 1 %. The table also says which difference of means would have been found with a chance of 80 %.

Run as ``python benchmarks/equivalence.py [--seeds 20] [--scenes founding,busy,scarce] [--out FILE]``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from scenes import SCENES, Scene, live_both
from scipy import stats

FAMILY_ERROR: Final = 0.01
POWER: Final = 0.8


def collect(scene: Scene, seeds: range) -> tuple[list[str], Any, Any]:
    """Return the names of the outcomes and an array (seeds, outcomes) for comity and for the plain model."""
    runs = [live_both(scene, seed) for seed in seeds]
    names = list(runs[0][0])
    both = np.array([[[side[name] for name in names] for side in run] for run in runs])
    return names, both[:, 0], both[:, 1]


def p_values(a: Any, b: Any) -> tuple[float, float, float]:
    """Return the p-values of the tests of mean, variance and distribution."""
    mean = float(stats.ttest_rel(a, b).pvalue) if np.ptp(a - b) > 0.0 else float(np.all(a == b))
    variance = float(stats.levene(a, b, center="median").pvalue) if np.ptp(a) + np.ptp(b) > 0.0 else 1.0
    return mean, variance, float(stats.ks_2samp(a, b, method="exact").pvalue)


def holm(p: Any, error: float) -> Any:
    """Return which of the tests reject when the chance of any false alarm is to be ``error`` (Holm 1979)."""
    order = np.argsort(p)
    passed = np.asarray(p)[order] > error / (len(p) - np.arange(len(p)))
    rejected = np.zeros(len(p), bool)
    rejected[order[: int(np.argmax(passed)) if passed.any() else len(p)]] = True
    return rejected


def detectable(a: Any, b: Any, level: float) -> float:
    """Return the difference of means that the paired t-test at ``level`` finds with a chance of 80 %."""
    t, error = stats.t(len(a) - 1), np.std(a - b, ddof=1) / np.sqrt(len(a))
    return float((t.ppf(1 - level / 2) + t.ppf(POWER)) * error)


def compare(scene: Scene, seeds: range) -> tuple[list[str], int]:
    """Return the scene's report as lines of Markdown, and the number of tests that reject."""
    begun = time.perf_counter()
    names, comity, plain = collect(scene, seeds)
    p = np.array([p_values(a, b) for a, b in zip(comity.T, plain.T, strict=True)])
    rejected = holm(p.ravel(), FAMILY_ERROR).reshape(p.shape)
    lines = [
        "",
        f"{scene.title}; {len(seeds)} seeds; {p.size} tests; {time.perf_counter() - begun:.0f} s.",
        "",
        "| outcome | comity | plain | difference | would be found | p mean | p variance | p distribution |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for n, name in enumerate(names):
        a, b = comity[:, n], plain[:, n]
        base = (a.mean() + b.mean()) / 2
        found = [
            f"{value:.3g}{' **differs**' * bool(no)}" for value, no in zip(p[n], rejected[n], strict=True)
        ]
        if base > 0.0:
            least = f"{detectable(a, b, FAMILY_ERROR / p.size) / base:.1%}"
            cells = [
                f"{a.mean():.5g}",
                f"{b.mean():.5g}",
                f"{(a.mean() - b.mean()) / base:+.1%}",
                least,
                *found,
            ]
        else:
            cells = ["0", "0", "", "", *found]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    verdict = (
        f"{int(rejected.sum())} of {p.size} tests reject at a family-wise error rate of {FAMILY_ERROR:.0%}."
    )
    return [*lines, "", verdict], int(rejected.sum())


def main() -> None:
    """Compare the scenes and print or write the report; the exit code says whether anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    lines = ["# Comity and the plain model", "", *(__doc__ or "").split("\n\n")[1].splitlines()]
    differing = 0
    for name in options.scenes.split(","):
        report, rejections = compare(SCENES[name], range(1, options.seeds + 1))
        print("\n".join(report), flush=True)
        lines += report
        differing += rejections
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")
    raise SystemExit(1 if differing else 0)


if __name__ == "__main__":
    main()
