"""The widget: the route map above, the source of the chosen release below, each note beside its line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Dict, Int, List, Unicode, observe, validate

from explorer import atlas, kernel, views
from explorer.notebook.content import Content, html
from explorer.tour import load_tour
from explorer.version import Version

__all__ = ["Explorer"]

_STATIC = Path(views.__file__).parent / "static"


class Explorer(anywidget.AnyWidget):
    """A tour in a notebook; `version`, `tour`, `step` and `selected` follow the reader and lead him, both ways.

    `selected` is FUNC@SRC, also set as FUNC; `step` counts from 1 and stays where it is while a function beside the
    tour is selected. `chart` and `page` are what the front end shows.
    """

    _esm = _STATIC / "explorer.js"
    _css = _STATIC / "explorer.css"

    version = Unicode().tag(sync=True)
    tour = Unicode().tag(sync=True)
    step = Int(1).tag(sync=True)
    selected = Unicode().tag(sync=True)
    versions = List(Unicode()).tag(sync=True)
    chart = Dict().tag(sync=True)
    page = Dict().tag(sync=True)

    def __init__(self, version: str = "v3.4", tour: str = "transmit", step: int = 1, source: str | None = None) -> None:
        self._source = source
        self._contents: dict[tuple[str, str], Content] = {}
        self._busy = True
        release = str(Version.parse(version))
        content = self._content = self._open(release, tour)
        step = min(max(step, 1), len(content.pages))
        names = [release] if source else [str(each) for each in {*atlas.known(), content.kernel.version}]
        super().__init__(
            version=release,
            tour=tour,
            step=step,
            selected=content.ids[step - 1],
            versions=sorted(names, key=Version.parse, reverse=True),
        )
        with self._settling():
            self.chart = content.chart(self._prefix)

    @property
    def _prefix(self) -> str:
        return f"map-{self.model_id}"

    def _open(self, version: str, tour: str) -> Content:
        """A release and a tour, each pair opened once."""
        if (version, tour) not in self._contents:
            known = next((each.kernel for (name, _), each in self._contents.items() if name == version), None)
            opened = known or kernel.open(Version.parse(version), self._source)
            self._contents[version, tour] = Content(opened, load_tour(tour))
        return self._contents[version, tour]

    @contextmanager
    def _settling(self) -> Iterator[None]:
        """What changes in here changes together, in one message, and the page follows."""
        self._busy = True
        try:
            with self.hold_sync():
                yield
                self.page = self._content.shown(self._content.page(self.step, self.selected))
        finally:
            self._busy = False

    @validate("version")
    def _real(self, proposal: dict[str, Any]) -> str:
        version = str(Version.parse(proposal["value"]))
        self._open(version, self.tour or "transmit")
        return version

    @validate("tour")
    def _told(self, proposal: dict[str, Any]) -> str:
        return load_tour(proposal["value"]).id

    @validate("step")
    def _within(self, proposal: dict[str, Any]) -> int:
        return int(min(max(proposal["value"], 1), len(self._content.pages)))

    @validate("selected")
    def _found(self, proposal: dict[str, Any]) -> str:
        return self._content.kernel.graph.find(proposal["value"]) if proposal["value"] else ""

    @observe("version", "tour")
    def _moved(self, change: dict[str, Any]) -> None:
        """Another release keeps the step, as far as it has it; another tour begins."""
        if self._busy:
            return
        before, number, key = self._content, self.step, self.selected
        content = self._content = self._open(self.version, self.tour)
        with self._settling():
            same = change["name"] == "version"
            self.step = content.nearest(before.pages[number - 1], number) if same else 1
            beside = same and key not in before.ids and key in content.kernel.graph.definitions
            self.selected = key if beside else content.ids[self.step - 1]
            self.chart = content.chart(self._prefix)

    @observe("step")
    def _stepped(self, change: dict[str, Any]) -> None:
        if not self._busy:
            with self._settling():
                self.selected = self._content.ids[self.step - 1]

    @observe("selected")
    def _chosen(self, change: dict[str, Any]) -> None:
        if not self._busy:
            with self._settling():
                if self.selected in self._content.ids and self.selected != self._content.ids[self.step - 1]:
                    self.step = self._content.ids.index(self.selected) + 1

    def save(self, place: str | Path) -> Path:
        """Write the picture as an SVG file, which needs nothing else; the path written."""
        path = Path(place).expanduser()
        path.write_text(self._content.svg("map"), "utf-8")
        return path

    def __repr__(self) -> str:
        return f"Explorer({self.version!r}, {self.tour!r}, step={self.step}, selected={self.selected!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Also text/html, for viewers that run no widgets."""
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**(data or {}), "text/html": html(self.page, self.chart)}, metadata
