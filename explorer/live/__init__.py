"""The running kernel, asked in a network namespace of its own: no root, and never the machine's own interfaces.

`run` gives the Outcome of a Scenario, `Lab` is for notebooks, `available` says whether this machine can or why not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.live.lab import Lab
    from explorer.live.process import Agent
    from explorer.live.reasons import available
    from explorer.live.runs import run

__all__ = ["Agent", "Lab", "available", "run"]

_ROOMS = {"Agent": "process", "Lab": "lab", "available": "reasons", "run": "runs"}


def __getattr__(name: str) -> object:
    """Import a name when it is asked for: the agent itself starts through this package."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
