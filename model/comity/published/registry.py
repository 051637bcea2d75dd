"""Which function computes which estimates: `estimate` marks it, and knows all that is needed to make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

F = TypeVar("F", bound="Callable[..., Mapping[str, float]]")

NATION: Final = "united-states"


@dataclass(frozen=True)
class Estimator:
    """A function that computes estimates, and what it needs; see `estimate`."""

    names: tuple[str, ...]
    compute: Callable[..., Mapping[str, float]]
    home: str
    on: dt.date | None
    after: tuple[str, ...]
    observe: tuple[str, ...]
    sparse: tuple[str, ...]

    def made(self, seen: Any, found: Mapping[str, float]) -> Mapping[str, float]:
        """Return the estimates.

        Args:
            seen: the run, or what is seen of it.
            found: other estimates, those that it needs among them.

        Raises:
            ValueError: if they are not those that the function was marked with.
        """
        made = self.compute(seen, *([found] if self.after else []))
        if wrong := sorted(made.keys() ^ set(self.names)):
            raise ValueError(
                f"{self.compute.__qualname__} computes other estimates than it says: {', '.join(wrong)}"
            )
        return made


ESTIMATORS: Final[dict[str, Estimator]] = {}
"""By the id of an estimate: what computes it."""


def estimate(
    *names: str,
    home: str = NATION,
    on: dt.date | None = None,
    after: Sequence[str] = (),
    observe: Sequence[str] = (),
    sparse: Iterable[str] = (),
) -> Callable[[F], F]:
    """Mark a function that computes estimates: it returns them by id, NaN for what cannot be estimated.

    Args:
        names: their ids.
        home: the scenario in which they are found.
        on: the day in whose evening the function is asked, with the running model; without one, it gets the
            `comity.published.panel.Panel` of a run that is over.
        after: estimates that are made before; the function then gets those that were found as well.
        observe: observers who must have watched.
        sparse: which of them are of few places, and so NaN where these have too few events at the scale of the run.

    Raises:
        ValueError: if one of them is computed already.
    """

    def register(function: F) -> F:
        made = Estimator(names, function, home, on, tuple(after), tuple(observe), tuple(sparse))
        for name in names:
            if name in ESTIMATORS:
                other = ESTIMATORS[name].compute
                raise ValueError(f"{name} is computed by {other.__module__}.{other.__qualname__} already")
        ESTIMATORS.update(dict.fromkeys(names, made))
        return function

    return register
