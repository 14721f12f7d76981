"""What a picture says of a function or of calls when they are pointed at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from explorer.graph import Call, Function, Route, name_of
from explorer.tour.words import Words
from explorer.version import Location

__all__ = ["explain", "explain_function"]


def explain_function(definitions: Sequence[Function], say: Words) -> str:
    """FUNC@SRC and, for each definition, its lines and conditions."""
    lines = [definitions[0].id]
    for row in definitions:
        if row.kind == "external":
            lines.append(say("its definition is not in the files read"))
        else:
            where = say("{kind}, lines {first} to {last}", kind=say(row.kind), first=row.first, last=row.last)
            lines.append(where + _under(row.conditions, say))
    return "\n".join(lines)


def explain(calls: Iterable[tuple[Call, Route | None]], say: Words, stored: bool = True) -> str:
    """Calls in words, with the evidence of pointer calls, as far as a route meets it, and of hand-overs.

    Calls that differ only in their place, and pointers that reach the same functions, are told together; where the
    pointers were `stored` may be left to another edge.
    """
    plain: dict[tuple[str, ...], list[Call]] = {}
    pointers: dict[tuple[str, str], dict[str, None]] = {}
    for call, route in calls:
        if call.kind == "pointer":
            pointers.setdefault((_through(call, say), _lists(call, route, say)), {})[_reached(call, stored, say)] = None
        else:
            plain.setdefault((call.caller, call.callee, call.kind, *call.conditions), []).append(call)
    callers: dict[str, list[str]] = {}
    for (head, lists), reached in pointers.items():
        callers.setdefault(lists + say("; ").join(reached), []).append(head)
    ways: dict[str, list[str]] = {}
    for way, heads in callers.items():
        ways.setdefault("\n".join(heads), []).append(way)
    told = ["\n".join((heads, *found)) for heads, found in ways.items()]
    return "\n".join((*(_plain(group, say) for group in plain.values()), *told))


def _plain(calls: Sequence[Call], say: Words) -> str:
    """Call sites of one function in another under one condition, or a hand-over."""
    call, under = calls[0], _under(calls[0].conditions, say)
    ends = f"{name_of(call.caller)} → {name_of(call.callee)}"
    place = _places((call.location for call in calls), say)
    if call.kind == "deferred" and call.evidence:
        taken = _places(call.evidence.registrations, say)
        queue = say(call.via)
        words = say("handed over by {queue}; put at {place}; taken at {taken}", queue=queue, place=place, taken=taken)
    else:
        words = say("uses the macro at {place}" if call.kind == "macro" else "called at {place}", place=place)
    return f"{ends}{say(': ')}{words}{under}"


def _through(call: Call, say: Words) -> str:
    """Who calls through which pointer, and where."""
    at = say("called at {place}", place=_places([call.location], say))
    return f"{name_of(call.caller)} → {call.via}{say(', ')}{at}{_under(call.conditions, say)}"


def _lists(call: Call, route: Route | None, say: Words) -> str:
    """The lists that carry a pointer, if any do."""
    if not call.evidence or not call.evidence.lists:
        return ""
    names = call.evidence.lists_on(route.functions) if route else call.evidence.lists
    return say("on {lists}", lists=say(", ").join(names)) + say(": ")


def _reached(call: Call, stored: bool, say: Words) -> str:
    """A function that a pointer leads to, and how it got there."""
    if not call.evidence or not stored:
        return name_of(call.callee)
    how = call.evidence.how + " {place}" * bool(call.evidence.registrations)
    return f"{name_of(call.callee)} ({say(how, place=_places(call.evidence.registrations, say))})"


def _places(places: Iterable[Location], say: Words) -> str:
    """Places, a file's name once."""
    files: dict[str, dict[int, None]] = {}
    for place in places:
        files.setdefault(place.path, {})[place.line] = None
    return say(", ").join(f"{path}:{', '.join(map(str, lines))}" for path, lines in files.items())


def _under(conditions: Sequence[str], say: Words) -> str:
    return say(", if {conditions}", conditions=say(" and ").join(conditions)) if conditions else ""
