"""A light Mesa: what a run needs of it, agents and models, without the rest.

``import mesa`` loads spaces, experiments and batches, and with them networkx, scipy and pandas, which takes longer than a short
run. Here `mesa.agent` and `mesa.model` are imported as they are. To name their loggers they have `inspect` look for the source
of every function on the stack, among all modules that are loaded; here the caller's name is looked up.
"""

from __future__ import annotations

import inspect
import itertools
import sys
import weakref
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from comity import side_door

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


def _frames(frame: FrameType | None = None) -> list[tuple[FrameType, str, int, str]]:
    """Return a frame, by default the caller's, and all that called it, as `inspect` does but without their source."""
    step: FrameType | None = frame or sys._getframe(1)  # noqa: SLF001
    found = []
    while step:
        found.append((step, step.f_code.co_filename, step.f_lineno, step.f_code.co_name))
        step = step.f_back
    return found


@contextmanager
def _loggers_named_quickly() -> Iterator[None]:
    """Give Mesa's logging, while it names loggers, those four functions of `inspect` that it uses."""
    mesa_logging: Any = import_module("mesa.mesa_logging")
    known = {"stack": _frames, "getouterframes": _frames, "currentframe": inspect.currentframe}
    kept = mesa_logging.inspect
    mesa_logging.inspect = SimpleNamespace(
        **known, getmodule=lambda frame: sys.modules[frame.f_globals["__name__"]]
    )
    try:
        yield
    finally:
        mesa_logging.inspect = kept


side_door.enter("mesa")
side_door.enter("mesa.experimental")  # of which Mesa 3.5 uses a part in every model

with _loggers_named_quickly():
    from mesa.agent import Agent
    from mesa.model import Model

    try:
        from mesa.agent import AgentSet, GroupBy
    except ImportError:
        from mesa.agentset import AgentSet, GroupBy  # type: ignore[no-redef]  # Mesa 3.5 moved them


class _Numbers(weakref.WeakKeyDictionary[Model, Any]):
    """The next ``unique_id`` by model. Mesa 3.3 keeps it in a dictionary, and with it every model that had an agent."""

    def __getitem__(self, model: Model) -> Any:
        return self.setdefault(model, itertools.count(1))


if hasattr(Agent, "_ids"):
    Agent._ids = _Numbers(Agent._ids)  # type: ignore[assignment]  # noqa: SLF001

__all__ = ["Agent", "AgentSet", "GroupBy", "Model"]
