"""What the widget shows, as plain data for its front end and as HTML for viewers that run no scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, cached_property
from html import escape
from typing import Any

from explorer.errors import NotInVersionError
from explorer.excerpt import Excerpt, Page, Remark
from explorer.graph import name_of
from explorer.kernel import Kernel
from explorer.tour import Ground, Step, Tour, load_step, steps
from explorer.tour.pages import link, walk
from explorer.tour.values import Leg
from explorer.version import Location

__all__ = ["Content", "html"]


class Content:
    """A tour in a release, and every function beside it."""

    def __init__(self, kernel: Kernel, tour: Tour) -> None:
        self.kernel = kernel
        self.walk = walk(kernel, tour)
        self.pages = self.walk.pages
        self.ids = tuple(f"{page.title}@{page.location.path}" if page.location else "" for page in self.pages)

    def svg(self, prefix: str) -> str:
        """The route map; every id in it begins with `prefix`."""
        from explorer.views.svg import svg

        return svg(self.kernel.graph, self.kernel.routes, prefix)

    def chart(self, prefix: str) -> dict[str, Any]:
        """What stays while a reader steps: the picture, the steps, and who calls whom in the picture."""
        calls = {(call.caller, call.callee) for route in self.kernel.routes for call in route.calls}
        rows = zip(self.pages, self.ids, strict=True)
        return {
            "title": f"{self.walk.title}, in Linux {self.walk.version}",
            "svg": self.svg(prefix),
            "steps": [{"title": page.title, "function": key, "summary": page.summary} for page, key in rows],
            "calls": sorted(calls),
        }

    def nearest(self, before: Page, number: int) -> int:
        """The number of the step that says most of what another release's page says, else the one at its place."""
        said = _told(before)
        scores = [(len(said & _told(page)), page.title == before.title) for page in self.pages]
        best = max(scores, default=(0, False))
        return scores.index(best) + 1 if any(best) else min(number, len(self.pages))

    def page(self, step: int, selected: str) -> Page:
        """The page of a step; that of another function where one is selected."""
        if not selected or self.ids[step - 1] == selected:
            return self.pages[step - 1]
        if selected in self.ids:
            return self.pages[self.ids.index(selected)]
        return self._beside(selected)

    def _beside(self, key: str) -> Page:
        """A function that the tour does not stop at, with what is said of it elsewhere."""
        told = [step for step in _all_steps() if self._stands_on(step, key)] or [Step(key, (key,), "", ())]
        page = walk(self.kernel, Tour("", "", "", (), tuple(map(Leg, told)))).pages[:1]
        shown = page[0] if page else Page(name_of(key), (), None, ())
        definition = self.kernel.graph.definitions[key][0]
        if shown.location or not definition.file:
            return shown
        location = Location(self.kernel.version, definition.file, definition.line)
        text = self.kernel.excerpt(definition) if definition.file in self.kernel.texts else None
        return replace(shown, excerpt=text, location=location, link=link(location))  # a macro, which no step stands on

    def _stands_on(self, step: Step, key: str) -> bool:
        return any(row.id == key for row in self._ground.definitions(step.functions))

    @cached_property
    def _ground(self) -> Ground:
        return Ground(self.kernel)

    def shown(self, page: Page) -> dict[str, Any]:
        """A page as the front end shows it: all text plain, nothing of it markup."""
        apart = [remark for remark in page.remarks if remark not in page.here and remark.outcome != "absent"]
        return {
            "title": page.title,
            "trust": list(page.trust),
            "place": f"{page.location.path}:{page.location.line}" if page.location else "",
            "link": page.link,
            "words": [text for text in (page.summary, *page.words) if text],
            "lacking": self._lacking(page),
            "lines": self._lines(page.excerpt, set(page.kept)) if page.excerpt else [],
            "notes": [_note(remark) for remark in page.here],
            "apart": [_note(remark) for remark in sorted(apart, key=_line_of)],
            "absent": [remark.title for remark in page.remarks if remark.outcome == "absent"],
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

    def _lines(self, excerpt: Excerpt, kept: set[int]) -> list[dict[str, Any]]:
        """Lines with the file's numbers, tokens as (kind, text, function), `fold` where they may be folded away."""
        known = self.kernel.graph.definitions
        names: dict[int, dict[str, str]] = {}
        for call in self.kernel.graph.callees(excerpt.function.id):
            if call.callee in known and known[call.callee][0].file:
                names.setdefault(call.location.line, {})[name_of(call.callee)] = call.callee
        return [
            {
                "number": number,
                "fold": number not in kept,
                "tokens": [[kind, text, names.get(number, {}).get(text, "")] for kind, text in line],
            }
            for number, line in enumerate(excerpt.lines, excerpt.first)
        ]


def _told(page: Page) -> set[str]:
    """The steps that a page tells of."""
    return {remark.id.partition(".")[0] for remark in page.remarks}


@cache
def _all_steps() -> tuple[Step, ...]:
    return tuple(map(load_step, steps()))


def _line_of(remark: Remark) -> int:
    return remark.location.line if remark.location else 0


def _note(remark: Remark) -> dict[str, Any]:
    place = f"{remark.location.path}:{remark.location.line}" if remark.location else ""
    sure = "" if remark.outcome == "placed" else "not located" if not place else "not looked for"
    rows = {"title": remark.title, "text": _paragraphs(remark.text), "first": remark.first, "last": remark.last}
    return rows | {"place": place, "link": remark.link, "sure": sure, "reviewed": remark.reviewed}


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def html(shown: dict[str, Any], chart: dict[str, Any]) -> str:
    """The same without scripts and styles: picture, steps, source with its numbers, each note below its lines."""
    return "\n".join(_html(shown, chart))


def _html(shown: dict[str, Any], chart: dict[str, Any]) -> Iterator[str]:
    yield f"<section><h3>{_text(chart['title'])}</h3>\n<div>{chart['svg']}</div>\n<ol>"
    for step in chart["steps"]:
        name = f"<code>{_text(step['title'])}</code>"
        now = f"<strong>{name}</strong>" if step["title"] == shown["title"] else name
        yield f"<li>{now} {_text(step['summary'])}</li>"
    yield f"</ol>\n<h4><code>{_text(shown['title'])}</code> {_linked(shown['place'], shown['link'])}</h4>"
    yield f"<p><small>{_prose(' · '.join(shown['trust']))}</small></p>"
    yield from (f"<p>{_prose(text)}</p>" for text in shown["words"])
    yield from _source(shown["lines"], shown["notes"])
    if shown["lacking"]:
        yield f"<p><em>{_prose(shown['lacking'])}</em></p>"
    yield from map(_aside, shown["apart"])
    if shown["absent"]:
        yield f"<p><small>Not in this version: {_text('; '.join(shown['absent']))}.</small></p>"
    yield "</section>"


def _source(lines: list[dict[str, Any]], notes: list[dict[str, Any]]) -> Iterator[str]:
    """Source in pieces, cut behind the last line of each note."""
    on = {number for note in notes for number in range(note["first"], note["last"] + 1)}
    rows: list[str] = []
    left_out = 0
    for index, line in enumerate(lines):
        number = line["number"]
        left_out += line["fold"]
        if left_out and (not line["fold"] or index == len(lines) - 1):
            rows.append(f"      … {left_out} lines …")
            left_out = 0
        if not line["fold"]:
            words = "".join(token[1] for token in line["tokens"]).expandtabs(8)
            rows.append(f"{number:>6} {'▌' if number in on else ' '} {_text(words)}")
        if here := [note for note in notes if note["last"] == number]:
            yield f"<pre>{chr(10).join(rows)}</pre>"
            yield from map(_aside, here)
            rows = []
    if rows:
        yield f"<pre>{chr(10).join(rows)}</pre>"


def _aside(note: dict[str, Any]) -> str:
    sure = f" ({_text(note['sure'])})" if note["sure"] else ""
    text = "".join(f"<p>{_prose(part)}</p>" for part in note["text"])
    head = f"<strong>{_text(note['title'])}</strong>{sure} {_linked(note['place'], note['link'])}"
    return f"<blockquote>{head}{text}</blockquote>"


def _linked(place: str, address: str) -> str:
    shown = f"<code>{_text(place)}</code>" if place else ""
    return f'<a href="{_text(address)}">{shown}</a>' if shown and address.startswith("https://") else shown


def _prose(text: str) -> str:
    """Prose, in which `...` is what a reader types."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(text))


def _text(text: str) -> str:
    return escape(re.sub(r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "�", text), quote=True)
