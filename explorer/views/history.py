"""What changed between releases, and which release a file is of, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from explorer.graph import ShapeChange, name_of
from explorer.history import History, Turn
from explorer.identify import Identity
from explorer.version import Version
from explorer.views.terminal import cells, folded
from explorer.views.text import Glyphs, Line

__all__ = ["change_lines", "history_lines", "identity_lines"]

_SIGNS = {"begins": "+", "joins": "+", "calls": "+", "ends": "-", "leaves": "-", "calls no more": "-"}
_STYLES = {"+": "green", "-": "red", "~": "yellow"}
_SERIES = 4  # versions of one file that are named, not counted


def history_lines(told: History, glyphs: Glyphs, width: int) -> Iterator[Line]:
    """The turns of a history, oldest first."""
    what = f"{told.function}, its callers and callees" if told.function else "the way to the packet sockets"
    ends = f"{told.versions[0]} to {told.versions[-1]}" if told.versions else "no release"
    yield (("bold", what), ("dim", f"  in {len(told.versions)} releases, {ends}"))
    for turn in told.turns:
        yield ()
        yield from _turn(turn, glyphs, width, bool(told.function))
    if not told.turns:
        yield (("", "nothing changed"),)


def _turn(turn: Turn, glyphs: Glyphs, width: int, alone: bool) -> Iterator[Line]:
    branch = "  on the stable branch" if turn.branch else ""
    yield (("", "between "), ("bold", str(turn.before)), ("", " and "), ("bold", str(turn.after)), ("dim", branch))
    yield from change_lines(turn.changes, glyphs, width, alone)


def change_lines(changes: Iterable[ShapeChange], glyphs: Glyphs, width: int, alone: bool = False) -> Iterator[Line]:
    """Changes one a line, those of one caller at one place together, each with its place and, unless alone, routes."""
    for _, group in groupby(changes, key=_together):
        rows = list(group)
        first = rows[0]
        sign = _SIGNS.get(first.kind, "~")
        where = first.after or first.before
        place = f"{where.path}:{where.line}" if where else ""
        routes = "" if alone or not first.function else ", ".join(first.routes)
        head = f"  {sign} {_said(rows)}"
        tail = glyphs.dot.join(part for part in (place, routes) if part)
        if (gap := width - cells(head) - cells(tail) - 2) >= 0:
            yield ((_STYLES[sign], head), ("", " " * (gap + 2)), ("dim", tail))
            continue
        for number, line in enumerate(folded(head, width - 6)):
            yield ((_STYLES[sign], ("      " if number else "  ") + line),)
        yield from ((("dim", f"      {line}"),) for line in folded(tail, width - 6))


def _together(change: ShapeChange) -> tuple[object, ...]:
    calls = change.kind.startswith("calls")
    return change.kind, change.routes, change.before, change.after, change.function if calls else change


def _said(rows: list[ShapeChange]) -> str:
    first = rows[0]
    name, others = name_of(first.function), ", ".join(name_of(row.other) for row in rows)
    if not first.function:
        return f"{first.routes[0]} {first.kind}"
    home = first.function.partition("@")[2]
    return {
        "joins": name,
        "leaves": name,
        "renamed": f"{name} is now {others}",
        "moves": f"{name} is now in {first.other.partition('@')[2]}, was in {home}",
        "calls": f"{name} calls {others}",
        "calls no more": f"{name} calls {others} no more",
        "lists": f"{name} finds taps on {first.other}",
    }[first.kind]


def identity_lines(name: str, found: Identity, width: int) -> Iterator[Line]:
    """Which release a file is of, or which are nearest."""
    if found.exact:
        yield (("bold", _series(found.exact)), ("", f"  {found.path}, to the byte"), ("dim", f"  {found.blob[:12]}"))
        return
    if not found.near:
        yield (("", f"nothing of {name} is in any release known here"),)
        return
    yield (("", f"no release known here has just this file; nearest of {found.path}, functions and calls in common:"),)
    for row in found.near:
        yield (("", f"  {row.same / row.of:6.1%}  {row.same} of {row.of}  "), ("bold", _series(row.versions)))


def _series(versions: tuple[Version, ...]) -> str:
    if len(versions) <= _SERIES:
        return ", ".join(map(str, versions))
    return f"{versions[0]} to {versions[-1]} ({len(versions)} releases)"
