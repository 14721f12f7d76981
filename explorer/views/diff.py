"""What differs between two releases, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from explorer.compare.values import CallChange, Change, Difference, FunctionChange, Line, NoteChange
from explorer.version import Location
from explorer.views.terminal import expanded, folded
from explorer.views.text import Glyphs
from explorer.views.text import Line as Row

__all__ = ["difference_lines"]

_STYLES = {Change.NEW: "green", Change.GONE: "red", Change.CHANGED: "yellow", Change.LOST: "italic"}
_SIGNS = {Change.NEW: "+", Change.GONE: "-"}
_LOST, _GAINED = attrgetter("lost"), attrgetter("gained")
_AROUND = 3  # lines that are the same shown before and after one that is not


def difference_lines(difference: Difference, glyphs: Glyphs, width: int) -> Iterator[Row]:
    """Routes and functions, or one function with what is in it."""
    yield (("bold", f"{difference.before} to {difference.after}"),)
    yield ()
    for route in difference.routes:
        yield (("bold", route.id), ("", f"  {route.title}"))
        yield from _calls(route.calls, glyphs)
        yield ()
    if difference.routes:
        yield (("bold", "functions"), ("", "  by their text where it is at hand, else by their length and calls"))
        yield from _functions(difference.functions, width)
    else:
        for function in difference.functions:
            yield from _function(function, glyphs)


def _calls(calls: Iterable[CallChange], glyphs: Glyphs) -> Iterator[Row]:
    """What is not the same, macros left out; what one pointer reaches in one line."""
    told = [call for call in calls if call.change != Change.SAME and call.kind != "macro"]
    for _, group in groupby(
        told, key=lambda call: (call.caller, call.via or call.callee, call.change, call.after or call.before)
    ):
        rows = list(group)
        call, callees = rows[0], ", ".join(row.callee for row in rows)
        sign = {"pointer": glyphs.pointer, "deferred": glyphs.deferred}.get(call.kind, "-> ")
        via = f" ({call.via})" if call.via else ""
        lost, gained = (dict.fromkeys(word for row in rows for word in words(row)) for words in (_LOST, _GAINED))
        ways = "".join(f"  {sign}{word}" for sign, words in (("-", lost), ("+", gained)) for word in words)
        where = _places(call.after or call.before)
        yield (_word(call.change), ("", f"{call.caller} {sign}{callees}{via}"), ("yellow", ways), ("dim", f"  {where}"))
    if not told:
        yield (("dim", "  the same"),)


def _functions(functions: Sequence[FunctionChange], width: int) -> Iterator[Row]:
    for function in functions:
        if function.change != Change.SAME:
            yield (_word(function.change), ("", function.name), ("dim", f"  {_way(function.before, function.after)}"))
    if same := [function.name for function in functions if function.change == Change.SAME]:
        yield from ((("dim", f"  {line}"),) for line in folded(f"the same: {', '.join(same)}", width - 2))


def _function(function: FunctionChange, glyphs: Glyphs) -> Iterator[Row]:
    sure = "" if function.read else "  as far as its length and calls tell; the text is not at hand"
    yield (_word(function.change), ("bold", function.name), ("dim", f"  {_way(function.before, function.after)}{sure}"))
    yield ()
    if function.notes:
        yield (("bold", "notes"),)
        yield from (_note(note) for note in function.notes)
        yield ()
    if function.lines:
        yield from _source(function.lines, glyphs)
    else:
        yield (("bold", "calls"),)
        yield from _calls(function.calls, glyphs)


def _note(note: NoteChange) -> Row:
    return (_word(note.change), ("", note.title), ("dim", f"  {_way(note.before, note.after)}"))


def _source(lines: Sequence[Line], glyphs: Glyphs) -> Iterator[Row]:
    """Both numbers and a sign before each line; what is the same is left out where it is long."""
    near = {
        index + by
        for index, line in enumerate(lines)
        if line.change != Change.SAME
        for by in range(-_AROUND, _AROUND + 1)
    }
    for same, group in groupby(enumerate(lines), key=lambda row: row[1].change == Change.SAME):
        rows = list(group)
        if not same:
            yield from (_line(Change.GONE, line.before, 0, line.old) for _, line in rows if line.before)
            yield from (_line(Change.NEW, 0, line.after, line.new) for _, line in rows if line.after)
            continue
        for shown, part in groupby(rows, key=lambda row: row[0] in near):
            kept = [line for _, line in part]
            if shown:
                yield from (_line(line.change, line.before, line.after, line.new) for line in kept)
            else:
                yield (("dim", f"{glyphs.fold:>15}   {len(kept)} lines"),)


def _line(change: Change, before: int, after: int, text: str) -> Row:
    numbers = "".join(f"{number or '':>8}" for number in (before, after))
    style = _STYLES.get(change, "")
    return (("dim", numbers), (style, f" {_SIGNS.get(change, ' ')} "), (style, expanded(text, 0)))


def _word(change: Change) -> tuple[str, str]:
    return (_STYLES.get(change, "dim"), f"  {change:<9}")


def _way(before: Location | None, after: Location | None) -> str:
    places = [f"{place.path}:{place.line}" for place in (before, after) if place]
    return " to ".join(dict.fromkeys(places))


def _places(places: Sequence[Location]) -> str:
    return f"{places[0].path}:{', '.join(str(place.line) for place in places)}" if places else ""
