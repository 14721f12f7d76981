"""The functions a frame really ran through, as a kernel reported them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer.graph import Route, name_of

__all__ = ["Chain", "Frame", "Trace", "bare", "in_tree", "longest", "watched"]

# What a compiler appends to a function's name: a copy with a constant argument, with another signature, a part of it.
_COPIES = re.compile(r"\.(constprop|isra|part|cold|llvm|lto_priv)(\.\d+)*")
# A path from the kernel tree's root on.
_PATH = re.compile(r"(?:^|/)((?:net|include|drivers|kernel|lib|arch|fs|mm|security|block)/[\w./-]{1,120}\.[chS])$")
# Where routes begin and end in files that are not read: softirqs, drivers, the protocol beside the taps.
_BESIDE = "net_rx_action net_tx_action veth_xmit vlan_dev_hard_start_xmit br_dev_xmit loopback_xmit ip_rcv".split()


@dataclass(frozen=True, slots=True)
class Frame:
    """One function on a call chain.

    `offset` is where it calls the next, in bytes from its beginning; `line` is 0 where unknown, `inferred` where it
    follows from the static graph; `through` are the functions that stand between it and the next in the source, and
    are no frames, for they were inlined or ended in the call: a name, or several of which one did, as a|b. A function
    that line tables say was inlined is a frame all the same, `inlined` into the one before it.
    """

    function: str
    offset: int = 0
    module: str = ""
    path: str = ""
    line: int = 0
    inferred: bool = False
    through: tuple[str, ...] = ()
    inlined: bool = False

    def __str__(self) -> str:
        offset = f"+{self.offset:#x}" if self.offset else ""
        return f"{self.function}{offset}" + f" [{self.module}]" * bool(self.module)


Chain = tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Call chains of one scenario, outermost function first, with the kernel and the means they were taken by.

    `watched` are the functions that would have been seen had they run, if that is known: none of those can stand
    unseen between two frames, unless it was inlined there.
    """

    scenario: str
    kernel: str
    means: str  # uml | perf | ftrace | import
    chains: tuple[Chain, ...]
    watched: tuple[str, ...] = ()

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that ran, in the order first seen."""
        return tuple(dict.fromkeys(frame.function for chain in self.chains for frame in chain))


def bare(name: str) -> str:
    """A function's name in the source: without what the compiler appends to a copy of it."""
    return _COPIES.sub("", name)


def in_tree(path: str) -> str:
    """A path below a kernel tree, wherever that stands or stood; empty if it is none of a kernel's."""
    found = _PATH.search(path)
    return found[1] if found else ""


def watched(routes: Iterable[Route]) -> tuple[str, ...]:
    """The functions to watch for: those on the routes, and where a softirq and a driver begin."""
    names = {name_of(key) for route in routes for key in route.functions}
    return tuple(sorted(names.union(_BESIDE)))


def longest(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """Without the chains that a following one goes on from, and without those seen before."""
    kept: dict[Chain, None] = {}
    for chain, after in pairwise([*chains, ()]):
        if chain and not _goes_on(chain, after):
            kept[chain] = None
    return tuple(kept)


def _goes_on(chain: Chain, after: Chain) -> bool:
    """Whether a chain is the beginning of another; its last function had not called yet."""
    last = len(chain) - 1
    return len(after) > last + 1 and after[:last] == chain[:last] and after[last].function == chain[last].function
