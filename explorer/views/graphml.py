"""GraphML, for yEd, Gephi and networkx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from explorer.graph import CallGraph, Route
from explorer.views.shared import nodes_of

__all__ = ["graphml"]

_KEYS = {
    "node": {"name": "string", "file": "string", "line": "int", "kind": "string"},
    "edge": {"relation": "string", "file": "string", "line": "int", "via": "string", "conditions": "string"},
}


def graphml(graph: CallGraph, routes: Sequence[Route] = ()) -> str:
    """The routes, or the whole graph, as GraphML; every call site is an edge."""
    calls = [call for route in routes for call in route.calls] if routes else list(graph.calls)
    root = ElementTree.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for target, keys in _KEYS.items():
        for name, kind in keys.items():
            attributes = {"id": f"{target[0]}_{name}", "for": target, "attr.name": name, "attr.type": kind}
            ElementTree.SubElement(root, "key", attributes)
    body = ElementTree.SubElement(root, "graph", id=f"Linux {graph.version}", edgedefault="directed")
    for key in nodes_of(calls):
        row = graph.definitions[key][0]
        node = ElementTree.SubElement(body, "node", id=key)
        _data(node, "n", {"name": row.name, "file": row.file, "line": row.line, "kind": row.kind})
    for call in dict.fromkeys(calls):
        edge = ElementTree.SubElement(body, "edge", source=call.caller, target=call.callee)
        where = {"relation": call.kind, "file": call.location.path, "line": call.location.line, "via": call.via}
        _data(edge, "e", {**where, "conditions": ", ".join(call.conditions)})
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _data(element: ElementTree.Element, prefix: str, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if value:
            ElementTree.SubElement(element, "data", key=f"{prefix}_{name}").text = str(value)
