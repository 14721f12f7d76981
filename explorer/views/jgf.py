"""JSON Graph Format v2, the contract with other programs: data/schemas/graph.schema.json."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from explorer import __version__
from explorer.graph import Call, CallGraph, Evidence, Function, Route

__all__ = ["jgf"]


def jgf(graph: CallGraph, routes: Sequence[Route] = ()) -> str:
    """The routes, or without any the whole graph, as JGF; one line a node and an edge."""
    calls = tuple(dict.fromkeys(call for route in routes for call in route.calls)) if routes else graph.calls
    keys = _used(calls, graph) if routes else list(graph.definitions)
    # One dump of all is quick; a quote inside a string is escaped, so what is replaced is always between two rows.
    nodes = _dump({key: _node(key, graph.definitions.get(key, ())) for key in keys}).replace('}}, "', '}},\n"')
    dumped = _Dumped()
    edges = ",\n".join(_edge(call, dumped) for call in calls)
    head = f'"directed": true, "type": "call graph", "label": {_dump(f"Linux {graph.version}")}'
    metadata = _dump(_metadata(graph, routes, calls, set(keys)))
    return f'{{"graph": {{{head},\n"metadata": {metadata},\n"nodes": {nodes},\n"edges": [{edges}]}}}}\n'


def _used(calls: Iterable[Call], graph: CallGraph) -> list[str]:
    return list(dict.fromkeys(key for call in calls for key in (call.caller, call.callee)))


def _metadata(
    graph: CallGraph, routes: Sequence[Route], calls: Sequence[Call], keys: Collection[str]
) -> dict[str, Any]:
    number = {call: index for index, call in enumerate(calls)} if routes else {}
    return {
        "version": str(graph.version),
        "tool": f"packet-path-explorer {__version__}",
        "files": {
            info.path: {
                "blob": info.blob,
                "origin": info.origin,
                "verified": info.verified,
                "remark": info.remark,
                "parse_errors": info.errors,
            }
            for info in graph.files
        },
        "routes": [
            {"id": route.id, "title": route.title, "edges": [number[call] for call in route.calls]} for route in routes
        ],
        "lost_handovers": graph.lost,
        "unresolved": [
            {
                "source": row.caller,
                "file": row.location.path,
                "line": row.location.line,
                "expression": row.expression,
                "reason": row.reason,
            }
            for row in graph.unresolved
            if row.caller in keys
        ],
    }


def _node(key: str, definitions: Sequence[Function]) -> dict[str, Any]:
    if not definitions:
        return {"label": key, "metadata": {"kind": "external"}}
    first = definitions[0]
    if not first.file:
        return {"label": first.name, "metadata": {"kind": first.kind}}
    kinds = {row.kind for row in definitions}
    return {
        "label": first.name,
        "metadata": {
            "file": first.file,
            "first": first.first,
            "last": first.last,
            "kind": "function" if "function" in kinds else "macro",
            "conditions": first.conditions,
            "definitions": [
                {
                    "kind": row.kind,
                    "line": row.line,
                    "first": row.first,
                    "last": row.last,
                    "linkage": row.linkage,
                    "conditions": row.conditions,
                }
                for row in definitions
            ],
        },
    }


class _Dumped(dict[Any, str]):
    """Values as JSON, each dumped once: thousands of edges have the same few hundred names."""

    def __missing__(self, value: Any) -> str:
        self[value] = made = _dump(value)
        return made


def _edge(call: Call, dumped: _Dumped) -> str:
    place, evidence = call.location, call.evidence
    via = f', "via": {dumped[call.via]}' if call.via else ""
    why = f', "evidence": {_dump(_evidence(evidence))}' if evidence else ""
    return (
        f'{{"source": {dumped[call.caller]}, "target": {dumped[call.callee]}, "relation": {dumped[call.kind]}, '
        f'"metadata": {{"file": {dumped[place.path]}, "line": {place.line}, "definition": {call.first}{via}{why}, '
        f'"conditions": {dumped[call.conditions]}}}}}'
    )


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "struct": evidence.struct,
        "field": evidence.field,
        "list": evidence.lists,
        "dispatch": f"{evidence.dispatch.path}:{evidence.dispatch.line}",
        "registrations": [f"{place.path}:{place.line}" for place in evidence.registrations],
    }


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
