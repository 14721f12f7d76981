"""The geometry of a picture, which any writer can draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from explorer.graph import Call, Function, Route
from explorer.tour.words import Words

__all__ = [
    "GRID",
    "LEGEND",
    "RAIL_NAMES",
    "ROW",
    "Band",
    "Box",
    "Edge",
    "Label",
    "Picture",
    "condition_tag",
    "heading",
    "legend",
    "listed",
    "overlap",
    "place_label",
    "short_place",
    "snap",
    "text_width",
]

GRID = 8
ROW = 16
SIZE = 11.0  # px; 784 px across the 200 mm of A4 that can be printed on give 8 pt
Point = tuple[float, float]

# Advance widths of DejaVu Sans in thousandths of the font size, the widest font that is common.
_NARROW = {"i": 278, "j": 278, "l": 278, "f": 352, "t": 392, "r": 411, "'": 275, ".": 318, ",": 318, ":": 337, " ": 318}
_WIDE = {"m": 974, "w": 818, "M": 863, "W": 989, "@": 1000, "-": 361, ">": 838, "<": 838, "(": 390, ")": 390, "/": 337}
_LOWER = {"a": 613, "c": 550, "e": 615, "k": 579, "s": 521, "v": 592, "x": 592, "y": 592, "z": 525, "_": 500, "#": 838}
_WIDTHS = _NARROW | _WIDE | _LOWER
_WIDE_FROM = "\u2e80"  # Chinese, as wide as it is high


@dataclass(frozen=True, slots=True)
class Box:
    """A function, a panel of several, or a station; `parent` names the panel whose row it is."""

    id: str
    kind: str  # function | macro | external | panel | row | list | lists
    rail: str
    x: float
    y: float
    w: float
    h: float
    name: str = ""
    detail: str = ""
    tag: str = ""
    tip: str = ""
    parent: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two boxes, along `points`; `bend` says how it sweeps from layer to layer, if it does.

    `calls` are the (caller, callee) that it stands for.
    """

    source: str
    target: str
    kind: str  # call | macro | pointer | deferred
    rail: str
    points: tuple[Point, ...]
    tip: str
    strong: bool = False
    bend: str = ""  # across | down
    calls: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """Words on an edge or beside a box; `x`, `y` is the upper left corner, `upright` words are read from below."""

    text: str
    x: float
    y: float
    rail: str = ""
    kind: str = "edge"  # edge | user
    upright: bool = False

    @property
    def w(self) -> float:
        """Width in px."""
        return 14 if self.upright else text_width(self.text) + 4

    @property
    def h(self) -> float:
        """Height in px."""
        return text_width(self.text) + 4 if self.upright else 14


@dataclass(frozen=True, slots=True)
class Band:
    """A region behind the boxes with its name: user space, the device, a file's lane."""

    text: str
    x: float
    y: float
    w: float
    h: float
    kind: str = "lane"  # lane | user | device


Shape = Box | Label | Band


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything a writer needs; `legend` has (kind, rail, words) of what the picture shows, and no more."""

    title: str
    text: str
    version: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    labels: tuple[Label, ...] = ()
    bands: tuple[Band, ...] = ()
    legend: tuple[tuple[str, str, str], ...] = ()


def text_width(text: str, size: float = SIZE) -> float:
    """How wide a text is at most, in px."""
    return sum(_WIDTHS.get(letter, 640 if letter < _WIDE_FROM else 1000) for letter in text) * size / 1000


def snap(value: float) -> int:
    """The next multiple of the grid that is not smaller."""
    return -int(-value // GRID) * GRID


def listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def heading(routes: Sequence[Route], default: str, say: Words) -> str:
    """What a picture of one route is called; another name for several."""
    if len(routes) != 1:
        return say(default)
    known = routes[0].rail or routes[0].id.partition("..")[0] in routes[0].title.split()
    return say(routes[0].title) if known else f"{routes[0].id}, {say(routes[0].title)}"


def short_place(function: Function) -> str:
    """dev.c:1692, or nothing for a function whose definition was not read."""
    return f"{function.file.rpartition('/')[2]}:{function.line}" if function.file else ""


def condition_tag(calls: Iterable[Call], definitions: Sequence[Function]) -> str:
    """#if and the condition's name where every call of a function, or every definition of it, stands under one."""
    kinds = [[set(row.conditions) for row in definitions], [set(call.conditions) for call in calls]]
    common = set().union(*(set.intersection(*sets) for sets in kinds if sets)) - {"__KERNEL__", "defined(__KERNEL__)"}
    if not common:
        return ""
    name = min(common, key=lambda text: (len(text), text)).removeprefix("CONFIG_")
    return f"#if {name}" if len(common) == 1 and name.isidentifier() else "#if …"


LEGEND = {
    "call": "call",
    "pointer": "through a pointer",
    "deferred": "hand-over",
    "macro": "macro",
}
RAIL_NAMES = {"transmit": "transmit", "receive": "receive", "register": "register", "tap": "lists and handlers"}


def legend(boxes: Iterable[Box], edges: Sequence[Edge], say: Words) -> tuple[tuple[str, str, str], ...]:
    """The rails and the kinds of edges that are there."""
    rails = {box.rail for box in boxes}
    kinds = {edge.kind for edge in edges}
    found = [("rail", rail, say(words)) for rail, words in RAIL_NAMES.items() if rail in rails]
    return (*found, *((kind, "", say(words)) for kind, words in LEGEND.items() if kind in kinds))


def place_label(
    text: str, edge: Edge, boxes: Sequence[Box], edges: Sequence[Edge], labels: Sequence[Label], limits: Shape
) -> Label | None:
    """The words of an edge beside it or on it, where they cover no box, no other words and few edges."""
    taken: list[Shape] = [*(box for box in boxes if not box.parent), *labels]
    lines = [part for other in edges if other is not edge for part in _parts(other.points)]
    member = text.rpartition(".")[2]  # struct.member where there is room, else the member
    spots = [
        ((words != text) + 2 * sum(overlap(spot, part) for part in lines), spot)
        for words in dict.fromkeys((text, member))
        for spot in _spots(words, edge.points)
        if _inside(spot, limits) and not any(overlap(spot, other) for other in taken)
    ]
    best = min((cost for cost, _ in spots), default=0)
    return next((replace(spot, rail=edge.rail) for cost, spot in spots if cost == best), None)


def _spots(text: str, points: Sequence[Point]) -> Iterator[Label]:
    """Beside and along each straight part, the longest parts first."""
    flat, upright = Label(text, 0, 0), Label(text, 0, 0, upright=True)
    for (ax, ay), (bx, by) in sorted(pairwise(points), key=lambda ends: -sum(map(abs, _minus(*ends)))):
        for part in (0.5, 0.35, 0.65, 0.2, 0.8):
            x, y = ax + (bx - ax) * part, ay + (by - ay) * part
            left, up = x - flat.w / 2, y - flat.h / 2
            if ax != bx:
                yield from (replace(flat, x=left, y=y - flat.h - 2), replace(flat, x=left, y=y + 2))
                continue
            yield from (replace(flat, x=x + 4, y=up), replace(flat, x=x - 4 - flat.w, y=up))
            if abs(ay - by) >= flat.h + 22:
                yield replace(flat, x=left, y=up)
            if abs(ay - by) >= upright.h + 32:
                yield replace(upright, x=x - upright.w / 2, y=y - upright.h / 2)


def _minus(a: Point, b: Point) -> Point:
    return a[0] - b[0], a[1] - b[1]


def _parts(points: Sequence[Point]) -> Iterator[Band]:
    """The ground that a line covers."""
    for (ax, ay), (bx, by) in pairwise(points):
        yield Band("", min(ax, bx) - 1, min(ay, by) - 1, abs(ax - bx) + 2, abs(ay - by) + 2)


def overlap(one: Shape, other: Shape) -> bool:
    """Whether two shapes cover common ground; edges may touch."""
    across = one.x < other.x + other.w and other.x < one.x + one.w
    return across and one.y < other.y + other.h and other.y < one.y + one.h


def _inside(one: Shape, other: Shape) -> bool:
    across = other.x <= one.x and one.x + one.w <= other.x + other.w
    return across and other.y <= one.y and one.y + one.h <= other.y + other.h
