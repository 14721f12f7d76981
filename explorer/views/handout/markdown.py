"""A handout as Markdown, as GitHub shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from explorer import __version__
from explorer.compare import Change, Pair, Told
from explorer.excerpt import Excerpt, Page, Remark
from explorer.handout import Handout
from explorer.tour.pages import Walk, absences
from explorer.tour.values import Fit
from explorer.tour.words import Words
from explorer.views.handout.html import title
from explorer.views.handout.pieces import (
    TOLD,
    Stretch,
    is_said_anew,
    labelled,
    licence,
    lines_of,
    origin,
    paragraphs,
    pieces,
    reviewed,
    sureness,
)
from explorer.views.mermaid import mermaid
from explorer.views.terminal import expanded

__all__ = ["markdown"]


def markdown(handout: Handout) -> str:
    """Write it; the picture is Mermaid's."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_Writer(handout).lines())).strip() + "\n"


class _Writer:
    def __init__(self, handout: Handout) -> None:
        self._handout = handout
        self._say = Words(handout.lang)

    def lines(self) -> Iterator[str]:
        handout = self._handout
        alone = len(handout.walks) == 1
        yield f"# {_text(f'{title(handout)}, Linux {handout.version}')}\n"
        yield from self._sources()
        yield f"## {self._say('The route map')}\n"
        yield _fenced(mermaid(handout.graph, handout.routes), "mermaid")
        for number, walk in enumerate(handout.walks):
            yield from [] if alone else [f"## {number + 1}. {_text(walk.title)}\n"]
            yield from _prose(walk.text)
            for step in range(len(walk.pages)):
                pair = handout.changes[number].pairs[step] if handout.changes else None
                yield from self._step(walk, step, "##" if alone else "###", pair)
            yield from self._rest(walk, number, "##" if alone else "###")
        yield from self._questions()
        if handout.words:
            yield f"## {_text(self._say('Words'))}\n"
            yield "\n".join(f"- **{_text(word)}** {_text(meaning)}" for word, meaning in handout.words) + "\n"
        yield f"---\n\n{_text(self._say('Made by packet-path-explorer {version}.', version=__version__))}"

    def _sources(self) -> Iterator[str]:
        handout, say = self._handout, self._say
        yield from _prose(licence(handout))
        yield f"| {' | '.join(map(say, ('File', 'Verified', 'Blob', 'From')))} |\n|---|---|---|---|"
        for info in handout.files:
            cells = (_name(info.path), _text(self._sure(sureness(info))), _name(info.blob[:12]), _text(origin(info)))
            yield f"| {' | '.join(cells)} |"
        yield ""

    def _sure(self, words: str) -> str:
        return "; ".join(map(self._say, words.split("; ")))

    def _step(self, walk: Walk, step: int, marks: str, pair: Pair | None) -> Iterator[str]:
        say, handout, page = self._say, self._handout, walk.pages[step]
        yield f"{marks} {handout.number(walk, step)} {_name(page.title)}\n"
        if before := handout.told_before(walk, step):
            yield from (each for words in (*page.words, page.summary) for each in _prose(words))
            called = say("step {number}", number=handout.number(*before))
            yield labelled(_text(say("Its source and notes:")), f"{_text(called)} {_name(page.title)}\n")
            return
        info = handout.file(page)
        parts = [_place(page), _text(self._sure(sureness(info))) if info else "", _text(reviewed(page, say))]
        yield " · ".join(filter(None, parts)) + "\n"
        for words in (*page.words, page.summary):
            yield from _prose(words)
        yield from self._source(page)
        for remark in page.remarks:
            if remark not in page.here and remark.outcome != Fit.ABSENT:
                yield from self._note(remark, _place(remark))
        if gone := absences(page, say):
            yield f"*{say('Not in this version:')}* {_text(gone)}\n"
        if pair:
            yield from self._compared(pair)

    def _source(self, page: Page) -> Iterator[str]:
        """Code and notes in turn, each note below its statement."""
        rows: list[str] = []
        for piece in pieces(page):
            on = {number for note in piece.notes for number in range(note.first, note.last + 1)}
            rows += self._rows(page, piece.head, on)
            if piece.notes:
                yield from [_fenced("\n".join(rows), "c")]
                for note in piece.notes:
                    yield from self._note(note, lines_of(note))
                rows = []
            rows += self._rows(page, piece.rest, on)
        if rows:
            yield _fenced("\n".join(rows), "c")

    def _rows(self, page: Page, stretches: Iterable[Stretch], on: set[int]) -> Iterator[str]:
        for stretch in stretches:
            if stretch.folded:
                yield f"         {self._say('… {count} lines …', count=len(stretch.numbers))}"
            elif page.excerpt:
                yield from (_line(page.excerpt, number, number in on) for number in stretch.numbers)

    def _note(self, remark: Remark, where: str) -> Iterator[str]:
        say = self._say
        if remark.outcome != Fit.PLACED:
            lost = say("not located in {version}", version=self._handout.version)
            where += f" *{lost if Fit(remark.outcome).is_loss else say('not looked for')}*"
        yield _quoted([f"**{_text(remark.title)}** {where.strip()}".rstrip(), *map(_coded, paragraphs(remark.text))])

    def _rest(self, walk: Walk, number: int, marks: str) -> Iterator[str]:
        say = self._say
        if walk.absent:
            yield f"*{say('Functions not in this version:')}* {', '.join(map(_name, walk.absent))}\n"
        new = self._handout.changes[number].new if self._handout.changes else ()
        if new:
            yield f"{marks} {_text(say('New in {version}', version=self._handout.other))}\n"
        for page in new:
            yield f"{_name(page.title)} {_place(page)}\n"
            yield from _prose(page.summary)
            rows = (Told(Change.NEW, None, each) for each in page.remarks if each.outcome == Fit.PLACED)
            yield from (self._told(row) for row in rows)
            yield ""

    def _compared(self, pair: Pair) -> Iterator[str]:
        say = self._say
        places = ", ".join(f"{_name(page.title)} {_place(page)}" for page in pair.others)
        yield f"**{_text(say('In {version}:', version=self._handout.other))}** {places or say('gone')}\n"
        told = [row for row in pair.notes if row.change != Change.SAME]
        yield from map(self._told, told)
        if (same := len(pair.notes) - len(told)) and pair.others:
            yield f"\n{_text(say('Notes whose statement is the same: {count}', count=same))}"
        yield ""

    def _told(self, row: Told) -> str:
        remark = row.after or row.before
        head = (
            f"- *{_text(self._say(TOLD[row.change], function=row.function))}* {_text(remark.title if remark else '')}"
        )
        place = f" {_place(row.after)}" if row.after else ""
        anew = row.after and is_said_anew(row)
        said = [f"\n\n  {_coded(part)}" for part in paragraphs(row.after.text)] if row.after and anew else []
        return head + place + "".join(said)

    def _questions(self) -> Iterator[str]:
        handout, say = self._handout, self._say
        steps: dict[str, str] = {}
        for walk in handout.walks:
            for number, page in enumerate(walk.pages):
                for remark in page.remarks:
                    words = f"{_text(say('step {number}', number=handout.number(walk, number)))} {_name(page.title)}"
                    steps.setdefault(remark.id, words)
        if handout.questions:
            yield f"## {say('Questions')}\n"
        for number, asked in enumerate(handout.questions, 1):
            indent = " " * len(f"{number}. ")
            yield f"{number}. **{_text(asked.ask)}**\n"
            if handout.answers:
                yield from (f"{indent}{_coded(part)}\n" for each in asked.texts for part in paragraphs(each))
            where = labelled(say("Look at"), say("; ").join(dict.fromkeys(steps[note] for note in asked.notes)))
            see = labelled(say("See it happen:"), _name(f"explorer live {asked.scenario}")) if asked.scenario else ""
            yield f"{indent}{say('. ').join(filter(None, (where, see)))}\n"


def _place(page: Page | Remark) -> str:
    """Where something stands, as a link where there is an address."""
    if page.location is None:
        return ""
    place = _name(f"{page.location.path}:{page.location.line}")
    return f"[{place}](<{page.link}>)" if re.fullmatch(r"https://[^\s<>]+", page.link) else place


def _line(excerpt: Excerpt, number: int, on: bool) -> str:
    words = "".join(words for _, words in excerpt.lines[number - excerpt.first])
    return f"{number:>6} {'▌' if on else ' '} {expanded(words, 0)}".rstrip()


def _fenced(words: str, language: str) -> str:
    """A block that nothing in it can end."""
    longest = max(map(len, re.findall("`+", words)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{words.rstrip()}\n{fence}\n"


def _name(words: str) -> str:
    """A name of the source: code that nothing in it can end, in a cell of a table too."""
    plain = expanded(" ".join(words.split()), 0).replace("|", "\N{FULLWIDTH VERTICAL LINE}")
    fence = "`" * (max(map(len, re.findall("`+", plain)), default=0) + 1)
    return f"{fence} {plain} {fence}" if "`" in plain else f"`{plain}`"


def _quoted(parts: Iterable[str]) -> str:
    return "\n>\n".join(f"> {part}" for part in parts) + "\n"


def _prose(words: str) -> Iterator[str]:
    return (f"{_coded(part)}\n" for part in paragraphs(words))


def _coded(words: str) -> str:
    """A paragraph, in which `...` is what a reader types."""
    parts = re.split(r"`([^`]+)`", words)
    return "".join(_name(part) if index % 2 else _text(part) for index, part in enumerate(parts))


def _text(words: str) -> str:
    """Words that mean nothing to Markdown, wherever in a line they stand."""
    plain = expanded(re.sub(r"[^\S\n]+", " ", words.replace("\n", " ")), 0)
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
    plain = re.sub(r"([\\`*\[\]|~$]|(?<!\w)_|_(?!\w))", r"\\\1", plain)
    return re.sub(r"^([#+>-]|\d+(?=[.)]))", r"\\\1", plain).replace("://", ":&#47;/")
