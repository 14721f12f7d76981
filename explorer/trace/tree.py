"""The chains of a trace as trees: what ran below what, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from explorer.trace.overlay import Link, Overlay
from explorer.trace.values import Frame

__all__ = ["Node", "trees", "walk"]


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
            if not at.children or at.children[-1].frame.function != frame.function:
                site = chain[number - 1] if number else None
                link = links.get((site.function, frame.function)) if site else None
                at.children.append(Node(frame, site, link))
            at = at.children[-1]
    return root.children


def walk(nodes: list[Node]) -> Iterator[Node]:
    """Every node, a function before what it calls."""
    for node in nodes:
        yield node
        yield from walk(node.children)
