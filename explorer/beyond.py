"""Where a route leaves the files of data/files.toml: the files between are found by the names that are called.

Round by round the callees without a definition are looked up, nearest first, the files that define them are read, and
the graph is joined anew, until one end is reached from the other. Functions given as arguments are followed in these
files where data/callbacks.toml says that they are called, as NF_HOOK_COND calls ip_finish_output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from heapq import heappop, heappush
from typing import Any

from explorer import resources
from explorer.errors import FunctionNotFoundError, NoRouteError, NotInVersionError
from explorer.facts import FileFacts, facts_of
from explorer.graph import Call, CallGraph, Evidence, FileInfo, Route, join, name_of, route_between
from explorer.kernel import Kernel, info
from explorer.sources.identifiers import find_definitions
from explorer.sources.open import fetch
from explorer.sources.store import Store
from explorer.sources.values import Source
from explorer.syntax.passed import Passed, passed
from explorer.syntax.unit import Unit
from explorer.version import Location

__all__ = ["route_beyond"]

Log = Callable[[str], None]

_FOLDERS = ("net", "include/net", "include/linux", "drivers/net")
_ROUNDS = 12
_AT_ONCE = 12  # names looked up in a round
_FILES = 60
_LIKELY = ("xmit", "output", "send", "queue", "rcv", "receive", "hook", "skb", "route", "neigh", "_out")
_POINTER = 3  # calls away is what a pointer leads to
_DETOUR = 3  # how much longer than the shortest a way may be


def route_beyond(
    kernel: Kernel, source: Source, start: str, end: str, deferred: bool = False, log: Log | None = None
) -> tuple[CallGraph, Route]:
    """The paths between two functions of a release, and the graph of the files that they run through.

    FunctionNotFoundError where the release defines no such function, NoRouteError where none of the files that were
    looked at led on, SourceError where the source cannot be searched for names.
    """
    return _Search(kernel, source, log or (lambda line: None)).between(start, end, deferred)


class _Search:
    def __init__(self, kernel: Kernel, source: Source, log: Log) -> None:
        self._version = kernel.version
        self._source = source
        self._log = log
        self._facts: list[FileFacts] = list(kernel.facts)
        self._infos: list[FileInfo] = list(kernel.infos)
        self._home = {facts.path for facts in kernel.facts}
        self._asked: set[str] = set()
        self._passed: list[tuple[FileFacts, Passed]] = []

    def between(self, start: str, end: str, deferred: bool) -> tuple[CallGraph, Route]:
        graph = self._graph()
        self._read([name for name in (start, end) if not graph.read(name)])
        for _ in range(_ROUNDS):
            graph = self._graph()
            try:
                route_between(graph, start, end, deferred)
                return graph, route_between(graph, start, end, deferred, self._roundabout(graph, start, end))
            except NoRouteError:
                names = self._frontier(graph, graph.find(start))
                if not names or len(self._facts) >= _FILES:
                    break
                self._read(names)
            except FunctionNotFoundError as error:
                raise FunctionNotFoundError(f"{error}, nor was a definition found elsewhere", error.near) from error
        read = len(self._facts)
        raise NoRouteError(f"no path from {start} to {end} in {self._version}, of {read} files read on the way", [])

    def _read(self, names: list[str]) -> None:
        """Read the files that define some names, as far as they are of the network."""
        bare = [name_of(name) for name in names]
        self._asked.update(bare)
        if bare:
            self._log(f"looking up {', '.join(bare)}")
        found = find_definitions(self._source, self._version, bare, _FOLDERS) if bare else {}
        have = {facts.path for facts in self._facts}
        paths = list(dict.fromkeys(places[0] for places in found.values() if places[0] not in have))
        try:
            files = fetch(self._source, self._version, paths, Store()) if paths else {}
        except NotInVersionError:
            return
        for file in files.values():
            facts = facts_of(file)
            self._facts.append(facts)
            self._infos.append(info(facts, file.origin))
            self._passed += [(facts, row) for row in passed(Unit(file.text), _callbacks())]

    def _graph(self) -> CallGraph:
        graph = join(self._version, self._facts, self._infos)
        return replace(graph, calls=(*graph.calls, *self._given(graph)))

    def _given(self, graph: CallGraph) -> Iterator[Call]:
        """The calls of functions that were given as arguments."""
        for facts, row in self._passed:
            caller, place = facts.definitions[row.caller], Location(self._version, facts.path, row.line)
            for key in graph.known([f"{row.name}@{facts.path}"]) or graph.known([row.name]):
                evidence = Evidence("", row.callee, (), place, (place,))
                name = f"{caller.name}@{facts.path}"
                yield Call(name, key, place, "pointer", row.callee, evidence, row.conditions, caller.first)

    def _roundabout(self, graph: CallGraph, start: str, end: str) -> frozenset[str]:
        """The functions of the files read here that only ways much longer than the shortest lead through.

        Sending a datagram may release a socket, whose backlog may answer with a reset: that is a path as well.
        """
        there, back = _distances(graph, graph.find(start), "callee"), _distances(graph, graph.find(end), "caller")
        most = there[graph.find(end)] + _DETOUR
        read = {key for key in there.keys() & back.keys() if key.partition("@")[2] not in self._home}
        return frozenset(key for key in read if there[key] + back[key] > most)

    def _frontier(self, graph: CallGraph, start: str) -> list[str]:
        """The names to look up next: callees without a definition, nearest to the start, by how a frame may go on."""
        distances = _distances(graph, start, "callee", _likely)
        unread = [key for key in distances if "@" not in key and key not in self._asked]
        return sorted(list(filter(_likely, unread)) or unread, key=distances.__getitem__)[:_AT_ONCE]


def _distances(
    graph: CallGraph, start: str, end: str, macro: Callable[[str], bool] = lambda name: False
) -> dict[str, int]:
    """How many calls away the callees, or the callers, of a function are, nearest first; a pointer counts as three."""
    follow = graph.callees if end == "callee" else graph.callers
    found: dict[str, int] = {}
    queue = [(0, start)]
    while queue:
        distance, key = heappop(queue)
        if key in found:
            continue
        found[key] = distance
        for call in follow(key):
            other = getattr(call, end)
            if other not in found and (call.kind != "macro" or macro(other)):
                heappush(queue, (distance + (_POINTER if call.kind == "pointer" else 1), other))
    return found


@cache
def _callbacks() -> frozenset[str]:
    rows: Any = resources.data("callbacks.toml")["callbacks"]
    return frozenset(name for row in rows for name in row["names"])


def _likely(name: str) -> bool:
    return any(word in name.lower() for word in _LIKELY)
