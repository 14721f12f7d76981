"""The chains of a trace as trees: what ran below what, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from explorer.trace.overlay import Link, Overlay
from explorer.trace.values import Frame

__all__ = ["Node", "between", "told", "trees", "walk"]


@dataclass(eq=False, slots=True)
class Node:
    """A function that ran; `site` is the frame that called it, with the call's place, and `link` what joins the two."""

    frame: Frame
    site: Frame | None = None
    link: Link | None = None
    children: list[Node] = field(default_factory=list)


def trees(joined: Overlay) -> list[Node]:
    """A tree for each way into the kernel; chains that begin alike share the beginning."""
    root = Node(Frame(""))
    links = joined.by_name
    for chain in joined.trace.chains:
        at = root
        for number, frame in enumerate(chain):
            site = chain[number - 1] if number else None
            if not at.children or not _again(at.children[-1], frame, site):
                link = links.get((site.function, frame.function)) if site else None
                at.children.append(Node(frame, site, link))
            at = at.children[-1]
    return root.children


def _again(node: Node, frame: Frame, site: Frame | None) -> bool:
    """Whether it is the call that was there before: by its line where that is known, else by its place in the code."""
    if node.frame.function != frame.function or site is None or node.site is None:
        return node.frame.function == frame.function
    if site.line:
        return (site.path, site.line) == (node.site.path, node.site.line)
    return site.offset == node.site.offset


def walk(nodes: list[Node]) -> Iterator[Node]:
    """Every node, a function before what it calls."""
    for node in nodes:
        yield node
        yield from walk(node.children)


def told(node: Node) -> str:
    """How a call is known, and what the graph says to it."""
    site, link = node.site, node.link
    if site is None or link is None:
        return ""
    via = next((call.via for call in link.calls if call.via), "")
    said = {
        "call": "a call of the graph",
        "pointer": f"a call through {via}",
        "through": f"a path of the graph, by way of {between(link.through)}",
        "handed": "no call: a softirq begins here, and takes from a queue",
        "outside": "one of the two is in a file that was not read",
    }.get(link.outcome, "not in the graph")
    seen = "inlined" if node.frame.inlined else f"seen at {site}" if site.offset else "seen"
    if site.line:
        sure = "the line is inferred" if site.inferred else "the line is exact"
    else:
        lines = dict.fromkeys(str(call.location.line) for call in link.calls)
        sure = f"on line {' or '.join(lines)}" if lines else ""
    return "; ".join(filter(None, (seen, sure, said)))


def between(through: Iterable[str]) -> str:
    """The functions that a link leads through."""
    return ", ".join(name.replace("|", " or ") for name in through)
