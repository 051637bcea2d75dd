"""Batches of models that `mesa.batch_run` makes, and their seeds: every iteration is a history of its own.

A Mesa model that is given no seed takes one from the operating system, so that iterations differ. Ours takes the scenario's, so
that a run can be had again. Under ``batch_run`` iteration k therefore has the scenario's seed plus k.
"""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from comity.problems import InputError, Problem, shown

if TYPE_CHECKING:
    from comity.scenario import Scenario

BATCHES: Final = "mesa.batchrunner"


def seeds_by_mesa() -> bool:
    """Return whether `batch_run` itself hands a seed to every model, or None (Mesa 3.5)."""
    return "rng" in inspect.signature(import_module(BATCHES).batch_run).parameters


def keys_of(keys: dict[str, Any], rng: object) -> dict[str, Any]:
    """Return the keys of a scenario in which Mesa's two words for a seed are one; None stands for the scenario's.

    Raises:
        InputError: if both are given.
    """
    seed = keys.get("seed")
    if seed is not None and rng is not None:
        raise InputError([Problem("model", "rng", shown(rng), "seed is given too", "one of the two")])
    rest = {name: value for name, value in keys.items() if name != "seed"}
    either = rng if seed is None else seed
    return rest if either is None else rest | {"seed": either}


def of_iteration(setup: Scenario, model: type, *, chosen: bool, rng: object) -> Scenario:
    """Return the scenario with the seed of the iteration for which a model is being made.

    Args:
        setup: the scenario, which outside of `batch_run` and in its first iteration stays as it is.
        model: the type of the model.
        chosen: whether somebody gave the seed, or it is the scenario's own.
        rng: what the model was given under this name.

    Raises:
        InputError: if the seed was given for all iterations, which would be copies of one history.
    """
    number, batch, parameters = _iteration()
    if number == 0 or rng is not None:
        return setup
    if not chosen:
        return setup.with_(seed=(setup.seed + number) % 2**63)
    by_mesa = seeds_by_mesa() and "rng" not in parameters  # to an argument of the model that is called so
    if by_mesa or model is not batch:  # or it belongs to the model that is being made
        return setup
    wrong = f"given for all iterations: number {number} would be the same history as number 0"
    valid = "no seed, and iteration k has the scenario's plus k; or several seeds and iterations=1"
    raise InputError([Problem("mesa.batch_run", "seed", str(setup.seed), wrong, valid)])


def _iteration() -> tuple[int, type, dict[str, Any]]:
    """Return which iteration of `batch_run` is calling, with its model and parameters; number 0 if nobody is.

    Mesa tells the number only to itself, so that it is read where Mesa keeps it. A test notices when that changes.
    """
    frame = sys._getframe()  # noqa: SLF001 - the documented way to a caller
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_globals.get("__name__") == BATCHES and "run" in frame.f_locals:
            _, number, parameters = frame.f_locals["run"]
            return number, frame.f_locals["model_cls"], parameters
    return 0, object, {}
