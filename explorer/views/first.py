"""The first screen in a terminal: the two ways side by side where there is room, else one under the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from explorer.graph import ShapeChange, name_of
from explorer.tour.first import First, Spot, Way
from explorer.version import Location
from explorer.views.terminal import cells, folded
from explorer.views.text import Glyphs, Line

__all__ = ["first_lines"]

_WIDE = 130  # columns for two ways side by side
_COLUMN = 64  # of them, each
_PROSE = 100  # columns of a claim


def first_lines(screen: First, glyphs: Glyphs, width: int) -> Iterator[Line]:
    """How frames reach the handlers, what is not so, what changed since the founding note."""
    yield (("bold", screen.title),)
    yield from _prose(screen.text, width)
    yield ()
    column = width if width < _WIDE else _COLUMN
    yield from _ways([list(_way(way, glyphs, screen.words["on"], column)) for way in screen.ways], width)
    yield (("bold", screen.words["ends"]),)
    name = max((cells(end.name) for end in screen.ends), default=0)
    place = max((cells(_at(end.location)) for end in screen.ends), default=0)
    for end in screen.ends:
        head = (("", f"  {end.name:{name}}  "), ("dim", f"{_at(end.location):{place}}  "))
        yield from _hung(head, end.text, width)
    yield ()
    yield (("bold", screen.words["not_so"]),)
    for claim in screen.claims:
        where = f" ({_at(claim.location)})" if claim.location and claim.outcome == "placed" else ""
        yield from _hung((("dim", "  - "),), claim.text + where, min(width, _PROSE))
    yield ()
    yield from _founding(screen, width)
    yield from _prose(screen.words["more"], width, "dim")


def _at(location: Location | None) -> str:
    return f"{location.path}:{location.line}" if location else ""


def _prose(text: str, width: int, style: str = "") -> Iterator[Line]:
    yield from (((style, line),) for line in folded(text, min(width, _PROSE)))


def _hung(head: Line, text: str, width: int) -> Iterator[Line]:
    """A text behind its head, its later lines indented as its first."""
    used = sum(cells(part) for _, part in head)
    for number, line in enumerate(folded(text, max(width - used, 20))):
        yield (*head, ("", line)) if not number else (("", " " * used + line),)


def _way(way: Way, glyphs: Glyphs, on: str, width: int) -> Iterator[Line]:
    yield (("bold", way.title),)
    name = max(cells(stop.name) for stop in way.stops)
    name = max(name, cells(glyphs.pointer + way.via))
    for stop in way.stops:
        yield (("", f"  {stop.name:{name}}  "), ("dim", _at(stop.location)))
    via = glyphs.pointer + way.via
    yield (
        ("dim", f"  {glyphs.pointer}"),
        ("italic", way.via),
        ("dim", f"{'':{name - cells(via)}}  {_at(way.dispatch)}"),
    )
    yield from ((("cyan", f"     {line}"),) for line in folded(on.format(lists=", ".join(way.lists)), width - 5))


def _ways(ways: list[list[Line]], width: int) -> Iterator[Line]:
    if width < _WIDE or len(ways) != 2:
        for way in ways:
            yield from way
            yield ()
        return
    half = max(sum(cells(text) for _, text in line) for line in ways[0]) + 4
    empty: Line = ()
    for left, right in zip_longest(*ways, fillvalue=empty):
        used = sum(cells(text) for _, text in left)
        yield (*left, ("", " " * (half - used)), *right)
    yield ()


def _founding(screen: First, width: int) -> Iterator[Line]:
    note = screen.founding
    yield from ((("bold", line),) for line in folded(note.title, min(width, _PROSE)))
    name = max(cells(spot.name) for spot in note.spots)
    for spot in note.spots:
        yield _spot(spot, name, screen.words["none"], note.quoted != screen.version)
    for key, names in _told(note.changes):
        yield from _hung((("", "  "),), f"{screen.words[key]}: {', '.join(names)}", min(width, _PROSE))
    yield ()


def _spot(spot: Spot, name: int, none: str, both: bool) -> Line:
    pad = " " * (name - cells(spot.name))
    now = f"  {_at(spot.now) or none}" if both else ""
    return (("", f"  {spot.name}{pad}  "), ("dim", f"{_at(spot.then) or none:20}"), ("", now))


def _told(changes: Iterable[ShapeChange]) -> Iterator[tuple[str, list[str]]]:
    """What changed, in three lists of names."""
    rows = list(changes)
    for kind in ("joins", "leaves"):
        if names := [name_of(row.function) for row in rows if row.kind == kind]:
            yield kind, names
    if names := [name_of(row.function) for row in rows if row.kind in ("renamed", "moves")]:
        yield "other", names
