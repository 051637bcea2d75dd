"""History matching on a toy whose answer is known: which points remain, and what rules the others out."""

from __future__ import annotations

import numpy as np
import pytest
from test_calibrate import Published, swept

from comity.calibrate import history
from comity.calibrate.abc import Prior, cloud
from comity.sweeps.uncertainties import Uncertainty

BOX = {name: Uncertainty(low=0.0, high=1.0) for name in ("fear_weight", "ties_weight")}
SE = np.array([0.05, 0.04])


def ring(frame):
    """Two numbers whose published values leave a lens of the unit square."""
    x, y = frame["fear_weight"].to_numpy(), frame["ties_weight"].to_numpy()
    return np.column_stack([x**2 + y**2, x - y])


FINDINGS = [Published("sum", "s0", 0.5, SE[0]), Published("difference", "s1", 0.1, SE[1])]


def toy(noise=0.01, runs=512):
    frame = swept(BOX, ring, runs, noise)
    return frame, cloud(frame, FINDINGS, Prior.of(BOX))


def implausible(x, y, noise=0.01):
    """The published formula, with the function itself for an emulator."""
    model = np.stack([x**2 + y**2, x - y])
    return np.abs(model - np.array([[0.5], [0.1]])) / np.sqrt(SE[:, None] ** 2 + noise**2)


def test_the_points_that_remain_are_those_of_the_formula():
    frame, known = toy()
    table, waves = history.match(known, known.errors)
    each = implausible(frame["fear_weight"].to_numpy(), frame["ties_weight"].to_numpy())
    remain = each.max(axis=0) <= history.CUT
    near = np.abs(each.max(axis=0) - history.CUT) < 0.3  # within the noise of the emulator
    assert ((table["wave"] == 0) == remain)[~near].all()
    out = ~remain & ~near & (np.abs(each[0] - each[1]) > 0.5)
    assert (table["ruled_out_by"][out] == np.where(each[0] > each[1], "sum", "difference")[out]).all()
    assert waves["points_left"].iloc[-1] == (table["wave"] == 0).sum()
    grid = np.random.default_rng(1).random((2, 200_000))
    assert waves["space_left"].iloc[-1] == pytest.approx(
        (implausible(*grid).max(axis=0) <= 3).mean(), abs=0.01
    )


def test_with_larger_errors_fewer_points_are_ruled_out():
    _, known = toy()
    left = [
        set(table.index[table["wave"] == 0])
        for table in (history.match(known, known.errors * factor)[0] for factor in (1, 2, 100))
    ]
    assert left[0] < left[1] < left[2] == set(range(512))


def test_the_second_greatest_excuses_one_finding_that_is_wrong_itself():
    wrong = [*FINDINGS, Published("wrong", "s1", 50.0, SE[1])]
    frame, _ = toy()
    known = cloud(frame, wrong, Prior.of(BOX))
    nothing, _ = history.match(known, known.errors)
    assert (nothing["wave"] > 0).all()
    assert (nothing["ruled_out_by"] == "wrong").all()
    found, _ = history.match(known, known.errors, highest=2)
    alone, _ = history.match(toy()[1], known.errors[:2])
    assert ((found["wave"] == 0) == (alone["wave"] == 0)).mean() > 0.98


def test_noise_of_the_runs_is_an_excuse():
    assert (history.match(toy(noise=0.5)[1], SE)[0]["wave"] == 0).sum() > (
        history.match(toy()[1], SE)[0]["wave"] == 0
    ).sum()
