"""Routes: the paths between functions, ordered, without cycles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from explorer import resources
from explorer.errors import NoRouteError
from explorer.graph.values import Call, CallGraph, name_of

__all__ = ["Route", "around", "route_between", "routes"]

_CALLS = ("call", "pointer")


@dataclass(frozen=True, slots=True)
class Route:
    """The calls on every path from some functions to others, in the order a reader walks them.

    A call stands behind the one that leads to it; a second way into a function is listed where it branches off, once.
    A deferred call joins two legs.
    """

    id: str
    title: str
    rail: str
    calls: tuple[Call, ...]

    @property
    def functions(self) -> tuple[str, ...]:
        """The ids on the route, in order."""
        return tuple(dict.fromkeys(key for call in self.calls for key in (call.caller, call.callee)))


def routes(graph: CallGraph) -> tuple[Route, ...]:
    """The named routes of data/routes.toml that this version has."""
    found: dict[str, Route] = {}
    rows: Any = resources.data("routes.toml")["routes"]
    for row in rows:
        on = found[row["joins"]].functions if row.get("joins") in found else ()
        if calls := _legs(graph, row["legs"], on):
            avoid = graph.known(name for leg in row["legs"] for name in leg.get("avoid", ()))
            found[row["id"]] = Route(row["id"], row["title"], row["rail"], _with_handovers(graph, calls, avoid))
    return tuple(found.values())


def around(graph: CallGraph, functions: Iterable[str], depth: int = 1, macros: bool = False) -> Route:
    """The callers and callees of some functions, `depth` calls away; macro uses only where asked for."""
    centre = [graph.find(name) for name in functions]
    kinds = (*_CALLS, "deferred", "macro") if macros else (*_CALLS, "deferred")
    found: dict[Call, None] = {}
    for follow in (graph.callers, graph.callees):
        edge = centre
        for _ in range(depth):
            calls = [call for key in edge for call in follow(key) if call.kind in kinds]
            found.update(dict.fromkeys(calls))
            edge = [call.caller if follow == graph.callers else call.callee for call in calls]
    names = ", ".join(name_of(key) for key in centre)
    return Route(
        names, f"its callers and callees, {depth} away" if depth > 1 else "its callers and callees", "", tuple(found)
    )


def _with_handovers(graph: CallGraph, calls: tuple[Call, ...], avoid: Collection[str]) -> tuple[Call, ...]:
    """With the hand-overs that functions of the route make, or a function makes that they call on the way.

    There another context takes what the route puts; a taker that the route is to avoid is left out.
    """
    found = dict.fromkeys(calls)
    leading = {call.caller for call in calls}
    on = dict.fromkeys(key for call in calls for key in (call.caller, call.callee))
    for key in on:
        for call in graph.callees(key):
            if call.kind == "deferred" and call.callee not in avoid:
                found[call] = None
            elif call.kind == "call" and key in leading and call.callee not in on and call.callee not in avoid:
                puts = [put for put in graph.callees(call.callee) if put.kind == "deferred" and put.callee not in avoid]
                found.update(dict.fromkeys([call, *puts] if puts else []))
    return tuple(found)


def route_between(graph: CallGraph, start: str, end: str, deferred: bool = False, avoid: Collection[str] = ()) -> Route:
    """Every path from one function to another; NoRouteError, with what was reached, if there is none."""
    first, last = graph.find(start), graph.find(end)
    kinds = (*_CALLS, "deferred") if deferred else _CALLS
    calls = _between(graph, [first], [last], avoid, kinds)
    if not calls:
        reached = [name_of(key) for key in _reachable([first], _step(graph, "callees", kinds, ()))]
        hint = "" if deferred else "; paths are cut at hand-overs: add --deferred to cross a queue"
        raise NoRouteError(
            f"no path from {first} to {last} in {graph.version}, of {len(reached)} functions reached{hint}", reached
        )
    return Route(f"{name_of(first)}..{name_of(last)}", f"{name_of(first)} to {name_of(last)}", "", tuple(calls))


def _legs(graph: CallGraph, legs: Sequence[dict[str, Any]], joined: Sequence[str]) -> tuple[Call, ...]:
    calls: dict[Call, None] = {}
    for leg in legs:
        starts = graph.known(leg["from"])
        if calls:
            reached = dict.fromkeys(key for call in calls for key in (call.caller, call.callee))
            bridges = [
                call
                for key in reached
                for call in graph.callees(key)
                if call.kind == "deferred" and call.callee in starts
            ]
            calls.update(dict.fromkeys(bridges))
            starts = [key for key in starts if key in reached or any(call.callee == key for call in bridges)]
        ends = graph.known(leg["to"]) if "to" in leg else [key for key in joined if key not in starts]
        ends = [key for key in ends if key not in starts] or ends
        calls.update(dict.fromkeys(_between(graph, starts, ends, graph.known(leg.get("avoid", ())), _CALLS)))
        if not calls and not set(starts) & set(ends):
            return ()
    return tuple(calls)


def _between(
    graph: CallGraph, starts: Collection[str], ends: Collection[str], avoid: Collection[str], kinds: Collection[str]
) -> list[Call]:
    """The calls on paths from `starts` to `ends` that stop at `ends`, depth first, cycles left out."""
    stop = set(ends)
    forward = _reachable(starts, _step(graph, "callees", kinds, avoid, stop - set(starts)))
    on_path = set(_reachable([key for key in ends if key in forward], _step(graph, "callers", kinds, avoid))) & set(
        forward
    )
    calls: list[Call] = []
    done: set[str] = set()

    def walk(key: str, above: tuple[str, ...]) -> None:
        if key in done or (key in stop and above):
            return
        done.add(key)
        for call in graph.callees(key):
            if call.kind in kinds and call.callee in on_path and call.callee not in (*above, key):
                calls.append(call)
                walk(call.callee, (*above, key))

    for start in starts:
        if start in on_path:
            walk(start, ())
    return _pruned(calls, stop)


def _pruned(calls: list[Call], ends: Collection[str]) -> list[Call]:
    """Without the calls that led on only by a cycle."""
    while True:
        leading = {call.caller for call in calls}
        kept = [call for call in calls if call.callee in leading or call.callee in ends]
        if len(kept) == len(calls):
            return kept
        calls = kept


def _step(
    graph: CallGraph, direction: str, kinds: Collection[str], avoid: Collection[str], stop: Collection[str] = ()
) -> Callable[[str], Iterable[str]]:
    outward = direction == "callees"
    follow = graph.callees if outward else graph.callers

    def step(key: str) -> Iterable[str]:
        if key in stop:
            return ()
        others = ((call.callee if outward else call.caller) for call in follow(key) if call.kind in kinds)
        return (other for other in others if other not in avoid)

    return step


def _reachable(starts: Iterable[str], step: Callable[[str], Iterable[str]]) -> list[str]:
    found = dict.fromkeys(starts)
    pending = list(found)
    while pending:
        for other in step(pending.pop()):
            if other not in found:
                found[other] = None
                pending.append(other)
    return list(found)
