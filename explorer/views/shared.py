"""What every writer of a graph needs: which calls, which functions, how they are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from explorer.graph import Call, CallGraph, Evidence, Route, name_of

__all__ = ["edges_once", "file_of", "nodes_of", "reason", "spoken"]


def edges_once(graph: CallGraph, routes: Sequence[Route]) -> list[Call]:
    """The calls of the routes, or of the whole graph, one for each caller, callee and kind."""
    calls = [call for route in routes for call in route.calls] if routes else graph.calls
    return list({(call.caller, call.callee, call.kind, call.via): call for call in reversed(calls)}.values())[::-1]


def nodes_of(calls: Iterable[Call]) -> list[str]:
    """The ids the calls speak of, in order."""
    return list(dict.fromkeys(key for call in calls for key in (call.caller, call.callee)))


def file_of(key: str) -> str:
    """The file of an id, empty for a function whose definition was not read."""
    return key.partition("@")[2]


def spoken(graph: CallGraph, key: str) -> str:
    """A function's name, with its file and line below it."""
    rows = graph.definitions.get(key, ())
    return (
        f"{name_of(key)}\n{rows[0].file.rpartition('/')[2]}:{rows[0].line}" if rows and rows[0].file else name_of(key)
    )


def reason(evidence: Evidence) -> str:
    """Why a pointer call or a hand-over is there, in words."""
    stored = " and ".join(f"{place.path}:{place.line}" for place in evidence.registrations)
    if not evidence.struct:
        put = f"{evidence.dispatch.path}:{evidence.dispatch.line}"
        return f"put on {' and '.join(evidence.lists)} at {put}, taken at {stored}"
    words = [f"called through {evidence.struct}.{evidence.field}"]
    if evidence.lists:
        words.append(f"found on {', '.join(evidence.lists)}")
    words.append(f"stored at {stored}" if stored else "named by an INDIRECT_CALL macro")
    return "; ".join(words)
