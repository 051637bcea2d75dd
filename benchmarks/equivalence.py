"""Whether comity and the plain model give the same distributions, scene by scene.

Both live the same residents and days with dice of their own, once per seed. Every outcome is tested three ways:
a paired t-test of the mean (pairs share the synthetic population of their seed), the Brown-Forsythe test of the
variance, and the exact two-sample Kolmogorov-Smirnov test of the whole distribution; sharing a population makes
the last two conservative. Holm's correction over all tests of a scene keeps the chance of any false alarm in a
scene at 1 %. The table also says which difference of means would be found with a chance of 80 %; counts by group
and level are tested as well, and listed where they differ.

Run as ``python benchmarks/equivalence.py [--seeds 20] [--scenes founding,busy,scarce] [--out FILE]``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from outcomes import collect
from scenes import SCENES
from scipy import stats

if TYPE_CHECKING:
    from scenes import Scene

FAMILY_ERROR: Final = 0.01
POWER: Final = 0.8
SCALED_BY: Final = 1e-12
"""Smallest mean by which a difference is divided."""


def paired(a: Any, b: Any) -> float:
    """Return the p-value of the paired t-test; constant differences are certain."""
    difference = a - b
    if np.ptp(difference) > 1e-12 * np.abs(a).max(initial=1.0):
        return float(stats.ttest_rel(a, b).pvalue)
    return float(np.allclose(a, b, rtol=1e-9))


def p_values(a: Any, b: Any) -> tuple[float, float, float]:
    """Return the p-values of the tests of mean, variance and distribution."""
    spread = np.ptp(a) + np.ptp(b)
    variance = float(stats.levene(a, b, center="median").pvalue) if spread > 0.0 else 1.0
    return paired(a, b), variance, float(stats.ks_2samp(a, b, method="exact").pvalue)


def holm(p: Any, error: float) -> Any:
    """Return which of the tests reject when the chance of any false alarm is to be ``error`` (Holm 1979)."""
    flat = np.ravel(p)
    order = np.argsort(flat)
    passed = flat[order] > error / (len(flat) - np.arange(len(flat)))
    rejected = np.zeros(len(flat), bool)
    rejected[order[: int(np.argmax(passed)) if passed.any() else len(flat)]] = True
    return rejected.reshape(np.shape(p))


def detectable(a: Any, b: Any, level: float) -> float:
    """Return the difference of means that the paired t-test at ``level`` finds with a chance of 80 %."""
    t, error = stats.t(len(a) - 1), np.std(a - b, ddof=1) / np.sqrt(len(a))
    return float((t.ppf(1 - level / 2) + t.ppf(POWER)) * error)


def row(name: str, a: Any, b: Any, p: Any, rejected: Any, level: float) -> str:
    """Return an outcome's row of the report."""
    base = (a.mean() + b.mean()) / 2
    tests = [f"{value:.3g}{' **differs**' * bool(no)}" for value, no in zip(p, rejected, strict=True)]
    if base > SCALED_BY:
        difference, least = (a.mean() - b.mean()) / base, detectable(a, b, level) / base
        cells = [f"{a.mean():.5g}", f"{b.mean():.5g}", f"{difference:+.1%}", f"{least:.1%}", *tests]
    else:
        cells = ["0", "0", "", "", *tests]
    return f"| {name} | {' | '.join(cells)} |"


def compare(scene: Scene, seeds: range) -> tuple[list[str], int]:
    """Return the scene's report as lines of Markdown, and the number of tests that reject."""
    begun = time.perf_counter()
    found = collect(scene, seeds)
    named = [(name, kind, n) for kind in found for n, name in enumerate(found[kind][0])]
    pairs = [(found[kind][1][:, n], found[kind][2][:, n]) for _, kind, n in named]
    p = np.array([p_values(a, b) for a, b in pairs])
    rejected = holm(p, FAMILY_ERROR)
    lines = [
        "",
        f"{scene.title}; {len(seeds)} seeds; {p.size} tests; {time.perf_counter() - begun:.0f} s.",
        "",
        "| outcome | comity | plain | difference | would be found | p mean | p variance | p distribution |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for (name, kind, _), (a, b), values, no in zip(named, pairs, p, rejected, strict=True):
        if kind != "details" or no.any():
            lines.append(row(name, a, b, values, no, FAMILY_ERROR / p.size))
    verdict = (
        f"{int(rejected.sum())} of {p.size} tests reject at a family-wise error rate of {FAMILY_ERROR:.0%}; the "
        f"smallest p is {p.min():.2g}, where chance alone gives about {1 / p.size:.1g}."
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
