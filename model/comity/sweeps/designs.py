"""Designs of experiments: which combinations of numbers from 0 to 1 are tried, always the same ones.

More points keep the earlier ones where the design allows it: Sobol sequences go on, and Morris trajectories are drawn
one after the other. Latin hypercubes cannot grow: every point would move.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from comity.problems import Objection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from comity.sweeps.uncertainties import Uncertainty

Kind = Literal["grid", "list", "latin-hypercube", "sobol", "sobol-sequence", "morris"]
GROWING: Final = {"sobol": "size", "sobol-sequence": "size", "morris": "trajectories"}
"""Designs that can grow, with the key that says how large they are."""

LARGEST: Final = 2**30
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "grid": ("levels",),
    "list": ("points",),
    "latin-hypercube": ("size",),
    "sobol": ("size",),
    "sobol-sequence": ("size",),
    "morris": ("trajectories", "levels"),
}
Count = Annotated[int, Field(ge=0, le=LARGEST)]


class Design(BaseModel):
    """Which points of the uncertainties are tried.

    Attributes:
        kind: ``grid`` (all combinations of levels), ``list`` (the given points), ``latin-hypercube``, ``sobol``
            (Saltelli's design for Sobol indices), ``sobol-sequence`` (fills the space evenly), ``morris``.
        size: points; for ``sobol`` base points, each of which takes as many points as there are uncertainties, plus two.
        levels: of a grid or of Morris trajectories.
        trajectories: of Morris, each of which takes as many points as there are uncertainties, plus one.
        points: tables of values, for a list.
        seed: of the design itself, not of the runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Kind = "list"
    size: Count | None = None
    levels: Annotated[int, Field(ge=1, le=10_000)] | None = None
    trajectories: Count | None = None
    points: tuple[dict[str, Any], ...] = ()
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1

    def objections(self, names: Mapping[str, Uncertainty]) -> dict[str, Objection]:
        """Return what speaks against the design: key -> what is wrong, in words."""
        wanted = KEYS[self.kind]
        keys = ("size", "levels", "trajectories", "points")
        found = {
            key: Objection(f"not a key of a {self.kind} design", ", ".join(wanted))
            for key in keys
            if key not in wanted and getattr(self, key)
        }
        if self.kind != "list" and not names:
            found["kind"] = Objection("nothing to vary", "a [uncertainties.<parameter>], or kind 'list'")
        for key in wanted:
            if key != "points" and getattr(self, key) is None:
                found[key] = Objection("missing", f"a whole number, the {key} of a {self.kind} design")
        return found | self._empty(wanted) | self._power()

    def _empty(self, wanted: tuple[str, ...]) -> dict[str, Objection]:
        return {key: Objection("an empty design", "1 or more") for key in wanted if getattr(self, key) == 0}

    def _power(self) -> dict[str, Objection]:
        """Sobol sequences are balanced only where their length is a power of two."""
        size = self.size or 0
        if self.kind.startswith("sobol") and size and size & (size - 1):
            below = 1 << (size.bit_length() - 1)
            return {
                "size": Objection(
                    "not a power of two, which a Sobol sequence needs", f"{below} or {2 * below}"
                )
            }
        if self.kind == "morris" and self.levels is not None and (self.levels < 2 or self.levels % 2):
            return {"levels": Objection("an odd number of levels", "an even number, such as 4")}
        return {}

    def count(self, names: Mapping[str, Uncertainty]) -> int:
        """Return how many points there are, without making them."""
        if self.kind == "grid":
            return math.prod(entry.level_count(name, self.levels or 0) for name, entry in names.items())
        if self.kind == "list":
            return max(1, len(self.points))
        if self.kind == "morris":
            return (self.trajectories or 0) * (len(names) + 1)
        return (self.size or 0) * (len(names) + 2 if self.kind == "sobol" else 1)

    def unit(self, names: Mapping[str, Uncertainty]) -> NDArray[np.float64]:
        """Return the points, one row each and a column per uncertainty, as numbers from 0 to 1."""
        if self.kind == "grid":
            levels = [entry.levels(name, self.levels or 1) for name, entry in names.items()]
            return np.stack([axis.ravel() for axis in np.meshgrid(*levels, indexing="ij")], axis=1)
        if self.kind in ("sobol", "morris"):
            return _salib(self, list(names))
        return _qmc(self, len(names))


def salib_problem(names: list[str]) -> dict[str, Any]:
    """Return the uncertainties as SALib wants them, from 0 to 1."""
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _qmc(design: Design, columns: int) -> NDArray[np.float64]:
    from scipy.stats import qmc  # noqa: PLC0415 - slow to import

    size = design.size or 0
    if design.kind == "latin-hypercube":
        return np.asarray(qmc.LatinHypercube(columns, rng=design.seed).random(size))
    return np.asarray(qmc.Sobol(columns, rng=design.seed).random(size))


def _salib(design: Design, names: list[str]) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if design.kind == "morris":
            from SALib.sample import morris  # noqa: PLC0415 - slow to import, and not everybody has it

            levels = design.levels or 4
            return np.asarray(
                morris.sample(salib_problem(names), design.trajectories, levels, seed=design.seed)
            )
        from SALib.sample import sobol  # noqa: PLC0415 - slow to import, and not everybody has it

        return np.asarray(
            sobol.sample(salib_problem(names), design.size, calc_second_order=False, seed=design.seed)
        )


def missing_library(design: Design) -> Objection | None:
    """Return why a design cannot be made on this machine, or None."""
    from importlib.util import find_spec  # noqa: PLC0415

    if design.kind in ("sobol", "morris") and find_spec("SALib") is None:
        return Objection("needs SALib", "pip install 'comity[study]', or another kind of design")
    return None
