"""What of the shape of routes is another in a later release: who is on them, who calls whom, on which lists.

Unlike explorer.compare, which says where every call of two releases stands, this tells only what the path is, by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from explorer.graph.routes import Route
from explorer.graph.values import Call, CallGraph, name_of
from explorer.version import Location

__all__ = ["ShapeChange", "reshaped"]

_ALIKE = 0.5  # of the calls of two functions: as many in common, and one is the other under a new name


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """One thing that is another way in the later release, with its place in both.

    `kind`: ``begins`` and ``ends`` of a whole route, ``joins`` and ``leaves`` of a function on it, ``moves`` to another
    file, ``renamed``, ``calls`` and ``calls no more`` of `other` by a function that stays, ``lists`` that its pointer
    calls find their targets on. `function` is FUNC@SRC, empty for a whole route; `other` what it is now, calls, walks.
    """

    kind: str
    routes: tuple[str, ...]
    function: str
    other: str
    before: Location | None
    after: Location | None

    def __str__(self) -> str:
        on = f"  ({', '.join(self.routes)})"
        place = f"  {self.after or self.before}"
        if not self.function:
            return f"route {self.routes[0]} {self.kind}"
        name, other = name_of(self.function), self.other
        told = {
            "renamed": f"{name} is {name_of(other)} now",
            "moves": f"{name} moves from {self.function.partition('@')[2]} to {other.partition('@')[2]}",
            "calls": f"{name} calls {name_of(other)}",
            "calls no more": f"{name} calls {name_of(other)} no more",
            "lists": f"{name} finds taps on {other}",
        }
        return told.get(self.kind, f"{name} {self.kind}") + place + on


def reshaped(
    before: CallGraph, after: CallGraph, old: Sequence[Route], new: Sequence[Route]
) -> tuple[ShapeChange, ...]:
    """What changed from one release to a later one on the routes of both; one change of several routes is told once."""
    pair = _Pair(before, after)
    were, are = {route.id: route for route in old}, {route.id: route for route in new}
    told: dict[tuple[str, str, str], ShapeChange] = {}
    for name in dict.fromkeys([*are, *were]):
        for change in pair.on(were.get(name), are.get(name)):
            key = (change.kind, change.function, change.other)
            if not change.function:
                key = (change.kind, name, "")
            same = told.get(key)
            told[key] = replace(same, routes=(*same.routes, name)) if same else replace(change, routes=(name,))
    return tuple(told.values())


class _Pair:
    """Two releases."""

    def __init__(self, before: CallGraph, after: CallGraph) -> None:
        self._before = before
        self._after = after

    def on(self, old: Route | None, new: Route | None) -> Iterator[ShapeChange]:
        """The changes on one route."""
        if old is None or new is None:
            yield ShapeChange("begins" if new else "ends", (), "", "", None, None)
            return
        now = self._successors(old.functions, new.functions)
        yield from self._named(now)
        for key in new.functions:
            if key not in now.values():
                yield ShapeChange("joins", (), key, "", None, _place(self._after, key))
        for key in old.functions:
            if key not in now:
                yield ShapeChange("leaves", (), key, "", _place(self._before, key), None)
        yield from self._calls(old, new, now)

    def _named(self, now: Mapping[str, str]) -> Iterator[ShapeChange]:
        for key, other in now.items():
            if key != other and "@" in key and "@" in other:
                kind = "moves" if name_of(key) == name_of(other) else "renamed"
                yield ShapeChange(kind, (), key, other, _place(self._before, key), _place(self._after, other))

    def _successors(self, old: Sequence[str], new: Sequence[str]) -> dict[str, str]:
        """What each function of a route is in the later release: itself, the same in another file, or a renamed one."""
        now = {key: key for key in old if key in new}
        free = [key for key in new if key not in now]
        for key in old:
            if key not in now and (same := next((each for each in free if name_of(each) == name_of(key)), "")):
                now[key] = same
                free.remove(same)
        gone = [key for key in old if "@" in key and key not in now and key not in self._after.definitions]
        born = [key for key in free if "@" in key and key not in self._before.definitions]
        scores = sorted(((self._likeness(key, each), key, each) for key in gone for each in born), reverse=True)
        for score, key, each in scores:
            if score >= _ALIKE and key not in now and each not in now.values():
                now[key] = each
        return now

    def _likeness(self, old: str, new: str) -> float:
        """How much of what two functions call, and are called by, is the same."""
        one, two = _company(self._before, old), _company(self._after, new)
        return len(one & two) / len(one | two) if one | two else 0.0

    def _calls(self, old: Route, new: Route, now: Mapping[str, str]) -> Iterator[ShapeChange]:
        """The calls between functions that were there and still are, and the lists those find taps on."""
        were = {
            (now[call.caller], now[call.callee]): call for call in old.calls if {call.caller, call.callee} <= {*now}
        }
        stay = set(now.values())
        are = {(call.caller, call.callee): call for call in new.calls if {call.caller, call.callee} <= stay}
        for (caller, callee), call in are.items():
            if (caller, callee) not in were:
                yield ShapeChange("calls", (), caller, callee, None, call.location)
        for (caller, callee), call in were.items():
            if (caller, callee) not in are:
                yield ShapeChange("calls no more", (), caller, callee, call.location, None)
        for caller in dict.fromkeys(caller for caller, _ in are):
            one, two = _walked(old, were, caller), _walked(new, are, caller)
            if one and two and [*one] != [*two]:
                yield ShapeChange(
                    "lists", (), caller, ", ".join(two), next(iter(one.values())), next(iter(two.values()))
                )


def _walked(route: Route, calls: Mapping[tuple[str, str], Call], caller: str) -> dict[str, Location]:
    """The lists that the pointer calls of a function find their targets on, each with the first such call."""
    found: dict[str, Location] = {}
    for (each, _), call in calls.items():
        if each == caller and call.evidence and call.kind == "pointer":
            for name in call.evidence.lists_on(route.functions):
                found.setdefault(name, call.location)
    return found


def _company(graph: CallGraph, key: str) -> set[str]:
    return {name_of(call.callee) for call in graph.callees(key)} | {name_of(call.caller) for call in graph.callers(key)}


def _place(graph: CallGraph, key: str) -> Location | None:
    rows: Iterable[Location] = (
        Location(graph.version, row.file, row.line) for row in graph.definitions.get(key, ()) if row.file
    )
    return next(iter(rows), None)
