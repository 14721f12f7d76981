"""graph and path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import (
    form_of,
    formats,
    glyphs,
    open_kernel,
    source_options,
    split_version,
    width,
    words,
    write,
    write_lines,
)

if TYPE_CHECKING:
    from explorer.graph import CallGraph, Route
    from explorer.kernel import Kernel

__all__ = ["graph", "path"]

_FORMATS = ("text", "dot", "mermaid", "json", "graphml", "svg", "png", "html")


@click.command(short_help="How a frame reaches the packet sockets, or who calls FUNC and whom it calls.")
@words("[VERSION] [FUNC...]")
@click.option("--to", metavar="FUNC", help="The paths from FUNC to this function.")
@click.option("--deferred", is_flag=True, help="With --to: cross hand-overs (queues, softirqs) too.")
@click.option(
    "--all", "everything", is_flag=True, help="Every function and call site of every file read; with FUNC, macros too."
)
@click.option(
    "--depth", type=click.IntRange(1, 20), default=1, show_default=True, help="How many calls away from FUNC."
)
@formats(*_FORMATS)
@source_options
def graph(
    words: tuple[str, ...],
    to: str | None,
    deferred: bool,
    everything: bool,
    depth: int,
    form: str | None,
    target: Path | None,
    source: str | None,
    offline: bool,
    lang: str,
) -> None:
    """Show how a frame that is sent, and one that is received, reaches the packet socket's handlers.

    With FUNC, its callers and callees. Every call has file and line, every pointer call its reason, every hand-over its
    queue.

    Example: explorer graph v3.4 --offline
    """
    version, functions = split_version(words)
    chosen = form_of(form, target, _FORMATS)
    if to and len(functions) != 1:
        raise click.UsageError("--to needs one function to start from: explorer graph v3.4 netif_rx --to packet_rcv")
    if deferred and not to:
        raise click.UsageError("--deferred goes with --to: explorer graph v3.4 netif_rx --to packet_rcv --deferred")
    kernel = open_kernel(version, source, offline)
    routes = _asked(kernel, functions, to, deferred, everything, depth)
    if chosen == "text":
        _text(kernel, routes, target)
    else:
        write(_written(chosen, kernel.graph, routes), target)


def _asked(
    kernel: Kernel, functions: Sequence[str], to: str | None, deferred: bool, everything: bool, depth: int
) -> tuple[Route, ...]:
    """The routes to show; empty for the whole graph, which was asked for with --all."""
    from explorer.graph import around, route_between

    if to:
        return (route_between(kernel.graph, functions[0], to, deferred),)
    if functions:
        return (around(kernel.graph, functions, depth, everything),)
    return () if everything else _named(kernel)


def _named(kernel: Kernel) -> tuple[Route, ...]:
    if not kernel.routes:
        from explorer.errors import NoRouteError

        read = ", ".join(info.path for info in kernel.infos)
        raise NoRouteError(f"no named route is in what was read of {kernel.version} ({read}); --all shows what is")
    return kernel.routes


def _text(kernel: Kernel, routes: Sequence[Route], target: Path | None, numbered: bool = False) -> None:
    from explorer.views.text import functions, routes_text, trust

    signs, columns = glyphs(), width()
    named = bool(routes) and all(route.rail for route in routes)
    head = (("bold", f"Linux {kernel.version}"), ("", "  how a frame reaches a packet socket" * named))
    body = (
        routes_text(kernel.graph, routes, signs, columns, numbered)
        if routes
        else functions(kernel.graph, signs, columns)
    )
    write_lines([head, (("dim", trust(kernel.graph)),), (), *body], target)


def _written(form: str, graph: CallGraph, routes: Sequence[Route]) -> str | bytes:
    """A picture or a file of the routes, or of the whole graph."""
    if form == "json":
        from explorer.views.jgf import jgf

        return jgf(graph, routes)
    if form == "dot":
        from explorer.views.dot import dot

        return dot(graph, routes)
    if form == "mermaid":
        from explorer.views.mermaid import mermaid

        return mermaid(graph, routes)
    if form == "graphml":
        from explorer.views.graphml import graphml

        return graphml(graph, routes)
    if form == "html":
        from explorer.views.html import html

        return html(graph, routes)
    from explorer.views.svg import svg

    picture = svg(graph, routes)
    if form == "svg":
        return picture
    from explorer.views.png import png

    return png(picture)


@click.command(short_help="The same routes as numbered steps, or the way between two functions.")
@words("[VERSION] [FROM TO]")
@click.option("--deferred", is_flag=True, help="Cross hand-overs (queues, softirqs) too.")
@formats("text", "json")
@source_options
def path(
    words: tuple[str, ...],
    deferred: bool,
    form: str | None,
    target: Path | None,
    source: str | None,
    offline: bool,
    lang: str,
) -> None:
    """Show the routes, or every path between two functions, as numbered steps.

    Example: explorer path v6.12.117 netif_receive_skb tpacket_rcv --offline
    """
    from explorer.graph import route_between

    version, ends = split_version(words)
    if len(ends) not in (0, 2):
        raise click.UsageError("a path has two ends: explorer path v3.4 dev_queue_xmit packet_rcv")
    kernel = open_kernel(version, source, offline)
    routes = (route_between(kernel.graph, ends[0], ends[1], deferred),) if ends else _named(kernel)
    if form_of(form, target, ("text", "json")) == "json":
        write(_written("json", kernel.graph, routes), target)
    else:
        _text(kernel, routes, target, numbered=True)
