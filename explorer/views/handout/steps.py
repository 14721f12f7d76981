"""The steps of a handout in HTML: lines of C, each note beside its statement, and what is not so in this release."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from explorer.compare import Change, Pair, Told, WalkChange
from explorer.excerpt import Page, Remark
from explorer.handout import Handout
from explorer.tour.pages import Walk, absences
from explorer.tour.values import Fit
from explorer.tour.words import Words
from explorer.views.handout.gaps import filled
from explorer.views.handout.markup import Lines, linked, name, prose, text
from explorer.views.handout.pieces import (
    TOLD,
    Piece,
    Stretch,
    is_said_anew,
    labelled,
    lines_of,
    pieces,
    reviewed,
    sureness,
)

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
    def _asked(self) -> Collection[str]:
        """The notes that the teacher's copy has links to; the others need no name."""
        return {note for asked in self._handout.questions for note in asked.notes} if self._handout.answers else ()

    @cached_property
    def _notes(self) -> Mapping[str, tuple[str, str, str]]:
        """Where each note is first told: the anchor of its step, what the step is called, and its title."""
        found: dict[str, tuple[str, str, str]] = {}
        for walk in self._handout.walks:
            for number, page in enumerate(walk.pages):
                for remark in page.remarks:
                    told = (self.step(walk, number), self._called(walk, number), text(remark.title))
                    found.setdefault(remark.id, told)
        return found

    def _called(self, walk: Walk, number: int) -> str:
        """What a step is called where another place speaks of it."""
        words = self._say("step {number}", number=self._handout.number(walk, number))
        return f"{text(words)} {name(walk.pages[number].title)}"

    def note_at(self, note: str) -> tuple[str, str]:
        """Where a reader finds a note, as anchor and words: its step; in the teacher's copy itself, by its title."""
        step, called, title = self._notes[note]
        if not self._handout.answers:
            return step, called
        return _anchor(note), f"{called}{self._say(': ')}<wbr>{title}"  # else a printer runs a long word off the page

    def section(self, walk: Walk, number: int, level: int, pair: Pair | None) -> Iterator[str]:
        """One step; one that an earlier tour has too tells where."""
        page, anchor = walk.pages[number], self.step(walk, number)
        before = self._handout.told_before(walk, number)
        yield f"<section class=step id={anchor}>"
        heading = f"<span class=number>{self._handout.number(walk, number)}</span> {name(page.title)}"
        yield f"<h{level} tabindex=-1>{heading}</h{level}>"
        if not before:
            yield self._trust(page)
        yield f"<div class=words>{''.join(map(prose, (*page.words, page.summary)))}</div>"
        yield from self._again(*before) if before else self._told_here(walk, page, pair)
        yield "</section>"

    def _again(self, walk: Walk, number: int) -> Iterator[str]:
        link = f"<a href=#{self.step(walk, number)}>{self._called(walk, number)}</a>"
        yield f"<p class=where>{labelled(text(self._say('Its source and notes:')), link)}</p>"

    def _told_here(self, walk: Walk, page: Page, pair: Pair | None) -> Iterator[str]:
        yield from (self._note(each, "apart") for each in page.remarks if Fit(each.outcome).is_loss)
        yield from self._source(walk, page)
        apart = (each for each in page.remarks if each not in page.here and each.outcome in (Fit.PLACED, Fit.UNREAD))
        yield from (self._note(each, "apart") for each in apart)
        if gone := absences(page, self._say):
            yield f"<p class=absent>{labelled(text(self._say('Not in this version:')), text(gone))}</p>"
        if pair:
            yield from self._compared(pair)

    def _trust(self, page: Page) -> str:
        """Where the function stands, how sure its text is, whether the notes were read against it."""
        say = self._say
        info = self._handout.file(page)
        parts = [self._place(page)] if page.location else []
        parts += [text(say(each)) for each in sureness(info).split("; ")] if info else []
        parts += [text(words)] if (words := reviewed(page, say)) else []
        return f"<p class=trust>{' · '.join(parts)}</p>"

    def _place(self, page: Page | Remark) -> str:
        place = page.location
        return linked(f"{place.path}:{place.line}", page.link, self._paper) if place else ""

    def _source(self, walk: Walk, page: Page) -> Iterator[str]:
        if page.excerpt is None:
            return
        on = [number for remark in page.here for number in range(remark.first, remark.last + 1)]
        steps = {each.title: self.step(walk, number) for number, each in reversed(list(enumerate(walk.pages)))}
        links: dict[int, dict[str, str]] = {}
        for line, callee in page.calls:
            links.setdefault(line, {}).update({callee: steps[callee]} if callee in steps else {})
        lines = Lines(page.excerpt, self._paper, on, links)
        yield "<div class=source>"
        cut = (filled(piece, page.excerpt) if self._paper else piece for piece in pieces(page))
        yield from (self._piece(piece, lines) for piece in cut)
        yield "</div>"

    def _piece(self, piece: Piece, lines: Lines) -> str:
        head, rest = (self._stretches(each, lines) for each in (piece.head, piece.rest))
        if not piece.notes:
            return f"<div class=piece>{head}</div>"
        notes = "".join(self._note(each) for each in piece.notes)
        if len(piece.notes) > 1 or self._paper:
            notes = f"<div class=notes>{notes}</div>"
        if self._paper:
            return f'<div class="piece row"><div class=code>{head}{rest}</div>{notes}</div>'
        return f"<div class=piece>{head}{notes}{rest}</div>"

    def _stretches(self, stretches: Sequence[Stretch], lines: Lines) -> str:
        """Stretches as one element, if there are any."""
        shown = "".join(self._stretch(each, lines) for each in stretches)
        return shown if len(stretches) < 2 or self._paper else f"<div>{shown}</div>"

    def _stretch(self, stretch: Stretch, lines: Lines) -> str:
        if not stretch.folded:
            return lines.list(stretch.numbers)
        said = text(self._say("… {count} lines …", count=len(stretch.numbers)))
        if self._paper or len(stretch.numbers) > self._handout.longest:
            return f"<p class=fold>{said}</p>"
        return f"<details><summary>{said}</summary>{lines.list(stretch.numbers)}</details>"

    def _note(self, remark: Remark, kind: str = "") -> str:
        """A note; one that stands on no line here says where it stands, or that it could not be located."""
        say = self._say
        sure = ""
        if kind or not remark.first:
            at = self._place(remark)
            if remark.outcome != Fit.PLACED:
                lost = say("not located in {version}", version=self._handout.version)
                sure = f" <em>{text(lost if Fit(remark.outcome).is_loss else say('not looked for'))}</em>"
        else:
            at = f"<small>{lines_of(remark)}</small>"
        style = f'"note {kind}"' if kind else "note"
        key = f" id={_anchor(remark.id)}" if remark.id in self._asked else ""
        return f"<div class={style}{key}><p><b>{text(remark.title)}</b> {at}{sure}{prose(remark.text)}</div>"

    def _compared(self, pair: Pair) -> Iterator[str]:
        """What became of a step in the other release."""
        say, other = self._say, self._handout.other
        places = ", ".join(f"{name(page.title)} {self._place(page)}" for page in pair.others)
        head = f"<strong>{text(say('In {version}:', version=other))}</strong> {places or text(say('gone'))}"
        yield f"<div class=compared>\n<p class=title>{head}</p>"
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
        yield f"<section class=step>\n<h{level}>{text(words)}</h{level}>"
        for page in change.new:
            yield f"<div class=compared><p class=title><strong>{name(page.title)}</strong> {self._place(page)}</p>"
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
