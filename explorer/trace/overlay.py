"""A trace over the static graph: each edge seen, not seen, or one that the graph does not explain.

A compiler inlines functions, and lets one that ends in a call vanish from the stack: a pair A > C is explained where
the graph has a path A > … > C through functions that could have vanished. A softirq begins on top of whatever runs:
that is no call, and no contradiction. What a function does whose body was not read is not judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from explorer.graph import Call, CallGraph, Route, name_of
from explorer.trace.values import Chain, Frame, Trace

__all__ = ["Link", "Overlay", "overlay"]

_MOST_BETWEEN = 5  # functions that may have vanished between two frames
_MOST_PATHS = 64

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """Two frames that follow one another, by FUNC@SRC where the graph has them, and what the graph says to it.

    `outcome`: ``call`` and ``pointer`` are edges of the graph; ``through`` a path of it, whose functions in between are
    `through`, as Frame has them; ``handed`` a softirq that takes from a declared hand-over; ``outside`` where a body
    was not read; ``unexplained`` is what the graph should have and has not.
    """

    caller: str
    callee: str
    outcome: str
    through: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()  # the call sites in the caller that may have led there


@dataclass(frozen=True, repr=False)
class Overlay:
    """A trace joined with a graph; `edges` are those of the routes, each with whether it was seen.

    `by_name` has the link of two frames by the names that they have in the trace.
    """

    trace: Trace
    graph: CallGraph
    links: tuple[Link, ...]
    edges: tuple[tuple[Edge, bool], ...]
    by_name: Mapping[Edge, Link] = field(compare=False, repr=False)

    @property
    def seen(self) -> int:
        """How many of the routes' edges were seen."""
        return sum(seen for _, seen in self.edges)

    @property
    def unexplained(self) -> tuple[Link, ...]:
        """The links that contradict the graph."""
        return tuple(link for link in self.links if link.outcome == "unexplained")

    @property
    def lines(self) -> tuple[int, int]:
        """Of the calls whose line is exact, how many stand where the graph has one of their kind, and how many are."""
        pairs = {
            pair for chain in self.trace.chains for pair in pairwise(chain) if pair[0].line and not pair[0].inferred
        }
        found = [
            any((frame.path, frame.line) == (call.location.path, call.location.line) for call in calls)
            for frame, after in pairs
            if (calls := self.by_name[frame.function, after.function].calls)
        ]
        return sum(found), len(found)

    @property
    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """Caller, callee and seen, unseen or unexpected: what the notebook's widget draws over its picture."""
        known = tuple((*edge, "seen" if seen else "unseen") for edge, seen in self.edges)
        return (*known, *((link.caller, link.callee, "unexpected") for link in self.unexplained))

    @cached_property
    def functions(self) -> frozenset[str]:
        """The ids of the functions that ran, and of those that surely ran as a part of others."""
        parts = {key for edge, seen in self.edges if seen for key in edge}
        return frozenset(self.graph.known(self.trace.functions)) | parts

    def __str__(self) -> str:
        unexplained = len(self.unexplained)
        return f"{self.seen} of {len(self.edges)} edges of the routes seen, {unexplained} unexplained"

    def __repr__(self) -> str:
        return f"<{self.trace.scenario}: {self}>"


def overlay(trace: Trace, graph: CallGraph, routes: Iterable[Route]) -> Overlay:
    """Join a trace with graph and routes of its kernel's version; its frames get their lines where one is sure."""
    join = _Join(trace, graph)
    links = {pair: link for chain in trace.chains for pair, link in join.links(chain)}
    chains = tuple(join.placed(chain) for chain in trace.chains)
    found = tuple(dict.fromkeys(links.values()))
    edges = dict.fromkeys((call.caller, call.callee) for route in routes for call in route.calls)
    seen = set[Edge]().union(*map(join.certain, found))
    seen |= _taken(graph, {*graph.known(trace.functions), *(key for edge in seen for key in edge)})
    return Overlay(replace(trace, chains=chains), graph, found, tuple((edge, edge in seen) for edge in edges), links)


class _Join:
    """The questions asked of the graph, each answered once."""

    def __init__(self, trace: Trace, graph: CallGraph) -> None:
        self._graph = graph
        self._watched = frozenset(trace.watched)
        self._links: dict[Edge, Link] = {}
        self._paths: dict[Edge, tuple[tuple[str, ...], ...]] = {}
        self._takers = {call.callee for call in graph.calls if call.kind == "deferred"}

    def links(self, chain: Chain) -> Iterator[tuple[Edge, Link]]:
        """The links of a chain, by the names of their frames."""
        for one, other in pairwise(chain):
            pair = one.function, other.function
            if pair not in self._links:
                self._links[pair] = self._link(*pair, other.inlined)
            yield pair, self._links[pair]

    def placed(self, chain: Chain) -> Chain:
        """A chain whose frames have the line of their call, where the graph has one call site for it."""
        return (*map(self._placed, chain, chain[1:]), *chain[-1:])

    def _placed(self, frame: Frame, after: Frame) -> Frame:
        link = self._links[frame.function, after.function]
        places = {(call.location.path, call.location.line) for call in link.calls}
        frame = replace(frame, through=link.through)
        if frame.line or len(places) != 1:
            return frame
        ((path, line),) = places
        return replace(frame, path=path, line=line, inferred=True)

    def certain(self, link: Link) -> set[Edge]:
        """The edges that a link shows: its own, or those that every path shares."""
        if link.outcome in ("call", "pointer"):
            return {(link.caller, link.callee)}
        paths = self._paths.get((link.caller, link.callee), ()) if link.outcome == "through" else ()
        return set.intersection(*(set(pairwise(path)) for path in paths)) if paths else set()

    def _link(self, one: str, other: str, inlined: bool) -> Link:
        callers, callees = self._graph.known([one]), self._graph.known([other])
        for caller in callers:
            for callee in callees:
                if calls := [call for call in self._calls(caller) if call.callee == callee]:
                    return Link(caller, callee, calls[0].kind, (), tuple(calls))
        read = [key for key in callers if "@" in key], [key for key in callees if "@" in key]
        for caller in read[0]:
            for callee in callees:
                if paths := self._between(caller, callee):
                    first = {path[1] for path in paths}
                    calls = [call for call in self._calls(caller) if call.callee in first]
                    return Link(caller, callee, "through", _shared(paths), tuple(calls))
        if read[0] and not inlined and any(map(self._begins, read[1])):
            return Link(read[0][0], read[1][0], "handed")
        if any(map(self._firm, read[0])) and any(map(self._firm, read[1])):
            return Link(read[0][0], read[1][0], "unexplained")
        return Link((callers or [one])[0], (callees or [other])[0], "outside")

    def _firm(self, key: str) -> bool:
        """Whether this is surely the function that ran: a header's under #if has another definition elsewhere."""
        return any(not (row.conditions and "inline" in row.linkage) for row in self._graph.definitions[key])

    def _calls(self, key: str) -> list[Call]:
        return [call for call in self._graph.callees(key) if call.kind in ("call", "pointer")]

    def _between(self, caller: str, callee: str) -> tuple[tuple[str, ...], ...]:
        """The paths from one to another through functions that may have vanished, the shortest first."""
        if (caller, callee) not in self._paths:
            self._paths[caller, callee] = tuple(self._search(caller, callee))
        return self._paths[caller, callee]

    def _search(self, caller: str, callee: str) -> Iterator[tuple[str, ...]]:
        pending: list[tuple[str, ...]] = [(caller,)]
        found = 0
        for path in pending:
            for key in dict.fromkeys(call.callee for call in self._calls(path[-1])):
                if key == callee and len(path) > 1:
                    yield (*path, key)
                    found += 1
                elif key not in path and len(path) <= _MOST_BETWEEN and self._may_vanish(key):
                    pending.append((*path, key))
            if found >= _MOST_PATHS or len(pending) > 20_000:
                return

    def _may_vanish(self, key: str) -> bool:
        """Whether a function may be no frame: its body is known, and it was not watched or can be inlined."""
        definitions = self._graph.definitions[key]
        if not definitions[0].file or definitions[0].kind == "macro":
            return False
        return name_of(key) not in self._watched or any("static" in each.linkage for each in definitions)

    def _begins(self, key: str) -> bool:
        """Whether another context begins here: nobody calls this function, and it leads to who takes from a queue."""
        if any(call.kind in ("call", "pointer") for call in self._graph.callers(key)):
            return False
        reached, pending = {key}, [key]
        while pending and not reached & self._takers:
            others = {call.callee for call in self._calls(pending.pop())} - reached
            reached |= others
            pending += others
        return bool(reached & self._takers)


def _shared(paths: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The functions between the ends of the shortest paths, place by place; a|b where the paths differ."""
    least = min(map(len, paths))
    places = zip(*(path[1:-1] for path in paths if len(path) == least), strict=True)
    return tuple("|".join(dict.fromkeys(map(name_of, place))) for place in places)


def _taken(graph: CallGraph, ran: Collection[str]) -> set[Edge]:
    """The hand-overs whose both ends ran."""
    pairs = ((call.caller, call.callee) for call in graph.calls if call.kind == "deferred")
    return {(put, take) for put, take in pairs if put in ran and take in ran}
