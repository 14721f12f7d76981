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
    say,
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
    "--depth",
    type=click.IntRange(1, 20),
    metavar="N",
    default=1,
    show_default=True,
    help="How many calls away from FUNC.",
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
    if to:
        shown, route = _between(kernel, source, offline, functions[0], to, deferred)
        routes: tuple[Route, ...] = (route,)
    else:
        shown, routes = kernel.graph, _asked(kernel, functions, everything, depth)
    if chosen == "text":
        _text(shown, routes, target)
    else:
        write(_written(chosen, shown, routes), target)


def _between(
    kernel: Kernel, source: str | None, offline: bool, start: str, end: str, deferred: bool
) -> tuple[CallGraph, Route]:
    """The paths between two functions, beyond the files that were read where those lack one of them."""
    from explorer.errors import NoRouteError, SourceError
    from explorer.graph import route_between

    if all(kernel.graph.read(name) for name in (start, end)):
        return kernel.graph, route_between(kernel.graph, start, end, deferred)
    from explorer.beyond import route_beyond
    from explorer.sources.open import open_source
    from explorer.sources.store import Store

    try:
        opened = open_source(source, store=Store(), offline=offline, log=say)
        return route_beyond(kernel, opened, start, end, deferred, say)
    except SourceError as error:
        lacking = [name for name in (start, end) if not kernel.graph.read(name)]
        near = ", ".join(each for name in lacking for each in kernel.graph.near(name))
        raise NoRouteError(
            f"{' and '.join(lacking)} of {kernel.version} is in none of the files read"
            f"{near and f' (near it: {near})'}, and could not be looked up: {error}",
            [],
        ) from error


def _asked(kernel: Kernel, functions: Sequence[str], everything: bool, depth: int) -> tuple[Route, ...]:
    """The routes to show; empty for the whole graph, which was asked for with --all."""
    from explorer.graph import around

    if functions:
        return (around(kernel.graph, functions, depth, everything),)
    return () if everything else _named(kernel)


def _named(kernel: Kernel) -> tuple[Route, ...]:
    if not kernel.routes:
        from explorer.errors import NoRouteError

        read = ", ".join(info.path for info in kernel.infos)
        raise NoRouteError(f"no named route is in what was read of {kernel.version} ({read}); --all shows what is")
    return kernel.routes


def _text(graph: CallGraph, routes: Sequence[Route], target: Path | None, numbered: bool = False) -> None:
    from explorer.views.text import functions, routes_text, trust

    signs, columns = glyphs(), width()
    named = bool(routes) and all(route.rail for route in routes)
    head = (("bold", f"Linux {graph.version}"), ("", "  how a frame reaches a packet socket" * named))
    body = routes_text(graph, routes, signs, columns, numbered) if routes else functions(graph, signs, columns)
    write_lines([head, (("dim", trust(graph)),), (), *body], target)


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
) -> None:
    """Show the routes, or every path between two functions, as numbered steps.

    A function that stands in other files, as udp_sendmsg, is looked up in a tree, a repository or an Elixir, and so are
    those between it and the files of a frame's path; ways much longer than the shortest are left out there.

    Example: explorer path v6.12.117 netif_receive_skb tpacket_rcv --offline
    """
    version, ends = split_version(words)
    if len(ends) not in (0, 2):
        raise click.UsageError("a path has two ends: explorer path v3.4 dev_queue_xmit packet_rcv")
    kernel = open_kernel(version, source, offline)
    shown, routes = kernel.graph, () if ends else _named(kernel)
    if ends:
        shown, route = _between(kernel, source, offline, ends[0], ends[1], deferred)
        routes = (route,)
    if form_of(form, target, ("text", "json")) == "json":
        write(_written("json", shown, routes), target)
    else:
        _text(shown, routes, target, numbered=True)
