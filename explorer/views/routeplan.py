"""What stands on the route map: functions in blocks, blocks in columns, and the calls that join them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from explorer.graph import Call, CallGraph, Route, name_of

__all__ = ["DRIVER", "Block", "Plan", "lists_of"]

DRIVER = "loopback_xmit"  # stands for every driver's ndo_start_xmit


@dataclass(frozen=True, slots=True)
class Block:
    """Functions that stand together: one in a box of its own, several in a panel."""

    members: tuple[str, ...]
    rail: str
    strong: bool = False


class Plan:
    """Which functions are on the map, in which block and column, and what joins the blocks."""

    def __init__(self, graph: CallGraph, routes: Sequence[Route]) -> None:
        self.graph = graph
        self.routes = routes

    def on(self, rail: str) -> list[Route]:
        """The routes of a rail."""
        return [route for route in self.routes if route.rail == rail]

    @cached_property
    def dispatches(self) -> list[tuple[Call, Route]]:
        """The pointer calls of functions that stand on a list."""
        pointers = [(call, route) for route in self.routes for call in route.calls if call.kind == "pointer"]
        return [(call, route) for call, route in pointers if lists_of(call, route)]

    @cached_property
    def tap_lists(self) -> list[str]:
        """The lists that a sent frame is shown to."""
        return _once(
            name for call, route in self.dispatches if route.rail == "transmit" for name in lists_of(call, route)
        )

    @cached_property
    def other_lists(self) -> list[str]:
        """The lists that only a received frame is shown to."""
        names = _once(name for call, route in self.dispatches for name in lists_of(call, route))
        return [name for name in names if name not in self.tap_lists]

    @cached_property
    def handlers(self) -> list[str]:
        """The functions that the lists lead to and that take a socket's copy."""
        found: dict[str, set[str]] = {}
        for call, route in self.dispatches:
            found.setdefault(call.callee, set()).update(lists_of(call, route))
        most = max(map(len, found.values()), default=0)
        return [key for key, names in found.items() if names & set(self.tap_lists) or len(names) == most]

    @cached_property
    def aside(self) -> list[str]:
        """Other functions on the same lists: ip_rcv."""
        return _once(call.callee for call, _ in self.dispatches if call.callee not in self.handlers)

    @cached_property
    def takers(self) -> list[str]:
        """Who takes from the queue that a handler puts a frame on: packet_recvmsg."""
        return _once(
            call.callee for key in self.handlers for call in self.graph.callees(key) if call.kind == "deferred"
        )

    @cached_property
    def receive(self) -> list[str]:
        """The functions that stand on the receive rail."""
        ends = {*self.handlers, *self.aside, *self.takers}
        return _once(key for route in self.on("receive") for key in route.functions if key not in ends)

    @cached_property
    def transmit(self) -> list[str]:
        """The functions that stand on the transmit rail, and the driver if they call it."""
        ends = {*self.handlers, *self.aside, *self.takers, *self.receive}
        found = _once(key for route in self.on("transmit") for key in route.functions if key not in ends)
        drivers = self.graph.known([DRIVER])
        return _once([*found, *(key for key in drivers if any(c.caller in found for c in self.graph.callers(key)))])

    @cached_property
    def register(self) -> list[str]:
        """The functions that stand on the register rail."""
        others = {*self.transmit, *self.receive}
        return _once(key for route in self.on("register") for key in route.functions if key not in others)

    @cached_property
    def calls(self) -> list[tuple[Call, str]]:
        """The calls that are drawn, with their rail: those of the routes, and what leads to the device and back in."""
        found = {call: route.rail for route in self.routes for call in route.calls}
        sent = set(self.transmit)
        for key in self.transmit:
            for call in self.graph.callees(key):
                back = name_of(key) == DRIVER and call.callee in self.receive
                if call.kind in ("call", "pointer") and (back or call.callee in sent):
                    found.setdefault(call, "transmit")
        return [(call, rail) for call, rail in found.items() if call.caller != call.callee]

    @cached_property
    def handovers(self) -> list[tuple[Call, str, str]]:
        """Hand-overs between functions of the map, or what these call to put or to take."""
        drawn = {*self.transmit, *self.receive, *self.handlers, *self.takers}
        found = []
        for call in self.graph.calls:
            if call.kind == "deferred":
                ends = [self._host(key, drawn) for key in (call.caller, call.callee)]
                if all(ends):
                    found.append((call, ends[0], ends[1]))
        return found

    def _host(self, key: str, drawn: set[str]) -> str:
        """The function itself if it is on the map, else one on the map that calls it."""
        if key in drawn:
            return key
        return next(
            (call.caller for call in self.graph.callers(key) if call.kind == "call" and call.caller in drawn), ""
        )

    @cached_property
    def spoken(self) -> list[Call]:
        """The calls whose edge has words on it."""
        return [call for call, _ in self.calls if call.kind == "pointer"] + [call for call, _, _ in self.handovers]

    @cached_property
    def guests(self) -> dict[str, list[str]]:
        """Functions that only put or take, by the function of the map that calls them."""
        found: dict[str, list[str]] = {}
        for call, put, take in self.handovers:
            for key, host in ((call.caller, put), (call.callee, take)):
                if key != host and key not in found.setdefault(host, []):
                    found[host].append(key)
        return found

    @cached_property
    def sent_spine(self) -> list[str]:
        """From dev_queue_xmit to the function that shows a frame to every tap."""
        return self._spine("transmit")

    @cached_property
    def received_spine(self) -> list[str]:
        """From netif_receive_skb to a function that only calls through the lists."""
        return self._spine("receive", last=True)

    def _spine(self, rail: str, last: bool = False) -> list[str]:
        """The shortest way of a route to a function that calls through the lists, or to the last such."""
        for route in self.on(rail):
            calls = [call for call in route.calls if call.kind == "call"]
            if ends := {call.caller for call, other in self.dispatches if other is route}:
                leading = {call.caller for call in calls} if last else set()
                return _shortest(route.functions[0], ends - leading or ends, calls)
        return []

    @cached_property
    def strong(self) -> set[str]:
        """What a reader should see first."""
        return {*self.sent_spine, *self.received_spine}

    def block(self, members: Sequence[str], rail: str) -> Block:
        """Functions in one block, each followed by those that only put or take for it."""
        strong = set(members) <= self.strong
        return Block(tuple(key for member in members for key in (member, *self.guests.get(member, ()))), rail, strong)

    @cached_property
    def sent_rows(self) -> list[tuple[Block | None, Block | None]]:
        """Transmit, top to bottom: left the spine, what leads to it and on to the device; right what branches off."""
        sent = set(self.transmit)
        edges = [(call.caller, call.callee) for call, _ in self.calls if {call.caller, call.callee} <= sent]
        walkers = {call.caller for call, _ in self.dispatches}
        spine = [key for key in self.sent_spine if key not in walkers]
        before = _reach(spine[:1], edges, -1)
        after = _reach(spine[-1:], edges, 1) - walkers - _reach(walkers, edges, -1)
        left = {*spine, *before, *after} if spine else sent
        layers = _layers(self.transmit, [*edges, *self._past(spine[:1], edges, left)])
        rows: list[tuple[Block | None, Block | None]] = []
        for depth in range(max(layers.values(), default=-1) + 1):
            keys = [key for key in self.transmit if layers[key] == depth]
            main = sorted((key for key in keys if key in left), key=lambda key: key not in spine)[:1]
            pair = (main, [key for key in keys if key not in main])
            one, two = (self.block(members, "transmit") if members else None for members in pair)
            rows.append((one, two))
        return rows

    def _past(self, first: Sequence[str], edges: Sequence[tuple[str, str]], left: set[str]) -> list[tuple[str, str]]:
        """Edges that let the branch that goes past the spine end above the one that comes back to it."""
        through = {key for route in self.on("transmit") if set(first) & set(route.functions) for key in route.functions}
        past = [key for key in self.transmit if key not in through | left]
        back = [key for key in self.transmit if key in through - left - _reach(past, edges, -1)]
        return [(one, other) for one in past for other in back]

    @cached_property
    def backlog(self) -> list[Block]:
        """Receive routes with a hand-over in them, from the taker down to where a frame comes in."""
        found = [route for route in self.on("receive") if self._deferred(route)]
        others = {key for route in self.on("receive") if route not in found for key in route.functions}
        keys = _once(key for route in found for key in route.functions if key in self.receive and key not in others)
        layers = _layers(keys, self._edges)
        depths = range(max(layers.values(), default=-1), -1, -1)
        return [self.block([key for key in keys if layers[key] == depth], "receive") for depth in depths]

    def _deferred(self, route: Route) -> bool:
        return any(call.kind == "deferred" and call.callee in self.receive for call in route.calls)

    @cached_property
    def _edges(self) -> list[tuple[str, str]]:
        return [(call.caller, call.callee) for call, _ in self.calls]

    @cached_property
    def received_side(self) -> list[Block]:
        """What else is on the receive rail: connected functions of one route in one panel, the highest first."""
        placed = {*self.received_spine, *(key for block in self.backlog for key in block.members)}
        called = {target for _, target in self._edges}
        blocks = []
        for route in self.on("receive"):
            own = [key for key in route.functions if key in self.receive and key not in placed]
            placed.update(own)
            groups = _groups(own, self._edges)
            between = [group[0] for group in groups if len(group) == 1 and group[0] in called]
            rest = [group for group in groups if group[0] not in between]
            blocks += [self.block(members, "receive") for members in ([between] if between else []) + rest]
        return blocks

    @cached_property
    def registering(self) -> list[Block]:
        """Registration from top to bottom: where a program comes in, what these share, and who puts it on the list."""
        layers = _layers(self.register, self._edges)
        groups: dict[tuple[bool, str], list[str]] = {}
        for key in self.register:
            groups.setdefault((layers[key] > 0, key.partition("@")[2]), []).append(key)
        ordered = sorted(groups.items(), key=lambda group: group[0][0] and max(layers[key] for key in group[1]))
        return [self.block(members, "register") for _, members in ordered]


def lists_of(call: Call, route: Route) -> tuple[str, ...]:
    """The lists on which a pointer call of this route finds its target."""
    return call.evidence.lists_on(route.functions) if call.evidence else ()


def _once(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))


def _shortest(start: str, ends: set[str], calls: Sequence[Call]) -> list[str]:
    paths = [[start]]
    seen = {start}
    for path in paths:
        if path[-1] in ends:
            return path
        for call in calls:
            if call.caller == path[-1] and call.callee not in seen:
                seen.add(call.callee)
                paths.append([*path, call.callee])
    return []


def _layers(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest path to each function from one that none of them calls, without edges that close a cycle."""
    callers: dict[str, list[str]] = {key: [] for key in keys}
    for source, target in edges:
        if source in callers and target in callers and source != target:
            callers[target].append(source)
    found: dict[str, int] = {}

    def depth(key: str, below: tuple[str, ...]) -> int:
        if key not in found:
            found[key] = max((depth(up, (*below, key)) + 1 for up in callers[key] if up not in below), default=0)
        return found[key]

    for key in keys:
        depth(key, ())
    return found


def _reach(starts: Iterable[str], edges: Sequence[tuple[str, str]], way: int) -> set[str]:
    """What leads to the starts (way -1) or what they lead to (way 1), without them."""
    first = set(starts)
    found = set(first)
    while more := {there for here, there in (edge[::way] for edge in edges) if here in found} - found:
        found |= more
    return found - first


def _groups(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Keys that edges join, in the order given."""
    left = list(keys)
    groups = []
    while left:
        inside = {left[0]}
        while more := {key for edge in edges if inside & set(edge) for key in edge if key in left} - inside:
            inside |= more
        groups.append([key for key in left if key in inside])
        left = [key for key in left if key not in inside]
    return groups
