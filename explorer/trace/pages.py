"""A trace as a tour: a page for each function that a frame ran through, and each call that it made on its line."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from explorer.excerpt import Page, Remark
from explorer.graph import Function
from explorer.kernel import Kernel
from explorer.tour import Step
from explorer.tour.pages import Walk, link, step_page
from explorer.trace.overlay import Overlay
from explorer.trace.take import Taken
from explorer.trace.tree import Node, told, trees, walk
from explorer.version import Location

__all__ = ["walked"]


def walked(taken: Taken) -> Walk:
    """The functions of a trace whose definitions were read, in the order that they ran."""
    joined = taken.joined
    nodes = [(node, key) for node in walk(trees(joined)) if (key := _key(joined, node))]
    pages = tuple(_page(taken, node, key) for node, key in nodes)
    digest = hashlib.sha256(repr(joined.trace).encode()).hexdigest()[:12]
    title = f"The real path of {taken.trace.scenario}"
    return Walk(f"{taken.id} {digest}", taken.kernel.version, title, f"{taken.source}: {joined}", pages, ())


def _key(joined: Overlay, node: Node) -> str:
    """The FUNC@SRC of a node; empty if its definition was not read."""
    ids = [node.link.callee] if node.link else []
    ids += [child.link.caller for child in node.children if child.link]
    return next((key for key in (*ids, *joined.graph.known([node.frame.function])) if "@" in key), "")


def _page(taken: Taken, node: Node, key: str) -> Page:
    kernel = taken.kernel
    function = _definition(kernel, node, key)
    page = step_page(kernel, Step(key, (key,), "", ()))
    location = Location(kernel.version, function.file, function.line)
    calls = tuple(_call(kernel, function, number, child) for number, child in enumerate(node.children, 1))
    return replace(
        page,
        trust=(taken.source, *page.trust),
        excerpt=kernel.excerpt(function) if function.file in kernel.texts else None,
        remarks=(*calls, *page.remarks),
        location=location,
        link=link(location),
        words=(_came(node),) if node.link else (),
    )


def _definition(kernel: Kernel, node: Node, key: str) -> Function:
    """The definition that ran: the one that has the lines of its calls, where #if gives it several."""
    lines = [child.site.line for child in node.children if child.site]
    rows = kernel.graph.definitions[key]
    return next((row for row in rows if any(row.first <= line <= row.last for line in lines)), rows[0])


def _came(node: Node) -> str:
    site = node.site
    place = f" at {site.path}:{site.line}" if site and site.line else ""
    return f"From {site.function if site else 'nowhere'}{place}: {told(node)}."


def _call(kernel: Kernel, function: Function, number: int, node: Node) -> Remark:
    """A call on its line; beside the source where its line is not known."""
    line = node.site.line if node.site else 0
    here = function.first <= line <= function.last
    location = Location(kernel.version, function.file, line) if here else None
    title = f"{number}. {node.frame.function}"
    said = told(node)
    text = f"{said[:1].upper()}{said[1:]}."
    outcome = "placed" if here else "missing"
    return Remark(f"trace.{number}", title, text, line * here, line * here, outcome, location, link(location))
