"""What became of a lost note's statement: where it may have moved, and what reads most like it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from explorer.graph.values import Function
from explorer.pattern import Pattern
from explorer.syntax.statements import squeeze
from explorer.tour.placement import Ground
from explorer.tour.values import Anchor, Note, Step
from explorer.version import Location

__all__ = ["Near", "nearest"]

_LIKE = 0.45  # of difflib's ratio; less is another statement
_MOST = 4


@dataclass(frozen=True, slots=True)
class Near:
    """A statement that a lost note may mean: `why` is fits here, fits elsewhere, or reads alike."""

    location: Location
    function: str
    why: str
    text: str

    def __str__(self) -> str:
        return f"{self.location.path}:{self.location.line}  {self.function}  {self.why}: {self.text}"


def nearest(ground: Ground, step: Step, note: Note) -> tuple[Near, ...]:
    """The statements nearest to a note: those a form of it covers, else those that read alike."""
    homes = [ground.definitions([anchor.function] if anchor.function else step.functions) for anchor in note.anchors]
    home = list(dict.fromkeys(function for rows in homes for function in rows))
    files = dict.fromkeys(function.file for function in home) or {
        name.partition("@")[2]: None for name in step.functions
    }
    others = [function for path in files for function in ground.of_file(path) if function not in home]
    here = list(_covered(ground, note, homes, "fits here"))
    moved = _covered(ground, note, [others] * len(homes), "fits elsewhere")
    return tuple(dict.fromkeys(here or [*moved, *_alike(ground, note, home)]))[:_MOST]


def _covered(ground: Ground, note: Note, among: Sequence[Sequence[Function]], why: str) -> Iterable[Near]:
    for anchor, functions in zip(note.anchors, among, strict=True):
        for function in functions:
            pattern = Pattern(function.name, function.file, anchor.match, anchor.within, anchor.under)
            for row in pattern.among(ground.statements(function)):
                yield _near(ground, function, row.first, row.last, why)


def _alike(ground: Ground, note: Note, functions: Iterable[Function]) -> Iterable[Near]:
    rows = [(function, row) for function in functions for row in ground.statements(function)]
    scored = ((max(_likeness(anchor, row.text) for anchor in note.anchors), function, row) for function, row in rows)
    for score, function, row in sorted(scored, key=lambda each: -each[0])[:_MOST]:
        if score >= _LIKE:
            yield _near(ground, function, row.first, row.last, "reads alike")


def _likeness(anchor: Anchor, text: str) -> float:
    return difflib.SequenceMatcher(None, squeeze(anchor.match).replace("*", ""), text, False).ratio()


def _near(ground: Ground, function: Function, first: int, last: int, why: str) -> Near:
    lines = (
        ground.text(function).decode("utf-8", "replace").split("\n")[first - function.first : last - function.first + 1]
    )
    text = " ".join(" ".join(lines).split())
    return Near(Location(ground.kernel.version, function.file, first), function.name, why, text[:160])
