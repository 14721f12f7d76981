"""The functions a frame really ran through, as a kernel reported them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Frame", "Trace"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One function on a call chain; `line` is 0 where unknown, `inferred` where it follows from the static graph."""

    function: str
    offset: int = 0
    path: str = ""
    line: int = 0
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """Call chains of one scenario, outermost function first, with the kernel and the means they were taken by."""

    scenario: str
    kernel: str
    means: str  # uml | perf | ftrace | import
    chains: tuple[tuple[Frame, ...], ...]
