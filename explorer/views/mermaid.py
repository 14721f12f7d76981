"""Mermaid, for Markdown pages that draw it."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.graph import CallGraph, Route
from explorer.views.shared import edges_once, nodes_of, spoken

__all__ = ["mermaid"]

_ARROW = {"call": "-->", "pointer": "-.->", "deferred": "-.->", "macro": "-->"}


def mermaid(graph: CallGraph, routes: Sequence[Route] = ()) -> str:
    """The routes, or the whole graph, as a Mermaid flowchart."""
    calls = edges_once(graph, routes)
    number = {key: f"n{index}" for index, key in enumerate(nodes_of(calls))}
    lines = [f"%% Linux {graph.version}", "flowchart TD"]
    lines += [f'  {number[key]}["{_text(spoken(graph, key))}"]' for key in number]
    for call in calls:
        label = f'|"{_text(call.via)}"|' if call.via else ""
        lines.append(f"  {number[call.caller]} {_ARROW[call.kind]}{label} {number[call.callee]}")
    return "\n".join([*lines, ""])


def _text(text: str) -> str:
    """Mermaid's entity for what would end a label."""
    for char, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(char, entity)
    return text.replace("\n", "<br>")
