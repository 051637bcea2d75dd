"""Sequential Monte Carlo by pyABC, for boxes of which a sweep would spend nearly all runs far from the findings.

pyABC (Schälte et al. 2022, JOSS 7:4304) proposes parameters where earlier populations fitted, and weighs them for it. Its
history is an SQLite file: a population that is complete is kept, and the same call goes on from there. A run that was
interrupted loses the population in hand.

pyABC draws from numpy's global generator, and with several processes the order of results matters, so a second run gives
other particles. Defaults of the registry therefore come from sweeps (`comity.evidence.calibrate.narrowed` for the second
stage); this is the check by other means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from comity.evidence.posterior import Prior
from comity.problems import Problem, ScenarioError
from comity.study import worker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from comity.evidence.posterior import Finding
    from comity.study.design import Study


@dataclass(frozen=True)
class Simulator:
    """Lives one run of a study at given parameters, and returns its estimates with sampling errors, by id of finding."""

    study: Study
    findings: tuple[Finding, ...]
    live: worker.Live

    def __call__(self, point: Mapping[str, float]) -> dict[str, float]:
        """Return a number for every finding; the errors depend on the parameters alone."""
        study = self.study
        setup = study.resolved(dict(point), study.cases()[0]).with_(seed=study.seeds.first)
        columns = self.live(setup, study.measured).columns
        rng = np.random.default_rng(int(setup.digest()[:16], 16))
        errors = rng.standard_normal(len(self.findings))
        return {
            finding.id: float(columns[finding.estimate][0]) + drawn * finding.error
            for finding, drawn in zip(self.findings, errors, strict=True)
        }


def sequential(
    study: Study,
    findings: Sequence[Finding],
    history: Path,
    *,
    particles: int = 200,
    populations: int = 4,
    processes: int = 1,
    live: worker.Live = worker.live,
) -> Any:
    """Sample the posterior by pyABC, continuing what ``history`` holds.

    Args:
        study: scenario, uncertainties and estimates; its design is not used.
        findings: to fit, each with a value and an interval.
        history: SQLite file, made if it is not there.
        particles: in every population.
        populations: at most this many in all, each nearer to the findings than half of the one before.
        processes: workers.
        live: how one run is lived.

    Returns:
        pyABC's history: ``get_distribution()`` has parameters and weights of the last population.

    Raises:
        ScenarioError: if pyABC is missing, or a finding cannot be fitted.
    """
    _require(findings)
    import pyabc  # noqa: PLC0415 - slow to import, and not everybody has it

    fit = pyabc.ABCSMC(
        Simulator(study, tuple(findings), live),
        _prior(Prior.of(study.uncertainties)),
        pyabc.PNormDistance(p=2, fixed_weights={finding.id: 1 / finding.error for finding in findings}),
        population_size=particles,
        eps=pyabc.MedianEpsilon(),
        sampler=pyabc.MulticoreEvalParallelSampler(processes) if processes > 1 else pyabc.SingleCoreSampler(),
    )
    done = _opened(fit, history, {finding.id: finding.value for finding in findings})
    return fit.run(max_nr_populations=populations - done) if done < populations else fit.history


def _opened(fit: Any, history: Path, observed: dict[str, float | None]) -> int:
    """Open or make the history, and return how many populations it has."""
    database = f"sqlite:///{history}"
    if history.exists():
        fit.load(database, 1)
        return int(fit.history.max_t) + 1
    fit.new(database, observed)
    return 0


def _require(findings: Sequence[Finding]) -> None:
    from importlib.util import find_spec  # noqa: PLC0415

    problems = [
        Problem("targets", finding.id, str(finding.value), "cannot be fitted", "a value and an interval")
        for finding in findings
        if finding.value is None or not finding.error > 0
    ]
    if find_spec("pyabc") is None:
        problems.append(
            Problem("sequential", "pyabc", "(none)", "missing", "pip install 'comity[calibrate]'")
        )
    if problems:
        raise ScenarioError(problems)


def _prior(prior: Prior) -> Any:
    import pyabc  # noqa: PLC0415

    bounds = zip(prior.names, prior.log, prior.low.tolist(), prior.high.tolist(), strict=True)
    shapes = {
        name: pyabc.RV("loguniform", low, high) if log else pyabc.RV("uniform", low, high - low)
        for name, log, low, high in bounds
    }
    return pyabc.Distribution(**shapes)
