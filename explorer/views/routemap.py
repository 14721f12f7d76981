"""The route map: user space on top and the device below, transmit down on the left, receive up on the right.

The lists of taps stand between, their handlers above them, registration comes from the side. Which functions there are,
and their order, is the graph's; only the places belong to the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from explorer.graph import Call, CallGraph, Route, name_of
from explorer.tour.words import Words
from explorer.views.layout import (
    GRID,
    ROW,
    Band,
    Box,
    Edge,
    Label,
    Picture,
    condition_tag,
    heading,
    legend,
    place_label,
    short_place,
    snap,
    text_width,
)
from explorer.views.routeplan import Block, Plan
from explorer.views.tips import explain, explain_function
from explorer.views.wires import Rect, Sides, Wire, Wires

__all__ = ["LOOP", "RAILS", "WAYS", "routemap"]

RAILS = ("transmit", "receive", "register")
_SYSCALLS = {"transmit": "sendto()", "tap": "recvmsg()", "register": "socket() bind() setsockopt()"}
WAYS = {"lists:in": "on the way in", "lists:out": "on the way out and in"}
LOOP = "lo: what goes out comes in"
_USER, _DEVICE, _TOP, _BOTTOM = 48, 24, 72, 48  # the two bands, and where the boxes begin and end
_LEFT, _GAP, _WIDE, _HEIGHT = 16, 24, 40, 32  # a margin, room for an arrow, and for one with words, a box
_ALLEYS = (24, 56, 32)  # room for wires between the four columns

_Row = tuple[Block | None, ...]


def routemap(graph: CallGraph, routes: Sequence[Route], lang: str = "en") -> Picture:
    """Draw routes that have a rail."""
    return _Drawing(Plan(graph, routes), Words(lang)).picture()


class _Drawing:
    """Places of the blocks, and the wires between them."""

    def __init__(self, plan: Plan, say: Words) -> None:
        self.plan = plan
        self.say = say
        self.boxes: list[Box] = []
        self.labels: list[Label] = []
        self.home: dict[str, str] = {}  # the box that an edge of a function ends at
        self.right = 0
        self.bottom = 0

    def picture(self) -> Picture:
        self._place()
        graph, say = self.plan.graph, self.say
        width, height = self.right + _LEFT, self.bottom + _BOTTOM
        wired = _wired(self.boxes, _joints(self.plan, self.home), (width, height), say)
        labels = _labels(wired, self.boxes, Band("", 0, _USER, width, height - _DEVICE - _USER))
        edges = [edge for edge, _ in wired]
        about = heading(self.plan.routes, "How a frame reaches a packet socket", say)
        title = say("{title} in Linux {version}", title=about, version=graph.version)
        words = say("; ").join(say(route.title) for route in self.plan.routes)
        bands = (
            Band(say("user space"), 0, 0, width, _USER, "user"),
            Band(say("device"), 0, height - _DEVICE, width, _DEVICE, "device"),
        )
        shown = tuple(self.boxes), tuple(edges), (*labels, *self.labels), bands, legend(self.boxes, edges, say)
        return Picture(title, words, str(graph.version), width, height, *shown)

    def _place(self) -> None:
        plan = self.plan
        sent = plan.sent_rows
        spine = [(plan.block([key], "receive"),) for key in reversed(plan.received_spine)]
        spine += [(block,) for block in plan.backlog]
        side = [*plan.registering, *plan.received_side]
        one = self._width((left for left, _ in sent), 144)
        two = self._width((right for _, right in sent), 144)
        three = max(self._width((block for (block,) in spine), 176), self._ends_width(), self._lists_width())
        four = max(snap(self._need(side, 176)), snap(text_width(_SYSCALLS["register"]) + 8) if plan.registering else 0)
        x2 = _LEFT + one + (_ALLEYS[0] if one else 0)
        x3 = x2 + two + (_ALLEYS[1] if one or two else 0)
        x4 = x3 + three + (_ALLEYS[2] if three else 0)
        self.right = x4 + four
        need = [self._tall(sent, (one, two)), self._tall([(block,) for block in side], (four,))]
        need.append(self._ends_height(three) + self._lists_height() + _GAP + self._tall(spine, (three,)))
        self.bottom = _TOP + max(need)
        self._column(sent, (_LEFT, x2), (one, two), _TOP)
        top = self._lists(x3, three, self._ends(x3, three))
        self._column(spine, (x3,), (three,), top)
        self._side(x4, four)
        self._entries({"transmit": _LEFT, "tap": x3, "register": x4})

    def _entries(self, xs: dict[str, int]) -> None:
        """What a program calls to get to the functions on top."""
        tops = {(box.x, box.rail) for box in self.boxes if box.y == _TOP}
        self.labels = [
            Label(_SYSCALLS[rail], x, _USER - 18, rail, "user") for rail, x in xs.items() if (x, rail) in tops
        ]

    def _tall(self, rows: Sequence[_Row], widths: Sequence[int]) -> int:
        return sum(self._row_height(row, widths) for row in rows) + sum(self._gap(*pair) for pair in pairwise(rows))

    def _gap(self, above: _Row, below: _Row) -> int:
        """Room for an arrow, and for the words on it if it has any."""
        ends = [{key for block in row if block for key in block.members} for row in (above, below)]
        ways = (ends, ends[::-1])
        spoken = any(call.caller in one and call.callee in other for call in self.plan.spoken for one, other in ways)
        return _WIDE if spoken else _GAP

    def _row_height(self, row: _Row, widths: Sequence[int]) -> int:
        return max(self._height(block, width) for block, width in zip(row, widths, strict=True) if block)

    def _column(self, rows: Sequence[_Row], xs: Sequence[int], widths: Sequence[int], y: int) -> None:
        """Rows at even distances from y to the bottom."""
        room = self.bottom - y - self._tall(rows, widths)
        gaps = [*(self._gap(*pair) for pair in pairwise(rows)), 0]
        for number, row in enumerate(rows):
            extra = room * number // max(len(rows) - 1, 1) // GRID * GRID
            for block, x, width in zip(row, xs, widths, strict=True):
                if block:
                    self._draw(block, x, y + extra, width)
            y += self._row_height(row, widths) + gaps[number]

    def _side(self, x: int, width: int) -> None:
        """Registration from the top, the rest of receive from the bottom."""
        y = _TOP
        for block in self.plan.registering:
            self._draw(block, x, y, width)
            y += self._height(block, width) + _GAP
        y = self.bottom
        for block in reversed(self.plan.received_side):
            y -= self._height(block, width)
            self._draw(block, x, y, width)
            y -= _GAP

    def _ends_width(self) -> int:
        alone = [self._width([Block((key,), "")], 0) + 16 for key in (*self.plan.takers, *self.plan.aside)]
        return max(self._width([Block(tuple(self.plan.handlers), "tap")], 176), sum(alone) - 16)

    def _ends_height(self, width: int) -> int:
        handlers = self.plan.handlers
        return _HEIGHT + _WIDE + (self._height(Block(tuple(handlers), "tap"), width) + _WIDE if handlers else 0)

    def _ends(self, x: int, width: int) -> int:
        """packet_recvmsg and ip_rcv, below them the handlers."""
        plan = self.plan
        right = x + width
        for key in reversed(plan.aside):
            own = self._width([Block((key,), "")], 0)
            self._draw(Block((key,), ""), right - own, _TOP, own)
            right -= own + 16
        for key in plan.takers:
            self._draw(Block((key,), "tap"), x, _TOP, (right - x) // len(plan.takers) // GRID * GRID)
        if plan.handlers:
            self._draw(Block(tuple(plan.handlers), "tap", strong=True), x, _TOP + _HEIGHT + _WIDE, width)
        return _TOP + self._ends_height(width)

    def _sections(self) -> dict[str, list[str]]:
        plan = self.plan
        lists = {"lists:in": plan.other_lists, "lists:out": plan.tap_lists}
        return {key: [self.say(WAYS[key]), *names] for key, names in lists.items() if names}

    def _lists_width(self) -> int:
        return snap(max((text_width(word) + 16 for words in self._sections().values() for word in words), default=0))

    def _lists_height(self) -> int:
        return sum(8 + ROW * len(words) for words in self._sections().values())

    def _lists(self, x: int, width: int, y: int) -> int:
        """The lists by name, those that both ways walk below."""
        height = self._lists_height()
        if height:
            tip = self.say("the lists, as the source walks them")
            self.boxes.append(Box("lists", "lists", "tap", x, y, width, height, tip=tip, strong=True))
        for key, words in self._sections().items():
            tall = 8 + ROW * len(words)
            self.boxes.append(Box(key, "list", "tap", x, y, width, tall, words[0], parent="lists", strong=True))
            for row, name in enumerate(words[1:]):
                box = Box(f"list:{name}", "row", "tap", x, y + 20 + ROW * row, width, ROW, name, parent=key)
                self.boxes.append(box)
            y += tall
        return y + _GAP if height else y

    def _draw(self, block: Block, x: int, y: int, width: int) -> None:
        if len(block.members) == 1:
            self.home[block.members[0]] = block.members[0]
            self.boxes.append(self._box(block.members[0], "function", block, x, y, width, _HEIGHT))
            return
        panel = f"panel:{block.members[0]}"
        self.home.update(dict.fromkeys(block.members, panel))
        tall = self._height(block, width)
        self.boxes.append(Box(panel, "panel", block.rail, x, y, width, tall, self._file(block), strong=block.strong))
        y += 20 if self._file(block) else 4
        for key in block.members[::-1] if block.rail == "receive" else block.members:
            tall = self._row(key, block, width)
            self.boxes.append(replace(self._box(key, "row", block, x, y, width, tall), parent=panel))
            y += tall

    def _box(self, key: str, kind: str, block: Block, x: int, y: int, w: int, h: int) -> Box:
        definitions = self.plan.graph.definitions[key]
        into = [call for call, _ in self.plan.calls if call.callee == key]
        tag, detail = condition_tag(into, definitions), self._detail(key, block)
        room = w - 20 - text_width(detail) - (text_width(name_of(key)) if kind == "row" and h == ROW else 0)
        if tag and text_width(tag) + 8 > room:
            tag = "#if" if room > 28 else ""
        near = [(call, None) for call in into if call.caller in block.members]
        tip = "\n".join(filter(None, (explain_function(definitions, self.say), explain(near, self.say))))
        return Box(key, kind, block.rail, x, y, w, h, name_of(key), detail, tag, tip, strong=block.strong)

    def _file(self, block: Block) -> str:
        """The file of all functions of a panel, if it is one."""
        files = {key.partition("@")[2].rpartition("/")[2] for key in block.members}
        return files.pop() if len(files) == 1 else ""

    def _detail(self, key: str, block: Block) -> str:
        definition = self.plan.graph.definitions[key][0]
        return str(definition.line) if len(block.members) > 1 and self._file(block) else short_place(definition)

    def _row(self, key: str, block: Block, width: int) -> int:
        """A row is two lines high where name and line do not fit in one."""
        return ROW if text_width(name_of(key)) + text_width(self._detail(key, block)) + 20 <= width else 2 * ROW - 4

    def _height(self, block: Block, width: int) -> int:
        if len(block.members) == 1:
            return _HEIGHT
        return snap((20 if self._file(block) else 4) + 4 + sum(self._row(key, block, width) for key in block.members))

    def _width(self, blocks: Iterable[Block | None], limit: int) -> int:
        """A width with its middle on the grid."""
        return snap(self._need(blocks, limit) / 2) * 2

    def _need(self, blocks: Iterable[Block | None], limit: int) -> float:
        """As wide as the names need; up to a limit, as wide as names and lines in one row need."""
        need = 0.0
        for block in filter(None, blocks):
            for key in block.members:
                name, detail = text_width(name_of(key)), text_width(self._detail(key, block))
                alone = len(block.members) == 1
                need = max(need, max(name, detail) + 12 if alone else max(name + 16, min(name + detail + 20, limit)))
        return need


class _Joint(NamedTuple):
    """What one edge of the picture joins; several calls may be told by it."""

    source: str
    target: str
    kind: str
    rail: str


_Spoken = tuple[str, list[tuple[Call, Route | None]]]  # what an edge says beside it, and of which calls
_Told = tuple[_Joint, str, Call | None, Route | None]


def _joints(plan: Plan, home: dict[str, str]) -> dict[_Joint, _Spoken]:
    """The edges to draw: a pointer call by way of a list is one to the lists and one from there."""
    found: dict[_Joint, _Spoken] = {}
    for joint, label, call, route in (*_listed(plan, home), *_direct(plan, home)):
        if joint.source != joint.target:
            _, calls = found.setdefault(joint, (label, []))
            calls += [(call, route)] if call else []
    return found


def _listed(plan: Plan, home: dict[str, str]) -> Iterator[_Told]:
    for call, route in plan.dispatches:
        out_only = bool(plan.other_lists) and call.caller not in plan.receive
        way = "lists:out" if out_only else "lists"
        yield _Joint(home[call.caller], way, "pointer", route.rail), "", call, route
        aside = call.callee in plan.aside
        way = "lists:in" if aside and plan.tap_lists else "lists"
        yield _Joint(way, home[call.callee], "pointer", "tap"), "" if aside else call.via, call, route
    if plan.registering and plan.dispatches:
        yield _Joint(home[plan.registering[-1].members[-1]], "lists", "pointer", "register"), "", None, None


def _direct(plan: Plan, home: dict[str, str]) -> Iterator[_Told]:
    listed = {call for call, _ in plan.dispatches}
    for call, rail in plan.calls:
        if call not in listed and call.kind != "deferred":
            back = call.caller in plan.transmit and call.callee not in {*plan.transmit, *plan.received_spine}
            yield _Joint(home[call.caller], home[call.callee], call.kind, rail), LOOP if back else call.via, call, None
    for call, put, take in plan.handovers:
        rail = "transmit" if put in plan.transmit else "tap" if put in plan.handlers else "receive"
        yield _Joint(home[put], home[take], "deferred", rail), call.via, call, None


def _wired(
    boxes: Sequence[Box], joints: dict[_Joint, _Spoken], size: tuple[int, int], say: Words
) -> list[tuple[Edge, str]]:
    """The edges with their labels, the shortest first."""
    rects = {box.id: Rect.of(box.x, box.y, box.w, box.h) for box in boxes if box.kind != "row"}
    strong = {box.id for box in boxes if box.strong}
    plane = Wires(size[0] // GRID, size[1] // GRID, rects, [box.id for box in boxes if not box.parent])
    found = []
    for joint in sorted(joints, key=lambda joint: (rects[joint.source].distance(*rects[joint.target].middle), joint)):
        leave, enter = _sides(joint)
        points = plane.route(Wire(joint.source, joint.target, f"{joint.kind} {joint.rail}", leave, enter))
        label, told = joints[joint]
        tip = explain(told, say, not joint.target.startswith("lists")) or say(
            "here the list is chosen that the element is put on"
        )
        calls = tuple(dict.fromkeys((call.caller, call.callee) for call, _ in told))
        edge = Edge(*joint, points, tip, {joint.source, joint.target} <= strong, calls=calls)
        found.append((edge, say(label)))
    return found


def _labels(edges: Sequence[tuple[Edge, str]], boxes: Sequence[Box], limits: Band) -> list[Label]:
    """Each member and each queue named once."""
    lines = [edge for edge, _ in edges]
    found: dict[str, Label] = {}
    for edge, words in edges:
        label = place_label(words, edge, boxes, lines, list(found.values()), limits) if words not in found else None
        if words and label:
            found[words] = label
    return list(found.values())


def _sides(joint: _Joint) -> tuple[Sides, Sides]:
    """What it costs to leave and to enter by the top, the right, the bottom and the left."""
    down, up = (20.0, 2.0, 0.0, 2.0), (0.0, 2.0, 20.0, 2.0)
    to_list = joint.target.startswith("lists")
    if joint.rail == "transmit" and joint.kind == "deferred":
        return (20.0, 0.0, 20.0, 0.0), (20.0, 0.0, 20.0, 0.0)
    if joint.rail == "register" and to_list:
        return (20.0, 2.0, 2.0, 0.0), (20.0, 0.0, 8.0, 20.0)
    if joint.rail == "transmit" and to_list:
        return (6.0, 0.0, 10.0, 12.0), (20.0, 20.0, 0.0, 2.0)
    return (down, up) if joint.rail in ("transmit", "register") else (up, down)
