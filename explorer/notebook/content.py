"""What the widget shows, as plain data for its front end: every text plain, nothing of it markup but the picture."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from explorer import compare
from explorer.compare import CallChange, Change, Difference, NoteChange
from explorer.errors import NotInVersionError
from explorer.excerpt import Excerpt, Page, Remark, runs
from explorer.graph import Route, name_of
from explorer.kernel import Kernel
from explorer.tour import Tour, notes
from explorer.tour.pages import Walk, absences, walk
from explorer.tour.words import Words
from explorer.version import Location, Version
from explorer.views.handout.pieces import paragraphs

__all__ = ["Content", "View"]

# The letters of styles by Pygments' short names, or their first letters: type, keyword, comment, macro, string, number.
_STYLES = {"kt": "t", "k": "k", "c": "c", "cp": "m", "cpf": "m", "s": "s", "m": "n"}


@dataclass(frozen=True, slots=True)
class View:
    """What the picture shows: the named routes; every call between their functions and of the selected one; macros."""

    all_edges: bool = False
    macros: bool = False
    selected: str = ""

    @property
    def is_map(self) -> bool:
        """Whether it is the route map, which is the same whatever is selected."""
        return not (self.all_edges or self.macros)


class Content:
    """A tour in a release, or a walk that was made of a trace, and every function beside it."""

    def __init__(self, kernel: Kernel, tour: Tour | Walk) -> None:
        self.kernel = kernel
        self.walk = tour if isinstance(tour, Walk) else walk(kernel, tour)
        self.pages = self.walk.pages
        self.ids = tuple(f"{page.title}@{page.location.path}" if page.location else "" for page in self.pages)
        self._beside: dict[str, Page] = {}
        self._differences: dict[Version, Difference] = {}

    @cached_property
    def edition(self) -> str:
        """A digest of all that its pages say: the release's text, the tour, the reader's own notes."""
        said = [str(self.kernel.version), self.walk.id, [(info.path, info.blob) for info in self.kernel.infos]]
        own = [repr(step) for step in notes.listed()]
        return hashlib.sha256(json.dumps([*said, self.kernel.has_text, own]).encode()).hexdigest()[:16]

    def svg(self, prefix: str, view: View = View()) -> str:
        """The picture; every id in it begins with `prefix`."""
        from explorer.views.svg import svg

        return svg(self.kernel.graph, self._drawn(view), prefix)

    def _drawn(self, view: View) -> tuple[Route, ...]:
        graph, routes = self.kernel.graph, self.kernel.routes
        if view.is_map:
            return routes
        on = {key for route in routes for key in route.functions}
        calls = dict.fromkeys(call for route in routes for call in route.calls)
        if view.all_edges:
            calls.update(dict.fromkeys(call for call in graph.calls if {call.caller, call.callee} <= on))
        if view.selected:
            near = (*graph.callers(view.selected), *graph.callees(view.selected))
            kinds = [*["call", "pointer", "deferred"] * view.all_edges, *["macro"] * view.macros]
            calls.update(dict.fromkeys(call for call in near if call.kind in kinds))
        return (Route("all", "every call between its functions", "", tuple(calls)),)

    def chart(self, prefix: str, view: View = View()) -> dict[str, Any]:
        """What stays while a reader steps: the picture, the steps, who calls whom in it, every name to search for."""
        calls = {(call.caller, call.callee) for route in self._drawn(view) for call in route.calls}
        rows = zip(self.pages, self.ids, strict=True)
        names: dict[str, dict[str, None]] = {}
        for function in self.kernel.graph.functions:
            if function.kind == "function":
                names.setdefault(function.file, {})[function.name] = None
        return {
            "title": f"{self.walk.title}, in Linux {self.walk.version}",
            "svg": self.svg(prefix, view),
            "steps": [{"title": page.title, "function": key, "summary": page.summary} for page, key in rows],
            "calls": sorted(calls),
            "names": {path: list(each) for path, each in names.items()},
        }

    def nearest(self, before: Page, number: int) -> int:
        """The number of the step that says most of what another release's page says, else the one at its place."""
        said = _told(before)
        scores = [(len(said & _told(page)), page.title == before.title) for page in self.pages]
        best = max(scores, default=(0, False))
        return scores.index(best) + 1 if any(best) else min(number, len(self.pages))

    def spot(self, step: int, selected: str) -> int:
        """The number of the step that shows a function, 0 beside the tour; `step` itself where it does, or none is."""
        if not selected or self.ids[step - 1 : step] == (selected,):
            return step
        return self.ids.index(selected) + 1 if selected in self.ids else 0

    def page(self, step: int, selected: str) -> Page:
        """The page of a step; that of another function where one is selected."""
        if number := self.spot(step, selected):
            return self.pages[number - 1]
        return self.alone(selected)

    def alone(self, function: str) -> Page:
        """A function with every note that stands on it, whatever tour tells it."""
        if function not in self._beside:
            self._beside[function] = compare.page_of(self.kernel, function)
        return self._beside[function]

    def beside(self, step: int, selected: str, other: Content) -> dict[str, Any]:
        """What became of a page in another release, line by line, call by call and note by note; and of the routes."""
        page = self.page(step, selected)
        if selected in ("", *self.ids):
            there: Page | None = other.pages[other.nearest(page, step) - 1]
        else:
            key = compare.counterpart(other.kernel, selected)
            there = other.alone(key) if key else None
        found = compare.beside(self.kernel, page, other.kernel, there)
        if other.kernel.version not in self._differences:
            self._differences[other.kernel.version] = compare.compare(self.kernel, other.kernel)
        routes = self._differences[other.kernel.version]
        gone = {(call.caller, call.callee) for row in routes.routes for call in row.calls if call.change == Change.GONE}
        return {
            "version": str(other.kernel.version),
            "change": str(found.change),
            "read": found.read,
            "page": other.shown(there) if there else {},
            "rows": [[str(row.change), row.before, row.after] for row in found.lines],
            "notes": [_note_changed(note) for note in found.notes],
            "calls": [_call_changed(call) for call in found.calls if call.kind != "macro"],
            "functions": {row.name: str(row.change) for row in routes.functions if row.change != Change.SAME},
            "gone": sorted(gone),
        }

    def shown(self, page: Page) -> dict[str, Any]:
        """A page as the front end shows it."""
        apart = [remark for remark in page.remarks if remark not in page.here and remark.outcome != "absent"]
        return {
            "title": page.title,
            "version": str(self.kernel.version),
            "trust": list(page.trust),
            "place": _place(page.location),
            "link": page.link,
            "words": [text for text in (page.summary, *page.words) if text],
            "lacking": self._lacking(page),
            "first": page.excerpt.first if page.excerpt else 0,
            "lines": self._lines(page.excerpt) if page.excerpt else [],
            "folded": list(_folded(page)),
            "notes": [_note(remark) for remark in page.here],
            "apart": [_note(remark) for remark in sorted(apart, key=_line_of)],
            "absent": absences(page, Words()),
        }

    def _lacking(self, page: Page) -> str:
        """Why there is no source, and which command brings it."""
        if page.excerpt:
            return ""
        key = f"{page.title}@{page.location.path}" if page.location else page.title
        for function in self.kernel.graph.definitions.get(key, ()):
            try:
                self.kernel.excerpt(function)
            except NotInVersionError as error:
                return f"{str(error)[0].upper()}{str(error)[1:]}."
        return f"{page.title} was not found in the files read of {self.kernel.version}."

    def _lines(self, excerpt: Excerpt) -> list[str | list[Any]]:
        """Lines, each as its text; as texts, [text, style] and [text, style, function] where not all of it is plain."""
        known = self.kernel.graph.definitions
        names: dict[int, dict[str, str]] = {}
        for call in self.kernel.graph.callees(excerpt.function.id):
            if call.callee in known and known[call.callee][0].file:
                names.setdefault(call.location.line, {})[name_of(call.callee)] = call.callee
        return [_packed(line, names.get(number, {})) for number, line in enumerate(excerpt.lines, excerpt.first)]


def _packed(line: Iterable[tuple[str, str]], names: Mapping[str, str]) -> str | list[Any]:
    row: list[Any] = [
        [text, style, names[text]] if text in names else [text, style] if style else text
        for style, text in runs(line, _style, names)
    ]
    return row if any(isinstance(each, list) for each in row) else "".join(row)


def _style(kind: str) -> str:
    return _STYLES.get(kind, _STYLES.get(kind[:1], ""))


def _folded(page: Page) -> Iterator[tuple[int, int]]:
    """The first and last of each row of lines that may be folded away."""
    if page.excerpt is None:
        return
    kept = {page.excerpt.first - 1, *page.kept, page.excerpt.first + len(page.excerpt.lines)}
    yield from ((before + 1, after - 1) for before, after in pairwise(sorted(kept)) if after - before > 1)


def _told(page: Page) -> set[str]:
    """The steps that a page tells of."""
    return {remark.id.partition(".")[0] for remark in page.remarks}


def _place(location: Location | None) -> str:
    return f"{location.path}:{location.line}" if location else ""


def _line_of(remark: Remark) -> int:
    return remark.location.line if remark.location else 0


def _note(remark: Remark) -> dict[str, Any]:
    place = _place(remark.location)
    sure = "" if remark.outcome == "placed" else "not located" if not place else "not looked for"
    rows = {"title": remark.title, "text": paragraphs(remark.text), "first": remark.first, "last": remark.last}
    name = remark.id.rpartition(".")[2]
    told = {"place": place, "link": remark.link, "sure": sure, "reviewed": remark.reviewed}
    return rows | told | {"id": name, "own": name.startswith("mine-")}


def _note_changed(note: NoteChange) -> dict[str, str]:
    return {"name": note.title, "change": note.change, "before": _place(note.before), "after": _place(note.after)}


def _call_changed(call: CallChange) -> dict[str, str]:
    before, after = (_place(sites[0]) if sites else "" for sites in (call.before, call.after))
    return {"name": call.callee, "change": call.change, "before": before, "after": after}
