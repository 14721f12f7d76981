"""Source cut for reading: pieces that begin where a note does, each a row of stretches that are shown or folded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from explorer.compare import Change, Told
from explorer.excerpt import Page, Remark
from explorer.graph import FileInfo
from explorer.handout import Handout
from explorer.tour.values import Fit
from explorer.tour.words import Words

__all__ = [
    "TOLD",
    "Piece",
    "Stretch",
    "is_said_anew",
    "labelled",
    "licence",
    "lines_of",
    "origin",
    "paragraphs",
    "pieces",
    "reviewed",
    "sureness",
]

TOLD = {
    Change.MOVED: "moved to {function}",
    Change.CHANGED: "reads differently",
    Change.NEW: "new",
    Change.GONE: "gone",
    Change.LOST: "not located",
}


_CHINESE = "\u2e80"  # and what follows in Unicode


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines, by number, that are shown, or folded away."""

    numbers: range
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines and the notes that stand on the first of them; `head` reaches to the last line of their statements."""

    notes: tuple[Remark, ...]
    head: tuple[Stretch, ...]
    rest: tuple[Stretch, ...]


def pieces(page: Page) -> Iterator[Piece]:
    """The source of a page with its notes; none where no text is at hand."""
    if page.excerpt is None:
        return
    first, end = page.excerpt.first, page.excerpt.first + len(page.excerpt.lines)
    kept = set(page.kept)
    for start, after in pairwise(sorted({first, end, *(remark.first for remark in page.here)})):
        notes = tuple(remark for remark in page.here if remark.first == start)
        cut = min(max((remark.last + 1 for remark in notes), default=after), after)
        yield Piece(notes, tuple(_stretches(range(start, cut), kept)), tuple(_stretches(range(cut, after), kept)))


def _stretches(numbers: range, kept: set[int]) -> Iterator[Stretch]:
    for folded, group in groupby(numbers, key=lambda number: number not in kept):
        rows = list(group)
        yield Stretch(range(rows[0], rows[-1] + 1), folded)


def is_said_anew(row: Told) -> bool:
    """Whether the other release's text of a note has not been read before."""
    return row.change == Change.NEW or not row.before or not row.after or row.before.text != row.after.text


def lines_of(remark: Remark) -> str:
    """The lines a remark stands on."""
    return f"{remark.first}" if remark.first == remark.last else f"{remark.first}\N{EN DASH}{remark.last}"


def paragraphs(text: str) -> list[str]:
    """A text's paragraphs, each in one line."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def labelled(label: str, words: str) -> str:
    """A label and what it is for; behind a Chinese one stands no blank."""
    return f"{label}{'' if label[-1:] >= _CHINESE else ' '}{words}"


def sureness(info: FileInfo) -> str:
    """How a file was verified, and what a reader should know."""
    return "; ".join(filter(None, (info.verified, info.remark)))


def origin(info: FileInfo) -> str:
    """Where a file is from: an address, else the name of a tree or a file, not the place where its owner keeps it."""
    if info.origin.startswith(("https://", "http://")):
        return info.origin
    place = info.origin.removesuffix(info.path).rstrip("/:")
    return place.rpartition("/")[2]


def licence(handout: Handout) -> str:
    """Under which licence the lines of C are printed, or why there are none."""
    if handout.has_text:
        return Words(handout.lang)(
            "The lines of C are those of Linux {version}, © its authors, licensed under GPL-2.0. Whoever passes this "
            "handout on, passes them on under that licence. The notes are packet-path-explorer's, GPL-2.0-only.",
            version=handout.version,
        )
    return Words(handout.lang)(
        "This handout has no C: only facts of {version} were at hand, names and lines without the text. Each note says "
        "where it stands; `explorer fetch {version}` brings the source.",
        version=handout.version,
    )


def reviewed(page: Page, say: Words) -> str:
    """Whether the notes of a page were read against just this text."""
    placed = [remark for remark in page.remarks if remark.outcome == Fit.PLACED]
    unread = [remark for remark in placed if not remark.reviewed]
    if not placed:
        return ""
    if len(unread) in (0, len(placed)):
        return say("unreviewed in this version" if unread else "reviewed in this version")
    return say("{count} of {all} notes unreviewed", count=len(unread), all=len(placed))
