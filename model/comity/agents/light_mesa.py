"""What a run needs of Mesa: agents and models, without the rest.

``import mesa`` loads spaces, experiments and batches, and with them networkx, scipy and pandas, which takes longer than a short
run. Here the package is entered by the side door: `mesa.agent` and `mesa.model` are imported as they are, and the
package loads the rest when somebody asks for it, as ``import mesa; mesa.space`` does.
"""

from __future__ import annotations

import sys
import threading
from importlib.util import find_spec, module_from_spec
from typing import Any


def _open_side_door() -> None:
    """Put the package where Python looks for it, without running what it begins with."""
    spec = find_spec("mesa")
    if "mesa" in sys.modules or spec is None or spec.loader is None:
        return
    loader, module = spec.loader, module_from_spec(spec)
    lock, begun = threading.RLock(), list[bool]()

    def rest(name: str) -> Any:
        with lock:
            if not begun:
                begun.append(True)
                loader.exec_module(module)
        try:
            return vars(module)[name]
        except KeyError:
            raise AttributeError(f"module 'mesa' has no attribute {name!r}", name=name, obj=module) from None

    vars(module)["__getattr__"] = rest
    sys.modules["mesa"] = module


_open_side_door()

from mesa.agent import Agent  # noqa: E402
from mesa.model import Model  # noqa: E402

try:
    from mesa.agent import AgentSet, GroupBy
except ImportError:
    from mesa.agentset import AgentSet, GroupBy  # type: ignore[no-redef]  # Mesa 3.5 moved them

__all__ = ["Agent", "AgentSet", "GroupBy", "Model"]
