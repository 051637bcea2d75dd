"""Packages that are entered by the side door: one of their modules is imported, and the rest when somebody asks for it.

Some packages load everything that they have before anything else, which takes longer than a short run.
"""

from __future__ import annotations

import sys
import threading
from importlib.util import find_spec, module_from_spec
from typing import Any


def enter(package: str) -> None:
    """Put a package where Python looks for it, without running what it begins with.

    Its modules can then be imported, and the first name that somebody asks of the package itself, as ``mesa.space`` or
    ``scipy.special.erf``, runs it.
    """
    spec = find_spec(package)
    if package in sys.modules or spec is None or spec.loader is None:
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
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}", name=name, obj=module
            ) from None

    vars(module)["__getattr__"] = rest
    sys.modules[package] = module
