"""The steps of a handout in HTML: lines of C, each note beside its statement, and what is not so in this release."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from explorer.compare import Change, Pair, Told, WalkChange
from explorer.excerpt import Page, Remark
from explorer.handout import Handout
from explorer.tour.pages import Walk
from explorer.tour.values import Fit
from explorer.tour.words import Words
from explorer.views.handout.markup import Lines, linked, name, prose, text
from explorer.views.handout.pieces import TOLD, Piece, Stretch, is_said_anew, lines_of, pieces, reviewed, sureness

__all__ = ["Steps"]


class Steps:
    """Writes the steps; for paper, what is folded is left out and addresses are footnotes."""

    def __init__(self, handout: Handout, paper: str = "") -> None:
        self._handout = handout
        self._paper = bool(paper)
        self._say = Words(handout.lang)

    def tour(self, number: int) -> str:
        """The anchor of a tour."""
        return _anchor(self._handout.walks[number].id)

    def step(self, walk: Walk, number: int) -> str:
        """The anchor of a step, counted from 0."""
        return _anchor(f"{walk.id}-{number + 1}")

    @cached_property
    def links(self) -> Mapping[str, str]:
        """The first step of each function FUNC@SRC, as an address in this page."""
        found: dict[str, str] = {}
        for walk in self._handout.walks:
            for number, page in enumerate(walk.pages):
                if page.location:
                    found.setdefault(f"{page.title}@{page.location.path}", f"#{self.step(walk, number)}")
        return found

    @cached_property
    def _notes(self) -> Mapping[str, tuple[str, str, str]]:
        """Where each note is first told: its anchor, that of its step, and what the step is called."""
        found: dict[str, tuple[str, str, str]] = {}
        for walk in self._handout.walks:
            for number, page in enumerate(walk.pages):
                for remark in page.remarks:
                    place = self.step(walk, number)
                    found.setdefault(
                        remark.id,
                        (f"{place}.{_anchor(remark.id)}", place, f"{self._handout.number(walk, number)} {page.title}"),
                    )
        return found

    def of(self, note: str, titled: bool) -> tuple[str, str]:
        """Where a reader finds a note, as anchor and words: its step, or `titled` itself."""
        anchor, step, called = self._notes[note]
        number, _, function = called.partition(" ")
        words = f"{text(self._say('step {number}', number=number))}, {name(function)}"
        return (anchor, words) if titled else (step, words)

    def section(self, walk: Walk, number: int, level: int, pair: Pair | None) -> Iterator[str]:
        """One step."""
        page, anchor = walk.pages[number], self.step(walk, number)
        yield f'<section class="step" id="{anchor}">'
        heading = f'<span class="number">{self._handout.number(walk, number)}</span> {name(page.title)}'
        yield f'<h{level} id="{anchor}-name" tabindex="-1">{heading}</h{level}>'
        yield self._trust(page)
        yield f'<div class="words">{"".join(map(prose, (*page.words, page.summary)))}</div>'
        yield from (self._note(anchor, each, "apart") for each in page.remarks if Fit(each.outcome).is_loss)
        yield from self._source(walk, page, anchor)
        apart = (each for each in page.remarks if each not in page.here and each.outcome in (Fit.PLACED, Fit.UNREAD))
        yield from (self._note(anchor, each, "apart") for each in apart)
        if gone := [remark.title for remark in page.remarks if remark.outcome == Fit.ABSENT]:
            yield f'<p class="absent">{text(self._say("Not in this version:"))} {text("; ".join(gone))}</p>'
        if pair:
            yield from self._compared(pair)
        yield "</section>"

    def _trust(self, page: Page) -> str:
        """Where the function stands, how sure its text is, whether the notes were read against it."""
        say = self._say
        info = self._handout.file(page)
        parts = [self._place(page)] if page.location else []
        parts += [text(say(each)) for each in sureness(info).split("; ")] if info else []
        parts += [text(words)] if (words := reviewed(page, say)) else []
        return f'<p class="trust">{" · ".join(parts)}</p>'

    def _place(self, page: Page | Remark) -> str:
        place = page.location
        return linked(f"{place.path}:{place.line}", page.link, self._paper) if place else ""

    def _source(self, walk: Walk, page: Page, anchor: str) -> Iterator[str]:
        if page.excerpt is None:
            return
        on = [number for remark in page.here for number in range(remark.first, remark.last + 1)]
        steps = {each.title: self.step(walk, number) for number, each in reversed(list(enumerate(walk.pages)))}
        links = {(line, callee): steps[callee] for line, callee in page.calls if callee in steps}
        lines = Lines(page.excerpt, self._paper, on, links)
        yield '<div class="source">'
        yield from (self._piece(piece, lines, anchor) for piece in pieces(page))
        yield "</div>"

    def _piece(self, piece: Piece, lines: Lines, anchor: str) -> str:
        head, rest = ("".join(self._stretch(each, lines) for each in side) for side in (piece.head, piece.rest))
        if not piece.notes:
            return f'<div class="piece">{head}</div>'
        notes = "".join(self._note(anchor, each, "") for each in piece.notes)
        if self._paper:
            return f'<div class="piece row"><div class="code">{head}{rest}</div><div class="notes">{notes}</div></div>'
        tail = f'<div class="rest">{rest}</div>' if rest else ""
        return f'<div class="piece"><div class="head">{head}</div><div class="notes">{notes}</div>{tail}</div>'

    def _stretch(self, stretch: Stretch, lines: Lines) -> str:
        if not stretch.folded:
            return lines.list(stretch.numbers)
        said = text(self._say("… {count} lines …", count=len(stretch.numbers)))
        if self._paper:
            return f'<p class="fold">{said}</p>'
        return f"<details><summary>{said}</summary>{lines.list(stretch.numbers)}</details>"

    def _note(self, anchor: str, remark: Remark, kind: str) -> str:
        """A note; one that stands on no line here says where it stands, or that it could not be located."""
        say = self._say
        sure = ""
        if kind or not remark.first:
            at = self._place(remark)
            if remark.outcome != Fit.PLACED:
                lost = say("not located in {version}", version=self._handout.version)
                sure = f" <em>{text(lost if Fit(remark.outcome).is_loss else say('not looked for'))}</em>"
        else:
            at = f'<span class="at">{lines_of(remark)}</span>'
        return (
            f'<div class="{f"note {kind}".strip()}" id="{anchor}.{_anchor(remark.id)}">'
            f'<p class="title"><strong>{text(remark.title)}</strong> {at}{sure}</p>{prose(remark.text)}</div>'
        )

    def _compared(self, pair: Pair) -> Iterator[str]:
        """What became of a step in the other release."""
        say, other = self._say, self._handout.other
        places = ", ".join(f"{name(page.title)} {self._place(page)}" for page in pair.others)
        head = f"<strong>{text(say('In {version}:', version=other))}</strong> {places or text(say('gone'))}"
        yield f'<div class="compared">\n<p class="title">{head}</p>'
        told = [row for row in pair.notes if row.change != Change.SAME]
        if told:
            yield "<ul>"
            yield from (self._told(pair.others, row) for row in told)
            yield "</ul>"
        if (same := len(pair.notes) - len(told)) and pair.others:
            yield f"<p>{text(say('Notes whose statement is the same: {count}', count=same))}</p>"
        yield "</div>"

    def _told(self, pages: Iterable[Page], row: Told) -> str:
        remark = row.after or row.before
        if remark is None:
            return ""
        change = self._say(TOLD[row.change], function=row.function)
        place = f" {self._place(row.after)}" if row.after and row.after.location else ""
        said = prose(row.after.text) if row.after and is_said_anew(row) else ""
        lines = (
            "".join(self._statement(page, row.after) for page in pages if row.after in page.here) if row.after else ""
        )
        shown = (lines + said) * (row.change in (Change.CHANGED, Change.NEW, Change.MOVED))
        return f"<li><em>{text(change)}</em> {text(remark.title)}{place}{shown}</li>"

    def new(self, change: WalkChange, level: int) -> Iterator[str]:
        """The steps that only the other release has."""
        words = self._say("New in {version}", version=change.after)
        yield f'<section class="step">\n<h{level}>{text(words)}</h{level}>'
        for page in change.new:
            yield f'<div class="compared"><p class="title"><strong>{name(page.title)}</strong> {self._place(page)}</p>'
            yield f"{prose(page.summary)}<ul>"
            rows = (Told(Change.NEW, None, remark) for remark in page.remarks if remark.outcome == Fit.PLACED)
            yield from (self._told((page,), row) for row in rows)
            yield "</ul></div>"
        yield "</section>"

    def _statement(self, page: Page, remark: Remark) -> str:
        """The statement that a note stands on in the other release."""
        lines = page.excerpt and Lines(page.excerpt, self._paper)
        return lines.list(range(remark.first, remark.last + 1)) if lines else ""


def _anchor(words: str) -> str:
    return re.sub(r"[^\w.-]", "-", words, flags=re.ASCII)
