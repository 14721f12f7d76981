"""Graphviz: one cluster a file, the edges of the legend."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.graph import Call, CallGraph, Route
from explorer.views.shared import edges_once, file_of, nodes_of, spoken

__all__ = ["dot"]

_STYLE = {"call": "solid", "pointer": "dashed", "deferred": "dotted", "macro": "solid"}


def dot(graph: CallGraph, routes: Sequence[Route] = ()) -> str:
    """The routes, or the whole graph, for `dot -Tsvg`."""
    calls = edges_once(graph, routes)
    lines = [
        f"digraph {_quoted(f'Linux {graph.version}')} {{",
        '  node [shape=box, fontname="monospace", fontsize=10];',
    ]
    by_file: dict[str, list[str]] = {}
    for key in nodes_of(calls):
        by_file.setdefault(file_of(key), []).append(key)
    for number, (file, keys) in enumerate(sorted(by_file.items())):
        names = " ".join(f"{_quoted(key)} [label={_quoted(spoken(graph, key))}];" for key in keys)
        lines.append(f"  subgraph cluster_{number} {{ label={_quoted(file)}; {names} }}" if file else f"  {names}")
    lines += [_edge(call) for call in calls]
    return "\n".join([*lines, "}\n"])


def _edge(call: Call) -> str:
    colour = ", color=gray60" if call.kind == "macro" else ""
    label = f", label={_quoted(call.via)}" if call.via else ""
    style = f"style={_STYLE[call.kind]}{label}{colour}, tooltip={_quoted(str(call))}"
    return f"  {_quoted(call.caller)} -> {_quoted(call.callee)} [{style}];"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
