"""Excerpt and Page: one shape of source beside prose for widget, rich repr and handout.

Whatever shows source to a reader shows an Excerpt, whose lines know their Location; its writer escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from explorer.graph.values import Function
from explorer.sources.values import Origin, SourceFile
from explorer.version import Location, Version

__all__ = ["Excerpt", "Page", "Remark", "coloured", "excerpt", "runs"]

_AROUND = 2  # lines of source shown around a note
_SHORT = 3  # as many lines are shown rather than folded away
_LONG = 6  # no more lines of one statement or comment are shown for being near
_WHOLE = 60  # as many lines of a function without notes are not folded


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines of a definition, each a row of (kind, text) tokens; a kind is Pygments' short name, ``k`` or ``nf``."""

    function: Function
    version: Version
    origin: Origin
    first: int
    lines: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def text(self) -> str:
        """The lines as they stand in the file."""
        return "\n".join("".join(text for _, text in line) for line in self.lines)

    @property
    def blank(self) -> set[int]:
        """The numbers of the lines that say nothing."""
        return {number for number, line in enumerate(self.lines, self.first) if not "".join(t for _, t in line).strip()}

    def location(self, number: int) -> Location:
        """The place of one of the lines, by the file's own number."""
        return Location(self.version, self.function.file, number)


@dataclass(frozen=True, slots=True)
class Remark:
    """Prose that belongs to lines of an excerpt; `outcome` is how surely: placed, missing, ambiguous, absent, unread.

    `id` is STEP.NOTE. One that stands elsewhere has its `location` and no lines. `reviewed` is when and by whom it was
    read against just this text, `meant` of which function and of which releases an absent one tells.
    """

    id: str
    title: str
    text: str
    first: int
    last: int
    outcome: str
    location: Location | None = None
    link: str = ""
    reviewed: str = ""
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What a reader sees of one step: a title, the source, and the prose beside it; `trust` is the bar above.

    `words` lead to the step, `summary` is what it does, `calls` are the lines that call a function of the same tour.
    """

    title: str
    trust: tuple[str, ...]
    excerpt: Excerpt | None
    remarks: tuple[Remark, ...]
    location: Location | None = None
    link: str = ""
    words: tuple[str, ...] = ()
    summary: str = ""
    calls: tuple[tuple[int, str], ...] = ()

    @property
    def here(self) -> tuple[Remark, ...]:
        """The remarks that stand on lines of the excerpt."""
        return tuple(remark for remark in self.remarks if remark.first and self.excerpt)

    @property
    def kept(self) -> tuple[int, ...]:
        """The lines not folded away: the signature, notes and what is around them, calls of the tour, the end."""
        if self.excerpt is None:
            return ()
        first, last = self.excerpt.first, self.excerpt.first + len(self.excerpt.lines) - 1
        if not self.here and last - first < _WHOLE:
            return tuple(range(first, last + 1))
        texts = enumerate(self.excerpt.text.split("\n"), first)
        head = next((number for number, text in texts if text.rstrip().endswith("{")), first)
        said = {number for remark in self.here for number in range(remark.first, remark.last + 1)}
        said |= {*range(first, head + 1), last, *(line for line, _ in self.calls)}
        near = {number for remark in self.here for number in range(remark.first - _AROUND, remark.last + _AROUND + 1)}
        kept = set(_whole(self.excerpt, said, near))
        kept -= {number for number in self.excerpt.blank & kept if {number - 1, number + 1} - kept}
        gaps = [range(a + 1, b) for a, b in pairwise(sorted(kept)) if b - a - 1 <= _SHORT]
        return tuple(sorted({*kept, *(number for gap in gaps for number in gap)}))


def _whole(excerpt: Excerpt, said: set[int], near: set[int]) -> Iterator[int]:
    """The lines said, and what is near them; no statement and no comment in part, unless it is long."""
    for group in _groups(excerpt):
        here = said.intersection(group)
        yield from group if len(group) <= _LONG and (here or near.intersection(group)) else here


def _groups(excerpt: Excerpt) -> Iterator[list[int]]:
    """Lines that belong together: a comment, or a statement with its body's first line."""
    group: list[int] = []
    before, empty = "", excerpt.blank
    for number, line in enumerate(excerpt.lines, excerpt.first):
        code = "".join(text for kind, text in line if kind.startswith("cp") or not kind.startswith("c")).strip()
        kind = "blank" if number in empty else "code" if code else "comment"
        joined = before == "open" or kind == before == "comment"
        if group and before != "inside" and (kind == "blank" or not joined):
            yield group
            group = []
        group.append(number)
        if line and line[-1][0] == "cm" and not line[-1][1].rstrip().endswith("*/"):
            before = "inside"
        elif before != "inside" or line:  # an empty line in a comment has no token
            before = "open" if code and code[0] != "#" and code[-1] not in ";{}:" else kind
    yield group


def runs(
    line: Iterable[tuple[str, str]], style: Callable[[str], str], apart: Container[str] = ()
) -> Iterator[tuple[str, str]]:
    """A line as few (style, text): neighbours of one style are joined, but for the texts that stay `apart`.

    `style` says what a kind of token is shown as; blanks are as what is before them.
    """
    before, texts = "", list[str]()
    for kind, text in line:
        now = "" if text in apart else style(kind) if text.strip() else before
        if texts and (now != before or text in apart or texts[-1] in apart):
            yield before, "".join(texts)
            texts = []
        before = now
        texts.append(text)
    if texts:
        yield before, "".join(texts)


def excerpt(file: SourceFile, function: Function) -> Excerpt:
    """Cut a definition out of its file and colour it."""
    rows = file.text.decode("utf-8", "replace").split("\n")[function.first - 1 : function.last]
    return Excerpt(function, file.version, file.origin, function.first, coloured("\n".join(rows)))


@cache
def _lexer() -> Any:
    from pygments.lexers.c_cpp import CLexer

    return CLexer(stripnl=False, ensurenl=False)  # type: ignore[no-untyped-call]


def coloured(text: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Lines of C as rows of (kind, text) tokens."""
    from pygments.token import STANDARD_TYPES

    lines: list[list[tuple[str, str]]] = [[]]
    for kind, value in _lexer().get_tokens(text):
        first, *more = value.split("\n")
        short = STANDARD_TYPES.get(kind, "")
        lines[-1] += [(short, first)] if first else []
        for part in more:
            lines.append([(short, part)] if part else [])
    return tuple(map(tuple, lines))
