"""How values look at the end of a cell; the values themselves know nothing of notebooks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from explorer.views import fragments

__all__ = ["register"]

_numbers = count(1)  # two maps in one notebook share no id


def _numbered(draw: Callable[[Any, str], str]) -> Callable[[Any], str]:
    return lambda value: draw(value, f"repr-{next(_numbers)}")


_DRAWN: dict[tuple[str, str], Callable[[Any], str]] = {
    ("explorer.kernel", "Kernel"): _numbered(fragments.kernel_html),
    ("explorer.graph.values", "CallGraph"): _numbered(fragments.graph_html),
    ("explorer.trace.take", "Taken"): _numbered(fragments.trace_html),
    ("explorer.graph.values", "Function"): fragments.function_html,
    ("explorer.graph.routes", "Route"): fragments.route_html,
    ("explorer.excerpt", "Excerpt"): fragments.excerpt_html,
    ("explorer.tour.values", "Step"): fragments.step_html,
}


def register(shell: Any) -> None:
    """Give IPython's display the HTML of our values; their classes are not imported for it."""
    html = shell.display_formatter.formatters["text/html"]
    for (module, name), draw in _DRAWN.items():
        html.for_type_by_name(module, name, draw)
