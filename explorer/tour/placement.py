"""Where a note stands in a release: chosen by what the source says, never by its number.

The newest form comes first and the first that fits is used; a form that fits several statements is ambiguous, and
nothing that does not fit is ever guessed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property

from explorer.graph.values import Function
from explorer.kernel import Kernel
from explorer.pattern import Pattern
from explorer.syntax.statements import Statement, squeeze, statements
from explorer.syntax.unit import Unit
from explorer.tour import table
from explorer.tour.values import Anchor, Fit, Note, Placement, Step
from explorer.version import Location

__all__ = ["Ground", "place"]


class Ground:
    """A release as notes stand on it: its definitions and their statements, each read once and only where asked for."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._statements: dict[Function, tuple[Statement, ...]] = {}
        self._digests: dict[Function, str] = {}
        self._cut: dict[str, list[bytes]] = {}

    @cached_property
    def _definitions(self) -> dict[str, tuple[Function, ...]]:
        found: dict[str, list[Function]] = {}
        for facts in self.kernel.facts:
            for row in facts.definitions:
                if row.kind == "function":
                    each = Function(
                        row.name, facts.path, row.line, row.first, row.last, row.kind, row.linkage, row.conditions
                    )
                    found.setdefault(each.id, []).append(each)
        return {key: tuple(rows) for key, rows in found.items()}

    def definitions(self, names: Iterable[str]) -> tuple[Function, ...]:
        """The definitions of the first of some FUNC@SRC that the release has."""
        return next((self._definitions[name] for name in names if name in self._definitions), ())

    def digest(self, function: Function) -> str:
        """The digest of a definition's text less blanks and comments."""
        if function not in self._digests:
            text = self.text(function)
            said = [
                squeeze(text.decode("latin-1")),
                *(f"{row.word} {row.text}" for row in Unit(text).prepared.directives),
            ]
            self._digests[function] = hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]
        return self._digests[function]

    def of_file(self, path: str) -> tuple[Function, ...]:
        """Every definition of a file."""
        return tuple(row for rows in self._definitions.values() for row in rows if row.file == path)

    def text(self, function: Function) -> bytes:
        """The text of a definition."""
        lines = self._lines(function.file)
        return b"\n".join(lines[function.first - 1 : function.last])

    def statements(self, function: Function) -> tuple[Statement, ...]:
        """The statements of a definition, with the lines and conditions they have in the file."""
        if function not in self._statements:
            self._statements[function] = tuple(self._read(function))
        return self._statements[function]

    def _lines(self, path: str) -> list[bytes]:
        if path not in self._cut:
            self._cut[path] = self.kernel.texts[path].text.split(b"\n")
        return self._cut[path]

    def _read(self, function: Function) -> Iterable[Statement]:
        """A definition parses alone as it does in its file, in a fraction of the time."""
        unit = Unit(self.text(function))
        down = function.first - 1
        for node in unit.functions[:1]:
            for row in statements(unit, node):
                conditions = (*function.conditions, *row.conditions)
                yield Statement(row.text, row.first + down, row.last + down, conditions, row.within)


def place(ground: Ground, step: Step, note: Note) -> Placement:
    """Where a note of a step stands; without text, what the table of outcomes knows of this file and this note."""
    home = ground.definitions(step.functions)
    if not ground.kernel.has_text:
        return table.recalled(ground.kernel, step, note, ground.definitions)
    for anchor in note.anchors:
        functions = ground.definitions([anchor.function]) if anchor.function else home
        found = [(function, row) for function in functions for row in _fitting(ground, anchor, function)]
        if len(found) == 1:
            function, row = found[0]
            location = Location(ground.kernel.version, function.file, row.first)
            return Placement(note, Fit.PLACED, location, row.last, function, anchor)
        if found:
            return Placement(note, Fit.AMBIGUOUS)
    return Placement(note, Fit.MISSING if ground.kernel.version in note.meant else Fit.ABSENT)


def _fitting(ground: Ground, anchor: Anchor, function: Function) -> tuple[Statement, ...]:
    pattern = Pattern(function.name, function.file, anchor.match, anchor.within, anchor.under)
    return pattern.among(ground.statements(function))
