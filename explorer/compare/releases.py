"""Routes and functions of two releases side by side.

Functions are told apart by name, for files move too. Where both texts are at hand they decide; else what the facts say:
a function of another length, or that makes other calls, has changed, and one that differs in neither may have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from explorer.compare.values import CallChange, Change, Difference, FunctionChange, RouteChange
from explorer.graph import Call, Function, name_of
from explorer.kernel import Kernel
from explorer.tour import Ground
from explorer.version import Location

__all__ = ["calls_changed", "compare", "function_changed"]


def compare(before: Kernel, after: Kernel) -> Difference:
    """The named routes, and every function on them."""
    was, now = ({route.id: route for route in kernel.routes} for kernel in (before, after))
    routes = tuple(
        RouteChange(key, route.title, calls_changed(*(side[key].calls if key in side else () for side in (was, now))))
        for key, route in (was | now).items()
    )
    names = dict.fromkeys(name for route in routes for call in route.calls for name in (call.caller, call.callee))
    grounds = Ground(before), Ground(after)
    functions = (function_changed(*grounds, name, name) for name in names)
    return Difference(before.version, after.version, routes, tuple(each for each in functions if each))


def function_changed(before: Ground, after: Ground, old: str, new: str) -> FunctionChange | None:
    """A function by its names, or ids, in both; None for one whose definition neither has read."""
    sides = [_defined(ground.kernel, name) for ground, name in ((before, old), (after, new))]
    if not any(sides):
        return None
    places = [
        Location(ground.kernel.version, rows[0].file, rows[0].line) if rows else None
        for ground, rows in zip((before, after), sides, strict=True)
    ]
    name = (sides[1] or sides[0])[0].name
    if not all(sides):
        return FunctionChange(name, Change.GONE if sides[0] else Change.NEW, True, places[0], places[1])
    same, read = _alike(before, sides[0], after, sides[1])
    stays = len({(place.path, place.line) for place in places if place}) == 1
    change = Change.CHANGED if not same else Change.SAME if stays else Change.MOVED
    return FunctionChange(name, change, read, places[0], places[1])


def _defined(kernel: Kernel, name: str) -> tuple[Function, ...]:
    """The definitions read of a name or an id."""
    key = next((key for key in kernel.graph.known([name]) if "@" in key), "") if name else ""
    return kernel.graph.definitions[key] if key else ()


def _alike(before: Ground, old: Sequence[Function], after: Ground, new: Sequence[Function]) -> tuple[bool, bool]:
    """Whether the definitions are the same as far as we know, and whether their texts were read."""
    sides = ((before, old), (after, new))
    if all(row.file in ground.kernel.texts for ground, rows in sides for row in rows):
        texts = [[ground.digest(row) for row in rows] for ground, rows in sides]
        return texts[0] == texts[1], True
    blobs = [{info.path: info.blob for info in ground.kernel.infos}[rows[0].file] for ground, rows in sides]
    if blobs[0] == blobs[1]:
        return True, True
    return _facts(before, old) == _facts(after, new), False


def _facts(ground: Ground, rows: Sequence[Function]) -> tuple[list[int], list[tuple[str, str]]]:
    """How long the definitions are, and what they call."""
    calls = ground.kernel.graph.callees(rows[0].id)
    return [row.last - row.first for row in rows], [(name_of(call.callee), call.kind) for call in calls]


def calls_changed(old: Iterable[Call], new: Iterable[Call]) -> tuple[CallChange, ...]:
    """Calls of either, those of the later release in its order, each caller's lost ones behind its others."""
    sides = _sites(old), _sites(new)
    order = {key[0]: number for number, key in reversed(list(enumerate({**sides[1], **sides[0]})))}
    keys = sorted({**sides[1], **sides[0]}, key=lambda key: order[key[0]])
    return tuple(_call(key, *(side.get(key, []) for side in sides)) for key in keys)


def _sites(calls: Iterable[Call]) -> dict[tuple[str, str, str, str], list[Call]]:
    found: dict[tuple[str, str, str, str], list[Call]] = {}
    for call in calls:
        found.setdefault((name_of(call.caller), name_of(call.callee), call.kind, call.via), []).append(call)
    return found


def _call(key: tuple[str, str, str, str], old: list[Call], new: list[Call]) -> CallChange:
    was, now = (_ways(side) if old and new else () for side in (old, new))
    lost, gained = tuple(each for each in was if each not in now), tuple(each for each in now if each not in was)
    change = Change.GONE if not new else Change.NEW if not old else Change.CHANGED if lost or gained else Change.SAME
    places = [tuple(dict.fromkeys(call.location for call in side)) for side in (old, new)]
    return CallChange(*key, change, places[0], places[1], lost, gained)


def _ways(calls: Iterable[Call]) -> tuple[str, ...]:
    """The conditions of calls, and the lists that lead to what they reach."""
    words = (word for call in calls for word in (*call.conditions, *(call.evidence.lists if call.evidence else ())))
    return tuple(dict.fromkeys(words))
