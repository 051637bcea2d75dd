"""Uncertainties: how likely each value of a parameter is, as a function that stretches numbers from 0 to 1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from comity.parameters import Parameters, Registry, describe
from comity.problems import Objection, did_you_mean
from comity.sweeps.outcomes import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Kind = Literal["uniform", "loguniform", "triangular", "normal", "choice"]
Number = Annotated[float, Field(strict=False)]

COLUMNS: Final = ("run", "point", "place", "regime", "hypotheses", "seed", "date", "key", "draws")
"""What tables of results say of a run, besides its uncertainties, policies and outcomes."""

_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "triangular": ("low", "high", "mode"),
    "normal": ("low", "high", "mean", "sd"),
    "choice": ("values",),
}


class Uncertainty(BaseModel):
    """What is known of one parameter.

    Attributes:
        distribution: its shape; a normal distribution is cut at ``low`` and ``high``.
        low: least value, by default the registry's.
        high: greatest value, by default the registry's.
        mode: likeliest value of a triangular distribution, by default the registry's default.
        mean: of a normal distribution before it is cut, by default the registry's default.
        sd: standard deviation of a normal distribution before it is cut.
        values: what a choice is made from, all equally likely.
        dummy: not a parameter at all; see `comity.sweeps.study.Study`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    distribution: Kind = "uniform"
    low: Number | None = None
    high: Number | None = None
    mode: Number | None = None
    mean: Number | None = None
    sd: Number | None = Field(default=None, gt=0)
    values: tuple[Number, ...] | None = None
    dummy: bool = False
    _registry: Registry = PrivateAttr(
        default=Parameters
    )  # that of the study, with the parameters of its extensions

    def resolved(self, name: str, registry: Registry | None = None) -> Uncertainty:
        """Return the same with everything filled in that the registry knows, by default the one it was resolved with before."""
        if self.dummy:
            return self
        registry = registry or self._registry
        meta, default = describe(name, registry), float(registry.model_fields[name].default)
        known = {"low": meta.low, "high": meta.high, "mode": default, "mean": default}
        wanted = {key: known[key] for key in _NEEDS[self.distribution] if key in known}
        made = self.model_copy(
            update={key: value for key, value in wanted.items() if getattr(self, key) is None}
        )
        made._registry = registry  # noqa: SLF001 - its own
        return made

    def stretched(self, name: str, unit: NDArray[np.float64]) -> NDArray[Any]:
        """Return the values that leave a share of ``unit`` of the probability below them.

        Whole-number parameters get whole numbers, each as likely as the others under a uniform distribution.
        """
        if self.dummy:
            return unit
        if self.distribution == "choice":
            values = np.array(self.values)
            drawn = values[np.minimum((unit * len(values)).astype(int), len(values) - 1)]
            return np.asarray(np.rint(drawn).astype(int) if is_whole(name, self._registry) else drawn)
        if not is_whole(name, self._registry):
            return np.clip(self._ppf(unit, 0.0), self.low, self.high)
        # Half a step on either side, so that the first and the last number are as likely as those between.
        return np.rint(np.clip(self._ppf(unit, 0.5), self.low, self.high)).astype(int)

    def _ppf(self, unit: NDArray[np.float64], margin: float) -> NDArray[np.float64]:
        from scipy import stats  # noqa: PLC0415 - slow to import

        low, high = float(self.low or 0) - margin, float(self.high or 0) + margin
        if low == high:
            return np.full(len(unit), low)
        if self.distribution == "uniform":
            return np.asarray(low + unit * (high - low))
        if self.distribution == "loguniform":
            return np.asarray(stats.loguniform.ppf(unit, low, high))
        if self.distribution == "triangular":
            return np.asarray(
                stats.triang.ppf(unit, (float(self.mode or 0) - low) / (high - low), low, high - low)
            )
        mean, sd = float(self.mean or 0), float(self.sd or 1)
        return np.asarray(stats.truncnorm.ppf(unit, (low - mean) / sd, (high - mean) / sd, mean, sd))

    def levels(self, name: str, count: int) -> NDArray[np.float64]:
        """Return ``count`` numbers from 0 to 1, or as many as a choice has, that a grid goes through."""
        if self.distribution == "choice":
            n = len(self.values or ())
            return (np.arange(n) + 0.5) / n
        if is_whole(name, self._registry):
            n = min(count, round(float(self.high or 0) - float(self.low or 0)) + 1)
            return (np.arange(n) + 0.5) / n
        return np.linspace(0.0, 1.0, count) if count > 1 else np.array([0.5])

    def level_count(self, name: str, count: int) -> int:
        """Return how many levels a grid goes through, without making them."""
        if self.distribution == "choice":
            return len(self.values or ())
        return (
            min(count, round(float(self.high or 0) - float(self.low or 0)) + 1)
            if is_whole(name, self._registry)
            else count
        )


def is_whole(name: str, registry: Registry = Parameters) -> bool:
    """Whether a parameter takes whole numbers only."""
    return name in registry.model_fields and isinstance(registry.model_fields[name].default, int)


def objections(name: str, entry: Uncertainty, registry: Registry = Parameters) -> dict[str, Objection]:
    """Return what speaks against an uncertainty: key within its table -> what is wrong, in words."""
    if entry.dummy:
        return _dummy(name, entry, registry)
    if wrong := unusable(name, registry):
        return {"": wrong}
    full = entry.resolved(name, registry)
    needed = _NEEDS[full.distribution]
    found = {
        key: Objection(f"not a key of a {full.distribution} distribution", ", ".join(needed))
        for key in ("low", "high", "mode", "mean", "sd", "values")
        if key not in needed and getattr(entry, key) is not None
    }
    missing = {key: Objection("missing", _MEANING[key]) for key in needed if getattr(full, key) is None}
    return found | (missing or _bounds(name, full, registry))


_MEANING: Final = {"sd": "a standard deviation above 0", "values": "a list of numbers"}


def unusable(name: str, registry: Registry = Parameters) -> Objection | None:
    """Return why a study cannot vary a parameter, or None."""
    if name not in registry.model_fields:
        hint = did_you_mean(name, registry.model_fields)
        return Objection("unknown parameter", f"{hint}'comity show parameters' lists them")
    if isinstance(registry.model_fields[name].default, tuple):
        return Objection("a parameter of several numbers", "one with a single number")
    if name == "recording_days":
        return Objection("would give runs with different weeks", "set it in [scenario]")
    return None


def _dummy(name: str, entry: Uncertainty, registry: Registry) -> dict[str, Objection]:
    if name in registry.model_fields:
        return {"dummy": Objection("the model reads this parameter", "a name that is no parameter")}
    if entry != Uncertainty(dummy=True):
        return {"dummy": Objection("a dummy has no distribution", "dummy = true, alone")}
    taken = name in COLUMNS or name.startswith(tuple(outcome.id for outcome in OUTCOMES))
    if taken or not re.fullmatch(r"[A-Za-z]\w{0,39}", name):
        wrong = "results have such a column" if taken else "no name for a column of the results"
        return {"": Objection(wrong, "up to 40 letters and digits, such as dice")}
    return {}


def _bounds(name: str, full: Uncertainty, registry: Registry) -> dict[str, Objection]:
    """Return which values lie outside of the registry's bounds, or of one's own."""
    meta = describe(name, registry)
    valid = f"from {meta.low:g} to {meta.high:g}, {meta.unit}"
    inside: dict[str, float] = {
        key: getattr(full, key) for key in ("low", "high", "mode", "mean") if key in _NEEDS[full.distribution]
    }
    found: dict[str, Objection] = {
        key: Objection("out of bounds", valid)
        for key, value in inside.items()
        if not meta.low <= value <= meta.high
    }
    if full.distribution == "choice":
        return _choices(name, full, valid, registry)
    found |= {
        key: Objection("not a whole number", "a whole number")
        for key in ("low", "high")
        if is_whole(name, registry) and inside[key] != round(inside[key])
    }
    return found or _order(full, inside)


def _order(full: Uncertainty, inside: Mapping[str, float]) -> dict[str, Objection]:
    low, high = inside["low"], inside["high"]
    if low > high:
        return {"low": Objection(f"above high = {high:g}", "low below high")}
    if full.distribution == "loguniform" and low <= 0:
        return {"low": Objection("not above 0, which a loguniform distribution needs", "low above 0")}
    return {
        key: Objection("not between low and high", f"from {low:g} to {high:g}")
        for key in ("mode", "mean")
        if key in inside and not low <= inside[key] <= high
    }


def _choices(name: str, full: Uncertainty, valid: str, registry: Registry) -> dict[str, Objection]:
    meta, values = describe(name, registry), full.values or ()
    if not values:
        return {"values": Objection("empty", f"a list of numbers {valid}")}
    found = {
        f"values[{k}]": Objection("out of bounds", valid)
        for k, value in enumerate(values)
        if not meta.low <= value <= meta.high
    }
    fractions = {
        f"values[{k}]": Objection("not a whole number", "a whole number")
        for k, value in enumerate(values)
        if is_whole(name, registry) and value != round(value)
    }
    return found | fractions


def check_value(name: str, value: object, registry: Registry = Parameters) -> Objection | None:
    """Return what is wrong with one value of a parameter, or None."""
    if wrong := unusable(name, registry):
        return wrong
    meta, whole = describe(name, registry), is_whole(name, registry)
    valid = f"a {'whole ' if whole else ''}number from {meta.low:g} to {meta.high:g}, {meta.unit}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Objection("wrong type", valid)
    if not meta.low <= value <= meta.high:
        return Objection("out of bounds", valid)
    return Objection("not a whole number", valid) if whole and value != round(value) else None
