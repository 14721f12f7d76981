"""How values look at the end of a cell; the values themselves know nothing of notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

from explorer import kernel
from explorer.errors import ExplorerError
from explorer.graph import CallGraph, Function, Route
from explorer.kernel import Kernel
from explorer.views import fragments

__all__ = ["register"]

_numbers = count(1)  # two maps in one notebook share no id


def _numbered(draw: Callable[[Any, str], str]) -> Callable[[Any], str]:
    return lambda value: draw(value, f"repr-{next(_numbers)}")


_DRAWN: dict[tuple[str, str], Callable[[Any], str]] = {
    ("explorer.kernel", "Kernel"): _numbered(fragments.kernel_html),
    ("explorer.graph.values", "CallGraph"): _numbered(fragments.graph_html),
    ("explorer.trace.take", "Taken"): _numbered(fragments.trace_html),
    ("explorer.excerpt", "Excerpt"): fragments.excerpt_html,
    ("explorer.tour.values", "Step"): fragments.step_html,
}


def register(shell: Any) -> None:
    """Give IPython's display the HTML of our values; their classes are not imported for it."""
    html = shell.display_formatter.formatters["text/html"]
    for (module, name), draw in _DRAWN.items():
        html.for_type_by_name(module, name, draw)
    html.for_type_by_name("explorer.graph.values", "Function", lambda value: _function(shell, value))
    html.for_type_by_name("explorer.graph.routes", "Route", lambda value: _route(shell, value))


def _kernels(shell: Any) -> Iterator[Kernel]:
    """The releases that the notebook has names for: a Function or a Route does not know its own."""
    yield from (each for each in list(shell.user_ns.values()) if isinstance(each, Kernel))


def _function(shell: Any, function: Function) -> str:
    """A function with its source, where the notebook has the release that this very value was taken from."""
    for release in _kernels(shell):
        taken = any(function is each for each in release.graph.definitions.get(function.id, ()))
        if taken and function.file in release.texts:
            return fragments.function_html(function, release.excerpt(function))
    return fragments.function_html(function)


def _route(shell: Any, route: Route) -> str:
    """A route as a picture, where its release is at hand."""
    graph = next((each for each in _graphs(shell, route) if set(route.calls) <= set(each.calls)), None)
    return fragments.route_html(route, graph, f"repr-{next(_numbers)}")


def _graphs(shell: Any, route: Route) -> Iterator[CallGraph]:
    """Those of the notebook's releases, and what is known offline of the one that its calls stand in."""
    yield from (release.graph for release in _kernels(shell))
    if route.calls:
        with suppress(ExplorerError):
            yield kernel.open(route.calls[0].location.version, offline=True).graph
