"""Wires between boxes: orthogonal paths on the grid that run through no box and cross as little as they can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise

from explorer.views.layout import GRID

__all__ = ["Rect", "Sides", "Wire", "Wires"]

Sides = tuple[float, float, float, float]  # top, right, bottom, left
_Cell = tuple[int, int]
_State = tuple[int, int, int]  # a cell, and the way one goes there

_STEPS = ((0, -1), (1, 0), (0, 1), (-1, 0))  # up, right, down, left
_BEND, _CROSS, _TOUCH = 5.0, 7.0, 60.0  # what a corner, a crossing and running on another wire cost, in cells
_NEAR, _OFF, _SHARED = 0.05, 0.35, 0.6  # beside a box; a cell off the middle of a side; along a wire of its own kind


@dataclass(frozen=True, slots=True)
class Rect:
    """A box on the grid, its borders included."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, x: float, y: float, w: float, h: float) -> Rect:
        """The cells of a box in px."""
        return cls(int(x // GRID), int(y // GRID), int(-(-(x + w) // GRID)), int(-(-(y + h) // GRID)))

    @property
    def middle(self) -> tuple[int, int]:
        """The cell in the middle."""
        return (self.left + self.right) // 2, (self.top + self.bottom) // 2

    def port(self, side: int) -> Iterator[tuple[int, int, float]]:
        """Cells just outside one side, with how far each is from the middle."""
        if side in (0, 2):
            y = self.top - 1 if side == 0 else self.bottom + 1
            middle = (self.left + self.right) / 2
            yield from ((x, y, abs(x - middle)) for x in range(self.left + 1, self.right))
        else:
            x = self.left - 1 if side == 3 else self.right + 1
            middle = (self.top + self.bottom) / 2
            yield from ((x, y, abs(y - middle)) for y in range(self.top + 1, self.bottom))

    def distance(self, x: int, y: int) -> int:
        """How many cells lie between a cell and the box."""
        return max(self.left - 1 - x, x - self.right - 1, 0) + max(self.top - 1 - y, y - self.bottom - 1, 0)


@dataclass(frozen=True, slots=True)
class Wire:
    """Two boxes to join, and what each side of them costs; wires of one `style` may run together."""

    source: str
    target: str
    style: str
    leave: Sides
    enter: Sides


@dataclass
class Wires:
    """The plane with its boxes; `route` adds one wire after the other."""

    width: int
    height: int
    boxes: dict[str, Rect]
    solid: Iterable[str] = ()
    _blocked: set[_Cell] = field(default_factory=set)
    _near: set[_Cell] = field(default_factory=set)
    _used: dict[_State, list[Wire]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.solid:
            box = self.boxes[name]
            for x in range(box.left - 1, box.right + 2):
                for y in range(box.top - 1, box.bottom + 2):
                    inside = box.left <= x <= box.right and box.top <= y <= box.bottom
                    (self._blocked if inside else self._near).add((x, y))

    def route(self, wire: Wire) -> tuple[tuple[float, float], ...]:
        """The corners of the cheapest path in px; straight from box to box if there is none."""
        cells = self._search(wire)
        if not cells:
            cells = [self.boxes[wire.source].middle, self.boxes[wire.target].middle]
        for before, cell in pairwise(cells):
            axis = 0 if before[0] != cell[0] else 1
            for spot in (before, cell):
                users = self._used.setdefault((*spot, axis), [])
                if wire not in users:
                    users.append(wire)
        return tuple((x * GRID, y * GRID) for x, y in _corners(cells))

    def _search(self, wire: Wire) -> list[_Cell]:
        target = self.boxes[wire.target]
        ends = {
            (x, y, (side + 2) % 4): wire.enter[side] + off * _OFF
            for side in range(4)
            for x, y, off in target.port(side)
        }
        best: dict[_State, float] = {}
        before: dict[_State, _State] = {}
        heap: list[tuple[float, float, _State, bool]] = []
        for side in range(4):
            for x, y, off in self.boxes[wire.source].port(side):
                cost = wire.leave[side] + off * _OFF + self._step(wire, x, y, side)
                if (x, y) not in self._blocked and cost < best.get((x, y, side), 1e9):
                    best[x, y, side] = cost
                    heappush(heap, (cost + target.distance(x, y), cost, (x, y, side), False))
        while heap:
            _, cost, state, finished = heappop(heap)
            if finished:
                return _path(state, before)
            if cost > best[state]:
                continue
            if state in ends:
                x, y, side = state
                last = self._step(wire, x + _STEPS[side][0], y + _STEPS[side][1], side)
                heappush(heap, (cost + ends[state] + last, cost, state, True))
            for other, extra in self._moves(wire, state):
                total = cost + extra
                if total < best.get(other, 1e9):
                    best[other] = total
                    before[other] = state
                    heappush(heap, (total + target.distance(other[0], other[1]), total, other, False))
        return []

    def _moves(self, wire: Wire, state: _State) -> Iterator[tuple[_State, float]]:
        x, y, side = state
        for turn in (0, 1, 3):
            way = (side + turn) % 4
            nx, ny = x + _STEPS[way][0], y + _STEPS[way][1]
            if (nx, ny) in self._blocked or not (1 <= nx < self.width and 1 <= ny < self.height):
                continue
            extra = _BEND + self._touch(wire, x, y) if turn else 0.0
            yield (nx, ny, way), extra + self._step(wire, nx, ny, way)

    def _touch(self, wire: Wire, x: int, y: int) -> float:
        """A corner on another wire would look like a junction."""
        users = (*self._used.get((x, y, 0), ()), *self._used.get((x, y, 1), ()))
        return _TOUCH if any(not _together(wire, user) for user in users) else 0.0

    def _step(self, wire: Wire, x: int, y: int, way: int) -> float:
        axis = 0 if way in (1, 3) else 1
        along = self._used.get((x, y, axis), ())
        cost = 1.0 + (_NEAR if (x, y) in self._near else 0.0)
        if along:
            cost = cost * _SHARED if all(_together(wire, user) for user in along) else cost + _TOUCH
        across = self._used.get((x, y, 1 - axis), ())
        return cost + (_CROSS if any(not _together(wire, user) for user in across) else 0.0)


def _together(one: Wire, other: Wire) -> bool:
    return one.style == other.style and (one.target == other.target or one.source == other.source)


def _path(state: _State, before: dict[_State, _State]) -> list[_Cell]:
    """Cells from the border of the source to the border of the target."""
    x, y, side = state
    cells = [(x + _STEPS[side][0], y + _STEPS[side][1]), (x, y)]
    while state in before:
        state = before[state]
        cells.append((state[0], state[1]))
    x, y, side = state
    cells.append((x - _STEPS[side][0], y - _STEPS[side][1]))
    return cells[::-1]


def _corners(cells: Sequence[_Cell]) -> list[_Cell]:
    kept = [cells[0]]
    for before, cell, after in zip(cells, cells[1:], cells[2:], strict=False):
        if (cell[0] - before[0], cell[1] - before[1]) != (after[0] - cell[0], after[1] - cell[1]):
            kept.append(cell)
    return [*kept, cells[-1]]
