"""Routes as a tree for a terminal: every call with file and line, every pointer call with its reason.

A line is a sequence of (style, text) spans; a pipe gets the texts, a terminal the styles as well (see cli.common).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from explorer.graph import Call, CallGraph, Function, Route, name_of

__all__ = ["Glyphs", "Line", "functions", "plain", "routes_text", "trust"]

Line = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs a tree is drawn with: box drawing where the locale has it."""

    branch: str = "├─ "
    last: str = "└─ "
    down: str = "│  "
    pointer: str = "╌▸ "
    deferred: str = "⋯▸ "
    dot: str = " · "
    mark: str = "▌"
    fold: str = "…"

    @classmethod
    def ascii(cls) -> Glyphs:
        """Signs that every terminal has."""
        return cls("|- ", "`- ", "|  ", "-> ", "..> ", "; ", "|", "...")


@dataclass(frozen=True, slots=True)
class _Row:
    depth: tuple[bool, ...]  # for each level above and this one, whether it is the last of its siblings
    sign: str
    label: str
    style: str
    remark: str
    place: str


def routes_text(
    graph: CallGraph, routes: Sequence[Route], glyphs: Glyphs, width: int = 100, numbered: bool = False
) -> Iterator[Line]:
    """The routes one under the other, each a tree from its first function."""
    told: dict[frozenset[Call], str] = {}
    for route in routes:
        yield (("bold", f"{route.id}"), ("", f"  {route.title}"))
        for number, row in enumerate(_Tree(graph, route, glyphs, told).rows(), 1):
            yield from _lines(row, glyphs, width, f"{number:>3}  " if numbered else "  ")
        yield ()


class _Tree:
    """A route unfolded: a function's callees stand under it once, later mentions point back.

    `told` are the parts that earlier routes have unfolded, with the route's id.
    """

    def __init__(self, graph: CallGraph, route: Route, glyphs: Glyphs, told: dict[frozenset[Call], str]) -> None:
        self._graph = graph
        self._route = route
        self._told = told
        self._on = set(route.functions)
        self._glyphs = glyphs
        self._callees: dict[str, list[Call]] = {}
        for call in route.calls:
            self._callees.setdefault(call.caller, []).append(call)
        reached = {call.callee for call in route.calls}
        self._roots = [key for key in self._callees if key not in reached] or list(self._callees)[:1]
        self._shown: set[str] = set()

    def rows(self) -> Iterator[_Row]:
        for root in self._roots:
            definition = self._graph.definitions[root][0]
            yield _Row((), "", name_of(root), "bold", "", _defined(definition))
            yield from self._below(root, ())

    def _part(self, key: str) -> frozenset[Call]:
        """Every call of the route that a function leads to."""
        found: dict[str, None] = {key: None}
        pending = [key]
        while pending:
            for call in self._callees.get(pending.pop(), ()):
                if call.callee not in found:
                    found[call.callee] = None
                    pending.append(call.callee)
        return frozenset(call for each in found for call in self._callees.get(each, ()))

    def _before(self, key: str) -> str:
        """Where a function's callees have been unfolded already: as above, as in another route; else empty."""
        if key not in self._callees:
            return ""
        if key in self._shown:
            return "as above"
        route = self._told.setdefault(self._part(key), self._route.id)
        return "" if route == self._route.id else f"as in {route}"

    def _below(self, key: str, depth: tuple[bool, ...]) -> Iterator[_Row]:
        self._shown.add(key)
        groups = [list(group) for _, group in groupby(self._callees.get(key, ()), key=_together)]
        for number, group in enumerate(groups):
            level = (*depth, number == len(groups) - 1)
            if group[0].kind == "pointer":
                yield from self._pointer(group, level)
            else:
                before = self._before(group[0].callee)
                yield self._row(group, level, before)
                if not before:
                    yield from self._below(group[0].callee, level)

    def _row(self, group: Sequence[Call], level: tuple[bool, ...], before: str) -> _Row:
        call = group[0]
        remarks = [f"[{', '.join(call.conditions)}]"] * bool(call.conditions)
        if call.kind == "deferred":
            remarks.append(f"over {call.via}")
        remarks += [before] * bool(before)
        sign = self._glyphs.deferred if call.kind == "deferred" else ""
        style = "dim" if call.kind == "macro" else ""
        return _Row(level, sign, name_of(call.callee), style, "  ".join(remarks), _places(group))

    def _pointer(self, group: Sequence[Call], level: tuple[bool, ...]) -> Iterator[_Row]:
        call = group[0]
        lists = list(
            dict.fromkeys(name for each in group if each.evidence for name in each.evidence.lists_on(self._on))
        )
        on = f"on {', '.join(lists)}" if lists else ""
        tag = f"[{', '.join(call.conditions)}]" if call.conditions else ""
        targets = list(dict.fromkeys(each.callee for each in group))
        known = all(target in self._shown for target in targets)
        again = f"to {', '.join(map(name_of, targets))}" if known else ""
        remark = "  ".join(part for part in (on, again, tag) if part)
        yield _Row(level, self._glyphs.pointer, call.via, "italic", remark, _places(group[:1]))
        for number, target in enumerate(() if known else targets):
            each = next(call for call in group if call.callee == target)
            stored = _stored(each)
            own = list(each.evidence.lists_on(self._on)) if each.evidence else []
            apart = f"only on {', '.join(own)}" if own and set(own) != set(lists) else ""
            below = (*level, number == len(targets) - 1)
            yield _Row(below, "", name_of(target), "bold", apart, stored)
            if not self._before(target):
                yield from self._below(target, below)


def _together(call: Call) -> tuple[object, ...]:
    """Calls that are told in one breath: call sites of one callee, targets of one pointer."""
    if call.kind == "pointer":
        return call.kind, call.via, call.location
    return call.kind, call.callee, call.conditions, call.location.path


def _defined(definition: Function) -> str:
    return f"{definition.file}:{definition.line}" if definition.file else ""


def _places(group: Sequence[Call]) -> str:
    lines = dict.fromkeys(str(call.location.line) for call in group)
    return f"{group[0].location.path}:{', '.join(lines)}"


def _stored(call: Call) -> str:
    """Where the function was put in the member; a call through a local has no such place."""
    if call.evidence is None:
        return ""
    by_file = groupby(call.evidence.registrations, key=lambda place: place.path)
    places = ", ".join(f"{path}:{', '.join(str(place.line) for place in places)}" for path, places in by_file)
    return f"{call.evidence.how} {places}".rstrip()


def _lines(row: _Row, glyphs: Glyphs, width: int, margin: str) -> Iterator[Line]:
    tree = "".join("   " if last else glyphs.down for last in row.depth[:-1])
    if row.depth:
        tree += glyphs.last if row.depth[-1] else glyphs.branch
    head = (("dim", margin + tree + row.sign), (row.style, row.label))
    used = sum(len(text) for _, text in head)
    remark = f"  {row.remark}" if row.remark else ""
    gap = width - used - len(remark) - len(row.place) - 2
    if gap >= 0:
        yield (*head, ("cyan", remark), ("", " " * (gap + 2)), ("dim", row.place))
        return
    indent = " " * len(margin) + "".join("   " if last else glyphs.down for last in row.depth) + "   "
    yield head
    for text in (row.remark, row.place):
        for part in _folded(text, max(width - len(indent), 20)):
            yield (("dim", indent), ("cyan" if text is row.remark else "dim", part))


def _folded(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width, break_long_words=True, break_on_hyphens=False)


def functions(graph: CallGraph, glyphs: Glyphs, width: int = 100) -> Iterator[Line]:
    """Every function of the files read with its calls, one line a call site, as `graph --all` prints them."""
    for key, definitions in graph.definitions.items():
        if not (calls := graph.callees(key)) and not definitions[0].file:
            continue
        yield (("bold", name_of(key)), ("dim", f"  {_defined(definitions[0])}  {definitions[0].kind}"))
        for call in calls:
            sign = {"pointer": glyphs.pointer, "deferred": glyphs.deferred}.get(call.kind, "")
            via = f"  {call.via}" if call.via else ""
            tag = f"  [{', '.join(call.conditions)}]" if call.conditions else ""
            style = "dim" if call.kind == "macro" else ""
            yield (
                ("", "  "),
                ("dim", sign),
                (style, name_of(call.callee)),
                ("cyan", via + tag),
                ("dim", f"  {call.location.line}"),
            )


def trust(graph: CallGraph) -> str:
    """One line of how sure the files are: how many, how verified, what did not parse."""
    ways: dict[str, int] = {}
    for info in graph.files:
        ways[info.verified] = ways.get(info.verified, 0) + 1
    each = sorted(ways.items(), key=lambda item: -item[1])
    told = each[0][0] if len(each) == 1 else "; ".join(f"{count} {way}" for way, count in each)
    errors = sum(info.errors for info in graph.files)
    parse = f"; {errors} places did not parse" if errors else ""
    lost = f"; hand-over not found: {', '.join(graph.lost)}" if graph.lost else ""
    return f"{len(graph.files)} files ({told}){parse}{lost}"


def plain(lines: Iterable[Line]) -> str:
    """The lines without styles."""
    return "".join("".join(text for _, text in line).rstrip() + "\n" for line in lines)
