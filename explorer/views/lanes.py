"""Any graph in lanes: one lane a file, callers before callees, few crossings; pure Python, and bounded."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from explorer.errors import GraphError
from explorer.graph import Call, CallGraph, Route, name_of
from explorer.tour.words import Words
from explorer.views.layout import (
    Band,
    Box,
    Edge,
    Picture,
    condition_tag,
    heading,
    legend,
    snap,
    text_width,
)
from explorer.views.tips import explain, explain_function

__all__ = ["LIMIT", "lanes"]

LIMIT = 400  # functions; more can be neither read nor laid out in a moment
_UNREAD = "definition not read"
_ROUNDS, _WORK = 12, 40_000  # rounds of ordering and of placing, fewer in a graph with many long edges
_HEIGHT, _SPACE, _GAP, _HEAD, _MARGIN = 32, 8, 56, 24, 8

# A place in a layer: a function's id, or (an edge's or a callee's key, layer) where a long edge passes.
_Spot = str | tuple[object, int]
_Span = tuple[int, int]


def lanes(graph: CallGraph, routes: Sequence[Route] = (), lang: str = "en") -> Picture:
    """Draw routes, or without any every call of a graph; GraphError if that is more than can be read."""
    calls = list(dict.fromkeys(call for route in routes for call in route.calls)) if routes else list(graph.calls)
    keys = list(dict.fromkeys(key for call in calls for key in (call.caller, call.callee)))
    if not keys:
        raise GraphError(f"there is no call to draw in {graph.version}")
    edges = len({(call.caller, call.callee) for call in calls})
    if len(keys) > LIMIT or edges > 4 * LIMIT:
        raise GraphError(
            f"{len(keys)} functions with {edges} edges are too many for a picture (at most {LIMIT}, with {4 * LIMIT}); "
            "name one and add --depth N or --to FUNC, or write the graph for another program with -f dot or -f graphml"
        )
    return _Lanes(graph, routes, calls, keys, Words(lang)).picture()


@dataclass
class _Layers:
    """The layers with the spots in them, and how edges lead from one to the next."""

    rows: list[list[_Spot]]
    before: dict[_Spot, list[_Spot]] = field(default_factory=dict)
    after: dict[_Spot, list[_Spot]] = field(default_factory=dict)

    def join(self, one: _Spot, other: _Spot) -> None:
        if other not in self.after.setdefault(one, []):
            self.after[one].append(other)
            self.before.setdefault(other, []).append(one)

    def near(self, turn: int) -> dict[_Spot, list[_Spot]]:
        """The neighbours to look at: those before on the way forth, those after on the way back."""
        return self.after if turn % 2 else self.before

    def crossings(self) -> int:
        """How often edges between neighbouring layers cross."""
        total = 0
        for upper, lower in pairwise(self.rows):
            place = {spot: number for number, spot in enumerate(lower)}
            seen: list[int] = []
            for spot in upper:
                ends = sorted(place[other] for other in self.after.get(spot, ()))
                total += sum(len(seen) - bisect_right(seen, end) for end in ends)
                for end in ends:
                    insort(seen, end)
        return total


class _Place(NamedTuple):
    """Where a spot is across its layer, and where its layer lies."""

    middle: float
    start: int
    deep: int


class _Lanes:
    def __init__(
        self, graph: CallGraph, routes: Sequence[Route], calls: Sequence[Call], keys: Sequence[str], say: Words
    ) -> None:
        self.graph = graph
        self.say = say
        self.title = say("{title} in Linux {version}", title=heading(routes, "Every call", say), version=graph.version)
        self.keys = keys
        self.calls: dict[tuple[str, str, str], list[Call]] = {}
        for call in calls:
            self.calls.setdefault((call.caller, call.callee, call.kind), []).append(call)
        self.lane = {key: graph.definitions[key][0].file or _UNREAD for key in keys}
        self.rank = {name: number for number, name in enumerate(self._lane_order())}
        self.paths: dict[tuple[str, str], list[_Spot]] = {}
        self.layers = self._layered()
        self.rounds = min(max(_WORK // sum(map(len, self.layers.rows)), 2), _ROUNDS)
        self._reduce()
        self.along = max(map(len, self.layers.rows), default=0) > 3  # layers become columns where one is long

    # -- which layer

    def _lane_order(self) -> list[str]:
        """Each lane where its edges to those already placed are shortest, the largest lane first."""
        sizes = Counter(self.lane.values())
        ties = Counter(frozenset((self.lane[a], self.lane[b])) for a, b, _ in self.calls)
        order: list[str] = []
        for name in sorted(sizes, key=lambda name: (name == _UNREAD, -sizes[name], name)):
            options = [[*order[:place], name, *order[place:]] for place in range(len(order) + 1)]
            order = min(options, key=lambda option: _stretch(option, ties)) if name != _UNREAD else options[-1]
        return order

    def _layered(self) -> _Layers:
        pairs, back = _acyclic(self.keys, [(a, b) for a, b, _ in self.calls if a != b])
        depth = _depths(self.keys, pairs)
        layers = _Layers([[] for _ in range(max(depth.values(), default=0) + 1)])
        for key in self.keys:
            layers.rows[depth[key]].append(key)
        for one, other in pairs:
            reverse = (other, one) in back
            path: list[_Spot] = [one]
            for row in range(depth[one] + 1, depth[other]):
                spot = ((one, other) if reverse else other, row)  # what leads to one function runs together
                if spot not in layers.before:
                    layers.rows[row].append(spot)
                path.append(spot)
                layers.join(path[-2], spot)
            layers.join(path[-1], other)
            path.append(other)
            self.paths[one, other] = path
            self.paths[other, one] = path[::-1]
        return layers

    def _lane_of(self, spot: _Spot) -> str:
        if isinstance(spot, str):
            return self.lane[spot]
        end = spot[0]
        return self.lane[end if isinstance(end, str) else end[1]]  # type: ignore[index]

    # -- which order

    def _reduce(self) -> None:
        """Order each layer by where its neighbours are, forth and back; the best order seen stays."""
        layers = self.layers
        for row in layers.rows:
            row.sort(key=lambda spot: self.rank[self._lane_of(spot)])
        best, fewest = [list(row) for row in layers.rows], layers.crossings()
        for turn in range(self.rounds):
            for other, row in pairwise(layers.rows[:: (-1) ** turn]):
                self._sort(row, other, layers.near(turn))
            count = layers.crossings()
            if count < fewest:
                best, fewest = [list(row) for row in layers.rows], count
        layers.rows = best

    def _sort(self, row: list[_Spot], other: list[_Spot], near: dict[_Spot, list[_Spot]]) -> None:
        place = {spot: number / len(other) for number, spot in enumerate(other)}
        mean = {spot: number / len(row) for number, spot in enumerate(row)}
        for spot in row:
            if ends := near.get(spot):
                mean[spot] = sum(place[end] for end in ends) / len(ends)
        row.sort(key=lambda spot: (self.rank[self._lane_of(spot)], mean[spot]))

    # -- which place

    def _breadth(self, spot: _Spot) -> int:
        """Room across the layer."""
        if not isinstance(spot, str):
            return 0
        return _HEIGHT if self.along else self._wide(spot)

    def _wide(self, key: str) -> int:
        detail, tag = self._detail(key)
        return snap(max(text_width(name_of(key)), text_width(f"{detail}  {tag}")) + 16)

    def _across(self) -> tuple[dict[_Spot, float], dict[str, _Span]]:
        """The middle of each spot across its layer, and where each lane begins and ends."""
        parts = [{name: [s for s in row if self._lane_of(s) == name] for name in self.rank} for row in self.layers.rows]
        head = _HEAD if self.along else 0
        at, spans = _MARGIN, {}
        for name in self.rank:
            size = max(max(self._room(part[name]) for part in parts), 0 if head else int(text_width(name)) + _SPACE)
            spans[name] = at, at + snap(size + head + 2 * _SPACE)
            at = spans[name][1] + _SPACE
        inner = {name: (low + head + _SPACE, high - _SPACE) for name, (low, high) in spans.items()}
        middle: dict[_Spot, float] = {}
        for part in parts:
            for name, spots in part.items():
                self._spread(spots, middle, sum(inner[name]) / 2)
        for turn in range(self.rounds):
            for part in parts[:: (-1) ** turn]:
                for name, spots in part.items():
                    self._settle(spots, self.layers.near(turn), middle, inner[name])
        return middle, spans

    def _spread(self, spots: Sequence[_Spot], middle: dict[_Spot, float], centre: float) -> None:
        """Side by side around the centre."""
        at = centre - self._room(spots) / 2
        for spot in spots:
            middle[spot] = at + self._breadth(spot) / 2
            at += self._breadth(spot) + _SPACE

    def _room(self, spots: Sequence[_Spot]) -> int:
        return sum(self._breadth(spot) + _SPACE for spot in spots) - _SPACE if spots else 0

    def _settle(
        self, spots: Sequence[_Spot], near: dict[_Spot, list[_Spot]], middle: dict[_Spot, float], span: _Span
    ) -> None:
        """Move the spots of one lane towards their neighbours, in order and inside the lane."""
        low, high = map(float, span)
        for spot in spots:
            ends = near.get(spot)
            want = sum(middle[end] for end in ends) / len(ends) if ends else middle[spot]
            half = self._breadth(spot) / 2
            middle[spot] = max(want, low + half)
            low = middle[spot] + half + _SPACE
        for spot in reversed(spots):
            half = self._breadth(spot) / 2
            middle[spot] = min(middle[spot], high - half)
            high = middle[spot] - half - _SPACE

    # -- the picture

    def _detail(self, key: str) -> tuple[str, str]:
        """The line, with the member or queue that leads here, and the tag of a condition."""
        definitions = self.graph.definitions[key]
        into = [call for (_, callee, _), calls in self.calls.items() if callee == key for call in calls]
        vias = sorted({call.via for call in into if call.via})
        line = str(definitions[0].line) if definitions[0].file else ""
        return " · ".join(filter(None, (line, *vias[:1]))), condition_tag(into, definitions) if line else ""

    def picture(self) -> Picture:
        """The geometry; layers lie one below the other, or side by side where one is long."""
        middle, spans = self._across()
        deep = [self._deep(row) for row in self.layers.rows]
        first = _MARGIN + _SPACE + (0 if self.along else _HEAD)
        starts = [first + sum(deep[:number]) + _GAP * number for number in range(len(deep))]
        place = {
            spot: _Place(middle[spot], starts[number], deep[number])
            for number, row in enumerate(self.layers.rows)
            for spot in row
        }
        boxes = tuple(self._box(key, place[key]) for key in self.keys)
        edges = tuple(self._edge(key, calls, place) for key, calls in self.calls.items() if key[0] != key[1])
        end = starts[-1] + deep[-1] + _SPACE
        bands = tuple(self._band(name, *span, end - _MARGIN) for name, span in spans.items())
        width, height = (end, max(high for _, high in spans.values()))[:: 1 if self.along else -1]
        counts = {"functions": len(boxes), "lanes": len(bands), "edges": len(edges)}
        text = self.say("{functions} functions in {lanes} lanes, {edges} edges", **counts)
        keys, version = legend(boxes, edges, self.say), str(self.graph.version)
        return Picture(self.title, text, version, width + _MARGIN, height + _MARGIN, boxes, edges, (), bands, keys)

    def _deep(self, row: Sequence[_Spot]) -> int:
        """Room along the layers."""
        return max((self._wide(s) for s in row if isinstance(s, str)), default=0) if self.along else _HEIGHT

    def _band(self, name: str, low: int, high: int, length: int) -> Band:
        name = self.say(name)
        if self.along:
            return Band(name, _MARGIN, low, length, high - low)
        return Band(name, low, _MARGIN, high - low, length)

    def _box(self, key: str, place: _Place) -> Box:
        definitions = self.graph.definitions[key]
        detail, tag = self._detail(key)
        breadth = self._breadth(key)
        low = place.middle - breadth / 2
        x, y = (place.start, low) if self.along else (low, place.start)
        w, h = (place.deep, breadth) if self.along else (breadth, place.deep)
        tip = explain_function(definitions, self.say)
        return Box(key, definitions[0].kind, "", x, y, w, h, name_of(key), detail, tag, tip)

    def _edge(self, key: tuple[str, str, str], calls: Sequence[Call], places: dict[_Spot, _Place]) -> Edge:
        caller, callee, kind = key
        path = [places[spot] for spot in self.paths[caller, callee]]
        down = path[0].start < path[-1].start
        ends = [(place.start, place.start + place.deep)[:: 1 if down else -1] for place in path]
        points = [(float(end), place.middle) for place, both in zip(path, ends, strict=True) for end in both][1:-1]
        if not self.along:
            points = [(across, along) for along, across in points]
        tip = explain(((call, None) for call in calls), self.say)
        return Edge(
            caller,
            callee,
            kind,
            "",
            tuple(points),
            tip,
            bend="across" if self.along else "down",
            calls=((caller, callee),),
        )


def _stretch(order: Sequence[str], ties: Counter[frozenset[str]]) -> int:
    """The length of the edges between lanes in this order."""
    place = {name: number for number, name in enumerate(order)}
    return sum(
        count * abs(max(at) - min(at)) for tie, count in ties.items() if (at := [place[n] for n in tie if n in place])
    )


def _acyclic(
    keys: Iterable[str], pairs: Iterable[tuple[str, str]]
) -> tuple[list[tuple[str, str]], set[tuple[str, str]]]:
    """The pairs once each, those that close a cycle turned round, and which those were."""
    after: dict[str, dict[str, None]] = {key: {} for key in keys}
    entered: Counter[str] = Counter()
    for one, other in pairs:
        after[one][other] = None
        entered[other] += 1
    state: dict[str, int] = {}
    back: set[tuple[str, str]] = set()
    for root in sorted(after, key=lambda key: entered[key]):
        stack = [(root, iter(after[root]))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            key, rest = stack[-1]
            for other in rest:
                if state.get(other) == 1:
                    back.add((key, other))
                elif other not in state:
                    state[other] = 1
                    stack.append((other, iter(after[other])))
                    break
            else:
                state[key] = 2
                stack.pop()
    turned = [(b, a) if (a, b) in back else (a, b) for a in after for b in after[a]]
    return list(dict.fromkeys(turned)), back


def _depths(keys: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest path to each function; one that nobody here calls stands just before its first callee."""
    after: dict[str, list[str]] = {key: [] for key in keys}
    waiting: Counter[str] = Counter()
    for one, other in pairs:
        after[one].append(other)
        waiting[other] += 1
    depth = dict.fromkeys(keys, 0)
    roots = [key for key in keys if not waiting[key]]
    pending = list(roots)
    for key in pending:
        for other in after[key]:
            depth[other] = max(depth[other], depth[key] + 1)
            waiting[other] -= 1
            if not waiting[other]:
                pending.append(other)
    for key in roots:
        depth[key] = min((depth[other] for other in after[key]), default=1) - 1
    return depth
