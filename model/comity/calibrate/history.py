"""History matching: which points of a sweep cannot give the published numbers, and which finding rules each of them out.

Before it is asked which points are likely, those are set aside that no error excuses (Craig, Goldstein, Seheult & Smith 1997;
Vernon, Goldstein & Bower 2010, Bayesian Analysis 5:619). The *implausibility* of a point is the greatest, over findings, of

    |published - emulator(point)| / sqrt(observation^2 + model^2 + seed^2 + emulator^2)

and a point above 3 is ruled out: of any law with one mode, at least 95 % lies within three standard deviations (Pukelsheim
1994, Am. Stat. 48:88). The emulator is the quadratic regression of `comity.calibrate.abc.Surface`; its own error is that of its
coefficients, and ``seed`` is the noise of a run with whatever the regression misses. In *waves*, the emulator is fitted anew to
the points that are left, where it is better, until a wave rules nothing out. With ``highest=2`` the second greatest
decides, so that one finding that is wrong itself rules nothing out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from comity.calibrate.abc import EDGE, Surface

if TYPE_CHECKING:
    from comity.calibrate.abc import Cloud, Floats

CUT: Final = 3.0
WAVES: Final = 10
SPACE: Final = 4096
"""Points of a Sobol sequence by which the share of the space that is left is measured."""


def match(known: Cloud, errors: Floats, highest: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what every point of a sweep comes to, and what the waves leave.

    Args:
        known: the runs.
        errors: standard deviation of every published number from what the right parameters give: observation and model.
        highest: which of the implausibilities decides: 1 the greatest, 2 the second greatest.

    Returns:
        A row per run: ``point``, the parameters, ``wave`` and ``ruled_out_by`` (0 and empty where the point is left),
        ``implausibility`` and ``second_implausibility`` in the last wave that looked at it. And a row per wave: ``wave``,
        ``points_left`` and ``space_left``, the share of the box between the bounds.
    """
    logits, space = known.prior.to_logit(known.parameters), _space(known)
    ids = np.array([finding.id for finding in known.findings])
    table = pd.DataFrame(known.parameters, columns=list(known.prior.names)).assign(wave=0, ruled_out_by="")
    table.insert(0, "point", known.point)
    left, open_, waves = np.ones(len(table), bool), np.ones(len(space), bool), []
    for wave in range(1, WAVES + 1):
        if left.sum() < 2 * (2 * logits.shape[1] + 1):
            break  # too few to fit an emulator
        surface = Surface.fit(logits[left], known.statistics[left])
        each = _implausible(known, surface, logits[left], errors)
        greatest = np.sort(each, axis=1)[:, ::-1]
        rows = np.flatnonzero(left)
        table.loc[rows, ["implausibility", "second_implausibility"]] = greatest[:, [0, min(1, len(ids) - 1)]]
        out = _decisive(greatest, highest) > CUT
        table.loc[rows[out], "wave"] = wave
        table.loc[rows[out], "ruled_out_by"] = ids[each[out].argmax(axis=1)]
        left[rows[out]] = False
        open_ &= (
            _decisive(np.sort(_implausible(known, surface, space, errors), axis=1)[:, ::-1], highest) <= CUT
        )
        waves.append({"wave": wave, "points_left": int(left.sum()), "space_left": float(open_.mean())})
        if not out.any():
            break
    return table, pd.DataFrame(waves)


def _decisive(greatest: Floats, highest: int) -> Floats:
    return np.asarray(greatest[:, min(highest, greatest.shape[1]) - 1])


def _implausible(known: Cloud, surface: Surface, logits: Floats, errors: Floats) -> Floats:
    """Return the implausibility of points, a row each and a column per finding."""
    variance = errors**2 + surface.spread**2 + surface.error_at(logits) ** 2
    return np.asarray(np.abs(known.observed - surface.at(logits)) / np.sqrt(variance))


def _space(known: Cloud) -> Floats:
    """Return logits of points that fill the box evenly; of logarithms, where the prior is even in these."""
    from scipy.stats import qmc  # noqa: PLC0415 - slow to import

    share = np.clip(qmc.Sobol(len(known.prior.names), rng=1).random(SPACE), EDGE, 1 - EDGE)
    return np.asarray(np.log(share / (1 - share)))
