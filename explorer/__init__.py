"""An annotated source explorer of the Linux packet path that stays true.

import explorer
kernel = explorer.open(explorer.Version.parse("v3.4"))
for call in kernel.graph.callers("packet_rcv"):
    print(call)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.errors import ExplorerError
    from explorer.graph import Call, CallGraph, Evidence, Function, Route
    from explorer.kernel import Kernel, open
    from explorer.version import Location, Version

__version__ = "0.1.0"
__all__ = [
    "Call",
    "CallGraph",
    "Evidence",
    "ExplorerError",
    "Function",
    "Kernel",
    "Location",
    "Route",
    "Version",
    "open",
]

_HOMES = {"errors": ("ExplorerError",), "kernel": ("Kernel", "open"), "version": ("Location", "Version")}


def __getattr__(name: str) -> object:
    """What is public is imported when asked for, so that `explorer --version` is quick."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((room for room, names in _HOMES.items() if name in names), "graph")
    return getattr(import_module(f"{__name__}.{home}"), name)
