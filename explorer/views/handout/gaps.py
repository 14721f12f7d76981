"""On paper a note is often longer than the lines beside it: lines that would be left out fill the gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from explorer.excerpt import Excerpt, Remark
from explorer.views.handout.pieces import Piece, Stretch, lines_of, paragraphs
from explorer.views.handout.turned import turned
from explorer.views.terminal import folded

__all__ = ["filled"]

_COLUMNS = 30  # of a note in the margin, a Chinese character taking two
_FOLD = 1  # rows that "… 5 lines …" takes


def filled(piece: Piece, excerpt: Excerpt) -> Piece:
    """A piece whose folded stretches are shown, the first first, as far as its notes leave room beside it."""
    room = sum(map(_rows_of_note, piece.notes)) - _rows((*piece.head, *piece.rest), excerpt)

    def shown(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
        nonlocal room
        for each in stretches:
            more = _rows([whole := Stretch(each.numbers)], excerpt) - _FOLD
            if each.folded and more <= room:
                room -= more
                yield whole
            else:
                yield each

    return replace(piece, head=tuple(shown(piece.head)), rest=tuple(shown(piece.rest)))


def _rows(stretches: Iterable[Stretch], excerpt: Excerpt) -> int:
    lines = excerpt.lines
    return sum(
        _FOLD if each.folded else sum(len(list(turned(lines[number - excerpt.first]))) for number in each.numbers)
        for each in stretches
    )


def _rows_of_note(remark: Remark) -> int:
    parts = (f"{remark.title} {lines_of(remark)}", *paragraphs(remark.text))
    return sum(len(list(folded(part, _COLUMNS))) for part in parts)
