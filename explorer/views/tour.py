"""A page in a terminal: source with the kernel's own numbers, each note beside its statement or, if narrow, below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from explorer.excerpt import Excerpt, Page, Remark
from explorer.tour.pages import Reply, Walk, absences
from explorer.tour.values import Note, Placement, Step
from explorer.tour.words import Words
from explorer.views.terminal import cells, expanded, folded, paragraphs, source
from explorer.views.text import Glyphs, Line

__all__ = ["note_lines", "page_lines", "reply_lines", "tour_lines", "tours_lines"]

_PROSE = 76  # columns a reader's eye follows well
_GUTTER = 10  # line number and bar
_SOURCE = 92  # number, bar and 80 columns of C
_WIDE = _SOURCE + 40
_DEEP = 8  # columns that the rest of a long line of source is set in


def tours_lines(rows: Iterable[tuple[str, str, str]], width: int) -> Iterator[Line]:
    """The tours there are: id, title, text."""
    for name, title, text in rows:
        yield (("bold", name), ("", f"  {title}"))
        yield from _prose(text, width)
        yield ()


def tour_lines(walk: Walk, step: int | None, glyphs: Glyphs, width: int, lang: str = "en") -> Iterator[Line]:
    """A tour from its first page to its last, or one page of it."""
    say = Words(lang)
    if step is None:
        yield (("bold", say("{title}, in Linux {version}", title=walk.title, version=walk.version)),)
        yield from _prose(walk.text, width)
        yield ()
    for number, page in enumerate(walk.pages, 1):
        if step in (None, number):
            yield from page_lines(page, glyphs, width, f"{number}/{len(walk.pages)}", lang)
    if walk.absent and step is None:
        yield from _prose(say("Not in this version: {names}.", names=say(", ").join(walk.absent)), width, "dim")


def reply_lines(reply: Reply, also: Sequence[str], glyphs: Glyphs, width: int, lang: str = "en") -> Iterator[Line]:
    """A question, its answer in this version, and the statements that show it."""
    say = Words(lang)
    yield (("bold", reply.ask), ("dim", f"  {reply.version}"))
    yield ()
    for text in reply.texts or (say("No answer is known for this version."),):
        yield from _prose(text, width)
        yield ()
    for page in reply.pages:
        yield from page_lines(page, glyphs, width, lang=lang)
    if reply.scenario:
        yield (("", f"{say('See it happen:')} "), ("bold", f"explorer live {reply.scenario}"))
    if also:
        yield from _prose(say("Or did you mean: {names}?", names=say(", ").join(also)), width, "dim")


def page_lines(page: Page, glyphs: Glyphs, width: int, number: str = "", lang: str = "en") -> Iterator[Line]:
    """One page: where we are and how sure, words, source with notes, what is not so here."""
    say = Words(lang)
    place = f"  {page.location}" if page.location else ""
    yield (("dim", f"{number}  " if number else ""), ("bold", page.title), ("dim", place))
    yield from ((("dim", line),) for line in folded(glyphs.dot.join(page.trust), width))
    for text in (*page.words, page.summary):
        if text:
            yield ()
            yield from _prose(text, width)
    yield ()
    for remark in page.remarks:
        if remark.outcome in ("missing", "ambiguous"):
            version = page.location.version if page.location else say("this version")
            yield from _apart(remark, say("not located in {version}", version=version), width)
    if page.excerpt:
        yield from _source(page, page.excerpt, glyphs, width, say)
    for remark in page.remarks:
        if remark.location and not (page.excerpt and remark.first):
            place = f"{remark.location.path}:{remark.location.line}"
            if remark.outcome != "placed":
                place = say("not looked for, the function is at {place}", place=place)
            yield from _apart(remark, place, width)
            yield from _prose(remark.link, width, "dim")
            yield ()
    if gone := absences(page, say):
        yield from _prose(say("Not in this version: {names}.", names=gone), width, "dim")
        yield ()


def note_lines(step: Step, note: Note, placed: Placement | None) -> Iterator[Line]:
    """A note of the reader's: where it stands, and what it says."""
    place = f"  {placed.location or placed.outcome}" if placed else ""
    sure = f" ({placed.outcome})" if placed and placed.location and placed.outcome != "placed" else ""
    anchor = expanded(f"  {step.functions[-1]};{note.anchors[0].match}", 0)
    yield (("bold", note.id), ("", anchor), ("dim", place + sure))
    yield from (((("", f"  {line}"),)) for line in paragraphs(note.text, _PROSE))


def _prose(text: str, width: int, style: str = "") -> Iterator[Line]:
    for line in paragraphs(text, min(width, _PROSE)):
        yield ((style, line),)


def _apart(remark: Remark, where: str, width: int) -> Iterator[Line]:
    """A remark without its statement."""
    yield (("bold", remark.title), ("italic", f"  {where}"))
    yield from _prose(remark.text, width)
    yield ()


def _source(page: Page, excerpt: Excerpt, glyphs: Glyphs, width: int, say: Words) -> Iterator[Line]:
    """The source, folded to what is spoken of, cut where notes begin so that each stands on the line it is about."""
    shown = page.kept
    starts = sorted({shown[0], *(remark.first for remark in page.here)})
    on = {number for remark in page.here for number in range(remark.first, remark.last + 1)}
    for start, end in pairwise([*starts, excerpt.first + len(excerpt.lines)]):
        rows = list(_rows(excerpt, [number for number in shown if start <= number < end], on, shown, glyphs, say))
        here = [remark for remark in page.here if remark.first == start]
        if width >= _WIDE:
            yield from _beside(rows, list(_told(here, width - _SOURCE - 3)), glyphs)
        else:
            last = max((remark.last for remark in here), default=start) - start + 1
            yield from (line for row in rows[:last] for line in _wrapped(row, width))
            for line in _told(here, min(width - _GUTTER, _PROSE)):
                yield (("", " " * (_GUTTER - 2)), ("dim", glyphs.down[0] + " "), *line)
            yield from (line for row in rows[last:] for line in _wrapped(row, width))
    yield ()


def _rows(
    excerpt: Excerpt, numbers: Iterable[int], on: set[int], shown: Sequence[int], glyphs: Glyphs, say: Words
) -> Iterator[Line]:
    after = dict(pairwise(shown))
    for number in numbers:
        bar = (glyphs.mark if number in on else " ") + " "
        yield (("dim", f"{number:>7} "), ("cyan", bar), *source(excerpt.lines[number - excerpt.first]))
        if (hidden := after.get(number, number + 1) - number - 1) > 0:
            yield (("dim", f"{glyphs.fold:>7}   {say('{count} lines', count=hidden)}"),)


def _wrapped(row: Line, width: int) -> Iterator[Line]:
    """A line of source that is too long for the terminal, gone on with below itself and not below its number."""
    while sum(cells(text) for _, text in row) > width:
        whole = "".join(text for _, text in row)
        at = whole.rfind(" ", _GUTTER + _DEEP, width)
        at = at if whole[:at].strip(" 0123456789|\N{LEFT HALF BLOCK}") else width
        yield _cut(row, 0, at)
        rest = at + (whole[at : at + 1] == " ")
        row = (("", " " * (_GUTTER + _DEEP)), *_cut(row, rest, len(whole)))
    yield row


def _cut(row: Line, first: int, last: int) -> Line:
    """The spans of a line between two of its characters."""
    found, at = [], 0
    for style, text in row:
        if part := text[max(first - at, 0) : max(last - at, 0)]:
            found.append((style, part))
        at += len(text)
    return tuple(found)


def _told(remarks: Iterable[Remark], width: int) -> Iterator[Line]:
    """Notes in a column."""
    for number, remark in enumerate(remarks):
        if number:
            yield ()
        for line in folded(remark.title, width):
            yield (("bold", line),)
        for line in paragraphs(remark.text, min(width, _PROSE)):
            yield (("", line),)


def _beside(rows: list[Line], notes: list[Line], glyphs: Glyphs) -> Iterator[Line]:
    for index in range(max(len(rows), len(notes) + 1 if notes else 0)):
        row = rows[index] if index < len(rows) else ()
        if index >= len(notes):
            yield row
            continue
        used = sum(cells(text) for _, text in row)
        if used > _SOURCE:  # a long line of C keeps its words, and the note waits
            yield row
            row, used = (), 0
        yield (*row, ("", " " * (_SOURCE - used)), ("dim", glyphs.down[0] + "  "), *notes[index])
