"""The widget: the route map above, the source of the chosen release below, each note beside its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Bool, Dict, Int, List, TraitError, Unicode, observe, validate

from explorer import atlas, kernel, views
from explorer.errors import ExplorerError, NotInVersionError, TourError
from explorer.notebook.content import Content, View
from explorer.notebook.plain import html
from explorer.tour import Ground, Note, Tour, load_tour, notes
from explorer.tour.pages import Walk
from explorer.trace import Taken
from explorer.trace.pages import walked
from explorer.version import Location, Version
from explorer.views.module import module

__all__ = ["Explorer"]

_STATIC = Path(views.__file__).parent / "static"
_TRACED = ("seen", "unseen", "unexpected")


class Explorer(anywidget.AnyWidget):
    """A tour in a notebook; `version`, `tour`, `step`, `selected` and `line` follow the reader and lead him, both ways.

    `selected` is FUNC@SRC, also set as FUNC; `step` counts from 1 and stays where it is while a function beside the
    tour is selected; `line` is the one chosen in the source, 0 for none. `compare` names a second release to stand
    beside. `all_edges`, `macros` and `conditions` say what the picture shows, and `trace`, rows of (caller, callee,
    seen | unseen | unexpected), is drawn over it. `chart`, `page` and `beside` are what the front end shows.
    """

    _esm = module()
    _css = _STATIC / "explorer.css"

    version = Unicode().tag(sync=True)
    compare = Unicode().tag(sync=True)
    tour = Unicode().tag(sync=True)
    step = Int(1).tag(sync=True)
    selected = Unicode().tag(sync=True)
    line = Int().tag(sync=True)
    all_edges = Bool().tag(sync=True)
    macros = Bool().tag(sync=True)
    conditions = Bool(True).tag(sync=True)
    trace: List[Any] = List().tag(sync=True)
    versions = List(Unicode()).tag(sync=True)
    chart = Dict().tag(sync=True)
    page = Dict().tag(sync=True)
    beside = Dict().tag(sync=True)

    def __init__(
        self,
        version: str = "v3.4",
        tour: str = "transmit",
        step: int = 1,
        source: str | Mapping[str, str] | None = None,
        *,
        trace: Taken | None = None,
    ) -> None:
        """Open a release; `source` is where its text comes from, or a source for each of several releases.

        A trace is walked in the place of a tour, in its own release: trace("two-taps").
        """
        self._taken = trace
        if trace:
            version, tour = str(trace.kernel.version), trace.id
        release = str(Version.parse(version))
        given = {release: source} if isinstance(source, str) else source or {}
        self._sources = {str(Version.parse(each)): place for each, place in given.items()}
        self._kernels = {release: trace.kernel} if trace else {}
        self._contents: dict[tuple[str, str], Content] = {}
        self._busy = True
        self._at = (0, "")
        self._undo: Callable[[], Note] | None = None
        content = self._content = self._open(release, tour)
        step = min(max(step, 1), len(content.pages))
        others = () if trace else map(str, atlas.known())
        names = {*others, *self._sources, release, str(content.kernel.version)}
        super().__init__(
            version=release,
            tour=tour,
            step=step,
            selected=content.ids[step - 1],
            versions=sorted(names, key=Version.parse, reverse=True),
        )
        with self._settling():
            self.chart = content.chart(self._prefix)
            self.trace = list(trace.joined.rows) if trace else []
        self.on_msg(self._asked)

    @property
    def location(self) -> Location | None:
        """The chosen line, else the function's: a permanent link as text."""
        path, _, number = self.page["place"].rpartition(":")
        return Location(self._content.kernel.version, path, self.line or int(number)) if path else None

    @property
    def _prefix(self) -> str:
        return f"map-{self.model_id}"

    @property
    def _view(self) -> View:
        return View(self.all_edges, self.macros, self.selected)

    def _open(self, version: str, tour: str) -> Content:
        """A release and a tour, each opened once."""
        if version not in self._kernels:
            self._kernels[version] = kernel.open(Version.parse(version), self._sources.get(version))
        if (version, tour) not in self._contents:
            self._contents[version, tour] = Content(self._kernels[version], self._told_by(version, tour))
        return self._contents[version, tour]

    def _told_by(self, version: str, tour: str) -> Tour | Walk:
        if not self._taken or tour != self._taken.id:
            return load_tour(tour)
        if version != str(self._taken.kernel.version):
            raise TourError(f"the {tour} is of {self._taken.kernel.version}; for {version} set tour and version")
        return walked(self._taken)

    @contextmanager
    def _settling(self) -> Iterator[None]:
        """What changes in here changes together, in one message, and the page follows."""
        self._busy = True
        try:
            with self.hold_sync():
                yield
                shown = self._shown(self.step, self.selected)
                if shown["page"]["place"] != self.page.get("place"):
                    self.line = 0
                self.page, self.beside = shown["page"], shown["beside"]
                if not self._view.is_map:
                    self.chart = self._content.chart(self._prefix, self._view)
        finally:
            self._busy = False
            self._at = (self.step, self.selected)

    def _shown(self, step: int, selected: str) -> dict[str, Any]:
        """What stands at a step or a function, with the digest by which the front end knows it again."""
        content, other = self._content, self._open(self.compare, self.tour) if self.compare else None
        page = content.shown(content.page(step, selected))
        edition = " ".join(each.edition for each in (content, other) if each)
        page |= {"step": content.spot(step, selected), "function": selected, "edition": edition}
        return {"page": page, "beside": content.beside(step, selected, other) if other else {}}

    @validate("version")
    def _real(self, proposal: dict[str, Any]) -> str:
        version = str(Version.parse(proposal["value"]))
        self._open(version, self.tour or "transmit")
        return version

    @validate("compare")
    def _other(self, proposal: dict[str, Any]) -> str:
        return self._real(proposal) if proposal["value"] else ""

    @validate("tour")
    def _told(self, proposal: dict[str, Any]) -> str:
        told: str = proposal["value"]
        return told if self._taken and told == self._taken.id else load_tour(told).id

    @validate("step")
    def _within(self, proposal: dict[str, Any]) -> int:
        return int(min(max(proposal["value"], 1), len(self._content.pages)))

    @validate("selected")
    def _found(self, proposal: dict[str, Any]) -> str:
        return self._content.kernel.graph.find(proposal["value"]) if proposal["value"] else ""

    @validate("line")
    def _inside(self, proposal: dict[str, Any]) -> int:
        number = int(proposal["value"])
        return number if 0 <= number - self.page.get("first", 0) < len(self.page.get("lines", ())) else 0

    @validate("trace")
    def _traced(self, proposal: dict[str, Any]) -> list[list[str]]:
        rows = [list(map(str, row)) for row in proposal["value"]]
        if wrong := [row for row in rows if len(row) != 3 or row[2] not in _TRACED]:
            raise TraitError(f"a row of a trace is caller, callee and one of {', '.join(_TRACED)}, not {wrong[0]}")
        graph = self._content.kernel.graph
        return [[*((graph.known([key]) or [key])[0] for key in row[:2]), row[2]] for row in rows]

    @observe("version", "tour")
    def _moved(self, change: dict[str, Any]) -> None:
        """Another release keeps the step, as far as it has it; another tour begins."""
        if self._busy:
            return
        before, number, key = self._content, self.step, self.selected
        content = self._content = self._open(self.version, self.tour)
        with self._settling():
            same = change["name"] == "version"
            self.step = content.nearest(before.pages[(before.spot(number, key) or number) - 1], number) if same else 1
            beside = same and key not in before.ids and key in content.kernel.graph.definitions
            self.selected = key if beside else content.ids[self.step - 1]
            self.chart = content.chart(self._prefix)

    @observe("step", "selected")
    def _went(self, change: dict[str, Any]) -> None:
        """A step selects its function, a function its step; where both changed the function leads."""
        if self._busy or (self.step, self.selected) == self._at:
            return
        with self._settling():
            if self.selected == self._at[1]:
                self.selected = self._content.ids[self.step - 1]
            else:
                self.step = self._content.spot(self.step, self.selected) or self.step

    @observe("compare")
    def _set_beside(self, change: dict[str, Any]) -> None:
        if not self._busy:
            with self._settling():
                pass

    @observe("all_edges", "macros")
    def _redrawn(self, change: dict[str, Any]) -> None:
        if not self._busy:
            self.chart = self._content.chart(self._prefix, self._view)

    def add_note(self, text: str, title: str = "Your note", line: int | None = None) -> Note:
        """Keep a note of the reader's own on the statement of a line, by default the chosen one."""
        shown = self._content.page(self.step, self.selected)
        if shown.excerpt is None:
            raise NotInVersionError(self.page["lacking"], self._content.kernel.version, shown.title)
        pattern = notes.at(Ground(self._content.kernel), shown.excerpt.function, line or self.line)
        note = notes.add(pattern, text, title)
        self._noted(lambda: notes.remove(note.id).note)
        return note

    def change_note(self, name: str, text: str, title: str = "Your note") -> Note:
        """Say something else in a note of the reader's own, by its id; the note as it was."""
        before = notes.change(name, text, title)
        self._noted(lambda: notes.change(name, before.text, before.title))
        return before

    def remove_note(self, name: str) -> Note:
        """Forget a note of the reader's own, by its id."""
        gone = notes.remove(name)
        self._noted(lambda: notes.put_back(gone))
        return gone.note

    def undo_note(self) -> Note:
        """Undo the last that was done to a note here."""
        if self._undo is None:
            raise ExplorerError("nothing was done to a note here that could be undone")
        note = self._undo()
        self._noted(None)
        return note

    def _noted(self, undo: Callable[[], Note] | None) -> None:
        """Notes have changed: every page is made anew."""
        self._undo = undo
        self._contents.clear()
        self._content = self._open(self.version, self.tour)
        with self._settling():
            pass

    def _asked(self, widget: Any, content: Any, buffers: Any) -> None:
        """What the front end asks: a page sent ahead, or something done to a note."""
        if "ahead" in content:
            self.send({"ahead": self._ahead(content["ahead"])})
            return
        if "look" in content:
            self.send({"look": content["look"], "page": self._look(content)})
            return
        try:
            done = self._do(content)
        except ExplorerError as error:
            self.send({"refused": str(error)})
        else:
            self.send({"done": done, "undo": self._undo is not None})

    def _do(self, asked: Mapping[str, Any]) -> str:
        """Keep, change or remove a note, or undo it; what was done, in words."""
        text, title, name = (str(asked.get(key, "")).strip() for key in ("text", "title", "note"))
        if "undo" in asked:
            return f"Undone: {self.undo_note().title}"
        if "remove" in asked:
            return f"Removed: {self.remove_note(str(asked['remove'])).title}"
        if not text:
            raise ExplorerError("the note has no text yet")
        title = title or "Your note"
        if name:
            self.change_note(name, text, title)
        else:
            self.add_note(text, title)
        return f"{'Changed' if name else 'Kept'}: {title}"

    def _look(self, asked: Any) -> dict[str, Any]:
        """A page for a cell that looks at a function of a release; empty if there is none."""
        match asked:
            case {"version": str(version), "function": str(key)} if version in self.versions:
                with suppress(ExplorerError):
                    content = self._open(version, self.tour)
                    if key in content.kernel.graph.definitions:
                        return content.shown(content.alone(key)) | {"function": key}
        return {}

    def _ahead(self, asked: Any) -> dict[str, Any]:
        """A page that may be next; empty if there is none, for the reader may have gone to another release."""
        match asked:
            case [int(step), str(key)] if 0 <= step == self._content.spot(step, key) and (
                step or key in self._content.kernel.graph.definitions
            ):
                return self._shown(step, key)
        return {}

    def save(self, place: str | Path) -> Path:
        """Write the picture as an SVG file, which needs nothing else; the path written."""
        path = Path(place).expanduser()
        path.write_text(self._content.svg("map", self._view), "utf-8")
        return path

    def __repr__(self) -> str:
        return f"Explorer({self.version!r}, {self.tour!r}, step={self.step}, selected={self.selected!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Also text/html, for viewers that run no widgets."""
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**(data or {}), "text/html": html(self.page, self.chart)}, metadata
