"""The first screen: how a sent and a received frame reach the handlers, what is not so, what changed since the note.

Places come from the graph of the version, claims from notes that are placed on it, words from data/first.toml.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from explorer import kernel as door
from explorer import resources
from explorer.graph import Call, CallGraph, Route, ShapeChange, name_of, reshaped
from explorer.kernel import Kernel
from explorer.tour.load import load_step, tongue, tours
from explorer.tour.pages import link
from explorer.tour.placement import Ground, place
from explorer.tour.toml import Table, read
from explorer.tour.values import Fit
from explorer.version import Location, Version

__all__ = ["Claim", "End", "First", "Founding", "Spot", "Stop", "Way", "claimed", "first", "pieces"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A function on a way, and the place that calls it; the first one's own."""

    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class Way:
    """From the first function of a route to the one that walks the lists of taps, and the pointer call that follows."""

    route: str
    title: str
    stops: tuple[Stop, ...]
    via: str
    dispatch: Location
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    """A handler, and whom it serves."""

    name: str
    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What is not so, and the note that shows it, where that stands."""

    text: str
    note: str
    outcome: str
    location: Location | None
    link: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A place the founding note told, in the version it quoted and in this one; None where there is none."""

    name: str
    then: Location | None
    now: Location | None


@dataclass(frozen=True, slots=True)
class Founding:
    """The note that named one version and quoted another, and what changed on the ways, oldest release to newest."""

    named: Version
    quoted: Version
    title: str
    spots: tuple[Spot, ...]
    changes: tuple[ShapeChange, ...]


@dataclass(frozen=True, slots=True)
class First:
    """The first screen of a version; `words` are its headings, by name."""

    version: Version
    title: str
    text: str
    ways: tuple[Way, ...]
    ends: tuple[End, ...]
    claims: tuple[Claim, ...]
    founding: Founding
    words: dict[str, str]


def first(kernel: Kernel, lang: str = "en") -> First:
    """The first screen of a release, in a language as far as there is a translation."""
    said = tongue(lang, "", "first")
    table = _table()
    routes = [route for row in table.rows("ways") for route in kernel.routes if route.id == row.text("route")]
    titles = {row.text("route"): said.says("", row.text("title"))[1] for row in table.rows("ways")}
    words = {key: said.says("", text)[1] for key, text in _words(table)}
    words["more"] = words["more"].format(version=kernel.version, tours=", ".join(tour.id for tour in tours()))
    return First(
        kernel.version,
        said.says("", table.text("title"))[1].format(version=kernel.version),
        said.says("", table.text("text"))[1],
        tuple(way for route in routes for way in _way(kernel.graph, route, titles[route.id])),
        tuple(
            _ends(
                kernel.graph, [(row.text("function"), said.says("", row.text("text"))[1]) for row in table.rows("ends")]
            )
        ),
        tuple(
            _claims(
                Ground(kernel), [(row.text("note"), said.says("", row.text("text"))[1]) for row in table.rows("claims")]
            )
        ),
        _founding(kernel, table.table("founding"), words),
        words,
    )


def claimed() -> tuple[str, ...]:
    """The notes that the first screen's claims name, as STEP.NOTE."""
    return tuple(row.text("note") for row in _table().rows("claims"))


def pieces() -> tuple[tuple[str, str, str], ...]:
    """All that is said in English, piece by piece: id, title, text."""
    table = _table()
    rows = [("first", table.text("title")), ("first", table.text("text")), *_words(table)]
    rows += [(row.text("route"), row.text("title")) for row in table.rows("ways")]
    rows += [(row.text("function"), row.text("text")) for row in table.rows("ends")]
    rows += [(row.text("note"), row.text("text")) for row in table.rows("claims")]
    return tuple((name, "", text) for name, text in rows)


def _table() -> Table:
    table = read(resources.data_path("first.toml"), "data/first.toml")
    return table.only("title", "text", "words", "ways", "ends", "claims", "founding")


def _words(table: Table) -> list[tuple[str, str]]:
    words = table.table("words")
    return [(key, words.text(key)) for key in words]


def _way(graph: CallGraph, route: Route, title: str) -> Iterator[Way]:
    """The way of a route; none where no tap can be reached on it."""
    taps = [call for call in route.calls if call.kind == "pointer" and call.evidence and _is_handler(call)]
    walks = [walk for call in taps if call.evidence for walk in call.evidence.walks]
    walker = next((key for key in route.functions if key in {walker for _, walker in walks}), "")
    if not walker:
        return
    calls = list(_shortest(route, route.functions[0], walker))
    last = next((call for call in taps if call.caller == walker), taps[0])
    if last.caller != walker:
        calls += _shortest(route, walker, last.caller)
    start = graph.definitions[route.functions[0]][0]
    stops = [Stop(start.name, Location(graph.version, start.file, start.line))]
    stops += [Stop(name_of(call.callee), call.location) for call in calls]
    lists = dict.fromkeys(name for call in taps if call.evidence for name in call.evidence.lists_on(route.functions))
    yield Way(route.id, title, tuple(stops), last.via, last.location, tuple(lists))


def _is_handler(call: Call) -> bool:
    return name_of(call.callee) in {row.text("function") for row in _table().rows("ends")}


def _shortest(route: Route, start: str, end: str) -> tuple[Call, ...]:
    """The fewest calls of a route from one function to another."""
    ways: dict[str, tuple[Call, ...]] = {start: ()}
    pending = [start]
    for key in pending:
        for call in route.calls:
            if call.caller == key and call.kind == "call" and call.callee not in ways:
                ways[call.callee] = (*ways[key], call)
                pending.append(call.callee)
    return ways.get(end, ())


def _ends(graph: CallGraph, rows: Iterable[tuple[str, str]]) -> Iterator[End]:
    for name, text in rows:
        for key in graph.known([name]):
            function = graph.definitions[key][0]
            if function.file:
                yield End(name, Location(graph.version, function.file, function.line), text)


def _claims(ground: Ground, rows: Iterable[tuple[str, str]]) -> Iterator[Claim]:
    for name, text in rows:
        step = load_step(name.partition(".")[0])
        note = next(note for note in step.notes if f"{step.id}.{note.id}" == name)
        placed = place(ground, step, note)
        if placed.outcome is not Fit.ABSENT:
            yield Claim(text, name, str(placed.outcome), placed.location, link(placed.location))


def _founding(kernel: Kernel, table: Table, words: dict[str, str]) -> Founding:
    named, quoted = (Version.parse(table.text(key)) for key in ("named", "quoted"))
    then = kernel if kernel.version == quoted else door.open(quoted, offline=True)
    spots = tuple(_spot(then.graph, kernel.graph, row, words) for row in table.rows("places"))
    title = words["same" if kernel.version == quoted else "then"].format(named=named, quoted=quoted)
    old, new = sorted((then, kernel), key=lambda each: each.version)
    for key in ("joins", "leaves", "other"):
        words[key] = words[key].format(old=old.version, new=new.version)
    ids = {row.text("route") for row in _table().rows("ways")}
    sides = [tuple(route for route in each.routes if route.id in ids) for each in (old, new)]
    return Founding(named, quoted, title, spots, reshaped(old.graph, new.graph, sides[0], sides[1]))


def _spot(then: CallGraph, now: CallGraph, row: Table, words: dict[str, str]) -> Spot:
    function, role = row.text("function"), row.text("role", "")
    name = name_of(function)
    told = words[role].format(name=name) if role else name
    return Spot(told, _place(then, function, role), _place(now, function, role))


def _place(graph: CallGraph, function: str, role: str) -> Location | None:
    if function not in graph.definitions:
        return None
    if not role:
        return Location(graph.version, graph.definitions[function][0].file, graph.definitions[function][0].line)
    calls = graph.callers(function) if role == "called" else graph.callees(function)
    kind = "call" if role == "called" else "pointer"
    return next((call.location for call in calls if call.kind == kind), None)
